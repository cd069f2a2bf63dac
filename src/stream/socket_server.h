// SocketServer: a listening socket and the connections that wait there. Base of TCPServer and UDSServer.
#pragma once

#include "../socket/net_socket.h"
#include "stream_peer_socket.h"

#include <memory>

namespace netpeer {

/// Owner thread only; no call blocks. stop() by the destructor. Origin: Godot SocketServer.
class SocketServer {
public:
	/// Connections the system keeps for us that nobody has taken; the system may round it. Godot's number.
	static constexpr int kDefaultBacklog = 8;

	virtual ~SocketServer() = default;

	/// Whether take_connection() has something to take; false when not listening. It may still give null: the other end
	/// may be gone again, or there may be no descriptor for it, frame after frame: end a loop at null, not at false.
	/// Origin: Godot SocketServer.is_connection_available.
	bool is_connection_available() const;
	/// Origin: Godot SocketServer.is_listening.
	bool is_listening() const { return socket_ != nullptr; }
	/// Closes. Connections that were taken live on, waiting ones are reset. The server may listen again.
	/// Origin: Godot SocketServer.stop.
	void stop();
	/// take_connection() of the subclass. Origin: Godot SocketServer.take_socket_connection.
	virtual std::shared_ptr<StreamPeerSocket> take_socket_connection() = 0;

	// --- not in Godot ---

	/// Why the last take_connection() gave null: ERR_BUSY: nobody waits, or not any more. ERR_CANT_ACQUIRE_RESOURCE: no
	/// descriptors, or the kernel no memory; the connection still waits, take it when something has been closed.
	/// ERR_UNCONFIGURED: not listening. FAILED. OK after one that gave a peer, and before the first. ERR_OUT_OF_MEMORY:
	/// none for the peer object (from default_allocator()); the connection is kept for the next call.
	Error get_last_accept_error() const { return last_accept_error_; }
	/// Sleeps until a connection waits or `timeout_ms` has passed; 0 does not sleep, negative is unlimited. OK, ERR_BUSY:
	/// time is up. ERR_UNAVAILABLE: not listening. FAILED.
	Error wait(int timeout_ms);
	/// Asks for kernel buffers of these sizes, in bytes, for connections that come from now on; 0 leaves one as it is. A
	/// small receive buffer has to be asked for here: once a connection is up, its window no longer fits a smaller one and
	/// data crawls. ERR_UNCONFIGURED: not listening. FAILED: the system refuses.
	Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes);
	/// For an event loop of yours or a SocketWaiter; kNoSocketHandle when not listening. It stays the server's.
	SocketHandle native_handle() const;
	/// The system's number for the last failure; 0 when there was none.
	int last_os_error() const { return socket_ != nullptr ? socket_->last_os_error() : last_os_error_; }

protected:
	/// Peers that are taken get these hooks.
	explicit SocketServer(const StreamPeerSocketHooks &hooks) : hooks_(hooks) {}
	SocketServer(const SocketServer &) = delete;
	SocketServer &operator=(const SocketServer &) = delete;

	/// `error`, and for last_os_error() what `socket`, which listen() gives up, has met.
	Error refuse(const NetSocket *socket, Error error);
	/// The oldest waiting connection into accepted_; false when there is none. Sets get_last_accept_error().
	bool accept();
	/// The connection stays in accepted_ for the next call.
	void lacks_memory() { last_accept_error_ = Error::ERR_OUT_OF_MEMORY; }

	StreamPeerSocketHooks hooks_;         // for the peers
	std::unique_ptr<NetSocket> socket_;   // null, or listening
	std::unique_ptr<NetSocket> accepted_; // taken from the kernel, not yet in a peer
	Endpoint accepted_from_;              // where accepted_ comes from

private:
	Error last_accept_error_ = Error::OK;
	int last_os_error_ = 0;
};

} // namespace netpeer
