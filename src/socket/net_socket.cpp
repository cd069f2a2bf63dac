#include "net_socket.h"

#include "hooked_net_socket.h"
#include "platform/socket_backend.h"

namespace netpeer {

namespace {

std::unique_ptr<NetSocket> create_default_net_socket() {
	return sockets_are_hooked() ? create_hooked_net_socket() : create_system_net_socket();
}

NetSocketFactory net_socket_factory = create_default_net_socket;

} // namespace

std::unique_ptr<NetSocket> create_net_socket() { return net_socket_factory(); }

NetSocketFactory set_net_socket_factory(NetSocketFactory factory) {
	const NetSocketFactory former = net_socket_factory;
	net_socket_factory = factory != nullptr ? factory : create_default_net_socket;
	return former;
}

} // namespace netpeer
