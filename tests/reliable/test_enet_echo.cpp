// On a bad path the last acknowledgement leaves again with what goes out anyway. docs/congestion.md, "Liveness".
#include "../support/enet_wire_script.h"

#include "../../src/reliable/enet_echo.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// A host and a raw peer 100 ms away. The host sends a message every 20 ms; the peer answers all, or none of every third.
struct Flow {
	explicit Flow(bool echoes = true) : host(config(echoes)), raw(host, 1) { EXPECT_TRUE(raw.connect()); }

	static EnetHostConfig config(bool echoes) {
		EnetHostConfig made = HostBench::plain_config();
		made.echo_acknowledgements = echoes;
		return made;
	}
	void run_ms(int64_t ms, bool loses) {
		for (int64_t i = 0; i < ms / 20; ++i) {
			for (WireDatagram &datagram : host.advance_ms(20)) keep(std::move(datagram), loses);
			EXPECT_EQ(host.host.send(raw.id, 0, view_of_text("data"), kEnetReliable), Error::OK);
			for (WireDatagram &datagram : host.flush()) keep(std::move(datagram), loses);
			answer();
		}
	}
	// The acknowledgements the host has sent, with when.
	struct Seen {
		WireCommand ack;
		int64_t at_ms;
	};
	std::vector<Seen> acks;
	HostBench host;
	RawPeer raw;

private:
	void keep(WireDatagram datagram, bool loses) {
		for (const WireCommand &command : datagram.commands)
			if (command.number == kWireAck) acks.push_back({command, host.now.us / 1000});
		if (loses && ++count_ % 3 == 0) return;
		on_its_way_.push_back({host.now + Duration::from_ms(100), std::move(datagram)});
	}
	void answer() {
		while (!on_its_way_.empty() && on_its_way_.front().due <= host.now) {
			const WireDatagram &datagram = on_its_way_.front().datagram;
			WireWriter acks_back = raw.unstamped();
			bool any = false;
			for (const WireCommand &command : datagram.commands) {
				if (command.number == kWireAck) continue;
				acks_back.ack(command.channel, command.sequence, datagram.time);
				any = true;
			}
			if (any) raw.send(acks_back);
			on_its_way_.erase(on_its_way_.begin());
		}
	}
	struct Sent {
		Instant due;
		WireDatagram datagram;
	};
	std::vector<Sent> on_its_way_;
	unsigned count_ = 0;
};

} // namespace

TEST(EnetEcho, OnAGoodPathEachCommandIsAcknowledgedOnce) {
	Flow flow;
	flow.raw.send(flow.raw.stamped().ping(2));
	flow.run_ms(5000, false);
	EXPECT_EQ(flow.acks.size(), 1u);
}

TEST(EnetEcho, OnABadPathTheLastAcknowledgementLeavesAgainTwentyTimesASecondAndItsStampGoesOn) {
	Flow flow;
	flow.run_ms(3000, true);
	flow.acks.clear();
	flow.raw.send(WireWriter(flow.raw.remote_peer, flow.raw.session, 500).ping(7));
	const int64_t asked_at = flow.host.now.us / 1000;
	const uint64_t datagrams = flow.host.host.counters().sent_datagrams;
	flow.run_ms(2000, true);
	ASSERT_GE(flow.acks.size(), 35u);
	EXPECT_LE(flow.acks.size(), 43u);
	const int64_t first_at = flow.acks[0].at_ms;
	EXPECT_LE(first_at, asked_at + 20);
	EXPECT_EQ(flow.acks[0].ack.acked_time, 500);
	for (const Flow::Seen &seen : flow.acks) {
		EXPECT_EQ(seen.ack.channel, 0xff);
		EXPECT_EQ(seen.ack.acked, 7);
		EXPECT_EQ(seen.ack.acked_time, 500 + seen.at_ms - first_at) << "the time it would have had to echo now";
	}
	EXPECT_LT(flow.host.host.counters().sent_datagrams - datagrams, 250u) << "messages, resends and copies";
}

// What a listener sees whose clock goes wrong by so many millionths. It asks when it is told nothing for long.
namespace {

struct Listener {
	double drift = 0;
	uint32_t shake_ms = 0; // each reading is late by up to so much
	EnetLastAck ack;
	uint32_t questions = 0;
	int32_t worst_ms = 0; // by which an echo was off
	int32_t shift_ms = 0; // by which the clock was set
	uint32_t now = 4294000000u;

	uint16_t clock() const {
		const double passed = static_cast<double>(now - 4294000000u);
		return static_cast<uint16_t>(static_cast<int64_t>(passed * (1 + drift / 1e6)) + 777 + shift_ms);
	}
	void ask() {
		const uint32_t late = shake_ms != 0 ? questions * 7919 % (shake_ms + 1) : 0;
		ack.read_clock(static_cast<uint16_t>(clock() - 50 - late), now, shake_ms * 250);
		++questions;
	}
	void run_s(uint32_t seconds) {
		if (!ack.is_known()) ask();
		uint32_t silence = 0;
		for (uint32_t i = 0; i < seconds * 20; ++i) {
			now += 50;
			silence += 50;
			if (ack.is_echo_due(now)) {
				const int32_t off = static_cast<int16_t>(ack.echo(now) - static_cast<uint16_t>(clock() - 50));
				if (std::abs(off) > worst_ms) worst_ms = std::abs(off);
				silence = 0;
			} else if (silence > 600) {
				ask();
				silence = 0;
			}
		}
	}
};

} // namespace

TEST(EnetEcho, AClockThatGoesRightIsAskedForEverMoreSeldomUpToEighteenMinutes) {
	Listener listener;
	listener.run_s(3600);
	EXPECT_EQ(listener.questions, 1u + 5) << "after 2, 7, 15, 33 and 50 minutes";
	EXPECT_LE(listener.worst_ms, 1);
}

TEST(EnetEcho, AClockThatDriftsIsFollowed) {
	for (const double drift : {-200.0, -50.0, 20.0, 50.0, 100.0, 200.0}) {
		Listener listener;
		listener.drift = drift;
		listener.run_s(10 * 3600);
		EXPECT_LE(listener.worst_ms, 5 + static_cast<int32_t>(std::abs(drift) * 0.12))
		        << drift << ": before it is known";
		EXPECT_LE(listener.questions, 50u) << drift;
		listener.worst_ms = 0;
		listener.questions = 0;
		listener.run_s(10 * 3600);
		EXPECT_LE(listener.worst_ms, 5) << drift;
		EXPECT_LE(listener.questions, 36u) << drift;
	}
}

TEST(EnetEcho, AReadingThatTheDelayOfThePathShakesDoesNotTurnIntoADrift) {
	Listener listener;
	listener.drift = 50;
	listener.shake_ms = 20;
	listener.run_s(10 * 3600);
	EXPECT_LE(listener.worst_ms, 40);
	EXPECT_LE(listener.questions, 100u);
}

TEST(EnetEcho, AClockThatIsSetIsNotTakenForOneThatDrifts) {
	for (const int32_t shift : {3000, -3000, 200, -200}) {
		Listener listener;
		listener.run_s(3600);
		listener.shift_ms = shift;
		listener.run_s(1100);
		listener.worst_ms = 0;
		listener.run_s(3600);
		EXPECT_LE(listener.worst_ms, std::abs(shift) / 4) << shift;
		listener.worst_ms = 0;
		listener.run_s(3600);
		EXPECT_LE(listener.worst_ms, 8) << shift;
	}
}

TEST(EnetEcho, WithoutASignOfLifeThereIsNoEcho) {
	Flow flow;
	flow.raw.send(flow.raw.stamped().ping(2));
	flow.run_ms(3000, true);
	flow.acks.clear();
	for (int i = 0; i < 100; ++i) {
		for (const WireDatagram &datagram : flow.host.advance_ms(20)) {
			if (i < 60) continue; // the first three time limits
			EXPECT_EQ(commands_of({datagram}, kWireAck).size(), 0u) << i;
		}
	}
}

TEST(EnetEcho, OnceThePathIsGoodAgainItEnds) {
	Flow flow;
	flow.raw.send(flow.raw.stamped().ping(2));
	flow.run_ms(3000, true);
	flow.run_ms(6000, false);
	flow.acks.clear();
	flow.run_ms(2000, false);
	EXPECT_TRUE(flow.acks.empty());
}

TEST(EnetEcho, SwitchedOffThereIsNoneOnABadPath) {
	Flow flow(false);
	flow.raw.send(flow.raw.stamped().ping(2));
	flow.run_ms(5000, true);
	EXPECT_EQ(flow.acks.size(), 1u);
}
