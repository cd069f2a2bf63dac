# Answers datagrams on PacketPeerUDP.
#   --port= --seconds= --count=N  ends after so many
#   --mode=var  each is one of interop_values.gd's, in order: sends it back as a value, and then its opinion of it
#   --mode=raw  sends the bytes back
# Prints LISTEN, GOT for each, and DONE. Exit code 3: could not listen.
extends "res://interop_values.gd"

func _init():
	var udp = PacketPeerUDP.new()
	var err = udp.listen(int(arg("port", "0")), "127.0.0.1")
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var raw = arg("mode", "var") == "raw"
	var count = int(arg("count", "1"))
	var taken = 0
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while taken < count and OS.get_ticks_msec() < stop_at:
		if udp.get_available_packet_count() == 0:
			OS.delay_msec(1)
			continue
		if raw:
			var bytes = udp.get_packet()
			print("GOT len=", bytes.size(), " err=", udp.get_packet_error())
			udp.set_dest_address(udp.get_packet_ip(), udp.get_packet_port())
			print("PUT err=", udp.put_packet(bytes))
		else:
			var v = udp.get_var()
			print("GOT type=", typeof(v), " err=", udp.get_packet_error())
			udp.set_dest_address(udp.get_packet_ip(), udp.get_packet_port())
			udp.put_var(v)
			udp.put_var(opinion(v, taken))
		taken += 1
	udp.close()
	print("DONE taken=", taken)
	quit(0)
