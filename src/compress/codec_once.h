// A codec for one call: what the functions deflate_compress(), zstd_decompress() and their like have in common.
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"

namespace netpeer {

/// `codec` gets its init() and compresses `in`, which may have `most` bytes. ERR_INVALID_PARAMETER: empty or longer; what
/// init() answers; ERR_PARAMETER_RANGE_ERROR: does not fit `out`. `written` is 0 unless OK.
template <class Codec> Error compress_once(Codec &&codec, size_t most, ByteView in, MutBytes out, size_t &written) {
	written = 0;
	if (in.empty() || in.size > most) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(codec.init());
	written = codec.compress(in, out);
	return written != 0 ? Error::OK : Error::ERR_PARAMETER_RANGE_ERROR;
}

/// The reverse. What init() answers; ERR_INVALID_DATA: malformed, or longer than `out`.
template <class Codec> Error decompress_once(Codec &&codec, ByteView in, MutBytes out, size_t &written) {
	written = 0;
	NETPEER_TRY(codec.init());
	written = codec.decompress(in, out);
	return written != 0 ? Error::OK : Error::ERR_INVALID_DATA;
}

} // namespace netpeer
