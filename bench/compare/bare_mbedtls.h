// mbedTLS by itself, both ends in memory: what our sessions are measured against. Keys, settings and the generator of
// random numbers are made once; a handshake makes two contexts and drops them. Versions, groups and certificates are ours.
#pragma once

#include "../../src/tls/backend_mbedtls/mbedtls_compat.h"
#include "../../tests/support/tls_test_keys.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl_cookie.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace compare {

[[noreturn]] inline void tls_failed(const char *why) {
	std::fprintf(stderr, "compare: %s\n", why);
	std::exit(1);
}
inline void tls_require(bool holds, const char *why) {
	if (!holds) tls_failed(why);
}

class BareMaterial {
public:
	explicit BareMaterial(bool datagrams) : datagrams_(datagrams) {
		tls_require(netpeer::mbedtls_is_ready(), "mbedtls: not ready");
		mbedtls_entropy_init(&entropy_);
		mbedtls_ctr_drbg_init(&random_);
		mbedtls_x509_crt_init(&authority_);
		mbedtls_x509_crt_init(&own_);
		mbedtls_pk_init(&key_);
		mbedtls_ssl_cookie_init(&cookies_);
		mbedtls_ssl_config_init(&client);
		mbedtls_ssl_config_init(&server);
		must(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0));
		must(mbedtls_x509_crt_parse(
		        &authority_, bytes_of(netpeer_test::tls_keys::kAuthority), sizeof netpeer_test::tls_keys::kAuthority));
		must(mbedtls_x509_crt_parse(
		        &own_, bytes_of(netpeer_test::tls_keys::kServer), sizeof netpeer_test::tls_keys::kServer));
		must(netpeer::mbedtls_compat_parse_key(&key_, bytes_of(netpeer_test::tls_keys::kServerKey),
		        sizeof netpeer_test::tls_keys::kServerKey, mbedtls_ctr_drbg_random, &random_));
		set_up(client, MBEDTLS_SSL_IS_CLIENT);
		set_up(server, MBEDTLS_SSL_IS_SERVER);
		mbedtls_ssl_conf_authmode(&client, MBEDTLS_SSL_VERIFY_REQUIRED);
		mbedtls_ssl_conf_ca_chain(&client, &authority_, nullptr);
		must(mbedtls_ssl_conf_own_cert(&server, &own_, &key_));
		if (!datagrams) return;
		must(mbedtls_ssl_cookie_setup(&cookies_, mbedtls_ctr_drbg_random, &random_));
		mbedtls_ssl_conf_dtls_cookies(&server, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies_);
	}
	~BareMaterial() {
		mbedtls_ssl_config_free(&server);
		mbedtls_ssl_config_free(&client);
		mbedtls_ssl_cookie_free(&cookies_);
		mbedtls_pk_free(&key_);
		mbedtls_x509_crt_free(&own_);
		mbedtls_x509_crt_free(&authority_);
		mbedtls_ctr_drbg_free(&random_);
		mbedtls_entropy_free(&entropy_);
	}
	BareMaterial(const BareMaterial &) = delete;
	BareMaterial &operator=(const BareMaterial &) = delete;

	static void must(int code) {
		if (code == 0) return;
		std::fprintf(stderr, "compare: mbedtls: %d\n", code);
		std::exit(1);
	}
	bool datagrams() const { return datagrams_; }

	mbedtls_ssl_config client, server;

private:
	static const unsigned char *bytes_of(const char *text) { return reinterpret_cast<const unsigned char *>(text); }
	void set_up(mbedtls_ssl_config &config, int end) {
		must(mbedtls_ssl_config_defaults(&config, end,
		        datagrams_ ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM,
		        MBEDTLS_SSL_PRESET_DEFAULT));
		mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_);
		netpeer::mbedtls_compat_set_versions(&config, !datagrams_);
		netpeer::mbedtls_compat_groups(&config);
		netpeer::mbedtls_compat_signatures(&config);
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
		mbedtls_ssl_conf_session_tickets(&config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
	}

	const bool datagrams_;
	mbedtls_entropy_context entropy_;
	mbedtls_ctr_drbg_context random_;
	mbedtls_x509_crt authority_, own_;
	mbedtls_pk_context key_;
	mbedtls_ssl_cookie_ctx cookies_;
};

/// One end. What it sends lies in memory until the other reads it.
class BareEnd {
public:
	BareEnd(const mbedtls_ssl_config &config, const BareMaterial &material) : datagrams_(material.datagrams()) {
		mbedtls_ssl_init(&ssl);
		BareMaterial::must(mbedtls_ssl_setup(&ssl, &config));
		mbedtls_ssl_set_bio(&ssl, this, send, receive, nullptr);
		if (datagrams_) mbedtls_ssl_set_timer_cb(&ssl, this, set_timer, get_timer);
	}
	~BareEnd() { mbedtls_ssl_free(&ssl); }
	BareEnd(const BareEnd &) = delete;
	BareEnd &operator=(const BareEnd &) = delete;

	/// Gives back the memory of what has passed.
	void forget() {
		out_ = std::vector<unsigned char>();
		sizes_ = std::vector<size_t>();
	}

	BareEnd *other = nullptr;
	mbedtls_ssl_context ssl;

private:
	static int send(void *end, const unsigned char *bytes, size_t size) {
		BareEnd &self = *static_cast<BareEnd *>(end);
		self.out_.insert(self.out_.end(), bytes, bytes + size);
		if (self.datagrams_) self.sizes_.push_back(size);
		return static_cast<int>(size);
	}
	static int receive(void *end, unsigned char *out, size_t size) {
		return static_cast<BareEnd *>(end)->other->give(out, size);
	}
	int give(unsigned char *out, size_t room) {
		const size_t left = out_.size() - given_;
		if (left == 0) return MBEDTLS_ERR_SSL_WANT_READ;
		const size_t whole = datagrams_ ? sizes_[next_] : left;
		const size_t size = whole < room ? whole : room;
		std::memcpy(out, out_.data() + given_, size);
		given_ += datagrams_ ? whole : size;
		++next_;
		if (given_ == out_.size()) {
			out_.clear();
			sizes_.clear();
			given_ = next_ = 0;
		}
		return static_cast<int>(size);
	}
	// Nothing is lost here, so nothing is ever repeated.
	static void set_timer(void *end, uint32_t, uint32_t final_ms) {
		static_cast<BareEnd *>(end)->is_timing_ = final_ms != 0;
	}
	static int get_timer(void *end) { return static_cast<BareEnd *>(end)->is_timing_ ? 0 : -1; }

	const bool datagrams_;
	std::vector<unsigned char> out_;
	std::vector<size_t> sizes_; // of the datagrams in out_
	size_t given_ = 0;
	size_t next_ = 0;
	bool is_timing_ = false;
};

class BarePair {
public:
	explicit BarePair(const BareMaterial &material) :
	        client_(std::make_unique<BareEnd>(material.client, material)),
	        server_(std::make_unique<BareEnd>(material.server, material)),
	        client(*client_),
	        server(*server_) {
		client.other = &server;
		server.other = &client;
		BareMaterial::must(mbedtls_ssl_set_hostname(&client.ssl, "server.test"));
		if (material.datagrams()) name_client();
	}
	void shake_hands() {
		for (int calls = 0; calls < 100; ++calls) {
			const int at_client = mbedtls_ssl_handshake(&client.ssl);
			const int at_server = mbedtls_ssl_handshake(&server.ssl);
			if (at_client == 0 && at_server == 0) return;
			if (at_server == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
				BareMaterial::must(mbedtls_ssl_session_reset(&server.ssl));
				name_client();
				continue;
			}
			if (at_client != 0 && at_client != MBEDTLS_ERR_SSL_WANT_READ) BareMaterial::must(at_client);
			if (at_server != 0 && at_server != MBEDTLS_ERR_SSL_WANT_READ) BareMaterial::must(at_server);
		}
		tls_failed("mbedtls: no handshake");
	}
	/// One record from one end to the other.
	void carry(BareEnd &from, const unsigned char *bytes, size_t size, unsigned char *out, size_t room) {
		tls_require(mbedtls_ssl_write(&from.ssl, bytes, size) == static_cast<int>(size), "mbedtls: write");
		tls_require(mbedtls_ssl_read(&from.other->ssl, out, room) == static_cast<int>(size), "mbedtls: read");
	}

	void drop_client() { client_ = nullptr; }
	void drop_server() { server_ = nullptr; }

private:
	std::unique_ptr<BareEnd> client_, server_;

public:
	BareEnd &client, &server;

private:
	void name_client() {
		static const unsigned char name[] = "client 1";
		BareMaterial::must(mbedtls_ssl_set_client_transport_id(&server.ssl, name, sizeof name));
	}
};

} // namespace compare
