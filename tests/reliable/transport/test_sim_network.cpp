#include "../../../src/reliable/transport/sim_network.h"
#include "../../../src/reliable/transport/transport_sim.h"

#include "../../support/sim_pair.h"

#include <gtest/gtest.h>

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
		uint8_t bytes[65536];
		DatagramSlot slot;
		slot.buffer = MutBytes(bytes, sizeof bytes);
		if (network.receive(now, b, slot) != Error::OK) return "-";
		EXPECT_EQ(slot.from, a);
		return text_of(ByteView(bytes, slot.size));
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
		wire.link().settings = bad;
		for (int i = 0; i < 200; ++i) wire.send(std::to_string(i), Instant::from_ms(1000 + i));
		return wire.take_all();
	};
	EXPECT_EQ(run(7), run(7));
	EXPECT_NE(run(7), run(8));
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
