// SipHash-1-3: strangers choose addresses and ports, so a table of peers needs a hash they cannot aim at. One
// compression and three finalisation rounds are enough where the output is never shown; the 2-4 variant costs twice.
#include "endpoint.h"

namespace netpeer {

namespace {

struct SipState {
	uint64_t v0, v1, v2, v3;

	explicit SipState(const HashKey &key) :
	        v0(key.k0 ^ 0x736f6d6570736575u),
	        v1(key.k1 ^ 0x646f72616e646f6du),
	        v2(key.k0 ^ 0x6c7967656e657261u),
	        v3(key.k1 ^ 0x7465646279746573u) {}

	static constexpr uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
	void round() {
		v0 += v1;
		v2 += v3;
		v1 = rotate(v1, 13) ^ v0;
		v3 = rotate(v3, 16) ^ v2;
		v0 = rotate(v0, 32);
		v2 += v1;
		v0 += v3;
		v1 = rotate(v1, 17) ^ v2;
		v3 = rotate(v3, 21) ^ v0;
		v2 = rotate(v2, 32);
	}
	void add(uint64_t word) {
		v3 ^= word;
		round();
		v0 ^= word;
	}
	uint64_t finish() {
		v2 ^= 0xff;
		round();
		round();
		round();
		return v0 ^ v1 ^ v2 ^ v3;
	}
};

uint64_t sip_word(const uint8_t *bytes) {
	ByteReader in(ByteView(bytes, 8));
	return in.u64_le();
}

// The last word carries the message length in its top byte and the 0..7 bytes left over below.
constexpr uint64_t sip_last_word(uint64_t length, uint64_t rest) { return (length << 56) | rest; }

} // namespace

uint64_t hash_address(const HashKey &key, const IPAddress &address) {
	SipState state(key);
	state.add(sip_word(address.get_ipv6()));
	state.add(sip_word(address.get_ipv6() + 8));
	state.add(sip_last_word(16, 0));
	return state.finish();
}

uint64_t hash_endpoint(const HashKey &key, const Endpoint &endpoint) {
	SipState state(key);
	state.add(sip_word(endpoint.address.get_ipv6()));
	state.add(sip_word(endpoint.address.get_ipv6() + 8));
	// The port as two bytes, low one first.
	state.add(sip_last_word(18, endpoint.port));
	return state.finish();
}

} // namespace netpeer
