// ENetConnections on one simulated network and one virtual clock: whole lives of connections without a socket, a sleep or
// a dice roll. Time only passes in run_ms() and run_until(), from deadline to deadline.
#pragma once

#include "../../src/reliable/enet_connection.h"
#include "../../src/reliable/transport/transport_sim.h"
#include "../support/fake_clock.h"
#include "../support/sure_peer.h"
#include "../support/world_memory.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_test {

inline std::string string_of(netpeer::ByteView bytes) {
	return std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

inline netpeer::ByteView bytes_of(const std::string &text) {
	return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

class FaceRandom final : public netpeer::RandomSource {
public:
	explicit FaceRandom(uint8_t seed) : next_(seed) {}
	netpeer::Error fill(netpeer::MutBytes out) override {
		for (size_t i = 0; i < out.size; ++i) out.data[i] = next_ = static_cast<uint8_t>(next_ * 5 + 1);
		return netpeer::Error::OK;
	}

private:
	uint8_t next_;
};

/// The host at 10.0.0.<octet>, port 4000 + octet, and what its service() gave.
struct FaceHost {
	using Connection = netpeer::ENetConnection;
	using Event = Connection::Event;

	FaceHost(netpeer::SimNetwork &network, netpeer::Clock &clock, uint8_t octet) : transport(network), random(octet) {
		at.address = netpeer::IPAddress::v4(10, 0, 0, octet);
		at.port = static_cast<uint16_t>(4000 + octet);
		EXPECT_EQ(transport.open(at), netpeer::Error::OK);
		address = "10.0.0." + std::to_string(octet);
		netpeer::ENetConnectionHooks hooks;
		hooks.clock = &clock;
		hooks.random = &random;
		hooks.transport = &transport;
		host.reset(new Connection(hooks));
	}

	/// Takes every event that is there now.
	void poll() {
		for (;;) {
			const Event event = host->service(0);
			if (event.type == Connection::EVENT_NONE) return;
			events.push_back(event);
			if (event.type == Connection::EVENT_ERROR) return;
			if (event.type == Connection::EVENT_CONNECT) peer = event.peer;
		}
	}
	size_t count(Connection::EventType type) const {
		size_t found = 0;
		for (const Event &event : events) found += event.type == type ? 1u : 0u;
		return found;
	}
	/// The latest event of that type; EVENT_NONE's when there was none.
	Event last(Connection::EventType type) const {
		for (size_t i = events.size(); i > 0; --i)
			if (events[i - 1].type == type) return events[i - 1];
		return Event();
	}
	/// "channel:payload" of every packet not taken yet, in the order of the events so far.
	std::vector<std::string> take_packets() {
		std::vector<std::string> out;
		for (; taken < events.size(); ++taken) {
			if (events[taken].type != Connection::EVENT_RECEIVE) continue;
			netpeer::ByteView packet;
			if (events[taken].peer->get_packet(packet) != netpeer::Error::OK) continue;
			out.push_back(std::to_string(events[taken].channel) + ":" + string_of(packet));
		}
		return out;
	}
	netpeer::EnetPeerStats stats() const {
		netpeer::EnetPeerStats out;
		if (peer != nullptr) (void)peer->get_stats(out);
		return out;
	}
	netpeer::EnetHostCounters counters() const {
		netpeer::EnetHostCounters out;
		(void)host->get_counters(out);
		return out;
	}
	Connection *operator->() { return host.get(); }

	netpeer::Endpoint at;
	std::string address;
	netpeer::TransportSim transport;
	FaceRandom random;
	std::vector<Event> events;
	size_t taken = 0;
	SurePeer peer; // of the latest dial or EVENT_CONNECT
	std::unique_ptr<Connection> host;
};

class FaceWorld {
public:
	explicit FaceWorld(int latency_ms = 0, int64_t start_ms = 1000) :
	        network(7, netpeer::SimNetworkLimits(), netpeer_test::world_memory()),
	        clock(netpeer::Instant::from_ms(start_ms)) {
		netpeer::SimLinkSettings settings;
		settings.latency = netpeer::Duration::from_ms(latency_ms);
		network.set_default_settings(settings);
	}

	/// A host that is not created yet.
	FaceHost &add() {
		hosts_.emplace_back(new FaceHost(network, clock, static_cast<uint8_t>(hosts_.size() + 1)));
		return *hosts_.back();
	}
	FaceHost &add_created(int max_peers = 4) {
		FaceHost &host = add();
		EXPECT_EQ(host->create_host(max_peers), netpeer::Error::OK);
		return host;
	}
	SurePeer dial(FaceHost &from, FaceHost &to, int channels = 4, int data = 0) {
		from.peer = from->connect_to_host(to.address.c_str(), to.at.port, channels, data);
		return from.peer;
	}
	bool connect(FaceHost &from, FaceHost &to, int channels = 4, int data = 0) {
		const size_t before = to.count(FaceHost::Connection::EVENT_CONNECT);
		const auto handle = dial(from, to, channels, data);
		return handle != nullptr && run_until([&] {
			return handle->get_state() == netpeer::ENetPacketPeer::STATE_CONNECTED &&
			       to.count(FaceHost::Connection::EVENT_CONNECT) > before &&
			       from.last(FaceHost::Connection::EVENT_CONNECT).peer == handle;
		});
	}
	/// Polls all hosts and lets at most `ms` pass; false when `done` was not true by then.
	bool run_until(const std::function<bool()> &done, int64_t ms = 60000) {
		const netpeer::Instant end = clock.now() + netpeer::Duration::from_ms(ms);
		for (size_t turns = 0; turns < 1000000; ++turns) {
			for (const auto &host : hosts_)
				if (host->host->is_active()) host->poll();
			if (done()) return true;
			if (clock.now() >= end) return false;
			netpeer::Instant next = end;
			for (const auto &host : hosts_) next = earlier_of(next, host->host->next_service_time());
			// A datagram that arrives at this very moment was perhaps sent after its receiver's turn.
			if (next <= clock.now()) next = clock.now() + netpeer::Duration::from_us(turns % 4 == 3 ? 100 : 0);
			clock.set(next);
		}
		ADD_FAILURE() << "deadlines without end";
		return false;
	}
	void run_ms(int64_t ms) {
		const netpeer::Instant end = clock.now() + netpeer::Duration::from_ms(ms);
		(void)run_until([&] { return false; }, ms);
		EXPECT_EQ(clock.now().us, end.us);
	}
	netpeer::SimLink &link(const FaceHost &from, const FaceHost &to) { return network.link(from.at, to.at); }
	/// Datagrams offered to the network on the way from one to the other.
	uint64_t sent(const FaceHost &from, const FaceHost &to) { return link(from, to).counters().offered(); }

	netpeer::SimNetwork network;
	FakeClock clock;

private:
	std::vector<std::unique_ptr<FaceHost>> hosts_;
};

/// A server and a client, connected.
struct FaceDuo : FaceWorld {
	explicit FaceDuo(int latency_ms = 0, int channels = 4, int data = 0) :
	        FaceWorld(latency_ms), server(add_created()), client(add_created(1)) {
		EXPECT_TRUE(connect(client, server, channels, data));
	}
	FaceHost &server;
	FaceHost &client;
};

} // namespace netpeer_test
