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
