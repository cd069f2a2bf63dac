#include "../../src/core/netpeer_config.h"
#include "../../src/tls/crypto.h"
#include "../../src/tls/crypto_key.h"
#include "../support/openssl_program.h"
#include "../support/test_certificates.h"
#include "../support/watching_allocator.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#if NETPEER_WITH_MBEDTLS
#include "../../src/tls/backend_mbedtls/mbedtls_natives.h"
#endif

namespace netpeer {
namespace {

#if NETPEER_WITH_MBEDTLS

ByteView view_of_string(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

// In memory that ends where the bytes end, for the sanitizer to watch.
Error load_exactly(CryptoKey &key, const std::string &bytes, bool public_only = false) {
	const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
	return key.load_from_bytes(ByteView(copy.data(), copy.size()), public_only);
}

TEST(CryptoKey, IsEmptyAtFirst) {
	CryptoKey key;
	EXPECT_TRUE(key.is_empty());
	EXPECT_FALSE(key.is_public_only());
	EXPECT_EQ(key.save_to_string(), "");
	EXPECT_EQ(key.save_to_string(true), "");
	SecretBytes bytes;
	EXPECT_EQ(key.save_to_bytes(bytes), Error::FAILED);
	const TestFolder folder;
	EXPECT_EQ(key.save(folder.path("key.pem").c_str()), Error::FAILED);
}

TEST(CryptoKey, RefusesWhatIsNoKey) {
	CryptoKey key;
	EXPECT_EQ(key.load_from_string(nullptr), Error::FAILED);
	EXPECT_EQ(key.load_from_string(""), Error::FAILED);
	EXPECT_EQ(key.load_from_string("no key"), Error::FAILED);
	EXPECT_EQ(key.load_from_bytes(ByteView()), Error::FAILED);
	EXPECT_EQ(key.load_from_string(test_certificates::server().certificate.c_str()), Error::FAILED);
	EXPECT_EQ(key.load_from_string("-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n"), Error::FAILED);
	EXPECT_TRUE(key.is_empty());
}

TEST(CryptoKey, FilesThatCannotBeOpenedAreInvalidParameters) {
	CryptoKey key;
	EXPECT_EQ(key.load(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(key.load(""), Error::ERR_INVALID_PARAMETER);
	const TestFolder folder;
	EXPECT_EQ(key.load(folder.path("no such file").c_str()), Error::ERR_INVALID_PARAMETER);
	folder.write("certificate.pem", test_certificates::server().certificate);
	EXPECT_EQ(key.load(folder.path("certificate.pem").c_str()), Error::FAILED);
	folder.write("empty.pem", "");
	EXPECT_EQ(key.load(folder.path("empty.pem").c_str()), Error::FAILED);
	folder.write("long.pem", std::string(256 * 1024 + 1, '-'));
	EXPECT_EQ(key.load(folder.path("long.pem").c_str()), Error::FAILED);

	const std::shared_ptr<CryptoKey> good = test_certificates::server().load_key();
	ASSERT_NE(good, nullptr);
	EXPECT_EQ(good->save(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(good->save(folder.path("no such folder/key.pem").c_str()), Error::ERR_INVALID_PARAMETER);
}

TEST(CryptoKey, SavedAndLoadedItIsTheSameKey) {
	Crypto crypto;
	const TestFolder folder;
	const std::pair<std::shared_ptr<CryptoKey>, const char *> keys[] = {{crypto.generate_rsa(2048), "RSA PRIVATE KEY"},
	        {crypto.generate_ec(), "EC PRIVATE KEY"}, {crypto.generate_ec(EllipticCurve::kP384), "EC PRIVATE KEY"},
	        {crypto.generate_ec(EllipticCurve::kP521), "EC PRIVATE KEY"}};
	for (const auto &[key, name] : keys) {
		ASSERT_NE(key, nullptr);
		const std::string pem = key->save_to_string(), public_pem = key->save_to_string(true);
		EXPECT_EQ(pem.find(std::string("-----BEGIN ") + name + "-----\n"), 0u) << pem;
		EXPECT_EQ(public_pem.find("-----BEGIN PUBLIC KEY-----\n"), 0u);
		CryptoKey loaded;
		ASSERT_EQ(loaded.load_from_string(pem.c_str()), Error::OK);
		EXPECT_EQ(loaded.save_to_string(), pem);
		ASSERT_EQ(key->save(folder.path("key.pem").c_str()), Error::OK);
		EXPECT_EQ(folder.read("key.pem"), pem);
		ASSERT_EQ(loaded.load(folder.path("key.pem").c_str()), Error::OK);
		EXPECT_EQ(loaded.save_to_string(true), public_pem);
		SecretBytes bytes;
		ASSERT_EQ(loaded.save_to_bytes(bytes), Error::OK);
		EXPECT_EQ(bytes.view(), view_of_string(pem));
	}
}

TEST(CryptoKey, APublicKeyIsAlwaysSavedAsPublic) {
	const std::shared_ptr<CryptoKey> key = test_certificates::server().load_key();
	ASSERT_NE(key, nullptr);
	EXPECT_FALSE(key->is_public_only());
	const std::string public_pem = key->save_to_string(true);
	CryptoKey half;
	ASSERT_EQ(half.load_from_string(public_pem.c_str(), true), Error::OK);
	EXPECT_TRUE(half.is_public_only());
	EXPECT_EQ(half.save_to_string(false), public_pem);
	EXPECT_EQ(half.save_to_string(true), public_pem);
	// Each kind only as what it is.
	EXPECT_EQ(half.load_from_string(public_pem.c_str(), false), Error::FAILED);
	EXPECT_EQ(half.load_from_string(key->save_to_string().c_str(), true), Error::FAILED);
	EXPECT_TRUE(half.is_public_only());
	const TestFolder folder;
	ASSERT_EQ(key->save(folder.path("public.pem").c_str(), true), Error::OK);
	EXPECT_EQ(folder.read("public.pem"), public_pem);
	ASSERT_EQ(half.load(folder.path("public.pem").c_str(), true), Error::OK);
}

TEST(CryptoKey, LoadingReplacesAndAFailureLeavesTheOldKey) {
	CryptoKey key;
	ASSERT_EQ(key.load_from_string(test_certificates::server().key.c_str()), Error::OK);
	ASSERT_EQ(key.load_from_string(test_certificates::expired().key.c_str()), Error::OK);
	EXPECT_EQ(key.save_to_string(), test_certificates::expired().key);
	EXPECT_EQ(key.load_from_string("nonsense"), Error::FAILED);
	EXPECT_EQ(key.load("no such file"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(key.save_to_string(), test_certificates::expired().key);
}

TEST(CryptoKey, CutAtAnyByteItIsRefused) {
	const std::shared_ptr<CryptoKey> rsa = test_certificates::self_signed_rsa().load_key();
	ASSERT_NE(rsa, nullptr);
	for (const std::string &pem : {test_certificates::server().key, rsa->save_to_string()}) {
		CryptoKey key;
		ASSERT_EQ(key.load_from_string(test_certificates::expired().key.c_str()), Error::OK);
		for (size_t size = 0; size + 1 < pem.size(); ++size)
			ASSERT_EQ(load_exactly(key, pem.substr(0, size)), Error::FAILED) << size;
		EXPECT_EQ(key.save_to_string(), test_certificates::expired().key);
		// Only the last line end may be missing.
		EXPECT_EQ(load_exactly(key, pem.substr(0, pem.size() - 1)), Error::OK);
	}
}

TEST(CryptoKey, ItIsFoundAmongOtherText) {
	const TestIdentity &server = test_certificates::server();
	CryptoKey key;
	const std::string before = "Bag Attributes\n  friendlyName: me\n" + server.certificate + server.key;
	ASSERT_EQ(key.load_from_string(before.c_str()), Error::OK);
	EXPECT_EQ(key.save_to_string(), server.key);
	ASSERT_EQ(key.load_from_string((server.key + server.certificate + "the end").c_str()), Error::OK);
}

TEST(CryptoKey, WhileASessionUsesItLoadingIsRefused) {
	const std::shared_ptr<CryptoKey> key = test_certificates::server().load_key();
	ASSERT_NE(key, nullptr);
	const TestFolder folder;
	folder.write("other.pem", test_certificates::expired().key);
	key->native()->users = 1; // as a session does
	EXPECT_EQ(key->load_from_string(test_certificates::expired().key.c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(key->load(folder.path("other.pem").c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(key->load(folder.path("missing.pem").c_str()), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(key->save_to_string(), test_certificates::server().key);
	key->native()->users = 0;
	EXPECT_EQ(key->load(folder.path("other.pem").c_str()), Error::OK);
}

TEST(CryptoKey, NothingOfAFileOrAKeyIsLeftInOurMemory) {
	const TestFolder folder;
	folder.write("key.pem", test_certificates::self_signed_rsa().key);
	WatchingAllocator memory;
	{
		CryptoKey key;
		ASSERT_EQ(key.load(folder.path("key.pem").c_str()), Error::OK);
		ASSERT_EQ(key.save(folder.path("copy.pem").c_str()), Error::OK);
		SecretBytes bytes;
		ASSERT_EQ(key.save_to_bytes(bytes), Error::OK);
		EXPECT_EQ(key.save_to_string(), test_certificates::self_signed_rsa().key);
		EXPECT_EQ(key.load_from_string("-----BEGIN RSA PRIVATE KEY-----\n"), Error::FAILED);
	}
	EXPECT_GT(memory.blocks, 4);
	EXPECT_EQ(memory.dirty_blocks, 0);
}

TEST(CryptoKey, OutOfMemoryIsSaidAndLeavesTheOldKey) {
	CryptoKey key;
	ASSERT_EQ(key.load_from_string(test_certificates::server().key.c_str()), Error::OK);
	const TestFolder folder;
	folder.write("other.pem", test_certificates::expired().key);
	WatchingAllocator memory;
	memory.refuses = true;
	EXPECT_EQ(key.load(folder.path("other.pem").c_str()), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(key.load_from_string(test_certificates::expired().key.c_str()), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(key.save(folder.path("copy.pem").c_str()), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(key.save_to_string(), "");
	memory.refuses = false;
	EXPECT_EQ(key.save_to_string(), test_certificates::server().key);
}

#if !defined(_WIN32)
TEST(CryptoKey, OnlyTheOwnerMayReadWhatIsSaved) {
	using std::filesystem::perms;
	const std::shared_ptr<CryptoKey> key = test_certificates::server().load_key();
	ASSERT_NE(key, nullptr);
	const TestFolder folder;
	const auto mode = [&](const char *name) { return std::filesystem::status(folder.path(name)).permissions(); };
	ASSERT_EQ(key->save(folder.path("new.pem").c_str()), Error::OK);
	EXPECT_EQ(mode("new.pem"), perms::owner_read | perms::owner_write);
	// Also where others could read a file of that name before, of which nothing is left.
	folder.write("old.pem", std::string(100000, 'x'));
	std::filesystem::permissions(folder.path("old.pem"), perms::owner_all | perms::group_read | perms::others_read);
	ASSERT_EQ(key->save(folder.path("old.pem").c_str()), Error::OK);
	EXPECT_EQ(mode("old.pem"), perms::owner_read | perms::owner_write);
	EXPECT_EQ(folder.read("old.pem"), test_certificates::server().key);
	// What is public may be read by whoever could before.
	folder.write("public.pem", "");
	std::filesystem::permissions(
	        folder.path("public.pem"), perms::owner_read | perms::owner_write | perms::others_read);
	ASSERT_EQ(key->save(folder.path("public.pem").c_str(), true), Error::OK);
	EXPECT_EQ(mode("public.pem"), perms::owner_read | perms::owner_write | perms::others_read);
}
#endif

// --- keys of the openssl program ---

TEST(CryptoKeyOpenssl, EveryFormItWritesIsRead) {
	NETPEER_NEEDS_OPENSSL();
	const TestFolder folder;
	const auto at = [&](const char *name) { return folder.path(name); };
	const std::pair<const char *, const char *> kinds[] = {{"RSA -pkeyopt rsa_keygen_bits:2048", "rsa -traditional"},
	        {"EC -pkeyopt ec_paramgen_curve:P-256", "ec"}, {"EC -pkeyopt ec_paramgen_curve:P-384", "ec"}};
	for (const auto &[algorithm, old_form_name] : kinds) {
		ASSERT_EQ(
		        run_openssl(std::string("genpkey -algorithm ") + algorithm + " -out " + at("pkcs8.pem")).exit_code, 0);
		const std::string old_form = old_form_name; // PKCS#1 or SEC1
		const std::string from = " -in " + at("pkcs8.pem") + " ";
		ASSERT_EQ(run_openssl(old_form + from + "-out " + at("old.pem")).exit_code, 0);
		ASSERT_EQ(run_openssl(old_form + from + "-outform DER -out " + at("old.der")).exit_code, 0);
		ASSERT_EQ(run_openssl("pkcs8" + from + "-topk8 -nocrypt -outform DER -out " + at("pkcs8.der")).exit_code, 0);
		ASSERT_EQ(run_openssl("pkey" + from + "-pubout -out " + at("public.pem")).exit_code, 0);
		ASSERT_EQ(run_openssl("pkey" + from + "-pubout -outform DER -out " + at("public.der")).exit_code, 0);
		const std::string public_pem = folder.read("public.pem");
		for (const char *name : {"pkcs8.pem", "old.pem", "old.der", "pkcs8.der"}) {
			CryptoKey key;
			EXPECT_EQ(key.load(at(name).c_str()), Error::OK) << algorithm << name;
			EXPECT_EQ(key.save_to_string(true), public_pem) << algorithm << name;
			EXPECT_EQ(load_exactly(key, folder.read(name)), Error::OK) << algorithm << name;
		}
		for (const char *name : {"public.pem", "public.der"}) {
			CryptoKey key;
			EXPECT_EQ(key.load(at(name).c_str(), true), Error::OK) << algorithm << name;
			EXPECT_EQ(key.save_to_string(), public_pem) << algorithm << name;
			EXPECT_EQ(key.load(at(name).c_str()), Error::FAILED) << algorithm << name;
		}
	}
}

TEST(CryptoKeyOpenssl, EncryptedKeysAreUnauthorized) {
	NETPEER_NEEDS_OPENSSL();
	const TestFolder folder;
	ASSERT_EQ(run_openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out " + folder.path("plain.pem"))
	                  .exit_code,
	        0);
	const std::string from = " -in " + folder.path("plain.pem");
	ASSERT_EQ(
	        run_openssl("pkcs8 -topk8 -passout pass:secret" + from + " -out " + folder.path("pkcs8.pem")).exit_code, 0);
	ASSERT_EQ(run_openssl("rsa -traditional -aes128 -passout pass:secret" + from + " -out " + folder.path("old.pem"))
	                  .exit_code,
	        0);
	ASSERT_NE(folder.read("pkcs8.pem").find("BEGIN ENCRYPTED PRIVATE KEY"), std::string::npos);
	ASSERT_NE(folder.read("old.pem").find("Proc-Type: 4,ENCRYPTED"), std::string::npos);
	CryptoKey key;
	ASSERT_EQ(key.load_from_string(test_certificates::server().key.c_str()), Error::OK);
	EXPECT_EQ(key.load(folder.path("pkcs8.pem").c_str()), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(key.load(folder.path("old.pem").c_str()), Error::ERR_UNAUTHORIZED);
	EXPECT_EQ(key.save_to_string(), test_certificates::server().key);
}

TEST(CryptoKeyOpenssl, OurKeysPassItsChecks) {
	NETPEER_NEEDS_OPENSSL();
	const TestFolder folder;
	Crypto crypto;
	for (const std::shared_ptr<CryptoKey> &key : {crypto.generate_rsa(2048), crypto.generate_ec(),
	             crypto.generate_ec(EllipticCurve::kP384), crypto.generate_ec(EllipticCurve::kP521)}) {
		ASSERT_NE(key, nullptr);
		ASSERT_EQ(key->save(folder.path("key.pem").c_str()), Error::OK);
		const OpensslAnswer checked = run_openssl("pkey -check -noout -in " + folder.path("key.pem"));
		EXPECT_EQ(checked.exit_code, 0) << checked.output;
		EXPECT_NE(checked.output.find("Key is valid"), std::string::npos) << checked.output;
		EXPECT_EQ(run_openssl("pkey -pubout -in " + folder.path("key.pem")).output, key->save_to_string(true));
	}
}

#else

TEST(CryptoKey, AnswersUnavailableWithoutMbedTls) {
	CryptoKey key;
	EXPECT_EQ(key.load("key.pem"), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.load_from_string(""), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.load_from_bytes(ByteView()), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.save("key.pem"), Error::ERR_UNAVAILABLE);
	SecretBytes bytes;
	EXPECT_EQ(key.save_to_bytes(bytes), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(key.save_to_string(), "");
	EXPECT_FALSE(key.is_public_only());
	EXPECT_TRUE(key.is_empty());
}

#endif

} // namespace
} // namespace netpeer
