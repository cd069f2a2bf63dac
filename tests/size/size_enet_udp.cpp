// What a game takes in that speaks ENet and finds servers by UDP: no compression, no TLS, no Variants, no streams.
// tools/report_size links this; nobody runs it.
#include "netpeer.h"

using namespace netpeer;

namespace {

int serve(int port) {
	ENetConnection host;
	Error error = host.create_host_bound("*", port, 32, 3);
	if (error == Error::OK) error = host.set_checksum(true);
	host.bandwidth_limit(100000, 100000);
	UDPServer lobby;
	if (error == Error::OK) error = lobby.listen(port + 1);
	while (error == Error::OK) {
		ENetConnection::Event event = host.service(16);
		ByteView packet;
		switch (event.type) {
		case ENetConnection::EVENT_ERROR: return 1;
		case ENetConnection::EVENT_CONNECT: error = event.peer->set_timeout(32, 5000, 30000); break;
		case ENetConnection::EVENT_RECEIVE:
			if (event.peer->get_packet(packet) == Error::OK)
				host.broadcast(event.channel, packet, event.peer->get_packet_flags());
			break;
		case ENetConnection::EVENT_DISCONNECT:
		case ENetConnection::EVENT_NONE: break;
		}
		error = lobby.poll();
		while (const std::shared_ptr<PacketPeerUDP> asker = lobby.take_connection()) {
			if (asker->get_packet(packet) == Error::OK) (void)asker->put_packet(packet);
		}
	}
	return host.pop_statistic(ENetConnection::HOST_TOTAL_SENT_DATA) > 0 ? 0 : 1;
}

int join(const char *address, int port) {
	PacketPeerUDP finder;
	finder.set_broadcast_enabled(true);
	if (finder.set_dest_address("255.255.255.255", port + 1) != Error::OK) return 1;
	const uint8_t hello[] = {1, 2, 3};
	if (finder.put_packet(ByteView(hello, sizeof(hello))) != Error::OK) return 1;
	ByteView answer;
	while (finder.get_available_packet_count() == 0) (void)finder.wait(100);
	if (finder.get_packet(answer) != Error::OK) return 1;

	ENetConnection host;
	if (host.create_host(1) != Error::OK) return 1;
	const std::shared_ptr<ENetPacketPeer> server = host.connect_to_host(address, port, 3, 42);
	if (server == nullptr) return 1;
	server->ping_interval(200);
	for (int tick = 0; tick < 600; tick++) {
		const ENetConnection::Event event = host.service(16);
		if (event.type == ENetConnection::EVENT_DISCONNECT) return 1;
		const bool is_chat = tick % 60 == 0;
		if (server->send(is_chat ? 0 : 1, ByteView(hello, sizeof(hello)),
		            is_chat ? ENetPacketPeer::FLAG_RELIABLE : ENetPacketPeer::FLAG_UNSEQUENCED) != Error::OK)
			return 1;
	}
	server->peer_disconnect_later();
	return server->get_statistic(ENetPacketPeer::PEER_ROUND_TRIP_TIME) < 100 ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) { return argc > 1 ? join(argv[1], 7777) : serve(7777); }
