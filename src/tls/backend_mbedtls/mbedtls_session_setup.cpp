// How a session is made: what it accepts, whom it trusts, what it shows. Everything that must not be weakened is here.
#include "../../core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../core/clock.h"
#include "mbedtls_datagram_session.h"
#include "mbedtls_errors.h"
#include "mbedtls_session.h"
#include "mbedtls_stream_session.h"

#include <cstring>
#include <new>

namespace netpeer {

namespace {

constexpr size_t kLongestHostName = 255; // mbedTLS's own limit
constexpr size_t kPublicKeyBytes = 2400; // of an RSA key of 16384 bits, in DER

/// Suites with forward secrecy that encrypt and authenticate in one (AEAD), of those the library has, in its order.
class AcceptedSuites {
public:
	AcceptedSuites() {
		size_t count = 0;
		for (const int *suite = mbedtls_ssl_list_ciphersuites(); *suite != 0 && count + 1 < kMost; ++suite) {
			const char *name = mbedtls_ssl_get_ciphersuite_name(*suite);
			if (name != nullptr && is_accepted(name)) suites_[count++] = *suite;
		}
		suites_[count] = 0;
	}
	const int *list() const { return suites_; }

private:
	static constexpr size_t kMost = 32;

	static bool has(const char *name, const char *part) { return std::strstr(name, part) != nullptr; }
	static bool is_accepted(const char *name) {
		const bool fresh_keys = std::strncmp(name, "TLS-ECDHE-", 10) == 0 || std::strncmp(name, "TLS1-3-", 7) == 0;
		const bool aead = has(name, "-GCM-") || has(name, "-CHACHA20-POLY1305-") || has(name, "-CCM");
		const bool short_tag = has(name, "-CCM-8") || has(name, "-CCM8");
		const bool rare = has(name, "ARIA") || has(name, "CAMELLIA");
		return fresh_keys && aead && !short_tag && !rare && !has(name, "PSK");
	}

	int suites_[kMost];
};

const int *accepted_suites() {
	static const AcceptedSuites suites; // the same in every session
	return suites.list();
}

/// Compares the public halves: cheap, and a private key was checked against its own half when it was read.
bool belongs_to(const mbedtls_pk_context &key, const mbedtls_pk_context &certified) {
	uint8_t own[kPublicKeyBytes], other[kPublicKeyBytes];
	// Written from the end of the buffer. 2.28 asks for what it does not change without const.
	const int own_size = mbedtls_pk_write_pubkey_der(const_cast<mbedtls_pk_context *>(&key), own, sizeof(own));
	const int size = mbedtls_pk_write_pubkey_der(const_cast<mbedtls_pk_context *>(&certified), other, sizeof(other));
	if (own_size <= 0 || own_size != size) return false;
	const size_t bytes = static_cast<size_t>(size);
	return std::memcmp(own + sizeof(own) - bytes, other + sizeof(other) - bytes, bytes) == 0;
}

/// mbedTLS writes the Certificate message in one piece. With its header, and what 1.3 puts behind each certificate.
bool fits_a_message(const mbedtls_x509_crt &chain) {
	size_t bytes = 8;
	for (const mbedtls_x509_crt *at = &chain; at != nullptr && bytes <= MBEDTLS_SSL_OUT_CONTENT_LEN; at = at->next)
		bytes += at->raw.len + 5;
	return bytes <= MBEDTLS_SSL_OUT_CONTENT_LEN;
}

Error error_of_setup(int code) {
	return error_of_mbedtls(code) == Error::ERR_OUT_OF_MEMORY ? Error::ERR_OUT_OF_MEMORY : Error::FAILED;
}

uint32_t milliseconds_of(Duration duration) {
	if (duration.ms() < 1) return 1;
	return duration.ms() > INT32_MAX ? uint32_t{INT32_MAX} : static_cast<uint32_t>(duration.ms());
}

} // namespace

std::unique_ptr<TlsSession> TlsSession::create(const TlsSessionConfig &config, Error &error) {
	std::unique_ptr<MbedtlsSession> made;
	error = Error::ERR_INVALID_PARAMETER;
	if (config.options == nullptr) return nullptr;
	if (config.datagrams)
		made.reset(new (std::nothrow) MbedtlsDatagramSession(config));
	else
		made.reset(new (std::nothrow) MbedtlsStreamSession(config));
	error = made != nullptr ? made->set_up(config) : Error::ERR_OUT_OF_MEMORY;
	if (error != Error::OK) return nullptr;
	return made;
}

MbedtlsSession::MbedtlsSession(const TlsSessionConfig &config) :
        options_(config.options),
        random_(config.random != nullptr ? *config.random : default_random()),
        cookies_(config.cookies),
        unix_time_(config.unix_time != 0 ? config.unix_time : system_unix_time()) {
	mbedtls_ssl_init(&ssl_);
	mbedtls_ssl_config_init(&config_);
}

MbedtlsSession::~MbedtlsSession() {
	mbedtls_ssl_free(&ssl_); // wipes
	mbedtls_ssl_config_free(&config_);
	if (trusted_ != nullptr) --trusted_->native()->users;
	if (!holds_own_) return;
	--options_->get_private_key()->native()->users;
	--options_->get_own_certificate()->native()->users;
}

Error MbedtlsSession::set_up(const TlsSessionConfig &config) {
	if (!mbedtls_is_ready()) return Error::FAILED;
	const bool server = options_->is_server();
	int code = mbedtls_ssl_config_defaults(&config_, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
	        config.datagrams ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM,
	        MBEDTLS_SSL_PRESET_DEFAULT);
	if (code != 0) return error_of_setup(code);
	mbedtls_ssl_conf_rng(&config_, mbedtls_random, &random_);
	restrict_protocol(config.datagrams);
	if (config.datagrams) NETPEER_TRY(set_up_datagrams(config));
	NETPEER_TRY(server ? set_up_server(config) : set_up_client(config));
	code = mbedtls_ssl_setup(&ssl_, &config_);
	if (code != 0) return error_of_setup(code);
	mbedtls_ssl_set_bio(&ssl_, this, send_callback, receive_callback, nullptr);
	if (config.datagrams) {
		mbedtls_ssl_set_timer_cb(&ssl_, this, set_timer_callback, get_timer_callback);
		mbedtls_ssl_set_mtu(&ssl_, static_cast<uint16_t>(config.handshake_mtu));
	}
	if (server) {
		if (!config.datagrams) return Error::OK;
		code = mbedtls_ssl_set_client_transport_id(&ssl_, config.client_id.data, config.client_id.size);
		return code == 0 ? Error::OK : error_of_setup(code);
	}
	// Always called: null says that no name is wanted.
	const std::string_view other_name = options_->get_common_name_override();
	const char *name = other_name.empty() ? config.host_name : other_name.data();
	code = mbedtls_ssl_set_hostname(&ssl_, options_->is_unsafe_client() ? nullptr : name);
	return code == 0 ? Error::OK : error_of_setup(code);
}

void MbedtlsSession::restrict_protocol(bool datagrams) {
	// 3.6 refuses to be set up for datagrams when 1.3 is allowed.
	mbedtls_compat_set_versions(&config_, !datagrams);
	mbedtls_compat_groups(&config_);
	mbedtls_compat_signatures(&config_);
	mbedtls_ssl_conf_ciphersuites(&config_, accepted_suites());
	mbedtls_ssl_conf_cert_profile(&config_, &mbedtls_x509_crt_profile_next);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
	mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
	mbedtls_ssl_conf_legacy_renegotiation(&config_, MBEDTLS_SSL_LEGACY_NO_RENEGOTIATION);
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
	mbedtls_ssl_conf_session_tickets(&config_, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
#if defined(MBEDTLS_SSL_EXTENDED_MASTER_SECRET)
	mbedtls_ssl_conf_extended_master_secret(&config_, MBEDTLS_SSL_EXTENDED_MS_ENABLED);
#endif
}

Error MbedtlsSession::set_up_datagrams(const TlsSessionConfig &config) {
	if (config.handshake_mtu < 256 || config.handshake_mtu > UINT16_MAX) return Error::ERR_INVALID_PARAMETER;
	if (config.retry_min > config.retry_max) return Error::ERR_INVALID_PARAMETER;
	mbedtls_ssl_conf_handshake_timeout(&config_, milliseconds_of(config.retry_min), milliseconds_of(config.retry_max));
	mbedtls_ssl_conf_dtls_anti_replay(&config_, MBEDTLS_SSL_ANTI_REPLAY_ENABLED);
	if (!options_->is_server()) return Error::OK;
	if (cookies_ == nullptr || config.client_id.empty()) return Error::ERR_INVALID_PARAMETER;
	mbedtls_ssl_conf_dtls_cookies(&config_, write_cookie_callback, check_cookie_callback, this);
	return Error::OK;
}

Error MbedtlsSession::set_up_client(const TlsSessionConfig &config) {
	std::shared_ptr<X509Certificate> trusted = options_->get_trusted_ca_chain();
	if (options_->is_unsafe_client()) {
		if (trusted == nullptr) {
			mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);
			return Error::OK;
		}
	} else {
		const char *name = options_->get_common_name_override().data();
		if (*name == 0) name = config.host_name;
		if (name == nullptr || *name == 0 || std::strlen(name) > kLongestHostName) return Error::ERR_INVALID_PARAMETER;
		if (trusted == nullptr) trusted = default_trust_chain();
		if (trusted == nullptr) return Error::ERR_UNCONFIGURED;
	}
	X509Certificate::Native *native = trusted->native();
	if (native == nullptr || native->count == 0) return Error::ERR_INVALID_PARAMETER;
	++native->users;
	trusted_ = std::move(trusted);
	mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&config_, &native->chain, nullptr);
	mbedtls_ssl_conf_verify(&config_, verify_callback, this);
	return Error::OK;
}

Error MbedtlsSession::set_up_server(const TlsSessionConfig &) {
	if (options_->get_private_key() == nullptr || options_->get_own_certificate() == nullptr)
		return Error::ERR_INVALID_PARAMETER;
	CryptoKey::Native *key = options_->get_private_key()->native();
	X509Certificate::Native *own = options_->get_own_certificate()->native();
	if (key == nullptr || own == nullptr || key->public_only || own->count == 0) return Error::ERR_INVALID_PARAMETER;
	if (mbedtls_pk_get_type(&key->key) == MBEDTLS_PK_NONE || !belongs_to(key->key, own->chain.pk))
		return Error::ERR_INVALID_PARAMETER;
	// Else each handshake would end in silence, and clients would wait.
	if (!fits_a_message(own->chain)) return Error::ERR_INVALID_PARAMETER;
	++key->users;
	++own->users;
	holds_own_ = true;
	mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);
	const int code = mbedtls_ssl_conf_own_cert(&config_, &own->chain, &key->key);
	return code == 0 ? Error::OK : error_of_setup(code);
}

} // namespace netpeer

#endif
