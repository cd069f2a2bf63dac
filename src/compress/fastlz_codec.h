// FastLzCodec: the FastLZ block format, levels 1 and 2. Blocks any FastLZ decoder accepts, and a decoder for hostile ones.
// Written from a description of the format; the reference's output is not reproduced byte for byte.
#pragma once

#include "../core/allocator.h"
#include "../core/error_list.h"
#include "compressor.h"

namespace netpeer {

/// Level 2 reaches further back and has longer matches; kAutomatic is level 1 below 64 KiB, as Godot's encoder chooses.
enum class FastLzLevel { kAutomatic = 0, kOne = 1, kTwo = 2 };

/// Every call stands alone. Holds 32 KiB for compressing, none for decompressing. Owner thread only.
class FastLzCodec final : public Compressor {
public:
	/// The allocator must outlive the codec; null: default_allocator().
	explicit FastLzCodec(const Allocator *allocator = nullptr, FastLzLevel level = FastLzLevel::kAutomatic);
	~FastLzCodec() override;
	FastLzCodec(const FastLzCodec &) = delete;
	FastLzCodec &operator=(const FastLzCodec &) = delete;

	/// Takes the memory; needed once before compress(). ERR_OUT_OF_MEMORY.
	Error init();
	/// 0: `in` is empty or over 1 GiB, the result does not fit `out`, or init() is missing.
	size_t compress(ByteView in, MutBytes out) override;
	/// Accepts both levels. 0: malformed, or longer than `out`. The format has no checksum and does not know its length.
	size_t decompress(ByteView in, MutBytes out) override;
	uint32_t decompress_ns_per_byte() const override { return 2; }

private:
	const Allocator &allocator_;
	uint32_t *table_ = nullptr;
	uint32_t base_ = 0;
	FastLzLevel level_;
};

/// Room that compressing `bytes` never exceeds.
constexpr size_t fastlz_bound(size_t bytes) { return bytes + bytes / 32 + 66; }
/// One call with memory of its own. `written`: the size of the result. ERR_INVALID_PARAMETER: `in` is empty or over 1 GiB.
/// ERR_PARAMETER_RANGE_ERROR: does not fit `out`. ERR_OUT_OF_MEMORY.
Error fastlz_compress(ByteView in, MutBytes out, size_t &written, FastLzLevel level = FastLzLevel::kAutomatic);
/// The reverse. ERR_INVALID_DATA: empty, malformed, or longer than `out`.
Error fastlz_decompress(ByteView in, MutBytes out, size_t &written);

} // namespace netpeer
