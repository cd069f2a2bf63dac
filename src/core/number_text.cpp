#include "number_text.h"

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace netpeer {

namespace {

constexpr size_t kLongestDecimal = 512;

bool is_number_byte(char c) { return (c >= '0' && c <= '9') || c == 'e' || c == '+' || c == '-'; }

// What the locale puts between digits becomes one '.'.
size_t unlocalize(char *text) {
	size_t out = 0;
	bool in_point = false;
	for (const char *c = text; *c != '\0'; ++c) {
		if (is_number_byte(*c)) {
			text[out++] = *c;
			in_point = false;
		} else if (!in_point) {
			text[out++] = '.';
			in_point = true;
		}
	}
	text[out] = '\0';
	return out;
}

ByteView positive(const char *text, size_t length) {
	const ByteView all(reinterpret_cast<const uint8_t *>(text), length);
	return length != 0 && text[0] == '-' ? all.after(1) : all;
}

template <class T> size_t print_shortest(T value, int digits, int most_digits, char (&out)[kNumberTextBytes]) {
	size_t length = 0;
	for (; digits <= most_digits; ++digits) {
		(void)std::snprintf(out, kNumberTextBytes, "%.*g", digits, static_cast<double>(value));
		length = unlocalize(out);
		double back = 0;
		if (!parse_decimal(positive(out, length), back)) continue;
		if (out[0] == '-') back = -back;
		if (sizeof(T) == sizeof(float) ? narrow_to_float(back) == static_cast<float>(value)
		                               : back == static_cast<double>(value))
			break;
	}
	return length;
}

} // namespace

size_t print_double(double value, char (&out)[kNumberTextBytes]) { return print_shortest(value, 15, 17, out); }

size_t print_float(float value, char (&out)[kNumberTextBytes]) { return print_shortest(value, 6, 9, out); }

bool parse_decimal(ByteView text, double &value) {
	if (text.size == 0 || text.size > kLongestDecimal) return false;
	char point[16];
	(void)std::snprintf(point, sizeof(point), "%.1f", 1.5); // "1.5", or with what the locale has for a point
	point[std::strlen(point) - 1] = '\0';
	char copy[kLongestDecimal + sizeof(point) + 1];
	size_t size = 0;
	bool digits = false, pointed = false, exponent = false;
	for (size_t i = 0; i < text.size; ++i) {
		const char c = static_cast<char>(text[i]);
		if (c >= '0' && c <= '9') {
			digits = true;
			copy[size++] = c;
		} else if (c == '.' && !pointed && !exponent) {
			pointed = true;
			std::memcpy(copy + size, point + 1, std::strlen(point + 1));
			size += std::strlen(point + 1);
		} else if ((c == 'e' || c == 'E') && digits && !exponent) {
			exponent = true;
			digits = false; // there must be some behind it
			copy[size++] = c;
			if (i + 1 < text.size && (text[i + 1] == '+' || text[i + 1] == '-'))
				copy[size++] = static_cast<char>(text[++i]);
		} else {
			return false;
		}
	}
	if (!digits) return false;
	copy[size] = '\0';
	char *end = nullptr;
	value = std::strtod(copy, &end);
	return end == copy + size;
}

float narrow_beyond_float(double wide) {
	const double limit = 3.4028235677973366e38; // FLT_MAX and half a step: what lies below rounds to FLT_MAX
	if (wide >= limit || wide <= -limit) return wide > 0 ? HUGE_VALF : -HUGE_VALF;
	return wide > 0 ? FLT_MAX : -FLT_MAX;
}

} // namespace netpeer
