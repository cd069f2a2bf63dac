// TransportUdp on a scripted socket: what is skipped, what goes up, and what an unbound socket may do.
#include "../../../src/reliable/transport/transport_udp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace netpeer;

namespace {

struct SocketScript {
	Error open_answer = Error::OK;
	Error bind_answer = Error::OK;
	std::vector<std::string> refused; // payloads the system never takes
	size_t room = 1000;
	size_t receives = 0;
	std::vector<std::string> sent;
	std::string told; // what it was told of fragmentation: s, n, a
	bool was_closed = false;
	bool gives_sockets = true;
};
SocketScript *g_script = nullptr;

class ScriptedSocket final : public NetSocket {
public:
	~ScriptedSocket() override { g_script->was_closed = true; }
	Error open_udp(IPType &type) override {
		type = IPType::IPV4;
		return g_script->open_answer;
	}
	Error bind(const Endpoint &) override { return g_script->bind_answer; }
	void close() override {}
	bool is_open() const override { return true; }
	Error local_endpoint(Endpoint &out) override {
		out.port = 77;
		return Error::OK;
	}
	Error receive_batch(DatagramSlot *, size_t, size_t &received) override {
		received = 0;
		++g_script->receives;
		return Error::ERR_BUSY;
	}
	Error send_batch(const DatagramOut *datagrams, size_t count, size_t &sent) override {
		for (sent = 0; sent < count; ++sent) {
			const std::string body(
			        reinterpret_cast<const char *>(datagrams[sent].bytes.data), datagrams[sent].bytes.size);
			for (const std::string &bad : g_script->refused)
				if (body == bad) return Error::FAILED;
			if (g_script->room == 0) return Error::ERR_BUSY;
			--g_script->room;
			g_script->sent.push_back(body);
		}
		return Error::OK;
	}
	Error wait_readable(Duration) override { return Error::ERR_BUSY; }
	Error set_broadcasting_enabled(bool) override { return Error::FAILED; } // a wish: must not matter
	Error set_buffer_sizes(size_t, size_t) override { return Error::FAILED; }
	Error set_fragmentation(Fragmentation fragmentation) override {
		g_script->told += "sna"[static_cast<size_t>(fragmentation)];
		return Error::ERR_UNAVAILABLE; // a wish, too
	}
	DatagramCaps caps() const override { return DatagramCaps(); }
	void disable_batching() override {}
	const NetSocketCounters &counters() const override { return counters_; }
	int last_os_error() const override { return 0; }

private:
	NetSocketCounters counters_;
};

class TransportUdpTest : public testing::Test {
protected:
	void SetUp() override {
		g_script = &script_;
		former_ = set_net_socket_factory([]() -> std::unique_ptr<NetSocket> {
			return g_script->gives_sockets ? std::make_unique<ScriptedSocket>() : nullptr;
		});
	}
	void TearDown() override { set_net_socket_factory(former_); }

	static std::vector<DatagramOut> datagrams(const std::vector<const char *> &bodies) {
		std::vector<DatagramOut> all;
		for (const char *body : bodies) {
			DatagramOut one;
			one.bytes = view_of(body);
			all.push_back(one);
		}
		return all;
	}

	SocketScript script_;
	NetSocketFactory former_ = nullptr;
};

TEST_F(TransportUdpTest, ClosedOneIsUnconfigured) {
	TransportUdp transport;
	size_t count = 9;
	DatagramSlot slot;
	DatagramOut out;
	Endpoint local;
	EXPECT_EQ(transport.receive(Instant(), &slot, 1, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(transport.send(Instant(), &out, 1, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(transport.wait(Duration()), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(transport.local_endpoint(local), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(transport.wait_socket(), nullptr);
	EXPECT_EQ(transport.ip_type(), IPType::NONE);
}

TEST_F(TransportUdpTest, FailuresToOpenLeaveItClosed) {
	TransportUdp transport;
	script_.gives_sockets = false;
	EXPECT_EQ(transport.open(), Error::ERR_OUT_OF_MEMORY);
	script_.gives_sockets = true;
	script_.open_answer = Error::FAILED;
	EXPECT_EQ(transport.open(), Error::ERR_CANT_CREATE);
	script_.open_answer = Error::OK;
	script_.bind_answer = Error::ERR_UNAVAILABLE;
	script_.was_closed = false;
	EXPECT_EQ(transport.open_bound(Endpoint()), Error::ERR_CANT_CREATE);
	EXPECT_TRUE(script_.was_closed);
	EXPECT_EQ(transport.ip_type(), IPType::NONE);
	script_.bind_answer = Error::OK;
	EXPECT_EQ(transport.open_bound(Endpoint()), Error::OK);
	EXPECT_EQ(transport.ip_type(), IPType::IPV4);
	EXPECT_EQ(transport.open(), Error::ERR_ALREADY_IN_USE);
	EXPECT_NE(transport.wait_socket(), nullptr);
}

TEST_F(TransportUdpTest, RefusedDatagramsAreSkippedAndCounted) {
	TransportUdp transport;
	ASSERT_EQ(transport.open(), Error::OK);
	script_.refused = {"bad", "worse"};
	const std::vector<DatagramOut> all = datagrams({"bad", "one", "worse", "bad", "two", "worse"});
	size_t accepted = 0;
	EXPECT_EQ(transport.send(Instant(), all.data(), all.size(), accepted), Error::OK);
	EXPECT_EQ(accepted, all.size());
	EXPECT_EQ(script_.sent, (std::vector<std::string>{"one", "two"}));
	EXPECT_EQ(transport.send_errors(), 4u);
}

TEST_F(TransportUdpTest, SocketIsToldOfFragmentationOnlyWhereItChanges) {
	TransportUdp transport;
	ASSERT_EQ(transport.open(), Error::OK);
	script_.refused = {"long"};
	std::vector<DatagramOut> all = datagrams({"a", "b", "c", "long", "d", "e", "f"});
	all[2].fragmentation = all[3].fragmentation = Fragmentation::kNever;
	all[4].fragmentation = all[5].fragmentation = Fragmentation::kAllowed;
	size_t accepted = 0;
	EXPECT_EQ(transport.send(Instant(), all.data(), 2, accepted), Error::OK);
	EXPECT_EQ(script_.told, "");
	EXPECT_EQ(transport.send(Instant(), all.data() + 2, 5, accepted), Error::OK);
	EXPECT_EQ(accepted, 5u);
	EXPECT_EQ(script_.told, "nas");
	EXPECT_EQ(script_.sent, (std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
	EXPECT_EQ(transport.send_errors(), 0u) << "a probe that is refused has been answered";
}

TEST_F(TransportUdpTest, NoRoomGoesUpWithTheIndexOfTheRest) {
	TransportUdp transport;
	ASSERT_EQ(transport.open(), Error::OK);
	script_.refused = {"bad"};
	script_.room = 2;
	const std::vector<DatagramOut> all = datagrams({"one", "bad", "two", "three", "four"});
	size_t accepted = 0;
	EXPECT_EQ(transport.send(Instant(), all.data(), all.size(), accepted), Error::ERR_BUSY);
	EXPECT_EQ(accepted, 3u);
	EXPECT_EQ(transport.send_errors(), 1u);
}

TEST_F(TransportUdpTest, UnboundSocketIsNotReadBeforeItHasSent) {
	TransportUdp transport;
	ASSERT_EQ(transport.open(), Error::OK);
	DatagramSlot slot;
	size_t received = 0;
	EXPECT_EQ(transport.receive(Instant(), &slot, 1, received), Error::ERR_BUSY);
	EXPECT_EQ(script_.receives, 0u);
	const std::vector<DatagramOut> all = datagrams({"one"});
	size_t accepted = 0;
	ASSERT_EQ(transport.send(Instant(), all.data(), all.size(), accepted), Error::OK);
	EXPECT_EQ(transport.receive(Instant(), &slot, 1, received), Error::ERR_BUSY);
	EXPECT_EQ(script_.receives, 1u);
}

} // namespace
