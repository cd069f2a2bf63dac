// EnetPacket: one payload with its flags, counted by its owners, in memory that goes back to the host's pool.
// Sending queues share one packet between many peers; a received packet belongs to the application that took the event.
#pragma once

#include "../core/bytes.h"
#include "../core/netpeer_assert.h"
#include "block_pool.h"

#include <cstdint>
#include <new>

namespace netpeer {

/// Packet flags; numbers are ENet's and Godot's.
enum EnetPacketFlag : uint32_t {
	kEnetReliable = 1,           // delivered once, in order, or the peer is lost
	kEnetUnsequenced = 2,        // delivered at once, in any order, maybe not at all
	kEnetUnreliableFragment = 8, // too large for one datagram: send as unreliable fragments, not as reliable ones
};
constexpr uint32_t kEnetSendFlags = kEnetReliable | kEnetUnsequenced | kEnetUnreliableFragment; // what send() knows

/// Header of a packet; `capacity` payload bytes follow in the same block. Made by make_enet_packet, freed by EnetPacketRef.
struct EnetPacket {
	BlockPool *pool = nullptr;  // where its memory goes back to
	uint32_t owners = 0;        // references to it
	uint32_t flags = 0;         // EnetPacketFlag bits
	uint32_t size = 0;          // payload bytes
	uint32_t capacity = 0;      // payload bytes there is room for
	EnetPacket *next = nullptr; // link for the one queue a received packet waits in
	uint32_t charged = 0;       // bytes charged to the peer that made us hold it
	uint8_t channel = 0;        // of a received packet

	/// @{
	/// The first payload byte.
	uint8_t *payload() { return reinterpret_cast<uint8_t *>(this + 1); }
	const uint8_t *payload() const { return reinterpret_cast<const uint8_t *>(this + 1); }
	/// @}
	ByteView view() const { return ByteView(payload(), size); }          // all payload bytes
	size_t block_bytes() const { return sizeof(EnetPacket) + capacity; } // of the whole block, header included
};

static_assert(sizeof(EnetPacket) % alignof(EnetPacket) == 0, "payload follows the header directly");

/// A packet of `size` bytes whose payload is not initialised, with one owner; null when there is no memory.
inline EnetPacket *make_enet_packet(BlockPool &pool, size_t size, uint32_t flags) {
	if (size > UINT32_MAX - sizeof(EnetPacket)) return nullptr;
	void *block = pool.take(sizeof(EnetPacket) + size);
	if (block == nullptr) return nullptr;
	EnetPacket *packet = new (block) EnetPacket();
	packet->pool = &pool;
	packet->owners = 1;
	packet->flags = flags;
	packet->size = static_cast<uint32_t>(size);
	packet->capacity = static_cast<uint32_t>(size);
	return packet;
}

/// Drops one owner; the last one returns the memory.
inline void release_enet_packet(EnetPacket *packet) {
	NETPEER_ASSERT(packet->owners > 0);
	if (--packet->owners == 0) packet->pool->give(packet, packet->block_bytes());
}

/// Owns one share of a packet. Keep and destroy it on the host's thread; it may outlive the host.
class EnetPacketRef {
public:
	EnetPacketRef() = default;
	/// Takes over one owner's share.
	explicit EnetPacketRef(EnetPacket *adopted) : packet_(adopted) {}
	/// One owner more.
	EnetPacketRef(const EnetPacketRef &other) : packet_(other.packet_) {
		if (packet_ != nullptr) ++packet_->owners;
	}
	/// Takes the other's share; it is left empty.
	EnetPacketRef(EnetPacketRef &&other) noexcept : packet_(other.packet_) { other.packet_ = nullptr; }
	/// Drops its own share and takes the other's.
	EnetPacketRef &operator=(EnetPacketRef other) noexcept {
		EnetPacket *mine = packet_;
		packet_ = other.packet_;
		other.packet_ = mine;
		return *this;
	}
	~EnetPacketRef() { reset(); }

	/// Drops the share; the last one frees the packet.
	void reset() {
		if (packet_ != nullptr) release_enet_packet(packet_);
		packet_ = nullptr;
	}
	explicit operator bool() const { return packet_ != nullptr; } // holds a packet
	EnetPacket *get() const { return packet_; }                   // null: none; stays owned
	/// The payload; empty for no packet. Valid while this reference lives.
	ByteView view() const { return packet_ != nullptr ? packet_->view() : ByteView(); }
	/// EnetPacketFlag bits: 1 reliable, 2 unsequenced, 8 reassembled from unreliable fragments, 0 plain unreliable.
	uint32_t flags() const { return packet_ != nullptr ? packet_->flags : 0; }

private:
	EnetPacket *packet_ = nullptr;
};

} // namespace netpeer
