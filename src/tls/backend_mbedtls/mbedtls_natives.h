// What CryptoKey and X509Certificate hold, and what else the files of this folder share.
#pragma once

#include "../../core/byte_buffer.h"
#include "../../core/library_object.h"
#include "../../core/random_source.h"
#include "../../core/secret_bytes.h"
#include "../crypto_key.h"
#include "../x509_certificate.h"
#include "mbedtls_compat.h"

#include <atomic>

namespace netpeer {

struct CryptoKey::Native : LibraryObject {
	mbedtls_pk_context key;
	bool public_only = false;
	std::atomic<int> users{0}; // sessions, maybe of several threads; loading is refused while there is one

	Native() { mbedtls_pk_init(&key); }
	~Native() { mbedtls_pk_free(&key); } // wipes
	static void operator delete(void *native) noexcept {
		if (native != nullptr) wipe_bytes(native, sizeof(Native));
		LibraryObject::operator delete(native);
	}
	Native(const Native &) = delete;
	Native &operator=(const Native &) = delete;

	bool empty() const { return mbedtls_pk_get_type(&key) == MBEDTLS_PK_NONE; }
};

struct X509Certificate::Native : LibraryObject {
	mbedtls_x509_crt chain;
	size_t count = 0;          // 0: `chain` is its empty head
	std::atomic<int> users{0}; // sessions, maybe of several threads; loading is refused while there is one

	Native() { mbedtls_x509_crt_init(&chain); }
	~Native() { mbedtls_x509_crt_free(&chain); }
	Native(const Native &) = delete;
	Native &operator=(const Native &) = delete;
};

/// mbedTLS's f_rng over a RandomSource, which is its context: (mbedtls_random, &source).
int mbedtls_random(void *source, unsigned char *out, size_t size);

/// Whether `key` is the private half of the first certificate's key. ERR_INVALID_PARAMETER: it is not, or one is empty.
/// ERR_OUT_OF_MEMORY.
Error match_mbedtls_key(const CryptoKey &key, const X509Certificate &certificate);
inline bool mbedtls_key_belongs_to(const CryptoKey &key, const X509Certificate &certificate) {
	return match_mbedtls_key(key, certificate) == Error::OK;
}

/// Appends a PEM block; `name` as in "-----BEGIN name-----". ERR_OUT_OF_MEMORY, FAILED.
Error append_pem_block(const char *name, ByteView der, ByteBuffer &out);

} // namespace netpeer
