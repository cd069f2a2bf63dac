// netpeer ping: packets to an echo server and back; round-trip times and loss.
#include "netpeer_commands.h"
#include "path_report.h"
#include "tool_codec.h"
#include "tool_console.h"
#include "tool_dial.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

namespace netpeer_tool {

namespace {

using netpeer::Duration;
using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;
using netpeer::Instant;

// Payload: [magic u32][sequence u32][zeros ...], big-endian.
constexpr uint32_t kPingMagic = 0x6e707067;
constexpr int kPingHeaderBytes = 8;

struct PingOptions {
	DialOptions dial;
	int count = 10;
	int size = 64;
	int interval_ms = 100;
	bool unreliable = false;
	bool verbose = false;
};

class Pinger {
public:
	Pinger(const PingOptions &options, ENetConnection &connection, std::shared_ptr<ENetPacketPeer> peer) :
	        options_(options),
	        connection_(connection),
	        peer_(std::move(peer)),
	        payload_(static_cast<size_t>(options.size)) {}

	/// Runs the whole measurement; false when the connection broke or could not send, with `problem` set.
	bool run(std::string &problem) {
		const size_t count = static_cast<size_t>(options_.count);
		const Duration interval = Duration::from_ms(options_.interval_ms);
		const Duration patience = Duration::from_ms(options_.dial.timeout_ms);
		Instant next_send = now();
		Instant last_sign = next_send; // something was sent or came back
		while (!stop_requested()) {
			const Instant at = now();
			// Without an interval the next packet leaves when the last one is back (or given up).
			const bool is_due =
			        options_.interval_ms > 0 ? at >= next_send : is_back(sent_at_.size()) || at - last_sign > patience;
			// Once the other end has left, the event that says so may still be behind packets in the queue.
			const bool is_up = peer_->get_state() == ENetPacketPeer::STATE_CONNECTED;
			if (sent_at_.size() < count && is_due && is_up) {
				if (!send_one(at)) {
					problem = "cannot send";
					return false;
				}
				next_send = next_send + interval;
				last_sign = at;
			}
			if (sent_at_.size() == count && (back_ == count || at - last_sign > patience)) break;
			const Duration wait = earlier_of(at + Duration::from_ms(20), next_send) - at;
			const bool waits = sent_at_.size() == count || options_.interval_ms == 0;
			const ENetConnection::Event event =
			        connection_.service(waits ? 20 : std::max(1, static_cast<int>(wait.ms())));
			if (event.type == ENetConnection::EVENT_RECEIVE && take_reply()) last_sign = now();
			if (event.type == ENetConnection::EVENT_DISCONNECT) {
				problem = std::string("the connection broke: ") + reason_text(event.reason);
				return false;
			}
			path_.look(*peer_);
			errors_.note(event.type);
			if (errors_.is_long()) {
				problem = "the socket does not work any more";
				return false;
			}
		}
		return true;
	}

	void print_path() const { std::printf("%s\n", path_.text().c_str()); }
	void print_summary() {
		const size_t sent = sent_at_.size();
		const double loss = sent > 0 ? 100.0 * static_cast<double>(sent - back_) / static_cast<double>(sent) : 0;
		std::printf("%zu sent, %zu received, %.1f %% lost\n", sent, back_, loss);
		if (times_us_.empty()) return;
		std::sort(times_us_.begin(), times_us_.end());
		std::printf("round trip min %.3f ms, median %.3f ms, p99 %.3f ms, max %.3f ms\n", ms_at(0), ms_at(50),
		        ms_at(99), ms_at(100));
	}
	size_t replies() const { return back_; }

private:
	bool send_one(Instant at) {
		netpeer::ByteWriter out(netpeer::MutBytes(payload_.data(), payload_.size()));
		out.u32_be(kPingMagic);
		out.u32_be(static_cast<uint32_t>(sent_at_.size()));
		sent_at_.push_back(at);
		is_back_.push_back(false);
		return peer_->send(0, out_view(), options_.unreliable ? 0 : ENetPacketPeer::FLAG_RELIABLE) ==
		       netpeer::Error::OK;
	}
	netpeer::ByteView out_view() const { return netpeer::ByteView(payload_.data(), payload_.size()); }
	bool is_back(size_t sent) const { return sent == 0 || is_back_[sent - 1]; }

	bool take_reply() {
		netpeer::ByteView packet;
		if (peer_->get_packet(packet) != netpeer::Error::OK) return false;
		const Instant at = now();
		netpeer::ByteReader in(packet);
		const uint32_t magic = in.u32_be();
		const uint32_t sequence = in.u32_be();
		if (in.failed() || magic != kPingMagic || packet.size != payload_.size()) return false;
		if (sequence >= sent_at_.size() || is_back_[sequence]) return false;
		is_back_[sequence] = true;
		++back_;
		times_us_.push_back((at - sent_at_[sequence]).us);
		if (options_.verbose) {
			std::printf("%zu bytes back, sequence %u, %.3f ms\n", packet.size, sequence,
			        static_cast<double>(times_us_.back()) / 1000);
			std::fflush(stdout);
		}
		return true;
	}
	/// Nearest rank: the smallest time that so many per cent do not exceed.
	double ms_at(unsigned percent) const {
		const size_t rank = (times_us_.size() * percent + 99) / 100;
		return static_cast<double>(times_us_[rank > 0 ? rank - 1 : 0]) / 1000;
	}

	const PingOptions &options_;
	ENetConnection &connection_;
	std::shared_ptr<ENetPacketPeer> peer_;
	std::vector<uint8_t> payload_;
	std::vector<Instant> sent_at_;
	std::vector<bool> is_back_;
	std::vector<int64_t> times_us_;
	size_t back_ = 0;
	ErrorStreak errors_;
	PathReport path_;
};

int run_ping(const PingOptions &options) {
	ENetConnection connection;
	std::string problem;
	const Instant started = now();
	const auto peer = dial(connection, options.dial, problem);
	if (peer == nullptr) return fail(problem);
	std::printf("connected to %s (%s) in %.1f ms\n", place_text(options.dial.host, options.dial.port).c_str(),
	        peer->get_remote_address().c_str(), static_cast<double>((now() - started).us) / 1000);
	std::printf("%d %s packets of %d bytes, one every %d ms\n", options.count,
	        options.unreliable ? "unreliable" : "reliable", options.size, options.interval_ms);
	std::fflush(stdout);
	Pinger pinger(options, connection, peer);
	const bool done = pinger.run(problem);
	pinger.print_summary();
	pinger.print_path();
	std::printf("%s\n", wire_text(connection).c_str());
	const std::string doubt = compression_doubt(connection, options.dial.compress);
	say_goodbye(connection, 500);
	if (!done) return fail(problem + doubt);
	if (pinger.replies() == 0) return fail("nothing came back (is it a netpeer echo server?)" + doubt);
	return 0;
}

} // namespace

void add_ping_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<PingOptions>();
	CLI::App *command = app.add_subcommand("ping", "Round-trip times and loss to a netpeer echo server");
	command->add_option("HOST", options->dial.host, "IP address or name")->required();
	command->add_option("PORT", options->dial.port, "UDP port")->required()->check(CLI::Range(1, 65535));
	command->add_option("--count", options->count, "Packets to send")
	        ->check(CLI::Range(1, 1000000))
	        ->capture_default_str();
	command->add_option("--size", options->size, "Payload bytes of a packet")
	        ->check(CLI::Range(kPingHeaderBytes, 1 << 20))
	        ->capture_default_str();
	command->add_option("--interval", options->interval_ms, "MS between packets; 0 sends when the last one is back")
	        ->check(CLI::Range(0, 3600000))
	        ->capture_default_str();
	command->add_flag("--unreliable", options->unreliable, "Unreliable packets: losses show as losses, not as time");
	command->add_flag("--checksum", options->dial.checksum, "CRC-32 on every datagram; the server must use it too");
	add_compress_option(*command, options->dial.compress);
	add_dtls_client_options(*command, options->dial.dtls);
	command->add_option(
	               "--timeout", options->dial.timeout_ms, "MS to wait for the connection, and for the last packets")
	        ->check(CLI::Range(1, 3600000))
	        ->capture_default_str();
	command->add_flag("-v,--verbose", options->verbose, "A line per packet that comes back");
	command->footer(
	        "Fails (exit code 1) when there is no connection or nothing comes back. The line `wire out ...` says "
	        "what compression has saved in each direction, headers included; a payload is eight bytes and zeros, "
	        "which shrink better than data of a game. `path ...` says what was sent again, and how much of that for "
	        "nothing; "
	        "by how much queues lengthen the round trip; the reliable payload that got through; the largest datagram.");
	command->callback([options, &exit_code] { exit_code = run_ping(*options); });
}

} // namespace netpeer_tool
