#include "utf8_text.h"

namespace netpeer {

namespace {

constexpr uint64_t kUtf8HighBits = 0x8080808080808080u;
constexpr uint64_t kUtf8Ones = 0x0101010101010101u;

bool is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Length of the sequence at `p`, 0 when it is malformed. The first byte is above 0x7f.
size_t sequence_bytes(const uint8_t *p, size_t left) {
	if (p[0] < 0xc2) return 0;
	if (p[0] < 0xe0) return left >= 2 && is_continuation(p[1]) ? 2 : 0;
	if (p[0] < 0xf0) {
		if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2])) return 0;
		if (p[0] == 0xe0 && p[1] < 0xa0) return 0;  // overlong
		if (p[0] == 0xed && p[1] >= 0xa0) return 0; // surrogate
		return 3;
	}
	if (p[0] > 0xf4 || left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3])) return 0;
	if (p[0] == 0xf0 && p[1] < 0x90) return 0;  // overlong
	if (p[0] == 0xf4 && p[1] >= 0x90) return 0; // above U+10FFFF
	return 4;
}

} // namespace

bool utf8_text_length(ByteView text, size_t &length) {
	size_t i = 0;
	while (i < text.size) {
		// Many at a time while they are ASCII without a zero: compilers make vector instructions of this.
		while (text.size - i >= 64) {
			uint8_t seen = 0;
			for (size_t k = 0; k < 64; ++k) {
				const uint8_t byte = text.data[i + k];
				seen = static_cast<uint8_t>(seen | byte | static_cast<uint8_t>(byte - 1));
			}
			if ((seen & 0x80) != 0) break;
			i += 64;
		}
		// Eight at a time while they are ASCII without a zero.
		while (text.size - i >= 8) {
			uint64_t word = 0;
			std::memcpy(&word, text.data + i, 8);
			if (((word | (word - kUtf8Ones)) & kUtf8HighBits) != 0) break;
			i += 8;
		}
		if (i == text.size || text.data[i] == 0) break;
		if (text.data[i] < 0x80) {
			++i;
			continue;
		}
		const size_t bytes = sequence_bytes(text.data + i, text.size - i);
		if (bytes == 0) return false;
		i += bytes;
	}
	length = i;
	return true;
}

size_t utf8_encode(uint32_t code_point, uint8_t *out) {
	const auto tail = [](uint32_t bits) { return static_cast<uint8_t>(0x80 | (bits & 0x3f)); };
	if (code_point < 0x80) {
		out[0] = static_cast<uint8_t>(code_point);
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = static_cast<uint8_t>(0xc0 | (code_point >> 6));
		out[1] = tail(code_point);
		return 2;
	}
	if (code_point < 0x10000) {
		if (code_point >= 0xd800 && code_point < 0xe000) return 0;
		out[0] = static_cast<uint8_t>(0xe0 | (code_point >> 12));
		out[1] = tail(code_point >> 6);
		out[2] = tail(code_point);
		return 3;
	}
	if (code_point > 0x10ffff) return 0;
	out[0] = static_cast<uint8_t>(0xf0 | (code_point >> 18));
	out[1] = tail(code_point >> 12);
	out[2] = tail(code_point >> 6);
	out[3] = tail(code_point);
	return 4;
}

uint32_t utf8_decode(ByteView text, size_t &length) {
	const uint8_t *p = text.data;
	const auto tail = [p](size_t i) { return static_cast<uint32_t>(p[i] & 0x3f); };
	if (p[0] < 0x80) {
		length = 1;
		return p[0];
	}
	if (p[0] < 0xe0) {
		length = 2;
		return (static_cast<uint32_t>(p[0] & 0x1f) << 6) | tail(1);
	}
	if (p[0] < 0xf0) {
		length = 3;
		return (static_cast<uint32_t>(p[0] & 0x0f) << 12) | (tail(1) << 6) | tail(2);
	}
	length = 4;
	return (static_cast<uint32_t>(p[0] & 0x07) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
}

} // namespace netpeer
