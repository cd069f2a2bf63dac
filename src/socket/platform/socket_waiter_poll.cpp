// Waiting on many sockets on POSIX: poll(), which is told the list every time; on Linux epoll for long lists.
#include "os_poll_posix.h"
#include "os_socket.h"
#include "socket_waiter_backend.h"
#include "socket_waiter_epoll.h"

#if NETPEER_OS_POSIX

#include <errno.h>

namespace netpeer {

struct WaiterBackend {
	explicit WaiterBackend(const SocketWaiterSettings &wanted) :
	        settings(wanted), polled(wanted.allocator), epoll(wanted.allocator) {}

	const SocketWaiterSettings settings;
	ByteBuffer polled; // pollfd[]
	size_t first = 0;  // who is looked at first: after a full answer those that were left out
	EpollList epoll;
};

WaiterBackend *create_waiter_backend(const SocketWaiterSettings &settings) {
	return allocate_object<WaiterBackend>(*settings.allocator, settings);
}

void destroy_waiter_backend(WaiterBackend *backend) {
	if (backend != nullptr) release_object(*backend->settings.allocator, backend);
}

Error waiter_reserve(WaiterBackend &backend, size_t capacity) {
	NETPEER_TRY(backend.epoll.reserve(capacity));
	const size_t bytes = capacity * sizeof(pollfd);
	return bytes > backend.polled.size() ? backend.polled.resize(bytes) : Error::OK;
}

void waiter_added(WaiterBackend &backend, const WaiterSocket *sockets, size_t count) {
	if (backend.epoll.is_open()) {
		if (!backend.epoll.add(sockets[count - 1])) backend.epoll.close();
		return;
	}
	// Asked for once per crossing: a system that refused then is not bothered at every add.
	if (count != backend.settings.many_sockets && !(count == 1 && backend.settings.many_sockets == 0)) return;
	if (!backend.epoll.open()) return;
	for (size_t i = 0; i < count; ++i) {
		if (!backend.epoll.add(sockets[i])) {
			backend.epoll.close();
			return;
		}
	}
}

void waiter_modified(WaiterBackend &backend, const WaiterSocket &socket) {
	if (backend.epoll.is_open() && !backend.epoll.modify(socket)) backend.epoll.close();
}

void waiter_removed(WaiterBackend &backend, SocketHandle handle) {
	if (backend.epoll.is_open()) backend.epoll.remove(handle);
}

namespace {

SocketReady waiter_answer(const WaiterSocket &socket, short events) {
	SocketReady answer;
	answer.token = static_cast<uint64_t>(socket.handle);
	const short asked = os_poll_events(socket.interest);
	const bool ended = (events & POLLHUP) != 0; // keeps neither direction waiting
	answer.readable = (events & POLLIN) != 0 || (ended && (asked & POLLIN) != 0);
	answer.writable = (events & POLLOUT) != 0 || (ended && (asked & POLLOUT) != 0);
	answer.error = (events & (POLLERR | POLLNVAL)) != 0;
	return answer;
}

int waiter_poll(WaiterBackend &backend, const WaiterSocket *sockets, size_t count, Duration timeout, SocketReady *ready,
        size_t capacity, size_t &found) {
	pollfd *entries = reinterpret_cast<pollfd *>(backend.polled.data());
	for (size_t i = 0; i < count; ++i) {
		entries[i].fd = static_cast<int>(sockets[i].handle);
		entries[i].events = os_poll_events(sockets[i].interest);
		entries[i].revents = 0;
	}
	const int answers = os_poll(entries, count, timeout);
	if (answers < 0) return errno == EINTR ? 0 : errno;
	size_t left = static_cast<size_t>(answers);
	size_t at = backend.first < count ? backend.first : 0;
	for (size_t i = 0; i < count && left != 0 && found < capacity; ++i) {
		if (entries[at].revents != 0) {
			ready[found++] = waiter_answer(sockets[at], entries[at].revents);
			--left;
		}
		at = at + 1 < count ? at + 1 : 0;
	}
	backend.first = left != 0 ? at : 0;
	return 0;
}

} // namespace

int waiter_sleep(WaiterBackend &backend, const WaiterSocket *sockets, size_t count, Duration timeout,
        SocketReady *ready, size_t capacity, size_t &found) {
	found = 0;
	return backend.epoll.is_open() ? backend.epoll.sleep(timeout, ready, capacity, found)
	                               : waiter_poll(backend, sockets, count, timeout, ready, capacity, found);
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
