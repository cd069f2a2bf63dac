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

size_t node_bytes(bool holds_variants, size_t capacity) {
	return sizeof(VariantNode) + capacity * (holds_variants ? sizeof(Variant) : 1);
}

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
	enlist(first, pending);
	while (pending != nullptr) {
		VariantNode *node = pending;
		pending = node->class_names;
		if (node->holds_variants()) {
			const Variant *values = node->variants();
			for (uint32_t i = 0; i < node->size; ++i) {
				if (VariantAccess::in_node(values[i]) && let_go(VariantAccess::node(values[i])))
					enlist(VariantAccess::node(values[i]), pending);
			}
		}
		const Allocator *allocator = node->allocator;
		if (node->index != nullptr)
			allocator->release(allocator->user, node->index, sizeof(uint32_t) << node->index_bits);
		allocator->release(allocator->user, node, node_bytes(node->holds_variants(), node->capacity));
	}
}

} // namespace

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
	VariantNode *node = new (block) VariantNode;
	node->allocator = memory.allocator;
	node->references.store(1, std::memory_order_relaxed);
	node->hash.store(0, std::memory_order_relaxed);
	node->size = 0;
	node->capacity = static_cast<uint32_t>(capacity);
	node->index = nullptr;
	node->path_names = 0;
	node->index_bits = 0;
	node->flags = holds_variants ? VariantNode::kVariantsInside : 0;
	node->declared[0] = VariantType::kNil;
	node->declared[1] = VariantType::kNil;
	node->class_names = nullptr;
	return node;
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
		copy->flags = node->flags;
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
		if (!charge(from, after - before)) return Error::ERR_OUT_OF_MEMORY;
		void *grown = from.allocator->reallocate(from.allocator->user, node, before, after);
		if (grown == nullptr) return Error::ERR_OUT_OF_MEMORY;
		node = static_cast<VariantNode *>(grown);
		node->capacity = static_cast<uint32_t>(target);
		value.adopt(value.type_, node);
	}
	node->hash.store(0, std::memory_order_relaxed);
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
