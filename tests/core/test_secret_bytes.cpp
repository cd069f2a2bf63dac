#include "../../src/core/secret_bytes.h"
#include "../support/watching_allocator.h"

#include <gtest/gtest.h>

#include <cstring>

namespace netpeer {
namespace {

TEST(SecretBytes, NothingOfThemComesBackToTheAllocator) {
	WatchingAllocator memory;
	{
		SecretBytes secret;
		for (int i = 0; i < 1000; ++i) ASSERT_EQ(secret.append(view_of("secret")), Error::OK);
		EXPECT_EQ(secret.size(), 6000u);
		EXPECT_EQ(secret.view().after(5994), view_of("secret"));
		EXPECT_GT(memory.blocks, 3);
		EXPECT_EQ(memory.dirty_blocks, 0);
	}
	EXPECT_EQ(memory.dirty_blocks, 0);
}

TEST(SecretBytes, TheWatchNoticesBytesThatAreNotWiped) {
	WatchingAllocator memory;
	{
		ByteBuffer plain;
		ASSERT_EQ(plain.append(view_of("not a secret")), Error::OK);
	}
	EXPECT_EQ(memory.dirty_blocks, 1);
}

TEST(SecretBytes, WhatIsCutIsWiped) {
	SecretBytes secret;
	ASSERT_EQ(secret.append(view_of("0123456789")), Error::OK);
	ASSERT_EQ(secret.resize(4), Error::OK);
	EXPECT_EQ(secret.view(), view_of("0123"));
	EXPECT_EQ(std::memcmp(secret.data() + 4, "\0\0\0\0\0\0", 6), 0);
}

TEST(SecretBytes, GrowingBeyondTheCapOrTheMemoryChangesNothing) {
	WatchingAllocator memory;
	SecretBytes secret(100);
	ASSERT_EQ(secret.append(view_of("kept")), Error::OK);
	EXPECT_EQ(secret.resize(101), Error::ERR_OUT_OF_MEMORY);
	memory.refuses = true;
	EXPECT_EQ(secret.resize(100), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(secret.view(), view_of("kept"));
	memory.refuses = false;
	EXPECT_EQ(secret.resize(100), Error::OK);
	EXPECT_EQ(secret.view().first(4), view_of("kept"));
	EXPECT_EQ(secret.view()[99], 0);
}

} // namespace
} // namespace netpeer
