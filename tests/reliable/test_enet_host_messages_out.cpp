// Messages in pieces on their way out: bytes copied for one peer, laid out for the wire, and bytes that several sends
// share are two roads through the host and must look the same from outside.
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"
#include "../support/toy_compressor.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

std::string numbered_text(size_t bytes) {
	std::string text;
	text.reserve(bytes + 8);
	for (size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ",";
	text.resize(bytes);
	return text;
}

enum class Road { kCopied, kShared };

Error send_by(Road road, EnetHost &host, EnetPeerId peer, uint8_t channel, const std::string &text, uint32_t flags) {
	if (road == Road::kCopied) return host.send(peer, channel, view_of_text(text), flags);
	return host.send(peer, channel, host.make_packet(view_of_text(text), flags));
}

// Every datagram of `ms` milliseconds, byte for byte.
std::vector<std::string> raw_datagrams(HostBench &bench, int64_t ms) {
	std::vector<std::string> out;
	uint8_t bytes[kEnetMaxDatagramBytes];
	for (int64_t i = 0; i <= ms; i += 10) {
		bench.host.handle_timeout(bench.now);
		EnetTransmit transmit;
		while (bench.host.poll_transmit(bench.now, MutBytes(bytes, sizeof bytes), transmit)) {
			out.push_back(text_of(ByteView(bytes, transmit.size)));
		}
		bench.now = bench.now + Duration::from_ms(10);
	}
	return out;
}

constexpr uint32_t kMtus[] = {576, 1392, 4096};

// A host with one peer that never answers, and messages of every kind and size in turn, large ones between small ones.
struct Monologue {
	Monologue(uint32_t mtu, bool checksum, Compressor *compressor) : bench(config_of(mtu)), raw(bench, 1) {
		raw.parameters.mtu = mtu;
		EXPECT_TRUE(raw.connect());
		bench.host.set_checksum(checksum);
		bench.host.set_compressor(compressor);
		full = mtu - 4 - 24 - (checksum ? 4 : 0);
	}
	static EnetHostConfig config_of(uint32_t mtu) {
		EnetHostConfig config = HostBench::plain_config();
		config.mtu = mtu;
		return config;
	}
	void send_all(Road road) {
		for (const size_t bytes : {size_t{5}, full + 1, size_t{0}, 3 * full - 1, 3 * full, 3 * full + 1, full}) {
			for (const uint32_t flags : {1u, 0u, 2u, 8u}) {
				const std::string text = numbered_text(bytes);
				const uint8_t channel = static_cast<uint8_t>(flags % 3);
				ASSERT_EQ(send_by(road, bench.host, raw.id, channel, text, flags), Error::OK);
			}
		}
	}
	HostBench bench;
	RawPeer raw;
	size_t full; // payload of a full fragment
};

} // namespace

TEST(EnetHostMessagesOut, CopiedAndSharedBytesMakeTheSameDatagrams) {
	ToyCompressor codec;
	for (const uint32_t mtu : kMtus) {
		for (const bool checksum : {false, true}) {
			for (Compressor *compressor : {static_cast<Compressor *>(nullptr), static_cast<Compressor *>(&codec)}) {
				SCOPED_TRACE(
				        std::to_string(mtu) + (checksum ? " checksum" : "") + (compressor != nullptr ? " codec" : ""));
				Monologue copied(mtu, checksum, compressor), shared(mtu, checksum, compressor);
				copied.send_all(Road::kCopied);
				shared.send_all(Road::kShared);
				const std::vector<std::string> seen = raw_datagrams(copied.bench, 3000);
				EXPECT_GT(copied.bench.host.counters().resent_commands, 0u);
				EXPECT_GT(seen.size(), 20u);
				EXPECT_TRUE(seen == raw_datagrams(shared.bench, 3000));
			}
		}
	}
}

TEST(EnetHostMessagesOut, EveryFragmentAndEveryResendSaysItsPlaceAndCarriesItsBytes) {
	for (const Road road : {Road::kCopied, Road::kShared}) {
		for (const uint32_t mtu : kMtus) {
			for (const uint32_t flags : {1u, 8u}) {
				Monologue one(mtu, false, nullptr);
				ASSERT_EQ(send_by(road, one.bench.host, one.raw.id, 2, "before", flags), Error::OK);
				const std::string text = numbered_text(7 * one.full + 13);
				ASSERT_EQ(send_by(road, one.bench.host, one.raw.id, 2, text, flags), Error::OK);
				const uint8_t number = flags == kEnetReliable ? kWireFragment : kWireUnreliableFragment;
				const std::vector<WireCommand> fragments = commands_of(one.bench.run_ms(3000), number);
				std::vector<size_t> seen(8);
				for (const WireCommand &fragment : fragments) {
					const uint32_t index = fragment.piece.number;
					ASSERT_LT(index, seen.size());
					++seen[index];
					EXPECT_EQ(fragment.channel, 2u);
					EXPECT_EQ(fragment.wants_ack, flags == kEnetReliable);
					EXPECT_EQ(fragment.sequence, flags == kEnetReliable ? 2u + index : 0u);
					EXPECT_EQ(fragment.piece.start, 2u);
					EXPECT_EQ(fragment.piece.count, 8u);
					EXPECT_EQ(fragment.piece.total, text.size());
					EXPECT_EQ(fragment.piece.offset, index * one.full);
					EXPECT_EQ(fragment.payload, text.substr(index * one.full, one.full));
				}
				for (const size_t times : seen) {
					EXPECT_GE(times, 1u);
					if (flags != kEnetReliable) {
						EXPECT_EQ(times, 1u);
					}
				}
				EXPECT_EQ(seen[0] > 1, flags == kEnetReliable) << "resent, or not";
			}
		}
	}
}

TEST(EnetHostMessagesOut, AMessageHalfwayOutGoesWithItsPeer) {
	for (const Road road : {Road::kCopied, Road::kShared}) {
		FailingAllocator memory;
		{
			EnetHostConfig config = HostBench::plain_config();
			config.allocator = memory.pointer();
			HostBench bench(config);
			RawPeer raw(bench, 1);
			ASSERT_TRUE(raw.connect());
			for (const uint32_t flags : {1u, 8u}) {
				ASSERT_EQ(send_by(road, bench.host, raw.id, 0, numbered_text(300000), flags), Error::OK);
			}
			const std::vector<WireCommand> out = commands_of(bench.flush(), kWireFragment);
			ASSERT_GT(out.size(), 10u);
			for (size_t i = 0; i < 5; ++i) {
				bench.receive(raw.at(), raw.unstamped().ack(0, out[2 * i].sequence, bench.stamp()));
			}
			EnetPeerStats stats;
			ASSERT_EQ(bench.host.peer_stats(raw.id, stats), Error::OK);
			EXPECT_EQ(stats.unacknowledged_commands, out.size() - 5);
			EXPECT_GE(memory.live_bytes(), 300000u);
			ASSERT_EQ(bench.host.reset(raw.id), Error::OK);
			bench.run_ms(5000);
			EXPECT_LT(memory.live_bytes(), 100000u);
		}
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
	}
}
