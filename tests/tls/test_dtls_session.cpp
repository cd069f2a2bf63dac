// TlsSession over datagrams: what TLS has not, cookies, loss, order, replays, timers.
#include "../../src/tls/tls_session.h"
#include "../support/tls_support.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

#if NETPEER_WITH_MBEDTLS
#define SKIP_WITHOUT_DTLS() (void)0
#else
#define SKIP_WITHOUT_DTLS() GTEST_SKIP() << "built without mbedTLS"
#endif

TEST(DtlsSession, ClientAndServerShakeHandsAfterACookie) {
	SKIP_WITHOUT_DTLS();
	TlsPair pair(true);
	ASSERT_TRUE(pair.make());
	pair.run();
	ASSERT_TRUE(pair.connected()) << pair.client->failure_detail() << pair.server->failure_detail();
	EXPECT_STREQ(pair.client->protocol(), "DTLSv1.2");
	EXPECT_TRUE(pair.client->next_timeout().is_never());
	EXPECT_TRUE(pair.server->next_timeout().is_never());
	for (size_t size : {1u, 2u, 1352u, 4096u, 16384u}) {
		const std::string text(size, 'x');
		EXPECT_EQ(pair.carry(*pair.client, *pair.server, text), text) << size;
		EXPECT_EQ(pair.carry(*pair.server, *pair.client, text), text) << size;
	}
	EXPECT_EQ(pair.client->dropped_records() + pair.server->dropped_records(), 0u);
}

} // namespace
