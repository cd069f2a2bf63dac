#include "interop_link.h"

#include <cstdlib>
#include <cstring>

namespace interop {

std::vector<Role> roles() {
	std::vector<Role> all{Role::kNetpeerServer, Role::kNetpeerClient};
	if (std::getenv("NETPEER_INTEROP_CONTROL") != nullptr) all.push_back(Role::kStockOnly);
	return all;
}

std::string role_name(const ::testing::TestParamInfo<Role> &info) {
	switch (info.param) {
	case Role::kNetpeerServer: return "NetpeerServesStock";
	case Role::kNetpeerClient: return "NetpeerDialsStock";
	case Role::kStockOnly: break;
	}
	return "StockOnly";
}

std::vector<uint8_t> payload_of(uint64_t seed, size_t size) {
	std::vector<uint8_t> bytes(size);
	uint64_t word = seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
	for (size_t at = 0; at < size; at += 8) {
		word ^= word >> 30;
		word *= 0xbf58476d1ce4e5b9u;
		word ^= word >> 27;
		word += 0x94d049bb133111ebu + seed;
		std::memcpy(bytes.data() + at, &word, size - at < 8 ? size - at : 8);
	}
	return bytes;
}

::testing::AssertionResult arrives(
        Link &link, const Path &path, uint8_t channel, const std::vector<uint8_t> &bytes, uint32_t flags) {
	SideEvent event;
	::testing::AssertionResult got = next_event(link, *path.to, event);
	if (!got) return got << ", from " << path.text();
	if (event.what != What::kReceive) {
		return ::testing::AssertionFailure() << "not a packet, from " << path.text() << ", data " << event.data;
	}
	if (event.conn != path.to_conn) return ::testing::AssertionFailure() << "from another connection";
	if (event.channel != channel) return ::testing::AssertionFailure() << "on channel " << int{event.channel};
	if (event.bytes.size() != bytes.size()) {
		return ::testing::AssertionFailure() << event.bytes.size() << " bytes instead of " << bytes.size();
	}
	if (event.bytes != bytes) return ::testing::AssertionFailure() << "other bytes";
	if (event.flags != flags) return ::testing::AssertionFailure() << "flags " << event.flags;
	return ::testing::AssertionSuccess();
}

::testing::AssertionResult disconnects(Link &link, Side &side, Conn conn, uint32_t data, int patience_ms) {
	SideEvent event;
	::testing::AssertionResult got = next_event(link, side, event, patience_ms);
	if (!got) return got;
	if (event.what != What::kDisconnect) return ::testing::AssertionFailure() << "not a disconnect";
	if (event.conn != conn) return ::testing::AssertionFailure() << "of another connection";
	if (event.data != data) return ::testing::AssertionFailure() << "with data " << event.data;
	return ::testing::AssertionSuccess();
}

} // namespace interop
