/* An ENet echo server in C: whatever a client sends comes back on the same channel with the same flags. */
#include "netpeer_c.h"

int main(void) {
	netpeer_enet_connection *host = netpeer_enet_connection_new();
	netpeer_enet_event event;
	if (netpeer_enet_connection_create_host_bound(host, "*", 7777, 32, 0, 0, 0) != NETPEER_OK) return 1;
	while (netpeer_enet_connection_service(host, 1000, &event) != NETPEER_ENET_EVENT_ERROR) {
		if (event.type != NETPEER_ENET_EVENT_RECEIVE) continue;
		const int flags = netpeer_enet_packet_peer_get_packet_flags(event.peer);
		const uint8_t *packet = NULL;
		size_t size = 0;
		if (netpeer_packet_peer_get_packet_view(event.peer, &packet, &size) == NETPEER_OK) {
			(void)netpeer_enet_packet_peer_send(event.peer, event.channel, packet, size, flags);
		}
	}
	netpeer_enet_connection_release(host);
	return 1;
}
