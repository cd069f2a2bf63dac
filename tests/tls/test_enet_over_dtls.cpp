// ENet over DTLS, netpeer at both ends, on a simulated network: what passes, what never passes, and how it ends.
// decisions.md 13 and 18 and the DTLS part of the ENet API are what is held here.

#include "../../src/reliable/transport/transport_dtls_server.h"
#include "../support/dtls_duo.h"

using namespace netpeer;
using namespace netpeer_test;

using Connection = ENetConnection;

namespace {

/// Has datagrams that are no records, and counts how often it is asked for them.
class RubbishTransport final : public DatagramTransport {
public:
	Error receive(Instant, DatagramSlot *slots, size_t count, size_t &received) override {
		++asked;
		for (received = 0; received < count && waiting != 0; ++received, --waiting) {
			slots[received].from.port = 1000;
			slots[received].size = 1;
			slots[received].buffer.data[0] = 0;
		}
		return received != 0 ? Error::OK : Error::ERR_BUSY;
	}
	Error send(Instant, const DatagramOut *, size_t count, size_t &accepted) override {
		accepted = count;
		return Error::OK;
	}
	Error wait(Duration) override { return Error::ERR_UNAVAILABLE; }
	Error local_endpoint(Endpoint &) override { return Error::ERR_UNCONFIGURED; }

	size_t waiting = 0;
	int asked = 0;
};

} // namespace

// --- set-up ---

TEST(EnetOverDtls, SetUpRefusesBadArgumentsAndChangesNothing) {
	FaceWorld world;
	FaceHost &host = world.add();
	EXPECT_EQ(host->dtls_server_setup(nullptr), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(host->dtls_client_setup("a.test"), Error::ERR_UNCONFIGURED);
	ASSERT_EQ(host->create_host(2), Error::OK);
#if NETPEER_WITH_MBEDTLS
	EXPECT_EQ(host->dtls_server_setup(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->dtls_server_setup(TLSOptions::client()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->dtls_client_setup(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->dtls_client_setup("a.test", TLSOptions::server(nullptr, nullptr)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->dtls_server_setup(TLSOptions::server(nullptr, nullptr)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host->dtls_server_setup(TLSOptions::server(
	                  test_certificates::server().load_key(), test_certificates::other_name().load_certificate())),
	        Error::ERR_INVALID_PARAMETER)
	        << "a key that does not belong to the certificate";
	EXPECT_EQ(host->dtls_client_setup("", dtls_client_options()), Error::ERR_INVALID_PARAMETER) << "no name to check";
	EXPECT_EQ(host->dtls_client_setup("a.test", dtls_client_options()), Error::OK);
	EXPECT_EQ(host->dtls_client_setup("a.test", dtls_client_options()), Error::FAILED) << "once is all";
	EXPECT_EQ(host->dtls_server_setup(dtls_server_options()), Error::FAILED);
#else
	EXPECT_EQ(host->dtls_client_setup("a.test", TLSOptions::client_unsafe()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(host->dtls_server_setup(TLSOptions::server(nullptr, nullptr)), Error::ERR_UNAVAILABLE);
#endif
}

TEST(EnetOverDtls, SetUpComesBeforeTheFirstDial) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	EXPECT_EQ(duo.client->dtls_client_setup("a.test", dtls_client_options()), Error::ERR_ALREADY_IN_USE);
}

TEST(EnetOverDtls, SetUpComesBeforeAnythingHasComeInPlain) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	const FaceHost &stranger = duo.add();
	(void)duo.network.send(duo.clock.now(), stranger.at, duo.client.at, bytes_of("rubbish"));
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	duo.client->flush();
	duo.client.peer->reset();
	duo.run_ms(1);
	// No handle yet: the attempt waits for its answer in the host, which will take that from anybody.
	ASSERT_EQ(duo.server.counters().received_datagrams, 1u);
	EXPECT_EQ(duo.server->dtls_server_setup(dtls_server_options()), Error::ERR_ALREADY_IN_USE);
	ASSERT_TRUE(duo.client->get_peers().empty());
	ASSERT_GE(duo.client.counters().received_datagrams, 1u);
	EXPECT_EQ(duo.client->dtls_client_setup("server.test", dtls_client_options()), Error::ERR_ALREADY_IN_USE);
	duo.client->destroy();
	ASSERT_EQ(duo.client->create_host(2), Error::OK);
	EXPECT_EQ(duo.client->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
}

TEST(EnetOverDtls, NewConnectionsRefusedBeforeTheSetUpAreRefusedAfterIt) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	duo.server->refuse_new_connections(true);
	duo.secure();
	EXPECT_FALSE(duo.connect_them());
	EXPECT_EQ(duo.sent(duo.server, duo.client), 0u);
	duo.server->destroy();
	ASSERT_EQ(duo.server->create_host(4), Error::OK);
	ASSERT_EQ(duo.server->dtls_server_setup(dtls_server_options()), Error::OK);
	EXPECT_TRUE(duo.connect_them()) << "a new host refuses nobody";
}

// As in plain: a system call that can only say "nothing more" is not made.
TEST(EnetOverDtls, ABatchThatWasNotFullIsTheLastOneOfItsCall) {
	NETPEER_TEST_NEEDS_TLS();
	RubbishTransport below;
	TransportDtlsServer server(below);
	ASSERT_EQ(server.init(dtls_server_options(), nullptr, *default_allocator(), 4), Error::OK);
	uint8_t room[64];
	DatagramSlot slot;
	slot.buffer = MutBytes(room, sizeof(room));
	size_t received = 0;
	const size_t full = DtlsWire::kInboxSlots;
	for (const size_t waiting : {size_t{0}, size_t{1}, full - 1, full, full + 1}) {
		below.waiting = waiting;
		below.asked = 0;
		EXPECT_EQ(server.receive(Instant::from_ms(1000), &slot, 1, received), Error::ERR_BUSY);
		EXPECT_EQ(received, 0u);
		EXPECT_EQ(below.waiting, 0u) << waiting;
		EXPECT_EQ(below.asked, waiting < full ? 1 : 2) << waiting;
	}
}

// --- what passes ---

TEST(EnetOverDtls, PacketsOfEveryKindPassBothWaysAndNoneInPlain) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(20);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	const std::string secret = "nobody on the way may read this line";
	std::string large;
	while (large.size() < 20000) large += secret;
	for (FaceHost *host : {&duo.client, &duo.server}) {
		EXPECT_EQ(host->peer->send(0, bytes_of(secret), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
		EXPECT_EQ(host->peer->send(1, bytes_of(secret), 0), Error::OK);
		EXPECT_EQ(host->peer->send(2, bytes_of(secret), ENetPacketPeer::FLAG_UNSEQUENCED), Error::OK);
		EXPECT_EQ(host->peer->send(3, bytes_of(large), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	}
	duo.run_ms(2000);
	for (FaceHost *host : {&duo.client, &duo.server}) {
		std::vector<std::string> got = host->take_packets();
		std::sort(got.begin(), got.end());
		EXPECT_EQ(got, (std::vector<std::string>{"0:" + secret, "1:" + secret, "2:" + secret, "3:" + large}));
	}
	EXPECT_EQ(duo.log.all.find(secret.substr(0, 8)), std::string::npos);
	EXPECT_EQ(duo.log.not_records, 0u) << "something was no DTLS record";
	EXPECT_EQ(duo.client.stats().mtu, 1352u);
	EXPECT_LE(duo.log.longest, 1400u);
}

TEST(EnetOverDtls, ConnectingCostsTheRoundTripsOfTheHandshakeAndNothingMore) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(50);
	duo.secure();
	const Instant start = duo.clock.now();
	ASSERT_TRUE(duo.connect_them());
	const Duration took = duo.clock.now() - start;
	// Cookie, hello, key exchange: three round trips; ENet's own handshake takes one and a half.
	EXPECT_GE(took.ms(), 450);
	EXPECT_LE(took.ms(), 455);
	duo.run_ms(1000);
	EXPECT_LE(duo.client.stats().round_trip_time, 200u) << "the handshake must not count as ENet's round trip";
}

TEST(EnetOverDtls, EveryCompressionModeWorksInside) {
	NETPEER_TEST_NEEDS_TLS();
	for (const auto mode : {Connection::COMPRESS_NONE, Connection::COMPRESS_RANGE_CODER, Connection::COMPRESS_FASTLZ,
	             Connection::COMPRESS_ZLIB, Connection::COMPRESS_ZSTD}) {
		DtlsDuo duo(5);
		duo.secure();
		if (duo.server->compress(mode) == Error::ERR_UNAVAILABLE) continue;
		ASSERT_EQ(duo.client->compress(mode), Error::OK);
		ASSERT_TRUE(duo.connect_them()) << mode;
		const std::string text(5000, 'x');
		ASSERT_EQ(duo.client.peer->send(0, bytes_of(text), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
		duo.run_ms(500);
		EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"0:" + text}) << mode;
	}
}

TEST(EnetOverDtls, ManyClientsConnectAtOnce) {
	NETPEER_TEST_NEEDS_TLS();
	FaceWorld world(10);
	FaceHost &server = world.add_created(100);
	ASSERT_EQ(server->dtls_server_setup(dtls_server_options()), Error::OK);
	const std::shared_ptr<TLSOptions> options = dtls_client_options();
	std::vector<FaceHost *> clients;
	for (int i = 0; i < 100; ++i) {
		clients.push_back(&world.add_created(1));
		ASSERT_EQ((*clients.back())->dtls_client_setup("server.test", options), Error::OK);
		ASSERT_NE(world.dial(*clients.back(), server), nullptr);
	}
	EXPECT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_CONNECT) == 100; }, 5000));
	for (FaceHost *client : clients)
		EXPECT_EQ(client->peer->send(0, bytes_of(client->address), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	world.run_ms(1000);
	EXPECT_EQ(server.take_packets().size(), 100u);
}

TEST(EnetOverDtls, OneHostDialsManyServersAndKeepsTheirSessionsApart) {
	NETPEER_TEST_NEEDS_TLS();
	FaceWorld world(10);
	FaceHost &client = world.add_created(32);
	ASSERT_EQ(client->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	const std::shared_ptr<TLSOptions> options = dtls_server_options();
	std::vector<FaceHost *> servers;
	std::vector<SurePeer> peers;
	for (int i = 0; i < 32; ++i) {
		servers.push_back(&world.add_created(1));
		ASSERT_EQ((*servers.back())->dtls_server_setup(options), Error::OK);
		peers.push_back(world.dial(client, *servers.back()));
		ASSERT_NE(peers.back(), nullptr);
	}
	ASSERT_TRUE(world.run_until([&] { return client.count(Connection::EVENT_CONNECT) == 32; }, 5000));
	EXPECT_EQ(client->connect_to_host("10.0.0.200", 4200), nullptr) << "each has a place, and there are no more";
	for (size_t i = 0; i < 32; i += 2) peers[i]->peer_disconnect(0);
	world.run_ms(2000); // those sessions have gone
	for (size_t i = 1; i < 32; i += 2)
		EXPECT_EQ(peers[i]->send(0, bytes_of("to " + servers[i]->address), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	world.run_ms(500);
	for (size_t i = 0; i < 32; ++i) {
		const std::vector<std::string> expected{"0:to " + servers[i]->address};
		EXPECT_EQ(servers[i]->take_packets(), i % 2 == 1 ? expected : std::vector<std::string>()) << i;
	}
	EXPECT_TRUE(world.connect(client, *servers[0])) << "and one that went can come back";
}

TEST(EnetOverDtls, LossReorderingAndDuplicationDelayAndLoseNothing) {
	NETPEER_TEST_NEEDS_TLS();
	for (int seed = 1; seed <= 10; ++seed) {
		DtlsDuo duo(20);
		duo.clock.advance(Duration::from_ms(seed * 17)); // other stamps, other luck
		duo.secure();
		for (auto [from, to] : {std::make_pair(&duo.client, &duo.server), std::make_pair(&duo.server, &duo.client)}) {
			SimLinkSettings settings;
			settings.latency = Duration::from_ms(15 + seed);
			settings.jitter = Duration::from_ms(10);
			settings.loss = 0.1;
			settings.duplicate = 0.1;
			settings.reorder = 0.1;
			duo.link(*from, *to).settings = settings;
		}
		ASSERT_TRUE(duo.connect_them()) << seed;
		std::vector<std::string> sent;
		for (int i = 0; i < 50; ++i) {
			sent.push_back("0:" + std::to_string(i) + std::string(static_cast<size_t>(i * 40), 'z'));
			ASSERT_EQ(duo.client.peer->send(0, bytes_of(sent.back().substr(2)), ENetPacketPeer::FLAG_RELIABLE),
			        Error::OK);
		}
		std::vector<std::string> got;
		(void)duo.run_until([&] {
			for (std::string &packet : duo.server.take_packets()) got.push_back(std::move(packet));
			return got.size() >= sent.size();
		});
		EXPECT_EQ(got, sent) << seed;
		EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u) << seed;
	}
}

// --- what does not pass ---

TEST(EnetOverDtls, AServerHearsNothingOfAPlainClient) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	ASSERT_EQ(duo.server->dtls_server_setup(dtls_server_options()), Error::OK);
	EXPECT_EQ(duo.failed_dial().reason, EnetDropReason::kConnectTimedOut);
	EXPECT_TRUE(duo.server.events.empty());
	EXPECT_EQ(duo.server.counters().received_datagrams, 0u) << "the plain text must not reach ENet";
	EXPECT_EQ(duo.sent(duo.server, duo.client), 0u);
}

TEST(EnetOverDtls, AClientNeverSpeaksPlainToAPlainServer) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	ASSERT_EQ(duo.client->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	const Connection::Event end = duo.failed_dial();
	EXPECT_TRUE(end.reason == EnetDropReason::kSessionLost || end.reason == EnetDropReason::kConnectTimedOut);
	EXPECT_TRUE(duo.server.events.empty());
	EXPECT_EQ(duo.log.not_records, 0u);
}

TEST(EnetOverDtls, ACertificateThatFailsACheckEndsTheDialWithItsReason) {
	NETPEER_TEST_NEEDS_TLS();
	const struct {
		const char *what;
		const TestIdentity &identity;
		const char *name;
		TlsFailure expected;
	} cases[] = {
	        {"wrong name", test_certificates::server(), "elsewhere.test", TlsFailure::kNameMismatch},
	        {"unknown authority", test_certificates::self_signed(), "localhost", TlsFailure::kNotTrusted},
	        {"expired", test_certificates::expired(), "server.test", TlsFailure::kExpired},
	        {"not yet valid", test_certificates::not_yet_valid(), "server.test", TlsFailure::kNotYetValid},
	        // Our own server does not present it at all.
	        {"not a server's", test_certificates::client_only(), "server.test", TlsFailure::kAlert},
	};
	for (const auto &one : cases) {
		DtlsDuo duo(10);
		duo.secure(dtls_server_options(one.identity), dtls_client_options(), one.name);
		const Connection::Event end = duo.failed_dial(2000);
		EXPECT_EQ(end.reason, EnetDropReason::kSessionLost) << one.what;
		ASSERT_NE(end.peer, nullptr) << one.what;
		EXPECT_EQ(end.peer->get_session_failure(), one.expected)
		        << one.what << ": " << tls_failure_text(end.peer->get_session_failure());
		duo.run_ms(1000);
		EXPECT_TRUE(duo.server.events.empty()) << one.what;
	}
}

TEST(EnetOverDtls, RefusingNewConnectionsKeepsTheOnesThereAre) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	duo.server->refuse_new_connections(true);
	FaceHost &late = duo.add_created(1);
	ASSERT_EQ(late->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	EXPECT_FALSE(duo.connect(late, duo.server));
	EXPECT_EQ(duo.sent(duo.server, late), 0u) << "not even a cookie";
	ASSERT_EQ(duo.client.peer->send(0, bytes_of("still here"), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	duo.run_ms(500);
	EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"0:still here"});
	duo.server->refuse_new_connections(false);
	EXPECT_TRUE(duo.connect(late, duo.server));
}

// --- how it ends ---

TEST(EnetOverDtls, ADisconnectReachesTheOtherEndAndTheSessionGoesToo) {
	NETPEER_TEST_NEEDS_TLS();
	for (const bool client_leaves : {true, false}) {
		DtlsDuo duo(10);
		duo.secure();
		ASSERT_TRUE(duo.connect_them());
		FaceHost &leaver = client_leaves ? duo.client : duo.server;
		FaceHost &other = client_leaves ? duo.server : duo.client;
		leaver.peer->peer_disconnect(77);
		duo.run_ms(2000);
		EXPECT_EQ(leaver.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kWeAsked);
		EXPECT_EQ(other.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kRemoteAsked);
		EXPECT_EQ(other.last(Connection::EVENT_DISCONNECT).data, 77u);
		EXPECT_EQ(other.count(Connection::EVENT_DISCONNECT), 1u);
		EXPECT_TRUE(duo.connect_them()) << "and it can come back";
	}
}

TEST(EnetOverDtls, DisconnectNowIsHeard) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	duo.client.peer->peer_disconnect_now(5);
	duo.run_ms(100);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kRemoteAsked);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).data, 5u);
}

TEST(EnetOverDtls, ASessionThatEndsTakesItsPeerDownAtOnce) {
	NETPEER_TEST_NEEDS_TLS();
	for (const bool client_goes : {true, false}) {
		DtlsDuo duo(10);
		duo.secure();
		ASSERT_TRUE(duo.connect_them());
		// destroy() tells ENet's other end nothing, but close_notify leaves.
		(client_goes ? duo.client : duo.server)->destroy();
		FaceHost &other = client_goes ? duo.server : duo.client;
		ASSERT_TRUE(duo.run_until([&] { return other.count(Connection::EVENT_DISCONNECT) == 1; }, 100)) << client_goes;
		EXPECT_EQ(other.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kSessionLost);
		EXPECT_EQ(other.last(Connection::EVENT_DISCONNECT).peer->get_session_failure(), TlsFailure::kClosed);
	}
}

TEST(EnetOverDtls, ASessionThatEndsBeforeItsPeerIsToldTakesThePeerDownToo) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_CONNECT) == 1; }, 1000));
	ASSERT_EQ(duo.server.count(Connection::EVENT_CONNECT), 0u);
	duo.client->destroy(); // the server finds ENet's last datagram and the close_notify in one pass
	duo.run_ms(100);
	EXPECT_EQ(duo.server.count(Connection::EVENT_CONNECT), 1u);
	ASSERT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 1u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kSessionLost);
	EXPECT_TRUE(duo.server->get_peers().empty());
}

TEST(EnetOverDtls, AClientThatStartsAgainAtItsAddressTakesItsOldPeerDown) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	duo.network.partition(duo.client.at, duo.server.at, duo.clock.now(), Duration::from_ms(50));
	duo.client->destroy(); // its last words are lost
	duo.run_ms(60);
	ASSERT_EQ(duo.client->create_host(2), Error::OK);
	ASSERT_EQ(duo.client->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	ASSERT_TRUE(duo.connect_them());
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 1u);
	EXPECT_EQ(duo.server.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kSessionLost);
	EXPECT_EQ(duo.server->get_peers().size(), 1u);
}

TEST(EnetOverDtls, ADialInALingeringSessionSurvivesLosses) {
	NETPEER_TEST_NEEDS_TLS();
	// Whichever of the datagrams of the second connect is lost: the session must not end under it.
	for (const bool server_leaves : {false, true}) {
		for (unsigned lost = 0; lost < 12; ++lost) {
			DtlsDuo duo(1);
			duo.secure();
			ASSERT_TRUE(duo.connect_them());
			(server_leaves ? duo.server : duo.client).peer->peer_disconnect();
			ASSERT_TRUE(duo.run_until([&] {
				return duo.server.count(Connection::EVENT_DISCONNECT) == 1 &&
				       duo.client.count(Connection::EVENT_DISCONNECT) == 1;
			}));
			duo.link(duo.client, duo.server).drop_mask(lost % 4);
			duo.link(duo.server, duo.client).drop_mask(lost / 4);
			EXPECT_TRUE(duo.connect_them()) << lost;
			EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 1u) << server_leaves << lost;
			EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 1u) << server_leaves << lost;
		}
	}
}

TEST(EnetOverDtls, ADialInASessionThatTheServerClosesBeginsAnewOnce) {
	NETPEER_TEST_NEEDS_TLS();
	// Newer Godots end the session with the peer, perhaps while the next dial is under way in it.
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	duo.client.peer->peer_disconnect();
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 1; }));
	for (const bool comes_back : {true, false}) {
		SCOPED_TRACE(comes_back);
		const size_t ends = duo.client.count(Connection::EVENT_DISCONNECT);
		ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
		duo.server->destroy(); // says close_notify
		if (comes_back) {
			ASSERT_EQ(duo.server->create_host(4), Error::OK);
			ASSERT_EQ(duo.server->dtls_server_setup(dtls_server_options()), Error::OK);
			EXPECT_TRUE(duo.run_until(
			        [&] { return duo.client.peer->get_state() == ENetPacketPeer::STATE_CONNECTED; }, 2000));
			EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), ends);
			duo.run_ms(1000);
		} else {
			EXPECT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == ends + 2; }));
			EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kSessionLost);
			EXPECT_EQ(duo.client.peer->get_session_failure(), TlsFailure::kTimedOut);
		}
	}
}

TEST(EnetOverDtls, ALingeringSessionEndsEvenIfSomebodyKeepsDialling) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(1, 1);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	FaceHost &other = duo.add_created(1);
	ASSERT_EQ(other->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	duo.client.peer->peer_disconnect();
	duo.run_ms(20);
	ASSERT_TRUE(duo.connect(other, duo.server)); // and the server is full
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	const Instant start = duo.clock.now();
	ASSERT_TRUE(duo.run_until([&] { return duo.client.count(Connection::EVENT_DISCONNECT) == 2; }));
	EXPECT_EQ(duo.client.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kSessionLost);
	EXPECT_LE((duo.clock.now() - start).us / 1000, 16100) << "two sessions of 8 s";
}

TEST(EnetOverDtls, ForgedDatagramsOfAConnectedAddressChangeNothing) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	std::string rubbish(100, 'r');
	for (int i = 0; i < 200; ++i) {
		rubbish[0] = static_cast<char>(i % 4 == 0 ? 23 : i); // at times as application data
		(void)duo.network.send(duo.clock.now(), duo.client.at, duo.server.at, bytes_of(rubbish));
		(void)duo.network.send(duo.clock.now(), duo.server.at, duo.client.at, bytes_of(rubbish));
	}
	ASSERT_EQ(duo.client.peer->send(0, bytes_of("through"), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	duo.run_ms(500);
	EXPECT_EQ(duo.server.take_packets(), std::vector<std::string>{"0:through"});
	EXPECT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 0u);
	EXPECT_EQ(duo.server.count(Connection::EVENT_DISCONNECT), 0u);
}

TEST(EnetOverDtls, SocketSendGoesOutRaw) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo;
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	EXPECT_EQ(duo.client->socket_send(duo.server.address.c_str(), duo.server.at.port, bytes_of("punch")), Error::OK);
	EXPECT_NE(duo.log.all.find("punch"), std::string::npos);
}

TEST(EnetOverDtls, ADialInTheMiddleOfTheEndsOfOthersKeepsItsSession) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	const SurePeer first = duo.client.peer;
	ASSERT_TRUE(duo.connect_them()) << "a second connection in the same session";
	const SurePeer second = duo.client.peer;
	duo.server->destroy();
	duo.run_ms(15); // the close_notify is there
	ASSERT_EQ(duo.client.count(Connection::EVENT_DISCONNECT), 2u);
	ASSERT_EQ(duo.server->create_host(4), Error::OK);
	ASSERT_EQ(duo.server->dtls_server_setup(dtls_server_options()), Error::OK);
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	first->reset(); // those before have nothing to do with the new session
	second->reset();
	EXPECT_TRUE(duo.run_until([&] { return duo.client.peer->get_state() == ENetPacketPeer::STATE_CONNECTED; }, 2000));
	duo.run_ms(1000);
	EXPECT_EQ(duo.client.peer->get_state(), ENetPacketPeer::STATE_CONNECTED);
}

TEST(EnetOverDtls, MoreThanOnePassfulOfPacketsArrivesWithoutWaiting) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(10);
	duo.secure();
	ASSERT_TRUE(duo.connect_them());
	for (int i = 0; i < 500; ++i) ASSERT_EQ(duo.client.peer->send(1, bytes_of(std::string(1200, 'p')), 0), Error::OK);
	duo.client->flush();
	duo.run_ms(11);
	EXPECT_EQ(duo.server.take_packets().size(), 500u);
}
