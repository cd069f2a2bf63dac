#include "stream_peer_uds.h"

namespace netpeer {

Error StreamPeerUDS::open() {
	socket_ = create_net_socket();
	return socket_ != nullptr ? socket_->open_unix() : Error::ERR_OUT_OF_MEMORY;
}

Error StreamPeerUDS::bind(const char *path) {
	if (socket_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	if (path == nullptr || path[0] == '\0') return Error::ERR_INVALID_PARAMETER;
	Error error = open();
	if (error == Error::OK) error = socket_->bind_path(path);
	if (error != Error::OK) leave(get_status());
	return error;
}

Error StreamPeerUDS::connect_to_host(const char *path) {
	if (socket_ != nullptr || get_status() != STATUS_NONE) return Error::ERR_ALREADY_IN_USE;
	if (path == nullptr || path[0] == '\0') return Error::ERR_INVALID_PARAMETER;
	const Error opened = open();
	if (opened != Error::OK) {
		leave(STATUS_NONE);
		return opened;
	}
	(void)path_.assign(path);
	return begin_connect(socket_->connect_path(path), settings().unix_connect_timeout_seconds);
}

} // namespace netpeer
