// StreamPeerTLS, PacketPeerDTLS and DTLSServer against OpenSSL and GnuTLS, as clients and as servers: data both ways, orderly
// and rude ends, names, chains and versions that do not fit.
#include "../../../src/stream/tcp_server.h"
#include "../../support/dtls_loops.h"
#include "../../support/tcp_pair.h"
#include "../../support/tls_identities.h"
#include "../streams/peer_process.h"
#include "live_peer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using interop::find_program;
using interop::LivePeer;
using netpeer_test::bytes_of;
using netpeer_test::client_trusting;
using netpeer_test::DtlsHost;
using netpeer_test::finish_handshake;
using netpeer_test::kTlsPatienceMs;
using netpeer_test::server_of;
using netpeer_test::take_text;
using netpeer_test::text_of_bytes;
using netpeer_test::turn_until;

namespace identities = netpeer_test::identities;

namespace {

constexpr size_t kBulkBytes = 3000000;

/// A line that differs from its reverse, which `openssl s_server -rev` sends back.
const std::string kLine = "bytes from netpeer";
const std::string kReversed = "reepten morf setyb";

/// Programs that take no port 0 get one that was free a moment ago.
int free_tcp_port() {
	TCPServer probe;
	EXPECT_EQ(probe.listen(0, "127.0.0.1"), Error::OK);
	return probe.get_local_port();
}

int free_udp_port() {
	PacketPeerUDP probe;
	EXPECT_EQ(probe.bind(0, "127.0.0.1"), Error::OK);
	return probe.get_local_port();
}

class TlsPeers : public ::testing::Test {
protected:
	/// Every program a test needs; one that is missing is said at home and a failure where CI=true.
	bool have(const char *program) {
		program_ = find_program(program);
		return !program_.empty();
	}
	void start(std::vector<std::string> words) {
		words.insert(words.begin(), program_);
		peer_ = std::make_unique<LivePeer>(std::move(words));
	}
	void start_openssl_server(std::vector<std::string> more, const TestIdentity &identity = identities::server()) {
		std::vector<std::string> words = {"s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-key",
		        files_.key(identity), "-cert", files_.chain(identity), "-cert_chain", files_.chain(identity)};
		words.insert(words.end(), more.begin(), more.end());
		start(words);
		port_ = peer_->number_after("ACCEPT 127.0.0.1:");
		ASSERT_NE(port_, 0) << peer_->text();
	}
	/// Starts gnutls-serv on a port that was free a moment ago, again if another program was quicker.
	void start_gnutls_server(bool udp) {
		for (int attempt = 0; attempt < 5; ++attempt) {
			port_ = udp ? free_udp_port() : free_tcp_port();
			std::vector<std::string> words = {"--echo", "--port", std::to_string(port_), "--x509keyfile",
			        files_.key(identities::server()), "--x509certfile", files_.chain(identities::server()),
			        "--disable-client-cert"};
			if (udp) words.push_back("--udp");
			start(words);
			if (peer_->wait_for("port " + std::to_string(port_) + "...done")) return;
		}
		FAIL() << peer_->text();
	}

	void dial(std::shared_ptr<const TLSOptions> options, const char *name = "localhost") {
		tcp_ = std::make_shared<StreamPeerTCP>();
		ASSERT_EQ(tcp_->connect_to_host("127.0.0.1", port_), Error::OK);
		netpeer_test::finish_connect(*tcp_);
		ASSERT_EQ(tcp_->get_status(), StreamPeerTCP::STATUS_CONNECTED) << peer_->text();
		tls_.set_blocking_timeout(kTlsPatienceMs);
		ASSERT_EQ(tls_.connect_to_stream(tcp_, name, std::move(options)), Error::OK);
		(void)finish_handshake(tls_);
	}
	void dial_dtls(std::shared_ptr<const TLSOptions> options, const char *name = "localhost") {
		udp_ = std::make_shared<PacketPeerUDP>();
		ASSERT_EQ(udp_->connect_to_host("127.0.0.1", port_), Error::OK);
		ASSERT_EQ(dtls_.connect_to_peer(udp_, name, std::move(options)), Error::OK);
		(void)finish_handshake(dtls_);
	}
	void listen() {
		ASSERT_EQ(server_.listen(0, "127.0.0.1"), Error::OK);
		port_ = server_.get_local_port();
	}
	void accept() {
		ASSERT_EQ(server_.wait(kTlsPatienceMs), Error::OK);
		tcp_ = server_.take_connection();
		ASSERT_NE(tcp_, nullptr);
		tls_.set_blocking_timeout(kTlsPatienceMs);
		// A hello that cannot be answered may be there already.
		const Error error = tls_.accept_stream(tcp_, server_of());
		EXPECT_EQ(tls_.get_status(),
		        error == Error::OK ? StreamPeerTLS::STATUS_HANDSHAKING : StreamPeerTLS::STATUS_ERROR);
		(void)finish_handshake(tls_);
	}
	void listen_dtls() {
		ASSERT_NO_FATAL_FAILURE(host_.listen(server_of()));
		port_ = host_.udp.get_local_port();
	}
	/// Until a session of the server is connected.
	void accept_dtls() {
		ASSERT_TRUE(host_.turn_until([&] {
			return !host_.sessions.empty() && host_.sessions[0]->get_status() != PacketPeerDTLS::STATUS_HANDSHAKING;
		})) << peer_->text();
		session_ = host_.sessions[0];
		EXPECT_EQ(host_.cookies_sent, 1);
		EXPECT_EQ(host_.takes, 2);
	}

	std::string read_tls(size_t bytes) {
		std::string text(bytes, '\0');
		size_t received = 0;
		EXPECT_EQ(tls_.get_data(MutBytes(reinterpret_cast<uint8_t *>(&text[0]), bytes), received), Error::OK);
		return text.substr(0, received);
	}
	Error put_tls(const std::string &text) { return tls_.put_data(bytes_of(text)); }
	/// The next packet that comes.
	std::string read_dtls(PacketPeerDTLS &peer) {
		const auto has_one = [&] {
			return peer.get_available_packet_count() > 0 || peer.get_status() != PacketPeerDTLS::STATUS_CONNECTED;
		};
		EXPECT_TRUE(&peer == &dtls_ ? turn_until(peer, has_one) : host_.turn_until(has_one));
		return take_text(peer);
	}
	bool turn_until_said(const std::string &text) {
		return turn_until(tls_, [&] {
			peer_->poll();
			return peer_->has_said(text);
		});
	}

	netpeer_test::IdentityFiles files_;
	std::string program_;
	std::unique_ptr<LivePeer> peer_;
	int port_ = 0;
	TCPServer server_;
	std::shared_ptr<StreamPeerTCP> tcp_;
	StreamPeerTLS tls_;
	std::shared_ptr<PacketPeerUDP> udp_;
	PacketPeerDTLS dtls_;
	DtlsHost host_;
	std::shared_ptr<PacketPeerDTLS> session_;
};

class TlsAgainstOpenssl : public TlsPeers {};
class DtlsAgainstOpenssl : public TlsPeers {};
class TlsAgainstGnutls : public TlsPeers {};
class DtlsAgainstGnutls : public TlsPeers {};

} // namespace

#define NETPEER_NEED(program)                                                                                          \
	do {                                                                                                               \
		if (have(program)) break;                                                                                      \
		const char *ci = std::getenv("CI");                                                                            \
		if (ci != nullptr && std::string(ci) == "true") FAIL() << "missing in CI: " << (program);                      \
		GTEST_SKIP() << (program) << " is not installed";                                                              \
	} while (false)

// --- TLS, OpenSSL serves ---

TEST_F(TlsAgainstOpenssl, ServerAnswersOurLineAndClosesInOrder) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2", "-rev"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	EXPECT_STREQ(tls_.get_protocol(), "TLSv1.2");
	ASSERT_NE(tls_.get_peer_certificate(), nullptr);
	ASSERT_EQ(put_tls(kLine + "\n"), Error::OK);
	EXPECT_EQ(read_tls(kReversed.size() + 1), kReversed + "\n");
	ASSERT_EQ(put_tls("CLOSE\n"), Error::OK); // -rev knows that word
	uint8_t byte = 0;
	EXPECT_EQ(tls_.get_data(MutBytes(&byte, 1)), Error::ERR_FILE_EOF);
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_DISCONNECTED);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kClosed);
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ServerSeesOurOrderlyEnd) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	ASSERT_EQ(put_tls("to the server\n"), Error::OK);
	ASSERT_TRUE(turn_until_said("to the server")) << peer_->text();
	peer_->say("to the client\n");
	EXPECT_EQ(read_tls(14), "to the client\n");
	tls_.disconnect_from_stream();
	EXPECT_EQ(tcp_->get_status(), StreamPeerTCP::STATUS_CONNECTED) << "it stays open";
	tcp_->disconnect_from_host();
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
	EXPECT_TRUE(peer_->has_said("DONE")) << peer_->text();
	EXPECT_FALSE(peer_->has_said("unexpected eof")) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ServerThatLeavesWithoutCloseNotifyIsAnError) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	ASSERT_EQ(put_tls("x\n"), Error::OK);
	ASSERT_TRUE(turn_until_said("x\n"));
	peer_->say("last words\n");
	EXPECT_EQ(read_tls(11), "last words\n");
	peer_->kill_now();
	uint8_t byte = 0;
	EXPECT_EQ(tls_.get_data(MutBytes(&byte, 1)), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kTruncated);
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_DISCONNECTED);
}

TEST_F(TlsAgainstOpenssl, ServerWithAnotherNameIsRefusedAndTold) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting(), "other.example"));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kNameMismatch);
	EXPECT_EQ(tls_.get_stream(), nullptr);
	EXPECT_TRUE(peer_->wait_for("alert bad certificate")) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ServerOfAnUnknownAuthorityIsRefusedAndTold) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting(identities::other_authority())));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kNotTrusted);
	EXPECT_TRUE(peer_->wait_for("alert unknown ca")) << peer_->text();
}

// A server of ours, as of Godot's, would not use such a certificate.
TEST_F(TlsAgainstOpenssl, ServerWithACertificateForClientsIsRefused) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}, identities::client_only()));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kWrongPurpose) << tls_.get_failure_detail();
}

TEST_F(TlsAgainstOpenssl, NameIsNotCheckedByAnUnsafeClient) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(
	        dial(TLSOptions::client_unsafe(identities::authority().load_certificate()), "other.example"));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
}

TEST_F(TlsAgainstOpenssl, NothingIsCheckedByAnUnsafeClientWithoutAChain) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(TLSOptions::client_unsafe(), "other.example"));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
}

TEST_F(TlsAgainstOpenssl, ServerOfAnOldVersionIsRefused) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_NE(tls_.get_failure(), TlsFailure::kNone);
}

TEST_F(TlsAgainstOpenssl, ServerWithoutACommonSuiteRefusesUs) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kAlert) << tls_.get_failure_detail();
	EXPECT_TRUE(peer_->wait_for("no shared cipher")) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ServerOffersItsChoiceOfVersions) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-rev"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	ASSERT_EQ(put_tls(kLine + "\n"), Error::OK);
	EXPECT_EQ(read_tls(kReversed.size() + 1), kReversed + "\n");
}

// Neither end waits for the other before it has sent everything.
TEST_F(TlsAgainstOpenssl, MegabytesCrossBothWaysAtOnce) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-tls1_2"}));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	std::string ours, theirs, came;
	for (size_t i = 0; ours.size() < kBulkBytes; ++i) { // no letters: s_server takes those it reads first for commands
		ours += std::to_string(i * 1234567) + "\n";
		theirs += std::to_string(i * 7654321) + "\n";
	}
	size_t sent = 0, said = 0;
	std::vector<uint8_t> piece(100000);
	const size_t before = peer_->text().size();
	ASSERT_TRUE(turn_until(tls_,
	        [&] {
		        size_t count = 0;
		        if (sent < ours.size()) {
			        EXPECT_EQ(tls_.put_partial_data(bytes_of(ours).after(sent), count), Error::OK);
			        sent += count;
		        }
		        EXPECT_EQ(tls_.get_partial_data(MutBytes(piece.data(), piece.size()), count), Error::OK);
		        came.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
		        if (said < theirs.size()) said += peer_->say(theirs.substr(said, 65536));
		        peer_->poll();
		        const bool is_done = came.size() >= theirs.size() && peer_->text().size() - before >= ours.size();
		        return is_done || HasFailure();
	        }))
	        << sent << " sent, " << came.size() << " came";
	EXPECT_TRUE(came == theirs);
	EXPECT_TRUE(peer_->text().substr(peer_->text().size() - ours.size()) == ours);
}

// --- TLS, OpenSSL is the client ---

TEST_F(TlsAgainstOpenssl, ClientTrustsOurChainAndExchangesLines) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_2", "-CAfile", files_.authority(),
	        "-verify_return_error", "-verify_hostname", "localhost", "-servername", "localhost"});
	ASSERT_NO_FATAL_FAILURE(accept());
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	peer_->say("to the server\n");
	EXPECT_EQ(read_tls(14), "to the server\n");
	ASSERT_EQ(put_tls("to the client\n"), Error::OK);
	ASSERT_TRUE(turn_until_said("to the client")) << peer_->text();
	EXPECT_TRUE(peer_->has_said("Verification: OK")) << peer_->text();
	peer_->end_input(); // it leaves, with close_notify
	uint8_t byte = 0;
	EXPECT_EQ(tls_.get_data(MutBytes(&byte, 1)), Error::ERR_FILE_EOF);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kClosed);
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ClientSeesOurOrderlyEnd) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_2", "-CAfile", files_.authority(),
	        "-quiet"});
	ASSERT_NO_FATAL_FAILURE(accept());
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	ASSERT_EQ(put_tls("farewell\n"), Error::OK);
	tls_.disconnect_from_stream();
	tcp_->disconnect_from_host();
	EXPECT_EQ(peer_->wait(), 0) << peer_->text(); // 1 where close_notify is missing
	EXPECT_TRUE(peer_->has_said("farewell")) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ClientThatDoesNotTrustUsIsAnAlert) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_2", "-CAfile",
	        files_.authority(identities::other_authority()), "-verify_return_error"});
	ASSERT_NO_FATAL_FAILURE(accept());
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kAlert) << tls_.get_failure_detail();
	EXPECT_NE(peer_->wait(), 0);
}

TEST_F(TlsAgainstOpenssl, ClientThatWantsAnotherNameIsAnAlert) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_2", "-CAfile", files_.authority(),
	        "-verify_return_error", "-verify_hostname", "other.example"});
	ASSERT_NO_FATAL_FAILURE(accept());
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kAlert) << tls_.get_failure_detail();
	EXPECT_NE(peer_->wait(), 0);
}

TEST_F(TlsAgainstOpenssl, ClientOfAnOldVersionIsRefused) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
	ASSERT_NO_FATAL_FAILURE(accept());
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kNoCommonProtocol) << tls_.get_failure_detail();
	EXPECT_TRUE(peer_->wait_for("alert protocol version")) << peer_->text();
}

TEST_F(TlsAgainstOpenssl, ClientWithoutACommonSuiteIsRefused) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"s_client", "-connect", "127.0.0.1:" + std::to_string(port_), "-tls1_2", "-cipher",
	        "ECDHE-ECDSA-AES128-SHA"});
	ASSERT_NO_FATAL_FAILURE(accept());
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_EQ(tls_.get_failure(), TlsFailure::kNoCommonProtocol) << tls_.get_failure_detail();
	EXPECT_TRUE(peer_->wait_for("alert handshake failure")) << peer_->text();
}

// --- DTLS, OpenSSL ---

// s_server leaves a datagram session without a word; what is sent after that has nowhere to go.
TEST_F(DtlsAgainstOpenssl, ServerAnswersOurPacketAndIsMissedWhenItHasLeft) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-dtls1_2", "-listen"}));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting()));
	ASSERT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_CONNECTED) << dtls_.get_failure_detail();
	EXPECT_STREQ(dtls_.get_protocol(), "DTLSv1.2");
	ASSERT_NE(dtls_.get_peer_certificate(), nullptr);
	ASSERT_EQ(dtls_.put_packet(bytes_of("to the server\n")), Error::OK);
	EXPECT_TRUE(peer_->wait_for("to the server")) << peer_->text();
	peer_->say("to the client\n");
	EXPECT_EQ(read_dtls(dtls_), "to the client\n");
	peer_->end_input();
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
	Error error = Error::OK;
	ASSERT_TRUE(turn_until(dtls_, [&] {
		if (dtls_.get_status() == PacketPeerDTLS::STATUS_CONNECTED) error = dtls_.put_packet(bytes_of("anybody?"));
		return dtls_.get_status() != PacketPeerDTLS::STATUS_CONNECTED;
	}));
	EXPECT_TRUE(error == Error::ERR_CONNECTION_ERROR || dtls_.get_status() == PacketPeerDTLS::STATUS_ERROR);
	EXPECT_EQ(dtls_.get_failure(), TlsFailure::kTruncated);
}

TEST_F(DtlsAgainstOpenssl, ServerSeesOurOrderlyEnd) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-dtls1_2", "-listen"}));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting()));
	ASSERT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_CONNECTED) << dtls_.get_failure_detail();
	ASSERT_EQ(dtls_.put_packet(bytes_of("x\n")), Error::OK);
	dtls_.disconnect_from_peer();
	EXPECT_TRUE(udp_->is_socket_connected()) << "it stays open";
	EXPECT_TRUE(peer_->wait_for("DONE")) << peer_->text();
}

TEST_F(DtlsAgainstOpenssl, ServerWithAnotherNameIsRefusedAndTold) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-dtls1_2", "-listen"}));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting(), "other.example"));
	EXPECT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_ERROR_HOSTNAME_MISMATCH);
	EXPECT_EQ(dtls_.get_failure(), TlsFailure::kNameMismatch);
	EXPECT_TRUE(peer_->wait_for("alert bad certificate")) << peer_->text();
}

TEST_F(DtlsAgainstOpenssl, ServerOfAnUnknownAuthorityIsRefusedAndTold) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(start_openssl_server({"-dtls1_2", "-listen"}));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting(identities::other_authority())));
	EXPECT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_ERROR);
	EXPECT_EQ(dtls_.get_failure(), TlsFailure::kNotTrusted);
	EXPECT_TRUE(peer_->wait_for("alert unknown ca")) << peer_->text();
}

TEST_F(DtlsAgainstOpenssl, ClientTrustsOurChainAndExchangesPackets) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"s_client", "-dtls1_2", "-connect", "127.0.0.1:" + std::to_string(port_), "-CAfile", files_.authority(),
	        "-verify_return_error", "-verify_hostname", "localhost"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	ASSERT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session_->get_failure_detail();
	peer_->say("to the server\n");
	EXPECT_EQ(read_dtls(*session_), "to the server\n");
	ASSERT_EQ(session_->put_packet(bytes_of("to the client\n")), Error::OK);
	EXPECT_TRUE(peer_->wait_for("to the client")) << peer_->text();
	peer_->end_input(); // it leaves, with close_notify
	EXPECT_TRUE(host_.turn_until([&] { return session_->get_status() != PacketPeerDTLS::STATUS_CONNECTED; }));
	EXPECT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_DISCONNECTED);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kClosed);
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
}

TEST_F(DtlsAgainstOpenssl, PacketsAboveTheRecordsTheClientAskedForAreRefusedAndChangeNothing) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"s_client", "-dtls1_2", "-maxfraglen", "512", "-connect", "127.0.0.1:" + std::to_string(port_), "-CAfile",
	        files_.authority(), "-quiet"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	ASSERT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session_->get_failure_detail();
	const std::string longest(512, 'l');
	EXPECT_EQ(session_->put_packet(bytes_of(longest + "l")), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_CONNECTED);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kNone);
	ASSERT_EQ(session_->put_packet(bytes_of(longest)), Error::OK);
	EXPECT_TRUE(peer_->wait_for(longest)) << peer_->text();
	peer_->say("still here\n");
	EXPECT_EQ(read_dtls(*session_), "still here\n");
}

TEST_F(DtlsAgainstOpenssl, ClientSeesOurOrderlyEnd) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"s_client", "-dtls1_2", "-connect", "127.0.0.1:" + std::to_string(port_), "-CAfile", files_.authority(),
	        "-quiet"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	ASSERT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session_->get_failure_detail();
	session_->disconnect_from_peer();
	EXPECT_EQ(peer_->wait(), 0) << peer_->text();
}

TEST_F(DtlsAgainstOpenssl, ClientThatDoesNotTrustUsIsAnAlert) {
	NETPEER_NEED("openssl");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"s_client", "-dtls1_2", "-connect", "127.0.0.1:" + std::to_string(port_), "-CAfile",
	        files_.authority(identities::other_authority()), "-verify_return_error"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	EXPECT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_ERROR);
	EXPECT_EQ(session_->get_failure(), TlsFailure::kAlert) << session_->get_failure_detail();
}

// --- TLS, GnuTLS ---

TEST_F(TlsAgainstGnutls, ServerEchoesOurLine) {
	NETPEER_NEED("gnutls-serv");
	ASSERT_NO_FATAL_FAILURE(start_gnutls_server(false));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting()));
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail() << peer_->text();
	ASSERT_EQ(put_tls("there and back\n"), Error::OK);
	EXPECT_EQ(read_tls(15), "there and back\n");
	tls_.disconnect_from_stream();
	tcp_->disconnect_from_host();
}

TEST_F(TlsAgainstGnutls, ServerWithAnotherNameIsRefused) {
	NETPEER_NEED("gnutls-serv");
	ASSERT_NO_FATAL_FAILURE(start_gnutls_server(false));
	ASSERT_NO_FATAL_FAILURE(dial(client_trusting(), "other.example"));
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH);
}

TEST_F(TlsAgainstGnutls, ClientTrustsOurChainExchangesLinesAndSeesOurEnd) {
	NETPEER_NEED("gnutls-cli");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"--port", std::to_string(port_), "--x509cafile", files_.authority(), "--verify-hostname", "localhost",
	        "127.0.0.1"});
	ASSERT_NO_FATAL_FAILURE(accept());
	ASSERT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_CONNECTED) << tls_.get_failure_detail();
	peer_->say("to the server\n");
	EXPECT_EQ(read_tls(14), "to the server\n");
	ASSERT_EQ(put_tls("to the client\n"), Error::OK);
	ASSERT_TRUE(turn_until_said("to the client")) << peer_->text();
	EXPECT_TRUE(peer_->has_said("The certificate is trusted")) << peer_->text();
	tls_.disconnect_from_stream();
	EXPECT_TRUE(peer_->wait_for("Peer has closed the GnuTLS connection")) << peer_->text();
}

TEST_F(TlsAgainstGnutls, ClientThatDoesNotTrustUsIsAnError) {
	NETPEER_NEED("gnutls-cli");
	ASSERT_NO_FATAL_FAILURE(listen());
	start({"--port", std::to_string(port_), "--x509cafile", files_.authority(identities::other_authority()),
	        "127.0.0.1"});
	ASSERT_NO_FATAL_FAILURE(accept());
	EXPECT_EQ(tls_.get_status(), StreamPeerTLS::STATUS_ERROR);
	EXPECT_NE(tls_.get_failure(), TlsFailure::kNone);
	EXPECT_NE(peer_->wait(), 0);
	EXPECT_TRUE(peer_->has_said("NOT trusted")) << peer_->text();
}

// --- DTLS, GnuTLS ---

TEST_F(DtlsAgainstGnutls, ServerEchoesPacketsOfEverySize) {
	NETPEER_NEED("gnutls-serv");
	ASSERT_NO_FATAL_FAILURE(start_gnutls_server(true));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting()));
	ASSERT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_CONNECTED) << dtls_.get_failure_detail() << peer_->text();
	for (const size_t size : {2, 100, 250}) { // it reads 256 bytes at a time
		const std::string packet = std::string(size - 1, 'p') + "\n";
		ASSERT_EQ(dtls_.put_packet(bytes_of(packet)), Error::OK);
		EXPECT_EQ(read_dtls(dtls_), packet);
	}
	dtls_.disconnect_from_peer();
	EXPECT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_DISCONNECTED);
}

TEST_F(DtlsAgainstGnutls, ServerWithAnotherNameIsRefused) {
	NETPEER_NEED("gnutls-serv");
	ASSERT_NO_FATAL_FAILURE(start_gnutls_server(true));
	ASSERT_NO_FATAL_FAILURE(dial_dtls(client_trusting(), "other.example"));
	EXPECT_EQ(dtls_.get_status(), PacketPeerDTLS::STATUS_ERROR_HOSTNAME_MISMATCH);
}

TEST_F(DtlsAgainstGnutls, ClientTrustsOurChainExchangesPacketsAndSeesOurEnd) {
	NETPEER_NEED("gnutls-cli");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"--udp", "--port", std::to_string(port_), "--x509cafile", files_.authority(), "--verify-hostname",
	        "localhost", "127.0.0.1"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	ASSERT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_CONNECTED) << session_->get_failure_detail();
	peer_->say("to the server\n");
	EXPECT_EQ(read_dtls(*session_), "to the server\n");
	ASSERT_EQ(session_->put_packet(bytes_of("to the client\n")), Error::OK);
	EXPECT_TRUE(peer_->wait_for("to the client")) << peer_->text();
	EXPECT_TRUE(peer_->has_said("The certificate is trusted")) << peer_->text();
	session_->disconnect_from_peer();
	EXPECT_TRUE(peer_->wait_for("Peer has closed the GnuTLS connection")) << peer_->text();
}

TEST_F(DtlsAgainstGnutls, ClientThatDoesNotTrustUsIsAnError) {
	NETPEER_NEED("gnutls-cli");
	ASSERT_NO_FATAL_FAILURE(listen_dtls());
	start({"--udp", "--port", std::to_string(port_), "--x509cafile", files_.authority(identities::other_authority()),
	        "127.0.0.1"});
	ASSERT_NO_FATAL_FAILURE(accept_dtls());
	EXPECT_EQ(session_->get_status(), PacketPeerDTLS::STATUS_ERROR);
	EXPECT_NE(session_->get_failure(), TlsFailure::kNone);
	EXPECT_NE(peer_->wait(), 0);
}
