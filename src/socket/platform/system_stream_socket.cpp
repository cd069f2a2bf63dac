// NetSocket on the system's sockets: TCP and Unix streams.
#include "system_net_socket.h"

#include <new>

namespace netpeer {

namespace {

// A full queue of a Unix server wakes nobody when it has room again. Long enough to cost nothing, short enough not to be
// felt.
constexpr Duration kQueueRetryPause = Duration::from_ms(5);

// The limits of Linux, in force everywhere: others allow more, which nobody needs, and Windows counts milliseconds in 32
// bits.
constexpr int kLongestKeepAliveSeconds = 32767;
constexpr int kMostKeepAliveProbes = 127;

int keep_alive_cut(int value, int most) { return value < most ? value : most; }

} // namespace

Error SystemNetSocket::open_tcp(IPType &type) {
	if (is_open()) return Error::ERR_ALREADY_IN_USE;
	if (type != IPType::IPV4 && type != IPType::IPV6 && type != IPType::ANY) return Error::ERR_INVALID_PARAMETER;

	int code = library_.acquire();
	if (code != 0) return failed(code);
	IPType opened = type;
	code = os_open_tcp(type == IPType::IPV4 ? AF_INET : AF_INET6, type == IPType::IPV6, io_.handle);
	if (code != 0 && type == IPType::ANY && !os_is_short_of_resources(code)) {
		// IPv6 is off, or sockets are never dual-stack here.
		opened = IPType::IPV4;
		code = os_open_tcp(AF_INET, false, io_.handle);
	}
	if (code != 0) {
		library_.release();
		return failed(code);
	}
	kind_ = SocketKind::kTcp;
	io_.type = type = opened;
	return Error::OK;
}

Error SystemNetSocket::open_unix() {
	if (is_open()) return Error::ERR_ALREADY_IN_USE;
	int code = library_.acquire();
	if (code != 0) return failed(code);
	code = os_open_unix(io_.handle);
	if (code != 0) {
		library_.release();
		return failed(code, os_failure(code) == OsFailure::kNoSuchFamily ? Error::ERR_UNAVAILABLE : Error::FAILED);
	}
	kind_ = SocketKind::kUnix;
	return Error::OK;
}

// Somebody's file is where we wanted to bind. OK: it is gone. Else the socket is closed.
Error SystemNetSocket::clear_unix_path(const OsUnixAddress &address) {
	const int in_use = io_.last_error;
	OsUnixFile file;
	switch (os_unix_obstacle(address, file)) {
	case OsUnixObstacle::kNothing: return Error::OK;
	case OsUnixObstacle::kStale: {
		const int code = os_remove_unix_file(file);
		return code == 0 ? Error::OK : failed_and_closed(code);
	}
	case OsUnixObstacle::kListener: return failed_and_closed(in_use, Error::ERR_ALREADY_IN_USE);
	case OsUnixObstacle::kHidden: return failed_and_closed(in_use, Error::ERR_UNAUTHORIZED);
	case OsUnixObstacle::kOther: break;
	}
	return failed_and_closed(in_use, Error::ERR_ALREADY_EXISTS);
}

Error SystemNetSocket::bind_path(std::string_view path) {
	if (kind_ != SocketKind::kUnix) return Error::ERR_UNCONFIGURED;
	OsUnixAddress address;
	if (!os_unix_address(path, address)) return Error::ERR_INVALID_PARAMETER;
	std::unique_ptr<OsUnixFile> file(new (std::nothrow) OsUnixFile);
	if (file == nullptr) return failed_and_closed(0, Error::ERR_OUT_OF_MEMORY);

	int code = os_bind_unix(io_.handle, address);
	if (code != 0 && os_failure(code) == OsFailure::kAddressInUse) {
		io_.last_error = code;
		NETPEER_TRY(clear_unix_path(address));
		// Somebody may have been faster: then it is in use after all.
		code = os_bind_unix(io_.handle, address);
		if (code != 0 && os_failure(code) == OsFailure::kAddressInUse)
			return failed_and_closed(code, Error::ERR_ALREADY_IN_USE);
	}
	if (code != 0) {
		const bool denied = os_failure(code) == OsFailure::kNotPermitted;
		return failed_and_closed(code, denied ? Error::ERR_UNAUTHORIZED : Error::ERR_UNAVAILABLE);
	}
	os_note_unix_file(address, *file);
	bound_file_ = std::move(file);
	return Error::OK;
}

Error SystemNetSocket::listen(int backlog) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	const int code = os_listen(io_.handle, backlog);
	return code == 0 ? Error::OK : failed_and_closed(code);
}

Error SystemNetSocket::accept(std::unique_ptr<NetSocket> &out, Endpoint &remote) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	// First the memory: a connection once taken could not be put back.
	if (spare_ == nullptr) spare_.reset(new (std::nothrow) SystemNetSocket);
	if (spare_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	int code = spare_->library_.acquire();
	if (code != 0) return failed(code);

	OsAddress from;
	code = os_accept(io_.handle, spare_->io_.handle, kind_ == SocketKind::kTcp ? &from : nullptr);
	if (code != 0) {
		switch (os_failure(code)) {
		case OsFailure::kWouldBlock:
		case OsFailure::kAborted: // reset while it was waiting
		case OsFailure::kNetwork: // Linux hands on what a router said about it
			return Error::ERR_BUSY;
		case OsFailure::kNoDescriptor:
		case OsFailure::kNoMemory: return failed(code, Error::ERR_CANT_ACQUIRE_RESOURCE);
		default: return failed(code);
		}
	}
	spare_->kind_ = kind_;
	spare_->io_.type = io_.type;
	spare_->progress_ = ConnectProgress::kConnected;
	if (kind_ == SocketKind::kTcp) (void)os_address_to_endpoint(from, remote);
	out = std::move(spare_);
	return Error::OK;
}

Error SystemNetSocket::connect_answer(int code) {
	if (code == 0) {
		progress_ = ConnectProgress::kConnected;
		return Error::OK;
	}
	const OsFailure failure = os_failure(code);
	if (failure == OsFailure::kInProgress) {
		progress_ = ConnectProgress::kUnderWay;
		return Error::ERR_BUSY;
	}
	if (failure == OsFailure::kWouldBlock && kind_ == SocketKind::kUnix) {
		progress_ = ConnectProgress::kQueueFull;
		return Error::ERR_BUSY;
	}
	return failed_and_closed(code);
}

Error SystemNetSocket::connect(const Endpoint &remote) {
	if (!is_open() || kind_ == SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	OsAddress address;
	if (kind_ != SocketKind::kTcp || remote.port == 0 || !os_address_from_endpoint(remote, io_.type, false, address))
		return Error::ERR_INVALID_PARAMETER;
	if (progress_ == ConnectProgress::kConnected) return Error::OK;
	if (progress_ == ConnectProgress::kUnderWay) {
		const Error error = connect_result();
		return error == Error::FAILED ? failed_and_closed(io_.last_error) : error;
	}
	return connect_answer(os_connect(io_.handle, address.any, address.size));
}

Error SystemNetSocket::connect_path(std::string_view path) {
	if (kind_ != SocketKind::kUnix) return Error::ERR_UNCONFIGURED;
	OsUnixAddress address;
	if (!os_unix_address(path, address)) return Error::ERR_INVALID_PARAMETER;
	if (progress_ == ConnectProgress::kConnected) return Error::OK;
	if (progress_ == ConnectProgress::kUnderWay) {
		const Error error = connect_result();
		return error == Error::FAILED ? failed_and_closed(io_.last_error) : error;
	}
	return connect_answer(os_connect(io_.handle, *reinterpret_cast<const sockaddr *>(&address.value), address.size));
}

Error SystemNetSocket::connect_result() {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	switch (progress_) {
	case ConnectProgress::kConnected: return Error::OK;
	case ConnectProgress::kQueueFull: return Error::ERR_BUSY;
	case ConnectProgress::kIdle:
	case ConnectProgress::kFailed: return Error::FAILED;
	case ConnectProgress::kUnderWay: break;
	}
	OsReadiness ready;
	int code = os_wait(io_.handle, PollType::POLL_TYPE_OUT, Duration(), ready);
	if (code != 0) return failed(code);
	if (!ready.ready && !ready.error_pending) return Error::ERR_BUSY;
	int pending = 0;
	code = os_get_option(io_.handle, SOL_SOCKET, SO_ERROR, pending);
	if (code == 0) code = pending;
	if (code == 0 && ready.error_pending) code = os_refused();
	progress_ = code == 0 ? ConnectProgress::kConnected : ConnectProgress::kFailed;
	return code == 0 ? Error::OK : failed(code);
}

int SystemNetSocket::wait_for_queue(Duration timeout, OsReadiness &out) {
	const bool long_enough = timeout.us < 0 || timeout >= kQueueRetryPause;
	const int code = os_wait(kNoOsSocket, PollType::POLL_TYPE_OUT, long_enough ? kQueueRetryPause : timeout, out);
	out.ready = long_enough; // for another try
	return code;
}

// What a failed send or receive answers.
Error SystemNetSocket::stream_failure(int code) {
	switch (os_failure(code)) {
	case OsFailure::kWouldBlock: return Error::ERR_BUSY;
	case OsFailure::kNoMemory: return failed(code, Error::ERR_OUT_OF_MEMORY);
	case OsFailure::kNotConnected: // not yet: Linux calls that "would block", the others do not
		return progress_ == ConnectProgress::kUnderWay ? Error::ERR_BUSY : failed(code);
	default: return failed(code);
	}
}

// A connection of which nobody has wanted to wait costs no call; a system that refuses leaves us as we were.
OsPatience SystemNetSocket::become_patient() {
	if (progress_ == ConnectProgress::kUnderWay) return OsPatience::kNone; // connect() shall not wait
	if (!patient_) patient_ = os_become_patient(io_.handle, kPatience) == 0;
	return patient_ ? OsPatience::kWaits : OsPatience::kNone;
}

Error SystemNetSocket::send_patiently(ByteView bytes, size_t &sent) { return send_as(bytes, sent, true); }
Error SystemNetSocket::receive_patiently(MutBytes buffer, size_t &received) {
	return receive_as(buffer, received, true);
}
Error SystemNetSocket::send(ByteView bytes, size_t &sent) { return send_as(bytes, sent, false); }
Error SystemNetSocket::receive(MutBytes buffer, size_t &received) { return receive_as(buffer, received, false); }

inline Error SystemNetSocket::send_as(ByteView bytes, size_t &sent, bool patient) {
	sent = 0;
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (bytes.empty()) return Error::OK;
	++io_.counters.send_calls;
	const int code = os_send(io_.handle, bytes, sent, patient ? become_patient() : OsPatience::kNone);
	if (code == 0) return Error::OK;
	const Error error = stream_failure(code);
	if (error == Error::ERR_BUSY) ++io_.counters.send_would_block;
	return error;
}

inline Error SystemNetSocket::receive_as(MutBytes buffer, size_t &received, bool patient) {
	received = 0;
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (buffer.size == 0) return Error::OK;
	++io_.counters.receive_calls;
	const int code = os_receive(io_.handle, buffer, received, patient ? become_patient() : OsPatience::kNone);
	if (code == 0) return received != 0 ? Error::OK : Error::ERR_FILE_EOF;
	return stream_failure(code);
}

Error SystemNetSocket::shutdown(ShutdownHalf half) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (!is_known(half)) return Error::ERR_INVALID_PARAMETER;
	const int code = os_shutdown(io_.handle, half);
	return code == 0 ? Error::OK : failed(code);
}

int SystemNetSocket::available_bytes() const {
	int bytes = 0;
	return is_open() && os_available(io_.handle, bytes) == 0 ? bytes : -1;
}

Error SystemNetSocket::remote_endpoint(Endpoint &out) const {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ == SocketKind::kUnix) return Error::ERR_UNAVAILABLE;
	OsAddress address;
	if (os_remote_address(io_.handle, address) != 0) return Error::FAILED;
	return os_address_to_endpoint(address, out) ? Error::OK : Error::FAILED;
}

Error SystemNetSocket::set_no_delay(bool enabled) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ != SocketKind::kTcp) return Error::FAILED;
	const int code = os_set_option(io_.handle, IPPROTO_TCP, os_no_delay_option(), enabled ? 1 : 0);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_keep_alive(bool enabled, int idle_s, int interval_s, int count) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (idle_s < 0 || interval_s < 0 || count < 0) return Error::ERR_INVALID_PARAMETER;
	if (kind_ != SocketKind::kTcp) return Error::FAILED;
	const int code = os_set_keep_alive(io_.handle, enabled, keep_alive_cut(idle_s, kLongestKeepAliveSeconds),
	        keep_alive_cut(interval_s, kLongestKeepAliveSeconds), keep_alive_cut(count, kMostKeepAliveProbes));
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_reuse_address(bool enabled) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	const int code = os_set_reuse_address(io_.handle, enabled);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_reuse_port(bool enabled) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	bool known = false;
	const int code = os_set_reuse_port(io_.handle, enabled, known);
	if (!known) return failed(code, Error::ERR_UNAVAILABLE);
	return code == 0 ? Error::OK : failed(code);
}

SocketHandle SystemNetSocket::native_handle() const {
	return is_open() ? static_cast<SocketHandle>(io_.handle) : kNoSocketHandle;
}

} // namespace netpeer
