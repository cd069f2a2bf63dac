#include "uds_server.h"

#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

Error UDSServer::listen(const char *path, int backlog) {
	if (is_listening()) return Error::ERR_ALREADY_IN_USE;
	if (path == nullptr || path[0] == '\0' || backlog < 1) return Error::ERR_INVALID_PARAMETER;
	std::unique_ptr<NetSocket> socket = create_net_socket();
	if (socket == nullptr || socket->open_unix() != Error::OK) return refuse(socket.get(), Error::ERR_CANT_CREATE);
	if (socket->bind_path(path) != Error::OK) return refuse(socket.get(), Error::ERR_ALREADY_IN_USE);
	if (socket->listen(backlog) != Error::OK) return refuse(socket.get(), Error::FAILED);
	socket_ = std::move(socket);
	return Error::OK;
}

std::shared_ptr<StreamPeerUDS> UDSServer::take_connection() {
	if (!accept()) return nullptr;
	std::shared_ptr<StreamPeerUDS> peer = make_shared_object<StreamPeerUDS>(*default_allocator(), hooks_);
	if (peer == nullptr) return lacks_memory(), nullptr;
	peer->accept_socket(std::move(accepted_));
	return peer;
}

} // namespace netpeer
