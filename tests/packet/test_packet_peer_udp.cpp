// PacketPeerUDP: order of checks, codes and error paths, on a scripted socket where the system would not show them.

#include "../../src/packet/packet_peer_udp.h"
#include "../support/failing_allocator.h"
#include "../support/fake_name_lookup.h"
#include "../support/udp_script.h"
#include "../support/udp_support.h"

#include <gtest/gtest.h>

using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::PacketPeerUDP;
using netpeer::PacketPeerUDPHooks;
using netpeer::PollType;
using netpeer_test::bytes_of;
using netpeer_test::datagram;
using netpeer_test::FailingAllocator;
using netpeer_test::FakeClock;
using netpeer_test::FakeNameLookup;
using netpeer_test::FakeSocketFactory;
using netpeer_test::loopback_interface;
using netpeer_test::next_text;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;
using netpeer_test::text_of_bytes;
using netpeer_test::udp_at;

namespace {

SocketAnswer icmp_then(Error error) {
	SocketAnswer answer;
	answer.error = error;
	answer.icmp_errors = 1;
	return answer;
}

} // namespace

TEST(PacketPeerUDP, AFreshOneIsClosedAndEmpty) {
	PacketPeerUDP peer;
	ByteView packet;
	EXPECT_FALSE(peer.is_bound());
	EXPECT_FALSE(peer.is_socket_connected());
	EXPECT_EQ(peer.get_available_packet_count(), -1);
	EXPECT_EQ(peer.get_queued_packet_count(), 0);
	EXPECT_EQ(peer.get_packet_error(), Error::OK);
	EXPECT_EQ(peer.get_packet(packet), Error::FAILED);
	EXPECT_EQ(peer.get_packet_error(), Error::FAILED);
	EXPECT_EQ(peer.get_packet_view(packet), Error::FAILED);
	EXPECT_EQ(peer.get_packet_ip(), "");
	EXPECT_EQ(peer.get_packet_port(), 0);
	EXPECT_EQ(peer.get_local_port(), 0);
	EXPECT_EQ(peer.wait(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.wait(0), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.poll(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.send_empty_packet(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.get_max_packet_size(), 512);
	EXPECT_EQ(peer.get_dropped_packet_count(), 0u);
	EXPECT_EQ(peer.native_handle(), netpeer::kNoSocketHandle);
	EXPECT_EQ(peer.last_os_error(), 0);
	peer.close();
	EXPECT_FALSE(peer.is_bound());
}

TEST(PacketPeerUDP, BindChecksInGodotsOrder) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	for (const char *address : {"", "localhost", "1.2.3", static_cast<const char *>(nullptr)})
		EXPECT_EQ(peer.bind(0, address), Error::ERR_INVALID_PARAMETER);
	for (int port : {-1, 65536, 70000}) EXPECT_EQ(peer.bind(port), Error::ERR_INVALID_PARAMETER) << port;
	EXPECT_EQ(peer.bind(0, "*", -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(factory.sockets_made(), 0u);
	factory.next_socket().then(SocketCall::kOpenUdp, Error::FAILED, 24);
	EXPECT_EQ(peer.bind(0), Error::ERR_CANT_CREATE);
	EXPECT_EQ(peer.last_os_error(), 24);
	factory.next_socket().then(SocketCall::kBind, Error::ERR_UNAVAILABLE, 98);
	EXPECT_EQ(peer.bind(80), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.last_os_error(), 98);
	EXPECT_FALSE(peer.is_bound());
	EXPECT_EQ(peer.bind(65535), Error::OK);
	EXPECT_EQ(peer.bind(-1, "nonsense", -1), Error::ERR_ALREADY_IN_USE);
	factory.refuse(true);
	PacketPeerUDP another;
	EXPECT_EQ(another.bind(0), Error::ERR_CANT_CREATE);
}

TEST(PacketPeerUDP, BindAddressChoosesTheFamily) {
	const std::pair<const char *, IPType> table[] = {{"*", IPType::ANY}, {"0.0.0.0", IPType::IPV4},
	        {"::", IPType::IPV6}, {"127.0.0.1", IPType::IPV4}, {"::1", IPType::IPV6}};
	for (const auto &row : table) {
		FakeSocketFactory factory;
		PacketPeerUDP peer;
		ASSERT_EQ(peer.bind(4242, row.first), Error::OK);
		EXPECT_EQ(factory.script(0).last(SocketCall::kOpenUdp).type, row.second) << row.first;
		EXPECT_EQ(factory.script(0).last(SocketCall::kBind).endpoint.port, 4242);
		EXPECT_EQ(factory.script(0).count(SocketCall::kReuseAddress), 0u);
		EXPECT_EQ(factory.script(0).count(SocketCall::kBufferSizes), 0u);
	}
}

TEST(PacketPeerUDP, PortSharingIsAskedForBeforeBind) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	peer.set_reuse_address_enabled(true);
	peer.set_reuse_port_enabled(true);
	ASSERT_EQ(peer.bind(4242), Error::OK);
	std::vector<SocketCall> calls;
	for (const auto &asked : factory.script(0).log()) calls.push_back(asked.call);
	EXPECT_EQ(calls, (std::vector<SocketCall>{SocketCall::kOpenUdp, SocketCall::kReuseAddress, SocketCall::kReusePort,
	                         SocketCall::kBind}));
}

TEST(PacketPeerUDP, ConnectChecksInGodotsOrder) {
	FakeSocketFactory factory;
	FakeNameLookup names;
	PacketPeerUDPHooks hooks;
	hooks.names = &names;
	PacketPeerUDP peer(hooks);
	for (const char *host : {"", "*", static_cast<const char *>(nullptr)})
		EXPECT_EQ(peer.connect_to_host(host, 1), Error::ERR_INVALID_PARAMETER);
	for (int port : {-1, 0, 65536}) EXPECT_EQ(peer.connect_to_host("127.0.0.1", port), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.connect_to_host("nowhere", 1), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(factory.sockets_made(), 0u);
	factory.next_socket().then(SocketCall::kOpenUdp, Error::FAILED);
	EXPECT_EQ(peer.connect_to_host("127.0.0.1", 1), Error::ERR_CANT_OPEN);
	factory.next_socket().then(SocketCall::kConnectUdp, Error::FAILED, 101);
	EXPECT_EQ(peer.connect_to_host("127.0.0.1", 1), Error::FAILED);
	EXPECT_EQ(peer.last_os_error(), 101);
	EXPECT_FALSE(peer.is_bound());
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::ERR_UNCONFIGURED) << "a failed connect leaves no destination";
	names.hosts["host"] = {IPAddress("10.0.0.7")};
	EXPECT_EQ(peer.connect_to_host("host", 7), Error::OK);
	EXPECT_TRUE(peer.is_socket_connected());
	EXPECT_EQ(peer.get_packet_ip(), "10.0.0.7");
	EXPECT_EQ(peer.get_packet_port(), 7);
	EXPECT_EQ(factory.script(2).last(SocketCall::kOpenUdp).type, IPType::IPV4);
}

TEST(PacketPeerUDP, ConnectOnASocketOfTheWrongFamilyCloses) {
	FakeSocketFactory factory;
	factory.next_socket().then(SocketCall::kConnectUdp, Error::ERR_INVALID_PARAMETER);
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0, "127.0.0.1"), Error::OK);
	EXPECT_EQ(peer.connect_to_host("::1", 9), Error::FAILED);
	EXPECT_FALSE(peer.is_bound());
	EXPECT_FALSE(peer.is_socket_connected());
}

TEST(PacketPeerUDP, DestinationIsALiteralOrAName) {
	FakeSocketFactory factory;
	FakeNameLookup names;
	PacketPeerUDPHooks hooks;
	hooks.names = &names;
	PacketPeerUDP peer(hooks);
	for (int port : {-1, 0, 65536}) EXPECT_EQ(peer.set_dest_address("10.0.0.1", port), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_dest_address(nullptr, 1), Error::ERR_INVALID_PARAMETER);
	for (const char *host : {"", "*", "nowhere"}) EXPECT_EQ(peer.set_dest_address(host, 1), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(peer.set_dest_endpoint(Endpoint()), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_dest_endpoint(udp_at("10.0.0.1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::ERR_UNCONFIGURED);
	names.hosts["host"] = {IPAddress("2001:db8::1")};
	EXPECT_EQ(peer.set_dest_address("host", 65535), Error::OK);
	EXPECT_EQ(factory.sockets_made(), 0u);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::OK);
	EXPECT_EQ(factory.script(0).last(SocketCall::kOpenUdp).type, IPType::IPV6);
	EXPECT_EQ(factory.script(0).last(SocketCall::kSendBatch).endpoint, udp_at("2001:db8::1", 65535));
	EXPECT_EQ(peer.set_dest_endpoint(udp_at("10.0.0.1", 3)), Error::OK);
	EXPECT_EQ(peer.put_packet(bytes_of("y")), Error::OK);
	EXPECT_EQ(factory.script(0).last(SocketCall::kSendBatch).endpoint, udp_at("10.0.0.1", 3));
}

TEST(PacketPeerUDP, AFixedOtherEndKeepsItsDestination) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	ASSERT_EQ(peer.connect_to_host("10.0.0.1", 5), Error::OK);
	EXPECT_EQ(peer.set_dest_address("10.0.0.2", 6), Error::OK);
	EXPECT_EQ(peer.set_dest_address("", -1), Error::OK);
	EXPECT_EQ(peer.set_dest_endpoint(udp_at("10.0.0.2", 6)), Error::OK);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::OK);
	EXPECT_EQ(factory.script(0).last(SocketCall::kSendBatch).endpoint, udp_at("10.0.0.1", 5));
}

TEST(PacketPeerUDP, BroadcastFlagGoesWithEverySocketItOpens) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	EXPECT_EQ(peer.set_broadcast_enabled(true), Error::OK);
	ASSERT_EQ(peer.bind(0), Error::OK);
	EXPECT_TRUE(factory.script(0).last(SocketCall::kBroadcasting).enabled);
	peer.close();
	ASSERT_EQ(peer.connect_to_host("10.0.0.1", 5), Error::OK);
	EXPECT_TRUE(factory.script(1).last(SocketCall::kBroadcasting).enabled);
	EXPECT_EQ(peer.set_broadcast_enabled(false), Error::OK);
	EXPECT_FALSE(factory.script(1).last(SocketCall::kBroadcasting).enabled);
	factory.script(1).then(SocketCall::kBroadcasting, Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.set_broadcast_enabled(true), Error::ERR_UNAVAILABLE);
}

TEST(PacketPeerUDP, KernelBuffersAndMulticastSettingsGoWithEverySocket) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	EXPECT_EQ(peer.set_kernel_recv_buffer(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_kernel_send_buffer(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_multicast_ttl(-1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_multicast_ttl(256), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_multicast_interface("no such interface"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_multicast_interface(nullptr), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.set_kernel_recv_buffer(10000), Error::OK);
	EXPECT_EQ(peer.set_kernel_send_buffer(20000), Error::OK);
	EXPECT_EQ(peer.set_multicast_ttl(9), Error::OK);
	EXPECT_EQ(peer.set_multicast_loopback(false), Error::OK);
	const netpeer::InterfaceInfo lo = loopback_interface();
	EXPECT_EQ(peer.set_multicast_interface(lo.name.c_str()), Error::OK);
	for (size_t i = 0; i < 2; ++i) {
		ASSERT_EQ(peer.bind(0), Error::OK);
		SocketScript &script = factory.script(i);
		EXPECT_EQ(script.last(SocketCall::kBufferSizes).receive_bytes, 10000u);
		EXPECT_EQ(script.last(SocketCall::kBufferSizes).send_bytes, 20000u);
		EXPECT_EQ(script.last(SocketCall::kMulticastTtl).hops, 9);
		EXPECT_EQ(script.count(SocketCall::kMulticastLoopback), 1u);
		EXPECT_EQ(script.last(SocketCall::kMulticastInterface).interface_of_group.index, lo.index);
		peer.close();
	}
	ASSERT_EQ(peer.bind(0), Error::OK);
	SocketScript &script = factory.script(2);
	script.then(SocketCall::kMulticastTtl, Error::FAILED).then(SocketCall::kBufferSizes, Error::FAILED);
	EXPECT_EQ(peer.set_multicast_ttl(1), Error::FAILED);
	EXPECT_EQ(peer.set_kernel_recv_buffer(1), Error::FAILED);
	EXPECT_EQ(peer.set_multicast_interface(""), Error::OK);
	EXPECT_EQ(script.last(SocketCall::kMulticastInterface).interface_of_group.index, 0u);
	EXPECT_EQ(peer.set_multicast_loopback(true), Error::OK);
	EXPECT_TRUE(script.last(SocketCall::kMulticastLoopback).enabled);
}

TEST(PacketPeerUDP, GroupsGoByInterfaceNameAndEachRefusalHasItsError) {
	const netpeer::InterfaceInfo lo = loopback_interface();
	ASSERT_NE(lo.name, "");
	const char *name = lo.name.c_str();
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	for (const char *group : {"", "*", "name", static_cast<const char *>(nullptr)})
		EXPECT_EQ(peer.join_multicast_group(group, name), Error::ERR_INVALID_PARAMETER);
	for (const char *interface_name : {"", "no such interface", static_cast<const char *>(nullptr)}) {
		EXPECT_EQ(peer.join_multicast_group("239.1.2.3", interface_name), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(peer.join_multicast_group("ff02::1234", interface_name), Error::ERR_INVALID_PARAMETER);
	}
	EXPECT_EQ(peer.leave_multicast_group("239.1.2.3", name), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(factory.sockets_made(), 0u);
	factory.next_socket().then(SocketCall::kOpenUdp, Error::FAILED);
	EXPECT_EQ(peer.join_multicast_group("239.1.2.3", name), Error::FAILED);
	factory.next_socket().then(SocketCall::kJoinGroup, Error::FAILED);
	EXPECT_EQ(peer.join_multicast_group("239.1.2.3", name), Error::FAILED);
	EXPECT_FALSE(peer.is_bound()) << "a join that failed opens nothing";
	EXPECT_EQ(peer.join_multicast_group("239.1.2.3", name), Error::OK);
	EXPECT_TRUE(peer.is_bound());
	SocketScript &script = factory.script(2);
	EXPECT_EQ(script.last(SocketCall::kOpenUdp).type, IPType::IPV4);
	EXPECT_EQ(script.last(SocketCall::kJoinGroup).endpoint.address, IPAddress("239.1.2.3"));
	EXPECT_EQ(script.last(SocketCall::kJoinGroup).interface_of_group.ipv4, IPAddress("127.0.0.1"));
	EXPECT_EQ(script.last(SocketCall::kJoinGroup).interface_of_group.index, lo.index);
	script.then(SocketCall::kJoinGroup, Error::ERR_INVALID_PARAMETER).then(SocketCall::kLeaveGroup, Error::FAILED);
	EXPECT_EQ(peer.join_multicast_group("ff02::1234", name), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(peer.leave_multicast_group("239.1.2.4", name), Error::FAILED);
	EXPECT_EQ(peer.leave_multicast_group("239.1.2.3", name), Error::OK);
	EXPECT_TRUE(peer.is_bound());
}

// --- sending ---

TEST(PacketPeerUDP, AnEmptyPacketIsOkAndNotSentButCanBe) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	EXPECT_EQ(peer.put_packet(ByteView()), Error::OK);
	ASSERT_EQ(peer.set_dest_address("10.0.0.1", 5), Error::OK);
	EXPECT_EQ(peer.put_packet(ByteView()), Error::OK);
	EXPECT_FALSE(peer.is_bound());
	EXPECT_EQ(peer.send_empty_packet(), Error::OK);
	EXPECT_EQ(factory.script(0).count(SocketCall::kSendBatch), 1u);
	EXPECT_EQ(factory.script(0).last(SocketCall::kSendBatch).bytes, "");
}

TEST(PacketPeerUDP, ClosingKeepsTheDestinationAndAPutOpensAgain) {
	FakeSocketFactory factory;
	PacketPeerUDP peer;
	ASSERT_EQ(peer.set_dest_address("10.0.0.1", 5), Error::OK);
	ASSERT_EQ(peer.bind(4242), Error::OK);
	peer.close();
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::OK);
	EXPECT_TRUE(peer.is_bound());
	EXPECT_EQ(factory.script(1).sent(), "x");
	EXPECT_EQ(factory.script(1).count(SocketCall::kBind), 0u);
	peer.close();
	factory.next_socket().then(SocketCall::kOpenUdp, Error::FAILED);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::FAILED);
}

TEST(PacketPeerUDP, BlockingPutsSleepUntilThereIsRoom) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.set_dest_address("10.0.0.1", 5), Error::OK);
	SocketAnswer busy;
	busy.error = Error::ERR_BUSY;
	busy.most = 0;
	script.then(SocketCall::kSendBatch, busy).then(SocketCall::kSendBatch, busy);
	script.then(SocketCall::kWait, Error::ERR_BUSY)
	        .then(SocketCall::kWait, Error::OK)
	        .then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::OK);
	EXPECT_EQ(script.count(SocketCall::kWait), 3u);
	EXPECT_EQ(script.last(SocketCall::kWait).poll, PollType::POLL_TYPE_OUT);
	EXPECT_EQ(script.sent(), "x");

	peer.set_blocking_mode(false);
	script.then(SocketCall::kSendBatch, busy);
	EXPECT_EQ(peer.put_packet(bytes_of("y")), Error::ERR_BUSY);
	EXPECT_EQ(script.count(SocketCall::kWait), 3u);

	peer.set_blocking_mode(true);
	script.then(SocketCall::kSendBatch, busy);
	peer.cancel();
	EXPECT_EQ(peer.put_packet(bytes_of("z")), Error::ERR_SKIP);
	script.then(SocketCall::kSendBatch, busy).then(SocketCall::kWait, Error::FAILED);
	EXPECT_EQ(peer.put_packet(bytes_of("z")), Error::FAILED);
	SocketAnswer broken;
	broken.error = Error::FAILED;
	broken.most = 0;
	script.then(SocketCall::kSendBatch, broken);
	EXPECT_EQ(peer.put_packet(bytes_of("z")), Error::FAILED);
	EXPECT_TRUE(peer.is_bound());
	EXPECT_EQ(script.sent(), "x");
}

// --- waiting ---

TEST(PacketPeerUDP, WaitEndsWithTimePacketCancelOrError) {
	FakeClock clock;
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket().waits_move(clock);
	PacketPeerUDPHooks hooks;
	hooks.clock = &clock;
	PacketPeerUDP peer(hooks);
	ASSERT_EQ(peer.bind(0), Error::OK);
	const netpeer::Instant before = clock.now();
	EXPECT_EQ(peer.wait(250), Error::ERR_TIMEOUT);
	EXPECT_EQ(clock.now() - before, Duration::from_ms(250));
	EXPECT_EQ(script.count(SocketCall::kWait), 3u) << "slices of kCancelLatencyMs";
	EXPECT_EQ(peer.wait(0), Error::ERR_TIMEOUT);
	EXPECT_EQ(script.last(SocketCall::kWait).timeout, Duration());
	script.then(SocketCall::kWait, Error::ERR_BUSY).then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(peer.wait(), Error::OK);
	script.then(SocketCall::kWait, Error::FAILED);
	EXPECT_EQ(peer.wait(), Error::FAILED);
	peer.cancel();
	EXPECT_EQ(peer.wait(), Error::ERR_SKIP);
	SocketAnswer cancelling;
	cancelling.error = Error::ERR_BUSY;
	cancelling.effect = [&peer] { peer.cancel(); };
	script.then(SocketCall::kWait, cancelling);
	EXPECT_EQ(peer.wait(), Error::ERR_SKIP);
	script.then(SocketCall::kReceiveBatch, datagram("x", udp_at("10.0.0.1", 1)));
	ASSERT_EQ(peer.poll(), Error::OK);
	const size_t waits = script.count(SocketCall::kWait);
	EXPECT_EQ(peer.wait(), Error::OK) << "one is queued";
	EXPECT_EQ(script.count(SocketCall::kWait), waits);
	peer.cancel();
	peer.close();
	ASSERT_EQ(peer.bind(0), Error::OK);
	factory.script(1).then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(peer.wait(), Error::OK) << "close() forgets cancel()";
}

// --- receiving ---

TEST(PacketPeerUDP, PacketsCarryTheirSenderAndAFailedGetChangesNothing) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	script.then(SocketCall::kReceiveBatch, datagram("one", udp_at("10.0.0.1", 11)));
	script.then(SocketCall::kReceiveBatch, datagram("", udp_at("2001:db8::2", 22)));
	script.then(SocketCall::kReceiveBatch, datagram("three", udp_at("10.0.0.3", 33)));
	EXPECT_EQ(peer.get_queued_packet_count(), 0);
	EXPECT_EQ(peer.get_available_packet_count(), 3);
	EXPECT_EQ(peer.get_packet_ip(), "");
	EXPECT_EQ(next_text(peer), "one");
	EXPECT_EQ(peer.get_packet_ip(), "10.0.0.1");
	EXPECT_EQ(peer.get_packet_port(), 11);
	ByteView packet;
	EXPECT_EQ(peer.get_packet_view(packet), Error::OK);
	EXPECT_EQ(packet.size, 0u);
	EXPECT_EQ(peer.get_packet_ip(), "2001:db8:0:0:0:0:0:2");
	EXPECT_EQ(peer.get_packet_view(packet), Error::OK);
	EXPECT_EQ(text_of_bytes(packet), "three");
	EXPECT_EQ(peer.get_packet(packet), Error::ERR_UNAVAILABLE);
	EXPECT_EQ(peer.get_packet_endpoint(), udp_at("10.0.0.3", 33));
	peer.close();
	EXPECT_EQ(peer.get_packet_port(), 33);
	EXPECT_EQ(peer.get_packet_ip(), "10.0.0.3");
}

TEST(PacketPeerUDP, CountingBeforeEachGetAsksTheKernelOnceForAllOfThem) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	for (const char *text : {"a", "b", "c"})
		script.then(SocketCall::kReceiveBatch, datagram(text, udp_at("10.0.0.1", 11)));
	std::string all;
	while (peer.get_available_packet_count() > 0) all += next_text(peer);
	EXPECT_EQ(all, "abc");
	EXPECT_EQ(script.count(SocketCall::kReceiveBatch), 5u) << "three, the end of them, and before giving up again";
}

TEST(PacketPeerUDP, TwoCountsInARowSeeWhatHasComeSince) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	script.then(SocketCall::kReceiveBatch, datagram("a", udp_at("10.0.0.1", 11)));
	script.then(SocketCall::kReceiveBatch, datagram("b", udp_at("10.0.0.1", 11)));
	ASSERT_EQ(peer.get_available_packet_count(), 2);
	script.then(SocketCall::kReceiveBatch, datagram("c", udp_at("10.0.0.1", 11)));
	EXPECT_EQ(next_text(peer), "a");
	EXPECT_EQ(peer.get_available_packet_count(), 1) << "the kernel was not asked";
	EXPECT_EQ(peer.get_available_packet_count(), 2);
	script.then(SocketCall::kReceiveBatch, datagram("d", udp_at("10.0.0.1", 11)));
	EXPECT_EQ(next_text(peer), "b");
	EXPECT_EQ(peer.poll(), Error::OK);
	EXPECT_EQ(peer.get_queued_packet_count(), 2) << "poll() always asks";
}

TEST(PacketPeerUDP, ABrokenSocketIsMinusOneAndWhatIsQueuedIsServedAllTheSame) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	script.then(SocketCall::kReceiveBatch, datagram("one", udp_at("10.0.0.1", 11)));
	script.otherwise(SocketCall::kReceiveBatch, Error::FAILED);
	EXPECT_EQ(peer.get_available_packet_count(), -1);
	EXPECT_EQ(peer.get_queued_packet_count(), 1);
	EXPECT_EQ(peer.poll(), Error::FAILED);
	EXPECT_EQ(next_text(peer), "one");
	EXPECT_EQ(next_text(peer), "(FAILED)");
	EXPECT_TRUE(peer.is_bound());
}

TEST(PacketPeerUDP, IcmpErrorsShowOnceWithAFixedOtherEndAndNeverWithout) {
	FakeSocketFactory factory;
	SocketScript &loose = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	loose.then(SocketCall::kReceiveBatch, icmp_then(Error::ERR_BUSY));
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	peer.close();

	SocketScript &script = factory.next_socket();
	const Endpoint remote = udp_at("10.0.0.1", 5);
	ASSERT_EQ(peer.connect_to_host("10.0.0.1", 5), Error::OK);
	script.then(SocketCall::kReceiveBatch, datagram("kept", remote));
	script.then(SocketCall::kReceiveBatch, icmp_then(Error::ERR_BUSY));
	EXPECT_EQ(peer.get_available_packet_count(), -1);
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	EXPECT_EQ(next_text(peer), "kept");
	script.then(SocketCall::kReceiveBatch, icmp_then(Error::ERR_BUSY));
	EXPECT_EQ(next_text(peer), "(FAILED)");
	EXPECT_EQ(next_text(peer), "(ERR_UNAVAILABLE)");
	SocketAnswer refused = icmp_then(Error::FAILED);
	refused.most = 0;
	script.then(SocketCall::kSendBatch, refused);
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::FAILED);
	EXPECT_EQ(peer.get_available_packet_count(), 0) << "told already";
	EXPECT_EQ(peer.put_packet(bytes_of("x")), Error::OK);
	script.then(SocketCall::kWait, icmp_then(Error::ERR_BUSY)).then(SocketCall::kWait, Error::OK);
	EXPECT_EQ(peer.wait(), Error::FAILED);
	EXPECT_EQ(peer.wait(), Error::OK);
	script.then(SocketCall::kReceiveBatch, icmp_then(Error::ERR_BUSY));
	script.then(SocketCall::kReceiveBatch, datagram("behind it", remote));
	EXPECT_EQ(next_text(peer), "behind it") << "a packet comes before the report";
	EXPECT_EQ(peer.poll(), Error::FAILED);
	EXPECT_EQ(peer.poll(), Error::OK);
}

TEST(PacketPeerUDP, OnceConnectedNothingOfOthersComesOutOfTheKernelsQueue) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0), Error::OK);
	script.then(SocketCall::kReceiveBatch, datagram("before", udp_at("10.0.0.2", 6)));
	ASSERT_EQ(peer.get_available_packet_count(), 1);
	ASSERT_EQ(peer.connect_to_host("10.0.0.1", 5), Error::OK);
	EXPECT_EQ(peer.get_queued_packet_count(), 0);
	script.then(SocketCall::kReceiveBatch, datagram("late", udp_at("10.0.0.2", 6)));
	script.then(SocketCall::kReceiveBatch, datagram("right", udp_at("10.0.0.1", 5)));
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	EXPECT_EQ(next_text(peer), "right");
}

TEST(PacketPeerUDP, KeepsWhatGodotsArithmeticKeepsAndCountsTheRest) {
	const int table[][4] = {{1024, 100, 20, 16}, {1000, 100, 20, 8}, {0, 1, 20, 0}, {16, 1, 20, 1}, {100, 1, 20, 5},
	        {1025, 1, 200, 81}, {3000, 1, 200, 163}, {16, 9, 3, 0}, {24, 0, 3, 1}};
	for (const auto &row : table) {
		FakeSocketFactory factory;
		SocketScript &script = factory.next_socket();
		PacketPeerUDP peer;
		ASSERT_EQ(peer.bind(0, "*", row[0]), Error::OK);
		for (int i = 0; i < row[2]; ++i)
			script.then(SocketCall::kReceiveBatch,
			        datagram(std::string(static_cast<size_t>(row[1]), 'x'), udp_at("10.0.0.1", 1)));
		EXPECT_EQ(peer.get_available_packet_count(), row[3]) << row[0];
		EXPECT_EQ(peer.get_dropped_packet_count(), static_cast<uint64_t>(row[2] - row[3])) << row[0];
	}
}

TEST(PacketPeerUDP, AQueueThatWasNeverBoundHas65536Bytes) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.connect_to_host("10.0.0.1", 1), Error::OK);
	for (int i = 0; i < 70; ++i)
		script.then(SocketCall::kReceiveBatch, datagram(std::string(1000, 'x'), udp_at("10.0.0.1", 1)));
	EXPECT_EQ(peer.get_available_packet_count(), 63); // 64 * 1024 is one byte too many
	EXPECT_EQ(peer.get_dropped_packet_count(), 7u);
}

TEST(PacketPeerUDP, NoMemoryForTheQueueLosesNothing) {
	FailingAllocator memory;
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDPHooks hooks;
	hooks.allocator = memory.pointer();
	PacketPeerUDP peer(hooks);
	ASSERT_EQ(peer.bind(0), Error::OK);
	EXPECT_EQ(memory.requests(), 0u) << "none before there is something to receive";
	script.then(SocketCall::kReceiveBatch, datagram("kept", udp_at("10.0.0.1", 1)));
	memory.fail_all(true);
	EXPECT_EQ(peer.poll(), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(peer.get_available_packet_count(), -1);
	EXPECT_EQ(next_text(peer), "(ERR_OUT_OF_MEMORY)");
	memory.fail_all(false);
	ASSERT_EQ(peer.get_available_packet_count(), 1);
	memory.fail_all(true);
	EXPECT_EQ(next_text(peer), "(ERR_OUT_OF_MEMORY)") << "no room for the copy";
	ByteView packet;
	EXPECT_EQ(peer.get_packet_view(packet), Error::OK) << "the view needs none";
	EXPECT_EQ(text_of_bytes(packet), "kept");
	memory.fail_all(false);
	peer.close();
}

TEST(PacketPeerUDP, ReceivingTakesNoMemoryOnceWarm) {
	FailingAllocator memory;
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDPHooks hooks;
	hooks.allocator = memory.pointer();
	{
		PacketPeerUDP peer(hooks);
		ASSERT_EQ(peer.bind(0), Error::OK);
		uint64_t warm = 0;
		for (int i = 0; i < 500; ++i) {
			for (int k = 0; k < 3; ++k)
				script.then(SocketCall::kReceiveBatch, datagram(std::string(1200, 'x'), udp_at("10.0.0.1", 1)));
			ASSERT_EQ(peer.get_available_packet_count(), 3);
			for (int k = 0; k < 3; ++k) ASSERT_EQ(next_text(peer).size(), 1200u);
			if (i == 0) warm = memory.requests();
		}
		EXPECT_EQ(memory.requests(), warm);
		EXPECT_EQ(warm, 2u) << "the queue, and the copy get_packet() gives";
	}
	EXPECT_EQ(memory.live_bytes(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

TEST(PacketPeerUDP, AFloodDoesNotKeepAPollFromReturning) {
	FakeSocketFactory factory;
	SocketScript &script = factory.next_socket();
	PacketPeerUDP peer;
	ASSERT_EQ(peer.bind(0, "*", 16), Error::OK);
	script.otherwise(SocketCall::kReceiveBatch, datagram("x", udp_at("10.0.0.1", 1)));
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	EXPECT_EQ(script.count(SocketCall::kReceiveBatch), static_cast<size_t>(PacketPeerUDP::kMostPacketsPerPoll));
	EXPECT_EQ(peer.get_dropped_packet_count(), static_cast<uint64_t>(PacketPeerUDP::kMostPacketsPerPoll) - 1);
}
