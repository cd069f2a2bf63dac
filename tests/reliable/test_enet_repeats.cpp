// EnetHost::set_repeats(): small reliable messages that leave again with what goes out anyway.
#include "../support/enet_wire_script.h"
#include "../support/sim_pair.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Numbers = std::vector<uint16_t>;

// A host with one connected raw peer 100 ms away.
struct Repeater {
	explicit Repeater(uint32_t repeats, int channel = -1) : host(HostBench::plain_config()), raw(host, 1) {
		EXPECT_TRUE(raw.connect());
		EXPECT_EQ(host.host.set_repeats(raw.id, channel, repeats), Error::OK);
	}
	// The reliable numbers of the one datagram that leaves when so much time has passed and a message is sent.
	Numbers send_after_ms(int64_t ms, size_t bytes = 10, uint8_t channel = 0, uint32_t flags = kEnetReliable) {
		host.advance_ms(ms);
		EXPECT_EQ(host.host.send(raw.id, channel, view_of_text(std::string(bytes, 'x')), flags), Error::OK);
		last = host.flush();
		EXPECT_EQ(last.size(), 1u);
		Numbers numbers;
		for (const WireCommand &command : commands_of(last, kWireReliable)) numbers.push_back(command.sequence);
		return numbers;
	}
	HostBench host;
	RawPeer raw;
	std::vector<WireDatagram> last;
};

} // namespace

TEST(EnetRepeats, ByDefaultNothingIsRepeated) {
	Repeater a(0);
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20), Numbers({2}));
	EXPECT_EQ(a.host.host.counters().repeated_commands, 0u);
}

TEST(EnetRepeats, ASmallMessageLeavesAgainWithTheNextDatagramOrTwo) {
	for (const uint32_t repeats : {1u, 2u}) {
		SCOPED_TRACE(repeats);
		Repeater a(repeats);
		EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
		EXPECT_EQ(a.send_after_ms(20), Numbers({2, 1}));
		EXPECT_EQ(a.send_after_ms(20), repeats == 1 ? Numbers({3, 2}) : Numbers({3, 1, 2}));
		EXPECT_EQ(a.send_after_ms(20), repeats == 1 ? Numbers({4, 3}) : Numbers({4, 2, 3}));
		EXPECT_EQ(a.host.host.counters().repeated_commands, 3 * repeats - (repeats - 1));
		EXPECT_EQ(a.host.host.counters().resent_commands, 0u);
	}
}

TEST(EnetRepeats, NoDatagramLeavesForARepeat) {
	Repeater a(2);
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	EXPECT_TRUE(a.host.run_ms(150).empty());
}

TEST(EnetRepeats, AnAcknowledgementThatLeavesCarriesThem) {
	Repeater a(1);
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	a.host.advance_ms(10);
	const std::vector<WireDatagram> out = a.raw.ask(a.raw.stamped().ping(2));
	ASSERT_EQ(out.size(), 1u);
	EXPECT_TRUE(out[0].has_time) << "it asks for an answer now";
	EXPECT_EQ(commands_of(out, kWireAck).size(), 1u);
	EXPECT_EQ(commands_of(out, kWireReliable).size(), 1u);
	// The answer to the repeat ends it.
	a.raw.send(a.raw.unstamped().ack(0, 1, out[0].time));
	EXPECT_EQ(a.host.host.counters().unmatched_acks, 0u);
	EXPECT_EQ(a.raw.stats().unacknowledged_commands, 0u);
}

TEST(EnetRepeats, WhatIsAcknowledgedByThenIsNotRepeated) {
	Repeater a(2);
	ASSERT_EQ(a.send_after_ms(0), Numbers({1}));
	a.raw.send(a.raw.unstamped().ack(0, 1, a.last[0].time));
	EXPECT_EQ(a.send_after_ms(20), Numbers({2}));
}

TEST(EnetRepeats, LongMessagesAndUnreliableOnesAreNotRepeated) {
	Repeater a(2);
	EXPECT_EQ(a.send_after_ms(0, kEnetRepeatedBytes + 1), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20, kEnetRepeatedBytes), Numbers({2}));
	EXPECT_EQ(a.send_after_ms(20, 10, 0, 0), Numbers({2})) << "with the unreliable one";
	EXPECT_EQ(a.send_after_ms(20), Numbers({3, 2}));
	EXPECT_EQ(a.send_after_ms(20), Numbers({4, 3}));
}

TEST(EnetRepeats, AFullDatagramCarriesNone) {
	Repeater a(1);
	EXPECT_EQ(a.send_after_ms(0, 30), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20, 1360), Numbers({2}));
	EXPECT_EQ(a.send_after_ms(20), Numbers({3})) << "that was its one chance";
}

TEST(EnetRepeats, WhatWouldComeTooLateIsLeftToTheResend) {
	Repeater a(2);
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(160), Numbers({2})) << "half of the 300 ms after which it is lost has passed";
}

TEST(EnetRepeats, TheTimeLimitCountsFromTheLastRepeat) {
	Repeater a(1);
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(100, 300), Numbers({2, 1}));
	EXPECT_TRUE(a.host.run_ms(290).empty());
	EXPECT_EQ(a.host.host.counters().resent_commands, 0u);
	EXPECT_FALSE(a.host.run_ms(20).empty());
	EXPECT_EQ(a.host.host.counters().resent_commands, 2u);
}

TEST(EnetRepeats, OneChannelMayRepeatAloneAndOneMadeLaterFollowsThePeer) {
	Repeater a(1, 2);
	EXPECT_EQ(a.send_after_ms(0, 10, 2), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20, 10, 0), Numbers({1, 1}));
	EXPECT_EQ(a.send_after_ms(20, 10, 2), Numbers({2})) << "nothing of channel 0";
	EXPECT_EQ(a.host.host.set_repeats(a.raw.id, -1, 1), Error::OK);
	EXPECT_EQ(a.host.host.set_repeats(a.raw.id, 2, 0), Error::OK);
	EXPECT_EQ(a.send_after_ms(20, 10, 2), Numbers({3, 2})) << "what was sent before keeps its own";
	EXPECT_EQ(a.send_after_ms(20, 10, 1), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20, 10, 2), Numbers({4, 1})) << "of channel 1, not used before";
}

TEST(EnetRepeats, BadArgumentsAreRefusedAndChangeNothing) {
	EnetHost nobody;
	EXPECT_EQ(nobody.set_repeats(EnetPeerId(), -1, 1), Error::ERR_UNCONFIGURED);
	Repeater a(1);
	EXPECT_EQ(a.host.host.set_repeats(EnetPeerId(), -1, 0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(a.host.host.set_repeats(a.raw.id, -1, 3), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(a.host.host.set_repeats(a.raw.id, -2, 0), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(a.host.host.set_repeats(a.raw.id, 4, 0), Error::FAILED) << "it has four";
	EXPECT_EQ(a.send_after_ms(0), Numbers({1}));
	EXPECT_EQ(a.send_after_ms(20), Numbers({2, 1}));
}

TEST(EnetRepeats, ADiallerMaySetThemForAllChannelsBeforeItHasAny) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_EQ(host.host.connect(host.now, raw.at(), 2, 0, raw.id), Error::OK);
	EXPECT_EQ(host.host.set_repeats(raw.id, 0, 1), Error::FAILED);
	EXPECT_EQ(host.host.set_repeats(raw.id, -1, 1), Error::OK);
	ASSERT_TRUE(raw.answer_connect(host.flush(), nullptr));
	(void)host.flush();
	for (int i = 0; i < 2; ++i) {
		ASSERT_EQ(host.host.send(raw.id, 1, view_of_text("x"), kEnetReliable), Error::OK);
		(void)host.flush();
	}
	EXPECT_EQ(host.host.counters().repeated_commands, 1u);
}

TEST(EnetRepeats, UnderLossAllComesOnceAndInOrderAndNothingIsResentThatHadCome) {
	SimPair pair = SimPair::connected(/*one_way_latency_ms=*/50, /*seed=*/11);
	ASSERT_EQ(pair.client.host.set_repeats(pair.client.peer, -1, 2), Error::OK);
	pair.client_link().settings.loss = 0.1;
	pair.server_link().settings.loss = 0.1;
	for (int i = 0; i < 500; ++i) {
		ASSERT_EQ(pair.client.send(0, std::to_string(i)), Error::OK);
		pair.run_for(Duration::from_ms(20));
	}
	pair.run_until_idle();
	for (int i = 0; i < 500; ++i) ASSERT_EQ(pair.server.received(0), std::to_string(i));
	EXPECT_EQ(pair.server.waiting(0), 0u);
	EXPECT_GT(pair.client.counters().repeated_commands, 800u);
	EXPECT_LT(pair.client.counters().resent_commands, 20u) << "three chances each";
	EXPECT_EQ(pair.client.counters().spurious_resends, 0u);
	EXPECT_EQ(pair.client.counters().unmatched_acks, 0u);
}
