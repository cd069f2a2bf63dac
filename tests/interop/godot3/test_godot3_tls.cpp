// StreamPeerTLS, PacketPeerDTLS and DTLSServer against those of a live Godot 3 (StreamPeerSSL there), in both roles: data, ends,
// and every certificate that is to be refused.
#include "../../../src/stream/tcp_server.h"
#include "../../support/dtls_loops.h"
#include "../../support/tcp_pair.h"
#include "../../support/tls_identities.h"
#include "godot3_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using interop::Godot3Process;
using netpeer_test::bytes_of;
using netpeer_test::client_trusting;
using netpeer_test::DtlsHost;
using netpeer_test::finish_handshake;
using netpeer_test::kTlsPatienceMs;
using netpeer_test::server_of;
using netpeer_test::take_text;
namespace identities = netpeer_test::identities;

namespace {

constexpr size_t kTlsBlockBytes = 1000000;
// Godot's own statuses, in its output.
const std::string kGodotConnected = "STATUS 2";

class Godot3TlsBase : public ::testing::Test {
protected:
	void SetUp() override {
		NETPEER_NEED_TLS();
		ASSERT_EQ(pause_.listen(0, "127.0.0.1"), Error::OK);
	}
	/// Looks at Godot's output between the turns `turn` gives somebody; false when time is up.
	template <class Turn, class Done> bool run_until(Turn turn, Done done) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * kTlsPatienceMs);
		while (std::chrono::steady_clock::now() < end && !HasFatalFailure()) {
			godot_->poll();
			if (done()) return true;
			turn();
		}
		return false;
	}
	template <class Done> bool run_until(Done done) {
		return run_until([this] { (void)pause_.wait(5); }, done);
	}
	/// A server of Godot's on a port that was free a moment ago, again if another program was quicker.
	template <class FreePort>
	void start_server(const std::string &script, const TestIdentity &identity, FreePort free_port) {
		for (int attempt = 0; attempt < 5; ++attempt) {
			port_ = free_port();
			godot_ = std::make_unique<Godot3Process>(
			        script, std::vector<std::string>{"--port=" + std::to_string(port_), "--key=" + files_.key(identity),
			                        "--cert=" + files_.chain(identity)});
			ASSERT_TRUE(run_until([&] { return godot_->line("LISTEN ") != nullptr; })) << godot_->text();
			if (*godot_->line("LISTEN ") == "LISTEN err=0") return;
		}
		FAIL() << "Godot finds no port:\n" << godot_->text();
	}
	void start_client(const std::string &script, const std::vector<std::string> &options) {
		std::vector<std::string> all = options;
		all.push_back("--port=" + std::to_string(port_));
		godot_ = std::make_unique<Godot3Process>(script, all);
	}
	std::string trusting(const TestIdentity &authority = identities::authority()) {
		return "--ca=" + files_.authority(authority);
	}
	bool godot_said(const std::string &start) { return godot_->line(start) != nullptr; }

	netpeer_test::IdentityFiles files_;
	std::unique_ptr<Godot3Process> godot_;
	int port_ = 0;

private:
	TCPServer pause_; // nobody connects: its wait() is a pause
};

class Godot3Tls : public Godot3TlsBase {
protected:
	void start_server(const TestIdentity &identity = identities::server()) {
		Godot3TlsBase::start_server("tls_server.gd", identity, [] {
			TCPServer probe;
			EXPECT_EQ(probe.listen(0, "127.0.0.1"), Error::OK);
			return probe.get_local_port();
		});
	}
	StreamPeerTLS::Status dial(std::shared_ptr<TLSOptions> options, const char *name = "localhost") {
		tcp_ = std::make_shared<StreamPeerTCP>();
		EXPECT_EQ(tcp_->connect_to_host("127.0.0.1", port_), Error::OK);
		netpeer_test::finish_connect(*tcp_);
		EXPECT_EQ(tls_.connect_to_stream(tcp_, name, std::move(options)), Error::OK);
		return finish_handshake(tls_);
	}
	void listen() {
		ASSERT_EQ(server_.listen(0, "127.0.0.1"), Error::OK);
		port_ = server_.get_local_port();
	}
	StreamPeerTLS::Status accept(std::shared_ptr<TLSOptions> own = server_of()) {
		EXPECT_TRUE(run_until([&] { return server_.is_connection_available() || godot_->has_ended(); }));
		tcp_ = server_.take_connection();
		if (tcp_ == nullptr) return StreamPeerTLS::STATUS_DISCONNECTED;
		EXPECT_EQ(tls_.accept_stream(tcp_, std::move(own)), Error::OK);
		return finish_handshake(tls_);
	}
	void turn() {
		(void)tls_.wait(PollType::POLL_TYPE_IN, 5);
		(void)tls_.poll();
	}

	TCPServer server_;
	std::shared_ptr<StreamPeerTCP> tcp_;
	StreamPeerTLS tls_;
};

class Godot3Dtls : public Godot3TlsBase {
protected:
	void start_server(const TestIdentity &identity = identities::server()) {
		Godot3TlsBase::start_server("dtls_server.gd", identity, [] {
			PacketPeerUDP probe;
			EXPECT_EQ(probe.bind(0, "127.0.0.1"), Error::OK);
			return probe.get_local_port();
		});
	}
	PacketPeerDTLS::Status dial(std::shared_ptr<TLSOptions> options, const char *name = "localhost") {
		udp_ = std::make_shared<PacketPeerUDP>();
		EXPECT_EQ(udp_->connect_to_host("127.0.0.1", port_), Error::OK);
		EXPECT_EQ(dtls_.connect_to_peer(udp_, name, std::move(options)), Error::OK);
		return finish_handshake(dtls_);
	}
	void listen(std::shared_ptr<TLSOptions> own = server_of()) {
		ASSERT_NO_FATAL_FAILURE(host_.listen(std::move(own)));
		port_ = host_.udp.get_local_port();
	}
	/// The first session, once its handshake is decided.
	std::shared_ptr<PacketPeerDTLS> accept() {
		EXPECT_TRUE(run_until([&] { host_.turn(5); },
		        [&] {
			        return !host_.sessions.empty() &&
			               host_.sessions[0]->get_status() != PacketPeerDTLS::STATUS_HANDSHAKING;
		        }))
		        << godot_->text();
		return host_.sessions.empty() ? nullptr : host_.sessions[0];
	}

	std::shared_ptr<PacketPeerUDP> udp_;
	PacketPeerDTLS dtls_;
	DtlsHost host_;
};

/// What a client is to say of a server.
struct RefusedIdentity {
	const char *what;
	TestIdentity identity;
	const TestIdentity &authority;
	TlsFailure failure;
};

std::vector<RefusedIdentity> refused_identities() {
	TestIdentity no_intermediate = identities::server();
	no_intermediate.chain = no_intermediate.certificate;
	return {
	        {"an unknown authority", identities::server(), identities::other_authority(), TlsFailure::kNotTrusted},
	        {"no intermediate", no_intermediate, identities::authority(), TlsFailure::kNotTrusted},
	        {"another name", identities::other_name(), identities::authority(), TlsFailure::kNameMismatch},
	        {"expired", identities::expired(), identities::authority(), TlsFailure::kExpired},
	        {"not yet valid", identities::not_yet_valid(), identities::authority(), TlsFailure::kNotYetValid},
	};
}

/// A key that does not belong to the certificate; our own servers refuse it when they are set up.
TestIdentity wrong_key() {
	TestIdentity mixed = identities::server();
	mixed.key = identities::other_name().key;
	return mixed;
}

} // namespace

// --- TLS ---

TEST_F(Godot3Tls, GodotServerEchoesABlockAndSeesOurOrderlyEnd) {
	ASSERT_NO_FATAL_FAILURE(start_server());
	ASSERT_EQ(dial(client_trusting()), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	std::vector<uint8_t> block(kTlsBlockBytes), back(kTlsBlockBytes);
	for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<uint8_t>(i * 31 + (i >> 8));
	size_t sent = 0, received = 0;
	ASSERT_TRUE(run_until([&] { turn(); },
	        [&] {
		        size_t count = 0;
		        EXPECT_EQ(tls_.put_partial_data(ByteView(block.data(), block.size()).after(sent), count), Error::OK);
		        sent += count;
		        EXPECT_EQ(tls_.get_partial_data(MutBytes(back.data(), back.size()).after(received), count), Error::OK);
		        received += count;
		        return received == block.size() || HasFailure();
	        }))
	        << received << " bytes came back";
	EXPECT_TRUE(back == block);
	tls_.disconnect_from_stream();
	ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
	EXPECT_TRUE(godot_said("GONE status=0")) << godot_->text(); // 3 where close_notify is missing
	EXPECT_TRUE(godot_said("DONE gone=1 total=" + std::to_string(kTlsBlockBytes))) << godot_->text();
}

TEST_F(Godot3Tls, GodotClientGetsItsBlockBackFromOurEchoAndLeavesInOrder) {
	ASSERT_NO_FATAL_FAILURE(listen());
	start_client("tls_client.gd", {trusting(), "--block=" + std::to_string(kTlsBlockBytes)});
	ASSERT_EQ(accept(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail() << godot_->text();
	tls_.set_blocking_timeout(kTlsPatienceMs);
	std::vector<uint8_t> piece(64 * 1024);
	ASSERT_TRUE(run_until([&] { turn(); },
	        [&] {
		        size_t count = 0;
		        if (tls_.get_partial_data(MutBytes(piece.data(), piece.size()), count) != Error::OK) return true;
		        EXPECT_EQ(tls_.put_data(ByteView(piece.data(), count)), Error::OK);
		        return HasFailure();
	        }))
	        << godot_->text();
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_DISCONNECTED);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kClosed) << tls_.get_failure_detail();
	ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
	EXPECT_EQ(godot_->exit_code(), 0) << godot_->text();
	EXPECT_TRUE(godot_said("BLOCK sent=1000000 got=1000000 same=True")) << godot_->text();
}

TEST_F(Godot3Tls, OurClientRefusesGodotServersAsItShould) {
	for (const RefusedIdentity &row : refused_identities()) {
		ASSERT_NO_FATAL_FAILURE(start_server(row.identity)) << row.what;
		const StreamPeerTLS::Status status = dial(client_trusting(row.authority));
		const bool is_name = row.failure == TlsFailure::kNameMismatch;
		EXPECT_EQ(status, is_name ? StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH : StreamPeerTLS::STATUS_ERROR)
		        << row.what;
		EXPECT_EQ(tls_.get_failure(), row.failure) << row.what << ": " << tls_.get_failure_detail();
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_TRUE(godot_said("GONE status=")) << row.what << ": " << godot_->text();
		EXPECT_FALSE(godot_said("GONE status=2"));
	}
}

TEST_F(Godot3Tls, AGodotServerWithTheWrongKeyIsFoundOut) {
	ASSERT_NO_FATAL_FAILURE(start_server(wrong_key()));
	EXPECT_EQ(dial(client_trusting()), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kBadSignature) << tls_.get_failure_detail();
}

TEST_F(Godot3Tls, GodotClientRefusesOurServersAndWeAreTold) {
	ASSERT_NO_FATAL_FAILURE(listen());
	for (const RefusedIdentity &row : refused_identities()) {
		start_client("tls_client.gd", {trusting(row.authority)});
		EXPECT_EQ(accept(server_of(row.identity)), StreamPeerTLS::STATUS_ERROR) << row.what;
		EXPECT_EQ(tls_.get_failure(), TlsFailure::kAlert) << row.what << ": " << tls_.get_failure_detail();
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_EQ(godot_->exit_code(), 1);
		// 4 there, if the very first step has failed already.
		EXPECT_TRUE(godot_said("STATUS 3") || godot_said("STATUS 4")) << row.what << ": " << godot_->text();
	}
}

TEST_F(Godot3Tls, ClientsThatDoNotCheckConnectWhateverTheName) {
	ASSERT_NO_FATAL_FAILURE(start_server(identities::other_name()));
	EXPECT_EQ(dial(TLSOptions::client_unsafe()), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	tls_.disconnect_from_stream();
	ASSERT_NO_FATAL_FAILURE(listen());
	start_client("tls_client.gd", {"--verify=0", "--block=1"});
	EXPECT_EQ(accept(server_of(identities::other_name())), StreamPeerTLS::STATUS_CONNECTED);
	EXPECT_TRUE(run_until([&] { turn(); }, [&] { return godot_said(kGodotConnected); })) << godot_->text();
}

TEST_F(Godot3Tls, ARudeEndOfGodotIsAnErrorOfOurs) {
	ASSERT_NO_FATAL_FAILURE(start_server());
	ASSERT_EQ(dial(client_trusting()), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	godot_.reset(); // killed
	ASSERT_TRUE(netpeer_test::turn_until(tls_, [&] { return tls_.get_status() != StreamPeerTLS::STATUS_CONNECTED; }));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_DISCONNECTED);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kTruncated);
}

// --- DTLS ---

TEST_F(Godot3Dtls, GodotServerEchoesPacketsOfEverySizeAndSeesOurOrderlyEnd) {
	ASSERT_NO_FATAL_FAILURE(start_server());
	ASSERT_EQ(dial(client_trusting()), PacketPeerDTLS::STATUS_CONNECTED) << dtls_.get_failure_detail();
	for (const size_t size : {1, 16, 100, 512, 1000, 1400, 4000, 16000}) {
		const std::string packet(size, static_cast<char>('a' + size % 26));
		ASSERT_EQ(dtls_.put_packet(bytes_of(packet)), Error::OK);
		ASSERT_TRUE(netpeer_test::turn_until(dtls_, [&] { return dtls_.get_available_packet_count() > 0; })) << size;
		EXPECT_TRUE(take_text(dtls_) == packet) << size;
	}
	dtls_.disconnect_from_peer();
	ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
	EXPECT_TRUE(godot_said("TAKE n=1 status=3")) << godot_->text();
	EXPECT_TRUE(godot_said("TAKE n=2 status=1")) << godot_->text();
	EXPECT_TRUE(godot_said("GONE status=0")) << godot_->text();
	EXPECT_TRUE(godot_said("DONE takes=2 gone=1 echoed=8")) << godot_->text();
}

TEST_F(Godot3Dtls, GodotClientGetsItsPacketsBackFromOurEchoAndLeavesInOrder) {
	ASSERT_NO_FATAL_FAILURE(listen());
	start_client("dtls_client.gd", {trusting()});
	const std::shared_ptr<PacketPeerDTLS> session = accept();
	ASSERT_NE(session, nullptr);
	ASSERT_EQ(session->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session->get_failure_detail();
	EXPECT_EQ(host_.takes, 2);
	EXPECT_EQ(host_.cookies_sent, 1);
	ASSERT_TRUE(run_until([&] { host_.turn(5); },
	        [&] {
		        while (session->get_available_packet_count() > 0) {
			        ByteView packet;
			        EXPECT_EQ(session->get_packet(packet), Error::OK);
			        const std::string copy = netpeer_test::text_of_bytes(packet);
			        EXPECT_EQ(session->put_packet(bytes_of(copy)), Error::OK);
		        }
		        return session->get_status() != PacketPeerDTLS::STATUS_CONNECTED;
	        }))
	        << godot_->text();
	EXPECT_EQ(session->get_status(), PacketPeerDTLS::STATUS_DISCONNECTED);
	EXPECT_EQ(session->get_failure(), TlsFailure::kClosed);
	ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
	EXPECT_EQ(godot_->exit_code(), 0) << godot_->text();
	EXPECT_TRUE(godot_said("ECHOES good=7")) << godot_->text();
}

TEST_F(Godot3Dtls, OurClientRefusesGodotServersAsItShould) {
	for (const RefusedIdentity &row : refused_identities()) {
		ASSERT_NO_FATAL_FAILURE(start_server(row.identity)) << row.what;
		const PacketPeerDTLS::Status status = dial(client_trusting(row.authority));
		const bool is_name = row.failure == TlsFailure::kNameMismatch;
		EXPECT_EQ(status, is_name ? PacketPeerDTLS::STATUS_ERROR_HOSTNAME_MISMATCH : PacketPeerDTLS::STATUS_ERROR)
		        << row.what;
		EXPECT_EQ(dtls_.get_failure(), row.failure) << row.what << ": " << dtls_.get_failure_detail();
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_TRUE(godot_said("GONE status=3")) << row.what << ": " << godot_->text();
	}
}

TEST_F(Godot3Dtls, AGodotServerWithTheWrongKeyIsFoundOut) {
	ASSERT_NO_FATAL_FAILURE(start_server(wrong_key()));
	EXPECT_EQ(dial(client_trusting()), PacketPeerDTLS::STATUS_ERROR);
	EXPECT_EQ(dtls_.get_failure(), TlsFailure::kBadSignature) << dtls_.get_failure_detail();
}

TEST_F(Godot3Dtls, GodotClientRefusesOurServersAndWeAreTold) {
	for (const RefusedIdentity &row : refused_identities()) {
		DtlsHost host;
		ASSERT_NO_FATAL_FAILURE(host.listen(server_of(row.identity)));
		port_ = host.udp.get_local_port();
		start_client("dtls_client.gd", {trusting(row.authority)});
		ASSERT_TRUE(run_until([&] { host.turn(5); },
		        [&] {
			        return !host.sessions.empty() &&
			               host.sessions[0]->get_status() != PacketPeerDTLS::STATUS_HANDSHAKING;
		        }))
		        << row.what << ": " << godot_->text();
		EXPECT_EQ(host.sessions[0]->get_status(), PacketPeerDTLS::STATUS_ERROR) << row.what;
		EXPECT_EQ(host.sessions[0]->get_failure(), TlsFailure::kAlert) << row.what;
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_EQ(godot_->exit_code(), 1);
		// 4 there, if the very first step has failed already.
		EXPECT_TRUE(godot_said("STATUS 3") || godot_said("STATUS 4")) << row.what << ": " << godot_->text();
	}
}

TEST_F(Godot3Dtls, ClientsThatDoNotCheckConnectWhateverTheName) {
	ASSERT_NO_FATAL_FAILURE(start_server(identities::other_name()));
	EXPECT_EQ(dial(TLSOptions::client_unsafe()), PacketPeerDTLS::STATUS_CONNECTED) << dtls_.get_failure_detail();
	dtls_.disconnect_from_peer();
	ASSERT_NO_FATAL_FAILURE(listen(server_of(identities::other_name())));
	start_client("dtls_client.gd", {"--verify=0"});
	const std::shared_ptr<PacketPeerDTLS> session = accept();
	ASSERT_NE(session, nullptr);
	EXPECT_EQ(session->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session->get_failure_detail();
	EXPECT_TRUE(run_until([&] { host_.turn(5); }, [&] { return godot_said(kGodotConnected); })) << godot_->text();
}
