// Finds servers on the local net: one broadcast asks, every server answers with its name and the port of its game.
//     lan_discovery serve NAME [port [number of answers before it ends]]
//     lan_discovery find [port [address]]      address: ask there only, such as 127.255.255.255 or 192.168.1.255
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>
#include <list>

using namespace netpeer;

static constexpr int kDefaultPort = 47123, kGamePort = 7777;
// Longer than any answer: senders can be forged, and nobody shall flood others through us.
static const std::string kQuestion = "netpeer example: who is there?" + std::string(70, ' ');

static std::string text_of(ByteView bytes) {
	return bytes.empty() ? std::string() : std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

static int serve(const std::string &name, int port, int answers) {
	PacketPeerUDP peer;
	const Error error = peer.bind(port); // all addresses: what is bound to one does not hear broadcasts everywhere
	Variant answer = Variant::array(), text;
	(void)text.set_string(name.substr(0, 64).c_str());
	if (error != Error::OK || answer.push_back(text) != Error::OK || answer.push_back(kGamePort) != Error::OK) {
		std::fprintf(stderr, "cannot serve on port %d: %s\n", port, error_text(error));
		return 1;
	}
	std::printf("listening on port %d\n", peer.get_local_port());
	std::fflush(stdout);
	while (answers != 0 && peer.wait() == Error::OK) {
		ByteView packet;
		if (peer.get_packet(packet) != Error::OK || text_of(packet) != kQuestion) continue;
		(void)peer.set_dest_endpoint(peer.get_packet_endpoint());
		if (peer.put_var(answer) == Error::OK && answers > 0) --answers;
	}
	return 0;
}

static int find(int port, const char *address) {
	// A socket for each address of ours: a broadcast to all leaves by the interface whose address its socket has.
	std::vector<InterfaceInfo> interfaces;
	std::list<PacketPeerUDP> peers;
	if (address != nullptr) peers.emplace_back();
	if (address == nullptr) (void)list_network_interfaces(interfaces);
	for (const InterfaceInfo &one : interfaces) {
		char own[IPAddress::kMaxTextBytes];
		if (!one.addresses[0].is_ipv4() || one.addresses[0].is_loopback()) continue; // IPv4 comes first
		peers.emplace_back();
		if (peers.back().bind(0, one.addresses[0].to_text(own)) != Error::OK) peers.pop_back();
	}
	for (PacketPeerUDP &peer : peers) {
		(void)peer.set_broadcast_enabled(true);
		(void)peer.set_dest_address(address != nullptr ? address : "255.255.255.255", port);
		(void)peer.put_packet(ByteView(reinterpret_cast<const uint8_t *>(kQuestion.data()), kQuestion.size()));
	}
	if (peers.empty()) return 1;
	int found = 0;
	for (const Instant end = system_clock().now() + Duration::from_ms(1000); system_clock().now() < end;) {
		for (PacketPeerUDP &peer : peers) {
			Variant answer;
			(void)peer.wait(10);
			if (peer.get_var(answer) != Error::OK || answer.size() != 2) continue;
			std::printf("%s at %s, game on port %d\n", text_of(answer.at(0).text()).c_str(),
			        peer.get_packet_ip().c_str(), static_cast<int>(answer.at(1).as_int()));
			++found;
		}
	}
	return found != 0 ? 0 : 1;
}

int main(int argc, char **argv) {
	const std::string verb = argc > 1 ? argv[1] : "";
	if (verb == "serve" && argc > 2)
		return serve(argv[2], argc > 3 ? std::atoi(argv[3]) : kDefaultPort, argc > 4 ? std::atoi(argv[4]) : -1);
	if (verb == "find") return find(argc > 2 ? std::atoi(argv[2]) : kDefaultPort, argc > 3 ? argv[3] : nullptr);
	std::fprintf(stderr, "usage: %s serve NAME [port [answers]] | find [port [address]]\n", argv[0]);
	return 2;
}
