// netpeer and stock libenet with a bad network between them, in real time: what is reliable arrives, once and in order.
// How fast is not asked here: that depends on the machine (bench/loss/realtime measures it).
#include "../support/bad_proxy.h"
#include "interop_link.h"

#include <chrono>

using namespace interop;
using netpeer::Duration;
using netpeer::Instant;
using netpeer_test::BadProxy;

namespace {

constexpr size_t kMessages = 200;
constexpr int kBadNetworkPatienceMs = 60000;

Instant steady_now() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return Instant::from_us(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

class InteropBadNetwork : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(
        Roles, InteropBadNetwork, ::testing::Values(Role::kNetpeerServer, Role::kNetpeerClient), role_name);

// Everything that has come at `side`, each message the next one of its kind.
void take_in_order(Side &side, size_t &received) {
	while (!side.events.empty()) {
		const SideEvent event = std::move(side.events.front());
		side.events.pop_front();
		ASSERT_EQ(event.what, What::kReceive) << "at " << side.name();
		ASSERT_EQ(event.bytes, payload_of(received, 64)) << "message " << received << " at " << side.name();
		++received;
	}
}

} // namespace

TEST_P(InteropBadNetwork, ReliableMessagesArriveOnceAndInOrderThroughFivePercentLossEachWay) {
	Link link(GetParam());
	BadProxy proxy(link.server->port(), 1);
	ASSERT_TRUE(proxy.is_open());
	for (netpeer::SimLink *way : {&proxy.to_server(), &proxy.to_client()}) {
		way->settings.latency = Duration::from_ms(10);
		way->settings.loss = 0.05;
	}
	const Conn at_client = link.client->connect(proxy.port(), 1, 0);
	ASSERT_FALSE(at_client.is_none());
	ASSERT_TRUE(link.run_until(
	        [&] {
		        proxy.turn(steady_now());
		        return !link.server->events.empty() && !link.client->events.empty();
	        },
	        kBadNetworkPatienceMs));
	ASSERT_EQ(link.server->events.front().what, What::kConnect);
	ASSERT_EQ(link.client->events.front().what, What::kConnect);
	const Conn at_server = link.server->events.front().conn;
	link.server->events.pop_front();
	link.client->events.pop_front();

	size_t sent = 0, at_server_count = 0, at_client_count = 0;
	Instant next_send = steady_now();
	ASSERT_TRUE(link.run_until(
	        [&] {
		        const Instant now = steady_now();
		        if (sent < kMessages && now >= next_send) {
			        next_send = now + Duration::from_ms(4);
			        EXPECT_TRUE(link.client->send(at_client, 0, view(payload_of(sent, 64)), kReliable));
			        EXPECT_TRUE(link.server->send(at_server, 0, view(payload_of(sent, 64)), kReliable));
			        ++sent;
		        }
		        proxy.turn(now);
		        take_in_order(*link.server, at_server_count);
		        take_in_order(*link.client, at_client_count);
		        return HasFatalFailure() || (at_server_count == kMessages && at_client_count == kMessages);
	        },
	        kBadNetworkPatienceMs))
	        << at_server_count << " at the server, " << at_client_count << " at the client";
	EXPECT_GT(proxy.to_server().counters().of(netpeer::SimFate::kLost), 0u) << "it was no bad network";
	EXPECT_GT(proxy.to_client().counters().of(netpeer::SimFate::kLost), 0u);
	// Nothing comes twice: until both ends have heard that everything arrived, and a while longer.
	const auto is_settled = [&] {
		proxy.turn(steady_now());
		return link.server->stats(at_server).unacknowledged == 0 && link.client->stats(at_client).unacknowledged == 0;
	};
	EXPECT_TRUE(link.run_until(is_settled, kBadNetworkPatienceMs));
	const Instant quiet_until = steady_now() + Duration::from_ms(100);
	(void)link.run_until([&] {
		proxy.turn(steady_now());
		return steady_now() >= quiet_until;
	});
	EXPECT_TRUE(link.server->events.empty());
	EXPECT_TRUE(link.client->events.empty());
}
