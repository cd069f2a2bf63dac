// TransportSim: a DatagramTransport on a SimNetwork, so that netcode written on ENetConnection runs on a simulated
// network. Time is virtual: the caller passes it in (service_at) and jumps to the next deadline; nothing sleeps.
#pragma once

#include "datagram_transport.h"
#include "sim_network.h"

namespace netpeer {

/// One endpoint's view of a simulated network, which must outlive it. Detaches in its destructor.
class TransportSim final : public DatagramTransport {
public:
	/// Closed at first. `network` is borrowed.
	explicit TransportSim(SimNetwork &network) : network_(network) {}
	~TransportSim() override { close(); }
	TransportSim(const TransportSim &) = delete;
	TransportSim &operator=(const TransportSim &) = delete;

	/// Attaches at `local`; port 0 takes a free one. ERR_ALREADY_IN_USE when open or when somebody is attached there;
	/// ERR_INVALID_PARAMETER for an invalid address; ERR_UNAVAILABLE when no port is free; ERR_OUT_OF_MEMORY beyond the
	/// network's limit.
	Error open(const Endpoint &local);
	/// Harmless when closed. What is in flight to this endpoint is lost.
	void close();
	bool is_open() const { return open_; } // between open() and close()

	/// ERR_UNCONFIGURED when closed, as the next two.
	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override;
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override;
	Error local_endpoint(Endpoint &out) override;
	/// ERR_UNAVAILABLE: virtual time does not pass by waiting.
	Error wait(Duration timeout) override;
	/// When the next datagram arrives here.
	Instant next_timeout() const override;
	uint64_t send_errors() const override { return send_errors_; }

private:
	SimNetwork &network_;
	Endpoint local_;
	bool open_ = false;
	uint64_t send_errors_ = 0;
};

} // namespace netpeer
