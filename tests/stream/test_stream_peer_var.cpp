// StreamPeer: values in and out, whole, in pieces, cut short, and announced by liars. The codec itself is
// tests/core/test_variant_codec.cpp.
#include "../../src/stream/stream_peer.h"

#include "../../src/stream/stream_peer_buffer.h"
#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/split_stream.h"
#include "../support/tcp_pair.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::StreamPeer;
using netpeer::StreamPeerBuffer;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using netpeer::VariantEncodeOptions;
using netpeer_test::all_variant_vectors;
using netpeer_test::bytes_to_hex;
using netpeer_test::encoded;
using netpeer_test::FailingAllocator;
using netpeer_test::FailingEachAllocation;
using netpeer_test::hex_to_bytes;
using netpeer_test::SplitStream;
using netpeer_test::variant_of;
using netpeer_test::VariantVector;

namespace {

Variant string_of(size_t bytes) {
	Variant value;
	EXPECT_EQ(value.set_string(netpeer::view_of(std::string(bytes, 's').c_str())), Error::OK);
	return value;
}

// The count and the bytes of `value`, little-endian.
std::vector<uint8_t> framed(const Variant &value) {
	const std::vector<uint8_t> body = encoded(value);
	std::vector<uint8_t> frame;
	for (size_t i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(body.size() >> (8 * i)));
	frame.insert(frame.end(), body.begin(), body.end());
	return frame;
}

} // namespace

TEST(StreamPeerVar, WritesAndReadsTheBytesARunningEngineWrote) {
	const char *big = "12343f80000000000002616200000003e282ac000000080200000001000000";
	SplitStream out;
	out.set_big_endian(true);
	out.put_u16(0x1234);
	out.put_float(1.0f);
	out.put_string("ab");
	out.put_utf8_string("\xe2\x82\xac");
	out.put_var(1);
	EXPECT_EQ(out.get_last_error(), Error::OK);
	EXPECT_EQ(bytes_to_hex(out.written()), big);
	SplitStream in(hex_to_bytes(big), {1});
	in.set_big_endian(true);
	EXPECT_EQ(in.get_u16(), 0x1234);
	EXPECT_EQ(in.get_float(), 1.0f);
	EXPECT_EQ(in.get_string(), "ab");
	EXPECT_EQ(in.get_utf8_string(), "\xe2\x82\xac");
	EXPECT_TRUE(in.get_var() == Variant(1));
	EXPECT_EQ(in.get_last_error(), Error::OK);
	EXPECT_EQ(in.get_available_bytes(), 0);

	const char *little = "3412000000000000f03f0c000000040000000100000061000000";
	StreamPeerBuffer buffer;
	buffer.put_u16(0x1234);
	buffer.put_double(1.0);
	buffer.put_var(variant_of("\"a\""));
	EXPECT_EQ(bytes_to_hex(buffer.get_data_view()), little);
	ASSERT_EQ(buffer.seek(0), Error::OK);
	EXPECT_EQ(buffer.get_u16(), 0x1234);
	EXPECT_EQ(buffer.get_double(), 1.0);
	EXPECT_TRUE(buffer.get_var() == variant_of("\"a\""));
}

TEST(StreamPeerVar, EveryVectorCrossesInBothOrdersInPieces) {
	for (const VariantVector &vector : all_variant_vectors()) {
		for (const bool big : {false, true}) {
			SCOPED_TRACE(vector.name);
			VariantDecodeOptions reading;
			VariantEncodeOptions writing;
			reading.dialect = writing.dialect = vector.dialect;
			SplitStream out;
			out.set_big_endian(big);
			Variant value;
			size_t consumed = 0;
			ASSERT_EQ(netpeer::decode_variant(netpeer_test::view_of_bytes(vector.bytes), value, consumed, reading),
			        Error::OK);
			out.put_var(value, writing);
			EXPECT_EQ(out.get_last_error(), Error::OK);
			EXPECT_EQ(out.writes(), 1u) << "the count does not travel alone";
			EXPECT_EQ(bytes_to_hex(ByteView(out.written().data() + 4, out.written().size() - 4)),
			        bytes_to_hex(vector.bytes));
			SplitStream in(out.written(), {1, 2, 3});
			in.set_big_endian(big);
			EXPECT_TRUE(in.get_var(reading) == value);
			EXPECT_EQ(in.get_last_error(), Error::OK);
			EXPECT_EQ(in.get_available_bytes(), 0);
		}
	}
}

TEST(StreamPeerVar, ValuesOfEveryLengthAroundTheStackBufferArriveWhole) {
	for (const size_t bytes : {0u, 1u, 1000u, 1008u, 1012u, 1013u, 1016u, 1020u, 1021u, 1024u, 4096u, 5000u, 70000u}) {
		SCOPED_TRACE(bytes);
		const Variant value = string_of(bytes);
		SplitStream out;
		out.put_var(value);
		EXPECT_EQ(out.get_last_error(), Error::OK);
		EXPECT_TRUE(out.written() == framed(value));
		EXPECT_EQ(out.writes(), 1u);
		SplitStream in(out.written(), {700});
		EXPECT_TRUE(in.get_var() == value);
		EXPECT_EQ(in.get_last_error(), Error::OK);
	}
}

TEST(StreamPeerVar, EveryShortReadGivesNilAndTheError) {
	const std::vector<uint8_t> whole = framed(variant_of("[1, \"two\", {3: 4.0}]"));
	for (size_t cut = 0; cut < whole.size(); ++cut) {
		SplitStream stream(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)), {3});
		EXPECT_TRUE(stream.get_var().is_nil());
		EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF) << cut;
	}
}

TEST(StreamPeerVar, BytesThatAreNoValueAreConsumedAndTheNextIsRead) {
	for (const char *body : {"", "0200", "ff000000", "040000000500000041424344"}) {
		SCOPED_TRACE(body);
		std::vector<uint8_t> wire = hex_to_bytes(body);
		wire.insert(wire.begin(), {static_cast<uint8_t>(wire.size()), 0, 0, 0});
		const std::vector<uint8_t> next = framed(7);
		wire.insert(wire.end(), next.begin(), next.end());
		SplitStream stream(wire);
		EXPECT_TRUE(stream.get_var().is_nil());
		EXPECT_EQ(stream.get_last_error(), wire[4] == 4 ? Error::ERR_FILE_EOF : Error::ERR_INVALID_DATA);
		EXPECT_TRUE(stream.get_var() == Variant(7));
		EXPECT_EQ(stream.get_last_error(), Error::OK);
	}
}

TEST(StreamPeerVar, WhatFollowsTheValueInItsFrameIsIgnored) {
	SplitStream stream(hex_to_bytes("0c000000 02000000 07000000 ffffffff 02"));
	EXPECT_TRUE(stream.get_var() == Variant(7));
	EXPECT_EQ(stream.get_available_bytes(), 1);
}

TEST(StreamPeerVar, ObjectsPassOnlyWhereBothSidesAllowThem) {
	const Variant object = variant_of("Object(\"Gradient\", \"a\": 1)");
	SplitStream out;
	out.put_var(object);
	EXPECT_EQ(out.get_last_error(), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(out.writes(), 0u);
	out.put_var(object, true);
	EXPECT_EQ(out.get_last_error(), Error::OK);
	SplitStream strict(out.written());
	EXPECT_TRUE(strict.get_var().is_nil());
	EXPECT_EQ(strict.get_last_error(), Error::ERR_UNAUTHORIZED);
	SplitStream lenient(out.written());
	EXPECT_TRUE(lenient.get_var(true) == object);
	EXPECT_EQ(lenient.get_last_error(), Error::OK);
}

TEST(StreamPeerVar, AnAnnouncementCostsNoMemoryBeforeItsBytesArrive) {
	FailingAllocator memory;
	SplitStream lie(hex_to_bytes("00000004 0400000000"), {}, memory.pointer()); // 64 MiB
	EXPECT_TRUE(lie.get_var().is_nil());
	EXPECT_EQ(lie.get_last_error(), Error::ERR_FILE_EOF);
	EXPECT_LE(memory.peak_bytes(), 4096u);
	SplitStream capped(hex_to_bytes("01000004 04000000"), {}, memory.pointer());
	EXPECT_TRUE(capped.get_var().is_nil());
	EXPECT_EQ(capped.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(capped.get_available_bytes(), 4) << "nothing but the count was taken";
	SplitStream negative(hex_to_bytes("00000080"), {}, memory.pointer());
	EXPECT_TRUE(negative.get_var().is_nil());
	EXPECT_EQ(negative.get_last_error(), Error::ERR_INVALID_DATA);
	SplitStream small(framed(string_of(100)));
	small.set_max_announced_bytes(100);
	EXPECT_TRUE(small.get_var().is_nil());
	EXPECT_EQ(small.get_last_error(), Error::ERR_OUT_OF_MEMORY);
}

TEST(StreamPeerVar, ReadingAndWritingHaveLimitsOfTheCallers) {
	VariantEncodeOptions writing;
	writing.max_bytes = 100;
	SplitStream out;
	out.put_var(string_of(100), writing);
	EXPECT_EQ(out.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(out.writes(), 0u);
	VariantDecodeOptions reading;
	reading.memory.left = 1000;
	SplitStream in(framed(string_of(2000)));
	EXPECT_TRUE(in.get_var(reading).is_nil());
	EXPECT_EQ(in.get_last_error(), Error::ERR_OUT_OF_MEMORY);
}

TEST(StreamPeerVar, AFailedPutPassesTheErrorOfTheWriteOn) {
	SplitStream stream;
	stream.fail_writes_after(6, Error::ERR_CONNECTION_ERROR);
	stream.put_var(1);
	EXPECT_EQ(stream.get_last_error(), Error::ERR_CONNECTION_ERROR);
	stream.put_var(string_of(5000));
	EXPECT_EQ(stream.get_last_error(), Error::ERR_CONNECTION_ERROR);
}

TEST(StreamPeerVar, APutIntoABufferThatIsFullChangesNothing) {
	StreamPeerBuffer buffer(netpeer::default_allocator(), 15);
	buffer.put_u8(1);
	buffer.put_var(variant_of("\"abcd\""));
	EXPECT_EQ(buffer.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(bytes_to_hex(buffer.get_data_view()), "01");
	EXPECT_EQ(buffer.get_position(), 1);
}

TEST(StreamPeerVar, SmallValuesNeedNoAllocator) {
	FailingAllocator memory;
	memory.fail_all(true);
	SplitStream out({}, {}, memory.pointer());
	for (int i = 0; i < 3; ++i) out.put_var(variant_of("[1, \"two\", {3: 4.0}]"));
	EXPECT_EQ(out.get_last_error(), Error::OK);
	SplitStream in(framed(variant_of("Vector3(1, 2, 3)")), {2}, memory.pointer());
	EXPECT_TRUE(in.get_var() == variant_of("Vector3(1, 2, 3)"));
	EXPECT_EQ(memory.requests(), 0u);
}

TEST(StreamPeerVar, FailsCleanlyAtEveryAllocation) {
	const Variant value = variant_of("[\"" + std::string(3000, 'x') + "\", {1: [2, 3]}, PackedInt64Array([1, 2])]");
	FailingEachAllocation each([&](FailingAllocator &memory) {
		SplitStream out({}, {}, memory.pointer());
		out.put_var(value);
		const bool put = out.get_last_error() == Error::OK;
		EXPECT_TRUE(put || out.get_last_error() == Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(out.writes(), put ? 1u : 0u);
		SplitStream in(framed(value), {999}, memory.pointer());
		const Variant got = in.get_var();
		if (in.get_last_error() == Error::OK)
			EXPECT_TRUE(got == value);
		else
			EXPECT_TRUE(got.is_nil() && in.get_last_error() == Error::ERR_OUT_OF_MEMORY);
	});
	each.run();
}

TEST(StreamPeerVar, ValuesCrossARealConnection) {
	netpeer_test::TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	for (const VariantVector &vector : all_variant_vectors()) {
		SCOPED_TRACE(vector.name);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(netpeer_test::view_of_bytes(vector.bytes), value, consumed, reading),
		        Error::OK);
		t.client.put_var(value, writing);
		ASSERT_EQ(t.client.get_last_error(), Error::OK);
		EXPECT_TRUE(t.served->get_var(reading) == value);
		ASSERT_EQ(t.served->get_last_error(), Error::OK);
	}
	t.client.disconnect_from_host();
	EXPECT_TRUE(t.served->get_var().is_nil());
	EXPECT_EQ(t.served->get_last_error(), Error::ERR_FILE_EOF);
}
