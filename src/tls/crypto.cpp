// What every call of Crypto checks and answers by itself; the work is done in backend_mbedtls.
#include "crypto.h"

#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

namespace {

ByteBuffer bytes_or_nothing(Error error, ByteBuffer &&bytes) {
	return error == Error::OK ? std::move(bytes) : ByteBuffer();
}

} // namespace

ByteBuffer Crypto::generate_random_bytes(int size) {
	ByteBuffer bytes;
	last_error_ = size < 1 ? Error::ERR_INVALID_PARAMETER : bytes.extend(static_cast<size_t>(size));
	if (last_error_ == Error::OK && random_.fill(bytes.bytes()) != Error::OK) last_error_ = Error::FAILED;
	return bytes_or_nothing(last_error_, std::move(bytes));
}

std::shared_ptr<CryptoKey> Crypto::generate_rsa(int bits) {
	const std::shared_ptr<CryptoKey> key = make_shared_object<CryptoKey>(*default_allocator());
	last_error_ = key == nullptr ? Error::ERR_OUT_OF_MEMORY : make_rsa(bits, *key);
	return last_error_ == Error::OK ? key : nullptr;
}

std::shared_ptr<CryptoKey> Crypto::generate_ec(EllipticCurve curve) {
	const std::shared_ptr<CryptoKey> key = make_shared_object<CryptoKey>(*default_allocator());
	last_error_ = key == nullptr ? Error::ERR_OUT_OF_MEMORY : make_ec(curve, *key);
	return last_error_ == Error::OK ? key : nullptr;
}

std::shared_ptr<X509Certificate> Crypto::generate_self_signed_certificate(
        const std::shared_ptr<CryptoKey> &key, const char *issuer_name, const char *not_before, const char *not_after) {
	CertificateSettings settings;
	settings.subject_name = issuer_name;
	settings.not_before = not_before;
	settings.not_after = not_after;
	settings.is_authority = true;
	if (key != nullptr) return generate_certificate(*key, settings);
	last_error_ = Error::ERR_INVALID_PARAMETER;
	return nullptr;
}

std::shared_ptr<X509Certificate> Crypto::generate_certificate(
        const CryptoKey &key, const CertificateSettings &settings) {
	const std::shared_ptr<X509Certificate> certificate = make_shared_object<X509Certificate>(*default_allocator());
	last_error_ = certificate == nullptr ? Error::ERR_OUT_OF_MEMORY : make_certificate(key, settings, *certificate);
	return last_error_ == Error::OK ? certificate : nullptr;
}

ByteBuffer Crypto::sign(HashType hash_type, ByteView hash, const CryptoKey &key) {
	ByteBuffer signature;
	last_error_ = make_signature(hash_type, hash, key, signature);
	return bytes_or_nothing(last_error_, std::move(signature));
}

bool Crypto::verify(HashType hash_type, ByteView hash, ByteView signature, const CryptoKey &key) {
	last_error_ = check_signature(hash_type, hash, signature, key);
	return last_error_ == Error::OK;
}

ByteBuffer Crypto::encrypt(const CryptoKey &key, ByteView plaintext) {
	ByteBuffer ciphertext;
	last_error_ = rsa_encrypt(key, plaintext, ciphertext);
	return bytes_or_nothing(last_error_, std::move(ciphertext));
}

ByteBuffer Crypto::decrypt(const CryptoKey &key, ByteView ciphertext) {
	ByteBuffer plaintext;
	last_error_ = rsa_decrypt(key, ciphertext, plaintext);
	return bytes_or_nothing(last_error_, std::move(plaintext));
}

ByteBuffer Crypto::hmac_digest(HashType hash_type, ByteView key, ByteView message) {
	ByteBuffer digest;
	last_error_ = make_hmac(hash_type, key, message, digest);
	return bytes_or_nothing(last_error_, std::move(digest));
}

bool Crypto::constant_time_compare(ByteView trusted, ByteView received) {
	if (trusted.size != received.size) return false;
	volatile uint8_t difference = 0;
	for (size_t i = 0; i < trusted.size; ++i)
		difference = static_cast<uint8_t>(difference | (trusted[i] ^ received[i]));
	return difference == 0;
}

} // namespace netpeer
