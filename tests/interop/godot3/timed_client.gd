# Client that sends reliable messages as timed_server.gd wants them: for bench/loss/realtime.
#   --port= --count= --bytes= (16 at least) --every=MS (0: all at once) --seconds= (gives up)
# Stays until the server ends the connection. Prints CREATE, STATE and PUT for what could not be sent.
extends "res://interop_timed.gd"

var peer
var state = "connecting"

func on_ok():
	state = "connected"

func on_failed():
	state = "failed"

func on_server_gone():
	state = "server_disconnected"

func _init():
	set_clock()
	var count = int(arg("count", "100"))
	var every = float(arg("every", "20"))
	var filler = PoolByteArray()
	filler.resize(int(arg("bytes", "64")) - 16)
	peer = NetworkedMultiplayerENet.new()
	peer.connect("connection_succeeded", self, "on_ok")
	peer.connect("connection_failed", self, "on_failed")
	peer.connect("server_disconnected", self, "on_server_gone")
	var err = peer.create_client("127.0.0.1", int(arg("port", "0")))
	print("CREATE err=", err)
	if err != OK:
		quit(3)
		return
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while state == "connecting" and OS.get_ticks_msec() < stop_at:
		peer.poll()
		OS.delay_msec(1)
	print("STATE ", state)
	peer.set_target_peer(1)
	peer.set_transfer_mode(NetworkedMultiplayerPeer.TRANSFER_MODE_RELIABLE)
	var begin = OS.get_ticks_usec()
	var sent = 0
	while state == "connected" and OS.get_ticks_msec() < stop_at:
		while sent < count and OS.get_ticks_usec() - begin >= sent * every * 1000:
			var head = StreamPeerBuffer.new()
			head.put_64(sent)
			head.put_64(now_us())
			err = peer.put_packet(head.data_array + filler)
			if err != OK:
				print("PUT err=", err)
			sent += 1
		peer.poll()
		OS.delay_msec(1)
	print("STATE ", state)
	quit(0)
