# Takes one TCP connection and answers on it until the client leaves.
#   --port= --seconds= (ends by itself)
#   --mode=var  StreamPeerTCP: values of interop_values.gd in order; each goes back, and then an opinion of it
#   --mode=packets  PacketPeerStream: the same, a value to a packet
#   --mode=raw  PacketPeerStream: packets go back as they came
#   --big-endian=1  the stream's byte order
# Prints LISTEN, GOT for each, and DONE. Exit code 3: could not listen.
extends "res://interop_values.gd"

func _init():
	var server = TCP_Server.new()
	var err = server.listen(int(arg("port", "0")), "127.0.0.1")
	print("LISTEN err=", err)
	if err != OK:
		quit(3)
		return
	var stop_at = OS.get_ticks_msec() + int(float(arg("seconds", "60")) * 1000)
	while not server.is_connection_available() and OS.get_ticks_msec() < stop_at:
		OS.delay_msec(1)
	var stream = server.take_connection()
	stream.set_no_delay(true)
	stream.big_endian = arg("big-endian", "0") == "1"
	var packets = PacketPeerStream.new()
	packets.set_input_buffer_max_size(1 << 20)
	packets.set_output_buffer_max_size(1 << 20)
	packets.set_stream_peer(stream)
	var mode = arg("mode", "var")
	var taken = 0
	while OS.get_ticks_msec() < stop_at:
		# get_var of a stream waits for what is missing, so that there is something is enough to know.
		var there = stream.get_available_bytes() if mode == "var" else packets.get_available_packet_count()
		if stream.get_status() != StreamPeerTCP.STATUS_CONNECTED:
			break
		if there <= 0:
			OS.delay_msec(1)
		elif mode == "var":
			var v = stream.get_var()
			print("GOT type=", typeof(v))
			stream.put_var(v)
			stream.put_var(opinion(v, taken))
			taken += 1
		elif mode == "packets":
			var v = packets.get_var()
			print("GOT type=", typeof(v), " err=", packets.get_packet_error())
			packets.put_var(v)
			packets.put_var(opinion(v, taken))
			taken += 1
		else:
			var bytes = packets.get_packet()
			print("GOT len=", bytes.size(), " err=", packets.get_packet_error())
			print("PUT err=", packets.put_packet(bytes))
			taken += 1
	server.stop()
	print("DONE taken=", taken)
	quit(0)
