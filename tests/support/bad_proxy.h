// BadProxy: a bad network between one client and one server on loopback, in real time: a UDP proxy whose two ways are
// links of the simulator, so that what is measured here and there has met the same losses and delays. Whoever drives it
// calls turn() often; it counts how late it was itself, which on a busy machine is part of every delay.
#pragma once

#include "../../src/reliable/enet_constants.h"
#include "../../src/reliable/transport/sim_network.h"
#include "../../src/socket/net_socket.h"

#include <memory>

namespace netpeer_test {

class BadProxy {
public:
	/// What became late in the proxy itself: passed on after its time on the link was over.
	struct Lateness {
		uint64_t datagrams = 0; // all that were passed on
		uint64_t over_1ms = 0;
		netpeer::Duration sum, longest;
	};

	/// Between whoever dials port() and `server_port`. What happens to the n-th datagram of a way follows from `seed`.
	BadProxy(uint16_t server_port, uint64_t seed) : network_(seed), server_(loopback(server_port)) {
		socket_ = netpeer::create_net_socket();
		netpeer::IPType type = netpeer::IPType::IPV4;
		is_open_ = socket_ != nullptr && socket_->open_udp(type) == netpeer::Error::OK &&
		           socket_->bind(loopback(0)) == netpeer::Error::OK &&
		           network_.attach(client_end()) == netpeer::Error::OK &&
		           network_.attach(server_end()) == netpeer::Error::OK;
		if (is_open_) (void)socket_->set_buffer_sizes(4 << 20, 4 << 20); // the system may give less
	}

	/// False: no socket could be had, and nothing else works.
	bool is_open() const { return is_open_; }
	uint16_t port() const {
		netpeer::Endpoint local;
		return socket_->local_endpoint(local) == netpeer::Error::OK ? local.port : uint16_t{0};
	}
	netpeer::SimLink &to_server() { return network_.link(client_end(), server_end()); }
	netpeer::SimLink &to_client() { return network_.link(server_end(), client_end()); }

	/// Takes what has come and passes on what is due.
	void turn(netpeer::Instant now) {
		netpeer::DatagramSlot slot;
		slot.buffer = netpeer::MutBytes(buffer_, sizeof buffer_);
		size_t received = 0;
		while (socket_->receive_batch(&slot, 1, received) == netpeer::Error::OK) {
			const netpeer::ByteView bytes(buffer_, slot.size);
			if (slot.from == server_) {
				(void)network_.send(now, server_end(), client_end(), bytes);
			} else {
				client_ = slot.from;
				(void)network_.send(now, client_end(), server_end(), bytes);
			}
		}
		pass_on(now);
	}
	/// When something is due next; never() when nothing is on its way.
	netpeer::Instant next_due() const { return network_.next_delivery(); }
	/// Sleeps until a datagram comes, at most so long.
	void wait(netpeer::Duration most) { (void)socket_->wait_readable(most); }
	const Lateness &lateness() const { return lateness_; }

private:
	static netpeer::Endpoint loopback(uint16_t port) {
		return netpeer::Endpoint{netpeer::IPAddress::v4(127, 0, 0, 1), port};
	}
	// On the simulated network the two ends have the same names in every run: luck follows from them.
	static netpeer::Endpoint client_end() { return netpeer::Endpoint{netpeer::IPAddress::v4(10, 0, 0, 1), 1}; }
	static netpeer::Endpoint server_end() { return netpeer::Endpoint{netpeer::IPAddress::v4(10, 0, 0, 2), 2}; }

	void pass_on(netpeer::Instant now) {
		for (netpeer::Instant due = next_due(); due <= now; due = next_due()) {
			netpeer::DatagramSlot slot;
			slot.buffer = netpeer::MutBytes(buffer_, sizeof buffer_);
			const bool to_server = network_.next_delivery(server_end()) == due;
			if (network_.receive(now, to_server ? server_end() : client_end(), slot) != netpeer::Error::OK) return;
			const netpeer::DatagramOut out{netpeer::ByteView(buffer_, slot.size), to_server ? server_ : client_};
			size_t sent = 0;
			(void)socket_->send_batch(&out, 1, sent); // what the system does not take is lost, too
			note(now - due);
		}
	}
	void note(netpeer::Duration late) {
		++lateness_.datagrams;
		lateness_.sum = netpeer::Duration::from_us(lateness_.sum.us + late.us);
		if (late > lateness_.longest) lateness_.longest = late;
		if (late > netpeer::Duration::from_ms(1)) ++lateness_.over_1ms;
	}

	netpeer::SimNetwork network_;
	std::unique_ptr<netpeer::NetSocket> socket_;
	netpeer::Endpoint server_, client_;
	Lateness lateness_;
	bool is_open_ = false;
	uint8_t buffer_[netpeer::kEnetMaxDatagramBytes];
};

} // namespace netpeer_test
