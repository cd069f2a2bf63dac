// What CryptoKey and X509Certificate hold, for the files of this folder only.
#pragma once

#include "../crypto_key.h"
#include "../x509_certificate.h"
#include "mbedtls_compat.h"

namespace netpeer {

struct CryptoKey::Native {
	mbedtls_pk_context key;
	bool public_only = false;
	int users = 0; // sessions; loading is refused while there is one

	Native() { mbedtls_pk_init(&key); }
	~Native() { mbedtls_pk_free(&key); } // wipes
	Native(const Native &) = delete;
	Native &operator=(const Native &) = delete;
};

struct X509Certificate::Native {
	mbedtls_x509_crt chain;
	size_t count = 0;
	int users = 0; // sessions; loading is refused while there is one

	Native() { mbedtls_x509_crt_init(&chain); }
	~Native() { mbedtls_x509_crt_free(&chain); }
	Native(const Native &) = delete;
	Native &operator=(const Native &) = delete;
};

} // namespace netpeer
