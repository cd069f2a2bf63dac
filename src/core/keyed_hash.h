// KeyedHash: SipHash-1-3 over words, with a key nobody outside the process knows. For tables whose keys strangers choose:
// with a hash they can compute, a few thousand keys in one slot would cost millions of comparisons.
#pragma once

#include "bytes.h"

namespace netpeer {

class KeyedHash {
public:
	KeyedHash(uint64_t key0, uint64_t key1) :
	        a_(key0 ^ 0x736f6d6570736575u),
	        b_(key1 ^ 0x646f72616e646f6du),
	        c_(key0 ^ 0x6c7967656e657261u),
	        d_(key1 ^ 0x7465646279746573u) {}

	void add(uint64_t word) {
		d_ ^= word;
		round();
		a_ ^= word;
	}
	/// Length and content, so that two byte strings in a row cannot be told apart wrongly.
	void add(ByteView bytes) {
		add(uint64_t{bytes.size});
		size_t i = 0;
		for (; bytes.size - i >= 8; i += 8) {
			uint64_t word = 0;
			std::memcpy(&word, bytes.data + i, 8);
			add(word);
		}
		if (i == bytes.size) return;
		uint64_t word = 0;
		std::memcpy(&word, bytes.data + i, bytes.size - i);
		add(word);
	}
	uint64_t finish() {
		c_ ^= 0xff;
		round();
		round();
		round();
		return a_ ^ b_ ^ c_ ^ d_;
	}

private:
	static constexpr uint64_t turn(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
	void round() {
		a_ += b_;
		b_ = turn(b_, 13) ^ a_;
		a_ = turn(a_, 32);
		c_ += d_;
		d_ = turn(d_, 16) ^ c_;
		a_ += d_;
		d_ = turn(d_, 21) ^ a_;
		c_ += b_;
		b_ = turn(b_, 17) ^ c_;
		c_ = turn(c_, 32);
	}

	uint64_t a_, b_, c_, d_;
};

} // namespace netpeer
