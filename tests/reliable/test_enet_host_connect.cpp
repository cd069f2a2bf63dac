// How connections begin: handshake, refusals, forged answers, attempts that end. docs/enet-protocol.md, sections 7, 9.1.
#include "../support/enet_wire_script.h"
#include "../support/toy_compressor.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

TEST(EnetHostConnect, BothEndsReportTheConnectionWithTheDataOfTheDialler) {
	SimPair::Options options = SimPair::options(20, 1);
	options.server.max_channels = 3;
	options.channels = 5;
	SimPair pair(options);
	ASSERT_TRUE(pair.connect(0xc0ffee01));
	EXPECT_EQ(pair.server.last(EnetEventType::kConnect)->data, 0xc0ffee01u);
	EXPECT_EQ(pair.client.last(EnetEventType::kConnect)->data, 0u);
	EXPECT_EQ(pair.client.host.peer_channels(pair.client.peer), 3u);
	EXPECT_EQ(pair.server.host.peer_channels(pair.server.peer), 3u);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kConnected);
	EXPECT_EQ(pair.client.host.connected_peers(), 1u);
	EXPECT_EQ(pair.client.host.peer_endpoint(pair.client.peer), pair.server.at);
	EXPECT_EQ(pair.server.host.peer_endpoint(pair.server.peer), pair.client.at);
}

TEST(EnetHostConnect, ConnectIs52BytesAndItsAnswer48) {
	HostBench client(HostBench::plain_config());
	RawPeer server(client, 1);
	ASSERT_TRUE(server.accept());
	ASSERT_EQ(client.sent.size(), 1u);
	const WireDatagram &connect = client.sent[0];
	EXPECT_EQ(connect.size, 52u);
	EXPECT_TRUE(connect.whole);
	EXPECT_TRUE(connect.has_time);
	EXPECT_EQ(connect.peer, 0xfff);
	EXPECT_EQ(connect.session, 0);
	EXPECT_EQ(connect.time, client.stamp());
	EXPECT_TRUE(connect.commands[0].wants_ack);
	EXPECT_EQ(connect.commands[0].channel, 0xff);
	EXPECT_EQ(connect.commands[0].sequence, 1);
	EXPECT_EQ(connect.commands[0].parameters.in_session, 0xff);
	EXPECT_EQ(connect.commands[0].parameters.out_session, 0xff);
	EXPECT_EQ(connect.commands[0].parameters.mtu, 1392u);
	EXPECT_EQ(connect.commands[0].parameters.window, 65536u);

	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	raw.parameters.peer = 9;
	ASSERT_TRUE(raw.dial());
	EXPECT_EQ(host.sent[0].size, 48u);
	EXPECT_EQ(host.sent[0].peer, 9);
	EXPECT_EQ(raw.answer.connect_id, raw.parameters.connect_id);
	EXPECT_EQ(raw.answer.in_session, 0);
	EXPECT_EQ(raw.answer.out_session, 0);
	EXPECT_TRUE(host.events().empty()) << "nobody is connected before the acknowledgement";
}

TEST(EnetHostConnect, TheDiallerAcknowledgesTheAnswerAndPings) {
	HostBench client(HostBench::plain_config());
	RawPeer server(client, 1);
	ASSERT_TRUE(server.accept());
	const std::vector<WireDatagram> out = client.flush();
	EXPECT_EQ(acks_of(out, 0xff), std::vector<uint16_t>{1});
	const std::vector<EnetEvent> events = client.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kConnect);
	// A repeated answer, because that acknowledgement was lost, is acknowledged again and reported once.
	server.send(WireWriter(server.remote_peer, server.session, 8).verify(server.parameters));
	EXPECT_EQ(acks_of(client.flush(), 0xff), std::vector<uint16_t>{1});
	EXPECT_TRUE(client.events().empty());
}

TEST(EnetHostConnect, WhileConnectingOnlyVerifyConnectCounts) {
	HostBench client(HostBench::plain_config());
	RawPeer server(client, 1);
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, server.at(), 4, 0, id), Error::OK);
	const std::vector<WireDatagram> dial = client.flush();
	ASSERT_EQ(dial.size(), 1u);
	const uint16_t slot = dial[0].commands[0].parameters.peer;
	const uint16_t time = dial[0].time;
	client.receive(server.at(), WireWriter(slot, 0).ack(0xff, 1, time));
	client.receive(server.at(), WireWriter(slot, 0, 1).reliable(0, 1, "forged"));
	client.receive(server.at(), WireWriter(slot, 0, 1).ping(1));
	client.receive(server.at(), WireWriter(slot, 0).disconnect(1, 5, false));
	client.receive(server.at(), WireWriter(slot, 0, 1).disconnect(1, 5));
	EXPECT_TRUE(client.flush().empty());
	EXPECT_TRUE(client.events().empty());
	EXPECT_GE(client.host.counters().dropped_while_connecting, 5u);
	EXPECT_EQ(client.host.peer_state(id), EnetPeerState::kConnecting);
	// The CONNECT is still being sent, and its answer still counts.
	EXPECT_GE(commands_of(client.run_ms(2000), kWireConnect).size(), 1u);
	ASSERT_TRUE(server.answer_connect(dial, nullptr));
	const std::vector<EnetEvent> events = client.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kConnect);
}

TEST(EnetHostConnect, AForgedAckOfTheConnectDoesNotStopTheAttempt) {
	SimPair pair(SimPair::options(50, 3));
	ASSERT_EQ(pair.world().connect(pair.client, pair.server, 2, 0), Error::OK);
	// The first CONNECT is lost; ten forged acknowledgements with every plausible stamp arrive meanwhile.
	pair.client_link().drop_next(1);
	for (int i = 0; i < 10; ++i) {
		WireWriter forged(pair.client.peer.index, 0);
		for (uint16_t time = 0; time < 100; ++time) forged.ack(0xff, 1, static_cast<uint16_t>(time + i * 100));
		ASSERT_EQ(pair.world().network().send(pair.now(), pair.server.at, pair.client.at, view_of_text(forged.bytes())),
		        Error::OK);
	}
	EXPECT_TRUE(pair.run_until([&] { return pair.server.count(EnetEventType::kConnect) == 1; }));
}

TEST(EnetHostConnect, AnAttemptEndsAtItsTimeoutWithOneDisconnect) {
	EnetHostConfig config = HostBench::plain_config();
	config.connect_timeout = Duration::from_ms(3000);
	HostBench client(config);
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 4, 0, id), Error::OK);
	client.run_ms(2990);
	EXPECT_TRUE(client.events().empty());
	client.run_ms(20);
	const std::vector<EnetEvent> events = client.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kDisconnect);
	EXPECT_EQ(events[0].reason, EnetDropReason::kConnectTimedOut);
	EXPECT_EQ(events[0].data, 0u);
	EXPECT_EQ(events[0].peer, id);
	EXPECT_FALSE(client.host.peer_is_current(id));
	EXPECT_EQ(client.host.memory_held(), 0u);
	EXPECT_TRUE(client.run_ms(5000).empty());
}

TEST(EnetHostConnect, ADialThatWaitsSendsNothingUntilItIsStarted) {
	HostBench client(HostBench::plain_config());
	EnetPeerId id;
	ASSERT_EQ(client.host.connect_later(client.now, HostBench::endpoint(1), 4, 77, id), Error::OK);
	EXPECT_EQ(client.host.peer_state(id), EnetPeerState::kConnecting);
	EXPECT_TRUE(client.run_ms(3000).empty());
	ASSERT_EQ(client.host.start_dial(id), Error::OK);
	EXPECT_EQ(client.host.start_dial(id), Error::OK) << "once is enough";
	const std::vector<WireDatagram> sent = client.flush();
	ASSERT_EQ(commands_of(sent, kWireConnect).size(), 1u);
	EXPECT_EQ(sent[0].time, client.stamp()) << "the round trip is measured from here";
	EXPECT_EQ(client.host.start_dial(EnetPeerId()), Error::ERR_UNCONFIGURED);
}

TEST(EnetHostConnect, ADialThatIsNeverStartedEndsAtTheConnectTimeout) {
	HostBench client(HostBench::plain_config());
	EnetPeerId id;
	ASSERT_EQ(client.host.connect_later(client.now, HostBench::endpoint(1), 4, 0, id), Error::OK);
	EXPECT_TRUE(client.run_ms(31600).empty());
	const std::vector<EnetEvent> events = client.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].reason, EnetDropReason::kConnectTimedOut);
}

TEST(EnetHostConnect, WhatTheTransportLostEndsWithOneEventAndItsReason) {
	SimPair pair = SimPair::connected(SimPair::options(20, 1));
	ASSERT_EQ(pair.client.send(0, "never to be acknowledged"), Error::OK);
	ASSERT_EQ(pair.client.host.end(pair.client.peer, EnetDropReason::kSessionLost), Error::OK);
	(void)pair.client.host.end(pair.client.peer, EnetDropReason::kTimedOut);
	pair.run_for_ms(100);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 1u);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kSessionLost);
	EXPECT_EQ(pair.client.host.memory_held(), 0u);
	EXPECT_EQ(pair.client.host.end(pair.client.peer, EnetDropReason::kSessionLost), Error::ERR_UNCONFIGURED);
}

TEST(EnetHostConnect, AnUnansweredAttemptEndsAfterHalfAMinute) {
	HostBench client(HostBench::plain_config());
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 4, 0, id), Error::OK);
	const std::vector<WireDatagram> sent = client.run_ms(31600);
	EXPECT_GE(commands_of(sent, kWireConnect).size(), 6u);
	EXPECT_EQ(client.events().size(), 1u);
}

TEST(EnetHostConnect, TheTimeoutIsForTheAttemptAndNotForTheConnection) {
	SimPair::Options options = SimPair::options(20, 1);
	options.client.connect_timeout = options.server.connect_timeout = Duration::from_ms(1000);
	SimPair pair = SimPair::connected(options);
	pair.run_for_ms(5000);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kConnected);
	EXPECT_EQ(pair.server.state(), EnetPeerState::kConnected);
}

TEST(EnetHostConnect, AnAnswerThatDoesNotMatchEndsTheAttempt) {
	const std::vector<std::pair<const char *, std::function<void(WireParameters &)>>> faults = {
	        {"no peer id", [](WireParameters &p) { p.peer = 0xfff; }},
	        {"peer id beyond 12 bits", [](WireParameters &p) { p.peer = 0x4000; }},
	        {"incoming session 4", [](WireParameters &p) { p.in_session = 4; }},
	        {"outgoing session 4", [](WireParameters &p) { p.out_session = 4; }},
	        {"outgoing session 255", [](WireParameters &p) { p.out_session = 255; }},
	        {"throttle interval", [](WireParameters &p) { p.interval += 1; }},
	        {"throttle acceleration", [](WireParameters &p) { p.acceleration += 1; }},
	        {"throttle deceleration", [](WireParameters &p) { p.deceleration += 1; }},
	        {"connect id", [](WireParameters &p) { p.connect_id ^= 1; }},
	        {"no channels", [](WireParameters &p) { p.channels = 0; }},
	        {"256 channels", [](WireParameters &p) { p.channels = 256; }},
	};
	for (const auto &[name, change] : faults) {
		SCOPED_TRACE(name);
		HostBench client(HostBench::plain_config());
		RawPeer server(client, 1);
		ASSERT_TRUE(server.accept(change));
		const std::vector<EnetEvent> events = client.events();
		ASSERT_EQ(events.size(), 1u);
		EXPECT_EQ(events[0].type, EnetEventType::kDisconnect);
		EXPECT_EQ(events[0].reason, EnetDropReason::kRefused);
		EXPECT_FALSE(client.host.peer_is_current(server.id));
		EXPECT_EQ(client.host.memory_held(), 0u);
	}
}

TEST(EnetHostConnect, TheAnswerMayLowerChannelsMtuAndWindow) {
	HostBench client(HostBench::plain_config());
	RawPeer server(client, 1);
	ASSERT_TRUE(server.accept([](WireParameters &p) {
		p.channels = 2;
		p.mtu = 600;
		p.window = 8192;
		p.in_bandwidth = 1000;
		p.out_bandwidth = 2000;
	}));
	EXPECT_EQ(client.host.peer_channels(server.id), 2u);
	EXPECT_EQ(server.stats().mtu, 600u);
	EXPECT_EQ(server.stats().window_size, 8192u);
	EXPECT_EQ(server.stats().incoming_bandwidth, 1000u);
	EXPECT_EQ(server.stats().outgoing_bandwidth, 2000u);

	HostBench other(HostBench::plain_config());
	RawPeer generous(other, 1);
	ASSERT_TRUE(generous.accept([](WireParameters &p) {
		p.channels = 200;
		p.mtu = 4096;
		p.window = 1u << 30;
	}));
	EXPECT_EQ(other.host.peer_channels(generous.id), 4u);
	EXPECT_EQ(generous.stats().mtu, 1392u);
	EXPECT_EQ(generous.stats().window_size, 65536u);
}

TEST(EnetHostConnect, VerifyConnectIsSentAgainUntilItsAckArrives) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.dial());
	// Our ACK is lost; like a stock client we send no CONNECT any more.
	const std::vector<WireDatagram> again = host.run_ms(4000);
	const size_t copies = commands_of(again, kWireVerify).size();
	EXPECT_GE(copies, 2u);
	EXPECT_TRUE(host.events().empty());
	ASSERT_FALSE(again.empty());
	raw.send(raw.unstamped().ack(0xff, 1, again.back().time));
	const std::vector<EnetEvent> events = host.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kConnect);
}

TEST(EnetHostConnect, ALostAckOfVerifyConnectDelaysTheConnectionOnly) {
	SimPair pair(SimPair::options(20, 5));
	ASSERT_EQ(pair.world().connect(pair.client, pair.server, 2, 0), Error::OK);
	ASSERT_TRUE(pair.run_until([&] { return pair.client_link().counters().offered() == 1; }));
	pair.client_link().drop_next(1); // the CONNECT is through; the ACK dies
	EXPECT_TRUE(pair.run_until([&] { return pair.server.count(EnetEventType::kConnect) == 1; }));
	EXPECT_EQ(pair.client_link().counters().of(SimFate::kDropped), 1u);
}

TEST(EnetHostConnect, AnAbandonedHalfOpenConnectionLeavesNothingAndNobodyHears) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.dial());
	host.run_ms(70000);
	EXPECT_TRUE(host.events().empty());
	EXPECT_EQ(host.host.memory_held(), 0u);
	EXPECT_EQ(host.host.connected_peers(), 0u);
	// The slots are free again.
	for (uint8_t i = 0; i < 4; ++i) {
		RawPeer next(host, static_cast<uint8_t>(10 + i));
		EXPECT_TRUE(next.connect());
	}
}

TEST(EnetHostConnect, DataBeforeTheAckOfVerifyConnectIsNotTaken) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.dial());
	EXPECT_TRUE(acks_of(raw.ask(raw.stamped().reliable(0, 1, "early")), 0).empty());
	// An acknowledgement of something else does not connect.
	raw.send(raw.unstamped().ack(0, 1, raw.verify_time));
	raw.send(raw.unstamped().ack(0xff, 2, raw.verify_time));
	raw.send(raw.unstamped().ack(0xff, 1, static_cast<uint16_t>(raw.verify_time + 1)));
	EXPECT_TRUE(host.events().empty());
	raw.send(raw.unstamped().ack(0xff, 1, raw.verify_time));
	EXPECT_EQ(host.events().size(), 1u);
}

TEST(EnetHostConnect, AFullHostIsSilent) {
	HostBench host(HostBench::plain_config(1));
	RawPeer first(host, 1);
	ASSERT_TRUE(first.connect());
	host.sent.clear();
	RawPeer second(host, 2);
	EXPECT_FALSE(second.dial());
	EXPECT_TRUE(host.sent.empty());
	EXPECT_EQ(host.host.counters().refused_connects, 1u);
	EnetPeerId id;
	EXPECT_EQ(host.host.connect(host.now, second.at(), 1, 0, id), Error::ERR_CANT_CREATE);
}

TEST(EnetHostConnect, ConnectWithImpossibleFieldsIsRefused) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	raw.parameters.channels = 0;
	EXPECT_FALSE(raw.dial());
	raw.parameters.channels = 256;
	EXPECT_FALSE(raw.dial());
	raw.parameters.channels = 255;
	raw.parameters.peer = 0xfff;
	EXPECT_FALSE(raw.dial());
	raw.parameters.peer = 0xf000;
	EXPECT_FALSE(raw.dial());
	EXPECT_EQ(host.host.counters().refused_connects, 4u);
	EXPECT_EQ(host.host.memory_held(), 0u);
	raw.parameters.peer = 0xffe;
	EXPECT_TRUE(raw.dial());
	EXPECT_EQ(raw.answer.channels, 4u);
}

TEST(EnetHostConnect, ARepeatedConnectTakesNoSecondSlot) {
	HostBench host(HostBench::plain_config(2));
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.dial());
	for (int i = 0; i < 5; ++i) host.receive(raw.at(), WireWriter(0xfff, 0, host.stamp()).connect(raw.parameters));
	EXPECT_EQ(host.host.counters().repeated_connects, 5u);
	RawPeer other(host, 2);
	EXPECT_TRUE(other.connect());
	raw.send(raw.unstamped().ack(0xff, 1, raw.verify_time));
	EXPECT_EQ(host.events().size(), 1u);
}

TEST(EnetHostConnect, ConnectionsFromOneAddressAreLimited) {
	EnetHostConfig config = HostBench::plain_config(8);
	config.duplicate_peers = 2;
	HostBench host(config);
	RawPeer a(host, 1, 1000), b(host, 1, 1001), c(host, 1, 1002), d(host, 2, 1000);
	b.parameters.connect_id = 2;
	c.parameters.connect_id = 3;
	EXPECT_TRUE(a.connect());
	EXPECT_TRUE(b.connect());
	EXPECT_FALSE(c.dial());
	EXPECT_TRUE(d.connect());
	EXPECT_EQ(host.host.counters().refused_connects, 1u);
}

TEST(EnetHostConnect, SessionIdsOfASlotCount0123AndStartAgain) {
	HostBench host(HostBench::plain_config(1));
	std::vector<int> fresh;
	for (uint32_t i = 0; i < 6; ++i) {
		RawPeer raw(host, 1);
		raw.parameters.connect_id = i + 1;
		ASSERT_TRUE(raw.connect());
		EXPECT_EQ(raw.answer.in_session, raw.answer.out_session);
		fresh.push_back(raw.answer.in_session);
		raw.send(raw.unstamped().disconnect(2, 0, false));
		EXPECT_EQ(host.events().size(), 1u);
	}
	EXPECT_EQ(fresh, (std::vector<int>{0, 1, 2, 3, 0, 1}));
}

TEST(EnetHostConnect, TwoHostsReconnectingUseSessions012301) {
	SimPair::Options options = SimPair::options(5, 1);
	options.client.max_peers = options.server.max_peers = 1;
	SimPair pair(options);
	struct Seen {
		std::vector<int> sessions;
		static void look(void *user, Instant, const Endpoint &, const Endpoint &, ByteView bytes, SimFate) {
			const WireDatagram datagram = read_wire(bytes);
			for (const WireCommand &command : datagram.commands)
				if (command.number == kWireVerify)
					static_cast<Seen *>(user)->sessions.push_back(command.parameters.in_session);
		}
	} seen;
	pair.world().network().set_tap(SimTap{&seen, Seen::look});
	for (int i = 0; i < 6; ++i) {
		ASSERT_TRUE(pair.connect());
		ASSERT_EQ(pair.client.send(0, "round"), Error::OK);
		pair.run_until_idle();
		EXPECT_EQ(pair.server.received(0), "round");
		ASSERT_EQ(pair.client.host.disconnect(pair.client.peer, 0), Error::OK);
		const size_t ended = static_cast<size_t>(i) + 1;
		ASSERT_TRUE(pair.run_until([&] {
			return pair.client.count(EnetEventType::kDisconnect) == ended &&
			       pair.server.count(EnetEventType::kDisconnect) == ended;
		}));
	}
	EXPECT_EQ(seen.sessions, (std::vector<int>{0, 1, 2, 3, 0, 1}));
}

TEST(EnetHostConnect, ALimitLowersTheMtuOfConnectionsToCome) {
	HostBench client(HostBench::plain_config());
	EXPECT_EQ(client.host.limit_mtu(575), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(client.host.limit_mtu(4097), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(client.host.limit_mtu(1352), Error::OK);
	EXPECT_EQ(client.host.limit_mtu(1400), Error::OK) << "never raises it";
	EnetPeerId id;
	ASSERT_EQ(client.host.connect(client.now, HostBench::endpoint(1), 4, 0, id), Error::OK);
	EXPECT_EQ(commands_of(client.flush(), kWireConnect).at(0).parameters.mtu, 1352u);
}

TEST(EnetHostConnect, TheMtuIsTheSmallerOfBoth) {
	for (const auto &[asked, answered] : std::vector<std::pair<uint32_t, uint32_t>>{
	             {1392, 1392}, {1400, 1392}, {4096, 1392}, {9000, 1392}, {1000, 1000}, {576, 576}, {100, 576}}) {
		HostBench host(HostBench::plain_config());
		RawPeer raw(host, 1);
		raw.parameters.mtu = asked;
		ASSERT_TRUE(raw.connect());
		EXPECT_EQ(raw.answer.mtu, answered);
		EXPECT_EQ(raw.stats().mtu, answered);
	}
}

TEST(EnetHostConnect, ASessionThisSlotHadLastIsNotGivenAgainWhateverTheDiallerHad) {
	HostBench host(HostBench::plain_config(1));
	RawPeer first(host, 1);
	ASSERT_TRUE(first.connect()); // sessions 0 and 0
	first.send(first.unstamped().disconnect(2, 0, false));
	EXPECT_EQ(host.events().size(), 1u);
	RawPeer second(host, 2);
	second.parameters.connect_id = 7;
	second.parameters.in_session = second.parameters.out_session = 3; // one on from there would be 0 again
	ASSERT_TRUE(second.dial());
	EXPECT_EQ(second.answer.in_session, 1);
	EXPECT_EQ(second.answer.out_session, 1);
}

TEST(EnetHostConnect, TheLargestMtuWithAChecksumStillFitsWhatAReceiverTakes) {
	SimPair::Options options = SimPair::options(5, 1);
	options.client.mtu = options.server.mtu = kEnetMaxMtu;
	options.client.checksum = options.server.checksum = true;
	SimPair pair = SimPair::connected(options);
	for (size_t size = 4040; size <= 4096; ++size) {
		ASSERT_EQ(pair.client.send(0, std::string(size, 'c')), Error::OK);
		ASSERT_EQ(pair.client.send(0, "small one that fills up"), Error::OK);
	}
	ASSERT_TRUE(pair.run_until_idle());
	EXPECT_EQ(pair.server.waiting(0), 2u * 57);
	EXPECT_EQ(pair.server.counters().dropped_oversized, 0u);
}

TEST(EnetHostConnect, NoDatagramIsLongerThanTheAgreedMtu) {
	for (bool checksum : {false, true}) {
		SimPair::Options options = SimPair::options(5, 1);
		options.client.mtu = 600;
		options.client.checksum = options.server.checksum = checksum;
		SimPair pair = SimPair::connected(options);
		struct Longest {
			size_t bytes = 0;
			static void look(void *user, Instant, const Endpoint &, const Endpoint &, ByteView bytes, SimFate) {
				size_t &most = static_cast<Longest *>(user)->bytes;
				most = bytes.size > most ? bytes.size : most;
			}
		} longest;
		pair.world().network().set_tap(SimTap{&longest, Longest::look});
		for (size_t size : {1u, 500u, 566u, 572u, 573u, 10000u}) {
			ASSERT_EQ(pair.client.send(0, std::string(size, 'c')), Error::OK);
			ASSERT_EQ(pair.server.send(0, std::string(size, 's')), Error::OK);
			ASSERT_EQ(pair.server.send(1, std::string(size, 'u'), kEnetUnreliableFragment), Error::OK);
		}
		pair.run_until_idle();
		EXPECT_EQ(pair.server.waiting(0), 6u);
		EXPECT_EQ(pair.client.waiting(0), 6u);
		EXPECT_LE(longest.bytes, checksum ? 604u : 600u);
		EXPECT_GT(longest.bytes, 560u);
	}
}

TEST(EnetHostConnect, OneHostDialsSeveralOthers) {
	SimWorld world(1);
	EnetHostConfig config = HostBench::plain_config(4);
	SimHost &client = world.add_host(config);
	std::vector<EnetPeerId> ids;
	for (int i = 0; i < 3; ++i) {
		SimHost &server = world.add_host(config);
		ASSERT_EQ(world.connect(client, server, 2, 0), Error::OK);
		ids.push_back(client.peer);
	}
	ASSERT_TRUE(world.run_until([&] { return client.count(EnetEventType::kConnect) == 3; }));
	EXPECT_EQ(client.host.broadcast(1, view_of_text("all"), kEnetReliable), Error::OK);
	for (size_t i = 0; i < 3; ++i)
		EXPECT_EQ(client.host.send(ids[i], 0, view_of_text(std::to_string(i)), kEnetReliable), Error::OK);
	world.run_until_idle();
	for (size_t i = 0; i < 3; ++i) {
		EXPECT_EQ(world.host(i + 1).received(1), "all");
		EXPECT_EQ(world.host(i + 1).received(0), std::to_string(i));
	}
}

TEST(EnetHostConnect, TwoHostsMayDialEachOther) {
	SimWorld world(1);
	SimHost &a = world.add_host(HostBench::plain_config(4));
	EnetHostConfig other = HostBench::plain_config(4);
	other.seed = 43;
	SimHost &b = world.add_host(other);
	ASSERT_EQ(world.connect(a, b, 2), Error::OK);
	ASSERT_EQ(world.connect(b, a, 2), Error::OK);
	world.run_for(Duration::from_ms(2000));
	EXPECT_EQ(a.count(EnetEventType::kConnect), 2u);
	EXPECT_EQ(b.count(EnetEventType::kConnect), 2u);
	EXPECT_EQ(a.host.connected_peers(), 2u);
}

TEST(EnetHostConnect, BadArgumentsAreRefusedAndChangeNothing) {
	EnetHost empty;
	EnetPeerId id;
	EXPECT_EQ(empty.connect(Instant(), HostBench::endpoint(1), 1, 0, id), Error::ERR_UNCONFIGURED);
	EnetHostConfig config = HostBench::plain_config();
	config.max_peers = 0;
	EXPECT_EQ(empty.init(config), Error::ERR_INVALID_PARAMETER);
	config.max_peers = 4096;
	EXPECT_EQ(empty.init(config), Error::ERR_INVALID_PARAMETER);
	config.max_peers = 4095;
	config.mtu = 575;
	EXPECT_EQ(empty.init(config), Error::ERR_INVALID_PARAMETER);
	config.mtu = 4097;
	EXPECT_EQ(empty.init(config), Error::ERR_INVALID_PARAMETER);
	EXPECT_FALSE(empty.is_initialized());
	config.mtu = 4096;
	EXPECT_EQ(empty.init(config), Error::OK);
	EXPECT_EQ(empty.init(config), Error::ERR_ALREADY_IN_USE);
	Endpoint nowhere = HostBench::endpoint(1);
	nowhere.port = 0;
	EXPECT_EQ(empty.connect(Instant(), nowhere, 1, 0, id), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(empty.connect(Instant(), Endpoint(), 1, 0, id), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(empty.memory_held(), 0u);
	EXPECT_TRUE(empty.next_timeout().is_never());
}

TEST(EnetHostConnect, DatagramsThatFitNobodyAreCountedAndDropped) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	const EnetHostCounters &counters = host.host.counters();
	host.receive(raw.at(), std::string());
	host.receive(raw.at(), std::string(1, '\x80'));
	host.receive(raw.at(), std::string("\x80\x00\x01", 3));
	EXPECT_EQ(counters.dropped_short, 3u);
	host.receive(raw.at(), std::string(5000, '\0'));
	EXPECT_EQ(counters.dropped_oversized, 1u);
	host.receive(raw.at(), WireWriter(3, 0, 1).ping(2));
	host.receive(raw.at(), WireWriter(4, 0, 1).ping(2));
	host.receive(raw.at(), WireWriter(0xffe, 0, 1).ping(2));
	EXPECT_EQ(counters.dropped_unknown_peer, 3u);
	host.receive(HostBench::endpoint(1, 5001), raw.stamped().ping(2));
	host.receive(HostBench::endpoint(2), raw.stamped().ping(2));
	EXPECT_EQ(counters.dropped_wrong_address, 2u);
	raw.send(WireWriter(raw.remote_peer, (raw.session + 1) & 3, host.stamp()).ping(2));
	EXPECT_EQ(counters.dropped_wrong_session, 1u);
	raw.send(WireWriter(0xfff, 0, 1).ping(2));
	EXPECT_TRUE(host.flush().empty());
	EXPECT_EQ(acks_of(raw.ask(raw.stamped().ping(2)), 0xff), std::vector<uint16_t>{2});
}

TEST(EnetHostConnect, AChecksumOnOneSideOnlyConnectsNobody) {
	SimPair::Options options = SimPair::options(5, 1);
	options.server.checksum = true;
	options.client.connect_timeout = Duration::from_ms(2000);
	SimPair pair(options);
	ASSERT_EQ(pair.world().connect(pair.client, pair.server, 1), Error::OK);
	EXPECT_TRUE(pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) == 1; }));
	EXPECT_EQ(pair.server.events.size(), 0u);
	EXPECT_GT(pair.server.counters().dropped_checksum, 0u);
}

TEST(EnetHostConnect, ACompressedDatagramOfAStrangerYieldsAtMost128Bytes) {
	ToyCompressor codec;
	EnetHostConfig config = HostBench::plain_config();
	config.compressor = &codec;
	HostBench host(config);
	RawPeer raw(host, 1);
	std::string connect = WireWriter(0xfff, 0, host.stamp()).connect(raw.parameters).bytes();
	host.receive(raw.at(), ToyCompressor::compressed(connect + std::string(100, '\0'), 4));
	EXPECT_EQ(codec.decompressions, 1u);
	EXPECT_LE(codec.largest_room, size_t{kEnetUnknownDecompressMax});
	EXPECT_EQ(host.host.counters().dropped_decompression, 1u);
	EXPECT_TRUE(host.flush().empty());
	host.receive(raw.at(), ToyCompressor::compressed(connect, 4));
	EXPECT_EQ(codec.decompressions, 2u);
	EXPECT_EQ(commands_of(host.flush(), kWireVerify).size(), 1u);
	EXPECT_LE(codec.largest_room, size_t{kEnetUnknownDecompressMax});
}

TEST(EnetHostConnect, StrangersCannotMakeUsDecompressWithoutLimit) {
	ToyCompressor codec;
	EnetHostConfig config = HostBench::plain_config();
	config.compressor = &codec;
	HostBench host(config);
	const std::string junk = ToyCompressor::compressed(WireWriter(0xfff, 0, 1).ping(1).bytes(), 4);
	for (int i = 0; i < 5000; ++i) host.receive(HostBench::endpoint(static_cast<uint8_t>(i & 255)), junk);
	EXPECT_LE(codec.decompressions, size_t{kEnetUnknownDecompressPerSecond} + 1);
	EXPECT_GE(host.host.counters().dropped_decompression, 3900u);
	const size_t before = codec.decompressions;
	host.now = host.now + Duration::from_ms(1100);
	host.receive(HostBench::endpoint(1), junk);
	EXPECT_EQ(codec.decompressions, before + 1);
}

TEST(EnetHostConnect, OnlyTheRightAddressAndSessionReachTheDecompressor) {
	ToyCompressor codec;
	EnetHostConfig config = HostBench::plain_config();
	config.compressor = &codec;
	HostBench host(config);
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	const std::string ping = ToyCompressor::compressed(raw.stamped().ping(2).bytes(), 4);
	host.receive(HostBench::endpoint(2), ping);
	host.receive(
	        raw.at(), ToyCompressor::compressed(
	                          WireWriter(raw.remote_peer, (raw.session + 1) & 3, host.stamp()).ping(2).bytes(), 4));
	EXPECT_EQ(codec.decompressions, 0u);
	host.receive(raw.at(), ping);
	EXPECT_EQ(codec.decompressions, 1u);
	EXPECT_LE(codec.largest_room, size_t{kEnetMaxMtu});
	EXPECT_EQ(acks_of(host.flush(), 0xff), std::vector<uint16_t>{2});
	// Without a codec such a datagram is dropped.
	host.host.set_compressor(nullptr);
	host.receive(raw.at(), ping);
	EXPECT_EQ(host.host.counters().dropped_decompression, 1u);
}

// A codec that says what it costs: 1 ms for a datagram.
class SlowToyCompressor : public ToyCompressor {
public:
	uint32_t decompress_ns_per_byte() const override { return 1000; }
};

TEST(EnetHostConnect, APeersDatagramsCostNoMoreThanItsShareOfACore) {
	SlowToyCompressor codec;
	EnetHostConfig config = HostBench::plain_config();
	config.compressor = &codec;
	config.decompress_share = 10;
	HostBench host(config);
	RawPeer raw(host, 1), quiet(host, 2);
	ASSERT_TRUE(raw.connect());
	ASSERT_TRUE(quiet.connect());
	const std::string bomb = ToyCompressor::compressed(raw.stamped().bytes() + std::string(1000, '\0'), 4);
	const std::string broken = ToyCompressor::compressed(raw.stamped().bytes() + std::string(8000, '\0'), 4);
	for (const std::string &datagram : {bomb, broken}) {
		host.now = host.now + Duration::from_s(10);
		const size_t before = codec.decompressions;
		const uint64_t untried = host.host.counters().dropped_decompress_budget;
		for (int ms = 0; ms < 2000; ++ms) {
			for (int i = 0; i < 5; ++i) host.receive(raw.at(), datagram);
			host.now = host.now + Duration::from_ms(1);
		}
		// 10 % of two seconds is 200 ms, and what may come at once is 20 ms more.
		EXPECT_LE(codec.decompressions - before, 225u);
		EXPECT_GE(codec.decompressions - before, 100u);
		EXPECT_GE(host.host.counters().dropped_decompress_budget - untried, 9000u);
	}
	// Somebody else's share is untouched.
	const size_t before = codec.decompressions;
	host.receive(quiet.at(), ToyCompressor::compressed(quiet.stamped().ping(2).bytes(), 4));
	EXPECT_EQ(codec.decompressions, before + 1);
	EnetPeerStats stats;
	ASSERT_EQ(host.host.peer_stats(raw.id, stats), Error::OK);
	EXPECT_GT(stats.undecodable_datagrams, 9000u);
}

TEST(EnetHostConnect, CompressionCarriesASessionAndLeavesWhatDoesNotShrink) {
	ToyCompressor a, b;
	SimPair::Options options = SimPair::options(5, 9);
	options.client.compressor = &a;
	options.server.compressor = &b;
	options.client.checksum = options.server.checksum = true;
	SimPair pair = SimPair::connected(options);
	std::string noise;
	SeededRng rng(1);
	for (int i = 0; i < 3000; ++i) noise += static_cast<char>(rng.u32());
	const uint64_t before = pair.client.counters().sent_bytes;
	ASSERT_EQ(pair.client.send(0, std::string(5000, 'z')), Error::OK);
	pair.run_until_idle();
	EXPECT_LT(pair.client.counters().sent_bytes - before, 1500u);
	ASSERT_EQ(pair.client.send(0, noise), Error::OK);
	pair.run_until_idle();
	EXPECT_EQ(pair.server.received(0), std::string(5000, 'z'));
	EXPECT_TRUE(pair.server.received(0) == noise);
	EXPECT_GT(b.decompressions, 0u);
}

TEST(EnetHostConnect, AnInterceptSeesEachDatagramFirstAndMayConsumeIt) {
	HostBench host(HostBench::plain_config());
	struct Filter {
		int seen = 0;
		static bool look(void *user, const Endpoint &, ByteView datagram) {
			static_cast<Filter *>(user)->seen += 1;
			return datagram.size > 0 && datagram[0] == 'q';
		}
	} filter;
	host.host.set_intercept(EnetIntercept{&filter, Filter::look});
	host.receive(HostBench::endpoint(1), "query");
	EXPECT_EQ(host.host.counters().intercepted, 1u);
	RawPeer raw(host, 1);
	EXPECT_TRUE(raw.connect());
	EXPECT_EQ(filter.seen, 3);
}
