// An echo server: whatever a client sends comes back on the same channel with the same flags.
#include "netpeer.h"
using namespace netpeer;

int main() {
	ENetConnection host;
	if (host.create_host_bound("*", 7777, /*max_peers=*/32) != Error::OK) return 1;
	for (;;) {
		const ENetConnection::Event event = host.service(/*timeout_ms=*/1000);
		if (event.type == ENetConnection::EVENT_ERROR) return 1;
		if (event.type != ENetConnection::EVENT_RECEIVE) continue;
		const int flags = event.peer->get_packet_flags();
		ByteView packet;
		if (event.peer->get_packet(packet) == Error::OK) (void)event.peer->send(event.channel, packet, flags);
	}
}
