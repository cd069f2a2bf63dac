// NetSocket on the system's sockets: a fixed other end for UDP, and multicast.
#include "os_udp_options.h"
#include "system_net_socket.h"

namespace netpeer {

Error SystemNetSocket::connect_udp(const Endpoint &remote) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	OsAddress address;
	if (remote.port == 0 || !os_address_from_endpoint(remote, io_.type, false, address))
		return Error::ERR_INVALID_PARAMETER;
	// With the former other end goes the source address the system chose for it, which may not reach the new one.
	if (io_.connected) NETPEER_TRY(disconnect_udp());
	int code = os_local_address(io_.handle, io_.type, unconnected_local_);
	if (code == 0) code = os_connect(io_.handle, address.any, address.size);
	if (code != 0) return failed(code);
	io_.connected = true;
	return Error::OK;
}

Error SystemNetSocket::disconnect_udp() {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	if (!io_.connected) return Error::OK;
	int code = os_disconnect_udp(io_.handle, io_.type);
	if (code != 0) return failed(code);
	io_.connected = false;
	// Linux gives a port back that it chose itself, in bind() too.
	OsAddress now;
	code = os_local_address(io_.handle, io_.type, now);
	Endpoint former, left;
	if (code == 0 && os_address_to_endpoint(unconnected_local_, former) && os_address_to_endpoint(now, left) &&
	        former.port != left.port)
		code = os_bind(io_.handle, unconnected_local_);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_fragmentation(Fragmentation fragmentation) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	const int code = os_set_fragmentation(io_.handle, io_.type, fragmentation, system_fragmentation_);
	if (code == kOsNoFragmentation) return Error::ERR_UNAVAILABLE;
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::change_membership(const IPAddress &group, const MulticastInterface &on, bool join) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	const bool v4 = group.is_ipv4();
	if (!group.is_valid() || io_.type == (v4 ? IPType::IPV6 : IPType::IPV4)) return Error::ERR_INVALID_PARAMETER;
	if (v4 && (!on.ipv4.is_valid() || !on.ipv4.is_ipv4())) return Error::ERR_INVALID_PARAMETER;
	const int code = os_change_membership(io_.handle, group, on, join);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_multicast_interface(const MulticastInterface &out) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	const bool names_v4 = out.ipv4.is_valid() && out.ipv4.is_ipv4();
	const bool names_v6 = out.index != 0;
	const bool names_none = !names_v4 && !names_v6;
	const bool do_v4 = io_.type != IPType::IPV6 && (names_v4 || names_none);
	const bool do_v6 = io_.type != IPType::IPV4 && (names_v6 || names_none);
	if (!do_v4 && !do_v6) return Error::ERR_INVALID_PARAMETER;
	int code = do_v4 ? os_set_multicast_interface_v4(io_.handle, out) : 0;
	if (code == 0 && do_v6) code = os_set_multicast_interface_v6(io_.handle, out.index);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_multicast_ttl(int hops) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	if (hops < 0 || hops > 255) return Error::ERR_INVALID_PARAMETER;
	int code = io_.type != IPType::IPV6 ? os_set_multicast_ttl(io_.handle, false, hops) : 0;
	if (code == 0 && io_.type != IPType::IPV4) code = os_set_multicast_ttl(io_.handle, true, hops);
	return code == 0 ? Error::OK : failed(code);
}

Error SystemNetSocket::set_multicast_loopback(bool enabled) {
	if (kind_ != SocketKind::kUdp) return Error::ERR_UNCONFIGURED;
	int code = io_.type != IPType::IPV6 ? os_set_multicast_loopback(io_.handle, false, enabled) : 0;
	if (code == 0 && io_.type != IPType::IPV4) code = os_set_multicast_loopback(io_.handle, true, enabled);
	return code == 0 ? Error::OK : failed(code);
}

} // namespace netpeer
