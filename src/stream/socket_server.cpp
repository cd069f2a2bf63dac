#include "socket_server.h"

namespace netpeer {

bool SocketServer::is_connection_available() const {
	return socket_ != nullptr &&
	       (accepted_ != nullptr || socket_->wait(PollType::POLL_TYPE_IN, Duration()) == Error::OK);
}

void SocketServer::stop() {
	if (socket_ != nullptr) last_os_error_ = socket_->last_os_error();
	socket_.reset();
	accepted_.reset();
}

Error SocketServer::refuse(const NetSocket *socket, Error error) {
	if (socket != nullptr) last_os_error_ = socket->last_os_error();
	return error;
}

bool SocketServer::accept() {
	if (accepted_ != nullptr) {
		last_accept_error_ = Error::OK;
		return true;
	}
	last_accept_error_ = socket_ != nullptr ? socket_->accept(accepted_, accepted_from_) : Error::ERR_UNCONFIGURED;
	if (last_accept_error_ != Error::OK) accepted_.reset();
	return accepted_ != nullptr;
}

Error SocketServer::wait(int timeout_ms) {
	if (socket_ == nullptr) return Error::ERR_UNAVAILABLE;
	if (accepted_ != nullptr) return Error::OK;
	return socket_->wait(PollType::POLL_TYPE_IN, Duration::from_ms(timeout_ms));
}

Error SocketServer::set_buffer_sizes(size_t receive_bytes, size_t send_bytes) {
	return socket_ != nullptr ? socket_->set_buffer_sizes(receive_bytes, send_bytes) : Error::ERR_UNCONFIGURED;
}

SocketHandle SocketServer::native_handle() const {
	return socket_ != nullptr ? socket_->native_handle() : kNoSocketHandle;
}

} // namespace netpeer
