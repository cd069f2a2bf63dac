# TLS echo server.
#   --port= --key= --cert= (PEM files) --until-disconnects=N  ends when so many clients have left --seconds= (ends by itself)
# Prints LISTEN, ACCEPT, GONE and DONE. Exit code 3: could not listen.
extends "res://interop_base.gd"

func _init():
	var key = CryptoKey.new()
	var cert = X509Certificate.new()
	print("KEY err=", key.load(arg("key", "")), " CERT err=", cert.load(arg("cert", "")))
	var server = TCP_Server.new()
	var err = server.listen(int(arg("port", "0")), "127.0.0.1")
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var until = int(arg("until-disconnects", "1"))
	var clients = []
	var gone = 0
	var total = 0
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while gone < until and OS.get_ticks_msec() < stop_at:
		if server.is_connection_available():
			var ssl = StreamPeerSSL.new()
			ssl.blocking_handshake = false
			err = ssl.accept_stream(server.take_connection(), key, cert)
			print("ACCEPT err=", err)
			clients.append(ssl)
		for s in clients.duplicate():
			if s.get_status() == StreamPeerSSL.STATUS_HANDSHAKING or s.get_status() == StreamPeerSSL.STATUS_CONNECTED:
				s.poll()
			if s.get_status() == StreamPeerSSL.STATUS_CONNECTED:
				var n = s.get_available_bytes()
				if n > 0:
					var r = s.get_data(n)
					total += r[1].size()
					s.put_data(r[1])
			elif s.get_status() != StreamPeerSSL.STATUS_HANDSHAKING:
				print("GONE status=", s.get_status())
				clients.erase(s)
				gone += 1
		OS.delay_msec(1)
	server.stop()
	print("DONE gone=", gone, " total=", total)
	quit(0)
