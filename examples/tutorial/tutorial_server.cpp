// The server of docs/tutorial.md: whoever comes is greeted, and what one says everybody hears.
//     tutorial_server [PORT]      7777 without one; 0 takes any that is free
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>

using namespace netpeer;

int main(int argc, char **argv) {
	ENetConnection host;
	const Error error = host.create_host_bound("*", argc > 1 ? std::atoi(argv[1]) : 7777, /*max_peers=*/32);
	if (error != Error::OK) {
		std::printf("cannot serve: %s\n", error_text(error));
		return 1;
	}
	std::printf("listening on port %d\n", host.get_local_port());
	std::fflush(stdout);
	for (;;) {
		const ENetConnection::Event event = host.service(/*timeout_ms=*/1000);
		if (event.type == ENetConnection::EVENT_CONNECT)
			(void)event.peer->send(0, view_of("welcome"), ENetPacketPeer::FLAG_RELIABLE);
		if (event.type == ENetConnection::EVENT_RECEIVE) {
			ByteView text;
			if (event.peer->get_packet(text) == Error::OK) (void)host.broadcast(0, text, ENetPacketPeer::FLAG_RELIABLE);
		}
		if (event.type == ENetConnection::EVENT_DISCONNECT) {
			const bool lost = event.reason == EnetDropReason::kTimedOut;
			std::printf("somebody %s\n", lost ? "was lost" : "left");
			std::fflush(stdout);
		}
	}
}
