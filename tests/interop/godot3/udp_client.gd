# Sends datagrams to an echo on another PacketPeerUDP, one after another, and looks at what comes back.
#   --port= --seconds= (gives up)
#   --mode=var  the values of interop_values.gd
#   --mode=raw --sizes=A,B,...  bytes
# Prints LOST or DIFF for what did not come back, or not as it was, and RESULT. Exit codes: 0 good, 1 not.
extends "res://interop_values.gd"

func _init():
	var udp = PacketPeerUDP.new()
	udp.set_dest_address("127.0.0.1", int(arg("port", "0")))
	var raw = arg("mode", "var") == "raw"
	var things = []
	if raw:
		for size in arg("sizes", "").split(","):
			things.append(noise(int(size)))
	else:
		things = values()
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	var good = 0
	for thing in things:
		var err = udp.put_packet(thing) if raw else udp.put_var(thing)
		while err == OK and udp.get_available_packet_count() == 0 and OS.get_ticks_msec() < stop_at:
			OS.delay_msec(1)
		if err != OK or udp.get_available_packet_count() == 0:
			print("LOST type=", typeof(thing), " err=", err)
			continue
		var back = udp.get_packet() if raw else udp.get_var()
		if same(back, thing):
			good += 1
		else:
			print("DIFF ", var2str(thing).left(100), " became ", var2str(back).left(100))
	udp.close()
	print("RESULT good=", good, " of=", things.size())
	quit(0 if good == things.size() else 1)
