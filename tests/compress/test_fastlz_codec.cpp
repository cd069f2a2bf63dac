// FastLZ against the blocks of other encoders, malformed blocks with the verdicts of a reference, and itself.
#include "../../src/compress/fastlz_codec.h"
#include "../support/codec_inputs.h"
#include "../support/failing_allocator.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

const std::string kFastLzVectors = NETPEER_REPO_DIR "/tests/vectors/fastlz/";

TEST(FastLzCodec, BlocksOfTheReferenceAreRestoredIntoExactlyTheirRoom) {
	FastLzCodec codec;
	const std::vector<std::string> names = vector_names(kFastLzVectors);
	ASSERT_EQ(names.size(), 34u);
	for (const std::string &name : names) {
		const std::vector<uint8_t> plain = bytes_of_file(kFastLzVectors + name + ".plain");
		for (const char *level : {".lz1", ".lz2"}) {
			const std::vector<uint8_t> block = bytes_of_file(kFastLzVectors + name + level);
			EXPECT_EQ(decompress_exactly(codec, block, plain.size()).bytes, plain) << name << level;
			EXPECT_TRUE(decompress_exactly(codec, block, plain.size() - 1).bytes.empty()) << name << level;
			EXPECT_EQ(decompress_exactly(codec, block, plain.size() + 100).bytes, plain) << name << level;
		}
	}
}

TEST(FastLzCodec, BlocksAreWithinOnePercentOfTheReferencesSize) {
	for (const FastLzLevel level : {FastLzLevel::kOne, FastLzLevel::kTwo}) {
		FastLzCodec codec(nullptr, level);
		ASSERT_EQ(codec.init(), Error::OK);
		size_t ours = 0, theirs = 0;
		for (const std::string &name : vector_names(kFastLzVectors)) {
			const std::vector<uint8_t> plain = bytes_of_file(kFastLzVectors + name + ".plain");
			const CodecAnswer block = compress_exactly(codec, plain, fastlz_bound(plain.size()));
			ASSERT_TRUE(block.intact && !block.bytes.empty()) << name;
			EXPECT_EQ(block.bytes[0] >> 5, level == FastLzLevel::kTwo ? 1 : 0) << name;
			EXPECT_EQ(decompress_exactly(codec, block.bytes, plain.size()).bytes, plain) << name;
			ours += block.bytes.size();
			theirs += bytes_of_file(kFastLzVectors + name + (level == FastLzLevel::kTwo ? ".lz2" : ".lz1")).size();
		}
		EXPECT_LE(ours * 100, theirs * 101) << "level " << static_cast<int>(level);
	}
}

TEST(FastLzCodec, TheLevelFollowsTheLengthUnlessChosen) {
	FastLzCodec codec;
	ASSERT_EQ(codec.init(), Error::OK);
	const std::vector<uint8_t> plain(65536, 7);
	std::vector<uint8_t> block(2000);
	const MutBytes room(block.data(), block.size());
	ASSERT_NE(codec.compress(view_of_bytes(plain).first(65535), room), 0u);
	EXPECT_EQ(block[0] >> 5, 0);
	ASSERT_NE(codec.compress(view_of_bytes(plain), room), 0u);
	EXPECT_EQ(block[0] >> 5, 1);
}

TEST(FastLzCodec, MalformedBlocksGetTheReferencesVerdict) {
	const struct {
		const char *name;
		size_t room, size;
	} cases[] = {
	        {"unknown_tag", 64, 0},
	        {"literal_run_past_end", 64, 0},
	        {"literal_exceeds_output", 2, 0},
	        {"match_before_start", 64, 0},
	        {"match_exactly_start", 64, 5},
	        {"match_exceeds_output", 4, 0},
	        {"long_match_exceeds_output", 100, 0},
	        {"long_match_max", 265, 265},
	        {"long_match_truncated", 300, 0},
	        {"lz1_lone_trailing_byte", 64, 0}, // stricter: the reference ignores the lone byte and answers 1
	        {"lz2_ext_255_255_0", 2000, 520},
	        {"lz2_ext_runs_out", 2000, 0},
	        {"lz2_far_before_start", 64, 0},
	        {"lz1_v31_lo255", 64, 0},
	        {"single_zero_byte", 64, 0},
	};
	FastLzCodec codec;
	for (const auto &entry : cases) {
		const std::vector<uint8_t> block = bytes_of_file(kFastLzVectors + "bad/" + entry.name + ".bin");
		ASSERT_FALSE(block.empty()) << entry.name;
		const CodecAnswer answer = decompress_exactly(codec, block, entry.room);
		EXPECT_TRUE(answer.intact) << entry.name;
		EXPECT_EQ(answer.bytes.size(), entry.size) << entry.name;
	}
}

TEST(FastLzCodec, GodotsBlocksAreRestored) {
	FastLzCodec codec;
	size_t seen = 0;
	for (const std::string &name : vector_names(kFastLzVectors)) {
		const std::string path = NETPEER_REPO_DIR "/tests/vectors/godot4_compression/" + name + ".fastlz";
		const std::vector<uint8_t> block = bytes_of_file(path);
		if (block.empty()) continue;
		++seen;
		std::vector<uint8_t> plain = bytes_of_file(kFastLzVectors + name + ".plain");
		if (plain.size() < 16) plain.resize(16); // Godot pads shorter input with zeros
		EXPECT_EQ(decompress_exactly(codec, block, plain.size()).bytes, plain) << name;
	}
	EXPECT_GT(seen, 25u);
}

// Literals 1, 2, ... up to the distance, then a copy from so far behind, then `tail` zeros.
struct OneMatch {
	std::vector<uint8_t> block, plain;
};
OneMatch one_match(size_t distance, size_t length, size_t tail) {
	OneMatch made;
	const auto literals = [&made](size_t count, uint8_t first, uint8_t step) {
		for (size_t i = 0; i < count; ++i) {
			if (i % 32 == 0) made.block.push_back(static_cast<uint8_t>((count - i < 32 ? count - i : 32) - 1));
			made.block.push_back(static_cast<uint8_t>(first + i * step));
			made.plain.push_back(made.block.back());
		}
	};
	literals(distance, 1, 1);
	for (size_t i = 0; i < length; ++i) made.plain.push_back(made.plain[made.plain.size() - distance]);
	if (length <= 8) {
		made.block.push_back(static_cast<uint8_t>((length - 2) << 5));
	} else {
		made.block.push_back(0xe0);
		made.block.push_back(static_cast<uint8_t>(length - 9));
	}
	made.block.push_back(static_cast<uint8_t>(distance - 1));
	literals(tail, 0, 0);
	return made;
}

TEST(FastLzCodec, EveryDistanceAndLengthIsCopiedByteByByteInEffect) {
	FastLzCodec codec;
	for (size_t distance = 1; distance <= 40; ++distance) {
		for (size_t length = 3; length <= 60; ++length) {
			for (const size_t tail : {0, 100}) { // at the end of the block and well before it
				const OneMatch made = one_match(distance, length, tail);
				for (const size_t spare : {0, 3, 40}) { // and of the room
					EXPECT_EQ(decompress_exactly(codec, made.block, made.plain.size() + spare).bytes, made.plain)
					        << distance << " " << length << " " << tail << " " << spare;
				}
			}
		}
	}
}

TEST(FastLzCodec, MatchesThatReachTooFarAreRefusedInTheMiddleOfABlockToo) {
	FastLzCodec codec;
	for (size_t length = 3; length <= 264; ++length) {
		OneMatch made = one_match(40, length, 100);
		for (size_t room = 40; room < made.plain.size(); ++room) {
			const CodecAnswer answer = decompress_exactly(codec, made.block, room);
			ASSERT_TRUE(answer.intact && answer.bytes.empty()) << length << " " << room;
		}
		// 42 bytes of literals with their opcodes; the distance is the last byte of the match.
		made.block[42 + (length <= 8 ? 1 : 2)] = 40;
		ASSERT_TRUE(decompress_exactly(codec, made.block, made.plain.size() + 100).bytes.empty()) << length;
	}
}

TEST(FastLzCodec, EmptyInputAndMissingMemoryAreAnswered) {
	uint8_t byte = 0;
	size_t size = 7;
	EXPECT_EQ(fastlz_compress(ByteView(), MutBytes(&byte, 1), size), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(size, 0u);
	EXPECT_EQ(fastlz_decompress(ByteView(), MutBytes(&byte, 1), size), Error::ERR_INVALID_DATA);
	EXPECT_EQ(fastlz_compress(ByteView(&byte, 1), MutBytes(&byte, 1), size), Error::ERR_PARAMETER_RANGE_ERROR);
	FailingAllocator memory;
	memory.fail_all(true);
	FastLzCodec poor(memory.pointer());
	EXPECT_EQ(poor.init(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(poor.compress(ByteView(&byte, 1), MutBytes(&byte, 1)), 0u);
}

} // namespace
