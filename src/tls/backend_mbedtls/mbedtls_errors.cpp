#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_errors.h"

#include <mbedtls/asn1.h>
#include <mbedtls/cipher.h>
#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/pem.h>

#include <cstdio>

namespace netpeer {

namespace {

// A number is one of a higher layer plus one of a lower, each with bits of its own; either may say it.
constexpr int kMbedtlsHighBits = 0x7f80;
constexpr int kMbedtlsLowBits = 0x007f;
// Where the numbers of ssl.h begin, above those of cipher.h.
constexpr int kMbedtlsFirstSession = 0x6480;

constexpr int kMbedtlsNoMemory[] = {-MBEDTLS_ERR_ASN1_ALLOC_FAILED, -MBEDTLS_ERR_MPI_ALLOC_FAILED,
        -MBEDTLS_ERR_PEM_ALLOC_FAILED, -MBEDTLS_ERR_PK_ALLOC_FAILED, -MBEDTLS_ERR_X509_ALLOC_FAILED,
        -MBEDTLS_ERR_SSL_ALLOC_FAILED, -MBEDTLS_ERR_ECP_ALLOC_FAILED, -MBEDTLS_ERR_MD_ALLOC_FAILED,
        -MBEDTLS_ERR_CIPHER_ALLOC_FAILED};
constexpr int kMbedtlsNoPassword[] = {-MBEDTLS_ERR_PK_PASSWORD_REQUIRED, -MBEDTLS_ERR_PK_PASSWORD_MISMATCH,
        -MBEDTLS_ERR_PEM_PASSWORD_REQUIRED, -MBEDTLS_ERR_PEM_PASSWORD_MISMATCH};
constexpr int kMbedtlsLeftOut[] = {-MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE, -MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE,
        -MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE, -MBEDTLS_ERR_MD_FEATURE_UNAVAILABLE, -MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE,
        -MBEDTLS_ERR_PK_UNKNOWN_PK_ALG};

template <size_t count> bool is_part_of_mbedtls_code(int magnitude, const int (&list)[count]) {
	for (const int one : list) {
		const int part = magnitude & ((one & kMbedtlsLowBits) != 0 ? kMbedtlsLowBits : kMbedtlsHighBits);
		if (part == one) return true;
	}
	return false;
}

} // namespace

Error error_of_mbedtls(int code) {
	if (code >= 0) return Error::OK;
	switch (code) {
	case MBEDTLS_ERR_SSL_WANT_READ:
	case MBEDTLS_ERR_SSL_WANT_WRITE: return Error::ERR_BUSY;
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return Error::ERR_FILE_EOF;
	case MBEDTLS_ERR_SSL_TIMEOUT: return Error::ERR_TIMEOUT;
	default: break;
	}
	const int magnitude = -code;
	if (is_part_of_mbedtls_code(magnitude, kMbedtlsNoMemory)) return Error::ERR_OUT_OF_MEMORY;
	if (is_part_of_mbedtls_code(magnitude, kMbedtlsNoPassword)) return Error::ERR_UNAUTHORIZED;
	if (is_part_of_mbedtls_code(magnitude, kMbedtlsLeftOut)) return Error::ERR_UNAVAILABLE;
	return magnitude >= kMbedtlsFirstSession ? Error::ERR_CONNECTION_ERROR : Error::FAILED;
}

size_t text_of_mbedtls(int code, char *out, size_t size) {
	const unsigned number = static_cast<unsigned>(-code);
	char text[160] = "";
	mbedtls_strerror(code, text, sizeof(text));
	const int length = text[0] != '\0' ? std::snprintf(out, size, "%s (-0x%04X)", text, number)
	                                   : std::snprintf(out, size, "mbedTLS -0x%04X", number);
	if (length < 0 || size == 0) return 0;
	return static_cast<size_t>(length) < size ? static_cast<size_t>(length) : size - 1;
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
