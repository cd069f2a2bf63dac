# What enet_client.gd and enet_server.gd share: options, the packets of a run and the tally of what came.
# A run is `count` packets; packet n has SIZES[n % 4] bytes, the first of which is n. test_godot3_peer.cpp makes the same.
# With --sizes=A,B,... those take the place of SIZES, and half of the content is such that every codec shrinks it.
extends SceneTree

const SIZES = [0, 1, 1000, 10000]

var sizes = SIZES
var longest = 10000
var pattern = PoolByteArray()
var got = {}
var large = 0
var empty = 0
var bad = 0
var twice = 0
var disordered = 0
var last = -1

# Options are --key=value; Godot ignores those it does not know.
func arg(key, fallback):
	for a in OS.get_cmdline_args():
		if a.begins_with("--" + key + "="):
			return a.substr(key.length() + 3, a.length())
	return fallback

func transfer_mode(name):
	return {
		"unreliable": NetworkedMultiplayerPeer.TRANSFER_MODE_UNRELIABLE,
		"ordered": NetworkedMultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED,
		"reliable": NetworkedMultiplayerPeer.TRANSFER_MODE_RELIABLE,
	}[name]

func make_pattern():
	var mixed = arg("sizes", "") != ""
	if mixed:
		sizes = []
		for size in arg("sizes", "").split(","):
			sizes.append(int(size))
			longest = max(longest, int(size))
	pattern.resize(longest + 256)
	var x = 12345
	for i in range(pattern.size()):
		x = (x * 1103515245 + 12345) & 0x7fffffff
		pattern[i] = (x >> 16) & 255 if not mixed or i % 64 < 32 else (i >> 6) & 255

func payload(index):
	var size = sizes[index % sizes.size()]
	if size == 0:
		return PoolByteArray()
	var bytes = pattern.subarray(index, index + size - 1)
	bytes[0] = index
	return bytes

# With `all_come`, empty packets take their place in the order too; else they cannot be told from each other.
func note(data, all_come):
	var index = last + 1
	if data.size() == 0:
		empty += 1
		if not all_come:
			return
		if index % 4 != 0:
			disordered += 1
	else:
		index = data[0]
		if data != payload(index):
			bad += 1
		if got.has(index):
			twice += 1
		got[index] = true
		if index % 4 == 3:
			large += 1
		if index <= last or (all_come and index != last + 1):
			disordered += 1
	last = index

func report():
	print("RESULT got=", got.size(), " large=", large, " empty=", empty, " bad=", bad, " twice=", twice, " disordered=", disordered)
