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
struct alignas(8) VariantNode { // where pointers have 4 bytes, too: the elements hold numbers of 8
	const Allocator *allocator;
	std::atomic<uint32_t> references;
	std::atomic<uint32_t> hash; // of a key; 0: not worked out
	uint32_t size;              // Variants, or bytes
	uint32_t capacity;
	uint32_t *index;          // dictionaries of many pairs: open addressing, pair number + 1
	uint32_t path_names;      // of the parts of a NodePath
	uint8_t index_bits;       // the index has 2^index_bits slots; in a slab: see VariantSlab
	uint8_t flags;            // kVariantsInside, kAbsolutePath, kInSlab, kNoBlocks
	VariantType declared[2];  // key, element or value
	VariantNode *class_names; // two Variants where a declared type is a class; while being freed, the next to go

	static constexpr uint8_t kVariantsInside = 1;
	static constexpr uint8_t kAbsolutePath = 2;
	static constexpr uint8_t kInSlab = 4;
	static constexpr uint8_t kNoBlocks = 8; // no value inside has a block; over with the first change
	bool holds_variants() const { return (flags & kVariantsInside) != 0; }
	bool in_slab() const { return (flags & kInSlab) != 0; }
	/// What of it belongs to the value.
	uint8_t value_flags() const { return flags & (kVariantsInside | kAbsolutePath); }
	Variant *variants() { return reinterpret_cast<Variant *>(this + 1); }
	uint8_t *bytes() { return reinterpret_cast<uint8_t *>(this + 1); }
};
static_assert(sizeof(VariantNode) % 8 == 0, "elements follow the header, aligned");

/// A piece of memory for several small blocks that were made together and mostly go together: what a decoder reads costs
/// one request for many of them. It goes back with the last of them. A block that grows, or is copied, leaves it.
///
/// index_bits of a block in a slab says how many units behind the slab's beginning it lies. That place is free: a
/// dictionary of so few pairs has no index, and it leaves the slab before it gets one.
struct VariantSlab {
	static constexpr size_t kUnit = 16;
	static constexpr size_t kMostBytes = 4096; // 256 units; also what one value that is kept may keep in memory
	static constexpr size_t kLargestBlock = 1024;

	const Allocator *allocator;
	std::atomic<uint32_t> blocks; // that are alive; the one who fills the slab counts as one
	uint32_t bytes;
	uint32_t used;

	/// With nothing in it; null without memory. `bytes` are charged.
	static VariantSlab *create(VariantMemory &memory, size_t bytes);
	/// `bytes`, a multiple of kUnit that still fits.
	void *carve(size_t size) {
		blocks.store(blocks.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); // nobody else has it yet
		void *block = reinterpret_cast<uint8_t *>(this) + used;
		used += static_cast<uint32_t>(size);
		return block;
	}
	void let_go(uint32_t count);
	static VariantSlab *of(VariantNode *node) {
		return reinterpret_cast<VariantSlab *>(reinterpret_cast<uint8_t *>(node) - node->index_bits * kUnit);
	}
};
constexpr size_t kVariantSlabHeaderBytes =
        (sizeof(VariantSlab) + VariantSlab::kUnit - 1) / VariantSlab::kUnit * VariantSlab::kUnit;

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
	/// In memory of its own or in a slab, of `allocator` in both cases.
	static VariantNode *init_node(void *block, const Allocator *allocator, uint8_t flags, size_t capacity) {
		VariantNode *node = new (block) VariantNode;
		node->allocator = allocator;
		node->references.store(1, std::memory_order_relaxed);
		node->hash.store(0, std::memory_order_relaxed);
		node->size = 0;
		node->capacity = static_cast<uint32_t>(capacity);
		node->index = nullptr;
		node->path_names = 0;
		node->index_bits = 0;
		node->flags = flags;
		node->declared[0] = VariantType::kNil;
		node->declared[1] = VariantType::kNil;
		node->class_names = nullptr;
		return node;
	}
	static size_t node_bytes(bool holds_variants, size_t capacity) {
		return sizeof(VariantNode) + capacity * (holds_variants ? sizeof(Variant) : 1);
	}
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
		const Variant *at = node->variants();
		for (uint32_t i = 0; i < pairs; ++i, at += 2) {
			uint64_t there[3];
			std::memcpy(there, static_cast<const void *>(at), 8);
			if (there[0] != wanted[0]) continue; // where most differ
			std::memcpy(there, static_cast<const void *>(at), sizeof(there));
			if (there[1] == wanted[1] && there[2] == wanted[2]) return i;
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
