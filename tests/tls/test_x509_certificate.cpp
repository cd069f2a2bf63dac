#include "../../src/core/netpeer_config.h"
#include "../../src/tls/crypto.h"
#include "../../src/tls/x509_certificate.h"
#include "../support/openssl_program.h"
#include "../support/test_certificates.h"
#include "../support/watching_allocator.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#if NETPEER_WITH_MBEDTLS
#include "../../src/tls/backend_mbedtls/mbedtls_natives.h"
#endif

namespace netpeer {
namespace {

#if NETPEER_WITH_MBEDTLS

Error load_exactly(X509Certificate &certificate, const std::string &bytes) {
	const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
	return certificate.load_from_bytes(ByteView(copy.data(), copy.size()));
}

std::string der_of(const X509Certificate &certificate) {
	const mbedtls_x509_buf &raw = certificate.native()->chain.raw;
	return std::string(reinterpret_cast<const char *>(raw.p), raw.len);
}

TEST(X509Certificate, IsEmptyAtFirst) {
	X509Certificate certificate;
	EXPECT_EQ(certificate.count(), 0u);
	EXPECT_EQ(certificate.save_to_string(), "");
	ByteBuffer bytes;
	EXPECT_EQ(certificate.save_to_bytes(bytes), Error::FAILED);
	const TestFolder folder;
	EXPECT_EQ(certificate.save(folder.path("certificate.pem").c_str()), Error::FAILED);
}

TEST(X509Certificate, DescribesEachOneInALine) {
	const std::shared_ptr<X509Certificate> chain = test_certificates::server().load_chain();
	ASSERT_NE(chain, nullptr);
	EXPECT_EQ(chain->describe(0),
	        "CN=server.test, O=netpeer, C=DE; for server.test, *.wild.test, localhost, 127.0.0.1, ::1; issued by "
	        "CN=Test intermediate, O=netpeer, C=DE; valid from 2001-01-01 to 2099-12-31");
	EXPECT_EQ(chain->describe(1), "CN=Test intermediate, O=netpeer, C=DE; issued by CN=Test authority, O=netpeer, "
	                              "C=DE; valid from 2001-01-01 "
	                              "to 2099-12-31");
	EXPECT_EQ(chain->describe(2), "");
	EXPECT_EQ(X509Certificate().describe(0), "");
}

TEST(X509Certificate, DescribesHostileNamesInPrintableAsciiOfBoundedLength) {
	CertificateSettings settings;
	settings.subject_name = "CN=line\x1b[31m\nbreak,O=netpeer,C=DE";
	for (int i = 0; i < 100; ++i) settings.alternative_names.push_back("name" + std::to_string(i) + ".example.org");
	Crypto crypto;
	const std::shared_ptr<CryptoKey> key = crypto.generate_ec();
	ASSERT_NE(key, nullptr);
	const std::shared_ptr<X509Certificate> hostile = crypto.generate_certificate(*key, settings);
	ASSERT_NE(hostile, nullptr);
	const std::string text = hostile->describe(0);
	EXPECT_LT(text.size(), 2048u);
	EXPECT_NE(text.find("name0.example.org"), std::string::npos);
	EXPECT_NE(text.find(", ...;"), std::string::npos);
	for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
}

TEST(X509Certificate, RefusesWhatIsNoCertificate) {
	X509Certificate certificate;
	EXPECT_EQ(certificate.load_from_string(nullptr), Error::FAILED);
	EXPECT_EQ(certificate.load_from_string(""), Error::FAILED);
	EXPECT_EQ(certificate.load_from_string("no certificate"), Error::FAILED);
	EXPECT_EQ(certificate.load_from_bytes(ByteView()), Error::FAILED);
	EXPECT_EQ(certificate.load_from_string(test_certificates::server().key.c_str()), Error::FAILED);
	EXPECT_EQ(certificate.load_from_string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), Error::FAILED);
	EXPECT_EQ(certificate.count(), 0u);
}

TEST(X509Certificate, FilesThatCannotBeOpenedAreInvalidParameters) {
	X509Certificate certificate;
	EXPECT_EQ(certificate.load(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(certificate.load(""), Error::ERR_INVALID_PARAMETER);
	const TestFolder folder;
	EXPECT_EQ(certificate.load(folder.path("no such file").c_str()), Error::ERR_INVALID_PARAMETER);
	folder.write("key.pem", test_certificates::server().key);
	EXPECT_EQ(certificate.load(folder.path("key.pem").c_str()), Error::FAILED);
	folder.write("empty.pem", "");
	EXPECT_EQ(certificate.load(folder.path("empty.pem").c_str()), Error::FAILED);
#if !defined(_WIN32)
	EXPECT_EQ(certificate.load(folder.path("").c_str()), Error::FAILED); // a folder can be opened, not read
#endif
	const std::shared_ptr<X509Certificate> good = test_certificates::server().load_chain();
	ASSERT_NE(good, nullptr);
	EXPECT_EQ(good->save(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(good->save(folder.path("no such folder/certificate.pem").c_str()), Error::ERR_INVALID_PARAMETER);
}

TEST(X509Certificate, AChainIsSavedOneByOneInFileOrder) {
	const TestIdentity &server = test_certificates::server();
	ASSERT_EQ(server.chain, server.certificate + test_certificates::intermediate().certificate);
	X509Certificate chain;
	ASSERT_EQ(chain.load_from_string(server.chain.c_str()), Error::OK);
	EXPECT_EQ(chain.count(), 2u);
	EXPECT_EQ(chain.save_to_string(), server.chain);
	const TestFolder folder;
	ASSERT_EQ(chain.save(folder.path("chain.pem").c_str()), Error::OK);
	EXPECT_EQ(folder.read("chain.pem"), server.chain);
	X509Certificate again;
	ASSERT_EQ(again.load(folder.path("chain.pem").c_str()), Error::OK);
	EXPECT_EQ(again.save_to_string(), server.chain);
}

TEST(X509Certificate, LoadingReplacesAndAppendAppends) {
	const std::string &first = test_certificates::server().certificate,
	                  &second = test_certificates::authority().certificate;
	X509Certificate certificate;
	ASSERT_EQ(certificate.load_from_string(first.c_str()), Error::OK);
	ASSERT_EQ(certificate.load_from_string(second.c_str()), Error::OK);
	EXPECT_EQ(certificate.save_to_string(), second);
	ASSERT_EQ(certificate.append(view_of(first.c_str())), Error::OK);
	EXPECT_EQ(certificate.count(), 2u);
	EXPECT_EQ(certificate.save_to_string(), second + first);
	EXPECT_EQ(certificate.append(view_of("nonsense")), Error::FAILED);
	EXPECT_EQ(certificate.append(view_of((first + first.substr(0, 100)).c_str())), Error::FAILED);
	EXPECT_EQ(certificate.save_to_string(), second + first);
	X509Certificate fresh;
	ASSERT_EQ(fresh.append(view_of(test_certificates::server().chain.c_str())), Error::OK);
	EXPECT_EQ(fresh.save_to_string(), test_certificates::server().chain);
}

TEST(X509Certificate, DerIsReadWithoutAnythingBehindIt) {
	X509Certificate certificate;
	ASSERT_EQ(certificate.load_from_string(test_certificates::server().certificate.c_str()), Error::OK);
	const std::string der = der_of(certificate);
	X509Certificate other;
	ASSERT_EQ(load_exactly(other, der), Error::OK);
	EXPECT_EQ(other.save_to_string(), test_certificates::server().certificate);
	EXPECT_EQ(load_exactly(other, der + '\0'), Error::FAILED);
	EXPECT_EQ(load_exactly(other, der + der), Error::FAILED);
	for (size_t size = 0; size < der.size(); ++size)
		ASSERT_EQ(load_exactly(other, der.substr(0, size)), Error::FAILED) << size;
	EXPECT_EQ(other.save_to_string(), test_certificates::server().certificate);
}

TEST(X509Certificate, CutAtAnyByteItIsRefused) {
	const std::string &pem = test_certificates::server().certificate;
	X509Certificate certificate;
	ASSERT_EQ(certificate.load_from_string(test_certificates::authority().certificate.c_str()), Error::OK);
	for (size_t size = 0; size + 1 < pem.size(); ++size)
		ASSERT_EQ(load_exactly(certificate, pem.substr(0, size)), Error::FAILED) << size;
	EXPECT_EQ(certificate.save_to_string(), test_certificates::authority().certificate);
	EXPECT_EQ(load_exactly(certificate, pem.substr(0, pem.size() - 1)), Error::OK);
}

TEST(X509Certificate, AChainCutWithinACertificateIsRefused) {
	// mbedTLS alone would take the whole ones before it and say nothing.
	const TestIdentity &server = test_certificates::server();
	const size_t first = server.certificate.size(), mark = std::string("-----BEGIN CERTIFICATE-----").size();
	X509Certificate certificate;
	for (size_t size = first; size + 1 < server.chain.size(); ++size) {
		const Error expected = size < first + mark ? Error::OK : Error::FAILED;
		ASSERT_EQ(load_exactly(certificate, server.chain.substr(0, size)), expected) << size;
		ASSERT_EQ(certificate.count(), 1u) << size;
	}
}

TEST(X509Certificate, ADamagedOneInTheMiddleIsRefused) {
	const TestIdentity &server = test_certificates::server();
	for (const char *damaged : {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	             "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n"}) {
		X509Certificate certificate;
		EXPECT_EQ(certificate.load_from_string((server.certificate + damaged + server.certificate).c_str()),
		        Error::FAILED);
		EXPECT_EQ(certificate.count(), 0u);
	}
}

TEST(X509Certificate, ItIsFoundAmongOtherText) {
	const TestIdentity &server = test_certificates::server();
	X509Certificate certificate;
	const std::string text = "# the server\n" + server.key + server.certificate + "# and who signed it\n" +
	                         test_certificates::intermediate().certificate + "the end";
	ASSERT_EQ(certificate.load_from_string(text.c_str()), Error::OK);
	EXPECT_EQ(certificate.save_to_string(), server.chain);
}

TEST(X509Certificate, ManyAndLargeOnesPass) {
	// Godot writes into 4096 bytes per certificate.
	Crypto crypto;
	const std::shared_ptr<CryptoKey> key = crypto.generate_ec();
	ASSERT_NE(key, nullptr);
	CertificateSettings settings;
	for (int i = 0; i < 1900; ++i)
		settings.alternative_names.push_back("host-number-" + std::to_string(10000 + i) + ".example.test");
	const std::shared_ptr<X509Certificate> large = crypto.generate_certificate(*key, settings);
	ASSERT_NE(large, nullptr);
	EXPECT_GT(der_of(*large).size(), 60000u);
	const std::string pem = large->save_to_string();
	std::string many;
	for (int i = 0; i < 100; ++i) many += i == 50 ? pem : test_certificates::server().certificate;
	X509Certificate chain;
	ASSERT_EQ(chain.load_from_string(many.c_str()), Error::OK);
	EXPECT_EQ(chain.count(), 100u);
	EXPECT_EQ(chain.save_to_string(), many);
	settings.alternative_names.resize(4000, "one-more-and-that-is-too-much.example.test");
	EXPECT_EQ(crypto.generate_certificate(*key, settings), nullptr);
	if (!has_openssl()) return;
	const TestFolder folder;
	folder.write("large.pem", pem);
	const OpensslAnswer shown = run_openssl("x509 -noout -ext subjectAltName -in " + folder.path("large.pem"));
	EXPECT_EQ(shown.exit_code, 0);
	EXPECT_NE(shown.output.find("DNS:host-number-11899.example.test"), std::string::npos);
}

TEST(X509Certificate, WhileASessionUsesItLoadingIsRefused) {
	const std::shared_ptr<X509Certificate> certificate = test_certificates::server().load_chain();
	ASSERT_NE(certificate, nullptr);
	const std::string &other = test_certificates::authority().certificate;
	const TestFolder folder;
	folder.write("other.pem", other);
	certificate->native()->users = 1; // as a session does
	EXPECT_EQ(certificate->load_from_string(other.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(certificate->load(folder.path("other.pem").c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(certificate->append(view_of(other.c_str())), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(certificate->save_to_string(), test_certificates::server().chain);
	certificate->native()->users = 0;
	EXPECT_EQ(certificate->load(folder.path("other.pem").c_str()), Error::OK);
}

TEST(X509Certificate, OutOfMemoryIsSaidAndLeavesTheOldChain) {
	X509Certificate certificate;
	ASSERT_EQ(certificate.load_from_string(test_certificates::server().certificate.c_str()), Error::OK);
	const std::string &other = test_certificates::authority().certificate;
	WatchingAllocator memory;
	memory.refuses = true;
	EXPECT_EQ(certificate.load_from_string(other.c_str()), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(certificate.append(view_of(other.c_str())), Error::ERR_OUT_OF_MEMORY);
	ByteBuffer bytes;
	EXPECT_EQ(certificate.save_to_bytes(bytes), Error::ERR_OUT_OF_MEMORY);
	memory.refuses = false;
	EXPECT_EQ(certificate.save_to_string(), test_certificates::server().certificate);
}

TEST(X509Certificate, TellsWhichKeyBelongsToIt) {
	const std::shared_ptr<X509Certificate> certificate = test_certificates::server().load_chain();
	ASSERT_NE(certificate, nullptr);
	const std::shared_ptr<CryptoKey> own = test_certificates::server().load_key(),
	                                 another = test_certificates::expired().load_key(),
	                                 rsa = test_certificates::self_signed_rsa().load_key();
	ASSERT_TRUE(own != nullptr && another != nullptr && rsa != nullptr);
	EXPECT_TRUE(mbedtls_key_belongs_to(*own, *certificate));
	EXPECT_FALSE(mbedtls_key_belongs_to(*another, *certificate));
	EXPECT_FALSE(mbedtls_key_belongs_to(*rsa, *certificate));
	EXPECT_TRUE(mbedtls_key_belongs_to(*rsa, *test_certificates::self_signed_rsa().load_certificate()));
	CryptoKey half, empty;
	ASSERT_EQ(half.load_from_string(own->save_to_string(true).c_str(), true), Error::OK);
	EXPECT_FALSE(mbedtls_key_belongs_to(half, *certificate));
	EXPECT_FALSE(mbedtls_key_belongs_to(empty, *certificate));
	EXPECT_FALSE(mbedtls_key_belongs_to(*own, X509Certificate()));
}

TEST(X509CertificateOpenssl, WhatItWritesIsReadInBothForms) {
	NETPEER_NEEDS_OPENSSL();
	const TestFolder folder;
	const auto at = [&](const char *name) { return folder.path(name); };
	ASSERT_EQ(run_openssl("req -x509 -newkey rsa:2048 -nodes -subj /CN=openssl.test -days 30 -addext "
	                      "subjectAltName=DNS:openssl.test -keyout " +
	                      at("key.pem") + " -out " + at("certificate.pem"))
	                  .exit_code,
	        0);
	ASSERT_EQ(
	        run_openssl("x509 -outform DER -in " + at("certificate.pem") + " -out " + at("certificate.der")).exit_code,
	        0);
	ASSERT_EQ(run_openssl("x509 -text -in " + at("certificate.pem") + " -out " + at("with_text.pem")).exit_code, 0);
	const std::string pem = folder.read("certificate.pem");
	for (const char *name : {"certificate.pem", "certificate.der", "with_text.pem"}) {
		X509Certificate certificate;
		EXPECT_EQ(certificate.load(at(name).c_str()), Error::OK) << name;
		EXPECT_EQ(certificate.save_to_string(), pem) << name;
		CryptoKey key;
		ASSERT_EQ(key.load(at("key.pem").c_str()), Error::OK);
		EXPECT_TRUE(mbedtls_key_belongs_to(key, certificate));
	}
}

#else

TEST(X509Certificate, AnswersUnavailableWithoutMbedTls) {
	X509Certificate certificate;
	EXPECT_EQ(certificate.load("certificate.pem"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(certificate.load_from_string(""), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(certificate.load_from_bytes(ByteView()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(certificate.append(ByteView()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(certificate.save("certificate.pem"), Error::ERR_UNAVAILABLE);
	ByteBuffer bytes;
	EXPECT_EQ(certificate.save_to_bytes(bytes), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(certificate.save_to_string(), "");
	EXPECT_EQ(certificate.count(), 0u);
	EXPECT_EQ(certificate.describe(0), "");
}

#endif

} // namespace
} // namespace netpeer
