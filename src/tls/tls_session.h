// TlsSession: one TLS or DTLS session without I/O. Ciphertext from the wire goes in by feed(), what must go out waits in
// drain(), plaintext passes through write() and read(); time is an argument of every call.
//
//   wire --feed--> [ TlsSession ] --read--> application
//   wire <-drain-- [            ] <-write-- application
//
// StreamPeerTLS, PacketPeerDTLS and ENet's two DTLS transports are this engine on different wires.
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/instant.h"
#include "../core/library_object.h"
#include "../core/random_source.h"
#include "tls_options.h"

#include <memory>

namespace netpeer {

class DtlsCookies;

/// Why a session ended, or which check the peer's certificate failed.
enum class TlsFailure : int {
	kNone = 0,
	kClosed,       // close_notify: an orderly end
	kTruncated,    // the wire ended without close_notify
	kNotTrusted,   // no chain up to a trusted authority (an unknown one, a missing intermediate)
	kNameMismatch, // a certificate for another name, whatever else is wrong with it
	kExpired,      // or revoked
	kNotYetValid,
	kWrongPurpose,     // key usage, extended key usage
	kWeak,             // a hash, key type or key size not accepted
	kAlert,            // the peer sent a fatal alert, e.g. because it refused our certificate
	kNoCommonProtocol, // no version, suite or group in common
	kBadSignature,     // the key does not belong to the certificate
	kTimedOut,         // DTLS: the peer did not answer the handshake
	kCookieNeeded,     // DTLS server: the hello came without a valid cookie; a HelloVerifyRequest waits in drain()
	kReconnect,        // DTLS server: the same address began a new handshake
	kOutOfMemory,
	kProtocol, // anything else the peer did wrong
	kInternal, // this end: no entropy, a fault of the backend
};
/// English, e.g. "the certificate is for another name". Static.
const char *tls_failure_text(TlsFailure failure);

/// What a session is made with. Everything is borrowed for the call, but for the options (held) and `random` and
/// `cookies` (must outlive the session).
struct TlsSessionConfig {
	bool datagrams = false;                    // DTLS
	std::shared_ptr<const TLSOptions> options; // a client's or a server's; held
	const char *host_name = "";     // client: what the certificate must be for, unless the options override it
	RandomSource *random = nullptr; // null: default_random()
	/// Of the wall clock, in seconds since 1970: what certificates' dates are compared with. 0: the system's.
	int64_t unix_time = 0;
	/// @{
	/// DTLS. The largest datagram of the handshake, and when it is repeated: first after the minimum, then doubling; it
	/// has failed when the maximum has passed without an answer, and when four times the maximum has passed in all.
	size_t handshake_mtu = 1400;
	Duration retry_min = Duration::from_ms(1000);
	Duration retry_max = Duration::from_s(60);
	/// @}
	/// @{
	/// DTLS server: required. `client_id` is what the cookie is bound to, e.g. address and port.
	DtlsCookies *cookies = nullptr;
	ByteView client_id;
	/// @}
};

/// Owner thread only. Memory comes from the backend's allocator (mbedTLS: calloc, or what it was told).
class TlsSession : public LibraryObject {
public:
	/// Where a session is in its life. It goes forward only.
	enum class State : int { kHandshaking, kConnected, kClosed, kFailed };

	/// A stream's write() takes nothing while this much waits in drain(), so at most that and one record more waits. A
	/// datagram session's neither; what it sends by itself then (handshake) is lost as on a wire.
	static constexpr size_t kMostOutputBytes = 65536;
	/// Datagrams: decrypted bytes that wait for read(). What comes then is dropped and counted.
	static constexpr size_t kMostUnreadBytes = 65536;
	/// Of one datagram's plaintext.
	static constexpr size_t kLongestRecord = 16384;

	/// Null and `error`: ERR_INVALID_PARAMETER (no options, an empty trusted chain, a server's without key or certificate
	/// or with a key that does not belong to the certificate or a chain longer than a handshake message of mbedTLS (16 KiB),
	/// DTLS server without cookies or client_id, a client that must check names and is told none or one longer than 255
	/// bytes), ERR_UNCONFIGURED (a client that must check against the default authorities, and there are none),
	/// ERR_OUT_OF_MEMORY, ERR_UNAVAILABLE (built without mbedTLS).
	static std::unique_ptr<TlsSession> create(const TlsSessionConfig &config, Error &error);
	TlsSession() = default;
	virtual ~TlsSession() = default;
	TlsSession(const TlsSession &) = delete;
	TlsSession &operator=(const TlsSession &) = delete;

	/// Takes bytes of the stream, or exactly one datagram, and goes on with the handshake as far as they allow; a client's
	/// first call (with nothing) makes its hello. Stream: `taken` may be less than offered while plaintext waits to be
	/// read: offer the rest again after read(). Datagram: always taken; a bad one costs a counter. OK also when the session
	/// ended by it: see state(). ERR_UNCONFIGURED: it had ended before; nothing is taken of a stream.
	virtual Error feed(Instant now, ByteView wire, size_t &taken) = 0;
	/// The wire has ended (stream) and all that came was fed: without close_notify that is kTruncated, once what has been
	/// decrypted is read. Datagram sessions know no end of the wire: nothing happens.
	virtual void end_of_wire(Instant now) = 0;
	/// Lets handshake timers run (DTLS).
	virtual void handle_timeout(Instant now) = 0;
	/// When handle_timeout() is due; never() when nothing is planned.
	virtual Instant next_timeout() const = 0;

	/// What must go on the wire next: stream: all that waits; datagram: the oldest one. Empty: nothing. Valid until the
	/// next call of anything.
	virtual ByteView drain() = 0;
	/// `bytes` of drain() are on their way; with datagrams always the whole.
	virtual void drained(size_t bytes) = 0;

	/// Encrypts. Stream: `taken` bytes became records; 0 while earlier output waits in drain() beyond a limit. Datagram:
	/// one record of at most kLongestRecord bytes (fewer where the client asked for short records); none for no bytes; 0
	/// taken while kMostOutputBytes wait. ERR_UNCONFIGURED: not connected. ERR_INVALID_PARAMETER: datagram too long.
	/// ERR_CONNECTION_ERROR: the session has failed.
	virtual Error write(Instant now, ByteView plain, size_t &taken) = 0;
	/// Decrypts. Stream: up to out.size bytes. Datagram: one record; those longer than `out` are dropped and counted.
	/// OK with 0 bytes: nothing there. ERR_FILE_EOF: the peer closed and all has been read. ERR_UNCONFIGURED: not
	/// connected yet, or closed by close(). ERR_CONNECTION_ERROR: the session has failed.
	virtual Error read(Instant now, MutBytes out, size_t &got) = 0;
	/// Decrypted bytes that read() gives without more from the wire (stream), or the size of the next record (datagram).
	virtual size_t available() const = 0;
	/// Puts close_notify into drain() and ends; nothing when not connected. (A peer's close_notify is answered by itself.)
	virtual void close(Instant now) = 0;

	/// Where it is now. Only calls of this object change it.
	virtual State state() const = 0;
	/// Why it ended, with kClosed and kFailed; else TlsFailure::kNone.
	virtual TlsFailure failure() const = 0;
	/// The backend's own words on the failure, e.g. mbedTLS's text and number. Never a secret. Valid as long as the session.
	virtual const char *failure_detail() const = 0;
	/// @{
	/// "TLSv1.2", "DTLSv1.2" ... and the suite's name; empty before the handshake is over.
	virtual const char *protocol() const = 0;
	virtual const char *cipher_suite() const = 0;
	/// @}
	/// What the peer presented, leaf first; null when nothing or before the handshake is over.
	virtual std::shared_ptr<X509Certificate> peer_certificate() const = 0;
	/// Datagram sessions: datagrams that were thrown away or had no effect (garbage, replays, wrong keys), records that
	/// were longer than read() had room for or came while too much waited, output that was lost for want of room.
	virtual uint64_t dropped_records() const = 0;
};

/// Why a session ended, for who outlives it. Asks for no memory: that there was none may be the reason.
class TlsEnd {
public:
	static constexpr size_t kDetailBytes = 256; // with the zero at its end

	/// Why; kNone as long as nothing was set.
	TlsFailure failure() const { return failure_; }
	/// Never null. Valid as long as this and until the next call that is not const.
	const char *detail() const { return detail_; }
	/// A detail that is too long is cut.
	void set(TlsFailure failure, const char *detail);
	/// What `session` says of its end, copied: the session may go.
	void set(const TlsSession &session) { set(session.failure(), session.failure_detail()); }
	/// As made anew: kNone, and an empty detail.
	void clear() { set(TlsFailure::kNone, ""); }

private:
	TlsFailure failure_ = TlsFailure::kNone;
	char detail_[kDetailBytes] = "";
};

/// The secret behind a DTLS server's stateless cookies; shared by all its sessions. Owner thread only.
class DtlsCookies : public LibraryObject {
public:
	static constexpr size_t kCookieBytes = 32; // as long as DTLS 1.0 allows

	/// Null: no entropy, no memory, or built without mbedTLS. A cookie is good for `lifetime`, by the clock that gives `now`.
	static std::unique_ptr<DtlsCookies> create(
	        RandomSource *random = nullptr, Duration lifetime = Duration::from_s(60));
	DtlsCookies() = default;
	virtual ~DtlsCookies() = default; // wipes the secret
	DtlsCookies(const DtlsCookies &) = delete;
	DtlsCookies &operator=(const DtlsCookies &) = delete;

	/// Writes the cookie of `client_id` into exactly kCookieBytes. ERR_INVALID_PARAMETER: another size. ERR_OUT_OF_MEMORY.
	virtual Error write(Instant now, ByteView client_id, MutBytes cookie) = 0;
	/// Whether write() made it for this id, not longer ago than the lifetime. Takes the same time for every wrong one of the
	/// right length.
	virtual bool check(Instant now, ByteView client_id, ByteView cookie) = 0;
};

} // namespace netpeer
