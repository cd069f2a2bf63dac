#include "../../src/reliable/block_pool.h"

#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <vector>

using namespace netpeer;
using namespace netpeer_test;

namespace {

class BlockPoolTest : public ::testing::Test {
protected:
	void SetUp() override { ASSERT_NE(pool, nullptr); }
	~BlockPoolTest() override {
		if (pool != nullptr) pool->close();
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
	}
	// These tests also run with requests for memory failing.
	void give(void *block, size_t bytes) {
		if (block != nullptr) pool->give(block, bytes);
	}

	FailingAllocator memory;
	BlockPool *pool = BlockPool::create(memory);
};

} // namespace

TEST_F(BlockPoolTest, EverySizeCostsAtLeastItselfAndNeverLessThanASmallerOne) {
	size_t before = 0;
	for (size_t bytes = 1; bytes <= 200000; bytes += bytes < 20000 ? 1 : 37) {
		const size_t cost = BlockPool::cost_of(bytes);
		ASSERT_GE(cost, bytes);
		ASSERT_GE(cost, before);
		ASSERT_LE(cost, bytes <= 1024 ? bytes + 15 : (bytes <= 8192 ? bytes + bytes / 4 : bytes + 1023)) << bytes;
		before = cost;
	}
}

TEST_F(BlockPoolTest, ABlockOfAnySizeUpTo136KiBIsReused) {
	for (size_t bytes : {1u, 16u, 1024u, 1025u, 8192u, 8193u, 65576u, 131112u, 139264u}) {
		void *block = pool->take(bytes);
		ASSERT_NE(block, nullptr);
		give(block, bytes);
		const uint64_t requests = memory.requests();
		EXPECT_EQ(pool->take(bytes), block) << bytes;
		EXPECT_EQ(memory.requests(), requests);
		give(block, bytes);
	}
	const size_t live = memory.live_blocks();
	give(pool->take(139265), 139265);
	EXPECT_EQ(memory.live_blocks(), live);
}

TEST_F(BlockPoolTest, WhatLiesUnusedForTwoCallsIsGivenBackAndWhatIsUsedBetweenThemIsNot) {
	std::vector<void *> blocks;
	for (int i = 0; i < 10; ++i) blocks.push_back(pool->take(65576));
	for (void *block : blocks) give(block, 65576);
	const size_t live = memory.live_blocks();
	pool->give_back_unused();
	EXPECT_EQ(memory.live_blocks(), live);
	void *first = pool->take(65576);
	void *second = pool->take(65576);
	give(first, 65576);
	give(second, 65576);
	pool->give_back_unused();
	EXPECT_EQ(memory.live_blocks(), live - 8);
	const uint64_t requests = memory.requests();
	first = pool->take(65576);
	second = pool->take(65576);
	EXPECT_EQ(memory.requests(), requests);
	give(first, 65576);
	give(second, 65576);
	pool->give_back_unused();
	pool->give_back_unused();
	EXPECT_EQ(memory.live_blocks(), live - 10);
}

TEST_F(BlockPoolTest, OneCallGivesBackNoMoreThan1024BlocksAndTheNextGoesOn) {
	std::vector<void *> blocks;
	for (int i = 0; i < 1500; ++i) blocks.push_back(pool->take(80));
	for (void *block : blocks) give(block, 80);
	const size_t live = memory.live_blocks();
	pool->give_back_unused();
	pool->give_back_unused();
	EXPECT_EQ(memory.live_blocks(), live - 1024);
	pool->give_back_unused();
	EXPECT_EQ(memory.live_blocks(), live - 1500);
}
