#include "../../src/core/bytes.h"

#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <memory>

using netpeer::ByteReader;
using netpeer::ByteView;
using netpeer::ByteWriter;
using netpeer::MutBytes;
using netpeer_test::bytes_to_hex;
using netpeer_test::hex_to_bytes;
using netpeer_test::view_of_bytes;

namespace {

// Exactly as many bytes as asked for, so that a sanitizer sees the first one past the end.
std::unique_ptr<uint8_t[]> exact_block(size_t count) {
	std::unique_ptr<uint8_t[]> block(new uint8_t[count]);
	for (size_t i = 0; i < count; ++i) block[i] = static_cast<uint8_t>(0x10 + i);
	return block;
}

} // namespace

TEST(ByteView, AfterAndFirstNeverLeaveTheView) {
	const std::vector<uint8_t> bytes = hex_to_bytes("00 01 02 03");
	const ByteView view = view_of_bytes(bytes);
	EXPECT_EQ(bytes_to_hex(view.after(1)), "010203");
	EXPECT_EQ(bytes_to_hex(view.after(0)), "00010203");
	EXPECT_TRUE(view.after(4).empty());
	EXPECT_TRUE(view.after(SIZE_MAX).empty());
	EXPECT_EQ(bytes_to_hex(view.first(2)), "0001");
	EXPECT_EQ(view.first(SIZE_MAX).size, 4u);
	EXPECT_TRUE(view.first(0).empty());
}

TEST(ByteView, EqualityComparesContents) {
	const std::vector<uint8_t> a = hex_to_bytes("aabb");
	const std::vector<uint8_t> b = hex_to_bytes("aabb");
	EXPECT_TRUE(view_of_bytes(a) == view_of_bytes(b));
	EXPECT_TRUE(view_of_bytes(a) != view_of_bytes(b).first(1));
	EXPECT_TRUE(ByteView() == view_of_bytes(a).first(0));
	EXPECT_TRUE(netpeer::view_of("ab") == netpeer::view_of("ab"));
	EXPECT_TRUE(netpeer::view_of("").empty());
}

TEST(ByteReader, ReadsBothByteOrders) {
	const std::vector<uint8_t> bytes = hex_to_bytes("01 0203 04050607 08090a0b0c0d0e0f 0203 04050607 08090a0b0c0d0e0f");
	ByteReader in(view_of_bytes(bytes));
	EXPECT_EQ(in.u8(), 0x01u);
	EXPECT_EQ(in.u16_be(), 0x0203u);
	EXPECT_EQ(in.u32_be(), 0x04050607u);
	EXPECT_EQ(in.u64_be(), 0x08090a0b0c0d0e0fu);
	EXPECT_EQ(in.u16_le(), 0x0302u);
	EXPECT_EQ(in.u32_le(), 0x07060504u);
	EXPECT_EQ(in.u64_le(), 0x0f0e0d0c0b0a0908u);
	EXPECT_EQ(in.left(), 0u);
	EXPECT_FALSE(in.failed());
}

TEST(ByteReader, HighBitsAreNotSignExtended) {
	const std::vector<uint8_t> bytes = hex_to_bytes("ffff ffffffff ffffffffffffffff ffff ffffffff ffffffffffffffff");
	ByteReader in(view_of_bytes(bytes));
	EXPECT_EQ(in.u16_be(), 0xffffu);
	EXPECT_EQ(in.u32_be(), 0xffffffffu);
	EXPECT_EQ(in.u64_be(), 0xffffffffffffffffu);
	EXPECT_EQ(in.u16_le(), 0xffffu);
	EXPECT_EQ(in.u32_le(), 0xffffffffu);
	EXPECT_EQ(in.u64_le(), 0xffffffffffffffffu);
}

TEST(ByteReader, EveryTruncationOfEveryReadFailsAndGivesZero) {
	using Read = uint64_t (*)(ByteReader &);
	struct Row {
		size_t bytes;
		Read read;
	};
	const Row rows[] = {
	        {1, [](ByteReader &in) { return uint64_t{in.u8()}; }},
	        {2, [](ByteReader &in) { return uint64_t{in.u16_be()}; }},
	        {2, [](ByteReader &in) { return uint64_t{in.u16_le()}; }},
	        {4, [](ByteReader &in) { return uint64_t{in.u32_be()}; }},
	        {4, [](ByteReader &in) { return uint64_t{in.u32_le()}; }},
	};
	for (const Row &row : rows) {
		for (size_t available = 0; available <= row.bytes; ++available) {
			const std::unique_ptr<uint8_t[]> block = exact_block(available);
			ByteReader in(ByteView(block.get(), available));
			const uint64_t value = row.read(in);
			if (available == row.bytes) {
				EXPECT_NE(value, 0u);
				EXPECT_FALSE(in.failed());
			} else {
				EXPECT_EQ(value, 0u);
				EXPECT_TRUE(in.failed());
			}
		}
	}
	for (size_t available = 0; available < 8; ++available) {
		const std::unique_ptr<uint8_t[]> block = exact_block(available);
		ByteReader big(ByteView(block.get(), available));
		ByteReader little(ByteView(block.get(), available));
		(void)big.u64_be();
		(void)little.u64_le();
		EXPECT_TRUE(big.failed());
		EXPECT_TRUE(little.failed());
	}
}

TEST(ByteReader, FailureIsForGood) {
	const std::vector<uint8_t> bytes = hex_to_bytes("0102 03");
	ByteReader in(view_of_bytes(bytes));
	EXPECT_EQ(in.u32_be(), 0u);
	EXPECT_TRUE(in.failed());
	EXPECT_EQ(in.u8(), 0u);
	EXPECT_TRUE(in.take(1).empty());
	EXPECT_TRUE(in.take(0).empty());
	EXPECT_TRUE(in.failed());
}

TEST(ByteReader, TakeGivesAViewIntoTheInputOrNothing) {
	const std::vector<uint8_t> bytes = hex_to_bytes("0102 03");
	ByteReader in(view_of_bytes(bytes));
	const ByteView two = in.take(2);
	EXPECT_EQ(two.data, bytes.data());
	EXPECT_EQ(two.size, 2u);
	EXPECT_EQ(bytes_to_hex(in.rest()), "03");
	EXPECT_TRUE(in.take(2).empty());
	EXPECT_TRUE(in.failed());
	ByteReader huge(view_of_bytes(bytes));
	EXPECT_TRUE(huge.take(SIZE_MAX).empty());
	EXPECT_TRUE(huge.failed());
}

TEST(ByteReader, TakingNothingFromNothingIsNoFailure) {
	ByteReader in((ByteView()));
	EXPECT_TRUE(in.take(0).empty());
	EXPECT_FALSE(in.failed());
	EXPECT_EQ(in.u8(), 0u);
	EXPECT_TRUE(in.failed());
}

TEST(ByteWriter, WritesBothByteOrders) {
	uint8_t block[15];
	ByteWriter out(MutBytes(block, sizeof(block)));
	out.u8(0x01);
	out.u16_be(0x0203);
	out.u32_be(0x04050607);
	out.u16_le(0x0203);
	out.u32_le(0x04050607);
	const uint8_t tail[] = {0xaa, 0xbb};
	out.bytes(ByteView(tail, 2));
	EXPECT_FALSE(out.failed());
	EXPECT_EQ(out.left(), 0u);
	EXPECT_EQ(bytes_to_hex(out.written()), "01020304050607030207060504aabb");
}

TEST(ByteWriter, WhatDoesNotFitWritesNothingAndFailsForGood) {
	for (size_t room = 0; room < 4; ++room) {
		const std::unique_ptr<uint8_t[]> block = exact_block(room);
		ByteWriter out(MutBytes(block.get(), room));
		out.u32_be(0xdeadbeef);
		EXPECT_TRUE(out.failed());
		EXPECT_EQ(out.size(), 0u);
		for (size_t i = 0; i < room; ++i) EXPECT_EQ(block[i], 0x10 + i);
		out.u8(1);
		EXPECT_EQ(out.size(), 0u);
	}
	const std::unique_ptr<uint8_t[]> one = exact_block(1);
	ByteWriter out(MutBytes(one.get(), 1));
	out.u16_be(1);
	EXPECT_TRUE(out.failed());
	ByteWriter some(MutBytes(one.get(), 1));
	const uint8_t two[] = {1, 2};
	some.bytes(ByteView(two, 2));
	EXPECT_TRUE(some.failed());
	EXPECT_EQ(one[0], 0x10);
}

TEST(ByteWriter, AnEmptyViewFitsEverywhere) {
	ByteWriter out((MutBytes()));
	out.bytes(ByteView());
	EXPECT_FALSE(out.failed());
	EXPECT_EQ(out.size(), 0u);
}

TEST(MutBytes, AfterAndFirstNeverLeaveTheBytes) {
	uint8_t block[3] = {1, 2, 3};
	const MutBytes bytes(block, 3);
	EXPECT_EQ(bytes.after(2).size, 1u);
	EXPECT_EQ(bytes.after(3).size, 0u);
	EXPECT_EQ(bytes.first(9).size, 3u);
	EXPECT_EQ(bytes_to_hex(bytes), "010203");
}
