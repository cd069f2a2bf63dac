// Settings that travel: bandwidth limits and throttle parameters, announced by either end and obeyed by the other.
#include "interop_link.h"

using namespace interop;

namespace {

class InteropSettings : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropSettings, ::testing::ValuesIn(roles()), role_name);

SideConfig sending_at_most(uint32_t outgoing) {
	SideConfig config;
	config.outgoing_bandwidth = outgoing;
	return config;
}

} // namespace

TEST_P(InteropSettings, NewBandwidthLimitReachesTheOtherEndAndIsAcknowledged) {
	for (const bool server_announces : {false, true}) {
		Link link(GetParam(), sending_at_most(65536 * 9), sending_at_most(65536 * 9));
		ASSERT_TRUE(link.connect());
		const Path path = link.path(server_announces);
		SCOPED_TRACE(path.text());
		path.from->set_bandwidth_limit(65536 * 4, 65536 * 3);
		// The other end is told our new limits and sends no more than we take: 4/9 of what it could.
		EXPECT_TRUE(link.run_until(
		        [&] {
			        const SideStats told = path.to->stats(path.to_conn);
			        return told.incoming_bandwidth == 65536 * 4 && told.outgoing_bandwidth == 65536 * 3;
		        },
		        4000));
		EXPECT_EQ(path.to->stats(path.to_conn).window_size, 4096u * 4);
		EXPECT_TRUE(link.run_until([&] { return link.is_quiet(); }, 2000)) << "the announcement is acknowledged";
		EXPECT_EQ(path.to->stats(path.to_conn).state, kStateConnected);
	}
}

TEST_P(InteropSettings, PeersShareTheIncomingLimitOfAServer) {
	SideConfig limited;
	limited.incoming_bandwidth = 900000;
	Link link(GetParam(), limited, sending_at_most(1000000));
	ASSERT_TRUE(link.connect());
	const Conn first = link.at_client;
	ASSERT_TRUE(link.connect());
	const Conn second = link.at_client;
	ASSERT_TRUE(link.connect());
	const Conn third = link.at_client;
	EXPECT_TRUE(link.run_until(
	        [&] {
		        return link.client->stats(first).incoming_bandwidth == 300000 &&
		               link.client->stats(second).incoming_bandwidth == 300000 &&
		               link.client->stats(third).incoming_bandwidth == 300000;
	        },
	        4000))
	        << link.client->stats(first).incoming_bandwidth;
}

TEST_P(InteropSettings, PeerThatSendsWithoutLimitIsToldUnlimited) {
	SideConfig limited;
	limited.incoming_bandwidth = 900000;
	Link link(GetParam(), limited, SideConfig{});
	ASSERT_TRUE(link.connect());
	EXPECT_EQ(link.client->stats(link.at_client).incoming_bandwidth, 900000u) << "as negotiated";
	EXPECT_TRUE(link.run_until([&] { return link.client->stats(link.at_client).incoming_bandwidth == 0; }, 4000));
}

TEST_P(InteropSettings, NarrowLinkCarriesAMessageLargerThanItsWindow) {
	SideConfig narrow;
	narrow.incoming_bandwidth = 65536;
	narrow.outgoing_bandwidth = 65536;
	Link link(GetParam(), narrow, narrow);
	ASSERT_TRUE(link.connect());
	for (const bool from_server : {false, true}) {
		const Path path = link.path(from_server);
		SCOPED_TRACE(path.text());
		ASSERT_EQ(path.from->stats(path.from_conn).window_size, 4096u);
		const std::vector<uint8_t> bytes = payload_of(1, 40000);
		ASSERT_TRUE(path.from->send(path.from_conn, 0, view(bytes), kReliable));
		EXPECT_TRUE(arrives(link, path, 0, bytes, kReliable));
	}
}

TEST_P(InteropSettings, ThrottleParametersSetOnOneEndHoldOnBoth) {
	for (const bool server_configures : {false, true}) {
		Link link(GetParam());
		ASSERT_TRUE(link.connect());
		const Path path = link.path(server_configures);
		SCOPED_TRACE(path.text());
		EXPECT_EQ(path.to->stats(path.to_conn).throttle_interval, 5000u);
		EXPECT_EQ(path.to->stats(path.to_conn).throttle_acceleration, 2u);
		EXPECT_EQ(path.to->stats(path.to_conn).throttle_deceleration, 2u);
		path.from->configure_throttle(path.from_conn, 1234, 5, 7);
		ASSERT_TRUE(link.run_until([&] { return path.to->stats(path.to_conn).throttle_interval == 1234; }));
		for (const SideStats &stats : {path.to->stats(path.to_conn), path.from->stats(path.from_conn)}) {
			EXPECT_EQ(stats.throttle_interval, 1234u);
			EXPECT_EQ(stats.throttle_acceleration, 5u);
			EXPECT_EQ(stats.throttle_deceleration, 7u);
		}
		EXPECT_TRUE(link.run_until([&] { return link.is_quiet(); }, 2000));
	}
}

TEST_P(InteropSettings, ExtremeThrottleParametersTravelUnchanged) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect());
	for (const uint32_t value : {UINT32_MAX, 0u}) {
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			path.from->configure_throttle(path.from_conn, value, value ^ 1, value ^ 2);
			EXPECT_TRUE(link.run_until([&] {
				const SideStats stats = path.to->stats(path.to_conn);
				return stats.throttle_interval == value && stats.throttle_acceleration == (value ^ 1) &&
				       stats.throttle_deceleration == (value ^ 2);
			})) << path.text();
		}
	}
}
