// Bytes nobody meant: every truncation and every changed byte of every vector, random values there and back, and memory
// that runs out anywhere.
#include "../support/failing_each_allocation.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using netpeer::VariantDialect;
using netpeer::VariantEncodeOptions;
using netpeer::VariantType;
using namespace netpeer_test;

namespace {

// A value or a known error, in bounded memory, all of it given back; and what was read can be written and read again.
void expect_sound(const std::vector<uint8_t> &bytes, VariantDialect dialect) {
	FailingAllocator memory;
	{
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = dialect;
		reading.allow_objects = writing.full_objects = true;
		reading.memory.allocator = memory.pointer();
		Variant value;
		size_t consumed = 0;
		const Error error = netpeer::decode_variant(view_of_bytes(bytes), value, consumed, reading);
		ASSERT_LE(memory.peak_bytes(), bytes.size() * 24 + 256) << bytes_to_hex(bytes);
		// With little to spare every block is one of its own; that must make no difference.
		VariantDecodeOptions tight = reading;
		tight.memory.left = bytes.size() * 24 + 256;
		Variant apart;
		size_t consumed_apart = 0;
		ASSERT_EQ(netpeer::decode_variant(view_of_bytes(bytes), apart, consumed_apart, tight), error)
		        << bytes_to_hex(bytes);
		ASSERT_TRUE(apart == value && consumed_apart == consumed) << bytes_to_hex(bytes);
		if (error == Error::OK) {
			ASSERT_LE(consumed, bytes.size());
			ByteBuffer again;
			ASSERT_EQ(netpeer::encode_variant(value, again, writing), Error::OK) << bytes_to_hex(bytes);
			Variant copy;
			size_t copied = 0;
			ASSERT_EQ(netpeer::decode_variant(again.view(), copy, copied, reading), Error::OK) << bytes_to_hex(bytes);
			ASSERT_EQ(copied, again.size());
			ByteBuffer third;
			ASSERT_EQ(netpeer::encode_variant(copy, third, writing), Error::OK);
			ASSERT_TRUE(third.view() == again.view()) << bytes_to_hex(bytes);
		} else {
			ASSERT_TRUE(error == Error::ERR_INVALID_DATA || error == Error::ERR_FILE_EOF ||
			            error == Error::ERR_OUT_OF_MEMORY)
			        << netpeer::error_name(error) << " " << bytes_to_hex(bytes);
			ASSERT_TRUE(value.is_nil());
			ASSERT_EQ(consumed, 0u);
		}
	}
	ASSERT_EQ(memory.live_blocks(), 0u) << bytes_to_hex(bytes);
	ASSERT_EQ(memory.size_mismatches(), 0u);
}

uint64_t environment_number(const char *name, uint64_t otherwise) {
	const char *text = std::getenv(name);
	return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

TEST(VariantHostile, EveryTruncationEndsInAValueOrAClearError) {
	for (const VariantVector &vector : all_variant_vectors()) {
		for (size_t size = 0; size < vector.bytes.size(); ++size)
			expect_sound(std::vector<uint8_t>(
			                     vector.bytes.begin(), vector.bytes.begin() + static_cast<std::ptrdiff_t>(size)),
			        vector.dialect);
		if (HasFatalFailure()) return;
	}
}

TEST(VariantHostile, EveryChangedByteEndsInAValueOrAClearError) {
	for (const VariantVector &vector : all_variant_vectors()) {
		for (size_t at = 0; at < vector.bytes.size() && !HasFatalFailure(); ++at) {
			for (int change = 1; change < 256; ++change) {
				std::vector<uint8_t> bytes = vector.bytes;
				bytes[at] = static_cast<uint8_t>(bytes[at] ^ change);
				expect_sound(bytes, vector.dialect);
			}
		}
	}
}

TEST(VariantHostile, RandomValuesOfEveryTypeComeBackFromBytesAndText) {
	const uint64_t seed = environment_number(
	        "NETPEER_VARIANT_SEED", static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
	const uint64_t values = environment_number("NETPEER_VARIANT_VALUES", 100000);
	std::printf("NETPEER_VARIANT_SEED=%llu\n", static_cast<unsigned long long>(seed));
	RandomVariant random(seed);
	VariantDecodeOptions reading;
	VariantEncodeOptions writing;
	reading.allow_objects = writing.full_objects = true;
	netpeer::VariantParseOptions parsing;
	parsing.allow_objects = true;
	for (uint64_t i = 0; i < values; ++i) {
		const Variant value =
		        i % 2 == 0 ? random.next() : random.of(static_cast<VariantType>(i / 2 % netpeer::kVariantTypes));
		const std::vector<uint8_t> bytes = encoded(value, writing);
		Variant back;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(view_of_bytes(bytes), back, consumed, reading), Error::OK) << text_of(value);
		ASSERT_EQ(consumed, bytes.size());
		ASSERT_TRUE(back == value) << text_of(value);
		ASSERT_EQ(bytes_to_hex(encoded(back, writing)), bytes_to_hex(bytes)) << text_of(value);
		if (i % 8 != 0) continue; // text is slow
		const std::string text = text_of(value);
		size_t offset = 0;
		ASSERT_EQ(netpeer::parse_variant(netpeer::view_of(text.c_str()), back, parsing, &offset), Error::OK)
		        << text << " at " << offset;
		ASSERT_TRUE(back == value) << text;
		ASSERT_EQ(text_of(back), text);
	}
}

TEST(VariantHostile, WhereverMemoryRunsOutNothingIsLost) {
	const Variant source = variant_of(
	        "{\"a string that is longer than twenty-two bytes\": [1, Transform3D(), Array[Node]([null])], "
	        "^\"/a/b:c\": PackedStringArray([\"x\", \"another string that needs a block\"]), "
	        "[{}]: Dictionary[\"X\", int]({Object(\"X\", \"p\": 1): 2}), "
	        "1:1, 2:2, 3:3, 4:4, 5:5, 6:6, 7:7, 8:8, 9:9, 10:10, 11:11, 12:12, 13:13, 14:14, 15:15, 16:16, 17:17}");
	VariantEncodeOptions writing;
	writing.full_objects = true;
	const std::vector<uint8_t> bytes = encoded(source, writing);
	const std::string text = text_of(source);
	FailingEachAllocation([&](FailingAllocator &memory) {
		VariantDecodeOptions reading;
		reading.allow_objects = true;
		reading.memory.allocator = memory.pointer();
		Variant value;
		size_t consumed = 0;
		Error error = netpeer::decode_variant(view_of_bytes(bytes), value, consumed, reading);
		EXPECT_TRUE(error == Error::OK ? value == source : error == Error::ERR_OUT_OF_MEMORY && value.is_nil());

		netpeer::VariantParseOptions parsing;
		parsing.allow_objects = true;
		parsing.memory.allocator = memory.pointer();
		error = netpeer::parse_variant(netpeer::view_of(text.c_str()), value, parsing);
		EXPECT_TRUE(error == Error::OK ? value == source : error == Error::ERR_OUT_OF_MEMORY && value.is_nil());

		// Changing a shared value copies it first.
		const Variant shared = value;
		netpeer::VariantMemory from{memory.pointer(), SIZE_MAX};
		if (value.type() == VariantType::kDictionary) {
			error = value.insert(Variant(1), Variant(-1), &from);
			EXPECT_TRUE(shared == source);
			EXPECT_TRUE(error == Error::OK ? value != shared : value == shared);
			(void)value.insert(Variant(18), Variant(18), &from);
			(void)value.erase(Variant(2), &from);
		}
	}).run();
}

TEST(VariantHostile, KeysThatAreDictionariesOfDictionariesCostNoMoreThanTheirBytes) {
	// Two keys a level, each a dictionary with two such keys: comparing them pair by pair would take exponential time.
	std::vector<uint8_t> key = hex_to_bytes("0200000001000000");
	for (int level = 0; level < 14; ++level) {
		std::vector<uint8_t> outer = hex_to_bytes("1b00000002000000");
		for (int i = 0; i < 2; ++i) {
			outer.insert(outer.end(), key.begin(), key.end());
			if (i == 1) outer.back() = static_cast<uint8_t>(level + 1); // another key than the first
			const std::vector<uint8_t> nil = hex_to_bytes("0200000005000000");
			outer.insert(outer.end(), nil.begin(), nil.end());
		}
		key = outer;
	}
	expect_sound(key, VariantDialect::kGodot4);
	Variant a, b;
	size_t consumed = 0;
	ASSERT_EQ(netpeer::decode_variant(view_of_bytes(key), a, consumed), Error::OK);
	ASSERT_EQ(netpeer::decode_variant(view_of_bytes(key), b, consumed), Error::OK);
	EXPECT_TRUE(a == b);
}
