#include "interop_link.h"

#include "sim_side.h"

#include "../../src/core/netpeer_config.h"

#include <chrono>
#include <cstdlib>
#include <cstring>

namespace interop {

namespace {

SimWires wires_of(Role role) {
	if (role == Role::kSimulatedDtlsBadLine) return SimWires::kDtlsBadLine;
	return role == Role::kSimulatedDtls ? SimWires::kDtls : SimWires::kPlain;
}

} // namespace

std::unique_ptr<Side> make_server(Role role, const SideConfig &config) {
	if (is_simulated(role)) return make_simulated_side(config, wires_of(role), true);
	return role == Role::kNetpeerServer ? make_netpeer_side(config) : make_stock_side(config);
}

std::unique_ptr<Side> make_client(Role role, const SideConfig &config) {
	if (is_simulated(role)) return make_simulated_side(config, wires_of(role), false);
	return role == Role::kNetpeerClient ? make_netpeer_side(config) : make_stock_side(config);
}

int64_t wall_ms() {
	int64_t simulated = 0;
	if (read_simulated_ms(simulated)) return simulated;
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

bool is_time_simulated() {
	int64_t ignored = 0;
	return read_simulated_ms(ignored);
}

std::vector<Role> roles() {
	std::vector<Role> all{Role::kNetpeerServer, Role::kNetpeerClient, Role::kSimulated};
#if NETPEER_WITH_MBEDTLS
	all.insert(all.end(), {Role::kSimulatedDtls, Role::kSimulatedDtlsBadLine});
#endif
	if (std::getenv("NETPEER_INTEROP_CONTROL") != nullptr) all.push_back(Role::kStockOnly);
	return all;
}

std::string role_name(const ::testing::TestParamInfo<Role> &info) {
	switch (info.param) {
	case Role::kNetpeerServer: return "NetpeerServesStock";
	case Role::kNetpeerClient: return "NetpeerDialsStock";
	case Role::kSimulated: return "Simulated";
	case Role::kSimulatedDtls: return "SimulatedDtls";
	case Role::kSimulatedDtlsBadLine: return "SimulatedDtlsOnABadLine";
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
