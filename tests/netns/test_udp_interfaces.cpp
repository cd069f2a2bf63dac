// PacketPeerUDP and UDPServer on a machine with two interfaces: who hears what is sent to a group or to everybody, where
// it leaves, and where answers go.
#include "../../src/packet/udp_server.h"
#include "../../src/reliable/enet_connection.h"
#include "../support/udp_support.h"
#include "net_world.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

using netns::Inside;
using netns::Machine;
using netns::NetWorld;
using netpeer::Error;
using netpeer::PacketPeerUDP;
using netpeer::UDPServer;
using netpeer_test::bytes_of;
using netpeer_test::kUdpPatienceMs;
using netpeer_test::next_text;
using netpeer_test::wait_packets;

namespace {

class UDPInterfaces : public ::testing::Test {
protected:
	void SetUp() override {
		const std::string problem = world.build();
		if (problem.empty()) return;
		const char *ci = std::getenv("CI");
		const bool must = ci != nullptr && std::string(ci) == "true";
		if (must || !world.is_lacking) FAIL() << problem;
		GTEST_SKIP() << "no network namespaces here: " << problem;
	}

	/// What `peer` has heard when a datagram from `from` to its own address has come. One link keeps the order, so what was
	/// sent on it before and is missing will not come. Texts with the senders' addresses.
	std::vector<std::string> heard_until_mark(PacketPeerUDP &peer, const Machine &from, const char *address) {
		PacketPeerUDP marker;
		{
			const Inside inside(from);
			EXPECT_EQ(marker.set_dest_address(address, peer.get_local_port()), Error::OK);
			EXPECT_EQ(marker.put_packet(bytes_of("mark")), Error::OK);
		}
		std::vector<std::string> heard;
		while (peer.wait(kUdpPatienceMs) == Error::OK) {
			const std::string text = next_text(peer);
			if (text == "mark") return heard;
			heard.push_back(text + " from " + peer.get_packet_ip());
		}
		ADD_FAILURE() << "the mark did not come";
		return heard;
	}

	/// The same, behind marks on both of home's links.
	std::vector<std::string> heard_at_home(PacketPeerUDP &peer, bool ipv4 = true) {
		std::vector<std::string> heard = heard_until_mark(peer, world.left, ipv4 ? "10.77.1.1" : "fd77:1::1");
		for (const std::string &text : heard_until_mark(peer, world.right, ipv4 ? "10.77.2.1" : "fd77:2::1"))
			heard.push_back(text);
		return heard;
	}

	static std::vector<std::string> all_texts(PacketPeerUDP &peer) {
		std::vector<std::string> texts;
		while (peer.get_available_packet_count() > 0) texts.push_back(next_text(peer));
		return texts;
	}

	static void open_at(const Machine &machine, PacketPeerUDP &peer, const char *address = "*", int port = 0) {
		const Inside inside(machine);
		ASSERT_EQ(peer.bind(port, address), Error::OK) << peer.last_os_error();
	}
	static Error join_at(const Machine &machine, PacketPeerUDP &peer, const char *group, const char *name) {
		const Inside inside(machine);
		return peer.join_multicast_group(group, name);
	}
	static Error leave_at(const Machine &machine, PacketPeerUDP &peer, const char *group, const char *name) {
		const Inside inside(machine);
		return peer.leave_multicast_group(group, name);
	}
	static void send_from(
	        const Machine &machine, const char *text, const char *to, int port, const char *name = "eth0") {
		const Inside inside(machine);
		PacketPeerUDP sender;
		ASSERT_EQ(sender.set_multicast_interface(name), Error::OK);
		ASSERT_EQ(sender.set_dest_address(to, port), Error::OK);
		ASSERT_EQ(sender.put_packet(bytes_of(text)), Error::OK) << sender.last_os_error();
	}

	NetWorld world;
};

using Texts = std::vector<std::string>;

struct GroupCase {
	const char *name;
	const char *group;
	const char *bind_address;
	const char *left_sender, *right_sender; // as get_packet_ip() says them
	bool ipv4;
};

const GroupCase kGroupCases[] = {
        {"IPv4", "239.255.77.1", "0.0.0.0", "10.77.1.2", "10.77.2.2", true},
        {"IPv4OnADualStackSocket", "239.255.77.1", "*", "10.77.1.2", "10.77.2.2", true},
        {"IPv6", "ff05::77:1", "::", "fd77:1:0:0:0:0:0:2", "fd77:2:0:0:0:0:0:2", false},
        {"IPv6OnADualStackSocket", "ff05::77:1", "*", "fd77:1:0:0:0:0:0:2", "fd77:2:0:0:0:0:0:2", false},
        {"IPv6OfOneLink", "ff02::77:1", "*", "fe80:0:0:0:0:0:0:2", "fe80:0:0:0:0:0:0:2", false},
};

class UDPGroups : public UDPInterfaces, public ::testing::WithParamInterface<GroupCase> {
protected:
	/// Both neighbours send to the group; what `member` hears of it.
	Texts heard_of_both(PacketPeerUDP &member) {
		send_from(world.left, "left", GetParam().group, member.get_local_port());
		send_from(world.right, "right", GetParam().group, member.get_local_port());
		return heard_at_home(member, GetParam().ipv4);
	}
	Texts of_left() const { return {std::string("left from ") + GetParam().left_sender}; }
	Texts of_right() const { return {std::string("right from ") + GetParam().right_sender}; }
	Texts of_both() const { return {of_left()[0], of_right()[0]}; }
};

INSTANTIATE_TEST_SUITE_P(Families, UDPGroups, ::testing::ValuesIn(kGroupCases),
        [](const ::testing::TestParamInfo<GroupCase> &one) { return one.param.name; });

} // namespace

// --- groups ---

TEST_P(UDPGroups, AreHeardOnTheInterfacesTheyWereJoinedOnUntilLeft) {
	const char *group = GetParam().group;
	PacketPeerUDP member;
	open_at(world.home, member, GetParam().bind_address);
	EXPECT_EQ(heard_of_both(member), Texts());
	ASSERT_EQ(join_at(world.home, member, group, "left0"), Error::OK);
	EXPECT_EQ(heard_of_both(member), of_left());
	ASSERT_EQ(join_at(world.home, member, group, "right0"), Error::OK);
	EXPECT_EQ(heard_of_both(member), of_both());
	EXPECT_EQ(join_at(world.home, member, group, "right0"), Error::FAILED) << "joined there already";
	ASSERT_EQ(leave_at(world.home, member, group, "left0"), Error::OK);
	EXPECT_EQ(heard_of_both(member), of_right());
	EXPECT_EQ(leave_at(world.home, member, group, "left0"), Error::FAILED) << "not joined there any more";
	ASSERT_EQ(leave_at(world.home, member, group, "right0"), Error::OK);
	EXPECT_EQ(heard_of_both(member), Texts());
	ASSERT_EQ(join_at(world.home, member, group, "left0"), Error::OK);
	EXPECT_EQ(heard_of_both(member), of_left());
}

TEST_P(UDPGroups, AreNotHeardThroughTheMembershipsOfOthers) {
	const char *group = GetParam().group;
	PacketPeerUDP on_left, on_right, on_none;
	for (PacketPeerUDP *peer : {&on_left, &on_right, &on_none}) peer->set_reuse_address_enabled(true);
	open_at(world.home, on_left, GetParam().bind_address);
	ASSERT_EQ(join_at(world.home, on_left, group, "left0"), Error::OK);
	const int port = on_left.get_local_port();
	open_at(world.home, on_right, GetParam().bind_address, port);
	ASSERT_EQ(join_at(world.home, on_right, group, "right0"), Error::OK);
	open_at(world.home, on_none, GetParam().bind_address, port);
	send_from(world.left, "left", group, port);
	send_from(world.right, "right", group, port);
	// Sockets that share a port share groups and not what is sent to the machine: the marks go to the last one bound.
	EXPECT_EQ(heard_at_home(on_none, GetParam().ipv4), Texts());
	// Linux compares groups alone, and not interfaces, among what a socket has joined of IPv6.
	const Texts both{"left", "right"};
	EXPECT_EQ(all_texts(on_left), GetParam().ipv4 ? Texts{"left"} : both);
	EXPECT_EQ(all_texts(on_right), GetParam().ipv4 ? Texts{"right"} : both);
}

TEST_P(UDPGroups, LeaveThroughTheInterfaceThatWasChosen) {
	const char *group = GetParam().group;
	PacketPeerUDP left, right, sender;
	open_at(world.left, left);
	ASSERT_EQ(join_at(world.left, left, group, "eth0"), Error::OK);
	open_at(world.right, right, "*", left.get_local_port());
	ASSERT_EQ(join_at(world.right, right, group, "eth0"), Error::OK);
	const Inside inside(world.home);
	ASSERT_EQ(sender.set_dest_address(group, left.get_local_port()), Error::OK);
	if (GetParam().ipv4) {
		EXPECT_EQ(sender.put_packet(bytes_of("nowhere")), Error::FAILED) << "no route, and no interface was chosen";
	}
	sender.close();
	ASSERT_EQ(sender.set_multicast_interface("left0"), Error::OK) << "for a socket to come";
	ASSERT_EQ(sender.put_packet(bytes_of("one")), Error::OK);
	ASSERT_EQ(sender.set_multicast_interface("right0"), Error::OK) << "for the one there is";
	ASSERT_EQ(sender.put_packet(bytes_of("two")), Error::OK);
	ASSERT_EQ(sender.set_multicast_interface("left0"), Error::OK);
	ASSERT_EQ(sender.put_packet(bytes_of("three")), Error::OK);
	sender.close();
	ASSERT_EQ(sender.bind(0), Error::OK) << "kept for the next socket, of both families";
	ASSERT_EQ(sender.put_packet(bytes_of("four")), Error::OK);
	const char *left_address = GetParam().ipv4 ? "10.77.1.2" : "fd77:1::2";
	const char *right_address = GetParam().ipv4 ? "10.77.2.2" : "fd77:2::2";
	const bool one_link = std::string(GetParam().name) == "IPv6OfOneLink";
	const std::string at_left = GetParam().ipv4 ? " from 10.77.1.1"
	                            : one_link      ? " from fe80:0:0:0:0:0:0:1"
	                                            : " from fd77:1:0:0:0:0:0:1";
	const std::string at_right = GetParam().ipv4 ? " from 10.77.2.1"
	                             : one_link      ? " from fe80:0:0:0:0:0:0:1"
	                                             : " from fd77:2:0:0:0:0:0:1";
	EXPECT_EQ(heard_until_mark(left, world.home, left_address),
	        (Texts{"one" + at_left, "three" + at_left, "four" + at_left}));
	EXPECT_EQ(heard_until_mark(right, world.home, right_address), Texts{"two" + at_right});
}

TEST_P(UDPGroups, AreHeardByTheSenderItselfUnlessItDoesNotWantTo) {
	const char *group = GetParam().group;
	PacketPeerUDP peer, left;
	open_at(world.home, peer, GetParam().bind_address);
	open_at(world.left, left, "*", peer.get_local_port());
	ASSERT_EQ(join_at(world.home, peer, group, "left0"), Error::OK);
	ASSERT_EQ(join_at(world.left, left, group, "eth0"), Error::OK);
	const Inside inside(world.home);
	ASSERT_EQ(peer.set_multicast_interface("left0"), Error::OK);
	ASSERT_EQ(peer.set_dest_address(group, peer.get_local_port()), Error::OK);
	ASSERT_EQ(peer.put_packet(bytes_of("to all")), Error::OK);
	ASSERT_EQ(peer.set_multicast_loopback(false), Error::OK);
	ASSERT_EQ(peer.put_packet(bytes_of("to others")), Error::OK);
	ASSERT_EQ(peer.set_multicast_loopback(true), Error::OK);
	ASSERT_EQ(peer.set_multicast_ttl(0), Error::OK);
	ASSERT_EQ(peer.put_packet(bytes_of("to myself")), Error::OK);
	Texts at_home, at_left;
	for (const std::string &text : heard_at_home(peer, GetParam().ipv4))
		at_home.push_back(text.substr(0, text.find(" from")));
	for (const std::string &text : heard_until_mark(left, world.home, GetParam().ipv4 ? "10.77.1.2" : "fd77:1::2"))
		at_left.push_back(text.substr(0, text.find(" from")));
	EXPECT_EQ(at_home, (Texts{"to all", "to myself"}));
	EXPECT_EQ(at_left, (Texts{"to all", "to others"}));
}

TEST_P(UDPGroups, MembersCanAnswerWhoeverAsked) {
	const char *group = GetParam().group;
	// Both neighbours ask; home answers each, as programs for Godot do it: by address and port.
	PacketPeerUDP home, left, right;
	open_at(world.home, home, GetParam().bind_address);
	open_at(world.left, left);
	open_at(world.right, right, "*", left.get_local_port());
	for (const char *name : {"left0", "right0"}) ASSERT_EQ(join_at(world.home, home, group, name), Error::OK);
	const struct {
		const Machine &machine;
		PacketPeerUDP &peer;
		const char *text;
	} askers[] = {{world.right, right, "right"}, {world.left, left, "left"}, {world.right, right, "right"}};
	for (const auto &asker : askers) {
		{
			const Inside inside(asker.machine);
			ASSERT_EQ(asker.peer.set_multicast_interface("eth0"), Error::OK);
			ASSERT_EQ(asker.peer.set_dest_address(group, home.get_local_port()), Error::OK);
			ASSERT_EQ(asker.peer.put_packet(bytes_of(asker.text)), Error::OK);
		}
		ASSERT_EQ(wait_packets(home, 1), 1);
		ASSERT_EQ(next_text(home), asker.text);
		ASSERT_EQ(home.set_dest_address(home.get_packet_ip().c_str(), home.get_packet_port()), Error::OK);
		ASSERT_EQ(home.put_packet(bytes_of("answer by text")), Error::OK) << home.last_os_error();
		ASSERT_EQ(home.set_dest_endpoint(home.get_packet_endpoint()), Error::OK);
		ASSERT_EQ(home.put_packet(bytes_of("answer")), Error::OK);
		EXPECT_EQ(wait_packets(asker.peer, 2), 2) << asker.text;
		EXPECT_EQ(next_text(asker.peer), "answer by text");
		EXPECT_EQ(next_text(asker.peer), "answer");
	}
}

TEST_F(UDPInterfaces, AJoinGoesByNameAlsoWhereTwoInterfacesHaveOneAddress) {
	ASSERT_EQ(world.home.configure("addr flush dev left0 scope global\naddr flush dev right0 scope global\n"
	                               "addr add 10.77.9.1/32 dev left0\naddr add 10.77.9.1/32 dev right0\n"
	                               "route add 10.77.1.0/24 dev left0\nroute add 10.77.2.0/24 dev right0\n"),
	        "");
	for (Machine *machine : {&world.left, &world.right})
		ASSERT_EQ(machine->configure("route add 10.77.9.1/32 dev eth0\n"), "");
	PacketPeerUDP member, left, right, sender;
	open_at(world.home, member);
	const auto heard_of_both = [&] {
		send_from(world.left, "left", "239.255.77.1", member.get_local_port());
		send_from(world.right, "right", "239.255.77.1", member.get_local_port());
		Texts heard = heard_until_mark(member, world.left, "10.77.9.1");
		for (const std::string &text : heard_until_mark(member, world.right, "10.77.9.1")) heard.push_back(text);
		return heard;
	};
	ASSERT_EQ(join_at(world.home, member, "239.255.77.1", "right0"), Error::OK);
	EXPECT_EQ(heard_of_both(), Texts{"right from 10.77.2.2"});
	ASSERT_EQ(join_at(world.home, member, "239.255.77.1", "left0"), Error::OK);
	EXPECT_EQ(heard_of_both(), (Texts{"left from 10.77.1.2", "right from 10.77.2.2"}));
	ASSERT_EQ(leave_at(world.home, member, "239.255.77.1", "right0"), Error::OK);
	EXPECT_EQ(heard_of_both(), Texts{"left from 10.77.1.2"});

	open_at(world.left, left);
	open_at(world.right, right, "*", left.get_local_port());
	for (Machine *machine : {&world.left, &world.right})
		ASSERT_EQ(join_at(*machine, machine == &world.left ? left : right, "239.255.77.2", "eth0"), Error::OK);
	const Inside inside(world.home);
	ASSERT_EQ(sender.set_dest_address("239.255.77.2", left.get_local_port()), Error::OK);
	for (const char *name : {"right0", "left0"}) {
		ASSERT_EQ(sender.set_multicast_interface(name), Error::OK);
		ASSERT_EQ(sender.put_packet(bytes_of(name)), Error::OK);
	}
	EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts{"left0 from 10.77.9.1"});
	EXPECT_EQ(heard_until_mark(right, world.home, "10.77.2.2"), Texts{"right0 from 10.77.9.1"});
}

TEST_F(UDPInterfaces, AGroupOfAFamilyTheInterfaceLacksIsRefused) {
	ASSERT_EQ(world.home.configure("addr flush dev left0\naddr add fd77:3::1/64 dev left0 nodad\n"
	                               "link add bare type veth peer name other\nlink set bare addrgenmode none\n"
	                               "link set bare up\n"),
	        "");
	PacketPeerUDP member;
	open_at(world.home, member);
	EXPECT_EQ(join_at(world.home, member, "239.255.77.1", "left0"), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(join_at(world.home, member, "ff05::77:1", "left0"), Error::OK);
	EXPECT_EQ(join_at(world.home, member, "239.255.77.1", "bare"), Error::ERR_INVALID_PARAMETER) << "no address at all";
	EXPECT_EQ(join_at(world.home, member, "239.255.77.1", "right0"), Error::OK);
	ASSERT_EQ(world.home.configure("link del left0\n"), "");
	EXPECT_EQ(leave_at(world.home, member, "ff05::77:1", "left0"), Error::ERR_INVALID_PARAMETER) << "unplugged";
	EXPECT_EQ(leave_at(world.home, member, "239.255.77.1", "right0"), Error::OK);
}

// --- broadcast ---

TEST_F(UDPInterfaces, BroadcastIsRefusedWhileItIsNotEnabled) {
	for (const char *bind_address : {"*", "0.0.0.0", "10.77.1.1"}) {
		PacketPeerUDP peer, left;
		open_at(world.home, peer, bind_address);
		open_at(world.left, left);
		for (const char *to : {"10.77.1.255", "255.255.255.255"}) {
			// Everybody's address has no route of its own: it leaves where the socket's address is.
			if (to[0] == '2' && std::string(bind_address) != "10.77.1.1") continue;
			ASSERT_EQ(peer.set_dest_address(to, left.get_local_port()), Error::OK);
			EXPECT_EQ(peer.put_packet(bytes_of("before")), Error::FAILED) << to;
			ASSERT_EQ(peer.set_broadcast_enabled(true), Error::OK);
			EXPECT_EQ(peer.put_packet(bytes_of("enabled")), Error::OK) << to << " from " << bind_address;
			ASSERT_EQ(peer.set_broadcast_enabled(false), Error::OK);
			EXPECT_EQ(peer.put_packet(bytes_of("after")), Error::FAILED) << to;
			EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts{"enabled from 10.77.1.1"});
		}
	}
	PacketPeerUDP six;
	open_at(world.home, six, "::");
	EXPECT_EQ(six.set_broadcast_enabled(true), Error::ERR_UNAVAILABLE);
}

TEST_F(UDPInterfaces, BroadcastToASubnetReachesThatSubnet) {
	PacketPeerUDP left, right, fixed;
	open_at(world.left, left);
	open_at(world.right, right, "0.0.0.0", left.get_local_port());
	PacketPeerUDP sender;
	ASSERT_EQ(sender.set_broadcast_enabled(true), Error::OK);
	for (const char *to : {"10.77.1.255", "10.77.2.255"}) {
		const Inside inside(world.home);
		ASSERT_EQ(sender.set_dest_address(to, left.get_local_port()), Error::OK);
		ASSERT_EQ(sender.put_packet(bytes_of(to)), Error::OK);
	}
	EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts{"10.77.1.255 from 10.77.1.1"});
	EXPECT_EQ(heard_until_mark(right, world.home, "10.77.2.2"), Texts{"10.77.2.255 from 10.77.2.1"});
	const Inside inside(world.home);
	EXPECT_EQ(fixed.connect_to_host("10.77.1.255", left.get_local_port()), Error::FAILED);
	ASSERT_EQ(fixed.set_broadcast_enabled(true), Error::OK);
	ASSERT_EQ(fixed.connect_to_host("10.77.1.255", left.get_local_port()), Error::OK);
	ASSERT_EQ(fixed.put_packet(bytes_of("fixed")), Error::OK);
	EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts{"fixed from 10.77.1.1"});
}

TEST_F(UDPInterfaces, BroadcastToAllLeavesThroughTheInterfaceOfTheBoundAddress) {
	PacketPeerUDP left, right;
	open_at(world.left, left);
	open_at(world.right, right, "*", left.get_local_port());
	for (const char *from : {"10.77.1.1", "10.77.2.1"}) {
		PacketPeerUDP sender;
		open_at(world.home, sender, from);
		ASSERT_EQ(sender.set_broadcast_enabled(true), Error::OK);
		ASSERT_EQ(sender.set_dest_address("255.255.255.255", left.get_local_port()), Error::OK);
		ASSERT_EQ(sender.put_packet(bytes_of("all")), Error::OK);
	}
	EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts{"all from 10.77.1.1"});
	EXPECT_EQ(heard_until_mark(right, world.home, "10.77.2.2"), Texts{"all from 10.77.2.1"});

	// Bound to every address it goes by the default route, and nowhere without one.
	PacketPeerUDP anywhere;
	open_at(world.home, anywhere);
	ASSERT_EQ(anywhere.set_broadcast_enabled(true), Error::OK);
	ASSERT_EQ(anywhere.set_dest_address("255.255.255.255", left.get_local_port()), Error::OK);
	EXPECT_EQ(anywhere.put_packet(bytes_of("nowhere")), Error::FAILED);
	ASSERT_EQ(world.home.configure("route add default via 10.77.2.2\n"), "");
	EXPECT_EQ(anywhere.put_packet(bytes_of("default")), Error::OK);
	EXPECT_EQ(heard_until_mark(left, world.home, "10.77.1.2"), Texts());
	EXPECT_EQ(heard_until_mark(right, world.home, "10.77.2.2"), Texts{"default from 10.77.2.1"});
}

TEST_F(UDPInterfaces, ASocketBoundToOneAddressHearsNoBroadcastAndNoGroup) {
	PacketPeerUDP peer;
	open_at(world.left, peer, "10.77.1.2");
	EXPECT_EQ(join_at(world.left, peer, "239.255.77.1", "eth0"), Error::OK);
	send_from(world.home, "group", "239.255.77.1", peer.get_local_port(), "left0");
	PacketPeerUDP sender;
	open_at(world.home, sender, "10.77.1.1");
	ASSERT_EQ(sender.set_broadcast_enabled(true), Error::OK);
	for (const char *to : {"10.77.1.255", "255.255.255.255"}) {
		ASSERT_EQ(sender.set_dest_address(to, peer.get_local_port()), Error::OK);
		ASSERT_EQ(sender.put_packet(bytes_of(to)), Error::OK);
	}
	EXPECT_EQ(heard_until_mark(peer, world.home, "10.77.1.2"), Texts());
}

TEST_F(UDPInterfaces, AServerIsFoundByBroadcastOnEveryInterface) {
	UDPServer server;
	{
		const Inside inside(world.home);
		ASSERT_EQ(server.listen(0), Error::OK);
	}
	const struct {
		const Machine &machine;
		const char *to, *home, *own;
	} askers[] = {{world.left, "10.77.1.255", "10.77.1.1", "10.77.1.2"},
	        {world.right, "10.77.2.255", "10.77.2.1", "10.77.2.2"}};
	for (const auto &asker : askers) {
		PacketPeerUDP client;
		{
			const Inside inside(asker.machine);
			ASSERT_EQ(client.set_broadcast_enabled(true), Error::OK);
			ASSERT_EQ(client.set_dest_address(asker.to, server.get_local_port()), Error::OK);
			ASSERT_EQ(client.put_packet(bytes_of("who is there?")), Error::OK);
		}
		ASSERT_EQ(server.wait(kUdpPatienceMs), Error::OK);
		ASSERT_EQ(server.poll(), Error::OK);
		const std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
		ASSERT_NE(peer, nullptr);
		EXPECT_EQ(next_text(*peer), "who is there?");
		EXPECT_EQ(peer->get_packet_ip(), asker.own);
		ASSERT_EQ(peer->put_packet(bytes_of("me")), Error::OK);
		ASSERT_EQ(wait_packets(client, 1), 1);
		EXPECT_EQ(next_text(client), "me");
		EXPECT_EQ(client.get_packet_ip(), asker.home);
		EXPECT_EQ(client.get_packet_port(), server.get_local_port());
	}
}

TEST_F(UDPInterfaces, AServerAnswersNeighboursWithTheSameLinkLocalAddress) {
	UDPServer server;
	{
		const Inside inside(world.home);
		ASSERT_EQ(server.listen(0), Error::OK);
	}
	PacketPeerUDP left, right;
	open_at(world.left, left);
	open_at(world.right, right, "*", left.get_local_port());
	const struct {
		const Machine &machine;
		PacketPeerUDP &peer;
	} askers[] = {{world.right, right}, {world.left, left}};
	for (const auto &asker : askers) {
		const Inside inside(asker.machine);
		// One interface: no doubt which one is meant.
		ASSERT_EQ(asker.peer.set_dest_address("fe80::1", server.get_local_port()), Error::OK);
		ASSERT_EQ(asker.peer.put_packet(bytes_of("?")), Error::OK);
		ASSERT_EQ(server.wait(kUdpPatienceMs), Error::OK);
		ASSERT_EQ(server.poll(), Error::OK);
		const std::shared_ptr<PacketPeerUDP> peer = server.take_connection();
		ASSERT_NE(peer, nullptr);
		ASSERT_EQ(peer->put_packet(bytes_of("!")), Error::OK);
		EXPECT_EQ(wait_packets(asker.peer, 1), 1);
		EXPECT_EQ(next_text(asker.peer), "!");
	}
}

TEST_F(UDPInterfaces, ALinkLocalSenderMayBecomeTheFixedOtherEnd) {
	PacketPeerUDP home, right;
	open_at(world.home, home);
	open_at(world.right, right);
	{
		const Inside inside(world.right);
		ASSERT_EQ(right.set_dest_address("fe80::1", home.get_local_port()), Error::OK);
		ASSERT_EQ(right.put_packet(bytes_of("?")), Error::OK);
	}
	ASSERT_EQ(wait_packets(home, 1), 1);
	EXPECT_EQ(next_text(home), "?");
	ASSERT_EQ(home.connect_to_host(home.get_packet_ip().c_str(), home.get_packet_port()), Error::OK);
	ASSERT_EQ(home.put_packet(bytes_of("!")), Error::OK);
	ASSERT_EQ(wait_packets(right, 1), 1);
	EXPECT_EQ(next_text(right), "!");
	ASSERT_EQ(right.put_packet(bytes_of("and on")), Error::OK);
	ASSERT_EQ(wait_packets(home, 1), 1);
	EXPECT_EQ(next_text(home), "and on");
}

TEST_F(UDPInterfaces, AnENetHostKeepsNeighboursWithTheSameLinkLocalAddressApart) {
	using netpeer::ENetConnection;
	ENetConnection server, clients[2];
	{
		const Inside inside(world.home);
		ASSERT_EQ(server.create_host_bound("*", 0, 4), Error::OK);
	}
	int port = 0;
	const Machine *const machines[2] = {&world.right, &world.left};
	for (int i = 0; i < 2; ++i) {
		const Inside inside(*machines[i]);
		ASSERT_EQ(clients[i].create_host_bound("*", port, 1), Error::OK);
		port = clients[i].get_local_port();
		ASSERT_NE(clients[i].connect_to_host("fe80::1", server.get_local_port()), nullptr);
	}
	int connected[3] = {0, 0, 0};
	const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kUdpPatienceMs);
	while ((connected[0] < 1 || connected[1] < 1 || connected[2] < 2) && std::chrono::steady_clock::now() < end) {
		ENetConnection *const hosts[3] = {&clients[0], &clients[1], &server};
		for (int i = 0; i < 3; ++i) connected[i] += hosts[i]->service(5).type == ENetConnection::EVENT_CONNECT ? 1 : 0;
	}
	EXPECT_EQ(connected[0], 1);
	EXPECT_EQ(connected[1], 1);
	EXPECT_EQ(connected[2], 2);
}
