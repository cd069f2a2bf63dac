// TLS and DTLS sessions in memory: handshakes, records, and what strangers cost an acceptor. Nearly all of it is mbedTLS's
// own work; what is ours shows in the rows of strangers and of records beside each other.
#include "../tests/support/dtls_support.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

// Both ends of one handshake, cookie included; range(0): datagrams or not; range(1): RSA certificate or P-256.
void tls_handshake(benchmark::State &state) {
	const bool rsa = state.range(1) != 0;
	const auto client = tls_client_options();
	const auto server = rsa ? tls_server_options(tls_keys::kRsaServer, tls_keys::kRsaKey) : tls_server_options();
	uint64_t seed = 1;
	for (auto _ : state) {
		TlsPair pair(state.range(0) != 0, seed++);
		pair.client_config.options = client;
		pair.server_config.options = server;
		if (!pair.make()) state.SkipWithError("no session");
		pair.run();
		if (!pair.connected()) state.SkipWithError("no handshake");
	}
}
BENCHMARK(tls_handshake)
        ->ArgNames({"datagrams", "rsa"})
        ->Args({0, 0})
        ->Args({0, 1})
        ->Args({1, 0})
        ->Args({1, 1})
        ->Unit(benchmark::kMillisecond);

// One message written at one end, carried and read at the other; range(0): datagrams or not; range(1): bytes.
void tls_message(benchmark::State &state) {
	TlsPair pair(state.range(0) != 0);
	if (!pair.make()) state.SkipWithError("no session");
	pair.run();
	const std::vector<uint8_t> message(static_cast<size_t>(state.range(1)), 0x5a);
	std::vector<uint8_t> buffer(message.size());
	for (auto _ : state) {
		size_t taken = 0, got = 0, received = 0;
		if (pair.client->write(pair.now, ByteView(message.data(), message.size()), taken) != Error::OK) break;
		while (!pair.client->drain().empty()) {
			(void)pair.server->feed(pair.now, pair.client->drain(), taken);
			pair.client->drained(taken);
			(void)pair.server->read(pair.now, MutBytes(buffer.data(), buffer.size()), got);
			received += got;
		}
		if (received != message.size()) state.SkipWithError("bytes are missing");
	}
	state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(1));
	state.SetLabel(pair.client->cipher_suite());
}
BENCHMARK(tls_message)
        ->ArgNames({"datagrams", "bytes"})
        ->Args({0, 64})
        ->Args({0, 1350})
        ->Args({0, 16384})
        ->Args({1, 64})
        ->Args({1, 1350})
        ->Args({1, 16384});

// A stranger's hello, answered and forgotten; range(0): sessions there are already.
void dtls_forged_hello(benchmark::State &state) {
	DtlsTown town;
	if (!town.open()) state.SkipWithError("no acceptor");
	for (uint32_t i = 0; i < state.range(0); ++i) {
		town.add(i);
		if (i % 32 == 31) town.run();
	}
	town.run();
	const std::string hello = short_dtls_hello();
	uint32_t stranger = 1u << 20;
	for (auto _ : state) {
		DtlsDatagram reply;
		town.acceptor->receive(town.now, client_at(stranger++), view_of_text(hello));
		while (town.acceptor->drain(reply)) town.acceptor->drained();
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(dtls_forged_hello)->ArgName("sessions")->Arg(0)->Arg(100);

// A record of 100 bytes from one of range(0) clients: found, decrypted, read.
void dtls_acceptor_record(benchmark::State &state) {
	DtlsTown town;
	if (!town.open()) state.SkipWithError("no acceptor");
	const uint32_t clients = static_cast<uint32_t>(state.range(0));
	for (uint32_t i = 0; i < clients; ++i) {
		town.add(i);
		if (i % 32 == 31) town.run();
	}
	town.run();
	const std::string text(100, 'x');
	uint8_t buffer[200];
	uint32_t next = 0;
	for (auto _ : state) {
		const uint32_t number = next++ % clients;
		TlsSession &client = *town.clients.at(number);
		size_t taken = 0, got = 0;
		Endpoint from;
		(void)client.write(town.now, view_of_text(text), taken);
		town.acceptor->receive(town.now, client_at(number), client.drain());
		client.drained(client.drain().size);
		if (!town.acceptor->read(town.now, MutBytes(buffer, sizeof(buffer)), from, got)) state.SkipWithError("lost");
	}
	state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(dtls_acceptor_record)->ArgName("clients")->Arg(1)->Arg(100)->Arg(400);

} // namespace

BENCHMARK_MAIN();
