// What tests of TLS share: seeded randomness, options from the test keys, two sessions joined in memory.
#pragma once

#include "../../src/core/netpeer_config.h"
#include "../../src/core/seeded_rng.h"
#include "../../src/tls/tls_session.h"
#include "tls_test_keys.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_test {

/// The same bytes for the same seed. Not for real keys.
class SeededRandom : public netpeer::RandomSource {
public:
	explicit SeededRandom(uint64_t seed) : rng_(seed) {}

	netpeer::Error fill(netpeer::MutBytes out) override {
		if (fails_) return netpeer::Error::FAILED;
		for (size_t i = 0; i < out.size; ++i) out.data[i] = static_cast<uint8_t>(rng_.u64() >> 32);
		return netpeer::Error::OK;
	}
	void fail(bool on) { fails_ = on; }

private:
	netpeer::SeededRng rng_;
	bool fails_ = false;
};

constexpr int64_t kTestUnixTime = 1750000000; // June 2025: within the dates of the test keys

inline std::shared_ptr<netpeer::X509Certificate> tls_chain(const std::string &pem) {
	auto chain = std::make_shared<netpeer::X509Certificate>();
	return chain->load_from_string(pem.c_str()) == netpeer::Error::OK ? chain : nullptr;
}
inline std::shared_ptr<netpeer::CryptoKey> tls_key(const char *pem) {
	auto key = std::make_shared<netpeer::CryptoKey>();
	return key->load_from_string(pem) == netpeer::Error::OK ? key : nullptr;
}
inline std::shared_ptr<netpeer::TLSOptions> tls_server_options(
        const std::string &chain = tls_keys::kServer, const char *key = tls_keys::kServerKey) {
	return netpeer::TLSOptions::server(tls_key(key), tls_chain(chain));
}
inline std::shared_ptr<netpeer::TLSOptions> tls_client_options(const char *authority = tls_keys::kAuthority) {
	return netpeer::TLSOptions::client(tls_chain(authority));
}

/// A client and a server, time standing still until moved, wires in the hands of the test.
class TlsPair {
public:
	explicit TlsPair(bool datagrams, uint64_t seed = 1) :
	        client_random(seed * 2),
	        server_random(seed * 2 + 1),
	        cookies(netpeer::DtlsCookies::create(&server_random)) {
		client_config.datagrams = server_config.datagrams = datagrams;
		client_config.host_name = "server.test";
		client_config.random = &client_random;
		client_config.unix_time = kTestUnixTime;
		server_config.random = &server_random;
		server_config.cookies = cookies.get();
		server_config.client_id = netpeer::view_of("client 1");
	}

	/// What was not set is set to the usual; false when one cannot be made.
	bool make() {
		if (client_config.options == nullptr) client_config.options = tls_client_options();
		if (server_config.options == nullptr) server_config.options = tls_server_options();
		return make_client() && make_server();
	}
	bool make_client() {
		client = netpeer::TlsSession::create(client_config, client_error);
		return client != nullptr;
	}
	bool make_server() {
		server = netpeer::TlsSession::create(server_config, server_error);
		return server != nullptr;
	}

	/// Begins: the client's hello waits in its drain().
	void start() {
		size_t taken = 0;
		(void)client->feed(now, netpeer::ByteView(), taken);
	}
	/// Moves what waits until nothing does. A server that asks for a cookie is replaced, as its owner must.
	void run() {
		start();
		for (bool moved = true; moved;) {
			moved = move(*client, *server);
			if (client_config.datagrams && server->failure() == netpeer::TlsFailure::kCookieNeeded) {
				moved = move(*server, *client);
				if (!make_server()) return;
			}
			moved |= move(*server, *client);
		}
	}
	/// One side's output to the other, all of it; false when there was none.
	bool move(netpeer::TlsSession &from, netpeer::TlsSession &to) {
		bool moved = false;
		while (!from.drain().empty()) {
			const netpeer::ByteView piece = from.drain();
			size_t taken = 0;
			const std::vector<uint8_t> copy(piece.data, piece.data + piece.size);
			from.drained(copy.size());
			moved = true;
			for (size_t at = 0; at < copy.size();) {
				if (to.feed(now, netpeer::ByteView(copy.data() + at, copy.size() - at), taken) != netpeer::Error::OK)
					break;
				at += taken;
				if (at < copy.size() && !keep_plain(to)) break;
			}
		}
		return moved;
	}
	/// Reads into what text_of() gives; false when there was nothing.
	bool keep_plain(netpeer::TlsSession &of) {
		std::string &text = &of == client.get() ? client_read : server_read;
		std::vector<uint8_t> buffer(20000);
		size_t got = 0;
		if (of.read(now, netpeer::MutBytes(buffer.data(), buffer.size()), got) != netpeer::Error::OK || got == 0)
			return false;
		text.append(reinterpret_cast<const char *>(buffer.data()), got);
		return true;
	}
	/// Everything written at one end and read at the other.
	std::string carry(netpeer::TlsSession &from, netpeer::TlsSession &to, const std::string &text) {
		std::string &read = &to == client.get() ? client_read : server_read;
		read.clear();
		netpeer::ByteView left(reinterpret_cast<const uint8_t *>(text.data()), text.size());
		while (!left.empty()) {
			size_t taken = 0;
			if (from.write(now, left, taken) != netpeer::Error::OK) break;
			left = left.after(taken);
			if (!move(from, to) && taken == 0) break;
		}
		while (keep_plain(to)) {
		}
		return read;
	}
	bool connected() const {
		return client->state() == netpeer::TlsSession::State::kConnected &&
		       server->state() == netpeer::TlsSession::State::kConnected;
	}

	netpeer::Instant now = netpeer::Instant::from_ms(1000);
	SeededRandom client_random;
	SeededRandom server_random;
	std::unique_ptr<netpeer::DtlsCookies> cookies;
	netpeer::TlsSessionConfig client_config;
	netpeer::TlsSessionConfig server_config;
	std::unique_ptr<netpeer::TlsSession> client;
	std::unique_ptr<netpeer::TlsSession> server;
	netpeer::Error client_error = netpeer::Error::OK;
	netpeer::Error server_error = netpeer::Error::OK;
	std::string client_read;
	std::string server_read;
};

} // namespace netpeer_test
