// What mbedTLS's error codes and verify flags mean. A code is the negative sum of a high part (multiples of 0x80, the
// module's) and a low part (below 0x80, of the arithmetic or ASN.1 underneath).
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_errors.h"
#include "mbedtls_session.h"

#include <mbedtls/entropy.h>

#include <cstdio>

namespace netpeer {

namespace {

struct VerifyFlagMeaning {
	uint32_t flags;
	TlsFailure failure;
	const char *text;
};

// Several may be set: the first one here is the failure, all are told in the text. The name comes first because a status
// of its own stands for it in Godot.
constexpr VerifyFlagMeaning kVerifyFlagMeanings[] = {
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, TlsFailure::kNameMismatch, "another name"},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_MISSING, TlsFailure::kNotTrusted, "not trusted"},
        {MBEDTLS_X509_BADCERT_REVOKED, TlsFailure::kExpired, "revoked"},
        {MBEDTLS_X509_BADCERT_EXPIRED, TlsFailure::kExpired, "expired"},
        {MBEDTLS_X509_BADCERT_FUTURE, TlsFailure::kNotYetValid, "not valid yet"},
        {MBEDTLS_X509_BADCERT_KEY_USAGE, TlsFailure::kWrongPurpose, "wrong key usage"},
        {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, TlsFailure::kWrongPurpose, "wrong extended key usage"},
        {MBEDTLS_X509_BADCERT_NS_CERT_TYPE, TlsFailure::kWrongPurpose, "wrong certificate type"},
        {MBEDTLS_X509_BADCERT_BAD_MD, TlsFailure::kWeak, "weak hash"},
        {MBEDTLS_X509_BADCERT_BAD_PK, TlsFailure::kWeak, "key type not accepted"},
        {MBEDTLS_X509_BADCERT_BAD_KEY, TlsFailure::kWeak, "key too short or curve not accepted"},
};

bool is_wrong_signature(int code) {
	switch (code) {
	case MBEDTLS_ERR_RSA_VERIFY_FAILED:
	case MBEDTLS_ERR_RSA_INVALID_PADDING:
	case MBEDTLS_ERR_ECP_VERIFY_FAILED:
	case MBEDTLS_ERR_PK_SIG_LEN_MISMATCH: return true;
	default: return false;
	}
}

// All flags set means that nothing was verified.
bool is_about_the_certificate(int code, uint32_t verify_flags) {
	if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) return true;
	return mbedtls_compat_is_bad_certificate(code) && verify_flags != 0 && verify_flags != UINT32_MAX;
}

} // namespace

TlsFailure mbedtls_failure_of(int code, uint32_t verify_flags) {
	if (is_about_the_certificate(code, verify_flags)) {
		for (const VerifyFlagMeaning &meaning : kVerifyFlagMeanings) {
			if ((verify_flags & meaning.flags) != 0) return meaning.failure;
		}
		return TlsFailure::kNotTrusted;
	}
	if (error_of_mbedtls(code) == Error::ERR_OUT_OF_MEMORY) return TlsFailure::kOutOfMemory;
	if (is_wrong_signature(code)) return TlsFailure::kBadSignature;
	if (mbedtls_compat_is_nothing_common(code)) return TlsFailure::kNoCommonProtocol;
	switch (code) {
	case 0: // the wire has ended
	case MBEDTLS_ERR_SSL_CONN_EOF: return TlsFailure::kTruncated;
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return TlsFailure::kClosed;
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return TlsFailure::kAlert;
	case MBEDTLS_ERR_SSL_TIMEOUT: return TlsFailure::kTimedOut;
	case MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED: return TlsFailure::kCookieNeeded;
	case MBEDTLS_ERR_SSL_CLIENT_RECONNECT: return TlsFailure::kReconnect;
	case MBEDTLS_ERR_ENTROPY_SOURCE_FAILED: // what mbedtls_random() answers
	case MBEDTLS_ERR_SSL_NO_RNG:
	case MBEDTLS_ERR_SSL_INTERNAL_ERROR: return TlsFailure::kInternal;
	default: return TlsFailure::kProtocol;
	}
}

void mbedtls_describe_failure(int code, uint32_t verify_flags, char *out, size_t size) {
	size_t written = text_of_mbedtls(code, out, size);
	if (!is_about_the_certificate(code, verify_flags)) return;
	const char *separator = ": ";
	for (const VerifyFlagMeaning &meaning : kVerifyFlagMeanings) {
		if ((verify_flags & meaning.flags) == 0 || written >= size) continue;
		const int more = std::snprintf(out + written, size - written, "%s%s", separator, meaning.text);
		if (more < 0) return;
		written += static_cast<size_t>(more);
		separator = ", ";
	}
}

} // namespace netpeer

#endif
