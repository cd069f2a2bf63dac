// Settings: Godot's keys, ranges and defaults.

#include "../../src/core/settings.h"

#include <gtest/gtest.h>

using netpeer::Error;
using netpeer::Settings;

namespace {

struct Key {
	const char *key;
	int fallback;
	int least;
	int most;
};

constexpr Key kKeys[] = {
        {"network/limits/tcp/connect_timeout_seconds", 30, 1, 1800},
        {"network/limits/unix/connect_timeout_seconds", 30, 1, 1800},
        {"network/limits/packet_peer_stream/max_buffer_po2", 16, 8, 64},
};

} // namespace

TEST(Settings, DefaultsAreGodots) {
	const Settings settings;
	for (const Key &key : kKeys) {
		int value = 0;
		EXPECT_EQ(settings.get(key.key, value), Error::OK) << key.key;
		EXPECT_EQ(value, key.fallback) << key.key;
	}
}

TEST(Settings, ValuesOutsideTheRangeChangeNothing) {
	for (const Key &key : kKeys) {
		Settings settings;
		int value = 0;
		EXPECT_EQ(settings.set(key.key, key.least - 1), Error::ERR_INVALID_PARAMETER) << key.key;
		EXPECT_EQ(settings.set(key.key, key.most + 1), Error::ERR_INVALID_PARAMETER) << key.key;
		EXPECT_EQ(settings.get(key.key, value), Error::OK);
		EXPECT_EQ(value, key.fallback) << key.key;
		for (int end : {key.least, key.most}) {
			EXPECT_EQ(settings.set(key.key, end), Error::OK) << key.key;
			EXPECT_EQ(settings.get(key.key, value), Error::OK);
			EXPECT_EQ(value, end) << key.key;
		}
	}
}

TEST(Settings, UnknownKeysAreRefused) {
	Settings settings;
	int value = 7;
	EXPECT_EQ(settings.set("network/limits/tcp", 5), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(settings.get("", value), Error::ERR_DOES_NOT_EXIST);
	EXPECT_EQ(settings.set(nullptr, 5), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(settings.get(nullptr, value), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(value, 7);
}
