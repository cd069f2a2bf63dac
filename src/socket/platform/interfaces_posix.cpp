// Interfaces through getifaddrs: Linux, macOS, BSD, and Android from level 24 on.
#include "interfaces_os.h"

#if NETPEER_OS_POSIX

#include "os_socket.h"

#include <ifaddrs.h>
#include <net/if.h>
#if NETPEER_OS_ANDROID
#include <dlfcn.h>
#endif

#include <cstring>

namespace netpeer {

namespace {

struct IfaddrsCalls {
	int (*get)(ifaddrs **list) = nullptr;
	void (*free)(ifaddrs *list) = nullptr;
};

// Android's C library has the two from level 24 on, and our floor is 21: they are looked up, never linked. From level 30 on
// they are the only way, because applications may not ask the routing socket everything.
IfaddrsCalls find_ifaddrs_calls() {
	IfaddrsCalls calls;
#if NETPEER_OS_ANDROID
	void *const get = dlsym(RTLD_DEFAULT, "getifaddrs");
	void *const release = dlsym(RTLD_DEFAULT, "freeifaddrs");
	static_assert(sizeof(get) == sizeof(calls.get), "POSIX promises that dlsym can answer a function");
	std::memcpy(&calls.get, &get, sizeof(get));
	std::memcpy(&calls.free, &release, sizeof(release));
#else
	calls.get = getifaddrs;
	calls.free = freeifaddrs;
#endif
	return calls;
}

bool ifaddrs_address(const sockaddr &from, IPAddress &out) {
	OsAddress address;
	if (from.sa_family == AF_INET) {
		std::memcpy(&address.v4, &from, sizeof(address.v4));
	} else if (from.sa_family == AF_INET6) {
		std::memcpy(&address.v6, &from, sizeof(address.v6));
#if NETPEER_OS_BSD || NETPEER_OS_APPLE
		// These keep the zone of a link-local address inside of it, in bytes that are zero on the wire, and not
		// every release takes it out again.
		unsigned char *const bytes = address.v6.sin6_addr.s6_addr;
		if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) bytes[2] = bytes[3] = 0;
#endif
	} else {
		return false;
	}
	Endpoint endpoint;
	if (!os_address_to_endpoint(address, endpoint)) return false;
	out = endpoint.address;
	return true;
}

} // namespace

Error gather_system_interfaces(InterfaceVisitor &gatherer) {
	const IfaddrsCalls calls = find_ifaddrs_calls();
#if NETPEER_OS_ANDROID
	if (calls.get == nullptr || calls.free == nullptr) return gather_netlink_interfaces(gatherer);
#endif
	ifaddrs *list = nullptr;
	if (calls.get(&list) != 0) return Error::FAILED;
	for (const ifaddrs *item = list; item != nullptr; item = item->ifa_next) {
		IPAddress address;
		if (item->ifa_addr == nullptr || item->ifa_name == nullptr) continue;
		if (!ifaddrs_address(*item->ifa_addr, address)) continue;
		gatherer.add(item->ifa_name, item->ifa_name, if_nametoindex(item->ifa_name), address);
	}
	calls.free(list);
	return Error::OK;
}

} // namespace netpeer

#endif // NETPEER_OS_POSIX
