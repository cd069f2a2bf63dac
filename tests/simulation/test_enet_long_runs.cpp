// Long runs over bad links: numbers that wrap, and the longest message there is.
#include "../support/sim_pair.h"

#include <cstring>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr size_t kMostFragments = 24576;

SimPair pair_on_lossy_links(double loss, uint32_t mtu) {
	SimPair::Options options = SimPair::options(20, 3);
	options.client.mtu = options.server.mtu = mtu;
	SimPair pair = SimPair::connected(options);
	pair.client_link().settings.loss = pair.server_link().settings.loss = loss;
	return pair;
}

// The longest message, behind `before` small ones, and one behind it.
void expect_longest_message_arrives(size_t before) {
	SCOPED_TRACE(before);
	SimPair pair = pair_on_lossy_links(0.05, 576);
	const size_t piece = 576 - 4 - 24;
	std::string longest(kMostFragments * piece, '\0');
	for (size_t i = 0; i + 4 <= longest.size(); i += 4) {
		const uint32_t word = static_cast<uint32_t>(i * 2654435761u);
		std::memcpy(&longest[i], &word, 4);
	}
	size_t small = 0;
	bool whole = false, last = false;
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type != EnetEventType::kReceive) return;
		const ByteView bytes = event.packet.view();
		if (bytes.size == 1) {
			EXPECT_FALSE(whole);
			++small;
		} else if (bytes.size == longest.size()) {
			EXPECT_EQ(small, before);
			EXPECT_FALSE(whole) << "twice";
			whole = std::memcmp(bytes.data, longest.data(), bytes.size) == 0;
		} else {
			EXPECT_TRUE(whole);
			last = true;
		}
	};
	for (size_t i = 0; i < before; ++i) ASSERT_EQ(pair.client.send(0, "s"), Error::OK);
	ASSERT_EQ(pair.client.send(0, longest), Error::OK);
	ASSERT_EQ(pair.client.send(0, "last"), Error::OK);
	EXPECT_TRUE(pair.run_until([&] { return last; }, Duration::from_s(600)));
	EXPECT_TRUE(whole);
	EXPECT_EQ(pair.server.counters().refused_too_far_ahead, 0u);
	pair.client_link().settings.loss = pair.server_link().settings.loss = 0;
	ASSERT_TRUE(pair.run_until_idle());
	EXPECT_EQ(pair.client.stats().reliable_data_in_transit, 0u);
	EXPECT_EQ(pair.client.stats().queued_data, 0u);
	EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 0u);
}

} // namespace

TEST(EnetLongRuns, SeventyThousandPacketsPerChannelArriveOnceAndInOrderThoughATenthIsLost) {
	constexpr uint32_t kPackets = 70000;
	constexpr uint8_t kChannels = 2;
	SimPair pair = pair_on_lossy_links(0.1, 1392);
	uint32_t next[kChannels] = {};
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type != EnetEventType::kReceive) return;
		uint32_t number = 0;
		ASSERT_EQ(event.packet.view().size, sizeof number);
		std::memcpy(&number, event.packet.view().data, sizeof number);
		ASSERT_LT(event.channel, kChannels);
		ASSERT_EQ(number, next[event.channel]++);
	};
	for (uint32_t i = 0; i < kPackets; ++i) {
		for (uint8_t channel = 0; channel < kChannels; ++channel) {
			const std::string text(reinterpret_cast<const char *>(&i), sizeof i);
			ASSERT_EQ(pair.client.send(channel, text), Error::OK);
		}
	}
	EXPECT_TRUE(pair.run_until([&] { return next[0] == kPackets && next[1] == kPackets; }, Duration::from_s(600)));
	EXPECT_EQ(pair.server.counters().refused_too_far_ahead, 0u) << "beyond the range a receiver stores";
	EXPECT_GT(pair.client.stats().resent_commands, 10000u);
	ASSERT_TRUE(pair.run_until_idle());
	EXPECT_EQ(pair.client.stats().reliable_data_in_transit, 0u);
	EXPECT_EQ(pair.client.stats().queued_data, 0u);
	EXPECT_EQ(pair.client.stats().queued_commands, 0u);
}

TEST(EnetLongRuns, TheLongestMessageArrivesFromAWindowsFirstNumberThoughATwentiethIsLost) {
	expect_longest_message_arrives(kEnetWindowNumbers - 1);
}

TEST(EnetLongRuns, TheLongestMessageArrivesFromTheMiddleOfAWindowThoughATwentiethIsLost) {
	expect_longest_message_arrives(2000);
}

// With distances that doubled without end it lasted for an hour or two: six attempts in a row are lost more often than one
// would think, 0.36 to the sixth power for each of two a second.
TEST(EnetLongRuns, AnIdleConnectionOutlivesFifteenHoursOfTwentyPercentLoss) {
	SimPair pair = pair_on_lossy_links(0.2, 1392);
	EXPECT_FALSE(pair.run_until(
	        [&] { return pair.client.count(EnetEventType::kDisconnect) != 0; }, Duration::from_s(15 * 3600)));
	EXPECT_EQ(pair.server.count(EnetEventType::kDisconnect), 0u);
	EXPECT_GT(pair.client.stats().resent_commands, 10000u);
	// And a peer that is gone is found out.
	pair.client_link().settings.loss = pair.server_link().settings.loss = 1;
	EXPECT_TRUE(
	        pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) != 0; }, Duration::from_s(31)));
}
