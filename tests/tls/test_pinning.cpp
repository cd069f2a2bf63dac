// What docs/security.md promises to who makes certificates with netpeer: that clients take them, and no others.
#include "../../src/core/netpeer_config.h"

#if NETPEER_WITH_MBEDTLS

#include "../../src/tls/crypto.h"
#include "../support/test_certificates.h"
#include "../support/tls_support.h"

#include <gtest/gtest.h>

namespace netpeer {
namespace {

using netpeer_test::TlsPair;

struct Identity {
	std::shared_ptr<CryptoKey> key;
	std::shared_ptr<X509Certificate> certificate;
};

// As netpeer keygen makes them.
Identity pinned_identity(const std::vector<std::string> &names) {
	Crypto crypto;
	Identity made;
	made.key = crypto.generate_ec();
	CertificateSettings settings;
	const std::string subject = "CN=" + names.front();
	settings.subject_name = subject.c_str();
	settings.alternative_names = names;
	settings.for_servers = true;
	if (made.key != nullptr) made.certificate = crypto.generate_certificate(*made.key, settings);
	return made;
}

// A copy, as the client has it from its own file.
std::shared_ptr<X509Certificate> copy_of(const X509Certificate &certificate) {
	const auto copy = std::make_shared<X509Certificate>();
	return copy->load_from_string(certificate.save_to_string().c_str()) == Error::OK ? copy : nullptr;
}

TlsFailure meet(const Identity &server, const std::shared_ptr<X509Certificate> &trusted, const char *host_name) {
	TlsPair pair(false);
	pair.client_config.options = TLSOptions::client(trusted);
	pair.client_config.host_name = host_name;
	pair.server_config.options = TLSOptions::server(server.key, server.certificate);
	if (!pair.make()) return TlsFailure::kProtocol;
	pair.run();
	return pair.connected() ? TlsFailure::kNone : pair.client->failure();
}

TEST(Pinning, AServersOwnCertificateIsTrustedAndItAlone) {
	const Identity server = pinned_identity({"game.test"}), other = pinned_identity({"game.test"});
	ASSERT_TRUE(server.certificate != nullptr && other.certificate != nullptr);
	EXPECT_EQ(meet(server, copy_of(*server.certificate), "game.test"), TlsFailure::kNone);
	EXPECT_EQ(meet(other, copy_of(*server.certificate), "game.test"), TlsFailure::kNotTrusted);
	EXPECT_EQ(meet(server, test_certificates::authority().load_certificate(), "game.test"), TlsFailure::kNotTrusted);
}

TEST(Pinning, NamesOfEveryKindAreMatched) {
	const Identity server = pinned_identity({"game.test", "*.wild.test", "192.0.2.1", "2001:db8::1"});
	ASSERT_NE(server.certificate, nullptr);
	const auto trusted = copy_of(*server.certificate);
	for (const char *name : {"game.test", "GAME.test", "any.wild.test", "192.0.2.1", "2001:db8::1"})
		EXPECT_EQ(meet(server, trusted, name), TlsFailure::kNone) << name;
	for (const char *name : {"other.test", "wild.test", "a.b.wild.test", "192.0.2.2", "game.test.evil"})
		EXPECT_EQ(meet(server, trusted, name), TlsFailure::kNameMismatch) << name;
}

TEST(Pinning, TheCommonNameCountsNoMoreBesideAlternativeNames) {
	Crypto crypto;
	Identity server;
	server.key = crypto.generate_ec();
	CertificateSettings settings;
	settings.subject_name = "CN=common.test";
	settings.alternative_names = {"other.test"};
	server.certificate = crypto.generate_certificate(*server.key, settings);
	ASSERT_NE(server.certificate, nullptr);
	EXPECT_EQ(meet(server, copy_of(*server.certificate), "other.test"), TlsFailure::kNone);
	EXPECT_EQ(meet(server, copy_of(*server.certificate), "common.test"), TlsFailure::kNameMismatch);
	settings.alternative_names.clear();
	server.certificate = crypto.generate_certificate(*server.key, settings);
	ASSERT_NE(server.certificate, nullptr);
	EXPECT_EQ(meet(server, copy_of(*server.certificate), "common.test"), TlsFailure::kNone);
}

TEST(Pinning, TheNextCertificateMayBeTrustedBeside) {
	const Identity now = pinned_identity({"game.test"}), next = pinned_identity({"game.test"});
	ASSERT_TRUE(now.certificate != nullptr && next.certificate != nullptr);
	const auto trusted = copy_of(*now.certificate);
	ASSERT_EQ(trusted->append(view_of(next.certificate->save_to_string().c_str())), Error::OK);
	EXPECT_EQ(meet(now, trusted, "game.test"), TlsFailure::kNone);
	EXPECT_EQ(meet(next, trusted, "game.test"), TlsFailure::kNone);
}

TEST(Pinning, ThePinnedKeyCannotVouchForOthers) {
	// Whoever stole it makes a certificate for another name with it: that is one of no authority.
	const Identity server = pinned_identity({"game.test"});
	ASSERT_NE(server.certificate, nullptr);
	Crypto crypto;
	CertificateSettings settings;
	settings.subject_name = "CN=bank.test";
	settings.alternative_names = {"bank.test"};
	settings.issuer = server.certificate.get();
	settings.issuer_key = server.key.get();
	Identity forged;
	forged.key = crypto.generate_ec();
	forged.certificate = crypto.generate_certificate(*forged.key, settings);
	ASSERT_NE(forged.certificate, nullptr);
	EXPECT_EQ(meet(forged, copy_of(*server.certificate), "bank.test"), TlsFailure::kNotTrusted);
}

TEST(Pinning, SelfSignedCertificatesAsGodotMakesThemWork) {
	for (const TestIdentity *identity : {&test_certificates::self_signed(), &test_certificates::self_signed_rsa()}) {
		const Identity server{identity->load_key(), identity->load_chain()};
		EXPECT_EQ(meet(server, identity->load_chain(), "localhost"), TlsFailure::kNone);
		EXPECT_EQ(meet(server, identity->load_chain(), "game.test"), TlsFailure::kNameMismatch);
	}
}

TEST(Pinning, AnAuthorityOfOnesOwnVouchesThroughItsIntermediate) {
	const Identity server{test_certificates::server().load_key(), test_certificates::server().load_chain()};
	const auto authority = test_certificates::authority().load_certificate();
	EXPECT_EQ(meet(server, authority, "server.test"), TlsFailure::kNone);
	EXPECT_EQ(meet(server, test_certificates::other_authority().load_certificate(), "server.test"),
	        TlsFailure::kNotTrusted);
	const Identity alone{test_certificates::server().load_key(), test_certificates::server().load_certificate()};
	EXPECT_EQ(meet(alone, authority, "server.test"), TlsFailure::kNotTrusted);
}

} // namespace
} // namespace netpeer

#endif // NETPEER_WITH_MBEDTLS
