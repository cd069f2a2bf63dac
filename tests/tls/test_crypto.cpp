#include "../../src/core/netpeer_config.h"
#include "../../src/tls/crypto.h"
#include "../support/openssl_program.h"
#include "../support/test_certificates.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>

#if NETPEER_WITH_MBEDTLS
#include "../../src/tls/backend_mbedtls/mbedtls_natives.h"
#endif

namespace netpeer {
namespace {

class DeadRandom final : public RandomSource {
public:
	Error fill(MutBytes) override { return Error::FAILED; }
};

// All ones: what a serial is made of then would be negative.
class OnesRandom final : public RandomSource {
public:
	Error fill(MutBytes out) override {
		if (out.size != 0) std::memset(out.data, 0xff, out.size);
		return Error::OK;
	}
};

TEST(Crypto, RandomBytesAreAsManyAsAskedAndDiffer) {
	Crypto crypto;
	const ByteBuffer first = crypto.generate_random_bytes(32), second = crypto.generate_random_bytes(32);
	EXPECT_EQ(first.size(), 32u);
	EXPECT_EQ(second.size(), 32u);
	EXPECT_NE(first.view(), second.view());
	EXPECT_EQ(crypto.generate_random_bytes(1).size(), 1u);
	EXPECT_EQ(crypto.generate_random_bytes(1000000).size(), 1000000u);
	EXPECT_EQ(crypto.get_last_error(), Error::OK);
	for (const int size : {0, -1}) {
		EXPECT_TRUE(crypto.generate_random_bytes(size).empty());
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	}
	DeadRandom dead;
	Crypto without(&dead);
	EXPECT_TRUE(without.generate_random_bytes(4).empty());
	EXPECT_EQ(without.get_last_error(), Error::FAILED);
}

TEST(Crypto, ConstantTimeCompareComparesAll) {
	const uint8_t bytes[] = {1, 2, 3, 4}, first[] = {0, 2, 3, 4}, last[] = {1, 2, 3, 5};
	EXPECT_TRUE(Crypto::constant_time_compare(ByteView(bytes, 4), ByteView(bytes, 4)));
	EXPECT_FALSE(Crypto::constant_time_compare(ByteView(bytes, 4), ByteView(first, 4)));
	EXPECT_FALSE(Crypto::constant_time_compare(ByteView(bytes, 4), ByteView(last, 4)));
	EXPECT_FALSE(Crypto::constant_time_compare(ByteView(bytes, 4), ByteView(bytes, 3)));
	EXPECT_FALSE(Crypto::constant_time_compare(ByteView(), ByteView(bytes, 1)));
	EXPECT_TRUE(Crypto::constant_time_compare(ByteView(), ByteView()));
}

#if NETPEER_WITH_MBEDTLS

std::string text_of(const ByteBuffer &bytes) {
	return std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

ByteView sha256_sized(const char *text) { return view_of(text).first(32); }
constexpr const char *kHash = "0123456789abcdef0123456789ABCDEF";
constexpr const char *kOtherHash = "1123456789abcdef0123456789ABCDEF";

TEST(Crypto, RsaKeysHaveTheirSize) {
	Crypto crypto;
	for (const int bits : {1024, 2048}) {
		const auto key = crypto.generate_rsa(bits);
		ASSERT_NE(key, nullptr);
		EXPECT_EQ(crypto.get_last_error(), Error::OK);
		EXPECT_EQ(mbedtls_pk_get_bitlen(&key->native()->key), static_cast<size_t>(bits));
		EXPECT_FALSE(key->is_public_only());
	}
	for (const int bits : {0, -1, 512, 1022, 1025, 2049, 8194, 1 << 30}) {
		EXPECT_EQ(crypto.generate_rsa(bits), nullptr) << bits;
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	}
}

TEST(Crypto, CurvesAreAsAsked) {
	Crypto crypto;
	const std::pair<EllipticCurve, size_t> curves[] = {
	        {EllipticCurve::kP256, 256}, {EllipticCurve::kP384, 384}, {EllipticCurve::kP521, 521}};
	for (const auto &[curve, bits] : curves) {
		const auto key = crypto.generate_ec(curve);
		ASSERT_NE(key, nullptr);
		EXPECT_EQ(mbedtls_pk_get_bitlen(&key->native()->key), bits);
	}
	EXPECT_EQ(mbedtls_pk_get_bitlen(&crypto.generate_ec()->native()->key), 256u);
	EXPECT_EQ(crypto.generate_ec(static_cast<EllipticCurve>(7)), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
}

TEST(Crypto, WithoutEntropyNothingIsMade) {
	DeadRandom dead;
	Crypto crypto(&dead);
	EXPECT_EQ(crypto.generate_rsa(2048), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::FAILED);
	EXPECT_EQ(crypto.generate_ec(), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::FAILED);
	EXPECT_EQ(crypto.generate_self_signed_certificate(test_certificates::server().load_key()), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::FAILED);
}

TEST(Crypto, SelfSignedCertificatesAreLikeGodotsButForTheSerial) {
	NETPEER_NEEDS_OPENSSL();
	const TestFolder folder;
	OnesRandom ones;
	Crypto crypto, worst(&ones);
	for (const auto &key : {test_certificates::self_signed_rsa().load_key(), test_certificates::server().load_key()}) {
		ASSERT_NE(key, nullptr);
		const auto certificate = crypto.generate_self_signed_certificate(key);
		ASSERT_NE(certificate, nullptr);
		EXPECT_EQ(certificate->count(), 1u);
		EXPECT_TRUE(mbedtls_key_belongs_to(*key, *certificate));
		ASSERT_EQ(certificate->save(folder.path("c.pem").c_str()), Error::OK);
		const std::string text = run_openssl("x509 -noout -text -nameopt RFC2253 -in " + folder.path("c.pem")).output;
		const auto has = [&](const char *part) { return text.find(part) != std::string::npos; };
		EXPECT_TRUE(has("Version: 3 (0x2)")) << text;
		EXPECT_TRUE(has("sha256WithRSAEncryption") || has("ecdsa-with-SHA256")) << text;
		EXPECT_TRUE(
		        has("Issuer: CN=myserver,O=myorganisation,C=IT") || has("Issuer: C=IT,O=myorganisation,CN=myserver"))
		        << text;
		EXPECT_TRUE(
		        has("Subject: CN=myserver,O=myorganisation,C=IT") || has("Subject: C=IT,O=myorganisation,CN=myserver"))
		        << text;
		EXPECT_TRUE(has("Not Before: Jan  1 00:00:00 2014 GMT")) << text;
		EXPECT_TRUE(has("Not After : Jan  1 00:00:00 2034 GMT")) << text;
		EXPECT_TRUE(has("CA:TRUE, pathlen:0")) << text;
		EXPECT_FALSE(has("Subject Alternative Name")) << text;
		EXPECT_FALSE(has("Key Usage")) << text;
		const std::string verified = run_openssl(
		        "verify -check_ss_sig -x509_strict -CAfile " + folder.path("c.pem") + " " + folder.path("c.pem"))
		                                     .output;
		EXPECT_NE(verified.find("OK"), std::string::npos) << verified;
		// Twenty octets and positive, whatever the random bytes are.
		for (Crypto *maker : {&crypto, &worst}) {
			const auto another = maker == &worst ? certificate : crypto.generate_self_signed_certificate(key);
			ASSERT_NE(another, nullptr);
			const mbedtls_x509_buf &serial = another->native()->chain.serial;
			ASSERT_EQ(serial.len, 20u);
			EXPECT_GT(serial.p[0], 0x3f);
			EXPECT_LT(serial.p[0], 0x80);
		}
	}
}

TEST(Crypto, TwoCertificatesHaveDifferentSerials) {
	Crypto crypto;
	const auto key = test_certificates::server().load_key();
	ASSERT_NE(key, nullptr);
	const auto first = crypto.generate_self_signed_certificate(key),
	           second = crypto.generate_self_signed_certificate(key);
	ASSERT_TRUE(first != nullptr && second != nullptr);
	EXPECT_NE(first->save_to_string(), second->save_to_string());
}

TEST(Crypto, NamesAndDatesThatCannotBeReadGiveNoCertificate) {
	Crypto crypto;
	const auto key = test_certificates::server().load_key();
	ASSERT_NE(key, nullptr);
	const auto refused = [&](const char *name, const char *from, const char *to) {
		const auto made = crypto.generate_self_signed_certificate(key, name, from, to);
		return made == nullptr && crypto.get_last_error() == Error::ERR_INVALID_PARAMETER;
	};
	constexpr const char *kFrom = "20140101000000", *kTo = "20340101000000";
	for (const char *name : {"", "myserver", "CN", "CN=", "=a", "XX=myserver", "CN=a,O", "CN=a,", "CN=a,,O=b", "CN=a\\",
	             static_cast<const char *>(nullptr)})
		EXPECT_TRUE(refused(name, kFrom, kTo)) << (name != nullptr ? name : "null");
	for (const char *date :
	        {"", "2014", "20140101", "201401010000000", "2014010100000x", "20141301000000", "20140132000000",
	                "20140101240000", "20140229000000", "21000229000000", "20140001000000", "20140100000000",
	                "20140101006000", "20140101000060", "tomorrow", static_cast<const char *>(nullptr)}) {
		EXPECT_TRUE(refused("CN=a", date, kTo)) << (date != nullptr ? date : "null");
		EXPECT_TRUE(refused("CN=a", kFrom, date)) << (date != nullptr ? date : "null");
	}
	EXPECT_TRUE(refused(("CN=" + std::string(1000, 'x')).c_str(), kFrom, kTo));
	EXPECT_FALSE(refused("CN=a\\,b", kFrom, kTo));
	EXPECT_FALSE(refused("CN=a", "20600101000000", "20700101000000"));
	EXPECT_FALSE(refused("CN=a", "20000229000000", "20240229235959"));
}

TEST(Crypto, WithoutAPrivateKeyThereIsNoSelfSignedCertificate) {
	Crypto crypto;
	EXPECT_EQ(crypto.generate_self_signed_certificate(nullptr), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(crypto.generate_self_signed_certificate(std::make_shared<CryptoKey>()), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	const auto half = std::make_shared<CryptoKey>();
	const std::string public_pem = test_certificates::server().load_key()->save_to_string(true);
	ASSERT_EQ(half->load_from_string(public_pem.c_str(), true), Error::OK);
	EXPECT_EQ(crypto.generate_self_signed_certificate(half), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	// To be signed by another the public half is enough.
	CertificateSettings settings;
	const auto issuer = test_certificates::authority().load_certificate();
	const auto issuer_key = test_certificates::authority().load_key();
	settings.issuer = issuer.get();
	settings.issuer_key = issuer_key.get();
	EXPECT_NE(crypto.generate_certificate(*half, settings), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::OK);
}

TEST(Crypto, AnIssuerNeedsItsOwnKey) {
	Crypto crypto;
	const auto key = test_certificates::server().load_key(),
	           other_key = test_certificates::other_authority().load_key();
	const auto issuer = test_certificates::authority().load_certificate();
	ASSERT_TRUE(key != nullptr && other_key != nullptr && issuer != nullptr);
	CertificateSettings settings;
	settings.issuer = issuer.get();
	EXPECT_EQ(crypto.generate_certificate(*key, settings), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	settings.issuer_key = other_key.get();
	EXPECT_EQ(crypto.generate_certificate(*key, settings), nullptr);
	settings.issuer = nullptr;
	EXPECT_EQ(crypto.generate_certificate(*key, settings), nullptr);
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
}

TEST(Crypto, AlternativeNamesAndPurposesAreWritten) {
	NETPEER_NEEDS_OPENSSL();
	Crypto crypto;
	CertificateSettings settings;
	settings.subject_name = "CN=names.test";
	settings.alternative_names = {"names.test", "*.names.test", "192.0.2.7", "2001:db8::7"};
	settings.for_servers = settings.for_clients = true;
	const auto certificate = crypto.generate_certificate(*test_certificates::server().load_key(), settings);
	ASSERT_NE(certificate, nullptr);
	const TestFolder folder;
	ASSERT_EQ(certificate->save(folder.path("c.pem").c_str()), Error::OK);
	const std::string text = run_openssl("x509 -noout -text -in " + folder.path("c.pem")).output;
	for (const char *part : {"DNS:names.test", "DNS:*.names.test", "IP Address:192.0.2.7", "DNS:192.0.2.7",
	             "IP Address:2001:DB8:0:0:0:0:0:7", "TLS Web Server Authentication", "TLS Web Client Authentication",
	             "CA:FALSE"})
		EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
	for (const char *name : {"", "two words", "line\nend", "m\xc3\xbcller.test"}) {
		settings.alternative_names = {"good.test", name};
		EXPECT_EQ(crypto.generate_certificate(*test_certificates::server().load_key(), settings), nullptr) << name;
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	}
}

TEST(Crypto, WhatIsSignedIsVerifiedAndNothingElse) {
	Crypto crypto;
	for (const TestIdentity *identity : {&test_certificates::server(), &test_certificates::self_signed_rsa()}) {
		const auto key = identity->load_key();
		ASSERT_NE(key, nullptr);
		CryptoKey half;
		ASSERT_EQ(half.load_from_string(key->save_to_string(true).c_str(), true), Error::OK);
		const std::pair<HashType, size_t> types[] = {
		        {HashType::HASH_MD5, 16}, {HashType::HASH_SHA1, 20}, {HashType::HASH_SHA256, 32}};
		for (const auto &[type, size] : types) {
			const ByteView hash = view_of(kHash).first(size);
			ByteBuffer signature = crypto.sign(type, hash, *key);
			ASSERT_FALSE(signature.empty());
			EXPECT_TRUE(crypto.verify(type, hash, signature.view(), half));
			EXPECT_TRUE(crypto.verify(type, hash, signature.view(), *key));
			EXPECT_FALSE(crypto.verify(type, view_of(kOtherHash).first(size), signature.view(), half));
			EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_DATA);
			EXPECT_FALSE(crypto.verify(type, hash, signature.view().first(signature.size() - 1), half));
			EXPECT_FALSE(crypto.verify(type, hash, ByteView(), half));
			signature.data()[signature.size() / 2] ^= 1;
			EXPECT_FALSE(crypto.verify(type, hash, signature.view(), half));
			EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_DATA);
			// A hash of another size, or no private key.
			EXPECT_TRUE(crypto.sign(type, view_of(kHash).first(size - 1), *key).empty());
			EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
			EXPECT_TRUE(crypto.sign(type, hash, half).empty());
			EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
			EXPECT_TRUE(crypto.sign(type, hash, CryptoKey()).empty());
			EXPECT_FALSE(crypto.verify(type, hash, signature.view(), CryptoKey()));
			EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
		}
		EXPECT_TRUE(crypto.sign(static_cast<HashType>(3), sha256_sized(kHash), *key).empty());
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	}
}

TEST(Crypto, WhatIsEncryptedIsDecryptedWithThePrivateKeyOnly) {
	Crypto crypto;
	const auto key = test_certificates::self_signed_rsa().load_key();
	ASSERT_NE(key, nullptr);
	CryptoKey half;
	ASSERT_EQ(half.load_from_string(key->save_to_string(true).c_str(), true), Error::OK);
	const std::string longest(256 - 11, 'x');
	for (const std::string &text : {std::string("secret"), longest, std::string()}) {
		const ByteBuffer hidden = crypto.encrypt(half, view_of(text.c_str()));
		ASSERT_EQ(hidden.size(), 256u) << text;
		EXPECT_EQ(text_of(crypto.decrypt(*key, hidden.view())), text);
		EXPECT_EQ(crypto.get_last_error(), Error::OK);
		EXPECT_TRUE(crypto.decrypt(half, hidden.view()).empty());
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
		EXPECT_TRUE(crypto.decrypt(*key, hidden.view().first(255)).empty());
		EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_DATA);
	}
	EXPECT_TRUE(crypto.encrypt(half, view_of((longest + "x").c_str())).empty());
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	const uint8_t zeros[256] = {};
	EXPECT_TRUE(crypto.decrypt(*key, ByteView(zeros, 256)).empty());
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_DATA);
	const auto curve = test_certificates::server().load_key();
	EXPECT_TRUE(crypto.encrypt(*curve, view_of("secret")).empty());
	EXPECT_TRUE(crypto.decrypt(*curve, ByteView(zeros, 256)).empty());
	EXPECT_TRUE(crypto.encrypt(CryptoKey(), view_of("secret")).empty());
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
}

TEST(Crypto, HmacsAreThoseOfTheStandards) {
	Crypto crypto;
	// RFC 4231 and RFC 2202, case 2; the third is of nothing with an empty key.
	const auto hmac = [&](HashType type, const char *key, const char *text) {
		const ByteBuffer digest = crypto.hmac_digest(type, view_of(key), view_of(text));
		std::string hex;
		for (size_t i = 0; i < digest.size(); ++i) {
			char two[3];
			std::snprintf(two, sizeof(two), "%02x", digest.view()[i]);
			hex += two;
		}
		return hex;
	};
	EXPECT_EQ(hmac(HashType::HASH_SHA256, "Jefe", "what do ya want for nothing?"),
	        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	EXPECT_EQ(hmac(HashType::HASH_SHA1, "Jefe", "what do ya want for nothing?"),
	        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	EXPECT_EQ(hmac(HashType::HASH_SHA256, "", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	EXPECT_EQ(hmac(HashType::HASH_MD5, "Jefe", "x"), "");
	EXPECT_EQ(crypto.get_last_error(), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(hmac(static_cast<HashType>(-1), "Jefe", "x"), "");
}

// --- with the openssl program ---

TEST(CryptoOpenssl, SignaturesAreUnderstoodInBothDirections) {
	NETPEER_NEEDS_OPENSSL();
	Crypto crypto;
	const TestFolder folder;
	const auto at = [&](const char *name) { return folder.path(name); };
	folder.write("message", "what is signed");
	for (const TestIdentity *identity : {&test_certificates::server(), &test_certificates::self_signed_rsa()}) {
		const auto key = identity->load_key();
		folder.write("key.pem", identity->key);
		folder.write("public.pem", key->save_to_string(true));
		const std::pair<HashType, std::string> types[] = {
		        {HashType::HASH_SHA1, "-sha1"}, {HashType::HASH_SHA256, "-sha256"}};
		for (const auto &[type, option] : types) {
			ASSERT_EQ(run_openssl("dgst -binary " + option + " -out " + at("hash") + " " + at("message")).exit_code, 0);
			const std::string hash = folder.read("hash");
			const ByteView hashed(reinterpret_cast<const uint8_t *>(hash.data()), hash.size());
			folder.write("ours", text_of(crypto.sign(type, hashed, *key)));
			const OpensslAnswer checked = run_openssl("dgst " + option + " -verify " + at("public.pem") +
			                                          " -signature " + at("ours") + " " + at("message"));
			EXPECT_NE(checked.output.find("Verified OK"), std::string::npos) << checked.output;
			ASSERT_EQ(run_openssl("dgst " + option + " -sign " + at("key.pem") + " -out " + at("theirs") + " " +
			                      at("message"))
			                  .exit_code,
			        0);
			const std::string theirs = folder.read("theirs");
			EXPECT_TRUE(crypto.verify(
			        type, hashed, ByteView(reinterpret_cast<const uint8_t *>(theirs.data()), theirs.size()), *key));
		}
	}
}

TEST(CryptoOpenssl, EncryptionIsUnderstoodInBothDirections) {
	NETPEER_NEEDS_OPENSSL();
	Crypto crypto;
	const TestFolder folder;
	const auto at = [&](const char *name) { return folder.path(name); };
	const auto key = test_certificates::self_signed_rsa().load_key();
	ASSERT_NE(key, nullptr);
	folder.write("key.pem", key->save_to_string());
	folder.write("public.pem", key->save_to_string(true));
	folder.write("ours", text_of(crypto.encrypt(*key, view_of("a secret"))));
	EXPECT_EQ(run_openssl("pkeyutl -decrypt -inkey " + at("key.pem") + " -in " + at("ours")).output, "a secret");
	folder.write("plain", "another secret");
	ASSERT_EQ(run_openssl("pkeyutl -encrypt -pubin -inkey " + at("public.pem") + " -in " + at("plain") + " -out " +
	                      at("theirs"))
	                  .exit_code,
	        0);
	const std::string theirs = folder.read("theirs");
	EXPECT_EQ(text_of(crypto.decrypt(*key, ByteView(reinterpret_cast<const uint8_t *>(theirs.data()), theirs.size()))),
	        "another secret");
}

#else

TEST(Crypto, AnswersUnavailableWithoutMbedTls) {
	Crypto crypto;
	const auto unavailable = [&] { return crypto.get_last_error() == Error::ERR_UNAVAILABLE; };
	CryptoKey key;
	EXPECT_TRUE(crypto.generate_rsa(2048) == nullptr && unavailable());
	EXPECT_TRUE(crypto.generate_ec() == nullptr && unavailable());
	EXPECT_TRUE(crypto.generate_self_signed_certificate(std::make_shared<CryptoKey>()) == nullptr && unavailable());
	EXPECT_TRUE(crypto.generate_certificate(key, CertificateSettings()) == nullptr && unavailable());
	EXPECT_TRUE(crypto.sign(HashType::HASH_SHA256, ByteView(), key).empty() && unavailable());
	EXPECT_TRUE(!crypto.verify(HashType::HASH_SHA256, ByteView(), ByteView(), key) && unavailable());
	EXPECT_TRUE(crypto.encrypt(key, ByteView()).empty() && unavailable());
	EXPECT_TRUE(crypto.decrypt(key, ByteView()).empty() && unavailable());
	EXPECT_TRUE(crypto.hmac_digest(HashType::HASH_SHA256, ByteView(), ByteView()).empty() && unavailable());
}

#endif

} // namespace
} // namespace netpeer
