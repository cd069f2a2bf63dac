// Unix stream sockets: paths, the files that come with them, and what is not as with TCP.
#include "../../src/core/netpeer_config.h"
#include "../support/stream_pair.h"

#if NETPEER_OS_POSIX
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPType;
using netpeer::NetSocket;
using netpeer::PollType;
using netpeer::ShutdownHalf;
using netpeer_test::accept_one;
using netpeer_test::await_byte;
using netpeer_test::endpoint_at;
using netpeer_test::expect_exchange;
using netpeer_test::kStreamPatience;
using netpeer_test::receive_all;
using netpeer_test::send_all;
using netpeer_test::StreamPair;

namespace {

bool file_exists(const std::string &path) {
#if NETPEER_OS_POSIX
	struct stat status {};
	return lstat(path.c_str(), &status) == 0;
#else
	std::FILE *file = std::fopen(path.c_str(), "r");
	if (file != nullptr) std::fclose(file);
	return file != nullptr;
#endif
}

std::unique_ptr<NetSocket> open_unix_socket() {
	std::unique_ptr<NetSocket> made = netpeer::create_net_socket();
	EXPECT_EQ(made->open_unix(), Error::OK) << made->last_os_error();
	return made;
}

#if NETPEER_OS_POSIX
// Nothing can be made or removed in the folder meanwhile. Root, who may always, becomes nobody.
class ReadOnlyFolder {
public:
	explicit ReadOnlyFolder(const std::string &folder) : folder_(folder) {
		EXPECT_EQ(chmod(folder.c_str(), 0555), 0);
		if (geteuid() == 0) was_root_ = seteuid(65534) == 0;
	}
	~ReadOnlyFolder() {
		if (was_root_) {
			EXPECT_EQ(seteuid(0), 0);
		}
		EXPECT_EQ(chmod(folder_.c_str(), 0700), 0);
	}
	ReadOnlyFolder(const ReadOnlyFolder &) = delete;
	ReadOnlyFolder &operator=(const ReadOnlyFolder &) = delete;

private:
	std::string folder_;
	bool was_root_ = false;
};
#endif

// A folder of its own per test, short enough for every system's limit, and gone afterwards.
class NetSocketUnix : public testing::Test {
protected:
	void SetUp() override {
		const std::unique_ptr<NetSocket> probe = netpeer::create_net_socket();
		if (probe->open_unix() == Error::ERR_UNAVAILABLE)
			GTEST_SKIP() << "no Unix sockets here: error " << probe->last_os_error();
#if NETPEER_OS_POSIX
		char name[] = "/tmp/npuXXXXXX";
		ASSERT_NE(mkdtemp(name), nullptr);
		folder_ = name;
#else
		folder_ = ".";
#endif
	}
	void TearDown() override {
		for (const std::string &path : made_) (void)std::remove(path.c_str());
#if NETPEER_OS_POSIX
		if (!folder_.empty()) {
			EXPECT_EQ(rmdir(folder_.c_str()), 0) << "a file was left in " << folder_;
		}
#endif
	}
	std::string path(const std::string &name = "s") { return folder_ + "/" + name; }
	// A file the test leaves for TearDown to remove.
	const std::string &left_behind(const std::string &file) {
		made_.push_back(file);
		return made_.back();
	}
	std::unique_ptr<NetSocket> listening(const std::string &at, int backlog = 8) {
		std::unique_ptr<NetSocket> made = open_unix_socket();
		EXPECT_EQ(made->bind_path(at), Error::OK) << made->last_os_error();
		EXPECT_EQ(made->listen(backlog), Error::OK);
		return made;
	}
	StreamPair connected() {
		const std::unique_ptr<NetSocket> listener = listening(path());
		StreamPair pair;
		pair.client = open_unix_socket();
		pair.join(*listener, pair.client->connect_path(path()));
		return pair;
	}

	std::string folder_;
	std::vector<std::string> made_;
};

} // namespace

TEST(NetSocketUnixFamily, OpeningSaysWhetherTheSystemHasUnixSockets) {
	const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
	const Error error = socket->open_unix();
	EXPECT_EQ(socket->is_open(), error == Error::OK);
	if (error == Error::ERR_UNAVAILABLE) {
		EXPECT_NE(socket->last_os_error(), 0);
		IPType type = IPType::IPV4;
		EXPECT_EQ(socket->open_tcp(type), Error::OK) << "the object is good for other kinds";
	} else {
		EXPECT_EQ(error, Error::OK);
		EXPECT_EQ(socket->open_unix(), Error::ERR_ALREADY_IN_USE);
	}
}

TEST_F(NetSocketUnix, ConnectionCarriesBothWaysAndHasNoEndpoints) {
	const StreamPair pair = connected();
	ASSERT_NE(pair.server, nullptr);
	expect_exchange(*pair.client, *pair.server);
	Endpoint endpoint;
	EXPECT_EQ(pair.client->remote_endpoint(endpoint), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(pair.server->remote_endpoint(endpoint), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(pair.client->local_endpoint(endpoint), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(pair.client->set_no_delay(true), Error::FAILED);
	EXPECT_EQ(pair.client->set_keep_alive(true), Error::FAILED);
	EXPECT_EQ(pair.client->connect_path(path()), Error::OK) << "already connected";
}

TEST_F(NetSocketUnix, AcceptLeavesTheEndpointAlone) {
	const std::unique_ptr<NetSocket> listener = listening(path());
	const std::unique_ptr<NetSocket> client = open_unix_socket();
	ASSERT_EQ(client->connect_path(path()), Error::OK);
	std::unique_ptr<NetSocket> accepted;
	Endpoint remote = endpoint_at("1.2.3.4", 5);
	ASSERT_EQ(listener->accept(accepted, remote), Error::OK);
	EXPECT_EQ(remote, endpoint_at("1.2.3.4", 5));
	EXPECT_EQ(listener->accept(accepted, remote), Error::ERR_BUSY);
}

TEST_F(NetSocketUnix, TheEndAndTheHalfClosedStreamAreAsWithTcp) {
	StreamPair pair = connected();
	ASSERT_EQ(send_all(*pair.client, "bye"), Error::OK);
	ASSERT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	EXPECT_EQ(pair.server->available_bytes(), 3);
	ASSERT_EQ(pair.client->shutdown(ShutdownHalf::SEND), Error::OK);
	std::string got;
	ASSERT_EQ(receive_all(*pair.server, 3, got), Error::OK);
	EXPECT_EQ(got, "bye");
	EXPECT_EQ(await_byte(*pair.server), Error::ERR_FILE_EOF);
	ASSERT_EQ(send_all(*pair.server, "so long"), Error::OK);
	pair.server->close();
	ASSERT_EQ(receive_all(*pair.client, 7, got), Error::OK);
	EXPECT_EQ(await_byte(*pair.client), Error::ERR_FILE_EOF);
}

TEST_F(NetSocketUnix, PathsThatAreNoneAreRefusedAndTheSocketStaysOpen) {
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	const std::string inside("a\0b", 3);
	const std::string abstract("\0name", 5);
	for (const std::string &bad : {std::string(), inside, abstract, std::string(200, 'x')}) {
		EXPECT_EQ(socket->bind_path(bad), Error::ERR_INVALID_PARAMETER) << bad.size();
		EXPECT_EQ(socket->connect_path(bad), Error::ERR_INVALID_PARAMETER) << bad.size();
	}
	EXPECT_EQ(socket->bind(endpoint_at("127.0.0.1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(socket->connect(endpoint_at("127.0.0.1", 9)), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(socket->is_open());
	EXPECT_EQ(socket->bind_path(path()), Error::OK);
}

TEST_F(NetSocketUnix, TheLongestPathWorksAndOneByteMoreIsRefused) {
#if NETPEER_OS_LINUX || NETPEER_OS_WINDOWS
	constexpr size_t kLongest = 106;
#else
	constexpr size_t kLongest = 102;
#endif
	const std::string longest = path(std::string(kLongest - path("").size(), 'l'));
	ASSERT_EQ(longest.size(), kLongest);
	const std::unique_ptr<NetSocket> listener = open_unix_socket();
	EXPECT_EQ(listener->bind_path(longest + "l"), Error::ERR_INVALID_PARAMETER);
	ASSERT_EQ(listener->bind_path(longest), Error::OK);
	EXPECT_TRUE(file_exists(longest));
	ASSERT_EQ(listener->listen(1), Error::OK);
	const std::unique_ptr<NetSocket> client = open_unix_socket();
	EXPECT_EQ(client->connect_path(longest + "l"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(client->connect_path(longest), Error::OK);
}

TEST_F(NetSocketUnix, TheFileGoesWithTheSocketThatBoundItAndWithNoOther) {
	std::unique_ptr<NetSocket> listener = listening(path());
	EXPECT_TRUE(file_exists(path()));
	StreamPair pair;
	pair.client = open_unix_socket();
	pair.join(*listener, pair.client->connect_path(path()));
	pair.client->close();
	pair.server->close();
	EXPECT_TRUE(file_exists(path()));
	listener->close();
	EXPECT_FALSE(file_exists(path()));
	ASSERT_EQ(listener->open_unix(), Error::OK);
	EXPECT_EQ(listener->bind_path(path()), Error::OK) << "again with the same object";
	listener.reset();
	EXPECT_FALSE(file_exists(path()));
}

TEST_F(NetSocketUnix, APathSomebodyListensOnIsInUseAndGoesOnServing) {
	const std::unique_ptr<NetSocket> first = listening(path());
	const std::unique_ptr<NetSocket> second = open_unix_socket();
	EXPECT_EQ(second->bind_path(path()), Error::ERR_ALREADY_IN_USE);
	EXPECT_FALSE(second->is_open());
	EXPECT_NE(second->last_os_error(), 0);
	EXPECT_TRUE(file_exists(path()));
	StreamPair pair;
	pair.client = open_unix_socket();
	ASSERT_EQ(pair.client->connect_path(path()), Error::OK);
	// The probe was a connection too, and has ended.
	const std::unique_ptr<NetSocket> probe = accept_one(*first);
	EXPECT_EQ(await_byte(*probe), Error::ERR_FILE_EOF);
	pair.server = accept_one(*first);
	expect_exchange(*pair.client, *pair.server);
}

TEST_F(NetSocketUnix, AFileThatIsNoSocketIsLeftAlone) {
	std::FILE *file = std::fopen(left_behind(path("plain")).c_str(), "w");
	ASSERT_NE(file, nullptr);
	std::fputs("precious", file);
	std::fclose(file);
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	EXPECT_EQ(socket->bind_path(path("plain")), Error::ERR_ALREADY_EXISTS);
	EXPECT_FALSE(socket->is_open());
	EXPECT_TRUE(file_exists(path("plain")));
	ASSERT_EQ(socket->open_unix(), Error::OK);
	EXPECT_EQ(socket->bind_path(folder_), Error::ERR_ALREADY_EXISTS) << "a folder";
}

TEST_F(NetSocketUnix, ConnectingToNothingFailsAndCloses) {
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	EXPECT_EQ(socket->connect_path(path("nobody")), Error::FAILED);
	EXPECT_FALSE(socket->is_open());
	EXPECT_NE(socket->last_os_error(), 0);
	ASSERT_EQ(socket->open_unix(), Error::OK);
	EXPECT_EQ(socket->bind_path(path("no/such/folder")), Error::ERR_UNAVAILABLE);
	EXPECT_FALSE(socket->is_open());
}

TEST_F(NetSocketUnix, ABoundSocketWithoutAListenerRefuses) {
	const std::unique_ptr<NetSocket> bound = open_unix_socket();
	ASSERT_EQ(bound->bind_path(path()), Error::OK);
	const std::unique_ptr<NetSocket> client = open_unix_socket();
	EXPECT_EQ(client->connect_path(path()), Error::FAILED);
	EXPECT_FALSE(client->is_open());
}

#if NETPEER_OS_POSIX

TEST_F(NetSocketUnix, AStaleSocketFileIsReplaced) {
	const std::unique_ptr<NetSocket> dead = listening(path());
	ASSERT_EQ(link(path().c_str(), path("kept").c_str()), 0); // what a crashed server leaves
	dead->close();
	ASSERT_TRUE(file_exists(path("kept")));
	const std::unique_ptr<NetSocket> fresh = listening(path("kept"));
	StreamPair pair;
	pair.client = open_unix_socket();
	pair.join(*fresh, pair.client->connect_path(path("kept")));
	expect_exchange(*pair.client, *pair.server);
}

TEST_F(NetSocketUnix, AFileThatHasBecomeAnothersIsNotRemoved) {
	std::unique_ptr<NetSocket> first = listening(path());
	ASSERT_EQ(unlink(path().c_str()), 0);
	const std::unique_ptr<NetSocket> second = listening(path());
	first.reset();
	EXPECT_TRUE(file_exists(path()));
	const std::unique_ptr<NetSocket> client = open_unix_socket();
	EXPECT_EQ(client->connect_path(path()), Error::OK);
}

TEST_F(NetSocketUnix, ALinkIsNotFollowed) {
	ASSERT_EQ(symlink("/nowhere/at/all", left_behind(path("link")).c_str()), 0);
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	EXPECT_EQ(socket->bind_path(path("link")), Error::ERR_ALREADY_EXISTS);
	EXPECT_TRUE(file_exists(path("link")));
}

TEST_F(NetSocketUnix, WithoutPermissionBindingIsUnauthorized) {
	const ReadOnlyFolder read_only(folder_);
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	EXPECT_EQ(socket->bind_path(path()), Error::ERR_UNAUTHORIZED);
	EXPECT_FALSE(socket->is_open());
}

TEST_F(NetSocketUnix, AStaleFileThatCannotBeRemovedFails) {
	const std::unique_ptr<NetSocket> dead = listening(path());
	ASSERT_EQ(link(path().c_str(), left_behind(path("kept")).c_str()), 0);
	dead->close();
	ASSERT_EQ(chmod(path("kept").c_str(), 0777), 0); // whoever may connect can find out that nobody is there
	const ReadOnlyFolder read_only(folder_);
	const std::unique_ptr<NetSocket> socket = open_unix_socket();
	EXPECT_EQ(socket->bind_path(path("kept")), Error::FAILED);
	EXPECT_FALSE(socket->is_open());
}

TEST_F(NetSocketUnix, AFullQueueIsBusyUntilItHasRoom) {
#if !NETPEER_OS_LINUX
	GTEST_SKIP() << "a full queue refuses here";
#endif
	const std::unique_ptr<NetSocket> listener = listening(path(), 0);
	const std::unique_ptr<NetSocket> first = open_unix_socket();
	ASSERT_EQ(first->connect_path(path()), Error::OK);
	const std::unique_ptr<NetSocket> second = open_unix_socket();
	ASSERT_EQ(second->connect_path(path()), Error::ERR_BUSY);
	EXPECT_TRUE(second->is_open());
	EXPECT_EQ(second->connect_result(), Error::ERR_BUSY);
	EXPECT_EQ(second->connect_path(path()), Error::ERR_BUSY);
	EXPECT_EQ(second->wait(PollType::POLL_TYPE_OUT, Duration()), Error::ERR_BUSY);
	EXPECT_EQ(second->wait(PollType::POLL_TYPE_OUT, Duration::from_ms(1)), Error::ERR_BUSY);
	EXPECT_EQ(second->wait(PollType::POLL_TYPE_OUT, kStreamPatience), Error::OK) << "time for another try";
	const std::unique_ptr<NetSocket> served = accept_one(*listener);
	ASSERT_EQ(second->connect_path(path()), Error::OK);
	EXPECT_EQ(second->connect_result(), Error::OK);
	const std::unique_ptr<NetSocket> also_served = accept_one(*listener);
	expect_exchange(*second, *also_served);
	// Probing a full queue shows a listener as well.
	const std::unique_ptr<NetSocket> third = open_unix_socket();
	ASSERT_EQ(third->connect_path(path()), Error::OK);
	const std::unique_ptr<NetSocket> rival = open_unix_socket();
	EXPECT_EQ(rival->bind_path(path()), Error::ERR_ALREADY_IN_USE);
}

TEST_F(NetSocketUnix, SendingToAClosedEndNeverRaisesSigpipe) {
	static int caught = 0;
	caught = 0;
	struct sigaction action {};
	struct sigaction former {};
	action.sa_handler = [](int) { ++caught; };
	ASSERT_EQ(sigaction(SIGPIPE, &action, &former), 0);
	StreamPair pair = connected();
	pair.server->close();
	size_t sent = 9;
	EXPECT_EQ(pair.client->send(netpeer::view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(sigaction(SIGPIPE, &former, nullptr), 0);
	EXPECT_EQ(caught, 0);
}

#endif // NETPEER_OS_POSIX
