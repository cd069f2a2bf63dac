# TLS client of an echo server: a block, read back.
#   --port= --verify=1 (checks the certificate, against --ca=PEM, for --hostname=) --block=BYTES --seconds= (gives up)
# Prints TCP, START, STATUS, BLOCK and AFTER. Exit codes: 0 good, 1 not connected or the block came back changed.
extends "res://interop_base.gd"

func _init():
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	var tcp = StreamPeerTCP.new()
	tcp.connect_to_host("127.0.0.1", int(arg("port", "0")))
	while tcp.get_status() == StreamPeerTCP.STATUS_CONNECTING and OS.get_ticks_msec() < stop_at:
		OS.delay_msec(1)
	print("TCP status=", tcp.get_status())
	var ca = null
	if arg("ca", "") != "":
		ca = X509Certificate.new()
		print("CA err=", ca.load(arg("ca", "")))
	var ssl = StreamPeerSSL.new()
	ssl.blocking_handshake = false
	var err = ssl.connect_to_stream(tcp, arg("verify", "1") == "1", arg("hostname", "localhost"), ca)
	print("START err=", err)
	while ssl.get_status() == StreamPeerSSL.STATUS_HANDSHAKING and OS.get_ticks_msec() < stop_at:
		ssl.poll()
		OS.delay_msec(1)
	print("STATUS ", ssl.get_status())
	if ssl.get_status() != StreamPeerSSL.STATUS_CONNECTED:
		quit(1)
		return
	var n = int(arg("block", "100000"))
	var block = PoolByteArray()
	block.resize(n)
	for i in range(n):
		block[i] = (i * 31 + (i >> 8)) & 255
	var sent = 0
	var got = PoolByteArray()
	while got.size() < n and OS.get_ticks_msec() < stop_at and ssl.get_status() == StreamPeerSSL.STATUS_CONNECTED:
		if sent < n:
			var r = ssl.put_partial_data(block.subarray(sent, min(sent + 16383, n - 1)))
			sent += r[1]
		ssl.poll()
		if ssl.get_status() != StreamPeerSSL.STATUS_CONNECTED:
			break
		var a = ssl.get_available_bytes()
		if a > 0:
			got.append_array(ssl.get_partial_data(a)[1])
		else:
			OS.delay_msec(1)
	print("BLOCK sent=", sent, " got=", got.size(), " same=", got == block)
	ssl.disconnect_from_stream()
	print("AFTER status=", ssl.get_status(), " tcp=", tcp.get_status())
	quit(0 if got == block else 1)
