// The range coder against stock ENet's output, damaged input, and the facts of the format's description.
#include "../../src/compress/range_coder.h"
#include "../support/codec_inputs.h"
#include "../support/failing_allocator.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

const std::string kRangeVectors = NETPEER_REPO_DIR "/tests/vectors/range_coder/";

TEST(RangeCoder, OutputIsThatOfStockEnetByteForByte) {
	RangeCoder codec;
	ASSERT_EQ(codec.init(), Error::OK);
	const std::vector<std::string> names = vector_names(kRangeVectors);
	ASSERT_EQ(names.size(), 29u);
	for (const std::string &name : names) {
		const std::vector<uint8_t> plain = bytes_of_file(kRangeVectors + name + ".plain");
		const std::vector<uint8_t> stock = bytes_of_file(kRangeVectors + name + ".enet");
		const CodecAnswer packed = compress_exactly(codec, plain, 2 * plain.size() + 64);
		EXPECT_TRUE(packed.intact) << name;
		EXPECT_EQ(packed.bytes, stock) << name;
		// With the room a datagram has, it is the same bytes or none.
		const CodecAnswer limited = compress_exactly(codec, plain, plain.size());
		EXPECT_EQ(limited.bytes, stock.size() <= plain.size() ? stock : std::vector<uint8_t>()) << name;
	}
}

TEST(RangeCoder, StockEnetsOutputIsRestoredIntoExactlyItsRoom) {
	RangeCoder codec;
	ASSERT_EQ(codec.init(), Error::OK);
	for (const std::string &name : vector_names(kRangeVectors)) {
		const std::vector<uint8_t> plain = bytes_of_file(kRangeVectors + name + ".plain");
		const std::vector<uint8_t> stock = bytes_of_file(kRangeVectors + name + ".enet");
		EXPECT_EQ(decompress_exactly(codec, stock, plain.size()).bytes, plain) << name;
		EXPECT_TRUE(decompress_exactly(codec, stock, plain.size() - 1).bytes.empty()) << name;
		EXPECT_EQ(decompress_exactly(codec, stock, plain.size() + 1).bytes, plain) << name;
	}
}

TEST(RangeCoder, SmallInputsEncodeAsTheDescriptionSays) {
	const struct {
		const char *plain, *packed;
	} facts[] = {{"00", "00ff00ff"}, {"ff", "ff00ff"}, {"4141", "41fefce6"}, {"414243", "42032fdb32"}};
	for (const auto &fact : facts) {
		uint8_t out[16];
		size_t size = 0;
		const std::vector<uint8_t> plain = hex_to_bytes(fact.plain);
		ASSERT_EQ(range_coder_compress(view_of_bytes(plain), MutBytes(out, sizeof out), size), Error::OK);
		EXPECT_EQ(bytes_to_hex(ByteView(out, size)), bytes_to_hex(hex_to_bytes(fact.packed)));
	}
}

TEST(RangeCoder, NoiseNeitherReadsNorWritesOutside) {
	RangeCoder codec;
	ASSERT_EQ(codec.init(), Error::OK);
	SeededRng rng(3);
	for (int i = 0; i < 2000; ++i) {
		std::vector<uint8_t> noise(1 + rng.below(300));
		for (uint8_t &byte : noise) byte = static_cast<uint8_t>(rng.below(256));
		ASSERT_TRUE(decompress_exactly(codec, noise, 1 + rng.below(4096)).intact);
	}
}

// A call makes what earlier calls left behind stale by a number that comes round.
TEST(RangeCoder, NothingIsLeftOfEarlierCallsHoweverMany) {
	RangeCoder used;
	ASSERT_EQ(used.init(), Error::OK);
	SeededRng rng(4);
	for (int call = 0; call < 6000; ++call) {
		std::vector<uint8_t> plain(1 + rng.below(60));
		for (uint8_t &byte : plain) byte = static_cast<uint8_t>(rng.below(5));
		uint8_t out[200], expected[200];
		const size_t size = used.compress(view_of_bytes(plain), MutBytes(out, sizeof out));
		ASSERT_NE(size, 0u);
		if (call % 16 != 0) continue;
		size_t expected_size = 0;
		ASSERT_EQ(range_coder_compress(view_of_bytes(plain), MutBytes(expected, sizeof expected), expected_size),
		        Error::OK);
		ASSERT_EQ(bytes_to_hex(ByteView(out, size)), bytes_to_hex(ByteView(expected, expected_size)))
		        << "call " << call;
	}
}

TEST(RangeCoder, AFewBytesCannotGrowPastTheRoom) {
	RangeCoder codec;
	ASSERT_EQ(codec.init(), Error::OK);
	const std::vector<uint8_t> zeros(65536);
	const CodecAnswer packed = compress_exactly(codec, zeros, zeros.size());
	ASSERT_LT(packed.bytes.size(), 200u);
	EXPECT_TRUE(decompress_exactly(codec, packed.bytes, 4092).bytes.empty());
	EXPECT_EQ(decompress_exactly(codec, packed.bytes, zeros.size()).bytes, zeros);
}

TEST(RangeCoder, EmptyInputAndMissingMemoryAreAnswered) {
	uint8_t byte = 0;
	size_t size = 7;
	EXPECT_EQ(range_coder_compress(ByteView(), MutBytes(&byte, 1), size), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(size, 0u);
	EXPECT_EQ(range_coder_decompress(ByteView(), MutBytes(&byte, 1), size), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(range_coder_compress(ByteView(&byte, 1), MutBytes(&byte, 1), size), Error::ERR_PARAMETER_RANGE_ERROR);
	RangeCoder untouched;
	EXPECT_EQ(untouched.compress(ByteView(&byte, 1), MutBytes(&byte, 1)), 0u);
	EXPECT_EQ(untouched.decompress(ByteView(&byte, 1), MutBytes(&byte, 1)), 0u);
	FailingAllocator memory;
	memory.fail_all(true);
	RangeCoder poor(memory.pointer());
	EXPECT_EQ(poor.init(), Error::ERR_OUT_OF_MEMORY);
}

} // namespace
