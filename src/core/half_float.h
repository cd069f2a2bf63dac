// IEEE 754 binary16 to and from binary32, in integers: the same bits on every processor and in every rounding mode.
#pragma once

#include <cstdint>
#include <cstring>

namespace netpeer {

/// Nearest half, ties to the even one; 65520 and more become infinity, below the smallest subnormal's half zero with the
/// sign kept. A NaN stays one (made quiet) with the upper bits of its payload.
constexpr uint16_t half_bits_from_float_bits(uint32_t bits) {
	const uint32_t sign = (bits >> 16) & 0x8000u;
	const uint32_t magnitude = bits & 0x7fffffffu;
	uint32_t half = 0;
	if (magnitude > 0x7f800000u) {
		half = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
	} else if (magnitude >= 0x477ff000u) { // 65520: half way between the largest half and what would be the next
		half = 0x7c00u;
	} else if (magnitude >= 0x38800000u) { // 2^-14: the smallest normal half
		const uint32_t rebiased = magnitude - ((127u - 15u) << 23);
		half = (rebiased + 0xfffu + ((rebiased >> 13) & 1u)) >> 13; // a carry into the exponent is what it should be
	} else if (magnitude > 0x33000000u) { // 2^-25 is a tie between zero and the smallest subnormal: zero is even
		const uint32_t significand = (magnitude & 0x7fffffu) | 0x800000u;
		const uint32_t shift = 126u - (magnitude >> 23); // 14..24: to units of 2^-24
		const uint32_t rest = significand & ((1u << shift) - 1u);
		const uint32_t tie = 1u << (shift - 1u);
		half = significand >> shift;
		if (rest > tie || (rest == tie && (half & 1u) != 0)) ++half;
	}
	return static_cast<uint16_t>(sign | half);
}

/// Exact. A NaN stays one (made quiet) with its payload.
constexpr uint32_t float_bits_from_half_bits(uint16_t half) {
	const uint32_t sign = (half & 0x8000u) << 16;
	uint32_t exponent = (half >> 10) & 0x1fu;
	uint32_t mantissa = half & 0x3ffu;
	if (exponent == 0x1f) return sign | 0x7f800000u | (mantissa != 0 ? 0x400000u | (mantissa << 13) : 0u);
	if (exponent == 0) {
		if (mantissa == 0) return sign;
		for (exponent = 1; (mantissa & 0x400u) == 0; --exponent) mantissa <<= 1; // may wrap below 0: added up below
		mantissa &= 0x3ffu;
	}
	return sign | ((exponent + (127u - 15u)) << 23) | (mantissa << 13);
}

static_assert(half_bits_from_float_bits(0x40490fdbu) == 0x4248, "pi is 3.140625");
static_assert(float_bits_from_half_bits(0x0001) == 0x33800000u, "the smallest subnormal is 2^-24");

inline uint16_t half_from_float(float value) {
	static_assert(sizeof(float) == sizeof(uint32_t), "float is IEEE 754 binary32");
	uint32_t bits = 0;
	std::memcpy(&bits, &value, sizeof bits);
	return half_bits_from_float_bits(bits);
}

inline float float_from_half(uint16_t half) {
	const uint32_t bits = float_bits_from_half_bits(half);
	float value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

} // namespace netpeer
