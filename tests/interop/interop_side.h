// One end of an interop test, stock libenet or netpeer, behind one interface: real loopback UDP, real time, one thread.
// Tests are written once and run in both roles. Nothing here includes enet.h: only stock_side.cpp knows libenet.
#pragma once

#include "../../src/core/bytes.h"
#include "../../src/core/seeded_rng.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace interop {

// Packet flags; the numbers are the same on both sides.
constexpr uint32_t kReliable = 1;
constexpr uint32_t kUnsequenced = 2;
constexpr uint32_t kUnreliable = 0;
constexpr uint32_t kUnreliableFragment = 8;

constexpr int kRangeCoder = 1;

/// What goes wrong between the kernel and a side. Loss works on both kinds of side; the rest on netpeer's, both ways.
struct Faults {
	uint64_t drop_received = 0; // bit n: the n-th datagram received dies (n < 64)
	double lose_received = 0;   // probability
	double duplicate = 0;
	double hold_back = 0; // delivered after a later one
	uint64_t seed = 1;
};

struct SideConfig {
	size_t peers = 8;
	size_t channels = 0;
	uint32_t incoming_bandwidth = 0;
	uint32_t outgoing_bandwidth = 0;
	uint32_t mtu = 0; // 0: the side's default
	bool checksum = false;
	int compression =
	        0; // the number of ENetConnection's mode; stock has kRangeCoder and crashes on an empty packet there
	Faults faults;
};

/// Names a connection on one side.
struct Conn {
	uint32_t key = UINT32_MAX;
	bool is_none() const { return key == UINT32_MAX; }
};
inline bool operator==(Conn a, Conn b) { return a.key == b.key; }
inline bool operator!=(Conn a, Conn b) { return a.key != b.key; }

enum class What { kConnect, kDisconnect, kReceive };

struct SideEvent {
	What what = What::kConnect;
	Conn conn;
	uint8_t channel = 0;
	uint32_t data = 0;
	uint32_t flags = 0;
	std::vector<uint8_t> bytes;
	bool timed_out = false; // a disconnect for want of answers; libenet cannot tell and says false
};

/// What both sides know about a connection. State numbers are ENet's.
struct SideStats {
	int state = 0;
	size_t channels = 0;
	uint32_t mtu = 0;
	uint32_t window_size = 0;
	uint32_t incoming_bandwidth = 0;
	uint32_t outgoing_bandwidth = 0;
	uint32_t throttle_interval = 0;
	uint32_t throttle_acceleration = 0;
	uint32_t throttle_deceleration = 0;
	uint32_t round_trip_time = 0;
	uint64_t unacknowledged = 0; // reliable commands sent, not yet acknowledged
	uint64_t queued = 0;         // commands not yet sent
};
constexpr int kStateDisconnected = 0;
constexpr int kStateConnected = 5;

/// Decides the fate of one datagram after the other.
class FaultDice {
public:
	explicit FaultDice(const Faults &faults = {}) : faults_(faults), rng_(faults.seed) {}
	bool drops_received() {
		const uint64_t index = received_++;
		return (index < 64 && ((faults_.drop_received >> index) & 1) != 0) || rng_.chance(faults_.lose_received);
	}
	bool duplicates() { return rng_.chance(faults_.duplicate); }
	bool holds_back() { return rng_.chance(faults_.hold_back); }

private:
	Faults faults_;
	netpeer::SeededRng rng_;
	uint64_t received_ = 0;
};

class Side {
public:
	virtual ~Side() = default;
	virtual const char *name() const = 0;
	virtual uint16_t port() const = 0;

	/// To 127.0.0.1:`port`. None when refused.
	virtual Conn connect(uint16_t port, size_t channels, uint32_t data) = 0;
	virtual bool send(Conn conn, uint8_t channel, netpeer::ByteView bytes, uint32_t flags) = 0;
	virtual void disconnect(Conn conn, uint32_t data) = 0;
	virtual void disconnect_later(Conn conn, uint32_t data) = 0;
	virtual void disconnect_now(Conn conn, uint32_t data) = 0;
	virtual void reset(Conn conn) = 0;
	virtual void set_timeout(Conn conn, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) = 0;
	virtual void set_ping_interval(Conn conn, uint32_t interval_ms) = 0;
	virtual void configure_throttle(Conn conn, uint32_t interval, uint32_t acceleration, uint32_t deceleration) = 0;
	virtual void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) = 0;
	virtual void set_checksum(bool enabled) = 0;
	/// Replaces the losses; datagrams are counted from here on.
	virtual void set_faults(const Faults &faults) = 0;
	virtual SideStats stats(Conn conn) const = 0;
	virtual size_t connected_peers() const = 0;

	/// One pass: receive, let time pass, send, collect events. True when a datagram came or went.
	virtual bool poll() = 0;
	/// Sleeps until a datagram comes, at most `ms`.
	virtual void wait(uint32_t ms) = 0;

	/// Events not yet looked at by the test, oldest first.
	std::deque<SideEvent> events;
};

std::unique_ptr<Side> make_stock_side(const SideConfig &config);
std::unique_ptr<Side> make_netpeer_side(const SideConfig &config);

} // namespace interop
