// A TCP echo server for many clients: what one sends comes back to it. Ctrl-C ends it.
//     tcp_echo_server [port [number of clients to serve before it ends]]
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>

using namespace netpeer;

struct Client {
	std::shared_ptr<StreamPeerTCP> stream;
	uint8_t bytes[4096]; // received and not yet sent back: bytes[sent..count)
	size_t sent = 0, count = 0;
};

// Moves what can be moved without waiting. False: this client has gone.
bool serve(Client &client) {
	if (client.sent == client.count) {
		// Only when the last piece is back do we take the next: a client that does not read cannot fill our memory.
		client.sent = client.count = 0;
		const Error error = client.stream->get_partial_data(MutBytes(client.bytes, sizeof client.bytes), client.count);
		if (error != Error::OK) return false; // ERR_FILE_EOF: it has finished, and everything was sent back
	}
	size_t sent = 0;
	const ByteView left = ByteView(client.bytes, client.count).after(client.sent);
	if (client.stream->put_partial_data(left, sent) != Error::OK) return false;
	client.sent += sent;
	return true;
}

int main(int argc, char **argv) {
	const int port = argc > 1 ? std::atoi(argv[1]) : 0; // 0: the system chooses a free one
	int clients_to_serve = argc > 2 ? std::atoi(argv[2]) : -1;

	TCPServer server;
	const Error error = server.listen(port, "127.0.0.1"); // "*" would let other machines connect
	if (error != Error::OK) {
		std::fprintf(stderr, "cannot listen on port %d: %s\n", port, error_text(error));
		return 1;
	}
	std::printf("listening on port %d\n", server.get_local_port());
	std::fflush(stdout);

	std::list<Client> clients;
	SocketWaiter waiter; // sleeps until one of many sockets has something to do
	while (clients_to_serve != 0 || !clients.empty()) {
		// Which sockets, and for what: to read, or, while a piece is on its way back, for room to write.
		waiter.remove_all();
		Error watched = clients_to_serve != 0 ? waiter.add_handle(server.native_handle(), PollType::POLL_TYPE_IN, 0)
		                                      : Error::OK;
		for (const Client &client : clients) {
			const PollType interest = client.sent < client.count ? PollType::POLL_TYPE_OUT : PollType::POLL_TYPE_IN;
			if (watched == Error::OK) watched = waiter.add_handle(client.stream->native_handle(), interest, 1);
		}
		SocketReady ready[16];
		size_t ready_count = 0;
		if (watched == Error::OK) watched = waiter.wait(Duration::from_s(60), ready, 16, ready_count);
		if (watched != Error::OK && watched != Error::ERR_BUSY) { // ERR_BUSY: a quiet minute
			std::fprintf(stderr, "cannot wait: %s\n", error_text(watched));
			return 1;
		}
		while (clients_to_serve != 0 && server.is_connection_available()) {
			const std::shared_ptr<StreamPeerTCP> stream = server.take_connection();
			if (stream == nullptr) break; // gone again, or no descriptors left: the next turn tries again
			std::printf("%s has come\n", stream->get_connected_host().c_str());
			clients.emplace_back();
			clients.back().stream = stream;
			if (clients_to_serve > 0) --clients_to_serve;
		}
		// Their number is small: asking all of them costs less than finding out which ones are ready.
		clients.remove_if([](Client &client) { return !serve(client); });
	}
	return 0;
}
