// Settings: Godot's project settings of this area, under their names. A plain struct, so that two objects may differ.
#pragma once

#include "error_list.h"

namespace netpeer {

/// Read at the moment a call names (connect_to_host() and its kin, the constructor of PacketPeerStream); a later change
/// does not touch what is under way. Origin: Godot project settings "network/limits/...".
struct Settings {
	/// "network/limits/tcp/connect_timeout_seconds", 1..1800: how long StreamPeerTCP may try to connect.
	int tcp_connect_timeout_seconds = 30;
	/// "network/limits/unix/connect_timeout_seconds", 1..1800: the same for StreamPeerUDS.
	int unix_connect_timeout_seconds = 30;
	/// "network/limits/packet_peer_stream/max_buffer_po2", 8..64: log2 of the buffer's bytes in PacketPeerStream.
	int packet_peer_stream_max_buffer_po2 = 16;

	/// By Godot's key. ERR_DOES_NOT_EXIST for an unknown key, ERR_INVALID_PARAMETER outside the range (or a null key):
	/// nothing changes.
	Error set(const char *key, int value);
	/// ERR_DOES_NOT_EXIST, ERR_INVALID_PARAMETER as set(); `value` stays.
	Error get(const char *key, int &value) const;
};

/// What objects without settings of their own read. Process-wide and without a lock: change it while no other thread
/// connects.
Settings &default_settings();

} // namespace netpeer
