// Two StreamPeerTCPs connected over loopback, and waiting without the clock.
#pragma once

#include "../../src/stream/tcp_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace netpeer_test {

/// How long anything on loopback may take before the test gives up.
constexpr int kStreamPatienceMs = 20000;

/// Polls until `peer` is no longer connecting.
inline void finish_connect(netpeer::StreamPeerSocket &peer) {
	while (peer.get_status() == netpeer::StreamPeerSocket::STATUS_CONNECTING) {
		(void)peer.wait(netpeer::PollType::POLL_TYPE_OUT, kStreamPatienceMs);
		(void)peer.poll();
	}
}

/// Polls until `peer` leaves `status`; the last answer of poll().
inline netpeer::Error poll_while(netpeer::StreamPeerSocket &peer, netpeer::StreamPeerSocket::Status status) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStreamPatienceMs);
	netpeer::Error answer = netpeer::Error::OK;
	while (peer.get_status() == status && std::chrono::steady_clock::now() < end) {
		(void)peer.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatienceMs);
		answer = peer.poll();
	}
	return answer;
}

/// Waits until at least `bytes` can be read.
inline void wait_available(netpeer::StreamPeerSocket &peer, int bytes) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStreamPatienceMs);
	while (peer.get_available_bytes() < bytes && std::chrono::steady_clock::now() < end)
		(void)peer.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatienceMs);
}

/// A server on loopback, a client, and the server's end of it.
struct TcpPair {
	netpeer::TCPServer server;
	netpeer::StreamPeerTCP client;
	std::shared_ptr<netpeer::StreamPeerTCP> served;

	/// `served` stays null when it did not work.
	void open(const char *bind_address = "127.0.0.1", const char *host = "127.0.0.1") {
		if (!server.is_listening()) {
			ASSERT_EQ(server.listen(0, bind_address), netpeer::Error::OK);
		}
		ASSERT_EQ(client.connect_to_host(host, server.get_local_port()), netpeer::Error::OK);
		ASSERT_EQ(server.wait(kStreamPatienceMs), netpeer::Error::OK);
		served = server.take_connection();
		finish_connect(client);
		ASSERT_NE(served, nullptr);
		ASSERT_EQ(client.get_status(), netpeer::StreamPeerTCP::STATUS_CONNECTED);
	}
};

/// Whether this machine has an IPv6 loopback.
inline bool has_ipv6_loopback() {
	netpeer::TCPServer server;
	return server.listen(0, "::1") == netpeer::Error::OK;
}

} // namespace netpeer_test
