// How connections end. docs/enet-protocol.md, sections 6 and 8; docs/enet-errata.md, 1, 10.
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

bool both_ended(SimPair &pair) {
	return pair.run_until([&] {
		return pair.client.count(EnetEventType::kDisconnect) == 1 && pair.server.count(EnetEventType::kDisconnect) == 1;
	});
}

void expect_nothing_held(SimPair &pair) {
	EXPECT_EQ(pair.client.host.memory_held(), 0u);
	EXPECT_EQ(pair.server.host.memory_held(), 0u);
	EXPECT_EQ(pair.client.host.connected_peers(), 0u);
	EXPECT_EQ(pair.server.host.connected_peers(), 0u);
}

} // namespace

TEST(EnetHostDisconnect, TheOtherEndLearnsTheDataAndWeGetZero) {
	SimPair pair = SimPair::connected(20, 1);
	const EnetPeerId id = pair.client.peer;
	ASSERT_EQ(pair.client.host.disconnect(id, 0xabcd), Error::OK);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kDisconnecting);
	ASSERT_TRUE(both_ended(pair));
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->data, 0xabcdu);
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kRemoteAsked);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->data, 0u);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kWeAsked);
	EXPECT_FALSE(pair.client.host.peer_is_current(id));
	EXPECT_EQ(pair.client.host.disconnect(id, 1), Error::ERR_UNCONFIGURED);
	expect_nothing_held(pair);
	pair.run_for_ms(10000);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 1u);
	EXPECT_EQ(pair.server.count(EnetEventType::kDisconnect), 1u);
}

TEST(EnetHostDisconnect, ALostDisconnectIsSentAgain) {
	SimPair pair = SimPair::connected(20, 2);
	pair.client_link().drop_next(1);
	ASSERT_EQ(pair.client.host.disconnect(pair.client.peer, 5), Error::OK);
	ASSERT_TRUE(both_ended(pair));
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kRemoteAsked);
}

TEST(EnetHostDisconnect, ALostAckOfTheDisconnectEndsInATimeoutAndOneEvent) {
	SimPair pair = SimPair::connected(20, 3);
	pair.server_link().drop_next(64);
	ASSERT_EQ(pair.client.host.disconnect(pair.client.peer, 5), Error::OK);
	ASSERT_TRUE(both_ended(pair));
	expect_nothing_held(pair);
}

TEST(EnetHostDisconnect, BothAtOnceEndsBothWithOneEventEach) {
	SimPair pair = SimPair::connected(20, 4);
	ASSERT_EQ(pair.client.host.disconnect(pair.client.peer, 1), Error::OK);
	ASSERT_EQ(pair.server.host.disconnect(pair.server.peer, 2), Error::OK);
	ASSERT_TRUE(both_ended(pair));
	pair.run_for_ms(60000);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 1u);
	EXPECT_EQ(pair.server.count(EnetEventType::kDisconnect), 1u);
	expect_nothing_held(pair);
}

TEST(EnetHostDisconnect, WithoutAStampADisconnectFreesTheSlotAtOnce) {
	HostBench host(HostBench::plain_config(1));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	EXPECT_TRUE(acks_of(raw.ask(raw.unstamped().disconnect(2, 9)), 0xff).empty());
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kDisconnect);
	EXPECT_EQ(events[0].data, 9u);
	EXPECT_EQ(events[0].reason, EnetDropReason::kRemoteAsked);
	EXPECT_EQ(host.host.memory_held(), 0u);
	RawPeer next(host, 2);
	EXPECT_TRUE(next.connect());
}

TEST(EnetHostDisconnect, AnUnsequencedDisconnectIsNotAcknowledged) {
	HostBench host(HostBench::plain_config(1));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	EXPECT_TRUE(raw.ask(raw.unstamped().disconnect(2, 7, false)).empty());
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].data, 7u);
}

TEST(EnetHostDisconnect, AReliableDisconnectIsAcknowledgedAndReported) {
	HostBench host(HostBench::plain_config(1));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	EXPECT_EQ(acks_of(raw.ask(raw.stamped().disconnect(2, 7)), 0xff), std::vector<uint16_t>{2});
	EXPECT_EQ(host.events().size(), 1u);
	EXPECT_TRUE(host.run_ms(5000).empty());
}

TEST(EnetHostDisconnect, WhatIsCompleteBeforeADisconnectIsDeliveredBeforeItsEvent) {
	for (bool stamped : {true, false}) {
		HostBench host(HostBench::plain_config());
		RawPeer raw(host, 1);
		ASSERT_TRUE(raw.connect());
		raw.send(raw.stamped().reliable(0, 1, "a").reliable(1, 1, "b").reliable(0, 3, "gap").unreliable(2, 0, 1, "u"));
		raw.send(raw.stamped().reliable(0, 2, "c").disconnect(2, 1, stamped));
		host.flush();
		std::vector<std::string> got;
		for (const EnetEvent &event : host.events()) {
			if (event.type == EnetEventType::kReceive)
				got.push_back(text_of(event.packet.view()));
			else
				got.push_back("END");
		}
		EXPECT_EQ(got, (std::vector<std::string>{"a", "b", "u", "c", "gap", "END"}));
		EXPECT_EQ(host.host.memory_held(), 0u);
	}
}

TEST(EnetHostDisconnect, WhatIsIncompleteAtADisconnectIsDropped) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	WirePiece piece;
	piece.start = 1;
	piece.count = 2;
	piece.total = 20;
	raw.send(raw.stamped().reliable(0, 2, "waits for one").fragment(1, piece, std::string(10, 'x')).disconnect(2, 1));
	host.flush();
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kDisconnect);
	EXPECT_EQ(host.host.memory_held(), 0u);
}

TEST(EnetHostDisconnect, LaterWaitsForWhatIsQueuedAndStillTakesData) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("last words"), kEnetReliable), Error::OK);
	ASSERT_EQ(host.host.disconnect_later(raw.id, 44), Error::OK);
	EXPECT_EQ(host.host.peer_state(raw.id), EnetPeerState::kDisconnectLater);
	EXPECT_EQ(host.host.send(raw.id, 0, view_of_text("too late"), kEnetReliable), Error::FAILED);
	const std::vector<WireDatagram> out = host.flush();
	EXPECT_EQ(commands_of(out, kWireReliable).size(), 1u);
	EXPECT_EQ(commands_of(out, kWireDisconnect).size(), 0u);

	WirePiece piece;
	piece.start = 2;
	piece.count = 2;
	piece.total = 20;
	std::vector<WireDatagram> reply =
	        raw.ask(raw.stamped().reliable(0, 1, "still here").fragment(0, piece, std::string(10, 'f')));
	EXPECT_EQ(acks_of(reply, 0), (std::vector<uint16_t>{1, 2}));
	piece.number = 1;
	piece.offset = 10;
	EXPECT_EQ(acks_of(raw.ask(raw.stamped().fragment(0, piece, std::string(10, 'g'))), 0), std::vector<uint16_t>{3});
	std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 2u);
	EXPECT_EQ(text_of(events[0].packet.view()), "still here");
	EXPECT_EQ(text_of(events[1].packet.view()), std::string(10, 'f') + std::string(10, 'g'));

	raw.acknowledge(host.sent);
	const std::vector<WireDatagram> goodbye = host.flush();
	const std::vector<WireCommand> disconnects = commands_of(goodbye, kWireDisconnect);
	ASSERT_EQ(disconnects.size(), 1u);
	EXPECT_EQ(disconnects[0].data, 44u);
	EXPECT_TRUE(disconnects[0].wants_ack);
	raw.acknowledge(goodbye);
	events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].reason, EnetDropReason::kWeAsked);
	EXPECT_EQ(host.host.memory_held(), 0u);
}

TEST(EnetHostDisconnect, LaterWithNothingOutstandingIsAtOnce) {
	SimPair pair = SimPair::connected(20, 5);
	ASSERT_EQ(pair.client.host.disconnect_later(pair.client.peer, 3), Error::OK);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kDisconnecting);
	ASSERT_TRUE(both_ended(pair));
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->data, 3u);
}

TEST(EnetHostDisconnect, LaterDeliversEverythingOverALossyLink) {
	SimPair::Options options = SimPair::options(30, 6);
	options.links.loss = 0.1;
	SimPair pair = SimPair::connected(options);
	for (int i = 0; i < 50; ++i) {
		ASSERT_EQ(pair.client.send(0, std::string(3000, static_cast<char>('a' + i % 26))), Error::OK);
	}
	ASSERT_EQ(pair.client.host.disconnect_later(pair.client.peer, 3), Error::OK);
	ASSERT_TRUE(both_ended(pair));
	EXPECT_EQ(pair.server.waiting(0), 50u);
	expect_nothing_held(pair);
}

TEST(EnetHostDisconnect, NowSendsOneDatagramAndGivesNoEvent) {
	SimPair pair = SimPair::connected(20, 7);
	const EnetPeerId id = pair.client.peer;
	ASSERT_EQ(pair.client.host.disconnect_now(id, 6), Error::OK);
	EXPECT_FALSE(pair.client.host.peer_is_current(id));
	EXPECT_EQ(pair.client.host.send(id, 0, view_of_text("x"), kEnetReliable), Error::ERR_UNCONFIGURED);
	ASSERT_TRUE(pair.run_until([&] { return pair.server.count(EnetEventType::kDisconnect) == 1; }));
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->data, 6u);
	pair.run_for_ms(5000);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 0u);
	expect_nothing_held(pair);
}

TEST(EnetHostDisconnect, ResetSendsNothingAndTheOtherEndTimesOut) {
	SimPair pair = SimPair::connected(20, 8);
	const uint64_t before = pair.client_link().counters().offered();
	ASSERT_EQ(pair.client.host.reset(pair.client.peer), Error::OK);
	ASSERT_TRUE(pair.run_until([&] { return pair.server.count(EnetEventType::kDisconnect) == 1; }));
	EXPECT_EQ(pair.client_link().counters().offered(), before);
	EXPECT_EQ(pair.server.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kTimedOut);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 0u);
	expect_nothing_held(pair);
}

TEST(EnetHostDisconnect, ResetWithPacketsWaitingGivesTheirMemoryBack) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text(std::string(50000, 'q')), kEnetReliable), Error::OK);
	raw.send(raw.stamped().reliable(0, 1, "waiting").reliable(0, 3, "incomplete"));
	EXPECT_GT(host.host.memory_held(), 0u);
	ASSERT_EQ(host.host.reset(raw.id), Error::OK);
	EXPECT_TRUE(host.events().empty());
	EXPECT_EQ(host.host.memory_held(), 0u);
	EXPECT_TRUE(host.run_ms(1000).empty());
}

TEST(EnetHostDisconnect, ADisconnectDuringTheHandshakeGivesNoEventAtTheResponder) {
	HostBench host(HostBench::plain_config(1));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.dial());
	raw.send(raw.unstamped().disconnect(2, 0, false));
	EXPECT_TRUE(host.events().empty());
	EXPECT_EQ(host.host.memory_held(), 0u);
	RawPeer next(host, 2);
	EXPECT_TRUE(next.connect());
}

TEST(EnetHostDisconnect, GivingUpAnAttemptGivesNoEventAndFreesTheSlot) {
	HostBench client(HostBench::plain_config(1));
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 1, 0, id), Error::OK);
	client.flush();
	ASSERT_EQ(client.host.disconnect(id, 0), Error::OK);
	client.run_ms(40000);
	EXPECT_TRUE(client.events().empty());
	EXPECT_EQ(client.host.memory_held(), 0u);
	EXPECT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 1, 0, id), Error::OK);
}

TEST(EnetHostDisconnect, AHandleToAReusedSlotIsRefused) {
	HostBench host(HostBench::plain_config(1));
	RawPeer first(host, 1);
	ASSERT_TRUE(first.connect());
	first.send(first.unstamped().disconnect(2, 0, false));
	ASSERT_EQ(host.events().size(), 1u);
	RawPeer second(host, 2);
	ASSERT_TRUE(second.connect());
	EXPECT_EQ(first.id.index, second.id.index);
	EXPECT_NE(first.id, second.id);
	EXPECT_FALSE(host.host.peer_is_current(first.id));
	EXPECT_EQ(host.host.peer_state(first.id), EnetPeerState::kDisconnected);
	EXPECT_EQ(host.host.send(first.id, 0, view_of_text("x"), kEnetReliable), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.host.reset(first.id), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.host.disconnect_now(first.id, 0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.host.ping(first.id), Error::ERR_UNCONFIGURED);
	EnetPeerStats stats;
	EXPECT_EQ(host.host.peer_stats(first.id, stats), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host.host.peer_state(second.id), EnetPeerState::kConnected);
}

TEST(EnetHostDisconnect, SendingToAPeerThatIsNotConnectedFails) {
	HostBench client(HostBench::plain_config(1));
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 2, 0, id), Error::OK);
	EXPECT_EQ(client.host.send(id, 0, view_of_text("x"), kEnetReliable), Error::FAILED);
	HostBench host(HostBench::plain_config(1));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	EXPECT_EQ(host.host.send(raw.id, 4, view_of_text("x"), kEnetReliable), Error::FAILED);
	EXPECT_EQ(host.host.send(raw.id, 0, view_of_text("x"), 4), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.host.send(raw.id, 0, view_of_text("x"), 16), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.host.send(raw.id, 0, EnetPacketRef()), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(host.flush().empty());
	raw.send(raw.stamped().disconnect(2, 0, false));
	EXPECT_NE(host.host.send(raw.id, 0, view_of_text("x"), kEnetReliable), Error::OK);
}

TEST(EnetHostDisconnect, APacketOutlivesItsHost) {
	EnetPacketRef kept;
	{
		HostBench host(HostBench::plain_config());
		RawPeer raw(host, 1);
		ASSERT_TRUE(raw.connect());
		raw.send(raw.stamped().reliable(0, 1, "keep me"));
		std::vector<EnetEvent> events = host.events();
		ASSERT_EQ(events.size(), 1u);
		kept = events[0].packet;
	}
	EXPECT_EQ(text_of(kept.view()), "keep me");
}
