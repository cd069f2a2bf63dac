// EnetHostConfig::number_datagrams: sentTime counts datagrams.
#include "../support/enet_wire_script.h"
#include "../support/sim_pair.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

EnetHostConfig numbering() {
	EnetHostConfig config = HostBench::plain_config();
	config.number_datagrams = true;
	return config;
}

// A client that numbers its datagrams or does not, and a server that does not, over the same bad link.
EnetPeerStats stats_after_a_bad_link(bool numbers, SimPair::Options options, EnetHostCounters &counters) {
	options.client.number_datagrams = numbers;
	SimPair pair = SimPair::connected(options);
	for (SimLink *link : {&pair.client_link(), &pair.server_link()}) {
		link->settings.loss = 0.05;
		link->settings.reorder = 0.02;
	}
	for (int i = 0; i < 500; ++i) {
		EXPECT_EQ(pair.client.send(0, std::to_string(i)), Error::OK);
		pair.run_for_ms(20);
	}
	pair.run_until_idle();
	for (int i = 0; i < 500; ++i) EXPECT_EQ(pair.server.received(0), std::to_string(i));
	counters = pair.client.counters();
	return pair.client.stats();
}

} // namespace

TEST(EnetNumberStamps, EachDatagramThatWantsAnAnswerBearsTheNextNumber) {
	HostBench host(numbering());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	std::vector<uint16_t> stamps;
	for (int i = 0; i < 5; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("data"), kEnetReliable), Error::OK);
		for (const WireDatagram &datagram : host.flush()) stamps.push_back(datagram.time);
		host.now = host.now + Duration::from_ms(7);
	}
	ASSERT_EQ(stamps.size(), 5u);
	for (size_t i = 1; i < 5; ++i) EXPECT_EQ(stamps[i], stamps[i - 1] + 1);
}

TEST(EnetNumberStamps, AnAcknowledgementIsTimedByTheLedger) {
	HostBench host(numbering());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	EXPECT_EQ(raw.stats().round_trip_time, 100u);
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("data"), kEnetReliable), Error::OK);
	const std::vector<WireDatagram> sent = host.flush();
	host.now = host.now + Duration::from_ms(180);
	raw.send(raw.unstamped().ack(0, 1, sent[0].time));
	EXPECT_EQ(raw.stats().round_trip_time, 110u) << "an eighth nearer";
}

TEST(EnetNumberStamps, TheAnswerToATransmissionTakenForLostIsTimedAsWell) {
	HostBench host(numbering());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("data"), kEnetReliable), Error::OK);
	const std::vector<WireDatagram> sent = host.flush();
	ASSERT_FALSE(host.run_ms(310).empty()) << "a resend";
	host.now = host.now + Duration::from_ms(10);
	raw.send(raw.unstamped().ack(0, 1, sent[0].time));
	EXPECT_EQ(raw.stats().round_trip_time, 127u) << "320 ms after it left";
	EXPECT_EQ(host.host.counters().spurious_resends, 1u);
	EXPECT_EQ(host.host.counters().unmatched_acks, 0u);
}

TEST(EnetNumberStamps, AMillisecondIsNoNumber) {
	HostBench host(numbering());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text("data"), kEnetReliable), Error::OK);
	(void)host.flush();
	raw.send(raw.unstamped().ack(0, 1, host.stamp()));
	EXPECT_EQ(host.host.counters().unmatched_acks, 1u);
	EXPECT_EQ(raw.stats().unacknowledged_commands, 1u);
}

TEST(EnetNumberStamps, OverABadLinkTheSameComesAndTheStatisticsAreTheSame) {
	EnetHostCounters by_time, by_number;
	const EnetPeerStats times = stats_after_a_bad_link(false, SimPair::options(50, 5), by_time);
	const EnetPeerStats numbers = stats_after_a_bad_link(true, SimPair::options(50, 5), by_number);
	EXPECT_EQ(numbers.round_trip_time, times.round_trip_time);
	EXPECT_EQ(numbers.round_trip_time_variance, times.round_trip_time_variance);
	EXPECT_EQ(numbers.packet_throttle, times.packet_throttle);
	EXPECT_EQ(numbers.packet_loss, times.packet_loss);
	EXPECT_EQ(by_number.sent_datagrams, by_time.sent_datagrams);
	EXPECT_EQ(by_number.resent_commands, by_time.resent_commands);
	EXPECT_EQ(by_number.unmatched_acks, 0u);
}

TEST(EnetNumberStamps, NumbersMayWrapManyTimesUnderLoss) {
	SimPair::Options options = SimPair::options(10, 6);
	options.client.number_datagrams = true;
	SimPair pair = SimPair::connected(options);
	pair.client_link().settings.loss = 0.1;
	pair.server_link().settings.loss = 0.1;
	size_t received = 0;
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type == EnetEventType::kReceive) ++received;
	};
	for (int i = 0; i < 80000; ++i) {
		ASSERT_EQ(pair.client.send(0, "x"), Error::OK);
		pair.run_for_ms(2);
	}
	pair.run_until_idle();
	EXPECT_EQ(received, 80000u);
	EXPECT_EQ(pair.client.counters().unmatched_acks, 0u);
	EXPECT_NEAR(pair.client.stats().round_trip_time, 20.0, 3.0);
}
