// A server and a client of ENet over DTLS in the simulator, and what they put on the wire.
#pragma once

#include "../../src/tls/tls_session.h"
#include "../godot/face_world.h"
#include "test_certificates.h"

#include <algorithm>
#include <memory>
#include <string>

#if NETPEER_WITH_MBEDTLS
#define NETPEER_TEST_NEEDS_TLS() (void)0
#else
#define NETPEER_TEST_NEEDS_TLS() GTEST_SKIP() << "built without mbedTLS"
#endif

namespace netpeer_test {

inline std::shared_ptr<netpeer::TLSOptions> dtls_server_options(
        const netpeer::TestIdentity &who = netpeer::test_certificates::server()) {
	return netpeer::TLSOptions::server(who.load_key(), who.load_chain());
}
inline std::shared_ptr<netpeer::TLSOptions> dtls_client_options() {
	return netpeer::TLSOptions::client(netpeer::test_certificates::authority().load_certificate());
}

/// Everything that was offered to the network while this lives: hosts say goodbye after that.
struct WireLog {
	explicit WireLog(netpeer::SimNetwork &network) : network_(network) {
		netpeer::SimTap tap;
		tap.user = this;
		tap.seen = [](void *user, netpeer::Instant, const netpeer::Endpoint &, const netpeer::Endpoint &,
		                   netpeer::ByteView bytes, netpeer::SimFate) {
			WireLog &log = *static_cast<WireLog *>(user);
			log.all += string_of(bytes);
			log.longest = std::max(log.longest, bytes.size);
			if (bytes.size == 0 || bytes[0] < 20 || bytes[0] > 23) ++log.not_records;
		};
		network.set_tap(tap);
	}
	~WireLog() { network_.set_tap(netpeer::SimTap()); }
	WireLog(const WireLog &) = delete;
	WireLog &operator=(const WireLog &) = delete;

	std::string all;
	size_t longest = 0;
	size_t not_records = 0;

private:
	netpeer::SimNetwork &network_;
};

/// A server and a client that speak DTLS, not yet connected.
struct DtlsDuo : FaceWorld {
	explicit DtlsDuo(int latency_ms = 0, int max_peers = 4) :
	        FaceWorld(latency_ms), log(network), server(add_created(max_peers)), client(add_created(2)) {}
	void secure(const std::shared_ptr<netpeer::TLSOptions> &of_server = dtls_server_options(),
	        const std::shared_ptr<netpeer::TLSOptions> &of_client = dtls_client_options(),
	        const char *name = "server.test") {
		ASSERT_EQ(server->dtls_server_setup(of_server), netpeer::Error::OK);
		ASSERT_EQ(client->dtls_client_setup(name, of_client), netpeer::Error::OK);
	}
	bool connect_them() { return connect(client, server); }
	/// Dials; how the attempt ended.
	netpeer::ENetConnection::Event failed_dial(int64_t ms = 60000) {
		dial(client, server);
		(void)run_until([&] { return client.count(netpeer::ENetConnection::EVENT_DISCONNECT) != 0; }, ms);
		return client.last(netpeer::ENetConnection::EVENT_DISCONNECT);
	}

	WireLog log;
	FaceHost &server;
	FaceHost &client;
};

} // namespace netpeer_test
