// One end of a TLS stream on loopback, StreamPeerTLS over StreamPeerTCP, as its users write it with blocking calls. The
// other end is this program again or OpenSSL's; bench/compare/run starts both and takes the time.
// Usage: compare_tls_streams receive <MiB>   a server: prints its port, takes so much, then the end, and prints the suite
//        compare_tls_streams send <MiB> <port>
//        compare_tls_streams mbedtls <MiB>   no stream: mbedTLS by itself encrypts and decrypts as much in full records
//        compare_tls_streams keys <folder>   writes key.pem and cert.pem for an OpenSSL server
#include "bare_mbedtls.h"

#include "../../src/netpeer.h"
#include "../../tests/support/tls_support.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace compare {

namespace {

using namespace netpeer;

constexpr size_t kSendBytes = size_t{1} << 20;
constexpr size_t kTakeBytes = size_t{1} << 16;

void shake_hands(StreamPeerTLS &tls) {
	while (tls.get_status() == StreamPeerTLS::STATUS_HANDSHAKING) {
		(void)tls.poll();
		if (tls.get_status() == StreamPeerTLS::STATUS_HANDSHAKING) (void)tls.wait(PollType::POLL_TYPE_IN, 1000);
	}
	tls_require(tls.get_status() == StreamPeerTLS::STATUS_CONNECTED, tls.get_failure_detail());
}

int receive(size_t mebibytes) {
	TCPServer server;
	tls_require(server.listen(0, "127.0.0.1") == Error::OK, "no listener");
	std::printf("%d\n", server.get_local_port());
	std::fflush(stdout);
	tls_require(server.wait(20000) == Error::OK, "nobody came");
	StreamPeerTLS tls;
	tls_require(
	        tls.accept_stream(server.take_connection(), netpeer_test::tls_server_options()) == Error::OK, "no session");
	shake_hands(tls);
	const std::string suite = tls.get_cipher_suite();
	std::vector<uint8_t> bytes(kTakeBytes);
	for (size_t left = mebibytes << 20; left != 0; left -= bytes.size())
		tls_require(tls.get_data(MutBytes(bytes.data(), bytes.size())) == Error::OK, "bytes are missing");
	tls_require(tls.get_data(MutBytes(bytes.data(), 1)) == Error::ERR_FILE_EOF, "no orderly end");
	std::printf("%s\n", suite.c_str());
	return 0;
}

int send(size_t mebibytes, int port) {
	auto tcp = std::make_shared<StreamPeerTCP>();
	tls_require(tcp->connect_to_host("127.0.0.1", port) == Error::OK, "no connection");
	while (tcp->get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		(void)tcp->wait(PollType::POLL_TYPE_OUT, 1000);
		(void)tcp->poll();
	}
	StreamPeerTLS tls;
	tls_require(
	        tls.connect_to_stream(tcp, "server.test", netpeer_test::tls_client_options()) == Error::OK, "no session");
	shake_hands(tls);
	const std::vector<uint8_t> bytes(kSendBytes);
	for (size_t i = 0; i < mebibytes; ++i)
		tls_require(tls.put_data(ByteView(bytes.data(), bytes.size())) == Error::OK, "put_data");
	tls.disconnect_from_stream();
	return 0;
}

int carry_bare(size_t mebibytes) {
	constexpr size_t kRecordBytes = 16384;
	const BareMaterial material(false);
	BarePair pair(material);
	pair.shake_hands();
	const std::vector<uint8_t> bytes(kRecordBytes);
	std::vector<uint8_t> out(kRecordBytes);
	const std::clock_t before = std::clock();
	for (size_t left = mebibytes << 20; left != 0; left -= bytes.size())
		pair.carry(pair.client, bytes.data(), bytes.size(), out.data(), out.size());
	const double ms = static_cast<double>(std::clock() - before) * 1e3 / CLOCKS_PER_SEC;
	std::printf("{\"ms_per_mib\": %.4f}\n", ms / static_cast<double>(mebibytes));
	return 0;
}

int write_keys(const std::string &folder) {
	const bool done =
	        netpeer_test::tls_key(netpeer_test::tls_keys::kServerKey)->save((folder + "/key.pem").c_str()) ==
	                Error::OK &&
	        netpeer_test::tls_chain(netpeer_test::tls_keys::kServer)->save((folder + "/cert.pem").c_str()) == Error::OK;
	tls_require(done, "no keys");
	return 0;
}

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	if (argc == 3 && std::strcmp(argv[1], "keys") == 0) return compare::write_keys(argv[2]);
	if (argc < 3) compare::tls_failed("usage: compare_tls_streams <receive|send|mbedtls|keys> <MiB or folder> [port]");
	const size_t mebibytes = std::strtoul(argv[2], nullptr, 10);
	if (std::strcmp(argv[1], "mbedtls") == 0) return compare::carry_bare(mebibytes);
	return argc == 3 ? compare::receive(mebibytes) : compare::send(mebibytes, std::atoi(argv[3]));
}
