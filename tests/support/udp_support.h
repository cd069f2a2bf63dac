// Waiting for datagrams on loopback without the clock, and short ways to say packets.
#pragma once

#include "../../src/packet/packet_peer_udp.h"
#include "../../src/socket/network_interfaces.h"

#include <gtest/gtest.h>

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

/// Binds `server` on 127.0.0.1, with a queue of so many bytes, and makes it the destination of `client`. Where that went
/// wrong a test fails, and nothing arrives.
inline void open_udp_pair(netpeer::PacketPeerUDP &server, netpeer::PacketPeerUDP &client,
        int recv_buf_size = netpeer::PacketPeerUDP::kDefaultReceiveBuffer) {
	EXPECT_EQ(server.bind(0, "127.0.0.1", recv_buf_size), netpeer::Error::OK);
	EXPECT_EQ(client.set_dest_address("127.0.0.1", server.get_local_port()), netpeer::Error::OK);
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
