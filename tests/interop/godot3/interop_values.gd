# Values of every type but RID and Object, and what it means for two of them to be the same.
# test_godot3_values.cpp has the same list.
extends "res://interop_base.gd"

func values():
	return [
		null, true, false,
		0, 1, -1, 2147483647, -2147483648, 2147483648, 1234567890123456789,
		0.0, 0.5, -1.25, 3.141592653589793, 1.0e300,
		"", "abc", "abcd", "h\u00e9llo \u4e16\u754c",
		Vector2(1, -2), Rect2(1, 2, 3, 4), Vector3(1, 2, 3),
		Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6)),
		Plane(0, 1, 0, 4), Quat(0.5, 0.25, -0.125, 1), AABB(Vector3(1, 2, 3), Vector3(4, 5, 6)),
		Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9)),
		Transform(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9), Vector3(10, 11, 12)),
		Color(0.25, 0.5, 0.75, 1), NodePath("A/B:prop"), NodePath("/arena/X"),
		{}, {"k": 1, 2: [3, "x"]}, [], [1, 2.5, "three", [null]],
		PoolByteArray([1, 2, 3]), PoolIntArray([1, -2]), PoolRealArray([0.5, 2.0]),
		PoolStringArray(["a", "bcd"]), PoolVector2Array([Vector2(1, 2)]),
		PoolVector3Array([Vector3(1, 2, 3)]), PoolColorArray([Color(1, 0, 0, 1)])
	]

# Same type and same bytes; of paths the bytes contain memory that was never written, so they are asked.
func same(a, b):
	if typeof(a) != typeof(b):
		return false
	return a == b if typeof(a) == TYPE_NODE_PATH else var2bytes(a) == var2bytes(b)

# What a server answers besides the value: what it took it for, and whether it is number `index` of the list.
func opinion(v, index):
	return [typeof(v), var2str(v), same(v, values()[index % values().size()])]

# Bytes that differ from size to size.
func noise(size):
	var bytes = PoolByteArray()
	bytes.resize(size)
	for i in range(size):
		bytes[i] = (i * 31 + (i >> 8) + size) & 255
	return bytes
