// Hexadecimal text to bytes and back, for test vectors.
#pragma once

#include "../../src/core/bytes.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace netpeer_test {

/// Reads pairs of hexadecimal digits; blanks, line ends, ':' and '-' between pairs are skipped. Anything else, or half
/// a pair, is a mistake in the test and ends the program.
inline std::vector<uint8_t> hex_to_bytes(const std::string &text) {
	const auto digit = [](char c) -> int {
		if (c >= '0' && c <= '9') return c - '0';
		if (c >= 'a' && c <= 'f') return c - 'a' + 10;
		if (c >= 'A' && c <= 'F') return c - 'A' + 10;
		return -1;
	};
	std::vector<uint8_t> bytes;
	size_t i = 0;
	while (i < text.size()) {
		const char c = text[i];
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':' || c == '-') {
			++i;
			continue;
		}
		const int high = digit(c);
		const int low = i + 1 < text.size() ? digit(text[i + 1]) : -1;
		if (high < 0 || low < 0) {
			std::fprintf(stderr, "hex_to_bytes: not hexadecimal at offset %zu: \"%s\"\n", i, text.c_str());
			std::abort();
		}
		bytes.push_back(static_cast<uint8_t>(high * 16 + low));
		i += 2;
	}
	return bytes;
}

/// Lower case, no separators.
inline std::string bytes_to_hex(netpeer::ByteView bytes) {
	static const char digits[] = "0123456789abcdef";
	std::string text;
	text.reserve(bytes.size * 2);
	for (size_t i = 0; i < bytes.size; ++i) {
		text += digits[bytes[i] >> 4];
		text += digits[bytes[i] & 15];
	}
	return text;
}

inline netpeer::ByteView view_of_bytes(const std::vector<uint8_t> &bytes) {
	return netpeer::ByteView(bytes.data(), bytes.size());
}

inline std::string bytes_to_hex(const std::vector<uint8_t> &bytes) { return bytes_to_hex(view_of_bytes(bytes)); }

} // namespace netpeer_test
