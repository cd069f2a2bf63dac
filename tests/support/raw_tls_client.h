// A TLS or DTLS client that is mbedTLS and nothing else, for what ours never sends: records of no bytes, short records.
// Whoever includes this asks for NETPEER_WITH_MBEDTLS first.
#pragma once

#include "tls_support.h"

#include <mbedtls/ssl.h>

#include <deque>

namespace netpeer_test {

/// Checks no certificate. Its wire is in the hands of the test.
class RawTlsClient {
public:
	/// Before begin(): what else there is to say to mbedTLS.
	mbedtls_ssl_config config;

	explicit RawTlsClient(bool datagrams, uint64_t seed = 77) : random_(seed), datagrams_(datagrams) {
		mbedtls_ssl_init(&ssl_);
		mbedtls_ssl_config_init(&config);
		(void)mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT,
		        datagrams ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
		mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
		mbedtls_ssl_conf_rng(&config, fill, &random_);
	}
	~RawTlsClient() {
		mbedtls_ssl_free(&ssl_);
		mbedtls_ssl_config_free(&config);
	}
	RawTlsClient(const RawTlsClient &) = delete;
	RawTlsClient &operator=(const RawTlsClient &) = delete;

	bool begin() {
		if (mbedtls_ssl_setup(&ssl_, &config) != 0) return false;
		mbedtls_ssl_set_bio(&ssl_, this, put, take, nullptr);
		mbedtls_ssl_set_timer_cb(&ssl_, this, set_timer, get_timer);
		return true;
	}
	/// The whole handshake of `pair`'s server with this client, at `pair`'s time, which stands still.
	bool connect(TlsPair &pair) {
		for (int turns = 0; turns < 100; ++turns) {
			const int code = mbedtls_ssl_handshake(&ssl_);
			if (code != 0 && code != MBEDTLS_ERR_SSL_WANT_READ) return false;
			carry(pair);
			if (code == 0) return pair.server->state() == netpeer::TlsSession::State::kConnected;
		}
		return false;
	}
	/// What went out since the last call, a piece per call of mbedTLS.
	std::vector<std::string> take_output() {
		std::vector<std::string> pieces;
		pieces.swap(out_);
		return pieces;
	}
	std::string record_of(const std::string &text) {
		const auto *bytes = reinterpret_cast<const unsigned char *>(text.data());
		if (mbedtls_ssl_write(&ssl_, bytes, text.size()) < 0) return std::string();
		std::string all;
		for (const std::string &piece : take_output()) all += piece;
		return all;
	}

private:
	void carry(TlsPair &pair) {
		for (const std::string &piece : take_output()) {
			size_t taken = 0;
			(void)pair.server->feed(pair.now, view_of_text(piece), taken);
		}
		const bool again = pair.server->failure() == netpeer::TlsFailure::kCookieNeeded;
		for (netpeer::ByteView next = pair.server->drain(); !next.empty(); next = pair.server->drain()) {
			in_.emplace_back(reinterpret_cast<const char *>(next.data), next.size);
			pair.server->drained(next.size);
		}
		if (again) (void)pair.make_server();
	}
	static netpeer::ByteView view_of_text(const std::string &text) {
		return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
	}
	static int fill(void *random, unsigned char *out, size_t size) {
		return static_cast<SeededRandom *>(random)->fill(netpeer::MutBytes(out, size)) == netpeer::Error::OK ? 0 : -1;
	}
	static int put(void *self, const unsigned char *bytes, size_t size) {
		static_cast<RawTlsClient *>(self)->out_.emplace_back(reinterpret_cast<const char *>(bytes), size);
		return static_cast<int>(size);
	}
	static int take(void *self, unsigned char *out, size_t size) {
		RawTlsClient &client = *static_cast<RawTlsClient *>(self);
		if (client.in_.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
		std::string &first = client.in_.front();
		const size_t piece = size < first.size() ? size : first.size();
		std::memcpy(out, first.data(), piece);
		first.erase(0, piece);
		if (first.empty() || client.datagrams_) client.in_.pop_front();
		return static_cast<int>(piece);
	}
	static void set_timer(void *self, uint32_t, uint32_t final_ms) {
		static_cast<RawTlsClient *>(self)->timer_runs_ = final_ms != 0;
	}
	static int get_timer(void *self) { return static_cast<RawTlsClient *>(self)->timer_runs_ ? 0 : -1; }

	mbedtls_ssl_context ssl_;
	SeededRandom random_;
	const bool datagrams_;
	bool timer_runs_ = false;
	std::vector<std::string> out_;
	std::deque<std::string> in_;
};

} // namespace netpeer_test
