// StreamPeerUDS: a stream between programs on one machine, over a Unix socket named by a path. Godot's class of that name.
#pragma once

#include "../core/fixed_text.h"
#include "stream_peer_socket.h"

#include <memory>
#include <string_view>
#include <utility>

namespace netpeer {

/// As StreamPeerSocket. Where the system has no Unix sockets, bind() and connect_to_host() answer ERR_UNAVAILABLE.
/// Paths are UTF-8 and short (some 100 bytes, see NetSocket::bind_path()); abstract names are not supported.
/// Origin: Godot StreamPeerUDS.
class StreamPeerUDS : public StreamPeerSocket {
public:
	StreamPeerUDS() : StreamPeerUDS(StreamPeerSocketHooks()) {}
	/// Not in Godot: for tests and engines.
	explicit StreamPeerUDS(const StreamPeerSocketHooks &hooks) : StreamPeerSocket(hooks) {}
	/// disconnect_from_host().
	~StreamPeerUDS() override { disconnect_from_host(); }

	/// Gives the socket a name, which vanishes with it. A bound one cannot connect_to_host(), as in Godot.
	/// ERR_ALREADY_IN_USE: open or connecting, or somebody listens there. ERR_INVALID_PARAMETER: empty or too long.
	/// ERR_ALREADY_EXISTS: a file that is no socket. ERR_UNAUTHORIZED: not permitted. FAILED: no socket, or what a dead
	/// program left there cannot be removed. ERR_UNAVAILABLE: the system refuses. ERR_OUT_OF_MEMORY. On error nothing stays
	/// open. Origin: Godot StreamPeerUDS.bind.
	Error bind(const char *path);
	/// Connects, normally at once: STATUS_CONNECTED. While the server's queue is full it is STATUS_CONNECTING and each
	/// poll() tries again. In this order: ERR_ALREADY_IN_USE: open, or status is not STATUS_NONE. ERR_INVALID_PARAMETER:
	/// empty. ERR_UNAVAILABLE, FAILED: no socket to be had. FAILED: nobody listens there, no permission, path too long;
	/// closed. ERR_OUT_OF_MEMORY. Origin: Godot StreamPeerUDS.connect_to_host.
	Error connect_to_host(const char *path);
	/// What connect_to_host() was given; "" on the accepted side and when not connected. Ends with a zero byte; valid until the
	/// connection ends.
	/// Origin: Godot StreamPeerUDS.get_connected_path.
	std::string_view get_connected_path() const { return path_.view(); }

private:
	friend class UDSServer;

	/// A connection that a server has accepted.
	void accept_socket(std::unique_ptr<NetSocket> socket) { adopt(std::move(socket)); }

	// A full queue left nothing behind in the kernel: connecting again is how to ask.
	Error continue_connect(Instant) override { return socket_->connect_path(path_.view()); }
	void forget_target() override { path_.clear(); }

	Error open();

	FixedText<256> path_; // twice what systems take
};

} // namespace netpeer
