// Connecting over TCP within a time limit, for the sub-commands that do.
#pragma once

#include "../src/core/settings.h"
#include "../src/stream/stream_peer_tcp.h"

#include <string>

namespace netpeer_tool {

struct TcpDialOptions {
	std::string host;
	int port = 0;
	std::string bind;
	bool no_delay = false;
	int timeout_ms = 10000;
};

/// What the stream that is dialled must be made with: its own limit is over after ours.
netpeer::Settings tcp_dial_settings(const TcpDialOptions &options);
/// "" when connected, else what went wrong.
std::string dial_tcp(netpeer::StreamPeerTCP &stream, const TcpDialOptions &options);
/// The system's reason if it gave one, else what the error means.
std::string tcp_reason(netpeer::Error error, int os_error);

} // namespace netpeer_tool
