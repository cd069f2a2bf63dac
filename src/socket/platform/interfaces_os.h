// Private: how the platform files hand over what they find. No OS header here.
#pragma once

#include "../../core/netpeer_config.h"
#include "../network_interfaces.h"

namespace netpeer {

/// Is told addresses one by one, in the system's order.
class InterfaceVisitor {
public:
	/// An address of the interface `name` (with this index: names of adapters may repeat).
	virtual void add(const char *name, const char *friendly, uint32_t index, const IPAddress &address) = 0;
	/// The list has changed meanwhile: what came so far comes again.
	virtual void begin_again() = 0;

protected:
	~InterfaceVisitor() = default;
};

/// Makes a list of them, in the caller's memory.
class InterfaceGatherer final : public InterfaceVisitor {
public:
	void add(const char *name, const char *friendly, uint32_t index, const IPAddress &address) override;
	void begin_again() override {
		found_.clear();
		addresses_ = 0;
	}
	/// Sorted; this object is empty afterwards.
	std::vector<InterfaceInfo> take();

private:
	std::vector<InterfaceInfo> found_;
	size_t addresses_ = 0;
};

/// What this system says. FAILED when it says nothing.
Error gather_system_interfaces(InterfaceVisitor &gatherer);

#if NETPEER_OS_LINUX
/// The same from the kernel's routing socket, where the C library has no getifaddrs: Android before level 24.
Error gather_netlink_interfaces(InterfaceVisitor &gatherer);
#endif

} // namespace netpeer
