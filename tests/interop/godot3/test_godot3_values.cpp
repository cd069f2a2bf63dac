// Values and datagrams between us and a live Godot 3, in both roles: put_var and get_var of all its types but RID and
// Object over UDP, over a stream and in packets over a stream; datagrams of bytes up to the longest UDP can carry, and
// longer packets over a stream.
#include "../../../src/packet/packet_peer_stream.h"
#include "../../../src/stream/tcp_server.h"
#include "../../support/tcp_pair.h"
#include "../../support/udp_support.h"
#include "../../support/variant_support.h"
#include "godot3_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;
using interop::Godot3Process;

namespace {

struct Godot3Value {
	int type; // as Godot 3 counts them
	const char *ours;
};
/// The list of interop_values.gd.
constexpr Godot3Value kGodot3Values[] = {{0, "null"}, {1, "true"}, {1, "false"}, {2, "0"}, {2, "1"}, {2, "-1"},
        {2, "2147483647"}, {2, "-2147483648"}, {2, "2147483648"}, {2, "1234567890123456789"}, {3, "0.0"}, {3, "0.5"},
        {3, "-1.25"}, {3, "3.141592653589793"}, {3, "1.0e300"}, {4, "\"\""}, {4, "\"abc\""}, {4, "\"abcd\""},
        {4, "\"h\xc3\xa9llo \xe4\xb8\x96\xe7\x95\x8c\""}, {5, "Vector2(1, -2)"}, {6, "Rect2(1, 2, 3, 4)"},
        {7, "Vector3(1, 2, 3)"}, {8, "Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6))"},
        {9, "Plane(0, 1, 0, 4)"}, {10, "Quaternion(0.5, 0.25, -0.125, 1)"},
        {11, "AABB(Vector3(1, 2, 3), Vector3(4, 5, 6))"},
        {12, "Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9))"},
        {13, "Transform3D(Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9)), Vector3(10, 11, 12))"},
        {14, "Color(0.25, 0.5, 0.75, 1)"}, {15, "^\"A/B:prop\""}, {15, "^\"/arena/X\""}, {18, "{}"},
        {18, "{\"k\": 1, 2: [3, \"x\"]}"}, {19, "[]"}, {19, "[1, 2.5, \"three\", [null]]"},
        {20, "PackedByteArray([1, 2, 3])"}, {21, "PackedInt32Array([1, -2])"}, {22, "PackedFloat32Array([0.5, 2])"},
        {23, "PackedStringArray([\"a\", \"bcd\"])"}, {24, "PackedVector2Array([Vector2(1, 2)])"},
        {25, "PackedVector3Array([Vector3(1, 2, 3)])"}, {26, "PackedColorArray([Color(1, 0, 0, 1)])"}};
constexpr size_t kGodot3ValueCount = sizeof(kGodot3Values) / sizeof(kGodot3Values[0]);
static_assert(kGodot3ValueCount == 42, "as many as interop_values.gd has");
const std::string kAllValuesGood = "RESULT good=42 of=42";

VariantEncodeOptions godot3_writing() {
	VariantEncodeOptions options;
	options.dialect = VariantDialect::kGodot3;
	return options;
}
VariantDecodeOptions godot3_reading() {
	VariantDecodeOptions options;
	options.dialect = VariantDialect::kGodot3;
	return options;
}

// Godot's answer to value number `index`: the value, and then its type, its text and whether it is what the list has.
void expect_answer(size_t index, const Variant &back, const Variant &opinion) {
	const Godot3Value &value = kGodot3Values[index];
	SCOPED_TRACE(value.ours);
	EXPECT_TRUE(back == variant_of(value.ours)) << "came back as " << text_of(back);
	ASSERT_EQ(opinion.size(), 3u) << text_of(opinion);
	EXPECT_TRUE(opinion.at(0) == Variant(value.type)) << text_of(opinion);
	EXPECT_FALSE(opinion.at(1).text().empty());
	EXPECT_TRUE(opinion.at(2).as_bool()) << "Godot has " << text_of(opinion.at(1)) << " of it";
}

std::vector<uint8_t> noise(size_t size) {
	std::vector<uint8_t> bytes(size);
	for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + (i >> 8) + size);
	return bytes;
}
ByteView view_bytes(const std::vector<uint8_t> &bytes) { return ByteView(bytes.data(), bytes.size()); }

std::string comma_list(const std::vector<size_t> &sizes) {
	std::string text = "--sizes=";
	for (const size_t size : sizes) text += (text.back() == '=' ? "" : ",") + std::to_string(size);
	return text;
}

class Godot3Values : public ::testing::Test {
protected:
	/// Starts a server on a port that was free a moment ago, again if another program was quicker.
	void start_server(const char *script, const std::vector<std::string> &options, int (*free_port)()) {
		for (int attempt = 0; attempt < 5; ++attempt) {
			port_ = free_port();
			std::vector<std::string> all = options;
			all.push_back("--port=" + std::to_string(port_));
			godot_ = std::make_unique<Godot3Process>(script, all);
			ASSERT_TRUE(run_until([&] { return godot_->line("LISTEN ") != nullptr; })) << godot_->text();
			if (*godot_->line("LISTEN ") == "LISTEN err=0") return;
		}
		FAIL() << "Godot finds no port:\n" << godot_->text();
	}
	void start_client(const char *script, std::vector<std::string> options, int port) {
		options.push_back("--port=" + std::to_string(port));
		godot_ = std::make_unique<Godot3Process>(script, options);
	}
	/// False when time is up.
	template <class Done> bool run_until(Done done) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * kStreamPatienceMs);
		while (std::chrono::steady_clock::now() < end) {
			godot_->poll();
			if (done()) return true;
			(void)pause_.wait(2);
		}
		return false;
	}
	void expect_exit(const std::string &last_line) {
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_EQ(godot_->exit_code(), 0) << godot_->text();
		EXPECT_NE(godot_->line(last_line), nullptr) << godot_->text();
	}
	void SetUp() override { ASSERT_EQ(pause_.listen(0, "127.0.0.1"), Error::OK); }

	std::unique_ptr<Godot3Process> godot_;
	int port_ = 0;

private:
	TCPServer pause_; // nobody connects: its wait() is a pause
};

int free_udp_port() {
	PacketPeerUDP probe;
	EXPECT_EQ(probe.bind(0, "127.0.0.1"), Error::OK);
	return probe.get_local_port();
}
int free_tcp_port() {
	TCPServer probe;
	EXPECT_EQ(probe.listen(0, "127.0.0.1"), Error::OK);
	return probe.get_local_port();
}

const std::vector<size_t> kDatagramSizes{1, 2, 3, 511, 512, 513, 1472, 1473, 9000, 32768, 65506, 65507};
const std::vector<size_t> kFrameSizes{1, 3, 4, 1400, 65531, 65532, 65536, 1000000};

} // namespace

// --- UDP ---

TEST_F(Godot3Values, EachTypeComesBackOverUdpAndGodotSawWhatItIs) {
	ASSERT_NO_FATAL_FAILURE(start_server("udp_server.gd", {"--count=42"}, free_udp_port));
	PacketPeerUDP us;
	ASSERT_EQ(us.set_dest_address("127.0.0.1", port_), Error::OK);
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		ASSERT_EQ(us.put_var(variant_of(kGodot3Values[i].ours), godot3_writing()), Error::OK);
		ASSERT_EQ(wait_packets(us, 2), 2) << kGodot3Values[i].ours << godot_->text();
		Variant back, opinion;
		ASSERT_EQ(us.get_var(back, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		ASSERT_EQ(us.get_var(opinion, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		ASSERT_NO_FATAL_FAILURE(expect_answer(i, back, opinion));
	}
	ASSERT_NO_FATAL_FAILURE(expect_exit("DONE taken=42"));
}

TEST_F(Godot3Values, GodotGetsEachTypeBackFromOurUdpEcho) {
	PacketPeerUDP us;
	ASSERT_EQ(us.bind(0, "127.0.0.1"), Error::OK);
	start_client("udp_client.gd", {}, us.get_local_port());
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		ASSERT_EQ(wait_packets(us, 1), 1) << kGodot3Values[i].ours;
		Variant came;
		ASSERT_EQ(us.get_var(came, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		EXPECT_TRUE(came == variant_of(kGodot3Values[i].ours)) << kGodot3Values[i].ours << " came as " << text_of(came);
		ASSERT_EQ(us.set_dest_address(us.get_packet_ip().c_str(), us.get_packet_port()), Error::OK);
		ASSERT_EQ(us.put_var(came, godot3_writing()), Error::OK);
	}
	ASSERT_NO_FATAL_FAILURE(expect_exit(kAllValuesGood));
}

TEST_F(Godot3Values, DatagramsOfAllSizesComeBackFromGodot) {
	ASSERT_NO_FATAL_FAILURE(start_server(
	        "udp_server.gd", {"--mode=raw", "--count=" + std::to_string(kDatagramSizes.size())}, free_udp_port));
	PacketPeerUDP us;
	ASSERT_EQ(us.connect_to_host("127.0.0.1", port_), Error::OK);
	for (const size_t size : kDatagramSizes) {
		const std::vector<uint8_t> bytes = noise(size);
		ASSERT_EQ(us.put_packet(view_bytes(bytes)), Error::OK) << size;
		ASSERT_EQ(wait_packets(us, 1), 1) << size << godot_->text();
		ByteView back;
		ASSERT_EQ(us.get_packet(back), Error::OK);
		EXPECT_TRUE(back == view_bytes(bytes)) << size << " bytes came back as " << back.size;
	}
	ASSERT_NO_FATAL_FAILURE(expect_exit("DONE taken=" + std::to_string(kDatagramSizes.size())));
	EXPECT_NE(godot_->line("GOT len=65507 err=0"), nullptr) << godot_->text();
}

TEST_F(Godot3Values, GodotGetsDatagramsOfAllSizesBackFromOurEcho) {
	PacketPeerUDP us;
	ASSERT_EQ(us.bind(0, "127.0.0.1"), Error::OK);
	start_client("udp_client.gd", {"--mode=raw", comma_list(kDatagramSizes)}, us.get_local_port());
	for (const size_t size : kDatagramSizes) {
		ASSERT_EQ(wait_packets(us, 1), 1) << size;
		ByteView came;
		ASSERT_EQ(us.get_packet(came), Error::OK);
		EXPECT_TRUE(came == view_bytes(noise(size))) << size << " bytes came as " << came.size;
		ASSERT_EQ(us.set_dest_endpoint(us.get_packet_endpoint()), Error::OK);
		ASSERT_EQ(us.put_packet(came), Error::OK);
	}
	const std::string count = std::to_string(kDatagramSizes.size());
	ASSERT_NO_FATAL_FAILURE(expect_exit("RESULT good=" + count + " of=" + count));
}

// --- TCP ---

namespace {

/// The other end of a stream, in either role, and packets over it. Parameter: "" or "--big-endian=1".
class Godot3StreamValues : public Godot3Values, public ::testing::WithParamInterface<const char *> {
protected:
	void dial(const std::vector<std::string> &options) {
		std::vector<std::string> all = options;
		all.push_back(GetParam());
		ASSERT_NO_FATAL_FAILURE(start_server("tcp_values_server.gd", all, free_tcp_port));
		stream_ = std::make_shared<StreamPeerTCP>();
		ASSERT_EQ(stream_->connect_to_host("127.0.0.1", port_), Error::OK);
		finish_connect(*stream_);
		ASSERT_NO_FATAL_FAILURE(set_up_stream());
	}
	void answer(const std::vector<std::string> &options) {
		std::vector<std::string> all = options;
		all.push_back(GetParam());
		TCPServer server;
		ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
		start_client("tcp_values_client.gd", all, server.get_local_port());
		ASSERT_TRUE(run_until([&] { return server.is_connection_available() || godot_->has_ended(); }));
		stream_ = server.take_connection();
		ASSERT_NE(stream_, nullptr) << godot_->text();
		ASSERT_NO_FATAL_FAILURE(set_up_stream());
	}
	void set_up_stream() {
		ASSERT_EQ(stream_->get_status(), StreamPeerTCP::STATUS_CONNECTED);
		stream_->set_no_delay(true);
		stream_->set_blocking_timeout(kStreamPatienceMs);
		stream_->set_big_endian(std::string(GetParam()) == "--big-endian=1");
		ASSERT_EQ(packets_.set_input_buffer_max_size(1 << 20), Error::OK);
		ASSERT_EQ(packets_.set_output_buffer_max_size(1 << 20), Error::OK);
		packets_.set_stream_peer(stream_);
	}
	bool wait_frame() {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStreamPatienceMs);
		while (packets_.get_available_packet_count() == 0) {
			if (std::chrono::steady_clock::now() >= end) return false;
			(void)stream_->wait(PollType::POLL_TYPE_IN, 100);
			(void)stream_->poll();
		}
		return true;
	}
	void leave(const std::string &last_line) {
		packets_.set_stream_peer(nullptr);
		stream_->disconnect_from_host();
		ASSERT_NO_FATAL_FAILURE(expect_exit(last_line));
	}

	std::shared_ptr<StreamPeerTCP> stream_;
	PacketPeerStream packets_;
};

} // namespace

INSTANTIATE_TEST_SUITE_P(, Godot3StreamValues, ::testing::Values("--big-endian=0", "--big-endian=1"),
        [](const ::testing::TestParamInfo<const char *> &order) {
	        return order.index == 0 ? std::string("LittleEndian") : std::string("BigEndian");
        });

TEST_P(Godot3StreamValues, EachTypeComesBackOverAStreamAndGodotSawWhatItIs) {
	ASSERT_NO_FATAL_FAILURE(dial({"--mode=var"}));
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		stream_->put_var(variant_of(kGodot3Values[i].ours), godot3_writing());
		ASSERT_EQ(stream_->get_last_error(), Error::OK);
		const Variant back = stream_->get_var(godot3_reading());
		ASSERT_EQ(stream_->get_last_error(), Error::OK) << kGodot3Values[i].ours << godot_->text();
		const Variant opinion = stream_->get_var(godot3_reading());
		ASSERT_EQ(stream_->get_last_error(), Error::OK) << kGodot3Values[i].ours;
		ASSERT_NO_FATAL_FAILURE(expect_answer(i, back, opinion));
	}
	ASSERT_NO_FATAL_FAILURE(leave("DONE taken=42"));
}

TEST_P(Godot3StreamValues, GodotGetsEachTypeBackFromOurStreamEcho) {
	ASSERT_NO_FATAL_FAILURE(answer({"--mode=var"}));
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		const Variant came = stream_->get_var(godot3_reading());
		ASSERT_EQ(stream_->get_last_error(), Error::OK) << kGodot3Values[i].ours;
		EXPECT_TRUE(came == variant_of(kGodot3Values[i].ours)) << kGodot3Values[i].ours << " came as " << text_of(came);
		stream_->put_var(came, godot3_writing());
		ASSERT_EQ(stream_->get_last_error(), Error::OK);
	}
	ASSERT_NO_FATAL_FAILURE(expect_exit(kAllValuesGood));
}

TEST_P(Godot3StreamValues, EachTypeComesBackInAPacketAndGodotSawWhatItIs) {
	ASSERT_NO_FATAL_FAILURE(dial({"--mode=packets"}));
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		ASSERT_EQ(packets_.put_var(variant_of(kGodot3Values[i].ours), godot3_writing()), Error::OK);
		Variant back, opinion;
		ASSERT_TRUE(wait_frame()) << kGodot3Values[i].ours << godot_->text();
		ASSERT_EQ(packets_.get_var(back, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		ASSERT_TRUE(wait_frame()) << kGodot3Values[i].ours;
		ASSERT_EQ(packets_.get_var(opinion, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		ASSERT_NO_FATAL_FAILURE(expect_answer(i, back, opinion));
	}
	ASSERT_NO_FATAL_FAILURE(leave("DONE taken=42"));
}

TEST_P(Godot3StreamValues, GodotGetsEachTypeBackFromOurPacketEcho) {
	ASSERT_NO_FATAL_FAILURE(answer({"--mode=packets"}));
	for (size_t i = 0; i < kGodot3ValueCount; ++i) {
		Variant came;
		ASSERT_TRUE(wait_frame()) << kGodot3Values[i].ours;
		ASSERT_EQ(packets_.get_var(came, godot3_reading()), Error::OK) << kGodot3Values[i].ours;
		EXPECT_TRUE(came == variant_of(kGodot3Values[i].ours)) << kGodot3Values[i].ours << " came as " << text_of(came);
		ASSERT_EQ(packets_.put_var(came, godot3_writing()), Error::OK);
	}
	ASSERT_NO_FATAL_FAILURE(expect_exit(kAllValuesGood));
}

TEST_P(Godot3StreamValues, PacketsOfAllSizesComeBackFromGodot) {
	ASSERT_NO_FATAL_FAILURE(dial({"--mode=raw"}));
	for (const size_t size : kFrameSizes) {
		const std::vector<uint8_t> bytes = noise(size);
		ASSERT_EQ(packets_.put_packet(view_bytes(bytes)), Error::OK) << size;
		ASSERT_TRUE(wait_frame()) << size << godot_->text();
		ByteView back;
		ASSERT_EQ(packets_.get_packet(back), Error::OK);
		EXPECT_TRUE(back == view_bytes(bytes)) << size << " bytes came back as " << back.size;
	}
	ASSERT_NO_FATAL_FAILURE(leave("DONE taken=" + std::to_string(kFrameSizes.size())));
}

TEST_P(Godot3StreamValues, GodotGetsPacketsOfAllSizesBackFromOurEcho) {
	ASSERT_NO_FATAL_FAILURE(answer({"--mode=raw", comma_list(kFrameSizes)}));
	for (const size_t size : kFrameSizes) {
		ByteView came;
		ASSERT_TRUE(wait_frame()) << size;
		ASSERT_EQ(packets_.get_packet(came), Error::OK);
		EXPECT_TRUE(came == view_bytes(noise(size))) << size << " bytes came as " << came.size;
		ASSERT_EQ(packets_.put_packet(came), Error::OK);
	}
	const std::string count = std::to_string(kFrameSizes.size());
	ASSERT_NO_FATAL_FAILURE(expect_exit("RESULT good=" + count + " of=" + count));
}
