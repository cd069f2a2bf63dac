#include "../../src/core/instant.h"

#include "../../src/core/clock.h"
#include "../support/fake_clock.h"

#include <gtest/gtest.h>

#include <ctime>

using netpeer::Duration;
using netpeer::earlier_of;
using netpeer::Instant;

TEST(Instant, AddingSaturatesAtNever) {
	EXPECT_TRUE((Instant::never() + Duration::from_us(1)).is_never());
	EXPECT_TRUE((Instant::never() + Duration::from_us(INT64_MAX)).is_never());
	EXPECT_TRUE((Instant::from_us(INT64_MAX - 5) + Duration::from_us(6)).is_never());
	EXPECT_EQ(Instant::from_us(INT64_MAX - 5) + Duration::from_us(4), Instant::from_us(INT64_MAX - 1));
	EXPECT_TRUE((Instant::never() + Duration()).is_never());
	EXPECT_EQ(Instant::from_us(10) + Duration::from_us(-4), Instant::from_us(6));
	EXPECT_EQ(Instant::from_us(-10) + Duration::from_us(INT64_MAX), Instant::from_us(INT64_MAX - 10));
}

TEST(Instant, NeverIsLaterThanEverythingElse) {
	EXPECT_LT(Instant::from_us(INT64_MAX - 1), Instant::never());
	EXPECT_EQ(earlier_of(Instant::never(), Instant::from_ms(3)), Instant::from_ms(3));
	EXPECT_EQ(earlier_of(Instant::from_ms(2), Instant::from_ms(3)), Instant::from_ms(2));
}

TEST(Instant, DifferencesAreDurations) {
	EXPECT_EQ(Instant::from_ms(5) - Instant::from_ms(7), Duration::from_ms(-2));
	EXPECT_EQ((Instant::from_us(2500) - Instant::from_us(0)).ms(), 2);
	EXPECT_EQ(Duration::from_s(2), Duration::from_ms(2000));
	EXPECT_EQ(Duration::from_ms(1) + Duration::from_us(1) - Duration::from_us(2), Duration::from_us(999));
}

TEST(Instant, MillisecondsAreCutToTheLow32Bits) {
	EXPECT_EQ(Instant::from_us(1999).ms32(), 1u);
	EXPECT_EQ(Instant::from_ms(int64_t{1} << 32).ms32(), 0u);
	EXPECT_EQ(Instant::from_ms((int64_t{1} << 32) + 7).ms32(), 7u);
}

TEST(Clock, TheSystemsNeverRunsBackwards) {
	netpeer::Clock &clock = netpeer::system_clock();
	Instant last = clock.now();
	for (int i = 0; i < 10000; ++i) {
		const Instant now = clock.now();
		ASSERT_GE(now, last);
		last = now;
	}
	EXPECT_EQ(&clock, &netpeer::system_clock());
}

TEST(Clock, TheSystemsMoves) {
	netpeer::Clock &clock = netpeer::system_clock();
	const Instant start = clock.now();
	unsigned long reads = 0;
	while (clock.now() == start && reads < 100000000ul) ++reads;
	EXPECT_GT(clock.now(), start);
}

TEST(Clock, TheWallClockIsTheOneOfTheCLibrary) {
	const int64_t before = static_cast<int64_t>(std::time(nullptr));
	const int64_t now = netpeer::system_unix_time();
	const int64_t after = static_cast<int64_t>(std::time(nullptr));
	// time() may be read from a coarser clock, which is behind.
	EXPECT_GE(now, before);
	EXPECT_LE(now, after + 1);
}

TEST(FakeClock, StandsStillUntilMoved) {
	netpeer_test::FakeClock clock(Instant::from_ms(5));
	EXPECT_EQ(clock.now(), Instant::from_ms(5));
	clock.advance(Duration::from_ms(2));
	EXPECT_EQ(clock.now(), Instant::from_ms(7));
	clock.set(Instant::from_ms(1));
	EXPECT_EQ(clock.now(), Instant::from_ms(1));
	EXPECT_EQ(clock.reads(), 3u);
}
