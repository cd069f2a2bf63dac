// Private: NetSocket on the socket hooks, and what else is asked of them in place of the system.
#pragma once

#include "../core/hooks.h"
#include "net_socket.h"

namespace netpeer {

/// Whether the socket hooks are in force.
inline bool sockets_are_hooked() { return get_hooks().sockets.open != nullptr; }

/// A closed socket on the hooks; null when there is no memory.
std::unique_ptr<NetSocket> create_hooked_net_socket();

/// Addresses as hooks have them. The wildcard is all zero bytes, and the other way round.
SocketHookAddress hook_address_of(const IPAddress &address, uint16_t port = 0, uint32_t scope = 0);
Endpoint endpoint_of_hook(const SocketHookAddress &address);

} // namespace netpeer
