// X509Certificate: a chain of certificates. A server's own (leaf first), or the authorities a client trusts.
// Built without mbedTLS (NETPEER_WITH_MBEDTLS 0) the class is there, stays empty, and its calls answer ERR_UNAVAILABLE.
#pragma once

#include "../core/byte_buffer.h"
#include "../core/bytes.h"
#include "../core/error_list.h"

#include <memory>
#include <string>

namespace netpeer {

class X509Certificate;
std::shared_ptr<X509Certificate> default_trust_chain();

/// A chain in file order. Held by std::shared_ptr once it is given to TLSOptions; sessions that use it keep it, and while one
/// does, loading answers ERR_ALREADY_IN_USE. One thread at a time, sessions that use it included. Every call may answer
/// ERR_OUT_OF_MEMORY.
/// Origin: Godot X509Certificate.
class X509Certificate {
public:
	X509Certificate();
	~X509Certificate();
	X509Certificate(const X509Certificate &) = delete;
	X509Certificate &operator=(const X509Certificate &) = delete;

	/// Reads a PEM file with one or more certificates, or one in DER. Replaces what was held (Godot appends; append() does
	/// that here). Blocks while reading. ERR_INVALID_PARAMETER: null or the file cannot be opened. FAILED: it cannot be read, is
	/// longer than 16 MiB, holds no certificate or one that cannot be read. ERR_ALREADY_IN_USE: a session uses this chain.
	/// After any error the old chain stays. Origin: Godot X509Certificate.load.
	Error load(const char *path);
	/// Writes each certificate as PEM (Godot writes the first one over and over). Blocks. ERR_INVALID_PARAMETER: null or the
	/// file cannot be created. FAILED: empty, or writing fails. Origin: Godot X509Certificate.save.
	Error save(const char *path) const;
	/// As load(), from PEM text. FAILED: null or no certificate. Origin: Godot X509Certificate.load_from_string.
	Error load_from_string(const char *pem);
	/// As load(), from PEM or DER in memory. Not in Godot.
	Error load_from_bytes(ByteView bytes);
	/// Adds what a PEM or DER text holds behind the present chain; errors as load_from_string(), nothing added. Not in Godot.
	Error append(ByteView bytes);
	/// Empty when there is no certificate. Origin: Godot X509Certificate.save_to_string.
	std::string save_to_string() const;
	/// As save_to_string(), replacing what `out` holds. FAILED: empty. Not in Godot.
	Error save_to_bytes(ByteBuffer &out) const;
	/// Certificates in the chain. Not in Godot.
	size_t count() const;
	/// The `index`-th one in a line for people: its subject, the host names it is for, its issuer, its dates. Printable ASCII
	/// and at most some 2 KiB, whatever is in it. Empty when there is none. Not in Godot.
	std::string describe(size_t index) const;

	/// The backend's part; its content is private to src/tls/backend_mbedtls.
	struct Native;
	/// For src/tls only; null: see native_.
	Native *native() const { return native_.get(); }

private:
	friend std::shared_ptr<X509Certificate> default_trust_chain();
	struct NativeDeleter {
		void operator()(Native *native) const;
	};
	// With `skipped`, certificates that cannot be read are left out and counted instead: the systems' bundles have such.
	Error read_file(const char *path, size_t *skipped);
	Error replace(ByteView bytes, bool keep_present, size_t *skipped);

	std::unique_ptr<Native, NativeDeleter> native_; // null: out of memory at construction, or built without mbedTLS
};

} // namespace netpeer
