// What is told at the end about the path a connection has taken: what was sent again, its delays, what it carried.
#pragma once

#include "../src/reliable/enet_packet_peer.h"

#include <string>

namespace netpeer_tool {

/// A handle that is over knows nothing any more: looks while it is up, and keeps what it saw.
class PathReport {
public:
	void look(const netpeer::ENetPacketPeer &peer);
	/// One line, without an end of line.
	std::string text() const;

private:
	netpeer::EnetPathStats last_;
	uint32_t longest_queue_us_ = 0;
	double bandwidth_sum_ = 0; // of the looks at which it was known
	size_t bandwidth_looks_ = 0;
};

} // namespace netpeer_tool
