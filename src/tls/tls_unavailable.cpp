// The whole of TLS in a build without mbedTLS: every class is there, and answers ERR_UNAVAILABLE.
#include "../core/netpeer_config.h"

#if !NETPEER_WITH_MBEDTLS

#include "crypto.h"
#include "crypto_key.h"
#include "x509_certificate.h"

namespace netpeer {

struct CryptoKey::Native {};
void CryptoKey::NativeDeleter::operator()(Native *native) const { delete native; }
CryptoKey::CryptoKey() = default;
CryptoKey::~CryptoKey() = default;
Error CryptoKey::load(const char *, bool) { return Error::ERR_UNAVAILABLE; }
Error CryptoKey::save(const char *, bool) const { return Error::ERR_UNAVAILABLE; }
Error CryptoKey::load_from_string(const char *, bool) { return Error::ERR_UNAVAILABLE; }
Error CryptoKey::load_from_bytes(ByteView, bool) { return Error::ERR_UNAVAILABLE; }
Error CryptoKey::save_to_bytes(SecretBytes &, bool) const { return Error::ERR_UNAVAILABLE; }
std::string CryptoKey::save_to_string(bool) const { return std::string(); }
bool CryptoKey::is_public_only() const { return false; }
bool CryptoKey::is_empty() const { return true; }

struct X509Certificate::Native {};
void X509Certificate::NativeDeleter::operator()(Native *native) const { delete native; }
X509Certificate::X509Certificate() = default;
X509Certificate::~X509Certificate() = default;
Error X509Certificate::load(const char *) { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::save(const char *) const { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::load_from_string(const char *) { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::load_from_bytes(ByteView) { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::append(ByteView) { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::save_to_bytes(ByteBuffer &) const { return Error::ERR_UNAVAILABLE; }
std::string X509Certificate::save_to_string() const { return std::string(); }
size_t X509Certificate::count() const { return 0; }
std::string X509Certificate::describe(size_t) const { return std::string(); }
Error X509Certificate::read_file(const char *, size_t *) { return Error::ERR_UNAVAILABLE; }
Error X509Certificate::replace(ByteView, bool, size_t *) { return Error::ERR_UNAVAILABLE; }

Error Crypto::make_rsa(int, CryptoKey &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::make_ec(EllipticCurve, CryptoKey &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::make_certificate(const CryptoKey &, const CertificateSettings &, X509Certificate &) {
	return Error::ERR_UNAVAILABLE;
}
Error Crypto::make_signature(HashType, ByteView, const CryptoKey &, ByteBuffer &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::check_signature(HashType, ByteView, ByteView, const CryptoKey &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::rsa_encrypt(const CryptoKey &, ByteView, ByteBuffer &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::rsa_decrypt(const CryptoKey &, ByteView, ByteBuffer &) { return Error::ERR_UNAVAILABLE; }
Error Crypto::make_hmac(HashType, ByteView, ByteView, ByteBuffer &) { return Error::ERR_UNAVAILABLE; }

} // namespace netpeer

#endif // !NETPEER_WITH_MBEDTLS
