#include "datagram_ring.h"

namespace netpeer {

namespace {

constexpr size_t kSmallestRingMemory = 1024;

} // namespace

size_t DatagramRing::ring_bytes_for(size_t buffer_bytes) {
	NETPEER_ASSERT(buffer_bytes < (size_t{1} << 31));
	size_t ring = 1;
	while (ring <= buffer_bytes) ring *= 2;
	return ring;
}

size_t DatagramRing::block_bytes(size_t modulus) {
	const size_t longest = kRecordBytes + kLongestDatagram;
	return modulus + (modulus < longest ? modulus : longest);
}

void DatagramRing::set_ring_bytes(size_t ring_bytes) {
	clear();
	if (ring_bytes == ring_bytes_) return;
	free_memory();
	ring_bytes_ = ring_bytes;
}

// Whatever fits the account fits the memory. In one piece: it begins below modulus_, and block_bytes() has room behind
// that for any. In two (the last one before the wrap ends at e >= modulus_): head_ - tail_ = e - used_, which is more than
// the modulus_ - 1 - used_ the account has left.
Error DatagramRing::grow(size_t payload_bytes) {
	const size_t needed = used_ + kRecordBytes + payload_bytes;
	if (needed >= ring_bytes_) return Error::ERR_UNAVAILABLE;
	size_t modulus = modulus_ != 0 ? modulus_ : kSmallestRingMemory;
	while (modulus <= needed) modulus *= 2;
	if (modulus > ring_bytes_) modulus = ring_bytes_;

	uint8_t *block = static_cast<uint8_t *>(allocator_->allocate(allocator_->user, block_bytes(modulus)));
	if (block == nullptr) return Error::ERR_OUT_OF_MEMORY;
	if (used_ != 0) {
		const bool wrapped = tail_ <= head_;
		const size_t first_part = wrapped ? used_ - tail_ : used_;
		std::memcpy(block, block_ + head_, first_part);
		if (wrapped) std::memcpy(block + first_part, block_, tail_);
	}
	allocator_->release(allocator_->user, block_, block_ != nullptr ? block_bytes(modulus_) : 0);
	block_ = block;
	modulus_ = modulus;
	head_ = 0;
	tail_ = used_; // below the former modulus
	return Error::OK;
}

Error DatagramRing::push(const Endpoint &from, ByteView payload) {
	if (payload.size > kLongestDatagram) return Error::ERR_UNAVAILABLE;
	if (used_ + kRecordBytes + payload.size >= modulus_) NETPEER_TRY(grow(payload.size));
	if (!payload.empty()) std::memcpy(block_ + tail_ + kRecordBytes, payload.data, payload.size);
	commit(from, payload.size);
	return Error::OK;
}

void DatagramRing::clear() { head_ = tail_ = used_ = count_ = 0; }

void DatagramRing::free_memory() {
	clear();
	if (block_ != nullptr) allocator_->release(allocator_->user, block_, block_bytes(modulus_));
	block_ = nullptr;
	modulus_ = 0;
}

} // namespace netpeer
