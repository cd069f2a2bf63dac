// What the codec targets share: the input as hostile bytes, and as plain ones that must come back.
//
// Input: the room for the result (16 bits, big-endian, 13 used), then the bytes.
#pragma once

#include "../src/compress/compressor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace codec_fuzzing {

inline void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "broken: %s\n", what);
	std::abort();
}

/// Hostile bytes into a block of exactly the room, and into a guarded one.
inline void decode(netpeer::Compressor &codec, netpeer::ByteView bytes, size_t room) {
	const std::unique_ptr<uint8_t[]> exact(new uint8_t[room]);
	const size_t size = codec.decompress(bytes, netpeer::MutBytes(exact.get(), room));
	must_hold(size <= room, "the result fits its room");
	constexpr size_t kGuard = 64;
	std::vector<uint8_t> guarded(room + kGuard, 0xa5);
	must_hold(codec.decompress(bytes, netpeer::MutBytes(guarded.data(), room)) == size, "the answer does not change");
	must_hold(size == 0 || std::memcmp(exact.get(), guarded.data(), size) == 0, "neither do its bytes");
	for (size_t i = room; i < guarded.size(); ++i) must_hold(guarded[i] == 0xa5, "nothing is written past the room");
}

/// Plain bytes there and back, with exactly the room needed and with one byte less.
inline void round_trip(netpeer::Compressor &codec, netpeer::ByteView plain) {
	std::vector<uint8_t> packed(plain.size + plain.size / 4 + 100);
	packed.resize(codec.compress(plain, netpeer::MutBytes(packed.data(), packed.size())));
	must_hold(!packed.empty(), "everything can be compressed");
	packed.shrink_to_fit();
	const netpeer::ByteView view(packed.data(), packed.size());
	const std::unique_ptr<uint8_t[]> restored(new uint8_t[plain.size]);
	must_hold(codec.decompress(view, netpeer::MutBytes(restored.get(), plain.size)) == plain.size, "it comes back");
	must_hold(std::memcmp(restored.get(), plain.data, plain.size) == 0, "as it was");
	const std::unique_ptr<uint8_t[]> less(new uint8_t[plain.size - 1]);
	must_hold(codec.decompress(view, netpeer::MutBytes(less.get(), plain.size - 1)) == 0, "but not into less room");
	std::vector<uint8_t> limited(packed.size() - 1);
	must_hold(codec.compress(plain, netpeer::MutBytes(limited.data(), limited.size())) == 0, "a limit is kept");
}

inline int run(netpeer::Compressor &codec, const uint8_t *data, size_t size) {
	if (size < 3) return 0;
	const size_t room = 1u + (((static_cast<size_t>(data[0]) << 8) | data[1]) & 8191); // more only costs time
	const netpeer::ByteView bytes(data + 2, size - 2);
	decode(codec, bytes, room);
	round_trip(codec, bytes);
	return 0;
}

} // namespace codec_fuzzing
