// Crypto's certificates. mbedTLS 2.28 writes neither subjectAltName nor extended key usage, so those extensions are put
// together here (RFC 5280, sections 4.2.1.6 and 4.2.1.12).
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../socket/ip_address.h"
#include "../crypto.h"
#include "mbedtls_errors.h"
#include "mbedtls_natives.h"

#include <mbedtls/oid.h>

#include <cstring>

namespace netpeer {

namespace {

constexpr size_t kSerialBytes = 20;                 // the most that RFC 5280 allows
constexpr size_t kCertificateRoomBytes = 16 * 1024; // names, key and signature, without subjectAltName
constexpr size_t kMaxAlternativeNameBytes = 64 * 1024;

constexpr uint8_t kDerSequence = 0x30;
constexpr uint8_t kDerOid = 0x06;
constexpr uint8_t kGeneralNameDns = 0x82;     // [2], an IA5String
constexpr uint8_t kGeneralNameAddress = 0x87; // [7], an OCTET STRING of 4 or 16

class CertificateWriter {
public:
	CertificateWriter() { mbedtls_x509write_crt_init(&context); }
	~CertificateWriter() { mbedtls_x509write_crt_free(&context); }
	CertificateWriter(const CertificateWriter &) = delete;
	CertificateWriter &operator=(const CertificateWriter &) = delete;

	mbedtls_x509write_cert context;
};

int two_digits(const char *text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

bool is_certificate_date(const char *date) {
	if (date == nullptr || std::strlen(date) != 14) return false;
	for (const char *c = date; *c != '\0'; ++c)
		if (*c < '0' || *c > '9') return false;
	constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const int year = two_digits(date) * 100 + two_digits(date + 2), month = two_digits(date + 4),
	          day = two_digits(date + 6);
	if (month < 1 || month > 12) return false;
	const bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day >= 1 && day <= kDays[month - 1] + (leap ? 1 : 0) && two_digits(date + 8) < 24 &&
	       two_digits(date + 10) < 60 && two_digits(date + 12) < 60;
}

// "CN=a,O=b\, c": mbedTLS 2.28 overlooks a last part without '='.
bool is_distinguished_name(const char *name) {
	size_t key_bytes = 0, value_bytes = 0;
	bool in_value = false;
	for (const char *c = name;; ++c) {
		if (*c == '\0' || (*c == ',' && in_value)) {
			if (key_bytes == 0 || value_bytes == 0) return false;
			if (*c == '\0') return true;
			key_bytes = value_bytes = 0;
			in_value = false;
		} else if (!in_value && *c == '=') {
			in_value = true;
		} else {
			if (in_value && *c == '\\' && *++c == '\0') return false;
			++(in_value ? value_bytes : key_bytes);
		}
	}
}

// [tag][length, definite, as short as can be][content]
Error append_der(uint8_t tag, ByteView content, ByteBuffer &out) {
	uint8_t head[6] = {tag};
	size_t size = 1;
	if (content.size < 0x80) {
		head[size++] = static_cast<uint8_t>(content.size);
	} else {
		size_t length_bytes = 1;
		while (length_bytes < 4 && (content.size >> (8 * length_bytes)) != 0) ++length_bytes;
		head[size++] = static_cast<uint8_t>(0x80 | length_bytes);
		for (size_t i = length_bytes; i-- > 0;) head[size++] = static_cast<uint8_t>(content.size >> (8 * i));
	}
	NETPEER_TRY(out.append(ByteView(head, size)));
	return out.append(content);
}

Error append_alternative_name(const std::string &name, ByteBuffer &out) {
	if (name.empty()) return Error::ERR_INVALID_PARAMETER;
	for (const char c : name)
		if (c <= ' ' || c > '~') return Error::ERR_INVALID_PARAMETER; // IA5String, and no name has blanks
	const IPAddress address(name.c_str());
	if (address.is_valid() && !address.is_wildcard()) {
		const ByteView shortest =
		        address.is_ipv4() ? ByteView(address.get_ipv4(), 4) : ByteView(address.get_ipv6(), 16);
		NETPEER_TRY(append_der(kGeneralNameAddress, shortest, out));
	}
	return append_der(kGeneralNameDns, ByteView(reinterpret_cast<const uint8_t *>(name.data()), name.size()), out);
}

Error set_writer_extension(CertificateWriter &writer, const char *oid, size_t oid_size, ByteView items) {
	ByteBuffer value;
	NETPEER_TRY(append_der(kDerSequence, items, value));
	return error_of_mbedtls(
	        mbedtls_x509write_crt_set_extension(&writer.context, oid, oid_size, 0, value.data(), value.size()));
}

Error set_writer_alternative_names(CertificateWriter &writer, const std::vector<std::string> &names) {
	if (names.empty()) return Error::OK;
	ByteBuffer items(default_allocator(), kMaxAlternativeNameBytes);
	for (const std::string &name : names) NETPEER_TRY(append_alternative_name(name, items));
	return set_writer_extension(
	        writer, MBEDTLS_OID_SUBJECT_ALT_NAME, MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), items.view());
}

Error set_writer_purposes(CertificateWriter &writer, bool for_servers, bool for_clients) {
	if (!for_servers && !for_clients) return Error::OK;
	ByteBuffer items;
	if (for_servers) NETPEER_TRY(append_der(kDerOid, view_of(MBEDTLS_OID_SERVER_AUTH), items));
	if (for_clients) NETPEER_TRY(append_der(kDerOid, view_of(MBEDTLS_OID_CLIENT_AUTH), items));
	return set_writer_extension(
	        writer, MBEDTLS_OID_EXTENDED_KEY_USAGE, MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE), items.view());
}

Error set_writer_issuer(CertificateWriter &writer, const CertificateSettings &settings) {
	const char *name = settings.subject_name;
	char text[2048];
	if (settings.issuer != nullptr) {
		if (mbedtls_x509_dn_gets(text, sizeof(text), &settings.issuer->native()->chain.subject) < 0)
			return Error::ERR_INVALID_PARAMETER;
		name = text;
	}
	return error_of_mbedtls(mbedtls_x509write_crt_set_issuer_name(&writer.context, name));
}

Error fill_certificate_writer(
        CertificateWriter &writer, const CryptoKey &key, const CertificateSettings &settings, RandomSource &random) {
	mbedtls_x509write_cert &context = writer.context;
	mbedtls_x509write_crt_set_version(&context, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(&context, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_subject_key(&context, &key.native()->key);
	mbedtls_x509write_crt_set_issuer_key(
	        &context, settings.issuer_key != nullptr ? &settings.issuer_key->native()->key : &key.native()->key);

	uint8_t serial[kSerialBytes];
	if (random.fill(MutBytes(serial, sizeof(serial))) != Error::OK) return Error::ERR_CANT_ACQUIRE_RESOURCE;
	serial[0] = static_cast<uint8_t>((serial[0] & 0x3f) | 0x40); // positive, and not shorter
	NETPEER_TRY(error_of_mbedtls(mbedtls_compat_set_serial(&context, serial, sizeof(serial))));

	NETPEER_TRY(error_of_mbedtls(mbedtls_x509write_crt_set_subject_name(&context, settings.subject_name)));
	NETPEER_TRY(set_writer_issuer(writer, settings));
	NETPEER_TRY(
	        error_of_mbedtls(mbedtls_x509write_crt_set_validity(&context, settings.not_before, settings.not_after)));
	NETPEER_TRY(error_of_mbedtls(mbedtls_x509write_crt_set_basic_constraints(
	        &context, settings.is_authority ? 1 : 0, settings.is_authority ? settings.path_length : -1)));
	NETPEER_TRY(set_writer_purposes(writer, settings.for_servers, settings.for_clients));
	return set_writer_alternative_names(writer, settings.alternative_names);
}

} // namespace

Error Crypto::make_certificate(const CryptoKey &key, const CertificateSettings &settings, X509Certificate &out) {
	if (!mbedtls_is_ready() || out.native() == nullptr) return Error::ERR_OUT_OF_MEMORY;
	const bool issued = settings.issuer != nullptr || settings.issuer_key != nullptr;
	if (key.is_empty() || settings.subject_name == nullptr || !is_distinguished_name(settings.subject_name) ||
	        settings.path_length < -1 || !is_certificate_date(settings.not_before) ||
	        !is_certificate_date(settings.not_after))
		return Error::ERR_INVALID_PARAMETER;
	if (issued ? settings.issuer == nullptr || settings.issuer_key == nullptr ||
	                        !mbedtls_key_belongs_to(*settings.issuer_key, *settings.issuer)
	           : key.is_public_only())
		return Error::ERR_INVALID_PARAMETER;

	CertificateWriter writer;
	const Error error = fill_certificate_writer(writer, key, settings, random_);
	if (error == Error::ERR_CANT_ACQUIRE_RESOURCE) return Error::FAILED;
	if (error != Error::OK) return error == Error::ERR_OUT_OF_MEMORY ? error : Error::ERR_INVALID_PARAMETER;
	ByteBuffer der;
	NETPEER_TRY(
	        der.resize(kCertificateRoomBytes + (settings.alternative_names.empty() ? 0 : kMaxAlternativeNameBytes)));
	// Written to the end of the buffer.
	const int size = mbedtls_x509write_crt_der(&writer.context, der.data(), der.size(), mbedtls_random, &random_);
	if (size < 0) return error_of_mbedtls(size) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY : Error::FAILED;
	NETPEER_TRY(out.load_from_bytes(der.view().after(der.size() - static_cast<size_t>(size))));
	if (!issued) return Error::OK;
	// The issuer's name went through text: a name that does not survive this would give a chain that nobody accepts.
	const mbedtls_x509_buf &wanted = settings.issuer->native()->chain.subject_raw,
	                       &got = out.native()->chain.issuer_raw;
	return ByteView(wanted.p, wanted.len) == ByteView(got.p, got.len) ? Error::OK : Error::ERR_INVALID_PARAMETER;
}

} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
