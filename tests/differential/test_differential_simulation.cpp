// Random scenarios between netpeer and stock libenet on one virtual network and one virtual clock, in both roles, and the
// same scenario between two stock ends, to compare with. What may arrive is checked by Witness, what netpeer may put on
// the wire by WireRules, what it must have delivered by WireWatch.
//     NETPEER_DIFF_SEEDS=n  how many scenarios (default 200)      NETPEER_DIFF_SEED=s  the first seed (default 1)
#include "../interop/interop_side.h"
#include "../support/failing_allocator.h"
#include "../support/sim_witness.h"
#include "virtual_machine.h"
#include "virtual_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;
using namespace interop;

namespace {

enum class Pairing { kNetpeerClient, kNetpeerServer, kStockOnly, kCount };
constexpr const char *kPairingNames[] = {"netpeer client, stock server", "stock client, netpeer server", "stock only"};

enum class Farewell {
	kClientDisconnects,
	kServerDisconnects,
	kBothDisconnect,
	kClientLater,
	kServerLater,
	kClientNow,
	kServerNow,
	kClientResets,
	kServerResets,
	kClientDies,
	kServerDies,
	kCableCut,
	kNobodyThere,
	kCount,
};
constexpr uint32_t kClientsWord = 77; // the data of a disconnect
constexpr uint32_t kServersWord = 78;
// A silence is noticed at the first expiry later than 30 s after it began; delays double until then.
constexpr int64_t kPatienceWithTheDeadMs = 75000;

// What all scenarios together went through.
struct Tally {
	WitnessTally arrived;
	uint64_t rounds = 0;
	uint64_t connections = 0;
	uint64_t failed_attempts = 0;
	uint64_t drops = 0; // before anybody said goodbye
	uint64_t settled = 0;
	uint64_t compared_whole = 0;
	uint64_t compared_reliable = 0;
	uint64_t compared_ends = 0;
	uint64_t deaths_noticed = 0;
	uint64_t datagrams = 0;
	uint64_t resent = 0;
	uint64_t throttled = 0;
	uint64_t bad_checksums = 0;
	uint64_t stock_datagrams = 0;
	uint64_t by_windows_ahead[7] = {};
} tally;

struct PlannedMessage {
	int64_t at_us;
	bool from_server;
	uint8_t channel;
	uint32_t flags;
	size_t size;
};

// One connection: what is sent and how it ends.
struct Round {
	std::vector<PlannedMessage> plan;
	size_t flood = 0; // tiny reliable messages netpeer sends at once on channel 0
	Farewell farewell = Farewell::kClientDisconnects;
	bool farewell_in_traffic = false;
};

struct Scenario {
	uint64_t seed = 0;
	SimLinkSettings up;
	SimLinkSettings down;
	SideConfig client;
	SideConfig server;
	size_t channels = 1; // asked for
	Duration client_poll;
	Duration server_poll;
	bool netpeer_by_deadline = false; // netpeer is polled when it wants to be, not as a stock end would be
	bool clean = false;               // nothing happens to datagrams: every transcript must be the same
	bool gentle = false;              // at most 5 % are lost: nobody may be dropped
	std::vector<Round> rounds;        // the next only if both ends are still there

	std::string text() const {
		char line[400];
		std::snprintf(line, sizeof line,
		        "seed %llu: latency %lld/%lld us, jitter %lld/%lld us, loss %.3f/%.3f, dup %.2f/%.2f, reorder "
		        "%.2f/%.2f, "
		        "corrupt %.2f, mtu %u, checksum %d, channels %zu/%zu, bandwidth %u/%u %u/%u, poll %lld/%lld ms%s",
		        static_cast<unsigned long long>(seed), static_cast<long long>(up.latency.us),
		        static_cast<long long>(down.latency.us), static_cast<long long>(up.jitter.us),
		        static_cast<long long>(down.jitter.us), up.loss, down.loss, up.duplicate, down.duplicate, up.reorder,
		        down.reorder, up.corrupt, client.mtu, client.checksum, channels, server.channels,
		        client.incoming_bandwidth, client.outgoing_bandwidth, server.incoming_bandwidth,
		        server.outgoing_bandwidth, static_cast<long long>(client_poll.ms()),
		        static_cast<long long>(server_poll.ms()), netpeer_by_deadline ? " (netpeer by deadline)" : "");
		std::string text = line;
		for (const Round &round : rounds) {
			std::snprintf(line, sizeof line, "; %zu messages, flood %zu, farewell %d%s", round.plan.size(), round.flood,
			        static_cast<int>(round.farewell), round.farewell_in_traffic ? " in traffic" : "");
			text += line;
		}
		return text;
	}
	size_t agreed_channels() const { return server.channels == 0 ? channels : std::min(channels, server.channels); }
	// The largest payload that goes in one piece.
	size_t one_datagram() const { return client.mtu - 28 - (client.checksum ? 4 : 0); }
};

SimLinkSettings random_link(SeededRng &rng, double most_loss) {
	SimLinkSettings link;
	link.latency = Duration::from_us(static_cast<int64_t>(rng.below(4) == 0 ? rng.below(2000) : rng.below(150000)));
	if (rng.below(2) == 0) link.jitter = Duration::from_us(static_cast<int64_t>(rng.below(50000)));
	if (rng.below(4) != 0) link.loss = rng.unit() * most_loss;
	if (rng.below(3) == 0) link.duplicate = rng.unit() * 0.2;
	if (rng.below(3) == 0) {
		link.reorder = rng.unit() * 0.3;
		link.reorder_delay = Duration::from_us(static_cast<int64_t>(rng.below(100000)));
	}
	return link;
}

uint32_t random_bandwidth(SeededRng &rng) {
	return rng.below(5) == 0 ? static_cast<uint32_t>(20000 + rng.below(1000000)) : 0;
}

PlannedMessage random_message(SeededRng &rng, const Scenario &s, int64_t span_us) {
	PlannedMessage message;
	message.at_us = static_cast<int64_t>(rng.below(static_cast<uint64_t>(span_us) + 1));
	message.from_server = rng.below(2) == 0;
	message.channel = static_cast<uint8_t>(rng.below(s.agreed_channels()));
	switch (rng.below(8)) {
	case 0: message.size = 0; break;
	case 1:
	case 2: message.size = rng.below(3000); break;
	case 3: message.size = rng.below(5) == 0 ? rng.below(102401) : rng.below(6000); break;
	case 4: message.size = s.one_datagram() - 6 + rng.below(12); break; // around the largest that fits
	default: message.size = rng.below(200); break;
	}
	static constexpr uint32_t kFlags[] = {
	        kReliable, kReliable, kUnreliable, kUnsequenced, kUnreliableFragment, kUnsequenced | kUnreliableFragment};
	message.flags = kFlags[rng.below(6)];
	// Unreliable packets are recognised by their first bytes.
	if ((message.flags & kReliable) == 0 && message.size < 16) message.size += 16;
	return message;
}

Round random_round(SeededRng &rng, const Scenario &s) {
	Round round;
	const int64_t span_us = static_cast<int64_t>(rng.below(8)) * 1000000;
	const size_t messages = 10 + rng.below(150);
	size_t budget = rng.below(4) == 0 ? 600000 : 120000;
	for (size_t i = 0; i < messages; ++i) {
		const PlannedMessage message = random_message(rng, s, span_us);
		if (message.size > budget) continue;
		budget -= message.size;
		round.plan.push_back(message);
	}
	std::stable_sort(round.plan.begin(), round.plan.end(),
	        [](const PlannedMessage &a, const PlannedMessage &b) { return a.at_us < b.at_us; });
	round.farewell = static_cast<Farewell>(rng.below(static_cast<uint64_t>(Farewell::kCount)));
	if (round.farewell == Farewell::kNobodyThere && rng.below(2) == 0) round.farewell = Farewell::kBothDisconnect;
	round.farewell_in_traffic = rng.below(3) == 0;
	if (rng.below(12) == 0) round.flood = 26000 + rng.below(8000);
	return round;
}

Scenario random_scenario(uint64_t seed) {
	SeededRng rng(seed);
	Scenario s;
	s.seed = seed;
	switch (rng.below(4)) {
	case 0:
		s.clean = true;
		s.up.latency = Duration::from_us(static_cast<int64_t>(rng.below(100000)));
		s.down.latency = Duration::from_us(static_cast<int64_t>(rng.below(100000)));
		break;
	case 1: s.up = random_link(rng, 0.2), s.down = random_link(rng, 0.2); break;
	default: s.up = random_link(rng, 0.05), s.down = random_link(rng, 0.05); break;
	}
	s.gentle = s.up.loss <= 0.05 && s.down.loss <= 0.05;
	s.channels = 1 + rng.below(8);
	s.client.checksum = s.server.checksum = rng.below(2) == 0;
	const uint32_t mtus[] = {1400, 1392, static_cast<uint32_t>(576 + rng.below(900)), 4000};
	s.client.mtu = s.server.mtu = mtus[rng.below(4)];
	s.client.peers = 1 + rng.below(4);
	s.server.peers = 1 + rng.below(8);
	s.server.channels = rng.below(2) == 0 ? 0 : 1 + rng.below(8);
	if (!s.clean) {
		for (SideConfig *config : {&s.client, &s.server}) {
			config->incoming_bandwidth = random_bandwidth(rng);
			config->outgoing_bandwidth = random_bandwidth(rng);
		}
	}
	s.client_poll = Duration::from_ms(static_cast<int64_t>(rng.below(3) == 0 ? 1 + rng.below(40) : 1));
	s.server_poll = Duration::from_ms(static_cast<int64_t>(rng.below(3) == 0 ? 1 + rng.below(40) : 1));
	s.netpeer_by_deadline = !s.clean && rng.below(2) == 0;
	s.rounds.push_back(random_round(rng, s));
	if (rng.below(3) == 0) s.rounds.push_back(random_round(rng, s));
	if (s.rounds.size() == 2) s.rounds[1].flood = 0;
	// Flipped bits are losses that only a checksum notices.
	if (s.client.checksum && !s.clean && !s.gentle && rng.below(2) == 0)
		s.up.corrupt = s.down.corrupt = rng.unit() * 0.1;
	return s;
}

// One end of the connection.
struct End {
	std::unique_ptr<Side> side;
	VirtualSide *netpeer = nullptr; // the same, where it is one
	Endpoint at;
	Duration poll_every;
	Instant next_poll;
	Conn conn;
	bool connected = false;
	bool disconnected = false;
	bool silenced = false; // ended here without an event: reset, disconnect_now
	bool leaving = false;  // disconnect() was called: what comes now may be dropped
	bool dead = false;     // is not polled any more
	bool timed_out = false;
	uint32_t word = 0; // data of DISCONNECT
	Instant ended;
	bool is_over() const { return disconnected || silenced; }
};

// What a run comes to, for comparing.
struct Outcome {
	bool connected = false;
	bool settled = false;
	bool dropped = false; // before anybody said goodbye
	bool over[2] = {};
	uint32_t words[2] = {};
	Witness::Transcript transcript[2];
	std::map<uint8_t, std::vector<uint32_t>> reliable[2];
};

class Run {
public:
	Run(const Scenario &scenario, Pairing pairing) : s_(scenario), machine_(scenario.seed) {
		make(server_, s_.server, pairing == Pairing::kNetpeerServer, s_.server_poll);
		make(client_, s_.client, pairing == Pairing::kNetpeerClient, s_.client_poll);
		machine_.network.link(client_.at, server_.at).settings = s_.up;
		machine_.network.link(server_.at, client_.at).settings = s_.down;
	}

	std::vector<Outcome> play() {
		std::vector<Outcome> outcomes;
		for (const Round &round : s_.rounds) {
			begin(round, static_cast<uint32_t>(outcomes.size()) * 2);
			outcomes.push_back(play_round());
			if (client_.dead || server_.dead || round.farewell == Farewell::kCableCut) break;
			// Whatever the old connection left on its way is not the new one's.
			run_until([] { return false; }, 1000);
			if (machine_.network.in_flight() != 0) break;
		}
		close();
		return outcomes;
	}

private:
	void begin(const Round &round, uint32_t direction) {
		round_ = &round;
		out_ = Outcome();
		up_.emplace(s_.seed, direction, tally.arrived);
		down_.emplace(s_.seed, direction + 1, tally.arrived);
		for (End *end : {&client_, &server_}) {
			end->conn = Conn();
			end->connected = end->disconnected = end->silenced = end->leaving = end->timed_out = false;
			end->word = 0;
			if (end->netpeer != nullptr) end->netpeer->watch_afresh();
		}
	}
	Outcome play_round() {
		client_.conn = client_.side->connect(server_.at.port, s_.channels, 5);
		EXPECT_FALSE(client_.conn.is_none());
		server_.dead = round_->farewell == Farewell::kNobodyThere;
		run_until([this] { return client_.disconnected || (client_.connected && server_.connected); }, 60000);
		EXPECT_TRUE(client_.connected || client_.disconnected) << "an attempt without an outcome";
		out_.connected = client_.connected && server_.connected;
		if (server_.dead) {
			EXPECT_FALSE(client_.connected);
			++tally.deaths_noticed;
			return finish();
		}
		if (s_.gentle) {
			EXPECT_TRUE(out_.connected) << "no connection though hardly anything is lost";
		}
		if (out_.connected) {
			EXPECT_EQ(client_.side->stats(client_.conn).mtu, s_.client.mtu);
			EXPECT_EQ(client_.side->stats(client_.conn).channels, s_.agreed_channels());
			EXPECT_EQ(server_.side->stats(server_.conn).channels, s_.agreed_channels());
			traffic();
			if (!round_->farewell_in_traffic) settle();
		}
		out_.dropped = client_.disconnected || server_.disconnected;
		if (s_.gentle) {
			EXPECT_FALSE(out_.dropped) << "dropped though hardly anything is lost";
		}
		tally.drops += out_.connected && out_.dropped;
		farewell();
		end();
		return finish();
	}
	void make(End &end, const SideConfig &config, bool is_netpeer, Duration poll_every) {
		if (is_netpeer) {
			auto side = std::make_unique<VirtualSide>(machine_, config, memory_.pointer());
			end.netpeer = side.get();
			end.side = std::move(side);
		} else {
			end.side = make_stock_side(config);
		}
		end.at = loopback_endpoint(end.side->port());
		end.poll_every = poll_every;
		end.next_poll = machine_.now;
	}
	End &other(End &end) { return &end == &client_ ? server_ : client_; }
	Witness &witness_of(End &receiver) { return &receiver == &client_ ? *down_ : *up_; }

	// --- time ---

	void poll(End &end) {
		if (end.dead || machine_.now < next_poll(end)) return;
		end.side->poll();
		end.next_poll = machine_.now + end.poll_every;
		while (!end.side->events.empty()) {
			const SideEvent event = std::move(end.side->events.front());
			end.side->events.pop_front();
			take(end, event);
		}
		if (end.netpeer != nullptr) check_netpeer(end);
	}
	Instant next_poll(const End &end) const {
		if (end.dead) return Instant::never();
		if (end.netpeer == nullptr || !s_.netpeer_by_deadline) return end.next_poll;
		return earlier_of(end.netpeer->due(), end.next_poll + Duration::from_ms(1000));
	}
	template <class Done> bool run_until(Done done, int64_t limit_ms) {
		const Instant limit = machine_.now + Duration::from_ms(limit_ms);
		size_t polls_at_instant = 0;
		for (;;) {
			poll(client_);
			poll(server_);
			if (done()) return true;
			const Instant next = earlier_of(next_poll(client_), next_poll(server_));
			if (next > machine_.now) {
				if (next > limit) break;
				machine_.now = next;
				polls_at_instant = 0;
			} else if (++polls_at_instant > 2000) {
				ADD_FAILURE() << "time does not advance";
				return false;
			}
		}
		machine_.now = limit;
		return false;
	}
	void run_to(Instant when) {
		if (when > machine_.now) run_until([] { return false; }, 0 + (when - machine_.now).ms());
	}

	// --- what is reported ---

	void take(End &end, const SideEvent &event) {
		EXPECT_FALSE(end.silenced) << "an event after the connection was given up";
		EXPECT_FALSE(end.disconnected) << "an event after DISCONNECT";
		switch (event.what) {
		case What::kConnect:
			EXPECT_FALSE(end.connected) << "CONNECT twice";
			end.connected = true;
			if (&end == &server_) {
				EXPECT_EQ(event.data, 5u);
				end.conn = event.conn;
			}
			if (s_.clean) end.side->configure_throttle(end.conn, 5000, 32, 0); // no packet is given up by chance
			break;
		case What::kReceive:
			EXPECT_TRUE(end.connected) << "RECEIVE before CONNECT";
			witness_of(end).arrived(event.channel, event.flags, ByteView(event.bytes.data(), event.bytes.size()));
			break;
		case What::kDisconnect:
			end.disconnected = true;
			end.timed_out = event.timed_out;
			end.word = event.data;
			end.ended = machine_.now;
			break;
		}
		EXPECT_EQ(event.conn, end.conn);
	}
	// After every poll: what netpeer acknowledged has been delivered, what it holds is accounted for.
	void check_netpeer(End &end) {
		end.netpeer->check_account(end.conn);
		if (end.leaving || end.silenced || !end.connected) return;
		for (size_t channel = 0; channel < s_.agreed_channels(); ++channel) {
			const uint8_t number = static_cast<uint8_t>(channel);
			EXPECT_LE(end.netpeer->watch.acknowledged_messages(number), witness_of(end).reliable_arrived(number))
			        << "acknowledged and not delivered, channel " << channel;
		}
	}

	// --- acts ---

	void send(End &from, const PlannedMessage &message) {
		if (from.is_over() || from.side->stats(from.conn).state != kStateConnected) return;
		const bool fits = message.size <= s_.one_datagram();
		Kind kind = Kind::kUnreliable;
		if ((message.flags & kReliable) != 0 || (!fits && (message.flags & kUnreliableFragment) == 0))
			kind = Kind::kReliable;
		else if (fits && (message.flags & kUnsequenced) != 0)
			kind = Kind::kUnsequenced;
		Witness &witness = witness_of(other(from));
		const std::string payload = witness.next_payload(message.size);
		EXPECT_TRUE(from.side->send(from.conn, message.channel, view_of_text(payload), message.flags));
		witness.sent(message.channel, kind, !fits, message.size);
	}
	void traffic() {
		const Instant start = machine_.now;
		if (round_->flood != 0) {
			End &from = client_.netpeer != nullptr ? client_ : server_;
			for (size_t i = 0; i < round_->flood; ++i) send(from, PlannedMessage{0, false, 0, kReliable, i % 2});
		}
		for (const PlannedMessage &message : round_->plan) {
			run_to(start + Duration::from_us(message.at_us));
			send(message.from_server ? server_ : client_, message);
		}
	}
	bool is_quiet() const {
		if (client_.is_over() || server_.is_over()) return true;
		const SideStats s = server_.side->stats(server_.conn), c = client_.side->stats(client_.conn);
		return s.queued == 0 && c.queued == 0 && s.unacknowledged == 0 && c.unacknowledged == 0 &&
		       machine_.network.in_flight() == 0;
	}
	void settle() {
		const bool quiet = run_until([this] { return is_quiet(); }, 900000);
		EXPECT_TRUE(quiet) << "reliable data is still on its way after 900 s";
		if (client_.is_over() || server_.is_over()) return;
		out_.settled = quiet;
		++tally.settled;
		EXPECT_TRUE(up_->complete()) << "reliable packets to the server are missing";
		EXPECT_TRUE(down_->complete()) << "reliable packets to the client are missing";
		for (End *end : {&client_, &server_})
			if (end->netpeer != nullptr) {
				EXPECT_EQ(end->netpeer->watch.acknowledged_beyond_a_gap(), 0u);
			}
	}

	void farewell() {
		farewell_at_ = machine_.now;
		SimNetwork &network = machine_.network;
		switch (round_->farewell) {
		case Farewell::kClientDisconnects: leave(client_, kClientsWord); break;
		case Farewell::kServerDisconnects: leave(server_, kServersWord); break;
		case Farewell::kBothDisconnect:
			leave(client_, kClientsWord);
			leave(server_, kServersWord);
			break;
		case Farewell::kClientLater: leave_later(client_, kClientsWord); break;
		case Farewell::kServerLater: leave_later(server_, kServersWord); break;
		case Farewell::kClientNow: leave_now(client_, kClientsWord); break;
		case Farewell::kServerNow: leave_now(server_, kServersWord); break;
		case Farewell::kClientResets: reset(client_); break;
		case Farewell::kServerResets: reset(server_); break;
		case Farewell::kClientDies: client_.dead = true; break;
		case Farewell::kServerDies: server_.dead = true; break;
		case Farewell::kCableCut:
		case Farewell::kNobodyThere:
		case Farewell::kCount:
			network.link(client_.at, server_.at).settings.partitioned = true;
			network.link(server_.at, client_.at).settings.partitioned = true;
			break;
		}
	}
	static bool can_leave(const End &end) { return !end.conn.is_none() && !end.is_over(); }
	static void leave(End &end, uint32_t word) {
		if (!can_leave(end)) return;
		end.leaving = true;
		end.side->disconnect(end.conn, word);
	}
	static void leave_later(End &end, uint32_t word) {
		if (can_leave(end)) end.side->disconnect_later(end.conn, word);
	}
	static void leave_now(End &end, uint32_t word) {
		if (!can_leave(end)) return;
		end.silenced = true;
		end.side->disconnect_now(end.conn, word);
	}
	static void reset(End &end) {
		if (!can_leave(end)) return;
		end.silenced = true;
		end.side->reset(end.conn);
	}

	static bool is_done(const End &end) { return end.dead || end.is_over() || !end.connected; }
	static bool holds_nothing(const End &end) {
		return end.dead || end.netpeer == nullptr || end.netpeer->memory_held() == 0;
	}
	void end() {
		const bool ended = run_until(
		        [this] {
			        return is_done(client_) && is_done(server_) && holds_nothing(client_) && holds_nothing(server_);
		        },
		        400000);
		EXPECT_TRUE(ended) << "after 400 s: client " << is_done(client_) << " server " << is_done(server_);
		if (!ended || !out_.connected || out_.dropped) return;
		const bool client_leaves =
		        round_->farewell == Farewell::kClientDisconnects || round_->farewell == Farewell::kClientLater;
		switch (round_->farewell) {
		case Farewell::kClientDisconnects:
		case Farewell::kServerDisconnects:
		case Farewell::kClientLater:
		case Farewell::kServerLater: {
			const End &leaver = client_leaves ? client_ : server_;
			const End &left = client_leaves ? server_ : client_;
			const uint32_t word = client_leaves ? kClientsWord : kServersWord;
			EXPECT_EQ(leaver.word, 0u);
			if (s_.gentle) {
				EXPECT_EQ(left.word, word);
				EXPECT_FALSE(left.timed_out);
			} else {
				EXPECT_TRUE(left.word == word || left.word == 0);
			}
			const bool later = round_->farewell == Farewell::kClientLater || round_->farewell == Farewell::kServerLater;
			if (later && left.word == word) {
				EXPECT_TRUE(client_leaves ? up_->complete() : down_->complete())
				        << "disconnect_later lost reliable packets";
			}
			break;
		}
		case Farewell::kBothDisconnect:
			EXPECT_TRUE(client_.word == 0 || client_.word == kServersWord);
			EXPECT_TRUE(server_.word == 0 || server_.word == kClientsWord);
			break;
		case Farewell::kClientNow:
			check_left_at_once(server_, kClientsWord, s_.up.loss == 0 && s_.up.corrupt == 0);
			break;
		case Farewell::kServerNow:
			check_left_at_once(client_, kServersWord, s_.down.loss == 0 && s_.down.corrupt == 0);
			break;
		case Farewell::kClientResets:
		case Farewell::kClientDies: check_dead_noticed(server_); break;
		case Farewell::kServerResets:
		case Farewell::kServerDies: check_dead_noticed(client_); break;
		case Farewell::kCableCut:
		case Farewell::kNobodyThere:
		case Farewell::kCount:
			check_dead_noticed(server_);
			check_dead_noticed(client_);
			break;
		}
	}
	void check_left_at_once(const End &left, uint32_t word, bool certain) {
		if (certain || left.word != 0) {
			EXPECT_EQ(left.word, word);
		} else {
			check_dead_noticed(left);
		}
	}
	void check_dead_noticed(const End &end) {
		++tally.deaths_noticed;
		EXPECT_EQ(end.word, 0u);
		if (end.netpeer != nullptr) {
			EXPECT_TRUE(end.timed_out);
		}
		EXPECT_LE((end.ended - farewell_at_).ms(), kPatienceWithTheDeadMs);
	}

	Outcome finish() {
		++tally.rounds;
		tally.connections += out_.connected;
		tally.failed_attempts += !client_.connected;
		if (out_.connected) {
			EXPECT_GT(machine_.clock_readings, 0u) << "libenet does not read this clock";
		}
		for (End *end : {&client_, &server_}) {
			const size_t index = end == &server_;
			out_.over[index] = end->is_over();
			out_.words[index] = end->word;
			const Witness &witness = witness_of(*end);
			out_.transcript[index] = witness.transcript();
			out_.reliable[index] = witness.reliable_transcript();
			if (end->netpeer == nullptr) continue;
			if (!end->dead) {
				EXPECT_EQ(end->netpeer->memory_held(), 0u) << "held though nobody is there";
			}
			++tally.by_windows_ahead[std::min<uint64_t>(end->netpeer->rules.furthest(), 6)];
		}
		return out_;
	}
	void close() {
		tally.stock_datagrams += machine_.sent;
		for (End *end : {&client_, &server_}) {
			if (end->netpeer == nullptr) continue;
			const EnetHostCounters &counters = end->netpeer->counters();
			tally.datagrams += counters.sent_datagrams;
			tally.resent += counters.resent_commands;
			tally.throttled += counters.throttled_packets;
			tally.bad_checksums += counters.dropped_checksum;
			EXPECT_EQ(counters.malformed_commands, 0u);
		}
		client_.side.reset();
		server_.side.reset();
		EXPECT_EQ(memory_.live_blocks(), 0u) << "memory of destroyed hosts is still alive";
		EXPECT_EQ(memory_.size_mismatches(), 0u);
	}

	const Scenario &s_;
	FailingAllocator memory_;
	VirtualMachine machine_;
	const Round *round_ = nullptr;
	std::optional<Witness> up_;   // client to server
	std::optional<Witness> down_; // server to client
	End client_;
	End server_;
	Outcome out_;
	Instant farewell_at_;
};

void compare(const Scenario &s, const Round &round, const Outcome &ours, const Outcome &stock) {
	if (s.gentle) {
		EXPECT_EQ(ours.connected, stock.connected);
	}
	const bool later = round.farewell == Farewell::kClientLater || round.farewell == Farewell::kServerLater;
	for (size_t end = 0; end < 2; ++end) {
		SCOPED_TRACE(end == 0 ? "at the client" : "at the server");
		if (s.clean) {
			EXPECT_EQ(ours.over[end], stock.over[end]);
			EXPECT_EQ(ours.words[end], stock.words[end]);
			++tally.compared_ends;
		}
		if (s.clean && ours.settled && stock.settled) {
			EXPECT_EQ(ours.transcript[end], stock.transcript[end]);
			++tally.compared_whole;
		}
		// disconnect_later takes along what the leaver had queued.
		const bool all_was_sent = s.gentle && later && (round.farewell == Farewell::kClientLater) == (end == 1);
		if ((ours.settled && stock.settled) || all_was_sent) {
			EXPECT_EQ(ours.reliable[end], stock.reliable[end]);
			++tally.compared_reliable;
		}
	}
}

void run_scenario(uint64_t seed) {
	const Scenario scenario = random_scenario(seed);
	SCOPED_TRACE(scenario.text());
	std::vector<Outcome> outcomes[2];
	for (const Pairing pairing : {Pairing::kNetpeerClient, Pairing::kNetpeerServer}) {
		SCOPED_TRACE(kPairingNames[static_cast<size_t>(pairing)]);
		outcomes[static_cast<size_t>(pairing)] = Run(scenario, pairing).play();
	}
	if (scenario.rounds[0].flood != 0) return; // a stock sender may go too far ahead
	std::vector<Outcome> stock;
	{
		SCOPED_TRACE(kPairingNames[static_cast<size_t>(Pairing::kStockOnly)]);
		stock = Run(scenario, Pairing::kStockOnly).play();
	}
	for (const Pairing pairing : {Pairing::kNetpeerClient, Pairing::kNetpeerServer}) {
		SCOPED_TRACE(std::string(kPairingNames[static_cast<size_t>(pairing)]) + ", compared with two stock ends");
		const std::vector<Outcome> &ours = outcomes[static_cast<size_t>(pairing)];
		if (scenario.clean) {
			EXPECT_EQ(ours.size(), stock.size());
		}
		for (size_t i = 0; i < std::min(ours.size(), stock.size()); ++i)
			compare(scenario, scenario.rounds[i], ours[i], stock[i]);
	}
}

} // namespace

TEST(DifferentialSimulation, NetpeerAndStockAgreeOnEverySeed) {
	const uint64_t first = number_from_environment("NETPEER_DIFF_SEED", 1);
	const uint64_t count = number_from_environment("NETPEER_DIFF_SEEDS", 200);
	size_t failed = 0;
	for (uint64_t seed = first; seed < first + count && failed < 5; ++seed) {
		const auto *result = ::testing::UnitTest::GetInstance()->current_test_info()->result();
		const int before = result->total_part_count();
		run_scenario(seed);
		if (result->total_part_count() == before) continue;
		++failed;
		std::printf("replay: NETPEER_DIFF_SEED=%llu NETPEER_DIFF_SEEDS=1 build/netpeer_differential_tests\n",
		        static_cast<unsigned long long>(seed));
	}
	std::printf("differential: seeds %llu to %llu, %zu failed%s\n", static_cast<unsigned long long>(first),
	        static_cast<unsigned long long>(first + count - 1), failed, failed == 5 ? ", no more were tried" : "");
	if (count < 100 || failed != 0) return;
	const std::pair<const char *, uint64_t> seen[] = {{"rounds", tally.rounds}, {"connections", tally.connections},
	        {"failed attempts", tally.failed_attempts}, {"drops", tally.drops}, {"settled", tally.settled},
	        {"reliable", tally.arrived.reliable}, {"unreliable", tally.arrived.unreliable},
	        {"unsequenced", tally.arrived.unsequenced},
	        {"unreliable in fragments", tally.arrived.fragmented_unreliable}, {"deaths noticed", tally.deaths_noticed},
	        {"whole transcripts compared", tally.compared_whole}, {"reliable ones", tally.compared_reliable},
	        {"ends", tally.compared_ends}, {"datagrams", tally.datagrams}, {"stock's datagrams", tally.stock_datagrams},
	        {"resent", tally.resent}, {"throttled", tally.throttled}, {"bad checksums", tally.bad_checksums},
	        {"six windows ahead", tally.by_windows_ahead[6]}};
	for (const auto &[name, times] : seen) std::printf("%s %llu, ", name, static_cast<unsigned long long>(times));
	std::printf("in %llu scenarios\n", static_cast<unsigned long long>(count));
	EXPECT_GE(tally.connections, tally.rounds * 8 / 10);
	EXPECT_GE(tally.settled, tally.rounds / 3);
	for (const auto &[name, times] : seen)
		if (std::string(name) != "drops") {
			EXPECT_GT(times, 0u) << name;
		}
}
