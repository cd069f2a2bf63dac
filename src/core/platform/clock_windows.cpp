// The clocks of Windows: the performance counter, and the system time.
#include "../netpeer_config.h"

#if NETPEER_OS_WINDOWS

#include "../clock.h"
#include "../never_destroyed.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

namespace netpeer {

namespace {

class PerformanceCounterClock final : public Clock {
public:
	PerformanceCounterClock() {
		LARGE_INTEGER value;
		// Neither call fails on Windows XP or later.
		(void)QueryPerformanceFrequency(&value);
		ticks_per_second_ = value.QuadPart > 0 ? value.QuadPart : 1;
	}
	Instant now() override {
		LARGE_INTEGER value;
		(void)QueryPerformanceCounter(&value);
		// Seconds and rest apart: ticks times a million overflows 64 bits after some days of uptime at high rates.
		const int64_t seconds = value.QuadPart / ticks_per_second_;
		const int64_t rest = value.QuadPart % ticks_per_second_;
		return Instant::from_us(seconds * 1000000 + rest * 1000000 / ticks_per_second_);
	}

private:
	int64_t ticks_per_second_ = 1;
};

} // namespace

Clock &system_clock() {
	static NeverDestroyed<PerformanceCounterClock> clock;
	return clock.get();
}

int64_t system_unix_time() {
	FILETIME value{};
	GetSystemTimeAsFileTime(&value);
	// In steps of 100 ns since 1601.
	const int64_t steps = static_cast<int64_t>(value.dwHighDateTime) * (int64_t{1} << 32) + value.dwLowDateTime;
	return steps / 10000000 - 11644473600;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
