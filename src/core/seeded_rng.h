// A small deterministic generator (xoshiro256**, seeded through SplitMix64) for engine decisions, simulators and tests.
// Not for keys: whoever sees enough output can predict the rest.
#pragma once

#include <cstdint>

namespace netpeer {

/// A value: a copy goes on with the same numbers. The same seed gives the same numbers on every machine.
class SeededRng {
public:
	/// Every seed is good, 0 too.
	explicit SeededRng(uint64_t seed = 0) {
		for (uint64_t &word : state_) {
			seed += 0x9e3779b97f4a7c15u;
			uint64_t z = seed;
			z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
			z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
			word = z ^ (z >> 31);
		}
	}

	/// The next 64 bits.
	uint64_t u64() {
		const uint64_t result = rotate(state_[1] * 5, 7) * 9;
		const uint64_t t = state_[1] << 17;
		state_[2] ^= state_[0];
		state_[3] ^= state_[1];
		state_[1] ^= state_[2];
		state_[0] ^= state_[3];
		state_[2] ^= t;
		state_[3] = rotate(state_[3], 45);
		return result;
	}
	uint32_t u32() { return static_cast<uint32_t>(u64() >> 32); } // 32 of them
	/// 0 <= result < bound, slightly biased for huge bounds; 0 when bound is 0.
	uint64_t below(uint64_t bound) { return bound == 0 ? 0 : u64() % bound; }
	/// True with the given probability.
	bool chance(double probability) { return unit() < probability; }
	/// 0 <= result < 1.
	double unit() { return static_cast<double>(u64() >> 11) * (1.0 / 9007199254740992.0); }

private:
	static constexpr uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
	uint64_t state_[4];
};

} // namespace netpeer
