// An echo server: whatever a client sends comes back on the same channel with the same flags.
#include "netpeer.h"
#include <cstdio>

int main() {
	netpeer::ENetConnection host;
	if (host.create_host_bound("*", 7777, /*max_peers=*/32) != netpeer::Error::OK) return 1;
	for (;;) {
		const netpeer::ENetConnection::Event event = host.service(/*timeout_ms=*/1000);
		if (event.type == netpeer::ENetConnection::EVENT_ERROR) return 1;
		if (event.type == netpeer::ENetConnection::EVENT_CONNECT) std::puts("somebody came");
		if (event.type == netpeer::ENetConnection::EVENT_DISCONNECT) std::puts("somebody left");
		if (event.type != netpeer::ENetConnection::EVENT_RECEIVE) continue;
		const int flags = event.peer->get_packet_flags();
		netpeer::ByteView packet;
		if (event.peer->get_packet(packet) != netpeer::Error::OK) continue;
		if (event.peer->send(event.channel, packet, flags) != netpeer::Error::OK) std::puts("not echoed");
	}
}
