// TLSOptions made of the test certificates, and the same certificates as files for other programs.
#pragma once

#include "../../src/core/netpeer_config.h"
#include "../../src/tls/tls_options.h"
#include "openssl_program.h"
#include "test_certificates.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#if NETPEER_WITH_MBEDTLS
#define NETPEER_NEED_TLS()
#else
#define NETPEER_NEED_TLS() GTEST_SKIP() << "built without mbedTLS"
#endif

namespace netpeer_test {

namespace identities = netpeer::test_certificates;

inline std::shared_ptr<netpeer::TLSOptions> server_of(const netpeer::TestIdentity &identity = identities::server()) {
	return netpeer::TLSOptions::server(identity.load_key(), identity.load_chain());
}

inline std::shared_ptr<netpeer::TLSOptions> client_trusting(
        const netpeer::TestIdentity &authority = identities::authority()) {
	return netpeer::TLSOptions::client(authority.load_certificate());
}

/// PEM files in a folder of their own.
class IdentityFiles {
public:
	/// With the chain a server shows.
	std::string chain(const netpeer::TestIdentity &identity) const { return file("chain.pem", identity.chain); }
	std::string key(const netpeer::TestIdentity &identity) const { return file("key.pem", identity.key); }
	std::string authority(const netpeer::TestIdentity &identity = identities::authority()) const {
		return file("authority.pem", identity.certificate);
	}

private:
	std::string file(const char *name, const std::string &text) const {
		folder_.write(name, text);
		return folder_.path(name);
	}

	netpeer::TestFolder folder_;
};

} // namespace netpeer_test
