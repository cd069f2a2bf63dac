// Unix sockets on POSIX: the path, and the file that comes and goes with a bound socket.
#include "os_stream_socket.h"

#if NETPEER_OS_POSIX

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace netpeer {

namespace {

// lstat: a link is not ours to follow, and bind() does not follow it either.
int unix_look(const char *path, OsUnixFile &out, bool &is_socket) {
	struct stat status {};
	if (lstat(path, &status) != 0) return errno;
	out.device = static_cast<uint64_t>(status.st_dev);
	out.number = static_cast<uint64_t>(status.st_ino);
	is_socket = S_ISSOCK(status.st_mode);
	return 0;
}

} // namespace

bool os_unix_address(std::string_view path, OsUnixAddress &out) {
	if (path.empty() || path.size() > kLongestUnixPath || path.find('\0') != std::string_view::npos) return false;
	out.value = sockaddr_un{};
	out.value.sun_family = AF_UNIX;
	std::memcpy(out.value.sun_path, path.data(), path.size());
	out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
#if NETPEER_OS_APPLE || NETPEER_OS_BSD
	out.value.sun_len = static_cast<decltype(out.value.sun_len)>(out.size);
#endif
	return true;
}

int os_open_unix(OsSocket &out) { return os_open_handle(AF_UNIX, SOCK_STREAM, out); }

int os_bind_unix(OsSocket handle, const OsUnixAddress &local) {
	const sockaddr *address = reinterpret_cast<const sockaddr *>(&local.value);
	return bind(handle, address, local.size) == 0 ? 0 : errno;
}

void os_note_unix_file(const OsUnixAddress &address, OsUnixFile &out) {
	std::memcpy(out.path, address.value.sun_path, sizeof(out.path));
	bool is_socket = false;
	if (unix_look(out.path, out, is_socket) != 0 || !is_socket) out.path[0] = '\0';
}

OsUnixObstacle os_unix_obstacle(const OsUnixAddress &address, OsUnixFile &out) {
	std::memcpy(out.path, address.value.sun_path, sizeof(out.path));
	bool is_socket = false;
	int code = unix_look(out.path, out, is_socket);
	if (code == ENOENT) return OsUnixObstacle::kNothing;
	if (code != 0) return OsUnixObstacle::kHidden;
	if (!is_socket) return OsUnixObstacle::kOther;

	OsSocket probe = kNoOsSocket;
	if (os_open_unix(probe) != 0) return OsUnixObstacle::kHidden;
	code = os_connect(probe, *reinterpret_cast<const sockaddr *>(&address.value), address.size);
	os_close_socket(probe);
	if (code == ENOENT) return OsUnixObstacle::kNothing;
	if (code == EACCES || code == EPERM) return OsUnixObstacle::kHidden;
	// Only this answer says that nobody is there. A full queue or a socket of another type has an owner.
	return code == ECONNREFUSED ? OsUnixObstacle::kStale : OsUnixObstacle::kListener;
}

int os_remove_unix_file(const OsUnixFile &file) {
	OsUnixFile now;
	bool is_socket = false;
	if (file.path[0] == '\0' || unix_look(file.path, now, is_socket) != 0) return 0;
	if (now.device != file.device || now.number != file.number) return 0; // somebody else's by now
	return unlink(file.path) == 0 || errno == ENOENT ? 0 : errno;
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
