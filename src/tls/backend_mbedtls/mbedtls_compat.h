// Every difference between mbedTLS 2.28 and 3.x, and nothing else. The only file that asks for the version.
// Compiled and tested with 2.28.3; the branches for 3.x follow its headers' documentation and were never compiled here.
#pragma once

#include "mbedtls_memory.h"

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <mbedtls/build_info.h>
#else
#include <mbedtls/config.h>
#endif

#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && (defined(MBEDTLS_USE_PSA_CRYPTO) || defined(MBEDTLS_SSL_PROTO_TLS1_3))
#define NETPEER_MBEDTLS_NEEDS_PSA 1
#include <psa/crypto.h>
#else
#define NETPEER_MBEDTLS_NEEDS_PSA 0
#endif

#include <cstdint>

namespace netpeer {

using MbedtlsRandom = int (*)(void *, unsigned char *, size_t);

/// To be called before anything else of mbedTLS is; once is enough, more does no harm. False: out of memory or entropy.
inline bool mbedtls_is_ready() {
	lead_mbedtls_to_hooks();
#if NETPEER_MBEDTLS_NEEDS_PSA
	static const bool ready = psa_crypto_init() == PSA_SUCCESS;
	return ready;
#else
	return true;
#endif
}

inline int mbedtls_compat_parse_key(
        mbedtls_pk_context *key, const unsigned char *bytes, size_t size, MbedtlsRandom random, void *source) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return mbedtls_pk_parse_key(key, bytes, size, nullptr, 0, random, source);
#else
	(void)random, (void)source;
	return mbedtls_pk_parse_key(key, bytes, size, nullptr, 0);
#endif
}

inline int mbedtls_compat_check_pair(
        const mbedtls_pk_context *public_half, const mbedtls_pk_context *whole, MbedtlsRandom random, void *source) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return mbedtls_pk_check_pair(public_half, whole, random, source);
#else
	(void)random, (void)source;
	return mbedtls_pk_check_pair(public_half, whole);
#endif
}

/// `signature` has room for MBEDTLS_PK_SIGNATURE_MAX_SIZE bytes.
inline int mbedtls_compat_sign(mbedtls_pk_context *key, mbedtls_md_type_t hash_type, const unsigned char *hash,
        size_t hash_size, unsigned char *signature, size_t *size, MbedtlsRandom random, void *source) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return mbedtls_pk_sign(
	        key, hash_type, hash, hash_size, signature, MBEDTLS_PK_SIGNATURE_MAX_SIZE, size, random, source);
#else
	return mbedtls_pk_sign(key, hash_type, hash, hash_size, signature, size, random, source);
#endif
}

/// `serial` is big-endian, its first byte neither 0 nor above 127.
inline int mbedtls_compat_set_serial(mbedtls_x509write_cert *certificate, unsigned char *serial, size_t size) {
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
	return mbedtls_x509write_crt_set_serial_raw(certificate, serial, size);
#else
	mbedtls_mpi number;
	mbedtls_mpi_init(&number);
	int status = mbedtls_mpi_read_binary(&number, serial, size);
	if (status == 0) status = mbedtls_x509write_crt_set_serial(certificate, &number);
	mbedtls_mpi_free(&number);
	return status;
#endif
}

/// TLS 1.2 at least; at most 1.3 where `allow_1_3` and the build knows it. DTLS: 1.2.
inline void mbedtls_compat_set_versions(mbedtls_ssl_config *config, bool allow_1_3) {
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
	mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
	mbedtls_ssl_conf_max_tls_version(config, allow_1_3 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
#else
	(void)allow_1_3;
	mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
#else
	(void)allow_1_3;
	mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

inline bool mbedtls_compat_is_handshake_over(mbedtls_ssl_context *session) {
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
	return mbedtls_ssl_is_handshake_over(session) != 0;
#elif MBEDTLS_VERSION_NUMBER >= 0x03000000
	return session->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
#else
	return session->state == MBEDTLS_SSL_HANDSHAKE_OVER;
#endif
}

/// P-256 first, then what may be had at greater cost. 2.28 by itself prefers the largest curve.
inline void mbedtls_compat_groups(mbedtls_ssl_config *config) {
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
	static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
	        MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
	mbedtls_ssl_conf_groups(config, groups);
#else
	static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519,
	        MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_NONE};
	mbedtls_ssl_conf_curves(config, groups);
#endif
}

/// Signatures of the handshake: SHA-256 and longer. 3.x takes no others.
inline void mbedtls_compat_signatures(mbedtls_ssl_config *config) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	(void)config;
#else
	static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE};
	mbedtls_ssl_conf_sig_hashes(config, hashes);
#endif
}

/// TLS 1.3: a ticket we have no use for; not a failure, the call is repeated.
inline bool mbedtls_compat_is_ticket(int code) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
	return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
	(void)code;
	return false;
#endif
}

/// The message with the certificate was wrong, or (2.28) the certificate is for another purpose: the verify flags tell.
inline bool mbedtls_compat_is_bad_certificate(int code) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
#else
	return code == MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE;
#endif
}

/// No version, suite or group in common, as this end sees it.
inline bool mbedtls_compat_is_nothing_common(int code) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
	return code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE || code == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION;
#else
	return code == MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN || code == MBEDTLS_ERR_SSL_NO_USABLE_CIPHERSUITE ||
	       code == MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION;
#endif
}

} // namespace netpeer
