// A clock that stands still until a test moves it.
#pragma once

#include "../../src/core/clock.h"

namespace netpeer_test {

class FakeClock : public netpeer::Clock {
public:
	explicit FakeClock(netpeer::Instant start = netpeer::Instant::from_ms(1000)) : now_(start) {}

	netpeer::Instant now() override {
		++reads_;
		return now_;
	}
	void set(netpeer::Instant now) { now_ = now; }
	void advance(netpeer::Duration by) { now_ = now_ + by; }
	/// How often now() was asked: facades read the clock once per call.
	unsigned reads() const { return reads_; }

private:
	netpeer::Instant now_;
	unsigned reads_ = 0;
};

} // namespace netpeer_test
