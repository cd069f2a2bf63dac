#include "enet_packet.h"

#include "../core/netpeer_assert.h"

#include <new>

namespace netpeer {

static_assert(sizeof(EnetPacket) % alignof(EnetPacket) == 0, "payload follows the header directly");

EnetPacket *make_enet_packet(BlockPool &pool, size_t size, uint32_t flags) {
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

void release_enet_packet(EnetPacket *packet) {
	NETPEER_ASSERT(packet->owners > 0);
	if (--packet->owners != 0) return;
	packet->pool->give(packet, packet->block_bytes());
}

} // namespace netpeer
