// Sequence numbers: how far a sender may go ahead, what one message may span, and what happens when numbers wrap.
// docs/enet-protocol.md, sections 10.1 and 13; docs/enet-errata.md, 2, 3.
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

#include <set>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// Acknowledges everything but the numbers in `spared` (on channel 0) until the host falls silent; returns the highest
// number first sent on channel 0, counted without wrapping.
struct PickyPeer {
	PickyPeer(HostBench &bench, RawPeer &peer) : host(bench), raw(peer) {}
	HostBench &host;
	RawPeer &raw;
	std::set<uint16_t> spared;
	uint16_t highest = 0;

	void run(int max_rounds) {
		int silent = 0;
		for (int round = 0; round < max_rounds && silent < 3; ++round) {
			const std::vector<WireDatagram> out = host.advance_ms(1);
			silent = out.empty() ? silent + 1 : 0;
			for (const WireDatagram &datagram : out) {
				WireWriter acks = raw.unstamped();
				bool any = false;
				for (const WireCommand &command : datagram.commands) {
					if (!command.wants_ack) continue;
					if (command.channel == 0) {
						if (static_cast<uint16_t>(command.sequence - highest) < 0x8000) highest = command.sequence;
						if (spared.count(command.sequence) != 0) continue;
					}
					acks.ack(command.channel, command.sequence, datagram.time);
					any = true;
				}
				if (any) raw.send(acks);
			}
		}
	}
};

} // namespace

TEST(EnetHostWindows, TheSenderStaysWithinSixWindowsOfTheOldestUnacknowledged) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (int i = 0; i < 40000; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	}
	PickyPeer picky(host, raw);
	picky.spared = {1}; // as if the first datagram with it had died again and again
	picky.run(3000);
	EXPECT_EQ(picky.highest, 7 * 4096 - 1);
	picky.spared.clear();
	for (int i = 0; i < 40 && picky.highest < 40000; ++i) {
		host.now = host.now + Duration::from_ms(200);
		picky.run(3000);
	}
	EXPECT_EQ(picky.highest, 40000);
}

TEST(EnetHostWindows, AnIncompleteMessageHoldsTheSenderAtItsStart) {
	EnetHostConfig config = HostBench::plain_config();
	config.mtu = 576;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	const size_t piece_bytes = 576 - 28;
	for (int i = 0; i < 5000; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
	}
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text(std::string(20000 * piece_bytes, 'm')), kEnetReliable), Error::OK);
	for (int i = 0; i < 30000; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("y"), kEnetReliable), Error::OK);
	}
	PickyPeer picky(host, raw);
	// One piece in window 3 is missing. The receiver cannot pass the message's start (5001, window 1), so nothing of
	// window 8 may go out, though the oldest unacknowledged number lies in window 3.
	picky.spared = {3 * 4096 + 5};
	picky.run(20000);
	EXPECT_EQ(picky.highest, 8 * 4096 - 1);
	EXPECT_EQ(host.events().size(), 0u);
}

TEST(EnetHostWindows, AMessageOfSixWindowsGoesAndOneByteMoreIsRefused) {
	for (bool checksum : {false, true}) {
		EnetHostConfig config = HostBench::plain_config();
		config.mtu = 576;
		config.checksum = checksum;
		config.max_packet_size = 64u << 20;
		SimPair::Options options = SimPair::options(1, 1);
		options.client = options.server = config;
		options.server.seed = 99;
		SimPair pair = SimPair::connected(options);
		const size_t piece_bytes = 576 - 28 - (checksum ? 4 : 0);
		const std::string largest(kEnetMaxFragments * piece_bytes, 'L');
		const size_t held_before = pair.client.host.memory_held();
		EXPECT_EQ(pair.client.send(0, largest + "x"), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(pair.client.stats().queued_commands, 0u);
		EXPECT_EQ(pair.client.host.memory_held(), held_before);
		ASSERT_EQ(pair.client.send(0, largest), Error::OK);
		ASSERT_EQ(pair.client.send(0, "after"), Error::OK);
		ASSERT_TRUE(pair.run_until_idle());
		EXPECT_TRUE(pair.server.received(0) == largest);
		EXPECT_EQ(pair.server.received(0), "after");
	}
}

TEST(EnetHostWindows, TheLargestMessageArrivesWhereverItStarts) {
	for (size_t before : {0u, 1u, 4095u, 4096u, 5000u}) {
		EnetHostConfig config = HostBench::plain_config();
		config.mtu = 576;
		SimPair::Options options = SimPair::options(1, before + 1);
		options.client = options.server = config;
		options.server.seed = 99;
		options.links.loss = 0.01;
		SimPair pair = SimPair::connected(options);
		for (size_t i = 0; i < before; ++i) ASSERT_EQ(pair.client.send(0, "s"), Error::OK);
		const std::string largest(kEnetMaxFragments * size_t{576 - 28}, 'L');
		ASSERT_EQ(pair.client.send(0, largest), Error::OK);
		ASSERT_EQ(pair.client.send(0, "after"), Error::OK);
		ASSERT_TRUE(pair.run_until_idle());
		ASSERT_EQ(pair.server.waiting(0), before + 2);
		for (size_t i = 0; i < before; ++i) ASSERT_EQ(pair.server.received(0), "s");
		EXPECT_TRUE(pair.server.received(0) == largest);
		EXPECT_EQ(pair.server.received(0), "after");
	}
}

TEST(EnetHostWindows, SeventyThousandReliablePacketsWrapInOrder) {
	SimPair pair = SimPair::connected(1, 1);
	size_t next = 0;
	for (size_t i = 0; i < 70000; ++i) {
		ASSERT_EQ(pair.client.send(0, std::to_string(i)), Error::OK);
		if (i % 2000 != 1999) continue;
		ASSERT_TRUE(pair.run_until_idle());
		for (; next <= i; ++next) ASSERT_EQ(pair.server.received(0), std::to_string(next));
	}
	EXPECT_EQ(next, 70000u);
}

TEST(EnetHostWindows, SeventyThousandReliablePacketsWrapUnderLoss) {
	SimPair::Options options = SimPair::options(1, 2);
	options.links.loss = 0.02;
	options.links.reorder = 0.05;
	options.links.reorder_delay = Duration::from_ms(3);
	SimPair pair = SimPair::connected(options);
	for (size_t i = 0; i < 70000; ++i) ASSERT_EQ(pair.client.send(0, std::to_string(i)), Error::OK);
	ASSERT_TRUE(pair.run_until_idle());
	ASSERT_EQ(pair.server.waiting(0), 70000u);
	for (size_t i = 0; i < 70000; ++i) ASSERT_EQ(pair.server.received(0), std::to_string(i));
}

TEST(EnetHostWindows, SeventyThousandUnreliablePacketsNeverGoBack) {
	SimPair pair = SimPair::connected(1, 3);
	size_t arrived = 0;
	size_t latest = 0;
	size_t reliable = 0;
	for (size_t i = 1; i <= 70000; ++i) {
		ASSERT_EQ(pair.client.send(0, std::to_string(i), 0), Error::OK);
		if (i % 100 == 0) pair.run_for_ms(3);
	}
	pair.run_until_idle();
	while (pair.server.waiting(0) > 0) {
		const size_t number = std::stoul(pair.server.received(0));
		ASSERT_GT(number, latest);
		latest = number;
		++arrived;
	}
	for (const SimEvent &event : pair.server.events) reliable += (event.flags & kEnetReliable) != 0;
	EXPECT_EQ(latest, 70000u);
	EXPECT_GE(arrived, 69000u);
	EXPECT_EQ(reliable, 1u) << "number 65,535 is followed by one reliable packet, which starts the count again";
}

TEST(EnetHostWindows, SeventyThousandUnsequencedPacketsComeOnceEach) {
	SimPair::Options options = SimPair::options(1, 4);
	options.links.duplicate = 0.2;
	SimPair pair = SimPair::connected(options);
	std::vector<uint8_t> seen(70000, 0);
	for (size_t i = 0; i < 70000; ++i) {
		ASSERT_EQ(pair.client.send(1, std::to_string(i), kEnetUnsequenced), Error::OK);
		if (i % 100 == 0) pair.run_for_ms(3);
	}
	pair.run_until_idle();
	size_t arrived = 0;
	while (pair.server.waiting(1) > 0) {
		const size_t number = std::stoul(pair.server.received(1));
		ASSERT_EQ(seen[number], 0);
		seen[number] = 1;
		++arrived;
	}
	EXPECT_GE(arrived, 69000u);
}

TEST(EnetHostWindows, SystemNumbersWrapToo) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	// Our pings at the host, and its own at us.
	for (unsigned n = 2; n < 66000; ++n) {
		ASSERT_EQ(acks_of(raw.ask(raw.stamped().ping(n)), 0xff), std::vector<uint16_t>{static_cast<uint16_t>(n)});
	}
	for (int i = 0; i < 66000; ++i) {
		ASSERT_EQ(host.host.ping(raw.id), Error::OK);
		const std::vector<WireDatagram> out = host.flush();
		ASSERT_EQ(commands_of(out, kWirePing).size(), 1u);
		raw.acknowledge(out);
		host.now = host.now + Duration::from_us(100);
	}
	EXPECT_EQ(raw.stats().unacknowledged_commands, 0u);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kConnected);
}

TEST(EnetHostWindows, MixedKindsKeepTheirPlaceAcrossTheWrap) {
	SimPair pair = SimPair::connected(1, 5);
	size_t next = 0;
	for (size_t i = 0; i < 66000; ++i) {
		ASSERT_EQ(pair.client.send(0, "r" + std::to_string(i)), Error::OK);
		if (i % 1000 != 999) continue;
		ASSERT_EQ(pair.client.send(0, "u", 0), Error::OK);
		ASSERT_TRUE(pair.run_until_idle());
		for (; next <= i; ++next) ASSERT_EQ(pair.server.received(0), "r" + std::to_string(next));
		ASSERT_EQ(pair.server.received(0), "u");
	}
}
