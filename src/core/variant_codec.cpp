// Layouts: docs/godot-errata.md names where we differ from Godot. Every value: [header u32][payload], little-endian, padded
// to 4 bytes. Header: type in bits 0-7, flags from bit 16 on.
#include "variant_codec.h"

#include "netpeer_assert.h"
#include "number_text.h"
#include "utf8_text.h"
#include "variant_node.h"

namespace netpeer {

namespace {

constexpr uint32_t kFlag64 = 1u << 16; // numbers and reals: 64-bit
constexpr uint32_t kFlagObjectId = 1u << 16;
constexpr uint32_t kKindBuiltin = 1; // how a declared element type is given
constexpr uint32_t kKindClass = 2;
constexpr uint32_t kKindScript = 3;
constexpr uint32_t kKeyKindShift = 16; // dictionaries; arrays have their only kind here
constexpr uint32_t kValueKindShift = 18;
constexpr uint32_t kNodePathMarker = 0x80000000u;
constexpr uint32_t kSharedMark = 0x80000000u; // of old: on counts, without a meaning
constexpr uint32_t kNodePathAbsolute = 1;
constexpr uint32_t kNodePathProperty = 2; // of old: one subname more than counted
const char kObjectAsIdClass[] = "EncodedObjectAsID";

constexpr uint8_t kNoGodot3Type = 0xff;
constexpr VariantType kGodot3Types[] = {VariantType::kNil, VariantType::kBool, VariantType::kInt, VariantType::kFloat,
        VariantType::kString, VariantType::kVector2, VariantType::kRect2, VariantType::kVector3,
        VariantType::kTransform2D, VariantType::kPlane, VariantType::kQuaternion, VariantType::kAABB,
        VariantType::kBasis, VariantType::kTransform3D, VariantType::kColor, VariantType::kNodePath, VariantType::kRid,
        VariantType::kObject, VariantType::kDictionary, VariantType::kArray, VariantType::kPackedByteArray,
        VariantType::kPackedInt32Array, VariantType::kPackedFloat32Array, VariantType::kPackedStringArray,
        VariantType::kPackedVector2Array, VariantType::kPackedVector3Array, VariantType::kPackedColorArray};
constexpr uint32_t kGodot3TypeCount = sizeof(kGodot3Types) / sizeof(kGodot3Types[0]);

uint8_t godot3_number(VariantType type) {
	for (uint8_t i = 0; i < kGodot3TypeCount; ++i) {
		if (kGodot3Types[i] == type) return i;
	}
	return kNoGodot3Type;
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
constexpr bool kSwapBytes = true;
#else
constexpr bool kSwapBytes = false;
#endif

uint32_t swapped(uint32_t x) { return (x << 24) | ((x & 0xff00u) << 8) | ((x >> 8) & 0xff00u) | (x >> 24); }
uint64_t swapped(uint64_t x) {
	return (uint64_t{swapped(static_cast<uint32_t>(x))} << 32) | swapped(static_cast<uint32_t>(x >> 32));
}
uint32_t load_u32(const uint8_t *p) {
	uint32_t value = 0;
	std::memcpy(&value, p, sizeof(value));
	return kSwapBytes ? swapped(value) : value;
}
uint64_t load_u64(const uint8_t *p) {
	uint64_t value = 0;
	std::memcpy(&value, p, sizeof(value));
	return kSwapBytes ? swapped(value) : value;
}
void store_u32(uint8_t *p, uint32_t value) {
	if (kSwapBytes) value = swapped(value);
	std::memcpy(p, &value, sizeof(value));
}
void store_u64(uint8_t *p, uint64_t value) {
	if (kSwapBytes) value = swapped(value);
	std::memcpy(p, &value, sizeof(value));
}

// Elements of `width` bytes between the machine's order and little-endian: a plain copy on nearly every machine.
void copy_elements(uint8_t *to, const uint8_t *from, size_t bytes, size_t width) {
	if (!kSwapBytes) {
		if (bytes != 0) std::memcpy(to, from, bytes);
		return;
	}
	for (size_t i = 0; i < bytes; i += width) {
		for (size_t k = 0; k < width; ++k) to[i + k] = from[i + width - 1 - k];
	}
}

// Width of what is swapped on a big-endian machine.
size_t element_width(VariantType type) {
	switch (type) {
	case VariantType::kPackedByteArray: return 1;
	case VariantType::kPackedInt64Array:
	case VariantType::kPackedFloat64Array: return 8;
	default: return 4;
	}
}

// Types whose components are 64-bit in a double-precision build.
bool has_reals(VariantType type) {
	switch (type) {
	case VariantType::kVector2:
	case VariantType::kRect2:
	case VariantType::kVector3:
	case VariantType::kTransform2D:
	case VariantType::kVector4:
	case VariantType::kPlane:
	case VariantType::kQuaternion:
	case VariantType::kAABB:
	case VariantType::kBasis:
	case VariantType::kTransform3D:
	case VariantType::kProjection:
	case VariantType::kPackedVector2Array:
	case VariantType::kPackedVector3Array:
	case VariantType::kPackedVector4Array: return true;
	default: return false;
	}
}

bool fits_float(double wide) {
	return static_cast<double>(narrow_to_float(wide)) == wide; // NaN equals nothing, so it stays 64-bit
}

int64_t raw_int(const uint8_t *raw) {
	int64_t number = 0;
	std::memcpy(&number, raw, 8);
	return number;
}
double raw_double(const uint8_t *raw) {
	double number = 0;
	std::memcpy(&number, raw, 8);
	return number;
}
bool fits_int32(int64_t number) { return number == static_cast<int32_t>(number); }

size_t padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

uint32_t depth_of(uint32_t wanted) { return wanted < kVariantMaxDepth ? wanted : kVariantMaxDepth; }

// --- writing: the same walk twice, first to count, then into memory that is known to be enough ---

struct CountingSink {
	uint64_t bytes = 0;

	// The simple values, the same ones as for WritingSink; false for all others.
	bool simple(VariantType type, uint8_t small, const uint8_t *raw) {
		switch (type) {
		case VariantType::kNil: bytes += 4; return true;
		case VariantType::kBool: bytes += 8; return true;
		case VariantType::kInt: bytes += fits_int32(raw_int(raw)) ? 8 : 12; return true;
		case VariantType::kFloat: bytes += fits_float(raw_double(raw)) ? 8 : 12; return true;
		case VariantType::kString:
			if (small > Variant::kInlineTextBytes) return false;
			bytes += 8 + padded(small);
			return true;
		default: return false;
		}
	}
	void u32(uint32_t) { bytes += 4; }
	void u64(uint64_t) { bytes += 8; }
	void text(ByteView text, size_t terminator) { bytes += 4 + padded(text.size + terminator); }
	void elements(const uint8_t *, size_t size, size_t) { bytes += padded(size); }
	void widened(const uint8_t *, size_t size) { bytes += uint64_t{size} * 2; }
};

struct WritingSink {
	uint8_t *at;

	// Numbers and short texts, whose type numbers are the same in all dialects.
	bool simple(VariantType type, uint8_t small, const uint8_t *raw) {
		switch (type) {
		case VariantType::kNil: u32(0); return true;
		case VariantType::kBool:
			u32(1);
			u32(raw[0]);
			return true;
		case VariantType::kInt: {
			const int64_t number = raw_int(raw);
			if (fits_int32(number)) {
				u32(static_cast<uint32_t>(VariantType::kInt));
				u32(static_cast<uint32_t>(number));
			} else {
				u32(static_cast<uint32_t>(VariantType::kInt) | kFlag64);
				u64(static_cast<uint64_t>(number));
			}
			return true;
		}
		case VariantType::kFloat: {
			const double number = raw_double(raw);
			if (fits_float(number)) {
				const float narrow = narrow_to_float(number);
				uint32_t bits = 0;
				std::memcpy(&bits, &narrow, 4);
				u32(static_cast<uint32_t>(VariantType::kFloat));
				u32(bits);
			} else {
				uint64_t bits = 0;
				std::memcpy(&bits, &number, 8);
				u32(static_cast<uint32_t>(VariantType::kFloat) | kFlag64);
				u64(bits);
			}
			return true;
		}
		case VariantType::kString: {
			if (small > Variant::kInlineTextBytes) return false;
			u32(static_cast<uint32_t>(VariantType::kString));
			u32(small);
			// What is behind a short text in its value is zero, as padding has to be; but for the last two bytes, which
			// only texts of more than 20 reach.
			const size_t all = padded(small);
			for (size_t i = 0; i < all; i += 4) std::memcpy(at + i, raw + i, 4);
			if (all == 24) std::memset(at + 22, 0, 2);
			at += all;
			return true;
		}
		default: return false;
		}
	}

	void u32(uint32_t value) {
		store_u32(at, value);
		at += 4;
	}
	void u64(uint64_t value) {
		store_u64(at, value);
		at += 8;
	}
	void text(ByteView text, size_t terminator) {
		const size_t length = text.size + terminator;
		u32(static_cast<uint32_t>(length));
		if (length == 0) return;
		const size_t all = padded(length);
		store_u32(at + all - 4, 0); // padding, and the terminator where it lies in the last word
		if (terminator != 0 && text.size % 4 == 3) at[text.size] = 0;
		copy_text(at, text);
		at += all;
	}
	void elements(const uint8_t *from, size_t size, size_t width) {
		if (size == 0) return;
		const size_t all = padded(size);
		store_u32(at + all - 4, 0);
		copy_elements(at, from, size, width);
		at += all;
	}
	void widened(const uint8_t *from, size_t size) {
		for (size_t i = 0; i < size; i += 4) {
			float value;
			std::memcpy(&value, from + i, 4);
			const double wide = static_cast<double>(value);
			uint64_t bits = 0;
			std::memcpy(&bits, &wide, 8);
			u64(bits);
		}
	}

private:
	// Most texts are short: words, then bytes, beat a call.
	static void copy_text(uint8_t *to, ByteView text) {
		if (text.size > 32) {
			std::memcpy(to, text.data, text.size);
			return;
		}
		size_t i = 0;
		for (; i + 4 <= text.size; i += 4) std::memcpy(to + i, text.data + i, 4);
		for (; i < text.size; ++i) to[i] = text.data[i];
	}
};

struct EncodeFrame {
	const Variant *at;
	const Variant *end;
	bool names_too; // object data: a name without a header before each value
};

template <class Sink> class VariantWalker {
public:
	VariantWalker(const VariantEncodeOptions &options, Sink &sink) :
	        options_(options), max_depth_(depth_of(options.max_depth)), sink_(sink) {}

	Error walk(const Variant &root) {
		size_t depth = 0;
		const Variant *value = &root;
		for (;;) {
			entered_.at = nullptr;
			NETPEER_TRY(write(*value));
			if (entered_.at != nullptr) {
				if (depth == max_depth_) return Error::ERR_OUT_OF_MEMORY;
				frames_[depth++] = entered_;
			}
			for (;;) {
				if (depth == 0) return Error::OK;
				EncodeFrame &top = frames_[depth - 1];
				if (!top.names_too) write_simple(top);
				if (top.at != top.end) {
					if (top.names_too) sink_.text((top.at++)->text(), 0);
					value = top.at++;
					break;
				}
				--depth;
			}
		}
	}

private:
	// The short way, for as long as values are simple. On a copy of the sink, which can stay in registers.
	void write_simple(EncodeFrame &frame) {
		Sink sink = sink_;
		const Variant *at = frame.at;
		for (; at != frame.end; ++at) {
			if (!sink.simple(at->type(), VariantAccess::small(*at), VariantAccess::raw(*at))) break;
		}
		frame.at = at;
		sink_ = sink;
	}
	void header(VariantType type, uint32_t flags = 0) {
		const uint32_t number =
		        options_.dialect == VariantDialect::kGodot4 ? static_cast<uint32_t>(type) : godot3_number(type);
		sink_.u32(number | flags);
	}
	Error write(const Variant &value) {
		const VariantType type = value.type();
		if (options_.dialect == VariantDialect::kGodot3 && godot3_number(type) == kNoGodot3Type)
			return Error::ERR_INVALID_PARAMETER;
		const uint8_t *raw = VariantAccess::raw(value);
		switch (type) {
		case VariantType::kNil:
		case VariantType::kCallable: header(type); return Error::OK;
		case VariantType::kBool:
			header(type);
			sink_.u32(raw[0]);
			return Error::OK;
		case VariantType::kInt: {
			const int64_t number = value.as_int();
			const bool fits = number == static_cast<int32_t>(number);
			header(type, fits ? 0 : kFlag64);
			fits ? sink_.u32(static_cast<uint32_t>(number)) : sink_.u64(static_cast<uint64_t>(number));
			return Error::OK;
		}
		case VariantType::kFloat: write_float(value.as_float()); return Error::OK;
		case VariantType::kString:
		case VariantType::kStringName:
			header(type);
			sink_.text(value.text(), 0);
			return Error::OK;
		case VariantType::kNodePath: write_path(value); return Error::OK;
		case VariantType::kRid:
			header(type);
			if (options_.dialect == VariantDialect::kGodot4) sink_.u64(value.id());
			return Error::OK;
		case VariantType::kObject: return write_object(value);
		case VariantType::kSignal:
			header(type);
			sink_.text(value.text(), 0);
			sink_.u64(value.id());
			return Error::OK;
		case VariantType::kDictionary:
		case VariantType::kArray: return write_container(value);
		case VariantType::kPackedStringArray:
			header(type);
			sink_.u32(static_cast<uint32_t>(value.size()));
			for (size_t i = 0; i < value.size(); ++i) sink_.text(value.at(i).text(), 1);
			return Error::OK;
		default: write_components(value); return Error::OK;
		}
	}
	void write_float(double number) {
		const bool fits = fits_float(number);
		header(VariantType::kFloat, fits ? 0 : kFlag64);
		if (fits) {
			const float small = narrow_to_float(number);
			uint32_t bits = 0;
			std::memcpy(&bits, &small, 4);
			sink_.u32(bits);
		} else {
			uint64_t bits = 0;
			std::memcpy(&bits, &number, 8);
			sink_.u64(bits);
		}
	}
	// Mathematical types and packed arrays.
	void write_components(const Variant &value) {
		const VariantType type = value.type();
		const size_t bytes = variant_math_bytes(type);
		const ByteView content = bytes != 0
		                                 ? ByteView(static_cast<const uint8_t *>(VariantAccess::payload(value)), bytes)
		                                 : value.packed_bytes();
		const bool wide = options_.double_reals && options_.dialect == VariantDialect::kGodot4 && has_reals(type);
		header(type, wide ? kFlag64 : 0);
		if (bytes == 0) sink_.u32(static_cast<uint32_t>(value.size()));
		if (wide)
			sink_.widened(content.data, content.size);
		else
			sink_.elements(content.data, content.size, element_width(type));
	}
	void write_path(const Variant &value) {
		const size_t names = value.path_names();
		header(VariantType::kNodePath);
		sink_.u32(static_cast<uint32_t>(names) | kNodePathMarker);
		sink_.u32(static_cast<uint32_t>(value.size() - names));
		sink_.u32(value.is_absolute_path() ? kNodePathAbsolute : 0);
		for (size_t i = 0; i < value.size(); ++i) sink_.text(value.at(i).text(), 0);
	}
	Error write_object(const Variant &value) {
		if (!value.is_object_data()) {
			if (value.id() == 0) {
				header(VariantType::kNil);
				return Error::OK;
			}
			header(VariantType::kObject, kFlagObjectId);
			sink_.u64(value.id());
			return Error::OK;
		}
		if (!options_.full_objects) return Error::ERR_UNAUTHORIZED;
		header(VariantType::kObject);
		sink_.text(value.class_name(), 0);
		sink_.u32(static_cast<uint32_t>(value.size()));
		enter(VariantAccess::node(value), 1);
		entered_.names_too = true;
		return Error::OK;
	}
	static uint32_t kind_of(VariantType type, ByteView class_name) {
		if (type == VariantType::kNil) return 0;
		return class_name.size != 0 ? kKindClass : kKindBuiltin;
	}
	void write_kind(uint32_t kind, VariantType type, ByteView class_name) {
		if (kind == kKindBuiltin) sink_.u32(static_cast<uint32_t>(type));
		if (kind == kKindClass) sink_.text(options_.full_objects ? class_name : view_of(kObjectAsIdClass), 0);
	}
	Error write_container(const Variant &value) {
		const VariantType type = value.type();
		const bool dictionary = type == VariantType::kDictionary;
		if (!VariantAccess::in_node(value)) {
			header(type);
			sink_.u32(0);
			return Error::OK;
		}
		VariantNode *node = VariantAccess::node(value);
		if (node->declared[0] == VariantType::kNil && node->declared[1] == VariantType::kNil) {
			header(type);
		} else {
			if (options_.dialect == VariantDialect::kGodot3) return Error::ERR_INVALID_PARAMETER;
			const uint32_t key_kind = kind_of(value.key_type(), value.key_class());
			const uint32_t value_kind = kind_of(value.element_type(), value.element_class());
			header(type, dictionary ? (key_kind << kKeyKindShift) | (value_kind << kValueKindShift)
			                        : value_kind << kKeyKindShift);
			write_kind(key_kind, value.key_type(), value.key_class());
			write_kind(value_kind, value.element_type(), value.element_class());
		}
		sink_.u32(dictionary ? node->size / 2 : node->size);
		enter(node, 0);
		return Error::OK;
	}
	void enter(VariantNode *node, size_t first) {
		if (node->size == first) return;
		entered_ = EncodeFrame{node->variants() + first, node->variants() + node->size, false};
	}

	const VariantEncodeOptions &options_;
	const uint32_t max_depth_;
	Sink &sink_;
	EncodeFrame entered_{nullptr, nullptr, false};
	EncodeFrame frames_[kVariantMaxDepth];
};

void write_counted(const Variant &value, uint8_t *to, size_t bytes, const VariantEncodeOptions &options) {
	WritingSink sink{to};
	const Error wrote = VariantWalker<WritingSink>(options, sink).walk(value);
	NETPEER_ASSERT(wrote == Error::OK && sink.at == to + bytes);
	(void)wrote;
	(void)bytes;
}

// --- reading ---

enum class DecodeShape : uint8_t { kList, kDictionary, kObject };

struct DecodeFrame {
	VariantNode *node;
	uint32_t left; // Variants still to come
	DecodeShape shape;
	bool typed;
};

class VariantDecoder {
public:
	VariantDecoder(ByteView bytes, const VariantDecodeOptions &options) :
	        at_(bytes.data),
	        end_(bytes.data + bytes.size),
	        memory_(options.memory),
	        max_depth_(depth_of(options.max_depth)),
	        godot4_(options.dialect == VariantDialect::kGodot4),
	        allow_objects_(options.allow_objects),
	        may_use_slabs_(bytes.size < options.memory.left / kRoomyBudget),
	        array_header_(godot4_ ? static_cast<uint32_t>(VariantType::kArray) : godot3_number(VariantType::kArray)),
	        dictionary_header_(godot4_ ? static_cast<uint32_t>(VariantType::kDictionary)
	                                   : godot3_number(VariantType::kDictionary)) {}
	~VariantDecoder() {
		if (slab_ != nullptr) slab_->let_go(1);
	}
	VariantDecoder(const VariantDecoder &) = delete;
	VariantDecoder &operator=(const VariantDecoder &) = delete;

	const uint8_t *at() const { return at_; }

	/// On error `root` may hold what was read so far.
	Error read(Variant &root) {
		Variant *slot = &root;
		bool name = false;
		for (;;) {
			entered_.left = 0;
			if (depth_ != 0) --pending_;
			NETPEER_TRY(name ? read_text(VariantType::kString, *slot) : read_value(*slot));
			if (depth_ != 0) {
				VariantNode *node = frames_[depth_ - 1].node;
				++node->size; // from here on the value dies with its container
				if (VariantAccess::in_node(*slot)) node->flags &= static_cast<uint8_t>(~VariantNode::kNoBlocks);
			}
			bool complete = entered_.left == 0;
			if (!complete) {
				if (depth_ == max_depth_) return Error::ERR_OUT_OF_MEMORY;
				frames_[depth_++] = entered_;
			}
			while (depth_ != 0) {
				if (complete) NETPEER_TRY(close_value());
				complete = depth_ != 0 && read_simple();
				if (!complete) break;
			}
			if (depth_ == 0) return Error::OK;
			const DecodeFrame &top = frames_[depth_ - 1];
			slot = top.node->variants() + top.node->size;
			// The names of properties are strings without a header.
			name = top.shape == DecodeShape::kObject && top.left % 2 == 0;
		}
	}

private:
	// Slabs have unused ends. A budget that could be met without them and not with them is met without.
	static constexpr size_t kRoomyBudget = 64;
	// A slab for little more than one block would be waste.
	static constexpr size_t kInputWorthASlab = 64;

	size_t left() const { return static_cast<size_t>(end_ - at_); }

	/// As VariantAccess::new_node(), small ones in a slab. Never for what gets an index.
	VariantNode *make_node(bool holds_variants, size_t capacity) {
		// The capacity first: what it is multiplied with must not wrap.
		if (!may_use_slabs_ || capacity > VariantSlab::kLargestBlock)
			return VariantAccess::new_node(memory_, holds_variants, capacity);
		const size_t exact = VariantAccess::node_bytes(holds_variants, capacity);
		const size_t bytes = (exact + VariantSlab::kUnit - 1) & ~(VariantSlab::kUnit - 1);
		if (bytes > VariantSlab::kLargestBlock) return VariantAccess::new_node(memory_, holds_variants, capacity);
		if (slab_ == nullptr || bytes > slab_->bytes - slab_->used) {
			if (left() < kInputWorthASlab) return VariantAccess::new_node(memory_, holds_variants, capacity);
			if (!take_slab(bytes)) return nullptr;
		}
		const uint8_t place = static_cast<uint8_t>(slab_->used / VariantSlab::kUnit);
		VariantNode *node = VariantAccess::init_node(slab_->carve(bytes), memory_.allocator,
		        static_cast<uint8_t>(VariantNode::kInSlab | (holds_variants ? VariantNode::kVariantsInside : 0)),
		        capacity);
		node->index_bits = place;
		return node;
	}
	bool take_slab(size_t first_block) {
		if (slab_ != nullptr) slab_->let_go(1);
		// Three times the input is what values of all kinds mostly take.
		const size_t wanted =
		        kVariantSlabHeaderBytes + first_block + left() / VariantSlab::kUnit * VariantSlab::kUnit * 3;
		slab_ = VariantSlab::create(memory_, wanted < VariantSlab::kMostBytes ? wanted : VariantSlab::kMostBytes);
		return slab_ != nullptr;
	}
	bool take_u32(uint32_t &value) {
		if (left() < 4) return false;
		value = load_u32(at_);
		at_ += 4;
		return true;
	}
	// Whether so many values, of at least 4 bytes each, can still come. Counts all open containers, so that what is reserved
	// for values to come is never more than the bytes that are there could fill, however containers are nested.
	bool may_come(uint64_t values) const { return (values + pending_) * 4 <= left(); }

	// The newest value of the innermost container is complete, and with it perhaps the container, and so on.
	Error close_value() {
		while (depth_ != 0) {
			DecodeFrame &top = frames_[depth_ - 1];
			if (top.shape != DecodeShape::kList || top.typed) NETPEER_TRY(settle(top));
			if (--top.left != 0) break;
			--depth_;
		}
		return Error::OK;
	}
	static bool is_plain(const DecodeFrame &frame) { return !frame.typed && frame.shape != DecodeShape::kObject; }

	// The short way for most of what there is: numbers, short ASCII texts, and arrays and dictionaries without declared types
	// of all these, one after another. Stops in front of the first value that is anything else, or not right in some way,
	// and leaves it to read_value(). True: stops behind a value that is complete and waits for close_value().
	bool read_simple() {
		DecodeFrame *top = &frames_[depth_ - 1];
		if (!is_plain(*top)) return false;
		VariantNode *node = top->node;
		Variant *slot = node->variants() + node->size;
		uint32_t left = top->left;
		bool dictionary = top->shape == DecodeShape::kDictionary;
		for (;;) {
			const uint8_t *at = at_;
			const uint32_t before = left;
			for (; left != 0; --left) {
				const size_t bytes = read_simple_value(at, static_cast<size_t>(end_ - at), *slot);
				if (bytes == 0) break;
				at += bytes;
				++slot;
				if (dictionary && left % 2 == 1) slot = settle_at(node, slot);
			}
			at_ = at;
			pending_ -= before - left;
			node->size = static_cast<uint32_t>(slot - node->variants());
			if (left != 0) {
				top->left = left;
				const Entry entry = enter_simple(*slot);
				if (entry == Entry::kNone) return false;
				--pending_;
				++node->size; // from here on the value dies with its container
				if (VariantAccess::in_node(*slot)) node->flags &= static_cast<uint8_t>(~VariantNode::kNoBlocks);
				if (entry == Entry::kEntered) {
					top = &frames_[depth_ - 1];
					node = top->node;
					slot = node->variants();
					left = top->left;
					dictionary = top->shape == DecodeShape::kDictionary;
					continue;
				}
				++slot;
			} else {
				if (--depth_ == 0) return false;
				top = &frames_[depth_ - 1];
				if (!is_plain(*top)) return true;
				node = top->node;
				slot = node->variants() + node->size;
				left = top->left;
				dictionary = top->shape == DecodeShape::kDictionary;
			}
			// A value that was no simple one, or a container that is complete, in its own.
			--left;
			if (dictionary && left % 2 == 0) slot = settle_at(node, slot);
		}
	}
	// After the pair that ends at `slot`: where the next one goes.
	static Variant *settle_at(VariantNode *node, Variant *slot) {
		node->size = static_cast<uint32_t>(slot - node->variants());
		settle_pair(node);
		return node->variants() + node->size;
	}
	enum class Entry { kNone, kWhole, kEntered };
	// The beginning of an array or a dictionary, if that is what comes and nothing speaks against it. Its head has been
	// read then, `slot` holds it, and with kEntered it is the innermost one.
	Entry enter_simple(Variant &slot) {
		const size_t there = this->left();
		if (there < 8) return Entry::kNone;
		const uint32_t header = load_u32(at_);
		if (header == static_cast<uint32_t>(VariantType::kString)) {
			const uint8_t *const from = at_;
			at_ += 4;
			if (read_text(VariantType::kString, slot) == Error::OK) return Entry::kWhole;
			at_ = from; // to be reported by read_value()
			return Entry::kNone;
		}
		const bool dictionary = header == dictionary_header_;
		if (!dictionary && header != array_header_) return Entry::kNone;
		const VariantType type = dictionary ? VariantType::kDictionary : VariantType::kArray;
		const uint32_t count = load_u32(at_ + 4) & ~kSharedMark;
		if (count == 0) {
			put(slot, type, 0);
			at_ += 8;
			return Entry::kWhole;
		}
		const uint64_t values = dictionary ? uint64_t{count} * 2 : count;
		if ((dictionary && count > kVariantScannedPairs) || depth_ == max_depth_) return Entry::kNone;
		if ((values + pending_ - 1) * 4 > there - 8)
			return Entry::kNone; // as may_come(), which does not count this one
		at_ += 8;
		VariantNode *node = make_node(true, static_cast<size_t>(values));
		if (node == nullptr) { // to be reported by read_value()
			at_ -= 8;
			return Entry::kNone;
		}
		VariantAccess::adopt(slot, type, node);
		node->flags |= VariantNode::kNoBlocks; // until one is
		pending_ += values;
		frames_[depth_++] = DecodeFrame{
		        node, static_cast<uint32_t>(values), dictionary ? DecodeShape::kDictionary : DecodeShape::kList, false};
		return Entry::kEntered;
	}
	// Bytes of the value read, 0 when it is none of the simple ones.
	static size_t read_simple_value(const uint8_t *at, size_t there, Variant &slot) {
		if (there < 12) return 0;
		switch (load_u32(at)) {
		case 0: put(slot, VariantType::kNil, 0); return 4;
		case static_cast<uint32_t>(VariantType::kInt):
			put(slot, VariantType::kInt, static_cast<uint64_t>(int64_t{static_cast<int32_t>(load_u32(at + 4))}));
			return 8;
		case static_cast<uint32_t>(VariantType::kInt) | kFlag64:
			put(slot, VariantType::kInt, load_u64(at + 4));
			return 12;
		case static_cast<uint32_t>(VariantType::kFloat) | kFlag64:
			put(slot, VariantType::kFloat, load_u64(at + 4));
			return 12;
		case static_cast<uint32_t>(VariantType::kFloat): {
			const uint32_t bits = load_u32(at + 4);
			float value;
			std::memcpy(&value, &bits, 4);
			const double wide = static_cast<double>(value);
			VariantAccess::set_raw(slot, VariantType::kFloat, &wide, sizeof(wide));
			return 8;
		}
		case static_cast<uint32_t>(VariantType::kBool):
			put(slot, VariantType::kBool, load_u32(at + 4) != 0 ? uint64_t{1} : 0, true);
			return 8;
		case static_cast<uint32_t>(VariantType::kString): {
			const uint32_t length = load_u32(at + 4);
			if (length > Variant::kInlineTextBytes || there < 32) return 0;
			return put_short_text(slot, at + 8, length) ? 8 + padded(length) : 0;
		}
		default: return 0;
		}
	}
	// At least 24 bytes can be read at `text`. False when it is not plain ASCII.
	static bool put_short_text(Variant &slot, const uint8_t *text, uint32_t length) {
		constexpr uint64_t kOnes = 0x0101010101010101u;
		uint64_t words[3] = {0, 0, 0};
		uint64_t seen = 0; // high bits: something that is not ASCII, or a zero
		uint32_t i = 0;
		for (; length >= 8; length -= 8, ++i) {
			words[i] = load_u64(text + i * 8);
			seen |= words[i] | (words[i] - kOnes);
		}
		const uint64_t mask = (uint64_t{1} << (length * 8)) - 1;
		words[i] = load_u64(text + i * 8) & mask;
		const uint64_t filled = words[i] | (kOnes & ~mask); // beyond the text: neither zero nor above ASCII
		seen |= filled | (filled - kOnes);
		if ((seen & 0x8080808080808080u) != 0) return false;
		words[2] |= uint64_t{i * 8 + length} << 48 | uint64_t{static_cast<uint8_t>(VariantType::kString)} << 56;
		uint8_t *image = VariantAccess::image(slot);
		store_u64(image, words[0]);
		store_u64(image + 8, words[1]);
		store_u64(image + 16, words[2]);
		return true;
	}

	// After each value of a dictionary, an object or a typed container.
	Error settle(DecodeFrame &frame) {
		VariantNode *node = frame.node;
		const Variant &newest = node->variants()[node->size - 1];
		const bool dictionary = frame.shape == DecodeShape::kDictionary;
		if (frame.typed) {
			const int which = dictionary && node->size % 2 == 1 ? 0 : 1;
			if (!VariantAccess::fits_type(node, which, newest)) return Error::ERR_INVALID_DATA;
		}
		if (dictionary && node->size % 2 == 0) settle_pair(node);
		return Error::OK;
	}
	static void settle_pair(VariantNode *node) {
		// A pair is complete. The last of several with one key counts, in the place of the first.
		const uint32_t pairs = node->size / 2 - 1;
		if (pairs == 0 && node->index == nullptr) return;
		Variant *pair = node->variants() + pairs * 2;
		const uint32_t found = node->index == nullptr && VariantAccess::is_plain(pair[0])
		                               ? VariantAccess::find_plain(node, pairs, pair[0])
		                               : VariantAccess::find_pair(node, pairs, pair[0]);
		if (found == pairs) {
			if (node->index != nullptr) VariantAccess::enter_index(node, pairs);
			return;
		}
		node->variants()[found * 2 + 1] = std::move(pair[1]);
		pair[0] = Variant();
		node->size -= 2;
	}

	Error read_value(Variant &slot) {
		uint32_t header = 0;
		if (!take_u32(header)) return Error::ERR_INVALID_DATA;
		const uint32_t number = header & 0xff;
		if (number >= (godot4_ ? kVariantTypes : kGodot3TypeCount)) return Error::ERR_INVALID_DATA;
		const VariantType type = godot4_ ? static_cast<VariantType>(number) : kGodot3Types[number];
		switch (type) {
		case VariantType::kNil:
		case VariantType::kCallable: put(slot, type, 0); return Error::OK;
		case VariantType::kBool: {
			uint32_t value = 0;
			if (!take_u32(value)) return Error::ERR_INVALID_DATA;
			put(slot, type, value != 0 ? uint64_t{1} : 0, true);
			return Error::OK;
		}
		case VariantType::kInt: {
			if ((header & kFlag64) != 0) return read_u64(type, slot);
			uint32_t value = 0;
			if (!take_u32(value)) return Error::ERR_INVALID_DATA;
			put(slot, type, static_cast<uint64_t>(int64_t{static_cast<int32_t>(value)}));
			return Error::OK;
		}
		case VariantType::kFloat: return read_float(header, slot);
		case VariantType::kString:
		case VariantType::kStringName: return read_text(type, slot);
		case VariantType::kNodePath: return read_path(slot);
		case VariantType::kRid:
			if (godot4_) return read_u64(type, slot);
			put(slot, type, 0);
			return Error::OK;
		case VariantType::kObject: return (header & kFlagObjectId) != 0 ? read_u64(type, slot) : read_object(slot);
		case VariantType::kSignal: return read_signal(slot);
		case VariantType::kDictionary:
		case VariantType::kArray: return read_container(type, header, slot);
		case VariantType::kPackedStringArray: return read_strings(slot);
		default: break;
		}
		const size_t bytes = variant_math_bytes(type);
		const bool wide = godot4_ && (header & kFlag64) != 0 && has_reals(type);
		return bytes != 0 ? read_components(type, bytes, wide, slot) : read_packed(type, wide, slot);
	}

	// A slot is memory without a value: it is written whole, and only once nothing can fail any more.
	static void put(Variant &slot, VariantType type, uint64_t bits, bool is_bool = false) {
		if (is_bool) {
			const uint8_t byte = static_cast<uint8_t>(bits);
			VariantAccess::set_raw(slot, type, &byte, 1);
		} else {
			VariantAccess::set_raw(slot, type, &bits, sizeof(bits));
		}
	}
	Error read_u64(VariantType type, Variant &slot) {
		if (left() < 8) return Error::ERR_INVALID_DATA;
		put(slot, type, load_u64(at_));
		at_ += 8;
		return Error::OK;
	}
	Error read_float(uint32_t header, Variant &slot) {
		if ((header & kFlag64) != 0) return read_u64(VariantType::kFloat, slot);
		uint32_t bits = 0;
		if (!take_u32(bits)) return Error::ERR_INVALID_DATA;
		float value;
		std::memcpy(&value, &bits, 4);
		const double wide = static_cast<double>(value);
		VariantAccess::set_raw(slot, VariantType::kFloat, &wide, sizeof(wide));
		return Error::OK;
	}

	// The text of a string block, without looking into it.
	Error take_block(ByteView &text) {
		uint32_t length = 0;
		if (!take_u32(length)) return Error::ERR_INVALID_DATA;
		const size_t all = padded(size_t{length});
		if (length > uint32_t{INT32_MAX} || all > left()) return Error::ERR_FILE_EOF;
		text = ByteView(at_, length);
		at_ += all;
		return Error::OK;
	}
	Error read_text(VariantType type, Variant &slot) {
		ByteView text;
		NETPEER_TRY(take_block(text));
		if (text.size <= Variant::kInlineTextBytes) {
			// The block is padded to words, so whole words may be read; what is not text is masked out.
			alignas(8) uint8_t image[24] = {};
			uint32_t seen = 0; // high bits: something that is not ASCII, or a zero
			size_t i = 0;
			for (; i + 4 <= text.size; i += 4) {
				const uint32_t word = load_u32(text.data + i);
				seen |= word | (word - 0x01010101u);
				store_u32(image + i, word);
			}
			if (const size_t rest = text.size - i) {
				const uint32_t mask = (1u << (rest * 8)) - 1;
				const uint32_t word = load_u32(text.data + i) & mask;
				// The bytes beyond count as ones, which are neither zero nor above ASCII.
				const uint32_t filled = word | (0x01010101u & ~mask);
				seen |= filled | (filled - 0x01010101u);
				store_u32(image + i, word);
			}
			if ((seen & 0x80808080u) == 0) {
				image[22] = static_cast<uint8_t>(text.size);
				image[23] = static_cast<uint8_t>(type);
				std::memcpy(VariantAccess::image(slot), image, sizeof(image));
				return Error::OK;
			}
		}
		size_t length = 0;
		if (!utf8_text_length(text, length)) return Error::ERR_INVALID_DATA;
		if (length <= Variant::kInlineTextBytes) {
			VariantAccess::set_raw(slot, type, text.data, length, static_cast<uint8_t>(length));
			return Error::OK;
		}
		VariantNode *node = make_node(false, length);
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		std::memcpy(node->bytes(), text.data, length);
		node->size = static_cast<uint32_t>(length);
		VariantAccess::adopt(slot, type, node);
		return Error::OK;
	}

	Error read_components(VariantType type, size_t bytes, bool wide, Variant &slot) {
		const size_t there = wide ? bytes * 2 : bytes;
		if (there > left()) return Error::ERR_INVALID_DATA;
		uint8_t components[sizeof(Projection)];
		copy_reals(components, bytes, wide, 4);
		if (bytes <= Variant::kInlineTextBytes) {
			VariantAccess::set_raw(slot, type, components, bytes);
			return Error::OK;
		}
		VariantNode *node = make_node(false, bytes);
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		std::memcpy(node->bytes(), components, bytes);
		node->size = static_cast<uint32_t>(bytes);
		VariantAccess::adopt(slot, type, node);
		return Error::OK;
	}
	// `bytes` bytes of components, from the input, which is known to be long enough.
	void copy_reals(uint8_t *to, size_t bytes, bool wide, size_t width) {
		if (!wide) {
			copy_elements(to, at_, bytes, width);
			at_ += bytes;
			return;
		}
		for (size_t i = 0; i < bytes; i += 4, at_ += 8) {
			const uint64_t bits = load_u64(at_);
			double value = 0;
			std::memcpy(&value, &bits, 8);
			const float component = narrow_to_float(value);
			std::memcpy(to + i, &component, 4);
		}
	}
	Error read_packed(VariantType type, bool wide, Variant &slot) {
		uint32_t count = 0;
		if (!take_u32(count)) return Error::ERR_INVALID_DATA;
		const uint64_t bytes = uint64_t{count} * packed_element_bytes(type);
		const uint64_t there = wide ? bytes * 2 : bytes;
		if (there > uint64_t{INT32_MAX} || there > left()) return Error::ERR_INVALID_DATA;
		if (count == 0) {
			put(slot, type, 0);
			return Error::OK;
		}
		VariantNode *node = make_node(false, static_cast<size_t>(bytes));
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		copy_reals(node->bytes(), static_cast<size_t>(bytes), wide, element_width(type));
		node->size = static_cast<uint32_t>(bytes);
		// Godot forgets to ask for the padding of bytes at the very end, so it may be missing.
		const size_t padding = padded(static_cast<size_t>(there)) - static_cast<size_t>(there);
		at_ += padding < left() ? padding : left();
		VariantAccess::adopt(slot, type, node);
		return Error::OK;
	}

	// `count` string blocks into a new block of values. On error nothing is left behind.
	Error read_texts(VariantType type, uint64_t count, Variant &list) {
		if (!may_come(count)) return Error::ERR_INVALID_DATA;
		VariantNode *node = VariantAccess::new_node(memory_, true, static_cast<size_t>(count));
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		VariantAccess::adopt(list, type, node);
		for (; node->size < count; ++node->size) {
			NETPEER_TRY(read_text(VariantType::kString, node->variants()[node->size]));
		}
		return Error::OK;
	}
	Error read_strings(Variant &slot) {
		uint32_t count = 0;
		if (!take_u32(count) || count > uint32_t{INT32_MAX}) return Error::ERR_INVALID_DATA;
		if (count == 0) {
			put(slot, VariantType::kPackedStringArray, 0);
			return Error::OK;
		}
		Variant list;
		NETPEER_TRY(read_texts(VariantType::kPackedStringArray, count, list));
		new (&slot) Variant(std::move(list));
		return Error::OK;
	}
	Error read_path(Variant &slot) {
		if (left() < 12) return Error::ERR_INVALID_DATA;
		uint32_t names = load_u32(at_);
		uint64_t subnames = load_u32(at_ + 4);
		const uint32_t flags = load_u32(at_ + 8);
		at_ += 12;
		if ((names & kNodePathMarker) == 0) return Error::ERR_INVALID_DATA;
		names &= ~kNodePathMarker;
		if ((flags & kNodePathProperty) != 0) ++subnames;
		const bool absolute = (flags & kNodePathAbsolute) != 0;
		if (names == 0 && subnames == 0 && !absolute) {
			put(slot, VariantType::kNodePath, 0);
			return Error::OK;
		}
		Variant path;
		NETPEER_TRY(read_texts(VariantType::kNodePath, names + subnames, path));
		VariantNode *node = VariantAccess::node(path);
		node->path_names = names;
		if (absolute) node->flags |= VariantNode::kAbsolutePath;
		new (&slot) Variant(std::move(path));
		return Error::OK;
	}
	Error read_signal(Variant &slot) {
		ByteView block;
		NETPEER_TRY(take_block(block));
		size_t length = 0;
		if (!utf8_text_length(block, length)) return Error::ERR_INVALID_DATA;
		if (left() < 8) return Error::ERR_INVALID_DATA;
		Variant made;
		NETPEER_TRY(made.set_signal(block.first(length), load_u64(at_), &memory_));
		at_ += 8;
		new (&slot) Variant(std::move(made));
		return Error::OK;
	}

	// One declared type of a container, without objects allowed as "an object, known by id".
	Error read_kind(uint32_t kind, VariantType &type, Variant &class_name) {
		type = VariantType::kNil;
		if (kind == kKindBuiltin) {
			uint32_t number = 0;
			if (!take_u32(number) || number >= kVariantTypes) return Error::ERR_INVALID_DATA;
			type = static_cast<VariantType>(number);
			if (type != VariantType::kObject || allow_objects_) return Error::OK;
		} else if (kind == kKindClass || kind == kKindScript) {
			type = VariantType::kObject;
			Variant name; // a script's path serves as the name of its class: there are no scripts here
			NETPEER_TRY(read_text(VariantType::kStringName, name));
			class_name = std::move(name);
			if (allow_objects_) return Error::OK;
		} else {
			return Error::OK;
		}
		return class_name.set_string_name(view_of(kObjectAsIdClass), &memory_);
	}
	Error read_untyped(VariantType type, Variant &slot) {
		const bool dictionary = type == VariantType::kDictionary;
		uint32_t count = 0;
		if (!take_u32(count)) return Error::ERR_INVALID_DATA;
		count &= ~kSharedMark;
		if (count == 0) {
			put(slot, type, 0);
			return Error::OK;
		}
		const uint64_t values = dictionary ? uint64_t{count} * 2 : count;
		if (!may_come(values)) return Error::ERR_INVALID_DATA;
		const bool indexed = dictionary && count > kVariantScannedPairs;
		VariantNode *node = indexed ? VariantAccess::new_node(memory_, true, static_cast<size_t>(values))
		                            : make_node(true, static_cast<size_t>(values));
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		if (indexed) {
			Variant made;
			VariantAccess::adopt(made, type, node);
			NETPEER_TRY(VariantAccess::make_index(node, count, memory_));
			new (&slot) Variant(std::move(made));
		} else {
			VariantAccess::adopt(slot, type, node);
		}
		pending_ += values;
		entered_ = DecodeFrame{
		        node, static_cast<uint32_t>(values), dictionary ? DecodeShape::kDictionary : DecodeShape::kList, false};
		return Error::OK;
	}
	Error read_container(VariantType type, uint32_t header, Variant &slot) {
		const bool dictionary = type == VariantType::kDictionary;
		if (!godot4_ || (header >> kKeyKindShift & (dictionary ? 15u : 3u)) == 0) return read_untyped(type, slot);
		VariantType declared[2] = {VariantType::kNil, VariantType::kNil};
		Variant names[2];
		{
			const uint32_t first = header >> kKeyKindShift & 3;
			if (dictionary) {
				NETPEER_TRY(read_kind(first, declared[0], names[0]));
				NETPEER_TRY(read_kind(header >> kValueKindShift & 3, declared[1], names[1]));
			} else {
				NETPEER_TRY(read_kind(first, declared[1], names[1]));
			}
		}
		uint32_t count = 0;
		if (!take_u32(count)) return Error::ERR_INVALID_DATA;
		count &= ~kSharedMark;
		const bool typed = declared[0] != VariantType::kNil || declared[1] != VariantType::kNil;
		if (count == 0 && !typed) {
			put(slot, type, 0);
			return Error::OK;
		}
		const uint64_t values = dictionary ? uint64_t{count} * 2 : count;
		if (!may_come(values)) return Error::ERR_INVALID_DATA;
		VariantNode *node = VariantAccess::new_node(memory_, true, static_cast<size_t>(values));
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		Variant made;
		VariantAccess::adopt(made, type, node);
		if (dictionary) NETPEER_TRY(VariantAccess::make_index(node, count, memory_));
		node->declared[0] = declared[0];
		node->declared[1] = declared[1];
		if (!names[0].is_nil() || !names[1].is_nil())
			NETPEER_TRY(VariantAccess::set_class_names(made, names[0], names[1], memory_));
		pending_ += values;
		entered_ = DecodeFrame{
		        node, static_cast<uint32_t>(values), dictionary ? DecodeShape::kDictionary : DecodeShape::kList, typed};
		new (&slot) Variant(std::move(made));
		return Error::OK;
	}
	Error read_object(Variant &slot) {
		if (!allow_objects_) return Error::ERR_UNAUTHORIZED;
		Variant name;
		NETPEER_TRY(read_text(VariantType::kString, name));
		if (name.text().empty()) { // a null object has nothing more
			put(slot, VariantType::kObject, 0);
			return Error::OK;
		}
		uint32_t count = 0;
		if (!take_u32(count)) return Error::ERR_INVALID_DATA;
		const uint64_t values = uint64_t{count} * 2;
		if (!may_come(values)) return Error::ERR_INVALID_DATA;
		VariantNode *node = VariantAccess::new_node(memory_, true, static_cast<size_t>(values) + 1);
		if (node == nullptr) return Error::ERR_OUT_OF_MEMORY;
		new (node->variants()) Variant(std::move(name));
		node->size = 1;
		pending_ += values;
		entered_ = DecodeFrame{node, static_cast<uint32_t>(values), DecodeShape::kObject, false};
		VariantAccess::adopt(slot, VariantType::kObject, node);
		return Error::OK;
	}

	const uint8_t *at_;
	const uint8_t *end_;
	VariantMemory memory_;
	const uint32_t max_depth_;
	const bool godot4_;
	const bool allow_objects_;
	const bool may_use_slabs_;
	VariantSlab *slab_ = nullptr; // the one being filled
	const uint32_t array_header_;
	const uint32_t dictionary_header_;
	uint64_t pending_ = 0; // values still to come in all open containers
	DecodeFrame entered_{nullptr, 0, DecodeShape::kList, false};
	uint32_t depth_ = 0; // of frames_
	DecodeFrame frames_[kVariantMaxDepth];
};

} // namespace

Error encoded_variant_size(const Variant &value, size_t &bytes, const VariantEncodeOptions &options) {
	bytes = 0;
	CountingSink sink;
	NETPEER_TRY(VariantWalker<CountingSink>(options, sink).walk(value));
	if (sink.bytes > options.max_bytes) return Error::ERR_OUT_OF_MEMORY;
	bytes = static_cast<size_t>(sink.bytes);
	return Error::OK;
}

Error encode_variant(const Variant &value, MutBytes out, size_t &written, const VariantEncodeOptions &options) {
	written = 0;
	size_t bytes = 0;
	NETPEER_TRY(encoded_variant_size(value, bytes, options));
	if (bytes > out.size) return Error::ERR_OUT_OF_MEMORY;
	write_counted(value, out.data, bytes, options);
	written = bytes;
	return Error::OK;
}

Error encode_variant(const Variant &value, ByteBuffer &out, const VariantEncodeOptions &options) {
	size_t bytes = 0;
	NETPEER_TRY(encoded_variant_size(value, bytes, options));
	const size_t before = out.size();
	NETPEER_TRY(out.extend(bytes));
	write_counted(value, out.data() + before, bytes, options);
	return Error::OK;
}

Error decode_variant(ByteView bytes, Variant &out, size_t &consumed, const VariantDecodeOptions &options) {
	consumed = 0;
	VariantDecoder decoder(bytes, options);
	Variant root;
	const Error error = decoder.read(root);
	if (error != Error::OK) {
		out = Variant();
		return error;
	}
	consumed = static_cast<size_t>(decoder.at() - bytes.data);
	out = std::move(root);
	return Error::OK;
}

} // namespace netpeer
