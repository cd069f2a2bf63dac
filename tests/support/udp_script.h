// Datagrams for a scripted socket: senders and what they send, said shortly.
#pragma once

#include "fake_net_socket.h"

#include <string>

namespace netpeer_test {

inline netpeer::Endpoint udp_at(const char *address, uint16_t port) {
	netpeer::Endpoint endpoint;
	endpoint.address = netpeer::IPAddress(address);
	endpoint.port = port;
	return endpoint;
}

/// The answer of a receive_batch() that brings one datagram.
inline SocketAnswer datagram(const std::string &bytes, const netpeer::Endpoint &from) {
	SocketAnswer answer;
	answer.bytes = bytes;
	answer.endpoint = from;
	return answer;
}

} // namespace netpeer_test
