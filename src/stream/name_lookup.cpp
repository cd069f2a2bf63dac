#include "name_lookup.h"

#include "../socket/ip_resolver.h"

namespace netpeer {

namespace {

class SystemNameLookup final : public NameLookup {
public:
	Error resolve(const char *name, IPAddress &out) override { return resolve_host(name, IPType::ANY, out); }
	Error start(const char *, int &) override { return Error::ERR_BUSY; }
	Error take(int, IPAddress *, size_t, size_t &) override { return Error::ERR_CANT_RESOLVE; }
	void forget(int) override {}
};

} // namespace

NameLookup &system_name_lookup() {
	static SystemNameLookup lookup;
	return lookup;
}

} // namespace netpeer
