// NetSocket on the system's sockets: what BSD sockets and Winsock have in common. The differences are in os_socket.h.
// This file: datagrams, and what every kind of socket has. Streams are in system_stream_socket.cpp.
#include "system_net_socket.h"

#include "../../core/clock.h"
#include "os_udp_options.h"
#include "socket_backend.h"

#include <climits>
#include <new>

namespace netpeer {

namespace {

// A system that refuses a buffer size is offered half of it, down to this.
constexpr size_t kSmallestBufferOffer = 4096;
// How long a system short of buffers is left alone.
constexpr Duration kBufferPause = Duration::from_ms(1);

constexpr Duration shorter(Duration timeout) { return timeout < kBufferPause ? timeout : kBufferPause; }

} // namespace

Error SystemNetSocket::open_udp(IPType &type) {
	if (is_open()) return Error::ERR_ALREADY_IN_USE;
	if (type != IPType::IPV4 && type != IPType::IPV6 && type != IPType::ANY) return Error::ERR_INVALID_PARAMETER;

	int code = library_.acquire();
	if (code != 0) return failed(code);
	IPType opened = type;
	code = os_open_udp(type == IPType::IPV4 ? AF_INET : AF_INET6, type == IPType::IPV6, io_.handle);
	if (code != 0 && type == IPType::ANY && !os_is_short_of_resources(code)) {
		// IPv6 is off, or sockets are never dual-stack here.
		opened = IPType::IPV4;
		code = os_open_udp(AF_INET, false, io_.handle);
	}
	if (code != 0) {
		library_.release();
		return failed(code);
	}
	kind_ = SocketKind::kUdp;
	io_.type = type = opened;
	// Off is the rule everywhere; said aloud because some systems have had other defaults.
	if (type != IPType::IPV6) (void)os_set_option(io_.handle, SOL_SOCKET, SO_BROADCAST, 0);
	os_hear_own_groups_only(io_.handle, opened);
	if (batching_allowed_ && io_.batch == nullptr) io_.batch = create_datagram_batch();
	return Error::OK;
}

Error SystemNetSocket::bind(const Endpoint &local) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	OsAddress address;
	if (kind_ == SocketKind::kUnix || !os_address_from_endpoint(local, io_.type, true, address))
		return Error::ERR_INVALID_PARAMETER;
	int code = kind_ == SocketKind::kTcp ? os_claim_port(io_.handle) : 0;
	if (code == 0) code = os_bind(io_.handle, address);
	if (code == 0) return Error::OK;
	close();
	return failed(code, Error::ERR_UNAVAILABLE);
}

void SystemNetSocket::close() {
	if (!is_open()) return;
	// Before the socket: afterwards another program might find the file stale and put its own there.
	if (bound_file_ != nullptr) (void)os_remove_unix_file(*bound_file_);
	bound_file_.reset();
	os_close_socket(io_.handle);
	io_.handle = kNoOsSocket;
	io_.type = IPType::NONE;
	io_.connected = false;
	io_.short_of_buffers = false;
	kind_ = SocketKind::kNone;
	progress_ = ConnectProgress::kIdle;
	patient_ = false;
	system_fragmentation_ = OsFragmentation();
	spare_.reset();
	library_.release();
}

Error SystemNetSocket::local_endpoint(Endpoint &out) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ == SocketKind::kUnix) return Error::ERR_UNAVAILABLE;
	OsAddress address;
	const int code = os_local_address(io_.handle, io_.type, address);
	if (code != 0) return failed(code);
	return os_address_to_endpoint(address, out) ? Error::OK : Error::FAILED;
}

Error SystemNetSocket::receive_batch(DatagramSlot *slots, size_t count, size_t &received) {
	received = 0;
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	return io_.batch != nullptr ? receive_in_batches(io_, slots, count, received)
	                            : receive_one_by_one(io_, slots, count, received);
}

Error SystemNetSocket::send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) {
	sent = 0;
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	if (io_.connected) return send_connected(io_, datagrams, count, sent);
	return io_.batch != nullptr ? send_in_batches(io_, datagrams, count, sent)
	                            : send_one_by_one(io_, datagrams, count, sent);
}

Error SystemNetSocket::wait(PollType type, Duration timeout) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (!is_known(type)) return Error::ERR_INVALID_PARAMETER;
	const Instant deadline = timeout.us > 0 ? system_clock().now() + timeout : Instant::never();
	Duration left = timeout;
	if (type == PollType::POLL_TYPE_OUT && io_.short_of_buffers) {
		// The system calls such a socket writable all the time: whoever waits for that would spin.
		io_.short_of_buffers = false;
		OsReadiness unused;
		const int code = os_wait(kNoOsSocket, type, timeout.us < 0 ? kBufferPause : shorter(timeout), unused);
		return code == 0 ? Error::OK : failed(code);
	}
	for (;;) {
		OsReadiness ready;
		const bool queue_full = progress_ == ConnectProgress::kQueueFull;
		const int code = queue_full ? wait_for_queue(left, ready) : os_wait(io_.handle, type, left, ready);
		if (code != 0) return failed(code);
		if (ready.error_pending && kind_ != SocketKind::kUdp) {
			// Left on the socket, for connect_result() or for the next send or receive to take.
			return progress_ == ConnectProgress::kUnderWay ? Error::OK : Error::FAILED;
		}
		if (ready.ready) return Error::OK;
		if (ready.error_pending) {
			// Only an ICMP error to report: nobody should wake up for that, and asking takes it off the socket.
			int pending = 0;
			const int option_code = os_get_option(io_.handle, SOL_SOCKET, SO_ERROR, pending);
			if (option_code != 0) return failed(option_code);
			if (pending == 0) return Error::OK; // not ours to clear; receiving must, or we would spin here
			if (judge_receive_error(io_, pending) == ReceiveVerdict::kBroken) return failed(pending);
		}
		if (timeout.us == 0) return Error::ERR_BUSY;
		if (timeout.us > 0) {
			left = deadline - system_clock().now();
			if (left.us <= 0) return Error::ERR_BUSY;
		}
	}
}

Error SystemNetSocket::set_broadcasting_enabled(bool enabled) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ != SocketKind::kUdp) return Error::FAILED;
	if (io_.type == IPType::IPV6) return Error::ERR_UNAVAILABLE; // IPv6 has multicast instead
	const int code = os_set_option(io_.handle, SOL_SOCKET, SO_BROADCAST, enabled ? 1 : 0);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::ask_buffer_size(int option, size_t bytes) {
	if (bytes == 0) return Error::OK;
	if (bytes > INT_MAX) bytes = INT_MAX;
	for (;;) {
		const int code = os_set_option(io_.handle, SOL_SOCKET, option, static_cast<int>(bytes));
		if (code == 0) return Error::OK;
		// The BSDs refuse what is over their limit where Linux and Windows cut it.
		if (os_failure(code) != OsFailure::kNoMemory || bytes / 2 < kSmallestBufferOffer) return failed(code);
		bytes /= 2;
	}
}

Error SystemNetSocket::set_buffer_sizes(size_t receive_bytes, size_t send_bytes) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	NETPEER_TRY(ask_buffer_size(SO_RCVBUF, receive_bytes));
	return ask_buffer_size(SO_SNDBUF, send_bytes);
}

DatagramCaps SystemNetSocket::caps() const {
	DatagramCaps caps;
	if (io_.batch != nullptr) caps.max_batch = kMostDatagramsPerCall;
	return caps;
}

void SystemNetSocket::disable_batching() {
	batching_allowed_ = false;
	destroy_datagram_batch(io_.batch);
	io_.batch = nullptr;
}

std::unique_ptr<NetSocket> create_system_net_socket() {
	return std::unique_ptr<NetSocket>(new (std::nothrow) SystemNetSocket);
}

} // namespace netpeer
