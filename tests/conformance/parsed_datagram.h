// A datagram taken apart with src/reliable/enet_wire.h, put together again, and put into the words of the recordings.
#pragma once

#include "../../src/reliable/enet_wire.h"

#include <cstdint>
#include <string>
#include <vector>

namespace netpeer_test {

/// Any command: only the members its number names mean something.
struct ParsedCommand {
	netpeer::EnetCommandHeader header;
	netpeer::EnetAcknowledge acknowledge;
	netpeer::EnetConnect connect; // VERIFY_CONNECT too, without data
	netpeer::EnetDisconnect disconnect;
	netpeer::EnetSendFragment fragment; // both kinds
	netpeer::EnetBandwidthLimit bandwidth;
	netpeer::EnetThrottleConfigure throttle;
	uint16_t number16 = 0;     // unreliable number or unsequenced group
	netpeer::ByteView payload; // of 6, 7, 8, 9 and 12: a view into what was parsed

	netpeer::EnetCommand command() const { return static_cast<netpeer::EnetCommand>(header.number); }
	bool is(netpeer::EnetCommand wanted) const { return command() == wanted; }
	bool has_payload() const;
};

struct ParsedDatagram {
	netpeer::EnetHeader header;
	uint32_t checksum = 0; // when there is one
	std::vector<ParsedCommand> commands;
	size_t left_over = 0; // bytes behind the last command understood
};

/// Parses `wire`; with `checksum` four bytes follow the header. A compressed body must be given as `plain`.
/// False when the header is cut short. The commands view into `wire` or `plain`.
bool parse_datagram(netpeer::ByteView wire, bool checksum, netpeer::ByteView plain, ParsedDatagram &out);
/// The commands as bytes.
std::vector<uint8_t> write_commands(const std::vector<ParsedCommand> &commands);
/// The whole datagram, uncompressed; with `checksum` it is computed with `connect_id` in its place.
std::vector<uint8_t> write_datagram(const ParsedDatagram &datagram, bool checksum, uint32_t connect_id);
/// What the checksum of this datagram has to be; the COMPRESSED bit of the header counts.
uint32_t checksum_of(const ParsedDatagram &datagram, uint32_t connect_id);

/// As in the recordings: "SEND_RELIABLE/A ch=0 seq=1 len=14".
std::string describe(const ParsedCommand &command);
/// "peer=none session=0 sentTime=41372".
std::string describe(const netpeer::EnetHeader &header);
uint32_t fnv1a(netpeer::ByteView bytes);

} // namespace netpeer_test
