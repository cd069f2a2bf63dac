// Two Sides on loopback, polled in turn in one thread with the system's clock, and the helpers every interop test uses.
#pragma once

#include "interop_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace interop {

/// Which end is netpeer; the other is stock libenet. The simulated ones have netpeer at both ends, on virtual time
/// (sim_side.h). kStockOnly shows that a test asks what stock itself does; it runs when NETPEER_INTEROP_CONTROL is set in
/// the environment.
enum class Role { kNetpeerServer, kNetpeerClient, kSimulated, kSimulatedDtls, kSimulatedDtlsBadLine, kStockOnly };

std::vector<Role> roles();
std::string role_name(const ::testing::TestParamInfo<Role> &info);

std::unique_ptr<Side> make_server(Role role, const SideConfig &config);
std::unique_ptr<Side> make_client(Role role, const SideConfig &config);

inline bool is_simulated(Role role) { return role >= Role::kSimulated && role <= Role::kSimulatedDtlsBadLine; }
inline bool is_dtls(Role role) { return role == Role::kSimulatedDtls || role == Role::kSimulatedDtlsBadLine; }
/// Whether what is sent once may be lost although nobody asked for faults.
inline bool is_lossy(Role role) { return role == Role::kSimulatedDtlsBadLine; }
/// What ends that want `mtu` agree upon.
inline uint32_t mtu_over(Role role, uint32_t mtu) { return is_dtls(role) ? std::min(mtu, 1352u) : mtu; }

constexpr int kPatienceMs = 10000;    // for what must happen; nothing waits that long unless it fails
constexpr int kSimPatienceMs = 60000; // costs no time; a handshake nobody answers takes 15 s

/// The clock of the sides: the system's, or the simulated one.
int64_t wall_ms();
bool is_time_simulated();

/// Polls every side once; when none had anything to do, sleeps until a datagram comes, at most 1 ms.
inline void step_all(const std::vector<Side *> &sides) {
	bool busy = false;
	for (Side *side : sides) busy = side->poll() || busy;
	if (!busy) sides.front()->wait(1);
}

template <class Done> bool run_sides_until(const std::vector<Side *> &sides, Done done, int patience_ms = kPatienceMs) {
	if (patience_ms == kPatienceMs && is_time_simulated()) patience_ms = kSimPatienceMs;
	const int64_t deadline = wall_ms() + patience_ms;
	while (!done()) {
		if (wall_ms() >= deadline) return false;
		step_all(sides);
	}
	return true;
}

inline void run_sides_for(const std::vector<Side *> &sides, int ms) {
	(void)run_sides_until(
	        sides, [] { return false; }, ms);
}

/// Bytes nobody would send by accident: all of them depend on the seed.
std::vector<uint8_t> payload_of(uint64_t seed, size_t size);

inline netpeer::ByteView view(const std::vector<uint8_t> &bytes) {
	return netpeer::ByteView(bytes.data(), bytes.size());
}

/// One way through a link.
struct Path {
	Side *from = nullptr;
	Conn from_conn;
	Side *to = nullptr;
	Conn to_conn;
	std::string text() const { return std::string(from->name()) + " to " + to->name(); }
};

/// A server and a client, connected by connect().
class Link {
public:
	explicit Link(Role role, const SideConfig &server_config = {}, const SideConfig &client_config = {}) :
	        server(make_server(role, server_config)), client(make_client(role, client_config)) {
		EXPECT_NE(server, nullptr);
		EXPECT_NE(client, nullptr);
	}

	std::vector<Side *> sides() const {
		std::vector<Side *> all;
		if (server != nullptr) all.push_back(server.get());
		if (client != nullptr) all.push_back(client.get());
		return all;
	}
	template <class Done> bool run_until(Done done, int patience_ms = kPatienceMs) {
		return run_sides_until(sides(), done, patience_ms);
	}
	void run_for(int ms) { run_sides_for(sides(), ms); }

	/// Dials and takes the connect event of each side.
	bool connect(size_t channels = 4, uint32_t data = 0) {
		at_client = client->connect(server->port(), channels, data);
		if (at_client.is_none()) return false;
		if (!run_until([&] { return !server->events.empty() && !client->events.empty(); })) return false;
		server_event = server->events.front();
		client_event = client->events.front();
		server->events.pop_front();
		client->events.pop_front();
		if (server_event.what != What::kConnect || client_event.what != What::kConnect) return false;
		at_server = server_event.conn;
		return client_event.conn == at_client;
	}
	Path path(bool from_server) const {
		return from_server ? Path{server.get(), at_server, client.get(), at_client}
		                   : Path{client.get(), at_client, server.get(), at_server};
	}
	/// Nothing is queued and nothing is unacknowledged on either end.
	bool is_quiet() const {
		const SideStats s = server->stats(at_server), c = client->stats(at_client);
		return s.queued == 0 && c.queued == 0 && s.unacknowledged == 0 && c.unacknowledged == 0;
	}

	std::unique_ptr<Side> server;
	std::unique_ptr<Side> client;
	Conn at_server;
	Conn at_client;
	SideEvent server_event; // the connect events
	SideEvent client_event;
};

/// Takes the next event of `side`, waiting for it.
inline ::testing::AssertionResult next_event(Link &link, Side &side, SideEvent &event, int patience_ms = kPatienceMs) {
	if (!link.run_until([&] { return !side.events.empty(); }, patience_ms)) {
		return ::testing::AssertionFailure() << "no event at " << side.name() << " in " << patience_ms << " ms";
	}
	event = std::move(side.events.front());
	side.events.pop_front();
	return ::testing::AssertionSuccess();
}

/// The next event at the path's end is this packet and no other.
::testing::AssertionResult arrives(
        Link &link, const Path &path, uint8_t channel, const std::vector<uint8_t> &bytes, uint32_t flags);
/// The next event of `side` is the end of `conn` with `data`.
::testing::AssertionResult disconnects(Link &link, Side &side, Conn conn, uint32_t data, int patience_ms = kPatienceMs);

/// Settings that end a connection or an attempt half a second after its last answer.
inline void shorten_timeout(Side &side, Conn conn) { side.set_timeout(conn, 8, 200, 400); }

} // namespace interop
