#include "tls_session.h"

#include "../core/netpeer_config.h"

#include <cstdio>

namespace netpeer {

const char *tls_failure_text(TlsFailure failure) {
	switch (failure) {
	case TlsFailure::kNone: return "nothing has failed";
	case TlsFailure::kClosed: return "the session was closed";
	case TlsFailure::kTruncated: return "the connection ended without a closing message";
	case TlsFailure::kNotTrusted: return "no trusted authority stands behind the certificate";
	case TlsFailure::kNameMismatch: return "the certificate is for another name";
	case TlsFailure::kExpired: return "the certificate has expired or was revoked";
	case TlsFailure::kNotYetValid: return "the certificate is not valid yet";
	case TlsFailure::kWrongPurpose: return "the certificate is for another purpose";
	case TlsFailure::kWeak: return "the certificate's key or signature is too weak";
	case TlsFailure::kAlert: return "the peer refused with an alert";
	case TlsFailure::kNoCommonProtocol: return "no version or cipher suite in common";
	case TlsFailure::kBadSignature: return "the peer's key does not belong to its certificate";
	case TlsFailure::kTimedOut: return "the peer did not answer";
	case TlsFailure::kCookieNeeded: return "the client must come again with a cookie";
	case TlsFailure::kReconnect: return "the client began anew from the same address";
	case TlsFailure::kOutOfMemory: return "no memory";
	case TlsFailure::kProtocol: return "the peer broke the protocol";
	case TlsFailure::kInternal: return "no random numbers, or a fault of the TLS library";
	}
	return "unknown";
}

void TlsEnd::set(TlsFailure failure, const char *detail) {
	failure_ = failure;
	(void)std::snprintf(detail_, sizeof(detail_), "%s", detail);
}

#if !NETPEER_WITH_MBEDTLS

std::unique_ptr<TlsSession> TlsSession::create(const TlsSessionConfig &, Error &error) {
	error = Error::ERR_UNAVAILABLE;
	return nullptr;
}

std::unique_ptr<DtlsCookies> DtlsCookies::create(RandomSource *, Duration) { return nullptr; }

#endif

} // namespace netpeer
