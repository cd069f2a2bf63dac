// Sends a line to an echo server, waits for it to come back and prints it.
//     tcp_echo_client HOST PORT TEXT
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace netpeer;

int main(int argc, char **argv) {
	if (argc != 4) {
		std::fprintf(stderr, "usage: %s HOST PORT TEXT\n", argv[0]);
		return 2;
	}
	const char *host = argv[1];
	const int port = std::atoi(argv[2]);
	const std::string text = argv[3];

	// The connection only begins here. A game would call poll() once a frame and go on drawing.
	StreamPeerTCP stream;
	Error error = stream.connect_to_host(host, port);
	if (error != Error::OK) {
		std::fprintf(stderr, "cannot connect to %s port %d: %s\n", host, port, error_text(error));
		return 1;
	}
	while (stream.get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		// Sleeps until the connection is decided, 100 ms at most; poll() moves the status on and gives up in time.
		(void)stream.wait(PollType::POLL_TYPE_OUT, 100);
		(void)stream.poll();
	}
	if (stream.get_status() != StreamPeerTCP::STATUS_CONNECTED) {
		std::fprintf(stderr, "no connection to %s port %d: %s\n", host, port, error_text(stream.get_connect_error()));
		return 1;
	}

	// These two calls wait: for room to send, and for the bytes to come back. Not for ever.
	stream.set_blocking_timeout(10000);
	error = stream.put_data(ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
	if (error != Error::OK) {
		std::fprintf(stderr, "cannot send: %s\n", error_text(error));
		return 1;
	}
	// TCP keeps no borders between messages: read until as much is there as was sent.
	std::string back(text.size(), '\0');
	error = stream.get_data(MutBytes(reinterpret_cast<uint8_t *>(&back[0]), back.size()));
	if (error != Error::OK) {
		std::fprintf(stderr, "nothing came back: %s\n", error_text(error));
		return 1;
	}
	std::printf("%s\n", back.c_str());

	// Leaving in order: end our half, and read until the server has ended its own.
	uint8_t rest[64];
	size_t count = 0;
	error = stream.shutdown_write();
	if (error == Error::OK) error = stream.get_data(MutBytes(rest, sizeof rest), count);
	if (error != Error::ERR_FILE_EOF || count != 0) {
		std::fprintf(stderr, "the server did not end in order: %s\n", error_text(error));
		return 1;
	}
	return 0;
}
