// DatagramRing: the arithmetic of what fits, order and content across every wrap, growth, and memory that runs out.

#include "../../src/core/seeded_rng.h"
#include "../../src/packet/datagram_ring.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

using netpeer::ByteView;
using netpeer::DatagramRing;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::MutBytes;
using netpeer::SeededRng;
using netpeer_test::FailingAllocator;

namespace {

Endpoint ring_sender(uint16_t port) {
	Endpoint from;
	from.address = IPAddress::v4(10, 0, 0, 1);
	from.port = port;
	return from;
}

std::string ring_text(ByteView bytes) {
	return std::string(bytes.empty() ? "" : reinterpret_cast<const char *>(bytes.data), bytes.size);
}

ByteView ring_view(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

size_t kept_of(int buffer_bytes, size_t payload, size_t offered) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), DatagramRing::ring_bytes_for(static_cast<size_t>(buffer_bytes)));
	const std::string bytes(payload, 'x');
	for (size_t i = 0; i < offered; ++i) (void)ring.push(ring_sender(1), ring_view(bytes));
	return ring.count();
}

} // namespace

TEST(DatagramRing, KeepsWhatGodotsArithmeticKeeps) {
	EXPECT_EQ(kept_of(1024, 100, 20), 16u);
	EXPECT_EQ(kept_of(1000, 100, 20), 8u);
	EXPECT_EQ(kept_of(0, 1, 20), 0u);
	EXPECT_EQ(kept_of(16, 1, 20), 1u);
	EXPECT_EQ(kept_of(100, 1, 20), 5u);
	EXPECT_EQ(kept_of(1025, 1, 300), 81u);
	EXPECT_EQ(kept_of(3000, 1, 300), 163u);
}

TEST(DatagramRing, IsTheSmallestPowerOfTwoAboveTheBuffer) {
	const size_t table[][2] = {{0, 1}, {1, 2}, {2, 4}, {3, 4}, {4, 8}, {65535, 65536}, {65536, 131072}};
	for (const auto &row : table) EXPECT_EQ(DatagramRing::ring_bytes_for(row[0]), row[1]) << row[0];
	EXPECT_EQ(DatagramRing::ring_bytes_for((size_t{1} << 31) - 1), size_t{1} << 31);
}

TEST(DatagramRing, LeavesOneByteUnused) {
	EXPECT_EQ(kept_of(31, 7, 1), 1u); // 24 + 7 of 32
	EXPECT_EQ(kept_of(31, 8, 1), 0u);
	EXPECT_EQ(kept_of(24, 0, 2), 1u);
}

TEST(DatagramRing, AShorterOneMayFitBehindOneThatDidNot) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), 256);
	EXPECT_EQ(ring.push(ring_sender(1), ring_view(std::string(150, 'a'))), Error::OK);
	EXPECT_EQ(ring.push(ring_sender(2), ring_view(std::string(100, 'b'))), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(ring.push(ring_sender(3), ring_view("c")), Error::OK);
	EXPECT_EQ(ring.count(), 2u);
}

TEST(DatagramRing, HasNoMemoryBeforeTheFirstDatagramAndGivesItBack) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), 65536);
	EXPECT_EQ(memory.requests(), 0u);
	EXPECT_EQ(ring.push(ring_sender(1), ring_view("x")), Error::OK);
	EXPECT_EQ(memory.live_bytes(), ring.memory_bytes());
	EXPECT_LE(ring.memory_bytes(), 4096u);
	ring.free_memory();
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_TRUE(ring.empty());
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(DatagramRing, NoMemoryIsAnErrorThatLosesNothing) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), 65536);
	memory.fail_all(true);
	MutBytes room;
	EXPECT_EQ(ring.push(ring_sender(1), ring_view("x")), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(ring.open_room(room), Error::ERR_OUT_OF_MEMORY);
	memory.fail_all(false);
	ASSERT_EQ(ring.push(ring_sender(1), ring_view("first")), Error::OK);
	memory.fail_all(true);
	const std::string large(5000, 'l');
	EXPECT_EQ(ring.push(ring_sender(1), ring_view(large)), Error::ERR_OUT_OF_MEMORY);
	memory.fail_all(false);
	EXPECT_EQ(ring.push(ring_sender(2), ring_view(large)), Error::OK);
	Endpoint from;
	ByteView payload;
	ring.pop(from, payload);
	EXPECT_EQ(ring_text(payload), "first");
	ring.pop(from, payload);
	EXPECT_EQ(ring_text(payload), large);
	EXPECT_EQ(from, ring_sender(2));
}

// Against a plain model, with rings small enough to wrap all the time and payloads that end on every edge.
TEST(DatagramRing, GivesEverythingBackInOrderAcrossEveryWrapAndGrowth) {
	for (uint64_t seed = 1; seed <= 60; ++seed) {
		SeededRng rng(seed);
		FailingAllocator memory;
		const size_t ring_bytes = size_t{64} << rng.below(11);
		DatagramRing ring(memory.pointer(), ring_bytes);
		std::deque<std::pair<uint16_t, std::string>> model;
		size_t used = 0;
		for (int step = 0; step < 2000; ++step) {
			if (rng.below(100) < 52) {
				const std::string payload(rng.below(ring_bytes), static_cast<char>(step));
				const uint16_t port = static_cast<uint16_t>(step + 1);
				const bool fits = used + 24 + payload.size() <= ring_bytes - 1;
				const bool in_place = rng.below(2) == 0;
				if (in_place) {
					MutBytes room;
					const Error opened = ring.open_room(room);
					ASSERT_EQ(opened == Error::OK, used + 24 <= ring_bytes - 1);
					const bool room_fits = opened == Error::OK && payload.size() <= room.size;
					ASSERT_EQ(room_fits, fits);
					if (room_fits) {
						if (!payload.empty()) std::memcpy(room.data, payload.data(), payload.size());
						ring.commit(ring_sender(port), payload.size());
					}
				} else {
					ASSERT_EQ(ring.push(ring_sender(port), ring_view(payload)) == Error::OK, fits);
				}
				if (fits) {
					model.emplace_back(port, payload);
					used += 24 + payload.size();
				}
			} else if (!model.empty()) {
				Endpoint from;
				ByteView payload;
				ASSERT_EQ(ring.front_bytes(), model.front().second.size());
				ring.pop(from, payload);
				ASSERT_EQ(from, ring_sender(model.front().first));
				ASSERT_EQ(ring_text(payload), model.front().second);
				used -= 24 + payload.size;
				model.pop_front();
			}
			ASSERT_EQ(ring.count(), model.size());
		}
	}
}

TEST(DatagramRing, AnotherSizeDropsWhatIsQueued) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), 1024);
	ASSERT_EQ(ring.push(ring_sender(1), ring_view("x")), Error::OK);
	ring.set_ring_bytes(1024);
	EXPECT_TRUE(ring.empty());
	EXPECT_NE(memory.live_bytes(), 0u);
	ring.set_ring_bytes(32);
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(ring.push(ring_sender(1), ring_view("1234567")), Error::OK);
	EXPECT_EQ(ring.push(ring_sender(1), ByteView()), Error::ERR_UNAVAILABLE);
}

TEST(DatagramRing, SendersComeOutAsTheyWentIn) {
	FailingAllocator memory;
	DatagramRing ring(memory.pointer(), 131072);
	Endpoint neighbour;
	neighbour.address = IPAddress("fe80::1234");
	neighbour.port = 65535;
	neighbour.scope = 0xfedcba98;
	const std::string longest(DatagramRing::kLongestDatagram, 'x');
	ASSERT_EQ(ring.push(neighbour, ring_view(longest)), Error::OK);
	ASSERT_EQ(ring.push(ring_sender(1), ByteView()), Error::OK);
	EXPECT_EQ(ring.push(ring_sender(1), ring_view(longest + "x")), Error::ERR_UNAVAILABLE)
	        << "no datagram is that long";
	Endpoint from;
	ByteView payload;
	ring.pop(from, payload);
	EXPECT_EQ(from, neighbour);
	EXPECT_EQ(from.scope, neighbour.scope);
	EXPECT_EQ(payload.size, longest.size());
	ring.pop(from, payload);
	EXPECT_EQ(from, ring_sender(1));
	EXPECT_EQ(from.scope, 0u);
	EXPECT_EQ(payload.size, 0u);
}
