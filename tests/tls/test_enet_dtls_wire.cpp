// ENet over DTLS seen from the wire: what a listener on the way gets to know, and what a flood of forged hellos costs. In the
// simulator and on loopback.
#include "../support/dtls_duo.h"
#include "../support/dtls_support.h"
#include "../support/failing_allocator.h"
#include "../support/udp_relay.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;

namespace {

constexpr int kWirePatienceMs = 20000;

template <class Turn, class Done> bool turn_wire_until(Turn turn, Done done) {
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kWirePatienceMs);
	while (!done()) {
		if (std::chrono::steady_clock::now() >= end) return false;
		turn();
	}
	return true;
}

/// A host on a real socket.
struct LiveHost {
	explicit LiveHost(const ENetConnectionHooks &hooks = ENetConnectionHooks()) : host(hooks) {}

	void turn() {
		for (;;) {
			const ENetConnection::Event event = host.service();
			if (event.type <= ENetConnection::EVENT_NONE) return;
			if (event.type == ENetConnection::EVENT_CONNECT) peer = event.peer;
			if (event.type == ENetConnection::EVENT_DISCONNECT) ++ended;
			ByteView packet;
			if (event.type == ENetConnection::EVENT_RECEIVE && event.peer->get_packet(packet) == Error::OK)
				received.push_back(string_of(packet));
		}
	}

	ENetConnection host;
	std::shared_ptr<ENetPacketPeer> peer;
	std::vector<std::string> received;
	int ended = 0;
};

/// 40 bytes each that nobody sends by accident.
std::vector<std::string> secrets() {
	std::vector<std::string> all;
	for (int i = 0; i < 20; ++i) {
		all.push_back("secret number " + std::to_string(1000 + i) + ":");
		while (all.back().size() < static_cast<size_t>(40 + 300 * i))
			all.back() += std::to_string(all.back().size() * 7919);
	}
	return all;
}

// A whole life of a connection through the relay: everything goes both ways.
void live_through(UdpRelay &relay, LiveHost &server, LiveHost &client) {
	ASSERT_NE(client.host.connect_to_host("127.0.0.1", relay.port(), 2, 0x5ec2e7da), nullptr);
	const auto turn = [&] {
		client.turn();
		relay.turn(1);
		server.turn();
	};
	ASSERT_TRUE(turn_wire_until(turn, [&] { return client.peer != nullptr && server.peer != nullptr; }));
	for (const std::string &secret : secrets())
		for (LiveHost *one : {&server, &client})
			ASSERT_EQ(one->peer->send(0, bytes_of(secret), ENetPacketPeer::FLAG_RELIABLE), Error::OK);
	const size_t count = secrets().size();
	ASSERT_TRUE(
	        turn_wire_until(turn, [&] { return server.received.size() == count && client.received.size() == count; }));
	EXPECT_EQ(server.received, secrets());
	EXPECT_EQ(client.received, secrets());
	client.peer->peer_disconnect(77);
	ASSERT_TRUE(turn_wire_until(turn, [&] { return server.ended == 1 && client.ended == 1; }));
}

bool saw_any_secret(const UdpRelay &relay) {
	for (const std::string &secret : secrets())
		if (relay.saw_piece_of(secret, 8)) return true;
	return false;
}

} // namespace

TEST(EnetDtlsWire, OnLoopbackNobodyOnTheWaySeesAPieceOfThePayload) {
	NETPEER_TEST_NEEDS_TLS();
	LiveHost server, client;
	ASSERT_EQ(server.host.create_host_bound("127.0.0.1", 0, 4), Error::OK);
	ASSERT_EQ(server.host.dtls_server_setup(dtls_server_options()), Error::OK);
	ASSERT_EQ(client.host.create_host(1), Error::OK);
	ASSERT_EQ(client.host.dtls_client_setup("localhost", dtls_client_options()), Error::OK);
	UdpRelay relay(server.host.get_local_port());
	ASSERT_NO_FATAL_FAILURE(live_through(relay, server, client));
	EXPECT_EQ(relay.count_plain(), 0u);
	EXPECT_FALSE(saw_any_secret(relay));
	EXPECT_FALSE(relay.saw("\x5e\xc2\xe7\xda")) << "the data of the dial";
	size_t longest = 0;
	for (const std::vector<std::string> *way : {&relay.to_server, &relay.to_client})
		for (const std::string &datagram : *way) longest = std::max(longest, datagram.size());
	EXPECT_LE(longest, 1392u) << "as plain ENet's";
	EXPECT_GT(longest, 1352u);
}

TEST(EnetDtlsWire, WithoutDtlsTheSameListenerSeesAll) {
	LiveHost server, client;
	ASSERT_EQ(server.host.create_host_bound("127.0.0.1", 0, 4), Error::OK);
	ASSERT_EQ(client.host.create_host(1), Error::OK);
	UdpRelay relay(server.host.get_local_port());
	ASSERT_NO_FATAL_FAILURE(live_through(relay, server, client));
	EXPECT_GT(relay.count_plain(), 0u);
	EXPECT_TRUE(saw_any_secret(relay));
	EXPECT_TRUE(relay.saw("\x5e\xc2\xe7\xda"));
}

TEST(EnetDtlsWire, AServersFlightMayComeInOneLongDatagram) {
	NETPEER_TEST_NEEDS_TLS();
	// As Godot's servers send it: no MTU is set there, so that IP cuts what is long.
	TestIdentity identity = test_certificates::server();
	while (identity.chain.size() < 15000) identity.chain += test_certificates::intermediate().certificate;
	DtlsAcceptorConfig config;
	SeededRandom random(3);
	config.options = dtls_server_options(identity);
	config.random = &random;
	config.handshake_mtu = 16384;
	Error error = Error::OK;
	const std::unique_ptr<DtlsAcceptor> acceptor = DtlsAcceptor::create(config, error);
	ASSERT_NE(acceptor, nullptr);
	FaceWorld world(5);
	TransportSim server(world.network);
	Endpoint at;
	at.address = IPAddress::v4(10, 1, 0, 1);
	at.port = 4000;
	ASSERT_EQ(server.open(at), Error::OK);
	FaceHost &client = world.add_created(1);
	ASSERT_EQ(client->dtls_client_setup("server.test", dtls_client_options()), Error::OK);
	ASSERT_NE(client->connect_to_host("10.1.0.1", 4000, 1), nullptr);
	std::vector<uint8_t> buffer(20000);
	size_t longest = 0;
	for (int turns = 0; turns < 3000 && acceptor->counters().sessions_connected == 0; ++turns) {
		world.run_ms(1);
		DatagramSlot slot;
		slot.buffer = MutBytes(buffer.data(), buffer.size());
		size_t received = 0;
		while (server.receive(world.clock.now(), &slot, 1, received) == Error::OK)
			acceptor->receive(world.clock.now(), slot.from, slot.buffer.first(slot.size));
		acceptor->handle_timeout(world.clock.now());
		for (DtlsDatagram datagram; acceptor->drain(datagram); acceptor->drained()) {
			const DatagramOut out{datagram.bytes, datagram.to};
			size_t accepted = 0;
			ASSERT_EQ(server.send(world.clock.now(), &out, 1, accepted), Error::OK);
			longest = std::max(longest, datagram.bytes.size);
		}
	}
	EXPECT_GT(longest, 8000u) << "what this test is about";
	EXPECT_EQ(acceptor->counters().sessions_connected, 1u);
}

// --- forged hellos ---

namespace {

/// Bytes to and from one endpoint.
struct ByteMeter {
	Endpoint at;
	uint64_t in = 0;
	uint64_t out = 0;

	void watch(SimNetwork &network) {
		SimTap tap;
		tap.user = this;
		tap.seen = [](void *user, Instant, const Endpoint &from, const Endpoint &to, ByteView bytes, SimFate) {
			ByteMeter &meter = *static_cast<ByteMeter *>(user);
			if (to == meter.at) meter.in += bytes.size;
			if (from == meter.at) meter.out += bytes.size;
		};
		network.set_tap(tap);
	}
};

class DefaultMemory {
public:
	DefaultMemory() : former_(set_default_allocator(memory.pointer())) {}
	~DefaultMemory() { set_default_allocator(former_); }
	FailingAllocator memory;

private:
	const Allocator *former_;
};

} // namespace

TEST(EnetDtlsFlood, ForgedHellosCostAServerNoMemoryAndFewerBytesThanTheyBring) {
	NETPEER_TEST_NEEDS_TLS();
	constexpr uint32_t kForgeries = 20000;
	DefaultMemory counted;
	{
		DtlsDuo duo(5);
		duo.secure();
		ByteMeter meter;
		meter.at = duo.server.at;
		meter.watch(duo.network);
		duo.run_ms(10);
		const size_t bytes_before = counted.memory.live_bytes();
		const uint64_t requests_before = counted.memory.requests();
		for (uint32_t i = 0; i < kForgeries; ++i) {
			// Each from its own address; some with a cookie of their own making.
			const std::string hello = short_dtls_hello(i, i % 3 == 0 ? std::string(32, static_cast<char>(i)) : "");
			ASSERT_EQ(duo.network.send(duo.clock.now(), client_at(i + 1), duo.server.at, bytes_of(hello)), Error::OK);
			if (i % 100 == 99) duo.run_ms(1);
		}
		duo.run_ms(20);
		EXPECT_EQ(counted.memory.live_bytes(), bytes_before);
		EXPECT_EQ(counted.memory.requests(), requests_before) << "not even asked for";
		EXPECT_TRUE(duo.server.events.empty());
		EXPECT_GE(meter.out, uint64_t{kForgeries} * kHelloVerifyRequestBytes * 9 / 10) << "they are answered";
		EXPECT_LE(meter.out, meter.in);
		EXPECT_TRUE(duo.connect_them()) << "an honest client";
	}
	EXPECT_EQ(counted.memory.live_bytes(), 0u);
}

TEST(EnetDtlsFlood, AnHonestClientConnectsInTheMiddleOfIt) {
	NETPEER_TEST_NEEDS_TLS();
	DtlsDuo duo(5);
	duo.secure();
	ASSERT_NE(duo.dial(duo.client, duo.server), nullptr);
	const Instant start = duo.clock.now();
	uint32_t number = 0;
	while (duo.client.count(ENetConnection::EVENT_CONNECT) == 0 && duo.clock.now() - start < Duration::from_s(3)) {
		for (int i = 0; i < 50; ++i, ++number)
			ASSERT_EQ(duo.network.send(duo.clock.now(), client_at(number % 5000 + 1), duo.server.at,
			                  bytes_of(short_dtls_hello(number))),
			        Error::OK);
		duo.run_ms(1);
	}
	EXPECT_EQ(duo.client.count(ENetConnection::EVENT_CONNECT), 1u);
	EXPECT_LE((duo.clock.now() - start).us / 1000, 60) << "nine ways of 5 ms";
	EXPECT_GE(number, 1000u) << "forgeries meanwhile";
}

TEST(EnetDtlsFlood, OnLoopbackManyAddressesGetNoMoreThanTheySendAndHonestClientsConnect) {
	NETPEER_TEST_NEEDS_TLS();
	constexpr int kAddresses = 16, kPortsEach = 8, kWaves = 60; // 7,680 forgeries
	FailingAllocator memory;
	ENetConnectionHooks hooks;
	hooks.user = &memory;
	hooks.configure = [](void *user, EnetHostConfig &config) {
		config.allocator = static_cast<FailingAllocator *>(user)->pointer();
	};
	{
		LiveHost server(hooks);
		ASSERT_EQ(server.host.create_host_bound("127.0.0.1", 0, 8), Error::OK);
		ASSERT_EQ(server.host.dtls_server_setup(dtls_server_options()), Error::OK);
		std::vector<std::unique_ptr<PacketPeerUDP>> forgers;
		for (int i = 0; i < kAddresses * kPortsEach; ++i) {
			auto forger = std::make_unique<PacketPeerUDP>();
			// All of 127/8 is loopback on Linux; elsewhere ports must do.
			const std::string address = "127.0." + std::to_string(i / kPortsEach + 1) + ".1";
			if (forger->bind(0, address.c_str(), 4096) != Error::OK) {
				ASSERT_EQ(forger->bind(0, "127.0.0.1", 4096), Error::OK);
			}
			ASSERT_EQ(forger->set_dest_address("127.0.0.1", server.host.get_local_port()), Error::OK);
			forgers.push_back(std::move(forger));
		}
		uint64_t sent = 0, received = 0, answers = 0;
		uint32_t number = 0;
		const auto wave = [&] {
			for (const auto &forger : forgers) {
				const std::string hello = short_dtls_hello(++number);
				if (forger->put_packet(bytes_of(hello)) == Error::OK) sent += hello.size();
			}
			server.turn();
			for (const auto &forger : forgers) {
				while (forger->get_available_packet_count() > 0) {
					ByteView packet;
					if (forger->get_packet(packet) != Error::OK) break;
					received += packet.size;
					++answers;
				}
			}
		};
		server.turn();
		const uint64_t requests_before = memory.requests();
		for (int i = 0; i < kWaves / 2; ++i) wave();
		EXPECT_EQ(memory.requests(), requests_before) << "no memory for any of them";
		// The other half while honest clients connect.
		std::vector<std::unique_ptr<LiveHost>> clients;
		for (int i = 0; i < 4; ++i) {
			clients.push_back(std::make_unique<LiveHost>());
			ENetConnection &host = clients.back()->host;
			ASSERT_EQ(host.create_host(1), Error::OK);
			ASSERT_EQ(host.dtls_client_setup("localhost", dtls_client_options()), Error::OK);
			ASSERT_NE(host.connect_to_host("127.0.0.1", server.host.get_local_port(), 1), nullptr);
		}
		int waves = kWaves / 2;
		EXPECT_TRUE(turn_wire_until(
		        [&] {
			        if (waves-- > 0) wave();
			        server.turn();
			        for (const auto &client : clients) client->turn();
		        },
		        [&] {
			        size_t up = 0;
			        for (const auto &client : clients) up += client->peer != nullptr ? 1 : 0;
			        return up == clients.size() && waves <= 0;
		        }));
		for (int i = 0; i < 20; ++i) wave(); // what is still on its way
		EXPECT_GE(answers, uint64_t{number} / 2) << "loopback carried most of it";
		EXPECT_LE(received, sent);
		EXPECT_EQ(server.host.get_peers().size(), clients.size());
	}
	EXPECT_EQ(memory.live_bytes(), 0u);
}
