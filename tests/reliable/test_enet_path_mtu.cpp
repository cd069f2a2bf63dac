// The path's MTU: the state machine by itself, then hosts on simulated paths that carry less than was negotiated.
#include "../../src/reliable/enet_path_mtu.h"

#include "../../src/compress/range_coder.h"
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"
#include "../support/sim_pair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr Duration kPatience = Duration::from_ms(100);

// A path of a given MTU, 20 ms there and back, at the state machine's service.
struct Prober {
	explicit Prober(uint16_t full) { path.begin(full); }

	EnetPathMtu path;
	Instant now = Instant::from_ms(1000);
	uint16_t carries = UINT16_MAX;
	bool is_silent = false;
	unsigned probes = 0;
	uint64_t bytes = 0;
	uint16_t sequence = 0;

	// Until no more probes follow, at most for `limit`.
	void run(Duration limit = Duration::from_s(60)) {
		const Instant end = now + limit;
		while (path.is_probing() && now <= end) {
			std::vector<uint16_t> answers;
			while (const uint16_t size = path.due_probe()) {
				path.note_sent(now, ++sequence, 7, kPatience);
				++probes;
				bytes += size;
				if (!is_silent && size <= carries) answers.push_back(sequence);
			}
			if (!answers.empty()) now = now + Duration::from_ms(20);
			for (const uint16_t answer : answers) (void)path.acknowledge(now, answer, 7);
			const Instant next = path.next_deadline();
			if (path.due_probe() != 0 || !path.is_probing()) continue;
			ASSERT_FALSE(next.is_never());
			if (next > now) now = next;
			path.handle_timeout(now);
		}
	}
};

SimPair::Options on_path(size_t mtu, uint64_t seed) {
	SimPair::Options options = SimPair::options(20, seed);
	options.links.mtu = mtu;
	return options;
}

std::string numbered(uint32_t number, size_t bytes) {
	std::string text = std::to_string(number) + ":";
	while (text.size() < bytes) text += static_cast<char>('a' + (number + text.size()) % 26);
	return text;
}

// Sends large messages on channel 0 and small ones on channel 1, and checks that each arrives, in order.
class Flow {
public:
	explicit Flow(SimPair &pair, size_t large = 65536) : pair_(pair), large_(large) {}

	void send(unsigned rounds, int64_t gap_ms = 100) {
		for (unsigned i = 0; i < rounds; ++i) {
			EXPECT_EQ(pair_.client.send(0, numbered(sent_, large_)), Error::OK);
			EXPECT_EQ(pair_.client.send(1, numbered(sent_, 30)), Error::OK);
			++sent_;
			pair_.run_for_ms(gap_ms);
		}
	}
	::testing::AssertionResult arrives(Duration limit = Duration::from_s(60)) {
		if (!pair_.run_until([&] { return take(0, large_) == sent_ && take(1, 30) == sent_; }, limit)) {
			return ::testing::AssertionFailure() << got_[0] << " large and " << got_[1] << " small of " << sent_;
		}
		return ::testing::AssertionSuccess();
	}

private:
	uint32_t take(uint8_t channel, size_t bytes) {
		while (pair_.server.waiting(channel) != 0) {
			EXPECT_EQ(pair_.server.received(channel), numbered(got_[channel], bytes));
			++got_[channel];
		}
		return got_[channel];
	}

	SimPair &pair_;
	size_t large_;
	uint32_t sent_ = 0;
	uint32_t got_[2] = {0, 0};
};

} // namespace

// --- the state machine ---

TEST(EnetPathMtu, DoubtThatProvesWrongChangesNothing) {
	Prober prober(1392);
	prober.path.doubt(prober.now);
	prober.run();
	EXPECT_EQ(prober.path.size(), 1392);
	EXPECT_LE(prober.probes, 3u);
	EXPECT_FALSE(prober.path.is_over(prober.now)) << "it is not doubted again at once";
	EXPECT_TRUE(prober.path.is_over(prober.path.next_deadline()));
}

TEST(EnetPathMtu, SearchEndsWithin16BytesBelowWhatThePathCarries) {
	for (uint16_t carries = 576; carries < 1392; carries = static_cast<uint16_t>(carries + 37)) {
		SCOPED_TRACE(carries);
		Prober prober(1392);
		prober.carries = carries;
		prober.path.doubt(prober.now);
		prober.run();
		EXPECT_LE(prober.path.size(), carries);
		EXPECT_GT(prober.path.size() + 17, carries);
		EXPECT_LE(prober.probes, 60u);
		EXPECT_FALSE(prober.path.is_probing());
	}
}

TEST(EnetPathMtu, FallIsDecidedWithinFiveTrials) {
	Prober prober(1392);
	prober.carries = 1300;
	const Instant began = prober.now;
	prober.path.doubt(began);
	while (prober.path.size() == 1392 && prober.now - began < Duration::from_s(10)) prober.run(Duration());
	EXPECT_EQ(prober.path.size(), 1200);
	EXPECT_LE((prober.now - began).ms(), 5 * 40);
}

TEST(EnetPathMtu, SilenceIsNoReasonToFallAndEndsTheProbing) {
	Prober prober(1392);
	prober.is_silent = true;
	prober.path.doubt(prober.now);
	prober.run(Duration::from_s(600));
	EXPECT_EQ(prober.path.size(), 1392);
	EXPECT_FALSE(prober.path.is_probing());
	EXPECT_EQ(prober.probes, 3 * EnetPathMtu::kSilentTrials);
	prober.path.doubt(prober.now);
	EXPECT_FALSE(prober.path.is_probing()) << "not again at once";
}

TEST(EnetPathMtu, PathThatHealsIsFoundOutAfterTenMinutes) {
	Prober prober(1392);
	prober.carries = 600;
	prober.path.doubt(prober.now);
	prober.run();
	ASSERT_LE(prober.path.size(), 600);
	const Instant settled = prober.now;
	prober.carries = UINT16_MAX;
	prober.now = prober.path.next_deadline();
	EXPECT_GT((prober.now - settled).ms(), 590000);
	prober.path.handle_timeout(prober.now);
	prober.run();
	EXPECT_EQ(prober.path.size(), 1392);
	EXPECT_TRUE(prober.path.is_over(prober.now + Duration::from_s(10)));
}

TEST(EnetPathMtu, BadLuckTakenForABlackHoleIsSoonOver) {
	Prober prober(1392);
	prober.carries = 1300;
	prober.path.doubt(prober.now);
	while (prober.path.size() == 1392) prober.run(Duration());
	prober.carries = UINT16_MAX;
	prober.run();
	EXPECT_EQ(prober.path.size(), 1392);
}

TEST(EnetPathMtu, DataThatArrivesMeanwhileEndsTheDoubt) {
	Prober prober(1392);
	prober.carries = 1300;
	prober.path.doubt(prober.now);
	prober.path.note_arrived(prober.now, 1391);
	prober.path.note_arrived(prober.now, 1392);
	prober.run(Duration());
	prober.run();
	EXPECT_EQ(prober.path.size(), 1392);
	EXPECT_LE(prober.probes, 3u);
}

TEST(EnetPathMtu, SizeNeverLeavesItsBoundsWhateverIsAnswered) {
	SeededRng rng(5);
	for (unsigned round = 0; round < 300; ++round) {
		const uint16_t full = static_cast<uint16_t>(576 + rng.below(3521));
		EnetPathMtu path;
		path.begin(full);
		Instant now = Instant::from_ms(5);
		uint16_t sequence = 0;
		unsigned falls = 0;
		uint16_t last = full;
		const Instant end = now + Duration::from_s(100);
		while (now < end) {
			now = now + Duration::from_us(static_cast<int64_t>(rng.below(20000)));
			path.doubt(now);
			while (path.due_probe() != 0) {
				ASSERT_GE(path.due_probe(), EnetPathMtu::kFloor);
				ASSERT_LE(path.due_probe(), full);
				path.note_sent(now, ++sequence, 1, Duration::from_ms(10));
			}
			const uint16_t answered = static_cast<uint16_t>(sequence - rng.below(4));
			(void)path.acknowledge(now, answered, static_cast<uint16_t>(rng.below(8) != 0));
			path.handle_timeout(now);
			ASSERT_GE(path.size(), EnetPathMtu::kFloor);
			ASSERT_LE(path.size(), full);
			falls += path.size() < last;
			last = path.size();
		}
		EXPECT_LE(falls, 24u) << "however it is answered: two at once, and then not for ten seconds";
	}
}

// --- hosts ---

TEST(EnetHostPathMtu, NothingIsProbedWhileAllIsWell) {
	SimPair pair = SimPair::connected(20, 1);
	Flow flow(pair);
	flow.send(20);
	ASSERT_TRUE(flow.arrives());
	EXPECT_EQ(pair.client.counters().path_probes, 0u);
	EXPECT_EQ(pair.client.stats().path_mtu, pair.client.stats().mtu);
}

TEST(EnetHostPathMtu, MessagesArriveOnAPathThatIsSmallFromTheStart) {
	for (const bool has_checksum : {false, true}) {
		for (const size_t mtu : {size_t{1300}, size_t{1000}, size_t{600}}) {
			SCOPED_TRACE(std::to_string(mtu) + (has_checksum ? " with checksum" : ""));
			SimPair::Options options = on_path(mtu, mtu);
			options.client.checksum = options.server.checksum = has_checksum;
			SimPair pair = SimPair::connected(options);
			Flow flow(pair);
			flow.send(30);
			ASSERT_TRUE(flow.arrives());
			pair.run_for_ms(5000);
			EXPECT_LE(pair.client.stats().path_mtu, mtu);
			EXPECT_GT(pair.client.stats().path_mtu + 22, mtu);
			EXPECT_EQ(pair.client.stats().mtu, 1392u);
			EXPECT_GE(pair.client.counters().path_black_holes, 1u);
			EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 0u);
			// From now on all fits.
			const uint64_t before = pair.client.counters().resent_commands;
			flow.send(10);
			ASSERT_TRUE(flow.arrives());
			EXPECT_EQ(pair.client.counters().resent_commands, before);
		}
	}
}

TEST(EnetHostPathMtu, MessagesArriveOnAPathThatBecomesSmallWhileTheyFlow) {
	for (const size_t mtu : {size_t{1300}, size_t{1000}, size_t{600}}) {
		SCOPED_TRACE(mtu);
		SimPair pair = SimPair::connected(20, mtu);
		Flow flow(pair);
		flow.send(10, 10);
		pair.client_link().settings.mtu = mtu;
		flow.send(50, 30);
		ASSERT_TRUE(flow.arrives());
		EXPECT_LE(pair.client.stats().path_mtu, mtu);
		EXPECT_EQ(pair.server.stats().path_mtu, 1392u) << "the other direction is as it was";
		EXPECT_EQ(pair.client.count(EnetEventType::kDisconnect), 0u);
	}
}

TEST(EnetHostPathMtu, SmallMessagesThatWaitByThemselvesAreCutToo) {
	SimPair pair = SimPair::connected(20, 1);
	pair.client_link().settings.mtu = 900;
	// One in each pass, so that none but the newest waits in the one in which the path is known.
	uint32_t sent = 0;
	for (int ms = 0; ms < 1200; ++ms) {
		if (ms % 200 == 0 || (ms > 450 && pair.client.host.counters().path_black_holes == 0 &&
		                             pair.client.stats().queued_data == 0 && sent < 1000)) {
			ASSERT_EQ(pair.client.send(0, numbered(sent++, 950)), Error::OK);
		}
		pair.run_for_ms(1);
	}
	EXPECT_EQ(pair.client.host.counters().path_black_holes, 1u);
	ASSERT_TRUE(pair.run_until_idle());
	for (uint32_t i = 0; i < sent; ++i) EXPECT_EQ(pair.server.received(0), numbered(i, 950));
}

TEST(EnetHostPathMtu, QueuedMessagesAreCutForThePathBeforeTheyLeave) {
	for (const size_t size : {size_t{950}, size_t{1300}, size_t{3000}, size_t{65536}}) {
		SCOPED_TRACE(size);
		SimPair pair = SimPair::connected(20, size);
		pair.client_link().settings.mtu = 900;
		// The first message fills the window; when the path is known, that one alone travels in fragments.
		ASSERT_EQ(pair.client.send(0, numbered(0, 70000)), Error::OK);
		for (uint32_t i = 0; i < 40; ++i) {
			ASSERT_EQ(pair.client.send(static_cast<uint8_t>(i % 4), numbered(i, size)), Error::OK);
			ASSERT_EQ(pair.client.send(static_cast<uint8_t>(i % 4), "u" + std::to_string(i), 0), Error::OK);
		}
		struct Seen {
			uint32_t too_long = 0;
			Endpoint from;
		} seen;
		seen.from = pair.client.at;
		SimTap tap;
		tap.user = &seen;
		tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &, ByteView bytes, SimFate fate) {
			Seen &all = *static_cast<Seen *>(user);
			if (from == all.from && bytes.size > 900) all.too_long += fate == SimFate::kOnItsWay;
		};
		pair.world().network().set_tap(tap);
		ASSERT_TRUE(pair.run_until_idle());
		EXPECT_GT(seen.too_long, 0u);
		EXPECT_LE(seen.too_long, 2 * 52u) << "the pieces of the first message, asked after one by one, and again";
		EXPECT_EQ(pair.server.received(0), numbered(0, 70000));
		uint32_t arrived[4] = {0, 0, 0, 0};
		for (uint8_t channel = 0; channel < 4; ++channel) {
			while (pair.server.waiting(channel) != 0) {
				const std::string text = pair.server.received(channel);
				if (text[0] == 'u') continue; // those may be lost
				EXPECT_EQ(text, numbered(4 * arrived[channel]++ + channel, size));
			}
			EXPECT_EQ(arrived[channel], 10u);
		}
		pair.world().network().set_tap(SimTap());
	}
}

TEST(EnetHostPathMtu, WhatHasLeftAndCannotPassEndsTheConnectionAsSilenceWould) {
	SimPair pair = SimPair::connected(20, 2);
	pair.client_link().settings.mtu = 1000;
	pair.client_link().settings.fragments = false;
	const Instant began = pair.now();
	ASSERT_EQ(pair.client.send(0, numbered(0, 3000)), Error::OK);
	while (pair.client.count(EnetEventType::kDisconnect) == 0 && pair.now() - began < Duration::from_s(60)) {
		ASSERT_EQ(pair.client.send(1, "small"), Error::OK);
		pair.run_for_ms(200);
	}
	ASSERT_EQ(pair.client.count(EnetEventType::kDisconnect), 1u);
	EXPECT_EQ(pair.client.last(EnetEventType::kDisconnect)->reason, EnetDropReason::kTimedOut);
	EXPECT_GE((pair.now() - began).ms(), 30000);
	EXPECT_LE((pair.now() - began).ms(), 40000);
}

TEST(EnetHostPathMtu, ProbingAtTheStartLosesNothingWhereFragmentsDoNotPass) {
	for (const size_t mtu : {size_t{65507}, size_t{1300}, size_t{1000}, size_t{600}}) {
		SCOPED_TRACE(mtu);
		SimPair::Options options = on_path(mtu, 9);
		options.links.fragments = false;
		options.client.probe_path_mtu = true;
		SimPair pair(options);
		ASSERT_TRUE(pair.connect());
		Flow flow(pair);
		flow.send(30);
		ASSERT_TRUE(flow.arrives());
		EXPECT_EQ(pair.client.counters().path_black_holes, 0u);
		EXPECT_LE(pair.client.stats().path_mtu, mtu);
		EXPECT_GT(pair.client.stats().path_mtu + 22, mtu < 1392 ? mtu : 1392);
		if (mtu > 1392) {
			EXPECT_EQ(pair.client.counters().path_probes, 3u);
		}
	}
}

TEST(EnetHostPathMtu, SharedAndFragmentedPacketsAreCutAnewToo) {
	SimPair pair = SimPair::connected(20, 3);
	pair.client_link().settings.mtu = 700;
	std::vector<std::string> texts;
	for (uint32_t i = 0; i < 60; ++i) {
		texts.push_back(numbered(i, 200 + 1300 * (i % 5)));
		const EnetPacketRef packet = pair.client.host.make_packet(view_of_text(texts.back()), kEnetReliable);
		ASSERT_EQ(pair.client.host.send(pair.client.peer, 0, packet), Error::OK);
		if (i % 7 == 3) { // of these, some are longer than a datagram
			const std::string unreliable = numbered(1000 + i, 5000);
			ASSERT_EQ(pair.client.send(0, unreliable, kEnetUnreliableFragment), Error::OK);
		}
	}
	ASSERT_TRUE(pair.run_until_idle());
	size_t next = 0;
	while (pair.server.waiting(0) != 0) {
		const std::string text = pair.server.received(0);
		if (text.size() == 5000) continue;
		ASSERT_LT(next, texts.size());
		EXPECT_EQ(text, texts[next++]);
	}
	EXPECT_EQ(next, texts.size());
	EXPECT_LE(pair.client.stats().path_mtu, 700u);
}

TEST(EnetHostPathMtu, MessagesOfEveryPriorityAreCutAnewAndStayInOrder) {
	for (const auto first : {EnetChannelPriority::kPrompt, EnetChannelPriority::kBulk}) {
		SCOPED_TRACE(static_cast<int>(first));
		SimPair pair = SimPair::connected(20, 4);
		pair.client_link().settings.mtu = 700;
		EnetHost &host = pair.client.host;
		for (uint32_t i = 0; i < 120; ++i) {
			const EnetChannelPriority chosen = i < 60 ? first : EnetChannelPriority::kAutomatic;
			ASSERT_EQ(host.set_channel_priority(pair.client.peer, 0, chosen), Error::OK);
			for (uint8_t channel = 0; channel < 2; ++channel) {
				ASSERT_EQ(pair.client.send(channel, numbered(i, 200 + 1300 * (i % 3))), Error::OK);
			}
		}
		ASSERT_TRUE(pair.run_until_idle());
		for (uint8_t channel = 0; channel < 2; ++channel) {
			ASSERT_EQ(pair.server.waiting(channel), 120u);
			for (uint32_t i = 0; i < 120; ++i) {
				EXPECT_EQ(pair.server.received(channel), numbered(i, 200 + 1300 * (i % 3)));
			}
		}
		EXPECT_LE(pair.client.stats().path_mtu, 700u);
	}
}

TEST(EnetHostPathMtu, PathThatHealsIsUsedAgainAfterTenMinutes) {
	SimPair pair = SimPair::connected(on_path(1000, 4));
	Flow flow(pair);
	flow.send(30);
	ASSERT_TRUE(flow.arrives());
	ASSERT_LE(pair.client.stats().path_mtu, 1000u);
	pair.client_link().settings.mtu = 65507;
	pair.run_for_ms(590000);
	EXPECT_LE(pair.client.stats().path_mtu, 1000u);
	pair.run_for_ms(20000);
	EXPECT_EQ(pair.client.stats().path_mtu, 1392u);
	flow.send(10);
	ASSERT_TRUE(flow.arrives());
}

TEST(EnetHostPathMtu, LossOf20PercentIsNoBlackHole) {
	uint64_t probes = 0;
	for (const size_t large : {size_t{1300}, size_t{8000}, size_t{65536}}) {
		SimPair::Options options = SimPair::options(30, large);
		options.links.loss = 0.2;
		SimPair pair(options);
		ASSERT_TRUE(pair.connect());
		Flow flow(pair, large);
		flow.send(large > 10000 ? 200 : 2000);
		ASSERT_TRUE(flow.arrives(Duration::from_s(600)));
		EXPECT_EQ(pair.client.counters().path_black_holes, 0u) << large;
		probes += pair.client.counters().path_probes;
	}
	EXPECT_GT(probes, 0u) << "there was reason to doubt";
}

TEST(EnetHostPathMtu, ProbesAndTheirAnswersAreWellFormedAndOfTheSizeTested) {
	struct Seen {
		std::vector<size_t> probes;
		Endpoint from;
	} seen;
	SimPair pair = SimPair::connected(on_path(1300, 6));
	seen.from = pair.client.at;
	SimTap tap;
	tap.user = &seen;
	tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &, ByteView bytes, SimFate) {
		Seen &all = *static_cast<Seen *>(user);
		const bool is_ping = bytes.size > 8 && (bytes.data[4] & 0x0f) == 5;
		if (!is_ping || from != all.from) return;
		for (size_t i = 8; i < bytes.size; ++i) EXPECT_EQ(bytes.data[i], 0);
		all.probes.push_back(bytes.size);
	};
	pair.world().network().set_tap(tap);
	Flow flow(pair);
	flow.send(30);
	ASSERT_TRUE(flow.arrives());
	ASSERT_GE(seen.probes.size(), 15u);
	EXPECT_EQ(seen.probes[0], 1392u);
	EXPECT_EQ(seen.probes[1], 1200u);
	EXPECT_EQ(seen.probes[2], 576u);
	EXPECT_LE(*std::max_element(seen.probes.begin(), seen.probes.end()), 1392u);
	EXPECT_EQ(pair.client.counters().unmatched_acks, 0u);
	EXPECT_EQ(pair.server.counters().malformed_commands, 0u) << "padding is no command";
	pair.world().network().set_tap(SimTap());
}

TEST(EnetHostPathMtu, CompressionDoesNotShrinkProbes) {
	RangeCoder client_codec, server_codec;
	SimPair::Options options = on_path(1000, 8);
	options.client.compressor = &client_codec;
	options.server.compressor = &server_codec;
	SimPair pair = SimPair::connected(options);
	// What does not compress.
	SeededRng rng(3);
	std::vector<std::string> texts;
	for (unsigned i = 0; i < 40; ++i) {
		std::string text;
		while (text.size() < 5000) text += static_cast<char>(rng.below(256));
		texts.push_back(text);
		ASSERT_EQ(pair.client.send(0, text), Error::OK);
		pair.run_for_ms(50);
	}
	ASSERT_TRUE(pair.run_until_idle());
	for (const std::string &text : texts) EXPECT_EQ(pair.server.received(0), text);
	EXPECT_LE(pair.client.stats().path_mtu, 1000u);
	EXPECT_GT(pair.client.stats().path_mtu, 980u);
}

TEST(EnetHostPathMtu, ProbesOfAnHourAreFewOnTheWorstOfLinks) {
	// Some answers, never enough: large ones do not pass, and of the others every fifth is lost.
	SimPair::Options options = on_path(1000, 10);
	options.links.loss = 0.2;
	SimPair pair(options);
	ASSERT_TRUE(pair.connect());
	Flow flow(pair, 3000);
	flow.send(3600, 1000);
	ASSERT_TRUE(flow.arrives(Duration::from_s(600)));
	EXPECT_LE(pair.client.counters().path_probes, 2000u);
	EXPECT_LE(pair.client.counters().path_black_holes, 8u);
	EXPECT_LE(pair.client.stats().path_mtu, 1000u);
}

TEST(EnetHostPathMtu, PeerThatNeverAnswersIsProbedForAWhileAndGivenUpAsEver) {
	SimPair pair = SimPair::connected(20, 11);
	pair.client_link().settings.partitioned = true;
	for (uint32_t i = 0; i < 10; ++i) ASSERT_EQ(pair.client.send(0, numbered(i, 65536)), Error::OK);
	ASSERT_TRUE(pair.run_until([&] { return pair.client.count(EnetEventType::kDisconnect) != 0; }));
	EXPECT_LE(pair.client.counters().path_probes, 3 * EnetPathMtu::kSilentTrials);
	EXPECT_EQ(pair.client.counters().path_black_holes, 0u);
	EXPECT_EQ(pair.client.host.memory_held(), 0u);
}

TEST(EnetHostPathMtu, ForgedAnswersToProbesCountForNothing) {
	SimPair pair = SimPair::connected(20, 12);
	pair.client_link().settings.mtu = 1000;
	Flow flow(pair);
	struct Forger {
		SimNetwork *network;
		Endpoint client, server;
		std::vector<std::vector<uint8_t>> answers; // of probes the server never got
	} forger{&pair.world().network(), pair.client.at, pair.server.at, {}};
	SimTap tap;
	tap.user = &forger;
	tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &, ByteView bytes, SimFate fate) {
		Forger &all = *static_cast<Forger *>(user);
		const bool is_probe = bytes.size > 1000 && (bytes.data[4] & 0x0f) == 5;
		if (!is_probe || from != all.client || fate != SimFate::kTooLong) return;
		// The right number with a wrong time.
		all.answers.push_back({0, 0, 0x01, 0xff, bytes.data[6], bytes.data[7], bytes.data[6], bytes.data[7],
		        static_cast<uint8_t>(bytes.data[2] ^ 1), bytes.data[3]});
	};
	pair.world().network().set_tap(tap);
	for (unsigned i = 0; i < 30; ++i) {
		flow.send(1, 50);
		for (const std::vector<uint8_t> &answer : forger.answers) {
			pair.client.host.receive(pair.now(), forger.server, ByteView(answer.data(), answer.size()));
		}
	}
	EXPECT_GT(forger.answers.size(), 5u);
	ASSERT_TRUE(flow.arrives());
	EXPECT_LE(pair.client.stats().path_mtu, 1000u);
	pair.world().network().set_tap(SimTap());
}
