// SecretBytes: bytes that are wiped before their memory goes back. For keys, passwords, and files that hold them.
#pragma once

#include "byte_buffer.h"

namespace netpeer {

/// Overwrites with zeros in a way the compiler does not leave out although nobody reads them.
void wipe_bytes(void *data, size_t bytes);

/// `source`, which must outlive it, but every block is wiped before it goes back, and growing leaves no copy behind.
Allocator wiping_allocator(const Allocator &source);

/// Like ByteBuffer, in memory that is wiped.
class SecretBytes {
public:
	/// Empty. size() never exceeds `max_bytes`. Memory is default_allocator()'s.
	explicit SecretBytes(size_t max_bytes = SIZE_MAX) :
	        memory_(wiping_allocator(*default_allocator())), bytes_(&memory_, max_bytes) {}
	SecretBytes(const SecretBytes &) = delete;
	SecretBytes &operator=(const SecretBytes &) = delete;

	/// Cuts (and wipes what is cut), or grows with zero bytes. On ERR_OUT_OF_MEMORY (cap or allocator) nothing has changed.
	Error resize(size_t bytes);
	/// `bytes` may not lie in this buffer. On ERR_OUT_OF_MEMORY nothing has changed.
	Error append(ByteView bytes) { return bytes_.append(bytes); }

	/// @{
	/// As in ByteBuffer.
	uint8_t *data() { return bytes_.data(); }
	const uint8_t *data() const { return bytes_.data(); }
	size_t size() const { return bytes_.size(); }
	size_t max_bytes() const { return bytes_.max_bytes(); }
	bool empty() const { return bytes_.empty(); }
	ByteView view() const { return bytes_.view(); }
	MutBytes bytes() { return bytes_.bytes(); }
	/// @}

private:
	const Allocator memory_;
	ByteBuffer bytes_;
};

} // namespace netpeer
