// What the range coder asks of sixteen numbers side by side: of bytes, and of 16-bit sums. Twice: in plain C++, and with
// SSE2, which every x86-64 has. Both answer the same (tests/compress/test_range_lanes.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#define NETPEER_RANGE_SSE2 1
#include <emmintrin.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h> // the bit scans
#endif
#else
#define NETPEER_RANGE_SSE2 0
#endif

namespace netpeer {

// What an allocator promises is what max_align_t asks for, and with Microsoft's compiler that is 8 on x86-64, too.
constexpr size_t kRangeLanesAlign = NETPEER_RANGE_SSE2 && alignof(std::max_align_t) >= 16 ? 16 : 8;

/// Arrays of sums, and of the counts of a group, lie at multiples of kRangeLanesAlign.
struct PlainRangeLanes {
	static void clear_256(uint8_t *counts) { std::memset(counts, 0, 256); }
	/// How many of the sorted values are below `byte`. The last is 255.
	static size_t place_of(const uint8_t *values, size_t byte) {
		size_t place = 0;
		for (size_t i = 0; i < 15; ++i) place += values[i] < byte;
		return place;
	}
	/// Puts `byte` at its place among sorted values; the last one drops out.
	static void insert_value(uint8_t *values, size_t place, size_t byte) {
		std::memmove(values + place + 1, values + place, 15 - place);
		values[place] = static_cast<uint8_t>(byte);
	}
	/// The counts whose values, sorted, are below `byte`.
	static uint32_t sum_below(const uint8_t *values, const uint8_t *counts, size_t byte) {
		return first_counts(counts, place_of(values, byte));
	}
	/// The first `byte` of 256 counts; `sums` are those of 16 groups, none above 32767.
	static uint32_t sum_before(const uint16_t *sums, const uint8_t *counts, size_t byte) {
		uint32_t sum = first_counts(counts + (byte & 0xf0), byte & 15);
		for (size_t i = 0; i < byte >> 4; ++i) sum += sums[i];
		return sum;
	}
	/// The first eight counts.
	static uint32_t sum_of_eight(const uint8_t *counts) { return first_counts(counts, 8); }
	/// Adds three to each of the running sums behind place `k`.
	static void add_behind(uint16_t *running, size_t k) {
		for (size_t i = 0; i < 16; ++i) running[i] = static_cast<uint16_t>(running[i] + (i > k ? 3u : 0u));
	}
	/// The last of the running sums that is at most `x` < 65536; the first one is 0.
	static size_t last_at_most(const uint16_t *running, uint32_t x) {
		size_t place = running[8] <= x ? 8 : 0;
		place += running[place + 4] <= x ? 4 : 0;
		place += running[place + 2] <= x ? 2 : 0;
		place += running[place + 1] <= x ? 1 : 0;
		return place;
	}

private:
	static uint32_t first_counts(const uint8_t *counts, size_t count) {
		uint32_t sum = 0;
		for (size_t i = 0; i < count; ++i) sum += counts[i];
		return sum;
	}
};

#if NETPEER_RANGE_SSE2

// For each k: ones in the first k of 16 places, and steps of three behind place k.
struct RangeMasks {
	alignas(kRangeLanesAlign) uint8_t bytes[16 * 16];
	alignas(kRangeLanesAlign) uint16_t sums[16 * 16];
	alignas(kRangeLanesAlign) uint16_t steps[16 * 16];
};
constexpr RangeMasks make_range_masks() {
	RangeMasks masks = {};
	for (unsigned k = 0; k < 16; ++k) {
		for (size_t i = 0; i < 16; ++i) {
			masks.bytes[16 * k + i] = i < k ? 0xff : 0;
			masks.sums[16 * k + i] = i < k ? 0xffff : 0;
			masks.steps[16 * k + i] = i > k ? 3 : 0;
		}
	}
	return masks;
}
inline constexpr RangeMasks kRangeMasks = make_range_masks();

struct Sse2RangeLanes {
	static __m128i load(const void *from) {
		const auto *lanes = static_cast<const __m128i *>(from);
		return kRangeLanesAlign >= 16 ? _mm_load_si128(lanes) : _mm_loadu_si128(lanes);
	}
	static void store(void *to, __m128i lanes) {
		auto *place = static_cast<__m128i *>(to);
		kRangeLanesAlign >= 16 ? _mm_store_si128(place, lanes) : _mm_storeu_si128(place, lanes);
	}
	static __m128i of_byte(size_t byte) {
		return _mm_shuffle_epi32(_mm_cvtsi32_si128(static_cast<int>(static_cast<uint32_t>(byte) * 0x01010101u)), 0);
	}
	// The lowest and the highest one; there is one.
	static size_t lowest_of(int mask) {
#if defined(_MSC_VER) && !defined(__clang__)
		unsigned long at = 0;
		_BitScanForward(&at, static_cast<unsigned long>(mask));
		return at;
#else
		return static_cast<unsigned>(__builtin_ctz(static_cast<unsigned>(mask)));
#endif
	}
	static size_t highest_of(int mask) {
#if defined(_MSC_VER) && !defined(__clang__)
		unsigned long at = 0;
		_BitScanReverse(&at, static_cast<unsigned long>(mask));
		return at;
#else
		return static_cast<unsigned>(__builtin_clz(static_cast<unsigned>(mask)) ^ 31);
#endif
	}
	static uint32_t sum_of_words(__m128i words) {
		const __m128i halves = _mm_add_epi32(words, _mm_shuffle_epi32(words, 0xee));
		return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_add_epi32(halves, _mm_shuffle_epi32(halves, 0x55))));
	}

	static void clear_256(uint8_t *counts) {
		// Eight stores a round: seeing only one, g++ makes it a memset, whose start alone would cost more.
		const __m128i zero = _mm_setzero_si128();
		for (uint8_t *const end = counts + 256; counts != end; counts += 128) {
			store(counts, zero);
			store(counts + 16, zero);
			store(counts + 32, zero);
			store(counts + 48, zero);
			store(counts + 64, zero);
			store(counts + 80, zero);
			store(counts + 96, zero);
			store(counts + 112, zero);
		}
	}
	static __m128i not_below(const uint8_t *values, size_t byte) {
		const __m128i lanes = load(values);
		return _mm_cmpeq_epi8(_mm_max_epu8(lanes, of_byte(byte)), lanes);
	}
	static size_t place_of(const uint8_t *values, size_t byte) {
		return lowest_of(_mm_movemask_epi8(not_below(values, byte)));
	}
	static uint32_t sum_below(const uint8_t *values, const uint8_t *counts, size_t byte) {
		const __m128i below = _mm_andnot_si128(not_below(values, byte), load(counts));
		const __m128i halves = _mm_sad_epu8(below, _mm_setzero_si128());
		return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_add_epi32(halves, _mm_shuffle_epi32(halves, 0xee))));
	}
	static void insert_value(uint8_t *values, size_t, size_t byte) {
		const __m128i lanes = load(values);
		store(values, _mm_min_epu8(lanes, _mm_max_epu8(_mm_slli_si128(lanes, 1), of_byte(byte))));
	}
	static uint32_t sum_before(const uint16_t *sums, const uint8_t *counts, size_t byte) {
		const uint16_t *const sum_mask = kRangeMasks.sums + (byte & 0xf0);
		const __m128i in_group =
		        _mm_and_si128(load(counts + (byte & 0xf0)), load(kRangeMasks.bytes + 16 * (byte & 15)));
		const __m128i groups = _mm_add_epi16(
		        _mm_and_si128(load(sums), load(sum_mask)), _mm_and_si128(load(sums + 8), load(sum_mask + 8)));
		return sum_of_words(
		        _mm_add_epi32(_mm_sad_epu8(in_group, _mm_setzero_si128()), _mm_madd_epi16(groups, _mm_set1_epi16(1))));
	}
	static uint32_t sum_of_eight(const uint8_t *counts) {
		return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_sad_epu8(load(counts), _mm_setzero_si128())));
	}
	static void add_behind(uint16_t *running, size_t k) {
		const uint16_t *const steps = kRangeMasks.steps + 16 * k;
		store(running, _mm_add_epi16(load(steps), load(running)));
		store(running + 8, _mm_add_epi16(load(steps + 8), load(running + 8)));
	}
	static size_t last_at_most(const uint16_t *running, uint32_t x) {
		const __m128i limit = _mm_set1_epi16(static_cast<short>(x));
		const __m128i zero = _mm_setzero_si128();
		const __m128i low = _mm_cmpeq_epi16(_mm_subs_epu16(load(running), limit), zero);
		const __m128i high = _mm_cmpeq_epi16(_mm_subs_epu16(load(running + 8), limit), zero);
		return highest_of(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
	}
};
using RangeLanes = Sse2RangeLanes;

#else
using RangeLanes = PlainRangeLanes;
#endif

} // namespace netpeer
