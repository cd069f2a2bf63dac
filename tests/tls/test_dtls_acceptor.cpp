#include "../../src/tls/dtls_acceptor.h"
#include "../support/dtls_support.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

#if NETPEER_WITH_MBEDTLS
#define SKIP_WITHOUT_DTLS() (void)0
#else
#define SKIP_WITHOUT_DTLS() GTEST_SKIP() << "built without mbedTLS"
#endif

TEST(DtlsAcceptor, AdmitsWhileThereIsRoomForSessionsAndHandshakes) {
	DtlsAcceptorLimits limits;
	limits.sessions = 10;
	limits.handshakes = 5;
	limits.unbound_per_address = 3;
	const auto answer = [&](size_t sessions, size_t handshakes, size_t from_address) {
		DtlsAcceptorLoad load;
		load.sessions = sessions;
		load.handshakes = handshakes;
		load.unbound_from_address = from_address;
		return dtls_admission(limits, load);
	};
	EXPECT_EQ(answer(0, 0, 0), DtlsAdmission::kAdmit);
	EXPECT_EQ(answer(9, 4, 2), DtlsAdmission::kAdmit);
	EXPECT_EQ(answer(9, 4, 3), DtlsAdmission::kTooManyFromAddress);
	EXPECT_EQ(answer(9, 5, 3), DtlsAdmission::kTooManyHandshakes);
	EXPECT_EQ(answer(10, 0, 0), DtlsAdmission::kTooManySessions);
	EXPECT_EQ(answer(10, 5, 3), DtlsAdmission::kTooManySessions);
}

TEST(DtlsAcceptor, BadSettingsAreRefused) {
	SKIP_WITHOUT_DTLS();
	const auto refuses = [](void (*spoil)(DtlsAcceptorConfig &)) {
		DtlsTown town;
		spoil(town.config);
		return !town.open() && town.error == Error::ERR_INVALID_PARAMETER;
	};
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.options = nullptr; }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.options = tls_client_options(); }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.options = TLSOptions::server(nullptr, nullptr); }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.limits.sessions = 0; }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.limits.handshakes = 65536; }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.limits.unbound_per_address = 0; }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.bind_within = Duration::from_ms(-1); }));
	EXPECT_TRUE(refuses([](DtlsAcceptorConfig &c) { c.handshake_mtu = 255; }));
	DtlsTown town;
	town.random.fail(true);
	EXPECT_FALSE(town.open());
	EXPECT_EQ(town.error, Error::FAILED);
}

TEST(DtlsAcceptor, ManyClientsConnectAndTalkAndAreToldApart) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 100; ++i) town.add(i);
	town.run();
	EXPECT_EQ(town.acceptor->session_count(), 100u);
	EXPECT_EQ(town.acceptor->handshake_count(), 0u);
	EXPECT_EQ(town.acceptor->counters().sessions_connected, 100u);
	for (uint32_t i = 0; i < 100; ++i) {
		ASSERT_TRUE(town.connected(i)) << i;
		ASSERT_TRUE(town.acceptor->bind(client_at(i)));
		town.say(i, "from " + std::to_string(i));
		EXPECT_EQ(town.acceptor->write(town.now, client_at(i), view_of_text("to " + std::to_string(i))), Error::OK);
	}
	town.run();
	std::set<std::string> heard;
	for (std::string text = town.read(); !text.empty(); text = town.read()) heard.insert(text);
	ASSERT_EQ(heard.size(), 100u);
	for (uint32_t i = 0; i < 100; ++i) {
		EXPECT_EQ(heard.count(std::to_string(i) + ":from " + std::to_string(i)), 1u);
		EXPECT_EQ(town.heard(i), "to " + std::to_string(i));
	}
	EXPECT_TRUE(town.acceptor->next_timeout().is_never()) << "all bound, nothing planned";
}

TEST(DtlsAcceptor, RecordsOfAllAreReadInTurnsHoweverManyOneSends) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 3; ++i) town.add(i);
	town.run();
	for (int i = 0; i < 50; ++i) town.say(0, "flood");
	town.say(1, "one");
	town.say(2, "two");
	town.run();
	EXPECT_EQ(town.read(), "0:flood");
	EXPECT_EQ(town.read(), "1:one");
	EXPECT_EQ(town.read(), "2:two");
	int rest = 0;
	while (town.read() == "0:flood") ++rest;
	EXPECT_EQ(rest, 49);
}

TEST(DtlsAcceptor, OutputOfAllIsSentInTurns) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 2; ++i) town.add(i);
	town.run();
	for (int i = 0; i < 3; ++i) ASSERT_EQ(town.acceptor->write(town.now, client_at(0), view_of("a")), Error::OK);
	ASSERT_EQ(town.acceptor->write(town.now, client_at(1), view_of("b")), Error::OK);
	town.acceptor->receive(town.now, client_at(9), view_of_text(short_dtls_hello()));
	std::vector<Endpoint> order;
	DtlsDatagram datagram;
	while (town.acceptor->drain(datagram)) {
		order.push_back(datagram.to);
		town.acceptor->drained();
	}
	ASSERT_EQ(order.size(), 5u);
	const auto first_of = [&](uint32_t i) {
		return std::find(order.begin(), order.end(), client_at(i)) - order.begin();
	};
	EXPECT_LE(first_of(1), 3);
	EXPECT_LE(first_of(9), 1) << "cookies take turns with sessions";
}

TEST(DtlsAcceptor, AHundredThousandForgedHellosLeaveNothingBehind) {
	SKIP_WITHOUT_DTLS();
	FailingAllocator memory;
	DtlsTown town;
	town.config.allocator = memory.pointer();
	ASSERT_TRUE(town.open());
	const size_t bytes_before = memory.live_bytes();
	const uint64_t requests_before = memory.requests();
	size_t bytes_in = 0;
	for (uint32_t i = 0; i < 100000; ++i) {
		const std::string hello = short_dtls_hello(i);
		bytes_in += hello.size();
		town.acceptor->receive(town.now, client_at(i), view_of_text(hello));
		if (i % 48 == 0) town.deliver();
	}
	town.deliver();
	EXPECT_EQ(memory.live_bytes(), bytes_before);
	EXPECT_EQ(memory.requests(), requests_before) << "not even asked for";
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	EXPECT_LE(town.bytes_out, bytes_in);
	EXPECT_EQ(town.acceptor->counters().cookies_sent, 100000u);
	EXPECT_EQ(town.acceptor->counters().replies_dropped, 0u);
	town.add(1);
	town.run();
	EXPECT_TRUE(town.connected(1)) << "an honest client still comes in";
	town.acceptor.reset();
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(DtlsAcceptor, AnHonestClientConnectsInTheMiddleOfAFlood) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	for (uint32_t round = 0; round < 50 && !town.connected(1); ++round) {
		for (uint32_t i = 0; i < 60; ++i)
			town.acceptor->receive(town.now, client_at(1000 + round * 60 + i), view_of_text(short_dtls_hello(i)));
		town.move_once();
	}
	EXPECT_TRUE(town.connected(1));
}

TEST(DtlsAcceptor, CookiesWithoutRoomAreDroppedAndCounted) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 100; ++i)
		town.acceptor->receive(town.now, client_at(i), view_of_text(short_dtls_hello(i)));
	EXPECT_EQ(town.acceptor->counters().replies_dropped, 36u);
}

TEST(DtlsAcceptor, StrangersWithoutAHelloAreDropped) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.acceptor->receive(town.now, client_at(1), view_of("not DTLS at all"));
	town.acceptor->receive(town.now, client_at(1), ByteView());
	EXPECT_EQ(town.acceptor->counters().strangers_dropped, 2u);
	DtlsDatagram datagram;
	EXPECT_FALSE(town.acceptor->drain(datagram));
}

TEST(DtlsAcceptor, BeyondTheLimitsClientsWaitOutside) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	town.config.limits.sessions = 3;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 4; ++i) {
		town.add(i);
		town.run();
	}
	EXPECT_EQ(town.acceptor->session_count(), 3u);
	EXPECT_GE(town.acceptor->counters().refused_sessions_full, 1u);
	EXPECT_FALSE(town.connected(3));
	ASSERT_TRUE(town.acceptor->close(town.now, client_at(0)));
	town.run();
	town.now = town.clients[3]->next_timeout();
	town.clients[3]->handle_timeout(town.now); // says hello again
	town.run();
	EXPECT_TRUE(town.connected(3)) << "and come in when there is room";
}

TEST(DtlsAcceptor, HandshakesThatAreNotFinishedAreLimited) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	town.config.limits.handshakes = 2;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 4; ++i) town.add(i);
	town.move_once();                  // all have said hello and got a cookie
	for (uint32_t i = 0; i < 4; ++i) { // all come again, and none gets an answer
		const ByteView bytes = town.clients[i]->drain();
		town.acceptor->receive(town.now, client_at(i), bytes);
	}
	EXPECT_EQ(town.acceptor->handshake_count(), 2u);
	EXPECT_EQ(town.acceptor->counters().refused_handshakes_full, 2u);
	town.now = town.now + Duration::from_ms(8000);
	town.acceptor->handle_timeout(town.now);
	EXPECT_EQ(town.acceptor->handshake_count(), 0u) << "who does not go on makes room";
}

// A client with a valid cookie that goes no further; from `at`.
void begin_and_stop(DtlsTown &town, const Endpoint &at) {
	DtlsDatagram reply;
	netpeer::TlsSession &client = town.add(1);
	const std::string first(reinterpret_cast<const char *>(client.drain().data), client.drain().size);
	town.acceptor->receive(town.now, at, view_of_text(first));
	while (town.acceptor->drain(reply)) {
		size_t taken = 0;
		const std::vector<uint8_t> copy(reply.bytes.data, reply.bytes.data + reply.bytes.size);
		if (client.drain().data != nullptr) client.drained(client.drain().size);
		(void)client.feed(town.now, ByteView(copy.data(), copy.size()), taken);
		town.acceptor->drained();
	}
	const std::string second(reinterpret_cast<const char *>(client.drain().data), client.drain().size);
	town.acceptor->receive(town.now, at, view_of_text(second));
	while (town.acceptor->drain(reply)) town.acceptor->drained();
}

TEST(DtlsAcceptor, OneAddressWithManyPortsDoesNotTakeAllPlaces) {
	SKIP_WITHOUT_DTLS();
	for (const bool six : {false, true}) {
		DtlsTown town;
		town.config.limits.unbound_per_address = 4;
		ASSERT_TRUE(town.open());
		Endpoint at = client_at(70000);
		for (uint16_t i = 0; i < 8; ++i) {
			at.port = static_cast<uint16_t>(5000 + i);
			if (six) {
				uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1};
				bytes[15] = static_cast<uint8_t>(i); // each from another address of the same network
				at.address.set_ipv6(bytes);
			}
			begin_and_stop(town, at);
		}
		EXPECT_EQ(town.acceptor->handshake_count(), 4u);
		EXPECT_EQ(town.acceptor->counters().refused_address_full, 4u);
		town.add(5);
		town.run();
		EXPECT_TRUE(town.connected(5)) << "others come in";
		town.now = town.now + Duration::from_s(9);
		town.acceptor->handle_timeout(town.now);
		EXPECT_EQ(town.acceptor->handshake_count(), 0u);
		at.port = 6000;
		begin_and_stop(town, at);
		EXPECT_EQ(town.acceptor->handshake_count(), 1u) << "and when they are gone the address, too";
	}
}

TEST(DtlsAcceptor, SessionsThatNobodyBindsAreRemovedAfterEightSeconds) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.add(2);
	town.run();
	ASSERT_TRUE(town.acceptor->bind(client_at(2)));
	EXPECT_EQ(town.acceptor->next_timeout(), town.now + Duration::from_ms(8000));
	town.acceptor->handle_timeout(town.now + Duration::from_ms(7999));
	EXPECT_EQ(town.acceptor->session_count(), 2u);
	town.now = town.acceptor->next_timeout();
	town.acceptor->handle_timeout(town.now);
	EXPECT_EQ(town.acceptor->session_count(), 1u);
	EXPECT_EQ(town.acceptor->counters().sessions_unbound, 1u);
	town.run();
	EXPECT_EQ(town.clients[1]->failure(), TlsFailure::kClosed) << "it is told";
	EXPECT_TRUE(town.connected(2));
	EXPECT_TRUE(town.acceptor->next_timeout().is_never());
	EXPECT_FALSE(town.acceptor->bind(client_at(1)));
}

TEST(DtlsAcceptor, AClientThatBeginsAnewFromItsAddressGetsANewSession) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	ASSERT_TRUE(town.connected(1));
	town.add(1); // as if the program had been started again
	town.run();
	ASSERT_TRUE(town.connected(1));
	EXPECT_EQ(town.acceptor->counters().sessions_restarted, 1u);
	EXPECT_EQ(town.acceptor->session_count(), 1u);
	town.say(1, "back");
	town.run();
	EXPECT_EQ(town.read(), "1:back");
}

TEST(DtlsAcceptor, AClientThatBeginsAnewInTheMiddleOfItsHandshakeDoesNotWait) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.move_once();
	const ByteView hello = town.clients[1]->drain(); // with the cookie
	town.acceptor->receive(town.now, client_at(1), hello);
	EXPECT_EQ(town.acceptor->handshake_count(), 1u);
	DtlsDatagram datagram;
	while (town.acceptor->drain(datagram)) town.acceptor->drained(); // arrived when nobody was there
	town.add(1);
	town.run();
	EXPECT_TRUE(town.connected(1));
	EXPECT_EQ(town.acceptor->counters().sessions_restarted, 1u);
}

TEST(DtlsAcceptor, AForgedHelloDoesNotDisturbTheSessionOfItsAddress) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	size_t bytes_in = 0;
	town.bytes_out = 0;
	for (uint32_t i = 0; i < 100; ++i) {
		const std::string forged = short_dtls_hello(i, i % 2 == 0 ? "" : std::string(32, 'x'));
		bytes_in += forged.size();
		town.acceptor->receive(town.now, client_at(1), view_of_text(forged));
		town.deliver();
	}
	EXPECT_LE(town.bytes_out, bytes_in);
	town.say(1, "still here");
	town.run();
	EXPECT_EQ(town.read(), "1:still here");
	EXPECT_EQ(town.acceptor->counters().sessions_restarted, 0u);
}

TEST(DtlsAcceptor, WhatAClientSaidBeforeItsLastWordsIsStillRead) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	town.say(1, "a");
	town.say(1, "b");
	town.clients[1]->close(town.now);
	town.run();
	EXPECT_EQ(town.read(), "1:a");
	EXPECT_EQ(town.read(), "1:b");
	EXPECT_EQ(town.read(), "");
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	EXPECT_EQ(town.acceptor->counters().sessions_closed, 1u);
	EXPECT_EQ(town.acceptor->write(town.now, client_at(1), view_of("x")), Error::ERR_DOES_NOT_EXIST);
}

TEST(DtlsAcceptor, AHandshakeThatFailsIsGoneAtOnceAndTheClientIsTold) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	town.client_options = tls_client_options(tls_keys::kOtherAuthority);
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	EXPECT_EQ(town.clients[1]->failure(), TlsFailure::kNotTrusted);
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	EXPECT_EQ(town.acceptor->handshake_count(), 0u);
	EXPECT_EQ(town.acceptor->counters().sessions_failed, 1u);
}

TEST(DtlsAcceptor, WritesSayWhyTheyCannot) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	EXPECT_EQ(town.acceptor->write(town.now, client_at(1), view_of("x")), Error::ERR_DOES_NOT_EXIST);
	town.add(1);
	town.move_once();
	town.acceptor->receive(town.now, client_at(1), town.clients[1]->drain());
	EXPECT_EQ(town.acceptor->write(town.now, client_at(1), view_of("x")), Error::ERR_BUSY);
	EXPECT_EQ(town.acceptor->counters().writes_dropped, 2u);
	town.run();
	const std::string long_text(TlsSession::kLongestRecord + 1, 'x');
	EXPECT_EQ(town.acceptor->write(town.now, client_at(1), view_of_text(long_text)), Error::ERR_INVALID_PARAMETER);
	int sent = 0;
	while (town.acceptor->write(town.now, client_at(1), view_of_text(std::string(1000, 'x'))) == Error::OK) ++sent;
	EXPECT_GE(sent, 60);
	EXPECT_LE(sent, 70) << "what waits is bounded";
}

TEST(DtlsAcceptor, LostHandshakeDatagramsAreRepeatedInTime) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.move_once();
	town.acceptor->receive(town.now, client_at(1), town.clients[1]->drain());
	DtlsDatagram datagram;
	while (town.acceptor->drain(datagram)) town.acceptor->drained(); // lost on the way
	EXPECT_EQ(town.acceptor->next_timeout(), town.now + Duration::from_ms(1000));
	town.now = town.acceptor->next_timeout();
	town.acceptor->handle_timeout(town.now);
	EXPECT_TRUE(town.acceptor->drain(datagram)) << "repeated";
	town.run();
	EXPECT_TRUE(town.connected(1));
}

TEST(DtlsAcceptor, ASessionStaysUntilItsLastUserHasGoneAndALittleLonger) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	const Duration linger = Duration::from_ms(500);
	EXPECT_FALSE(town.acceptor->release(town.now, client_at(1), linger)) << "nobody had bound it";
	EXPECT_FALSE(town.acceptor->release(town.now, client_at(2), linger)) << "there is none";
	ASSERT_TRUE(town.acceptor->bind(client_at(1)));
	ASSERT_TRUE(town.acceptor->bind(client_at(1)));
	EXPECT_TRUE(town.acceptor->release(town.now, client_at(1), linger));
	EXPECT_TRUE(town.acceptor->next_timeout().is_never()) << "one user is left";
	EXPECT_TRUE(town.acceptor->release(town.now, client_at(1), linger));
	EXPECT_EQ(town.acceptor->next_timeout(), town.now + linger);
	ASSERT_TRUE(town.acceptor->bind(client_at(1)));
	EXPECT_TRUE(town.acceptor->next_timeout().is_never()) << "somebody came back";
	EXPECT_TRUE(town.acceptor->release(town.now, client_at(1), linger));
	town.now = town.acceptor->next_timeout();
	town.acceptor->handle_timeout(town.now);
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	town.run();
	EXPECT_EQ(town.clients[1]->failure(), TlsFailure::kClosed) << "the client was told";
	Endpoint ended;
	TlsFailure failure = TlsFailure::kNone;
	EXPECT_FALSE(town.acceptor->poll_ended(ended, failure)) << "its users had left before";
}

TEST(DtlsAcceptor, ASessionThatLingersGetsTheTimeOfANewOneOnceItIsExpectedToBeBound) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	town.add(1);
	town.run();
	const Duration linger = Duration::from_ms(500);
	EXPECT_FALSE(town.acceptor->expect_bind(town.now, client_at(1))) << "it does not linger";
	ASSERT_TRUE(town.acceptor->bind(client_at(1)));
	EXPECT_FALSE(town.acceptor->expect_bind(town.now, client_at(1))) << "it is bound";
	ASSERT_TRUE(town.acceptor->release(town.now, client_at(1), linger));
	EXPECT_FALSE(town.acceptor->expect_bind(town.now, client_at(2))) << "there is none";
	EXPECT_TRUE(town.acceptor->expect_bind(town.now, client_at(1)));
	EXPECT_EQ(town.acceptor->next_timeout(), town.now + town.config.bind_within);
	town.now = town.now + linger;
	EXPECT_FALSE(town.acceptor->expect_bind(town.now, client_at(1))) << "once";
	town.now = town.acceptor->next_timeout();
	town.acceptor->handle_timeout(town.now);
	EXPECT_EQ(town.acceptor->session_count(), 0u);
}

TEST(DtlsAcceptor, BoundSessionsThatEndAreReportedInOrderWithTheReason) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 3; ++i) town.add(i);
	town.run();
	for (uint32_t i = 0; i < 2; ++i) ASSERT_TRUE(town.acceptor->bind(client_at(i)));
	Endpoint ended;
	TlsFailure failure = TlsFailure::kNone;
	EXPECT_FALSE(town.acceptor->poll_ended(ended, failure));
	for (uint32_t i = 0; i < 3; ++i) town.clients[i]->close(town.now);
	town.run();
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	for (uint32_t i = 0; i < 2; ++i) {
		ASSERT_TRUE(town.acceptor->poll_ended(ended, failure)) << i;
		EXPECT_EQ(ended, client_at(i));
		EXPECT_EQ(failure, TlsFailure::kClosed);
	}
	EXPECT_FALSE(town.acceptor->poll_ended(ended, failure)) << "nobody had bound the third";
}

TEST(DtlsAcceptor, ClosingSomeAtATimeLosesNoLastWords) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 100; ++i) town.add(i);
	town.run();
	while (town.acceptor->close_some(town.now)) town.run();
	town.run();
	for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(town.clients[i]->failure(), TlsFailure::kClosed) << i;
	EXPECT_EQ(town.acceptor->counters().replies_dropped, 0u);
}

TEST(DtlsAcceptor, SessionsThatShookHandsAndAreNotBoundStillCountForTheirAddress) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	town.config.limits.unbound_per_address = 2;
	ASSERT_TRUE(town.open());
	std::vector<uint32_t> same; // clients of one address
	for (uint32_t i = 0; i < 4; ++i) same.push_back(kNeighbours + i);
	for (const uint32_t i : same) town.add(i);
	town.run();
	EXPECT_EQ(town.acceptor->session_count(), 2u);
	EXPECT_EQ(town.acceptor->handshake_count(), 0u) << "both are connected";
	EXPECT_GE(town.acceptor->counters().refused_address_full, 1u);
	// Once they are bound there is room again, as the address may begin one more each four seconds.
	for (const uint32_t i : same) (void)town.acceptor->bind(client_at(i));
	town.now = town.now + Duration::from_ms(8000);
	for (const uint32_t i : same) town.clients[i]->handle_timeout(town.now);
	town.run();
	EXPECT_EQ(town.acceptor->session_count(), 4u);
}

TEST(DtlsAcceptor, AnAddressThatBeginsAgainAndAgainIsSlowedDownAndKeepsItsSession) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	town.config.limits.unbound_per_address = 4;
	ASSERT_TRUE(town.open());
	for (int round = 0; round < 50; ++round) {
		town.add(1); // the client is started again at its address
		town.run();
	}
	EXPECT_EQ(town.acceptor->counters().sessions_begun, 4u);
	EXPECT_GE(town.acceptor->counters().refused_address_fast, 40u);
	EXPECT_EQ(town.acceptor->session_count(), 1u) << "the one that was there stays";
	town.now = town.now + Duration::from_ms(2000);
	town.add(1);
	town.run();
	EXPECT_EQ(town.acceptor->counters().sessions_begun, 5u) << "one more in two seconds";
	EXPECT_TRUE(town.connected(1));
}

TEST(DtlsAcceptor, CloseAllTellsEveryClient) {
	SKIP_WITHOUT_DTLS();
	DtlsTown town;
	ASSERT_TRUE(town.open());
	for (uint32_t i = 0; i < 20; ++i) town.add(i);
	town.run();
	town.acceptor->close_all(town.now);
	EXPECT_EQ(town.acceptor->session_count(), 0u);
	town.run();
	for (uint32_t i = 0; i < 20; ++i) EXPECT_EQ(town.clients[i]->failure(), TlsFailure::kClosed) << i;
}

TEST(DtlsAcceptor, WithoutMemoryClientsAreRefusedAndNothingLeaks) {
	SKIP_WITHOUT_DTLS();
	FailingAllocator memory;
	{
		DtlsTown town;
		town.config.allocator = memory.pointer();
		memory.fail_all(true);
		EXPECT_FALSE(town.open());
		EXPECT_EQ(town.error, Error::ERR_OUT_OF_MEMORY);
		memory.fail_all(false);
		ASSERT_TRUE(town.open());
		for (uint32_t i = 0; i < 70; ++i) {
			memory.fail_nth(1);
			town.add(i);
			town.run();
			memory.fail_nth(0);
			town.clients[i]->handle_timeout(town.clients[i]->next_timeout());
			town.run();
			EXPECT_TRUE(town.connected(i)) << i;
		}
		EXPECT_GE(town.acceptor->counters().refused_no_memory, 1u);
	}
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

} // namespace
