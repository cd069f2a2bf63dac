// The system's sockets as a table of functions: handles are NetSockets of the platform.
#include "../core/byte_buffer.h"
#include "hooked_net_socket.h"
#include "platform/interfaces_os.h"
#include "platform/socket_backend.h"
#include "platform/socket_waiter_backend.h"
#include "resolver_backend.h"

#include <cstring>
#include <new>
#include <utility>

namespace netpeer {

namespace {

struct SystemHookSocket : LibraryObject {
	explicit SystemHookSocket(std::unique_ptr<NetSocket> made) : socket(std::move(made)) {}

	std::unique_ptr<NetSocket> socket;
	bool fixed_end = false;
	// What the socket has counted and passed over, and the table must tell datagram by datagram.
	uint64_t told_truncated = 0;
	uint64_t told_icmp_errors = 0;
};

SystemHookSocket &hook_socket(intptr_t handle) { return *reinterpret_cast<SystemHookSocket *>(handle); }

int system_answer(Error error) { return static_cast<int>(error); }

int system_new_handle(std::unique_ptr<NetSocket> socket, intptr_t *handle) {
	if (socket == nullptr) return system_answer(Error::ERR_OUT_OF_MEMORY);
	SystemHookSocket *const made = new (std::nothrow) SystemHookSocket(std::move(socket));
	if (made == nullptr) return system_answer(Error::ERR_OUT_OF_MEMORY);
	*handle = reinterpret_cast<intptr_t>(made);
	return 0;
}

int system_open(void *, int kind, int *family, intptr_t *handle) {
	std::unique_ptr<NetSocket> socket = create_system_net_socket();
	if (socket == nullptr) return system_answer(Error::ERR_OUT_OF_MEMORY);
	socket->disable_batching();
	Error error = Error::ERR_UNAVAILABLE;
	IPType type = static_cast<IPType>(*family);
	if (kind == kSocketUdp) error = socket->open_udp(type);
	if (kind == kSocketTcp) error = socket->open_tcp(type);
	if (kind == kSocketUnix) error = socket->open_unix();
	if (error != Error::OK) return system_answer(error);
	*family = static_cast<int>(type);
	return system_new_handle(std::move(socket), handle);
}

void system_close(void *, intptr_t handle) { delete &hook_socket(handle); }

int system_bind(void *, intptr_t handle, const SocketHookAddress *local) {
	return system_answer(hook_socket(handle).socket->bind(endpoint_of_hook(*local)));
}

int system_local_address(void *, intptr_t handle, SocketHookAddress *local) {
	Endpoint at;
	const Error error = hook_socket(handle).socket->local_endpoint(at);
	if (error == Error::OK) *local = hook_address_of(at.address, at.port, at.scope);
	return system_answer(error);
}

int system_remote_address(void *, intptr_t handle, SocketHookAddress *remote) {
	Endpoint at;
	const Error error = hook_socket(handle).socket->remote_endpoint(at);
	if (error == Error::OK) *remote = hook_address_of(at.address, at.port, at.scope);
	return system_answer(error);
}

// --- waiting ---

int system_poll_one(SocketHookPoll &entry, Duration timeout) {
	const bool in = (entry.wanted & kSocketReadable) != 0;
	const bool out = (entry.wanted & kSocketWritable) != 0;
	NetSocket &socket = *hook_socket(entry.handle).socket;
	const PollType type = in && out ? PollType::POLL_TYPE_IN_OUT
	                      : out     ? PollType::POLL_TYPE_OUT
	                                : PollType::POLL_TYPE_IN;
	const Error error = socket.wait(type, timeout);
	entry.ready = 0;
	SystemHookSocket &at = hook_socket(entry.handle);
	if (at.socket->counters().icmp_errors != at.told_icmp_errors) {
		++at.told_icmp_errors;
		entry.ready = kSocketBroken;
	}
	if (error == Error::ERR_BUSY) return 0;
	if (error == Error::ERR_UNCONFIGURED) return system_answer(error);
	if (error != Error::OK) {
		entry.ready |= kSocketBroken;
	} else if (type != PollType::POLL_TYPE_IN_OUT) {
		entry.ready |= entry.wanted;
	} else {
		if (socket.wait(PollType::POLL_TYPE_IN, Duration()) != Error::ERR_BUSY) entry.ready |= kSocketReadable;
		if (socket.wait(PollType::POLL_TYPE_OUT, Duration()) != Error::ERR_BUSY) entry.ready |= kSocketWritable;
	}
	return 0;
}

/// Several at once, through what SocketWaiter sleeps on, told anew each time.
class SystemPoll {
public:
	SystemPoll() {
		settings_.many_sockets = SIZE_MAX;
		backend_ = create_waiter_backend(settings_);
	}
	~SystemPoll() { destroy_waiter_backend(backend_); }
	SystemPoll(const SystemPoll &) = delete;
	SystemPoll &operator=(const SystemPoll &) = delete;

	Error poll(SocketHookPoll *entries, size_t count, Duration timeout) {
		const size_t room = count != 0 ? count : 1;
		if (backend_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
		NETPEER_TRY(waiter_reserve(*backend_, room));
		NETPEER_TRY(watched_.resize(room * sizeof(WaiterSocket)));
		NETPEER_TRY(ready_.resize(room * sizeof(SocketReady)));
		WaiterSocket *const watched = reinterpret_cast<WaiterSocket *>(watched_.data());
		SocketReady *const ready = reinterpret_cast<SocketReady *>(ready_.data());
		for (size_t i = 0; i < count; ++i) {
			const bool in = (entries[i].wanted & kSocketReadable) != 0;
			const bool out = (entries[i].wanted & kSocketWritable) != 0;
			watched[i].handle = hook_socket(entries[i].handle).socket->native_handle();
			watched[i].interest = in && out ? PollType::POLL_TYPE_IN_OUT
			                      : out     ? PollType::POLL_TYPE_OUT
			                                : PollType::POLL_TYPE_IN;
			entries[i].ready = 0;
		}
		size_t found = 0;
		if (waiter_sleep(*backend_, watched, count, timeout, ready, room, found) != 0) return Error::FAILED;
		// Answers come in the order of the list.
		size_t place = 0;
		for (size_t i = 0; i < found && count != 0; ++i) {
			const SocketHandle handle = static_cast<SocketHandle>(ready[i].token);
			for (size_t looked = 0; looked < count && watched[place].handle != handle; ++looked)
				place = place + 1 < count ? place + 1 : 0;
			entries[place].ready = (ready[i].readable ? kSocketReadable : 0) |
			                       (ready[i].writable ? kSocketWritable : 0) | (ready[i].error ? kSocketBroken : 0);
		}
		return Error::OK;
	}

private:
	SocketWaiterSettings settings_;
	WaiterBackend *backend_ = nullptr;
	ByteBuffer watched_;
	ByteBuffer ready_;
};

int system_poll(void *, SocketHookPoll *entries, size_t count, int64_t timeout_us) {
	const Duration timeout = Duration::from_us(timeout_us);
	if (count == 1) return system_poll_one(entries[0], timeout);
	SystemPoll poll;
	return system_answer(poll.poll(entries, count, timeout));
}

// --- datagrams ---

int system_send_to(void *, intptr_t handle, const uint8_t *bytes, size_t size, const SocketHookAddress *to) {
	SystemHookSocket &at = hook_socket(handle);
	DatagramOut datagram;
	datagram.bytes = ByteView(bytes, size);
	if (to != nullptr) datagram.to = endpoint_of_hook(*to);
	size_t sent = 0;
	const Error error = at.socket->send_batch(&datagram, 1, sent);
	const uint64_t icmp_errors = at.socket->counters().icmp_errors;
	const bool leftover = error == Error::FAILED && at.fixed_end && icmp_errors != at.told_icmp_errors;
	if (leftover) ++at.told_icmp_errors;
	return system_answer(leftover ? Error::ERR_CONNECTION_ERROR : error);
}

// Whether receive_from() has to tell what was passed over.
bool system_has_untold(const SystemHookSocket &at) {
	const NetSocketCounters &counted = at.socket->counters();
	return counted.truncated != at.told_truncated || counted.icmp_errors != at.told_icmp_errors;
}

int system_receive_from(void *, intptr_t handle, uint8_t *buffer, size_t room, size_t *size, SocketHookAddress *from) {
	SystemHookSocket &at = hook_socket(handle);
	const NetSocketCounters &counted = at.socket->counters();
	Error error = Error::ERR_BUSY;
	// What was passed over before is told first.
	if (!system_has_untold(at)) {
		DatagramSlot slot;
		slot.buffer = MutBytes(buffer, room);
		size_t received = 0;
		error = at.socket->receive_batch(&slot, 1, received);
		if (error == Error::OK) {
			*size = slot.size;
			*from = hook_address_of(slot.from.address, slot.from.port, slot.from.scope);
		}
	}
	if (error != Error::ERR_BUSY) return system_answer(error);
	if (counted.truncated != at.told_truncated) {
		++at.told_truncated;
		*size = room + 1;
		return 0;
	}
	if (counted.icmp_errors == at.told_icmp_errors) return system_answer(Error::ERR_BUSY);
	++at.told_icmp_errors;
	return system_answer(Error::ERR_CONNECTION_ERROR);
}

int system_connect(void *, intptr_t handle, const SocketHookAddress *remote) {
	SystemHookSocket &at = hook_socket(handle);
	if (remote == nullptr) {
		at.fixed_end = false;
		return system_answer(at.socket->disconnect_udp());
	}
	const Endpoint to = endpoint_of_hook(*remote);
	const Error udp = at.socket->connect_udp(to);
	at.fixed_end = udp == Error::OK;
	return system_answer(udp == Error::ERR_UNCONFIGURED ? at.socket->connect(to) : udp);
}

// --- streams ---

int system_connect_result(void *, intptr_t handle) {
	return system_answer(hook_socket(handle).socket->connect_result());
}

int system_listen(void *, intptr_t handle, int backlog) {
	return system_answer(hook_socket(handle).socket->listen(backlog));
}

int system_accept(void *, intptr_t handle, intptr_t *accepted, SocketHookAddress *remote) {
	// First the memory: a connection once taken could not be put back.
	std::unique_ptr<SystemHookSocket> made(new (std::nothrow) SystemHookSocket(nullptr));
	if (made == nullptr) return system_answer(Error::ERR_CANT_ACQUIRE_RESOURCE);
	Endpoint from;
	const Error error = hook_socket(handle).socket->accept(made->socket, from);
	if (error != Error::OK) return system_answer(error);
	*remote = hook_address_of(from.address, from.port, from.scope);
	*accepted = reinterpret_cast<intptr_t>(made.release());
	return 0;
}

int system_send(void *, intptr_t handle, const uint8_t *bytes, size_t size, size_t *sent) {
	return system_answer(hook_socket(handle).socket->send(ByteView(bytes, size), *sent));
}

int system_receive(void *, intptr_t handle, uint8_t *buffer, size_t room, size_t *received) {
	return system_answer(hook_socket(handle).socket->receive(MutBytes(buffer, room), *received));
}

int system_shutdown(void *, intptr_t handle, int half) {
	return system_answer(hook_socket(handle).socket->shutdown(static_cast<ShutdownHalf>(half)));
}

int system_available(void *, intptr_t handle, size_t *bytes) {
	const int available = hook_socket(handle).socket->available_bytes();
	if (available < 0) return system_answer(Error::FAILED);
	*bytes = static_cast<size_t>(available);
	return 0;
}

int system_bind_path(void *, intptr_t handle, const char *path) {
	return system_answer(hook_socket(handle).socket->bind_path(path));
}

int system_connect_path(void *, intptr_t handle, const char *path) {
	return system_answer(hook_socket(handle).socket->connect_path(path));
}

// --- options, multicast ---

int system_set_option(void *, intptr_t handle, int option, int value) {
	NetSocket &socket = *hook_socket(handle).socket;
	const size_t bytes = value > 0 ? static_cast<size_t>(value) : 0;
	switch (option) {
	case kSocketNoDelay: return system_answer(socket.set_no_delay(value != 0));
	case kSocketBroadcast: return system_answer(socket.set_broadcasting_enabled(value != 0));
	case kSocketReuseAddress: return system_answer(socket.set_reuse_address(value != 0));
	case kSocketReusePort: return system_answer(socket.set_reuse_port(value != 0));
	case kSocketReceiveBuffer: return system_answer(socket.set_buffer_sizes(bytes, 0));
	case kSocketSendBuffer: return system_answer(socket.set_buffer_sizes(0, bytes));
	case kSocketKeepAlive: return system_answer(socket.set_keep_alive(value != 0, 0, 0, 0));
	case kSocketKeepAliveIdle: return system_answer(socket.set_keep_alive(true, value, 0, 0));
	case kSocketKeepAliveInterval: return system_answer(socket.set_keep_alive(true, 0, value, 0));
	case kSocketKeepAliveCount: return system_answer(socket.set_keep_alive(true, 0, 0, value));
	case kSocketMulticastTtl: return system_answer(socket.set_multicast_ttl(value));
	case kSocketMulticastLoopback: return system_answer(socket.set_multicast_loopback(value != 0));
	default: return system_answer(Error::ERR_UNAVAILABLE);
	}
}

MulticastInterface system_interface(uint32_t index, const SocketHookAddress &address) {
	MulticastInterface out;
	out.index = index;
	const IPAddress own = endpoint_of_hook(address).address;
	if (!own.is_wildcard()) out.ipv4 = own;
	return out;
}

int system_join_group(void *, intptr_t handle, const SocketHookAddress *group, uint32_t interface_index,
        const SocketHookAddress *interface_address, int join) {
	NetSocket &socket = *hook_socket(handle).socket;
	const IPAddress address = endpoint_of_hook(*group).address;
	const MulticastInterface on = system_interface(interface_index, *interface_address);
	return system_answer(
	        join != 0 ? socket.join_multicast_group(address, on) : socket.leave_multicast_group(address, on));
}

int system_set_multicast_interface(
        void *, intptr_t handle, uint32_t interface_index, const SocketHookAddress *interface_address) {
	return system_answer(
	        hook_socket(handle).socket->set_multicast_interface(system_interface(interface_index, *interface_address)));
}

// --- names and interfaces ---

int system_resolve(void *, const char *name, int family, SocketHookAddress *out, size_t capacity, size_t *count) {
	constexpr size_t kMost = 32;
	IPAddress found[kMost];
	*count = 0;
	const Error error = system_resolver_backend().lookup(
	        name, static_cast<IPType>(family), found, capacity < kMost ? capacity : kMost, *count);
	for (size_t i = 0; error == Error::OK && i < *count; ++i) out[i] = hook_address_of(found[i]);
	return system_answer(error);
}

using AddInterface = void (*)(
        void *gatherer, const char *name, const char *friendly_name, uint32_t index, const SocketHookAddress *address);

class HookInterfaceVisitor final : public InterfaceVisitor {
public:
	HookInterfaceVisitor(AddInterface teller, void *gatherer) : tell_(teller), gatherer_(gatherer) {}
	void add(const char *name, const char *friendly, uint32_t index, const IPAddress &address) override {
		const SocketHookAddress at = hook_address_of(address);
		tell_(gatherer_, name, friendly, index, &at);
	}
	// Whoever gathers meets an address twice then, which changes nothing.
	void begin_again() override {}

private:
	const AddInterface tell_;
	void *const gatherer_;
};

int system_list_interfaces(void *, AddInterface add, void *gatherer) {
	HookInterfaceVisitor visitor(add, gatherer);
	return system_answer(gather_system_interfaces(visitor));
}

} // namespace

SocketHooks system_socket_hooks() {
	SocketHooks hooks;
	hooks.open = system_open;
	hooks.close = system_close;
	hooks.bind = system_bind;
	hooks.local_address = system_local_address;
	hooks.poll = system_poll;
	hooks.send_to = system_send_to;
	hooks.receive_from = system_receive_from;
	hooks.connect = system_connect;
	hooks.connect_result = system_connect_result;
	hooks.listen = system_listen;
	hooks.accept = system_accept;
	hooks.send = system_send;
	hooks.receive = system_receive;
	hooks.shutdown = system_shutdown;
	hooks.remote_address = system_remote_address;
	hooks.available = system_available;
	hooks.bind_path = system_bind_path;
	hooks.connect_path = system_connect_path;
	hooks.set_option = system_set_option;
	hooks.join_group = system_join_group;
	hooks.set_multicast_interface = system_set_multicast_interface;
	hooks.resolve = system_resolve;
	hooks.list_interfaces = system_list_interfaces;
	return hooks;
}

} // namespace netpeer
