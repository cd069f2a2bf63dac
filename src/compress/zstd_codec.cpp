// The only file that knows libzstd.
#include "zstd_codec.h"

#include "../core/allocator.h"
#include "../core/netpeer_config.h"
#include "codec_once.h"

#if NETPEER_WITH_ZSTD
#include <zstd.h>
#endif

namespace netpeer {

#if NETPEER_WITH_ZSTD

struct ZstdContexts {
	ZSTD_CCtx *packing = ZSTD_createCCtx();
	ZSTD_DCtx *unpacking = ZSTD_createDCtx();
};

Error ZstdCodec::init() {
	if (contexts_ != nullptr) return Error::OK;
	if (level_ < 1 || level_ > 22) return Error::ERR_INVALID_PARAMETER;
	contexts_ = allocate_object<ZstdContexts>(*default_allocator());
	if (contexts_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	if (contexts_->packing != nullptr && contexts_->unpacking != nullptr) return Error::OK;
	close();
	return Error::ERR_OUT_OF_MEMORY;
}

void ZstdCodec::close() {
	if (contexts_ == nullptr) return;
	(void)ZSTD_freeCCtx(contexts_->packing);
	(void)ZSTD_freeDCtx(contexts_->unpacking);
	release_object(*default_allocator(), contexts_);
	contexts_ = nullptr;
}

size_t ZstdCodec::compress(ByteView in, MutBytes out) {
	if (contexts_ == nullptr || in.empty()) return 0;
	const size_t size = ZSTD_compressCCtx(contexts_->packing, out.data, out.size, in.data, in.size, level_);
	return ZSTD_isError(size) == 0 ? size : 0;
}

size_t ZstdCodec::decompress(ByteView in, MutBytes out) {
	if (contexts_ == nullptr || in.empty()) return 0;
	// UNKNOWN and ERROR are the two highest numbers: a frame may leave its size out, and then `out` alone is the limit.
	const unsigned long long content = ZSTD_getFrameContentSize(in.data, in.size);
	if (content == ZSTD_CONTENTSIZE_ERROR || (content != ZSTD_CONTENTSIZE_UNKNOWN && content > out.size)) return 0;
	if (ZSTD_findFrameCompressedSize(in.data, in.size) != in.size) return 0; // further frames would be appended
	const size_t size = ZSTD_decompressDCtx(contexts_->unpacking, out.data, out.size, in.data, in.size);
	return ZSTD_isError(size) == 0 ? size : 0;
}

#else

Error ZstdCodec::init() {
	(void)level_;
	return Error::ERR_UNAVAILABLE;
}
void ZstdCodec::close() { contexts_ = nullptr; }
size_t ZstdCodec::compress(ByteView, MutBytes) { return 0; }
size_t ZstdCodec::decompress(ByteView, MutBytes) { return 0; }

#endif

ZstdCodec::ZstdCodec(int level) : level_(level) {}

ZstdCodec::~ZstdCodec() { close(); }

Error zstd_compress(ByteView in, MutBytes out, size_t &written, int level) {
	return compress_once(ZstdCodec(level), SIZE_MAX, in, out, written);
}

Error zstd_decompress(ByteView in, MutBytes out, size_t &written) {
	return decompress_once(ZstdCodec(), in, out, written);
}

} // namespace netpeer
