// Variants as bytes: what Godot's var_to_bytes() and put_var() write and bytes_to_var() and get_var() read.
//
// Reading takes bytes from strangers: nothing is trusted, work and memory are in proportion to the bytes that are there,
// and objects come as data, if at all. Neither direction recurses; both use up to 64 KiB of stack.
#pragma once

#include "byte_buffer.h"
#include "variant.h"

namespace netpeer {

/// Type numbers and layouts. Godot 3 knows 27 types, no typed containers, and writes no id with an RID.
enum class VariantDialect : uint8_t { kGodot4, kGodot3 };

/// The deepest a value may lie in others, in both directions (the outermost is at depth 0).
constexpr uint32_t kVariantDepthLimit = 1024;

/// How encode_variant() writes.
struct VariantEncodeOptions {
	VariantDialect dialect = VariantDialect::kGodot4; // whose reader it is for
	/// Write object data with class and properties. Without it they are refused, and class names of typed containers are
	/// written as EncodedObjectAsID.
	bool full_objects = false;
	/// Write vectors and the like with 64-bit components, as a double-precision build of Godot 4 does.
	bool double_reals = false;
	/// Values above kVariantDepthLimit count as that.
	uint32_t max_depth = kVariantDepthLimit;
	/// What is longer is refused.
	size_t max_bytes = INT32_MAX;
};

/// What decode_variant() takes.
struct VariantDecodeOptions {
	VariantDialect dialect = VariantDialect::kGodot4; // whose writer it is from
	/// Take objects with class and properties, as data (Variant::is_object_data). Objects by id are always taken.
	bool allow_objects = false;
	/// Values above kVariantDepthLimit count as that.
	uint32_t max_depth = kVariantDepthLimit;
	/// Allocator of the value, and the most it may take from it. A value needs at most 24 times its bytes, and rarely more
	/// than 4 times. Its small parts share blocks of at most 4 KiB, and each keeps the block it came in until it is changed
	/// or gone; with less than 64 times the bytes to take, each has one of its own.
	VariantMemory memory{default_allocator(), size_t{256} << 20};
};

/// How many bytes encode_variant() would write. Always a multiple of 4. Fails as encode_variant() would.
Error encoded_variant_size(const Variant &value, size_t &bytes, const VariantEncodeOptions &options = {});

/// Writes `value` to the front of `out`; `written` says how many bytes. On error nothing is written and `written` is 0.
/// ERR_OUT_OF_MEMORY: deeper than max_depth, longer than max_bytes, or longer than `out`. ERR_INVALID_PARAMETER: the dialect
/// has no such type (or no typed containers). ERR_UNAUTHORIZED: object data without full_objects. Padding is zero.
/// A null object is written as nil, as Godot does.
/// Origin: Godot var_to_bytes.
Error encode_variant(const Variant &value, MutBytes out, size_t &written, const VariantEncodeOptions &options = {});

/// Appends to `out`. The same errors; ERR_OUT_OF_MEMORY also when `out` cannot grow. On error `out` has not changed.
Error encode_variant(const Variant &value, ByteBuffer &out, const VariantEncodeOptions &options = {});

/// Reads one value from the front of `bytes`; `consumed` says how many it took. What follows is not looked at. On error
/// `out` is nil and `consumed` 0.
/// ERR_INVALID_DATA: short, an unknown type, counts the bytes cannot hold, malformed UTF-8, an element of the wrong type.
/// ERR_FILE_EOF: a string longer than what is left. ERR_UNAUTHORIZED: an object without allow_objects.
/// ERR_OUT_OF_MEMORY: deeper than max_depth, over the budget, or no memory.
/// Origin: Godot bytes_to_var.
Error decode_variant(ByteView bytes, Variant &out, size_t &consumed, const VariantDecodeOptions &options = {});

} // namespace netpeer
