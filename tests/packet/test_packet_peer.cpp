// PacketPeer: values in and out. The codec itself is tests/core/test_variant_codec.cpp; values through ENet are in
// tests/reliable/test_enet_packet_peer.cpp.
#include "../../src/packet/packet_peer.h"

#include "../support/failing_allocator.h"
#include "../support/memory_packet_peer.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using netpeer::VariantDialect;
using netpeer::VariantEncodeOptions;
using netpeer_test::all_variant_vectors;
using netpeer_test::bytes_to_hex;
using netpeer_test::encoded;
using netpeer_test::FailingAllocator;
using netpeer_test::hex_to_bytes;
using netpeer_test::MemoryPacketPeer;
using netpeer_test::variant_of;
using netpeer_test::VariantVector;

namespace {

// A PackedByteArray whose packet has exactly `bytes` bytes, a multiple of 4.
Variant value_of_encoded_size(size_t bytes) {
	const std::vector<uint8_t> content(bytes - 8, 0x5a);
	Variant value;
	EXPECT_EQ(value.set_packed(netpeer::VariantType::kPackedByteArray, content.data(), content.size()), Error::OK);
	EXPECT_EQ(encoded(value).size(), bytes);
	return value;
}

} // namespace

TEST(PacketPeer, PutVarIsOnePacketOfTheValuesBytes) {
	MemoryPacketPeer peer;
	for (const VariantVector &vector : all_variant_vectors()) {
		SCOPED_TRACE(vector.name);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		peer.push(vector.bytes);
		Variant value;
		ASSERT_EQ(peer.get_var(value, reading), Error::OK);
		EXPECT_EQ(peer.get_packet_error(), Error::OK);
		if (vector.dialect == VariantDialect::kGodot4)
			ASSERT_EQ(peer.put_var(value), Error::OK);
		else
			ASSERT_EQ(peer.put_var(value, writing), Error::OK);
		ASSERT_EQ(peer.get_available_packet_count(), 1);
		EXPECT_EQ(bytes_to_hex(peer.packets().front()), bytes_to_hex(vector.bytes));
		Variant again;
		ASSERT_EQ(peer.get_var(again, reading), Error::OK);
		EXPECT_TRUE(again == value);
	}
}

TEST(PacketPeer, GetVarWithNothingQueuedIsNilAndUnavailable) {
	MemoryPacketPeer peer;
	Variant value(5);
	EXPECT_EQ(peer.get_packet_error(), Error::OK);
	EXPECT_EQ(peer.get_var(value), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(value.is_nil());
	EXPECT_EQ(peer.get_packet_error(), Error::ERR_UNAVAILABLE);
}

TEST(PacketPeer, APacketThatIsNoValueIsConsumedAndItsErrorKept) {
	const struct {
		const char *packet;
		Error error;
	} cases[] = {{"", Error::ERR_INVALID_DATA}, {"0200", Error::ERR_INVALID_DATA},
	        {"ff000000", Error::ERR_INVALID_DATA}, {"040000000500000041424344", Error::ERR_FILE_EOF}};
	for (const auto &one : cases) {
		SCOPED_TRACE(one.packet);
		MemoryPacketPeer peer;
		peer.push(hex_to_bytes(one.packet));
		peer.push(hex_to_bytes("0200000007000000"));
		Variant value(5);
		EXPECT_EQ(peer.get_var(value), one.error);
		EXPECT_TRUE(value.is_nil());
		EXPECT_EQ(peer.get_packet_error(), one.error);
		EXPECT_EQ(peer.get_available_packet_count(), 1);
		EXPECT_EQ(peer.get_var(value), Error::OK);
		EXPECT_EQ(peer.get_packet_error(), Error::OK);
		EXPECT_EQ(value.as_int(), 7);
	}
}

TEST(PacketPeer, WhatFollowsTheValueIsIgnored) {
	MemoryPacketPeer peer;
	peer.push(hex_to_bytes("0200000007000000ffffffffff"));
	Variant value;
	EXPECT_EQ(peer.get_var(value), Error::OK);
	EXPECT_EQ(value.as_int(), 7);
}

TEST(PacketPeer, ObjectsPassOnlyWhereBothSidesAllowThem) {
	MemoryPacketPeer peer;
	const Variant object = variant_of("Object(\"Gradient\", \"a\": 1)");
	EXPECT_EQ(peer.put_var(object), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	ASSERT_EQ(peer.put_var(object, true), Error::OK);
	ASSERT_EQ(peer.put_var(object, true), Error::OK);
	Variant value;
	EXPECT_EQ(peer.get_var(value), Error::ERR_UNAUTHORIZED);
	EXPECT_TRUE(value.is_nil());
	EXPECT_EQ(peer.get_packet_error(), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(peer.get_var(value, true), Error::OK);
	EXPECT_TRUE(value.is_object_data());
	EXPECT_TRUE(value == object);
}

TEST(PacketPeer, EncodeBufferMaxSizeIsRoundedUpBetweenItsLimits) {
	MemoryPacketPeer peer;
	EXPECT_EQ(peer.get_encode_buffer_max_size(), 8388608);
	EXPECT_EQ(peer.set_encode_buffer_max_size(1500), Error::OK);
	EXPECT_EQ(peer.get_encode_buffer_max_size(), 2048);
	for (const int wrong : {100, 1023, 0, -1, INT32_MIN, (256 << 20) + 1, INT32_MAX}) {
		EXPECT_EQ(peer.set_encode_buffer_max_size(wrong), Error::ERR_INVALID_PARAMETER) << wrong;
		EXPECT_EQ(peer.get_encode_buffer_max_size(), 2048);
	}
	for (const int exact : {1024, 4096, 256 << 20}) {
		EXPECT_EQ(peer.set_encode_buffer_max_size(exact), Error::OK);
		EXPECT_EQ(peer.get_encode_buffer_max_size(), exact);
	}
	EXPECT_EQ(peer.set_encode_buffer_max_size((128 << 20) + 1), Error::OK);
	EXPECT_EQ(peer.get_encode_buffer_max_size(), 256 << 20);
	EXPECT_EQ(peer.set_encode_buffer_max_size(1025), Error::OK);
	EXPECT_EQ(peer.get_encode_buffer_max_size(), 2048);
}

TEST(PacketPeer, AValueLongerThanTheEncodeBufferIsOutOfMemoryAndNotSent) {
	MemoryPacketPeer peer;
	ASSERT_EQ(peer.set_encode_buffer_max_size(1024), Error::OK);
	EXPECT_EQ(peer.put_var(value_of_encoded_size(1028)), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(peer.put_var(value_of_encoded_size(1024)), Error::OK);
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	ASSERT_EQ(peer.set_encode_buffer_max_size(1025), Error::OK);
	EXPECT_EQ(peer.put_var(value_of_encoded_size(1028)), Error::OK);
	VariantEncodeOptions options;
	options.max_bytes = 100;
	EXPECT_EQ(peer.put_var(value_of_encoded_size(104), options), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(peer.get_available_packet_count(), 2);
}

TEST(PacketPeer, PutVarPassesTheErrorOfTheSendOn) {
	MemoryPacketPeer peer;
	peer.set_send_error(Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(peer.put_var(1), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(peer.get_packet_error(), Error::OK) << "that is for gets only";
}

TEST(PacketPeer, ReadingHasABudgetOfTheCallers) {
	MemoryPacketPeer peer;
	ASSERT_EQ(peer.put_var(value_of_encoded_size(4096)), Error::OK);
	VariantDecodeOptions options;
	options.memory.left = 1000;
	Variant value;
	EXPECT_EQ(peer.get_var(value, options), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(value.is_nil());
	EXPECT_EQ(peer.get_packet_error(), Error::ERR_OUT_OF_MEMORY);
}

TEST(PacketPeer, ValuesWithoutMemoryAreErrorsAndThePeerGoesOn) {
	FailingAllocator memory;
	{
		MemoryPacketPeer peer(memory.pointer());
		const Variant value = value_of_encoded_size(4096);
		memory.fail_all(true);
		EXPECT_EQ(peer.put_var(value), Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(peer.get_available_packet_count(), 0);
		memory.fail_all(false);
		ASSERT_EQ(peer.put_var(value), Error::OK);
		ASSERT_EQ(peer.put_var(value), Error::OK);
		memory.fail_all(true);
		Variant taken;
		EXPECT_EQ(peer.get_var(taken), Error::ERR_OUT_OF_MEMORY);
		EXPECT_TRUE(taken.is_nil());
		memory.fail_all(false);
		EXPECT_EQ(peer.get_var(taken), Error::OK);
		EXPECT_TRUE(taken == value);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(PacketPeer, PutVarUsesItsMemoryAgain) {
	FailingAllocator memory;
	MemoryPacketPeer peer(memory.pointer());
	const Variant value = value_of_encoded_size(4096);
	EXPECT_EQ(memory.requests(), 0u);
	ASSERT_EQ(peer.put_var(value), Error::OK);
	const uint64_t requests = memory.requests();
	for (int i = 0; i < 100; ++i) ASSERT_EQ(peer.put_var(value), Error::OK);
	EXPECT_EQ(memory.requests(), requests);
	ASSERT_EQ(peer.set_encode_buffer_max_size(1024), Error::OK);
	EXPECT_EQ(memory.live_bytes(), 0u);
}
