// UDSServer: listens on a Unix socket named by a path. Godot's class of that name.
#pragma once

#include "socket_server.h"
#include "stream_peer_uds.h"

#include <memory>

namespace netpeer {

/// As SocketServer. Origin: Godot UDSServer.
class UDSServer : public SocketServer {
public:
	UDSServer() : UDSServer(StreamPeerSocketHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit UDSServer(const StreamPeerSocketHooks &hooks) : SocketServer(hooks) {}
	~UDSServer() override { stop(); }

	/// Listens at `path`, which is a file until stop(). What a dead program left there is replaced; a path that somebody
	/// listens on is not (Godot takes it over). ERR_ALREADY_IN_USE: listening already, or the system refuses the path (in
	/// use, another kind of file, too long, not permitted). ERR_INVALID_PARAMETER: empty, or a backlog below 1.
	/// ERR_CANT_CREATE: no socket, or a system without them. FAILED: the system does not listen. On error the server does
	/// not listen. Origin: Godot UDSServer.listen; the backlog is ours.
	Error listen(const char *path, int backlog = kDefaultBacklog);
	/// The oldest waiting connection, STATUS_CONNECTED; null: see get_last_accept_error(). Origin: Godot
	/// UDSServer.take_connection.
	std::shared_ptr<StreamPeerUDS> take_connection();
	std::shared_ptr<StreamPeerSocket> take_socket_connection() override { return take_connection(); }
};

} // namespace netpeer
