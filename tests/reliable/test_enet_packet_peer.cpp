// ENetPacketPeer: what each call answers while connecting, connected, detached, and after its connection object is gone.
#include "../../src/reliable/enet_packet_peer.h"

#include <gtest/gtest.h>

#include "../support/variant_support.h"
#include "loopback_pair.h"

using namespace netpeer;
using namespace netpeer_test;

namespace {

std::string text(ByteView bytes) { return std::string(reinterpret_cast<const char *>(bytes.data), bytes.size); }

TEST(EnetPacketPeer, NumbersAreGodots) {
	EXPECT_EQ(ENetPacketPeer::FLAG_RELIABLE, 1);
	EXPECT_EQ(ENetPacketPeer::FLAG_UNSEQUENCED, 2);
	EXPECT_EQ(ENetPacketPeer::FLAG_UNRELIABLE_FRAGMENT, 8);
	EXPECT_EQ(ENetPacketPeer::PACKET_LOSS_SCALE, 65536);
	EXPECT_EQ(ENetPacketPeer::PACKET_THROTTLE_SCALE, 32);
	EXPECT_EQ(ENetPacketPeer::STATE_CONNECTED, 5);
	EXPECT_EQ(ENetPacketPeer::STATE_ZOMBIE, 9);
	EXPECT_EQ(ENetPacketPeer::PEER_PACKET_THROTTLE_INTERVAL, 13);
}

TEST(EnetPacketPeer, FreshHandleHasGodotsNumbers) {
	ENetConnection host;
	ASSERT_EQ(host.create_host(1), Error::OK);
	const SurePeer peer = host.connect_to_host("127.0.0.1", 9);
	ASSERT_NE(peer, nullptr);
	const double expected[] = {0, 0, 0, 500, 0, 500, 0, 32, 32, 0, 0, 2, 2, 5000};
	for (int i = 0; i < 14; ++i)
		EXPECT_EQ(peer->get_statistic(static_cast<ENetPacketPeer::PeerStatistic>(i)), expected[i]) << i;
	EXPECT_EQ(peer->get_statistic(static_cast<ENetPacketPeer::PeerStatistic>(14)), 0.0);
	EXPECT_EQ(peer->get_statistic(static_cast<ENetPacketPeer::PeerStatistic>(-1)), 0.0);
	EXPECT_EQ(peer->put_packet(view_of("early")), Error::FAILED);
	EXPECT_EQ(peer->send(0, view_of("early"), 1), Error::FAILED);
	EXPECT_TRUE(peer->is_active());
	EXPECT_EQ(peer->get_remote_address(), "127.0.0.1");
	EXPECT_EQ(peer->get_remote_port(), 9);
	ByteView packet;
	EXPECT_EQ(peer->get_packet_error(), Error::OK);
	EXPECT_EQ(peer->get_packet(packet), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer->get_packet_error(), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer->get_packet_flags(), 0);
	EXPECT_EQ(peer->get_max_packet_size(), 16777216);
}

TEST(EnetPacketPeer, SendChecksInGodotsOrder) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/2));
	ENetPacketPeer &peer = *pair.client.peer;
	EXPECT_EQ(peer.send(-1, view_of("x"), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.send(3, view_of("x"), 1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.send(2, view_of("x"), 1), Error::FAILED); // the first channel that is not there
	EXPECT_EQ(peer.send(2, view_of("x"), 4), Error::ERR_INVALID_PARAMETER);
	for (const int flags : {4, 16, -1}) EXPECT_EQ(peer.send(0, view_of("x"), flags), Error::ERR_INVALID_PARAMETER);
	std::vector<uint8_t> too_long((32u << 20) + 1);
	EXPECT_EQ(peer.send(0, ByteView(too_long.data(), too_long.size()), 1), Error::FAILED);
	EnetPeerStats stats;
	ASSERT_TRUE(pair.settle());
	ASSERT_EQ(peer.get_stats(stats), Error::OK);
	EXPECT_EQ(stats.queued_commands, 0u);
	EXPECT_TRUE(pair.server.received.empty());
	EXPECT_EQ(peer.send(1, view_of("good"), 3), Error::OK);
	EXPECT_TRUE(pair.until([&] { return pair.server.received.size() == 1; }));
	EXPECT_EQ(pair.server.received.at(0), "1:good");
}

TEST(EnetPacketPeer, FlagsOfTheNextPacketAndEmptyPacketsComeThrough) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.server.takes_packets = false;
	ENetPacketPeer &sender = *pair.client.peer;
	ENetPacketPeer &receiver = *pair.server.peer;
	EXPECT_EQ(sender.put_packet(ByteView()), Error::OK); // and sends nothing
	EXPECT_EQ(sender.send(0, ByteView(), 1), Error::OK);
	EXPECT_EQ(sender.put_packet(view_of("put")), Error::OK);
	const std::string large(5000, 'f');
	ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == 2; }));
	EXPECT_EQ(sender.send(1, view_of("two"), 2), Error::OK);
	ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == 3; }));
	EXPECT_EQ(sender.send(1, view_of("none"), 0), Error::OK);
	ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == 4; }));
	EXPECT_EQ(sender.send(1, view_of(large.c_str()), 8), Error::OK);
	ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == 5; }));

	const std::string bodies[] = {"", "put", "two", "none", large};
	const int flags[] = {1, 1, 2, 0, 8};
	for (int i = 0; i < 5; ++i) {
		EXPECT_EQ(receiver.get_packet_flags(), flags[i]) << i;
		ByteView packet = view_of("not touched");
		EXPECT_EQ(receiver.get_packet(packet), Error::OK);
		EXPECT_EQ(text(packet), bodies[i]);
		EXPECT_EQ(receiver.get_available_packet_count(), 4 - i);
	}
	ByteView packet;
	EXPECT_EQ(receiver.get_packet(packet), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(packet.empty());
}

TEST(EnetPacketPeer, LargePacketsArriveWhole) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	std::string large(3u << 20, '\0');
	for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 251);
	EXPECT_EQ(pair.client.peer->put_packet(ByteView(reinterpret_cast<const uint8_t *>(large.data()), large.size())),
	        Error::OK);
	ASSERT_TRUE(pair.until([&] { return pair.server.received.size() == 1; }));
	EXPECT_TRUE(pair.server.received.at(0) == "0:" + large);
}

TEST(EnetPacketPeer, ValuesTravelAsOneReliablePacketEach) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.server.takes_packets = false;
	ENetPacketPeer &sender = *pair.client.peer;
	ENetPacketPeer &receiver = *pair.server.peer;
	const std::vector<VariantVector> vectors = all_variant_vectors();
	size_t sent = 0;
	for (const VariantVector &vector : vectors) {
		Variant value;
		size_t consumed = 0;
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		ASSERT_EQ(decode_variant(view_of_bytes(vector.bytes), value, consumed, reading), Error::OK);
		ASSERT_EQ(sender.put_var(value, writing), Error::OK) << vector.name;
		++sent;
		ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == static_cast<int>(sent); }));
	}
	for (const VariantVector &vector : vectors) {
		SCOPED_TRACE(vector.name);
		EXPECT_EQ(receiver.get_packet_flags(), ENetPacketPeer::FLAG_RELIABLE);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		ASSERT_EQ(receiver.get_var(value, reading), Error::OK);
		EXPECT_EQ(bytes_to_hex(encoded(value, writing)), bytes_to_hex(vector.bytes));
	}
	Variant nothing(1);
	EXPECT_EQ(receiver.get_var(nothing), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(receiver.get_packet_error(), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(nothing.is_nil());
}

TEST(EnetPacketPeer, PacketsThatAreNoValuesAreConsumedWithTheirError) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.server.takes_packets = false;
	ENetPacketPeer &sender = *pair.client.peer;
	ENetPacketPeer &receiver = *pair.server.peer;
	Variant large;
	const std::string text(100000, 'v');
	ASSERT_EQ(large.set_string(view_of(text.c_str())), Error::OK);
	ASSERT_EQ(sender.put_packet(view_of("no value")), Error::OK);
	ASSERT_EQ(sender.put_var(variant_of("Object(\"Node\", \"a\": 1)"), true), Error::OK);
	ASSERT_EQ(sender.put_var(large), Error::OK); // several fragments
	ASSERT_TRUE(pair.until([&] { return receiver.get_available_packet_count() == 3; }));
	Variant value;
	EXPECT_EQ(receiver.get_var(value), Error::ERR_INVALID_DATA);
	EXPECT_EQ(receiver.get_packet_error(), Error::ERR_INVALID_DATA);
	EXPECT_EQ(receiver.get_var(value), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(receiver.get_packet_error(), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(receiver.get_var(value), Error::OK);
	EXPECT_TRUE(value == large);
	ASSERT_EQ(sender.set_encode_buffer_max_size(1024), Error::OK);
	EXPECT_EQ(sender.put_var(large), Error::ERR_OUT_OF_MEMORY);
	sender.reset();
	EXPECT_EQ(sender.put_var(1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(sender.get_var(value), Error::ERR_UNCONFIGURED);
}

TEST(EnetPacketPeer, SetTimeoutKeepsItsOrder) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	ENetPacketPeer &peer = *pair.client.peer;
	EXPECT_EQ(peer.set_timeout(8, 1000, 3000), Error::OK);
	EXPECT_EQ(peer.set_timeout(0, 0, 0), Error::OK);
	EXPECT_EQ(peer.set_timeout(1001, 1000, 3000), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_timeout(8, 3001, 3000), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_timeout(-1, 1000, 3000), Error::ERR_INVALID_PARAMETER);
	peer.set_timeout(0, 0, 0); // the answer may be ignored
}

TEST(EnetPacketPeer, CongestionControlIsCheckedAndForTheConnectedOnly) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/2));
	ENetPacketPeer &peer = *pair.client.peer;
	for (const auto control :
	        {EnetCongestionControl::kCubic, EnetCongestionControl::kStock, EnetCongestionControl::kRateModel}) {
		EXPECT_EQ(peer.set_congestion_control(control), Error::OK);
	}
	EXPECT_EQ(peer.set_congestion_control(static_cast<EnetCongestionControl>(3)), Error::ERR_INVALID_PARAMETER);
	peer.reset();
	EXPECT_EQ(peer.set_congestion_control(EnetCongestionControl::kCubic), Error::ERR_UNCONFIGURED);
}

TEST(EnetPacketPeer, RepeatsAreCheckedAndForTheConnectedOnly) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/2));
	ENetPacketPeer &peer = *pair.client.peer;
	EXPECT_EQ(peer.set_repeats(2), Error::OK);
	EXPECT_EQ(peer.set_repeats(0, 1), Error::OK);
	EXPECT_EQ(peer.set_repeats(1, 2), Error::FAILED) << "the first channel that is not there";
	for (const int count : {-1, 3}) EXPECT_EQ(peer.set_repeats(count), Error::ERR_INVALID_PARAMETER) << count;
	EXPECT_EQ(peer.set_repeats(1, -2), Error::ERR_INVALID_PARAMETER);
	peer.reset();
	EXPECT_EQ(peer.set_repeats(0), Error::ERR_UNCONFIGURED);
}

TEST(EnetPacketPeer, ChannelPrioritiesAreCheckedAndForTheConnectedOnly) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect(/*channels=*/2));
	ENetPacketPeer &peer = *pair.client.peer;
	for (const auto priority :
	        {EnetChannelPriority::kPrompt, EnetChannelPriority::kBulk, EnetChannelPriority::kAutomatic}) {
		for (const int channel : {-1, 0, 1}) EXPECT_EQ(peer.set_channel_priority(channel, priority), Error::OK);
	}
	EXPECT_EQ(peer.set_channel_priority(2, EnetChannelPriority::kBulk), Error::FAILED)
	        << "the first channel that is not there";
	EXPECT_EQ(peer.set_channel_priority(0, static_cast<EnetChannelPriority>(3)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_channel_priority(-2, EnetChannelPriority::kBulk), Error::ERR_INVALID_PARAMETER);
	peer.reset();
	EXPECT_EQ(peer.set_channel_priority(0, EnetChannelPriority::kBulk), Error::ERR_UNCONFIGURED);
}

TEST(EnetPacketPeer, ThrottleSettingsReachTheOtherEnd) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.client.peer->throttle_configure(1234, 3, 4);
	EXPECT_EQ(pair.client.peer->get_statistic(ENetPacketPeer::PEER_PACKET_THROTTLE_INTERVAL), 1234.0);
	EXPECT_TRUE(pair.until(
	        [&] { return pair.server.peer->get_statistic(ENetPacketPeer::PEER_PACKET_THROTTLE_INTERVAL) == 1234.0; }));
	EXPECT_EQ(pair.server.peer->get_statistic(ENetPacketPeer::PEER_PACKET_THROTTLE_ACCELERATION), 3.0);
	EXPECT_EQ(pair.server.peer->get_statistic(ENetPacketPeer::PEER_PACKET_THROTTLE_DECELERATION), 4.0);
}

TEST(EnetPacketPeer, DisconnectLaterDeliversWhatIsQueuedFirst) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	for (const char *word : {"a", "b", "c", "d"}) ASSERT_EQ(pair.client.peer->put_packet(view_of(word)), Error::OK);
	pair.client.peer->peer_disconnect_later(8);
	EXPECT_EQ(pair.client.peer->get_state(), ENetPacketPeer::STATE_DISCONNECT_LATER);
	EXPECT_EQ(pair.client.peer->put_packet(view_of("late")), Error::FAILED);
	ASSERT_TRUE(pair.until([&] { return pair.client.disconnects == 1 && pair.server.disconnects == 1; }));
	EXPECT_EQ(pair.server.received.size(), 4u);
	EXPECT_EQ(pair.server.last.data, 8u);
	EXPECT_EQ(pair.client.last.data, 0u);
}

void expect_detached(ENetPacketPeer &peer) {
	EXPECT_FALSE(peer.is_active());
	EXPECT_EQ(peer.get_state(), ENetPacketPeer::STATE_DISCONNECTED);
	for (int i = 0; i < 14; ++i) EXPECT_EQ(peer.get_statistic(static_cast<ENetPacketPeer::PeerStatistic>(i)), 0.0) << i;
	EXPECT_EQ(peer.get_channels(), 0);
	EXPECT_EQ(peer.get_remote_port(), 0);
	EXPECT_EQ(peer.get_remote_address(), "");
	EXPECT_EQ(peer.send(0, view_of("x"), 1), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.set_timeout(0, 0, 0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.get_max_packet_size(), 16777216);
	EnetPeerStats stats;
	EXPECT_EQ(peer.get_stats(stats), Error::ERR_UNCONFIGURED);
	peer.peer_disconnect(1);
	peer.peer_disconnect_later(1);
	peer.peer_disconnect_now(1);
	peer.reset();
	peer.ping();
	peer.ping_interval(1);
	peer.throttle_configure(1, 2, 3);
}

TEST(EnetPacketPeer, DetachedHandleIsSafeAndKeepsItsPackets) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	pair.server.takes_packets = false;
	for (const char *word : {"one", "two", "three"}) ASSERT_EQ(pair.client.peer->put_packet(view_of(word)), Error::OK);
	pair.client.peer->peer_disconnect_later();
	ASSERT_TRUE(pair.until([&] { return pair.server.disconnects == 1; }));
	ENetPacketPeer &peer = *pair.server.peer;
	expect_detached(peer);
	EXPECT_EQ(peer.get_available_packet_count(), 3);
	EXPECT_EQ(peer.get_packet_flags(), 1);
	ByteView packet;
	EXPECT_EQ(peer.get_packet(packet), Error::OK);
	EXPECT_EQ(text(packet), "one");
	pair.server.host.destroy(); // also without the host the packets come out
	EXPECT_EQ(text(packet), "one");
	EXPECT_EQ(peer.get_packet(packet), Error::OK);
	EXPECT_EQ(text(packet), "two");
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	// The third is freed with the handle.
}

TEST(EnetPacketPeer, HandleOutlivesItsConnectionObject) {
	SurePeer client_handle;
	SurePeer server_handle;
	{
		LoopbackPair pair;
		ASSERT_TRUE(pair.connect());
		pair.server.takes_packets = false;
		ASSERT_EQ(pair.client.peer->put_packet(view_of("kept")), Error::OK);
		ASSERT_TRUE(pair.until([&] { return pair.server.peer->get_available_packet_count() == 1; }));
		client_handle = pair.client.peer;
		server_handle = pair.server.peer;
	}
	expect_detached(*client_handle);
	expect_detached(*server_handle);
	ByteView packet;
	EXPECT_EQ(client_handle->get_packet(packet), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(server_handle->get_packet(packet), Error::OK);
	EXPECT_EQ(text(packet), "kept");
	EXPECT_EQ(server_handle->get_packet(packet), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(server_handle->get_packet_error(), Error::ERR_UNCONFIGURED);
}

TEST(EnetPacketPeer, DestroyDetachesHandlesAndTellsNobody) {
	LoopbackPair pair;
	ASSERT_TRUE(pair.connect());
	ASSERT_TRUE(pair.settle());
	pair.client.host.destroy();
	expect_detached(*pair.client.peer);
	for (int i = 0; i < 20; ++i) pair.server.poll();
	EXPECT_EQ(pair.server.disconnects, 0);
	EXPECT_TRUE(pair.server.peer->is_active());
	// The object can be created again and dial as a stranger.
	ASSERT_EQ(pair.client.host.create_host(1), Error::OK);
	EXPECT_TRUE(pair.connect());
}

} // namespace
