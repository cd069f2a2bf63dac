#include "name_lookup.h"

#include "../core/never_destroyed.h"

namespace netpeer {

namespace {

constexpr size_t kMostLookedUpAddresses = 32; // what IP keeps of a name

} // namespace

const IPAddress &preferred_address(const IPAddress *addresses, size_t count) {
	for (size_t i = 0; i < count; ++i) {
		if (addresses[i].is_ipv4()) return addresses[i];
	}
	return addresses[0];
}

Error IPNameLookup::resolve(const char *name, IPAddress &out) {
	IP *const resolver = ip();
	if (resolver == nullptr) return resolve_host(name, IPType::ANY, out);
	IPAddress found[kMostLookedUpAddresses];
	size_t count = 0;
	if (resolver->resolve_addresses(name, IPType::ANY, found, kMostLookedUpAddresses, count) != Error::OK)
		return Error::ERR_CANT_RESOLVE;
	out = preferred_address(found, count);
	return Error::OK;
}

Error IPNameLookup::start(const char *name, int &id) {
	IP *const resolver = ip();
	const int item = resolver != nullptr ? resolver->resolve_hostname_queue_item(name) : IP::RESOLVER_INVALID_ID;
	if (item == IP::RESOLVER_INVALID_ID) return Error::ERR_BUSY;
	id = item;
	return Error::OK;
}

Error IPNameLookup::take(int id, IPAddress *out, size_t capacity, size_t &count) {
	const Error answer = ip()->get_resolve_item(id, out, capacity, count);
	return answer == Error::OK || answer == Error::ERR_BUSY ? answer : Error::ERR_CANT_RESOLVE;
}

void IPNameLookup::forget(int id) { ip()->erase_resolve_item(id); }

NameLookup &system_name_lookup() {
	static NeverDestroyed<IPNameLookup> lookup;
	return lookup.get();
}

} // namespace netpeer
