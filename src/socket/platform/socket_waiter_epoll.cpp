// The list of sockets the kernel keeps: epoll, level-triggered, so that it answers what poll() does.
#include "socket_waiter_epoll.h"

#include "../../core/netpeer_config.h"

#if NETPEER_OS_POSIX && !NETPEER_OS_LINUX

namespace netpeer {

Error EpollList::reserve(size_t) { return Error::OK; }
bool EpollList::open() { return false; }
void EpollList::close() {}
bool EpollList::add(const WaiterSocket &) { return false; }
bool EpollList::modify(const WaiterSocket &) { return false; }
void EpollList::remove(SocketHandle) {}
int EpollList::sleep(Duration, SocketReady *, size_t, size_t &) { return 0; }

} // namespace netpeer

#elif NETPEER_OS_LINUX

#include "os_poll_posix.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace netpeer {

namespace {

epoll_event epoll_wish(const WaiterSocket &socket) {
	epoll_event wish{};
	wish.events = (socket.interest != PollType::POLL_TYPE_OUT ? EPOLLIN : 0u) |
	              (socket.interest != PollType::POLL_TYPE_IN ? EPOLLOUT : 0u);
	// Back comes the handle and, in the upper half, what was asked: a hang-up answers just that.
	wish.data.u64 = static_cast<uint32_t>(socket.handle) | (uint64_t{wish.events} << 32);
	return wish;
}

} // namespace

Error EpollList::reserve(size_t capacity) {
	const size_t bytes = capacity * sizeof(epoll_event);
	return bytes > events_.size() ? events_.resize(bytes) : Error::OK;
}

bool EpollList::open() {
	handle_ = epoll_create1(EPOLL_CLOEXEC);
	return handle_ >= 0;
}

void EpollList::close() {
	if (handle_ >= 0) (void)::close(handle_);
	handle_ = -1;
}

bool EpollList::add(const WaiterSocket &socket) {
	epoll_event wish = epoll_wish(socket);
	return epoll_ctl(handle_, EPOLL_CTL_ADD, static_cast<int>(socket.handle), &wish) == 0;
}

bool EpollList::modify(const WaiterSocket &socket) {
	epoll_event wish = epoll_wish(socket);
	return epoll_ctl(handle_, EPOLL_CTL_MOD, static_cast<int>(socket.handle), &wish) == 0;
}

void EpollList::remove(SocketHandle handle) {
	epoll_event unused{}; // kernels before 2.6.9 want one
	(void)epoll_ctl(handle_, EPOLL_CTL_DEL, static_cast<int>(handle), &unused);
}

int EpollList::sleep(Duration timeout, SocketReady *ready, size_t capacity, size_t &found) {
	int ms = timeout.us < 0 ? -1 : 0;
	if (timeout.us > 0 && timeout.us % 1000 == 0 && timeout.ms() < INT_MAX) {
		ms = static_cast<int>(timeout.ms());
	} else if (timeout.us > 0) {
		// epoll_wait() knows milliseconds; its descriptor can be waited for with microseconds.
		pollfd entry{};
		entry.fd = handle_;
		entry.events = POLLIN;
		const int answers = os_poll(&entry, 1, timeout);
		if (answers <= 0) return answers == 0 || errno == EINTR ? 0 : errno;
	}
	epoll_event *events = reinterpret_cast<epoll_event *>(events_.data());
	const size_t room = events_.size() / sizeof(epoll_event);
	const size_t asked = capacity < room ? capacity : room;
	// The kernel hands out a long list in turn, so what is left out now comes first next time.
	const int count = epoll_wait(handle_, events, static_cast<int>(asked), ms);
	if (count < 0) return errno == EINTR ? 0 : errno;
	for (int i = 0; i < count; ++i) {
		const uint64_t key = events[i].data.u64;
		const uint32_t wanted = static_cast<uint32_t>(key >> 32);
		const uint32_t got = events[i].events | ((events[i].events & EPOLLHUP) != 0 ? wanted : 0u);
		SocketReady answer;
		answer.token = static_cast<uint32_t>(key);
		answer.readable = (got & EPOLLIN) != 0;
		answer.writable = (got & EPOLLOUT) != 0;
		answer.error = (got & EPOLLERR) != 0;
		ready[found++] = answer;
	}
	return 0;
}

} // namespace netpeer

#endif
