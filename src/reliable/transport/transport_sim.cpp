#include "transport_sim.h"

namespace netpeer {

Error TransportSim::open(const Endpoint &local) {
	if (open_) return Error::ERR_ALREADY_IN_USE;
	if (!local.address.is_valid()) return Error::ERR_INVALID_PARAMETER;
	Endpoint at = local;
	if (at.port == 0) at.port = network_.free_port(at.address);
	if (at.port == 0) return Error::ERR_UNAVAILABLE;
	NETPEER_TRY(network_.attach(at));
	local_ = at;
	open_ = true;
	return Error::OK;
}

void TransportSim::close() {
	if (!open_) return;
	network_.detach(local_);
	open_ = false;
}

Error TransportSim::receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) {
	received = 0;
	if (!open_) return Error::ERR_UNCONFIGURED;
	while (received < count && network_.receive(now, local_, slots[received]) == Error::OK) ++received;
	return received > 0 ? Error::OK : Error::ERR_BUSY;
}

Error TransportSim::send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) {
	accepted = 0;
	if (!open_) return Error::ERR_UNCONFIGURED;
	for (; accepted < count; ++accepted) {
		const DatagramOut &datagram = datagrams[accepted];
		if (network_.send(now, local_, datagram.to, datagram.bytes, datagram.fragmentation) != Error::OK)
			++send_errors_;
	}
	return Error::OK;
}

Error TransportSim::local_endpoint(Endpoint &out) {
	if (!open_) return Error::ERR_UNCONFIGURED;
	out = local_;
	return Error::OK;
}

Error TransportSim::wait(Duration) { return Error::ERR_UNAVAILABLE; }

Instant TransportSim::next_timeout() const { return open_ ? network_.next_delivery(local_) : Instant::never(); }

} // namespace netpeer
