// netpeer tls: standard input to a TLS server, and what comes from there to standard output. Who the server is, and whether it
// is believed, on standard error.
#include "../src/stream/stream_peer_tls.h"
#include "netpeer_commands.h"
#include "relay_loop.h"
#include "tcp_dial.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace netpeer_tool {

namespace {

using netpeer::Duration;
using netpeer::Error;
using netpeer::Instant;
using netpeer::PollType;
using netpeer::StreamPeerTCP;
using netpeer::StreamPeerTLS;
using netpeer::TlsFailure;
using netpeer::TLSOptions;

struct TlsToolOptions {
	TcpDialOptions dial;
	std::string authorities;
	std::string name;
	bool insecure = false;

	const std::string &expected_name() const { return name.empty() ? dial.host : name; }
};

std::string tls_reason(const StreamPeerTLS &tls) {
	std::string text = netpeer::tls_failure_text(tls.get_failure());
	const std::string detail = printable(tls.get_failure_detail());
	return detail.empty() ? text : text + " (" + detail + ")";
}

/// Carries bytes both ways until the other end has closed, or a person's input has ended.
class TlsRelay {
public:
	TlsRelay(StreamPeerTLS &tls, StreamPeerTCP &tcp) : tls_(tls), handle_(tcp.native_handle()) {}

	/// The exit code.
	int run() {
		if (!loop_.begin()) return fail(loop_.problem());
		while (!is_over_ && loop_.may_go_on()) {
			loop_.clear();
			(void)tls_.poll(); // what it finds shows in what follows
			take_from_server();
			give_to_server();
			if (!is_over_ && loop_.may_go_on()) sleep();
		}
		tls_.disconnect_from_stream();
		return loop_.finish();
	}

private:
	void take_from_server() {
		for (;;) {
			const netpeer::MutBytes room = loop_.output().room();
			size_t received = 0;
			if (room.size == 0) return;
			const Error error = tls_.get_partial_data(room, received);
			if (error != Error::OK) return note_end(error);
			if (received == 0) return;
			loop_.output().put(received);
		}
	}

	void give_to_server() {
		bool is_full = false;
		while (!is_full && !is_deaf_ && !is_over_ && loop_.problem().empty()) {
			const netpeer::ByteView bytes = loop_.input().bytes();
			size_t sent = 0;
			if (bytes.empty()) break;
			const Error error = tls_.put_partial_data(bytes, sent);
			// A server that has closed may have said something before, for which there is no room yet.
			is_deaf_ = error != Error::OK && tls_.get_status() == StreamPeerTLS::STATUS_CONNECTED;
			if (is_deaf_) return;
			if (error != Error::OK) return note_end(error);
			loop_.input().take(sent);
			is_full = sent < bytes.size;
		}
		if (is_over_ || !loop_.problem().empty() || !loop_.input().is_at_end()) return;
		loop_.note_problem(loop_.input().problem());
		if (is_input_a_terminal()) is_over_ = true;
	}

	void note_end(Error error) {
		if (error == Error::ERR_FILE_EOF || tls_.get_failure() == TlsFailure::kClosed)
			is_over_ = true;
		else
			loop_.note_problem("the connection broke: " + tls_reason(tls_));
	}

	void sleep() {
		int wanted = RelayLoop::kNothing;
		if (loop_.output().room().size > 0) {
			if (tls_.get_available_bytes() > 0) return;
			wanted |= RelayLoop::kReading;
		}
		const bool has_input = !is_deaf_ && !loop_.input().bytes().empty();
		if (tls_.has_pending_output() || has_input) wanted |= RelayLoop::kWriting;
		loop_.sleep(handle_, wanted);
	}

	StreamPeerTLS &tls_;
	const netpeer::SocketHandle handle_;
	RelayLoop loop_;
	bool is_over_ = false;
	bool is_deaf_ = false; // the server takes no more
};

/// "" when the handshake is over, else what went wrong.
std::string shake_hands(
        StreamPeerTLS &tls, std::shared_ptr<StreamPeerTCP> tcp, const TlsToolOptions &options, Instant end) {
	std::shared_ptr<netpeer::X509Certificate> trusted;
	if (!options.authorities.empty()) {
		trusted = std::make_shared<netpeer::X509Certificate>();
		const Error error = trusted->load(options.authorities.c_str());
		if (error == Error::ERR_UNAVAILABLE) return "this netpeer was built without mbedTLS";
		if (error != Error::OK)
			return "cannot read certificates from " + printable(options.authorities) + ": " +
			       (error == Error::ERR_INVALID_PARAMETER ? "it cannot be opened" : netpeer::error_text(error));
	}
	const auto checks = options.insecure ? TLSOptions::client_unsafe(trusted) : TLSOptions::client(trusted);
	const Error error = tls.connect_to_stream(std::move(tcp), options.expected_name().c_str(), checks);
	if (error == Error::ERR_UNAVAILABLE) return "this netpeer was built without mbedTLS";
	if (error == Error::ERR_UNCONFIGURED)
		return "this system has no list of authorities to trust: name one with --ca, or check nothing with --insecure";
	if (error != Error::OK && error != Error::FAILED) return std::string("cannot begin: ") + netpeer::error_text(error);
	while (tls.get_status() == StreamPeerTLS::STATUS_HANDSHAKING) {
		if (stop_requested()) return "interrupted";
		if (now() >= end) return "no answer to the handshake within " + std::to_string(options.dial.timeout_ms) + " ms";
		(void)tls.wait(PollType::POLL_TYPE_IN, 20);
		(void)tls.poll();
	}
	switch (tls.get_failure()) {
	case TlsFailure::kNone: return "";
	case TlsFailure::kNotTrusted:
	case TlsFailure::kNameMismatch:
	case TlsFailure::kExpired:
	case TlsFailure::kNotYetValid:
	case TlsFailure::kWrongPurpose:
	case TlsFailure::kWeak:
		return "the server is not believed: " + tls_reason(tls) + "; --insecure connects all the same, and shows it";
	default: return "no TLS with this server: " + tls_reason(tls);
	}
}

void show_server(const StreamPeerTLS &tls, const TlsToolOptions &options) {
	std::fprintf(stderr, "%s, %s\n", tls.get_protocol(), tls.get_cipher_suite());
	const auto &chain = tls.get_peer_certificate();
	for (size_t i = 0; chain != nullptr && i < chain->count(); ++i)
		std::fprintf(stderr, "certificate %zu: %s\n", i + 1, chain->describe(i).c_str());
	const std::string where = options.authorities.empty() ? "this system" : printable(options.authorities);
	if (options.insecure && options.authorities.empty())
		std::fprintf(stderr, "not checked: anybody may sit between\n");
	else if (options.insecure)
		std::fprintf(stderr, "trusted by %s; the name was not checked\n", where.c_str());
	else
		std::fprintf(stderr, "trusted by %s, for %s\n", where.c_str(), printable(options.expected_name()).c_str());
	std::fflush(stderr);
}

int run_tls(const TlsToolOptions &options) {
	prepare_standard_streams();
	const Instant end = now() + Duration::from_ms(options.dial.timeout_ms);
	const netpeer::Settings settings = tcp_dial_settings(options.dial);
	netpeer::StreamPeerSocketHooks hooks;
	hooks.settings = &settings;
	const auto tcp = std::make_shared<StreamPeerTCP>(hooks);
	std::string problem = dial_tcp(*tcp, options.dial);
	if (!problem.empty()) return fail(problem);
	std::fprintf(stderr, "connected to %s\n", place_text(tcp->get_connected_host(), tcp->get_connected_port()).c_str());
	StreamPeerTLS tls;
	problem = shake_hands(tls, tcp, options, end);
	if (!problem.empty()) return fail(problem);
	show_server(tls, options);
	return TlsRelay(tls, *tcp).run();
}

} // namespace

void add_tls_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<TlsToolOptions>();
	CLI::App *command = app.add_subcommand("tls", "Standard input and output over a TLS connection to a server");
	command->add_option("HOST", options->dial.host, "IP address or name; all addresses of a name are tried")
	        ->required();
	command->add_option("PORT", options->dial.port, "TCP port")->required()->check(CLI::Range(1, 65535));
	command->add_option("--ca", options->authorities, "PEM file of the authorities to trust; the system's without it");
	command->add_option("--name", options->name, "Name the certificate must be for; HOST without it");
	command->add_flag("--insecure", options->insecure, "Check no name, and without --ca nothing at all");
	command->add_option("--timeout", options->dial.timeout_ms, "MS to wait for connection and handshake")
	        ->check(CLI::Range(1, 1700000))
	        ->capture_default_str();
	command->footer("The certificates and what was made of them are shown on standard error. The end of the input does "
	                "not end the "
	                "connection, but for\na person's at a terminal: the server does. Fails (exit code 1) when the "
	                "server is not "
	                "believed, or ends without saying so.");
	command->callback([options, &exit_code] { exit_code = run_tls(*options); });
}

} // namespace netpeer_tool
