// StreamPeerTCP, TCPServer, StreamPeerUDS and UDSServer against programs that know nothing of us: nc, socat and Python, as
// clients and as servers. Megabytes both ways at once, both halves ended in order, typed values, resets.
#include "../../../src/core/seeded_rng.h"
#include "../../../src/stream/stream_peer_uds.h"
#include "../../../src/stream/tcp_server.h"
#include "../../../src/stream/uds_server.h"
#include "../../support/tcp_pair.h"
#include "peer_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using interop::find_program;
using interop::PeerProcess;
using netpeer_test::finish_connect;
using netpeer_test::kStreamPatienceMs;

// A peer that is not installed: said and counted at home, a failure where CI=true.
#define NETPEER_NEED_PROGRAM(name)                                                                                     \
	do {                                                                                                               \
		if (!find_program(name).empty()) break;                                                                        \
		const char *ci = std::getenv("CI");                                                                            \
		if (ci != nullptr && std::string(ci) == "true") FAIL() << "missing in CI: " << (name);                         \
		GTEST_SKIP() << (name) << " is not installed";                                                                 \
	} while (false)

namespace {

constexpr size_t kExchangeBytes = 5 << 20;

std::string random_text(size_t size, uint64_t seed) {
	SeededRng rng(seed);
	std::string text(size, '\0');
	for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(rng.u32());
	return text;
}

ByteView view(const std::string &text) { return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()); }

using Deadline = std::chrono::steady_clock::time_point;
Deadline deadline() { return std::chrono::steady_clock::now() + std::chrono::milliseconds(kStreamPatienceMs); }
bool is_over(Deadline end) { return std::chrono::steady_clock::now() >= end; }

/// When our half of the stream ends: as soon as all is sent, or after the other half.
enum class OurEnd { kAtOnce, kAfterTheirs };

/// Sends `out`, ends our half, and reads until the other half ends, both at once. What came; not complete when it failed.
std::string send_and_receive(StreamPeerSocket &stream, const std::string &out, OurEnd our_end = OurEnd::kAtOnce) {
	std::string in;
	std::vector<uint8_t> piece(64 * 1024);
	size_t sent = 0;
	bool ended = false;
	stream.set_keep_write_on_eof(true);
	const Deadline end = deadline();
	while (!ended || !stream.is_read_eof()) {
		if (is_over(end)) {
			ADD_FAILURE() << "out of time: " << sent << " bytes sent, " << in.size() << " received";
			return in;
		}
		size_t count = 0;
		if (!ended) {
			if (sent < out.size()) {
				EXPECT_EQ(stream.put_partial_data(view(out).after(sent), count), Error::OK);
				sent += count;
			}
			if (sent == out.size() && (our_end == OurEnd::kAtOnce || stream.is_read_eof())) {
				EXPECT_EQ(stream.shutdown_write(), Error::OK);
				ended = true;
			}
		}
		if (!stream.is_read_eof()) {
			const Error error = stream.get_partial_data(MutBytes(piece.data(), piece.size()), count);
			if (error != Error::OK && error != Error::ERR_FILE_EOF) {
				ADD_FAILURE() << "broken after " << in.size() << " bytes";
				return in;
			}
			in.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
			if (error == Error::OK && count == 0)
				(void)stream.wait(
				        sent == out.size() ? PollType::POLL_TYPE_IN : PollType::POLL_TYPE_IN_OUT, kStreamPatienceMs);
		} else if (sent < out.size()) {
			(void)stream.wait(PollType::POLL_TYPE_OUT, kStreamPatienceMs);
		}
	}
	return in;
}

void expect_exchange(
        StreamPeerSocket &stream, PeerProcess &peer, const std::string &theirs, OurEnd our_end = OurEnd::kAtOnce) {
	const std::string ours = random_text(kExchangeBytes, 1);
	ASSERT_EQ(stream.get_status(), StreamPeerSocket::STATUS_CONNECTED) << peer.errors();
	const std::string came = send_and_receive(stream, ours, our_end);
	EXPECT_TRUE(came == theirs) << "what came differs: " << came.size() << " bytes";
	stream.disconnect_from_host();
	EXPECT_EQ(peer.wait(), 0) << peer.errors();
	EXPECT_TRUE(peer.output() == ours) << "what the peer got differs: " << peer.output().size() << " bytes";
}

std::shared_ptr<StreamPeerTCP> take(TCPServer &server) {
	EXPECT_EQ(server.wait(kStreamPatienceMs), Error::OK);
	return server.take_connection();
}

void connect(StreamPeerTCP &stream, int port) {
	ASSERT_NE(port, 0);
	ASSERT_EQ(stream.connect_to_host("127.0.0.1", port), Error::OK);
	finish_connect(stream);
}

/// For a server that does not say when it listens: refused until then.
void connect_to_late_server(StreamPeerTCP &stream, PeerProcess &peer, int port) {
	const Deadline end = deadline();
	do {
		stream.disconnect_from_host();
		ASSERT_NO_FATAL_FAILURE(connect(stream, port));
	} while (stream.get_status() != StreamPeerTCP::STATUS_CONNECTED && !peer.has_ended() && !is_over(end));
}

int free_port() {
	TCPServer probe;
	EXPECT_EQ(probe.listen(0, "127.0.0.1"), Error::OK);
	return probe.get_local_port();
}

std::vector<std::string> python(const char *script, const std::string &argument = std::string()) {
	return {find_program("python3"), "-c", script, argument};
}

// Echoes every connection in a thread of its own.
constexpr const char *kPythonEchoServer = R"(
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
with Server(("127.0.0.1", 0), Echo) as server:
    print("port", server.server_address[1], file=sys.stderr, flush=True)
    server.serve_forever()
)";

} // namespace

// nc stops sending, with input left, when our half has ended: it has to end last.
TEST(StreamsAgainstNetcat, AsClientItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("nc");
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	const std::string theirs = random_text(kExchangeBytes, 2);
	PeerProcess peer({find_program("nc"), "-N", "127.0.0.1", std::to_string(server.get_local_port())}, theirs);
	const auto stream = take(server);
	ASSERT_NE(stream, nullptr) << peer.errors();
	expect_exchange(*stream, peer, theirs, OurEnd::kAfterTheirs);
}

TEST(StreamsAgainstNetcat, AsServerItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("nc");
	const int port = free_port();
	const std::string theirs = random_text(kExchangeBytes, 3);
	PeerProcess peer({find_program("nc"), "-N", "-l", "127.0.0.1", std::to_string(port)}, theirs);
	StreamPeerTCP stream;
	ASSERT_NO_FATAL_FAILURE(connect_to_late_server(stream, peer, port));
	expect_exchange(stream, peer, theirs, OurEnd::kAfterTheirs);
}

TEST(StreamsAgainstNetcat, OverAUnixSocketItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("nc");
	PeerProcess home({find_program("nc"), "-h"}); // for its folder
	UDSServer server;
	const std::string path = home.folder() + "/socket";
	ASSERT_EQ(server.listen(path.c_str()), Error::OK);
	const std::string theirs = random_text(kExchangeBytes, 4);
	PeerProcess peer({find_program("nc"), "-N", "-U", path}, theirs);
	ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
	const auto stream = server.take_connection();
	ASSERT_NE(stream, nullptr);
	expect_exchange(*stream, peer, theirs, OurEnd::kAfterTheirs);
}

// -t: how long socat goes on with one half when the other has ended.
TEST(StreamsAgainstSocat, AsClientItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("socat");
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	const std::string theirs = random_text(kExchangeBytes, 5);
	PeerProcess peer(
	        {find_program("socat"), "-t60", "-", "TCP4:127.0.0.1:" + std::to_string(server.get_local_port())}, theirs);
	const auto stream = take(server);
	ASSERT_NE(stream, nullptr) << peer.errors();
	expect_exchange(*stream, peer, theirs);
}

TEST(StreamsAgainstSocat, AsServerItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("socat");
	const std::string theirs = random_text(kExchangeBytes, 6);
	PeerProcess peer({find_program("socat"), "-d", "-d", "-t60", "-", "TCP4-LISTEN:0,bind=127.0.0.1"}, theirs);
	StreamPeerTCP stream;
	ASSERT_NO_FATAL_FAILURE(connect(stream, peer.number_after("listening on AF=2 127.0.0.1:"))) << peer.errors();
	expect_exchange(stream, peer, theirs);
}

TEST(StreamsAgainstSocat, AsUnixClientItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("socat");
	PeerProcess home({find_program("socat"), "-V"}); // for its folder
	UDSServer server;
	const std::string path = home.folder() + "/socket";
	ASSERT_EQ(server.listen(path.c_str()), Error::OK);
	const std::string theirs = random_text(kExchangeBytes, 7);
	PeerProcess peer({find_program("socat"), "-t60", "-", "UNIX-CONNECT:" + path}, theirs);
	ASSERT_EQ(server.wait(kStreamPatienceMs), Error::OK);
	const auto stream = server.take_connection();
	ASSERT_NE(stream, nullptr);
	expect_exchange(*stream, peer, theirs);
}

TEST(StreamsAgainstSocat, AsUnixServerItExchangesMegabytesBothWays) {
	NETPEER_NEED_PROGRAM("socat");
	const std::string theirs = random_text(kExchangeBytes, 8);
	PeerProcess peer({find_program("socat"), "-d", "-d", "-t60", "-", "UNIX-LISTEN:{folder}/socket"}, theirs);
	ASSERT_TRUE(peer.wait_for("listening on AF=1")) << peer.errors();
	StreamPeerUDS stream;
	ASSERT_EQ(stream.connect_to_host((peer.folder() + "/socket").c_str()), Error::OK);
	finish_connect(stream);
	expect_exchange(stream, peer, theirs);
}

TEST(StreamsAgainstPython, ItsServerEchoesSeveralOfUsAtOnce) {
	NETPEER_NEED_PROGRAM("python3");
	PeerProcess peer(python(kPythonEchoServer));
	const int port = peer.number_after("port ");
	StreamPeerTCP streams[4];
	for (StreamPeerTCP &stream : streams) ASSERT_NO_FATAL_FAILURE(connect(stream, port)) << peer.errors();
	for (size_t i = 0; i < 4; ++i) {
		ASSERT_EQ(streams[i].get_status(), StreamPeerTCP::STATUS_CONNECTED);
		const std::string ours = random_text(1 << 20, 10 + i);
		EXPECT_TRUE(send_and_receive(streams[i], ours) == ours);
		EXPECT_EQ(streams[i].get_status(), StreamPeerTCP::STATUS_NONE) << "both halves have ended";
	}
}

TEST(StreamsAgainstPython, ItsClientsAreServedInTheOrderTheyCame) {
	NETPEER_NEED_PROGRAM("python3");
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	PeerProcess peer(python(R"(
import socket, sys
links = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(5)]
for number, link in enumerate(links):
    link.sendall(b"client %d" % number)
    link.shutdown(socket.SHUT_WR)
for number, link in enumerate(links):
    answer = b""
    while data := link.recv(65536):
        answer += data
    assert answer == b"welcome %d" % number, answer
)",
	        std::to_string(server.get_local_port())));
	for (int i = 0; i < 5; ++i) {
		const auto stream = take(server);
		ASSERT_NE(stream, nullptr) << peer.errors();
		EXPECT_EQ(stream->get_connected_host(), "127.0.0.1");
		EXPECT_EQ(send_and_receive(*stream, "welcome " + std::to_string(i)), "client " + std::to_string(i));
	}
	EXPECT_EQ(peer.wait(), 0) << peer.errors();
}

TEST(StreamsAgainstPython, TypedValuesAreTheNumbersOfItsStructModule) {
	NETPEER_NEED_PROGRAM("python3");
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	PeerProcess peer(python(R"(
import socket, struct, sys
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for order in "<>":
    form = order + "bBhHiIqQefdI"
    data = b""
    while len(data) < struct.calcsize(form):
        data += link.recv(struct.calcsize(form) - len(data))
    values = struct.unpack(form, data)
    assert values[:-1] == (-5, 250, -300, 60000, -70000, 4000000000, -5000000000, 2**64 - 2, 0.5, -1.25, 3.125), values
    text = link.recv(values[-1], socket.MSG_WAITALL)
    assert text == "h\u00e9".encode(), text
    link.sendall(struct.pack(form, *values) + text)
)",
	        std::to_string(server.get_local_port())));
	const auto stream = take(server);
	ASSERT_NE(stream, nullptr) << peer.errors();
	stream->set_blocking_timeout(kStreamPatienceMs);
	for (const bool big_endian : {false, true}) {
		stream->set_big_endian(big_endian);
		stream->put_8(-5);
		stream->put_u8(250);
		stream->put_16(-300);
		stream->put_u16(60000);
		stream->put_32(-70000);
		stream->put_u32(4000000000u);
		stream->put_64(-5000000000);
		stream->put_u64(UINT64_MAX - 1);
		stream->put_half(0.5f);
		stream->put_float(-1.25f);
		stream->put_double(3.125);
		stream->put_utf8_string("h\xc3\xa9");
		ASSERT_EQ(stream->get_last_error(), Error::OK) << peer.errors();
		EXPECT_EQ(stream->get_8(), -5);
		EXPECT_EQ(stream->get_u8(), 250);
		EXPECT_EQ(stream->get_16(), -300);
		EXPECT_EQ(stream->get_u16(), 60000);
		EXPECT_EQ(stream->get_32(), -70000);
		EXPECT_EQ(stream->get_u32(), 4000000000u);
		EXPECT_EQ(stream->get_64(), -5000000000);
		EXPECT_EQ(stream->get_u64(), UINT64_MAX - 1);
		EXPECT_EQ(stream->get_half(), 0.5f);
		EXPECT_EQ(stream->get_float(), -1.25f);
		EXPECT_EQ(stream->get_double(), 3.125);
		EXPECT_EQ(stream->get_utf8_string(), "h\xc3\xa9");
		EXPECT_EQ(stream->get_last_error(), Error::OK);
	}
	EXPECT_EQ(peer.wait(), 0) << peer.errors();
}

TEST(StreamsAgainstPython, ItsResetIsAnErrorAndNotTheEndOfTheStream) {
	NETPEER_NEED_PROGRAM("python3");
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	PeerProcess peer(python(R"(
import socket, struct, sys
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
link.recv(1)
link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
link.close()
)",
	        std::to_string(server.get_local_port())));
	const auto stream = take(server);
	ASSERT_NE(stream, nullptr) << peer.errors();
	ASSERT_EQ(stream->put_data(view("x")), Error::OK);
	EXPECT_EQ(netpeer_test::poll_while(*stream, StreamPeerTCP::STATUS_CONNECTED), Error::FAILED);
	EXPECT_EQ(stream->get_status(), StreamPeerTCP::STATUS_ERROR);
	EXPECT_FALSE(stream->is_read_eof());
	EXPECT_EQ(peer.wait(), 0) << peer.errors();
}
