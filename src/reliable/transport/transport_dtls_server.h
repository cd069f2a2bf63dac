// TransportDtlsServer: ENet's datagrams over DTLS, for a host that others dial. One session per remote endpoint, each ENet
// datagram one record. What comes in plain is dropped.
#pragma once

#include "../../tls/dtls_acceptor.h"
#include "dtls_wire.h"

#include <memory>

namespace netpeer {

/// Borrows the transport below (plain UDP, the simulator), which must outlive it. Owner thread only. The destructor says
/// close_notify to all.
class TransportDtlsServer final : public DatagramTransport {
public:
	/// A session whose last peer has gone stays so long, for ENet's last acknowledgements, and then ends. Longer than a
	/// client's: who dials anew while its own session lingers, and loses its first two CONNECTs, finds it here still.
	static constexpr Duration kLinger = Duration::from_ms(2000);

	explicit TransportDtlsServer(DatagramTransport &below) : wire_(below) {}
	~TransportDtlsServer() override;
	TransportDtlsServer(const TransportDtlsServer &) = delete;
	TransportDtlsServer &operator=(const TransportDtlsServer &) = delete;

	/// `random` (null: the system's) must outlive this, as `allocator` must. Takes a few more sessions than `max_peers`:
	/// those that shake hands or linger. ERR_OUT_OF_MEMORY; else what DtlsAcceptor::create() says.
	Error init(const std::shared_ptr<const TLSOptions> &options, RandomSource *random, const Allocator &allocator,
	        size_t max_peers);

	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override;
	/// A datagram to an endpoint without a session that is up counts as accepted, and in send_errors().
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override;
	Error wait(Duration timeout) override { return wire_.below().wait(timeout); }
	Instant next_timeout() const override;
	void handle_timeout(Instant now) override;
	bool has_sessions() const override { return true; }
	/// A server dials nobody: ERR_UNAVAILABLE, unless `to` has a session.
	Error prepare(Instant now, const Endpoint &to) override;
	/// Only sessions somebody was bound to, and only that they are over.
	bool poll_session(SessionNews &out) override;
	bool peer_bound(const Endpoint &endpoint) override { return acceptor_->bind(endpoint); }
	void peer_gone(const Endpoint &endpoint) override { (void)acceptor_->release(last_now_, endpoint, kLinger); }
	/// True: datagrams of endpoints without a session are dropped unread.
	void refuse_new(bool refuse) override { refuses_new_ = refuse; }
	Error send_raw(Instant now, const DatagramOut &datagram) override { return wire_.below().send_raw(now, datagram); }
	Error local_endpoint(Endpoint &out) override { return wire_.below().local_endpoint(out); }
	NetSocket *wait_socket() override { return wire_.below().wait_socket(); }
	uint64_t send_errors() const override;
	const DtlsAcceptor &acceptor() const { return *acceptor_; }
	uint64_t refused_datagrams() const override { return refused_datagrams_ + acceptor_->counters().strangers_dropped; }

private:
	bool pump(Instant now);

	DtlsWire wire_;
	std::unique_ptr<DtlsAcceptor> acceptor_;
	Instant last_now_;
	bool refuses_new_ = false;
	uint64_t refused_datagrams_ = 0;
};

} // namespace netpeer
