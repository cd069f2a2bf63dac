#include "stream_peer_tls.h"

#include "../core/netpeer_assert.h"

#include <utility>

namespace netpeer {

namespace {

// One record of the longest kind with its header and what encryption adds.
constexpr size_t kTlsWireBytes = 5 + 16384 + 2048;
// Looks at the stream below per call: records without plaintext must not keep a call from returning.
constexpr int kMostTlsPulls = 64;

} // namespace

StreamPeerTLS::StreamPeerTLS(const StreamPeerTLSHooks &hooks) :
        StreamPeer(hooks.allocator != nullptr ? hooks.allocator : default_allocator()),
        hooks_(hooks),
        wire_(allocator()) {}

// --- life of a connection ---

Error StreamPeerTLS::connect_to_stream(
        std::shared_ptr<StreamPeer> stream, const char *common_name, std::shared_ptr<const TLSOptions> options) {
	if (stream == nullptr || common_name == nullptr) return Error::ERR_INVALID_PARAMETER;
	if (options != nullptr && options->is_server()) return Error::ERR_INVALID_PARAMETER;
	if (is_in_use()) return Error::ERR_ALREADY_IN_USE;
	if (options == nullptr) options = TLSOptions::client();
	if (options == nullptr) return Error::ERR_OUT_OF_MEMORY;
	return begin(std::move(stream), common_name, std::move(options));
}

Error StreamPeerTLS::accept_stream(
        std::shared_ptr<StreamPeer> stream, std::shared_ptr<const TLSOptions> server_options) {
	if (stream == nullptr || server_options == nullptr || !server_options->is_server())
		return Error::ERR_INVALID_PARAMETER;
	if (is_in_use()) return Error::ERR_ALREADY_IN_USE;
	return begin(std::move(stream), "", std::move(server_options));
}

Error StreamPeerTLS::begin(
        std::shared_ptr<StreamPeer> stream, const char *name, std::shared_ptr<const TLSOptions> options) {
	TlsSessionConfig config;
	const bool is_server = options->is_server();
	config.options = std::move(options);
	config.host_name = name;
	config.random = hooks_.random;
	config.unix_time = hooks_.unix_time;
	Error error = Error::OK;
	std::unique_ptr<TlsSession> session = TlsSession::create(config, error);
	if (session == nullptr) return error;
	NETPEER_TRY(wire_.reserve(kTlsWireBytes));

	session_ = std::move(session);
	stream_ = std::move(stream);
	status_ = STATUS_HANDSHAKING;
	wire_ended_ = waited_badly_ = false;
	end_.clear();
	peer_certificate_ = nullptr;
	const Instant now = clock().now();
	size_t taken = 0;
	(void)session_->feed(now, ByteView(), taken); // a client's hello; what fails shows in the state
	push(now);
	if (is_server) pull(now); // a client's turn is over: no answer can be there but by chance
	return settle(now) == Error::OK ? Error::OK : Error::FAILED;
}

// The session is over: keeps why, and lets go of everything.
void StreamPeerTLS::leave(Status next) {
	if (end_.failure() == TlsFailure::kNone) end_.set(*session_);
	if (peer_certificate_ == nullptr) peer_certificate_ = session_->peer_certificate();
	session_ = nullptr;
	stream_ = nullptr;
	wire_.free_memory();
	wire_begin_ = 0;
	status_ = next;
}

void StreamPeerTLS::disconnect_from_stream() {
	if (is_in_use()) {
		const Instant now = clock().now();
		session_->close(now);
		push(now);
		leave(STATUS_DISCONNECTED);
		end_.clear(); // it was our wish
	}
	cancelled_.store(false, std::memory_order_relaxed);
}

void StreamPeerTLS::note_connected() {
	const TlsSession::State state = session_->state(); // closed: it was connected before
	const bool is_done = state == TlsSession::State::kConnected || state == TlsSession::State::kClosed;
	if (status_ != STATUS_HANDSHAKING || !is_done) return;
	status_ = STATUS_CONNECTED;
	peer_certificate_ = session_->peer_certificate();
}

// What the session's state means for ours. OK: goes on, or closed in order. Bytes that wait to be read come first.
Error StreamPeerTLS::settle(Instant now) {
	if (wire_ended_ && is_wire_fed() && session_->available() == 0) session_->end_of_wire(now); // now it may be told
	const TlsSession::State state = session_->state();
	note_connected();
	if (state == TlsSession::State::kHandshaking || state == TlsSession::State::kConnected) return Error::OK;
	push(now); // an alert, or the answer to close_notify
	if (status_ == STATUS_HANDSHAKING) {
		const bool is_name = session_->failure() == TlsFailure::kNameMismatch;
		leave(is_name ? STATUS_ERROR_HOSTNAME_MISMATCH : STATUS_ERROR);
		return Error::ERR_CONNECTION_ERROR;
	}
	if (session_->available() > 0) return Error::OK;
	leave(STATUS_DISCONNECTED);
	return end_.failure() == TlsFailure::kClosed ? Error::OK : Error::ERR_CONNECTION_ERROR;
}

IgnorableError StreamPeerTLS::poll() {
	if (!is_in_use()) return Error::ERR_UNCONFIGURED;
	const Instant now = clock().now();
	(void)stream_->poll_stream(); // what it says shows in the data calls
	pull(now);
	push(now);
	return settle(now);
}

// --- below ---

// Without close_notify before it, this is a failure.
void StreamPeerTLS::note_end(Instant now) {
	if (wire_ended_) return;
	wire_ended_ = true;
	if (is_wire_fed()) session_->end_of_wire(now); // else settle() does
}

// Hands down what waits, as far as it goes without blocking.
void StreamPeerTLS::push(Instant now) {
	while (!wire_ended_) {
		const ByteView out = session_->drain();
		if (out.empty()) return;
		size_t sent = 0;
		const Error error = stream_->put_partial_data(out, sent);
		if (error != Error::OK) {
			// What the other end said last may say why.
			pull(now);
			note_end(now);
			return;
		}
		if (sent == 0) return;
		waited_badly_ = false;
		session_->drained(sent);
	}
}

// Gives the session what it takes of what has come.
void StreamPeerTLS::take_wire(Instant now) {
	while (wire_begin_ < wire_.size()) {
		size_t taken = 0;
		if (session_->feed(now, wire_.view().after(wire_begin_), taken) != Error::OK || taken == 0) return;
		wire_begin_ += taken;
	}
}

// Takes what has come, until there is plaintext to read, or nothing more, without blocking.
void StreamPeerTLS::pull(Instant now) {
	for (int look = 0; look < kMostTlsPulls && session_->available() == 0; ++look) {
		take_wire(now);
		note_connected();
		const TlsSession::State state = session_->state();
		const bool is_alive = state == TlsSession::State::kHandshaking || state == TlsSession::State::kConnected;
		if (wire_begin_ < wire_.size() || wire_ended_ || !is_alive || session_->available() > 0) return;
		wire_.clear();
		wire_begin_ = 0;
		size_t received = 0;
		(void)wire_.extend(kTlsWireBytes); // there is room
		const Error error = stream_->get_partial_data(wire_.bytes(), received);
		(void)wire_.resize(error == Error::OK ? received : 0);
		if (error != Error::OK) note_end(now);
		if (received == 0) return;
		waited_badly_ = false;
	}
}

// --- waiting ---

int StreamPeerTLS::get_available_bytes() const {
	return status_ == STATUS_CONNECTED ? static_cast<int>(session_->available()) : 0;
}

Error StreamPeerTLS::wait(PollType type, int timeout_ms) {
	if (!is_in_use()) return Error::ERR_UNAVAILABLE;
	if (!is_known(type)) return Error::ERR_INVALID_PARAMETER;
	const bool has_output = !session_->drain().empty();
	if (type != PollType::POLL_TYPE_OUT && session_->available() > 0) return Error::OK;
	if (type == PollType::POLL_TYPE_IN && has_output) type = PollType::POLL_TYPE_IN_OUT;
	return stream_->wait_stream(type, timeout_ms);
}

// Sleeps until the stream below may be ready. `deadline` is set by the first call of a data call.
Error StreamPeerTLS::block(PollType type, Instant &deadline) {
	for (;;) {
		const Instant now = clock().now();
		if (cancelled_.exchange(false, std::memory_order_acquire)) return Error::ERR_SKIP;
		int slice_ms = kCancelLatencyMs;
		if (blocking_timeout_ms_ >= 0) {
			if (deadline.is_never()) deadline = now + Duration::from_ms(blocking_timeout_ms_);
			if (now >= deadline) return Error::ERR_TIMEOUT;
			const Duration left = deadline - now;
			if (left < Duration::from_ms(slice_ms)) slice_ms = static_cast<int>((left + Duration::from_us(999)).ms());
		}
		if (waited_badly_) {
			// Nothing has told what was wrong with it.
			note_end(now);
			return Error::OK;
		}
		const Error ready = stream_->wait_stream(type, slice_ms);
		if (ready == Error::ERR_BUSY) continue;
		if (ready == Error::ERR_UNAVAILABLE) return block_below(type, now);
		waited_badly_ = ready != Error::OK;
		return Error::OK;
	}
}

// For a stream that cannot be waited for in any other way.
Error StreamPeerTLS::block_below(PollType type, Instant now) {
	Error error = Error::OK;
	if (type == PollType::POLL_TYPE_IN) {
		NETPEER_ASSERT(wire_begin_ == wire_.size());
		wire_.clear();
		wire_begin_ = 0;
		uint8_t byte = 0;
		error = stream_->get_data(MutBytes(&byte, 1));
		if (error == Error::OK) (void)wire_.append(ByteView(&byte, 1)); // there is room
	} else {
		const ByteView out = session_->drain();
		error = stream_->put_data(out);
		if (error == Error::OK) session_->drained(out.size);
	}
	if (error == Error::ERR_BUSY || error == Error::ERR_TIMEOUT || error == Error::ERR_SKIP) return error;
	if (error != Error::OK) note_end(now);
	return Error::OK;
}

// --- data ---

// As much as goes without blocking. An error ends the connection, but for what is there to be read.
Error StreamPeerTLS::encrypt(ByteView data, size_t &sent) {
	const Instant now = clock().now();
	push(now);
	Error error = Error::OK;
	while (sent < data.size && error == Error::OK) {
		size_t taken = 0;
		error = session_->write(now, data.after(sent), taken);
		sent += taken;
		push(now);
		if (taken == 0) break;
	}
	const TlsSession::State state = session_->state();
	// Once the stream below has ended nothing leaves any more, though what came before may still be read.
	if (error == Error::OK && state == TlsSession::State::kConnected && !wire_ended_) return Error::OK;
	const bool was_closed = session_->failure() == TlsFailure::kClosed;
	(void)settle(now);
	return was_closed ? Error::ERR_FILE_EOF : Error::ERR_CONNECTION_ERROR;
}

Error StreamPeerTLS::write_some(ByteView data, size_t &sent) {
	if (status_ != STATUS_CONNECTED) return Error::ERR_UNCONFIGURED;
	size_t went = 0;
	NETPEER_TRY(encrypt(data, went));
	sent = went;
	return Error::OK;
}

Error StreamPeerTLS::write_all(ByteView data) {
	if (status_ != STATUS_CONNECTED) return Error::ERR_UNCONFIGURED;
	Instant deadline = Instant::never();
	size_t sent = 0;
	for (;;) {
		size_t went = 0;
		NETPEER_TRY(encrypt(data.after(sent), went));
		sent += went;
		const bool is_out = session_->drain().empty();
		if (is_out && sent == data.size) return Error::OK;
		if (is_out && went > 0) continue;
		NETPEER_TRY(block(is_out ? PollType::POLL_TYPE_IN : PollType::POLL_TYPE_OUT, deadline));
	}
}

Error StreamPeerTLS::read_some(MutBytes data, size_t &received) {
	if (status_ != STATUS_CONNECTED) return Error::ERR_UNCONFIGURED;
	const Instant now = clock().now();
	size_t came = 0;
	push(now);
	while (came < data.size) {
		size_t got = 0;
		if (session_->available() == 0) pull(now);
		if (session_->read(now, data.after(came), got) != Error::OK || got == 0) break;
		came += got;
	}
	push(now); // what reading made it say
	received = came;
	// The next call tells an end.
	if (came > 0) return Error::OK;
	const Error error = settle(now);
	if (error != Error::OK || status_ == STATUS_CONNECTED) return error;
	return Error::ERR_FILE_EOF;
}

Error StreamPeerTLS::read_all(MutBytes data, size_t &received) {
	Instant deadline = Instant::never();
	for (;;) {
		size_t came = 0;
		NETPEER_TRY(read_some(data.after(received), came));
		received += came;
		if (received == data.size) return Error::OK;
		if (came > 0) continue;
		const bool has_output = !session_->drain().empty();
		NETPEER_TRY(block(has_output ? PollType::POLL_TYPE_IN_OUT : PollType::POLL_TYPE_IN, deadline));
	}
}

} // namespace netpeer
