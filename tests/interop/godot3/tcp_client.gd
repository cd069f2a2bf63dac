# TCP client of an echo server: typed values, a put_var and a large block, all read back.
#   --port= --block=BYTES --seconds= (gives up)
# Prints CONNECT, DIFF for a value that came back changed, VAR, BLOCK and RESULT. Exit codes: 0 good, 1 not connected or
# something came back changed.
extends "res://interop_base.gd"

func _init():
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	var s = StreamPeerTCP.new()
	var err = s.connect_to_host("127.0.0.1", int(arg("port", "0")))
	while s.get_status() == StreamPeerTCP.STATUS_CONNECTING and OS.get_ticks_msec() < stop_at:
		OS.delay_msec(1)
	print("CONNECT err=", err, " status=", s.get_status())
	if s.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		quit(1)
		return
	s.set_no_delay(true)
	var bad = 0
	s.put_8(-5)
	s.put_16(-300)
	s.put_32(-70000)
	s.put_64(-5000000000)
	s.put_float(0.5)
	s.put_double(-1.25)
	s.put_string("abc")
	s.put_utf8_string("h\u00e9")
	s.put_var({"a": [1, 2.5, "x"]})
	# These gets wait for what is missing.
	for pair in [[s.get_8(), -5], [s.get_16(), -300], [s.get_32(), -70000], [s.get_64(), -5000000000], [s.get_float(), 0.5], [s.get_double(), -1.25], [s.get_string(), "abc"], [s.get_utf8_string(), "h\u00e9"]]:
		if pair[0] != pair[1]:
			print("DIFF ", pair)
			bad += 1
	var v = s.get_var()
	print("VAR ", v)
	if var2str(v) != var2str({"a": [1, 2.5, "x"]}):
		bad += 1
	var n = int(arg("block", "300000"))
	var block = PoolByteArray()
	block.resize(n)
	for i in range(n):
		block[i] = (i * 31 + (i >> 8)) & 255
	var sent = 0
	var back = PoolByteArray()
	while back.size() < n and OS.get_ticks_msec() < stop_at and s.get_status() == StreamPeerTCP.STATUS_CONNECTED:
		if sent < n:
			var r = s.put_partial_data(block.subarray(sent, min(sent + 65535, n - 1)))
			sent += r[1]
		var a = s.get_available_bytes()
		if a > 0:
			back.append_array(s.get_partial_data(a)[1])
		else:
			OS.delay_msec(1)
	print("BLOCK sent=", sent, " got=", back.size(), " same=", back == block)
	if back != block:
		bad += 1
	s.disconnect_from_host()
	print("RESULT bad=", bad)
	quit(0 if bad == 0 else 1)
