// Keys and certificates for tests, made by our own Crypto when they are first asked for, once per process. All on P-256
// unless they say otherwise. In a build without mbedTLS every text is empty.
//
//   authority --- intermediate --- server, expired, not_yet_valid, client_only, other_name
//   other_authority, self_signed, self_signed_rsa: each by itself
#pragma once

#include "../../src/tls/crypto_key.h"
#include "../../src/tls/x509_certificate.h"

#include <memory>
#include <string>

namespace netpeer {

struct TestIdentity {
	std::string key;         // PEM, private
	std::string certificate; // PEM, this one alone
	std::string chain;       // PEM, this one first, up to but without the authority

	// Loaded anew at each call: a key or chain that a session holds is locked. Null where that fails.
	std::shared_ptr<CryptoKey> load_key() const;
	std::shared_ptr<X509Certificate> load_certificate() const;
	std::shared_ptr<X509Certificate> load_chain() const;
};

namespace test_certificates {

const TestIdentity &authority();       // what a client should trust
const TestIdentity &other_authority(); // same names, another key
const TestIdentity &intermediate();
const TestIdentity &server();          // for server.test, *.wild.test, localhost, 127.0.0.1, ::1
const TestIdentity &other_name();      // for other.test only
const TestIdentity &expired();         // in 2002; for the names of server()
const TestIdentity &not_yet_valid();   // before 2090; for the names of server()
const TestIdentity &client_only();     // may not be a server; for the names of server()
const TestIdentity &self_signed();     // as Godot makes them: CN=localhost, no other names, its own authority
const TestIdentity &self_signed_rsa(); // the same with RSA, 2048 bits

} // namespace test_certificates

} // namespace netpeer
