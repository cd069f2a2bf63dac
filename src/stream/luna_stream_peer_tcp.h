// luna::StreamPeerTCP: the Luna engine's streamPeerTCP, over ours. Follows docs/luna-parity.md, method by method.
#pragma once

#include "luna_socket_error.h"
#include "stream_peer_tcp.h"

namespace netpeer {
namespace luna {

/// Owner thread only. Call Poll() once per frame, then look at GetStatus(). Addresses are values, never names; an attempt
/// to connect may take 5 seconds. Origin: Luna streamPeerTCP.
class StreamPeerTCP {
public:
	/// STATUS_NONE, STATUS_CONNECTING, STATUS_CONNECTED, STATUS_ERROR: 0 to 3.
	using Status = StreamPeerSocket::Status;
	static constexpr int kConnectTimeoutSeconds = 5; // whatever the settings say

	/// `clock` is borrowed; null: system_clock().
	explicit StreamPeerTCP(Clock *clock = nullptr);
	StreamPeerTCP(const StreamPeerTCP &) = delete;
	StreamPeerTCP &operator=(const StreamPeerTCP &) = delete;

	/// ALREADY_INIT: open. FAILED: port outside 0..65535, or no socket. INVALID_IP_ADDRESS: neither valid nor the wildcard.
	/// BIND_FAILED: the system refuses.
	SocketError Bind(int port, const IPAddress &host);
	/// SUCCESS: connected or under way. ALREADY_INIT: status is not STATUS_NONE. INVALID_IP_ADDRESS. FAILED: port outside
	/// 1..65535, or the system refuses at once.
	SocketError ConnectToHost(const IPAddress &host, int port);
	/// CONNECT_FAILED: refused or unreachable. FAILED: out of time, or the connection broke. SUCCESS else; the end of the
	/// stream too, with STATUS_NONE.
	SocketError Poll();
	/// As of the last call that looked; see Poll().
	Status GetStatus() const { return peer_.get_status(); }
	/// Not valid when there is none.
	IPAddress GetConnectedHost() const { return peer_.get_connected_endpoint().address; }
	int GetConnectedPort() const { return peer_.get_connected_port(); } // 0 when there is none
	int GetLocalPort() const { return peer_.get_local_port(); }         // 0 when there is none
	/// Closes from any state; STATUS_NONE then.
	void DisconnectFromHost() { peer_.disconnect_from_host(); }
	/// Blocks until all has gone. FAILED: not connected, or broken.
	SocketError PutData(ByteView data);
	/// `bytes_sent` may be 0 with SUCCESS, when the system has no room; it is 0 with FAILED.
	SocketError PutPartialData(ByteView data, int &bytes_sent);
	/// Blocks until `buffer` is full. FILE_EOF: the other end closed first. FAILED: not connected, or broken.
	SocketError GetData(MutBytes buffer);
	/// `received` may be 0 with SUCCESS. FILE_EOF: the other end has closed, also when Poll() has found that before.
	SocketError GetPartialData(MutBytes buffer, int &received);
	/// -1 when closed.
	int GetAvailableBytes() const { return peer_.get_available_bytes(); }
	/// Small packets at once (TCP_NODELAY). Without effect when closed.
	void SetNoDelay(bool enabled) { (void)peer_.set_no_delay(enabled); }

	/// What is below.
	netpeer::StreamPeerTCP &stream() { return peer_; }

private:
	Settings settings_;
	netpeer::StreamPeerTCP peer_;
};

} // namespace luna
} // namespace netpeer
