// PacketPeer: whole packets in, whole packets out. Base of the ENet, UDP, DTLS and stream-framed peers.
// This file: raw packets. Values (put_var, get_var) are not here.
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"

namespace netpeer {

/// Origin: Godot PacketPeer. Owner thread only; no call of this class blocks unless the subclass says so.
class PacketPeer {
public:
	virtual ~PacketPeer() = default;

	/// Takes the oldest received packet. `packet` stays valid until the next get_packet() or the end of this object.
	/// On error `packet` is empty; an empty packet with OK is a packet of no bytes. ERR_UNAVAILABLE: nothing is queued;
	/// other errors: see the subclass. The answer is kept for get_packet_error().
	/// Origin: Godot PacketPeer.get_packet, with the C++ form of its answer.
	Error get_packet(ByteView &packet);
	/// Sends a copy of `packet`, which is borrowed for the call. OK without sending anything for an empty one, as in
	/// Godot; other errors: see the subclass. Origin: Godot PacketPeer.put_packet.
	Error put_packet(ByteView packet);
	/// What the last get_packet() answered; OK before the first. Origin: Godot PacketPeer.get_packet_error.
	Error get_packet_error() const { return last_get_error_; }
	/// Packets that get_packet() can take now. Origin: Godot PacketPeer.get_available_packet_count.
	virtual int get_available_packet_count() const = 0;
	/// The longest packet in bytes the subclass promises to carry. Origin: Godot PacketPeer.get_max_packet_size (C++).
	virtual int get_max_packet_size() const = 0;

protected:
	PacketPeer() = default;
	PacketPeer(const PacketPeer &) = delete;
	PacketPeer &operator=(const PacketPeer &) = delete;

	/// As get_packet(); `packet` arrives empty.
	virtual Error take_packet(ByteView &packet) = 0;
	/// As put_packet(), never with an empty packet.
	virtual Error send_packet(ByteView packet) = 0;

private:
	Error last_get_error_ = Error::OK;
};

} // namespace netpeer
