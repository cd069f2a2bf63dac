# Server that notes when messages come: for bench/loss/realtime. Each begins with its number and the microseconds of the
# system's clock at which it was sent, 64 bits each, little-endian.
#   --port= --seconds= (gives up)
# Ends when its client has left. Prints LISTEN, CONNECT, and at the end a line "AT number sent_us came_us" per message.
extends "res://interop_timed.gd"

var peer
var left = false
var lines = PoolStringArray()

func on_connected(id):
	print("CONNECT id=", id)

func on_disconnected(id):
	left = true

func _init():
	set_clock()
	peer = NetworkedMultiplayerENet.new()
	peer.set_bind_ip("127.0.0.1")
	peer.connect("peer_connected", self, "on_connected")
	peer.connect("peer_disconnected", self, "on_disconnected")
	var err = peer.create_server(int(arg("port", "0")), 2)
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	var bytes = StreamPeerBuffer.new()
	while not left and OS.get_ticks_msec() < stop_at:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			bytes.data_array = peer.get_packet().subarray(0, 15)
			var number = bytes.get_64()
			lines.append("AT " + str(number) + " " + str(bytes.get_64()) + " " + str(now_us()))
		OS.delay_msec(1)
	peer.close_connection()
	print(lines.join("\n"))
	quit(0)
