// Windows: the WSA table, Winsock's life time, addresses, options.
#include "os_socket.h"

#if NETPEER_OS_WINDOWS

#if defined(_MSC_VER)
#pragma comment(lib, "ws2_32.lib")
#endif

namespace netpeer {

namespace {

struct WsaMeaning {
	int code;
	OsFailure failure;
};

constexpr WsaMeaning kWsaMeanings[] = {
        {WSAEWOULDBLOCK, OsFailure::kWouldBlock},
        {WSA_IO_PENDING, OsFailure::kWouldBlock},
        {WSAENOBUFS, OsFailure::kNoMemory},
        {WSA_NOT_ENOUGH_MEMORY, OsFailure::kNoMemory},
        {WSAEINTR, OsFailure::kInterrupted},
        {WSAECONNRESET, OsFailure::kNetwork}, // ICMP port unreachable
        {WSAECONNREFUSED, OsFailure::kNetwork},
        {WSAENETRESET, OsFailure::kNetwork}, // ICMP time to live exceeded
        {WSAEHOSTUNREACH, OsFailure::kNetwork},
        {WSAENETUNREACH, OsFailure::kNetwork},
        {WSAEHOSTDOWN, OsFailure::kNetwork},
        {WSAENETDOWN, OsFailure::kNetwork},
        {WSAETIMEDOUT, OsFailure::kNetwork},
        {WSAEMSGSIZE, OsFailure::kTooLong},
        {WSAEAFNOSUPPORT, OsFailure::kNoSuchFamily}, // Windows before 1803 and Wine have no Unix sockets
        {WSAEPROTONOSUPPORT, OsFailure::kNoSuchFamily},
        {WSAESOCKTNOSUPPORT, OsFailure::kNoSuchFamily},
        {WSAENOPROTOOPT, OsFailure::kNetwork},
        {WSAEMFILE, OsFailure::kNoDescriptor},
        {WSAEINPROGRESS, OsFailure::kInProgress},
        {WSAEALREADY, OsFailure::kInProgress},
        {WSAENOTCONN, OsFailure::kNotConnected},
        {WSAECONNABORTED, OsFailure::kAborted},
        {WSAEADDRINUSE, OsFailure::kAddressInUse},
        {WSAEACCES, OsFailure::kNotPermitted},
        {ERROR_ACCESS_DENIED, OsFailure::kNotPermitted},
        {ERROR_FILE_NOT_FOUND, OsFailure::kNoSuchFile},
        {ERROR_PATH_NOT_FOUND, OsFailure::kNoSuchFile},
};

} // namespace

int os_last_error() { return WSAGetLastError(); }

OsFailure os_failure(int code) {
	for (const WsaMeaning &meaning : kWsaMeanings) {
		if (meaning.code == code) return meaning.failure;
	}
	return OsFailure::kOther;
}

int OsSocketLibrary::acquire() {
	if (held_) return 0;
	WSADATA data;
	const int code = WSAStartup(MAKEWORD(2, 2), &data); // answers the number itself, unlike the calls after it
	held_ = code == 0;
	return code;
}

void OsSocketLibrary::release() {
	if (held_) (void)WSACleanup();
	held_ = false;
}

int os_set_option(OsSocket handle, int level, int name, int value) {
	const char *bytes = reinterpret_cast<const char *>(&value);
	return setsockopt(handle, level, name, bytes, static_cast<int>(sizeof(value))) == 0 ? 0 : os_last_error();
}

int os_get_option(OsSocket handle, int level, int name, int &value) {
	int size = static_cast<int>(sizeof(value));
	return getsockopt(handle, level, name, reinterpret_cast<char *>(&value), &size) == 0 ? 0 : os_last_error();
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
