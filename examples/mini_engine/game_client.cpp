#include "game_client.h"

#include "game_server.h"

#include <cmath>

namespace mini_engine {

using netpeer::ByteView;
using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;
using netpeer::Error;
using netpeer::MutBytes;

GameClient::GameClient(const netpeer::ENetConnectionHooks &hooks, const GameMemory &memory) :
        clock_(hooks.clock != nullptr ? *hooks.clock : netpeer::system_clock()),
        allocator_(memory.allocator()),
        host_(with_memory(hooks, &allocator_)) {}

Error GameClient::join(const char *address, int port) {
	(void)host_.set_longest_step(500); // as the server
	const Error error = host_.create_host(1, kChannels);
	if (error != Error::OK) return error;
	server_ = host_.connect_to_host(address, port, kChannels);
	if (server_ == nullptr) return Error::ERR_CANT_CONNECT;
	state_ = State::kJoining;
	return Error::OK;
}

void GameClient::receive() {
	while (state_ != State::kOut) {
		const ENetConnection::Event event = host_.service();
		switch (event.type) {
		case ENetConnection::EVENT_CONNECT: state_ = State::kPlaying; break;
		case ENetConnection::EVENT_RECEIVE: handle(event); break;
		case ENetConnection::EVENT_DISCONNECT:
			end_reason_ = event.reason;
			vanish(); // the acknowledgement of the good-bye has left before this event came
			return;
		case ENetConnection::EVENT_NONE:
		case ENetConnection::EVENT_ERROR: return;
		}
	}
}

void GameClient::frame(uint8_t buttons) {
	receive();
	if (state_ != State::kPlaying) return;
	round_trip_ms_ = server_->get_statistic(ENetPacketPeer::PEER_ROUND_TRIP_TIME);
	(void)server_->send(kStateChannel, ByteView(&buttons, 1), 0);
	host_.flush(); // so that it leaves with this frame, not with the next
	if (!has_snapshot_) return;
	// The server's ticks pass as fast as our frames. A tenth of what is amiss is made up for in each, which nobody sees.
	drawn_tick_ += 1;
	drawn_tick_ += 0.1 * (newest_tick_ - kDrawDelayTicks - drawn_tick_);
	frames_.push_back({clock_.now(), newest_tick_});
}

void GameClient::handle(const ENetConnection::Event &event) {
	ByteView packet;
	if (event.peer->get_packet(packet) != Error::OK) return;
	if (event.channel == kStateChannel) {
		Snapshot snapshot;
		if (read_snapshot(packet, snapshot))
			take(snapshot);
		else
			++unreadable_;
	} else {
		Message message;
		if (read_message(packet, message))
			hear(message);
		else
			++unreadable_;
	}
}

void GameClient::take(const Snapshot &snapshot) {
	received_.push_back(snapshot);
	if (has_snapshot_ && snapshot.tick <= newest_tick_) return;
	if (!has_snapshot_) drawn_tick_ = snapshot.tick - kDrawDelayTicks;
	has_snapshot_ = true;
	newest_tick_ = snapshot.tick;
	ring_[newest_tick_ % kRing] = snapshot;
}

void GameClient::hear(const Message &message) {
	if (message.kind == MessageKind::kWelcome) {
		player_ = message.welcome.player;
		players_ = message.welcome.players;
		first_line_ = message.welcome.next_line;
		return;
	}
	const Line &line = message.line;
	if (line.what == LineKind::kJoined) players_ = static_cast<uint8_t>(players_ | 1u << line.player);
	if (line.what == LineKind::kLeft) players_ = static_cast<uint8_t>(players_ & ~(1u << line.player));
	heard_.push_back({clock_.now(), line});
}

bool GameClient::drawn(int entity, float &x, float &y) const {
	if (!has_snapshot_) return false;
	// The last snapshot at or before the drawn moment, and the first one after it.
	const Snapshot *before = nullptr, *after = nullptr;
	for (const Snapshot &one : ring_) {
		if (one.alive == 0 || one.tick + kRing <= newest_tick_) continue; // empty, or from the round before
		if (one.tick <= drawn_tick_ && (before == nullptr || one.tick > before->tick)) before = &one;
		if (one.tick > drawn_tick_ && (after == nullptr || one.tick < after->tick)) after = &one;
	}
	if (before == nullptr || !before->is_alive(entity)) return false;
	// Nothing newer has come, or the entity is no more in it: it stands still.
	if (after == nullptr || !after->is_alive(entity)) after = before;
	const uint32_t ticks = after->tick - before->tick;
	const float share = ticks == 0 ? 0 : static_cast<float>((drawn_tick_ - before->tick) / ticks);
	x = before->metres_x(entity) + share * (after->metres_x(entity) - before->metres_x(entity));
	y = before->metres_y(entity) + share * (after->metres_y(entity) - before->metres_y(entity));
	return true;
}

void GameClient::say(const std::string &text) {
	if (state_ != State::kPlaying) return;
	Message message;
	message.kind = MessageKind::kSay;
	message.line.number = lines_said_;
	message.line.text = text;
	uint8_t bytes[kMaxMessageBytes];
	const ByteView packet = write_message(message, MutBytes(bytes, sizeof bytes));
	if (server_->send(kTextChannel, packet, ENetPacketPeer::FLAG_RELIABLE) == Error::OK) ++lines_said_;
}

void GameClient::leave() {
	if (server_ != nullptr) server_->peer_disconnect_later();
	state_ = State::kLeaving;
}

void GameClient::vanish() {
	server_.reset();
	host_.destroy();
	state_ = State::kOut;
}

} // namespace mini_engine
