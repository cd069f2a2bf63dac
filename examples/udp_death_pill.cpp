// A thread that sleeps in wait() until packets come, and ends when a certain one does: the "death pill" of Godot's page on
// PacketPeerUDP. Anybody who can send to the port can end it; cancel() is the way to do it from inside the program.
#include "netpeer.h"

#include <cstdio>
#include <string>
#include <thread>

using namespace netpeer;

static const char kPill[] = "time to die";

static ByteView bytes(const char *text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text), std::char_traits<char>::length(text));
}

// Runs in the thread, which is the only user of `peer` from now on.
static void work(PacketPeerUDP &peer) {
	while (peer.wait() == Error::OK) { // costs nothing while there is nothing to do
		ByteView packet;
		if (peer.get_packet(packet) != Error::OK) continue;
		const std::string text(reinterpret_cast<const char *>(packet.data), packet.size);
		if (text == kPill) break;
		std::printf("got: %s\n", text.c_str());
	}
	std::printf("the worker has ended\n");
}

int main() {
	PacketPeerUDP worker, sender;
	Error error = worker.bind(0, "127.0.0.1"); // loopback: only programs of this machine can end us
	if (error == Error::OK) error = sender.set_dest_address("127.0.0.1", worker.get_local_port());
	if (error != Error::OK) {
		std::fprintf(stderr, "no socket: %s\n", error_text(error));
		return 1;
	}
	std::thread thread([&worker] { work(worker); });
	for (const char *text : {"life", "goes", "on", kPill}) {
		error = sender.put_packet(bytes(text));
		if (error != Error::OK) std::fprintf(stderr, "cannot send: %s\n", error_text(error));
	}
	if (error != Error::OK) worker.cancel(); // the pill did not leave
	thread.join();
	return error == Error::OK ? 0 : 1;
}
