// The ENet engine by itself: two hosts in memory, no sockets, virtual time. Items are messages delivered.
// What it says is how the engine's own work grows; comparisons with other libraries need the same sockets on both sides.
#include "../src/netpeer.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace netpeer;

struct Pair {
	EnetHost client;
	EnetHost server;
	Endpoint client_at;
	Endpoint server_at;
	EnetPeerId peer;
	Instant now = Instant::from_ms(1000);
	std::vector<uint8_t> wire = std::vector<uint8_t>(kEnetMaxDatagramBytes);
	size_t received = 0;

	explicit Pair(uint32_t peers = 1) {
		EnetHostConfig config;
		config.max_peers = peers;
		config.seed = 1;
		client_at.address = IPAddress::v4(127, 0, 0, 1);
		client_at.port = 1;
		server_at.address = client_at.address;
		server_at.port = 2;
		(void)client.init(config);
		config.seed = 2;
		(void)server.init(config);
		(void)client.connect(now, server_at, 2, 0, peer);
		for (int i = 0; i < 5; ++i) exchange();
	}

	void carry(EnetHost &from, const Endpoint &at, EnetHost &to) {
		EnetTransmit out;
		while (from.poll_transmit(now, MutBytes(wire.data(), wire.size()), out)) {
			to.receive(now, at, ByteView(wire.data(), out.size));
		}
		EnetEvent event;
		while (to.poll_event(event)) received += event.type == EnetEventType::kReceive;
	}

	void exchange() {
		now = now + Duration::from_ms(1);
		client.handle_timeout(now);
		server.handle_timeout(now);
		carry(client, client_at, server);
		carry(server, server_at, client);
	}
};

// range(0): bytes per message; range(1): messages per flush; range(2): packet flags.
void messages(benchmark::State &state) {
	Pair pair;
	const std::vector<uint8_t> payload(static_cast<size_t>(state.range(0)), 0x5a);
	const uint32_t flags = static_cast<uint32_t>(state.range(2));
	size_t sent = 0;
	for (auto _ : state) {
		for (int64_t i = 0; i < state.range(1); ++i) {
			if (pair.client.send(pair.peer, 0, ByteView(payload.data(), payload.size()), flags) == Error::OK) ++sent;
		}
		pair.exchange();
	}
	while (flags == kEnetReliable && pair.received < sent) pair.exchange();
	if (pair.received != sent) state.SkipWithError("messages were lost");
	state.SetItemsProcessed(static_cast<int64_t>(pair.received));
	state.SetBytesProcessed(static_cast<int64_t>(pair.received) * state.range(0));
}
BENCHMARK(messages)
        ->ArgNames({"bytes", "per_flush", "flags"})
        ->Args({32, 32, 1})
        ->Args({32, 32, 0})
        ->Args({32, 1, 1})
        ->Args({1024, 16, 1})
        ->Args({65536, 1, 1})
        ->Args({1 << 20, 1, 1});

// One poll of a server with range(0) connected peers of whom nobody has anything to say.
void idle_poll(benchmark::State &state) {
	const size_t peers = static_cast<size_t>(state.range(0));
	Pair dialler(static_cast<uint32_t>(peers));
	std::vector<uint8_t> wire(kEnetMaxDatagramBytes);
	for (size_t i = 1; i < peers; ++i) {
		EnetPeerId peer;
		(void)dialler.client.connect(dialler.now, dialler.server_at, 2, 0, peer);
		dialler.exchange();
	}
	for (int i = 0; i < 5; ++i) dialler.exchange();
	if (dialler.server.connected_peers() != peers) state.SkipWithError("not everybody is connected");
	const Instant now = dialler.now;
	for (auto _ : state) {
		EnetTransmit out;
		EnetEvent event;
		dialler.server.handle_timeout(now);
		benchmark::DoNotOptimize(dialler.server.poll_transmit(now, MutBytes(wire.data(), wire.size()), out));
		benchmark::DoNotOptimize(dialler.server.poll_event(event));
	}
	state.counters["bytes_per_peer"] = static_cast<double>(dialler.server.memory_held()) / static_cast<double>(peers);
}
BENCHMARK(idle_poll)->ArgName("peers")->Arg(10)->Arg(100)->Arg(1000)->Arg(4000);

} // namespace

BENCHMARK_MAIN();
