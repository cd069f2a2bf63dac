// ENetConnection::compress: the five modes between two ends, modes that differ, and codecs of the caller's.
#include "../../src/core/netpeer_config.h"
#include "../../src/core/seeded_rng.h"
#include "../support/toy_compressor.h"
#include "face_world.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Connection = ENetConnection;

bool is_built_in(Connection::CompressionMode mode) {
	return (mode != Connection::COMPRESS_ZLIB || NETPEER_WITH_ZLIB != 0) &&
	       (mode != Connection::COMPRESS_ZSTD || NETPEER_WITH_ZSTD != 0);
}

std::string noise_of(size_t size) {
	SeededRng rng(size);
	std::string out;
	while (out.size() < size) out += static_cast<char>(rng.u32());
	return out;
}

class GodotEnetCompression : public testing::TestWithParam<Connection::CompressionMode> {};

TEST_P(GodotEnetCompression, EverySizeArrivesInEveryMode) {
	FaceWorld world(5);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created();
	if (!is_built_in(GetParam())) {
		EXPECT_EQ(server->compress(GetParam()), Error::ERR_UNAVAILABLE);
		EXPECT_TRUE(world.connect(client, server)); // the mode of before stays
		return;
	}
	EXPECT_EQ(server->compress(GetParam()), Error::OK);
	EXPECT_EQ(client->compress(GetParam()), Error::OK);
	ASSERT_TRUE(world.connect(client, server));
	(void)client->pop_statistic(Connection::HOST_TOTAL_SENT_DATA);
	std::vector<std::string> sent;
	size_t bytes = 0;
	for (const size_t size : {0, 1, 2, 15, 16, 17, 100, 1000, 1364, 1365, 1392, 5000, 30000, 100000}) {
		for (const std::string &payload : {std::string(size, 'a'), noise_of(size)}) {
			ASSERT_EQ(client.peer->send(1, bytes_of(payload), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
			sent.push_back("1:" + payload);
			bytes += size;
		}
	}
	ASSERT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_RECEIVE) == sent.size(); }));
	EXPECT_TRUE(server.take_packets() == sent);
	const double on_the_wire = client->pop_statistic(Connection::HOST_TOTAL_SENT_DATA);
	if (GetParam() == Connection::COMPRESS_NONE) {
		EXPECT_GT(on_the_wire, static_cast<double>(bytes));
	} else {
		EXPECT_LT(on_the_wire, static_cast<double>(bytes) * 0.6); // half of it was noise
	}
	EXPECT_EQ(server.counters().dropped_decompression, 0u);
	EXPECT_EQ(client.counters().dropped_decompression, 0u);
	// Nothing was lost, so both ends count the same bytes, with compression and as they would be without.
	world.run_until([] { return false; }, 1000);
	for (FaceHost *from : {&client, &server}) {
		const EnetHostCounters sent_by = from->counters();
		const EnetHostCounters taken_by = from == &client ? server.counters() : client.counters();
		EXPECT_EQ(taken_by.received_bytes, sent_by.sent_bytes);
		EXPECT_EQ(taken_by.received_plain_bytes, sent_by.sent_plain_bytes);
	}
	const EnetHostCounters sender = client.counters();
	EXPECT_GT(sender.sent_plain_bytes, bytes);
	EXPECT_LT(sender.sent_plain_bytes, bytes + bytes / 8); // headers
	EXPECT_EQ(sender.sent_plain_bytes == sender.sent_bytes, GetParam() == Connection::COMPRESS_NONE);
}

TEST_P(GodotEnetCompression, AGamesTrafficStaysFarWithinTheDefaultShareOfWork) {
	if (!is_built_in(GetParam())) return; // EverySizeArrivesInEveryMode says what happens then
	FaceWorld world(5);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created();
	EXPECT_EQ(server->compress(GetParam()), Error::OK);
	EXPECT_EQ(client->compress(GetParam()), Error::OK);
	ASSERT_TRUE(world.connect(client, server));
	std::string state = noise_of(600) + std::string(600, 's');
	for (int i = 0; i < 600; ++i) { // ten seconds' worth in two and a half
		ASSERT_EQ(client.peer->send(0, bytes_of(state), ENetPacketPeer::FLAG_UNSEQUENCED), Error::OK);
		world.run_ms(4);
	}
	world.run_ms(100);
	EXPECT_EQ(server.count(Connection::EVENT_RECEIVE), 600u);
	EXPECT_EQ(server.counters().dropped_decompress_budget, 0u);
}

TEST_P(GodotEnetCompression, AnotherModeAtTheOtherEndIsCountedAndNamed) {
	if (!is_built_in(GetParam())) return; // EverySizeArrivesInEveryMode says what happens then
	for (const Connection::CompressionMode other : {Connection::COMPRESS_NONE, Connection::COMPRESS_RANGE_CODER,
	             Connection::COMPRESS_FASTLZ, Connection::COMPRESS_ZLIB, Connection::COMPRESS_ZSTD}) {
		if (other == GetParam() || !is_built_in(other)) continue;
		SCOPED_TRACE("against " + std::to_string(other));
		FaceWorld world(5);
		FaceHost &server = world.add_created();
		FaceHost &client = world.add_created();
		EXPECT_EQ(server->compress(GetParam()), Error::OK);
		EXPECT_EQ(client->compress(other), Error::OK);
		ASSERT_NE(world.dial(client, server), nullptr);
		world.run_until([&] { return client.events.size() == 1; }, 40000);
		world.run_until([] { return false; }, 1000);
		// A CONNECT that does not shrink goes out plain, so an attempt may get through; text does not.
		for (FaceHost *host : {&client, &server}) {
			if (host->count(Connection::EVENT_CONNECT) == 0) continue;
			(void)host->peer->send(0, bytes_of(std::string(1000, 'x')), ENetPacketPeer::FLAG_RELIABLE);
		}
		world.run_until([] { return false; }, 3000);
		const uint64_t undecodable = server.counters().dropped_decompression + client.counters().dropped_decompression;
		EXPECT_GT(undecodable + server.counters().malformed_commands + client.counters().malformed_commands, 0u);
		const size_t lost_at_server = other != Connection::COMPRESS_NONE ? server.count(Connection::EVENT_RECEIVE) : 0;
		const size_t lost_at_client =
		        GetParam() != Connection::COMPRESS_NONE ? client.count(Connection::EVENT_RECEIVE) : 0;
		EXPECT_EQ(lost_at_server + lost_at_client, 0u); // nothing of it arrived, garbled or whole
		if (client.counters().dropped_decompression > 0 && client.count(Connection::EVENT_CONNECT) == 0) {
			EXPECT_EQ(client.last(Connection::EVENT_DISCONNECT).reason, EnetDropReason::kUndecodable);
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Modes, GodotEnetCompression,
        testing::Values(Connection::COMPRESS_NONE, Connection::COMPRESS_RANGE_CODER, Connection::COMPRESS_FASTLZ,
                Connection::COMPRESS_ZLIB, Connection::COMPRESS_ZSTD));

TEST(GodotEnetCompressionCalls, ModesCanChangeWhileConnectedAndEndWithTheHost) {
	FaceWorld world(5);
	FaceHost &server = world.add_created();
	FaceHost &client = world.add_created();
	ASSERT_TRUE(world.connect(client, server));
	size_t expected = 0;
	for (const auto mode : {Connection::COMPRESS_RANGE_CODER, Connection::COMPRESS_FASTLZ, Connection::COMPRESS_NONE,
	             Connection::COMPRESS_RANGE_CODER}) {
		world.run_until([] { return false; }, 1000); // nothing of the old mode is under way
		EXPECT_EQ(client->compress(mode), Error::OK);
		EXPECT_EQ(server->compress(mode), Error::OK);
		ASSERT_EQ(client.peer->send(0, bytes_of(std::string(900, 'm')), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
		++expected;
		EXPECT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_RECEIVE) == expected; }, 400));
	}
	client->destroy();
	EXPECT_EQ(client->compress(Connection::COMPRESS_FASTLZ), Error::ERR_UNCONFIGURED);
	ASSERT_EQ(client->create_host(4), Error::OK);
	EXPECT_EQ(server->compress(Connection::COMPRESS_NONE), Error::OK);
	EXPECT_TRUE(world.connect(client, server)); // a fresh host has no codec
	EXPECT_EQ(server.counters().dropped_decompression, 0u);
}

TEST(GodotEnetCompressionCalls, ACodecOfTheCallersIsUsedUntilItIsReplaced) {
	ToyCompressor ours, theirs;
	FaceWorld world(5);
	FaceHost &server = world.add();
	EXPECT_EQ(server->set_compressor(&ours), Error::ERR_UNCONFIGURED);
	ASSERT_EQ(server->create_host(4), Error::OK);
	FaceHost &client = world.add_created();
	EXPECT_EQ(server->set_compressor(&ours), Error::OK);
	EXPECT_EQ(client->set_compressor(&theirs), Error::OK);
	ASSERT_TRUE(world.connect(client, server));
	ASSERT_EQ(client.peer->send(0, bytes_of(std::string(500, 'a')), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	ASSERT_TRUE(world.run_until([&] { return server.count(Connection::EVENT_RECEIVE) == 1; }));
	EXPECT_GT(ours.decompressions, 0u);
	const size_t before = theirs.compressions;
	EXPECT_EQ(client->compress(Connection::COMPRESS_NONE), Error::OK);
	world.run_until([] { return false; }, 2000);
	EXPECT_EQ(theirs.compressions, before);
}

} // namespace
