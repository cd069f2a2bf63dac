// Which authorities a client trusts that names none.
#include "../core/fixed_text.h"
#include "../core/netpeer_config.h"
#include "../core/never_destroyed.h"
#include "../core/shared_object.h"
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

// What systems allow.
using TrustPath = FixedText<4096>;

struct DefaultTrust {
	// Held for a copy of a pointer, never while a file is read: nobody spins for long.
	std::atomic_flag busy = ATOMIC_FLAG_INIT;
	TrustPath path; // empty: the system's
	unsigned changes = 0;
};

// mbedTLS keeps tables with the keys it verifies with, made at their first use and without a lock. Making them all in
// advance takes ten times as long as reading the bundle again (300 ms and 27 ms with Debian's), so each thread has its own.
struct ThreadsTrust {
	std::shared_ptr<X509Certificate> chain; // null: to be read
	unsigned changes = 0;
};
#if NETPEER_NO_THREADS
ThreadsTrust threads_trust;
#else
thread_local ThreadsTrust threads_trust;
#endif

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
	threads_trust.chain = nullptr; // others find out by the number of changes
	DefaultTrust &trust = default_trust();
	const DefaultTrustLock lock(trust);
	(void)trust.path.assign(pem_file != nullptr ? pem_file : "");
	++trust.changes;
}

std::shared_ptr<X509Certificate> default_trust_chain() {
	TrustPath path;
	unsigned changes = 0;
	{
		DefaultTrust &trust = default_trust();
		const DefaultTrustLock lock(trust);
		changes = trust.changes;
		if (threads_trust.chain != nullptr && threads_trust.changes == changes) return threads_trust.chain;
		path = trust.path;
	}
	threads_trust.chain = nullptr;
	const std::shared_ptr<X509Certificate> chain = make_shared_object<X509Certificate>(*default_allocator());
	if (chain == nullptr) return nullptr;
	size_t skipped = 0;
	bool found = false;
	if (!path.empty()) {
		found = chain->read_file(path.c_str(), &skipped) == Error::OK;
	} else {
		for (const char *bundle : kSystemTrustBundles) {
			found = chain->read_file(bundle, &skipped) == Error::OK;
			if (found) break;
		}
	}
	if (!found) return nullptr; // it may be there, or memory, the next time
	threads_trust.chain = chain;
	threads_trust.changes = changes;
	return chain;
}

} // namespace netpeer
