// Messages at the limit of the sequence windows, in every alignment to a window, and the refusal of larger ones.
#include "interop_link.h"

#include <algorithm>

using namespace interop;

namespace {

class InteropLarge : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropLarge, ::testing::ValuesIn(roles()), role_name);

// What netpeer refuses to send and only stock can: no simulated roles, where both ends are netpeer.
std::vector<Role> roles_with_stock() {
	std::vector<Role> with = roles();
	with.erase(std::remove_if(with.begin(), with.end(), is_simulated), with.end());
	return with;
}
class InteropLargeFromStock : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropLargeFromStock, ::testing::ValuesIn(roles_with_stock()), role_name);

constexpr uint32_t kSmallMtu = 576;
constexpr size_t kSmallFragment = kSmallMtu - 28;
constexpr size_t kMostFragments = 24576;        // six windows: what netpeer sends
constexpr size_t kMostFragmentsAtStart = 28671; // seven windows without number 0: what a receiver can take

SideConfig small_mtu() {
	SideConfig config;
	config.mtu = kSmallMtu;
	return config;
}

// Packets that move the channel's next reliable number, in order and exactly once.
::testing::AssertionResult carry_small_packets(Link &link, const Path &path, size_t count) {
	size_t received = 0;
	const auto collect = [&] {
		while (!path.to->events.empty()) {
			const SideEvent event = std::move(path.to->events.front());
			path.to->events.pop_front();
			if (event.what != What::kReceive || event.bytes != payload_of(received, 8)) return false;
			++received;
		}
		return true;
	};
	for (size_t i = 0; i < count; ++i) {
		if (!path.from->send(path.from_conn, 0, view(payload_of(i, 8)), kReliable)) {
			return ::testing::AssertionFailure() << "cannot send";
		}
		if (i % 32 == 31) step_all(link.sides());
	}
	bool good = true;
	const bool all = link.run_until([&] {
		good = collect();
		return !good || received == count;
	});
	if (!all || !good) return ::testing::AssertionFailure() << received << " of " << count << " small packets";
	return ::testing::AssertionSuccess();
}

// A message of `fragments` after `before` small packets, and a small one behind it.
void carry_large(
        Link &link, const Path &path, size_t before, size_t fragments, size_t fragment_bytes = kSmallFragment) {
	SCOPED_TRACE(path.text() + ", " + std::to_string(fragments) + " fragments after " + std::to_string(before));
	ASSERT_TRUE(carry_small_packets(link, path, before));
	const std::vector<uint8_t> large = payload_of(fragments, fragments * fragment_bytes - 1), last = payload_of(3, 3);
	ASSERT_TRUE(path.from->send(path.from_conn, 0, view(large), kReliable));
	ASSERT_TRUE(path.from->send(path.from_conn, 0, view(last), kReliable));
	ASSERT_TRUE(arrives(link, path, 0, large, kReliable));
	ASSERT_TRUE(arrives(link, path, 0, last, kReliable));
	EXPECT_EQ(path.to->stats(path.to_conn).state, kStateConnected);
}

void carry_large_once(Role role, bool from_server, size_t before, size_t fragments) {
	Link link(role, small_mtu(), small_mtu());
	ASSERT_TRUE(link.connect(1));
	carry_large(link, link.path(from_server), before, fragments);
}

} // namespace

TEST_P(InteropLarge, LargestMessageArrivesAsTheFirst) {
	carry_large_once(GetParam(), false, 0, kMostFragments);
	carry_large_once(GetParam(), true, 0, kMostFragments);
}

TEST_P(InteropLarge, LargestMessageArrivesJustBeforeAWindowBoundary) {
	carry_large_once(GetParam(), false, 4094, kMostFragments); // starts at number 4095, the last of window 0
	carry_large_once(GetParam(), true, 4094, kMostFragments);
}

TEST_P(InteropLarge, LargestMessageArrivesOnAWindowBoundary) {
	carry_large_once(GetParam(), false, 4095, kMostFragments); // starts at number 4096, the first of window 1
	carry_large_once(GetParam(), true, 4095, kMostFragments);
}

TEST_P(InteropLarge, LargestMessageArrivesJustAfterAWindowBoundary) {
	carry_large_once(GetParam(), false, 4096, kMostFragments);
	carry_large_once(GetParam(), true, 4096, kMostFragments);
}

TEST_P(InteropLarge, LargestMessagesInARowArriveAcrossTheWrap) {
	Link link(GetParam(), small_mtu(), small_mtu());
	ASSERT_TRUE(link.connect(1));
	for (size_t i = 0; i < 3; ++i) carry_large(link, link.path(i % 2 == 0), 100, kMostFragments);
	for (size_t i = 0; i < 3; ++i) carry_large(link, link.path(i % 2 == 1), 100, kMostFragments);
}

TEST_P(InteropLarge, LargestMessageArrivesAtTheUsualMtuWithAChecksum) {
	SideConfig config;
	config.mtu = 1392;
	config.checksum = true;
	Link link(GetParam(), config, config);
	ASSERT_TRUE(link.connect(1));
	const bool from_server = GetParam() == Role::kNetpeerServer;
	carry_large(link, link.path(from_server), 4095, kMostFragments, mtu_over(GetParam(), 1392) - 32);
}

TEST_P(InteropLarge, NetpeerRefusesOneFragmentMoreAndSendsNothing) {
	Link link(GetParam(), small_mtu(), small_mtu());
	ASSERT_TRUE(link.connect(1));
	const Path path = link.path(GetParam() == Role::kNetpeerServer);
	if (GetParam() == Role::kStockOnly) GTEST_SKIP() << "stock sends it and loses the connection";
	const std::vector<uint8_t> over = payload_of(1, kMostFragments * kSmallFragment + 1), last = payload_of(2, 2);
	EXPECT_FALSE(path.from->send(path.from_conn, 0, view(over), kReliable));
	EXPECT_EQ(path.from->stats(path.from_conn).queued, 0u);
	ASSERT_TRUE(path.from->send(path.from_conn, 0, view(last), kReliable));
	EXPECT_TRUE(arrives(link, path, 0, last, kReliable));
}

TEST_P(InteropLargeFromStock, NetpeerTakesTheMostFragmentsStockCanGetThrough) {
	// Seven windows from the receiver's own: 28,671 fragments from the very start, six windows from the next boundary.
	const bool from_server = GetParam() == Role::kNetpeerClient;
	carry_large_once(GetParam(), from_server, 0, kMostFragmentsAtStart);
	carry_large_once(GetParam(), from_server, 4094, kMostFragments + 1);
}

TEST_P(InteropLargeFromStock, NetpeerTakesStocksLargestPacketAtTheUsualMtu) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(1));
	const Path path = link.path(GetParam() == Role::kNetpeerClient);
	const std::vector<uint8_t> large = payload_of(32, 32u << 20); // 24,601 fragments
	ASSERT_TRUE(path.from->send(path.from_conn, 0, view(large), kReliable));
	EXPECT_TRUE(arrives(link, path, 0, large, kReliable));
}
