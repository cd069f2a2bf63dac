// Private: poll() with a Duration, and what a PollType is to it.
#pragma once

#include "../../core/netpeer_config.h"

#if NETPEER_OS_POSIX

#include "../net_socket.h"

#include <poll.h>

namespace netpeer {

constexpr short os_poll_events(PollType type) {
	return type == PollType::POLL_TYPE_IN ? POLLIN : type == PollType::POLL_TYPE_OUT ? POLLOUT : POLLIN | POLLOUT;
}

/// One call of poll() or its finer sibling: -1 and errno when it failed or was interrupted.
int os_poll(pollfd *entries, size_t count, Duration timeout);

/// Close-on-exec and non-blocking for a handle that was born without; 0 or the system's error number.
int os_adopt_handle(int handle);
/// No SIGPIPE from this handle, where that is said once per socket.
int os_mute_handle(int handle);

} // namespace netpeer

#endif // NETPEER_OS_POSIX
