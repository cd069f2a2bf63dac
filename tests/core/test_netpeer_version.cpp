#include "../../src/core/netpeer_version.h"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(NetpeerVersion, TextAndNumberAreMadeOfTheThreeParts) {
	const std::string expected = std::to_string(NETPEER_VERSION_MAJOR) + "." + std::to_string(NETPEER_VERSION_MINOR) +
	                             "." + std::to_string(NETPEER_VERSION_PATCH);
	EXPECT_EQ(NETPEER_VERSION_STRING, expected);
	EXPECT_EQ(NETPEER_VERSION_NUMBER,
	        NETPEER_VERSION_MAJOR * 10000 + NETPEER_VERSION_MINOR * 100 + NETPEER_VERSION_PATCH);
	EXPECT_LT(NETPEER_VERSION_MINOR, 100);
	EXPECT_LT(NETPEER_VERSION_PATCH, 100);
}

TEST(NetpeerVersion, CmakeReadsTheSameFromTheHeader) { EXPECT_STREQ(NETPEER_VERSION_STRING, NETPEER_PROJECT_VERSION); }

} // namespace
