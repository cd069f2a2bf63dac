// Slicing by 8: eight tables let one step take eight bytes. tables[k][b] is the effect of byte b followed by k zero bytes.
// Where the compiler is asked for small code, by 4: half of the 8 KiB of tables.
#include "enet_crc32.h"

namespace netpeer {

namespace {

constexpr uint32_t kEnetCrcPolynomial = 0xedb88320u;
#ifdef __OPTIMIZE_SIZE__
constexpr int kEnetCrcStep = 4; // bytes
#else
constexpr int kEnetCrcStep = 8;
#endif

struct EnetCrcTables {
	uint32_t of[kEnetCrcStep][256] = {};

	constexpr EnetCrcTables() {
		for (uint32_t byte = 0; byte < 256; ++byte) {
			uint32_t crc = byte;
			for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kEnetCrcPolynomial : 0);
			of[0][byte] = crc;
		}
		for (int zeros = 1; zeros < kEnetCrcStep; ++zeros)
			for (uint32_t byte = 0; byte < 256; ++byte)
				of[zeros][byte] = (of[zeros - 1][byte] >> 8) ^ of[0][of[zeros - 1][byte] & 0xff];
	}
};

constexpr EnetCrcTables kEnetCrcTables;

// Bytes are put together by hand: the same result on either byte order, and compilers make one load of it.
uint32_t enet_crc_load(const uint8_t *p) {
	return p[0] | (uint32_t{p[1]} << 8) | (uint32_t{p[2]} << 16) | (uint32_t{p[3]} << 24);
}

} // namespace

uint32_t enet_crc32(ByteView bytes) {
	const uint32_t(&t)[kEnetCrcStep][256] = kEnetCrcTables.of;
	constexpr int k = kEnetCrcStep;
	uint32_t crc = 0xffffffffu;
	const uint8_t *p = bytes.data;
	size_t left = bytes.size;
	for (; left >= k; p += k, left -= k) {
		const uint32_t low = crc ^ enet_crc_load(p);
		crc = t[k - 1][low & 0xff] ^ t[k - 2][(low >> 8) & 0xff] ^ t[k - 3][(low >> 16) & 0xff] ^ t[k - 4][low >> 24];
		if (k == 4) continue;
		const uint32_t high = enet_crc_load(p + 4);
		crc ^= t[3][high & 0xff] ^ t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
	}
	for (; left > 0; ++p, --left) crc = (crc >> 8) ^ t[0][(crc ^ *p) & 0xff];
	return ~crc;
}

} // namespace netpeer
