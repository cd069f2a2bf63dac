// Probes of the path's MTU against stock libenet, in virtual time: what it answers, and whole transfers on paths that carry
// less than was negotiated.
#include "../interop/interop_side.h"
#include "../support/enet_wire_script.h"
#include "virtual_machine.h"
#include "virtual_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;
using namespace interop;

namespace {

// netpeer dials libenet.
class Duo {
public:
	explicit Duo(const SideConfig &config, size_t mtu = 65507) : machine(mtu) {
		SimLinkSettings links;
		links.latency = Duration::from_ms(20);
		links.mtu = mtu;
		machine.network.set_default_settings(links);
		stock = make_stock_side(config);
		ours = std::make_unique<VirtualSide>(machine, config, nullptr);
		at_ours = ours->connect(stock->port(), 2, 0);
		run_ms(1500);
		ours->events.clear();
		EXPECT_EQ(stock->events.size(), 1u);
		at_stock = stock->events.front().conn;
		stock->events.clear();
	}
	~Duo() { // libenet's sockets are the machine's
		ours.reset();
		stock.reset();
	}
	Duo(const Duo &) = delete;
	Duo &operator=(const Duo &) = delete;

	void run_ms(int64_t ms) {
		for (int64_t i = 0; i < ms; ++i) {
			ours->poll();
			stock->poll();
			machine.now = machine.now + Duration::from_ms(1);
		}
	}
	EnetPeerStats stats() const {
		EnetPeerStats stats;
		EXPECT_EQ(ours->peer_stats(at_ours, stats), Error::OK);
		return stats;
	}
	SimLink &link_to_stock() {
		return machine.network.link(loopback_endpoint(ours->port()), loopback_endpoint(stock->port()));
	}

	VirtualMachine machine;
	std::unique_ptr<Side> stock;
	std::unique_ptr<VirtualSide> ours;
	Conn at_ours;
	Conn at_stock;
};

std::vector<uint8_t> numbered_bytes(uint32_t number, size_t size) {
	std::vector<uint8_t> bytes(size);
	for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(number * 31 + i * 7 + (i >> 8));
	return bytes;
}

ByteView view_of(const std::vector<uint8_t> &bytes) { return ByteView(bytes.data(), bytes.size()); }

} // namespace

TEST(StockPathMtu, PingIsAcknowledgedWhateverFollowsItThatIsNoCommand) {
	SideConfig config;
	Duo duo(config);
	// An ordinary datagram's header, from the stock end's view: our slot there and the session.
	struct Seen {
		Endpoint from;
		uint8_t head[2] = {0, 0};
	} seen;
	seen.from = loopback_endpoint(duo.ours->port());
	SimTap tap;
	tap.user = &seen;
	tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &, ByteView bytes, SimFate) {
		Seen &all = *static_cast<Seen *>(user);
		if (from == all.from && (bytes.data[0] & 0x80) != 0) std::copy_n(bytes.data, 2, all.head);
	};
	duo.machine.network.set_tap(tap);
	duo.run_ms(1200);
	duo.machine.network.set_tap(SimTap());
	ASSERT_NE(seen.head[0], 0);
	struct Padding {
		const char *name;
		std::vector<uint8_t> pattern;
	};
	for (const Padding &padding : {Padding{"zeros", {0}}, Padding{"no such command", {0x0f}}, Padding{"ones", {0xff}},
	             Padding{"an unfinished command", {0x86, 0, 0, 1, 0xff, 0xff}}}) {
		for (const size_t size : {8u, 9u, 11u, 12u, 576u, 1200u, 1392u, 1396u, 1472u, 4000u, 4096u}) {
			SCOPED_TRACE(std::string(padding.name) + ", " + std::to_string(size));
			std::vector<uint8_t> bytes = {seen.head[0], seen.head[1], 0x12, 0x34, 0x85, 0xff, 0x77, 0x77};
			for (size_t i = 0; bytes.size() < size; ++i) bytes.push_back(padding.pattern[i % padding.pattern.size()]);
			const uint64_t before = duo.ours->counters().unmatched_acks;
			ASSERT_EQ(duo.machine.network.send(
			                  duo.machine.now, seen.from, loopback_endpoint(duo.stock->port()), view_of(bytes)),
			        Error::OK);
			duo.run_ms(60);
			EXPECT_EQ(duo.ours->counters().unmatched_acks, before + 1);
		}
	}
	EXPECT_EQ(duo.stock->stats(duo.at_stock).state, kStateConnected);
}

TEST(StockPathMtu, LibenetGetsEverythingOnPathsThatCarryLess) {
	for (const bool checksum : {false, true}) {
		for (const size_t mtu : {size_t{1300}, size_t{1000}, size_t{600}}) {
			for (const bool from_the_start : {true, false}) {
				SCOPED_TRACE(std::to_string(mtu) + (checksum ? " with checksum" : "") +
				             (from_the_start ? " from the start" : " later"));
				SideConfig config;
				config.checksum = checksum;
				Duo duo(config, from_the_start ? mtu : 65507);
				std::vector<uint32_t> got(2, 0);
				const auto collect = [&] {
					for (SideEvent &event : duo.stock->events) {
						ASSERT_EQ(event.what, What::kReceive);
						ASSERT_LT(event.channel, 2);
						const size_t size = event.channel == 0 ? 65536 : 40;
						ASSERT_EQ(event.bytes, numbered_bytes(got[event.channel]++, size));
					}
					duo.stock->events.clear();
				};
				for (uint32_t i = 0; i < 30; ++i) {
					if (i == 10) duo.link_to_stock().settings.mtu = mtu;
					ASSERT_TRUE(duo.ours->send(duo.at_ours, 0, view_of(numbered_bytes(i, 65536)), kReliable));
					ASSERT_TRUE(duo.ours->send(duo.at_ours, 1, view_of(numbered_bytes(i, 40)), kReliable));
					duo.run_ms(60);
					collect();
				}
				duo.run_ms(20000);
				collect();
				EXPECT_EQ(got[0], 30u);
				EXPECT_EQ(got[1], 30u);
				EXPECT_LE(duo.stats().path_mtu + (checksum ? 4 : 0), mtu);
				EXPECT_GT(duo.stats().path_mtu + 26, mtu);
				EXPECT_EQ(duo.ours->counters().unmatched_acks, 0u) << "libenet answers each probe once";
				EXPECT_EQ(duo.stock->stats(duo.at_stock).state, kStateConnected);
			}
		}
	}
}
