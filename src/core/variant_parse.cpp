#include "number_text.h"
#include "utf8_text.h"
#include "variant_node.h"
#include "variant_text.h"

#include <cmath>

namespace netpeer {

namespace {

struct TypeAlias {
	const char *name;
	VariantType type;
};

// Godot 3's names, where they differ.
constexpr TypeAlias kTypeAliases[] = {{"Quat", VariantType::kQuaternion}, {"Transform", VariantType::kTransform3D},
        {"PoolByteArray", VariantType::kPackedByteArray}, {"PoolIntArray", VariantType::kPackedInt32Array},
        {"PoolRealArray", VariantType::kPackedFloat32Array}, {"PoolStringArray", VariantType::kPackedStringArray},
        {"PoolVector2Array", VariantType::kPackedVector2Array}, {"PoolVector3Array", VariantType::kPackedVector3Array},
        {"PoolColorArray", VariantType::kPackedColorArray}};

bool type_of_name(ByteView name, VariantType &type) {
	for (uint32_t i = 0; i < kVariantTypes; ++i) {
		type = static_cast<VariantType>(i);
		if (i != 0 && view_of(variant_type_name(type)) == name) return true;
	}
	for (const TypeAlias &alias : kTypeAliases) {
		type = alias.type;
		if (view_of(alias.name) == name) return true;
	}
	return false;
}

bool is_name_byte(uint8_t c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit_byte(uint8_t c) { return c >= '0' && c <= '9'; }
int hex_digit(uint8_t c) {
	if (is_digit_byte(c)) return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A number as written: an integer, or else a float. An integer is also a float, where -0 is not 0.
struct ParsedNumber {
	bool is_int = false;
	int64_t integer = 0;
	double real = 0;
};

// The components of a constructor's arguments, one after another.
struct ParsedArguments {
	double values[16] = {};
	size_t count = 0;
	size_t arguments = 0;
	VariantType first_nested = VariantType::kNil;
};

enum class ParseShape : uint8_t { kList, kDictionary, kObject };

struct ParseFrame {
	ParseShape shape;
	bool wrapped; // ends with ")" behind its own bracket
	bool has_key;
};

class VariantTextParser {
public:
	VariantTextParser(ByteView text, const VariantParseOptions &options) :
	        text_(text),
	        memory_(options.memory),
	        max_depth_(options.max_depth < kVariantMaxDepth ? options.max_depth : kVariantMaxDepth),
	        allow_objects_(options.allow_objects),
	        scratch_(options.memory.allocator, options.memory.left) {}

	size_t offset() const { return at_; }

	Error parse(Variant &out) {
		for (;;) {
			entered_ = false;
			done_ = Variant();
			NETPEER_TRY(value());
			bool finished = !entered_;
			if (entered_) {
				finished = take(closing(frames_[depth_ - 1].shape));
				if (finished)
					NETPEER_TRY(close());
				else
					NETPEER_TRY(before_value());
			}
			while (finished) {
				if (depth_ == 0) {
					skip_blanks();
					if (at_ != text_.size) return Error::ERR_PARSE_ERROR;
					out = std::move(done_);
					return Error::OK;
				}
				finished = false;
				NETPEER_TRY(deliver(finished));
			}
		}
	}

private:
	static char closing(ParseShape shape) {
		return shape == ParseShape::kList ? ']' : shape == ParseShape::kDictionary ? '}' : ')';
	}

	// --- tokens ---

	uint8_t peek(size_t ahead = 0) const { return at_ + ahead < text_.size ? text_[at_ + ahead] : uint8_t{0}; }
	void skip_blanks() {
		while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
	}
	bool take(char c) {
		skip_blanks();
		if (at_ >= text_.size || text_[at_] != static_cast<uint8_t>(c)) return false;
		++at_;
		return true;
	}
	Error expect(char c) { return take(c) ? Error::OK : Error::ERR_PARSE_ERROR; }
	ByteView take_name() {
		skip_blanks();
		const size_t start = at_;
		if (!is_digit_byte(peek())) {
			while (is_name_byte(peek())) ++at_;
		}
		return ByteView(text_.data + start, at_ - start);
	}

	// --- containers ---

	// What comes in front of a value: the name of a property.
	Error before_value() {
		ParseFrame &top = frames_[depth_ - 1];
		if (top.shape != ParseShape::kObject) return Error::OK;
		NETPEER_TRY(expect(','));
		return property_name();
	}
	Error property_name() {
		Variant name;
		NETPEER_TRY(quoted_string(VariantType::kString, name));
		NETPEER_TRY(expect(':'));
		key() = std::move(name);
		frames_[depth_ - 1].has_key = true;
		return Error::OK;
	}
	Variant &container() { return VariantAccess::node(stack_)->variants()[(depth_ - 1) * 2]; }
	Variant &key() { return VariantAccess::node(stack_)->variants()[(depth_ - 1) * 2 + 1]; }

	Error open(Variant container, ParseShape shape, bool wrapped) {
		if (depth_ == max_depth_ + 1) return Error::ERR_OUT_OF_MEMORY;
		NETPEER_TRY(stack_.reserve((depth_ + 1) * 2, &memory_));
		NETPEER_TRY(stack_.push_back(std::move(container), &memory_));
		NETPEER_TRY(stack_.push_back(Variant(), &memory_));
		frames_[depth_++] = ParseFrame{shape, wrapped, false};
		entered_ = true;
		return Error::OK;
	}
	// The closing bracket has been taken: the container is the finished value.
	Error close() {
		if (frames_[depth_ - 1].wrapped) NETPEER_TRY(expect(')'));
		done_ = std::move(container());
		--depth_;
		VariantNode *node = VariantAccess::node(stack_);
		for (int i = 0; i < 2; ++i) node->variants()[--node->size] = Variant();
		return Error::OK;
	}
	// Hands done_ to the innermost container; `finished` when that closed, and is the value in its turn.
	Error deliver(bool &finished) {
		ParseFrame &top = frames_[depth_ - 1];
		// A value may lie as deep as max_depth, so what it lies in may be one less.
		if (depth_ > max_depth_) return Error::ERR_OUT_OF_MEMORY;
		if (top.shape == ParseShape::kDictionary && !top.has_key) {
			key() = std::move(done_);
			top.has_key = true;
			return expect(':');
		}
		NETPEER_TRY(add(top));
		top.has_key = false;
		const bool more = top.shape != ParseShape::kObject && take(',');
		if (take(closing(top.shape))) { // also behind a last comma
			finished = true;
			return close();
		}
		if (top.shape == ParseShape::kObject) return before_value();
		return more ? Error::OK : Error::ERR_PARSE_ERROR;
	}
	Error add(const ParseFrame &top) {
		Error error = Error::OK;
		if (top.shape == ParseShape::kList)
			error = container().push_back(std::move(done_), &memory_);
		else if (top.shape == ParseShape::kDictionary)
			error = container().insert(std::move(key()), std::move(done_), &memory_);
		else
			error = container().add_property(key().text(), std::move(done_), &memory_);
		// A value of the wrong type for a typed container is a mistake in the text.
		return error == Error::ERR_INVALID_PARAMETER ? Error::ERR_PARSE_ERROR : error;
	}

	// --- values ---

	Error value() {
		skip_blanks();
		const uint8_t c = peek();
		if (take('[')) return open(Variant::array(), ParseShape::kList, false);
		if (take('{')) return open(Variant::dictionary(), ParseShape::kDictionary, false);
		if (c == '"' || c == '\'') return quoted_string(VariantType::kString, done_);
		if (c == '&' || c == '^') {
			++at_;
			return quoted_string(c == '&' ? VariantType::kStringName : VariantType::kNodePath, done_);
		}
		if (is_digit_byte(c) || c == '-' || c == '+' || c == '.') return number_value();
		const size_t start = at_;
		const ByteView name = take_name();
		if (name == view_of("null")) return Error::OK;
		if (name == view_of("true") || name == view_of("false")) {
			done_ = Variant(name.size == 4);
			return Error::OK;
		}
		if (special_number(name) != 0) {
			at_ = start;
			return number_value();
		}
		return constructor(name);
	}
	Error number_value() {
		ParsedNumber number;
		NETPEER_TRY(read_number(number));
		done_ = number.is_int ? Variant(number.integer) : Variant(number.real);
		return Error::OK;
	}

	// 1 for infinity, 2 for not a number, 0 for neither.
	static int special_number(ByteView name) {
		if (name == view_of("INF") || name == view_of("inf")) return 1;
		return name == view_of("NAN") || name == view_of("nan") ? 2 : 0;
	}
	Error read_number(ParsedNumber &number) {
		NETPEER_TRY(read_term(number));
		// Sums of integers: GDScript has no other way to write the lowest one.
		for (;;) {
			const size_t before = at_;
			skip_blanks();
			const uint8_t sign = peek();
			if (!number.is_int || (sign != '+' && sign != '-')) {
				at_ = before;
				return Error::OK;
			}
			++at_;
			skip_blanks();
			ParsedNumber term;
			if (!is_digit_byte(peek())) return Error::ERR_PARSE_ERROR;
			NETPEER_TRY(read_term(term));
			if (!term.is_int) return Error::ERR_PARSE_ERROR;
			// Both are in range, and the term is not negative.
			if (sign == '+' ? number.integer > INT64_MAX - term.integer : number.integer < INT64_MIN + term.integer)
				return Error::ERR_PARSE_ERROR;
			number.integer = sign == '+' ? number.integer + term.integer : number.integer - term.integer;
			number.real = static_cast<double>(number.integer);
		}
	}
	Error read_term(ParsedNumber &number) {
		skip_blanks();
		const bool negative = peek() == '-';
		if (negative || peek() == '+') ++at_;
		if (!is_digit_byte(peek()) && peek() != '.') {
			const int special = special_number(take_name());
			if (special == 0) return Error::ERR_PARSE_ERROR;
			number.real = special == 1 ? HUGE_VAL : std::nan("");
			if (negative) number.real = -number.real;
			return Error::OK;
		}
		if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return read_integer(16, 2, negative, number);
		if (peek() == '0' && (peek(1) == 'b' || peek(1) == 'B')) return read_integer(2, 2, negative, number);
		size_t end = at_;
		bool real = false;
		for (; end < text_.size; ++end) {
			const uint8_t c = text_[end];
			if (is_digit_byte(c) || c == '_') continue;
			if (c == '.' || c == 'e' || c == 'E') {
				real = true;
				const bool sign_next =
				        c != '.' && end + 1 < text_.size && (text_[end + 1] == '-' || text_[end + 1] == '+');
				if (sign_next) ++end;
				continue;
			}
			break;
		}
		if (!real) return read_integer(10, 0, negative, number);
		if (!parse_decimal(ByteView(text_.data + at_, end - at_), number.real)) return Error::ERR_PARSE_ERROR;
		if (negative) number.real = -number.real;
		at_ = end;
		return Error::OK;
	}
	Error read_integer(unsigned base, size_t prefix, bool negative, ParsedNumber &number) {
		at_ += prefix;
		const uint64_t limit = negative ? uint64_t{1} << 63 : uint64_t{INT64_MAX};
		uint64_t sum = 0;
		bool digits = false;
		for (; at_ < text_.size && is_name_byte(text_[at_]); ++at_) {
			if (text_[at_] == '_' && digits) continue;
			const int digit = hex_digit(text_[at_]);
			if (digit < 0 || static_cast<unsigned>(digit) >= base) return Error::ERR_PARSE_ERROR;
			if (sum > (limit - static_cast<unsigned>(digit)) / base) return Error::ERR_PARSE_ERROR;
			sum = sum * base + static_cast<unsigned>(digit);
			digits = true;
		}
		if (!digits) return Error::ERR_PARSE_ERROR;
		number.is_int = true;
		number.integer = static_cast<int64_t>(negative ? uint64_t{0} - sum : sum);
		number.real = negative ? -static_cast<double>(sum) : static_cast<double>(sum);
		return Error::OK;
	}
	Error read_id(uint64_t &id) {
		skip_blanks();
		if (!is_digit_byte(peek())) return Error::ERR_PARSE_ERROR;
		id = 0;
		for (; is_digit_byte(peek()); ++at_) {
			const uint64_t digit = static_cast<uint64_t>(peek() - '0');
			if (id > (UINT64_MAX - digit) / 10) return Error::ERR_PARSE_ERROR;
			id = id * 10 + digit;
		}
		return Error::OK;
	}

	// --- text ---

	Error quoted_string(VariantType type, Variant &out) {
		NETPEER_TRY(read_quoted());
		Error error = Error::OK;
		if (type == VariantType::kNodePath)
			error = out.set_node_path(scratch_.view(), &memory_);
		else if (type == VariantType::kStringName)
			error = out.set_string_name(scratch_.view(), &memory_);
		else
			error = out.set_string(scratch_.view(), &memory_);
		return error == Error::ERR_INVALID_PARAMETER ? Error::ERR_PARSE_ERROR : error;
	}
	// Into scratch_.
	Error read_quoted() {
		skip_blanks();
		const uint8_t quote = peek();
		if (quote != '"' && quote != '\'') return Error::ERR_PARSE_ERROR;
		++at_;
		scratch_.clear();
		for (;;) {
			const size_t plain = at_;
			while (at_ < text_.size && text_[at_] != quote && text_[at_] != '\\') ++at_;
			NETPEER_TRY(scratch_.append(ByteView(text_.data + plain, at_ - plain)));
			if (at_ == text_.size) return Error::ERR_PARSE_ERROR;
			if (text_[at_++] == quote) return Error::OK;
			NETPEER_TRY(read_escape());
		}
	}
	Error read_escape() {
		if (at_ == text_.size) return Error::ERR_PARSE_ERROR;
		const uint8_t c = text_[at_++];
		uint32_t code = c;
		switch (c) {
		case 'n': code = '\n'; break;
		case 't': code = '\t'; break;
		case 'r': code = '\r'; break;
		case 'a': code = 7; break;
		case 'b': code = 8; break;
		case 'f': code = 12; break;
		case 'v': code = 11; break;
		case '"':
		case '\'':
		case '\\':
		case '/': break;
		case '\n': return Error::OK; // a line that goes on
		case 'u':
			NETPEER_TRY(read_hex(4, code));
			if (code >= 0xd800 && code < 0xdc00 && peek() == '\\' && peek(1) == 'u') { // a pair, as JSON writes it
				at_ += 2;
				uint32_t low = 0;
				NETPEER_TRY(read_hex(4, low));
				if (low < 0xdc00 || low > 0xdfff) return Error::ERR_PARSE_ERROR;
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			}
			break;
		case 'U': NETPEER_TRY(read_hex(6, code)); break;
		default: return Error::ERR_PARSE_ERROR;
		}
		uint8_t bytes[4];
		const size_t size = utf8_encode(code, bytes);
		if (size == 0 || code == 0) return Error::ERR_PARSE_ERROR;
		return scratch_.append(ByteView(bytes, size));
	}
	Error read_hex(int digits, uint32_t &code) {
		code = 0;
		for (; digits > 0; --digits) {
			const int digit = hex_digit(peek());
			if (digit < 0) return Error::ERR_PARSE_ERROR;
			code = code * 16 + static_cast<uint32_t>(digit);
			++at_;
		}
		return Error::OK;
	}

	// --- constructors ---

	Error constructor(ByteView name) {
		if (name == view_of("EncodedObjectAsID")) {
			uint64_t id = 0;
			NETPEER_TRY(id_argument(id));
			done_ = Variant::object(id);
			return Error::OK;
		}
		VariantType type = VariantType::kNil;
		if (!type_of_name(name, type)) return Error::ERR_PARSE_ERROR;
		switch (type) {
		case VariantType::kArray:
		case VariantType::kDictionary: return container_constructor(type);
		case VariantType::kObject: return object_constructor();
		case VariantType::kRid: {
			uint64_t id = 0;
			NETPEER_TRY(id_argument(id));
			done_ = Variant::rid(id);
			return Error::OK;
		}
		case VariantType::kCallable:
			NETPEER_TRY(expect('('));
			done_ = Variant::callable();
			return expect(')');
		case VariantType::kSignal: return signal_constructor();
		case VariantType::kString:
		case VariantType::kStringName:
		case VariantType::kNodePath:
			NETPEER_TRY(expect('('));
			skip_blanks();
			if (peek() != ')') {
				if (peek() == '&' || peek() == '^') ++at_;
				NETPEER_TRY(quoted_string(type, done_));
				return expect(')');
			}
			scratch_.clear();
			++at_;
			if (type == VariantType::kNodePath) return done_.set_node_path({});
			return type == VariantType::kString ? done_.set_string(ByteView()) : done_.set_string_name({});
		default: break;
		}
		if (variant_math_bytes(type) != 0) return math_constructor(type, done_);
		if (type == VariantType::kPackedStringArray) return strings_constructor();
		return packed_element_bytes(type) != 0 ? packed_constructor(type) : Error::ERR_PARSE_ERROR;
	}
	// "()" or "(7)"
	Error id_argument(uint64_t &id) {
		NETPEER_TRY(expect('('));
		if (take(')')) return Error::OK;
		NETPEER_TRY(read_id(id));
		return expect(')');
	}
	Error signal_constructor() {
		NETPEER_TRY(expect('('));
		if (take(')')) return done_.set_signal({}, 0);
		uint64_t id = 0;
		if (!(take_name() == view_of("EncodedObjectAsID"))) return Error::ERR_PARSE_ERROR;
		NETPEER_TRY(id_argument(id));
		NETPEER_TRY(expect(','));
		skip_blanks();
		if (peek() == '&') ++at_;
		NETPEER_TRY(read_quoted());
		NETPEER_TRY(expect(')'));
		const Error error = done_.set_signal(scratch_.view(), id, &memory_);
		return error == Error::ERR_INVALID_PARAMETER ? Error::ERR_PARSE_ERROR : error;
	}
	Error object_constructor() {
		NETPEER_TRY(expect('('));
		if (take(')')) {
			done_ = Variant::object(0);
			return Error::OK;
		}
		if (!allow_objects_) return Error::ERR_UNAUTHORIZED;
		NETPEER_TRY(class_name());
		Variant object;
		const Error error = object.set_object_data(scratch_.view(), &memory_);
		if (error != Error::OK) return error == Error::ERR_INVALID_PARAMETER ? Error::ERR_PARSE_ERROR : error;
		return open(std::move(object), ParseShape::kObject, false);
	}
	// Bare or quoted, into scratch_.
	Error class_name() {
		skip_blanks();
		if (peek() == '"' || peek() == '\'') return read_quoted();
		const ByteView name = take_name();
		if (name.empty()) return Error::ERR_PARSE_ERROR;
		scratch_.clear();
		return scratch_.append(name);
	}

	// A type between the brackets of Array[...]; a class name goes to `name`.
	Error declared_type(VariantType &type, Variant &name) {
		skip_blanks();
		const bool quoted = peek() == '"' || peek() == '\'';
		NETPEER_TRY(class_name());
		type = VariantType::kNil;
		if (!quoted && (scratch_.view() == view_of("Variant") || type_of_name(scratch_.view(), type))) {
			if (scratch_.view() == view_of("Variant")) type = VariantType::kNil;
			return Error::OK;
		}
		type = VariantType::kObject;
		const Error error = name.set_string_name(scratch_.view(), &memory_);
		return error == Error::ERR_INVALID_PARAMETER ? Error::ERR_PARSE_ERROR : error;
	}
	Error container_constructor(VariantType type) {
		const bool dictionary = type == VariantType::kDictionary;
		Variant made = dictionary ? Variant::dictionary() : Variant::array();
		if (take('[')) {
			VariantType types[2] = {VariantType::kNil, VariantType::kNil};
			Variant names[2];
			if (dictionary) {
				NETPEER_TRY(declared_type(types[0], names[0]));
				NETPEER_TRY(expect(','));
			}
			NETPEER_TRY(declared_type(types[1], names[1]));
			NETPEER_TRY(expect(']'));
			if (dictionary)
				NETPEER_TRY(made.set_pair_types(types[0], names[0].text(), types[1], names[1].text(), &memory_));
			else
				NETPEER_TRY(made.set_element_type(types[1], names[1].text(), &memory_));
		}
		NETPEER_TRY(expect('('));
		if (take(')')) {
			done_ = std::move(made);
			return Error::OK;
		}
		NETPEER_TRY(expect(dictionary ? '{' : '['));
		return open(std::move(made), dictionary ? ParseShape::kDictionary : ParseShape::kList, true);
	}

	// Numbers and vectors, flattened. Constructors in constructors go three deep at most: Transform3D, Basis, Vector3.
	Error read_arguments(ParsedArguments &out, int nesting) {
		NETPEER_TRY(expect('('));
		if (take(')')) return Error::OK;
		do {
			skip_blanks();
			const size_t start = at_;
			const ByteView name = take_name();
			++out.arguments;
			if (name.empty() || special_number(name) != 0) {
				at_ = start;
				ParsedNumber number;
				NETPEER_TRY(read_number(number));
				if (out.count == 16) return Error::ERR_PARSE_ERROR;
				out.values[out.count++] = number.real;
				continue;
			}
			VariantType type = VariantType::kNil;
			if (!type_of_name(name, type) || variant_math_bytes(type) == 0 || nesting == 0)
				return Error::ERR_PARSE_ERROR;
			ParsedArguments inner;
			NETPEER_TRY(read_components(type, inner, nesting - 1));
			if (out.count + inner.count > 16) return Error::ERR_PARSE_ERROR;
			if (out.arguments == 1) out.first_nested = type;
			for (size_t i = 0; i < inner.count; ++i) out.values[out.count++] = inner.values[i];
		} while (take(','));
		return expect(')');
	}
	// The components of `type` in the order of the wire.
	Error read_components(VariantType type, ParsedArguments &out, int nesting) {
		NETPEER_TRY(read_arguments(out, nesting));
		const size_t wanted = variant_math_bytes(type) / 4;
		if (out.arguments == 0) return default_components(type, out);
		if (type == VariantType::kColor && out.count == 3) out.values[out.count++] = 1;
		if (out.count != wanted) return Error::ERR_PARSE_ERROR;
		// Axis vectors are columns, and the wire has rows.
		const bool axes = (type == VariantType::kBasis || type == VariantType::kTransform3D) &&
		                  out.first_nested == VariantType::kVector3;
		if (axes) {
			std::swap(out.values[1], out.values[3]);
			std::swap(out.values[2], out.values[6]);
			std::swap(out.values[5], out.values[7]);
		}
		return Error::OK;
	}
	static Error default_components(VariantType type, ParsedArguments &out) {
		out.count = variant_math_bytes(type) / 4;
		switch (type) {
		case VariantType::kTransform2D: out.values[0] = out.values[3] = 1; break;
		case VariantType::kQuaternion:
		case VariantType::kColor: out.values[3] = 1; break;
		case VariantType::kBasis:
		case VariantType::kTransform3D: out.values[0] = out.values[4] = out.values[8] = 1; break;
		case VariantType::kProjection: out.values[0] = out.values[5] = out.values[10] = out.values[15] = 1; break;
		default: break;
		}
		return Error::OK;
	}
	static bool is_integer_math(VariantType type) {
		return type == VariantType::kVector2i || type == VariantType::kRect2i || type == VariantType::kVector3i ||
		       type == VariantType::kVector4i;
	}
	Error read_math_bytes(VariantType type, uint8_t (&bytes)[sizeof(Projection)]) {
		ParsedArguments arguments;
		NETPEER_TRY(read_components(type, arguments, 2));
		for (size_t i = 0; i < arguments.count; ++i) {
			const double value = arguments.values[i];
			if (!is_integer_math(type)) {
				const float component = narrow_to_float(value);
				std::memcpy(bytes + i * 4, &component, 4);
				continue;
			}
			if (!(value >= INT32_MIN && value <= INT32_MAX) || value != std::floor(value))
				return Error::ERR_PARSE_ERROR;
			const int32_t component = static_cast<int32_t>(value);
			std::memcpy(bytes + i * 4, &component, 4);
		}
		return Error::OK;
	}
	Error math_constructor(VariantType type, Variant &out) {
		uint8_t bytes[sizeof(Projection)] = {};
		NETPEER_TRY(read_math_bytes(type, bytes));
		switch (type) {
#define NETPEER_VARIANT_MATH_SET(T)                                                                                    \
	case VariantType::k##T: {                                                                                          \
		T value;                                                                                                       \
		std::memcpy(static_cast<void *>(&value), bytes, sizeof(T));                                                    \
		return out.set_math(value, &memory_);                                                                          \
	}
			NETPEER_VARIANT_MATH_LIST(NETPEER_VARIANT_MATH_SET)
#undef NETPEER_VARIANT_MATH_SET
		default: return Error::ERR_PARSE_ERROR;
		}
	}

	// Calls `element` for each item of "([a, b])", "(a, b)", "([])" or "()".
	template <class Element> Error read_list(Element element) {
		NETPEER_TRY(expect('('));
		const bool bracket = take('[');
		const char end = bracket ? ']' : ')';
		while (!take(end)) {
			NETPEER_TRY(element());
			if (take(',')) continue;
			NETPEER_TRY(expect(end));
			break;
		}
		return bracket ? expect(')') : Error::OK;
	}
	Error push_string(Variant &list) {
		Variant text;
		NETPEER_TRY(quoted_string(VariantType::kString, text));
		return list.push_back(std::move(text), &memory_);
	}
	Error strings_constructor() {
		Variant list;
		NETPEER_TRY(list.set_packed(VariantType::kPackedStringArray, nullptr, 0));
		NETPEER_TRY(read_list([&] { return push_string(list); }));
		done_ = std::move(list);
		return Error::OK;
	}
	Error packed_constructor(VariantType type) {
		scratch_.clear();
		NETPEER_TRY(read_list([&] { return packed_element(type); }));
		return done_.set_packed(type, scratch_.data(), scratch_.size() / packed_element_bytes(type), &memory_);
	}
	template <class T> Error append_number(T value) {
		uint8_t bytes[sizeof(T)];
		std::memcpy(bytes, &value, sizeof(T));
		return scratch_.append(ByteView(bytes, sizeof(T)));
	}
	Error packed_element(VariantType type) {
		VariantType vector = VariantType::kNil;
		switch (type) {
		case VariantType::kPackedVector2Array: vector = VariantType::kVector2; break;
		case VariantType::kPackedVector3Array: vector = VariantType::kVector3; break;
		case VariantType::kPackedVector4Array: vector = VariantType::kVector4; break;
		case VariantType::kPackedColorArray: vector = VariantType::kColor; break;
		default: break;
		}
		skip_blanks();
		if (vector != VariantType::kNil && !is_digit_byte(peek()) && peek() != '-' && peek() != '+' && peek() != '.') {
			VariantType named = VariantType::kNil;
			if (!type_of_name(take_name(), named) || named != vector) return Error::ERR_PARSE_ERROR;
			uint8_t bytes[sizeof(Projection)] = {};
			NETPEER_TRY(read_math_bytes(vector, bytes));
			return scratch_.append(ByteView(bytes, variant_math_bytes(vector)));
		}
		ParsedNumber number;
		if (vector != VariantType::kNil) { // plain components, as var_to_str writes them
			for (size_t i = 0; i < variant_math_bytes(vector) / 4; ++i) {
				if (i != 0) NETPEER_TRY(expect(','));
				number = ParsedNumber();
				NETPEER_TRY(read_number(number));
				NETPEER_TRY(append_number(narrow_to_float(number.real)));
			}
			return Error::OK;
		}
		NETPEER_TRY(read_number(number));
		if (type == VariantType::kPackedFloat32Array) return append_number(narrow_to_float(number.real));
		if (type == VariantType::kPackedFloat64Array) return append_number(number.real);
		if (!number.is_int) return Error::ERR_PARSE_ERROR;
		if (type == VariantType::kPackedInt64Array) return append_number(number.integer);
		const bool is_byte = type == VariantType::kPackedByteArray;
		const int64_t low = is_byte ? 0 : int64_t{INT32_MIN}, high = is_byte ? 255 : int64_t{INT32_MAX};
		if (number.integer < low || number.integer > high) return Error::ERR_PARSE_ERROR;
		if (is_byte) return append_number(static_cast<uint8_t>(number.integer));
		return append_number(static_cast<int32_t>(number.integer));
	}

	const ByteView text_;
	size_t at_ = 0;
	VariantMemory memory_;
	const uint32_t max_depth_;
	const bool allow_objects_;
	ByteBuffer scratch_;               // the string or packed array being read
	Variant done_;                     // the value read last
	Variant stack_ = Variant::array(); // containers being read, each with its pending key
	bool entered_ = false;
	size_t depth_ = 0;
	ParseFrame frames_[kVariantMaxDepth + 1];
};

} // namespace

Error parse_variant(ByteView text, Variant &out, const VariantParseOptions &options, size_t *error_offset) {
	VariantTextParser parser(text, options);
	Variant value;
	const Error error = parser.parse(value);
	if (error_offset != nullptr) *error_offset = error == Error::OK ? 0 : parser.offset();
	out = error == Error::OK ? std::move(value) : Variant();
	return error;
}

} // namespace netpeer
