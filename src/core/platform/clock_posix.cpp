// The clocks of POSIX systems.
#include "../netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../clock.h"
#include "../never_destroyed.h"

#include <time.h>

namespace netpeer {

namespace {

class PosixMonotonicClock final : public Clock {
public:
	Instant now() override {
		timespec value{};
		// Cannot fail: the clock exists on every system we build for and `value` is ours.
		(void)clock_gettime(CLOCK_MONOTONIC, &value);
		return Instant::from_us(static_cast<int64_t>(value.tv_sec) * 1000000 + value.tv_nsec / 1000);
	}
};

} // namespace

Clock &system_clock() {
	static NeverDestroyed<PosixMonotonicClock> clock;
	return clock.get();
}

int64_t system_unix_time() {
	timespec value{};
	(void)clock_gettime(CLOCK_REALTIME, &value); // as above
	return static_cast<int64_t>(value.tv_sec);
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
