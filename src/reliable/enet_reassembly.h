// Fragments to one packet. Memory follows what has come, not what a header promises; bytes nobody sent are never
// delivered, because every fragment must lie at its index times one common size.
#pragma once

#include "enet_budget.h"
#include "enet_packet.h"
#include "enet_wire.h"

namespace netpeer {

/// What one peer's incomplete messages reserve and what they have received, so that many small first fragments cannot
/// reserve much: a reservation must be earned by bytes that came, but for kEnetReassemblyUnearned.
struct EnetReassemblyLedger {
	size_t reserved = 0;
	size_t received = 0;

	bool allows(size_t would_be_reserved, size_t arriving) const;
};

class EnetReassembly {
public:
	enum class Result {
		kStored,
		kCompleted, // take_packet() now
		kDuplicate,
		kMalformed, // does not belong to this message; nothing changed
		kRefused,   // no room (budget, memory or too far ahead of what has come); nothing changed
	};

	/// Whether a fragment could belong to any message: index, sizes and offset agree with each other.
	static bool is_consistent(const EnetSendFragment &fragment, size_t max_packet_size);

	/// An empty message like the one `first` belongs to; null when the budget or memory refuses.
	static EnetReassembly *create(BlockPool &pool, EnetBudget &budget, EnetReassemblyLedger &ledger,
	        const EnetSendFragment &first, uint32_t flags);
	/// Refunds everything, the packet too unless it was taken.
	static void destroy(EnetReassembly *message);

	/// `fragment` is consistent.
	Result add(const EnetSendFragment &fragment);
	/// The whole packet, `charged` still charged to the budget. Once, after kCompleted.
	EnetPacket *take_packet();
	uint32_t fragment_count() const { return count_; }
	uint32_t received_bytes() const { return received_bytes_; }

private:
	EnetReassembly(BlockPool &pool, EnetBudget &budget, EnetReassemblyLedger &ledger) :
	        pool_(pool), budget_(budget), ledger_(ledger) {}
	bool reach(size_t extent, size_t arriving);
	size_t bitmap_bytes() const { return (size_t{count_} + 63) / 64 * sizeof(uint64_t); }

	BlockPool &pool_;
	EnetBudget &budget_;
	EnetReassemblyLedger &ledger_;
	EnetPacket *packet_ = nullptr;
	uint64_t *have_ = nullptr; // one bit per fragment
	uint32_t total_ = 0;
	uint32_t count_ = 0;
	uint32_t fragment_size_ = 0;
	uint32_t missing_ = 0;
	uint32_t received_bytes_ = 0;
	uint32_t flags_ = 0;
};

} // namespace netpeer
