// Hosts on one simulated network, on virtual time that jumps from deadline to deadline. SimWorld holds any number of
// hosts; SimPair is the usual two. Finds livelocks: every pass of a host is bounded, and time must get somewhere. Every
// datagram of every host is under WireRules.
#pragma once

#include "../../src/reliable/enet_host.h"
#include "../../src/reliable/transport/sim_network.h"
#include "enet_wire_rules.h"
#include "world_memory.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_test {

inline netpeer::ByteView view_of_text(const std::string &text) {
	return netpeer::ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

inline std::string text_of(netpeer::ByteView bytes) {
	return bytes.size == 0 ? std::string() : std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
}

/// A host with an allocator of its own may find no memory: it stays empty then.
inline void expect_init(netpeer::EnetHost &host, const netpeer::EnetHostConfig &config) {
	const netpeer::Error error = host.init(config);
	if (config.allocator != nullptr && error == netpeer::Error::ERR_OUT_OF_MEMORY) {
		EXPECT_FALSE(host.is_initialized());
	} else {
		EXPECT_EQ(error, netpeer::Error::OK);
	}
}

/// What a host reported, without the payload (that goes to the inbox).
struct SimEvent {
	netpeer::EnetEventType type = netpeer::EnetEventType::kNone;
	netpeer::EnetPeerId peer;
	uint8_t channel = 0;
	netpeer::EnetDropReason reason = netpeer::EnetDropReason::kNone;
	uint32_t data = 0;
	uint32_t flags = 0;
	size_t size = 0;
	netpeer::Instant at;
};

class SimHost {
public:
	netpeer::EnetHost host;
	netpeer::Endpoint at;
	WireRules rules;              // of what it sends
	std::vector<SimEvent> events; // all so far
	netpeer::EnetPeerId peer;     // the latest connection: dialled or reported
	netpeer::Duration poll_every; // above 0: looks at the network only that often, like a game's frame
	bool takes_events = true;
	/// Sees each event before it is filed.
	std::function<void(SimHost &, const netpeer::EnetEvent &)> on_event;

	netpeer::Error send(uint8_t channel, const std::string &text, uint32_t flags = netpeer::kEnetReliable) {
		return host.send(peer, channel, view_of_text(text), flags);
	}
	/// Takes the oldest packet that arrived on `channel`; "" when there is none.
	std::string received(uint8_t channel) {
		std::deque<std::string> &box = inbox_[channel];
		if (box.empty()) return std::string();
		std::string text = std::move(box.front());
		box.pop_front();
		return text;
	}
	size_t waiting(uint8_t channel) { return inbox_[channel].size(); }
	size_t count(netpeer::EnetEventType type) const {
		size_t n = 0;
		for (const SimEvent &event : events) n += event.type == type;
		return n;
	}
	const SimEvent *last(netpeer::EnetEventType type) const {
		for (size_t i = events.size(); i > 0; --i)
			if (events[i - 1].type == type) return &events[i - 1];
		return nullptr;
	}
	netpeer::EnetPeerState state() const { return host.peer_state(peer); }
	netpeer::EnetPeerStats stats() const {
		netpeer::EnetPeerStats out;
		(void)host.peer_stats(peer, out);
		return out;
	}
	const netpeer::EnetHostCounters &counters() const { return host.counters(); }

	/// Peers this host has told of or dialled and that still exist.
	const std::vector<netpeer::EnetPeerId> &known_peers() {
		for (size_t i = 0; i < known_.size();) {
			if (host.peer_is_current(known_[i])) {
				++i;
			} else {
				known_[i] = known_.back();
				known_.pop_back();
			}
		}
		return known_;
	}

private:
	friend class SimWorld;
	std::vector<netpeer::EnetPeerId> known_;
	std::map<uint8_t, std::deque<std::string>> inbox_;
	netpeer::Instant next_poll_;
	size_t late_passes_ = 0;
};

class SimWorld {
public:
	/// More than this in one pass or at one instant is a livelock.
	static constexpr size_t kMaxDatagramsPerPass = 50000;
	static constexpr size_t kMaxEventsPerPass = 500000;
	static constexpr size_t kMaxPassesPerInstant = 2000;

	explicit SimWorld(uint64_t seed, const netpeer::SimLinkSettings &links = netpeer::SimLinkSettings()) :
	        network_(seed, netpeer::SimNetworkLimits(), world_memory()) {
		network_.set_default_settings(links);
	}
	SimWorld(const SimWorld &) = delete;
	SimWorld &operator=(const SimWorld &) = delete;

	/// 10.0.0.n:4000+n, n counting from 1.
	static netpeer::Endpoint endpoint_of(size_t n) {
		netpeer::Endpoint at;
		at.address = netpeer::IPAddress::v4(10, 0, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n));
		at.port = static_cast<uint16_t>(4000 + n);
		return at;
	}
	SimHost &add_host(const netpeer::EnetHostConfig &config) {
		hosts_.push_back(std::make_unique<SimHost>());
		SimHost &made = *hosts_.back();
		made.at = endpoint_of(hosts_.size());
		made.rules = WireRules(config.checksum);
		expect_init(made.host, config);
		EXPECT_EQ(network_.attach(made.at), netpeer::Error::OK);
		return made;
	}
	/// Destroys all hosts.
	void forget_hosts() { hosts_.clear(); }
	SimHost &host(size_t index) { return *hosts_[index]; }
	size_t hosts() const { return hosts_.size(); }
	netpeer::SimNetwork &network() { return network_; }
	netpeer::SimLink &link(const SimHost &from, const SimHost &to) { return network_.link(from.at, to.at); }
	netpeer::Instant now() const { return now_; }
	/// True once something did not come to an end; the test has failed then and the run functions return at once.
	bool stuck() const { return stuck_; }

	netpeer::Error connect(SimHost &from, const SimHost &to, size_t channels, uint32_t data = 0) {
		netpeer::EnetPeerId peer;
		const netpeer::Error error = from.host.connect(now_, to.at, channels, data, peer);
		if (error == netpeer::Error::OK) {
			from.peer = peer;
			from.known_.push_back(peer);
		}
		return error;
	}

	/// Every host takes what has arrived, lets time pass, sends, and reports.
	void poll() {
		for (const std::unique_ptr<SimHost> &each : hosts_) {
			if (each->poll_every.us > 0 && now_ < each->next_poll_) continue;
			poll_host(*each);
			each->next_poll_ = now_ + each->poll_every;
		}
	}
	/// One poll, then time jumps to the next deadline, at most to `limit`. False once `limit` is reached and polled.
	bool step(netpeer::Instant limit) {
		poll();
		if (stuck_) return false;
		// A host that looks only now and then cannot act before its next look.
		netpeer::Instant next = netpeer::Instant::never();
		for (const std::unique_ptr<SimHost> &each : hosts_) {
			const netpeer::Instant due =
			        netpeer::earlier_of(each->host.next_timeout(), network_.next_delivery(each->at));
			if (due.is_never()) continue;
			next = netpeer::earlier_of(
			        next, each->poll_every.us > 0 && due < each->next_poll_ ? each->next_poll_ : due);
		}
		if (next > now_) {
			passes_at_instant_ = 0;
			if (next > limit) {
				const bool was_there = now_ >= limit;
				if (now_ < limit) now_ = limit;
				return !was_there;
			}
			now_ = next;
			return true;
		}
		if (++passes_at_instant_ > kMaxPassesPerInstant) fail("time does not advance");
		return !stuck_;
	}
	void run_for(netpeer::Duration span) {
		const netpeer::Instant end = now_ + span;
		while (step(end)) {
		}
		if (now_ < end && !stuck_) now_ = end;
	}
	/// Runs until `done` holds after a pass; false when `limit` passed first.
	bool run_until(const std::function<bool()> &done, netpeer::Duration limit = netpeer::Duration::from_s(60)) {
		const netpeer::Instant end = now_ + limit;
		do {
			poll();
			if (done()) return true;
		} while (step(end));
		return done();
	}
	/// Nothing queued, nothing unacknowledged, nothing in flight. Pings go on for ever and do not count once answered.
	bool is_idle() {
		if (network_.in_flight() != 0) return false;
		for (const std::unique_ptr<SimHost> &each : hosts_) {
			if (each->host.has_event() && each->takes_events) return false;
			if (each->host.next_timeout() <= now_) return false;
			for (netpeer::EnetPeerId id : each->known_peers()) {
				netpeer::EnetPeerStats stats;
				if (each->host.peer_stats(id, stats) != netpeer::Error::OK) continue;
				if (stats.queued_commands != 0 || stats.unacknowledged_commands != 0) return false;
			}
		}
		return true;
	}
	bool run_until_idle(netpeer::Duration limit = netpeer::Duration::from_s(120)) {
		const bool idle = run_until([this] { return is_idle(); }, limit);
		EXPECT_TRUE(idle) << "not idle after " << limit.ms() << " virtual ms";
		return idle;
	}

private:
	void fail(const char *what) { break_off(std::string("livelock: ") + what); }
	void break_off(const std::string &what) {
		stuck_ = true;
		ADD_FAILURE() << "at " << now_.us << " us: " << what;
	}

	void poll_host(SimHost &each) {
		if (stuck_) return;
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes + 64];
		netpeer::DatagramSlot slot;
		slot.buffer = netpeer::MutBytes(bytes, sizeof bytes);
		while (network_.receive(now_, each.at, slot) == netpeer::Error::OK) {
			const netpeer::ByteView datagram(bytes, slot.size);
			each.rules.received(slot.from, datagram);
			each.host.receive(now_, slot.from, datagram);
		}
		each.host.handle_timeout(now_);
		transmit(each);
		check_unacknowledged(each);
		if (!each.takes_events || stuck_) return;
		size_t events = 0;
		netpeer::EnetEvent event;
		while (each.host.poll_event(event)) {
			file(each, event);
			event = netpeer::EnetEvent();
			if (++events > kMaxEventsPerPass) return fail("events without end");
		}
		if (events == 0) return;
		transmit(each);
	}

	// Whatever has left and is not answered, the host still has.
	void check_unacknowledged(SimHost &each) {
		for (netpeer::EnetPeerId id : each.known_) {
			netpeer::EnetPeerStats stats;
			if (stuck_ || each.host.peer_state(id) != netpeer::EnetPeerState::kConnected) continue;
			if (each.host.peer_stats(id, stats) != netpeer::Error::OK) continue;
			const size_t outstanding = each.rules.outstanding(id.index);
			if (outstanding > stats.unacknowledged_commands)
				break_off(std::to_string(outstanding) + " numbers are not acknowledged, and the host knows of " +
				          std::to_string(stats.unacknowledged_commands));
		}
	}

	void transmit(SimHost &each) {
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes];
		netpeer::EnetTransmit out;
		size_t sent = 0;
		while (each.host.poll_transmit(now_, netpeer::MutBytes(bytes, sizeof bytes), out)) {
			if (out.size < 2 || out.size > sizeof bytes) return fail("a datagram of impossible size");
			const netpeer::ByteView datagram(bytes, out.size);
			if (!each.rules.sent(out.to, datagram)) return break_off("on the wire: " + each.rules.complaint());
			EXPECT_EQ(network_.send(now_, each.at, out.to, datagram, out.fragmentation), netpeer::Error::OK);
			if (++sent > kMaxDatagramsPerPass) return fail("datagrams without end");
		}
		if (each.host.next_timeout() > now_) {
			each.late_passes_ = 0;
		} else if (++each.late_passes_ > 50) {
			fail("next_timeout() stays in the past though everything was done");
		}
	}

	void file(SimHost &each, const netpeer::EnetEvent &event) {
		if (each.on_event) each.on_event(each, event);
		SimEvent record;
		record.type = event.type;
		record.peer = event.peer;
		record.channel = event.channel;
		record.reason = event.reason;
		record.data = event.data;
		record.flags = event.packet.flags();
		record.size = event.packet.view().size;
		record.at = now_;
		each.events.push_back(record);
		if (event.type == netpeer::EnetEventType::kReceive && !each.on_event)
			each.inbox_[event.channel].push_back(text_of(event.packet.view()));
		if (event.type == netpeer::EnetEventType::kConnect) {
			each.peer = event.peer;
			bool known = false;
			for (netpeer::EnetPeerId id : each.known_) known = known || id == event.peer;
			if (!known) each.known_.push_back(event.peer);
		}
	}

	netpeer::SimNetwork network_;
	std::vector<std::unique_ptr<SimHost>> hosts_;
	netpeer::Instant now_ = netpeer::Instant::from_ms(1000);
	size_t passes_at_instant_ = 0;
	bool stuck_ = false;
};

/// A client and a server. Default: 20 ms each way, four channels, no checksum.
class SimPair {
public:
	struct Options {
		netpeer::SimLinkSettings links;
		netpeer::EnetHostConfig client;
		netpeer::EnetHostConfig server;
		size_t channels = 4;
		uint64_t seed = 1;
	};
	static Options options(int64_t one_way_latency_ms, uint64_t seed) {
		Options made;
		made.links.latency = netpeer::Duration::from_ms(one_way_latency_ms);
		made.seed = seed;
		made.client.max_peers = 4;
		made.server.max_peers = 8;
		made.client.seed = seed * 2 + 1;
		made.server.seed = seed * 2 + 2;
		return made;
	}
	explicit SimPair(const Options &chosen) :
	        world_(std::make_unique<SimWorld>(chosen.seed, chosen.links)),
	        client(world_->add_host(chosen.client)),
	        server(world_->add_host(chosen.server)),
	        channels_(chosen.channels) {}

	static SimPair connected(int64_t one_way_latency_ms, uint64_t seed) {
		return connected(options(one_way_latency_ms, seed));
	}
	static SimPair connected(const Options &chosen) {
		SimPair pair(chosen);
		pair.connect();
		pair.run_for(netpeer::Duration::from_ms(1500)); // the bandwidth announcements after a connection are over
		pair.run_until_idle();
		return pair;
	}

	/// Dials and waits until both ends have reported the connection.
	bool connect(uint32_t data = 0) {
		const size_t before_client = client.count(netpeer::EnetEventType::kConnect);
		const size_t before_server = server.count(netpeer::EnetEventType::kConnect);
		EXPECT_EQ(world_->connect(client, server, channels_, data), netpeer::Error::OK);
		const bool done = world_->run_until([&] {
			return client.count(netpeer::EnetEventType::kConnect) > before_client &&
			       server.count(netpeer::EnetEventType::kConnect) > before_server;
		});
		EXPECT_TRUE(done) << "not connected";
		return done;
	}
	netpeer::SimLink &client_link() { return world_->link(client, server); } // client to server
	netpeer::SimLink &server_link() { return world_->link(server, client); }
	SimWorld &world() { return *world_; }
	netpeer::Instant now() const { return world_->now(); }
	void run_for(netpeer::Duration span) { world_->run_for(span); }
	void run_for_ms(int64_t ms) { world_->run_for(netpeer::Duration::from_ms(ms)); }
	bool run_until_idle() { return world_->run_until_idle(); }
	bool run_until(const std::function<bool()> &done, netpeer::Duration limit = netpeer::Duration::from_s(60)) {
		return world_->run_until(done, limit);
	}

private:
	std::unique_ptr<SimWorld> world_;

public:
	SimHost &client;
	SimHost &server;

private:
	size_t channels_;
};

} // namespace netpeer_test
