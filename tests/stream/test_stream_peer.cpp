// Sections: raw data, numbers, strings out, strings in, hostile lengths and memory, lines. Streams that end, fail and come
// in pieces are tests/support/split_stream.h; the content of buffers is test_stream_peer_buffer.cpp.
#include "../../src/stream/stream_peer.h"

#include "../../src/stream/stream_peer_buffer.h"
#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/hex_bytes.h"
#include "../support/running_emulated.h"
#include "../support/split_stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>

#if defined(__linux__)
#include <sys/resource.h>
#endif

#define NETPEER_TEST_WITH_ASAN 0
#if defined(__SANITIZE_ADDRESS__)
#undef NETPEER_TEST_WITH_ASAN
#define NETPEER_TEST_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef NETPEER_TEST_WITH_ASAN
#define NETPEER_TEST_WITH_ASAN 1
#endif
#endif

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::StreamPeer;
using netpeer::StreamPeerBuffer;
using netpeer::view_of;
using netpeer_test::bytes_to_hex;
using netpeer_test::FailingAllocator;
using netpeer_test::FailingEachAllocation;
using netpeer_test::hex_to_bytes;
using netpeer_test::SplitStream;

namespace {

std::string hex_of(const SplitStream &stream) { return bytes_to_hex(stream.written()); }

// What `put` writes, in hexadecimal.
std::string written_by(bool big_endian, const std::function<void(StreamPeer &)> &put) {
	SplitStream stream;
	stream.set_big_endian(big_endian);
	put(stream);
	EXPECT_EQ(stream.get_last_error(), Error::OK);
	return hex_of(stream);
}

uint32_t float_bits(float value) {
	uint32_t bits = 0;
	std::memcpy(&bits, &value, sizeof bits);
	return bits;
}

uint64_t double_bits(double value) {
	uint64_t bits = 0;
	std::memcpy(&bits, &value, sizeof bits);
	return bits;
}

float float_of(uint32_t bits) {
	float value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

double double_of(uint64_t bits) {
	double value = 0;
	std::memcpy(&value, &bits, sizeof value);
	return value;
}

// A typed get as a number: what it gives must be 0 after a failure.
struct TypedGet {
	const char *name;
	size_t bytes;
	std::function<uint64_t(StreamPeer &)> get;
	const char *little; // wire
	const char *big;
	uint64_t value;
};

const std::vector<TypedGet> &typed_gets() {
	static const std::vector<TypedGet> all = {
	        {"8", 1, [](StreamPeer &p) { return uint64_t(int64_t{p.get_8()}); }, "fe", "fe", uint64_t(-2)},
	        {"u8", 1, [](StreamPeer &p) { return uint64_t{p.get_u8()}; }, "fe", "fe", 0xfe},
	        {"16", 2, [](StreamPeer &p) { return uint64_t(int64_t{p.get_16()}); }, "feff", "fffe", uint64_t(-2)},
	        {"u16", 2, [](StreamPeer &p) { return uint64_t{p.get_u16()}; }, "3412", "1234", 0x1234},
	        {"32", 4, [](StreamPeer &p) { return uint64_t(int64_t{p.get_32()}); }, "feffffff", "fffffffe",
	                uint64_t(-2)},
	        {"u32", 4, [](StreamPeer &p) { return uint64_t{p.get_u32()}; }, "efbeadde", "deadbeef", 0xdeadbeef},
	        {"64", 8, [](StreamPeer &p) { return uint64_t(p.get_64()); }, "feffffffffffffff", "fffffffffffffffe",
	                uint64_t(-2)},
	        {"u64", 8, [](StreamPeer &p) { return p.get_u64(); }, "efcdab8967452301", "0123456789abcdef",
	                0x0123456789abcdef},
	        {"half", 2, [](StreamPeer &p) { return uint64_t{float_bits(p.get_half())}; }, "4842", "4248", 0x40490000},
	        {"float", 4, [](StreamPeer &p) { return uint64_t{float_bits(p.get_float())}; }, "0000803f", "3f800000",
	                0x3f800000},
	        {"double", 8, [](StreamPeer &p) { return double_bits(p.get_double()); }, "000000000000f03f",
	                "3ff0000000000000", 0x3ff0000000000000},
	};
	return all;
}

} // namespace

// --- raw data ---

TEST(StreamPeer, NoBytesAreOkWithoutTouchingTheStream) {
	SplitStream closed;
	closed.set_error_at_end(Error::FAILED);
	closed.fail_writes_after(0, Error::FAILED);
	size_t count = 7;
	EXPECT_EQ(closed.put_data(ByteView()), Error::OK);
	EXPECT_EQ(closed.put_partial_data(ByteView(), count), Error::OK);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(closed.get_data(MutBytes()), Error::OK);
	count = 7;
	EXPECT_EQ(closed.get_partial_data(MutBytes(), count), Error::OK);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(closed.writes(), 0u);
	EXPECT_EQ(closed.largest_read(), 0u);
}

TEST(StreamPeer, GetDataWaitsForAllOfIt) {
	SplitStream stream(hex_to_bytes("000102030405060708"), {1, 3, 2});
	uint8_t bytes[9] = {};
	size_t received = 0;
	EXPECT_EQ(stream.get_data(MutBytes(bytes, 9), received), Error::OK);
	EXPECT_EQ(received, 9u);
	EXPECT_EQ(bytes_to_hex(ByteView(bytes, 9)), "000102030405060708");
}

TEST(StreamPeer, DataBeforeTheEndIsNotLost) {
	SplitStream stream(hex_to_bytes("0a0b0c"), {2});
	uint8_t bytes[8] = {};
	size_t received = 99;
	EXPECT_EQ(stream.get_data(MutBytes(bytes, 8), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(received, 3u);
	EXPECT_EQ(bytes_to_hex(ByteView(bytes, received)), "0a0b0c");
}

TEST(StreamPeer, PartialCallsMoveWhatGoes) {
	SplitStream stream(hex_to_bytes("0a0b0c"), {2});
	uint8_t bytes[8] = {};
	size_t count = 99;
	EXPECT_EQ(stream.get_partial_data(MutBytes(bytes, 8), count), Error::OK);
	EXPECT_EQ(count, 2u);
	EXPECT_EQ(stream.put_partial_data(view_of("abcd"), count), Error::OK);
	EXPECT_EQ(count, 2u);
	EXPECT_EQ(stream.get_partial_data(MutBytes(bytes, 8), count), Error::OK);
	EXPECT_EQ(count, 1u);
	EXPECT_EQ(stream.get_partial_data(MutBytes(bytes, 8), count), Error::ERR_FILE_EOF);
	EXPECT_EQ(count, 0u);
}

TEST(StreamPeer, TheScriptFormOfGetDataHoldsOnlyWhatWasRead) {
	SplitStream stream(hex_to_bytes("0a0b0c0d0e"), {2});
	ByteBuffer out;
	EXPECT_EQ(stream.get_data(2, out), Error::OK);
	EXPECT_EQ(bytes_to_hex(out.view()), "0a0b");
	EXPECT_EQ(stream.get_data(100, out), Error::ERR_FILE_EOF);
	EXPECT_EQ(bytes_to_hex(out.view()), "0c0d0e");
	EXPECT_EQ(stream.get_data(0, out), Error::OK);
	EXPECT_TRUE(out.empty());
}

TEST(StreamPeer, TheScriptFormOfGetPartialDataIsTrimmed) {
	SplitStream stream(hex_to_bytes("0a0b0c"), {2});
	ByteBuffer out;
	EXPECT_EQ(stream.get_partial_data(0x7fffffff, out), Error::OK);
	EXPECT_EQ(bytes_to_hex(out.view()), "0a0b");
	EXPECT_LE(out.capacity(), 8192u) << "room for what may be there, not for what was asked";
	EXPECT_EQ(stream.get_partial_data(0, out), Error::OK);
	EXPECT_TRUE(out.empty());
	EXPECT_EQ(stream.get_partial_data(5, out), Error::OK);
	EXPECT_EQ(stream.get_partial_data(5, out), Error::ERR_FILE_EOF);
	EXPECT_TRUE(out.empty());
}

TEST(StreamPeer, NegativeCountsAreOutOfMemory) {
	SplitStream stream(hex_to_bytes("0a0b"));
	ByteBuffer out;
	ASSERT_EQ(out.append(view_of("old")), Error::OK);
	EXPECT_EQ(stream.get_data(-1, out), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(out.empty());
	EXPECT_EQ(stream.get_partial_data(-1, out), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(out.empty());
	EXPECT_EQ(stream.taken(), 0u);
}

TEST(StreamPeer, TheScriptFormTakesNothingThatExceedsTheCapOfItsTarget) {
	SplitStream stream(std::vector<uint8_t>(200));
	ByteBuffer out(netpeer::default_allocator(), 100);
	EXPECT_EQ(stream.get_data(101, out), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(stream.taken(), 0u);
	EXPECT_EQ(stream.get_data(100, out), Error::OK);
	EXPECT_EQ(out.size(), 100u);
}

TEST(StreamPeer, RawDataLeavesTheLastErrorAlone) {
	SplitStream stream;
	EXPECT_EQ(stream.get_last_error(), Error::OK);
	uint8_t byte = 0;
	EXPECT_EQ(stream.get_data(MutBytes(&byte, 1)), Error::ERR_FILE_EOF);
	EXPECT_EQ(stream.get_last_error(), Error::OK);
	(void)stream.get_u8();
	EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF);
	EXPECT_EQ(stream.put_data(view_of("a")), Error::OK);
	EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF);
}

// --- numbers ---

TEST(StreamPeer, ByteOrderIsLittleEndianUnlessToldOtherwise) {
	SplitStream stream;
	EXPECT_FALSE(stream.is_big_endian_enabled());
	stream.put_u16(0x1234);
	stream.set_big_endian(true);
	EXPECT_TRUE(stream.is_big_endian_enabled());
	stream.put_u16(0x1234);
	stream.set_big_endian(false);
	stream.put_u16(0x1234);
	EXPECT_EQ(hex_of(stream), "341212343412");
}

TEST(StreamPeer, BytesAndRawDataHaveNoByteOrder) {
	const auto put = [](StreamPeer &peer) {
		peer.put_8(-2);
		peer.put_u8(0xab);
		EXPECT_EQ(peer.put_data(view_of("xy")), Error::OK);
		peer.put_raw_string("z");
	};
	EXPECT_EQ(written_by(false, put), "feab78797a");
	EXPECT_EQ(written_by(true, put), "feab78797a");
}

TEST(StreamPeer, IntegersAreTwosComplementInBothOrders) {
	const auto put = [](StreamPeer &peer) {
		peer.put_16(-2);
		peer.put_u16(0x1234);
		peer.put_32(std::numeric_limits<int32_t>::min());
		peer.put_u32(0xdeadbeef);
		peer.put_64(-2);
		peer.put_u64(0x0123456789abcdef);
	};
	EXPECT_EQ(written_by(false, put), "feff341200000080efbeaddefeffffffffffffffefcdab8967452301");
	EXPECT_EQ(written_by(true, put), "fffe123480000000deadbeeffffffffffffffffe0123456789abcdef");
}

TEST(StreamPeer, HalvesAreTwoBytesRoundedToNearestEven) {
	const auto put = [](StreamPeer &peer) {
		for (const float value : {3.1415927f, 0.33325195f, 2049.0f, 2051.0f, -0.0f, 65520.0f}) peer.put_half(value);
		peer.put_half(std::numeric_limits<float>::infinity());
	};
	EXPECT_EQ(written_by(true, put), "42483555680068028000"
	                                 "7c007c00");
	EXPECT_EQ(written_by(false, put), "48425535006802680080"
	                                  "007c007c");
	SplitStream stream(hex_to_bytes("42483555 0001 8000 fc00 7e00"));
	stream.set_big_endian(true);
	EXPECT_EQ(stream.get_half(), 3.140625f);
	EXPECT_EQ(stream.get_half(), 0.33325195f);
	EXPECT_EQ(stream.get_half(), std::ldexp(1.0f, -24));
	EXPECT_TRUE(std::signbit(stream.get_half()));
	EXPECT_EQ(stream.get_half(), -std::numeric_limits<float>::infinity());
	EXPECT_TRUE(std::isnan(stream.get_half()));
}

TEST(StreamPeer, FloatsAndDoublesAreSwappedAsAUnit) {
	const auto put = [](StreamPeer &peer) {
		peer.put_float(1.0f);
		peer.put_double(1.0);
		peer.put_float(float_of(0x7fc12345)); // a quiet NaN keeps its payload
		peer.put_double(double_of(0x7ff8000000abcdef));
		peer.put_double(-0.0);
	};
	EXPECT_EQ(written_by(false, put), "0000803f000000000000f03f4523c17fefcdab000000f87f0000000000000080");
	EXPECT_EQ(written_by(true, put), "3f8000003ff00000000000007fc123457ff8000000abcdef8000000000000000");
}

TEST(StreamPeer, EveryNumberIsReadInBothOrdersHoweverItArrives) {
	for (const TypedGet &type : typed_gets()) {
		for (const bool big : {false, true}) {
			for (size_t split = 1; split <= type.bytes; ++split) {
				SCOPED_TRACE(std::string(type.name) + (big ? " big" : " little") + std::to_string(split));
				SplitStream stream(hex_to_bytes(big ? type.big : type.little), {split});
				stream.set_big_endian(big);
				EXPECT_EQ(type.get(stream), type.value);
				EXPECT_EQ(stream.get_last_error(), Error::OK);
				EXPECT_EQ(stream.taken(), type.bytes);
			}
		}
	}
}

TEST(StreamPeer, EveryShortReadOfEveryNumberGivesZeroAndTheError) {
	for (const TypedGet &type : typed_gets()) {
		for (const bool big : {false, true}) {
			for (size_t there = 0; there < type.bytes; ++there) {
				for (const Error error : {Error::ERR_FILE_EOF, Error::FAILED}) {
					SCOPED_TRACE(std::string(type.name) + " with " + std::to_string(there));
					std::vector<uint8_t> bytes = hex_to_bytes(big ? type.big : type.little);
					bytes.resize(there);
					SplitStream stream(bytes, {1});
					stream.set_big_endian(big);
					stream.set_error_at_end(error);
					EXPECT_EQ(type.get(stream), 0u);
					EXPECT_EQ(stream.get_last_error(), error);
					EXPECT_EQ(stream.taken(), there);
				}
			}
		}
	}
}

TEST(StreamPeer, EveryTypedCallSetsTheLastErrorAnew) {
	SplitStream stream(hex_to_bytes("0102"));
	stream.fail_writes_after(1, Error::ERR_CONNECTION_ERROR);
	(void)stream.get_u32();
	EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF);
	stream.put_u8(1);
	EXPECT_EQ(stream.get_last_error(), Error::OK);
	const std::function<void()> puts[] = {
	        [&] { stream.put_8(1); },
	        [&] { stream.put_u8(1); },
	        [&] { stream.put_16(1); },
	        [&] { stream.put_u16(1); },
	        [&] { stream.put_32(1); },
	        [&] { stream.put_u32(1); },
	        [&] { stream.put_64(1); },
	        [&] { stream.put_u64(1); },
	        [&] { stream.put_half(1); },
	        [&] { stream.put_float(1); },
	        [&] { stream.put_double(1); },
	        [&] { stream.put_string("a"); },
	        [&] { stream.put_line("a"); },
	        [&] { stream.put_utf8_string("a"); },
	        [&] { stream.put_raw_string("a"); },
	};
	for (const auto &put : puts) {
		EXPECT_EQ(stream.get_string(0), ""); // OK by definition
		EXPECT_EQ(stream.get_last_error(), Error::OK);
		put();
		EXPECT_EQ(stream.get_last_error(), Error::ERR_CONNECTION_ERROR);
	}
}

// --- the engine's own bytes ---

TEST(StreamPeer, WritesAndReadsTheBytesARunningEngineWrote) {
	const char *big = "12343f80000000000002616200000003e282ac";
	EXPECT_EQ(written_by(true,
	                  [](StreamPeer &peer) {
		                  peer.put_u16(0x1234);
		                  peer.put_float(1.0f);
		                  peer.put_string("ab");
		                  peer.put_utf8_string("\xe2\x82\xac");
	                  }),
	        big);
	SplitStream stream(hex_to_bytes(big), {1});
	stream.set_big_endian(true);
	EXPECT_EQ(stream.get_u16(), 0x1234);
	EXPECT_EQ(stream.get_float(), 1.0f);
	EXPECT_EQ(stream.get_string(), "ab");
	EXPECT_EQ(stream.get_utf8_string(), "\xe2\x82\xac");
	EXPECT_EQ(stream.get_last_error(), Error::OK);

	const char *little = "3412000000000000f03f";
	EXPECT_EQ(written_by(false,
	                  [](StreamPeer &peer) {
		                  peer.put_u16(0x1234);
		                  peer.put_double(1.0);
	                  }),
	        little);
	SplitStream other(hex_to_bytes(little));
	EXPECT_EQ(other.get_u16(), 0x1234);
	EXPECT_EQ(other.get_double(), 1.0);
}

// --- strings out ---

TEST(StreamPeer, PutStringIsACountAndOneByteForEachCharacter) {
	EXPECT_EQ(written_by(false, [](StreamPeer &p) { p.put_string("ab"); }), "020000006162");
	EXPECT_EQ(written_by(true, [](StreamPeer &p) { p.put_string(""); }), "00000000");
	EXPECT_EQ(written_by(true, [](StreamPeer &p) { p.put_string(std::string_view("a\0b", 3)); }), "00000003610062");
}

TEST(StreamPeer, PutStringTurnsWhatIsNotAsciiIntoSpaces) {
	const auto text = [](std::string_view utf8) {
		return written_by(true, [&](StreamPeer &p) { p.put_string(utf8); });
	};
	EXPECT_EQ(text("a\x7f"), "00000002617f");
	EXPECT_EQ(text("\xc3\xa4"), "0000000120");               // a with dots
	EXPECT_EQ(text("x\xe2\x82\xacy"), "00000003782079");     // Euro
	EXPECT_EQ(text("\xf0\x9f\x98\x80!"), "000000022021");    // a face
	EXPECT_EQ(text("\xf4\x8f\xbf\xbf"), "0000000120");       // U+10FFFF
	EXPECT_EQ(text("\xff\x80z"), "0000000320207a");          // no UTF-8: a character per byte
	EXPECT_EQ(text("\xe2\x82"), "000000022020");             // cut off
	EXPECT_EQ(text("\xc0\x80"), "000000022020");             // longer than need be
	EXPECT_EQ(text("\xe0\x9f\xbf"), "00000003202020");       // the same
	EXPECT_EQ(text("\xf0\x8f\xbf\xbf"), "0000000420202020"); // the same
	EXPECT_EQ(text("\xed\xa0\x80"), "00000003202020");       // a surrogate
	EXPECT_EQ(text("\xf4\x90\x80\x80"), "0000000420202020"); // past the last character
	EXPECT_EQ(text("\xe2z\xac"), "00000003207a20");          // broken off in the middle
}

TEST(StreamPeer, PutUtf8StringIsACountOfBytesAndTheText) {
	EXPECT_EQ(written_by(true, [](StreamPeer &p) { p.put_utf8_string("\xe2\x82\xac"); }), "00000003e282ac");
	EXPECT_EQ(written_by(false, [](StreamPeer &p) { p.put_utf8_string("\xe2\x82\xac"); }), "03000000e282ac");
	EXPECT_EQ(written_by(false, [](StreamPeer &p) { p.put_utf8_string(""); }), "00000000");
}

TEST(StreamPeer, StringsOfEveryLengthAroundTheStackBufferArriveWhole) {
	for (size_t size : {1019u, 1020u, 1021u, 1024u, 2043u, 2044u, 2045u, 5000u, 70000u}) {
		std::string text;
		for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 23);
		SplitStream out;
		out.put_utf8_string(text);
		out.put_string(text);
		out.put_line(text, "\r\n");
		out.put_raw_string(text);
		SplitStream in(out.written(), {7, 1000, 3});
		EXPECT_EQ(in.get_utf8_string(), text);
		EXPECT_EQ(in.get_string(), text);
		EXPECT_EQ(in.get_utf8_string(static_cast<int>(size + 2)), text + "\r\n");
		EXPECT_EQ(in.get_utf8_string(static_cast<int>(size)), text);
		EXPECT_EQ(in.get_available_bytes(), 0);
	}
}

TEST(StreamPeer, AShortStringAndItsCountAreOneWrite) {
	SplitStream stream;
	stream.put_utf8_string(std::string(1020, 'a'));
	EXPECT_EQ(stream.writes(), 1u);
	stream.put_string(std::string(1020, 'a'));
	EXPECT_EQ(stream.writes(), 2u);
	stream.put_line("GET / HTTP/1.0", "\r\n");
	EXPECT_EQ(stream.writes(), 3u);
	stream.put_utf8_string(std::string(100000, 'a'));
	EXPECT_EQ(stream.writes(), 5u);
}

TEST(StreamPeer, StringsOfTwoGibibytesAreRefusedUntouched) {
	SplitStream stream;
	const char byte = 'a';
	const std::string_view endless(&byte, size_t{1} << 31); // never looked at
	stream.put_string(endless);
	EXPECT_EQ(stream.get_last_error(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(stream.get_string(0), "");
	stream.put_utf8_string(endless);
	EXPECT_EQ(stream.get_last_error(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(stream.writes(), 0u);
}

TEST(StreamPeer, AFailedPutOfAStringStopsAtTheFailure) {
	SplitStream stream;
	stream.fail_writes_after(1024, Error::ERR_CONNECTION_ERROR);
	stream.put_utf8_string(std::string(5000, 'a'));
	EXPECT_EQ(stream.get_last_error(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(stream.written().size(), 1024u);
	const size_t writes = stream.writes();
	stream.put_string(std::string(5000, 'a'));
	EXPECT_EQ(stream.get_last_error(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(stream.writes(), writes + 1);
}

// --- strings in ---

TEST(StreamPeer, GetStringMapsBytesToTheFirst256CharactersAndStopsAtZero) {
	SplitStream stream(hex_to_bytes("61e4ff7f"
	                                "6100626364"
	                                "00"));
	EXPECT_EQ(stream.get_string(4), "a\xc3\xa4\xc3\xbf\x7f");
	EXPECT_EQ(stream.get_string(4), "a");
	EXPECT_EQ(stream.get_u8(), 0x64) << "what follows the zero byte is consumed";
	EXPECT_EQ(stream.get_string(1), "");
	EXPECT_EQ(stream.get_last_error(), Error::OK);
}

TEST(StreamPeer, GetUtf8StringKeepsTheBytesAsTheyAre) {
	SplitStream stream(hex_to_bytes("61e282ac00ff"));
	EXPECT_EQ(stream.get_utf8_string(6), std::string("a\xe2\x82\xac\0\xff", 6));
}

TEST(StreamPeer, ANegativeCountReadsTheCountFirst) {
	for (const int bytes : {-1, -2, std::numeric_limits<int>::min()}) {
		SplitStream stream(hex_to_bytes("00000002 6162 00000001 63"), {3});
		stream.set_big_endian(true);
		EXPECT_EQ(stream.get_string(bytes), "ab");
		EXPECT_EQ(stream.get_utf8_string(bytes), "c");
		EXPECT_EQ(stream.get_last_error(), Error::OK);
	}
}

TEST(StreamPeer, EveryShortReadOfAStringGivesNothingAndTheError) {
	const std::vector<uint8_t> whole = hex_to_bytes("05000000 68656c6c6f");
	for (size_t there = 0; there < whole.size(); ++there) {
		const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(there));
		SplitStream latin(cut, {1}), utf8(cut, {2}), bytes(cut, {3});
		EXPECT_EQ(latin.get_string(), "");
		EXPECT_EQ(latin.get_last_error(), Error::ERR_FILE_EOF);
		EXPECT_EQ(utf8.get_utf8_string(), "");
		EXPECT_EQ(utf8.get_last_error(), Error::ERR_FILE_EOF);
		EXPECT_EQ(utf8.taken(), there);
		ByteBuffer out;
		EXPECT_EQ(bytes.get_string_bytes(out), Error::ERR_FILE_EOF);
		EXPECT_EQ(bytes.get_last_error(), Error::ERR_FILE_EOF);
		EXPECT_TRUE(out.empty());
	}
}

TEST(StreamPeer, GetStringBytesUsesTheCallersMemoryAgain) {
	FailingAllocator memory;
	SplitStream stream;
	for (int i = 0; i < 5; ++i) stream.put_utf8_string(std::string(3000, static_cast<char>('a' + i)));
	SplitStream in(stream.written(), {100});
	ByteBuffer out(memory.pointer());
	ASSERT_EQ(in.get_string_bytes(out), Error::OK);
	const uint64_t requests = memory.requests();
	for (int i = 1; i < 5; ++i) {
		ASSERT_EQ(in.get_string_bytes(out), Error::OK);
		ASSERT_EQ(out.size(), 3000u);
		EXPECT_EQ(out.data()[2999], 'a' + i);
	}
	EXPECT_EQ(memory.requests(), requests);
	EXPECT_EQ(in.get_string_bytes(out, 0), Error::OK);
	EXPECT_TRUE(out.empty());
}

// --- hostile lengths and memory ---

TEST(StreamPeer, AnnouncedLengthsOfTwoGibibytesAreInvalid) {
	for (const char *length : {"80000000", "ffffffff"}) {
		SplitStream stream(hex_to_bytes(std::string(length) + "6162"));
		stream.set_big_endian(true);
		stream.set_max_announced_bytes(SIZE_MAX);
		EXPECT_EQ(stream.get_string(), "");
		EXPECT_EQ(stream.get_last_error(), Error::ERR_INVALID_DATA);
		EXPECT_EQ(stream.taken(), 4u);
	}
}

TEST(StreamPeer, AnnouncedLengthsAreCappedAt64MebibytesUnlessSetOtherwise) {
	FailingAllocator memory;
	SplitStream stream(hex_to_bytes("04000001 61 04000000 61"), {}, memory.pointer());
	stream.set_big_endian(true);
	EXPECT_EQ(stream.get_max_announced_bytes(), size_t{64} << 20);
	EXPECT_EQ(stream.get_utf8_string(), "");
	EXPECT_EQ(stream.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(memory.requests(), 0u);
	EXPECT_EQ(stream.get_u8(), 'a') << "nothing of the text was taken";
	EXPECT_EQ(stream.get_utf8_string(), "");
	EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF) << "64 MiB is within the cap";

	SplitStream small(hex_to_bytes("00000003 616263 00000004 61626364"));
	small.set_big_endian(true);
	small.set_max_announced_bytes(3);
	EXPECT_EQ(small.get_string(), "abc");
	EXPECT_EQ(small.get_string(), "");
	EXPECT_EQ(small.get_last_error(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(small.get_string(4), "abcd") << "a count of the caller's own has no cap";
}

TEST(StreamPeer, AnAnnouncementCostsNoMemoryBeforeItsBytesArrive) {
	for (const size_t arrived : {size_t{0}, size_t{10}, size_t{5000}, size_t{100000}}) {
		FailingAllocator memory;
		std::vector<uint8_t> bytes = hex_to_bytes("04000000");
		bytes.resize(4 + arrived, 'x');
		SplitStream stream(bytes, {1000}, memory.pointer());
		stream.set_big_endian(true);
		EXPECT_EQ(stream.get_utf8_string(), "");
		EXPECT_EQ(stream.get_last_error(), Error::ERR_FILE_EOF);
		EXPECT_LE(memory.peak_bytes(), 2 * arrived + 4096);
		EXPECT_EQ(memory.live_bytes(), 0u);
	}
}

TEST(StreamPeer, StringsFailCleanlyAtEveryAllocation) {
	FailingEachAllocation each([](FailingAllocator &memory) {
		SplitStream out;
		const std::string text(50000, 't');
		out.put_utf8_string(text);
		out.put_string(text);
		SplitStream in(out.written(), {}, memory.pointer());
		const std::string first = in.get_utf8_string();
		EXPECT_EQ(first, in.get_last_error() == Error::OK ? text : "");
		if (in.get_last_error() != Error::OK) {
			EXPECT_EQ(in.get_last_error(), Error::ERR_OUT_OF_MEMORY);
			return; // the stream is in the middle of the text
		}
		const std::string second = in.get_string();
		EXPECT_EQ(second, in.get_last_error() == Error::OK ? text : "");
		EXPECT_TRUE(in.get_last_error() == Error::OK || in.get_last_error() == Error::ERR_OUT_OF_MEMORY);
	});
	each.run();
	EXPECT_GE(each.requests(), 6u);
}

TEST(StreamPeer, NumbersAndShortStringsNeedNoAllocator) {
	FailingAllocator memory;
	memory.fail_all(true);
	SplitStream out({}, {}, memory.pointer());
	out.put_string(std::string(1024, 'a'));
	out.put_double(2.5);
	SplitStream in(out.written(), {}, memory.pointer());
	EXPECT_EQ(in.get_string(), std::string(1024, 'a'));
	EXPECT_EQ(in.get_double(), 2.5);
	EXPECT_EQ(memory.requests(), 0u);
}

TEST(StreamPeer, AStringTooLargeForTheHeapIsAnErrorNotTheEnd) {
#if !defined(__linux__) || NETPEER_TEST_WITH_ASAN
	GTEST_SKIP() << "needs a limit of address space that the heap obeys";
#else
	if (netpeer_test::running_emulated()) GTEST_SKIP() << "the emulator's own memory counts";
	// The bytes fit an allocator with memory of its own; the std::string then has none.
	constexpr size_t kText = size_t{48} << 20;
	struct Arena {
		std::vector<uint8_t> bytes = std::vector<uint8_t>(4 * kText);
		size_t used = 0;
		static void *take(void *user, size_t bytes) {
			Arena &me = *static_cast<Arena *>(user);
			if (bytes > me.bytes.size()) return nullptr;
			me.used = bytes;
			return me.bytes.data();
		}
	} arena;
	const netpeer::Allocator allocator{&arena, Arena::take,
	        [](void *user, void *, size_t, size_t bytes) { return Arena::take(user, bytes); },
	        [](void *, void *, size_t) {}};
	SplitStream stream(std::vector<uint8_t>(kText, 'a'), {}, &allocator);
	rlimit before = {};
	ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
	rlimit tight = before;
	tight.rlim_cur = size_t{1} << 20; // less than is mapped already: nothing new
	ASSERT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
	// What earlier tests have given back to the heap is there as well: hold it, as a list through the blocks.
	void *held = nullptr;
	while (void *block = std::malloc(size_t{1} << 20)) {
		*static_cast<void **>(block) = held;
		held = block;
	}
	const std::string text = stream.get_utf8_string(static_cast<int>(kText));
	const Error error = stream.get_last_error();
	while (held != nullptr) {
		void *next = *static_cast<void **>(held);
		std::free(held);
		held = next;
	}
	ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
	EXPECT_EQ(error, Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(text.size(), 0u);
	EXPECT_EQ(arena.used, kText) << "the bytes themselves found room";
#endif
}

// --- text for others ---

TEST(StreamPeer, RawStringsAndLinesCarryNoCount) {
	const auto put = [](StreamPeer &peer) {
		peer.put_raw_string("GET /");
		peer.put_line(" x", "\r\n");
		peer.put_line("y");
		peer.put_line("");
		peer.put_line("", "");
		peer.put_raw_string("");
	};
	EXPECT_EQ(written_by(true, put), bytes_to_hex(view_of("GET / x\r\ny\n\n")));
}

TEST(StreamPeer, AClosedStreamTakesEmptyRawStringsAndNothingElse) {
	SplitStream closed;
	closed.fail_writes_after(0, Error::FAILED);
	closed.put_raw_string("");
	EXPECT_EQ(closed.get_last_error(), Error::OK);
	closed.put_string("");
	EXPECT_EQ(closed.get_last_error(), Error::FAILED) << "its count is four bytes";
	closed.put_line("");
	EXPECT_EQ(closed.get_last_error(), Error::FAILED);
}
