// NetSocket: bytes to and from the kernel. Knows handles and OS errors, nothing of protocols. Non-blocking always.
// This file: the interface and the replaceable factory; the UDP half. TCP and UDS follow with the stream classes.
#pragma once

#include "../core/allocator.h"
#include "../core/error_list.h"
#include "../core/instant.h"
#include "datagram_io.h"

#include <memory>

namespace netpeer {

/// Address families a socket accepts. Numbers are Godot's IP.Type.
enum class IPType : int { NONE = 0, IPV4 = 1, IPV6 = 2, ANY = 3 };

/// Datagrams that never reached the caller, and errors that did not end a call. All count up for the socket's life.
struct NetSocketCounters {
	uint64_t truncated = 0;   // longer than the slot: dropped
	uint64_t icmp_errors = 0; // refused, unreachable ... reported by the system for an earlier send
	uint64_t send_would_block = 0;
	uint64_t receive_calls = 0; // system calls
	uint64_t send_calls = 0;    // system calls
};

/// One UDP socket. Owner thread only. Closed by the destructor.
class NetSocket {
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
	/// Harmless when closed.
	virtual void close() = 0;
	virtual bool is_open() const = 0;
	/// The bound address and port; port 0 while the system has not chosen one. ERR_UNCONFIGURED when closed.
	virtual Error local_endpoint(Endpoint &out) = 0;

	/// Takes up to `count` datagrams into slots[0..received). OK with received >= 1; ERR_BUSY when nothing is waiting;
	/// ERR_UNCONFIGURED when closed; FAILED for an error that will not go away by itself. Datagrams longer than their
	/// slot are counted and skipped, ICMP errors are counted and do not end the pass. An empty datagram is a datagram.
	virtual Error receive_batch(DatagramSlot *slots, size_t count, size_t &received) = 0;
	/// Sends datagrams[0..sent). OK when all went; ERR_BUSY when the system has no room (sent < count: the rest was not
	/// sent); ERR_UNCONFIGURED when closed; for a datagram the system refuses (too long, no route, wrong family)
	/// FAILED with `sent` at its index, to be skipped or dropped by the caller. An error left over from an earlier
	/// datagram (ICMP) is counted and the datagram is tried again once.
	virtual Error send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) = 0;
	/// Sleeps until a datagram can be read or `timeout` has passed; a negative timeout is unlimited, zero does not
	/// sleep. OK: readable. ERR_BUSY: time is up. ERR_UNCONFIGURED, FAILED. Interrupted waits are resumed with the
	/// time that is left.
	virtual Error wait_readable(Duration timeout) = 0;

	/// ERR_UNCONFIGURED when closed; ERR_UNAVAILABLE on an IPv6-only socket; FAILED when the system refuses.
	virtual Error set_broadcasting_enabled(bool enabled) = 0;
	/// Asks for kernel buffers of these sizes, in bytes; 0 leaves one as it is. The system may grant less without an error.
	virtual Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes) = 0;

	virtual DatagramCaps caps() const = 0;
	/// Uses one system call per datagram from now on; for systems that lack batches, and for tests.
	virtual void disable_batching() = 0;
	virtual const NetSocketCounters &counters() const = 0;
	/// The system's number for the last failure that was translated to FAILED or ERR_UNAVAILABLE; 0 when none was.
	virtual int last_os_error() const = 0;
};

/// Makes NetSockets; replaceable by console ports and tests. May return null (no memory).
using NetSocketFactory = std::unique_ptr<NetSocket> (*)();

/// A closed socket from the current factory (BSD or Winsock by default); null when there is no memory.
std::unique_ptr<NetSocket> create_net_socket();
/// Replaces the process-wide factory (null restores the system's) and returns the former one. Set it at start-up.
NetSocketFactory set_net_socket_factory(NetSocketFactory factory);

} // namespace netpeer
