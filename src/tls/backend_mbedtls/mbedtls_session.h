// What TLS and DTLS sessions share: the contexts of mbedTLS, the handshake, how a session ends, who the peer is.
// What differs is in mbedtls_stream_session.h and mbedtls_datagram_session.h. Setting up is mbedtls_session_setup.cpp.
//
// Rules of mbedTLS that shape this: its send callback must never refuse (else the same write must be repeated), so output
// is bounded before it is asked; after a failure no call but free; a peer's close_notify is told once.
#pragma once

#include "../tls_session.h"
#include "mbedtls_natives.h"

namespace netpeer {

class MbedtlsSession : public TlsSession {
public:
	~MbedtlsSession() override;
	/// Once, before anything else. Errors of TlsSession::create().
	Error set_up(const TlsSessionConfig &config);

	void handle_timeout(Instant now) override;
	Instant next_timeout() const override;
	void close(Instant now) override;

	State state() const override { return state_; }
	TlsFailure failure() const override { return failure_; }
	const char *failure_detail() const override { return detail_; }
	const char *protocol() const override;
	const char *cipher_suite() const override;
	std::shared_ptr<X509Certificate> peer_certificate() const override;

protected:
	explicit MbedtlsSession(const TlsSessionConfig &config);

	/// The wire as mbedTLS sees it: bytes that were sent or got, or an error of mbedTLS.
	virtual int put_on_wire(ByteView bytes) = 0;
	virtual int take_from_wire(MutBytes out) = 0;
	/// All that was fed has gone into mbedTLS.
	virtual bool is_wire_empty() const = 0;
	/// And nothing will be fed any more.
	virtual bool has_wire_ended() const = 0;
	/// Connected: lets mbedTLS read on until plaintext waits in it or the wire is empty.
	void look_for_plaintext();

	/// Goes on with whatever the state allows.
	void advance();
	/// Whether the call must be repeated after `code`; otherwise the session has ended, or waits for the wire.
	bool go_on_after(int code);
	void fail(int code);
	void fail_by(TlsFailure failure, const char *detail);
	/// What read() and write() say when there is no more to do.
	Error answer_of_end() const;
	bool peer_closed() const { return peer_closed_; }

	mbedtls_ssl_context ssl_;
	Instant now_;
	State state_ = State::kHandshaking;

private:
	static int send_callback(void *session, const unsigned char *bytes, size_t size);
	static int receive_callback(void *session, unsigned char *out, size_t size);
	static int verify_callback(void *session, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);
	static void set_timer_callback(void *session, uint32_t intermediate_ms, uint32_t final_ms);
	static int get_timer_callback(void *session);
	static int write_cookie_callback(
	        void *session, unsigned char **at, unsigned char *end, const unsigned char *id, size_t id_size);
	static int check_cookie_callback(
	        void *session, const unsigned char *cookie, size_t cookie_size, const unsigned char *id, size_t id_size);

	Error set_up_client(const TlsSessionConfig &config);
	Error set_up_server(const TlsSessionConfig &config);
	Error set_up_datagrams(const TlsSessionConfig &config);
	void restrict_protocol(bool datagrams);
	void shake_hands();

	mbedtls_ssl_config config_;
	std::shared_ptr<const TLSOptions> options_;
	std::shared_ptr<X509Certificate> trusted_; // client: counted as a user of it; else null
	bool holds_own_ = false;                   // server: counted as a user of key and certificate
	RandomSource &random_;
	DtlsCookies *cookies_;
	int64_t unix_time_;
	Instant half_time_ = Instant::never(); // mbedTLS's timer: when half of it and when all has passed
	Instant full_time_ = Instant::never();
	TlsFailure failure_ = TlsFailure::kNone;
	bool peer_closed_ = false;
	char detail_[TlsEnd::kDetailBytes] = "";
	mutable std::shared_ptr<X509Certificate> peer_; // made when asked for
};

/// What a failed call of mbedTLS means.
TlsFailure mbedtls_failure_of(int code, uint32_t verify_flags);
/// In words, with the number: into all of `out`, ended by a zero.
void mbedtls_describe_failure(int code, uint32_t verify_flags, char *out, size_t size);

} // namespace netpeer
