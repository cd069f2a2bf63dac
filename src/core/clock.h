// Clock: where facades get the time. Engines never read one; they are told.
#pragma once

#include "instant.h"

namespace netpeer {

/// A monotonic clock.
class Clock {
public:
	virtual ~Clock() = default;
	virtual Instant now() = 0;
};

/// The system's monotonic clock, origin unspecified but below now. Any thread; lives for ever.
Clock &system_clock();

} // namespace netpeer
