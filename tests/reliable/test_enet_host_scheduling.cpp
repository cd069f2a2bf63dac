// What leaves first when not everything may: small and unreliable messages do not wait behind bulk.
// docs/enet-protocol.md, 13.5.
#include "../../src/core/seeded_rng.h"
#include "../support/enet_wire_script.h"

#include <algorithm>
#include <cstring>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr uint8_t kBulk = 0; // channels
constexpr uint8_t kSmall = 1;
constexpr uint8_t kOther = 2;

// A host and one peer that answers only when told to.
struct Sender {
	Sender() : bench(stock_window()), raw(bench, 1) {
		raw.parameters.channels = 255;
		EXPECT_TRUE(raw.connect());
		bench.sent.clear();
	}
	// What is tested is who goes first when a window is full, not how large it is.
	static EnetHostConfig stock_window() {
		EnetHostConfig config = HostBench::plain_config(4, 255);
		config.congestion_control = EnetCongestionControl::kStock;
		return config;
	}
	void send(uint8_t channel, const std::string &text, uint32_t flags = kEnetReliable) {
		EXPECT_EQ(bench.host.send(raw.id, channel, view_of_text(text), flags), Error::OK);
	}
	void choose(uint8_t channel, EnetChannelPriority priority) {
		EXPECT_EQ(bench.host.set_channel_priority(raw.id, channel, priority), Error::OK);
	}
	void fill_window() {
		send(kBulk, std::string(1000000, 'b'));
		EXPECT_GT(payloads(bench.flush()).size(), 40u);
		EXPECT_GT(raw.stats().reliable_data_in_transit, 65536u - 1392u);
	}
	static std::vector<std::string> payloads(const std::vector<WireDatagram> &datagrams) {
		std::vector<std::string> out;
		for (const WireDatagram &datagram : datagrams)
			for (const WireCommand &command : datagram.commands)
				if (command.number != kWirePing) out.push_back(command.payload);
		return out;
	}
	std::vector<std::string> flushed() { return payloads(bench.flush()); }

	HostBench bench;
	RawPeer raw;
};

using Texts = std::vector<std::string>;

// More messages than there are numbers wait when the choice changes: what comes last has the number of one that is out.
void expect_all_numbers_arrive(EnetChannelPriority before, EnetChannelPriority after, double loss, size_t last_bytes) {
	constexpr uint32_t kSmallOnes = 65540;
	constexpr uint32_t kAll = kSmallOnes + 3;
	SCOPED_TRACE(testing::Message() << static_cast<int>(before) << " to " << static_cast<int>(after) << ", loss "
	                                << loss << ", " << last_bytes << " bytes");
	SimPair pair = SimPair::connected(SimPair::options(20, 3));
	pair.client_link().settings.loss = pair.server_link().settings.loss = loss;
	const auto mark_of = [](uint32_t i) { return static_cast<char>(i % 251); };
	uint32_t next = 0;
	uint32_t others = 0;
	bool in_order = true;
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type != EnetEventType::kReceive) return;
		if (event.channel == kOther) {
			++others;
			return;
		}
		const ByteView bytes = event.packet.view();
		in_order = in_order && bytes.size == (next < kSmallOnes ? 1u : last_bytes) &&
		           static_cast<char>(bytes.data[0]) == mark_of(next);
		++next;
	};
	const auto choose = [&](EnetChannelPriority priority) {
		return pair.client.host.set_channel_priority(pair.client.peer, kSmall, priority);
	};
	ASSERT_EQ(choose(before), Error::OK);
	for (uint32_t i = 0; i < kAll; ++i) {
		if (i == kSmallOnes) {
			ASSERT_EQ(choose(after), Error::OK);
		}
		const size_t bytes = i < kSmallOnes ? 1 : last_bytes;
		ASSERT_EQ(pair.client.send(kSmall, std::string(bytes, mark_of(i))), Error::OK);
	}
	ASSERT_EQ(pair.client.send(kOther, std::string(5000, 'o')), Error::OK);
	EXPECT_TRUE(pair.run_until([&] { return next == kAll || !in_order; }, Duration::from_s(600)));
	EXPECT_TRUE(in_order) << "at " << next;
	EXPECT_EQ(pair.server.counters().refused_too_far_ahead, 0u);
	ASSERT_TRUE(pair.run_until_idle());
	EXPECT_EQ(next, kAll);
	EXPECT_EQ(others, 1u);
	EXPECT_EQ(pair.client.stats().queued_commands, 0u);
	EXPECT_EQ(pair.client.stats().unacknowledged_commands, 0u);
}

} // namespace

TEST(EnetHostScheduling, SmallAndUnreliableMessagesLeaveAtOnceWhileBulkWaitsForTheWindow) {
	Sender s;
	s.fill_window();
	s.send(kSmall, "small");
	s.send(kOther, "unreliable", 0);
	s.send(kOther, "unsequenced", kEnetUnsequenced);
	s.send(kSmall, "small again");
	EXPECT_EQ(s.flushed(), (Texts{"small", "unreliable", "unsequenced", "small again"}));
	EXPECT_TRUE(s.flushed().empty());
}

TEST(EnetHostScheduling, UnreliableMessagesOfTheChannelThatHasBulkLeaveAtOnce) {
	Sender s;
	s.fill_window();
	s.send(kBulk, "unreliable", 0);
	EXPECT_EQ(s.flushed(), Texts{"unreliable"});
}

TEST(EnetHostScheduling, WhileTheWindowIsOpenEverythingLeavesInTheOrderOfQueueing) {
	Sender s;
	Texts expected;
	for (size_t i = 0; i < 12; ++i) {
		const std::string text(i % 3 == 0 ? 1000 : 10, static_cast<char>('a' + i));
		s.send(static_cast<uint8_t>(i % 4), text, i % 5 == 0 ? 0u : uint32_t{kEnetReliable});
		expected.push_back(text);
	}
	s.send(kBulk, std::string(5000, 'p'));
	s.send(kSmall, "behind the pieces");
	const Texts out = s.flushed();
	ASSERT_EQ(out.size(), 12u + 4u + 1u);
	EXPECT_TRUE(std::equal(expected.begin(), expected.end(), out.begin()));
	EXPECT_EQ(out.back(), "behind the pieces");
}

TEST(EnetHostScheduling, OnceBulkHasWaitedEverythingElseGoesBeforeIt) {
	Sender s;
	s.send(kBulk, std::string(1000000, 'b'));
	const std::vector<WireDatagram> first = s.bench.flush();
	s.send(kSmall, "small");
	s.send(kOther, "unreliable", 0);
	s.raw.acknowledge(first);
	const Texts out = s.flushed();
	ASSERT_GT(out.size(), 40u);
	EXPECT_EQ(out[0], "small");
	EXPECT_EQ(out[1], "unreliable");
}

TEST(EnetHostScheduling, AnotherMessageOfTheChannelThatHasBulkWaitsForItsTurn) {
	Sender s;
	s.fill_window();
	s.send(kBulk, "behind");
	EXPECT_TRUE(s.flushed().empty());
}

TEST(EnetHostScheduling, AChannelWhoseBulkHasLeftIsPromptAgain) {
	Sender s;
	s.send(kSmall, std::string(5000, 's'));
	EXPECT_EQ(s.flushed().size(), 4u);
	s.fill_window();
	s.send(kSmall, "small");
	EXPECT_EQ(s.flushed(), Texts{"small"});
}

TEST(EnetHostScheduling, ManySmallMessagesOfOneChannelAreBulkAndThoseOfAnotherGoBeforeThem) {
	Sender s;
	for (int i = 0; i < 100000; ++i) s.send(kBulk, "22");
	size_t rest = 100000 - s.flushed().size();
	EXPECT_GT(rest, 0u);
	s.send(kSmall, "small");
	EXPECT_EQ(s.flushed(), Texts{"small"});
}

TEST(EnetHostScheduling, SmallMessagesExceedTheWindowByTheirAllowanceAndNoMore) {
	Sender s;
	s.fill_window();
	for (unsigned channel = 1; channel < 255; ++channel) {
		s.send(static_cast<uint8_t>(channel), std::string(500, 's'));
		s.bench.flush();
		EXPECT_LE(s.raw.stats().reliable_data_in_transit, 65536u + kEnetPromptAllowance);
	}
	EXPECT_GT(s.raw.stats().reliable_data_in_transit, 65536u + kEnetPromptAllowance - 500u);
}

TEST(EnetHostScheduling, ASmallWindowIsExceededByNoMoreThanItself) {
	Sender s;
	s.bench.receive(s.raw.at(), s.raw.stamped().bandwidth(1, 65536, 0)); // a window of 4096
	s.bench.flush();
	ASSERT_EQ(s.raw.stats().window_size, 4096u);
	s.send(kBulk, std::string(20000, 'b'));
	for (unsigned channel = 1; channel < 30; ++channel) s.send(static_cast<uint8_t>(channel), std::string(500, 's'));
	s.bench.flush();
	EXPECT_LE(s.raw.stats().reliable_data_in_transit, 8192u);
	EXPECT_GT(s.raw.stats().reliable_data_in_transit, 8192u - 500u);
}

TEST(EnetHostScheduling, ASmallMessageThatWasLostIsSentAgainThoughThereIsNoRoomForBulk) {
	Sender s;
	s.fill_window();
	s.send(kSmall, "lost");
	EXPECT_EQ(s.flushed(), Texts{"lost"});
	// What left later has arrived.
	std::vector<WireDatagram> later;
	for (int i = 0; i < 8; ++i) {
		s.send(kOther, "later");
		const std::vector<WireDatagram> out = s.bench.advance_ms(1);
		later.insert(later.end(), out.begin(), out.end());
	}
	s.bench.now = s.bench.now + Duration::from_ms(90);
	s.raw.acknowledge(later);
	const Texts again = s.flushed();
	ASSERT_FALSE(again.empty());
	EXPECT_EQ(again.front(), "lost") << "before what is lost of the bulk";
}

TEST(EnetHostScheduling, AShortMessageThatIsBulkDoesNotPassTheSmallOnesBeforeItInItsChannel) {
	Sender s;
	s.bench.receive(s.raw.at(), s.raw.stamped().bandwidth(1, 65536, 0)); // a window of 4096
	s.bench.flush();
	std::vector<std::string> expected;
	const auto send = [&](char name, size_t size) {
		expected.push_back(std::string(size, name));
		s.send(kBulk, expected.back());
	};
	Texts left;
	std::vector<WireDatagram> outstanding;
	const auto flush = [&] {
		outstanding = s.bench.flush();
		for (std::string &text : Sender::payloads(outstanding)) left.push_back(std::move(text));
	};
	for (char name = 'a'; name < 'e'; ++name) {
		send(name, 900);
		flush();
	}
	EXPECT_EQ(left, expected);
	// There is no room for the next three, but for the fourth, with which the channel has become bulk.
	for (char name = 'e'; name < 'h'; ++name) send(name, 1300);
	send('h', 200);
	flush();
	EXPECT_EQ(left.size(), 4u);
	const std::vector<WireDatagram> first(s.bench.sent);
	s.raw.acknowledge(first);
	for (int i = 0; i < 8; ++i) {
		flush();
		s.raw.acknowledge(outstanding);
	}
	EXPECT_EQ(left, expected);
}

TEST(EnetHostScheduling, BulkByChoiceYieldsToTheOtherChannelWhicheverOfTheTwoItIs) {
	for (const bool swapped : {false, true}) {
		SCOPED_TRACE(swapped);
		Sender s;
		const uint8_t yielding = swapped ? kSmall : kOther;
		const uint8_t first = swapped ? kOther : kSmall;
		s.choose(yielding, EnetChannelPriority::kBulk);
		s.fill_window();
		s.send(yielding, "yields");
		s.send(first, "first");
		EXPECT_EQ(s.flushed(), Texts{"first"});
		s.choose(yielding, EnetChannelPriority::kAutomatic);
		s.send(yielding, "as before, in the order of its channel");
		EXPECT_TRUE(s.flushed().empty()) << "what waits there is not overtaken";
	}
}

TEST(EnetHostScheduling, BulkByChoiceLeavesAtOnceInTheOrderOfQueueingWhileThereIsRoom) {
	Sender s;
	s.choose(kOther, EnetChannelPriority::kBulk);
	s.send(kOther, "bulk");
	s.send(kSmall, "small");
	s.send(kOther, "unreliable", 0);
	EXPECT_EQ(s.flushed(), (Texts{"bulk", "small", "unreliable"}));
}

TEST(EnetHostScheduling, ALargeMessageThatIsPromptByChoiceLeavesAtOnceWhileBulkWaits) {
	Sender s;
	s.fill_window();
	s.send(kSmall, std::string(5000, 'w'));
	EXPECT_TRUE(s.flushed().empty()) << "by itself it is bulk";
	s.choose(kOther, EnetChannelPriority::kPrompt);
	s.send(kOther, std::string(5000, 'p'));
	std::string out;
	for (const std::string &piece : s.flushed()) out += piece;
	EXPECT_EQ(out, std::string(5000, 'p'));
}

TEST(EnetHostScheduling, PromptByChoiceKeepsToTheAllowanceAndTakesMostOfTheRoomThatComes) {
	Sender s;
	s.send(kBulk, std::string(1000000, 'b'));
	std::vector<WireDatagram> outstanding = s.bench.flush();
	s.choose(kOther, EnetChannelPriority::kPrompt);
	s.send(kOther, std::string(100000, 'p'));
	size_t prompt = 0;
	size_t bulk = 0;
	for (int i = 0; i < 1000 && prompt < 100000; ++i) {
		const std::vector<WireDatagram> out = s.bench.flush();
		for (const std::string &piece : Sender::payloads(out)) (piece[0] == 'p' ? prompt : bulk) += piece.size();
		EXPECT_LE(s.raw.stats().reliable_data_in_transit, 65536u + kEnetPromptAllowance);
		outstanding.insert(outstanding.end(), out.begin(), out.end());
		ASSERT_FALSE(outstanding.empty());
		s.raw.acknowledge({outstanding.front()});
		outstanding.erase(outstanding.begin());
	}
	EXPECT_EQ(prompt, 100000u);
	EXPECT_GT(bulk, 0u) << "it keeps its turn";
	EXPECT_LT(bulk, 100000u / kEnetPromptAllowance * 1400u + 1400u);
}

TEST(EnetHostScheduling, PromptByChoiceIsAsFastAsBulk) {
	for (const size_t bytes : {size_t{8} << 20, size_t{1} << 10}) {
		SCOPED_TRACE(bytes);
		const size_t count = (8u << 20) / bytes;
		int64_t taken_ms[2] = {};
		for (const EnetChannelPriority priority : {EnetChannelPriority::kAutomatic, EnetChannelPriority::kPrompt}) {
			SimPair pair = SimPair::connected(SimPair::options(50, 1));
			pair.client_link().settings.rate_bytes_per_s = 20000000 / 8;
			pair.client_link().settings.queue_bytes = 128 << 10;
			ASSERT_EQ(pair.client.host.set_channel_priority(pair.client.peer, kSmall, priority), Error::OK);
			const Instant began = pair.now();
			for (size_t i = 0; i < count; ++i) {
				ASSERT_EQ(pair.client.send(kSmall, std::string(bytes, 'p')), Error::OK);
			}
			ASSERT_TRUE(pair.run_until([&] { return pair.server.waiting(kSmall) == count; }));
			taken_ms[static_cast<size_t>(priority)] = (pair.now() - began).ms();
			EXPECT_LT(pair.client.counters().resent_commands, 60u) << "one of a hundred";
		}
		EXPECT_LT(taken_ms[1], taken_ms[0] * 102 / 100) << taken_ms[0] << " ms as bulk";
	}
}

TEST(EnetHostScheduling, PromptByChoiceLeavesInNoLargerBurstsThanBulkAlsoAfterARestAndAnOutage) {
	uint64_t most[2] = {};
	for (const EnetChannelPriority priority : {EnetChannelPriority::kAutomatic, EnetChannelPriority::kPrompt}) {
		SimPair pair = SimPair::connected(SimPair::options(50, 1));
		pair.client_link().settings.rate_bytes_per_s = 100000000 / 8;
		pair.client_link().settings.queue_bytes = 512 << 10;
		ASSERT_EQ(pair.client.host.set_channel_priority(pair.client.peer, kSmall, priority), Error::OK);
		for (size_t round = 1; round <= 3; ++round) {
			ASSERT_EQ(pair.client.send(kSmall, std::string(8 << 20, 'p')), Error::OK);
			for (int ms = 0; ms < 5000 && pair.server.waiting(kSmall) < round; ++ms) {
				pair.client_link().settings.partitioned = round == 3 && ms >= 300 && ms < 350;
				const uint64_t before = pair.client.counters().sent_datagrams;
				pair.run_for_ms(1);
				const uint64_t sent = pair.client.counters().sent_datagrams - before;
				if (round > 1 && sent > most[static_cast<size_t>(priority)]) most[static_cast<size_t>(priority)] = sent;
			}
			ASSERT_EQ(pair.server.waiting(kSmall), round);
			pair.run_for_ms(200);
		}
	}
	EXPECT_LE(most[1], most[0] + kEnetPromptAllowance / 1000) << most[0] << " datagrams in a millisecond as bulk";
}

TEST(EnetHostScheduling, NothingIsOvertakenInItsChannelWhenPrioritiesChangeUnderLoss) {
	SimPair::Options options = SimPair::options(20, 3);
	SimPair pair = SimPair::connected(options);
	pair.client_link().settings.loss = 0.05;
	pair.client_link().settings.rate_bytes_per_s = 1000000;
	pair.client_link().settings.queue_bytes = 32 << 10;
	pair.server_link().settings.loss = 0.05;
	SeededRng rng(7);
	std::vector<std::string> sent[3];
	for (int i = 0; i < 600; ++i) {
		const uint8_t channel = static_cast<uint8_t>(rng.u64() % 3);
		if (rng.u64() % 4 == 0) {
			const auto priority = static_cast<EnetChannelPriority>(rng.u64() % 3);
			ASSERT_EQ(pair.client.host.set_channel_priority(pair.client.peer, channel, priority), Error::OK);
		}
		const size_t bytes = rng.u64() % 5 == 0 ? rng.u64() % 30000 : rng.u64() % 300;
		sent[channel].push_back(std::to_string(i) + std::string(bytes, 'x'));
		ASSERT_EQ(pair.client.send(channel, sent[channel].back()), Error::OK);
		pair.run_for_ms(static_cast<int64_t>(rng.u64() % 8));
	}
	pair.run_until_idle();
	for (uint8_t channel = 0; channel < 3; ++channel) {
		ASSERT_EQ(pair.server.waiting(channel), sent[channel].size());
		for (const std::string &text : sent[channel]) ASSERT_TRUE(pair.server.received(channel) == text);
	}
}

TEST(EnetHostScheduling, MoreMessagesThanThereAreNumbersArriveInOrderWhenTheirPriorityChanges) {
	const EnetChannelPriority all[] = {
	        EnetChannelPriority::kAutomatic, EnetChannelPriority::kPrompt, EnetChannelPriority::kBulk};
	for (const EnetChannelPriority before : all) {
		for (const EnetChannelPriority after : all) {
			expect_all_numbers_arrive(before, after, 0.05, 1000);
			expect_all_numbers_arrive(before, after, 0, 5000); // in pieces
		}
	}
}

TEST(EnetHostScheduling, APriorityForAllChannelsHoldsBeforeThereAreAny) {
	HostBench host(Sender::stock_window());
	RawPeer raw(host, 1);
	ASSERT_EQ(host.host.connect(host.now, raw.at(), 2, 0, raw.id), Error::OK);
	EXPECT_EQ(host.host.set_channel_priority(raw.id, 0, EnetChannelPriority::kBulk), Error::FAILED);
	EXPECT_EQ(host.host.set_channel_priority(raw.id, -1, EnetChannelPriority::kPrompt), Error::OK);
	ASSERT_TRUE(raw.answer_connect(host.flush(), nullptr));
	(void)host.flush();
	EXPECT_EQ(host.host.set_channel_priority(raw.id, 0, EnetChannelPriority::kBulk), Error::OK);
	ASSERT_EQ(host.host.send(raw.id, 0, view_of_text(std::string(100000, 'b')), kEnetReliable), Error::OK);
	(void)host.flush();
	ASSERT_EQ(host.host.send(raw.id, 1, view_of_text(std::string(5000, 'p')), kEnetReliable), Error::OK);
	EXPECT_EQ(Sender::payloads(host.flush()).size(), 4u);
}

TEST(EnetHostScheduling, ABadPriorityIsRefusedAndChangesNothing) {
	EnetHost nobody;
	EXPECT_EQ(nobody.set_channel_priority(EnetPeerId(), -1, EnetChannelPriority::kBulk), Error::ERR_UNCONFIGURED);
	Sender s;
	s.choose(kSmall, EnetChannelPriority::kBulk);
	EnetHost &host = s.bench.host;
	EXPECT_EQ(host.set_channel_priority(EnetPeerId(), -1, EnetChannelPriority::kAutomatic), Error::ERR_UNCONFIGURED);
	const auto unknown = static_cast<EnetChannelPriority>(3);
	EXPECT_EQ(host.set_channel_priority(s.raw.id, kSmall, unknown), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_channel_priority(s.raw.id, -2, EnetChannelPriority::kPrompt), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(host.set_channel_priority(s.raw.id, 255, EnetChannelPriority::kPrompt), Error::FAILED) << "it has 255";
	s.fill_window();
	s.send(kSmall, "bulk as chosen");
	s.send(kOther, "small as ever");
	EXPECT_EQ(s.flushed(), Texts{"small as ever"});
}

TEST(EnetHostScheduling, WhatWasChosenTakesMemoryAndTheDefaultGivesItBack) {
	Sender s;
	const size_t before = s.raw.stats().memory_held;
	EXPECT_EQ(s.bench.host.set_channel_priority(s.raw.id, -1, EnetChannelPriority::kAutomatic), Error::OK);
	EXPECT_EQ(s.raw.stats().memory_held, before);
	s.choose(kSmall, EnetChannelPriority::kPrompt);
	ASSERT_EQ(s.bench.host.set_repeats(s.raw.id, kOther, 1), Error::OK);
	EXPECT_GT(s.raw.stats().memory_held, before);
	s.choose(kSmall, EnetChannelPriority::kAutomatic);
	EXPECT_GT(s.raw.stats().memory_held, before) << "something repeats";
	ASSERT_EQ(s.bench.host.set_repeats(s.raw.id, kOther, 0), Error::OK);
	EXPECT_EQ(s.raw.stats().memory_held, before);
}

TEST(EnetHostScheduling, BulkHasATurnHoweverMuchElseThereIs) {
	// 200 channels that each send the next kilobyte when the last has arrived: always more than the window and never much
	// on one channel.
	SimPair::Options options = SimPair::options(20, 1);
	options.channels = 201;
	options.client.congestion_control = EnetCongestionControl::kStock;
	SimPair pair = SimPair::connected(options);
	size_t small = 0, bulk = 0;
	std::vector<uint8_t> arrived;
	pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
		if (event.type != EnetEventType::kReceive) return;
		if (event.channel == kBulk) {
			++bulk;
		} else {
			++small;
			arrived.push_back(event.channel);
		}
	};
	const std::string kilobyte(1000, 's');
	for (unsigned channel = 1; channel <= 200; ++channel) arrived.push_back(static_cast<uint8_t>(channel));
	ASSERT_EQ(pair.client.send(kBulk, std::string(400000, 'b')), Error::OK);
	for (int i = 0; i < 20000 && bulk == 0; ++i) {
		for (const uint8_t channel : arrived) ASSERT_EQ(pair.client.send(channel, kilobyte), Error::OK);
		arrived.clear();
		pair.run_for_ms(1);
	}
	EXPECT_EQ(bulk, 1u);
	EXPECT_GT(small, 4 * 400u) << "and the small ones have most of the window";
}

TEST(EnetHostScheduling, BulkHasItsTurnHoweverMuchOfWhatWasQueuedBeforeItHasLeft) {
	for (size_t before = 100; before <= 180; before += 8) {
		SCOPED_TRACE(before);
		Sender s;
		s.choose(kSmall, EnetChannelPriority::kPrompt);
		s.send(kBulk, std::string(70000, 'a'));
		std::vector<WireDatagram> outstanding = s.bench.flush(); // some of it waits from now on
		for (size_t i = 0; i < before; ++i) s.send(kSmall, std::string(1000, 'p'));
		s.send(kBulk, std::string(5000, 'b'));
		for (size_t i = 0; i < 20; ++i) s.send(kSmall, std::string(1000, 'q'));
		std::string order;
		while (!outstanding.empty()) {
			s.raw.acknowledge({outstanding.front()});
			outstanding.erase(outstanding.begin());
			for (const WireDatagram &datagram : s.bench.flush()) {
				for (const std::string &payload : Sender::payloads({datagram})) order += payload[0];
				outstanding.push_back(datagram);
			}
		}
		ASSERT_NE(order.find('b'), std::string::npos);
		EXPECT_EQ(order.find_last_of('p') + 1, order.find('b')) << order;
		EXPECT_LT(order.find('b'), order.find('q'));
	}
}

TEST(EnetHostScheduling, SmallMessagesArriveInTimeAndOrderBesideBulk) {
	for (const uint64_t mbit : {5u, 50u}) {
		SCOPED_TRACE(mbit);
		// With a window that leaves no queue at the bottleneck: whatever waits, waits here.
		SimPair::Options options = SimPair::options(50, 1);
		options.client.congestion_control = EnetCongestionControl::kStock;
		SimPair pair = SimPair::connected(options);
		pair.client_link().settings.rate_bytes_per_s = mbit * 1000000 / 8;
		pair.client_link().settings.queue_bytes = 64 << 10;
		std::vector<int64_t> delays_us;
		size_t bulk = 0;
		pair.server.on_event = [&](SimHost &, const EnetEvent &event) {
			if (event.type != EnetEventType::kReceive) return;
			if (event.channel == kBulk) {
				++bulk;
				return;
			}
			int64_t sent_at = 0;
			std::memcpy(&sent_at, event.packet.view().data, sizeof sent_at);
			delays_us.push_back(pair.now().us - sent_at);
		};
		std::string text(100, 's');
		for (int i = 0; i < 200; ++i) {
			while (pair.client.stats().queued_data < 400000) {
				ASSERT_EQ(pair.client.send(kBulk, std::string(65536, 'b')), Error::OK);
			}
			const int64_t now = pair.now().us;
			std::memcpy(text.data(), &now, sizeof now);
			ASSERT_EQ(pair.client.send(kSmall, text), Error::OK);
			pair.run_for_ms(20);
		}
		ASSERT_GT(delays_us.size(), 190u);
		std::sort(delays_us.begin() + 25, delays_us.end()); // the first meet the burst that fills the window
		EXPECT_LE(delays_us[delays_us.size() * 99 / 100], 80000);
		EXPECT_GT(bulk, 25u) << "what is left to bulk is nearly everything";
	}
}
