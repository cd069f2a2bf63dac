// StreamPeerTCP: a TCP connection, dialled or taken from a TCPServer. Godot's class of that name, plus calls of our own
// (marked). After connect_to_host() call poll() until the status is no longer STATUS_CONNECTING, even on loopback.
#pragma once

#include "../socket/endpoint.h"
#include "name_lookup.h"
#include "stream_peer_socket.h"
#include "tcp_options.h"

#include <memory>
#include <string>
#include <utility>

namespace netpeer {

class ConnectRace;

/// As StreamPeerSocket; only connect_to_host() with a name may block too. Origin: Godot StreamPeerTCP.
class StreamPeerTCP : public StreamPeerSocket {
public:
	StreamPeerTCP() : StreamPeerTCP(StreamPeerSocketHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit StreamPeerTCP(const StreamPeerSocketHooks &hooks);
	/// disconnect_from_host().
	~StreamPeerTCP() override { end(); }

	/// Chooses the local address and port for the coming connection: an IP literal, which fixes the family, or "*"; port 0
	/// asks for an ephemeral one. Optional. ERR_ALREADY_IN_USE: open or connecting. ERR_INVALID_PARAMETER: port outside
	/// 0..65535; an address that is neither (names are not resolved). ERR_UNAVAILABLE: the system refuses. FAILED: no
	/// socket. ERR_OUT_OF_MEMORY. On error nothing stays open (Godot leaves the socket open after a bad address).
	/// Origin: Godot StreamPeerTCP.bind.
	Error bind(int port, const char *host = "*");
	/// Starts to connect to an IP literal or a name, whose look-up blocks (see connect_to_host_async_dns()); only the first
	/// address of a name is tried (see connect_to_host_any()). OK: STATUS_CONNECTING or already STATUS_CONNECTED, and
	/// get_connected_host() is the target. In this order: ERR_CANT_RESOLVE: no such name, "*" or empty; nothing
	/// changes. ERR_ALREADY_IN_USE: status is not STATUS_NONE, nothing changes. ERR_INVALID_PARAMETER: port outside
	/// 1..65535, nothing changes. FAILED: no socket, the system refuses at once, or the bound family does not fit; closed.
	/// ERR_OUT_OF_MEMORY. The time it may take is read from the settings here. Origin: Godot StreamPeerTCP.connect_to_host.
	Error connect_to_host(const char *host, int port);
	/// The same with an address; ERR_INVALID_PARAMETER also for one that is not valid, or the wildcard. Never blocks.
	Error connect_to_host(const IPAddress &address, int port);
	/// The other end's address as text; "" when there is none. Origin: Godot StreamPeerTCP.get_connected_host.
	std::string get_connected_host() const;
	/// 0 when there is none. Origin: Godot StreamPeerTCP.get_connected_port.
	int get_connected_port() const { return remote_.port; }
	/// 0 when not open. Origin: Godot StreamPeerTCP.get_local_port.
	int get_local_port() const;
	/// Switches Nagle's algorithm off (true) or on, for this connection; call it after bind() or the call that connects.
	/// ERR_UNCONFIGURED: not open nor connecting, nothing changes. FAILED: the system refuses.
	/// Origin: Godot StreamPeerTCP.set_no_delay (which answers nothing).
	IgnorableError set_no_delay(bool enabled);

	// --- not in Godot ---

	/// Lets the system find out that a silent connection is dead: NetSocket::set_keep_alive(). Errors as set_no_delay();
	/// ERR_INVALID_PARAMETER: a negative number, nothing changes.
	Error set_keep_alive(bool enabled, int idle_s = 0, int interval_s = 0, int count = 0);
	/// connect_to_host() that never blocks: a name is looked up in the background, with STATUS_CONNECTING, and poll()
	/// answers ERR_CANT_RESOLVE if there is none. get_connected_host() is "" until then. The time for connecting includes
	/// the look-up. At once: ERR_ALREADY_IN_USE, ERR_INVALID_PARAMETER as connect_to_host(); ERR_CANT_RESOLVE: empty or
	/// "*"; ERR_BUSY: too many look-ups under way; nothing changes.
	Error connect_to_host_async_dns(const char *host, int port);
	/// connect_to_host_async_dns() that tries all addresses of a name, as RFC 8305 says: IPv4 and IPv6 in turn, the next one
	/// after 250 ms or when one fails; the first to connect wins. get_connected_host() is "" until then. Also
	/// ERR_ALREADY_IN_USE: bound (one local port cannot serve several attempts). ERR_OUT_OF_MEMORY.
	/// Call poll() at next_poll_time() at the latest, or attempts begin late.
	Error connect_to_host_any(const char *host, int port);
	/// The other end, as values; not valid and port 0 when there is none.
	const Endpoint &get_connected_endpoint() const { return remote_; }

private:
	friend class TCPServer;

	/// A connection that a server has accepted.
	void accept_socket(std::unique_ptr<NetSocket> socket, const Endpoint &remote);

	Error continue_connect(Instant now) override { return go_on(now); }
	void forget_target() override { forget(); }
	NetSocket *connecting_socket() const override;
	Instant next_connect_step() const override;

	NameLookup &names() const { return hooks_.names != nullptr ? *hooks_.names : system_name_lookup(); }
	Error check_target(int port) const;
	Error begin_named(const char *host, int port, bool all_addresses);
	Error open_for(const IPAddress &address);
	Error connect_to(const IPAddress &address, uint16_t port);
	Error go_on(Instant now);
	void forget();
	void end();

	Endpoint remote_;
	TcpOptions options_;
	struct RaceDeleter {
		void operator()(ConnectRace *race) const;
	};
	std::unique_ptr<ConnectRace, RaceDeleter> race_; // connect_to_host_any(): the addresses are known
	int lookup_ = -1;                                // a look-up under way
	uint16_t lookup_port_ = 0;
	bool wants_all_ = false;
};

} // namespace netpeer
