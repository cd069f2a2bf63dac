// What is acknowledged, and what an acknowledgement may change. docs/enet-protocol.md, sections 10, 11; docs/enet-errata.md, 1, 7.
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Numbers = std::vector<uint16_t>;

// A host with one connected raw peer and nothing outstanding.
struct Acquainted {
	explicit Acquainted(const EnetHostConfig &config = HostBench::plain_config()) : host(config), raw(host, 1) {
		EXPECT_TRUE(raw.connect());
		host.sent.clear();
	}
	HostBench host;
	RawPeer raw;

	Numbers acks(const WireWriter &datagram, uint8_t channel) { return acks_of(raw.ask(datagram), channel); }
	// The payloads of all RECEIVE events.
	std::vector<std::string> received() {
		std::vector<std::string> out;
		for (const EnetEvent &event : host.events())
			if (event.type == EnetEventType::kReceive) out.push_back(text_of(event.packet.view()));
		return out;
	}
	Error send(const std::string &text, uint8_t channel = 0, uint32_t flags = kEnetReliable) {
		return host.host.send(raw.id, channel, view_of_text(text), flags);
	}
};

} // namespace

TEST(EnetHostAcks, EveryCopyOfAReliableCommandIsAcknowledgedAndOneDelivered) {
	Acquainted a;
	for (int i = 0; i < 4; ++i) {
		SCOPED_TRACE(i);
		EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 1, "once"), 0), Numbers{1});
		a.host.now = a.host.now + Duration::from_ms(30);
	}
	EXPECT_EQ(a.received(), std::vector<std::string>{"once"});
	// After the application took it as well, and while it waits for a missing one.
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 1, "once"), 0), Numbers{1});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 3, "three"), 0), Numbers{3});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 3, "three"), 0), Numbers{3});
	EXPECT_TRUE(a.received().empty());
	EXPECT_GE(a.host.host.counters().discarded_duplicates, 5u);
}

TEST(EnetHostAcks, TheAckEchoesTheStampOfTheDatagramAndHasATwoByteHeader) {
	Acquainted a;
	const std::vector<WireDatagram> out = a.raw.ask(WireWriter(a.raw.remote_peer, 0, 0xbeef).reliable(2, 1, "x"));
	ASSERT_EQ(out.size(), 1u);
	EXPECT_EQ(out[0].size, 10u);
	EXPECT_FALSE(out[0].has_time);
	const std::vector<WireCommand> acks = commands_of(out, kWireAck);
	ASSERT_EQ(acks.size(), 1u);
	EXPECT_EQ(acks[0].channel, 2);
	EXPECT_EQ(acks[0].sequence, 1);
	EXPECT_EQ(acks[0].acked, 1);
	EXPECT_EQ(acks[0].acked_time, 0xbeef);
}

TEST(EnetHostAcks, SevenAndEightWindowsAheadIsNotAcknowledgedAndTheRestIs) {
	Acquainted a;
	for (unsigned n = 1; n <= 3; ++n) EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, n, "x"), 0).size(), 1u);
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0x6fff, "last acceptable"), 0), Numbers{0x6fff});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0x7000, "x"), 0), Numbers{});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0x8000, "x"), 0), Numbers{});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0x8fff, "x"), 0), Numbers{});
	EXPECT_EQ(a.host.host.counters().refused_too_far_ahead, 3u);
	// Read as "behind": acknowledged as old duplicates.
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0x9000, "x"), 0), Numbers{0x9000});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 0xffff, "x"), 0), Numbers{0xffff});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 2, "x"), 0), Numbers{2});
	EXPECT_EQ(a.received().size(), 3u);
}

TEST(EnetHostAcks, WhatIsRefusedForWantOfRoomIsNotAcknowledgedAndComesLater) {
	EnetHostConfig config = HostBench::plain_config();
	config.max_waiting_data = 1000;
	Acquainted a(config);
	std::vector<unsigned> refused;
	for (unsigned n = 1; n <= 20; ++n)
		if (a.acks(a.raw.stamped().reliable(0, n, std::string(200, 'x')), 0).empty()) refused.push_back(n);
	EXPECT_GE(refused.size(), 10u);
	EXPECT_LE(refused.size(), 16u);
	EXPECT_EQ(a.host.host.counters().refused_over_budget, refused.size());
	EXPECT_LE(a.raw.stats().waiting_data, 1200u);
	EXPECT_EQ(a.received().size(), 20 - refused.size());
	EXPECT_EQ(a.raw.stats().waiting_data, 0u);
	const unsigned again = refused.front();
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, again, "now"), 0), Numbers{static_cast<uint16_t>(again)});
}

TEST(EnetHostAcks, ControlCommandsTakeEffectAndAreAcknowledged) {
	Acquainted a;
	EXPECT_EQ(a.acks(a.raw.stamped().ping(2), 0xff), Numbers{2});
	EXPECT_EQ(a.acks(a.raw.stamped().throttle(3, 111, 5, 6), 0xff), Numbers{3});
	EXPECT_EQ(a.raw.stats().packet_throttle_interval, 111u);
	EXPECT_EQ(a.raw.stats().packet_throttle_acceleration, 5u);
	EXPECT_EQ(a.raw.stats().packet_throttle_deceleration, 6u);
	EXPECT_EQ(a.acks(a.raw.stamped().bandwidth(4, 131072, 0), 0xff), Numbers{4});
	EXPECT_EQ(a.raw.stats().incoming_bandwidth, 131072u);
	EXPECT_EQ(a.raw.stats().window_size, 8192u);
	// A PING on a data channel is acknowledged on that channel.
	EXPECT_EQ(a.acks(a.raw.stamped().head(0x85, 1, 9), 1), Numbers{9});
}

TEST(EnetHostAcks, WithoutAStampTheCommandTakesEffectUnacknowledgedAndTheRestIsSkipped) {
	Acquainted a;
	const std::vector<WireDatagram> out = a.raw.ask(a.raw.unstamped().reliable(0, 1, "one").reliable(0, 2, "two"));
	EXPECT_TRUE(out.empty());
	EXPECT_EQ(a.received(), std::vector<std::string>{"one"});
	EXPECT_EQ(a.acks(a.raw.stamped().reliable(0, 1, "one").reliable(0, 2, "two"), 0), (Numbers{1, 2}));
	EXPECT_EQ(a.received(), std::vector<std::string>{"two"});
}

TEST(EnetHostAcks, ABadCommandEndsItsDatagramAndKeepsWhatCameBefore) {
	const auto tail = [](WireWriter datagram) { return datagram.reliable(0, 2, "after"); };
	const std::vector<std::pair<const char *, std::function<WireWriter(WireWriter)>>> bad = {
	        {"number 0", [](WireWriter w) { return w.head(0x80, 0, 1); }},
	        {"number 13", [](WireWriter w) { return w.head(0x8d, 0, 1); }},
	        {"a channel that is not there", [](WireWriter w) { return w.reliable(4, 1, "x"); }},
	        {"the system channel", [](WireWriter w) { return w.reliable(255, 1, "x"); }},
	        {"CONNECT in a connection", [](WireWriter w) { return w.connect(WireParameters()); }},
	};
	for (const auto &[name, add] : bad) {
		SCOPED_TRACE(name);
		Acquainted a;
		EXPECT_EQ(acks_of(a.raw.ask(tail(add(a.raw.stamped().reliable(0, 1, "before")))), 0), Numbers{1});
		EXPECT_EQ(a.received(), std::vector<std::string>{"before"});
	}
}

TEST(EnetHostAcks, EachTruncationOfADatagramIsHarmless) {
	Acquainted a;
	WirePiece piece;
	piece.start = 5;
	piece.count = 2;
	piece.total = 30;
	WireWriter all = a.raw.stamped().reliable(0, 1, "abc").unreliable(1, 0, 1, "def").unsequenced(2, 1, "ghi");
	all.fragment(3, piece, std::string(15, 'f')).unreliable_fragment(3, 0, piece, std::string(15, 'g'));
	all.throttle(2, 5000, 2, 2).bandwidth(3, 0, 0).ping(4).ack(0, 1, 0).disconnect(5, 1);
	for (size_t cut = 0; cut < all.size(); ++cut) {
		Acquainted each;
		each.host.receive(each.raw.at(), all.bytes().substr(0, cut));
		each.host.flush();
		for (const EnetEvent &event : each.host.events()) EXPECT_NE(event.type, EnetEventType::kDisconnect);
	}
	a.raw.send(all);
	const std::vector<EnetEvent> events = a.host.events();
	ASSERT_FALSE(events.empty());
	a.host.flush();
	EXPECT_GE(a.host.events().size() + events.size(), 4u);
}

TEST(EnetHostAcks, AMatchingAckEndsTheResendingAndMeasuresTheRoundTrip) {
	Acquainted a;
	ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> out = a.host.flush();
	ASSERT_EQ(out.size(), 1u);
	EXPECT_TRUE(out[0].has_time);
	a.host.now = a.host.now + Duration::from_ms(80);
	a.raw.acknowledge(out);
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
	EXPECT_EQ(a.raw.stats().reliable_data_in_transit, 0u);
	EXPECT_GE(a.raw.stats().acknowledged_commands, 1u);
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 0u);
}

TEST(EnetHostAcks, TheFirstSampleIsTakenAsItIs) {
	HostBench client(HostBench::plain_config());
	RawPeer server(client, 1);
	ASSERT_TRUE(server.accept());
	std::vector<WireDatagram> out = client.flush(); // the ACK and the first PING
	client.events();
	client.now = client.now + Duration::from_ms(80);
	server.acknowledge(out);
	EXPECT_EQ(server.stats().round_trip_time, 80u);
	EXPECT_EQ(server.stats().round_trip_time_variance, 40u);
	// The next one by the document's arithmetic: var 40-10+20/4, RTT 80+20/8.
	ASSERT_EQ(client.host.send(server.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	out = client.flush();
	client.now = client.now + Duration::from_ms(100);
	server.acknowledge(out);
	EXPECT_EQ(server.stats().round_trip_time, 82u);
	EXPECT_EQ(server.stats().round_trip_time_variance, 35u);
}

TEST(EnetHostAcks, ForgedAcksChangeNothingButACounter) {
	Acquainted a;
	ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> out = a.host.flush();
	ASSERT_EQ(out.size(), 1u);
	const uint16_t time = out[0].time;
	a.host.now = a.host.now + Duration::from_ms(50);
	const EnetPeerStats before = a.raw.stats();
	a.raw.send(a.raw.unstamped().ack(0, 1, static_cast<uint16_t>(time + 1)));
	a.raw.send(a.raw.unstamped().ack(0, 1, static_cast<uint16_t>(time - 200)));
	a.raw.send(a.raw.unstamped().ack(0, 2, time));
	a.raw.send(a.raw.unstamped().ack(1, 1, time));
	a.raw.send(a.raw.unstamped().ack(0xff, 77, time));
	a.raw.send(a.raw.unstamped().ack(200, 1, time));
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 6u);
	const EnetPeerStats after = a.raw.stats();
	EXPECT_EQ(after.round_trip_time, before.round_trip_time);
	EXPECT_EQ(after.round_trip_time_variance, before.round_trip_time_variance);
	EXPECT_EQ(after.last_round_trip_time, before.last_round_trip_time);
	EXPECT_EQ(after.packet_throttle, before.packet_throttle);
	EXPECT_EQ(after.packet_throttle_epoch, before.packet_throttle_epoch);
	EXPECT_EQ(after.unacknowledged_commands, before.unacknowledged_commands);
	EXPECT_EQ(after.reliable_data_in_transit, before.reliable_data_in_transit);
	a.raw.send(a.raw.unstamped().ack(0, 1, time));
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, before.unacknowledged_commands - 1);
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 6u);
}

TEST(EnetHostAcks, ForgedAcksDoNotKeepADeadConnectionAlive) {
	Acquainted a;
	ASSERT_EQ(a.send("data"), Error::OK);
	bool ended = false;
	for (int i = 0; i < 700 && !ended; ++i) {
		a.host.advance_ms(100);
		a.raw.send(a.raw.unstamped().ack(0, 9, a.host.stamp()));
		for (const EnetEvent &event : a.host.events()) ended = ended || event.type == EnetEventType::kDisconnect;
	}
	EXPECT_TRUE(ended);
}

TEST(EnetHostAcks, TheAckOfAnEarlierCopyCounts) {
	Acquainted a;
	ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> first = a.host.flush();
	const std::vector<WireDatagram> copies = a.host.run_ms(3000);
	ASSERT_GE(commands_of(copies, kWireReliable).size(), 1u);
	ASSERT_LE(commands_of(copies, kWireReliable).size(), 7u) << "of 8 transmissions the stamps are known";
	EXPECT_GE(a.raw.stats().resent_commands, 1u);
	a.raw.send(a.raw.unstamped().ack(0, 1, first[0].time));
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 0u);
	EXPECT_EQ(commands_of(a.host.run_ms(2000), kWireReliable).size(), 0u);
}

TEST(EnetHostAcks, TheAckOfWhatWasTakenForLostIsASpuriousResendAndASecondOneChangesNothing) {
	Acquainted a;
	ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> first = a.host.flush();
	ASSERT_FALSE(first.empty());
	const std::vector<WireDatagram> copies = a.host.run_ms(2500);
	uint16_t second_time = 0;
	for (const WireDatagram &datagram : copies)
		for (const WireCommand &command : datagram.commands)
			if (command.number == kWireReliable) second_time = datagram.time;
	ASSERT_NE(second_time, 0);
	a.raw.send(a.raw.unstamped().ack(0, 1, first[0].time));
	const EnetPeerStats before = a.raw.stats();
	a.host.now = a.host.now + Duration::from_ms(1900);
	a.raw.send(a.raw.unstamped().ack(0, 1, second_time));
	EXPECT_EQ(a.host.host.counters().spurious_resends, 1u);
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 0u);
	EXPECT_EQ(a.raw.stats().round_trip_time, before.round_trip_time);
	EXPECT_EQ(a.raw.stats().round_trip_time_variance, before.round_trip_time_variance);
	EXPECT_EQ(a.raw.stats().packet_throttle, before.packet_throttle);
	a.host.now = a.host.now + Duration::from_ms(200);
	a.raw.send(a.raw.unstamped().ack(0, 1, second_time));
	EXPECT_EQ(a.host.host.counters().spurious_resends, 1u) << "2.1 s later it is nobody's";
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 1u);
}

TEST(EnetHostAcks, TheLast32ResentCommandsAreRememberedAndForgottenTwoSecondsLater) {
	Acquainted a;
	ASSERT_EQ(a.send("data", 1), Error::OK);
	ASSERT_EQ(a.send("data", 0, 0), Error::OK); // both channels are in use
	a.raw.send(a.raw.unstamped().ack(1, 1, a.host.flush()[0].time));
	const size_t held = a.raw.stats().memory_held;
	for (int i = 0; i < 40; ++i) ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> first = a.host.flush();
	const std::vector<WireDatagram> again = a.host.run_ms(500);
	ASSERT_GE(again.size(), 2u) << "resends, and copies of them";
	ASSERT_NE(again.front().time, again.back().time);
	for (unsigned n = 1; n <= 40; ++n) a.raw.send(a.raw.unstamped().ack(0, n, again.front().time));
	EXPECT_EQ(a.host.host.counters().spurious_resends, 0u);
	for (unsigned n = 1; n <= 40; ++n) a.raw.send(a.raw.unstamped().ack(0, n, first[0].time));
	EXPECT_EQ(a.host.host.counters().spurious_resends, 32u) << "they had been late, not lost";
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 8u);
	for (unsigned n = 1; n <= 40; ++n) a.raw.send(a.raw.unstamped().ack(0, n, again.back().time));
	EXPECT_EQ(a.host.host.counters().spurious_resends, 32u);
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 16u);
	EXPECT_GT(a.raw.stats().memory_held, held);
	a.host.now = a.host.now + Duration::from_ms(2001);
	ASSERT_EQ(a.send("data"), Error::OK);
	const std::vector<WireDatagram> fresh = a.host.flush();
	a.raw.send(a.raw.unstamped().ack(0, 41, fresh[0].time));
	EXPECT_EQ(a.raw.stats().memory_held, held);
}

TEST(EnetHostAcks, AReliablePacketLostOnceArrivesAfterOneTimeout) {
	SimPair pair = SimPair::connected(/*one_way_latency_ms=*/20, /*seed=*/7);
	const uint64_t before = pair.client.counters().resent_commands;
	pair.client_link().drop_mask(0b1); // exactly the next datagram dies
	ASSERT_EQ(pair.client.send(0, "hi"), Error::OK);
	pair.run_until_idle();
	EXPECT_EQ(pair.server.received(0), "hi");
	EXPECT_EQ(pair.client.counters().resent_commands - before, 1u);
	EXPECT_EQ(pair.client.stats().queued_commands, 0u);
}

TEST(EnetHostAcks, ALostAckMakesADuplicateThatIsDeliveredOnce) {
	SimPair pair = SimPair::connected(20, 8);
	pair.server_link().drop_next(1);
	ASSERT_EQ(pair.client.send(0, "hi"), Error::OK);
	pair.run_until_idle();
	EXPECT_EQ(pair.server.waiting(0), 1u);
	EXPECT_GE(pair.server.counters().discarded_duplicates, 1u);
}

TEST(EnetHostAcks, PendingAcksAreBounded) {
	Acquainted a;
	// Nothing is polled while duplicates pour in.
	for (int i = 0; i < 1000; ++i) {
		WireWriter flood = a.raw.stamped();
		for (unsigned n = 1; n <= 100; ++n) flood.reliable(0, n, "");
		a.raw.send(flood);
	}
	EXPECT_LT(a.host.host.memory_held(), 2u << 20);
	const std::vector<WireDatagram> out = a.host.flush();
	EXPECT_LE(commands_of(out, kWireAck).size(), kEnetMaxPendingAcks);
	EXPECT_GE(commands_of(out, kWireAck).size(), 100u);
	for (const WireDatagram &datagram : out) EXPECT_LE(datagram.commands.size(), kEnetMaxCommands);
}

TEST(EnetHostAcks, UnreliableWaitsForItsReliableAndLateOnesAreDropped) {
	Acquainted a;
	a.raw.send(a.raw.unstamped().unreliable(0, 1, 1, "after one"));
	EXPECT_TRUE(a.received().empty());
	a.raw.send(a.raw.stamped().reliable(0, 1, "one"));
	EXPECT_EQ(a.received(), (std::vector<std::string>{"one", "after one"}));
	a.raw.send(a.raw.unstamped().unreliable(0, 1, 3, "third").unreliable(0, 1, 2, "late").unreliable(0, 1, 3, "again"));
	EXPECT_EQ(a.received(), std::vector<std::string>{"third"});
	a.raw.send(a.raw.unstamped().unreliable(0, 0, 9, "of an old reliable"));
	EXPECT_TRUE(a.received().empty());
	EXPECT_GE(a.host.host.counters().discarded_stale + a.host.host.counters().discarded_duplicates, 3u);
}

TEST(EnetHostAcks, UnsequencedComesAtOnceAndOnlyOnce) {
	Acquainted a;
	a.raw.send(a.raw.unstamped().unsequenced(0, 5, "five").unsequenced(1, 2, "two").unsequenced(0, 5, "five"));
	EXPECT_EQ(a.received(), (std::vector<std::string>{"five", "two"}));
	// A newer block of 1024 moves the window: older groups are late.
	a.raw.send(a.raw.unstamped().unsequenced(0, 1024, "block").unsequenced(0, 6, "late"));
	EXPECT_EQ(a.received(), std::vector<std::string>{"block"});
	// 32 blocks ahead and more is the past.
	a.raw.send(a.raw.unstamped().unsequenced(0, 1024 + 32768, "absurd").unsequenced(0, 1025, "fine"));
	EXPECT_EQ(a.received(), std::vector<std::string>{"fine"});
}
