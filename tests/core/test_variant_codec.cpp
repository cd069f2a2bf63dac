#include "../support/failing_allocator.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using netpeer::VariantDialect;
using netpeer::VariantEncodeOptions;
using netpeer::VariantType;
using netpeer::view_of;
using namespace netpeer_test;

namespace {

struct Decoded {
	Error error;
	Variant value;
	size_t consumed;
};

Decoded decode_hex(const std::string &hex, VariantDecodeOptions options = {}) {
	const std::vector<uint8_t> bytes = hex_to_bytes(hex);
	Decoded result{Error::FAILED, Variant(1), 99};
	result.error = netpeer::decode_variant(view_of_bytes(bytes), result.value, result.consumed, options);
	return result;
}

Error decode_error(const std::string &hex, VariantDecodeOptions options = {}) {
	const Decoded result = decode_hex(hex, options);
	if (result.error != Error::OK) {
		EXPECT_TRUE(result.value.is_nil()) << hex;
		EXPECT_EQ(result.consumed, 0u) << hex;
	}
	return result.error;
}

std::string nested_arrays(size_t arrays) {
	std::string hex;
	for (size_t i = 1; i < arrays; ++i) hex += "1c00000001000000";
	return hex + "1c00000000000000";
}

} // namespace

TEST(VariantCodec, VectorsOfBothEnginesAreReadAndWrittenToTheByte) {
	for (const VariantVector &vector : all_variant_vectors()) {
		SCOPED_TRACE(vector.name);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(view_of_bytes(vector.bytes), value, consumed, reading), Error::OK);
		EXPECT_EQ(consumed, vector.bytes.size());
		EXPECT_EQ(bytes_to_hex(encoded(value, writing)), bytes_to_hex(vector.bytes));
	}
}

TEST(VariantCodec, VectorsHaveTheTypeTheEngineNamed) {
	for (const auto &line : variant_vector_lines("variant_godot4/vectors.tsv")) {
		if (line[2].size() < 8 || line[1].find("Object (") == 0) continue;
		const Decoded result = decode_hex(line[2]);
		EXPECT_EQ(static_cast<int>(result.value.type()), std::stoi(line[0])) << line[1];
	}
}

TEST(VariantCodec, LiteralsOfTheVectorsParseToWhatTheirBytesSay) {
	for (const VariantVector &vector : all_variant_vectors()) {
		SCOPED_TRACE(vector.name);
		// That engine reads its own text one bit off, and lost the sign before it wrote the bytes.
		if (vector.name == "real_1e39" || vector.name == "real_neg0") continue;
		VariantEncodeOptions writing;
		writing.dialect = vector.dialect;
		EXPECT_EQ(bytes_to_hex(encoded(variant_of(vector.literal), writing)), bytes_to_hex(vector.bytes));
	}
}

TEST(VariantCodec, ExamplesOfTheSpecificationAreReadAndWrittenToTheByte) {
	const auto lines = variant_vector_lines("variant_spec/vectors.tsv");
	ASSERT_EQ(lines.size(), 66u);
	for (const auto &line : lines) {
		SCOPED_TRACE(line[0] + " " + line[1]);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		writing.double_reals = line[3] == "double";
		reading.allow_objects = writing.full_objects = line[3] == "objects";
		const Decoded result = decode_hex(line[2], reading);
		ASSERT_EQ(result.error, Error::OK);
		EXPECT_EQ(result.consumed * 2, line[2].size());
		EXPECT_TRUE(result.value == variant_of(line[1])) << text_of(result.value);
		EXPECT_EQ(bytes_to_hex(encoded(variant_of(line[1]), writing)), line[2]);
		size_t bytes = 0;
		EXPECT_EQ(netpeer::encoded_variant_size(result.value, bytes, writing), Error::OK);
		EXPECT_EQ(bytes * 2, line[2].size());
	}
}

TEST(VariantCodec, NegativeExamplesOfTheSpecificationFailAsItSays) {
	EXPECT_EQ(decode_error(""), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("020000"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("27000000"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("040000000500000041424344"), Error::ERR_FILE_EOF);
	EXPECT_EQ(decode_error("040000000100000041"), Error::ERR_FILE_EOF);
	EXPECT_EQ(decode_error("0400000004000000fffefdfc"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1c000000ffffffff"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1d000000000000ff"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1800000000000000"), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(decode_error("1c0001002700000000000000"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("22000000ffffffff"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1600000004000000000000000000000061616161"), Error::ERR_INVALID_DATA);
}

TEST(VariantCodec, ProbesOfTheEngineEndAsTheyDidThere) {
	for (const auto &line : variant_vector_lines("variant_godot3/probes.tsv")) {
		SCOPED_TRACE(line[0] + ": " + line[2]);
		VariantDecodeOptions reading;
		reading.dialect = VariantDialect::kGodot3;
		const Decoded result = decode_hex(line[1], reading);
		if (line[2].find("ERR_") == 0) {
			EXPECT_EQ(netpeer::error_name(result.error), line[2].substr(0, line[2].find(' ')));
		} else if (line[0] == "strarr_neg") {
			EXPECT_EQ(result.error, Error::ERR_INVALID_DATA); // there it was an empty array
		} else {
			ASSERT_EQ(result.error, Error::OK);
			std::string said = line[2].substr(0, line[2].find(" ("));
			if (line[0] == "bytearr_nopad") said = "PackedByteArray([1,2,3])";
			if (line[0] == "obj_id") said = "EncodedObjectAsID(5)";
			if (line[0] == "obj_id0") said = "Object()";
			EXPECT_TRUE(result.value == variant_of(said)) << text_of(result.value);
		}
	}
}

TEST(VariantCodec, Depth1024IsTheDeepest) {
	EXPECT_EQ(decode_error(nested_arrays(1025)), Error::OK);
	EXPECT_EQ(decode_error(nested_arrays(1026)), Error::ERR_OUT_OF_MEMORY);

	Variant value = Variant::array();
	for (int depth = 0; depth < 1024; ++depth) {
		Variant outer = Variant::array();
		ASSERT_EQ(outer.push_back(std::move(value)), Error::OK);
		value = std::move(outer);
	}
	EXPECT_EQ(bytes_to_hex(encoded(value)), nested_arrays(1025));
	Variant outer = Variant::array();
	ASSERT_EQ(outer.push_back(value), Error::OK);
	size_t bytes = 1;
	EXPECT_EQ(netpeer::encoded_variant_size(outer, bytes), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(bytes, 0u);
	ByteBuffer out;
	EXPECT_EQ(netpeer::encode_variant(outer, out), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(out.empty());
}

TEST(VariantCodec, ALowerDepthCanBeSet) {
	VariantDecodeOptions reading;
	reading.max_depth = 2;
	EXPECT_EQ(decode_error(nested_arrays(3), reading), Error::OK);
	EXPECT_EQ(decode_error(nested_arrays(4), reading), Error::ERR_OUT_OF_MEMORY);
	VariantEncodeOptions writing;
	writing.max_depth = 2;
	size_t bytes = 0;
	EXPECT_EQ(netpeer::encoded_variant_size(variant_of("[[[]]]"), bytes, writing), Error::OK);
	EXPECT_EQ(netpeer::encoded_variant_size(variant_of("[[[[]]]]"), bytes, writing), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(netpeer::encoded_variant_size(variant_of("[[[1]]]"), bytes, writing), Error::ERR_OUT_OF_MEMORY);
}

TEST(VariantCodec, WhatFollowsIsLeftAndConsumedSaysWhereItStarts) {
	const Decoded result = decode_hex("020000000100000009090909");
	EXPECT_EQ(result.value.as_int(), 1);
	EXPECT_EQ(result.consumed, 8u);
}

TEST(VariantCodec, OutputHasToFitAndTheMaximumHolds) {
	const Variant value = variant_of("[1, \"two\"]");
	const size_t size = encoded(value).size();
	std::vector<uint8_t> out(size, 0xaa);
	size_t written = 7;
	EXPECT_EQ(
	        netpeer::encode_variant(value, netpeer::MutBytes(out.data(), size - 1), written), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(written, 0u);
	EXPECT_EQ(out, std::vector<uint8_t>(size, 0xaa));
	EXPECT_EQ(netpeer::encode_variant(value, netpeer::MutBytes(out.data(), size), written), Error::OK);
	EXPECT_EQ(written, size);
	EXPECT_EQ(out, encoded(value));

	VariantEncodeOptions writing;
	writing.max_bytes = size - 1;
	EXPECT_EQ(netpeer::encode_variant(value, netpeer::MutBytes(out.data(), size), written, writing),
	        Error::ERR_OUT_OF_MEMORY);
	ByteBuffer capped(netpeer::default_allocator(), size + 2);
	ASSERT_EQ(capped.append(view_of("ab")), Error::OK);
	EXPECT_EQ(netpeer::encode_variant(value, capped), Error::OK);
	EXPECT_EQ(netpeer::encode_variant(value, capped), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(capped.size(), size + 2);
}

TEST(VariantCodec, PaddingIsZeroWhateverLayThereBefore) {
	for (const char *literal : {"\"a\"", "PackedByteArray([1])", "PackedStringArray([\"abc\",\"abcd\",\"\"])",
	             "^\"a/b:c\"", "&\"abcde\""}) {
		std::vector<uint8_t> zeros(64, 0), ones(64, 0xff);
		size_t a = 0, b = 0;
		ASSERT_EQ(netpeer::encode_variant(variant_of(literal), netpeer::MutBytes(zeros.data(), 64), a), Error::OK);
		ASSERT_EQ(netpeer::encode_variant(variant_of(literal), netpeer::MutBytes(ones.data(), 64), b), Error::OK);
		zeros.resize(a);
		ones.resize(b);
		EXPECT_EQ(zeros, ones) << literal;
	}
}

TEST(VariantCodec, ObjectsAreDataAndOnlyWhenAllowed) {
	// A resource as the engine wrote it, with objects.
	const std::string hex =
	        "11000000080000004772616469656e7405000000170000007265736f757263655f6c6f63616c5f746f5f7363656e65000100000000"
	        "0000"
	        "000d0000007265736f757263655f6e616d650000000400000000000000070000006f66667365747300160000000200000000000000"
	        "0000803f06000000636f6c6f727300001a000000020000000000000000000000000000000000803f0000803f0000803f0000803f00"
	        "00803f06000000736372697074000000000000";
	VariantDecodeOptions reading;
	reading.dialect = VariantDialect::kGodot3;
	EXPECT_EQ(decode_error(hex, reading), Error::ERR_UNAUTHORIZED);
	reading.allow_objects = true;
	const Decoded result = decode_hex(hex, reading);
	ASSERT_EQ(result.error, Error::OK);
	EXPECT_TRUE(result.value.class_name() == view_of("Gradient"));
	ASSERT_EQ(result.value.size(), 5u);
	EXPECT_TRUE(result.value.property_name(2) == view_of("offsets"));
	EXPECT_TRUE(result.value.property_value(2) == variant_of("PackedFloat32Array([0, 1])"));
	VariantEncodeOptions writing;
	writing.dialect = VariantDialect::kGodot3;
	size_t bytes = 0;
	EXPECT_EQ(netpeer::encoded_variant_size(result.value, bytes, writing), Error::ERR_UNAUTHORIZED);
	writing.full_objects = true;
	EXPECT_EQ(bytes_to_hex(encoded(result.value, writing)), hex);

	reading.dialect = VariantDialect::kGodot4;
	EXPECT_EQ(decode_hex("1800000000000000", reading).value.type(), VariantType::kObject);
	EXPECT_EQ(decode_hex("180001000000000000000000").value, Variant::object(0));
}

TEST(VariantCodec, DeclaredClassesAreReplacedUnlessObjectsAreAllowed) {
	VariantDecodeOptions allowed;
	allowed.allow_objects = true;
	for (const char *hex : {"1c000200040000004e6f64650000000000", "1c000300040000004e6f6465", "1c00010018000000"}) {
		const std::string all = std::string(hex).substr(0, 24) + "00000000";
		const std::string with_count = std::string(hex).size() < 24 ? std::string(hex) + "00000000" : all;
		EXPECT_TRUE(decode_hex(with_count).value.element_class() == view_of("EncodedObjectAsID")) << with_count;
		EXPECT_EQ(decode_hex(with_count, allowed).value.element_type(), VariantType::kObject);
	}
	EXPECT_TRUE(decode_hex("1c000300040000004e6f646500000000", allowed).value.element_class() == view_of("Node"));
}

TEST(VariantCodec, ElementsOfAnotherTypeThanDeclaredAreRefused) {
	EXPECT_EQ(decode_error("1c00010002000000010000000400000000000000"), Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1b00010002000000010000000400000000000000"
	                       "00000000"),
	        Error::ERR_INVALID_DATA);
	EXPECT_EQ(decode_error("1b00040002000000010000000400000000000000"
	                       "00000000"),
	        Error::ERR_INVALID_DATA);
}

TEST(VariantCodec, TheLastOfSeveralEqualKeysCountsInThePlaceOfTheFirst) {
	EXPECT_EQ(text_of(decode_hex("1b000000030000000200000001000000020000000500000002000000020000000200000007000000"
	                             "02000000010000000200000006000000")
	                          .value),
	        "{1: 6, 2: 7}");
	// Containers are keys like any other, also when there are many, and NaN is one key.
	std::string hex = "1b00000080000000";
	for (int i = 0; i < 128; ++i) {
		hex += i % 2 == 0 ? "1c000000010000000200000009000000" : "03000100000000000000f87f";
		char number[3];
		std::snprintf(number, sizeof(number), "%02x", i);
		hex += "02000000" + std::string(number) + "000000";
	}
	EXPECT_EQ(text_of(decode_hex(hex).value), "{[9]: 126, NAN: 127}");
}

TEST(VariantCodec, Godot3RefusesWhatItHasNoFormFor) {
	VariantEncodeOptions writing;
	writing.dialect = VariantDialect::kGodot3;
	size_t bytes = 0;
	for (const char *literal :
	        {"&\"a\"", "Vector2i(1,2)", "[Callable()]", "PackedInt64Array()", "Array[int]([1])", "{1: Signal()}"})
		EXPECT_EQ(netpeer::encoded_variant_size(variant_of(literal), bytes, writing), Error::ERR_INVALID_PARAMETER)
		        << literal;
}

TEST(VariantCodec, DoubleRealsAreReadToTheNearestFloat) {
	// 0.1, and more than a float can hold
	const Decoded result = decode_hex("050001009a9999999999b93f9c7500883ce4377e");
	ASSERT_EQ(result.error, Error::OK);
	EXPECT_EQ(result.value.as_math<netpeer::Vector2>().x, 0.1f);
	EXPECT_EQ(text_of(result.value), "Vector2(0.1, INF)");
	VariantEncodeOptions writing;
	writing.double_reals = true;
	VariantDecodeOptions reading;
	for (const VariantVector &vector : all_variant_vectors()) {
		if (vector.dialect != VariantDialect::kGodot4) continue;
		const Variant value = decode_hex(bytes_to_hex(vector.bytes)).value;
		EXPECT_EQ(bytes_to_hex(encoded(decode_hex(bytes_to_hex(encoded(value, writing))).value)),
		        bytes_to_hex(vector.bytes));
	}
}

TEST(VariantCodec, PaddingMissingAtTheVeryEndOfPackedBytesIsTolerated) {
	const Decoded result = decode_hex("1d00000003000000010203");
	EXPECT_EQ(text_of(result.value), "PackedByteArray([1, 2, 3])");
	EXPECT_EQ(result.consumed, 11u);
	EXPECT_EQ(decode_error("1c000000020000001d00000003000000010203"), Error::ERR_INVALID_DATA);
}

TEST(VariantCodec, MemoryIsRefusedBeforeItIsTaken) {
	FailingAllocator memory;
	VariantDecodeOptions reading;
	reading.memory.allocator = memory.pointer();
	// Each claims as many elements as there are words left; were each believed, a thousand would take gigabytes.
	std::string hex;
	for (int i = 0; i < 1000; ++i) hex += "1c00000000040000";
	for (int i = 0; i < 1100; ++i) hex += "00000000";
	EXPECT_EQ(decode_error(hex, reading), Error::ERR_INVALID_DATA);
	EXPECT_LT(memory.peak_bytes(), hex.size() / 2 * 8);

	reading.memory.left = 1000;
	EXPECT_EQ(decode_error("1d000000f4010000" + std::string(1000, '0'), reading), Error::OK);
	EXPECT_EQ(decode_error("1d000000e8030000" + std::string(2000, '0'), reading), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(memory.live_blocks(), 0u);
}
