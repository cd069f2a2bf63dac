// Equality, hashes and the search for keys. Nothing recurses: what is under way stands in a table of kVariantMaxDepth frames.
#include "keyed_hash.h"
#include "netpeer_assert.h"
#include "random_source.h"
#include "variant_node.h"

namespace netpeer {

namespace {

enum class Verdict : uint8_t { kUnequal, kEqual, kEnter };

bool same_float(double a, double b) { return a == b || (a != a && b != b); }

template <class T> bool same_floats(const void *a, const void *b, size_t bytes) {
	for (size_t i = 0; i < bytes; i += sizeof(T)) {
		T x, y;
		std::memcpy(&x, static_cast<const uint8_t *>(a) + i, sizeof(T));
		std::memcpy(&y, static_cast<const uint8_t *>(b) + i, sizeof(T));
		if (!same_float(static_cast<double>(x), static_cast<double>(y))) return false;
	}
	return true;
}

// Bytes per floating-point component of the content, 0 where it is compared as bytes.
size_t float_bytes_of(VariantType type) {
	switch (type) {
	case VariantType::kFloat:
	case VariantType::kPackedFloat64Array: return 8;
	case VariantType::kVector2i:
	case VariantType::kRect2i:
	case VariantType::kVector3i:
	case VariantType::kVector4i: return 0;
	case VariantType::kPackedFloat32Array:
	case VariantType::kPackedVector2Array:
	case VariantType::kPackedVector3Array:
	case VariantType::kPackedVector4Array:
	case VariantType::kPackedColorArray: return 4;
	default: return variant_math_bytes(type) != 0 ? 4 : 0;
	}
}

bool holds_values(const Variant &value) {
	return VariantAccess::in_node(value) && VariantAccess::node(value)->holds_variants();
}

bool same_class_name(const Variant &a, const Variant &b) {
	return a.element_class() == b.element_class() && a.key_class() == b.key_class();
}

// Decides what can be decided without looking at elements.
Verdict compare_shallow(const Variant &a, const Variant &b) {
	if (std::memcmp(&a, &b, sizeof(Variant)) == 0) return Verdict::kEqual;
	if (a.type() != b.type()) return Verdict::kUnequal;
	const size_t float_bytes = float_bytes_of(a.type());
	if (!VariantAccess::in_node(a) || !VariantAccess::in_node(b)) {
		if (VariantAccess::in_node(a) != VariantAccess::in_node(b)) {
			// Memory that was reserved, and nothing else, may be the difference.
			const bool both_empty = a.size() == 0 && b.size() == 0 && a.type() != VariantType::kSignal &&
			                        a.type() != VariantType::kObject && float_bytes_of(a.type()) == 0;
			const bool may = both_empty && a.type() != VariantType::kString && a.type() != VariantType::kStringName;
			if (!may || a.is_absolute_path() != b.is_absolute_path()) return Verdict::kUnequal;
			return a.element_type() == b.element_type() && a.key_type() == b.key_type() ? Verdict::kEqual
			                                                                            : Verdict::kUnequal;
		}
		if (float_bytes == 0) return Verdict::kUnequal;
		if (float_bytes == 8) return same_float(a.as_float(), b.as_float()) ? Verdict::kEqual : Verdict::kUnequal;
		const bool same =
		        same_floats<float>(VariantAccess::raw(a), VariantAccess::raw(b), variant_math_bytes(a.type()));
		return same ? Verdict::kEqual : Verdict::kUnequal;
	}
	VariantNode *x = VariantAccess::node(a);
	VariantNode *y = VariantAccess::node(b);
	if (x->size != y->size || x->path_names != y->path_names || x->value_flags() != y->value_flags())
		return Verdict::kUnequal;
	if (!x->holds_variants()) {
		bool same = false;
		if (float_bytes == 8)
			same = same_floats<double>(x->bytes(), y->bytes(), x->size);
		else if (float_bytes == 4)
			same = same_floats<float>(x->bytes(), y->bytes(), x->size);
		else
			same = x->size == 0 || std::memcmp(x->bytes(), y->bytes(), x->size) == 0;
		return same ? Verdict::kEqual : Verdict::kUnequal;
	}
	if (x->declared[0] != y->declared[0] || x->declared[1] != y->declared[1] || !same_class_name(a, b))
		return Verdict::kUnequal;
	return x->size == 0 ? Verdict::kEqual : Verdict::kEnter;
}

// Two containers under comparison. Lists go element by element. For dictionaries: pair `i` of a, and candidate number `j`
// for its partner in b.
struct CompareFrame {
	VariantNode *a;
	VariantNode *b;
	uint32_t i;
	uint32_t j;
	uint32_t hash;
	uint8_t is_dictionary;
	uint8_t in_value;
};

// Pair number of the frame's candidate `j`; false when there is none left.
bool candidate_pair(const CompareFrame &frame, uint32_t &pair) {
	const uint32_t pairs = frame.b->size / 2;
	if (frame.b->index == nullptr) {
		if (frame.j >= pairs) return false;
		pair = frame.i + frame.j; // most likely in the same order
		if (pair >= pairs) pair -= pairs;
		return true;
	}
	const uint32_t mask = (1u << frame.b->index_bits) - 1;
	const uint32_t entry = frame.j <= mask ? frame.b->index[(frame.hash + frame.j) & mask] : 0;
	pair = entry - 1;
	return entry != 0;
}

Verdict compare_next_candidate(CompareFrame &frame) {
	const Variant &key = frame.a->variants()[frame.i * 2];
	uint32_t pair = 0;
	for (; candidate_pair(frame, pair); ++frame.j) {
		const Variant &other = frame.b->variants()[pair * 2];
		Verdict verdict = compare_shallow(key, other);
		if (verdict == Verdict::kEnter && VariantAccess::hash(key) != VariantAccess::hash(other))
			verdict = Verdict::kUnequal;
		if (verdict == Verdict::kUnequal) continue;
		frame.in_value = 0;
		return verdict;
	}
	return Verdict::kUnequal;
}

Verdict start_pair(CompareFrame &frame) {
	frame.j = 0;
	frame.hash = frame.b->index != nullptr ? VariantAccess::hash(frame.a->variants()[frame.i * 2]) : 0;
	return compare_next_candidate(frame);
}

bool compare_deep(const Variant &first, const Variant &second) {
	CompareFrame frames[kVariantMaxDepth];
	size_t depth = 0;
	Verdict verdict = compare_shallow(first, second);
	const Variant *a = &first;
	const Variant *b = &second;
	for (;;) {
		if (verdict == Verdict::kEnter) {
			if (depth == kVariantMaxDepth) {
				verdict = Verdict::kUnequal;
			} else {
				CompareFrame &frame = frames[depth++];
				frame = CompareFrame{VariantAccess::node(*a), VariantAccess::node(*b), 0, 0, 0,
				        a->type() == VariantType::kDictionary, 0};
				if (!frame.is_dictionary) {
					a = frame.a->variants();
					b = frame.b->variants();
					verdict = compare_shallow(*a, *b);
					continue;
				}
				verdict = start_pair(frame);
				if (verdict == Verdict::kUnequal) --depth;
			}
		} else if (depth == 0) {
			return verdict == Verdict::kEqual;
		} else {
			// `verdict` is about what the top frame looked at last.
			CompareFrame &frame = frames[depth - 1];
			uint32_t pair = 0;
			if (!frame.is_dictionary) {
				if (verdict == Verdict::kUnequal || ++frame.i == frame.a->size) {
					--depth;
					continue;
				}
				a = frame.a->variants() + frame.i;
				b = frame.b->variants() + frame.i;
				verdict = compare_shallow(*a, *b);
				continue;
			}
			if (frame.in_value) {
				if (verdict == Verdict::kUnequal || (++frame.i) * 2 == frame.a->size) {
					--depth;
					continue;
				}
				verdict = start_pair(frame);
			} else if (verdict == Verdict::kEqual) {
				(void)candidate_pair(frame, pair);
				frame.in_value = 1;
				a = frame.a->variants() + frame.i * 2 + 1;
				b = frame.b->variants() + pair * 2 + 1;
				verdict = compare_shallow(*a, *b);
				continue;
			} else {
				++frame.j;
				verdict = compare_next_candidate(frame);
			}
			if (verdict == Verdict::kUnequal) --depth; // no partner: the dictionaries differ
		}
		if (verdict == Verdict::kEnter) {
			// Only a key that holds values brings us here: enter it and its candidate.
			const CompareFrame &frame = frames[depth - 1];
			uint32_t pair = 0;
			(void)candidate_pair(frame, pair);
			a = frame.a->variants() + frame.i * 2;
			b = frame.b->variants() + pair * 2;
		}
	}
}

struct HashSecret {
	uint64_t key[2] = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u};
	HashSecret() {
		uint8_t bytes[sizeof(key)];
		// Without entropy the hash is an ordinary one: still right, only not a defence.
		if (default_random().fill(MutBytes(bytes, sizeof(bytes))) == Error::OK) std::memcpy(key, bytes, sizeof(key));
	}
};

// The one thing here that a process has in common. It decides where keys lie in an index, which nobody can see.
KeyedHash new_hash() {
	static const HashSecret secret;
	return KeyedHash(secret.key[0], secret.key[1]);
}

uint32_t finish_hash(KeyedHash &hash) {
	const uint64_t wide = hash.finish();
	const uint32_t narrow = static_cast<uint32_t>(wide ^ (wide >> 32));
	return narrow != 0 ? narrow : 1;
}

template <class T> void add_floats(KeyedHash &hash, const void *bytes, size_t count) {
	for (size_t i = 0; i < count; i += sizeof(T)) {
		T value;
		std::memcpy(&value, static_cast<const uint8_t *>(bytes) + i, sizeof(T));
		uint64_t bits = 0;
		if (value != value)
			bits = 1;
		else if (value != T{0})
			std::memcpy(&bits, &value, sizeof(T));
		hash.add(bits);
	}
}

uint32_t hash_leaf(const Variant &value) {
	KeyedHash hash = new_hash();
	const VariantType type = value.type();
	hash.add(static_cast<uint64_t>(type));
	const size_t float_bytes = float_bytes_of(type);
	ByteView content = value.packed_bytes();
	if (type == VariantType::kString || type == VariantType::kStringName)
		content = value.text();
	else if (const size_t bytes = variant_math_bytes(type))
		content = ByteView(static_cast<const uint8_t *>(VariantAccess::payload(value)), bytes);
	else if (!VariantAccess::in_node(value))
		content = ByteView(VariantAccess::raw(value), 8);
	if (float_bytes == 8)
		add_floats<double>(hash, content.data, content.size);
	else if (float_bytes == 4)
		add_floats<float>(hash, content.data, content.size);
	else
		hash.add(content);
	return finish_hash(hash);
}

uint32_t hash_pair(uint64_t first, uint64_t second) {
	KeyedHash hash = new_hash();
	hash.add(first);
	hash.add(second);
	return finish_hash(hash);
}

struct HashFrame {
	VariantNode *node;
	uint32_t i;
	uint32_t sum; // lists: chained; dictionaries: added up, as their order does not count
	uint32_t key;
	VariantType type;
};

uint32_t hash_deep(const Variant &root) {
	HashFrame frames[kVariantMaxDepth];
	size_t depth = 0;
	frames[depth++] = HashFrame{VariantAccess::node(root), 0, 1, 0, root.type()};
	for (;;) {
		HashFrame &frame = frames[depth - 1];
		if (frame.i == frame.node->size) {
			const uint32_t done = hash_pair(frame.sum, static_cast<uint64_t>(frame.type));
			frame.node->hash.store(done, std::memory_order_relaxed);
			if (--depth == 0) return done;
			continue;
		}
		const Variant &child = frame.node->variants()[frame.i];
		uint32_t found = 0;
		if (!holds_values(child)) {
			found = hash_leaf(child);
		} else if (VariantAccess::node(child)->size == 0) {
			found = hash_pair(1, static_cast<uint64_t>(child.type()));
		} else {
			found = VariantAccess::node(child)->hash.load(std::memory_order_relaxed);
			if (found == 0 && depth < kVariantMaxDepth) {
				frames[depth++] = HashFrame{VariantAccess::node(child), 0, 1, 0, child.type()};
				continue; // comes back here with the hash in the block
			}
		}
		if (frame.type != VariantType::kDictionary)
			frame.sum = hash_pair(frame.sum, found);
		else if (frame.i % 2 == 0)
			frame.key = found;
		else
			frame.sum += hash_pair(frame.key, found);
		++frame.i;
	}
}

} // namespace

bool Variant::operator==(const Variant &other) const {
	const Verdict verdict = compare_shallow(*this, other);
	return verdict == Verdict::kEnter ? compare_deep(*this, other) : verdict == Verdict::kEqual;
}

uint32_t VariantAccess::hash(const Variant &value) {
	// An empty container has the same hash with a block as without one.
	const bool listed = value.type() == VariantType::kArray || value.type() == VariantType::kDictionary ||
	                    value.type() == VariantType::kPackedStringArray || value.type() == VariantType::kNodePath;
	if (listed && value.size() == 0) return hash_pair(1, static_cast<uint64_t>(value.type()));
	if (!holds_values(value)) return hash_leaf(value);
	const uint32_t known = value.node()->hash.load(std::memory_order_relaxed);
	return known != 0 ? known : hash_deep(value);
}

uint32_t VariantAccess::find_pair(VariantNode *node, uint32_t pairs, const Variant &key) {
	const Variant *values = node->variants();
	if (node->index == nullptr) {
		if (is_plain(key)) return find_plain(node, pairs, key);
		uint32_t key_hash = 0;
		for (uint32_t i = 0; i < pairs; ++i) {
			const Variant &other = values[i * 2];
			const Verdict verdict = compare_shallow(key, other);
			if (verdict == Verdict::kEqual) return i;
			if (verdict != Verdict::kEnter) continue;
			if (key_hash == 0) key_hash = hash(key);
			if (key_hash == hash(other) && compare_deep(key, other)) return i;
		}
		return pairs;
	}
	const uint32_t mask = (1u << node->index_bits) - 1;
	const uint32_t key_hash = hash(key);
	for (uint32_t slot = key_hash & mask; node->index[slot] != 0; slot = (slot + 1) & mask) {
		const uint32_t pair = node->index[slot] - 1;
		if (key == values[pair * 2]) return pair;
	}
	return pairs;
}

Error VariantAccess::make_index(VariantNode *node, size_t pairs, VariantMemory &memory) {
	if (pairs <= kVariantScannedPairs) return Error::OK;
	NETPEER_ASSERT(!node->in_slab());
	// At least a third of the slots stays empty.
	if (node->index != nullptr && pairs <= (size_t{1} << node->index_bits) / 3 * 2) return Error::OK;
	uint8_t bits = 6;
	while ((size_t{1} << bits) / 3 * 2 < pairs) ++bits;
	const size_t bytes = sizeof(uint32_t) << bits;
	if (!charge(memory, bytes)) return Error::ERR_OUT_OF_MEMORY;
	void *block = memory.allocator->allocate(memory.allocator->user, bytes);
	if (block == nullptr) {
		memory.left += bytes;
		return Error::ERR_OUT_OF_MEMORY;
	}
	std::memset(block, 0, bytes);
	if (node->index != nullptr)
		node->allocator->release(node->allocator->user, node->index, sizeof(uint32_t) << node->index_bits);
	node->index = static_cast<uint32_t *>(block);
	node->index_bits = bits;
	for (uint32_t i = 0; i < node->size / 2; ++i) enter_index(node, i);
	return Error::OK;
}

void VariantAccess::enter_index(VariantNode *node, uint32_t pair) {
	if (node->index == nullptr) return;
	const uint32_t mask = (1u << node->index_bits) - 1;
	uint32_t slot = hash(node->variants()[pair * 2]) & mask;
	while (node->index[slot] != 0) slot = (slot + 1) & mask;
	node->index[slot] = pair + 1;
}

} // namespace netpeer
