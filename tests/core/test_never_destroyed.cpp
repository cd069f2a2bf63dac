#include "../../src/core/never_destroyed.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace {

struct CountsItsEnds {
	CountsItsEnds() { ++begun; }
	virtual ~CountsItsEnds() { ++ended; }
	static inline int begun = 0;
	static inline int ended = 0;
	int value = 7;
};

} // namespace

TEST(NeverDestroyed, ItsObjectIsMadeOnceAndOutlivesIt) {
	static_assert(
	        std::is_trivially_destructible<netpeer::NeverDestroyed<CountsItsEnds>>::value, "nothing runs at exit");
	{
		netpeer::NeverDestroyed<CountsItsEnds> one;
		EXPECT_EQ(one.get().value, 7);
		EXPECT_EQ(&one.get(), &one.get());
	}
	EXPECT_EQ(CountsItsEnds::begun, 1);
	EXPECT_EQ(CountsItsEnds::ended, 0);
}
