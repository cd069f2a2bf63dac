#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../core/secret_bytes.h"
#include "../crypto.h"
#include "mbedtls_errors.h"
#include "mbedtls_natives.h"

#include <mbedtls/md.h>
#include <mbedtls/rsa.h>

namespace netpeer {

namespace {

constexpr int kMinRsaBits = 1024;
constexpr int kMaxRsaBits = 8192; // of mbedTLS
constexpr int kRsaExponent = 65537;
constexpr size_t kMaxRsaBytes = kMaxRsaBits / 8;
constexpr size_t kPkcs1PaddingBytes = 11;

// Everything that is neither memory nor a missing part of mbedTLS.
Error error_of_crypto(int status, Error otherwise) {
	const Error error = error_of_mbedtls(status);
	return error == Error::OK || error == Error::ERR_OUT_OF_MEMORY || error == Error::ERR_UNAVAILABLE ? error
	                                                                                                  : otherwise;
}

struct HashKind {
	mbedtls_md_type_t type;
	size_t bytes; // 0: no such hash
};

HashKind kind_of_hash(HashType type) {
	switch (type) {
	case HashType::HASH_MD5: return {MBEDTLS_MD_MD5, 16};
	case HashType::HASH_SHA1: return {MBEDTLS_MD_SHA1, 20};
	case HashType::HASH_SHA256: return {MBEDTLS_MD_SHA256, 32};
	}
	return {MBEDTLS_MD_NONE, 0};
}

bool is_rsa_key(const CryptoKey &key) {
	return !key.is_empty() && mbedtls_pk_get_type(&key.native()->key) == MBEDTLS_PK_RSA;
}

// A fresh object with a native part; what it held is not touched.
Error start_key(const CryptoKey &key, mbedtls_pk_type_t type) {
	if (!mbedtls_is_ready() || key.native() == nullptr) return Error::ERR_OUT_OF_MEMORY;
	const mbedtls_pk_info_t *info = mbedtls_pk_info_from_type(type);
	if (info == nullptr) return Error::ERR_UNAVAILABLE;
	return error_of_crypto(mbedtls_pk_setup(&key.native()->key, info), Error::FAILED);
}

} // namespace

Error Crypto::make_rsa(int bits, CryptoKey &out) {
	if (bits < kMinRsaBits || bits > kMaxRsaBits || bits % 2 != 0) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(start_key(out, MBEDTLS_PK_RSA));
	const int status = mbedtls_rsa_gen_key(
	        mbedtls_pk_rsa(out.native()->key), mbedtls_random, &random_, static_cast<unsigned>(bits), kRsaExponent);
	return error_of_crypto(status, Error::FAILED);
}

Error Crypto::make_ec(EllipticCurve curve, CryptoKey &out) {
	mbedtls_ecp_group_id group = MBEDTLS_ECP_DP_NONE;
	switch (curve) {
	case EllipticCurve::kP256: group = MBEDTLS_ECP_DP_SECP256R1; break;
	case EllipticCurve::kP384: group = MBEDTLS_ECP_DP_SECP384R1; break;
	case EllipticCurve::kP521: group = MBEDTLS_ECP_DP_SECP521R1; break;
	}
	if (group == MBEDTLS_ECP_DP_NONE) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(start_key(out, MBEDTLS_PK_ECKEY));
	const int status = mbedtls_ecp_gen_key(group, mbedtls_pk_ec(out.native()->key), mbedtls_random, &random_);
	return error_of_crypto(status, Error::FAILED);
}

Error Crypto::make_signature(HashType hash_type, ByteView hash, const CryptoKey &key, ByteBuffer &out) {
	const HashKind kind = kind_of_hash(hash_type);
	if (kind.bytes == 0 || hash.size != kind.bytes || key.is_empty() || key.is_public_only())
		return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(out.resize(MBEDTLS_PK_SIGNATURE_MAX_SIZE));
	size_t size = 0;
	const int status = mbedtls_compat_sign(
	        &key.native()->key, kind.type, hash.data, hash.size, out.data(), &size, mbedtls_random, &random_);
	NETPEER_TRY(error_of_crypto(status, Error::FAILED));
	return out.resize(size);
}

Error Crypto::check_signature(HashType hash_type, ByteView hash, ByteView signature, const CryptoKey &key) {
	const HashKind kind = kind_of_hash(hash_type);
	if (kind.bytes == 0 || hash.size != kind.bytes || key.is_empty()) return Error::ERR_INVALID_PARAMETER;
	if (signature.empty()) return Error::ERR_INVALID_DATA;
	const int status =
	        mbedtls_pk_verify(&key.native()->key, kind.type, hash.data, hash.size, signature.data, signature.size);
	return error_of_crypto(status, Error::ERR_INVALID_DATA);
}

Error Crypto::rsa_encrypt(const CryptoKey &key, ByteView plaintext, ByteBuffer &out) {
	if (!is_rsa_key(key)) return Error::ERR_INVALID_PARAMETER;
	const size_t room = mbedtls_pk_get_len(&key.native()->key);
	if (plaintext.size + kPkcs1PaddingBytes > room) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(out.resize(room));
	// mbedTLS copies from it even when there is nothing.
	constexpr uint8_t kNothing = 0;
	size_t size = 0;
	const int status = mbedtls_pk_encrypt(&key.native()->key, plaintext.empty() ? &kNothing : plaintext.data,
	        plaintext.size, out.data(), &size, out.size(), mbedtls_random, &random_);
	NETPEER_TRY(error_of_crypto(status, Error::FAILED));
	return out.resize(size);
}

Error Crypto::rsa_decrypt(const CryptoKey &key, ByteView ciphertext, ByteBuffer &out) {
	if (!is_rsa_key(key) || key.is_public_only()) return Error::ERR_INVALID_PARAMETER;
	if (ciphertext.size != mbedtls_pk_get_len(&key.native()->key)) return Error::ERR_INVALID_DATA;
	uint8_t plain[kMaxRsaBytes];
	size_t size = 0;
	const int status = mbedtls_pk_decrypt(&key.native()->key, ciphertext.data, ciphertext.size, plain, &size,
	        sizeof(plain), mbedtls_random, &random_);
	Error error = error_of_crypto(status, Error::ERR_INVALID_DATA);
	if (error == Error::OK) error = out.append(ByteView(plain, size));
	wipe_bytes(plain, sizeof(plain));
	return error;
}

Error Crypto::make_hmac(HashType hash_type, ByteView key, ByteView message, ByteBuffer &out) {
	const HashKind kind = kind_of_hash(hash_type);
	if (kind.bytes == 0 || hash_type == HashType::HASH_MD5) return Error::ERR_INVALID_PARAMETER;
	if (!mbedtls_is_ready()) return Error::ERR_OUT_OF_MEMORY;
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(kind.type);
	if (info == nullptr) return Error::ERR_UNAVAILABLE;
	NETPEER_TRY(out.resize(kind.bytes));
	constexpr uint8_t kNothing = 0;
	const int status = mbedtls_md_hmac(info, key.empty() ? &kNothing : key.data, key.size,
	        message.empty() ? &kNothing : message.data, message.size, out.data());
	return error_of_crypto(status, Error::FAILED);
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
