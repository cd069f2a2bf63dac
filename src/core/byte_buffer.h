// ByteBuffer: owned bytes that may grow up to a cap, where growing may fail. For memory whose size a stranger chooses:
// std::vector ends the process when memory runs out and exceptions are off.
#pragma once

#include "allocator.h"
#include "bytes.h"
#include "error_list.h"

namespace netpeer {

/// Owner thread only. Nothing throws: what cannot grow answers ERR_OUT_OF_MEMORY and is as it was.
class ByteBuffer {
public:
	/// Empty, nothing allocated. `allocator` is borrowed and must outlive the buffer; size() never exceeds `max_bytes`.
	explicit ByteBuffer(const Allocator *allocator = default_allocator(), size_t max_bytes = SIZE_MAX) :
	        allocator_(allocator), max_bytes_(max_bytes) {}
	~ByteBuffer() { free_memory(); }
	ByteBuffer(const ByteBuffer &) = delete;
	ByteBuffer &operator=(const ByteBuffer &) = delete;
	/// Takes memory, allocator and cap; `other` is left empty and usable.
	ByteBuffer(ByteBuffer &&other) noexcept;
	/// Frees what it held, then as the constructor above.
	ByteBuffer &operator=(ByteBuffer &&other) noexcept;

	/// Makes room for `bytes` in all. On ERR_OUT_OF_MEMORY (cap or allocator) nothing has changed.
	Error reserve(size_t bytes);
	/// Cuts, or grows with zero bytes. On ERR_OUT_OF_MEMORY nothing has changed. Cutting never fails.
	Error resize(size_t bytes);
	/// Grows by `bytes` that hold anything, for a caller who writes them all. On ERR_OUT_OF_MEMORY nothing has changed.
	Error extend(size_t bytes);
	/// Adds a copy of `bytes` (which may lie in this buffer) at the end. On ERR_OUT_OF_MEMORY nothing has changed.
	Error append(ByteView bytes);
	/// Drops at most the first `bytes` bytes and moves the rest to the front. Memory is kept.
	void remove_front(size_t bytes);
	/// Size 0; memory is kept.
	void clear() { size_ = 0; }
	/// Size 0; memory goes back to the allocator.
	void free_memory();

	/// @{
	/// The bytes, null while nothing is allocated. Valid until the next call that grows, moves or frees.
	uint8_t *data() { return data_; }
	const uint8_t *data() const { return data_; }
	/// @}
	size_t size() const { return size_; }           // in bytes
	bool empty() const { return size_ == 0; }       // size() is 0
	size_t capacity() const { return capacity_; }   // bytes it can hold without asking for more
	size_t max_bytes() const { return max_bytes_; } // the cap given at construction, in bytes
	/// Valid until the next call that grows, moves or frees.
	ByteView view() const { return ByteView(data_, size_); }
	/// As view(), to write to.
	MutBytes bytes() { return MutBytes(data_, size_); }

private:
	const Allocator *allocator_;
	uint8_t *data_ = nullptr;
	size_t size_ = 0;
	size_t capacity_ = 0;
	size_t max_bytes_;
};

} // namespace netpeer
