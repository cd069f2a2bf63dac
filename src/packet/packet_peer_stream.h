// PacketPeerStream: packets over a stream of bytes. On the wire a packet is its length, 32 bits and always little-endian
// (the stream's big_endian is not consulted), and then its bytes. Values framed like this are what StreamPeer::put_var
// writes, too, when its stream is little-endian.
#pragma once

#include "../stream/stream_peer.h"
#include "packet_peer.h"

#include <cstdint>
#include <memory>

namespace netpeer {

/// Owner thread only. Taking packets never blocks; sending blocks as the stream's put_data() does, so two ends that only
/// send while both buffers are full wait for each other. The stream is not polled: poll sockets as ever.
///
/// put_packet() and put_var(): ERR_UNCONFIGURED without a stream; the error of looking for input, which is how the end of
/// the stream is noticed (ERR_FILE_EOF only if the stream cannot be written to either); ERR_INVALID_PARAMETER for a packet
/// longer than get_output_buffer_max_size(); why this peer is broken, if it is; ERR_OUT_OF_MEMORY; with nothing written in
/// all these cases. Else the answer of the stream's put_data(); after an error of that the other end cannot find the next
/// packet any more.
///
/// get_packet() and get_var(): ERR_UNCONFIGURED without a stream. ERR_UNAVAILABLE: no packet is complete. What was buffered
/// when the stream ended is still given, and why it ended is for the stream to say. ERR_OUT_OF_MEMORY while the peer is not
/// broken: there was no memory to look for input; nothing is lost. A packet announced as longer than
/// get_input_buffer_max_size() is reported once, in its turn, as ERR_OUT_OF_MEMORY, or as ERR_INVALID_DATA from 2 GiB on:
/// see is_broken().
/// Origin: Godot PacketPeerStream.
class PacketPeerStream final : public PacketPeer {
public:
	/// What both limits begin with.
	static constexpr int kDefaultBufferMaxBytes = 65532;

	/// `allocator` is borrowed, must outlive the peer and gives its buffers (of which there are none at first), and what
	/// values need.
	explicit PacketPeerStream(const Allocator *allocator = default_allocator());

	/// The stream to use from now on; may be null, which is none. Another one than before drops the input that is buffered
	/// and ends is_broken(). The peer shares the ownership. Nobody else should read from the stream, or write half packets.
	/// Origin: Godot PacketPeerStream.stream_peer.
	void set_stream_peer(std::shared_ptr<StreamPeer> stream);
	/// The stream in use; null: none. Origin: Godot PacketPeerStream.stream_peer.
	const std::shared_ptr<StreamPeer> &get_stream_peer() const { return stream_; }

	/// The longest packet that can be received, in bytes, rounded up so that with its length it fills a power of two.
	/// ERR_INVALID_PARAMETER: negative, or more than 2147483644. ERR_ALREADY_IN_USE: input is buffered. Nothing changes then.
	/// Memory is taken as bytes arrive, at most for two packets of this length.
	/// Origin: Godot PacketPeerStream.input_buffer_max_size.
	IgnorableError set_input_buffer_max_size(int bytes);
	/// In bytes, as rounded. Origin: Godot PacketPeerStream.input_buffer_max_size.
	int get_input_buffer_max_size() const { return static_cast<int>(input_.limit - kLengthBytes); }
	/// The longest packet that can be sent, rounded in the same way. ERR_INVALID_PARAMETER and no change: negative, or more
	/// than 2147483644. Origin: Godot PacketPeerStream.output_buffer_max_size.
	IgnorableError set_output_buffer_max_size(int bytes);
	/// In bytes, as rounded. Origin: Godot PacketPeerStream.output_buffer_max_size.
	int get_output_buffer_max_size() const { return static_cast<int>(output_.max_bytes() - kLengthBytes); }

	/// Takes what the stream has, without blocking, as far as there is room, and counts what get_packet() can answer:
	/// complete packets, and the report that the peer broke. 0 without a stream.
	/// Origin: Godot PacketPeerStream (PacketPeer.get_available_packet_count).
	int get_available_packet_count() const override;
	/// get_output_buffer_max_size().
	int get_max_packet_size() const override { return get_output_buffer_max_size(); }

	// --- not in Godot ---

	/// True once a length that exceeds the limit has been met: behind it nothing can be found any more. Complete packets
	/// before it are still given, then the report, then ERR_UNAVAILABLE; nothing is read or written any more. Over with
	/// another stream.
	bool is_broken() const { return input_.break_reason != Error::OK; }

protected:
	Error take_packet(ByteView &packet) override;
	Error send_packet(ByteView packet) override;

private:
	static constexpr size_t kLengthBytes = 4;

	// What has arrived. Packets are given as views into `bytes`. While the latest is still lent, its bytes must not move:
	// what would move them goes on in `spare`, and `bytes` becomes the spare one.
	struct Input {
		Input(const Allocator *from, size_t longest) :
		        allocator(from), bytes(from, longest), spare(from, longest), limit(longest) {}

		size_t unread() const { return bytes.size() - begin; }
		Error pull(StreamPeer &stream);
		Error take(ByteView &packet);
		void drop_unread();

		const Allocator *allocator;
		ByteBuffer bytes;
		ByteBuffer spare;
		size_t limit;         // of unread(): one packet of the longest kind with its length
		size_t begin = 0;     // of the oldest packet that was not taken
		size_t scanned = 0;   // of the first packet that is not complete; at least `begin`
		int complete = 0;     // packets between the two
		bool lent = false;    // a packet that was given lies in `bytes`
		bool reports = false; // break_reason was not answered yet
		Error break_reason = Error::OK;

	private:
		Error make_room();
		Error move_to(size_t capacity);
		void scan();
	};

	std::shared_ptr<StreamPeer> stream_;
	mutable Input input_; // counting looks for more
	ByteBuffer output_;   // its cap is the longest packet with its length
};

} // namespace netpeer
