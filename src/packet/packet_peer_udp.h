// PacketPeerUDP: datagrams to and from anybody, to and from one, or as one peer of a UDPServer. Godot's class of that name.
//
//     peer.bind(4242); then each frame: while (peer.get_available_packet_count() > 0) peer.get_packet(packet);
//     peer.set_dest_address("example.org", 4242); peer.put_packet(packet);
//
// SECURITY: anybody can send a datagram with anybody's address on it. connect_to_host() and a UDPServer's peers look at
// that address and at nothing else: they sort datagrams, they do not prove who sent them. Whatever matters needs TLS or
// DTLS, or a check of your own of every packet. Nothing is encrypted.
#pragma once

#include "../core/allocator.h"
#include "../core/byte_buffer.h"
#include "../core/clock.h"
#include "../core/instant.h"
#include "../core/intrusive_list.h"
#include "../socket/net_socket.h"
#include "datagram_ring.h"
#include "packet_peer.h"

#include <atomic>
#include <memory>
#include <string>

namespace netpeer {

class NameLookup;
class PacketPeerUDP;

/// What a test or an engine may replace; everything is borrowed and must outlive the peer. Not in Godot.
struct PacketPeerUDPHooks {
	Clock *clock = nullptr;               // null: system_clock(). For timeouts
	NameLookup *names = nullptr;          // null: system_name_lookup()
	const Allocator *allocator = nullptr; // null: default_allocator(). For the queue and the copies of get_packet()
};

/// Owner thread only, but for cancel(). Only wait(), put_packet() in blocking mode, and name look-ups block. Closed by the
/// destructor. Takes memory for its queue with the first datagram, and none for another one of the same sizes.
/// Origin: Godot PacketPeerUDP.
class PacketPeerUDP : public PacketPeer {
public:
	/// What Godot calls the receive buffer, in bytes; each packet costs DatagramRing::kRecordBytes besides its own.
	static constexpr int kDefaultReceiveBuffer = 65536;

	PacketPeerUDP() : PacketPeerUDP(PacketPeerUDPHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit PacketPeerUDP(const PacketPeerUDPHooks &hooks);
	~PacketPeerUDP() override;

	/// Opens a socket on an IP literal of the machine's (names are not resolved) or on "*": all of them, IPv4 and IPv6
	/// (IPv4 where there is no IPv6); "0.0.0.0" and "::" are one family each. Bound to one address it hears neither broadcasts
	/// nor groups on Linux. Port 0 asks for an ephemeral one. What is
	/// sent leaves from there too. The queue holds packets while 24 bytes and the payload of each add up to less than the
	/// smallest power of two above `recv_buf_size`; a packet that does not fit is dropped and counted, a shorter one behind
	/// it may still fit. ERR_ALREADY_IN_USE: open already, or a peer of a UDPServer. ERR_INVALID_PARAMETER: an address that
	/// is neither, a port outside 0..65535, a negative size. ERR_CANT_CREATE: no socket. ERR_UNAVAILABLE: the system
	/// refuses address and port (in use, not ours, not permitted). On error nothing is open. Origin: Godot
	/// PacketPeerUDP.bind.
	Error bind(int port, const char *bind_address = "*", int recv_buf_size = kDefaultReceiveBuffer);
	/// Closes the socket, which ends multicast memberships, and drops what is queued. A UDPServer's peer leaves the server:
	/// the next datagram from its address is a new connection. Destination, broadcast flag and the settings below stay, so
	/// a later put_packet() opens a new socket. Harmless when closed. Origin: Godot PacketPeerUDP.close.
	void close();
	/// Fixes the other end, opening a socket for its family if there is none: only its datagrams arrive, all go to it.
	/// Again for another one; what is queued is dropped each time. A literal or a name, which is looked up and may block.
	/// This is no protection against forged senders (see above). ICMP errors show from now on: put_packet() answers FAILED,
	/// or get_available_packet_count() -1, once each, and everything goes on. ERR_LOCKED: a peer of a UDPServer.
	/// ERR_INVALID_PARAMETER: port outside 1..65535, no or an empty host, "*". ERR_CANT_RESOLVE: no address (Godot takes
	/// literals only). ERR_CANT_OPEN: no socket. FAILED: wrong family for the bound socket, or the system refuses; the peer
	/// is closed then. Origin: Godot PacketPeerUDP.connect_to_host.
	Error connect_to_host(const char *host, int port);
	/// Origin: Godot PacketPeerUDP.is_socket_connected.
	bool is_socket_connected() const { return connected_; }
	/// Whether there is a socket: after bind(), connect_to_host(), the first put_packet(), join_multicast_group().
	/// Origin: Godot PacketPeerUDP.is_bound.
	bool is_bound() const { return active_socket() != nullptr; }
	/// Where put_packet() sends to: a literal or a name, which is looked up and may block. A link-local IPv6 address belongs
	/// to the interface the packet last taken came in by if that is its sender's, and else to the one the system chooses;
	/// so does connect_to_host(), which the system may refuse then. OK without any effect with a fixed other end. ERR_INVALID_PARAMETER: port outside 1..65535 (Godot takes any), null. ERR_CANT_RESOLVE: no address.
	/// Nothing changes on error. Origin: Godot PacketPeerUDP.set_dest_address.
	Error set_dest_address(const char *host, int port);
	/// @{
	/// Sender of the packet last taken, or the other end after connect_to_host(); "" and 0 before. Kept by close().
	/// Origin: Godot PacketPeerUDP.get_packet_ip, get_packet_port.
	std::string get_packet_ip() const;
	int get_packet_port() const { return packet_from_.port; }
	/// @}
	/// 0 when not open; a UDPServer's peer answers the server's. Origin: Godot PacketPeerUDP.get_local_port.
	int get_local_port() const;
	/// Sleeps in the kernel until a packet is queued or waits at the socket, or `timeout_ms` has passed; negative is
	/// unlimited, 0 does not sleep. OK. ERR_TIMEOUT. ERR_SKIP: cancel(). ERR_UNCONFIGURED: not open. FAILED: an ICMP error
	/// with a fixed other end (once), or the system refuses. A UDPServer's peer waits for the server's socket: poll the
	/// server then. Origin: Godot PacketPeerUDP.wait; time limit and cancel() are ours, and so is OK with a packet queued.
	Error wait(int timeout_ms = -1);
	/// Whether datagrams may go to broadcast addresses; off at first. For now and for sockets opened later. To a subnet's
	/// address they leave by that subnet; to 255.255.255.255 by the interface whose address bind() was given, else by the
	/// system's default route, and without one put_packet() is FAILED. To reach all nets, send from each address. ERR_LOCKED,
	/// nothing changes: a peer of a UDPServer. ERR_UNAVAILABLE: the socket is IPv6 only. FAILED: the system refuses.
	/// Origin: Godot PacketPeerUDP.set_broadcast_enabled.
	IgnorableError set_broadcast_enabled(bool enabled);
	/// Joins a group, an IP literal, on the interface of that name (InterfaceInfo::name). One call for each interface;
	/// what the memberships of other sockets bring in is not heard (NetSocket::join_multicast_group() says how far).
	/// Opens a socket for the group's family if there is none, but that one has a port of the system's choice: bind()
	/// first. ERR_LOCKED: a peer of a UDPServer. ERR_INVALID_PARAMETER: not an address, no such interface (Godot takes any
	/// name for IPv6), no IPv4 address on it for an IPv4 group, wrong family for the socket. FAILED: no socket, or the
	/// system refuses: no multicast address, joined there already. Origin: Godot PacketPeerUDP.join_multicast_group.
	Error join_multicast_group(const char *multicast_address, const char *interface_name);
	/// The reverse. ERR_UNCONFIGURED: not open. FAILED: not joined there. Else as above. Origin: Godot
	/// PacketPeerUDP.leave_multicast_group.
	Error leave_multicast_group(const char *multicast_address, const char *interface_name);
	/// With true, the default, put_packet() sleeps in the kernel while that has no room (Godot spins); with false it
	/// answers ERR_BUSY. Origin: Godot PacketPeerUDP.set_blocking_mode (C++).
	void set_blocking_mode(bool enabled) { blocking_ = enabled; }

	// put_packet(), as documented in PacketPeer, and: ERR_UNCONFIGURED: no destination. ERR_BUSY: see set_blocking_mode().
	// ERR_SKIP: cancel(). FAILED: no socket, longer than 65507 bytes (65527 to IPv6), a broadcast address without
	// set_broadcast_enabled(), a destination of a family this socket cannot use, no route; with a fixed other end also an
	// ICMP error for an earlier packet, once: this one was not sent.
	// get_packet(), likewise: asks the kernel when nothing is queued. FAILED: not open, or an ICMP error with a fixed other
	// end (once). ERR_OUT_OF_MEMORY: no room for the copy (the packet stays queued) or for the queue (it stays in the
	// kernel).

	/// Asks the kernel for all it has, then counts; a UDPServer's peer only counts. -1: not open, or where poll() fails.
	/// Right after a packet was taken it only counts while others are queued, so that a loop that counts before it takes
	/// costs no system call for each packet; the next one in a row asks again.
	/// Origin: Godot PacketPeerUDP.get_available_packet_count, which asks each time.
	int get_available_packet_count() const override;
	/// 512, Godot's number; longer packets can be sent and received. Origin: Godot PacketPeer.get_max_packet_size (C++).
	int get_max_packet_size() const override { return 512; }

	// --- not in Godot ---

	/// Moves what the kernel has into the queue, at most kMostPacketsPerPoll packets. OK also on a UDPServer's peer, where
	/// only the server's poll() does that. ERR_UNCONFIGURED: not open. ERR_OUT_OF_MEMORY: no queue; nothing is lost.
	/// FAILED: an ICMP error with a fixed other end (once), or the system refuses; what has come is queued.
	Error poll();
	/// A flood must not keep poll() from returning.
	static constexpr int kMostPacketsPerPoll = 65536;
	/// Packets queued; never asks the kernel.
	int get_queued_packet_count() const { return static_cast<int>(ring_.count()); }
	/// get_packet() without the copy: the packet in the queue's own memory, until the next call of this object or its
	/// server. Errors as get_packet(); get_packet_error() does not change.
	Error get_packet_view(ByteView &packet);
	/// Packets that were there and did not fit into the queue, since this object was made. What the kernel dropped before
	/// is unknown here.
	uint64_t get_dropped_packet_count() const { return dropped_; }
	/// Sends a datagram without bytes, which put_packet() does not. Errors as put_packet().
	Error send_empty_packet() { return send_datagram(ByteView()); }
	/// get_packet_ip() and get_packet_port() without text, and with the interface of a link-local sender; not valid before.
	const Endpoint &get_packet_endpoint() const { return packet_from_; }
	/// set_dest_address() without text. ERR_INVALID_PARAMETER: port 0, or an address that is not valid.
	Error set_dest_endpoint(const Endpoint &destination);
	/// Any thread, while the peer lives. Ends the wait() or the blocking put_packet() under way, or the next one that would
	/// have to wait, within kCancelLatencyMs: it answers ERR_SKIP. close() forgets it.
	void cancel() { cancelled_.store(true, std::memory_order_release); }
	/// How long a call may go on after cancel(), in milliseconds.
	static constexpr int kCancelLatencyMs = 100;

	// For now and for sockets opened later, but for a UDPServer's peer: ERR_LOCKED.

	/// @{
	/// Asks for kernel buffers of that many bytes; 0 leaves the system's choice. ERR_INVALID_PARAMETER: negative.
	/// FAILED: the system refuses.
	Error set_kernel_recv_buffer(int bytes);
	Error set_kernel_send_buffer(int bytes);
	/// @}
	/// Where datagrams to groups leave; "" for the system's choice. ERR_INVALID_PARAMETER: no such interface, or none of the
	/// socket's family on it. FAILED: the system refuses.
	Error set_multicast_interface(const char *interface_name);
	/// As NetSocket::set_multicast_ttl(): 1 at first. ERR_INVALID_PARAMETER outside 0..255. FAILED.
	Error set_multicast_ttl(int hops);
	/// As NetSocket::set_multicast_loopback(): on at first. FAILED.
	Error set_multicast_loopback(bool enabled);
	/// @{
	/// For sockets that bind() opens later: the port may be shared (SO_REUSEADDR on BSD-like systems, SO_REUSEPORT;
	/// NetSocket says what they mean). Where the system lacks it, bind() goes on without.
	void set_reuse_address_enabled(bool enabled) { reuse_address_ = enabled; }
	void set_reuse_port_enabled(bool enabled) { reuse_port_ = enabled; }
	/// @}
	/// For an event loop of yours or a SocketWaiter; kNoSocketHandle when not open. It stays this object's or the server's.
	SocketHandle native_handle() const;
	/// The system's number for the last failure; 0 when there was none.
	int last_os_error() const;

private:
	friend class UDPServer;

	/// Whose socket a peer uses that has none of its own.
	class Owner {
	public:
		virtual NetSocket *shared_socket() const = 0;
		/// `peer` is about to leave.
		virtual void peer_closes(PacketPeerUDP &peer) = 0;

	protected:
		~Owner() = default;
	};

	Error take_packet(ByteView &packet) override;
	Error send_packet(ByteView packet) override { return send_datagram(packet); }

	Clock &clock() const { return hooks_.clock != nullptr ? *hooks_.clock : system_clock(); }
	NetSocket *active_socket() const { return owner_ != nullptr ? owner_->shared_socket() : socket_.get(); }
	Error resolve(const char *host, int port, Endpoint &out) const;
	Error open_socket(IPType type);
	Error change_membership(const char *group, const char *interface_name, bool join);
	Error send_datagram(ByteView packet);
	Error receive_all() const;
	bool take_icmp_report() const;
	Error next_packet();
	Error sleep(PollType type, int timeout_ms);
	void detach();

	PacketPeerUDPHooks hooks_;
	std::unique_ptr<NetSocket> socket_; // null, or open
	Owner *owner_ = nullptr;
	// Counting packets asks the kernel, and is const in every PacketPeer.
	mutable DatagramRing ring_;
	mutable uint64_t dropped_ = 0;
	mutable uint64_t seen_truncated_ = 0; // of socket_'s counters
	mutable uint64_t seen_icmp_errors_ = 0;
	mutable bool just_took_ = false; // a packet, and nobody has counted since
	ByteBuffer packet_;
	Endpoint packet_from_;
	Endpoint destination_;
	Endpoint remote_; // while connected_: as the system names it
	int last_os_error_ = 0;
	int kernel_recv_buffer_ = 0;
	int kernel_send_buffer_ = 0;
	int multicast_ttl_ = -1; // negative: never set
	MulticastInterface multicast_interface_;
	bool multicast_loopback_ = true;
	bool connected_ = false;
	bool blocking_ = true;
	bool broadcast_ = false;
	bool reuse_address_ = false;
	bool reuse_port_ = false;
	std::atomic<bool> cancelled_{false};

	// Of the UDPServer.
	PacketPeerUDP *next_in_bucket_ = nullptr;
	uint64_t endpoint_hash_ = 0;
	ListHook<PacketPeerUDP> peers_hook_;
	ListHook<PacketPeerUDP> pending_hook_;
	std::shared_ptr<PacketPeerUDP> pending_self_; // until it is taken
};

} // namespace netpeer
