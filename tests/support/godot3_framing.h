// What Godot 3's NetworkedMultiplayerENet puts inside ENet packets: an 8-byte header in front of every application
// packet, and 8-byte config messages from the server on channel 0. netpeer itself carries both as plain bytes.
#pragma once

#include "../../src/core/bytes.h"

#include <cstdint>
#include <vector>

namespace netpeer_test {

// Its three channels. Which one a packet takes depends on its transfer mode alone.
constexpr int kGodot3ConfigChannel = 0;
constexpr int kGodot3ReliableChannel = 1;
constexpr int kGodot3UnreliableChannel = 2;
constexpr int kGodot3Channels = 3;

/// The server's id. Clients choose theirs (2 and up) and pass it as the connect data.
constexpr uint32_t kGodot3ServerId = 1;

// Header, little-endian: [source id u32][target i32][user's bytes ...]
constexpr size_t kGodot3HeaderBytes = 4 + 4;
struct Godot3Header {
	uint32_t source = 0;
	int32_t target = 0; // 1: the server, 0: everybody, n: that peer, -n: everybody but that peer
};

inline std::vector<uint8_t> godot3_packet(const Godot3Header &header, netpeer::ByteView payload) {
	std::vector<uint8_t> packet(kGodot3HeaderBytes + payload.size);
	netpeer::ByteWriter writer(netpeer::MutBytes(packet.data(), packet.size()));
	writer.u32_le(header.source);
	writer.u32_le(static_cast<uint32_t>(header.target));
	writer.bytes(payload);
	return packet;
}

/// False when `packet` is too short. `payload` is a view into it.
inline bool read_godot3_packet(netpeer::ByteView packet, Godot3Header &header, netpeer::ByteView &payload) {
	if (packet.size < kGodot3HeaderBytes) return false;
	netpeer::ByteReader reader(packet);
	header.source = reader.u32_le();
	header.target = static_cast<int32_t>(reader.u32_le());
	payload = packet.after(kGodot3HeaderBytes);
	return true;
}

// Config message, little-endian: [what u32][peer id u32]. Reliable, never from a client.
constexpr size_t kGodot3ConfigBytes = 4 + 4;
constexpr uint32_t kGodot3AddPeer = 0;
constexpr uint32_t kGodot3RemovePeer = 1;
struct Godot3Config {
	uint32_t what = 0;
	uint32_t peer = 0;
};

inline std::vector<uint8_t> godot3_config(const Godot3Config &config) {
	std::vector<uint8_t> packet(kGodot3ConfigBytes);
	netpeer::ByteWriter writer(netpeer::MutBytes(packet.data(), packet.size()));
	writer.u32_le(config.what);
	writer.u32_le(config.peer);
	return packet;
}

inline bool read_godot3_config(netpeer::ByteView packet, Godot3Config &config) {
	if (packet.size != kGodot3ConfigBytes) return false;
	netpeer::ByteReader reader(packet);
	config.what = reader.u32_le();
	config.peer = reader.u32_le();
	return true;
}

} // namespace netpeer_test
