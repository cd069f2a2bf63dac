#include "stream_peer_socket.h"

#include "../core/netpeer_assert.h"

#include <utility>

namespace netpeer {

// --- life of a connection ---

Error StreamPeerSocket::begin_connect(Error answer, int timeout_seconds) {
	NETPEER_ASSERT(status_ == STATUS_NONE);
	read_eof_ = false;
	write_ended_ = false;
	connect_error_ = Error::OK;
	if (answer == Error::OK) {
		status_ = STATUS_CONNECTED;
		return Error::OK;
	}
	if (answer == Error::ERR_BUSY) {
		status_ = STATUS_CONNECTING;
		connect_deadline_ = clock().now() + Duration::from_s(timeout_seconds);
		return Error::OK;
	}
	leave(STATUS_NONE);
	return Error::FAILED;
}

void StreamPeerSocket::adopt(std::unique_ptr<NetSocket> socket) {
	NETPEER_ASSERT(status_ == STATUS_NONE && socket_ == nullptr);
	socket_ = std::move(socket);
	status_ = STATUS_CONNECTED;
}

void StreamPeerSocket::leave(Status next) {
	if (socket_ != nullptr) last_os_error_ = socket_->last_os_error();
	socket_.reset();
	forget_target();
	status_ = next;
	connect_deadline_ = Instant::never();
	write_ended_ = false;
	has_held_byte_ = false;
}

void StreamPeerSocket::disconnect_from_host() {
	leave(STATUS_NONE);
	read_eof_ = false;
	connect_error_ = Error::OK;
	cancelled_.store(false, std::memory_order_relaxed);
}

// A get or put has failed for good.
Error StreamPeerSocket::break_off() {
	leave(STATUS_NONE);
	return Error::FAILED;
}

void StreamPeerSocket::meet_eof() {
	if (!keep_write_on_eof_ || write_ended_) leave(STATUS_NONE);
	read_eof_ = true;
}

// --- polling ---

Error StreamPeerSocket::poll() {
	if (status_ == STATUS_CONNECTING) return poll_connecting();
	if (status_ == STATUS_CONNECTED) return poll_connected();
	return Error::OK;
}

Error StreamPeerSocket::poll_connecting() {
	const Instant now = clock().now();
	const Error answer = continue_connect(now);
	if (answer == Error::OK) {
		status_ = STATUS_CONNECTED;
		connect_deadline_ = Instant::never();
		return Error::OK;
	}
	if (answer == Error::ERR_BUSY && now <= connect_deadline_) return Error::OK;
	leave(STATUS_ERROR);
	const bool unresolved = answer == Error::ERR_CANT_RESOLVE;
	connect_error_ = answer == Error::ERR_BUSY ? Error::ERR_TIMEOUT
	                 : unresolved              ? Error::ERR_CANT_RESOLVE
	                                           : Error::ERR_CONNECTION_ERROR;
	return unresolved ? Error::ERR_CANT_RESOLVE : Error::ERR_CONNECTION_ERROR;
}

// Readiness first, then the count: what arrives in between makes the count positive, so nothing is taken for the end.
// Ready with nothing to count is an end or a reset; Windows tells them apart only when asked for data.
Error StreamPeerSocket::poll_connected() {
	if (has_held_byte_) return Error::OK;
	const Error ready = socket_->wait(PollType::POLL_TYPE_IN, Duration());
	if (ready == Error::ERR_BUSY) return Error::OK;
	const int available = ready == Error::OK ? socket_->available_bytes() : -1;
	if (available > 0) return Error::OK;
	size_t came = 0;
	const Error answer = available == 0 ? socket_->receive(MutBytes(&held_byte_, 1), came) : Error::FAILED;
	if (answer == Error::ERR_BUSY) return Error::OK;
	if (answer == Error::ERR_FILE_EOF) {
		meet_eof();
		return Error::OK;
	}
	if (answer == Error::OK) { // no system is known to do this; the byte is not lost if one does
		has_held_byte_ = true;
		return Error::OK;
	}
	leave(STATUS_ERROR);
	return Error::FAILED;
}

void StreamPeerSocket::take_held_byte(MutBytes data, size_t &received) {
	data.data[0] = held_byte_;
	received = 1;
	has_held_byte_ = false;
}

Error StreamPeerSocket::wait(PollType type, int timeout_ms) {
	const bool connecting = status_ == STATUS_CONNECTING;
	NetSocket *const socket = connecting ? connecting_socket() : socket_.get();
	if (socket == nullptr) return Error::ERR_UNAVAILABLE;
	if (!is_known(type)) return Error::ERR_INVALID_PARAMETER;
	if (has_held_byte_ && type != PollType::POLL_TYPE_OUT) return Error::OK;
	Duration timeout = Duration::from_ms(timeout_ms);
	const Instant step = connecting ? next_connect_step() : Instant::never();
	if (!step.is_never() && timeout_ms != 0) {
		Duration until = step - clock().now();
		if (until < Duration()) until = Duration();
		if (timeout_ms < 0 || until < timeout) timeout = until;
	}
	return socket->wait(type, timeout);
}

SocketHandle StreamPeerSocket::native_handle() const {
	const NetSocket *const socket = status_ == STATUS_CONNECTING ? connecting_socket() : socket_.get();
	return socket != nullptr ? socket->native_handle() : kNoSocketHandle;
}

Error StreamPeerSocket::set_buffer_sizes(size_t receive_bytes, size_t send_bytes) {
	return socket_ != nullptr ? socket_->set_buffer_sizes(receive_bytes, send_bytes) : Error::ERR_UNCONFIGURED;
}

Instant StreamPeerSocket::next_poll_time() const {
	if (status_ != STATUS_CONNECTING) return Instant::never();
	return earlier_of(connect_deadline_, next_connect_step());
}

int StreamPeerSocket::count_available() const {
	if (socket_ != nullptr) return socket_->available_bytes() + (has_held_byte_ ? 1 : 0);
	return status_ == STATUS_CONNECTING ? 0 : -1;
}

// --- data ---

// Sleeps until the socket may be ready. `deadline` is set by the first call of a data call.
Error StreamPeerSocket::block(PollType type, Instant &deadline) {
	for (;;) {
		if (cancelled_.exchange(false, std::memory_order_acquire)) return Error::ERR_SKIP;
		Duration slice = Duration::from_ms(kCancelLatencyMs);
		if (blocking_timeout_ms_ >= 0) {
			const Instant now = clock().now();
			if (deadline.is_never()) deadline = now + Duration::from_ms(blocking_timeout_ms_);
			if (now >= deadline) return Error::ERR_TIMEOUT;
			if (deadline - now < slice) slice = deadline - now;
		}
		const Error ready = socket_->wait(type, slice);
		if (ready != Error::ERR_BUSY) return ready;
	}
}

Error StreamPeerSocket::put_data(ByteView data, size_t &sent) {
	sent = 0;
	return data.empty() ? Error::OK : write_blocking(data, sent);
}

Error StreamPeerSocket::write_blocking(ByteView data, size_t &sent) {
	if (status_ != STATUS_CONNECTED || write_ended_) return Error::FAILED;
	Instant deadline = Instant::never();
	const bool patient = may_be_patient();
	bool waited_badly = false;
	for (;;) {
		size_t went = 0;
		const Error answer =
		        patient ? socket_->send_patiently(data.after(sent), went) : socket_->send(data.after(sent), went);
		if (answer == Error::OK) {
			waited_badly = false;
			sent += went;
			if (sent == data.size) return Error::OK;
			continue;
		}
		if (answer != Error::ERR_BUSY || waited_badly) return break_off();
		const Error ready = block(PollType::POLL_TYPE_OUT, deadline);
		if (ready == Error::ERR_TIMEOUT || ready == Error::ERR_SKIP) return ready;
		waited_badly = ready != Error::OK; // send() says what it is; should it be "no room" again, this is the end
	}
}

Error StreamPeerSocket::write_now(ByteView data, size_t &sent) {
	if (status_ != STATUS_CONNECTED || write_ended_) return Error::FAILED;
	size_t done = 0;
	while (done < data.size) {
		size_t went = 0;
		const Error answer = socket_->send(data.after(done), went);
		if (answer == Error::ERR_BUSY) break;
		if (answer != Error::OK) return break_off();
		done += went;
	}
	sent = done;
	return Error::OK;
}

Error StreamPeerSocket::read_blocking(MutBytes data, size_t &received) {
	if (status_ != STATUS_CONNECTED) return Error::FAILED;
	Instant deadline = Instant::never();
	const bool patient = may_be_patient();
	bool waited_badly = false;
	if (has_held_byte_) take_held_byte(data, received);
	while (received < data.size) {
		size_t came = 0;
		const Error answer = read_eof_ ? Error::ERR_FILE_EOF
		                     : patient ? socket_->receive_patiently(data.after(received), came)
		                               : socket_->receive(data.after(received), came);
		if (answer == Error::OK) {
			waited_badly = false;
			received += came;
			continue;
		}
		if (answer == Error::ERR_FILE_EOF) {
			meet_eof();
			return answer;
		}
		if (answer != Error::ERR_BUSY || waited_badly) return break_off();
		const Error ready = block(PollType::POLL_TYPE_IN, deadline);
		if (ready == Error::ERR_TIMEOUT || ready == Error::ERR_SKIP) return ready;
		waited_badly = ready != Error::OK; // data may have come before the error: receive() gives both
	}
	return Error::OK;
}

Error StreamPeerSocket::read_now(MutBytes data, size_t &received) {
	if (status_ != STATUS_CONNECTED) return Error::FAILED;
	if (has_held_byte_) {
		take_held_byte(data, received);
		return Error::OK;
	}
	size_t came = 0;
	const Error answer = read_eof_ ? Error::ERR_FILE_EOF : socket_->receive(data, came);
	if (answer == Error::OK) {
		received = came;
		return Error::OK;
	}
	if (answer == Error::ERR_BUSY) return Error::OK;
	if (answer != Error::ERR_FILE_EOF) return break_off();
	meet_eof();
	return answer;
}

Error StreamPeerSocket::shutdown_write() {
	if (status_ != STATUS_CONNECTED) return Error::FAILED;
	if (write_ended_) return Error::OK;
	NETPEER_TRY(socket_->shutdown(ShutdownHalf::SEND));
	write_ended_ = true;
	return Error::OK;
}

} // namespace netpeer
