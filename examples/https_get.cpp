// Fetches a page over HTTPS and prints it: StreamPeerTLS on a StreamPeerTCP.
//     https_get HOST PORT PATH [CA.pem]
// Without a file the server must be known to the system's authorities.
#include "netpeer.h"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace netpeer;

static int complain(const char *what, const char *why) {
	std::fprintf(stderr, "%s: %s\n", what, why);
	return 1;
}

int main(int argc, char **argv) {
	if (argc < 4) {
		std::fprintf(stderr, "usage: %s HOST PORT PATH [CA.pem]\n", argv[0]);
		return 2;
	}
	const char *host = argv[1];

	auto tcp = std::make_shared<StreamPeerTCP>();
	Error error = tcp->connect_to_host(host, std::atoi(argv[2]));
	if (error != Error::OK) return complain("cannot connect", error_text(error));
	while (tcp->get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		// A game would call poll() once a frame and go on drawing; here there is nothing else to do.
		(void)tcp->wait(PollType::POLL_TYPE_OUT, 100);
		(void)tcp->poll();
	}
	if (tcp->get_status() != StreamPeerTCP::STATUS_CONNECTED)
		return complain("no connection", error_text(tcp->get_connect_error()));

	std::shared_ptr<X509Certificate> authority; // null: those of the system
	if (argc > 4) {
		authority = std::make_shared<X509Certificate>();
		error = authority->load(argv[4]);
		if (error != Error::OK) return complain(argv[4], error_text(error));
	}

	// The certificate must lead to the authority and be for `host`; else the handshake fails here.
	StreamPeerTLS tls;
	error = tls.connect_to_stream(tcp, host, TLSOptions::client(authority));
	if (error != Error::OK) return complain("cannot begin TLS", error_text(error));
	while (tls.get_status() == StreamPeerTLS::STATUS_HANDSHAKING) {
		(void)tls.wait(PollType::POLL_TYPE_IN, 100);
		tls.poll();
	}
	if (tls.get_status() != StreamPeerTLS::STATUS_CONNECTED)
		return complain("no TLS", tls_failure_text(tls.get_failure()));

	tls.set_blocking_timeout(10000);
	const std::string request =
	        "GET " + std::string(argv[3]) + " HTTP/1.0\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
	tls.put_raw_string(request);
	if (tls.get_last_error() != Error::OK) return complain("cannot ask", error_text(tls.get_last_error()));

	// All of it, until the server says that this was all. An end without a word is an error: it might be cut off.
	uint8_t piece[4096];
	do {
		size_t count = 0;
		error = tls.get_data(MutBytes(piece, sizeof(piece)), count);
		(void)std::fwrite(piece, 1, count, stdout);
	} while (error == Error::OK);
	return error == Error::ERR_FILE_EOF ? 0 : complain("cut off", error_text(error));
}
