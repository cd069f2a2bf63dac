#include "luna_socket_error.h"

namespace netpeer {
namespace luna {

SocketError socket_error_from(Error error, SocketCallKind call) {
	switch (error) {
	case Error::OK: return SocketError::SUCCESS;
	case Error::ERR_ALREADY_IN_USE: return SocketError::ALREADY_INIT;
	case Error::ERR_FILE_EOF: return SocketError::FILE_EOF;
	case Error::ERR_UNAVAILABLE: return call == SocketCallKind::BIND ? SocketError::BIND_FAILED : SocketError::FAILED;
	case Error::ERR_CONNECTION_ERROR:
	case Error::ERR_CANT_RESOLVE:
		return call == SocketCallKind::POLL ? SocketError::CONNECT_FAILED : SocketError::FAILED;
	default: return SocketError::FAILED;
	}
}

} // namespace luna
} // namespace netpeer
