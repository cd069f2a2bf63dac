#include "network_interfaces.h"

#include "platform/interfaces_os.h"

#include <algorithm>
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

Error list_network_interfaces(std::vector<InterfaceInfo> &out) {
	out.clear();
	InterfaceGatherer gatherer;
	NETPEER_TRY(gather_system_interfaces(gatherer));
	out = gatherer.take();
	return Error::OK;
}

} // namespace netpeer
