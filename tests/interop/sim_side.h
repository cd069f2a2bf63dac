// A Side that is an ENetConnection on a simulated network, plain or over DTLS: the same cases with netpeer at both ends, on
// virtual time. All such sides of a test share one network and one clock, which live as long as the first of them.
#pragma once

#include "interop_side.h"

#include <memory>

namespace interop {

/// What lies between simulated sides.
enum class SimWires {
	kPlain,
	kDtls,
	kDtlsBadLine, // loses, repeats and holds back, from the first datagram of each handshake on
};

/// The server's end of DTLS is set up where `serves`. Null when it cannot be made.
std::unique_ptr<Side> make_simulated_side(const SideConfig &config, SimWires wires, bool serves);

/// While there are simulated sides: their time; else false.
bool read_simulated_ms(int64_t &ms);

} // namespace interop
