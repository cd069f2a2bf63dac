#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../core/secret_bytes.h"
#include "../../core/small_file.h"
#include "mbedtls_errors.h"
#include "mbedtls_natives.h"

#include <mbedtls/pem.h>

#include <cstring>
#include <new>
#include <utility>

namespace netpeer {

namespace {

// The bundles of the systems hold some 140 certificates in 220 KiB.
constexpr size_t kMaxCertificateFileBytes = 16u << 20;

constexpr char kPemCertificateMark[] = "-----BEGIN CERTIFICATE-----";
constexpr size_t kPemCertificateMarkBytes = sizeof(kPemCertificateMark) - 1;

// Where the next certificate of a PEM text begins, at `from` or later; its size when there is none.
size_t find_pem_certificate(ByteView text, size_t from) {
	for (; from + kPemCertificateMarkBytes <= text.size; ++from)
		if (text[from] == '-' && std::memcmp(text.data + from, kPemCertificateMark, kPemCertificateMarkBytes) == 0)
			return from;
	return text.size;
}

size_t count_certificates(const mbedtls_x509_crt &chain) {
	size_t count = 0;
	for (const mbedtls_x509_crt *one = &chain; one != nullptr; one = one->next)
		if (one->raw.p != nullptr) ++count;
	return count;
}

Error error_of_certificate(int status) {
	if (status == 0) return Error::OK;
	return error_of_mbedtls(status) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY : Error::FAILED;
}

Error parse_der_certificate(mbedtls_x509_crt &chain, ByteView bytes) {
	NETPEER_TRY(error_of_certificate(mbedtls_x509_crt_parse_der(&chain, bytes.data, bytes.size)));
	const mbedtls_x509_crt *last = &chain;
	while (last->next != nullptr) last = last->next;
	return last->raw.len == bytes.size ? Error::OK : Error::FAILED; // mbedTLS does not mind what follows
}

// Appends to `chain`; on failure it may be left with some of them. With `skipped` what cannot be read is left out and counted.
Error parse_certificates(mbedtls_x509_crt &chain, ByteView bytes, size_t *skipped) {
	if (bytes.empty()) return Error::FAILED;
	if (!mbedtls_is_ready()) return Error::ERR_OUT_OF_MEMORY;
	size_t begin = find_pem_certificate(bytes, 0);
	if (begin == bytes.size) return parse_der_certificate(chain, bytes);
	// One by one: of a whole file mbedTLS tells neither which could not be read nor why, and takes a block without an end
	// for the end of the file.
	bool any = false;
	ByteBuffer block;
	while (begin < bytes.size) {
		const size_t end = find_pem_certificate(bytes, begin + kPemCertificateMarkBytes);
		constexpr uint8_t kEnd = 0; // mbedTLS wants it, and counts it
		block.clear();
		NETPEER_TRY(block.append(bytes.first(end).after(begin)));
		NETPEER_TRY(block.append(ByteView(&kEnd, 1)));
		const Error error = error_of_certificate(mbedtls_x509_crt_parse(&chain, block.data(), block.size()));
		if (error == Error::ERR_OUT_OF_MEMORY || (error != Error::OK && skipped == nullptr)) return error;
		if (error == Error::OK)
			any = true;
		else
			++*skipped;
		begin = end;
	}
	return any ? Error::OK : Error::FAILED;
}

} // namespace

void X509Certificate::NativeDeleter::operator()(Native *native) const { delete native; }

X509Certificate::X509Certificate() : native_(new (std::nothrow) Native) {}
X509Certificate::~X509Certificate() = default;

Error X509Certificate::replace(ByteView bytes, bool keep_present, size_t *skipped) {
	if (native_ != nullptr && native_->users != 0) return Error::ERR_ALREADY_IN_USE;
	std::unique_ptr<Native, NativeDeleter> fresh(new (std::nothrow) Native);
	if (fresh == nullptr) return Error::ERR_OUT_OF_MEMORY;
	if (keep_present && count() != 0) {
		for (const mbedtls_x509_crt *one = &native_->chain; one != nullptr; one = one->next) {
			const int status = mbedtls_x509_crt_parse_der(&fresh->chain, one->raw.p, one->raw.len);
			if (status != 0) return Error::ERR_OUT_OF_MEMORY; // it could be read before
		}
	}
	NETPEER_TRY(parse_certificates(fresh->chain, bytes, skipped));
	fresh->count = count_certificates(fresh->chain);
	native_ = std::move(fresh);
	return Error::OK;
}

Error X509Certificate::read_file(const char *path, size_t *skipped) {
	if (path == nullptr) return Error::ERR_INVALID_PARAMETER;
	if (native_ != nullptr && native_->users != 0) return Error::ERR_ALREADY_IN_USE;
	SecretBytes bytes(kMaxCertificateFileBytes);
	const Error error = read_small_file(path, bytes);
	if (error == Error::ERR_FILE_CANT_OPEN) return Error::ERR_INVALID_PARAMETER;
	if (error == Error::ERR_OUT_OF_MEMORY) return error;
	if (error != Error::OK) return Error::FAILED; // cannot be read, or longer than any chain
	return replace(bytes.view(), false, skipped);
}

Error X509Certificate::load(const char *path) { return read_file(path, nullptr); }

Error X509Certificate::load_from_string(const char *pem) {
	if (pem == nullptr) return Error::FAILED;
	return replace(view_of(pem), false, nullptr);
}

Error X509Certificate::load_from_bytes(ByteView bytes) { return replace(bytes, false, nullptr); }
Error X509Certificate::append(ByteView bytes) { return replace(bytes, true, nullptr); }

Error X509Certificate::save(const char *path) const {
	if (path == nullptr) return Error::ERR_INVALID_PARAMETER;
	ByteBuffer pem;
	NETPEER_TRY(save_to_bytes(pem));
	const Error error = write_small_file(path, pem.view(), SmallFileReaders::kEveryone);
	if (error == Error::ERR_FILE_CANT_OPEN) return Error::ERR_INVALID_PARAMETER;
	return error == Error::OK ? Error::OK : Error::FAILED;
}

Error X509Certificate::save_to_bytes(ByteBuffer &out) const {
	if (count() == 0) return Error::FAILED;
	ByteBuffer pem;
	for (const mbedtls_x509_crt *one = &native_->chain; one != nullptr; one = one->next)
		NETPEER_TRY(append_pem_block("CERTIFICATE", ByteView(one->raw.p, one->raw.len), pem));
	out = std::move(pem);
	return Error::OK;
}

std::string X509Certificate::save_to_string() const {
	ByteBuffer pem;
	if (save_to_bytes(pem) != Error::OK) return std::string();
	return std::string(reinterpret_cast<const char *>(pem.data()), pem.size());
}

size_t X509Certificate::count() const { return native_ != nullptr ? native_->count : 0; }

Error append_pem_block(const char *name, ByteView der, ByteBuffer &out) {
	const std::string head = std::string("-----BEGIN ") + name + "-----\n",
	                  end = std::string("-----END ") + name + "-----\n";
	// Four letters for three bytes, a line end for each 64 letters, and some room.
	const size_t before = out.size(), room = der.size / 3 * 4 + der.size / 48 + head.size() + end.size() + 16;
	NETPEER_TRY(out.extend(room));
	size_t written = 0;
	const int status = mbedtls_pem_write_buffer(
	        head.c_str(), end.c_str(), der.data, der.size, out.data() + before, room, &written);
	// With its NUL.
	NETPEER_TRY(out.resize(status == 0 ? before + written - 1 : before));
	if (status == 0) return Error::OK;
	return error_of_mbedtls(status) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY : Error::FAILED;
}

Error match_mbedtls_key(const CryptoKey &key, const X509Certificate &certificate) {
	if (key.is_empty() || key.is_public_only() || certificate.count() == 0) return Error::ERR_INVALID_PARAMETER;
	const int status = mbedtls_compat_check_pair(
	        &certificate.native()->chain.pk, &key.native()->key, mbedtls_random, &default_random());
	if (status == 0) return Error::OK;
	return error_of_mbedtls(status) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY
	                                                            : Error::ERR_INVALID_PARAMETER;
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
