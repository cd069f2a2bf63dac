// The bytes of ENet 1.3: datagram header and commands, one struct, one reader and one writer each. All numbers are
// big-endian. Readers check that the bytes are there, not that the values make sense: that is the host's business.
// Not here: checksum and compression (between header and commands), numbering, queues.
// Follows docs/enet-protocol.md, "Datagram layout" and "Commands".
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"

#include <cstddef>
#include <cstdint>

namespace netpeer {

// Datagram header: [word u16][sent_time u16, if bit 15][checksum u32, if both hosts use one][commands ...]
//   word:  15 sent time follows | 14 commands are compressed | 13..12 session | 11..0 slot in the receiving host
struct EnetHeader {
	uint16_t peer_id = 0; // 0..0xfff; 0xfff: no peer yet
	uint8_t session = 0;  // 0..3
	bool compressed = false;
	bool has_sent_time = false;
	uint16_t sent_time = 0; // 0 when absent
};
constexpr size_t kEnetHeaderWordBytes = 2;
constexpr size_t kEnetHeaderBytes = kEnetHeaderWordBytes + 2; // what senders budget, sent time or not
constexpr size_t kEnetChecksumBytes = 4;
constexpr uint16_t kEnetHeaderSentTime = 0x8000;
constexpr uint16_t kEnetHeaderCompressed = 0x4000;

// Command numbers; 0 and 13..15 do not exist.
enum class EnetCommand : uint8_t {
	kAcknowledge = 1,
	kConnect,
	kVerifyConnect,
	kDisconnect,
	kPing,
	kSendReliable,
	kSendUnreliable,
	kSendFragment,
	kSendUnsequenced,
	kBandwidthLimit,
	kThrottleConfigure,
	kSendUnreliableFragment,
};
constexpr size_t kEnetCommandCount = 13;

// Fixed bytes of each command by number, the 4 of the command header included; payload comes on top. 0: no such command.
constexpr size_t kEnetCommandBytes[kEnetCommandCount] = {0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24};

constexpr size_t enet_command_bytes(EnetCommand command) { return kEnetCommandBytes[static_cast<size_t>(command)]; }

// Command header: [command u8][channel u8][sequence u16]
//   command:  7 wants an acknowledgement | 6 unsequenced (informative) | 5..4 unused | 3..0 number
struct EnetCommandHeader {
	uint8_t number = 0; // 0..15
	bool wants_ack = false;
	bool unsequenced = false;
	uint8_t channel = 0;
	uint16_t sequence = 0;
};
constexpr size_t kEnetCommandHeaderBytes = 1 + 1 + 2;
constexpr uint8_t kEnetFlagAcknowledge = 0x80;
constexpr uint8_t kEnetFlagUnsequenced = 0x40;
constexpr uint8_t kEnetCommandMask = 0x0f;

// [received_sequence u16][received_sent_time u16]. Channel: that of the acknowledged command.
struct EnetAcknowledge {
	uint16_t received_sequence = 0;
	uint16_t received_sent_time = 0; // of the datagram that carried the command
};

// [outgoing_peer_id u16][incoming_session u8][outgoing_session u8][mtu u32][window_size u32][channel_count u32]
// [incoming_bandwidth u32][outgoing_bandwidth u32][throttle_interval u32][throttle_acceleration u32]
// [throttle_deceleration u32][connect_id u32]
struct EnetVerifyConnect {
	uint16_t outgoing_peer_id = 0; // the sender's slot: what goes into headers towards it
	uint8_t incoming_session = 0;  // 0xff: slot never used
	uint8_t outgoing_session = 0;  // likewise
	uint32_t mtu = 0;              // UDP payload bytes
	uint32_t window_size = 0;      // reliable payload bytes in flight
	uint32_t channel_count = 0;
	uint32_t incoming_bandwidth = 0; // bytes per second, 0 unlimited
	uint32_t outgoing_bandwidth = 0;
	uint32_t throttle_interval = 0; // ms
	uint32_t throttle_acceleration = 0;
	uint32_t throttle_deceleration = 0;
	uint32_t connect_id = 0; // opaque; big-endian everywhere here, the checksum placeholder included
};

// As EnetVerifyConnect, then [data u32].
struct EnetConnect : EnetVerifyConnect {
	uint32_t data = 0;
};

// [data u32]
struct EnetDisconnect {
	uint32_t data = 0;
};

// [data_bytes u16][data ...]
struct EnetSendReliable {
	ByteView data;
};

// [unreliable_sequence u16][data_bytes u16][data ...]
struct EnetSendUnreliable {
	uint16_t unreliable_sequence = 0;
	ByteView data;
};

// [group u16][data_bytes u16][data ...]
struct EnetSendUnsequenced {
	uint16_t group = 0;
	ByteView data;
};

// Reliable and unreliable fragments:
// [start_sequence u16][data_bytes u16][fragment_count u32][fragment_number u32][total_length u32][fragment_offset u32]
// [data ...]
struct EnetSendFragment {
	uint16_t start_sequence = 0; // reliable: number of fragment 0; unreliable: the message's unreliable number
	uint32_t fragment_count = 0;
	uint32_t fragment_number = 0;
	uint32_t total_length = 0;
	uint32_t fragment_offset = 0;
	ByteView data;
};

// [incoming u32][outgoing u32]
struct EnetBandwidthLimit {
	uint32_t incoming = 0; // bytes per second the sender can take
	uint32_t outgoing = 0; // bytes per second the sender sends at most
};

// [interval u32][acceleration u32][deceleration u32]
struct EnetThrottleConfigure {
	uint32_t interval = 0; // ms
	uint32_t acceleration = 0;
	uint32_t deceleration = 0;
};

// Every reader answers OK or, when bytes are missing, ERR_INVALID_DATA; then `out` is unspecified. Payloads are views
// into the datagram. Readers and writers of a command's body start behind its header. Writers of a payload command write
// up to and with the length; the payload follows by the caller, from wherever it lies. A writer without room fails as
// ByteWriter does.

// --- read once per datagram or command on every path: inline ---

inline Error read_enet_header(ByteReader &in, EnetHeader &out) {
	const uint16_t word = in.u16_be();
	out.peer_id = word & 0x0fff;
	out.session = static_cast<uint8_t>((word >> 12) & 3);
	out.compressed = (word & kEnetHeaderCompressed) != 0;
	out.has_sent_time = (word & kEnetHeaderSentTime) != 0;
	out.sent_time = out.has_sent_time ? in.u16_be() : uint16_t{0};
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_header(ByteWriter &out, const EnetHeader &header) {
	const uint32_t word = (header.compressed ? kEnetHeaderCompressed : 0u) | ((header.session & 3u) << 12) |
	                      (header.peer_id & 0x0fffu);
	if (header.has_sent_time) {
		out.u32_be((kEnetHeaderSentTime | word) << 16 | header.sent_time);
	} else {
		out.u16_be(static_cast<uint16_t>(word));
	}
}

inline Error read_enet_command_header(ByteReader &in, EnetCommandHeader &out) {
	const uint32_t word = in.u32_be(); // one check for the whole header
	const uint8_t command = static_cast<uint8_t>(word >> 24);
	out.number = command & kEnetCommandMask;
	out.wants_ack = (command & kEnetFlagAcknowledge) != 0;
	out.unsequenced = (command & kEnetFlagUnsequenced) != 0;
	out.channel = static_cast<uint8_t>(word >> 16);
	out.sequence = static_cast<uint16_t>(word);
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_command_header(ByteWriter &out, const EnetCommandHeader &header) {
	const uint32_t command = (header.wants_ack ? kEnetFlagAcknowledge : 0u) |
	                         (header.unsequenced ? kEnetFlagUnsequenced : 0u) | (header.number & kEnetCommandMask);
	out.u32_be(command << 24 | uint32_t{header.channel} << 16 | header.sequence);
}

inline Error read_enet_acknowledge(ByteReader &in, EnetAcknowledge &out) {
	const uint32_t word = in.u32_be();
	out.received_sequence = static_cast<uint16_t>(word >> 16);
	out.received_sent_time = static_cast<uint16_t>(word);
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_acknowledge(ByteWriter &out, const EnetAcknowledge &body) {
	out.u32_be(uint32_t{body.received_sequence} << 16 | body.received_sent_time);
}

inline Error read_enet_send_reliable(ByteReader &in, EnetSendReliable &out) {
	out.data = in.take(in.u16_be());
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_send_reliable(ByteWriter &out, uint16_t data_bytes) { out.u16_be(data_bytes); }

inline Error read_enet_send_unreliable(ByteReader &in, EnetSendUnreliable &out) {
	const uint32_t word = in.u32_be();
	out.unreliable_sequence = static_cast<uint16_t>(word >> 16);
	out.data = in.take(word & 0xffff);
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_send_unreliable(ByteWriter &out, uint16_t unreliable_sequence, uint16_t data_bytes) {
	out.u32_be(uint32_t{unreliable_sequence} << 16 | data_bytes);
}

inline Error read_enet_send_unsequenced(ByteReader &in, EnetSendUnsequenced &out) {
	const uint32_t word = in.u32_be();
	out.group = static_cast<uint16_t>(word >> 16);
	out.data = in.take(word & 0xffff);
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

inline void write_enet_send_unsequenced(ByteWriter &out, uint16_t group, uint16_t data_bytes) {
	out.u32_be(uint32_t{group} << 16 | data_bytes);
}

// What lies between a fragment's command header and its data.
constexpr size_t kEnetFragmentNumberBytes = enet_command_bytes(EnetCommand::kSendFragment) - kEnetCommandHeaderBytes;

inline Error read_enet_send_fragment(ByteReader &in, EnetSendFragment &out) {
	const ByteView fixed = in.take(kEnetFragmentNumberBytes); // one check for all the numbers
	if (in.failed()) return Error::ERR_INVALID_DATA;
	ByteReader numbers(ByteView(fixed.data, kEnetFragmentNumberBytes));
	out.start_sequence = numbers.u16_be();
	const uint16_t data_bytes = numbers.u16_be();
	out.fragment_count = numbers.u32_be();
	out.fragment_number = numbers.u32_be();
	out.total_length = numbers.u32_be();
	out.fragment_offset = numbers.u32_be();
	out.data = in.take(data_bytes);
	return in.failed() ? Error::ERR_INVALID_DATA : Error::OK;
}

/// `body.data` is not looked at: `data_bytes` is written, the payload is the caller's.
inline void write_enet_send_fragment(ByteWriter &out, const EnetSendFragment &body, uint16_t data_bytes) {
	uint8_t fixed[kEnetFragmentNumberBytes]; // one check for all the numbers, as above
	ByteWriter numbers(MutBytes(fixed, sizeof(fixed)));
	numbers.u16_be(body.start_sequence);
	numbers.u16_be(data_bytes);
	numbers.u32_be(body.fragment_count);
	numbers.u32_be(body.fragment_number);
	numbers.u32_be(body.total_length);
	numbers.u32_be(body.fragment_offset);
	out.bytes(ByteView(fixed, sizeof(fixed)));
}

// --- the rest ---

Error read_enet_verify_connect(ByteReader &in, EnetVerifyConnect &out);
void write_enet_verify_connect(ByteWriter &out, const EnetVerifyConnect &body);
Error read_enet_connect(ByteReader &in, EnetConnect &out);
void write_enet_connect(ByteWriter &out, const EnetConnect &body);
Error read_enet_disconnect(ByteReader &in, EnetDisconnect &out);
void write_enet_disconnect(ByteWriter &out, const EnetDisconnect &body);
Error read_enet_bandwidth_limit(ByteReader &in, EnetBandwidthLimit &out);
void write_enet_bandwidth_limit(ByteWriter &out, const EnetBandwidthLimit &body);
Error read_enet_throttle_configure(ByteReader &in, EnetThrottleConfigure &out);
void write_enet_throttle_configure(ByteWriter &out, const EnetThrottleConfigure &body);

} // namespace netpeer
