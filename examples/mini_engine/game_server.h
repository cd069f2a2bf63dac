// GameServer: simulates the world, sends everybody a snapshot each tick and keeps the log (who came, who went, what was
// said), which every client gets line by line.
#pragma once

#include "game_memory.h"
#include "game_messages.h"

#include <memory>
#include <vector>

namespace mini_engine {

class GameServer {
public:
	/// `hooks`: clock and transport of a simulated network, or nothing for UDP. `memory` outlives the server.
	GameServer(const netpeer::ENetConnectionHooks &hooks, const GameMemory &memory, uint64_t seed);

	/// Port 0: any free one; see port().
	netpeer::Error open(const char *address, int port);
	int port() const { return host_.get_local_port(); }

	/// Takes what has arrived. Waits for it up to so long, which is how a frame with time to spare passes it: no sleep.
	void receive(int wait_ms);
	/// One tick of the world, and its snapshot to all players.
	void tick();
	/// No more ticks: says good-bye once everything said has reached everybody.
	void end_match();
	void close();

	int connected() const { return connected_; }
	/// What every client has had to get, too, from its own welcome on.
	const std::vector<Line> &log() const { return log_; }
	const std::vector<netpeer::Instant> &log_times() const { return log_times_; }
	/// By tick, the first one is 0: what was sent and when. Kept for the referee.
	const std::vector<Snapshot> &snapshots() const { return snapshots_; }
	const std::vector<netpeer::Instant> &snapshot_times() const { return snapshot_times_; }
	/// How many connections ended for this reason.
	int left_because(netpeer::EnetDropReason reason) const;
	uint64_t lines_out_of_order() const { return lines_out_of_order_; }
	uint64_t unreadable() const { return unreadable_; }

private:
	struct Player {
		std::shared_ptr<netpeer::ENetPacketPeer> peer; // null: nobody
		uint8_t buttons = 0;
		uint32_t lines_said = 0;
	};

	void welcome(const std::shared_ptr<netpeer::ENetPacketPeer> &peer);
	void part(const netpeer::ENetConnection::Event &event);
	void handle(const netpeer::ENetConnection::Event &event);
	void add_line(LineKind what, int player, const std::string &text);
	int player_of(const netpeer::ENetPacketPeer *peer) const;
	void send(netpeer::ENetPacketPeer &peer, const Message &message);

	netpeer::Clock &clock_;
	const netpeer::Allocator *allocator_;
	netpeer::ENetConnection host_;
	GameWorld world_;
	Player players_[kMaxPlayers];
	int connected_ = 0;
	bool is_over_ = false;
	std::vector<Line> log_;
	std::vector<netpeer::Instant> log_times_;
	std::vector<Snapshot> snapshots_;
	std::vector<netpeer::Instant> snapshot_times_;
	std::vector<netpeer::EnetDropReason> reasons_;
	uint64_t lines_out_of_order_ = 0;
	uint64_t unreadable_ = 0;
};

/// `hooks` with an allocator and limits that suit a game: what GameServer and GameClient give their ENetConnection.
netpeer::ENetConnectionHooks with_memory(
        netpeer::ENetConnectionHooks hooks, const netpeer::Allocator *const *allocator);

} // namespace mini_engine
