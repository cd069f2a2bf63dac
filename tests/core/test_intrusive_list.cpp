// Moving items between lists: IntrusiveList::move_front().
#include "../../src/core/intrusive_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace netpeer {
namespace {

struct Numbered {
	int number = 0;
	ListHook<Numbered> link;
};
using NumberedList = IntrusiveList<Numbered, &Numbered::link, false>;

// What a walk forward finds, or an empty answer if a walk back does not find the same.
std::vector<int> numbers_in(const NumberedList &list) {
	std::vector<int> forward;
	for (const Numbered *item = list.front(); item != nullptr; item = NumberedList::next_of(item)) {
		forward.push_back(item->number);
	}
	size_t left = forward.size();
	for (const Numbered *item = list.back(); item != nullptr; item = item->link.prev) {
		if (left == 0 || forward[--left] != item->number) return {};
	}
	return left == 0 ? forward : std::vector<int>{};
}

struct IntrusiveListMoves : ::testing::Test {
	Numbered items[4];
	NumberedList from, to;
	void SetUp() override {
		for (int i = 0; i < 4; ++i) {
			items[i].number = i;
			(i == 0 ? to : from).push_back(&items[i]);
		}
	}
};

TEST_F(IntrusiveListMoves, SomeOfTheFirstItemsGoBehindWhatTheOtherListHas) {
	from.move_front(&items[2], to);
	EXPECT_EQ(numbers_in(to), (std::vector<int>{0, 1, 2}));
	EXPECT_EQ(numbers_in(from), (std::vector<int>{3}));
}

TEST_F(IntrusiveListMoves, AllItemsLeaveAnEmptyListBehind) {
	from.move_front(&items[3], to);
	EXPECT_EQ(numbers_in(to), (std::vector<int>{0, 1, 2, 3}));
	EXPECT_TRUE(from.empty());
	EXPECT_EQ(from.back(), nullptr);
}

TEST_F(IntrusiveListMoves, AnEmptyListTakesItemsThatCanBeRemovedFromIt) {
	to.remove(&items[0]);
	from.move_front(&items[2], to);
	EXPECT_EQ(numbers_in(to), (std::vector<int>{1, 2}));
	to.remove(&items[1]);
	EXPECT_EQ(numbers_in(to), (std::vector<int>{2}));
	EXPECT_FALSE(NumberedList::is_linked(&items[1]));
}

} // namespace
} // namespace netpeer
