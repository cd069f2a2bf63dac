#include "network_interfaces.h"

#include "hooked_net_socket.h"
#include "platform/interfaces_os.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace netpeer {

void InterfaceGatherer::add(const char *name, const char *friendly, uint32_t index, const IPAddress &address) {
	if (!address.is_valid() || addresses_ == kMaxLocalAddresses) return;
	InterfaceInfo *at = nullptr;
	for (InterfaceInfo &known : found_) {
		if (known.index == index && known.name == name) at = &known;
	}
	if (at == nullptr) {
		found_.emplace_back();
		at = &found_.back();
		at->name = name;
		at->friendly = friendly;
		at->index = index;
		at->index_text = std::to_string(index);
	}
	if (std::find(at->addresses.begin(), at->addresses.end(), address) != at->addresses.end()) return;
	at->addresses.push_back(address);
	++addresses_;
}

std::vector<InterfaceInfo> InterfaceGatherer::take() {
	std::stable_sort(found_.begin(), found_.end(),
	        [](const InterfaceInfo &a, const InterfaceInfo &b) { return a.index < b.index; });
	for (InterfaceInfo &one : found_) {
		std::stable_partition(
		        one.addresses.begin(), one.addresses.end(), [](const IPAddress &address) { return address.is_ipv4(); });
	}
	addresses_ = 0;
	return std::exchange(found_, std::vector<InterfaceInfo>());
}

namespace {

void add_hooked_interface(
        void *visitor, const char *name, const char *friendly, uint32_t index, const SocketHookAddress *address) {
	if (name == nullptr || address == nullptr) return;
	if (friendly == nullptr) friendly = name;
	static_cast<InterfaceVisitor *>(visitor)->add(name, friendly, index, endpoint_of_hook(*address).address);
}

Error visit_interfaces(InterfaceVisitor &visitor) {
	if (!sockets_are_hooked()) return gather_system_interfaces(visitor);
	const SocketHooks &hooks = get_hooks().sockets;
	if (hooks.list_interfaces == nullptr) return Error::FAILED;
	return hooks.list_interfaces(hooks.user, add_hooked_interface, &visitor) == 0 ? Error::OK : Error::FAILED;
}

/// The first interface of one name, and its first IPv4 address.
class InterfaceFinder final : public InterfaceVisitor {
public:
	explicit InterfaceFinder(const char *name) : name_(name) {}
	void add(const char *name, const char *, uint32_t number, const IPAddress &address) override {
		if (!address.is_valid() || std::strcmp(name, name_) != 0 || (found && number > index)) return;
		if (!found || number < index) ipv4 = IPAddress();
		found = true;
		index = number;
		if (!ipv4.is_valid() && address.is_ipv4()) ipv4 = address;
	}
	void begin_again() override { found = false; }

	bool found = false;
	uint32_t index = 0;
	IPAddress ipv4;

private:
	const char *const name_;
};

} // namespace

Error find_network_interface(const char *name, uint32_t &index, IPAddress &ipv4) {
	InterfaceFinder finder(name);
	NETPEER_TRY(visit_interfaces(finder));
	if (!finder.found) return Error::ERR_DOES_NOT_EXIST;
	index = finder.index;
	ipv4 = finder.ipv4;
	return Error::OK;
}

Error list_network_interfaces(std::vector<InterfaceInfo> &out) {
	out.clear();
	InterfaceGatherer gatherer;
	NETPEER_TRY(visit_interfaces(gatherer));
	out = gatherer.take();
	return Error::OK;
}

} // namespace netpeer
