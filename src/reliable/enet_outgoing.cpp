#include "enet_outgoing.h"

namespace netpeer {

void lay_out_message(const OutCommand &first, ByteView message) {
	EnetSendFragment numbers;
	numbers.start_sequence = first.reliable ? first.sequence : first.second_number;
	numbers.fragment_count = first.fragment_count();
	numbers.total_length = static_cast<uint32_t>(message.size);
	ByteWriter writer(MutBytes(first.packet->payload(), first.packet->capacity));
	for (uint32_t i = 0; i < first.fragment_count(); ++i) {
		const ByteView part = message.after(numbers.fragment_offset).first(first.args[2]);
		numbers.fragment_number = i;
		write_enet_send_fragment(writer, numbers, static_cast<uint16_t>(part.size));
		writer.bytes(part);
		numbers.fragment_offset += first.args[2];
	}
	NETPEER_ASSERT(!writer.failed() && writer.left() == 0);
}

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
