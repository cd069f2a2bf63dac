// The simulated TCP-like flow of bench/loss behaves as a TCP would, as far as its measurements need it to.
#include "../../bench/loss/tcp_like.h"

#include <gtest/gtest.h>

#include <memory>

using namespace netpeer;
using loss_bench::TcpGrowth;
using loss_bench::TcpLikeFlow;

namespace {

const Instant kTcpStart = Instant::from_ms(1000);

struct TcpWorld {
	TcpWorld(uint64_t mbit, size_t queue_bytes, Duration round_trip) : rtt(round_trip) {
		bottleneck.rate_bytes_per_s = mbit * 125000;
		bottleneck.queue_bytes = queue_bytes;
	}
	std::unique_ptr<TcpLikeFlow> add(uint16_t number, TcpGrowth growth, Instant start = kTcpStart) {
		const Endpoint from{IPAddress::v4(10, 0, 0, 1), number};
		const Endpoint to{IPAddress::v4(10, 0, 0, 2), number};
		SimLinkSettings &there = network.link(from, to).settings;
		there.latency = Duration::from_us(rtt.us / 2);
		network.link(to, from).settings = there;
		there.bottleneck = &bottleneck;
		return std::make_unique<TcpLikeFlow>(network, from, to, growth, start);
	}
	SimLink &link(uint16_t number) {
		return network.link(Endpoint{IPAddress::v4(10, 0, 0, 1), number}, Endpoint{IPAddress::v4(10, 0, 0, 2), number});
	}
	void run(std::initializer_list<TcpLikeFlow *> flows, Instant until) {
		while (now < until) {
			Instant next = until;
			for (TcpLikeFlow *flow : flows) next = earlier_of(next, flow->due());
			if (next > now) now = next;
			for (TcpLikeFlow *flow : flows) {
				if (flow->due() <= now) flow->poll(now);
			}
		}
	}
	static double mbit(uint64_t bytes, int64_t seconds) {
		return static_cast<double>(bytes) * 8 / 1e6 / static_cast<double>(seconds);
	}

	Duration rtt;
	SimBottleneck bottleneck;
	SimNetwork network{1};
	Instant now = kTcpStart;
};

} // namespace

TEST(TcpLikeFlow, AloneItFillsMoreThanNineTenthsOfALink) {
	for (const TcpGrowth growth : {TcpGrowth::kReno, TcpGrowth::kCubic}) {
		TcpWorld world(10, 65536, Duration::from_ms(50));
		const auto flow = world.add(1, growth);
		world.run({flow.get()}, kTcpStart + Duration::from_s(60));
		EXPECT_GT(TcpWorld::mbit(flow->delivered_bytes(), 60), 9.0);
		EXPECT_LE(TcpWorld::mbit(flow->delivered_bytes(), 60), 10.0);
		EXPECT_GT(flow->resent(), 0u) << "it fills the queue until that drops";
		EXPECT_EQ(flow->timeouts(), 0u);
	}
}

TEST(TcpLikeFlow, OneLossIsRepairedWithinARoundTripAndHalvesRenosWindow) {
	TcpWorld world(10, 1 << 20, Duration::from_ms(50));
	const auto flow = world.add(1, TcpGrowth::kReno);
	world.run({flow.get()}, kTcpStart + Duration::from_ms(190));
	double before = flow->window_segments();
	EXPECT_GT(before, 30) << "slow start doubles it each round trip";
	world.link(1).drop_next(1);
	while (flow->window_segments() >= before && world.now < kTcpStart + Duration::from_ms(1000)) {
		before = flow->window_segments();
		world.run({flow.get()}, flow->due());
	}
	EXPECT_NEAR(flow->window_segments(), before / 2, 1);
	world.run({flow.get()}, kTcpStart + Duration::from_ms(3000));
	EXPECT_EQ(flow->resent(), 1u);
	EXPECT_EQ(flow->timeouts(), 0u);
	EXPECT_GT(TcpWorld::mbit(flow->delivered_bytes(), 3), 8.0);
}

TEST(TcpLikeFlow, AfterAnOutageItGoesOnByItsTimeout) {
	TcpWorld world(10, 65536, Duration::from_ms(50));
	const auto flow = world.add(1, TcpGrowth::kCubic);
	world.link(1).settings.outage_from = kTcpStart + Duration::from_s(5);
	world.link(1).settings.outage_length = Duration::from_s(1);
	world.run({flow.get()}, kTcpStart + Duration::from_s(7));
	EXPECT_GE(flow->timeouts(), 2u);
	EXPECT_LE(flow->timeouts(), 4u) << "the timeout doubles";
	const uint64_t before = flow->delivered_bytes();
	world.run({flow.get()}, kTcpStart + Duration::from_s(17));
	EXPECT_GT(TcpWorld::mbit(flow->delivered_bytes() - before, 10), 8.5);
}

TEST(TcpLikeFlow, TwoOfAKindShareALinkWithinAFactorOfTwo) {
	for (const TcpGrowth growth : {TcpGrowth::kReno, TcpGrowth::kCubic}) {
		TcpWorld world(10, 65536, Duration::from_ms(50));
		const auto first = world.add(1, growth);
		const auto second = world.add(2, growth, kTcpStart + Duration::from_us(5000370));
		world.run({first.get(), second.get()}, kTcpStart + Duration::from_s(30));
		const uint64_t first_before = first->delivered_bytes();
		const uint64_t second_before = second->delivered_bytes();
		world.run({first.get(), second.get()}, kTcpStart + Duration::from_s(130));
		const double a = TcpWorld::mbit(first->delivered_bytes() - first_before, 100);
		const double b = TcpWorld::mbit(second->delivered_bytes() - second_before, 100);
		EXPECT_GT(a + b, 9.0);
		EXPECT_LT(a, 2 * b);
		EXPECT_LT(b, 2 * a);
	}
}
