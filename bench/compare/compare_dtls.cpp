// Reliable messages from one ENetConnection to another on loopback, both in this thread, in lock step: so many sends, a
// flush, then both until everything has arrived. plain: over UDP; dtls: over DTLS; mbedtls: over DTLS, and then records as
// long as those that passed, in their order, encrypted and decrypted by mbedTLS alone, which is what is timed and counted.
// callgrind counts counted_enet_flush or counted_bare_record; a warm-up before them is not counted.
// "stepped": on a clock that moves 100 us with each flush, so that a slow valgrind makes nobody repeat anything.
// Usage: compare_dtls <plain|dtls|mbedtls> <bytes> <per flush> <messages> [stepped]
#include "bare_mbedtls.h"

#include "../../src/netpeer.h"
#include "../../src/reliable/transport/transport_udp.h"
#include "../../tests/support/tls_support.h"

#ifdef COMPARE_COUNT_CALLS
#include "call_counts.h"
#endif

#include <ctime>
#include <memory>
#include <string>

namespace compare {

namespace {

using namespace netpeer;

#ifndef COMPARE_COUNT_CALLS
struct CallCounts {
	uint64_t allocations = 0;
	uint64_t socket_calls = 0;
};
CallCounts call_counts() { return CallCounts(); }
#endif

constexpr size_t kRecordHeadBytes = 13;

double processor_us() {
	timespec time{};
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct SentDatagram {
	bool from_client = false;
	size_t bytes = 0;
};

/// UDP, and a note of every datagram that leaves.
class NotedTransport final : public DatagramTransport {
public:
	NotedTransport(bool is_client, std::vector<SentDatagram> &log) : is_client_(is_client), log_(log) {
		Endpoint local;
		local.address = IPAddress::v4(127, 0, 0, 1);
		tls_require(udp_.open_bound(local) == Error::OK, "netpeer: no socket");
	}
	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override {
		return udp_.receive(now, slots, count, received);
	}
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override {
		for (size_t i = 0; i < count; ++i) log_.push_back(SentDatagram{is_client_, datagrams[i].bytes.size});
		return udp_.send(now, datagrams, count, accepted);
	}
	Error wait(Duration timeout) override { return udp_.wait(timeout); }
	Error local_endpoint(Endpoint &out) override { return udp_.local_endpoint(out); }
	NetSocket *wait_socket() override { return udp_.wait_socket(); }

private:
	const bool is_client_;
	std::vector<SentDatagram> &log_;
	TransportUdp udp_;
};

class SteppedClock final : public Clock {
public:
	Instant now() override { return now_; }
	void step() { now_ = now_ + Duration::from_us(100); }

private:
	Instant now_ = Instant::from_ms(1000);
};

class Side {
public:
	Side(bool is_client, std::vector<SentDatagram> &log, Clock *clock) : transport_(is_client, log) {
		ENetConnectionHooks hooks;
		hooks.clock = clock;
		hooks.transport = &transport_;
		connection_ = std::make_unique<ENetConnection>(hooks);
		tls_require(connection_->create_host(1, 2) == Error::OK, "netpeer: no host");
	}
	ENetConnection &connection() { return *connection_; }
	ENetPacketPeer &peer() { return *peer_; }
	/// Until there is nothing more to do; how many messages came.
	size_t pass() {
		size_t messages = 0;
		for (;;) {
			const ENetConnection::Event event = connection_->service();
			if (event.type == ENetConnection::EVENT_NONE) return messages;
			if (event.type == ENetConnection::EVENT_CONNECT) {
				peer_ = event.peer;
				peer_->ping_interval(3600 * 1000); // no PING while something else is counted
				peer_->throttle_configure(5000, 2, 0);
			} else if (event.type == ENetConnection::EVENT_RECEIVE) {
				ByteView packet;
				if (event.peer->get_packet(packet) == Error::OK && !packet.empty()) ++messages;
			} else {
				tls_failed("netpeer: the connection is over");
			}
		}
	}
	bool is_connected() const { return peer_ != nullptr; }

private:
	NotedTransport transport_;
	std::unique_ptr<ENetConnection> connection_;
	std::shared_ptr<ENetPacketPeer> peer_;
};

struct Pair {
	std::vector<SentDatagram> log;
	SteppedClock clock;
	Side client, server;
	std::vector<uint8_t> payload;
	size_t per_flush = 1;

	Pair(bool dtls, bool is_stepped) :
	        client(true, log, is_stepped ? &clock : nullptr), server(false, log, is_stepped ? &clock : nullptr) {
		log.reserve(1 << 16);
		if (dtls) {
			tls_require(server.connection().dtls_server_setup(netpeer_test::tls_server_options()) == Error::OK &&
			                    client.connection().dtls_client_setup(
			                            "server.test", netpeer_test::tls_client_options()) == Error::OK,
			        "netpeer: no DTLS");
		}
		const int port = server.connection().get_local_port();
		tls_require(client.connection().connect_to_host("127.0.0.1", port, 2) != nullptr, "netpeer: no dial");
		for (int tries = 0; !client.is_connected() || !server.is_connected(); ++tries) {
			tls_require(tries < 20000, "netpeer: connecting takes too long");
			clock.step();
			(void)client.pass();
			(void)server.pass();
		}
	}
	size_t flush_once() {
		clock.step();
		const ByteView message(payload.data(), payload.size());
		for (size_t i = 0; i < per_flush; ++i) {
			tls_require(client.peer().send(0, message, ENetPacketPeer::FLAG_RELIABLE) == Error::OK, "netpeer: send");
		}
		client.connection().flush();
		size_t arrived = 0;
		for (int tries = 0; arrived < per_flush; ++tries) {
			tls_require(tries < 1000, "messages were lost");
			if (tries != 0) clock.step();
			arrived += server.pass();
			(void)client.pass();
		}
		return arrived;
	}
};

__attribute__((noinline)) size_t counted_enet_flush(Pair &pair) { return pair.flush_once(); }
__attribute__((noinline)) void counted_bare_record(
        BarePair &pair, bool from_client, const unsigned char *bytes, size_t size, unsigned char *out, size_t room) {
	pair.carry(from_client ? pair.client : pair.server, bytes, size, out, room);
}

struct Result {
	double us = 0;
	uint64_t messages = 0;
	std::string suite;
	CallCounts calls;
};

Result exchange(Pair &pair, size_t messages) {
	size_t warm_up = 0;
	while (warm_up < messages / 4) warm_up += pair.flush_once();
	pair.log.clear();
	Result result;
	const CallCounts calls = call_counts();
	const double before = processor_us();
	while (result.messages < messages) result.messages += counted_enet_flush(pair);
	result.us = processor_us() - before;
	result.calls.allocations = call_counts().allocations - calls.allocations;
	result.calls.socket_calls = call_counts().socket_calls - calls.socket_calls;
	return result;
}

/// The records of `log` once more, by mbedTLS alone.
double repeat(const std::vector<SentDatagram> &log, std::string &suite) {
	const BareMaterial material(true);
	BarePair pair(material);
	pair.shake_hands();
	suite = mbedtls_ssl_get_ciphersuite(&pair.client.ssl);
	const int expansion = mbedtls_ssl_get_record_expansion(&pair.client.ssl);
	tls_require(expansion > static_cast<int>(kRecordHeadBytes), "mbedtls: no expansion");
	const std::vector<unsigned char> plain(8192, 0x5a);
	std::vector<unsigned char> out(8192);
	pair.carry(pair.client, plain.data(), 100, out.data(), out.size());
	pair.carry(pair.server, plain.data(), 100, out.data(), out.size());
	const double before = processor_us();
	for (const SentDatagram &datagram : log) {
		const size_t size = datagram.bytes - static_cast<size_t>(expansion);
		counted_bare_record(pair, datagram.from_client, plain.data(), size, out.data(), out.size());
	}
	return processor_us() - before;
}

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	using namespace compare;
	if (argc < 5) tls_failed("usage: compare_dtls <plain|dtls|mbedtls> <bytes> <per flush> <messages> [stepped]");
	Pair pair(std::strcmp(argv[1], "plain") != 0, argc > 5);
	pair.payload.assign(std::strtoul(argv[2], nullptr, 10), 0x5a);
	pair.per_flush = std::strtoul(argv[3], nullptr, 10);
	Result result = exchange(pair, std::strtoul(argv[4], nullptr, 10));
	uint64_t bytes = 0;
	for (const SentDatagram &datagram : pair.log) bytes += datagram.bytes;
	if (std::strcmp(argv[1], "mbedtls") == 0) result.us = repeat(pair.log, result.suite);
	const double messages = static_cast<double>(result.messages);
	const double datagrams = static_cast<double>(pair.log.size());
	std::printf("{\"messages\": %.0f, \"datagrams\": %.0f, \"bytes_per_datagram\": %.2f, \"us_per_message\": %.5f, "
	            "\"suite\": \"%s\", \"allocations\": %.6f, \"socket_calls\": %.6f}\n",
	        messages, datagrams, static_cast<double>(bytes) / datagrams, result.us / messages, result.suite.c_str(),
	        static_cast<double>(result.calls.allocations) / messages,
	        static_cast<double>(result.calls.socket_calls) / messages);
	return 0;
}
