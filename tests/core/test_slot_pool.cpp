#include "../../src/core/slot_pool.h"

#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <string>

using netpeer::Error;
using netpeer::SlotHandle;
using netpeer::SlotPool;
using netpeer_test::FailingAllocator;

TEST(SlotPool, StaleHandlesAreDetectedEvenWhenTheSlotIsInUseAgain) {
	SlotPool<std::string> pool;
	ASSERT_EQ(pool.set_capacity(2), Error::OK);
	const SlotHandle old = pool.add("old");
	ASSERT_NE(pool.get(old), nullptr);
	EXPECT_TRUE(pool.remove(old));
	EXPECT_FALSE(pool.remove(old));
	const SlotHandle fresh = pool.add("fresh");
	EXPECT_EQ(fresh.index, old.index);
	EXPECT_NE(fresh, old);
	EXPECT_EQ(pool.get(old), nullptr);
	EXPECT_EQ(*pool.get(fresh), "fresh");
	EXPECT_FALSE(pool.remove(old));
	EXPECT_EQ(pool.size(), 1u);
}

TEST(SlotPool, TheDefaultHandleNamesNothing) {
	SlotPool<int> pool;
	EXPECT_EQ(pool.get(SlotHandle()), nullptr);
	ASSERT_EQ(pool.set_capacity(1), Error::OK);
	EXPECT_EQ(pool.get(SlotHandle()), nullptr);
	(void)pool.add(1);
	EXPECT_EQ(pool.get(SlotHandle()), nullptr);
	EXPECT_EQ(pool.get(SlotHandle{1, 1}), nullptr);
	EXPECT_EQ(pool.get(SlotHandle{UINT32_MAX, 1}), nullptr);
}

TEST(SlotPool, AFullPoolAnswersTheDefaultHandle) {
	SlotPool<int> pool;
	EXPECT_EQ(pool.add(1), SlotHandle());
	ASSERT_EQ(pool.set_capacity(3), Error::OK);
	SlotHandle handles[3];
	for (int i = 0; i < 3; ++i) handles[i] = pool.add(i);
	EXPECT_TRUE(pool.full());
	EXPECT_EQ(pool.add(9), SlotHandle());
	EXPECT_TRUE(pool.remove(handles[1]));
	EXPECT_NE(pool.add(9), SlotHandle());
	size_t seen = 0;
	for (size_t i = 0; i < pool.capacity(); ++i) seen += pool.get(pool.handle_at(i)) != nullptr ? 1 : 0;
	EXPECT_EQ(seen, 3u);
	EXPECT_EQ(pool.handle_at(3), SlotHandle());
}

TEST(SlotPool, MemoryIsAskedForOnceAndObjectsDieWithThePool) {
	FailingAllocator memory;
	{
		SlotPool<std::string> pool(memory.pointer());
		ASSERT_EQ(pool.set_capacity(4), Error::OK);
		EXPECT_EQ(pool.set_capacity(4), Error::ERR_ALREADY_IN_USE);
		for (int i = 0; i < 4; ++i) (void)pool.add(std::string(100, 'x'));
		EXPECT_EQ(memory.requests(), 1u);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(SlotPool, WithoutMemoryItStaysEmptyAndMayTryAgain) {
	FailingAllocator memory;
	SlotPool<int> pool(memory.pointer());
	memory.fail_nth(1);
	EXPECT_EQ(pool.set_capacity(4), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(pool.capacity(), 0u);
	EXPECT_EQ(pool.set_capacity(SIZE_MAX), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(pool.set_capacity(4), Error::OK);
}
