#include "variant_node.h"

#include "netpeer_assert.h"

namespace netpeer {

namespace {

constexpr uint32_t kVariantFirstElements = 4;

// Whether the caller held the last reference. The load spares a locked instruction where nothing is shared.
bool let_go(VariantNode *node) {
	return node->references.load(std::memory_order_acquire) == 1 ||
	       node->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void hold(VariantNode *node) { node->references.fetch_add(1, std::memory_order_relaxed); }

bool is_shared(const VariantNode *node) { return node->references.load(std::memory_order_acquire) != 1; }

// A list of what is to be freed runs through class_names, so that depth costs neither stack nor memory.
void enlist(VariantNode *node, VariantNode *&pending) {
	VariantNode *names = node->class_names;
	if (names != nullptr && let_go(names)) {
		names->class_names = pending;
		pending = names;
	}
	node->class_names = pending;
	pending = node;
}

void free_nodes(VariantNode *first) {
	VariantNode *pending = nullptr;
	VariantSlab *slab = nullptr; // of the latest, which mostly share one
	uint32_t from_slab = 0;
	enlist(first, pending);
	while (pending != nullptr) {
		VariantNode *node = pending;
		pending = node->class_names;
		if ((node->flags & (VariantNode::kVariantsInside | VariantNode::kNoBlocks)) == VariantNode::kVariantsInside) {
			const Variant *values = node->variants();
			for (uint32_t i = 0; i < node->size; ++i) {
				if (VariantAccess::in_node(values[i]) && let_go(VariantAccess::node(values[i])))
					enlist(VariantAccess::node(values[i]), pending);
			}
		}
		if (node->in_slab()) {
			VariantSlab *its = VariantSlab::of(node);
			if (its != slab && slab != nullptr) {
				slab->let_go(from_slab);
				from_slab = 0;
			}
			slab = its;
			++from_slab;
			continue;
		}
		const Allocator *allocator = node->allocator;
		if (node->index != nullptr)
			allocator->release(allocator->user, node->index, sizeof(uint32_t) << node->index_bits);
		allocator->release(allocator->user, node, VariantAccess::node_bytes(node->holds_variants(), node->capacity));
	}
	if (slab != nullptr) slab->let_go(from_slab);
}

} // namespace

VariantSlab *VariantSlab::create(VariantMemory &memory, size_t bytes) {
	NETPEER_ASSERT(bytes >= kVariantSlabHeaderBytes && bytes <= kMostBytes);
	if (!charge(memory, bytes)) return nullptr;
	void *block = memory.allocator->allocate(memory.allocator->user, bytes);
	if (block == nullptr) {
		memory.left += bytes;
		return nullptr;
	}
	VariantSlab *slab = new (block) VariantSlab;
	slab->allocator = memory.allocator;
	slab->blocks.store(1, std::memory_order_relaxed);
	slab->bytes = static_cast<uint32_t>(bytes);
	slab->used = static_cast<uint32_t>(kVariantSlabHeaderBytes);
	return slab;
}

void VariantSlab::let_go(uint32_t count) {
	if (blocks.load(std::memory_order_acquire) != count && blocks.fetch_sub(count, std::memory_order_acq_rel) != count)
		return;
	allocator->release(allocator->user, this, bytes);
}

VariantNode *VariantAccess::new_node(VariantMemory &memory, bool holds_variants, size_t capacity) {
	if (capacity > (holds_variants ? Variant::kMaxElements * 2 : size_t{INT32_MAX})) return nullptr;
	if (holds_variants && capacity > (SIZE_MAX - sizeof(VariantNode)) / sizeof(Variant)) return nullptr;
	const size_t bytes = node_bytes(holds_variants, capacity);
	if (!charge(memory, bytes)) return nullptr;
	void *block = memory.allocator->allocate(memory.allocator->user, bytes);
	if (block == nullptr) {
		memory.left += bytes;
		return nullptr;
	}
	return init_node(block, memory.allocator, holds_variants ? VariantNode::kVariantsInside : 0, capacity);
}

Error VariantAccess::own_node(Variant &value, VariantMemory *memory, bool holds_variants, size_t capacity) {
	if (!value.in_node()) {
		return with_memory(memory, [&](VariantMemory &from) {
			VariantNode *node = new_node(from, holds_variants, capacity);
			if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
			value.adopt(value.type_, node);
			return Error::OK;
		});
	}
	VariantNode *node = value.node();
	VariantMemory from{node->allocator, memory != nullptr ? memory->left : SIZE_MAX};
	if (is_shared(node)) {
		VariantNode *copy = new_node(from, holds_variants, capacity > node->size ? capacity : node->size);
		if (copy == nullptr) return Error::ERR_OUT_OF_MEMORY;
		copy->size = node->size;
		copy->path_names = node->path_names;
		copy->flags = node->value_flags();
		copy->declared[0] = node->declared[0];
		copy->declared[1] = node->declared[1];
		if (holds_variants) {
			for (uint32_t i = 0; i < node->size; ++i) new (copy->variants() + i) Variant(node->variants()[i]);
		} else if (node->size != 0) {
			std::memcpy(copy->bytes(), node->bytes(), node->size);
		}
		copy->class_names = node->class_names;
		if (copy->class_names != nullptr) hold(copy->class_names);
		if (node->index != nullptr && make_index(copy, node->size / 2, from) != Error::OK) {
			free_nodes(copy);
			return Error::ERR_OUT_OF_MEMORY;
		}
		value.drop_node();
		value.adopt(value.type_, copy);
		node = copy;
	} else if (capacity > node->capacity) {
		size_t target = node->capacity + size_t{node->capacity} / 2;
		if (target < kVariantFirstElements) target = kVariantFirstElements;
		if (target < capacity) target = capacity;
		if (holds_variants &&
		        (target > (SIZE_MAX - sizeof(VariantNode)) / sizeof(Variant) || target > Variant::kMaxElements * 2))
			return Error::ERR_OUT_OF_MEMORY;
		const size_t before = node_bytes(holds_variants, node->capacity);
		const size_t after = node_bytes(holds_variants, target);
		const bool in_slab = node->in_slab();
		if (!charge(from, in_slab ? after : after - before)) return Error::ERR_OUT_OF_MEMORY;
		void *grown = in_slab ? from.allocator->allocate(from.allocator->user, after)
		                      : from.allocator->reallocate(from.allocator->user, node, before, after);
		if (grown == nullptr) return Error::ERR_OUT_OF_MEMORY;
		if (in_slab) {
			std::memcpy(grown, static_cast<const void *>(node), before);
			VariantSlab::of(node)->let_go(1);
		}
		node = static_cast<VariantNode *>(grown);
		if (in_slab) {
			node->index_bits = 0;
			node->flags = node->value_flags();
		}
		node->capacity = static_cast<uint32_t>(target);
		value.adopt(value.type_, node);
	}
	node->hash.store(0, std::memory_order_relaxed);
	node->flags &= static_cast<uint8_t>(~VariantNode::kNoBlocks);
	if (memory != nullptr) memory->left = from.left;
	return Error::OK;
}

Error VariantAccess::set_class_names(
        Variant &value, const Variant &key, const Variant &element, VariantMemory &memory) {
	VariantNode *names = new_node(memory, true, 2);
	if (names == nullptr) return Error::ERR_OUT_OF_MEMORY;
	new (names->variants()) Variant(key);
	new (names->variants() + 1) Variant(element);
	names->size = 2;
	NETPEER_ASSERT(value.node()->class_names == nullptr);
	value.node()->class_names = names;
	return Error::OK;
}

void Variant::adopt(VariantType type, VariantNode *node) {
	std::memset(raw_, 0, sizeof(raw_));
	std::memcpy(raw_, &node, sizeof(node));
	small_ = kInNode;
	type_ = type;
}

void Variant::drop_node() noexcept {
	VariantNode *gone = node();
	if (let_go(gone)) free_nodes(gone);
}

Variant::Variant(const Variant &other) noexcept {
	std::memcpy(static_cast<void *>(this), &other, sizeof(*this));
	if (in_node()) hold(node());
}

Variant &Variant::operator=(const Variant &other) noexcept {
	Variant copy(other);
	return *this = std::move(copy);
}

} // namespace netpeer
