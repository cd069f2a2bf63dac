#include "ip_resolver.h"

#include "platform/socket_backend.h"

#include <cstring>

namespace netpeer {

namespace {

// More than any sane record holds; only the first of the preferred kind is used.
constexpr size_t kMostAddressesPerName = 16;

bool resolver_kind_fits(const IPAddress &address, IPType type) {
	return type == IPType::ANY || (type == IPType::IPV4) == address.is_ipv4();
}

} // namespace

Error resolve_host(const char *name, IPType type, IPAddress &out) {
	out.clear();
	if (name == nullptr || name[0] == '\0') return Error::ERR_INVALID_PARAMETER;
	if (type != IPType::IPV4 && type != IPType::IPV6 && type != IPType::ANY) return Error::ERR_INVALID_PARAMETER;

	const IPAddress literal(name);
	if (literal.is_wildcard()) return Error::ERR_CANT_RESOLVE;
	if (literal.is_valid()) {
		if (!resolver_kind_fits(literal, type)) return Error::ERR_CANT_RESOLVE;
		out = literal;
		return Error::OK;
	}

	// Broken IPv6 text or a scope id: no name holds these, and some resolvers would read an address into them.
	if (std::strpbrk(name, ":%") != nullptr) return Error::ERR_CANT_RESOLVE;

	IPAddress found[kMostAddressesPerName];
	size_t count = 0;
	NETPEER_TRY(lookup_host(name, type, found, kMostAddressesPerName, count));
	// A server bound to IPv4 alone is the common mistake; a name with both kinds should still reach it.
	const IPAddress *best = nullptr;
	for (size_t i = 0; i < count; ++i) {
		if (!resolver_kind_fits(found[i], type)) continue;
		if (best == nullptr || (found[i].is_ipv4() && !best->is_ipv4())) best = &found[i];
	}
	if (best == nullptr) return Error::ERR_CANT_RESOLVE;
	out = *best;
	return Error::OK;
}

} // namespace netpeer
