// Variants as text: the literals and constructors of GDScript, in both directions, and JSON for other programs to read.
#pragma once

#include "byte_buffer.h"
#include "variant.h"

namespace netpeer {

/// Which language print_variant() writes.
enum class VariantTextStyle : uint8_t {
	/// GDScript: {"a": [1, 2.0, Vector2(1, 2)], &"b": PackedByteArray([1])}. parse_variant() reads it back to an equal value,
	/// but for NaN bits, a null object inside (Object()) and node paths whose parts hold '/' or ':'.
	kGdscript,
	/// JSON, for reading: types that JSON has not become arrays of numbers, strings or objects, and keys become strings.
	kJson,
};

/// Appends `value` as text. What GDScript cannot write: an object by id is EncodedObjectAsID(5), object data is
/// Object("Class", "property": value, ...), a signal is Signal(EncodedObjectAsID(5), "name"), an RID is RID(7).
/// ERR_OUT_OF_MEMORY: `out` cannot grow, or a value lies deeper than 1024; then `out` has not changed.
/// Origin: Godot var_to_str, in spirit; the spelling is GDScript's.
Error print_variant(const Variant &value, ByteBuffer &out, VariantTextStyle style = VariantTextStyle::kGdscript);

/// What parse_variant() takes.
struct VariantParseOptions {
	/// Object(...) with a class is refused with ERR_UNAUTHORIZED unless this is set.
	bool allow_objects = false;
	/// Values above 1024 count as that.
	uint32_t max_depth = 1024;
	/// Where the value's memory comes from, and the most it may take.
	VariantMemory memory{default_allocator(), size_t{256} << 20};
};

/// Reads one value: GDScript's literals, what print_variant() prints, the numbers-only constructors of var_to_str
/// (Transform2D(1, 0, 0, 1, 0, 0)), Godot 3's type names, and sums of integers such as -9223372036854775807 - 1.
/// Numbers do not depend on the locale. On error `out` is nil and `error_offset`, if given, the byte it was noticed at.
/// ERR_PARSE_ERROR: no such text; a number that does not fit its place; something behind the value. ERR_OUT_OF_MEMORY: deeper
/// than max_depth, over the budget, no memory. ERR_UNAUTHORIZED: see allow_objects.
/// Origin: Godot str_to_var.
Error parse_variant(
        ByteView text, Variant &out, const VariantParseOptions &options = {}, size_t *error_offset = nullptr);

} // namespace netpeer
