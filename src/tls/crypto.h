// Crypto: making keys and certificates, signatures, RSA encryption, HMAC.
// Built without mbedTLS (NETPEER_WITH_MBEDTLS 0) only generate_random_bytes() and constant_time_compare() give anything.
#pragma once

#include "../core/byte_buffer.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/random_source.h"
#include "crypto_key.h"
#include "x509_certificate.h"

#include <memory>
#include <string>
#include <vector>

namespace netpeer {

/// Origin: Godot HashingContext.HashType. MD5 and SHA-1 are for old peers: both can be forged.
enum class HashType : int { HASH_MD5 = 0, HASH_SHA1 = 1, HASH_SHA256 = 2 };

/// NIST's curves: secp256r1, secp384r1, secp521r1.
enum class EllipticCurve : int { kP256, kP384, kP521 };

/// What generate_certificate() writes. Everything is borrowed for the call.
struct CertificateSettings {
	/// "CN=name,O=organisation,C=IT"; a comma within a value is written "\,".
	const char *subject_name = "CN=myserver,O=myorganisation,C=IT";
	/// @{
	/// YYYYMMDDhhmmss, UTC.
	const char *not_before = "20140101000000";
	const char *not_after = "20340101000000";
	/// @}
	/// Host names and IP addresses for subjectAltName; with one there, the CN counts no more. "*.example.org" stands for any
	/// one label. An address is written as such and, for mbedTLS before 3.5, which knows only names, as a name too.
	std::vector<std::string> alternative_names;
	/// @{
	/// May sign others; -1 for as many levels below it as they like.
	bool is_authority = false;
	int path_length = 0;
	/// @}
	/// @{
	/// Extended key usage; with neither, any use is allowed.
	bool for_servers = false;
	bool for_clients = false;
	/// @}
	/// @{
	/// Who signs: the first certificate of a chain, and its private key. Both null: the subject itself.
	const X509Certificate *issuer = nullptr;
	const CryptoKey *issuer_key = nullptr;
	/// @}
};

/// Where a call answers null, an empty buffer or false, get_last_error() says why. Any number of objects, each one thread at
/// a time. Origin: Godot Crypto.
class Crypto {
public:
	/// `random` (null: default_random()) is borrowed and must outlive the object.
	explicit Crypto(RandomSource *random = nullptr) : random_(random != nullptr ? *random : default_random()) {}

	/// Empty: `size` below 1 (ERR_INVALID_PARAMETER), no memory, no entropy (FAILED).
	/// Origin: Godot Crypto.generate_random_bytes.
	ByteBuffer generate_random_bytes(int size);
	/// Blocks: some 0.1 s for 2048 bits, 1 s for 4096, more with bad luck. Null: `bits` odd or not in 1024..8192 (ERR_INVALID_PARAMETER), no
	/// memory, no entropy (FAILED), ERR_UNAVAILABLE. Peers want 2048 at least. Origin: Godot Crypto.generate_rsa.
	std::shared_ptr<CryptoKey> generate_rsa(int bits);
	/// A key for ECDSA: smaller and much faster than RSA, and understood by everything since 2010. Null: as generate_rsa().
	/// Not in Godot.
	std::shared_ptr<CryptoKey> generate_ec(EllipticCurve curve = EllipticCurve::kP256);

	/// X.509 v3, SHA-256, issuer = subject, an authority for itself (path length 0), a positive serial of 20 octets (Godot's
	/// may be negative). Given to a client as its trusted chain it is trusted, and it alone.
	/// Null: a null or public key, names or dates that cannot be read (ERR_INVALID_PARAMETER), no memory, no entropy,
	/// ERR_UNAVAILABLE. Origin: Godot Crypto.generate_self_signed_certificate.
	std::shared_ptr<X509Certificate> generate_self_signed_certificate(const std::shared_ptr<CryptoKey> &key,
	        const char *issuer_name = "CN=myserver,O=myorganisation,C=IT", const char *not_before = "20140101000000",
	        const char *not_after = "20340101000000");
	/// The certificate alone, without its issuer's. `key` is the subject's; its public half is enough when an issuer signs.
	/// Null: as above, and an issuer key that does not belong to the issuer. Not in Godot.
	std::shared_ptr<X509Certificate> generate_certificate(const CryptoKey &key, const CertificateSettings &settings);

	/// RSA (PKCS#1 v1.5) or ECDSA over a hash made elsewhere. Empty: a hash of the wrong size, an empty or public key
	/// (ERR_INVALID_PARAMETER), no memory, no entropy, ERR_UNAVAILABLE. Origin: Godot Crypto.sign.
	ByteBuffer sign(HashType hash_type, ByteView hash, const CryptoKey &key);
	/// Whether `signature` was made of `hash` with the private half of `key`; false also in the cases sign() names.
	/// Origin: Godot Crypto.verify.
	bool verify(HashType hash_type, ByteView hash, ByteView signature, const CryptoKey &key);
	/// RSA, PKCS#1 v1.5: at most the key's size less 11 bytes. Empty: an empty key or none of RSA, too long
	/// (ERR_INVALID_PARAMETER), no memory, no entropy, ERR_UNAVAILABLE. Origin: Godot Crypto.encrypt.
	ByteBuffer encrypt(const CryptoKey &key, ByteView plaintext);
	/// Empty: as encrypt(), a public key, or not made for this key (ERR_INVALID_DATA); an empty text comes with OK. Never tell
	/// a stranger which texts could be decrypted: with many tries that is enough to read others.
	/// Origin: Godot Crypto.decrypt.
	ByteBuffer decrypt(const CryptoKey &key, ByteView ciphertext);
	/// SHA-1 or SHA-256. Empty: another type (ERR_INVALID_PARAMETER), no memory, ERR_UNAVAILABLE.
	/// Origin: Godot Crypto.hmac_digest.
	ByteBuffer hmac_digest(HashType hash_type, ByteView key, ByteView message);
	/// Takes as long for a wrong first byte as for a wrong last one; different sizes are told at once.
	/// Origin: Godot Crypto.constant_time_compare.
	static bool constant_time_compare(ByteView trusted, ByteView received);

	/// What became of the last call of any method but the static one. Not in Godot.
	Error get_last_error() const { return last_error_; }

private:
	// The parts that need mbedTLS.
	Error make_rsa(int bits, CryptoKey &out);
	Error make_ec(EllipticCurve curve, CryptoKey &out);
	Error make_certificate(const CryptoKey &key, const CertificateSettings &settings, X509Certificate &out);
	Error make_signature(HashType hash_type, ByteView hash, const CryptoKey &key, ByteBuffer &out);
	Error check_signature(HashType hash_type, ByteView hash, ByteView signature, const CryptoKey &key);
	Error rsa_encrypt(const CryptoKey &key, ByteView plaintext, ByteBuffer &out);
	Error rsa_decrypt(const CryptoKey &key, ByteView ciphertext, ByteBuffer &out);
	Error make_hmac(HashType hash_type, ByteView key, ByteView message, ByteBuffer &out);

	RandomSource &random_;
	Error last_error_ = Error::OK;
};

} // namespace netpeer
