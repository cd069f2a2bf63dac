#include "net_socket.h"

#include "platform/socket_backend.h"

namespace netpeer {

namespace {

NetSocketFactory net_socket_factory = create_system_net_socket;

} // namespace

std::unique_ptr<NetSocket> create_net_socket() { return net_socket_factory(); }

NetSocketFactory set_net_socket_factory(NetSocketFactory factory) {
	const NetSocketFactory former = net_socket_factory;
	net_socket_factory = factory != nullptr ? factory : create_system_net_socket;
	return former;
}

} // namespace netpeer
