// StreamPeerTCP and TCPServer on real sockets: what the kernel does when ends come, go, break and do not read.

#include "../../src/core/netpeer_config.h"
#include "../support/running_emulated.h"
#include "../support/running_under_wine.h"
#include "../support/tcp_pair.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::PollType;
using netpeer::StreamPeerTCP;
using netpeer::TCPServer;
using netpeer::view_of;
using netpeer_test::finish_connect;
using netpeer_test::has_ipv6_loopback;
using netpeer_test::kStreamPatienceMs;
using netpeer_test::poll_while;
using netpeer_test::TcpPair;
using netpeer_test::wait_available;

namespace {

constexpr auto kLoopNone = StreamPeerTCP::STATUS_NONE;
constexpr auto kLoopConnected = StreamPeerTCP::STATUS_CONNECTED;
constexpr auto kLoopError = StreamPeerTCP::STATUS_ERROR;

bool slow_machine() { return netpeer_test::running_under_wine() || netpeer_test::running_emulated(); }

std::string get_text(StreamPeerTCP &peer, size_t bytes) {
	std::string text(bytes, '\0');
	size_t received = 0;
	EXPECT_EQ(peer.get_data(MutBytes(reinterpret_cast<uint8_t *>(&text[0]), bytes), received), Error::OK);
	text.resize(received);
	return text;
}

// Byte i of a stream that never repeats within a block.
uint8_t stream_byte(size_t i) { return static_cast<uint8_t>((i * 2654435761u) >> 13); }

void fill_stream(std::vector<uint8_t> &block, size_t from) {
	for (size_t i = 0; i < block.size(); ++i) block[i] = stream_byte(from + i);
}

bool is_stream(const uint8_t *bytes, size_t size, size_t from) {
	for (size_t i = 0; i < size; ++i) {
		if (bytes[i] != stream_byte(from + i)) return false;
	}
	return true;
}

int unused_port() {
	TCPServer server;
	EXPECT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	return server.get_local_port();
}

} // namespace

// --- connecting ---

TEST(TcpLoopback, BothEndsKnowEachOther) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.client.get_connected_host(), "127.0.0.1");
	EXPECT_EQ(t.client.get_connected_port(), t.server.get_local_port());
	EXPECT_EQ(t.served->get_connected_host(), "127.0.0.1");
	EXPECT_EQ(t.served->get_connected_port(), t.client.get_local_port());
	EXPECT_EQ(t.served->get_local_port(), t.server.get_local_port());
	EXPECT_EQ(t.served->get_status(), kLoopConnected);
	EXPECT_NE(t.client.native_handle(), netpeer::kNoSocketHandle);
	EXPECT_EQ(t.client.put_data(view_of("question")), Error::OK);
	EXPECT_EQ(get_text(*t.served, 8), "question");
	EXPECT_EQ(t.served->put_data(view_of("answer")), Error::OK);
	EXPECT_EQ(get_text(t.client, 6), "answer");
}

TEST(TcpLoopback, SixTalksToSix) {
	if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 on this machine";
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open("::1", "::1"));
	EXPECT_EQ(t.served->get_connected_host(), "0:0:0:0:0:0:0:1");
	EXPECT_EQ(t.client.put_data(view_of("six")), Error::OK);
	EXPECT_EQ(get_text(*t.served, 3), "six");
}

TEST(TcpLoopback, WildcardTakesBothFamiliesAndShowsFourDotted) {
	TcpPair four;
	ASSERT_NO_FATAL_FAILURE(four.open("*", "127.0.0.1"));
	EXPECT_EQ(four.served->get_connected_host(), "127.0.0.1");
	if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 on this machine";
	TcpPair six;
	ASSERT_NO_FATAL_FAILURE(six.open("*", "::1"));
	EXPECT_EQ(six.served->get_connected_host(), "0:0:0:0:0:0:0:1");
}

TEST(TcpLoopback, FamilyOfTheServerIsTheOneItWasBoundTo) {
	if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 on this machine";
	TCPServer server;
	ASSERT_EQ(server.listen(0, "::1"), Error::OK);
	StreamPeerTCP client;
	if (client.connect_to_host("127.0.0.1", server.get_local_port()) == Error::OK) finish_connect(client);
	EXPECT_NE(client.get_status(), kLoopConnected);
	EXPECT_FALSE(server.is_connection_available());
}

TEST(TcpLoopback, BoundToTheWildcardConnectsToBothFamilies) {
	for (const char *host : {"127.0.0.1", "::1"}) {
		if (host[0] == ':' && !has_ipv6_loopback()) GTEST_SKIP() << "no IPv6 on this machine";
		TcpPair t;
		ASSERT_EQ(t.client.bind(0), Error::OK);
		const int port = t.client.get_local_port();
		EXPECT_GT(port, 0);
		ASSERT_NO_FATAL_FAILURE(t.open(host, host));
		EXPECT_EQ(t.served->get_connected_port(), port);
	}
}

TEST(TcpLoopback, BoundToAnotherFamilyFails) {
	StreamPeerTCP client;
	ASSERT_EQ(client.bind(0, "127.0.0.1"), Error::OK);
	EXPECT_EQ(client.connect_to_host("::1", 80), Error::FAILED);
	EXPECT_EQ(client.get_status(), kLoopNone);
	EXPECT_EQ(client.get_local_port(), 0);
}

TEST(TcpLoopback, PortInUseIsUnavailable) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	StreamPeerTCP client;
	EXPECT_EQ(client.bind(server.get_local_port(), "127.0.0.1"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(client.bind(0, "127.0.0.1"), Error::OK);
}

TEST(TcpLoopback, RefusedConnectionIsFoundByPoll) {
	StreamPeerTCP client;
	const Error started = client.connect_to_host("127.0.0.1", unused_port());
	if (started == Error::FAILED) GTEST_SKIP() << "this system refuses at once";
	ASSERT_EQ(started, Error::OK);
	EXPECT_EQ(client.get_connected_host(), "127.0.0.1");
	Error answer = Error::OK;
	while (client.get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		(void)client.wait(PollType::POLL_TYPE_OUT, kStreamPatienceMs);
		answer = client.poll();
	}
	EXPECT_EQ(answer, Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(client.get_status(), kLoopError);
	EXPECT_EQ(client.get_connected_host(), "");
	EXPECT_EQ(client.get_connected_port(), 0);
	EXPECT_EQ(client.get_available_bytes(), -1);
	EXPECT_NE(client.last_os_error(), 0);
	EXPECT_EQ(client.poll(), Error::OK);
	EXPECT_EQ(client.put_data(view_of("x")), Error::FAILED);
	// And the object is as good as new.
	client.disconnect_from_host();
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	ASSERT_EQ(client.connect_to_host("127.0.0.1", server.get_local_port()), Error::OK);
	finish_connect(client);
	EXPECT_EQ(client.get_status(), kLoopConnected);
}

TEST(TcpLoopback, UnreachableAddressDoesNotConnect) {
	// Nothing leaves the machine: a socket on the loopback address has no way out.
	StreamPeerTCP client;
	ASSERT_EQ(client.bind(0, "127.0.0.1"), Error::OK);
	const Error started = client.connect_to_host("192.0.2.1", 80);
	if (started == Error::OK) GTEST_SKIP() << "this system tries all the same";
	EXPECT_EQ(started, Error::FAILED);
	EXPECT_EQ(client.get_status(), kLoopNone);
	EXPECT_NE(client.last_os_error(), 0);
}

TEST(TcpLoopback, LocalhostIsResolvedInEveryWay) {
	for (int way = 0; way < 3; ++way) {
		TCPServer server;
		ASSERT_EQ(server.listen(0, "*"), Error::OK);
		StreamPeerTCP client;
		Error started = Error::FAILED;
		if (way == 0) started = client.connect_to_host("localhost", server.get_local_port());
		if (way == 1) started = client.connect_to_host_async_dns("localhost", server.get_local_port());
		if (way == 2) started = client.connect_to_host_any("localhost", server.get_local_port());
		ASSERT_EQ(started, Error::OK) << way;
		while (client.get_status() == StreamPeerTCP::STATUS_CONNECTING) {
			EXPECT_EQ(client.poll(), Error::OK) << way;
			std::this_thread::yield(); // a look-up has nothing to wait for
		}
		ASSERT_EQ(client.get_status(), kLoopConnected) << way;
		ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
		EXPECT_NE(server.take_connection(), nullptr) << way;
	}
}

TEST(TcpLoopback, NameThatIsNoneIsFoundAtOnceOrByPoll) {
	StreamPeerTCP client;
	EXPECT_EQ(client.connect_to_host("not a name", 80), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(client.connect_to_host("*", 80), Error::ERR_CANT_RESOLVE);
	ASSERT_EQ(client.connect_to_host_any("not a name", 80), Error::OK);
	EXPECT_EQ(client.poll(), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(client.get_status(), kLoopError);
}

TEST(TcpLoopback, OptionsAreTakenByTheSystem) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.client.set_no_delay(true), Error::OK);
	EXPECT_EQ(t.served->set_no_delay(false), Error::OK);
	EXPECT_EQ(t.client.set_keep_alive(true, 30, 5, 3), Error::OK);
	EXPECT_EQ(t.client.set_keep_alive(false), Error::OK);
}

// --- the end of a connection ---

TEST(TcpLoopback, UnreadDataOutlivesTheEndOfTheOtherSide) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.served->put_data(view_of("hello")), Error::OK);
	t.served->disconnect_from_host();
	wait_available(t.client, 5);
	// Until the data is read, no poll may see the end that follows it.
	for (int i = 0; i < 100; ++i) EXPECT_EQ(t.client.poll(), Error::OK);
	EXPECT_EQ(t.client.get_status(), kLoopConnected);
	EXPECT_EQ(get_text(t.client, 3), "hel");
	EXPECT_EQ(t.client.poll(), Error::OK);
	EXPECT_EQ(t.client.get_status(), kLoopConnected);
	EXPECT_EQ(get_text(t.client, 2), "lo");
	EXPECT_EQ(t.client.get_status(), kLoopConnected);
	EXPECT_EQ(poll_while(t.client, kLoopConnected), Error::OK);
	EXPECT_EQ(t.client.get_status(), kLoopNone);
	EXPECT_TRUE(t.client.is_read_eof());
	uint8_t byte = 0;
	size_t received = 9;
	EXPECT_EQ(t.client.get_partial_data(MutBytes(&byte, 1), received), Error::FAILED);
	EXPECT_EQ(t.client.put_data(view_of("x")), Error::FAILED);
	EXPECT_EQ(t.client.get_available_bytes(), -1);
}

TEST(TcpLoopback, ShortGetKeepsWhatCame) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.served->put_data(view_of("abc")), Error::OK);
	t.served->disconnect_from_host();
	uint8_t buffer[10] = {};
	size_t received = 0;
	EXPECT_EQ(t.client.get_data(MutBytes(buffer, sizeof buffer), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(ByteView(buffer, received), view_of("abc"));
	EXPECT_EQ(t.client.get_status(), kLoopNone);
	EXPECT_EQ(t.client.get_connected_host(), "");
	EXPECT_EQ(t.client.get_connected_port(), 0);
}

TEST(TcpLoopback, PartialGetFindsTheEndWithoutPoll) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	t.served->disconnect_from_host();
	ASSERT_EQ(t.client.wait(PollType::POLL_TYPE_IN, kStreamPatienceMs), Error::OK);
	uint8_t byte = 0;
	size_t received = 9;
	EXPECT_EQ(t.client.get_partial_data(MutBytes(&byte, 1), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(t.client.get_status(), kLoopNone);
}

TEST(TcpLoopback, ResetIsFoundByPoll) {
	if (netpeer_test::running_under_wine()) GTEST_SKIP() << "Wine's recv() answers a reset as an end of the stream";
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.client.put_data(view_of("never read")), Error::OK);
	wait_available(*t.served, 10);
	t.served->disconnect_from_host(); // with unread input: the kernel resets
	EXPECT_EQ(poll_while(t.client, kLoopConnected), Error::FAILED);
	EXPECT_EQ(t.client.get_status(), kLoopError);
	EXPECT_FALSE(t.client.is_read_eof());
	EXPECT_EQ(t.client.connect_to_host("127.0.0.1", 1), Error::ERR_ALREADY_IN_USE);
}

TEST(TcpLoopback, ResetInTheMiddleOfABlockingPutEndsIt) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	std::vector<uint8_t> much(64u << 20, 1);
	size_t sent = 0;
	Error answer = Error::OK;
	std::thread writer([&] { answer = t.client.put_data(ByteView(much.data(), much.size()), sent); });
	wait_available(*t.served, 1);
	t.served->disconnect_from_host();
	writer.join();
	EXPECT_EQ(answer, Error::FAILED);
	EXPECT_LT(sent, much.size());
	EXPECT_EQ(t.client.get_status(), kLoopNone);
}

TEST(TcpLoopback, PutsAfterTheEndReachNobodyThenFail) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	t.served->disconnect_from_host();
	ASSERT_EQ(t.client.wait(PollType::POLL_TYPE_IN, kStreamPatienceMs), Error::OK);
	EXPECT_EQ(t.client.put_data(view_of("x")), Error::OK); // the kernel takes it
	Error answer = Error::OK;
	for (int i = 0; i < 1000000 && answer == Error::OK; ++i) answer = t.client.put_data(view_of("x"));
	EXPECT_EQ(answer, Error::FAILED);
	EXPECT_EQ(t.client.get_status(), kLoopNone);
	size_t sent = 9;
	EXPECT_EQ(t.client.put_partial_data(view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
}

TEST(TcpLoopback, HalfCloseLetsTheAnswerThrough) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	t.served->set_keep_write_on_eof(true);
	EXPECT_EQ(t.client.put_data(view_of("request")), Error::OK);
	EXPECT_EQ(t.client.shutdown_write(), Error::OK);
	EXPECT_EQ(get_text(*t.served, 7), "request");
	uint8_t byte = 0;
	EXPECT_EQ(t.served->get_data(MutBytes(&byte, 1)), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.served->get_status(), kLoopConnected);
	EXPECT_TRUE(t.served->is_read_eof());
	EXPECT_EQ(t.served->put_data(view_of("response")), Error::OK);
	t.served->disconnect_from_host();
	EXPECT_EQ(get_text(t.client, 8), "response");
	EXPECT_EQ(t.client.get_data(MutBytes(&byte, 1)), Error::ERR_FILE_EOF);
	EXPECT_EQ(t.client.get_status(), kLoopNone);
}

TEST(TcpLoopback, HalfCloseOfTheOtherSideWithUnreadDataStillTakesPuts) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	EXPECT_EQ(t.served->put_data(view_of("tail")), Error::OK);
	EXPECT_EQ(t.served->shutdown_write(), Error::OK);
	wait_available(t.client, 4);
	EXPECT_EQ(t.client.poll(), Error::OK);
	EXPECT_EQ(t.client.put_data(view_of("back")), Error::OK);
	EXPECT_EQ(get_text(*t.served, 4), "back");
	EXPECT_EQ(get_text(t.client, 4), "tail");
	EXPECT_EQ(poll_while(t.client, kLoopConnected), Error::OK);
	EXPECT_EQ(t.client.get_status(), kLoopNone);
	EXPECT_EQ(poll_while(*t.served, kLoopConnected), Error::OK);
	EXPECT_EQ(t.served->get_status(), kLoopNone);
}

TEST(TcpLoopback, ObjectsMayEndInAnyState) {
	for (int state = 0; state < 6; ++state) {
		TcpPair t;
		StreamPeerTCP extra;
		if (state == 1) {
			EXPECT_EQ(extra.bind(0), Error::OK);
		}
		if (state == 2) {
			ASSERT_EQ(t.server.listen(0, "127.0.0.1"), Error::OK);
			EXPECT_EQ(extra.connect_to_host("127.0.0.1", t.server.get_local_port()), Error::OK);
		}
		if (state >= 3) {
			ASSERT_NO_FATAL_FAILURE(t.open());
		}
		if (state == 4) {
			EXPECT_EQ(t.client.put_data(view_of("unread")), Error::OK);
			wait_available(*t.served, 6);
		}
		if (state == 5) {
			t.server.stop();
			EXPECT_EQ(extra.connect_to_host_any("localhost", 1), Error::OK);
		}
	}
}

// --- much data, no room ---

TEST(TcpLoopback, PeerThatDoesNotReadGetsEverythingLaterAndNobodySpins) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	std::vector<uint8_t> block(64u << 10);
	size_t total = 0;
	size_t sent = 1;
	bool saw_partial = false;
	for (int quiet = 0; quiet < 3;) {
		fill_stream(block, total);
		ASSERT_EQ(t.client.put_partial_data(ByteView(block.data(), block.size()), sent), Error::OK);
		ASSERT_LE(sent, block.size());
		saw_partial = saw_partial || sent < block.size();
		total += sent;
		// Full for good only when the kernel has moved what it can to the other side.
		quiet = sent == 0 && t.client.wait(PollType::POLL_TYPE_OUT, 50) == Error::ERR_BUSY ? quiet + 1 : 0;
		ASSERT_LT(total, size_t{1} << 30);
	}
	EXPECT_TRUE(saw_partial);
	EXPECT_EQ(t.client.get_status(), kLoopConnected);

#if NETPEER_OS_POSIX
	// A blocking put with nobody reading sleeps: it takes time, not the processor.
	t.client.set_blocking_timeout(300);
	const std::clock_t before = std::clock();
	size_t blocked = 0;
	EXPECT_EQ(t.client.put_data(ByteView(block.data(), 1), blocked), Error::ERR_TIMEOUT);
	EXPECT_EQ(blocked, 0u);
	if (!slow_machine()) {
		EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.1);
	}
#endif

	EXPECT_EQ(t.client.shutdown_write(), Error::OK);
	size_t received = 0;
	for (;;) {
		size_t came = 0;
		const Error answer = t.served->get_data(MutBytes(block.data(), block.size()), came);
		ASSERT_TRUE(is_stream(block.data(), came, received));
		received += came;
		if (answer == Error::ERR_FILE_EOF) break;
		ASSERT_EQ(answer, Error::OK);
	}
	EXPECT_EQ(received, total);
}

TEST(TcpLoopback, HundredMegabytesPassThroughA4KilobyteBuffer) {
	TcpPair t;
	ASSERT_EQ(t.server.set_buffer_sizes(4096, 4096), Error::ERR_UNCONFIGURED);
	ASSERT_EQ(t.server.listen(0, "127.0.0.1"), Error::OK);
	ASSERT_EQ(t.server.set_buffer_sizes(4096, 4096), Error::OK);
	ASSERT_NO_FATAL_FAILURE(t.open());
	ASSERT_EQ(t.client.set_buffer_sizes(0, 4096), Error::OK);
	const size_t total = slow_machine() ? 2u << 20 : 100u << 20;
	Error put = Error::FAILED;
	std::thread writer([&] {
		std::vector<uint8_t> block(1u << 20);
		put = Error::OK;
		for (size_t at = 0; at < total && put == Error::OK; at += block.size()) {
			fill_stream(block, at);
			put = t.client.put_data(ByteView(block.data(), block.size()));
		}
		if (put == Error::OK) put = t.client.shutdown_write();
	});
	std::vector<uint8_t> block(100000);
	size_t received = 0;
	bool good = true;
	Error got = Error::OK;
	while (got == Error::OK && good) {
		size_t came = 0;
		got = t.served->get_data(MutBytes(block.data(), block.size()), came);
		good = is_stream(block.data(), came, received);
		received += came;
	}
	if (!good) t.served->disconnect_from_host();
	writer.join();
	EXPECT_TRUE(good);
	EXPECT_EQ(put, Error::OK);
	EXPECT_EQ(got, Error::ERR_FILE_EOF);
	EXPECT_EQ(received, total);
}

TEST(TcpLoopback, CancelFromAnotherThreadWakesAGet) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	uint8_t byte = 0;
	Error answer = Error::OK;
	std::thread reader([&] { answer = t.client.get_data(MutBytes(&byte, 1)); });
	t.client.cancel();
	reader.join();
	EXPECT_EQ(answer, Error::ERR_SKIP);
	EXPECT_EQ(t.client.get_status(), kLoopConnected);
	EXPECT_EQ(t.served->put_data(view_of("y")), Error::OK);
	EXPECT_EQ(get_text(t.client, 1), "y");
}

TEST(TcpLoopback, TypedValuesCrossTheWire) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	t.client.put_u32(0x01020304);
	t.client.put_utf8_string("typed");
	EXPECT_EQ(t.client.get_last_error(), Error::OK);
	EXPECT_EQ(t.served->get_u32(), 0x01020304u);
	EXPECT_EQ(t.served->get_utf8_string(), "typed");
	t.client.put_u8(1);
	t.client.disconnect_from_host();
	EXPECT_EQ(t.served->get_u32(), 0u);
	EXPECT_EQ(t.served->get_last_error(), Error::ERR_FILE_EOF);
}

TEST(TcpLoopback, ThousandsOfConnectionsLeaveNothingBehind) {
	const int cycles = slow_machine() ? 200 : 10000;
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	netpeer::SocketHandle highest = 0;
	for (int i = 0; i < cycles; ++i) {
		StreamPeerTCP client;
		ASSERT_EQ(client.connect_to_host("127.0.0.1", server.get_local_port()), Error::OK) << i;
		ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK) << i;
		const std::shared_ptr<StreamPeerTCP> served = server.take_connection();
		ASSERT_NE(served, nullptr) << i;
		finish_connect(client);
		ASSERT_EQ(client.get_status(), kLoopConnected) << i;
		// Most end by a reset, or the ports of this machine would all be waiting for stragglers.
		if (i % 16 != 0) {
			ASSERT_EQ(served->put_data(view_of("x")), Error::OK) << i;
			ASSERT_EQ(client.wait(PollType::POLL_TYPE_IN, kStreamPatienceMs), Error::OK) << i;
		}
		if (i > 0 && client.native_handle() > highest) {
#if NETPEER_OS_POSIX
			ASSERT_EQ(highest, 0) << "descriptors are lost: " << i; // POSIX gives the lowest that is free
#endif
			highest = client.native_handle();
		}
	}
}

#if GTEST_HAS_DEATH_TEST
namespace {

// A static peer is made before what it calls for names, and so destroyed after everything that is destroyed at all.
void exit_during_a_look_up() {
	static StreamPeerTCP peer;
	std::exit(peer.connect_to_host_async_dns("localhost", 1) == Error::OK ? 0 : 1);
}

} // namespace

TEST(TcpLoopbackDeathTest, PeerOfStaticLifeMayBeLookingItsHostUpAtExit) {
	// The thorough style starts the program again, which the kernel refuses for a foreign processor.
	GTEST_FLAG_SET(death_test_style, netpeer_test::running_emulated() ? "fast" : "threadsafe");
	EXPECT_EXIT(exit_during_a_look_up(), testing::ExitedWithCode(0), "");
}
#endif
