#include "session_replay.h"

#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

using namespace netpeer;

namespace netpeer_test {

namespace {

Endpoint endpoint_of(char host) {
	Endpoint endpoint;
	endpoint.address = IPAddress::v4(127, 0, 0, 1);
	endpoint.port = static_cast<uint16_t>(40000 + host);
	return endpoint;
}

// The Godot recordings noted actions up to this late.
constexpr int64_t kGodotLateUs = 2000;

bool is_godot(const std::string &path) { return path.find("godot") != std::string::npos; }

} // namespace

EnetHostConfig recorded_config(const std::string &path, char role) {
	EnetHostConfig config;
	config.seed = 1;
	config.mtu = is_godot(path) ? 1392 : 1400;
	config.max_peers = 4;
	config.echo_acknowledgements = false; // what the recording does not answer looks lost
	config.checksum = path.find("checksum") != std::string::npos;
	if (path.find("s01") != std::string::npos && role == 'S') config.max_channels = 3;
	if (path.find("s05") != std::string::npos && role == 'S') config.max_peers = 1;
	if (path.find("s09") != std::string::npos) {
		config.incoming_bandwidth = role == 'S' ? 131072 : 200000;
		config.outgoing_bandwidth = role == 'S' ? 65536 : 300000;
	}
	return config;
}

// --- the recording ---

SessionReplay::CommandName SessionReplay::CommandNames::note(int connection, const ParsedCommand &command) {
	const auto number = std::make_tuple(connection, int{command.header.channel}, int{command.header.sequence});
	const auto known = by_number_.find(number);
	if (known != by_number_.end()) return known->second;
	CommandName name(connection, command.header.channel, 0, command.header.sequence);
	if (command.header.channel == kEnetSystemChannel)
		name = CommandName(
		        connection, kEnetSystemChannel, command.header.number, ++counts_[{connection, command.header.number}]);
	by_number_[number] = name;
	all_.insert(name);
	return name;
}

bool SessionReplay::CommandNames::find(int connection, uint8_t channel, uint16_t sequence, CommandName &name) const {
	const auto known = by_number_.find(std::make_tuple(connection, int{channel}, int{sequence}));
	if (known == by_number_.end()) return false;
	name = known->second;
	return true;
}

int SessionReplay::connection_of(char client, uint32_t connect_id, bool may_add) {
	std::map<uint32_t, int> &ids = connect_ids_[client];
	const auto known = ids.find(connect_id);
	if (known != ids.end()) return known->second;
	if (!may_add) return 0;
	const int connection = client * 256 + static_cast<int>(ids.size()) + 1;
	ids[connect_id] = connection;
	return connection;
}

SessionReplay::SessionReplay(const ReplayPlan &plan) : plan_(plan) {
	const EnetHostConfig config = recorded_config(plan.path, plan.role);
	checksum_ = config.checksum;
	items_ = read_recording(plan.path);
	index_recording();
	EXPECT_EQ(host_.init(config), Error::OK);
}

// The client is gone without a word; the server has to find out.
bool SessionReplay::is_unseen_reset(const RecordedItem &item) const {
	return plan_.role == 'S' && item.host == 'C' && item.text == "reset";
}

void SessionReplay::index_recording() {
	std::map<std::pair<char, char>, int> current; // by sender and receiver
	parsed_.resize(items_.size());
	connections_.resize(items_.size());
	for (size_t i = 0; i < items_.size(); ++i) {
		const RecordedItem &item = items_[i];
		if (item.kind == RecordedKind::kEvent && item.host == plan_.role) recorded_events.push_back(item.text);
		if (item.kind == RecordedKind::kAction && (item.host == plan_.role || is_unseen_reset(item)))
			steps_.push_back({is_godot(plan_.path) ? item.at_us - kGodotLateUs : item.at_us, i});
		if (item.kind != RecordedKind::kDatagram) continue;
		EXPECT_TRUE(parse_datagram(view_of_bytes(item.wire), checksum_, view_of_bytes(item.plain), parsed_[i]));
		const char client = item.host == 'S' ? item.to : item.host;
		int &connection = current[{item.host, item.to}];
		for (const ParsedCommand &command : parsed_[i].commands) {
			if (!command.is(EnetCommand::kConnect) && !command.is(EnetCommand::kVerifyConnect)) continue;
			const int former = connection;
			connection = connection_of(client, command.connect.connect_id, true);
			if (item.host == plan_.role && connection != former) {
				ParsedCommand masked = command;
				if (command.is(EnetCommand::kConnect)) masked.connect.connect_id = 0;
				recorded_openings.push_back(describe(masked));
			}
			if (plan_.role == 'S') live_connect_id_[connection] = command.connect.connect_id;
		}
		connections_[i] = connection;
		for (const ParsedCommand &command : parsed_[i].commands) {
			collect_message(item.host, connection, command);
			if (item.host != plan_.role) continue;
			const bool addressed = parsed_[i].header.peer_id != kEnetNoPeer || command.is(EnetCommand::kConnect);
			if (command.header.wants_ack && addressed) recorded_names_.note(connection, command);
			if (command.has_payload())
				recorded_messages.insert(describe(command) + " #" + std::to_string(fnv1a(command.payload)));
			if (command.is(EnetCommand::kAcknowledge))
				recorded_acks.insert(std::to_string(connection) + " " + describe(command));
		}
		if (item.to == plan_.role)
			for (const int64_t at_us : item.delivered_us) steps_.push_back({at_us, i});
	}
	std::stable_sort(steps_.begin(), steps_.end(), [](const Step &a, const Step &b) { return a.at_us < b.at_us; });
}

void SessionReplay::collect_message(char from, int connection, const ParsedCommand &command) {
	if (!command.has_payload()) return;
	std::vector<uint8_t> whole;
	if (command.is(EnetCommand::kSendFragment) || command.is(EnetCommand::kSendUnreliableFragment)) {
		const EnetSendFragment &fragment = command.fragment;
		const int after = command.is(EnetCommand::kSendFragment) ? -1 : command.header.sequence;
		auto &part = partial_[std::make_tuple(
		        from, connection, int{command.header.channel}, after, int{fragment.start_sequence})];
		part.first.resize(fragment.total_length);
		part.second += 1;
		std::copy(fragment.data.data, fragment.data.data + fragment.data.size,
		        part.first.begin() + static_cast<long>(fragment.fragment_offset));
		if (part.second < fragment.fragment_count) return;
		whole = part.first;
	} else if (!command.payload.empty()) {
		whole.assign(command.payload.data, command.payload.data + command.payload.size);
	}
	payloads_[{fnv1a(view_of_bytes(whole)), whole.size()}] = whole;
}

// The bytes an application sent are in the recording when they reached the wire; else any bytes of that length will do.
ByteView SessionReplay::payload_of(const std::string &action) {
	const size_t length = value_of(action, "len");
	const auto known = payloads_.find({hash_of(action), length});
	if (known != payloads_.end()) return view_of_bytes(known->second);
	filler_.assign(length, 0xa5);
	return view_of_bytes(filler_);
}

// --- our host ---

void SessionReplay::run() {
	int64_t end_us = 0;
	for (const RecordedItem &item : items_) end_us = std::max(end_us, item.at_us);
	bool one_breath = false;
	for (size_t i = 0; i < steps_.size(); ++i) {
		const Step &step = steps_[i];
		if (!one_breath) advance_to(step.at_us);
		const RecordedItem &item = items_[step.item];
		SCOPED_TRACE("line " + std::to_string(item.line));
		if (item.kind == RecordedKind::kAction)
			act(item);
		else
			deliver(step.item);
		end_us = std::max(end_us, step.at_us);
		// What an application does in one breath goes out together.
		one_breath = i + 1 < steps_.size() && steps_[i + 1].at_us == step.at_us && item.kind == RecordedKind::kAction &&
		             items_[steps_[i + 1].item].kind == RecordedKind::kAction;
		if (one_breath) continue;
		drain();
		take_events();
	}
	advance_to(end_us + plan_.run_on_us);
}

void SessionReplay::act(const RecordedItem &item) {
	const std::string &text = item.text;
	if (item.host != plan_.role) { // s07: the recorded server had these limits, which no line says
		EXPECT_EQ(host_.set_timeout(peer_, 2, 500, 1000), Error::OK);
		return;
	}
	const auto number = [&](const char *key) { return value_of(text, key); };
	Error error = Error::OK;
	if (starts_with(text, "connect ")) {
		error = host_.connect(now(), endpoint_of('S'), number("channels"), number("data"), peer_);
	} else if (starts_with(text, "send ")) {
		error = host_.send(peer_, static_cast<uint8_t>(number("channel")), payload_of(text), number("flags"));
	} else if (starts_with(text, "broadcast ")) {
		error = host_.broadcast(static_cast<uint8_t>(number("channel")), payload_of(text), number("flags"));
	} else if (starts_with(text, "disconnect_later ")) {
		error = host_.disconnect_later(peer_, number("data"));
	} else if (starts_with(text, "disconnect_now ")) {
		error = host_.disconnect_now(peer_, number("data"));
	} else if (starts_with(text, "disconnect ")) {
		error = host_.disconnect(peer_, number("data"));
	} else if (text == "ping") {
		error = host_.ping(peer_);
	} else if (text == "reset") {
		error = host_.reset(peer_);
	} else if (starts_with(text, "timeout ")) {
		error = host_.set_timeout(peer_, number("limit"), number("min"), number("max"));
	} else if (starts_with(text, "throttle_configure ")) {
		error = host_.configure_throttle(peer_, number("interval"), number("accel"), number("decel"));
	} else if (starts_with(text, "bandwidth_limit ")) {
		host_.set_bandwidth_limit(number("in"), number("out"));
	} else if (!starts_with(text, "note ")) {
		ADD_FAILURE() << "unknown action: " << text;
	}
	EXPECT_EQ(error, Error::OK) << text;
}

void SessionReplay::deliver(size_t item) {
	const int connection = connections_[item];
	ParsedDatagram datagram = parsed_[item];
	if (datagram.header.peer_id != kEnetNoPeer) remote_header_[connection] = datagram.header;
	std::vector<ParsedCommand> translated;
	for (ParsedCommand command : datagram.commands) {
		if (command.is(EnetCommand::kAcknowledge)) {
			CommandName name;
			if (!recorded_names_.find(connection, command.header.channel, command.acknowledge.received_sequence, name))
				continue;
			acknowledged_.insert(name);
			const auto ours = on_the_wire_.find(name);
			if (ours == on_the_wire_.end()) continue;
			command.header.sequence = ours->second.sequence;
			command.acknowledge.received_sequence = ours->second.sequence;
			command.acknowledge.received_sent_time = ours->second.sent_time;
		}
		if (command.is(EnetCommand::kVerifyConnect)) {
			if (live_connect_id_.count(connection) == 0) continue;
			command.connect.connect_id = live_connect_id_[connection];
		}
		translated.push_back(command);
	}
	if (translated.empty() && !datagram.commands.empty()) return;
	datagram.commands = translated;
	give(items_[item].host, datagram, connection);
}

void SessionReplay::give(char from, const ParsedDatagram &datagram, int connection) {
	const std::vector<uint8_t> bytes = write_datagram(datagram, checksum_, live_connect_id_[connection]);
	host_.receive(now(), endpoint_of(from), view_of_bytes(bytes));
}

// Lets time pass up to `at_us`, waking the host exactly when it asks to be woken.
void SessionReplay::advance_to(int64_t at_us) {
	for (int idle = 0;;) {
		const Instant wanted = host_.next_timeout();
		int64_t due_us = wanted.is_never() ? INT64_MAX : wanted.us - kStartUs;
		const bool ack_first = !own_acks_.empty() && own_acks_.front().at_us <= due_us;
		if (ack_first) due_us = own_acks_.front().at_us;
		if (due_us > at_us) break;
		if (due_us > now_us_) {
			now_us_ = due_us;
			idle = 0;
		} else if (++idle > 1000) {
			ADD_FAILURE() << "next_timeout() stays in the past at " << now_us_ << " us";
			break;
		}
		if (ack_first) {
			const OwnAck ack = own_acks_.front();
			own_acks_.pop_front();
			ParsedDatagram datagram;
			datagram.header = remote_header_[ack.connection];
			datagram.header.has_sent_time = false;
			datagram.header.compressed = false;
			ParsedCommand command;
			command.header = {
			        static_cast<uint8_t>(EnetCommand::kAcknowledge), false, false, ack.channel, ack.of.sequence};
			command.acknowledge = {ack.of.sequence, ack.of.sent_time};
			datagram.commands.push_back(command);
			give(plan_.role == 'S' ? static_cast<char>(ack.connection / 256) : 'S', datagram, ack.connection);
		} else {
			host_.handle_timeout(now());
		}
		drain();
		take_events();
	}
	now_us_ = std::max(now_us_, at_us);
}

void SessionReplay::drain() {
	uint8_t buffer[kEnetMaxDatagramBytes];
	EnetTransmit transmit;
	for (int count = 0; host_.poll_transmit(now(), MutBytes(buffer, sizeof buffer), transmit); ++count) {
		ASSERT_LE(transmit.size, sizeof buffer);
		ASSERT_LT(count, 10000) << "poll_transmit() never ends";
		note_sent(transmit.to, ByteView(buffer, transmit.size));
	}
}

void SessionReplay::note_sent(const Endpoint &to, ByteView bytes) {
	ParsedDatagram datagram;
	ASSERT_TRUE(parse_datagram(bytes, checksum_, ByteView(), datagram));
	EXPECT_EQ(datagram.left_over, 0u);
	const char receiver = static_cast<char>(to.port - 40000);
	const char client = plan_.role == 'S' ? receiver : plan_.role;
	for (const ParsedCommand &command : datagram.commands) {
		if (!command.is(EnetCommand::kConnect) && !command.is(EnetCommand::kVerifyConnect)) continue;
		const uint32_t connect_id = command.connect.connect_id;
		int connection = client * 256 + own_connections_;
		if (plan_.role == 'S') {
			connection = connection_of(client, connect_id, false);
			EXPECT_NE(connection, 0) << "VERIFY_CONNECT with a connection id nobody sent";
		} else if (own_connections_ == 0 || live_connect_id_[connection] != connect_id) {
			connection = client * 256 + ++own_connections_;
			live_connect_id_[connection] = connect_id;
		}
		if (current_[client] == connection) continue;
		current_[client] = connection;
		ParsedCommand masked = command;
		if (command.is(EnetCommand::kConnect)) masked.connect.connect_id = 0;
		openings.push_back(describe(masked));
	}
	const int connection = current_[client];
	if (checksum_) {
		EXPECT_EQ(datagram.checksum, checksum_of(datagram, live_connect_id_[connection]));
	}
	for (const ParsedCommand &command : datagram.commands) note_sent_command(receiver, connection, datagram, command);
}

void SessionReplay::note_sent_command(
        char to, int connection, const ParsedDatagram &datagram, const ParsedCommand &command) {
	sent.push_back({now_us_, to, describe(command)});
	if (command.has_payload()) messages.insert(describe(command) + " #" + std::to_string(fnv1a(command.payload)));
	if (command.is(EnetCommand::kAcknowledge)) acks.insert(std::to_string(connection) + " " + describe(command));
	EXPECT_TRUE(!command.header.wants_ack || datagram.header.has_sent_time) << describe(command);
	const bool addressed = datagram.header.peer_id != kEnetNoPeer || command.is(EnetCommand::kConnect);
	if (!command.header.wants_ack || !addressed) return;
	const CommandName name = own_names_.note(connection, command);
	const OnTheWire wire = {command.header.sequence, datagram.header.sent_time};
	on_the_wire_[name] = wire;
	const bool link_is_dead = plan_.dead_from_us != 0 && now_us_ >= plan_.dead_from_us;
	const bool nobody_else_will = acknowledged_.count(name) != 0 || !recorded_names_.knows(name);
	if (nobody_else_will && !link_is_dead && remote_header_.count(connection) != 0)
		own_acks_.push_back({now_us_ + 1000, connection, command.header.channel, wire});
}

void SessionReplay::take_events() {
	char text[200];
	EnetEvent event;
	while (host_.poll_event(event)) {
		text[0] = 0;
		if (event.type == EnetEventType::kConnect) {
			peer_ = event.peer;
			EnetPeerStats stats;
			EXPECT_EQ(host_.peer_stats(event.peer, stats), Error::OK);
			const unsigned channels = static_cast<unsigned>(host_.peer_channels(event.peer));
			const int used = std::snprintf(text, sizeof text, "CONNECT data=%u channels=%u", event.data, channels);
			if (!is_godot(plan_.path))
				std::snprintf(text + used, sizeof text - static_cast<size_t>(used),
				        " mtu=%u windowSize=%u incomingPeerID=%u outgoingPeerID=%u", stats.mtu, stats.window_size,
				        event.peer.index, stats.outgoing_peer_id);
		} else if (event.type == EnetEventType::kDisconnect) {
			std::snprintf(text, sizeof text, "DISCONNECT data=%u", event.data);
		} else if (event.type == EnetEventType::kReceive) {
			std::snprintf(text, sizeof text, "RECEIVE channel=%u len=%u flags=%u fnv1a32=%08x", event.channel,
			        static_cast<unsigned>(event.packet.view().size), event.packet.flags(), fnv1a(event.packet.view()));
		}
		events.push_back(text);
		event_times_us.push_back(now_us_);
	}
}

} // namespace netpeer_test
