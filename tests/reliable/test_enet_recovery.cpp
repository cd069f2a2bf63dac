// What is lost and when, by EnetRecovery alone, and on whose word. docs/congestion.md, "Recovery".
#include "../../src/reliable/enet_recovery.h"

#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;

namespace {

using Places = std::vector<size_t>;

// A flow of datagrams with one command each, named by their place in the order of sending.
class EnetRecoveryTest : public ::testing::Test {
protected:
	void SetUp() override {
		ASSERT_NE(pool, nullptr);
		recovery.reset(new EnetRecovery(*pool));
	}
	~EnetRecoveryTest() override {
		for (const auto &command : commands)
			if (command->sent_in != nullptr) recovery->remove(command.get());
		recovery.reset();
		if (pool != nullptr) pool->close();
		EXPECT_EQ(memory.live_blocks(), 0u);
	}
	void pass_us(int64_t us) { now = now + Duration::from_us(us); }
	void pass_ms(int64_t ms) { pass_us(ms * 1000); }

	// One datagram with a new command of so many bytes; its place.
	size_t send(uint16_t bytes = 64) {
		commands.emplace_back(new OutCommand());
		commands.back()->length = bytes;
		send_again(commands.size() - 1);
		return commands.size() - 1;
	}
	void send_again(size_t place) {
		SentDatagram *datagram = recovery->open(now, static_cast<uint16_t>(next_stamp++));
		ASSERT_NE(datagram, nullptr);
		recovery->add(datagram, commands[place].get());
		recovery->close(datagram);
	}
	uint16_t last_stamp(size_t place) const { return commands[place]->stamps[(commands[place]->attempts - 1u) % 8]; }
	void answer(size_t place) { recovery->acknowledge(now, commands[place].get(), last_stamp(place)); }
	// So many datagrams, each answered after a round trip, one at a time.
	void measure(int64_t rtt_us, int times = 40) {
		for (int i = 0; i < times && !HasFatalFailure(); ++i) {
			const size_t place = send();
			pass_us(rtt_us);
			answer(place);
		}
	}
	// How long each of 14 transmissions of it waits, in us, while nothing is answered.
	std::vector<double> distances_in_silence(size_t place) {
		std::vector<double> distances;
		while (distances.size() < 14) {
			const Instant sent_at = now;
			now = recovery->next_deadline();
			if (lost() != Places{place}) break;
			distances.push_back(static_cast<double>((now - sent_at).us));
			send_again(place);
		}
		return distances;
	}
	// What is taken for lost now, in the order it is handed over.
	Places lost() {
		CommandList list;
		earliest = recovery->take_lost(now, list);
		Places places;
		while (OutCommand *command = list.pop_front()) {
			command->given_up = command->attempts;
			for (size_t i = 0; i < commands.size(); ++i)
				if (commands[i].get() == command) places.push_back(i);
		}
		return places;
	}
	int64_t ms_to_deadline() const { return (recovery->next_deadline() - now).us / 1000; }

	FailingAllocator memory;
	BlockPool *pool = BlockPool::create(memory);
	std::unique_ptr<EnetRecovery> recovery;
	std::vector<std::unique_ptr<OutCommand>> commands;
	Instant now = Instant::from_ms(5000);
	Instant earliest;
	unsigned next_stamp = 1;
};

} // namespace

TEST_F(EnetRecoveryTest, OneOfWhichTheThirdLaterDatagramIsAnsweredIsLostAtOnce) {
	measure(100000);
	const size_t missing = send();
	Places later;
	for (int i = 0; i < 3; ++i) later.push_back(send());
	pass_us(100000);
	answer(later[0]);
	answer(later[1]);
	EXPECT_EQ(lost(), Places{}) << "two may have overtaken it";
	answer(later[2]);
	EXPECT_LE(recovery->next_deadline(), now);
	EXPECT_EQ(lost(), Places{missing});
	EXPECT_EQ(earliest, now + Duration::from_us(-100000));
	EXPECT_EQ(recovery->silent_rounds(), 0u) << "answers come";
}

TEST_F(EnetRecoveryTest, OneOvertakenByAnotherIsLostAfterNineEighthsOfARoundTrip) {
	measure(100000, 3); // much variation is left
	const size_t missing = send();
	const size_t later = send();
	pass_us(100000);
	answer(later);
	EXPECT_EQ(ms_to_deadline(), 12);
	pass_us(12499);
	EXPECT_EQ(lost(), Places{});
	pass_us(1);
	EXPECT_EQ(lost(), Places{missing});
}

TEST_F(EnetRecoveryTest, EachDatagramOfAThinFlowHasATimeLimitOfItsOwn) {
	measure(100000, 200); // no variation is left
	Places sent;
	for (int i = 0; i < 4; ++i) {
		sent.push_back(send());
		pass_ms(20);
	}
	// Nothing is answered; each is lost when it would have been without the others.
	const Instant first_sent = now + Duration::from_ms(-80);
	EXPECT_GE(recovery->next_deadline(), first_sent + Duration::from_ms(101));
	EXPECT_LE(recovery->next_deadline(), first_sent + Duration::from_ms(103));
	for (int i = 0; i < 4; ++i) {
		now = recovery->next_deadline();
		EXPECT_EQ(lost(), Places{sent[static_cast<size_t>(i)]});
		EXPECT_LE((now - first_sent).ms(), 20 * i + 103) << i;
	}
}

TEST_F(EnetRecoveryTest, WhatLeftAtOneMomentIsLostAtOneMoment) {
	measure(100000);
	const Places sent = {send(), send(), send()};
	now = recovery->next_deadline();
	EXPECT_EQ(lost(), sent);
	EXPECT_EQ(recovery->silent_rounds(), 1u);
	EXPECT_TRUE(recovery->empty());
}

TEST_F(EnetRecoveryTest, AFatFlowIsSilentAsAWholeAndGivesUpTheOldestOnly) {
	measure(100000);
	Places sent;
	for (int i = 0; i < 20; ++i) sent.push_back(send(1300));
	ASSERT_FALSE(recovery->is_thin());
	now = recovery->next_deadline();
	EXPECT_FALSE(recovery->wants_probe());
	EXPECT_EQ(lost(), Places{sent[0]}) << "the first probe carries the oldest data";
	EXPECT_TRUE(recovery->wants_probe());
	send_again(sent[0]);
	EXPECT_FALSE(recovery->wants_probe());
	EXPECT_GT(ms_to_deadline(), 99) << "from now on, not from when the next one left";
}

TEST_F(EnetRecoveryTest, SilenceLengthensTheLimitGentlyAtFirstAndThenDoublesItUpToHalfASecond) {
	measure(100000, 200);
	size_t place = send();
	const std::vector<double> distances = distances_in_silence(place);
	ASSERT_EQ(distances.size(), 14u);
	EXPECT_NEAR(distances[0], 102000, 2000);
	EXPECT_NEAR(distances[1] / distances[0], 1.25, 0.01);
	EXPECT_NEAR(distances[2] / distances[1], 1.25, 0.01);
	EXPECT_NEAR(distances[3] / distances[2], 2, 0.01);
	for (size_t i = 4; i < distances.size(); ++i) EXPECT_EQ(distances[i], 500000);
	pass_ms(100);
	answer(place);
	EXPECT_EQ(recovery->silent_rounds(), 0u) << "an answer ends the silence";
	place = send();
	EXPECT_LT(ms_to_deadline(), 150);
}

TEST_F(EnetRecoveryTest, SilenceDoublesTheLimitOfMuchDataUpToACap) {
	measure(100000, 200);
	const size_t place = send(13000);
	const std::vector<double> distances = distances_in_silence(place);
	ASSERT_EQ(distances.size(), 14u);
	for (size_t i = 3; i < 8; ++i) EXPECT_NEAR(distances[i] / distances[i - 1], 2, 0.01);
	for (const double distance : distances) EXPECT_LE(distance, 32e6);
	EXPECT_EQ(distances[12], distances[13]) << "the cap";
}

TEST_F(EnetRecoveryTest, BeforeTheFirstAnswerTheLimitIsHalfASecondAndDoubles) {
	const size_t place = send();
	for (const int64_t ms : {500, 1000, 2000, 4000}) {
		EXPECT_EQ(ms_to_deadline(), ms);
		now = recovery->next_deadline();
		ASSERT_EQ(lost(), Places{place});
		send_again(place);
	}
}

TEST_F(EnetRecoveryTest, AShortPathThatAnswersFiveMillisecondsLateLosesNothing) {
	measure(100);
	const Places sent = {send(), send(), send()};
	for (int i = 0; i < 5; ++i) {
		pass_ms(1);
		EXPECT_EQ(lost(), Places{});
	}
	for (const size_t place : sent) answer(place);
	EXPECT_TRUE(recovery->next_deadline().is_never());
}

TEST_F(EnetRecoveryTest, WhatProvesToHaveBeenLateWidensBothThresholds) {
	measure(100000, 200);
	const int64_t limit_before = recovery->time_limit().us;
	EXPECT_EQ(recovery->reordering(), 3u);
	recovery->note_spurious(now, Duration::from_ms(130));
	EXPECT_EQ(recovery->reordering(), 4u);
	EXPECT_GT(recovery->time_limit().us, limit_before + 28000);
	recovery->note_spurious(now, Duration::from_ms(130));
	EXPECT_EQ(recovery->reordering(), 4u) << "one datagram of answers counts once";
	// Overtaken by one, it now waits as long as the late one took.
	const size_t held_up = send();
	const size_t later = send();
	pass_ms(100);
	answer(later);
	pass_ms(29);
	EXPECT_EQ(lost(), Places{});
	answer(held_up);
}

TEST_F(EnetRecoveryTest, WithoutLateAnswersTheThresholdsShrinkBack) {
	measure(100000, 200);
	const int64_t limit_before = recovery->time_limit().us;
	recovery->note_spurious(now, Duration::from_ms(150));
	measure(100000, 1000);
	EXPECT_EQ(recovery->reordering(), 3u);
	EXPECT_GT(recovery->time_limit().us, limit_before) << "slowly";
	measure(100000, 4000);
	EXPECT_LE(recovery->time_limit().us, limit_before + 1000);
}

TEST_F(EnetRecoveryTest, ALateAnswerNeverDoublesTheLimit) {
	measure(100000, 200);
	recovery->note_spurious(now, Duration::from_s(3));
	measure(100000, 60); // the variation is forgotten
	EXPECT_LE(recovery->time_limit().us, 202000);
}

// Every transmission is given up before its answer comes, and no other measures the path.
TEST_F(EnetRecoveryTest, APathThatHasBecomeLongerIsFoundByItsLateAnswers) {
	measure(5000, 200);
	int given_up = 0;
	for (int i = 0; i < 20; ++i) {
		const Instant sent_at = now;
		const size_t place = send();
		while (now < sent_at + Duration::from_ms(100)) {
			pass_ms(1);
			if (lost().empty()) continue;
			++given_up;
			send_again(place);
		}
		if (commands[place]->given_up != 0) recovery->note_spurious(now, now - sent_at);
		recovery->acknowledge(now, commands[place].get(), commands[place]->stamps[0]);
	}
	EXPECT_LE(given_up, 5);
	EXPECT_GT(recovery->time_limit().us, 100000);
}

TEST_F(EnetRecoveryTest, BytesAreInFlightUntilTheLastCommandOfTheirDatagramIsAnsweredOrLost) {
	SentDatagram *datagram = recovery->open(now, 1);
	ASSERT_NE(datagram, nullptr);
	OutCommand two[2];
	two[0].length = 100;
	two[1].length = 50;
	recovery->add(datagram, &two[0]);
	recovery->add(datagram, &two[1]);
	EXPECT_EQ(recovery->in_flight(), 0u) << "it has not left";
	recovery->close(datagram);
	EXPECT_EQ(recovery->in_flight(), 150u);
	const size_t other = send(64);
	EXPECT_EQ(recovery->in_flight(), 214u);
	recovery->acknowledge(now, &two[0], 1);
	EXPECT_EQ(recovery->in_flight(), 214u);
	recovery->acknowledge(now, &two[1], 1);
	EXPECT_EQ(recovery->in_flight(), 64u);
	now = recovery->next_deadline();
	EXPECT_EQ(lost(), Places{other});
	EXPECT_EQ(recovery->in_flight(), 0u);
	EXPECT_TRUE(recovery->empty());
}

TEST_F(EnetRecoveryTest, AnEmptyDatagramLeavesNoTrace) {
	SentDatagram *datagram = recovery->open(now, 1);
	ASSERT_NE(datagram, nullptr);
	recovery->close(datagram);
	EXPECT_TRUE(recovery->empty());
	EXPECT_TRUE(recovery->next_deadline().is_never());
}

TEST_F(EnetRecoveryTest, AnAnswerToAnEarlierTransmissionMeasuresNothing) {
	measure(100000, 200);
	const uint32_t smoothed = recovery->path().smoothed;
	const size_t place = send();
	now = recovery->next_deadline();
	ASSERT_EQ(lost(), Places{place});
	send_again(place);
	pass_us(10);
	recovery->acknowledge(now, commands[place].get(), commands[place]->stamps[0]);
	EXPECT_EQ(recovery->path().smoothed, smoothed);
}

TEST_F(EnetRecoveryTest, ACopyIsDueAQuarterOfARoundTripLaterAndForgottenWithItsDatagram) {
	measure(40000, 200);
	const size_t place = send();
	recovery->want_copy(commands[place]->sent_in);
	EXPECT_EQ(recovery->copy_wanted(), commands[place]->sent_in);
	pass_us(9000);
	EXPECT_FALSE(recovery->is_copy_due(now));
	pass_us(1100);
	EXPECT_TRUE(recovery->is_copy_due(now));
	answer(place);
	EXPECT_EQ(recovery->copy_wanted(), nullptr);
	EXPECT_TRUE(recovery->copy_deadline().is_never());
}

TEST_F(EnetRecoveryTest, ACopyIsNeverDueAtTheMomentItIsWanted) {
	measure(1, 200);
	const size_t place = send();
	recovery->want_copy(commands[place]->sent_in);
	EXPECT_GT(recovery->copy_deadline(), now);
	answer(place);
}

// Probes on the wire.

TEST(EnetProbes, TheFirstProbeCarriesTheOldestUnacknowledgedData) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	for (int i = 0; i < 20; ++i)
		ASSERT_EQ(host.host.send(raw.id, 0, view_of_text(std::string(1300, 'x')), kEnetReliable), Error::OK);
	(void)host.flush();
	const std::vector<WireDatagram> out = host.run_ms(1000);
	ASSERT_FALSE(out.empty());
	ASSERT_FALSE(out[0].commands.empty());
	EXPECT_EQ(out[0].commands[0].number, kWireReliable);
	EXPECT_EQ(out[0].commands[0].sequence, 1);
	EXPECT_LT(commands_of(out, kWireReliable).size(), 6u) << "no flood into the silence";
}

TEST(EnetProbes, WhenTheWindowForbidsAResendAPingAsksInstead) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text(std::string(50000, 'x')), kEnetReliable), Error::OK);
	(void)host.flush();
	raw.send(raw.stamped().bandwidth(1, 4096, 0)); // a window of 4096 bytes
	(void)host.flush();
	const std::vector<WireDatagram> out = host.run_ms(1000);
	EXPECT_GE(commands_of(out, kWirePing).size(), 1u);
	EXPECT_EQ(commands_of(out, kWireFragment).size(), 0u);
	// Its answer tells that all before it are lost.
	for (const WireDatagram &datagram : out)
		for (const WireCommand &command : datagram.commands)
			if (command.number == kWirePing) raw.send(raw.unstamped().ack(0xff, command.sequence, datagram.time));
	EXPECT_GE(commands_of(host.run_ms(10), kWireFragment).size(), 2u);
}
