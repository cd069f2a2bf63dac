#include "enet_peer_state.h"

namespace netpeer {

namespace {

constexpr unsigned bit_of(EnetPeerState state) { return 1u << static_cast<unsigned>(state); }

constexpr unsigned kGone = bit_of(EnetPeerState::kDisconnected);
constexpr unsigned kOver = bit_of(EnetPeerState::kZombie) | kGone;

// Every state may end at once (reset, disconnect_now, time-out of something never announced).
constexpr unsigned kFollowers[10] = {
        /* disconnected */ bit_of(EnetPeerState::kConnecting) | bit_of(EnetPeerState::kAcknowledgingConnect),
        /* connecting */ bit_of(EnetPeerState::kConnected) | kOver,
        /* acknowledging connect */ bit_of(EnetPeerState::kConnected) | kGone,
        /* connection pending: not used, events are queued instead */ 0,
        /* connection succeeded: likewise */ 0,
        /* connected */ bit_of(EnetPeerState::kDisconnectLater) | bit_of(EnetPeerState::kDisconnecting) |
                bit_of(EnetPeerState::kAcknowledgingDisconnect) | kOver,
        /* disconnect later */ bit_of(EnetPeerState::kDisconnecting) | bit_of(EnetPeerState::kAcknowledgingDisconnect) |
                kOver,
        /* disconnecting */ kOver,
        /* acknowledging disconnect */ kOver,
        /* zombie */ kGone,
};

} // namespace

bool may_move(EnetPeerState from, EnetPeerState to) {
	return (kFollowers[static_cast<unsigned>(from)] & bit_of(to)) != 0;
}

} // namespace netpeer
