// TlsSession over a stream: handshake, data, every failure, every way the wire may be cut. DTLS is test_dtls_session.cpp.
#include "../../src/tls/tls_session.h"
#include "../support/tls_support.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

#if NETPEER_WITH_MBEDTLS
#define SKIP_WITHOUT_TLS() (void)0
#else
#define SKIP_WITHOUT_TLS() GTEST_SKIP() << "built without mbedTLS"
#endif

std::string pattern(size_t size, uint64_t seed) {
	SeededRng rng(seed);
	std::string text(size, 0);
	for (char &c : text) c = static_cast<char>(rng.u32());
	return text;
}

TEST(TlsSession, ClientAndServerShakeHandsAndAgree) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected()) << pair.client->failure_detail() << pair.server->failure_detail();
	EXPECT_STREQ(pair.client->protocol(), "TLSv1.2");
	EXPECT_STREQ(pair.client->cipher_suite(), pair.server->cipher_suite());
	EXPECT_EQ(pair.client->failure(), TlsFailure::kNone);
	EXPECT_TRUE(pair.client->next_timeout().is_never());
	ASSERT_NE(pair.client->peer_certificate(), nullptr);
	EXPECT_EQ(pair.client->peer_certificate()->count(), 1u);
	EXPECT_EQ(pair.server->peer_certificate(), nullptr);
}

TEST(TlsSession, DataOfEverySizeArrivesInBothDirections) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected());
	for (size_t size : {1u, 2u, 15u, 16u, 17u, 255u, 1400u, 4096u, 16383u, 16384u, 16385u, 40000u, 300000u}) {
		const std::string text = pattern(size, size);
		EXPECT_EQ(pair.carry(*pair.client, *pair.server, text), text) << size;
		EXPECT_EQ(pair.carry(*pair.server, *pair.client, text), text) << size;
	}
}

TEST(TlsSession, CloseIsAnOrderlyEndAtBothSides) {
	SKIP_WITHOUT_TLS();
	TlsPair pair(false);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected());
	size_t taken = 0, got = 0;
	ASSERT_EQ(pair.client->write(pair.now, view_of("last words"), taken), Error::OK);
	pair.client->close(pair.now);
	EXPECT_EQ(pair.client->state(), TlsSession::State::kClosed);
	pair.move(*pair.client, *pair.server);
	uint8_t buffer[64];
	EXPECT_EQ(pair.server_read, "last words"); // they came with the notice, and first
	EXPECT_EQ(pair.server->state(), TlsSession::State::kClosed);
	EXPECT_EQ(pair.server->failure(), TlsFailure::kClosed);
	EXPECT_EQ(pair.server->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::ERR_FILE_EOF);
	EXPECT_EQ(pair.client->read(pair.now, MutBytes(buffer, sizeof(buffer)), got), Error::ERR_UNCONFIGURED);
	EXPECT_FALSE(pair.server->drain().empty()) << "the notice is answered";
}

} // namespace
