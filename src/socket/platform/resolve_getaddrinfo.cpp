// Name lookup through getaddrinfo, on POSIX and Windows alike.
#include "../../core/never_destroyed.h"
#include "../resolver_backend.h"
#include "os_socket.h"

#if NETPEER_OS_POSIX
#include <netdb.h>
#endif

#include <cstring>

namespace netpeer {

namespace {

// "localhost" and names below it. Machines without a network have no "configured" address by the system's rule
// (loopback does not count), and on some of them AI_ADDRCONFIG then hides the loopback addresses too.
bool lookup_is_localhost(const char *name) {
	constexpr char kSuffix[] = "localhost";
	constexpr size_t kSuffixLength = sizeof(kSuffix) - 1;
	size_t length = std::strlen(name);
	if (length != 0 && name[length - 1] == '.') --length;
	if (length < kSuffixLength) return false;
	const char *tail = name + (length - kSuffixLength);
	if (tail != name && tail[-1] != '.') return false;
	for (size_t i = 0; i < kSuffixLength; ++i) {
		// Letters only, so setting bit 5 is lower case.
		if ((tail[i] | 0x20) != kSuffix[i]) return false;
	}
	return true;
}

void lookup_add_unique(const IPAddress &address, IPAddress *out, size_t capacity, size_t &count) {
	for (size_t i = 0; i < count; ++i) {
		if (out[i] == address) return;
	}
	if (count < capacity) out[count++] = address;
}

class GetaddrinfoBackend final : public ResolverBackend {
public:
	Error lookup(const char *name, IPType type, IPAddress *out, size_t capacity, size_t &count) override {
		count = 0;
		OsSocketLibrary library;
		if (library.acquire() != 0) return Error::ERR_CANT_RESOLVE;

		addrinfo hints{};
		hints.ai_family = type == IPType::IPV4 ? AF_INET : type == IPType::IPV6 ? AF_INET6 : AF_UNSPEC;
		hints.ai_socktype = SOCK_STREAM; // one answer per address instead of one per protocol
#if defined(AI_ADDRCONFIG)
		// Whoever has no IPv4 at all is better served by the name's IPv6 address, and the other way round.
		if (hints.ai_family == AF_UNSPEC && !lookup_is_localhost(name)) hints.ai_flags = AI_ADDRCONFIG;
#endif
		addrinfo *list = nullptr;
		if (getaddrinfo(name, nullptr, &hints, &list) != 0) return Error::ERR_CANT_RESOLVE;
		for (const addrinfo *item = list; item != nullptr; item = item->ai_next) {
			const size_t size = static_cast<size_t>(item->ai_addrlen);
			OsAddress address;
			if (item->ai_addr == nullptr || size > sizeof(address.v6)) continue;
			std::memcpy(&address.v6, item->ai_addr, size);
			Endpoint endpoint;
			if (os_address_to_endpoint(address, endpoint)) lookup_add_unique(endpoint.address, out, capacity, count);
		}
		freeaddrinfo(list);
		return count != 0 ? Error::OK : Error::ERR_CANT_RESOLVE;
	}
};

} // namespace

ResolverBackend &system_resolver_backend() {
	// A worker thread may still be asking while the program ends.
	static NeverDestroyed<GetaddrinfoBackend> backend;
	return backend.get();
}

} // namespace netpeer
