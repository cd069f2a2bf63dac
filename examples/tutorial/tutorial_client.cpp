// The client of docs/tutorial.md: says one thing, prints what it hears until it hears that, and leaves.
//     tutorial_client TEXT [PORT]
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace netpeer;

int main(int argc, char **argv) {
	const std::string mine = argc > 1 ? argv[1] : "hello";
	ENetConnection host;
	if (host.create_host(/*max_peers=*/1) != Error::OK) return 1;
	const auto server = host.connect_to_host("127.0.0.1", argc > 2 ? std::atoi(argv[2]) : 7777);
	if (server == nullptr) return 1;
	for (;;) {
		const ENetConnection::Event event = host.service(/*timeout_ms=*/1000);
		if (event.type == ENetConnection::EVENT_CONNECT)
			(void)server->send(0, view_of(mine.c_str()), ENetPacketPeer::FLAG_RELIABLE);
		if (event.type == ENetConnection::EVENT_RECEIVE) {
			ByteView packet;
			if (server->get_packet(packet) != Error::OK) continue;
			const std::string text(reinterpret_cast<const char *>(packet.data), packet.size);
			std::printf("%s\n", text.c_str());
			if (text == mine) server->peer_disconnect_later();
		}
		if (event.type == ENetConnection::EVENT_DISCONNECT)
			return event.reason == EnetDropReason::kWeAsked ? 0 : 1; // else: refused, lost, or nobody there
	}
}
