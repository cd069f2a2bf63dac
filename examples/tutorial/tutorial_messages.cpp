// A message of docs/tutorial.md with fields: written, read back, and refused when it is cut off.
#include "netpeer.h"

#include <cstdio>

using namespace netpeer;

struct Position {
	uint16_t entity = 0;
	int32_t x_mm = 0, y_mm = 0;
};

ByteView write_position(const Position &position, MutBytes out) {
	ByteWriter writer(out);
	writer.u16_be(position.entity);
	writer.u32_be(static_cast<uint32_t>(position.x_mm));
	writer.u32_be(static_cast<uint32_t>(position.y_mm));
	return writer.written();
}

bool read_position(ByteView packet, Position &out) {
	ByteReader reader(packet);
	out.entity = reader.u16_be();
	out.x_mm = static_cast<int32_t>(reader.u32_be());
	out.y_mm = static_cast<int32_t>(reader.u32_be());
	return !reader.failed() && reader.left() == 0; // too short reads zeros and remembers; too long is not ours
}

int main() {
	uint8_t buffer[64];
	const ByteView packet = write_position({7, -1500, 2000}, MutBytes(buffer, sizeof buffer));
	Position read;
	const bool whole = read_position(packet, read) && read.entity == 7 && read.x_mm == -1500 && read.y_mm == 2000;
	const bool refused = !read_position(packet.first(packet.size - 1), read);
	std::printf("%zu bytes, %s\n", packet.size, whole && refused ? "as they should be" : "wrong");
	return whole && refused ? 0 : 1;
}
