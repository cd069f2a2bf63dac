// BSD sockets: the fixed other end of a UDP socket, and multicast.
#include "os_udp_options.h"

#if NETPEER_OS_POSIX

#include <errno.h>

namespace netpeer {

namespace {

// The one name of these two that every system knows; Linux calls them IPV6_ADD_MEMBERSHIP and IPV6_DROP_MEMBERSHIP too.
#if defined(IPV6_JOIN_GROUP)
constexpr int kBsdJoinV6 = IPV6_JOIN_GROUP;
constexpr int kBsdLeaveV6 = IPV6_LEAVE_GROUP;
#else
constexpr int kBsdJoinV6 = IPV6_ADD_MEMBERSHIP;
constexpr int kBsdLeaveV6 = IPV6_DROP_MEMBERSHIP;
#endif

#if NETPEER_OS_LINUX
// Linux's numbers for IP_MTU_DISCOVER and IPV6_MTU_DISCOVER.
constexpr int kLinuxMayFragment = 0; // IP_PMTUDISC_DONT
constexpr int kLinuxProbe = 3;       // IP_PMTUDISC_PROBE: never in fragments, and whatever is known of the path
constexpr int kLinuxIPv6LeastMtu = 1280;

// Linux's numbers; the second is missing from older headers.
constexpr int kLinuxMulticastAllV4 = 49; // IP_MULTICAST_ALL
constexpr int kLinuxMulticastAllV6 = 29; // IPV6_MULTICAST_ALL, kernel 4.20
#endif

template <class T> int bsd_set_option(int handle, int level, int name, const T &value) {
	return setsockopt(handle, level, name, &value, static_cast<socklen_t>(sizeof(value))) == 0 ? 0 : errno;
}

#if NETPEER_OS_LINUX
// By index: two interfaces may have one address.
int linux_change_membership(int handle, const IPAddress &group, uint32_t index, bool join) {
	group_req request{};
	sockaddr_in address{};
	address.sin_family = AF_INET;
	std::memcpy(&address.sin_addr, group.get_ipv4(), 4);
	std::memcpy(&request.gr_group, &address, sizeof(address));
	request.gr_interface = index;
	return bsd_set_option(handle, IPPROTO_IP, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, request);
}
#endif

#if NETPEER_OS_LINUX
int linux_get_option(int handle, int level, int name, int &value) {
	socklen_t size = static_cast<socklen_t>(sizeof(value));
	return getsockopt(handle, level, name, &value, &size) == 0 ? 0 : errno;
}
#endif

} // namespace

int os_disconnect_udp(OsSocket handle, IPType) {
	OsAddress nobody;
	nobody.any.sa_family = AF_UNSPEC;
	if (connect(handle, &nobody.any, nobody.size) == 0) return 0;
	// The BSDs take the other end off and complain about the address.
	return errno == EAFNOSUPPORT || errno == EINVAL ? 0 : errno;
}

// Without this Linux hands a socket what comes for a group that any program of the machine has joined, on any interface.
void os_hear_own_groups_only(OsSocket handle, IPType type) {
#if NETPEER_OS_LINUX
	if (type != IPType::IPV6) (void)os_set_option(handle, IPPROTO_IP, kLinuxMulticastAllV4, 0);
	if (type != IPType::IPV4) (void)os_set_option(handle, IPPROTO_IPV6, kLinuxMulticastAllV6, 0);
#else
	(void)handle;
	(void)type;
#endif
}

int os_change_membership(OsSocket handle, const IPAddress &group, const MulticastInterface &on, bool join) {
	if (group.is_ipv4()) {
#if NETPEER_OS_LINUX
		const int code = on.index != 0 ? linux_change_membership(handle, group, on.index, join) : ENOPROTOOPT;
		if (code != ENOPROTOOPT) return code; // that is an emulator, which knows the older call only
#endif
		ip_mreq request{};
		std::memcpy(&request.imr_multiaddr, group.get_ipv4(), 4);
		std::memcpy(&request.imr_interface, on.ipv4.get_ipv4(), 4);
		return bsd_set_option(handle, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request);
	}
	ipv6_mreq request{};
	std::memcpy(&request.ipv6mr_multiaddr, group.get_ipv6(), 16);
	request.ipv6mr_interface = static_cast<decltype(request.ipv6mr_interface)>(on.index);
	return bsd_set_option(handle, IPPROTO_IPV6, join ? kBsdJoinV6 : kBsdLeaveV6, request);
}

int os_set_multicast_interface_v4(OsSocket handle, const MulticastInterface &out) {
#if NETPEER_OS_LINUX
	ip_mreqn request{};
	if (out.ipv4.is_valid()) std::memcpy(&request.imr_address, out.ipv4.get_ipv4(), 4);
	request.imr_ifindex = static_cast<int>(out.index);
#else
	in_addr request{};
	if (out.ipv4.is_valid()) std::memcpy(&request, out.ipv4.get_ipv4(), 4);
#endif
	return bsd_set_option(handle, IPPROTO_IP, IP_MULTICAST_IF, request);
}

int os_set_multicast_interface_v6(OsSocket handle, uint32_t index) {
	return bsd_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
}

// The options of IPv4 are one byte on the BSDs, which Linux takes as well.
int os_set_multicast_ttl(OsSocket handle, bool v6, int hops) {
	if (v6) return os_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops);
	return bsd_set_option(handle, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<uint8_t>(hops));
}

int os_set_multicast_loopback(OsSocket handle, bool v6, bool enabled) {
	if (v6) return os_set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, enabled ? 1 : 0);
	return bsd_set_option(handle, IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<uint8_t>(enabled ? 1 : 0));
}

#if NETPEER_OS_LINUX
int os_set_fragmentation(OsSocket handle, IPType type, Fragmentation fragmentation, OsFragmentation &former) {
	const bool v4 = type != IPType::IPV6, v6 = type != IPType::IPV4;
	int code = 0;
	if (!former.known) {
		if (v4) code = linux_get_option(handle, IPPROTO_IP, IP_MTU_DISCOVER, former.v4);
		if (v6 && code == 0) code = linux_get_option(handle, IPPROTO_IPV6, IPV6_MTU_DISCOVER, former.v6);
		if (code != 0) return code;
		former.known = true;
	}
	const bool never = fragmentation == Fragmentation::kNever, allowed = fragmentation == Fragmentation::kAllowed;
	const int wanted = never ? kLinuxProbe : kLinuxMayFragment;
	if (v4) code = os_set_option(handle, IPPROTO_IP, IP_MTU_DISCOVER, never || allowed ? wanted : former.v4);
	if (v6 && code == 0) {
		code = os_set_option(handle, IPPROTO_IPV6, IPV6_MTU_DISCOVER, never || allowed ? wanted : former.v6);
		// No router fragments IPv6: we must, to what every link carries.
		if (code == 0) code = os_set_option(handle, IPPROTO_IPV6, IPV6_MTU, allowed ? kLinuxIPv6LeastMtu : 0);
	}
	return code;
}
#elif defined(IP_DONTFRAG) && defined(IPV6_DONTFRAG)
int os_set_fragmentation(OsSocket handle, IPType type, Fragmentation fragmentation, OsFragmentation &) {
	const int never = fragmentation == Fragmentation::kNever ? 1 : 0;
	int code = type == IPType::IPV6 ? 0 : os_set_option(handle, IPPROTO_IP, IP_DONTFRAG, never);
	// A dual-stack socket may have one of the two only.
	if (type != IPType::IPV4) {
		const int code_v6 = os_set_option(handle, IPPROTO_IPV6, IPV6_DONTFRAG, never);
		if (type == IPType::IPV6 || code != 0) code = code_v6;
	}
	return code;
}
#else
int os_set_fragmentation(OsSocket, IPType, Fragmentation, OsFragmentation &) { return kOsNoFragmentation; }
#endif

} // namespace netpeer

#endif // NETPEER_OS_POSIX
