// The model asks of a context two things: how often a byte was seen there, and how often all smaller bytes were.
// None of the shapes that answer is the format's tree. By how many bytes a context stands for:
//
//   0  root   asked for both by nearly every new byte: running sums of 16 groups, and inside each of 16 bytes
//   1  wide   one per byte, mostly asked whether a byte is new: 256 counts, sums of 16 groups, added up on demand.
//             The parts of all lie apart, so that (slot << 8) + byte finds a count, and >> 4 of that a sum
//   2  one word per pair of bytes. Most contexts have one symbol, and all that is known of it is in the word:
//
//             [life 11 bits][kOne  2][0 3][count 8][value 8]   never halved: the escapes are those it began with
//             [life 11 bits][kFew  2][      place 19       ]   in few[], in bytes: up to 15 symbols, sorted, side by side
//             [life 11 bits][kMany 2][       slot 19       ]   a wide one behind those of order 1
//             anything else: not seen since the model was last empty
//
// A new life makes all words stale at once. In the format contexts hang together by links, and a symbol of order 1 and the
// same symbol of order 2 name the same next context; that is the pair they end with. What is left of the links is the
// number of nodes they would join: it decides when the model starts afresh.
//
// The two loops call nothing, so that all they know stays in registers. What is rare they put off (RangePutOff) until they
// are left, which is then at once.
#include "range_coder.h"
#include "range_lanes.h"

#include <cstring>

// Left to itself g++ calls what is meant to melt into the two loops.
#if defined(__GNUC__)
#define NETPEER_RANGE_INLINE inline __attribute__((always_inline))
#define NETPEER_RANGE_APART __attribute__((noinline))
#else
#define NETPEER_RANGE_INLINE inline
#define NETPEER_RANGE_APART
#endif

namespace netpeer {

namespace {

constexpr uint32_t kRangeTop = 1u << 24;
constexpr uint32_t kRangeBottom = 1u << 16;
constexpr int kNodeLimit = 4094;      // the model starts afresh at so many nodes ...
constexpr unsigned kNodesMost = 4096; // ... checked after a byte, which makes up to three
constexpr unsigned kRootStep = 3;
constexpr unsigned kRootCountMost = 250;
constexpr unsigned kContextStep = 2;
constexpr unsigned kContextCountMost = 251;
constexpr unsigned kEscapeStep = 5;
constexpr uint32_t kTotalMost = 65280;
constexpr unsigned kFewMost = 15; // a 16th lane stays empty

// Words of pairs.
constexpr uint32_t kOne = 0;
constexpr uint32_t kFew = 1u << 19;
constexpr uint32_t kMany = 2u << 19;
constexpr uint32_t kNotSeen = 3u << 19; // and above, seen from the life of today
constexpr uint32_t kLifeStep = 4u << 19;
constexpr uint32_t kIndexMask = (1u << 19) - 1;
constexpr uint32_t kOtherValue = ~(kFew - 1) | 0xff; // bits of which one differs where it is not that one symbol
constexpr uint32_t kCountStepInWord = kContextStep << 8;
NETPEER_RANGE_INLINE uint8_t value_in(uint32_t word) { return static_cast<uint8_t>(word); }
NETPEER_RANGE_INLINE uint32_t count_in_word(uint32_t word) { return (word >> 8) & 0xff; }

// Totals of a context: [escapes u16][total u16], the total with the escapes.
constexpr uint32_t kTotalsForNew = (kEscapeStep << 16) + kEscapeStep + kContextStep;
NETPEER_RANGE_INLINE uint32_t total_in(uint32_t totals) { return totals & 0xffff; }
NETPEER_RANGE_INLINE uint32_t escapes_in(uint32_t totals) { return totals >> 16; }

// Bits, of what is left to do for a byte that is coded but for this.
using RangePutOff = uint32_t;
constexpr RangePutOff kHalvePair = 1;
constexpr RangePutOff kHalveLast = 2;
constexpr RangePutOff kHalveRoot = 4; // and count the byte there
constexpr RangePutOff kGrowPair = 8;  // and add the byte
constexpr RangePutOff kStartAfresh = 16;

// How far one of the loops is. `at` is behind the byte that is being coded or, decoding, the last that is written.
template <class Byte> struct RangeRun {
	Byte *at;
	const uint8_t *stop;
	RangePutOff *put_off;

	NETPEER_RANGE_INLINE void leave(RangePutOff what) {
		*put_off |= what; // in memory: in a register it would have to be kept and asked after every byte
		stop = at;
	}
};
using RangeEncodeRun = RangeRun<const uint8_t>;
using RangeDecodeRun = RangeRun<uint8_t>;

struct RangeRoot {
	alignas(kRangeLanesAlign) uint16_t before[16];  // running sums of the groups
	alignas(kRangeLanesAlign) uint16_t inside[256]; // and of the bytes, from each group's begin on
	uint8_t counts[256];                            // with the one that every byte has from the start
	uint32_t total;
};

constexpr unsigned kFirstManySlot = 256; // the ones before are those of order 1
constexpr unsigned kSlots = kFirstManySlot + kNodesMost / (kFewMost + 1);

struct RangeWide {
	alignas(kRangeLanesAlign) uint8_t counts[kSlots << 8];
	alignas(kRangeLanesAlign) uint16_t sums[kSlots << 4];
	uint32_t totals[kSlots]; // 0: no symbol yet
};

struct RangeFew {
	alignas(kRangeLanesAlign) uint8_t values[16]; // sorted; 255 where there is none
	alignas(kRangeLanesAlign) uint8_t counts[32]; // 0 where there is none; the second half is room to shift into
	uint32_t totals;
};

uint32_t halve_counts(uint8_t *counts) {
	uint32_t sum = 0;
	for (unsigned i = 0; i < 16; ++i) {
		counts[i] = static_cast<uint8_t>(counts[i] - counts[i] / 2);
		sum += counts[i];
	}
	return sum;
}
uint32_t halve_totals(uint32_t totals, uint32_t counts) {
	const uint32_t escapes = escapes_in(totals) - escapes_in(totals) / 2;
	return (escapes << 16) + escapes + counts;
}
void halve_wide(RangeWide &wide, size_t slot) {
	uint32_t all = 0;
	for (size_t group = slot << 4; group < (slot + 1) << 4; ++group) {
		const uint32_t sum = halve_counts(wide.counts + (group << 4));
		wide.sums[group] = static_cast<uint16_t>(sum);
		all += sum;
	}
	wide.totals[slot] = halve_totals(wide.totals[slot], all);
}
void halve_few(RangeFew &context) { context.totals = halve_totals(context.totals, halve_counts(context.counts)); }

NETPEER_RANGE_INLINE void start_wide(RangeWide &wide, size_t slot) {
	RangeLanes::clear_256(wide.counts + (slot << 8));
	std::memset(wide.sums + (slot << 4), 0, 32);
	wide.totals[slot] = 0;
}
NETPEER_RANGE_INLINE size_t index_in_wide(size_t slot, size_t byte) { return (slot << 8) + byte; }
// All that count answer false where the context must be halved.
//
// Counts a symbol that stands at `count`, which makes the totals those.
template <bool kMayFill>
NETPEER_RANGE_INLINE bool count_in_wide(RangeWide &wide, size_t slot, size_t index, uint32_t count, uint32_t totals) {
	wide.counts[index] = static_cast<uint8_t>(count + kContextStep);
	wide.sums[index >> 4] = static_cast<uint16_t>(wide.sums[index >> 4] + kContextStep);
	wide.totals[slot] = totals;
	return count <= kContextCountMost && (!kMayFill || total_in(totals) <= kTotalMost);
}

NETPEER_RANGE_INLINE bool is_in_few(const RangeFew &context, size_t place, size_t byte) {
	return context.values[place] == byte && context.counts[place] != 0;
}
// Counts a symbol that stands at `count`, where the totals stand at `totals`.
NETPEER_RANGE_INLINE bool count_in_few(RangeFew &context, size_t place, uint32_t count, uint32_t totals) {
	context.counts[place] = static_cast<uint8_t>(count + kContextStep);
	context.totals = totals + kContextStep;
	return count <= kContextCountMost; // so few symbols cannot make the total too large
}
// Adds a symbol that belongs at `place`. False: no room.
NETPEER_RANGE_INLINE bool insert_in_few(RangeFew &context, size_t place, size_t byte) {
	if (context.counts[kFewMost - 1] != 0) return false;
	uint8_t shifted[16];
	std::memcpy(shifted, context.counts + place, 16);
	std::memcpy(context.counts + place + 1, shifted, 16);
	context.counts[place] = kContextStep;
	RangeLanes::insert_value(context.values, place, byte);
	context.totals += kTotalsForNew;
	return true;
}

} // namespace

struct RangeModel {
	uint32_t pairs[65536]; // by the last two bytes; in front, where addresses are shortest
	RangeRoot root;
	uint32_t life = 0; // in the top bits of words; 0: the words are yet to be cleared
	RangePutOff put_off = 0;
	int nodes_left;    // until the model starts afresh, as the format counts them
	uint32_t few_used; // in bytes
	unsigned many_used;
	RangeWide wide;               // a slot of order 1 is started when its byte first comes to the root
	RangeFew few[kNodesMost / 2]; // enough: what leads to a context, and what is in it, are a node each

	void reset();

	// Where the byte stands at `count` in the root. One that is new there will be the last one, and so is new at order 1.
	NETPEER_RANGE_INLINE void meet_in_root(size_t byte, uint32_t count) {
		if (count != 1) return;
		--nodes_left;
		start_wide(wide, byte);
	}
	// Counts a byte that stands at `count`, the one that every byte has included.
	template <bool kMayFill> NETPEER_RANGE_INLINE bool count_in_root(size_t byte, uint32_t count) {
		root.total += kRootStep;
		if (count > kRootCountMost || (kMayFill && root.total > kTotalMost)) return false;
		root.counts[byte] = static_cast<uint8_t>(count + kRootStep);
		RangeLanes::add_behind(root.before, byte >> 4);
		RangeLanes::add_behind(root.inside + (byte & 0xf0), byte & 15);
		return true;
	}
	void halve_root(size_t byte);

	NETPEER_RANGE_INLINE void start_pair(size_t pair, size_t byte) {
		pairs[pair] = life | kOne | kCountStepInWord | static_cast<uint32_t>(byte);
	}
	// The context whose word lies so far behind kFew.
	NETPEER_RANGE_INLINE RangeFew &few_at(size_t place) {
		return *reinterpret_cast<RangeFew *>(reinterpret_cast<uint8_t *>(few) + place);
	}
	// Makes an empty one that of the pair.
	NETPEER_RANGE_INLINE RangeFew &start_few(size_t pair) {
		RangeFew &context = few_at(few_used);
		std::memset(context.values, 0xff, sizeof context.values);
		std::memset(context.counts, 0, 16);
		pairs[pair] = life | kFew | few_used;
		few_used += sizeof context;
		return context;
	}
	// A pair with one symbol gets a second one.
	NETPEER_RANGE_INLINE void one_to_few(size_t pair, size_t byte) {
		const uint32_t word = pairs[pair];
		const uint32_t count = count_in_word(word);
		const size_t place = byte > value_in(word) ? 1 : 0;
		RangeFew &context = start_few(pair);
		context.values[1 - place] = value_in(word);
		context.counts[1 - place] = static_cast<uint8_t>(count);
		context.values[place] = static_cast<uint8_t>(byte);
		context.counts[place] = kContextStep;
		context.totals = (kEscapeStep << 16) + kEscapeStep + count + kTotalsForNew;
	}
	void halve_one(size_t pair);
	void few_to_many(size_t pair, size_t byte);
	void halve_pair(size_t pair);
	// What was put off for a byte behind that pair.
	void catch_up(size_t pair, size_t last, size_t byte);
};

void RangeModel::reset() {
	std::memset(root.counts, 1, sizeof root.counts);
	uint16_t inside[16];
	for (unsigned i = 0; i < 16; ++i) {
		root.before[i] = static_cast<uint16_t>(16 * i);
		inside[i] = static_cast<uint16_t>(i);
	}
	for (unsigned i = 0; i < 256; i += 16) std::memcpy(root.inside + i, inside, sizeof inside);
	root.total = 257; // 256 and the escape that ends the data
	put_off = 0;
	nodes_left = kNodeLimit - 1;
	few_used = 0;
	many_used = kFirstManySlot;
	life += kLifeStep;
	if (life <= kLifeStep) { // at first, and then every 2047th time
		std::memset(pairs, 0, sizeof pairs);
		life = kLifeStep;
	}
}

// With the step of `byte` still to come: with it, a byte might not hold the count.
void RangeModel::halve_root(size_t byte) {
	uint32_t sum = 0;
	for (unsigned group = 0; group < 16; ++group) {
		root.before[group] = static_cast<uint16_t>(sum);
		uint32_t inside = 0;
		for (unsigned i = 0; i < 16; ++i) {
			uint32_t count = root.counts[group * 16 + i] - 1u;
			if (group * 16 + i == byte) count += kRootStep;
			count -= count / 2;
			root.counts[group * 16 + i] = static_cast<uint8_t>(count + 1);
			root.inside[group * 16 + i] = static_cast<uint16_t>(inside);
			inside += count + 1;
		}
		sum += inside;
	}
	root.total = sum + 1; // the single escape stays one: 1 - 1 / 2
}

void RangeModel::few_to_many(size_t pair, size_t byte) {
	const RangeFew &context = few_at(pairs[pair] & kIndexMask);
	const size_t slot = many_used++;
	start_wide(wide, slot);
	for (unsigned i = 0; i < kFewMost; ++i) {
		const size_t index = index_in_wide(slot, context.values[i]);
		wide.counts[index] = context.counts[i];
		wide.sums[index >> 4] = static_cast<uint16_t>(wide.sums[index >> 4] + context.counts[i]);
	}
	count_in_wide<false>(wide, slot, index_in_wide(slot, byte), 0, context.totals + kTotalsForNew);
	pairs[pair] = life | kMany | static_cast<uint32_t>(slot);
}

// From here on the escapes are others: it becomes a context for few.
void RangeModel::halve_one(size_t pair) {
	const uint32_t word = pairs[pair];
	RangeFew &context = start_few(pair);
	context.values[0] = value_in(word);
	context.counts[0] = static_cast<uint8_t>(count_in_word(word));
	context.totals = (kEscapeStep << 16); // and the total, which halving sums up
	halve_few(context);
}

void RangeModel::halve_pair(size_t pair) {
	const uint32_t differs = pairs[pair] ^ life;
	if (differs >= kMany) {
		halve_wide(wide, differs & kIndexMask);
	} else if (differs >= kFew) {
		halve_few(few_at(differs & kIndexMask));
	} else {
		halve_one(pair);
	}
}

NETPEER_RANGE_APART void RangeModel::catch_up(size_t pair, size_t last, size_t byte) {
	if ((put_off & kGrowPair) != 0) few_to_many(pair, byte);
	if ((put_off & kHalvePair) != 0) halve_pair(pair);
	if ((put_off & kHalveLast) != 0) halve_wide(wide, last);
	if ((put_off & kHalveRoot) != 0) halve_root(byte);
	put_off &= kStartAfresh;
}

namespace {

class RangeWriter {
public:
	explicit RangeWriter(MutBytes out) : begin_(out.data), at_(out.data), end_(out.data + out.size) {}

	// False: no room.
	NETPEER_RANGE_INLINE bool put(uint32_t start, uint32_t size, uint32_t total) {
		range_ /= total;
		low_ += start * range_;
		range_ *= size;
		// Above that the top byte is never settled: no size is so near its total that the range could wrap around.
		while (range_ < kRangeTop) {
			if ((low_ ^ (low_ + range_)) >= kRangeTop) { // the top byte is not settled
				if (range_ >= kRangeBottom) break;
				range_ = (0 - low_) & (kRangeBottom - 1); // give up a part of the range so that it settles
			}
			if (at_ == end_) return false;
			*at_++ = static_cast<uint8_t>(low_ >> 24);
			range_ <<= 8;
			low_ <<= 8;
		}
		return true;
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

enum class RangeCoded { kYes, kEscaped, kNoRoom };

// False: no room.
NETPEER_RANGE_INLINE bool encode_in_root(RangeModel &model, RangeWriter &writer, size_t byte, RangeEncodeRun &run) {
	const uint32_t count = model.root.counts[byte];
	model.meet_in_root(byte, count);
	const uint32_t before = 1u + model.root.before[byte >> 4] + model.root.inside[byte];
	if (!writer.put(before, count, model.root.total)) return false;
	// Only a byte that is new at order 1, or to the whole model, comes here: too seldom to make the total too large.
	if (!model.count_in_root<false>(byte, count)) run.leave(kHalveRoot);
	return true;
}

template <bool kIsPair>
NETPEER_RANGE_INLINE RangeCoded encode_in_wide(
        RangeWide &wide, size_t slot, RangeWriter &writer, size_t byte, RangeEncodeRun &run) {
	constexpr RangePutOff kHalve = kIsPair ? kHalvePair : kHalveLast;
	constexpr bool kMayFill = kIsPair; // only a byte that is new to its pair comes to the other ones, see above
	const size_t index = index_in_wide(slot, byte);
	const uint32_t totals = wide.totals[slot];
	const uint32_t count = wide.counts[index];
	if (count != 0) {
		const uint32_t before = RangeLanes::sum_before(wide.sums + (slot << 4), wide.counts + (slot << 8), byte);
		if (!writer.put(escapes_in(totals) + before, count, total_in(totals))) return RangeCoded::kNoRoom;
		if (!count_in_wide<kMayFill>(wide, slot, index, count, totals + kContextStep)) run.leave(kHalve);
		return RangeCoded::kYes;
	}
	// Where nothing was ever seen there is nothing to escape from.
	if (totals != 0 && !writer.put(0, escapes_in(totals), total_in(totals))) return RangeCoded::kNoRoom;
	if (!count_in_wide<kMayFill>(wide, slot, index, 0, totals + kTotalsForNew)) run.leave(kHalve);
	return RangeCoded::kEscaped;
}

// By the last byte or by none, for a byte that was new to its pair: that is a node too. False: no room.
NETPEER_RANGE_INLINE bool encode_in_last(
        RangeModel &model, size_t last, RangeWriter &writer, size_t byte, RangeEncodeRun &run) {
	const RangeCoded coded = encode_in_wide<false>(model.wide, last, writer, byte, run);
	if (coded == RangeCoded::kEscaped) {
		if (!encode_in_root(model, writer, byte, run)) return false;
		if ((model.nodes_left -= 2) <= 0) run.leave(kStartAfresh);
		return true;
	}
	if (--model.nodes_left <= 0) run.leave(kStartAfresh);
	return coded == RangeCoded::kYes;
}

NETPEER_RANGE_INLINE RangeCoded encode_in_few(
        RangeFew &context, RangeWriter &writer, size_t byte, RangeEncodeRun &run) {
	const uint32_t totals = context.totals;
	const size_t place = RangeLanes::place_of(context.values, byte);
	if (is_in_few(context, place, byte)) {
		const uint32_t count = context.counts[place];
		const uint32_t before = RangeLanes::sum_below(context.values, context.counts, byte);
		if (!writer.put(escapes_in(totals) + before, count, total_in(totals))) return RangeCoded::kNoRoom;
		if (!count_in_few(context, place, count, totals)) run.leave(kHalvePair);
		return RangeCoded::kYes;
	}
	if (!writer.put(0, escapes_in(totals), total_in(totals))) return RangeCoded::kNoRoom;
	if (!insert_in_few(context, place, byte)) run.leave(kGrowPair);
	return RangeCoded::kEscaped;
}

NETPEER_RANGE_INLINE RangeCoded encode_in_pair(
        RangeModel &model, size_t pair, RangeWriter &writer, uint32_t life, size_t byte, RangeEncodeRun &run) {
	const uint32_t word = model.pairs[pair];
	const uint32_t differs = word ^ (life | static_cast<uint32_t>(byte));
	if ((differs & kOtherValue) == 0) { // one symbol, and it is this
		const uint32_t count = differs >> 8;
		if (!writer.put(kEscapeStep, count, kEscapeStep + count)) return RangeCoded::kNoRoom;
		model.pairs[pair] = word + kCountStepInWord;
		if (count > kContextCountMost) run.leave(kHalvePair);
		return RangeCoded::kYes;
	}
	const uint32_t place = word - (life | kFew);
	if (place <= kIndexMask) return encode_in_few(model.few_at(place), writer, byte, run);
	if (differs >= kNotSeen) {
		model.start_pair(pair, byte);
		return RangeCoded::kEscaped;
	}
	if (differs >= kMany) return encode_in_wide<true>(model.wide, word & kIndexMask, writer, byte, run);
	if (!writer.put(0, kEscapeStep, kEscapeStep + (differs >> 8))) return RangeCoded::kNoRoom;
	model.one_to_few(pair, byte);
	return RangeCoded::kEscaped;
}

NETPEER_RANGE_INLINE uint16_t pair_before(const uint8_t *at) {
	uint16_t pair; // differs with the order of bytes in memory, which is all the same to the table
	std::memcpy(&pair, at - 2, 2);
	return pair;
}

// The first two bytes that a model ever sees have no pair in front, and the very first has no last one either.
NETPEER_RANGE_APART const uint8_t *encode_first_two(
        RangeModel &model, RangeWriter &writer, const uint8_t *at, const uint8_t *end) {
	RangeEncodeRun run = {at, end, &model.put_off}; // nothing will be: there are no counts yet
	if (!encode_in_root(model, writer, at[0], run)) return nullptr;
	if (end - at == 1) return end;
	++model.nodes_left; // for the pair that is not there
	return encode_in_last(model, at[0], writer, at[1], run) ? at + 2 : nullptr;
}

// Until all is coded or something was put off. Where it stopped; null: no room.
const uint8_t *encode_on(RangeModel &model, RangeWriter &shared, const uint8_t *at, const uint8_t *end) {
	RangeWriter writer = shared; // a copy nobody knows of stays in registers
	RangeEncodeRun run = {at, end, &model.put_off};
	const uint32_t life = model.life;
	while (run.at != run.stop) {
		const size_t byte = *run.at++;
		const RangeCoded coded = encode_in_pair(model, pair_before(run.at - 1), writer, life, byte, run);
		if (coded == RangeCoded::kNoRoom) return nullptr;
		if (coded == RangeCoded::kYes) continue;
		if (!encode_in_last(model, run.at[-2], writer, byte, run)) return nullptr;
	}
	shared = writer;
	return run.at;
}

size_t range_encode(RangeModel &model, ByteView in, MutBytes out) {
	RangeWriter writer(out);
	const uint8_t *at = in.data;
	const uint8_t *const end = in.data + in.size;
	model.put_off = kStartAfresh;
	while (at != end) {
		if (model.put_off != 0) { // kStartAfresh, the rest is done
			model.reset();
			at = encode_first_two(model, writer, at, end);
			if (at == nullptr) return 0;
		}
		at = encode_on(model, writer, at, end);
		if (at == nullptr) return 0;
		if (model.put_off != 0) model.catch_up(pair_before(at - 1), at[-2], at[-1]);
	}
	return writer.finish();
}

class RangeReader {
public:
	explicit RangeReader(ByteView in) : at_(in.data), end_(in.data + in.size) {
		for (int i = 0; i < 4; ++i) feed();
	}
	// Splits the range into `total` parts.
	NETPEER_RANGE_INLINE void split(uint32_t total) { range_ /= total; }
	// Whether the code lies below so many parts. From bad data it may be at or above the total.
	NETPEER_RANGE_INLINE bool is_below(uint32_t parts) const { return code_ < parts * range_; }
	// In which part.
	NETPEER_RANGE_INLINE uint32_t part() const { return code_ / range_; }
	// Leaves out so many parts, which the code does not lie below.
	NETPEER_RANGE_INLINE void pass(uint32_t parts) {
		low_ += parts * range_;
		code_ -= parts * range_;
	}
	// Passes counts until the one the code lies in; there is one. Answers its place. Takes no division, but a product for
	// every count: right where they are few.
	NETPEER_RANGE_INLINE size_t pass_counts(const uint8_t *counts) {
		const int64_t range = range_; // with a sign, what is left tells by itself that it was too little
		int64_t left = code_;
		int64_t size;
		size_t i = static_cast<size_t>(-1);
		do {
			size = counts[++i] * range;
			left -= size;
		} while (left >= 0);
		const uint32_t inside = static_cast<uint32_t>(left + size);
		low_ += code_ - inside;
		code_ = inside;
		return i;
	}
	// The symbol is so many parts: they are the next range.
	NETPEER_RANGE_INLINE void take(uint32_t parts) {
		range_ *= parts;
		while (range_ < kRangeTop) {
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
	NETPEER_RANGE_INLINE void feed() { code_ = (code_ << 8) | (at_ != end_ ? *at_++ : 0u); }

	uint32_t low_ = 0;
	uint32_t range_ = 0xffffffff;
	uint32_t code_ = 0; // from `low_` on
	const uint8_t *at_;
	const uint8_t *end_;
};

// A symbol is a byte or one of these.
constexpr size_t kSymbolEscape = 256;
constexpr size_t kSymbolEnd = 257;
constexpr size_t kSymbolBad = 258;

NETPEER_RANGE_INLINE size_t decode_in_root(RangeModel &model, RangeReader &reader, RangeDecodeRun &run) {
	RangeRoot &root = model.root;
	reader.split(root.total);
	uint32_t x = reader.part();
	if (x == 0) return kSymbolEnd; // the root's escape
	if (x >= root.total) return kSymbolBad;
	const size_t group = RangeLanes::last_at_most(root.before, --x);
	const uint32_t before = root.before[group];
	const uint16_t *const inside = root.inside + group * 16;
	const size_t place = RangeLanes::last_at_most(inside, x - before);
	const size_t byte = group * 16 + place;
	const uint32_t count = root.counts[byte];
	reader.pass(1 + before + inside[place]);
	reader.take(count);
	model.meet_in_root(byte, count);
	if (!model.count_in_root<true>(byte, count)) run.leave(kHalveRoot);
	return byte;
}

// The place among numbers whose first ones hold position `x`, which is left as the position inside that one.
template <class Number> NETPEER_RANGE_INLINE size_t pass_numbers(const Number *numbers, uint32_t &x) {
	size_t i = 0;
	for (; x >= numbers[i]; ++i) x -= numbers[i];
	return i;
}

NETPEER_RANGE_INLINE size_t decode_in_wide(
        RangeWide &wide, size_t slot, uint32_t totals, RangeReader &reader, RangeDecodeRun &run, RangePutOff halve) {
	reader.split(total_in(totals));
	if (reader.is_below(escapes_in(totals))) {
		reader.take(escapes_in(totals));
		return kSymbolEscape;
	}
	const uint32_t x = reader.part();
	if (x >= total_in(totals)) return kSymbolBad;
	uint32_t inside = x - escapes_in(totals);
	size_t index = ((slot << 4) + pass_numbers(wide.sums + (slot << 4), inside)) << 4;
	const uint32_t half = RangeLanes::sum_of_eight(wide.counts + index);
	if (inside >= half) {
		inside -= half;
		index += 8;
	}
	index += pass_numbers(wide.counts + index, inside);
	reader.pass(x - inside);
	const uint32_t count = wide.counts[index];
	reader.take(count);
	if (!count_in_wide<true>(wide, slot, index, count, totals + kContextStep)) run.leave(halve);
	return index & 0xff;
}

NETPEER_RANGE_INLINE size_t decode_in_few(RangeFew &context, RangeReader &reader, RangeDecodeRun &run) {
	const uint32_t totals = context.totals;
	reader.split(total_in(totals));
	if (reader.is_below(escapes_in(totals))) {
		reader.take(escapes_in(totals));
		return kSymbolEscape;
	}
	if (!reader.is_below(total_in(totals))) return kSymbolBad;
	reader.pass(escapes_in(totals));
	const size_t place = reader.pass_counts(context.counts);
	const uint32_t count = context.counts[place];
	reader.take(count);
	if (!count_in_few(context, place, count, totals)) run.leave(kHalvePair);
	return context.values[place];
}

NETPEER_RANGE_INLINE size_t decode_in_one(uint32_t &word, RangeReader &reader, RangeDecodeRun &run) {
	const uint32_t symbol = word;
	const uint32_t count = count_in_word(symbol);
	reader.split(kEscapeStep + count);
	if (reader.is_below(kEscapeStep)) {
		reader.take(kEscapeStep);
		return kSymbolEscape;
	}
	reader.pass(kEscapeStep);
	if (!reader.is_below(count)) return kSymbolBad;
	reader.take(count);
	word = symbol + kCountStepInWord;
	if (count > kContextCountMost) run.leave(kHalvePair);
	return value_in(symbol);
}

// `differs`: the word of the pair and the life.
NETPEER_RANGE_INLINE size_t decode_in_pair(
        RangeModel &model, size_t pair, uint32_t differs, RangeReader &reader, RangeDecodeRun &run) {
	if (differs < kFew) return decode_in_one(model.pairs[pair], reader, run);
	if (differs < kMany) return decode_in_few(model.few_at(static_cast<size_t>(differs) - kFew), reader, run);
	if (differs >= kNotSeen) return kSymbolEscape;
	const size_t slot = differs & kIndexMask;
	return decode_in_wide(model.wide, slot, model.wide.totals[slot], reader, run, kHalvePair);
}

// Counts a byte that was escaped from. From bad data it may be known all the same.
NETPEER_RANGE_INLINE void learn_in_wide(
        RangeModel &model, size_t slot, uint32_t totals, size_t byte, RangeDecodeRun &run, RangePutOff halve) {
	const size_t index = index_in_wide(slot, byte);
	const uint32_t count = model.wide.counts[index];
	if (count == 0) --model.nodes_left;
	totals += count == 0 ? kTotalsForNew : kContextStep;
	if (!count_in_wide<true>(model.wide, slot, index, count, totals)) run.leave(halve);
}
NETPEER_RANGE_INLINE void learn_in_few(RangeModel &model, RangeFew &context, size_t byte, RangeDecodeRun &run) {
	const size_t place = RangeLanes::place_of(context.values, byte);
	if (is_in_few(context, place, byte)) {
		if (!count_in_few(context, place, context.counts[place], context.totals)) run.leave(kHalvePair);
	} else {
		--model.nodes_left;
		if (!insert_in_few(context, place, byte)) run.leave(kGrowPair);
	}
}
NETPEER_RANGE_INLINE void learn_in_pair(
        RangeModel &model, size_t pair, uint32_t differs, size_t byte, RangeDecodeRun &run) {
	if (differs >= kNotSeen) {
		--model.nodes_left;
		model.start_pair(pair, byte);
	} else if (differs >= kMany) {
		const uint32_t slot = differs & kIndexMask;
		learn_in_wide(model, slot, model.wide.totals[slot], byte, run, kHalvePair);
	} else if (differs >= kFew) {
		learn_in_few(model, model.few_at(differs - kFew), byte, run);
	} else if (value_in(differs) != byte) {
		--model.nodes_left;
		model.one_to_few(pair, byte);
	} else {
		model.pairs[pair] += kCountStepInWord;
		if (count_in_word(differs) > kContextCountMost) run.leave(kHalvePair);
	}
}

// By the last byte and by none.
NETPEER_RANGE_INLINE size_t decode_in_last(RangeModel &model, size_t last, RangeReader &reader, RangeDecodeRun &run) {
	const uint32_t totals = model.wide.totals[last];
	if (totals != 0) {
		const size_t symbol = decode_in_wide(model.wide, last, totals, reader, run, kHalveLast);
		if (symbol != kSymbolEscape) return symbol;
	}
	const size_t symbol = decode_in_root(model, reader, run);
	if (symbol < kSymbolEscape) learn_in_wide(model, last, totals, symbol, run, kHalveLast);
	return symbol;
}

struct RangeStop {
	uint8_t *at;
	size_t symbol; // the next one
};

// The first two bytes that a model ever sees have no pair in front, and the very first has no last one either.
NETPEER_RANGE_APART RangeStop decode_first_two(
        RangeModel &model, RangeReader &reader, uint8_t *at, const uint8_t *end) {
	RangeDecodeRun run = {at, end, &model.put_off}; // nothing will be: there are no counts yet
	const size_t first = decode_in_root(model, reader, run);
	if (first >= kSymbolEscape) return RangeStop{at, first};
	if (at == end) return RangeStop{at, kSymbolBad};
	*at++ = static_cast<uint8_t>(first);
	return RangeStop{at, decode_in_last(model, first, reader, run)};
}

// Writes the symbol and decodes on, until the end of data or room, or something was put off. `at`: behind a byte.
RangeStop decode_on(RangeModel &model, RangeReader &shared, uint8_t *at, const uint8_t *end, size_t symbol) {
	RangeReader reader = shared; // a copy nobody knows of stays in registers
	RangeDecodeRun run = {at, end, &model.put_off};
	const uint32_t life = model.life;
	size_t pair = at[-1];
	while (run.at != run.stop) {
		*run.at++ = static_cast<uint8_t>(symbol);
		pair = ((pair << 8) | symbol) & 0xffff;
		const uint32_t differs = model.pairs[pair] ^ life;
		symbol = decode_in_pair(model, pair, differs, reader, run);
		if (symbol < kSymbolEscape) continue;
		if (symbol != kSymbolEscape) return RangeStop{run.at, symbol};
		symbol = decode_in_last(model, pair & 0xff, reader, run);
		if (symbol >= kSymbolEscape) return RangeStop{run.at, symbol};
		learn_in_pair(model, pair, differs, symbol, run);
		if (model.nodes_left <= 0) run.leave(kStartAfresh);
	}
	shared = reader;
	return RangeStop{run.at, symbol};
}

size_t range_decode(RangeModel &model, ByteView in, MutBytes out) {
	RangeReader reader(in);
	const uint8_t *const end = out.data + out.size;
	model.reset();
	RangeStop stop = decode_first_two(model, reader, out.data, end);
	while (stop.symbol < kSymbolEscape) {
		if (stop.at == end) return 0;
		stop = decode_on(model, reader, stop.at, end, stop.symbol);
		if (model.put_off == 0) continue;
		uint8_t *const at = stop.at;
		model.catch_up(static_cast<size_t>((at[-2] << 8) | at[-1]), at[-1], stop.symbol);
		if (model.put_off == 0) continue;
		if (at == end) return 0;
		*at = static_cast<uint8_t>(stop.symbol);
		model.reset();
		stop = decode_first_two(model, reader, at + 1, end);
	}
	return stop.symbol == kSymbolEnd ? static_cast<size_t>(stop.at - out.data) : 0;
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
#undef NETPEER_RANGE_APART
