// The C face of keys, certificates, and what can be done with them: CryptoKey, X509Certificate, Crypto, TLSOptions.

#include "../core/secret_bytes.h"
#include "../tls/crypto.h"
#include "../tls/crypto_key.h"
#include "../tls/tls_options.h"
#include "../tls/x509_certificate.h"
#include "c_handles.h"
#include "c_tls_handles.h"

#include <climits>
#include <string>

using namespace netpeer;

namespace {

static_assert(is_number(NETPEER_HASH_MD5, HashType::HASH_MD5), "as in C++");
static_assert(is_number(NETPEER_HASH_SHA1, HashType::HASH_SHA1), "as in C++");
static_assert(is_number(NETPEER_HASH_SHA256, HashType::HASH_SHA256), "as in C++");
static_assert(is_number(NETPEER_CURVE_P256, EllipticCurve::kP256), "as in C++");
static_assert(is_number(NETPEER_CURVE_P384, EllipticCurve::kP384), "as in C++");
static_assert(is_number(NETPEER_CURVE_P521, EllipticCurve::kP521), "as in C++");

CryptoKey *key_of(const netpeer_crypto_key *key) { return key != nullptr ? key->object.get() : nullptr; }
X509Certificate *chain_of(const netpeer_x509_certificate *certificate) {
	return certificate != nullptr ? certificate->object.get() : nullptr;
}
bool is_hash_type(int type) { return type >= NETPEER_HASH_MD5 && type <= NETPEER_HASH_SHA256; }

/// What a call of Crypto has given: bytes, or why there are none.
netpeer_error give_made(const Crypto &crypto, const ByteBuffer &made, void *out, size_t capacity, size_t *size) {
	if (crypto.get_last_error() != Error::OK) return code_of(crypto.get_last_error());
	return give_bytes(made.view(), out, capacity, size);
}

template <class Handle, class Object>
netpeer_error give_new(const Crypto &crypto, std::shared_ptr<Object> object, Handle **out) {
	if (object == nullptr) {
		const Error error = crypto.get_last_error();
		return code_of(error != Error::OK ? error : Error::ERR_OUT_OF_MEMORY);
	}
	*out = new_handle<Handle>(HandleKind::kOther, std::move(object));
	return *out != nullptr ? NETPEER_OK : NETPEER_ERR_OUT_OF_MEMORY;
}

} // namespace

// --- keys ---

netpeer_crypto_key *netpeer_crypto_key_new(void) {
	return new_object_handle<CryptoKey, netpeer_crypto_key>(HandleKind::kOther);
}
netpeer_crypto_key *netpeer_crypto_key_retain(netpeer_crypto_key *key) { return retain_handle(key); }
void netpeer_crypto_key_release(netpeer_crypto_key *key) { release_handle(key); }

netpeer_error netpeer_crypto_key_load(netpeer_crypto_key *key, const char *path, int public_only) {
	CryptoKey *own = key_of(key);
	return own != nullptr && path != nullptr ? code_of(own->load(path, public_only != 0)) : kBadArgument;
}

netpeer_error netpeer_crypto_key_save(const netpeer_crypto_key *key, const char *path, int public_only) {
	const CryptoKey *own = key_of(key);
	return own != nullptr && path != nullptr ? code_of(own->save(path, public_only != 0)) : kBadArgument;
}

netpeer_error netpeer_crypto_key_load_from_memory(
        netpeer_crypto_key *key, const void *data, size_t size, int public_only) {
	CryptoKey *own = key_of(key);
	if (own == nullptr || data == nullptr) return kBadArgument;
	return code_of(own->load_from_bytes(c_bytes(data, size), public_only != 0));
}

netpeer_error netpeer_crypto_key_save_to_string(
        const netpeer_crypto_key *key, int public_only, char *text, size_t capacity, size_t *length) {
	const CryptoKey *own = key_of(key);
	if (length != nullptr) *length = 0;
	if (own == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	if (capacity != 0) text[0] = '\0';
	SecretBytes pem;
	const Error error = own->save_to_bytes(pem, public_only != 0);
	if (error != Error::OK) return code_of(error);
	return give_text(std::string_view(reinterpret_cast<const char *>(pem.data()), pem.size()), text, capacity, length);
}

int netpeer_crypto_key_is_public_only(const netpeer_crypto_key *key) {
	const CryptoKey *own = key_of(key);
	return own != nullptr && own->is_public_only();
}

// --- certificates ---

netpeer_x509_certificate *netpeer_x509_certificate_new(void) {
	return new_object_handle<X509Certificate, netpeer_x509_certificate>(HandleKind::kOther);
}
netpeer_x509_certificate *netpeer_x509_certificate_retain(netpeer_x509_certificate *certificate) {
	return retain_handle(certificate);
}
void netpeer_x509_certificate_release(netpeer_x509_certificate *certificate) { release_handle(certificate); }

netpeer_error netpeer_x509_certificate_load(netpeer_x509_certificate *certificate, const char *path) {
	X509Certificate *chain = chain_of(certificate);
	return chain != nullptr && path != nullptr ? code_of(chain->load(path)) : kBadArgument;
}

netpeer_error netpeer_x509_certificate_save(const netpeer_x509_certificate *certificate, const char *path) {
	const X509Certificate *chain = chain_of(certificate);
	return chain != nullptr && path != nullptr ? code_of(chain->save(path)) : kBadArgument;
}

netpeer_error netpeer_x509_certificate_load_from_memory(
        netpeer_x509_certificate *certificate, const void *data, size_t size) {
	X509Certificate *chain = chain_of(certificate);
	if (chain == nullptr || data == nullptr) return kBadArgument;
	return code_of(chain->load_from_bytes(c_bytes(data, size)));
}

netpeer_error netpeer_x509_certificate_append(netpeer_x509_certificate *certificate, const void *data, size_t size) {
	X509Certificate *chain = chain_of(certificate);
	if (chain == nullptr || data == nullptr) return kBadArgument;
	return code_of(chain->append(c_bytes(data, size)));
}

netpeer_error netpeer_x509_certificate_save_to_string(
        const netpeer_x509_certificate *certificate, char *text, size_t capacity, size_t *length) {
	const X509Certificate *chain = chain_of(certificate);
	if (length != nullptr) *length = 0;
	if (chain == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	if (capacity != 0) text[0] = '\0';
	ByteBuffer pem;
	const Error error = chain->save_to_bytes(pem);
	if (error != Error::OK) return code_of(error);
	return give_text(std::string_view(reinterpret_cast<const char *>(pem.data()), pem.size()), text, capacity, length);
}

size_t netpeer_x509_certificate_count(const netpeer_x509_certificate *certificate) {
	const X509Certificate *chain = chain_of(certificate);
	return chain != nullptr ? chain->count() : 0;
}

netpeer_error netpeer_x509_certificate_describe(
        const netpeer_x509_certificate *certificate, size_t index, char *text, size_t capacity, size_t *length) {
	const X509Certificate *chain = chain_of(certificate);
	if (chain == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	return give_text(chain->describe(index), text, capacity, length);
}

// --- making and using them ---

netpeer_error netpeer_crypto_generate_rsa(int bits, netpeer_crypto_key **key) {
	if (key == nullptr) return kBadArgument;
	*key = nullptr;
	Crypto crypto;
	return give_new(crypto, crypto.generate_rsa(bits), key);
}

netpeer_error netpeer_crypto_generate_ec(int curve, netpeer_crypto_key **key) {
	if (key == nullptr) return kBadArgument;
	*key = nullptr;
	if (curve < NETPEER_CURVE_P256 || curve > NETPEER_CURVE_P521) return kBadArgument;
	Crypto crypto;
	return give_new(crypto, crypto.generate_ec(static_cast<EllipticCurve>(curve)), key);
}

netpeer_error netpeer_crypto_generate_self_signed_certificate(const netpeer_crypto_key *key, const char *subject_name,
        const char *not_before, const char *not_after, netpeer_x509_certificate **certificate) {
	if (certificate != nullptr) *certificate = nullptr;
	if (key_of(key) == nullptr || certificate == nullptr) return kBadArgument;
	const CertificateSettings usual;
	Crypto crypto;
	return give_new(crypto,
	        crypto.generate_self_signed_certificate(key->object,
	                subject_name != nullptr ? subject_name : usual.subject_name,
	                not_before != nullptr ? not_before : usual.not_before,
	                not_after != nullptr ? not_after : usual.not_after),
	        certificate);
}

netpeer_error netpeer_crypto_generate_certificate(const netpeer_crypto_key *key,
        const netpeer_certificate_settings *settings, netpeer_x509_certificate **certificate) {
	if (certificate != nullptr) *certificate = nullptr;
	const CryptoKey *own = key_of(key);
	if (own == nullptr || settings == nullptr || certificate == nullptr) return kBadArgument;
	if (!are_bytes(settings->alternative_names, settings->alternative_name_count)) return kBadArgument;
	CertificateSettings wanted;
	if (settings->subject_name != nullptr) wanted.subject_name = settings->subject_name;
	if (settings->not_before != nullptr) wanted.not_before = settings->not_before;
	if (settings->not_after != nullptr) wanted.not_after = settings->not_after;
	for (size_t i = 0; i < settings->alternative_name_count; ++i) {
		if (settings->alternative_names[i] == nullptr) return kBadArgument;
		wanted.alternative_names.emplace_back(settings->alternative_names[i]);
	}
	wanted.is_authority = settings->is_authority != 0;
	wanted.path_length = settings->path_length;
	wanted.for_servers = settings->for_servers != 0;
	wanted.for_clients = settings->for_clients != 0;
	wanted.issuer = chain_of(settings->issuer);
	wanted.issuer_key = key_of(settings->issuer_key);
	Crypto crypto;
	return give_new(crypto, crypto.generate_certificate(*own, wanted), certificate);
}

netpeer_error netpeer_crypto_generate_random_bytes(void *out, size_t size) {
	if (!are_bytes(out, size)) return kBadArgument;
	return code_of(default_random().fill(c_room(out, size)));
}

netpeer_error netpeer_crypto_sign(int hash_type, const void *hash, size_t hash_size, const netpeer_crypto_key *key,
        void *out, size_t capacity, size_t *size) {
	const CryptoKey *own = key_of(key);
	if (!is_room(out, capacity, size) || own == nullptr) return kBadArgument;
	if (!is_hash_type(hash_type) || !are_bytes(hash, hash_size)) return kBadArgument;
	Crypto crypto;
	const ByteBuffer made = crypto.sign(static_cast<HashType>(hash_type), c_bytes(hash, hash_size), *own);
	return give_made(crypto, made, out, capacity, size);
}

int netpeer_crypto_verify(int hash_type, const void *hash, size_t hash_size, const void *signature,
        size_t signature_size, const netpeer_crypto_key *key) {
	const CryptoKey *own = key_of(key);
	if (own == nullptr || !is_hash_type(hash_type)) return 0;
	if (!are_bytes(hash, hash_size) || !are_bytes(signature, signature_size)) return 0;
	Crypto crypto;
	return crypto.verify(
	        static_cast<HashType>(hash_type), c_bytes(hash, hash_size), c_bytes(signature, signature_size), *own);
}

netpeer_error netpeer_crypto_encrypt(const netpeer_crypto_key *key, const void *plaintext, size_t plaintext_size,
        void *out, size_t capacity, size_t *size) {
	const CryptoKey *own = key_of(key);
	if (!is_room(out, capacity, size) || own == nullptr || !are_bytes(plaintext, plaintext_size)) return kBadArgument;
	Crypto crypto;
	const ByteBuffer made = crypto.encrypt(*own, c_bytes(plaintext, plaintext_size));
	return give_made(crypto, made, out, capacity, size);
}

netpeer_error netpeer_crypto_decrypt(const netpeer_crypto_key *key, const void *ciphertext, size_t ciphertext_size,
        void *out, size_t capacity, size_t *size) {
	const CryptoKey *own = key_of(key);
	if (!is_room(out, capacity, size) || own == nullptr || !are_bytes(ciphertext, ciphertext_size)) return kBadArgument;
	Crypto crypto;
	ByteBuffer made = crypto.decrypt(*own, c_bytes(ciphertext, ciphertext_size));
	const netpeer_error error = give_made(crypto, made, out, capacity, size);
	wipe_bytes(made.data(), made.size());
	return error;
}

netpeer_error netpeer_crypto_hmac_digest(int hash_type, const void *key, size_t key_size, const void *message,
        size_t message_size, void *out, size_t capacity, size_t *size) {
	if (!is_room(out, capacity, size) || !is_hash_type(hash_type)) return kBadArgument;
	if (!are_bytes(key, key_size) || !are_bytes(message, message_size)) return kBadArgument;
	Crypto crypto;
	const ByteBuffer made = crypto.hmac_digest(
	        static_cast<HashType>(hash_type), c_bytes(key, key_size), c_bytes(message, message_size));
	return give_made(crypto, made, out, capacity, size);
}

int netpeer_crypto_constant_time_compare(
        const void *trusted, size_t trusted_size, const void *received, size_t received_size) {
	if (!are_bytes(trusted, trusted_size) || !are_bytes(received, received_size)) return 0;
	return Crypto::constant_time_compare(c_bytes(trusted, trusted_size), c_bytes(received, received_size));
}

// --- options ---

netpeer_tls_options *netpeer_tls_options_new_client(netpeer_x509_certificate *trusted, const char *common_name) {
	return new_handle<netpeer_tls_options>(
	        HandleKind::kOther, TLSOptions::client(trusted != nullptr ? trusted->object : nullptr,
	                                    common_name != nullptr ? common_name : ""));
}

netpeer_tls_options *netpeer_tls_options_new_client_unsafe(netpeer_x509_certificate *trusted) {
	return new_handle<netpeer_tls_options>(
	        HandleKind::kOther, TLSOptions::client_unsafe(trusted != nullptr ? trusted->object : nullptr));
}

netpeer_tls_options *netpeer_tls_options_new_server(netpeer_crypto_key *key, netpeer_x509_certificate *certificate) {
	if (key == nullptr || certificate == nullptr) return nullptr;
	return new_handle<netpeer_tls_options>(HandleKind::kOther, TLSOptions::server(key->object, certificate->object));
}

netpeer_tls_options *netpeer_tls_options_retain(netpeer_tls_options *options) { return retain_handle(options); }
void netpeer_tls_options_release(netpeer_tls_options *options) { release_handle(options); }

void netpeer_set_default_trust_path(const char *pem_file) { set_default_trust_path(pem_file); }
