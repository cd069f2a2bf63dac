// UDPServer: many peers on one UDP socket, told apart by address and port. Godot's class of that name.
//
//     server.listen(4242); then each frame: server.poll(); while ((peer = server.take_connection()) != nullptr) ...
//
// SECURITY: a datagram's address may be forged; see packet_peer_udp.h. A "connection" is an address that has sent one.
#pragma once

#include "../core/random_source.h"
#include "packet_peer_udp.h"

#include <memory>

namespace netpeer {

/// What a test or an engine may replace; everything is borrowed and must outlive the server and its peers. Not in Godot.
struct UDPServerHooks {
	PacketPeerUDPHooks peers;       // of the server's socket, and of the peers it makes
	RandomSource *random = nullptr; // null: default_random(). For the secret of the peer table
};

/// Owner thread only, its peers included; no call blocks but wait(). stop() by the destructor. Peers and server may go in
/// any order. Origin: Godot UDPServer.
class UDPServer final : private PacketPeerUDP::Owner {
public:
	/// What set_max_pending_connections() begins with. Godot's number.
	static constexpr int kDefaultMaxPendingConnections = 16;

	UDPServer() : UDPServer(UDPServerHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit UDPServer(const UDPServerHooks &hooks) : hooks_(hooks) {}
	~UDPServer() { stop(); }
	UDPServer(const UDPServer &) = delete;
	UDPServer &operator=(const UDPServer &) = delete;

	/// Opens a socket as PacketPeerUDP::bind() does, and on BSD-like systems with SO_REUSEADDR. ERR_ALREADY_IN_USE:
	/// listening already. ERR_INVALID_PARAMETER: an address that is none, a port outside 0..65535 (Godot cuts it to 16
	/// bits). ERR_CANT_CREATE: no socket, or no entropy. ERR_OUT_OF_MEMORY. ERR_UNAVAILABLE: the system refuses address and port. On
	/// error the server does not listen. Origin: Godot UDPServer.listen.
	Error listen(int port, const char *bind_address = "*");
	/// Hands what the kernel has to the peers' queues, at most PacketPeerUDP::kMostPacketsPerPoll packets. From an unknown
	/// address it makes a pending connection that holds the packet, or drops it when get_max_pending_connections() wait
	/// already. ERR_UNCONFIGURED: not listening. FAILED: the system refuses. Origin: Godot UDPServer.poll.
	Error poll();
	/// Does not poll. Origin: Godot UDPServer.is_connection_available.
	bool is_connection_available() const { return !pending_.empty(); }
	/// Origin: Godot UDPServer.is_listening.
	bool is_listening() const { return socket_ != nullptr; }
	/// 0 when not listening. Origin: Godot UDPServer.get_local_port.
	int get_local_port() const;
	/// The connection whose first packet came first, with what has come since; null when none is pending. It sends from this
	/// server's port and receives when the server is polled. Keep it: when the last reference goes, or after its close(),
	/// the next datagram from its address makes a new connection. Origin: Godot UDPServer.take_connection.
	std::shared_ptr<PacketPeerUDP> take_connection();
	/// Closes the socket and every peer, taken or pending, with what they have queued. The server may listen again.
	/// Origin: Godot UDPServer.stop.
	void stop();
	/// How many connections may wait to be taken; 0 refuses new ones. Changing it loses none that wait already (raising it
	/// does in Godot). ERR_INVALID_PARAMETER: negative; nothing changes. Origin: Godot
	/// UDPServer.set_max_pending_connections, get_max_pending_connections.
	IgnorableError set_max_pending_connections(int count);
	/// Origin: Godot UDPServer.get_max_pending_connections.
	int get_max_pending_connections() const { return max_pending_; }

	// --- not in Godot ---

	/// Sleeps until the socket has something to poll or `timeout_ms` has passed; 0 does not sleep, negative is unlimited.
	/// OK, ERR_TIMEOUT, ERR_UNCONFIGURED: not listening, FAILED.
	Error wait(int timeout_ms);
	/// Pending and taken.
	size_t get_peer_count() const { return peers_.size(); }
	/// Packets from unknown addresses that were dropped: too many pending, or no memory. What did not fit into a peer's
	/// queue is counted there.
	uint64_t get_refused_packet_count() const { return refused_; }
	/// For an event loop of yours or a SocketWaiter; kNoSocketHandle when not listening. It stays the server's.
	SocketHandle native_handle() const;
	/// The system's number for the last failure; 0 when there was none.
	int last_os_error() const { return socket_ != nullptr ? socket_->last_os_error() : last_os_error_; }

private:
	NetSocket *shared_socket() const override { return socket_.get(); }
	void peer_closes(PacketPeerUDP &peer) override;

	const Allocator &memory() const;
	Error take_memory();
	void free_memory();
	PacketPeerUDP *find_peer(const Endpoint &from, uint64_t hash) const;
	PacketPeerUDP *add_peer(const Endpoint &from, uint64_t hash);
	void grow_table();
	void route(const DatagramSlot &slot);

	UDPServerHooks hooks_;
	std::unique_ptr<NetSocket> socket_; // null, or open
	IntrusiveList<PacketPeerUDP, &PacketPeerUDP::peers_hook_> peers_;
	IntrusiveList<PacketPeerUDP, &PacketPeerUDP::pending_hook_> pending_;
	PacketPeerUDP **buckets_ = nullptr;
	size_t bucket_count_ = 0; // a power of two
	uint8_t *arena_ = nullptr;
	HashKey key_;
	int max_pending_ = kDefaultMaxPendingConnections;
	uint64_t refused_ = 0;
	int last_os_error_ = 0;
};

} // namespace netpeer
