// Every feature of the engine once more with its requests for memory failing in turn: nothing breaks, nothing leaks, and
// what is reliable stays whole and in order. NETPEER_ALLOCATION_RUNS=0 lets every single request fail.
#include "../support/enet_wire_script.h"
#include "../support/failing_each_allocation.h"
#include "../support/toy_compressor.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <ostream>
#include <tuple>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// Hosts on a network whose packets tell what they are: kind, channel, number and size, then bytes made of these.
class Stage {
public:
	explicit Stage(FailingAllocator &memory, uint64_t seed = 1, SimLinkSettings links = plain_links()) :
	        memory_(memory), world(seed, links) {}

	static SimLinkSettings plain_links() {
		SimLinkSettings links;
		links.latency = Duration::from_ms(15);
		return links;
	}
	static SimLinkSettings bad_links() {
		SimLinkSettings links = plain_links();
		links.loss = 0.1;
		links.duplicate = 0.1;
		links.reorder = 0.2;
		return links;
	}
	EnetHostConfig config(size_t peers = 4) {
		EnetHostConfig made = HostBench::plain_config(peers);
		made.allocator = memory_.pointer();
		made.seed = ++hosts_;
		return made;
	}
	SimHost &add(const EnetHostConfig &config) {
		SimHost &host = world.add_host(config);
		host.on_event = [this](SimHost &at, const EnetEvent &event) { look_at(at, event); };
		return host;
	}
	/// Dials; without memory there is no connection.
	void dial(SimHost &from, const SimHost &to, size_t channels = 4) {
		note(world.connect(from, to, channels));
		world.run_for(Duration::from_ms(200));
	}
	void run_ms(int64_t ms) { world.run_for(Duration::from_ms(ms)); }

	void send(SimHost &from, uint8_t channel, size_t size, uint32_t flags = kEnetReliable) {
		send(from, from.peer, channel, size, flags);
	}
	void send(SimHost &from, EnetPeerId peer, uint8_t channel, size_t size, uint32_t flags) {
		uint32_t &next = sent_[Place{&from, peer.index, peer.generation, channel, flags}];
		const std::string text = message(channel, next, size, flags);
		Error error = Error::ERR_OUT_OF_MEMORY;
		if (next % 3 != 2) {
			error = from.host.send(peer, channel, view_of_text(text), flags);
		} else if (const EnetPacketRef packet = from.host.make_packet(view_of_text(text), flags)) {
			error = from.host.send(peer, channel, packet);
		}
		note(error);
		if (error != Error::OK) return; // what was refused was never said
		++next;
		if (flags == kEnetReliable) ++reliable_sent_;
	}
	static std::string message(uint8_t channel, uint32_t number, size_t size, uint32_t flags) {
		std::string text = std::to_string(flags) + ":" + std::to_string(channel) + ":" + std::to_string(number) + ":" +
		                   std::to_string(size) + ":";
		for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + (number + i) % 26);
		return text;
	}
	/// Clean errors only.
	static void note(Error error) {
		EXPECT_TRUE(error == Error::OK || error == Error::ERR_OUT_OF_MEMORY || error == Error::FAILED ||
		            error == Error::ERR_UNCONFIGURED || error == Error::ERR_CANT_CREATE)
		        << error_name(error);
	}
	/// As long as no connection ends, all that is reliable arrives, whatever found no room at first.
	void expect_all_reliable_taken() {
		const auto ended = [this] {
			for (size_t i = 0; i < world.hosts(); ++i)
				if (world.host(i).count(EnetEventType::kConnect) != 1 ||
				        world.host(i).count(EnetEventType::kDisconnect) != 0)
					return true;
			return false;
		};
		world.run_until([&] { return reliable_taken_ == reliable_sent_ || ended(); });
		if (!ended()) {
			EXPECT_EQ(reliable_taken_, reliable_sent_) << "acknowledged and forgotten";
		}
	}
	/// Nobody is connected any more: nothing may be held.
	void expect_silence() {
		memory_.fail_nth(0);
		for (size_t i = 0; i < world.hosts(); ++i) {
			SimHost &host = world.host(i);
			host.takes_events = true;
			const std::vector<EnetPeerId> known = host.known_peers();
			for (EnetPeerId id : known) (void)host.host.reset(id);
		}
		run_ms(70000);
		for (size_t i = 0; i < world.hosts(); ++i) {
			SimHost &host = world.host(i);
			EXPECT_EQ(host.host.connected_peers(), 0u);
			EXPECT_EQ(host.host.memory_held(), 0u);
			EXPECT_TRUE(host.host.next_timeout().is_never());
		}
		EXPECT_FALSE(world.stuck());
	}
	uint64_t reliable_taken() const { return reliable_taken_; }

private:
	FailingAllocator &memory_;
	uint64_t hosts_ = 0;

public:
	SimWorld world;

private:
	struct Place {
		const SimHost *host;
		uint16_t index;
		uint32_t generation;
		uint8_t channel;
		uint32_t flags;
		bool operator<(const Place &o) const {
			return std::tie(host, index, generation, channel, flags) <
			       std::tie(o.host, o.index, o.generation, o.channel, o.flags);
		}
	};

	void look_at(SimHost &at, const EnetEvent &event) {
		if (event.type != EnetEventType::kReceive) return;
		const std::string text = text_of(event.packet.view());
		unsigned flags = 0, channel = 0, number = 0, size = 0;
		ASSERT_EQ(std::sscanf(text.c_str(), "%u:%u:%u:%u:", &flags, &channel, &number, &size), 4) << text.substr(0, 60);
		EXPECT_EQ(channel, event.channel);
		EXPECT_TRUE(text == message(event.channel, number, size, flags)) << "not what was sent: " << text.substr(0, 60);
		uint32_t &next = taken_[Place{&at, event.peer.index, event.peer.generation, event.channel, flags}];
		if (flags == kEnetReliable) {
			EXPECT_EQ(number, next) << "reliable, out of order";
			++reliable_taken_;
		} else if (flags != kEnetUnsequenced) {
			EXPECT_GE(number, next) << "older than one already given";
		}
		next = number + 1;
	}

	std::map<Place, uint32_t> sent_, taken_;
	uint64_t reliable_sent_ = 0;
	uint64_t reliable_taken_ = 0;
};

// Every kind of packet in small and in pieces, both ways, over a link that loses, doubles and swaps.
void all_kinds_over_a_bad_link(FailingAllocator &memory) {
	Stage stage(memory, 3, Stage::bad_links());
	SimHost &server = stage.add(stage.config());
	SimHost &client = stage.add(stage.config());
	stage.dial(client, server);
	stage.run_ms(2000);
	for (int round = 0; round < 6; ++round) {
		for (SimHost *host : {&client, &server}) {
			for (const uint32_t flags : {1u, 0u, 2u, 8u}) {
				stage.send(*host, 0, 20, flags);
				stage.send(*host, 1, 3000, flags);
				stage.send(*host, 2, 9000, flags);
			}
			stage.note(host->host.ping(host->peer));
		}
		stage.run_ms(120);
	}
	stage.expect_all_reliable_taken();
	if (memory.failures() == 0) {
		EXPECT_EQ(stage.reliable_taken(), 36u);
	}
	stage.note(client.host.disconnect_later(client.peer, 1));
	stage.run_ms(2000);
	stage.expect_silence();
}

void checksum_and_compression(FailingAllocator &memory) {
	ToyCompressor codecs[2];
	Stage stage(memory, 4, Stage::bad_links());
	EnetHostConfig config = stage.config();
	config.checksum = true;
	config.compressor = &codecs[0];
	SimHost &server = stage.add(config);
	config.compressor = &codecs[1];
	config.mtu = 4096;
	SimHost &client = stage.add(config);
	stage.dial(client, server);
	stage.run_ms(2000);
	for (int i = 0; i < 20; ++i) {
		stage.send(client, 0, 700);
		stage.send(server, 1, 5000);
		stage.send(server, 3, 300, kEnetUnsequenced);
		stage.run_ms(40);
	}
	stage.expect_all_reliable_taken();
	stage.note(server.host.disconnect(server.peer, 1));
	stage.run_ms(2000);
	stage.expect_silence();
}

// More than a window of numbers and of bytes at once, so that commands wait in every list there is.
void path_that_becomes_small(FailingAllocator &memory) {
	Stage stage(memory);
	SimHost &client = stage.add(stage.config());
	SimHost &server = stage.add(stage.config());
	stage.dial(client, server);
	stage.send(client, 0, 1000);
	stage.run_ms(200);
	stage.world.link(client, server).settings.mtu = 700;
	// More than the window takes, so that there is something left to be cut anew.
	for (unsigned i = 0; i < 24; ++i) {
		stage.send(client, static_cast<uint8_t>(i % 3), 6000);
		stage.send(client, static_cast<uint8_t>(i % 3), 1200);
		stage.send(client, static_cast<uint8_t>(i % 3), 100, 0);
	}
	stage.run_ms(3000);
	stage.expect_all_reliable_taken();
	stage.expect_silence();
}

void full_windows(FailingAllocator &memory) {
	Stage stage(memory, 5, Stage::bad_links());
	EnetHostConfig config = stage.config();
	config.incoming_bandwidth = 60000;
	SimHost &server = stage.add(config);
	SimHost &client = stage.add(stage.config());
	stage.dial(client, server);
	for (int i = 0; i < 400; ++i) stage.send(client, static_cast<uint8_t>(i % 3), 5);
	for (int i = 0; i < 4; ++i) stage.send(client, 3, 40000);
	for (int i = 0; i < 200; ++i) stage.send(client, 0, 5, 0);
	stage.expect_all_reliable_taken();
	stage.note(client.host.disconnect_later(client.peer, 1));
	stage.run_ms(8000);
	stage.expect_silence();
}

// Several clients, a full host, slots used again, each end dialling, attempts given up.
void coming_and_going(FailingAllocator &memory) {
	Stage stage(memory, 6);
	SimHost &server = stage.add(stage.config(2));
	SimHost *clients[3] = {};
	for (SimHost *&client : clients) client = &stage.add(stage.config(2));
	for (int round = 0; round < 4; ++round) {
		for (SimHost *client : clients) stage.dial(*client, server);
		for (SimHost *client : clients) stage.send(*client, 0, 2000);
		stage.run_ms(100);
		stage.note(server.host.broadcast(2, view_of_text(Stage::message(2, 0, 9, kEnetUnsequenced)), kEnetUnsequenced));
		switch (round) {
		case 0: stage.note(clients[0]->host.disconnect(clients[0]->peer, 1)); break;
		case 1: stage.note(clients[0]->host.disconnect_now(clients[0]->peer, 1)); break;
		case 2: stage.note(server.host.disconnect_later(server.peer, 1)); break;
		default: stage.note(clients[0]->host.reset(clients[0]->peer)); break;
		}
		stage.run_ms(1000);
	}
	stage.note(stage.world.connect(server, *clients[1], 2));
	stage.note(stage.world.connect(*clients[1], server, 2));
	stage.run_ms(1000);
	stage.world.link(*clients[1], server).settings.partitioned = true;
	stage.note(stage.world.connect(*clients[1], server, 2));
	stage.run_ms(40000);
	stage.expect_silence();
}

// Limits, throttle, timeouts and ping intervals changed in a living connection; then the line goes dead.
void settings_and_a_dead_line(FailingAllocator &memory) {
	Stage stage(memory, 7);
	SimHost &server = stage.add(stage.config());
	SimHost &client = stage.add(stage.config());
	stage.dial(client, server);
	stage.note(client.host.configure_throttle(client.peer, 1000, 3, 1));
	stage.note(client.host.set_ping_interval(client.peer, 100));
	stage.note(client.host.set_timeout(client.peer, 4, 1000, 3000));
	stage.note(client.host.set_channel_priority(client.peer, 1, EnetChannelPriority::kPrompt));
	stage.note(server.host.set_channel_priority(server.peer, 0, EnetChannelPriority::kBulk));
	stage.note(client.host.set_repeats(client.peer, -1, 1));
	for (int i = 0; i < 10; ++i) {
		server.host.set_bandwidth_limit(i % 2 == 0 ? 70000 : 0, i % 3 == 0 ? 5000 : 0);
		stage.send(server, 0, 900);
		stage.send(client, 0, 900);
		stage.send(client, 0, 900, 0);
		stage.run_ms(700);
	}
	stage.send(client, 1, 20000);
	stage.world.link(client, server).settings.partitioned = true;
	stage.run_ms(40000);
	stage.expect_silence();
}

// The application takes nothing, then all at once; one packet is shared by several sends and outlives its host.
void packets_kept_and_shared(FailingAllocator &memory) {
	EnetPacketRef kept;
	{
		Stage stage(memory, 8);
		EnetHostConfig config = stage.config();
		config.max_waiting_data = 8000;
		SimHost &server = stage.add(config);
		SimHost &client = stage.add(stage.config());
		stage.dial(client, server);
		server.takes_events = false;
		for (int i = 0; i < 30; ++i) stage.send(client, 1, 600);
		stage.run_ms(1500);
		EXPECT_LE(server.host.memory_held(), 200000u);
		server.takes_events = true;
		stage.expect_all_reliable_taken();
		const std::string text = Stage::message(3, 0, 2000, kEnetUnsequenced);
		const EnetPacketRef shared = client.host.make_packet(view_of_text(text), kEnetUnsequenced);
		for (int i = 0; i < 3 && shared; ++i) stage.note(client.host.send(client.peer, 3, shared));
		stage.run_ms(300);
		kept = shared;
		stage.expect_silence();
	}
	if (kept) {
		EXPECT_EQ(text_of(kept.view()), Stage::message(3, 0, 2000, kEnetUnsequenced));
	}
}

// What a stock peer would not say: pieces in any order, messages never completed, floods, forged and repeated
// acknowledgements, a wrong answer to our CONNECT.
void raw_peers(FailingAllocator &memory) {
	EnetHostConfig config = HostBench::plain_config(3);
	config.allocator = memory.pointer();
	HostBench bench(config);
	RawPeer caller(bench, 1), called(bench, 2), liar(bench, 3);
	for (int i = 0; i < 3 && caller.id.is_none(); ++i) (void)caller.connect();
	(void)called.accept();
	(void)liar.accept([](WireParameters &answer) { answer.connect_id ^= 1; });
	for (RawPeer *peer : {&caller, &called}) {
		WirePiece piece;
		piece.start = 2;
		piece.count = 12;
		piece.total = 1200;
		for (const uint32_t number : {11u, 3u, 7u, 0u, 5u, 2u}) {
			piece.number = number;
			piece.offset = number * 100;
			const std::string bytes(100, 'f');
			peer->send(peer->stamped().fragment(0, piece, bytes).unreliable_fragment(1, 0, piece, bytes));
			peer->send(peer->unstamped().unreliable_fragment(2, 0, piece, bytes));
		}
		for (unsigned n = 40; n > 1; --n) {
			peer->send(peer->stamped().reliable(3, n, std::string(n, 'r')).unreliable(3, n, n, "u"));
			peer->send(peer->unstamped().unsequenced(0, n * 7, "g"));
		}
		peer->acknowledge(bench.advance_ms(20));
		peer->send(peer->stamped().throttle(2, 100, 1, 1).bandwidth(3, 50000, 50000).ping(4));
		peer->acknowledge(bench.advance_ms(20));
		for (int i = 0; i < 12; ++i) Stage::note(bench.host.send(peer->id, 0, view_of_text("x"), kEnetReliable));
		const std::vector<WireDatagram> late = bench.advance_ms(20);
		const std::vector<WireDatagram> later = bench.run_ms(2500);
		peer->acknowledge(later);
		peer->acknowledge(late);
		peer->send(peer->unstamped().ack(0, 999, 1));
		peer->send(peer->stamped().reliable(3, 1, "the first"));
	}
	// In order although they came backwards; what found no room is missing at the end only.
	std::map<uint16_t, size_t> longest;
	for (const EnetEvent &event : bench.events()) {
		if (event.type != EnetEventType::kReceive || event.channel != 3) continue;
		const std::string text = text_of(event.packet.view());
		if (text == "the first") {
			longest[event.peer.index] = 1;
		} else if (text[0] == 'r') {
			EXPECT_EQ(text.size(), longest[event.peer.index] + 1);
			longest[event.peer.index] = text.size();
		}
	}
	caller.send(caller.stamped().disconnect(5, 1));
	called.send(called.unstamped().disconnect(5, 1, false));
	bench.run_ms(70000);
	(void)bench.events();
	EXPECT_EQ(bench.host.connected_peers(), 0u);
	EXPECT_EQ(bench.host.memory_held(), 0u);
}

struct Named {
	const char *name;
	void (*run)(FailingAllocator &);
};
void PrintTo(const Named &named, std::ostream *out) { *out << named.name; }

std::string name_of(const testing::TestParamInfo<Named> &param) { return param.param.name; }

class EnetHostFailingMemory : public testing::TestWithParam<Named> {};

} // namespace

TEST_P(EnetHostFailingMemory, EndsCleanlyWhicheverRequestFails) {
	FailingEachAllocation each(GetParam().run);
	each.run();
	std::printf("%llu requests, %llu runs\n", static_cast<unsigned long long>(each.requests()),
	        static_cast<unsigned long long>(each.runs()));
}

INSTANTIATE_TEST_SUITE_P(Scenarios, EnetHostFailingMemory,
        testing::Values(Named{"AllKindsOverABadLink", all_kinds_over_a_bad_link},
                Named{"ChecksumAndCompression", checksum_and_compression}, Named{"FullWindows", full_windows},
                Named{"PathThatBecomesSmall", path_that_becomes_small}, Named{"ComingAndGoing", coming_and_going},
                Named{"SettingsAndADeadLine", settings_and_a_dead_line},
                Named{"PacketsKeptAndShared", packets_kept_and_shared}, Named{"RawPeers", raw_peers}),
        name_of);
