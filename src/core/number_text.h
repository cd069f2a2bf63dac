// Numbers and their decimal text, the same in every locale.
#pragma once

#include "bytes.h"

namespace netpeer {

constexpr size_t kNumberTextBytes = 40;

/// The shortest text that reads back as the same number; never INF or NAN. Returns its length.
size_t print_double(double value, char (&out)[kNumberTextBytes]);
/// The same for a 32-bit float read back by parse_decimal() and narrow_to_float().
size_t print_float(float value, char (&out)[kNumberTextBytes]);

/// Reads all of `text`, digits with at most one '.' and one exponent, no sign. False when it is not that or longer than
/// 512 bytes.
bool parse_decimal(ByteView text, double &value);

/// narrow_to_float() for what is beyond the largest float.
float narrow_beyond_float(double value);

/// To the nearest float; infinite above the largest. (The cast itself is undefined there.)
inline float narrow_to_float(double value) {
	const double largest = 3.4028234663852886e38;
	return value > largest || value < -largest ? narrow_beyond_float(value) : static_cast<float>(value);
}

} // namespace netpeer
