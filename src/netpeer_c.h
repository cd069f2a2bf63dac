// netpeer as a C library: plain C99, includable from C++ too, and from whatever language can call C.
//
// Conventions, which hold for every function unless it says otherwise
// -------------------------------------------------------------------
// Errors. What can fail returns a netpeer_error: NETPEER_OK (0) or Godot's number of the error. The description of a
//   function names its own errors. Besides: NETPEER_ERR_INVALID_PARAMETER for a null handle, a handle of another kind, a
//   null pointer where one is needed, an unknown number for an enumeration; nothing changes then. A function that returns a
//   value answers 0, or what it names, for such a handle. NETPEER_ERR_OUT_OF_MEMORY where a function may need memory.
//   NETPEER_ERR_BUSY means "not yet": an ordinary answer.
// Handles. Pointers to structures that are never defined here. Some types are other names of one type: a
//   netpeer_stream_peer_tcp is a netpeer_stream_peer, so every function of netpeer_stream_peer takes it as it is. A
//   function for one kind answers NETPEER_ERR_INVALID_PARAMETER to a handle of another kind.
// Ownership. What X_new...(), X_take_...() and X_duplicate() return is yours: one reference. X_retain() adds a
//   reference, X_release() gives one back; the last one closes and frees. Null is allowed for both. Peers of ENet are lent:
//   see there. A handle keeps alive what it was made of, where that is said (a TLS stream its stream, for one). Pointers that
//   you pass are borrowed for the call, except where the function says for how long it keeps them.
// Text is UTF-8 and ends with a zero byte. Text out: `text` has room for `capacity` bytes, zero byte included, and `*length`
//   (which may be null) gets the length of the whole without it. NETPEER_ERR_OUT_OF_MEMORY: too little room; `text` is "" then
//   and `*length` is what would have been needed, so (null, 0, &length) asks for the length.
// Lists out: `out` has room for `capacity` elements. `*count` gets how many there are, which may be more than were written.
// Flags are int: 0 is no, everything else yes; answers are 0 or 1. Times are milliseconds where nothing else is said.
// Threads. An object, and all that came from it, belongs to one thread at a time; different objects never meet. Exceptions,
//   for any thread: functions said to be so, all of netpeer_ip, functions without a handle, X_retain() and X_release(). But
//   the X_release() that is the last one destroys the object: nobody else may be using it then, nor the server it came from.
//   Nothing blocks unless its description says so.
// No exception leaves a function, and callbacks must not let one through, nor jump out of themselves.
//
// Memory comes from netpeer's default allocator, see "Hooks"; but for the lists of interfaces, and where certificates are
// described and their settings read, which operator new gives on the way.
#ifndef NETPEER_C_H
#define NETPEER_C_H

#include <stddef.h>
#include <stdint.h>

// Define NETPEER_C_SHARED when you link the shared library (needed on Windows only, and there to be fast only).
// NETPEER_C_EXPORTS is defined while the shared library itself is built.
#ifndef NETPEER_C_API
/// In front of each function: makes it visible outside of a shared library, and this one only.
#if defined(_WIN32) && defined(NETPEER_C_EXPORTS)
#define NETPEER_C_API __declspec(dllexport)
#elif defined(_WIN32) && defined(NETPEER_C_SHARED)
#define NETPEER_C_API __declspec(dllimport)
#elif defined(NETPEER_C_EXPORTS)
#define NETPEER_C_API __attribute__((visibility("default")))
#else
#define NETPEER_C_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

// --- Version ---

/// Counts up when a function or structure changes so that programs compiled against an older header break. Functions that
/// are added do not change it.
#define NETPEER_C_ABI_VERSION 1

/// NETPEER_C_ABI_VERSION of the library that is linked or loaded: compare it once at the start. Any thread.
NETPEER_C_API int netpeer_abi_version(void);
/// The version of the library, "0.1.0". Lives for ever. Any thread.
NETPEER_C_API const char *netpeer_version_string(void);
/// Parts that may be left out of a build: "zlib", "zstd", "mbedtls" (TLS and DTLS), "threads". 1: this library has it; 0: it
/// has not, or does not know the name. Any thread.
NETPEER_C_API int netpeer_has_feature(const char *name);

// --- Errors ---

/// One of the numbers below.
typedef int netpeer_error;

/// Numbers and names are Godot's.
enum {
	NETPEER_OK = 0,                             // no error
	NETPEER_FAILED = 1,                         // failed
	NETPEER_ERR_UNAVAILABLE = 2,                // unavailable
	NETPEER_ERR_UNCONFIGURED = 3,               // unconfigured
	NETPEER_ERR_UNAUTHORIZED = 4,               // unauthorized
	NETPEER_ERR_PARAMETER_RANGE_ERROR = 5,      // parameter out of range
	NETPEER_ERR_OUT_OF_MEMORY = 6,              // out of memory
	NETPEER_ERR_FILE_NOT_FOUND = 7,             // file not found
	NETPEER_ERR_FILE_BAD_DRIVE = 8,             // file: bad drive
	NETPEER_ERR_FILE_BAD_PATH = 9,              // file: bad path
	NETPEER_ERR_FILE_NO_PERMISSION = 10,        // file: permission denied
	NETPEER_ERR_FILE_ALREADY_IN_USE = 11,       // file already in use
	NETPEER_ERR_FILE_CANT_OPEN = 12,            // can't open file
	NETPEER_ERR_FILE_CANT_WRITE = 13,           // can't write file
	NETPEER_ERR_FILE_CANT_READ = 14,            // can't read file
	NETPEER_ERR_FILE_UNRECOGNIZED = 15,         // file unrecognized
	NETPEER_ERR_FILE_CORRUPT = 16,              // file corrupt
	NETPEER_ERR_FILE_MISSING_DEPENDENCIES = 17, // missing dependencies for file
	NETPEER_ERR_FILE_EOF = 18,                  // end of file
	NETPEER_ERR_CANT_OPEN = 19,                 // can't open
	NETPEER_ERR_CANT_CREATE = 20,               // can't create
	NETPEER_ERR_QUERY_FAILED = 21,              // query failed
	NETPEER_ERR_ALREADY_IN_USE = 22,            // already in use
	NETPEER_ERR_LOCKED = 23,                    // locked
	NETPEER_ERR_TIMEOUT = 24,                   // timeout
	NETPEER_ERR_CANT_CONNECT = 25,              // can't connect
	NETPEER_ERR_CANT_RESOLVE = 26,              // can't resolve
	NETPEER_ERR_CONNECTION_ERROR = 27,          // connection error
	NETPEER_ERR_CANT_ACQUIRE_RESOURCE = 28,     // can't acquire resource
	NETPEER_ERR_CANT_FORK = 29,                 // can't fork
	NETPEER_ERR_INVALID_DATA = 30,              // invalid data
	NETPEER_ERR_INVALID_PARAMETER = 31,         // invalid parameter
	NETPEER_ERR_ALREADY_EXISTS = 32,            // already exists
	NETPEER_ERR_DOES_NOT_EXIST = 33,            // does not exist
	NETPEER_ERR_DATABASE_CANT_READ = 34,        // can't read database
	NETPEER_ERR_DATABASE_CANT_WRITE = 35,       // can't write database
	NETPEER_ERR_COMPILATION_FAILED = 36,        // compilation failed
	NETPEER_ERR_METHOD_NOT_FOUND = 37,          // method not found
	NETPEER_ERR_LINK_FAILED = 38,               // link failed
	NETPEER_ERR_SCRIPT_FAILED = 39,             // script failed
	NETPEER_ERR_CYCLIC_LINK = 40,               // cyclic link detected
	NETPEER_ERR_INVALID_DECLARATION = 41,       // invalid declaration
	NETPEER_ERR_DUPLICATE_SYMBOL = 42,          // duplicate symbol
	NETPEER_ERR_PARSE_ERROR = 43,               // parse error
	NETPEER_ERR_BUSY = 44,                      // busy
	NETPEER_ERR_SKIP = 45,                      // skip
	NETPEER_ERR_HELP = 46,                      // help
	NETPEER_ERR_BUG = 47,                       // bug
	NETPEER_ERR_PRINTER_ON_FIRE = 48            // printer on fire
};

/// "ERR_BUSY"; "UNKNOWN" for a number that is none. Lives for ever. Any thread.
NETPEER_C_API const char *netpeer_error_name(netpeer_error error);
/// A short English text; "Unknown error" for a number that is none. Lives for ever. Any thread.
NETPEER_C_API const char *netpeer_error_text(netpeer_error error);

// --- Names and addresses ---

/// Address families. Numbers are Godot's IP.Type.
enum { NETPEER_IP_TYPE_NONE = 0, NETPEER_IP_TYPE_IPV4 = 1, NETPEER_IP_TYPE_IPV6 = 2, NETPEER_IP_TYPE_ANY = 3 };

/// What wait functions wait for. Numbers are Godot's NetSocket.PollType.
enum { NETPEER_POLL_TYPE_IN = 0, NETPEER_POLL_TYPE_OUT = 1, NETPEER_POLL_TYPE_IN_OUT = 2 };

/// Numbers are Godot's IP.ResolverStatus.
enum {
	NETPEER_RESOLVER_STATUS_NONE = 0,
	NETPEER_RESOLVER_STATUS_WAITING = 1,
	NETPEER_RESOLVER_STATUS_DONE = 2,
	NETPEER_RESOLVER_STATUS_ERROR = 3
};
/// What netpeer_ip_resolve_hostname_queue_item() answers when it cannot queue.
#define NETPEER_RESOLVER_INVALID_ID (-1)

/// An address as text: "127.0.0.1", or eight hexadecimal groups.
typedef struct netpeer_ip_text {
	char text[48]; // ends with a zero byte
} netpeer_ip_text;

/// One address of one interface of this machine. Texts that are too long are cut at a character.
typedef struct netpeer_interface_address {
	char name[128];          // "eth0"; on Windows the adapter's name, "{GUID}"
	char friendly[256];      // as `name`; on Windows what people see
	uint32_t index;          // the system's number of the interface
	uint32_t is_ipv4;        // 1 or 0
	netpeer_ip_text address; // link-local ones without their zone
} netpeer_interface_address;

/// A resolver with a queue and a cache. All its functions may be called by any thread.
typedef struct netpeer_ip netpeer_ip;

/// The resolver of the process. Yours to use for ever, never freed: netpeer_ip_release() has no effect on it. Null only
/// without memory. Origin: Godot IP.get_singleton.
NETPEER_C_API netpeer_ip *netpeer_ip_get_singleton(void);
/// Frees what is behind it, for a library about to be unloaded. Nobody may be using it, streams that look up names included;
/// the handle stays good and makes another.
NETPEER_C_API void netpeer_ip_destroy_singleton(void);
/// A resolver of its own: `worker_threads`, 1 to 4, look-ups of its queue run at once; answers are believed for
/// `cache_lifetime_s` seconds, until netpeer_ip_clear_cache() when that is 0. Null: no memory, a number out of range.
NETPEER_C_API netpeer_ip *netpeer_ip_new(int worker_threads, int cache_lifetime_s);
/// One reference more; none for the resolver of the process. Returns what it is given.
NETPEER_C_API netpeer_ip *netpeer_ip_retain(netpeer_ip *ip);
/// The last one waits for a look-up under way: the system's resolver cannot be interrupted.
NETPEER_C_API void netpeer_ip_release(netpeer_ip *ip);

/// The first address of `host`, a name or a literal, of family `type`. Blocks unless `host` is a literal or known already.
/// NETPEER_ERR_CANT_RESOLVE: there is none. NETPEER_ERR_INVALID_PARAMETER: also text that is no name.
/// Origin: Godot IP.resolve_hostname.
NETPEER_C_API netpeer_error netpeer_ip_resolve_hostname(
        netpeer_ip *ip, const char *host, int type, netpeer_ip_text *address);
/// All of them, at most 32, in the resolver's order. Blocks and fails likewise.
/// Origin: Godot IP.resolve_hostname_addresses.
NETPEER_C_API netpeer_error netpeer_ip_resolve_hostname_addresses(
        netpeer_ip *ip, const char *host, int type, netpeer_ip_text *out, size_t capacity, size_t *count);
/// Queues a look-up and returns its id, 0 to 255, which stays taken until netpeer_ip_erase_resolve_item().
/// NETPEER_RESOLVER_INVALID_ID: all ids are taken, no memory, a null or unknown argument. Does not block where there are
/// threads. Origin: Godot IP.resolve_hostname_queue_item.
NETPEER_C_API int netpeer_ip_resolve_hostname_queue_item(netpeer_ip *ip, const char *host, int type);
/// NETPEER_RESOLVER_STATUS_NONE for an id that is not taken. Origin: Godot IP.get_resolve_item_status.
NETPEER_C_API int netpeer_ip_get_resolve_item_status(netpeer_ip *ip, int id);
/// The answer. NETPEER_ERR_BUSY: not yet. NETPEER_ERR_CANT_RESOLVE: there is none. NETPEER_ERR_INVALID_PARAMETER: an id that
/// is not taken. `*count` is 0 on error. Origin: Godot IP.get_resolve_item_addresses.
NETPEER_C_API netpeer_error netpeer_ip_get_resolve_item_addresses(
        netpeer_ip *ip, int id, netpeer_ip_text *out, size_t capacity, size_t *count);
/// Frees the id, also while waiting. No effect for one that is not taken. Origin: Godot IP.erase_resolve_item.
NETPEER_C_API void netpeer_ip_erase_resolve_item(netpeer_ip *ip, int id);
/// Forgets what is known of `host`; of all when null or "". Origin: Godot IP.clear_cache.
NETPEER_C_API void netpeer_ip_clear_cache(netpeer_ip *ip, const char *host);

/// The addresses of this machine, loopback included, by ascending interface. NETPEER_FAILED: the system does not tell. Any
/// thread. Origin: Godot IP.get_local_interfaces.
NETPEER_C_API netpeer_error netpeer_get_local_interfaces(
        netpeer_interface_address *out, size_t capacity, size_t *count);
/// 1: `text` is an IPv4 or IPv6 address. 0: it is anything else, null and "*" too. Any thread.
NETPEER_C_API int netpeer_is_valid_ip_address(const char *text);

// --- Streams: bytes in order ---

/// A stream of any kind: TCP, Unix sockets, TLS, memory. The other names say which kind a function makes or takes.
typedef struct netpeer_stream_peer netpeer_stream_peer;
/// A TCP connection.
typedef netpeer_stream_peer netpeer_stream_peer_tcp;
/// A stream over a Unix socket.
typedef netpeer_stream_peer netpeer_stream_peer_uds;
/// An encrypted stream over any other.
typedef netpeer_stream_peer netpeer_stream_peer_tls;
/// A stream in memory.
typedef netpeer_stream_peer netpeer_stream_peer_buffer;

/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_stream_peer *netpeer_stream_peer_retain(netpeer_stream_peer *peer);
/// The last one closes: what was put and not sent yet may be lost, see netpeer_stream_peer_socket_shutdown_write().
NETPEER_C_API void netpeer_stream_peer_release(netpeer_stream_peer *peer);

/// Sends all of `size` bytes. Blocks until they are with the system; the time can be limited, see
/// netpeer_stream_peer_socket_set_blocking_timeout(). On error part of them may have gone. For sockets: NETPEER_FAILED: not
/// connected, or the connection broke (the status says which). NETPEER_ERR_TIMEOUT, NETPEER_ERR_SKIP (cancelled): still
/// connected. Origin: Godot StreamPeer.put_data.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_data(netpeer_stream_peer *peer, const void *data, size_t size);
/// Sends what goes without blocking: `*sent` bytes, 0 on error. Errors as above.
/// Origin: Godot StreamPeer.put_partial_data.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_partial_data(
        netpeer_stream_peer *peer, const void *data, size_t size, size_t *sent);
/// Fills all of `size` bytes. Blocks until they are there. On error the first `*received` bytes (which may be null) are good.
/// NETPEER_ERR_FILE_EOF: the other end has closed. Else as netpeer_stream_peer_put_data(). Origin: Godot StreamPeer.get_data.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_data(
        netpeer_stream_peer *peer, void *data, size_t size, size_t *received);
/// Takes what is there without blocking: `*received` bytes, 0 on error. Errors as above.
/// Origin: Godot StreamPeer.get_partial_data.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_partial_data(
        netpeer_stream_peer *peer, void *data, size_t size, size_t *received);
/// Bytes that can be taken without blocking; -1 when closed. Origin: Godot StreamPeer.get_available_bytes.
NETPEER_C_API int netpeer_stream_peer_get_available_bytes(const netpeer_stream_peer *peer);

/// Byte order of the numbers below; little-endian at first. Origin: Godot StreamPeer.big_endian.
NETPEER_C_API netpeer_error netpeer_stream_peer_set_big_endian(netpeer_stream_peer *peer, int enable);
/// What was set; 0 for no such handle. Origin: Godot StreamPeer.big_endian.
NETPEER_C_API int netpeer_stream_peer_is_big_endian_enabled(const netpeer_stream_peer *peer);

/// Sends 8 bits in two's complement. Blocks and fails as netpeer_stream_peer_put_data(). Origin: Godot StreamPeer.put_8.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_8(netpeer_stream_peer *peer, int8_t value);
/// As netpeer_stream_peer_put_8(): 8 bits without a sign. Origin: Godot StreamPeer.put_u8.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_u8(netpeer_stream_peer *peer, uint8_t value);
/// As netpeer_stream_peer_put_8(): 16 bits. Origin: Godot StreamPeer.put_16.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_16(netpeer_stream_peer *peer, int16_t value);
/// As netpeer_stream_peer_put_8(): 16 bits without a sign. Origin: Godot StreamPeer.put_u16.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_u16(netpeer_stream_peer *peer, uint16_t value);
/// As netpeer_stream_peer_put_8(): 32 bits. Origin: Godot StreamPeer.put_32.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_32(netpeer_stream_peer *peer, int32_t value);
/// As netpeer_stream_peer_put_8(): 32 bits without a sign. Origin: Godot StreamPeer.put_u32.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_u32(netpeer_stream_peer *peer, uint32_t value);
/// As netpeer_stream_peer_put_8(): 64 bits. Origin: Godot StreamPeer.put_64.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_64(netpeer_stream_peer *peer, int64_t value);
/// As netpeer_stream_peer_put_8(): 64 bits without a sign. Origin: Godot StreamPeer.put_u64.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_u64(netpeer_stream_peer *peer, uint64_t value);
/// As netpeer_stream_peer_put_8(): IEEE 754 binary16, rounded to the nearest. Origin: Godot StreamPeer.put_half.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_half(netpeer_stream_peer *peer, float value);
/// As netpeer_stream_peer_put_8(): IEEE 754 binary32. Origin: Godot StreamPeer.put_float.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_float(netpeer_stream_peer *peer, float value);
/// As netpeer_stream_peer_put_8(): IEEE 754 binary64. Origin: Godot StreamPeer.put_double.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_double(netpeer_stream_peer *peer, double value);
/// Takes 8 bits. On error `*value` is 0, and what there was of it is consumed. Blocks and fails as
/// netpeer_stream_peer_get_data(). Origin: Godot StreamPeer.get_8.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_8(netpeer_stream_peer *peer, int8_t *value);
/// As netpeer_stream_peer_get_8(): 8 bits without a sign. Origin: Godot StreamPeer.get_u8.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_u8(netpeer_stream_peer *peer, uint8_t *value);
/// As netpeer_stream_peer_get_8(): 16 bits. Origin: Godot StreamPeer.get_16.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_16(netpeer_stream_peer *peer, int16_t *value);
/// As netpeer_stream_peer_get_8(): 16 bits without a sign. Origin: Godot StreamPeer.get_u16.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_u16(netpeer_stream_peer *peer, uint16_t *value);
/// As netpeer_stream_peer_get_8(): 32 bits. Origin: Godot StreamPeer.get_32.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_32(netpeer_stream_peer *peer, int32_t *value);
/// As netpeer_stream_peer_get_8(): 32 bits without a sign. Origin: Godot StreamPeer.get_u32.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_u32(netpeer_stream_peer *peer, uint32_t *value);
/// As netpeer_stream_peer_get_8(): 64 bits. Origin: Godot StreamPeer.get_64.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_64(netpeer_stream_peer *peer, int64_t *value);
/// As netpeer_stream_peer_get_8(): 64 bits without a sign. Origin: Godot StreamPeer.get_u64.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_u64(netpeer_stream_peer *peer, uint64_t *value);
/// As netpeer_stream_peer_get_8(): IEEE 754 binary16. Origin: Godot StreamPeer.get_half.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_half(netpeer_stream_peer *peer, float *value);
/// As netpeer_stream_peer_get_8(): IEEE 754 binary32. Origin: Godot StreamPeer.get_float.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_float(netpeer_stream_peer *peer, float *value);
/// As netpeer_stream_peer_get_8(): IEEE 754 binary64. Origin: Godot StreamPeer.get_double.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_double(netpeer_stream_peer *peer, double *value);
/// A 32-bit count and then one byte for each character, which a character outside of ASCII leaves as a space.
/// NETPEER_ERR_INVALID_PARAMETER: 2 GiB and more, nothing sent. Origin: Godot StreamPeer.put_string.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_string(netpeer_stream_peer *peer, const char *text);
/// A 32-bit count and then the bytes of `text`. Origin: Godot StreamPeer.put_utf8_string.
NETPEER_C_API netpeer_error netpeer_stream_peer_put_utf8_string(netpeer_stream_peer *peer, const char *text);
/// Takes `bytes` bytes as text; when `bytes` is negative, a 32-bit count first and then that many. Text with too little room
/// stays with the peer: the next get of this kind gives it, whatever its `bytes` are. NETPEER_ERR_INVALID_DATA: a count of 2
/// GiB or more. NETPEER_ERR_OUT_OF_MEMORY also: a count above netpeer_stream_peer_set_max_announced_bytes(), of which nothing
/// was taken (`*length` is 0 then). get_string reads each byte as the character of its number up to the first zero byte;
/// get_utf8_string leaves the bytes as they are, zero bytes included.
/// Origin: Godot StreamPeer.get_string, get_utf8_string.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_string(
        netpeer_stream_peer *peer, int bytes, char *text, size_t capacity, size_t *length);
/// The same with the bytes left as they are. Origin: Godot StreamPeer.get_utf8_string.
NETPEER_C_API netpeer_error netpeer_stream_peer_get_utf8_string(
        netpeer_stream_peer *peer, int bytes, char *text, size_t capacity, size_t *length);
/// The longest count from the wire that is believed, in bytes; 64 MiB at first. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_set_max_announced_bytes(netpeer_stream_peer *peer, size_t bytes);

// --- TCP and Unix sockets, dialled or taken from a server ---

/// Status of a stream over a socket. Numbers are Godot's StreamPeerSocket.Status.
enum {
	NETPEER_STATUS_NONE = 0,       // not connected, or the other end has closed
	NETPEER_STATUS_CONNECTING = 1, // until netpeer_stream_peer_socket_poll() finds out
	NETPEER_STATUS_CONNECTED = 2,
	NETPEER_STATUS_ERROR = 3 // no connection came about, or it broke
};

/// Null: no memory.
NETPEER_C_API netpeer_stream_peer_tcp *netpeer_stream_peer_tcp_new(void);
/// One that tries to connect for `seconds` at most, 1..1800, whatever the settings say. Null: no memory, a number out of
/// range. Not in Godot.
NETPEER_C_API netpeer_stream_peer_tcp *netpeer_stream_peer_tcp_new_with_connect_timeout(int seconds);
/// Chooses the local address (an IP literal, or null or "*" for any) and port (0: the system's choice) of the coming
/// connection. Optional. NETPEER_ERR_ALREADY_IN_USE: open or connecting. NETPEER_ERR_INVALID_PARAMETER: a port outside
/// 0..65535, an address that is none. NETPEER_ERR_UNAVAILABLE: the system refuses. NETPEER_FAILED: no socket.
/// Origin: Godot StreamPeerTCP.bind.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_bind(netpeer_stream_peer_tcp *peer, int port, const char *address);
/// Starts to connect to an IP literal or a name, whose look-up blocks. Then poll until the status is no longer
/// NETPEER_STATUS_CONNECTING. NETPEER_ERR_CANT_RESOLVE: no such name. NETPEER_ERR_ALREADY_IN_USE: in use.
/// NETPEER_ERR_INVALID_PARAMETER: a port outside 1..65535. NETPEER_FAILED: the system refuses at once; closed.
/// Origin: Godot StreamPeerTCP.connect_to_host.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_connect_to_host(
        netpeer_stream_peer_tcp *peer, const char *host, int port);
/// The same without blocking: the name is looked up in the background, and poll answers NETPEER_ERR_CANT_RESOLVE when there
/// is none. NETPEER_ERR_BUSY: too many look-ups. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_connect_to_host_async_dns(
        netpeer_stream_peer_tcp *peer, const char *host, int port);
/// The same with all addresses of the name, IPv4 and IPv6 in turn (RFC 8305): the first to connect wins.
/// NETPEER_ERR_ALREADY_IN_USE also: bound. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_connect_to_host_any(
        netpeer_stream_peer_tcp *peer, const char *host, int port);
/// The other end's address; "" when there is none. Origin: Godot StreamPeerTCP.get_connected_host.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_get_connected_host(
        const netpeer_stream_peer_tcp *peer, netpeer_ip_text *address);
/// 0 when there is none. Origin: Godot StreamPeerTCP.get_connected_port.
NETPEER_C_API int netpeer_stream_peer_tcp_get_connected_port(const netpeer_stream_peer_tcp *peer);
/// 0 when not open. Origin: Godot StreamPeerTCP.get_local_port.
NETPEER_C_API int netpeer_stream_peer_tcp_get_local_port(const netpeer_stream_peer_tcp *peer);
/// Sends small writes at once (1) or collects them (0). After bind or connect. NETPEER_ERR_UNCONFIGURED: not open.
/// NETPEER_FAILED: the system refuses. Origin: Godot StreamPeerTCP.set_no_delay.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_set_no_delay(netpeer_stream_peer_tcp *peer, int enabled);
/// Lets the system find out that a silent connection is dead: the first probe after `idle_s` seconds, then every
/// `interval_s`, dead after `count` without an answer; 0 is the system's choice. Errors as above. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tcp_set_keep_alive(
        netpeer_stream_peer_tcp *peer, int enabled, int idle_s, int interval_s, int count);

/// Null: no memory. Where the system has no Unix sockets, bind and connect answer NETPEER_ERR_UNAVAILABLE.
NETPEER_C_API netpeer_stream_peer_uds *netpeer_stream_peer_uds_new(void);
/// Gives the socket a name, a path of some 100 bytes, which vanishes with it. NETPEER_ERR_ALREADY_IN_USE: open, or somebody
/// listens there. NETPEER_ERR_ALREADY_EXISTS: a file that is no socket. NETPEER_ERR_UNAUTHORIZED. NETPEER_ERR_UNAVAILABLE: the
/// system refuses. NETPEER_FAILED: no socket. Origin: Godot StreamPeerUDS.bind.
NETPEER_C_API netpeer_error netpeer_stream_peer_uds_bind(netpeer_stream_peer_uds *peer, const char *path);
/// Connects, normally at once. NETPEER_ERR_ALREADY_IN_USE: open or connecting. NETPEER_FAILED: nobody listens there, no
/// permission, path too long. Origin: Godot StreamPeerUDS.connect_to_host.
NETPEER_C_API netpeer_error netpeer_stream_peer_uds_connect_to_host(netpeer_stream_peer_uds *peer, const char *path);
/// What was connected to; "" on the accepted side and when not connected. Origin: Godot StreamPeerUDS.get_connected_path.
NETPEER_C_API netpeer_error netpeer_stream_peer_uds_get_connected_path(
        const netpeer_stream_peer_uds *peer, char *text, size_t capacity, size_t *length);

// For TCP and Unix sockets.

/// Moves the status on: call it each frame. NETPEER_ERR_CONNECTION_ERROR: refused, unreachable or out of time;
/// NETPEER_ERR_CANT_RESOLVE: no such name; NETPEER_FAILED: the connection broke; NETPEER_STATUS_ERROR in all three cases.
/// Else NETPEER_OK, also when the other end has closed, which leads to NETPEER_STATUS_NONE. Origin: Godot StreamPeerSocket.poll.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_poll(netpeer_stream_peer *peer);
/// NETPEER_STATUS_NONE for no such handle. Origin: Godot StreamPeerSocket.get_status.
NETPEER_C_API int netpeer_stream_peer_socket_get_status(const netpeer_stream_peer *peer);
/// Closes at once. Origin: Godot StreamPeerSocket.disconnect_from_host.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_disconnect_from_host(netpeer_stream_peer *peer);
/// Blocks until the socket is ready as `poll_type` (NETPEER_POLL_TYPE_...) says, at most `timeout_ms` (negative: without
/// limit). NETPEER_ERR_BUSY: time is up, or poll is due. NETPEER_ERR_UNAVAILABLE: no open socket. NETPEER_FAILED: in error,
/// poll says more. Origin: Godot StreamPeerSocket.wait.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_wait(netpeer_stream_peer *peer, int poll_type, int timeout_ms);
/// How long the blocking calls for data may take in all; negative, at first: without limit. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_set_blocking_timeout(netpeer_stream_peer *peer, int timeout_ms);
/// Any thread. Ends the blocking data call under way, or the next one that would wait: it answers NETPEER_ERR_SKIP within
/// 100 ms. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_cancel(netpeer_stream_peer *peer);
/// Ends our half; reading goes on. To close without losing data: this, read until NETPEER_ERR_FILE_EOF, release.
/// NETPEER_FAILED: not connected, or the system refuses. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_shutdown_write(netpeer_stream_peer *peer);
/// With 1 the end of the other half does not close ours. 0 at first, as Godot. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_set_keep_write_on_eof(netpeer_stream_peer *peer, int keep);
/// Whether the other end has closed in order and all it sent was read. Not in Godot.
NETPEER_C_API int netpeer_stream_peer_socket_is_read_eof(const netpeer_stream_peer *peer);
/// Why the last attempt to connect ended in NETPEER_STATUS_ERROR: NETPEER_ERR_TIMEOUT, NETPEER_ERR_CANT_RESOLVE or
/// NETPEER_ERR_CONNECTION_ERROR; NETPEER_OK when it did not. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_get_connect_error(const netpeer_stream_peer *peer);
/// Asks for buffers of the system of these sizes in bytes; 0 leaves one as it is. NETPEER_ERR_UNCONFIGURED: no socket.
/// NETPEER_FAILED: the system refuses. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_socket_set_buffer_sizes(
        netpeer_stream_peer *peer, size_t receive_bytes, size_t send_bytes);
/// The system's number for the last failure; 0 when there was none. Not in Godot.
NETPEER_C_API int netpeer_stream_peer_socket_last_os_error(const netpeer_stream_peer *peer);
/// The descriptor, or Winsock's SOCKET, for an event loop of yours; -1 when there is none. It stays the peer's. Not in Godot.
NETPEER_C_API intptr_t netpeer_stream_peer_socket_native_handle(const netpeer_stream_peer *peer);

/// The call whose error is to be told in the numbers of the Luna engine.
enum { NETPEER_LUNA_BIND = 0, NETPEER_LUNA_CONNECT = 1, NETPEER_LUNA_POLL = 2, NETPEER_LUNA_DATA = 3 };
/// Luna's SocketError, 0 to 11, for an error that a call of that kind answered: for programs that offer Luna's interface.
/// FAILED (1) for a number that is no error, or no kind. Any thread. Not in Godot.
NETPEER_C_API int netpeer_luna_socket_error(netpeer_error error, int call);

// --- Streams in memory ---

/// Null: no memory. Nothing blocks. NETPEER_ERR_FILE_EOF: a partial get at the end; NETPEER_ERR_INVALID_PARAMETER: a get of
/// more than there is, which takes what there is. Origin: Godot StreamPeerBuffer.
NETPEER_C_API netpeer_stream_peer_buffer *netpeer_stream_peer_buffer_new(void);
/// Bytes held; 0 for no such handle. Origin: Godot StreamPeerBuffer.get_size.
NETPEER_C_API int netpeer_stream_peer_buffer_get_size(const netpeer_stream_peer_buffer *peer);
/// The cursor; 0 for no such handle. Origin: Godot StreamPeerBuffer.get_position.
NETPEER_C_API int netpeer_stream_peer_buffer_get_position(const netpeer_stream_peer_buffer *peer);
/// NETPEER_ERR_INVALID_PARAMETER: outside of the content; the cursor stays. Origin: Godot StreamPeerBuffer.seek.
NETPEER_C_API netpeer_error netpeer_stream_peer_buffer_seek(netpeer_stream_peer_buffer *peer, int position);
/// Cuts, or grows with zero bytes. Origin: Godot StreamPeerBuffer.resize.
NETPEER_C_API netpeer_error netpeer_stream_peer_buffer_resize(netpeer_stream_peer_buffer *peer, int bytes);
/// Replaces the content; the cursor goes to the front. Origin: Godot StreamPeerBuffer.data_array.
NETPEER_C_API netpeer_error netpeer_stream_peer_buffer_set_data_array(
        netpeer_stream_peer_buffer *peer, const void *data, size_t size);
/// The content, valid until the next call that changes it. Null and `*size` 0 when there is none.
/// Origin: Godot StreamPeerBuffer.data_array.
NETPEER_C_API const uint8_t *netpeer_stream_peer_buffer_get_data_array(
        const netpeer_stream_peer_buffer *peer, size_t *size);
/// Origin: Godot StreamPeerBuffer.clear.
NETPEER_C_API netpeer_error netpeer_stream_peer_buffer_clear(netpeer_stream_peer_buffer *peer);
/// A new one with the same content. Null: no such handle, no memory. Origin: Godot StreamPeerBuffer.duplicate.
NETPEER_C_API netpeer_stream_peer_buffer *netpeer_stream_peer_buffer_duplicate(const netpeer_stream_peer_buffer *peer);

// --- Servers of streams ---

/// A listening socket for TCP or Unix sockets.
typedef struct netpeer_socket_server netpeer_socket_server;
/// It listens on a TCP port.
typedef netpeer_socket_server netpeer_tcp_server;
/// It listens on a path.
typedef netpeer_socket_server netpeer_uds_server;

/// Null: no memory.
NETPEER_C_API netpeer_tcp_server *netpeer_tcp_server_new(void);
/// Listens on an IP literal of this machine, or on all addresses (null or "*"); port 0: the system's choice. `backlog`: how
/// many connections wait that nobody has taken; 0: Godot's 8. NETPEER_ERR_ALREADY_IN_USE: listening, or the system refuses
/// address and port. NETPEER_ERR_INVALID_PARAMETER: a port outside 0..65535, an address that is none, a negative backlog.
/// NETPEER_ERR_CANT_CREATE: no socket. NETPEER_FAILED: the system does not listen. Origin: Godot TCPServer.listen.
NETPEER_C_API netpeer_error netpeer_tcp_server_listen(
        netpeer_tcp_server *server, int port, const char *address, int backlog);
/// 0 when not listening. Origin: Godot TCPServer.get_local_port.
NETPEER_C_API int netpeer_tcp_server_get_local_port(const netpeer_tcp_server *server);
/// Null: no memory.
NETPEER_C_API netpeer_uds_server *netpeer_uds_server_new(void);
/// Listens at `path`, which is a file until the server stops. Errors as above. Origin: Godot UDSServer.listen.
NETPEER_C_API netpeer_error netpeer_uds_server_listen(netpeer_uds_server *server, const char *path, int backlog);

/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_socket_server *netpeer_socket_server_retain(netpeer_socket_server *server);
/// The last one stops the server; connections that were taken live on.
NETPEER_C_API void netpeer_socket_server_release(netpeer_socket_server *server);
/// The oldest waiting connection, NETPEER_STATUS_CONNECTED and yours: a netpeer_stream_peer_tcp of a TCP server, a
/// netpeer_stream_peer_uds of the other. Null: see netpeer_socket_server_get_last_accept_error().
/// Origin: Godot TCPServer.take_connection.
NETPEER_C_API netpeer_stream_peer *netpeer_socket_server_take_connection(netpeer_socket_server *server);
/// Why the last take gave null: NETPEER_ERR_BUSY: nobody waits. NETPEER_ERR_CANT_ACQUIRE_RESOURCE: no descriptors; the
/// connection still waits. NETPEER_ERR_UNCONFIGURED: not listening. NETPEER_ERR_OUT_OF_MEMORY. NETPEER_FAILED. Not in Godot.
NETPEER_C_API netpeer_error netpeer_socket_server_get_last_accept_error(const netpeer_socket_server *server);
/// Origin: Godot SocketServer.is_connection_available.
NETPEER_C_API int netpeer_socket_server_is_connection_available(const netpeer_socket_server *server);
/// Origin: Godot SocketServer.is_listening.
NETPEER_C_API int netpeer_socket_server_is_listening(const netpeer_socket_server *server);
/// Closes; it may listen again. Origin: Godot SocketServer.stop.
NETPEER_C_API netpeer_error netpeer_socket_server_stop(netpeer_socket_server *server);
/// Blocks until a connection waits, at most `timeout_ms` (negative: without limit). NETPEER_ERR_BUSY: time is up.
/// NETPEER_ERR_UNAVAILABLE: not listening. NETPEER_FAILED. Not in Godot.
NETPEER_C_API netpeer_error netpeer_socket_server_wait(netpeer_socket_server *server, int timeout_ms);
/// As netpeer_stream_peer_socket_last_os_error(). Not in Godot.
NETPEER_C_API int netpeer_socket_server_last_os_error(const netpeer_socket_server *server);
/// As netpeer_stream_peer_socket_native_handle(). Not in Godot.
NETPEER_C_API intptr_t netpeer_socket_server_native_handle(const netpeer_socket_server *server);

// --- Packets ---

/// Whole packets in, whole packets out: UDP, packets over a stream, DTLS, ENet. The other names say which kind.
typedef struct netpeer_packet_peer netpeer_packet_peer;
/// Datagrams.
typedef netpeer_packet_peer netpeer_packet_peer_udp;
/// Packets over a stream.
typedef netpeer_packet_peer netpeer_packet_peer_stream;
/// Encrypted datagrams.
typedef netpeer_packet_peer netpeer_packet_peer_dtls;
/// One connection of ENet: see there.
typedef netpeer_packet_peer netpeer_enet_packet_peer;

/// What a TLS or DTLS session trusts and presents: see "TLS".
typedef struct netpeer_tls_options netpeer_tls_options;

/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_packet_peer *netpeer_packet_peer_retain(netpeer_packet_peer *peer);
/// Gives a reference back; the last one closes and frees.
NETPEER_C_API void netpeer_packet_peer_release(netpeer_packet_peer *peer);
/// Packets that can be taken now; negative when that cannot be known. Origin: Godot PacketPeer.get_available_packet_count.
NETPEER_C_API int netpeer_packet_peer_get_available_packet_count(const netpeer_packet_peer *peer);
/// Takes the oldest packet: copies it to `data`, which has room for `capacity` bytes; `*size` gets its size.
/// NETPEER_ERR_OUT_OF_MEMORY with `*size` above `capacity`: too little room; the packet stays the oldest.
/// NETPEER_ERR_UNAVAILABLE: there is none. Else as netpeer_packet_peer_get_packet_view(). Origin: Godot PacketPeer.get_packet.
NETPEER_C_API netpeer_error netpeer_packet_peer_get_packet(
        netpeer_packet_peer *peer, void *data, size_t capacity, size_t *size);
/// The same without a copy of yours: `*data` and `*size` are good until the next packet is taken from this peer or it is
/// gone. For UDP, NETPEER_FAILED: not open, or a report of an earlier packet that could not be delivered, once. DTLS and
/// streams: see there. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_get_packet_view(
        netpeer_packet_peer *peer, const uint8_t **data, size_t *size);
/// Sends a packet; nothing for 0 bytes. Over UDP it blocks while the system has no room (see
/// netpeer_packet_peer_udp_set_blocking_mode()), over streams as they do; else it does not. UDP:
/// NETPEER_ERR_UNCONFIGURED: no destination. NETPEER_ERR_BUSY. NETPEER_FAILED: too long, no route, or a report of an earlier
/// packet. ENet: reliable on channel 0, see netpeer_enet_packet_peer_send(). Origin: Godot PacketPeer.put_packet.
NETPEER_C_API netpeer_error netpeer_packet_peer_put_packet(netpeer_packet_peer *peer, const void *data, size_t size);

// --- UDP ---

/// Null: no memory.
NETPEER_C_API netpeer_packet_peer_udp *netpeer_packet_peer_udp_new(void);
/// Opens a socket on an IP literal of this machine, or on all addresses (null or "*"); port 0: the system's choice.
/// `receive_buffer`: bytes of packets that may wait; 0: Godot's 65536. NETPEER_ERR_ALREADY_IN_USE: open, or a server's peer.
/// NETPEER_ERR_INVALID_PARAMETER: a port outside 0..65535, an address that is none. NETPEER_ERR_CANT_CREATE: no socket.
/// NETPEER_ERR_UNAVAILABLE: the system refuses address and port. Origin: Godot PacketPeerUDP.bind.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_bind(
        netpeer_packet_peer_udp *peer, int port, const char *address, int receive_buffer);
/// Closes and drops what waits. Origin: Godot PacketPeerUDP.close.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_close(netpeer_packet_peer_udp *peer);
/// Fixes the other end: only its packets arrive (forged ones too: UDP proves nothing). Looking a name up blocks.
/// NETPEER_ERR_LOCKED: a server's peer. NETPEER_ERR_INVALID_PARAMETER: a port outside 1..65535, "*". NETPEER_ERR_CANT_RESOLVE.
/// NETPEER_ERR_CANT_OPEN: no socket. NETPEER_FAILED: wrong family, or the system refuses. Origin: Godot
/// PacketPeerUDP.connect_to_host.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_connect_to_host(
        netpeer_packet_peer_udp *peer, const char *host, int port);
/// Where packets go from now on. Looking a name up blocks. NETPEER_ERR_INVALID_PARAMETER: a port outside 1..65535.
/// NETPEER_ERR_CANT_RESOLVE. Origin: Godot PacketPeerUDP.set_dest_address.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_dest_address(
        netpeer_packet_peer_udp *peer, const char *host, int port);
/// Sender of the packet last taken; "" before the first. Origin: Godot PacketPeerUDP.get_packet_ip.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_get_packet_ip(
        const netpeer_packet_peer_udp *peer, netpeer_ip_text *address);
/// Its port; 0 before the first. Origin: Godot PacketPeerUDP.get_packet_port.
NETPEER_C_API int netpeer_packet_peer_udp_get_packet_port(const netpeer_packet_peer_udp *peer);
/// 0 when not open. Origin: Godot PacketPeerUDP.get_local_port.
NETPEER_C_API int netpeer_packet_peer_udp_get_local_port(const netpeer_packet_peer_udp *peer);
/// Whether there is a socket. Origin: Godot PacketPeerUDP.is_bound.
NETPEER_C_API int netpeer_packet_peer_udp_is_bound(const netpeer_packet_peer_udp *peer);
/// Whether the other end is fixed. Origin: Godot PacketPeerUDP.is_socket_connected.
NETPEER_C_API int netpeer_packet_peer_udp_is_socket_connected(const netpeer_packet_peer_udp *peer);
/// Blocks until a packet is there, at most `timeout_ms` (negative: without limit). NETPEER_ERR_TIMEOUT. NETPEER_ERR_SKIP:
/// cancelled. NETPEER_ERR_UNCONFIGURED: not open. NETPEER_FAILED: as a get. Origin: Godot PacketPeerUDP.wait.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_wait(netpeer_packet_peer_udp *peer, int timeout_ms);
/// Any thread. Ends the wait or the blocking put under way, or the next one: NETPEER_ERR_SKIP within 100 ms. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_cancel(netpeer_packet_peer_udp *peer);
/// Whether a put waits while the system has no room (1, at first) or answers NETPEER_ERR_BUSY. Origin: Godot
/// PacketPeerUDP.set_blocking_mode (C++).
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_blocking_mode(netpeer_packet_peer_udp *peer, int enabled);
/// Whether packets may go to broadcast addresses; 0 at first. NETPEER_ERR_LOCKED: a server's peer. NETPEER_ERR_UNAVAILABLE:
/// IPv6 only. NETPEER_FAILED: the system refuses. Origin: Godot PacketPeerUDP.set_broadcast_enabled.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_broadcast_enabled(netpeer_packet_peer_udp *peer, int enabled);
/// Joins a group on the interface of that name (netpeer_interface_address.name). Bind first. NETPEER_ERR_INVALID_PARAMETER: no
/// address, no such interface, wrong family. NETPEER_ERR_LOCKED: a server's peer. NETPEER_ERR_UNCONFIGURED: leaving when not
/// open. NETPEER_FAILED: the system refuses. Origin: Godot PacketPeerUDP.join_multicast_group.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_join_multicast_group(
        netpeer_packet_peer_udp *peer, const char *group, const char *interface_name);
/// The reverse. NETPEER_FAILED also: not joined there. Origin: Godot PacketPeerUDP.leave_multicast_group.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_leave_multicast_group(
        netpeer_packet_peer_udp *peer, const char *group, const char *interface_name);
/// Where packets to groups leave; "": the system's choice. NETPEER_ERR_INVALID_PARAMETER, NETPEER_ERR_LOCKED, NETPEER_FAILED as
/// above. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_multicast_interface(
        netpeer_packet_peer_udp *peer, const char *interface_name);
/// How many routers packets to groups may pass, 0..255; 1 at first. Errors as above. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_multicast_ttl(netpeer_packet_peer_udp *peer, int hops);
/// Whether this machine hears its own packets to groups; 1 at first. Errors as above. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_multicast_loopback(netpeer_packet_peer_udp *peer, int enabled);
/// Asks for buffers of the system of that many bytes; 0: its choice. NETPEER_ERR_INVALID_PARAMETER: negative.
/// NETPEER_ERR_LOCKED, NETPEER_FAILED. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_udp_set_kernel_buffers(
        netpeer_packet_peer_udp *peer, int receive_bytes, int send_bytes);
/// Packets that were there and did not fit into the queue. Not in Godot.
NETPEER_C_API uint64_t netpeer_packet_peer_udp_get_dropped_packet_count(const netpeer_packet_peer_udp *peer);
/// As netpeer_stream_peer_socket_last_os_error(). Not in Godot.
NETPEER_C_API int netpeer_packet_peer_udp_last_os_error(const netpeer_packet_peer_udp *peer);
/// As netpeer_stream_peer_socket_native_handle(); a server's peer answers the server's. Not in Godot.
NETPEER_C_API intptr_t netpeer_packet_peer_udp_native_handle(const netpeer_packet_peer_udp *peer);

/// Many peers on one UDP socket, told apart by address and port.
typedef struct netpeer_udp_server netpeer_udp_server;

/// Null: no memory.
NETPEER_C_API netpeer_udp_server *netpeer_udp_server_new(void);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_udp_server *netpeer_udp_server_retain(netpeer_udp_server *server);
/// The last one stops the server, which closes its peers; their handles stay valid.
NETPEER_C_API void netpeer_udp_server_release(netpeer_udp_server *server);
/// Opens the socket; arguments and errors as netpeer_packet_peer_udp_bind(). NETPEER_ERR_ALREADY_IN_USE: listening.
/// Origin: Godot UDPServer.listen.
NETPEER_C_API netpeer_error netpeer_udp_server_listen(netpeer_udp_server *server, int port, const char *address);
/// Hands what has come to the peers: call it each frame. NETPEER_ERR_UNCONFIGURED: not listening. NETPEER_FAILED: the system
/// refuses. Origin: Godot UDPServer.poll.
NETPEER_C_API netpeer_error netpeer_udp_server_poll(netpeer_udp_server *server);
/// Whether a new peer waits to be taken; does not poll. Origin: Godot UDPServer.is_connection_available.
NETPEER_C_API int netpeer_udp_server_is_connection_available(const netpeer_udp_server *server);
/// Origin: Godot UDPServer.is_listening.
NETPEER_C_API int netpeer_udp_server_is_listening(const netpeer_udp_server *server);
/// 0 when not listening. Origin: Godot UDPServer.get_local_port.
NETPEER_C_API int netpeer_udp_server_get_local_port(const netpeer_udp_server *server);
/// The oldest new peer with what has come from it, yours: keep it, for after its release the next packet from there makes a
/// new one. It receives when the server is polled. Null: none waits, or no memory. Origin: Godot UDPServer.take_connection.
NETPEER_C_API netpeer_packet_peer_udp *netpeer_udp_server_take_connection(netpeer_udp_server *server);
/// Closes the socket and all peers. It may listen again. Origin: Godot UDPServer.stop.
NETPEER_C_API netpeer_error netpeer_udp_server_stop(netpeer_udp_server *server);
/// How many new peers may wait to be taken; 16 at first. NETPEER_ERR_INVALID_PARAMETER: negative.
/// Origin: Godot UDPServer.max_pending_connections.
NETPEER_C_API netpeer_error netpeer_udp_server_set_max_pending_connections(netpeer_udp_server *server, int count);
/// What was set; 0 for no such handle. Origin: Godot UDPServer.max_pending_connections.
NETPEER_C_API int netpeer_udp_server_get_max_pending_connections(const netpeer_udp_server *server);
/// Blocks until there is something to poll, at most `timeout_ms` (negative: without limit). NETPEER_ERR_TIMEOUT.
/// NETPEER_ERR_UNCONFIGURED: not listening. NETPEER_FAILED. Not in Godot.
NETPEER_C_API netpeer_error netpeer_udp_server_wait(netpeer_udp_server *server, int timeout_ms);
/// As netpeer_stream_peer_socket_last_os_error(). Not in Godot.
NETPEER_C_API int netpeer_udp_server_last_os_error(const netpeer_udp_server *server);
/// As netpeer_stream_peer_socket_native_handle(). Not in Godot.
NETPEER_C_API intptr_t netpeer_udp_server_native_handle(const netpeer_udp_server *server);

// --- Packets over a stream ---

/// On the wire a packet is its length, 32 bits little-endian, and its bytes. `stream` may be null: none yet. The peer keeps
/// the stream alive; only the peer should read from it, and sockets must be polled as ever. Null: no memory.
/// A get answers NETPEER_ERR_UNCONFIGURED without a stream, and once NETPEER_ERR_OUT_OF_MEMORY or NETPEER_ERR_INVALID_DATA for
/// a packet announced as longer than the limit: then the peer is broken. A put blocks as the stream does.
/// Origin: Godot PacketPeerStream.
NETPEER_C_API netpeer_packet_peer_stream *netpeer_packet_peer_stream_new(netpeer_stream_peer *stream);
/// Another stream, or none (null): what is buffered is dropped, a broken peer works again.
/// Origin: Godot PacketPeerStream.stream_peer.
NETPEER_C_API netpeer_error netpeer_packet_peer_stream_set_stream_peer(
        netpeer_packet_peer_stream *peer, netpeer_stream_peer *stream);
/// The longest packet that can be received, in bytes; 65532 at first. NETPEER_ERR_INVALID_PARAMETER: negative, or more than
/// 2147483644. NETPEER_ERR_ALREADY_IN_USE: input is buffered. Origin: Godot PacketPeerStream.input_buffer_max_size.
NETPEER_C_API netpeer_error netpeer_packet_peer_stream_set_input_buffer_max_size(
        netpeer_packet_peer_stream *peer, int bytes);
/// The longest packet that can be sent, likewise. Origin: Godot PacketPeerStream.output_buffer_max_size.
NETPEER_C_API netpeer_error netpeer_packet_peer_stream_set_output_buffer_max_size(
        netpeer_packet_peer_stream *peer, int bytes);
/// Whether a length above the limit has been met: behind it nothing can be found. Not in Godot.
NETPEER_C_API int netpeer_packet_peer_stream_is_broken(const netpeer_packet_peer_stream *peer);

// --- ENet ---

/// The numbers are ENet's and Godot's.
enum {
	NETPEER_ENET_COMPRESS_NONE = 0,
	NETPEER_ENET_COMPRESS_RANGE_CODER = 1,
	NETPEER_ENET_COMPRESS_FASTLZ = 2,
	NETPEER_ENET_COMPRESS_ZLIB = 3,
	NETPEER_ENET_COMPRESS_ZSTD = 4
};
enum {
	NETPEER_ENET_EVENT_ERROR = -1,     // not active, or the socket failed in this call; a later call may succeed
	NETPEER_ENET_EVENT_NONE = 0,       // nothing happened
	NETPEER_ENET_EVENT_CONNECT = 1,    // a connection is up
	NETPEER_ENET_EVENT_DISCONNECT = 2, // a connection or an attempt is over
	NETPEER_ENET_EVENT_RECEIVE = 3     // one packet has been added to the peer's queue
};
enum {
	NETPEER_ENET_FLAG_RELIABLE = 1,           // delivered once and in order, or the connection ends
	NETPEER_ENET_FLAG_UNSEQUENCED = 2,        // delivered at once, in any order, maybe not at all
	NETPEER_ENET_FLAG_UNRELIABLE_FRAGMENT = 8 // longer than a datagram: unreliable fragments, not reliable ones
};
enum {
	NETPEER_ENET_HOST_TOTAL_SENT_DATA = 0, // bytes of UDP payload
	NETPEER_ENET_HOST_TOTAL_SENT_PACKETS = 1,
	NETPEER_ENET_HOST_TOTAL_RECEIVED_DATA = 2,
	NETPEER_ENET_HOST_TOTAL_RECEIVED_PACKETS = 3
};
enum {
	NETPEER_ENET_PEER_PACKET_LOSS = 0, // 65536 is everything
	NETPEER_ENET_PEER_PACKET_LOSS_VARIANCE = 1,
	NETPEER_ENET_PEER_PACKET_LOSS_EPOCH = 2,
	NETPEER_ENET_PEER_ROUND_TRIP_TIME = 3, // ms
	NETPEER_ENET_PEER_ROUND_TRIP_TIME_VARIANCE = 4,
	NETPEER_ENET_PEER_LAST_ROUND_TRIP_TIME = 5,
	NETPEER_ENET_PEER_LAST_ROUND_TRIP_TIME_VARIANCE = 6,
	NETPEER_ENET_PEER_PACKET_THROTTLE = 7, // 32: every unreliable packet is sent
	NETPEER_ENET_PEER_PACKET_THROTTLE_LIMIT = 8,
	NETPEER_ENET_PEER_PACKET_THROTTLE_COUNTER = 9,
	NETPEER_ENET_PEER_PACKET_THROTTLE_EPOCH = 10,
	NETPEER_ENET_PEER_PACKET_THROTTLE_ACCELERATION = 11,
	NETPEER_ENET_PEER_PACKET_THROTTLE_DECELERATION = 12,
	NETPEER_ENET_PEER_PACKET_THROTTLE_INTERVAL = 13
};
enum {
	NETPEER_ENET_STATE_DISCONNECTED = 0,
	NETPEER_ENET_STATE_CONNECTING = 1,
	NETPEER_ENET_STATE_ACKNOWLEDGING_CONNECT = 2,
	NETPEER_ENET_STATE_CONNECTION_PENDING = 3,
	NETPEER_ENET_STATE_CONNECTION_SUCCEEDED = 4,
	NETPEER_ENET_STATE_CONNECTED = 5,
	NETPEER_ENET_STATE_DISCONNECT_LATER = 6,
	NETPEER_ENET_STATE_DISCONNECTING = 7,
	NETPEER_ENET_STATE_ACKNOWLEDGING_DISCONNECT = 8,
	NETPEER_ENET_STATE_ZOMBIE = 9
};
/// Why a connection is over. Not in Godot.
enum {
	NETPEER_ENET_DROP_NONE = 0, // it is not
	NETPEER_ENET_DROP_REMOTE_ASKED = 1,
	NETPEER_ENET_DROP_WE_ASKED = 2,
	NETPEER_ENET_DROP_TIMED_OUT = 3,
	NETPEER_ENET_DROP_CONNECT_TIMED_OUT = 4, // never answered
	NETPEER_ENET_DROP_REFUSED = 5,
	NETPEER_ENET_DROP_WE_LEFT = 6,        // without an event
	NETPEER_ENET_DROP_HOST_DESTROYED = 7, // without an event
	NETPEER_ENET_DROP_UNDECODABLE = 8,    // never answered in a way that could be decompressed
	NETPEER_ENET_DROP_SESSION_LOST = 9    // the DTLS session has ended, or never came to be
};

/// How much reliable data may be on its way to a peer at once. Not in Godot.
enum {
	NETPEER_ENET_CONGESTION_RATE_MODEL = 0, // what a model of the path says; paced
	NETPEER_ENET_CONGESTION_CUBIC = 1,      // as TCP does (RFC 9438); paced
	NETPEER_ENET_CONGESTION_STOCK = 2       // as ENet does: at most 64 KiB
};
/// What of a channel's reliable messages is bulk. When not everything may leave at once, bulk waits for everything else. Not in
/// Godot.
enum {
	NETPEER_ENET_PRIORITY_AUTOMATIC =
	        0,                        // messages in fragments, and what makes more than 4096 bytes wait on the channel
	NETPEER_ENET_PRIORITY_PROMPT = 1, // nothing is bulk
	NETPEER_ENET_PRIORITY_BULK = 2    // everything is
};

/// A host on one UDP socket, with all its connections. It belongs to one thread, its peers included.
typedef struct netpeer_enet_connection netpeer_enet_connection;

/// Peers are lent. A netpeer_enet_packet_peer that a function or an event of a connection gives stays valid without any
/// retain until the first netpeer_enet_connection_service() after the one that reported its NETPEER_ENET_EVENT_DISCONNECT, or
/// after the call that ended it without an event (netpeer_enet_packet_peer_peer_disconnect_now(), _reset(),
/// netpeer_enet_connection_destroy()), and until the connection's last release. One connection has one handle, so pointers
/// can be compared. netpeer_packet_peer_retain() keeps it for longer: it then answers as a peer that is disconnected, and
/// packets that were not taken can still be. While there is the connection, any thread may release it; after that, peers of
/// one connection are released one at a time, and not while another thread takes packets from one of them.
typedef struct netpeer_enet_event {
	netpeer_enet_packet_peer *peer; // lent; null for NONE and ERROR, and where there was no memory for a handle
	int32_t type;                   // NETPEER_ENET_EVENT_...
	int32_t channel;                // of RECEIVE
	uint32_t data;                  // CONNECT: the dialler's; DISCONNECT: what the other end passed; else 0
	int32_t reason;                 // of DISCONNECT: NETPEER_ENET_DROP_...
} netpeer_enet_event;

/// What create_host uses from then on; a 0 stands for the default in brackets.
typedef struct netpeer_enet_settings {
	uint32_t mtu;                 // UDP payload bytes, 576..4096 [1392]
	uint32_t duplicate_peers;     // connections accepted from one address [4095]
	uint64_t max_packet_size;     // bytes [32 MiB]
	uint64_t max_waiting_data;    // payload bytes one peer may have waiting here [32 MiB]
	uint64_t peer_memory_limit;   // bytes one peer can make us hold [72 MiB]
	uint64_t host_memory_limit;   // the same for all together [512 MiB]
	uint32_t decompress_share;    // percent of a core that decompressing one peer's datagrams may cost [50]
	uint32_t no_decompress_share; // 1: without a limit
} netpeer_enet_settings;

/// What was dropped and refused, and totals. Counts up for the host's life.
typedef struct netpeer_enet_counters {
	uint64_t received_datagrams;        // all that came
	uint64_t received_bytes;            // of UDP payload
	uint64_t sent_datagrams;            // all that left
	uint64_t sent_bytes;                // of UDP payload
	uint64_t received_plain_bytes;      // what received_bytes would be without compression
	uint64_t sent_plain_bytes;          // what sent_bytes would be without compression
	uint64_t dropped_short;             // no complete header
	uint64_t dropped_oversized;         // longer than 4096 bytes
	uint64_t dropped_unknown_peer;      // no such peer, or nobody there
	uint64_t dropped_wrong_address;     // for a peer that is elsewhere
	uint64_t dropped_wrong_session;     // of an earlier connection
	uint64_t dropped_checksum;          // damaged, or the other end computes none
	uint64_t dropped_decompression;     // malformed, another mode, too large, or over the budget
	uint64_t dropped_decompress_budget; // of these, the ones not even tried
	uint64_t dropped_while_connecting;  // anything but the answer while dialling
	uint64_t refused_connects;          // full, too many from one address, or bad fields
	uint64_t repeated_connects;         // for a connection that exists
	uint64_t malformed_commands;        // not understood
	uint64_t misplaced_commands;        // not in this state or on this channel
	uint64_t refused_over_budget;       // reliable data there was no room for
	uint64_t refused_too_far_ahead;     // seven or eight windows ahead
	uint64_t discarded_duplicates;      // came again
	uint64_t discarded_stale;           // unreliable data that came too late
	uint64_t unmatched_acks;            // for nothing that waits; the other end's echoes count here
	uint64_t spurious_resends;          // what was sent again had arrived
	uint64_t resent_commands;           // what was not acknowledged in time
	uint64_t throttled_packets;         // unreliable packets we chose not to send
	uint64_t out_of_memory;             // requests for memory that failed
	uint64_t unsent_datagrams;          // refused by the system twice
	uint64_t send_errors;               // never to be taken by the system
} netpeer_enet_counters;

/// One connection's numbers beside netpeer_enet_packet_peer_get_statistic().
typedef struct netpeer_enet_peer_stats {
	uint64_t queued_commands;          // waiting to be sent
	uint64_t queued_data;              // payload bytes that have not left for the first time
	uint64_t unacknowledged_commands;  // sent, and not confirmed yet
	uint64_t acknowledged_commands;    // reliable ones the other end has confirmed
	uint64_t resent_commands;          // what was not acknowledged in time
	uint64_t waiting_data;             // payload bytes received and not yet given as events
	uint64_t memory_held;              // all bytes charged to this peer
	uint64_t reliable_data_in_transit; // payload bytes
	uint64_t undecodable_datagrams;    // compressed in another way, or over the budget
	uint32_t mtu;                      // UDP payload bytes
	uint32_t window_size;              // ENet's window, bytes; what may be in flight: congestion_window, below
	uint32_t incoming_bandwidth;       // the other end's limits
	uint32_t outgoing_bandwidth;       // likewise
} netpeer_enet_peer_stats;

/// The path to one peer, learned from the acknowledgements of what is sent reliably. Times in microseconds.
typedef struct netpeer_enet_path_stats {
	uint64_t resent_commands;  // taken for lost and sent once more
	uint64_t spurious_resends; // of these, the ones that had been late, not lost
	uint64_t copied_commands;  // resends that left twice
	uint64_t bandwidth;   // bytes per second the path can carry, if that is known, or that get through; 0: not known
	uint64_t pacing_rate; // at which bulk leaves, bytes per second; 0: what may leave leaves at once
	uint32_t bytes_in_flight;   // payload bytes, not confirmed and not taken for lost
	uint32_t congestion_window; // how many of them there may be; 0: not connected yet
	uint32_t smoothed_rtt_us;   // 0: not measured yet, and so are the next three
	uint32_t rtt_variation_us;  // mean deviation from it
	uint32_t minimum_rtt_us;    // the lowest of this connection
	uint32_t queue_delay_us;    // smoothed less minimum
	uint32_t path_mtu;          // the largest datagram that is sent, UDP payload bytes; 0: not connected yet
} netpeer_enet_path_stats;

/// Null: no memory.
NETPEER_C_API netpeer_enet_connection *netpeer_enet_connection_new(void);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_enet_connection *netpeer_enet_connection_retain(netpeer_enet_connection *connection);
/// The last one destroys the host; the other ends are not told.
NETPEER_C_API void netpeer_enet_connection_release(netpeer_enet_connection *connection);

/// For later calls of create_host. NETPEER_ERR_ALREADY_IN_USE: active. NETPEER_ERR_INVALID_PARAMETER: an MTU out of range. Not
/// in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_settings(
        netpeer_enet_connection *connection, const netpeer_enet_settings *settings);
/// Opens a socket for a host that dials. `max_channels` 0: 255. Bandwidths in bytes per second, 0: unlimited.
/// NETPEER_ERR_ALREADY_IN_USE: active. NETPEER_ERR_INVALID_PARAMETER: `max_peers` outside 1..4095, `max_channels` outside
/// 0..255, a negative bandwidth. NETPEER_ERR_CANT_CREATE: no socket, entropy or memory. Origin: Godot
/// ENetConnection.create_host.
NETPEER_C_API netpeer_error netpeer_enet_connection_create_host(
        netpeer_enet_connection *connection, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth);
/// The same, bound to an IP literal of this machine, or to all addresses (null or "*"); port 0: the system's choice.
/// NETPEER_ERR_INVALID_PARAMETER also: an address that is none, a port outside 0..65535. NETPEER_ERR_CANT_CREATE also: the
/// port is in use. Origin: Godot ENetConnection.create_host_bound.
NETPEER_C_API netpeer_error netpeer_enet_connection_create_host_bound(netpeer_enet_connection *connection,
        const char *address, int port, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth);
/// Closes the socket and forgets everything; the other ends are not told. It can be created again.
/// Origin: Godot ENetConnection.destroy.
NETPEER_C_API netpeer_error netpeer_enet_connection_destroy(netpeer_enet_connection *connection);
/// Whether there is a host. Not in Godot.
NETPEER_C_API int netpeer_enet_connection_is_active(const netpeer_enet_connection *connection);
/// Starts to dial an IP literal or a name, whose look-up blocks. A CONNECT or DISCONNECT event follows. `channels` 0: 255.
/// `data` reaches the other end's CONNECT event. The peer is lent. Null: not active, a port outside 1..65535, no such name,
/// no free peer, no memory. Origin: Godot ENetConnection.connect_to_host.
NETPEER_C_API netpeer_enet_packet_peer *netpeer_enet_connection_connect_to_host(
        netpeer_enet_connection *connection, const char *address, int port, int channels, uint32_t data);
/// Takes the oldest event; if there is none, sends, receives and lets timers run. Repeat it until it answers
/// NETPEER_ENET_EVENT_NONE, each frame: nothing is sent or received outside of it. With `timeout_ms` above 0 it blocks until
/// there is an event or the time is up. Returns event->type. Origin: Godot ENetConnection.service.
NETPEER_C_API int netpeer_enet_connection_service(
        netpeer_enet_connection *connection, int timeout_ms, netpeer_enet_event *event);
/// In how many microseconds service is due at the latest if nothing arrives: 0 at once, -1 nothing is planned. Not in Godot.
NETPEER_C_API int64_t netpeer_enet_connection_next_service_us(const netpeer_enet_connection *connection);
/// Sends what is queued. Origin: Godot ENetConnection.flush.
NETPEER_C_API netpeer_error netpeer_enet_connection_flush(netpeer_enet_connection *connection);
/// Bytes per second, 0: unlimited. Origin: Godot ENetConnection.bandwidth_limit.
NETPEER_C_API netpeer_error netpeer_enet_connection_bandwidth_limit(
        netpeer_enet_connection *connection, int in_bandwidth, int out_bandwidth);
/// Channels of future incoming connections, 1..255; anything else means 255. Origin: Godot ENetConnection.channel_limit.
NETPEER_C_API netpeer_error netpeer_enet_connection_channel_limit(netpeer_enet_connection *connection, int limit);
/// 0 when not active. Origin: Godot ENetConnection.get_max_channels.
NETPEER_C_API int netpeer_enet_connection_get_max_channels(const netpeer_enet_connection *connection);
/// 0 when not active, or while the system has not chosen one. Origin: Godot ENetConnection.get_local_port.
NETPEER_C_API int netpeer_enet_connection_get_local_port(const netpeer_enet_connection *connection);
/// All peers, oldest first, connecting and disconnecting ones included; lent. Origin: Godot ENetConnection.get_peers.
NETPEER_C_API netpeer_error netpeer_enet_connection_get_peers(
        netpeer_enet_connection *connection, netpeer_enet_packet_peer **out, size_t capacity, size_t *count);
/// The counter (NETPEER_ENET_HOST_...) since the last pop; 0 when not active or unknown. Origin: Godot
/// ENetConnection.pop_statistic.
NETPEER_C_API double netpeer_enet_connection_pop_statistic(netpeer_enet_connection *connection, int statistic);
/// Queues a packet for every connected peer that has the channel. NETPEER_ERR_UNCONFIGURED: not active.
/// NETPEER_ERR_INVALID_PARAMETER: no such channel, unknown flags. NETPEER_FAILED: too long. Origin: Godot
/// ENetConnection.broadcast.
NETPEER_C_API netpeer_error netpeer_enet_connection_broadcast(
        netpeer_enet_connection *connection, int channel, const void *data, size_t size, int flags);
/// Sends raw bytes from the host's socket, without ENet's header. Looking a name up blocks. NETPEER_ERR_UNCONFIGURED: not
/// active. NETPEER_ERR_INVALID_PARAMETER: a port outside 1..65535. NETPEER_ERR_CANT_RESOLVE. NETPEER_ERR_BUSY: no room now.
/// Origin: Godot ENetConnection.socket_send.
NETPEER_C_API netpeer_error netpeer_enet_connection_socket_send(
        netpeer_enet_connection *connection, const char *address, int port, const void *data, size_t size);
/// Chooses the codec (NETPEER_ENET_COMPRESS_...), the same at both ends. NETPEER_ERR_UNCONFIGURED: not active.
/// NETPEER_ERR_UNAVAILABLE: not built in. Origin: Godot ENetConnection.compress.
NETPEER_C_API netpeer_error netpeer_enet_connection_compress(netpeer_enet_connection *connection, int mode);
/// Only DTLS clients from here on: right after create_host_bound. Keeps the options. NETPEER_ERR_UNCONFIGURED: not active.
/// NETPEER_ERR_INVALID_PARAMETER: options of a client, no key or certificate, or a key of another certificate.
/// NETPEER_ERR_ALREADY_IN_USE: a peer has been dialled. NETPEER_FAILED: set up before. NETPEER_ERR_UNAVAILABLE: not built in.
/// Origin: Godot ENetConnection.dtls_server_setup.
NETPEER_C_API netpeer_error netpeer_enet_connection_dtls_server_setup(
        netpeer_enet_connection *connection, netpeer_tls_options *options);
/// Dials over DTLS from here on; `hostname` is what the server's certificate must be for. Null options:
/// netpeer_tls_options_new_client(NULL, NULL). Errors as above; NETPEER_ERR_UNCONFIGURED also: no authorities to trust.
/// Origin: Godot ENetConnection.dtls_client_setup.
NETPEER_C_API netpeer_error netpeer_enet_connection_dtls_client_setup(
        netpeer_enet_connection *connection, const char *hostname, netpeer_tls_options *options);
/// Refuses addresses not seen before; DTLS servers only. Origin: Godot ENetConnection.refuse_new_connections.
NETPEER_C_API netpeer_error netpeer_enet_connection_refuse_new_connections(
        netpeer_enet_connection *connection, int refuse);
/// CRC-32 on every datagram, at both ends. NETPEER_ERR_ALREADY_IN_USE: there are peers. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_checksum(netpeer_enet_connection *connection, int enabled);
/// How long dialling may take; 31,500 ms at first. NETPEER_ERR_INVALID_PARAMETER: not above 0. NETPEER_ERR_ALREADY_IN_USE:
/// active. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_connect_timeout(
        netpeer_enet_connection *connection, int timeout_ms);
/// `control`: NETPEER_ENET_CONGESTION_..., for peers that are not told otherwise; RATE_MODEL at first. Kept for hosts created
/// later. NETPEER_ERR_INVALID_PARAMETER: unknown. NETPEER_ERR_ALREADY_IN_USE: active. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_congestion_control(
        netpeer_enet_connection *connection, int control);
/// Stamps datagrams with their numbers instead of milliseconds, so that each acknowledgement names one transmission; 0 at
/// first. The other end need not know. Kept for hosts created later. NETPEER_ERR_ALREADY_IN_USE: active. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_number_datagrams(
        netpeer_enet_connection *connection, int enabled);
/// On a path that loses much, says the last acknowledgement again now and then, so that a stock ENet does not give the
/// connection up; 1 at first. Kept for hosts created later. NETPEER_ERR_ALREADY_IN_USE: active. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_echo_acknowledgements(
        netpeer_enet_connection *connection, int enabled);
/// Stops the host's time until resume, so that a pause costs no connection. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_pause(netpeer_enet_connection *connection);
/// Time goes on with the next service, from where it stopped. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_resume(netpeer_enet_connection *connection);
/// Whether the host's time stands still. Not in Godot.
NETPEER_C_API int netpeer_enet_connection_is_paused(const netpeer_enet_connection *connection);
/// More than this between two calls of service counts as a pause; 0, at first: off. NETPEER_ERR_INVALID_PARAMETER: negative.
/// Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_set_longest_step(netpeer_enet_connection *connection, int step_ms);
/// Writes the first `out_bytes` bytes of the counters: sizeof(*out). NETPEER_ERR_UNCONFIGURED: not active. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_connection_get_counters(
        const netpeer_enet_connection *connection, netpeer_enet_counters *out, size_t out_bytes);

/// Queues a copy of a packet, which may be empty. `flags`: NETPEER_ENET_FLAG_..., 0 is unreliable and in sequence.
/// NETPEER_ERR_UNCONFIGURED: over. NETPEER_ERR_INVALID_PARAMETER: no such channel, unknown flags, too many fragments.
/// NETPEER_FAILED: not connected, or longer than the limit. Origin: Godot ENetPacketPeer.send.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_send(
        netpeer_enet_packet_peer *peer, int channel, const void *data, size_t size, int flags);
/// Drops what is queued, ends the connection and tells the other end `data`: a DISCONNECT event follows here (none when the
/// connection was not up yet). Origin: Godot ENetPacketPeer.peer_disconnect.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_peer_disconnect(netpeer_enet_packet_peer *peer, uint32_t data);
/// The same once everything queued has been acknowledged. Origin: Godot ENetPacketPeer.peer_disconnect_later.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_peer_disconnect_later(
        netpeer_enet_packet_peer *peer, uint32_t data);
/// Sends one datagram at once and forgets the connection: no event here. Origin: Godot
/// ENetPacketPeer.peer_disconnect_now.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_peer_disconnect_now(netpeer_enet_packet_peer *peer, uint32_t data);
/// Forgets the connection: nothing is sent, no event. Origin: Godot ENetPacketPeer.reset.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_reset(netpeer_enet_packet_peer *peer);
/// Queues a ping. Origin: Godot ENetPacketPeer.ping.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_ping(netpeer_enet_packet_peer *peer);
/// Silence before a ping goes out by itself; 0: 500 ms. Origin: Godot ENetPacketPeer.ping_interval.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_ping_interval(netpeer_enet_packet_peer *peer, int interval_ms);
/// When a silent connection is given up: after `max_ms`; or sooner, once both `min_ms` have passed and the time a resend
/// delay that doubles takes to grow by `factor`; 0 for a default (32, 5000, 30000). NETPEER_ERR_UNCONFIGURED: over.
/// NETPEER_ERR_INVALID_PARAMETER: negative, or not in order.
/// Origin: Godot ENetPacketPeer.set_timeout.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_set_timeout(
        netpeer_enet_packet_peer *peer, int factor, int min_ms, int max_ms);
/// Origin: Godot ENetPacketPeer.throttle_configure.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_throttle_configure(
        netpeer_enet_packet_peer *peer, int interval_ms, int acceleration, int deceleration);
/// NETPEER_ENET_PEER_...; 0 when over or unknown. Origin: Godot ENetPacketPeer.get_statistic.
NETPEER_C_API double netpeer_enet_packet_peer_get_statistic(const netpeer_enet_packet_peer *peer, int statistic);
/// NETPEER_ENET_STATE_...; DISCONNECTED when over. Origin: Godot ENetPacketPeer.get_state.
NETPEER_C_API int netpeer_enet_packet_peer_get_state(const netpeer_enet_packet_peer *peer);
/// 0 when over. Origin: Godot ENetPacketPeer.get_channels.
NETPEER_C_API int netpeer_enet_packet_peer_get_channels(const netpeer_enet_packet_peer *peer);
/// 0 when over. Origin: Godot ENetPacketPeer.get_remote_port.
NETPEER_C_API int netpeer_enet_packet_peer_get_remote_port(const netpeer_enet_packet_peer *peer);
/// 1 from the moment the handle exists until its connection is over. Origin: Godot ENetPacketPeer.is_active.
NETPEER_C_API int netpeer_enet_packet_peer_is_active(const netpeer_enet_packet_peer *peer);
/// "" when over. Origin: Godot ENetPacketPeer.get_remote_address.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_get_remote_address(
        const netpeer_enet_packet_peer *peer, netpeer_ip_text *address);
/// Flags of the packet that is taken next; 0 when there is none. Origin: Godot ENetPacketPeer.get_packet_flags.
NETPEER_C_API int netpeer_enet_packet_peer_get_packet_flags(const netpeer_enet_packet_peer *peer);
/// Why the connection is over: NETPEER_ENET_DROP_... Not in Godot.
NETPEER_C_API int netpeer_enet_packet_peer_get_drop_reason(const netpeer_enet_packet_peer *peer);
/// With NETPEER_ENET_DROP_SESSION_LOST, why the session ended: NETPEER_TLS_FAILURE_... Not in Godot.
NETPEER_C_API int netpeer_enet_packet_peer_get_session_failure(const netpeer_enet_packet_peer *peer);
/// Writes the first `out_bytes` bytes of the numbers: sizeof(*out). NETPEER_ERR_UNCONFIGURED: over. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_get_stats(
        const netpeer_enet_packet_peer *peer, netpeer_enet_peer_stats *out, size_t out_bytes);
/// The same of the path. NETPEER_ERR_UNCONFIGURED: over. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_get_path_stats(
        const netpeer_enet_packet_peer *peer, netpeer_enet_path_stats *out, size_t out_bytes);
/// Reliable packets of at most 256 bytes, sent from now on through `channel` (-1: all), leave again with the next `count`
/// datagrams that go out anyway: 0, at first, to 2. NETPEER_ERR_UNCONFIGURED: over. NETPEER_ERR_INVALID_PARAMETER: a count
/// outside 0 to 2, a channel below -1. NETPEER_FAILED: no such channel, or none yet. NETPEER_ERR_OUT_OF_MEMORY. On error
/// nothing has changed. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_set_repeats(
        netpeer_enet_packet_peer *peer, int count, int channel);
/// `priority`: NETPEER_ENET_PRIORITY_..., of the reliable packets sent from now on through `channel` (-1: all). Nothing
/// overtakes what waits in its own channel. NETPEER_ERR_UNCONFIGURED: over. NETPEER_ERR_INVALID_PARAMETER: unknown, a channel
/// below -1. NETPEER_FAILED: no such channel, or none yet. NETPEER_ERR_OUT_OF_MEMORY. On error nothing has changed. Not in
/// Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_set_channel_priority(
        netpeer_enet_packet_peer *peer, int channel, int priority);
/// `control`: NETPEER_ENET_CONGESTION_..., from now on. NETPEER_ERR_UNCONFIGURED: over. NETPEER_ERR_INVALID_PARAMETER: unknown.
/// On error nothing has changed. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_set_congestion_control(
        netpeer_enet_packet_peer *peer, int control);
/// A pointer of yours, null at first, kept with the handle. Not in Godot.
NETPEER_C_API netpeer_error netpeer_enet_packet_peer_set_user_data(netpeer_enet_packet_peer *peer, void *data);
/// The pointer that was set; null before. Not in Godot.
NETPEER_C_API void *netpeer_enet_packet_peer_get_user_data(const netpeer_enet_packet_peer *peer);

// --- TLS and DTLS ---
//
// In a library without mbedTLS (see netpeer_has_feature()) the functions are there and answer NETPEER_ERR_UNAVAILABLE, but for
// netpeer_crypto_generate_random_bytes() and netpeer_crypto_constant_time_compare(), which work. Bytes out: `out` has room
// for `capacity` bytes and `*size` gets how many there are; NETPEER_ERR_OUT_OF_MEMORY with `*size` above `capacity`: too
// little room, nothing is written. PEM is text.

/// Status of a TLS stream and of DTLS packets. Numbers are Godot's.
enum {
	NETPEER_TLS_STATUS_DISCONNECTED = 0,
	NETPEER_TLS_STATUS_HANDSHAKING = 1,
	NETPEER_TLS_STATUS_CONNECTED = 2,
	NETPEER_TLS_STATUS_ERROR = 3,                  // the handshake failed: see the failure
	NETPEER_TLS_STATUS_ERROR_HOSTNAME_MISMATCH = 4 // it failed: the certificate is for another name
};

/// Why a session ended, or which check the other end's certificate failed. Not in Godot.
enum {
	NETPEER_TLS_FAILURE_NONE = 0,
	NETPEER_TLS_FAILURE_CLOSED = 1,      // an orderly end
	NETPEER_TLS_FAILURE_TRUNCATED = 2,   // cut off
	NETPEER_TLS_FAILURE_NOT_TRUSTED = 3, // no chain up to a trusted authority
	NETPEER_TLS_FAILURE_NAME_MISMATCH = 4,
	NETPEER_TLS_FAILURE_EXPIRED = 5, // or revoked
	NETPEER_TLS_FAILURE_NOT_YET_VALID = 6,
	NETPEER_TLS_FAILURE_WRONG_PURPOSE = 7,
	NETPEER_TLS_FAILURE_WEAK = 8,  // a hash, key type or key size not accepted
	NETPEER_TLS_FAILURE_ALERT = 9, // the other end refused, e.g. our certificate
	NETPEER_TLS_FAILURE_NO_COMMON_PROTOCOL = 10,
	NETPEER_TLS_FAILURE_BAD_SIGNATURE = 11,
	NETPEER_TLS_FAILURE_TIMED_OUT = 12,
	NETPEER_TLS_FAILURE_COOKIE_NEEDED = 13, // DTLS server: a first hello; drop the session
	NETPEER_TLS_FAILURE_RECONNECT = 14,     // DTLS server: the same address began anew
	NETPEER_TLS_FAILURE_OUT_OF_MEMORY = 15,
	NETPEER_TLS_FAILURE_PROTOCOL = 16,
	NETPEER_TLS_FAILURE_INTERNAL = 17
};
/// English text of a failure; of an unknown number, that of INTERNAL. Lives for ever. Any thread.
NETPEER_C_API const char *netpeer_tls_failure_text(int failure);

enum { NETPEER_HASH_MD5 = 0, NETPEER_HASH_SHA1 = 1, NETPEER_HASH_SHA256 = 2 };
enum { NETPEER_CURVE_P256 = 0, NETPEER_CURVE_P384 = 1, NETPEER_CURVE_P521 = 2 };

/// A private or public key. One thread at a time, what uses it included.
typedef struct netpeer_crypto_key netpeer_crypto_key;

/// Without a key in it. Null: no memory.
NETPEER_C_API netpeer_crypto_key *netpeer_crypto_key_new(void);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_crypto_key *netpeer_crypto_key_retain(netpeer_crypto_key *key);
/// The last one wipes it.
NETPEER_C_API void netpeer_crypto_key_release(netpeer_crypto_key *key);
/// Reads a PEM or DER file with a private key, or with a public one. Blocks. NETPEER_ERR_INVALID_PARAMETER: the file cannot be
/// opened. NETPEER_FAILED: no such key in it. NETPEER_ERR_UNAUTHORIZED: encrypted. NETPEER_ERR_ALREADY_IN_USE: a session
/// uses this key. On error the old one stays. Origin: Godot CryptoKey.load.
NETPEER_C_API netpeer_error netpeer_crypto_key_load(netpeer_crypto_key *key, const char *path, int public_only);
/// Writes a PEM file, readable for its owner only unless public. Blocks. NETPEER_ERR_INVALID_PARAMETER: the file cannot be made.
/// NETPEER_FAILED: no key, or writing fails. Origin: Godot CryptoKey.save.
NETPEER_C_API netpeer_error netpeer_crypto_key_save(const netpeer_crypto_key *key, const char *path, int public_only);
/// The same from PEM or DER in memory. Origin: Godot CryptoKey.load_from_string.
NETPEER_C_API netpeer_error netpeer_crypto_key_load_from_memory(
        netpeer_crypto_key *key, const void *data, size_t size, int public_only);
/// As PEM. Wipe what you get. NETPEER_FAILED: no key. Origin: Godot CryptoKey.save_to_string.
NETPEER_C_API netpeer_error netpeer_crypto_key_save_to_string(
        const netpeer_crypto_key *key, int public_only, char *text, size_t capacity, size_t *length);
/// 0 also for no key. Origin: Godot CryptoKey.is_public_only.
NETPEER_C_API int netpeer_crypto_key_is_public_only(const netpeer_crypto_key *key);

/// A chain of certificates: a server's own, leaf first, or the authorities a client trusts. One thread at a time, what uses it
/// included.
typedef struct netpeer_x509_certificate netpeer_x509_certificate;

/// Without a certificate in it. Null: no memory.
NETPEER_C_API netpeer_x509_certificate *netpeer_x509_certificate_new(void);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_x509_certificate *netpeer_x509_certificate_retain(netpeer_x509_certificate *certificate);
/// Gives a reference back; the last one closes and frees.
NETPEER_C_API void netpeer_x509_certificate_release(netpeer_x509_certificate *certificate);
/// Reads a PEM or DER file, which replaces what was there. Blocks. NETPEER_ERR_INVALID_PARAMETER: the file cannot be opened.
/// NETPEER_FAILED: no certificate in it, or one that cannot be read. NETPEER_ERR_ALREADY_IN_USE: a session uses this chain. On
/// error the old chain stays. Origin: Godot X509Certificate.load.
NETPEER_C_API netpeer_error netpeer_x509_certificate_load(netpeer_x509_certificate *certificate, const char *path);
/// Writes a PEM file. Blocks. Errors as netpeer_crypto_key_save(). Origin: Godot X509Certificate.save.
NETPEER_C_API netpeer_error netpeer_x509_certificate_save(
        const netpeer_x509_certificate *certificate, const char *path);
/// The same from PEM or DER in memory. Origin: Godot X509Certificate.load_from_string.
NETPEER_C_API netpeer_error netpeer_x509_certificate_load_from_memory(
        netpeer_x509_certificate *certificate, const void *data, size_t size);
/// Adds to the chain. Errors likewise, and nothing is added then. Not in Godot.
NETPEER_C_API netpeer_error netpeer_x509_certificate_append(
        netpeer_x509_certificate *certificate, const void *data, size_t size);
/// As PEM. NETPEER_FAILED: no certificate. Origin: Godot X509Certificate.save_to_string.
NETPEER_C_API netpeer_error netpeer_x509_certificate_save_to_string(
        const netpeer_x509_certificate *certificate, char *text, size_t capacity, size_t *length);
/// Certificates in the chain. Not in Godot.
NETPEER_C_API size_t netpeer_x509_certificate_count(const netpeer_x509_certificate *certificate);
/// The `index`-th one in a line for people; "" when there is none. Not in Godot.
NETPEER_C_API netpeer_error netpeer_x509_certificate_describe(
        const netpeer_x509_certificate *certificate, size_t index, char *text, size_t capacity, size_t *length);

/// What netpeer_crypto_generate_certificate() writes; null and 0 stand for what is in brackets.
typedef struct netpeer_certificate_settings {
	const char *subject_name;               // ["CN=myserver,O=myorganisation,C=IT"]
	const char *not_before;                 // YYYYMMDDhhmmss, UTC ["20140101000000"]
	const char *not_after;                  // ["20340101000000"]
	const char *const *alternative_names;   // host names and addresses [none]
	size_t alternative_name_count;          // how many
	const netpeer_x509_certificate *issuer; // who signs, and with which key [the subject itself]
	const netpeer_crypto_key *issuer_key;   // its private key
	int32_t is_authority;                   // may sign others
	int32_t path_length;                    // that many levels below it; -1: any
	int32_t for_servers;                    // with neither of the two, any use is allowed
	int32_t for_clients;                    // likewise
} netpeer_certificate_settings;

/// Makes a key; `*key` is yours, null on error. RSA blocks for some 0.1 s with 2048 bits, 1 s with 4096.
/// NETPEER_ERR_INVALID_PARAMETER: `bits` odd or outside 1024..8192. NETPEER_FAILED: no entropy. Any thread.
/// Origin: Godot Crypto.generate_rsa.
NETPEER_C_API netpeer_error netpeer_crypto_generate_rsa(int bits, netpeer_crypto_key **key);
/// A key on an elliptic curve (NETPEER_CURVE_...): smaller and much faster. Any thread. Not in Godot.
NETPEER_C_API netpeer_error netpeer_crypto_generate_ec(int curve, netpeer_crypto_key **key);
/// A certificate for `key`, signed by itself; null for the names and dates that netpeer_certificate_settings has.
/// `*certificate` is yours, null on error. NETPEER_ERR_INVALID_PARAMETER: a public key, names or dates that cannot be read.
/// NETPEER_FAILED: no entropy. Origin: Godot Crypto.generate_self_signed_certificate.
NETPEER_C_API netpeer_error netpeer_crypto_generate_self_signed_certificate(const netpeer_crypto_key *key,
        const char *subject_name, const char *not_before, const char *not_after,
        netpeer_x509_certificate **certificate);
/// A certificate with everything that can be said. Errors likewise. Not in Godot.
NETPEER_C_API netpeer_error netpeer_crypto_generate_certificate(const netpeer_crypto_key *key,
        const netpeer_certificate_settings *settings, netpeer_x509_certificate **certificate);
/// Fills `out` with bytes nobody can guess. NETPEER_FAILED: no entropy; do not use what is there. Any thread.
/// Origin: Godot Crypto.generate_random_bytes.
NETPEER_C_API netpeer_error netpeer_crypto_generate_random_bytes(void *out, size_t size);
/// Signs a hash (NETPEER_HASH_...) that was made elsewhere. NETPEER_ERR_INVALID_PARAMETER: a hash of the wrong size, a public
/// key or none. NETPEER_FAILED: no entropy. Origin: Godot Crypto.sign.
NETPEER_C_API netpeer_error netpeer_crypto_sign(int hash_type, const void *hash, size_t hash_size,
        const netpeer_crypto_key *key, void *out, size_t capacity, size_t *size);
/// 1: `signature` was made of `hash` with the private half of `key`. 0: not, or anything is wrong. Origin: Godot Crypto.verify.
NETPEER_C_API int netpeer_crypto_verify(int hash_type, const void *hash, size_t hash_size, const void *signature,
        size_t signature_size, const netpeer_crypto_key *key);
/// RSA. NETPEER_ERR_INVALID_PARAMETER: no RSA key, or too long for it. NETPEER_FAILED: no entropy. Origin: Godot Crypto.encrypt.
NETPEER_C_API netpeer_error netpeer_crypto_encrypt(const netpeer_crypto_key *key, const void *plaintext,
        size_t plaintext_size, void *out, size_t capacity, size_t *size);
/// RSA. NETPEER_ERR_INVALID_PARAMETER: no RSA key, or a public one. NETPEER_ERR_INVALID_DATA: not made for this key.
/// Origin: Godot Crypto.decrypt.
NETPEER_C_API netpeer_error netpeer_crypto_decrypt(const netpeer_crypto_key *key, const void *ciphertext,
        size_t ciphertext_size, void *out, size_t capacity, size_t *size);
/// SHA-1 or SHA-256. Origin: Godot Crypto.hmac_digest.
NETPEER_C_API netpeer_error netpeer_crypto_hmac_digest(int hash_type, const void *key, size_t key_size,
        const void *message, size_t message_size, void *out, size_t capacity, size_t *size);
/// 1: equal. Takes as long for a wrong first byte as for a wrong last one. Any thread. Origin: Godot
/// Crypto.constant_time_compare.
NETPEER_C_API int netpeer_crypto_constant_time_compare(
        const void *trusted, size_t trusted_size, const void *received, size_t received_size);

/// What a client trusts: `trusted`, or null for the system's authorities. `common_name`: what the certificate must be for, or
/// null for the name given when connecting. The options keep what they are made of; any number of sessions may use them.
/// Null: no memory. Origin: Godot TLSOptions.client.
NETPEER_C_API netpeer_tls_options *netpeer_tls_options_new_client(
        netpeer_x509_certificate *trusted, const char *common_name);
/// A client that checks no names, and with a null `trusted` nothing at all. For tests. Origin: Godot TLSOptions.client_unsafe.
NETPEER_C_API netpeer_tls_options *netpeer_tls_options_new_client_unsafe(netpeer_x509_certificate *trusted);
/// A server that presents `certificate` and signs with `key`. Null: one of them is null, no memory. Origin: Godot
/// TLSOptions.server.
NETPEER_C_API netpeer_tls_options *netpeer_tls_options_new_server(
        netpeer_crypto_key *key, netpeer_x509_certificate *certificate);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_tls_options *netpeer_tls_options_retain(netpeer_tls_options *options);
/// Gives a reference back; the last one closes and frees.
NETPEER_C_API void netpeer_tls_options_release(netpeer_tls_options *options);
/// Where clients find the authorities they trust by default: a PEM file; null or "": the system's usual places, which Windows
/// and Android have not. Any thread. Not in Godot.
NETPEER_C_API void netpeer_set_default_trust_path(const char *pem_file);

/// Null: no memory. Data calls of a TLS stream answer NETPEER_ERR_UNCONFIGURED when not connected, NETPEER_ERR_FILE_EOF after an
/// orderly end, NETPEER_ERR_CONNECTION_ERROR when broken or cut off.
NETPEER_C_API netpeer_stream_peer_tls *netpeer_stream_peer_tls_new(void);
/// Begins a client's handshake over a connected stream, which is kept and nobody else's from now on; poll goes on with it.
/// `common_name`: what the certificate must be for. Null options: netpeer_tls_options_new_client(NULL, NULL).
/// NETPEER_ERR_INVALID_PARAMETER: options of a server. NETPEER_ERR_ALREADY_IN_USE. NETPEER_ERR_UNCONFIGURED: no authorities to
/// trust. NETPEER_FAILED: the stream is not connected. Origin: Godot StreamPeerTLS.connect_to_stream.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_connect_to_stream(netpeer_stream_peer_tls *peer,
        netpeer_stream_peer *stream, const char *common_name, netpeer_tls_options *options);
/// Begins a server's. NETPEER_ERR_INVALID_PARAMETER: options of a client, no key or certificate, or a key of another
/// certificate. Origin: Godot StreamPeerTLS.accept_stream.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_accept_stream(
        netpeer_stream_peer_tls *peer, netpeer_stream_peer *stream, netpeer_tls_options *options);
/// Moves everything on, the stream below included: call it each frame. NETPEER_ERR_CONNECTION_ERROR: the handshake failed, or
/// the connection broke. NETPEER_ERR_UNCONFIGURED: not in use. Origin: Godot StreamPeerTLS.poll.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_poll(netpeer_stream_peer_tls *peer);
/// NETPEER_TLS_STATUS_... Origin: Godot StreamPeerTLS.get_status.
NETPEER_C_API int netpeer_stream_peer_tls_get_status(const netpeer_stream_peer_tls *peer);
/// Ends in order and lets go of the stream, which stays open. Origin: Godot StreamPeerTLS.disconnect_from_stream.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_disconnect_from_stream(netpeer_stream_peer_tls *peer);
/// As netpeer_stream_peer_socket_wait(). Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_wait(netpeer_stream_peer_tls *peer, int poll_type, int timeout_ms);
/// As netpeer_stream_peer_socket_set_blocking_timeout(). Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_set_blocking_timeout(netpeer_stream_peer_tls *peer, int timeout_ms);
/// As netpeer_stream_peer_socket_cancel(); any thread. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_cancel(netpeer_stream_peer_tls *peer);
/// Why the last session or handshake ended: NETPEER_TLS_FAILURE_... Not in Godot.
NETPEER_C_API int netpeer_stream_peer_tls_get_failure(const netpeer_stream_peer_tls *peer);
/// The same in mbedTLS's words; "" when there are none. Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_get_failure_detail(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length);
/// While connected "TLSv1.2" or the like; else "". Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_get_protocol(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length);
/// While connected the suite's name; else "". Not in Godot.
NETPEER_C_API netpeer_error netpeer_stream_peer_tls_get_cipher_suite(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length);
/// What the other end presented, yours; null: nothing, or no memory. Not in Godot.
NETPEER_C_API netpeer_x509_certificate *netpeer_stream_peer_tls_take_peer_certificate(
        const netpeer_stream_peer_tls *peer);

/// Null: no memory. A put answers NETPEER_ERR_UNCONFIGURED when not connected, NETPEER_ERR_INVALID_PARAMETER above 16384 bytes,
/// NETPEER_ERR_CONNECTION_ERROR when broken; so does a get, for which a packet of 0 bytes means that there is none.
NETPEER_C_API netpeer_packet_peer_dtls *netpeer_packet_peer_dtls_new(void);
/// Begins a client's handshake over a UDP peer with a fixed other end, which is kept and nobody else's from now on. Else as
/// netpeer_stream_peer_tls_connect_to_stream(). NETPEER_FAILED: nobody is there. Origin: Godot PacketPeerDTLS.connect_to_peer.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_connect_to_peer(netpeer_packet_peer_dtls *peer,
        netpeer_packet_peer_udp *udp, const char *hostname, netpeer_tls_options *options);
/// Moves the handshake on, or takes one packet. Poll the UDP server first, if there is one. Errors as
/// netpeer_stream_peer_tls_poll(). Origin: Godot PacketPeerDTLS.poll.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_poll(netpeer_packet_peer_dtls *peer);
/// NETPEER_TLS_STATUS_... Origin: Godot PacketPeerDTLS.get_status.
NETPEER_C_API int netpeer_packet_peer_dtls_get_status(const netpeer_packet_peer_dtls *peer);
/// Ends in order and lets go of the UDP peer. Origin: Godot PacketPeerDTLS.disconnect_from_peer.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_disconnect_from_peer(netpeer_packet_peer_dtls *peer);
/// Blocks until poll has something to do, at most `timeout_ms` (negative: without limit). NETPEER_ERR_TIMEOUT.
/// NETPEER_ERR_UNCONFIGURED: not in use. NETPEER_ERR_SKIP: the UDP peer's cancel. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_wait(netpeer_packet_peer_dtls *peer, int timeout_ms);
/// Why the last session or handshake ended: NETPEER_TLS_FAILURE_... Not in Godot.
NETPEER_C_API int netpeer_packet_peer_dtls_get_failure(const netpeer_packet_peer_dtls *peer);
/// The same in mbedTLS's words; "" when there are none. Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_get_failure_detail(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length);
/// While connected "DTLSv1.2" or the like; else "". Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_get_protocol(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length);
/// While connected the suite's name; else "". Not in Godot.
NETPEER_C_API netpeer_error netpeer_packet_peer_dtls_get_cipher_suite(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length);
/// What the other end presented, yours; null: nothing, or no memory. Not in Godot.
NETPEER_C_API netpeer_x509_certificate *netpeer_packet_peer_dtls_take_peer_certificate(
        const netpeer_packet_peer_dtls *peer);
/// Datagrams and records dropped: forged, repeated, garbage. Not in Godot.
NETPEER_C_API uint64_t netpeer_packet_peer_dtls_get_dropped_record_count(const netpeer_packet_peer_dtls *peer);

/// Makes DTLS sessions of a UDP server's peers.
typedef struct netpeer_dtls_server netpeer_dtls_server;

/// Null: no memory.
NETPEER_C_API netpeer_dtls_server *netpeer_dtls_server_new(void);
/// One reference more. Returns what it is given.
NETPEER_C_API netpeer_dtls_server *netpeer_dtls_server_retain(netpeer_dtls_server *server);
/// Sessions live on.
NETPEER_C_API void netpeer_dtls_server_release(netpeer_dtls_server *server);
/// Once. Keeps the options. NETPEER_ERR_ALREADY_IN_USE: done already. NETPEER_ERR_INVALID_PARAMETER: as
/// netpeer_stream_peer_tls_accept_stream(). NETPEER_ERR_CANT_CREATE: no entropy. Origin: Godot DTLSServer.setup.
NETPEER_C_API netpeer_error netpeer_dtls_server_setup(netpeer_dtls_server *server, netpeer_tls_options *options);
/// The session of a peer that netpeer_udp_server_take_connection() gave; yours, and it keeps the peer. HANDSHAKING: keep and
/// poll it. ERROR: release it and the peer without a word; a first hello always ends like that. Null: before setup, no such
/// peer, no memory. Origin: Godot DTLSServer.take_connection.
NETPEER_C_API netpeer_packet_peer_dtls *netpeer_dtls_server_take_connection(
        netpeer_dtls_server *server, netpeer_packet_peer_udp *udp);

// --- Compression ---

/// One block of bytes by itself, in the format of a mode of ENet (NETPEER_ENET_COMPRESS_...; NONE copies). `out` may not overlap
/// `data`; `*written` gets the size of the result, 0 on error. NETPEER_ERR_PARAMETER_RANGE_ERROR: does not fit `capacity`; what
/// does not shrink is often not worth sending compressed, so `size` is a good capacity. NETPEER_ERR_INVALID_PARAMETER: also
/// empty, or over 1 GiB. NETPEER_ERR_UNAVAILABLE: not built in (see netpeer_has_feature()). Any thread. Not in Godot.
NETPEER_C_API netpeer_error netpeer_compress(
        int mode, const void *data, size_t size, void *out, size_t capacity, size_t *written);
/// The reverse, for bytes of any origin. The formats but zlib's and zstd's have no checksum: most damage gives other bytes and
/// no error. NETPEER_ERR_INVALID_DATA: malformed, or longer than `capacity`. Any thread. Not in Godot.
NETPEER_C_API netpeer_error netpeer_decompress(
        int mode, const void *data, size_t size, void *out, size_t capacity, size_t *written);

// --- Godot's values ---

/// How netpeer_variant_to_text() writes.
enum {
	NETPEER_VARIANT_TEXT_GDSCRIPT = 0, // what netpeer_variant_from_text() reads back to an equal value
	NETPEER_VARIANT_TEXT_JSON = 1      // for other programs: types JSON has not become arrays, strings or objects
};

/// A value as Godot 4's var_to_bytes(), put_var() and put_packet of a value write it, to text. Bytes of any origin; what follows
/// the value is ignored. NETPEER_ERR_INVALID_DATA: malformed; NETPEER_ERR_FILE_EOF: a string longer than what is there.
/// NETPEER_ERR_UNAUTHORIZED: object data. NETPEER_ERR_OUT_OF_MEMORY also: deeper than 1024, or over 256 MiB (`*length` is 0
/// then). Any thread. Origin: Godot bytes_to_var, var_to_str.
NETPEER_C_API netpeer_error netpeer_variant_to_text(
        const void *data, size_t size, int style, char *text, size_t capacity, size_t *length);
/// The reverse: reads JSON, or what GDScript writes, and gives the bytes: at most `capacity`, `*size` is how many there are.
/// NETPEER_ERR_OUT_OF_MEMORY with `*size` above `capacity`: too little room, nothing is written. NETPEER_ERR_PARSE_ERROR.
/// NETPEER_ERR_UNAUTHORIZED: object data. Any thread. Origin: Godot str_to_var, var_to_bytes.
NETPEER_C_API netpeer_error netpeer_variant_from_text(const char *text, void *out, size_t capacity, size_t *size);

// --- Hooks: what an engine may put in the library's place ---
//
// Groups of functions with a pointer of yours. A group whose functions are all null keeps what the library does by itself. See
// core/hooks.h for every detail; these structures are the same.

/// Memory of everything. allocate and reallocate may answer null. `alignment` is a power of two. reallocate may be null.
/// Called by every thread that uses the library.
typedef struct netpeer_memory_hooks {
	void *user; // first argument of each
	/// A block of `bytes` bytes, or null.
	void *(*allocate)(void *user, size_t bytes, size_t alignment);
	/// `old_bytes` is what was asked for before; on failure `block` stays. Null: the library copies.
	void *(*reallocate)(void *user, void *block, size_t old_bytes, size_t new_bytes, size_t alignment);
	/// `bytes` is what was asked for; `block` is never null.
	void (*release)(void *user, void *block, size_t bytes, size_t alignment);
} netpeer_memory_hooks;

/// Messages, one line each without a line end. `level`: 0 error, 1 warning, 2 information, 3 debugging.
typedef struct netpeer_log_hooks {
	void *user; // first argument of each
	/// `text` is good for the call.
	void (*write)(void *user, int level, const char *text);
} netpeer_log_hooks;

/// A broken invariant of the library itself, where assertions are compiled in. If it returns, the program goes on.
typedef struct netpeer_assert_hooks {
	void *user; // first argument of each
	/// What does not hold, and where.
	void (*failed)(void *user, const char *expression, const char *file, int line);
} netpeer_assert_hooks;

/// Bytes nobody can guess: fills all of them and answers 0, or anything else for a failure. Any thread.
typedef struct netpeer_random_hooks {
	void *user; // first argument of each
	/// 0, or anything else for a failure.
	int (*fill)(void *user, uint8_t *bytes, size_t size);
} netpeer_random_hooks;

/// The resolver's threads. create runs body(argument) on a new thread, not in the call, and answers 0; join waits for its end.
typedef struct netpeer_thread_hooks {
	void *user; // first argument of each
	/// 0, or anything else when there is no thread; `*thread` is for join.
	int (*create)(void *user, void (*body)(void *argument), void *argument, void **thread);
	/// Waits until the body has returned, and forgets the thread.
	void (*join)(void *user, void *thread);
} netpeer_thread_hooks;

/// IPv6, or IPv4 mapped into it (ten zero bytes, two of 255, four of the address); all zero is the wildcard. `port` is a number, in no network order.
typedef struct netpeer_socket_address {
	uint8_t bytes[16]; // in network order
	uint16_t port;     // 1234 is 1234
	uint16_t unused;   // 0
	uint32_t scope;    // of link-local addresses: the interface's index, or 0
} netpeer_socket_address;

/// What a socket is ready for.
enum {
	NETPEER_SOCKET_READABLE = 1, // data, the end of a stream, a connection to accept
	NETPEER_SOCKET_WRITABLE = 2, // room to send, a connection attempt that is decided
	NETPEER_SOCKET_BROKEN = 4    // needs no asking: the connection is broken or refused
};
/// One socket of netpeer_socket_hooks.poll.
typedef struct netpeer_socket_poll {
	intptr_t handle; // of open or accept
	int32_t wanted;  // NETPEER_SOCKET_READABLE, NETPEER_SOCKET_WRITABLE, or both
	int32_t ready;   // of these and NETPEER_SOCKET_BROKEN
} netpeer_socket_poll;

/// Kinds and families for open, and options with their values for set_option.
enum { NETPEER_SOCKET_UDP = 0, NETPEER_SOCKET_TCP = 1, NETPEER_SOCKET_UNIX = 2 };
enum { NETPEER_SOCKET_IPV4 = 1, NETPEER_SOCKET_IPV6 = 2, NETPEER_SOCKET_DUAL_STACK = 3 };
enum {
	NETPEER_SOCKET_NO_DELAY = 0,            // 0 or 1
	NETPEER_SOCKET_BROADCAST = 1,           // 0 or 1
	NETPEER_SOCKET_REUSE_ADDRESS = 2,       // 0 or 1, before bind
	NETPEER_SOCKET_REUSE_PORT = 3,          // 0 or 1, before bind
	NETPEER_SOCKET_RECEIVE_BUFFER = 4,      // bytes
	NETPEER_SOCKET_SEND_BUFFER = 5,         // bytes
	NETPEER_SOCKET_KEEP_ALIVE = 6,          // 0 or 1; the next three come before it
	NETPEER_SOCKET_KEEP_ALIVE_IDLE = 7,     // seconds
	NETPEER_SOCKET_KEEP_ALIVE_INTERVAL = 8, // seconds
	NETPEER_SOCKET_KEEP_ALIVE_COUNT = 9,
	NETPEER_SOCKET_MULTICAST_TTL = 10,     // 0 to 255
	NETPEER_SOCKET_MULTICAST_LOOPBACK = 11 // 0 or 1
};

/// The calls sockets are made of, each as SocketHooks in core/hooks.h describes it: never blocking but for poll and resolve,
/// answering a netpeer_error, NETPEER_ERR_BUSY for "not now". Handles are yours, -1 is none. A null function is a call the platform
/// has not; needed are open, close, bind, poll, local_address, send_to and receive_from.
typedef struct netpeer_socket_hooks {
	void *user; // first argument of each
	/// A non-blocking socket of a kind and a family (NETPEER_SOCKET_...); may answer IPV4 to DUAL_STACK.
	int (*open)(void *user, int kind, int *family, intptr_t *handle);
	/// The handle is gone then.
	void (*close)(void *user, intptr_t handle);
	/// Port 0: one that is free.
	int (*bind)(void *user, intptr_t handle, const netpeer_socket_address *local);
	/// Where it is bound.
	int (*local_address)(void *user, intptr_t handle, netpeer_socket_address *local);
	/// Sleeps until one is ready or the time (negative: unlimited) is up, or less; fills each `ready`.
	int (*poll)(void *user, netpeer_socket_poll *entries, size_t count, int64_t timeout_us);
	/// One datagram; `to` is null after connect. NETPEER_ERR_CONNECTION_ERROR: because of an earlier one (ICMP).
	int (*send_to)(void *user, intptr_t handle, const uint8_t *bytes, size_t size, const netpeer_socket_address *to);
	/// One datagram; `*size` is its whole size, also above `room`.
	int (*receive_from)(
	        void *user, intptr_t handle, uint8_t *buffer, size_t room, size_t *size, netpeer_socket_address *from);
	/// TCP: NETPEER_ERR_BUSY: under way. UDP: fixes the other end; null takes that back.
	int (*connect)(void *user, intptr_t handle, const netpeer_socket_address *remote);
	/// NETPEER_OK, NETPEER_ERR_BUSY, or it failed.
	int (*connect_result)(void *user, intptr_t handle);
	/// For accept.
	int (*listen)(void *user, intptr_t handle, int backlog);
	/// NETPEER_ERR_BUSY: nobody waits. NETPEER_ERR_CANT_ACQUIRE_RESOURCE: no handle or memory at present.
	int (*accept)(void *user, intptr_t handle, intptr_t *accepted, netpeer_socket_address *remote);
	/// At least one byte, or NETPEER_ERR_BUSY.
	int (*send)(void *user, intptr_t handle, const uint8_t *bytes, size_t size, size_t *sent);
	/// At least one byte, NETPEER_ERR_BUSY, or NETPEER_ERR_FILE_EOF at the end of the stream.
	int (*receive)(void *user, intptr_t handle, uint8_t *buffer, size_t room, size_t *received);
	/// `half`: 0 receiving, 1 sending, 2 both.
	int (*shutdown)(void *user, intptr_t handle, int half);
	/// The other end.
	int (*remote_address)(void *user, intptr_t handle, netpeer_socket_address *remote);
	/// What receive would give now; a guess from below will do.
	int (*available)(void *user, intptr_t handle, size_t *bytes);
	/// Unix sockets.
	int (*bind_path)(void *user, intptr_t handle, const char *path);
	/// Answers as connect, and is called again while it says NETPEER_ERR_BUSY.
	int (*connect_path)(void *user, intptr_t handle, const char *path);
	/// NETPEER_SOCKET_NO_DELAY and so on.
	int (*set_option)(void *user, intptr_t handle, int option, int value);
	/// `join` 0: leaves. Index 0 and an address of zero bytes: not known.
	int (*join_group)(void *user, intptr_t handle, const netpeer_socket_address *group, uint32_t interface_index,
	        const netpeer_socket_address *interface_address, int join);
	/// Where datagrams to groups leave; index 0 and zero bytes: the system's choice.
	int (*set_multicast_interface)(
	        void *user, intptr_t handle, uint32_t interface_index, const netpeer_socket_address *interface_address);
	/// Addresses of `name`, best first, at most `capacity`. Blocks. Any thread, several at once.
	int (*resolve)(
	        void *user, const char *name, int family, netpeer_socket_address *out, size_t capacity, size_t *count);
	/// Calls add(gatherer, ...) for each address of each interface. Any thread.
	int (*list_interfaces)(void *user,
	        void (*add)(void *gatherer, const char *name, const char *friendly_name, uint32_t index,
	                const netpeer_socket_address *address),
	        void *gatherer);
} netpeer_socket_hooks;

/// All of them.
typedef struct netpeer_hooks {
	netpeer_memory_hooks memory;  // all it takes
	netpeer_log_hooks log;        // what it says
	netpeer_assert_hooks asserts; // what it finds broken in itself
	netpeer_random_hooks random;  // its secrets
	netpeer_thread_hooks threads; // the resolver's
	netpeer_socket_hooks sockets; // all sockets
} netpeer_hooks;

/// Replaces all hooks by a copy of `hooks`, of which there are `hooks_bytes` bytes: sizeof(*hooks). Null: the defaults. Before
/// anything else of the library, or after all of it is gone; no other thread may be using it. NETPEER_ERR_ALREADY_IN_USE while
/// netpeer_get_live_allocations() is not 0. NETPEER_ERR_INVALID_PARAMETER: a group that is not complete, or
/// bytes that end inside a group. Nothing changes then.
/// What keeps memory for the process: netpeer_ip_get_singleton(), which streams that look up names use too, until
/// netpeer_ip_destroy_singleton(); what netpeer_set_default_trust_path(NULL) gives back.
NETPEER_C_API netpeer_error netpeer_set_hooks(const netpeer_hooks *hooks, size_t hooks_bytes);
/// Blocks of memory that the library holds. Any thread.
NETPEER_C_API size_t netpeer_get_live_allocations(void);

#ifdef __cplusplus
}
#endif

#endif
