# Echo server: notes every packet and returns it in the mode of the run. Empty ones do not go back: Godot's put_packet
# sends nothing for them.
#   --port= --mode=reliable|unreliable|ordered --clients= --seconds= (ends by itself)
#   --until-disconnects=N  ends when so many clients have left
#   --leave=disconnect|close --leave-after=N  sends the client away, or closes, after so many packets
#   --compress=0..4  the compression mode
#   --dtls=1 --key=PEM --cert=PEM  asks for DTLS (and says whether it is on)
#   --echo=0  only notes
# Prints LISTEN, CONNECT, DISCONNECT and at the end RESULT. Exit code 3: could not listen.
extends "res://interop_base.gd"

var peer
var connected = 0
var disconnects = 0

func on_connected(id):
	connected = id
	print("CONNECT id=", id)

func on_disconnected(id):
	disconnects += 1
	print("DISCONNECT id=", id)

func _init():
	make_pattern()
	var mode = arg("mode", "reliable")
	var until = int(arg("until-disconnects", "1"))
	var leave_after = int(arg("leave-after", "0"))
	peer = NetworkedMultiplayerENet.new()
	peer.set_bind_ip("127.0.0.1")
	peer.connect("peer_connected", self, "on_connected")
	peer.connect("peer_disconnected", self, "on_disconnected")
	peer.compression_mode = int(arg("compress", "0"))
	if arg("dtls", "0") == "1":
		peer.use_dtls = true
		var key = CryptoKey.new()
		var cert = X509Certificate.new()
		print("KEY err=", key.load(arg("key", "")), " CERT err=", cert.load(arg("cert", "")))
		peer.set_dtls_key(key)
		peer.set_dtls_certificate(cert)
		print("DTLS ", peer.use_dtls)
	var err = peer.create_server(int(arg("port", "0")), int(arg("clients", "8")))
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var count = 0
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while disconnects < until and OS.get_ticks_msec() < stop_at:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			var from = peer.get_packet_peer()
			var data = peer.get_packet()
			note(data, mode == "reliable")
			count += 1
			if arg("echo", "1") == "1":
				peer.set_target_peer(from)
				peer.set_transfer_mode(transfer_mode(mode))
				err = peer.put_packet(data)
				if err != OK:
					print("PUT err=", err)
			else:
				print("RECV from=", from, " len=", data.size())
		if leave_after > 0 and count >= leave_after:
			leave_after = 0
			if arg("leave", "close") == "close":
				break
			peer.disconnect_peer(connected)
		OS.delay_msec(1)
	peer.close_connection()
	report()
	quit(0)
