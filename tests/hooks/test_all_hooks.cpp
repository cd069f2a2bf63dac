// All hooks at once under traffic over loopback, and nothing past them: no memory, no socket call, no thread, no entropy.
#include "../../src/core/shared_object.h"
#include "../../src/netpeer.h"
#include "../../src/tls/backend_mbedtls/mbedtls_memory.h"
#include "../support/tls_support.h"
#include "all_hooks.h"
#include "outside_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#if NETPEER_OS_POSIX
#include <unistd.h>
#endif

using namespace netpeer;
using netpeer_test::hook_counts;
using netpeer_test::HookCounts;
using netpeer_test::outside_watch;

namespace {

constexpr int kPatienceMs = 20000;

class Deadline {
public:
	bool is_over() const { return std::chrono::steady_clock::now() > end_; }

private:
	const std::chrono::steady_clock::time_point end_ =
	        std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
};

// Each of these answers what went wrong, or null. They ask for no memory of their own: that would be counted.

const char *tcp_echo(const char *host) {
	uint8_t sent[5000], got[5000];
	for (size_t i = 0; i < sizeof(sent); ++i) sent[i] = static_cast<uint8_t>(i * 7);
	TCPServer server;
	if (server.listen(0, "127.0.0.1") != Error::OK) return "listen";
	StreamPeerTCP client;
	if (client.connect_to_host(host, server.get_local_port()) != Error::OK) return "connect_to_host";
	if (server.wait(kPatienceMs) != Error::OK) return "wait for a connection";
	const std::shared_ptr<StreamPeerTCP> served = server.take_connection();
	if (served == nullptr) return "take_connection";
	while (client.get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		(void)client.wait(PollType::POLL_TYPE_OUT, kPatienceMs);
		(void)client.poll();
	}
	client.set_no_delay(true);
	for (int round = 0; round < 20; ++round) {
		if (client.put_data(ByteView(sent, sizeof(sent))) != Error::OK) return "put_data";
		if (served->get_data(MutBytes(got, sizeof(got))) != Error::OK) return "get_data";
		if (served->put_data(ByteView(got, sizeof(got))) != Error::OK) return "put_data back";
		std::memset(got, 0, sizeof(got));
		if (client.get_data(MutBytes(got, sizeof(got))) != Error::OK) return "get_data back";
		if (std::memcmp(sent, got, sizeof(sent)) != 0) return "other bytes";
	}
	client.put_u32(7);
	if (served->get_u32() != 7) return "a number";
	Variant text;
	if (text.set_string("longer than what a std::string keeps by itself") != Error::OK) return "a text";
	client.put_var(text);
	if (served->get_var().type() != VariantType::kString) return "a value";
	client.disconnect_from_host();
	(void)served->wait(PollType::POLL_TYPE_IN, kPatienceMs);
	(void)served->poll();
	return served->get_status() == StreamPeerTCP::STATUS_NONE ? nullptr : "the end was not noticed";
}

const char *unix_echo(const char *path) {
	UDSServer server;
	const Error listening = server.listen(path);
	if (listening == Error::ERR_UNAVAILABLE) return nullptr;
	if (listening != Error::OK) return "listen";
	StreamPeerUDS client;
	if (client.connect_to_host(path) != Error::OK) return "connect_to_host";
	if (server.wait(kPatienceMs) != Error::OK) return "wait for a connection";
	const std::shared_ptr<StreamPeerUDS> served = server.take_connection();
	if (served == nullptr || client.get_connected_path() != path) return "take_connection";
	client.put_u64(99);
	return served->get_u64() == 99 ? nullptr : "a number";
}

const char *udp_packets() {
	PacketPeerUDP a, b;
	if (a.bind(0, "127.0.0.1") != Error::OK || b.bind(0, "127.0.0.1") != Error::OK) return "bind";
	if (a.set_dest_address("127.0.0.1", b.get_local_port()) != Error::OK) return "set_dest_address";
	uint8_t bytes[1000] = {};
	for (int i = 0; i < 100; ++i) {
		bytes[0] = static_cast<uint8_t>(i);
		if (a.put_packet(ByteView(bytes, sizeof(bytes))) != Error::OK) return "put_packet";
		if (b.wait(kPatienceMs) != Error::OK) return "wait";
		ByteView packet;
		if (b.get_packet(packet) != Error::OK || packet.size != sizeof(bytes) || packet[0] != i) return "get_packet";
	}
	(void)a.join_multicast_group("239.1.2.3", "lo"); // not every machine can
	(void)a.set_multicast_ttl(3);

	UDPServer server;
	if (server.listen(0, "127.0.0.1") != Error::OK) return "listen";
	PacketPeerUDP client;
	if (client.connect_to_host("127.0.0.1", server.get_local_port()) != Error::OK) return "connect_to_host";
	if (client.put_packet(ByteView(bytes, 3)) != Error::OK) return "put_packet to a server";
	if (server.wait(kPatienceMs) != Error::OK || server.poll() != Error::OK) return "poll of a server";
	const std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
	if (peer == nullptr || peer->get_available_packet_count() != 1) return "take_connection";
	if (peer->put_packet(ByteView(bytes, 4)) != Error::OK) return "put_packet of a server";
	return client.wait(kPatienceMs) == Error::OK && client.get_available_packet_count() == 1 ? nullptr : "the answer";
}

/// A host and what came to it.
struct Side {
	ENetConnection host;
	std::shared_ptr<ENetPacketPeer> peer;
	int packets = 0, connects = 0, disconnects = 0;
	size_t bytes = 0;

	bool poll(int timeout_ms) {
		for (;;) {
			const ENetConnection::Event event = host.service(timeout_ms);
			timeout_ms = 0;
			if (event.type == ENetConnection::EVENT_NONE) return true;
			if (event.type == ENetConnection::EVENT_ERROR) return false;
			if (event.type == ENetConnection::EVENT_CONNECT) {
				++connects;
				peer = event.peer;
			}
			if (event.type == ENetConnection::EVENT_DISCONNECT) ++disconnects;
			if (event.type != ENetConnection::EVENT_RECEIVE) continue;
			ByteView packet;
			if (event.peer->get_packet(packet) != Error::OK) return false;
			++packets;
			bytes += packet.size;
		}
	}
};

const char *enet_traffic(ENetConnection::CompressionMode mode) {
	Side server, client;
	if (server.host.create_host_bound("127.0.0.1", 0, 4, 2) != Error::OK) return "create_host_bound";
	if (client.host.create_host(1, 2) != Error::OK) return "create_host";
	if (server.host.compress(mode) != Error::OK || client.host.compress(mode) != Error::OK) return "compress";
	if (client.host.connect_to_host("127.0.0.1", server.host.get_local_port(), 2) == nullptr) return "connect_to_host";
	const Deadline deadline;
	while ((server.connects == 0 || client.connects == 0) && !deadline.is_over()) {
		if (!server.poll(1) || !client.poll(1)) return "service";
	}
	if (client.peer == nullptr) return "no connection";
	uint8_t bytes[6000];
	for (size_t i = 0; i < sizeof(bytes); ++i) bytes[i] = static_cast<uint8_t>(i % 17);
	for (int i = 0; i < 200; ++i) {
		const size_t size = i % 20 == 0 ? sizeof(bytes) : 32;
		if (client.peer->send(0, ByteView(bytes, size), ENetPacketPeer::FLAG_RELIABLE) != Error::OK) return "send";
		if (client.peer->send(1, ByteView(bytes, 20), 0) != Error::OK) return "send unreliable";
		if (!client.poll(0) || !server.poll(0)) return "service with packets";
	}
	const size_t reliable_bytes = 10 * sizeof(bytes) + 190 * 32;
	while (server.bytes < reliable_bytes && !deadline.is_over()) {
		if (!server.poll(1) || !client.poll(1)) return "service at the end";
	}
	if (server.bytes < reliable_bytes) return "packets are missing";
	(void)server.host.broadcast(0, ByteView(bytes, 9), ENetPacketPeer::FLAG_RELIABLE);
	client.peer->peer_disconnect();
	while (server.disconnects == 0 && !deadline.is_over()) {
		if (!server.poll(1) || !client.poll(1)) return "service of the farewell";
	}
	return server.disconnects != 0 ? nullptr : "the end was not noticed";
}

const char *look_ups() {
	IP ip;
	const int id = ip.resolve_hostname_queue_item("localhost", IPType::IPV4);
	const Deadline deadline;
	IPAddress found[4];
	size_t count = 0;
	Error error = Error::ERR_BUSY;
	while (error == Error::ERR_BUSY && !deadline.is_over()) {
		std::this_thread::yield();
		error = ip.get_resolve_item(id, found, 4, count);
	}
	if (error != Error::OK || !found[0].is_loopback()) return "the queued name";
	ip.erase_resolve_item(id);
	ip.erase_resolve_item(id); // tells the log
	if (ip.resolve_addresses("localhost", IPType::IPV4, found, 4, count) != Error::OK) return "the cached name";
	IPAddress at_once;
	if (resolve_host("localhost", IPType::IPV4, at_once) != Error::OK) return "resolve_host";
	uint32_t index = 0;
	IPAddress own;
	(void)find_network_interface("lo", index, own);
	return nullptr;
}

const char *many_sockets() {
	PacketPeerUDP sender, receivers[40];
	SocketWaiter waiter;
	if (sender.bind(0, "127.0.0.1") != Error::OK) return "bind";
	for (size_t i = 0; i < 40; ++i) {
		if (receivers[i].bind(0, "127.0.0.1") != Error::OK) return "bind of many";
		if (waiter.add_handle(receivers[i].native_handle(), PollType::POLL_TYPE_IN, i) != Error::OK) return "add";
	}
	SocketReady ready[40];
	size_t count = 0;
	if (waiter.wait(Duration(), ready, 40, count) != Error::ERR_BUSY) return "ready too soon";
	const uint8_t bytes[2] = {1, 2};
	for (const size_t i : {3u, 30u, 39u}) {
		if (sender.set_dest_address("127.0.0.1", receivers[i].get_local_port()) != Error::OK) return "set_dest_address";
		if (sender.put_packet(ByteView(bytes, 2)) != Error::OK) return "put_packet";
	}
	size_t seen = 0;
	const Deadline deadline;
	while (seen < 3 && !deadline.is_over()) {
		if (waiter.wait(Duration::from_ms(100), ready, 40, count) != Error::OK) continue;
		for (size_t i = 0; i < count; ++i) {
			if (ready[i].token != 3 && ready[i].token != 30 && ready[i].token != 39) return "the wrong one";
			ByteView packet;
			if (receivers[ready[i].token].get_packet(packet) == Error::OK) ++seen;
		}
	}
	waiter.remove_all();
	return seen == 3 ? nullptr : "not all";
}

#if NETPEER_WITH_MBEDTLS
const char *tls_echo(const std::shared_ptr<TLSOptions> &server_options, const std::shared_ptr<TLSOptions> &options) {
	TCPServer server;
	if (server.listen(0, "127.0.0.1") != Error::OK) return "listen";
	const Allocator &memory = *default_allocator();
	const std::shared_ptr<StreamPeerTCP> wire = make_shared_object<StreamPeerTCP>(memory);
	if (wire->connect_to_host("127.0.0.1", server.get_local_port()) != Error::OK) return "connect_to_host";
	if (server.wait(kPatienceMs) != Error::OK) return "wait for a connection";
	const std::shared_ptr<StreamPeerTCP> served = server.take_connection();
	while (wire->get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		(void)wire->wait(PollType::POLL_TYPE_OUT, kPatienceMs);
		(void)wire->poll();
	}
	StreamPeerTLS client, other;
	if (client.connect_to_stream(wire, "server.test", options) != Error::OK) return "connect_to_stream";
	if (other.accept_stream(served, server_options) != Error::OK) return "accept_stream";
	const Deadline deadline;
	while (!deadline.is_over() && (client.get_status() == StreamPeerTLS::STATUS_HANDSHAKING ||
	                                      other.get_status() == StreamPeerTLS::STATUS_HANDSHAKING)) {
		client.poll();
		other.poll();
	}
	if (client.get_status() != StreamPeerTLS::STATUS_CONNECTED) return "no handshake";
	uint8_t bytes[2000] = {1}, got[2000];
	if (client.put_data(ByteView(bytes, sizeof(bytes))) != Error::OK) return "put_data";
	size_t done = 0;
	while (done < sizeof(got) && !deadline.is_over()) {
		size_t received = 0;
		client.poll();
		other.poll();
		if (other.get_partial_data(MutBytes(got + done, sizeof(got) - done), received) != Error::OK) return "get";
		done += received;
	}
	client.disconnect_from_stream();
	other.disconnect_from_stream();
	return done == sizeof(got) && got[0] == 1 ? nullptr : "other bytes";
}
#endif

class AllHooksTest : public testing::Test {
protected:
	void SetUp() override { ASSERT_EQ(set_hooks(netpeer_test::all_hooks()), Error::OK); }
	void TearDown() override {
		outside_watch.stop();
		IP::destroy_singleton();
		const HookCounts &counts = hook_counts();
		EXPECT_EQ(counts.live_blocks, 0u) << counts.live_bytes << " bytes were not given back";
		EXPECT_EQ(counts.live_bytes, 0u);
		EXPECT_EQ(counts.wrong_sizes, 0u);
		EXPECT_EQ(counts.sockets_opened, counts.sockets_closed);
		EXPECT_EQ(counts.threads_made, counts.threads_joined);
		EXPECT_EQ(counts.broken_invariants, 0u);
		EXPECT_EQ(get_live_allocations(), 0u);
		ASSERT_EQ(set_hooks(Hooks()), Error::OK);
	}
	/// What went past the hooks since outside_watch.start().
	void expect_nothing_outside() {
		outside_watch.stop();
		EXPECT_EQ(outside_watch.memory, 0u);
		EXPECT_EQ(outside_watch.zeroed_memory, 0u);
		EXPECT_EQ(outside_watch.calls, 0u) << "the last one: " << outside_watch.last_call.load();
	}
};

#define NETPEER_EXPECT_DONE(call)                                                                                      \
	do {                                                                                                               \
		const char *const went_wrong_ = (call);                                                                        \
		EXPECT_EQ(went_wrong_, nullptr) << went_wrong_;                                                                \
	} while (0)

void skip_where_nothing_is_seen() {
#if !NETPEER_TEST_SEES_OUTSIDE
	GTEST_SKIP() << "the traffic was right; what goes past the hooks is seen with glibc and without a sanitizer only";
#endif
}

} // namespace

TEST(OutsideWatch, SeesMemoryAndSystemCallsAndNothingOfTheHooks) {
	outside_watch.start();
	{
		const netpeer_test::InsideHook inside;
		std::free(std::malloc(10));
		(void)create_net_socket();
	}
	EXPECT_EQ(outside_watch.memory, 0u);
	EXPECT_EQ(outside_watch.calls, 0u);
	void *volatile block = std::malloc(10);
	void *volatile zeroed = std::calloc(1, 10);
	std::string *volatile text = new std::string(1000, 'x');
	std::unique_ptr<NetSocket> socket = create_net_socket();
	IPType type = IPType::IPV4;
	const Error opened = socket->open_udp(type);
	uint8_t entropy[4];
	const Error filled = system_random().fill(MutBytes(entropy, sizeof(entropy)));
	outside_watch.stop();
	std::free(block);
	std::free(zeroed);
	delete text;
	EXPECT_EQ(opened, Error::OK);
	EXPECT_EQ(filled, Error::OK);
	skip_where_nothing_is_seen();
	if (IsSkipped()) return;
	EXPECT_GE(outside_watch.memory, 4u); // the text takes two, the socket one
	EXPECT_EQ(outside_watch.zeroed_memory, 1u);
	EXPECT_GE(outside_watch.calls, 2u);
}

TEST_F(AllHooksTest, TrafficOfEveryKindAsksNobodyElse) {
	char path[] = "/tmp/netpeer-hooks-XXXXXX";
#if NETPEER_OS_POSIX
	const int made_file = mkstemp(path);
	ASSERT_GE(made_file, 0);
	(void)close(made_file);
	(void)std::remove(path);
#endif
	const char *failures[9] = {};
	outside_watch.start();
	failures[0] = tcp_echo("127.0.0.1");
	failures[1] = tcp_echo("localhost"); // looked up by the singleton's queue
	failures[2] = NETPEER_OS_POSIX ? unix_echo(path) : nullptr;
	failures[3] = udp_packets();
	failures[4] = enet_traffic(ENetConnection::COMPRESS_NONE);
	failures[5] = enet_traffic(ENetConnection::COMPRESS_RANGE_CODER);
	failures[6] = enet_traffic(ENetConnection::COMPRESS_FASTLZ);
	failures[7] = look_ups();
	failures[8] = many_sockets();
	const Error duplicate = StreamPeerBuffer().duplicate() != nullptr ? Error::OK : Error::FAILED;
	report_assert("the hook hears of it", __FILE__, __LINE__);
	IP::destroy_singleton();
	expect_nothing_outside();
	for (size_t i = 0; i < 9; ++i) EXPECT_EQ(failures[i], nullptr) << i << ": " << failures[i];
	EXPECT_EQ(duplicate, Error::OK);

	HookCounts &counts = hook_counts();
	EXPECT_EQ(counts.broken_invariants, 1u);
	counts.broken_invariants = 0;
	EXPECT_GT(counts.allocations, 50u);
	EXPECT_EQ(counts.log_lines, 1u);
	EXPECT_GT(counts.random_bytes, 0u);
	EXPECT_GT(counts.threads_made, 0u);
	EXPECT_GT(counts.sockets_opened, 50u);
	EXPECT_GT(counts.socket_calls, 1000u);
	EXPECT_GE(counts.look_ups, 3u);
	skip_where_nothing_is_seen();
}

#if NETPEER_WITH_ZLIB
TEST_F(AllHooksTest, ZlibTakesItsMemoryFromTheHooks) {
	outside_watch.start();
	const char *const failure = enet_traffic(ENetConnection::COMPRESS_ZLIB);
	expect_nothing_outside();
	EXPECT_EQ(failure, nullptr) << failure;
	skip_where_nothing_is_seen();
}
#endif

#if NETPEER_WITH_MBEDTLS
// mbedTLS asks calloc() itself where it was built without MBEDTLS_PLATFORM_MEMORY, as Debian's is: that one is excepted here,
// and nothing else is.
TEST_F(AllHooksTest, TlsAsksNobodyElseButForMbedtlsItself) {
	const std::shared_ptr<TLSOptions> server_options = netpeer_test::tls_server_options();
	const std::shared_ptr<TLSOptions> options = netpeer_test::tls_client_options();
	// mbedTLS breaks the time of day down, and the C library reads its time zone once for that.
	const std::time_t now = 0;
	(void)std::gmtime(&now);
	outside_watch.start();
	const char *const failure = tls_echo(server_options, options);
	outside_watch.stop();
	EXPECT_EQ(failure, nullptr) << failure;
	EXPECT_EQ(outside_watch.memory, 0u);
#if defined(MBEDTLS_PLATFORM_MEMORY)
	EXPECT_EQ(outside_watch.zeroed_memory, 0u);
#endif
	EXPECT_EQ(outside_watch.calls, 0u) << "the last one: " << outside_watch.last_call.load();
	EXPECT_GT(hook_counts().random_bytes, 0u);
	skip_where_nothing_is_seen();
}

TEST_F(AllHooksTest, WhatMbedtlsIsGivenIsZeroedAndKnowsItsSize) {
	const size_t before = hook_counts().live_blocks;
	lead_mbedtls_to_hooks();
	uint8_t *const block = static_cast<uint8_t *>(hooked_mbedtls_calloc(7, 30));
	ASSERT_NE(block, nullptr);
	for (size_t i = 0; i < 210; ++i) EXPECT_EQ(block[i], 0) << i;
	EXPECT_EQ(hook_counts().live_blocks, before + 1);
	hooked_mbedtls_free(block);
	hooked_mbedtls_free(nullptr);
	EXPECT_EQ(hook_counts().live_blocks, before);
	EXPECT_EQ(hooked_mbedtls_calloc(SIZE_MAX / 2, 3), nullptr);
}
#endif
