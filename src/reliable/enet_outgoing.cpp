#include "enet_outgoing.h"

namespace netpeer {

bool SentRing::grow(BlockPool &pool, uint32_t span) {
	uint32_t grown = capacity() == 1 ? 4 : capacity() * 2;
	while (grown < span) grown *= 2;
	OutCommand **slots = static_cast<OutCommand **>(pool.take(grown * sizeof(OutCommand *)));
	if (slots == nullptr) return false;
	for (uint32_t i = 0; i < grown; ++i) slots[i] = nullptr;
	if (count_ != 0) {
		for (Seq16 number = base_; number != end_; number = number.next()) {
			slots[number.value & (grown - 1)] = slots_[number.value & mask_];
		}
	}
	free_memory(pool);
	slots_ = slots;
	mask_ = static_cast<uint16_t>(grown - 1);
	return true;
}

} // namespace netpeer
