#include "../../src/tls/dtls_hello.h"
#include "../support/dtls_support.h"

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

bool reads(const std::string &datagram) {
	DtlsHello hello;
	const std::vector<char> exact(datagram.begin(), datagram.end()); // a sanitizer sees the first byte too many
	return read_dtls_hello(ByteView(reinterpret_cast<const uint8_t *>(exact.data()), exact.size()), hello);
}

TEST(DtlsHelloReader, TheShortestHelloIsReadWithEveryField) {
	const std::string datagram = short_dtls_hello(0x04030201, std::string(32, 'c'));
	DtlsHello hello;
	ASSERT_TRUE(read_dtls_hello(view_of_text(datagram), hello));
	EXPECT_EQ(hello.cookie, view_of_text(std::string(32, 'c')));
	EXPECT_EQ(hello.record_sequence.size, 6u);
	EXPECT_EQ(hello.random.size, 32u);
	EXPECT_EQ(hello.random[0], 1);
	EXPECT_EQ(hello.random[3], 4);
	EXPECT_EQ(hello.message_sequence, 0);
}

TEST(DtlsHelloReader, NoTruncationOfAHelloIsRead) {
	const std::string datagram = short_dtls_hello(0, std::string(32, 'c'));
	for (size_t size = 0; size < datagram.size(); ++size) EXPECT_FALSE(reads(datagram.substr(0, size))) << size;
}

TEST(DtlsHelloReader, FieldsThatLieAreRefused) {
	const std::string good = short_dtls_hello();
	ASSERT_TRUE(reads(good));
	ASSERT_TRUE(reads(good + "another record"));
	struct Lie {
		size_t at;
		unsigned char value;
		const char *what;
	};
	for (const Lie &lie : {Lie{0, 23, "record type"}, Lie{1, 3, "version of TLS"}, Lie{3, 1, "epoch"},
	             Lie{4, 1, "epoch"}, Lie{12, 200, "record length"}, Lie{13, 2, "message type"},
	             Lie{14, 1, "message length"}, Lie{16, 3, "message length"}, Lie{21, 1, "fragment offset"},
	             Lie{24, 3, "fragment length"}, Lie{25, 3, "version of TLS"}, Lie{59, 33, "session id length"},
	             Lie{60, 20, "cookie length"}, Lie{62, 0, "no suites"}, Lie{62, 3, "half a suite"},
	             Lie{65, 0, "no methods"}, Lie{65, 9, "methods length"}}) {
		std::string bad = good;
		bad[lie.at] = static_cast<char>(lie.value);
		EXPECT_FALSE(reads(bad)) << lie.what;
	}
}

TEST(DtlsHelloReader, NoAnswerIsLongerThanTheHelloItAnswers) {
	EXPECT_GE(short_dtls_hello().size(), kHelloVerifyRequestBytes);
}

TEST(DtlsCookies, AreGoodForTheirClientAndTheirTimeOnly) {
	SKIP_WITHOUT_DTLS();
	SeededRandom random(1);
	const auto cookies = DtlsCookies::create(&random, Duration::from_s(60));
	const auto others = DtlsCookies::create(&random, Duration::from_s(60));
	ASSERT_NE(cookies, nullptr);
	uint8_t bytes[DtlsCookies::kCookieBytes];
	const Instant made = Instant::from_ms(5000);
	const ByteView cookie(bytes, sizeof(bytes));
	ASSERT_EQ(cookies->write(made, view_of("a"), MutBytes(bytes, sizeof(bytes))), Error::OK);
	EXPECT_TRUE(cookies->check(made, view_of("a"), cookie));
	EXPECT_TRUE(cookies->check(made + Duration::from_s(60), view_of("a"), cookie));
	EXPECT_FALSE(cookies->check(made + Duration::from_s(61), view_of("a"), cookie)) << "expired";
	EXPECT_FALSE(cookies->check(Instant::from_ms(3000), view_of("a"), cookie)) << "from the future";
	EXPECT_FALSE(cookies->check(made, view_of("b"), cookie)) << "another client";
	EXPECT_FALSE(others->check(made, view_of("a"), cookie)) << "another server";
	EXPECT_FALSE(cookies->check(made, view_of("a"), cookie.first(31)));
	EXPECT_FALSE(cookies->check(made, view_of("a"), ByteView()));
	for (size_t i = 0; i < sizeof(bytes); ++i) {
		bytes[i] ^= 1;
		EXPECT_FALSE(cookies->check(made, view_of("a"), cookie)) << i;
		bytes[i] ^= 1;
	}
	EXPECT_EQ(cookies->write(made, view_of("a"), MutBytes(bytes, 31)), Error::ERR_INVALID_PARAMETER);
	random.fail(true);
	EXPECT_EQ(DtlsCookies::create(&random), nullptr) << "no entropy, no secret";
}

TEST(DtlsCookies, AStrangersDatagramIsJudgedWithoutASession) {
	SKIP_WITHOUT_DTLS();
	SeededRandom random(1);
	const auto cookies = DtlsCookies::create(&random);
	const Instant now = Instant::from_ms(5000);
	const ByteView id = view_of("client");
	uint8_t reply[kHelloVerifyRequestBytes];
	const MutBytes room(reply, sizeof(reply));
	DtlsHello hello;
	EXPECT_EQ(judge_dtls_hello(*cookies, now, id, view_of("garbage"), room, hello), DtlsVerdict::kNoHello);
	ASSERT_EQ(judge_dtls_hello(*cookies, now, id, view_of_text(short_dtls_hello()), room, hello),
	        DtlsVerdict::kAskCookie);
	const std::string cookie(reinterpret_cast<char *>(reply) + sizeof(reply) - 32, 32);
	const std::string second = short_dtls_hello(0, cookie);
	EXPECT_EQ(judge_dtls_hello(*cookies, now, id, view_of_text(second), room, hello), DtlsVerdict::kWelcome);
	EXPECT_EQ(judge_dtls_hello(*cookies, now, view_of("other"), view_of_text(second), room, hello),
	        DtlsVerdict::kAskCookie);
	EXPECT_EQ(judge_dtls_hello(*cookies, now + Duration::from_s(61), id, view_of_text(second), room, hello),
	        DtlsVerdict::kAskCookie);
	EXPECT_EQ(judge_dtls_hello(*cookies, now, id, view_of_text(short_dtls_hello()), room.first(59), hello),
	        DtlsVerdict::kNoMemory);
}

} // namespace
