// UdpRelay: a forwarder on loopback between one client and one server, which keeps all it sees.
#pragma once

#include "../../src/packet/packet_peer_udp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace netpeer_test {

class UdpRelay {
public:
	explicit UdpRelay(int server_port) {
		EXPECT_EQ(front_.bind(0, "127.0.0.1"), netpeer::Error::OK);
		EXPECT_EQ(back_.bind(0, "127.0.0.1"), netpeer::Error::OK);
		EXPECT_EQ(back_.set_dest_address("127.0.0.1", server_port), netpeer::Error::OK);
	}
	/// Where the client finds it.
	int port() const { return front_.get_local_port(); }
	/// Waits at most so long for the client's next datagram, and passes on all there are.
	void turn(int timeout_ms) {
		if (front_.get_available_packet_count() == 0) (void)front_.wait(timeout_ms);
		while (pass(front_, back_, to_server)) {
			const int port = front_.get_packet_port();
			if (port != client_port_) {
				EXPECT_EQ(front_.set_dest_address("127.0.0.1", port), netpeer::Error::OK);
			}
			client_port_ = port;
		}
		if (client_port_ == 0) return;
		while (pass(back_, front_, to_client)) {
		}
	}
	/// Datagrams that are no DTLS record.
	size_t count_plain() const {
		size_t found = 0;
		for (const std::vector<std::string> *way : {&to_server, &to_client}) {
			for (const std::string &datagram : *way) {
				const bool is_record = datagram.size() >= 13 && datagram[0] >= 20 && datagram[0] <= 23 &&
				                       static_cast<unsigned char>(datagram[1]) == 0xfe;
				found += is_record ? 0 : 1;
			}
		}
		return found;
	}
	/// Whether these bytes passed in one datagram.
	bool saw(const std::string &bytes) const {
		for (const std::vector<std::string> *way : {&to_server, &to_client})
			for (const std::string &datagram : *way)
				if (datagram.find(bytes) != std::string::npos) return true;
		return false;
	}
	/// The same of any `piece` bytes in a row of them.
	bool saw_piece_of(const std::string &bytes, size_t piece) const {
		for (size_t at = 0; at + piece <= bytes.size(); ++at)
			if (saw(bytes.substr(at, piece))) return true;
		return false;
	}

	std::vector<std::string> to_server, to_client;

private:
	static bool pass(netpeer::PacketPeerUDP &in, netpeer::PacketPeerUDP &out, std::vector<std::string> &seen) {
		if (in.get_available_packet_count() == 0) return false;
		netpeer::ByteView packet;
		if (in.get_packet(packet) != netpeer::Error::OK) return false;
		seen.emplace_back(reinterpret_cast<const char *>(packet.data), packet.size);
		(void)out.put_packet(netpeer::ByteView(reinterpret_cast<const uint8_t *>(seen.back().data()), packet.size));
		return true;
	}

	netpeer::PacketPeerUDP front_, back_;
	int client_port_ = 0;
};

} // namespace netpeer_test
