#include "../../src/core/deadline_queue.h"

#include "../../src/core/seeded_rng.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;

namespace {

struct Timer {
	Instant deadline;
	uint32_t heap_place = DeadlineHeap<Timer>::kNotInHeap;
	uint32_t tie_break = 0;
};

class DeadlineQueueTest : public ::testing::Test {
protected:
	~DeadlineQueueTest() override {
		queue.free_memory(memory);
		EXPECT_EQ(memory.live_blocks(), 0u);
	}
	void add(Timer &timer, int64_t ms) {
		ASSERT_TRUE(queue.reserve_one(memory));
		timer.deadline = Instant::from_ms(ms);
		timer.tie_break = next++;
		queue.insert(&timer);
	}
	FailingAllocator memory;
	DeadlineQueue<Timer> queue;
	uint32_t next = 0;
};

} // namespace

TEST_F(DeadlineQueueTest, WhatComesInOrderLeavesInOrderAndEqualDeadlinesAsTheyCame) {
	Timer timers[4];
	for (int i = 0; i < 4; ++i) add(timers[i], i / 2);
	for (Timer &timer : timers) {
		EXPECT_EQ(queue.top(), &timer);
		queue.remove(&timer);
	}
	EXPECT_TRUE(queue.empty());
	EXPECT_EQ(queue.top(), nullptr);
}

TEST_F(DeadlineQueueTest, OneItemNeedsNoMemoryHoweverItMoves) {
	memory.fail_all(true);
	Timer timer;
	for (int64_t ms : {5, 3, 9}) {
		add(timer, ms);
		timer.deadline = Instant::from_ms(ms + 100);
		queue.moved(&timer);
		EXPECT_EQ(queue.top(), &timer);
		queue.remove(&timer);
	}
}

TEST_F(DeadlineQueueTest, WithoutMemoryASecondOneIsRefused) {
	Timer timer;
	add(timer, 1);
	memory.fail_all(true);
	EXPECT_FALSE(queue.reserve_one(memory));
	memory.fail_all(false);
	EXPECT_TRUE(queue.reserve_one(memory));
	queue.remove(&timer);
}

TEST_F(DeadlineQueueTest, AnyOrderOfInsertingMovingAndRemovingLeavesTheEarliestOnTop) {
	SeededRng rng(7);
	std::vector<Timer> timers(200);
	std::vector<Timer *> in, out;
	for (Timer &timer : timers) out.push_back(&timer);
	for (int step = 0; step < 20000; ++step) {
		// Mostly in order, with a drift back now and then, as resend delays have it.
		const int64_t deadline = step / 4 + static_cast<int64_t>(rng.u32() % (step % 500 < 250 ? 3 : 100));
		const uint32_t choice = rng.u32() % 5;
		if (choice < 2 && !out.empty()) {
			add(*out.back(), deadline);
			in.push_back(out.back());
			out.pop_back();
		} else if (choice < 4 && !in.empty()) {
			const size_t at = rng.u32() % in.size();
			Timer *timer = rng.u32() % 2 != 0 ? queue.top() : in[at];
			queue.remove(timer);
			in.erase(std::find(in.begin(), in.end(), timer));
			out.push_back(timer);
		} else if (!in.empty()) {
			Timer *timer = in[rng.u32() % in.size()];
			timer->deadline = Instant::from_ms(deadline);
			queue.moved(timer);
		}
		const auto earliest = std::min_element(in.begin(), in.end(), DeadlineHeap<Timer>::goes_first);
		ASSERT_EQ(queue.top(), in.empty() ? nullptr : *earliest) << "step " << step;
	}
	for (Timer *timer : in) queue.remove(timer);
}
