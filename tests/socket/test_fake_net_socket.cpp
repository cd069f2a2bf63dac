// The scripted socket keeps NetSocket's contract, or the tests that stand on it would prove nothing.
#include "../support/fake_net_socket.h"

#include <gtest/gtest.h>

using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::NetSocket;
using netpeer::PollType;
using netpeer_test::FakeClock;
using netpeer_test::FakeSocketFactory;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;

namespace {

std::unique_ptr<NetSocket> open_fake(FakeSocketFactory &) {
	std::unique_ptr<NetSocket> made = netpeer::create_net_socket();
	IPType type = IPType::ANY;
	EXPECT_EQ(made->open_tcp(type), Error::OK);
	return made;
}

} // namespace

TEST(FakeNetSocket, AClosedOneAnswersUnconfiguredAndKeepsItsScript) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	script.then_receive("x");
	const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
	uint8_t byte = 0;
	size_t received = 9;
	EXPECT_EQ(socket->receive(MutBytes(&byte, 1), received), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(socket->listen(8), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->available_bytes(), -1);
	EXPECT_FALSE(script.finished());
	EXPECT_TRUE(script.log().empty());
}

TEST(FakeNetSocket, AnswersComeInOrderAndShortBuffersGetTheRestLater) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	script.then_receive("abc").then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	const std::unique_ptr<NetSocket> socket = open_fake(factory);
	uint8_t buffer[2];
	size_t received = 0;
	ASSERT_EQ(socket->receive(MutBytes(buffer, 2), received), Error::OK);
	EXPECT_EQ(received, 2u);
	ASSERT_EQ(socket->receive(MutBytes(buffer, 2), received), Error::OK);
	EXPECT_EQ(received, 1u);
	EXPECT_EQ(buffer[0], 'c');
	EXPECT_EQ(socket->receive(MutBytes(buffer, 2), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(socket->receive(MutBytes(buffer, 2), received), Error::ERR_BUSY);
	EXPECT_TRUE(script.finished());
	EXPECT_EQ(script.count(SocketCall::kReceive), 4u);
}

TEST(FakeNetSocket, SendsTakeWhatTheScriptAllowsAndRememberIt) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	script.then_send(2).then(SocketCall::kSend, Error::FAILED, 104);
	const std::unique_ptr<NetSocket> socket = open_fake(factory);
	size_t sent = 0;
	ASSERT_EQ(socket->send(netpeer::view_of("hello"), sent), Error::OK);
	EXPECT_EQ(sent, 2u);
	EXPECT_EQ(socket->send(netpeer::view_of("llo"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(socket->last_os_error(), 104);
	ASSERT_EQ(socket->send(netpeer::view_of("llo"), sent), Error::OK);
	EXPECT_EQ(script.sent(), "hello");
	EXPECT_EQ(script.last(SocketCall::kSend).bytes, "llo");
}

TEST(FakeNetSocket, ARefusedConnectClosesAndAWrongParameterDoesNot) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	script.then(SocketCall::kConnect, Error::ERR_INVALID_PARAMETER).then(SocketCall::kConnect, Error::FAILED);
	const std::unique_ptr<NetSocket> socket = open_fake(factory);
	Endpoint remote;
	remote.address = IPAddress("127.0.0.1");
	remote.port = 7;
	EXPECT_EQ(socket->connect(remote), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(socket->is_open());
	EXPECT_EQ(socket->connect(remote), Error::FAILED);
	EXPECT_FALSE(socket->is_open());
	EXPECT_EQ(script.last(SocketCall::kConnect).endpoint, remote);
}

TEST(FakeNetSocket, AcceptGivesAnOpenSocketWithAScriptOfItsOwn) {
	FakeSocketFactory factory;
	Endpoint remote;
	remote.address = IPAddress("10.0.0.1");
	remote.port = 99;
	SocketScript &accepted_script = factory.next_socket().then_accept(remote);
	accepted_script.then_receive("hi");
	const std::unique_ptr<NetSocket> socket = open_fake(factory);
	std::unique_ptr<NetSocket> accepted;
	Endpoint from;
	ASSERT_EQ(socket->accept(accepted, from), Error::OK);
	EXPECT_EQ(from, remote);
	ASSERT_NE(accepted, nullptr);
	EXPECT_TRUE(accepted->is_open());
	uint8_t buffer[8];
	size_t received = 0;
	EXPECT_EQ(accepted->receive(MutBytes(buffer, 8), received), Error::OK);
	EXPECT_EQ(received, 2u);
	EXPECT_EQ(socket->accept(accepted, from), Error::ERR_BUSY);
}

TEST(FakeNetSocket, AWaitThatEndsWithoutAnythingMovesTheClock) {
	FakeSocketFactory factory;
	FakeClock clock;
	const netpeer::Instant start = clock.now();
	SocketScript &script = factory.next_socket();
	script.waits_move(clock).then(SocketCall::kWait, Error::OK);
	const std::unique_ptr<NetSocket> socket = open_fake(factory);
	EXPECT_EQ(socket->wait(PollType::POLL_TYPE_OUT, Duration::from_ms(5)), Error::OK);
	EXPECT_EQ(clock.now(), start);
	EXPECT_EQ(socket->wait(PollType::POLL_TYPE_OUT, Duration::from_ms(5)), Error::ERR_BUSY);
	EXPECT_EQ(clock.now(), start + Duration::from_ms(5));
}

TEST(FakeNetSocket, TheFactoryMayRefuseAndPutsTheFormerOneBack) {
	{
		FakeSocketFactory factory;
		factory.refuse(true);
		EXPECT_EQ(netpeer::create_net_socket(), nullptr);
		factory.refuse(false);
		{
			const std::unique_ptr<NetSocket> socket = open_fake(factory);
			EXPECT_EQ(factory.script(0).live_sockets(), 1u);
			EXPECT_TRUE(factory.script(0).open());
		}
		EXPECT_EQ(factory.script(0).live_sockets(), 0u);
		EXPECT_EQ(factory.script(0).count(SocketCall::kClose), 1u);
		EXPECT_EQ(factory.sockets_made(), 1u);
	}
	const std::unique_ptr<NetSocket> real = netpeer::create_net_socket();
	ASSERT_NE(real, nullptr);
	IPType type = IPType::IPV4;
	EXPECT_EQ(real->open_udp(type), Error::OK);
}
