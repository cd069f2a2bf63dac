#include "../../core/netpeer_config.h"
#include "../../core/shared_object.h"

#if NETPEER_WITH_MBEDTLS

#include "mbedtls_session.h"

#include "../../core/shared_object.h"

#include <cstdio>

namespace netpeer {

namespace {

// Each repetition takes a record or a retransmission; a datagram holds fewer records than this. Against a library that
// would answer "again" for ever.
constexpr int kMostCallsPerStep = 8192;

/// Days since 1970-01-01 of a date of the Gregorian calendar.
int64_t days_of(int year, int month, int day) {
	// Years begin in March, so that the leap day is the last one.
	const int64_t y = int64_t{year} - (month <= 2 ? 1 : 0);
	const int64_t era = (y >= 0 ? y : y - 399) / 400;
	const int64_t year_of_era = y - era * 400;
	const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int64_t unix_time_of(const mbedtls_x509_time &time) {
	return days_of(time.year, time.mon, time.day) * 86400 + time.hour * 3600 + time.min * 60 + time.sec;
}

} // namespace

// --- callbacks ---

int MbedtlsSession::send_callback(void *session, const unsigned char *bytes, size_t size) {
	return static_cast<MbedtlsSession *>(session)->put_on_wire(ByteView(bytes, size));
}

int MbedtlsSession::receive_callback(void *session, unsigned char *out, size_t size) {
	return static_cast<MbedtlsSession *>(session)->take_from_wire(MutBytes(out, size));
}

// For every certificate of the chain: its dates. An mbedTLS built without MBEDTLS_HAVE_TIME_DATE checks none, and others only
// by the system's clock.
int MbedtlsSession::verify_callback(void *session, mbedtls_x509_crt *certificate, int, uint32_t *flags) {
	const int64_t now = static_cast<MbedtlsSession *>(session)->unix_time_;
	*flags &= ~uint32_t{MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE};
	if (now > unix_time_of(certificate->valid_to)) *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
	if (now < unix_time_of(certificate->valid_from)) *flags |= MBEDTLS_X509_BADCERT_FUTURE;
	return 0;
}

void MbedtlsSession::set_timer_callback(void *session, uint32_t intermediate_ms, uint32_t final_ms) {
	MbedtlsSession &self = *static_cast<MbedtlsSession *>(session);
	const bool cancelled = final_ms == 0;
	self.half_time_ = cancelled ? Instant::never() : self.now_ + Duration::from_ms(intermediate_ms);
	self.full_time_ = cancelled ? Instant::never() : self.now_ + Duration::from_ms(final_ms);
}

int MbedtlsSession::get_timer_callback(void *session) {
	const MbedtlsSession &self = *static_cast<MbedtlsSession *>(session);
	if (self.full_time_.is_never()) return -1;
	return self.now_ >= self.full_time_ ? 2 : self.now_ >= self.half_time_ ? 1 : 0;
}

int MbedtlsSession::write_cookie_callback(
        void *session, unsigned char **at, unsigned char *end, const unsigned char *id, size_t id_size) {
	MbedtlsSession &self = *static_cast<MbedtlsSession *>(session);
	const MutBytes cookie(*at, DtlsCookies::kCookieBytes);
	if (static_cast<size_t>(end - *at) < cookie.size) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
	if (self.cookies_->write(self.now_, ByteView(id, id_size), cookie) != Error::OK)
		return MBEDTLS_ERR_SSL_ALLOC_FAILED;
	*at += cookie.size;
	return 0;
}

int MbedtlsSession::check_cookie_callback(
        void *session, const unsigned char *cookie, size_t cookie_size, const unsigned char *id, size_t id_size) {
	MbedtlsSession &self = *static_cast<MbedtlsSession *>(session);
	return self.cookies_->check(self.now_, ByteView(id, id_size), ByteView(cookie, cookie_size)) ? 0 : -1;
}

// --- going on ---

void MbedtlsSession::advance() {
	if (state_ == State::kHandshaking) shake_hands();
	if (state_ == State::kConnected) look_for_plaintext();
}

void MbedtlsSession::shake_hands() {
	for (int calls = 0; calls < kMostCallsPerStep; ++calls) {
		const int code = mbedtls_ssl_handshake(&ssl_);
		if (code == 0) {
			state_ = State::kConnected;
			mbedtls_ssl_set_mtu(&ssl_, 0); // what the application sends it has cut to size itself
			return;
		}
		if (!go_on_after(code)) return;
	}
	fail_by(TlsFailure::kInternal, "the handshake goes in circles");
}

void MbedtlsSession::look_for_plaintext() {
	for (int calls = 0; calls < kMostCallsPerStep && mbedtls_ssl_get_bytes_avail(&ssl_) == 0; ++calls) {
		uint8_t nothing = 0;
		const int code = mbedtls_ssl_read(&ssl_, &nothing, 0);
		// 0: there is plaintext, or two records were empty, or (when nothing can come any more) the wire has ended.
		if (code == 0 && mbedtls_ssl_get_bytes_avail(&ssl_) == 0 && has_wire_ended()) return fail(code);
		if (code != 0 && !go_on_after(code)) return;
	}
}

bool MbedtlsSession::go_on_after(int code) {
	if (mbedtls_compat_is_ticket(code)) return true;
	// A timer or a warning may have come first: then what was fed still waits, before mbedTLS or in it.
	if (code == MBEDTLS_ERR_SSL_WANT_READ) return !is_wire_empty() || mbedtls_ssl_check_pending(&ssl_) != 0;
	fail(code);
	return false;
}

void MbedtlsSession::handle_timeout(Instant now) {
	now_ = now;
	if (now >= full_time_) advance();
}

Instant MbedtlsSession::next_timeout() const {
	return state_ == State::kHandshaking || state_ == State::kConnected ? full_time_ : Instant::never();
}

// --- the end ---

void MbedtlsSession::fail(int code) {
	const uint32_t flags = mbedtls_ssl_get_verify_result(&ssl_);
	mbedtls_describe_failure(code, flags, detail_, sizeof(detail_));
	failure_ = mbedtls_failure_of(code, flags);
	if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		peer_closed_ = true;
		(void)mbedtls_ssl_close_notify(&ssl_);
		state_ = state_ == State::kConnected ? State::kClosed : State::kFailed;
		return;
	}
	state_ = State::kFailed;
}

void MbedtlsSession::fail_by(TlsFailure failure, const char *detail) {
	state_ = State::kFailed;
	failure_ = failure;
	std::snprintf(detail_, sizeof(detail_), "%s", detail);
}

void MbedtlsSession::close(Instant now) {
	if (state_ != State::kConnected) return;
	now_ = now;
	(void)mbedtls_ssl_close_notify(&ssl_);
	state_ = State::kClosed;
	failure_ = TlsFailure::kClosed;
}

Error MbedtlsSession::answer_of_end() const {
	switch (state_) {
	case State::kConnected: return Error::OK;
	case State::kHandshaking: return Error::ERR_UNCONFIGURED;
	case State::kClosed: return peer_closed_ ? Error::ERR_FILE_EOF : Error::ERR_UNCONFIGURED;
	case State::kFailed: break;
	}
	return Error::ERR_CONNECTION_ERROR;
}

// --- what was agreed ---

const char *MbedtlsSession::protocol() const {
	return state_ == State::kConnected || state_ == State::kClosed ? mbedtls_ssl_get_version(&ssl_) : "";
}

const char *MbedtlsSession::cipher_suite() const {
	const char *name = mbedtls_ssl_get_ciphersuite(&ssl_);
	return name != nullptr && *protocol() != 0 ? name : "";
}

std::shared_ptr<X509Certificate> MbedtlsSession::peer_certificate() const {
	if (peer_ != nullptr || *protocol() == 0) return peer_;
	const mbedtls_x509_crt *at = mbedtls_ssl_get_peer_cert(&ssl_);
	if (at == nullptr) return nullptr;
	const auto chain = make_shared_object<X509Certificate>(*default_allocator());
	X509Certificate::Native *copy = chain != nullptr ? chain->native() : nullptr;
	if (copy == nullptr) return nullptr; // no memory: later, perhaps
	for (; at != nullptr; at = at->next, ++copy->count)
		if (mbedtls_x509_crt_parse_der(&copy->chain, at->raw.p, at->raw.len) != 0) return nullptr;
	peer_ = chain;
	return peer_;
}

} // namespace netpeer

#endif
