#include "../../src/core/variant.h"

#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::Variant;
using netpeer::VariantMemory;
using netpeer::VariantType;
using netpeer::view_of;
using netpeer_test::FailingAllocator;

namespace {

Variant variant_string(const std::string &text, VariantMemory *memory = nullptr) {
	Variant value;
	EXPECT_EQ(value.set_string(view_of(text.c_str()), memory), Error::OK);
	return value;
}

std::string std_text(const Variant &value) {
	return std::string(reinterpret_cast<const char *>(value.text().data), value.text().size);
}

const char *const kLongText = "a text that is longer than what fits into a value";

} // namespace

TEST(Variant, PlainValuesAreWhatTheyWereMadeOf) {
	EXPECT_TRUE(Variant().is_nil());
	EXPECT_TRUE(Variant(true).as_bool());
	EXPECT_EQ(Variant(-5).as_int(), -5);
	EXPECT_EQ(Variant(INT64_MIN).as_int(), INT64_MIN);
	EXPECT_EQ(Variant(0.25f).as_float(), 0.25);
	EXPECT_EQ(Variant(netpeer::Vector3{1, 2, 3}).as_math<netpeer::Vector3>().z, 3.0f);
	EXPECT_EQ(Variant(netpeer::Color{}).as_math<netpeer::Color>().a, 1.0f);
	netpeer::Projection projection;
	projection.columns[3].w = 9;
	Variant large;
	ASSERT_EQ(large.set_math(projection), Error::OK);
	EXPECT_EQ(large.as_math<netpeer::Projection>().columns[3].w, 9.0f);
	EXPECT_EQ(Variant::rid(7).id(), 7u);
	EXPECT_EQ(Variant::object(UINT64_MAX).id(), UINT64_MAX);
	EXPECT_EQ(Variant::callable().type(), VariantType::kCallable);
}

TEST(Variant, ReadingAnotherTypeGivesItsDefault) {
	const Variant text = variant_string("1");
	EXPECT_EQ(text.as_int(), 0);
	EXPECT_EQ(text.as_float(), 0.0);
	EXPECT_FALSE(text.as_bool());
	EXPECT_EQ(text.as_math<netpeer::Quaternion>().w, 1.0f);
	EXPECT_EQ(text.size(), 0u);
	EXPECT_TRUE(text.at(0).is_nil());
	EXPECT_TRUE(Variant(1).text().empty());
	EXPECT_TRUE(Variant(1).packed_bytes().empty());
	EXPECT_EQ(Variant(1).find(Variant(1)), nullptr);
}

TEST(Variant, WhatFitsAsksForNoMemory) {
	FailingAllocator memory;
	VariantMemory from{memory.pointer(), SIZE_MAX};
	EXPECT_EQ(std_text(variant_string(std::string(22, 'x'), &from)), std::string(22, 'x'));
	EXPECT_EQ(memory.requests(), 0u);
	EXPECT_EQ(std_text(variant_string(std::string(23, 'x'), &from)), std::string(23, 'x'));
	EXPECT_EQ(memory.requests(), 1u);
	EXPECT_EQ(memory.live_blocks(), 0u);
}

TEST(Variant, TextMustBeUtf8WithoutZeros) {
	Variant value(5);
	const uint8_t zero[] = {'a', 0, 'b'};
	EXPECT_EQ(value.set_string(ByteView(zero, 3)), Error::ERR_INVALID_PARAMETER);
	for (const char *bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "12345678\xe2\x82", "\xe0\x80\x80"})
		EXPECT_EQ(value.set_string(view_of(bad)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(value.as_int(), 5);
	for (const char *good :
	        {"\x7f", "\xc2\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xe2\x82\xac"})
		EXPECT_EQ(value.set_string(view_of(good)), Error::OK);
}

TEST(Variant, ACopyIsAValueOfItsOwn) {
	Variant list = Variant::array();
	ASSERT_EQ(list.push_back(variant_string(kLongText)), Error::OK);
	Variant copy = list;
	ASSERT_EQ(copy.push_back(Variant(2)), Error::OK);
	ASSERT_EQ(copy.set_at(0, Variant(1)), Error::OK);
	EXPECT_EQ(list.size(), 1u);
	EXPECT_EQ(std_text(list.at(0)), kLongText);
	EXPECT_EQ(copy.size(), 2u);
	EXPECT_TRUE(copy != list);

	Variant into_itself = list;
	ASSERT_EQ(list.push_back(into_itself), Error::OK);
	ASSERT_EQ(list.push_back(list), Error::OK);
	EXPECT_EQ(list.at(2).size(), 2u);
	list = Variant(list.at(1)); // a part replaces the whole
	EXPECT_TRUE(list == into_itself);
	Variant moved = std::move(list);
	EXPECT_TRUE(list.is_nil());
	EXPECT_TRUE(moved == into_itself);
}

TEST(Variant, CopiesOnSeveralThreadsDoNotMeet) {
	Variant shared = Variant::array();
	for (int i = 0; i < 10; ++i) ASSERT_EQ(shared.push_back(variant_string(kLongText)), Error::OK);
	std::vector<std::thread> threads;
	for (int i = 0; i < 3; ++i) {
		threads.emplace_back([copy = shared]() mutable {
			for (int k = 0; k < 200; ++k) {
				Variant other = copy;
				ASSERT_EQ(other.push_back(Variant(k)), Error::OK);
				ASSERT_EQ(other.size(), 11u);
			}
		});
	}
	for (std::thread &thread : threads) thread.join();
	EXPECT_EQ(shared.size(), 10u);
}

TEST(Variant, NestingDeepEnoughToOverflowAStackIsHarmless) {
	Variant value = Variant::array();
	for (int i = 0; i < 1000000; ++i) {
		Variant outer = Variant::array();
		ASSERT_EQ(outer.push_back(std::move(value)), Error::OK);
		value = std::move(outer);
	}
	Variant copy = value;
	EXPECT_TRUE(copy == value);
	Variant other = Variant::dictionary();
	ASSERT_EQ(other.insert(value, Variant(1)), Error::OK);
	EXPECT_NE(other.find(copy), nullptr);
	copy = Variant();
	value = Variant();
	other = Variant();
	EXPECT_TRUE(value.is_nil());
}

TEST(Variant, DictionariesKeepTheOrderOfInsertion) {
	for (int pairs : {3, 16, 17, 1000}) {
		Variant dictionary = Variant::dictionary();
		for (int i = 0; i < pairs; ++i) ASSERT_EQ(dictionary.insert(Variant(i * 7 % pairs), Variant(i)), Error::OK);
		for (int i = 0; i < pairs; ++i) ASSERT_EQ(dictionary.insert(Variant(i * 7 % pairs), Variant(-i)), Error::OK);
		const size_t distinct = dictionary.size();
		EXPECT_LE(distinct, static_cast<size_t>(pairs));
		EXPECT_EQ(dictionary.key_at(1).as_int(), 7 % pairs);
		EXPECT_EQ(dictionary.find(Variant(pairs)), nullptr);
		EXPECT_EQ(dictionary.erase(Variant(pairs)), Error::ERR_DOES_NOT_EXIST);
		const Variant before = dictionary;
		ASSERT_EQ(dictionary.erase(Variant(0)), Error::OK);
		EXPECT_EQ(dictionary.size(), distinct - 1);
		EXPECT_EQ(dictionary.find(Variant(0)), nullptr);
		for (size_t i = 0; i < dictionary.size(); ++i)
			ASSERT_EQ(dictionary.find(dictionary.key_at(i)), &dictionary.value_at(i));
		EXPECT_EQ(before.size(), distinct);
	}
}

TEST(Variant, KeysOfOtherTypesAreOtherKeys) {
	Variant dictionary = Variant::dictionary();
	Variant name;
	ASSERT_EQ(name.set_string_name(view_of("a")), Error::OK);
	ASSERT_EQ(dictionary.insert(Variant(1), Variant(1)), Error::OK);
	ASSERT_EQ(dictionary.insert(Variant(1.0), Variant(2)), Error::OK);
	ASSERT_EQ(dictionary.insert(name, Variant(3)), Error::OK);
	EXPECT_EQ(dictionary.find(variant_string("a")), nullptr);
	EXPECT_EQ(dictionary.find_text(view_of("a"))->as_int(), 3);
	EXPECT_EQ(dictionary.find_text(view_of("b")), nullptr);
	EXPECT_EQ(dictionary.size(), 3u);
	ASSERT_EQ(dictionary.insert(Variant(-0.0), Variant(4)), Error::OK);
	EXPECT_EQ(dictionary.find(Variant(0.0))->as_int(), 4);
	for (int i = 0; i < 40; ++i) ASSERT_EQ(dictionary.insert(Variant(i + 100), Variant()), Error::OK);
	EXPECT_EQ(dictionary.find(Variant(0.0))->as_int(), 4);
	EXPECT_EQ(dictionary.find_text(view_of("a"))->as_int(), 3);
}

TEST(Variant, TheOrderOfADictionaryDoesNotCountForEquality) {
	for (int pairs : {2, 5, 60}) {
		Variant forth = Variant::dictionary(), back = Variant::dictionary();
		for (int i = 0; i < pairs; ++i) {
			Variant a = Variant::array(), b = Variant::array();
			ASSERT_EQ(a.push_back(Variant(i)), Error::OK);
			ASSERT_EQ(b.push_back(Variant(pairs - 1 - i)), Error::OK);
			ASSERT_EQ(forth.insert(a, a), Error::OK);
			ASSERT_EQ(back.insert(b, b), Error::OK);
		}
		EXPECT_TRUE(forth == back);
		Variant outer = Variant::dictionary();
		ASSERT_EQ(outer.insert(forth, Variant(1)), Error::OK);
		ASSERT_NE(outer.find(back), nullptr);
		ASSERT_EQ(back.insert(back.key_at(0), Variant(-1)), Error::OK);
		EXPECT_TRUE(forth != back);
		EXPECT_EQ(outer.find(back), nullptr);
	}
}

TEST(Variant, TypedContainersRefuseOtherTypes) {
	Variant list = Variant::array();
	ASSERT_EQ(list.set_element_type(VariantType::kInt), Error::OK);
	EXPECT_EQ(list.push_back(Variant(1.0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(list.push_back(Variant(1)), Error::OK);
	EXPECT_EQ(list.set_at(0, Variant()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(list.set_element_type(VariantType::kNil), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(list.element_type(), VariantType::kInt);
	Variant plain = Variant::array();
	ASSERT_EQ(plain.push_back(Variant(1)), Error::OK);
	EXPECT_TRUE(plain != list);

	Variant nodes = Variant::array();
	EXPECT_EQ(nodes.set_element_type(VariantType::kInt, view_of("Node")), Error::ERR_INVALID_PARAMETER);
	ASSERT_EQ(nodes.set_element_type(VariantType::kObject, view_of("Node")), Error::OK);
	EXPECT_EQ(nodes.push_back(Variant()), Error::OK);
	EXPECT_EQ(nodes.push_back(Variant::object(3)), Error::OK);
	EXPECT_EQ(nodes.push_back(Variant(3)), Error::ERR_INVALID_PARAMETER);
	const Variant copy = nodes;
	ASSERT_EQ(nodes.push_back(Variant()), Error::OK);
	EXPECT_TRUE(nodes.element_class() == view_of("Node"));
	EXPECT_TRUE(copy.element_class() == view_of("Node"));

	Variant dictionary = Variant::dictionary();
	ASSERT_EQ(dictionary.set_pair_types(VariantType::kString, {}, VariantType::kNil, {}), Error::OK);
	EXPECT_EQ(dictionary.insert(Variant(1), Variant(1)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(dictionary.insert(variant_string("a"), Variant(1)), Error::OK);
	EXPECT_EQ(dictionary.key_type(), VariantType::kString);
}

TEST(Variant, NodePathsAreReadAsGodotReadsThem) {
	Variant path;
	ASSERT_EQ(path.set_node_path(view_of("/arena//Main:position:x")), Error::OK);
	EXPECT_TRUE(path.is_absolute_path());
	EXPECT_EQ(path.path_names(), 2u);
	ASSERT_EQ(path.size(), 4u);
	EXPECT_EQ(std_text(path.at(1)), "Main");
	EXPECT_EQ(std_text(path.at(3)), "x");
	ASSERT_EQ(path.set_node_path(view_of(":a/b")), Error::OK);
	EXPECT_EQ(path.path_names(), 0u);
	EXPECT_EQ(std_text(path.at(0)), "a/b");
	ASSERT_EQ(path.set_node_path({}), Error::OK);
	EXPECT_EQ(path.size(), 0u);
	const Variant number(1);
	EXPECT_EQ(path.set_node_path_parts(&number, 1, 1, false), Error::ERR_INVALID_PARAMETER);
}

TEST(Variant, PackedArraysHoldTheirElements) {
	const int64_t numbers[] = {1, -2, INT64_MAX};
	Variant packed;
	ASSERT_EQ(packed.set_packed(VariantType::kPackedInt64Array, numbers, 3), Error::OK);
	ASSERT_EQ(packed.size(), 3u);
	EXPECT_EQ(packed.packed<int64_t>()[2], INT64_MAX);
	EXPECT_EQ(reinterpret_cast<uintptr_t>(packed.packed<int64_t>()) % alignof(int64_t), 0u);
	EXPECT_EQ(packed.set_packed(VariantType::kArray, numbers, 3), Error::ERR_INVALID_PARAMETER);
	const Variant wrong(1);
	EXPECT_EQ(packed.set_packed(VariantType::kPackedStringArray, &wrong, 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(packed.size(), 3u);
	const Variant text = variant_string("x");
	ASSERT_EQ(packed.set_packed(VariantType::kPackedStringArray, &text, 1), Error::OK);
	EXPECT_EQ(packed.push_back(Variant(1)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(std_text(packed.at(0)), "x");
	// An empty one is the same with and without a block.
	Variant reserved = Variant::array();
	ASSERT_EQ(reserved.reserve(5), Error::OK);
	EXPECT_TRUE(reserved == Variant::array());
}

TEST(Variant, ObjectsAreNamesAndProperties) {
	Variant object;
	EXPECT_EQ(object.set_object_data({}), Error::ERR_INVALID_PARAMETER);
	ASSERT_EQ(object.set_object_data(view_of("Node")), Error::OK);
	ASSERT_EQ(object.add_property(view_of("a"), Variant(1)), Error::OK);
	EXPECT_TRUE(object.is_object_data());
	EXPECT_EQ(object.id(), 0u);
	ASSERT_EQ(object.size(), 1u);
	EXPECT_TRUE(object.property_name(0) == view_of("a"));
	EXPECT_EQ(object.property_value(0).as_int(), 1);
	EXPECT_TRUE(object.property_value(1).is_nil());
	EXPECT_EQ(Variant::object(1).add_property(view_of("a"), Variant(1)), Error::ERR_INVALID_PARAMETER);
}

TEST(Variant, TheBudgetIsChargedBeforeMemoryIsTaken) {
	FailingAllocator memory;
	VariantMemory from{memory.pointer(), 200};
	Variant list = Variant::array();
	Error error = Error::OK;
	size_t pushed = 0;
	while ((error = list.push_back(Variant(1), &from)) == Error::OK) ++pushed;
	EXPECT_EQ(error, Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(list.size(), pushed);
	EXPECT_GT(pushed, 3u);
	EXPECT_LE(memory.peak_bytes(), 200u);
	EXPECT_EQ(memory.failures(), 0u);
}
