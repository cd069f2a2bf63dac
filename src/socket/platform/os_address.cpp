// Endpoint to socket address and back; the structures are the same on BSD sockets and Winsock.
#include "os_socket.h"

#include <cstring>

namespace netpeer {

bool os_address_from_endpoint(const Endpoint &endpoint, IPType type, bool local, OsAddress &out) {
	const IPAddress &address = endpoint.address;
	const bool any_address = address.is_wildcard();
	if (any_address ? !local : !address.is_valid()) return false;
	if (!any_address && type != IPType::ANY && (type == IPType::IPV4) != address.is_ipv4()) return false;

	out.reset();
	// All zero bytes already mean "every address", in both families.
	if (type == IPType::IPV4) {
		out.v4.sin_family = AF_INET;
		out.v4.sin_port = htons(endpoint.port);
		if (!any_address) std::memcpy(&out.v4.sin_addr, address.get_ipv4(), 4);
		out.size = static_cast<socklen_t>(sizeof(out.v4));
	} else {
		out.v6.sin6_family = AF_INET6;
		out.v6.sin6_port = htons(endpoint.port);
		if (!any_address) std::memcpy(&out.v6.sin6_addr, address.get_ipv6(), 16);
		out.v6.sin6_scope_id = static_cast<decltype(out.v6.sin6_scope_id)>(endpoint.scope);
		out.size = static_cast<socklen_t>(sizeof(out.v6));
	}
	return true;
}

} // namespace netpeer
