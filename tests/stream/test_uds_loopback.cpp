// StreamPeerUDS and UDSServer: on real sockets where the system has them, and the full queue on scripted ones.

#include "../../src/core/netpeer_config.h"
#include "../../src/stream/uds_server.h"
#include "../support/fake_clock.h"
#include "../support/fake_net_socket.h"
#include "../support/tcp_pair.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#if NETPEER_OS_POSIX
#include <unistd.h>
#endif

using netpeer::Duration;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::StreamPeerSocketHooks;
using netpeer::StreamPeerUDS;
using netpeer::UDSServer;
using netpeer::view_of;
using netpeer_test::FakeClock;
using netpeer_test::FakeSocketFactory;
using netpeer_test::kStreamPatienceMs;
using netpeer_test::poll_while;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;

namespace {

constexpr auto kUdsNone = StreamPeerUDS::STATUS_NONE;
constexpr auto kUdsConnecting = StreamPeerUDS::STATUS_CONNECTING;
constexpr auto kUdsConnected = StreamPeerUDS::STATUS_CONNECTED;
constexpr auto kUdsError = StreamPeerUDS::STATUS_ERROR;

// A path in a folder of its own, gone at the end.
class UdsLoopback : public ::testing::Test {
protected:
	void SetUp() override {
#if NETPEER_OS_POSIX
		char folder[] = "/tmp/netpeer_uds_XXXXXX";
		ASSERT_NE(mkdtemp(folder), nullptr);
		folder_ = folder;
		path_ = folder_ + "/socket";
#else
		path_ = "netpeer_uds_test.socket";
#endif
		UDSServer probe;
		if (probe.listen(path_.c_str()) == Error::ERR_CANT_CREATE)
			GTEST_SKIP() << "this system has no Unix sockets (Wine 8 has none)";
	}
	void TearDown() override {
		std::remove(path_.c_str());
#if NETPEER_OS_POSIX
		if (!folder_.empty()) rmdir(folder_.c_str());
#endif
	}
	bool file_exists() const {
		std::FILE *file = std::fopen(path_.c_str(), "r+b");
		if (file != nullptr) std::fclose(file);
#if NETPEER_OS_POSIX
		return access(path_.c_str(), F_OK) == 0;
#else
		return file != nullptr;
#endif
	}

	std::string folder_;
	std::string path_;
};

} // namespace

TEST_F(UdsLoopback, ConnectsAtOnceAndTalks) {
	UDSServer server;
	ASSERT_EQ(server.listen(path_.c_str()), Error::OK);
	EXPECT_FALSE(server.is_connection_available());
	StreamPeerUDS client;
	ASSERT_EQ(client.connect_to_host(path_.c_str()), Error::OK);
	EXPECT_EQ(client.get_status(), kUdsConnected);
	EXPECT_EQ(client.get_connected_path(), path_);
	ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
	const std::shared_ptr<StreamPeerUDS> served = server.take_connection();
	ASSERT_NE(served, nullptr);
	EXPECT_EQ(served->get_status(), kUdsConnected);
	EXPECT_EQ(served->get_connected_path(), "");
	EXPECT_EQ(client.put_data(view_of("hello")), Error::OK);
	uint8_t buffer[5] = {};
	EXPECT_EQ(served->get_data(MutBytes(buffer, 5)), Error::OK);
	EXPECT_EQ(served->put_data(view_of("bye")), Error::OK);
	served->disconnect_from_host();
	EXPECT_EQ(client.poll(), Error::OK);
	EXPECT_EQ(client.get_status(), kUdsConnected);
	EXPECT_EQ(client.get_data(MutBytes(buffer, 3)), Error::OK);
	EXPECT_EQ(poll_while(client, kUdsConnected), Error::OK);
	EXPECT_EQ(client.get_status(), kUdsNone);
	EXPECT_EQ(client.get_connected_path(), "");
}

TEST_F(UdsLoopback, PathIsThereWhileSomebodyListens) {
	UDSServer server;
	ASSERT_EQ(server.listen(path_.c_str()), Error::OK);
	EXPECT_TRUE(file_exists());
	server.stop();
	EXPECT_FALSE(file_exists());
	EXPECT_EQ(server.listen(path_.c_str()), Error::OK);
}

TEST_F(UdsLoopback, ListenerIsNeverRobbedOfItsPath) {
	UDSServer first;
	ASSERT_EQ(first.listen(path_.c_str()), Error::OK);
	EXPECT_EQ(first.listen(path_.c_str()), Error::ERR_ALREADY_IN_USE);
	{
		UDSServer second; // Godot takes the path over, and deletes it at the end
		EXPECT_EQ(second.listen(path_.c_str()), Error::ERR_ALREADY_IN_USE);
		StreamPeerUDS peer;
		EXPECT_EQ(peer.bind(path_.c_str()), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(peer.bind(path_.c_str()), Error::ERR_ALREADY_IN_USE); // and nothing stayed open
	}
	EXPECT_TRUE(file_exists());
	StreamPeerUDS client;
	EXPECT_EQ(client.connect_to_host(path_.c_str()), Error::OK);
}

TEST_F(UdsLoopback, FileOfAnotherKindStays) {
	std::FILE *file = std::fopen(path_.c_str(), "wb");
	ASSERT_NE(file, nullptr);
	std::fclose(file);
	StreamPeerUDS peer;
	EXPECT_EQ(peer.bind(path_.c_str()), Error::ERR_ALREADY_EXISTS);
	UDSServer server;
	EXPECT_EQ(server.listen(path_.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_TRUE(file_exists());
}

TEST_F(UdsLoopback, BoundPeerCannotConnect) {
	StreamPeerUDS peer;
	ASSERT_EQ(peer.bind(path_.c_str()), Error::OK);
	EXPECT_TRUE(file_exists());
	EXPECT_EQ(peer.bind(path_.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(peer.connect_to_host(path_.c_str()), Error::ERR_ALREADY_IN_USE);
	peer.disconnect_from_host();
	EXPECT_FALSE(file_exists());
}

TEST_F(UdsLoopback, PathWithoutAServerFails) {
	StreamPeerUDS client;
	const std::string too_long(300, 'x');
	EXPECT_EQ(client.connect_to_host(path_.c_str()), Error::FAILED);
	EXPECT_EQ(client.get_status(), kUdsNone);
	EXPECT_EQ(client.get_connected_path(), "");
	EXPECT_EQ(client.connect_to_host(too_long.c_str()), Error::FAILED);
	EXPECT_EQ(client.bind(too_long.c_str()), Error::ERR_INVALID_PARAMETER);
	UDSServer server;
	EXPECT_EQ(server.listen(too_long.c_str()), Error::ERR_ALREADY_IN_USE);
}

TEST_F(UdsLoopback, PeerThatNeverReadsFillsUpAndLosesNothing) {
	UDSServer server;
	ASSERT_EQ(server.listen(path_.c_str()), Error::OK);
	StreamPeerUDS client;
	ASSERT_EQ(client.connect_to_host(path_.c_str()), Error::OK);
	const std::shared_ptr<StreamPeerUDS> served = server.take_connection();
	ASSERT_NE(served, nullptr);
	std::vector<uint8_t> block(10000, 7);
	size_t total = 0;
	size_t sent = 1;
	while (sent != 0) {
		ASSERT_EQ(client.put_partial_data(netpeer::ByteView(block.data(), block.size()), sent), Error::OK);
		total += sent;
		ASSERT_LT(total, size_t{1} << 30);
	}
	EXPECT_EQ(client.get_status(), kUdsConnected);
	client.disconnect_from_host();
	size_t received = 0;
	Error answer = Error::OK;
	while (answer == Error::OK) {
		size_t came = 0;
		answer = served->get_data(MutBytes(block.data(), block.size()), came);
		received += came;
	}
	EXPECT_EQ(answer, Error::ERR_FILE_EOF);
	EXPECT_EQ(received, total);
}

// --- scripted ---

TEST(StreamPeerUDS, EmptyPathIsRefused) {
	FakeSocketFactory factory;
	StreamPeerUDS peer;
	for (const char *path : {"", static_cast<const char *>(nullptr)}) {
		EXPECT_EQ(peer.bind(path), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(peer.connect_to_host(path), Error::ERR_INVALID_PARAMETER);
		UDSServer server;
		EXPECT_EQ(server.listen(path), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(server.listen("x", 0), Error::ERR_INVALID_PARAMETER);
	}
	EXPECT_EQ(factory.sockets_made(), 0u);
}

TEST(StreamPeerUDS, EachRefusalOfABindIsPassedOn) {
	for (Error error : {Error::ERR_ALREADY_EXISTS, Error::ERR_UNAUTHORIZED, Error::FAILED, Error::ERR_UNAVAILABLE,
	             Error::ERR_INVALID_PARAMETER}) {
		FakeSocketFactory factory;
		factory.next_socket().then(SocketCall::kBindPath, error);
		StreamPeerUDS peer;
		EXPECT_EQ(peer.bind("x"), error);
		EXPECT_EQ(factory.script(0).live_sockets(), 0u);
	}
}

TEST(StreamPeerUDS, SystemWithoutThemIsUnavailable) {
	FakeSocketFactory factory;
	for (int i = 0; i < 3; ++i) factory.next_socket().then(SocketCall::kOpenUnix, Error::ERR_UNAVAILABLE);
	StreamPeerUDS peer;
	EXPECT_EQ(peer.bind("x"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.connect_to_host("x"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.get_status(), kUdsNone);
	UDSServer server;
	EXPECT_EQ(server.listen("x"), Error::ERR_CANT_CREATE);
	factory.refuse(true);
	EXPECT_EQ(peer.bind("x"), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(peer.connect_to_host("x"), Error::ERR_OUT_OF_MEMORY);
}

TEST(StreamPeerUDS, FullQueueIsTriedAgainByEveryPollUntilTheDeadline) {
	FakeSocketFactory factory;
	FakeClock clock;
	netpeer::Settings settings;
	settings.unix_connect_timeout_seconds = 2;
	settings.tcp_connect_timeout_seconds = 1;
	SocketScript &script = factory.next_socket();
	StreamPeerUDS peer(StreamPeerSocketHooks{&clock, &settings, nullptr});
	ASSERT_EQ(peer.connect_to_host("x"), Error::OK);
	EXPECT_EQ(peer.get_status(), kUdsConnecting);
	EXPECT_EQ(peer.get_connected_path(), "x");
	clock.advance(Duration::from_s(2));
	EXPECT_EQ(peer.poll(), Error::OK);
	EXPECT_EQ(script.count(SocketCall::kConnectPath), 2u);
	script.then(SocketCall::kConnectPath, Error::OK);
	EXPECT_EQ(peer.poll(), Error::OK);
	EXPECT_EQ(peer.get_status(), kUdsConnected);

	peer.disconnect_from_host();
	factory.next_socket();
	ASSERT_EQ(peer.connect_to_host("y"), Error::OK);
	clock.advance(Duration::from_ms(2001));
	EXPECT_EQ(peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(peer.get_status(), kUdsError);
	EXPECT_EQ(peer.get_connect_error(), Error::ERR_TIMEOUT);
	EXPECT_EQ(peer.get_connected_path(), "");
}

TEST(StreamPeerUDS, ServerThatIsGoneEndsTheTrying) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	StreamPeerUDS peer;
	ASSERT_EQ(peer.connect_to_host("x"), Error::OK);
	script.then(SocketCall::kConnectPath, Error::FAILED, 111);
	EXPECT_EQ(peer.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(peer.get_connect_error(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(peer.last_os_error(), 111);
}
