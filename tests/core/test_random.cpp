#include "../../src/core/random_source.h"
#include "../../src/core/seeded_rng.h"
#include "../support/without_system_calls.h"

#include <gtest/gtest.h>

#if NETPEER_OS_LINUX
#include <errno.h>
#include <sys/syscall.h>
#endif

#include <set>
#include <vector>

using netpeer::Error;
using netpeer::MutBytes;
using netpeer::SeededRng;

TEST(SeededRng, TheSameSeedGivesTheSameNumbersOnEveryPlatform) {
	SeededRng a(42);
	SeededRng b(42);
	for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.u64(), b.u64());
}

TEST(SeededRng, NumbersOfSeedZeroArePinned) {
	// From the published algorithms, SplitMix64 seeding xoshiro256**, computed independently of this code.
	SeededRng rng(0);
	EXPECT_EQ(rng.u64(), 0x99ec5f36cb75f2b4u);
	EXPECT_EQ(rng.u64(), 0xbf6e1f784956452au);
	EXPECT_EQ(rng.u64(), 0x1a5f849d4933e6e0u);
}

TEST(SeededRng, NeighbouringSeedsDiffer) {
	std::set<uint64_t> first;
	for (uint64_t seed = 0; seed < 1000; ++seed) first.insert(SeededRng(seed).u64());
	EXPECT_EQ(first.size(), 1000u);
}

TEST(SeededRng, BoundsHold) {
	SeededRng rng(3);
	EXPECT_EQ(rng.below(0), 0u);
	EXPECT_EQ(rng.below(1), 0u);
	unsigned hits = 0;
	for (int i = 0; i < 10000; ++i) {
		ASSERT_LT(rng.below(10), 10u);
		const double unit = rng.unit();
		ASSERT_GE(unit, 0.0);
		ASSERT_LT(unit, 1.0);
		if (rng.chance(0.25)) ++hits;
		ASSERT_FALSE(rng.chance(0.0));
		ASSERT_TRUE(rng.chance(1.0));
	}
	EXPECT_GT(hits, 2200u);
	EXPECT_LT(hits, 2800u);
}

TEST(SystemRandom, FillsEveryByteAndNothingElse) {
	// 4096 is more than getentropy gives at once. Every position must change within a few tries.
	constexpr size_t kBytes = 4096;
	std::vector<uint8_t> block(kBytes + 2, 0);
	std::vector<bool> changed(kBytes, false);
	for (int round = 0; round < 8; ++round) {
		std::fill(block.begin(), block.end(), uint8_t{0});
		ASSERT_EQ(netpeer::system_random().fill(MutBytes(block.data() + 1, kBytes)), Error::OK);
		ASSERT_EQ(block.front(), 0);
		ASSERT_EQ(block.back(), 0);
		for (size_t i = 0; i < kBytes; ++i) {
			if (block[i + 1] != 0) changed[i] = true;
		}
	}
	for (size_t i = 0; i < kBytes; ++i) EXPECT_TRUE(changed[i]) << i;
}

TEST(SystemRandom, AskingForNothingIsOk) { EXPECT_EQ(netpeer::system_random().fill(MutBytes()), Error::OK); }

TEST(SystemRandom, TwoAnswersDiffer) {
	uint8_t a[16] = {};
	uint8_t b[16] = {};
	ASSERT_EQ(netpeer::system_random().fill(MutBytes(a, sizeof(a))), Error::OK);
	ASSERT_EQ(netpeer::system_random().fill(MutBytes(b, sizeof(b))), Error::OK);
	EXPECT_NE(netpeer::ByteView(a, 16), netpeer::ByteView(b, 16));
}

#if NETPEER_OS_LINUX
TEST(SystemRandom, WithoutTheSystemCallTheDeviceAnswers) {
	const bool filtered = netpeer_test::run_without_calls({SYS_getrandom}, ENOSYS, [] {
		uint8_t a[32] = {};
		uint8_t b[32] = {};
		EXPECT_EQ(netpeer::system_random().fill(MutBytes(a, sizeof(a))), Error::OK);
		EXPECT_EQ(netpeer::system_random().fill(MutBytes(b, sizeof(b))), Error::OK);
		EXPECT_NE(netpeer::ByteView(a, 32), netpeer::ByteView(b, 32));
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
}

TEST(SystemRandom, WithNoSourceAtAllItSaysSo) {
	const bool filtered = netpeer_test::run_without_calls({SYS_getrandom, SYS_openat, SYS_read}, EACCES, [] {
		uint8_t bytes[4] = {};
		EXPECT_EQ(netpeer::system_random().fill(MutBytes(bytes, sizeof(bytes))), Error::FAILED);
	});
	if (!filtered) GTEST_SKIP() << "seccomp filters are not allowed here";
}
#endif
