// PacketPeerDTLS: encrypted datagrams over a PacketPeerUDP. The client's side, and what a DTLSServer makes for each of its
// clients. Godot's class of that name.
//
//     udp->connect_to_host(host, port); dtls.connect_to_peer(udp, "example.org");
//     then each frame: dtls.poll(), until it is STATUS_CONNECTED; then, after each poll(), take the packet there may be.
//
// Packets may be lost, doubled or swapped on the way, as with UDP; forged and repeated ones are dropped. Built without
// mbedTLS connect_to_peer() answers ERR_UNAVAILABLE. SECURITY: TLSOptions::client_unsafe() without a chain checks nothing.
#pragma once

#include "../core/clock.h"
#include "../core/random_source.h"
#include "../tls/tls_session.h"
#include "packet_peer_udp.h"

#include <memory>

namespace netpeer {

/// What a test or an engine may replace, and how a handshake is repeated; everything is borrowed and must outlive the peer.
/// Not in Godot.
struct PacketPeerDTLSHooks {
	Clock *clock = nullptr;               // null: system_clock(). For repeating handshakes
	RandomSource *random = nullptr;       // null: default_random()
	const Allocator *allocator = nullptr; // null: default_allocator(). For packets; the session has its own source
	int64_t unix_time = 0;                // what certificates' dates are compared with; 0: the system's
	/// @{
	/// As in TlsSessionConfig. connect_to_peer() and DTLSServer::setup() answer ERR_INVALID_PARAMETER to an MTU outside
	/// 256..65535 and to a minimum above the maximum.
	size_t handshake_mtu = TlsSessionConfig().handshake_mtu;
	Duration retry_min = TlsSessionConfig().retry_min;
	Duration retry_max = TlsSessionConfig().retry_max;
	/// @}
};

/// Owner thread only. Nothing blocks but wait(), and put_packet() and disconnect_from_peer() as the UDP peer's
/// put_packet() does (set_blocking_mode()). The destructor disconnects. Origin: Godot PacketPeerDTLS.
class PacketPeerDTLS : public PacketPeer {
public:
	/// Origin: Godot PacketPeerDTLS.Status.
	enum Status : int {
		STATUS_DISCONNECTED = 0, // not in use, or closed by either end
		STATUS_HANDSHAKING = 1,
		STATUS_CONNECTED = 2,
		STATUS_ERROR = 3,                   // the handshake failed or the session broke: get_failure()
		STATUS_ERROR_HOSTNAME_MISMATCH = 4, // it failed, and the certificate is for another name
	};
	/// The longest packet of a DTLS record, in bytes.
	static constexpr int kMaxPacketBytes = 16384;

	PacketPeerDTLS() : PacketPeerDTLS(PacketPeerDTLSHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit PacketPeerDTLS(const PacketPeerDTLSHooks &hooks);
	~PacketPeerDTLS() override { disconnect_from_peer(); }

	/// Sends a client's hello over `udp`, which must have a fixed other end and is nobody else's from now on; poll() goes on
	/// with it. `hostname` is what the certificate must be for, unless the options say otherwise; null `options` are
	/// TLSOptions::client(). The UDP peer and the options are kept as long as this peer is in use, and their certificates
	/// cannot be loaded anew meanwhile. ERR_INVALID_PARAMETER: null peer or name, no fixed other end (connect_to_host()), the
	/// options of a server. ERR_ALREADY_IN_USE: handshaking or connected. ERR_UNCONFIGURED: must check against the default
	/// authorities, and there are none. ERR_OUT_OF_MEMORY. ERR_UNAVAILABLE: built without mbedTLS. The status does not
	/// change by these. FAILED and STATUS_ERROR (4 in Godot): nobody is there (an ICMP error), or the system refuses.
	/// Origin: Godot PacketPeerDTLS.connect_to_peer.
	Error connect_to_peer(std::shared_ptr<PacketPeerUDP> udp, const char *hostname,
	        std::shared_ptr<const TLSOptions> options = nullptr);
	/// Goes on with the handshake, which includes sending again what was not answered, or takes one packet when none waits.
	/// With a UDPServer's peer, poll the server first. OK: nothing is wrong, or the other end has closed, which leads to
	/// STATUS_DISCONNECTED. ERR_CONNECTION_ERROR: the handshake failed, was not answered in time, or the session or the UDP
	/// peer broke: STATUS_ERROR, STATUS_ERROR_HOSTNAME_MISMATCH. ERR_UNCONFIGURED, without any effect: not in use.
	/// Origin: Godot PacketPeerDTLS.poll.
	IgnorableError poll();
	/// A pure read: call poll() to move it. Origin: Godot PacketPeerDTLS.get_status.
	Status get_status() const { return status_; }
	/// While connected: sends close_notify, once. Lets go of the UDP peer, which stays open. STATUS_DISCONNECTED; nothing
	/// when not in use. Origin: Godot PacketPeerDTLS.disconnect_from_peer.
	void disconnect_from_peer();

	// put_packet(), as documented in PacketPeer, and: one packet is one record is one datagram. OK also where the UDP peer
	// answers ERR_BUSY: the packet is lost, as others are. ERR_UNCONFIGURED: not STATUS_CONNECTED. ERR_INVALID_PARAMETER:
	// longer than kMaxPacketBytes, or than the records this client has asked for (512 bytes at least); nothing changes (Godot
	// drops the session). ERR_CONNECTION_ERROR: the session or the UDP peer broke; STATUS_DISCONNECTED.
	// get_packet(), likewise: OK and a packet of no bytes: there is none, as in Godot; a record of no bytes is passed over.
	// ERR_UNCONFIGURED: not STATUS_CONNECTED. ERR_CONNECTION_ERROR: the other end has closed (STATUS_DISCONNECTED) or the
	// session broke (STATUS_ERROR). ERR_OUT_OF_MEMORY: no room for the copy; it stays.

	/// 1 when the last poll() or get_packet() found one more, else 0: poll, take, poll, take.
	/// Origin: Godot PacketPeer.get_available_packet_count.
	int get_available_packet_count() const override;
	/// 488, Godot's number; longer packets, up to kMaxPacketBytes, can be sent and received. Their datagrams travel in
	/// fragments from the path's MTU on. Origin: Godot PacketPeer.get_max_packet_size (C++).
	int get_max_packet_size() const override { return 488; }

	// --- not in Godot ---

	/// Sleeps until poll() has something to do, or `timeout_ms` has passed; negative is unlimited, 0 does not sleep. OK.
	/// ERR_TIMEOUT. ERR_UNCONFIGURED: not in use. ERR_SKIP: the UDP peer's cancel(). A UDPServer's peer waits for the
	/// server's socket: poll the server then.
	Error wait(int timeout_ms = -1);
	/// When poll() should be called at the latest, whatever comes: what the handshake sent is due again. never(): nothing is.
	Instant next_poll_time() const { return session_ != nullptr ? session_->next_timeout() : Instant::never(); }
	/// The UDP peer below while handshaking or connected, else null.
	const std::shared_ptr<PacketPeerUDP> &get_peer() const { return udp_; }
	/// Why the last session or handshake ended; kNone before, and while one is under way.
	TlsFailure get_failure() const { return end_.failure(); }
	/// The same in the backend's words; "" when there are none. Valid until the next call of this object.
	const char *get_failure_detail() const { return end_.detail(); }
	/// @{
	/// While connected "DTLSv1.2" or the like, and the suite's name; else "". Valid until the next call of this object.
	const char *get_protocol() const { return session_ != nullptr ? session_->protocol() : ""; }
	const char *get_cipher_suite() const { return session_ != nullptr ? session_->cipher_suite() : ""; }
	/// @}
	/// What the other end presented, leaf first: since the handshake was over, and kept until the next begins. Null: nothing.
	const std::shared_ptr<X509Certificate> &get_peer_certificate() const { return peer_certificate_; }
	/// Datagrams and records dropped by this session: forged, repeated, garbage. 0 when not in use.
	uint64_t get_dropped_record_count() const { return session_ != nullptr ? session_->dropped_records() : 0; }

private:
	friend class DTLSServer;

	Error take_packet(ByteView &packet) override;
	Error send_packet(ByteView packet) override;

	Clock &clock() const { return hooks_.clock != nullptr ? *hooks_.clock : system_clock(); }
	bool is_in_use() const { return status_ == STATUS_HANDSHAKING || status_ == STATUS_CONNECTED; }
	/// Of the DTLSServer: the first step of a server's handshake with what `udp` has queued.
	void accept(std::shared_ptr<PacketPeerUDP> udp, std::shared_ptr<const TLSOptions> options,
	        std::shared_ptr<DtlsCookies> cookies);
	void refuse(TlsFailure failure, const char *detail);
	static TlsSessionConfig session_config(const PacketPeerDTLSHooks &hooks);
	Error begin(std::shared_ptr<PacketPeerUDP> udp, const TlsSessionConfig &config);
	bool is_alive() const;
	void push();
	void pull(Instant now);
	void note_connected();
	Error settle();
	void leave(Status next);

	PacketPeerDTLSHooks hooks_;
	std::shared_ptr<PacketPeerUDP> udp_;   // while in use
	std::shared_ptr<DtlsCookies> cookies_; // of the server; outlives the session
	std::unique_ptr<TlsSession> session_;  // while in use
	ByteBuffer packet_;
	Status status_ = STATUS_DISCONNECTED;
	bool udp_failed_ = false;
	TlsEnd end_;
	std::shared_ptr<X509Certificate> peer_certificate_;
};

} // namespace netpeer
