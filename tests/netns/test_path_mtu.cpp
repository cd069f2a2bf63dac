// ENet across a router whose far link carries less than the near one and that tells nobody: the black hole in which full-size
// datagrams vanish for ever, on real sockets.
#include "../../src/core/clock.h"
#include "../../src/reliable/enet_host.h"
#include "../../src/reliable/transport/transport_udp.h"
#include "../support/udp_support.h"
#include "net_world.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace netpeer;
using netns::Inside;
using netns::NetWorld;

namespace {

constexpr size_t kCarried = 1300 - 28; // UDP payload that fits into the far link

class PathMtuNamespaces : public ::testing::Test {
protected:
	void SetUp() override {
		std::string problem = world.build();
		if (problem.empty()) {
			// What the router itself would send to the left, ICMP that is, goes nowhere.
			problem = world.home.configure(
			        "link set right0 mtu 1300\nrule add pref 10 iif lo to 10.77.1.2/32 blackhole\n");
			if (problem.empty()) problem = world.left.configure("route add 10.77.2.0/24 via 10.77.1.1\n");
			if (problem.empty()) problem = world.right.configure("route add 10.77.1.0/24 via 10.77.2.1\n");
			world.is_lacking = !problem.empty();
		}
		if (problem.empty() && !forward_at_home()) {
			problem = "cannot switch forwarding on";
			world.is_lacking = true;
		}
		if (problem.empty()) return;
		const char *ci = std::getenv("CI");
		const bool must = ci != nullptr && std::string(ci) == "true";
		if (must || !world.is_lacking) FAIL() << problem;
		GTEST_SKIP() << "no network namespaces here: " << problem;
	}

	bool forward_at_home() {
		const Inside inside(world.home);
		std::FILE *file = std::fopen("/proc/sys/net/ipv4/ip_forward", "w");
		if (file == nullptr) return false;
		const bool written = std::fputs("1", file) >= 0;
		return std::fclose(file) == 0 && written;
	}

	struct End {
		EnetHost host;
		TransportUdp udp;
		EnetPeerId peer;
		bool is_connected = false;
		bool has_ended = false;
		std::string last;
		unsigned received = 0;

		void poll(Instant now) {
			uint8_t bytes[4096];
			DatagramSlot slot;
			slot.buffer = MutBytes(bytes, sizeof bytes);
			size_t count = 0;
			while (udp.receive(now, &slot, 1, count) == Error::OK && count == 1) {
				host.receive(now, slot.from, ByteView(bytes, slot.size));
			}
			host.handle_timeout(now);
			uint8_t out[kEnetMaxDatagramBytes];
			EnetTransmit transmit;
			while (host.poll_transmit(now, MutBytes(out, sizeof out), transmit)) {
				const DatagramOut datagram{ByteView(out, transmit.size), transmit.to, transmit.fragmentation};
				ASSERT_EQ(udp.send(now, &datagram, 1, count), Error::OK);
			}
			EnetEvent event;
			while (host.poll_event(event)) {
				is_connected = is_connected || event.type == EnetEventType::kConnect;
				has_ended = has_ended || event.type == EnetEventType::kDisconnect;
				if (event.type == EnetEventType::kConnect) peer = event.peer;
				if (event.type == EnetEventType::kReceive) {
					const ByteView view = event.packet.view();
					last.assign(reinterpret_cast<const char *>(view.data), view.size);
					++received;
				}
				event = EnetEvent();
			}
		}
		EnetPeerStats stats() const {
			EnetPeerStats stats;
			(void)host.peer_stats(peer, stats);
			return stats;
		}
	};

	void open(End &end, const netns::Machine &machine, bool probe) {
		const Inside inside(machine);
		EnetHostConfig config;
		config.max_peers = 2;
		config.probe_path_mtu = probe;
		ASSERT_EQ(end.host.init(config), Error::OK);
		Endpoint any;
		any.address = IPAddress("*");
		ASSERT_EQ(end.udp.open_bound(any), Error::OK);
	}
	template <class Done> bool run_until(Done done) {
		const Instant end = system_clock().now() + Duration::from_ms(netpeer_test::kUdpPatienceMs);
		while (!done()) {
			const Instant now = system_clock().now();
			if (now >= end || HasFatalFailure()) return false;
			left.poll(now);
			right.poll(now);
			(void)left.udp.wait(Duration::from_ms(1));
		}
		return true;
	}
	void connect(bool probe) {
		open(left, world.left, probe);
		open(right, world.right, false);
		Endpoint to;
		ASSERT_EQ(right.udp.local_endpoint(to), Error::OK);
		to.address = IPAddress("10.77.2.2");
		ASSERT_EQ(left.host.connect(system_clock().now(), to, 1, 0, left.peer), Error::OK);
		ASSERT_TRUE(run_until([&] { return left.is_connected && right.is_connected; }));
	}
	void deliver(const std::string &text) {
		const ByteView bytes(reinterpret_cast<const uint8_t *>(text.data()), text.size());
		const unsigned before = right.received;
		ASSERT_EQ(left.host.send(left.peer, 0, bytes, kEnetReliable), Error::OK);
		ASSERT_TRUE(run_until([&] { return right.received != before; })) << "the message does not get through";
		EXPECT_EQ(right.last, text);
	}

	NetWorld world;
	End left, right;
};

} // namespace

TEST_F(PathMtuNamespaces, MessageSentIntoABlackHoleArrivesAndTheNextOnesFit) {
	connect(false);
	deliver(std::string(20000, 'a'));
	EXPECT_EQ(left.host.counters().path_black_holes, 1u);
	ASSERT_TRUE(run_until([&] { return left.stats().path_mtu > kCarried - 17; }));
	EXPECT_LE(left.stats().path_mtu, kCarried);
	deliver(std::string(50000, 'b'));
	EXPECT_FALSE(left.has_ended || right.has_ended);
}

TEST_F(PathMtuNamespaces, ProbingAtTheStartKeepsDatagramsOutOfABlackHole) {
	connect(true);
	ASSERT_TRUE(run_until([&] { return left.stats().path_mtu > kCarried - 17; }));
	EXPECT_LE(left.stats().path_mtu, kCarried);
	deliver(std::string(50000, 'c'));
	EXPECT_EQ(left.host.counters().path_black_holes, 0u);
}
