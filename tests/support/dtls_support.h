// DTLS clients of a DtlsAcceptor in memory: each at an endpoint of its own, wires in the hands of the test.
#pragma once

#include "../../src/tls/dtls_acceptor.h"
#include "tls_support.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace netpeer_test {

/// Clients from this number on share one address.
constexpr uint32_t kNeighbours = 1u << 24;

inline netpeer::Endpoint client_at(uint32_t number) {
	netpeer::Endpoint at;
	at.address = netpeer::IPAddress::v4(
	        10, static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
	at.port = static_cast<uint16_t>(1024 + number % 60000);
	if (number >= kNeighbours) at.address = netpeer::IPAddress::v4(192, 0, 2, 1);
	return at;
}

/// A ClientHello as short as one can be, without a cookie; `extra` makes its random another one.
inline std::string short_dtls_hello(uint32_t extra = 0, const std::string &cookie = "") {
	std::string body("\xfe\xfd", 2);
	std::string random(32, 'r');
	for (int i = 0; i < 4; ++i) random[static_cast<size_t>(i)] = static_cast<char>(extra >> (8 * i));
	body += random;
	body += '\0';
	body += static_cast<char>(cookie.size());
	body += cookie;
	body += std::string("\x00\x02\xc0\x2b\x01\x00", 6);
	const std::string size{0, static_cast<char>(body.size() >> 8), static_cast<char>(body.size())};
	const std::string message = std::string(1, 1) + size + std::string(5, '\0') + size + body;
	const std::string record_size{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
	return std::string("\x16\xfe\xff\0\0\0\0\0\0\0\0", 11) + record_size + message;
}

inline netpeer::ByteView view_of_text(const std::string &text) {
	return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

/// An acceptor and its clients.
class DtlsTown {
public:
	explicit DtlsTown(uint64_t seed = 1) : random(seed) {
		config.options = tls_server_options();
		config.random = &random;
	}
	bool open() {
		acceptor = netpeer::DtlsAcceptor::create(config, error);
		return acceptor != nullptr;
	}
	/// A new client at this endpoint; its hello waits.
	netpeer::TlsSession &add(uint32_t number) {
		netpeer::TlsSessionConfig client;
		client.datagrams = true;
		if (client_options == nullptr) client_options = tls_client_options();
		client.options = client_options;
		client.host_name = "server.test";
		client.random = &random;
		client.unix_time = kTestUnixTime;
		netpeer::Error ignored = netpeer::Error::OK;
		auto &place = clients[number];
		place = netpeer::TlsSession::create(client, ignored);
		size_t taken = 0;
		(void)place->feed(now, netpeer::ByteView(), taken);
		return *place;
	}
	/// Moves all that waits on any wire; what the acceptor sends to nobody is dropped. False: nothing moved.
	bool move_once() {
		bool moved = false;
		for (auto &client : clients) {
			while (!client.second->drain().empty()) {
				const netpeer::ByteView bytes = client.second->drain();
				const std::vector<uint8_t> copy(bytes.data, bytes.data + bytes.size);
				client.second->drained(copy.size());
				acceptor->receive(now, client_at(client.first), netpeer::ByteView(copy.data(), copy.size()));
				moved = true;
			}
			moved |= deliver();
		}
		return moved | deliver();
	}
	bool deliver() {
		netpeer::DtlsDatagram datagram;
		bool moved = false;
		while (acceptor->drain(datagram)) {
			const std::vector<uint8_t> copy(datagram.bytes.data, datagram.bytes.data + datagram.bytes.size);
			const netpeer::Endpoint to = datagram.to;
			acceptor->drained();
			bytes_out += copy.size();
			moved = true;
			for (auto &client : clients) {
				size_t taken = 0;
				if (client_at(client.first) == to)
					(void)client.second->feed(now, netpeer::ByteView(copy.data(), copy.size()), taken);
			}
		}
		return moved;
	}
	void run() {
		while (move_once()) {
		}
	}
	bool connected(uint32_t number) const {
		const netpeer::TlsSession *there = acceptor->find(client_at(number));
		return clients.at(number)->state() == netpeer::TlsSession::State::kConnected && there != nullptr &&
		       there->state() == netpeer::TlsSession::State::kConnected;
	}
	/// The next record of anyone as "number:text" of the client's place; empty when there is none.
	std::string read() {
		uint8_t buffer[20000];
		netpeer::Endpoint from;
		size_t got = 0;
		if (!acceptor->read(now, netpeer::MutBytes(buffer, sizeof(buffer)), from, got)) return "";
		for (auto &client : clients) {
			if (client_at(client.first) == from)
				return std::to_string(client.first) + ":" + std::string(reinterpret_cast<char *>(buffer), got);
		}
		return "?:" + std::string(reinterpret_cast<char *>(buffer), got);
	}
	void say(uint32_t number, const std::string &text) {
		size_t taken = 0;
		(void)clients.at(number)->write(now, view_of_text(text), taken);
	}
	std::string heard(uint32_t number) {
		uint8_t buffer[20000];
		size_t got = 0;
		(void)clients.at(number)->read(now, netpeer::MutBytes(buffer, sizeof(buffer)), got);
		return std::string(reinterpret_cast<char *>(buffer), got);
	}

	netpeer::Instant now = netpeer::Instant::from_ms(1000);
	SeededRandom random;
	netpeer::DtlsAcceptorConfig config;
	std::shared_ptr<netpeer::TLSOptions> client_options;
	std::unique_ptr<netpeer::DtlsAcceptor> acceptor;
	std::map<uint32_t, std::unique_ptr<netpeer::TlsSession>> clients;
	netpeer::Error error = netpeer::Error::OK;
	size_t bytes_out = 0;
};

} // namespace netpeer_test
