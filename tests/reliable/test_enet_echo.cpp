// On a bad path the last acknowledgement leaves again with what goes out anyway. docs/congestion.md, "Liveness".
#include "../support/enet_wire_script.h"

#include <gtest/gtest.h>

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

TEST(EnetEcho, OnABadPathTheLastAcknowledgementLeavesAgainTenTimesASecondAndItsStampGoesOn) {
	Flow flow;
	flow.run_ms(3000, true);
	flow.acks.clear();
	flow.raw.send(WireWriter(flow.raw.remote_peer, flow.raw.session, 500).ping(7));
	const int64_t asked_at = flow.host.now.us / 1000;
	const uint64_t datagrams = flow.host.host.counters().sent_datagrams;
	flow.run_ms(2000, true);
	ASSERT_GE(flow.acks.size(), 15u);
	EXPECT_LE(flow.acks.size(), 21u);
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

TEST(EnetEcho, WithoutASignOfLifeThereIsNoEcho) {
	Flow flow;
	flow.raw.send(flow.raw.stamped().ping(2));
	flow.run_ms(3000, true);
	flow.acks.clear();
	for (int i = 0; i < 100; ++i) {
		for (const WireDatagram &datagram : flow.host.advance_ms(20)) {
			if (i < 30) continue; // the first time limit
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
