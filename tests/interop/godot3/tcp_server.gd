# TCP echo server: bytes come back as they came.
#   --port= --seconds= (ends by itself) --until-disconnects=N  ends when so many clients have left
#   --mode=greet  first sends "hello" as put_utf8_string and a dictionary as put_var
#   --close-after=N  leaves a client after so many bytes
# Prints LISTEN, ACCEPT, CLOSED or CLOSING, and DONE. Exit code 3: could not listen.
extends "res://interop_base.gd"

func _init():
	var server = TCP_Server.new()
	var err = server.listen(int(arg("port", "0")), "127.0.0.1")
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var close_after = int(arg("close-after", "0"))
	var until = int(arg("until-disconnects", "1"))
	var clients = []
	var totals = {}
	var closed = 0
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while closed < until and OS.get_ticks_msec() < stop_at:
		while server.is_connection_available():
			var c = server.take_connection()
			clients.append(c)
			totals[c] = 0
			print("ACCEPT from=", c.get_connected_host(), " port=", c.get_connected_port())
			if arg("mode", "echo") == "greet":
				c.put_utf8_string("hello")
				c.put_var({"server": "godot3", "n": [1, 2.5, "x"]})
		for c in clients.duplicate():
			var n = c.get_available_bytes()
			if c.get_status() != StreamPeerTCP.STATUS_CONNECTED:
				print("CLOSED total=", totals[c])
				clients.erase(c)
				closed += 1
				continue
			if n > 0:
				var r = c.get_data(n)
				totals[c] += r[1].size()
				c.put_data(r[1])
				if close_after > 0 and totals[c] >= close_after:
					print("CLOSING total=", totals[c])
					c.disconnect_from_host()
					clients.erase(c)
					closed += 1
		OS.delay_msec(1)
	server.stop()
	print("DONE closed=", closed)
	quit(0)
