#include "tcp_server.h"

#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

Error TCPServer::listen(int port, const char *bind_address, int backlog) {
	if (is_listening()) return Error::ERR_ALREADY_IN_USE;
	if (port < 0 || port > 65535 || bind_address == nullptr || backlog < 1) return Error::ERR_INVALID_PARAMETER;
	Endpoint local;
	local.address = IPAddress(bind_address);
	local.port = static_cast<uint16_t>(port);
	if (!local.address.is_valid() && !local.address.is_wildcard()) return Error::ERR_INVALID_PARAMETER;
	IPType type = local.address.is_wildcard() ? IPType::ANY : local.address.is_ipv4() ? IPType::IPV4 : IPType::IPV6;

	std::unique_ptr<NetSocket> socket = create_net_socket();
	if (socket == nullptr || socket->open_tcp(type) != Error::OK) return refuse(socket.get(), Error::ERR_CANT_CREATE);
	(void)socket->set_reuse_address(true); // without it a restart has to wait for old connections; no more
	if (socket->bind(local) != Error::OK) return refuse(socket.get(), Error::ERR_ALREADY_IN_USE);
	if (socket->listen(backlog) != Error::OK) return refuse(socket.get(), Error::FAILED);
	socket_ = std::move(socket);
	return Error::OK;
}

int TCPServer::get_local_port() const {
	Endpoint local;
	if (socket_ == nullptr || socket_->local_endpoint(local) != Error::OK) return 0;
	return local.port;
}

std::shared_ptr<StreamPeerTCP> TCPServer::take_connection() {
	if (!accept()) return nullptr;
	std::shared_ptr<StreamPeerTCP> peer = make_shared_object<StreamPeerTCP>(*default_allocator(), hooks_);
	if (peer == nullptr) return lacks_memory(), nullptr;
	peer->accept_socket(std::move(accepted_), accepted_from_);
	return peer;
}

} // namespace netpeer
