// A world in virtual time for measurements of loss recovery: one sender, netpeer's EnetHost or libenet, and one receiver,
// always libenet, on a simulated network. What both ends are told is the same, and when they are polled is too.
// libenet's clock and sockets are those of tests/differential/virtual_machine.cpp.
#pragma once

#include "../../src/reliable/enet_host.h"
#include "../../tests/differential/virtual_machine.h"

#include <enet/enet.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace loss_bench {

using netpeer::Duration;
using netpeer::Instant;

[[noreturn]] inline void give_up(const char *why) {
	std::fprintf(stderr, "loss_bench: %s\n", why);
	std::exit(1);
}

constexpr uint8_t kBulkChannel = 0;
constexpr uint8_t kThinChannel = 1;
constexpr size_t kWorldChannels = 2;

/// Whoever sends. One connection.
class Sender {
public:
	virtual ~Sender() = default;
	virtual netpeer::Endpoint at() const = 0;
	virtual void dial(const netpeer::Endpoint &to) = 0;
	virtual bool is_connected() const = 0;
	virtual bool has_ended() const = 0;
	/// It ended the connection itself: the other end did not answer.
	virtual bool gave_up() const = 0;
	/// False when it was refused.
	virtual bool send(uint8_t channel, netpeer::ByteView bytes, bool reliable) = 0;
	virtual void poll() = 0;
	/// When it wants to be polled next, whatever arrives.
	virtual Instant due() const = 0;
	/// Payload bytes that were handed over and have not been acknowledged; about, for libenet.
	virtual uint64_t waiting_bytes() const = 0;
	virtual uint64_t resent() const = 0;
	virtual uint64_t spurious() const = 0; // 0 where it is not known
};

/// `config`: how it is to be; peers, channels and seed are ours to say. `repeats`: see EnetHost::set_repeats().
std::unique_ptr<Sender> make_netpeer_sender(
        netpeer_test::VirtualMachine &machine, Duration tick, const netpeer::EnetHostConfig &config, uint32_t repeats);
std::unique_ptr<Sender> make_stock_sender(netpeer_test::VirtualMachine &machine, Duration tick);

/// What libenet at the far end has received.
class StockReceiver {
public:
	/// `cadence`: how often it is polled; zero: whenever something has come.
	StockReceiver(netpeer_test::VirtualMachine &machine, Duration cadence);
	~StockReceiver();
	StockReceiver(const StockReceiver &) = delete;
	StockReceiver &operator=(const StockReceiver &) = delete;

	netpeer::Endpoint at() const { return at_; }
	/// Calls `take(user, channel, bytes)` for each message.
	void poll(void *user, void (*take)(void *user, uint8_t channel, netpeer::ByteView bytes));
	Instant due() const;
	bool has_ended() const { return ended_; }
	/// What the buffer of its socket has dropped.
	uint64_t dropped() const;

private:
	netpeer_test::VirtualMachine &machine_;
	Duration cadence_;
	ENetHost *host_ = nullptr;
	netpeer::Endpoint at_;
	Instant next_poll_;
	bool ended_ = false;
};

} // namespace loss_bench
