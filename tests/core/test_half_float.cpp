// The reference is plain: a half is mantissa times a power of two, computed in double, where all of it is exact.
#include "../../src/core/half_float.h"

#include "../../src/core/seeded_rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using netpeer::float_bits_from_half_bits;
using netpeer::float_from_half;
using netpeer::half_bits_from_float_bits;
using netpeer::half_from_float;

namespace {

bool is_half_nan(uint16_t half) { return (half & 0x7c00) == 0x7c00 && (half & 0x3ff) != 0; }

double reference_value(uint16_t half) {
	const int exponent = (half >> 10) & 0x1f;
	const int mantissa = half & 0x3ff;
	double value = 0;
	if (exponent == 0x1f)
		value = std::numeric_limits<double>::infinity();
	else if (exponent == 0)
		value = std::ldexp(mantissa, -24);
	else
		value = std::ldexp(1024 + mantissa, exponent - 25);
	return (half & 0x8000) != 0 ? -value : value;
}

// The nearest value a half can have, ties to even: nearbyint() rounds so in units of the last place.
double reference_rounded(double value) {
	const double magnitude = std::fabs(value);
	const int exponent = magnitude == 0 ? -14 : std::max(-14, std::ilogb(magnitude));
	double rounded = std::ldexp(std::nearbyint(std::ldexp(magnitude, 10 - exponent)), exponent - 10);
	if (rounded >= 65536.0) rounded = std::numeric_limits<double>::infinity();
	return std::copysign(rounded, value);
}

float float_of_bits(uint32_t bits) {
	float value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

::testing::AssertionResult rounds_as_the_reference(uint32_t bits) {
	const double value = float_of_bits(bits);
	const uint16_t half = half_bits_from_float_bits(bits);
	const double expected = std::isinf(value) ? value : reference_rounded(value);
	const double got = reference_value(half);
	if (!is_half_nan(half) && got == expected && std::signbit(got) == std::signbit(expected))
		return ::testing::AssertionSuccess();
	return ::testing::AssertionFailure() << value << " became " << got << " instead of " << expected;
}

} // namespace

TEST(HalfFloat, EveryHalfHasTheValueOfTheReferenceAndComesBackTheSame) {
	for (uint32_t i = 0; i <= 0xffff; ++i) {
		const uint16_t half = static_cast<uint16_t>(i);
		if (is_half_nan(half)) continue;
		const double value = float_from_half(half);
		ASSERT_EQ(value, reference_value(half)) << i;
		ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << i;
		ASSERT_EQ(half_from_float(float_from_half(half)), half) << i;
	}
}

TEST(HalfFloat, EveryNanStaysOneWithItsPayloadMadeQuiet) {
	for (uint32_t i = 0; i <= 0xffff; ++i) {
		const uint16_t half = static_cast<uint16_t>(i);
		if (!is_half_nan(half)) continue;
		ASSERT_TRUE(std::isnan(float_from_half(half))) << i;
		ASSERT_EQ(half_bits_from_float_bits(float_bits_from_half_bits(half)), half | 0x200) << i;
	}
	// A payload in the low bits only must not turn into infinity.
	EXPECT_EQ(half_bits_from_float_bits(0x7f800001u), 0x7e00);
	EXPECT_EQ(half_bits_from_float_bits(0xff800001u), 0xfe00);
	EXPECT_EQ(half_bits_from_float_bits(0xffffffffu), 0xffff);
}

TEST(HalfFloat, TheFloatsAroundEveryHalfAndEveryTieRoundAsTheReference) {
	for (uint32_t i = 0; i < 0x7c00; ++i) {
		const double here = reference_value(static_cast<uint16_t>(i));
		const double next = i == 0x7bff ? 65536.0 : reference_value(static_cast<uint16_t>(i + 1));
		for (const double value : {here, (here + next) / 2}) {
			const float exact = static_cast<float>(value); // a half and a tie have few enough bits
			ASSERT_EQ(static_cast<double>(exact), value);
			uint32_t bits = 0;
			std::memcpy(&bits, &exact, sizeof bits);
			for (const uint32_t near : {bits, bits + 1, bits == 0 ? 0 : bits - 1}) {
				ASSERT_TRUE(rounds_as_the_reference(near));
				ASSERT_TRUE(rounds_as_the_reference(near | 0x80000000u));
			}
		}
	}
}

TEST(HalfFloat, SampledFloatsRoundAsTheReference) {
	netpeer::SeededRng random(20);
	for (int i = 0; i < 400000; ++i) {
		uint32_t bits = random.u32();
		// Three of four where halves are: exponents -26 to 17.
		if (i % 4 != 0) bits = (bits & 0x807fffffu) | ((101u + random.u32() % 44u) << 23);
		if ((bits & 0x7fffffffu) > 0x7f800000u) continue;
		ASSERT_TRUE(rounds_as_the_reference(bits)) << i;
	}
}

TEST(HalfFloat, LimitsAreWhereTheyBelong) {
	EXPECT_EQ(half_from_float(65504.0f), 0x7bff);
	EXPECT_EQ(half_from_float(65519.996f), 0x7bff);
	EXPECT_EQ(half_from_float(65520.0f), 0x7c00);
	EXPECT_EQ(half_from_float(-std::numeric_limits<float>::infinity()), 0xfc00);
	EXPECT_EQ(half_from_float(-0.0f), 0x8000);
	EXPECT_EQ(half_from_float(std::ldexp(1.0f, -24)), 0x0001);
	EXPECT_EQ(half_from_float(std::ldexp(1.0f, -25)), 0x0000); // a tie: zero is even
	EXPECT_EQ(half_from_float(std::ldexp(1.5f, -25)), 0x0001);
	EXPECT_EQ(half_from_float(-std::ldexp(1.0f, -30)), 0x8000);
}
