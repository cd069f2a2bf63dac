#include "game_world.h"

#include <cmath>

namespace mini_engine {

GameWorld::GameWorld(uint64_t seed) : rng_(seed) {
	for (int i = kMaxPlayers; i < kEntities; ++i) spawn(i);
}

void GameWorld::spawn(int entity) {
	Entity &self = entities_[entity];
	self = Entity();
	self.alive = true;
	self.x = static_cast<float>(0.1 + 0.8 * rng_.unit()) * kWorldSize;
	self.y = static_cast<float>(0.1 + 0.8 * rng_.unit()) * kWorldSize;
	self.heading = static_cast<float>(6.283 * rng_.unit());
	self.speed = static_cast<float>(0.15 + 0.15 * rng_.unit()) * kTopSpeed;
}

void GameWorld::step(const uint8_t (&buttons)[kMaxPlayers]) {
	constexpr float seconds = 1.0f / kTicksPerSecond;
	for (int i = 0; i < kEntities; ++i) {
		Entity &self = entities_[i];
		if (!self.alive) continue;
		if (i < kMaxPlayers) {
			self.turning = (buttons[i] & kLeft) != 0 ? -2.0f : (buttons[i] & kRight) != 0 ? 2.0f : 0.0f;
			self.speed = (buttons[i] & kFast) != 0 ? kTopSpeed : 0.6f * kTopSpeed;
		} else if (rng_.chance(0.02)) {
			self.turning = static_cast<float>(3 * rng_.unit() - 1.5);
		}
		self.heading += self.turning * seconds;
		self.x += std::cos(self.heading) * self.speed * seconds;
		self.y += std::sin(self.heading) * self.speed * seconds;
		// At the edge they turn back, as light does at a mirror.
		const bool beyond_x = self.x < 0 || self.x > kWorldSize, beyond_y = self.y < 0 || self.y > kWorldSize;
		if (beyond_x) self.heading = 3.14159265f - self.heading;
		if (beyond_y) self.heading = -self.heading;
		if (beyond_x) self.x = self.x < 0 ? -self.x : 2 * kWorldSize - self.x;
		if (beyond_y) self.y = self.y < 0 ? -self.y : 2 * kWorldSize - self.y;
	}
}

} // namespace mini_engine
