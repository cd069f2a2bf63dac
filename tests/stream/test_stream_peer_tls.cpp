// StreamPeerTLS over streams in memory, of any room and in any pieces, and over TCP where waiting matters.
#include "../../src/stream/stream_peer_tls.h"
#include "../support/failing_allocator.h"
#include "../support/memory_stream_pair.h"
#include "../support/tcp_pair.h"
#include "../support/tls_identities.h"
#include "../support/tls_loops.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

using namespace netpeer;
using netpeer_test::client_trusting;
using netpeer_test::MemoryStream;
using netpeer_test::server_of;
using netpeer_test::TcpPair;
namespace identities = netpeer_test::identities;

namespace {

ByteView bytes_of(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

using Tls = StreamPeerTLS;

std::string read_some(StreamPeerTLS &peer, size_t most = 100000) {
	std::vector<uint8_t> piece(most);
	size_t received = 0;
	const Error error = peer.get_partial_data(MutBytes(piece.data(), piece.size()), received);
	if (error != Error::OK) return "(" + std::string(error_name(error)) + ")";
	return std::string(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(received));
}

Error put_some(StreamPeerTLS &peer, const std::string &text, size_t &sent) {
	return peer.put_partial_data(bytes_of(text), sent);
}

/// A client and a server over a stream in memory.
struct MemoryPair {
	std::shared_ptr<MemoryStream> client_below, server_below;
	Tls client, server;

	explicit MemoryPair(const StreamPeerTLSHooks &hooks = StreamPeerTLSHooks()) : client(hooks), server(hooks) {
		std::tie(client_below, server_below) = MemoryStream::make_pair();
	}
	void begin(std::shared_ptr<TLSOptions> trust = client_trusting(), const char *name = "localhost",
	        std::shared_ptr<TLSOptions> own = server_of()) {
		ASSERT_EQ(client.connect_to_stream(client_below, name, std::move(trust)), Error::OK);
		ASSERT_EQ(server.accept_stream(server_below, std::move(own)), Error::OK);
	}
	/// Polls both until neither is handshaking.
	void turn() {
		for (int i = 0; i < 100000; ++i) {
			(void)client.poll(); // one that is done may have its last words still to send
			(void)server.poll();
			if (client.get_status() != Tls::STATUS_HANDSHAKING && server.get_status() != Tls::STATUS_HANDSHAKING)
				return;
		}
		FAIL() << "the handshake does not end";
	}
	void connect() {
		ASSERT_NO_FATAL_FAILURE(begin());
		ASSERT_NO_FATAL_FAILURE(turn());
		ASSERT_EQ(client.get_status(), Tls::STATUS_CONNECTED) << client.get_failure_detail();
		ASSERT_EQ(server.get_status(), Tls::STATUS_CONNECTED) << server.get_failure_detail();
	}
};

} // namespace

// --- beginning ---

TEST(StreamPeerTLS, AFreshOneIsDisconnectedAndEmpty) {
	Tls peer;
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(peer.get_stream(), nullptr);
	EXPECT_EQ(peer.get_available_bytes(), 0);
	EXPECT_EQ(peer.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.wait(PollType::POLL_TYPE_IN, -1), Error::ERR_UNAVAILABLE);
	uint8_t byte = 0;
	size_t count = 9;
	EXPECT_EQ(peer.put_data(bytes_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_partial_data(bytes_of("x"), count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(peer.get_data(MutBytes(&byte, 1)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.get_partial_data(MutBytes(&byte, 1), count), Error::ERR_UNCONFIGURED);
	peer.disconnect_from_stream();
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(peer.get_failure(), TlsFailure::kNone);
	EXPECT_STREQ(peer.get_failure_detail(), "");
	EXPECT_STREQ(peer.get_protocol(), "");
	EXPECT_EQ(peer.get_peer_certificate(), nullptr);
}

TEST(StreamPeerTLS, ConnectAndAcceptCheckTheirArgumentsInEveryBuild) {
	auto streams = MemoryStream::make_pair();
	const auto server = TLSOptions::server(std::make_shared<CryptoKey>(), std::make_shared<X509Certificate>());
	Tls peer;
	EXPECT_EQ(peer.connect_to_stream(nullptr, "localhost"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.connect_to_stream(streams.first, nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.connect_to_stream(streams.first, "localhost", server), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.accept_stream(nullptr, server), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.accept_stream(streams.first, nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.accept_stream(streams.first, TLSOptions::client_unsafe()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(streams.first->sent(), 0u);
}

#if !NETPEER_WITH_MBEDTLS
TEST(StreamPeerTLS, WithoutMbedtlsBothWaysToBeginAreUnavailable) {
	auto streams = MemoryStream::make_pair();
	const auto server = TLSOptions::server(std::make_shared<CryptoKey>(), std::make_shared<X509Certificate>());
	Tls peer;
	EXPECT_EQ(peer.connect_to_stream(streams.first, "localhost", TLSOptions::client_unsafe()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.accept_stream(streams.first, server), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
}
#endif

TEST(StreamPeerTLS, AServersOptionsMustHaveAKeyThatBelongsToTheCertificate) {
	NETPEER_NEED_TLS();
	auto streams = MemoryStream::make_pair();
	Tls peer;
	const auto certificate = identities::server().load_chain();
	EXPECT_EQ(
	        peer.accept_stream(streams.first, TLSOptions::server(nullptr, certificate)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.accept_stream(streams.first, TLSOptions::server(identities::server().load_key(), nullptr)),
	        Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.accept_stream(streams.first, TLSOptions::server(identities::other_name().load_key(), certificate)),
	        Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
}

TEST(StreamPeerTLS, WithoutDefaultAuthoritiesAClientIsUnconfigured) {
	NETPEER_NEED_TLS();
	auto streams = MemoryStream::make_pair();
	set_default_trust_path("/no/such/file");
	Tls peer;
	EXPECT_EQ(peer.connect_to_stream(streams.first, "localhost"), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.connect_to_stream(streams.first, "localhost", TLSOptions::client()), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_DISCONNECTED);
	set_default_trust_path(nullptr);
}

TEST(StreamPeerTLS, NullOptionsCheckAgainstTheDefaultAuthorities) {
	NETPEER_NEED_TLS();
	const netpeer_test::IdentityFiles files;
	set_default_trust_path(files.authority().c_str());
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin(nullptr));
	ASSERT_NO_FATAL_FAILURE(pair.turn());
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED) << pair.client.get_failure_detail();
	set_default_trust_path(nullptr);
}

TEST(StreamPeerTLS, OneInUseIsAlreadyInUse) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin());
	for (int round = 0; round < 2; ++round) {
		EXPECT_EQ(pair.client.connect_to_stream(pair.client_below, "localhost", client_trusting()),
		        Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(pair.client.accept_stream(pair.client_below, server_of()), Error::ERR_ALREADY_IN_USE);
		ASSERT_NO_FATAL_FAILURE(pair.turn());
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED);
	}
}

TEST(StreamPeerTLS, WithoutMemoryItDoesNotBegin) {
	NETPEER_NEED_TLS();
	netpeer_test::FailingAllocator memory;
	StreamPeerTLSHooks hooks;
	hooks.allocator = memory.pointer();
	{
		MemoryPair pair(hooks);
		const auto trusted = identities::authority().load_certificate();
		memory.fail_all(true);
		EXPECT_EQ(pair.client.connect_to_stream(pair.client_below, "localhost", TLSOptions::client(trusted)),
		        Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(pair.server.accept_stream(pair.server_below, server_of()), Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
		EXPECT_EQ(pair.client_below->sent(), 0u);
		EXPECT_EQ(trusted.use_count(), 1);
		memory.fail_all(false);
		ASSERT_NO_FATAL_FAILURE(pair.connect());
		EXPECT_EQ(memory.live_blocks(), 2u) << "one buffer each";
		pair.client.disconnect_from_stream();
		EXPECT_EQ(memory.live_blocks(), 1u);
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(StreamPeerTLS, BothEndsAreHandshakingUntilItIsDone) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin());
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_HANDSHAKING);
	EXPECT_EQ(pair.server.get_status(), Tls::STATUS_HANDSHAKING) << "Godot's says CONNECTED";
	EXPECT_GT(pair.client_below->sent(), 0u) << "the hello goes at once";
	EXPECT_EQ(pair.client.get_stream(), pair.client_below);
	size_t count = 9;
	EXPECT_EQ(put_some(pair.server, "too early", count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(pair.server.get_available_bytes(), 0);
	ASSERT_NO_FATAL_FAILURE(pair.turn());
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED);
	EXPECT_EQ(pair.server.get_status(), Tls::STATUS_CONNECTED);
	EXPECT_EQ(pair.client.get_stream(), pair.client_below);
	EXPECT_STREQ(pair.client.get_protocol(), pair.server.get_protocol());
	EXPECT_STREQ(pair.client.get_cipher_suite(), pair.server.get_cipher_suite());
	EXPECT_STRNE(pair.client.get_cipher_suite(), "");
	ASSERT_NE(pair.client.get_peer_certificate(), nullptr);
	EXPECT_EQ(pair.client.get_peer_certificate()->save_to_string(), identities::server().chain);
	EXPECT_EQ(pair.server.get_peer_certificate(), nullptr) << "clients present none";
}

TEST(StreamPeerTLS, HandshakesCrossInAnyPieces) {
	NETPEER_NEED_TLS();
	for (const size_t piece : {1, 7, 1000}) {
		MemoryPair pair;
		pair.client_below->set_piece(piece);
		pair.server_below->set_piece(piece);
		pair.client_below->set_room(3 * piece);
		pair.server_below->set_room(2 * piece);
		ASSERT_NO_FATAL_FAILURE(pair.connect()) << piece;
		size_t sent = 0;
		EXPECT_EQ(put_some(pair.client, "hello", sent), Error::OK);
		EXPECT_EQ(sent, 5u);
		std::string came;
		for (int turns = 0; came.size() < 5 && turns < 1000; ++turns) {
			(void)pair.client.poll();
			came += read_some(pair.server);
		}
		EXPECT_EQ(came, "hello");
	}
}

TEST(StreamPeerTLS, OverAStreamThatIsNotConnectedItFailsAtOnce) {
	NETPEER_NEED_TLS();
	Tls peer;
	const auto tcp = std::make_shared<StreamPeerTCP>();
	EXPECT_EQ(peer.connect_to_stream(tcp, "localhost", client_trusting()), Error::FAILED);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(peer.get_stream(), nullptr);
	EXPECT_EQ(peer.accept_stream(tcp, server_of()), Error::FAILED);
	EXPECT_EQ(peer.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(tcp.use_count(), 1);
	peer.disconnect_from_stream();
	EXPECT_EQ(peer.get_status(), Tls::STATUS_ERROR) << "it was not in use";
}

// --- refusals ---

TEST(StreamPeerTLS, AWrongNameHasAStatusOfItsOwn) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin(client_trusting(), "other.example"));
	ASSERT_NO_FATAL_FAILURE(pair.turn());
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_ERROR_HOSTNAME_MISMATCH);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kNameMismatch);
	EXPECT_STRNE(pair.client.get_failure_detail(), "");
	EXPECT_EQ(pair.client.get_stream(), nullptr);
	EXPECT_EQ(pair.server.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(pair.server.get_failure(), TlsFailure::kAlert);
	EXPECT_EQ(pair.client.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_ERROR_HOSTNAME_MISMATCH) << "polling does not change it";
}

TEST(StreamPeerTLS, AnOverriddenNameIsTheOneThatCounts) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin(
	        TLSOptions::client(identities::authority().load_certificate(), "localhost"), "what was dialled.example"));
	ASSERT_NO_FATAL_FAILURE(pair.turn());
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED) << pair.client.get_failure_detail();
}

TEST(StreamPeerTLS, EveryOtherRefusalIsStatusErrorOnBothEnds) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin(client_trusting(identities::other_authority())));
	Error answer = Error::OK;
	while (pair.client.get_status() == Tls::STATUS_HANDSHAKING) {
		answer = pair.client.poll();
		(void)pair.server.poll();
	}
	EXPECT_EQ(answer, Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kNotTrusted);
	(void)pair.server.poll();
	EXPECT_EQ(pair.server.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(pair.server.get_failure(), TlsFailure::kAlert);
}

TEST(StreamPeerTLS, AfterAFailureItMayBeUsedAgain) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin(client_trusting(identities::other_authority())));
	ASSERT_NO_FATAL_FAILURE(pair.turn());
	ASSERT_EQ(pair.client.get_status(), Tls::STATUS_ERROR);
	std::tie(pair.client_below, pair.server_below) = MemoryStream::make_pair();
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kNone);
	EXPECT_STREQ(pair.client.get_failure_detail(), "");
}

TEST(StreamPeerTLS, WhatIsNoTlsFailsTheHandshake) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_EQ(pair.server.accept_stream(pair.server_below, server_of()), Error::OK);
	ASSERT_EQ(pair.client_below->put_data(bytes_of("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")), Error::OK);
	EXPECT_EQ(pair.server.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.server.get_status(), Tls::STATUS_ERROR);
	EXPECT_NE(pair.server.get_failure(), TlsFailure::kNone);
}

TEST(StreamPeerTLS, AStreamThatEndsDuringTheHandshakeIsAnError) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin());
	pair.server_below->on_the_way().clear();
	pair.server_below->end();
	EXPECT_EQ(pair.client.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_ERROR);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kTruncated);
}

// --- data ---

TEST(StreamPeerTLS, PartialPutsTakeWhatTheStreamTakesAndNothingIsLost) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	pair.client_below->set_room(5000);
	const std::string text = std::string(300000, 'a') + std::string(300000, 'b') + std::string(7, 'c');
	std::string came;
	size_t done = 0;
	bool was_partial = false, was_nothing = false;
	for (int turns = 0; came.size() < text.size() && turns < 10000; ++turns) {
		size_t sent = 0;
		ASSERT_EQ(put_some(pair.client, text.substr(done), sent), Error::OK);
		was_partial = was_partial || (sent > 0 && sent < text.size() - done);
		was_nothing = was_nothing || (sent == 0 && done < text.size());
		done += sent;
		if (turns % 3 == 0) came += read_some(pair.server);
		(void)pair.client.poll();
	}
	EXPECT_TRUE(came == text) << came.size();
	EXPECT_TRUE(was_partial);
	EXPECT_TRUE(was_nothing);
}

TEST(StreamPeerTLS, PartialGetsGiveWhatIsThereAndAvailableBytesAreOfOneRecord) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	EXPECT_EQ(read_some(pair.client), "");
	size_t sent = 0;
	ASSERT_EQ(put_some(pair.server, std::string(40000, 'x'), sent), Error::OK);
	EXPECT_EQ(sent, 40000u);
	EXPECT_EQ(pair.client.get_available_bytes(), 0) << "nobody has polled";
	EXPECT_EQ(pair.client.poll(), Error::OK);
	EXPECT_EQ(pair.client.get_available_bytes(), 16384);
	EXPECT_EQ(pair.client.poll(), Error::OK);
	EXPECT_EQ(pair.client.get_available_bytes(), 16384) << "polling again takes no more in";
	EXPECT_EQ(read_some(pair.client, 10), std::string(10, 'x'));
	EXPECT_EQ(pair.client.get_available_bytes(), 16374);
	EXPECT_EQ(read_some(pair.client, 39990), std::string(39990, 'x')) << "across records";
	EXPECT_EQ(pair.client.get_available_bytes(), 0);
}

TEST(StreamPeerTLS, TypedValuesCross) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	pair.client.put_utf8_string("h\xc3\xa9llo");
	pair.client.put_double(-1.25);
	pair.client.put_var(Variant(int64_t{42}));
	EXPECT_EQ(pair.client.get_last_error(), Error::OK);
	EXPECT_EQ(pair.server.get_utf8_string(), "h\xc3\xa9llo");
	EXPECT_EQ(pair.server.get_double(), -1.25);
	EXPECT_EQ(pair.server.get_var(), Variant(int64_t{42}));
	EXPECT_EQ(pair.server.get_last_error(), Error::OK);
}

TEST(StreamPeerTLS, PollPollsTheStreamBelow) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	const unsigned before = pair.client_below->polls();
	EXPECT_EQ(pair.client.poll(), Error::OK);
	EXPECT_EQ(pair.client_below->polls(), before + 1);
}

// --- ends ---

TEST(StreamPeerTLS, BytesComeFirstAndTheEndWithTheNextCall) {
	NETPEER_NEED_TLS();
	for (const bool polls : {false, true}) {
		MemoryPair pair;
		ASSERT_NO_FATAL_FAILURE(pair.connect());
		size_t sent = 0;
		ASSERT_EQ(put_some(pair.server, "last words", sent), Error::OK);
		pair.server.disconnect_from_stream();
		if (polls) {
			EXPECT_EQ(pair.client.poll(), Error::OK);
		}
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED);
		EXPECT_EQ(read_some(pair.client, 4), "last");
		EXPECT_EQ(read_some(pair.client), " words");
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED);
		EXPECT_EQ(read_some(pair.client), "(ERR_FILE_EOF)");
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
		EXPECT_EQ(pair.client.get_failure(), TlsFailure::kClosed);
		EXPECT_EQ(pair.client.get_stream(), nullptr);
		EXPECT_EQ(read_some(pair.client), "(ERR_UNCONFIGURED)");
	}
}

TEST(StreamPeerTLS, GetDataGivesWhatCameBeforeTheEnd) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	size_t sent = 0, received = 0;
	ASSERT_EQ(put_some(pair.server, "half", sent), Error::OK);
	pair.server.disconnect_from_stream();
	uint8_t data[10];
	EXPECT_EQ(pair.client.get_data(MutBytes(data, sizeof(data)), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(ByteView(data, received), bytes_of("half"));
}

TEST(StreamPeerTLS, PollNoticesTheEndOnceAllIsRead) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	pair.server.disconnect_from_stream();
	EXPECT_EQ(pair.client.poll(), Error::OK);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kClosed);
}

TEST(StreamPeerTLS, PutsAfterTheOtherEndHasClosedAreTheEndAndLoseNothing) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	size_t sent = 0;
	ASSERT_EQ(put_some(pair.server, "last words", sent), Error::OK);
	pair.server.disconnect_from_stream();
	EXPECT_EQ(read_some(pair.client, 4), "last");
	(void)pair.client.poll();
	Error error = put_some(pair.client, "x", sent);
	EXPECT_TRUE(error == Error::OK || error == Error::ERR_FILE_EOF) << "not noticed yet, or noticed";
	EXPECT_EQ(read_some(pair.client), " words");
	EXPECT_EQ(read_some(pair.client), "(ERR_FILE_EOF)");
	EXPECT_EQ(put_some(pair.client, "x", sent), Error::ERR_UNCONFIGURED);
}

TEST(StreamPeerTLS, AnEndWithoutCloseNotifyIsAnErrorAfterTheBytesThatCame) {
	NETPEER_NEED_TLS();
	for (const bool polls : {false, true}) {
		MemoryPair pair;
		ASSERT_NO_FATAL_FAILURE(pair.connect());
		size_t sent = 0;
		ASSERT_EQ(put_some(pair.server, "cut", sent), Error::OK);
		pair.server_below->end();
		if (polls) {
			EXPECT_EQ(pair.client.poll(), Error::OK);
		}
		EXPECT_EQ(read_some(pair.client), "cut");
		if (polls) {
			EXPECT_EQ(pair.client.poll(), Error::ERR_CONNECTION_ERROR);
		} else {
			EXPECT_EQ(read_some(pair.client), "(ERR_CONNECTION_ERROR)");
		}
		EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
		EXPECT_EQ(pair.client.get_failure(), TlsFailure::kTruncated);
	}
}

TEST(StreamPeerTLS, ARecordCutShortIsAnError) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	size_t sent = 0;
	ASSERT_EQ(put_some(pair.server, "whole", sent), Error::OK);
	pair.server_below->on_the_way().pop_back();
	pair.server_below->end();
	EXPECT_EQ(read_some(pair.client), "(ERR_CONNECTION_ERROR)");
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kTruncated);
}

TEST(StreamPeerTLS, AChangedByteIsAnErrorAndIsNotDelivered) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	size_t sent = 0;
	ASSERT_EQ(put_some(pair.server, "untouched", sent), Error::OK);
	const size_t good = pair.server_below->on_the_way().size();
	ASSERT_EQ(put_some(pair.server, "forged", sent), Error::OK);
	pair.server_below->on_the_way()[good + 15] ^= 1;
	EXPECT_EQ(read_some(pair.client), "untouched");
	EXPECT_EQ(read_some(pair.client), "(ERR_CONNECTION_ERROR)");
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
	// The other end is told.
	EXPECT_EQ(pair.server.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(pair.server.get_failure(), TlsFailure::kAlert);
}

TEST(StreamPeerTLS, AStreamThatBreaksIsAnErrorForPutsToo) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	pair.client_below->break_off();
	size_t sent = 9;
	EXPECT_EQ(put_some(pair.client, "x", sent), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kTruncated);
}

TEST(StreamPeerTLS, APutOnAStreamThatBrokeWithBytesUnreadFailsAndTheBytesCanBeRead) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	size_t sent = 0;
	ASSERT_EQ(put_some(pair.server, "first", sent), Error::OK);
	ASSERT_EQ(put_some(pair.server, "second", sent), Error::OK);
	pair.client_below->end(); // nothing leaves any more; what came can still be taken
	pair.server_below->end();
	const std::string much(200000, 'x');
	EXPECT_EQ(pair.client.put_data(view_of(much.c_str())), Error::ERR_CONNECTION_ERROR) << "and it comes back";
	EXPECT_EQ(put_some(pair.client, "x", sent), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED) << "there is something to be read";
	uint8_t bytes[11];
	EXPECT_EQ(pair.client.get_data(MutBytes(bytes, sizeof(bytes))), Error::OK);
	EXPECT_EQ(std::string(reinterpret_cast<const char *>(bytes), sizeof(bytes)), "firstsecond");
	(void)pair.client.poll();
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(pair.client.get_failure(), TlsFailure::kTruncated);
}

TEST(StreamPeerTLS, DisconnectingSaysSoAndLeavesTheStreamOpen) {
	NETPEER_NEED_TLS();
	for (const bool by_destructor : {false, true}) {
		TcpPair tcp;
		ASSERT_NO_FATAL_FAILURE(tcp.open());
		const std::shared_ptr<StreamPeerTCP> served = tcp.served;
		const std::shared_ptr<StreamPeerTCP> below(&tcp.client, [](StreamPeerTCP *) {});
		auto client = std::make_unique<Tls>();
		Tls server;
		ASSERT_EQ(client->connect_to_stream(below, "localhost", client_trusting()), Error::OK);
		ASSERT_EQ(server.accept_stream(served, server_of()), Error::OK);
		ASSERT_TRUE(netpeer_test::turn_until(server, [&] {
			(void)client->poll();
			return client->get_status() == Tls::STATUS_CONNECTED && server.get_status() == Tls::STATUS_CONNECTED;
		}));
		EXPECT_EQ(below.use_count(), 2) << "held";
		if (by_destructor) {
			client.reset();
		} else {
			client->disconnect_from_stream();
			EXPECT_EQ(client->get_status(), Tls::STATUS_DISCONNECTED);
			EXPECT_EQ(client->get_stream(), nullptr);
			EXPECT_EQ(client->get_failure(), TlsFailure::kNone);
		}
		EXPECT_EQ(below.use_count(), 1) << "let go";
		EXPECT_EQ(below->get_status(), StreamPeerTCP::STATUS_CONNECTED);
		ASSERT_TRUE(netpeer_test::turn_until(server, [&] { return server.get_status() != Tls::STATUS_CONNECTED; }));
		EXPECT_EQ(server.get_failure(), TlsFailure::kClosed) << "close_notify came";
		EXPECT_EQ(served->get_status(), StreamPeerTCP::STATUS_CONNECTED);
	}
}

TEST(StreamPeerTLS, DisconnectingDuringTheHandshakeSaysNothing) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.begin());
	const size_t before = pair.client_below->sent();
	pair.client.disconnect_from_stream();
	EXPECT_EQ(pair.client_below->sent(), before);
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
}

TEST(StreamPeerTLS, KeysAndChainsAreHeldAndLockedWhileInUse) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	auto key = identities::server().load_key();
	auto own = identities::server().load_chain(), trusted = identities::authority().load_certificate();
	ASSERT_NO_FATAL_FAILURE(pair.begin(TLSOptions::client(trusted), "localhost", TLSOptions::server(key, own)));
	for (int round = 0; round < 2; ++round) { // handshaking, connected
		EXPECT_GT(key.use_count(), 1);
		EXPECT_EQ(key->load_from_string(identities::server().key.c_str()), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(own->load_from_string(identities::server().chain.c_str()), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(trusted->load_from_string(identities::authority().certificate.c_str()), Error::ERR_ALREADY_IN_USE);
		ASSERT_NO_FATAL_FAILURE(pair.turn());
	}
	pair.server.disconnect_from_stream();
	(void)pair.client.poll();
	ASSERT_EQ(pair.client.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(key.use_count(), 1);
	EXPECT_EQ(own.use_count(), 1);
	EXPECT_EQ(trusted.use_count(), 1);
	EXPECT_EQ(key->load_from_string(identities::server().key.c_str()), Error::OK);
	EXPECT_EQ(own->load_from_string(identities::server().chain.c_str()), Error::OK);
	EXPECT_EQ(trusted->load_from_string(identities::authority().certificate.c_str()), Error::OK);
}

// --- waiting ---

TEST(StreamPeerTLS, AStreamThatCannotBeWaitedForIsWaitedForInItsOwnCalls) {
	NETPEER_NEED_TLS();
	MemoryPair pair;
	ASSERT_NO_FATAL_FAILURE(pair.connect());
	uint8_t data[4];
	EXPECT_EQ(pair.client.get_data(MutBytes(data, sizeof(data))), Error::ERR_BUSY) << "what it would have to wait for";
	EXPECT_EQ(pair.client.get_status(), Tls::STATUS_CONNECTED);
	// Now its blocking calls make the other end move.
	int blocked = 0;
	pair.client_below->set_on_block([&] {
		++blocked;
		size_t sent = 0;
		ASSERT_EQ(put_some(pair.server, blocked == 1 ? "da" : "ta", sent), Error::OK);
	});
	EXPECT_EQ(pair.client.get_data(MutBytes(data, sizeof(data))), Error::OK);
	EXPECT_EQ(ByteView(data, sizeof(data)), bytes_of("data"));
	EXPECT_EQ(blocked, 2);
	std::string came;
	pair.client_below->set_room(100);
	pair.client_below->set_on_block([&] { came += read_some(pair.server); });
	EXPECT_EQ(pair.client.put_data(bytes_of(std::string(50000, 'p'))), Error::OK);
	came += read_some(pair.server);
	EXPECT_EQ(came, std::string(50000, 'p'));
}

class StreamPeerTLSOverTcp : public ::testing::Test {
protected:
	void SetUp() override {
		NETPEER_NEED_TLS();
		ASSERT_NO_FATAL_FAILURE(tcp_.open());
		below_ = std::shared_ptr<StreamPeerTCP>(&tcp_.client, [](StreamPeerTCP *) {});
		served_ = tcp_.served;
		ASSERT_EQ(client_.connect_to_stream(below_, "localhost", client_trusting()), Error::OK);
		ASSERT_EQ(server_.accept_stream(served_, server_of()), Error::OK);
		ASSERT_TRUE(netpeer_test::turn_until(server_, [&] {
			(void)client_.poll();
			return client_.get_status() == Tls::STATUS_CONNECTED && server_.get_status() == Tls::STATUS_CONNECTED;
		}));
	}

	TcpPair tcp_;
	std::shared_ptr<StreamPeerTCP> below_, served_;
	Tls client_, server_;
};

TEST_F(StreamPeerTLSOverTcp, BlockingCallsMoveMegabytesBetweenThreads) {
	const std::string text(5000000, 't');
	Error put = Error::FAILED;
	std::thread sender([&] { put = server_.put_data(bytes_of(text)); });
	std::string came(text.size(), '\0');
	EXPECT_EQ(client_.get_data(MutBytes(reinterpret_cast<uint8_t *>(&came[0]), came.size())), Error::OK);
	sender.join();
	EXPECT_EQ(put, Error::OK);
	EXPECT_TRUE(came == text);
}

TEST_F(StreamPeerTLSOverTcp, BlockingCallsHaveTheTimeTheyAreGiven) {
	uint8_t byte = 0;
	for (const int limit : {0, 1}) {
		client_.set_blocking_timeout(limit);
		EXPECT_EQ(client_.get_data(MutBytes(&byte, 1)), Error::ERR_TIMEOUT);
	}
	EXPECT_EQ(client_.put_data(bytes_of(std::string(50000000, 'f'))), Error::ERR_TIMEOUT) << "nobody reads";
	EXPECT_EQ(client_.get_status(), Tls::STATUS_CONNECTED);
	EXPECT_EQ(server_.put_data(bytes_of("!")), Error::OK);
	client_.set_blocking_timeout(netpeer_test::kStreamPatienceMs);
	EXPECT_EQ(client_.get_data(MutBytes(&byte, 1)), Error::OK);
	EXPECT_EQ(byte, '!');
}

TEST_F(StreamPeerTLSOverTcp, CancelEndsAWaitInAnotherThread) {
	std::thread other([&] { client_.cancel(); });
	uint8_t byte = 0;
	EXPECT_EQ(client_.get_data(MutBytes(&byte, 1)), Error::ERR_SKIP);
	other.join();
	EXPECT_EQ(client_.get_status(), Tls::STATUS_CONNECTED);
}

TEST_F(StreamPeerTLSOverTcp, WaitingEndsWithBytesOrTime) {
	EXPECT_EQ(client_.wait(PollType::POLL_TYPE_IN, 0), Error::ERR_BUSY);
	EXPECT_EQ(client_.wait(PollType::POLL_TYPE_OUT, 0), Error::OK);
	EXPECT_EQ(client_.wait(static_cast<PollType>(3), 0), Error::ERR_INVALID_PARAMETER);
	ASSERT_EQ(server_.put_data(bytes_of("ab")), Error::OK);
	EXPECT_EQ(client_.wait(PollType::POLL_TYPE_IN, netpeer_test::kStreamPatienceMs), Error::OK);
	EXPECT_EQ(client_.poll(), Error::OK);
	EXPECT_EQ(read_some(client_, 1), "a");
	EXPECT_EQ(below_->get_available_bytes(), 0) << "the rest is decrypted";
	EXPECT_EQ(client_.wait(PollType::POLL_TYPE_IN, -1), Error::OK);
	EXPECT_EQ(read_some(client_), "b");
	EXPECT_EQ(client_.wait(PollType::POLL_TYPE_IN, 0), Error::ERR_BUSY);
}

TEST_F(StreamPeerTLSOverTcp, AResetIsAnError) {
	ASSERT_EQ(client_.put_data(bytes_of("unread, so closing resets")), Error::OK);
	served_->disconnect_from_host();
	EXPECT_EQ(server_.poll(), Error::ERR_CONNECTION_ERROR);
	ASSERT_TRUE(netpeer_test::turn_until(client_, [&] { return client_.get_status() != Tls::STATUS_CONNECTED; }));
	EXPECT_EQ(client_.get_status(), Tls::STATUS_DISCONNECTED);
	EXPECT_EQ(client_.get_failure(), TlsFailure::kTruncated);
}

// Whoever refuses a certificate says so and leaves, and where it leaves bytes unread the kernel resets the connection.
TEST(StreamPeerTLS, AnAlertBeforeAResetIsHeard) {
	NETPEER_NEED_TLS();
#if !defined(__linux__)
	GTEST_SKIP() << "only Linux is known to keep what came before a reset";
#endif
	TcpPair tcp;
	ASSERT_NO_FATAL_FAILURE(tcp.open());
	Tls client, server;
	const std::shared_ptr<StreamPeerTCP> below(&tcp.client, [](StreamPeerTCP *) {});
	ASSERT_EQ(client.connect_to_stream(below, "localhost", client_trusting(identities::other_authority())), Error::OK);
	ASSERT_EQ(server.accept_stream(tcp.served, server_of()), Error::OK);
	ASSERT_TRUE(netpeer_test::turn_until(client, [&] {
		if (tcp.client.get_available_bytes() == 0 && client.get_status() == Tls::STATUS_HANDSHAKING)
			(void)server.poll();
		return client.get_status() == Tls::STATUS_ERROR;
	}));
	netpeer_test::wait_available(*tcp.served, 1);
	ASSERT_EQ(tcp.served->put_data(bytes_of("unread")), Error::OK);
	netpeer_test::wait_available(tcp.client, 6);
	tcp.client.disconnect_from_host();
	ASSERT_EQ(tcp.served->wait(PollType::POLL_TYPE_IN, netpeer_test::kStreamPatienceMs), Error::FAILED) << "reset";
	EXPECT_EQ(server.poll(), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(server.get_failure(), TlsFailure::kAlert) << server.get_failure_detail();
}

// A tunnel through a proxy that speaks TLS itself.
TEST_F(StreamPeerTLSOverTcp, TlsRunsInsideTls) {
	const auto outer_client = std::shared_ptr<StreamPeer>(&client_, [](StreamPeer *) {});
	const auto outer_server = std::shared_ptr<StreamPeer>(&server_, [](StreamPeer *) {});
	Tls inner_client, inner_server;
	ASSERT_EQ(inner_client.connect_to_stream(outer_client, "localhost", client_trusting()), Error::OK);
	ASSERT_EQ(inner_server.accept_stream(outer_server, server_of()), Error::OK);
	ASSERT_TRUE(netpeer_test::turn_until(inner_server, [&] {
		(void)inner_client.poll();
		return inner_client.get_status() == Tls::STATUS_CONNECTED && inner_server.get_status() == Tls::STATUS_CONNECTED;
	}));
	Error put = Error::FAILED;
	std::thread sender([&] { put = inner_server.put_data(bytes_of(std::string(300000, 'i'))); });
	std::string came(300000, '\0');
	EXPECT_EQ(inner_client.get_data(MutBytes(reinterpret_cast<uint8_t *>(&came[0]), came.size())), Error::OK);
	sender.join();
	EXPECT_EQ(put, Error::OK);
	EXPECT_EQ(came, std::string(300000, 'i'));
	inner_client.disconnect_from_stream();
	EXPECT_EQ(client_.get_status(), Tls::STATUS_CONNECTED);
}
