#include "../../src/core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../src/tls/backend_mbedtls/mbedtls_errors.h"

#include <gtest/gtest.h>

#include <mbedtls/asn1.h>
#include <mbedtls/cipher.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pem.h>
#include <mbedtls/rsa.h>

#include <cstring>
#include <string>
#include <utility>

namespace netpeer {
namespace {

TEST(MbedtlsErrors, EachKindHasItsError) {
	EXPECT_EQ(error_of_mbedtls(0), Error::OK);
	EXPECT_EQ(error_of_mbedtls(3), Error::OK);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_WANT_READ), Error::ERR_BUSY);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_WANT_WRITE), Error::ERR_BUSY);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY), Error::ERR_FILE_EOF);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_TIMEOUT), Error::ERR_TIMEOUT);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_SSL_INVALID_RECORD), Error::ERR_CONNECTION_ERROR);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_PK_PASSWORD_REQUIRED), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_PEM_PASSWORD_MISMATCH), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_PK_KEY_INVALID_FORMAT), Error::FAILED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED), Error::FAILED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_RSA_BAD_INPUT_DATA), Error::FAILED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_CIPHER_FULL_BLOCK_EXPECTED), Error::FAILED);
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_ENTROPY_SOURCE_FAILED), Error::FAILED);
}

TEST(MbedtlsErrors, MissingMemoryIsFoundInEveryLayer) {
	for (const int code : {MBEDTLS_ERR_ASN1_ALLOC_FAILED, MBEDTLS_ERR_MPI_ALLOC_FAILED, MBEDTLS_ERR_PEM_ALLOC_FAILED,
	             MBEDTLS_ERR_PK_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED, MBEDTLS_ERR_SSL_ALLOC_FAILED,
	             MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_ALLOC_FAILED,
	             MBEDTLS_ERR_RSA_PUBLIC_FAILED + MBEDTLS_ERR_MPI_ALLOC_FAILED})
		EXPECT_EQ(error_of_mbedtls(code), Error::ERR_OUT_OF_MEMORY) << -code;
	EXPECT_EQ(error_of_mbedtls(MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_OUT_OF_DATA), Error::FAILED);
}

TEST(MbedtlsErrors, TextsEndWithTheNumber) {
	for (const auto &[code, number] :
	        {std::make_pair(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, "-0x2700"), std::make_pair(-0x7fff, "-0x7FFF")}) {
		char text[200];
		const size_t size = text_of_mbedtls(code, text, sizeof(text));
		EXPECT_EQ(size, std::strlen(text));
		EXPECT_NE(std::string(text).find(number), std::string::npos) << text;
		char small[5] = "####";
		EXPECT_EQ(text_of_mbedtls(code, small, sizeof(small)), 4u);
		EXPECT_EQ(std::string(small), std::string(text).substr(0, 4));
	}
}

} // namespace
} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
