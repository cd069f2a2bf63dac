// The machine both ends of a differential run live on: one simulated network and one clock, for netpeer's engine and for
// libenet, whose sockets and clock virtual_machine.cpp replaces. One at a time; libenet only finds the current one.
#pragma once

#include "../../src/reliable/transport/sim_network.h"

#include <vector>

namespace netpeer_test {

class VirtualMachine {
public:
	explicit VirtualMachine(uint64_t seed) : network(seed), seed_(seed) { current_ = this; }
	~VirtualMachine() { current_ = nullptr; }
	VirtualMachine(const VirtualMachine &) = delete;
	VirtualMachine &operator=(const VirtualMachine &) = delete;

	/// Never null for libenet: it is called only while a machine lives.
	static VirtualMachine *current() { return current_; }
	/// A machine-wide counter instead of entropy.
	uint64_t next_seed() { return seed_++ * 2654435761u + 1; }

	netpeer::SimNetwork network;
	netpeer::Instant now = netpeer::Instant::from_ms(1000);
	std::vector<netpeer::Endpoint> sockets; // libenet's, by number
	uint64_t clock_readings = 0;            // by libenet: proof that it reads this clock
	uint64_t sent = 0;                      // by libenet

private:
	static VirtualMachine *current_;
	uint64_t seed_;
};

} // namespace netpeer_test
