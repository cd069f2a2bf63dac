// Private: the thin layer over BSD sockets and Winsock. Handle type, error classes, address conversion and the single
// system calls the shared socket code is made of. Included by socket/platform/*.cpp only: it brings in OS headers.
#pragma once

#include "../../core/netpeer_config.h"
#include "../net_socket.h"

#if NETPEER_OS_WINDOWS
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <winsock2.h>

#include <ws2tcpip.h>
// Annotations of the Windows headers, spelled like enumerators of ours.
#undef IN
#undef OUT
#else
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#endif

#include <cstring>

namespace netpeer {

#if NETPEER_OS_WINDOWS
using OsSocket = SOCKET;
constexpr OsSocket kNoOsSocket = INVALID_SOCKET;
#else
using OsSocket = int;
constexpr OsSocket kNoOsSocket = -1;
#endif

/// What an OS error number means to a socket.
enum class OsFailure {
	kWouldBlock,   // nothing to read, no room to write, nobody to accept
	kNoMemory,     // the system is short of buffers; like kWouldBlock, it passes
	kInterrupted,  // by a signal; try again
	kNetwork,      // a router or the other end said no, perhaps to an earlier datagram; of an option: there is none
	kTooLong,      // the datagram does not fit
	kNoSuchCall,   // this kernel lacks the system call
	kNoSuchFamily, // ... or has no sockets of this kind
	kNoDescriptor, // the process or the system has as many as it may
	kInProgress,   // a connection is being made
	kNotConnected, // no connection, or not yet
	kAborted,      // gone before it was accepted
	kAddressInUse, // a port, or a path
	kNotPermitted,
	kNoSuchFile,
	kOther
};

/// Last error of this thread, as the system numbers it.
int os_last_error();
/// The one translation table of this platform.
OsFailure os_failure(int code);
/// Too few descriptors or too little memory, which says nothing about what a socket of another kind would meet.
inline bool os_is_short_of_resources(int code) {
	const OsFailure failure = os_failure(code);
	return failure == OsFailure::kNoDescriptor || failure == OsFailure::kNoMemory;
}

/// Socket address of either kind, large enough for both.
struct OsAddress {
	union {
		sockaddr any;
		sockaddr_in v4;
		sockaddr_in6 v6;
	};
	socklen_t size;

	OsAddress() { reset(); }
	/// Ready to be filled by the system.
	void reset() {
		v6 = sockaddr_in6{};
		size = static_cast<socklen_t>(sizeof(v6));
	}
	/// The same where it fills all that is read afterwards, or nothing: of no family then.
	void expect_sender() {
		any.sa_family = AF_UNSPEC;
		size = static_cast<socklen_t>(sizeof(v6));
	}
};

/// `local` allows the wildcard. False for an address that is not valid or that a socket of `type` cannot use. IPv4 on a
/// dual-stack socket becomes IPv4-mapped, which is how IPAddress holds it anyway.
bool os_address_from_endpoint(const Endpoint &endpoint, IPType type, bool local, OsAddress &out);
/// False for a family other than the two.
inline bool os_address_to_endpoint(const OsAddress &address, Endpoint &out) {
	if (address.any.sa_family == AF_INET) {
		uint8_t bytes[4];
		std::memcpy(bytes, &address.v4.sin_addr, sizeof(bytes));
		out.address.set_ipv4(bytes);
		out.port = ntohs(address.v4.sin_port);
		out.scope = 0;
		return true;
	}
	if (address.any.sa_family == AF_INET6) {
		uint8_t bytes[16];
		std::memcpy(bytes, &address.v6.sin6_addr, sizeof(bytes));
		out.address.set_ipv6(bytes);
		out.port = ntohs(address.v6.sin6_port);
		const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
		out.scope = link_local ? static_cast<uint32_t>(address.v6.sin6_scope_id) : 0;
		return true;
	}
	return false;
}

/// What a socket did with datagrams longer than the path before we changed it, in the system's own numbers.
struct OsFragmentation {
	bool known = false;
	int v4 = 0;
	int v6 = 0;
};

/// Holds Winsock open; nothing elsewhere. Winsock counts starts and cleanups itself, so each holder pairs its own.
class OsSocketLibrary {
public:
	OsSocketLibrary() = default;
	~OsSocketLibrary() { release(); }
	OsSocketLibrary(const OsSocketLibrary &) = delete;
	OsSocketLibrary &operator=(const OsSocketLibrary &) = delete;

	/// 0 or the system's error number.
	int acquire();
	void release();

private:
	bool held_ = false;
};

// The calls below answer 0 or the system's error number.

/// A non-blocking, close-on-exec socket of `family` and `kind` (SOCK_...) that raises no SIGPIPE where that can be said
/// of a socket. On failure `out` is closed.
int os_open_handle(int family, int kind, OsSocket &out);
/// The same of UDP; AF_INET6 sockets get `v6_only`.
int os_open_udp(int family, bool v6_only, OsSocket &out);
void os_close_socket(OsSocket handle);

/// The bound address; all zero bytes and port 0 while unbound.
int os_local_address(OsSocket handle, IPType type, OsAddress &out);
int os_bind(OsSocket handle, const OsAddress &local);

struct OsReceived {
	size_t size = 0;
	bool truncated = false;
	OsAddress from;
};
/// Takes one datagram. Interrupted calls are repeated here and below, so that nobody above knows of signals.
int os_receive_one(OsSocket handle, MutBytes buffer, OsReceived &out);
/// Sends one datagram.
int os_send_one(OsSocket handle, ByteView bytes, const OsAddress &to);
/// The same on a socket with a fixed other end.
int os_send_one(OsSocket handle, ByteView bytes);

struct OsReadiness {
	bool ready = false;         // as asked
	bool error_pending = false; // SO_ERROR has something to tell
};
/// Sleeps once, at most `timeout` (negative: unlimited) and perhaps less. Nothing set: time is up. Without a handle it
/// only sleeps.
int os_wait(OsSocket handle, PollType type, Duration timeout, OsReadiness &out);

/// setsockopt and getsockopt of an int.
int os_set_option(OsSocket handle, int level, int name, int value);
int os_get_option(OsSocket handle, int level, int name, int &value);

} // namespace netpeer
