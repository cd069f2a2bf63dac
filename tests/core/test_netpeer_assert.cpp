// Asserts on, whatever the build type: this file tests the macro itself.
#undef NETPEER_ASSERTS
#define NETPEER_ASSERTS 1
#include "../../src/core/netpeer_assert.h"
#include "../support/running_emulated.h"

#include <gtest/gtest.h>

#include <string>

namespace {

std::string broken_expression;
int broken_line = 0;

void remember_assert(const char *expression, const char *, int line) {
	broken_expression = expression;
	broken_line = line;
}

} // namespace

TEST(NetpeerAssert, TheHandlerGetsTheExpressionAndTheProgramGoesOn) {
	const netpeer::AssertHandler former = netpeer::set_assert_handler(remember_assert);
	broken_expression.clear();
	NETPEER_ASSERT(1 + 1 == 2);
	EXPECT_EQ(broken_expression, "");
	const int line = __LINE__ + 1;
	NETPEER_ASSERT(1 + 1 == 3);
	EXPECT_EQ(broken_expression, "1 + 1 == 3");
	EXPECT_EQ(broken_line, line);
	EXPECT_EQ(netpeer::set_assert_handler(former), &remember_assert);
}

TEST(NetpeerAssert, NullRestoresTheDefaultHandler) {
	const netpeer::AssertHandler standard = netpeer::set_assert_handler(remember_assert);
	EXPECT_EQ(netpeer::set_assert_handler(nullptr), &remember_assert);
	EXPECT_EQ(netpeer::set_assert_handler(standard), standard);
}

#if GTEST_HAS_DEATH_TEST
TEST(NetpeerAssertDeathTest, TheDefaultHandlerSaysWhereAndStops) {
	// The thorough style starts the program again, which the kernel refuses for a foreign processor.
	GTEST_FLAG_SET(death_test_style, netpeer_test::running_emulated() ? "fast" : "threadsafe");
	EXPECT_DEATH(NETPEER_ASSERT(false), "invariant broken: false");
}
#endif
