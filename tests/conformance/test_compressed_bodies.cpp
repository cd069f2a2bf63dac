// Compressed bodies that Godot hosts put on the wire come back as recorded, and the range coder makes them itself.
#include "../../src/compress/deflate_zlib.h"
#include "../../src/compress/fastlz_codec.h"
#include "../../src/compress/range_coder.h"
#include "../../src/compress/zstd_codec.h"
#include "../../src/core/netpeer_config.h"
#include "../support/codec_inputs.h"
#include "recorded_session.h"

#include <sstream>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr size_t kDatagramMost = 4096;

template <class Codec> std::unique_ptr<Compressor> ready_codec() {
	auto codec = std::make_unique<Codec>(); // null without memory, as all objects of the library
	return codec != nullptr && codec->init() == Error::OK ? std::move(codec) : nullptr;
}

/// The codec of that name, or null when it is not built in.
std::unique_ptr<Compressor> codec_named(const std::string &name) {
	if (name == "range" || name == "range_coder") return ready_codec<RangeCoder>();
	if (name == "fastlz") return ready_codec<FastLzCodec>();
	if (name == "zlib") return ready_codec<DeflateCodec>();
	return ready_codec<ZstdCodec>();
}

void expect_body(const std::string &codec_name, const std::vector<uint8_t> &body, const std::vector<uint8_t> &plain) {
	const std::unique_ptr<Compressor> codec = codec_named(codec_name);
	if (codec == nullptr) return;
	EXPECT_EQ(decompress_exactly(*codec, body, kDatagramMost).bytes, plain);
	const CodecAnswer again = compress_exactly(*codec, plain, plain.size());
	if (codec_name.compare(0, 5, "range") == 0) {
		EXPECT_EQ(again.bytes, body);
	} else if (!again.bytes.empty()) {
		EXPECT_EQ(decompress_exactly(*codec, again.bytes, plain.size()).bytes, plain);
	}
}

std::vector<uint8_t> body_of(const std::vector<uint8_t> &datagram) {
	const size_t header = datagram.size() > 1 && (datagram[0] & 0x80) != 0 ? 4 : 2;
	return std::vector<uint8_t>(datagram.begin() + static_cast<long>(header), datagram.end());
}

} // namespace

TEST(CompressedBodies, OfGodot3AreRestored) {
	std::ifstream file(NETPEER_REPO_DIR "/tests/vectors/godot3/captures.tsv");
	std::string line;
	size_t compressed = 0;
	while (std::getline(file, line)) {
		if (line.empty() || line[0] == '#') continue;
		std::istringstream fields(line);
		std::string mode, sender, flag, size, wire, plain;
		ASSERT_TRUE(static_cast<bool>(fields >> mode >> sender >> flag >> size >> wire >> plain)) << line;
		if (flag != "1") continue;
		++compressed;
		SCOPED_TRACE(line.substr(0, 60));
		expect_body(mode, body_of(hex_to_bytes(wire)), hex_to_bytes(plain));
	}
	EXPECT_GT(compressed, 100u);
}

TEST(CompressedBodies, OfGodot4AreRestored) {
	for (const char *name : {"range", "fastlz", "zlib", "zstd"}) {
		const std::string number = std::to_string(name[0] == 'r' ? 1 : name[0] == 'f' ? 2 : name[1] == 'l' ? 3 : 4);
		size_t compressed = 0;
		for (const RecordedItem &item : read_recording("sessions_godot4/g" + number + "_" + name + ".txt")) {
			if (item.kind != RecordedKind::kDatagram || item.plain.empty()) continue;
			++compressed;
			SCOPED_TRACE(std::string(name) + " line " + std::to_string(item.line));
			expect_body(name, body_of(item.wire), item.plain);
		}
		EXPECT_GT(compressed, 20u) << name;
	}
}
