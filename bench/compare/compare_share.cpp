// What EnetHostConfig::decompress_share should be: what an honest peer's datagrams cost to decompress in each mode, what a
// peer that sends bombs can make a host do, and how fast a reliable transfer can be within a share. Figures of the first two
// are processor time of this thread, which repeats roughly; the third is simulated, and repeats exactly.
// Usage: compare_share <folder of tests/vectors/packets>
#include "../../src/compress/deflate_zlib.h"
#include "../../src/compress/fastlz_codec.h"
#include "../../src/compress/range_coder.h"
#include "../../src/compress/zstd_codec.h"
#include "../../src/core/seeded_rng.h"
#include "../../src/reliable/enet_connection.h"
#include "../../src/reliable/transport/transport_sim.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace share {

using namespace netpeer;
using Bytes = std::vector<uint8_t>;

constexpr size_t kRoom = kEnetDefaultMtu; // what a known sender's datagram may become
constexpr double kPacketsPerSecond = 60;

struct Mode {
	const char *name;
	ENetConnection::CompressionMode mode;
	std::unique_ptr<Compressor> (*make)();
};
template <class Codec> std::unique_ptr<Compressor> make() {
	std::unique_ptr<Codec> codec(new Codec);
	if (codec->init() != Error::OK) return nullptr;
	return codec;
}
constexpr Mode kModes[] = {{"range-coder", ENetConnection::COMPRESS_RANGE_CODER, make<RangeCoder>},
        {"fastlz", ENetConnection::COMPRESS_FASTLZ, make<FastLzCodec>},
        {"zlib", ENetConnection::COMPRESS_ZLIB, make<DeflateCodec>},
        {"zstd", ENetConnection::COMPRESS_ZSTD, make<ZstdCodec>}};

double thread_ns() {
	timespec now = {};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::vector<Bytes> packets_of(const std::string &path) {
	std::ifstream file(path, std::ios::binary);
	const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
	std::vector<Bytes> out;
	for (size_t at = 0; at + 2 <= bytes.size();) {
		const size_t size =
		        static_cast<size_t>((static_cast<uint8_t>(bytes[at]) << 8) | static_cast<uint8_t>(bytes[at + 1]));
		at += 2;
		if (size > bytes.size() - at) break;
		out.emplace_back(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at + size));
		at += size;
	}
	return out;
}

Bytes packed_by(Compressor &codec, const Bytes &plain) {
	Bytes out(2 * plain.size() + 200);
	out.resize(codec.compress(ByteView(plain.data(), plain.size()), MutBytes(out.data(), out.size())));
	return out;
}

struct Cost {
	double wire = 0;    // bytes of an average datagram
	double charged = 0; // ns the budget takes for it
	double taken = 0;   // ns it took
};
Cost cost_of(Compressor &codec, const std::vector<Bytes> &datagrams) {
	uint8_t room[kRoom];
	Cost cost;
	std::vector<double> runs;
	for (int run = 0; run < 15; ++run) {
		const double begin = thread_ns();
		for (int i = 0; i < 20; ++i)
			for (const Bytes &in : datagrams)
				(void)codec.decompress(ByteView(in.data(), in.size()), MutBytes(room, sizeof room));
		runs.push_back((thread_ns() - begin) / 20 / static_cast<double>(datagrams.size()));
	}
	std::sort(runs.begin(), runs.end());
	cost.taken = runs[runs.size() / 2];
	for (const Bytes &in : datagrams) {
		const size_t out = codec.decompress(ByteView(in.data(), in.size()), MutBytes(room, sizeof room));
		cost.wire += static_cast<double>(in.size()) / static_cast<double>(datagrams.size());
		cost.charged += static_cast<double>((in.size() + (out != 0 ? out : kRoom)) * codec.decompress_ns_per_byte()) /
		                static_cast<double>(datagrams.size());
	}
	return cost;
}

void honest(const std::string &folder) {
	std::printf("honest, %g packets/s                 charged      took   of a core\n", kPacketsPerSecond);
	for (const Mode &mode : kModes) {
		const std::unique_ptr<Compressor> codec = mode.make();
		for (const char *file : {"delta1200", "full1200", "json1200"}) {
			std::vector<Bytes> datagrams;
			for (const Bytes &plain : packets_of(folder + "/" + file + ".packets"))
				if (codec != nullptr) datagrams.push_back(packed_by(*codec, plain));
			if (datagrams.empty()) continue;
			const Cost cost = cost_of(*codec, datagrams);
			std::printf("  %-12s %-10s %4.0f bytes %8.1f us %6.1f us  %6.3f %% charged\n", mode.name, file, cost.wire,
			        cost.charged / 1e3, cost.taken / 1e3, cost.charged * kPacketsPerSecond / 1e7);
		}
	}
}

void bombs(const std::string &folder) {
	std::printf("bombs and broken datagrams           charged      took   allowed with 10 %%, wire, true cost\n");
	for (const Mode &mode : kModes) {
		const std::unique_ptr<Compressor> codec = mode.make();
		if (codec == nullptr) continue;
		SeededRng rng(1);
		std::vector<Bytes> zeros, too_long, broken, noise;
		zeros.push_back(packed_by(*codec, Bytes(kRoom)));
		too_long.push_back(packed_by(*codec, Bytes(65536)));
		for (const Bytes &plain : packets_of(folder + "/full1200.packets")) {
			Bytes packed = packed_by(*codec, plain);
			packed.back() = static_cast<uint8_t>(packed.back() + 1);
			broken.push_back(packed);
		}
		for (int i = 0; i < 200; ++i) {
			Bytes bytes(1 + rng.below(kRoom));
			for (uint8_t &byte : bytes) byte = static_cast<uint8_t>(rng.below(256));
			noise.push_back(packed_by(*codec, bytes));
		}
		const struct {
			const char *name;
			const std::vector<Bytes> &datagrams;
		} kinds[] = {{"zeros", zeros}, {"too long", too_long}, {"broken", broken}, {"noise", noise}};
		for (const auto &kind : kinds) {
			const Cost cost = cost_of(*codec, kind.datagrams);
			const double allowed = 0.1e9 / cost.charged;
			std::printf("  %-12s %-10s %4.0f bytes %8.1f us %6.1f us  %6.0f/s, %6.0f B/s, %5.2f %% of a core\n",
			        mode.name, kind.name, cost.wire, cost.charged / 1e3, cost.taken / 1e3, allowed, allowed * cost.wire,
			        allowed * cost.taken / 1e7);
		}
	}
}

struct Shares {
	uint32_t share;
	static void configure(void *user, EnetHostConfig &config) {
		config.decompress_share = static_cast<Shares *>(user)->share;
	}
};

// 16 MiB of game states through one reliable channel of a simulated link; decompressing takes no simulated time.
void transfer(const Mode &mode, const std::string &folder, uint32_t share, int round_trip_ms, uint64_t rate) {
	SimNetwork network(7);
	SimLinkSettings link;
	link.latency = Duration::from_us(500 * round_trip_ms);
	link.rate_bytes_per_s = rate;
	link.queue_bytes = 1 << 20;
	network.set_default_settings(link);
	TransportSim transports[2] = {TransportSim(network), TransportSim(network)};
	std::unique_ptr<ENetConnection> hosts[2];
	Shares shares = {share};
	Instant now = Instant::from_ms(1000);
	for (int i = 0; i < 2; ++i) {
		Endpoint at;
		at.address = IPAddress::v4(10, 0, 0, static_cast<uint8_t>(i + 1));
		at.port = 4000;
		if (transports[i].open(at) != Error::OK) return;
		ENetConnectionHooks hooks;
		hooks.transport = &transports[i];
		hooks.user = &shares;
		hooks.configure = Shares::configure;
		hosts[i].reset(new ENetConnection(hooks));
		if (hosts[i]->create_host(1) != Error::OK) return;
		(void)hosts[i]->service_at(now);
		if (hosts[i]->compress(mode.mode) != Error::OK) return;
	}
	Bytes block;
	for (const Bytes &packet : packets_of(folder + "/full1200.packets"))
		block.insert(block.end(), packet.begin(), packet.end());
	const auto peer = hosts[0]->connect_to_host("10.0.0.2", 4000, 1);
	size_t sent = 0, received = 0;
	const size_t all = size_t{16} << 20;
	Instant connected = now;
	bool broke = false;
	while (received < all && !broke && now < Instant::from_ms(601000)) {
		for (int i = 0; i < 2; ++i) {
			for (;;) {
				const ENetConnection::Event event = hosts[i]->service_at(now);
				if (event.type == ENetConnection::EVENT_NONE) break;
				if (event.type == ENetConnection::EVENT_CONNECT && i == 0) connected = now;
				broke = broke || event.type == ENetConnection::EVENT_DISCONNECT;
				ByteView packet;
				if (event.type == ENetConnection::EVENT_RECEIVE && event.peer->get_packet(packet) == Error::OK)
					received += packet.size;
			}
		}
		EnetPeerStats stats;
		while (sent < all && peer->get_stats(stats) == Error::OK && stats.queued_data < (1u << 20) &&
		        peer->send(0, ByteView(block.data(), block.size()), ENetPacketPeer::FLAG_RELIABLE) == Error::OK)
			sent += block.size();
		const Instant next = earlier_of(hosts[0]->next_service_time(), hosts[1]->next_service_time());
		now = next > now ? next : now + Duration::from_us(50);
	}
	EnetHostCounters counters;
	(void)hosts[1]->get_counters(counters);
	const double seconds = static_cast<double>((now - connected).us) / 1e6;
	std::printf("  %-12s %3u %%  %7.2f MB/s, %6.2f %% of datagrams over budget%s\n", mode.name, share,
	        static_cast<double>(received) / seconds / 1e6,
	        100.0 * static_cast<double>(counters.dropped_decompress_budget) /
	                static_cast<double>(counters.received_datagrams),
	        broke ? ", the connection broke" : "");
	std::fflush(stdout);
}

} // namespace share

int main(int argc, char **argv) {
	if (argc != 2) {
		std::fprintf(stderr, "usage: compare_share <folder of tests/vectors/packets>\n");
		return 2;
	}
	const std::string folder = argv[1];
	share::honest(folder);
	share::bombs(folder);
	for (const int round_trip_ms : {2, 30}) {
		std::printf("16 MiB reliable, round trip %d ms, 12.5 MB/s\n", round_trip_ms);
		for (const share::Mode &mode : share::kModes)
			for (const uint32_t percent : {5u, 10u, 20u, 50u, 0u})
				share::transfer(mode, folder, percent, round_trip_ms, 12500000);
	}
	return 0;
}
