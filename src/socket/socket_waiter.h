// SocketWaiter: sleeps on many sockets at once. For servers with more than a handful, and for loops of your own.
#pragma once

#include "../core/allocator.h"
#include "../core/byte_buffer.h"
#include "../core/instant.h"
#include "net_socket.h"

namespace netpeer {

struct WaiterBackend; // private: poll, epoll or select
struct WaiterSocket;  // private: what is known of one socket

/// One socket that is ready. `error`: the connection is broken or refused; the next call on the socket tells why.
struct SocketReady {
	uint64_t token = 0;    // what add() was given
	bool readable = false; // data, the end of the stream, a waiting connection
	bool writable = false; // room to send, a decided connect
	bool error = false;    // broken or refused
};

/// Settings of a SocketWaiter.
struct SocketWaiterSettings {
	const Allocator *allocator = default_allocator(); // borrowed; must outlive the waiter
	size_t max_sockets = 65536;                       // watched at once; beyond it add() answers ERR_OUT_OF_MEMORY
	/// On Linux: from this many sockets on the kernel keeps the list (epoll) instead of being told it at every wait
	/// (poll). 0: always; SIZE_MAX: never. The answers are the same.
	size_t many_sockets = 32;
};

/// Owner thread only. Sockets are borrowed: remove each before it is closed, its number may be another's a moment later.
/// Only wait() and wait_until() block.
class SocketWaiter {
public:
	/// Takes no memory and no descriptor yet.
	explicit SocketWaiter(const SocketWaiterSettings &settings = SocketWaiterSettings());
	~SocketWaiter();
	SocketWaiter(const SocketWaiter &) = delete;
	SocketWaiter &operator=(const SocketWaiter &) = delete;

	/// Watches `socket`; `token` comes back when it is ready and need not be unique. ERR_UNCONFIGURED for a closed socket
	/// or one without a handle; ERR_INVALID_PARAMETER for an unknown interest; ERR_ALREADY_EXISTS when it is watched
	/// already; ERR_OUT_OF_MEMORY over max_sockets or without memory; on an error nothing has changed.
	Error add(const NetSocket &socket, PollType interest, uint64_t token);
	/// ERR_DOES_NOT_EXIST when it is not watched; ERR_UNCONFIGURED and ERR_INVALID_PARAMETER as add(). On an error nothing
	/// has changed.
	Error modify(const NetSocket &socket, PollType interest, uint64_t token);
	/// ERR_DOES_NOT_EXIST when it is not watched; ERR_UNCONFIGURED as add().
	Error remove(const NetSocket &socket);
	/// @{
	/// The same three by a native_handle(): for what keeps its socket to itself, as streams and servers do. A handle that
	/// changes or is closed has to be removed by the old number; a socket that was closed too soon can still be.
	/// ERR_UNCONFIGURED, from all but remove_handle(), for kNoSocketHandle.
	Error add_handle(SocketHandle handle, PollType interest, uint64_t token);
	Error modify_handle(SocketHandle handle, PollType interest, uint64_t token);
	Error remove_handle(SocketHandle handle);
	/// @}
	/// Watches nothing any more.
	void remove_all();
	size_t size() const { return count_; } // sockets watched

	/// Sleeps until a socket is ready or `timeout` has passed (negative: unlimited, zero: does not sleep), and fills
	/// ready[0..count), each socket once. Readiness that `capacity` leaves out comes next time, before the rest. Asks
	/// the allocator for nothing. OK with count >= 1; ERR_BUSY: time is up; ERR_INVALID_PARAMETER for no capacity;
	/// ERR_UNCONFIGURED for an unlimited wait on nothing; FAILED when the system refuses: last_os_error(). ERR_OUT_OF_MEMORY
	/// only from the first call of a waiter that never watched anything. Interrupted waits are resumed with the time that
	/// is left.
	Error wait(Duration timeout, SocketReady *ready, size_t capacity, size_t &count);
	/// The same until a point of system_clock(); never() is unlimited.
	Error wait_until(Instant deadline, SocketReady *ready, size_t capacity, size_t &count);

	/// The system's number for the last FAILED of wait(); 0 when there was none.
	int last_os_error() const { return last_error_; }

private:
	WaiterSocket *sockets() const;
	size_t bucket_of(SocketHandle handle) const;
	Error grow();
	Error sleep_on_hooks(Duration timeout, SocketReady *ready, size_t capacity, size_t &found);

	const SocketWaiterSettings settings_;
	ByteBuffer sockets_; // WaiterSocket[capacity_], the first count_ in use
	ByteBuffer buckets_; // uint32_t[bucket_count_]: place in sockets_ plus one, or 0; at most half of them taken
	WaiterBackend *backend_ = nullptr;
	ByteBuffer polls_;       // SocketHookPoll[capacity_], when the sockets are the hooks'
	size_t polls_first_ = 0; // who is answered first: after a full answer those that were left out
	size_t count_ = 0;
	size_t capacity_ = 0;
	size_t bucket_count_ = 0;
	int last_error_ = 0;
};

} // namespace netpeer
