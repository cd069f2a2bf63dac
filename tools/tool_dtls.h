// DTLS under the ENet commands: what a server presents, and whom a client believes.
#pragma once

#include "../src/reliable/enet_connection.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace netpeer_tool {

struct DtlsServerOptions {
	std::string certificate; // PEM files; both or neither
	std::string key;
};

struct DtlsClientOptions {
	bool wanted = false;
	std::string authorities; // PEM file; the system's without it
	std::string server_name; // the host that is dialled without it
	bool insecure = false;
};

/// --dtls-cert and --dtls-key; one without the other is a wrong argument.
void add_dtls_server_options(CLI::App &command, DtlsServerOptions &options);
/// --dtls, --ca, --server-name and --insecure; the last three need the first.
void add_dtls_client_options(CLI::App &command, DtlsClientOptions &options);

/// Lets a host that has been created speak DTLS, if that is asked for. False: `problem` says why it cannot.
bool use_dtls(netpeer::ENetConnection &host, const DtlsServerOptions &options, std::string &problem);
bool use_dtls(netpeer::ENetConnection &host, const DtlsClientOptions &options, const std::string &dialled_name,
        std::string &problem);

} // namespace netpeer_tool
