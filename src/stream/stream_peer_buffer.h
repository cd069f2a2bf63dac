// StreamPeerBuffer: a stream in memory with a cursor, to put messages together and to take them apart.
#pragma once

#include "stream_peer.h"

#include <memory>

namespace netpeer {

/// Nothing blocks. Reading and overwriting take no memory, and neither does writing once there is room: clear() and
/// shrinking keep it. Owner thread only. Origin: Godot StreamPeerBuffer.
///
/// put_data(), put_partial_data() and typed puts overwrite at the cursor, grow the buffer as needed and move the cursor.
/// ERR_OUT_OF_MEMORY (cap or allocator): nothing has changed, neither content nor cursor; a typed put is whole or absent.
/// If the buffer was cut below the cursor, zero bytes fill the gap. What put_data() is given may lie in this buffer, the
/// text of a typed put may not.
/// get_partial_data(): copies what is there, up to the size asked for; ERR_FILE_EOF when the cursor is at or past the end.
/// get_data(): ERR_INVALID_PARAMETER when there is less than asked for, which is copied and passed all the same.
class StreamPeerBuffer final : public StreamPeer {
public:
	/// The most a buffer may hold: positions are ints.
	static constexpr size_t kMaxBytes = 0x7fffffff;

	/// `allocator` is borrowed and must outlive the buffer, which never holds more than `max_bytes`.
	explicit StreamPeerBuffer(const Allocator *allocator = default_allocator(), size_t max_bytes = kMaxBytes) :
	        StreamPeer(allocator), content_(allocator, max_bytes < kMaxBytes ? max_bytes : kMaxBytes) {}

	/// Bytes held. Origin: Godot StreamPeerBuffer.get_size.
	int get_size() const { return static_cast<int>(content_.size()); }
	/// The cursor. Origin: Godot StreamPeerBuffer.get_position.
	int get_position() const { return static_cast<int>(position_); }
	/// ERR_INVALID_PARAMETER: `position` is negative or past the end; the cursor stays. Origin: Godot StreamPeerBuffer.seek.
	IgnorableError seek(int position);
	/// Cuts, or grows with zero bytes. The cursor stays, even past the end. ERR_INVALID_PARAMETER: `bytes` is negative;
	/// ERR_OUT_OF_MEMORY; nothing changes then. Origin: Godot StreamPeerBuffer.resize.
	IgnorableError resize(int bytes);
	/// Replaces the content by a copy of `data` (which may lie in this buffer); cursor 0. ERR_OUT_OF_MEMORY: nothing has
	/// changed. Origin: Godot StreamPeerBuffer.data_array.
	IgnorableError set_data_array(ByteView data);
	/// Replaces `out` by a copy of the content, in memory of `out`. ERR_OUT_OF_MEMORY: `out` is empty.
	/// Origin: Godot StreamPeerBuffer.data_array.
	Error get_data_array(ByteBuffer &out) const;
	/// Size 0, cursor 0. Memory is kept. Origin: Godot StreamPeerBuffer.clear.
	void clear();
	/// A new buffer with the same content, allocator and cap; cursor 0, little-endian, every other setting as when new.
	/// Null when there is no memory. Origin: Godot StreamPeerBuffer.duplicate.
	std::shared_ptr<StreamPeerBuffer> duplicate() const;
	/// From the cursor to the end; 0 when it is past the end. Origin: Godot StreamPeerBuffer (StreamPeer.get_available_bytes).
	int get_available_bytes() const override;

	// --- not in Godot ---

	/// The content, not a copy: valid until the next call that changes it.
	ByteView get_data_view() const { return content_.view(); }
	/// Makes room for `bytes` in all. ERR_OUT_OF_MEMORY: nothing has changed.
	Error reserve(size_t bytes) { return content_.reserve(bytes); }

protected:
	/// @{
	/// As StreamPeer says, on the content. Short reads: ERR_INVALID_PARAMETER; no room: ERR_OUT_OF_MEMORY.
	Error write_all(ByteView data) override;
	Error write_some(ByteView data, size_t &sent) override;
	Error read_all(MutBytes data, size_t &received) override;
	Error read_some(MutBytes data, size_t &received) override;
	Error before_writes(size_t bytes) override;
	/// @}

private:
	ByteBuffer content_;
	size_t position_ = 0; // may be past the end, after the buffer was cut
};

} // namespace netpeer
