// TransportDtlsClient: ENet's datagrams over DTLS, dialled from here. One session per remote endpoint, each ENet datagram
// one record. Nothing ever leaves or is believed in plain.
#pragma once

#include "../../core/fixed_text.h"
#include "../../core/intrusive_list.h"
#include "../../core/random_source.h"
#include "../../tls/tls_session.h"
#include "dtls_wire.h"

#include <memory>

namespace netpeer {

/// Borrows the transport below (plain UDP, the simulator), which must outlive it. Owner thread only. The destructor says
/// close_notify to whoever is connected. A datagram finds its session by a hash; timers are looked through once per pass.
class TransportDtlsClient final : public DatagramTransport {
public:
	/// A session whose last peer has gone stays so long, for ENet's last acknowledgements, and then ends.
	static constexpr Duration kLinger = Duration::from_ms(500);
	/// The first repetition of a lost handshake datagram: as ENet's of a CONNECT. Then doubling, up to the limit.
	static constexpr Duration kFirstRetry = Duration::from_ms(500);
	static constexpr Duration kLastRetry = Duration::from_s(8);

	explicit TransportDtlsClient(DatagramTransport &below) : wire_(below) {}
	~TransportDtlsClient() override;
	TransportDtlsClient(const TransportDtlsClient &) = delete;
	TransportDtlsClient &operator=(const TransportDtlsClient &) = delete;

	/// `host_name` is what every server's certificate must be for; `random` (null: the system's) must outlive this, as
	/// `allocator` must. At most `max_sessions` at a time. ERR_OUT_OF_MEMORY; else what TlsSession::create() says to such a
	/// session: ERR_INVALID_PARAMETER, ERR_UNCONFIGURED, ERR_UNAVAILABLE, FAILED (no entropy).
	Error init(const std::shared_ptr<const TLSOptions> &options, const char *host_name, RandomSource *random,
	        const Allocator &allocator, size_t max_sessions);

	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override;
	/// A datagram to an endpoint without a session that is up counts as accepted, and in send_errors().
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override;
	Error wait(Duration timeout) override { return wire_.below().wait(timeout); }
	Instant next_timeout() const override;
	void handle_timeout(Instant now) override;
	bool has_sessions() const override { return true; }
	/// Begins a handshake unless there is a session. Also ERR_CANT_CREATE: too many sessions; ERR_OUT_OF_MEMORY.
	Error prepare(Instant now, const Endpoint &to) override;
	bool poll_session(SessionNews &out) override;
	bool peer_bound(const Endpoint &endpoint) override;
	void peer_gone(const Endpoint &endpoint) override;
	Error send_raw(Instant now, const DatagramOut &datagram) override { return wire_.below().send_raw(now, datagram); }
	Error local_endpoint(Endpoint &out) override { return wire_.below().local_endpoint(out); }
	NetSocket *wait_socket() override { return wire_.below().wait_socket(); }
	uint64_t send_errors() const override { return send_errors_ + wire_.dropped() + wire_.below().send_errors(); }
	/// Datagrams from endpoints without a session; the sessions count what they throw away themselves.
	uint64_t refused_datagrams() const override { return dropped_unknown_; }

private:
	struct Link {
		Endpoint endpoint;
		std::unique_ptr<TlsSession> session;
		size_t peers = 0; // ENet peers on it
		Instant close_at = Instant::never();
		bool is_up = false;
		Link *next_in_bucket = nullptr;
		ListHook<Link> list_hook;
		ListHook<Link> news_hook;
	};

	Link **bucket_of(const Endpoint &endpoint);
	Link *find(const Endpoint &endpoint);
	void settle(Instant now, Link &link);
	void drop(Link *link);
	std::unique_ptr<TlsSession> make_session(Error &error) const;

	DtlsWire wire_;
	std::shared_ptr<const TLSOptions> options_;
	FixedText<512> host_name_; // longer than any name that is allowed
	RandomSource *random_ = nullptr;
	const Allocator *allocator_ = nullptr;
	size_t max_sessions_ = 0;
	HashKey key_;
	Link **buckets_ = nullptr;
	size_t bucket_count_ = 0; // a power of two
	IntrusiveList<Link, &Link::list_hook> links_;
	IntrusiveList<Link, &Link::news_hook> news_; // came up, or is over and waits to be told
	Link *readable_ = nullptr;                   // whose records have not all been read
	Instant last_now_;
	bool hello_waits_ = false;
	uint64_t send_errors_ = 0;
	uint64_t dropped_unknown_ = 0;
};

} // namespace netpeer
