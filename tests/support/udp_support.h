// Waiting for datagrams on loopback without the clock, and short ways to say packets.
#pragma once

#include "../../src/packet/packet_peer_udp.h"
#include "../../src/socket/network_interfaces.h"

#include <chrono>
#include <string>
#include <thread>

namespace netpeer_test {

/// How long anything on loopback may take before the test gives up.
constexpr int kUdpPatienceMs = 20000;

inline netpeer::ByteView bytes_of(const std::string &text) {
	return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

inline std::string text_of_bytes(netpeer::ByteView bytes) {
	return bytes.empty() ? std::string() : std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

/// Polls until `peer` has `count` packets; what it has then.
inline int wait_packets(netpeer::PacketPeerUDP &peer, int count) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kUdpPatienceMs);
	int have = peer.get_available_packet_count();
	while (have < count && std::chrono::steady_clock::now() < end) {
		if (have > 0) std::this_thread::yield(); // wait() is satisfied with those
		(void)peer.wait(100);
		have = peer.get_available_packet_count();
	}
	return have;
}

/// The next packet; "(ERR_...)" when there is none.
inline std::string next_text(netpeer::PacketPeerUDP &peer) {
	netpeer::ByteView packet;
	const netpeer::Error error = peer.get_packet(packet);
	return error == netpeer::Error::OK ? text_of_bytes(packet) : "(" + std::string(netpeer::error_name(error)) + ")";
}

/// The interface that has 127.0.0.1 (or ::1); empty name where there is none.
inline netpeer::InterfaceInfo loopback_interface(const char *address = "127.0.0.1") {
	std::vector<netpeer::InterfaceInfo> interfaces;
	(void)netpeer::list_network_interfaces(interfaces);
	for (const netpeer::InterfaceInfo &one : interfaces) {
		for (const netpeer::IPAddress &each : one.addresses) {
			if (each == netpeer::IPAddress(address)) return one;
		}
	}
	return netpeer::InterfaceInfo();
}

inline bool loopback_has_ipv6() {
	netpeer::PacketPeerUDP probe;
	return probe.bind(0, "::1") == netpeer::Error::OK;
}

} // namespace netpeer_test
