// The first two datagrams of a DTLS handshake, read and answered without a session, so that a forged sender costs a server
// neither memory nor more bytes than it spent: a hello without a valid cookie gets one, and nothing is kept.
// RFC 6347, sections 4.2.1 and 4.2.2. A hello in several pieces is not read: it could only be kept.
#pragma once

#include "../core/bytes.h"
#include "../core/instant.h"
#include "../socket/endpoint.h"

namespace netpeer {

class DtlsCookies;

/// What a server needs of a ClientHello. Views into the datagram.
struct DtlsHello {
	ByteView record_sequence;      // 6 bytes
	uint16_t message_sequence = 0; // of the handshake message
	ByteView random;               // 32 bytes
	ByteView cookie;               // empty at first
};

/// Whether `datagram` begins with a whole ClientHello of a new handshake. Its suites and extensions are not looked at.
bool read_dtls_hello(ByteView datagram, DtlsHello &out);

/// Of a HelloVerifyRequest; shorter than any ClientHello.
constexpr size_t kHelloVerifyRequestBytes = 60;

/// What to do with a stranger's datagram.
enum class DtlsVerdict : int {
	kNoHello,   // drop it
	kAskCookie, // `reply` holds a HelloVerifyRequest: send that, and forget the datagram
	kWelcome,   // the client is where it says: make a session and feed it this datagram
	kNoMemory,  // no cookie can be made
};
/// Judges a stranger's datagram. `client_id` is what its cookie is bound to (see dtls_client_id()), `reply` has room for
/// kHelloVerifyRequestBytes.
DtlsVerdict judge_dtls_hello(
        DtlsCookies &cookies, Instant now, ByteView client_id, ByteView datagram, MutBytes reply, DtlsHello &hello);

/// Address and port, as Godot's servers bind cookies to them (there the port is in the host's byte order).
constexpr size_t kDtlsClientIdBytes = 18;
/// Writes them for `client` into `out`, which has room for kDtlsClientIdBytes.
void dtls_client_id(const Endpoint &client, MutBytes out);

} // namespace netpeer
