// TCPServer: listening, ports, and what becomes of connections that wait.

#include "../../src/core/netpeer_config.h"
#include "../../src/stream/tcp_server.h"
#include "../support/failing_allocator.h"
#include "../support/fake_net_socket.h"
#include "../support/running_under_wine.h"
#include "../support/tcp_pair.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::StreamPeerTCP;
using netpeer::TCPServer;
using netpeer::view_of;
using netpeer_test::FailingAllocator;
using netpeer_test::FakeSocketFactory;
using netpeer_test::finish_connect;
using netpeer_test::kStreamPatienceMs;
using netpeer_test::poll_while;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;
using netpeer_test::TcpPair;

// --- scripted ---

TEST(TCPServer, IdleServerHasNothing) {
	TCPServer server;
	EXPECT_FALSE(server.is_listening());
	EXPECT_FALSE(server.is_connection_available());
	EXPECT_EQ(server.get_local_port(), 0);
	EXPECT_EQ(server.take_connection(), nullptr);
	EXPECT_EQ(server.get_last_accept_error(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(server.take_socket_connection(), nullptr);
	EXPECT_EQ(server.wait(0), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(server.native_handle(), netpeer::kNoSocketHandle);
	server.stop();
}

TEST(TCPServer, PortsFrom0To65535) {
	for (int port : {-1, 65536, 70000, -65536}) {
		FakeSocketFactory factory;
		TCPServer server;
		EXPECT_EQ(server.listen(port), Error::ERR_INVALID_PARAMETER) << port;
		EXPECT_EQ(factory.sockets_made(), 0u);
	}
	for (int port : {0, 1, 65535}) {
		FakeSocketFactory factory;
		SocketScript &script = factory.next_socket();
		TCPServer server;
		EXPECT_EQ(server.listen(port), Error::OK) << port;
		EXPECT_EQ(script.last(SocketCall::kBind).endpoint.port, port);
		EXPECT_TRUE(script.last(SocketCall::kReuseAddress).enabled);
		EXPECT_EQ(script.last(SocketCall::kOpenTcp).type, IPType::ANY);
		EXPECT_EQ(script.last(SocketCall::kListen).size, 8u);
	}
}

TEST(TCPServer, BindAddressIsALiteralOrTheWildcard) {
	for (const char *address : {"", "localhost", "1.2.3", static_cast<const char *>(nullptr)}) {
		TCPServer server;
		EXPECT_EQ(server.listen(0, address), Error::ERR_INVALID_PARAMETER);
		EXPECT_FALSE(server.is_listening());
	}
	FakeSocketFactory factory;
	TCPServer four, six;
	EXPECT_EQ(four.listen(0, "0.0.0.0"), Error::OK);
	EXPECT_EQ(six.listen(0, "::", 100), Error::OK);
	EXPECT_EQ(factory.script(0).last(SocketCall::kOpenTcp).type, IPType::IPV4);
	EXPECT_EQ(factory.script(1).last(SocketCall::kOpenTcp).type, IPType::IPV6);
	EXPECT_EQ(factory.script(1).last(SocketCall::kListen).size, 100u);
}

TEST(TCPServer, BacklogIsAtLeast1) {
	TCPServer server;
	EXPECT_EQ(server.listen(0, "*", 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(server.listen(0, "*", -8), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(netpeer::SocketServer::kDefaultBacklog, 8);
}

TEST(TCPServer, EachRefusalHasItsError) {
	FakeSocketFactory factory;
	TCPServer server;
	factory.next_socket().then(SocketCall::kOpenTcp, Error::FAILED);
	EXPECT_EQ(server.listen(0), Error::ERR_CANT_CREATE);
	factory.next_socket().then(SocketCall::kBind, Error::ERR_UNAVAILABLE, 13);
	EXPECT_EQ(server.listen(80), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(server.last_os_error(), 13);
	factory.next_socket().then(SocketCall::kListen, Error::FAILED, 98);
	EXPECT_EQ(server.listen(0), Error::FAILED);
	EXPECT_EQ(server.last_os_error(), 98);
	EXPECT_FALSE(server.is_listening());
	for (size_t i = 0; i < factory.sockets_made(); ++i) EXPECT_EQ(factory.script(i).live_sockets(), 0u);
	factory.refuse(true);
	EXPECT_EQ(server.listen(0), Error::ERR_CANT_CREATE);
}

TEST(TCPServer, ResetBeforeItWasTakenIsNull) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	TCPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	script.then(SocketCall::kWait, Error::OK);
	EXPECT_TRUE(server.is_connection_available());
	EXPECT_EQ(server.take_connection(), nullptr);
	EXPECT_EQ(server.get_last_accept_error(), Error::ERR_BUSY);
}

TEST(TCPServer, FailedAcceptSaysWhy) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	TCPServer server;
	ASSERT_EQ(server.listen(0), Error::OK);
	script.then(SocketCall::kAccept, Error::ERR_CANT_ACQUIRE_RESOURCE);
	EXPECT_EQ(server.take_connection(), nullptr);
	EXPECT_EQ(server.get_last_accept_error(), Error::ERR_CANT_ACQUIRE_RESOURCE);
	EXPECT_TRUE(server.is_listening());
	Endpoint remote;
	remote.address = IPAddress("10.0.0.9");
	remote.port = 999;
	script.then_accept(remote);
	const auto peer = server.take_connection();
	ASSERT_NE(peer, nullptr);
	EXPECT_EQ(server.get_last_accept_error(), Error::OK);
	EXPECT_EQ(peer->get_status(), StreamPeerTCP::STATUS_CONNECTED);
	EXPECT_EQ(peer->get_connected_host(), "10.0.0.9");
	EXPECT_EQ(peer->get_connected_port(), 999);
}

// --- loopback ---

TEST(TCPServer, SecondListenAndSecondServerAreRefused) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	const int port = server.get_local_port();
	EXPECT_GT(port, 0);
	EXPECT_EQ(server.listen(0, "127.0.0.1"), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(server.listen(-1), Error::ERR_ALREADY_IN_USE);
	TCPServer second;
	EXPECT_EQ(second.listen(port, "127.0.0.1"), Error::ERR_ALREADY_IN_USE);
	EXPECT_FALSE(second.is_listening());
	EXPECT_NE(second.last_os_error(), 0);
	EXPECT_EQ(server.get_local_port(), port);
}

TEST(TCPServer, AddressThatIsNotOursIsAlreadyInUse) {
	TCPServer server;
	EXPECT_EQ(server.listen(0, "192.0.2.1"), Error::ERR_ALREADY_IN_USE);
}

TEST(TCPServer, StopLetsTakenConnectionsLiveAndListensAgain) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	const int port = t.server.get_local_port();
	t.server.stop();
	EXPECT_FALSE(t.server.is_listening());
	EXPECT_EQ(t.server.get_local_port(), 0);
	EXPECT_EQ(t.client.put_data(view_of("alive")), Error::OK);
	uint8_t buffer[5] = {};
	EXPECT_EQ(t.served->get_data(MutBytes(buffer, 5)), Error::OK);
	// At once on the same port, although a connection of the former one lives on it.
	EXPECT_EQ(t.server.listen(port, "127.0.0.1"), Error::OK);
	EXPECT_EQ(t.server.get_local_port(), port);
}

TEST(TCPServer, StopResetsConnectionsThatWait) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	StreamPeerTCP client;
	ASSERT_EQ(client.connect_to_host("127.0.0.1", server.get_local_port()), Error::OK);
	finish_connect(client);
	ASSERT_EQ(client.get_status(), StreamPeerTCP::STATUS_CONNECTED);
	ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
	server.stop();
	(void)poll_while(client, StreamPeerTCP::STATUS_CONNECTED);
	if (netpeer_test::running_under_wine()) {
		EXPECT_NE(client.get_status(), StreamPeerTCP::STATUS_CONNECTED);
	} else {
		EXPECT_EQ(client.get_status(), StreamPeerTCP::STATUS_ERROR);
	}
}

TEST(TCPServer, ConnectionsComeOutInOrder) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	EXPECT_FALSE(server.is_connection_available());
	std::vector<std::unique_ptr<StreamPeerTCP>> clients;
	for (int i = 0; i < 5; ++i) {
		clients.push_back(std::make_unique<StreamPeerTCP>());
		ASSERT_EQ(clients.back()->connect_to_host("127.0.0.1", server.get_local_port()), Error::OK);
		finish_connect(*clients.back());
		ASSERT_EQ(clients.back()->get_status(), StreamPeerTCP::STATUS_CONNECTED);
	}
	for (int i = 0; i < 5; ++i) {
		ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
		EXPECT_TRUE(server.is_connection_available());
		const auto peer = std::static_pointer_cast<StreamPeerTCP>(server.take_socket_connection());
		ASSERT_NE(peer, nullptr);
		EXPECT_EQ(peer->get_connected_port(), clients[static_cast<size_t>(i)]->get_local_port());
	}
	EXPECT_FALSE(server.is_connection_available());
	EXPECT_EQ(server.take_connection(), nullptr);
	EXPECT_EQ(server.get_last_accept_error(), Error::ERR_BUSY);
}

TEST(TCPServer, ConnectionWithoutMemoryForItsPeerWaitsForTheNextCall) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	StreamPeerTCP client;
	ASSERT_EQ(client.connect_to_host("127.0.0.1", server.get_local_port()), Error::OK);
	ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);

	FailingAllocator memory;
	const netpeer::Allocator *const former = netpeer::set_default_allocator(memory.pointer());
	memory.fail_all(true);
	for (int attempt = 0; attempt < 2; ++attempt) {
		EXPECT_EQ(server.take_connection(), nullptr);
		EXPECT_EQ(server.get_last_accept_error(), Error::ERR_OUT_OF_MEMORY);
		EXPECT_TRUE(server.is_connection_available());
		EXPECT_EQ(server.wait(0), Error::OK);
	}
	memory.fail_all(false);
	std::shared_ptr<StreamPeerTCP> peer = server.take_connection();
	EXPECT_EQ(server.get_last_accept_error(), Error::OK);
	netpeer::set_default_allocator(former);

	ASSERT_NE(peer, nullptr);
	finish_connect(client);
	EXPECT_EQ(client.get_status(), StreamPeerTCP::STATUS_CONNECTED);
	EXPECT_EQ(peer->get_connected_port(), client.get_local_port());
	EXPECT_FALSE(server.is_connection_available());
	peer.reset();
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}
