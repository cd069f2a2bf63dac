// luna::StreamPeerTCP: the numbers, and each row of docs/luna-parity.md, on scripted sockets.

#include "../../src/stream/luna_stream_peer_tcp.h"
#include "../support/fake_clock.h"
#include "../support/fake_net_socket.h"

#include <gtest/gtest.h>

using netpeer::Duration;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::MutBytes;
using netpeer::view_of;
using netpeer::luna::socket_error_from;
using netpeer::luna::SocketCallKind;
using netpeer::luna::SocketError;
using netpeer_test::FakeClock;
using netpeer_test::FakeSocketFactory;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;
using LunaPeer = netpeer::luna::StreamPeerTCP;

namespace {

const IPAddress kLunaHost("127.0.0.1");

struct LunaWorld {
	FakeSocketFactory factory;
	FakeClock clock;
	LunaPeer peer{&clock};
	uint8_t buffer[16] = {};

	SocketScript &connected() {
		SocketScript &script = factory.next_socket().then(SocketCall::kConnect, Error::OK);
		EXPECT_EQ(peer.ConnectToHost(kLunaHost, 80), SocketError::SUCCESS);
		EXPECT_EQ(peer.GetStatus(), LunaPeer::Status::STATUS_CONNECTED);
		return script;
	}
	SocketScript &connecting() {
		SocketScript &script = factory.next_socket().otherwise(SocketCall::kConnectResult, Error::ERR_BUSY);
		EXPECT_EQ(peer.ConnectToHost(kLunaHost, 80), SocketError::SUCCESS);
		EXPECT_EQ(peer.GetStatus(), LunaPeer::Status::STATUS_CONNECTING);
		return script;
	}
};

} // namespace

TEST(LunaSocketError, NumbersAreLunas) {
	const SocketError in_order[] = {SocketError::SUCCESS, SocketError::FAILED, SocketError::INIT_FAILED,
	        SocketError::BIND_FAILED, SocketError::CONNECT_FAILED, SocketError::INVALID_IP_ADDRESS,
	        SocketError::ALREADY_INIT, SocketError::CONNECTION_CLOSED, SocketError::OUT_OF_BUFFER_MEMORY,
	        SocketError::BUSY, SocketError::SOCKET_INVALID, SocketError::FILE_EOF};
	int number = 0;
	for (SocketError error : in_order) EXPECT_EQ(static_cast<int>(error), number++);
	EXPECT_EQ(number, 12);
	EXPECT_EQ(static_cast<int>(LunaPeer::Status::STATUS_NONE), 0);
	EXPECT_EQ(static_cast<int>(LunaPeer::Status::STATUS_ERROR), 3);
}

TEST(LunaSocketError, EveryErrorOfOursHasOneOfTheirs) {
	using Kind = SocketCallKind;
	for (int i = 0; i <= 48; ++i) {
		const Error error = static_cast<Error>(i);
		for (Kind call : {Kind::BIND, Kind::CONNECT, Kind::POLL, Kind::DATA}) {
			SocketError wanted = SocketError::FAILED;
			if (error == Error::OK) wanted = SocketError::SUCCESS;
			if (error == Error::ERR_ALREADY_IN_USE) wanted = SocketError::ALREADY_INIT;
			if (error == Error::ERR_FILE_EOF) wanted = SocketError::FILE_EOF;
			if (error == Error::ERR_UNAVAILABLE && call == Kind::BIND) wanted = SocketError::BIND_FAILED;
			if (error == Error::ERR_CONNECTION_ERROR && call == Kind::POLL) wanted = SocketError::CONNECT_FAILED;
			if (error == Error::ERR_CANT_RESOLVE && call == Kind::POLL) wanted = SocketError::CONNECT_FAILED;
			EXPECT_EQ(socket_error_from(error, call), wanted) << netpeer::error_name(error) << static_cast<int>(call);
		}
	}
}

TEST(LunaStreamPeerTCP, BindPortsFrom0To65535) {
	for (int port : {-1, 65536}) {
		LunaWorld t;
		EXPECT_EQ(t.peer.Bind(port, IPAddress::wildcard()), SocketError::FAILED) << port;
	}
	for (int port : {0, 65535}) {
		LunaWorld t;
		SocketScript &script = t.factory.next_socket();
		EXPECT_EQ(t.peer.Bind(port, IPAddress::wildcard()), SocketError::SUCCESS) << port;
		EXPECT_EQ(script.last(SocketCall::kBind).endpoint.port, port);
	}
}

TEST(LunaStreamPeerTCP, BindAnswers) {
	LunaWorld t;
	EXPECT_EQ(t.peer.Bind(0, IPAddress()), SocketError::INVALID_IP_ADDRESS);
	t.factory.next_socket().then(SocketCall::kBind, Error::ERR_UNAVAILABLE);
	EXPECT_EQ(t.peer.Bind(0, kLunaHost), SocketError::BIND_FAILED);
	EXPECT_EQ(t.peer.Bind(0, IPAddress("::1")), SocketError::SUCCESS);
	EXPECT_EQ(t.peer.Bind(0, kLunaHost), SocketError::ALREADY_INIT);
}

TEST(LunaStreamPeerTCP, ConnectPortsFrom1To65535) {
	LunaWorld t;
	for (int port : {-1, 0, 65536}) EXPECT_EQ(t.peer.ConnectToHost(kLunaHost, port), SocketError::FAILED) << port;
	EXPECT_EQ(t.peer.GetStatus(), LunaPeer::Status::STATUS_NONE);
	EXPECT_EQ(t.peer.ConnectToHost(kLunaHost, 65535), SocketError::SUCCESS);
	EXPECT_EQ(t.peer.GetConnectedPort(), 65535);
}

TEST(LunaStreamPeerTCP, ConnectAnswers) {
	LunaWorld t;
	EXPECT_EQ(t.peer.ConnectToHost(IPAddress(), 80), SocketError::INVALID_IP_ADDRESS);
	EXPECT_EQ(t.peer.ConnectToHost(IPAddress::wildcard(), 80), SocketError::INVALID_IP_ADDRESS);
	t.factory.next_socket().then(SocketCall::kConnect, Error::FAILED);
	EXPECT_EQ(t.peer.ConnectToHost(kLunaHost, 80), SocketError::FAILED);
	t.connecting();
	EXPECT_EQ(t.peer.GetConnectedHost(), kLunaHost);
	EXPECT_EQ(t.peer.GetConnectedPort(), 80);
	EXPECT_EQ(t.peer.ConnectToHost(kLunaHost, 80), SocketError::ALREADY_INIT);
	t.peer.DisconnectFromHost();
	EXPECT_FALSE(t.peer.GetConnectedHost().is_valid());
	EXPECT_EQ(t.peer.GetConnectedPort(), 0);
	EXPECT_EQ(t.peer.GetLocalPort(), 0);
}

TEST(LunaStreamPeerTCP, ConnectMayTake5Seconds) {
	LunaWorld t;
	t.connecting();
	t.clock.advance(Duration::from_s(5));
	EXPECT_EQ(t.peer.Poll(), SocketError::SUCCESS);
	t.clock.advance(Duration::from_us(1));
	EXPECT_EQ(t.peer.Poll(), SocketError::FAILED);
	EXPECT_EQ(t.peer.GetStatus(), LunaPeer::Status::STATUS_ERROR);
	EXPECT_EQ(t.peer.Poll(), SocketError::SUCCESS);
}

TEST(LunaStreamPeerTCP, PollAnswers) {
	LunaWorld t;
	EXPECT_EQ(t.peer.Poll(), SocketError::SUCCESS);
	t.connecting().then(SocketCall::kConnectResult, Error::FAILED);
	EXPECT_EQ(t.peer.Poll(), SocketError::CONNECT_FAILED);
	t.peer.DisconnectFromHost();
	t.connected().then(SocketCall::kWait, Error::FAILED);
	EXPECT_EQ(t.peer.Poll(), SocketError::FAILED);
	t.peer.DisconnectFromHost();
	t.connected().then(SocketCall::kWait, Error::OK).then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.Poll(), SocketError::SUCCESS);
	EXPECT_EQ(t.peer.GetStatus(), LunaPeer::Status::STATUS_NONE);
}

TEST(LunaStreamPeerTCP, DataAnswers) {
	LunaWorld t;
	int count = 9;
	EXPECT_EQ(t.peer.PutData(view_of("x")), SocketError::FAILED);
	EXPECT_EQ(t.peer.GetData(MutBytes(t.buffer, 1)), SocketError::FAILED);
	EXPECT_EQ(t.peer.GetPartialData(MutBytes(t.buffer, 1), count), SocketError::FAILED);
	EXPECT_EQ(count, 0);
	EXPECT_EQ(t.peer.GetAvailableBytes(), -1);

	SocketScript &script = t.connected();
	t.peer.SetNoDelay(true);
	EXPECT_TRUE(script.last(SocketCall::kNoDelay).enabled);
	EXPECT_EQ(t.peer.PutData(view_of("hello")), SocketError::SUCCESS);
	script.then_send(2).then(SocketCall::kSend, Error::ERR_BUSY);
	EXPECT_EQ(t.peer.PutPartialData(view_of("world"), count), SocketError::SUCCESS);
	EXPECT_EQ(count, 2);
	EXPECT_EQ(t.peer.GetPartialData(MutBytes(t.buffer, 4), count), SocketError::SUCCESS);
	EXPECT_EQ(count, 0);
	script.then_receive("abcd");
	EXPECT_EQ(t.peer.GetData(MutBytes(t.buffer, 3)), SocketError::SUCCESS);
	EXPECT_EQ(t.peer.GetPartialData(MutBytes(t.buffer, 3), count), SocketError::SUCCESS);
	EXPECT_EQ(count, 1);
	script.then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.GetData(MutBytes(t.buffer, 3)), SocketError::FILE_EOF);
	count = 9;
	EXPECT_EQ(t.peer.GetPartialData(MutBytes(t.buffer, 3), count), SocketError::FILE_EOF);
	EXPECT_EQ(count, 0);
	EXPECT_EQ(t.peer.PutPartialData(view_of("x"), count), SocketError::FAILED);
	EXPECT_EQ(count, 0);
	t.peer.DisconnectFromHost();
	EXPECT_EQ(t.peer.GetPartialData(MutBytes(t.buffer, 3), count), SocketError::FAILED);
}
