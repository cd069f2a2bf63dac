// Keys and certificates, PEM and DER: what cannot be read leaves the old content, and what can is written in a form that
// reads the same again. Where mbedTLS is not built in, everything is refused.
//
// Input: one byte, bit 0: as a public key, bit 1: append to a chain; then the file. mbedTLS itself is covered only when it is
// built along (NETPEER_MBEDTLS_DIR); the installed one is a black box.
#include "../src/core/seeded_rng.h"
#include "../src/tls/crypto.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using netpeer::ByteView;
using netpeer::CryptoKey;
using netpeer::Error;
using netpeer::X509Certificate;

constexpr size_t kMaxInputBytes = 8192; // longer ones only take longer

void pem_must(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_pem: broken: %s\n", what);
	std::abort();
}

// The same numbers in each run.
class FuzzRandom final : public netpeer::RandomSource {
public:
	Error fill(netpeer::MutBytes out) override {
		for (size_t i = 0; i < out.size; ++i) out.data[i] = static_cast<uint8_t>(numbers_.u32());
		return Error::OK;
	}

private:
	netpeer::SeededRng numbers_{1};
};

bool is_refusal(Error error) {
	return error == Error::FAILED || error == Error::ERR_UNAUTHORIZED || error == Error::ERR_UNAVAILABLE;
}

// What is held before the input comes; all empty without mbedTLS.
struct Former {
	std::string key, certificate;

	Former() {
		FuzzRandom random;
		netpeer::Crypto crypto(&random);
		const std::shared_ptr<CryptoKey> made = crypto.generate_ec();
		if (made == nullptr) return;
		key = made->save_to_string();
		certificate = crypto.generate_self_signed_certificate(made)->save_to_string();
	}
};

void read_as_key(const Former &former, ByteView file, bool public_only) {
	CryptoKey key;
	pem_must(key.load_from_string(former.key.c_str()) == (former.key.empty() ? Error::ERR_UNAVAILABLE : Error::OK),
	        "a key of ours can be read");
	const Error error = key.load_from_bytes(file, public_only);
	if (error != Error::OK) {
		pem_must(is_refusal(error), "a key is refused with one of three errors");
		pem_must(key.save_to_string() == former.key && !key.is_public_only(), "and the old one is there");
		return;
	}
	pem_must(!key.is_empty() && key.is_public_only() == public_only, "a key is what it was loaded as");
	const std::string pem = key.save_to_string();
	if (pem.empty()) return; // of a kind that mbedTLS reads and does not write
	CryptoKey again;
	pem_must(again.load_from_string(pem.c_str(), public_only) == Error::OK, "what is written can be read");
	pem_must(again.save_to_string() == pem, "and is the same");

	FuzzRandom random;
	netpeer::Crypto crypto(&random);
	const uint8_t hash[32] = {1, 2, 3};
	const netpeer::ByteBuffer signature = crypto.sign(netpeer::HashType::HASH_SHA256, ByteView(hash, 32), key);
	pem_must(signature.empty() || !public_only, "a public key signs nothing");
	// It may be false: nobody said that the halves of the key belong together.
	(void)crypto.verify(netpeer::HashType::HASH_SHA256, ByteView(hash, 32), signature.view(), key);
	(void)crypto.verify(netpeer::HashType::HASH_SHA256, ByteView(hash, 32), file, key);
	const netpeer::ByteBuffer hidden = crypto.encrypt(key, ByteView(hash, 5));
	(void)crypto.decrypt(key, hidden.empty() ? file : hidden.view());
}

void read_as_certificate(const Former &former, ByteView file, bool append) {
	X509Certificate chain;
	const bool has_former = chain.load_from_string(former.certificate.c_str()) == Error::OK;
	pem_must(has_former != former.certificate.empty(), "a certificate of ours can be read");
	const Error error = append ? chain.append(file) : chain.load_from_bytes(file);
	if (error != Error::OK) {
		pem_must(is_refusal(error), "a certificate is refused with one of three errors");
		pem_must(chain.save_to_string() == former.certificate, "and the old one is there");
		return;
	}
	const std::string pem = chain.save_to_string();
	pem_must(chain.count() > (append ? 1u : 0u), "a chain is not empty");
	pem_must(!append || pem.compare(0, former.certificate.size(), former.certificate) == 0,
	        "the old one stays in front");
	X509Certificate again;
	pem_must(again.load_from_string(pem.c_str()) == Error::OK, "what is written can be read");
	pem_must(again.count() == chain.count() && again.save_to_string() == pem, "and is the same");
	pem_must(again.append(file) == Error::OK, "it can be appended");
	pem_must(again.save_to_string() == pem + (append ? pem.substr(former.certificate.size()) : pem), "in order");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const Former former;
	if (size == 0 || size > kMaxInputBytes) return 0;
	// In memory of its own, so that a sanitizer sees the first byte read past the end.
	const std::vector<uint8_t> copy(data + 1, data + size);
	const ByteView file(copy.data(), copy.size());
	read_as_key(former, file, (data[0] & 1) != 0);
	read_as_certificate(former, file, (data[0] & 2) != 0);
	return 0;
}
