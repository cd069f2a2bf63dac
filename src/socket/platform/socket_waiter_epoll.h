// Private: a list of sockets the kernel keeps. Never opens where the system has no epoll.
#pragma once

#include "socket_waiter_backend.h"

namespace netpeer {

class EpollList {
public:
	explicit EpollList(const Allocator *allocator) : events_(allocator) {}
	~EpollList() { close(); }
	EpollList(const EpollList &) = delete;
	EpollList &operator=(const EpollList &) = delete;

	Error reserve(size_t capacity);
	bool open();
	void close();
	bool is_open() const { return handle_ >= 0; }
	/// False: the system refuses.
	bool add(const WaiterSocket &socket);
	bool modify(const WaiterSocket &socket);
	void remove(SocketHandle handle);
	/// As waiter_sleep().
	int sleep(Duration timeout, SocketReady *ready, size_t capacity, size_t &found);

private:
	int handle_ = -1;
	ByteBuffer events_; // epoll_event[]
};

} // namespace netpeer
