#include "byte_buffer.h"

#include <functional>

namespace netpeer {

namespace {

// Small buffers start here, so that appending single bytes does not ask for memory at each of the first few.
constexpr size_t kByteBufferFirstCapacity = 64;

} // namespace

ByteBuffer::ByteBuffer(ByteBuffer &&other) noexcept :
        allocator_(other.allocator_),
        data_(other.data_),
        size_(other.size_),
        capacity_(other.capacity_),
        max_bytes_(other.max_bytes_) {
	other.data_ = nullptr;
	other.size_ = 0;
	other.capacity_ = 0;
}

ByteBuffer &ByteBuffer::operator=(ByteBuffer &&other) noexcept {
	if (this == &other) return *this;
	free_memory();
	allocator_ = other.allocator_;
	max_bytes_ = other.max_bytes_;
	data_ = std::exchange(other.data_, nullptr);
	size_ = std::exchange(other.size_, size_t{0});
	capacity_ = std::exchange(other.capacity_, size_t{0});
	return *this;
}

Error ByteBuffer::reserve(size_t bytes) {
	if (bytes <= capacity_) return Error::OK;
	if (bytes > max_bytes_) return Error::ERR_OUT_OF_MEMORY;
	// Half as much again, so that repeated appends cost linear time; never past the cap.
	size_t target = capacity_ <= SIZE_MAX - capacity_ / 2 ? capacity_ + capacity_ / 2 : SIZE_MAX;
	if (target < kByteBufferFirstCapacity) target = kByteBufferFirstCapacity;
	if (target < bytes) target = bytes;
	if (target > max_bytes_) target = max_bytes_;
	void *grown = data_ == nullptr ? allocator_->allocate(allocator_->user, target)
	                               : allocator_->reallocate(allocator_->user, data_, capacity_, target);
	if (grown == nullptr) return Error::ERR_OUT_OF_MEMORY;
	data_ = static_cast<uint8_t *>(grown);
	capacity_ = target;
	return Error::OK;
}

Error ByteBuffer::resize(size_t bytes) {
	if (bytes > size_) {
		NETPEER_TRY(reserve(bytes));
		std::memset(data_ + size_, 0, bytes - size_);
	}
	size_ = bytes;
	return Error::OK;
}

Error ByteBuffer::extend(size_t bytes) {
	if (bytes > SIZE_MAX - size_) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(reserve(size_ + bytes));
	size_ += bytes;
	return Error::OK;
}

Error ByteBuffer::append(ByteView bytes) {
	if (bytes.size == 0) return Error::OK;
	if (bytes.size > SIZE_MAX - size_) return Error::ERR_OUT_OF_MEMORY;
	// Growing may move our own bytes away under the view.
	const std::less<const uint8_t *> below;
	const bool own = data_ != nullptr && !below(bytes.data, data_) && below(bytes.data, data_ + size_);
	const size_t own_offset = own ? static_cast<size_t>(bytes.data - data_) : 0;
	NETPEER_TRY(reserve(size_ + bytes.size));
	std::memcpy(data_ + size_, own ? data_ + own_offset : bytes.data, bytes.size);
	size_ += bytes.size;
	return Error::OK;
}

void ByteBuffer::remove_front(size_t bytes) {
	if (bytes >= size_) {
		size_ = 0;
		return;
	}
	if (bytes == 0) return;
	size_ -= bytes;
	std::memmove(data_, data_ + bytes, size_);
}

void ByteBuffer::free_memory() {
	if (data_ != nullptr) allocator_->release(allocator_->user, data_, capacity_);
	data_ = nullptr;
	size_ = 0;
	capacity_ = 0;
}

} // namespace netpeer
