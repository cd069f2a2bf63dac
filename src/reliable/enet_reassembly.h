// Fragments to one packet. Memory follows what has come, not what a header promises; bytes nobody sent are never
// delivered, because every fragment must lie at its index times one common size.
#pragma once

#include "enet_budget.h"
#include "enet_constants.h"
#include "enet_packet.h"
#include "enet_wire.h"

#include <cstring>

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

	/// The common size of all fragments but the last, told by any single one; 0 when it could belong to no message:
	/// index, sizes and offset contradict each other.
	static uint32_t piece_bytes_of(const EnetSendFragment &fragment, size_t max_packet_size) {
		const uint32_t count = fragment.fragment_count;
		const uint32_t length = static_cast<uint32_t>(fragment.data.size);
		if (fragment.fragment_number >= count || count > kEnetMaxFragmentsReceived) return 0;
		if (length == 0 || fragment.total_length > max_packet_size || fragment.total_length < count) return 0;
		if (fragment.fragment_offset >= fragment.total_length) return 0;
		if (length > fragment.total_length - fragment.fragment_offset) return 0;
		uint32_t size = length;
		if (fragment.fragment_number != count - 1) {
			if (uint64_t{fragment.fragment_number} * length != fragment.fragment_offset) return 0;
		} else {
			size = piece_bytes_of_last(fragment);
		}
		// All but the last are full, and the last is not empty.
		const uint64_t before_last = uint64_t{size} * (count - 1);
		return before_last < fragment.total_length && fragment.total_length <= before_last + size ? size : 0;
	}

	/// An empty message like the one `first` belongs to; null when the budget or memory refuses.
	static EnetReassembly *create(BlockPool &pool, EnetBudget &budget, EnetReassemblyLedger &ledger,
	        const EnetSendFragment &first, uint32_t piece_bytes, uint32_t flags);
	/// Refunds everything, the packet too unless it was taken.
	static void destroy(EnetReassembly *message);

	/// `piece_bytes` is what piece_bytes_of() says, not 0.
	Result add(const EnetSendFragment &fragment, uint32_t piece_bytes) {
		if (fragment.total_length != total_ || fragment.fragment_count != count_ || piece_bytes != piece_bytes_) {
			return Result::kMalformed;
		}
		uint64_t &word = have_[fragment.fragment_number / 64];
		const uint64_t bit = uint64_t{1} << (fragment.fragment_number % 64);
		if ((word & bit) != 0) return Result::kDuplicate;

		const size_t length = fragment.data.size;
		const size_t extent = size_t{fragment.fragment_offset} + length;
		if (extent > kEnetReassemblySlack + 2 * (size_t{received_bytes_} + length)) return Result::kRefused;
		if ((packet_ == nullptr || extent > packet_->capacity) && !reach(extent, length)) return Result::kRefused;
		std::memcpy(packet_->payload() + fragment.fragment_offset, fragment.data.data, length);
		word |= bit;
		received_bytes_ += static_cast<uint32_t>(length);
		ledger_.received += length;
		if (--missing_ != 0) return Result::kStored;
		packet_->size = total_;
		return Result::kCompleted;
	}
	/// The whole packet, `charged` still charged to the budget. Once, after kCompleted.
	EnetPacket *take_packet();
	uint32_t fragment_count() const { return count_; }
	uint32_t received_bytes() const { return received_bytes_; }

private:
	EnetReassembly(BlockPool &pool, EnetBudget &budget, EnetReassemblyLedger &ledger) :
	        pool_(pool), budget_(budget), ledger_(ledger) {}
	static uint32_t piece_bytes_of_last(const EnetSendFragment &fragment);
	bool reach(size_t extent, size_t arriving);
	size_t bitmap_bytes() const { return (size_t{count_} + 63) / 64 * sizeof(uint64_t); }

	BlockPool &pool_;
	EnetBudget &budget_;
	EnetReassemblyLedger &ledger_;
	EnetPacket *packet_ = nullptr;
	uint64_t *have_ = nullptr; // one bit per fragment
	uint32_t total_ = 0;
	uint32_t count_ = 0;
	uint32_t piece_bytes_ = 0;
	uint32_t missing_ = 0;
	uint32_t received_bytes_ = 0;
	uint32_t flags_ = 0;
};

} // namespace netpeer
