// A block is a sequence of instructions, the first of them literals. The top three bits of an opcode:
//
//   0      [v + 1 literals]                       1..6   copy t + 2 bytes from v * 256 + next byte + 1 behind
//   7      a longer copy: level 1 has one more length byte, level 2 has as many as are 255 and one that is not
//
// Level 2 marks distances from 8192 on by the distance 8192 and two more bytes. The level is in the top bits of the
// first opcode, which would be 0 otherwise.
#include "fastlz_codec.h"

#include <cstring>

namespace netpeer {

namespace {

constexpr unsigned kFastLzHashBits = 13;
constexpr size_t kFastLzTableBytes = sizeof(uint32_t) << kFastLzHashBits;
constexpr size_t kFastLzInputMost = size_t{1} << 30;
constexpr size_t kFastLzLevelTwoFrom = 65536;
constexpr size_t kFastLzNear = 8191;        // distances up to here fit the short form of both levels
constexpr size_t kFastLzFar = 8191 + 65535; // level 2
constexpr size_t kFastLzFarMatchLeast = 5;  // shorter ones cost as much as they save
constexpr size_t kFastLzRun = 32;           // literals of one instruction
constexpr size_t kFastLzMatchLeast = 4;     // three bytes between literals cost as much as three literals
constexpr size_t kFastLzMatchMost = 264;    // level 1
constexpr size_t kFastLzSearchEnd = 12;     // no match begins so close to the end; lets loads of 8 bytes go unchecked
constexpr size_t kFastLzLiteralEnd = 4;     // and none reaches into these: a block ends with literals
constexpr unsigned kFastLzPatience = 6;     // after 2^6 misses the search takes longer steps

inline uint32_t fastlz_load32(const uint8_t *p) {
	return uint32_t{p[0]} | (uint32_t{p[1]} << 8) | (uint32_t{p[2]} << 16) | (uint32_t{p[3]} << 24);
}
inline uint64_t fastlz_load64(const uint8_t *p) {
	return uint64_t{fastlz_load32(p)} | (uint64_t{fastlz_load32(p + 4)} << 32);
}
inline uint32_t fastlz_slot(uint32_t key) { return (key * 2654435769u) >> (32 - kFastLzHashBits); }

// How many of the bytes before `end` are the same from `a` and `b`.
inline size_t fastlz_equal(const uint8_t *a, const uint8_t *b, const uint8_t *end) {
	const uint8_t *const start = b;
	while (b + 8 <= end) {
		const uint64_t differs = fastlz_load64(a) ^ fastlz_load64(b);
		if (differs != 0) {
#if defined(__GNUC__)
			return static_cast<size_t>(b - start) + (static_cast<size_t>(__builtin_ctzll(differs)) >> 3);
#else
			break;
#endif
		}
		a += 8;
		b += 8;
	}
	while (b < end && *a == *b) ++a, ++b;
	return static_cast<size_t>(b - start);
}

class FastLzWriter {
public:
	explicit FastLzWriter(MutBytes out) : begin_(out.data), at_(out.data), end_(out.data + out.size) {}

	// `readable`: how many bytes from `from` on may be read.
	bool literals(const uint8_t *from, size_t count, size_t readable) {
		while (count > 0) {
			const size_t run = count < kFastLzRun ? count : kFastLzRun;
			const size_t room = static_cast<size_t>(end_ - at_);
			if (room < 1 + run) return false;
			*at_++ = static_cast<uint8_t>(run - 1);
			if (room > kFastLzRun && readable >= kFastLzRun) {
				std::memcpy(at_, from, kFastLzRun); // more than is meant: a copy of fixed size is quick
			} else {
				std::memcpy(at_, from, run);
			}
			at_ += run;
			from += run;
			readable -= run;
			count -= run;
		}
		return true;
	}
	// A copy of `length` >= 3 from `distance` behind.
	template <bool kLevelTwo> bool match(size_t length, size_t distance) {
		const size_t extensions = kLevelTwo && length > 8 ? (length - 9) / 255 : 0;
		if (static_cast<size_t>(end_ - at_) < 5 + extensions + (kLevelTwo ? 0 : 3 * (length / 262))) return false;
		const bool far = kLevelTwo && distance > kFastLzNear;
		size_t code = far ? distance - kFastLzNear - 1 : distance - 1;
		const uint8_t high = static_cast<uint8_t>(far ? 31 : code >> 8);
		while (!kLevelTwo && length > kFastLzMatchMost) {
			// 262, so that at least three remain.
			*at_++ = static_cast<uint8_t>(0xe0 | high);
			*at_++ = 253;
			*at_++ = static_cast<uint8_t>(code);
			length -= 262;
		}
		if (length <= 8) {
			*at_++ = static_cast<uint8_t>(((length - 2) << 5) | high);
		} else {
			*at_++ = static_cast<uint8_t>(0xe0 | high);
			size_t rest = length - 9;
			for (; kLevelTwo && rest >= 255; rest -= 255) *at_++ = 255;
			*at_++ = static_cast<uint8_t>(rest);
		}
		if (far) {
			*at_++ = 255;
			*at_++ = static_cast<uint8_t>(code >> 8);
		}
		*at_++ = static_cast<uint8_t>(code);
		return true;
	}
	size_t size() const { return static_cast<size_t>(at_ - begin_); }

private:
	uint8_t *begin_;
	uint8_t *at_;
	uint8_t *end_;
};

// `table` holds `base` plus the position where a key was last seen; what is below `base` is of earlier calls.
template <bool kLevelTwo> size_t fastlz_encode(uint32_t *table, uint32_t base, ByteView in, MutBytes out) {
	FastLzWriter writer(out);
	const uint8_t *const data = in.data;
	size_t anchor = 0; // literals from here on are still to be written
	size_t at = 1;     // a block begins with a literal
	if (in.size > kFastLzSearchEnd) {
		const size_t limit = in.size - kFastLzSearchEnd;
		const uint8_t *const bound = data + in.size - kFastLzLiteralEnd;
		table[fastlz_slot(fastlz_load32(data))] = base;
		while (at < limit) {
			const uint32_t key = fastlz_load32(data + at);
			uint32_t &entry = table[fastlz_slot(key)];
			const uint32_t seen = entry - base; // huge, if of an earlier call
			entry = base + static_cast<uint32_t>(at);
			const size_t distance = at - seen;
			if (seen >= at || distance > (kLevelTwo ? kFastLzFar : kFastLzNear) || fastlz_load32(data + seen) != key) {
				at += 1 + ((at - anchor) >> kFastLzPatience);
				continue;
			}
			const size_t length = kFastLzMatchLeast +
			                      fastlz_equal(data + seen + kFastLzMatchLeast, data + at + kFastLzMatchLeast, bound);
			if (kLevelTwo && distance > kFastLzNear && length < kFastLzFarMatchLeast) {
				++at;
				continue;
			}
			if (!writer.literals(data + anchor, at - anchor, in.size - anchor)) return 0;
			if (!writer.match<kLevelTwo>(length, distance)) return 0;
			at += length;
			anchor = at;
			if (at >= limit) break;
			table[fastlz_slot(fastlz_load32(data + at - 2))] = base + static_cast<uint32_t>(at - 2);
			table[fastlz_slot(fastlz_load32(data + at - 1))] = base + static_cast<uint32_t>(at - 1);
		}
	}
	if (!writer.literals(data + anchor, in.size - anchor, in.size - anchor)) return 0;
	if (kLevelTwo) out.data[0] |= 1 << 5;
	return writer.size();
}

// Copies inside the output, up to 16 bytes more than is meant.
inline void fastlz_copy_match_quickly(uint8_t *to, size_t distance, size_t length) {
	const uint8_t *from = to - distance;
	uint8_t *const end = to + length;
	if (distance >= 16) {
		do {
			std::memcpy(to, from, 16);
			to += 16;
			from += 16;
		} while (to < end);
		return;
	}
	if (distance < 8) {
		// Eight bytes of the pattern, then on from a multiple of the distance that is at least eight.
		for (unsigned i = 0; i < 8; ++i) to[i] = from[i];
		static constexpr uint8_t kPeriods[8] = {0, 8, 8, 9, 8, 10, 12, 14};
		to += 8;
		from = to - kPeriods[distance];
	}
	for (; to < end; to += 8, from += 8) std::memcpy(to, from, 8);
}

struct FastLzReader {
	const uint8_t *at; // behind the opcode
	const uint8_t *end;
	uint8_t *to;
	uint8_t *begin;
	uint8_t *stop;
	unsigned code; // the opcode
};

constexpr size_t kFastLzSlackIn = 1 + kFastLzRun + 8;   // a run, and a match but for further length bytes
constexpr size_t kFastLzSlackOut = kFastLzRun + 8 + 16; // a run, and a short match with what is written too much
constexpr unsigned kFastLzLong = 7u << 5;               // opcodes from here on have length bytes

// Instructions while what they may read and write is there without looking. False: malformed.
template <bool kLevelTwo> inline bool fastlz_decode_quickly(FastLzReader &reader) {
	FastLzReader r = reader; // a copy nobody knows of stays in registers
	if (static_cast<size_t>(r.end - r.at) < kFastLzSlackIn || static_cast<size_t>(r.stop - r.to) < kFastLzSlackOut) {
		return true;
	}
	const uint8_t *const last_in = r.end - kFastLzSlackIn;
	uint8_t *const last_out = r.stop - kFastLzSlackOut;
	while (r.at <= last_in && r.to <= last_out) {
		if (r.code < kFastLzRun) {
			std::memcpy(r.to, r.at, kFastLzRun); // more than is meant: a copy of fixed size is quick
			r.at += r.code + 1;
			r.to += r.code + 1;
			r.code = *r.at++;
			if (r.code < kFastLzRun) continue;
		}
		const uint8_t *at = r.at;
		size_t length = (r.code >> 5) + 2;
		if (r.code >= kFastLzLong) {
			length += *at++;
			if (static_cast<size_t>(r.stop - r.to) < length + 16 || (kLevelTwo && length == 9 + 255)) break;
		}
		size_t distance = ((r.code & 31u) << 8) + *at++ + 1u;
		if (kLevelTwo && distance == 8192) {
			distance += (static_cast<size_t>(at[0]) << 8) + at[1];
			at += 2;
		}
		if (distance > static_cast<size_t>(r.to - r.begin)) return false;
		fastlz_copy_match_quickly(r.to, distance, length);
		r.to += length;
		r.code = *at;
		r.at = at + 1;
	}
	reader = r;
	return true;
}

// One instruction, not one byte more than is there. False: malformed.
template <bool kLevelTwo> bool fastlz_decode_carefully(FastLzReader &r) {
	const size_t left = static_cast<size_t>(r.end - r.at);
	const size_t room = static_cast<size_t>(r.stop - r.to);
	if (r.code < kFastLzRun) {
		const size_t run = r.code + 1;
		if (run > left || run > room) return false;
		std::memcpy(r.to, r.at, run);
		r.at += run;
		r.to += run;
		return true;
	}
	if (left < 1) return false;
	size_t length = (r.code >> 5) + 2;
	if (length == 9) {
		uint8_t more = *r.at++;
		length += more;
		while (kLevelTwo && more == 255) {
			if (r.at == r.end || length > room) return false;
			more = *r.at++;
			length += more;
		}
		if (r.at == r.end) return false;
	}
	size_t distance = ((r.code & 31u) << 8) + *r.at++ + 1u;
	if (kLevelTwo && distance == 8192) {
		if (r.end - r.at < 2) return false;
		distance += (static_cast<size_t>(r.at[0]) << 8) + r.at[1];
		r.at += 2;
	}
	if (distance > static_cast<size_t>(r.to - r.begin) || length > room) return false;
	if (room >= length + 16) {
		fastlz_copy_match_quickly(r.to, distance, length);
	} else {
		const uint8_t *const from = r.to - distance;
		for (size_t i = 0; i < length; ++i) r.to[i] = from[i];
	}
	r.to += length;
	return true;
}

template <bool kLevelTwo> size_t fastlz_decode(ByteView in, MutBytes out) {
	FastLzReader reader = {in.data + 1, in.data + in.size, out.data, out.data, out.data + out.size, in[0] & 31u};
	for (;;) {
		if (!fastlz_decode_quickly<kLevelTwo>(reader)) return 0;
		if (!fastlz_decode_carefully<kLevelTwo>(reader)) return 0;
		if (reader.at == reader.end) return static_cast<size_t>(reader.to - reader.begin);
		reader.code = *reader.at++;
	}
}

} // namespace

FastLzCodec::FastLzCodec(const Allocator *allocator, FastLzLevel level) :
        allocator_(allocator != nullptr ? *allocator : *default_allocator()), level_(level) {}

FastLzCodec::~FastLzCodec() {
	if (table_ != nullptr) allocator_.release(allocator_.user, table_, kFastLzTableBytes);
}

Error FastLzCodec::init() {
	if (table_ != nullptr) return Error::OK;
	table_ = static_cast<uint32_t *>(allocator_.allocate(allocator_.user, kFastLzTableBytes));
	if (table_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	std::memset(table_, 0, kFastLzTableBytes);
	base_ = 1;
	return Error::OK;
}

size_t FastLzCodec::compress(ByteView in, MutBytes out) {
	if (table_ == nullptr || in.empty() || in.size > kFastLzInputMost || out.size == 0) return 0;
	if (base_ > 0xffffffffu - 2 * kFastLzInputMost) { // once in gigabytes; in between the table is never cleared
		std::memset(table_, 0, kFastLzTableBytes);
		base_ = 1;
	}
	const uint32_t base = base_;
	base_ += static_cast<uint32_t>(in.size);
	const bool two =
	        level_ == FastLzLevel::kTwo || (level_ == FastLzLevel::kAutomatic && in.size >= kFastLzLevelTwoFrom);
	return two ? fastlz_encode<true>(table_, base, in, out) : fastlz_encode<false>(table_, base, in, out);
}

size_t FastLzCodec::decompress(ByteView in, MutBytes out) {
	if (in.empty()) return 0;
	switch (in[0] >> 5) {
	case 0: return fastlz_decode<false>(in, out);
	case 1: return fastlz_decode<true>(in, out);
	default: return 0;
	}
}

Error fastlz_compress(ByteView in, MutBytes out, size_t &written, FastLzLevel level) {
	written = 0;
	if (in.empty() || in.size > kFastLzInputMost) return Error::ERR_INVALID_PARAMETER;
	FastLzCodec codec(nullptr, level);
	NETPEER_TRY(codec.init());
	written = codec.compress(in, out);
	return written != 0 ? Error::OK : Error::ERR_PARAMETER_RANGE_ERROR;
}

Error fastlz_decompress(ByteView in, MutBytes out, size_t &written) {
	FastLzCodec codec;
	written = codec.decompress(in, out);
	return written != 0 ? Error::OK : Error::ERR_INVALID_DATA;
}

} // namespace netpeer
