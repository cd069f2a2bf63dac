// What loss recovery and congestion control promise into a libenet receiver, in virtual time: a short form of
// bench/loss/run, whose bars these are. Deterministic: not a matter of how busy the machine is.
#include "../../bench/loss/loss_run.h"

#include <gtest/gtest.h>

#include <algorithm>

using loss_bench::LossFindings;
using loss_bench::LossOptions;
using loss_bench::mbit_per_s;
using loss_bench::percentile;

namespace {

LossFindings measured(LossOptions options, const char *sender = "netpeer") {
	options.sender = sender;
	LossFindings found;
	for (uint64_t seed = 1; seed <= options.seeds; ++seed) loss_bench::run_loss(options, seed, found);
	std::sort(found.delays_ms.begin(), found.delays_ms.end());
	std::sort(found.queue_ms.begin(), found.queue_ms.end());
	EXPECT_EQ(found.disordered, 0u);
	return found;
}

// 64 B each 20 ms, round trip 100 ms.
LossOptions thin(double loss) {
	LossOptions options;
	options.messages = 2000;
	options.seeds = 2;
	options.loss = loss;
	return options;
}

LossOptions bulk(double mbit, double queue_kib, double rtt_ms) {
	LossOptions options;
	options.bulk = true;
	options.seconds = 15;
	options.mbit = mbit;
	options.queue_kib = queue_kib;
	options.rtt_ms = rtt_ms;
	return options;
}

double goodput(const LossFindings &found) { return mbit_per_s(found.bulk_bytes, found.seconds); }

// The largest is one message of thousands: bench/loss/run looks at it with more of them.
void expect_no_percentile_worse(const LossFindings &ours, const LossFindings &stock) {
	for (const double share : {0.5, 0.95, 0.99, 0.999}) {
		EXPECT_LE(percentile(ours.delays_ms, share), percentile(stock.delays_ms, share)) << share;
	}
}

} // namespace

TEST(LossBars, ARunIsAFunctionOfItsOptionsAndItsSeed) {
	LossOptions options = thin(0.1);
	options.mean_burst = 3;
	options.jitter_ms = 5;
	const LossFindings first = measured(options);
	EXPECT_EQ(measured(options).delays_ms, first.delays_ms);
	EXPECT_EQ(measured(options).offered_bytes, first.offered_bytes);
	options.seeds = 1;
	EXPECT_NE(measured(options).delays_ms, first.delays_ms);
}

TEST(LossBars, AtFivePercentLossTheTailEndsAt165And200MsForHardlyMoreDatagramsThanStock) {
	const LossFindings ours = measured(thin(0.05));
	const LossFindings stock = measured(thin(0.05), "stock");
	EXPECT_EQ(ours.undelivered, 0u);
	EXPECT_LE(percentile(ours.delays_ms, 0.99), 165);
	EXPECT_LE(percentile(ours.delays_ms, 0.999), 200);
	EXPECT_LE(static_cast<double>(ours.offered), 1.08 * static_cast<double>(stock.offered));
	expect_no_percentile_worse(ours, stock);
}

TEST(LossBars, AtTenPercentLossTheTailEndsAt200And305Ms) {
	const LossFindings ours = measured(thin(0.1));
	EXPECT_LE(percentile(ours.delays_ms, 0.99), 200);
	EXPECT_LE(percentile(ours.delays_ms, 0.999), 305);
}

TEST(LossBars, AtTwentyPercentLossTheTailEndsAt320And450Ms) {
	const LossFindings ours = measured(thin(0.2));
	EXPECT_LE(percentile(ours.delays_ms, 0.99), 320);
	EXPECT_LE(percentile(ours.delays_ms, 0.999), 450);
	EXPECT_EQ(ours.ended, ours.ended_by_receiver) << "what the stock receiver ends is its own affair";
}

TEST(LossBars, WithTwoRepeats99Of100MessagesArriveWithin100MsAtTenPercentLoss) {
	LossOptions options = thin(0.1);
	options.repeats = 2;
	EXPECT_LE(percentile(measured(options).delays_ms, 0.99), 100);
}

TEST(LossBars, InBurstsOfLossesNoPercentileIsWorseThanStocks) {
	LossOptions options = thin(0.05);
	options.mean_burst = 4;
	expect_no_percentile_worse(measured(options), measured(options, "stock"));
}

TEST(LossBars, WithJitterAndReorderingFewerThanTwoInAHundredAreResentForNothing) {
	LossOptions jitter = thin(0.05), reorder = thin(0.05);
	jitter.jitter_ms = 30;
	reorder.reorder = 0.02;
	for (const LossOptions &options : {jitter, reorder}) {
		const LossFindings ours = measured(options);
		EXPECT_LT(static_cast<double>(ours.spurious), 0.02 * static_cast<double>(ours.thin_sent));
		expect_no_percentile_worse(ours, measured(options, "stock"));
	}
}

TEST(LossBars, WhenOnlyAcksAreLostNothingIsLateThatIsNotWithStock) {
	LossOptions options = thin(0);
	options.back_loss = 0.1;
	expect_no_percentile_worse(measured(options), measured(options, "stock"));
}

TEST(LossBars, BulkFillsFastAndSlowLinksWithAShortQueue) {
	EXPECT_GE(goodput(measured(bulk(50, 256, 100))), 45);
	const LossFindings medium = measured(bulk(10, 64, 50));
	EXPECT_GE(goodput(medium), 9);
	EXPECT_LE(percentile(medium.queue_ms, 0.5), 25);
	EXPECT_GE(goodput(measured(bulk(2, 32, 50))), 1.8);
}

TEST(LossBars, BulkTakesNoLossOfOnePercentForAFullQueue) {
	LossOptions options = bulk(50, 256, 100);
	options.loss = 0.01;
	EXPECT_GE(goodput(measured(options)), 40);
}

TEST(LossBars, IntoAReceiverThatIsPolledSeldomBulkIsNoSlowerThanStock) {
	LossOptions options = bulk(50, 256, 100);
	options.seconds = 30;
	options.seeds = 2;
	options.jitter_ms = 2;
	options.receiver_kib = 64;
	for (const double hertz : {10.0, 30.0, 60.0}) {
		options.receiver_hz = hertz;
		EXPECT_GE(goodput(measured(options)), goodput(measured(options, "stock"))) << hertz;
	}
}

TEST(LossBars, TwoFlowsShareALink) {
	LossOptions options = bulk(10, 64, 50);
	options.seconds = 40;
	options.second = "netpeer";
	options.second_after_s = 5;
	const LossFindings found = measured(options);
	EXPECT_GE(found.least_ratio, 0.8);
	EXPECT_LE(found.most_ratio, 1.25);
	EXPECT_GE(mbit_per_s(found.first_settled_bytes + found.second_settled_bytes, found.settled_seconds), 9);
}

// Which losses meet whom is chance, and it is repeated from one second to the next: three beginnings of a Reno flow.
TEST(LossBars, ATcpLikeFlowKeepsAThirdOfTheLink) {
	LossOptions options = bulk(10, 64, 50);
	options.seconds = 60;
	for (const double after_s : {5.0, 5.9, 7.7}) {
		options.second_after_s = after_s;
		options.second = "reno";
		const LossFindings found = measured(options);
		EXPECT_GE(mbit_per_s(found.second_settled_bytes, found.settled_seconds), 3.4) << after_s;
		EXPECT_GE(mbit_per_s(found.first_settled_bytes, found.settled_seconds), 3.4) << after_s;
	}
	options.second = "cubic";
	const LossFindings found = measured(options);
	EXPECT_GE(mbit_per_s(found.second_settled_bytes, found.settled_seconds), 3.4);
	EXPECT_GE(mbit_per_s(found.first_settled_bytes, found.settled_seconds), 3.4);
}

TEST(LossBars, AMessageBesideBulkIsNotLate) {
	LossOptions options = bulk(50, 256, 100);
	options.bytes = 100;
	options.messages = 700;
	EXPECT_LE(percentile(measured(options).delays_ms, 0.99), 100 / 2 + 30);
}
