// Clock: where facades get the time. Engines never read one; they are told.
#pragma once

#include "instant.h"

#include <cstdint>

namespace netpeer {

/// A monotonic clock.
class Clock {
public:
	virtual ~Clock() = default;
	/// Never earlier than an answer before.
	virtual Instant now() = 0;
};

/// The system's monotonic clock, origin unspecified but below now. Any thread; lives for ever.
Clock &system_clock();

/// The system's wall clock: seconds since 1970-01-01, UTC, as far as it is set. For dates from outside only: it may be set
/// back. Any thread.
int64_t system_unix_time();

} // namespace netpeer
