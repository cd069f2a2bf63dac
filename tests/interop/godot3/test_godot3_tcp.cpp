// StreamPeerTCP and TCPServer against those of a live Godot 3, in both roles: blocks, typed values and strings, who leaves
// first. What put_var writes is opaque here: bytes that must come through, and Godot says whether they did.
#include "../../../src/stream/tcp_server.h"
#include "../../support/tcp_pair.h"
#include "godot3_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using interop::Godot3Process;
using netpeer_test::kStreamPatienceMs;

namespace {

constexpr size_t kBlockBytes = 3000000;

class Godot3Tcp : public ::testing::Test {
protected:
	/// Starts the echo server on a port that was free a moment ago, again if another program was quicker; connects.
	void start_server(std::vector<std::string> options) {
		for (int attempt = 0; attempt < 5; ++attempt) {
			TCPServer probe;
			ASSERT_EQ(probe.listen(0, "127.0.0.1"), Error::OK);
			const int port = probe.get_local_port();
			probe.stop();
			std::vector<std::string> all = options;
			all.push_back("--port=" + std::to_string(port));
			godot_ = std::make_unique<Godot3Process>("tcp_server.gd", all);
			ASSERT_TRUE(run_until([&] { return godot_->line("LISTEN ") != nullptr; })) << godot_->text();
			if (*godot_->line("LISTEN ") != "LISTEN err=0") continue;
			ASSERT_EQ(stream_.connect_to_host("127.0.0.1", port), Error::OK);
			netpeer_test::finish_connect(stream_);
			ASSERT_EQ(stream_.get_status(), StreamPeerTCP::STATUS_CONNECTED);
			stream_.set_blocking_timeout(kStreamPatienceMs);
			return;
		}
		FAIL() << "Godot finds no port:\n" << godot_->text();
	}

	/// Looks at Godot's output every few milliseconds, or when `watched` has something to read; false when time is up.
	template <class Done> bool run_until(Done done, StreamPeerTCP *watched = nullptr) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * kStreamPatienceMs);
		while (std::chrono::steady_clock::now() < end) {
			godot_->poll();
			if (done()) return true;
			if (watched == nullptr || watched->wait(PollType::POLL_TYPE_IN, 5) == Error::ERR_UNAVAILABLE)
				(void)pause_.wait(5);
		}
		return false;
	}
	void expect_exit(int code) {
		ASSERT_TRUE(run_until([&] { return godot_->has_ended(); })) << godot_->text();
		EXPECT_EQ(godot_->exit_code(), code) << godot_->text();
	}

	/// Sends a block and reads its echo, both at once.
	void expect_echo() {
		std::vector<uint8_t> block(kBlockBytes), back(kBlockBytes);
		for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<uint8_t>(i * 31 + (i >> 8));
		size_t sent = 0, received = 0;
		ASSERT_TRUE(run_until(
		        [&] {
			        size_t count = 0;
			        EXPECT_EQ(stream_.put_partial_data(ByteView(block.data(), block.size()).after(sent), count),
			                Error::OK);
			        sent += count;
			        EXPECT_EQ(stream_.get_partial_data(MutBytes(back.data(), back.size()).after(received), count),
			                Error::OK);
			        received += count;
			        return received == block.size() || HasFailure();
		        },
		        &stream_))
		        << received << " bytes came back";
		EXPECT_TRUE(back == block);
	}

	void SetUp() override { ASSERT_EQ(pause_.listen(0, "127.0.0.1"), Error::OK); }

	std::unique_ptr<Godot3Process> godot_;
	StreamPeerTCP stream_;

private:
	TCPServer pause_; // nobody connects: its wait() is a pause
};

} // namespace

TEST_F(Godot3Tcp, GodotServerEchoesABlockAndSeesUsLeave) {
	ASSERT_NO_FATAL_FAILURE(start_server({}));
	ASSERT_NO_FATAL_FAILURE(expect_echo());
	const std::string from = "ACCEPT from=127.0.0.1 port=" + std::to_string(stream_.get_local_port());
	stream_.disconnect_from_host();
	ASSERT_NO_FATAL_FAILURE(expect_exit(0));
	EXPECT_NE(godot_->line(from), nullptr) << godot_->text();
	EXPECT_NE(godot_->line("CLOSED total=" + std::to_string(kBlockBytes)), nullptr) << godot_->text();
}

TEST_F(Godot3Tcp, GodotServerGreetsWithAStringAndAVariantOfTheLengthItSays) {
	ASSERT_NO_FATAL_FAILURE(start_server({"--mode=greet"}));
	EXPECT_EQ(stream_.get_utf8_string(), "hello");
	const uint32_t length = stream_.get_u32();
	ASSERT_EQ(stream_.get_last_error(), Error::OK);
	ASSERT_LT(length, 1000u);
	EXPECT_EQ(length % 4, 0u);
	std::vector<uint8_t> variant(length);
	ASSERT_EQ(stream_.get_data(MutBytes(variant.data(), variant.size())), Error::OK);
	ASSERT_NO_FATAL_FAILURE(expect_echo()); // so nothing else came
	stream_.disconnect_from_host();
	ASSERT_NO_FATAL_FAILURE(expect_exit(0));
}

TEST_F(Godot3Tcp, TypedValuesComeBackFromAGodotServer) {
	ASSERT_NO_FATAL_FAILURE(start_server({}));
	for (const bool big_endian : {false, true}) {
		stream_.set_big_endian(big_endian);
		stream_.put_16(-300);
		stream_.put_u64(UINT64_MAX - 1);
		stream_.put_double(-1.25);
		stream_.put_string("abc");
		stream_.put_utf8_string("h\xc3\xa9");
		ASSERT_EQ(stream_.get_last_error(), Error::OK);
		EXPECT_EQ(stream_.get_16(), -300);
		EXPECT_EQ(stream_.get_u64(), UINT64_MAX - 1);
		EXPECT_EQ(stream_.get_double(), -1.25);
		EXPECT_EQ(stream_.get_string(), "abc");
		EXPECT_EQ(stream_.get_utf8_string(), "h\xc3\xa9");
		EXPECT_EQ(stream_.get_last_error(), Error::OK);
	}
	stream_.disconnect_from_host();
	ASSERT_NO_FATAL_FAILURE(expect_exit(0));
}

TEST_F(Godot3Tcp, GodotServerThatLeavesIsTheEndOfTheStreamAfterItsLastBytes) {
	ASSERT_NO_FATAL_FAILURE(start_server({"--close-after=5"}));
	ASSERT_EQ(stream_.put_data(view_of("12345")), Error::OK);
	uint8_t back[8];
	size_t received = 0;
	EXPECT_EQ(stream_.get_data(MutBytes(back, sizeof(back)), received), Error::ERR_FILE_EOF);
	EXPECT_EQ(ByteView(back, received), view_of("12345"));
	EXPECT_EQ(stream_.get_status(), StreamPeerTCP::STATUS_NONE);
	EXPECT_TRUE(stream_.is_read_eof());
	ASSERT_NO_FATAL_FAILURE(expect_exit(0));
	EXPECT_NE(godot_->line("CLOSING total=5"), nullptr) << godot_->text();
}

TEST_F(Godot3Tcp, GodotClientGetsEverythingBackFromOurEcho) {
	TCPServer server;
	ASSERT_EQ(server.listen(0, "127.0.0.1"), Error::OK);
	godot_ = std::make_unique<Godot3Process>("tcp_client.gd",
	        std::vector<std::string>{"--port=" + std::to_string(server.get_local_port()), "--block=1000000"});
	ASSERT_TRUE(run_until([&] { return server.is_connection_available() || godot_->has_ended(); })) << godot_->text();
	const std::shared_ptr<StreamPeerTCP> client = server.take_connection();
	ASSERT_NE(client, nullptr) << godot_->text();
	client->set_blocking_timeout(kStreamPatienceMs);
	std::vector<uint8_t> piece(64 * 1024);
	size_t total = 0;
	ASSERT_TRUE(run_until(
	        [&] {
		        size_t count = 0;
		        const Error error = client->get_partial_data(MutBytes(piece.data(), piece.size()), count);
		        if (error != Error::OK) return true;
		        total += count;
		        EXPECT_EQ(client->put_data(ByteView(piece.data(), count)), Error::OK);
		        return HasFailure();
	        },
	        client.get()))
	        << godot_->text();
	EXPECT_TRUE(client->is_read_eof()) << "Godot left in order";
	EXPECT_GT(total, 1000000u);
	ASSERT_NO_FATAL_FAILURE(expect_exit(0));
	EXPECT_EQ(*godot_->line("CONNECT "), "CONNECT err=0 status=2");
	EXPECT_NE(godot_->line("BLOCK sent=1000000 got=1000000 same=True"), nullptr) << godot_->text();
	EXPECT_NE(godot_->line("RESULT bad=0"), nullptr) << godot_->text();
}
