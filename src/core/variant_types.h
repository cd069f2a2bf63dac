// The types a Variant can hold: Godot 4's numbers and names for all 39, and the plain structs of the mathematical ones.
// They carry values across the network and compute nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// The list: X(enumerator, number, Godot's name) for each type a Variant may have.
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
/// @cond
#define NETPEER_VARIANT_TYPE_ENUM(name, number, text) name = number,
	/// @endcond
	NETPEER_VARIANT_TYPE_LIST(NETPEER_VARIANT_TYPE_ENUM)
#undef NETPEER_VARIANT_TYPE_ENUM
};
constexpr uint32_t kVariantTypes = 39; // how many there are; all are below it

/// Godot's name ("int", "PackedByteArray"); "?" for a number outside the list. Never null.
const char *variant_type_name(VariantType type);

/// Origin: Godot Vector2. Components of all these structs are 32-bit, as in its standard build, in the order of the wire.
struct Vector2 {
	/// @{
	/// Right, down.
	float x = 0, y = 0;
	/// @}
};
/// Origin: Godot Vector2i.
struct Vector2i {
	/// @{
	/// Right, down.
	int32_t x = 0, y = 0;
	/// @}
};
/// Origin: Godot Rect2.
struct Rect2 {
	/// @{
	/// A corner, and what to add for the opposite one.
	Vector2 position, size;
	/// @}
};
/// Origin: Godot Rect2i.
struct Rect2i {
	/// @{
	/// A corner, and what to add for the opposite one.
	Vector2i position, size;
	/// @}
};
/// Origin: Godot Vector3.
struct Vector3 {
	/// @{
	/// Components.
	float x = 0, y = 0, z = 0;
	/// @}
};
/// Origin: Godot Vector3i.
struct Vector3i {
	/// @{
	/// Components.
	int32_t x = 0, y = 0, z = 0;
	/// @}
};
/// Two axes and an origin. Origin: Godot Transform2D.
struct Transform2D {
	/// @{
	/// The axes, and where (0, 0) goes.
	Vector2 x{1, 0}, y{0, 1}, origin;
	/// @}
};
/// Origin: Godot Vector4.
struct Vector4 {
	/// @{
	/// Components.
	float x = 0, y = 0, z = 0, w = 0;
	/// @}
};
/// Origin: Godot Vector4i.
struct Vector4i {
	/// @{
	/// Components.
	int32_t x = 0, y = 0, z = 0, w = 0;
	/// @}
};
/// The points whose product with `normal` is `d`. Origin: Godot Plane.
struct Plane {
	Vector3 normal; // as given; not made a unit vector
	float d = 0;    // distance from the origin along a unit normal
};
/// The default turns nothing. Origin: Godot Quaternion.
struct Quaternion {
	/// @{
	/// Imaginary parts, real part.
	float x = 0, y = 0, z = 0, w = 1;
	/// @}
};
/// A box along the axes. Origin: Godot AABB.
struct AABB {
	/// @{
	/// A corner, and what to add for the opposite one.
	Vector3 position, size;
	/// @}
};
/// Three rows: row 0 holds the x components of the three axis vectors. Godot's constructor takes the axes: the columns.
/// Origin: Godot Basis.
struct Basis {
	/// @{
	/// The identity at first.
	Vector3 rows[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
	/// @}
};
/// Origin: Godot Transform3D.
struct Transform3D {
	Basis basis;    // turns and scales
	Vector3 origin; // where (0, 0, 0) goes
};
/// Four columns. Origin: Godot Projection.
struct Projection {
	/// The identity at first.
	Vector4 columns[4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
};
/// 1 is full intensity; the default is opaque black. Origin: Godot Color.
struct Color {
	/// @{
	/// Red, green, blue, opacity.
	float r = 0, g = 0, b = 0, a = 1;
	/// @}
};

/// Which Variant type a struct is: variant_type_of<Vector2>::value.
template <class T> struct variant_type_of;
/// @cond
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
/// @endcond

} // namespace netpeer
