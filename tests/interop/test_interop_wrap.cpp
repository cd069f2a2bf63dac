// More packets on one channel than 16 bits can number: every counter of the protocol wraps and nobody notices.
#include "interop_link.h"

#include <cstring>

using namespace interop;

namespace {

class InteropWrap : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropWrap, ::testing::ValuesIn(roles()), role_name);

constexpr uint32_t kManyPackets = 70500;

std::vector<uint8_t> numbered(uint32_t index) {
	std::vector<uint8_t> bytes = payload_of(index, 4 + index % 9);
	std::memcpy(bytes.data(), &index, 4);
	return bytes;
}

// What one end received of numbered packets.
struct Tally {
	explicit Tally(uint32_t packets = kManyPackets) : seen(packets, 0) {}

	std::vector<uint8_t> seen;
	uint32_t received = 0;
	uint32_t out_of_order = 0;
	uint32_t next = 0;
	uint32_t flagged[16] = {};

	::testing::AssertionResult take(const SideEvent &event, uint8_t channel) {
		if (event.what != What::kReceive) return ::testing::AssertionFailure() << "not a packet";
		if (event.channel != channel) return ::testing::AssertionFailure() << "on channel " << int{event.channel};
		uint32_t index = 0;
		if (event.bytes.size() < 4) return ::testing::AssertionFailure() << "short";
		std::memcpy(&index, event.bytes.data(), 4);
		if (index >= seen.size() || event.bytes != numbered(index)) {
			return ::testing::AssertionFailure() << "other bytes, index " << index;
		}
		if (seen[index] != 0) return ::testing::AssertionFailure() << "packet " << index << " came twice";
		seen[index] = 1;
		++received;
		if (index < next) ++out_of_order;
		next = index + 1;
		++flagged[event.flags & 15];
		return ::testing::AssertionSuccess();
	}
	::testing::AssertionResult take_all(Side &side, uint8_t channel) {
		while (!side.events.empty()) {
			::testing::AssertionResult taken = take(side.events.front(), channel);
			if (!taken) return taken;
			side.events.pop_front();
		}
		return ::testing::AssertionSuccess();
	}
};

// Sends as many packets as the tallies hold, each way at the same time, and lets everything arrive.
template <class FlagsOf>
void exchange(Link &link, uint8_t channel, FlagsOf flags_of, Tally &at_server, Tally &at_client) {
	// Loss must come from full queues only: a machine that pauses must not make the throttle drop packets.
	link.client->configure_throttle(link.at_client, 5000, 32, 0);
	ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
	for (uint32_t i = 0; i < at_server.seen.size(); ++i) {
		const std::vector<uint8_t> bytes = numbered(i);
		ASSERT_TRUE(link.server->send(link.at_server, channel, view(bytes), flags_of(i)));
		ASSERT_TRUE(link.client->send(link.at_client, channel, view(bytes), flags_of(i)));
		if (i % 32 != 31) continue;
		step_all(link.sides());
		ASSERT_TRUE(at_server.take_all(*link.server, channel));
		ASSERT_TRUE(at_client.take_all(*link.client, channel));
	}
	ASSERT_TRUE(link.run_until([&] { return link.is_quiet(); }));
	link.run_for(20);
	ASSERT_TRUE(at_server.take_all(*link.server, channel));
	ASSERT_TRUE(at_client.take_all(*link.client, channel));
}

} // namespace

TEST_P(InteropWrap, ReliablePacketsArriveOnceAndInOrderAcrossTheWrap) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(2));
	Tally at_server, at_client;
	exchange(
	        link, 1, [](uint32_t) { return kReliable; }, at_server, at_client);
	for (const Tally *tally : {&at_server, &at_client}) {
		EXPECT_EQ(tally->received, kManyPackets);
		EXPECT_EQ(tally->out_of_order, 0u);
		EXPECT_EQ(tally->flagged[kReliable], kManyPackets);
	}
}

TEST_P(InteropWrap, UnreliablePacketsStayInOrderWithoutAReliableOneBetweenThem) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(1));
	Tally at_server, at_client;
	exchange(
	        link, 0, [](uint32_t) { return kUnreliable; }, at_server, at_client);
	for (const Tally *tally : {&at_server, &at_client}) {
		EXPECT_GE(tally->received, is_lossy(GetParam()) ? 1u : kManyPackets * 95u / 100)
		        << "on loopback nearly all must arrive";
		EXPECT_EQ(tally->out_of_order, 0u);
		// After 65,535 numbers the next packet goes as a reliable one and the count starts again.
		EXPECT_EQ(tally->flagged[kReliable], 1u);
		EXPECT_EQ(tally->seen[65535], 1u) << "that one is reliable";
	}
}

TEST_P(InteropWrap, UnreliablePacketsStayInOrderAcrossTheWrapOfReliableNumbers) {
	// Two reliable packets in three: 67,000 reliable numbers, and unreliable packets hang on every second of them.
	constexpr uint32_t kPackets = 100500;
	Link link(GetParam());
	ASSERT_TRUE(link.connect(1));
	Tally at_server(kPackets), at_client(kPackets);
	exchange(
	        link, 0, [](uint32_t i) { return i % 3 == 2 ? kUnreliable : kReliable; }, at_server, at_client);
	for (const Tally *tally : {&at_server, &at_client}) {
		EXPECT_EQ(tally->flagged[kReliable], kPackets / 3 * 2);
		EXPECT_GE(tally->flagged[kUnreliable], is_lossy(GetParam()) ? 1u : kPackets / 3 * 95u / 100)
		        << "on loopback nearly all must arrive";
		EXPECT_EQ(tally->out_of_order, 0u);
	}
}

TEST_P(InteropWrap, UnsequencedPacketsArriveOnceAcrossTheWrapOfGroups) {
	Link link(GetParam());
	ASSERT_TRUE(link.connect(1));
	Tally at_server, at_client;
	exchange(
	        link, 0, [](uint32_t) { return kUnsequenced; }, at_server, at_client);
	for (const Tally *tally : {&at_server, &at_client}) {
		EXPECT_GE(tally->received, is_lossy(GetParam()) ? 1u : kManyPackets * 95u / 100)
		        << "on loopback nearly all must arrive";
		EXPECT_EQ(tally->flagged[kUnsequenced], tally->received);
	}
}

TEST_P(InteropWrap, FragmentsOfSeveralMessagesCrossTheWrap) {
	SideConfig config;
	config.mtu = 576;
	Link link(GetParam(), config, config);
	ASSERT_TRUE(link.connect(1));
	// 2,300 messages of 29 fragments are 66,700 numbers, and 29 does not divide 65,536: one message straddles the wrap.
	constexpr size_t kMessages = 2300, kBytes = 29 * 548 - 5;
	for (const bool from_server : {false, true}) {
		const Path path = link.path(from_server);
		SCOPED_TRACE(path.text());
		size_t received = 0;
		const auto collect = [&] {
			while (!path.to->events.empty()) {
				ASSERT_EQ(path.to->events.front().what, What::kReceive);
				ASSERT_EQ(path.to->events.front().bytes, payload_of(received, kBytes)) << received;
				path.to->events.pop_front();
				++received;
			}
		};
		for (size_t i = 0; i < kMessages; ++i) {
			ASSERT_TRUE(path.from->send(path.from_conn, 0, view(payload_of(i, kBytes)), kReliable));
			step_all(link.sides());
			collect();
			if (HasFatalFailure()) return;
		}
		ASSERT_TRUE(link.run_until([&] {
			collect();
			return received == kMessages || HasFatalFailure();
		})) << received;
	}
}
