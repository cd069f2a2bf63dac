// The test of docs/tutorial.md: a hundred lines over a network that loses a fifth of all datagrams, in virtual time.
#include "netpeer.h"

#include <cstdio>

using namespace netpeer;

class TestClock final : public Clock {
public:
	Instant time = Instant::from_ms(1000);
	Instant now() override { return time; }
};

int main() {
	SimNetwork network(/*seed=*/1);
	SimLinkSettings link;
	link.latency = Duration::from_ms(50);
	link.loss = 0.2;
	network.set_default_settings(link);

	TestClock clock;
	TransportSim server_wire(network), client_wire(network);
	if (server_wire.open({IPAddress("10.0.0.1"), 7777}) != Error::OK) return 1;
	if (client_wire.open({IPAddress("10.0.0.2"), 0}) != Error::OK) return 1;
	ENetConnectionHooks server_hooks, client_hooks;
	server_hooks.clock = client_hooks.clock = &clock;
	server_hooks.transport = &server_wire;
	client_hooks.transport = &client_wire;
	ENetConnection server(server_hooks), client(client_hooks);
	if (server.create_host_bound("10.0.0.1", 7777) != Error::OK || client.create_host() != Error::OK) return 1;
	const auto peer = client.connect_to_host("10.0.0.1", 7777);
	if (peer == nullptr) return 1;

	uint8_t next = 0; // what the server must get next
	for (int frame = 0; frame < 60 * 60 && next < 100; ++frame) {
		clock.time = clock.time + Duration::from_ms(16);
		for (auto event = client.service(); event.type != ENetConnection::EVENT_NONE; event = client.service())
			if (event.type == ENetConnection::EVENT_CONNECT)
				for (uint8_t i = 0; i < 100; ++i) (void)peer->send(0, ByteView(&i, 1), ENetPacketPeer::FLAG_RELIABLE);
		for (auto event = server.service(); event.type != ENetConnection::EVENT_NONE; event = server.service()) {
			ByteView packet;
			if (event.type != ENetConnection::EVENT_RECEIVE || event.peer->get_packet(packet) != Error::OK) continue;
			if (packet.size != 1 || packet[0] != next++) return 1; // one is missing, or comes twice
		}
	}
	const auto ms = (clock.time - Instant::from_ms(1000)).ms();
	std::printf("%d of 100 lines, in order, after %lld ms of the network's time\n", next, static_cast<long long>(ms));
	return next == 100 ? 0 : 1;
}
