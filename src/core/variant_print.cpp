#include "number_text.h"
#include "utf8_text.h"
#include "variant_node.h"
#include "variant_text.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace netpeer {

namespace {

struct PrintFrame {
	VariantNode *node;
	uint32_t at;
	VariantType type;
	bool wrapped; // a typed container: its literal is the argument of a constructor
};

class VariantPrinter {
public:
	VariantPrinter(ByteBuffer &out, VariantTextStyle style) : out_(out), json_(style == VariantTextStyle::kJson) {}

	Error print(const Variant &root) {
		size_t depth = 0;
		const Variant *value = &root;
		for (;;) {
			entered_.node = nullptr;
			NETPEER_TRY(print_value(*value));
			if (entered_.node != nullptr) {
				if (depth == kVariantMaxDepth) return Error::ERR_OUT_OF_MEMORY;
				frames_[depth++] = entered_;
			}
			while (depth != 0 && frames_[depth - 1].at == frames_[depth - 1].node->size) {
				NETPEER_TRY(close(frames_[depth - 1]));
				--depth;
			}
			if (depth == 0) return Error::OK;
			NETPEER_TRY(next(frames_[depth - 1], value));
		}
	}

private:
	Error put(const char *text) { return out_.append(view_of(text)); }
	Error put_int(int64_t value) {
		char text[32];
		(void)std::snprintf(text, sizeof(text), "%" PRId64, value);
		return put(text);
	}
	Error put_uint(uint64_t value) {
		char text[32];
		(void)std::snprintf(text, sizeof(text), "%" PRIu64, value);
		return put(text);
	}

	// The separator before the frame's next value, and whatever stands there for its key.
	Error next(PrintFrame &frame, const Variant *&value) {
		const Variant *values = frame.node->variants();
		const bool object = frame.type == VariantType::kObject;
		if (object) {
			if (frame.at != 1 || !json_) NETPEER_TRY(put(", "));
			NETPEER_TRY(put_quoted(values[frame.at].text()));
			NETPEER_TRY(put(": "));
			value = values + frame.at + 1;
			frame.at += 2;
			return Error::OK;
		}
		if (frame.type == VariantType::kDictionary && frame.at % 2 == 1) {
			NETPEER_TRY(put(": "));
		} else if (frame.at != 0) {
			NETPEER_TRY(put(", "));
		}
		value = values + frame.at++;
		if (!json_ || frame.type != VariantType::kDictionary || frame.at % 2 == 0) return Error::OK;
		NETPEER_TRY(put_json_key(*value));
		return put_value_after_key(frame, value);
	}
	// JSON's keys are written at once; go on with the value.
	Error put_value_after_key(PrintFrame &frame, const Variant *&value) {
		NETPEER_TRY(put(": "));
		value = frame.node->variants() + frame.at++;
		return Error::OK;
	}
	Error close(const PrintFrame &frame) {
		if (frame.type == VariantType::kObject) return put(json_ ? "}}" : ")");
		NETPEER_TRY(put(frame.type == VariantType::kDictionary ? "}" : "]"));
		return frame.wrapped ? put(")") : Error::OK;
	}
	void enter(const Variant &value, uint32_t first, bool wrapped) {
		entered_ = PrintFrame{VariantAccess::node(value), first, value.type(), wrapped};
	}

	Error print_value(const Variant &value) {
		switch (value.type()) {
		case VariantType::kNil: return put("null");
		case VariantType::kBool: return put(value.as_bool() ? "true" : "false");
		case VariantType::kInt:
			// GDScript reads a minus and a number, and this number has no positive.
			if (!json_ && value.as_int() == INT64_MIN) return put("-9223372036854775807 - 1");
			return put_int(value.as_int());
		case VariantType::kFloat: return put_float64(value.as_float(), true);
		case VariantType::kString: return put_quoted(value.text());
		case VariantType::kStringName:
			if (!json_) NETPEER_TRY(put("&"));
			return put_quoted(value.text());
		case VariantType::kNodePath: return put_path(value);
		case VariantType::kRid: return put_id("RID", value.id());
		case VariantType::kObject: return put_object(value);
		case VariantType::kCallable: return put(json_ ? "null" : "Callable()");
		case VariantType::kSignal: return put_signal(value);
		case VariantType::kArray:
		case VariantType::kDictionary: return put_container(value);
		case VariantType::kPackedStringArray: return put_strings(value);
		default: break;
		}
		return variant_math_bytes(value.type()) != 0
		               ? put_math(value.type(), static_cast<const uint8_t *>(VariantAccess::payload(value)))
		               : put_packed(value);
	}

	Error put_special(double value, bool &done) {
		done = true;
		if (value != value) return put(json_ ? "\"NAN\"" : "NAN");
		if (std::isinf(value)) return put(value > 0 ? (json_ ? "\"INF\"" : "INF") : (json_ ? "\"-INF\"" : "-INF"));
		done = false;
		return Error::OK;
	}
	// `float_mark`: ".0" tells a float from an int.
	Error put_float64(double value, bool float_mark) {
		bool done = false;
		NETPEER_TRY(put_special(value, done));
		if (done) return Error::OK;
		char text[kNumberTextBytes];
		(void)print_double(value, text);
		NETPEER_TRY(put(text));
		return float_mark && std::strpbrk(text, ".e") == nullptr ? put(".0") : Error::OK;
	}
	Error put_float32(float value) {
		bool done = false;
		NETPEER_TRY(put_special(static_cast<double>(value), done));
		if (done) return Error::OK;
		char text[kNumberTextBytes];
		(void)print_float(value, text);
		return put(text);
	}
	Error put_quoted(ByteView text) {
		NETPEER_TRY(put("\""));
		size_t plain = 0; // start of what needs no escape
		for (size_t i = 0; i <= text.size; ++i) {
			const uint8_t c = i < text.size ? text[i] : uint8_t{0};
			if (i < text.size && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
			NETPEER_TRY(out_.append(ByteView(text.data + plain, i - plain)));
			plain = i + 1;
			if (i == text.size) break;
			char escape[8] = {'\\', static_cast<char>(c), '\0'};
			if (c == '\n')
				escape[1] = 'n';
			else if (c == '\t')
				escape[1] = 't';
			else if (c == '\r')
				escape[1] = 'r';
			else if (c != '"' && c != '\\')
				(void)std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
			NETPEER_TRY(put(escape));
		}
		return put("\"");
	}
	Error put_path(const Variant &value) {
		ByteBuffer path;
		if (value.is_absolute_path()) NETPEER_TRY(path.append(view_of("/")));
		for (size_t i = 0; i < value.size(); ++i) {
			if (i >= value.path_names())
				NETPEER_TRY(path.append(view_of(":")));
			else if (i != 0)
				NETPEER_TRY(path.append(view_of("/")));
			NETPEER_TRY(path.append(value.at(i).text()));
		}
		if (!json_) NETPEER_TRY(put("^"));
		return put_quoted(path.view());
	}
	Error put_id(const char *name, uint64_t id) {
		if (json_) return put_uint(id);
		NETPEER_TRY(put(name));
		NETPEER_TRY(put("("));
		if (id != 0) NETPEER_TRY(put_uint(id));
		return put(")");
	}
	Error put_object(const Variant &value) {
		if (!value.is_object_data()) {
			if (value.id() == 0) return put(json_ ? "null" : "Object()");
			return put_id("EncodedObjectAsID", value.id());
		}
		NETPEER_TRY(put(json_ ? "{\"class\": " : "Object("));
		NETPEER_TRY(put_quoted(value.class_name()));
		if (json_) NETPEER_TRY(put(", \"properties\": {"));
		enter(value, 1, false);
		return Error::OK;
	}
	Error put_signal(const Variant &value) {
		if (json_) return put_quoted(value.text());
		if (value.id() == 0 && value.text().empty()) return put("Signal()");
		NETPEER_TRY(put("Signal("));
		NETPEER_TRY(put_id("EncodedObjectAsID", value.id()));
		NETPEER_TRY(put(", "));
		NETPEER_TRY(put_quoted(value.text()));
		return put(")");
	}

	Error put_declared(VariantType type, ByteView class_name) {
		if (type == VariantType::kNil) return put("Variant");
		if (class_name.empty()) return put(variant_type_name(type));
		return put_quoted(class_name);
	}
	Error put_container(const Variant &value) {
		const bool dictionary = value.type() == VariantType::kDictionary;
		const VariantType key = value.key_type(), element = value.element_type();
		const bool wrapped = !json_ && (key != VariantType::kNil || element != VariantType::kNil);
		if (wrapped) {
			NETPEER_TRY(put(dictionary ? "Dictionary[" : "Array["));
			if (dictionary) {
				NETPEER_TRY(put_declared(key, value.key_class()));
				NETPEER_TRY(put(", "));
			}
			NETPEER_TRY(put_declared(element, value.element_class()));
			NETPEER_TRY(put("]("));
		}
		NETPEER_TRY(put(dictionary ? "{" : "["));
		if (VariantAccess::in_node(value)) {
			enter(value, 0, wrapped);
			return Error::OK;
		}
		return put(dictionary ? "}" : "]");
	}
	Error put_json_key(const Variant &key) {
		if (key.type() == VariantType::kString || key.type() == VariantType::kStringName) return put_quoted(key.text());
		ByteBuffer text(default_allocator(), out_.max_bytes());
		NETPEER_TRY(print_variant(key, text));
		return put_quoted(text.view());
	}

	Error put_list_start(VariantType type) {
		if (!json_) {
			NETPEER_TRY(put(variant_type_name(type)));
			NETPEER_TRY(put("("));
		}
		return put("[");
	}
	Error put_list_end() { return put(json_ ? "]" : "])"); }
	Error put_strings(const Variant &value) {
		NETPEER_TRY(put_list_start(value.type()));
		for (size_t i = 0; i < value.size(); ++i) {
			if (i != 0) NETPEER_TRY(put(", "));
			NETPEER_TRY(put_quoted(value.at(i).text()));
		}
		return put_list_end();
	}
	Error put_packed(const Variant &value) {
		const VariantType type = value.type();
		const size_t each = packed_element_bytes(type);
		const ByteView content = value.packed_bytes();
		NETPEER_TRY(put_list_start(type));
		for (size_t i = 0; i < content.size; i += each) {
			if (i != 0) NETPEER_TRY(put(", "));
			NETPEER_TRY(put_element(type, content.data + i));
		}
		return put_list_end();
	}
	Error put_element(VariantType type, const uint8_t *at) {
		switch (type) {
		case VariantType::kPackedByteArray: return put_int(at[0]);
		case VariantType::kPackedInt32Array: return put_int(load<int32_t>(at));
		case VariantType::kPackedInt64Array: {
			const int64_t value = load<int64_t>(at);
			return value == INT64_MIN && !json_ ? put("-9223372036854775807 - 1") : put_int(value);
		}
		case VariantType::kPackedFloat32Array: return put_float32(load<float>(at));
		case VariantType::kPackedFloat64Array: return put_float64(load<double>(at), false);
		case VariantType::kPackedVector2Array: return put_math(VariantType::kVector2, at);
		case VariantType::kPackedVector3Array: return put_math(VariantType::kVector3, at);
		case VariantType::kPackedVector4Array: return put_math(VariantType::kVector4, at);
		default: return put_math(VariantType::kColor, at);
		}
	}
	template <class T> static T load(const uint8_t *at) {
		T value;
		std::memcpy(&value, at, sizeof(T));
		return value;
	}

	Error put_floats(const char *name, const float *values, size_t count, size_t stride = 1) {
		NETPEER_TRY(put(json_ ? "[" : name));
		if (!json_) NETPEER_TRY(put("("));
		for (size_t i = 0; i < count; ++i) {
			if (i != 0) NETPEER_TRY(put(", "));
			NETPEER_TRY(put_float32(values[i * stride]));
		}
		return put(json_ ? "]" : ")");
	}
	// Several vectors as the arguments of one constructor.
	Error put_vectors(
	        const char *name, const char *vector, const float *values, size_t count, size_t each, bool columns) {
		NETPEER_TRY(put(json_ ? "[" : name));
		if (!json_) NETPEER_TRY(put("("));
		for (size_t i = 0; i < count; ++i) {
			if (i != 0) NETPEER_TRY(put(", "));
			NETPEER_TRY(put_floats(vector, columns ? values + i : values + i * each, each, columns ? each : 1));
		}
		return put(json_ ? "]" : ")");
	}
	Error put_math(VariantType type, const uint8_t *at) {
		float values[16] = {};
		const size_t bytes = variant_math_bytes(type);
		std::memcpy(values, at, bytes);
		const char *name = variant_type_name(type);
		switch (type) {
		case VariantType::kVector2i:
		case VariantType::kRect2i:
		case VariantType::kVector3i:
		case VariantType::kVector4i:
			NETPEER_TRY(put(json_ ? "[" : name));
			if (!json_) NETPEER_TRY(put("("));
			for (size_t i = 0; i < bytes; i += 4) {
				if (i != 0) NETPEER_TRY(put(", "));
				NETPEER_TRY(put_int(load<int32_t>(at + i)));
			}
			return put(json_ ? "]" : ")");
		case VariantType::kTransform2D: return put_vectors(name, "Vector2", values, 3, 2, false);
		case VariantType::kAABB: return put_vectors(name, "Vector3", values, 2, 3, false);
		case VariantType::kBasis: return put_vectors(name, "Vector3", values, 3, 3, true);
		case VariantType::kProjection: return put_vectors(name, "Vector4", values, 4, 4, false);
		case VariantType::kTransform3D:
			NETPEER_TRY(put(json_ ? "[" : "Transform3D("));
			NETPEER_TRY(put_vectors("Basis", "Vector3", values, 3, 3, true));
			NETPEER_TRY(put(", "));
			NETPEER_TRY(put_floats("Vector3", values + 9, 3));
			return put(json_ ? "]" : ")");
		default: return put_floats(name, values, bytes / 4);
		}
	}

	ByteBuffer &out_;
	const bool json_;
	PrintFrame entered_{nullptr, 0, VariantType::kNil, false};
	PrintFrame frames_[kVariantMaxDepth];
};

} // namespace

Error print_variant(const Variant &value, ByteBuffer &out, VariantTextStyle style) {
	const size_t before = out.size();
	const Error error = VariantPrinter(out, style).print(value);
	if (error != Error::OK) (void)out.resize(before); // cutting never fails
	return error;
}

} // namespace netpeer
