// One codec over the packets of a file, each packet on its own: what it saves, what a call asks of the allocator, and how
// long it takes. The loops are functions that are not inlined: callgrind counts them by name (--toggle-collect). Contexts
// are made once and reused, ours and theirs; a pass before the counted ones is not counted.
// Usage: compare_codecs <codec> <file> <passes>    *.packets: [size u16][bytes]..., another file is one packet
//     netpeer: range-coder, fastlz, zlib, zstd; beside them: enet, lz4, zlib-direct, zstd-direct
#include "call_counts.h"

#include "../../src/compress/deflate_zlib.h"
#include "../../src/compress/fastlz_codec.h"
#include "../../src/compress/range_coder.h"
#include "../../src/compress/zstd_codec.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <enet/enet.h>
#ifdef COMPARE_WITH_LZ4
#include <lz4.h>
#endif
#if NETPEER_WITH_ZLIB
#include <zlib.h>
#endif
#if NETPEER_WITH_ZSTD
#include <zstd.h>
#endif

namespace compare {

struct Sample {
	std::vector<uint8_t> plain;
	std::vector<uint8_t> packed; // as much as a call may write, then what it wrote
	std::vector<uint8_t> restored;
	size_t packed_size = 0; // 0: did not fit
};

// What every codec looks like here.
struct Codec {
	virtual ~Codec() = default;
	virtual size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) = 0;
	virtual size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) = 0;
};

class Ours : public Codec {
public:
	explicit Ours(std::unique_ptr<netpeer::Compressor> codec) : codec_(std::move(codec)) {}
	size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return codec_->compress(netpeer::ByteView(in, size), netpeer::MutBytes(out, room));
	}
	size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return codec_->decompress(netpeer::ByteView(in, size), netpeer::MutBytes(out, room));
	}

private:
	std::unique_ptr<netpeer::Compressor> codec_;
};

class Enet : public Codec {
public:
	~Enet() override { enet_range_coder_destroy(context_); }
	size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		ENetBuffer buffer;
		buffer.data = const_cast<uint8_t *>(in);
		buffer.dataLength = size;
		return enet_range_coder_compress(context_, &buffer, 1, size, out, room);
	}
	size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return enet_range_coder_decompress(context_, in, size, out, room);
	}

private:
	void *context_ = enet_range_coder_create();
};

#ifdef COMPARE_WITH_LZ4
class Lz4 : public Codec {
public:
	size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return static_cast<size_t>(LZ4_compress_fast_extState(state_.data(), reinterpret_cast<const char *>(in),
		        reinterpret_cast<char *>(out), static_cast<int>(size), static_cast<int>(room), 1));
	}
	size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return static_cast<size_t>(LZ4_decompress_safe(reinterpret_cast<const char *>(in),
		        reinterpret_cast<char *>(out), static_cast<int>(size), static_cast<int>(room)));
	}

private:
	std::vector<uint64_t> state_ = std::vector<uint64_t>(static_cast<size_t>(LZ4_sizeofState()) / 8 + 1);
};
#endif

#if NETPEER_WITH_ZLIB
class ZlibDirect : public Codec {
public:
	ZlibDirect() {
		if (deflateInit(&deflate_, Z_DEFAULT_COMPRESSION) != Z_OK || inflateInit(&inflate_) != Z_OK) std::abort();
	}
	~ZlibDirect() override {
		deflateEnd(&deflate_);
		inflateEnd(&inflate_);
	}
	size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		if (deflateReset(&deflate_) != Z_OK) return 0;
		aim(deflate_, in, size, out, room);
		return deflate(&deflate_, Z_FINISH) == Z_STREAM_END ? deflate_.total_out : 0;
	}
	size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		if (inflateReset(&inflate_) != Z_OK) return 0;
		aim(inflate_, in, size, out, room);
		return inflate(&inflate_, Z_FINISH) == Z_STREAM_END ? inflate_.total_out : 0;
	}

private:
	static void aim(z_stream &stream, const uint8_t *in, size_t size, uint8_t *out, size_t room) {
		stream.next_in = const_cast<uint8_t *>(in);
		stream.avail_in = static_cast<uInt>(size);
		stream.next_out = out;
		stream.avail_out = static_cast<uInt>(room);
	}
	z_stream deflate_ = {};
	z_stream inflate_ = {};
};
#endif

#if NETPEER_WITH_ZSTD
class ZstdDirect : public Codec {
public:
	~ZstdDirect() override {
		ZSTD_freeCCtx(compress_);
		ZSTD_freeDCtx(decompress_);
	}
	size_t compress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return ZSTD_compressCCtx(compress_, out, room, in, size, 3);
	}
	size_t decompress(const uint8_t *in, size_t size, uint8_t *out, size_t room) override {
		return ZSTD_decompressDCtx(decompress_, out, room, in, size);
	}

private:
	ZSTD_CCtx *compress_ = ZSTD_createCCtx();
	ZSTD_DCtx *decompress_ = ZSTD_createDCtx();
};
#endif

template <class Made> std::unique_ptr<Codec> make_ours() {
	std::unique_ptr<Made> codec(new Made);
	if (codec->init() != netpeer::Error::OK) return nullptr;
	return std::unique_ptr<Codec>(new Ours(std::move(codec)));
}

std::unique_ptr<Codec> make_codec(const std::string &name) {
	if (name == "range-coder") return make_ours<netpeer::RangeCoder>();
	if (name == "enet") return std::unique_ptr<Codec>(new Enet);
	if (name == "fastlz") return make_ours<netpeer::FastLzCodec>();
	if (name == "zlib") return make_ours<netpeer::DeflateCodec>();
	if (name == "zstd") return make_ours<netpeer::ZstdCodec>();
#ifdef COMPARE_WITH_LZ4
	if (name == "lz4") return std::unique_ptr<Codec>(new Lz4);
#endif
#if NETPEER_WITH_ZLIB
	if (name == "zlib-direct") return std::unique_ptr<Codec>(new ZlibDirect);
#endif
#if NETPEER_WITH_ZSTD
	if (name == "zstd-direct") return std::unique_ptr<Codec>(new ZstdDirect);
#endif
	return nullptr;
}

__attribute__((noinline)) void counted_compress(Codec &codec, std::vector<Sample> &samples) {
	for (Sample &sample : samples) {
		sample.packed_size =
		        codec.compress(sample.plain.data(), sample.plain.size(), sample.packed.data(), sample.packed.size());
	}
}
__attribute__((noinline)) void counted_decompress(Codec &codec, std::vector<Sample> &samples) {
	for (Sample &sample : samples) {
		const size_t size = codec.decompress(
		        sample.packed.data(), sample.packed_size, sample.restored.data(), sample.restored.size());
		if (size != sample.plain.size()) std::abort();
	}
}

std::vector<Sample> load(const std::string &path) {
	std::ifstream file(path, std::ios::binary);
	const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
	const bool packets = path.size() > 8 && path.compare(path.size() - 8, 8, ".packets") == 0;
	std::vector<Sample> samples;
	for (size_t at = 0; at + 2 <= bytes.size();) {
		size_t size = bytes.size();
		if (packets) {
			size = static_cast<size_t>((static_cast<uint8_t>(bytes[at]) << 8) | static_cast<uint8_t>(bytes[at + 1]));
			at += 2;
		}
		Sample sample;
		sample.plain.assign(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at + size));
		sample.packed.resize(size + size / 4 + 512); // so that what grows can be measured both ways too
		sample.restored.resize(size);
		samples.push_back(sample);
		at += size;
	}
	return samples;
}

template <class Loop> double nanoseconds(Loop &&loop) {
	const auto begin = std::chrono::steady_clock::now();
	loop();
	return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace compare

int main(int argc, char **argv) {
	using namespace compare;
	const std::unique_ptr<Codec> codec = argc >= 2 ? make_codec(argv[1]) : nullptr;
	if (codec == nullptr || argc != 4) {
		std::fprintf(stderr, "usage: compare_codecs <codec> <file> <passes>; 3: that codec is not built in\n");
		return argc >= 2 && codec == nullptr ? 3 : 2;
	}
	std::vector<Sample> samples = load(argv[2]);
	const int passes = std::atoi(argv[3]);
	size_t plain = 0, sent = 0;
	for (Sample &sample : samples) {
		sample.packed_size =
		        codec->compress(sample.plain.data(), sample.plain.size(), sample.packed.data(), sample.packed.size());
		const size_t size = codec->decompress(
		        sample.packed.data(), sample.packed_size, sample.restored.data(), sample.restored.size());
		if (size != sample.plain.size() || sample.restored != sample.plain) {
			std::fprintf(stderr, "compare_codecs: %s does not restore %s\n", argv[1], argv[2]);
			return 1;
		}
		plain += size;
		sent += sample.packed_size < size ? sample.packed_size : size;
	}
	const uint64_t mallocs = call_counts().allocations;
	double compress_ns = 0, decompress_ns = 0;
	for (int pass = 0; pass < passes; ++pass) {
		compress_ns += nanoseconds([&] { counted_compress(*codec, samples); });
		decompress_ns += nanoseconds([&] { counted_decompress(*codec, samples); });
	}
	const double bytes = static_cast<double>(plain) * passes;
	std::printf("{\"bytes\": %.0f, \"packets\": %zu, \"ratio\": %.4f, \"mallocs\": %llu, \"compress_mb_per_s\": %.2f, "
	            "\"decompress_mb_per_s\": %.2f}\n",
	        bytes, samples.size() * static_cast<size_t>(passes), static_cast<double>(plain) / static_cast<double>(sent),
	        static_cast<unsigned long long>(call_counts().allocations - mallocs), bytes / compress_ns * 1e3,
	        bytes / decompress_ns * 1e3);
	return 0;
}
