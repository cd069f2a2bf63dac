#include "test_certificates.h"

#include "../../src/tls/crypto.h"

namespace netpeer {

namespace {

constexpr const char *kTestLongAgo = "20010101000000";
constexpr const char *kTestFarAway = "20991231235959";

TestIdentity make_test_identity(const CertificateSettings &settings, const TestIdentity *issuer) {
	TestIdentity made;
	Crypto crypto;
	const std::shared_ptr<CryptoKey> key = crypto.generate_ec();
	if (key == nullptr) return made;
	CertificateSettings all = settings;
	std::shared_ptr<CryptoKey> issuer_key;
	std::shared_ptr<X509Certificate> issuer_certificate;
	if (issuer != nullptr) {
		issuer_key = issuer->load_key();
		issuer_certificate = issuer->load_certificate();
		all.issuer_key = issuer_key.get();
		all.issuer = issuer_certificate.get();
	}
	const std::shared_ptr<X509Certificate> certificate = crypto.generate_certificate(*key, all);
	if (certificate == nullptr) return made;
	made.key = key->save_to_string();
	made.certificate = certificate->save_to_string();
	made.chain = made.certificate;
	return made;
}

CertificateSettings authority_settings() {
	CertificateSettings settings;
	settings.subject_name = "CN=Test authority,O=netpeer,C=DE";
	settings.not_before = kTestLongAgo;
	settings.not_after = kTestFarAway;
	settings.is_authority = true;
	settings.path_length = -1;
	return settings;
}

CertificateSettings server_settings() {
	CertificateSettings settings;
	settings.subject_name = "CN=server.test,O=netpeer,C=DE";
	settings.not_before = kTestLongAgo;
	settings.not_after = kTestFarAway;
	settings.alternative_names = {"server.test", "*.wild.test", "localhost", "127.0.0.1", "::1"};
	settings.for_servers = true;
	return settings;
}

// Signed by the intermediate, and its chain shows that.
TestIdentity make_test_leaf(const CertificateSettings &settings) {
	TestIdentity made = make_test_identity(settings, &test_certificates::intermediate());
	if (!made.chain.empty()) made.chain += test_certificates::intermediate().certificate;
	return made;
}

TestIdentity make_test_self_signed(const std::shared_ptr<CryptoKey> &key) {
	TestIdentity made;
	const std::shared_ptr<X509Certificate> certificate =
	        Crypto().generate_self_signed_certificate(key, "CN=localhost,O=netpeer,C=DE", kTestLongAgo, kTestFarAway);
	if (certificate == nullptr) return made;
	made.key = key->save_to_string();
	made.chain = made.certificate = certificate->save_to_string();
	return made;
}

std::shared_ptr<X509Certificate> load_test_certificate(const std::string &pem) {
	const std::shared_ptr<X509Certificate> certificate = std::make_shared<X509Certificate>();
	return certificate->load_from_string(pem.c_str()) == Error::OK ? certificate : nullptr;
}

} // namespace

std::shared_ptr<CryptoKey> TestIdentity::load_key() const {
	const std::shared_ptr<CryptoKey> loaded = std::make_shared<CryptoKey>();
	return loaded->load_from_string(key.c_str()) == Error::OK ? loaded : nullptr;
}
std::shared_ptr<X509Certificate> TestIdentity::load_certificate() const { return load_test_certificate(certificate); }
std::shared_ptr<X509Certificate> TestIdentity::load_chain() const { return load_test_certificate(chain); }

namespace test_certificates {

const TestIdentity &authority() {
	static const TestIdentity made = make_test_identity(authority_settings(), nullptr);
	return made;
}

const TestIdentity &other_authority() {
	static const TestIdentity made = make_test_identity(authority_settings(), nullptr);
	return made;
}

const TestIdentity &intermediate() {
	static const TestIdentity made = [] {
		CertificateSettings settings = authority_settings();
		settings.subject_name = "CN=Test intermediate,O=netpeer,C=DE";
		settings.path_length = 0;
		return make_test_identity(settings, &authority());
	}();
	return made;
}

const TestIdentity &server() {
	static const TestIdentity made = make_test_leaf(server_settings());
	return made;
}

const TestIdentity &other_name() {
	static const TestIdentity made = [] {
		CertificateSettings settings = server_settings();
		settings.subject_name = "CN=other.test,O=netpeer,C=DE";
		settings.alternative_names = {"other.test"};
		return make_test_leaf(settings);
	}();
	return made;
}

const TestIdentity &expired() {
	static const TestIdentity made = [] {
		CertificateSettings settings = server_settings();
		settings.not_after = "20021231235959";
		return make_test_leaf(settings);
	}();
	return made;
}

const TestIdentity &not_yet_valid() {
	static const TestIdentity made = [] {
		CertificateSettings settings = server_settings();
		settings.not_before = "20900101000000";
		return make_test_leaf(settings);
	}();
	return made;
}

const TestIdentity &client_only() {
	static const TestIdentity made = [] {
		CertificateSettings settings = server_settings();
		settings.for_servers = false;
		settings.for_clients = true;
		return make_test_leaf(settings);
	}();
	return made;
}

const TestIdentity &self_signed() {
	static const TestIdentity made = make_test_self_signed(Crypto().generate_ec());
	return made;
}

const TestIdentity &self_signed_rsa() {
	static const TestIdentity made = make_test_self_signed(Crypto().generate_rsa(2048));
	return made;
}

} // namespace test_certificates

} // namespace netpeer
