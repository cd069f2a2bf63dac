// Private: the single system calls of TCP and Unix stream sockets, next to those of os_socket.h. Included by
// socket/platform/*.cpp only: it brings in OS headers.
#pragma once

#include "../../core/library_object.h"
#include "os_socket.h"

#include <string_view>

#if NETPEER_OS_WINDOWS
#if defined(__has_include)
#if __has_include(<afunix.h>)
#include <afunix.h>
#define NETPEER_OS_HAS_UNIX_SOCKETS 1
#endif
#endif
#else
#include <sys/un.h>
#define NETPEER_OS_HAS_UNIX_SOCKETS 1
#endif

namespace netpeer {

/// A path as the system wants it.
struct OsUnixAddress {
#ifdef NETPEER_OS_HAS_UNIX_SOCKETS
	sockaddr_un value;
#else
	struct {
		unsigned short sun_family;
		char sun_path[108];
	} value; // an SDK without them: os_open_unix() has refused before anybody fills this
#endif
	socklen_t size;
};

/// Bytes of the longest path. Godot's rule, kept so that a path is good on both sides: "less than sizeof(sun_path) - 1",
/// which is one byte less than the system would take. 106 on Linux and Windows, 102 on macOS and the BSDs.
constexpr size_t kLongestUnixPath = sizeof(OsUnixAddress::value.sun_path) - 2;

/// False for what is no path: empty, too long, or with a zero byte (in front: an abstract name).
bool os_unix_address(std::string_view path, OsUnixAddress &out);

/// The file a socket was bound to, to be removed with it.
struct OsUnixFile : LibraryObject {
	char path[sizeof(OsUnixAddress::value.sun_path)] = {};
	uint64_t device = 0;
	uint64_t number = 0;
};

/// What is in the way of a Unix address.
enum class OsUnixObstacle {
	kNothing,  // not any more
	kOther,    // something that is not a socket
	kListener, // a socket somebody listens on
	kStale,    // a socket nobody listens on
	kHidden    // no permission to find out
};
/// Looks at the file and, if it is a socket, tries to connect to it.
OsUnixObstacle os_unix_obstacle(const OsUnixAddress &address, OsUnixFile &out);
/// Notes which file `address` is.
void os_note_unix_file(const OsUnixAddress &address, OsUnixFile &out);
/// Removes the file if it is still the one noted. 0 also when it is gone or another one.
int os_remove_unix_file(const OsUnixFile &file);

// The calls below answer 0 or the system's error number, and repeat interrupted calls.

/// Non-blocking, close-on-exec, never raising SIGPIPE.
int os_open_tcp(int family, bool v6_only, OsSocket &out);
int os_open_unix(OsSocket &out);
int os_bind_unix(OsSocket handle, const OsUnixAddress &local);
/// Before the bind of a TCP socket: what this system needs so that nobody else can take the same port.
int os_claim_port(OsSocket handle);
/// SO_REUSEADDR where that lets a server restart and nothing worse.
int os_set_reuse_address(OsSocket handle, bool enabled);
/// Several sockets may have the port. `known` is false where there is no such thing.
int os_set_reuse_port(OsSocket handle, bool enabled, bool &known);
/// Seconds and a number that any system holds, not negative; 0: the system's own.
int os_set_keep_alive(OsSocket handle, bool enabled, int idle_s, int interval_s, int count);

int os_listen(OsSocket handle, int backlog);
/// `out` is non-blocking, close-on-exec and never raises SIGPIPE. `remote` may be null.
int os_accept(OsSocket handle, OsSocket &out, OsAddress *remote);
/// The number for a connect that failed without one.
int os_refused();
/// TCP_NODELAY; its header differs.
int os_no_delay_option();
/// OsFailure::kInProgress: under way. kWouldBlock: the server's queue is full (Unix sockets).
int os_connect(OsSocket handle, const sockaddr &remote, socklen_t size);
enum class OsPatience {
	kNone, // never wait
	kWaits // wait as long as os_become_patient() said, or until a signal; then "would block"
};
/// From now on calls with kWaits sleep at most `limit`. Not known everywhere.
int os_become_patient(OsSocket handle, Duration limit);
int os_send(OsSocket handle, ByteView bytes, size_t &sent, OsPatience patience);
int os_receive(OsSocket handle, MutBytes buffer, size_t &received, OsPatience patience);
int os_shutdown(OsSocket handle, ShutdownHalf half);
int os_available(OsSocket handle, int &bytes);
int os_remote_address(OsSocket handle, OsAddress &out);

} // namespace netpeer
