// DeflateCodec: zlib's container (RFC 1950) around deflate, through the zlib package (NETPEER_WITH_ZLIB).
#pragma once

#include "../core/allocator.h"
#include "../core/error_list.h"
#include "compressor.h"

namespace netpeer {

struct DeflateStreams;

/// One whole stream per call, as a Godot peer sends and expects; the contexts are made once and reused. About 310 KiB.
/// Owner thread only.
class DeflateCodec final : public Compressor {
public:
	/// `level` 0..9, or -1 for zlib's choice (6). The allocator must outlive the codec; null: default_allocator().
	explicit DeflateCodec(const Allocator *allocator = nullptr, int level = -1);
	~DeflateCodec() override;
	DeflateCodec(const DeflateCodec &) = delete;
	DeflateCodec &operator=(const DeflateCodec &) = delete;

	/// Makes the contexts; needed once. ERR_UNAVAILABLE: built without zlib. ERR_INVALID_PARAMETER: no such level.
	/// ERR_OUT_OF_MEMORY.
	Error init();
	/// 0: `in` is empty or over 1 GiB, the result does not fit `out`, or init() is missing.
	size_t compress(ByteView in, MutBytes out) override;
	/// 0: not a whole stream, checksum included, or longer than `out`. What follows the stream is ignored, as Godot does.
	size_t decompress(ByteView in, MutBytes out) override;
	uint32_t decompress_ns_per_byte() const override { return 12; }

private:
	void close();

	const Allocator &allocator_;
	DeflateStreams *streams_ = nullptr;
	int level_;
};

/// One call with contexts of its own. `written`: the size of the result. ERR_UNAVAILABLE: built without zlib.
/// ERR_INVALID_PARAMETER: `in` is empty or over 1 GiB, no such level. ERR_PARAMETER_RANGE_ERROR: does not fit `out`.
/// ERR_OUT_OF_MEMORY.
Error deflate_compress(ByteView in, MutBytes out, size_t &written, int level = -1);
/// The reverse. ERR_INVALID_DATA: malformed, or longer than `out`. ERR_UNAVAILABLE, ERR_OUT_OF_MEMORY.
Error deflate_decompress(ByteView in, MutBytes out, size_t &written);

} // namespace netpeer
