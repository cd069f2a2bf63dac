// The range coder on the wire with stock libenet, both roles: all sizes, with the checksum, under loss and reordering;
// and byte for byte against libenet's exported functions.
#include "interop_link.h"

#include "../../src/compress/range_coder.h"
#include "../../src/core/netpeer_config.h"
#include "../support/codec_inputs.h"

#include <enet/enet.h>

using namespace interop;

namespace {

class InteropCompression : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropCompression, ::testing::ValuesIn(roles()), role_name);

SideConfig compressing(int mode = kRangeCoder) {
	SideConfig config;
	config.compression = mode;
	return config;
}

// The range coder; between two ends of netpeer, Godot's others as well.
std::vector<int> modes_of(Role role) {
	std::vector<int> modes{kRangeCoder};
	if (is_simulated(role)) modes = {0, kRangeCoder, 2};
	if (is_simulated(role) && NETPEER_WITH_ZLIB != 0) modes.push_back(3);
	if (is_simulated(role) && NETPEER_WITH_ZSTD != 0) modes.push_back(4);
	return modes;
}

// Half of it compresses well, half does not at all.
std::vector<uint8_t> mixed_payload(size_t size) {
	std::vector<uint8_t> bytes = payload_of(size, size);
	for (size_t i = 0; i < size / 2; ++i) bytes[i] = static_cast<uint8_t>("position"[i % 8]);
	return bytes;
}

} // namespace

TEST_P(InteropCompression, EverySizeArrivesBothWays) {
	const std::vector<int> modes = modes_of(GetParam());
	for (size_t run = 0; run < 2 * modes.size(); ++run) {
		SideConfig config = compressing(modes[run / 2]);
		config.checksum = run % 2 != 0;
		SCOPED_TRACE("mode " + std::to_string(config.compression));
		Link link(GetParam(), config, config);
		ASSERT_TRUE(link.connect(3, 77));
		for (const size_t size : {size_t{0}, size_t{1}, size_t{2}, size_t{16}, size_t{500}, size_t{1359}, size_t{1360},
		             size_t{1361}, size_t{1400}, size_t{5000}, size_t{100000}}) {
			for (const bool from_server : {false, true}) {
				const Path path = link.path(from_server);
				if (size == 0 && std::string(path.from->name()) == "stock") continue; // it would crash
				SCOPED_TRACE(path.text() + ", " + std::to_string(size) + " bytes");
				const std::vector<uint8_t> bytes = mixed_payload(size);
				ASSERT_TRUE(path.from->send(path.from_conn, 1, view(bytes), kReliable));
				EXPECT_TRUE(arrives(link, path, 1, bytes, kReliable));
			}
		}
		link.client->disconnect(link.at_client, 5);
		EXPECT_TRUE(disconnects(link, *link.server, link.at_server, 5));
	}
}

TEST_P(InteropCompression, LossAndReorderingLoseNothing) {
	for (const int mode : modes_of(GetParam())) {
		SideConfig config = compressing(mode);
		config.faults.lose_received = 0.05;
		config.faults.duplicate = 0.1;
		config.faults.hold_back = 0.1;
		config.faults.seed = 3;
		Link link(GetParam(), config, config);
		ASSERT_TRUE(link.connect(2)) << mode;
		constexpr size_t kCount = 150;
		for (size_t i = 0; i < kCount; ++i) {
			for (const bool from_server : {false, true}) {
				const Path path = link.path(from_server);
				ASSERT_TRUE(path.from->send(path.from_conn, 0, view(mixed_payload(20 + 13 * i)), kReliable));
			}
		}
		for (const bool from_server : {false, true}) {
			const Path path = link.path(from_server);
			for (size_t i = 0; i < kCount; ++i) {
				SCOPED_TRACE(path.text() + ", packet " + std::to_string(i) + ", mode " + std::to_string(mode));
				ASSERT_TRUE(arrives(link, path, 0, mixed_payload(20 + 13 * i), kReliable));
			}
		}
	}
}

TEST_P(InteropCompression, OnOneEndOnlyNothingCompressedGetsThrough) {
	for (const bool server_has_it : {false, true}) {
		Link link(
		        GetParam(), compressing(server_has_it ? kRangeCoder : 0), compressing(server_has_it ? 0 : kRangeCoder));
		const Conn conn = link.client->connect(link.server->port(), 1, 1);
		ASSERT_FALSE(conn.is_none());
		shorten_timeout(*link.client, conn);
		EXPECT_TRUE(disconnects(link, *link.client, conn, 0));
	}
}

// Pairs of bytes with one, few and many symbols behind them, some of them so often that their counts are halved.
static std::vector<uint8_t> crowded_input(netpeer::SeededRng &rng) {
	std::vector<uint8_t> bytes(1 + rng.below(60000));
	const uint64_t symbols = 1 + rng.below(rng.below(2) == 0 ? 24 : 256);
	for (size_t i = 0; i < bytes.size(); ++i) {
		const uint64_t often = rng.below(4) != 0 ? rng.below(1 + symbols / 8) : rng.below(symbols);
		bytes[i] = static_cast<uint8_t>(i % 3 == 2 ? 7 * often : i % 3);
	}
	return bytes;
}

TEST(RangeCoderBesideLibenet, CrowdedContextsGiveTheSameBytesToo) {
	netpeer::RangeCoder ours;
	ASSERT_EQ(ours.init(), netpeer::Error::OK);
	void *theirs = enet_range_coder_create();
	netpeer::SeededRng rng(42);
	for (int i = 0; i < 300; ++i) {
		std::vector<uint8_t> plain = crowded_input(rng);
		std::vector<uint8_t> a(2 * plain.size() + 64), b(a.size());
		a.resize(ours.compress(view(plain), netpeer::MutBytes(a.data(), a.size())));
		ENetBuffer buffer;
		buffer.data = plain.data();
		buffer.dataLength = plain.size();
		b.resize(enet_range_coder_compress(theirs, &buffer, 1, plain.size(), b.data(), b.size()));
		ASSERT_TRUE(a == b) << "input " << i;
		std::vector<uint8_t> back(plain.size());
		ASSERT_EQ(ours.decompress(view(a), netpeer::MutBytes(back.data(), back.size())), plain.size());
		ASSERT_TRUE(back == plain) << "input " << i;
	}
	enet_range_coder_destroy(theirs);
}

// Nearly as many pairs as a model holds, each followed by one symbol only, until all their counts were halved.
TEST(RangeCoderBesideLibenet, HalvedContextsOfOneSymbolGiveTheSameBytesToo) {
	constexpr unsigned kSymbols = 44;
	std::vector<uint8_t> round; // has every pair of two symbols once
	for (unsigned i = 0; i < kSymbols; ++i) {
		round.push_back(static_cast<uint8_t>(5 * i));
		for (unsigned k = i + 1; k < kSymbols; ++k) {
			round.push_back(static_cast<uint8_t>(5 * i));
			round.push_back(static_cast<uint8_t>(5 * k));
		}
	}
	ASSERT_EQ(round.size(), kSymbols * kSymbols);
	std::vector<uint8_t> plain;
	for (int i = 0; i < 260; ++i) plain.insert(plain.end(), round.begin(), round.end());
	netpeer::RangeCoder ours;
	ASSERT_EQ(ours.init(), netpeer::Error::OK);
	std::vector<uint8_t> a(plain.size()), b(plain.size()), back(plain.size());
	a.resize(ours.compress(view(plain), netpeer::MutBytes(a.data(), a.size())));
	void *theirs = enet_range_coder_create();
	ENetBuffer buffer;
	buffer.data = plain.data();
	buffer.dataLength = plain.size();
	b.resize(enet_range_coder_compress(theirs, &buffer, 1, plain.size(), b.data(), b.size()));
	enet_range_coder_destroy(theirs);
	EXPECT_LT(a.size(), plain.size() / 50) << "the model started afresh";
	ASSERT_TRUE(a == b);
	ASSERT_EQ(ours.decompress(view(a), netpeer::MutBytes(back.data(), back.size())), plain.size());
	EXPECT_TRUE(back == plain);
}

TEST(RangeCoderBesideLibenet, BothMakeTheSameBytesAndTheSameOfDamagedOnes) {
	netpeer::RangeCoder ours;
	ASSERT_EQ(ours.init(), netpeer::Error::OK);
	void *theirs = enet_range_coder_create();
	netpeer::SeededRng rng(41);
	size_t refused = 0;
	for (uint64_t i = 0; i < netpeer_test::codec_input_count(); ++i) {
		std::vector<uint8_t> plain = netpeer_test::codec_input(rng);
		std::vector<uint8_t> a(2 * plain.size() + 64), b(a.size());
		a.resize(ours.compress(view(plain), netpeer::MutBytes(a.data(), a.size())));
		ENetBuffer buffer;
		buffer.data = plain.data();
		buffer.dataLength = plain.size();
		b.resize(enet_range_coder_compress(theirs, &buffer, 1, plain.size(), b.data(), b.size()));
		ASSERT_TRUE(a == b) << "input " << i;
		for (uint64_t changes = 1 + rng.below(3); changes > 0; --changes) {
			a[rng.below(a.size())] = static_cast<uint8_t>(rng.below(256));
		}
		std::vector<uint8_t> x(4096), y(4096);
		x.resize(ours.decompress(view(a), netpeer::MutBytes(x.data(), x.size())));
		y.resize(enet_range_coder_decompress(theirs, a.data(), a.size(), y.data(), y.size()));
		// Positions beyond the total are refused; libenet cuts them to 16 bits and goes on.
		if (x.empty() && !y.empty()) {
			++refused;
		} else {
			ASSERT_TRUE(x == y) << "damaged input " << i;
		}
	}
	EXPECT_LT(refused, netpeer_test::codec_input_count() / 2);
	enet_range_coder_destroy(theirs);
}
