// Two ENetConnections on real loopback sockets, polled in turn with a deadline. No fixed ports, no fixed sleeps.
#pragma once

#include "../../src/reliable/enet_connection.h"
#include "../support/sure_peer.h"
#include "../support/test_patience.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace netpeer_test {

/// Calls `done`, which polls, until it is true; false after `patience`.
inline bool until_true(const std::function<bool()> &done) {
	const auto end = std::chrono::steady_clock::now() + patience;
	while (!done()) {
		if (std::chrono::steady_clock::now() > end) return false;
		std::this_thread::yield();
	}
	return true;
}

struct LoopbackHost {
	netpeer::ENetConnection host;
	SurePeer peer;                       // of the latest connection
	netpeer::ENetConnection::Event last; // latest event but EVENT_NONE
	std::vector<std::string> received;   // "channel:payload", unless takes_packets is off
	std::vector<int> received_flags;
	int connects = 0;
	int disconnects = 0;
	int errors = 0;
	bool takes_packets = true;
	bool echoes = false;

	void poll() {
		for (;;) {
			const netpeer::ENetConnection::Event event = host.service(0);
			if (event.type == netpeer::ENetConnection::EVENT_NONE) return;
			last = event;
			if (event.type == netpeer::ENetConnection::EVENT_ERROR) {
				++errors;
				return;
			}
			if (event.type == netpeer::ENetConnection::EVENT_CONNECT) {
				++connects;
				peer = event.peer;
			} else if (event.type == netpeer::ENetConnection::EVENT_DISCONNECT) {
				++disconnects;
			} else if (takes_packets) {
				take(event);
			}
		}
	}

private:
	void take(const netpeer::ENetConnection::Event &event) {
		const int flags = event.peer->get_packet_flags();
		netpeer::ByteView packet;
		ASSERT_EQ(event.peer->get_packet(packet), netpeer::Error::OK);
		received.push_back(std::to_string(event.channel) + ":" +
		                   std::string(reinterpret_cast<const char *>(packet.data), packet.size));
		received_flags.push_back(flags);
		if (echoes) {
			EXPECT_EQ(event.peer->send(event.channel, packet, flags), netpeer::Error::OK);
		}
	}
};

/// A bound server for up to 4 and a client for one.
struct LoopbackPair {
	LoopbackHost server;
	LoopbackHost client;

	explicit LoopbackPair(bool checksum = false) {
		EXPECT_EQ(server.host.set_checksum(checksum), netpeer::Error::OK);
		EXPECT_EQ(client.host.set_checksum(checksum), netpeer::Error::OK);
		EXPECT_EQ(server.host.create_host_bound("127.0.0.1", 0, 4), netpeer::Error::OK);
		EXPECT_EQ(client.host.create_host(1), netpeer::Error::OK);
	}
	bool connect(int channels = 4, int data = 0) {
		const int before_client = client.connects;
		const int before_server = server.connects;
		client.host.service(0);
		client.peer = client.host.connect_to_host("127.0.0.1", server.host.get_local_port(), channels, data);
		if (client.peer == nullptr) return false;
		return until([&] { return client.connects > before_client && server.connects > before_server; });
	}
	void poll() {
		client.poll();
		server.poll();
	}
	bool until(const std::function<bool()> &done) {
		return until_true([&] {
			poll();
			return done();
		});
	}
	/// Everything queued is acknowledged, both ways.
	bool settle() {
		return until([&] {
			for (LoopbackHost *each : {&server, &client}) {
				netpeer::EnetPeerStats stats;
				if (each->peer->get_stats(stats) != netpeer::Error::OK) continue;
				if (stats.queued_commands + stats.unacknowledged_commands != 0) return false;
			}
			return true;
		});
	}
};

} // namespace netpeer_test
