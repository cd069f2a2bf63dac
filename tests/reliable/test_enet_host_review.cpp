// What a hostile peer, a starved allocator or an eager application can do to EnetHost, one sentence each.
#include "../../src/core/seeded_rng.h"
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>

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

namespace {

// Pings until no number on the system channel is left: the first, however often it is sent, stays unacknowledged, all
// others are not.
std::vector<WireDatagram> use_up_system_numbers(HostBench &host, RawPeer &raw) {
	EXPECT_EQ(host.host.ping(raw.id), Error::OK);
	const std::vector<WireDatagram> withheld = host.flush();
	const std::vector<WireCommand> first = commands_of(withheld, kWirePing);
	if (first.empty()) {
		ADD_FAILURE() << "there is no PING";
		return withheld;
	}
	const uint16_t spared = first.back().sequence;
	for (int i = 1; i < 32768; ++i) {
		EXPECT_EQ(host.host.ping(raw.id), Error::OK);
		for (const WireDatagram &datagram : host.flush()) {
			for (const WireCommand &command : datagram.commands) {
				if (!command.wants_ack || command.sequence == spared) continue;
				raw.send(raw.unstamped().ack(command.channel, command.sequence, datagram.time));
			}
		}
	}
	host.flush(); // the first once more
	EXPECT_EQ(raw.stats().unacknowledged_commands, 1u);
	EXPECT_EQ(raw.stats().queued_commands, 0u);
	return withheld;
}

} // namespace

TEST(EnetHostReview, ASilentRoundWithAllSystemNumbersInUseQueuesNoPings) {
	Listener a;
	const std::string bulk(60000, 'x');
	ASSERT_EQ(a.host.host.send(a.raw.id, 0, view_of_text(bulk), kEnetReliable), Error::OK);
	a.host.flush();
	for (int i = 0; i < 32768; ++i) ASSERT_EQ(a.host.host.ping(a.raw.id), Error::OK);
	a.host.flush();
	a.raw.send(a.raw.unstamped().bandwidth(1, 1, 0)); // what is lost may not leave again
	const uint64_t before = a.host.host.counters().steps;
	unsigned long rounds = 0;
	for (int ms = 0; ms < 3000; ++ms) {
		a.host.advance_ms(1);
		ASSERT_LT(a.raw.stats().queued_commands, 200u) << ms;
		if (a.raw.stats().queued_commands != 0) ++rounds;
	}
	EXPECT_GT(rounds, 0u) << "nothing was lost";
	EXPECT_LT(a.host.host.counters().steps - before, 100000u);
}

TEST(EnetHostReview, PingsAskedForWhileOneStaysUnacknowledgedDoNotPileUp) {
	Listener a;
	const std::vector<WireDatagram> withheld = use_up_system_numbers(a.host, a.raw);
	for (int i = 0; i < 100000; ++i) {
		ASSERT_EQ(a.host.host.ping(a.raw.id), Error::OK);
		ASSERT_TRUE(a.host.flush().empty());
	}
	EXPECT_EQ(a.raw.stats().queued_commands, 1u);
	a.raw.acknowledge(withheld);
	const std::vector<WireDatagram> later = a.host.flush();
	EXPECT_EQ(commands_of(later, kWirePing).size(), 1u);
	a.raw.acknowledge(later);
	EXPECT_EQ(a.raw.stats().queued_commands, 0u);
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
	for (int i = 0; i < 3; ++i) ASSERT_EQ(a.host.host.ping(a.raw.id), Error::OK);
	EXPECT_EQ(commands_of(a.host.flush(), kWirePing).size(), 3u);
}

TEST(EnetHostReview, OfSettingsThatWaitForASystemNumberOnlyTheNewestLeaves) {
	Listener a;
	std::vector<WireDatagram> withheld = use_up_system_numbers(a.host, a.raw);
	for (uint32_t i = 0; i < 70000; ++i) {
		ASSERT_EQ(a.host.host.configure_throttle(a.raw.id, 1000 + i, 3, 4), Error::OK);
		if (i % 10000 != 0) continue;
		ASSERT_EQ(a.host.host.send(a.raw.id, 0, view_of_text("between"), kEnetUnsequenced), Error::OK);
		ASSERT_EQ(a.host.host.ping(a.raw.id), Error::OK);
		ASSERT_TRUE(a.host.flush().empty());
	}
	for (uint32_t second = 1; second <= 3; ++second) {
		a.host.host.set_bandwidth_limit(0, 100000 * second);
		withheld = a.host.run_ms(1000); // it leaves again and again
	}
	EXPECT_LE(a.raw.stats().queued_commands, 7u + 3u + 1u);
	a.raw.acknowledge(withheld);
	const std::vector<WireDatagram> later = a.host.flush();
	const std::vector<WireCommand> throttle = commands_of(later, kWireThrottle);
	ASSERT_EQ(throttle.size(), 1u);
	EXPECT_EQ(throttle[0].parameters.interval, 1000u + 69999u);
	EXPECT_EQ(throttle[0].parameters.acceleration, 3u);
	EXPECT_EQ(throttle[0].parameters.deceleration, 4u);
	const std::vector<WireCommand> bandwidth = commands_of(later, kWireBandwidth);
	ASSERT_EQ(bandwidth.size(), 1u);
	EXPECT_EQ(bandwidth[0].parameters.out_bandwidth, 300000u);
	EXPECT_EQ(commands_of(later, kWirePing).size(), 1u);
	EXPECT_EQ(commands_of(later, kWireUnsequenced).size(), 7u);
	a.raw.acknowledge(later);
	EXPECT_EQ(a.raw.stats().queued_commands, 0u);
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
}

TEST(EnetHostReview, ProbesOfThePathTakeNoSystemNumberThatIsTooFarAhead) {
	EnetHostConfig config = HostBench::plain_config();
	config.probe_path_mtu = true;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	use_up_system_numbers(host, raw);
	const uint64_t before = host.host.counters().path_probes;
	const std::vector<WireDatagram> withheld = host.run_ms(2000);
	EXPECT_EQ(host.host.counters().path_probes, before);
	raw.acknowledge(withheld);
	host.run_ms(2000);
	EXPECT_GT(host.host.counters().path_probes, before);
}

TEST(EnetHostReview, WithoutMemoryForAPingTheHostIsNotCalledWithoutEnd) {
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config();
	config.allocator = memory.pointer();
	Listener a(config);
	// Use up what the pool keeps, so that the next request reaches the allocator.
	std::vector<EnetPacketRef> hoard;
	memory.fail_all(true);
	for (size_t bytes = 4096; bytes > 0; bytes -= 8) {
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

namespace {

// Three peers that say anything, an application that does anything, and an allocator that fails now and then.
void run_bedlam(uint64_t seed, int turns) {
	SCOPED_TRACE(seed);
	FailingAllocator memory;
	SeededRng rng(seed);
	const auto pick = [&](uint32_t below) { return rng.u32() % below; };
	{
		EnetHostConfig config = HostBench::plain_config(3);
		config.allocator = memory.pointer();
		config.seed = seed;
		config.max_waiting_data = 20000;
		config.peer_memory_limit = 300000;
		config.host_memory_limit = 500000;
		HostBench host(config);
		std::vector<std::unique_ptr<RawPeer>> peers;
		for (uint8_t i = 1; i <= 3; ++i) peers.push_back(std::make_unique<RawPeer>(host, i));
		std::vector<WireDatagram> seen;
		// Numbers near where windows, rings and blocks begin and end.
		const auto number = [&]() -> unsigned {
			static const unsigned kEdges[] = {0, 1, 2, 4095, 4096, 0x6fff, 0x7000, 0x8000, 0x8fff, 0x9000, 0xffff};
			return pick(3) != 0 ? pick(40) : kEdges[pick(11)] + pick(3);
		};
		for (int turn = 0; turn < turns; ++turn) {
			if (pick(20) == 0) memory.fail_nth(1 + pick(20));
			RawPeer &peer = *peers[pick(3)];
			if (!host.host.peer_is_current(peer.id)) {
				memory.fail_nth(0);
				peer.parameters.connect_id = rng.u32();
				peer.parameters.in_session = static_cast<uint8_t>(pick(4));
				peer.id = EnetPeerId();
				const bool done = pick(2) != 0 ? peer.connect() : peer.accept();
				if (!done) host.now = host.now + Duration::from_ms(2000);
				continue;
			}
			WireWriter out = pick(8) != 0 ? peer.stamped() : peer.unstamped();
			for (uint32_t commands = 1 + pick(12); commands > 0; --commands) {
				const uint8_t channel = static_cast<uint8_t>(pick(20) == 0 ? pick(256) : pick(3));
				const std::string payload(pick(10) == 0 ? pick(900) : pick(4), 'p');
				WirePiece piece;
				piece.start = static_cast<uint16_t>(number());
				piece.count = pick(20) == 0 ? number() + 1 : 1 + pick(5);
				piece.number = pick(piece.count + 1);
				piece.offset = piece.number * static_cast<uint32_t>(payload.size());
				piece.total = piece.count * static_cast<uint32_t>(payload.size()) + (pick(20) == 0 ? 1u : 0u);
				switch (pick(16)) {
				case 0: out.unsequenced(channel, number() + pick(2) * 1024, payload); break;
				case 1:
				case 2: out.unreliable(channel, number(), number(), payload); break;
				case 3:
				case 4:
				case 5: out.fragment(channel, piece, payload); break;
				case 6:
				case 7: out.unreliable_fragment(channel, number(), piece, payload); break;
				case 8: out.ack(channel, number(), host.stamp()); break;
				case 9:
					if (pick(30) == 0)
						out.disconnect(number(), 5, pick(2) != 0);
					else
						out.ping(number());
					break;
				case 10: out.bandwidth(number(), pick(3) * 1000, pick(3) * 1000); break;
				case 11: out.throttle(number(), pick(3) * 1000, rng.u32(), rng.u32()); break;
				default: out.reliable(channel, number(), payload); break;
				}
			}
			peer.send(out);
			const EnetPeerId id = peer.id;
			const uint8_t channel = static_cast<uint8_t>(pick(4));
			switch (pick(60)) {
			case 0: (void)host.host.disconnect(id, 1); break;
			case 1: (void)host.host.disconnect_later(id, 1); break;
			case 2: (void)host.host.disconnect_now(id, 1); break;
			case 3: (void)host.host.reset(id); break;
			case 4: (void)host.host.ping(id); break;
			case 5: host.host.set_bandwidth_limit(pick(2) * 5000, pick(2) * 5000); break;
			default:
				if (pick(3) == 0) {
					const std::string payload(pick(10) == 0 ? pick(9000) : pick(4), 's');
					(void)host.host.send(id, channel, view_of_text(payload), pick(2) + pick(2) * 8);
				}
				break;
			}
			if (pick(3) != 0) {
				seen = host.advance_ms(pick(4) == 0 ? pick(3000) : pick(30));
				for (auto &each : peers)
					if (pick(4) != 0) each->acknowledge(seen);
			}
			if (pick(4) == 0) host.events();
			ASSERT_LE(host.host.memory_held(), 500000u);
			EnetPeerStats stats;
			if (host.host.peer_stats(id, stats) == Error::OK) {
				ASSERT_LE(stats.memory_held, 300000u);
				ASSERT_LE(stats.waiting_data, 21000u);
				ASSERT_LE(stats.reliable_data_in_transit, 70000u);
			}
			// Once all that is due is done, the next deadline lies ahead.
			int late = 0;
			while (host.host.next_timeout() <= host.now && late < 10) {
				host.host.handle_timeout(host.now);
				host.flush();
				++late;
			}
			ASSERT_LT(late, 10);
		}
		memory.fail_nth(0);
		host.run_ms(70000); // nobody answers any more
		host.events();
		EXPECT_EQ(host.host.connected_peers(), 0u);
		EXPECT_EQ(host.host.memory_held(), 0u);
		EXPECT_TRUE(host.host.next_timeout().is_never());
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

} // namespace

TEST(EnetHostReview, NothingIsHeldOrDueAfterAnyMixtureOfAbuse) {
	const char *rounds = std::getenv("NETPEER_BEDLAM_SEEDS");
	const uint64_t seeds = rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : 8;
	for (uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) run_bedlam(seed, 600);
}
