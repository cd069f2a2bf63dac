#include "../../../src/reliable/transport/sim_network.h"
#include "../../../src/reliable/transport/transport_sim.h"

#include "../../support/sim_pair.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace netpeer;
using netpeer_test::text_of;
using netpeer_test::view_of_text;

namespace {

const Instant kStart = Instant::from_ms(1000);

// Two endpoints, a sender and a receiver.
struct Wire {
	explicit Wire(uint64_t seed = 1, const SimNetworkLimits &limits = SimNetworkLimits()) : network(seed, limits) {
		EXPECT_EQ(network.attach(a), Error::OK);
		EXPECT_EQ(network.attach(b), Error::OK);
	}
	void send(const std::string &text, Instant now = kStart) {
		EXPECT_EQ(network.send(now, a, b, view_of_text(text)), Error::OK);
	}
	// The next datagram at b, "-" when none is due.
	std::string take(Instant now) {
		std::string text;
		const Endpoint from = take_at(b, now, text);
		EXPECT_TRUE(text == "-" || from == a);
		return text;
	}
	// The same anywhere, with who seems to have sent it.
	Endpoint take_at(const Endpoint &at, Instant now, std::string &text) {
		uint8_t bytes[65536];
		DatagramSlot slot;
		slot.buffer = MutBytes(bytes, sizeof bytes);
		text = "-";
		if (network.receive(now, at, slot) != Error::OK) return Endpoint();
		text = text_of(ByteView(bytes, slot.size));
		return slot.from;
	}
	// Everything that ever arrives, in order, comma-separated, with virtual time jumping.
	std::string take_all() {
		std::string all;
		while (!network.next_delivery().is_never()) {
			const Instant now = network.next_delivery();
			all += take(now) + ",";
		}
		return all;
	}
	SimLink &link() { return network.link(a, b); }

	SimNetwork network;
	Endpoint a = netpeer_test::SimWorld::endpoint_of(1);
	Endpoint b = netpeer_test::SimWorld::endpoint_of(2);
};

} // namespace

TEST(SimNetwork, ADatagramArrivesAfterTheLatencyAndNotBefore) {
	Wire wire;
	wire.link().settings.latency = Duration::from_ms(20);
	wire.send("hi");
	EXPECT_EQ(wire.network.in_flight(), 1u);
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1020));
	EXPECT_EQ(wire.network.next_delivery(wire.b), Instant::from_ms(1020));
	EXPECT_TRUE(wire.network.next_delivery(wire.a).is_never());
	EXPECT_EQ(wire.take(Instant::from_us(1019999)), "-");
	EXPECT_EQ(wire.take(Instant::from_ms(1020)), "hi");
	EXPECT_EQ(wire.network.in_flight(), 0u);
	EXPECT_TRUE(wire.network.next_delivery().is_never());
}

TEST(SimNetwork, AnEmptyDatagramIsADatagram) {
	Wire wire;
	wire.send("");
	EXPECT_EQ(wire.take(kStart), "");
	EXPECT_EQ(wire.take(kStart), "-");
}

TEST(SimNetwork, JitterKeepsTheOrderAndReorderingDoesNot) {
	Wire wire(3);
	wire.link().settings.jitter = Duration::from_ms(50);
	for (int i = 0; i < 10; ++i) wire.send(std::to_string(i));
	EXPECT_EQ(wire.take_all(), "0,1,2,3,4,5,6,7,8,9,");
	wire.link().settings.jitter = Duration();
	wire.link().settings.reorder = 0.5;
	std::string in_order;
	for (int i = 0; i < 10; ++i) {
		wire.send(std::to_string(i), Instant::from_ms(2000));
		in_order += std::to_string(i) + ",";
	}
	const std::string got = wire.take_all();
	EXPECT_EQ(got.size(), in_order.size());
	EXPECT_NE(got, in_order);
	EXPECT_GT(wire.link().counters().reordered, 0u);
}

TEST(SimNetwork, TheDropMaskKillsExactlyTheNamedDatagrams) {
	Wire wire;
	wire.link().drop_mask(0b1001);
	for (int i = 0; i < 6; ++i) wire.send(std::to_string(i));
	EXPECT_EQ(wire.take_all(), "1,2,4,5,");
	wire.link().drop_next(2);
	for (int i = 0; i < 4; ++i) wire.send(std::to_string(i));
	EXPECT_EQ(wire.take_all(), "2,3,");
	EXPECT_EQ(wire.link().counters().of(SimFate::kDropped), 4u);
	EXPECT_EQ(wire.link().counters().of(SimFate::kOnItsWay), 6u);
	EXPECT_EQ(wire.link().counters().offered(), 10u);
}

TEST(SimNetwork, LossAndDuplicatesComeAsOftenAsAsked) {
	Wire wire(5);
	wire.link().settings.loss = 0.2;
	wire.link().settings.duplicate = 0.1;
	for (int i = 0; i < 10000; ++i) wire.send("x");
	const SimLinkCounters &counters = wire.link().counters();
	EXPECT_NEAR(static_cast<double>(counters.of(SimFate::kLost)), 2000, 150);
	EXPECT_NEAR(static_cast<double>(counters.duplicated), 800, 100);
	EXPECT_EQ(wire.network.in_flight(), counters.of(SimFate::kOnItsWay) + counters.duplicated);
}

TEST(SimNetwork, CorruptionFlipsAtLeastOneBitAndKeepsTheLength) {
	Wire wire(6);
	wire.link().settings.corrupt = 1;
	const std::string text(100, 'a');
	wire.send(text);
	wire.send("");
	const std::string got = wire.take(kStart);
	EXPECT_EQ(got.size(), text.size());
	EXPECT_NE(got, text);
	EXPECT_EQ(wire.take(kStart), "") << "nothing to flip";
	EXPECT_EQ(wire.link().counters().corrupted, 1u);
}

TEST(SimNetwork, LongerThanTheMtuVanishes) {
	Wire wire;
	wire.link().settings.mtu = 10;
	wire.send(std::string(10, 'x'));
	wire.send(std::string(11, 'y'));
	EXPECT_EQ(wire.take(kStart), std::string(10, 'x'));
	EXPECT_EQ(wire.take(kStart), "-");
	EXPECT_EQ(wire.link().counters().of(SimFate::kTooLong), 1u);
	const std::string impossible(65508, 'z');
	EXPECT_EQ(wire.network.send(kStart, wire.a, wire.b, view_of_text(impossible)), Error::ERR_INVALID_PARAMETER);
}

TEST(SimNetwork, LongerThanTheMtuPassesInFragmentsOnlyWhereSenderAndLinkAllowThem) {
	Wire wire;
	wire.link().settings.mtu = 10;
	const std::string text(11, 'y');
	for (const Fragmentation each : {Fragmentation::kAsSystem, Fragmentation::kNever, Fragmentation::kAllowed}) {
		for (const bool link_allows : {false, true}) {
			wire.link().settings.fragments = link_allows;
			EXPECT_EQ(wire.network.send(kStart, wire.a, wire.b, view_of_text(text), each), Error::OK);
			EXPECT_EQ(wire.take(kStart), link_allows && each == Fragmentation::kAllowed ? text : "-");
		}
	}
	EXPECT_EQ(wire.link().counters().of(SimFate::kTooLong), 5u);
}

TEST(SimNetwork, APartitionStopsOneDirectionAndSparesWhatIsInFlight) {
	Wire wire;
	wire.link().settings.latency = Duration::from_ms(5);
	wire.send("before");
	wire.link().settings.partitioned = true;
	wire.send("during");
	EXPECT_EQ(wire.network.send(kStart, wire.b, wire.a, view_of_text("back")), Error::OK);
	wire.link().settings.partitioned = false;
	wire.send("after");
	EXPECT_FALSE(wire.network.next_delivery(wire.a).is_never());
	wire.network.detach(wire.a);
	EXPECT_EQ(wire.take_all(), "before,after,");
	EXPECT_EQ(wire.link().counters().of(SimFate::kPartitioned), 1u);
}

TEST(SimNetwork, TheSameSeedGivesTheSameRun) {
	const auto run = [](uint64_t seed) {
		Wire wire(seed);
		SimLinkSettings bad;
		bad.latency = Duration::from_ms(10);
		bad.jitter = Duration::from_ms(30);
		bad.loss = 0.1;
		bad.duplicate = 0.1;
		bad.reorder = 0.2;
		bad.corrupt = 0.1;
		bad.burst_start = 0.05;
		bad.burst_datagrams = 3;
		bad.rate_bytes_per_s = 2000;
		bad.queue_bytes = 40;
		wire.link().settings = bad;
		for (int i = 0; i < 200; ++i) wire.send(std::to_string(i), Instant::from_ms(1000 + i));
		return wire.take_all();
	};
	EXPECT_EQ(run(7), run(7));
	EXPECT_NE(run(7), run(8));
}

TEST(SimNetwork, ALinksLuckDependsOnNeitherOtherLinksNorTheOrderOfFirstUse) {
	const auto run = [](bool others_first, double others_loss) {
		Wire wire(11);
		const Endpoint c = netpeer_test::SimWorld::endpoint_of(3);
		EXPECT_EQ(wire.network.attach(c), Error::OK);
		if (others_first) {
			wire.network.link(wire.b, wire.a).settings.loss = others_loss;
			wire.network.link(c, wire.b).settings.loss = others_loss;
		}
		wire.link().settings.loss = 0.3;
		wire.link().settings.jitter = Duration::from_ms(20);
		wire.link().settings.reorder = 0.2;
		std::string seen;
		for (int i = 0; i < 100; ++i) {
			wire.send(std::to_string(i), Instant::from_ms(1000 + i));
			EXPECT_EQ(wire.network.send(kStart, wire.b, wire.a, view_of_text("back")), Error::OK);
		}
		wire.network.detach(wire.a);
		return wire.take_all();
	};
	EXPECT_EQ(run(false, 0), run(true, 0));
	EXPECT_EQ(run(false, 0), run(true, 0.5));
}

TEST(SimNetwork, ChangingOneSettingLeavesTheLuckOfTheOthersAlone) {
	const auto lost = [](bool all_else_too) {
		Wire wire(12);
		wire.link().settings.loss = 0.2;
		if (all_else_too) {
			wire.link().settings.duplicate = 0.5;
			wire.link().settings.reorder = 0.5;
			wire.link().settings.corrupt = 0.5;
			wire.link().settings.jitter = Duration::from_ms(5);
		}
		std::string fates;
		for (int i = 0; i < 200; ++i) {
			const uint64_t before = wire.link().counters().of(SimFate::kLost);
			wire.send("x");
			fates += wire.link().counters().of(SimFate::kLost) > before ? 'L' : '.';
		}
		return fates;
	};
	EXPECT_EQ(lost(false), lost(true));
}

namespace {

struct Runs {
	size_t lost = 0;
	size_t runs = 0; // of datagrams lost one after another
	double mean() const { return static_cast<double>(lost) / static_cast<double>(runs); }
};

Runs lose_on(Wire &wire, size_t datagrams) {
	Runs seen;
	bool was_lost = false;
	wire.network.detach(wire.b); // what is not lost need not arrive
	for (size_t i = 0; i < datagrams; ++i) {
		const uint64_t before = wire.link().counters().of(SimFate::kLost);
		wire.send("x");
		const bool is_lost = wire.link().counters().of(SimFate::kLost) > before;
		seen.lost += is_lost;
		seen.runs += is_lost && !was_lost;
		was_lost = is_lost;
	}
	return seen;
}

} // namespace

TEST(SimNetwork, BurstsHaveTheShareAndTheMeanLengthThatWereAskedFor) {
	constexpr size_t kDatagrams = 300000;
	const struct { double share, burst; } cases[] = {{0.02, 1}, {0.02, 5}, {0.1, 3}, {0.1, 20}, {0.5, 8}};
	for (const auto &wanted : cases) {
		SCOPED_TRACE(::testing::Message() << wanted.share << " in bursts of " << wanted.burst);
		Wire wire(21);
		wire.link().settings.lose_in_bursts(wanted.share, wanted.burst);
		const Runs seen = lose_on(wire, kDatagrams);
		// Four standard deviations: lengths are geometric, so the mean of n runs is known to 1/sqrt(n) of it, and the
		// share, to which the number of runs adds its own, to sqrt(2/n).
		const double runs = kDatagrams * wanted.share / wanted.burst;
		EXPECT_NEAR(static_cast<double>(seen.lost) / kDatagrams, wanted.share, wanted.share * 4 * std::sqrt(2 / runs));
		EXPECT_NEAR(seen.mean(), wanted.burst, wanted.burst * 4 * std::sqrt(1 / runs));
		EXPECT_EQ(wire.link().counters().bursts, seen.runs);
	}
}

TEST(SimNetwork, BothStatesOfABurstyLinkHaveALossOfTheirOwn) {
	// Bad for 1/(1+4) of the time: start 1/40, end 1/10. Loss 0.2 * 0.5 + 0.8 * 0.05 = 0.14.
	Wire wire(22);
	wire.link().settings.burst_start = 0.025;
	wire.link().settings.burst_datagrams = 10;
	wire.link().settings.burst_loss = 0.5;
	wire.link().settings.loss = 0.05;
	const Runs seen = lose_on(wire, 200000);
	EXPECT_NEAR(static_cast<double>(seen.lost) / 200000, 0.14, 0.007);
	EXPECT_NEAR(static_cast<double>(wire.link().counters().bursts), 200000 * 0.8 * 0.025, 200);
}

TEST(SimNetwork, TheExtremesOfBurstLossAreWhatTheySay) {
	SimLinkSettings settings;
	settings.lose_in_bursts(1, 4);
	EXPECT_EQ(settings.loss, 1);
	settings.lose_in_bursts(0, 4);
	EXPECT_EQ(settings.loss, 0);
	EXPECT_EQ(settings.burst_start, 0);
	// Every good datagram is followed by a burst: more cannot be had.
	Wire wire(23);
	wire.link().settings.lose_in_bursts(0.99, 4);
	EXPECT_EQ(wire.link().settings.burst_start, 1);
	const Runs seen = lose_on(wire, 50000);
	EXPECT_NEAR(static_cast<double>(seen.lost) / 50000, 0.8, 0.01);
	// A link that is bad when bursts are switched off is good again.
	wire.link().settings.lose_in_bursts(0, 1);
	EXPECT_EQ(lose_on(wire, 100).lost, 0u);
}

TEST(SimNetwork, TheQueueDelaysByItsBytesDividedByTheRate) {
	Wire wire;
	wire.link().settings.latency = Duration::from_ms(10);
	wire.link().settings.rate_bytes_per_s = 1000;
	wire.send(std::string(100, 'a')); // 100 ms
	EXPECT_EQ(wire.link().queued_bytes(kStart), 100u);
	wire.send(std::string(50, 'b'));                         // behind it: 150 ms
	wire.send(std::string(30, 'c'), Instant::from_ms(1120)); // 30 bytes are still there: 60 ms
	EXPECT_EQ(wire.link().queued_bytes(Instant::from_ms(1120)), 60u);
	EXPECT_EQ(wire.take(Instant::from_us(1109999)), "-");
	EXPECT_EQ(wire.take(Instant::from_ms(1110)).size(), 100u);
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1160));
	EXPECT_EQ(wire.take(Instant::from_ms(1160)).size(), 50u);
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1190));
	EXPECT_EQ(wire.link().queued_bytes(Instant::from_ms(1180)), 0u);
	wire.send("d", Instant::from_ms(5000)); // an idle line owes nothing and has saved nothing
	EXPECT_EQ(wire.take(Instant::from_ms(1190)).size(), 30u);
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(5011));
}

TEST(SimNetwork, TheQueueIsExactAtRatesThatDoNotDivideASecond) {
	Wire wire;
	wire.link().settings.rate_bytes_per_s = 7;
	wire.link().settings.queue_bytes = 1000;
	// A byte takes 142857.14 us. Rounding up happens at each arrival and does not add up.
	for (int i = 0; i < 700; ++i) wire.send("x");
	Instant last;
	while (!wire.network.next_delivery().is_never()) {
		last = wire.network.next_delivery();
		(void)wire.take(last);
	}
	EXPECT_EQ(last, kStart + Duration::from_s(100));
	EXPECT_EQ(wire.link().queued_bytes(Instant::from_us(last.us - 1)), 1u) << "a byte half through counts";
	EXPECT_EQ(wire.link().queued_bytes(last), 0u);
}

TEST(SimNetwork, TheQueueDropsAtItsTailToTheByte) {
	Wire wire;
	wire.link().settings.rate_bytes_per_s = 1000;
	wire.link().settings.queue_bytes = 100;
	wire.send(std::string(60, 'a'));
	wire.send(std::string(41, 'b')); // one byte too many
	wire.send(std::string(40, 'c'));
	wire.send("d");
	EXPECT_EQ(wire.link().counters().of(SimFate::kQueueFull), 2u);
	wire.send("e", Instant::from_us(kStart.us + 999)); // the first byte is not quite out
	EXPECT_EQ(wire.link().counters().of(SimFate::kQueueFull), 3u);
	wire.send("f", kStart + Duration::from_ms(1));
	EXPECT_EQ(wire.link().counters().of(SimFate::kQueueFull), 3u);
	EXPECT_EQ(wire.take_all(), std::string(60, 'a') + "," + std::string(40, 'c') + ",f,");
	wire.link().settings.queue_bytes = 10;
	wire.send(std::string(11, 'g'), Instant::from_ms(10000));
	wire.send(std::string(10, 'h'), Instant::from_ms(10000));
	EXPECT_EQ(wire.take_all(), std::string(10, 'h') + ",");
}

TEST(SimNetwork, WhatIsLostBehindTheQueueHasUsedItAndWhatIsDroppedBeforeHasNot) {
	Wire wire;
	wire.link().settings.rate_bytes_per_s = 1000;
	wire.link().settings.loss = 1;
	wire.send(std::string(100, 'a'));
	EXPECT_EQ(wire.link().queued_bytes(kStart), 100u);
	wire.link().settings.loss = 0;
	wire.link().drop_next(1);
	wire.send(std::string(100, 'b'));
	wire.link().settings.mtu = 99;
	wire.send(std::string(100, 'c'));
	wire.link().settings.partitioned = true;
	wire.send("d");
	EXPECT_EQ(wire.link().queued_bytes(kStart), 100u);
}

TEST(SimNetwork, ASaturatedLinkCarriesItsRate) {
	Wire wire(31);
	wire.link().settings.rate_bytes_per_s = 125000;
	wire.link().settings.queue_bytes = 20000;
	wire.link().settings.jitter = Duration::from_ms(3);
	const std::string datagram(1200, 'x');
	// Twice the rate for ten seconds.
	for (int i = 0; i < 2083; ++i) {
		const Instant now = kStart + Duration::from_us(i * 4800);
		wire.send(datagram, now);
		EXPECT_LE(wire.link().queued_bytes(now), 20000u);
		while (wire.take(now) != "-") {
		}
	}
	const SimLinkCounters &counters = wire.link().counters();
	const uint64_t carried = counters.of(SimFate::kOnItsWay) * 1200;
	const uint64_t possible = 2082 * 4800 / 8 + 20000; // the rate until the last was offered, and a queue full
	EXPECT_LE(carried, possible);
	EXPECT_GE(carried, possible - 1200);
}

TEST(SimNetwork, HugeRatesAndQueuesDoNotOverflow) {
	Wire wire;
	wire.link().settings.queue_bytes = SIZE_MAX;
	wire.link().settings.rate_bytes_per_s = UINT64_MAX;
	wire.send("a");
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_us(kStart.us + 1)) << "rounded up";
	wire.link().settings.rate_bytes_per_s = 1;
	wire.send("b", Instant::from_us(INT64_MAX / 2));
	EXPECT_EQ(wire.take_all(), "a,b,");
	wire.link().settings.rate_bytes_per_s = 0;
	EXPECT_EQ(wire.link().queued_bytes(kStart), 0u);
}

namespace {

// Two senders and a receiver, over links that share a bottleneck of 1000 bytes/s.
struct Shared : Wire {
	Shared() {
		EXPECT_EQ(network.attach(c), Error::OK);
		bottleneck.rate_bytes_per_s = 1000;
		bottleneck.queue_bytes = 100;
		link().settings.bottleneck = &bottleneck;
		other_link().settings.bottleneck = &bottleneck;
	}
	~Shared() {
		link().settings.bottleneck = nullptr;
		other_link().settings.bottleneck = nullptr;
	}
	void send_other(const std::string &text, Instant now = kStart) {
		EXPECT_EQ(network.send(now, c, b, view_of_text(text)), Error::OK);
	}
	SimLink &other_link() { return network.link(c, b); }
	std::string take_any(Instant now) {
		std::string text;
		(void)take_at(b, now, text);
		return text;
	}

	Endpoint c = netpeer_test::SimWorld::endpoint_of(3);
	SimBottleneck bottleneck;
};

} // namespace

TEST(SimNetwork, LinksThatShareABottleneckWaitForEachOther) {
	Shared wire;
	wire.other_link().settings.latency = Duration::from_ms(7);
	wire.send(std::string(50, 'a'));       // 50 ms
	wire.send_other(std::string(30, 'b')); // behind it: 80 ms, and 7 of its own
	EXPECT_EQ(wire.bottleneck.queued_bytes(kStart), 80u);
	EXPECT_EQ(wire.bottleneck.queue_delay(kStart), Duration::from_ms(80));
	EXPECT_EQ(wire.link().queued_bytes(kStart), 80u);
	EXPECT_EQ(wire.other_link().queued_bytes(kStart), 80u);
	wire.send(std::string(10, 'c'), Instant::from_ms(1060)); // 20 bytes are still there
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1050));
	EXPECT_EQ(wire.take_any(Instant::from_ms(1050)), std::string(50, 'a'));
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1087));
	EXPECT_EQ(wire.take_any(Instant::from_ms(1087)), std::string(30, 'b'));
	EXPECT_EQ(wire.network.next_delivery(), Instant::from_ms(1090));
	EXPECT_EQ(wire.bottleneck.queue_delay(Instant::from_ms(1090)), Duration());
}

TEST(SimNetwork, ASharedQueueThatOneLinkHasFilledDropsTheDatagramsOfTheOther) {
	Shared wire;
	wire.send(std::string(100, 'a'));
	wire.send_other("b");
	EXPECT_EQ(wire.other_link().counters().of(SimFate::kQueueFull), 1u);
	EXPECT_EQ(wire.link().counters().of(SimFate::kQueueFull), 0u);
	wire.send_other("b", kStart + Duration::from_ms(1)); // one byte is out
	EXPECT_EQ(wire.other_link().counters().of(SimFate::kOnItsWay), 1u);
}

TEST(SimNetwork, ABottleneckIsPassedByTheLinksThatNameItOnly) {
	Shared wire;
	wire.send(std::string(100, 'a'));
	EXPECT_EQ(wire.network.send(kStart, wire.b, wire.a, view_of_text("back")), Error::OK);
	EXPECT_EQ(wire.network.next_delivery(wire.a), kStart);
	// Its own rate takes the shared one's place.
	wire.other_link().settings.bottleneck = nullptr;
	wire.other_link().settings.rate_bytes_per_s = 100;
	wire.send_other("b");
	EXPECT_EQ(wire.network.next_delivery(wire.b), Instant::from_ms(1010));
	EXPECT_EQ(wire.bottleneck.queued_bytes(kStart), 100u);
	EXPECT_EQ(wire.other_link().queued_bytes(kStart), 1u);
}

TEST(SimNetwork, ASaturatedBottleneckCarriesItsRateWhoeverSends) {
	Shared wire;
	wire.bottleneck.rate_bytes_per_s = 125000;
	wire.bottleneck.queue_bytes = 20000;
	const std::string datagram(1000, 'x');
	// Three times the rate for a second, two thirds of it by one sender.
	for (int i = 0; i < 375; ++i) {
		const Instant now = kStart + Duration::from_us(i * 2667);
		if (i % 3 == 0) {
			wire.send_other(datagram, now);
		} else {
			wire.send(datagram, now);
		}
		while (wire.take_any(now) != "-") {
		}
	}
	const uint64_t first = wire.link().counters().of(SimFate::kOnItsWay);
	const uint64_t second = wire.other_link().counters().of(SimFate::kOnItsWay);
	EXPECT_NEAR(static_cast<double>(first + second), 145, 1); // 125 a second, and a queue full
	EXPECT_GT(first, 0u);
	EXPECT_GT(second, 0u);
}

TEST(SimNetwork, OnlyTheDirectionThatIsSetIsBad) {
	Wire wire(32);
	wire.network.link(wire.b, wire.a).settings.lose_in_bursts(1, 1);
	wire.network.link(wire.b, wire.a).settings.rate_bytes_per_s = 10;
	for (int i = 0; i < 10; ++i) {
		wire.send("x");
		EXPECT_EQ(wire.network.send(kStart, wire.b, wire.a, view_of_text("ack")), Error::OK);
	}
	EXPECT_EQ(wire.link().counters().of(SimFate::kOnItsWay), 10u);
	EXPECT_EQ(wire.network.link(wire.b, wire.a).counters().of(SimFate::kLost), 10u);
	EXPECT_EQ(wire.network.next_delivery(), kStart);
}

TEST(SimNetwork, AnOutageBeginsAndEndsOnTime) {
	Wire wire;
	wire.network.partition(wire.a, wire.b, Instant::from_ms(1100), Duration::from_ms(50));
	const SimLink &back = wire.network.link(wire.b, wire.a);
	for (const auto &[us, is_out] : {std::pair<int64_t, bool>{1099999, false}, {1100000, true}, {1149999, true},
	             {1150000, false}, {9000000, false}}) {
		EXPECT_EQ(wire.link().is_partitioned(Instant::from_us(us)), is_out) << us;
		EXPECT_EQ(back.is_partitioned(Instant::from_us(us)), is_out) << us;
		wire.send(std::to_string(us), Instant::from_us(us));
	}
	EXPECT_EQ(wire.take_all(), "1099999,1150000,9000000,");
	EXPECT_EQ(wire.link().counters().of(SimFate::kPartitioned), 2u);
}

TEST(SimNetwork, AnOutageMayComeAgainAndAgain) {
	Wire wire;
	wire.link().settings.outage_from = Instant::from_ms(2000);
	wire.link().settings.outage_length = Duration::from_ms(10);
	wire.link().settings.outage_every = Duration::from_ms(100);
	for (int64_t ms = 1900; ms < 3000; ++ms)
		EXPECT_EQ(wire.link().is_partitioned(Instant::from_ms(ms)), ms >= 2000 && ms % 100 < 10) << ms;
}

TEST(SimNetwork, ARebindingGivesANewSourceAndMakesTheOldAddressUnreachable) {
	Wire wire;
	const Endpoint elsewhere = netpeer_test::SimWorld::endpoint_of(77);
	const Instant before = Instant::from_us(1499999);
	const Instant when = Instant::from_ms(1500);
	ASSERT_EQ(wire.network.rebind(when, wire.a, elsewhere), Error::OK);
	const auto send_back = [&](Instant now, const Endpoint &to, const char *text) {
		EXPECT_EQ(wire.network.send(now, wire.b, to, view_of(text)), Error::OK);
	};
	std::string text;
	// Until then nothing is different.
	wire.send("early", before);
	EXPECT_EQ(wire.take_at(wire.b, before, text), wire.a);
	send_back(before, elsewhere, "nobody there yet");
	send_back(before, wire.a, "in time");
	(void)wire.take_at(wire.a, before, text);
	EXPECT_EQ(text, "in time");
	// From then on it is the other way round.
	wire.send("late", when);
	EXPECT_EQ(wire.take_at(wire.b, when, text), elsewhere);
	EXPECT_EQ(text, "late");
	send_back(when, wire.a, "too late");
	send_back(when, elsewhere, "found");
	EXPECT_EQ(wire.take_at(wire.a, when, text), wire.b);
	EXPECT_EQ(text, "found");
	EXPECT_EQ(wire.network.in_flight(), 0u);
	EXPECT_EQ(wire.network.link(wire.b, wire.a).counters().of(SimFate::kNobodyThere), 1u);
	EXPECT_EQ(wire.link().counters().offered(), 2u) << "still the same link";
}

TEST(SimNetwork, WhatIsInFlightToAnAddressThatIsGivenUpIsLost) {
	Wire wire;
	SimLink &back = wire.network.link(wire.b, wire.a);
	back.settings.latency = Duration::from_ms(100);
	const Instant when = Instant::from_ms(1500);
	ASSERT_EQ(wire.network.rebind(when, wire.a, netpeer_test::SimWorld::endpoint_of(77)), Error::OK);
	for (const int64_t us : {1398000, 1399999, 1400000, 1450000})
		EXPECT_EQ(wire.network.send(Instant::from_us(us), wire.b, wire.a, view_of_text(std::to_string(us))), Error::OK);
	EXPECT_EQ(wire.network.in_flight(), 4u);
	std::string text;
	const Instant later = Instant::from_ms(3000);
	(void)wire.take_at(wire.a, later, text);
	EXPECT_EQ(text, "1398000");
	(void)wire.take_at(wire.a, later, text);
	EXPECT_EQ(text, "1399999");
	(void)wire.take_at(wire.a, later, text);
	EXPECT_EQ(text, "-");
	EXPECT_EQ(wire.network.in_flight(), 0u);
	EXPECT_EQ(wire.network.lost_to_rebinding(), 2u);
}

TEST(SimNetwork, AnEndpointMayMoveSeveralTimesAndBack) {
	Wire wire;
	const Endpoint second = netpeer_test::SimWorld::endpoint_of(77);
	const Endpoint third = netpeer_test::SimWorld::endpoint_of(78);
	// Asked for out of order.
	ASSERT_EQ(wire.network.rebind(Instant::from_ms(4000), wire.a, wire.a), Error::OK);
	ASSERT_EQ(wire.network.rebind(Instant::from_ms(2000), wire.a, second), Error::OK);
	ASSERT_EQ(wire.network.rebind(Instant::from_ms(3000), wire.a, third), Error::OK);
	std::string text;
	for (const auto &[ms, seen] :
	        {std::pair<int64_t, Endpoint>{1000, wire.a}, {2000, second}, {3000, third}, {4000, wire.a}}) {
		wire.send("x", Instant::from_ms(ms));
		EXPECT_EQ(wire.take_at(wire.b, Instant::from_ms(ms), text), seen) << ms;
	}
	// All the addresses are free again.
	EXPECT_EQ(wire.network.attach(second), Error::OK);
	EXPECT_EQ(wire.network.attach(third), Error::OK);
}

TEST(SimNetwork, NobodyMovesToAnAddressThatIsTaken) {
	SimNetworkLimits limits;
	limits.rebindings = 1;
	Wire wire(1, limits);
	const Endpoint elsewhere = netpeer_test::SimWorld::endpoint_of(77);
	EXPECT_EQ(wire.network.rebind(kStart, wire.a, wire.b), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(wire.network.rebind(kStart, wire.a, Endpoint()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(wire.network.rebind(kStart, elsewhere, wire.a), Error::ERR_UNCONFIGURED);
	ASSERT_EQ(wire.network.rebind(Instant::from_ms(2000), wire.a, elsewhere), Error::OK);
	EXPECT_EQ(wire.network.rebind(kStart, wire.a, netpeer_test::SimWorld::endpoint_of(78)), Error::ERR_OUT_OF_MEMORY);
	for (int turn = 0; turn < 2; ++turn) { // while it is to come, and when it has happened
		EXPECT_EQ(wire.network.attach(elsewhere), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(wire.network.rebind(kStart, wire.b, elsewhere), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(wire.network.attach(wire.a), Error::ERR_ALREADY_IN_USE);
		wire.send("x", Instant::from_ms(2000));
	}
	// Who leaves gives up all of it.
	wire.network.detach(wire.a);
	EXPECT_EQ(wire.network.attach(elsewhere), Error::OK);
	EXPECT_EQ(wire.network.attach(wire.a), Error::OK);
	ASSERT_EQ(wire.network.rebind(Instant::from_ms(3000), wire.a, netpeer_test::SimWorld::endpoint_of(78)), Error::OK);
	wire.network.detach(wire.a);
	wire.send("from nobody in particular", Instant::from_ms(4000)); // the move is forgotten
	EXPECT_EQ(wire.network.in_flight(), 3u);
}

TEST(SimNetwork, AThousandHostsEachReachTheirNeighbours) {
	constexpr size_t kHosts = 1000;
	SimNetwork network(41);
	SimLinkSettings settings;
	settings.latency = Duration::from_ms(5);
	settings.jitter = Duration::from_ms(5);
	network.set_default_settings(settings);
	const auto place = [](size_t n) { return netpeer_test::SimWorld::endpoint_of(n % kHosts); };
	for (size_t i = 0; i < kHosts; ++i) ASSERT_EQ(network.attach(place(i)), Error::OK);
	for (size_t i = 0; i < kHosts; ++i)
		for (size_t step = 1; step <= 10; ++step)
			ASSERT_EQ(network.send(kStart, place(i), place(i + step), view_of("hi")), Error::OK);
	EXPECT_EQ(network.in_flight(), kHosts * 10);
	size_t arrived = 0;
	uint8_t bytes[16];
	DatagramSlot slot;
	slot.buffer = MutBytes(bytes, sizeof bytes);
	for (size_t i = 0; i < kHosts; ++i)
		while (network.receive(kStart + Duration::from_ms(10), place(i), slot) == Error::OK) ++arrived;
	EXPECT_EQ(arrived, kHosts * 10);
}

TEST(SimNetwork, WhatIsInFlightIsBoundedAndTheRestIsCounted) {
	SimNetworkLimits limits;
	limits.datagrams_in_flight = 3;
	limits.bytes_in_flight = 100;
	Wire wire(1, limits);
	for (int i = 0; i < 5; ++i) wire.send(std::to_string(i));
	EXPECT_EQ(wire.network.in_flight(), 3u);
	EXPECT_EQ(wire.link().counters().of(SimFate::kNoRoom), 2u);
	EXPECT_EQ(wire.take_all(), "0,1,2,");
	wire.send(std::string(60, 'x'));
	wire.send(std::string(60, 'y'));
	EXPECT_EQ(wire.network.in_flight(), 1u);
	EXPECT_EQ(wire.link().counters().of(SimFate::kNoRoom), 3u);
}

TEST(SimNetwork, NewPairsBeyondTheLimitOfLinksAreDropped) {
	SimNetworkLimits limits;
	limits.links = 1;
	Wire wire(1, limits);
	wire.send("one");
	EXPECT_EQ(wire.network.send(kStart, wire.b, wire.a, view_of_text("two")), Error::OK);
	EXPECT_EQ(wire.network.in_flight(), 1u);
}

TEST(SimNetwork, NobodyReceivesWhereNobodyIsAttached) {
	Wire wire;
	uint8_t byte;
	DatagramSlot slot;
	slot.buffer = MutBytes(&byte, 1);
	const Endpoint elsewhere = netpeer_test::SimWorld::endpoint_of(3);
	EXPECT_EQ(wire.network.send(kStart, wire.a, elsewhere, view_of_text("x")), Error::OK);
	EXPECT_EQ(wire.network.link(wire.a, elsewhere).counters().of(SimFate::kNobodyThere), 1u);
	EXPECT_EQ(wire.network.receive(kStart, elsewhere, slot), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(wire.network.attach(wire.a), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(wire.network.attach(Endpoint()), Error::ERR_INVALID_PARAMETER);
	wire.send("gone");
	wire.network.detach(wire.b);
	EXPECT_EQ(wire.network.in_flight(), 0u);
	wire.network.detach(wire.b);
	EXPECT_FALSE(wire.network.is_attached(wire.b));
}

TEST(SimNetwork, ADatagramTooLongForTheSlotIsSkippedAndCounted) {
	Wire wire;
	wire.send("long one");
	wire.send("ok");
	uint8_t bytes[4];
	DatagramSlot slot;
	slot.buffer = MutBytes(bytes, sizeof bytes);
	EXPECT_EQ(wire.network.receive(kStart, wire.b, slot), Error::OK);
	EXPECT_EQ(text_of(ByteView(bytes, slot.size)), "ok");
	EXPECT_EQ(wire.network.too_long_for_slot(), 1u);
}

TEST(TransportSim, CarriesBatchesAndTellsWhenTheNextArrives) {
	SimNetwork network(1);
	SimLinkSettings slow;
	slow.latency = Duration::from_ms(7);
	network.set_default_settings(slow);
	TransportSim a(network);
	TransportSim b(network);
	Endpoint local = netpeer_test::SimWorld::endpoint_of(1);
	ASSERT_EQ(a.open(local), Error::OK);
	EXPECT_EQ(a.open(local), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(b.open(local), Error::ERR_ALREADY_IN_USE);
	local.port = 0;
	ASSERT_EQ(b.open(local), Error::OK);
	Endpoint to;
	ASSERT_EQ(b.local_endpoint(to), Error::OK);
	EXPECT_GE(to.port, 49152);

	const DatagramOut out[2] = {{view_of("one"), to}, {view_of("two"), to}};
	size_t count = 0;
	ASSERT_EQ(a.send(kStart, out, 2, count), Error::OK);
	EXPECT_EQ(count, 2u);
	uint8_t bytes[3][16];
	DatagramSlot slots[3];
	for (int i = 0; i < 3; ++i) slots[i].buffer = MutBytes(bytes[i], 16);
	EXPECT_EQ(b.receive(kStart, slots, 3, count), Error::ERR_BUSY);
	EXPECT_EQ(b.next_timeout(), Instant::from_ms(1007));
	EXPECT_EQ(b.receive(b.next_timeout(), slots, 3, count), Error::OK);
	ASSERT_EQ(count, 2u);
	EXPECT_EQ(text_of(ByteView(bytes[1], slots[1].size)), "two");
	EXPECT_EQ(b.wait(Duration::from_ms(1)), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(b.next_timeout().is_never());
	b.close();
	EXPECT_EQ(b.receive(kStart, slots, 3, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(b.send(kStart, out, 2, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(b.local_endpoint(to), Error::ERR_UNCONFIGURED);
}
