# Client: sends the packets of a run, one every other millisecond, and notes what comes back.
#   --port= --mode=reliable|unreliable|ordered --count= --seconds= (gives up)
#   --compress=0..4  the compression mode
#   --dtls=1 --ca=PEM  asks for DTLS (and says whether it is on)
#   --leave=0  stays until the server ends the connection
# Prints CREATE, STATE, PEER and GONE (what the server tells of others), DONE when all came that must, RESULT.
# Exit codes: 0 good, 1 not connected, or not everything came in time, 3 could not be created.
extends "res://interop_base.gd"

var peer
var state = "connecting"

func on_ok():
	state = "connected"

func on_failed():
	state = "failed"

func on_server_gone():
	state = "server_disconnected"

func on_peer(id):
	print("PEER id=", id)

func on_gone(id):
	print("GONE id=", id)

func _init():
	make_pattern()
	var mode = arg("mode", "reliable")
	var count = int(arg("count", "200"))
	peer = NetworkedMultiplayerENet.new()
	peer.connect("connection_succeeded", self, "on_ok")
	peer.connect("connection_failed", self, "on_failed")
	peer.connect("server_disconnected", self, "on_server_gone")
	peer.connect("peer_connected", self, "on_peer")
	peer.connect("peer_disconnected", self, "on_gone")
	peer.compression_mode = int(arg("compress", "0"))
	if arg("dtls", "0") == "1":
		peer.use_dtls = true
		var ca = X509Certificate.new()
		print("CA err=", ca.load(arg("ca", "")))
		peer.set_dtls_certificate(ca)
		print("DTLS ", peer.use_dtls)
	var err = peer.create_client("127.0.0.1", int(arg("port", "0")))
	print("CREATE err=", err, " id=", peer.get_unique_id() if err == OK else 0)
	if err != OK:
		quit(3)
		return
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while state == "connecting" and OS.get_ticks_msec() < stop_at:
		peer.poll()
		OS.delay_msec(1)
	print("STATE ", state)
	if state != "connected":
		quit(1)
		return
	peer.set_target_peer(1)
	peer.set_transfer_mode(transfer_mode(mode))
	var sent = 0
	var done = false
	var send_at = OS.get_ticks_msec()
	var heard_at = send_at
	while state == "connected" and OS.get_ticks_msec() < stop_at:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			note(peer.get_packet(), mode == "reliable")
			heard_at = OS.get_ticks_msec()
		if sent < count and OS.get_ticks_msec() >= send_at:
			err = peer.put_packet(payload(sent))
			if err != OK:
				print("PUT err=", err)
			sent += 1
			send_at = OS.get_ticks_msec() + 2
			heard_at = OS.get_ticks_msec()
		if not done and sent == count and arg("sizes", "") != "":
			done = got.size() == count
			if done:
				print("DONE")
				break
		elif not done and sent == count and large == count / 4:
			# Small unreliable packets may be lost: a silence ends the wait for them.
			done = got.size() == count / 4 * 3 and empty == count / 4
			if mode != "reliable" and OS.get_ticks_msec() - heard_at > 500:
				done = true
			if done:
				print("DONE")
				if arg("leave", "1") == "1":
					break
		OS.delay_msec(1)
	print("STATE ", state)
	if state == "connected":
		peer.close_connection()
	report()
	quit(0 if done else 1)
