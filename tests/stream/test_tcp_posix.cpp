// Streams under POSIX: signals in the middle of blocking calls, SIGPIPE, and a process without descriptors.

#include "../../src/core/netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../support/running_emulated.h"
#include "../support/tcp_pair.h"

#include <gtest/gtest.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::StreamPeerTCP;
using netpeer::view_of;
using netpeer_test::finish_connect;
using netpeer_test::kStreamPatienceMs;
using netpeer_test::TcpPair;

namespace {

volatile sig_atomic_t stream_signals = 0;

void count_stream_signal(int) { stream_signals = stream_signals + 1; }

// A handler that counts, without SA_RESTART: system calls are interrupted.
class SignalCounter {
public:
	explicit SignalCounter(int number) : number_(number) {
		stream_signals = 0;
		struct sigaction action;
		memset(&action, 0, sizeof action);
		action.sa_handler = count_stream_signal;
		sigaction(number, &action, &former_);
	}
	~SignalCounter() { sigaction(number_, &former_, nullptr); }

private:
	int number_;
	struct sigaction former_;
};

// Descriptors of this process are used up while it lives.
class NoDescriptors {
public:
	explicit NoDescriptors(size_t left) {
		getrlimit(RLIMIT_NOFILE, &former_);
		rlimit low = former_;
		low.rlim_cur = 256;
		setrlimit(RLIMIT_NOFILE, &low);
		for (;;) {
			const int fd = open("/dev/null", O_RDONLY);
			if (fd < 0) break;
			taken_.push_back(fd);
		}
		for (; left != 0; --left) give_one_back();
	}
	~NoDescriptors() {
		while (!taken_.empty()) give_one_back();
		setrlimit(RLIMIT_NOFILE, &former_);
	}
	void give_one_back() {
		if (taken_.empty()) return;
		close(taken_.back());
		taken_.pop_back();
	}

private:
	rlimit former_;
	std::vector<int> taken_;
};

} // namespace

TEST(TcpPosix, SignalsDoNotDisturbBlockingCalls) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	const SignalCounter counter(SIGALRM);
	// Every millisecond, to whichever thread is in a call.
	itimerval every{};
	every.it_interval.tv_usec = 1000;
	every.it_value.tv_usec = 1000;
	ASSERT_EQ(setitimer(ITIMER_REAL, &every, nullptr), 0);
	const size_t total = netpeer_test::running_emulated() ? 4u << 20 : 64u << 20;
	Error put = Error::FAILED;
	std::thread writer([&] {
		std::vector<uint8_t> block(total, 3);
		put = t.client.put_data(ByteView(block.data(), block.size()));
	});
	std::vector<uint8_t> block(10000);
	size_t received = 0;
	Error got = Error::OK;
	while (received < total && got == Error::OK) {
		size_t came = 0;
		got = t.served->get_data(MutBytes(block.data(), std::min(block.size(), total - received)), came);
		received += came;
	}
	writer.join();
	// And in a call that only waits.
	t.client.set_blocking_timeout(100);
	EXPECT_EQ(t.client.get_data(MutBytes(block.data(), 1)), Error::ERR_TIMEOUT);
	itimerval never{};
	setitimer(ITIMER_REAL, &never, nullptr);
	EXPECT_EQ(put, Error::OK);
	EXPECT_EQ(got, Error::OK);
	EXPECT_EQ(received, total);
	EXPECT_GT(stream_signals, 10);
}

TEST(TcpPosix, SigpipeIsNeverRaised) {
	const SignalCounter counter(SIGPIPE);
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	t.served->disconnect_from_host();
	ASSERT_EQ(t.client.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatienceMs), Error::OK);
	Error answer = Error::OK;
	for (int i = 0; i < 1000000 && answer == Error::OK; ++i) answer = t.client.put_data(view_of("x"));
	EXPECT_EQ(answer, Error::FAILED);
	// The accepted side too.
	TcpPair u;
	ASSERT_NO_FATAL_FAILURE(u.open());
	u.client.disconnect_from_host();
	ASSERT_EQ(u.served->wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatienceMs), Error::OK);
	answer = Error::OK;
	for (int i = 0; i < 1000000 && answer == Error::OK; ++i) answer = u.served->put_data(view_of("x"));
	EXPECT_EQ(answer, Error::FAILED);
	EXPECT_EQ(stream_signals, 0);
}

TEST(TcpPosix, WithoutDescriptorsCallsFailAndLaterSucceed) {
	if (netpeer_test::running_emulated()) GTEST_SKIP() << "the emulator needs descriptors itself";
	TcpPair t;
	ASSERT_EQ(t.server.listen(0, "127.0.0.1"), Error::OK);
	const int port = t.server.get_local_port();
	{
		NoDescriptors none(/*left=*/1);
		StreamPeerTCP client;
		ASSERT_EQ(client.connect_to_host("127.0.0.1", port), Error::OK);
		ASSERT_EQ(t.server.wait(kStreamPatienceMs), Error::OK);
		// The connection is there and cannot be taken: it stays.
		EXPECT_EQ(t.server.take_connection(), nullptr);
		EXPECT_EQ(t.server.get_last_accept_error(), Error::ERR_CANT_ACQUIRE_RESOURCE);
		EXPECT_TRUE(t.server.is_connection_available());
		StreamPeerTCP another;
		EXPECT_EQ(another.connect_to_host("127.0.0.1", port), Error::FAILED);
		EXPECT_EQ(another.get_status(), StreamPeerTCP::STATUS_NONE);
		EXPECT_EQ(another.last_os_error(), EMFILE);
		EXPECT_EQ(another.bind(0), Error::FAILED);
		netpeer::TCPServer second;
		EXPECT_EQ(second.listen(0), Error::ERR_CANT_CREATE);
		none.give_one_back();
		const std::shared_ptr<StreamPeerTCP> served = t.server.take_connection();
		ASSERT_NE(served, nullptr);
		finish_connect(client);
		EXPECT_EQ(client.put_data(view_of("x")), Error::OK);
		uint8_t byte = 0;
		EXPECT_EQ(served->get_data(MutBytes(&byte, 1)), Error::OK);
	}
	ASSERT_NO_FATAL_FAILURE(t.open());
}

#endif // NETPEER_OS_POSIX
