// Inputs for codecs: seeded, of many sizes and kinds of redundancy; and calls into buffers of exactly the size allowed.
#pragma once

#include "../../src/compress/compressor.h"
#include "../../src/core/seeded_rng.h"
#include "hex_bytes.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_test {

/// How many inputs a round-trip test tries: NETPEER_CODEC_INPUTS, or 10,000.
inline uint64_t codec_input_count() {
	const char *text = std::getenv("NETPEER_CODEC_INPUTS");
	const uint64_t count = text != nullptr ? std::strtoull(text, nullptr, 10) : 0;
	return count != 0 ? count : 10000;
}

/// 1 to 1500 bytes, now and then more: noise, few symbols, runs, repeats from near by, counters with noise, text.
inline std::vector<uint8_t> codec_input(netpeer::SeededRng &rng) {
	size_t size = 1 + rng.below(1500);
	if (rng.below(8) == 0) size = 1 + rng.below(40);
	if (rng.below(400) == 0) size = 1 + rng.below(70000);
	std::vector<uint8_t> out(size);
	const uint64_t kind = rng.below(6);
	const uint64_t symbols = 1 + rng.below(256);
	const size_t reach = 1 + rng.below(300);
	for (size_t i = 0; i < size; ++i) {
		uint64_t value = rng.below(256);
		switch (kind) {
		case 0: break;
		case 1: value = rng.below(symbols); break;
		case 2: value = i > 0 && rng.below(20) != 0 ? out[i - 1] : rng.below(symbols); break;
		case 3: value = i >= reach && rng.below(12) != 0 ? out[i - reach] : value; break;
		case 4: value = i % reach < 4 ? i / reach : rng.below(symbols) & rng.below(256); break;
		case 5: value = static_cast<uint64_t>("position rotation {\"x\": 0, "[(i * 7 + rng.below(3)) % 26]); break;
		}
		out[i] = static_cast<uint8_t>(value);
	}
	return out;
}

/// The file's bytes; empty when there is none.
inline std::vector<uint8_t> bytes_of_file(const std::string &path) {
	std::ifstream file(path, std::ios::binary);
	return std::vector<uint8_t>((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

/// A codec that is ready to work; null, and the test has failed, when its init() fails.
template <class Codec, class... Settings> std::unique_ptr<netpeer::Compressor> ready_codec(Settings... settings) {
	std::unique_ptr<Codec> codec(new Codec(settings...));
	const netpeer::Error error = codec->init();
	EXPECT_EQ(error, netpeer::Error::OK);
	if (error != netpeer::Error::OK) return nullptr;
	return codec;
}

/// The names, without extension, of the files in `folder` that have it, in no order.
inline std::vector<std::string> vector_names(const std::string &folder, const std::string &extension = ".plain") {
	std::vector<std::string> names;
	for (const auto &entry : std::filesystem::directory_iterator(folder)) {
		if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
	}
	return names;
}

/// What decompress() makes of `packed` with room for `room` bytes. Both lie in blocks of exactly their size, for the
/// address sanitizer, and 64 bytes behind the room must stay as they were: `intact` tells.
struct CodecAnswer {
	std::vector<uint8_t> bytes;
	bool intact = true;
};
inline CodecAnswer decompress_exactly(netpeer::Compressor &codec, const std::vector<uint8_t> &packed, size_t room) {
	CodecAnswer answer;
	const std::unique_ptr<uint8_t[]> in(new uint8_t[packed.size()]);
	for (size_t i = 0; i < packed.size(); ++i) in[i] = packed[i];
	const netpeer::ByteView view(in.get(), packed.size());
	const std::unique_ptr<uint8_t[]> exact(new uint8_t[room]);
	const size_t size = codec.decompress(view, netpeer::MutBytes(exact.get(), room));
	std::vector<uint8_t> guarded(room + 64, 0xa5);
	const size_t again = codec.decompress(view, netpeer::MutBytes(guarded.data(), room));
	answer.intact = size == again && size <= room;
	for (size_t i = room; i < guarded.size(); ++i) answer.intact = answer.intact && guarded[i] == 0xa5;
	if (answer.intact) answer.bytes.assign(exact.get(), exact.get() + size);
	return answer;
}

/// One codec against `codec_input_count()` inputs: what fits is restored, and only with room for all of it. Prints a
/// line that sums up, for long runs.
inline void expect_round_trips(netpeer::Compressor &codec, uint64_t seed) {
	netpeer::SeededRng rng(seed);
	uint64_t shrunk = 0, plain_bytes = 0, packed_bytes = 0;
	for (uint64_t i = 0; i < codec_input_count(); ++i) {
		const std::vector<uint8_t> plain = codec_input(rng);
		std::vector<uint8_t> packed(plain.size() + plain.size() / 4 + 100);
		packed.resize(codec.compress(view_of_bytes(plain), netpeer::MutBytes(packed.data(), packed.size())));
		ASSERT_FALSE(packed.empty()) << "input " << i << " of seed " << seed;
		if (packed.size() < plain.size()) ++shrunk;
		plain_bytes += plain.size();
		packed_bytes += packed.size();
		std::vector<uint8_t> restored(plain.size());
		const netpeer::MutBytes room(restored.data(), restored.size());
		ASSERT_EQ(codec.decompress(view_of_bytes(packed), room), plain.size()) << "input " << i << " of seed " << seed;
		ASSERT_EQ(restored, plain) << "input " << i << " of seed " << seed;
		ASSERT_EQ(codec.decompress(view_of_bytes(packed), room.first(plain.size() - 1)), 0u) << "input " << i;
		// A limit the result does not meet is kept, one byte below and at half.
		std::vector<uint8_t> limited(packed.size());
		const netpeer::MutBytes small(limited.data(), limited.size() - 1);
		ASSERT_EQ(codec.compress(view_of_bytes(plain), small), 0u) << "input " << i;
		ASSERT_EQ(codec.compress(view_of_bytes(plain), small.first(packed.size() / 2)), 0u) << "input " << i;
		ASSERT_EQ(limited.back(), 0) << "input " << i;
	}
	EXPECT_GT(shrunk, codec_input_count() / 3);
	std::printf("codec inputs: %s, seed %llu: %llu came back, %llu bytes as %llu\n",
	        testing::UnitTest::GetInstance()->current_test_info()->name(), static_cast<unsigned long long>(seed),
	        static_cast<unsigned long long>(codec_input_count()), static_cast<unsigned long long>(plain_bytes),
	        static_cast<unsigned long long>(packed_bytes));
}

/// Changed and cut blocks into buffers of exactly the room given: nothing is read or written outside.
inline void expect_safe_on_damage(netpeer::Compressor &codec, uint64_t seed) {
	netpeer::SeededRng rng(seed);
	for (uint64_t i = 0; i < codec_input_count() / 4; ++i) {
		const std::vector<uint8_t> plain = codec_input(rng);
		std::vector<uint8_t> packed(plain.size() + plain.size() / 4 + 100);
		packed.resize(codec.compress(view_of_bytes(plain), netpeer::MutBytes(packed.data(), packed.size())));
		ASSERT_FALSE(packed.empty());
		for (uint64_t changes = rng.below(4); changes > 0; --changes) {
			packed[rng.below(packed.size())] = static_cast<uint8_t>(rng.below(256));
		}
		if (rng.below(2) == 0) packed.resize(1 + rng.below(packed.size()));
		ASSERT_TRUE(decompress_exactly(codec, packed, 1 + rng.below(2 * plain.size())).intact) << "block " << i;
	}
}

/// What compress() makes of `plain` with `room`; empty: it does not fit. 64 bytes behind must stay as they were.
inline CodecAnswer compress_exactly(netpeer::Compressor &codec, const std::vector<uint8_t> &plain, size_t room) {
	CodecAnswer answer;
	const std::unique_ptr<uint8_t[]> in(new uint8_t[plain.size()]);
	for (size_t i = 0; i < plain.size(); ++i) in[i] = plain[i];
	answer.bytes.assign(room + 64, 0xa5);
	const size_t size =
	        codec.compress(netpeer::ByteView(in.get(), plain.size()), netpeer::MutBytes(answer.bytes.data(), room));
	answer.intact = size <= room;
	for (size_t i = room; i < answer.bytes.size(); ++i) answer.intact = answer.intact && answer.bytes[i] == 0xa5;
	answer.bytes.resize(answer.intact ? size : 0);
	return answer;
}

} // namespace netpeer_test
