// TCP where a test needs system calls of its own: resets, signals, descriptors.
#include "../../src/core/netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../support/running_emulated.h"
#include "../support/stream_pair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::NetSocket;
using netpeer::PollType;
using netpeer::ShutdownHalf;
using netpeer_test::accept_one;
using netpeer_test::await_byte;
using netpeer_test::bytes_of;
using netpeer_test::endpoint_at;
using netpeer_test::finish_connect;
using netpeer_test::kStreamPatience;
using netpeer_test::listening_tcp_socket;
using netpeer_test::open_tcp_socket;
using netpeer_test::port_of;
using netpeer_test::send_all;
using netpeer_test::StreamPair;

namespace {

int descriptor(const NetSocket &socket) { return static_cast<int>(socket.native_handle()); }

// Closing sends a reset instead of an end.
void close_with_reset(NetSocket &socket) {
	linger now{};
	now.l_onoff = 1;
	now.l_linger = 0;
	ASSERT_EQ(setsockopt(descriptor(socket), SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	socket.close();
}

int int_option(const NetSocket &socket, int level, int name) {
	int value = -1;
	socklen_t size = sizeof(value);
	EXPECT_EQ(getsockopt(descriptor(socket), level, name, &value, &size), 0);
	return value;
}

size_t open_descriptors() {
	size_t count = 0;
	DIR *folder = opendir("/proc/self/fd");
	if (folder == nullptr) return 0;
	while (readdir(folder) != nullptr) ++count;
	closedir(folder);
	return count;
}

std::atomic<int> caught_signals{0};
void catch_signal(int) { ++caught_signals; }

// A handler without SA_RESTART, so that every system call in the way is interrupted; the former one comes back.
class SignalCatcher {
public:
	explicit SignalCatcher(int number) : number_(number) {
		caught_signals = 0;
		struct sigaction action {};
		action.sa_handler = catch_signal;
		sigemptyset(&action.sa_mask);
		EXPECT_EQ(sigaction(number, &action, &former_), 0);
	}
	~SignalCatcher() { (void)sigaction(number_, &former_, nullptr); }
	SignalCatcher(const SignalCatcher &) = delete;
	SignalCatcher &operator=(const SignalCatcher &) = delete;

private:
	int number_;
	struct sigaction former_ {};
};

class SignalStorm {
public:
	SignalStorm() : catcher_(SIGALRM) {
		itimerval often{};
		often.it_interval.tv_usec = often.it_value.tv_usec = 200;
		EXPECT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
	}
	~SignalStorm() {
		itimerval never{};
		(void)setitimer(ITIMER_REAL, &never, nullptr);
	}

private:
	SignalCatcher catcher_;
};

} // namespace

TEST(NetSocketStreamPosix, EveryDescriptorIsNonBlockingAndCloseOnExec) {
	const StreamPair pair = StreamPair::over_tcp();
	for (const NetSocket *socket : {pair.client.get(), pair.server.get()}) {
		EXPECT_NE(fcntl(descriptor(*socket), F_GETFL) & O_NONBLOCK, 0);
		EXPECT_NE(fcntl(descriptor(*socket), F_GETFD) & FD_CLOEXEC, 0);
#if defined(SO_NOSIGPIPE)
		EXPECT_NE(int_option(*socket, SOL_SOCKET, SO_NOSIGPIPE), 0);
#endif
	}
}

TEST(NetSocketStreamPosix, OptionsReachTheSystem) {
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(pair.client->set_no_delay(true), Error::OK);
	EXPECT_NE(int_option(*pair.client, IPPROTO_TCP, TCP_NODELAY), 0);
	ASSERT_EQ(pair.client->set_no_delay(false), Error::OK);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_NODELAY), 0);
	ASSERT_EQ(pair.client->set_keep_alive(true, 11, 12, 13), Error::OK);
	EXPECT_NE(int_option(*pair.client, SOL_SOCKET, SO_KEEPALIVE), 0);
#if NETPEER_OS_LINUX
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPIDLE), 11);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPINTVL), 12);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPCNT), 13);
	ASSERT_EQ(pair.client->set_keep_alive(true, 5000000, 5000000, 5000000), Error::OK);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPIDLE), 32767);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPINTVL), 32767);
	EXPECT_EQ(int_option(*pair.client, IPPROTO_TCP, TCP_KEEPCNT), 127);
#endif
	const std::unique_ptr<NetSocket> fresh = open_tcp_socket(IPType::IPV4);
	EXPECT_EQ(int_option(*fresh, SOL_SOCKET, SO_REUSEADDR), 0) << "only who asks";
	ASSERT_EQ(fresh->set_reuse_address(true), Error::OK);
	EXPECT_NE(int_option(*fresh, SOL_SOCKET, SO_REUSEADDR), 0);
}

TEST(NetSocketStreamPosix, AResetInTheMiddleFailsSendReceiveAndWait) {
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(send_all(*pair.client, "in the middle"), Error::OK);
	ASSERT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	close_with_reset(*pair.server);
	EXPECT_EQ(pair.client->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::FAILED);
	EXPECT_EQ(pair.client->wait(PollType::POLL_TYPE_IN, Duration()), Error::FAILED)
	        << "waiting leaves the error to be told";
	EXPECT_EQ(await_byte(*pair.client), Error::FAILED);
	EXPECT_EQ(pair.client->last_os_error(), ECONNRESET);
	EXPECT_TRUE(pair.client->is_open());
	size_t sent = 9;
	EXPECT_EQ(pair.client->send(netpeer::view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(pair.client->last_os_error(), EPIPE);
}

TEST(NetSocketStreamPosix, AConnectionResetBeforeItIsTakenDoesNoHarm) {
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
	const Error started = client->connect(endpoint_at("127.0.0.1", port_of(*listener)));
	ASSERT_TRUE(started == Error::OK || started == Error::ERR_BUSY);
	ASSERT_EQ(finish_connect(*client), Error::OK);
	close_with_reset(*client);
	std::unique_ptr<NetSocket> accepted;
	Endpoint remote;
	const Error error = listener->accept(accepted, remote);
	if (error == Error::OK) {
		EXPECT_EQ(await_byte(*accepted), Error::FAILED); // Linux gives it all the same
	} else {
		EXPECT_EQ(error, Error::ERR_BUSY);
	}
	EXPECT_EQ(listener->accept(accepted, remote), Error::ERR_BUSY);
	EXPECT_TRUE(listener->is_open());
}

TEST(NetSocketStreamPosix, SendingIntoABrokenConnectionNeverRaisesSigpipe) {
	const SignalCatcher catcher(SIGPIPE);
	StreamPair pair = StreamPair::over_tcp();
	close_with_reset(*pair.server);
	ASSERT_EQ(await_byte(*pair.client), Error::FAILED);
	size_t sent = 0;
	EXPECT_EQ(pair.client->send(netpeer::view_of("x"), sent), Error::FAILED);
	// The accepted side, and a side that said itself that it is done.
	pair = StreamPair::over_tcp();
	close_with_reset(*pair.client);
	ASSERT_EQ(await_byte(*pair.server), Error::FAILED);
	EXPECT_EQ(pair.server->send(netpeer::view_of("x"), sent), Error::FAILED);
	pair = StreamPair::over_tcp();
	ASSERT_EQ(pair.client->shutdown(ShutdownHalf::SEND), Error::OK);
	EXPECT_EQ(pair.client->send(netpeer::view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(pair.client->last_os_error(), EPIPE);
	EXPECT_EQ(caught_signals, 0);
}

TEST(NetSocketStreamPosix, AConnectUnderWayIsBusyUntilItIsDecided) {
#if !NETPEER_OS_LINUX
	GTEST_SKIP() << "a full queue answers otherwise here";
#endif
	// A full queue leaves handshakes unanswered: the only connect on loopback that takes time.
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1", 0);
	const Endpoint there = endpoint_at("127.0.0.1", port_of(*listener));
	std::vector<std::unique_ptr<NetSocket>> clients;
	for (int i = 0; i < 8; ++i) {
		clients.push_back(open_tcp_socket(IPType::IPV4));
		const Error started = clients.back()->connect(there);
		ASSERT_TRUE(started == Error::OK || started == Error::ERR_BUSY);
	}
	NetSocket &last = *clients.back();
	EXPECT_EQ(last.wait(PollType::POLL_TYPE_OUT, Duration::from_ms(1)), Error::ERR_BUSY);
	EXPECT_EQ(last.connect_result(), Error::ERR_BUSY);
	EXPECT_EQ(last.connect(there), Error::ERR_BUSY);
	EXPECT_EQ(netpeer_test::receive_byte(last), Error::ERR_BUSY);
	size_t sent = 9;
	EXPECT_EQ(last.send(netpeer::view_of("x"), sent), Error::ERR_BUSY);
	EXPECT_EQ(sent, 0u);
	EXPECT_TRUE(last.is_open());
	// The first one in the queue was served all the same.
	EXPECT_EQ(finish_connect(*clients.front()), Error::OK);
}

TEST(NetSocketStreamPosix, DescriptorsRunOutAndComeBack) {
	std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
	const Error started = client->connect(endpoint_at("127.0.0.1", port_of(*listener)));
	ASSERT_TRUE(started == Error::OK || started == Error::ERR_BUSY);
	ASSERT_EQ(listener->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	std::unique_ptr<NetSocket> accepted;
	const std::unique_ptr<NetSocket> extra = netpeer::create_net_socket();
	Endpoint remote;
	IPType type = IPType::ANY;

	rlimit former{};
	ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &former), 0);
	const int lowest_free = fcntl(descriptor(*client), F_DUPFD, 0);
	ASSERT_GE(lowest_free, 0);
	(void)close(lowest_free);
	rlimit tight = former;
	tight.rlim_cur = static_cast<rlim_t>(lowest_free);
	if (setrlimit(RLIMIT_NOFILE, &tight) != 0) GTEST_SKIP() << "the limit cannot be lowered here";
	const int over = fcntl(descriptor(*client), F_DUPFD, 0);
	const Error no_accept = listener->accept(accepted, remote);
	const int accept_code = listener->last_os_error();
	const Error no_open = extra->open_tcp(type);
	const int open_code = extra->last_os_error();
	const Error no_unix = extra->open_unix();
	ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
	if (over >= 0) {
		(void)close(over);
		GTEST_SKIP() << "the limit is not kept here (emulation)";
	}

	EXPECT_EQ(no_accept, Error::ERR_CANT_ACQUIRE_RESOURCE);
	EXPECT_EQ(accept_code, EMFILE);
	EXPECT_EQ(accepted, nullptr);
	EXPECT_EQ(no_open, Error::FAILED);
	EXPECT_EQ(no_unix, Error::FAILED);
	EXPECT_EQ(open_code, EMFILE);
	EXPECT_EQ(type, IPType::ANY) << "no silent fallback to IPv4";
	EXPECT_FALSE(extra->is_open());
	EXPECT_EQ(extra->open_tcp(type), Error::OK);
	EXPECT_EQ(listener->accept(accepted, remote), Error::OK) << "it was still queued";
}

TEST(NetSocketStreamPosix, TransfersSurviveAStormOfSignals) {
	const size_t total = netpeer_test::running_emulated() ? size_t{1} << 20 : size_t{16} << 20;
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const SignalStorm storm;
	StreamPair pair;
	pair.client = open_tcp_socket(IPType::IPV4);
	pair.join(*listener, pair.client->connect(endpoint_at("127.0.0.1", port_of(*listener))));
	Error sender_error = Error::OK;
	std::thread sender([&] {
		std::string block;
		for (size_t i = 0; i < 251; ++i) block.push_back(static_cast<char>(i));
		std::string whole;
		while (whole.size() < total) whole += block;
		whole.resize(total);
		sender_error = send_all(*pair.client, whole);
	});
	size_t done = 0;
	bool intact = true;
	Error error = Error::OK;
	std::vector<uint8_t> buffer(4096);
	while (done < total && error == Error::OK) {
		size_t received = 0;
		error = pair.server->receive(MutBytes(buffer.data(), buffer.size()), received);
		for (size_t i = 0; i < received; ++i) intact = intact && buffer[i] == static_cast<uint8_t>((done + i) % 251);
		done += received;
		if (error == Error::ERR_BUSY) error = pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience);
	}
	sender.join();
	EXPECT_EQ(sender_error, Error::OK);
	EXPECT_EQ(error, Error::OK);
	EXPECT_EQ(done, total);
	EXPECT_TRUE(intact);
	EXPECT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, Duration::from_ms(20)), Error::ERR_BUSY);
	EXPECT_GT(caught_signals, 10);
}

TEST(NetSocketStreamPosix, TenThousandConnectionsLeakNoDescriptor) {
	const int cycles = netpeer_test::running_emulated() ? 300 : 10000;
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const Endpoint there = endpoint_at("127.0.0.1", port_of(*listener));
	const size_t before = open_descriptors();
	int done = 0;
	for (; done < cycles; ++done) {
		const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
		const Error started = client->connect(there);
		if (started != Error::OK && started != Error::ERR_BUSY) break;
		const std::unique_ptr<NetSocket> server = accept_one(*listener);
		if (server == nullptr || finish_connect(*client) != Error::OK) break;
		close_with_reset(*client); // no lingering ends: ten thousand would use up the ports
	}
	EXPECT_EQ(done, cycles);
	EXPECT_EQ(open_descriptors(), before);
}

#endif // NETPEER_OS_POSIX
