// NetSocket: bytes to and from the kernel. Knows handles and OS errors, nothing of protocols. Non-blocking always.
// This file: the interface and the replaceable factory. A port without TCP or Unix sockets overrides the calls for
// datagrams only: the others answer ERR_UNAVAILABLE by themselves. Those bodies stand here and not in the .cpp: a class
// derived in code built with RTTI could not find our type information in a file built without.
#pragma once

#include "../core/allocator.h"
#include "../core/error_list.h"
#include "../core/hooks.h"
#include "../core/instant.h"
#include "../core/library_object.h"
#include "datagram_io.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace netpeer {

/// Address families a socket accepts. Numbers are Godot's IP.Type.
enum class IPType : int { NONE = 0, IPV4 = 1, IPV6 = 2, ANY = 3 };

/// A descriptor, or a Winsock SOCKET, as a number.
using SocketHandle = std::intptr_t;
constexpr SocketHandle kNoSocketHandle = -1; // no socket

/// Datagrams that never reached the caller, and errors that did not end a call. All count up for the socket's life.
struct NetSocketCounters {
	uint64_t truncated = 0;        // longer than the slot: dropped
	uint64_t icmp_errors = 0;      // refused, unreachable ... reported by the system for an earlier send
	uint64_t send_would_block = 0; // sends answered with ERR_BUSY
	uint64_t receive_calls = 0;    // system calls
	uint64_t send_calls = 0;       // system calls
};

/// What wait() waits for. Numbers are Godot's NetSocket.PollType.
enum class PollType : int { POLL_TYPE_IN = 0, POLL_TYPE_OUT = 1, POLL_TYPE_IN_OUT = 2 };
/// Whether it is one of these: bindings hand on whatever number a script has given.
constexpr bool is_known(PollType type) { return static_cast<unsigned>(type) <= 2; }

/// Which half of a stream shutdown() ends.
enum class ShutdownHalf : int { RECEIVE = 0, SEND = 1, BOTH = 2 };
/// Whether it is one of these, for the same reason.
constexpr bool is_known(ShutdownHalf half) { return static_cast<unsigned>(half) <= 2; }

/// A local interface as multicast calls need it: IPv6 goes by its index, IPv4 by an IPv4 address it has, and on Linux by
/// the index as well: two interfaces may have one address. Index 0 and an address that is not valid leave the choice to
/// the system where a call allows that.
struct MulticastInterface {
	uint32_t index = 0; // the system's number, from 1; 0: the system chooses
	IPAddress ipv4;     // one of its addresses; not valid: the system chooses
};

/// One UDP, TCP or Unix stream socket. Owner thread only. Closed by the destructor. To a call that the kind of socket does
/// not have (datagrams on a stream, a stream's calls on UDP, paths on TCP) it answers as when closed, ERR_UNCONFIGURED; an
/// address on a Unix socket is ERR_INVALID_PARAMETER.
class NetSocket : public LibraryObject {
public:
	virtual ~NetSocket() = default;

	/// Opens a non-blocking, close-on-exec UDP socket with broadcasting off. ANY is dual-stack (IPv6 with v6-only off)
	/// and falls back to IPv4 where IPv6 is off; `type` then says IPV4.
	/// ERR_ALREADY_IN_USE when open; ERR_INVALID_PARAMETER for NONE or an unknown type; FAILED when the system refuses.
	virtual Error open_udp(IPType &type) = 0;
	/// Binds to the wildcard or a valid address of the socket's family; port 0 asks for an ephemeral one.
	/// ERR_UNCONFIGURED when closed; ERR_INVALID_PARAMETER for an invalid address or the wrong family (stays open);
	/// ERR_UNAVAILABLE when the system refuses, e.g. port in use (the socket is closed).
	virtual Error bind(const Endpoint &local) = 0;
	/// Opens a non-blocking, close-on-exec TCP socket that never raises SIGPIPE; otherwise as open_udp().
	virtual Error open_tcp(IPType & /*type*/) { return Error::ERR_UNAVAILABLE; }
	/// Opens a non-blocking, close-on-exec Unix stream socket that never raises SIGPIPE. ERR_ALREADY_IN_USE when open;
	/// ERR_UNAVAILABLE where the system has none; FAILED when it refuses.
	virtual Error open_unix() { return Error::ERR_UNAVAILABLE; }
	/// Binds a Unix socket to `path`, which appears as a file until close(). A socket file nobody listens on is removed
	/// first, and close() removes the file only while it is still this socket's. A path has at most 106 bytes on Linux and
	/// Windows (where it is UTF-8), 102 on macOS and the BSDs. ERR_UNCONFIGURED when closed or no Unix socket; ERR_INVALID_PARAMETER for an empty or too long path, one
	/// with a zero byte inside, or an abstract name (leading zero byte) (stays open); ERR_ALREADY_EXISTS for a file of
	/// another kind; ERR_ALREADY_IN_USE when somebody listens there; ERR_UNAUTHORIZED without permission; FAILED when
	/// the stale file cannot be removed; ERR_OUT_OF_MEMORY; else ERR_UNAVAILABLE. All but ERR_INVALID_PARAMETER close the socket.
	virtual Error bind_path(std::string_view /*path*/) { return Error::ERR_UNAVAILABLE; }
	/// ERR_UNCONFIGURED when closed; FAILED when the system refuses (the socket is closed).
	virtual Error listen(int /*backlog*/) { return Error::ERR_UNAVAILABLE; }
	/// Takes the oldest finished connection: an open, non-blocking socket, and where it comes from (left as it is for
	/// Unix sockets). ERR_BUSY when none is waiting or it was reset meanwhile; ERR_UNCONFIGURED when closed;
	/// ERR_CANT_ACQUIRE_RESOURCE when the process or the system is out of descriptors or memory (the connection stays
	/// queued); FAILED otherwise.
	virtual Error accept(std::unique_ptr<NetSocket> & /*out*/, Endpoint & /*remote*/) { return Error::ERR_UNAVAILABLE; }
	/// Starts a connection. OK: done already; ERR_BUSY: under way, see connect_result(). ERR_UNCONFIGURED when closed;
	/// ERR_INVALID_PARAMETER for an invalid address, the wrong family or port 0 (stays open); else the socket is closed
	/// and the answer is FAILED.
	virtual Error connect(const Endpoint & /*remote*/) { return Error::ERR_UNAVAILABLE; }
	/// The same for a Unix socket; ERR_BUSY also when the server's queue is full: call it again later.
	virtual Error connect_path(std::string_view /*path*/) { return Error::ERR_UNAVAILABLE; }
	/// How a connection under way stands. Never blocks. OK: connected; ERR_BUSY: not decided; ERR_UNCONFIGURED when
	/// closed; FAILED: it did not come about (refused, unreachable ...: last_os_error()); the socket stays open.
	virtual Error connect_result() { return Error::ERR_UNAVAILABLE; }
	/// One attempt to send; never raises SIGPIPE. OK with 1 <= sent <= size (0 for no bytes); ERR_BUSY when the system
	/// has no room; ERR_UNCONFIGURED when closed; ERR_OUT_OF_MEMORY when the system is short of buffers; FAILED: the
	/// connection is broken. `sent` is 0 on every error.
	virtual Error send(ByteView /*bytes*/, size_t &sent) {
		sent = 0;
		return Error::ERR_UNAVAILABLE;
	}
	/// One attempt to receive. OK with received >= 1 (0 for no room in `buffer`); ERR_FILE_EOF at the end of the
	/// stream; ERR_BUSY when nothing is waiting; ERR_UNCONFIGURED, ERR_OUT_OF_MEMORY, FAILED as send().
	virtual Error receive(MutBytes /*buffer*/, size_t &received) {
		received = 0;
		return Error::ERR_UNAVAILABLE;
	}
	/// @{
	/// send() and receive() for callers that want to wait: where it saves calls they sleep in the kernel, at most
	/// kPatience, until something can be moved. ERR_BUSY: nothing could, perhaps at once; wait() is the way to sleep on.
	/// After one of them the handle itself may be in blocking mode; no other call here depends on that.
	virtual Error send_patiently(ByteView bytes, size_t &sent) { return send(bytes, sent); }
	virtual Error receive_patiently(MutBytes buffer, size_t &received) { return receive(buffer, received); }
	/// @}
	/// How long those two sleep at most.
	static constexpr Duration kPatience = Duration::from_ms(100);
	/// Ends one half or both. ERR_UNCONFIGURED when closed; ERR_INVALID_PARAMETER for an unknown half; FAILED when the system
	/// refuses, e.g. not connected.
	virtual Error shutdown(ShutdownHalf /*half*/) { return Error::ERR_UNAVAILABLE; }
	/// Bytes that can be received without waiting; -1 when closed or the system does not say.
	virtual int available_bytes() const { return -1; }
	/// The other end. ERR_UNCONFIGURED when closed; ERR_UNAVAILABLE on a Unix socket; FAILED when not connected.
	virtual Error remote_endpoint(Endpoint & /*out*/) const { return Error::ERR_UNAVAILABLE; }

	/// Harmless when closed.
	virtual void close() = 0;
	virtual bool is_open() const = 0; // between an open_*() and close()
	/// The bound address and port; port 0 while the system has not chosen one. ERR_UNCONFIGURED when closed;
	/// ERR_UNAVAILABLE on a Unix socket.
	virtual Error local_endpoint(Endpoint &out) = 0;

	/// Takes up to `count` datagrams into slots[0..received). OK with received >= 1; ERR_BUSY when nothing is waiting;
	/// ERR_UNCONFIGURED when closed; FAILED for an error that will not go away by itself. Datagrams longer than their
	/// slot are counted and skipped, ICMP errors are counted and do not end the pass. An empty datagram is a datagram.
	virtual Error receive_batch(DatagramSlot *slots, size_t count, size_t &received) = 0;
	/// Sends datagrams[0..sent). OK when all went; ERR_BUSY when the system has no room (sent < count: the rest was not
	/// sent); ERR_UNCONFIGURED when closed; for a datagram the system refuses (too long, no route, wrong family)
	/// FAILED with `sent` at its index, to be skipped or dropped by the caller. An error left over from an earlier
	/// datagram (ICMP) is counted and the datagram is tried again once. After connect_udp() all go to the one remote,
	/// whatever their `to` says, and a leftover error is counted and answered with FAILED: that datagram was not sent.
	virtual Error send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) = 0;
	/// Sleeps until a datagram can be read or `timeout` has passed; a negative timeout is unlimited, zero does not
	/// sleep. OK: readable. ERR_BUSY: time is up. ERR_UNCONFIGURED, FAILED. Interrupted waits are resumed with the
	/// time that is left.
	virtual Error wait_readable(Duration timeout) = 0;

	/// Sleeps until the socket is ready as `type` says or `timeout` has passed; a negative timeout is unlimited, zero
	/// does not sleep. OK: ready (the end of a stream, a waiting connection and a decided connect are readiness).
	/// ERR_BUSY: time is up. ERR_UNCONFIGURED when closed. ERR_INVALID_PARAMETER, at once, for an unknown type. FAILED: the
	/// connection is broken; the error stays for the next
	/// send() or receive() to tell, and bytes that came before it can still be received where the system kept them (Windows
	/// may answer OK here and tell it there). A Unix connect that met a full queue wakes with OK every few ms, to be tried
	/// again. Interrupted waits are resumed with the time that is left.
	virtual Error wait(PollType type, Duration timeout) {
		return type == PollType::POLL_TYPE_IN ? wait_readable(timeout) : Error::ERR_UNAVAILABLE;
	}

	/// Nagle's algorithm off. ERR_UNCONFIGURED when closed; FAILED when refused, e.g. not a TCP socket. So the next three.
	virtual Error set_no_delay(bool /*enabled*/) { return Error::ERR_UNAVAILABLE; }
	/// Lets the system probe a silent connection: after `idle_s` seconds, every `interval_s`, `count` times. Values of 0
	/// keep the system's own, too large ones are cut; what a system cannot set is left as it is. ERR_INVALID_PARAMETER for
	/// negative values.
	virtual Error set_keep_alive(bool /*enabled*/, int /*idle_s*/ = 0, int /*interval_s*/ = 0, int /*count*/ = 0) {
		return Error::ERR_UNAVAILABLE;
	}
	/// Before bind(). On BSD-like systems SO_REUSEADDR; on Windows, where that would share the port with anybody, `true`
	/// is the default behaviour and `false` likewise: the call changes nothing there.
	virtual Error set_reuse_address(bool /*enabled*/) { return Error::ERR_UNAVAILABLE; }
	/// Before bind(): several sockets may have this port if all ask for it (SO_REUSEPORT; on Windows SO_REUSEADDR).
	/// ERR_UNAVAILABLE where the system has no such thing.
	virtual Error set_reuse_port(bool /*enabled*/) { return Error::ERR_UNAVAILABLE; }
	/// The system's handle for an event loop of yours or a SocketWaiter; kNoSocketHandle when closed. It stays this object's.
	virtual SocketHandle native_handle() const { return kNoSocketHandle; }

	/// ERR_UNCONFIGURED when closed; ERR_UNAVAILABLE on an IPv6-only socket; FAILED on a stream or when the system refuses.
	virtual Error set_broadcasting_enabled(bool enabled) = 0;
	/// Asks for kernel buffers of these sizes, in bytes; 0 leaves one as it is. The system may grant less without an error.
	virtual Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes) = 0;

	/// Fixes the other end of a UDP socket: from now on only its datagrams arrive (what the system holds already still
	/// does) and all go to it. An unbound socket gets an ephemeral port. May be repeated for another one; the port of a
	/// socket that was never bound may then change. ICMP errors are reported on such a socket: the next receive_batch() counts
	/// and skips them, the next send_batch() fails. ERR_UNCONFIGURED when closed or no UDP socket; ERR_INVALID_PARAMETER
	/// for an invalid address, the wrong family or port 0 (nothing changes); FAILED when the system refuses: the socket
	/// stays open and has no fixed other end.
	virtual Error connect_udp(const Endpoint & /*remote*/) { return Error::ERR_UNAVAILABLE; }
	/// Takes that back. OK also when there was none; ERR_UNCONFIGURED, FAILED as above.
	virtual Error disconnect_udp() { return Error::ERR_UNAVAILABLE; }

	/// What becomes of datagrams from now on that are longer than the path carries. On Linux kNever and kAllowed set and clear
	/// IPv4's "don't fragment" whatever the system knows of the path; IPv6, which only senders fragment, is cut at 1280
	/// bytes by kAllowed. On Windows and the BSDs kNever sets that flag and both others leave it off, as those systems do.
	/// kAsSystem is what the socket was opened with. ERR_UNCONFIGURED when closed or no UDP socket; ERR_UNAVAILABLE where the
	/// system has no such thing; FAILED when it refuses.
	virtual Error set_fragmentation(Fragmentation /*fragmentation*/) { return Error::ERR_UNAVAILABLE; }

	/// Joins a group on one interface; on a dual-stack socket IPv4 groups too. On Linux a socket hears only groups it has
	/// joined itself (IPv6: from kernel 4.20 on), and IPv4 ones only from the interfaces it has joined them on; an IPv6
	/// one it has joined may also come in where another socket has joined it. Elsewhere the system's own rule holds.
	/// ERR_UNCONFIGURED when closed or no UDP socket; ERR_INVALID_PARAMETER for an invalid address, a group of a family the
	/// socket cannot use, or no IPv4 address in `on` for an IPv4 group; FAILED when the system refuses: no multicast
	/// address, joined there already, no such interface. Memberships end with the socket.
	virtual Error join_multicast_group(const IPAddress & /*group*/, const MulticastInterface & /*on*/) {
		return Error::ERR_UNAVAILABLE;
	}
	/// The reverse, with the same errors; FAILED when not joined there.
	virtual Error leave_multicast_group(const IPAddress & /*group*/, const MulticastInterface & /*on*/) {
		return Error::ERR_UNAVAILABLE;
	}
	/// Where datagrams to groups leave, for every family of the socket that `out` names one for; the system's choice again
	/// for a default `out`. ERR_UNCONFIGURED as above; ERR_INVALID_PARAMETER when `out` names nothing for an IPv4-only
	/// or IPv6-only socket but something for the other family; FAILED when the system refuses.
	virtual Error set_multicast_interface(const MulticastInterface & /*out*/) { return Error::ERR_UNAVAILABLE; }
	/// How many routers datagrams to groups may pass, 0..255: 0 stays on the machine, 1 (the default) on the local net.
	/// ERR_UNCONFIGURED as above; ERR_INVALID_PARAMETER outside; FAILED.
	virtual Error set_multicast_ttl(int /*hops*/) { return Error::ERR_UNAVAILABLE; }
	/// Whether groups joined on this machine hear what this socket sends them; on by default. On Windows it is the
	/// receiving socket whose setting counts. ERR_UNCONFIGURED as above; FAILED.
	virtual Error set_multicast_loopback(bool /*enabled*/) { return Error::ERR_UNAVAILABLE; }

	/// What this socket can do on this system.
	virtual DatagramCaps caps() const = 0;
	/// Uses one system call per datagram from now on; for systems that lack batches, and for tests.
	virtual void disable_batching() = 0;
	/// Since the socket was made.
	virtual const NetSocketCounters &counters() const = 0;
	/// The system's number for the last failure that was translated to FAILED or ERR_UNAVAILABLE; 0 when none was.
	virtual int last_os_error() const = 0;
};

/// Makes NetSockets; replaceable by console ports and tests. May return null (no memory).
using NetSocketFactory = std::unique_ptr<NetSocket> (*)();

/// A closed socket from the current factory, by default one on the socket hooks or, without, on BSD sockets or Winsock; null when
/// there is no memory.
std::unique_ptr<NetSocket> create_net_socket();
/// Replaces the process-wide factory (null restores the default) and returns the former one. Set it at start-up.
NetSocketFactory set_net_socket_factory(NetSocketFactory factory);

/// What the library does by itself, as a table for set_hooks(): to replace a call or two, to count, to log. Every function of it
/// may be called from functions of yours, with any `user`; handles are its own, not the system's. It takes memory
/// for each socket, and to poll several at once; and it sends one datagram per system call.
SocketHooks system_socket_hooks();

} // namespace netpeer
