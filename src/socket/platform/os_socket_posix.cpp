// POSIX: the errno table, addresses, options.
#include "os_socket.h"

#if NETPEER_OS_POSIX

#include <errno.h>

namespace netpeer {

namespace {

struct ErrnoMeaning {
	int code;
	OsFailure failure;
};

// A table and not a switch: some systems give two of these names one number.
constexpr ErrnoMeaning kErrnoMeanings[] = {
        {EAGAIN, OsFailure::kWouldBlock},
        {EWOULDBLOCK, OsFailure::kWouldBlock},
        {ENOBUFS, OsFailure::kNoMemory},
        {ENOMEM, OsFailure::kNoMemory},
        {EINTR, OsFailure::kInterrupted},
        {ECONNREFUSED, OsFailure::kNetwork}, // ICMP port unreachable
        {ECONNRESET, OsFailure::kNetwork},
        {EHOSTUNREACH, OsFailure::kNetwork},
        {ENETUNREACH, OsFailure::kNetwork},
        {EHOSTDOWN, OsFailure::kNetwork},
        {ENETDOWN, OsFailure::kNetwork},
        {ENOPROTOOPT, OsFailure::kNetwork}, // ICMP protocol unreachable
        {EPROTO, OsFailure::kNetwork},      // ICMP parameter problem
        {ETIMEDOUT, OsFailure::kNetwork},
#if defined(ENONET)
        {ENONET, OsFailure::kNetwork}, // ICMP host isolated
#endif
        {EMSGSIZE, OsFailure::kTooLong},
        {ENOSYS, OsFailure::kNoSuchCall},
        {EAFNOSUPPORT, OsFailure::kNoSuchFamily},
        {EPROTONOSUPPORT, OsFailure::kNoSuchFamily},
        {EMFILE, OsFailure::kNoDescriptor},
        {ENFILE, OsFailure::kNoDescriptor},
        {EINPROGRESS, OsFailure::kInProgress},
        {EALREADY, OsFailure::kInProgress},
        {ENOTCONN, OsFailure::kNotConnected},
        {ECONNABORTED, OsFailure::kAborted},
        {EADDRINUSE, OsFailure::kAddressInUse},
        {EACCES, OsFailure::kNotPermitted},
        {EPERM, OsFailure::kNotPermitted},
        {EROFS, OsFailure::kNotPermitted},
        {ENOENT, OsFailure::kNoSuchFile},
};

} // namespace

int os_last_error() { return errno; }

OsFailure os_failure(int code) {
	for (const ErrnoMeaning &meaning : kErrnoMeanings) {
		if (meaning.code == code) return meaning.failure;
	}
	return OsFailure::kOther;
}

int OsSocketLibrary::acquire() {
	held_ = true;
	return 0;
}

void OsSocketLibrary::release() { held_ = false; }

int os_set_option(OsSocket handle, int level, int name, int value) {
	return setsockopt(handle, level, name, &value, static_cast<socklen_t>(sizeof(value))) == 0 ? 0 : os_last_error();
}

int os_get_option(OsSocket handle, int level, int name, int &value) {
	socklen_t size = static_cast<socklen_t>(sizeof(value));
	return getsockopt(handle, level, name, &value, &size) == 0 ? 0 : os_last_error();
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
