#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../core/secret_bytes.h"
#include "../../core/small_file.h"
#include "mbedtls_errors.h"
#include "mbedtls_natives.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

// Far above any key: RSA with 16384 bits takes 13 KiB of PEM.
constexpr size_t kMaxKeyFileBytes = 256 * 1024;
constexpr size_t kMaxKeyPemBytes = 16000;

bool looks_like_pem_key(ByteView bytes) {
	constexpr char kMark[] = "-----BEGIN ";
	for (size_t i = 0; i + sizeof(kMark) - 1 <= bytes.size; ++i)
		if (bytes[i] == '-' && std::memcmp(bytes.data + i, kMark, sizeof(kMark) - 1) == 0) return true;
	return false;
}

// `bytes` ends with a NUL that does not belong to the content: mbedTLS wants it counted with PEM, and not there with DER.
Error parse_key(
        SecretBytes &bytes, bool public_only, std::unique_ptr<CryptoKey::Native, void (*)(CryptoKey::Native *)> &out) {
	const ByteView content = bytes.view().first(bytes.size() - 1);
	if (content.empty()) return Error::FAILED;
	if (!mbedtls_is_ready()) return Error::ERR_OUT_OF_MEMORY;
	const size_t size = looks_like_pem_key(content) ? bytes.size() : content.size;
	out.reset(new (std::nothrow) CryptoKey::Native);
	if (out == nullptr) return Error::ERR_OUT_OF_MEMORY;
	out->public_only = public_only;
	const int status =
	        public_only ? mbedtls_pk_parse_public_key(&out->key, bytes.data(), size)
	                    : mbedtls_compat_parse_key(&out->key, bytes.data(), size, mbedtls_random, &default_random());
	if (status == 0) return Error::OK;
	const Error error = error_of_mbedtls(status);
	return error == Error::ERR_OUT_OF_MEMORY || error == Error::ERR_UNAUTHORIZED ? error : Error::FAILED;
}

Error write_key_pem(const CryptoKey::Native *native, bool public_only, SecretBytes &pem) {
	if (native == nullptr || native->empty()) return Error::FAILED;
	NETPEER_TRY(pem.resize(kMaxKeyPemBytes));
	// Not const in 2.28, but nothing is changed.
	mbedtls_pk_context *key = const_cast<mbedtls_pk_context *>(&native->key);
	const int status = public_only || native->public_only ? mbedtls_pk_write_pubkey_pem(key, pem.data(), pem.size())
	                                                      : mbedtls_pk_write_key_pem(key, pem.data(), pem.size());
	if (status != 0)
		return error_of_mbedtls(status) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY : Error::FAILED;
	return pem.resize(std::strlen(reinterpret_cast<const char *>(pem.data())));
}

} // namespace

void CryptoKey::NativeDeleter::operator()(Native *native) const { delete native; }

CryptoKey::CryptoKey() : native_(new (std::nothrow) Native) {}
CryptoKey::~CryptoKey() = default;

Error CryptoKey::load(const char *path, bool public_only) {
	if (path == nullptr) return Error::ERR_INVALID_PARAMETER;
	if (native_ != nullptr && native_->users != 0) return Error::ERR_ALREADY_IN_USE;
	SecretBytes bytes(kMaxKeyFileBytes);
	const Error error = read_small_file(path, bytes);
	if (error == Error::ERR_FILE_CANT_OPEN) return Error::ERR_INVALID_PARAMETER;
	if (error == Error::ERR_OUT_OF_MEMORY) return error;
	if (error != Error::OK) return Error::FAILED; // cannot be read, or longer than any key
	return load_from_bytes(bytes.view(), public_only);
}

Error CryptoKey::load_from_string(const char *pem, bool public_only) {
	if (pem == nullptr) return Error::FAILED;
	return load_from_bytes(view_of(pem), public_only);
}

Error CryptoKey::load_from_bytes(ByteView bytes, bool public_only) {
	if (native_ != nullptr && native_->users != 0) return Error::ERR_ALREADY_IN_USE;
	constexpr uint8_t kEnd = 0;
	SecretBytes copy;
	NETPEER_TRY(copy.append(bytes));
	NETPEER_TRY(copy.append(ByteView(&kEnd, 1)));
	std::unique_ptr<Native, void (*)(Native *)> fresh(nullptr, [](Native *native) { delete native; });
	NETPEER_TRY(parse_key(copy, public_only, fresh));
	native_.reset(fresh.release());
	return Error::OK;
}

Error CryptoKey::save(const char *path, bool public_only) const {
	if (path == nullptr) return Error::ERR_INVALID_PARAMETER;
	SecretBytes pem;
	NETPEER_TRY(write_key_pem(native_.get(), public_only, pem));
	const bool secret = !public_only && !native_->public_only;
	const Error error =
	        write_small_file(path, pem.view(), secret ? SmallFileReaders::kOwnerOnly : SmallFileReaders::kEveryone);
	if (error == Error::ERR_FILE_CANT_OPEN) return Error::ERR_INVALID_PARAMETER;
	return error == Error::OK ? Error::OK : Error::FAILED;
}

Error CryptoKey::save_to_bytes(SecretBytes &out, bool public_only) const {
	return write_key_pem(native_.get(), public_only, out);
}

std::string CryptoKey::save_to_string(bool public_only) const {
	SecretBytes pem;
	if (write_key_pem(native_.get(), public_only, pem) != Error::OK) return std::string();
	return std::string(reinterpret_cast<const char *>(pem.data()), pem.size());
}

bool CryptoKey::is_public_only() const { return native_ != nullptr && native_->public_only; }
bool CryptoKey::is_empty() const { return native_ == nullptr || native_->empty(); }

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
