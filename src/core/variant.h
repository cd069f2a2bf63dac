// Variant: one value of any of Godot's 39 types, 24 bytes. Numbers, vectors, colours and strings up to 22 bytes lie in it;
// what is larger lies in one block of its own.
//
// Copying never fails and costs no memory: copies share blocks, and changing one copies the block it changes first, so
// a copy is a value of its own. (Godot's arrays and dictionaries are references: there a change shows in every copy.)
// For the same reason no value can contain itself. Nothing here recurses: values may be nested as deep as memory allows.
#pragma once

#include "allocator.h"
#include "bytes.h"
#include "error_list.h"
#include "variant_types.h"

#include <type_traits>

namespace netpeer {

/// Where blocks come from and how many bytes more may be taken: what does not fit is refused before it is asked for.
/// Nothing is added to `left` when a value goes. The allocator must outlive every value made with it.
struct VariantMemory {
	const Allocator *allocator = default_allocator(); // borrowed; never null
	size_t left = SIZE_MAX;                           // bytes
};

struct VariantNode;

/// A value. The default is nil. Calls that need memory take it from `memory`, or from default_allocator() when that is
/// null; where a value already has a block, that block's allocator stays. On any error the value is what it was.
/// Common errors: ERR_OUT_OF_MEMORY (allocator, budget, or more than kMaxElements); ERR_INVALID_PARAMETER (the value is not
/// of the type the call is for, an index past the end, text that is not UTF-8 or holds a zero byte).
/// Different values may be used on different threads, also when they are copies of each other, if their allocator can.
/// Origin: Godot Variant.
class Variant {
public:
	/// Of an array, a dictionary or a packed array; of a text in bytes.
	static constexpr size_t kMaxElements = 0x3fffffff;
	/// Longer strings need a block.
	static constexpr size_t kInlineTextBytes = 22;

	Variant() = default;
	/// @{
	/// A bool, an int (64 bits; uint64_t wraps to negative) or a float (a double).
	template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0>
	Variant(T value) : type_(VariantType::kBool) {
		raw_[0] = value ? 1 : 0;
	}
	template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
	Variant(T value) : type_(VariantType::kInt) {
		const int64_t wide = static_cast<int64_t>(value);
		std::memcpy(raw_, &wide, sizeof(wide));
	}
	template <class T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0>
	Variant(T value) : type_(VariantType::kFloat) {
		const double wide = static_cast<double>(value);
		std::memcpy(raw_, &wide, sizeof(wide));
	}
	/// @}
	/// Vectors, rectangles, Plane, Quaternion and Color: what fits. For the larger ones see set_math().
	template <class T, size_t = sizeof(variant_type_of<T>::value), std::enable_if_t<sizeof(T) <= 16, int> = 0>
	Variant(const T &value) : type_(variant_type_of<T>::value) {
		std::memcpy(raw_, &value, sizeof(T));
	}
	Variant(const Variant &other) noexcept;
	Variant(Variant &&other) noexcept { take(other); }
	Variant &operator=(const Variant &other) noexcept;
	Variant &operator=(Variant &&other) noexcept {
		if (this == &other) return *this;
		Variant old(std::move(*this)); // last to go: `other` may lie inside it
		take(other);
		return *this;
	}
	~Variant() {
		if (in_node()) drop_node();
	}

	VariantType type() const { return type_; }
	bool is_nil() const { return type_ == VariantType::kNil; }
	/// Same type and same content. NaN equals NaN and 0.0 equals -0.0; the order of a dictionary does not count; declared
	/// element types do. Values nested deeper than 1024 are unequal unless they share a block.
	bool operator==(const Variant &other) const;
	bool operator!=(const Variant &other) const { return !(*this == other); }

	// --- plain values. Reading another type gives false, 0 or a default struct. ---

	bool as_bool() const { return type_ == VariantType::kBool && raw_[0] != 0; }
	int64_t as_int() const { return inline_as<int64_t>(VariantType::kInt); }
	double as_float() const { return inline_as<double>(VariantType::kFloat); }
	template <class T> T as_math() const {
		T value;
		if (type_ == variant_type_of<T>::value) std::memcpy(&value, payload(), sizeof(T));
		return value;
	}
	template <class T> Error set_math(const T &value, VariantMemory *memory = nullptr) {
		return set_math_bytes(variant_type_of<T>::value, &value, sizeof(T), memory);
	}
	/// 0 is the empty RID.
	static Variant rid(uint64_t id) { return of_id(VariantType::kRid, id); }
	/// An object known by its instance id only, which is never looked up. 0 is the null object.
	static Variant object(uint64_t instance_id) { return of_id(VariantType::kObject, instance_id); }
	static Variant callable() { return of_id(VariantType::kCallable, 0); }
	/// Id of an RID, of an object known by id, of a signal's object; else 0.
	uint64_t id() const;

	// --- String, StringName, NodePath, Signal ---

	Error set_string(ByteView utf8, VariantMemory *memory = nullptr);
	Error set_string(const char *utf8, VariantMemory *memory = nullptr) { return set_string(view_of(utf8), memory); }
	Error set_string_name(ByteView utf8, VariantMemory *memory = nullptr);
	/// Text of a String or StringName, name of a Signal; else empty. Valid until the value changes or moves.
	ByteView text() const;
	/// From text as Godot reads it: "/arena/Main:position:x" is absolute, two names, two subnames.
	Error set_node_path(ByteView path, VariantMemory *memory = nullptr);
	/// From parts: Strings, the first `names` of which are names and the rest subnames.
	Error set_node_path_parts(
	        const Variant *parts, size_t count, size_t names, bool absolute, VariantMemory *memory = nullptr);
	bool is_absolute_path() const;
	/// How many of the at() are names; the rest are subnames.
	size_t path_names() const;
	/// `instance_id` names the signal's object. The empty signal is set_signal({}, 0).
	Error set_signal(ByteView name, uint64_t instance_id, VariantMemory *memory = nullptr);

	// --- what has elements ---

	/// Elements of an Array or packed array, pairs of a Dictionary, parts of a NodePath, properties of an object; else 0.
	size_t size() const;
	/// Element of an Array or PackedStringArray, part of a NodePath; nil past the end.
	const Variant &at(size_t index) const;
	/// An empty, untyped Array.
	static Variant array() { return of_id(VariantType::kArray, 0); }
	/// Room for `count` elements (or pairs) in all.
	Error reserve(size_t count, VariantMemory *memory = nullptr);
	/// Array, or PackedStringArray and a String. A typed array refuses other types.
	Error push_back(Variant value, VariantMemory *memory = nullptr);
	Error set_at(size_t index, Variant value, VariantMemory *memory = nullptr);

	/// An empty, untyped Dictionary.
	static Variant dictionary() { return of_id(VariantType::kDictionary, 0); }
	/// In the order of insertion; nil past the end.
	const Variant &key_at(size_t index) const;
	const Variant &value_at(size_t index) const;
	/// Null when there is none. Keys are equal by ==: 1 is not 1.0, and a String is not a StringName.
	const Variant *find(const Variant &key) const;
	/// By a String or StringName key of this text.
	const Variant *find_text(ByteView key) const;
	/// Adds a pair, or replaces the value where the key is there. A typed dictionary refuses other types.
	Error insert(Variant key, Variant value, VariantMemory *memory = nullptr);
	/// Takes out a pair; the later ones move up. ERR_DOES_NOT_EXIST when there is none.
	Error erase(const Variant &key, VariantMemory *memory = nullptr);

	/// Declares the element type of an empty Array. kNil is none. `class_name` is for kObject, and may be empty.
	Error set_element_type(VariantType type, ByteView class_name = {}, VariantMemory *memory = nullptr);
	/// The same for an empty Dictionary's keys and values.
	Error set_pair_types(VariantType key, ByteView key_class, VariantType value, ByteView value_class,
	        VariantMemory *memory = nullptr);
	/// Declared type of an Array's elements or a Dictionary's values; kNil for none.
	VariantType element_type() const { return declared_type(1); }
	VariantType key_type() const { return declared_type(0); }
	ByteView element_class() const { return declared_class(1); }
	ByteView key_class() const { return declared_class(0); }

	/// A packed array of `type` with a copy of `count` elements in the machine's byte order (bytes, numbers, Vector2, ...).
	/// For PackedStringArray: `elements` are Variants of type String.
	Error set_packed(VariantType type, const void *elements, size_t count, VariantMemory *memory = nullptr);
	/// The elements of a packed array other than PackedStringArray, in the machine's byte order and aligned for their type.
	/// Empty for other types; valid until the value changes or moves.
	ByteView packed_bytes() const;
	template <class T> const T *packed() const { return reinterpret_cast<const T *>(packed_bytes().data); }

	// --- object data: an object as a class name and properties, which is all that is ever made of one ---

	/// `class_name` must not be empty.
	Error set_object_data(ByteView class_name, VariantMemory *memory = nullptr);
	bool is_object_data() const { return type_ == VariantType::kObject && in_node(); }
	ByteView class_name() const;
	Error add_property(ByteView name, Variant value, VariantMemory *memory = nullptr);
	ByteView property_name(size_t index) const;
	const Variant &property_value(size_t index) const;

private:
	friend struct VariantAccess;
	static constexpr uint8_t kInNode = 0xff;

	bool in_node() const { return small_ == kInNode; }
	// Values are bytes that may lie anywhere: taking one over is copying it and forgetting where it was.
	void take(Variant &other) {
		std::memcpy(static_cast<void *>(this), &other, sizeof(*this));
		std::memset(static_cast<void *>(&other), 0, sizeof(other));
	}
	template <class T> T inline_as(VariantType wanted) const {
		T value = 0;
		if (type_ == wanted) std::memcpy(&value, raw_, sizeof(T));
		return value;
	}
	static Variant of_id(VariantType type, uint64_t id) {
		Variant value;
		value.type_ = type;
		std::memcpy(value.raw_, &id, sizeof(id));
		return value;
	}
	VariantNode *node() const {
		VariantNode *node = nullptr;
		std::memcpy(&node, raw_, sizeof(node));
		return node;
	}
	void adopt(VariantType type, VariantNode *node);
	void drop_node() noexcept;
	const void *payload() const;
	Error set_math_bytes(VariantType type, const void *bytes, size_t count, VariantMemory *memory);
	Error set_text(VariantType type, ByteView utf8, VariantMemory *memory);
	VariantType declared_type(int which) const;
	ByteView declared_class(int which) const;

	// The first `small_` bytes of a short text, a number, components, or a pointer to the block. What is not used is zero.
	alignas(8) uint8_t raw_[kInlineTextBytes] = {};
	uint8_t small_ = 0; // kInNode: raw_ starts with the pointer
	VariantType type_ = VariantType::kNil;
};

static_assert(sizeof(Variant) == 24, "three words, one of them for the type: arrays of values are what costs memory");

/// Bytes one packed element takes in memory and on the wire; 0 when `type` is no packed array, or PackedStringArray.
size_t packed_element_bytes(VariantType type);

/// Bytes of a mathematical type (kVector2 to kColor) in memory, and with 32-bit components on the wire; else 0.
size_t variant_math_bytes(VariantType type);

} // namespace netpeer
