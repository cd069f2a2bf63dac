// Unix sockets on Windows 10 (1803) and later: the path, in UTF-8, and the file that comes and goes with a bound socket.
#include "os_stream_socket.h"

#if NETPEER_OS_WINDOWS

#include <cstddef>
#include <cstring>

namespace netpeer {

namespace {

// What marks such a file; named here because mingw and older SDKs lack it.
constexpr DWORD kUnixSocketTag = 0x80000023; // IO_REPARSE_TAG_AF_UNIX

struct UnixWidePath {
	wchar_t text[sizeof(OsUnixAddress::value.sun_path)];
};

bool unix_widen(const char *path, UnixWidePath &out) {
	constexpr int kRoom = static_cast<int>(sizeof(out.text) / sizeof(out.text[0]));
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, out.text, kRoom) > 0;
}

// The file's number needs an open handle, which such a file refuses; its time of birth tells two of them apart as well.
int unix_look(const char *path, OsUnixFile &out, bool &is_socket) {
	UnixWidePath wide;
	if (!unix_widen(path, wide)) return ERROR_PATH_NOT_FOUND;
	WIN32_FIND_DATAW found;
	const HANDLE search = FindFirstFileW(wide.text, &found);
	if (search == INVALID_HANDLE_VALUE) return static_cast<int>(GetLastError());
	(void)FindClose(search);
	out.number = (uint64_t{found.ftCreationTime.dwHighDateTime} << 32) | found.ftCreationTime.dwLowDateTime;
	is_socket = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && found.dwReserved0 == kUnixSocketTag;
	return 0;
}

} // namespace

bool os_unix_address(std::string_view path, OsUnixAddress &out) {
	if (path.empty() || path.size() > kLongestUnixPath || path.find('\0') != std::string_view::npos) return false;
	std::memset(&out, 0, sizeof(out));
	out.value.sun_family = AF_UNIX;
	std::memcpy(out.value.sun_path, path.data(), path.size());
	out.size = static_cast<socklen_t>(sizeof(out.value)); // Windows wants it whole
	return true;
}

int os_open_unix(OsSocket &out) {
#ifdef NETPEER_OS_HAS_UNIX_SOCKETS
	return os_open_handle(AF_UNIX, SOCK_STREAM, out);
#else
	out = kNoOsSocket;
	return WSAEAFNOSUPPORT;
#endif
}

int os_bind_unix(OsSocket handle, const OsUnixAddress &local) {
	const sockaddr *address = reinterpret_cast<const sockaddr *>(&local.value);
	return bind(handle, address, local.size) == 0 ? 0 : os_last_error();
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
	if (os_failure(code) == OsFailure::kNoSuchFile) return OsUnixObstacle::kNothing;
	if (code != 0) return OsUnixObstacle::kHidden;
	if (!is_socket) return OsUnixObstacle::kOther;

	OsSocket probe = kNoOsSocket;
	if (os_open_unix(probe) != 0) return OsUnixObstacle::kHidden;
	code = os_connect(probe, *reinterpret_cast<const sockaddr *>(&address.value), address.size);
	if (os_failure(code) == OsFailure::kInProgress) {
		// Decided at once on one machine; whoever takes longer than this is there.
		OsReadiness ready;
		if (os_wait(probe, PollType::POLL_TYPE_OUT, Duration::from_ms(50), ready) == 0 && ready.error_pending)
			code = WSAECONNREFUSED;
	}
	os_close_socket(probe);
	if (os_failure(code) == OsFailure::kNotPermitted) return OsUnixObstacle::kHidden;
	return code == WSAECONNREFUSED ? OsUnixObstacle::kStale : OsUnixObstacle::kListener;
}

int os_remove_unix_file(const OsUnixFile &file) {
	OsUnixFile now;
	bool is_socket = false;
	UnixWidePath wide;
	if (file.path[0] == '\0' || unix_look(file.path, now, is_socket) != 0) return 0;
	if (!is_socket || now.number != file.number || !unix_widen(file.path, wide)) return 0; // somebody else's by now
	if (DeleteFileW(wide.text) != 0) return 0;
	const int code = static_cast<int>(GetLastError());
	return os_failure(code) == OsFailure::kNoSuchFile ? 0 : code;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
