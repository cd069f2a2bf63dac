// What hostile datagrams may cost: work by the host's own counter, and nothing held when all is over.
#include "../conformance/parsed_datagram.h"
#include "../conformance/recorded_session.h"
#include "../support/enet_wire_script.h"
#include "../support/failing_allocator.h"
#include "../support/hex_bytes.h"

#include <gtest/gtest.h>

#include <set>

using namespace netpeer;
using namespace netpeer_test;

namespace {

// More than any datagram of so many bytes may cost: a command has at least four, a wrong acknowledgement walks 32 entries.
uint64_t most_steps(size_t bytes) { return 40 + 10 * uint64_t{bytes}; }

// A host with an allocator that counts and one connected raw peer.
struct Watched {
	Watched() : Watched(HostBench::plain_config(2)) {}
	explicit Watched(EnetHostConfig config) : bench(with_memory(config)), raw(bench, 1) {
		EXPECT_TRUE(raw.connect());
		bench.sent.clear();
	}
	EnetHostConfig with_memory(EnetHostConfig config) {
		config.allocator = memory.pointer();
		return config;
	}
	/// What one datagram cost.
	uint64_t steps_of(const std::string &bytes) {
		const uint64_t before = bench.host.counters().steps;
		bench.receive(raw.at(), bytes);
		return bench.host.counters().steps - before;
	}
	/// Ends what is left and looks whether anything stayed.
	void expect_nothing_left() {
		(void)bench.events();
		(void)bench.host.reset(raw.id);
		for (int i = 0; i < 40 && !bench.host.next_timeout().is_never(); ++i) {
			if (bench.host.next_timeout() > bench.now) bench.now = bench.host.next_timeout();
			bench.host.handle_timeout(bench.now);
			bench.flush();
			for (const EnetEvent &event : bench.events()) (void)bench.host.reset(event.peer);
		}
		EXPECT_EQ(bench.host.memory_held(), 0u);
		EXPECT_EQ(bench.host.connected_peers(), 0u);
		EXPECT_TRUE(bench.host.next_timeout().is_never());
	}

	FailingAllocator memory;
	HostBench bench;
	RawPeer raw;
};

std::string text(const std::vector<uint8_t> &bytes) { return std::string(bytes.begin(), bytes.end()); }
std::string hex_of(const std::string &datagram) { return bytes_to_hex(view_of_text(datagram).first(40)); }

// Thirty acknowledgements of what was never sent: 242 bytes.
std::string forged_acks(const RawPeer &raw, uint8_t channel) {
	WireWriter forged = raw.unstamped();
	for (unsigned n = 0; n < 30; ++n) forged.ack(channel, 40000 + n, 12345);
	return forged.bytes();
}

// Every datagram of the recordings as it would go to or from a connection without checksum and compression.
const std::vector<std::string> &recorded_datagrams() {
	static const std::vector<std::string> all = [] {
		std::vector<std::string> out;
		for (const char *path : {"sessions/s01_basic.txt", "sessions/s02_checksum.txt", "sessions/s03_range_coder.txt",
		             "sessions/s04_checksum_range_coder.txt", "sessions/s05_full_host.txt",
		             "sessions/s06_dup_reorder.txt", "sessions/s07_disconnect_variants.txt",
		             "sessions/s08_session_ids.txt", "sessions/s09_bandwidth.txt", "sessions/s10_idle.txt",
		             "sessions/s11_timeout.txt", "sessions/s12_connect_retry.txt", "sessions_godot4/g0_none.txt",
		             "sessions_godot4/g1_range.txt", "sessions_godot4/g2_fastlz.txt", "sessions_godot4/g3_zlib.txt",
		             "sessions_godot4/g4_zstd.txt"}) {
			const bool checksum = std::string(path).find("checksum") != std::string::npos;
			for (const RecordedItem &item : read_recording(path)) {
				if (item.kind != RecordedKind::kDatagram || item.wire.size() < 2) continue;
				const size_t head = ((item.wire[0] & 0x80) != 0 ? 4u : 2u);
				const size_t prefix = head + (checksum ? 4u : 0u);
				const bool compressed = (item.wire[0] & 0x40) != 0;
				if (item.wire.size() < prefix || (compressed && item.plain.empty())) continue;
				std::string datagram = text(item.wire).substr(0, head);
				datagram[0] = static_cast<char>(datagram[0] & ~0x40);
				datagram += compressed ? text(item.plain) : text(item.wire).substr(prefix);
				out.push_back(datagram);
			}
		}
		return out;
	}();
	return all;
}

// Addressed to the connection, whichever session it was recorded in; CONNECT stays what it is.
std::string addressed_to(const RawPeer &raw, std::string datagram) {
	const unsigned word = static_cast<uint8_t>(datagram[0]) << 8 | static_cast<uint8_t>(datagram[1]);
	if ((word & 0xfff) == 0xfff) return datagram;
	const unsigned changed = (word & 0xc000) | static_cast<unsigned>(raw.session) << 12 | raw.remote_peer;
	datagram[0] = static_cast<char>(changed >> 8);
	datagram[1] = static_cast<char>(changed & 255);
	return datagram;
}

} // namespace

TEST(EnetHostHostile, A242ByteForgedAckDatagramCostsThirtyStepsAndChangesNothing) {
	Watched w;
	ASSERT_EQ(w.bench.host.send(w.raw.id, 0, view_of_text("waits"), kEnetReliable), Error::OK);
	w.bench.flush();
	const std::string forged = forged_acks(w.raw, 0);
	ASSERT_EQ(forged.size(), 242u);
	const uint64_t requests = w.memory.requests();
	const EnetPeerStats before = w.raw.stats();
	for (int i = 0; i < 100; ++i) EXPECT_EQ(w.steps_of(forged), 30u);
	EXPECT_EQ(w.bench.host.counters().unmatched_acks, 3000u);
	EXPECT_EQ(w.memory.requests(), requests);
	EXPECT_TRUE(w.bench.flush().empty());
	const EnetPeerStats after = w.raw.stats();
	EXPECT_EQ(after.unacknowledged_commands, before.unacknowledged_commands);
	EXPECT_EQ(after.round_trip_time, before.round_trip_time);
	EXPECT_EQ(after.memory_held, before.memory_held);
	w.expect_nothing_left();
}

TEST(EnetHostHostile, ForgedAcksCostNoMoreThan33StepsEachOnceResendsAreRemembered) {
	Watched w;
	ASSERT_EQ(w.bench.host.send(w.raw.id, 0, view_of_text("sent again"), kEnetReliable), Error::OK);
	w.bench.flush();
	const std::vector<WireDatagram> again = w.bench.run_ms(3000);
	ASSERT_FALSE(commands_of(again, kWireReliable).empty());
	w.raw.acknowledge(again);
	const uint64_t requests = w.memory.requests();
	for (int i = 0; i < 10; ++i) EXPECT_LE(w.steps_of(forged_acks(w.raw, 0)), 30u * 33u);
	EXPECT_EQ(w.memory.requests(), requests);
	EXPECT_EQ(w.bench.host.peer_state(w.raw.id), EnetPeerState::kConnected);
	w.expect_nothing_left();
}

TEST(EnetHostHostile, AForgedAckDatagramWhileConnectingCostsOneStep) {
	FailingAllocator memory;
	EnetHostConfig config = HostBench::plain_config(2);
	config.allocator = memory.pointer();
	HostBench bench(config);
	RawPeer raw(bench, 1);
	ASSERT_EQ(bench.host.connect(bench.now, raw.at(), 4, 0, raw.id), Error::OK);
	const std::vector<WireCommand> connects = commands_of(bench.flush(), kWireConnect);
	ASSERT_EQ(connects.size(), 1u);
	raw.remote_peer = connects[0].parameters.peer;
	const size_t held = bench.host.memory_held();
	const uint64_t requests = memory.requests();
	for (const uint8_t session : {0, 1, 2, 3}) {
		raw.session = session;
		const uint64_t before = bench.host.counters().steps;
		// The very number and time of our CONNECT, thirty times.
		WireWriter forged = raw.unstamped();
		for (unsigned n = 0; n < 30; ++n) forged.ack(0xff, 1, bench.stamp());
		ASSERT_EQ(forged.size(), 242u);
		bench.receive(raw.at(), forged);
		EXPECT_EQ(bench.host.counters().steps - before, 1u);
	}
	EXPECT_EQ(bench.host.counters().dropped_while_connecting, 4u);
	EXPECT_EQ(bench.host.memory_held(), held);
	EXPECT_EQ(memory.requests(), requests);
	EXPECT_EQ(bench.host.peer_state(raw.id), EnetPeerState::kConnecting);
	EXPECT_FALSE(commands_of(bench.advance_ms(600), kWireConnect).empty()) << "the attempt goes on";
	EXPECT_EQ(bench.host.reset(raw.id), Error::OK);
	EXPECT_EQ(bench.host.memory_held(), 0u);
}

// Recorded: a stock server reports it and says nothing.
TEST(EnetHostHostile, A10ByteDisconnectOfAForgerWhoKnowsAllEndsTheConnectionSilently) {
	Watched w;
	const std::string forged = w.raw.unstamped().disconnect(9, 77, /*reliable=*/false).bytes();
	ASSERT_EQ(forged.size(), 10u);
	EXPECT_EQ(w.steps_of(forged), 1u);
	const std::vector<EnetEvent> events = w.bench.events();
	ASSERT_EQ(events.size(), 1u);
	EXPECT_EQ(events[0].type, EnetEventType::kDisconnect);
	EXPECT_EQ(events[0].reason, EnetDropReason::kRemoteAsked);
	EXPECT_EQ(events[0].data, 77u);
	EXPECT_TRUE(w.bench.flush().empty());
	EXPECT_EQ(w.bench.host.memory_held(), 0u);
	w.expect_nothing_left();
}

TEST(EnetHostHostile, A10ByteDisconnectThatMissesSessionSlotOrAddressCostsNothing) {
	Watched w;
	const uint64_t steps = w.bench.host.counters().steps;
	for (uint8_t session = 0; session < 4; ++session) {
		if (session == w.raw.session) continue;
		w.bench.receive(w.raw.at(), WireWriter(w.raw.remote_peer, session).disconnect(9, 77, false));
	}
	for (const uint16_t slot : {uint16_t{1}, uint16_t{2}, uint16_t{0xffe}})
		w.bench.receive(w.raw.at(), WireWriter(slot, w.raw.session).disconnect(9, 77, false));
	w.bench.receive(HostBench::endpoint(1, 5001), w.raw.unstamped().disconnect(9, 77, false));
	w.bench.receive(HostBench::endpoint(2), w.raw.unstamped().disconnect(9, 77, false));
	EXPECT_EQ(w.bench.host.counters().steps, steps) << "not even looked at";
	EXPECT_EQ(w.bench.host.counters().dropped_wrong_session, 3u);
	EXPECT_EQ(w.bench.host.counters().dropped_unknown_peer, 3u);
	EXPECT_EQ(w.bench.host.counters().dropped_wrong_address, 2u);
	EXPECT_EQ(w.bench.host.peer_state(w.raw.id), EnetPeerState::kConnected);
	w.expect_nothing_left();
}

TEST(EnetHostHostile, EveryTruncationOfEveryRecordedDatagramIsHarmless) {
	const std::vector<std::string> &all = recorded_datagrams();
	ASSERT_GT(all.size(), 500u);
	size_t tried = 0;
	for (size_t i = 0; i < all.size() && !HasFailure(); ++i) {
		SCOPED_TRACE("datagram " + std::to_string(i) + " " + hex_of(all[i]));
		Watched w;
		const std::string datagram = addressed_to(w.raw, all[i]);
		for (size_t cut = 0; cut < datagram.size(); ++cut, ++tried) {
			ASSERT_LE(w.steps_of(datagram.substr(0, cut)), most_steps(cut)) << "cut at " << cut;
			// A receive pass of a real driver: what is due leaves, what came is taken.
			if (cut % 32 == 0) {
				w.bench.flush();
				(void)w.bench.events();
			}
		}
		ASSERT_LE(w.bench.host.memory_held(), 4u << 20);
		w.expect_nothing_left();
	}
	EXPECT_GT(tried, 100000u);
}

TEST(EnetHostHostile, EverySingleBitFlipOfTwentyRecordedDatagramsIsHarmless) {
	// The first twenty that differ in their first command or their length class.
	std::vector<std::string> chosen;
	std::set<std::string> kinds;
	for (const std::string &datagram : recorded_datagrams()) {
		const size_t head = (datagram[0] & 0x80) != 0 ? 4u : 2u;
		if (datagram.size() <= head || datagram.size() > 400) continue;
		const std::string kind = datagram.substr(head, 2) + static_cast<char>(datagram.size() / 24);
		if (kinds.insert(kind).second) chosen.push_back(datagram);
		if (chosen.size() == 20) break;
	}
	ASSERT_EQ(chosen.size(), 20u);
	for (const std::string &original : chosen) {
		SCOPED_TRACE(hex_of(original));
		for (size_t bit = 0; bit < original.size() * 8 && !HasFailure(); ++bit) {
			Watched w;
			std::string flipped = addressed_to(w.raw, original);
			flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
			ASSERT_LE(w.steps_of(flipped), most_steps(flipped.size())) << "bit " << bit;
			w.bench.flush();
			ASSERT_LE(w.bench.host.memory_held(), 4u << 20) << "bit " << bit;
			// And once more, for what the first one left behind.
			ASSERT_LE(w.steps_of(flipped), most_steps(flipped.size())) << "bit " << bit;
			w.expect_nothing_left();
			ASSERT_EQ(w.memory.size_mismatches(), 0u);
		}
	}
}
