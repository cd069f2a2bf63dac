// Keep-alive and what happens to it on a dead line. docs/enet-protocol.md, sections 12.2 and 12.3.
#include "../support/sim_pair.h"

using namespace netpeer;
using namespace netpeer_test;

TEST(EnetHostPings, LostPingIsSentAgainAndTheTimersComeToAnEnd) {
	// While the overdue PING waits to be sent again nothing is outstanding and the next PING looks due: handle_timeout
	// once took that for a deadline in the past and never returned.
	SimPair pair = SimPair::connected(20, 1);
	const uint64_t resent = pair.client.counters().resent_commands;
	pair.client_link().drop_next(1);
	pair.run_for_ms(1000);
	EXPECT_EQ(pair.client.counters().resent_commands, resent + 1);
	EXPECT_EQ(pair.client.state(), EnetPeerState::kConnected);
	EXPECT_FALSE(pair.world().stuck());
}

TEST(EnetHostPings, DeadLineEndsTheConnectionWithFewSteps) {
	SimPair pair = SimPair::connected(20, 2);
	const uint64_t steps = pair.client.counters().steps;
	pair.client_link().drop_next(1000);
	pair.server_link().drop_next(1000);
	ASSERT_TRUE(pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) == 1; }));
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kTimedOut);
	EXPECT_LT(pair.client.counters().steps - steps, 1000u);
}
