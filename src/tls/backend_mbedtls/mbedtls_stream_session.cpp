#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_stream_session.h"

#include <cstring>

namespace netpeer {

namespace {

// What may wait in all: what write() puts there, and a handshake with the longest chain of certificates.
constexpr size_t kMostStreamOutput = TlsSession::kMostOutputBytes + 8 * 16384;

} // namespace

MbedtlsStreamSession::MbedtlsStreamSession(const TlsSessionConfig &config) :
        MbedtlsSession(config), out_(default_allocator(), kMostStreamOutput) {}

int MbedtlsStreamSession::put_on_wire(ByteView bytes) {
	if (sent_ != 0 && out_.size() + bytes.size > out_.capacity()) {
		out_.remove_front(sent_);
		sent_ = 0;
	}
	if (out_.append(bytes) != Error::OK) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
	return static_cast<int>(bytes.size);
}

int MbedtlsStreamSession::take_from_wire(MutBytes out) {
	if (incoming_.empty()) return wire_ended_ ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
	const ByteView piece = incoming_.first(out.size);
	std::memcpy(out.data, piece.data, piece.size);
	incoming_ = incoming_.after(piece.size);
	return static_cast<int>(piece.size);
}

Error MbedtlsStreamSession::feed(Instant now, ByteView wire, size_t &taken) {
	taken = 0;
	if (state_ == State::kClosed || state_ == State::kFailed) return Error::ERR_UNCONFIGURED;
	now_ = now;
	incoming_ = wire;
	advance();
	taken = wire.size - incoming_.size;
	incoming_ = ByteView();
	return Error::OK;
}

void MbedtlsStreamSession::end_of_wire(Instant now) {
	now_ = now;
	wire_ended_ = true;
	advance();
}

void MbedtlsStreamSession::drained(size_t bytes) {
	sent_ += bytes;
	if (sent_ < out_.size()) return;
	sent_ = 0;
	out_.clear();
}

Error MbedtlsStreamSession::write(Instant now, ByteView plain, size_t &taken) {
	taken = 0;
	if (state_ != State::kConnected)
		return state_ == State::kFailed ? Error::ERR_CONNECTION_ERROR : Error::ERR_UNCONFIGURED;
	now_ = now;
	while (taken < plain.size && drain().size < kMostOutputBytes) {
		const int code = mbedtls_ssl_write(&ssl_, plain.data + taken, plain.size - taken);
		if (code > 0) {
			taken += static_cast<size_t>(code);
		} else if (!go_on_after(code)) {
			break;
		}
	}
	return taken != 0 || state_ != State::kFailed ? Error::OK : Error::ERR_CONNECTION_ERROR;
}

size_t MbedtlsStreamSession::available() const {
	return state_ == State::kConnected ? mbedtls_ssl_get_bytes_avail(&ssl_) : 0;
}

Error MbedtlsStreamSession::read(Instant now, MutBytes out, size_t &got) {
	got = 0;
	now_ = now;
	while (state_ == State::kConnected && got < out.size && available() != 0) {
		const int code = mbedtls_ssl_read(&ssl_, out.data + got, out.size - got);
		if (code > 0) {
			got += static_cast<size_t>(code);
		} else if (!go_on_after(code)) {
			break;
		}
	}
	if (wire_ended_) advance(); // now that its last bytes are read, the end counts
	return got != 0 ? Error::OK : answer_of_end();
}

} // namespace netpeer

#endif
