// Private: what the platform files offer to the rest of socket/. No OS header here.
#pragma once

#include "../net_socket.h"

namespace netpeer {

/// A closed socket of this system; null when there is no memory.
std::unique_ptr<NetSocket> create_system_net_socket();

/// Asks the system's resolver and blocks. Writes at most `capacity` different addresses of the wanted kind, in the
/// resolver's order. ERR_CANT_RESOLVE when there is none.
Error lookup_host(const char *name, IPType type, IPAddress *out, size_t capacity, size_t &count);

} // namespace netpeer
