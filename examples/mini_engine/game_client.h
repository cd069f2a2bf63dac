// GameClient: one player. Sends what is pressed, gathers snapshots, and draws the world a little in the past, between
// two snapshots it has, so that a lost one is not seen.
#pragma once

#include "game_memory.h"
#include "game_messages.h"

#include <memory>
#include <vector>

namespace mini_engine {

/// How far in the past a client draws: six snapshots, of which some may be lost.
constexpr double kDrawDelayTicks = 6;

class GameClient {
public:
	/// As GameServer.
	GameClient(const netpeer::ENetConnectionHooks &hooks, const GameMemory &memory);

	netpeer::Error join(const char *address, int port);
	void receive();
	/// Receives, sends what is pressed and moves on by one drawn frame.
	void frame(uint8_t buttons);
	void say(const std::string &text);
	/// In order: what has been said still reaches the server.
	void leave();
	/// Without a word, as a program that crashed.
	void vanish();

	enum class State { kOut, kJoining, kPlaying, kLeaving };
	State state() const { return state_; }
	int player() const { return player_; }       // entity we steer; -1 before the welcome
	uint8_t players() const { return players_; } // bit i: player i is here
	bool has_snapshot() const { return has_snapshot_; }
	const Snapshot &newest() const { return ring_[newest_tick_ % kRing]; }
	/// Where an entity is drawn now. False: it is not known.
	bool drawn(int entity, float &x, float &y) const;

	// What a test wants to know.
	struct Frame {
		netpeer::Instant time;
		uint32_t newest_tick;
	};
	struct Heard {
		netpeer::Instant time;
		Line line;
	};
	const std::vector<Frame> &frames() const { return frames_; }
	const std::vector<Heard> &heard() const { return heard_; }
	const std::vector<Snapshot> &received() const { return received_; }
	uint32_t first_line() const { return first_line_; }
	uint32_t lines_said() const { return lines_said_; }
	uint64_t unreadable() const { return unreadable_; }
	netpeer::EnetDropReason end_reason() const { return end_reason_; }
	double round_trip_ms() const { return round_trip_ms_; }

private:
	static constexpr uint32_t kRing = 64; // snapshots kept

	void handle(const netpeer::ENetConnection::Event &event);
	void take(const Snapshot &snapshot);
	void hear(const Message &message);

	netpeer::Clock &clock_;
	const netpeer::Allocator *allocator_;
	netpeer::ENetConnection host_;
	std::shared_ptr<netpeer::ENetPacketPeer> server_;
	State state_ = State::kOut;
	int player_ = -1;
	uint8_t players_ = 0;
	Snapshot ring_[kRing];
	bool has_snapshot_ = false;
	uint32_t newest_tick_ = 0;
	double drawn_tick_ = 0;
	uint32_t first_line_ = 0;
	uint32_t lines_said_ = 0;
	uint64_t unreadable_ = 0;
	double round_trip_ms_ = 0;
	netpeer::EnetDropReason end_reason_ = netpeer::EnetDropReason::kNone;
	std::vector<Frame> frames_;
	std::vector<Heard> heard_;
	std::vector<Snapshot> received_;
};

} // namespace mini_engine
