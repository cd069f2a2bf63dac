// The only file that knows zlib.
#include "deflate_zlib.h"

#include "../core/netpeer_config.h"
#include "codec_once.h"

#if NETPEER_WITH_ZLIB
#include <zlib.h>
#endif

namespace netpeer {

namespace {
constexpr size_t kDeflateInputMost = size_t{1} << 30;
} // namespace

#if NETPEER_WITH_ZLIB

struct DeflateStreams {
	z_stream packing = {};
	z_stream unpacking = {};
	bool packing_ready = false;
	bool unpacking_ready = false;
};

namespace {

constexpr int kDeflateWindowBits = 15; // with zlib's container, neither raw nor gzip
constexpr int kDeflateMemory = 8;
// In front of each block, for zlib does not say how large the one is that it returns; keeps the alignment of malloc.
constexpr size_t kDeflateBlockHeader = alignof(std::max_align_t) > sizeof(size_t) ? alignof(std::max_align_t)
                                                                                  : sizeof(size_t);

void *deflate_allocate(void *user, uInt items, uInt bytes) {
	const Allocator &allocator = *static_cast<const Allocator *>(user);
	const size_t size = size_t{items} * bytes + kDeflateBlockHeader;
	uint8_t *block = static_cast<uint8_t *>(allocator.allocate(allocator.user, size));
	if (block == nullptr) return nullptr;
	std::memcpy(block, &size, sizeof size);
	return block + kDeflateBlockHeader;
}

void deflate_release(void *user, void *memory) {
	if (memory == nullptr) return;
	const Allocator &allocator = *static_cast<const Allocator *>(user);
	uint8_t *block = static_cast<uint8_t *>(memory) - kDeflateBlockHeader;
	size_t size = 0;
	std::memcpy(&size, block, sizeof size);
	allocator.release(allocator.user, block, size);
}

void aim_stream(z_stream &stream, ByteView in, MutBytes out) {
	const size_t room = out.size < kDeflateInputMost ? out.size : kDeflateInputMost;
	stream.next_in = const_cast<Bytef *>(in.data); // zlib only reads it
	stream.avail_in = static_cast<uInt>(in.size);
	stream.next_out = out.data;
	stream.avail_out = static_cast<uInt>(room);
}

} // namespace

Error DeflateCodec::init() {
	if (streams_ != nullptr) return Error::OK;
	if (level_ < -1 || level_ > 9) return Error::ERR_INVALID_PARAMETER;
	DeflateStreams *made = allocate_object<DeflateStreams>(allocator_);
	if (made == nullptr) return Error::ERR_OUT_OF_MEMORY;
	for (z_stream *stream : {&made->packing, &made->unpacking}) {
		stream->zalloc = deflate_allocate;
		stream->zfree = deflate_release;
		stream->opaque = const_cast<Allocator *>(&allocator_);
	}
	streams_ = made;
	made->packing_ready = deflateInit2(&made->packing, level_, Z_DEFLATED, kDeflateWindowBits, kDeflateMemory,
	                              Z_DEFAULT_STRATEGY) == Z_OK;
	made->unpacking_ready = inflateInit2(&made->unpacking, kDeflateWindowBits) == Z_OK;
	if (made->packing_ready && made->unpacking_ready) return Error::OK;
	close();
	return Error::ERR_OUT_OF_MEMORY;
}

void DeflateCodec::close() {
	if (streams_ == nullptr) return;
	if (streams_->packing_ready) (void)deflateEnd(&streams_->packing);
	if (streams_->unpacking_ready) (void)inflateEnd(&streams_->unpacking);
	release_object(allocator_, streams_);
	streams_ = nullptr;
}

size_t DeflateCodec::compress(ByteView in, MutBytes out) {
	if (streams_ == nullptr || in.empty() || in.size > kDeflateInputMost) return 0;
	z_stream &stream = streams_->packing;
	if (deflateReset(&stream) != Z_OK) return 0;
	aim_stream(stream, in, out);
	return deflate(&stream, Z_FINISH) == Z_STREAM_END ? static_cast<size_t>(stream.total_out) : 0;
}

size_t DeflateCodec::decompress(ByteView in, MutBytes out) {
	if (streams_ == nullptr || in.empty() || in.size > kDeflateInputMost) return 0;
	z_stream &stream = streams_->unpacking;
	if (inflateReset(&stream) != Z_OK) return 0;
	aim_stream(stream, in, out);
	return inflate(&stream, Z_FINISH) == Z_STREAM_END ? static_cast<size_t>(stream.total_out) : 0;
}

#else

Error DeflateCodec::init() {
	(void)level_;
	(void)allocator_;
	return Error::ERR_UNAVAILABLE;
}
void DeflateCodec::close() { streams_ = nullptr; }
size_t DeflateCodec::compress(ByteView, MutBytes) { return 0; }
size_t DeflateCodec::decompress(ByteView, MutBytes) { return 0; }

#endif

DeflateCodec::DeflateCodec(const Allocator *allocator, int level) :
        allocator_(allocator != nullptr ? *allocator : *default_allocator()), level_(level) {}

DeflateCodec::~DeflateCodec() { close(); }

Error deflate_compress(ByteView in, MutBytes out, size_t &written, int level) {
	return compress_once(DeflateCodec(nullptr, level), kDeflateInputMost, in, out, written);
}

Error deflate_decompress(ByteView in, MutBytes out, size_t &written) {
	return decompress_once(DeflateCodec(), in, out, written);
}

} // namespace netpeer
