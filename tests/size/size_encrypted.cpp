// TLS over TCP and ENet over DTLS, both ends. tools/report_size links this; nobody runs it.
#include "netpeer.h"

using namespace netpeer;

int main(int argc, char **argv) {
	const auto key = std::make_shared<CryptoKey>();
	const auto certificate = std::make_shared<X509Certificate>();
	if (argc < 3 || key->load(argv[1]) != Error::OK || certificate->load(argv[2]) != Error::OK) return 1;
	ENetConnection host, client;
	if (host.create_host_bound("*", 7777) != Error::OK || client.create_host(1) != Error::OK) return 1;
	if (host.dtls_server_setup(TLSOptions::server(key, certificate)) != Error::OK) return 1;
	if (client.dtls_client_setup("example.org", TLSOptions::client(certificate)) != Error::OK) return 1;
	const auto tcp = std::make_shared<StreamPeerTCP>();
	if (tcp->connect_to_host(argv[1], 443) != Error::OK) return 1;
	StreamPeerTLS tls;
	if (tls.connect_to_stream(tcp, "example.org", TLSOptions::client(certificate)) != Error::OK) return 1;
	tls.poll();
	return host.service(0).type + client.service(0).type;
}
