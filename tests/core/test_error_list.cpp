#include "../../src/core/error_list.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using netpeer::Error;
using netpeer::error_name;
using netpeer::error_text;

namespace {

// Written out a second time on purpose: this list comes from Godot's documentation, not from ours.
constexpr const char *kGodotNames[49] = {"OK", "FAILED", "ERR_UNAVAILABLE", "ERR_UNCONFIGURED", "ERR_UNAUTHORIZED",
        "ERR_PARAMETER_RANGE_ERROR", "ERR_OUT_OF_MEMORY", "ERR_FILE_NOT_FOUND", "ERR_FILE_BAD_DRIVE",
        "ERR_FILE_BAD_PATH", "ERR_FILE_NO_PERMISSION", "ERR_FILE_ALREADY_IN_USE", "ERR_FILE_CANT_OPEN",
        "ERR_FILE_CANT_WRITE", "ERR_FILE_CANT_READ", "ERR_FILE_UNRECOGNIZED", "ERR_FILE_CORRUPT",
        "ERR_FILE_MISSING_DEPENDENCIES", "ERR_FILE_EOF", "ERR_CANT_OPEN", "ERR_CANT_CREATE", "ERR_QUERY_FAILED",
        "ERR_ALREADY_IN_USE", "ERR_LOCKED", "ERR_TIMEOUT", "ERR_CANT_CONNECT", "ERR_CANT_RESOLVE",
        "ERR_CONNECTION_ERROR", "ERR_CANT_ACQUIRE_RESOURCE", "ERR_CANT_FORK", "ERR_INVALID_DATA",
        "ERR_INVALID_PARAMETER", "ERR_ALREADY_EXISTS", "ERR_DOES_NOT_EXIST", "ERR_DATABASE_CANT_READ",
        "ERR_DATABASE_CANT_WRITE", "ERR_COMPILATION_FAILED", "ERR_METHOD_NOT_FOUND", "ERR_LINK_FAILED",
        "ERR_SCRIPT_FAILED", "ERR_CYCLIC_LINK", "ERR_INVALID_DECLARATION", "ERR_DUPLICATE_SYMBOL", "ERR_PARSE_ERROR",
        "ERR_BUSY", "ERR_SKIP", "ERR_HELP", "ERR_BUG", "ERR_PRINTER_ON_FIRE"};

Error stop_at(Error error, bool &passed) {
	NETPEER_TRY(error);
	passed = true;
	return Error::OK;
}

} // namespace

TEST(ErrorList, NumbersZeroTo48HaveGodotsNames) {
	for (int number = 0; number < 49; ++number)
		EXPECT_STREQ(error_name(static_cast<Error>(number)), kGodotNames[number]);
	EXPECT_EQ(static_cast<int>(Error::ERR_BUSY), 44);
	EXPECT_EQ(static_cast<int>(Error::ERR_PRINTER_ON_FIRE), 48);
}

TEST(ErrorList, EveryNumberHasItsOwnText) {
	std::set<std::string> texts;
	for (int number = 0; number < 49; ++number) texts.insert(error_text(static_cast<Error>(number)));
	EXPECT_EQ(texts.size(), 49u);
	EXPECT_EQ(texts.count(""), 0u);
}

TEST(ErrorList, NumbersOutsideTheListHaveNamesToo) {
	for (const int number : {-1, 49, 50, 1000000}) {
		EXPECT_STREQ(error_name(static_cast<Error>(number)), "UNKNOWN");
		EXPECT_STREQ(error_text(static_cast<Error>(number)), "Unknown error");
	}
}

TEST(ErrorList, TryReturnsTheFirstErrorAndGoesOnWhenOk) {
	bool passed = false;
	EXPECT_EQ(stop_at(Error::ERR_LOCKED, passed), Error::ERR_LOCKED);
	EXPECT_FALSE(passed);
	EXPECT_EQ(stop_at(Error::OK, passed), Error::OK);
	EXPECT_TRUE(passed);
}
