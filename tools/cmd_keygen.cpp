// netpeer keygen: a key and a certificate that it signs itself, for a server whose clients are given the certificate.
#include "../src/tls/crypto.h"
#include "netpeer_commands.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace netpeer_tool {

namespace {

using netpeer::Error;

constexpr size_t kMostCommonNameBytes = 64; // X.520; longer names stand in subjectAltName alone
constexpr std::time_t kSecondsPerDay = 24 * 60 * 60;

struct KeygenOptions {
	std::string key;
	std::string certificate;
	std::vector<std::string> names;
	int rsa_bits = 0; // 0: P-256
	int days = 3650;
	bool overwrite = false;
};

/// "YYYYMMDDhhmmss", UTC.
std::string certificate_date(std::time_t time) {
	char text[32] = "";
	const std::tm *parts = std::gmtime(&time);
	if (parts != nullptr) (void)std::strftime(text, sizeof(text), "%Y%m%d%H%M%S", parts);
	return text;
}

std::string keygen_reason(Error error) {
	if (error == Error::ERR_UNAVAILABLE) return "this netpeer was built without mbedTLS";
	return netpeer::error_text(error);
}

std::string common_name(const std::string &name) {
	std::string text = "CN=";
	if (name.size() > kMostCommonNameBytes) return text + "netpeer";
	for (const char c : name) {
		if (c == ',' || c == '\\') text += '\\';
		text += c;
	}
	return text;
}

int run_keygen(const KeygenOptions &options) {
	std::error_code error;
	for (const std::string &path : {options.key, options.certificate}) {
		// Not exists() of what a link points to: that would be written.
		if (!options.overwrite && std::filesystem::exists(std::filesystem::symlink_status(path, error)))
			return fail(printable(path) + " exists already; --overwrite replaces it");
	}
	if (std::filesystem::path(options.key).lexically_normal() ==
	        std::filesystem::path(options.certificate).lexically_normal())
		return fail("key and certificate need a file each: one is secret, the other is not");

	netpeer::Crypto crypto;
	const std::shared_ptr<netpeer::CryptoKey> key =
	        options.rsa_bits == 0 ? crypto.generate_ec() : crypto.generate_rsa(options.rsa_bits);
	if (key == nullptr) return fail("cannot make a key: " + keygen_reason(crypto.get_last_error()));

	const std::time_t now = std::time(nullptr);
	// A day in the past: the clocks of clients differ.
	const std::string from = certificate_date(now - kSecondsPerDay),
	                  until = certificate_date(now + options.days * kSecondsPerDay),
	                  subject = common_name(options.names.front());
	netpeer::CertificateSettings settings;
	settings.subject_name = subject.c_str();
	settings.not_before = from.c_str();
	settings.not_after = until.c_str();
	settings.alternative_names = options.names;
	settings.for_servers = true;
	const std::shared_ptr<netpeer::X509Certificate> certificate = crypto.generate_certificate(*key, settings);
	if (certificate == nullptr) {
		const bool is_name = crypto.get_last_error() == Error::ERR_INVALID_PARAMETER;
		return fail("cannot make a certificate: " +
		            (is_name ? "a name is not one of a host" : keygen_reason(crypto.get_last_error())));
	}
	if (key->save(options.key.c_str()) != Error::OK) return fail("cannot write " + printable(options.key));
	if (certificate->save(options.certificate.c_str()) != Error::OK)
		return fail("cannot write " + printable(options.certificate));

	const std::string kind = options.rsa_bits == 0 ? "P-256" : "RSA, " + std::to_string(options.rsa_bits) + " bits";
	std::printf("key (%s, secret): %s\n", kind.c_str(), printable(options.key).c_str());
	std::printf("certificate (until %s-%s-%s): %s\n", until.substr(0, 4).c_str(), until.substr(4, 2).c_str(),
	        until.substr(6, 2).c_str(), printable(options.certificate).c_str());
	for (const std::string &name : options.names) std::printf("for: %s\n", printable(name).c_str());
	return std::fflush(stdout) == 0 ? 0 : fail("cannot write to standard output");
}

} // namespace

void add_keygen_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<KeygenOptions>();
	CLI::App *command = app.add_subcommand("keygen", "Make a key and a certificate that it signs itself. The server "
	                                                 "gets both, clients the certificate to trust");
	command->add_option("--key", options->key, "File for the private key; only its owner may read it")
	        ->required()
	        ->type_name("FILE");
	command->add_option("--cert", options->certificate, "File for the certificate")->required()->type_name("FILE");
	command->add_option("--name", options->names,
	               "What clients call the server: a host name, \"*.example.org\" or an address; again for more "
	               "[localhost]")
	        ->allow_extra_args(false)
	        ->type_name("NAME");
	command->add_option("--rsa", options->rsa_bits, "An RSA key of 2048, 3072, 4096 or 8192 bits instead of P-256")
	        ->check(CLI::IsMember({2048, 3072, 4096, 8192}))
	        ->type_name("BITS");
	command->add_option("--days", options->days, "How long the certificate is good")
	        ->check(CLI::Range(1, 36500))
	        ->type_name("N")
	        ->capture_default_str();
	command->add_flag("--overwrite", options->overwrite, "Replace files that exist already");
	command->callback([options, &exit_code] {
		if (options->names.empty()) options->names.push_back("localhost");
		exit_code = run_keygen(*options);
	});
}

} // namespace netpeer_tool
