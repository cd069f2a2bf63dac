// DatagramTransport: plaintext datagrams tagged with an endpoint. What an ENet facade talks to; below it may be plain
// UDP, DTLS, a relay or the simulator.
#pragma once

#include "../../core/error_list.h"
#include "../../core/instant.h"
#include "../../core/library_object.h"
#include "../../socket/datagram_io.h"

namespace netpeer {

class NetSocket;
enum class TlsFailure : int;

/// What became of a transport's session with an endpoint.
struct SessionNews {
	Endpoint endpoint;       // the other end
	bool up = false;         // datagrams can pass; else it has ended, or never came to be
	TlsFailure failure = {}; // why it is not up
};

/// Owner thread only: that of the ENetConnection which uses it.
class DatagramTransport : public LibraryObject {
public:
	virtual ~DatagramTransport() = default;

	/// As NetSocket::receive_batch. ERR_BUSY: nothing waiting.
	virtual Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) = 0;
	/// Takes datagrams[0..accepted). A datagram the system will never take (no route, too long) is dropped, counted in
	/// send_errors() and counts as accepted: loss recovery decides. ERR_BUSY: no room now, accepted < count.
	virtual Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) = 0;
	/// Sleeps until something can be received or `timeout` has passed (negative: unlimited). OK: receivable;
	/// ERR_BUSY: time is up; ERR_UNAVAILABLE: this transport cannot sleep (wait_socket() is null).
	virtual Error wait(Duration timeout) = 0;
	/// When the transport itself next needs a call of handle_timeout() (handshakes); never() for plain UDP.
	virtual Instant next_timeout() const { return Instant::never(); }
	/// Lets the transport's own timers run (handshakes).
	virtual void handle_timeout(Instant) {}
	/// Whether datagrams pass only within sessions, so that prepare() and poll_session() must be called.
	virtual bool has_sessions() const { return false; }
	/// Somebody is about to dial `to`. OK: datagrams can go there now. ERR_BUSY: a handshake has begun, and poll_session()
	/// will tell. Another error: there will be no session (see each transport).
	virtual Error prepare(Instant, const Endpoint &) { return Error::OK; }
	/// Takes the oldest news of a session; false: none.
	virtual bool poll_session(SessionNews &) { return false; }
	/// Sends a datagram as it is, outside any session: for NAT punching. As send() of one.
	virtual Error send_raw(Instant now, const DatagramOut &datagram) {
		size_t accepted = 0;
		return send(now, &datagram, 1, accepted);
	}
	/// The protocol has dialled or accepted a peer there / is done with it: of those answered with true as many as of the
	/// other. False: no datagram can pass, the session is over already. Plain UDP needs neither.
	/// @{
	virtual bool peer_bound(const Endpoint &) { return true; }
	virtual void peer_gone(const Endpoint &) {}
	/// @}
	/// Refuses endpoints not seen before; plain UDP ignores it.
	virtual void refuse_new(bool) {}
	/// Bound address and port; port 0 while unbound.
	virtual Error local_endpoint(Endpoint &out) = 0;
	/// The socket to sleep on; null when there is none.
	virtual NetSocket *wait_socket() { return nullptr; }
	/// Datagrams dropped because sending them failed for good.
	virtual uint64_t send_errors() const { return 0; }
	/// Datagrams that came from endpoints without a session and were dropped unread: plain text, strangers, and new ones
	/// while those are refused.
	virtual uint64_t refused_datagrams() const { return 0; }
};

} // namespace netpeer
