#include "../../src/tls/record_queue.h"
#include "../support/watching_allocator.h"

#include <gtest/gtest.h>

#include <string>

namespace netpeer {
namespace {

std::string front_of(const RecordQueue &queue) {
	const ByteView front = queue.front();
	return std::string(reinterpret_cast<const char *>(front.data), front.size);
}

TEST(RecordQueue, RecordsComeOutWholeAndInOrder) {
	RecordQueue queue(1000);
	EXPECT_TRUE(queue.empty());
	EXPECT_TRUE(queue.front().empty());
	queue.pop(); // harmless
	EXPECT_TRUE(queue.push(view_of("one")));
	EXPECT_TRUE(queue.push(view_of("")));
	EXPECT_TRUE(queue.push(view_of("three")));
	EXPECT_EQ(front_of(queue), "one");
	queue.pop();
	EXPECT_FALSE(queue.empty());
	EXPECT_EQ(front_of(queue), "");
	queue.pop();
	EXPECT_EQ(front_of(queue), "three");
	queue.pop();
	EXPECT_TRUE(queue.empty());
	EXPECT_EQ(queue.size_bytes(), 0u);
}

TEST(RecordQueue, BeyondTheCapNothingChanges) {
	RecordQueue queue(20);
	EXPECT_TRUE(queue.push(view_of("0123456789")));
	EXPECT_FALSE(queue.push(view_of("0123456")));
	EXPECT_EQ(queue.push_space(SIZE_MAX).data, nullptr);
	EXPECT_EQ(queue.size_bytes(), 14u);
	EXPECT_TRUE(queue.push(view_of("01")));
	queue.pop();
	EXPECT_TRUE(queue.push(view_of("0123456789"))) << "the room of what was taken";
	EXPECT_EQ(front_of(queue), "01");
}

TEST(RecordQueue, ASpaceThatWasNotWrittenIsTakenBack) {
	RecordQueue queue(1000);
	ASSERT_NE(queue.push_space(7).data, nullptr);
	queue.take_back(7);
	EXPECT_TRUE(queue.empty());
	ASSERT_TRUE(queue.push(view_of("one")));
	ASSERT_TRUE(queue.push(view_of("two")));
	queue.pop();
	ASSERT_NE(queue.push_space(7).data, nullptr);
	queue.take_back(7);
	EXPECT_EQ(front_of(queue), "two");
	ASSERT_TRUE(queue.push(view_of("three")));
	queue.pop();
	EXPECT_EQ(front_of(queue), "three");
	queue.pop();
	ASSERT_NE(queue.push_space(7).data, nullptr);
	queue.take_back(7);
	EXPECT_TRUE(queue.empty());
}

TEST(RecordQueue, NothingOfTheRecordsComesBackToTheAllocator) {
	WatchingAllocator memory;
	{
		RecordQueue queue(10000);
		for (int i = 0; i < 500; ++i) ASSERT_TRUE(queue.push(view_of("decrypted")));
		EXPECT_GT(memory.blocks, 3) << "it has grown";
		EXPECT_EQ(memory.dirty_blocks, 0);
	}
	EXPECT_EQ(memory.dirty_blocks, 0);
}

} // namespace
} // namespace netpeer
