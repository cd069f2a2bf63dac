// What holds for every codec alike: inputs of all kinds come back, damaged ones stay in their buffers, and calls that
// cannot work answer 0. What is of one format is in the other files.
#include "../../src/compress/deflate_zlib.h"
#include "../../src/compress/fastlz_codec.h"
#include "../../src/compress/range_coder.h"
#include "../../src/compress/zstd_codec.h"
#include "../../src/core/netpeer_config.h"
#include "../support/codec_inputs.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

struct CodecCase {
	const char *name;
	std::unique_ptr<Compressor> (*make)();
	std::unique_ptr<Compressor> (*make_without_init)();
	uint64_t seed;
};

template <class Codec> std::unique_ptr<Compressor> untouched_codec() { return std::unique_ptr<Compressor>(new Codec); }

class EveryCodec : public testing::TestWithParam<CodecCase> {};

TEST_P(EveryCodec, InputsOfAllKindsComeBack) {
	const auto codec = GetParam().make();
	ASSERT_NE(codec, nullptr);
	expect_round_trips(*codec, GetParam().seed);
}

TEST_P(EveryCodec, DamagedInputStaysInItsBuffers) {
	const auto codec = GetParam().make();
	ASSERT_NE(codec, nullptr);
	expect_safe_on_damage(*codec, GetParam().seed + 1);
}

TEST_P(EveryCodec, NothingToDoOrNoRoomIsAnsweredWithZero) {
	const auto codec = GetParam().make();
	ASSERT_NE(codec, nullptr);
	const std::vector<uint8_t> plain(100, 7);
	std::vector<uint8_t> packed(300);
	const MutBytes room(packed.data(), packed.size());
	EXPECT_EQ(codec->compress(ByteView(), room), 0u);
	EXPECT_EQ(codec->decompress(ByteView(), room), 0u);
	EXPECT_EQ(codec->compress(view_of_bytes(plain), MutBytes()), 0u);
	packed.resize(codec->compress(view_of_bytes(plain), room));
	ASSERT_FALSE(packed.empty());
	EXPECT_EQ(codec->decompress(view_of_bytes(packed), MutBytes()), 0u);
	EXPECT_EQ(decompress_exactly(*codec, packed, plain.size()).bytes, plain); // and it works on
}

TEST_P(EveryCodec, WithoutInitNothingIsCompressed) {
	const auto codec = GetParam().make_without_init();
	const std::vector<uint8_t> plain(100, 7);
	std::vector<uint8_t> packed(300);
	EXPECT_EQ(codec->compress(view_of_bytes(plain), MutBytes(packed.data(), packed.size())), 0u);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
        testing::Values(
#if NETPEER_WITH_ZLIB
                CodecCase{"Zlib", ready_codec<DeflateCodec>, untouched_codec<DeflateCodec>, 21},
#endif
#if NETPEER_WITH_ZSTD
                CodecCase{"Zstd", ready_codec<ZstdCodec>, untouched_codec<ZstdCodec>, 31},
#endif
                CodecCase{"RangeCoder", ready_codec<RangeCoder>, untouched_codec<RangeCoder>, 1},
                CodecCase{"FastLz1", [] { return ready_codec<FastLzCodec>(nullptr, FastLzLevel::kOne); },
                        untouched_codec<FastLzCodec>, 11},
                CodecCase{"FastLz2", [] { return ready_codec<FastLzCodec>(nullptr, FastLzLevel::kTwo); },
                        untouched_codec<FastLzCodec>, 13}),
        [](const testing::TestParamInfo<CodecCase> &codec_case) { return std::string(codec_case.param.name); });

} // namespace
