// Real sockets on the loopback, for platforms whose C++ library cannot run GoogleTest (tools/build_musl): ENet, TCP, a
// name looked up by a thread, the interfaces of the machine, randomness. A line each; ends with 1 when one of them failed.
#include "../../src/core/random_source.h"
#include "../../src/netpeer.h"

#include <cstdio>
#include <memory>
#include <string>

using namespace netpeer;

namespace {

constexpr int kRounds = 5000; // of a millisecond at most, waiting in a socket

ByteView bytes_of(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

bool enet_echo() {
	ENetConnection server, client;
	if (server.create_host_bound("127.0.0.1", 0, 4) != Error::OK || client.create_host(1) != Error::OK) return false;
	(void)server.compress(ENetConnection::COMPRESS_RANGE_CODER);
	(void)client.compress(ENetConnection::COMPRESS_RANGE_CODER);
	const std::shared_ptr<ENetPacketPeer> peer = client.connect_to_host("127.0.0.1", server.get_local_port(), 2);
	if (peer == nullptr) return false;
	const std::string said(5000, 'x'); // in fragments
	for (int round = 0; round < kRounds; ++round) {
		ENetConnection::Event event = server.service(1);
		ByteView packet;
		if (event.type == ENetConnection::EVENT_RECEIVE && event.peer->get_packet(packet) == Error::OK) {
			(void)event.peer->send(event.channel, packet, kEnetReliable);
		}
		event = client.service(0);
		if (event.type == ENetConnection::EVENT_CONNECT) (void)peer->send(0, bytes_of(said), kEnetReliable);
		if (event.type == ENetConnection::EVENT_RECEIVE) {
			return event.peer->get_packet(packet) == Error::OK && packet == bytes_of(said);
		}
	}
	return false;
}

bool tcp_echo() {
	TCPServer server;
	StreamPeerTCP client;
	if (server.listen(0, "127.0.0.1") != Error::OK) return false;
	if (client.connect_to_host("127.0.0.1", server.get_local_port()) != Error::OK) return false;
	if (client.wait(PollType::POLL_TYPE_OUT, 5000) != Error::OK || client.poll() != Error::OK) return false;
	if (server.wait(5000) != Error::OK) return false;
	const std::shared_ptr<StreamPeerTCP> accepted = server.take_connection();
	if (accepted == nullptr || accepted->poll() != Error::OK) return false;
	client.put_utf8_string("from one end to the other");
	return accepted->get_utf8_string() == "from one end to the other";
}

// A thread of the resolver does it, and asks the C library.
bool name_look_up() {
	IP ip;
	TCPServer idle; // nobody connects: waiting for somebody passes the time
	if (idle.listen(0, "127.0.0.1") != Error::OK) return false;
	const int id = ip.resolve_hostname_queue_item("localhost", IP::TYPE_IPV4);
	for (int round = 0; round < kRounds && ip.get_resolve_item_status(id) == IP::RESOLVER_STATUS_WAITING; ++round) {
		(void)idle.wait(1);
	}
	return ip.get_resolve_item_address(id) == "127.0.0.1";
}

bool own_interfaces() {
	for (const std::string &address : IP().get_local_addresses()) {
		if (address == "127.0.0.1") return true;
	}
	return false;
}

bool randomness() {
	uint8_t one[16] = {}, other[16] = {};
	if (system_random().fill(MutBytes{one, sizeof(one)}) != Error::OK) return false;
	if (system_random().fill(MutBytes{other, sizeof(other)}) != Error::OK) return false;
	return ByteView(one, sizeof(one)) != ByteView(other, sizeof(other));
}

bool tell(const char *what, bool good) {
	std::printf("%s: %s\n", what, good ? "ok" : "FAILED");
	return good;
}

} // namespace

int main() {
	bool good = tell("ENet echo", enet_echo());
	good = tell("TCP echo", tcp_echo()) && good;
	good = tell("name look-up", name_look_up()) && good;
	good = tell("interfaces", own_interfaces()) && good;
	good = tell("randomness", randomness()) && good;
	return good ? 0 : 1;
}
