# DTLS client of an echo server: packets of seven sizes, read back.
#   --port= --verify=1 (checks the certificate, against --ca=PEM, for --hostname=) --seconds= (gives up)
# Prints START, STATUS, MISS for a packet that did not come back, ECHOES and AFTER. Exit codes: 0 good, 1 not connected or
# one did not come back.
extends "res://interop_base.gd"

func _init():
	var udp = PacketPeerUDP.new()
	udp.connect_to_host("127.0.0.1", int(arg("port", "0")))
	var ca = null
	if arg("ca", "") != "":
		ca = X509Certificate.new()
		print("CA err=", ca.load(arg("ca", "")))
	var dtls = PacketPeerDTLS.new()
	var err = dtls.connect_to_peer(udp, arg("verify", "1") == "1", arg("hostname", "localhost"), ca)
	print("START err=", err)
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while dtls.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING and OS.get_ticks_msec() < stop_at:
		dtls.poll()
		OS.delay_msec(1)
	print("STATUS ", dtls.get_status())
	if dtls.get_status() != PacketPeerDTLS.STATUS_CONNECTED:
		quit(1)
		return
	var good = 0
	for n in [1, 16, 100, 512, 1000, 1400, 4000]:
		var msg = PoolByteArray()
		msg.resize(n)
		for i in range(n):
			msg[i] = (i * 7 + n) & 255
		err = dtls.put_packet(msg)
		var got = null
		while got == null and OS.get_ticks_msec() < stop_at and dtls.get_status() == PacketPeerDTLS.STATUS_CONNECTED:
			dtls.poll()
			if dtls.get_status() == PacketPeerDTLS.STATUS_CONNECTED and dtls.get_available_packet_count() > 0:
				got = dtls.get_packet()
			else:
				OS.delay_msec(1)
		if got != null and got == msg:
			good += 1
		else:
			print("MISS n=", n, " put=", err, " status=", dtls.get_status())
	print("ECHOES good=", good)
	dtls.disconnect_from_peer()
	print("AFTER status=", dtls.get_status())
	quit(0 if good == 7 else 1)
