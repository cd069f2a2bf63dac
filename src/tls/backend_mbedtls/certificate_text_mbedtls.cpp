// A certificate in words. What is in it may come from a stranger: no more than some of it, and nothing but printable ASCII.
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_natives.h"

#include <cstdio>

namespace netpeer {

namespace {

constexpr size_t kMostNamesBytes = 512; // of the host names
constexpr int kDnsNameTag = 2;          // context-specific, RFC 5280

std::string printable_ascii(const unsigned char *bytes, size_t size) {
	std::string text;
	for (size_t i = 0; i < size; ++i) text += bytes[i] >= 0x20 && bytes[i] < 0x7f ? static_cast<char>(bytes[i]) : '?';
	return text;
}

std::string text_of_name(const mbedtls_x509_name &name) {
	char text[512] = "";
	const int size = mbedtls_x509_dn_gets(text, sizeof(text), &name);
	if (size < 0) return "(a name too long)";
	return printable_ascii(reinterpret_cast<const unsigned char *>(text), static_cast<size_t>(size));
}

std::string text_of_date(const mbedtls_x509_time &time) {
	char text[40] = "";
	(void)std::snprintf(text, sizeof(text), "%04d-%02d-%02d", time.year, time.mon, time.day);
	return text;
}

std::string host_names_of(const mbedtls_x509_crt &certificate) {
	std::string text;
	for (const mbedtls_x509_sequence *at = &certificate.subject_alt_names; at != nullptr; at = at->next) {
		if ((at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) != kDnsNameTag || at->buf.p == nullptr) continue;
		if (text.size() + at->buf.len > kMostNamesBytes) return text + ", ...";
		if (!text.empty()) text += ", ";
		text += printable_ascii(at->buf.p, at->buf.len);
	}
	return text;
}

} // namespace

std::string X509Certificate::describe(size_t index) const {
	if (native_ == nullptr || index >= native_->count) return std::string();
	const mbedtls_x509_crt *one = &native_->chain;
	for (; index > 0; --index) one = one->next;
	std::string text = text_of_name(one->subject);
	const std::string names = host_names_of(*one);
	if (!names.empty()) text += "; for " + names;
	text += "; issued by " + text_of_name(one->issuer);
	return text + "; valid from " + text_of_date(one->valid_from) + " to " + text_of_date(one->valid_to);
}

} // namespace netpeer

#endif
