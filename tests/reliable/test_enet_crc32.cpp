// The datagram checksum against its published check value, and the fast path against one bit at a time.
#include "../../src/core/seeded_rng.h"
#include "../../src/reliable/enet_crc32.h"

#include <gtest/gtest.h>

#include <vector>

using namespace netpeer;

namespace {

uint32_t crc_bit_by_bit(const uint8_t *bytes, size_t count) {
	uint32_t crc = 0xffffffffu;
	for (size_t i = 0; i < count; ++i) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
	}
	return ~crc;
}

} // namespace

TEST(EnetCrc32, TheCheckValueOfTheNineDigitsIsRight) { EXPECT_EQ(enet_crc32(view_of("123456789")), 0xcbf43926u); }

TEST(EnetCrc32, NoBytesGiveZero) { EXPECT_EQ(enet_crc32(ByteView()), 0u); }

TEST(EnetCrc32, EveryLengthAndAlignmentEqualsTheBitwiseDefinition) {
	SeededRng rng(11);
	std::vector<uint8_t> bytes(200);
	for (uint8_t &byte : bytes) byte = static_cast<uint8_t>(rng.u32());
	for (size_t start = 0; start < 8; ++start)
		for (size_t count = 0; start + count <= bytes.size(); ++count)
			ASSERT_EQ(enet_crc32(ByteView(bytes.data() + start, count)), crc_bit_by_bit(bytes.data() + start, count))
			        << "start " << start << ", count " << count;
}
