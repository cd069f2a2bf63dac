// DatagramRing: the queue behind PacketPeerUDP. Datagrams with their senders in one block of memory, each in one piece, so
// that the kernel writes straight into it and the application reads in place. What is kept and what is dropped follows
// Godot's arithmetic to the byte: a ring of the smallest power of two above the size asked for, one byte of it never used,
// and kRecordBytes for each datagram besides its payload.
#pragma once

#include "../core/allocator.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/netpeer_assert.h"
#include "../socket/endpoint.h"

#include <type_traits>

namespace netpeer {

/// Memory grows in powers of two as it is needed, up to what the ring may hold; until the first datagram there is none.
class DatagramRing {
public:
	/// Address, port and length: what Godot stores in front of a payload.
	static constexpr size_t kRecordBytes = 24;
	/// No UDP datagram is longer.
	static constexpr size_t kLongestDatagram = 65535;

	/// `allocator` is borrowed and must outlive the ring.
	DatagramRing(const Allocator *allocator, size_t ring_bytes) : allocator_(allocator), ring_bytes_(ring_bytes) {}
	~DatagramRing() { free_memory(); }
	DatagramRing(const DatagramRing &) = delete;
	DatagramRing &operator=(const DatagramRing &) = delete;

	/// The smallest power of two above `buffer_bytes`, which is below 2^31.
	static size_t ring_bytes_for(size_t buffer_bytes);
	/// Empties the ring and gives it another size, a power of two.
	void set_ring_bytes(size_t ring_bytes);

	size_t count() const { return count_; }    // datagrams queued
	bool empty() const { return count_ == 0; } // count() is 0

	/// Room for the next datagram's payload: as much as it may have, at most kLongestDatagram. A longer one must be dropped.
	/// ERR_UNAVAILABLE: full, not even an empty datagram fits. ERR_OUT_OF_MEMORY: nothing has changed.
	Error open_room(MutBytes &room) {
		if (used_ + kRecordBytes >= ring_bytes_) return Error::ERR_UNAVAILABLE;
		const size_t left = ring_bytes_ - 1 - used_ - kRecordBytes;
		const size_t size = left < kLongestDatagram ? left : kLongestDatagram;
		if (used_ + kRecordBytes + size >= modulus_) NETPEER_TRY(grow(size));
		room = MutBytes(block_ + tail_ + kRecordBytes, size);
		return Error::OK;
	}
	/// Queues the first `size` bytes of the room just opened as a datagram from `from`, whose address is valid.
	void commit(const Endpoint &from, size_t size) {
		NETPEER_ASSERT(used_ + kRecordBytes + size < modulus_);
		NETPEER_ASSERT(size <= kLongestDatagram);
		Record record;
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
	/// Queues a copy, with the errors of open_room().
	Error push(const Endpoint &from, ByteView payload);

	/// Takes the oldest datagram, which there must be. The view is valid until the ring is next written to, cleared or
	/// freed.
	void pop(Endpoint &from, ByteView &payload) {
		const Record record = front();
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
	/// The length of the oldest datagram, which there must be.
	size_t front_bytes() const { return front().size; }

	/// Drops everything; memory is kept.
	void clear();
	/// Drops everything; memory goes back.
	void free_memory();
	/// Bytes taken from the allocator.
	size_t memory_bytes() const { return block_ != nullptr ? block_bytes(modulus_) : 0; }

private:
	// An Endpoint whose address is valid, without padding.
	struct Record {
		uint8_t address[16];
		uint32_t scope;
		uint16_t port;
		uint16_t size;
	};
	static_assert(sizeof(Record) == kRecordBytes, "a record costs what it is accounted with");
	static_assert(kLongestDatagram == UINT16_MAX, "a length fits its field");
	static_assert(std::is_trivially_copyable<Record>::value, "records are copied as bytes");

	Record front() const {
		NETPEER_ASSERT(count_ != 0);
		Record record;
		std::memcpy(&record, block_ + head_, sizeof(record));
		return record;
	}
	/// A datagram begins below `modulus` and may end behind it; the next one begins at 0 then.
	static size_t block_bytes(size_t modulus);
	/// Memory for one of so many bytes, which does not fit into that there is.
	Error grow(size_t payload_bytes);

	const Allocator *allocator_;
	uint8_t *block_ = nullptr;
	size_t ring_bytes_;
	size_t modulus_ = 0; // of the memory there is; at most ring_bytes_
	size_t head_ = 0;
	size_t tail_ = 0;
	size_t used_ = 0; // records and payloads; below modulus_ or 0
	size_t count_ = 0;
};

} // namespace netpeer
