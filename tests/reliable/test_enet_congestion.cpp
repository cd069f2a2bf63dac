// EnetCongestion over a link of its own: datagrams of one size, a queue that drops what does not fit, answers after the
// round trip. The whole engine on such links is measured by bench/loss.
#include "reliable/enet_congestion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

using namespace netpeer;

namespace {

constexpr uint32_t kBytes = 1364;
constexpr uint32_t kOnLink = 1392;

struct Path {
	double mbit = 10;
	uint32_t queue_bytes = 64 << 10;
	uint32_t rtt_us = 50000;
	uint32_t lose_each = 0; // one of so many datagrams, whatever the queue; 0: none
	uint32_t answer_us = 0; // answers come when a multiple of it has passed, as from a receiver that looks seldom
};

class Bottleneck {
public:
	explicit Bottleneck(const Path &path) : path_(path) {}
	/// When what is sent at `now` is answered; never() when it is dropped.
	Instant pass(Instant now) {
		if (free_at_ < now) free_at_ = now;
		const double waiting = static_cast<double>((free_at_ - now).us) * path_.mbit / 8;
		++offered;
		if (waiting + kOnLink > path_.queue_bytes || (path_.lose_each != 0 && offered % path_.lose_each == 0)) {
			++dropped;
			return Instant::never();
		}
		free_at_ = free_at_ + Duration::from_us(static_cast<int64_t>(kOnLink * 8 / path_.mbit));
		Instant answer = free_at_ + Duration::from_us(path_.rtt_us);
		if (path_.answer_us != 0) {
			answer.us = (answer.us + path_.answer_us - 1) / path_.answer_us * path_.answer_us;
		}
		return answer;
	}
	double queue_ms(Instant now) const { return free_at_ < now ? 0 : static_cast<double>((free_at_ - now).us) / 1000; }

	void set_rtt_us(uint32_t rtt_us) { path_.rtt_us = rtt_us; }

	uint64_t offered = 0;
	uint64_t dropped = 0;

private:
	Path path_;
	Instant free_at_;
};

// Always has something to send.
class Flow {
public:
	explicit Flow(EnetCongestionControl control, Instant begin, uint32_t rtt_us = 0) :
	        control_(control, begin, rtt_us) {}
	void step(Instant now, Bottleneck &link) {
		take_answers(now);
		while (in_flight_ + kBytes <= control_.window() && control_.may_leave(now)) {
			Sent sent;
			sent.at = now;
			control_.note_sent(now, sent.mark, kBytes, in_flight_);
			in_flight_ += kBytes;
			sent.answer = link.pass(now);
			outstanding_.push_back(sent);
		}
		most_in_flight = std::max(most_in_flight, in_flight_);
	}
	EnetCongestion &control() { return control_; }
	uint64_t delivered = 0; // bytes
	uint32_t most_in_flight = 0;

private:
	struct Sent {
		Instant at, answer;
		SendMark mark;
	};
	// Answers come in the order of sending; a gap is a loss.
	void take_answers(Instant now) {
		size_t last = 0;
		for (size_t i = 0; i < outstanding_.size(); ++i) {
			if (outstanding_[i].answer <= now) last = i + 1;
		}
		for (; last > 0; --last) {
			const Sent sent = outstanding_.front();
			outstanding_.pop_front();
			in_flight_ -= kBytes;
			if (sent.answer.is_never()) {
				control_.note_lost(kBytes);
				continue;
			}
			delivered += kBytes;
			control_.note_delivered(kBytes);
			control_.note_answer(now, sent.at, sent.mark, kBytes, in_flight_);
		}
		// All is lost when nothing has come for long.
		if (!outstanding_.empty() && now - outstanding_.back().at > Duration::from_s(1)) {
			control_.note_lost(in_flight_);
			in_flight_ = 0;
			outstanding_.clear();
		}
	}

	EnetCongestion control_;
	std::deque<Sent> outstanding_;
	uint32_t in_flight_ = 0;
};

struct Outcome {
	double mbit = 0; // delivered, of payload
	double median_queue_ms = 0;
	double dropped_share = 0;
	uint32_t most_in_flight = 0;
};

Outcome run_alone(const Path &path, double seconds, EnetCongestionControl control = EnetCongestionControl::kRateModel) {
	Bottleneck link(path);
	Instant now = Instant::from_ms(1000);
	const Instant end = now + Duration::from_us(static_cast<int64_t>(seconds * 1e6));
	Flow flow(control, now);
	std::vector<double> queue;
	for (; now < end; now = now + Duration::from_us(500)) {
		flow.step(now, link);
		queue.push_back(link.queue_ms(now));
	}
	std::sort(queue.begin(), queue.end());
	Outcome outcome;
	outcome.mbit = static_cast<double>(flow.delivered) * 8 / 1e6 / seconds;
	outcome.median_queue_ms = queue[queue.size() / 2];
	outcome.dropped_share = static_cast<double>(link.dropped) / static_cast<double>(link.offered);
	outcome.most_in_flight = flow.most_in_flight;
	return outcome;
}

} // namespace

TEST(EnetCongestionModel, ALongFastPathIsFilledWithoutOverflowingItsQueue) {
	Path path;
	path.mbit = 50;
	path.rtt_us = 100000;
	path.queue_bytes = 256 << 10;
	const Outcome outcome = run_alone(path, 20);
	EXPECT_GE(outcome.mbit, 45);
	EXPECT_LE(outcome.dropped_share, 0.001);
	EXPECT_LE(outcome.median_queue_ms, 25);
}

TEST(EnetCongestionModel, LossesOfAHundredthCostLittle) {
	Path path;
	path.mbit = 50;
	path.rtt_us = 100000;
	path.queue_bytes = 256 << 10;
	path.lose_each = 100;
	EXPECT_GE(run_alone(path, 20).mbit, 40);
	path.lose_each = 20;
	EXPECT_GE(run_alone(path, 20).mbit, 35) << "nor do those of a twentieth";
}

TEST(EnetCongestionModel, ASlowPathWithALittleQueueIsFilledToo) {
	Path path;
	path.mbit = 2;
	path.queue_bytes = 32 << 10;
	const Outcome outcome = run_alone(path, 20);
	EXPECT_GE(outcome.mbit, 1.8);
	EXPECT_LE(outcome.median_queue_ms, 30);
	EXPECT_LE(outcome.dropped_share, 0.03);
}

TEST(EnetCongestionModel, TheQueueStaysShortOnAnOrdinaryPath) {
	const Outcome outcome = run_alone(Path(), 20);
	EXPECT_GE(outcome.mbit, 9);
	EXPECT_LE(outcome.median_queue_ms, 25);
}

TEST(EnetCongestionModel, AnswersInLumpsAreNotReadAsAQueue) {
	Path path;
	path.mbit = 20;
	path.answer_us = 16667;
	EXPECT_GE(run_alone(path, 10).mbit, 17);
	path.answer_us = 100000;
	EXPECT_GE(run_alone(path, 10).mbit, 13);
}

TEST(EnetCongestionModel, AboveEverythingStandsTheMostThatAReceiverMayBeSent) {
	Path path;
	path.mbit = 2000;
	path.rtt_us = 100000;
	path.queue_bytes = 4 << 20;
	EXPECT_LE(run_alone(path, 4).most_in_flight, EnetCongestion::kMostInFlight);
}

// It may have been the queue of others, all through the probe.
TEST(EnetCongestionModel, APathThatLooksLongerInOneProbeIsBelievedToBeWithTheSecond) {
	Bottleneck link{Path()};
	Instant now = Instant::from_ms(1000);
	Flow flow(EnetCongestionControl::kRateModel, now);
	const auto run_for = [&](int64_t seconds) {
		const uint64_t before = flow.delivered;
		const Instant end = now + Duration::from_s(seconds);
		for (; now < end; now = now + Duration::from_us(500)) flow.step(now, link);
		return static_cast<double>(flow.delivered - before) * 8 / 1e6 / static_cast<double>(seconds);
	};
	run_for(10);
	const uint32_t shortest = flow.control().shortest_rtt();
	EXPECT_LE(shortest, 53000u);
	link.set_rtt_us(65000);
	EXPECT_GE(run_for(8), 8.5);
	EXPECT_EQ(flow.control().shortest_rtt(), shortest);
	EXPECT_GE(run_for(8), 8.5);
	EXPECT_GE(flow.control().shortest_rtt(), 65000u);
	EXPECT_LE(flow.control().shortest_rtt(), 69000u);
	EXPECT_GE(run_for(8), 9);
}

TEST(EnetCongestionModel, APathThatIsHalfAsLongAgainIsBelievedAtOnce) {
	Bottleneck link{Path()};
	Instant now = Instant::from_ms(1000);
	Flow flow(EnetCongestionControl::kRateModel, now);
	for (; now < Instant::from_ms(18000); now = now + Duration::from_us(500)) {
		if (now >= Instant::from_ms(10000)) link.set_rtt_us(90000);
		flow.step(now, link);
	}
	EXPECT_GE(flow.control().shortest_rtt(), 90000u);
}

TEST(EnetCongestionCubic, APathIsFilled) {
	Path path;
	path.queue_bytes = 128 << 10;
	EXPECT_GE(run_alone(path, 20, EnetCongestionControl::kCubic).mbit, 9);
}

// Its losses are found in two rounds.
TEST(EnetCongestionCubic, AnOverflowOfALongPathCostsOneReduction) {
	Path path;
	path.mbit = 50;
	path.rtt_us = 100000;
	path.queue_bytes = 256 << 10;
	EXPECT_GE(run_alone(path, 30, EnetCongestionControl::kCubic).mbit, 43);
}

TEST(EnetCongestionCubic, LossesOfWhatAnotherControlSentDoNotReduceTheWindow) {
	for (const bool took_over : {false, true}) {
		Instant now = Instant::from_ms(1000);
		EnetCongestion control(EnetCongestionControl::kCubic, now, 100000);
		if (took_over) control.take_over();
		control.note_lost(20000);
		const auto send_and_answer = [&] {
			SendMark mark;
			const Instant sent_at = now;
			control.note_sent(now, mark, kBytes, 0);
			now = now + Duration::from_ms(100);
			control.note_delivered(kBytes);
			control.note_answer(now, sent_at, mark, kBytes, 0);
		};
		send_and_answer();
		EXPECT_EQ(control.window() == EnetCongestion::kFloor, took_over);
		control.note_lost(kBytes);
		send_and_answer();
		EXPECT_LT(control.window(), EnetCongestion::kFloor) << "those of its own do";
	}
}

TEST(EnetCongestionRate, AfterInterruptionsAFewDatagramsStillLeaveInEachRoundTrip) {
	Instant now = Instant::from_us(1000000);
	EnetCongestion control(EnetCongestionControl::kRateModel, now, 10000);
	for (int i = 0; i < 40; ++i) {
		SendMark mark;
		const Instant sent_at = now;
		control.note_sent(now, mark, 600, 600);
		now = now + Duration::from_ms(10);
		control.note_delivered(600);
		control.note_answer(now, sent_at, mark, 600, 600);
		control.note_lost(60000);
		now = now + Duration::from_s(2);
	}
	EXPECT_LT(control.bandwidth(), 1000u) << "bytes per second";
	EXPECT_GE(control.pacing_rate(), 4u * 1400u * 100u);
}

TEST(EnetPacerDebt, WhatLeftWithoutAskingIsNoLongerADebtThanALargeBurst) {
	EnetPacer pacer;
	Instant now = Instant::from_us(1000000);
	(void)pacer.may_leave(now, 1000000);
	for (int i = 0; i < 100000; ++i) pacer.note_sent(1000);
	EXPECT_FALSE(pacer.may_leave(now, 1000000));
	EXPECT_LE(pacer.departure(), now + Duration::from_ms(100));
}

// As in a program that sends something else in a busy loop.
TEST(EnetPacerRate, HoweverOftenItIsAskedTheRateIsKept) {
	for (const uint64_t rate : {uint64_t{10000}, uint64_t{300000}, uint64_t{1900000}}) {
		for (const int64_t each_us : {1, 3, 50, 1000}) {
			SCOPED_TRACE(testing::Message() << rate << " bytes per second, asked each " << each_us << " us");
			EnetPacer pacer;
			Instant now = Instant::from_us(1000000);
			while (pacer.may_leave(now, rate)) pacer.note_sent(1400);
			uint64_t sent = 0;
			const Instant end = now + Duration::from_s(4);
			for (; now < end; now = now + Duration::from_us(each_us)) {
				while (pacer.may_leave(now, rate)) {
					pacer.note_sent(1400);
					sent += 1400;
				}
			}
			EXPECT_GE(sent + 1400 + rate / 1000, 4 * rate);
			EXPECT_LE(sent, 4 * rate + 1400);
		}
	}
}
