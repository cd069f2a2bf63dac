// The C face of packets: PacketPeer, PacketPeerUDP, UDPServer, PacketPeerStream.

#include "../packet/packet_peer_stream.h"
#include "../packet/packet_peer_udp.h"
#include "../packet/udp_server.h"
#include "c_handles.h"

using namespace netpeer;

struct netpeer_udp_server : HandleCore {
	std::shared_ptr<UDPServer> object;
};

namespace {

PacketPeer *packets_of(const netpeer_packet_peer *peer) { return peer != nullptr ? peer->object.get() : nullptr; }
PacketPeerUDP *udp_of(const netpeer_packet_peer *peer) {
	return object_of<PacketPeerUDP>(peer, HandleKind::kPacketUdp);
}
PacketPeerStream *framed_of(const netpeer_packet_peer *peer) {
	return object_of<PacketPeerStream>(peer, HandleKind::kPacketStream);
}
UDPServer *udp_server_of(const netpeer_udp_server *server) {
	return server != nullptr ? server->object.get() : nullptr;
}

} // namespace

// --- any packets ---

netpeer_packet_peer *netpeer_packet_peer_retain(netpeer_packet_peer *peer) { return retain_handle(peer); }
void netpeer_packet_peer_release(netpeer_packet_peer *peer) { release_handle(peer); }

int netpeer_packet_peer_get_available_packet_count(const netpeer_packet_peer *peer) {
	const PacketPeer *packets = packets_of(peer);
	if (packets == nullptr) return 0;
	const int count = packets->get_available_packet_count();
	return peer->has_packet ? (count > 0 ? count : 0) + 1 : count;
}

netpeer_error netpeer_packet_peer_get_packet_view(netpeer_packet_peer *peer, const uint8_t **data, size_t *size) {
	PacketPeer *packets = packets_of(peer);
	if (data != nullptr) *data = nullptr;
	if (size != nullptr) *size = 0;
	if (packets == nullptr || data == nullptr || size == nullptr) return kBadArgument;
	if (!peer->has_packet) {
		if (peer->flags_of_next != nullptr) peer->packet_flags = peer->flags_of_next(*peer);
		const Error error = packets->get_packet(peer->packet);
		if (error != Error::OK) return code_of(error);
	}
	peer->has_packet = false;
	*data = peer->packet.data;
	*size = peer->packet.size;
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_get_packet(netpeer_packet_peer *peer, void *data, size_t capacity, size_t *size) {
	if (size == nullptr) return kBadArgument;
	*size = 0;
	if (!are_bytes(data, capacity)) return kBadArgument;
	const uint8_t *bytes = nullptr;
	const netpeer_error error = netpeer_packet_peer_get_packet_view(peer, &bytes, size);
	if (error != NETPEER_OK) return error;
	if (*size > capacity) {
		peer->has_packet = true;
		return NETPEER_ERR_OUT_OF_MEMORY;
	}
	if (*size != 0) std::memcpy(data, bytes, *size);
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_put_packet(netpeer_packet_peer *peer, const void *data, size_t size) {
	PacketPeer *packets = packets_of(peer);
	if (packets == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(packets->put_packet(c_bytes(data, size)));
}

// --- UDP ---

netpeer_packet_peer_udp *netpeer_packet_peer_udp_new(void) {
	return new_object_handle<PacketPeerUDP, netpeer_packet_peer>(HandleKind::kPacketUdp);
}

netpeer_error netpeer_packet_peer_udp_bind(
        netpeer_packet_peer_udp *peer, int port, const char *address, int receive_buffer) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr) return kBadArgument;
	const int bytes = receive_buffer != 0 ? receive_buffer : PacketPeerUDP::kDefaultReceiveBuffer;
	return code_of(udp->bind(port, or_any(address), bytes));
}

netpeer_error netpeer_packet_peer_udp_close(netpeer_packet_peer_udp *peer) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr) return kBadArgument;
	udp->close();
	peer->has_packet = false;
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_udp_connect_to_host(netpeer_packet_peer_udp *peer, const char *host, int port) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr || host == nullptr) return kBadArgument;
	const Error error = udp->connect_to_host(host, port);
	if (error == Error::OK) peer->has_packet = false; // it may be anybody's
	return code_of(error);
}

netpeer_error netpeer_packet_peer_udp_set_dest_address(netpeer_packet_peer_udp *peer, const char *host, int port) {
	PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr && host != nullptr ? code_of(udp->set_dest_address(host, port)) : kBadArgument;
}

netpeer_error netpeer_packet_peer_udp_get_packet_ip(const netpeer_packet_peer_udp *peer, netpeer_ip_text *address) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr && address != nullptr ? give_address(udp->get_packet_endpoint().address, address)
	                                            : kBadArgument;
}

int netpeer_packet_peer_udp_get_packet_port(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? udp->get_packet_port() : 0;
}

int netpeer_packet_peer_udp_get_local_port(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? udp->get_local_port() : 0;
}

int netpeer_packet_peer_udp_is_bound(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr && udp->is_bound();
}

int netpeer_packet_peer_udp_is_socket_connected(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr && udp->is_socket_connected();
}

netpeer_error netpeer_packet_peer_udp_wait(netpeer_packet_peer_udp *peer, int timeout_ms) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr) return kBadArgument;
	return peer->has_packet ? NETPEER_OK : code_of(udp->wait(timeout_ms));
}

netpeer_error netpeer_packet_peer_udp_cancel(netpeer_packet_peer_udp *peer) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr) return kBadArgument;
	udp->cancel();
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_udp_set_blocking_mode(netpeer_packet_peer_udp *peer, int enabled) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr) return kBadArgument;
	udp->set_blocking_mode(enabled != 0);
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_udp_set_broadcast_enabled(netpeer_packet_peer_udp *peer, int enabled) {
	PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? code_of(udp->set_broadcast_enabled(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_packet_peer_udp_join_multicast_group(
        netpeer_packet_peer_udp *peer, const char *group, const char *interface_name) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr || group == nullptr || interface_name == nullptr) return kBadArgument;
	return code_of(udp->join_multicast_group(group, interface_name));
}

netpeer_error netpeer_packet_peer_udp_leave_multicast_group(
        netpeer_packet_peer_udp *peer, const char *group, const char *interface_name) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr || group == nullptr || interface_name == nullptr) return kBadArgument;
	return code_of(udp->leave_multicast_group(group, interface_name));
}

netpeer_error netpeer_packet_peer_udp_set_multicast_interface(
        netpeer_packet_peer_udp *peer, const char *interface_name) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr || interface_name == nullptr) return kBadArgument;
	return code_of(udp->set_multicast_interface(interface_name));
}

netpeer_error netpeer_packet_peer_udp_set_multicast_ttl(netpeer_packet_peer_udp *peer, int hops) {
	PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? code_of(udp->set_multicast_ttl(hops)) : kBadArgument;
}

netpeer_error netpeer_packet_peer_udp_set_multicast_loopback(netpeer_packet_peer_udp *peer, int enabled) {
	PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? code_of(udp->set_multicast_loopback(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_packet_peer_udp_set_kernel_buffers(
        netpeer_packet_peer_udp *peer, int receive_bytes, int send_bytes) {
	PacketPeerUDP *udp = udp_of(peer);
	if (udp == nullptr || receive_bytes < 0 || send_bytes < 0) return kBadArgument;
	const Error error = udp->set_kernel_recv_buffer(receive_bytes);
	return code_of(error != Error::OK ? error : udp->set_kernel_send_buffer(send_bytes));
}

uint64_t netpeer_packet_peer_udp_get_dropped_packet_count(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? udp->get_dropped_packet_count() : 0;
}

int netpeer_packet_peer_udp_last_os_error(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? udp->last_os_error() : 0;
}

intptr_t netpeer_packet_peer_udp_native_handle(const netpeer_packet_peer_udp *peer) {
	const PacketPeerUDP *udp = udp_of(peer);
	return udp != nullptr ? udp->native_handle() : kNoSocketHandle;
}

// --- UDP servers ---

netpeer_udp_server *netpeer_udp_server_new(void) {
	return new_object_handle<UDPServer, netpeer_udp_server>(HandleKind::kOther);
}

netpeer_udp_server *netpeer_udp_server_retain(netpeer_udp_server *server) { return retain_handle(server); }
void netpeer_udp_server_release(netpeer_udp_server *server) { release_handle(server); }

netpeer_error netpeer_udp_server_listen(netpeer_udp_server *server, int port, const char *address) {
	UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? code_of(udp->listen(port, or_any(address))) : kBadArgument;
}

netpeer_error netpeer_udp_server_poll(netpeer_udp_server *server) {
	UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? code_of(udp->poll()) : kBadArgument;
}

int netpeer_udp_server_is_connection_available(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr && udp->is_connection_available();
}

int netpeer_udp_server_is_listening(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr && udp->is_listening();
}

int netpeer_udp_server_get_local_port(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? udp->get_local_port() : 0;
}

netpeer_packet_peer_udp *netpeer_udp_server_take_connection(netpeer_udp_server *server) {
	UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? new_handle<netpeer_packet_peer>(HandleKind::kPacketUdp, udp->take_connection()) : nullptr;
}

netpeer_error netpeer_udp_server_stop(netpeer_udp_server *server) {
	UDPServer *udp = udp_server_of(server);
	if (udp == nullptr) return kBadArgument;
	udp->stop();
	return NETPEER_OK;
}

netpeer_error netpeer_udp_server_set_max_pending_connections(netpeer_udp_server *server, int count) {
	UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? code_of(udp->set_max_pending_connections(count)) : kBadArgument;
}

int netpeer_udp_server_get_max_pending_connections(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? udp->get_max_pending_connections() : 0;
}

netpeer_error netpeer_udp_server_wait(netpeer_udp_server *server, int timeout_ms) {
	UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? code_of(udp->wait(timeout_ms)) : kBadArgument;
}

int netpeer_udp_server_last_os_error(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? udp->last_os_error() : 0;
}

intptr_t netpeer_udp_server_native_handle(const netpeer_udp_server *server) {
	const UDPServer *udp = udp_server_of(server);
	return udp != nullptr ? udp->native_handle() : kNoSocketHandle;
}

// --- over a stream ---

netpeer_packet_peer_stream *netpeer_packet_peer_stream_new(netpeer_stream_peer *stream) {
	netpeer_packet_peer *peer =
	        new_object_handle<PacketPeerStream, netpeer_packet_peer>(HandleKind::kPacketStream, default_allocator());
	if (peer != nullptr && stream != nullptr) framed_of(peer)->set_stream_peer(stream->object);
	return peer;
}

netpeer_error netpeer_packet_peer_stream_set_stream_peer(
        netpeer_packet_peer_stream *peer, netpeer_stream_peer *stream) {
	PacketPeerStream *framed = framed_of(peer);
	if (framed == nullptr) return kBadArgument;
	framed->set_stream_peer(stream != nullptr ? stream->object : nullptr);
	peer->has_packet = false;
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_stream_set_input_buffer_max_size(netpeer_packet_peer_stream *peer, int bytes) {
	PacketPeerStream *framed = framed_of(peer);
	return framed != nullptr ? code_of(framed->set_input_buffer_max_size(bytes)) : kBadArgument;
}

netpeer_error netpeer_packet_peer_stream_set_output_buffer_max_size(netpeer_packet_peer_stream *peer, int bytes) {
	PacketPeerStream *framed = framed_of(peer);
	return framed != nullptr ? code_of(framed->set_output_buffer_max_size(bytes)) : kBadArgument;
}

int netpeer_packet_peer_stream_is_broken(const netpeer_packet_peer_stream *peer) {
	const PacketPeerStream *framed = framed_of(peer);
	return framed != nullptr && framed->is_broken();
}
