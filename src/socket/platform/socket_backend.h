// Private: what the platform files offer to the rest of socket/. No OS header here.
#pragma once

#include "../net_socket.h"

namespace netpeer {

/// A closed socket of this system; null when there is no memory.
std::unique_ptr<NetSocket> create_system_net_socket();

} // namespace netpeer
