// Edges of the RTT and throttle arithmetic that the recorded trace does not touch.
#include "../../src/reliable/enet_rtt.h"

#include <gtest/gtest.h>

using namespace netpeer;

TEST(EnetRtt, TimesADayApartAreReadAsNegative) {
	EXPECT_FALSE(enet_time_before(1000, 1000));
	EXPECT_TRUE(enet_time_before(999, 1000));
	EXPECT_FALSE(enet_time_before(kEnetDayMs - 1, 0));
	EXPECT_TRUE(enet_time_before(kEnetDayMs, 0));
	EXPECT_EQ(enet_time_gap(5, 0xfffffffbu), 10u);
	EXPECT_EQ(enet_time_gap(0xfffffffbu, 5), 10u);
}

TEST(EnetRtt, AStampOfTheSameHalfIsCompletedFromNow) {
	uint32_t sent = 0;
	ASSERT_TRUE(rebuild_sent_time(0x1234, 0x00051235, sent));
	EXPECT_EQ(sent, 0x00051234u);
	ASSERT_TRUE(rebuild_sent_time(0x1234, 0x00051234, sent));
	EXPECT_EQ(sent, 0x00051234u);
}

TEST(EnetRtt, AStampFromBeforeTheCounterWrappedIsCompletedFromTheLapBefore) {
	uint32_t sent = 0;
	ASSERT_TRUE(rebuild_sent_time(0xfffe, 0x00050003, sent));
	EXPECT_EQ(sent, 0x0004fffeu);
	ASSERT_TRUE(rebuild_sent_time(0x8000, 0x00007fff, sent)); // also across the wrap of the 32-bit clock
	EXPECT_EQ(sent, 0xffff8000u);
}

TEST(EnetRtt, AStampInTheFutureIsRefusedAndChangesNothing) {
	uint32_t sent = 77;
	EXPECT_FALSE(rebuild_sent_time(0x1235, 0x00051234, sent));
	EXPECT_FALSE(rebuild_sent_time(0xffff, 0x00058000, sent));
	EXPECT_EQ(sent, 77u);
}

TEST(EnetRtt, TheFirstSampleReplacesTheStartValue) {
	EnetRtt rtt;
	rtt.sample(31, 1000);
	EXPECT_EQ(rtt.round_trip_time, 31u);
	EXPECT_EQ(rtt.variance, 16u);
	EXPECT_EQ(rtt.last, 31u); // no epoch yet: the interval ends at once
	EXPECT_EQ(rtt.last_variance, 16u);
	EXPECT_EQ(rtt.throttle_epoch, 1000u);
}

TEST(EnetRtt, ASampleOfZeroCountsAsOneMillisecond) {
	EnetRtt rtt;
	rtt.sample(0, 1000);
	EXPECT_EQ(rtt.round_trip_time, 1u);
	EXPECT_EQ(rtt.variance, 1u);
}

TEST(EnetRtt, LaterSamplesMoveTheMeanByAnEighthAndTheVarianceByAQuarter) {
	EnetRtt rtt;
	rtt.sample(100, 1000);
	rtt.sample(180, 1100);
	EXPECT_EQ(rtt.round_trip_time, 110u);
	EXPECT_EQ(rtt.variance, 50u - 12u + 20u);
	rtt.sample(30, 1200);
	EXPECT_EQ(rtt.round_trip_time, 100u);
	EXPECT_EQ(rtt.variance, 58u - 14u + 20u);
	EXPECT_EQ(rtt.lowest, 100u);
	EXPECT_EQ(rtt.highest_variance, 64u);
}

TEST(EnetRtt, AnIntervalFreezesItsLowestAndHighestValues) {
	EnetRtt rtt;
	rtt.interval = 300;
	rtt.sample(100, 1000);
	rtt.sample(180, 1299);
	EXPECT_EQ(rtt.last, 100u);
	EXPECT_EQ(rtt.throttle_epoch, 1000u);
	rtt.sample(110, 1300);
	EXPECT_EQ(rtt.last, 100u);
	EXPECT_EQ(rtt.last_variance, 58u);
	EXPECT_EQ(rtt.lowest, rtt.round_trip_time);
	EXPECT_EQ(rtt.highest_variance, rtt.variance);
	EXPECT_EQ(rtt.throttle_epoch, 1300u);
}

TEST(EnetRtt, ASteadyLinkPutsTheThrottleToItsLimit) {
	EnetRtt rtt;
	rtt.sampled = true;
	rtt.last = 10;
	rtt.last_variance = 10;
	rtt.throttle = 3;
	rtt.throttle_limit = 20;
	rtt.sample(5000, 1000);
	EXPECT_EQ(rtt.throttle, 20u);
}

TEST(EnetRtt, GoodSamplesAccelerateUpToTheLimitAndBadOnesBrakeDownToZero) {
	EnetRtt rtt;
	rtt.sampled = true;
	rtt.throttle_epoch = 1;
	rtt.interval = 1000000;
	rtt.last = 100;
	rtt.last_variance = 10;
	rtt.throttle = 3;
	rtt.sample(121, 1000);
	EXPECT_EQ(rtt.throttle, 1u);
	rtt.sample(121, 1001);
	EXPECT_EQ(rtt.throttle, 0u);
	rtt.sample(120, 1002); // neither good nor bad
	EXPECT_EQ(rtt.throttle, 0u);
	rtt.sample(100, 1003);
	EXPECT_EQ(rtt.throttle, 2u);
	rtt.throttle = 31;
	rtt.sample(100, 1004);
	EXPECT_EQ(rtt.throttle, 32u);
}

TEST(EnetRtt, AbsurdAccelerationFromTheOtherEndDoesNotOverflow) {
	EnetRtt rtt;
	rtt.sampled = true;
	rtt.throttle_epoch = 1;
	rtt.last = 100;
	rtt.last_variance = 10;
	rtt.acceleration = 0xffffffffu;
	rtt.throttle = 5;
	rtt.sample(50, 1000);
	EXPECT_EQ(rtt.throttle, 32u);
	rtt.throttle_limit = 8; // a limit lowered below the throttle wins
	rtt.sample(50, 1001);
	EXPECT_EQ(rtt.throttle, 8u);
}

TEST(EnetRtt, TheThrottleLetsItsShareOf32PacketsThrough) {
	for (uint32_t throttle = 0; throttle <= 32; ++throttle) {
		EnetRtt rtt;
		rtt.throttle = throttle;
		uint32_t sent = 0;
		for (int i = 0; i < 32; ++i) sent += rtt.throttle_drops() ? 0 : 1;
		EXPECT_EQ(sent, throttle >= 31 ? 32 : throttle + 1) << "throttle " << throttle;
	}
}
