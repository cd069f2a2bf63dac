# What timed_client.gd and timed_server.gd share: options, and the system's clock in microseconds. Godot gives that one in
# milliseconds; the moment at which it steps says where its own, finer one stands.
extends SceneTree

var clock_offset = 0

func arg(key, fallback):
	for a in OS.get_cmdline_args():
		if a.begins_with("--" + key + "="):
			return a.substr(key.length() + 3, a.length())
	return fallback

func set_clock():
	var best = 0
	for i in range(20):
		var ms = OS.get_system_time_msecs()
		while OS.get_system_time_msecs() == ms:
			pass
		# Whoever is held up reads its own clock too late: the greatest difference is the best one.
		var offset = OS.get_system_time_msecs() * 1000 - OS.get_ticks_usec()
		if i == 0 or offset > best:
			best = offset
	clock_offset = best

func now_us():
	return OS.get_ticks_usec() + clock_offset
