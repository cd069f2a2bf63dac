// The Luna engine's error numbers, and what ours are there. Follows docs/luna-parity.md.
#pragma once

#include "../core/error_list.h"

namespace netpeer {
namespace luna {

/// Origin: Luna SocketError.
enum class SocketError : int {
	SUCCESS = 0,
	FAILED = 1,
	INIT_FAILED = 2,
	BIND_FAILED = 3,
	CONNECT_FAILED = 4,
	INVALID_IP_ADDRESS = 5,
	ALREADY_INIT = 6,
	CONNECTION_CLOSED = 7,
	OUT_OF_BUFFER_MEMORY = 8,
	BUSY = 9,
	SOCKET_INVALID = 10,
	FILE_EOF = 11,
};

/// Which call has answered: the same error means different things to Luna.
enum class SocketCallKind : int { BIND = 0, CONNECT = 1, POLL = 2, DATA = 3 };

/// OK is SUCCESS everywhere. ERR_ALREADY_IN_USE: ALREADY_INIT. ERR_FILE_EOF: FILE_EOF. BIND: ERR_UNAVAILABLE (the system
/// refuses) is BIND_FAILED. POLL: ERR_CONNECTION_ERROR and ERR_CANT_RESOLVE are CONNECT_FAILED. All else is FAILED.
SocketError socket_error_from(Error error, SocketCallKind call);

} // namespace luna
} // namespace netpeer
