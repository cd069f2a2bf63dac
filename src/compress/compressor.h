// Compressor: the interface a datagram codec implements. Bounded input, bounded output, no allocation per call.
#pragma once

#include "../core/bytes.h"
#include "../core/library_object.h"

namespace netpeer {

/// One codec with its state. Owner thread only. Each call is independent of the calls before.
class Compressor : public LibraryObject {
public:
	virtual ~Compressor() = default;
	/// Compresses `in` into `out` and returns the bytes written; 0 when it does not fit `out` or cannot be done.
	virtual size_t compress(ByteView in, MutBytes out) = 0;
	/// Decompresses hostile bytes; 0 when they are malformed or the result would be longer than `out`.
	virtual size_t decompress(ByteView in, MutBytes out) = 0;
	/// About what a byte of decompress()'s output costs, for budgets of work (EnetHostConfig::decompress_share). The
	/// codecs here answer what they cost on a slow core; the default is for codecs nobody has measured.
	virtual uint32_t decompress_ns_per_byte() const { return 20; }
};

} // namespace netpeer
