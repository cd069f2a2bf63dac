// A chat of many over ENet and DTLS: what one types the server passes to all the others.
//     encrypted_chat serve PORT KEY CERT         see `netpeer keygen`; port 0 takes any and prints it
//     encrypted_chat join HOST PORT CERT NAME    CERT is whom to trust, and what the server must be called
// Nobody on the way can read or change it. Who may join is not asked: anybody can (see docs/security.md).
#include "netpeer.h"

#include <atomic>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

using namespace netpeer;

static int serve(int port, const char *key_file, const char *certificate_file) {
	const auto key = std::make_shared<CryptoKey>();
	const auto certificate = std::make_shared<X509Certificate>();
	ENetConnection host;
	Error error = key->load(key_file);
	if (error == Error::OK) error = certificate->load(certificate_file);
	if (error == Error::OK) error = host.create_host_bound("*", port, 32, 1);
	if (error == Error::OK) error = host.dtls_server_setup(TLSOptions::server(key, certificate));
	if (error != Error::OK) return std::cerr << "cannot serve: " << error_text(error) << std::endl, 1;
	std::cout << "serving on port " << host.get_local_port() << std::endl;
	for (;;) {
		const ENetConnection::Event event = host.service(1000);
		ByteView line;
		if (event.type != ENetConnection::EVENT_RECEIVE || event.peer->get_packet(line) != Error::OK) continue;
		for (const std::shared_ptr<ENetPacketPeer> &peer : host.get_peers())
			if (peer != event.peer) (void)peer->send(0, line, ENetPacketPeer::FLAG_RELIABLE);
	}
}

static int join(const char *address, int port, const char *trusted_file, const char *server_name) {
	const auto trusted = std::make_shared<X509Certificate>();
	ENetConnection host;
	Error error = trusted->load(trusted_file);
	if (error == Error::OK) error = host.create_host(1);
	if (error == Error::OK) error = host.dtls_client_setup(server_name, TLSOptions::client(trusted));
	const auto server = error == Error::OK ? host.connect_to_host(address, port, 1) : nullptr;
	if (server == nullptr) return std::cerr << (error == Error::OK ? "no address" : error_text(error)) << std::endl, 1;

	// Reading lines blocks, so a thread of its own does it, which may outlive main(). Objects of netpeer have one thread.
	static std::mutex mutex;
	static std::deque<std::string> lines;
	static std::atomic<bool> is_over{false};
	std::thread([] {
		for (std::string line; std::getline(std::cin, line);) {
			const std::lock_guard<std::mutex> lock(mutex);
			lines.push_back(line);
		}
		is_over = true;
	}).detach();
	for (bool is_up = false, leaves = false;;) {
		const ENetConnection::Event event = host.service(50);
		if (event.type == ENetConnection::EVENT_CONNECT) is_up = true, std::cout << "joined" << std::endl;
		if (event.type == ENetConnection::EVENT_DISCONNECT) {
			if (leaves) return 0;
			std::cerr << "the server is gone: " << tls_failure_text(server->get_session_failure()) << std::endl;
			return 1;
		}
		ByteView line;
		if (event.type == ENetConnection::EVENT_RECEIVE && server->get_packet(line) == Error::OK)
			std::cout.write(reinterpret_cast<const char *>(line.data), static_cast<std::streamsize>(line.size))
			        << std::endl;
		const std::lock_guard<std::mutex> lock(mutex);
		for (; is_up && !lines.empty(); lines.pop_front())
			(void)server->send(0, view_of(lines.front().c_str()), ENetPacketPeer::FLAG_RELIABLE);
		if (is_up && is_over && lines.empty() && !leaves) server->peer_disconnect_later(), leaves = true;
	}
}

int main(int argc, char **argv) {
	if (argc == 5 && std::string(argv[1]) == "serve") return serve(std::atoi(argv[2]), argv[3], argv[4]);
	if (argc == 6 && std::string(argv[1]) == "join") return join(argv[2], std::atoi(argv[3]), argv[4], argv[5]);
	return std::cerr << "usage: serve PORT KEY CERT | join HOST PORT CERT NAME" << std::endl, 2;
}
