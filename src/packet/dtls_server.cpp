#include "dtls_server.h"

#include "../core/netpeer_config.h"
#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

Error DTLSServer::setup(std::shared_ptr<const TLSOptions> server_options) {
	if (server_options == nullptr || !server_options->is_server()) return Error::ERR_INVALID_PARAMETER;
	if (cookies_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	std::shared_ptr<DtlsCookies> cookies = DtlsCookies::create(hooks_.random);
	if (cookies == nullptr) return NETPEER_WITH_MBEDTLS ? Error::ERR_CANT_CREATE : Error::ERR_UNAVAILABLE;
	// What would be wrong with every session is told here: one is made, for nothing else.
	TlsSessionConfig config = PacketPeerDTLS::session_config(hooks_);
	config.options = server_options;
	config.cookies = cookies.get();
	config.client_id = view_of("nobody");
	Error error = Error::OK;
	if (TlsSession::create(config, error) == nullptr) return error;
	cookies_ = std::move(cookies);
	options_ = std::move(server_options);
	return Error::OK;
}

std::shared_ptr<PacketPeerDTLS> DTLSServer::take_connection(std::shared_ptr<PacketPeerUDP> udp_peer) {
	if (cookies_ == nullptr || udp_peer == nullptr || !udp_peer->is_socket_connected()) return nullptr;
	// Every hello of a stranger makes one, so there may be no memory for it.
	const Allocator *source = hooks_.allocator != nullptr ? hooks_.allocator : default_allocator();
	const auto session = make_shared_object<PacketPeerDTLS>(*source, hooks_);
	if (session == nullptr) return nullptr;
	session->accept(std::move(udp_peer), options_, cookies_);
	return session;
}

} // namespace netpeer
