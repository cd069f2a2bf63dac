#include "tool_dtls.h"

#include "../src/tls/tls_options.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

namespace netpeer_tool {

using netpeer::Error;
using netpeer::TLSOptions;

void add_dtls_server_options(CLI::App &command, DtlsServerOptions &options) {
	CLI::Option *certificate = command.add_option(
	        "--dtls-cert", options.certificate, "Speak DTLS only, and present this PEM file (see netpeer keygen)");
	CLI::Option *key = command.add_option("--dtls-key", options.key, "Its private key, a PEM file");
	certificate->needs(key);
	key->needs(certificate);
}

void add_dtls_client_options(CLI::App &command, DtlsClientOptions &options) {
	CLI::Option *wanted = command.add_flag("--dtls", options.wanted, "Encrypt: speak DTLS, and nothing else");
	command.add_option("--ca", options.authorities, "PEM file of the authorities to trust; the system's without it")
	        ->needs(wanted);
	command.add_option("--server-name", options.server_name, "Name the certificate must be for; HOST without it")
	        ->needs(wanted);
	command.add_flag("--insecure", options.insecure, "Check no name, and without --ca nothing at all")->needs(wanted);
}

static bool dtls_problem(Error error, std::string &problem) {
	if (error == Error::OK) return false;
	problem = "cannot use DTLS: ";
	if (error == Error::ERR_UNAVAILABLE)
		problem += "mbedTLS is not in this build";
	else if (error == Error::ERR_UNCONFIGURED)
		problem += "there are no authorities to trust on this system (see --ca and --insecure)";
	else if (error == Error::ERR_INVALID_PARAMETER)
		problem += "the key does not belong to the certificate, or the name is not one";
	else
		problem += netpeer::error_text(error);
	return true;
}

static bool load_problem(Error error, const std::string &path, std::string &problem) {
	if (error == Error::OK) return false;
	const char *why = error == Error::ERR_INVALID_PARAMETER ? "it cannot be opened" : "it is not such a file";
	if (error == Error::ERR_UNAVAILABLE) why = "mbedTLS is not in this build";
	problem = "cannot read " + printable(path) + ": " + why;
	return true;
}

bool use_dtls(netpeer::ENetConnection &host, const DtlsServerOptions &options, std::string &problem) {
	if (options.certificate.empty()) return true;
	const auto certificate = std::make_shared<netpeer::X509Certificate>();
	const auto key = std::make_shared<netpeer::CryptoKey>();
	if (load_problem(certificate->load(options.certificate.c_str()), options.certificate, problem)) return false;
	if (load_problem(key->load(options.key.c_str()), options.key, problem)) return false;
	return !dtls_problem(host.dtls_server_setup(TLSOptions::server(key, certificate)), problem);
}

bool use_dtls(netpeer::ENetConnection &host, const DtlsClientOptions &options, const std::string &dialled_name,
        std::string &problem) {
	if (!options.wanted) return true;
	std::shared_ptr<netpeer::X509Certificate> authorities;
	if (!options.authorities.empty()) {
		authorities = std::make_shared<netpeer::X509Certificate>();
		if (load_problem(authorities->load(options.authorities.c_str()), options.authorities, problem)) return false;
	}
	const std::string &name = options.server_name.empty() ? dialled_name : options.server_name;
	const auto made = options.insecure ? TLSOptions::client_unsafe(authorities) : TLSOptions::client(authorities);
	return !dtls_problem(host.dtls_client_setup(name.c_str(), made), problem);
}

} // namespace netpeer_tool
