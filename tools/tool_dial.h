// Connecting to a server within a time limit, for the sub-commands that dial.
#pragma once

#include "../src/reliable/enet_connection.h"
#include "tool_dtls.h"

#include <memory>
#include <string>

namespace netpeer_tool {

struct DialOptions {
	std::string host;
	int port = 0;
	int channels = 1;
	int data = 0;
	int timeout_ms = 5000;
	bool checksum = false;
	std::string compress = "none";
	DtlsClientOptions dtls;
};

/// A host with one peer, dialled and up: returns the handle. Null: `problem` says why, in words for people.
/// The connection is given up, too, when it stays silent for `timeout_ms`.
std::shared_ptr<netpeer::ENetPacketPeer> dial(
        netpeer::ENetConnection &connection, const DialOptions &options, std::string &problem);

} // namespace netpeer_tool
