// Two ENet hosts in one program, on a simulated network, without a socket, a clock or a thread: what a platform must run
// that has none of them (WebAssembly), and what must happen there to the byte as everywhere else.
//
// Prints a line per codec with a digest of every datagram, and one for values; tools/build_wasm and tools/build_musl
// compare what they get with what the machine at hand gives. Ends with 1 when something did not arrive.
#include "../../src/compress/fastlz_codec.h"
#include "../../src/compress/range_coder.h"
#include "../../src/core/variant_codec.h"
#include "../../src/core/variant_text.h"
#include "../../src/reliable/enet_host.h"
#include "../../src/reliable/transport/sim_network.h"

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

using namespace netpeer;

namespace {

constexpr size_t kMessages = 300;

uint64_t digest_more(uint64_t digest, ByteView bytes) { // FNV-1a
	for (size_t i = 0; i < bytes.size; ++i) digest = (digest ^ bytes[i]) * 1099511628211u;
	return digest;
}

// Every tenth needs fragments.
std::vector<uint8_t> message(size_t number) {
	std::vector<uint8_t> bytes(number % 10 == 9 ? 5000 + number : 1 + number);
	for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i % 7 == 0 ? number : i / 16);
	return bytes;
}

void digest_datagram(void *user, Instant, const Endpoint &, const Endpoint &, ByteView bytes, SimFate) {
	auto &digest = *static_cast<uint64_t *>(user);
	digest = digest_more(digest, bytes);
}

struct Side {
	EnetHost host;
	Endpoint at;
	EnetPeerId peer;
	bool connected = false;
	size_t received = 0;
	size_t wrong = 0;

	void work(SimNetwork &network, Instant now) {
		uint8_t room[kEnetMaxDatagramBytes];
		DatagramSlot slot;
		slot.buffer = MutBytes{room, sizeof(room)};
		while (network.receive(now, at, slot) == Error::OK) host.receive(now, slot.from, ByteView(room, slot.size));
		host.handle_timeout(now);
		EnetEvent event;
		while (host.poll_event(event)) {
			if (event.type == EnetEventType::kConnect) {
				peer = event.peer;
				connected = true;
			} else if (event.type == EnetEventType::kReceive) {
				const std::vector<uint8_t> wanted = message(received++);
				if (event.packet.view() != ByteView(wanted.data(), wanted.size())) ++wrong;
			} else {
				connected = false;
			}
		}
		EnetTransmit transmit;
		while (host.poll_transmit(now, MutBytes{room, sizeof(room)}, transmit)) {
			(void)network.send(now, at, transmit.to, ByteView(room, transmit.size));
		}
	}
};

// Both send all messages to each other, reliably, while 5 of 100 datagrams are lost. False: they did not all arrive.
bool exchange(const char *name, Compressor *codec_of_server, Compressor *codec_of_client) {
	uint64_t digest = 14695981039346656037u;
	SimNetwork network(/*seed=*/7);
	SimLinkSettings link;
	link.latency = Duration::from_ms(20);
	link.loss = 0.05;
	network.set_default_settings(link);
	network.set_tap(SimTap{&digest, digest_datagram});
	Side server, client;
	server.at = Endpoint{IPAddress::v4(10, 0, 0, 1), 7777, 0};
	client.at = Endpoint{IPAddress::v4(10, 0, 0, 2), 40000, 0};
	EnetHostConfig config;
	config.seed = 1;
	config.compressor = codec_of_server;
	if (server.host.init(config) != Error::OK || network.attach(server.at) != Error::OK) return false;
	config.seed = 2;
	config.compressor = codec_of_client;
	if (client.host.init(config) != Error::OK || network.attach(client.at) != Error::OK) return false;

	Instant now = Instant::from_ms(1000);
	if (client.host.connect(now, server.at, 2, 0, client.peer) != Error::OK) return false;
	size_t sent[2] = {};
	for (int tick = 0; tick < 6000; ++tick, now = now + Duration::from_ms(10)) {
		Side *sides[2] = {&server, &client};
		for (size_t i = 0; i < 2; ++i) {
			Side &side = *sides[i];
			if (side.connected && sent[i] < kMessages) {
				const std::vector<uint8_t> bytes = message(sent[i]++);
				if (side.host.send(side.peer, 0, ByteView(bytes.data(), bytes.size()), kEnetReliable) != Error::OK)
					return false;
			}
			side.work(network, now);
		}
		if (server.received == kMessages && client.received == kMessages) break;
	}
	std::printf("%s: %zu and %zu messages, %zu wrong, %" PRIu64 " datagrams, digest %016" PRIx64 "\n", name,
	        server.received, client.received, server.wrong + client.wrong,
	        server.host.counters().sent_datagrams + client.host.counters().sent_datagrams, digest);
	return server.received == kMessages && client.received == kMessages && server.wrong + client.wrong == 0;
}

// Text to a value, to bytes, to a value, to text: nothing may change on the way.
bool values() {
	const std::string text =
	        "{\"a\": [1, -2.5, Vector2(1, 2)], &\"b\": PackedByteArray([1, 2, 3]), 9223372036854775807: null}";
	Variant value, again;
	ByteBuffer bytes, printed;
	size_t consumed = 0;
	if (parse_variant(ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()), value) != Error::OK)
		return false;
	if (encode_variant(value, bytes) != Error::OK) return false;
	if (decode_variant(bytes.view(), again, consumed) != Error::OK || consumed != bytes.size()) return false;
	if (print_variant(again, printed) != Error::OK) return false;
	const bool same = printed.view() == ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
	std::printf("values: %zu bytes, %s, digest %016" PRIx64 "\n", bytes.size(),
	        same ? "the same text again" : "changed", digest_more(14695981039346656037u, bytes.view()));
	return same;
}

} // namespace

int main() {
	RangeCoder server_coder, client_coder;
	FastLzCodec server_lz, client_lz;
	if (server_coder.init() != Error::OK || client_coder.init() != Error::OK) return 1;
	if (server_lz.init() != Error::OK || client_lz.init() != Error::OK) return 1;
	bool good = exchange("plain", nullptr, nullptr);
	good = exchange("range coder", &server_coder, &client_coder) && good;
	good = exchange("fastlz", &server_lz, &client_lz) && good;
	good = values() && good;
	return good ? 0 : 1;
}
