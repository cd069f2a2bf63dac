#include "parsed_datagram.h"

#include "../../src/reliable/enet_constants.h"
#include "../../src/reliable/enet_crc32.h"

#include <cstdarg>
#include <cstdio>

using namespace netpeer;

namespace netpeer_test {

namespace {

std::string format(const char *pattern, ...) {
	char text[512];
	va_list arguments;
	va_start(arguments, pattern);
	std::vsnprintf(text, sizeof text, pattern, arguments);
	va_end(arguments);
	return text;
}

bool read_body(ByteReader &in, ParsedCommand &out) {
	switch (out.command()) {
	case EnetCommand::kAcknowledge: return read_enet_acknowledge(in, out.acknowledge) == Error::OK;
	case EnetCommand::kConnect: return read_enet_connect(in, out.connect) == Error::OK;
	case EnetCommand::kVerifyConnect: return read_enet_verify_connect(in, out.connect) == Error::OK;
	case EnetCommand::kDisconnect: return read_enet_disconnect(in, out.disconnect) == Error::OK;
	case EnetCommand::kPing: return true;
	case EnetCommand::kSendReliable: {
		EnetSendReliable body;
		const bool read = read_enet_send_reliable(in, body) == Error::OK;
		out.payload = body.data;
		return read;
	}
	case EnetCommand::kSendUnreliable: {
		EnetSendUnreliable body;
		const bool read = read_enet_send_unreliable(in, body) == Error::OK;
		out.number16 = body.unreliable_sequence;
		out.payload = body.data;
		return read;
	}
	case EnetCommand::kSendUnsequenced: {
		EnetSendUnsequenced body;
		const bool read = read_enet_send_unsequenced(in, body) == Error::OK;
		out.number16 = body.group;
		out.payload = body.data;
		return read;
	}
	case EnetCommand::kSendFragment:
	case EnetCommand::kSendUnreliableFragment: {
		const bool read = read_enet_send_fragment(in, out.fragment) == Error::OK;
		out.payload = out.fragment.data;
		return read;
	}
	case EnetCommand::kBandwidthLimit: return read_enet_bandwidth_limit(in, out.bandwidth) == Error::OK;
	case EnetCommand::kThrottleConfigure: return read_enet_throttle_configure(in, out.throttle) == Error::OK;
	}
	return false;
}

void write_body(ByteWriter &out, const ParsedCommand &command) {
	const uint16_t data_bytes = static_cast<uint16_t>(command.payload.size);
	switch (command.command()) {
	case EnetCommand::kAcknowledge: write_enet_acknowledge(out, command.acknowledge); break;
	case EnetCommand::kConnect: write_enet_connect(out, command.connect); break;
	case EnetCommand::kVerifyConnect: write_enet_verify_connect(out, command.connect); break;
	case EnetCommand::kDisconnect: write_enet_disconnect(out, command.disconnect); break;
	case EnetCommand::kPing: break;
	case EnetCommand::kSendReliable: write_enet_send_reliable(out, data_bytes); break;
	case EnetCommand::kSendUnreliable: write_enet_send_unreliable(out, command.number16, data_bytes); break;
	case EnetCommand::kSendUnsequenced: write_enet_send_unsequenced(out, command.number16, data_bytes); break;
	case EnetCommand::kSendFragment:
	case EnetCommand::kSendUnreliableFragment: write_enet_send_fragment(out, command.fragment, data_bytes); break;
	case EnetCommand::kBandwidthLimit: write_enet_bandwidth_limit(out, command.bandwidth); break;
	case EnetCommand::kThrottleConfigure: write_enet_throttle_configure(out, command.throttle); break;
	}
	out.bytes(command.payload);
}

} // namespace

bool ParsedCommand::has_payload() const {
	return (header.number >= 6 && header.number <= 9) || is(EnetCommand::kSendUnreliableFragment);
}

bool parse_datagram(ByteView wire, bool checksum, ByteView plain, ParsedDatagram &out) {
	out = ParsedDatagram();
	ByteReader head(wire);
	if (read_enet_header(head, out.header) != Error::OK) return false;
	if (checksum) out.checksum = head.u32_be();
	if (head.failed()) return false;
	ByteReader in(out.header.compressed ? plain : head.rest());
	while (in.left() != 0) {
		const ByteReader before = in;
		ParsedCommand command;
		if (read_enet_command_header(in, command.header) != Error::OK || command.header.number == 0 ||
		        command.header.number >= kEnetCommandCount || !read_body(in, command)) {
			out.left_over = before.left();
			break;
		}
		out.commands.push_back(command);
	}
	return true;
}

std::vector<uint8_t> write_commands(const std::vector<ParsedCommand> &commands) {
	std::vector<uint8_t> bytes(70000);
	ByteWriter out(MutBytes(bytes.data(), bytes.size()));
	for (const ParsedCommand &command : commands) {
		write_enet_command_header(out, command.header);
		write_body(out, command);
	}
	bytes.resize(out.failed() ? 0 : out.size());
	return bytes;
}

uint32_t checksum_of(const ParsedDatagram &datagram, uint32_t connect_id) {
	uint8_t head[kEnetHeaderBytes + kEnetChecksumBytes];
	ByteWriter out(MutBytes(head, sizeof head));
	write_enet_header(out, datagram.header);
	out.u32_be(datagram.header.peer_id == kEnetNoPeer ? 0 : connect_id);
	std::vector<uint8_t> covered(head, head + out.size());
	const std::vector<uint8_t> commands = write_commands(datagram.commands);
	covered.insert(covered.end(), commands.begin(), commands.end());
	return enet_crc32(ByteView(covered.data(), covered.size()));
}

std::vector<uint8_t> write_datagram(const ParsedDatagram &datagram, bool checksum, uint32_t connect_id) {
	ParsedDatagram uncompressed = datagram;
	uncompressed.header.compressed = false;
	uint8_t head[kEnetHeaderBytes + kEnetChecksumBytes];
	ByteWriter out(MutBytes(head, sizeof head));
	write_enet_header(out, uncompressed.header);
	if (checksum) out.u32_be(checksum_of(uncompressed, connect_id));
	std::vector<uint8_t> bytes(head, head + out.size());
	const std::vector<uint8_t> commands = write_commands(uncompressed.commands);
	bytes.insert(bytes.end(), commands.begin(), commands.end());
	return bytes;
}

std::string describe(const ParsedCommand &command) {
	static const char *const names[kEnetCommandCount] = {"?", "ACKNOWLEDGE", "CONNECT", "VERIFY_CONNECT", "DISCONNECT",
	        "PING", "SEND_RELIABLE", "SEND_UNRELIABLE", "SEND_FRAGMENT", "SEND_UNSEQUENCED", "BANDWIDTH_LIMIT",
	        "THROTTLE_CONFIGURE", "SEND_UNRELIABLE_FRAGMENT"};
	std::string text = format("%s%s%s ch=%u seq=%u", names[command.header.number], command.header.wants_ack ? "/A" : "",
	        command.header.unsequenced ? "/U" : "", command.header.channel, command.header.sequence);
	const unsigned data_bytes = static_cast<unsigned>(command.payload.size);
	switch (command.command()) {
	case EnetCommand::kAcknowledge:
		text += format(" ackSeq=%u sentTime=%u", command.acknowledge.received_sequence,
		        command.acknowledge.received_sent_time);
		break;
	case EnetCommand::kConnect:
	case EnetCommand::kVerifyConnect: {
		const EnetConnect &c = command.connect;
		text += format(" peerID=%u inSess=0x%02x outSess=0x%02x mtu=%u window=%u channels=%u inBw=%u outBw=%u",
		        c.outgoing_peer_id, c.incoming_session, c.outgoing_session, c.mtu, c.window_size, c.channel_count,
		        c.incoming_bandwidth, c.outgoing_bandwidth);
		text += format(" interval=%u accel=%u decel=%u connectID=%08x", c.throttle_interval, c.throttle_acceleration,
		        c.throttle_deceleration, c.connect_id);
		if (command.is(EnetCommand::kConnect)) text += format(" data=%u", c.data);
		break;
	}
	case EnetCommand::kDisconnect: text += format(" data=%u", command.disconnect.data); break;
	case EnetCommand::kPing: break;
	case EnetCommand::kSendReliable: text += format(" len=%u", data_bytes); break;
	case EnetCommand::kSendUnreliable: text += format(" useq=%u len=%u", command.number16, data_bytes); break;
	case EnetCommand::kSendUnsequenced: text += format(" group=%u len=%u", command.number16, data_bytes); break;
	case EnetCommand::kSendFragment:
	case EnetCommand::kSendUnreliableFragment:
		text += format(" start=%u len=%u count=%u number=%u total=%u offset=%u", command.fragment.start_sequence,
		        data_bytes, command.fragment.fragment_count, command.fragment.fragment_number,
		        command.fragment.total_length, command.fragment.fragment_offset);
		break;
	case EnetCommand::kBandwidthLimit:
		text += format(" in=%u out=%u", command.bandwidth.incoming, command.bandwidth.outgoing);
		break;
	case EnetCommand::kThrottleConfigure:
		text += format(" interval=%u accel=%u decel=%u", command.throttle.interval, command.throttle.acceleration,
		        command.throttle.deceleration);
		break;
	}
	return text;
}

std::string describe(const EnetHeader &header) {
	std::string text = header.peer_id == kEnetNoPeer ? "peer=none" : format("peer=%u", header.peer_id);
	text += format(" session=%u", header.session);
	if (header.has_sent_time) text += format(" sentTime=%u", header.sent_time);
	return text;
}

uint32_t fnv1a(ByteView bytes) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < bytes.size; ++i) hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

} // namespace netpeer_test
