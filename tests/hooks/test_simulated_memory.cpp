// A simulated network and the hosts on it, all on one allocator: what it gave comes back, and nothing is asked elsewhere.
#include "../../src/netpeer.h"
#include "../support/tls_support.h"
#include "outside_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace netpeer;
using netpeer_test::outside_watch;

namespace {

struct Ledger {
	size_t blocks = 0, bytes = 0, requests = 0;

	static void *allocate(void *user, size_t bytes) {
		const netpeer_test::InsideHook inside;
		void *const block = std::malloc(bytes);
		if (block != nullptr) static_cast<Ledger *>(user)->add(bytes);
		return block;
	}
	static void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
		const netpeer_test::InsideHook inside;
		void *const moved = std::realloc(block, new_bytes);
		if (moved == nullptr) return nullptr;
		if (block != nullptr) static_cast<Ledger *>(user)->remove(old_bytes);
		static_cast<Ledger *>(user)->add(new_bytes);
		return moved;
	}
	static void release(void *user, void *block, size_t bytes) {
		const netpeer_test::InsideHook inside;
		if (block != nullptr) static_cast<Ledger *>(user)->remove(bytes);
		std::free(block);
	}
	void add(size_t more) {
		++blocks;
		++requests;
		bytes += more;
	}
	void remove(size_t less) {
		--blocks;
		bytes -= less;
	}
	Allocator allocator() { return Allocator{this, allocate, reallocate, release}; }
};

struct SimulatedSide {
	explicit SimulatedSide(SimNetwork &network, const Allocator &memory) : wire(network), host(hooks(memory)) {}

	ENetConnectionHooks hooks(const Allocator &memory) {
		ENetConnectionHooks made;
		made.random = &luck;
		made.transport = &wire;
		made.user = const_cast<Allocator *>(&memory);
		made.configure = [](void *user, EnetHostConfig &config) {
			config.allocator = static_cast<const Allocator *>(user);
			config.seed = 7;
		};
		return made;
	}
	bool open(const char *address) {
		Endpoint at;
		at.address = IPAddress(address);
		at.port = 1000;
		return wire.open(at) == Error::OK && host.create_host_bound(address, 1000, 2, 2) == Error::OK &&
		       host.compress(ENetConnection::COMPRESS_RANGE_CODER).value == Error::OK;
	}
	void run(Instant now) {
		for (;;) {
			const ENetConnection::Event event = host.service_at(now);
			if (event.type == ENetConnection::EVENT_NONE) return;
			if (event.type == ENetConnection::EVENT_CONNECT) peer = event.peer;
			ByteView packet;
			if (event.type == ENetConnection::EVENT_RECEIVE && event.peer->get_packet(packet) == Error::OK)
				bytes += packet.size;
		}
	}

	netpeer_test::SeededRandom luck{5};
	TransportSim wire;
	ENetConnection host;
	std::shared_ptr<ENetPacketPeer> peer;
	size_t bytes = 0;
};

} // namespace

TEST(SimulatedMemory, ANetworkAndItsHostsLiveOnTheirAllocatorAndGiveEverythingBack) {
	Ledger ledger;
	const Allocator memory = ledger.allocator();
	const size_t before = get_live_allocations();
	size_t most_bytes = 0, received = 0;
	bool connected = false;
	outside_watch.start();
	{
		SimNetwork network(3, SimNetworkLimits(), &memory);
		SimLinkSettings settings;
		settings.latency = Duration::from_ms(20);
		settings.loss = 0.05;
		network.set_default_settings(settings);
		SimulatedSide server(network, memory), client(network, memory);
		bool opened = server.open("10.0.0.1") && client.open("10.0.0.2");
		Instant now = Instant::from_us(1000000);
		server.run(now);
		client.run(now);
		opened = opened && client.host.connect_to_host("10.0.0.1", 1000, 2) != nullptr;
		uint8_t message[9000] = {1, 2, 3};
		for (int tick = 0; opened && tick < 3000; ++tick) {
			now = now + Duration::from_ms(10);
			if (client.peer != nullptr && tick % 2 == 0 && tick < 2000)
				(void)client.peer->send(
				        0, ByteView(message, tick % 100 == 0 ? 9000u : 32u), ENetPacketPeer::FLAG_RELIABLE);
			server.run(now);
			client.run(now);
			if (ledger.bytes > most_bytes) most_bytes = ledger.bytes;
		}
		connected = client.peer != nullptr;
		received = server.bytes;
	}
	outside_watch.stop();
	EXPECT_TRUE(connected);
	EXPECT_GT(received, 100000u);
	EXPECT_GT(most_bytes, 10000u);
	EXPECT_EQ(ledger.blocks, 0u);
	EXPECT_EQ(ledger.bytes, 0u);
	EXPECT_EQ(get_live_allocations(), before) << "the default allocator has nothing to do with it";
	EXPECT_EQ(outside_watch.memory, 0u);
	EXPECT_EQ(outside_watch.zeroed_memory, 0u);
	EXPECT_EQ(outside_watch.calls, 0u) << "the last one: " << outside_watch.last_call.load();
}
