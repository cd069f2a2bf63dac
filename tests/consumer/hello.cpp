// What a user writes: one header, by its name. Two hosts meet and one says hello.
#include <netpeer.h>

#include <string>

using namespace netpeer;

int main() {
	ENetConnection server, client;
	if (server.create_host_bound("127.0.0.1", 0, 1) != Error::OK || client.create_host(1) != Error::OK) return 1;
	const auto peer = client.connect_to_host("127.0.0.1", server.get_local_port());
	if (peer == nullptr || std::string(NETPEER_VERSION_STRING).empty()) return 2;
	for (int turn = 0; turn < 1000; turn++) {
		const uint8_t hello[] = {'h', 'i'};
		if (client.service(5).type == ENetConnection::EVENT_CONNECT &&
		        peer->send(0, ByteView(hello, sizeof hello), ENetPacketPeer::FLAG_RELIABLE) != Error::OK)
			return 3;
		const ENetConnection::Event event = server.service(5);
		ByteView packet;
		if (event.type == ENetConnection::EVENT_RECEIVE && event.peer->get_packet(packet) == Error::OK)
			return packet.size == sizeof hello && packet[1] == 'i' ? 0 : 4;
	}
	return 5;
}
