// The handles of keys and certificates, for the files of the C face that deal in TLS.
#pragma once

#include "../tls/crypto_key.h"
#include "../tls/x509_certificate.h"
#include "c_handles.h"

#include <memory>

struct netpeer_crypto_key : netpeer::HandleCore {
	std::shared_ptr<netpeer::CryptoKey> object;
};

struct netpeer_x509_certificate : netpeer::HandleCore {
	std::shared_ptr<netpeer::X509Certificate> object;
};
