// Names to addresses, synchronously. The asynchronous queue and the cache come with the stream classes.
#pragma once

#include "../core/error_list.h"
#include "net_socket.h"

namespace netpeer {

/// First address of `name` of the wanted kind (ANY prefers IPv4, as Godot answers "localhost" with 127.0.0.1).
/// A literal is parsed and never blocks; anything else asks the system's resolver and blocks until it answers.
/// ERR_INVALID_PARAMETER for a null or empty name or NONE; ERR_CANT_RESOLVE when there is no such address.
Error resolve_host(const char *name, IPType type, IPAddress &out);

} // namespace netpeer
