#include "tool_dial.h"

#include "../src/tls/tls_session.h"
#include "tool_codec.h"
#include "tool_console.h"

#include <algorithm>

namespace netpeer_tool {

using netpeer::ENetConnection;

std::shared_ptr<netpeer::ENetPacketPeer> dial(
        ENetConnection &connection, const DialOptions &options, std::string &problem) {
	const netpeer::Instant end = now() + netpeer::Duration::from_ms(options.timeout_ms);
	const std::string place = place_text(options.host, options.port);
	(void)connection.set_checksum(options.checksum);
	(void)connection.set_connect_timeout(options.timeout_ms);
	if (connection.create_host(1) != netpeer::Error::OK) {
		problem = "cannot open a UDP socket";
		return nullptr;
	}
	if (!use_dtls(connection, options.dtls, options.host, problem)) return nullptr;
	if (!use_compression(connection, options.compress, problem)) return nullptr;
	const auto peer = connection.connect_to_host(options.host.c_str(), options.port, options.channels, options.data);
	if (peer == nullptr) {
		problem = "cannot find an address for " + printable(options.host);
		return nullptr;
	}
	const int limit = std::min(32, options.timeout_ms);
	(void)peer->set_timeout(limit, options.timeout_ms, options.timeout_ms);
	ErrorStreak errors;
	for (;;) {
		const ENetConnection::Event event = connection.service(20);
		errors.note(event.type);
		if (event.type == ENetConnection::EVENT_CONNECT) return peer;
		const bool is_over = event.type == ENetConnection::EVENT_DISCONNECT;
		if (stop_requested()) {
			problem = "interrupted";
		} else if (is_over && event.reason == netpeer::EnetDropReason::kSessionLost) {
			problem = "no connection to " + place + ": " + netpeer::tls_failure_text(peer->get_session_failure());
		} else if (is_over && event.reason != netpeer::EnetDropReason::kConnectTimedOut) {
			problem = "no connection to " + place + ": " + reason_text(event.reason);
		} else if (is_over || now() >= end) {
			problem = "no connection to " + place + ": nobody answered within " + std::to_string(options.timeout_ms) +
			          " ms (is the server running, with the same --checksum, --compress and DTLS?)";
		} else if (errors.is_long()) {
			problem = "no connection to " + place + ": the socket does not work";
		} else {
			continue;
		}
		peer->reset();
		return nullptr;
	}
}

} // namespace netpeer_tool
