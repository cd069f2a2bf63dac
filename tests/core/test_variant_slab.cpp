// Small parts of a value that was read share blocks of memory. What that must not change: parts live as long as somebody has
// them, also on other threads, may be changed in every way, and all memory comes back.
#include "../support/failing_allocator.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

#include <thread>

using netpeer::Error;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using namespace netpeer_test;

namespace {

// 200 players with lists, dictionaries and a text that needs a block.
std::vector<uint8_t> many_small_parts() {
	std::string text = "[";
	for (int i = 0; i < 200; ++i)
		text += "{\"pos\": [1.5, 2, " + std::to_string(i) +
		        "], \"bag\": [{\"item\": \"sword\"}], \"name\": \"somebody with a name of some length\"},";
	return encoded(variant_of(text + "]"));
}

Variant read_with(const std::vector<uint8_t> &bytes, const FailingAllocator &memory, size_t budget = SIZE_MAX) {
	VariantDecodeOptions reading;
	reading.memory = {memory.pointer(), budget};
	Variant value;
	size_t consumed = 0;
	EXPECT_EQ(netpeer::decode_variant(netpeer::ByteView(bytes.data(), bytes.size()), value, consumed, reading),
	        Error::OK);
	EXPECT_EQ(consumed, bytes.size());
	return value;
}

} // namespace

TEST(VariantSlab, ManySmallPartsCostFewRequests) {
	FailingAllocator memory;
	const std::vector<uint8_t> bytes = many_small_parts();
	const Variant value = read_with(bytes, memory);
	EXPECT_LT(memory.requests(), 100u) << "for 1001 blocks";
	FailingAllocator apart;
	EXPECT_TRUE(read_with(bytes, apart, bytes.size() * 24) == value);
	EXPECT_EQ(apart.requests(), 1001u) << "with little to spare each part asks for itself";
	EXPECT_LE(memory.peak_bytes(), apart.peak_bytes() * 5 / 4);
}

TEST(VariantSlab, APartThatIsKeptKeepsABlockAndNotTheWhole) {
	FailingAllocator memory;
	{
		Variant part;
		{
			const Variant value = read_with(many_small_parts(), memory);
			part = value.at(150).find_text(netpeer::view_of("pos"))[0];
			EXPECT_GT(memory.live_bytes(), 50000u);
		}
		EXPECT_TRUE(part == variant_of("[1.5, 2, 150]"));
		EXPECT_EQ(memory.live_blocks(), 1u);
		EXPECT_LE(memory.live_bytes(), 4096u);
		ASSERT_EQ(part.push_back(Variant(1)), Error::OK); // grows: a block of its own from now on
		EXPECT_TRUE(part == variant_of("[1.5, 2, 150, 1]"));
		EXPECT_EQ(memory.live_blocks(), 1u);
		EXPECT_LT(memory.live_bytes(), 512u);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(VariantSlab, ASmallMessageHasNoBlockLargerThanItNeeds) {
	FailingAllocator memory;
	const std::vector<uint8_t> bytes = encoded(variant_of("{\"a\": [1], \"b\": [2]}"));
	const Variant value = read_with(bytes, memory);
	EXPECT_EQ(value.size(), 2u);
	EXPECT_LT(memory.live_bytes(), bytes.size() * 8);
}

TEST(VariantSlab, PartsMayBeChangedInEveryWay) {
	const std::vector<uint8_t> bytes = many_small_parts();
	FailingAllocator memory, other_memory;
	const Variant pristine = read_with(bytes, other_memory);
	{
		Variant value = read_with(bytes, memory);
		const Variant shared = value;
		Variant player = value.at(7);
		Variant longer = value.at(8);
		for (int i = 0; i < 40; ++i) ASSERT_EQ(longer.insert(Variant(i), value.at(9)), Error::OK); // with an index
		for (int i = 0; i < 40; ++i) ASSERT_TRUE(longer.find(Variant(i)) != nullptr) << i;
		ASSERT_EQ(longer.erase(Variant(3)), Error::OK);
		ASSERT_EQ(longer.size(), 42u);
		ASSERT_EQ(player.insert(variant_of("\"pos\""), longer), Error::OK);
		ASSERT_EQ(value.set_at(7, player), Error::OK);
		ASSERT_EQ(value.set_at(8, Variant()), Error::OK);
		EXPECT_TRUE(value.at(7).find_text(netpeer::view_of("pos"))->size() == 42u);
		EXPECT_TRUE(shared == pristine);
		EXPECT_TRUE(value != pristine);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(VariantSlab, AListOfNumbersThatGetsATextFreesItToo) {
	// Lists read without blocks inside are not searched for any when they go.
	std::string text = "[";
	for (int i = 0; i < 50; ++i) text += "[1, 2, 3],";
	FailingAllocator memory;
	{
		Variant inner;
		{
			const Variant value = read_with(encoded(variant_of(text + "]")), memory);
			inner = value.at(20);
		}
		netpeer::VariantMemory from{memory.pointer(), SIZE_MAX};
		Variant made;
		ASSERT_EQ(made.set_string(netpeer::view_of("another one that is rather long"), &from), Error::OK);
		ASSERT_EQ(inner.set_at(1, std::move(made)), Error::OK);
		EXPECT_TRUE(inner == variant_of("[1, \"another one that is rather long\", 3]"));
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
}

TEST(VariantSlab, PartsOfOneBlockMayGoOnSeveralThreads) {
	const std::vector<uint8_t> bytes = many_small_parts();
	const Variant expected = variant_of("{\"item\": \"sword\"}");
	for (int round = 0; round < 20; ++round) {
		Variant value;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(netpeer::ByteView(bytes.data(), bytes.size()), value, consumed), Error::OK);
		std::vector<Variant> shares[4];
		for (size_t i = 0; i < value.size(); ++i) {
			shares[i % 4].push_back(value.at(i).find_text(netpeer::view_of("bag"))->at(0));
		}
		value = Variant();
		std::vector<std::thread> threads;
		for (std::vector<Variant> &share : shares) {
			threads.emplace_back([mine = std::move(share), &expected]() mutable {
				for (Variant &each : mine) {
					EXPECT_TRUE(each == expected);
					each = Variant();
				}
			});
		}
		for (std::thread &thread : threads) thread.join();
	}
}

TEST(VariantSlab, AKeyThatComesTwiceWithPartsInsideLosesNothing) {
	// {"k": [[1], [2], ...], "k": [[9]]}: the first value goes while the block it lies in is still being filled.
	const auto pair = [](const std::string &value) {
		std::vector<uint8_t> bytes = encoded(variant_of("\"k\""));
		const std::vector<uint8_t> rest = encoded(variant_of(value));
		bytes.insert(bytes.end(), rest.begin(), rest.end());
		return bytes;
	};
	std::vector<uint8_t> bytes = hex_to_bytes("1b00000003000000");
	for (const char *value : {"[[1], [2], [3], [4], [5], [6], [7], [8]]", "[[9, [10]]]", "[[11, [12]], [13]]"}) {
		const std::vector<uint8_t> one = pair(value);
		bytes.insert(bytes.end(), one.begin(), one.end());
	}
	FailingAllocator memory;
	{
		const Variant value = read_with(bytes, memory);
		EXPECT_TRUE(value == variant_of("{\"k\": [[11, [12]], [13]]}"));
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
}
