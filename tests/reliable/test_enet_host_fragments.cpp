// Messages in pieces, arriving well and badly. docs/enet-protocol.md, section 10.5; docs/enet-errata.md, 11.
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// A host with one raw peer that sends pieces of one message: start 1, channel 0.
struct Pieces {
	explicit Pieces(const EnetHostConfig &config = HostBench::plain_config()) : host(config), raw(host, 1) {
		EXPECT_TRUE(raw.connect());
	}
	HostBench host;
	RawPeer raw;

	static WirePiece piece(uint32_t number, uint32_t count, uint32_t total, uint32_t offset, uint16_t start = 1) {
		WirePiece made;
		made.start = start;
		made.count = count;
		made.number = number;
		made.total = total;
		made.offset = offset;
		return made;
	}
	std::vector<uint16_t> acks(const WirePiece &which, const std::string &payload) {
		return acks_of(raw.ask(raw.stamped().fragment(0, which, payload)), 0);
	}
	std::vector<std::string> received(uint32_t *flags = nullptr) {
		std::vector<std::string> out;
		for (const EnetEvent &event : host.events()) {
			if (event.type != EnetEventType::kReceive) continue;
			out.push_back(text_of(event.packet.view()));
			if (flags != nullptr) *flags = event.packet.flags();
		}
		return out;
	}
	// But the connection's own commands and tables.
	bool holds_nothing_received() const { return raw.stats().waiting_data == 0 && host.host.memory_held() < 1024; }
	uint64_t malformed() const { return host.host.counters().malformed_commands; }
};

using Numbers = std::vector<uint16_t>;

} // namespace

TEST(EnetHostFragments, PiecesInAnyOrderMakeTheMessage) {
	const std::vector<std::string> parts = {"aaaa", "bbbb", "cccc", "dd"};
	std::vector<uint32_t> order = {0, 1, 2, 3};
	do {
		Pieces p;
		for (uint32_t n : order) {
			EXPECT_EQ(p.acks(p.piece(n, 4, 14, n * 4), parts[n]), Numbers{static_cast<uint16_t>(n + 1)});
			EXPECT_EQ(p.acks(p.piece(n, 4, 14, n * 4), parts[n]), Numbers{static_cast<uint16_t>(n + 1)}) << "a copy";
		}
		uint32_t flags = 0;
		EXPECT_EQ(p.received(&flags), std::vector<std::string>{"aaaabbbbccccdd"});
		EXPECT_EQ(flags, uint32_t{kEnetReliable});
		EXPECT_TRUE(p.holds_nothing_received());
		// The next number on the channel is 5.
		EXPECT_EQ(acks_of(p.raw.ask(p.raw.stamped().reliable(0, 5, "next")), 0), Numbers{5});
		EXPECT_EQ(p.received(), std::vector<std::string>{"next"});
	} while (std::next_permutation(order.begin(), order.end()));
}

TEST(EnetHostFragments, EveryPieceOfADeliveredMessageIsAcknowledgedAgain) {
	for (uint32_t count : {2u, 3u, 100u}) {
		Pieces p;
		for (uint32_t n = 0; n < count; ++n) p.acks(p.piece(n, count, count * 2, n * 2), "xy");
		EXPECT_EQ(p.received().size(), 1u);
		for (uint32_t n = 0; n < count; ++n) {
			EXPECT_EQ(p.acks(p.piece(n, count, count * 2, n * 2), "xy"), Numbers{static_cast<uint16_t>(n + 1)});
		}
		EXPECT_TRUE(p.received().empty());
		EXPECT_TRUE(p.holds_nothing_received());
	}
}

TEST(EnetHostFragments, APieceThatDoesNotLieAtItsPlaceIsDroppedAndCounted) {
	struct Fault {
		const char *name;
		WirePiece piece;
		std::string payload;
	};
	const std::vector<Fault> faults = {
	        {"offset not a multiple", Pieces::piece(1, 3, 12, 5), "bbbb"},
	        {"offset of another piece", Pieces::piece(1, 3, 12, 8), "bbbb"},
	        {"short in the middle", Pieces::piece(1, 3, 12, 4), "bbb"},
	        {"long in the middle", Pieces::piece(1, 3, 12, 4), "bbbbb"},
	        {"empty in the middle", Pieces::piece(1, 3, 12, 4), ""},
	        {"empty at the end", Pieces::piece(2, 3, 8, 8), ""},
	        {"past the end", Pieces::piece(2, 3, 12, 8), "ccccc"},
	        {"short at the end", Pieces::piece(2, 3, 12, 8), "ccc"},
	        {"offset past the total", Pieces::piece(2, 3, 12, 12), "c"},
	        {"huge offset", Pieces::piece(2, 3, 12, 0xffffffff), "cccc"},
	        {"number past the count", Pieces::piece(3, 3, 12, 8), "cccc"},
	        {"huge number", Pieces::piece(0xffffffff, 3, 12, 4), "cccc"},
	        {"no pieces", Pieces::piece(0, 0, 12, 0), "aaaa"},
	        {"too many pieces", Pieces::piece(0, 0xffffffff, 12, 0), "aaaa"},
	        {"fewer bytes than pieces", Pieces::piece(0, 5, 4, 0), "aaaa"},
	        {"another total", Pieces::piece(1, 3, 13, 4), "bbbb"},
	        {"another count", Pieces::piece(1, 4, 12, 4), "bbbb"},
	};
	for (const Fault &fault : faults) {
		SCOPED_TRACE(fault.name);
		Pieces p;
		EXPECT_EQ(p.acks(p.piece(0, 3, 12, 0), "aaaa"), Numbers{1});
		const uint64_t before = p.malformed();
		EXPECT_EQ(p.acks(fault.piece, fault.payload), Numbers{});
		EXPECT_EQ(p.malformed(), before + 1);
		p.acks(p.piece(2, 3, 12, 8), "cccc");
		// Whatever became of the message: bytes nobody sent are never delivered.
		for (const std::string &got : p.received()) EXPECT_EQ(got, "aaaabbbbcccc");
		EXPECT_EQ(p.host.host.peer_state(p.raw.id), EnetPeerState::kConnected);

		// The same as the first piece that arrives.
		Pieces q;
		q.acks(fault.piece, fault.payload);
		EXPECT_TRUE(q.received().empty());
		ASSERT_EQ(q.host.host.reset(q.raw.id), Error::OK);
		EXPECT_EQ(q.host.host.memory_held(), 0u);
	}
}

TEST(EnetHostFragments, ASingleDishonestLayoutNeverDeliversUnwrittenBytes) {
	// Every combination of two pieces with small wrong fields; whatever is delivered was sent byte for byte.
	for (uint32_t total = 1; total <= 6; ++total) {
		for (uint32_t offset = 0; offset <= 6; ++offset) {
			for (size_t first = 0; first <= 4; ++first) {
				for (size_t second = 0; second <= 4; ++second) {
					Pieces p;
					p.raw.send(p.raw.stamped().fragment(0, p.piece(0, 2, total, 0), std::string(first, 'a')));
					p.raw.send(p.raw.stamped().fragment(0, p.piece(1, 2, total, offset), std::string(second, 'b')));
					for (const std::string &got : p.received())
						EXPECT_EQ(got, std::string(first, 'a') + std::string(second, 'b'));
				}
			}
		}
	}
}

TEST(EnetHostFragments, AMessageBeyondTheLargestPacketIsNotTaken) {
	EnetHostConfig config = HostBench::plain_config();
	config.max_packet_size = 100;
	Pieces p(config);
	EXPECT_EQ(p.acks(p.piece(0, 3, 101, 0), std::string(40, 'x')), Numbers{});
	EXPECT_EQ(acks_of(p.raw.ask(p.raw.stamped().reliable(0, 1, std::string(101, 'x'))), 0), Numbers{});
	EXPECT_EQ(acks_of(p.raw.ask(p.raw.stamped().reliable(0, 1, std::string(100, 'x'))), 0), Numbers{1});
	EXPECT_EQ(p.host.host.send(p.raw.id, 0, view_of_text(std::string(101, 'y')), kEnetReliable), Error::FAILED);
	EXPECT_EQ(p.host.host.send(p.raw.id, 0, view_of_text(std::string(100, 'y')), kEnetReliable), Error::OK);
}

TEST(EnetHostFragments, AReliableNumberInsideAMessageDoesNotStallTheChannel) {
	Pieces p;
	// Piece 0 of numbers 1..3, then a plain packet numbered 2: one of the two is refused, the channel goes on.
	p.acks(p.piece(0, 3, 12, 0), "aaaa");
	p.raw.ask(p.raw.stamped().reliable(0, 2, "inside"));
	p.acks(p.piece(1, 3, 12, 4), "bbbb");
	p.acks(p.piece(2, 3, 12, 8), "cccc");
	p.raw.ask(p.raw.stamped().reliable(0, 4, "after"));
	const std::vector<std::string> got = p.received();
	const bool connected = p.host.host.peer_state(p.raw.id) == EnetPeerState::kConnected;
	EXPECT_TRUE(!connected || got == (std::vector<std::string>{"aaaabbbbcccc", "after"}));
}

TEST(EnetHostFragments, UnreliablePiecesMakeAMessageAndOlderIncompleteOnesDie) {
	Pieces p;
	WirePiece one = p.piece(0, 2, 8, 0, /*start=*/1);
	WirePiece two = p.piece(0, 2, 8, 0, /*start=*/2);
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, one, "old "));
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, two, "new "));
	two.number = one.number = 1;
	two.offset = one.offset = 4;
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, two, "msg."));
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, one, "msg."));
	uint32_t flags = 0;
	EXPECT_EQ(p.received(&flags), std::vector<std::string>{"new msg."});
	EXPECT_EQ(flags, uint32_t{kEnetUnreliableFragment});
	EXPECT_TRUE(p.host.flush().empty()) << "unreliable pieces are not acknowledged";
	EXPECT_TRUE(p.holds_nothing_received());
}

TEST(EnetHostFragments, UnreliablePiecesOutOfPlaceAreDropped) {
	Pieces p;
	const uint64_t before = p.malformed();
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, p.piece(0, 2, 8, 0), "abcd"));
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, p.piece(1, 2, 8, 3), "abcde"));
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, p.piece(1, 2, 8, 4), ""));
	p.raw.send(p.raw.unstamped().unreliable_fragment(0, 0, p.piece(1, 2, 9, 4), "efgh"));
	EXPECT_EQ(p.malformed(), before + 3);
	EXPECT_TRUE(p.received().empty());
}

TEST(EnetHostFragments, WhatWeSendInPiecesHasEqualSizesAndRightOffsets) {
	HostBench host(HostBench::plain_config());
	RawPeer raw(host, 1);
	ASSERT_TRUE(raw.connect());
	host.sent.clear();
	const size_t size = 1364 * 3 + 1;
	ASSERT_EQ(host.host.send(raw.id, 2, view_of_text(std::string(size, 'p')), 0), Error::OK); // becomes reliable
	std::vector<WireDatagram> out = host.flush();
	const std::vector<WireCommand> pieces = commands_of(out, kWireFragment);
	ASSERT_EQ(pieces.size(), 4u);
	for (size_t i = 0; i < pieces.size(); ++i) {
		EXPECT_TRUE(pieces[i].wants_ack);
		EXPECT_EQ(pieces[i].sequence, i + 1);
		EXPECT_EQ(pieces[i].piece.start, 1);
		EXPECT_EQ(pieces[i].piece.count, 4u);
		EXPECT_EQ(pieces[i].piece.number, i);
		EXPECT_EQ(pieces[i].piece.total, size);
		EXPECT_EQ(pieces[i].piece.offset, i * 1364);
		EXPECT_EQ(pieces[i].payload.size(), i < 3 ? 1364u : 1u);
	}
	raw.acknowledge(out);
	ASSERT_EQ(host.host.send(raw.id, 2, view_of_text(std::string(1364, 'p')), 0), Error::OK);
	out = host.flush();
	EXPECT_EQ(commands_of(out, kWireUnreliable).size(), 1u) << "the largest that needs no pieces";
	ASSERT_EQ(host.host.send(raw.id, 2, view_of_text(std::string(1365, 'p')), kEnetUnreliableFragment), Error::OK);
	out = host.flush();
	const std::vector<WireCommand> unreliable = commands_of(out, kWireUnreliableFragment);
	ASSERT_EQ(unreliable.size(), 2u);
	EXPECT_FALSE(unreliable[0].wants_ack);
	EXPECT_EQ(unreliable[0].sequence, 4) << "the number of the last reliable command";
	EXPECT_EQ(unreliable[0].piece.start, 2);
	EXPECT_EQ(unreliable[1].piece.start, 2);
}
