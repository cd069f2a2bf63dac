// netpeer against the ENet of a live Godot 3 (NetworkedMultiplayerENet of a headless build, driven by the scripts of this
// folder), in both roles: every transfer mode and size, the ends of a connection, the config messages and the relay.
//
// What a transfer mode promises is checked at both ends. Small unreliable packets may get lost even on loopback: ENet's
// throttle drops them when the round trip time varies. Packets beyond the MTU may not in any mode: Godot 3 does not ask
// for unreliable fragments, so they travel as reliable ones.
#include "../../../src/core/netpeer_config.h"
#include "../../../src/reliable/enet_connection.h"
#include "../../support/godot3_framing.h"
#include "godot3_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;
using interop::Godot3Process;

namespace {

constexpr size_t kSizes[] = {0, 1, 1000, 10000};
constexpr size_t kPackets = 200;
constexpr size_t kPerSize = kPackets / 4;
constexpr uint32_t kOurId = 0x1234567; // 31 bits, above 1
constexpr int kPatienceMs = 60000;     // for what must happen; nothing waits that long unless it fails

int64_t wall_ms() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// The packets of a run: see interop_base.gd.
std::vector<uint8_t> payload_of(size_t index) {
	static const std::vector<uint8_t> pattern = [] {
		std::vector<uint8_t> bytes;
		uint32_t x = 12345;
		for (size_t i = 0; i < 10000 + 256; ++i) {
			x = (x * 1103515245u + 12345u) & 0x7fffffffu;
			bytes.push_back(static_cast<uint8_t>(x >> 16));
		}
		return bytes;
	}();
	const auto first = pattern.begin() + static_cast<std::ptrdiff_t>(index);
	std::vector<uint8_t> bytes(first, first + static_cast<std::ptrdiff_t>(kSizes[index % 4]));
	if (!bytes.empty()) bytes[0] = static_cast<uint8_t>(index);
	return bytes;
}

ByteView view(const std::vector<uint8_t> &bytes) { return ByteView(bytes.data(), bytes.size()); }

struct Mode {
	const char *name; // of the scripts' --mode
	int flags;
	int channel;
};
constexpr Mode kReliableMode{"reliable", ENetPacketPeer::FLAG_RELIABLE, kGodot3ReliableChannel};
constexpr Mode kUnreliableMode{"unreliable", ENetPacketPeer::FLAG_UNSEQUENCED, kGodot3UnreliableChannel};
constexpr Mode kOrderedMode{"ordered", 0, kGodot3UnreliableChannel};

/// What came of a run, as the scripts count it.
struct Tally {
	std::set<size_t> got; // not the empty ones
	size_t large = 0;
	size_t empty = 0;
	size_t bad = 0;
	size_t twice = 0;
	size_t disordered = 0;
	int last = -1;

	void note(ByteView payload) {
		if (payload.empty()) {
			++empty;
			return;
		}
		const size_t index = payload[0];
		if (index >= kPackets || payload != view(payload_of(index))) ++bad;
		if (!got.insert(index).second) ++twice;
		if (index % 4 == 3) ++large;
		if (static_cast<int>(index) <= last) ++disordered;
		last = static_cast<int>(index);
	}
};

/// The same from a script's line "RESULT got= large= ...".
::testing::AssertionResult read_result(const Godot3Process &godot, Tally &tally) {
	const std::string *line = godot.line("RESULT ");
	size_t count = 0;
	if (line == nullptr ||
	        std::sscanf(line->c_str(), "RESULT got=%zu large=%zu empty=%zu bad=%zu twice=%zu disordered=%zu", &count,
	                &tally.large, &tally.empty, &tally.bad, &tally.twice, &tally.disordered) != 6) {
		return ::testing::AssertionFailure() << "no result in:\n" << godot.text();
	}
	for (size_t i = 0; i < count; ++i) tally.got.insert(i); // only their number is known
	return ::testing::AssertionSuccess();
}

// Holds for what arrived at either end.
void expect_kept_promises(const Tally &tally, const Mode &mode, bool throttled, size_t empties) {
	const size_t others = 3 * kPerSize;
	EXPECT_EQ(tally.bad, 0u) << "other content than was sent";
	EXPECT_EQ(tally.twice, 0u);
	EXPECT_EQ(tally.large, kPerSize) << "they are reliable in every mode";
	if (mode.flags != ENetPacketPeer::FLAG_UNSEQUENCED) {
		EXPECT_EQ(tally.disordered, 0u);
	}
	if (mode.flags == ENetPacketPeer::FLAG_RELIABLE) {
		EXPECT_EQ(tally.got.size(), others);
		EXPECT_EQ(tally.empty, empties);
	} else if (!throttled) {
		// What is left are full socket buffers on a busy machine.
		EXPECT_GE(tally.got.size(), others * 9 / 10);
		EXPECT_GE(tally.empty, empties * 9 / 10);
	}
	EXPECT_LE(tally.empty, empties);
}

struct Run {
	Mode mode;
	bool throttled;
};

std::string run_name(const ::testing::TestParamInfo<Run> &info) {
	return std::string(info.param.mode.name) + (info.param.throttled ? "" : "_unthrottled");
}

struct Received {
	std::shared_ptr<ENetPacketPeer> peer;
	int channel = 0;
	int flags = 0;
	std::vector<uint8_t> bytes;
};

/// One netpeer host and what happens to it. Several may be polled along with one Godot.
class Host {
public:
	std::function<void(const Received &)> on_packet;
	std::shared_ptr<ENetPacketPeer> peer; // the latest to connect, or the one dialled
	int connects = 0;
	int disconnects = 0;
	uint32_t connect_data = 0;
	ENetConnection::CompressionMode compression = ENetConnection::COMPRESS_NONE; // from the start
	ENetConnection::Event farewell;                                              // the last disconnect
	ENetConnection connection;

	void poll(int timeout_ms) {
		for (;;) {
			const ENetConnection::Event event = connection.service(timeout_ms);
			timeout_ms = 0;
			switch (event.type) {
			case ENetConnection::EVENT_CONNECT:
				++connects;
				peer = event.peer;
				connect_data = event.data;
				break;
			case ENetConnection::EVENT_DISCONNECT:
				++disconnects;
				farewell = event;
				break;
			case ENetConnection::EVENT_RECEIVE: {
				Received received;
				received.peer = event.peer;
				received.channel = event.channel;
				received.flags = event.peer->get_packet_flags();
				ByteView packet;
				ASSERT_EQ(event.peer->get_packet(packet), Error::OK);
				if (!packet.empty()) received.bytes.assign(packet.data, packet.data + packet.size);
				if (on_packet) on_packet(received);
				break;
			}
			case ENetConnection::EVENT_ERROR: FAIL() << "the socket failed";
			case ENetConnection::EVENT_NONE: return;
			}
		}
	}
	bool send(const Mode &mode, const Godot3Header &header, ByteView payload) {
		return peer->send(mode.channel, view(godot3_packet(header, payload)), mode.flags) == Error::OK;
	}
};

class Godot3Peer : public ::testing::Test {
protected:
	/// Starts the script on a port that was free a moment ago, again if another program was quicker.
	void start_server(std::vector<std::string> options) {
		for (int attempt = 0; attempt < 5; ++attempt) {
			ENetConnection probe;
			ASSERT_EQ(probe.create_host_bound("127.0.0.1", 0), Error::OK);
			port_ = probe.get_local_port();
			probe.destroy();
			std::vector<std::string> all = options;
			all.push_back("--port=" + std::to_string(port_));
			godot_ = std::make_unique<Godot3Process>("enet_server.gd", all);
			ASSERT_TRUE(run_until({}, [&] { return godot_->line("LISTEN ") != nullptr; })) << godot_->text();
			if (*godot_->line("LISTEN ") == "LISTEN err=0") return;
		}
		FAIL() << "Godot finds no port:\n" << godot_->text();
	}
	void dial(Host &host, uint32_t id) {
		ASSERT_EQ(host.connection.create_host(1, kGodot3Channels), Error::OK);
		ASSERT_EQ(host.connection.compress(host.compression), Error::OK);
		host.peer = host.connection.connect_to_host("127.0.0.1", port_, kGodot3Channels, static_cast<int>(id));
		ASSERT_NE(host.peer, nullptr);
		const std::string greeting = "CONNECT id=" + std::to_string(id);
		ASSERT_TRUE(run_until({&host}, [&] { return host.connects == 1 && godot_->line(greeting) != nullptr; }))
		        << godot_->text();
		EXPECT_EQ(host.peer->get_channels(), kGodot3Channels);
	}
	/// A netpeer server with Godot connected to it.
	void start_client(Host &host, std::vector<std::string> options) {
		ASSERT_EQ(host.connection.create_host_bound("127.0.0.1", 0, 4, kGodot3Channels), Error::OK);
		ASSERT_EQ(host.connection.compress(host.compression), Error::OK);
		options.push_back("--port=" + std::to_string(host.connection.get_local_port()));
		godot_ = std::make_unique<Godot3Process>("enet_client.gd", options);
		ASSERT_TRUE(run_until({&host}, [&] { return host.connects == 1 && godot_->line("STATE ") != nullptr; }))
		        << godot_->text();
		EXPECT_EQ(*godot_->line("STATE "), "STATE connected");
		EXPECT_EQ(*godot_->line("CREATE "), "CREATE err=0 id=" + std::to_string(host.connect_data));
		EXPECT_EQ(host.peer->get_channels(), kGodot3Channels);
	}

	/// Polls all; false when the time is up first.
	template <class Done> bool run_until(const std::vector<Host *> &hosts, Done done, int patience_ms = kPatienceMs) {
		const int64_t deadline = wall_ms() + patience_ms;
		for (;;) {
			for (Host *host : hosts) host->poll(host == hosts.front() ? 1 : 0);
			if (hosts.empty()) poll_pause();
			godot_->poll();
			if (done()) return true;
			if (wall_ms() >= deadline || HasFatalFailure()) return false;
		}
	}
	void run_for(const std::vector<Host *> &hosts, int ms) {
		(void)run_until(
		        hosts, [] { return false; }, ms);
	}
	void expect_exit(const std::vector<Host *> &hosts, int code = 0) {
		ASSERT_TRUE(run_until(hosts, [&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_EQ(godot_->exit_code(), code) << godot_->text();
		EXPECT_EQ(godot_->line("PUT "), nullptr) << godot_->text();
	}

	int port_ = 0;
	std::unique_ptr<Godot3Process> godot_;

private:
	static void poll_pause() {
		static ENetConnection idle;
		if (!idle.is_active()) (void)idle.create_host_bound("127.0.0.1", 0);
		(void)idle.service(5);
	}
};

std::string mode_option(const Mode &mode) { return std::string("--mode=") + mode.name; }

/// The flags a packet of `size` user bytes arrives with.
int arriving_flags(const Mode &mode, size_t size) {
	return size > 1400 ? int{ENetPacketPeer::FLAG_RELIABLE} : mode.flags;
}

// Without deceleration nobody throttles: the setting reaches the other end too.
void stop_throttling(Host &host) { host.peer->throttle_configure(5000, 2, 0); }

class Godot3Modes : public Godot3Peer, public ::testing::WithParamInterface<Run> {};
INSTANTIATE_TEST_SUITE_P(Modes, Godot3Modes,
        ::testing::Values(Run{kReliableMode, true}, Run{kUnreliableMode, true}, Run{kUnreliableMode, false},
                Run{kOrderedMode, true}, Run{kOrderedMode, false}),
        run_name);

} // namespace

TEST_P(Godot3Modes, GodotServerEchoesEveryModeAndSize) {
	const Mode mode = GetParam().mode;
	ASSERT_NO_FATAL_FAILURE(start_server({mode_option(mode)}));
	Host us;
	ASSERT_NO_FATAL_FAILURE(dial(us, kOurId));
	if (!GetParam().throttled) stop_throttling(us);

	Tally tally;
	int64_t heard_ms = wall_ms();
	us.on_packet = [&](const Received &packet) {
		Godot3Header header;
		ByteView payload;
		ASSERT_TRUE(read_godot3_packet(view(packet.bytes), header, payload));
		EXPECT_EQ(header.source, kGodot3ServerId);
		EXPECT_EQ(header.target, static_cast<int32_t>(kOurId));
		EXPECT_EQ(packet.channel, mode.channel);
		EXPECT_EQ(packet.flags, arriving_flags(mode, payload.size));
		tally.note(payload);
		heard_ms = wall_ms();
	};
	for (size_t i = 0; i < kPackets; ++i) {
		ASSERT_TRUE(us.send(mode, {kOurId, static_cast<int32_t>(kGodot3ServerId)}, view(payload_of(i))));
		run_for({&us}, 2);
	}
	heard_ms = wall_ms();
	const bool is_reliable = mode.flags == ENetPacketPeer::FLAG_RELIABLE;
	ASSERT_TRUE(run_until({&us},
	        [&] {
		        if (tally.got.size() == 3 * kPerSize) return true;
		        return !is_reliable && tally.large == kPerSize && wall_ms() - heard_ms > 500;
	        }))
	        << tally.got.size() << " came back, " << tally.large << " large ones";
	expect_kept_promises(tally, mode, GetParam().throttled, 0);

	us.peer->peer_disconnect(7);
	ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
	EXPECT_NE(godot_->line("DISCONNECT id=" + std::to_string(kOurId)), nullptr) << godot_->text();
	EXPECT_TRUE(run_until({&us}, [&] { return us.disconnects == 1; }));
	EXPECT_EQ(us.farewell.reason, EnetDropReason::kWeAsked);
	Tally theirs;
	ASSERT_TRUE(read_result(*godot_, theirs));
	expect_kept_promises(theirs, mode, GetParam().throttled, kPerSize);
}

TEST_P(Godot3Modes, GodotClientGetsEveryModeAndSizeBack) {
	const Mode mode = GetParam().mode;
	Host us;
	Tally tally;
	us.on_packet = [&](const Received &packet) {
		Godot3Header header;
		ByteView payload;
		ASSERT_TRUE(read_godot3_packet(view(packet.bytes), header, payload));
		EXPECT_EQ(header.source, us.connect_data);
		EXPECT_EQ(header.target, static_cast<int32_t>(kGodot3ServerId));
		EXPECT_EQ(packet.channel, mode.channel);
		EXPECT_EQ(packet.flags, arriving_flags(mode, payload.size));
		tally.note(payload);
		const Godot3Header back{kGodot3ServerId, static_cast<int32_t>(us.connect_data)};
		// Godot's put_packet sends nothing for an empty packet: the one it left out comes from us.
		if (payload.size == 1) {
			EXPECT_TRUE(us.send(mode, back, ByteView()));
		}
		EXPECT_TRUE(us.send(mode, back, payload));
	};
	ASSERT_NO_FATAL_FAILURE(start_client(us, {mode_option(mode)}));
	if (!GetParam().throttled) stop_throttling(us);

	ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
	expect_kept_promises(tally, mode, GetParam().throttled, 0);
	EXPECT_TRUE(run_until({&us}, [&] { return us.disconnects == 1; }));
	EXPECT_EQ(us.farewell.reason, EnetDropReason::kRemoteAsked);
	EXPECT_EQ(us.farewell.data, us.connect_data) << "a client passes its id when it leaves";
	Tally theirs;
	ASSERT_TRUE(read_result(*godot_, theirs));
	expect_kept_promises(theirs, mode, GetParam().throttled, kPerSize);
}

// --- compression ---

namespace {

constexpr size_t kCompressionSizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 100, 255, 256, 500, 1000, 1363, 1364, 1365, 1372,
        1373, 1392, 1400, 2000, 4095, 4096, 10000, 30000, 65535, 65536, 100000};
constexpr size_t kCompressionPackets = sizeof kCompressionSizes / sizeof kCompressionSizes[0];

// As interop_base.gd makes them with --sizes.
std::vector<uint8_t> compression_payload(size_t index) {
	static const std::vector<uint8_t> pattern = [] {
		std::vector<uint8_t> bytes;
		uint32_t x = 12345;
		for (size_t i = 0; i < 100000 + 256; ++i) {
			x = (x * 1103515245u + 12345u) & 0x7fffffffu;
			bytes.push_back(static_cast<uint8_t>(i % 64 < 32 ? x >> 16 : i >> 6));
		}
		return bytes;
	}();
	const auto first = pattern.begin() + static_cast<std::ptrdiff_t>(index);
	std::vector<uint8_t> bytes(first, first + static_cast<std::ptrdiff_t>(kCompressionSizes[index]));
	bytes[0] = static_cast<uint8_t>(index);
	return bytes;
}

std::vector<std::string> compression_options(ENetConnection::CompressionMode mode) {
	std::string sizes;
	for (const size_t size : kCompressionSizes) sizes += (sizes.empty() ? "--sizes=" : ",") + std::to_string(size);
	return {"--mode=reliable", sizes, "--compress=" + std::to_string(mode)};
}

bool has_codec(ENetConnection::CompressionMode mode) {
	return (mode != ENetConnection::COMPRESS_ZLIB || NETPEER_WITH_ZLIB != 0) &&
	       (mode != ENetConnection::COMPRESS_ZSTD || NETPEER_WITH_ZSTD != 0);
}

void expect_codec_used(const Host &host) {
	EnetHostCounters counters;
	ASSERT_EQ(host.connection.get_counters(counters), Error::OK);
	EXPECT_EQ(counters.dropped_decompression, 0u);
	size_t plain = 0;
	for (const size_t size : kCompressionSizes) plain += size;
	if (host.compression == ENetConnection::COMPRESS_NONE) {
		EXPECT_GT(counters.received_bytes, plain);
	} else {
		EXPECT_LT(counters.received_bytes, plain); // what Godot sent twice included
		if (counters.resent_commands == 0) {
			EXPECT_LT(counters.sent_bytes, plain * 9 / 10);
		}
	}
}

class Godot3Compression : public Godot3Peer, public ::testing::WithParamInterface<ENetConnection::CompressionMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Godot3Compression,
        ::testing::Values(ENetConnection::COMPRESS_NONE, ENetConnection::COMPRESS_RANGE_CODER,
                ENetConnection::COMPRESS_FASTLZ, ENetConnection::COMPRESS_ZLIB, ENetConnection::COMPRESS_ZSTD));

} // namespace

TEST_P(Godot3Compression, GodotServerEchoesEverySize) {
	if (!has_codec(GetParam())) GTEST_SKIP() << "built without that codec";
	ASSERT_NO_FATAL_FAILURE(start_server(compression_options(GetParam())));
	Host us;
	us.compression = GetParam();
	ASSERT_NO_FATAL_FAILURE(dial(us, kOurId));
	size_t echoes = 0;
	us.on_packet = [&](const Received &packet) {
		Godot3Header header;
		ByteView payload;
		ASSERT_TRUE(read_godot3_packet(view(packet.bytes), header, payload));
		ASSERT_LT(echoes, kCompressionPackets);
		EXPECT_TRUE(payload == view(compression_payload(echoes))) << kCompressionSizes[echoes] << " bytes";
		++echoes;
	};
	for (size_t i = 0; i < kCompressionPackets; ++i) {
		ASSERT_TRUE(us.send(kReliableMode, {kOurId, 1}, view(compression_payload(i))));
	}
	ASSERT_TRUE(run_until({&us}, [&] { return echoes == kCompressionPackets; })) << echoes << " came back";
	expect_codec_used(us);
	us.peer->peer_disconnect(7);
	ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
	Tally theirs;
	ASSERT_TRUE(read_result(*godot_, theirs));
	EXPECT_EQ(theirs.bad, 0u);
	EXPECT_EQ(theirs.got.size(), kCompressionPackets);
}

TEST_P(Godot3Compression, GodotClientGetsEverySizeBack) {
	if (!has_codec(GetParam())) GTEST_SKIP() << "built without that codec";
	Host us;
	us.compression = GetParam();
	size_t arrived = 0;
	us.on_packet = [&](const Received &packet) {
		Godot3Header header;
		ByteView payload;
		ASSERT_TRUE(read_godot3_packet(view(packet.bytes), header, payload));
		ASSERT_LT(arrived, kCompressionPackets);
		EXPECT_TRUE(payload == view(compression_payload(arrived))) << kCompressionSizes[arrived] << " bytes";
		++arrived;
		EXPECT_TRUE(us.send(kReliableMode, {1, static_cast<int32_t>(us.connect_data)}, payload));
	};
	std::vector<std::string> options = compression_options(GetParam());
	options.push_back("--count=" + std::to_string(kCompressionPackets));
	ASSERT_NO_FATAL_FAILURE(start_client(us, options));
	ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
	EXPECT_EQ(arrived, kCompressionPackets);
	expect_codec_used(us);
	Tally theirs;
	ASSERT_TRUE(read_result(*godot_, theirs));
	EXPECT_EQ(theirs.bad, 0u);
	EXPECT_EQ(theirs.got.size(), kCompressionPackets);
}

TEST_F(Godot3Peer, AGodotServerOfAnotherModeIsCountedAndNamed) {
	ASSERT_NO_FATAL_FAILURE(start_server({"--compress=1", "--seconds=20"})); // what it sends us does not decode
	Host us;
	us.compression = ENetConnection::COMPRESS_FASTLZ;
	ASSERT_EQ(us.connection.set_connect_timeout(1500), Error::OK);
	ASSERT_EQ(us.connection.create_host(1, kGodot3Channels), Error::OK);
	ASSERT_EQ(us.connection.compress(us.compression), Error::OK);
	us.peer = us.connection.connect_to_host("127.0.0.1", port_, kGodot3Channels, 77);
	ASSERT_NE(us.peer, nullptr);
	ASSERT_TRUE(run_until({&us}, [&] { return us.disconnects == 1; }));
	EXPECT_EQ(us.connects, 0);
	EnetHostCounters counters;
	ASSERT_EQ(us.connection.get_counters(counters), Error::OK);
	const bool answered = counters.received_datagrams > 0; // our CONNECT may not have shrunk; then its answer came
	EXPECT_EQ(us.farewell.reason, answered ? EnetDropReason::kUndecodable : EnetDropReason::kConnectTimedOut);
	EXPECT_EQ(counters.dropped_decompression, counters.received_datagrams);
}

TEST_F(Godot3Peer, GodotServerThatLeavesDeliversItsEchoesFirst) {
	for (const char *way : {"disconnect", "close"}) {
		SCOPED_TRACE(way);
		const bool closes = std::string(way) == "close";
		ASSERT_NO_FATAL_FAILURE(start_server({std::string("--leave=") + way, "--leave-after=20"}));
		Host us;
		ASSERT_NO_FATAL_FAILURE(dial(us, kOurId));
		size_t echoes = 0;
		us.on_packet = [&](const Received &) { ++echoes; };
		for (size_t i = 0; i < 20; ++i) {
			ASSERT_TRUE(us.send(kReliableMode, {kOurId, 1}, view(payload_of(4 * i + 2))));
		}
		ASSERT_TRUE(run_until({&us}, [&] { return us.disconnects == 1; })) << godot_->text();
		EXPECT_EQ(us.farewell.reason, EnetDropReason::kRemoteAsked);
		// disconnect_peer() is ENet's disconnect_later with 0; close_connection() is disconnect_now with its own id, which
		// may overtake what is under way.
		EXPECT_EQ(us.farewell.data, closes ? kGodot3ServerId : 0u);
		if (!closes) {
			EXPECT_EQ(echoes, 20u);
		}
		ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
	}
}

TEST_F(Godot3Peer, GodotClientIsToldOfEveryKindOfDisconnect) {
	using Leave = void (*)(ENetPacketPeer &);
	const Leave ways[] = {[](ENetPacketPeer &peer) { peer.peer_disconnect(5); },
	        [](ENetPacketPeer &peer) { peer.peer_disconnect_later(6); },
	        [](ENetPacketPeer &peer) { peer.peer_disconnect_now(7); }};
	for (const Leave leave : ways) {
		Host us;
		size_t packets = 0;
		us.on_packet = [&](const Received &packet) {
			++packets;
			EXPECT_EQ(us.peer->send(packet.channel, view(packet.bytes), packet.flags), Error::OK);
		};
		// Of 8 packets two are empty, which Godot does not send and then waits for.
		ASSERT_NO_FATAL_FAILURE(start_client(us, {"--leave=0", "--count=8", "--mode=ordered"}));
		ASSERT_TRUE(run_until({&us}, [&] { return godot_->line("DONE") != nullptr; })) << godot_->text();
		EXPECT_GE(packets, 2u);
		leave(*us.peer);
		ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
		EXPECT_NE(godot_->line("STATE server_disconnected"), nullptr) << godot_->text();
		run_for({&us}, 20);
		EXPECT_TRUE(us.connection.get_peers().empty());
	}
}

TEST_F(Godot3Peer, GodotServerTellsOfOtherClientsAndRelaysBetweenThem) {
	ASSERT_NO_FATAL_FAILURE(start_server({"--until-disconnects=3", "--echo=0"}));
	Host hosts[3];
	std::vector<Received> came[3];
	constexpr uint32_t kIds[] = {1001, 1002, 1003};
	const std::vector<Host *> all{&hosts[0], &hosts[1], &hosts[2]};
	for (size_t i = 0; i < 3; ++i) {
		hosts[i].on_packet = [&came, i](const Received &packet) { came[i].push_back(packet); };
		ASSERT_NO_FATAL_FAILURE(dial(hosts[i], kIds[i]));
	}
	const auto config_of = [&](size_t host, size_t index) {
		const Received &packet = came[host].at(index);
		EXPECT_EQ(packet.channel, kGodot3ConfigChannel);
		EXPECT_EQ(packet.flags, int{ENetPacketPeer::FLAG_RELIABLE});
		Godot3Config config;
		EXPECT_TRUE(read_godot3_config(view(packet.bytes), config));
		return config;
	};

	// Each hears of the two others.
	ASSERT_TRUE(run_until(all, [&] { return came[0].size() + came[1].size() + came[2].size() == 6; }));
	for (size_t i = 0; i < 3; ++i) {
		ASSERT_EQ(came[i].size(), 2u);
		std::set<uint32_t> heard;
		for (size_t k = 0; k < 2; ++k) {
			EXPECT_EQ(config_of(i, k).what, kGodot3AddPeer);
			heard.insert(config_of(i, k).peer);
		}
		std::set<uint32_t> others(kIds, kIds + 3);
		others.erase(kIds[i]);
		EXPECT_EQ(heard, others);
		came[i].clear();
	}

	// From the first client to: everybody, one of them, all but one of them, the server alone.
	struct Relay {
		int32_t target;
		bool to_second, to_third, to_server;
	};
	size_t index = 1, at_server = 0;
	for (const Relay &relay : {Relay{0, true, true, true}, Relay{1003, false, true, false},
	             Relay{-1002, false, true, true}, Relay{-1, true, true, false}, Relay{1, false, false, true}}) {
		SCOPED_TRACE(relay.target);
		const std::vector<uint8_t> packet = godot3_packet({kIds[0], relay.target}, view(payload_of(index)));
		index = index % 3 + 1; // payloads that are not empty, of all sizes
		ASSERT_EQ(hosts[0].peer->send(kGodot3ReliableChannel, view(packet), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
		const size_t expected[] = {0, relay.to_second ? 1u : 0u, relay.to_third ? 1u : 0u};
		ASSERT_TRUE(run_until(all, [&] { return came[1].size() >= expected[1] && came[2].size() >= expected[2]; }));
		run_for(all, 50);
		for (size_t i = 0; i < 3; ++i) {
			ASSERT_EQ(came[i].size(), expected[i]) << "client " << i;
			for (const Received &copy : came[i]) {
				EXPECT_EQ(copy.bytes, packet) << "header and all";
				EXPECT_EQ(copy.channel, kGodot3ReliableChannel);
			}
			came[i].clear();
		}
		if (relay.to_server) ++at_server;
	}

	// The others hear who leaves.
	hosts[1].peer->peer_disconnect();
	ASSERT_TRUE(run_until(all, [&] { return came[0].size() == 1 && came[2].size() == 1; })) << godot_->text();
	for (const size_t i : {0, 2}) {
		EXPECT_EQ(config_of(i, 0).what, kGodot3RemovePeer);
		EXPECT_EQ(config_of(i, 0).peer, kIds[1]);
	}
	hosts[0].peer->peer_disconnect();
	hosts[2].peer->peer_disconnect();
	ASSERT_NO_FATAL_FAILURE(expect_exit(all));
	size_t lines = 0;
	for (size_t at = 0; (at = godot_->text().find("RECV from=1001 ", at)) != std::string::npos; ++at) ++lines;
	EXPECT_EQ(lines, at_server) << godot_->text();
}

TEST_F(Godot3Peer, GodotClientBelievesTheConfigMessagesOfNetpeer) {
	Host us;
	ASSERT_NO_FATAL_FAILURE(start_client(us, {"--leave=0", "--count=0"}));
	for (const Godot3Config &config :
	        {Godot3Config{kGodot3AddPeer, 77}, Godot3Config{kGodot3AddPeer, 78}, Godot3Config{kGodot3RemovePeer, 77}}) {
		ASSERT_EQ(us.peer->send(kGodot3ConfigChannel, view(godot3_config(config)), ENetPacketPeer::FLAG_RELIABLE),
		        Error::OK);
	}
	ASSERT_TRUE(run_until({&us}, [&] { return godot_->line("GONE id=77") != nullptr; })) << godot_->text();
	EXPECT_NE(godot_->line("PEER id=1"), nullptr) << "the server itself";
	EXPECT_NE(godot_->line("PEER id=77"), nullptr);
	EXPECT_NE(godot_->line("PEER id=78"), nullptr);
	us.peer->peer_disconnect();
	ASSERT_NO_FATAL_FAILURE(expect_exit({&us}));
}
