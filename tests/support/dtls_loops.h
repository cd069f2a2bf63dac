// Turning PacketPeerDTLS and a DTLS server over real sockets until something has happened.
#pragma once

#include "../../src/packet/dtls_server.h"
#include "tls_loops.h"
#include "udp_support.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_test {

template <class Done> bool turn_until(netpeer::PacketPeerDTLS &peer, Done done) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTlsPatienceMs);
	while (std::chrono::steady_clock::now() < end) {
		(void)peer.poll();
		if (done()) return true;
		(void)peer.wait(5);
	}
	return false;
}

inline netpeer::PacketPeerDTLS::Status finish_handshake(netpeer::PacketPeerDTLS &peer) {
	(void)turn_until(peer, [&] { return peer.get_status() != netpeer::PacketPeerDTLS::STATUS_HANDSHAKING; });
	return peer.get_status();
}

/// A DTLS server with what it needs. Sessions that only got a cookie are counted and dropped.
struct DtlsHost {
	netpeer::UDPServer udp;
	netpeer::DTLSServer dtls;
	std::vector<std::shared_ptr<netpeer::PacketPeerDTLS>> sessions;
	int takes = 0;
	int cookies_sent = 0;

	void listen(std::shared_ptr<const netpeer::TLSOptions> options, const char *address = "127.0.0.1") {
		ASSERT_EQ(dtls.setup(std::move(options)), netpeer::Error::OK);
		ASSERT_EQ(udp.listen(0, address), netpeer::Error::OK);
	}
	/// Waits for the socket, and gives everybody a turn.
	void turn(int timeout_ms) {
		(void)udp.wait(timeout_ms);
		ASSERT_EQ(udp.poll(), netpeer::Error::OK);
		while (udp.is_connection_available()) {
			std::shared_ptr<netpeer::PacketPeerDTLS> session = dtls.take_connection(udp.take_connection());
			ASSERT_NE(session, nullptr);
			++takes;
			if (session->get_status() == netpeer::PacketPeerDTLS::STATUS_HANDSHAKING)
				sessions.push_back(session);
			else if (session->get_failure() == netpeer::TlsFailure::kCookieNeeded)
				++cookies_sent;
		}
		for (const auto &session : sessions) (void)session->poll();
	}
	template <class Done> bool turn_until(Done done) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTlsPatienceMs);
		while (std::chrono::steady_clock::now() < end && !::testing::Test::HasFatalFailure()) {
			turn(5);
			if (done()) return true;
		}
		return false;
	}
};

/// The next packet; "(ERR_...)" when there is none to be had.
inline std::string take_text(netpeer::PacketPeerDTLS &peer) {
	netpeer::ByteView packet;
	const netpeer::Error error = peer.get_packet(packet);
	return error == netpeer::Error::OK ? text_of_bytes(packet) : "(" + std::string(netpeer::error_name(error)) + ")";
}

} // namespace netpeer_test
