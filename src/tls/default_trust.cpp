// Which authorities a client trusts that names none.
#include "../core/never_destroyed.h"
#include "tls_options.h"

#include <atomic>
#include <utility>

namespace netpeer {

namespace {

constexpr const char *kSystemTrustBundles[] = {
        "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Alpine, Gentoo
        "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // the same, newer
        "/etc/ssl/ca-bundle.pem",                            // openSUSE
        "/etc/ssl/cert.pem",                                 // macOS, OpenBSD, FreeBSD, Alpine
        "/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD's package
};

struct DefaultTrust {
	// Held for a few copies of pointers, never while a file is read: nobody spins for long.
	std::atomic_flag busy = ATOMIC_FLAG_INIT;
	std::shared_ptr<const std::string> path; // null: the system's
	std::shared_ptr<X509Certificate> chain;  // null: to be read
	unsigned changes = 0;
};

DefaultTrust &default_trust() {
	static NeverDestroyed<DefaultTrust> trust;
	return trust.get();
}

class DefaultTrustLock {
public:
	explicit DefaultTrustLock(DefaultTrust &trust) : trust_(trust) {
		while (trust_.busy.test_and_set(std::memory_order_acquire)) {
		}
	}
	~DefaultTrustLock() { trust_.busy.clear(std::memory_order_release); }
	DefaultTrustLock(const DefaultTrustLock &) = delete;
	DefaultTrustLock &operator=(const DefaultTrustLock &) = delete;

private:
	DefaultTrust &trust_;
};

} // namespace

void set_default_trust_path(const char *pem_file) {
	std::shared_ptr<const std::string> path;
	if (pem_file != nullptr && pem_file[0] != '\0') path = std::make_shared<const std::string>(pem_file);
	std::shared_ptr<X509Certificate> former; // freed after the lock
	DefaultTrust &trust = default_trust();
	const DefaultTrustLock lock(trust);
	std::swap(trust.path, path);
	std::swap(trust.chain, former);
	++trust.changes;
}

std::shared_ptr<X509Certificate> default_trust_chain() {
	DefaultTrust &trust = default_trust();
	for (;;) {
		std::shared_ptr<const std::string> path;
		unsigned changes = 0;
		{
			const DefaultTrustLock lock(trust);
			if (trust.chain != nullptr) return trust.chain;
			path = trust.path;
			changes = trust.changes;
		}
		const std::shared_ptr<X509Certificate> chain = std::make_shared<X509Certificate>();
		size_t skipped = 0;
		bool found = false;
		if (path != nullptr) {
			found = chain->read_file(path->c_str(), &skipped) == Error::OK;
		} else {
			for (const char *bundle : kSystemTrustBundles) {
				found = chain->read_file(bundle, &skipped) == Error::OK;
				if (found) break;
			}
		}
		const DefaultTrustLock lock(trust);
		if (trust.changes != changes) continue;         // somebody chose another file meanwhile
		if (trust.chain != nullptr) return trust.chain; // another thread was quicker, and its sessions share that one
		if (!found) return nullptr;                     // may be there, or have memory, the next time
		trust.chain = chain;
		return chain;
	}
}

} // namespace netpeer
