#include "../../src/core/byte_buffer.h"

#include "../support/failing_allocator.h"
#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <utility>

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::view_of;
using netpeer_test::bytes_to_hex;
using netpeer_test::FailingAllocator;

TEST(ByteBuffer, StartsEmptyWithoutMemory) {
	FailingAllocator memory;
	const ByteBuffer buffer(memory.pointer());
	EXPECT_TRUE(buffer.empty());
	EXPECT_EQ(buffer.capacity(), 0u);
	EXPECT_EQ(memory.requests(), 0u);
}

TEST(ByteBuffer, AppendsKeepTheirOrder) {
	ByteBuffer buffer;
	std::string expected;
	for (int i = 0; i < 500; ++i) {
		const std::string part = std::to_string(i);
		ASSERT_EQ(buffer.append(view_of(part.c_str())), Error::OK);
		expected += part;
	}
	EXPECT_TRUE(buffer.view() == view_of(expected.c_str()));
}

TEST(ByteBuffer, ExtendingKeepsTheFrontAndTheCap) {
	ByteBuffer buffer(netpeer::default_allocator(), 6);
	ASSERT_EQ(buffer.append(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.extend(3), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.extend(SIZE_MAX), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.size(), 4u);
	ASSERT_EQ(buffer.extend(2), Error::OK);
	EXPECT_EQ(buffer.size(), 6u);
	EXPECT_TRUE(buffer.view().first(4) == view_of("abcd"));
}

TEST(ByteBuffer, GrowingIsZeroFilledAndCuttingKeepsTheFront) {
	ByteBuffer buffer;
	ASSERT_EQ(buffer.append(view_of("abcd")), Error::OK);
	ASSERT_EQ(buffer.resize(2), Error::OK);
	ASSERT_EQ(buffer.resize(5), Error::OK);
	EXPECT_EQ(bytes_to_hex(buffer.view()), "6162000000");
}

TEST(ByteBuffer, FailedGrowthChangesNothing) {
	FailingAllocator memory;
	{
		ByteBuffer buffer(memory.pointer());
		memory.fail_all(true);
		EXPECT_EQ(buffer.append(view_of("x")), Error::ERR_OUT_OF_MEMORY);
		EXPECT_TRUE(buffer.empty());
		memory.fail_all(false);
		ASSERT_EQ(buffer.append(view_of("hello")), Error::OK);
		memory.fail_all(true);
		const std::string big(1000, 'z');
		EXPECT_EQ(buffer.append(view_of(big.c_str())), Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(buffer.resize(1000), Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(buffer.reserve(1000), Error::ERR_OUT_OF_MEMORY);
		EXPECT_TRUE(buffer.view() == view_of("hello"));
		EXPECT_EQ(buffer.resize(3), Error::OK);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(ByteBuffer, EveryAllocationMayFailOnceAndTheNextTryWorks) {
	for (uint64_t nth = 1; nth < 12; ++nth) {
		FailingAllocator memory;
		{
			ByteBuffer buffer(memory.pointer());
			memory.fail_nth(nth);
			std::string expected;
			for (int i = 0; i < 2000; ++i) {
				const char text[2] = {static_cast<char>('a' + i % 26), '\0'};
				Error error = buffer.append(view_of(text));
				if (error != Error::OK) {
					ASSERT_EQ(error, Error::ERR_OUT_OF_MEMORY);
					error = buffer.append(view_of(text));
				}
				ASSERT_EQ(error, Error::OK);
				expected += text;
			}
			EXPECT_TRUE(buffer.view() == view_of(expected.c_str()));
		}
		EXPECT_EQ(memory.live_bytes(), 0u);
	}
}

TEST(ByteBuffer, TheCapIsReachedExactlyAndNeverPassed) {
	FailingAllocator memory;
	ByteBuffer buffer(memory.pointer(), 100);
	ASSERT_EQ(buffer.resize(99), Error::OK);
	EXPECT_EQ(buffer.append(view_of("ab")), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.append(view_of("a")), Error::OK);
	EXPECT_EQ(buffer.size(), 100u);
	EXPECT_LE(buffer.capacity(), 100u);
	EXPECT_LE(memory.live_bytes(), 100u);
	EXPECT_EQ(buffer.resize(101), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.reserve(SIZE_MAX), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.max_bytes(), 100u);
}

TEST(ByteBuffer, ACapOfZeroHoldsNothing) {
	ByteBuffer buffer(netpeer::default_allocator(), 0);
	EXPECT_EQ(buffer.append(ByteView()), Error::OK);
	EXPECT_EQ(buffer.append(view_of("a")), Error::ERR_OUT_OF_MEMORY);
}

TEST(ByteBuffer, SizesThatOverflowAreRefused) {
	ByteBuffer buffer;
	ASSERT_EQ(buffer.append(view_of("abc")), Error::OK);
	EXPECT_EQ(buffer.append(ByteView(buffer.data(), SIZE_MAX - 1)), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(buffer.view() == view_of("abc"));
}

TEST(ByteBuffer, MayAppendItself) {
	ByteBuffer buffer;
	ASSERT_EQ(buffer.append(view_of("0123456789")), Error::OK);
	for (int i = 0; i < 6; ++i) ASSERT_EQ(buffer.append(buffer.view()), Error::OK);
	ASSERT_EQ(buffer.size(), 640u);
	for (size_t i = 0; i < buffer.size(); ++i) ASSERT_EQ(buffer.data()[i], '0' + i % 10);
}

TEST(ByteBuffer, RemovingTheFrontKeepsTheRest) {
	ByteBuffer buffer;
	ASSERT_EQ(buffer.append(view_of("abcdef")), Error::OK);
	buffer.remove_front(0);
	buffer.remove_front(2);
	EXPECT_TRUE(buffer.view() == view_of("cdef"));
	buffer.remove_front(100);
	EXPECT_TRUE(buffer.empty());
}

TEST(ByteBuffer, MovingTakesTheMemoryAndLeavesAnEmptyBuffer) {
	FailingAllocator memory;
	{
		ByteBuffer a(memory.pointer(), 500);
		ASSERT_EQ(a.append(view_of("abc")), Error::OK);
		ByteBuffer b(std::move(a));
		EXPECT_TRUE(a.empty());
		EXPECT_EQ(a.capacity(), 0u);
		ASSERT_EQ(a.append(view_of("new")), Error::OK);
		EXPECT_TRUE(b.view() == view_of("abc"));
		ByteBuffer c;
		ASSERT_EQ(c.append(view_of("old")), Error::OK);
		c = std::move(b);
		EXPECT_TRUE(c.view() == view_of("abc"));
		EXPECT_EQ(c.max_bytes(), 500u);
		c.clear();
		EXPECT_GT(c.capacity(), 0u);
		c.free_memory();
		EXPECT_EQ(c.capacity(), 0u);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}
