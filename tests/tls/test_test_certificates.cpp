// The certificates other tests build on are what they claim, says the openssl program.
#include "../../src/core/netpeer_config.h"
#include "../support/openssl_program.h"
#include "../support/test_certificates.h"

#include <gtest/gtest.h>

#if NETPEER_WITH_MBEDTLS

namespace netpeer {
namespace {

// "openssl verify" of the leaf with the rest of its chain as helpers, as a server.
std::string verdict_of_openssl(
        const TestFolder &folder, const TestIdentity &identity, const TestIdentity &trusted, const char *options = "") {
	folder.write("trusted.pem", trusted.certificate);
	folder.write("leaf.pem", identity.certificate);
	folder.write("chain.pem", identity.chain);
	return run_openssl("verify -CAfile " + folder.path("trusted.pem") + " -untrusted " + folder.path("chain.pem") +
	                   " -purpose sslserver " + options + " " + folder.path("leaf.pem"))
	        .output;
}

TEST(TestCertificates, AreAcceptedOrRefusedByOpensslAsTheySay) {
	NETPEER_NEEDS_OPENSSL();
	namespace tc = test_certificates;
	const TestFolder folder;
	EXPECT_NE(verdict_of_openssl(folder, tc::server(), tc::authority()).find("leaf.pem: OK"), std::string::npos);
	for (const char *name : {"-verify_hostname server.test", "-verify_hostname localhost", "-verify_ip 127.0.0.1",
	             "-verify_ip ::1", "-verify_hostname any.wild.test"})
		EXPECT_NE(verdict_of_openssl(folder, tc::server(), tc::authority(), name).find("OK"), std::string::npos)
		        << name;
	const auto refused = [&](const TestIdentity &identity, const TestIdentity &trusted, const char *options,
	                             const char *why) {
		const std::string said = verdict_of_openssl(folder, identity, trusted, options);
		EXPECT_NE(said.find(why), std::string::npos) << said;
		EXPECT_EQ(said.find("leaf.pem: OK"), std::string::npos) << said;
	};
	refused(tc::server(), tc::authority(), "-verify_hostname other.test", "hostname mismatch");
	refused(tc::server(), tc::authority(), "-verify_ip 127.0.0.2", "IP address mismatch");
	refused(tc::other_name(), tc::authority(), "-verify_hostname server.test", "hostname mismatch");
	refused(tc::server(), tc::other_authority(), "", "certificate signature failure");
	refused(tc::expired(), tc::authority(), "", "certificate has expired");
	refused(tc::not_yet_valid(), tc::authority(), "", "certificate is not yet valid");
	refused(tc::client_only(), tc::authority(), "", "unsuitable certificate purpose");
	EXPECT_NE(verdict_of_openssl(folder, tc::self_signed(), tc::self_signed(), "-verify_hostname localhost")
	                  .find("leaf.pem: OK"),
	        std::string::npos);
	EXPECT_NE(verdict_of_openssl(folder, tc::self_signed_rsa(), tc::self_signed_rsa()).find("leaf.pem: OK"),
	        std::string::npos);
	TestIdentity alone = tc::server();
	alone.chain = alone.certificate;
	refused(alone, tc::authority(), "", "unable to get local issuer certificate");
}

TEST(TestCertificates, AreMadeOnce) {
	EXPECT_EQ(&test_certificates::server(), &test_certificates::server());
	EXPECT_EQ(test_certificates::server().load_chain()->count(), 2u);
	EXPECT_NE(test_certificates::server().load_key(), nullptr);
	EXPECT_NE(test_certificates::server().key, test_certificates::expired().key);
}

} // namespace
} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
