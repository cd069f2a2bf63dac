// TransportUdp: ENet datagrams over plain UDP, one NetSocket, no security. Refused datagrams are skipped and counted
// here; "no room now" goes up, and whoever drives the protocol decides how often to offer the rest again.
#pragma once

#include "../../socket/net_socket.h"
#include "datagram_transport.h"

#include <memory>

namespace netpeer {

/// Owner thread only. Closed by the destructor.
class TransportUdp final : public DatagramTransport {
public:
	/// Asked of the system; it may grant less. A server's burst arrives between two polls, so the inbox is the larger.
	static constexpr size_t kReceiveBufferBytes = 1u << 20;
	static constexpr size_t kSendBufferBytes = 256u << 10;

	TransportUdp() = default;
	TransportUdp(const TransportUdp &) = delete;
	TransportUdp &operator=(const TransportUdp &) = delete;

	/// Opens a dual-stack socket (IPv4 where the system has no IPv6), asks for larger buffers and allows broadcasts, as
	/// Godot does. Not bound: the system picks a port at the first send. Closed again on any error.
	/// ERR_ALREADY_IN_USE when open; ERR_OUT_OF_MEMORY; ERR_CANT_CREATE when the system gives no socket.
	Error open();
	/// open(), then binds. ERR_CANT_CREATE also when the address or port cannot be had.
	Error open_bound(const Endpoint &local);
	/// What the socket can reach: ANY, or IPV4 on a system without IPv6. NONE when closed.
	IPType ip_type() const { return type_; }

	/// ERR_UNCONFIGURED when closed, as the next three.
	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override;
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override;
	Error wait(Duration timeout) override;
	Error local_endpoint(Endpoint &out) override;
	NetSocket *wait_socket() override { return socket_.get(); }
	uint64_t send_errors() const override { return send_errors_; }

private:
	std::unique_ptr<NetSocket> socket_;
	IPType type_ = IPType::NONE;
	bool has_port_ = false; // bound, or sent from: an unbound socket cannot receive (Winsock calls it an error)
	Fragmentation fragmentation_ = Fragmentation::kAsSystem; // what the socket was told last
	uint64_t send_errors_ = 0;

	void follow(Fragmentation fragmentation);
};

} // namespace netpeer
