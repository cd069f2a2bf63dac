#include "packet_peer.h"

namespace netpeer {

Error PacketPeer::get_packet(ByteView &packet) {
	packet = ByteView();
	last_get_error_ = take_packet(packet);
	return last_get_error_;
}

Error PacketPeer::put_packet(ByteView packet) { return packet.empty() ? Error::OK : send_packet(packet); }

} // namespace netpeer
