#include "dtls_hello.h"

#include "../core/netpeer_assert.h"
#include "tls_session.h"

namespace netpeer {

namespace {

constexpr uint8_t kDtlsHandshakeRecord = 22;
constexpr uint8_t kClientHelloMessage = 1;
constexpr uint8_t kHelloVerifyRequestMessage = 3;
constexpr uint8_t kDtlsMajorVersion = 0xfe;
// The version RFC 6347 wants in a HelloVerifyRequest, whatever will be agreed on.
constexpr uint16_t kDtls10Version = 0xfeff;
constexpr size_t kDtlsRecordHeadBytes = 13;
constexpr size_t kDtlsMessageHeadBytes = 12;
constexpr size_t kHelloRandomBytes = 32;
constexpr size_t kLongestSessionId = 32;

uint32_t read_u24(ByteReader &in) {
	const uint32_t high = in.u8();
	return (high << 16) | in.u16_be();
}

void write_u24(ByteWriter &out, size_t value) {
	out.u8(static_cast<uint8_t>(value >> 16));
	out.u16_be(static_cast<uint16_t>(value));
}

// Version, random, session id, cookie, suites, compression methods; the rest is extensions.
bool read_hello_body(ByteReader &in, DtlsHello &out) {
	if (in.u8() != kDtlsMajorVersion) return false;
	(void)in.u8();
	out.random = in.take(kHelloRandomBytes);
	const size_t session_id_size = in.u8();
	if (session_id_size > kLongestSessionId) return false;
	(void)in.take(session_id_size);
	out.cookie = in.take(in.u8());
	const size_t suites_size = in.u16_be();
	if (suites_size < 2 || suites_size % 2 != 0) return false;
	(void)in.take(suites_size);
	const size_t methods_size = in.u8();
	(void)in.take(methods_size);
	return methods_size != 0 && !in.failed();
}

void write_hello_verify_request(const DtlsHello &hello, ByteView cookie, MutBytes reply) {
	// [record: type u8, version u16, epoch u16, sequence 6 bytes, length u16]
	// [message: type u8, length u24, sequence u16, fragment offset u24, fragment length u24]
	// [version u16, cookie length u8, cookie]
	const size_t body_bytes = 2 + 1 + cookie.size;
	ByteWriter out(reply);
	out.u8(kDtlsHandshakeRecord);
	out.u16_be(kDtls10Version);
	out.u16_be(0);
	// The hello's own, so that several such answers do not look like replays of one.
	out.bytes(hello.record_sequence);
	out.u16_be(static_cast<uint16_t>(kDtlsMessageHeadBytes + body_bytes));
	out.u8(kHelloVerifyRequestMessage);
	write_u24(out, body_bytes);
	out.u16_be(hello.message_sequence);
	write_u24(out, 0);
	write_u24(out, body_bytes);
	out.u16_be(kDtls10Version);
	out.u8(static_cast<uint8_t>(cookie.size));
	out.bytes(cookie);
	NETPEER_ASSERT(!out.failed() && out.size() == kHelloVerifyRequestBytes);
}

} // namespace

bool read_dtls_hello(ByteView datagram, DtlsHello &out) {
	ByteReader in(datagram);
	if (in.u8() != kDtlsHandshakeRecord || in.u8() != kDtlsMajorVersion) return false;
	(void)in.u8();
	if (in.u16_be() != 0) return false; // an epoch with keys
	out.record_sequence = in.take(6);
	ByteReader record(in.take(in.u16_be()));
	if (record.u8() != kClientHelloMessage) return false;
	const uint32_t size = read_u24(record);
	out.message_sequence = record.u16_be();
	const uint32_t fragment_offset = read_u24(record);
	const uint32_t fragment_size = read_u24(record);
	if (fragment_offset != 0 || fragment_size != size) return false;
	ByteReader body(record.take(size));
	return !in.failed() && !record.failed() && read_hello_body(body, out);
}

DtlsVerdict judge_dtls_hello(
        DtlsCookies &cookies, Instant now, ByteView client_id, ByteView datagram, MutBytes reply, DtlsHello &hello) {
	static_assert(
	        kHelloVerifyRequestBytes == kDtlsRecordHeadBytes + kDtlsMessageHeadBytes + 3 + DtlsCookies::kCookieBytes,
	        "the answer is as long as its parts");
	// Heads, version, random, three lengths, one suite, one method: no hello is shorter than its answer.
	static_assert(kDtlsRecordHeadBytes + kDtlsMessageHeadBytes + 2 + kHelloRandomBytes + 1 + 1 + 4 + 2 >=
	                      kHelloVerifyRequestBytes,
	        "a forged hello must not be answered with more bytes than it has");
	if (!read_dtls_hello(datagram, hello)) return DtlsVerdict::kNoHello;
	if (cookies.check(now, client_id, hello.cookie)) return DtlsVerdict::kWelcome;
	uint8_t cookie[DtlsCookies::kCookieBytes];
	if (reply.size < kHelloVerifyRequestBytes) return DtlsVerdict::kNoMemory;
	if (cookies.write(now, client_id, MutBytes(cookie, sizeof(cookie))) != Error::OK) return DtlsVerdict::kNoMemory;
	write_hello_verify_request(hello, ByteView(cookie, sizeof(cookie)), reply);
	return DtlsVerdict::kAskCookie;
}

void dtls_client_id(const Endpoint &client, MutBytes out) {
	NETPEER_ASSERT(out.size == kDtlsClientIdBytes);
	ByteWriter writer(out);
	writer.bytes(ByteView(client.address.get_ipv6(), 16));
	writer.u16_be(client.port);
}

} // namespace netpeer
