// Our sessions and a client that does what ours never does.

#include "../../src/core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../support/raw_tls_client.h"

#include <gtest/gtest.h>

using namespace netpeer;
using namespace netpeer_test;

namespace {

ByteView bytes_of_text(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

/// A server of ours and a foreign client, connected.
struct RawPair {
	explicit RawPair(bool datagrams) : pair(datagrams), client(datagrams) {}
	void connect() {
		ASSERT_TRUE(pair.make());
		ASSERT_TRUE(client.begin());
		ASSERT_TRUE(client.connect(pair)) << pair.server->failure_detail();
	}
	/// To the server, as it came; what it then gives.
	std::string give(const std::string &wire) {
		size_t taken = 0;
		EXPECT_EQ(pair.server->feed(pair.now, bytes_of_text(wire), taken), Error::OK);
		EXPECT_EQ(taken, wire.size());
		std::string text(20000, 0);
		size_t got = 0;
		uint8_t *place = reinterpret_cast<uint8_t *>(&text[0]);
		(void)pair.server->read(pair.now, MutBytes(place, text.size()), got);
		text.resize(got);
		return text;
	}

	TlsPair pair;
	RawTlsClient client;
};

} // namespace

TEST(RawTlsClient, EmptyRecordsAreNoEndOfTheSession) {
	for (const bool datagrams : {false, true}) {
		for (int count = 1; count <= 3; ++count) { // mbedTLS takes more in a row for an attack
			RawPair raw(datagrams);
			ASSERT_NO_FATAL_FAILURE(raw.connect());
			std::string empty;
			for (int i = 0; i < count; ++i) empty += raw.client.record_of("");
			ASSERT_FALSE(empty.empty());
			EXPECT_EQ(raw.give(empty), "");
			ASSERT_EQ(raw.pair.server->state(), TlsSession::State::kConnected)
			        << datagrams << " " << count << " " << raw.pair.server->failure_detail();
			EXPECT_EQ(raw.give(raw.client.record_of("still here")), "still here") << datagrams << " " << count;
		}
	}
}

TEST(RawTlsClient, AnEndAfterEmptyRecordsIsCutOffAllTheSame) {
	RawPair raw(false);
	ASSERT_NO_FATAL_FAILURE(raw.connect());
	std::string empty = raw.client.record_of("");
	empty += raw.client.record_of("");
	EXPECT_EQ(raw.give(empty), "");
	EXPECT_EQ(raw.pair.server->state(), TlsSession::State::kConnected);
	raw.pair.server->end_of_wire(raw.pair.now);
	EXPECT_EQ(raw.pair.server->state(), TlsSession::State::kFailed);
	EXPECT_EQ(raw.pair.server->failure(), TlsFailure::kTruncated);
}

TEST(RawTlsClient, AClientThatAskedForShortRecordsGetsNoLongerOnes) {
	for (const bool datagrams : {false, true}) {
		RawPair raw(datagrams);
		ASSERT_EQ(mbedtls_ssl_conf_max_frag_len(&raw.client.config, MBEDTLS_SSL_MAX_FRAG_LEN_512), 0);
		ASSERT_NO_FATAL_FAILURE(raw.connect());
		TlsSession &server = *raw.pair.server;
		size_t taken = 0;
		const Error error = server.write(raw.pair.now, bytes_of_text(std::string(513, 'l')), taken);
		EXPECT_EQ(error, datagrams ? Error::ERR_INVALID_PARAMETER : Error::OK);
		EXPECT_EQ(taken, datagrams ? 0u : 513u) << "a stream is cut";
		EXPECT_EQ(server.state(), TlsSession::State::kConnected);
		EXPECT_EQ(server.write(raw.pair.now, bytes_of_text(std::string(512, 'l')), taken), Error::OK);
		EXPECT_EQ(taken, 512u);
	}
}

#endif // NETPEER_WITH_MBEDTLS
