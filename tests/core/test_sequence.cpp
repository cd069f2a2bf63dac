#include "../../src/core/sequence.h"

#include <gtest/gtest.h>

using netpeer::before;
using netpeer::Seq16;

TEST(Seq16, WrapsInBothDirections) {
	EXPECT_EQ(Seq16(0xffff).next(), Seq16(0));
	EXPECT_EQ(Seq16(0).minus(1), Seq16(0xffff));
	EXPECT_EQ(Seq16(0xfff0).plus(0x20), Seq16(0x10));
	EXPECT_EQ(Seq16(0x10).minus(0x20), Seq16(0xfff0));
	EXPECT_EQ(Seq16(70000), Seq16(70000 - 65536));
}

TEST(Seq16, DistanceIsMeasuredForwards) {
	EXPECT_EQ(Seq16(5).distance_from(Seq16(5)), 0u);
	EXPECT_EQ(Seq16(2).distance_from(Seq16(0xfffe)), 4u);
	EXPECT_EQ(Seq16(0xfffe).distance_from(Seq16(2)), 0xfffcu);
}

TEST(Seq16, BeforeIsDecidedByTheShorterWay) {
	EXPECT_TRUE(before(Seq16(1), Seq16(2)));
	EXPECT_FALSE(before(Seq16(2), Seq16(1)));
	EXPECT_FALSE(before(Seq16(7), Seq16(7)));
	EXPECT_TRUE(before(Seq16(0xffff), Seq16(0)));
	EXPECT_FALSE(before(Seq16(0), Seq16(0xffff)));
	EXPECT_TRUE(before(Seq16(0), Seq16(0x7fff)));
	EXPECT_TRUE(before(Seq16(0), Seq16(0x8000)));
	EXPECT_FALSE(before(Seq16(0), Seq16(0x8001)));
}

TEST(Seq16, ExactlyOneOfTwoDifferentNumbersIsBeforeExceptOpposite) {
	for (unsigned start : {0u, 1u, 0x7fffu, 0x8000u, 0xffffu}) {
		for (unsigned step = 1; step < 0x10000; ++step) {
			const Seq16 a(start);
			const Seq16 b = a.plus(step);
			if (step == 0x8000)
				ASSERT_TRUE(before(a, b) && before(b, a));
			else
				ASSERT_NE(before(a, b), before(b, a)) << start << " " << step;
		}
	}
}
