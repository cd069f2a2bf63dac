// The C face of sessions: StreamPeerTLS, PacketPeerDTLS, DTLSServer.

#include "../packet/dtls_server.h"
#include "../packet/packet_peer_dtls.h"
#include "../packet/packet_peer_udp.h"
#include "../socket/net_socket.h"
#include "../stream/stream_peer_tls.h"
#include "../tls/tls_session.h"
#include "c_handles.h"
#include "c_tls_handles.h"

using namespace netpeer;

struct netpeer_dtls_server : HandleCore {
	std::shared_ptr<DTLSServer> object;
};

namespace {

static_assert(is_number(NETPEER_TLS_STATUS_DISCONNECTED, StreamPeerTLS::STATUS_DISCONNECTED), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_HANDSHAKING, StreamPeerTLS::STATUS_HANDSHAKING), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_CONNECTED, StreamPeerTLS::STATUS_CONNECTED), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_ERROR, StreamPeerTLS::STATUS_ERROR), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_ERROR_HOSTNAME_MISMATCH, StreamPeerTLS::STATUS_ERROR_HOSTNAME_MISMATCH),
        "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_DISCONNECTED, PacketPeerDTLS::STATUS_DISCONNECTED), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_HANDSHAKING, PacketPeerDTLS::STATUS_HANDSHAKING), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_CONNECTED, PacketPeerDTLS::STATUS_CONNECTED), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_ERROR, PacketPeerDTLS::STATUS_ERROR), "as in C++");
static_assert(is_number(NETPEER_TLS_STATUS_ERROR_HOSTNAME_MISMATCH, PacketPeerDTLS::STATUS_ERROR_HOSTNAME_MISMATCH),
        "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_NONE, TlsFailure::kNone), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_CLOSED, TlsFailure::kClosed), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_TRUNCATED, TlsFailure::kTruncated), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_NOT_TRUSTED, TlsFailure::kNotTrusted), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_NAME_MISMATCH, TlsFailure::kNameMismatch), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_EXPIRED, TlsFailure::kExpired), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_NOT_YET_VALID, TlsFailure::kNotYetValid), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_WRONG_PURPOSE, TlsFailure::kWrongPurpose), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_WEAK, TlsFailure::kWeak), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_ALERT, TlsFailure::kAlert), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_NO_COMMON_PROTOCOL, TlsFailure::kNoCommonProtocol), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_BAD_SIGNATURE, TlsFailure::kBadSignature), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_TIMED_OUT, TlsFailure::kTimedOut), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_COOKIE_NEEDED, TlsFailure::kCookieNeeded), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_RECONNECT, TlsFailure::kReconnect), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_OUT_OF_MEMORY, TlsFailure::kOutOfMemory), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_PROTOCOL, TlsFailure::kProtocol), "as in C++");
static_assert(is_number(NETPEER_TLS_FAILURE_INTERNAL, TlsFailure::kInternal), "as in C++");

StreamPeerTLS *tls_of(const netpeer_stream_peer *peer) {
	return object_of<StreamPeerTLS>(peer, HandleKind::kStreamTls);
}
PacketPeerDTLS *dtls_of(const netpeer_packet_peer *peer) {
	return object_of<PacketPeerDTLS>(peer, HandleKind::kPacketDtls);
}
DTLSServer *dtls_server_of(const netpeer_dtls_server *server) {
	return server != nullptr ? server->object.get() : nullptr;
}
/// Null for what is no UDP peer.
std::shared_ptr<PacketPeerUDP> shared_udp_of(const netpeer_packet_peer *peer) {
	if (peer == nullptr || peer->kind != HandleKind::kPacketUdp) return nullptr;
	return std::static_pointer_cast<PacketPeerUDP>(peer->object);
}
std::shared_ptr<TLSOptions> options_of(const netpeer_tls_options *options) {
	return options != nullptr ? options->object : nullptr;
}

/// Text that a session has; TLS streams and DTLS packets have the same calls.
template <class Session>
netpeer_error give_session_text(
        const Session *session, const char *(Session::*get)() const, char *text, size_t capacity, size_t *length) {
	if (session == nullptr || !are_bytes(text, capacity)) return kBadArgument;
	return give_text((session->*get)(), text, capacity, length);
}

} // namespace

const char *netpeer_tls_failure_text(int failure) {
	const bool is_known = failure >= NETPEER_TLS_FAILURE_NONE && failure <= NETPEER_TLS_FAILURE_INTERNAL;
	return tls_failure_text(is_known ? static_cast<TlsFailure>(failure) : TlsFailure::kInternal);
}

// --- streams ---

netpeer_stream_peer_tls *netpeer_stream_peer_tls_new(void) {
	return new_object_handle<StreamPeerTLS, netpeer_stream_peer>(HandleKind::kStreamTls);
}

netpeer_error netpeer_stream_peer_tls_connect_to_stream(netpeer_stream_peer_tls *peer, netpeer_stream_peer *stream,
        const char *common_name, netpeer_tls_options *options) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr || stream == nullptr || stream->object == peer->object || common_name == nullptr) {
		return kBadArgument;
	}
	return code_of(tls->connect_to_stream(stream->object, common_name, options_of(options)));
}

netpeer_error netpeer_stream_peer_tls_accept_stream(
        netpeer_stream_peer_tls *peer, netpeer_stream_peer *stream, netpeer_tls_options *options) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr || stream == nullptr || stream->object == peer->object || options == nullptr)
		return kBadArgument;
	return code_of(tls->accept_stream(stream->object, options->object));
}

netpeer_error netpeer_stream_peer_tls_poll(netpeer_stream_peer_tls *peer) {
	StreamPeerTLS *tls = tls_of(peer);
	return tls != nullptr ? code_of(tls->poll()) : kBadArgument;
}

int netpeer_stream_peer_tls_get_status(const netpeer_stream_peer_tls *peer) {
	const StreamPeerTLS *tls = tls_of(peer);
	return tls != nullptr ? tls->get_status() : StreamPeerTLS::STATUS_DISCONNECTED;
}

netpeer_error netpeer_stream_peer_tls_disconnect_from_stream(netpeer_stream_peer_tls *peer) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr) return kBadArgument;
	tls->disconnect_from_stream();
	return NETPEER_OK;
}

netpeer_error netpeer_stream_peer_tls_wait(netpeer_stream_peer_tls *peer, int poll_type, int timeout_ms) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr || poll_type < NETPEER_POLL_TYPE_IN || poll_type > NETPEER_POLL_TYPE_IN_OUT) return kBadArgument;
	return code_of(tls->wait(static_cast<PollType>(poll_type), timeout_ms));
}

netpeer_error netpeer_stream_peer_tls_set_blocking_timeout(netpeer_stream_peer_tls *peer, int timeout_ms) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr) return kBadArgument;
	tls->set_blocking_timeout(timeout_ms);
	return NETPEER_OK;
}

netpeer_error netpeer_stream_peer_tls_cancel(netpeer_stream_peer_tls *peer) {
	StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr) return kBadArgument;
	tls->cancel();
	return NETPEER_OK;
}

int netpeer_stream_peer_tls_get_failure(const netpeer_stream_peer_tls *peer) {
	const StreamPeerTLS *tls = tls_of(peer);
	return tls != nullptr ? static_cast<int>(tls->get_failure()) : 0;
}

netpeer_error netpeer_stream_peer_tls_get_failure_detail(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(tls_of(peer), &StreamPeerTLS::get_failure_detail, text, capacity, length);
}

netpeer_error netpeer_stream_peer_tls_get_protocol(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(tls_of(peer), &StreamPeerTLS::get_protocol, text, capacity, length);
}

netpeer_error netpeer_stream_peer_tls_get_cipher_suite(
        const netpeer_stream_peer_tls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(tls_of(peer), &StreamPeerTLS::get_cipher_suite, text, capacity, length);
}

netpeer_x509_certificate *netpeer_stream_peer_tls_take_peer_certificate(const netpeer_stream_peer_tls *peer) {
	const StreamPeerTLS *tls = tls_of(peer);
	if (tls == nullptr) return nullptr;
	return new_handle<netpeer_x509_certificate>(HandleKind::kOther, tls->get_peer_certificate());
}

// --- packets ---

netpeer_packet_peer_dtls *netpeer_packet_peer_dtls_new(void) {
	return new_object_handle<PacketPeerDTLS, netpeer_packet_peer>(HandleKind::kPacketDtls);
}

netpeer_error netpeer_packet_peer_dtls_connect_to_peer(netpeer_packet_peer_dtls *peer, netpeer_packet_peer_udp *udp,
        const char *hostname, netpeer_tls_options *options) {
	PacketPeerDTLS *dtls = dtls_of(peer);
	std::shared_ptr<PacketPeerUDP> below = shared_udp_of(udp);
	if (dtls == nullptr || below == nullptr || hostname == nullptr) return kBadArgument;
	return code_of(dtls->connect_to_peer(std::move(below), hostname, options_of(options)));
}

netpeer_error netpeer_packet_peer_dtls_poll(netpeer_packet_peer_dtls *peer) {
	PacketPeerDTLS *dtls = dtls_of(peer);
	return dtls != nullptr ? code_of(dtls->poll()) : kBadArgument;
}

int netpeer_packet_peer_dtls_get_status(const netpeer_packet_peer_dtls *peer) {
	const PacketPeerDTLS *dtls = dtls_of(peer);
	return dtls != nullptr ? dtls->get_status() : PacketPeerDTLS::STATUS_DISCONNECTED;
}

netpeer_error netpeer_packet_peer_dtls_disconnect_from_peer(netpeer_packet_peer_dtls *peer) {
	PacketPeerDTLS *dtls = dtls_of(peer);
	if (dtls == nullptr) return kBadArgument;
	dtls->disconnect_from_peer();
	return NETPEER_OK;
}

netpeer_error netpeer_packet_peer_dtls_wait(netpeer_packet_peer_dtls *peer, int timeout_ms) {
	PacketPeerDTLS *dtls = dtls_of(peer);
	return dtls != nullptr ? code_of(dtls->wait(timeout_ms)) : kBadArgument;
}

int netpeer_packet_peer_dtls_get_failure(const netpeer_packet_peer_dtls *peer) {
	const PacketPeerDTLS *dtls = dtls_of(peer);
	return dtls != nullptr ? static_cast<int>(dtls->get_failure()) : 0;
}

netpeer_error netpeer_packet_peer_dtls_get_failure_detail(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(dtls_of(peer), &PacketPeerDTLS::get_failure_detail, text, capacity, length);
}

netpeer_error netpeer_packet_peer_dtls_get_protocol(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(dtls_of(peer), &PacketPeerDTLS::get_protocol, text, capacity, length);
}

netpeer_error netpeer_packet_peer_dtls_get_cipher_suite(
        const netpeer_packet_peer_dtls *peer, char *text, size_t capacity, size_t *length) {
	return give_session_text(dtls_of(peer), &PacketPeerDTLS::get_cipher_suite, text, capacity, length);
}

netpeer_x509_certificate *netpeer_packet_peer_dtls_take_peer_certificate(const netpeer_packet_peer_dtls *peer) {
	const PacketPeerDTLS *dtls = dtls_of(peer);
	if (dtls == nullptr) return nullptr;
	return new_handle<netpeer_x509_certificate>(HandleKind::kOther, dtls->get_peer_certificate());
}

uint64_t netpeer_packet_peer_dtls_get_dropped_record_count(const netpeer_packet_peer_dtls *peer) {
	const PacketPeerDTLS *dtls = dtls_of(peer);
	return dtls != nullptr ? dtls->get_dropped_record_count() : 0;
}

// --- the server ---

netpeer_dtls_server *netpeer_dtls_server_new(void) {
	return new_object_handle<DTLSServer, netpeer_dtls_server>(HandleKind::kOther);
}
netpeer_dtls_server *netpeer_dtls_server_retain(netpeer_dtls_server *server) { return retain_handle(server); }
void netpeer_dtls_server_release(netpeer_dtls_server *server) { release_handle(server); }

netpeer_error netpeer_dtls_server_setup(netpeer_dtls_server *server, netpeer_tls_options *options) {
	DTLSServer *dtls = dtls_server_of(server);
	return dtls != nullptr && options != nullptr ? code_of(dtls->setup(options->object)) : kBadArgument;
}

netpeer_packet_peer_dtls *netpeer_dtls_server_take_connection(
        netpeer_dtls_server *server, netpeer_packet_peer_udp *udp) {
	DTLSServer *dtls = dtls_server_of(server);
	std::shared_ptr<PacketPeerUDP> below = shared_udp_of(udp);
	if (dtls == nullptr || below == nullptr) return nullptr;
	return new_handle<netpeer_packet_peer>(HandleKind::kPacketDtls, dtls->take_connection(std::move(below)));
}
