// DatagramRing: the queue behind PacketPeerUDP. Datagrams with their senders in one block of memory, each in one piece, so
// that the kernel writes straight into it and the application reads in place. What is kept and what is dropped follows
// Godot's arithmetic to the byte: a ring of the smallest power of two above the size asked for, one byte of it never used,
// and kRecordBytes for each datagram besides its payload.
#pragma once

#include "../core/allocator.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../socket/endpoint.h"

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

	size_t count() const { return count_; }
	bool empty() const { return count_ == 0; }

	/// Room for the next datagram's payload: as much as it may have, at most kLongestDatagram. A longer one must be dropped.
	/// ERR_UNAVAILABLE: full, not even an empty datagram fits. ERR_OUT_OF_MEMORY: nothing has changed.
	Error open_room(MutBytes &room);
	/// Queues the first `size` bytes of the room just opened as a datagram from `from`, whose address is valid.
	void commit(const Endpoint &from, size_t size);
	/// Queues a copy, with the errors of open_room().
	Error push(const Endpoint &from, ByteView payload);

	/// Takes the oldest datagram, which there must be. The view is valid until the ring is next written to, cleared or
	/// freed.
	void pop(Endpoint &from, ByteView &payload);
	/// The length of the oldest datagram, which there must be.
	size_t front_bytes() const;

	/// Drops everything; memory is kept.
	void clear();
	/// Drops everything; memory goes back.
	void free_memory();
	/// Bytes taken from the allocator.
	size_t memory_bytes() const { return block_ != nullptr ? block_bytes(modulus_) : 0; }

private:
	/// A datagram begins below `modulus` and may end behind it; the next one begins at 0 then.
	static size_t block_bytes(size_t modulus);
	Error make_room(size_t payload_bytes);

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
