# DTLS echo server on UDPServer and DTLSServer.
#   --port= --key= --cert= (PEM files) --until-disconnects=N  ends when so many sessions have ended --seconds= (ends by itself)
# Prints LISTEN, TAKE (the first of a client has status 3: it brought no cookie), CONNECTED, GONE and DONE. Exit code 3:
# could not listen.
extends "res://interop_base.gd"

func _init():
	var key = CryptoKey.new()
	var cert = X509Certificate.new()
	print("KEY err=", key.load(arg("key", "")), " CERT err=", cert.load(arg("cert", "")))
	var udp = UDPServer.new()
	var dtls = DTLSServer.new()
	print("SETUP err=", dtls.setup(key, cert))
	var err = udp.listen(int(arg("port", "0")), "127.0.0.1")
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var until = int(arg("until-disconnects", "1"))
	var peers = []
	var shown = {}
	var takes = 0
	var gone = 0
	var echoed = 0
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while gone < until and OS.get_ticks_msec() < stop_at:
		udp.poll()
		while udp.is_connection_available():
			var p = dtls.take_connection(udp.take_connection())
			takes += 1
			print("TAKE n=", takes, " status=", p.get_status())
			if p.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
				peers.append(p)
				shown[p] = false
		for p in peers.duplicate():
			p.poll()
			var st = p.get_status()
			if st == PacketPeerDTLS.STATUS_CONNECTED:
				if not shown[p]:
					shown[p] = true
					print("CONNECTED")
				while p.get_status() == PacketPeerDTLS.STATUS_CONNECTED and p.get_available_packet_count() > 0:
					p.put_packet(p.get_packet())
					echoed += 1
			elif st != PacketPeerDTLS.STATUS_HANDSHAKING:
				print("GONE status=", st)
				peers.erase(p)
				gone += 1
		OS.delay_msec(1)
	udp.stop()
	print("DONE takes=", takes, " gone=", gone, " echoed=", echoed)
	quit(0)
