// A host whose memory runs out: every request may fail, nothing breaks, nothing leaks.
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// Connect, a packet of each kind and size both ways, a fragmented one out of order, disconnect. False when a call said
// it had no memory.
bool small_life(FailingAllocator &memory) {
	bool all_ok = true;
	const auto note = [&](Error error) {
		EXPECT_TRUE(error == Error::OK || error == Error::ERR_OUT_OF_MEMORY || error == Error::FAILED ||
		            error == Error::ERR_UNCONFIGURED)
		        << error_name(error);
		all_ok = all_ok && error == Error::OK;
	};
	EnetHostConfig config = HostBench::plain_config(2, 2);
	config.allocator = memory.pointer();
	EnetHost server, client;
	note(server.init(config));
	config.seed = 43;
	note(client.init(config));
	const Endpoint server_at = HostBench::endpoint(1), client_at = HostBench::endpoint(2);
	Instant now = Instant::from_ms(5000);
	EnetPeerId to_server, to_client;
	note(client.connect(now, server_at, 2, 0, to_server));
	uint8_t bytes[kEnetMaxDatagramBytes];
	for (int turn = 0; turn < 400; ++turn) {
		now = now + Duration::from_ms(25);
		for (EnetHost *host : {&client, &server}) {
			EnetHost &other = host == &client ? server : client;
			host->handle_timeout(now);
			EnetTransmit out;
			for (int n = 0; n < 1000 && host->poll_transmit(now, MutBytes(bytes, sizeof bytes), out); ++n)
				other.receive(now, host == &client ? client_at : server_at, ByteView(bytes, out.size));
			EnetEvent event;
			while (host->poll_event(event)) {
				if (event.type == EnetEventType::kConnect && host == &server) to_client = event.peer;
				if (event.type == EnetEventType::kReceive && event.packet.view().size > 0) {
					EXPECT_EQ(event.packet.view()[0], 'x');
				}
			}
		}
		if (turn == 40 && !to_client.is_none()) {
			const std::string large(9000, 'x');
			for (uint32_t flags : {1u, 0u, 2u, 8u}) {
				note(client.send(to_server, 0, view_of_text("x"), flags));
				note(client.send(to_server, 1, view_of_text(large), flags));
				note(server.send(to_client, 1, view_of_text(large), flags));
			}
			note(server.broadcast(0, view_of_text("x"), kEnetReliable));
			note(client.ping(to_server));
			note(client.configure_throttle(to_server, 5000, 2, 2));
			const EnetPacketRef packet = client.make_packet(view_of_text("x"), kEnetReliable);
			if (packet) note(client.send(to_server, 0, packet));
		}
		if (turn == 300) {
			(void)client.disconnect(to_server, 1);
		}
	}
	return all_ok && memory.failures() == 0;
}

} // namespace

TEST(EnetHostMemory, EachFailingRequestEndsCleanly) {
	uint64_t requests = 0;
	{
		FailingAllocator memory;
		EXPECT_TRUE(small_life(memory));
		EXPECT_EQ(memory.live_blocks(), 0u);
		requests = memory.requests();
	}
	ASSERT_GT(requests, 0u);
	for (uint64_t n = 1; n <= requests; ++n) {
		SCOPED_TRACE("request " + std::to_string(n));
		FailingAllocator memory;
		memory.fail_nth(n);
		(void)small_life(memory);
		EXPECT_EQ(memory.failures(), 1u);
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
		if (HasFailure()) break;
	}
}

TEST(EnetHostMemory, AHostWithoutMemoryRefusesAndGoesOnWhenItComesBack) {
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config();
	config.allocator = memory.pointer();
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	memory.fail_all(true);
	std::vector<bool> acked(201, false);
	for (unsigned n = 1; n <= 200; ++n) {
		const auto acks = acks_of(raw.ask(raw.stamped().reliable(0, n, std::string(1300, 'x'))), 0);
		acked[n] = !acks.empty();
	}
	EXPECT_EQ(
	        host.host.send(raw.id, 0, view_of_text(std::string(100000, 'y')), kEnetReliable), Error::ERR_OUT_OF_MEMORY);
	RawPeer other(host, 2);
	(void)other.dial();
	EXPECT_GT(host.host.counters().out_of_memory, 0u);
	memory.fail_all(false);
	for (unsigned n = 1; n <= 200; ++n) {
		if (acked[n]) continue;
		EXPECT_EQ(acks_of(raw.ask(raw.stamped().reliable(0, n, std::string(1300, 'x'))), 0).size(), 1u);
	}
	EXPECT_EQ(host.events().size(), 200u);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kConnected);
}

TEST(EnetHostMemory, TheSteadyStateAsksTheAllocatorForNothing) {
	FailingAllocator memory;
	SimPair::Options options = SimPair::options(10, 1);
	options.client.allocator = options.server.allocator = memory.pointer();
	{
		SimPair pair = SimPair::connected(options);
		const auto round = [&] {
			for (uint32_t flags : {1u, 0u, 2u}) {
				ASSERT_EQ(pair.client.send(0, std::string(500, 'c'), flags), Error::OK);
				ASSERT_EQ(pair.server.send(1, std::string(50, 's'), flags), Error::OK);
			}
			pair.run_for_ms(50);
		};
		for (int i = 0; i < 100; ++i) round();
		const uint64_t before = memory.requests();
		for (int i = 0; i < 1000; ++i) round();
		EXPECT_EQ(memory.requests(), before);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
}

TEST(EnetHostMemory, LargeMessagesInTheSteadyStateAskTheAllocatorForNothing) {
	FailingAllocator memory;
	SimPair::Options options = SimPair::options(10, 1);
	options.client.allocator = options.server.allocator = memory.pointer();
	SimPair pair = SimPair::connected(options);
	const auto round = [&] {
		ASSERT_EQ(pair.client.send(0, std::string(65536, 'c'), kEnetReliable), Error::OK);
		ASSERT_EQ(pair.server.send(1, std::string(131072, 's'), kEnetReliable), Error::OK);
		pair.run_for_ms(200);
	};
	for (int i = 0; i < 20; ++i) round();
	const uint64_t before = memory.requests();
	for (int i = 0; i < 100; ++i) round();
	EXPECT_EQ(memory.requests(), before);
}

TEST(EnetHostMemory, WhatLargeMessagesTookGoesBackWhenNoMoreCome) {
	FailingAllocator memory;
	SimPair::Options options = SimPair::options(10, 1);
	options.client.allocator = options.server.allocator = memory.pointer();
	SimPair pair = SimPair::connected(options);
	const size_t before = memory.live_bytes();
	for (int i = 0; i < 20; ++i) ASSERT_EQ(pair.client.send(0, std::string(65536, 'c'), kEnetReliable), Error::OK);
	pair.run_for_ms(5000);
	EXPECT_GT(memory.peak_bytes(), before + 20 * 65536);
	EXPECT_LT(memory.live_bytes(), before + 8192);
}

TEST(EnetHostMemory, AnIdlePeerThatUsedTwoChannelsHoldsLessThanAKibibyte) {
	constexpr size_t kPeers = 64;
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config(kPeers, 2);
	config.allocator = memory.pointer();
	HostBench host(config);
	const size_t before = memory.live_bytes();
	std::vector<std::unique_ptr<RawPeer>> peers;
	for (size_t i = 0; i < kPeers; ++i) {
		peers.push_back(std::make_unique<RawPeer>(host, static_cast<uint8_t>(i + 1)));
		ASSERT_TRUE(peers.back()->connect());
	}
	for (const auto &peer : peers) {
		const auto confirm = [&](const std::vector<WireDatagram> &datagrams) {
			for (const WireDatagram &datagram : datagrams)
				for (const WireCommand &command : datagram.commands)
					if (command.wants_ack)
						peer->send(peer->unstamped().ack(command.channel, command.sequence, datagram.time));
		};
		for (uint8_t channel : {0, 1}) {
			confirm(peer->ask(peer->stamped().reliable(channel, 1, std::string(32, 'x'))));
			ASSERT_EQ(host.host.send(peer->id, channel, view_of_text(std::string(32, 'y')), kEnetReliable), Error::OK);
			confirm(host.flush());
		}
		EXPECT_EQ(peer->stats().unacknowledged_commands, 0u);
	}
	(void)host.events();
	EXPECT_EQ(host.host.connected_peers(), kPeers);
	EXPECT_LT((memory.live_bytes() - before) / kPeers, 1024u);
}
