// CryptoKey: a private or public key, RSA or elliptic curve. What a TLS server proves itself with.
// Built without mbedTLS (NETPEER_WITH_MBEDTLS 0) the class is there, stays empty, and its calls answer ERR_UNAVAILABLE.
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/secret_bytes.h"

#include <memory>
#include <string>

namespace netpeer {

/// One key. Held by std::shared_ptr once it is given to TLSOptions; sessions that use it keep it, and while one does, loading
/// answers ERR_ALREADY_IN_USE. One thread at a time, sessions that use it included. Secrets are wiped when the key is
/// replaced or destroyed, and what was read of a file always. Every call may answer ERR_OUT_OF_MEMORY.
/// Origin: Godot CryptoKey.
class CryptoKey {
public:
	CryptoKey();
	~CryptoKey();
	CryptoKey(const CryptoKey &) = delete;
	CryptoKey &operator=(const CryptoKey &) = delete;

	/// Reads a PEM or DER file: a private key (PKCS#1, PKCS#8, SEC1; not encrypted), or with `public_only` a public one
	/// (SubjectPublicKeyInfo). What was held before is replaced. Blocks while reading the file.
	/// ERR_INVALID_PARAMETER: null or the file cannot be opened. FAILED: it cannot be read, is longer than 256 KiB or holds no
	/// such key. ERR_UNAUTHORIZED: the key is encrypted (Godot: FAILED). ERR_ALREADY_IN_USE: a session uses this key. After any
	/// error the old one stays. Origin: Godot CryptoKey.load.
	Error load(const char *path, bool public_only = false);
	/// Writes PEM: RSA as PKCS#1, EC as SEC1, public as SubjectPublicKeyInfo. The file is made readable for its owner only
	/// where the system knows that, unless the key is written as public. One that is_public_only() always is. Blocks.
	/// ERR_INVALID_PARAMETER: null or the file cannot be created. FAILED: empty, or writing fails. Origin: Godot CryptoKey.save.
	Error save(const char *path, bool public_only = false) const;
	/// As load(), from PEM text. FAILED: null or no such key. Origin: Godot CryptoKey.load_from_string.
	Error load_from_string(const char *pem, bool public_only = false);
	/// As load(), from PEM or DER in memory. Not in Godot.
	Error load_from_bytes(ByteView bytes, bool public_only = false);
	/// Empty when there is no key. The caller wipes what it gets. Origin: Godot CryptoKey.save_to_string.
	std::string save_to_string(bool public_only = false) const;
	/// As save_to_string(), replacing what `out` holds. FAILED: empty. Not in Godot.
	Error save_to_bytes(SecretBytes &out, bool public_only = false) const;
	/// Origin: Godot CryptoKey.is_public_only.
	bool is_public_only() const;
	/// Nothing has been loaded. Not in Godot.
	bool is_empty() const;

	/// The backend's part; its content is private to src/tls/backend_mbedtls.
	struct Native;
	/// For src/tls only; null: see native_.
	Native *native() const { return native_.get(); }

private:
	struct NativeDeleter {
		void operator()(Native *native) const;
	};
	std::unique_ptr<Native, NativeDeleter> native_; // null: out of memory at construction, or built without mbedTLS
};

} // namespace netpeer
