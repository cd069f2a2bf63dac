// Private: what SocketWaiter asks of a platform. No OS header here.
#pragma once

#include "../socket_waiter.h"

namespace netpeer {

/// A socket that is watched.
struct WaiterSocket {
	SocketHandle handle;
	uint64_t token;
	PollType interest;
};

/// Null when there is no memory.
WaiterBackend *create_waiter_backend(const SocketWaiterSettings &settings);
void destroy_waiter_backend(WaiterBackend *backend);
/// Memory for waits on `capacity` sockets. On an error nothing has changed.
Error waiter_reserve(WaiterBackend &backend, size_t capacity);

/// Told after the list has changed. A backend that cannot have the kernel keep the list goes on without.
void waiter_added(WaiterBackend &backend, const WaiterSocket *sockets, size_t count);
void waiter_modified(WaiterBackend &backend, const WaiterSocket &socket);
void waiter_removed(WaiterBackend &backend, SocketHandle handle);

/// Sleeps once, at most `timeout` and perhaps less, and fills ready[0..found) with handles in place of tokens. 0 or the
/// system's error number; an interruption is 0 and nothing found.
int waiter_sleep(WaiterBackend &backend, const WaiterSocket *sockets, size_t count, Duration timeout,
        SocketReady *ready, size_t capacity, size_t &found);

} // namespace netpeer
