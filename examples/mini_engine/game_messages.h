// What goes over the wire, big-endian, and how it is read: whatever the bytes are, a reader ends with true or false.
//
// Channel 0, unreliable: state. The next one makes up for a lost one, and netpeer drops what comes too late.
//     Snapshot, server to client  [tick u32][alive u64, bit i: entity i] then for each living entity [x u16][y u16]
//     Input, client to server     [buttons u8]
// Channel 1, reliable: what must not be lost. It begins with [kind u8].
//     Welcome, server to client   [player u8][players u8, bit i: player i is here][number u32 of the first line to come]
//     Line, server to client      [number u32][what u8][player u8][text ...]
//     Say, client to server       [number u32][text ...]
#pragma once

#include "game_world.h"

namespace mini_engine {

constexpr int kStateChannel = 0;
constexpr int kTextChannel = 1;
constexpr int kChannels = 2;
constexpr size_t kSnapshotBytes = 4 + 8 + 4 * kEntities; // at most; one datagram, however small the MTU
constexpr size_t kMaxText = 200;
constexpr float kPositionStep = kWorldSize / 65535; // what 16 bits can tell apart

struct Snapshot {
	uint32_t tick = 0;
	uint64_t alive = 0;
	uint16_t x[kEntities] = {};
	uint16_t y[kEntities] = {};

	bool is_alive(int entity) const { return (alive >> entity & 1) != 0; }
	float metres_x(int entity) const { return static_cast<float>(x[entity]) * kPositionStep; }
	float metres_y(int entity) const { return static_cast<float>(y[entity]) * kPositionStep; }
};

Snapshot take_snapshot(uint32_t tick, const GameWorld &world);
/// Into at least kSnapshotBytes; the bytes written.
netpeer::ByteView write_snapshot(const Snapshot &snapshot, netpeer::MutBytes out);
bool read_snapshot(netpeer::ByteView bytes, Snapshot &out);

enum class MessageKind : uint8_t { kWelcome = 1, kLine = 2, kSay = 3 };
enum class LineKind : uint8_t { kSaid = 0, kJoined = 1, kLeft = 2 };

struct Welcome {
	uint8_t player = 0;
	uint8_t players = 0;
	uint32_t next_line = 0;
};

/// Of the log that the server keeps and everybody gets: what was said, who came, who went, in one order for all.
struct Line {
	uint32_t number = 0;
	LineKind what = LineKind::kSaid;
	uint8_t player = 0;
	std::string text;
};

/// A message of the reliable channel.
struct Message {
	MessageKind kind = MessageKind::kWelcome;
	Welcome welcome;
	Line line; // of kSay, too: number and text
};

/// Into at least kMaxMessageBytes; longer texts are cut.
constexpr size_t kMaxMessageBytes = 1 + 4 + 1 + 1 + kMaxText;
netpeer::ByteView write_message(const Message &message, netpeer::MutBytes out);
bool read_message(netpeer::ByteView bytes, Message &out);

} // namespace mini_engine
