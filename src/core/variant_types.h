// The types a Variant can hold: Godot 4's numbers and names for all 39, and the plain structs of the mathematical ones.
// They carry values across the network and compute nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace netpeer {

// X(enumerator, number, Godot's name)
#define NETPEER_VARIANT_TYPE_LIST(X)                                                                                   \
	X(kNil, 0, "Nil")                                                                                                  \
	X(kBool, 1, "bool")                                                                                                \
	X(kInt, 2, "int")                                                                                                  \
	X(kFloat, 3, "float")                                                                                              \
	X(kString, 4, "String")                                                                                            \
	X(kVector2, 5, "Vector2")                                                                                          \
	X(kVector2i, 6, "Vector2i")                                                                                        \
	X(kRect2, 7, "Rect2")                                                                                              \
	X(kRect2i, 8, "Rect2i")                                                                                            \
	X(kVector3, 9, "Vector3")                                                                                          \
	X(kVector3i, 10, "Vector3i")                                                                                       \
	X(kTransform2D, 11, "Transform2D")                                                                                 \
	X(kVector4, 12, "Vector4")                                                                                         \
	X(kVector4i, 13, "Vector4i")                                                                                       \
	X(kPlane, 14, "Plane")                                                                                             \
	X(kQuaternion, 15, "Quaternion")                                                                                   \
	X(kAABB, 16, "AABB")                                                                                               \
	X(kBasis, 17, "Basis")                                                                                             \
	X(kTransform3D, 18, "Transform3D")                                                                                 \
	X(kProjection, 19, "Projection")                                                                                   \
	X(kColor, 20, "Color")                                                                                             \
	X(kStringName, 21, "StringName")                                                                                   \
	X(kNodePath, 22, "NodePath")                                                                                       \
	X(kRid, 23, "RID")                                                                                                 \
	X(kObject, 24, "Object")                                                                                           \
	X(kCallable, 25, "Callable")                                                                                       \
	X(kSignal, 26, "Signal")                                                                                           \
	X(kDictionary, 27, "Dictionary")                                                                                   \
	X(kArray, 28, "Array")                                                                                             \
	X(kPackedByteArray, 29, "PackedByteArray")                                                                         \
	X(kPackedInt32Array, 30, "PackedInt32Array")                                                                       \
	X(kPackedInt64Array, 31, "PackedInt64Array")                                                                       \
	X(kPackedFloat32Array, 32, "PackedFloat32Array")                                                                   \
	X(kPackedFloat64Array, 33, "PackedFloat64Array")                                                                   \
	X(kPackedStringArray, 34, "PackedStringArray")                                                                     \
	X(kPackedVector2Array, 35, "PackedVector2Array")                                                                   \
	X(kPackedVector3Array, 36, "PackedVector3Array")                                                                   \
	X(kPackedColorArray, 37, "PackedColorArray")                                                                       \
	X(kPackedVector4Array, 38, "PackedVector4Array")

/// Numbers are Godot 4's Variant.Type, which are also those on the wire.
enum class VariantType : uint8_t {
#define NETPEER_VARIANT_TYPE_ENUM(name, number, text) name = number,
	NETPEER_VARIANT_TYPE_LIST(NETPEER_VARIANT_TYPE_ENUM)
#undef NETPEER_VARIANT_TYPE_ENUM
};
constexpr uint32_t kVariantTypes = 39;

/// Godot's name ("int", "PackedByteArray"); "?" for a number outside the list. Never null.
const char *variant_type_name(VariantType type);

// Components are 32-bit, as in Godot's standard build. Each struct is its components in the order of the wire.
struct Vector2 {
	float x = 0, y = 0;
};
struct Vector2i {
	int32_t x = 0, y = 0;
};
struct Rect2 {
	Vector2 position, size;
};
struct Rect2i {
	Vector2i position, size;
};
struct Vector3 {
	float x = 0, y = 0, z = 0;
};
struct Vector3i {
	int32_t x = 0, y = 0, z = 0;
};
/// Two axes and an origin.
struct Transform2D {
	Vector2 x{1, 0}, y{0, 1}, origin;
};
struct Vector4 {
	float x = 0, y = 0, z = 0, w = 0;
};
struct Vector4i {
	int32_t x = 0, y = 0, z = 0, w = 0;
};
struct Plane {
	Vector3 normal;
	float d = 0;
};
struct Quaternion {
	float x = 0, y = 0, z = 0, w = 1;
};
struct AABB {
	Vector3 position, size;
};
/// Three rows: row 0 holds the x components of the three axis vectors. Godot's constructor takes the axes: the columns.
struct Basis {
	Vector3 rows[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
};
struct Transform3D {
	Basis basis;
	Vector3 origin;
};
/// Four columns.
struct Projection {
	Vector4 columns[4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
};
struct Color {
	float r = 0, g = 0, b = 0, a = 1;
};

/// Which Variant type a struct is: variant_type_of<Vector2>::value.
template <class T> struct variant_type_of;
#define NETPEER_VARIANT_MATH_LIST(X)                                                                                   \
	X(Vector2)                                                                                                         \
	X(Vector2i)                                                                                                        \
	X(Rect2)                                                                                                           \
	X(Rect2i)                                                                                                          \
	X(Vector3)                                                                                                         \
	X(Vector3i)                                                                                                        \
	X(Transform2D)                                                                                                     \
	X(Vector4)                                                                                                         \
	X(Vector4i)                                                                                                        \
	X(Plane)                                                                                                           \
	X(Quaternion)                                                                                                      \
	X(AABB)                                                                                                            \
	X(Basis)                                                                                                           \
	X(Transform3D)                                                                                                     \
	X(Projection)                                                                                                      \
	X(Color)
#define NETPEER_VARIANT_MATH_TYPE(T)                                                                                   \
	template <> struct variant_type_of<T> {                                                                            \
		static constexpr VariantType value = VariantType::k##T;                                                        \
		static_assert(sizeof(T) % 4 == 0 && alignof(T) == 4, "components only, so that it copies to the wire");        \
	};
NETPEER_VARIANT_MATH_LIST(NETPEER_VARIANT_MATH_TYPE)
#undef NETPEER_VARIANT_MATH_TYPE

} // namespace netpeer
