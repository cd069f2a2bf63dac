#include "game_messages.h"

namespace mini_engine {

using netpeer::ByteReader;
using netpeer::ByteView;
using netpeer::ByteWriter;
using netpeer::MutBytes;

static uint16_t to_16_bits(float metres) {
	const float steps = metres / kPositionStep + 0.5f;
	return steps <= 0 ? 0 : steps >= 65535 ? 65535 : static_cast<uint16_t>(steps);
}

Snapshot take_snapshot(uint32_t tick, const GameWorld &world) {
	Snapshot snapshot;
	snapshot.tick = tick;
	for (int i = 0; i < kEntities; ++i) {
		if (!world.entity(i).alive) continue;
		snapshot.alive |= uint64_t{1} << i;
		snapshot.x[i] = to_16_bits(world.entity(i).x);
		snapshot.y[i] = to_16_bits(world.entity(i).y);
	}
	return snapshot;
}

ByteView write_snapshot(const Snapshot &snapshot, MutBytes out) {
	ByteWriter writer(out);
	writer.u32_be(snapshot.tick);
	writer.u32_be(static_cast<uint32_t>(snapshot.alive >> 32));
	writer.u32_be(static_cast<uint32_t>(snapshot.alive));
	for (int i = 0; i < kEntities; ++i) {
		if (!snapshot.is_alive(i)) continue;
		writer.u16_be(snapshot.x[i]);
		writer.u16_be(snapshot.y[i]);
	}
	return writer.written();
}

bool read_snapshot(ByteView bytes, Snapshot &out) {
	ByteReader reader(bytes);
	out = Snapshot();
	out.tick = reader.u32_be();
	out.alive = reader.u64_be();
	for (int i = 0; i < kEntities; ++i) {
		if (!out.is_alive(i)) continue;
		out.x[i] = reader.u16_be();
		out.y[i] = reader.u16_be();
	}
	// One question at the end: a reader that ran past the end gave zeros and remembers it.
	return !reader.failed() && reader.left() == 0;
}

ByteView write_message(const Message &message, MutBytes out) {
	ByteWriter writer(out);
	writer.u8(static_cast<uint8_t>(message.kind));
	const Line &line = message.line;
	if (message.kind == MessageKind::kWelcome) {
		writer.u8(message.welcome.player);
		writer.u8(message.welcome.players);
		writer.u32_be(message.welcome.next_line);
		return writer.written();
	}
	writer.u32_be(line.number);
	if (message.kind == MessageKind::kLine) {
		writer.u8(static_cast<uint8_t>(line.what));
		writer.u8(line.player);
	}
	writer.bytes(ByteView(reinterpret_cast<const uint8_t *>(line.text.data()), line.text.size()).first(kMaxText));
	return writer.written();
}

bool read_message(ByteView bytes, Message &out) {
	ByteReader reader(bytes);
	const uint8_t kind = reader.u8();
	if (kind < 1 || kind > 3) return false;
	out.kind = static_cast<MessageKind>(kind);
	if (out.kind == MessageKind::kWelcome) {
		out.welcome.player = reader.u8();
		out.welcome.players = reader.u8();
		out.welcome.next_line = reader.u32_be();
		return !reader.failed() && reader.left() == 0 && out.welcome.player < kMaxPlayers;
	}
	out.line.number = reader.u32_be();
	if (out.kind == MessageKind::kLine) {
		const uint8_t what = reader.u8();
		out.line.player = reader.u8();
		if (what > 2 || out.line.player >= kMaxPlayers) return false;
		out.line.what = static_cast<LineKind>(what);
	}
	const ByteView text = reader.take(reader.left());
	if (reader.failed() || text.size > kMaxText) return false;
	out.line.text.assign(reinterpret_cast<const char *>(text.data), text.size);
	return true;
}

} // namespace mini_engine
