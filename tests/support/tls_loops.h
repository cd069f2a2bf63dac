// Turning a StreamPeerTLS over real sockets until something has happened. For datagrams: dtls_loops.h.
#pragma once

#include "../../src/stream/stream_peer_tls.h"

#include <chrono>

namespace netpeer_test {

/// How long anything on loopback may take before the test gives up.
constexpr int kTlsPatienceMs = 20000;

/// Polls `peer` until `done`, asleep between for as long as nothing comes, and 5 ms at most; false when time is up.
template <class Done> bool turn_until(netpeer::StreamPeerTLS &peer, Done done) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTlsPatienceMs);
	while (std::chrono::steady_clock::now() < end) {
		(void)peer.poll();
		if (done()) return true;
		(void)peer.wait(netpeer::PollType::POLL_TYPE_IN, 5);
	}
	return false;
}

/// Until the handshake is decided; the status then.
inline netpeer::StreamPeerTLS::Status finish_handshake(netpeer::StreamPeerTLS &peer) {
	(void)turn_until(peer, [&] { return peer.get_status() != netpeer::StreamPeerTLS::STATUS_HANDSHAKING; });
	return peer.get_status();
}

} // namespace netpeer_test
