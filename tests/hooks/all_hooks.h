// Every hook at once: each does what the library would do by itself, marks that it is running, and counts.
#pragma once

#include "../../src/core/hooks.h"
#include "../../src/socket/net_socket.h"
#include "outside_watch.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace netpeer_test {

struct HookCounts {
	std::atomic<size_t> allocations{0};
	std::atomic<size_t> live_blocks{0};
	std::atomic<size_t> live_bytes{0};
	std::atomic<size_t> wrong_sizes{0};
	std::atomic<size_t> log_lines{0};
	std::atomic<size_t> broken_invariants{0};
	std::atomic<size_t> random_bytes{0};
	std::atomic<size_t> threads_made{0};
	std::atomic<size_t> threads_joined{0};
	std::atomic<size_t> socket_calls{0};
	std::atomic<size_t> sockets_opened{0}; // accepted ones too
	std::atomic<size_t> sockets_closed{0};
	std::atomic<size_t> look_ups{0};
};

namespace all_hooks_detail {

inline HookCounts counts;

// --- memory: the size stands in front of each block, to be compared when it comes back ---

struct alignas(std::max_align_t) BlockHead {
	size_t bytes;
};

inline void *allocate(void *, size_t bytes, size_t) {
	const InsideHook inside;
	BlockHead *const head = static_cast<BlockHead *>(std::malloc(sizeof(BlockHead) + bytes));
	if (head == nullptr) return nullptr;
	head->bytes = bytes;
	++counts.allocations;
	++counts.live_blocks;
	counts.live_bytes += bytes;
	return head + 1;
}
inline void release(void *, void *block, size_t bytes, size_t) {
	const InsideHook inside;
	BlockHead *const head = static_cast<BlockHead *>(block) - 1;
	if (head->bytes != bytes) ++counts.wrong_sizes;
	--counts.live_blocks;
	counts.live_bytes -= head->bytes;
	std::free(head);
}
inline void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes, size_t alignment) {
	void *const moved = allocate(user, new_bytes, alignment);
	if (moved == nullptr) return nullptr;
	std::memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
	release(user, block, old_bytes, alignment);
	return moved;
}

// --- threads ---

inline int create_thread(void *, void (*body)(void *), void *argument, void **thread) {
	const InsideHook inside;
	*thread = new std::thread(body, argument);
	++counts.threads_made;
	return 0;
}
inline void join_thread(void *, void *thread) {
	const InsideHook inside;
	static_cast<std::thread *>(thread)->join();
	delete static_cast<std::thread *>(thread);
	++counts.threads_joined;
}

// --- sockets: the system's table, each function wrapped ---

inline netpeer::SocketHooks system_table;

template <auto kMember> struct Wrapped;
template <class Result, class... Args, Result (*netpeer::SocketHooks::*kMember)(void *, Args...)>
struct Wrapped<kMember> {
	static Result call(void *, Args... args) {
		const InsideHook inside;
		++counts.socket_calls;
		return (system_table.*kMember)(nullptr, args...);
	}
};
template <auto kMember> void wrap(netpeer::SocketHooks &hooks) { hooks.*kMember = Wrapped<kMember>::call; }

inline netpeer::SocketHooks wrapped_sockets() {
	using netpeer::SocketHooks;
	system_table = netpeer::system_socket_hooks();
	SocketHooks hooks;
	hooks.open = [](void *, int kind, int *family, intptr_t *handle) {
		const InsideHook inside;
		const int answer = system_table.open(nullptr, kind, family, handle);
		if (answer == 0) ++counts.sockets_opened;
		return answer;
	};
	hooks.accept = [](void *, intptr_t handle, intptr_t *accepted, netpeer::SocketHookAddress *remote) {
		const InsideHook inside;
		const int answer = system_table.accept(nullptr, handle, accepted, remote);
		if (answer == 0) ++counts.sockets_opened;
		return answer;
	};
	hooks.close = [](void *, intptr_t handle) {
		const InsideHook inside;
		++counts.sockets_closed;
		system_table.close(nullptr, handle);
	};
	hooks.resolve = [](void *, const char *name, int family, netpeer::SocketHookAddress *out, size_t capacity,
	                        size_t *count) {
		const InsideHook inside;
		++counts.look_ups;
		return system_table.resolve(nullptr, name, family, out, capacity, count);
	};
	wrap<&SocketHooks::bind>(hooks);
	wrap<&SocketHooks::local_address>(hooks);
	wrap<&SocketHooks::poll>(hooks);
	wrap<&SocketHooks::send_to>(hooks);
	wrap<&SocketHooks::receive_from>(hooks);
	wrap<&SocketHooks::connect>(hooks);
	wrap<&SocketHooks::connect_result>(hooks);
	wrap<&SocketHooks::listen>(hooks);
	wrap<&SocketHooks::send>(hooks);
	wrap<&SocketHooks::receive>(hooks);
	wrap<&SocketHooks::shutdown>(hooks);
	wrap<&SocketHooks::remote_address>(hooks);
	wrap<&SocketHooks::available>(hooks);
	wrap<&SocketHooks::bind_path>(hooks);
	wrap<&SocketHooks::connect_path>(hooks);
	wrap<&SocketHooks::set_option>(hooks);
	wrap<&SocketHooks::join_group>(hooks);
	wrap<&SocketHooks::set_multicast_interface>(hooks);
	hooks.list_interfaces =
	        [](void *, void (*add)(void *, const char *, const char *, uint32_t, const netpeer::SocketHookAddress *),
	                void *gatherer) {
		        const InsideHook inside;
		        return system_table.list_interfaces(nullptr, add, gatherer);
	        };
	return hooks;
}

} // namespace all_hooks_detail

inline HookCounts &hook_counts() { return all_hooks_detail::counts; }

inline netpeer::Hooks all_hooks() {
	namespace detail = all_hooks_detail;
	netpeer::Hooks hooks;
	hooks.memory = netpeer::MemoryHooks{nullptr, detail::allocate, detail::reallocate, detail::release};
	hooks.log.write = [](void *, int, const char *) { ++detail::counts.log_lines; };
	hooks.asserts.failed = [](void *, const char *, const char *, int) { ++detail::counts.broken_invariants; };
	hooks.random.fill = [](void *, uint8_t *bytes, size_t size) {
		for (size_t i = 0; i < size; ++i)
			bytes[i] = static_cast<uint8_t>((detail::counts.random_bytes.fetch_add(1) + 1) * 2654435761u >> 13);
		return 0;
	};
	hooks.threads = netpeer::ThreadHooks{nullptr, detail::create_thread, detail::join_thread};
	hooks.sockets = detail::wrapped_sockets();
	return hooks;
}

} // namespace netpeer_test
