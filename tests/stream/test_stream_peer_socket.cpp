// StreamPeerSocket: the state table and the rules for data, on scripted sockets. What loopback can show is in
// test_tcp_loopback.cpp and test_uds_loopback.cpp.

#include "../../src/stream/stream_peer_tcp.h"
#include "../support/fake_clock.h"
#include "../support/fake_net_socket.h"

#include <gtest/gtest.h>

#include <string>

using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::PollType;
using netpeer::ShutdownHalf;
using netpeer::StreamPeerSocket;
using netpeer::StreamPeerSocketHooks;
using netpeer::StreamPeerTCP;
using netpeer::view_of;
using netpeer_test::FakeClock;
using netpeer_test::FakeSocketFactory;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;

namespace {

constexpr auto kNone = StreamPeerSocket::STATUS_NONE;
constexpr auto kConnecting = StreamPeerSocket::STATUS_CONNECTING;
constexpr auto kConnected = StreamPeerSocket::STATUS_CONNECTED;
constexpr auto kError = StreamPeerSocket::STATUS_ERROR;

// A peer whose socket does what the script says.
struct ScriptedPeer {
	FakeSocketFactory factory;
	FakeClock clock;
	SocketScript &script = factory.next_socket();
	StreamPeerTCP peer{StreamPeerSocketHooks{&clock, nullptr, nullptr}};

	ScriptedPeer() { script.waits_move(clock); }

	Error connect() { return peer.connect_to_host("127.0.0.1", 4242); }
	void be_connected() {
		script.then(SocketCall::kConnect, Error::OK);
		EXPECT_EQ(connect(), Error::OK);
		EXPECT_EQ(peer.get_status(), kConnected);
	}
	void available(int bytes) {
		SocketAnswer answer;
		answer.number = bytes;
		script.then(SocketCall::kAvailableBytes, answer);
	}
	void expect_no_peer() {
		EXPECT_EQ(peer.get_connected_host(), "");
		EXPECT_EQ(peer.get_connected_port(), 0);
		EXPECT_EQ(peer.get_available_bytes(), -1);
		EXPECT_EQ(peer.native_handle(), netpeer::kNoSocketHandle);
		EXPECT_EQ(script.live_sockets(), 0u);
	}
	Error get_partial(size_t bytes, size_t &received) {
		return peer.get_partial_data(MutBytes(buffer, bytes), received);
	}
	std::string got(size_t bytes) const { return std::string(reinterpret_cast<const char *>(buffer), bytes); }

	uint8_t buffer[64] = {};
};

} // namespace

// --- table 7.1, row by row ---

TEST(StreamPeerSocketStates, ConnectDoneAtOnceIsConnected) {
	ScriptedPeer t;
	t.script.then(SocketCall::kConnect, Error::OK);
	EXPECT_EQ(t.connect(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketStates, ConnectUnderWayIsConnectingWithThePeerNamed) {
	ScriptedPeer t;
	EXPECT_EQ(t.connect(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnecting);
	EXPECT_EQ(t.peer.get_connected_host(), "127.0.0.1");
	EXPECT_EQ(t.peer.get_connected_port(), 4242);
}

TEST(StreamPeerSocketStates, ConnectRefusedBySystemIsFailedAndNone) {
	ScriptedPeer t;
	t.script.then(SocketCall::kConnect, Error::FAILED, 101);
	EXPECT_EQ(t.connect(), Error::FAILED);
	EXPECT_EQ(t.peer.get_status(), kNone);
	EXPECT_EQ(t.peer.last_os_error(), 101);
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, PollFindsConnectFinished) {
	ScriptedPeer t;
	ASSERT_EQ(t.connect(), Error::OK);
	t.script.then(SocketCall::kConnectResult, Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_EQ(t.peer.get_connected_port(), 4242);
}

TEST(StreamPeerSocketStates, PollLeavesPendingConnectUntilItsDeadline) {
	ScriptedPeer t;
	t.script.otherwise(SocketCall::kConnectResult, Error::ERR_BUSY);
	ASSERT_EQ(t.connect(), Error::OK);
	EXPECT_EQ(t.peer.next_poll_time(), t.clock.now() + Duration::from_s(30));
	t.clock.advance(Duration::from_s(30));
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnecting);
}

TEST(StreamPeerSocketStates, PollEndsPendingConnectAfterItsDeadline) {
	ScriptedPeer t;
	t.script.otherwise(SocketCall::kConnectResult, Error::ERR_BUSY);
	ASSERT_EQ(t.connect(), Error::OK);
	t.clock.advance(Duration::from_s(30) + Duration::from_us(1));
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_status(), kError);
	EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_TIMEOUT);
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, ConnectFinishedAtTheLastMomentCounts) {
	ScriptedPeer t;
	ASSERT_EQ(t.connect(), Error::OK);
	t.clock.advance(Duration::from_s(3000));
	t.script.then(SocketCall::kConnectResult, Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketStates, PollFindsConnectRefused) {
	ScriptedPeer t;
	ASSERT_EQ(t.connect(), Error::OK);
	t.script.then(SocketCall::kConnectResult, Error::FAILED, 111);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.get_status(), kError);
	EXPECT_EQ(t.peer.get_connect_error(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.last_os_error(), 111);
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, ReadableAndNothingToReadIsTheEnd) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::OK).then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	t.available(0);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kNone);
	EXPECT_TRUE(t.peer.is_read_eof());
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, UnreadBytesKeepTheConnectionWhateverFollowsThem) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::OK);
	t.available(3);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_FALSE(t.peer.is_read_eof());
}

TEST(StreamPeerSocketStates, QuietConnectionCostsOneCallPerPoll) {
	ScriptedPeer t;
	t.be_connected();
	const size_t before = t.script.log().size();
	const unsigned reads = t.clock.reads();
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_EQ(t.script.log().size() - before, 1u);
	EXPECT_EQ(t.script.last(SocketCall::kWait).timeout, Duration());
	EXPECT_EQ(t.clock.reads(), reads);
}

TEST(StreamPeerSocketStates, PollFindsReset) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::FAILED);
	EXPECT_EQ(t.peer.poll(), Error::FAILED);
	EXPECT_EQ(t.peer.get_status(), kError);
	EXPECT_FALSE(t.peer.is_read_eof());
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, PollFindsResetThatLooksLikeTheEnd) {
	ScriptedPeer t; // Windows: readable, nothing to count, and no error until data is asked for
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::OK).then(SocketCall::kReceive, Error::FAILED, 10054);
	t.available(0);
	EXPECT_EQ(t.peer.poll(), Error::FAILED);
	EXPECT_EQ(t.peer.get_status(), kError);
	EXPECT_FALSE(t.peer.is_read_eof());
	EXPECT_EQ(t.peer.last_os_error(), 10054);
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, ReadinessForNothingChangesNothing) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::OK);
	t.available(0);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketStates, ByteThatPollMeetsInsteadOfTheEndIsNotLost) {
	for (bool whole : {true, false}) {
		ScriptedPeer t;
		t.be_connected();
		t.script.then(SocketCall::kWait, Error::OK).then_receive("abc");
		t.available(0);
		EXPECT_EQ(t.peer.poll(), Error::OK);
		EXPECT_EQ(t.peer.poll(), Error::OK);
		EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_IN), Error::OK);
		EXPECT_EQ(t.peer.wait(static_cast<PollType>(-1), -1), Error::ERR_INVALID_PARAMETER);
		t.available(2);
		EXPECT_EQ(t.peer.get_available_bytes(), 3);
		size_t received = 0;
		if (whole) {
			EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 3), received), Error::OK);
		} else {
			EXPECT_EQ(t.get_partial(3, received), Error::OK);
			EXPECT_EQ(received, 1u);
			size_t more = 0;
			EXPECT_EQ(t.peer.get_partial_data(MutBytes(t.buffer + 1, 2), more), Error::OK);
			received += more;
		}
		EXPECT_EQ(t.got(received), "abc");
	}
}

TEST(StreamPeerSocketStates, ReadThatHitsTheEndIsNone) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	size_t received = 9;
	EXPECT_EQ(t.get_partial(10, received), Error::ERR_FILE_EOF);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(t.peer.get_status(), kNone);
	EXPECT_TRUE(t.peer.is_read_eof());
	t.expect_no_peer();
}

TEST(StreamPeerSocketStates, HardErrorOfAReadOrWriteIsFailedAndNone) {
	for (int call = 0; call < 4; ++call) {
		ScriptedPeer t;
		t.be_connected();
		t.script.then(call < 2 ? SocketCall::kReceive : SocketCall::kSend, Error::FAILED, 104);
		size_t count = 9;
		Error error = Error::OK;
		if (call == 0) error = t.get_partial(10, count);
		if (call == 1) error = t.peer.get_data(MutBytes(t.buffer, 10), count);
		if (call == 2) error = t.peer.put_partial_data(view_of("hello"), count);
		if (call == 3) error = t.peer.put_data(view_of("hello"), count);
		EXPECT_EQ(error, Error::FAILED) << call;
		EXPECT_EQ(count, 0u) << call;
		EXPECT_EQ(t.peer.get_status(), kNone) << call;
		EXPECT_EQ(t.peer.last_os_error(), 104) << call;
		t.expect_no_peer();
	}
}

TEST(StreamPeerSocketStates, PollInNoneAndErrorChangesNothing) {
	ScriptedPeer t;
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kNone);
	ASSERT_EQ(t.connect(), Error::OK);
	t.script.then(SocketCall::kConnectResult, Error::FAILED);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kError);
}

TEST(StreamPeerSocketStates, ErrorRefusesToConnectUntilDisconnected) {
	ScriptedPeer t;
	ASSERT_EQ(t.connect(), Error::OK);
	t.script.then(SocketCall::kConnectResult, Error::FAILED);
	EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(t.connect(), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(t.peer.get_status(), kError);
	t.peer.disconnect_from_host();
	EXPECT_EQ(t.peer.get_status(), kNone);
	t.factory.next_socket();
	EXPECT_EQ(t.connect(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnecting);
}

TEST(StreamPeerSocketStates, DisconnectIsNoneFromAnyState) {
	for (int state = 0; state < 4; ++state) {
		ScriptedPeer t;
		if (state == 1 || state == 3) {
			ASSERT_EQ(t.connect(), Error::OK);
		}
		if (state == 2) t.be_connected();
		if (state == 3) {
			t.script.then(SocketCall::kConnectResult, Error::FAILED);
			EXPECT_EQ(t.peer.poll(), Error::ERR_CONNECTION_ERROR);
		}
		ASSERT_EQ(static_cast<int>(t.peer.get_status()), state);
		t.peer.disconnect_from_host();
		EXPECT_EQ(t.peer.get_status(), kNone) << state;
		t.expect_no_peer();
	}
}

// --- data ---

TEST(StreamPeerSocketData, FreshPeerRefusesDataAndHasNoSocket) {
	ScriptedPeer t;
	size_t count = 9;
	EXPECT_EQ(t.peer.put_data(view_of("a")), Error::FAILED);
	EXPECT_EQ(t.peer.put_partial_data(view_of("a"), count), Error::FAILED);
	EXPECT_EQ(count, 0u);
	count = 9;
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1), count), Error::FAILED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(t.get_partial(1, count), Error::FAILED);
	EXPECT_EQ(t.peer.get_available_bytes(), -1);
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_IN), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(t.peer.shutdown_write(), Error::FAILED);
	EXPECT_EQ(t.peer.put_data(ByteView()), Error::OK);
	EXPECT_EQ(t.peer.get_data(MutBytes()), Error::OK);
	EXPECT_EQ(t.factory.sockets_made(), 0u);
}

TEST(StreamPeerSocketData, NothingIsPutWhileConnecting) {
	ScriptedPeer t;
	ASSERT_EQ(t.connect(), Error::OK);
	size_t count = 9;
	EXPECT_EQ(t.peer.put_data(view_of("lost")), Error::FAILED);
	EXPECT_EQ(t.peer.put_partial_data(view_of("lost"), count), Error::FAILED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(t.get_partial(4, count), Error::FAILED);
	EXPECT_EQ(t.peer.get_available_bytes(), 0);
	EXPECT_EQ(t.peer.get_status(), kConnecting);
	EXPECT_EQ(t.script.sent(), "");
}

TEST(StreamPeerSocketData, WholePutAndGetAreOneCallEach) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_receive("world");
	const size_t before = t.script.log().size();
	size_t received = 0;
	EXPECT_EQ(t.peer.put_data(view_of("hello")), Error::OK);
	EXPECT_EQ(t.get_partial(10, received), Error::OK);
	EXPECT_EQ(t.script.log().size() - before, 2u);
	EXPECT_EQ(t.script.sent(), "hello");
	EXPECT_EQ(t.got(received), "world");
}

TEST(StreamPeerSocketData, PartialPutSaysHowMuchWentAndWaitsForNothing) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_send(3).then_send(2).then(SocketCall::kSend, Error::ERR_BUSY);
	size_t sent = 9;
	EXPECT_EQ(t.peer.put_partial_data(view_of("0123456789"), sent), Error::OK);
	EXPECT_EQ(sent, 5u);
	EXPECT_EQ(t.script.sent(), "01234");
	t.script.then(SocketCall::kSend, Error::ERR_BUSY);
	EXPECT_EQ(t.peer.put_partial_data(view_of("56789"), sent), Error::OK);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_EQ(t.script.count(SocketCall::kWait), 0u);
}

TEST(StreamPeerSocketData, PartialPutThatBreaksReportsNothingSent) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_send(3).then(SocketCall::kSend, Error::FAILED);
	size_t sent = 9;
	EXPECT_EQ(t.peer.put_partial_data(view_of("0123456789"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(t.peer.get_status(), kNone);
}

TEST(StreamPeerSocketData, BlockingPutSleepsUntilThereIsRoom) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_send(3).then(SocketCall::kSend, Error::ERR_BUSY).then_send(100);
	t.script.then(SocketCall::kWait, Error::OK);
	size_t sent = 0;
	EXPECT_EQ(t.peer.put_data(view_of("0123456789"), sent), Error::OK);
	EXPECT_EQ(sent, 10u);
	EXPECT_EQ(t.script.sent(), "0123456789");
	EXPECT_EQ(t.script.count(SocketCall::kWait), 1u);
	EXPECT_EQ(t.script.last(SocketCall::kWait).poll, PollType::POLL_TYPE_OUT);
}

TEST(StreamPeerSocketData, BlockingPutWithoutLimitSleepsAsLongAsItTakes) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kSend, Error::ERR_BUSY);
	for (int i = 0; i < 1000; ++i) t.script.then(SocketCall::kWait, Error::ERR_BUSY);
	t.script.then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(t.peer.put_data(view_of("x")), Error::OK);
	EXPECT_EQ(t.script.count(SocketCall::kSend), 2u);
}

TEST(StreamPeerSocketData, FailedWaitEndsABlockingCallWithoutSpinning) {
	for (bool putting : {true, false}) {
		ScriptedPeer t;
		t.be_connected();
		t.script.otherwise(SocketCall::kWait, Error::FAILED);
		t.script.otherwise(SocketCall::kSend, Error::ERR_BUSY);
		EXPECT_EQ(putting ? t.peer.put_data(view_of("x")) : t.peer.get_data(MutBytes(t.buffer, 1)), Error::FAILED);
		EXPECT_EQ(t.peer.get_status(), kNone);
		EXPECT_EQ(t.script.count(SocketCall::kWait), 1u);
	}
}

TEST(StreamPeerSocketData, DataThatCameBeforeTheErrorIsStillRead) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kReceive, Error::ERR_BUSY).then_receive("last").then(SocketCall::kReceive, Error::FAILED);
	t.script.then(SocketCall::kWait, Error::FAILED);
	size_t received = 0;
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 10), received), Error::FAILED);
	EXPECT_EQ(t.got(received), "last");
}

TEST(StreamPeerSocketData, BlockingGetCollectsAllOfIt) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_receive("hel").then(SocketCall::kReceive, Error::ERR_BUSY).then_receive("lo!");
	t.script.then(SocketCall::kWait, Error::OK);
	size_t received = 0;
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 5), received), Error::OK);
	EXPECT_EQ(t.got(received), "hello");
	EXPECT_EQ(t.script.last(SocketCall::kWait).poll, PollType::POLL_TYPE_IN);
}

TEST(StreamPeerSocketData, BlockingGetKeepsWhatCameBeforeTheEnd) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then_receive("abc").then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	size_t received = 0;
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 10), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.got(received), "abc");
	EXPECT_EQ(t.peer.get_status(), kNone);
	t.expect_no_peer();
}

TEST(StreamPeerSocketData, PartialGetWithNothingThereIsOkAndEmpty) {
	ScriptedPeer t;
	t.be_connected();
	size_t received = 9;
	EXPECT_EQ(t.get_partial(10, received), Error::OK);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_EQ(t.script.count(SocketCall::kWait), 0u);
}

TEST(StreamPeerSocketData, WaitPassesTypeAndTimeoutOn) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_IN_OUT, 250), Error::OK);
	EXPECT_EQ(t.script.last(SocketCall::kWait).poll, PollType::POLL_TYPE_IN_OUT);
	EXPECT_EQ(t.script.last(SocketCall::kWait).timeout, Duration::from_ms(250));
	EXPECT_EQ(t.peer.wait(PollType::POLL_TYPE_IN, -1), Error::ERR_BUSY);
	EXPECT_LT(t.script.last(SocketCall::kWait).timeout, Duration());
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

// --- ours: limits, cancel, half-close ---

TEST(StreamPeerSocketBlocking, TimeLimitEndsThePutAndKeepsTheConnection) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.set_blocking_timeout(1050);
	t.script.then_send(4).otherwise(SocketCall::kSend, Error::ERR_BUSY);
	const netpeer::Instant start = t.clock.now();
	size_t sent = 0;
	EXPECT_EQ(t.peer.put_data(view_of("0123456789"), sent), Error::ERR_TIMEOUT);
	EXPECT_EQ(sent, 4u);
	EXPECT_EQ(t.clock.now() - start, Duration::from_ms(1050));
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketBlocking, TimeLimitIsForTheWholeGet) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.set_blocking_timeout(100);
	// A byte every 60 ms: each one comes in time, all of them do not.
	SocketAnswer late;
	late.effect = [&t] { t.clock.advance(Duration::from_ms(60)); };
	for (int i = 0; i < 3; ++i) t.script.then(SocketCall::kReceive, Error::ERR_BUSY).then_receive("x");
	t.script.then(SocketCall::kWait, late).then(SocketCall::kWait, late);
	size_t received = 0;
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 10), received), Error::ERR_TIMEOUT);
	EXPECT_EQ(t.got(received), "xx");
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketBlocking, LimitOfZeroNeverSleeps) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.set_blocking_timeout(0);
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1)), Error::ERR_TIMEOUT);
	EXPECT_EQ(t.script.count(SocketCall::kWait), 0u);
}

TEST(StreamPeerSocketBlocking, CancelEndsTheCallThatWaits) {
	ScriptedPeer t;
	t.be_connected();
	SocketAnswer during;
	during.error = Error::ERR_BUSY;
	during.effect = [&t] { t.peer.cancel(); };
	t.script.then(SocketCall::kWait, during);
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1)), Error::ERR_SKIP);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_EQ(t.script.count(SocketCall::kWait), 1u);
	EXPECT_LE(t.script.last(SocketCall::kWait).timeout, Duration::from_ms(StreamPeerSocket::kCancelLatencyMs));
	// It is used up: the next call waits again, and gets its byte.
	t.script.then(SocketCall::kReceive, Error::ERR_BUSY).then_receive("y");
	t.script.then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1)), Error::OK);
}

TEST(StreamPeerSocketBlocking, CancelDoesNotTouchCallsThatNeedNotWait) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.cancel();
	t.script.then_receive("y");
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1)), Error::OK);
	EXPECT_EQ(t.peer.put_data(view_of("z")), Error::OK);
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1)), Error::ERR_SKIP);
}

TEST(StreamPeerSocketHalves, ShutdownWriteEndsOurHalfOnly) {
	ScriptedPeer t;
	t.be_connected();
	EXPECT_EQ(t.peer.shutdown_write(), Error::OK);
	EXPECT_EQ(t.peer.shutdown_write(), Error::OK);
	EXPECT_EQ(t.script.count(SocketCall::kShutdown), 1u);
	EXPECT_EQ(t.script.last(SocketCall::kShutdown).half, ShutdownHalf::SEND);
	size_t count = 9;
	EXPECT_EQ(t.peer.put_data(view_of("x")), Error::FAILED);
	EXPECT_EQ(t.peer.put_partial_data(view_of("x"), count), Error::FAILED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	t.script.then_receive("still").then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	EXPECT_EQ(t.get_partial(10, count), Error::OK);
	EXPECT_EQ(t.got(count), "still");
	EXPECT_EQ(t.get_partial(10, count), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.get_status(), kNone);
	EXPECT_EQ(t.script.count(SocketCall::kSend), 0u);
}

TEST(StreamPeerSocketHalves, KeptWriteHalfOutlivesTheEndOfTheOther) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.set_keep_write_on_eof(true);
	t.script.then(SocketCall::kWait, Error::OK).otherwise(SocketCall::kReceive, Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kConnected);
	EXPECT_TRUE(t.peer.is_read_eof());
	size_t count = 9;
	EXPECT_EQ(t.get_partial(10, count), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.get_data(MutBytes(t.buffer, 1), count), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.script.count(SocketCall::kReceive), 1u); // by poll
	EXPECT_EQ(t.peer.put_data(view_of("answer")), Error::OK);
	EXPECT_EQ(t.script.sent(), "answer");
	EXPECT_EQ(t.peer.get_status(), kConnected);
	// Both halves ended: nothing is left to keep.
	EXPECT_EQ(t.peer.shutdown_write(), Error::OK);
	t.script.then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.get_status(), kNone);
	EXPECT_TRUE(t.peer.is_read_eof());
}

TEST(StreamPeerSocketHalves, KeptWriteHalfStillMeetsAReset) {
	ScriptedPeer t;
	t.be_connected();
	t.peer.set_keep_write_on_eof(true);
	t.script.then(SocketCall::kWait, Error::OK).then(SocketCall::kWait, Error::FAILED);
	t.script.then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	EXPECT_EQ(t.peer.poll(), Error::OK);
	EXPECT_EQ(t.peer.poll(), Error::FAILED);
	EXPECT_EQ(t.peer.get_status(), kError);
}

TEST(StreamPeerSocketHalves, EndOfTheOtherHalfIsForgottenByTheNextConnection) {
	ScriptedPeer t;
	t.be_connected();
	t.script.then(SocketCall::kReceive, Error::ERR_FILE_EOF);
	size_t count = 0;
	EXPECT_EQ(t.get_partial(1, count), Error::ERR_FILE_EOF);
	EXPECT_TRUE(t.peer.is_read_eof());
	t.factory.next_socket().then(SocketCall::kConnect, Error::OK);
	EXPECT_EQ(t.connect(), Error::OK);
	EXPECT_FALSE(t.peer.is_read_eof());
	EXPECT_EQ(t.peer.get_status(), kConnected);
}

TEST(StreamPeerSocketStates, NumbersAreGodots) {
	EXPECT_EQ(static_cast<int>(kNone), 0);
	EXPECT_EQ(static_cast<int>(kConnecting), 1);
	EXPECT_EQ(static_cast<int>(kConnected), 2);
	EXPECT_EQ(static_cast<int>(kError), 3);
	EXPECT_EQ(static_cast<int>(PollType::POLL_TYPE_IN), 0);
	EXPECT_EQ(static_cast<int>(PollType::POLL_TYPE_OUT), 1);
	EXPECT_EQ(static_cast<int>(PollType::POLL_TYPE_IN_OUT), 2);
}
