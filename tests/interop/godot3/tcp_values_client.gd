# Sends what an echo over TCP is to send back, one after another, and looks at what comes.
#   --port= --seconds= (gives up) --big-endian=1  the stream's byte order
#   --mode=var  values of interop_values.gd over StreamPeerTCP
#   --mode=packets  the same over PacketPeerStream, a value to a packet
#   --mode=raw --sizes=A,B,...  packets over PacketPeerStream
# Prints CONNECT, LOST or DIFF for what did not come back, or not as it was, and RESULT. Exit codes: 0 good, 1 not.
extends "res://interop_values.gd"

func _init():
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	var stream = StreamPeerTCP.new()
	var err = stream.connect_to_host("127.0.0.1", int(arg("port", "0")))
	while stream.get_status() == StreamPeerTCP.STATUS_CONNECTING and OS.get_ticks_msec() < stop_at:
		OS.delay_msec(1)
	print("CONNECT err=", err, " status=", stream.get_status())
	if stream.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		quit(1)
		return
	stream.set_no_delay(true)
	stream.big_endian = arg("big-endian", "0") == "1"
	var packets = PacketPeerStream.new()
	packets.set_input_buffer_max_size(1 << 20)
	packets.set_output_buffer_max_size(1 << 20)
	packets.set_stream_peer(stream)
	var mode = arg("mode", "var")
	var things = []
	if mode == "raw":
		for size in arg("sizes", "").split(","):
			things.append(noise(int(size)))
	else:
		things = values()
	var good = 0
	for thing in things:
		var back
		if mode == "var":
			stream.put_var(thing)
			back = stream.get_var()
		else:
			err = packets.put_packet(thing) if mode == "raw" else packets.put_var(thing)
			while err == OK and packets.get_available_packet_count() == 0 and OS.get_ticks_msec() < stop_at:
				OS.delay_msec(1)
			if err != OK or packets.get_available_packet_count() == 0:
				print("LOST type=", typeof(thing), " err=", err)
				break
			back = packets.get_packet() if mode == "raw" else packets.get_var()
		if same(back, thing):
			good += 1
		else:
			print("DIFF ", var2str(thing).left(100), " became ", var2str(back).left(100))
	stream.disconnect_from_host()
	print("RESULT good=", good, " of=", things.size())
	quit(0 if good == things.size() else 1)
