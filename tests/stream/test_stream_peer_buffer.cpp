#include "../../src/stream/stream_peer_buffer.h"

#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <limits>

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::StreamPeerBuffer;
using netpeer::view_of;
using netpeer_test::bytes_to_hex;
using netpeer_test::FailingAllocator;
using netpeer_test::FailingEachAllocation;
using netpeer_test::hex_to_bytes;
using netpeer_test::view_of_bytes;

namespace {

std::string hex_of(const StreamPeerBuffer &buffer) { return bytes_to_hex(buffer.get_data_view()); }

} // namespace

TEST(StreamPeerBuffer, StartsEmptyWithoutMemory) {
	FailingAllocator memory;
	StreamPeerBuffer buffer(memory.pointer());
	EXPECT_EQ(buffer.get_size(), 0);
	EXPECT_EQ(buffer.get_position(), 0);
	EXPECT_EQ(buffer.get_available_bytes(), 0);
	EXPECT_TRUE(buffer.get_data_view().empty());
	EXPECT_EQ(memory.requests(), 0u);
}

TEST(StreamPeerBuffer, SizeIsWhatIsHeldAndPositionIsTheCursor) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abc")), Error::OK);
	EXPECT_EQ(buffer.get_size(), 3);
	EXPECT_EQ(buffer.get_position(), 3);
	EXPECT_EQ(buffer.get_available_bytes(), 0);
	EXPECT_EQ(buffer.seek(1), Error::OK);
	EXPECT_EQ(buffer.get_position(), 1);
	EXPECT_EQ(buffer.get_available_bytes(), 2);
}

TEST(StreamPeerBuffer, SeekOutsideLeavesTheCursor) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.set_data_array(view_of("abc")), Error::OK);
	EXPECT_EQ(buffer.seek(3), Error::OK);
	EXPECT_EQ(buffer.seek(4), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(buffer.seek(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(buffer.seek(std::numeric_limits<int>::max()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(buffer.get_position(), 3);
}

TEST(StreamPeerBuffer, ResizeFillsWithZeroAndLeavesTheCursor) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.resize(2), Error::OK);
	EXPECT_EQ(buffer.get_position(), 4);
	EXPECT_EQ(buffer.resize(5), Error::OK);
	EXPECT_EQ(hex_of(buffer), "6162000000") << "what was cut off does not come back";
	EXPECT_EQ(buffer.get_position(), 4);
	EXPECT_EQ(buffer.resize(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(buffer.get_size(), 5);
}

TEST(StreamPeerBuffer, AvailableBytesAreNeverNegative) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.resize(1), Error::OK);
	EXPECT_EQ(buffer.get_position(), 4);
	EXPECT_EQ(buffer.get_available_bytes(), 0);
}

TEST(StreamPeerBuffer, WritingPastTheEndFillsTheGapWithZero) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.resize(1), Error::OK);
	buffer.put_u8(0x7a);
	EXPECT_EQ(hex_of(buffer), "610000007a");
	EXPECT_EQ(buffer.get_position(), 5);
}

TEST(StreamPeerBuffer, SetDataArrayReplacesEverythingAndRewinds) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.set_data_array(view_of("xy")), Error::OK);
	EXPECT_EQ(hex_of(buffer), "7879");
	EXPECT_EQ(buffer.get_position(), 0);
	EXPECT_EQ(buffer.set_data_array(view_of("longer than before")), Error::OK);
	EXPECT_EQ(buffer.get_size(), 18);
	EXPECT_EQ(buffer.set_data_array(buffer.get_data_view().after(7).first(4)), Error::OK);
	EXPECT_TRUE(buffer.get_data_view() == view_of("than")) << "a piece of itself";
	EXPECT_EQ(buffer.set_data_array(ByteView()), Error::OK);
	EXPECT_EQ(buffer.get_size(), 0);
}

TEST(StreamPeerBuffer, GetDataArrayIsACopyAndTheViewIsNot) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.set_data_array(view_of("abc")), Error::OK);
	ByteBuffer copy;
	ASSERT_EQ(copy.append(view_of("old")), Error::OK);
	EXPECT_EQ(buffer.get_data_array(copy), Error::OK);
	const ByteView view = buffer.get_data_view();
	buffer.put_u8('z');
	EXPECT_TRUE(copy.view() == view_of("abc"));
	EXPECT_TRUE(view == view_of("zbc")) << "written in place";
	ByteBuffer small(netpeer::default_allocator(), 2);
	EXPECT_EQ(buffer.get_data_array(small), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(small.empty());
}

TEST(StreamPeerBuffer, ClearEmptiesAndRewinds) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("abc")), Error::OK);
	buffer.clear();
	EXPECT_EQ(buffer.get_size(), 0);
	EXPECT_EQ(buffer.get_position(), 0);
	buffer.put_u8('x');
	EXPECT_EQ(hex_of(buffer), "78");
}

TEST(StreamPeerBuffer, DuplicateIsAnotherBufferWithTheSameContentRewound) {
	StreamPeerBuffer buffer(netpeer::default_allocator(), 10);
	buffer.set_big_endian(true);
	EXPECT_EQ(buffer.put_data(view_of("abc")), Error::OK);
	const std::shared_ptr<StreamPeerBuffer> copy = buffer.duplicate();
	ASSERT_NE(copy, nullptr);
	EXPECT_EQ(hex_of(*copy), "616263");
	EXPECT_EQ(copy->get_position(), 0);
	EXPECT_FALSE(copy->is_big_endian_enabled());
	copy->put_u8('z');
	EXPECT_EQ(hex_of(buffer), "616263");
	EXPECT_EQ(copy->resize(11), Error::ERR_OUT_OF_MEMORY) << "the cap is the same";
	buffer.clear();
	EXPECT_EQ(hex_of(*copy), "7a6263");
}

TEST(StreamPeerBuffer, PutDataOverwritesAtTheCursorAndGrows) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.set_data_array(view_of("abcd")), Error::OK);
	EXPECT_EQ(buffer.seek(1), Error::OK);
	EXPECT_EQ(buffer.put_data(view_of("XY")), Error::OK);
	EXPECT_TRUE(buffer.get_data_view() == view_of("aXYd"));
	EXPECT_EQ(buffer.put_data(view_of("123")), Error::OK);
	EXPECT_TRUE(buffer.get_data_view() == view_of("aXY123"));
	EXPECT_EQ(buffer.get_position(), 6);
	EXPECT_EQ(buffer.put_data(ByteView()), Error::OK);
	EXPECT_EQ(buffer.get_position(), 6);
}

TEST(StreamPeerBuffer, PutPartialDataPutsAllOfIt) {
	StreamPeerBuffer buffer;
	size_t sent = 0;
	EXPECT_EQ(buffer.put_partial_data(view_of("abc"), sent), Error::OK);
	EXPECT_EQ(sent, 3u);
	EXPECT_EQ(hex_of(buffer), "616263");
	EXPECT_EQ(buffer.put_partial_data(ByteView(), sent), Error::OK);
	EXPECT_EQ(sent, 0u);
}

TEST(StreamPeerBuffer, MayBePutIntoItself) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.put_data(view_of("0123456789")), Error::OK);
	for (int i = 0; i < 6; ++i) ASSERT_EQ(buffer.put_data(buffer.get_data_view()), Error::OK);
	ASSERT_EQ(buffer.get_size(), 640);
	for (size_t i = 0; i < 640; ++i) ASSERT_EQ(buffer.get_data_view()[i], '0' + i % 10);
	EXPECT_EQ(buffer.seek(1), Error::OK);
	EXPECT_EQ(buffer.put_data(buffer.get_data_view().first(4)), Error::OK); // overlapping
	EXPECT_TRUE(buffer.get_data_view().first(7) == view_of("0012356"));
}

TEST(StreamPeerBuffer, GetPartialDataGivesTheRestAndThenTheEnd) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.set_data_array(view_of("abc")), Error::OK);
	uint8_t bytes[8] = {};
	size_t received = 9;
	EXPECT_EQ(buffer.get_partial_data(MutBytes(bytes, 2), received), Error::OK);
	EXPECT_EQ(received, 2u);
	EXPECT_EQ(buffer.get_partial_data(MutBytes(bytes, 8), received), Error::OK);
	EXPECT_EQ(received, 1u);
	EXPECT_EQ(bytes[0], 'c');
	EXPECT_EQ(buffer.get_partial_data(MutBytes(bytes, 8), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(buffer.get_partial_data(MutBytes(bytes, 0), received), Error::OK);
	EXPECT_EQ(buffer.resize(1), Error::OK);
	EXPECT_EQ(buffer.get_partial_data(MutBytes(bytes, 8), received), Error::ERR_FILE_EOF) << "past the end";
}

TEST(StreamPeerBuffer, AShortGetDataIsAnErrorThatConsumesWhatWasThere) {
	StreamPeerBuffer buffer;
	EXPECT_EQ(buffer.set_data_array(view_of("a")), Error::OK);
	uint8_t bytes[3] = {};
	size_t received = 0;
	EXPECT_EQ(buffer.get_data(MutBytes(bytes, 3), received), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(received, 1u);
	EXPECT_EQ(bytes[0], 'a');
	EXPECT_EQ(buffer.get_position(), 1);
	EXPECT_EQ(buffer.get_data(MutBytes(bytes, 3), received), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(buffer.get_data(MutBytes()), Error::OK);
}

TEST(StreamPeerBuffer, AShortGetDataIntoABufferIsTheSameAtEveryLength) {
	// Long reads are taken in pieces; a piece that ends exactly where the content does must not show.
	for (const size_t there : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{4097}, size_t{8192}}) {
		StreamPeerBuffer buffer;
		ASSERT_EQ(buffer.resize(static_cast<int>(there)), Error::OK);
		ByteBuffer out;
		EXPECT_EQ(buffer.get_data(10000, out), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(out.size(), there);
		EXPECT_EQ(buffer.get_position(), static_cast<int>(there));
	}
}

TEST(StreamPeerBuffer, AShortTypedGetIsZeroAndConsumesWhatWasThere) {
	for (int there = 0; there < 8; ++there) {
		StreamPeerBuffer buffer;
		ASSERT_EQ(buffer.set_data_array(view_of("\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f")), Error::OK);
		ASSERT_EQ(buffer.resize(there), Error::OK);
		const auto fails_at_the_end = [&](double value) {
			EXPECT_EQ(value, 0);
			EXPECT_EQ(buffer.get_last_error(), Error::ERR_INVALID_PARAMETER);
			EXPECT_EQ(buffer.get_position(), there);
			ASSERT_EQ(buffer.seek(0), Error::OK);
		};
		if (there < 1) fails_at_the_end(buffer.get_8());
		if (there < 1) fails_at_the_end(buffer.get_u8());
		if (there < 2) fails_at_the_end(buffer.get_16());
		if (there < 2) fails_at_the_end(buffer.get_u16());
		if (there < 2) fails_at_the_end(buffer.get_half());
		if (there < 4) fails_at_the_end(buffer.get_32());
		if (there < 4) fails_at_the_end(buffer.get_u32());
		if (there < 4) fails_at_the_end(buffer.get_float());
		fails_at_the_end(static_cast<double>(buffer.get_64()));
		fails_at_the_end(static_cast<double>(buffer.get_u64()));
		fails_at_the_end(buffer.get_double());
		fails_at_the_end(static_cast<double>(buffer.get_string(8).size()));
		fails_at_the_end(static_cast<double>(buffer.get_utf8_string(8).size()));
	}
}

TEST(StreamPeerBuffer, HoldsTheBytesARunningEngineHeld) {
	StreamPeerBuffer buffer;
	buffer.set_big_endian(true);
	buffer.put_u16(0x1234);
	buffer.put_float(1.0f);
	buffer.put_string("ab");
	buffer.put_utf8_string("\xe2\x82\xac");
	EXPECT_EQ(hex_of(buffer), "12343f80000000000002616200000003e282ac");
	EXPECT_EQ(buffer.get_position(), 19);
	EXPECT_EQ(buffer.seek(0), Error::OK);
	EXPECT_EQ(buffer.get_u16(), 0x1234);
	EXPECT_EQ(buffer.get_float(), 1.0f);
	EXPECT_EQ(buffer.get_string(), "ab");
	EXPECT_EQ(buffer.get_utf8_string(), "\xe2\x82\xac");
	EXPECT_EQ(buffer.get_available_bytes(), 0);
}

// --- memory ---

TEST(StreamPeerBuffer, GrowingPastTheCapChangesNothing) {
	StreamPeerBuffer buffer(netpeer::default_allocator(), 10);
	EXPECT_EQ(buffer.put_data(view_of("12345678")), Error::OK);
	size_t sent = 9;
	EXPECT_EQ(buffer.put_data(view_of("abc")), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.put_partial_data(view_of("abc"), sent), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(buffer.resize(11), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.set_data_array(view_of("12345678901")), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.reserve(11), Error::ERR_OUT_OF_MEMORY);
	buffer.put_u32(7);
	EXPECT_EQ(buffer.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(hex_of(buffer), "3132333435363738");
	EXPECT_EQ(buffer.get_position(), 8);
	EXPECT_EQ(buffer.put_data(view_of("ab")), Error::OK);
	EXPECT_EQ(buffer.get_size(), 10);
}

TEST(StreamPeerBuffer, HoldsNoMoreThanPositionsCanSay) {
	FailingAllocator memory;
	memory.fail_all(true);
	StreamPeerBuffer buffer(memory.pointer(), SIZE_MAX);
	EXPECT_EQ(buffer.reserve(size_t{1} << 31), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(memory.requests(), 0u) << "refused before the allocator is asked";
}

TEST(StreamPeerBuffer, ATypedPutIsWholeOrAbsent) {
	StreamPeerBuffer buffer(netpeer::default_allocator(), 3000);
	buffer.put_u8(1);
	buffer.put_string(std::string(2996, 'a'));
	EXPECT_EQ(buffer.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	buffer.put_utf8_string(std::string(2996, 'a'));
	EXPECT_EQ(buffer.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	buffer.put_line(std::string(2999, 'a'));
	EXPECT_EQ(buffer.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(buffer.get_size(), 1);
	EXPECT_EQ(buffer.get_position(), 1);
	buffer.put_string(std::string(2995, 'a'));
	EXPECT_EQ(buffer.get_last_error(), Error::OK);
	EXPECT_EQ(buffer.get_size(), 3000);
}

TEST(StreamPeerBuffer, FailsCleanlyAtEveryAllocation) {
	FailingEachAllocation each([](FailingAllocator &memory) {
		StreamPeerBuffer buffer(memory.pointer());
		std::string expected;
		for (int i = 0; i < 30; ++i) {
			const std::string piece(static_cast<size_t>(10 + 7 * i), static_cast<char>('a' + i % 26));
			const Error error = buffer.put_data(view_of(piece.c_str()));
			if (error == Error::OK)
				expected += piece;
			else
				EXPECT_EQ(error, Error::ERR_OUT_OF_MEMORY);
			ASSERT_TRUE(buffer.get_data_view() == view_of(expected.c_str()));
			ASSERT_EQ(buffer.get_position(), static_cast<int>(expected.size()));
		}
		const std::shared_ptr<StreamPeerBuffer> copy = buffer.duplicate();
		EXPECT_TRUE(copy == nullptr || copy->get_data_view() == buffer.get_data_view());
		const std::string large(9000, 'x');
		if (buffer.set_data_array(view_of(large.c_str())) == Error::OK) expected = large;
		EXPECT_TRUE(buffer.get_data_view() == view_of(expected.c_str()));
		ByteBuffer out(memory.pointer());
		const Error error = buffer.get_data_array(out);
		EXPECT_EQ(out.size(), error == Error::OK ? expected.size() : 0u);
	});
	each.run();
	EXPECT_GE(each.requests(), 5u);
}

TEST(StreamPeerBuffer, TakesNoMemoryOnceItHasRoom) {
	FailingAllocator memory;
	StreamPeerBuffer buffer(memory.pointer());
	const auto message = [&] {
		buffer.clear();
		for (int i = 0; i < 20; ++i) buffer.put_u64(static_cast<uint64_t>(i));
		buffer.put_string("a name");
		buffer.put_utf8_string("\xe2\x82\xac");
		ASSERT_EQ(buffer.seek(0), Error::OK);
		for (int i = 0; i < 20; ++i) ASSERT_EQ(buffer.get_64(), i);
		ASSERT_EQ(buffer.get_string(), "a name");
		ASSERT_EQ(buffer.get_utf8_string(), "\xe2\x82\xac");
		ASSERT_EQ(buffer.resize(3), Error::OK);
		ASSERT_EQ(buffer.set_data_array(view_of("shorter")), Error::OK);
	};
	message();
	const uint64_t requests = memory.requests();
	for (int i = 0; i < 100; ++i) message();
	EXPECT_EQ(memory.requests(), requests);
}
