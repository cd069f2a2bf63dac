// A chat of two: each line you type goes to the other one as a value, [name, text], and what comes is printed. The end of
// the input is [name, null] and ends it for both.
//     udp_chat NAME                    waits for somebody and prints on which port
//     udp_chat NAME HOST PORT          speaks to the one who waits
// Datagrams may get lost, and anybody may send some: what matters in a game needs ENetConnection, or TCP.
#include "netpeer.h"

#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

using namespace netpeer;

static Error say(PacketPeerUDP &peer, const Variant &name, const char *line) {
	Variant message = Variant::array(), text;
	if (line != nullptr) NETPEER_TRY(text.set_string(line));
	NETPEER_TRY(message.push_back(name));
	NETPEER_TRY(message.push_back(text));
	return peer.put_var(message);
}

static std::string text_of(const Variant &value) {
	return std::string(reinterpret_cast<const char *>(value.text().data), value.text().size);
}

// False: the other one has left.
static bool hear(PacketPeerUDP &peer, Endpoint &other) {
	Variant message;
	while (peer.get_available_packet_count() > 0) {
		// Not every packet is a message: decoding checks the bytes, and what they mean is for us to check.
		if (peer.get_var(message) != Error::OK || message.size() != 2) continue;
		if (other.port == 0) other = peer.get_packet_endpoint(); // the first one to speak
		if (other != peer.get_packet_endpoint()) continue;
		const bool leaves = message.at(1).type() == VariantType::kNil;
		std::cout << text_of(message.at(0)) << (leaves ? " has left" : ": ") << text_of(message.at(1)) << std::endl;
		if (leaves) return false;
	}
	return true;
}

int main(int argc, char **argv) {
	PacketPeerUDP peer;
	Variant name;
	Error error = argc == 2 || argc == 4 ? name.set_string(argv[1]) : Error::ERR_INVALID_PARAMETER;
	if (error == Error::OK) error = argc == 4 ? peer.connect_to_host(argv[2], std::atoi(argv[3])) : peer.bind(0);
	if (error != Error::OK) {
		std::cerr << "usage: " << argv[0] << " NAME [HOST PORT] (" << error_text(error) << ")" << std::endl;
		return 1;
	}
	Endpoint other = peer.get_packet_endpoint(); // known to the one who called connect_to_host()
	if (argc == 4) (void)say(peer, name, "is here");
	if (argc == 2) std::cout << "waiting on port " << peer.get_local_port() << std::endl;

	// Reading lines blocks, so a thread of its own does it, which may outlive main(). Objects of netpeer have one thread.
	static std::mutex mutex;
	static std::deque<std::optional<std::string>> lines; // nothing: the end
	std::thread([] {
		std::string line;
		for (bool is_line = true; is_line;) {
			is_line = static_cast<bool>(std::getline(std::cin, line));
			const std::lock_guard<std::mutex> lock(mutex);
			lines.push_back(is_line ? std::optional<std::string>(line) : std::nullopt);
		}
	}).detach();
	while (hear(peer, other)) {
		(void)peer.wait(50);                                      // a game would look once a frame, without waiting
		if (peer.set_dest_endpoint(other) != Error::OK) continue; // nobody has spoken yet
		const std::lock_guard<std::mutex> lock(mutex);
		for (; !lines.empty(); lines.pop_front()) {
			const std::optional<std::string> &line = lines.front();
			error = say(peer, name, line ? line->c_str() : nullptr);
			if (!line) return error == Error::OK ? 0 : 1;
		}
	}
}
