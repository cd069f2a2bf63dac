// Private: how the platform files hand over what they find. No OS header here.
#pragma once

#include "../../core/netpeer_config.h"
#include "../network_interfaces.h"

namespace netpeer {

/// Gathers addresses one by one, in the system's order.
class InterfaceGatherer {
public:
	/// An address of the interface `name` (with this index: names of adapters may repeat).
	void add(const char *name, const char *friendly, uint32_t index, const IPAddress &address);
	/// Sorted; this object is empty afterwards.
	std::vector<InterfaceInfo> take();

private:
	std::vector<InterfaceInfo> found_;
	size_t addresses_ = 0;
};

/// What this system says. FAILED when it says nothing.
Error gather_system_interfaces(InterfaceGatherer &gatherer);

#if NETPEER_OS_LINUX
/// The same from the kernel's routing socket, where the C library has no getifaddrs: Android before level 24.
Error gather_netlink_interfaces(InterfaceGatherer &gatherer);
#endif

} // namespace netpeer
