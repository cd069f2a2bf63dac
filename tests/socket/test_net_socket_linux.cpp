// What only the system can see or provoke: descriptor flags, ICMP errors on a socket, kernels without batches,
// signals, no IPv6.
#include "../../src/core/netpeer_config.h"

#if NETPEER_OS_LINUX

#include "../../src/core/clock.h"
#include "../../src/socket/net_socket.h"
#include "../support/without_system_calls.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

using netpeer::ByteView;
using netpeer::DatagramOut;
using netpeer::DatagramSlot;
using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::Instant;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::NetSocket;
using netpeer_test::run_without_calls;

namespace {

constexpr Duration kLinuxPatience = Duration::from_s(10);

std::set<int> open_descriptors() {
	std::set<int> found;
	DIR *directory = opendir("/proc/self/fd");
	if (directory == nullptr) return found;
	const int own = dirfd(directory);
	while (const dirent *entry = readdir(directory)) {
		if (entry->d_name[0] != '.') found.insert(std::atoi(entry->d_name));
	}
	closedir(directory);
	found.erase(own);
	return found;
}

// A socket together with its descriptor, which the library keeps to itself.
struct WatchedSocket {
	WatchedSocket(IPType type, bool batches) : socket(netpeer::create_net_socket()) {
		if (!batches) socket->disable_batching();
		const std::set<int> before = open_descriptors();
		EXPECT_EQ(socket->open_udp(type), Error::OK);
		for (const int number : open_descriptors()) {
			if (before.count(number) == 0) descriptor = number;
		}
		EXPECT_GE(descriptor, 0);
	}
	uint16_t bind_loopback() {
		Endpoint local;
		local.address = IPAddress("127.0.0.1");
		EXPECT_EQ(socket->bind(local), Error::OK);
		EXPECT_EQ(socket->local_endpoint(local), Error::OK);
		return local.port;
	}
	Error send(const char *text, uint16_t port) {
		DatagramOut datagram;
		datagram.bytes = netpeer::view_of(text);
		datagram.to.address = IPAddress("127.0.0.1");
		datagram.to.port = port;
		size_t sent = 0;
		return socket->send_batch(&datagram, 1, sent);
	}
	Error receive(std::string &text) {
		uint8_t block[4][64];
		DatagramSlot slots[4];
		for (size_t i = 0; i < 4; ++i) slots[i].buffer = MutBytes(block[i], sizeof(block[i]));
		size_t received = 0;
		const Error error = socket->receive_batch(slots, 4, received);
		text.clear();
		for (size_t i = 0; i < received; ++i) text.append(reinterpret_cast<const char *>(block[i]), slots[i].size);
		return error;
	}
	// Makes the kernel report ICMP errors on this socket, as it does on connected ones.
	void connect_to(uint16_t port) {
		sockaddr_in to{};
		to.sin_family = AF_INET;
		to.sin_port = htons(port);
		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		ASSERT_EQ(connect(descriptor, reinterpret_cast<const sockaddr *>(&to), sizeof(to)), 0);
	}
	// The error is set when the datagram has been through loopback, that is when sendto has returned.
	void provoke_icmp(uint16_t closed_port) { EXPECT_EQ(send("into the void", closed_port), Error::OK); }

	std::unique_ptr<NetSocket> socket;
	int descriptor = -1;
};

uint16_t closed_loopback_port() {
	WatchedSocket gone(IPType::IPV4, false);
	return gone.bind_loopback();
}

class NetSocketLinuxTest : public testing::TestWithParam<bool> {};

void ignore_signal(int) {}

} // namespace

INSTANTIATE_TEST_SUITE_P(BothModes, NetSocketLinuxTest, testing::Bool(),
        [](const testing::TestParamInfo<bool> &mode) { return std::string(mode.param ? "Batches" : "OneByOne"); });

TEST_P(NetSocketLinuxTest, DescriptorsAreNonBlockingAndCloseOnExec) {
	for (const IPType type : {IPType::IPV4, IPType::ANY}) {
		const WatchedSocket watched(type, GetParam());
		EXPECT_NE(fcntl(watched.descriptor, F_GETFD) & FD_CLOEXEC, 0);
		EXPECT_NE(fcntl(watched.descriptor, F_GETFL) & O_NONBLOCK, 0);
		int broadcasting = -1;
		socklen_t size = sizeof(broadcasting);
		EXPECT_EQ(getsockopt(watched.descriptor, SOL_SOCKET, SO_BROADCAST, &broadcasting, &size), 0);
		EXPECT_EQ(broadcasting, 0);
	}
}

TEST_P(NetSocketLinuxTest, NoDescriptorIsLeftOver) {
	const std::set<int> before = open_descriptors();
	{
		const WatchedSocket first(IPType::IPV4, GetParam());
		WatchedSocket second(IPType::IPV4, GetParam());
		second.bind_loopback();
		Endpoint taken;
		ASSERT_EQ(second.socket->local_endpoint(taken), Error::OK);
		EXPECT_EQ(first.socket->bind(taken), Error::ERR_UNAVAILABLE);
	}
	EXPECT_EQ(open_descriptors(), before);
}

TEST_P(NetSocketLinuxTest, BufferSizesReachTheKernel) {
	const WatchedSocket watched(IPType::IPV4, GetParam());
	ASSERT_EQ(watched.socket->set_buffer_sizes(32768, 16384), Error::OK);
	int bytes = 0;
	socklen_t size = sizeof(bytes);
	ASSERT_EQ(getsockopt(watched.descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, &size), 0);
	EXPECT_GE(bytes, 32768);
	ASSERT_EQ(getsockopt(watched.descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, &size), 0);
	EXPECT_GE(bytes, 16384);
}

TEST_P(NetSocketLinuxTest, AnIcmpErrorIsCountedAndDoesNotEndTheReceivePass) {
	const uint16_t closed_port = closed_loopback_port();
	WatchedSocket a(IPType::IPV4, GetParam());
	WatchedSocket b(IPType::IPV4, GetParam());
	const uint16_t a_port = a.bind_loopback();
	b.bind_loopback();
	// Something to read first, for a connected socket takes datagrams of its peer alone.
	ASSERT_EQ(b.send("early", a_port), Error::OK);
	a.connect_to(closed_port);
	a.provoke_icmp(closed_port);
	std::string text;
	EXPECT_EQ(a.receive(text), Error::OK);
	EXPECT_EQ(text, "early");
	EXPECT_EQ(a.socket->counters().icmp_errors, 1u);
	EXPECT_EQ(a.receive(text), Error::ERR_BUSY);
	EXPECT_TRUE(a.socket->is_open());
	EXPECT_EQ(a.socket->last_os_error(), 0);
}

TEST_P(NetSocketLinuxTest, AnIcmpErrorOnlyDelaysTheNextSendByOneTry) {
	const uint16_t closed_port = closed_loopback_port();
	WatchedSocket a(IPType::IPV4, GetParam());
	WatchedSocket b(IPType::IPV4, GetParam());
	a.bind_loopback();
	const uint16_t b_port = b.bind_loopback();
	a.connect_to(closed_port);
	a.provoke_icmp(closed_port);
	EXPECT_EQ(a.send("after the error", b_port), Error::OK);
	EXPECT_EQ(a.socket->counters().icmp_errors, 1u);
	EXPECT_EQ(a.socket->counters().send_calls, 3u);
	std::string text;
	ASSERT_EQ(b.socket->wait_readable(kLinuxPatience), Error::OK);
	EXPECT_EQ(b.receive(text), Error::OK);
	EXPECT_EQ(text, "after the error");
}

TEST_P(NetSocketLinuxTest, AnIcmpErrorDoesNotWakeAWaiter) {
	const uint16_t closed_port = closed_loopback_port();
	WatchedSocket a(IPType::IPV4, GetParam());
	a.bind_loopback();
	a.connect_to(closed_port);
	a.provoke_icmp(closed_port);
	EXPECT_EQ(a.socket->wait_readable(Duration::from_ms(5)), Error::ERR_BUSY);
	EXPECT_EQ(a.socket->counters().icmp_errors, 1u);
	a.provoke_icmp(closed_port);
	EXPECT_EQ(a.socket->wait_readable(Duration()), Error::ERR_BUSY);
	EXPECT_EQ(a.socket->counters().icmp_errors, 2u);
}

TEST_P(NetSocketLinuxTest, SignalsNeitherEndNorStretchAWait) {
	struct sigaction action {};
	struct sigaction former {};
	action.sa_handler = ignore_signal; // no SA_RESTART: system calls come back with EINTR
	ASSERT_EQ(sigaction(SIGALRM, &action, &former), 0);
	WatchedSocket a(IPType::IPV4, GetParam());
	a.bind_loopback();
	itimerval often{};
	often.it_value.tv_usec = often.it_interval.tv_usec = 2000;
	ASSERT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
	const Instant start = netpeer::system_clock().now();
	EXPECT_EQ(a.socket->wait_readable(Duration::from_ms(50)), Error::ERR_BUSY);
	const Duration slept = netpeer::system_clock().now() - start;
	const itimerval never{};
	EXPECT_EQ(setitimer(ITIMER_REAL, &never, nullptr), 0);
	EXPECT_EQ(sigaction(SIGALRM, &former, nullptr), 0);
	EXPECT_GE(slept.us, 50000);
	EXPECT_LT(slept.us, kLinuxPatience.us);
}

TEST_P(NetSocketLinuxTest, ErrorsThatStayAreReportedWithTheSystemsNumber) {
	WatchedSocket a(IPType::IPV4, GetParam());
	a.bind_loopback();
	const bool filtered = run_without_calls({SYS_recvfrom, SYS_recvmmsg, SYS_ppoll}, EIO, [&] {
		std::string text;
		EXPECT_EQ(a.receive(text), Error::FAILED);
		EXPECT_EQ(a.socket->last_os_error(), EIO);
		EXPECT_EQ(a.socket->wait_readable(Duration()), Error::FAILED);
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
	EXPECT_TRUE(a.socket->is_open());
}

TEST_P(NetSocketLinuxTest, NoRoomIsBusyAndCounted) {
	for (const unsigned number : {EAGAIN, ENOBUFS, ENOMEM}) {
		WatchedSocket a(IPType::IPV4, GetParam());
		const uint16_t port = a.bind_loopback();
		const bool filtered = run_without_calls({SYS_sendto, SYS_sendmmsg}, number, [&] {
			EXPECT_EQ(a.send("x", port), Error::ERR_BUSY);
			EXPECT_EQ(a.socket->counters().send_would_block, 1u);
			EXPECT_EQ(a.socket->last_os_error(), 0);
		});
		if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
	}
}

TEST_P(NetSocketLinuxTest, NoRouteFailsAndIsNotTakenForALeftover) {
	for (const unsigned number : {ENETUNREACH, EHOSTUNREACH, EPERM}) {
		WatchedSocket a(IPType::IPV4, GetParam());
		const uint16_t port = a.bind_loopback();
		const bool filtered = run_without_calls({SYS_sendto, SYS_sendmmsg}, number, [&] {
			EXPECT_EQ(a.send("x", port), Error::FAILED);
			EXPECT_EQ(a.socket->counters().icmp_errors, 0u);
			EXPECT_EQ(a.socket->last_os_error(), static_cast<int>(number));
		});
		if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
		EXPECT_TRUE(a.socket->is_open());
		EXPECT_EQ(a.send("x", port), Error::OK);
	}
}

TEST_P(NetSocketLinuxTest, EndlessIcmpErrorsDoNotKeepAPassFromEnding) {
	WatchedSocket a(IPType::IPV4, GetParam());
	a.bind_loopback();
	const bool filtered = run_without_calls({SYS_recvfrom, SYS_recvmmsg}, ECONNREFUSED, [&] {
		std::string text;
		EXPECT_EQ(a.receive(text), Error::ERR_BUSY);
		EXPECT_EQ(a.socket->counters().icmp_errors, a.socket->counters().receive_calls);
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
}

TEST(NetSocketLinux, AKernelWithoutBatchCallsIsServedOneByOne) {
	const bool filtered = run_without_calls({SYS_recvmmsg, SYS_sendmmsg}, ENOSYS, [] {
		WatchedSocket a(IPType::IPV4, true);
		WatchedSocket b(IPType::IPV4, true);
		const uint16_t a_port = a.bind_loopback();
		b.bind_loopback();
		EXPECT_EQ(a.socket->caps().max_batch, 64u);
		EXPECT_EQ(b.send("one", a_port), Error::OK);
		EXPECT_EQ(b.send("two", a_port), Error::OK);
		EXPECT_EQ(a.socket->wait_readable(kLinuxPatience), Error::OK);
		std::string text;
		EXPECT_EQ(a.receive(text), Error::OK);
		EXPECT_EQ(text, "onetwo");
		EXPECT_EQ(a.receive(text), Error::ERR_BUSY);
		EXPECT_EQ(a.socket->caps().max_batch, 1u);
		EXPECT_EQ(b.socket->caps().max_batch, 1u);
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
}

TEST(NetSocketLinux, WithoutIPv6AnyMeansIPv4) {
	const bool filtered = netpeer_test::run_without_call_with(SYS_socket, AF_INET6, EAFNOSUPPORT, [] {
		const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
		IPType type = IPType::IPV6;
		EXPECT_EQ(socket->open_udp(type), Error::FAILED);
		EXPECT_EQ(socket->last_os_error(), EAFNOSUPPORT);
		type = IPType::ANY;
		EXPECT_EQ(socket->open_udp(type), Error::OK);
		EXPECT_EQ(type, IPType::IPV4);
		Endpoint local;
		local.address = IPAddress::wildcard();
		EXPECT_EQ(socket->bind(local), Error::OK);
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
}

TEST(NetSocketLinux, FragmentationIsWhatWasAskedForAndTheSystemsOwnAgain) {
	using netpeer::Fragmentation;
	for (const IPType type : {IPType::IPV4, IPType::ANY}) {
		const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
		EXPECT_EQ(socket->set_fragmentation(Fragmentation::kNever), Error::ERR_UNCONFIGURED);
		IPType opened = type;
		ASSERT_EQ(socket->open_udp(opened), Error::OK);
		const int handle = static_cast<int>(socket->native_handle());
		const auto discovery = [&] {
			int value = -1;
			socklen_t size = sizeof(value);
			EXPECT_EQ(getsockopt(handle, IPPROTO_IP, IP_MTU_DISCOVER, &value, &size), 0);
			return value;
		};
		const int before = discovery();
		ASSERT_EQ(socket->set_fragmentation(Fragmentation::kNever), Error::OK);
		EXPECT_EQ(discovery(), IP_PMTUDISC_PROBE);
		ASSERT_EQ(socket->set_fragmentation(Fragmentation::kAllowed), Error::OK);
		EXPECT_EQ(discovery(), IP_PMTUDISC_DONT);
		ASSERT_EQ(socket->set_fragmentation(Fragmentation::kAsSystem), Error::OK);
		EXPECT_EQ(discovery(), before);
	}
	const std::unique_ptr<NetSocket> stream = netpeer::create_net_socket();
	IPType any = IPType::ANY;
	ASSERT_EQ(stream->open_tcp(any), Error::OK);
	EXPECT_EQ(stream->set_fragmentation(Fragmentation::kNever), Error::ERR_UNCONFIGURED);
}

#endif // NETPEER_OS_LINUX
