// The C face of streams and their servers: StreamPeer, StreamPeerTCP, StreamPeerUDS, StreamPeerBuffer, TCPServer, UDSServer.

#include "../core/settings.h"
#include "../core/utf8_text.h"
#include "../stream/luna_socket_error.h"
#include "../stream/stream_peer_buffer.h"
#include "../stream/stream_peer_tcp.h"
#include "../stream/stream_peer_uds.h"
#include "../stream/tcp_server.h"
#include "../stream/uds_server.h"
#include "c_handles.h"

using namespace netpeer;

struct netpeer_socket_server : HandleCore {
	std::shared_ptr<SocketServer> object;
};

namespace {

static_assert(is_number(NETPEER_STATUS_NONE, StreamPeerSocket::STATUS_NONE), "as in C++");
static_assert(is_number(NETPEER_STATUS_CONNECTING, StreamPeerSocket::STATUS_CONNECTING), "as in C++");
static_assert(is_number(NETPEER_STATUS_CONNECTED, StreamPeerSocket::STATUS_CONNECTED), "as in C++");
static_assert(is_number(NETPEER_STATUS_ERROR, StreamPeerSocket::STATUS_ERROR), "as in C++");
static_assert(is_number(NETPEER_POLL_TYPE_IN, PollType::POLL_TYPE_IN), "as in C++");
static_assert(is_number(NETPEER_POLL_TYPE_OUT, PollType::POLL_TYPE_OUT), "as in C++");
static_assert(is_number(NETPEER_POLL_TYPE_IN_OUT, PollType::POLL_TYPE_IN_OUT), "as in C++");

static_assert(is_number(NETPEER_LUNA_BIND, luna::SocketCallKind::BIND), "as in C++");
static_assert(is_number(NETPEER_LUNA_CONNECT, luna::SocketCallKind::CONNECT), "as in C++");
static_assert(is_number(NETPEER_LUNA_POLL, luna::SocketCallKind::POLL), "as in C++");
static_assert(is_number(NETPEER_LUNA_DATA, luna::SocketCallKind::DATA), "as in C++");

/// A stream with settings of its own.
struct LimitedTcp {
	explicit LimitedTcp(int seconds) : peer(StreamPeerSocketHooks{nullptr, &settings, nullptr}) {
		settings.tcp_connect_timeout_seconds = seconds;
	}

	Settings settings;
	StreamPeerTCP peer;
};

StreamPeer *stream_of(const netpeer_stream_peer *peer) { return peer != nullptr ? peer->object.get() : nullptr; }
StreamPeerTCP *tcp_of(const netpeer_stream_peer *peer) {
	return object_of<StreamPeerTCP>(peer, HandleKind::kStreamTcp);
}
StreamPeerUDS *uds_of(const netpeer_stream_peer *peer) {
	return object_of<StreamPeerUDS>(peer, HandleKind::kStreamUds);
}
StreamPeerBuffer *buffer_of(const netpeer_stream_peer *peer) {
	return object_of<StreamPeerBuffer>(peer, HandleKind::kStreamBuffer);
}
StreamPeerSocket *socket_stream_of(const netpeer_stream_peer *peer) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? static_cast<StreamPeerSocket *>(tcp) : uds_of(peer);
}
SocketServer *server_of(const netpeer_socket_server *server) {
	return server != nullptr ? server->object.get() : nullptr;
}
TCPServer *tcp_server_of(const netpeer_socket_server *server) {
	return object_of<TCPServer>(server, HandleKind::kTcpServer);
}
UDSServer *uds_server_of(const netpeer_socket_server *server) {
	return object_of<UDSServer>(server, HandleKind::kUdsServer);
}
int backlog_of(int backlog) { return backlog != 0 ? backlog : SocketServer::kDefaultBacklog; }

template <class Value> netpeer_error put_value(netpeer_stream_peer *peer, void (StreamPeer::*put)(Value), Value value) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	(stream->*put)(value);
	return code_of(stream->get_last_error());
}

template <class Value> netpeer_error get_value(netpeer_stream_peer *peer, Value (StreamPeer::*get)(), Value *value) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr || value == nullptr) return kBadArgument;
	*value = (stream->*get)();
	return code_of(stream->get_last_error());
}

netpeer_error put_text(netpeer_stream_peer *peer, void (StreamPeer::*put)(std::string_view), const char *text) {
	return text != nullptr ? put_value<std::string_view>(peer, put, text) : kBadArgument;
}

/// StreamPeer::get_string() into memory that the hooks give: each byte is the character of its number, up to a zero byte.
Error get_latin1(StreamPeer &stream, int bytes, ByteBuffer &out) {
	ByteBuffer taken;
	NETPEER_TRY(stream.get_string_bytes(taken, bytes));
	out.clear();
	NETPEER_TRY(out.reserve(2 * taken.size()));
	for (size_t i = 0; i < taken.size() && taken.data()[i] != 0; ++i) {
		uint8_t character[4];
		NETPEER_TRY(out.append(ByteView(character, utf8_encode(taken.data()[i], character))));
	}
	return Error::OK;
}

// A string that there is too little room for waits in the handle: its bytes are out of the stream.
netpeer_error get_text(netpeer_stream_peer *peer, int bytes, bool latin1, char *text, size_t capacity, size_t *length) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	if (length != nullptr) *length = 0;
	if (capacity != 0) text[0] = '\0';
	if (!peer->has_text) {
		const Error error =
		        latin1 ? get_latin1(*stream, bytes, peer->text) : stream->get_string_bytes(peer->text, bytes);
		if (error != Error::OK) return code_of(error);
		peer->has_text = true;
	}
	const std::string_view given(reinterpret_cast<const char *>(peer->text.data()), peer->text.size());
	const netpeer_error error = give_text(given, text, capacity, length);
	if (error != NETPEER_OK) return error;
	peer->has_text = false;
	peer->text.free_memory();
	return NETPEER_OK;
}

} // namespace

// --- any stream ---

netpeer_stream_peer *netpeer_stream_peer_retain(netpeer_stream_peer *peer) { return retain_handle(peer); }
void netpeer_stream_peer_release(netpeer_stream_peer *peer) { release_handle(peer); }

netpeer_error netpeer_stream_peer_put_data(netpeer_stream_peer *peer, const void *data, size_t size) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(stream->put_data(c_bytes(data, size)));
}

netpeer_error netpeer_stream_peer_put_partial_data(
        netpeer_stream_peer *peer, const void *data, size_t size, size_t *sent) {
	StreamPeer *stream = stream_of(peer);
	if (sent != nullptr) *sent = 0;
	if (stream == nullptr || sent == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(stream->put_partial_data(c_bytes(data, size), *sent));
}

netpeer_error netpeer_stream_peer_get_data(netpeer_stream_peer *peer, void *data, size_t size, size_t *received) {
	StreamPeer *stream = stream_of(peer);
	if (received != nullptr) *received = 0;
	if (stream == nullptr || !are_bytes(data, size)) return kBadArgument;
	size_t count = 0;
	const Error error = stream->get_data(c_room(data, size), count);
	if (received != nullptr) *received = count;
	return code_of(error);
}

netpeer_error netpeer_stream_peer_get_partial_data(
        netpeer_stream_peer *peer, void *data, size_t size, size_t *received) {
	StreamPeer *stream = stream_of(peer);
	if (received != nullptr) *received = 0;
	if (stream == nullptr || received == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(stream->get_partial_data(c_room(data, size), *received));
}

int netpeer_stream_peer_get_available_bytes(const netpeer_stream_peer *peer) {
	const StreamPeer *stream = stream_of(peer);
	return stream != nullptr ? stream->get_available_bytes() : -1;
}

netpeer_error netpeer_stream_peer_set_big_endian(netpeer_stream_peer *peer, int enable) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->set_big_endian(enable != 0);
	return NETPEER_OK;
}

int netpeer_stream_peer_is_big_endian_enabled(const netpeer_stream_peer *peer) {
	const StreamPeer *stream = stream_of(peer);
	return stream != nullptr && stream->is_big_endian_enabled();
}

netpeer_error netpeer_stream_peer_put_8(netpeer_stream_peer *peer, int8_t value) {
	return put_value(peer, &StreamPeer::put_8, value);
}
netpeer_error netpeer_stream_peer_put_u8(netpeer_stream_peer *peer, uint8_t value) {
	return put_value(peer, &StreamPeer::put_u8, value);
}
netpeer_error netpeer_stream_peer_put_16(netpeer_stream_peer *peer, int16_t value) {
	return put_value(peer, &StreamPeer::put_16, value);
}
netpeer_error netpeer_stream_peer_put_u16(netpeer_stream_peer *peer, uint16_t value) {
	return put_value(peer, &StreamPeer::put_u16, value);
}
netpeer_error netpeer_stream_peer_put_32(netpeer_stream_peer *peer, int32_t value) {
	return put_value(peer, &StreamPeer::put_32, value);
}
netpeer_error netpeer_stream_peer_put_u32(netpeer_stream_peer *peer, uint32_t value) {
	return put_value(peer, &StreamPeer::put_u32, value);
}
netpeer_error netpeer_stream_peer_put_64(netpeer_stream_peer *peer, int64_t value) {
	return put_value(peer, &StreamPeer::put_64, value);
}
netpeer_error netpeer_stream_peer_put_u64(netpeer_stream_peer *peer, uint64_t value) {
	return put_value(peer, &StreamPeer::put_u64, value);
}
netpeer_error netpeer_stream_peer_put_half(netpeer_stream_peer *peer, float value) {
	return put_value(peer, &StreamPeer::put_half, value);
}
netpeer_error netpeer_stream_peer_put_float(netpeer_stream_peer *peer, float value) {
	return put_value(peer, &StreamPeer::put_float, value);
}
netpeer_error netpeer_stream_peer_put_double(netpeer_stream_peer *peer, double value) {
	return put_value(peer, &StreamPeer::put_double, value);
}
netpeer_error netpeer_stream_peer_get_8(netpeer_stream_peer *peer, int8_t *value) {
	return get_value(peer, &StreamPeer::get_8, value);
}
netpeer_error netpeer_stream_peer_get_u8(netpeer_stream_peer *peer, uint8_t *value) {
	return get_value(peer, &StreamPeer::get_u8, value);
}
netpeer_error netpeer_stream_peer_get_16(netpeer_stream_peer *peer, int16_t *value) {
	return get_value(peer, &StreamPeer::get_16, value);
}
netpeer_error netpeer_stream_peer_get_u16(netpeer_stream_peer *peer, uint16_t *value) {
	return get_value(peer, &StreamPeer::get_u16, value);
}
netpeer_error netpeer_stream_peer_get_32(netpeer_stream_peer *peer, int32_t *value) {
	return get_value(peer, &StreamPeer::get_32, value);
}
netpeer_error netpeer_stream_peer_get_u32(netpeer_stream_peer *peer, uint32_t *value) {
	return get_value(peer, &StreamPeer::get_u32, value);
}
netpeer_error netpeer_stream_peer_get_64(netpeer_stream_peer *peer, int64_t *value) {
	return get_value(peer, &StreamPeer::get_64, value);
}
netpeer_error netpeer_stream_peer_get_u64(netpeer_stream_peer *peer, uint64_t *value) {
	return get_value(peer, &StreamPeer::get_u64, value);
}
netpeer_error netpeer_stream_peer_get_half(netpeer_stream_peer *peer, float *value) {
	return get_value(peer, &StreamPeer::get_half, value);
}
netpeer_error netpeer_stream_peer_get_float(netpeer_stream_peer *peer, float *value) {
	return get_value(peer, &StreamPeer::get_float, value);
}
netpeer_error netpeer_stream_peer_get_double(netpeer_stream_peer *peer, double *value) {
	return get_value(peer, &StreamPeer::get_double, value);
}

netpeer_error netpeer_stream_peer_put_string(netpeer_stream_peer *peer, const char *text) {
	return put_text(peer, &StreamPeer::put_string, text);
}
netpeer_error netpeer_stream_peer_put_utf8_string(netpeer_stream_peer *peer, const char *text) {
	return put_text(peer, &StreamPeer::put_utf8_string, text);
}
netpeer_error netpeer_stream_peer_get_string(
        netpeer_stream_peer *peer, int bytes, char *text, size_t capacity, size_t *length) {
	return get_text(peer, bytes, true, text, capacity, length);
}
netpeer_error netpeer_stream_peer_get_utf8_string(
        netpeer_stream_peer *peer, int bytes, char *text, size_t capacity, size_t *length) {
	return get_text(peer, bytes, false, text, capacity, length);
}

netpeer_error netpeer_stream_peer_set_max_announced_bytes(netpeer_stream_peer *peer, size_t bytes) {
	StreamPeer *stream = stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->set_max_announced_bytes(bytes);
	return NETPEER_OK;
}

// --- TCP ---

netpeer_stream_peer_tcp *netpeer_stream_peer_tcp_new(void) {
	return new_object_handle<StreamPeerTCP, netpeer_stream_peer>(HandleKind::kStreamTcp);
}

netpeer_stream_peer_tcp *netpeer_stream_peer_tcp_new_with_connect_timeout(int seconds) {
	if (seconds < 1 || seconds > 1800) return nullptr;
	const std::shared_ptr<LimitedTcp> limited = make_shared_object<LimitedTcp>(*default_allocator(), seconds);
	if (limited == nullptr) return nullptr;
	return new_handle<netpeer_stream_peer>(
	        HandleKind::kStreamTcp, std::shared_ptr<StreamPeer>(limited, &limited->peer));
}

netpeer_error netpeer_stream_peer_tcp_bind(netpeer_stream_peer_tcp *peer, int port, const char *address) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? code_of(tcp->bind(port, or_any(address))) : kBadArgument;
}

netpeer_error netpeer_stream_peer_tcp_connect_to_host(netpeer_stream_peer_tcp *peer, const char *host, int port) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr && host != nullptr ? code_of(tcp->connect_to_host(host, port)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_tcp_connect_to_host_async_dns(
        netpeer_stream_peer_tcp *peer, const char *host, int port) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr && host != nullptr ? code_of(tcp->connect_to_host_async_dns(host, port)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_tcp_connect_to_host_any(netpeer_stream_peer_tcp *peer, const char *host, int port) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr && host != nullptr ? code_of(tcp->connect_to_host_any(host, port)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_tcp_get_connected_host(
        const netpeer_stream_peer_tcp *peer, netpeer_ip_text *address) {
	const StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr && address != nullptr ? give_address(tcp->get_connected_endpoint().address, address)
	                                            : kBadArgument;
}

int netpeer_stream_peer_tcp_get_connected_port(const netpeer_stream_peer_tcp *peer) {
	const StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? tcp->get_connected_port() : 0;
}

int netpeer_stream_peer_tcp_get_local_port(const netpeer_stream_peer_tcp *peer) {
	const StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? tcp->get_local_port() : 0;
}

netpeer_error netpeer_stream_peer_tcp_set_no_delay(netpeer_stream_peer_tcp *peer, int enabled) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? code_of(tcp->set_no_delay(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_tcp_set_keep_alive(
        netpeer_stream_peer_tcp *peer, int enabled, int idle_s, int interval_s, int count) {
	StreamPeerTCP *tcp = tcp_of(peer);
	return tcp != nullptr ? code_of(tcp->set_keep_alive(enabled != 0, idle_s, interval_s, count)) : kBadArgument;
}

// --- Unix sockets ---

netpeer_stream_peer_uds *netpeer_stream_peer_uds_new(void) {
	return new_object_handle<StreamPeerUDS, netpeer_stream_peer>(HandleKind::kStreamUds);
}

netpeer_error netpeer_stream_peer_uds_bind(netpeer_stream_peer_uds *peer, const char *path) {
	StreamPeerUDS *uds = uds_of(peer);
	return uds != nullptr && path != nullptr ? code_of(uds->bind(path)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_uds_connect_to_host(netpeer_stream_peer_uds *peer, const char *path) {
	StreamPeerUDS *uds = uds_of(peer);
	return uds != nullptr && path != nullptr ? code_of(uds->connect_to_host(path)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_uds_get_connected_path(
        const netpeer_stream_peer_uds *peer, char *text, size_t capacity, size_t *length) {
	const StreamPeerUDS *uds = uds_of(peer);
	if (uds == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	return give_text(uds->get_connected_path(), text, capacity, length);
}

// --- both ---

netpeer_error netpeer_stream_peer_socket_poll(netpeer_stream_peer *peer) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? code_of(stream->poll()) : kBadArgument;
}

int netpeer_stream_peer_socket_get_status(const netpeer_stream_peer *peer) {
	const StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? stream->get_status() : StreamPeerSocket::STATUS_NONE;
}

netpeer_error netpeer_stream_peer_socket_disconnect_from_host(netpeer_stream_peer *peer) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->disconnect_from_host();
	peer->has_text = false;
	return NETPEER_OK;
}

netpeer_error netpeer_stream_peer_socket_wait(netpeer_stream_peer *peer, int poll_type, int timeout_ms) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	if (stream == nullptr || poll_type < NETPEER_POLL_TYPE_IN || poll_type > NETPEER_POLL_TYPE_IN_OUT) {
		return kBadArgument;
	}
	return code_of(stream->wait(static_cast<PollType>(poll_type), timeout_ms));
}

netpeer_error netpeer_stream_peer_socket_set_blocking_timeout(netpeer_stream_peer *peer, int timeout_ms) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->set_blocking_timeout(timeout_ms);
	return NETPEER_OK;
}

netpeer_error netpeer_stream_peer_socket_cancel(netpeer_stream_peer *peer) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->cancel();
	return NETPEER_OK;
}

netpeer_error netpeer_stream_peer_socket_shutdown_write(netpeer_stream_peer *peer) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? code_of(stream->shutdown_write()) : kBadArgument;
}

netpeer_error netpeer_stream_peer_socket_set_keep_write_on_eof(netpeer_stream_peer *peer, int keep) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	if (stream == nullptr) return kBadArgument;
	stream->set_keep_write_on_eof(keep != 0);
	return NETPEER_OK;
}

int netpeer_stream_peer_socket_is_read_eof(const netpeer_stream_peer *peer) {
	const StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr && stream->is_read_eof();
}

netpeer_error netpeer_stream_peer_socket_get_connect_error(const netpeer_stream_peer *peer) {
	const StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? code_of(stream->get_connect_error()) : kBadArgument;
}

int netpeer_luna_socket_error(netpeer_error error, int call) {
	if (call < 0 || call > static_cast<int>(luna::SocketCallKind::DATA))
		return static_cast<int>(luna::SocketError::FAILED);
	return static_cast<int>(
	        luna::socket_error_from(static_cast<Error>(error), static_cast<luna::SocketCallKind>(call)));
}

netpeer_error netpeer_stream_peer_socket_set_buffer_sizes(
        netpeer_stream_peer *peer, size_t receive_bytes, size_t send_bytes) {
	StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? code_of(stream->set_buffer_sizes(receive_bytes, send_bytes)) : kBadArgument;
}

int netpeer_stream_peer_socket_last_os_error(const netpeer_stream_peer *peer) {
	const StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? stream->last_os_error() : 0;
}

intptr_t netpeer_stream_peer_socket_native_handle(const netpeer_stream_peer *peer) {
	const StreamPeerSocket *stream = socket_stream_of(peer);
	return stream != nullptr ? stream->native_handle() : kNoSocketHandle;
}

// --- in memory ---

netpeer_stream_peer_buffer *netpeer_stream_peer_buffer_new(void) {
	return new_object_handle<StreamPeerBuffer, netpeer_stream_peer>(HandleKind::kStreamBuffer);
}

int netpeer_stream_peer_buffer_get_size(const netpeer_stream_peer_buffer *peer) {
	const StreamPeerBuffer *buffer = buffer_of(peer);
	return buffer != nullptr ? buffer->get_size() : 0;
}

int netpeer_stream_peer_buffer_get_position(const netpeer_stream_peer_buffer *peer) {
	const StreamPeerBuffer *buffer = buffer_of(peer);
	return buffer != nullptr ? buffer->get_position() : 0;
}

netpeer_error netpeer_stream_peer_buffer_seek(netpeer_stream_peer_buffer *peer, int position) {
	StreamPeerBuffer *buffer = buffer_of(peer);
	return buffer != nullptr ? code_of(buffer->seek(position)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_buffer_resize(netpeer_stream_peer_buffer *peer, int bytes) {
	StreamPeerBuffer *buffer = buffer_of(peer);
	return buffer != nullptr ? code_of(buffer->resize(bytes)) : kBadArgument;
}

netpeer_error netpeer_stream_peer_buffer_set_data_array(
        netpeer_stream_peer_buffer *peer, const void *data, size_t size) {
	StreamPeerBuffer *buffer = buffer_of(peer);
	if (buffer == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(buffer->set_data_array(c_bytes(data, size)));
}

const uint8_t *netpeer_stream_peer_buffer_get_data_array(const netpeer_stream_peer_buffer *peer, size_t *size) {
	const StreamPeerBuffer *buffer = buffer_of(peer);
	const ByteView content = buffer != nullptr ? buffer->get_data_view() : ByteView();
	if (size != nullptr) *size = content.size;
	return content.size != 0 ? content.data : nullptr;
}

netpeer_error netpeer_stream_peer_buffer_clear(netpeer_stream_peer_buffer *peer) {
	StreamPeerBuffer *buffer = buffer_of(peer);
	if (buffer == nullptr) return kBadArgument;
	buffer->clear();
	return NETPEER_OK;
}

netpeer_stream_peer_buffer *netpeer_stream_peer_buffer_duplicate(const netpeer_stream_peer_buffer *peer) {
	const StreamPeerBuffer *buffer = buffer_of(peer);
	if (buffer == nullptr) return nullptr;
	return new_handle<netpeer_stream_peer>(HandleKind::kStreamBuffer, buffer->duplicate());
}

// --- servers ---

netpeer_tcp_server *netpeer_tcp_server_new(void) {
	return new_object_handle<TCPServer, netpeer_socket_server>(HandleKind::kTcpServer);
}

netpeer_error netpeer_tcp_server_listen(netpeer_tcp_server *server, int port, const char *address, int backlog) {
	TCPServer *tcp = tcp_server_of(server);
	return tcp != nullptr ? code_of(tcp->listen(port, or_any(address), backlog_of(backlog))) : kBadArgument;
}

int netpeer_tcp_server_get_local_port(const netpeer_tcp_server *server) {
	const TCPServer *tcp = tcp_server_of(server);
	return tcp != nullptr ? tcp->get_local_port() : 0;
}

netpeer_uds_server *netpeer_uds_server_new(void) {
	return new_object_handle<UDSServer, netpeer_socket_server>(HandleKind::kUdsServer);
}

netpeer_error netpeer_uds_server_listen(netpeer_uds_server *server, const char *path, int backlog) {
	UDSServer *uds = uds_server_of(server);
	return uds != nullptr && path != nullptr ? code_of(uds->listen(path, backlog_of(backlog))) : kBadArgument;
}

netpeer_socket_server *netpeer_socket_server_retain(netpeer_socket_server *server) { return retain_handle(server); }
void netpeer_socket_server_release(netpeer_socket_server *server) { release_handle(server); }

netpeer_stream_peer *netpeer_socket_server_take_connection(netpeer_socket_server *server) {
	SocketServer *any = server_of(server);
	if (any == nullptr) return nullptr;
	const HandleKind kind = server->kind == HandleKind::kTcpServer ? HandleKind::kStreamTcp : HandleKind::kStreamUds;
	return new_handle<netpeer_stream_peer>(kind, any->take_socket_connection());
}

netpeer_error netpeer_socket_server_get_last_accept_error(const netpeer_socket_server *server) {
	const SocketServer *any = server_of(server);
	return any != nullptr ? code_of(any->get_last_accept_error()) : kBadArgument;
}

int netpeer_socket_server_is_connection_available(const netpeer_socket_server *server) {
	const SocketServer *any = server_of(server);
	return any != nullptr && any->is_connection_available();
}

int netpeer_socket_server_is_listening(const netpeer_socket_server *server) {
	const SocketServer *any = server_of(server);
	return any != nullptr && any->is_listening();
}

netpeer_error netpeer_socket_server_stop(netpeer_socket_server *server) {
	SocketServer *any = server_of(server);
	if (any == nullptr) return kBadArgument;
	any->stop();
	return NETPEER_OK;
}

netpeer_error netpeer_socket_server_wait(netpeer_socket_server *server, int timeout_ms) {
	SocketServer *any = server_of(server);
	return any != nullptr ? code_of(any->wait(timeout_ms)) : kBadArgument;
}

int netpeer_socket_server_last_os_error(const netpeer_socket_server *server) {
	const SocketServer *any = server_of(server);
	return any != nullptr ? any->last_os_error() : 0;
}

intptr_t netpeer_socket_server_native_handle(const netpeer_socket_server *server) {
	const SocketServer *any = server_of(server);
	return any != nullptr ? any->native_handle() : kNoSocketHandle;
}
