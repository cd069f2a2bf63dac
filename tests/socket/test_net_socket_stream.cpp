// Real TCP on loopback. What needs system calls of one platform is in test_net_socket_stream_posix.cpp.
#include "../../src/core/netpeer_config.h"
#include "../support/running_emulated.h"
#include "../support/running_under_wine.h"
#include "../support/stream_pair.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::IPAddress;
using netpeer::IPType;
using netpeer::MutBytes;
using netpeer::NetSocket;
using netpeer::PollType;
using netpeer::ShutdownHalf;
using netpeer_test::accept_one;
using netpeer_test::await_byte;
using netpeer_test::bytes_of;
using netpeer_test::endpoint_at;
using netpeer_test::expect_exchange;
using netpeer_test::fill_up;
using netpeer_test::finish_connect;
using netpeer_test::kStreamPatience;
using netpeer_test::listening_tcp_socket;
using netpeer_test::open_tcp_socket;
using netpeer_test::port_of;
using netpeer_test::receive_all;
using netpeer_test::receive_byte;
using netpeer_test::send_all;
using netpeer_test::StreamPair;
using netpeer_test::tcp_ipv6_works;

TEST(NetSocketStream, AClosedSocketAnswersUnconfiguredToEverything) {
	const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
	std::unique_ptr<NetSocket> accepted;
	Endpoint endpoint;
	size_t count = 9;
	EXPECT_EQ(socket->bind(endpoint_at("*", 0)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->bind_path("x"), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->listen(8), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->accept(accepted, endpoint), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->connect(endpoint_at("127.0.0.1", 9)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->connect_path("x"), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->connect_result(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->send(netpeer::view_of("x"), count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(receive_byte(*socket), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->shutdown(ShutdownHalf::BOTH), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->available_bytes(), -1);
	EXPECT_EQ(socket->remote_endpoint(endpoint), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->wait(PollType::POLL_TYPE_OUT, Duration()), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_no_delay(true), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_keep_alive(true), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_reuse_address(true), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->set_reuse_port(true), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(socket->native_handle(), netpeer::kNoSocketHandle);
	EXPECT_EQ(socket->last_os_error(), 0);
}

TEST(NetSocketStream, OpeningTwiceOrWithAnUnknownTypeIsRefused) {
	const std::unique_ptr<NetSocket> socket = netpeer::create_net_socket();
	for (const int number : {0, -1, 4, 1000}) {
		IPType type = static_cast<IPType>(number);
		EXPECT_EQ(socket->open_tcp(type), Error::ERR_INVALID_PARAMETER) << number;
		EXPECT_FALSE(socket->is_open());
	}
	IPType type = IPType::IPV4;
	ASSERT_EQ(socket->open_tcp(type), Error::OK);
	EXPECT_NE(socket->native_handle(), netpeer::kNoSocketHandle);
	EXPECT_EQ(socket->open_tcp(type), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(socket->open_udp(type), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(socket->open_unix(), Error::ERR_ALREADY_IN_USE);
	socket->close();
	EXPECT_EQ(socket->open_udp(type), Error::OK);
}

TEST(NetSocketStream, CallsForDatagramsAndCallsForStreamsDoNotMix) {
	const std::unique_ptr<NetSocket> tcp = open_tcp_socket(IPType::IPV4);
	size_t count = 9;
	EXPECT_EQ(tcp->receive_batch(nullptr, 0, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(tcp->send_batch(nullptr, 0, count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(tcp->set_broadcasting_enabled(true), Error::FAILED);
	EXPECT_EQ(tcp->bind_path("x"), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(tcp->connect_path("x"), Error::ERR_UNCONFIGURED);
	EXPECT_TRUE(tcp->is_open());

	const std::unique_ptr<NetSocket> udp = netpeer::create_net_socket();
	IPType type = IPType::IPV4;
	ASSERT_EQ(udp->open_udp(type), Error::OK);
	std::unique_ptr<NetSocket> accepted;
	Endpoint remote;
	EXPECT_EQ(udp->listen(8), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(udp->accept(accepted, remote), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(udp->connect(endpoint_at("127.0.0.1", 9)), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(udp->connect_result(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(receive_byte(*udp), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(udp->send(netpeer::view_of("x"), count), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(udp->set_no_delay(true), Error::FAILED);
	EXPECT_EQ(udp->set_keep_alive(true), Error::FAILED);
	EXPECT_EQ(udp->remote_endpoint(remote), Error::FAILED);
	EXPECT_TRUE(udp->is_open());
}

TEST(NetSocketStream, IPv4ConnectionKnowsBothEndsAndCarriesBothWays) {
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
	const Endpoint there = endpoint_at("127.0.0.1", port_of(*listener));
	const Error started = client->connect(there);
	ASSERT_TRUE(started == Error::OK || started == Error::ERR_BUSY);
	Endpoint from;
	const std::unique_ptr<NetSocket> server = accept_one(*listener, &from);
	ASSERT_NE(server, nullptr);
	ASSERT_EQ(finish_connect(*client), Error::OK);
	EXPECT_EQ(client->connect_result(), Error::OK);
	EXPECT_EQ(server->connect_result(), Error::OK);
	EXPECT_EQ(client->connect(there), Error::OK) << "already connected";

	EXPECT_EQ(from, endpoint_at("127.0.0.1", port_of(*client)));
	Endpoint seen;
	ASSERT_EQ(client->remote_endpoint(seen), Error::OK);
	EXPECT_EQ(seen, there);
	ASSERT_EQ(server->remote_endpoint(seen), Error::OK);
	EXPECT_EQ(seen, from);
	expect_exchange(*client, *server);
}

TEST(NetSocketStream, IPv6ConnectionCarriesBothWays) {
	if (!tcp_ipv6_works()) GTEST_SKIP() << "no IPv6 loopback here";
	const StreamPair pair = StreamPair::over_tcp(IPType::IPV6, "::1");
	ASSERT_NE(pair.server, nullptr);
	Endpoint seen;
	ASSERT_EQ(pair.server->remote_endpoint(seen), Error::OK);
	EXPECT_EQ(seen.address, IPAddress("::1"));
	expect_exchange(*pair.client, *pair.server);
}

TEST(NetSocketStream, ADualStackListenerTakesBothKindsAndShowsIPv4Dotted) {
	if (!tcp_ipv6_works()) GTEST_SKIP() << "no IPv6 loopback here";
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::ANY, "*");
	for (const char *address : {"127.0.0.1", "::1"}) {
		for (const IPType type : {IPType::ANY, address[0] == ':' ? IPType::IPV6 : IPType::IPV4}) {
			StreamPair pair;
			pair.client = open_tcp_socket(type);
			const Error started = pair.client->connect(endpoint_at(address, port_of(*listener)));
			ASSERT_TRUE(started == Error::OK || started == Error::ERR_BUSY);
			Endpoint from;
			pair.server = accept_one(*listener, &from);
			ASSERT_NE(pair.server, nullptr);
			ASSERT_EQ(finish_connect(*pair.client), Error::OK);
			EXPECT_EQ(from.address, IPAddress(address));
			EXPECT_EQ(from.address.is_ipv4(), address[0] != ':');
			expect_exchange(*pair.client, *pair.server);
		}
	}
}

TEST(NetSocketStream, AnIPv6OnlyListenerLeavesThePortToIPv4) {
	if (!tcp_ipv6_works()) GTEST_SKIP() << "no IPv6 loopback here";
	// Several tries: any of the ports may by chance belong to another program's IPv4 socket.
	bool both = false;
	for (int i = 0; i < 5 && !both; ++i) {
		const std::unique_ptr<NetSocket> six = listening_tcp_socket(IPType::IPV6, "*");
		const std::unique_ptr<NetSocket> four = open_tcp_socket(IPType::IPV4);
		both = four->bind(endpoint_at("127.0.0.1", port_of(*six))) == Error::OK && four->listen(1) == Error::OK;
	}
	EXPECT_TRUE(both);
}

TEST(NetSocketStream, AddressesOfTheWrongFamilyAreRefusedAndTheSocketStaysOpen) {
	const std::unique_ptr<NetSocket> four = open_tcp_socket(IPType::IPV4);
	EXPECT_EQ(four->bind(endpoint_at("::1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->bind(endpoint_at("nonsense", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->connect(endpoint_at("::1", 9)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->connect(endpoint_at("nonsense", 9)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->connect(endpoint_at("*", 9)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(four->connect(endpoint_at("127.0.0.1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(four->is_open());
	EXPECT_EQ(four->connect_result(), Error::FAILED) << "nothing is under way";
	if (!tcp_ipv6_works()) return;
	const std::unique_ptr<NetSocket> six = open_tcp_socket(IPType::IPV6);
	EXPECT_EQ(six->bind(endpoint_at("127.0.0.1", 0)), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(six->connect(endpoint_at("127.0.0.1", 9)), Error::ERR_INVALID_PARAMETER);
	EXPECT_TRUE(six->is_open());
}

TEST(NetSocketStream, APortInUseIsUnavailableAndClosesTheSocket) {
	const std::unique_ptr<NetSocket> first = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const std::unique_ptr<NetSocket> second = open_tcp_socket(IPType::IPV4);
	EXPECT_EQ(second->set_reuse_address(true), Error::OK);
	EXPECT_EQ(second->bind(endpoint_at("127.0.0.1", port_of(*first))), Error::ERR_UNAVAILABLE);
	EXPECT_FALSE(second->is_open());
	EXPECT_NE(second->last_os_error(), 0);
}

TEST(NetSocketStream, AListenerRestartsOnItsPortWhileOldConnectionsLinger) {
	std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	const uint16_t port = port_of(*listener);
	StreamPair pair;
	pair.client = open_tcp_socket(IPType::IPV4);
	pair.join(*listener, pair.client->connect(endpoint_at("127.0.0.1", port)));
	listener.reset();
	pair.server.reset(); // the server closes first, so its end is the one that lingers
	EXPECT_EQ(await_byte(*pair.client), Error::ERR_FILE_EOF);
	pair.client.reset();
	const std::unique_ptr<NetSocket> again = open_tcp_socket(IPType::IPV4);
	ASSERT_EQ(again->set_reuse_address(true), Error::OK);
	EXPECT_EQ(again->bind(endpoint_at("127.0.0.1", port)), Error::OK);
	EXPECT_EQ(again->listen(8), Error::OK);
}

TEST(NetSocketStream, SocketsThatAllAskShareAPort) {
	const std::unique_ptr<NetSocket> first = open_tcp_socket(IPType::IPV4);
	const Error asked = first->set_reuse_port(true);
	if (asked == Error::ERR_UNAVAILABLE) GTEST_SKIP() << "no SO_REUSEPORT here";
	ASSERT_EQ(asked, Error::OK);
	ASSERT_EQ(first->bind(endpoint_at("127.0.0.1", 0)), Error::OK);
	ASSERT_EQ(first->listen(8), Error::OK);
	const std::unique_ptr<NetSocket> second = open_tcp_socket(IPType::IPV4);
	ASSERT_EQ(second->set_reuse_port(true), Error::OK);
	if (netpeer_test::running_under_wine())
		GTEST_SKIP() << "Wine takes Linux's SO_REUSEADDR for it, which does not share";
	EXPECT_EQ(second->bind(endpoint_at("127.0.0.1", port_of(*first))), Error::OK);
}

TEST(NetSocketStream, ARefusedConnectIsToldAsFailed) {
	// Bound and not listening: nobody else gets the port meanwhile.
	const std::unique_ptr<NetSocket> holder = open_tcp_socket(IPType::IPV4);
	ASSERT_EQ(holder->bind(endpoint_at("127.0.0.1", 0)), Error::OK);
	const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
	const Error started = client->connect(endpoint_at("127.0.0.1", port_of(*holder)));
	if (started == Error::ERR_BUSY) {
		EXPECT_EQ(finish_connect(*client), Error::FAILED);
		EXPECT_TRUE(client->is_open());
		EXPECT_EQ(client->connect_result(), Error::FAILED) << "the answer stays";
	} else {
		EXPECT_EQ(started, Error::FAILED);
		EXPECT_FALSE(client->is_open());
	}
	EXPECT_NE(client->last_os_error(), 0);
}

TEST(NetSocketStream, AConnectToAnAddressNoStreamCanReachFails) {
	// No system has a route for TCP to "everybody here", whatever networks it is in.
	const std::unique_ptr<NetSocket> client = open_tcp_socket(IPType::IPV4);
	const Error started = client->connect(endpoint_at("255.255.255.255", 9));
	if (started == Error::ERR_BUSY) {
		EXPECT_EQ(finish_connect(*client), Error::FAILED);
		EXPECT_TRUE(client->is_open());
	} else {
		EXPECT_EQ(started, Error::FAILED);
		EXPECT_FALSE(client->is_open());
	}
	EXPECT_NE(client->last_os_error(), 0);
}

TEST(NetSocketStream, NobodyWaitingIsBusy) {
	const std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	std::unique_ptr<NetSocket> accepted;
	Endpoint remote = endpoint_at("1.2.3.4", 5);
	EXPECT_EQ(listener->accept(accepted, remote), Error::ERR_BUSY);
	EXPECT_EQ(accepted, nullptr);
	EXPECT_EQ(remote, endpoint_at("1.2.3.4", 5));
	EXPECT_EQ(listener->wait(PollType::POLL_TYPE_IN, Duration()), Error::ERR_BUSY);
}

TEST(NetSocketStream, NothingWaitingIsBusyAndNoBytesAreFine) {
	const StreamPair pair = StreamPair::over_tcp();
	EXPECT_EQ(receive_byte(*pair.server), Error::ERR_BUSY);
	EXPECT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, Duration()), Error::ERR_BUSY);
	EXPECT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, Duration::from_ms(3)), Error::ERR_BUSY);
	EXPECT_EQ(pair.server->wait(PollType::POLL_TYPE_OUT, Duration()), Error::OK);
	EXPECT_EQ(pair.server->wait(PollType::POLL_TYPE_IN_OUT, Duration()), Error::OK);
	EXPECT_EQ(pair.server->available_bytes(), 0);
	size_t count = 9;
	EXPECT_EQ(pair.server->send(ByteView(), count), Error::OK);
	EXPECT_EQ(count, 0u);
	count = 9;
	EXPECT_EQ(pair.server->receive(MutBytes(), count), Error::OK);
	EXPECT_EQ(count, 0u);
}

TEST(NetSocketStream, UnknownNumbersAreRefusedAndChangeNothing) {
	const StreamPair pair = StreamPair::over_tcp();
	for (const int number : {-1, 3, INT32_MAX, INT32_MIN}) {
		EXPECT_EQ(pair.client->shutdown(static_cast<ShutdownHalf>(number)), Error::ERR_INVALID_PARAMETER);
		// A wait without limit: it must not begin.
		EXPECT_EQ(
		        pair.server->wait(static_cast<PollType>(number), Duration::from_ms(-1)), Error::ERR_INVALID_PARAMETER);
	}
	ASSERT_EQ(send_all(*pair.client, "x"), Error::OK);
	ASSERT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, Duration::from_ms(5000)), Error::OK);
	EXPECT_EQ(pair.server->available_bytes(), 1);
	pair.client->close();
	EXPECT_EQ(pair.client->wait(static_cast<PollType>(3), Duration()), Error::ERR_UNCONFIGURED);
}

TEST(NetSocketStream, AvailableBytesAreWhatCanBeReceived) {
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(send_all(*pair.client, "12345"), Error::OK);
	ASSERT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	EXPECT_EQ(pair.server->available_bytes(), 5);
	EXPECT_EQ(receive_byte(*pair.server), Error::OK);
	EXPECT_EQ(pair.server->available_bytes(), 4);
}

TEST(NetSocketStream, EverySendAndEveryReceiveIsOneSystemCall) {
	const StreamPair pair = StreamPair::over_tcp();
	size_t count = 0;
	ASSERT_EQ(pair.client->send(netpeer::view_of("x"), count), Error::OK);
	ASSERT_EQ(pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience), Error::OK);
	ASSERT_EQ(receive_byte(*pair.server), Error::OK);
	EXPECT_EQ(receive_byte(*pair.server), Error::ERR_BUSY);
	EXPECT_EQ(pair.client->counters().send_calls, 1u);
	EXPECT_EQ(pair.server->counters().receive_calls, 2u);
}

TEST(NetSocketStream, APatientCallEndsWithoutDataAndLeavesTheOthersAsTheyAre) {
	const StreamPair pair = StreamPair::over_tcp();
	uint8_t byte = 0;
	size_t received = 9;
	EXPECT_EQ(pair.client->receive_patiently(MutBytes(&byte, 1), received), Error::ERR_BUSY);
	EXPECT_EQ(received, 0u);
	EXPECT_EQ(receive_byte(*pair.client), Error::ERR_BUSY); // had it waited for ever, we would not be here
	// Systems enlarge their buffers while they are full.
	Error error = Error::OK;
	size_t sent = 9;
	for (int i = 0; i < 100 && error == Error::OK; ++i) {
		fill_up(*pair.client);
		error = pair.client->send_patiently(netpeer::view_of("x"), sent);
	}
	EXPECT_EQ(error, Error::ERR_BUSY);
	EXPECT_EQ(sent, 0u);
	fill_up(*pair.client); // send() still says ERR_BUSY at once
}

TEST(NetSocketStream, APatientReceiveIsOneSystemCall) {
	const StreamPair pair = StreamPair::over_tcp();
	uint8_t byte = 0;
	size_t received = 0;
	EXPECT_EQ(pair.client->receive_patiently(MutBytes(&byte, 1), received), Error::ERR_BUSY);
	const uint64_t before = pair.client->counters().receive_calls;
	size_t sent = 0;
	ASSERT_EQ(pair.server->send(netpeer::view_of("x"), sent), Error::OK);
	ASSERT_EQ(pair.client->wait(PollType::POLL_TYPE_IN, kStreamPatience),
	        Error::OK); // for systems whose calls cannot be patient
	EXPECT_EQ(pair.client->receive_patiently(MutBytes(&byte, 1), received), Error::OK);
	EXPECT_EQ(pair.client->counters().receive_calls, before + 1);
	EXPECT_EQ(byte, 'x');
}

TEST(NetSocketStream, TheEndOfTheStreamComesAfterAllBytesAndStays) {
	StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(send_all(*pair.client, "last words"), Error::OK);
	pair.client->close();
	std::string got;
	EXPECT_EQ(receive_all(*pair.server, 10, got), Error::OK);
	EXPECT_EQ(got, "last words");
	EXPECT_EQ(await_byte(*pair.server), Error::ERR_FILE_EOF);
	EXPECT_EQ(receive_byte(*pair.server), Error::ERR_FILE_EOF);
}

TEST(NetSocketStream, AHalfClosedStreamStillGivesWhatWasSentAndTakesAnswers) {
	const StreamPair pair = StreamPair::over_tcp();
	ASSERT_EQ(send_all(*pair.server, "unread"), Error::OK);
	ASSERT_EQ(send_all(*pair.client, "question"), Error::OK);
	ASSERT_EQ(pair.client->shutdown(ShutdownHalf::SEND), Error::OK);
	std::string got;
	ASSERT_EQ(receive_all(*pair.server, 8, got), Error::OK);
	EXPECT_EQ(got, "question");
	EXPECT_EQ(await_byte(*pair.server), Error::ERR_FILE_EOF);
	ASSERT_EQ(send_all(*pair.server, " answer"), Error::OK);
	ASSERT_EQ(receive_all(*pair.client, 13, got), Error::OK);
	EXPECT_EQ(got, "unread answer");
	size_t sent = 9;
	EXPECT_EQ(pair.client->send(netpeer::view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_NE(pair.client->last_os_error(), 0);
}

TEST(NetSocketStream, WhatIsNotConnectedNeitherSendsNorReceivesNorShutsDown) {
	const std::unique_ptr<NetSocket> socket = open_tcp_socket(IPType::IPV4);
	Endpoint remote;
	EXPECT_EQ(socket->remote_endpoint(remote), Error::FAILED);
	size_t sent = 9;
	EXPECT_EQ(socket->send(netpeer::view_of("x"), sent), Error::FAILED);
	EXPECT_EQ(sent, 0u);
	EXPECT_EQ(receive_byte(*socket), Error::FAILED);
	EXPECT_EQ(socket->shutdown(ShutdownHalf::BOTH), Error::FAILED);
	EXPECT_NE(socket->last_os_error(), 0);
	EXPECT_TRUE(socket->is_open());
}

TEST(NetSocketStream, AFullSendBufferTakesAPartAndThenNothing) {
	const StreamPair pair = StreamPair::over_tcp(IPType::IPV4, "127.0.0.1", 4096);
	const std::string block(size_t{16} << 20, 'f');
	size_t sent = 0;
	ASSERT_EQ(pair.client->send(bytes_of(block), sent), Error::OK);
	if (NETPEER_OS_POSIX) { // Windows may take all of one send
		EXPECT_LT(sent, block.size());
	}
	const size_t total = sent + fill_up(*pair.client);
	EXPECT_EQ(pair.client->wait(PollType::POLL_TYPE_OUT, Duration()), Error::ERR_BUSY);
	EXPECT_GE(pair.client->counters().send_would_block, 1u);
	std::string got;
	ASSERT_EQ(receive_all(*pair.server, total, got), Error::OK);
	EXPECT_EQ(pair.client->wait(PollType::POLL_TYPE_OUT, kStreamPatience), Error::OK);
}

TEST(NetSocketStream, AHundredMegabytesThroughASmallBufferArriveIntact) {
	const size_t total = netpeer_test::running_under_wine() || netpeer_test::running_emulated() ? size_t{8} << 20
	                                                                                            : size_t{100} << 20;
	const StreamPair pair = StreamPair::over_tcp(IPType::IPV4, "127.0.0.1", 4096);
	ASSERT_NE(pair.server, nullptr);
	// A period that no power of two divides, so that a lost or doubled block shows.
	constexpr size_t kPeriod = 65521;
	std::string pattern;
	for (size_t i = 0; i < 2 * kPeriod; ++i)
		pattern.push_back(static_cast<char>((i % kPeriod) * 31 + (i % kPeriod) / 256));
	Error sender_error = Error::OK;
	std::thread sender([&] {
		size_t done = 0;
		while (done < total && sender_error == Error::OK) {
			size_t sent = 0;
			const size_t most = total - done < kPeriod ? total - done : kPeriod;
			sender_error = pair.client->send(bytes_of(pattern).after(done % kPeriod).first(most), sent);
			if (sender_error == Error::ERR_BUSY)
				sender_error = pair.client->wait(PollType::POLL_TYPE_OUT, kStreamPatience);
			done += sent;
		}
		if (sender_error == Error::OK) sender_error = pair.client->shutdown(ShutdownHalf::SEND);
	});
	std::string block(kPeriod, '\0');
	size_t done = 0;
	Error error = Error::OK;
	bool intact = true;
	while (error == Error::OK) {
		size_t received = 0;
		error = pair.server->receive(MutBytes(reinterpret_cast<uint8_t *>(&block[0]), block.size()), received);
		intact = intact && pattern.compare(done % kPeriod, received, block, 0, received) == 0;
		done += received;
		if (error == Error::ERR_BUSY) error = pair.server->wait(PollType::POLL_TYPE_IN, kStreamPatience);
	}
	sender.join();
	EXPECT_EQ(sender_error, Error::OK);
	EXPECT_EQ(error, Error::ERR_FILE_EOF);
	EXPECT_EQ(done, total);
	EXPECT_TRUE(intact);
}

TEST(NetSocketStream, OptionsOfAConnectionAreAccepted) {
	const StreamPair pair = StreamPair::over_tcp();
	EXPECT_EQ(pair.client->set_no_delay(true), Error::OK);
	EXPECT_EQ(pair.client->set_no_delay(false), Error::OK);
	EXPECT_EQ(pair.client->set_keep_alive(true), Error::OK);
	EXPECT_EQ(pair.client->set_keep_alive(true, 1000000, 1000000, 1000000), Error::OK) << "cut to what the system has";
	EXPECT_EQ(pair.client->set_keep_alive(false), Error::OK);
	EXPECT_EQ(pair.client->set_keep_alive(true, -1), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(pair.client->set_buffer_sizes(65536, 65536), Error::OK);
	expect_exchange(*pair.client, *pair.server);
}

TEST(NetSocketStream, AConnectionTakenWhileTheListenerClosesLivesOn) {
	std::unique_ptr<NetSocket> listener = listening_tcp_socket(IPType::IPV4, "127.0.0.1");
	StreamPair pair;
	pair.client = open_tcp_socket(IPType::IPV4);
	pair.join(*listener, pair.client->connect(endpoint_at("127.0.0.1", port_of(*listener))));
	listener.reset();
	expect_exchange(*pair.client, *pair.server);
}
