// The model asks of a context two things: how often a byte was seen there, and how often all smaller bytes were.
// None of the shapes that answer is the format's tree:
//
//   root     asked for both by nearly every byte: 16 groups of 16, running sums of the groups and inside them
//   wide     order 1, one per byte, mostly asked whether a byte is new: 256 counts, sums of 16 groups, added up on demand;
//            for each symbol the order-2 context it leads to ("next")
//   narrow   order 2: up to four symbols, sorted, each a lane of one word: [value u8][count u8]
//   row      of a narrow context with more: as wide, but a group exists only once one of its bytes was seen
//
// In the format contexts hang together by suffix links. Here an order-1 context is found by its byte, and a symbol of
// order 1 and the same symbol of order 2 name the same order-2 context. Symbols of order-2 contexts are never contexts.
#include "range_coder.h"

#include <cstring>

// Left to itself g++ calls what is meant to melt into the two loops.
#if defined(__GNUC__)
#define NETPEER_RANGE_INLINE inline __attribute__((always_inline))
#else
#define NETPEER_RANGE_INLINE inline
#endif

namespace netpeer {

namespace {

constexpr uint32_t kRangeTop = 1u << 24;
constexpr uint32_t kRangeBottom = 1u << 16;
constexpr unsigned kNodeLimit = 4094; // the model starts afresh at so many nodes ...
constexpr unsigned kNodesMost = 4096; // ... checked after a byte, which makes up to three
constexpr unsigned kRootStep = 3;
constexpr unsigned kRootCountMost = 250;
constexpr unsigned kContextStep = 2;
constexpr unsigned kContextCountMost = 251;
constexpr unsigned kEscapeStep = 5;
constexpr uint32_t kTotalMost = 65280;
constexpr unsigned kNarrowMost = 4; // symbols of a narrow context without a row

// Words of four lanes of 16 bits.
constexpr uint64_t kLaneOnes = 0x0001000100010001u;
constexpr uint64_t kLaneTops = 0x8000800080008000u;
constexpr uint64_t kLaneBytes = 0x00ff00ff00ff00ffu;
// No symbols: values 255, so that nothing is above them, with count 0, so that none is found.
constexpr uint64_t kNoSymbols = 0xff00ff00ff00ff00u;

NETPEER_RANGE_INLINE unsigned lowest_bit(uint64_t word) {
#if defined(__GNUC__)
	return static_cast<unsigned>(__builtin_ctzll(word));
#else
	unsigned at = 0;
	while (((word >> at) & 1) == 0) ++at;
	return at;
#endif
}

// Tables to slide along: what begins at [16 - k] covers the first k of 16 places, what begins at [15 - k] counts behind k.
struct RangeMasks {
	uint8_t bytes[32];
	uint16_t sums[32];
	uint16_t root_steps[32];
};
constexpr RangeMasks make_range_masks() {
	RangeMasks masks = {};
	for (unsigned i = 0; i < 16; ++i) {
		masks.bytes[i] = 0xff;
		masks.sums[i] = 0xffff;
		masks.root_steps[16 + i] = kRootStep;
	}
	return masks;
}
constexpr RangeMasks kRangeMasks = make_range_masks();

NETPEER_RANGE_INLINE uint64_t masked_word(const void *word, const void *mask) {
	uint64_t a, b;
	std::memcpy(&a, word, 8);
	std::memcpy(&b, mask, 8);
	return a & b;
}
NETPEER_RANGE_INLINE uint32_t lanes_sum(uint64_t lanes) { return static_cast<uint32_t>((lanes * kLaneOnes) >> 48); }
// The sum of the first `k` of 16 bytes, or of 16 sums whose total is below 65536. The order of bytes in a word matters to
// neither the masks nor the sum.
NETPEER_RANGE_INLINE uint32_t bytes_before(const uint8_t *bytes, unsigned k) {
	const uint8_t *mask = kRangeMasks.bytes + 16 - k;
	const uint64_t a = masked_word(bytes, mask);
	const uint64_t b = masked_word(bytes + 8, mask + 8);
	return lanes_sum((a & kLaneBytes) + ((a >> 8) & kLaneBytes) + (b & kLaneBytes) + ((b >> 8) & kLaneBytes));
}
NETPEER_RANGE_INLINE uint32_t sums_before(const uint16_t *sums, unsigned k) {
	const uint16_t *mask = kRangeMasks.sums + 16 - k;
	return lanes_sum(masked_word(sums, mask) + masked_word(sums + 4, mask + 4) + masked_word(sums + 8, mask + 8) +
	                 masked_word(sums + 12, mask + 12));
}

// Counts the root's step in the running sums behind place `k`.
NETPEER_RANGE_INLINE void add_behind(uint16_t *__restrict running, unsigned k) {
	const uint16_t *steps = kRangeMasks.root_steps + 15 - k;
	for (unsigned i = 0; i < 16; ++i) running[i] = static_cast<uint16_t>(running[i] + steps[i]);
}
// The last of 16 running sums that is at most `x`; the first is 0.
NETPEER_RANGE_INLINE unsigned place_of(const uint16_t *running, uint32_t x) {
	unsigned place = running[8] <= x ? 8 : 0;
	place += running[place + 4] <= x ? 4 : 0;
	place += running[place + 2] <= x ? 2 : 0;
	place += running[place + 1] <= x ? 1 : 0;
	return place;
}

struct RangeRoot {
	uint8_t counts[256]; // with the one that every byte has from the start
	uint16_t before[16]; // running sums of the groups
	uint16_t inside[16][16];
	uint32_t total;
};

struct RangeWide {
	uint16_t sums[16]; // of the groups; the counts of a group whose sum is 0 are not set
	uint16_t total;    // 0: no symbol yet
	uint16_t escapes;
	uint8_t counts[256];
	uint16_t next[256];
};

struct RangeNarrow {
	uint64_t symbols; // four lanes; kNoSymbols with a row
	uint16_t next[kNarrowMost];
	uint16_t total; // 0: no symbol yet
	uint16_t escapes;
	uint16_t row; // 0: none
};

struct RangeRow {
	uint16_t sums[16];
	uint16_t group[16]; // valid where the sum is not 0
};

struct RangeGroup {
	uint8_t counts[16];
	uint16_t next[16];
};

// What coding a byte needs to know of it, all before it was counted.
struct SymbolFound {
	uint32_t before;
	uint32_t count; // 0: new
	uint16_t *next;
};

// Most order-2 contexts have one symbol. Its count if that is `byte`, else 0 or something above 255.
NETPEER_RANGE_INLINE uint32_t lowest_if(uint64_t symbols, uint8_t byte) {
	return (static_cast<uint32_t>(symbols) & 0xffff) - (uint32_t{byte} << 8);
}

// Whether a context that had counted a symbol `count` times and now has `total` must be halved.
NETPEER_RANGE_INLINE bool must_halve(uint32_t count, uint32_t total) {
	return count > kContextCountMost || total > kTotalMost;
}

NETPEER_RANGE_INLINE uint32_t halve_counts(uint8_t *counts) {
	uint32_t sum = 0;
	for (unsigned i = 0; i < 16; ++i) {
		counts[i] = static_cast<uint8_t>(counts[i] - counts[i] / 2);
		sum += counts[i];
	}
	return sum;
}

} // namespace

struct RangeModel {
	RangeRoot root;
	unsigned nodes; // as the format counts them: they decide when to start afresh
	unsigned narrow_used;
	unsigned rows_used;
	unsigned groups_used;
	RangeWide wide[256]; // by the last byte
	RangeNarrow narrow[kNodesMost];
	RangeRow rows[1 + kNodesMost / (kNarrowMost + 1)];
	RangeGroup groups[kNodesMost];

	void reset();

	// Counts the byte in the root, where it stood at `count`, the one that every byte has included.
	NETPEER_RANGE_INLINE void count_in_root(uint8_t byte, uint32_t count) {
		if (count == 1) {
			++nodes;
			start_wide(byte);
		}
		root.total += kRootStep;
		if (count > kRootCountMost || root.total > kTotalMost) {
			halve_root(byte);
			return;
		}
		root.counts[byte] = static_cast<uint8_t>(count + kRootStep);
		add_behind(root.before, byte >> 4);
		add_behind(root.inside[byte >> 4], byte & 15u);
	}
	void halve_root(uint8_t byte);

	NETPEER_RANGE_INLINE void start_wide(uint8_t byte) {
		RangeWide &context = wide[byte];
		for (uint16_t &sum : context.sums) sum = 0;
		context.total = 0;
		context.escapes = 0;
	}
	NETPEER_RANGE_INLINE static uint32_t count_of(const RangeWide &context, uint8_t byte) {
		return context.sums[byte >> 4] != 0 ? context.counts[byte] : 0;
	}
	// Counts a symbol that stands at `count` and, if it is new, gives it a context. Answers that.
	NETPEER_RANGE_INLINE uint16_t count_in_wide(RangeWide &context, uint8_t byte, uint32_t count) {
		uint32_t total = context.total + kContextStep;
		uint16_t &sum = context.sums[byte >> 4];
		if (count == 0) {
			++nodes;
			total += kEscapeStep;
			context.escapes = static_cast<uint16_t>(context.escapes + kEscapeStep);
			if (sum == 0) std::memset(context.counts + (byte & 0xf0), 0, 16);
			narrow[narrow_used].symbols = kNoSymbols;
			narrow[narrow_used].total = 0;
			context.next[byte] = static_cast<uint16_t>(narrow_used++);
		}
		sum = static_cast<uint16_t>(sum + kContextStep);
		context.total = static_cast<uint16_t>(total);
		context.counts[byte] = static_cast<uint8_t>(count + kContextStep);
		if (must_halve(count, total)) halve_wide(context);
		return context.next[byte];
	}
	void halve_wide(RangeWide &context);

	NETPEER_RANGE_INLINE uint16_t *start_narrow(RangeNarrow &context, uint8_t byte) {
		++nodes;
		context.symbols = (kNoSymbols & ~uint64_t{0xffff}) | (uint64_t{byte} << 8) | kContextStep;
		context.total = kEscapeStep + kContextStep;
		context.escapes = kEscapeStep;
		context.row = 0;
		return context.next;
	}
	// Finds or adds the byte and counts it; totals_of_narrow() has to follow.
	SymbolFound visit_narrow(RangeNarrow &context, uint8_t byte);
	SymbolFound visit_row(RangeNarrow &context, uint8_t byte);
	void to_row(RangeNarrow &context);
	// The symbol whose counts hold position `x` of the context, which must be below their sum; counts it.
	uint8_t find_in_narrow(RangeNarrow &context, uint32_t x, SymbolFound &found);
	uint8_t find_in_row(RangeNarrow &context, uint32_t x, SymbolFound &found);
	NETPEER_RANGE_INLINE void totals_of_narrow(RangeNarrow &context, uint32_t count, uint32_t added) {
		const uint32_t total = context.total + added + kContextStep;
		context.total = static_cast<uint16_t>(total);
		context.escapes = static_cast<uint16_t>(context.escapes + added);
		if (must_halve(count, total)) halve_narrow(context);
	}
	void halve_narrow(RangeNarrow &context);
};

void RangeModel::reset() {
	std::memset(root.counts, 1, sizeof root.counts);
	for (unsigned i = 0; i < 16; ++i) root.before[i] = static_cast<uint16_t>(16 * i);
	for (uint16_t(&inside)[16] : root.inside) {
		for (unsigned i = 0; i < 16; ++i) inside[i] = static_cast<uint16_t>(i);
	}
	root.total = 257; // 256 and the escape that ends the data
	nodes = 1;
	narrow_used = 0;
	rows_used = 1;
	groups_used = 0;
}

// With the step of `byte` still to come: with it, a byte might not hold the count.
void RangeModel::halve_root(uint8_t byte) {
	uint32_t sum = 0;
	for (unsigned group = 0; group < 16; ++group) {
		root.before[group] = static_cast<uint16_t>(sum);
		uint32_t inside = 0;
		for (unsigned i = 0; i < 16; ++i) {
			uint32_t count = root.counts[group * 16 + i] - 1u;
			if (group * 16 + i == byte) count += kRootStep;
			count -= count / 2;
			root.counts[group * 16 + i] = static_cast<uint8_t>(count + 1);
			root.inside[group][i] = static_cast<uint16_t>(inside);
			inside += count + 1;
		}
		sum += inside;
	}
	root.total = sum + 1; // the single escape stays one: 1 - 1 / 2
}

void RangeModel::halve_wide(RangeWide &context) {
	uint32_t total = 0;
	for (unsigned i = 0; i < 16; ++i) {
		if (context.sums[i] == 0) continue;
		context.sums[i] = static_cast<uint16_t>(halve_counts(context.counts + 16 * i));
		total += context.sums[i];
	}
	context.escapes = static_cast<uint16_t>(context.escapes - context.escapes / 2);
	context.total = static_cast<uint16_t>(total + context.escapes);
}

SymbolFound RangeModel::visit_narrow(RangeNarrow &context, uint8_t byte) {
	if (context.row != 0) return visit_row(context, byte);
	const uint64_t values = (context.symbols >> 8) & kLaneBytes;
	const uint64_t not_below = ((values | kLaneTops) - byte * kLaneOnes) & kLaneTops;
	if (not_below != 0) {
		const unsigned shift = lowest_bit(not_below) - 15;
		const unsigned lane = static_cast<unsigned>(context.symbols >> shift) & 0xffff;
		const unsigned count = lane & 0xff;
		const uint64_t below = (uint64_t{1} << shift) - 1;
		if (lane >> 8 == byte && count != 0) {
			const uint32_t before = lanes_sum(context.symbols & below & kLaneBytes);
			context.symbols += uint64_t{kContextStep} << shift;
			return SymbolFound{before, count, context.next + shift / 16};
		}
		if (((context.symbols >> 48) & 0xff) == 0) {
			++nodes;
			const uint64_t added = (uint64_t{byte} << 8) | kContextStep;
			context.symbols = (context.symbols & below) | (added << shift) | ((context.symbols & ~below) << 16);
			if (shift < 48) context.next[3] = context.next[2];
			if (shift < 32) context.next[2] = context.next[1];
			if (shift < 16) context.next[1] = context.next[0];
			return SymbolFound{0, 0, context.next + shift / 16};
		}
	}
	to_row(context);
	return visit_row(context, byte);
}

SymbolFound RangeModel::visit_row(RangeNarrow &context, uint8_t byte) {
	RangeRow &row = rows[context.row];
	const unsigned index = byte >> 4;
	SymbolFound found = {0, 0, nullptr};
	if (row.sums[index] == 0) {
		row.group[index] = static_cast<uint16_t>(groups_used++);
		std::memset(groups[row.group[index]].counts, 0, 16);
	}
	RangeGroup &group = groups[row.group[index]];
	found.count = group.counts[byte & 15];
	if (found.count == 0) {
		++nodes;
	} else {
		found.before = sums_before(row.sums, index) + bytes_before(group.counts, byte & 15u);
	}
	group.counts[byte & 15] = static_cast<uint8_t>(found.count + kContextStep);
	row.sums[index] = static_cast<uint16_t>(row.sums[index] + kContextStep);
	found.next = group.next + (byte & 15);
	return found;
}

void RangeModel::to_row(RangeNarrow &context) {
	RangeRow &row = rows[rows_used];
	for (uint16_t &sum : row.sums) sum = 0;
	for (unsigned lane = 0; lane < kNarrowMost; ++lane) {
		const unsigned symbol = static_cast<unsigned>(context.symbols >> (16 * lane)) & 0xffff;
		const unsigned index = symbol >> 12;
		if (row.sums[index] == 0) {
			row.group[index] = static_cast<uint16_t>(groups_used++);
			std::memset(groups[row.group[index]].counts, 0, 16);
		}
		RangeGroup &group = groups[row.group[index]];
		group.counts[(symbol >> 8) & 15] = static_cast<uint8_t>(symbol);
		group.next[(symbol >> 8) & 15] = context.next[lane];
		row.sums[index] = static_cast<uint16_t>(row.sums[index] + (symbol & 0xff));
	}
	context.row = static_cast<uint16_t>(rows_used++);
	context.symbols = kNoSymbols;
}

// The group and then the place in it that hold position `x`, which is left as the position inside the symbol.
NETPEER_RANGE_INLINE unsigned pass_sums(const uint16_t *sums, uint32_t &x) {
	unsigned i = 0;
	for (; x >= sums[i]; ++i) x -= sums[i];
	return i;
}
NETPEER_RANGE_INLINE unsigned pass_counts(const uint8_t *counts, uint32_t &x) {
	unsigned i = 0;
	for (; x >= counts[i]; ++i) x -= counts[i];
	return i;
}

uint8_t RangeModel::find_in_narrow(RangeNarrow &context, uint32_t x, SymbolFound &found) {
	if (context.row != 0) return find_in_row(context, x, found);
	const uint64_t up_to = (context.symbols & kLaneBytes) * kLaneOnes;
	const uint64_t above = ~(((x * kLaneOnes) | kLaneTops) - up_to) & kLaneTops;
	const unsigned shift = lowest_bit(above) - 15;
	const unsigned lane = static_cast<unsigned>(context.symbols >> shift) & 0xffff;
	found.count = lane & 0xff;
	found.before = (static_cast<uint32_t>(up_to >> shift) & 0xffff) - found.count;
	found.next = context.next + shift / 16;
	context.symbols += uint64_t{kContextStep} << shift;
	return static_cast<uint8_t>(lane >> 8);
}

uint8_t RangeModel::find_in_row(RangeNarrow &context, uint32_t x, SymbolFound &found) {
	RangeRow &row = rows[context.row];
	uint32_t inside = x;
	const unsigned index = pass_sums(row.sums, inside);
	RangeGroup &group = groups[row.group[index]];
	const unsigned place = pass_counts(group.counts, inside);
	found.count = group.counts[place];
	found.before = x - inside;
	found.next = group.next + place;
	group.counts[place] = static_cast<uint8_t>(found.count + kContextStep);
	row.sums[index] = static_cast<uint16_t>(row.sums[index] + kContextStep);
	return static_cast<uint8_t>(index * 16 + place);
}

void RangeModel::halve_narrow(RangeNarrow &context) {
	uint32_t total = 0;
	if (context.row == 0) {
		context.symbols -= (context.symbols >> 1) & 0x007f007f007f007fu;
		total = lanes_sum(context.symbols & kLaneBytes);
	} else {
		RangeRow &row = rows[context.row];
		for (unsigned i = 0; i < 16; ++i) {
			if (row.sums[i] == 0) continue;
			row.sums[i] = static_cast<uint16_t>(halve_counts(groups[row.group[i]].counts));
			total += row.sums[i];
		}
	}
	context.escapes = static_cast<uint16_t>(context.escapes - context.escapes / 2);
	context.total = static_cast<uint16_t>(total + context.escapes);
}

namespace {

class RangeWriter {
public:
	explicit RangeWriter(MutBytes out) : begin_(out.data), at_(out.data), end_(out.data + out.size) {}

	NETPEER_RANGE_INLINE bool put(uint32_t start, uint32_t size, uint32_t total) {
		range_ /= total;
		low_ += start * range_;
		range_ *= size;
		for (;;) {
			if ((low_ ^ (low_ + range_)) >= kRangeTop) { // the top byte is not settled
				if (range_ >= kRangeBottom) return true;
				range_ = (0 - low_) & (kRangeBottom - 1); // give up a part of the range so that it settles
			}
			if (at_ == end_) return false;
			*at_++ = static_cast<uint8_t>(low_ >> 24);
			range_ <<= 8;
			low_ <<= 8;
		}
	}
	// Trailing zero bytes need not be sent: the decoder reads zeros behind the end. Answers the size; 0: no room.
	size_t finish() {
		for (; low_ != 0; low_ <<= 8) {
			if (at_ == end_) return 0;
			*at_++ = static_cast<uint8_t>(low_ >> 24);
		}
		return static_cast<size_t>(at_ - begin_);
	}

private:
	uint32_t low_ = 0;
	uint32_t range_ = 0xffffffff;
	uint8_t *begin_;
	uint8_t *at_;
	uint8_t *end_;
};

class RangeReader {
public:
	explicit RangeReader(ByteView in) : at_(in.data), end_(in.data + in.size) {
		for (int i = 0; i < 4; ++i) feed();
	}
	// Where the code lies among `total`; from bad data it may be at or above it.
	NETPEER_RANGE_INLINE uint32_t peek(uint32_t total) {
		range_ /= total;
		return (code_ - low_) / range_;
	}
	NETPEER_RANGE_INLINE void take(uint32_t start, uint32_t size) {
		low_ += start * range_;
		range_ *= size;
		for (;;) {
			if ((low_ ^ (low_ + range_)) >= kRangeTop) {
				if (range_ >= kRangeBottom) return;
				range_ = (0 - low_) & (kRangeBottom - 1);
			}
			feed();
			range_ <<= 8;
			low_ <<= 8;
		}
	}

private:
	void feed() { code_ = (code_ << 8) | (at_ != end_ ? *at_++ : 0u); }

	uint32_t low_ = 0;
	uint32_t range_ = 0xffffffff;
	uint32_t code_ = 0;
	const uint8_t *at_;
	const uint8_t *end_;
};

size_t range_encode(RangeModel &model, ByteView in, MutBytes out) {
	RangeWriter writer(out);
	model.reset();
	RangeNarrow *second = nullptr; // context of the last two bytes
	const uint8_t *const end = in.data + in.size;
	const uint8_t *fresh = in.data; // where the model was empty
	for (const uint8_t *at = in.data; at != end; ++at) {
		const uint8_t byte = *at;
		uint16_t unlinked;
		uint16_t *link = &unlinked; // of the byte in `second`, where it is new
		if (second != nullptr) {
			RangeNarrow &context = *second;
			const uint32_t lowest = lowest_if(context.symbols, byte);
			const uint32_t total = context.total;
			const uint32_t escapes = context.escapes;
			if (lowest - 1 < 255) {
				context.symbols += kContextStep;
				context.total = static_cast<uint16_t>(total + kContextStep);
				second = model.narrow + context.next[0];
				if (must_halve(lowest, total + kContextStep)) model.halve_narrow(context);
				if (!writer.put(escapes, lowest, total)) return 0;
				continue; // and no node was made
			}
			if (total == 0) { // nothing was ever seen here: nothing to escape from
				link = model.start_narrow(context, byte);
			} else {
				const SymbolFound found = model.visit_narrow(context, byte);
				link = found.next;
				if (found.count != 0) {
					model.totals_of_narrow(context, found.count, 0);
					second = model.narrow + *link;
					if (!writer.put(escapes + found.before, found.count, total)) return 0;
					continue;
				}
				model.totals_of_narrow(context, 0, kEscapeStep);
				if (!writer.put(0, escapes, total)) return 0;
			}
		}
		if (at != fresh) {
			RangeWide &context = model.wide[at[-1]];
			const uint32_t total = context.total;
			const uint32_t escapes = context.escapes;
			const uint32_t count = RangeModel::count_of(context, byte);
			if (count != 0) {
				const uint32_t before =
				        sums_before(context.sums, byte >> 4) + bytes_before(context.counts + (byte & 0xf0), byte & 15u);
				if (!writer.put(escapes + before, count, total)) return 0;
				*link = model.count_in_wide(context, byte, count);
				second = model.narrow + *link;
			} else {
				if (total != 0 && !writer.put(0, escapes, total)) return 0;
				*link = model.count_in_wide(context, byte, 0);
				second = model.narrow + *link;
			}
			if (count != 0) {
				if (model.nodes < kNodeLimit) continue;
				model.reset();
				second = nullptr;
				fresh = at + 1;
				continue;
			}
		}
		const RangeRoot &root = model.root;
		const uint32_t count = root.counts[byte];
		const uint32_t before = 1u + root.before[byte >> 4] + root.inside[byte >> 4][byte & 15];
		if (!writer.put(before, count, root.total)) return 0;
		model.count_in_root(byte, count);
		if (model.nodes >= kNodeLimit) {
			model.reset();
			second = nullptr;
			fresh = at + 1;
		}
	}
	return writer.finish();
}

// Counts a byte in a context that could not code it; answers the place for its next context.
NETPEER_RANGE_INLINE uint16_t *range_learn(RangeModel &model, RangeNarrow &context, uint8_t byte) {
	if (context.total == 0) return model.start_narrow(context, byte);
	const SymbolFound found = model.visit_narrow(context, byte);
	// From bad data it may be known here although it was escaped from.
	model.totals_of_narrow(context, found.count, found.count == 0 ? kEscapeStep : 0);
	return found.next;
}

size_t range_decode(RangeModel &model, ByteView in, MutBytes out) {
	RangeReader reader(in);
	model.reset();
	RangeNarrow *second = nullptr;
	uint8_t *at = out.data;
	uint8_t *const end = out.data + out.size;
	const uint8_t *fresh = at;
	for (;;) {
		uint8_t byte = 0;
		if (second != nullptr && second->total != 0) {
			RangeNarrow &context = *second;
			const uint32_t total = context.total;
			const uint32_t escapes = context.escapes;
			const uint32_t x = reader.peek(total);
			if (x >= escapes) {
				if (x >= total || at == end) return 0;
				const uint32_t lowest = static_cast<uint32_t>(context.symbols) & 0xffff;
				if (x - escapes < (lowest & 0xff)) {
					context.symbols += kContextStep;
					context.total = static_cast<uint16_t>(total + kContextStep);
					second = model.narrow + context.next[0];
					if (must_halve(lowest & 0xff, total + kContextStep)) model.halve_narrow(context);
					reader.take(escapes, lowest & 0xff);
					*at++ = static_cast<uint8_t>(lowest >> 8);
				} else {
					SymbolFound found;
					*at++ = model.find_in_narrow(context, x - escapes, found);
					model.totals_of_narrow(context, found.count, 0);
					second = model.narrow + *found.next;
					reader.take(escapes + found.before, found.count);
				}
				continue;
			}
			reader.take(0, escapes);
		}
		bool coded = false;
		if (at != fresh) {
			RangeWide &context = model.wide[at[-1]];
			const uint32_t total = context.total;
			const uint32_t escapes = context.escapes;
			if (total != 0) {
				const uint32_t x = reader.peek(total);
				if (x >= escapes) {
					if (x >= total || at == end) return 0;
					uint32_t inside = x - escapes;
					const unsigned group = pass_sums(context.sums, inside) * 16;
					byte = static_cast<uint8_t>(group + pass_counts(context.counts + group, inside));
					const uint32_t count = context.counts[byte];
					reader.take(x - inside, count);
					const uint16_t next = model.count_in_wide(context, byte, count);
					if (second != nullptr) *range_learn(model, *second, byte) = next;
					second = model.narrow + next;
					coded = true;
				} else {
					reader.take(0, escapes);
				}
			}
		}
		if (!coded) {
			RangeRoot &root = model.root;
			uint32_t x = reader.peek(root.total);
			if (x == 0) return static_cast<size_t>(at - out.data); // the root's escape ends the data
			if (x >= root.total || at == end) return 0;
			const unsigned group = place_of(root.before, --x);
			const uint32_t before = root.before[group];
			const unsigned place = place_of(root.inside[group], x - before);
			byte = static_cast<uint8_t>(group * 16 + place);
			const uint32_t count = root.counts[byte];
			reader.take(1 + before + root.inside[group][place], count);
			if (at != fresh) {
				RangeWide &context = model.wide[at[-1]];
				// From bad data it may be known here although it was escaped from.
				const uint16_t next = model.count_in_wide(context, byte, RangeModel::count_of(context, byte));
				if (second != nullptr) *range_learn(model, *second, byte) = next;
				second = model.narrow + next;
			}
			model.count_in_root(byte, count);
		}
		*at++ = byte;
		if (model.nodes >= kNodeLimit) {
			model.reset();
			second = nullptr;
			fresh = at;
		}
	}
}

} // namespace

RangeCoder::RangeCoder(const Allocator *allocator) :
        allocator_(allocator != nullptr ? *allocator : *default_allocator()) {}

RangeCoder::~RangeCoder() { release_object(allocator_, model_); }

Error RangeCoder::init() {
	if (model_ == nullptr) model_ = allocate_object<RangeModel>(allocator_);
	return model_ != nullptr ? Error::OK : Error::ERR_OUT_OF_MEMORY;
}

size_t RangeCoder::compress(ByteView in, MutBytes out) {
	return model_ != nullptr && !in.empty() ? range_encode(*model_, in, out) : 0;
}

size_t RangeCoder::decompress(ByteView in, MutBytes out) {
	return model_ != nullptr && !in.empty() ? range_decode(*model_, in, out) : 0;
}

Error range_coder_compress(ByteView in, MutBytes out, size_t &written) {
	written = 0;
	if (in.empty()) return Error::ERR_INVALID_PARAMETER;
	RangeCoder codec;
	NETPEER_TRY(codec.init());
	written = codec.compress(in, out);
	return written != 0 ? Error::OK : Error::ERR_PARAMETER_RANGE_ERROR;
}

Error range_coder_decompress(ByteView in, MutBytes out, size_t &written) {
	written = 0;
	if (in.empty()) return Error::ERR_INVALID_PARAMETER;
	RangeCoder codec;
	NETPEER_TRY(codec.init());
	written = codec.decompress(in, out);
	return written != 0 ? Error::OK : Error::ERR_INVALID_DATA;
}

} // namespace netpeer

#undef NETPEER_RANGE_INLINE
