// netpeer udp: datagrams as lines of text or as values: heard on a port, sent to one place, to everybody, to a group.
#include "../src/core/variant_codec.h"
#include "../src/core/variant_text.h"
#include "../src/packet/packet_peer_udp.h"
#include "../src/socket/network_interfaces.h"
#include "../src/socket/socket_waiter.h"
#include "netpeer_commands.h"
#include "tool_console.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace netpeer_tool {

namespace {

using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Error;
using netpeer::Instant;
using netpeer::InterfaceInfo;
using netpeer::PacketPeerUDP;
using netpeer::Variant;

// Nothing wakes a sleeping loop when Ctrl-C sets its flag: it looks by itself so often.
constexpr int kUdpLookUpMs = 100;

struct UdpOptions {
	std::string host; // or the group
	int port = 0;
	std::string text;
	std::vector<std::string> interfaces;
	std::string bind = "*";
	std::string to = "255.255.255.255";
	int count = 0;
	int timeout_ms = -1;
	int ttl = 1;
	bool as_value = false;
};

using UdpPeers = std::vector<std::unique_ptr<PacketPeerUDP>>;

std::string udp_reason(Error error, const PacketPeerUDP &peer) {
	if (peer.last_os_error() == 0) return netpeer::error_text(error);
	return std::system_category().message(peer.last_os_error()) + " (system error " +
	       std::to_string(peer.last_os_error()) + ")";
}

ByteView udp_view(const std::string &text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

/// A value's literal on one line, harmless to a terminal.
std::string one_line(const netpeer::ByteBuffer &text) {
	std::string line;
	for (size_t i = 0; i < text.size(); ++i) {
		const uint8_t byte = text.view()[i];
		const uint8_t next = i + 1 < text.size() ? text.view()[i + 1] : 0;
		if (byte == '\n') {
			line += "\\n";
		} else if (byte == 0xc2 && next < 0xa0) { // the second half of the control characters, in UTF-8
			line += '?';
			++i;
		} else {
			line += byte < 0x20 || byte == 0x7f ? '?' : static_cast<char>(byte);
		}
	}
	return line;
}

/// What a datagram says, for people; a value in full.
std::string udp_text(ByteView packet, bool as_value) {
	std::string problem;
	if (as_value) {
		Variant value;
		size_t consumed = 0;
		netpeer::ByteBuffer text;
		Error error = netpeer::decode_variant(packet, value, consumed);
		if (error == Error::OK) error = netpeer::print_variant(value, text);
		if (error == Error::OK) {
			std::string line = one_line(text);
			if (consumed < packet.size)
				line += "  (and " + std::to_string(packet.size - consumed) + " bytes behind it)";
			return line;
		}
		problem = std::string("not a value, ") + netpeer::error_name(error) + ": ";
	}
	const char *bytes = packet.empty() ? "" : reinterpret_cast<const char *>(packet.data);
	return problem + std::to_string(packet.size) + " bytes: " + printable(std::string(bytes, packet.size));
}

/// Prints what comes to any of them. With a count: until so many have come, and it is a failure if they do not. Each
/// datagram starts the time limit again; a negative one is none.
int print_datagrams(const UdpPeers &peers, const UdpOptions &options, int count, int timeout_ms) {
	netpeer::SocketWaiter waiter;
	for (const auto &peer : peers) {
		if (waiter.add_handle(peer->native_handle(), netpeer::PollType::POLL_TYPE_IN, 0) != Error::OK)
			return fail("cannot wait");
	}
	Instant last = now();
	for (int printed = 0; count == 0 || printed < count;) {
		const int before = printed;
		for (const auto &peer : peers) {
			ByteView packet;
			Error got = Error::OK;
			while ((count == 0 || printed < count) && !stop_requested()) {
				got = peer->get_packet_view(packet);
				if (got != Error::OK) break;
				const std::string place = place_text(peer->get_packet_ip(), peer->get_packet_port());
				std::printf("%s: %s\n", place.c_str(), udp_text(packet, options.as_value).c_str());
				++printed;
			}
			if (got != Error::OK && got != Error::ERR_UNAVAILABLE)
				return fail("cannot receive: " + udp_reason(got, *peer));
		}
		if (std::fflush(stdout) != 0) return fail("cannot write what came");
		if (stop_requested()) return 0;
		if (printed != before) {
			last = now();
			continue;
		}
		int64_t wait_ms = kUdpLookUpMs;
		if (timeout_ms >= 0) {
			wait_ms = std::min(wait_ms, timeout_ms - (now() - last).ms());
			if (wait_ms <= 0) {
				if (count == 0) return 0;
				return fail("only " + std::to_string(printed) + " of " + std::to_string(count) +
				            " datagrams came; none within " + std::to_string(timeout_ms) + " ms");
			}
		}
		netpeer::SocketReady ready;
		size_t ready_count = 0;
		(void)waiter.wait(Duration::from_ms(wait_ms), &ready, 1, ready_count);
	}
	return 0;
}

/// The payload: TEXT, or the bytes of the value it says. False: `exit_code` is set.
bool udp_payload(const UdpOptions &options, netpeer::ByteBuffer &out, int &exit_code) {
	const ByteView text = udp_view(options.text);
	Error error = Error::OK;
	if (!options.as_value) {
		error = out.append(text);
	} else {
		Variant value;
		size_t offset = 0;
		const Error parsed = netpeer::parse_variant(text, value, netpeer::VariantParseOptions(), &offset);
		if (parsed != Error::OK) {
			exit_code = fail("not a value: " + std::string(netpeer::error_name(parsed)) + " at byte " +
			                 std::to_string(offset + 1) + ": " + printable(options.text.substr(offset)));
			return false;
		}
		error = netpeer::encode_variant(value, out);
	}
	if (error != Error::OK) exit_code = fail(std::string("cannot encode: ") + netpeer::error_name(error));
	return error == Error::OK;
}

/// An empty payload is a datagram, too.
Error send_udp(PacketPeerUDP &peer, ByteView payload) {
	return payload.empty() ? peer.send_empty_packet() : peer.put_packet(payload);
}

int listen_udp(PacketPeerUDP &peer, const UdpOptions &options) {
	const Error error = peer.bind(options.port, options.bind.c_str());
	if (error != Error::OK)
		return fail("cannot listen on " + place_text(printable(options.bind), options.port) + ": " +
		            udp_reason(error, peer));
	return 0;
}

void say_listening(const PacketPeerUDP &peer, const std::string &what) {
	std::fprintf(stderr, "listening on %s\n", place_text(what, peer.get_local_port()).c_str());
	std::fflush(stderr);
}

int run_udp_listen(const UdpOptions &options) {
	UdpPeers peers;
	peers.push_back(std::make_unique<PacketPeerUDP>());
	if (listen_udp(*peers[0], options) != 0) return 1;
	say_listening(*peers[0], options.bind);
	return print_datagrams(peers, options, options.count, options.timeout_ms);
}

int run_udp_send(const UdpOptions &options) {
	netpeer::ByteBuffer payload;
	int exit_code = 0;
	if (!udp_payload(options, payload, exit_code)) return exit_code;
	UdpPeers peers;
	peers.push_back(std::make_unique<PacketPeerUDP>());
	PacketPeerUDP &peer = *peers[0];
	const Error found = peer.set_dest_address(options.host.c_str(), options.port);
	if (found != Error::OK) return fail("cannot find an address for " + printable(options.host));
	if (options.bind != "*" && peer.bind(0, options.bind.c_str()) != Error::OK)
		return fail("cannot send from " + printable(options.bind));
	for (int i = 0; i < options.count; ++i) {
		const Error sent = send_udp(peer, payload.view());
		if (sent != Error::OK)
			return fail("cannot send to " + place_text(printable(options.host), options.port) + ": " +
			            udp_reason(sent, peer));
	}
	return options.timeout_ms > 0 ? print_datagrams(peers, options, 0, options.timeout_ms) : 0;
}

/// The interfaces that are meant: those named, or all that have an address of the family. False: `exit_code` is set.
bool find_udp_interfaces(const UdpOptions &options, bool ipv4, std::vector<InterfaceInfo> &out, int &exit_code) {
	std::vector<InterfaceInfo> all;
	if (netpeer::list_network_interfaces(all) != Error::OK) {
		exit_code = fail("the system does not tell its interfaces");
		return false;
	}
	const auto of_family = [ipv4](const InterfaceInfo &one) {
		return std::any_of(one.addresses.begin(), one.addresses.end(),
		        [ipv4](const netpeer::IPAddress &address) { return address.is_ipv4() == ipv4; });
	};
	for (const std::string &name : options.interfaces) {
		const auto at = std::find_if(all.begin(), all.end(),
		        [&name](const InterfaceInfo &one) { return one.name == name || one.friendly == name; });
		if (at == all.end() || !of_family(*at)) {
			exit_code = fail(
			        "no interface " + printable(name) + (ipv4 ? " with an IPv4 address" : " with an IPv6 address"));
			return false;
		}
		out.push_back(*at);
	}
	if (!options.interfaces.empty()) return true;
	for (const InterfaceInfo &one : all) {
		if (of_family(one) && !one.addresses[0].is_loopback()) out.push_back(one);
	}
	if (out.empty()) exit_code = fail("no interface but loopback; --interface names one");
	return !out.empty();
}

int run_udp_broadcast(const UdpOptions &options) {
	netpeer::ByteBuffer payload;
	std::vector<InterfaceInfo> interfaces;
	int exit_code = 0;
	if (!netpeer::IPAddress(options.to.c_str()).is_ipv4()) return fail("--to takes an IPv4 address");
	if (!udp_payload(options, payload, exit_code) || !find_udp_interfaces(options, true, interfaces, exit_code))
		return exit_code;
	// A socket for each: a datagram to all leaves by the interface whose address the socket has, and answers come there.
	UdpPeers peers;
	for (const InterfaceInfo &one : interfaces) {
		peers.push_back(std::make_unique<PacketPeerUDP>());
		PacketPeerUDP &peer = *peers.back();
		char address[netpeer::IPAddress::kMaxTextBytes];
		Error error = peer.bind(0, one.addresses[0].to_text(address));
		if (error == Error::OK) error = peer.set_broadcast_enabled(true);
		if (error == Error::OK) error = peer.set_dest_address(options.to.c_str(), options.port);
		for (int i = 0; i < options.count && error == Error::OK; ++i) error = send_udp(peer, payload.view());
		if (error != Error::OK)
			return fail("cannot broadcast from " + std::string(address) + " (" + printable(one.friendly) +
			            "): " + udp_reason(error, peer));
		std::fprintf(stderr, "sent from %s (%s)\n", address, printable(one.friendly).c_str());
	}
	std::fflush(stderr);
	return options.timeout_ms > 0 ? print_datagrams(peers, options, 0, options.timeout_ms) : 0;
}

int run_udp_multicast(const UdpOptions &options) {
	const netpeer::IPAddress group(options.host.c_str());
	if (!group.is_multicast()) return fail(printable(options.host) + " is no multicast address");
	std::vector<InterfaceInfo> interfaces;
	netpeer::ByteBuffer payload;
	int exit_code = 0;
	const bool sends = !options.text.empty();
	if (!find_udp_interfaces(options, group.is_ipv4(), interfaces, exit_code)) return exit_code;
	if (sends && !udp_payload(options, payload, exit_code)) return exit_code;
	UdpPeers peers;
	peers.push_back(std::make_unique<PacketPeerUDP>());
	PacketPeerUDP &peer = *peers[0];
	UdpOptions place = options;
	if (sends) place.port = 0;
	place.bind = group.is_ipv4() ? "0.0.0.0" : "::";
	// Several programs of one machine may be members.
	peer.set_reuse_address_enabled(!sends);
	peer.set_reuse_port_enabled(!sends);
	if (listen_udp(peer, place) != 0) return 1;
	Error error = peer.set_multicast_ttl(options.ttl);
	for (const InterfaceInfo &one : interfaces) {
		const std::string where = printable(options.host) + " on " + printable(one.friendly);
		if (!sends) {
			error = peer.join_multicast_group(options.host.c_str(), one.name.c_str());
			if (error != Error::OK) return fail("cannot join " + where + ": " + udp_reason(error, peer));
			continue;
		}
		if (error == Error::OK) error = peer.set_multicast_interface(one.name.c_str());
		if (error == Error::OK) error = peer.set_dest_address(options.host.c_str(), options.port);
		for (int i = 0; i < std::max(options.count, 1) && error == Error::OK; ++i)
			error = send_udp(peer, payload.view());
		if (error != Error::OK) return fail("cannot send to " + where + ": " + udp_reason(error, peer));
	}
	if (sends) return options.timeout_ms > 0 ? print_datagrams(peers, options, 0, options.timeout_ms) : 0;
	say_listening(peer, options.host);
	return print_datagrams(peers, options, options.count, options.timeout_ms);
}

} // namespace

void add_udp_command(CLI::App &app, int &exit_code) {
	CLI::App *command = app.add_subcommand("udp", "Datagrams: heard, sent, broadcast, multicast; as text or as values");
	command->require_subcommand(1);
	const auto add = [&](const char *name, const char *about, int (*run)(const UdpOptions &)) {
		const auto options = std::make_shared<UdpOptions>();
		CLI::App *verb = command->add_subcommand(name, about);
		verb->add_flag("--var", options->as_value, "Values, as put_var of Godot's PacketPeer sends them");
		verb->callback([options, run, &exit_code] { exit_code = run(*options); });
		return std::make_pair(verb, options);
	};
	const auto add_port = [](CLI::App *verb, int &port, int lowest) {
		verb->add_option("PORT", port, "UDP port")->required()->check(CLI::Range(lowest, 65535));
	};
	const auto add_count = [](CLI::App *verb, int &count, const char *about, int lowest) {
		count = lowest;
		verb->add_option("--count", count, about)->check(CLI::Range(lowest, 1000000));
	};
	const auto add_timeout = [](CLI::App *verb, int &timeout_ms, const char *about) {
		verb->add_option("--timeout", timeout_ms, about)->check(CLI::Range(1, 86400000));
	};
	const char *const text_about = "What to send; with --var a literal of GDScript. Behind -- if it begins with '-'";
	const char *const until_about = "End after so many datagrams; until Ctrl-C without it";
	const char *const silence_about = "End when nothing has come for MS; a failure if --count is not reached";
	const char *const answers_about = "Then print what comes back, until nothing has come for MS";
	const char *const line_about = "A line for each datagram: who sent it, and its text or value.";

	const auto listen = add("listen", "Print what comes to a port", run_udp_listen);
	add_port(listen.first, listen.second->port, 0);
	listen.first->add_option("--bind", listen.second->bind, "IP address to listen on; all of them without it");
	add_count(listen.first, listen.second->count, until_about, 0);
	add_timeout(listen.first, listen.second->timeout_ms, silence_about);
	listen.first->footer(line_about);

	const auto send = add("send", "Send a datagram, and print the answers if asked to", run_udp_send);
	send.first->add_option("HOST", send.second->host, "IP address or name")->required();
	add_port(send.first, send.second->port, 1);
	send.first->add_option("TEXT", send.second->text, text_about)->required();
	send.first->add_option("--bind", send.second->bind, "IP address to send from");
	add_count(send.first, send.second->count, "Send it so many times", 1);
	add_timeout(send.first, send.second->timeout_ms, answers_about);

	const auto broadcast = add("broadcast", "Send to everybody on the local nets", run_udp_broadcast);
	add_port(broadcast.first, broadcast.second->port, 1);
	broadcast.first->add_option("TEXT", broadcast.second->text, text_about)->required();
	broadcast.first->add_option("--interface", broadcast.second->interfaces,
	        "By this one; may be repeated. By all but loopback without it");
	broadcast.first->add_option("--to", broadcast.second->to, "Another address, such as that of one subnet")
	        ->capture_default_str();
	add_count(broadcast.first, broadcast.second->count, "Send it so many times", 1);
	add_timeout(broadcast.first, broadcast.second->timeout_ms, answers_about);

	const auto multicast = add("multicast", "Join a group and print what it says, or send to it", run_udp_multicast);
	multicast.first->add_option("GROUP", multicast.second->host, "Multicast address, IPv4 or IPv6")->required();
	add_port(multicast.first, multicast.second->port, 1);
	multicast.first->add_option("TEXT", multicast.second->text, text_about);
	multicast.first->add_option("--interface", multicast.second->interfaces,
	        "On this one; may be repeated. On all but loopback without it");
	multicast.first
	        ->add_option("--ttl", multicast.second->ttl, "How many routers it may pass, plus one; 0: this machine")
	        ->check(CLI::Range(0, 255))
	        ->capture_default_str();
	add_count(multicast.first, multicast.second->count, "End after so many datagrams, or send TEXT so many times", 0);
	add_timeout(multicast.first, multicast.second->timeout_ms, silence_about);
	multicast.first->footer("Without TEXT it listens. With TEXT --timeout prints what comes back.");
}

} // namespace netpeer_tool
