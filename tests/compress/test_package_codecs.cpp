// zlib and zstd: the streams of a Godot peer are understood, ours are what it understands, hostile ones are refused.
#include "../../src/compress/deflate_zlib.h"
#include "../../src/compress/zstd_codec.h"
#include "../../src/core/netpeer_config.h"
#include "../support/codec_inputs.h"
#include "../support/failing_allocator.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

#if NETPEER_WITH_ZLIB || NETPEER_WITH_ZSTD

const std::string kGodotVectors = NETPEER_REPO_DIR "/tests/vectors/godot4_compression/";

void expect_godots_streams(Compressor &codec, const std::string &extension) {
	size_t seen = 0;
	for (const std::string &name : vector_names(kGodotVectors, extension)) {
		const std::vector<uint8_t> plain = bytes_of_file(NETPEER_REPO_DIR "/tests/vectors/fastlz/" + name + ".plain");
		const std::vector<uint8_t> stream = bytes_of_file(kGodotVectors + name + extension);
		ASSERT_FALSE(plain.empty()) << name;
		EXPECT_EQ(decompress_exactly(codec, stream, plain.size()).bytes, plain) << name;
		EXPECT_TRUE(decompress_exactly(codec, stream, plain.size() - 1).bytes.empty()) << name;
		for (size_t cut = 1; cut < stream.size(); cut += 1 + stream.size() / 50) {
			const std::vector<uint8_t> part(stream.begin(), stream.begin() + static_cast<long>(cut));
			EXPECT_TRUE(decompress_exactly(codec, part, plain.size()).bytes.empty()) << name << " cut to " << cut;
		}
		++seen;
	}
	EXPECT_GT(seen, 25u);
}

#endif

#if !NETPEER_WITH_ZLIB || !NETPEER_WITH_ZSTD

template <class Codec>
void expect_unavailable(
        Error (*compress)(ByteView, MutBytes, size_t &, int), Error (*decompress)(ByteView, MutBytes, size_t &)) {
	uint8_t byte = 0;
	const MutBytes room(&byte, 1);
	size_t size = 7;
	Codec codec;
	EXPECT_EQ(codec.init(), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(codec.compress(ByteView(&byte, 1), room), 0u);
	EXPECT_EQ(codec.decompress(ByteView(&byte, 1), room), 0u);
	EXPECT_EQ(compress(ByteView(&byte, 1), room, size, 3), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(size, 0u);
	EXPECT_EQ(decompress(ByteView(&byte, 1), room, size), Error::ERR_UNAVAILABLE);
}

#endif

#if NETPEER_WITH_ZLIB

TEST(DeflateCodec, GodotsStreamsAreRestored) {
	DeflateCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	expect_godots_streams(codec, ".zlib");
}

TEST(DeflateCodec, StreamsAreThoseOfGodotsSettings) {
	DeflateCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	for (const char *name : {"json_1400", "gamestate_60", "zeros_1400", "text_4096"}) {
		const std::vector<uint8_t> plain =
		        bytes_of_file(std::string(NETPEER_REPO_DIR "/tests/vectors/fastlz/") + name + ".plain");
		const CodecAnswer stream = compress_exactly(codec, plain, plain.size());
		ASSERT_GT(stream.bytes.size(), 2u) << name;
		EXPECT_EQ(stream.bytes[0], 0x78) << name;
		EXPECT_EQ(stream.bytes[1], 0x9c) << name;
		EXPECT_EQ(decompress_exactly(codec, stream.bytes, plain.size()).bytes, plain) << name;
	}
}

TEST(DeflateCodec, RawDeflateAndGzipAreRefusedAndWhatFollowsIsIgnored) {
	DeflateCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	EXPECT_TRUE(decompress_exactly(codec, hex_to_bytes("4b04 00"), 10).bytes.empty());
	EXPECT_TRUE(
	        decompress_exactly(codec, hex_to_bytes("1f8b0800000000000003 4b0400 43beb7e8 01000000"), 10).bytes.empty());
	EXPECT_EQ(decompress_exactly(codec, hex_to_bytes("789c 4b0400 00620062 ffff"), 10).bytes.size(), 1u);
	EXPECT_TRUE(decompress_exactly(codec, hex_to_bytes("789c 4b0400 00620063"), 10).bytes.empty());
}

TEST(DeflateCodec, LevelsAndMemoryAreChecked) {
	EXPECT_EQ(DeflateCodec(nullptr, 10).init(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(DeflateCodec(nullptr, -2).init(), Error::ERR_INVALID_PARAMETER);
	size_t stored = 0, best = 0;
	std::vector<uint8_t> out(3000);
	const std::vector<uint8_t> plain(1000, 5);
	const MutBytes room(out.data(), out.size());
	ASSERT_EQ(deflate_compress(view_of_bytes(plain), room, stored, 0), Error::OK);
	ASSERT_EQ(deflate_compress(view_of_bytes(plain), room, best, 9), Error::OK);
	EXPECT_GT(stored, plain.size());
	EXPECT_LT(best, 40u);
	bool made = false;
	for (uint64_t denied = 1; denied < 40 && !made; ++denied) {
		FailingAllocator memory;
		memory.fail_nth(denied);
		{
			DeflateCodec codec(memory.pointer());
			const Error error = codec.init();
			made = error == Error::OK;
			EXPECT_TRUE(made || error == Error::ERR_OUT_OF_MEMORY);
			EXPECT_NE(made, compress_exactly(codec, plain, plain.size()).bytes.empty());
		}
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
	}
	EXPECT_TRUE(made);
}

#else

TEST(DeflateCodec, WithoutZlibItIsUnavailable) {
	expect_unavailable<DeflateCodec>(deflate_compress, deflate_decompress);
}

#endif

#if NETPEER_WITH_ZSTD

TEST(ZstdCodec, GodotsFramesAreRestored) {
	ZstdCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	expect_godots_streams(codec, ".zstd");
}

TEST(ZstdCodec, FramesCarryTheirSizeAndNoChecksum) {
	ZstdCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	const std::vector<uint8_t> plain(1000, 9);
	const CodecAnswer frame = compress_exactly(codec, plain, plain.size());
	ASSERT_GT(frame.bytes.size(), 7u);
	EXPECT_EQ(bytes_to_hex(ByteView(frame.bytes.data(), 7)), bytes_to_hex(hex_to_bytes("28b52ffd 60 e802")));
}

TEST(ZstdCodec, OnlyOneFrameIsTaken) {
	ZstdCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	const std::vector<uint8_t> plain(500, 3);
	std::vector<uint8_t> twice = compress_exactly(codec, plain, plain.size()).bytes;
	const std::vector<uint8_t> once = twice;
	twice.insert(twice.end(), once.begin(), once.end());
	EXPECT_EQ(decompress_exactly(codec, once, 2000).bytes, plain);
	EXPECT_TRUE(decompress_exactly(codec, twice, 2000).bytes.empty());
}

TEST(ZstdCodec, LevelsAreChecked) {
	EXPECT_EQ(ZstdCodec(0).init(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(ZstdCodec(23).init(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(ZstdCodec(22).init(), Error::OK);
}

#else

TEST(ZstdCodec, WithoutLibzstdItIsUnavailable) { expect_unavailable<ZstdCodec>(zstd_compress, zstd_decompress); }

#endif

} // namespace
