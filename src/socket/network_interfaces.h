// The machine's network interfaces and their addresses, as the system tells them now.
#pragma once

#include "../core/error_list.h"
#include "ip_address.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace netpeer {

/// Addresses listed at most, over all interfaces; the rest is left out.
constexpr size_t kMaxLocalAddresses = 4096;

/// Origin: the dictionary of Godot's IP.get_local_interfaces.
struct InterfaceInfo {
	std::string name;                 // "eth0"; on Windows the adapter's name, "{GUID}"
	std::string friendly;             // as `name`; on Windows what people see, "Ethernet 2", in UTF-8
	uint32_t index = 0;               // the system's number, from 1
	std::string index_text;           // Godot gives the index as text
	std::vector<IPAddress> addresses; // IPv4 before IPv6; link-local ones without their zone
};

/// Lists interfaces that have an IPv4 or IPv6 address, loopback included, by ascending index; `out` is replaced. Does not
/// wait for a network. FAILED when the system does not tell; `out` is empty then. Any thread.
Error list_network_interfaces(std::vector<InterfaceInfo> &out);

/// The first of that name in such a list: its index, and its first IPv4 address, which is not valid when it has none. Takes no
/// memory of the library's. ERR_DOES_NOT_EXIST: none of that name with an address; FAILED as above; nothing is written then.
/// Any thread.
Error find_network_interface(const char *name, uint32_t &index, IPAddress &ipv4);

} // namespace netpeer
