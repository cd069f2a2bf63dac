#include "game_server.h"

namespace mini_engine {

using netpeer::ByteView;
using netpeer::ENetConnection;
using netpeer::ENetPacketPeer;
using netpeer::Error;
using netpeer::MutBytes;

netpeer::ENetConnectionHooks with_memory(
        netpeer::ENetConnectionHooks hooks, const netpeer::Allocator *const *allocator) {
	hooks.user = const_cast<netpeer::Allocator const **>(allocator);
	hooks.configure = [](void *user, netpeer::EnetHostConfig &config) {
		config.allocator = *static_cast<netpeer::Allocator const **>(user);
		config.max_packet_size = 4096; // nothing of ours is longer, so nobody else's need be
		config.peer_memory_limit = 1u << 20;
		config.host_memory_limit = 4u << 20;
	};
	return hooks;
}

GameServer::GameServer(const netpeer::ENetConnectionHooks &hooks, const GameMemory &memory, uint64_t seed) :
        clock_(hooks.clock != nullptr ? *hooks.clock : netpeer::system_clock()),
        allocator_(memory.allocator()),
        host_(with_memory(hooks, &allocator_)),
        world_(seed) {}

Error GameServer::open(const char *address, int port) {
	// Half a second without a call is a breakpoint or a loading screen, and no reason to take anybody for lost.
	(void)host_.set_longest_step(500);
	return host_.create_host_bound(address, port, kMaxPlayers, kChannels);
}

void GameServer::receive(int wait_ms) {
	for (;;) {
		const ENetConnection::Event event = host_.service(wait_ms);
		wait_ms = 0;
		switch (event.type) {
		case ENetConnection::EVENT_CONNECT: welcome(event.peer); break;
		case ENetConnection::EVENT_DISCONNECT: part(event); break;
		case ENetConnection::EVENT_RECEIVE: handle(event); break;
		case ENetConnection::EVENT_NONE:
		case ENetConnection::EVENT_ERROR: return;
		}
	}
}

void GameServer::welcome(const std::shared_ptr<ENetPacketPeer> &peer) {
	Message message;
	message.kind = MessageKind::kWelcome;
	message.welcome.next_line = static_cast<uint32_t>(log_.size());
	int player = kMaxPlayers;
	for (int i = kMaxPlayers - 1; i >= 0; --i) {
		if (players_[i].peer == nullptr)
			player = i;
		else
			message.welcome.players = static_cast<uint8_t>(message.welcome.players | 1u << i);
	}
	if (player == kMaxPlayers || is_over_) return peer->reset(); // the host has no more peers than there are players
	players_[player] = Player();
	players_[player].peer = peer;
	++connected_;
	// Who does not answer for two or three seconds is gone: a game cannot wait the half minute that is the default.
	(void)peer->set_timeout(32, 2000, 3000);
	message.welcome.player = static_cast<uint8_t>(player);
	send(*peer, message);
	world_.spawn(player);
	add_line(LineKind::kJoined, player, "");
}

void GameServer::part(const ENetConnection::Event &event) {
	const int player = player_of(event.peer.get());
	if (player < 0) return;
	players_[player] = Player();
	--connected_;
	reasons_.push_back(event.reason);
	if (is_over_) return;
	world_.remove(player);
	add_line(LineKind::kLeft, player, event.reason == netpeer::EnetDropReason::kTimedOut ? "lost" : "left");
}

void GameServer::handle(const ENetConnection::Event &event) {
	ByteView packet;
	const int player = player_of(event.peer.get());
	// One packet for each EVENT_RECEIVE. The view lasts until the next get_packet() of this peer.
	if (event.peer->get_packet(packet) != Error::OK || player < 0) return;
	Player &self = players_[player];
	if (event.channel == kStateChannel) {
		if (packet.size == 1)
			self.buttons = packet[0];
		else
			++unreadable_;
		return;
	}
	Message message;
	if (!read_message(packet, message) || message.kind != MessageKind::kSay) {
		++unreadable_;
		return;
	}
	if (message.line.number != self.lines_said) ++lines_out_of_order_;
	++self.lines_said;
	if (!is_over_) add_line(LineKind::kSaid, player, message.line.text);
}

void GameServer::add_line(LineKind what, int player, const std::string &text) {
	Message message;
	message.kind = MessageKind::kLine;
	message.line.number = static_cast<uint32_t>(log_.size());
	message.line.what = what;
	message.line.player = static_cast<uint8_t>(player);
	message.line.text = text;
	log_.push_back(message.line);
	log_times_.push_back(clock_.now());
	// Not host_.broadcast(): that would also reach who is connected but has not been welcomed, its event still waiting.
	for (const Player &other : players_)
		if (other.peer != nullptr) send(*other.peer, message);
}

void GameServer::tick() {
	uint8_t buttons[kMaxPlayers];
	for (int i = 0; i < kMaxPlayers; ++i) buttons[i] = players_[i].buttons;
	if (!snapshots_.empty()) world_.step(buttons);
	snapshots_.push_back(take_snapshot(static_cast<uint32_t>(snapshots_.size()), world_));
	snapshot_times_.push_back(clock_.now());
	uint8_t bytes[kSnapshotBytes];
	(void)host_.broadcast(kStateChannel, write_snapshot(snapshots_.back(), MutBytes(bytes, sizeof bytes)), 0);
	host_.flush(); // now, not with the next receive()
}

void GameServer::end_match() {
	is_over_ = true;
	for (const Player &player : players_)
		if (player.peer != nullptr) player.peer->peer_disconnect_later();
}

void GameServer::close() {
	for (Player &player : players_) player = Player();
	host_.destroy();
}

int GameServer::left_because(netpeer::EnetDropReason reason) const {
	int count = 0;
	for (netpeer::EnetDropReason one : reasons_) count += one == reason ? 1 : 0;
	return count;
}

int GameServer::player_of(const ENetPacketPeer *peer) const {
	for (int i = 0; i < kMaxPlayers; ++i)
		if (players_[i].peer.get() == peer) return i;
	return -1;
}

void GameServer::send(ENetPacketPeer &peer, const Message &message) {
	uint8_t bytes[kMaxMessageBytes];
	(void)peer.send(kTextChannel, write_message(message, MutBytes(bytes, sizeof bytes)), ENetPacketPeer::FLAG_RELIABLE);
}

} // namespace mini_engine
