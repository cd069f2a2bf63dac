// Compressor: the interface a datagram codec implements. Bounded input, bounded output, no allocation per call.
#pragma once

#include "../core/bytes.h"

namespace netpeer {

/// One codec with its state. Owner thread only. Each call is independent of the calls before.
class Compressor {
public:
	virtual ~Compressor() = default;
	/// Compresses `in` into `out` and returns the bytes written; 0 when it does not fit `out` or cannot be done.
	virtual size_t compress(ByteView in, MutBytes out) = 0;
	/// Decompresses hostile bytes; 0 when they are malformed or the result would be longer than `out`.
	virtual size_t decompress(ByteView in, MutBytes out) = 0;
};

} // namespace netpeer
