#include "../../src/core/secret_bytes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

namespace netpeer {
namespace {

// Gives memory like malloc and notes whether a block came back with anything but zeros in it.
struct WatchingAllocator {
	Allocator functions;
	int dirty_blocks = 0;
	int blocks = 0;
	bool refuses = false;

	WatchingAllocator() {
		functions.user = this;
		functions.allocate = [](void *user, size_t bytes) -> void * {
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			if (self.refuses) return nullptr;
			++self.blocks;
			return std::calloc(1, bytes);
		};
		functions.reallocate = [](void *user, void *block, size_t old_bytes, size_t new_bytes) -> void * {
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			void *moved = self.functions.allocate(user, new_bytes);
			if (moved == nullptr) return nullptr;
			std::memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
			self.functions.release(user, block, old_bytes);
			return moved;
		};
		functions.release = [](void *user, void *block, size_t bytes) {
			if (block == nullptr) return;
			WatchingAllocator &self = *static_cast<WatchingAllocator *>(user);
			for (size_t i = 0; i < bytes; ++i) {
				if (static_cast<const uint8_t *>(block)[i] == 0) continue;
				++self.dirty_blocks;
				break;
			}
			std::free(block);
		};
		former = set_default_allocator(&functions);
	}
	~WatchingAllocator() { set_default_allocator(former); }

	const Allocator *former = nullptr;
};

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
