// Wrapping 16-bit sequence numbers as types, compared by subtraction so that no edge overflows.
#pragma once

#include <cstdint>

namespace netpeer {

/// A 16-bit number that wraps.
struct Seq16 {
	uint16_t value = 0;

	constexpr Seq16() = default;
	constexpr explicit Seq16(unsigned v) : value(static_cast<uint16_t>(v)) {}
	constexpr Seq16 plus(unsigned n) const { return Seq16(value + n); }
	constexpr Seq16 minus(unsigned n) const { return Seq16(static_cast<unsigned>(value) - n); }
	constexpr Seq16 next() const { return plus(1); }
	/// How far this lies ahead of `from`, 0..65535.
	constexpr uint16_t distance_from(Seq16 from) const { return static_cast<uint16_t>(value - from.value); }
};

constexpr bool operator==(Seq16 a, Seq16 b) { return a.value == b.value; }
constexpr bool operator!=(Seq16 a, Seq16 b) { return a.value != b.value; }
/// True when `a` lies in the half circle behind `b`.
constexpr bool before(Seq16 a, Seq16 b) { return static_cast<uint16_t>(a.value - b.value) > 0x7fff; }

} // namespace netpeer
