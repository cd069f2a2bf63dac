// With NETPEER_TEST_HOOKS=1 the tests of this program run with every hook replaced by one that does the same and counts.
#include "../hooks/all_hooks.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace {

class HookedEnvironment : public testing::Environment {
public:
	void SetUp() override {
		const netpeer::Error set = netpeer::set_hooks(netpeer_test::all_hooks());
		ASSERT_EQ(set, netpeer::Error::OK) << netpeer::get_live_allocations() << " blocks are alive";
	}
	void TearDown() override {
		const netpeer_test::HookCounts &counts = netpeer_test::hook_counts();
		EXPECT_EQ(counts.sockets_opened, counts.sockets_closed);
		EXPECT_EQ(counts.threads_made, counts.threads_joined);
		EXPECT_EQ(counts.wrong_sizes, 0u);
		std::printf("hooks: %zu sockets, all closed\n", counts.sockets_opened.load());
	}
};

const bool hooks_wanted = [] {
	if (std::getenv("NETPEER_TEST_HOOKS") != nullptr) testing::AddGlobalTestEnvironment(new HookedEnvironment);
	return true;
}();

} // namespace
