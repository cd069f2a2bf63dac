// What Linux answers to "which addresses are there" on a routing socket (rtnetlink(7)), as bytes. No system call and no
// OS header: the layout is the kernel's promise, and any machine can read a recording of it.
//
// A datagram holds messages, each padded to 4 bytes; numbers are in the host's order:
//   [bytes u32][type u16][flags u16][sequence u32][port u32]                          16, then by type
//   20, an address:  [family u8][prefix u8][flags u8][scope u8][interface u32]         8, then attributes
//   2, an error:     [errno i32, negative; 0 acknowledges]
//   3, the end of the list
//   attribute:       [bytes u16][type u16][value ...], padded to 4 bytes
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"
#include "ip_address.h"

namespace netpeer {

/// IFNAMSIZ: the longest interface name, with its terminator.
constexpr size_t kNetlinkNameBytes = 16;

struct NetlinkAddress {
	uint32_t index = 0;
	IPAddress address;
	/// The label an IPv4 address carries ("eth0", "eth0:1"); empty when there is none.
	char label[kNetlinkNameBytes] = {};
};

/// What one reply said besides addresses.
struct NetlinkReply {
	bool done = false;        // the list is complete
	bool interrupted = false; // it changed while it was told: ask again
	int error = 0;            // errno of a refusal
};

/// Takes one address; `user` is handed through.
using NetlinkAddressSink = void (*)(void *user, const NetlinkAddress &address);

/// Reads one datagram of the answer to request `sequence`. Messages of other requests, of other types and of other
/// families are passed over. OK; ERR_INVALID_DATA when a length does not fit, and nothing behind that place is read. What
/// came before it has reached the sink.
Error read_netlink_addresses(
        ByteView datagram, uint32_t sequence, NetlinkAddressSink sink, void *user, NetlinkReply &reply);

} // namespace netpeer
