// Private: the system calls behind a fixed other end and multicast, next to those of os_socket.h. Included by
// socket/platform/*.cpp only: it brings in OS headers.
#pragma once

#include "os_socket.h"

namespace netpeer {

// The calls below answer 0 or the system's error number.

/// Makes a UDP socket accept from and send to everybody again.
int os_disconnect_udp(OsSocket handle, IPType type);
/// Keeps from a UDP socket what other sockets' memberships bring in. Nothing where the system cannot be told.
void os_hear_own_groups_only(OsSocket handle, IPType type);
/// IPv4 groups need `on.ipv4`, which `on.index` makes unambiguous where the system can; IPv6 groups go by `on.index`.
int os_change_membership(OsSocket handle, const IPAddress &group, const MulticastInterface &on, bool join);
/// Of one family; a default `out`, or index 0: the system's choice. IPv4 as above.
int os_set_multicast_interface_v4(OsSocket handle, const MulticastInterface &out);
int os_set_multicast_interface_v6(OsSocket handle, uint32_t index);
/// Of one family.
int os_set_multicast_ttl(OsSocket handle, bool v6, int hops);
int os_set_multicast_loopback(OsSocket handle, bool v6, bool enabled);
/// For both families of the socket. `former` is filled by the first call. kOsNoFragmentation: the system has no such thing.
int os_set_fragmentation(OsSocket handle, IPType type, Fragmentation fragmentation, OsFragmentation &former);
constexpr int kOsNoFragmentation = -1;

} // namespace netpeer
