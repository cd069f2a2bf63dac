#include "variant.h"

#include "utf8_text.h"
#include "variant_node.h"

namespace netpeer {

namespace {

const Variant kNoVariant;

Error push_text(Variant &list, ByteView text, VariantMemory *memory) {
	Variant part;
	NETPEER_TRY(part.set_string(text, memory));
	return list.push_back(std::move(part), memory);
}

} // namespace

size_t packed_element_bytes(VariantType type) {
	switch (type) {
	case VariantType::kPackedByteArray: return 1;
	case VariantType::kPackedInt32Array:
	case VariantType::kPackedFloat32Array: return 4;
	case VariantType::kPackedInt64Array:
	case VariantType::kPackedFloat64Array:
	case VariantType::kPackedVector2Array: return 8;
	case VariantType::kPackedVector3Array: return 12;
	case VariantType::kPackedColorArray:
	case VariantType::kPackedVector4Array: return 16;
	default: return 0;
	}
}

size_t variant_math_bytes(VariantType type) {
	switch (type) {
#define NETPEER_VARIANT_MATH_BYTES(T)                                                                                  \
	case VariantType::k##T: return sizeof(T);
		NETPEER_VARIANT_MATH_LIST(NETPEER_VARIANT_MATH_BYTES)
#undef NETPEER_VARIANT_MATH_BYTES
	default: return 0;
	}
}

const void *Variant::payload() const { return in_node() ? node()->bytes() : raw_; }

// --- plain values and text ---

uint64_t Variant::id() const {
	switch (type_) {
	case VariantType::kObject: return in_node() ? 0 : inline_as<uint64_t>(type_);
	case VariantType::kRid: return inline_as<uint64_t>(type_);
	case VariantType::kSignal: return in_node() ? static_cast<uint64_t>(node()->variants()[1].as_int()) : 0;
	default: return 0;
	}
}

Error Variant::set_math_bytes(VariantType type, const void *bytes, size_t count, VariantMemory *memory) {
	Variant made;
	if (count <= kInlineTextBytes) {
		VariantAccess::set_raw(made, type, bytes, count);
	} else {
		made.type_ = type;
		NETPEER_TRY(VariantAccess::own_node(made, memory, false, count));
		std::memcpy(made.node()->bytes(), bytes, count);
		made.node()->size = static_cast<uint32_t>(count);
	}
	*this = std::move(made);
	return Error::OK;
}

Error Variant::set_text(VariantType type, ByteView utf8, VariantMemory *memory) {
	size_t length = 0;
	if (!utf8_text_length(utf8, length) || length != utf8.size) return Error::ERR_INVALID_PARAMETER;
	Variant made;
	if (length <= kInlineTextBytes) {
		VariantAccess::set_raw(made, type, utf8.data, length, static_cast<uint8_t>(length));
	} else {
		made.type_ = type;
		NETPEER_TRY(VariantAccess::own_node(made, memory, false, length));
		std::memcpy(made.node()->bytes(), utf8.data, length);
		made.node()->size = static_cast<uint32_t>(length);
	}
	*this = std::move(made);
	return Error::OK;
}

Error Variant::set_string(ByteView utf8, VariantMemory *memory) { return set_text(VariantType::kString, utf8, memory); }

Error Variant::set_string_name(ByteView utf8, VariantMemory *memory) {
	return set_text(VariantType::kStringName, utf8, memory);
}

ByteView Variant::text() const {
	if (type_ == VariantType::kSignal) return in_node() ? node()->variants()[0].text() : ByteView();
	if (type_ != VariantType::kString && type_ != VariantType::kStringName) return ByteView();
	return in_node() ? ByteView(node()->bytes(), node()->size) : ByteView(raw_, small_);
}

Error Variant::set_node_path_parts(
        const Variant *parts, size_t count, size_t names, bool absolute, VariantMemory *memory) {
	if (names > count) return Error::ERR_INVALID_PARAMETER;
	Variant made = of_id(VariantType::kNodePath, 0);
	if (count != 0 || absolute) {
		NETPEER_TRY(VariantAccess::own_node(made, memory, true, count));
		VariantNode *made_node = made.node();
		for (size_t i = 0; i < count; ++i) {
			if (parts[i].type() != VariantType::kString) return Error::ERR_INVALID_PARAMETER;
			new (made_node->variants() + i) Variant(parts[i]);
			++made_node->size;
		}
		made_node->path_names = static_cast<uint32_t>(names);
		if (absolute) made_node->flags |= VariantNode::kAbsolutePath;
	}
	*this = std::move(made);
	return Error::OK;
}

Error Variant::set_node_path(ByteView path, VariantMemory *memory) {
	Variant parts = array();
	const bool absolute = path.size != 0 && path[0] == '/';
	size_t names = 0;
	bool in_names = true;
	size_t start = 0;
	for (size_t i = 0; i <= path.size; ++i) {
		const bool ends = i == path.size || path[i] == ':' || (in_names && path[i] == '/');
		if (!ends) continue;
		if (i > start) { // nothing between two separators names nothing
			NETPEER_TRY(push_text(parts, ByteView(path.data + start, i - start), memory));
			if (in_names) ++names;
		}
		if (i < path.size && path[i] == ':') in_names = false;
		start = i + 1;
	}
	return set_node_path_parts(
	        parts.in_node() ? parts.node()->variants() : nullptr, parts.size(), names, absolute, memory);
}

bool Variant::is_absolute_path() const {
	return type_ == VariantType::kNodePath && in_node() && (node()->flags & VariantNode::kAbsolutePath) != 0;
}

size_t Variant::path_names() const { return type_ == VariantType::kNodePath && in_node() ? node()->path_names : 0; }

Error Variant::set_signal(ByteView name, uint64_t instance_id, VariantMemory *memory) {
	Variant made = of_id(VariantType::kSignal, 0);
	if (name.size != 0 || instance_id != 0) {
		Variant text;
		NETPEER_TRY(text.set_string(name, memory));
		NETPEER_TRY(VariantAccess::own_node(made, memory, true, 2));
		new (made.node()->variants()) Variant(std::move(text));
		new (made.node()->variants() + 1) Variant(static_cast<int64_t>(instance_id));
		made.node()->size = 2;
	}
	*this = std::move(made);
	return Error::OK;
}

// --- elements ---

size_t Variant::size() const {
	if (!in_node()) return 0;
	switch (type_) {
	case VariantType::kArray:
	case VariantType::kPackedStringArray:
	case VariantType::kNodePath: return node()->size;
	case VariantType::kDictionary:
	case VariantType::kObject: return node()->size / 2; // an object's class name makes its number odd
	default: break;
	}
	const size_t each = packed_element_bytes(type_);
	return each != 0 ? node()->size / each : 0;
}

const Variant &Variant::at(size_t index) const {
	const bool listed =
	        type_ == VariantType::kArray || type_ == VariantType::kPackedStringArray || type_ == VariantType::kNodePath;
	return listed && index < size() ? node()->variants()[index] : kNoVariant;
}

Error Variant::reserve(size_t count, VariantMemory *memory) {
	if (count > kMaxElements) return Error::ERR_OUT_OF_MEMORY;
	if (type_ == VariantType::kDictionary) return VariantAccess::own_node(*this, memory, true, count * 2);
	if (type_ != VariantType::kArray && type_ != VariantType::kPackedStringArray) return Error::ERR_INVALID_PARAMETER;
	return VariantAccess::own_node(*this, memory, true, count);
}

Error Variant::push_back(Variant value, VariantMemory *memory) {
	const bool strings = type_ == VariantType::kPackedStringArray;
	if (type_ != VariantType::kArray && !strings) return Error::ERR_INVALID_PARAMETER;
	if (strings && value.type_ != VariantType::kString) return Error::ERR_INVALID_PARAMETER;
	if (in_node() && !VariantAccess::fits_type(node(), 1, value)) return Error::ERR_INVALID_PARAMETER;
	const size_t count = size();
	if (count >= kMaxElements) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(VariantAccess::own_node(*this, memory, true, count + 1));
	new (node()->variants() + count) Variant(std::move(value));
	++node()->size;
	return Error::OK;
}

Error Variant::set_at(size_t index, Variant value, VariantMemory *memory) {
	const bool strings = type_ == VariantType::kPackedStringArray;
	if ((type_ != VariantType::kArray && !strings) || index >= size()) return Error::ERR_INVALID_PARAMETER;
	if (strings && value.type_ != VariantType::kString) return Error::ERR_INVALID_PARAMETER;
	if (!VariantAccess::fits_type(node(), 1, value)) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(VariantAccess::own_node(*this, memory, true, size()));
	node()->variants()[index] = std::move(value);
	return Error::OK;
}

const Variant &Variant::key_at(size_t index) const {
	return type_ == VariantType::kDictionary && index < size() ? node()->variants()[index * 2] : kNoVariant;
}

const Variant &Variant::value_at(size_t index) const {
	return type_ == VariantType::kDictionary && index < size() ? node()->variants()[index * 2 + 1] : kNoVariant;
}

const Variant *Variant::find(const Variant &key) const {
	if (type_ != VariantType::kDictionary || !in_node()) return nullptr;
	const uint32_t pairs = node()->size / 2;
	const uint32_t pair = VariantAccess::find_pair(node(), pairs, key);
	return pair < pairs ? &node()->variants()[pair * 2 + 1] : nullptr;
}

const Variant *Variant::find_text(ByteView key) const {
	// A long key would need memory to become a Variant; looking at all of them does not.
	Variant wanted;
	if (key.size <= kInlineTextBytes && size() > kVariantScannedPairs) {
		if (wanted.set_string(key) != Error::OK) return nullptr;
		if (const Variant *found = find(wanted)) return found;
		return wanted.set_string_name(key) == Error::OK ? find(wanted) : nullptr;
	}
	for (size_t i = 0; i < size(); ++i) {
		const Variant &at = key_at(i);
		if ((at.type_ == VariantType::kString || at.type_ == VariantType::kStringName) && at.text() == key)
			return &value_at(i);
	}
	return nullptr;
}

Error Variant::insert(Variant key, Variant value, VariantMemory *memory) {
	if (type_ != VariantType::kDictionary) return Error::ERR_INVALID_PARAMETER;
	if (in_node() && (!VariantAccess::fits_type(node(), 0, key) || !VariantAccess::fits_type(node(), 1, value)))
		return Error::ERR_INVALID_PARAMETER;
	const uint32_t pairs = static_cast<uint32_t>(size());
	const uint32_t pair = in_node() ? VariantAccess::find_pair(node(), pairs, key) : 0;
	if (pair < pairs) {
		NETPEER_TRY(VariantAccess::own_node(*this, memory, true, node()->size));
		node()->variants()[pair * 2 + 1] = std::move(value);
		return Error::OK;
	}
	if (pairs >= kMaxElements) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(VariantAccess::own_node(*this, memory, true, size_t{pairs} * 2 + 2));
	VariantMemory from{node()->allocator, memory != nullptr ? memory->left : SIZE_MAX};
	NETPEER_TRY(VariantAccess::make_index(node(), size_t{pairs} + 1, from));
	if (memory != nullptr) memory->left = from.left;
	new (node()->variants() + pairs * 2) Variant(std::move(key));
	new (node()->variants() + pairs * 2 + 1) Variant(std::move(value));
	node()->size += 2;
	VariantAccess::enter_index(node(), pairs);
	return Error::OK;
}

Error Variant::erase(const Variant &key, VariantMemory *memory) {
	if (type_ != VariantType::kDictionary) return Error::ERR_INVALID_PARAMETER;
	const uint32_t pairs = static_cast<uint32_t>(size());
	const uint32_t pair = in_node() ? VariantAccess::find_pair(node(), pairs, key) : pairs;
	if (pair >= pairs) return Error::ERR_DOES_NOT_EXIST;
	NETPEER_TRY(VariantAccess::own_node(*this, memory, true, node()->size));
	VariantNode *from = node();
	Variant *values = from->variants();
	const Variant old_key(std::move(values[pair * 2])); // `key` may be this very one: it dies last
	const Variant old_value(std::move(values[pair * 2 + 1]));
	for (uint32_t i = pair * 2 + 2; i < from->size; ++i) values[i - 2] = std::move(values[i]);
	from->size -= 2;
	if (from->index != nullptr) {
		std::memset(from->index, 0, sizeof(uint32_t) << from->index_bits);
		for (uint32_t i = 0; i + 1 < pairs; ++i) VariantAccess::enter_index(from, i);
	}
	return Error::OK;
}

Error Variant::set_element_type(VariantType type, ByteView class_name, VariantMemory *memory) {
	if (type_ != VariantType::kArray || size() != 0 || static_cast<uint32_t>(type) >= kVariantTypes)
		return Error::ERR_INVALID_PARAMETER;
	if (class_name.size != 0 && type != VariantType::kObject) return Error::ERR_INVALID_PARAMETER;
	Variant made = array();
	Variant name;
	NETPEER_TRY(name.set_string_name(class_name, memory));
	if (type != VariantType::kNil) {
		NETPEER_TRY(VariantAccess::own_node(made, memory, true, 0));
		made.node()->declared[1] = type;
	}
	if (class_name.size != 0) {
		NETPEER_TRY(with_memory(memory,
		        [&](VariantMemory &from) { return VariantAccess::set_class_names(made, Variant(), name, from); }));
	}
	*this = std::move(made);
	return Error::OK;
}

Error Variant::set_pair_types(
        VariantType key, ByteView key_class, VariantType value, ByteView value_class, VariantMemory *memory) {
	const auto wrong = [](VariantType type, ByteView name) {
		return static_cast<uint32_t>(type) >= kVariantTypes || (name.size != 0 && type != VariantType::kObject);
	};
	if (type_ != VariantType::kDictionary || size() != 0 || wrong(key, key_class) || wrong(value, value_class))
		return Error::ERR_INVALID_PARAMETER;
	Variant made = dictionary();
	Variant key_name, value_name;
	NETPEER_TRY(key_name.set_string_name(key_class, memory));
	NETPEER_TRY(value_name.set_string_name(value_class, memory));
	if (key != VariantType::kNil || value != VariantType::kNil) {
		NETPEER_TRY(VariantAccess::own_node(made, memory, true, 0));
		made.node()->declared[0] = key;
		made.node()->declared[1] = value;
	}
	if (key_class.size != 0 || value_class.size != 0) {
		NETPEER_TRY(with_memory(memory,
		        [&](VariantMemory &from) { return VariantAccess::set_class_names(made, key_name, value_name, from); }));
	}
	*this = std::move(made);
	return Error::OK;
}

VariantType Variant::declared_type(int which) const {
	const bool may = type_ == VariantType::kDictionary || (type_ == VariantType::kArray && which == 1);
	return may && in_node() ? node()->declared[which] : VariantType::kNil;
}

ByteView Variant::declared_class(int which) const {
	if (declared_type(which) != VariantType::kObject || node()->class_names == nullptr) return ByteView();
	return node()->class_names->variants()[which].text();
}

Error Variant::set_packed(VariantType type, const void *elements, size_t count, VariantMemory *memory) {
	Variant made = of_id(type, 0);
	const size_t each = packed_element_bytes(type);
	if (type == VariantType::kPackedStringArray) {
		const Variant *texts = static_cast<const Variant *>(elements);
		if (count != 0) NETPEER_TRY(made.reserve(count, memory));
		for (size_t i = 0; i < count; ++i) NETPEER_TRY(made.push_back(texts[i], memory));
	} else if (each == 0) {
		return Error::ERR_INVALID_PARAMETER;
	} else if (count != 0) {
		if (count > size_t{INT32_MAX} / each) return Error::ERR_OUT_OF_MEMORY;
		NETPEER_TRY(VariantAccess::own_node(made, memory, false, count * each));
		std::memcpy(made.node()->bytes(), elements, count * each);
		made.node()->size = static_cast<uint32_t>(count * each);
	}
	*this = std::move(made);
	return Error::OK;
}

ByteView Variant::packed_bytes() const {
	if (packed_element_bytes(type_) == 0 || !in_node()) return ByteView();
	return ByteView(node()->bytes(), node()->size);
}

// --- object data ---

Error Variant::set_object_data(ByteView class_name, VariantMemory *memory) {
	if (class_name.size == 0) return Error::ERR_INVALID_PARAMETER;
	Variant name;
	NETPEER_TRY(name.set_string(class_name, memory));
	Variant made = of_id(VariantType::kObject, 0);
	NETPEER_TRY(VariantAccess::own_node(made, memory, true, 1));
	new (made.node()->variants()) Variant(std::move(name));
	made.node()->size = 1;
	*this = std::move(made);
	return Error::OK;
}

ByteView Variant::class_name() const { return is_object_data() ? node()->variants()[0].text() : ByteView(); }

Error Variant::add_property(ByteView name, Variant value, VariantMemory *memory) {
	if (!is_object_data()) return Error::ERR_INVALID_PARAMETER;
	if (size() >= kMaxElements - 1) return Error::ERR_OUT_OF_MEMORY;
	Variant text;
	NETPEER_TRY(text.set_string(name, memory));
	NETPEER_TRY(VariantAccess::own_node(*this, memory, true, size_t{node()->size} + 2));
	VariantNode *to = node();
	new (to->variants() + to->size) Variant(std::move(text));
	new (to->variants() + to->size + 1) Variant(std::move(value));
	to->size += 2;
	return Error::OK;
}

ByteView Variant::property_name(size_t index) const {
	return is_object_data() && index < size() ? node()->variants()[index * 2 + 1].text() : ByteView();
}

const Variant &Variant::property_value(size_t index) const {
	return is_object_data() && index < size() ? node()->variants()[index * 2 + 2] : kNoVariant;
}

} // namespace netpeer
