#include "../../src/core/netpeer_config.h"
#include "../../src/tls/crypto_key.h"

#include <gtest/gtest.h>

namespace netpeer {
namespace {

#if NETPEER_WITH_MBEDTLS

TEST(CryptoKey, IsEmptyAtFirst) {
	CryptoKey key;
	EXPECT_TRUE(key.is_empty());
	EXPECT_FALSE(key.is_public_only());
	EXPECT_EQ(key.save_to_string(), "");
	EXPECT_EQ(key.save_to_string(true), "");
}

TEST(CryptoKey, RefusesWhatIsNoKey) {
	CryptoKey key;
	EXPECT_EQ(key.load_from_string(nullptr), Error::FAILED);
	EXPECT_EQ(key.load_from_string(""), Error::FAILED);
	EXPECT_EQ(key.load_from_string("no key"), Error::FAILED);
	EXPECT_EQ(key.load(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(key.load("/no such folder/key.pem"), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(key.is_empty());
}

#else

TEST(CryptoKey, AnswersUnavailableWithoutMbedTls) {
	CryptoKey key;
	EXPECT_EQ(key.load("key.pem"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.load_from_string(""), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.load_from_bytes(ByteView()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.save("key.pem"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.save_to_string(), "");
	EXPECT_TRUE(key.is_empty());
}

#endif

} // namespace
} // namespace netpeer
