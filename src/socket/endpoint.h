// Endpoint: where a datagram comes from or goes to. A value; equality and a keyed hash for tables that strangers fill.
// Fragmentation: how it may travel.
#pragma once

#include "ip_address.h"

namespace netpeer {

/// An address and a UDP or TCP port.
struct Endpoint {
	IPAddress address; // not valid at first
	uint16_t port = 0; // 0: none
	/// Where a link-local IPv6 address is reached: the index of an interface, as senders of datagrams come with it; 0 when
	/// that is not known, and for all other addresses. Every link has addresses of its own of that kind.
	uint32_t scope = 0;
};

/// A scope that is not known equals every other.
inline bool operator==(const Endpoint &a, const Endpoint &b) {
	return a.port == b.port && a.address == b.address && (a.scope == b.scope || a.scope == 0 || b.scope == 0);
}
/// Not equal by the above.
inline bool operator!=(const Endpoint &a, const Endpoint &b) { return !(a == b); }

/// What may become of a datagram that is longer than the path carries in one piece.
enum class Fragmentation : uint8_t {
	kAsSystem = 0, // what the system does by itself
	kNever = 1,    // it vanishes, or the system refuses it: for probes
	kAllowed = 2,  // it travels in fragments, where the network lets those pass
};

/// A secret that keeps strangers from choosing colliding addresses.
struct HashKey {
	/// @{
	/// The two halves of the secret.
	uint64_t k0 = 0;
	uint64_t k1 = 0;
	/// @}
};

/// SipHash-1-3 of the 16 address bytes.
uint64_t hash_address(const HashKey &key, const IPAddress &address);
/// SipHash-1-3 of address and port, without the scope.
uint64_t hash_endpoint(const HashKey &key, const Endpoint &endpoint);

} // namespace netpeer
