// The block behind a large Variant, and the door for those in core who build values without asking for every step.
// Private: not listed in netpeer.h.
#pragma once

#include "variant.h"

#include <atomic>
#include <cstddef>

namespace netpeer {

constexpr uint32_t kVariantMaxDepth = 1024;
// Up to so many pairs a search looks at every key: most end at the first eight bytes, which is cheaper than hashing.
constexpr uint32_t kVariantScannedPairs = 16;

/// Header of a block; the elements follow: Variants (Array, Dictionary as key, value, ..., PackedStringArray, NodePath parts,
/// Signal as name and id, object data as class, name, value, ...) or plain bytes (long text, packed arrays, large maths).
struct VariantNode {
	const Allocator *allocator;
	std::atomic<uint32_t> references;
	std::atomic<uint32_t> hash; // of a key; 0: not worked out
	uint32_t size;              // Variants, or bytes
	uint32_t capacity;
	uint32_t *index;          // dictionaries of many pairs: open addressing, pair number + 1
	uint32_t path_names;      // of the parts of a NodePath
	uint8_t index_bits;       // the index has 2^index_bits slots
	uint8_t flags;            // kVariantsInside, kAbsolutePath
	VariantType declared[2];  // key, element or value
	VariantNode *class_names; // two Variants where a declared type is a class; while being freed, the next to go

	static constexpr uint8_t kVariantsInside = 1;
	static constexpr uint8_t kAbsolutePath = 2;
	bool holds_variants() const { return (flags & kVariantsInside) != 0; }
	Variant *variants() { return reinterpret_cast<Variant *>(this + 1); }
	uint8_t *bytes() { return reinterpret_cast<uint8_t *>(this + 1); }
};
static_assert(sizeof(VariantNode) % 8 == 0, "elements follow the header, aligned");

struct VariantAccess {
	static bool in_node(const Variant &value) { return value.in_node(); }
	static VariantNode *node(const Variant &value) { return value.node(); }
	static const uint8_t *raw(const Variant &value) { return value.raw_; }
	static const void *payload(const Variant &value) { return value.payload(); }
	static uint8_t small(const Variant &value) { return value.small_; }
	/// For memory that holds no value yet, or one without a block.
	static void set_raw(Variant &value, VariantType type, const void *bytes, size_t count, uint8_t small = 0) {
		value.type_ = type;
		value.small_ = small;
		std::memset(value.raw_, 0, sizeof(value.raw_));
		if (count != 0) std::memcpy(value.raw_, bytes, count);
	}
	/// All 24 bytes of a value, for memory that holds none yet: the raw bytes, then `small`, then the type.
	static uint8_t *image(Variant &value) {
		static_assert(
		        offsetof(Variant, small_) == 22 && offsetof(Variant, type_) == 23, "the codec writes values whole");
		return value.raw_;
	}
	/// For memory that holds no value yet, or one without a block: `value` now holds `node`.
	static void adopt(Variant &value, VariantType type, VariantNode *node) {
		set_raw(value, type, &node, sizeof(node), Variant::kInNode);
	}
	static VariantNode *new_node(VariantMemory &memory, bool holds_variants, size_t capacity);
	/// Room for `capacity` in a block that `value` alone holds, made or copied if need be.
	static Error own_node(Variant &value, VariantMemory *memory, bool holds_variants, size_t capacity);
	/// The pair whose key equals that at `key`, among the first `pairs`; `pairs` when there is none.
	static uint32_t find_pair(VariantNode *node, uint32_t pairs, const Variant &key);
	/// Whether equality is equality of the 24 bytes: no block, and no float whose zeros and NaNs are several.
	static bool is_plain(const Variant &value) {
		return !value.in_node() && (value.type() <= VariantType::kInt || value.type() == VariantType::kString ||
		                                   value.type() == VariantType::kStringName);
	}
	/// find_pair() for a plain key and without an index.
	static uint32_t find_plain(VariantNode *node, uint32_t pairs, const Variant &key) {
		uint64_t wanted[3];
		std::memcpy(wanted, static_cast<const void *>(&key), sizeof(wanted));
		const Variant *values = node->variants();
		for (uint32_t i = 0; i < pairs; ++i) {
			uint64_t there[3];
			std::memcpy(there, static_cast<const void *>(values + i * 2), sizeof(there));
			if (there[0] == wanted[0] && there[2] == wanted[2] && there[1] == wanted[1]) return i;
		}
		return pairs;
	}
	/// Makes the index for `pairs` pairs to come, unless they are few.
	static Error make_index(VariantNode *node, size_t pairs, VariantMemory &memory);
	/// Enters pair number `pair` in the index, if there is one.
	static void enter_index(VariantNode *node, uint32_t pair);
	static Error set_class_names(Variant &value, const Variant &key, const Variant &element, VariantMemory &memory);
	static bool fits_type(const VariantNode *node, int which, const Variant &value) {
		const VariantType declared = node->declared[which];
		return declared == VariantType::kNil || declared == value.type() ||
		       (declared == VariantType::kObject && value.is_nil());
	}
	static uint32_t hash(const Variant &value);
};

/// Takes `bytes` out of the budget; false when they are not in it.
inline bool charge(VariantMemory &memory, size_t bytes) {
	if (bytes > memory.left) return false;
	memory.left -= bytes;
	return true;
}

// Runs `change` with the caller's memory, or with the default one where it gave none.
template <class Change> inline Error with_memory(VariantMemory *memory, Change change) {
	if (memory != nullptr) return change(*memory);
	VariantMemory unlimited;
	return change(unlimited);
}

} // namespace netpeer
