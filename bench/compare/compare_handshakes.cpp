// Handshakes between two ends in memory, each from nothing to connected and dropped again: TlsSession at both ends (DTLS:
// a DtlsAcceptor, cookie included), or mbedTLS by itself. callgrind counts counted_handshake; the time is the processor's.
// Linked with call_counts.cpp it tells what connected sessions hold instead.
// Usage: compare_handshakes <netpeer|mbedtls> <tls|dtls> <handshakes>
#include "bare_mbedtls.h"

#include "../../src/tls/dtls_acceptor.h"
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
double processor_us() {
	timespec time{};
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}
#endif

class OurClients {
public:
	std::unique_ptr<TlsSession> make(bool datagrams) {
		TlsSessionConfig config;
		config.datagrams = datagrams;
		config.options = options_;
		config.host_name = "server.test";
		Error error = Error::OK;
		std::unique_ptr<TlsSession> session = TlsSession::create(config, error);
		tls_require(session != nullptr, "netpeer: no client");
		size_t taken = 0;
		(void)session->feed(Instant(), ByteView(), taken);
		return session;
	}

private:
	std::shared_ptr<TLSOptions> options_ = netpeer_test::tls_client_options();
};

bool is_connected(const TlsSession &session) { return session.state() == TlsSession::State::kConnected; }

void move_all(Instant now, TlsSession &from, TlsSession &to) {
	while (!from.drain().empty()) {
		size_t taken = 0;
		(void)to.feed(now, from.drain(), taken);
		from.drained(taken);
	}
}

class OurStreams {
public:
	struct Kept {
		std::unique_ptr<TlsSession> client, server;
	};
	Kept shake_hands() {
		Kept made;
		made.client = clients_.make(false);
		TlsSessionConfig config;
		config.options = options_;
		Error error = Error::OK;
		made.server = TlsSession::create(config, error);
		tls_require(made.server != nullptr, "netpeer: no server");
		while (!is_connected(*made.client) || !is_connected(*made.server)) {
			move_all(Instant(), *made.client, *made.server);
			tls_require(!made.server->drain().empty() || is_connected(*made.server), "netpeer: no handshake");
			move_all(Instant(), *made.server, *made.client);
		}
		suite = made.client->cipher_suite();
		return made;
	}
	void drop_client(Kept &kept) { kept.client = nullptr; }
	void drop_server(Kept &kept) { kept.server = nullptr; }
	std::string suite;

private:
	OurClients clients_;
	std::shared_ptr<TLSOptions> options_ = netpeer_test::tls_server_options();
};

class OurDatagrams {
public:
	struct Kept {
		std::unique_ptr<TlsSession> client;
		Endpoint at;
	};
	OurDatagrams() {
		DtlsAcceptorConfig config;
		config.options = netpeer_test::tls_server_options();
		Error error = Error::OK;
		acceptor_ = DtlsAcceptor::create(config, error);
		tls_require(acceptor_ != nullptr, "netpeer: no acceptor");
	}
	Kept shake_hands() {
		Kept made;
		now_ = now_ + Duration::from_ms(100); // nobody begins too many too fast
		++number_;
		made.at.address = IPAddress::v4(10, 0, static_cast<uint8_t>(number_ >> 8), static_cast<uint8_t>(number_));
		made.at.port = 4000;
		made.client = clients_.make(true);
		while (!made.client->drain().empty()) {
			for (ByteView next = made.client->drain(); !next.empty(); next = made.client->drain()) {
				acceptor_->receive(now_, made.at, next);
				made.client->drained(next.size);
			}
			DtlsDatagram datagram;
			size_t taken = 0;
			while (acceptor_->drain(datagram)) {
				(void)made.client->feed(now_, datagram.bytes, taken);
				acceptor_->drained();
			}
		}
		const TlsSession *server = acceptor_->find(made.at);
		tls_require(is_connected(*made.client) && server != nullptr && is_connected(*server), "netpeer: no handshake");
		(void)acceptor_->bind(made.at);
		suite = made.client->cipher_suite();
		return made;
	}
	void drop_client(Kept &kept) { kept.client = nullptr; }
	void drop_server(Kept &kept) {
		(void)acceptor_->close(now_, kept.at);
		DtlsDatagram last;
		while (acceptor_->drain(last)) acceptor_->drained();
	}
	std::string suite;

private:
	OurClients clients_;
	std::unique_ptr<DtlsAcceptor> acceptor_;
	Instant now_ = Instant::from_ms(1000);
	uint32_t number_ = 0;
};

class Bare {
public:
	struct Kept {
		std::unique_ptr<BarePair> pair;
	};
	explicit Bare(bool datagrams) : material_(datagrams) {}
	Kept shake_hands() {
		Kept made;
		made.pair = std::make_unique<BarePair>(material_);
		made.pair->shake_hands();
		suite = mbedtls_ssl_get_ciphersuite(&made.pair->client.ssl);
		made.pair->client.forget();
		made.pair->server.forget();
		return made;
	}
	void drop_client(Kept &kept) { kept.pair->drop_client(); }
	void drop_server(Kept &kept) {
		if (material_.datagrams()) (void)mbedtls_ssl_close_notify(&kept.pair->server.ssl);
		kept.pair->drop_server();
	}
	std::string suite;

private:
	BareMaterial material_;
};

template <class Side> __attribute__((noinline)) void counted_handshake(Side &side) {
	auto kept = side.shake_hands();
	side.drop_client(kept);
	side.drop_server(kept);
}

#ifdef COMPARE_COUNT_CALLS
template <class Side> int run(Side &&side, size_t count) {
	std::vector<typename Side::Kept> kept(count);
	for (auto &one : kept) one = side.shake_hands();
	const int64_t held = call_counts().live_bytes;
	for (auto &one : kept) side.drop_client(one);
	const int64_t without_clients = call_counts().live_bytes;
	for (auto &one : kept) side.drop_server(one);
	const int64_t without_servers = call_counts().live_bytes;
	std::printf("{\"suite\": \"%s\", \"client_bytes\": %.1f, \"server_bytes\": %.1f}\n", side.suite.c_str(),
	        static_cast<double>(held - without_clients) / static_cast<double>(count),
	        static_cast<double>(without_clients - without_servers) / static_cast<double>(count));
	return 0;
}
#else
template <class Side> int run(Side &&side, size_t count) {
	counted_handshake(side); // tables that are made once
	const double before = processor_us();
	for (size_t i = 0; i < count; ++i) counted_handshake(side);
	std::printf("{\"suite\": \"%s\", \"us_per_handshake\": %.3f}\n", side.suite.c_str(),
	        (processor_us() - before) / static_cast<double>(count));
	return 0;
}
#endif

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 4) compare::tls_failed("usage: compare_handshakes <netpeer|mbedtls> <tls|dtls> <handshakes>");
	const bool datagrams = std::strcmp(argv[2], "dtls") == 0;
	const size_t count = std::strtoul(argv[3], nullptr, 10);
	if (std::strcmp(argv[1], "mbedtls") == 0) return compare::run(compare::Bare(datagrams), count);
	if (datagrams) return compare::run(compare::OurDatagrams(), count);
	return compare::run(compare::OurStreams(), count);
}
