// SurePeer: a handle that a test relies on. Without one the test fails there and then; the process goes on.
#pragma once

#include "../../src/reliable/enet_packet_peer.h"

#include <memory>
#include <stdexcept>

namespace netpeer_test {

/// A shared handle whose use throws when there is none, which GoogleTest reports as a failure of the test.
class SurePeer : public std::shared_ptr<netpeer::ENetPacketPeer> {
public:
	using Handle = std::shared_ptr<netpeer::ENetPacketPeer>;

	SurePeer() = default;
	SurePeer(Handle handle) : Handle(std::move(handle)) {}

	netpeer::ENetPacketPeer *operator->() const { return &**this; }
	netpeer::ENetPacketPeer &operator*() const {
		if (*this == nullptr) throw std::logic_error("the test needs a peer, and there is none");
		return Handle::operator*();
	}
};

} // namespace netpeer_test
