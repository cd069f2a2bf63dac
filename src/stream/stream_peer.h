// StreamPeer: bytes in order, in and out. Base of buffers, sockets and TLS. This file: the raw-data half; the typed puts
// and gets stand on it.
#pragma once

#include "../core/bytes.h"
#include "../core/error_list.h"

namespace netpeer {

/// Origin: Godot StreamPeer. Owner thread only.
class StreamPeer {
public:
	virtual ~StreamPeer() = default;

	/// Sends all of `data`, which is borrowed for the call. May block: see the subclass. OK at once for no bytes, even on
	/// a closed peer. On error part of it may have gone. Origin: Godot StreamPeer.put_data.
	Error put_data(ByteView data);
	/// Sends what goes without blocking; OK with 0 <= sent <= size. `sent` is 0 on error.
	/// Origin: Godot StreamPeer.put_partial_data.
	Error put_partial_data(ByteView data, size_t &sent);
	/// Fills all of `data`. May block: see the subclass. On error `received` bytes at its front are good: what came before
	/// the end of the stream is not lost. Origin: Godot StreamPeer.get_data.
	Error get_data(MutBytes data, size_t &received);
	Error get_data(MutBytes data);
	/// Takes what is there without blocking; OK with 0 <= received <= size. `received` is 0 on error.
	/// Origin: Godot StreamPeer.get_partial_data.
	Error get_partial_data(MutBytes data, size_t &received);
	/// Bytes that can be taken without blocking; -1 when closed. Origin: Godot StreamPeer.get_available_bytes.
	virtual int get_available_bytes() const = 0;

protected:
	StreamPeer() = default;
	StreamPeer(const StreamPeer &) = delete;
	StreamPeer &operator=(const StreamPeer &) = delete;

	/// The four calls above, never with no bytes. The counts arrive as 0.
	virtual Error write_all(ByteView data) = 0;
	virtual Error write_some(ByteView data, size_t &sent) = 0;
	virtual Error read_all(MutBytes data, size_t &received) = 0;
	virtual Error read_some(MutBytes data, size_t &received) = 0;
};

} // namespace netpeer
