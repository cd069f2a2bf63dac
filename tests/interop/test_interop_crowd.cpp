// A hundred simultaneous connections to one server, each echoing packets.
#include "interop_link.h"

using namespace interop;

namespace {

class InteropCrowd : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, InteropCrowd, ::testing::ValuesIn(roles()), role_name);

constexpr size_t kCrowd = 100;
constexpr size_t kEchoes = 20;

size_t size_of(size_t round) { return round % 10 == 9 ? 5000 : 10 + round; }

SideConfig with_peers(size_t peers) {
	SideConfig config;
	config.peers = peers;
	return config;
}

// Sends back what comes; counts who came and who left.
struct EchoServer {
	Side &side;
	size_t connected = 0;
	size_t disconnected = 0;
	uint64_t sum_of_data = 0;

	void serve() {
		while (!side.events.empty()) {
			const SideEvent event = std::move(side.events.front());
			side.events.pop_front();
			switch (event.what) {
			case What::kConnect:
				++connected;
				sum_of_data += event.data;
				break;
			case What::kDisconnect:
				++disconnected;
				EXPECT_EQ(event.data, 9u);
				break;
			case What::kReceive:
				EXPECT_TRUE(side.send(event.conn, event.channel, view(event.bytes), event.flags));
				break;
			}
		}
	}
};

// One connection that sends the next packet when the last came back.
struct EchoClient {
	Side *side = nullptr;
	Conn conn;
	size_t id = 0;
	size_t round = 0;
	size_t extras = 0; // unsequenced packets that came back; some may be lost
	bool connected = false;
	bool left = false;

	std::vector<uint8_t> packet() const { return payload_of(id * 1000 + round, size_of(round)); }
	std::vector<uint8_t> extra() const { return payload_of(id, 40); }
	void send_next() {
		if (round == kEchoes) return side->disconnect(conn, 9);
		EXPECT_TRUE(side->send(conn, 1, view(extra()), kUnsequenced));
		EXPECT_TRUE(side->send(conn, static_cast<uint8_t>(round % 2), view(packet()), kReliable));
	}
	void take(const SideEvent &event) {
		switch (event.what) {
		case What::kConnect:
			EXPECT_FALSE(connected);
			connected = true;
			break;
		case What::kDisconnect:
			EXPECT_EQ(round, kEchoes);
			left = true;
			return;
		case What::kReceive:
			if (event.flags == kUnsequenced) {
				EXPECT_EQ(event.bytes, extra());
				++extras;
				return;
			}
			ASSERT_LT(round, kEchoes);
			EXPECT_EQ(event.channel, round % 2);
			EXPECT_EQ(event.flags, kReliable);
			EXPECT_EQ(event.bytes, packet());
			++round;
			break;
		}
		send_next();
	}
};

void run_crowd(Side &server, std::vector<EchoClient> &clients, const std::vector<Side *> &sides) {
	EchoServer echo{server};
	const uint16_t port = server.port();
	for (EchoClient &client : clients) {
		client.conn = client.side->connect(port, 2, static_cast<uint32_t>(client.id));
		ASSERT_FALSE(client.conn.is_none());
	}
	const auto work = [&] {
		echo.serve();
		size_t left = 0;
		for (EchoClient &client : clients) left += client.left ? 1 : 0;
		for (Side *side : sides) {
			while (side != &server && !side->events.empty()) {
				const SideEvent event = std::move(side->events.front());
				side->events.pop_front();
				for (EchoClient &client : clients) {
					if (client.side == side && client.conn == event.conn) {
						client.take(event);
						break;
					}
				}
			}
		}
		return left == clients.size() && echo.disconnected == clients.size();
	};
	ASSERT_TRUE(run_sides_until(sides, work, 20000)) << echo.connected << " came, " << echo.disconnected << " left";
	EXPECT_EQ(echo.connected, clients.size());
	EXPECT_EQ(echo.sum_of_data, kCrowd * (kCrowd - 1) / 2);
	EXPECT_EQ(server.connected_peers(), 0u);
	size_t extras = 0;
	for (const EchoClient &client : clients) {
		EXPECT_LE(client.extras, kEchoes);
		extras += client.extras;
	}
	EXPECT_GE(extras, kCrowd * kEchoes / 2) << "most unsequenced packets must come back";
}

} // namespace

TEST_P(InteropCrowd, HundredHostsEchoThroughOneServer) {
	const std::unique_ptr<Side> server = make_server(GetParam(), with_peers(kCrowd));
	ASSERT_NE(server, nullptr);
	std::vector<std::unique_ptr<Side>> hosts;
	std::vector<Side *> sides{server.get()};
	std::vector<EchoClient> clients(kCrowd);
	for (size_t i = 0; i < kCrowd; ++i) {
		hosts.push_back(make_client(GetParam(), with_peers(1)));
		ASSERT_NE(hosts.back(), nullptr);
		sides.push_back(hosts.back().get());
		clients[i].side = hosts.back().get();
		clients[i].id = i;
	}
	run_crowd(*server, clients, sides);
}

TEST_P(InteropCrowd, HundredConnectionsOfOneHostEchoThroughOneServer) {
	const std::unique_ptr<Side> server = make_server(GetParam(), with_peers(kCrowd));
	const std::unique_ptr<Side> host = make_client(GetParam(), with_peers(kCrowd));
	ASSERT_NE(server, nullptr);
	ASSERT_NE(host, nullptr);
	std::vector<EchoClient> clients(kCrowd);
	for (size_t i = 0; i < kCrowd; ++i) {
		clients[i].side = host.get();
		clients[i].id = i;
	}
	run_crowd(*server, clients, {server.get(), host.get()});
}
