// Packets held back by the range of sequence numbers a receiver can store. docs/enet-protocol.md, 10.1; decisions 2.
#include "../support/sim_pair.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

// Two-byte packets: 32,768 of them fit the window in bytes, 28,671 the sequence windows.
std::string low_half(size_t index) {
	const char bytes[2] = {static_cast<char>(index), static_cast<char>(index >> 8)};
	return std::string(bytes, 2);
}

// Queues `count` packets at once, loses the datagrams `lost` at the client, and wants all of them in order.
void expect_all_in_order(size_t count, size_t lost, size_t channels) {
	SimPair pair = SimPair::connected(20, 1);
	for (size_t i = 0; i < count; ++i) {
		ASSERT_EQ(pair.client.send(static_cast<uint8_t>(i % channels), low_half(i / channels)), Error::OK);
	}
	pair.client_link().drop_next(lost);
	ASSERT_TRUE(pair.run_until_idle());
	for (size_t i = 0; i < count; ++i) {
		ASSERT_EQ(pair.server.received(static_cast<uint8_t>(i % channels)), low_half(i / channels)) << i;
	}
}

} // namespace

TEST(EnetHostBlocked, PacketsHeldBackLeaveInOrder) {
	// While a lost packet blocks the channel the rest waits; it is let go window by window. The second lot once overtook
	// the first: its numbers shut out their own predecessors, and neither was ever sent or taken.
	expect_all_in_order(70000, 1, 1);
	expect_all_in_order(70000, 3, 1);
}

TEST(EnetHostBlocked, PacketsHeldBackOnSeveralChannelsLeaveInOrder) { expect_all_in_order(140000, 2, 3); }
