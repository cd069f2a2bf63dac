#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_datagram_session.h"

#include "../../core/secret_bytes.h"
#include "../dtls_hello.h"

#include <cstring>

namespace netpeer {

namespace {

// Retransmitted flights beyond what write() leaves: two of the longest, and what the queue adds.
constexpr size_t kMostDatagramOutput = TlsSession::kMostOutputBytes + 4 * 16384;
constexpr size_t kShortestRecord = 13; // of DTLS: its header
// Each flight fails within twice retry_max, but an answer that leads nowhere (another cookie) begins it anew.
constexpr int64_t kMostRetryTimes = 4;

Duration longest_handshake(Duration retry_max) {
	const Duration most = Duration::from_ms(INT32_MAX); // mbedTLS's own
	return Duration::from_us(kMostRetryTimes * (retry_max < most ? retry_max : most).us);
}

} // namespace

MbedtlsDatagramSession::MbedtlsDatagramSession(const TlsSessionConfig &config) :
        MbedtlsSession(config),
        longest_handshake_(longest_handshake(config.retry_max)),
        is_server_(config.options->is_server()),
        waits_for_hello_(is_server_),
        out_(kMostDatagramOutput),
        unread_(kMostUnreadBytes) {}

void MbedtlsDatagramSession::handle_timeout(Instant now) {
	MbedtlsSession::handle_timeout(now);
	if (state_ == State::kHandshaking && now >= give_up_at_)
		fail_by(TlsFailure::kTimedOut, "the handshake does not come to an end");
}

Instant MbedtlsDatagramSession::next_timeout() const {
	const Instant next = MbedtlsSession::next_timeout();
	return state_ == State::kHandshaking ? earlier_of(next, give_up_at_) : next;
}

// What finds no room is lost, as it might be on the wire: the handshake repeats it.
int MbedtlsDatagramSession::put_on_wire(ByteView bytes) {
	++sent_;
	if (!out_.push(bytes)) ++dropped_;
	return static_cast<int>(bytes.size);
}

int MbedtlsDatagramSession::take_from_wire(MutBytes out) {
	if (!has_incoming_) return MBEDTLS_ERR_SSL_WANT_READ;
	has_incoming_ = false;
	// One longer than mbedTLS's buffer would be cut, and its last record broken.
	if (incoming_.size > out.size) {
		++dropped_;
		return MBEDTLS_ERR_SSL_WANT_READ;
	}
	std::memcpy(out.data, incoming_.data, incoming_.size);
	return static_cast<int>(incoming_.size);
}

Error MbedtlsDatagramSession::feed(Instant now, ByteView wire, size_t &taken) {
	taken = wire.size;
	if (state_ == State::kClosed || state_ == State::kFailed) return Error::ERR_UNCONFIGURED;
	now_ = now;
	if (give_up_at_.is_never()) give_up_at_ = now + longest_handshake_;
	if (state_ == State::kConnected) keep_unread();
	if (state_ == State::kClosed || state_ == State::kFailed) return Error::OK;
	if (!wire.empty() && !is_worth_reading(wire)) {
		++dropped_;
		return Error::OK;
	}
	const bool was_connected = state_ == State::kConnected;
	const uint64_t effects_before = sent_ + dropped_;
	incoming_ = wire;
	has_incoming_ = !wire.empty();
	advance();
	const bool no_effect = state_ == State::kConnected && mbedtls_ssl_get_bytes_avail(&ssl_) == 0 &&
	                       sent_ + dropped_ == effects_before;
	if (!wire.empty() && was_connected && no_effect) ++dropped_;
	incoming_ = ByteView();
	has_incoming_ = false;
	return Error::OK;
}

// Two hellos that a server's mbedTLS must not see: none where one must come first, which it would give up for; and late
// the one that began the session, which it would take for a client that begins anew.
bool MbedtlsDatagramSession::is_worth_reading(ByteView wire) {
	if (wire.size < kShortestRecord) return false;
	DtlsHello hello;
	if (!is_server_ || !read_dtls_hello(wire, hello)) return !waits_for_hello_;
	if (state_ == State::kConnected) return std::memcmp(hello.random.data, hello_random_, sizeof(hello_random_)) != 0;
	if (waits_for_hello_) std::memcpy(hello_random_, hello.random.data, sizeof(hello_random_));
	waits_for_hello_ = false;
	return true;
}

// Empties mbedTLS for the next datagram.
void MbedtlsDatagramSession::keep_unread() {
	while (state_ == State::kConnected) {
		const size_t size = mbedtls_ssl_get_bytes_avail(&ssl_);
		if (size == 0) break;
		const MutBytes place = unread_.push_space(size);
		if (place.data == nullptr) {
			++dropped_;
			skip_record();
		} else {
			size_t got = 0;
			if (read_record(place, got) != Error::OK) unread_.take_back(size);
		}
		if (state_ == State::kConnected) look_for_plaintext();
	}
}

// The record that waits in mbedTLS, which fits.
Error MbedtlsDatagramSession::read_record(MutBytes out, size_t &got) {
	const int code = mbedtls_ssl_read(&ssl_, out.data, out.size);
	if (code <= 0) {
		fail(code); // there is a record, so nothing has to come first
		return Error::ERR_CONNECTION_ERROR;
	}
	got = static_cast<size_t>(code);
	return Error::OK;
}

void MbedtlsDatagramSession::skip_record() {
	uint8_t scrap[512];
	while (state_ == State::kConnected && mbedtls_ssl_get_bytes_avail(&ssl_) != 0) {
		const int code = mbedtls_ssl_read(&ssl_, scrap, sizeof(scrap));
		if (code <= 0) fail(code);
	}
	wipe_bytes(scrap, sizeof(scrap));
}

Error MbedtlsDatagramSession::write(Instant now, ByteView plain, size_t &taken) {
	taken = 0;
	if (state_ != State::kConnected)
		return state_ == State::kFailed ? Error::ERR_CONNECTION_ERROR : Error::ERR_UNCONFIGURED;
	const int longest = mbedtls_ssl_get_max_out_record_payload(&ssl_);
	if (plain.size > kLongestRecord || (longest >= 0 && plain.size > static_cast<size_t>(longest)))
		return Error::ERR_INVALID_PARAMETER;
	if (plain.empty() || out_.size_bytes() >= kMostOutputBytes) return Error::OK;
	now_ = now;
	const int code = mbedtls_ssl_write(&ssl_, plain.data, plain.size);
	if (code <= 0) {
		fail(code);
		return Error::ERR_CONNECTION_ERROR;
	}
	taken = plain.size;
	return Error::OK;
}

size_t MbedtlsDatagramSession::available() const {
	if (!unread_.empty()) return unread_.front().size;
	return state_ == State::kConnected ? mbedtls_ssl_get_bytes_avail(&ssl_) : 0;
}

Error MbedtlsDatagramSession::read(Instant now, MutBytes out, size_t &got) {
	got = 0;
	now_ = now;
	for (; available() > out.size; ++dropped_) {
		if (!unread_.empty()) {
			unread_.pop();
			continue;
		}
		skip_record();
		if (state_ == State::kConnected) look_for_plaintext();
	}
	if (!unread_.empty()) {
		const ByteView record = unread_.front();
		got = record.size;
		std::memcpy(out.data, record.data, record.size);
		unread_.pop();
		return Error::OK;
	}
	if (available() == 0) return answer_of_end();
	const Error error = read_record(out, got);
	if (state_ == State::kConnected) look_for_plaintext();
	return error;
}

} // namespace netpeer

#endif
