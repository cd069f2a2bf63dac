// Which state may follow which, in one table a reader can check against docs/enet-protocol.md, "Peer states".
#pragma once

#include "enet_host.h"

namespace netpeer {

/// Whether a peer may go from one state to the other.
bool may_move(EnetPeerState from, EnetPeerState to);

/// "Established": data flows in these.
constexpr bool is_established(EnetPeerState state) {
	return state == EnetPeerState::kConnected || state == EnetPeerState::kDisconnectLater;
}

} // namespace netpeer
