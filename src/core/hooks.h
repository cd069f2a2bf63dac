// Hooks: everything the library takes from its surroundings besides the clock, in one place to be replaced: memory, the log,
// broken invariants, random bytes, the resolver's threads, sockets. For engines that keep books of their memory, and for
// consoles.
//
// Plain functions with a user pointer and plain types, so that C can fill them. Whole groups are replaced: one whose
// functions are all null keeps what the library does by itself.
//
// What stays outside:
// - std::string and std::vector that a call returns, fills or takes are the caller's, from operator new, as everywhere in C++: the
//   texts of StreamPeer::get_string() and its like, of get_connected_host(), get_packet_ip(), get_remote_address(),
//   resolve_hostname() and get_resolve_item_address(), PEM texts and descriptions of certificates, the lists of
//   IP::get_local_interfaces() and ENetConnection::get_peers(). Most have a sibling that fills memory of yours or gives a value
//   (get_string_bytes(), get_packet_endpoint(), resolve_addresses() ...). The library itself calls none of them.
// - mbedTLS asks calloc() itself where it was built without MBEDTLS_PLATFORM_MEMORY, as Debian's was. With it, it takes memory from
//   the hooks in force when TLS is first used, to the end of the process, uncounted. zlib always does; zstd never, because
//   its function for that is there for static linking only.
// - Locks, the clock, and files (certificates, keys) are the system's.
#pragma once

#include "error_list.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

/// Memory for everything that gets no Allocator of its own (those of a host, a connection, a codec ... are in their configs
/// and go first). allocate() and reallocate() may answer null: every caller copes. Called by every thread that uses the
/// library, the resolver's included. `alignment` is a power of two and at present always alignof(std::max_align_t).
struct MemoryHooks {
	void *user = nullptr; // handed to every call; the library never looks at it
	/// `bytes` of memory, aligned to `alignment`, or null when there is none. What is in it does not matter.
	void *(*allocate)(void *user, size_t bytes, size_t alignment) = nullptr;
	/// `old_bytes` is what was asked for before; contents up to the smaller size are kept; on failure `block` stays valid.
	/// Null is allowed: then the library allocates, copies and frees.
	void *(*reallocate)(void *user, void *block, size_t old_bytes, size_t new_bytes, size_t alignment) = nullptr;
	/// `bytes` is what was asked for. `block` is never null.
	void (*release)(void *user, void *block, size_t bytes, size_t alignment) = nullptr;
};

/// Messages of objects whose config names no LogSink. `level`: 0 error, 1 warning, 2 information, 3 debugging. `text` is one
/// line of UTF-8 without a line end, valid during the call. By default they are dropped. Called by the thread that made the
/// mistake the message is about.
struct LogHooks {
	void *user = nullptr; // handed to every call; the library never looks at it
	/// Takes one message.
	void (*write)(void *user, int level, const char *text) = nullptr;
};

/// A broken invariant of the library itself, in builds with NETPEER_ASSERTS. If it returns, the program goes on. By default it is
/// printed to stderr and the program aborts. Of this and set_assert_handler() the last call counts.
struct AssertHooks {
	void *user = nullptr; // handed to every call; the library never looks at it
	/// `expression` is what should have been true, `file` and `line` where that is written; both are constants. On the
	/// thread that found it, which may be any.
	void (*failed)(void *user, const char *expression, const char *file, int line) = nullptr;
};

/// Bytes nobody can guess, for keys, cookies, connection ids and hash tables that strangers fill; for objects that are given no
/// RandomSource. Fills all of `bytes` and answers 0, or anything else for a failure. Any thread.
struct RandomHooks {
	void *user = nullptr; // handed to every call; the library never looks at it
	/// Fills `size` bytes; see above.
	int (*fill)(void *user, uint8_t *bytes, size_t size) = nullptr;
};

/// The threads of IP's queue, at most four per IP; the library has no others. Both or none.
struct ThreadHooks {
	void *user = nullptr; // handed to every call; the library never looks at it
	/// Runs body(argument) on a new thread and names it in `*thread`, for join(). 0, or anything else when there is none:
	/// then names are looked up by the thread that asks. Called with a lock of the library held: `body` may not be run
	/// inside this call.
	int (*create)(void *user, void (*body)(void *argument), void *argument, void **thread) = nullptr;
	/// Waits until the thread's body has returned, and forgets the thread. Once for each.
	void (*join)(void *user, void *thread) = nullptr;
};

/// An address as SocketHooks have it.
struct SocketHookAddress {
	/// IPv6, as on the wire; IPv4 in the last four, after ten of 0 and two of 255. All zero: the wildcard.
	uint8_t bytes[16] = {};
	uint16_t port = 0;   // a number, in the processor's byte order
	uint16_t unused = 0; // 0; makes the layout the same for every compiler
	uint32_t scope = 0;  // of link-local addresses: the interface's index, 0 when that is not known
};

/// One socket of SocketHooks::poll().
struct SocketHookPoll {
	intptr_t handle = -1; // of open() or accept()
	int32_t wanted = 0;   // kSocketReadable, kSocketWritable, or both
	int32_t ready = 0;    // of these and kSocketBroken, which needs no asking
};
constexpr int32_t kSocketReadable = 1; // data, the end of a stream, a connection to accept
constexpr int32_t kSocketWritable = 2; // room to send, a connection attempt that is decided
/// The connection is broken or refused. UDP: an error was left over (ICMP), which is told once, hereby.
constexpr int32_t kSocketBroken = 4;

/// Kinds for SocketHooks::open().
constexpr int kSocketUdp = 0;  // datagrams
constexpr int kSocketTcp = 1;  // a stream, or what listens for them
constexpr int kSocketUnix = 2; // the same at a path
/// Families for SocketHooks::open(); the numbers of IPType.
constexpr int kSocketIpv4 = 1;
constexpr int kSocketIpv6 = 2;      // without IPv4
constexpr int kSocketDualStack = 3; // IPv6, and IPv4 in it as SocketHookAddress has it

/// Options for SocketHooks::set_option(), with their values.
constexpr int kSocketNoDelay = 0;            // 0 or 1: Nagle's algorithm off
constexpr int kSocketBroadcast = 1;          // 0 or 1
constexpr int kSocketReuseAddress = 2;       // 0 or 1, before bind()
constexpr int kSocketReusePort = 3;          // 0 or 1, before bind()
constexpr int kSocketReceiveBuffer = 4;      // bytes
constexpr int kSocketSendBuffer = 5;         // bytes
constexpr int kSocketKeepAlive = 6;          // 0 or 1; the next three come before it
constexpr int kSocketKeepAliveIdle = 7;      // seconds
constexpr int kSocketKeepAliveInterval = 8;  // seconds
constexpr int kSocketKeepAliveCount = 9;     // probes
constexpr int kSocketMulticastTtl = 10;      // 0 to 255
constexpr int kSocketMulticastLoopback = 11; // 0 or 1

/// The calls sockets are made of. All of them answer a number of Error (0: OK), never block but for poll() and resolve(), and
/// are called by the thread that owns the object that uses the socket; handles are yours, -1 is none. Where a function says what
/// it answers, ERR_BUSY (44) means "not now", and any other number, FAILED (1) for instance, "it went wrong".
///
/// Once this group is set no socket of the system is touched: a function that is null is a call this platform does not have, and
/// answers ERR_UNAVAILABLE (ERR_CANT_RESOLVE from resolve()). Needed are open, close, bind, poll, local_address, and send_to and
/// receive_from.
struct SocketHooks {
	void *user = nullptr; // handed to every call; the library never looks at it

	/// A non-blocking socket of `kind`. `*family`: kSocketIpv4, kSocketIpv6 or kSocketDualStack; may answer kSocketIpv4 to
	/// kSocketDualStack; no meaning for Unix sockets.
	int (*open)(void *user, int kind, int *family, intptr_t *handle) = nullptr;
	/// The end of a handle of open() or accept(); it is not used again.
	void (*close)(void *user, intptr_t handle) = nullptr;
	/// Port 0: one that is free. When it goes wrong, the library closes the handle.
	int (*bind)(void *user, intptr_t handle, const SocketHookAddress *local) = nullptr;
	/// Where it is bound, with the port that was chosen.
	int (*local_address)(void *user, intptr_t handle, SocketHookAddress *local) = nullptr;
	/// Sleeps until one is ready or `timeout_us` has passed (negative: unlimited, 0: only looks), or less; fills each `ready`.
	/// With no entry it only sleeps. OK also when nothing is ready.
	int (*poll)(void *user, SocketHookPoll *entries, size_t count, int64_t timeout_us) = nullptr;

	/// One datagram. `to` is null after connect(). ERR_BUSY: no room; ERR_CONNECTION_ERROR (27): not sent, because of what was
	/// left over from an earlier one (ICMP).
	int (*send_to)(
	        void *user, intptr_t handle, const uint8_t *bytes, size_t size, const SocketHookAddress *to) = nullptr;
	/// One datagram. `*size` is its whole size, also when that is more than `room`: the library drops it then. ERR_BUSY: none;
	/// ERR_CONNECTION_ERROR: as above.
	int (*receive_from)(
	        void *user, intptr_t handle, uint8_t *buffer, size_t room, size_t *size, SocketHookAddress *from) = nullptr;

	/// TCP: OK: connected; ERR_BUSY: under way. UDP: fixes the other end, so that only its datagrams arrive; null: takes that
	/// back.
	int (*connect)(void *user, intptr_t handle, const SocketHookAddress *remote) = nullptr;
	/// How a connection attempt stands: OK, ERR_BUSY, or it failed.
	int (*connect_result)(void *user, intptr_t handle) = nullptr;
	/// Lets up to `backlog` connections wait for accept(). TCP and Unix sockets, after bind() or bind_path(). When it goes wrong,
	/// the library closes the handle.
	int (*listen)(void *user, intptr_t handle, int backlog) = nullptr;
	/// ERR_BUSY: nobody waits. ERR_CANT_ACQUIRE_RESOURCE (28): no handle or memory at present.
	int (*accept)(void *user, intptr_t handle, intptr_t *accepted, SocketHookAddress *remote) = nullptr;
	/// At least one byte, or ERR_BUSY.
	int (*send)(void *user, intptr_t handle, const uint8_t *bytes, size_t size, size_t *sent) = nullptr;
	/// At least one byte, ERR_BUSY, or ERR_FILE_EOF (18) at the end of the stream.
	int (*receive)(void *user, intptr_t handle, uint8_t *buffer, size_t room, size_t *received) = nullptr;
	/// `half`: 0 receiving, 1 sending, 2 both.
	int (*shutdown)(void *user, intptr_t handle, int half) = nullptr;
	/// The other end of a TCP connection.
	int (*remote_address)(void *user, intptr_t handle, SocketHookAddress *remote) = nullptr;
	/// What receive() would give now; a guess from below will do.
	int (*available)(void *user, intptr_t handle, size_t *bytes) = nullptr;
	/// Unix sockets: binds to `path`, of at most 255 bytes and a zero. ERR_ALREADY_EXISTS (32) or ERR_ALREADY_IN_USE (22):
	/// something is there; ERR_UNAUTHORIZED (4): not allowed; ERR_INVALID_PARAMETER (31): the path is too long for the system.
	/// But for the last, the library closes the handle then.
	int (*bind_path)(void *user, intptr_t handle, const char *path) = nullptr;
	/// Connects to whoever listens at such a path. Answers as connect(), and is called again while it says ERR_BUSY.
	int (*connect_path)(void *user, intptr_t handle, const char *path) = nullptr;

	/// One of the options above. ERR_UNAVAILABLE (2): there is no such option here. Any error: the socket stays as it was.
	int (*set_option)(void *user, intptr_t handle, int option, int value) = nullptr;
	/// A multicast group. `interface_index` 0 and an `interface_address` of zero bytes: not known.
	int (*join_group)(void *user, intptr_t handle, const SocketHookAddress *group, uint32_t interface_index,
	        const SocketHookAddress *interface_address, int join) = nullptr;
	/// Where datagrams to groups leave; index 0 and zero bytes: the system's choice.
	int (*set_multicast_interface)(void *user, intptr_t handle, uint32_t interface_index,
	        const SocketHookAddress *interface_address) = nullptr;

	/// Addresses of `name`, best first, at most `capacity`; ports and scopes do not matter. Blocks. Any thread, several at once.
	int (*resolve)(
	        void *user, const char *name, int family, SocketHookAddress *out, size_t capacity, size_t *count) = nullptr;
	/// Calls add(gatherer, ...) for each address of each local interface; names in UTF-8. Any thread.
	int (*list_interfaces)(void *user,
	        void (*add)(void *gatherer, const char *name, const char *friendly_name, uint32_t index,
	                const SocketHookAddress *address),
	        void *gatherer) = nullptr;
};

/// All of them. A group without functions: what the library does by itself, which is said behind each.
struct Hooks {
	MemoryHooks memory;  // malloc and its kin
	LogHooks log;        // messages are dropped
	AssertHooks asserts; // printed, then the end of the program
	RandomHooks random;  // the system's entropy
	ThreadHooks threads; // the system's threads; none with NETPEER_NO_THREADS
	SocketHooks sockets; // the system's sockets, names and interfaces
};

/// Replaces all hooks by a copy of `hooks`; what its `user` pointers name must live until the next call that succeeds. Call it
/// before anything else of the library, or after everything of it is gone (Hooks() then restores the defaults); no other
/// thread may be using the library. Memory hooks replace an allocator given to set_default_allocator() before, and the other way
/// round; a set_net_socket_factory() goes before socket hooks.
/// ERR_ALREADY_IN_USE while get_live_allocations() is not 0 (objects that own a socket own memory as well): nothing changes. What
/// takes memory and keeps it: IP::get_singleton() until IP::destroy_singleton(); TLS clients without certificates of their
/// own, and set_default_trust_path(), until that is called with null on the thread that used them. ERR_INVALID_PARAMETER
/// for a group that is not complete: nothing changes.
Error set_hooks(const Hooks &hooks);

/// What set_hooks() was given last. The reference stays; its contents change with set_hooks().
const Hooks &get_hooks();

/// How many blocks the library holds of MemoryHooks or, without, of malloc: 0 is what set_hooks() waits for, and what a program that
/// has given everything back sees at its end. Any thread.
size_t get_live_allocations();

} // namespace netpeer
