// The machine both ends of a differential run live on: one simulated network and one clock, for netpeer's engine and for
// libenet, whose sockets and clock virtual_machine.cpp replaces. One at a time; libenet only finds the current one.
#pragma once

#include "../../src/reliable/transport/sim_network.h"

#include <deque>
#include <unordered_set>
#include <vector>

namespace netpeer_test {

class VirtualMachine {
public:
	explicit VirtualMachine(uint64_t seed) : network(seed), seed_(seed) {
		current_ = this;
		netpeer::SimTap tap;
		tap.user = this;
		tap.seen = note_sent;
		network.set_tap(tap);
	}
	~VirtualMachine() { current_ = nullptr; }
	VirtualMachine(const VirtualMachine &) = delete;
	VirtualMachine &operator=(const VirtualMachine &) = delete;

	/// Never null for libenet: it is called only while a machine lives.
	static VirtualMachine *current() { return current_; }
	/// A machine-wide counter instead of entropy.
	uint64_t next_seed() { return seed_++ * 2654435761u + 1; }

	/// What has arrived at libenet's sockets goes into their buffers, where they are limited. Call it whenever something
	/// is due there.
	void take_in();
	/// Takes the oldest datagram at one of libenet's sockets; false: there is none.
	bool take_out(size_t socket, netpeer::DatagramSlot &slot);

	/// False for what the network has harmed.
	bool was_sent(netpeer::ByteView datagram) const { return sent_datagrams_.count(digest_of(datagram)) != 0; }

	netpeer::SimNetwork network;
	netpeer::Instant now = netpeer::Instant::from_ms(1000);
	std::vector<netpeer::Endpoint> sockets; // libenet's, by number
	uint64_t clock_readings = 0;            // by libenet: proof that it reads this clock
	uint64_t sent = 0;                      // by libenet
	size_t socket_buffer_bytes = 0;         // of each of libenet's sockets, as Linux counts them; 0: unlimited
	uint64_t dropped_by_sockets = 0;        // for want of room in them

private:
	struct Held {
		netpeer::Endpoint from;
		std::vector<uint8_t> bytes;
	};
	struct Buffer {
		std::deque<Held> datagrams;
		size_t bytes = 0;
	};
	// A datagram takes the memory it lies in: more than its bytes, in steps.
	static size_t room_of(size_t bytes) { return (bytes + 0x37f) & ~size_t{0xff}; }

	static uint64_t digest_of(netpeer::ByteView bytes) {
		uint64_t digest = 14695981039346656037u;
		for (size_t i = 0; i < bytes.size; ++i) digest = (digest ^ bytes.data[i]) * 1099511628211u;
		return digest;
	}
	static void note_sent(void *user, netpeer::Instant, const netpeer::Endpoint &, const netpeer::Endpoint &,
	        netpeer::ByteView bytes, netpeer::SimFate) {
		static_cast<VirtualMachine *>(user)->sent_datagrams_.insert(digest_of(bytes));
	}

	static VirtualMachine *current_;
	uint64_t seed_;
	std::unordered_set<uint64_t> sent_datagrams_;
	std::vector<Buffer> buffers_;
};

} // namespace netpeer_test
