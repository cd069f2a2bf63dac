// Hand-made datagrams, valid and not, and what a stock server made of them: a netpeer host must react the same way.
// Where it is meant to react differently, r01_deviations.txt says so, one difference per line with its reason: a difference
// not listed there fails, and so does one listed that is no more.
#include "parsed_datagram.h"
#include "recorded_session.h"

#include "../../src/reliable/enet_host.h"
#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>

using namespace netpeer;
using namespace netpeer_test;

namespace {

struct CraftedLine {
	char kind = 0; // T or R
	int client = 0;
	std::vector<uint8_t> bytes;
};

struct CraftedCase {
	std::string name;
	bool fresh_server = false;
	std::vector<CraftedLine> lines;
	std::vector<std::string> events; // recorded
};

std::string printable(const std::string &text) {
	std::string out;
	for (const char c : text) {
		const bool plain = c >= ' ' && c <= '~';
		if (plain) out += c;
		if (!plain && (out.empty() || out.back() != '?')) out += '?';
	}
	return out;
}

std::vector<CraftedCase> read_cases() {
	std::vector<CraftedCase> cases;
	std::ifstream file(vector_path("sessions/r01_crafted.txt"));
	EXPECT_TRUE(file.is_open());
	for (std::string line; std::getline(file, line);) {
		if (starts_with(line, "## ")) {
			CraftedCase next;
			next.fresh_server = starts_with(line, "## ---- run");
			next.name = next.fresh_server ? line.substr(8, 5) : line.substr(3);
			while (next.name.back() == ' ') next.name.pop_back();
			cases.push_back(next);
		} else if (starts_with(line, "T C") || starts_with(line, "R C")) {
			int client = 0, used = 0;
			EXPECT_EQ(std::sscanf(line.c_str() + 2, "C%d%n", &client, &used), 1) << line;
			cases.back().lines.push_back({line[0], client, hex_to_bytes(line.substr(2 + static_cast<size_t>(used)))});
		} else if (starts_with(line, "E ")) {
			cases.back().events.push_back(printable(line));
		} else {
			EXPECT_TRUE(line.empty() || line[0] == '#') << line;
		}
	}
	return cases;
}

// What matters of one datagram of the server: pings and bandwidth limits come and go with the clock, a VERIFY_CONNECT
// may be repeated, and the server's own times and numbers are its business.
class Answers {
public:
	void add(int client, ByteView bytes) {
		ParsedDatagram datagram;
		EXPECT_TRUE(parse_datagram(bytes, false, ByteView(), datagram));
		EXPECT_EQ(datagram.left_over, 0u);
		for (const ParsedCommand &command : datagram.commands) {
			stamps_[{client, command.header.channel, command.header.sequence}] = datagram.header.sent_time;
			if (command.is(EnetCommand::kPing) || command.is(EnetCommand::kBandwidthLimit)) continue;
			if (command.is(EnetCommand::kVerifyConnect) && !verified_.insert(command.connect.connect_id).second)
				continue;
			char head[60];
			std::snprintf(
			        head, sizeof head, "R C%d to %u/%u ", client, datagram.header.peer_id, datagram.header.session);
			items_.push_back(head + describe(command));
		}
	}
	std::vector<std::string> take() { return std::move(items_); }
	// When the server sent that command last; false when it never did.
	bool stamp_of(int client, const ParsedCommand &acknowledge, uint16_t &stamp) const {
		const auto known =
		        stamps_.find({client, acknowledge.header.channel, acknowledge.acknowledge.received_sequence});
		if (known == stamps_.end()) return false;
		stamp = known->second;
		return true;
	}

private:
	std::vector<std::string> items_;
	std::set<uint32_t> verified_;
	std::map<std::tuple<int, int, int>, uint16_t> stamps_;
};

class CraftedServer {
public:
	explicit CraftedServer(size_t duplicate_peers) {
		EnetHostConfig config;
		config.max_peers = 8;
		config.max_channels = 4;
		config.mtu = 4096; // the recorded server took whatever MTU it was asked for
		config.duplicate_peers = duplicate_peers;
		config.seed = 1;
		EXPECT_EQ(host_.init(config), Error::OK);
	}

	// Sends one crafted datagram and collects what comes of it.
	void send(int client, std::vector<uint8_t> bytes, const Answers &recorded) {
		now_ = now_ + Duration::from_ms(10);
		host_.handle_timeout(now_);
		drain();
		translate(client, bytes, recorded);
		Endpoint from;
		from.address = IPAddress::v4(127, 0, 0, 1);
		from.port = static_cast<uint16_t>(40000 + client);
		host_.receive(now_, from, view_of_bytes(bytes));
		drain();
		take_events();
	}

	Answers answers;
	std::vector<std::string> events;

private:
	// An acknowledgement echoes the recorded server's time: put ours in its place.
	void translate(int client, std::vector<uint8_t> &bytes, const Answers &recorded) {
		ParsedDatagram datagram;
		if (!parse_datagram(view_of_bytes(bytes), false, ByteView(), datagram) || datagram.left_over != 0) return;
		bool changed = false;
		for (ParsedCommand &command : datagram.commands) {
			uint16_t stamp = 0;
			if (!command.is(EnetCommand::kAcknowledge) || !recorded.stamp_of(client, command, stamp)) continue;
			if (stamp != command.acknowledge.received_sent_time || !answers.stamp_of(client, command, stamp)) continue;
			command.acknowledge.received_sent_time = stamp;
			changed = true;
		}
		if (changed) bytes = write_datagram(datagram, false, 0);
	}

	void drain() {
		uint8_t buffer[kEnetMaxDatagramBytes];
		EnetTransmit transmit;
		for (int count = 0; host_.poll_transmit(now_, MutBytes(buffer, sizeof buffer), transmit); ++count) {
			ASSERT_LT(count, 1000) << "poll_transmit() never ends";
			answers.add(transmit.to.port - 40000, ByteView(buffer, transmit.size));
		}
	}

	void take_events() {
		EnetEvent event;
		while (host_.poll_event(event)) {
			char text[200] = "";
			if (event.type == EnetEventType::kConnect) {
				EnetPeerStats stats;
				EXPECT_EQ(host_.peer_stats(event.peer, stats), Error::OK);
				std::snprintf(text, sizeof text, "E CONNECT data=%u ch=%u mtu=%u win=%u thr=%u/%u/%u", event.data,
				        static_cast<unsigned>(host_.peer_channels(event.peer)), stats.mtu, stats.window_size,
				        stats.packet_throttle_interval, stats.packet_throttle_acceleration,
				        stats.packet_throttle_deceleration);
			} else if (event.type == EnetEventType::kDisconnect) {
				std::snprintf(text, sizeof text, "E DISCONNECT data=%u", event.data);
			} else if (event.type == EnetEventType::kReceive) {
				const ByteView payload = event.packet.view();
				const ByteView shown = payload.first(24);
				std::snprintf(text, sizeof text, "E RECEIVE ch=%u len=%u flags=%u '%.*s'", event.channel,
				        static_cast<unsigned>(payload.size), event.packet.flags(), static_cast<int>(shown.size),
				        reinterpret_cast<const char *>(shown.data));
			}
			events.push_back(printable(text));
		}
	}

	EnetHost host_;
	Instant now_ = Instant::from_ms(5000);
};

// r01_deviations.txt: case | difference | reason.
std::multiset<std::string> read_deviations() {
	std::multiset<std::string> deviations;
	std::ifstream file(NETPEER_REPO_DIR "/tests/conformance/r01_deviations.txt");
	EXPECT_TRUE(file.is_open());
	for (std::string line; std::getline(file, line);) {
		if (line.empty() || line[0] == '#') continue;
		const size_t first = line.find(" | ");
		const size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
		EXPECT_NE(second, std::string::npos) << "case | difference | reason: " << line;
		if (second == std::string::npos) continue;
		EXPECT_LT(second + 3, line.size()) << "no reason given: " << line;
		deviations.insert(line.substr(0, second));
	}
	return deviations;
}

// "+ ours" and "- recorded"; and "~ order" when only the order differs.
std::vector<std::string> differences(std::vector<std::string> recorded, std::vector<std::string> ours) {
	std::vector<std::string> found;
	for (auto item = recorded.begin(); item != recorded.end();) {
		if (std::count(recorded.begin(), recorded.end(), *item) > std::count(ours.begin(), ours.end(), *item)) {
			found.push_back("- " + *item);
			item = recorded.erase(item);
		} else {
			++item;
		}
	}
	for (auto item = ours.begin(); item != ours.end();) {
		if (std::count(ours.begin(), ours.end(), *item) > std::count(recorded.begin(), recorded.end(), *item)) {
			found.push_back("+ " + *item);
			item = ours.erase(item);
		} else {
			++item;
		}
	}
	if (recorded != ours) found.push_back("~ order");
	return found;
}

} // namespace

TEST(CraftedReactions, EqualThoseOfAStockServerExceptWhereListed) {
	std::multiset<std::string> deviations = read_deviations();
	std::unique_ptr<CraftedServer> server;
	Answers recorded;
	int cases = 0, sent = 0, runs = 0;
	for (const CraftedCase &crafted : read_cases()) {
		if (crafted.fresh_server) {
			++runs;
			server = std::make_unique<CraftedServer>(runs == 4 ? 1 : kEnetMaxPeers);
			recorded = Answers();
		} else {
			++cases;
		}
		ASSERT_NE(server, nullptr);
		// What was answered is known before what is sent next: the recording's own order.
		for (const CraftedLine &line : crafted.lines) {
			if (line.kind == 'R') {
				recorded.add(line.client, view_of_bytes(line.bytes));
			} else {
				server->send(line.client, line.bytes, recorded);
				++sent;
			}
		}
		std::vector<std::string> found = differences(recorded.take(), server->answers.take());
		const std::vector<std::string> events = differences(crafted.events, server->events);
		server->events.clear();
		found.insert(found.end(), events.begin(), events.end());
		for (const std::string &difference : found) {
			const auto listed = deviations.find(crafted.name + " | " + difference);
			if (listed != deviations.end())
				deviations.erase(listed);
			else
				ADD_FAILURE() << "not listed: " << crafted.name << " | " << difference;
		}
	}
	for (const std::string &deviation : deviations) ADD_FAILURE() << "listed, but no deviation any more: " << deviation;
	EXPECT_EQ(cases, 58);
	EXPECT_EQ(sent, 91);
	EXPECT_EQ(runs, 4);
}
