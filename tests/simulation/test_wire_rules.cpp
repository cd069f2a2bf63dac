// The rules every simulated datagram is held against, themselves: what a host may send passes, and each thing it may not
// send is noticed.
#include "../support/enet_wire_rules.h"
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

#include <string>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr uint32_t kRulesMtu = 600;
constexpr size_t kRulesPiece = 500;

// A host by hand under rules. It has dialled and is connected: its slot is 1, the other end's 7.
class RuledHost {
public:
	RuledHost() {
		WireParameters terms;
		terms.peer = 1;
		terms.mtu = 1392;
		terms.channels = 4;
		terms.connect_id = 0x1234;
		EXPECT_EQ(sends(WireWriter(0xfff, 0, 1).connect(terms)), "");
		terms.peer = 7;
		terms.mtu = kRulesMtu;
		terms.channels = 2;
		terms.in_session = 1;  // of what comes
		terms.out_session = 2; // of what leaves
		is_given(WireWriter(1, 1, 500).verify(terms));
		EXPECT_EQ(sends(unstamped().ack(0xff, 1, 500)), "");
	}
	static WireWriter unstamped() { return WireWriter(7, 2); }
	static WireWriter stamped(unsigned stamp = 9) { return WireWriter(7, 2, static_cast<uint16_t>(stamp)); }

	/// What the rules have against it.
	std::string sends(const WireWriter &datagram) {
		const bool passes = rules.sent(at_, view_of_text(datagram.bytes()));
		EXPECT_NE(passes, rules.is_broken());
		return rules.complaint();
	}
	void is_given(const WireWriter &datagram) { rules.received(at_, view_of_text(datagram.bytes())); }
	/// The other end answers number `sequence` on channel 0.
	void is_answered(unsigned sequence, uint16_t stamp = 9) { is_given(WireWriter(1, 1).ack(0, sequence, stamp)); }
	/// Small messages on channel 0 with these numbers, one datagram each.
	std::string sends_numbers(unsigned from, unsigned to) {
		for (unsigned i = from; i <= to && !rules.is_broken(); ++i) (void)sends(stamped().reliable(0, i & 0xffff, "s"));
		return rules.complaint();
	}
	static WireWriter fragment(unsigned start, uint32_t count, uint32_t number, uint32_t offset_error = 0) {
		WirePiece piece;
		piece.start = static_cast<uint16_t>(start);
		piece.count = count;
		piece.number = number;
		piece.total = count * static_cast<uint32_t>(kRulesPiece);
		piece.offset = number * static_cast<uint32_t>(kRulesPiece) + offset_error;
		return stamped().fragment(0, piece, std::string(kRulesPiece, 'f'));
	}

	WireRules rules;

private:
	Endpoint at_{IPAddress::v4(192, 0, 2, 1), 5000};
};

void expect_complaint(const std::string &complaint, const char *about) {
	EXPECT_NE(complaint.find(about), std::string::npos) << "'" << complaint << "' is not about '" << about << "'";
}

} // namespace

TEST(WireRules, WhatAHostMaySendPasses) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 3), "");
	EXPECT_EQ(host.rules.outstanding(1), 3u);
	host.is_answered(2);
	EXPECT_EQ(host.sends(RuledHost::stamped(10).reliable(0, 1, "s")), "") << "lost, and sent again";
	host.is_answered(1, 10);
	host.is_answered(3);
	EXPECT_EQ(host.rules.outstanding(1), 0u);
	EXPECT_EQ(host.rules.repetitions(), 1u);
	EXPECT_EQ(host.sends(RuledHost::fragment(4, 2, 0)), "");
	EXPECT_EQ(host.sends(RuledHost::fragment(4, 2, 1)), "");
	EXPECT_EQ(host.sends(RuledHost::unstamped().unreliable(1, 0, 1, "u").unsequenced(0, 1, "q")), "");
	EXPECT_EQ(host.sends(RuledHost::stamped(11).ping(2).raw(std::string(40, '\0'))), "") << "a probe of the path";
	host.is_given(WireWriter(1, 1, 77).reliable(1, 1, "hello"));
	host.is_given(WireWriter(1, 1, 77).reliable(1, 1, "hello"));
	EXPECT_EQ(host.sends(RuledHost::unstamped().ack(1, 1, 77).ack(1, 1, 77)), "") << "it came twice";
	EXPECT_EQ(host.sends(RuledHost::stamped().disconnect(3, 0)), "");
	EXPECT_EQ(host.rules.outstanding(1), 0u) << "nobody waits for what a connection took along";
}

TEST(WireRules, ANumberMoreThanSixWindowsAheadIsNoticed) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 7 * 4096 - 1), "");
	EXPECT_EQ(host.rules.furthest(), 6u);
	expect_complaint(host.sends_numbers(7 * 4096, 7 * 4096), "six windows ahead");
}

TEST(WireRules, OnlyWhatIsAnsweredWithoutAGapOpensTheRange) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 7 * 4096 - 1), "");
	for (unsigned i = 2; i < 7 * 4096; ++i) host.is_answered(i);
	RuledHost other;
	EXPECT_EQ(other.sends_numbers(1, 7 * 4096 - 1), "");
	for (unsigned i = 1; i < 4096; ++i) other.is_answered(i);
	expect_complaint(host.sends_numbers(7 * 4096, 7 * 4096), "six windows ahead");
	expect_complaint(other.sends_numbers(7 * 4096, 7 * 4096), "six windows ahead");
	RuledHost third;
	EXPECT_EQ(third.sends_numbers(1, 7 * 4096 - 1), "");
	for (unsigned i = 1; i <= 4096; ++i) third.is_answered(i);
	EXPECT_EQ(third.sends_numbers(7 * 4096, 7 * 4096), "");
}

TEST(WireRules, AMessageInFragmentsHoldsTheRangeAtItsStartUntilAllOfItIsAnswered) {
	constexpr unsigned kStart = 4095; // window 0: up to the end of window 6
	constexpr uint32_t kCount = 24576;
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, kStart - 1), "");
	for (unsigned i = 1; i < kStart; ++i) host.is_answered(i);
	for (uint32_t i = 0; i < kCount; ++i) {
		ASSERT_EQ(host.sends(RuledHost::fragment(kStart, kCount, i)), "") << i;
		if (i != 5) host.is_answered((kStart + i) & 0xffff);
	}
	EXPECT_EQ(host.sends_numbers(kStart + kCount, 7 * 4096 - 1), "");
	for (unsigned i = kStart + kCount; i < 7 * 4096; ++i) host.is_answered(i);
	expect_complaint(host.sends_numbers(7 * 4096, 7 * 4096), "six windows ahead");
}

TEST(WireRules, TheRangeGoesOnWhereNumbersWrap) {
	RuledHost host;
	for (unsigned i = 1; i < 70000; ++i) {
		ASSERT_EQ(host.sends_numbers(i, i), "") << i;
		host.is_answered(i & 0xffff);
	}
	EXPECT_EQ(host.sends_numbers(70000, 70000 + 6 * 4096), "");
	expect_complaint(host.sends_numbers(70000 + 6 * 4096 + 1, 70000 + 7 * 4096), "six windows ahead");
}

TEST(WireRules, WhatIsSentAgainThoughAcknowledgedIsNoticed) {
	for (const unsigned again : {1u, 2u}) { // the oldest is forgotten, the other remembered
		RuledHost host;
		EXPECT_EQ(host.sends_numbers(1, 3), "");
		host.is_answered(again);
		expect_complaint(host.sends_numbers(again, again), "though acknowledged");
	}
	RuledHost host;
	EXPECT_EQ(host.sends(RuledHost::stamped().ping(2)), "");
	host.is_given(WireWriter(1, 1).ack(0xff, 2, 9));
	expect_complaint(host.sends(RuledHost::stamped().ping(2)), "though acknowledged");
}

TEST(WireRules, AnAnswerToATransmissionBeforeTheLastFourMayBeOverlooked) {
	RuledHost host;
	for (unsigned stamp = 1; stamp <= 5; ++stamp)
		EXPECT_EQ(host.sends(RuledHost::stamped(stamp).reliable(0, 1, "s")), "");
	host.is_answered(1, 1);
	EXPECT_EQ(host.rules.outstanding(1), 0u) << "the other end has it";
	EXPECT_EQ(host.sends(RuledHost::stamped(6).reliable(0, 1, "s")), "");
	host.is_answered(1, 5);
	expect_complaint(host.sends(RuledHost::stamped(7).reliable(0, 1, "s")), "though acknowledged");
}

TEST(WireRules, AnAnswerFromElsewhereOrOfAnotherSessionDoesNotCount) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 1), "");
	host.is_given(WireWriter(1, 3).ack(0, 1, 9));
	host.is_given(WireWriter(2, 1).ack(0, 1, 9));
	EXPECT_EQ(host.rules.outstanding(1), 1u);
	EXPECT_EQ(host.sends_numbers(1, 1), "");
}

TEST(WireRules, ANumberLeftOutIsNoticed) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 2), "");
	expect_complaint(host.sends_numbers(4, 4), "left out");
}

TEST(WireRules, OtherBytesThanTheFirstTimeAreNoticed) {
	RuledHost host;
	EXPECT_EQ(host.sends_numbers(1, 1), "");
	expect_complaint(host.sends(RuledHost::stamped().reliable(0, 1, "t")), "not the bytes");
}

TEST(WireRules, FragmentsOutOfShapeAreNoticed) {
	expect_complaint(RuledHost().sends(RuledHost::fragment(1, 24577, 0)), "so many fragments");
	expect_complaint(RuledHost().sends(RuledHost::fragment(1, 3, 0, 1)), "out of place");
	expect_complaint(RuledHost().sends(RuledHost::fragment(0xfffe, 3, 3)), "outside of its message");
	expect_complaint(RuledHost().sends(RuledHost::fragment(0, 3, 1)), "begins in its middle");
	RuledHost mixed;
	EXPECT_EQ(mixed.sends(RuledHost::fragment(1, 3, 0)), "");
	expect_complaint(mixed.sends(RuledHost::fragment(1, 4, 1)), "another message");
	RuledHost broken_off;
	EXPECT_EQ(broken_off.sends(RuledHost::fragment(1, 3, 0)), "");
	expect_complaint(broken_off.sends_numbers(2, 2), "within a message");
}

TEST(WireRules, DatagramsThatAreTooLongOrTooFullAreNoticed) {
	const auto with_payload = [](size_t bytes) { return RuledHost::stamped().reliable(0, 1, std::string(bytes, 'x')); };
	EXPECT_EQ(RuledHost().sends(with_payload(kRulesMtu - 10)), "");
	expect_complaint(RuledHost().sends(with_payload(kRulesMtu - 9)), "longer than the MTU");
	const auto with_commands = [](unsigned count) {
		WireWriter writer = RuledHost::stamped();
		for (unsigned i = 1; i <= count; ++i) writer.reliable(0, i, "x");
		return writer;
	};
	EXPECT_EQ(RuledHost().sends(with_commands(32)), "");
	expect_complaint(RuledHost().sends(with_commands(33)), "more than 32 commands");
	expect_complaint(RuledHost().sends(RuledHost::unstamped()), "without a command");
}

TEST(WireRules, DatagramsOutOfShapeAreNoticed) {
	expect_complaint(RuledHost().sends(RuledHost::unstamped().reliable(0, 1, "s")), "stamp");
	expect_complaint(RuledHost().sends(RuledHost::stamped().unreliable(0, 0, 1, "u")), "stamp");
	expect_complaint(RuledHost().sends(RuledHost::stamped().reliable(0, 1, "s").raw("abc")), "no commands");
	expect_complaint(RuledHost().sends(RuledHost::unstamped().head(13, 0, 1)), "no commands");
	expect_complaint(RuledHost().sends(RuledHost::stamped().reliable(2, 1, "s")), "channel");
	expect_complaint(RuledHost().sends(RuledHost::unstamped().head(6, 0, 1).u16(0)), "flags");
	expect_complaint(RuledHost().sends(WireWriter(7, 1, 9).reliable(0, 1, "s")), "no connection");
	expect_complaint(RuledHost().sends(WireWriter(8, 2, 9).reliable(0, 1, "s")), "no connection");
	RuledHost groups;
	EXPECT_EQ(groups.sends(RuledHost::unstamped().unsequenced(0, 5, "q")), "");
	expect_complaint(groups.sends(RuledHost::unstamped().unsequenced(1, 5, "q")), "group");
}

TEST(WireRules, AnAckOfWhatHasNotComeIsNoticed) {
	expect_complaint(RuledHost().sends(RuledHost::unstamped().ack(0, 1, 77)), "has not come");
	RuledHost another_stamp;
	another_stamp.is_given(WireWriter(1, 1, 77).reliable(1, 1, "hello"));
	expect_complaint(another_stamp.sends(RuledHost::unstamped().ack(1, 1, 78)), "has not come");
	RuledHost twice;
	twice.is_given(WireWriter(1, 1, 77).reliable(1, 1, "hello").reliable(1, 2, "again"));
	EXPECT_EQ(twice.sends(RuledHost::unstamped().ack(1, 1, 77).ack(1, 2, 77)), "");
	EXPECT_EQ(twice.sends(RuledHost::unstamped().ack(1, 2, 178)), "") << "the last one may be repeated";
	expect_complaint(twice.sends(RuledHost::unstamped().ack(1, 1, 77)), "has not come");
}

TEST(WireRules, DataAfterADisconnectIsNoticed) {
	RuledHost host;
	EXPECT_EQ(host.sends(RuledHost::stamped().disconnect(2, 0)), "");
	expect_complaint(host.sends_numbers(1, 1), "after a DISCONNECT");
}

TEST(WireRules, AWrongChecksumIsNoticed) {
	const Endpoint to{IPAddress::v4(192, 0, 2, 1), 5000};
	std::string dials = WireWriter(0xfff, 0, 1).connect(WireParameters()).bytes();
	dials.insert(4, std::string(4, '\0'));
	WireRules rules(true);
	EXPECT_FALSE(rules.sent(to, view_of_text(dials)));
	expect_complaint(rules.complaint(), "checksum");
}

TEST(WireRules, TheFirstComplaintStays) {
	RuledHost host;
	const std::string first = host.sends_numbers(2, 2);
	EXPECT_NE(first, "");
	EXPECT_EQ(host.sends(RuledHost::stamped().reliable(0, 1, "s")), first);
}
