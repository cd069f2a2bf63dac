#include "../../src/core/netpeer_config.h"
#include "../../src/tls/tls_options.h"
#include "../support/openssl_program.h"
#include "../support/test_certificates.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace netpeer {
namespace {

TEST(TLSOptions, AClientHoldsItsChainAndName) {
	const auto chain = std::make_shared<X509Certificate>();
	const auto options = TLSOptions::client(chain, "name.test");
	EXPECT_FALSE(options->is_server());
	EXPECT_FALSE(options->is_unsafe_client());
	EXPECT_EQ(options->get_common_name_override(), "name.test");
	EXPECT_EQ(options->get_trusted_ca_chain(), chain);
	EXPECT_EQ(options->get_private_key(), nullptr);
	EXPECT_EQ(options->get_own_certificate(), nullptr);
}

TEST(TLSOptions, AClientNeedsNothing) {
	for (const auto &options : {TLSOptions::client(), TLSOptions::client(nullptr, nullptr)}) {
		EXPECT_FALSE(options->is_server());
		EXPECT_FALSE(options->is_unsafe_client());
		EXPECT_EQ(options->get_common_name_override(), "");
		EXPECT_EQ(options->get_trusted_ca_chain(), nullptr);
	}
}

TEST(TLSOptions, AnUnsafeClientSaysSo) {
	const auto chain = std::make_shared<X509Certificate>();
	const auto options = TLSOptions::client_unsafe(chain);
	EXPECT_FALSE(options->is_server());
	EXPECT_TRUE(options->is_unsafe_client());
	EXPECT_EQ(options->get_common_name_override(), "");
	EXPECT_EQ(options->get_trusted_ca_chain(), chain);
	EXPECT_EQ(options->get_private_key(), nullptr);
	EXPECT_EQ(options->get_own_certificate(), nullptr);
	EXPECT_EQ(TLSOptions::client_unsafe()->get_trusted_ca_chain(), nullptr);
}

TEST(TLSOptions, AServerHoldsKeyAndCertificate) {
	const auto key = std::make_shared<CryptoKey>();
	const auto certificate = std::make_shared<X509Certificate>();
	const auto options = TLSOptions::server(key, certificate);
	EXPECT_TRUE(options->is_server());
	EXPECT_FALSE(options->is_unsafe_client());
	EXPECT_EQ(options->get_common_name_override(), "");
	EXPECT_EQ(options->get_trusted_ca_chain(), nullptr);
	EXPECT_EQ(options->get_private_key(), key);
	EXPECT_EQ(options->get_own_certificate(), certificate);
	// What is missing is noticed where it is used.
	EXPECT_TRUE(TLSOptions::server(nullptr, nullptr)->is_server());
}

#if NETPEER_WITH_MBEDTLS

class DefaultTrustChain : public testing::Test {
protected:
	~DefaultTrustChain() override { set_default_trust_path(nullptr); }
};

TEST_F(DefaultTrustChain, IsThatOfTheFileThatWasNamed) {
	const TestFolder folder;
	folder.write("trust.pem", test_certificates::authority().certificate);
	set_default_trust_path(folder.path("trust.pem").c_str());
	const auto chain = default_trust_chain();
	ASSERT_NE(chain, nullptr);
	EXPECT_EQ(chain->save_to_string(), test_certificates::authority().certificate);
	EXPECT_EQ(default_trust_chain(), chain); // read once
	folder.write("trust.pem", test_certificates::other_authority().certificate);
	EXPECT_EQ(default_trust_chain(), chain);
	set_default_trust_path(folder.path("trust.pem").c_str());
	EXPECT_EQ(default_trust_chain()->save_to_string(), test_certificates::other_authority().certificate);
	EXPECT_EQ(chain->save_to_string(), test_certificates::authority().certificate); // who has it keeps it
}

TEST_F(DefaultTrustChain, WithoutAReadableFileNothingElseIsTrusted) {
	const TestFolder folder;
	folder.write("empty.pem", "");
	for (const std::string &path : {folder.path("empty.pem"), folder.path("missing.pem")}) {
		set_default_trust_path(path.c_str());
		EXPECT_EQ(default_trust_chain(), nullptr);
	}
	// It may come later.
	folder.write("missing.pem", test_certificates::authority().certificate);
	EXPECT_NE(default_trust_chain(), nullptr);
}

TEST_F(DefaultTrustChain, LeavesOutWhatCannotBeRead) {
	const TestFolder folder;
	folder.write("trust.pem", test_certificates::authority().certificate +
	                                  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" +
	                                  test_certificates::other_authority().certificate);
	set_default_trust_path(folder.path("trust.pem").c_str());
	const auto chain = default_trust_chain();
	ASSERT_NE(chain, nullptr);
	EXPECT_EQ(chain->count(), 2u);
}

TEST_F(DefaultTrustChain, IsTheSystemsWithoutAName) {
	set_default_trust_path("");
	const auto chain = default_trust_chain();
	if (chain == nullptr) GTEST_SKIP() << "this system keeps no bundle of authorities where we look";
	EXPECT_GT(chain->count(), 10u);
	set_default_trust_path(nullptr);
	EXPECT_EQ(default_trust_chain()->count(), chain->count());
}

TEST_F(DefaultTrustChain, EachThreadHasItsOwn) {
	const TestFolder folder;
	folder.write("trust.pem", test_certificates::authority().certificate);
	set_default_trust_path(folder.path("trust.pem").c_str());
	std::vector<std::shared_ptr<X509Certificate>> seen(4);
	std::vector<std::thread> threads;
	for (auto &one : seen)
		threads.emplace_back([&one] {
			one = default_trust_chain();
			EXPECT_EQ(one, default_trust_chain());
		});
	for (std::thread &thread : threads) thread.join();
	for (size_t i = 0; i < seen.size(); ++i) {
		ASSERT_NE(seen[i], nullptr);
		EXPECT_EQ(seen[i]->count(), 1u);
		for (size_t j = 0; j < i; ++j) EXPECT_NE(seen[i], seen[j]);
	}
}

#else

TEST(DefaultTrustChain, IsNullWithoutMbedTls) {
	set_default_trust_path("trust.pem");
	EXPECT_EQ(default_trust_chain(), nullptr);
	set_default_trust_path(nullptr);
	EXPECT_EQ(default_trust_chain(), nullptr);
}

#endif

} // namespace
} // namespace netpeer
