// StreamPeerTCP: what is checked in which order, options, time limits, names and many addresses, on scripted sockets.

#include "../../src/stream/stream_peer_tcp.h"
#include "../support/fake_clock.h"
#include "../support/fake_name_lookup.h"
#include "../support/fake_net_socket.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

using netpeer::Duration;
using netpeer::Error;
using netpeer::Instant;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::PollType;
using netpeer::Settings;
using netpeer::StreamPeerSocketHooks;
using netpeer::StreamPeerTCP;
using netpeer_test::FakeClock;
using netpeer_test::FakeNameLookup;
using netpeer_test::FakeSocketFactory;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;

namespace {

constexpr auto kTcpNone = StreamPeerTCP::STATUS_NONE;
constexpr auto kTcpConnecting = StreamPeerTCP::STATUS_CONNECTING;
constexpr auto kTcpConnected = StreamPeerTCP::STATUS_CONNECTED;
constexpr auto kTcpError = StreamPeerTCP::STATUS_ERROR;

struct TcpWorld {
	FakeSocketFactory factory;
	FakeClock clock;
	Settings settings;
	FakeNameLookup names;
	StreamPeerTCP peer{StreamPeerSocketHooks{&clock, &settings, &names}};

	// A socket whose connect stays pending until the test says otherwise.
	SocketScript &pending_socket() {
		return factory.next_socket().otherwise(SocketCall::kConnectResult, Error::ERR_BUSY);
	}
	SocketScript &connected() {
		SocketScript &script = factory.next_socket().then(SocketCall::kConnect, Error::OK);
		EXPECT_EQ(peer.connect_to_host("127.0.0.1", 80), Error::OK);
		EXPECT_EQ(peer.get_status(), kTcpConnected);
		return script;
	}
	size_t live_sockets() {
		size_t live = 0;
		for (size_t i = 0; i < factory.sockets_made(); ++i) live += factory.script(i).live_sockets();
		return live;
	}
};

} // namespace

// --- bind ---

TEST(StreamPeerTCPBind, AddressChoosesTheFamily) {
	const struct {
		const char *host;
		IPType type;
	} cases[] = {{"*", IPType::ANY}, {"0.0.0.0", IPType::IPV4}, {"127.0.0.1", IPType::IPV4}, {"::", IPType::IPV6},
	        {"::1", IPType::IPV6}};
	for (const auto &c : cases) {
		TcpWorld t;
		SocketScript &script = t.factory.next_socket();
		EXPECT_EQ(t.peer.bind(4000, c.host), Error::OK) << c.host;
		EXPECT_EQ(script.last(SocketCall::kOpenTcp).type, c.type) << c.host;
		EXPECT_EQ(script.last(SocketCall::kBind).endpoint.port, 4000) << c.host;
		EXPECT_EQ(script.count(SocketCall::kReuseAddress), 0u) << c.host;
		EXPECT_EQ(t.peer.get_status(), kTcpNone);
	}
}

TEST(StreamPeerTCPBind, PortsFrom0To65535) {
	for (int port : {-1, 65536, 70000}) {
		TcpWorld t;
		EXPECT_EQ(t.peer.bind(port), Error::ERR_INVALID_PARAMETER) << port;
		EXPECT_EQ(t.factory.sockets_made(), 0u) << port;
	}
	for (int port : {0, 1, 65535}) {
		TcpWorld t;
		SocketScript &script = t.factory.next_socket();
		EXPECT_EQ(t.peer.bind(port), Error::OK) << port;
		EXPECT_EQ(script.last(SocketCall::kBind).endpoint.port, port);
	}
}

TEST(StreamPeerTCPBind, BadAddressLeavesNothingOpen) {
	for (const char *host : {"", "localhost", "1.2.3", "::g", static_cast<const char *>(nullptr)}) {
		TcpWorld t;
		EXPECT_EQ(t.peer.bind(0, host), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(t.peer.bind(0), Error::OK); // Godot says ERR_ALREADY_IN_USE here
	}
}

TEST(StreamPeerTCPBind, SecondBindIsRefused) {
	TcpWorld t;
	EXPECT_EQ(t.peer.bind(0), Error::OK);
	EXPECT_EQ(t.peer.bind(0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.bind(-1), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.factory.sockets_made(), 1u);
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.live_sockets(), 0u);
	EXPECT_EQ(t.peer.bind(0), Error::OK);
}

TEST(StreamPeerTCPBind, RefusalOfTheSystemCloses) {
	TcpWorld t;
	t.factory.next_socket().then(SocketCall::kBind, Error::ERR_UNAVAILABLE, 98);
	EXPECT_EQ(t.peer.bind(80), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(t.peer.last_os_error(), 98);
	EXPECT_EQ(t.live_sockets(), 0u);
	t.factory.next_socket().then(SocketCall::kOpenTcp, Error::FAILED);
	EXPECT_EQ(t.peer.bind(80), Error::FAILED);
	t.factory.refuse(true);
	EXPECT_EQ(t.peer.bind(80), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
}

TEST(StreamPeerTCPBind, BoundSocketIsTheOneThatConnects) {
	TcpWorld t;
	SocketScript &script = t.pending_socket();
	EXPECT_EQ(t.peer.bind(0), Error::OK);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 1u);
	EXPECT_EQ(script.count(SocketCall::kOpenTcp), 1u);
	EXPECT_EQ(t.peer.get_status(), kTcpConnecting);
	EXPECT_EQ(t.peer.bind(0), Error::ERR_ALREADY_IN_USE);
}

TEST(StreamPeerTCPBind, WrongFamilyFailsAndCloses) {
	TcpWorld t;
	t.factory.next_socket().then(SocketCall::kConnect, Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(t.peer.bind(0, "127.0.0.1"), Error::OK);
	EXPECT_EQ(t.peer.connect_to_host("::1", 80), Error::FAILED);
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
	EXPECT_EQ(t.live_sockets(), 0u);
}

// --- connect_to_host: order of checks ---

TEST(StreamPeerTCPConnect, Check1NameBeforeEverything) {
	TcpWorld t;
	for (const char *host : {"nowhere", "", static_cast<const char *>(nullptr)})
		EXPECT_EQ(t.peer.connect_to_host(host, 0), Error::ERR_CANT_RESOLVE);
	t.connected();
	EXPECT_EQ(t.peer.connect_to_host("nowhere", 0), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(t.peer.get_status(), kTcpConnected);
}

TEST(StreamPeerTCPConnect, Check2StatusBeforeAddressAndPort) {
	TcpWorld t;
	t.connected();
	EXPECT_EQ(t.peer.connect_to_host(IPAddress(), 0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.get_connected_port(), 80);
}

TEST(StreamPeerTCPConnect, Check3AddressHasToBeValid) {
	TcpWorld t;
	EXPECT_EQ(t.peer.connect_to_host(IPAddress(), 80), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(t.peer.connect_to_host(IPAddress::wildcard(), 80), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(t.factory.sockets_made(), 0u);
}

TEST(StreamPeerTCPConnect, Check4PortsFrom1To65535) {
	TcpWorld t;
	for (int port : {-1, 0, 65536, 70000}) {
		EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", port), Error::ERR_INVALID_PARAMETER) << port;
		EXPECT_EQ(t.peer.connect_to_host_async_dns("127.0.0.1", port), Error::ERR_INVALID_PARAMETER) << port;
		EXPECT_EQ(t.peer.connect_to_host_any("127.0.0.1", port), Error::ERR_INVALID_PARAMETER) << port;
	}
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
	EXPECT_EQ(t.factory.sockets_made(), 0u);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 65535), Error::OK);
}

TEST(StreamPeerTCPConnect, Check5SocketOfTheAddressesFamily) {
	TcpWorld t;
	SocketScript &first = t.pending_socket();
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::OK);
	EXPECT_EQ(first.last(SocketCall::kOpenTcp).type, IPType::IPV4);
	t.peer.disconnect_from_host();
	SocketScript &second = t.pending_socket();
	EXPECT_EQ(t.peer.connect_to_host("::1", 80), Error::OK);
	EXPECT_EQ(second.last(SocketCall::kOpenTcp).type, IPType::IPV6);
	EXPECT_EQ(t.peer.get_connected_host(), "0:0:0:0:0:0:0:1");
	t.peer.disconnect_from_host();
	t.factory.next_socket().then(SocketCall::kOpenTcp, Error::ERR_UNAVAILABLE);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::ERR_UNAVAILABLE);
	t.factory.refuse(true);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
	EXPECT_EQ(t.live_sockets(), 0u);
}

TEST(StreamPeerTCPConnect, NameIsResolvedAndItsAddressShown) {
	TcpWorld t;
	t.names.hosts["game.example"] = {IPAddress("10.1.2.3"), IPAddress("10.1.2.4")};
	SocketScript &script = t.pending_socket();
	EXPECT_EQ(t.peer.connect_to_host("game.example", 80), Error::OK);
	EXPECT_EQ(t.peer.get_connected_host(), "10.1.2.3");
	// Only the first address is tried.
	script.then(SocketCall::kConnectResult, Error::FAILED);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.factory.sockets_made(), 1u);
}

TEST(StreamPeerTCPConnect, TimeLimitIsReadWhenTheConnectionBegins) {
	TcpWorld t;
	t.pending_socket();
	t.settings.tcp_connect_timeout_seconds = 1;
	ASSERT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::OK);
	t.settings.tcp_connect_timeout_seconds = 1800; // too late for this one
	t.clock.advance(Duration::from_ms(1001));
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_TIMEOUT);
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.peer.get_connect_error(), Error::OK);
	t.pending_socket();
	ASSERT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::OK);
	t.clock.advance(Duration::from_ms(1001));
	EXPECT_EQ(t.peer.poll(), Error::OK);
}

TEST(StreamPeerTCPConnect, DefaultSettingsAreTheProcessesOwn) {
	FakeSocketFactory factory;
	FakeClock clock;
	factory.next_socket().otherwise(SocketCall::kConnectResult, Error::ERR_BUSY);
	const Settings former = netpeer::default_settings();
	ASSERT_EQ(netpeer::default_settings().set("network/limits/tcp/connect_timeout_seconds", 1), Error::OK);
	StreamPeerTCP peer(StreamPeerSocketHooks{&clock, nullptr, nullptr});
	ASSERT_EQ(peer.connect_to_host("127.0.0.1", 80), Error::OK);
	netpeer::default_settings() = former;
	clock.advance(Duration::from_ms(1001));
	EXPECT_EQ(peer.poll(), Error::ERR_CONNECTION_ERROR);
}

// --- options ---

TEST(StreamPeerTCPOptions, NoDelayIsForAnOpenSocket) {
	TcpWorld t;
	EXPECT_EQ(t.peer.set_no_delay(true), Error::ERR_UNCONFIGURED);
	SocketScript &script = t.connected();
	EXPECT_EQ(script.count(SocketCall::kNoDelay), 0u); // what was ignored stays ignored, as in Godot
	EXPECT_EQ(t.peer.set_no_delay(true), Error::OK);
	EXPECT_TRUE(script.last(SocketCall::kNoDelay).enabled);
	EXPECT_EQ(t.peer.set_no_delay(false), Error::OK);
	EXPECT_FALSE(script.last(SocketCall::kNoDelay).enabled);
	script.then(SocketCall::kNoDelay, Error::FAILED);
	EXPECT_EQ(t.peer.set_no_delay(true), Error::FAILED);
}

TEST(StreamPeerTCPOptions, KeepAlivePassesItsNumbersOn) {
	TcpWorld t;
	EXPECT_EQ(t.peer.set_keep_alive(true), Error::ERR_UNCONFIGURED);
	SocketScript &script = t.connected();
	EXPECT_EQ(t.peer.set_keep_alive(true, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(script.count(SocketCall::kKeepAlive), 0u);
	EXPECT_EQ(t.peer.set_keep_alive(true, 10, 5, 3), Error::OK);
	EXPECT_TRUE(script.last(SocketCall::kKeepAlive).enabled);
	EXPECT_EQ(script.last(SocketCall::kKeepAlive).idle_s, 10);
	EXPECT_EQ(script.last(SocketCall::kKeepAlive).interval_s, 5);
	EXPECT_EQ(script.last(SocketCall::kKeepAlive).count, 3);
}

TEST(StreamPeerTCPOptions, OptionsSetDuringALookUpReachTheSocketThatConnects) {
	TcpWorld t;
	t.names.hosts["host"] = {IPAddress("10.0.0.1")};
	t.names.answering = false;
	SocketScript &script = t.pending_socket();
	ASSERT_EQ(t.peer.connect_to_host_async_dns("host", 80), Error::OK);
	EXPECT_EQ(t.peer.set_no_delay(true), Error::OK);
	EXPECT_EQ(t.peer.set_keep_alive(true, 7), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 0u);
	t.names.answering = true;
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_TRUE(script.last(SocketCall::kNoDelay).enabled);
	EXPECT_EQ(script.last(SocketCall::kKeepAlive).idle_s, 7);
	// They belong to that connection.
	t.peer.disconnect_from_host();
	SocketScript &next = t.connected();
	EXPECT_EQ(next.count(SocketCall::kNoDelay), 0u);
	EXPECT_EQ(next.count(SocketCall::kKeepAlive), 0u);
}

TEST(StreamPeerTCPOptions, LocalPortIs0WhenNotOpen) {
	TcpWorld t;
	EXPECT_EQ(t.peer.get_local_port(), 0);
	SocketScript &script = t.factory.next_socket();
	SocketAnswer answer;
	answer.endpoint.port = 5555;
	script.otherwise(SocketCall::kLocalEndpoint, answer);
	EXPECT_EQ(t.peer.bind(0), Error::OK);
	EXPECT_EQ(t.peer.get_local_port(), 5555);
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.peer.get_local_port(), 0);
}

// --- names in the background ---

TEST(StreamPeerTCPNames, LookUpIsConnectingUntilPollHasTheAddress) {
	TcpWorld t;
	t.names.hosts["host"] = {IPAddress("::1"), IPAddress("127.0.0.1")};
	t.names.answering = false;
	SocketScript &script = t.pending_socket();
	EXPECT_EQ(t.peer.connect_to_host_async_dns("host", 80), Error::OK);
	EXPECT_EQ(t.names.resolved, 0u);
	EXPECT_EQ(t.peer.get_status(), kTcpConnecting);
	EXPECT_EQ(t.peer.get_connected_host(), "");
	EXPECT_EQ(t.peer.get_available_bytes(), 0);
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_OUT, 10), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(t.peer.bind(0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.connect_to_host("127.0.0.1", 80), Error::ERR_ALREADY_IN_USE);
	EXPECT_LE(t.peer.next_poll_time(), t.clock.now());
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 0u);
	t.names.answering = true;
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_connected_host(), "127.0.0.1"); // as connect_to_host() chooses
	EXPECT_EQ(t.names.under_way(), 0u);
	script.then(SocketCall::kConnectResult, Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kTcpConnected);
}

TEST(StreamPeerTCPNames, UnknownNameIsFoundByPoll) {
	for (bool any : {false, true}) {
		TcpWorld t;
		EXPECT_EQ(any ? t.peer.connect_to_host_any("nowhere", 80) : t.peer.connect_to_host_async_dns("nowhere", 80),
		        Error::OK);
		EXPECT_EQ(t.peer.poll(), Error::ERR_CANT_RESOLVE);
		EXPECT_EQ(t.peer.get_status(), kTcpError);
		EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_CANT_RESOLVE);
		EXPECT_EQ(t.names.under_way(), 0u);
	}
}

TEST(StreamPeerTCPNames, TimeLimitIncludesTheLookUp) {
	TcpWorld t;
	t.names.answering = false;
	ASSERT_EQ(t.peer.connect_to_host_async_dns("slow", 80), Error::OK);
	t.clock.advance(Duration::from_ms(30001));
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_TIMEOUT);
	EXPECT_EQ(t.names.under_way(), 0u);
}

TEST(StreamPeerTCPNames, EndOfThePeerEndsItsLookUp) {
	TcpWorld t;
	t.names.answering = false;
	{
		StreamPeerTCP peer(StreamPeerSocketHooks{&t.clock, &t.settings, &t.names});
		ASSERT_EQ(peer.connect_to_host_any("slow", 80), Error::OK);
		EXPECT_EQ(t.names.under_way(), 1u);
	}
	EXPECT_EQ(t.names.under_way(), 0u);
	ASSERT_EQ(t.peer.connect_to_host_async_dns("slow", 80), Error::OK);
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.names.under_way(), 0u);
}

TEST(StreamPeerTCPNames, LiteralsNeedNoLookUp) {
	TcpWorld t;
	t.names.full = true;
	t.pending_socket();
	EXPECT_EQ(t.peer.connect_to_host_async_dns("10.0.0.1", 80), Error::OK);
	EXPECT_EQ(t.peer.get_connected_host(), "10.0.0.1");
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.peer.connect_to_host_async_dns("name", 80), Error::ERR_BUSY);
	for (const char *host : {"", "*", static_cast<const char *>(nullptr)})
		EXPECT_EQ(t.peer.connect_to_host_async_dns(host, 80), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
}

// --- all addresses of a name ---

namespace {

struct RaceWorld : TcpWorld {
	std::vector<SocketScript *> sockets;

	explicit RaceWorld(std::vector<IPAddress> addresses) {
		for (size_t i = 0; i < addresses.size(); ++i) sockets.push_back(&pending_socket());
		names.hosts["host"] = std::move(addresses);
		EXPECT_EQ(peer.connect_to_host_any("host", 80), Error::OK);
	}
	std::string target(size_t i) const {
		char text[IPAddress::kMaxTextBytes];
		return sockets.at(i)->last(SocketCall::kConnect).endpoint.address.to_text(text);
	}
};

} // namespace

TEST(StreamPeerTCPAny, FamiliesTakeTurns) {
	RaceWorld t({IPAddress("fe80::1"), IPAddress("fe80::2"), IPAddress("fe80::3"), IPAddress("10.0.0.1"),
	        IPAddress("10.0.0.2")});
	for (int i = 0; i < 5; ++i) {
		EXPECT_EQ(t.peer.poll(), Error::OK);
		EXPECT_EQ(t.factory.sockets_made(), static_cast<size_t>(i + 1));
		t.clock.advance(Duration::from_ms(250));
	}
	EXPECT_EQ(t.target(0), "fe80:0:0:0:0:0:0:1");
	EXPECT_EQ(t.target(1), "10.0.0.1");
	EXPECT_EQ(t.target(2), "fe80:0:0:0:0:0:0:2");
	EXPECT_EQ(t.target(3), "10.0.0.2");
	EXPECT_EQ(t.target(4), "fe80:0:0:0:0:0:0:3");
	EXPECT_EQ(t.peer.get_connected_host(), "");
	EXPECT_EQ(t.peer.get_status(), kTcpConnecting);
}

TEST(StreamPeerTCPAny, NextAttemptAfter250Milliseconds) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.next_poll_time(), t.clock.now() + Duration::from_ms(250));
	t.clock.advance(Duration::from_ms(249));
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 1u);
	t.clock.advance(Duration::from_ms(1));
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 2u);
	EXPECT_EQ(t.sockets[0]->live_sockets(), 1u);
}

TEST(StreamPeerTCPAny, WaitEndsWhenTheNextAttemptIsDue) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.clock.advance(Duration::from_ms(50));
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_OUT, 10000), Error::ERR_BUSY);
	EXPECT_EQ(t.sockets[0]->last(SocketCall::kWait).timeout, Duration::from_ms(200));
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_OUT, 10), Error::ERR_BUSY);
	EXPECT_EQ(t.sockets[0]->last(SocketCall::kWait).timeout, Duration::from_ms(10));
}

TEST(StreamPeerTCPAny, WaitAndNextPollTimeDoNotRelyOnTheLatestOfSeveralAttempts) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.clock.advance(Duration::from_ms(250));
	EXPECT_EQ(t.peer.poll(), Error::OK);
	// Nothing is left to begin, and only the second socket can be waited for; the first may be the one that connects.
	const Duration soon = Duration::from_ms(10);
	EXPECT_EQ(t.peer.next_poll_time(), t.clock.now() + soon);
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_OUT, -1), Error::ERR_BUSY);
	EXPECT_EQ(t.sockets[1]->last(SocketCall::kWait).timeout, soon);
	t.clock.advance(soon);
	t.sockets[1]->then(SocketCall::kConnectResult, Error::FAILED);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	// One is left: its socket says all.
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_OUT, -1), Error::ERR_BUSY);
	EXPECT_EQ(t.sockets[0]->last(SocketCall::kWait).timeout, Duration::from_ms(-1));
}

TEST(StreamPeerTCPAny, FailureStartsTheNextAtOnce) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2"), IPAddress("10.0.0.3")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.sockets[0]->then(SocketCall::kConnectResult, Error::FAILED);
	t.sockets[1]->then(SocketCall::kConnect, Error::FAILED); // and this one at once
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 3u);
	EXPECT_EQ(t.live_sockets(), 1u);
	EXPECT_EQ(t.target(2), "10.0.0.3");
}

TEST(StreamPeerTCPAny, FirstToConnectWinsAndTheOthersAreClosed) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2"), IPAddress("10.0.0.3")});
	EXPECT_EQ(t.peer.set_no_delay(true), Error::OK);
	for (int i = 0; i < 3; ++i) {
		EXPECT_EQ(t.peer.poll(), Error::OK);
		t.clock.advance(Duration::from_ms(250));
	}
	EXPECT_EQ(t.live_sockets(), 3u);
	t.sockets[1]->then(SocketCall::kConnectResult, Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kTcpConnected);
	EXPECT_EQ(t.peer.get_connected_host(), "10.0.0.2");
	EXPECT_EQ(t.peer.get_connected_port(), 80);
	EXPECT_EQ(t.live_sockets(), 1u);
	EXPECT_EQ(t.sockets[1]->live_sockets(), 1u);
	EXPECT_TRUE(t.sockets[1]->last(SocketCall::kNoDelay).enabled);
	EXPECT_EQ(t.peer.put_data(netpeer::view_of("hi")), Error::OK);
	EXPECT_EQ(t.sockets[1]->sent(), "hi");
}

TEST(StreamPeerTCPAny, OptionsReachAttemptsUnderWay) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.set_no_delay(true), Error::OK);
	EXPECT_TRUE(t.sockets[0]->last(SocketCall::kNoDelay).enabled);
}

TEST(StreamPeerTCPAny, AllFailedIsAConnectionError) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.sockets[0]->then(SocketCall::kConnectResult, Error::FAILED, 111);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.sockets[1]->then(SocketCall::kConnectResult, Error::FAILED, 113);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_status(), kTcpError);
	EXPECT_EQ(t.peer.last_os_error(), 113);
	EXPECT_EQ(t.live_sockets(), 0u);
}

TEST(StreamPeerTCPAny, TimeLimitEndsAllAttempts) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.clock.advance(Duration::from_ms(300));
	EXPECT_EQ(t.peer.poll(), Error::OK);
	t.clock.advance(Duration::from_s(30));
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_TIMEOUT);
	EXPECT_EQ(t.live_sockets(), 0u);
}

TEST(StreamPeerTCPAny, MoreAddressesThanItTriesAreCut) {
	std::vector<IPAddress> many;
	for (int i = 0; i < 40; ++i) many.push_back(IPAddress::v4(10, 0, 1, static_cast<uint8_t>(i)));
	RaceWorld t(many);
	for (int i = 0; i < 40; ++i) {
		EXPECT_EQ(t.peer.poll(), Error::OK);
		t.clock.advance(Duration::from_ms(250));
	}
	EXPECT_EQ(t.factory.sockets_made(), 16u);
}

TEST(StreamPeerTCPAny, SocketThatCannotBeHadIsAFailedAttempt) {
	RaceWorld t({IPAddress("10.0.0.1"), IPAddress("10.0.0.2")});
	t.factory.refuse(true);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_status(), kTcpError);
}

TEST(StreamPeerTCPAny, BoundPeerIsRefused) {
	TcpWorld t;
	EXPECT_EQ(t.peer.bind(0), Error::OK);
	EXPECT_EQ(t.peer.connect_to_host_any("host", 80), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.get_status(), kTcpNone);
	EXPECT_EQ(t.live_sockets(), 1u);
}
