// Sixteen numbers at a time: what the processor's own instructions make of them is what plain C++ makes of them.
#include "../../src/compress/range_lanes.h"
#include "../../src/core/seeded_rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

using namespace netpeer;

namespace {

constexpr int kRangeLaneInputs = 20000;

struct LaneInputs {
	alignas(16) uint8_t values[16];
	alignas(16) uint8_t counts[256];
	alignas(16) uint16_t sums[16];
	alignas(16) uint16_t running[16];
};

// Up to 15 sorted values, 255 behind them; counts of all sizes; the sums that belong to them.
LaneInputs lane_inputs(SeededRng &rng) {
	LaneInputs inputs;
	const size_t used = rng.below(16);
	for (size_t i = 0; i < 16; ++i) inputs.values[i] = i < used ? static_cast<uint8_t>(rng.below(256)) : 255;
	std::sort(inputs.values, inputs.values + used);
	const uint64_t most = 1 + rng.below(256);
	uint32_t before = 0;
	for (size_t i = 0; i < 16; ++i) {
		uint32_t sum = 0;
		for (size_t k = 0; k < 16; ++k) {
			inputs.counts[16 * i + k] = static_cast<uint8_t>(rng.below(most));
			sum += inputs.counts[16 * i + k];
		}
		inputs.sums[i] = static_cast<uint16_t>(sum);
		inputs.running[i] = static_cast<uint16_t>(before);
		before += sum;
	}
	return inputs;
}

} // namespace

TEST(RangeLanes, SearchesAndSumsAreThoseOfPlainCode) {
	SeededRng rng(1);
	for (int round = 0; round < kRangeLaneInputs; ++round) {
		const LaneInputs inputs = lane_inputs(rng);
		const uint8_t byte = static_cast<uint8_t>(rng.below(256));
		ASSERT_EQ(RangeLanes::place_of(inputs.values, byte), PlainRangeLanes::place_of(inputs.values, byte));
		ASSERT_EQ(RangeLanes::sum_below(inputs.values, inputs.counts, byte),
		        PlainRangeLanes::sum_below(inputs.values, inputs.counts, byte));
		ASSERT_EQ(RangeLanes::sum_before(inputs.sums, inputs.counts, byte),
		        PlainRangeLanes::sum_before(inputs.sums, inputs.counts, byte));
		ASSERT_EQ(RangeLanes::sum_of_eight(inputs.counts), PlainRangeLanes::sum_of_eight(inputs.counts));
		const uint32_t x = static_cast<uint32_t>(rng.below(65536));
		ASSERT_EQ(RangeLanes::last_at_most(inputs.running, x), PlainRangeLanes::last_at_most(inputs.running, x));
	}
}

TEST(RangeLanes, SumsAtTheirMostDoNotWrapAround) {
	alignas(16) uint8_t counts[256];
	alignas(16) uint16_t sums[16];
	std::memset(counts, 255, sizeof counts);
	for (uint16_t &sum : sums) sum = 16 * 255;
	for (unsigned byte = 0; byte < 256; ++byte) {
		EXPECT_EQ(RangeLanes::sum_before(sums, counts, static_cast<uint8_t>(byte)), byte * 255u);
	}
}

TEST(RangeLanes, ChangesAreThoseOfPlainCode) {
	SeededRng rng(2);
	for (int round = 0; round < kRangeLaneInputs; ++round) {
		LaneInputs ours = lane_inputs(rng);
		LaneInputs plain = ours;
		const uint8_t byte = static_cast<uint8_t>(rng.below(256));
		const auto place = PlainRangeLanes::place_of(plain.values, byte);
		RangeLanes::insert_value(ours.values, place, byte);
		PlainRangeLanes::insert_value(plain.values, place, byte);
		ASSERT_EQ(std::memcmp(ours.values, plain.values, sizeof ours.values), 0);
		EXPECT_TRUE(std::is_sorted(ours.values, ours.values + 16));
		const unsigned k = static_cast<unsigned>(rng.below(16));
		RangeLanes::add_behind(ours.running, k);
		PlainRangeLanes::add_behind(plain.running, k);
		ASSERT_EQ(std::memcmp(ours.running, plain.running, sizeof ours.running), 0);
		RangeLanes::clear_256(ours.counts);
		PlainRangeLanes::clear_256(plain.counts);
		ASSERT_EQ(std::memcmp(ours.counts, plain.counts, sizeof ours.counts), 0);
	}
}
