// Every reader and writer of the wire format: a valid vector, each truncation, one byte too many, fields at the ends of
// their ranges, and back to the same bytes.
#include "../../src/reliable/enet_wire.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

using namespace netpeer;

namespace {

using Bytes = std::vector<uint8_t>;

ByteView view(const Bytes &bytes) { return ByteView(bytes.data(), bytes.size()); }

Bytes from_hex(const char *text) {
	Bytes bytes;
	int high = -1;
	for (; *text != 0; ++text) {
		if (*text == ' ') continue;
		const int digit = *text <= '9' ? *text - '0' : *text - 'a' + 10;
		if (high < 0) {
			high = digit;
		} else {
			bytes.push_back(static_cast<uint8_t>(high * 16 + digit));
			high = -1;
		}
	}
	return bytes;
}

Bytes written(const std::function<void(ByteWriter &)> &write) {
	Bytes bytes(256);
	ByteWriter out(MutBytes(bytes.data(), bytes.size()));
	write(out);
	EXPECT_FALSE(out.failed());
	bytes.resize(out.size());
	return bytes;
}

// The vector is read completely; each truncation is refused; a byte more is left alone.
template <class T> T read_exactly(Error (*read)(ByteReader &, T &), const Bytes &bytes) {
	for (size_t count = 0; count < bytes.size(); ++count) {
		const Bytes copy(bytes.begin(), bytes.begin() + static_cast<long>(count)); // so that a sanitizer sees the end
		ByteReader in(view(copy));
		T out;
		EXPECT_EQ(read(in, out), Error::ERR_INVALID_DATA) << "with " << count << " of " << bytes.size() << " bytes";
	}
	Bytes longer = bytes;
	longer.push_back(0xee);
	ByteReader in_longer(view(longer));
	T ignored;
	EXPECT_EQ(read(in_longer, ignored), Error::OK);
	EXPECT_EQ(in_longer.left(), 1u);
	ByteReader in(view(bytes));
	T out;
	EXPECT_EQ(read(in, out), Error::OK);
	EXPECT_EQ(in.left(), 0u);
	return out;
}

} // namespace

TEST(EnetWire, TheHeaderWithoutSentTimeIsTwoBytes) {
	const EnetHeader header = read_exactly(read_enet_header, from_hex("1abc"));
	EXPECT_EQ(header.peer_id, 0xabc);
	EXPECT_EQ(header.session, 1);
	EXPECT_FALSE(header.compressed);
	EXPECT_FALSE(header.has_sent_time);
	EXPECT_EQ(header.sent_time, 0);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_header(out, header); }), from_hex("1abc"));
}

TEST(EnetWire, TheHeaderWithSentTimeIsFourBytes) {
	const EnetHeader header = read_exactly(read_enet_header, from_hex("bfff fffe"));
	EXPECT_EQ(header.peer_id, 0xfff);
	EXPECT_EQ(header.session, 3);
	EXPECT_FALSE(header.compressed);
	EXPECT_TRUE(header.has_sent_time);
	EXPECT_EQ(header.sent_time, 0xfffe);
}

TEST(EnetWire, EveryHeaderWordSurvivesReadingAndWriting) {
	for (unsigned word = 0; word <= 0xffff; ++word) {
		Bytes bytes = {static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)};
		if ((word & 0x8000) != 0) bytes.insert(bytes.end(), {0x12, 0x34});
		ByteReader in(view(bytes));
		EnetHeader header;
		ASSERT_EQ(read_enet_header(in, header), Error::OK);
		ASSERT_EQ(header.compressed, (word & 0x4000) != 0);
		ASSERT_EQ(written([&](ByteWriter &out) { write_enet_header(out, header); }), bytes);
	}
}

TEST(EnetWire, HeaderFieldsOutOfRangeNeverReachTheFlagBits) {
	EnetHeader header;
	header.peer_id = 0xffff;
	header.session = 0xff;
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_header(out, header); }), from_hex("3fff"));
}

TEST(EnetWire, TheCommandHeaderSplitsFlagsAndNumber) {
	const EnetCommandHeader header = read_exactly(read_enet_command_header, from_hex("86 fe 0102"));
	EXPECT_EQ(header.number, 6);
	EXPECT_TRUE(header.wants_ack);
	EXPECT_FALSE(header.unsequenced);
	EXPECT_EQ(header.channel, 0xfe);
	EXPECT_EQ(header.sequence, 0x0102);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_command_header(out, header); }), from_hex("86fe0102"));
	EXPECT_TRUE(read_exactly(read_enet_command_header, from_hex("49 00 0000")).unsequenced);
}

TEST(EnetWire, UnusedCommandBitsAreIgnoredAndSentAsZero) {
	const EnetCommandHeader header = read_exactly(read_enet_command_header, from_hex("ff ff ffff"));
	EXPECT_EQ(header.number, 15);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_command_header(out, header); }), from_hex("cfffffff"));
}

TEST(EnetWire, FixedSizesAreWhatTheWritersWrite) {
	const size_t head = kEnetCommandHeaderBytes;
	EXPECT_EQ(written([](ByteWriter &out) { write_enet_command_header(out, {}); }).size(), head);
	const auto expect = [&](EnetCommand command, const std::function<void(ByteWriter &)> &write) {
		EXPECT_EQ(written(write).size() + head, enet_command_bytes(command)) << static_cast<int>(command);
	};
	expect(EnetCommand::kAcknowledge, [](ByteWriter &out) { write_enet_acknowledge(out, {}); });
	expect(EnetCommand::kConnect, [](ByteWriter &out) { write_enet_connect(out, {}); });
	expect(EnetCommand::kVerifyConnect, [](ByteWriter &out) { write_enet_verify_connect(out, {}); });
	expect(EnetCommand::kDisconnect, [](ByteWriter &out) { write_enet_disconnect(out, {}); });
	expect(EnetCommand::kPing, [](ByteWriter &) {});
	expect(EnetCommand::kSendReliable, [](ByteWriter &out) { write_enet_send_reliable(out, 0); });
	expect(EnetCommand::kSendUnreliable, [](ByteWriter &out) { write_enet_send_unreliable(out, 0, 0); });
	expect(EnetCommand::kSendFragment, [](ByteWriter &out) { write_enet_send_fragment(out, {}, 0); });
	expect(EnetCommand::kSendUnsequenced, [](ByteWriter &out) { write_enet_send_unsequenced(out, 0, 0); });
	expect(EnetCommand::kBandwidthLimit, [](ByteWriter &out) { write_enet_bandwidth_limit(out, {}); });
	expect(EnetCommand::kThrottleConfigure, [](ByteWriter &out) { write_enet_throttle_configure(out, {}); });
	expect(EnetCommand::kSendUnreliableFragment, [](ByteWriter &out) { write_enet_send_fragment(out, {}, 0); });
	EXPECT_EQ(kEnetCommandBytes[0], 0u);
}

TEST(EnetWire, AcknowledgeGoesBothWays) {
	const EnetAcknowledge body = read_exactly(read_enet_acknowledge, from_hex("0001 ffff"));
	EXPECT_EQ(body.received_sequence, 1);
	EXPECT_EQ(body.received_sent_time, 0xffff);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_acknowledge(out, body); }), from_hex("0001ffff"));
}

TEST(EnetWire, ConnectGoesBothWays) {
	const Bytes bytes = from_hex("0fff fe01 00000578 00010000 000000ff ffffffff 80000000 00001388 00000002 7fffffff "
	                             "cd50c1eb c0ffee01");
	const EnetConnect body = read_exactly(read_enet_connect, bytes);
	EXPECT_EQ(body.outgoing_peer_id, 0x0fff);
	EXPECT_EQ(body.incoming_session, 0xfe);
	EXPECT_EQ(body.outgoing_session, 1);
	EXPECT_EQ(body.mtu, 1400u);
	EXPECT_EQ(body.window_size, 65536u);
	EXPECT_EQ(body.channel_count, 255u);
	EXPECT_EQ(body.incoming_bandwidth, 0xffffffffu);
	EXPECT_EQ(body.outgoing_bandwidth, 0x80000000u);
	EXPECT_EQ(body.throttle_interval, 5000u);
	EXPECT_EQ(body.throttle_acceleration, 2u);
	EXPECT_EQ(body.throttle_deceleration, 0x7fffffffu);
	EXPECT_EQ(body.connect_id, 0xcd50c1ebu);
	EXPECT_EQ(body.data, 0xc0ffee01u);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_connect(out, body); }), bytes);
}

TEST(EnetWire, VerifyConnectGoesBothWays) {
	const Bytes bytes =
	        from_hex("0001 0203 00000240 00001000 00000001 00000004 00000005 00000006 00000007 00000008 00000009");
	const EnetVerifyConnect body = read_exactly(read_enet_verify_connect, bytes);
	EXPECT_EQ(body.outgoing_peer_id, 1);
	EXPECT_EQ(body.incoming_session, 2);
	EXPECT_EQ(body.outgoing_session, 3);
	EXPECT_EQ(body.mtu, 576u);
	EXPECT_EQ(body.window_size, 4096u);
	EXPECT_EQ(body.channel_count, 1u);
	EXPECT_EQ(body.incoming_bandwidth, 4u);
	EXPECT_EQ(body.outgoing_bandwidth, 5u);
	EXPECT_EQ(body.throttle_interval, 6u);
	EXPECT_EQ(body.throttle_acceleration, 7u);
	EXPECT_EQ(body.throttle_deceleration, 8u);
	EXPECT_EQ(body.connect_id, 9u);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_verify_connect(out, body); }), bytes);
}

TEST(EnetWire, DisconnectGoesBothWays) {
	const EnetDisconnect body = read_exactly(read_enet_disconnect, from_hex("fffffffe"));
	EXPECT_EQ(body.data, 0xfffffffeu);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_disconnect(out, body); }), from_hex("fffffffe"));
}

TEST(EnetWire, BandwidthLimitGoesBothWays) {
	const EnetBandwidthLimit body = read_exactly(read_enet_bandwidth_limit, from_hex("00000001 ffffffff"));
	EXPECT_EQ(body.incoming, 1u);
	EXPECT_EQ(body.outgoing, 0xffffffffu);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_bandwidth_limit(out, body); }), from_hex("00000001ffffffff"));
}

TEST(EnetWire, ThrottleConfigureGoesBothWays) {
	const Bytes bytes = from_hex("00000000 ffffffff 00000002");
	const EnetThrottleConfigure body = read_exactly(read_enet_throttle_configure, bytes);
	EXPECT_EQ(body.interval, 0u);
	EXPECT_EQ(body.acceleration, 0xffffffffu);
	EXPECT_EQ(body.deceleration, 2u);
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_throttle_configure(out, body); }), bytes);
}

TEST(EnetWire, SendReliableTakesItsPayloadAsAView) {
	const Bytes bytes = from_hex("0003 616263");
	ByteReader in(view(bytes));
	EnetSendReliable body;
	ASSERT_EQ(read_enet_send_reliable(in, body), Error::OK);
	EXPECT_EQ(body.data.data, bytes.data() + 2);
	EXPECT_EQ(body.data, view_of("abc"));
	EXPECT_EQ(read_exactly(read_enet_send_reliable, bytes).data.size, 3u);
	EXPECT_EQ(written([&](ByteWriter &out) {
		write_enet_send_reliable(out, 3);
		out.bytes(body.data);
	}),
	        bytes);
}

TEST(EnetWire, AnEmptyPayloadIsLegal) {
	EXPECT_TRUE(read_exactly(read_enet_send_reliable, from_hex("0000")).data.empty());
	EXPECT_TRUE(read_exactly(read_enet_send_unreliable, from_hex("0001 0000")).data.empty());
	EXPECT_TRUE(read_exactly(read_enet_send_unsequenced, from_hex("0001 0000")).data.empty());
}

TEST(EnetWire, APayloadLongerThanTheDatagramIsRefused) {
	Bytes bytes = from_hex("ffff");
	bytes.resize(2 + 0xfffe);
	ByteReader in(view(bytes));
	EnetSendReliable body;
	EXPECT_EQ(read_enet_send_reliable(in, body), Error::ERR_INVALID_DATA);
	bytes.push_back(0);
	ByteReader in_full(view(bytes));
	EXPECT_EQ(read_enet_send_reliable(in_full, body), Error::OK);
	EXPECT_EQ(body.data.size, 0xffffu);
}

TEST(EnetWire, SendUnreliableGoesBothWays) {
	const Bytes bytes = from_hex("ffff 0002 6162");
	const EnetSendUnreliable body = read_exactly(read_enet_send_unreliable, bytes);
	EXPECT_EQ(body.unreliable_sequence, 0xffff);
	EXPECT_EQ(body.data, view_of("ab"));
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_send_unreliable(out, 0xffff, 2); }), from_hex("ffff0002"));
}

TEST(EnetWire, SendUnsequencedGoesBothWays) {
	const Bytes bytes = from_hex("8001 0002 6162");
	const EnetSendUnsequenced body = read_exactly(read_enet_send_unsequenced, bytes);
	EXPECT_EQ(body.group, 0x8001);
	EXPECT_EQ(body.data, view_of("ab"));
	EXPECT_EQ(written([&](ByteWriter &out) { write_enet_send_unsequenced(out, 0x8001, 2); }), from_hex("80010002"));
}

TEST(EnetWire, FragmentsGoBothWays) {
	const Bytes bytes = from_hex("fffe 0002 00100000 000fffff 02000000 01ffffff 6162");
	const EnetSendFragment body = read_exactly(read_enet_send_fragment, bytes);
	EXPECT_EQ(body.start_sequence, 0xfffe);
	EXPECT_EQ(body.fragment_count, 1048576u);
	EXPECT_EQ(body.fragment_number, 1048575u);
	EXPECT_EQ(body.total_length, 0x02000000u);
	EXPECT_EQ(body.fragment_offset, 0x01ffffffu);
	EXPECT_EQ(body.data, view_of("ab"));
	EXPECT_EQ(written([&](ByteWriter &out) {
		write_enet_send_fragment(out, body, 2);
		out.bytes(body.data);
	}),
	        bytes);
}

TEST(EnetWire, AWriterWithoutRoomFailsAndStaysInBounds) {
	for (size_t room = 0; room < 44; ++room) {
		Bytes bytes(room + 1, 0xee);
		ByteWriter out(MutBytes(bytes.data(), room));
		write_enet_connect(out, {});
		EXPECT_TRUE(out.failed());
		EXPECT_EQ(bytes[room], 0xee);
	}
}

// --- docs/enet-protocol.md, appendix A ---

TEST(EnetWireHandshake, TheConnectOfTheDocumentReadsAsAnnotated) {
	const Bytes bytes = from_hex("8fffa19c 82ff0001 0000 ffff 00000578 00010000 00000005 00000000 00000000 00001388 "
	                             "00000002 00000002 cd50c1eb c0ffee01");
	EXPECT_EQ(bytes.size(), kEnetHeaderBytes + enet_command_bytes(EnetCommand::kConnect));
	ByteReader in(view(bytes));
	EnetHeader header;
	EnetCommandHeader command;
	EnetConnect body;
	ASSERT_EQ(read_enet_header(in, header), Error::OK);
	ASSERT_EQ(read_enet_command_header(in, command), Error::OK);
	ASSERT_EQ(read_enet_connect(in, body), Error::OK);
	EXPECT_EQ(in.left(), 0u);
	EXPECT_EQ(header.peer_id, 0xfff);
	EXPECT_EQ(header.sent_time, 0xa19c);
	EXPECT_EQ(command.number, static_cast<uint8_t>(EnetCommand::kConnect));
	EXPECT_TRUE(command.wants_ack);
	EXPECT_EQ(command.channel, 0xff);
	EXPECT_EQ(command.sequence, 1);
	EXPECT_EQ(body.incoming_session, 0xff);
	EXPECT_EQ(body.channel_count, 5u);
	EXPECT_EQ(body.connect_id, 0xcd50c1ebu);
	EXPECT_EQ(body.data, 0xc0ffee01u);
	EXPECT_EQ(written([&](ByteWriter &out) {
		write_enet_header(out, header);
		write_enet_command_header(out, command);
		write_enet_connect(out, body);
	}),
	        bytes);
}

TEST(EnetWireHandshake, TheVerifyConnectOfTheDocumentReadsAsAnnotated) {
	const Bytes bytes = from_hex("8000a19c 83ff0001 0000 0000 00000578 00010000 00000003 00000000 00000000 00001388 "
	                             "00000002 00000002 cd50c1eb");
	EXPECT_EQ(bytes.size(), kEnetHeaderBytes + enet_command_bytes(EnetCommand::kVerifyConnect));
	ByteReader in(view(bytes));
	EnetHeader header;
	EnetCommandHeader command;
	EnetVerifyConnect body;
	ASSERT_EQ(read_enet_header(in, header), Error::OK);
	ASSERT_EQ(read_enet_command_header(in, command), Error::OK);
	ASSERT_EQ(read_enet_verify_connect(in, body), Error::OK);
	EXPECT_EQ(in.left(), 0u);
	EXPECT_EQ(header.peer_id, 0);
	EXPECT_EQ(command.number, static_cast<uint8_t>(EnetCommand::kVerifyConnect));
	EXPECT_EQ(body.outgoing_peer_id, 0);
	EXPECT_EQ(body.incoming_session, 0);
	EXPECT_EQ(body.channel_count, 3u);
	EXPECT_EQ(body.connect_id, 0xcd50c1ebu);
}

TEST(EnetWireHandshake, AcknowledgeAndPingShareADatagram) {
	const Bytes bytes = from_hex("8000a19d 01ff0001 0001a19c 85ff0002");
	ByteReader in(view(bytes));
	EnetHeader header;
	EnetCommandHeader command;
	EnetAcknowledge body;
	ASSERT_EQ(read_enet_header(in, header), Error::OK);
	ASSERT_EQ(read_enet_command_header(in, command), Error::OK);
	EXPECT_FALSE(command.wants_ack);
	ASSERT_EQ(read_enet_acknowledge(in, body), Error::OK);
	EXPECT_EQ(body.received_sequence, 1);
	EXPECT_EQ(body.received_sent_time, 0xa19c);
	ASSERT_EQ(read_enet_command_header(in, command), Error::OK);
	EXPECT_EQ(command.number, static_cast<uint8_t>(EnetCommand::kPing));
	EXPECT_EQ(command.sequence, 2);
	EXPECT_EQ(in.left(), 0u);
}
