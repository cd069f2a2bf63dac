// TlsSession over datagrams: what TLS has not, cookies, loss, order, replays, timers.
#include "../../src/reliable/transport/sim_network.h"
#include "../../src/tls/tls_session.h"
#include "../support/dtls_support.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(DtlsSession, ClientAndServerShakeHandsAfterACookie) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected()) << pair.client->failure_detail() << pair.server->failure_detail();
	EXPECT_STREQ(pair.client->protocol(), "DTLSv1.2");
	EXPECT_TRUE(pair.client->next_timeout().is_never());
	EXPECT_TRUE(pair.server->next_timeout().is_never());
	for (size_t size : {1u, 2u, 1352u, 4096u, 16384u}) {
		const std::string text(size, 'x');
		EXPECT_EQ(pair.carry(*pair.client, *pair.server, text), text) << size;
		EXPECT_EQ(pair.carry(*pair.server, *pair.client, text), text) << size;
	}
	EXPECT_EQ(pair.client->dropped_records() + pair.server->dropped_records(), 0u);
}

/// The datagrams that wait at one end, taken from it.
std::vector<std::string> take_all(TlsSession &from) {
	std::vector<std::string> datagrams;
	while (!from.drain().empty()) {
		datagrams.emplace_back(reinterpret_cast<const char *>(from.drain().data), from.drain().size);
		from.drained(from.drain().size);
	}
	return datagrams;
}

void give(TlsPair &pair, TlsSession &to, const std::string &datagram) {
	size_t taken = 0;
	(void)to.feed(pair.now, view_of_text(datagram), taken);
	EXPECT_EQ(taken, datagram.size());
}

std::string read_record(TlsPair &pair, TlsSession &from, size_t room = 20000) {
	std::vector<uint8_t> buffer(room);
	size_t got = 0;
	(void)from.read(pair.now, MutBytes(buffer.data(), room), got);
	return std::string(reinterpret_cast<char *>(buffer.data()), got);
}

std::string record_of(TlsPair &pair, TlsSession &from, const std::string &text) {
	size_t taken = 0;
	EXPECT_EQ(from.write(pair.now, view_of_text(text), taken), Error::OK);
	const std::vector<std::string> datagrams = take_all(from);
	EXPECT_EQ(datagrams.size(), 1u);
	return datagrams.empty() ? "" : datagrams[0];
}

// --- cookies ---

TEST(DtlsSession, AServerAsksForACookieAndIsThenOfNoMoreUse) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.start();
	const auto hello = take_all(*pair.client);
	ASSERT_EQ(hello.size(), 1u);
	give(pair, *pair.server, hello[0]);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kCookieNeeded);
	const auto answer = take_all(*pair.server);
	ASSERT_EQ(answer.size(), 1u);
	EXPECT_LE(answer[0].size(), hello[0].size());
	give(pair, *pair.client, answer[0]);
	const auto second = take_all(*pair.client);
	ASSERT_EQ(second.size(), 1u);
	pair.now = pair.now + Duration::from_s(61);
	pair.make_server();
	give(pair, *pair.server, second[0]);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kCookieNeeded) << "expired";
	pair.now = pair.now + Duration::from_s(-30);
	pair.server_config.client_id = view_of("client 2");
	pair.make_server();
	give(pair, *pair.server, second[0]);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kCookieNeeded) << "another's";
	pair.server_config.client_id = view_of("client 1");
	pair.make_server();
	give(pair, *pair.server, second[0]);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kHandshaking) << pair.server->failure_detail();
	EXPECT_FALSE(pair.server->drain().empty());
}

TEST(DtlsSession, OurOwnAnswerToAHelloServesAsWellAsTheLibrarys) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.start();
	uint8_t reply[kHelloVerifyRequestBytes];
	DtlsHello hello;
	const auto first = take_all(*pair.client);
	ASSERT_EQ(judge_dtls_hello(*pair.cookies, pair.now, view_of("client 1"), view_of_text(first[0]),
	                  MutBytes(reply, sizeof(reply)), hello),
	        DtlsVerdict::kAskCookie);
	give(pair, *pair.client, std::string(reinterpret_cast<char *>(reply), sizeof(reply)));
	pair.run();
	EXPECT_TRUE(pair.connected());
}

TEST(DtlsSession, ServersNeedCookiesAndAnId) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.server_config.cookies = nullptr;
	EXPECT_FALSE(pair.make_server());
	EXPECT_EQ(pair.server_error, Error::ERR_INVALID_PARAMETER);
	pair.server_config.cookies = pair.cookies.get();
	pair.server_config.client_id = ByteView();
	EXPECT_FALSE(pair.make_server());
	EXPECT_EQ(pair.server_error, Error::ERR_INVALID_PARAMETER);
	pair.client_config.handshake_mtu = 100;
	EXPECT_FALSE(pair.make_client());
	EXPECT_EQ(pair.client_error, Error::ERR_INVALID_PARAMETER);
}

// --- sizes ---

TEST(DtlsSession, FlightsWithLongCertificatesAreCutToTheMtuAndLaterRecordsAreNot) {
	SKIP_WITHOUT_DTLS();
	for (const size_t mtu : {400u, 576u, 1400u}) {
		TlsPair pair(true);
		pair.server_config.options = tls_server_options(tls_keys::kLong);
		pair.server_config.handshake_mtu = pair.client_config.handshake_mtu = mtu;
		ASSERT_TRUE(pair.make());
		size_t longest = 0, datagrams = 0;
		const auto carry = [&](TlsSession &from, TlsSession &to) {
			const auto all = take_all(from);
			for (const std::string &datagram : all) {
				longest = std::max(longest, datagram.size());
				++datagrams;
				give(pair, to, datagram);
			}
			return !all.empty();
		};
		pair.start();
		for (bool moved = true; moved;) {
			moved = carry(*pair.client, *pair.server);
			const bool again = pair.server->failure() == TlsFailure::kCookieNeeded;
			moved |= carry(*pair.server, *pair.client);
			if (again) pair.make_server();
		}
		ASSERT_TRUE(pair.connected()) << mtu << pair.client->failure_detail() << pair.server->failure_detail();
		EXPECT_LE(longest, mtu);
		EXPECT_GE(datagrams, 4000 / mtu + 5);
		const std::string text(TlsSession::kLongestRecord, 'x');
		EXPECT_EQ(pair.carry(*pair.server, *pair.client, text), text);
	}
}

TEST(DtlsSession, ARecordLongerThanAllowedIsRefusedAndTheSessionStays) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	size_t taken = 1;
	EXPECT_EQ(pair.client->write(pair.now, view_of("x"), taken), Error::ERR_UNCONFIGURED);
	pair.run();
	const std::string text(TlsSession::kLongestRecord + 1, 'x');
	EXPECT_EQ(pair.client->write(pair.now, view_of_text(text), taken), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(pair.client->write(pair.now, ByteView(), taken), Error::OK);
	EXPECT_TRUE(pair.client->drain().empty()) << "nothing is nothing";
	EXPECT_EQ(pair.carry(*pair.client, *pair.server, "fits"), "fits");
}

TEST(DtlsSession, RecordsLongerThanTheReadersBufferAreDroppedAndCounted) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	give(pair, *pair.server, record_of(pair, *pair.client, std::string(2000, 'l')));
	give(pair, *pair.server, record_of(pair, *pair.client, "short"));
	give(pair, *pair.server, record_of(pair, *pair.client, std::string(1001, 'l')));
	EXPECT_EQ(pair.server->available(), 2000u);
	EXPECT_EQ(read_record(pair, *pair.server, 1000), "short");
	EXPECT_EQ(read_record(pair, *pair.server, 1000), "");
	EXPECT_EQ(pair.server->dropped_records(), 2u);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kConnected);
}

TEST(DtlsSession, WhatIsNotReadIsKeptInOrderUpToALimit) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	for (int i = 0; i < 100; ++i)
		give(pair, *pair.server, record_of(pair, *pair.client, std::to_string(i) + std::string(1000, ' ')));
	EXPECT_GE(pair.server->dropped_records(), 30u);
	EXPECT_LE(pair.server->dropped_records(), 40u);
	int last = -1, count = 0;
	for (std::string text = read_record(pair, *pair.server); !text.empty(); text = read_record(pair, *pair.server)) {
		EXPECT_GT(std::stoi(text), last);
		last = std::stoi(text);
		++count;
	}
	EXPECT_EQ(static_cast<uint64_t>(count), 100 - pair.server->dropped_records());
}

TEST(DtlsSession, SeveralRecordsInOneDatagramAreAllRead) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	const std::string a = record_of(pair, *pair.client, "a"), b = record_of(pair, *pair.client, "bb"),
	                  c = record_of(pair, *pair.client, "ccc");
	give(pair, *pair.server, a + b + c);
	EXPECT_EQ(read_record(pair, *pair.server), "a");
	EXPECT_EQ(read_record(pair, *pair.server), "bb");
	EXPECT_EQ(read_record(pair, *pair.server), "ccc");
	EXPECT_EQ(read_record(pair, *pair.server), "");
	EXPECT_EQ(pair.server->dropped_records(), 0u);
}

// --- bad records ---

TEST(DtlsSession, ReplayedCorruptedAndForeignDatagramsAreDroppedAndCounted) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	const std::string good = record_of(pair, *pair.client, "good");
	std::vector<std::string> bad;
	for (size_t i = 0; i < good.size(); ++i) {
		bad.push_back(good);
		bad.back()[i] = static_cast<char>(bad.back()[i] ^ 0x10);
	}
	for (size_t size = 1; size < good.size(); ++size) bad.push_back(good.substr(0, size));
	bad.push_back(std::string(60000, 'x'));
	bad.push_back(std::string(12, '\x17'));
	bad.push_back(std::string(13, '\0'));
	uint64_t dropped = 0;
	for (const std::string &datagram : bad) {
		give(pair, *pair.server, datagram);
		EXPECT_EQ(pair.server->dropped_records(), ++dropped) << datagram.size();
		EXPECT_EQ(read_record(pair, *pair.server), "");
		ASSERT_EQ(pair.server->state(), TlsSession::State::kConnected);
	}
	give(pair, *pair.server, good);
	EXPECT_EQ(read_record(pair, *pair.server), "good");
	for (int i = 0; i < 3; ++i) give(pair, *pair.server, good);
	EXPECT_EQ(read_record(pair, *pair.server), "") << "a replay";
	EXPECT_EQ(pair.server->dropped_records(), dropped + 3);
	EXPECT_EQ(pair.carry(*pair.client, *pair.server, "still"), "still");
}

TEST(DtlsSession, RecordsMayOvertakeEachOtherWithinTheWindow) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	std::vector<std::string> records;
	for (int i = 0; i < 70; ++i) records.push_back(record_of(pair, *pair.client, std::to_string(i)));
	give(pair, *pair.server, records[69]);
	EXPECT_EQ(read_record(pair, *pair.server), "69");
	give(pair, *pair.server, records[6]);
	EXPECT_EQ(read_record(pair, *pair.server), "6") << "64 are remembered";
	give(pair, *pair.server, records[5]);
	EXPECT_EQ(read_record(pair, *pair.server), "") << "older ones count as replays";
}

TEST(DtlsSession, GarbageBetweenTheHandshakesDatagramsDoesNoHarm) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	SeededRng rng(9);
	const auto noise = [&](TlsSession &to) {
		std::string bytes(1 + rng.below(100), 0);
		for (char &c : bytes) c = static_cast<char>(rng.u32());
		// Not an alert in the clear: DTLS believes those while it has no keys.
		if (bytes[0] == 21) bytes[0] = 0;
		give(pair, to, bytes);
	};
	pair.start();
	for (bool moved = true; moved;) {
		noise(*pair.server);
		moved = pair.move(*pair.client, *pair.server);
		const bool again = pair.server->failure() == TlsFailure::kCookieNeeded;
		noise(*pair.client);
		moved |= pair.move(*pair.server, *pair.client);
		if (again) pair.make_server();
	}
	EXPECT_TRUE(pair.connected()) << pair.client->failure_detail() << pair.server->failure_detail();
}

// --- the end ---

TEST(DtlsSession, CloseIsToldAndWhatCameBeforeIsStillRead) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	const std::string a = record_of(pair, *pair.client, "a"), b = record_of(pair, *pair.client, "b");
	pair.client->close(pair.now);
	give(pair, *pair.server, a);
	give(pair, *pair.server, b);
	give(pair, *pair.server, take_all(*pair.client).at(0));
	EXPECT_EQ(read_record(pair, *pair.server), "a");
	EXPECT_EQ(read_record(pair, *pair.server), "b");
	uint8_t byte = 0;
	size_t got = 0;
	EXPECT_EQ(pair.server->read(pair.now, MutBytes(&byte, 1), got), Error::ERR_FILE_EOF);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kClosed);
}

TEST(DtlsSession, AClientThatBeginsAnewEndsTheServersSession) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected());
	pair.make_client();
	pair.start();
	give(pair, *pair.server, take_all(*pair.client).at(0));
	EXPECT_EQ(pair.server->state(), TlsSession::State::kConnected) << "without a cookie it may be forged";
	const auto answer = take_all(*pair.server);
	ASSERT_EQ(answer.size(), 1u);
	give(pair, *pair.client, answer[0]);
	const std::string hello = take_all(*pair.client).at(0);
	give(pair, *pair.server, hello);
	EXPECT_EQ(pair.server->state(), TlsSession::State::kFailed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kReconnect);
	pair.make_server();
	give(pair, *pair.server, hello);
	pair.run();
	EXPECT_TRUE(pair.connected());
}

TEST(DtlsSession, TheHelloThatBeganASessionDoesNotEndItWhenItComesAgain) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.start();
	give(pair, *pair.server, take_all(*pair.client).at(0));
	give(pair, *pair.client, take_all(*pair.server).at(0));
	pair.make_server();
	const std::string hello = take_all(*pair.client).at(0);
	give(pair, *pair.server, hello);
	pair.run();
	ASSERT_TRUE(pair.connected());
	give(pair, *pair.server, hello); // a duplicate that took its time
	EXPECT_EQ(pair.server->state(), TlsSession::State::kConnected) << pair.server->failure_detail();
	EXPECT_EQ(pair.server->dropped_records(), 1u);
	EXPECT_EQ(pair.carry(*pair.client, *pair.server, "undisturbed"), "undisturbed");
}

// --- timers ---

TEST(DtlsSession, AnUnansweredHelloIsRepeatedWithDoubledPausesUntilItFails) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	const Instant begun = pair.now;
	pair.start();
	std::vector<int64_t> seconds;
	size_t sent = take_all(*pair.client).size();
	while (pair.client->state() == TlsSession::State::kHandshaking) {
		ASSERT_FALSE(pair.client->next_timeout().is_never());
		pair.client->handle_timeout(pair.client->next_timeout() + Duration::from_us(-1));
		EXPECT_TRUE(pair.client->drain().empty()) << "not before its time";
		pair.now = pair.client->next_timeout();
		seconds.push_back((pair.now - begun).us / 1000000);
		pair.client->handle_timeout(pair.now);
		sent += take_all(*pair.client).size();
	}
	EXPECT_EQ(seconds, (std::vector<int64_t>{1, 3, 7, 15, 31, 63, 123}));
	EXPECT_EQ(sent, 7u);
	EXPECT_EQ(pair.client->failure(), TlsFailure::kTimedOut);
	EXPECT_TRUE(pair.client->next_timeout().is_never());
}

TEST(DtlsSession, AServerThatAsksForOneCookieAfterTheOtherIsGivenUp) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.start();
	const Instant start = pair.now;
	uint64_t answers = 0;
	while (pair.client->state() == TlsSession::State::kHandshaking && answers < 100000) {
		const std::vector<uint8_t> sent(
		        pair.client->drain().data, pair.client->drain().data + pair.client->drain().size);
		if (!sent.empty()) {
			pair.client->drained(sent.size());
			SeededRandom random(++answers); // and so the last cookie is none of these
			const std::unique_ptr<DtlsCookies> cookies = DtlsCookies::create(&random);
			ASSERT_NE(cookies, nullptr);
			uint8_t reply[kHelloVerifyRequestBytes];
			DtlsHello hello;
			ASSERT_EQ(judge_dtls_hello(*cookies, pair.now, view_of("client 1"), ByteView(sent.data(), sent.size()),
			                  MutBytes(reply, sizeof(reply)), hello),
			        DtlsVerdict::kAskCookie);
			size_t taken = 0;
			pair.now = pair.now + Duration::from_ms(500);
			(void)pair.client->feed(pair.now, ByteView(reply, sizeof(reply)), taken);
		} else {
			ASSERT_FALSE(pair.client->next_timeout().is_never());
			pair.now = pair.client->next_timeout();
		}
		pair.client->handle_timeout(pair.now);
	}
	EXPECT_EQ(pair.client->failure(), TlsFailure::kTimedOut);
	EXPECT_GE(answers, 2u);
	EXPECT_LE((pair.now - start).us / 1000, 240500) << "four times the longest pause";
}

TEST(DtlsSession, ThePausesAreWhatTheSettingsSay) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	pair.client_config.retry_min = Duration::from_ms(50);
	pair.client_config.retry_max = Duration::from_ms(200);
	ASSERT_TRUE(pair.make());
	const Instant begun = pair.now;
	pair.start();
	for (const int64_t ms : {50, 150, 350}) {
		EXPECT_EQ((pair.client->next_timeout() - begun).ms(), ms);
		pair.client->handle_timeout(pair.client->next_timeout());
	}
	EXPECT_EQ(pair.client->failure(), TlsFailure::kTimedOut);
	pair.client_config.retry_min = Duration::from_ms(201);
	EXPECT_FALSE(pair.make_client());
	EXPECT_EQ(pair.client_error, Error::ERR_INVALID_PARAMETER);
}

TEST(DtlsSession, OutputThatNobodyTakesIsBounded) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	size_t taken = 1, sent = 0;
	while (taken != 0) {
		ASSERT_EQ(pair.client->write(pair.now, view_of_text(std::string(1200, 'x')), taken), Error::OK);
		sent += taken;
	}
	EXPECT_GE(sent, TlsSession::kMostOutputBytes - 4096);
	EXPECT_LE(sent, TlsSession::kMostOutputBytes + 1200);
}

// --- loss, order, duplicates ---

/// A client and an acceptor on a simulated network, with all their timers.
class LossyTown {
public:
	explicit LossyTown(uint64_t seed, size_t mtu = 1400, const char *chain = tls_keys::kServer) :
	        town(seed), net(seed) {
		here = client_at(1);
		there = client_at(2);
		town.config.options = tls_server_options(chain);
		town.config.bind_within = Duration::from_s(1000);
		town.config.handshake_mtu = mtu;
		EXPECT_EQ(net.attach(here), Error::OK);
		EXPECT_EQ(net.attach(there), Error::OK);
		EXPECT_TRUE(town.open());
		client = &town.add(1);
	}
	void send_all() {
		for (const std::string &datagram : take_all(*client))
			EXPECT_EQ(net.send(town.now, here, there, view_of_text(datagram)), Error::OK);
		DtlsDatagram datagram;
		while (town.acceptor->drain(datagram)) {
			EXPECT_EQ(net.send(town.now, there, datagram.to, datagram.bytes), Error::OK);
			town.acceptor->drained();
		}
	}
	void receive_all() {
		DatagramSlot slot;
		slot.buffer = MutBytes(buffer_, sizeof(buffer_));
		size_t taken = 0;
		while (net.receive(town.now, here, slot) == Error::OK)
			(void)client->feed(town.now, ByteView(buffer_, slot.size), taken);
		while (net.receive(town.now, there, slot) == Error::OK)
			town.acceptor->receive(town.now, slot.from, ByteView(buffer_, slot.size));
	}
	/// Until both are connected and the wires are empty; false when that takes longer than `patience`.
	bool connect(Duration patience) {
		const Instant end = town.now + patience;
		for (;;) {
			send_all();
			if (connected() && net.in_flight() == 0) return true;
			Instant next = earlier_of(net.next_delivery(), client->next_timeout());
			next = earlier_of(next, town.acceptor->next_timeout());
			if (next > end) return false;
			town.now = next > town.now ? next : town.now;
			receive_all();
			client->handle_timeout(town.now);
			town.acceptor->handle_timeout(town.now);
		}
	}
	bool connected() const {
		const TlsSession *session = town.acceptor->find(here);
		return client->state() == TlsSession::State::kConnected && session != nullptr &&
		       session->state() == TlsSession::State::kConnected;
	}
	/// Text both ways, on a wire that loses nothing any more.
	bool talk() {
		net.link(here, there).settings = net.link(there, here).settings = SimLinkSettings();
		net.link(here, there).drop_mask(0);
		net.link(there, here).drop_mask(0);
		size_t taken = 0, got = 0;
		uint8_t buffer[100];
		Endpoint from;
		if (client->write(town.now, view_of("hello"), taken) != Error::OK) return false;
		if (town.acceptor->write(town.now, here, view_of("welcome")) != Error::OK) return false;
		send_all();
		town.now = town.now + Duration::from_s(1);
		receive_all();
		if (!town.acceptor->read(town.now, MutBytes(buffer, sizeof(buffer)), from, got) || got != 5) return false;
		return client->read(town.now, MutBytes(buffer, sizeof(buffer)), got) == Error::OK && got == 7;
	}

	DtlsTown town;
	SimNetwork net;
	Endpoint here, there;
	TlsSession *client = nullptr;

private:
	uint8_t buffer_[65536];
};

TEST(DtlsSession, EverySetOfLostHandshakeDatagramsIsMadeUpFor) {
	SKIP_WITHOUT_DTLS();
	// The client sends three flights and the server three, here of one datagram each. More than seven losses may
	// use up all repetitions.
	for (uint64_t lost_there = 0; lost_there < 8; ++lost_there) {
		for (uint64_t lost_back = 0; lost_back < 8; ++lost_back) {
			LossyTown town(1 + lost_there * 8 + lost_back);
			town.net.link(town.here, town.there).drop_mask(lost_there);
			town.net.link(town.there, town.here).drop_mask(lost_back);
			ASSERT_TRUE(town.connect(Duration::from_s(130)))
			        << lost_there << " " << lost_back << town.client->failure_detail();
			ASSERT_TRUE(town.talk()) << lost_there << " " << lost_back;
		}
	}
}

TEST(DtlsSession, EachDatagramOfLongFlightsMayBeLost) {
	SKIP_WITHOUT_DTLS();
	for (unsigned at = 0; at < 16; ++at) {
		LossyTown town(at + 1, 576, tls_keys::kLong);
		town.net.link(town.there, town.here).drop_mask(uint64_t{1} << at);
		ASSERT_TRUE(town.connect(Duration::from_s(130))) << at << town.client->failure_detail();
		ASSERT_TRUE(town.talk()) << at;
	}
}

TEST(DtlsSession, EveryDatagramOfAHandshakeMayComeTwiceOrLate) {
	SKIP_WITHOUT_DTLS();
	for (uint64_t seed = 1; seed <= 60; ++seed) {
		LossyTown town(seed, seed % 2 == 0 ? 1400 : 500, seed % 3 == 0 ? tls_keys::kLong : tls_keys::kServer);
		SimLinkSettings bad;
		bad.latency = Duration::from_ms(30);
		bad.jitter = Duration::from_ms(20);
		bad.loss = 0.2;
		bad.duplicate = 0.3;
		bad.reorder = 0.3;
		bad.reorder_delay = Duration::from_ms(100);
		town.net.link(town.here, town.there).settings = town.net.link(town.there, town.here).settings = bad;
		ASSERT_TRUE(town.connect(Duration::from_s(1000))) << seed << town.client->failure_detail();
		ASSERT_TRUE(town.talk()) << seed;
		EXPECT_EQ(town.town.acceptor->counters().sessions_restarted, 0u) << seed;
	}
}

} // namespace
