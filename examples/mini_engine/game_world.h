// GameWorld: what the server simulates, in fixed ticks. Players steer the first entities, the rest wander by themselves.
// Knows nothing of networks.
#pragma once

#include "../../src/netpeer.h"

namespace mini_engine {

constexpr int kTicksPerSecond = 60;
constexpr int kEntities = 64;
constexpr int kMaxPlayers = 8;     // they steer entities 0 to 7
constexpr float kWorldSize = 1000; // both ways, in metres
constexpr float kTopSpeed = 120;   // metres per second
constexpr netpeer::Duration kTick = netpeer::Duration::from_us(1000000 / kTicksPerSecond);

enum Buttons : uint8_t { kLeft = 1, kRight = 2, kFast = 4 };

struct Entity {
	bool alive = false;
	float x = 0;
	float y = 0;
	float heading = 0; // radians
	float turning = 0; // radians per second
	float speed = 0;
};

class GameWorld {
public:
	explicit GameWorld(uint64_t seed);

	void spawn(int entity);
	void remove(int entity) { entities_[entity].alive = false; }
	/// One tick. `buttons`: of the players, by entity.
	void step(const uint8_t (&buttons)[kMaxPlayers]);
	const Entity &entity(int index) const { return entities_[index]; }

private:
	netpeer::SeededRng rng_;
	Entity entities_[kEntities];
};

} // namespace mini_engine
