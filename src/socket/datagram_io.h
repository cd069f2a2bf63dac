// What travels between a socket or transport and its user in one batch.
#pragma once

#include "endpoint.h"

namespace netpeer {

/// One received datagram. The caller provides `buffer`; the receiver fills `from` and `size`.
struct DatagramSlot {
	MutBytes buffer; // borrowed; where the payload goes
	Endpoint from;   // the sender
	size_t size = 0; // bytes of `buffer` that were filled
};

/// What may become of a datagram that is longer than the path carries in one piece.
enum class Fragmentation : uint8_t {
	kAsSystem = 0, // what the system does by itself
	kNever = 1,    // it vanishes, or the system refuses it: for probes
	kAllowed = 2,  // it travels in fragments, where the network lets those pass
};

/// One datagram to send; bytes are borrowed for the call.
struct DatagramOut {
	ByteView bytes;                                         // the payload
	Endpoint to;                                            // the receiver
	Fragmentation fragmentation = Fragmentation::kAsSystem; // a wish: not every transport can
};

/// What a socket can do, asked once.
struct DatagramCaps {
	size_t max_batch = 1; // datagrams per system call
};

} // namespace netpeer
