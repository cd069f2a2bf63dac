// The C face of hooks. The structures are those of core/hooks.h field by field: most of them the compiler checks as they are
// assigned. Functions that take an address or a poll entry differ in the name of that structure alone, whose layout is the same.

#include "../core/hooks.h"
#include "c_handles.h"

#include <cstddef>

using namespace netpeer;

namespace {

static_assert(sizeof(netpeer_hooks) == sizeof(Hooks), "as in C++");
static_assert(sizeof(netpeer_socket_address) == sizeof(SocketHookAddress), "as in C++");
static_assert(offsetof(netpeer_socket_address, bytes) == offsetof(SocketHookAddress, bytes), "as in C++");
static_assert(offsetof(netpeer_socket_address, port) == offsetof(SocketHookAddress, port), "as in C++");
static_assert(offsetof(netpeer_socket_address, scope) == offsetof(SocketHookAddress, scope), "as in C++");
static_assert(sizeof(netpeer_socket_poll) == sizeof(SocketHookPoll), "as in C++");
static_assert(offsetof(netpeer_socket_poll, handle) == offsetof(SocketHookPoll, handle), "as in C++");
static_assert(offsetof(netpeer_socket_poll, wanted) == offsetof(SocketHookPoll, wanted), "as in C++");
static_assert(offsetof(netpeer_socket_poll, ready) == offsetof(SocketHookPoll, ready), "as in C++");
static_assert(is_number(NETPEER_SOCKET_READABLE, kSocketReadable), "as in C++");
static_assert(is_number(NETPEER_SOCKET_WRITABLE, kSocketWritable), "as in C++");
static_assert(is_number(NETPEER_SOCKET_BROKEN, kSocketBroken), "as in C++");
static_assert(is_number(NETPEER_SOCKET_UDP, kSocketUdp), "as in C++");
static_assert(is_number(NETPEER_SOCKET_TCP, kSocketTcp), "as in C++");
static_assert(is_number(NETPEER_SOCKET_UNIX, kSocketUnix), "as in C++");
static_assert(is_number(NETPEER_SOCKET_IPV4, kSocketIpv4), "as in C++");
static_assert(is_number(NETPEER_SOCKET_IPV6, kSocketIpv6), "as in C++");
static_assert(is_number(NETPEER_SOCKET_DUAL_STACK, kSocketDualStack), "as in C++");
static_assert(is_number(NETPEER_SOCKET_NO_DELAY, kSocketNoDelay), "as in C++");
static_assert(is_number(NETPEER_SOCKET_BROADCAST, kSocketBroadcast), "as in C++");
static_assert(is_number(NETPEER_SOCKET_REUSE_ADDRESS, kSocketReuseAddress), "as in C++");
static_assert(is_number(NETPEER_SOCKET_REUSE_PORT, kSocketReusePort), "as in C++");
static_assert(is_number(NETPEER_SOCKET_RECEIVE_BUFFER, kSocketReceiveBuffer), "as in C++");
static_assert(is_number(NETPEER_SOCKET_SEND_BUFFER, kSocketSendBuffer), "as in C++");
static_assert(is_number(NETPEER_SOCKET_KEEP_ALIVE, kSocketKeepAlive), "as in C++");
static_assert(is_number(NETPEER_SOCKET_KEEP_ALIVE_IDLE, kSocketKeepAliveIdle), "as in C++");
static_assert(is_number(NETPEER_SOCKET_KEEP_ALIVE_INTERVAL, kSocketKeepAliveInterval), "as in C++");
static_assert(is_number(NETPEER_SOCKET_KEEP_ALIVE_COUNT, kSocketKeepAliveCount), "as in C++");
static_assert(is_number(NETPEER_SOCKET_MULTICAST_TTL, kSocketMulticastTtl), "as in C++");
static_assert(is_number(NETPEER_SOCKET_MULTICAST_LOOPBACK, kSocketMulticastLoopback), "as in C++");

template <class To, class From> void set_twin(To &to, From from) { to = reinterpret_cast<To>(from); }

SocketHooks sockets_of(const netpeer_socket_hooks &from) {
	SocketHooks to;
	to.user = from.user;
	to.open = from.open;
	to.close = from.close;
	set_twin(to.bind, from.bind);
	set_twin(to.local_address, from.local_address);
	set_twin(to.poll, from.poll);
	set_twin(to.send_to, from.send_to);
	set_twin(to.receive_from, from.receive_from);
	set_twin(to.connect, from.connect);
	to.connect_result = from.connect_result;
	to.listen = from.listen;
	set_twin(to.accept, from.accept);
	to.send = from.send;
	to.receive = from.receive;
	to.shutdown = from.shutdown;
	set_twin(to.remote_address, from.remote_address);
	to.available = from.available;
	to.bind_path = from.bind_path;
	to.connect_path = from.connect_path;
	to.set_option = from.set_option;
	set_twin(to.join_group, from.join_group);
	set_twin(to.set_multicast_interface, from.set_multicast_interface);
	set_twin(to.resolve, from.resolve);
	set_twin(to.list_interfaces, from.list_interfaces);
	return to;
}

// Not the size of a pointer to it, above all.
bool ends_between_groups(size_t bytes) {
	for (const size_t end : {offsetof(netpeer_hooks, log), offsetof(netpeer_hooks, asserts),
	             offsetof(netpeer_hooks, random), offsetof(netpeer_hooks, threads), offsetof(netpeer_hooks, sockets)}) {
		if (bytes == end) return true;
	}
	return bytes >= sizeof(netpeer_hooks);
}

} // namespace

netpeer_error netpeer_set_hooks(const netpeer_hooks *hooks, size_t hooks_bytes) {
	Hooks to;
	if (hooks == nullptr) return code_of(set_hooks(to));
	// An older program's structure ends earlier, between two groups; a newer one's has what this library does not know.
	netpeer_hooks from = {};
	if (!ends_between_groups(hooks_bytes)) return kBadArgument;
	std::memcpy(&from, hooks, hooks_bytes < sizeof(from) ? hooks_bytes : sizeof(from));
	to.memory.user = from.memory.user;
	to.memory.allocate = from.memory.allocate;
	to.memory.reallocate = from.memory.reallocate;
	to.memory.release = from.memory.release;
	to.log.user = from.log.user;
	to.log.write = from.log.write;
	to.asserts.user = from.asserts.user;
	to.asserts.failed = from.asserts.failed;
	to.random.user = from.random.user;
	to.random.fill = from.random.fill;
	to.threads.user = from.threads.user;
	to.threads.create = from.threads.create;
	to.threads.join = from.threads.join;
	to.sockets = sockets_of(from.sockets);
	return code_of(set_hooks(to));
}

size_t netpeer_get_live_allocations(void) { return get_live_allocations(); }
