// PacketPeer: whole packets in, whole packets out; as bytes, or one value (Variant) per packet. Base of the ENet, UDP, DTLS
// and stream-framed peers.
#pragma once

#include "../core/byte_buffer.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/variant.h"
#include "../core/variant_codec.h"

namespace netpeer {

/// Origin: Godot PacketPeer. Owner thread only; no call of this class blocks unless the subclass says so.
class PacketPeer {
public:
	virtual ~PacketPeer() = default;

	/// Takes the oldest received packet. `packet` stays valid until the next get_packet() or get_var(), or the end of this
	/// object. On error `packet` is empty; an empty packet with OK is a packet of no bytes. ERR_UNAVAILABLE: nothing is
	/// queued; other errors: see the subclass. The answer is kept for get_packet_error().
	/// Origin: Godot PacketPeer.get_packet, with the C++ form of its answer.
	Error get_packet(ByteView &packet);
	/// Sends a copy of `packet`, which is borrowed for the call. OK without sending anything for an empty one, as in
	/// Godot; other errors: see the subclass. Origin: Godot PacketPeer.put_packet.
	Error put_packet(ByteView packet);
	/// What the last get_packet() or get_var() answered; OK before the first. Origin: Godot PacketPeer.get_packet_error.
	Error get_packet_error() const { return last_get_error_; }
	/// Packets that get_packet() can take now. Origin: Godot PacketPeer.get_available_packet_count.
	virtual int get_available_packet_count() const = 0;
	/// The longest packet in bytes the subclass promises to carry. Origin: Godot PacketPeer.get_max_packet_size (C++).
	virtual int get_max_packet_size() const = 0;

	// --- values ---

	/// Takes the oldest received packet, also when this fails, and reads the value at its front; what follows is ignored.
	/// On error `out` is nil. Errors: those of get_packet(), or of decode_variant(): ERR_UNAUTHORIZED is an object without
	/// `allow_objects`. With it objects come as data (Variant::is_object_data); nothing is ever instantiated. The answer is
	/// kept for get_packet_error(). Origin: Godot PacketPeer.get_var.
	Error get_var(Variant &out, bool allow_objects = false);
	/// Sends `value` as one packet. Errors: those of encode_variant(), then those of put_packet(). ERR_OUT_OF_MEMORY: longer
	/// than encode_buffer_max_size, nested too deep, or no memory; ERR_UNAUTHORIZED: object data without `full_objects`;
	/// nothing is sent then. Origin: Godot PacketPeer.put_var.
	Error put_var(const Variant &value, bool full_objects = false);
	/// The longest value put_var() sends, in bytes: rounded up to a power of two. 8 MiB at first.
	/// ERR_INVALID_PARAMETER and no change: less than 1024, or more than 256 MiB.
	/// Origin: Godot PacketPeer.encode_buffer_max_size.
	IgnorableError set_encode_buffer_max_size(int bytes);
	/// In bytes, as rounded. Origin: Godot PacketPeer.encode_buffer_max_size.
	int get_encode_buffer_max_size() const { return static_cast<int>(encode_buffer_.max_bytes()); }

	// --- not in Godot ---

	/// The same with everything that can be said about reading: Godot 3's dialect, depth, where the value's memory comes
	/// from and how much it may be.
	Error get_var(Variant &out, const VariantDecodeOptions &options);
	/// The same with everything that can be said about writing; encode_buffer_max_size holds besides.
	Error put_var(const Variant &value, const VariantEncodeOptions &options);

protected:
	/// `allocator` is borrowed and must outlive the peer. put_var() encodes in memory of it, which is kept for the next, and
	/// get_var() makes values with it, which it must outlive too.
	explicit PacketPeer(const Allocator *allocator = default_allocator());
	PacketPeer(const PacketPeer &) = delete;
	PacketPeer &operator=(const PacketPeer &) = delete;

	/// As get_packet(); `packet` arrives empty.
	virtual Error take_packet(ByteView &packet) = 0;
	/// As put_packet(), never with an empty packet.
	virtual Error send_packet(ByteView packet) = 0;

	/// The one given at construction. Never null.
	const Allocator *allocator() const { return allocator_; }

private:
	const Allocator *allocator_;
	ByteBuffer encode_buffer_; // its cap is encode_buffer_max_size
	Error last_get_error_ = Error::OK;
};

} // namespace netpeer
