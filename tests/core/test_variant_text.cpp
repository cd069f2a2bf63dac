#include "../support/failing_allocator.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

#include <clocale>

using netpeer::ByteBuffer;
using netpeer::Error;
using netpeer::parse_variant;
using netpeer::Variant;
using netpeer::VariantParseOptions;
using netpeer::VariantTextStyle;
using netpeer::VariantType;
using netpeer::view_of;
using namespace netpeer_test;

namespace {

std::string json_of(const Variant &value) {
	ByteBuffer out;
	EXPECT_EQ(netpeer::print_variant(value, out, VariantTextStyle::kJson), Error::OK);
	return std::string(reinterpret_cast<const char *>(out.data()), out.size());
}

Error parse_error(const std::string &text, VariantParseOptions options = {}) {
	Variant value(1);
	const Error error = parse_variant(view_of(text.c_str()), value, options);
	EXPECT_TRUE(error == Error::OK || value.is_nil()) << text;
	return error;
}

// Prints as it was written.
const char *const kPrintedAsWritten[] = {"null", "true", "-9223372036854775807 - 1", "0.1", "1e+300", "-0.0", "INF",
        "NAN", "\"a\\\"\\\\\\n\\t\\u0001\"", "&\"name\"", "^\"/a/b:c\"", "Vector2(0.1, -2.5)", "Vector2(-0, 0)",
        "Vector2i(1, -2)", "Rect2(1, 2, 3, 4)", "Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6))",
        "Transform3D(Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9)), Vector3(10, 11, 12))",
        "Projection(Vector4(1, 2, 3, 4), Vector4(5, 6, 7, 8), Vector4(9, 10, 11, 12), Vector4(13, 14, 15, 16))",
        "RID()", "RID(18446744073709551615)", "Object()", "EncodedObjectAsID(5)",
        "Object(\"A b\", \"x\": [1], \"y\": {1: 2})", "Callable()", "Signal()", "Signal(EncodedObjectAsID(5), \"hit\")",
        "[]", "[1, [2.0, {}], {1: {2: []}}]", "Array[int]([1])", "Array[Object]([])", "Array[\"Node\"]([null])",
        "Array[\"int\"]([])", "Dictionary[String, Variant]({\"a\": 1})", "PackedByteArray([1, 255])",
        "PackedFloat32Array([0.1, NAN, 1.4013e-45])", "PackedFloat64Array([0.1, 3, -0])",
        "PackedStringArray([\"\", \"a\"])", "PackedInt64Array([-9223372036854775807 - 1])",
        "PackedVector2Array([Vector2(1, 2)])", "PackedColorArray([Color(1, 0, 0, 1)])"};

} // namespace

TEST(VariantText, PrintsAsItIsWritten) {
	for (const char *text : kPrintedAsWritten) EXPECT_EQ(text_of(variant_of(text)), text);
}

TEST(VariantText, VectorsPrintAndParseBackToTheirBytes) {
	for (const VariantVector &vector : all_variant_vectors()) {
		netpeer::VariantDecodeOptions reading;
		netpeer::VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(view_of_bytes(vector.bytes), value, consumed, reading), Error::OK);
		EXPECT_EQ(bytes_to_hex(encoded(variant_of(text_of(value)), writing)), bytes_to_hex(vector.bytes))
		        << text_of(value);
	}
}

TEST(VariantText, OtherSpellingsAreUnderstood) {
	const char *const pairs[][2] = {{"0x1F", "31"}, {"-0b1_01", "-5"}, {"1_000", "1000"}, {"+5", "5"}, {".5", "0.5"},
	        {"1.", "1.0"}, {"1e3", "1000.0"}, {"-9223372036854775808", "-9223372036854775807 - 1"}, {"5 - 7 + 1", "-1"},
	        {"'it\\'s'", "\"it's\""},
	        {"\"\\u00e9\\U01F600\\ud83d\\ude00\"", "\"\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80\""},
	        {" [ 1 , 2 , ] ", "[1, 2]"}, {"{\n}", "{}"}, {"{1:2,}", "{1: 2}"}, {"Array()", "[]"},
	        {"Color(1,0,0)", "Color(1, 0, 0, 1)"},
	        {"Transform2D(1,0,0,1,5,6)", "Transform2D(Vector2(1, 0), Vector2(0, 1), Vector2(5, 6))"},
	        {"Basis(1,2,3,4,5,6,7,8,9)", "Basis(Vector3(1, 4, 7), Vector3(2, 5, 8), Vector3(3, 6, 9))"},
	        {"Quaternion()", "Quaternion(0, 0, 0, 1)"}, {"Rect2(Vector2(1,2),Vector2i(3,4))", "Rect2(1, 2, 3, 4)"},
	        {"PackedVector2Array(1,2,3,4)", "PackedVector2Array([Vector2(1, 2), Vector2(3, 4)])"},
	        {"PackedByteArray(1)", "PackedByteArray([1])"}, {"String()", "\"\""}, {"StringName(\"a\")", "&\"a\""},
	        {"Dictionary({1:2})", "{1: 2}"}, {"Vector2(inf, -nan)", "Vector2(INF, NAN)"},
	        {"Object(Node)", "Object(\"Node\")"}};
	for (const auto &pair : pairs) EXPECT_EQ(text_of(variant_of(pair[0])), pair[1]);
}

TEST(VariantText, WhatIsNoValueIsAParseError) {
	for (const char *text : {"", " ", "nul", "1 2", "[1", "[1 2]", "[,]", "]", "{1}", "{1:}", "{:1}", "\"a", "\"\\q\"",
	             "\"\\u12\"", "\"\\ud800\"", "\"\\u0000\"", "9223372036854775808", "-9223372036854775809",
	             "9223372036854775807 + 1", "0x", "1.2.3", "1e", "--1", "Vector2(1)", "Vector2(1,2,3)",
	             "Vector2i(1.5,2)", "Vector2i(4294967296,0)", "Vector2(1,2", "Nope()", "PackedByteArray([256])",
	             "PackedByteArray([-1])", "PackedInt32Array([1.0])", "PackedStringArray([1])", "Array[int]([1.0])",
	             "Array[int](1)", "Dictionary[int]({})", "RID(-1)", "RID(18446744073709551616)", "&1",
	             "Object(\"A\" \"b\": 1)", "Object(\"A\", b: 1)",
	             "Transform3D(Transform3D(Transform3D(Transform3D())))", "Signal(5)", "\"\xff\""}) {
		VariantParseOptions options;
		options.allow_objects = true;
		EXPECT_EQ(parse_error(text, options), Error::ERR_PARSE_ERROR) << text;
	}
	EXPECT_EQ(parse_error("Object(Node)"), Error::ERR_UNAUTHORIZED);
	Variant value;
	size_t offset = 0;
	EXPECT_EQ(parse_variant(view_of("[1, x]"), value, {}, &offset), Error::ERR_PARSE_ERROR);
	EXPECT_EQ(offset, 5u);
}

TEST(VariantText, Depth1024IsTheDeepest) {
	const auto nested = [](size_t arrays) { return std::string(arrays, '[') + std::string(arrays, ']'); };
	EXPECT_EQ(parse_error(nested(1025)), Error::OK);
	EXPECT_EQ(parse_error(nested(1026)), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(parse_error(std::string(100000, '[')), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(text_of(variant_of(nested(1025))), nested(1025));
	Variant deeper = Variant::array();
	ASSERT_EQ(deeper.push_back(variant_of(nested(1025))), Error::OK);
	ByteBuffer out;
	ASSERT_EQ(out.append(view_of("x")), Error::OK);
	EXPECT_EQ(netpeer::print_variant(deeper, out), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(out.size(), 1u);
}

TEST(VariantText, EveryTruncationEndsInAValueOrAClearErrorWithinTheBudget) {
	for (const char *whole : kPrintedAsWritten) {
		const std::string text = whole;
		for (size_t size = 0; size <= text.size(); ++size) {
			FailingAllocator memory;
			VariantParseOptions options;
			options.allow_objects = true;
			options.memory = {memory.pointer(), text.size() * 64 + 1024};
			{
				Variant value;
				const Error error = parse_variant(view_of(text.substr(0, size).c_str()), value, options);
				ASSERT_TRUE(error == Error::OK || (error == Error::ERR_PARSE_ERROR && value.is_nil()))
				        << text.substr(0, size);
			}
			ASSERT_LE(memory.peak_bytes(), 2 * options.memory.left);
			ASSERT_EQ(memory.live_blocks(), 0u);
		}
	}
}

TEST(VariantText, TheLocaleHasNoSay) {
	const std::string before = std::setlocale(LC_NUMERIC, nullptr);
	if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr && std::setlocale(LC_NUMERIC, "fr_FR.UTF-8") == nullptr)
		GTEST_SKIP() << "no locale with a decimal comma is installed";
	EXPECT_EQ(text_of(variant_of("[0.5, Vector2(1.25, 0)]")), "[0.5, Vector2(1.25, 0)]");
	std::setlocale(LC_NUMERIC, before.c_str());
}

TEST(VariantText, JsonIsForOtherProgramsToRead) {
	EXPECT_EQ(
	        json_of(variant_of("{\"a\": [1, 2.5, null, INF], &\"b\": Vector2(1, 2), 3: Transform2D(), [1]: \"x\\n\"}")),
	        "{\"a\": [1, 2.5, null, \"INF\"], \"b\": [1, 2], \"3\": [[1, 0], [0, 1], [0, 0]], \"[1]\": \"x\\n\"}");
	EXPECT_EQ(json_of(variant_of("Object(Node, \"a\": 1, \"b\": PackedByteArray([1, 2]))")),
	        "{\"class\": \"Node\", \"properties\": {\"a\": 1, \"b\": [1, 2]}}");
	EXPECT_EQ(
	        json_of(variant_of("[{}, [], Array[int]([1]), PackedStringArray([\"q\"]), ^\"/a:b\", RID(7), Callable()]")),
	        "[{}, [], [1], [\"q\"], \"/a:b\", 7, null]");
	EXPECT_EQ(json_of(variant_of("Object(Node)")), "{\"class\": \"Node\", \"properties\": {}}");
}
