// Slicing by 8: eight tables let one step take eight bytes. tables[k][b] is the effect of byte b followed by k zero bytes.
#include "enet_crc32.h"

namespace netpeer {

namespace {

constexpr uint32_t kEnetCrcPolynomial = 0xedb88320u;

struct EnetCrcTables {
	uint32_t of[8][256] = {};

	constexpr EnetCrcTables() {
		for (uint32_t byte = 0; byte < 256; ++byte) {
			uint32_t crc = byte;
			for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kEnetCrcPolynomial : 0);
			of[0][byte] = crc;
		}
		for (int zeros = 1; zeros < 8; ++zeros)
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
	const uint32_t(&t)[8][256] = kEnetCrcTables.of;
	uint32_t crc = 0xffffffffu;
	const uint8_t *p = bytes.data;
	size_t left = bytes.size;
	for (; left >= 8; p += 8, left -= 8) {
		const uint32_t low = crc ^ enet_crc_load(p);
		const uint32_t high = enet_crc_load(p + 4);
		crc = t[7][low & 0xff] ^ t[6][(low >> 8) & 0xff] ^ t[5][(low >> 16) & 0xff] ^ t[4][low >> 24] ^
		      t[3][high & 0xff] ^ t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
	}
	for (; left > 0; ++p, --left) crc = (crc >> 8) ^ t[0][(crc ^ *p) & 0xff];
	return ~crc;
}

} // namespace netpeer
