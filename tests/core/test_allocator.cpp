#include "../../src/core/allocator.h"

#include "../../src/core/byte_buffer.h"
#include "../../src/reliable/enet_host.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <cstring>

using netpeer::Allocator;
using netpeer::default_allocator;
using netpeer::set_default_allocator;
using netpeer_test::FailingAllocator;

namespace {

struct CountsItsLife {
	explicit CountsItsLife(int &count) : count_(count) { ++count_; }
	~CountsItsLife() { --count_; }
	int &count_;
};

} // namespace

TEST(Allocator, TheDefaultAllocatesMovesAndReleases) {
	const Allocator &allocator = *default_allocator();
	void *block = allocator.allocate(allocator.user, 10);
	ASSERT_NE(block, nullptr);
	std::memset(block, 0x5a, 10);
	block = allocator.reallocate(allocator.user, block, 10, 100000);
	ASSERT_NE(block, nullptr);
	for (size_t i = 0; i < 10; ++i) EXPECT_EQ(static_cast<unsigned char *>(block)[i], 0x5a);
	allocator.release(allocator.user, block, 100000);
	allocator.release(allocator.user, nullptr, 0);
}

TEST(Allocator, TheDefaultCanBeReplacedAndRestored) {
	FailingAllocator memory;
	const Allocator *standard = default_allocator();
	EXPECT_EQ(set_default_allocator(memory.pointer()), standard);
	EXPECT_EQ(default_allocator(), memory.pointer());
	EXPECT_EQ(set_default_allocator(standard), memory.pointer());
	const Allocator *before = set_default_allocator(nullptr);
	const Allocator *malloc_allocator = default_allocator();
	EXPECT_NE(malloc_allocator, nullptr);
	EXPECT_NE(malloc_allocator, memory.pointer());
	EXPECT_EQ(set_default_allocator(before), malloc_allocator);
	EXPECT_EQ(default_allocator(), standard);
}

TEST(Allocator, AReplacedDefaultHoldsForNewObjectsAndOldOnesKeepTheirs) {
	FailingAllocator memory;
	netpeer::ByteBuffer older;
	const Allocator *standard = set_default_allocator(memory.pointer());
	EXPECT_EQ(older.resize(100), netpeer::Error::OK);
	EXPECT_EQ(memory.requests(), 0u);
	{
		netpeer::ByteBuffer newer;
		netpeer::EnetHost host;
		EXPECT_EQ(host.init(netpeer::EnetHostConfig()), netpeer::Error::OK);
		const uint64_t of_the_host = memory.requests();
		EXPECT_GT(of_the_host, 0u);
		EXPECT_EQ(set_default_allocator(standard), memory.pointer());
		EXPECT_EQ(newer.resize(100), netpeer::Error::OK);
		EXPECT_EQ(memory.requests(), of_the_host + 1);
		EXPECT_GT(memory.live_blocks(), 1u);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(Allocator, ObjectsAreConstructedAndDestroyed) {
	FailingAllocator memory;
	int alive = 0;
	CountsItsLife *object = netpeer::allocate_object<CountsItsLife>(memory, alive);
	ASSERT_NE(object, nullptr);
	EXPECT_EQ(alive, 1);
	EXPECT_EQ(memory.live_bytes(), sizeof(CountsItsLife));
	netpeer::release_object(memory.allocator(), object);
	netpeer::release_object<CountsItsLife>(memory.allocator(), nullptr);
	EXPECT_EQ(alive, 0);
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(Allocator, NoMemoryMeansNoObject) {
	FailingAllocator memory;
	memory.fail_all(true);
	int alive = 0;
	EXPECT_EQ(netpeer::allocate_object<CountsItsLife>(memory, alive), nullptr);
	EXPECT_EQ(alive, 0);
}

TEST(FailingAllocator, FailsExactlyTheRequestItWasTold) {
	FailingAllocator memory;
	const Allocator &allocator = memory;
	memory.fail_nth(2);
	void *first = allocator.allocate(allocator.user, 8);
	EXPECT_NE(first, nullptr);
	EXPECT_EQ(allocator.reallocate(allocator.user, first, 8, 16), nullptr);
	void *moved = allocator.reallocate(allocator.user, first, 8, 16);
	EXPECT_NE(moved, nullptr);
	EXPECT_EQ(memory.requests(), 3u);
	EXPECT_EQ(memory.failures(), 1u);
	EXPECT_EQ(memory.live_bytes(), 16u);
	allocator.release(allocator.user, moved, 15);
	EXPECT_EQ(memory.size_mismatches(), 1u);
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(memory.peak_bytes(), 16u);
}
