// netpeer's EnetHost as a Side on a VirtualMachine, every datagram of it under WireRules and watched by a WireWatch.
#pragma once

#include "../interop/engine_side.h"
#include "../support/enet_wire_rules.h"
#include "../support/enet_wire_watch.h"
#include "virtual_machine.h"

#include <algorithm>

namespace netpeer_test {

class VirtualSide : public interop::EngineSide {
public:
	WireRules rules;
	WireWatch watch; // of the present connection

	/// With the window of libenet, unless told otherwise: where what leaves is compared, it is to leave when libenet's would.
	VirtualSide(VirtualMachine &machine, const interop::SideConfig &config, const netpeer::Allocator *allocator,
	        netpeer::EnetCongestionControl control = netpeer::EnetCongestionControl::kStock) :
	        rules(config.checksum), watch(config.checksum), machine_(machine), checksum_(config.checksum) {
		netpeer::EnetHostConfig settings = host_config(config);
		settings.congestion_control = control;
		settings.seed = machine.next_seed();
		settings.allocator = allocator;
		EXPECT_EQ(host_.init(settings), netpeer::Error::OK);
		take_codec(config);
		at_ = interop::loopback_endpoint(machine.network.free_port(interop::loopback_endpoint(1).address));
		EXPECT_EQ(machine.network.attach(at_), netpeer::Error::OK);
	}

	uint16_t port() const override { return at_.port; }
	bool send(interop::Conn conn, uint8_t channel, netpeer::ByteView bytes, uint32_t flags) override {
		credit_ += kStepsLater;
		return EngineSide::send(conn, channel, bytes, flags);
	}
	void set_faults(const interop::Faults &) override {} // the network's business here
	void wait(uint32_t) override {}
	bool poll() override {
		const uint64_t steps = host_.counters().steps;
		const uint64_t work = commands();
		const uint64_t sent = watch.commands_sent();
		host_.handle_timeout(machine_.now);
		bool busy = transmit();
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes + 1];
		netpeer::DatagramSlot slot;
		slot.buffer = netpeer::MutBytes(bytes, sizeof bytes);
		while (machine_.network.receive(machine_.now, at_, slot) == netpeer::Error::OK) {
			const netpeer::ByteView datagram(bytes, slot.size);
			if (machine_.was_sent(datagram)) watch.received(datagram);
			rules.received(slot.from, datagram);
			host_.receive(machine_.now, slot.from, datagram);
			busy = true;
		}
		busy = transmit() || busy;
		collect_events();
		busy = transmit() || busy;
		check_cost(host_.counters().steps - steps, commands() - work);
		credit_ += kStepsLater * (watch.commands_sent() - sent);
		return busy;
	}
	/// A new connection begins; nothing of an older one is on its way.
	void watch_afresh() { watch = WireWatch(checksum_); }
	/// When it wants to be polled.
	netpeer::Instant due() const {
		return netpeer::earlier_of(host_.next_timeout(), machine_.network.next_delivery(at_));
	}
	/// All bytes held are charged to `conn`, the only connection there is, and what has left and is not answered is not
	/// forgotten.
	void check_account(interop::Conn conn) const {
		netpeer::EnetPeerStats stats;
		const bool known = !conn.is_none() && host_.peer_stats(id_of(conn), stats) == netpeer::Error::OK;
		if (known) {
			EXPECT_EQ(stats.memory_held, host_.memory_held());
			if (host_.peer_state(id_of(conn)) == netpeer::EnetPeerState::kConnected) {
				EXPECT_LE(rules.outstanding(id_of(conn).index), stats.unacknowledged_commands);
			}
		}
	}
	netpeer::Error peer_stats(interop::Conn conn, netpeer::EnetPeerStats &out) const {
		return host_.peer_stats(id_of(conn), out);
	}
	size_t memory_held() const { return host_.memory_held(); }
	const netpeer::EnetHostCounters &counters() const { return host_.counters(); }

protected:
	netpeer::Instant now() const override { return machine_.now; }

private:
	// Work units: of any poll, per command that goes in or out, and later for each command sent (it may expire) and each
	// packet the application handed over (it may have to wait).
	static constexpr uint64_t kStepsPerPoll = 200;
	static constexpr uint64_t kStepsPerCommand = 24; // an ACK is looked for among 16 remembered ones
	static constexpr uint64_t kStepsLater = 4;
	static constexpr size_t kDatagramsPerPass = 50000;

	uint64_t commands() const { return watch.commands_received() + watch.commands_sent(); }
	void check_cost(uint64_t steps, uint64_t commands) {
		const uint64_t allowed = kStepsPerPoll + kStepsPerCommand * commands;
		if (steps <= allowed) return;
		EXPECT_LE(steps - allowed, credit_) << "one poll, " << commands << " commands, " << steps << " steps";
		credit_ -= std::min(credit_, steps - allowed);
	}
	bool transmit() {
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes];
		netpeer::EnetTransmit out;
		size_t sent = 0;
		while (host_.poll_transmit(machine_.now, netpeer::MutBytes(bytes, sizeof bytes), out)) {
			const netpeer::ByteView datagram(bytes, out.size);
			const bool was_broken = rules.is_broken();
			if (!rules.sent(out.to, datagram) && !was_broken) ADD_FAILURE() << "on the wire: " << rules.complaint();
			watch.sent(datagram);
			EXPECT_EQ(
			        machine_.network.send(machine_.now, at_, out.to, datagram, out.fragmentation), netpeer::Error::OK);
			if (++sent > kDatagramsPerPass) {
				ADD_FAILURE() << "datagrams without end";
				break;
			}
		}
		return sent != 0;
	}

	VirtualMachine &machine_;
	bool checksum_;
	netpeer::Endpoint at_;
	uint64_t credit_ = 0;
};

} // namespace netpeer_test
