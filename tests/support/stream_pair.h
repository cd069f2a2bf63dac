// Two connected stream sockets of this system, and the small steps tests on them share.
#pragma once

#include "../../src/core/clock.h"
#include "../../src/socket/net_socket.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace netpeer_test {

/// Far beyond what loopback needs; only a broken test gets there.
constexpr netpeer::Duration kStreamPatience = netpeer::Duration::from_s(20);

inline netpeer::Endpoint endpoint_at(const char *address, uint16_t port) {
	netpeer::Endpoint endpoint;
	endpoint.address = netpeer::IPAddress(address);
	endpoint.port = port;
	return endpoint;
}

inline std::unique_ptr<netpeer::NetSocket> open_tcp_socket(netpeer::IPType type) {
	std::unique_ptr<netpeer::NetSocket> made = netpeer::create_net_socket();
	netpeer::IPType opened = type;
	EXPECT_EQ(made->open_tcp(opened), netpeer::Error::OK);
	EXPECT_EQ(opened, type);
	return made;
}

inline bool tcp_ipv6_works() {
	const std::unique_ptr<netpeer::NetSocket> probe = netpeer::create_net_socket();
	netpeer::IPType type = netpeer::IPType::IPV6;
	return probe->open_tcp(type) == netpeer::Error::OK && probe->bind(endpoint_at("::1", 0)) == netpeer::Error::OK;
}

inline std::unique_ptr<netpeer::NetSocket> listening_tcp_socket(
        netpeer::IPType type, const char *address, int backlog = 8) {
	std::unique_ptr<netpeer::NetSocket> made = open_tcp_socket(type);
	EXPECT_EQ(made->set_reuse_address(true), netpeer::Error::OK);
	EXPECT_EQ(made->bind(endpoint_at(address, 0)), netpeer::Error::OK);
	EXPECT_EQ(made->listen(backlog), netpeer::Error::OK);
	return made;
}

inline uint16_t port_of(netpeer::NetSocket &socket) {
	netpeer::Endpoint local;
	EXPECT_EQ(socket.local_endpoint(local), netpeer::Error::OK);
	EXPECT_NE(local.port, 0);
	return local.port;
}

/// Waits until a connect under way is decided.
inline netpeer::Error finish_connect(netpeer::NetSocket &socket) {
	EXPECT_EQ(socket.wait(netpeer::PollType::POLL_TYPE_OUT, kStreamPatience), netpeer::Error::OK);
	return socket.connect_result();
}

/// The next connection; null (and a failed test) when none comes.
inline std::unique_ptr<netpeer::NetSocket> accept_one(netpeer::NetSocket &listener, netpeer::Endpoint *from = nullptr) {
	std::unique_ptr<netpeer::NetSocket> accepted;
	netpeer::Endpoint remote;
	EXPECT_EQ(listener.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatience), netpeer::Error::OK);
	EXPECT_EQ(listener.accept(accepted, remote), netpeer::Error::OK);
	if (from != nullptr) *from = remote;
	return accepted;
}

struct StreamPair {
	std::unique_ptr<netpeer::NetSocket> client;
	std::unique_ptr<netpeer::NetSocket> server;

	static StreamPair over_tcp(
	        netpeer::IPType type = netpeer::IPType::IPV4, const char *address = "127.0.0.1", size_t buffer_bytes = 0) {
		StreamPair pair;
		const std::unique_ptr<netpeer::NetSocket> listener = listening_tcp_socket(type, address);
		pair.client = open_tcp_socket(type);
		EXPECT_EQ(listener->set_buffer_sizes(buffer_bytes, buffer_bytes), netpeer::Error::OK);
		EXPECT_EQ(pair.client->set_buffer_sizes(buffer_bytes, buffer_bytes), netpeer::Error::OK);
		pair.join(*listener, pair.client->connect(endpoint_at(address, port_of(*listener))));
		return pair;
	}
	/// `started` is what the client's connect answered.
	void join(netpeer::NetSocket &listener, netpeer::Error started) {
		EXPECT_TRUE(started == netpeer::Error::OK || started == netpeer::Error::ERR_BUSY)
		        << netpeer::error_name(started) << " " << client->last_os_error();
		server = accept_one(listener);
		EXPECT_EQ(finish_connect(*client), netpeer::Error::OK);
	}
};

inline netpeer::ByteView bytes_of(const std::string &text) {
	return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

/// All of it, waiting as long as it takes.
inline netpeer::Error send_all(netpeer::NetSocket &socket, const std::string &text) {
	size_t done = 0;
	while (done < text.size()) {
		size_t sent = 0;
		netpeer::Error error = socket.send(bytes_of(text).after(done), sent);
		if (error == netpeer::Error::ERR_BUSY) error = socket.wait(netpeer::PollType::POLL_TYPE_OUT, kStreamPatience);
		if (error != netpeer::Error::OK) return error;
		done += sent;
	}
	return netpeer::Error::OK;
}

/// Until `count` bytes have come or an error; the error is OK when they have.
inline netpeer::Error receive_all(netpeer::NetSocket &socket, size_t count, std::string &text) {
	text.clear();
	char buffer[4096];
	while (text.size() < count) {
		const size_t wanted = count - text.size() < sizeof(buffer) ? count - text.size() : sizeof(buffer);
		size_t received = 0;
		netpeer::Error error = socket.receive(netpeer::MutBytes(reinterpret_cast<uint8_t *>(buffer), wanted), received);
		if (error == netpeer::Error::ERR_BUSY) error = socket.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatience);
		if (error != netpeer::Error::OK) return error;
		text.append(buffer, received);
	}
	return netpeer::Error::OK;
}

/// One attempt at a byte.
inline netpeer::Error receive_byte(netpeer::NetSocket &socket) {
	uint8_t byte = 0;
	size_t received = 9;
	const netpeer::Error error = socket.receive(netpeer::MutBytes(&byte, 1), received);
	EXPECT_EQ(received, error == netpeer::Error::OK ? 1u : 0u);
	return error;
}

/// Waits for readiness, or for the error that is one too, and tries.
inline netpeer::Error await_byte(netpeer::NetSocket &socket) {
	const netpeer::Error waited = socket.wait(netpeer::PollType::POLL_TYPE_IN, kStreamPatience);
	EXPECT_TRUE(waited == netpeer::Error::OK || waited == netpeer::Error::FAILED) << netpeer::error_name(waited);
	return receive_byte(socket);
}

inline void expect_exchange(netpeer::NetSocket &a, netpeer::NetSocket &b) {
	std::string got;
	ASSERT_EQ(send_all(a, "ping"), netpeer::Error::OK);
	ASSERT_EQ(receive_all(b, 4, got), netpeer::Error::OK);
	EXPECT_EQ(got, "ping");
	ASSERT_EQ(send_all(b, "pong"), netpeer::Error::OK);
	ASSERT_EQ(receive_all(a, 4, got), netpeer::Error::OK);
	EXPECT_EQ(got, "pong");
}

/// Sends until the system has no room. Returns how much went.
inline size_t fill_up(netpeer::NetSocket &socket, size_t chunk = 65536, size_t most = size_t{64} << 20) {
	const std::string block(chunk, 'f');
	size_t total = 0;
	netpeer::Error error = netpeer::Error::OK;
	while (error == netpeer::Error::OK && total < most) {
		size_t sent = 0;
		error = socket.send(bytes_of(block), sent);
		total += sent;
	}
	EXPECT_EQ(error, netpeer::Error::ERR_BUSY);
	return total;
}

} // namespace netpeer_test
