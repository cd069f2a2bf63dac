// PacketPeerDTLS and DTLSServer over real sockets on loopback; time is the tests' where handshakes are repeated.
#include "../../src/core/seeded_rng.h"
#include "../support/dtls_loops.h"
#include "../support/failing_allocator.h"
#include "../support/fake_clock.h"
#include "../support/tls_identities.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace netpeer;
using netpeer_test::bytes_of;
using netpeer_test::client_trusting;
using netpeer_test::DtlsHost;
using netpeer_test::server_of;
using netpeer_test::take_text;
namespace identities = netpeer_test::identities;

namespace {

using Dtls = PacketPeerDTLS;

/// A server and a client of it.
class PacketPeerDTLSLoopback : public ::testing::Test {
protected:
	void SetUp() override { NETPEER_NEED_TLS(); }

	void listen(std::shared_ptr<TLSOptions> own = server_of()) {
		ASSERT_NO_FATAL_FAILURE(host_.listen(std::move(own)));
	}
	void dial(std::shared_ptr<TLSOptions> trust = client_trusting(), const char *name = "localhost") {
		udp_ = std::make_shared<PacketPeerUDP>();
		ASSERT_EQ(udp_->connect_to_host("127.0.0.1", host_.udp.get_local_port()), Error::OK);
		ASSERT_EQ(client_.connect_to_peer(udp_, name, std::move(trust)), Error::OK);
	}
	/// Until the client's handshake is decided, and the server's session too.
	void finish() {
		ASSERT_TRUE(host_.turn_until([&] {
			if (client_.get_status() == Dtls::STATUS_HANDSHAKING) (void)client_.poll();
			return client_.get_status() != Dtls::STATUS_HANDSHAKING && !host_.sessions.empty() &&
			       host_.sessions.back()->get_status() != Dtls::STATUS_HANDSHAKING;
		}));
		session_ = host_.sessions.back();
	}
	void connect() {
		ASSERT_NO_FATAL_FAILURE(listen());
		ASSERT_NO_FATAL_FAILURE(dial());
		ASSERT_NO_FATAL_FAILURE(finish());
		ASSERT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED) << client_.get_failure_detail();
		ASSERT_EQ(session_->get_status(), Dtls::STATUS_CONNECTED) << session_->get_failure_detail();
	}
	/// The next packet the session gets.
	std::string served() {
		EXPECT_TRUE(host_.turn_until([&] {
			return session_->get_available_packet_count() > 0 || session_->get_status() != Dtls::STATUS_CONNECTED;
		}));
		return take_text(*session_);
	}
	std::string received() {
		EXPECT_TRUE(netpeer_test::turn_until(client_, [&] {
			return client_.get_available_packet_count() > 0 || client_.get_status() != Dtls::STATUS_CONNECTED;
		}));
		return take_text(client_);
	}

	DtlsHost host_;
	std::shared_ptr<PacketPeerUDP> udp_;
	Dtls client_;
	std::shared_ptr<PacketPeerDTLS> session_;
};

/// Somebody who listens and says nothing, and a client that tries to reach him in time of the test's own.
class PacketPeerDTLSUnanswered : public ::testing::Test {
protected:
	void SetUp() override {
		NETPEER_NEED_TLS();
		ASSERT_EQ(silent_.bind(0, "127.0.0.1"), Error::OK);
		PacketPeerDTLSHooks hooks;
		hooks.clock = &clock_;
		client_ = std::make_unique<Dtls>(hooks);
		udp_ = std::make_shared<PacketPeerUDP>();
		ASSERT_EQ(udp_->connect_to_host("127.0.0.1", silent_.get_local_port()), Error::OK);
		ASSERT_EQ(client_->connect_to_peer(udp_, "localhost", client_trusting()), Error::OK);
		ASSERT_EQ(netpeer_test::wait_packets(silent_, 1), 1) << "the hello goes at once";
	}

	netpeer_test::FakeClock clock_;
	PacketPeerUDP silent_;
	std::shared_ptr<PacketPeerUDP> udp_;
	std::unique_ptr<Dtls> client_;
};

} // namespace

// --- beginning ---

TEST(PacketPeerDTLS, AFreshOneIsDisconnectedAndEmpty) {
	Dtls peer;
	ByteView packet;
	EXPECT_EQ(peer.get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(peer.get_max_packet_size(), 488);
	EXPECT_EQ(peer.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.wait(-1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_packet(ByteView()), Error::OK) << "as every PacketPeer";
	EXPECT_EQ(peer.get_packet(packet), Error::ERR_UNCONFIGURED);
	peer.disconnect_from_peer();
	EXPECT_EQ(peer.get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(peer.get_peer(), nullptr);
	EXPECT_EQ(peer.get_failure(), TlsFailure::kNone);
	EXPECT_TRUE(peer.next_poll_time().is_never());
	EXPECT_EQ(peer.get_dropped_record_count(), 0u);
}

TEST(PacketPeerDTLS, ConnectChecksItsArgumentsInEveryBuild) {
	const auto udp = std::make_shared<PacketPeerUDP>();
	Dtls peer;
	EXPECT_EQ(peer.connect_to_peer(nullptr, "localhost"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.connect_to_peer(udp, "localhost"), Error::ERR_INVALID_PARAMETER) << "has no fixed other end";
	ASSERT_EQ(udp->bind(0, "127.0.0.1"), Error::OK);
	EXPECT_EQ(peer.connect_to_peer(udp, "localhost"), Error::ERR_INVALID_PARAMETER) << "still has none";
	ASSERT_EQ(udp->connect_to_host("127.0.0.1", udp->get_local_port()), Error::OK);
	EXPECT_EQ(peer.connect_to_peer(udp, nullptr), Error::ERR_INVALID_PARAMETER);
	const auto server = TLSOptions::server(std::make_shared<CryptoKey>(), std::make_shared<X509Certificate>());
	EXPECT_EQ(peer.connect_to_peer(udp, "localhost", server), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(udp->get_available_packet_count(), 0) << "nothing was sent";
	EXPECT_EQ(udp.use_count(), 1);
}

#if !NETPEER_WITH_MBEDTLS
TEST(PacketPeerDTLS, WithoutMbedtlsConnectAndSetupAreUnavailable) {
	const auto udp = std::make_shared<PacketPeerUDP>();
	ASSERT_EQ(udp->connect_to_host("127.0.0.1", 9), Error::OK);
	Dtls peer;
	EXPECT_EQ(peer.connect_to_peer(udp, "localhost", TLSOptions::client_unsafe()), Error::ERR_UNAVAILABLE);
	DTLSServer server;
	const auto options = TLSOptions::server(std::make_shared<CryptoKey>(), std::make_shared<X509Certificate>());
	EXPECT_EQ(server.setup(options), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(server.take_connection(udp), nullptr);
}
#endif

TEST_F(PacketPeerDTLSLoopback, WithoutDefaultAuthoritiesAClientIsUnconfigured) {
	ASSERT_NO_FATAL_FAILURE(listen());
	udp_ = std::make_shared<PacketPeerUDP>();
	ASSERT_EQ(udp_->connect_to_host("127.0.0.1", host_.udp.get_local_port()), Error::OK);
	set_default_trust_path("/no/such/file");
	EXPECT_EQ(client_.connect_to_peer(udp_, "localhost"), Error::ERR_UNCONFIGURED);
	set_default_trust_path(nullptr);
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_DISCONNECTED);
}

TEST_F(PacketPeerDTLSLoopback, OneInUseIsAlreadyInUse) {
	ASSERT_NO_FATAL_FAILURE(listen());
	ASSERT_NO_FATAL_FAILURE(dial());
	EXPECT_EQ(client_.connect_to_peer(udp_, "localhost", client_trusting()), Error::ERR_ALREADY_IN_USE);
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.connect_to_peer(udp_, "localhost", client_trusting()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED);
}

TEST_F(PacketPeerDTLSLoopback, APortWhereNobodyListensFailsAtOnce) {
	int port = 0;
	{
		PacketPeerUDP probe;
		ASSERT_EQ(probe.bind(0, "127.0.0.1"), Error::OK);
		port = probe.get_local_port();
	}
	udp_ = std::make_shared<PacketPeerUDP>();
	ASSERT_EQ(udp_->connect_to_host("127.0.0.1", port), Error::OK);
	const Error error = client_.connect_to_peer(udp_, "localhost", client_trusting());
	// Some systems need a moment to say so.
	if (error == Error::OK) (void)netpeer_test::finish_handshake(client_);
	EXPECT_TRUE(error == Error::FAILED || error == Error::OK);
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_ERROR) << "4 in Godot, for every failure of the first step";
	EXPECT_EQ(client_.get_failure(), TlsFailure::kTruncated);
	EXPECT_STRNE(client_.get_failure_detail(), "");
	EXPECT_EQ(client_.get_peer(), nullptr);
	EXPECT_TRUE(udp_->is_socket_connected()) << "it stays open";
}

TEST_F(PacketPeerDTLSLoopback, EveryClientIsTakenTwice) {
	ASSERT_NO_FATAL_FAILURE(listen());
	ASSERT_NO_FATAL_FAILURE(dial());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_HANDSHAKING);
	EXPECT_EQ(client_.get_peer(), udp_);
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED) << client_.get_failure_detail();
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_CONNECTED);
	EXPECT_EQ(host_.takes, 2);
	EXPECT_EQ(host_.cookies_sent, 1) << "the first brought none";
	EXPECT_EQ(host_.udp.get_peer_count(), 1u) << "of the first nothing is left";
	EXPECT_STREQ(client_.get_protocol(), "DTLSv1.2");
	EXPECT_STREQ(client_.get_cipher_suite(), session_->get_cipher_suite());
	ASSERT_NE(client_.get_peer_certificate(), nullptr);
	EXPECT_EQ(client_.get_peer_certificate()->save_to_string(), identities::server().chain);
}

// --- refusals ---

TEST_F(PacketPeerDTLSLoopback, AWrongNameHasAStatusOfItsOwn) {
	ASSERT_NO_FATAL_FAILURE(listen());
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting(), "other.example"));
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_ERROR_HOSTNAME_MISMATCH);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kNameMismatch);
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_ERROR);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kAlert);
}

TEST_F(PacketPeerDTLSLoopback, EveryOtherRefusalIsStatusErrorAndItMayBeUsedAgain) {
	ASSERT_NO_FATAL_FAILURE(listen());
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting(identities::other_authority())));
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_ERROR);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kNotTrusted);
	EXPECT_EQ(client_.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_ERROR);
	ASSERT_NO_FATAL_FAILURE(dial());
	host_.sessions.clear();
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED) << client_.get_failure_detail();
	EXPECT_EQ(client_.get_failure(), TlsFailure::kNone);
}

// --- packets ---

TEST_F(PacketPeerDTLSLoopback, PacketsUpTo16384BytesCrossWholeAndLongerOnesChangeNothing) {
	ASSERT_NO_FATAL_FAILURE(connect());
	for (const size_t size : {1, 488, 1400, 4000, 16384}) {
		const std::string packet(size, 'p');
		ASSERT_EQ(client_.put_packet(bytes_of(packet)), Error::OK) << size;
		EXPECT_TRUE(served() == packet) << size;
		ASSERT_EQ(session_->put_packet(bytes_of(packet)), Error::OK) << size;
		EXPECT_TRUE(received() == packet) << size;
	}
	EXPECT_EQ(client_.put_packet(bytes_of(std::string(16385, 'p'))), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED) << "Godot drops the session";
	ASSERT_EQ(client_.put_packet(bytes_of("still there")), Error::OK);
	EXPECT_EQ(served(), "still there");
}

TEST_F(PacketPeerDTLSLoopback, NoPacketIsAnEmptyOneAndOk) {
	ASSERT_NO_FATAL_FAILURE(connect());
	ByteView packet;
	EXPECT_EQ(client_.get_packet(packet), Error::OK);
	EXPECT_TRUE(packet.empty());
	EXPECT_EQ(client_.put_packet(ByteView()), Error::OK) << "nothing is sent";
	ASSERT_EQ(client_.put_packet(bytes_of("next")), Error::OK);
	EXPECT_EQ(served(), "next");
}

TEST_F(PacketPeerDTLSLoopback, OnePacketAtATimeIsCounted) {
	ASSERT_NO_FATAL_FAILURE(connect());
	for (const char *text : {"one", "two", "three"}) ASSERT_EQ(client_.put_packet(bytes_of(text)), Error::OK);
	ASSERT_EQ(host_.udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
	EXPECT_EQ(session_->get_available_packet_count(), 0) << "nobody has polled";
	EXPECT_EQ(served(), "one");
	EXPECT_EQ(session_->get_available_packet_count(), 0);
	EXPECT_EQ(served(), "two");
	EXPECT_EQ(take_text(*session_), "three") << "taking looks by itself";
	EXPECT_EQ(take_text(*session_), "");
}

TEST_F(PacketPeerDTLSLoopback, ValuesTravelAsOnePacketEach) {
	ASSERT_NO_FATAL_FAILURE(connect());
	ASSERT_EQ(client_.put_var(Variant(int64_t{7})), Error::OK);
	ASSERT_TRUE(host_.turn_until([&] { return session_->get_available_packet_count() > 0; }));
	Variant value;
	EXPECT_EQ(session_->get_var(value), Error::OK);
	EXPECT_EQ(value, Variant(int64_t{7}));
}

TEST_F(PacketPeerDTLSLoopback, ForgedAndRepeatedDatagramsAreDroppedAndCounted) {
	ASSERT_NO_FATAL_FAILURE(connect());
	SeededRng rng(1);
	for (const size_t size : {1, 13, 100, 2000}) {
		std::string garbage(size, '\0');
		for (char &c : garbage) c = static_cast<char>(rng.u32());
		ASSERT_EQ(udp_->put_packet(bytes_of(garbage)), Error::OK);
	}
	ASSERT_EQ(client_.put_packet(bytes_of("genuine")), Error::OK);
	EXPECT_EQ(served(), "genuine");
	EXPECT_EQ(session_->get_dropped_record_count(), 4u);
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_CONNECTED);
}

TEST_F(PacketPeerDTLSLoopback, WithoutMemoryForItAPacketStays) {
	netpeer_test::FailingAllocator memory;
	PacketPeerDTLSHooks hooks;
	hooks.allocator = memory.pointer();
	Dtls client(hooks);
	ASSERT_NO_FATAL_FAILURE(listen());
	udp_ = std::make_shared<PacketPeerUDP>();
	ASSERT_EQ(udp_->connect_to_host("127.0.0.1", host_.udp.get_local_port()), Error::OK);
	ASSERT_EQ(client.connect_to_peer(udp_, "localhost", client_trusting()), Error::OK);
	ASSERT_TRUE(host_.turn_until([&] {
		(void)client.poll();
		return client.get_status() == Dtls::STATUS_CONNECTED && !host_.sessions.empty() &&
		       host_.sessions[0]->get_status() == Dtls::STATUS_CONNECTED;
	}));
	ASSERT_EQ(host_.sessions[0]->put_packet(bytes_of("kept")), Error::OK);
	ASSERT_TRUE(netpeer_test::turn_until(client, [&] { return client.get_available_packet_count() > 0; }));
	memory.fail_all(true);
	EXPECT_EQ(take_text(client), "(ERR_OUT_OF_MEMORY)");
	memory.fail_all(false);
	EXPECT_EQ(take_text(client), "kept");
}

// --- ends ---

TEST_F(PacketPeerDTLSLoopback, APacketComesBeforeTheEndBehindIt) {
	ASSERT_NO_FATAL_FAILURE(connect());
	ASSERT_EQ(client_.put_packet(bytes_of("last words")), Error::OK);
	client_.disconnect_from_peer();
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kNone);
	EXPECT_EQ(client_.get_peer(), nullptr);
	EXPECT_TRUE(udp_->is_socket_connected()) << "let go, not closed";
	EXPECT_EQ(udp_.use_count(), 1);
	EXPECT_EQ(served(), "last words");
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_CONNECTED);
	ASSERT_TRUE(host_.turn_until([&] { return session_->get_status() != Dtls::STATUS_CONNECTED; }));
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kClosed);
}

TEST_F(PacketPeerDTLSLoopback, AnEndMetInGetPacketIsAConnectionError) {
	ASSERT_NO_FATAL_FAILURE(connect());
	client_.disconnect_from_peer();
	const std::shared_ptr<PacketPeerUDP> below = session_->get_peer();
	ASSERT_NE(below, nullptr);
	ASSERT_EQ(host_.udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
	ASSERT_EQ(host_.udp.poll(), Error::OK);
	EXPECT_EQ(take_text(*session_), "(ERR_CONNECTION_ERROR)");
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(take_text(*session_), "(ERR_UNCONFIGURED)");
}

TEST_F(PacketPeerDTLSLoopback, DestroyingSaysGoodbye) {
	ASSERT_NO_FATAL_FAILURE(connect());
	host_.sessions.clear();
	session_.reset();
	ASSERT_TRUE(netpeer_test::turn_until(client_, [&] { return client_.get_status() != Dtls::STATUS_CONNECTED; }));
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_DISCONNECTED);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kClosed);
}

TEST_F(PacketPeerDTLSLoopback, AClosedUdpPeerIsAnError) {
	ASSERT_NO_FATAL_FAILURE(connect());
	udp_->close();
	EXPECT_EQ(client_.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_ERROR);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kTruncated);
	host_.udp.stop();
	EXPECT_EQ(session_->put_packet(bytes_of("x")), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_DISCONNECTED) << "as Godot's put_packet";
}

TEST_F(PacketPeerDTLSLoopback, KeysAndChainsAreHeldAndLockedWhileInUse) {
	auto key = identities::server().load_key();
	auto own = identities::server().load_chain(), trusted = identities::authority().load_certificate();
	ASSERT_NO_FATAL_FAILURE(listen(TLSOptions::server(key, own)));
	ASSERT_NO_FATAL_FAILURE(dial(TLSOptions::client(trusted)));
	EXPECT_EQ(trusted->load_from_string(identities::authority().certificate.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(key->load_from_string(identities::server().key.c_str()), Error::OK) << "no session yet";
	ASSERT_NO_FATAL_FAILURE(finish());
	ASSERT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED);
	EXPECT_EQ(key->load_from_string(identities::server().key.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(own->load_from_string(identities::server().chain.c_str()), Error::ERR_ALREADY_IN_USE);
	client_.disconnect_from_peer();
	session_->disconnect_from_peer();
	EXPECT_EQ(trusted.use_count(), 1);
	EXPECT_GT(key.use_count(), 1) << "the server's";
	EXPECT_EQ(key->load_from_string(identities::server().key.c_str()), Error::OK);
	EXPECT_EQ(own->load_from_string(identities::server().chain.c_str()), Error::OK);
	EXPECT_EQ(trusted->load_from_string(identities::authority().certificate.c_str()), Error::OK);
}

TEST_F(PacketPeerDTLSLoopback, WaitingEndsWithAPacketOrTime) {
	ASSERT_NO_FATAL_FAILURE(connect());
	EXPECT_EQ(client_.wait(0), Error::ERR_TIMEOUT);
	ASSERT_EQ(session_->put_packet(bytes_of("x")), Error::OK);
	EXPECT_EQ(client_.wait(netpeer_test::kTlsPatienceMs), Error::OK);
	EXPECT_EQ(client_.poll(), Error::OK);
	EXPECT_EQ(client_.wait(-1), Error::OK) << "it is there";
	EXPECT_EQ(take_text(client_), "x");
	udp_->cancel();
	EXPECT_EQ(client_.wait(-1), Error::ERR_SKIP);
}

// --- handshakes that get no answer ---

TEST_F(PacketPeerDTLSUnanswered, HellosAreRepeatedAtDoublingIntervals) {
	ByteView packet;
	ASSERT_EQ(silent_.get_packet(packet), Error::OK);
	const std::string hello = netpeer_test::text_of_bytes(packet);
	for (const int seconds : {1, 2, 4}) {
		EXPECT_EQ(client_->next_poll_time(), clock_.now() + Duration::from_s(seconds));
		clock_.advance(Duration::from_s(seconds) - Duration::from_ms(1));
		EXPECT_EQ(client_->poll(), Error::OK);
		EXPECT_EQ(silent_.get_available_packet_count(), 0);
		EXPECT_EQ(client_->wait(-1), Error::OK) << "a millisecond later it is due";
		clock_.advance(Duration::from_ms(1));
		EXPECT_EQ(client_->wait(-1), Error::OK);
		EXPECT_EQ(client_->poll(), Error::OK);
		ASSERT_EQ(netpeer_test::wait_packets(silent_, 1), 1) << seconds;
		ASSERT_EQ(silent_.get_packet(packet), Error::OK);
		EXPECT_EQ(packet.size, hello.size());
	}
}

TEST_F(PacketPeerDTLSUnanswered, ItGivesUpInTheEnd) {
	for (int rounds = 0; rounds < 20 && client_->get_status() == Dtls::STATUS_HANDSHAKING; ++rounds) {
		clock_.set(client_->next_poll_time());
		(void)client_->poll();
	}
	EXPECT_EQ(client_->get_status(), Dtls::STATUS_ERROR);
	EXPECT_EQ(client_->get_failure(), TlsFailure::kTimedOut);
	EXPECT_GE(clock_.now() - Instant::from_ms(1000), Duration::from_s(60));
	EXPECT_EQ(netpeer_test::wait_packets(silent_, 7), 7) << "sent seven times";
}

// --- the server ---

TEST(DTLSServer, SetupChecksInGodotsOrderAndIsForOnce) {
	NETPEER_NEED_TLS();
	DTLSServer server;
	EXPECT_EQ(server.setup(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(server.setup(client_trusting()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(server.setup(TLSOptions::server(nullptr, nullptr)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(server.setup(TLSOptions::server(identities::other_name().load_key(), identities::server().load_chain())),
	        Error::ERR_INVALID_PARAMETER)
	        << "the key of another certificate";
	EXPECT_EQ(server.setup(server_of()), Error::OK);
	EXPECT_EQ(server.setup(server_of()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(server.setup(nullptr), Error::ERR_INVALID_PARAMETER);
}

TEST(DTLSServer, SetupSeesHooksThatNoSessionCouldBeMadeWith) {
	NETPEER_NEED_TLS();
	PacketPeerDTLSHooks hooks;
	hooks.handshake_mtu = 255;
	EXPECT_EQ(DTLSServer(hooks).setup(server_of()), Error::ERR_INVALID_PARAMETER);
	hooks.handshake_mtu = 65536;
	EXPECT_EQ(DTLSServer(hooks).setup(server_of()), Error::ERR_INVALID_PARAMETER);
	hooks.handshake_mtu = 256;
	EXPECT_EQ(DTLSServer(hooks).setup(server_of()), Error::OK);
	hooks.retry_min = hooks.retry_max + Duration::from_ms(1);
	EXPECT_EQ(DTLSServer(hooks).setup(server_of()), Error::ERR_INVALID_PARAMETER);
}

TEST(DTLSServer, TakesOnlyPeersOfAUdpServerAndOnlyOnceItIsSetUp) {
	NETPEER_NEED_TLS();
	UDPServer udp;
	DTLSServer server;
	ASSERT_EQ(udp.listen(0, "127.0.0.1"), Error::OK);
	PacketPeerUDP client;
	ASSERT_EQ(client.connect_to_host("127.0.0.1", udp.get_local_port()), Error::OK);
	ASSERT_EQ(client.put_packet(bytes_of("hello?")), Error::OK);
	ASSERT_EQ(udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
	ASSERT_EQ(udp.poll(), Error::OK);
	const std::shared_ptr<PacketPeerUDP> taken = udp.take_connection();
	ASSERT_NE(taken, nullptr);
	EXPECT_EQ(server.take_connection(taken), nullptr) << "not set up";
	ASSERT_EQ(server.setup(server_of()), Error::OK);
	EXPECT_EQ(server.take_connection(nullptr), nullptr);
	EXPECT_EQ(server.take_connection(std::make_shared<PacketPeerUDP>()), nullptr) << "no fixed other end";
	const std::shared_ptr<PacketPeerDTLS> session = server.take_connection(taken);
	ASSERT_NE(session, nullptr);
	EXPECT_EQ(session->get_status(), Dtls::STATUS_ERROR) << "what came is no hello";
	EXPECT_EQ(session->get_failure(), TlsFailure::kProtocol);
	EXPECT_EQ(session->get_peer(), nullptr);
	EXPECT_EQ(client.wait(0), Error::ERR_TIMEOUT) << "nor is it answered";
}

TEST_F(PacketPeerDTLSLoopback, SessionsMayOutliveTheirServer) {
	auto server = std::make_unique<DTLSServer>();
	ASSERT_EQ(server->setup(server_of()), Error::OK);
	ASSERT_EQ(host_.udp.listen(0, "127.0.0.1"), Error::OK);
	ASSERT_NO_FATAL_FAILURE(dial());
	std::shared_ptr<PacketPeerDTLS> session;
	while (session == nullptr || session->get_status() != Dtls::STATUS_HANDSHAKING) {
		ASSERT_EQ(host_.udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
		ASSERT_EQ(host_.udp.poll(), Error::OK);
		if (host_.udp.is_connection_available()) session = server->take_connection(host_.udp.take_connection());
		(void)client_.poll();
	}
	server.reset();
	host_.sessions.push_back(session);
	ASSERT_NO_FATAL_FAILURE(finish());
	EXPECT_EQ(client_.get_status(), Dtls::STATUS_CONNECTED) << client_.get_failure_detail();
	ASSERT_EQ(session->put_packet(bytes_of("alone")), Error::OK);
	EXPECT_EQ(received(), "alone");
}

TEST_F(PacketPeerDTLSLoopback, ManyClientsHaveSessionsOfTheirOwn) {
	constexpr size_t kClients = 8;
	ASSERT_NO_FATAL_FAILURE(listen());
	std::vector<std::unique_ptr<Dtls>> clients;
	for (size_t i = 0; i < kClients; ++i) {
		auto udp = std::make_shared<PacketPeerUDP>();
		ASSERT_EQ(udp->connect_to_host("127.0.0.1", host_.udp.get_local_port()), Error::OK);
		clients.push_back(std::make_unique<Dtls>());
		ASSERT_EQ(clients[i]->connect_to_peer(udp, "localhost", client_trusting()), Error::OK);
	}
	ASSERT_TRUE(host_.turn_until([&] {
		size_t connected = 0;
		for (const auto &client : clients) {
			(void)client->poll();
			if (client->get_status() == Dtls::STATUS_CONNECTED) ++connected;
		}
		for (const auto &session : host_.sessions)
			if (session->get_status() == Dtls::STATUS_CONNECTED) ++connected;
		return connected == 2 * kClients;
	}));
	EXPECT_EQ(host_.cookies_sent, static_cast<int>(kClients));
	for (size_t i = 0; i < kClients; ++i)
		ASSERT_EQ(clients[i]->put_packet(bytes_of("from client " + std::to_string(i))), Error::OK);
	for (const auto &session : host_.sessions) {
		session_ = session;
		const std::string text = served();
		ASSERT_EQ(session->put_packet(bytes_of("echo of " + text)), Error::OK);
	}
	for (size_t i = 0; i < kClients; ++i) {
		Dtls &client = *clients[i];
		ASSERT_TRUE(netpeer_test::turn_until(client, [&] { return client.get_available_packet_count() > 0; }));
		EXPECT_EQ(take_text(client), "echo of from client " + std::to_string(i));
	}
}

// A crashed client begins anew from its old port, with a session of the server's still there. Whoever only forges the
// address cannot do this: it takes a cookie.
TEST_F(PacketPeerDTLSLoopback, AClientThatBeginsAnewEndsItsOldSession) {
	ASSERT_NO_FATAL_FAILURE(connect());
	Dtls anew;
	client_.disconnect_from_peer();
	// The goodbye is lost.
	ASSERT_EQ(host_.udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
	const std::shared_ptr<PacketPeerUDP> below = session_->get_peer();
	ASSERT_EQ(host_.udp.poll(), Error::OK);
	ByteView lost;
	ASSERT_EQ(below->get_packet(lost), Error::OK);
	ASSERT_EQ(anew.connect_to_peer(udp_, "localhost", client_trusting()), Error::OK);
	ASSERT_TRUE(host_.turn_until([&] {
		(void)anew.poll();
		return session_->get_status() != Dtls::STATUS_CONNECTED;
	}));
	EXPECT_EQ(session_->get_status(), Dtls::STATUS_ERROR);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kReconnect);
}

TEST_F(PacketPeerDTLSLoopback, AHelloWithoutACookieLeavesNoMemoryBehind) {
	netpeer_test::FailingAllocator memory;
	PacketPeerDTLSHooks hooks;
	hooks.allocator = memory.pointer();
	DTLSServer server(hooks);
	ASSERT_EQ(server.setup(server_of()), Error::OK);
	ASSERT_EQ(host_.udp.listen(0, "127.0.0.1"), Error::OK);
	for (const bool has_memory : {true, false}) {
		ASSERT_NO_FATAL_FAILURE(dial());
		ASSERT_EQ(host_.udp.wait(netpeer_test::kTlsPatienceMs), Error::OK);
		ASSERT_EQ(host_.udp.poll(), Error::OK);
		memory.fail_all(!has_memory);
		{
			const std::shared_ptr<PacketPeerDTLS> session = server.take_connection(host_.udp.take_connection());
			if (has_memory) {
				ASSERT_NE(session, nullptr);
				EXPECT_EQ(session->get_status(), Dtls::STATUS_ERROR);
				EXPECT_EQ(session->get_failure(), TlsFailure::kCookieNeeded);
				EXPECT_EQ(session->get_peer(), nullptr);
			} else {
				EXPECT_EQ(session, nullptr);
			}
		}
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(host_.udp.get_peer_count(), 0u);
		client_.disconnect_from_peer();
	}
	EXPECT_EQ(memory.size_mismatches(), 0u);
}
