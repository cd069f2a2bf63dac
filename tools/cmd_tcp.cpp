// netpeer tcp: standard input to a TCP connection, and what comes from there to standard output. Both directions at once;
// each waits when its far side does, with kPipeBytes between.
#include "../src/socket/socket_waiter.h"
#include "../src/stream/tcp_server.h"
#include "netpeer_commands.h"
#include "standard_streams.h"
#include "tcp_dial.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::Duration;
using netpeer::Error;
using netpeer::PollType;
using netpeer::StreamPeerTCP;

constexpr size_t kPipeBytes = 256 * 1024;
// Nothing wakes a sleeping socket loop when Ctrl-C sets its flag: it looks by itself so often.
constexpr int kLookUpMs = 100;

/// Carries bytes both ways until both have ended.
class Relay {
public:
	explicit Relay(StreamPeerTCP &stream) : stream_(stream) {}

	/// The exit code.
	int run() {
		waker_ = LoopWaker::create();
		if (waker_ == nullptr || waiter_.add(waker_->socket(), PollType::POLL_TYPE_IN, 0) != Error::OK)
			return fail("cannot open a UDP socket on 127.0.0.1 to wake up by");
		input_ = read_standard_input(waker_, kPipeBytes);
		output_ = write_standard_output(waker_, kPipeBytes);
		stream_.set_keep_write_on_eof(true);
		const bool is_typed = is_input_a_terminal();
		while (!(read_ended_ && (write_ended_ || is_typed))) {
			waker_->clear();
			take_from_socket();
			give_to_socket();
			if (output_->is_dropped()) problem_ = output_->problem();
			if (stop_requested()) problem_ = "interrupted";
			if (!problem_.empty()) break;
			sleep(interest());
		}
		// What came before the end, good or bad, is delivered.
		output_->end();
		while (!output_->is_finished() && !stop_requested()) {
			waker_->clear();
			if (!output_->is_finished()) sleep(kNothing);
		}
		if (problem_.empty()) problem_ = output_->is_finished() ? output_->problem() : "interrupted";
		input_->drop();
		output_->drop();
		return problem_.empty() ? 0 : fail(problem_);
	}

private:
	enum Interest : int { kNothing = 0, kReading = 1, kWriting = 2 };

	// As much as there is room for, but not for ever: the other direction wants its turn.
	void take_from_socket() {
		for (int turn = 0; turn < 4 && !read_ended_ && problem_.empty(); ++turn) {
			const netpeer::MutBytes room = output_->room();
			size_t received = 0;
			if (room.size == 0) return;
			const Error error = stream_.get_partial_data(room, received);
			if (error == Error::ERR_FILE_EOF) {
				read_ended_ = true;
				output_->end();
			} else if (error != Error::OK) {
				note_broken(error);
			} else if (received == 0) {
				return;
			} else {
				output_->put(received);
			}
		}
	}

	void give_to_socket() {
		bool is_full = false;
		for (int turn = 0; turn < 4 && !is_full && !write_ended_ && problem_.empty(); ++turn) {
			const netpeer::ByteView bytes = input_->bytes();
			size_t sent = 0;
			if (bytes.empty()) break;
			const Error error = stream_.put_partial_data(bytes, sent);
			if (error != Error::OK) return note_broken(error);
			input_->take(sent);
			is_full = sent < bytes.size;
		}
		if (write_ended_ || !problem_.empty() || !input_->is_at_end()) return;
		problem_ = input_->problem();
		if (!problem_.empty()) return;
		const Error error = stream_.shutdown_write();
		if (error != Error::OK) return note_broken(error);
		write_ended_ = true;
	}

	void note_broken(Error error) { problem_ = "the connection broke: " + tcp_reason(error, stream_.last_os_error()); }

	int interest() const {
		int wanted = kNothing;
		if (!read_ended_ && output_->room().size > 0) wanted |= kReading;
		if (!write_ended_ && !input_->bytes().empty()) wanted |= kWriting;
		return wanted;
	}

	void sleep(int wanted) {
		watch(wanted);
		netpeer::SocketReady ready[2];
		size_t count = 0;
		const Error error = waiter_.wait(Duration::from_ms(kLookUpMs), ready, 2, count);
		if (error != Error::OK && error != Error::ERR_BUSY && problem_.empty())
			problem_ = "cannot wait: " + tcp_reason(error, waiter_.last_os_error());
	}

	// A socket that is ready for what nobody wants would end every sleep at once: it is not watched then.
	void watch(int wanted) {
		if (wanted == watched_) return;
		const PollType interest = wanted == kReading   ? PollType::POLL_TYPE_IN
		                          : wanted == kWriting ? PollType::POLL_TYPE_OUT
		                                               : PollType::POLL_TYPE_IN_OUT;
		Error error = Error::OK;
		if (wanted == kNothing) {
			error = waiter_.remove_handle(handle_);
		} else if (watched_ == kNothing) {
			handle_ = stream_.native_handle();
			error = waiter_.add_handle(handle_, interest, 1);
		} else {
			error = waiter_.modify_handle(handle_, interest, 1);
		}
		if (error != Error::OK && problem_.empty())
			problem_ = std::string("cannot wait: ") + netpeer::error_text(error);
		watched_ = wanted;
	}

	StreamPeerTCP &stream_;
	netpeer::SocketWaiter waiter_;
	std::shared_ptr<LoopWaker> waker_;
	std::shared_ptr<BytePipe> input_;
	std::shared_ptr<BytePipe> output_;
	netpeer::SocketHandle handle_ = netpeer::kNoSocketHandle;
	int watched_ = kNothing;
	bool read_ended_ = false;
	bool write_ended_ = false;
	std::string problem_;
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
