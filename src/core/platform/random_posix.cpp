// Entropy on POSIX systems: the system call where there is one, /dev/urandom where there is none.
#include "../netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../never_destroyed.h"
#include "../random_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

// Which call to try before the device. Android and Apple have arc4random_buf in every release we support, it cannot
// fail, and getrandom (Android API 28) and getentropy (refused by Apple's store on iOS) are no choice there.
#define NETPEER_ENTROPY_ARC4RANDOM (NETPEER_OS_ANDROID || NETPEER_OS_APPLE)
#define NETPEER_ENTROPY_GETRANDOM 0
#define NETPEER_ENTROPY_GETENTROPY 0
#if NETPEER_OS_LINUX && !NETPEER_OS_ANDROID
#include <sys/syscall.h>
#if defined(SYS_getrandom)
#undef NETPEER_ENTROPY_GETRANDOM
#define NETPEER_ENTROPY_GETRANDOM 1
#endif
#elif defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__EMSCRIPTEN__) || defined(__wasi__)
#undef NETPEER_ENTROPY_GETENTROPY
#define NETPEER_ENTROPY_GETENTROPY 1
#endif

namespace netpeer {

namespace {

#if NETPEER_ENTROPY_GETRANDOM
// The number, not the libc function: glibc has it only since 2.25, and a program built elsewhere must still start.
// Without flags it waits until the kernel is seeded, once, early at boot.
bool entropy_from_getrandom(MutBytes out) {
	size_t done = 0;
	while (done < out.size) {
		const long got = syscall(SYS_getrandom, out.data + done, out.size - done, 0u);
		if (got > 0) {
			done += static_cast<size_t>(got);
		} else if (got == 0 || errno != EINTR) {
			return false; // ENOSYS before Linux 3.17, or a sandbox that refuses the call
		}
	}
	return true;
}
#endif

#if NETPEER_ENTROPY_GETENTROPY
bool entropy_from_getentropy(MutBytes out) {
	constexpr size_t kMostPerCall = 256; // the interface's own limit
	for (size_t done = 0; done < out.size;) {
		const size_t count = out.size - done < kMostPerCall ? out.size - done : kMostPerCall;
		if (getentropy(out.data + done, count) != 0) return false;
		done += count;
	}
	return true;
}
#endif

#if !NETPEER_ENTROPY_ARC4RANDOM
bool entropy_from_device(MutBytes out) {
	int flags = O_RDONLY;
#if defined(O_CLOEXEC)
	flags |= O_CLOEXEC;
#endif
	int device = -1;
	do device = open("/dev/urandom", flags);
	while (device < 0 && errno == EINTR);
	if (device < 0) return false;
	size_t done = 0;
	while (done < out.size) {
		const ssize_t got = read(device, out.data + done, out.size - done);
		if (got > 0) {
			done += static_cast<size_t>(got);
		} else if (got == 0 || errno != EINTR) {
			break;
		}
	}
	(void)close(device);
	return done == out.size;
}
#endif

class PosixRandomSource final : public RandomSource {
public:
	Error fill(MutBytes out) override {
		if (out.size == 0) return Error::OK;
#if NETPEER_ENTROPY_ARC4RANDOM
		arc4random_buf(out.data, out.size);
		return Error::OK;
#else
#if NETPEER_ENTROPY_GETRANDOM
		if (entropy_from_getrandom(out)) return Error::OK;
#endif
#if NETPEER_ENTROPY_GETENTROPY
		if (entropy_from_getentropy(out)) return Error::OK;
#endif
		return entropy_from_device(out) ? Error::OK : Error::FAILED;
#endif
	}
};

} // namespace

RandomSource &system_random() {
	static NeverDestroyed<PosixRandomSource> source;
	return source.get();
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
