// netpeer tcp: standard input to a TCP connection, and what comes from there to standard output. Both directions at once;
// each waits when its far side does.
#include "../src/stream/tcp_server.h"
#include "netpeer_commands.h"
#include "relay_loop.h"
#include "tcp_dial.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::Error;
using netpeer::StreamPeerTCP;

// Nothing wakes a sleeping socket loop when Ctrl-C sets its flag: it looks by itself so often.
constexpr int kLookUpMs = 100;

/// Carries bytes both ways until both have ended.
class Relay {
public:
	explicit Relay(StreamPeerTCP &stream) : stream_(stream) {}

	/// The exit code.
	int run() {
		if (!loop_.begin()) return fail(loop_.problem());
		stream_.set_keep_write_on_eof(true);
		const bool is_typed = is_input_a_terminal();
		while (!(read_ended_ && (write_ended_ || is_typed))) {
			loop_.clear();
			take_from_socket();
			give_to_socket();
			if (!loop_.may_go_on()) break;
			loop_.sleep(stream_.native_handle(), interest());
		}
		return loop_.finish();
	}

private:
	// As much as there is room for, but not for ever: the other direction wants its turn.
	void take_from_socket() {
		for (int turn = 0; turn < 4 && !read_ended_ && loop_.problem().empty(); ++turn) {
			const netpeer::MutBytes room = loop_.output().room();
			size_t received = 0;
			if (room.size == 0) return;
			const Error error = stream_.get_partial_data(room, received);
			if (error == Error::ERR_FILE_EOF) {
				read_ended_ = true;
				loop_.output().end();
			} else if (error != Error::OK) {
				note_broken(error);
			} else if (received == 0) {
				return;
			} else {
				loop_.output().put(received);
			}
		}
	}

	void give_to_socket() {
		bool is_full = false;
		for (int turn = 0; turn < 4 && !is_full && !write_ended_ && loop_.problem().empty(); ++turn) {
			const netpeer::ByteView bytes = loop_.input().bytes();
			size_t sent = 0;
			if (bytes.empty()) break;
			const Error error = stream_.put_partial_data(bytes, sent);
			if (error != Error::OK) return note_broken(error);
			loop_.input().take(sent);
			is_full = sent < bytes.size;
		}
		if (write_ended_ || !loop_.problem().empty() || !loop_.input().is_at_end()) return;
		loop_.note_problem(loop_.input().problem());
		if (!loop_.problem().empty()) return;
		const Error error = stream_.shutdown_write();
		if (error != Error::OK) return note_broken(error);
		write_ended_ = true;
	}

	void note_broken(Error error) {
		loop_.note_problem("the connection broke: " + tcp_reason(error, stream_.last_os_error()));
	}

	int interest() {
		int wanted = RelayLoop::kNothing;
		if (!read_ended_ && loop_.output().room().size > 0) wanted |= RelayLoop::kReading;
		if (!write_ended_ && !loop_.input().bytes().empty()) wanted |= RelayLoop::kWriting;
		return wanted;
	}

	StreamPeerTCP &stream_;
	RelayLoop loop_;
	bool read_ended_ = false;
	bool write_ended_ = false;
};

int run_tcp_listen(const TcpDialOptions &options) {
	prepare_standard_streams();
	netpeer::TCPServer server;
	const std::string bind = options.bind.empty() ? "*" : options.bind;
	const Error error = server.listen(options.port, bind.c_str(), /*backlog=*/1);
	if (error != Error::OK)
		return fail("cannot listen on " + place_text(printable(bind), options.port) + ": " +
		            tcp_reason(error, server.last_os_error()));
	std::fprintf(stderr, "listening on %s\n", place_text(bind, server.get_local_port()).c_str());
	std::fflush(stderr);
	std::shared_ptr<StreamPeerTCP> stream;
	while (stream == nullptr) {
		if (stop_requested()) return fail("interrupted");
		const Error waited = server.wait(kLookUpMs);
		if (waited == Error::ERR_BUSY) continue;
		stream = server.take_connection();
		const Error taken = waited == Error::OK ? server.get_last_accept_error() : waited;
		if (taken != Error::OK && taken != Error::ERR_BUSY)
			return fail("cannot take a connection: " + tcp_reason(taken, server.last_os_error()));
	}
	server.stop();
	std::fprintf(stderr, "connection from %s\n",
	        place_text(stream->get_connected_host(), stream->get_connected_port()).c_str());
	std::fflush(stderr);
	if (options.no_delay) (void)stream->set_no_delay(true);
	return Relay(*stream).run();
}

int run_tcp_connect(const TcpDialOptions &options) {
	prepare_standard_streams();
	const netpeer::Settings settings = tcp_dial_settings(options);
	netpeer::StreamPeerSocketHooks hooks;
	hooks.settings = &settings;
	StreamPeerTCP stream(hooks);
	const std::string problem = dial_tcp(stream, options);
	return problem.empty() ? Relay(stream).run() : fail(problem);
}

} // namespace

void add_tcp_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<TcpDialOptions>();
	CLI::App *command = app.add_subcommand("tcp", "Standard input and output over one TCP connection");
	command->require_subcommand(1);
	command->footer(
	        "The end of the input ends our half of the connection; reading goes on until the other end has ended, "
	        "too.\nAt a terminal the end of the other half is enough.");

	CLI::App *listen = command->add_subcommand("listen", "Wait for one connection");
	listen->add_option("PORT", options->port, "TCP port; 0 asks the system for a free one")
	        ->required()
	        ->check(CLI::Range(0, 65535));
	listen->add_option("--bind", options->bind, "IP address to listen on; all of them without it");
	listen->add_flag("--no-delay", options->no_delay, "Small pieces leave at once (Nagle's algorithm off)");
	listen->footer(
	        "The first line on standard error is `listening on ADDRESS port N`, the second `connection from ...`.");
	listen->callback([options, &exit_code] { exit_code = run_tcp_listen(*options); });

	CLI::App *connect = command->add_subcommand("connect", "Connect to a server");
	connect->add_option("HOST", options->host, "IP address or name; all addresses of a name are tried")->required();
	connect->add_option("PORT", options->port, "TCP port")->required()->check(CLI::Range(1, 65535));
	connect->add_option("--bind", options->bind, "IP address to connect from; one address of a name is tried then");
	connect->add_flag("--no-delay", options->no_delay, "Small pieces leave at once (Nagle's algorithm off)");
	connect->add_option("--timeout", options->timeout_ms, "MS to wait for the connection")
	        ->check(CLI::Range(1, 1700000))
	        ->capture_default_str();
	connect->footer("Fails (exit code 1) when there is no connection or it breaks before both ends have ended it.");
	connect->callback([options, &exit_code] { exit_code = run_tcp_connect(*options); });
}

} // namespace netpeer_tool
