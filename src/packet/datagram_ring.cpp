#include "datagram_ring.h"

#include "../core/netpeer_assert.h"

#include <type_traits>

namespace netpeer {

namespace {

constexpr size_t kSmallestRingMemory = 1024;

// An Endpoint whose address is valid, without padding.
struct DatagramRecord {
	uint8_t address[16];
	uint32_t scope;
	uint16_t port;
	uint16_t size;
};

static_assert(sizeof(DatagramRecord) == DatagramRing::kRecordBytes, "a record costs what it is accounted with");
static_assert(DatagramRing::kLongestDatagram == UINT16_MAX, "a length fits its field");
static_assert(std::is_trivially_copyable<DatagramRecord>::value, "records are copied as bytes");

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
Error DatagramRing::make_room(size_t payload_bytes) {
	const size_t needed = used_ + kRecordBytes + payload_bytes;
	if (needed < modulus_) return Error::OK;
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

Error DatagramRing::open_room(MutBytes &room) {
	if (used_ + kRecordBytes >= ring_bytes_) return Error::ERR_UNAVAILABLE;
	const size_t left = ring_bytes_ - 1 - used_ - kRecordBytes;
	const size_t size = left < kLongestDatagram ? left : kLongestDatagram;
	NETPEER_TRY(make_room(size));
	room = MutBytes(block_ + tail_ + kRecordBytes, size);
	return Error::OK;
}

void DatagramRing::commit(const Endpoint &from, size_t size) {
	NETPEER_ASSERT(used_ + kRecordBytes + size < modulus_);
	NETPEER_ASSERT(size <= kLongestDatagram);
	DatagramRecord record;
	std::memcpy(record.address, from.address.get_ipv6(), sizeof(record.address));
	record.scope = from.scope;
	record.port = from.port;
	record.size = static_cast<uint16_t>(size);
	std::memcpy(block_ + tail_, &record, sizeof(record));
	used_ += kRecordBytes + size;
	tail_ += kRecordBytes + size;
	if (tail_ >= modulus_) tail_ = 0;
	++count_;
}

Error DatagramRing::push(const Endpoint &from, ByteView payload) {
	if (payload.size > kLongestDatagram) return Error::ERR_UNAVAILABLE;
	NETPEER_TRY(make_room(payload.size));
	if (!payload.empty()) std::memcpy(block_ + tail_ + kRecordBytes, payload.data, payload.size);
	commit(from, payload.size);
	return Error::OK;
}

size_t DatagramRing::front_bytes() const {
	NETPEER_ASSERT(count_ != 0);
	DatagramRecord record;
	std::memcpy(&record, block_ + head_, sizeof(record));
	return record.size;
}

void DatagramRing::pop(Endpoint &from, ByteView &payload) {
	NETPEER_ASSERT(count_ != 0);
	DatagramRecord record;
	std::memcpy(&record, block_ + head_, sizeof(record));
	from.address.set_ipv6(record.address);
	from.port = record.port;
	from.scope = record.scope;
	payload = ByteView(block_ + head_ + kRecordBytes, record.size);
	--count_;
	if (count_ == 0) {
		// Back to the start: a ring that is emptied in time keeps to the first pages of its memory.
		head_ = tail_ = used_ = 0;
		return;
	}
	used_ -= kRecordBytes + record.size;
	head_ += kRecordBytes + record.size;
	if (head_ >= modulus_) head_ = 0;
}

void DatagramRing::clear() { head_ = tail_ = used_ = count_ = 0; }

void DatagramRing::free_memory() {
	clear();
	if (block_ != nullptr) allocator_->release(allocator_->user, block_, block_bytes(modulus_));
	block_ = nullptr;
	modulus_ = 0;
}

} // namespace netpeer
