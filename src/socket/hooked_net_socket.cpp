// NetSocket on the socket hooks: what system_net_socket.cpp is to the system, without batches and without an OS header.
#include "hooked_net_socket.h"

#include "../core/clock.h"
#include "../core/never_destroyed.h"
#include "resolver_backend.h"

#include <climits>
#include <cstring>
#include <new>
#include <utility>

namespace netpeer {

namespace {

// Truncated datagrams and leftover errors one pass puts up with: a flood of them must not keep a pass from ending.
constexpr size_t kMostHookedSkips = 1024;
// With its terminator. Systems have room for 104 or 108.
constexpr size_t kHookedPathBytes = 256;

constexpr int hook_number(Error error) { return static_cast<int>(error); }

/// A call a table may lack.
template <class Function, class... Args> int hook_call(const SocketHooks &hooks, Function function, Args... args) {
	return function != nullptr ? function(hooks.user, args...) : hook_number(Error::ERR_UNAVAILABLE);
}

bool hook_path(std::string_view path, char (&out)[kHookedPathBytes]) {
	if (path.empty() || path.size() >= kHookedPathBytes || path.find('\0') != std::string_view::npos) return false;
	std::memcpy(out, path.data(), path.size());
	out[path.size()] = '\0';
	return true;
}

int32_t hook_interest(PollType type) {
	return type == PollType::POLL_TYPE_IN    ? kSocketReadable
	       : type == PollType::POLL_TYPE_OUT ? kSocketWritable
	                                         : kSocketReadable | kSocketWritable;
}

class HookedNetSocket final : public NetSocket {
public:
	HookedNetSocket() = default;
	~HookedNetSocket() override { close(); }
	HookedNetSocket(const HookedNetSocket &) = delete;
	HookedNetSocket &operator=(const HookedNetSocket &) = delete;

	Error open_udp(IPType &type) override { return open_ip(kSocketUdp, type); }
	Error open_tcp(IPType &type) override { return open_ip(kSocketTcp, type); }
	Error open_unix() override;
	Error bind(const Endpoint &local) override;
	Error bind_path(std::string_view path) override;
	Error listen(int backlog) override;
	Error accept(std::unique_ptr<NetSocket> &out, Endpoint &remote) override;
	Error connect(const Endpoint &remote) override;
	Error connect_path(std::string_view path) override;
	Error connect_result() override;
	Error send(ByteView bytes, size_t &sent) override;
	Error receive(MutBytes buffer, size_t &received) override;
	Error shutdown(ShutdownHalf half) override;
	int available_bytes() const override;
	Error remote_endpoint(Endpoint &out) const override;
	void close() override;
	bool is_open() const override { return handle_ != kNoSocketHandle; }
	Error local_endpoint(Endpoint &out) override;
	Error receive_batch(DatagramSlot *slots, size_t count, size_t &received) override;
	Error send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) override;
	Error wait_readable(Duration timeout) override { return wait(PollType::POLL_TYPE_IN, timeout); }
	Error wait(PollType type, Duration timeout) override;
	Error set_no_delay(bool enabled) override;
	Error set_keep_alive(bool enabled, int idle_s, int interval_s, int count) override;
	Error set_reuse_address(bool enabled) override { return set_option(kSocketReuseAddress, enabled ? 1 : 0); }
	Error set_reuse_port(bool enabled) override { return set_option(kSocketReusePort, enabled ? 1 : 0); }
	SocketHandle native_handle() const override { return handle_; }
	Error set_broadcasting_enabled(bool enabled) override;
	Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes) override;
	Error connect_udp(const Endpoint &remote) override;
	Error disconnect_udp() override;
	Error join_multicast_group(const IPAddress &group, const MulticastInterface &on) override {
		return change_membership(group, on, true);
	}
	Error leave_multicast_group(const IPAddress &group, const MulticastInterface &on) override {
		return change_membership(group, on, false);
	}
	Error set_multicast_interface(const MulticastInterface &out) override;
	Error set_multicast_ttl(int hops) override;
	Error set_multicast_loopback(bool enabled) override;
	DatagramCaps caps() const override { return DatagramCaps(); }
	void disable_batching() override {}
	const NetSocketCounters &counters() const override { return counters_; }
	int last_os_error() const override { return last_error_; }

private:
	bool is_udp() const { return is_open() && kind_ == kSocketUdp; }
	bool is_stream() const { return is_open() && kind_ != kSocketUdp; }
	Error failed(int code, Error error = Error::FAILED) {
		last_error_ = code;
		return error;
	}
	Error failed_and_closed(int code, Error error = Error::FAILED) {
		close();
		return failed(code, error);
	}
	/// Of an option or a call that leaves the socket as it was.
	Error answer(int code) {
		if (code == 0) return Error::OK;
		return failed(code, code == hook_number(Error::ERR_UNAVAILABLE) ? Error::ERR_UNAVAILABLE : Error::FAILED);
	}
	Error open_ip(int kind, IPType &type);
	bool address_for(const Endpoint &endpoint, bool local, SocketHookAddress &out) const;
	Error connect_answer(int code);
	Error stream_answer(int code);
	Error set_option(int option, int value);
	Error set_buffer_size(int option, size_t bytes);
	Error send_one(const DatagramOut &datagram);
	Error change_membership(const IPAddress &group, const MulticastInterface &on, bool join);

	enum class Progress : uint8_t { kIdle, kUnderWay, kConnected, kFailed };

	// set_hooks() changes them only when no socket is left.
	const SocketHooks &hooks_ = get_hooks().sockets;
	SocketHandle handle_ = kNoSocketHandle;
	int kind_ = kSocketUdp;
	IPType type_ = IPType::NONE;
	Progress progress_ = Progress::kIdle;
	bool fixed_end_ = false; // connect_udp()
	NetSocketCounters counters_;
	int last_error_ = 0;
	std::unique_ptr<HookedNetSocket> spare_; // for the next accept(): made before there is a connection to lose
};

// --- opening and closing ---

Error HookedNetSocket::open_ip(int kind, IPType &type) {
	if (is_open()) return Error::ERR_ALREADY_IN_USE;
	if (type != IPType::IPV4 && type != IPType::IPV6 && type != IPType::ANY) return Error::ERR_INVALID_PARAMETER;
	int family = static_cast<int>(type);
	SocketHandle handle = kNoSocketHandle;
	const int code = hooks_.open(hooks_.user, kind, &family, &handle);
	if (code != 0 || handle == kNoSocketHandle) return failed(code);
	handle_ = handle;
	kind_ = kind;
	type_ = type = type == IPType::ANY && family == kSocketIpv4 ? IPType::IPV4 : type;
	return Error::OK;
}

Error HookedNetSocket::open_unix() {
	if (is_open()) return Error::ERR_ALREADY_IN_USE;
	if (hooks_.bind_path == nullptr && hooks_.connect_path == nullptr) return Error::ERR_UNAVAILABLE;
	int family = 0;
	SocketHandle handle = kNoSocketHandle;
	const int code = hooks_.open(hooks_.user, kSocketUnix, &family, &handle);
	if (code != 0 || handle == kNoSocketHandle) return answer(code != 0 ? code : hook_number(Error::FAILED));
	handle_ = handle;
	kind_ = kSocketUnix;
	return Error::OK;
}

void HookedNetSocket::close() {
	if (!is_open()) return;
	hooks_.close(hooks_.user, handle_);
	handle_ = kNoSocketHandle;
	type_ = IPType::NONE;
	progress_ = Progress::kIdle;
	fixed_end_ = false;
	spare_.reset();
}

bool HookedNetSocket::address_for(const Endpoint &endpoint, bool local, SocketHookAddress &out) const {
	const IPAddress &address = endpoint.address;
	if (address.is_wildcard() ? !local : !address.is_valid()) return false;
	if (!address.is_wildcard() && type_ != IPType::ANY && (type_ == IPType::IPV4) != address.is_ipv4()) return false;
	out = hook_address_of(address, endpoint.port, endpoint.scope);
	return true;
}

Error HookedNetSocket::bind(const Endpoint &local) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	SocketHookAddress address;
	if (kind_ == kSocketUnix || !address_for(local, true, address)) return Error::ERR_INVALID_PARAMETER;
	const int code = hooks_.bind(hooks_.user, handle_, &address);
	return code == 0 ? Error::OK : failed_and_closed(code, Error::ERR_UNAVAILABLE);
}

Error HookedNetSocket::bind_path(std::string_view path) {
	if (!is_open() || kind_ != kSocketUnix) return Error::ERR_UNCONFIGURED;
	char text[kHookedPathBytes];
	if (!hook_path(path, text)) return Error::ERR_INVALID_PARAMETER;
	const int code = hook_call(hooks_, hooks_.bind_path, handle_, text);
	switch (static_cast<Error>(code)) {
	case Error::OK: return Error::OK;
	case Error::ERR_INVALID_PARAMETER: return failed(code, Error::ERR_INVALID_PARAMETER);
	case Error::ERR_ALREADY_EXISTS:
	case Error::ERR_ALREADY_IN_USE:
	case Error::ERR_UNAUTHORIZED:
	case Error::ERR_OUT_OF_MEMORY:
	case Error::FAILED: return failed_and_closed(code, static_cast<Error>(code));
	default: return failed_and_closed(code, Error::ERR_UNAVAILABLE);
	}
}

Error HookedNetSocket::local_endpoint(Endpoint &out) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ == kSocketUnix) return Error::ERR_UNAVAILABLE;
	SocketHookAddress address;
	const int code = hooks_.local_address(hooks_.user, handle_, &address);
	if (code != 0) return failed(code);
	out = endpoint_of_hook(address);
	// A bound address is one, also that of all interfaces.
	if (out.address.is_wildcard()) out.address.set_ipv6(address.bytes);
	return Error::OK;
}

Error HookedNetSocket::remote_endpoint(Endpoint &out) const {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ == kSocketUnix) return Error::ERR_UNAVAILABLE;
	SocketHookAddress address;
	if (hooks_.remote_address == nullptr || hooks_.remote_address(hooks_.user, handle_, &address) != 0)
		return Error::FAILED;
	out = endpoint_of_hook(address);
	return Error::OK;
}

// --- streams ---

Error HookedNetSocket::listen(int backlog) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	const int code = hook_call(hooks_, hooks_.listen, handle_, backlog);
	return code == 0 ? Error::OK : failed_and_closed(code);
}

Error HookedNetSocket::accept(std::unique_ptr<NetSocket> &out, Endpoint &remote) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (hooks_.accept == nullptr) return Error::ERR_UNAVAILABLE;
	if (spare_ == nullptr) spare_.reset(new (std::nothrow) HookedNetSocket);
	if (spare_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	SocketHandle accepted = kNoSocketHandle;
	SocketHookAddress from;
	const int code = hooks_.accept(hooks_.user, handle_, &accepted, &from);
	if (code == hook_number(Error::ERR_BUSY)) return Error::ERR_BUSY;
	if (code == hook_number(Error::ERR_CANT_ACQUIRE_RESOURCE)) return failed(code, Error::ERR_CANT_ACQUIRE_RESOURCE);
	if (code != 0 || accepted == kNoSocketHandle) return failed(code);
	spare_->handle_ = accepted;
	spare_->kind_ = kind_;
	spare_->type_ = type_;
	spare_->progress_ = Progress::kConnected;
	if (kind_ == kSocketTcp) remote = endpoint_of_hook(from);
	out = std::move(spare_);
	return Error::OK;
}

Error HookedNetSocket::connect_answer(int code) {
	if (code == 0) {
		progress_ = Progress::kConnected;
		return Error::OK;
	}
	if (code != hook_number(Error::ERR_BUSY)) return failed_and_closed(code);
	progress_ = Progress::kUnderWay;
	return Error::ERR_BUSY;
}

Error HookedNetSocket::connect(const Endpoint &remote) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	SocketHookAddress address;
	if (kind_ != kSocketTcp || remote.port == 0 || !address_for(remote, false, address))
		return Error::ERR_INVALID_PARAMETER;
	if (progress_ == Progress::kConnected) return Error::OK;
	if (progress_ == Progress::kUnderWay) {
		const Error error = connect_result();
		return error == Error::FAILED ? failed_and_closed(last_error_) : error;
	}
	return connect_answer(hook_call(hooks_, hooks_.connect, handle_, &address));
}

Error HookedNetSocket::connect_path(std::string_view path) {
	if (!is_open() || kind_ != kSocketUnix) return Error::ERR_UNCONFIGURED;
	char text[kHookedPathBytes];
	if (!hook_path(path, text)) return Error::ERR_INVALID_PARAMETER;
	if (progress_ == Progress::kConnected) return Error::OK;
	// Asked again also while one is under way: a server's full queue may have kept nothing of it.
	return connect_answer(hook_call(hooks_, hooks_.connect_path, handle_, text));
}

Error HookedNetSocket::connect_result() {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (progress_ == Progress::kConnected) return Error::OK;
	if (progress_ != Progress::kUnderWay) return Error::FAILED;
	const int code = hook_call(hooks_, hooks_.connect_result, handle_);
	if (code == hook_number(Error::ERR_BUSY)) return Error::ERR_BUSY;
	progress_ = code == 0 ? Progress::kConnected : Progress::kFailed;
	return code == 0 ? Error::OK : failed(code);
}

Error HookedNetSocket::stream_answer(int code) {
	switch (static_cast<Error>(code)) {
	case Error::ERR_BUSY: return Error::ERR_BUSY;
	case Error::ERR_FILE_EOF: return Error::ERR_FILE_EOF;
	case Error::ERR_OUT_OF_MEMORY: return failed(code, Error::ERR_OUT_OF_MEMORY);
	default: return failed(code);
	}
}

Error HookedNetSocket::send(ByteView bytes, size_t &sent) {
	sent = 0;
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (bytes.empty()) return Error::OK;
	++counters_.send_calls;
	const int code = hook_call(hooks_, hooks_.send, handle_, bytes.data, bytes.size, &sent);
	if (sent > bytes.size) sent = bytes.size;
	if (code == 0 && sent != 0) return Error::OK;
	sent = 0;
	const Error error = stream_answer(code != 0 ? code : hook_number(Error::ERR_BUSY));
	if (error == Error::ERR_BUSY) ++counters_.send_would_block;
	return error == Error::ERR_FILE_EOF ? Error::FAILED : error;
}

Error HookedNetSocket::receive(MutBytes buffer, size_t &received) {
	received = 0;
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (buffer.size == 0) return Error::OK;
	++counters_.receive_calls;
	const int code = hook_call(hooks_, hooks_.receive, handle_, buffer.data, buffer.size, &received);
	if (received > buffer.size) received = buffer.size;
	if (code == 0 && received != 0) return Error::OK;
	received = 0;
	return stream_answer(code != 0 ? code : hook_number(Error::ERR_FILE_EOF));
}

Error HookedNetSocket::shutdown(ShutdownHalf half) {
	if (!is_stream()) return Error::ERR_UNCONFIGURED;
	if (!is_known(half)) return Error::ERR_INVALID_PARAMETER;
	return answer(hook_call(hooks_, hooks_.shutdown, handle_, static_cast<int>(half)));
}

int HookedNetSocket::available_bytes() const {
	size_t bytes = 0;
	if (!is_open() || hooks_.available == nullptr || hooks_.available(hooks_.user, handle_, &bytes) != 0) return -1;
	return bytes < INT_MAX ? static_cast<int>(bytes) : INT_MAX;
}

// --- datagrams ---

Error HookedNetSocket::receive_batch(DatagramSlot *slots, size_t count, size_t &received) {
	received = 0;
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	size_t skips = 0;
	while (received < count && skips < kMostHookedSkips) {
		DatagramSlot &slot = slots[received];
		++counters_.receive_calls;
		size_t size = 0;
		SocketHookAddress from;
		const int code = hooks_.receive_from(hooks_.user, handle_, slot.buffer.data, slot.buffer.size, &size, &from);
		if (code == hook_number(Error::ERR_CONNECTION_ERROR)) {
			++counters_.icmp_errors;
			++skips;
			continue;
		}
		if (code != 0) {
			if (code == hook_number(Error::ERR_BUSY) || received != 0) break;
			return failed(code);
		}
		if (size > slot.buffer.size) {
			++counters_.truncated;
			++skips;
			continue;
		}
		slot.from = endpoint_of_hook(from);
		slot.size = size;
		++received;
	}
	return received != 0 ? Error::OK : Error::ERR_BUSY;
}

Error HookedNetSocket::send_one(const DatagramOut &datagram) {
	SocketHookAddress to;
	if (!fixed_end_ && !address_for(datagram.to, false, to)) return Error::FAILED;
	const SocketHookAddress *const target = fixed_end_ ? nullptr : &to;
	const ByteView bytes = datagram.bytes;
	++counters_.send_calls;
	int code = hooks_.send_to(hooks_.user, handle_, bytes.data, bytes.size, target);
	if (code == hook_number(Error::ERR_CONNECTION_ERROR)) {
		++counters_.icmp_errors;
		if (fixed_end_) return failed(code);
		++counters_.send_calls;
		code = hooks_.send_to(hooks_.user, handle_, bytes.data, bytes.size, target);
	}
	if (code == hook_number(Error::ERR_BUSY)) {
		++counters_.send_would_block;
		return Error::ERR_BUSY;
	}
	return code == 0 ? Error::OK : failed(code);
}

Error HookedNetSocket::send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) {
	sent = 0;
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	for (; sent < count; ++sent) NETPEER_TRY(send_one(datagrams[sent]));
	return Error::OK;
}

Error HookedNetSocket::connect_udp(const Endpoint &remote) {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	SocketHookAddress address;
	if (remote.port == 0 || !address_for(remote, false, address)) return Error::ERR_INVALID_PARAMETER;
	if (fixed_end_) NETPEER_TRY(disconnect_udp());
	NETPEER_TRY(answer(hook_call(hooks_, hooks_.connect, handle_, &address)));
	fixed_end_ = true;
	return Error::OK;
}

Error HookedNetSocket::disconnect_udp() {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	if (!fixed_end_) return Error::OK;
	fixed_end_ = false;
	return answer(hook_call(hooks_, hooks_.connect, handle_, static_cast<const SocketHookAddress *>(nullptr)));
}

// --- waiting ---

Error HookedNetSocket::wait(PollType type, Duration timeout) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (!is_known(type)) return Error::ERR_INVALID_PARAMETER;
	const Instant deadline = timeout.us > 0 ? system_clock().now() + timeout : Instant::never();
	Duration left = timeout;
	for (;;) {
		SocketHookPoll entry;
		entry.handle = handle_;
		entry.wanted = hook_interest(type);
		const int code = hooks_.poll(hooks_.user, &entry, 1, left.us);
		if (code != 0) return failed(code);
		if ((entry.ready & kSocketBroken) != 0) {
			if (is_stream()) return progress_ == Progress::kUnderWay ? Error::OK : Error::FAILED;
			++counters_.icmp_errors; // nobody should wake up for that
			entry.ready &= ~kSocketBroken;
		}
		if (entry.ready != 0) return Error::OK;
		if (timeout.us == 0) return Error::ERR_BUSY;
		if (timeout.us > 0) {
			left = deadline - system_clock().now();
			if (left.us <= 0) return Error::ERR_BUSY;
		}
	}
}

// --- options ---

Error HookedNetSocket::set_option(int option, int value) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	return answer(hook_call(hooks_, hooks_.set_option, handle_, option, value));
}

Error HookedNetSocket::set_no_delay(bool enabled) {
	if (is_open() && kind_ != kSocketTcp) return Error::FAILED;
	return set_option(kSocketNoDelay, enabled ? 1 : 0);
}

Error HookedNetSocket::set_keep_alive(bool enabled, int idle_s, int interval_s, int count) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (idle_s < 0 || interval_s < 0 || count < 0) return Error::ERR_INVALID_PARAMETER;
	if (kind_ != kSocketTcp) return Error::FAILED;
	if (enabled) {
		// What a system cannot set is left as it is.
		if (idle_s > 0) (void)set_option(kSocketKeepAliveIdle, idle_s);
		if (interval_s > 0) (void)set_option(kSocketKeepAliveInterval, interval_s);
		if (count > 0) (void)set_option(kSocketKeepAliveCount, count);
	}
	return set_option(kSocketKeepAlive, enabled ? 1 : 0);
}

Error HookedNetSocket::set_broadcasting_enabled(bool enabled) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	if (kind_ != kSocketUdp) return Error::FAILED;
	if (type_ == IPType::IPV6) return Error::ERR_UNAVAILABLE;
	return set_option(kSocketBroadcast, enabled ? 1 : 0);
}

Error HookedNetSocket::set_buffer_size(int option, size_t bytes) {
	if (bytes == 0) return Error::OK;
	return set_option(option, bytes < INT_MAX ? static_cast<int>(bytes) : INT_MAX);
}

Error HookedNetSocket::set_buffer_sizes(size_t receive_bytes, size_t send_bytes) {
	if (!is_open()) return Error::ERR_UNCONFIGURED;
	NETPEER_TRY(set_buffer_size(kSocketReceiveBuffer, receive_bytes));
	return set_buffer_size(kSocketSendBuffer, send_bytes);
}

// --- multicast ---

Error HookedNetSocket::change_membership(const IPAddress &group, const MulticastInterface &on, bool join) {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	const bool v4 = group.is_ipv4();
	if (!group.is_valid() || type_ == (v4 ? IPType::IPV6 : IPType::IPV4)) return Error::ERR_INVALID_PARAMETER;
	if (v4 && (!on.ipv4.is_valid() || !on.ipv4.is_ipv4())) return Error::ERR_INVALID_PARAMETER;
	const SocketHookAddress where = hook_address_of(group);
	const SocketHookAddress own = hook_address_of(on.ipv4);
	return answer(hook_call(hooks_, hooks_.join_group, handle_, &where, on.index, &own, join ? 1 : 0));
}

Error HookedNetSocket::set_multicast_interface(const MulticastInterface &out) {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	const bool names_v4 = out.ipv4.is_valid() && out.ipv4.is_ipv4();
	const bool names_v6 = out.index != 0;
	if ((names_v4 || names_v6) && !(names_v4 && type_ != IPType::IPV6) && !(names_v6 && type_ != IPType::IPV4))
		return Error::ERR_INVALID_PARAMETER;
	const SocketHookAddress own = hook_address_of(out.ipv4);
	return answer(hook_call(hooks_, hooks_.set_multicast_interface, handle_, out.index, &own));
}

Error HookedNetSocket::set_multicast_ttl(int hops) {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	if (hops < 0 || hops > 255) return Error::ERR_INVALID_PARAMETER;
	return set_option(kSocketMulticastTtl, hops);
}

Error HookedNetSocket::set_multicast_loopback(bool enabled) {
	if (!is_udp()) return Error::ERR_UNCONFIGURED;
	return set_option(kSocketMulticastLoopback, enabled ? 1 : 0);
}

// --- names ---

class HookedResolver final : public ResolverBackend {
public:
	Error lookup(const char *name, IPType type, IPAddress *out, size_t capacity, size_t &count) override {
		count = 0;
		const SocketHooks &hooks = get_hooks().sockets;
		constexpr size_t kMost = 32;
		SocketHookAddress found[kMost];
		size_t given = 0;
		const int code = hook_call(
		        hooks, hooks.resolve, name, static_cast<int>(type), found, capacity < kMost ? capacity : kMost, &given);
		if (code != 0) return Error::ERR_CANT_RESOLVE;
		for (size_t i = 0; i < given && i < kMost && count < capacity; ++i) out[count++].set_ipv6(found[i].bytes);
		return count != 0 ? Error::OK : Error::ERR_CANT_RESOLVE;
	}
};

} // namespace

std::unique_ptr<NetSocket> create_hooked_net_socket() {
	return std::unique_ptr<NetSocket>(new (std::nothrow) HookedNetSocket);
}

SocketHookAddress hook_address_of(const IPAddress &address, uint16_t port, uint32_t scope) {
	SocketHookAddress out;
	if (address.is_valid() && !address.is_wildcard()) std::memcpy(out.bytes, address.get_ipv6(), sizeof(out.bytes));
	out.port = port;
	out.scope = scope;
	return out;
}

Endpoint endpoint_of_hook(const SocketHookAddress &address) {
	constexpr uint8_t kAllZero[sizeof(address.bytes)] = {};
	Endpoint out;
	if (std::memcmp(address.bytes, kAllZero, sizeof(kAllZero)) == 0)
		out.address = IPAddress::wildcard();
	else
		out.address.set_ipv6(address.bytes);
	out.port = address.port;
	out.scope = address.scope;
	return out;
}

ResolverBackend &default_resolver_backend() {
	static NeverDestroyed<HookedResolver> hooked;
	return sockets_are_hooked() ? hooked.get() : system_resolver_backend();
}

} // namespace netpeer
