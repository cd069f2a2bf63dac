// RangeCoder: ENet's own codec, an adaptive order-2 model in front of a 32-bit range coder, bit for bit.
// The output is a wire format; the data structures are ours.
#pragma once

#include "../core/allocator.h"
#include "../core/error_list.h"
#include "compressor.h"

namespace netpeer {

struct RangeModel;

/// Compresses what stock ENet's range coder restores and the other way round. Every call starts from an empty model.
/// Holds about 530 KiB, of which a datagram touches some tens. Owner thread only.
class RangeCoder final : public Compressor {
public:
	/// The allocator must outlive the codec; null: default_allocator().
	explicit RangeCoder(const Allocator *allocator = nullptr);
	~RangeCoder() override;
	RangeCoder(const RangeCoder &) = delete;
	RangeCoder &operator=(const RangeCoder &) = delete;

	/// Takes the memory; needed once. ERR_OUT_OF_MEMORY. Without it, compress() and decompress() answer 0.
	Error init();
	/// 0: `in` is empty or the result does not fit `out`. Stops as soon as it does not fit.
	size_t compress(ByteView in, MutBytes out) override;
	/// 0: `in` is empty, malformed, or the result would be longer than `out`. The format has neither length nor checksum:
	/// most bytes decode to something. Up to `out.size` bytes come from a few, so `out` is the limit of the work.
	size_t decompress(ByteView in, MutBytes out) override;
	uint32_t decompress_ns_per_byte() const override { return 60; }

private:
	const Allocator &allocator_;
	RangeModel *model_ = nullptr;
};

/// One call with memory of its own, for whoever needs no codec object. `written`: the size of the result.
/// ERR_INVALID_PARAMETER: `in` is empty. ERR_PARAMETER_RANGE_ERROR: does not fit `out`. ERR_OUT_OF_MEMORY.
Error range_coder_compress(ByteView in, MutBytes out, size_t &written);
/// The reverse. ERR_INVALID_DATA: malformed, or longer than `out`. ERR_INVALID_PARAMETER: `in` is empty. ERR_OUT_OF_MEMORY.
Error range_coder_decompress(ByteView in, MutBytes out, size_t &written);

} // namespace netpeer
