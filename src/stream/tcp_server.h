// TCPServer: listens on a TCP port. Godot's class of that name.
//
//     server.listen(4242); then each frame: while (std::shared_ptr<StreamPeerTCP> peer = server.take_connection()) ...
#pragma once

#include "socket_server.h"
#include "stream_peer_tcp.h"

#include <memory>

namespace netpeer {

/// As SocketServer. Origin: Godot TCPServer.
class TCPServer : public SocketServer {
public:
	TCPServer() : TCPServer(StreamPeerSocketHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit TCPServer(const StreamPeerSocketHooks &hooks) : SocketServer(hooks) {}
	~TCPServer() override { stop(); }

	/// Listens on an IP literal of the machine's (names are not resolved) or on "*": all of them, IPv4 and IPv6 (IPv4 where
	/// there is no IPv6); "0.0.0.0" and "::" are one family each. Port 0 asks for an ephemeral one. A port whose former
	/// connections linger can be taken at once, one that somebody listens on cannot. ERR_ALREADY_IN_USE: listening already,
	/// or the system refuses address and port (in use, not ours, not permitted). ERR_INVALID_PARAMETER: port outside
	/// 0..65535 (Godot cuts it to 16 bits), an address that is neither, a backlog below 1. ERR_CANT_CREATE: no socket.
	/// FAILED: the system does not listen. On error the server does not listen. Origin: Godot TCPServer.listen; the
	/// backlog is ours.
	Error listen(int port, const char *bind_address = "*", int backlog = kDefaultBacklog);
	/// 0 when not listening. Origin: Godot TCPServer.get_local_port.
	int get_local_port() const;
	/// The oldest waiting connection, STATUS_CONNECTED; null: see get_last_accept_error(). Origin: Godot
	/// TCPServer.take_connection.
	std::shared_ptr<StreamPeerTCP> take_connection();
	std::shared_ptr<StreamPeerSocket> take_socket_connection() override { return take_connection(); }
};

} // namespace netpeer
