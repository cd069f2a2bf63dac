// UDPServer: routing, the pending limit, life times, and memory that runs out, on a scripted socket.

#include "../../src/packet/udp_server.h"
#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/udp_script.h"
#include "../support/udp_support.h"

#include <gtest/gtest.h>

#include <vector>

using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::PacketPeerUDP;
using netpeer::UDPServer;
using netpeer::UDPServerHooks;
using netpeer_test::bytes_of;
using netpeer_test::datagram;
using netpeer_test::FailingAllocator;
using netpeer_test::FailingEachAllocation;
using netpeer_test::FakeSocketFactory;
using netpeer_test::next_text;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;
using netpeer_test::udp_at;

namespace {

Endpoint server_sender(int number) {
	const std::string address = "10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250);
	return udp_at(address.c_str(), static_cast<uint16_t>(1000 + number));
}

void server_gets(SocketScript &script, int sender, const std::string &bytes) {
	script.then(SocketCall::kReceiveBatch, datagram(bytes, server_sender(sender)));
}

using PeerList = std::vector<std::shared_ptr<PacketPeerUDP>>;

PeerList take_all(UDPServer &server) {
	PeerList peers;
	while (std::shared_ptr<PacketPeerUDP> peer = server.take_connection()) peers.push_back(peer);
	return peers;
}

class NoEntropy final : public netpeer::RandomSource {
public:
	Error fill(MutBytes) override { return Error::FAILED; }
};

} // namespace

TEST(UDPServer, AnIdleOneHasNothing) {
	UDPServer server;
	EXPECT_FALSE(server.is_listening());
	EXPECT_FALSE(server.is_connection_available());
	EXPECT_EQ(server.take_connection(), nullptr);
	EXPECT_EQ(server.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(server.wait(0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(server.get_local_port(), 0);
	EXPECT_EQ(server.native_handle(), netpeer::kNoSocketHandle);
	EXPECT_EQ(server.get_max_pending_connections(), 16);
	server.stop();
	EXPECT_FALSE(server.is_listening());
}

TEST(UDPServer, ListenChecksInGodotsOrder) {
	FakeSocketFactory factory;
	UDPServer server;
	for (int port : {-1, 65536}) EXPECT_EQ(server.listen(port), Error::ERR_INVALID_PARAMETER);
	for (const char *address : {"", "localhost", static_cast<const char *>(nullptr)})
		EXPECT_EQ(server.listen(0, address), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(factory.sockets_made(), 0u);
	factory.next_socket().then(SocketCall::kOpenUdp, Error::FAILED, 24);
	EXPECT_EQ(server.listen(0), Error::ERR_CANT_CREATE);
	EXPECT_EQ(server.last_os_error(), 24);
	factory.next_socket().then(SocketCall::kBind, Error::ERR_UNAVAILABLE, 98);
	EXPECT_EQ(server.listen(0), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(server.last_os_error(), 98);
	EXPECT_FALSE(server.is_listening());
	EXPECT_EQ(server.listen(0, "::"), Error::OK);
	EXPECT_EQ(factory.script(2).last(SocketCall::kOpenUdp).type, IPType::IPV6);
	EXPECT_TRUE(factory.script(2).last(SocketCall::kReuseAddress).enabled);
	EXPECT_EQ(server.listen(-1, "nonsense"), Error::ERR_ALREADY_IN_USE);
	NoEntropy none;
	UDPServerHooks hooks;
	hooks.random = &none;
	UDPServer guessable(hooks);
	EXPECT_EQ(guessable.listen(0), Error::ERR_CANT_CREATE);
	factory.refuse(true);
	UDPServer another;
	EXPECT_EQ(another.listen(0), Error::ERR_CANT_CREATE);
}

TEST(UDPServer, ConnectionsComeInTheOrderOfTheirFirstPacketWithAllOfTheirs) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	for (int round = 0; round < 2; ++round) {
		for (int i = 0; i < 20; ++i) server_gets(script, i, std::to_string(i) + "/" + std::to_string(round));
	}
	EXPECT_FALSE(server.is_connection_available());
	ASSERT_EQ(server.poll(), Error::OK);
	const PeerList peers = take_all(server);
	ASSERT_EQ(peers.size(), 16u);
	for (int i = 0; i < 16; ++i) {
		PacketPeerUDP &peer = *peers[static_cast<size_t>(i)];
		EXPECT_TRUE(peer.is_bound());
		EXPECT_TRUE(peer.is_socket_connected());
		EXPECT_EQ(peer.get_packet_endpoint(), server_sender(i)) << "before any get_packet()";
		EXPECT_EQ(peer.get_available_packet_count(), 2);
		EXPECT_EQ(next_text(peer), std::to_string(i) + "/0");
		EXPECT_EQ(next_text(peer), std::to_string(i) + "/1");
		EXPECT_EQ(next_text(peer), "(ERR_UNAVAILABLE)");
	}
	EXPECT_EQ(server.get_refused_packet_count(), 8u);
	server_gets(script, 19, "again");
	server_gets(script, 3, "known");
	ASSERT_EQ(server.poll(), Error::OK);
	const PeerList more = take_all(server);
	ASSERT_EQ(more.size(), 1u);
	EXPECT_EQ(next_text(*more[0]), "again");
	EXPECT_EQ(next_text(*peers[3]), "known");
}

TEST(UDPServer, APeerOfAServerRefusesWhatIsTheServers) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	SocketAnswer local;
	local.endpoint.port = 4321;
	script.otherwise(SocketCall::kLocalEndpoint, local);
	server_gets(script, 1, "hello");
	ASSERT_EQ(server.poll(), Error::OK);
	const std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
	ASSERT_NE(peer, nullptr);
	EXPECT_EQ(peer->bind(0), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(peer->connect_to_host("10.0.0.9", 9), Error::ERR_LOCKED);
	EXPECT_EQ(peer->join_multicast_group("239.1.1.1", "lo"), Error::ERR_LOCKED);
	EXPECT_EQ(peer->leave_multicast_group("239.1.1.1", "lo"), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_broadcast_enabled(true), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_kernel_recv_buffer(1), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_kernel_send_buffer(1), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_multicast_interface(""), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_multicast_ttl(1), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_multicast_loopback(true), Error::ERR_LOCKED);
	EXPECT_EQ(peer->set_dest_address("10.0.0.9", 9), Error::OK);
	EXPECT_EQ(peer->get_local_port(), 4321);
	EXPECT_EQ(script.count(SocketCall::kBroadcasting), 0u);
	EXPECT_EQ(peer->put_packet(bytes_of("answer")), Error::OK);
	EXPECT_EQ(script.last(SocketCall::kSendBatch).endpoint, server_sender(1));
	const size_t receives = script.count(SocketCall::kReceiveBatch);
	EXPECT_EQ(peer->get_available_packet_count(), 1);
	EXPECT_EQ(peer->poll(), Error::OK);
	EXPECT_EQ(script.count(SocketCall::kReceiveBatch), receives) << "only the server reads the socket";
	EXPECT_EQ(peer->wait(0), Error::OK) << "one is queued";
	EXPECT_EQ(next_text(*peer), "hello");
	EXPECT_EQ(peer->wait(0), Error::ERR_TIMEOUT);
}

TEST(UDPServer, ThePendingLimitLosesNothingWhicheverWayItMoves) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	EXPECT_EQ(server.set_max_pending_connections(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(server.get_max_pending_connections(), 16);
	EXPECT_EQ(server.set_max_pending_connections(0), Error::OK);
	server_gets(script, 0, "refused");
	ASSERT_EQ(server.poll(), Error::OK);
	EXPECT_FALSE(server.is_connection_available());
	EXPECT_EQ(server.get_refused_packet_count(), 1u);
	EXPECT_EQ(server.set_max_pending_connections(3), Error::OK);
	for (int i = 0; i < 5; ++i) server_gets(script, i, "x");
	ASSERT_EQ(server.poll(), Error::OK);
	EXPECT_EQ(server.get_peer_count(), 3u);
	EXPECT_EQ(server.set_max_pending_connections(20), Error::OK);
	EXPECT_EQ(server.get_peer_count(), 3u) << "raised";
	EXPECT_EQ(server.set_max_pending_connections(1), Error::OK);
	server_gets(script, 7, "new");
	server_gets(script, 1, "known");
	ASSERT_EQ(server.poll(), Error::OK);
	const PeerList peers = take_all(server);
	ASSERT_EQ(peers.size(), 3u) << "lowered";
	EXPECT_EQ(peers[1]->get_queued_packet_count(), 2);
	server_gets(script, 7, "now there is room: those taken do not count");
	ASSERT_EQ(server.poll(), Error::OK);
	EXPECT_TRUE(server.is_connection_available());
}

TEST(UDPServer, AClosedOrForgottenPeersAddressIsNewAgain) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	server_gets(script, 1, "one");
	ASSERT_EQ(server.poll(), Error::OK);
	std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
	peer->close();
	EXPECT_FALSE(peer->is_bound());
	EXPECT_FALSE(peer->is_socket_connected());
	EXPECT_EQ(peer->get_available_packet_count(), -1);
	EXPECT_EQ(server.get_peer_count(), 0u);
	server_gets(script, 1, "two");
	ASSERT_EQ(server.poll(), Error::OK);
	peer = server.take_connection();
	ASSERT_NE(peer, nullptr);
	EXPECT_EQ(next_text(*peer), "two");
	peer.reset();
	EXPECT_EQ(server.get_peer_count(), 0u);
	server_gets(script, 1, "three");
	ASSERT_EQ(server.poll(), Error::OK);
	EXPECT_TRUE(server.is_connection_available());
}

TEST(UDPServer, StoppingClosesEveryPeerAndListeningAgainStartsAfresh) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	for (int i = 0; i < 3; ++i) server_gets(script, i, "x");
	ASSERT_EQ(server.poll(), Error::OK);
	const std::shared_ptr<PacketPeerUDP> taken = server.take_connection();
	server.stop();
	EXPECT_FALSE(server.is_listening());
	EXPECT_FALSE(server.is_connection_available());
	EXPECT_EQ(server.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_FALSE(taken->is_bound());
	EXPECT_FALSE(taken->is_socket_connected());
	EXPECT_EQ(taken->get_available_packet_count(), -1);
	EXPECT_EQ(taken->get_packet_port(), server_sender(0).port);
	EXPECT_EQ(script.live_sockets(), 0u);
	// As in Godot: it still has a destination, and opens a socket of its own for it.
	SocketScript &own = factory.next_socket();
	EXPECT_EQ(taken->put_packet(bytes_of("late")), Error::OK);
	EXPECT_EQ(own.last(SocketCall::kSendBatch).endpoint, server_sender(0));
	ASSERT_EQ(server.listen(0), Error::OK);
	EXPECT_EQ(server.get_peer_count(), 0u);
}

TEST(UDPServer, PeersMayOutliveTheirServer) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PeerList peers;
	{
		UDPServer server;
		ASSERT_EQ(server.listen(0), Error::OK);
		for (int i = 0; i < 3; ++i) server_gets(script, i, "x");
		ASSERT_EQ(server.poll(), Error::OK);
		peers.push_back(server.take_connection());
		peers.push_back(server.take_connection());
	}
	for (const auto &peer : peers) {
		EXPECT_FALSE(peer->is_bound());
		EXPECT_EQ(next_text(*peer), "(FAILED)");
		peer->close();
	}
	EXPECT_EQ(script.live_sockets(), 0u);
}

TEST(UDPServer, ABrokenSocketIsFailedAndWhatCameIsRouted) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	server_gets(script, 1, "x");
	script.then(SocketCall::kReceiveBatch, Error::FAILED);
	EXPECT_EQ(server.poll(), Error::FAILED);
	EXPECT_TRUE(server.is_connection_available());
	EXPECT_EQ(server.poll(), Error::OK);
}

TEST(UDPServer, APeersQueueHas65536BytesAndCountsItsDrops) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	for (int i = 0; i < 70; ++i) server_gets(script, 1, std::string(1000, 'x'));
	server_gets(script, 2, "other");
	ASSERT_EQ(server.poll(), Error::OK);
	const PeerList peers = take_all(server);
	ASSERT_EQ(peers.size(), 2u);
	EXPECT_EQ(peers[0]->get_available_packet_count(), 63);
	EXPECT_EQ(peers[0]->get_dropped_packet_count(), 7u);
	EXPECT_EQ(peers[1]->get_dropped_packet_count(), 0u);
}

TEST(UDPServer, EveryAllocationMayFail) {
	FailingEachAllocation each([](FailingAllocator &memory) {
		FakeSocketFactory factory;
		SocketScript &script = factory.next_socket();
		UDPServerHooks hooks;
		hooks.peers.allocator = memory.pointer();
		UDPServer server(hooks);
		EXPECT_EQ(server.set_max_pending_connections(200), Error::OK);
		const Error listening = server.listen(0);
		if (listening != Error::OK) {
			EXPECT_EQ(listening, Error::ERR_OUT_OF_MEMORY);
			EXPECT_FALSE(server.is_listening());
			return;
		}
		for (int i = 0; i < 150; ++i) server_gets(script, i, "packet");
		EXPECT_EQ(server.poll(), Error::OK);
		uint64_t seen = server.get_refused_packet_count();
		for (const auto &peer : take_all(server)) {
			seen += peer->get_dropped_packet_count() + static_cast<uint64_t>(peer->get_available_packet_count());
			(void)next_text(*peer);
		}
		EXPECT_EQ(seen, 150u) << "each packet is queued or counted";
	});
	each.run();
	SUCCEED();
}

TEST(UDPServer, RoutesTenThousandPeersOnOneSocket) {
	constexpr int kPeers = 10000;
	FailingAllocator memory;
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	UDPServerHooks hooks;
	hooks.peers.allocator = memory.pointer();
	PeerList peers;
	{
		UDPServer server(hooks);
		ASSERT_EQ(server.set_max_pending_connections(kPeers), Error::OK);
		ASSERT_EQ(server.listen(0), Error::OK);
		for (int i = 0; i < kPeers; ++i) server_gets(script, i, "first");
		ASSERT_EQ(server.poll(), Error::OK);
		peers = take_all(server);
		ASSERT_EQ(peers.size(), static_cast<size_t>(kPeers));
		for (const auto &peer : peers) ASSERT_EQ(next_text(*peer), "first");
		const uint64_t warm = memory.requests();
		for (int i = kPeers; i != 0; --i) server_gets(script, i - 1, std::to_string(i - 1));
		ASSERT_EQ(server.poll(), Error::OK);
		EXPECT_EQ(server.get_peer_count(), static_cast<size_t>(kPeers));
		for (int i = 0; i < kPeers; ++i) ASSERT_EQ(next_text(*peers[static_cast<size_t>(i)]), std::to_string(i));
		EXPECT_EQ(memory.requests(), warm) << "nothing for another packet";
		EXPECT_LT(memory.live_bytes(), size_t{kPeers} * 4096 + (2u << 20));
		for (size_t i = 0; i < peers.size(); i += 2) peers[i].reset();
		EXPECT_EQ(server.get_peer_count(), static_cast<size_t>(kPeers) / 2);
	}
	peers.clear();
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

// --- real sockets ---

TEST(UDPServerLoopback, ClientsOfBothFamiliesShareOneSocket) {
	UDPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	const char *hosts[] = {"127.0.0.1", "::1"};
	for (size_t i = 0; i < (netpeer_test::loopback_has_ipv6() ? 2u : 1u); ++i) {
		PacketPeerUDP client;
		ASSERT_EQ(client.connect_to_host(hosts[i], server.get_local_port()), Error::OK);
		ASSERT_EQ(client.put_packet(bytes_of("hello")), Error::OK);
		ASSERT_EQ(server.wait(netpeer_test::kUdpPatienceMs), Error::OK);
		ASSERT_EQ(server.poll(), Error::OK);
		const std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
		ASSERT_NE(peer, nullptr);
		EXPECT_EQ(peer->get_packet_port(), client.get_local_port());
		EXPECT_EQ(peer->get_local_port(), server.get_local_port());
		EXPECT_EQ(next_text(*peer), "hello");
		ASSERT_EQ(peer->put_packet(bytes_of("welcome")), Error::OK);
		ASSERT_EQ(netpeer_test::wait_packets(client, 1), 1);
		EXPECT_EQ(next_text(client), "welcome") << "from the server's port, or it would not get through";
	}
}

TEST(UDPServerLoopback, ListensAgainOnItsPort) {
	UDPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	const int port = server.get_local_port();
	EXPECT_EQ(server.wait(0), Error::ERR_TIMEOUT);
	server.stop();
	EXPECT_EQ(server.listen(port, "127.0.0.1"), Error::OK);
	EXPECT_EQ(server.get_local_port(), port);
}
