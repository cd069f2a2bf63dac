// ENet over DTLS beside a live Godot 3 that cannot do it: Debian's says that DTLS is on, and sends plain text. Neither of our
// ends may take part in that.
#include "../../../src/reliable/enet_connection.h"
#include "../../../src/tls/tls_session.h"
#include "../../support/fake_clock.h"
#include "../../support/tls_identities.h"
#include "../../support/udp_relay.h"
#include "godot3_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using interop::Godot3Process;
using netpeer_test::UdpRelay;
namespace identities = netpeer_test::identities;

namespace {

constexpr int kRelayPatienceMs = 60000;

template <class Turn, class Done> bool turn_until_done(Turn turn, Done done) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kRelayPatienceMs);
	while (!done()) {
		if (std::chrono::steady_clock::now() >= end) return false;
		turn();
	}
	return true;
}

bool is_plain_connect(const std::string &datagram) {
	// No peer id yet, a time stamp, and the command CONNECT with its acknowledgement wanted.
	const auto at = [&](size_t i) { return static_cast<unsigned char>(datagram[i]); };
	return datagram.size() >= 8 && (at(0) & 0x0f) == 0x0f && at(1) == 0xff && (at(4) & 0x0f) == 2;
}

} // namespace

TEST(Godot3EnetDtls, OurServerHearsNothingOfAGodotThatSaysDtlsAndSendsPlainText) {
	NETPEER_NEED_TLS();
	ENetConnection server;
	ASSERT_EQ(server.create_host_bound("127.0.0.1", 0, 4), Error::OK);
	ASSERT_EQ(server.dtls_server_setup(netpeer_test::server_of()), Error::OK);
	UdpRelay relay(server.get_local_port());
	const netpeer_test::IdentityFiles files;
	Godot3Process godot("enet_client.gd",
	        {"--dtls=1", "--ca=" + files.authority(), "--port=" + std::to_string(relay.port()), "--seconds=3"});
	size_t events = 0;
	ASSERT_TRUE(turn_until_done(
	        [&] {
		        relay.turn(5);
		        for (ENetConnection::Event event = server.service(); event.type != ENetConnection::EVENT_NONE;
		                event = server.service())
			        ++events;
		        godot.poll();
	        },
	        [&] { return godot.has_ended(); }))
	        << godot.text();
	EXPECT_NE(godot.line("DTLS True"), nullptr) << godot.text();
	EXPECT_NE(godot.line("CREATE err=0"), nullptr) << godot.text();
	EXPECT_NE(godot.line("STATE connecting"), nullptr) << "it gave up: " << godot.text();
	ASSERT_GE(relay.to_server.size(), 2u);
	EXPECT_TRUE(is_plain_connect(relay.to_server[0])) << "what this test is about";
	EXPECT_EQ(relay.count_plain(), relay.to_server.size());
	EXPECT_TRUE(relay.to_client.empty()) << "no answer";
	EXPECT_EQ(events, 0u);
	EXPECT_TRUE(server.get_peers().empty());
	EXPECT_EQ(server.get_refused_datagrams(), relay.to_server.size());
	EnetHostCounters counters;
	ASSERT_EQ(server.get_counters(counters), Error::OK);
	EXPECT_EQ(counters.received_datagrams, 0u) << "nothing reached ENet";
}

TEST(Godot3EnetDtls, OurClientSaysNothingInPlainToAGodotServerThatSaysDtls) {
	NETPEER_NEED_TLS();
	const netpeer_test::IdentityFiles files;
	std::unique_ptr<Godot3Process> godot;
	int port = 0;
	for (int attempt = 0; attempt < 5 && port == 0; ++attempt) {
		ENetConnection probe;
		ASSERT_EQ(probe.create_host_bound("127.0.0.1", 0), Error::OK);
		const int wanted = probe.get_local_port();
		probe.destroy();
		godot = std::make_unique<Godot3Process>("enet_server.gd",
		        std::vector<std::string>{"--dtls=1", "--key=" + files.key(identities::server()),
		                "--cert=" + files.chain(identities::server()), "--port=" + std::to_string(wanted)});
		PacketPeerUDP pause;
		ASSERT_EQ(pause.bind(0, "127.0.0.1"), Error::OK);
		ASSERT_TRUE(turn_until_done(
		        [&] {
			        (void)pause.wait(5);
			        godot->poll();
		        },
		        [&] { return godot->line("LISTEN ") != nullptr || godot->has_ended(); }))
		        << godot->text();
		if (godot->line("LISTEN err=0") != nullptr) port = wanted;
	}
	ASSERT_NE(port, 0) << godot->text();
	EXPECT_NE(godot->line("DTLS True"), nullptr) << godot->text();

	netpeer_test::FakeClock clock; // the repetitions need not be waited for
	ENetConnectionHooks hooks;
	hooks.clock = &clock;
	ENetConnection client(hooks);
	ASSERT_EQ(client.create_host(1), Error::OK);
	ASSERT_EQ(client.dtls_client_setup("localhost", TLSOptions::client_unsafe()), Error::OK);
	UdpRelay relay(port);
	constexpr int kMarker = 0x5ec2e7da;
	const auto peer = client.connect_to_host("127.0.0.1", relay.port(), 3, kMarker);
	ASSERT_NE(peer, nullptr);
	ENetConnection::Event end;
	const std::string payload = "nobody but the server may read this";
	ASSERT_TRUE(turn_until_done(
	        [&] {
		        end = client.service();
		        EXPECT_NE(peer->send(0, ByteView(reinterpret_cast<const uint8_t *>(payload.data()), payload.size()),
		                          ENetPacketPeer::FLAG_RELIABLE),
		                Error::OK)
		                << "not before there is a session";
		        relay.turn(50);
		        godot->poll();
		        if (client.next_service_time() > clock.now()) clock.set(client.next_service_time());
	        },
	        [&] { return end.type == ENetConnection::EVENT_DISCONNECT; }));
	EXPECT_EQ(end.reason, EnetDropReason::kSessionLost);
	EXPECT_EQ(peer->get_session_failure(), TlsFailure::kTimedOut) << tls_failure_text(peer->get_session_failure());
	EXPECT_GE(relay.to_server.size(), 5u) << "the hello, again and again";
	EXPECT_EQ(relay.count_plain(), 0u);
	EXPECT_TRUE(relay.to_client.empty()) << "Godot's ENet makes nothing of it";
	EXPECT_FALSE(relay.saw_piece_of(payload, 6));
	EXPECT_FALSE(relay.saw("\x5e\xc2\xe7\xda")) << "the data of the dial";
	EXPECT_EQ(godot->line("CONNECT "), nullptr) << godot->text();
}
