// What a hostile peer, a starved allocator or an eager application can do to EnetHost, one sentence each.
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <map>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// A peer that acknowledges what it is told to and keeps what it saw, in the order it was first sent.
struct Listener {
	explicit Listener(const EnetHostConfig &config = HostBench::plain_config()) : host(config), raw(host, 1) {
		EXPECT_TRUE(raw.connect());
		raw.acknowledge(host.run_ms(1500)); // the bandwidth announcement is over
		raw.acknowledge(host.flush());
	}
	HostBench host;
	RawPeer raw;
	std::vector<uint16_t> first_sent;    // numbers on channel 0
	std::map<uint16_t, uint16_t> spared; // numbers on channel 0 not to acknowledge yet, and the stamp they came with

	// One exchange; the number of datagrams the host sent.
	size_t turn() {
		const std::vector<WireDatagram> out = host.advance_ms(1);
		for (const WireDatagram &datagram : out) {
			WireWriter acks = raw.unstamped();
			for (const WireCommand &command : datagram.commands) {
				if (!command.wants_ack) continue;
				if (command.channel == 0 && is_first(command.sequence)) first_sent.push_back(command.sequence);
				if (command.channel == 0 && spared.count(command.sequence) != 0) {
					spared[command.sequence] = datagram.time;
					continue;
				}
				acks.ack(command.channel, command.sequence, datagram.time);
			}
			raw.send(acks);
		}
		return out.size();
	}
	// Acknowledges the oldest spared one.
	void relent() {
		raw.send(raw.unstamped().ack(0, spared.begin()->first, spared.begin()->second));
		spared.erase(spared.begin());
	}
	bool is_first(uint16_t number) const {
		return first_sent.empty() || static_cast<uint16_t>(number - first_sent.back()) < 0x8000;
	}
	// Whether the numbers first sent on channel 0 are 1, 2, 3 ... `last`.
	bool counted_up_to(size_t last) const {
		if (first_sent.size() != last) return false;
		for (size_t i = 0; i < last; ++i)
			if (first_sent[i] != static_cast<uint16_t>(i + 1)) return false;
		return true;
	}
};

} // namespace

TEST(EnetHostReview, WhatWaitedForWindowsToOpenLeavesInOrder) {
	Listener a;
	for (int i = 0; i < 40000; ++i) {
		ASSERT_EQ(a.host.host.send(a.raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	}
	a.spared = {{1, 0}, {5000, 0}, {9000, 0}};
	for (int i = 0; i < 20; ++i) {
		a.turn();
	}
	EXPECT_EQ(a.first_sent.size(), 7u * 4096 - 1);
	// The oldest outstanding one moves on by a window at a time, and the numbers behind the last one opened still wait.
	while (!a.spared.empty()) {
		a.relent();
		for (int i = 0; i < 200 && a.first_sent.size() < 40000; ++i) a.turn();
	}
	EXPECT_TRUE(a.counted_up_to(40000)) << a.first_sent.size();
	EXPECT_EQ(a.raw.stats().queued_commands, 0u);
}

TEST(EnetHostReview, AWindowThatOpensDuringAMessageInPiecesDoesNotPutOthersBeforeItsRest) {
	Listener a;
	const auto send = [&](size_t bytes) {
		EXPECT_EQ(a.host.host.send(a.raw.id, 0, view_of_text(std::string(bytes, 'x')), kEnetReliable), Error::OK);
	};
	for (int i = 0; i < 7 * 4096 - 1; ++i) send(1); // up to the end of window 6
	send(4000 * 1364);                              // most of window 7, many turns long
	for (int i = 0; i < 1000; ++i) send(1);         // its end and the start of window 8
	a.spared = {{1, 0}, {5000, 0}, {9000, 0}};
	for (int i = 0; i < 20; ++i) {
		a.turn();
	}
	ASSERT_EQ(a.first_sent.size(), 7u * 4096 - 1);
	a.relent();
	for (int i = 0; i < 200 && a.first_sent.size() < 7u * 4096 + 100; ++i) a.turn();
	ASSERT_GE(a.first_sent.size(), 7u * 4096 + 100);
	EXPECT_LT(a.first_sent.size(), 7u * 4096 + 3000);
	a.relent(); // opens the next window while the message is half way out
	a.relent();
	for (int i = 0; i < 500 && a.first_sent.size() < 7u * 4096 - 1 + 5000; ++i) a.turn();
	EXPECT_TRUE(a.counted_up_to(7u * 4096 - 1 + 5000)) << a.first_sent.size();
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
}

TEST(EnetHostReview, ARepeatedPieceOfACompleteUnreliableMessageDoesNotTakeItsDatagramDown) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	WirePiece piece;
	piece.start = 1;
	piece.count = 2;
	piece.total = 8;
	WirePiece last = piece;
	last.number = 1;
	last.offset = 4;
	// Complete, and waiting for the reliable packet it follows.
	raw.send(raw.unstamped().unreliable_fragment(0, 1, piece, "aaaa").unreliable_fragment(0, 1, last, "bbbb"));
	raw.send(raw.stamped().unreliable_fragment(0, 1, last, "bbbb").reliable(0, 1, "first"));
	std::vector<std::string> received;
	for (const EnetEvent &event : host.events()) received.push_back(text_of(event.packet.view()));
	EXPECT_EQ(received, (std::vector<std::string>{"first", "aaaabbbb"}));
	EXPECT_EQ(host.host.counters().malformed_commands, 0u);
}

TEST(EnetHostReview, AnUnreliablePacketTooOldForAFullListDoesNotTakeItsDatagramDown) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (unsigned n = 1; n <= kEnetMaxWaitingUnreliable; ++n) raw.send(raw.unstamped().unreliable(0, 2, n, "x"));
	raw.send(raw.stamped().unreliable(0, 1, 1, "older than all").reliable(0, 1, "first"));
	ASSERT_EQ(host.events().size(), 1u);
	EXPECT_EQ(host.host.counters().discarded_stale, 1u);
}

TEST(EnetHostReview, UnreliablePacketsBesideManyIncompleteOnesCostConstantWork) {
	Listener a;
	WirePiece piece;
	piece.count = 2;
	piece.total = 2;
	for (unsigned n = 0; n < 1000; ++n) {
		piece.start = static_cast<uint16_t>(50000 + n);
		a.raw.send(a.raw.unstamped().unreliable_fragment(0, 0, piece, "x"));
	}
	const uint64_t before = a.host.host.counters().steps;
	for (unsigned n = 1; n <= 1000; ++n) a.raw.send(a.raw.unstamped().unreliable(0, 0, n, "x"));
	EXPECT_LT(a.host.host.counters().steps - before, 4000u);
	EXPECT_EQ(a.host.events().size(), 1000u);
	// The incomplete ones still can be completed, or be passed.
	piece.number = 1;
	piece.offset = 1;
	piece.start = 50500;
	a.raw.send(a.raw.unstamped().unreliable_fragment(0, 0, piece, "y"));
	a.raw.send(a.raw.unstamped().unreliable(0, 0, 51000, "z"));
	piece.start = 50501;
	a.raw.send(a.raw.unstamped().unreliable_fragment(0, 0, piece, "late"));
	std::string received;
	for (const EnetEvent &event : a.host.events()) received += text_of(event.packet.view());
	EXPECT_EQ(received, "xyz");
	EXPECT_EQ(a.raw.stats().waiting_data, 0u);
}

TEST(EnetHostReview, MorePingsThanThereAreNumbersLeaveInTurns) {
	Listener a;
	for (int i = 0; i < 70000; ++i) ASSERT_EQ(a.host.host.ping(a.raw.id), Error::OK);
	const std::vector<WireDatagram> first = a.host.flush(); // none acknowledged yet
	EXPECT_LE(commands_of(first, kWirePing).size(), 32768u);
	a.raw.acknowledge(first);
	size_t pings = commands_of(first, kWirePing).size();
	for (int i = 0; i < 10; ++i) {
		const std::vector<WireDatagram> more = a.host.flush();
		pings += commands_of(more, kWirePing).size();
		a.raw.acknowledge(more);
	}
	EXPECT_EQ(pings, 70000u);
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
	EXPECT_EQ(a.raw.stats().queued_commands, 0u);
}

TEST(EnetHostReview, WithoutMemoryForAPingTheHostIsNotCalledWithoutEnd) {
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config();
	config.allocator = memory.pointer();
	Listener a(config);
	// Use up what the pool keeps, so that the next request reaches the allocator.
	std::vector<EnetPacketRef> hoard;
	memory.fail_all(true);
	for (size_t bytes = 4000; bytes > 0; bytes /= 2) {
		while (EnetPacketRef packet = a.host.host.make_packet(view_of_text(std::string(bytes, 'x')), 0)) {
			hoard.push_back(packet);
		}
	}
	while (EnetPacketRef packet = a.host.host.make_packet(ByteView(), 0)) hoard.push_back(packet);
	size_t calls = 0;
	for (const Instant end = a.host.now + Duration::from_ms(2000); a.host.now < end && calls < 1000; ++calls) {
		a.host.host.handle_timeout(a.host.now);
		EXPECT_TRUE(a.host.flush().empty());
		const Instant next = a.host.host.next_timeout();
		if (next > a.host.now) a.host.now = next;
	}
	EXPECT_LT(calls, 300u);
	memory.fail_all(false);
	EXPECT_EQ(commands_of(a.host.run_ms(100), kWirePing).size(), 1u);
	hoard.clear();
}

TEST(EnetHostReview, ConnectIdsChosenToCollideDoNotMakeARepetitionExpensive) {
	HostBench host(HostBench::plain_config(1024));
	WireParameters parameters;
	for (uint32_t i = 0; i < 1000; ++i) {
		parameters.connect_id = i << 12; // equal low bits stay equal under any odd multiplier
		host.receive(HostBench::endpoint(1), WireWriter(0xfff, 0, 7).connect(parameters));
	}
	const uint64_t before = host.host.counters().steps;
	for (uint32_t i = 0; i < 100; ++i) {
		parameters.connect_id = (2000 + i) << 12;
		host.receive(HostBench::endpoint(1), WireWriter(0xfff, 0, 7).connect(parameters));
	}
	EXPECT_LT(host.host.counters().steps - before, 100u * 20);
}

TEST(EnetHostReview, TheLargestMtuWithAChecksumStaysWithinWhatReceiversTake) {
	SimPair::Options options = SimPair::options(5, 3);
	options.client.mtu = options.server.mtu = kEnetMaxMtu;
	options.client.checksum = options.server.checksum = true;
	SimPair pair = SimPair::connected(options);
	for (int i = 0; i < 10; ++i) { // two fill a datagram to the last byte
		ASSERT_EQ(pair.client.host.send(pair.client.peer, 0, view_of_text(std::string(2040, 'x')), kEnetReliable),
		        Error::OK);
	}
	pair.run_for_ms(2000);
	EXPECT_EQ(pair.server.count(EnetEventType::kReceive), 10u);
	EXPECT_EQ(pair.server.host.counters().dropped_oversized, 0u);
}

TEST(EnetHostReview, LaterWithNothingOutstandingKeepsWhatWasReceived) {
	Listener a;
	a.raw.ask(a.raw.stamped().reliable(0, 1, "fetched after all"));
	ASSERT_EQ(a.host.host.disconnect_later(a.raw.id, 0), Error::OK);
	a.raw.acknowledge(a.host.flush());
	const std::vector<EnetEvent> events = a.host.events();
	ASSERT_EQ(events.size(), 2u);
	EXPECT_EQ(text_of(events[0].packet.view()), "fetched after all");
	EXPECT_EQ(events[1].type, EnetEventType::kDisconnect);
}

TEST(EnetHostReview, AnAttemptThatWasRefusedStaysRefusedUntilTheApplicationLooks) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.accept([](WireParameters &answer) { answer.interval += 1; }));
	host.run_ms(60000);
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].reason, EnetDropReason::kRefused);
}
