// Tests that stay well until a request for memory fails, each spoilt in its own way: what failing_memory_main.cpp must
// catch, and two that it must not. A program of its own, run by check_faulty.cmake.
#include "../../src/core/allocator.h"
#include "../../src/core/byte_buffer.h"
#include "../../src/core/netpeer_assert.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <thread>

using netpeer::Allocator;
using netpeer::ByteBuffer;
using netpeer::default_allocator;
using netpeer::Error;

namespace {

void *take(size_t bytes) { return default_allocator()->allocate(default_allocator()->user, bytes); }
void give_back(void *block, size_t bytes) { default_allocator()->release(default_allocator()->user, block, bytes); }

bool was_refused = false;

} // namespace

TEST(Faulty, Crashes) {
	for (int i = 0; i < 3; ++i) {
		char *volatile block = static_cast<char *>(take(8));
		*block = 'x';
		give_back(block, 8);
	}
}

TEST(Faulty, CrashesWithoutAnObject) {
	struct Object {
		volatile int number;
	};
	Object *volatile object = new (std::nothrow) Object;
	object->number = 1;
	delete object;
}

TEST(Faulty, BreaksAnInvariant) {
	void *block = take(8);
	if (block == nullptr) netpeer::report_assert("there is memory", __FILE__, __LINE__);
	give_back(block, 8);
}

TEST(Faulty, Leaks) {
	void *first = take(8);
	void *second = take(8);
	if (first != nullptr && second == nullptr) return;
	give_back(second, 8);
	give_back(first, 8);
}

TEST(Faulty, GivesBackAnotherSize) {
	void *first = take(8);
	void *second = take(8);
	give_back(first, second != nullptr ? 8 : 9);
	give_back(second, 8);
}

TEST(Faulty, Hangs) {
	ByteBuffer buffer;
	const bool refused = buffer.reserve(8) != Error::OK;
	while (refused) std::this_thread::yield();
}

TEST(Faulty, NeverRecovers) {
	ByteBuffer buffer;
	was_refused = buffer.reserve(8) != Error::OK || was_refused;
	EXPECT_FALSE(was_refused);
}

TEST(Faulty, FailsAnyway) {
	ByteBuffer buffer;
	EXPECT_EQ(buffer.reserve(8), Error::ERR_BUSY);
}

TEST(Sound, Copes) {
	ByteBuffer buffer;
	if (buffer.append(netpeer::ByteView()) != Error::OK || buffer.resize(100) != Error::OK) return;
	EXPECT_EQ(buffer.size(), 100u);
}

TEST(Sound, ExpectsWhatNeedsMemory) {
	ByteBuffer buffer;
	ASSERT_EQ(buffer.resize(100), Error::OK);
	std::unique_ptr<int> number(new (std::nothrow) int(1));
	ASSERT_NE(number, nullptr);
}
