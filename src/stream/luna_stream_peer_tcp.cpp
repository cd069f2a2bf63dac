#include "luna_stream_peer_tcp.h"

#include <climits>

namespace netpeer {
namespace luna {

namespace {

bool luna_knows_address(const IPAddress &host, bool or_wildcard) {
	return host.is_valid() || (or_wildcard && host.is_wildcard());
}

// Luna counts in 32 bits.
constexpr size_t kMostLunaBytes = INT_MAX;

} // namespace

StreamPeerTCP::StreamPeerTCP(Clock *clock) : peer_(StreamPeerSocketHooks{clock, &settings_, nullptr}) {
	settings_.tcp_connect_timeout_seconds = kConnectTimeoutSeconds;
}

SocketError StreamPeerTCP::Bind(int port, const IPAddress &host) {
	char text[IPAddress::kMaxTextBytes];
	const Error error = peer_.bind(port, host.to_text(text));
	if (error == Error::ERR_INVALID_PARAMETER && !luna_knows_address(host, true) && port >= 0 && port <= 65535)
		return SocketError::INVALID_IP_ADDRESS;
	return socket_error_from(error, SocketCallKind::BIND);
}

SocketError StreamPeerTCP::ConnectToHost(const IPAddress &host, int port) {
	const Error error = peer_.connect_to_host(host, port);
	if (error == Error::ERR_INVALID_PARAMETER && !luna_knows_address(host, false))
		return SocketError::INVALID_IP_ADDRESS;
	return socket_error_from(error, SocketCallKind::CONNECT);
}

SocketError StreamPeerTCP::Poll() {
	const Error error = peer_.poll();
	if (error != Error::OK && peer_.get_connect_error() == Error::ERR_TIMEOUT) return SocketError::FAILED;
	return socket_error_from(error, SocketCallKind::POLL);
}

SocketError StreamPeerTCP::PutData(ByteView data) {
	return socket_error_from(peer_.put_data(data), SocketCallKind::DATA);
}

SocketError StreamPeerTCP::PutPartialData(ByteView data, int &bytes_sent) {
	size_t sent = 0;
	const Error error = peer_.put_partial_data(data.first(kMostLunaBytes), sent);
	bytes_sent = static_cast<int>(sent);
	return socket_error_from(error, SocketCallKind::DATA);
}

SocketError StreamPeerTCP::GetData(MutBytes buffer) {
	return socket_error_from(peer_.get_data(buffer), SocketCallKind::DATA);
}

SocketError StreamPeerTCP::GetPartialData(MutBytes buffer, int &received) {
	size_t count = 0;
	const Error error = peer_.get_partial_data(buffer.first(kMostLunaBytes), count);
	received = static_cast<int>(count);
	if (error == Error::FAILED && peer_.get_status() == Status::STATUS_NONE && peer_.is_read_eof())
		return SocketError::FILE_EOF;
	return socket_error_from(error, SocketCallKind::DATA);
}

} // namespace luna
} // namespace netpeer
