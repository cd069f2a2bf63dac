// Winsock: the fixed other end of a UDP socket, and multicast.
#include "os_udp_options.h"

#if NETPEER_OS_WINDOWS

namespace netpeer {

namespace {

constexpr int kWinsockDontFragment = 14; // IP_DONTFRAGMENT and IPV6_DONTFRAG

template <class T> int winsock_set_option(SOCKET handle, int level, int name, const T &value) {
	const char *bytes = reinterpret_cast<const char *>(&value);
	return setsockopt(handle, level, name, bytes, static_cast<int>(sizeof(value))) == 0 ? 0 : os_last_error();
}

} // namespace

int os_disconnect_udp(OsSocket handle, IPType type) {
	OsAddress nobody; // all zero bytes, of the socket's own family
	nobody.any.sa_family = type == IPType::IPV4 ? AF_INET : AF_INET6;
	if (type == IPType::IPV4) nobody.size = static_cast<socklen_t>(sizeof(nobody.v4));
	return connect(handle, &nobody.any, nobody.size) == 0 ? 0 : os_last_error();
}

void os_hear_own_groups_only(OsSocket, IPType) {}

int os_change_membership(OsSocket handle, const IPAddress &group, const MulticastInterface &on, bool join) {
	if (group.is_ipv4()) {
		ip_mreq request{};
		std::memcpy(&request.imr_multiaddr, group.get_ipv4(), 4);
		std::memcpy(&request.imr_interface, on.ipv4.get_ipv4(), 4);
		return winsock_set_option(handle, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request);
	}
	ipv6_mreq request{};
	std::memcpy(&request.ipv6mr_multiaddr, group.get_ipv6(), 16);
	request.ipv6mr_interface = on.index;
	return winsock_set_option(handle, IPPROTO_IPV6, join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, request);
}

int os_set_multicast_interface_v4(OsSocket handle, const MulticastInterface &out) {
	in_addr address{};
	if (out.ipv4.is_valid()) std::memcpy(&address, out.ipv4.get_ipv4(), 4);
	return winsock_set_option(handle, IPPROTO_IP, IP_MULTICAST_IF, address);
}

int os_set_multicast_interface_v6(OsSocket handle, uint32_t index) {
	return winsock_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
}

int os_set_multicast_ttl(OsSocket handle, bool v6, int hops) {
	return v6 ? os_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops)
	          : os_set_option(handle, IPPROTO_IP, IP_MULTICAST_TTL, hops);
}

int os_set_multicast_loopback(OsSocket handle, bool v6, bool enabled) {
	return v6 ? os_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, enabled ? 1 : 0)
	          : os_set_option(handle, IPPROTO_IP, IP_MULTICAST_LOOP, enabled ? 1 : 0);
}

int os_set_fragmentation(OsSocket handle, IPType type, Fragmentation fragmentation, OsFragmentation &) {
	const int never = fragmentation == Fragmentation::kNever ? 1 : 0;
	const int code = type == IPType::IPV6 ? 0 : os_set_option(handle, IPPROTO_IP, kWinsockDontFragment, never);
	if (code != 0 || type == IPType::IPV4) return code;
	return os_set_option(handle, IPPROTO_IPV6, kWinsockDontFragment, never);
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
