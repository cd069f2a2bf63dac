#include "transport_udp.h"

namespace netpeer {

Error TransportUdp::open() {
	if (socket_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	std::unique_ptr<NetSocket> socket = create_net_socket();
	if (socket == nullptr) return Error::ERR_OUT_OF_MEMORY;
	IPType type = IPType::ANY;
	if (socket->open_udp(type) != Error::OK) return Error::ERR_CANT_CREATE;
	// Both are wishes: a socket without them still carries ENet.
	(void)socket->set_buffer_sizes(kReceiveBufferBytes, kSendBufferBytes);
	(void)socket->set_broadcasting_enabled(true);
	socket_ = std::move(socket);
	type_ = type;
	has_port_ = false;
	fragmentation_ = Fragmentation::kAsSystem;
	return Error::OK;
}

Error TransportUdp::open_bound(const Endpoint &local) {
	NETPEER_TRY(open());
	if (socket_->bind(local) != Error::OK) {
		socket_.reset();
		type_ = IPType::NONE;
		return Error::ERR_CANT_CREATE;
	}
	has_port_ = true;
	return Error::OK;
}

Error TransportUdp::receive(Instant, DatagramSlot *slots, size_t count, size_t &received) {
	received = 0;
	if (socket_ == nullptr) return Error::ERR_UNCONFIGURED;
	if (!has_port_) return Error::ERR_BUSY;
	return socket_->receive_batch(slots, count, received);
}

Error TransportUdp::send(Instant, const DatagramOut *datagrams, size_t count, size_t &accepted) {
	accepted = 0;
	if (socket_ == nullptr) return Error::ERR_UNCONFIGURED;
	while (accepted < count) {
		const Fragmentation fragmentation = datagrams[accepted].fragmentation;
		if (fragmentation != fragmentation_) follow(fragmentation);
		size_t alike = 1;
		while (accepted + alike < count && datagrams[accepted + alike].fragmentation == fragmentation) ++alike;
		size_t sent = 0;
		const Error error = socket_->send_batch(datagrams + accepted, alike, sent);
		accepted += sent;
		if (sent > 0) has_port_ = true;
		if (error == Error::OK) continue;
		if (error != Error::FAILED) return error;
		// One datagram the system will not take (no route, too long) must not stop the ones to other peers.
		++accepted;
		if (fragmentation != Fragmentation::kNever) ++send_errors_; // else it asked whether it is too long
		has_port_ = true; // the system may have chosen the port before it refused
	}
	return Error::OK;
}

// A socket that cannot be told sends all as the system does; once is enough to know.
void TransportUdp::follow(Fragmentation fragmentation) {
	(void)socket_->set_fragmentation(fragmentation);
	fragmentation_ = fragmentation;
}

Error TransportUdp::wait(Duration timeout) {
	return socket_ != nullptr ? socket_->wait_readable(timeout) : Error::ERR_UNCONFIGURED;
}

Error TransportUdp::local_endpoint(Endpoint &out) {
	return socket_ != nullptr ? socket_->local_endpoint(out) : Error::ERR_UNCONFIGURED;
}

} // namespace netpeer
