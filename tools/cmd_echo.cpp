// netpeer echo: sends every packet back on its channel, as reliably as it came.
#include "netpeer_commands.h"
#include "tool_codec.h"
#include "tool_console.h"
#include "tool_dtls.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <memory>

namespace netpeer_tool {

namespace {

using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;

// A peer that sends and never acknowledges would make us keep all its echoes: beyond this many it is sent away.
constexpr uint64_t kMostQueuedCommands = 65536;

struct EchoOptions {
	int port = 0;
	std::string bind = "*";
	int peers = 64;
	int channels = 0;
	bool checksum = false;
	std::string compress = "none";
	DtlsServerOptions dtls;
	double seconds = 0;
};

struct EchoTotals {
	uint64_t connections = 0;
	uint64_t packets = 0;
	uint64_t bytes = 0;
	uint64_t not_returned = 0;
};

void return_packet(ENetPacketPeer &peer, int channel, EchoTotals &totals) {
	const int flags = peer.get_packet_flags();
	netpeer::ByteView packet;
	if (peer.get_packet(packet) != netpeer::Error::OK) return;
	++totals.packets;
	totals.bytes += packet.size;
	netpeer::EnetPeerStats stats;
	const bool full = peer.get_stats(stats) == netpeer::Error::OK &&
	                  stats.queued_commands + stats.unacknowledged_commands > kMostQueuedCommands;
	if (!full && peer.send(channel, packet, flags & static_cast<int>(netpeer::kEnetSendFlags)) == netpeer::Error::OK)
		return;
	++totals.not_returned;
	if (full) peer.peer_disconnect();
}

int run_echo(const EchoOptions &options) {
	ENetConnection host;
	(void)host.set_checksum(options.checksum);
	const netpeer::Error error =
	        host.create_host_bound(options.bind.c_str(), options.port, options.peers, options.channels);
	if (error != netpeer::Error::OK)
		return fail("cannot listen on " + place_text(options.bind, options.port) + ": " + netpeer::error_text(error));
	std::string problem;
	if (!use_dtls(host, options.dtls, problem)) return fail(problem);
	if (!use_compression(host, options.compress, problem)) return fail(problem);
	std::printf("listening on %s\n", place_text(options.bind, host.get_local_port()).c_str());
	std::fflush(stdout);

	EchoTotals totals;
	std::map<const ENetPacketPeer *, std::string> names; // a handle forgets its address when its connection ends
	const netpeer::Instant end =
	        options.seconds > 0 ? now() + netpeer::Duration::from_us(static_cast<int64_t>(options.seconds * 1e6))
	                            : netpeer::Instant::never();
	ErrorStreak errors;
	CompressionWatch watch(options.compress);
	while (!stop_requested() && now() < end && !errors.is_long()) {
		const ENetConnection::Event event = host.service(50);
		errors.note(event.type);
		watch.look(host);
		switch (event.type) {
		case ENetConnection::EVENT_CONNECT:
			++totals.connections;
			names[event.peer.get()] = place_text(event.peer->get_remote_address(), event.peer->get_remote_port());
			std::printf("connect %s, %d channels, data %u\n", names[event.peer.get()].c_str(),
			        event.peer->get_channels(), event.data);
			std::fflush(stdout);
			break;
		case ENetConnection::EVENT_DISCONNECT:
			std::printf("disconnect %s, data %u: %s\n", names[event.peer.get()].c_str(), event.data,
			        reason_text(event.reason));
			std::fflush(stdout);
			names.erase(event.peer.get());
			break;
		case ENetConnection::EVENT_RECEIVE: return_packet(*event.peer, event.channel, totals); break;
		case ENetConnection::EVENT_NONE:
		case ENetConnection::EVENT_ERROR: break;
		}
	}
	const int exit_code = errors.is_long() ? fail("the socket does not work any more") : 0;
	netpeer::EnetHostCounters counters;
	say_goodbye(host, 1000);
	(void)host.get_counters(counters);
	std::printf("totals: %llu connections, %llu packets (%s) echoed, %llu not returned\n",
	        static_cast<unsigned long long>(totals.connections),
	        static_cast<unsigned long long>(totals.packets - totals.not_returned), bytes_text(totals.bytes).c_str(),
	        static_cast<unsigned long long>(totals.not_returned));
	std::printf("        datagrams in %llu (%s), out %llu (%s), resent commands %llu\n",
	        static_cast<unsigned long long>(counters.received_datagrams), bytes_text(counters.received_bytes).c_str(),
	        static_cast<unsigned long long>(counters.sent_datagrams), bytes_text(counters.sent_bytes).c_str(),
	        static_cast<unsigned long long>(counters.resent_commands));
	if (options.compress != "none") std::printf("        %s\n", wire_text(host).c_str());
	return exit_code;
}

} // namespace

void add_echo_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<EchoOptions>();
	CLI::App *command = app.add_subcommand("echo", "ENet server that sends every packet back until Ctrl-C");
	command->add_option("--port", options->port, "UDP port; 0 asks the system for a free one")
	        ->required()
	        ->check(CLI::Range(0, 65535));
	command->add_option("--bind", options->bind, "IP address to listen on, * for all")->capture_default_str();
	command->add_option("--peers", options->peers, "Connections at a time")
	        ->check(CLI::Range(1, 4095))
	        ->capture_default_str();
	command->add_option("--channels", options->channels, "Channels granted to a connection; 0 means 255")
	        ->check(CLI::Range(0, 255))
	        ->capture_default_str();
	command->add_flag("--checksum", options->checksum, "CRC-32 on every datagram; clients must use it too");
	add_compress_option(*command, options->compress);
	add_dtls_server_options(*command, options->dtls);
	command->add_option("--for", options->seconds, "End by itself after so many SECONDS; 0 means never")
	        ->check(CLI::Range(0.0, 1e9))
	        ->capture_default_str();
	command->footer("The first line is `listening on ADDRESS port N`. Ctrl-C disconnects everybody and prints totals.");
	command->callback([options, &exit_code] { exit_code = run_echo(*options); });
}

} // namespace netpeer_tool
