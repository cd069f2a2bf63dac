// What strangers and bad peers can make a host hold or do. docs/enet-protocol.md, section 16; docs/enet-errata.md, 1, 11.
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

WirePiece last_piece_of(uint32_t total, uint32_t piece_bytes, uint16_t start) {
	WirePiece piece;
	piece.start = start;
	piece.count = (total + piece_bytes - 1) / piece_bytes;
	piece.number = piece.count - 1;
	piece.total = total;
	piece.offset = piece.number * piece_bytes;
	return piece;
}

} // namespace

TEST(EnetHostBudgets, A116ByteFragmentBombHoldsLittle) {
	// Four pieces of four announced 32 MiB messages, each as large as it can be announced.
	for (const auto &[total, piece_bytes] : std::vector<std::pair<uint32_t, uint32_t>>{{32u << 20, 1364},
	             {32u << 20, 65535}, {(32u << 20) - 1, 600}, {24576u * 1364u, 1364}, {65536 * 4, 4}}) {
		SCOPED_TRACE(std::to_string(total) + " bytes in pieces of " + std::to_string(piece_bytes));
		for (bool first : {false, true}) {
			FailingAllocator memory;
			EnetHostConfig config = HostBench::plain_config();
			config.allocator = memory.pointer();
			HostBench host(config);
			RawPeer raw(host, 1);
			ASSERT_TRUE(raw.connect());
			const size_t before = memory.live_bytes();
			WireWriter bomb = raw.stamped();
			for (uint8_t channel = 0; channel < 4; ++channel) {
				WirePiece piece = last_piece_of(total, piece_bytes, 1);
				const uint32_t rest = total - piece.offset;
				if (first) piece.number = piece.offset = 0;
				bomb.fragment(channel, piece, std::string(first ? 4 : (rest < 4 ? rest : 4), 'x'));
			}
			EXPECT_LE(bomb.size(), 116u);
			raw.send(bomb);
			host.flush();
			EXPECT_LT(host.host.memory_held(), 300u * 1024);
			EXPECT_LT(memory.live_bytes() - before, 400u * 1024);
			ASSERT_EQ(host.host.reset(raw.id), Error::OK);
			EXPECT_EQ(host.host.memory_held(), 0u);
		}
	}
}

TEST(EnetHostBudgets, ManyStartedMessagesStayWithinThePeersLimit) {
	EnetHostConfig config = HostBench::plain_config(4, 255);
	config.peer_memory_limit = 4u << 20;
	HostBench host(config);
	RawPeer raw(host, 1);
	raw.parameters.channels = 255;
	ASSERT_TRUE(raw.connect());
	const std::string bytes(1364, 'x');
	for (unsigned start = 1; start < 24000; start += 40) {
		for (unsigned channel = 0; channel < 255; channel += 50) {
			WirePiece piece;
			piece.start = static_cast<uint16_t>(start);
			piece.count = 40;
			piece.total = 40 * 1364;
			raw.send(raw.stamped().fragment(static_cast<uint8_t>(channel), piece, bytes));
			host.flush();
			ASSERT_LE(host.host.memory_held(), 4u << 20);
		}
	}
	EXPECT_GT(host.host.counters().refused_over_budget, 0u);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kConnected);
	ASSERT_EQ(host.host.reset(raw.id), Error::OK);
	EXPECT_EQ(host.host.memory_held(), 0u);
}

TEST(EnetHostBudgets, FirstPiecesReserveLittleMoreThanWhatCame) {
	HostBench host(HostBench::plain_config(4, 255));
	RawPeer raw(host, 1);
	raw.parameters.channels = 255;
	ASSERT_TRUE(raw.connect());
	const auto honest = [&](uint32_t n) {
		WirePiece piece;
		piece.start = 1;
		piece.count = 20;
		piece.number = n;
		piece.total = 20000;
		piece.offset = n * 1000;
		raw.send(raw.stamped().fragment(4, piece, std::string(1000, 'h')));
	};
	honest(0);
	size_t sent = 0;
	for (unsigned start = 1; start < 20000; start += 100) {
		for (unsigned channel = 0; channel < 255; channel += 5) {
			WirePiece piece;
			piece.start = static_cast<uint16_t>(start);
			piece.count = 65536;
			piece.total = 65536;
			const WireWriter datagram = raw.stamped().fragment(static_cast<uint8_t>(channel), piece, "x");
			sent += datagram.size();
			raw.send(datagram);
			host.flush();
		}
	}
	EXPECT_LT(host.host.memory_held(), kEnetReassemblyUnearned + 10 * sent);
	EXPECT_GT(host.host.counters().refused_over_budget, 0u);
	// What has its reservation can be completed, so refusing others is no deadlock.
	for (uint32_t n = 1; n < 20; ++n) honest(n);
	ASSERT_EQ(host.events().size(), 1u);
	ASSERT_EQ(host.host.reset(raw.id), Error::OK);
	EXPECT_EQ(host.host.memory_held(), 0u);
}

TEST(EnetHostBudgets, DescendingEmptyReliablesCostLinearWorkAndBoundedMemory) {
	uint64_t steps[2] = {};
	size_t turn = 0;
	for (unsigned top : {14000u, 28000u}) {
		HostBench host(HostBench::plain_config());
		RawPeer raw(host, 1);
		ASSERT_TRUE(raw.connect());
		const uint64_t before = host.host.counters().steps;
		for (unsigned n = top; n > 1;) {
			WireWriter datagram = raw.stamped();
			for (int i = 0; i < 200 && n > 1; ++i, --n) datagram.reliable(0, n, "");
			raw.send(datagram);
			host.flush();
		}
		EXPECT_LT(host.host.memory_held(), 8u << 20);
		raw.send(raw.stamped().reliable(0, 1, ""));
		EXPECT_EQ(host.events().size(), top);
		host.flush();
		EXPECT_EQ(raw.stats().waiting_data, 0u);
		steps[turn++] = host.host.counters().steps - before;
	}
	EXPECT_LT(steps[1], 28000u * 20);
	EXPECT_LT(steps[1], steps[0] * 5 / 2) << "twice the packets, about twice the work";
}

TEST(EnetHostBudgets, UnreliableBehindAMissingReliableIsBounded) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (unsigned n = 60000; n > 0;) {
		WireWriter datagram = raw.unstamped();
		for (int i = 0; i < 100 && n > 0; ++i, --n) datagram.unreliable(0, 1, n, "abc");
		raw.send(datagram);
	}
	EXPECT_LT(host.host.memory_held(), 2u << 20);
	EXPECT_LT(host.host.counters().steps, 60000u * 40);
	EXPECT_TRUE(host.events().empty());
	raw.send(raw.stamped().reliable(0, 1, "at last"));
	EXPECT_LE(host.events().size(), 1 + kEnetMaxWaitingUnreliable);
	host.flush();
	EXPECT_EQ(raw.stats().waiting_data, 0u);
	EXPECT_LT(host.host.memory_held(), 100u << 10);
}

TEST(EnetHostBudgets, UnreliableAndUnsequencedFloodsStopAtTheWaitingDataLimit) {
	EnetHostConfig config = HostBench::plain_config();
	config.max_waiting_data = 100000;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (unsigned n = 1; n < 2000; ++n) {
		raw.send(raw.unstamped().unreliable(0, 0, n, std::string(1000, 'u')));
		raw.send(raw.unstamped().unsequenced(1, n, std::string(1000, 's')));
		ASSERT_LE(raw.stats().waiting_data, 101000u);
	}
	EXPECT_GE(raw.stats().waiting_data, 99000u);
	EXPECT_GE(host.events().size(), 99u);
	EXPECT_EQ(raw.stats().waiting_data, 0u);
	raw.send(raw.unstamped().unreliable(0, 0, 5000, "fine again"));
	EXPECT_EQ(host.events().size(), 1u);
}

TEST(EnetHostBudgets, EmptyPacketsNobodyTakesAreBoundedToo) {
	EnetHostConfig config = HostBench::plain_config();
	config.peer_memory_limit = 1u << 20;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (unsigned n = 1; n < 60000; ++n) {
		raw.send(raw.unstamped().unsequenced(0, n, ""));
		if (n % 50 == 0) host.flush();
	}
	EXPECT_LE(host.host.memory_held(), 1u << 20);
	EXPECT_GT(host.events().size(), 100u);
	EXPECT_LT(host.host.memory_held(), 10u << 10);
}

TEST(EnetHostBudgets, OnePeersGreedDoesNotStarveAnother) {
	EnetHostConfig config = HostBench::plain_config();
	config.peer_memory_limit = 1u << 20;
	HostBench host(config);
	RawPeer greedy(host, 1), modest(host, 2);
	ASSERT_TRUE(greedy.connect());
	ASSERT_TRUE(modest.connect());
	for (unsigned n = 2; n < 3000; ++n) {
		greedy.send(greedy.stamped().reliable(0, n, std::string(1000, 'g')));
		host.flush();
	}
	EXPECT_LE(host.host.memory_held(), 1u << 20);
	EXPECT_GT(host.host.counters().refused_over_budget, 0u);
	EXPECT_EQ(acks_of(modest.ask(modest.stamped().reliable(0, 1, "hello")), 0), std::vector<uint16_t>{1});
	EXPECT_EQ(host.events().size(), 1u);
}

TEST(EnetHostBudgets, AllPeersTogetherStayWithinTheHostsLimit) {
	EnetHostConfig config = HostBench::plain_config(16);
	config.host_memory_limit = 1u << 20;
	HostBench host(config);
	std::vector<std::unique_ptr<RawPeer>> peers;
	for (uint8_t i = 0; i < 16; ++i) {
		peers.push_back(std::make_unique<RawPeer>(host, static_cast<uint8_t>(i + 1)));
		if (!peers.back()->connect()) continue;
	}
	for (unsigned n = 2; n < 300; ++n) {
		for (auto &peer : peers) {
			if (peer->id.is_none()) continue;
			peer->send(peer->stamped().reliable(0, n, std::string(1000, 'g')));
		}
		host.flush();
		ASSERT_LE(host.host.memory_held(), 1u << 20);
	}
	EXPECT_GT(host.host.counters().refused_over_budget, 0u);
	for (auto &peer : peers) (void)host.host.reset(peer->id);
	EXPECT_EQ(host.host.memory_held(), 0u);
}

TEST(EnetHostBudgets, ForgedConnectsHoldLittleAndLeaveNothing) {
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config(4095, 255);
	config.allocator = memory.pointer();
	HostBench host(config);
	const size_t before = memory.live_bytes();
	for (unsigned i = 0; i < 8000; ++i) {
		Endpoint from;
		from.address = IPAddress::v4(198, 51, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i));
		from.port = 1000;
		WireParameters parameters;
		parameters.channels = 255;
		parameters.connect_id = i;
		host.receive(from, WireWriter(0xfff, 0, 1).connect(parameters));
	}
	EXPECT_LT(memory.live_bytes() - before, 24u << 20) << "4,095 half-open connections";
	host.flush();
	host.run_ms(70000);
	EXPECT_EQ(host.host.memory_held(), 0u);
	EXPECT_TRUE(host.events().empty());
	RawPeer honest(host, 1);
	EXPECT_TRUE(honest.connect());
}

TEST(EnetHostBudgets, EventsOfPeersTakeTurns) {
	HostBench host(HostBench::plain_config());
	RawPeer a(host, 1), b(host, 2);
	ASSERT_TRUE(a.connect());
	ASSERT_TRUE(b.connect());
	for (unsigned n = 1; n <= 3; ++n) a.send(a.stamped().reliable(0, n, "a"));
	for (unsigned n = 1; n <= 3; ++n) b.send(b.stamped().reliable(0, n, "b"));
	std::string order;
	for (const EnetEvent &event : host.events()) order += text_of(event.packet.view());
	EXPECT_EQ(order, "ababab");
}

TEST(EnetHostBudgets, AFloodOfUselessCommandsCostsLinearWork) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	const uint64_t before = host.host.counters().steps;
	size_t commands = 0;
	for (int i = 0; i < 500; ++i) {
		WireWriter datagram = raw.unstamped();
		for (unsigned n = 0; n < 400; ++n, ++commands) datagram.ack(static_cast<uint8_t>(n & 3), n * 7, 1);
		raw.send(datagram);
	}
	host.flush();
	EXPECT_LT(host.host.counters().steps - before, commands * 20);
}

TEST(EnetHostBudgets, WhatEverythingWaitsForIsTakenThoughTheLimitIsReached) {
	// Early packets have used up the limit. The application has nothing to take that would make room: if the one before
	// them were refused, the channel would stand still for ever.
	EnetHostConfig config = HostBench::plain_config();
	config.max_waiting_data = 10000;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	size_t early = 0;
	for (unsigned n = 2; n < 40; ++n) {
		early += acks_of(raw.ask(raw.stamped().reliable(0, n, std::string(1000, 'e'))), 0).size();
	}
	EXPECT_EQ(early, 10u);
	EXPECT_EQ(acks_of(raw.ask(raw.stamped().reliable(0, 1, std::string(1000, 'f'))), 0), std::vector<uint16_t>{1});
	// Now there is something to take, and what comes next waits until it has been.
	EXPECT_TRUE(acks_of(raw.ask(raw.stamped().reliable(0, 12, std::string(1000, 'n'))), 0).empty());
	EXPECT_EQ(host.events().size(), 11u);
	EXPECT_EQ(acks_of(raw.ask(raw.stamped().reliable(0, 12, std::string(1000, 'n'))), 0), std::vector<uint16_t>{12});
}

TEST(EnetHostBudgets, APieceOfTheMessageEverythingWaitsForIsTakenThoughTheLimitIsReached) {
	EnetHostConfig config = HostBench::plain_config();
	config.max_waiting_data = 10000;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	size_t early = 0;
	for (unsigned n = 21; n < 60; ++n) {
		early += acks_of(raw.ask(raw.stamped().reliable(0, n, std::string(1000, 'e'))), 0).size();
	}
	EXPECT_EQ(early, 10u);
	WirePiece piece;
	piece.start = 1;
	piece.count = 20;
	piece.total = 20000;
	for (piece.number = 0; piece.number < piece.count; ++piece.number) {
		piece.offset = piece.number * 1000;
		const uint16_t number = static_cast<uint16_t>(1 + piece.number);
		EXPECT_EQ(acks_of(raw.ask(raw.stamped().fragment(0, piece, std::string(1000, 'p'))), 0),
		        std::vector<uint16_t>{number});
	}
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 11u);
	EXPECT_EQ(events[0].packet.view().size, 20000u);
	EXPECT_EQ(raw.stats().waiting_data, 0u);
}
