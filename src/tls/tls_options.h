// TLSOptions: what a TLS or DTLS session trusts and presents. Immutable; one object may serve any number of sessions.
#pragma once

#include "../core/fixed_text.h"
#include "crypto_key.h"
#include "x509_certificate.h"

#include <memory>
#include <string_view>

namespace netpeer {

/// Made by the three factories, which answer null without memory; else what is missing is reported where the options are used.
/// Origin: Godot TLSOptions.
class TLSOptions {
public:
	/// A client that requires a valid chain up to `trusted_chain` (null: the default authorities, see
	/// set_default_trust_path()) and a certificate for `common_name_override` or, when that is empty, for the host name
	/// given when connecting. Origin: Godot TLSOptions.client.
	static std::shared_ptr<TLSOptions> client(
	        std::shared_ptr<X509Certificate> trusted_chain = nullptr, const char *common_name_override = "");
	/// A client that does not check names and, with a null chain, checks nothing at all: whoever sits between reads and
	/// changes everything. For tests. Origin: Godot TLSOptions.client_unsafe.
	static std::shared_ptr<TLSOptions> client_unsafe(std::shared_ptr<X509Certificate> trusted_chain = nullptr);
	/// A server that presents `certificate` (leaf first) and signs with `key`. Where they are used a key that does not belong
	/// to the certificate is ERR_INVALID_PARAMETER, and so is a chain of more than 16 KiB, which no handshake could carry.
	/// Origin: Godot TLSOptions.server.
	static std::shared_ptr<TLSOptions> server(
	        std::shared_ptr<CryptoKey> key, std::shared_ptr<X509Certificate> certificate);

	bool is_server() const { return mode_ == Mode::kServer; }              // made by server()
	bool is_unsafe_client() const { return mode_ == Mode::kUnsafeClient; } // made by client_unsafe()
	/// As given to client(); "" else. Ends with a zero byte; valid as long as the object. Origin: Godot
	/// TLSOptions.get_common_name_override.
	std::string_view get_common_name_override() const { return common_name_.view(); }
	/// As given to client() or client_unsafe(); null else. Origin: Godot TLSOptions.get_trusted_ca_chain.
	const std::shared_ptr<X509Certificate> &get_trusted_ca_chain() const { return trusted_; }
	/// As given to server(); null else. Origin: Godot TLSOptions.get_private_key.
	const std::shared_ptr<CryptoKey> &get_private_key() const { return key_; }
	/// As given to server(); null else. Origin: Godot TLSOptions.get_own_certificate.
	const std::shared_ptr<X509Certificate> &get_own_certificate() const { return own_; }

private:
	enum class Mode { kClient, kUnsafeClient, kServer };
	class Passkey {
		friend class TLSOptions;
		Passkey() {}
	};
	static std::shared_ptr<TLSOptions> make(Mode mode);

public:
	/// For the factories alone.
	TLSOptions(Passkey, Mode mode) : mode_(mode) {}

private:
	Mode mode_;
	FixedText<512> common_name_; // longer than any name that is allowed
	std::shared_ptr<X509Certificate> trusted_;
	std::shared_ptr<CryptoKey> key_;
	std::shared_ptr<X509Certificate> own_;
};

/// Where TLSOptions::client() without a chain finds the authorities it trusts: a PEM file; null or "" restores the search in
/// the system's usual places. Read at the next use. Any thread. Not in Godot (there: a project setting).
void set_default_trust_path(const char *pem_file);
/// The chain of the file named by set_default_trust_path(), and when that cannot be read no other; without one, that of the
/// first of the bundles Linux distributions, the BSDs and macOS keep in /etc. Null: there is none, nothing is trusted, and
/// such clients answer ERR_UNCONFIGURED. Windows and Android keep no such file: name one. Certificates in it that cannot be
/// read are left out. Any thread; each gets a chain of its own, read at its first use after a change (which blocks, some
/// 30 ms) and then kept, because sessions that share a chain belong on one thread. Not in Godot.
std::shared_ptr<X509Certificate> default_trust_chain();

} // namespace netpeer
