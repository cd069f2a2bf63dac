// The table of what can be wrong with a handshake, row by row, over everything that shakes hands: StreamPeerTLS,
// PacketPeerDTLS with DTLSServer, and ENet over DTLS. Each row has its error or status at both ends, and none hangs.
#include "../../src/packet/dtls_server.h"
#include "../../src/stream/stream_peer_tls.h"
#include "../../src/tls/crypto.h"
#include "../support/dtls_duo.h"
#include "../support/memory_stream_pair.h"
#include "../support/tls_identities.h"

#include <string>
#include <vector>

using namespace netpeer;
using netpeer_test::client_trusting;
using netpeer_test::DtlsDuo;
using netpeer_test::FaceHost;
using netpeer_test::MemoryStream;
using netpeer_test::server_of;
namespace identities = netpeer_test::identities;

namespace {

using TlsStatus = StreamPeerTLS::Status;

// --- one meeting over each of the three ---

/// How it ended. Statuses are StreamPeerTLS's; those of PacketPeerDTLS have the same numbers, and ENet's client says the same
/// with its drop reason. Nothing is known of ENet's server but that nobody came.
struct TableMeeting {
	Error server_setup = Error::OK;
	TlsFailure client = TlsFailure::kNone;
	TlsFailure server = TlsFailure::kNone;
	TlsStatus client_status = StreamPeerTLS::STATUS_DISCONNECTED;
	TlsStatus server_status = StreamPeerTLS::STATUS_DISCONNECTED;
};

using ServerOptions = std::shared_ptr<TLSOptions>;

TableMeeting meet_over_stream(const ServerOptions &own, const ServerOptions &trust, const char *name) {
	TableMeeting end;
	auto [client_below, server_below] = MemoryStream::make_pair();
	StreamPeerTLS client, server;
	end.server_setup = server.accept_stream(server_below, own);
	if (end.server_setup != Error::OK) return end;
	EXPECT_EQ(client.connect_to_stream(client_below, name, trust), Error::OK);
	for (int turns = 0; turns < 100; ++turns) {
		(void)client.poll();
		(void)server.poll();
	}
	end.client = client.get_failure();
	end.server = server.get_failure();
	end.client_status = client.get_status();
	end.server_status = server.get_status();
	return end;
}

std::string next_datagram(PacketPeerUDP &peer) {
	ByteView packet;
	EXPECT_EQ(peer.get_packet(packet), Error::OK);
	return netpeer_test::string_of(packet);
}

/// A client and a server with datagrams that somebody carries between them, on the tests' own time.
class CarriedDtls {
public:
	explicit CarriedDtls(ServerOptions own) : client(hooks_of(clock)), server(hooks_of(clock)) {
		setup = server.setup(std::move(own));
	}
	void begin(const ServerOptions &trust, const char *name) {
		ASSERT_EQ(udp_server.listen(0, "127.0.0.1"), Error::OK);
		ASSERT_EQ(front.bind(0, "127.0.0.1"), Error::OK);
		ASSERT_EQ(back.connect_to_host("127.0.0.1", udp_server.get_local_port()), Error::OK);
		const auto udp = std::make_shared<PacketPeerUDP>();
		ASSERT_EQ(udp->connect_to_host("127.0.0.1", front.get_local_port()), Error::OK);
		client_port = udp->get_local_port();
		ASSERT_EQ(client.connect_to_peer(udp, name, trust), Error::OK);
		ASSERT_EQ(front.set_dest_address("127.0.0.1", client_port), Error::OK);
	}
	/// Carries what there is; `fate` says what becomes of each datagram, counted over both directions: itself, another, or
	/// nothing. False: nothing moved.
	template <class Fate> bool carry(Fate fate) {
		bool moved = false;
		for (const bool from_client : {true, false}) {
			PacketPeerUDP &in = from_client ? front : back, &out = from_client ? back : front;
			while (in.get_available_packet_count() > 0) {
				const std::string passes = fate(carried++, next_datagram(in));
				if (!passes.empty()) {
					EXPECT_EQ(out.put_packet(netpeer_test::bytes_of(passes)), Error::OK);
				}
				moved = true;
			}
			if (from_client) serve();
		}
		(void)client.poll();
		return moved;
	}
	void serve() {
		(void)udp_server.poll();
		while (udp_server.is_connection_available()) {
			const std::shared_ptr<PacketPeerDTLS> taken = server.take_connection(udp_server.take_connection());
			if (taken->get_failure() != TlsFailure::kCookieNeeded) session = taken;
		}
		if (session != nullptr) (void)session->poll();
	}
	/// Until both ends are decided; lets time pass where nothing moves. False: they never are.
	template <class Fate> bool run(Fate fate) {
		for (int idle = 0, turns = 0; turns < 2000; ++turns) {
			idle = carry(fate) ? 0 : idle + 1;
			const bool client_done = client.get_status() != PacketPeerDTLS::STATUS_HANDSHAKING;
			const bool server_done = session == nullptr || session->get_status() != PacketPeerDTLS::STATUS_HANDSHAKING;
			if (idle == 0) continue;
			(void)udp_server.wait(1); // loopback may take a moment
			if (idle < 4) continue;
			Instant next = client.next_poll_time();
			if (session != nullptr) next = earlier_of(next, session->next_poll_time());
			if (client_done && server_done) return true;
			if (next.is_never()) return false;
			clock.set(next > clock.now() ? next : clock.now() + Duration::from_ms(1));
			idle = 0;
		}
		return false;
	}

	netpeer_test::FakeClock clock;
	UDPServer udp_server;
	PacketPeerUDP front, back;
	PacketPeerDTLS client;
	DTLSServer server;
	std::shared_ptr<PacketPeerDTLS> session;
	Error setup = Error::OK;
	size_t carried = 0;
	int client_port = 0;

private:
	static PacketPeerDTLSHooks hooks_of(Clock &clock) {
		PacketPeerDTLSHooks hooks;
		hooks.clock = &clock;
		return hooks;
	}
};

std::string as_it_is(size_t, std::string datagram) { return datagram; }

TableMeeting meet_over_datagrams(const ServerOptions &own, const ServerOptions &trust, const char *name) {
	TableMeeting end;
	CarriedDtls town(own);
	end.server_setup = town.setup;
	if (end.server_setup != Error::OK) return end;
	town.begin(trust, name);
	EXPECT_TRUE(town.run(as_it_is));
	end.client = town.client.get_failure();
	end.client_status = static_cast<TlsStatus>(town.client.get_status());
	if (town.session == nullptr) return end;
	end.server = town.session->get_failure();
	end.server_status = static_cast<TlsStatus>(town.session->get_status());
	return end;
}

TableMeeting meet_over_enet(const ServerOptions &own, const ServerOptions &trust, const char *name) {
	TableMeeting end;
	DtlsDuo duo(10);
	end.server_setup = duo.server->dtls_server_setup(own);
	if (end.server_setup != Error::OK) return end;
	EXPECT_EQ(duo.client->dtls_client_setup(name, trust), Error::OK);
	(void)duo.dial(duo.client, duo.server);
	EXPECT_TRUE(duo.run_until([&] { return !duo.client.events.empty(); }));
	const ENetConnection::Event what = duo.client.events.front();
	end.client = what.peer->get_session_failure();
	if (what.type == ENetConnection::EVENT_CONNECT) {
		end.client_status = end.server_status = StreamPeerTLS::STATUS_CONNECTED;
		return end;
	}
	EXPECT_EQ(what.reason, EnetDropReason::kSessionLost);
	const bool is_name = end.client == TlsFailure::kNameMismatch;
	end.client_status = is_name ? StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH : StreamPeerTLS::STATUS_ERROR;
	end.server_status = StreamPeerTLS::STATUS_ERROR;
	duo.run_ms(100);
	EXPECT_TRUE(duo.server.events.empty()) << "a failed handshake is no event of the server's";
	return end;
}

struct TableFace {
	const char *name;
	TableMeeting (*meet)(const ServerOptions &own, const ServerOptions &trust, const char *name);
	bool tells_of_the_server;
};

class TlsFailureTable : public ::testing::TestWithParam<TableFace> {};
INSTANTIATE_TEST_SUITE_P(Faces, TlsFailureTable,
        ::testing::Values(TableFace{"StreamPeerTLS", meet_over_stream, true},
                TableFace{"PacketPeerDTLS", meet_over_datagrams, true},
                TableFace{"ENetOverDtls", meet_over_enet, false}),
        [](const ::testing::TestParamInfo<TableFace> &face) { return std::string(face.param.name); });

TestIdentity without_intermediate() {
	TestIdentity identity = identities::server();
	identity.chain = identity.certificate;
	return identity;
}

/// More than a Certificate message holds in mbedTLS.
TestIdentity large_identity() {
	Crypto crypto;
	const std::shared_ptr<CryptoKey> key = crypto.generate_ec();
	CertificateSettings settings;
	settings.for_servers = true;
	for (int i = 0; i < 1900; ++i)
		settings.alternative_names.push_back("host-number-" + std::to_string(10000 + i) + ".example.test");
	TestIdentity identity;
	if (key == nullptr) return identity;
	identity.key = key->save_to_string();
	const std::shared_ptr<X509Certificate> certificate = crypto.generate_certificate(*key, settings);
	if (certificate != nullptr) identity.chain = identity.certificate = certificate->save_to_string();
	return identity;
}

constexpr char kEncryptedKey[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg5gxfs9P6xpQICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEGETzb+dBhelRqFma2w1BH8EgZAL\n"
                                 "1YPXnq0PmoLAeA9YhKGgsnXWx0ofQVmJMvZqWRWtZRnntiqCsY196IausauQapo4\n"
                                 "TgN1WkXBOQ7yfrpydUlqD/pdEdp7H3RM/8eo9T0RbqTyfvIJkGVRi9nXCL9RgKrp\n"
                                 "adW48oJAYYN532IJySISn41KPDo1LvRiQa4ToldTSO6foGXh405pdUgtcc1T7es=\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n";

} // namespace

TEST_P(TlsFailureTable, EveryFaultOfACertificateHasItsFailureAndStatus) {
	NETPEER_NEED_TLS();
	const struct {
		const char *what;
		TestIdentity identity;
		const TestIdentity &authority;
		const char *name;
		TlsFailure client, server;
	} rows[] = {
	        {"nothing", identities::server(), identities::authority(), "localhost", TlsFailure::kNone,
	                TlsFailure::kNone},
	        {"expired", identities::expired(), identities::authority(), "localhost", TlsFailure::kExpired,
	                TlsFailure::kAlert},
	        {"not yet valid", identities::not_yet_valid(), identities::authority(), "localhost",
	                TlsFailure::kNotYetValid, TlsFailure::kAlert},
	        {"wrong name", identities::other_name(), identities::authority(), "localhost", TlsFailure::kNameMismatch,
	                TlsFailure::kAlert},
	        {"unknown authority", identities::server(), identities::other_authority(), "localhost",
	                TlsFailure::kNotTrusted, TlsFailure::kAlert},
	        {"missing intermediate", without_intermediate(), identities::authority(), "localhost",
	                TlsFailure::kNotTrusted, TlsFailure::kAlert},
	        // Our servers do not show it; what clients say of one that does: the sessions' tests, and those with OpenSSL.
	        {"wrong purpose", identities::client_only(), identities::authority(), "localhost", TlsFailure::kAlert,
	                TlsFailure::kNoCommonProtocol},
	};
	for (const auto &row : rows) {
		SCOPED_TRACE(row.what);
		const TableMeeting end = GetParam().meet(server_of(row.identity), client_trusting(row.authority), row.name);
		EXPECT_EQ(end.server_setup, Error::OK);
		EXPECT_EQ(end.client, row.client) << tls_failure_text(end.client);
		const bool good = row.client == TlsFailure::kNone;
		EXPECT_EQ(end.client_status, good ? StreamPeerTLS::STATUS_CONNECTED
		                             : row.client == TlsFailure::kNameMismatch
		                                     ? StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH
		                                     : StreamPeerTLS::STATUS_ERROR);
		EXPECT_EQ(end.server_status, good ? StreamPeerTLS::STATUS_CONNECTED : StreamPeerTLS::STATUS_ERROR);
		if (GetParam().tells_of_the_server) {
			EXPECT_EQ(end.server, row.server) << tls_failure_text(end.server);
		}
	}
}

TEST_P(TlsFailureTable, WhatIsWrongWithItsOwnKeyIsToldAServerBeforeAByteLeaves) {
	NETPEER_NEED_TLS();
	CryptoKey encrypted;
	EXPECT_EQ(encrypted.load_from_string(kEncryptedKey), Error::ERR_UNAUTHORIZED);
	TestIdentity cut_key = identities::server();
	cut_key.key.resize(cut_key.key.size() / 2);
	EXPECT_EQ(CryptoKey().load_from_string(cut_key.key.c_str()), Error::FAILED);
	TestIdentity cut_chain = identities::server();
	cut_chain.chain.resize(cut_chain.certificate.size() / 2);
	EXPECT_EQ(X509Certificate().load_from_string(cut_chain.chain.c_str()), Error::FAILED);
	TestIdentity locked = identities::server();
	locked.key = kEncryptedKey;
	TestIdentity foreign_key = identities::server();
	foreign_key.key = identities::other_name().key;
	for (const TestIdentity *identity : {&cut_key, &cut_chain, &locked, &foreign_key}) {
		// What could not be loaded is null, or the empty object that somebody goes on with.
		EXPECT_EQ(GetParam().meet(server_of(*identity), client_trusting(), "localhost").server_setup,
		        Error::ERR_INVALID_PARAMETER);
	}
	const auto empty = TLSOptions::server(std::make_shared<CryptoKey>(), std::make_shared<X509Certificate>());
	EXPECT_EQ(GetParam().meet(empty, client_trusting(), "localhost").server_setup, Error::ERR_INVALID_PARAMETER);
}

TEST_P(TlsFailureTable, ACertificateOf64KilobytesIsRefusedWhereItIsToBeShown) {
	NETPEER_NEED_TLS();
	const TestIdentity large = large_identity();
	ASSERT_GT(large.certificate.size(), 80000u) << "in PEM";
	const TableMeeting end =
	        GetParam().meet(server_of(large), client_trusting(large), "host-number-10000.example.test");
	EXPECT_EQ(end.server_setup, Error::ERR_INVALID_PARAMETER);
	// As a client's authority it is as good as any.
	const TableMeeting other = GetParam().meet(server_of(), client_trusting(large), "localhost");
	EXPECT_EQ(other.client, TlsFailure::kNotTrusted);
	EXPECT_EQ(other.client_status, StreamPeerTLS::STATUS_ERROR);
}

TEST_P(TlsFailureTable, AChainOf15KilobytesArrives) {
	NETPEER_NEED_TLS();
	TestIdentity identity = identities::server();
	while (identity.chain.size() < 20000) identity.chain += identities::intermediate().certificate; // in PEM
	const TableMeeting end = GetParam().meet(server_of(identity), client_trusting(), "localhost");
	EXPECT_EQ(end.client_status, StreamPeerTLS::STATUS_CONNECTED) << tls_failure_text(end.client);
	EXPECT_EQ(end.server_status, StreamPeerTLS::STATUS_CONNECTED);
}

// --- stalls and alerts, message by message ---

namespace {

/// Two StreamPeerTLS with somebody between them who passes one record at a time.
class RecordRelay {
public:
	RecordRelay() {
		std::tie(client_below_, near_client_) = MemoryStream::make_pair();
		std::tie(server_below_, near_server_) = MemoryStream::make_pair();
		EXPECT_EQ(client.connect_to_stream(client_below_, "localhost", client_trusting()), Error::OK);
		EXPECT_EQ(server.accept_stream(server_below_, server_of()), Error::OK);
	}
	/// Passes all records but the n-th, in whose place `other` comes (empty: nothing, and nothing after it). False: there
	/// were not so many.
	bool run(size_t n, const std::string &other) {
		for (int idle = 0; idle < 3; ++idle) {
			if (pass(client_below_->on_the_way(), *near_server_, n, other)) idle = 0;
			(void)server.poll();
			if (pass(server_below_->on_the_way(), *near_client_, n, other)) idle = 0;
			(void)client.poll();
		}
		return count_ > n;
	}
	void end() {
		near_client_->end();
		near_server_->end();
		(void)client.poll();
		(void)server.poll();
	}

	StreamPeerTLS client, server;

private:
	bool pass(std::deque<uint8_t> &from, MemoryStream &to, size_t n, const std::string &other) {
		bool passed = false;
		while (from.size() >= 5) {
			const size_t size = 5 + static_cast<size_t>(from[3]) * 256 + from[4];
			if (from.size() < size) break;
			std::string record(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(size));
			from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(size));
			if (stopped_ || count_++ == n) {
				stopped_ = stopped_ || other.empty();
				record = stopped_ ? "" : other;
			}
			EXPECT_EQ(to.put_data(netpeer_test::bytes_of(record)), Error::OK);
			passed = true;
		}
		return passed;
	}

	std::shared_ptr<MemoryStream> client_below_, server_below_, near_client_, near_server_;
	size_t count_ = 0;
	bool stopped_ = false;
};

bool is_decided(StreamPeerTLS &peer) { return peer.get_status() != StreamPeerTLS::STATUS_HANDSHAKING; }

const std::string kStreamAlert("\x15\x03\x03\x00\x02\x02\x50", 7); // fatal, internal_error
const std::string kDatagramAlert("\x15\xfe\xfd\0\0\0\0\0\0\0\x63\0\x02\x02\x50", 15);

} // namespace

TEST(StreamPeerTLSFailures, AHandshakeThatStallsAtAnyRecordWaitsAndEndsWithTheStream) {
	NETPEER_NEED_TLS();
	size_t n = 0;
	for (;; ++n) {
		RecordRelay relay;
		if (!relay.run(n, "")) break;
		SCOPED_TRACE(n);
		EXPECT_FALSE(is_decided(relay.client) && is_decided(relay.server)) << "one of them waits";
		relay.end();
		for (StreamPeerTLS *peer : {&relay.client, &relay.server}) {
			EXPECT_TRUE(is_decided(*peer));
			EXPECT_EQ(peer->get_failure(), TlsFailure::kTruncated) << peer->get_failure_detail();
		}
		EXPECT_NE(relay.client.get_status(), StreamPeerTLS::STATUS_CONNECTED);
	}
	EXPECT_GE(n, 8u);
}

TEST(StreamPeerTLSFailures, AnAlertInPlaceOfAnyRecordIsStatusError) {
	NETPEER_NEED_TLS();
	size_t n = 0;
	for (;; ++n) {
		RecordRelay relay;
		if (!relay.run(n, kStreamAlert)) break;
		SCOPED_TRACE(n);
		relay.end();
		size_t alerts = 0;
		for (StreamPeerTLS *peer : {&relay.client, &relay.server}) {
			EXPECT_TRUE(peer->get_status() == StreamPeerTLS::STATUS_ERROR ||
			            peer->get_status() == StreamPeerTLS::STATUS_DISCONNECTED);
			EXPECT_NE(peer->get_failure(), TlsFailure::kNone);
			// Where encryption has begun, it is a record that cannot be decrypted.
			if (peer->get_failure() == TlsFailure::kAlert || peer->get_failure() == TlsFailure::kProtocol) ++alerts;
		}
		EXPECT_GE(alerts, 1u);
	}
	EXPECT_GE(n, 8u);
}

TEST(StreamPeerTLSFailures, ACertificateMessageOf64KilobytesEndsTheClientsHandshake) {
	NETPEER_NEED_TLS();
	// In place of the server's third record, its certificate: the head of one of 65,536 bytes, and a full record of it.
	std::string message("\x0b\x01\x00\x00\x00\xff\xfd\x00\xff\xfa", 10);
	message.resize(16384, 'c');
	RecordRelay relay;
	ASSERT_TRUE(relay.run(2, std::string("\x16\x03\x03\x40\x00", 5) + message));
	EXPECT_EQ(relay.client.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(relay.client.get_failure(), TlsFailure::kProtocol) << relay.client.get_failure_detail();
	relay.end();
	EXPECT_EQ(relay.server.get_status(), StreamPeerTLS::STATUS_ERROR);
}

TEST(PacketPeerDTLSFailures, AHandshakeThatStallsAtAnyDatagramEndsInTime) {
	NETPEER_NEED_TLS();
	size_t n = 0;
	for (;; ++n) {
		SCOPED_TRACE(n);
		CarriedDtls town(server_of());
		ASSERT_NO_FATAL_FAILURE(town.begin(client_trusting(), "localhost"));
		const Instant start = town.clock.now();
		ASSERT_TRUE(town.run([&](size_t at, std::string datagram) { return at < n ? datagram : std::string(); }));
		if (town.carried <= n) break;
		EXPECT_LE((town.clock.now() - start).us / 1000000, 200) << "seconds";
		const bool is_up = town.client.get_status() == PacketPeerDTLS::STATUS_CONNECTED;
		const bool is_server_up =
		        town.session != nullptr && town.session->get_status() == PacketPeerDTLS::STATUS_CONNECTED;
		EXPECT_FALSE(is_up && is_server_up);
		if (!is_up) {
			EXPECT_EQ(town.client.get_status(), PacketPeerDTLS::STATUS_ERROR);
			EXPECT_EQ(town.client.get_failure(), TlsFailure::kTimedOut) << town.client.get_failure_detail();
		}
		if (town.session != nullptr && !is_server_up) {
			EXPECT_EQ(town.session->get_status(), PacketPeerDTLS::STATUS_ERROR);
			EXPECT_EQ(town.session->get_failure(), TlsFailure::kTimedOut) << town.session->get_failure_detail();
		}
	}
	EXPECT_GE(n, 6u);
}

TEST(PacketPeerDTLSFailures, AnAlertInPlaceOfAnyDatagramLeavesNobodyHandshaking) {
	NETPEER_NEED_TLS();
	size_t n = 0, alerts = 0;
	for (;; ++n) {
		SCOPED_TRACE(n);
		CarriedDtls town(server_of());
		ASSERT_NO_FATAL_FAILURE(town.begin(client_trusting(), "localhost"));
		ASSERT_TRUE(town.run([&](size_t at, std::string datagram) { return at == n ? kDatagramAlert : datagram; }));
		if (town.carried <= n) break;
		for (const PacketPeerDTLS *peer : {&town.client, static_cast<PacketPeerDTLS *>(town.session.get())}) {
			if (peer == nullptr) continue;
			EXPECT_NE(peer->get_status(), PacketPeerDTLS::STATUS_HANDSHAKING);
			if (peer->get_status() == PacketPeerDTLS::STATUS_CONNECTED) continue;
			EXPECT_EQ(peer->get_status(), PacketPeerDTLS::STATUS_ERROR);
			const TlsFailure failure = peer->get_failure();
			EXPECT_TRUE(failure == TlsFailure::kAlert || failure == TlsFailure::kTimedOut ||
			            failure == TlsFailure::kProtocol)
			        << tls_failure_text(failure);
			alerts += failure == TlsFailure::kAlert ? 1 : 0;
		}
	}
	EXPECT_GE(n, 6u);
	EXPECT_GE(alerts, 2u);
}

TEST(EnetOverDtlsFailures, ADialThatStallsAtAnyDatagramEndsInTime) {
	NETPEER_NEED_TLS();
	for (const bool to_server : {true, false}) {
		for (unsigned n = 0; n < 8; ++n) {
			SCOPED_TRACE((to_server ? "to the server, " : "to the client, ") + std::to_string(n));
			DtlsDuo duo(10);
			duo.secure();
			SimLink &dead = to_server ? duo.link(duo.client, duo.server) : duo.link(duo.server, duo.client);
			dead.drop_mask(~uint64_t{0} << n);
			const Instant start = duo.clock.now();
			ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
			ASSERT_TRUE(duo.run_until([&] { return duo.client.count(ENetConnection::EVENT_DISCONNECT) == 1; }, 120000));
			EXPECT_LE((duo.clock.now() - start).us / 1000, 62000) << "the dial's 31.5 s, or ENet's 30 s once it was up";
			const ENetConnection::Event end = duo.client.last(ENetConnection::EVENT_DISCONNECT);
			if (duo.client.count(ENetConnection::EVENT_CONNECT) == 0) {
				EXPECT_TRUE(
				        end.reason == EnetDropReason::kSessionLost || end.reason == EnetDropReason::kConnectTimedOut);
			}
			// Nothing of it is left at the server: the next one gets in, though there is a limit.
			duo.run_ms(40000);
			EXPECT_EQ(duo.server->get_peers().size(), 0u);
			dead.drop_mask(0);
			EXPECT_TRUE(duo.connect_them());
		}
	}
}

TEST(EnetOverDtlsFailures, AnAlertInPlaceOfAnyDatagramEndsTheDialOrCostsARepetition) {
	NETPEER_NEED_TLS();
	size_t alerts = 0;
	for (const bool to_server : {true, false}) {
		for (unsigned n = 0; n < 8; ++n) {
			SCOPED_TRACE((to_server ? "to the server, " : "to the client, ") + std::to_string(n));
			DtlsDuo duo(10);
			duo.secure();
			FaceHost &from = to_server ? duo.client : duo.server, &to = to_server ? duo.server : duo.client;
			SimLink &link = duo.link(from, to);
			link.drop_mask(uint64_t{1} << n);
			ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
			if (!duo.run_until([&] { return link.counters().offered() > n; }, 5000)) continue;
			ASSERT_EQ(duo.network.send(duo.clock.now(), from.at, to.at, netpeer_test::bytes_of(kDatagramAlert)),
			        Error::OK);
			ASSERT_TRUE(duo.run_until([&] { return !duo.client.events.empty(); }, 40000));
			const ENetConnection::Event what = duo.client.events.front();
			if (what.type == ENetConnection::EVENT_CONNECT) continue; // it came too late to matter, or was ignored
			EXPECT_EQ(what.type, ENetConnection::EVENT_DISCONNECT);
			EXPECT_EQ(what.reason, EnetDropReason::kSessionLost);
			const TlsFailure failure = what.peer->get_session_failure();
			EXPECT_TRUE(failure == TlsFailure::kAlert || failure == TlsFailure::kTimedOut) << tls_failure_text(failure);
			alerts += failure == TlsFailure::kAlert ? 1 : 0;
			EXPECT_TRUE(duo.connect_them()) << "the next dial";
		}
	}
	EXPECT_GE(alerts, 1u);
}
