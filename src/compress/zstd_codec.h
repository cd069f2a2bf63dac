// ZstdCodec: one Zstandard frame (RFC 8878) per call, through libzstd (NETPEER_WITH_ZSTD).
#pragma once

#include "../core/error_list.h"
#include "compressor.h"

namespace netpeer {

struct ZstdContexts;

/// Frames with their content size, without checksum and dictionary, as a Godot peer sends and expects. The contexts are
/// made once and reused; libzstd takes their memory (some hundred KiB for datagrams) from malloc. Owner thread only.
class ZstdCodec final : public Compressor {
public:
	/// `level` 1..22; 3 is Godot's.
	explicit ZstdCodec(int level = 3);
	~ZstdCodec() override;
	ZstdCodec(const ZstdCodec &) = delete;
	ZstdCodec &operator=(const ZstdCodec &) = delete;

	/// Makes the contexts; needed once. ERR_UNAVAILABLE: built without libzstd. ERR_INVALID_PARAMETER: no such level.
	/// ERR_OUT_OF_MEMORY.
	Error init();
	/// 0: `in` is empty, the result does not fit `out`, or init() is missing.
	size_t compress(ByteView in, MutBytes out) override;
	/// 0: not exactly one frame, malformed, or longer than `out`; a frame that says so itself is not even begun.
	size_t decompress(ByteView in, MutBytes out) override;
	uint32_t decompress_ns_per_byte() const override { return 6; }

private:
	void close();

	ZstdContexts *contexts_ = nullptr;
	int level_;
};

/// One call with contexts of its own. `written`: the size of the result. ERR_UNAVAILABLE: built without libzstd.
/// ERR_INVALID_PARAMETER: `in` is empty, no such level. ERR_PARAMETER_RANGE_ERROR: does not fit `out`. ERR_OUT_OF_MEMORY.
Error zstd_compress(ByteView in, MutBytes out, size_t &written, int level = 3);
/// The reverse. ERR_INVALID_DATA: malformed, not exactly one frame, or longer than `out`. ERR_UNAVAILABLE, ERR_OUT_OF_MEMORY.
Error zstd_decompress(ByteView in, MutBytes out, size_t &written);

} // namespace netpeer
