// Waiting on many sockets on Windows: select(), whose sets are lists there and may be longer than FD_SETSIZE. WSAPoll
// never tells of a failed connect before Windows 10 2004.
#include "os_socket.h"
#include "socket_waiter_backend.h"

#if NETPEER_OS_WINDOWS

#include <stddef.h>

namespace netpeer {

struct WaiterBackend {
	explicit WaiterBackend(const SocketWaiterSettings &settings) :
	        allocator(settings.allocator),
	        readers(settings.allocator),
	        writers(settings.allocator),
	        errors(settings.allocator) {}

	const Allocator *allocator;
	ByteBuffer readers; // fd_set with room for all
	ByteBuffer writers;
	ByteBuffer errors;
	size_t first = 0; // who is looked at first: after a full answer those that were left out
};

WaiterBackend *create_waiter_backend(const SocketWaiterSettings &settings) {
	return allocate_object<WaiterBackend>(*settings.allocator, settings);
}

void destroy_waiter_backend(WaiterBackend *backend) {
	if (backend != nullptr) release_object(*backend->allocator, backend);
}

Error waiter_reserve(WaiterBackend &backend, size_t capacity) {
	const size_t bytes = offsetof(fd_set, fd_array) + capacity * sizeof(SOCKET);
	for (ByteBuffer *set : {&backend.readers, &backend.writers, &backend.errors}) {
		if (bytes > set->size()) NETPEER_TRY(set->resize(bytes));
	}
	return Error::OK;
}

void waiter_added(WaiterBackend &, const WaiterSocket *, size_t) {}
void waiter_modified(WaiterBackend &, const WaiterSocket &) {}
void waiter_removed(WaiterBackend &, SocketHandle) {}

namespace {

// Not fd_array itself: the compiler believes it ends at FD_SETSIZE.
SOCKET *waiter_list(ByteBuffer &set) { return reinterpret_cast<SOCKET *>(set.data() + offsetof(fd_set, fd_array)); }

fd_set *waiter_set(ByteBuffer &set) { return reinterpret_cast<fd_set *>(set.data()); }

// select() has been seen to keep the order of what it leaves in a set, so a finger finds most at once; nobody promises it.
bool waiter_take(ByteBuffer &set, size_t &finger, SOCKET handle) {
	const size_t count = waiter_set(set)->fd_count;
	const SOCKET *list = waiter_list(set);
	if (finger < count && list[finger] == handle) {
		++finger;
		return true;
	}
	for (size_t i = 0; i < count; ++i) {
		if (list[i] == handle) return true;
	}
	return false;
}

} // namespace

int waiter_sleep(WaiterBackend &backend, const WaiterSocket *sockets, size_t count, Duration timeout,
        SocketReady *ready, size_t capacity, size_t &found) {
	found = 0;
	if (count == 0) {
		OsReadiness nothing;
		return os_wait(kNoOsSocket, PollType::POLL_TYPE_IN, timeout, nothing);
	}
	const size_t start = backend.first < count ? backend.first : 0;
	u_int reader_count = 0, writer_count = 0;
	for (size_t i = 0; i < count; ++i) {
		const WaiterSocket &socket = sockets[(start + i) % count];
		const SOCKET handle = static_cast<SOCKET>(socket.handle);
		if (socket.interest != PollType::POLL_TYPE_OUT) waiter_list(backend.readers)[reader_count++] = handle;
		if (socket.interest != PollType::POLL_TYPE_IN) waiter_list(backend.writers)[writer_count++] = handle;
		waiter_list(backend.errors)[i] = handle;
	}
	waiter_set(backend.readers)->fd_count = reader_count;
	waiter_set(backend.writers)->fd_count = writer_count;
	waiter_set(backend.errors)->fd_count = static_cast<u_int>(count);

	timeval span{};
	constexpr int64_t kMostSeconds = 86400; // the caller goes on with what is left
	const int64_t seconds = timeout.us / 1000000;
	span.tv_sec = static_cast<long>(seconds < kMostSeconds ? seconds : kMostSeconds);
	span.tv_usec = static_cast<long>(timeout.us % 1000000);
	const int answers = select(0, waiter_set(backend.readers), waiter_set(backend.writers), waiter_set(backend.errors),
	        timeout.us < 0 ? nullptr : &span);
	if (answers < 0) {
		const int code = os_last_error();
		return code == WSAEINTR ? 0 : code;
	}
	size_t readers = 0, writers = 0, errors = 0;
	size_t next = 0;
	for (size_t i = 0; answers != 0 && i < count; ++i) {
		const size_t place = (start + i) % count;
		const SOCKET handle = static_cast<SOCKET>(sockets[place].handle);
		SocketReady answer;
		answer.token = static_cast<uint64_t>(sockets[place].handle);
		answer.readable = waiter_take(backend.readers, readers, handle);
		answer.writable = waiter_take(backend.writers, writers, handle);
		answer.error = waiter_take(backend.errors, errors, handle);
		if (!answer.readable && !answer.writable && !answer.error) continue;
		if (found == capacity) {
			next = place;
			break;
		}
		ready[found++] = answer;
	}
	backend.first = next;
	return 0;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
