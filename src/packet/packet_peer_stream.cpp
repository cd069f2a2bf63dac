#include "packet_peer_stream.h"

#include <utility>

namespace netpeer {

namespace {

// What a peer costs that says little; and what one look asks the stream for at least, if there may be so much.
constexpr size_t kStreamFrameFirstBytes = 4096;
constexpr size_t kStreamFrameRoomBytes = 1024;
constexpr uint32_t kStreamFrameMostBytes = 0x7ffffffc; // with its length it fills 2 GiB

// The power of two that holds `bytes` and a length; `bytes` is at most kStreamFrameMostBytes.
size_t framed_limit(int bytes) {
	size_t limit = 4;
	while (limit < static_cast<size_t>(bytes) + 4) limit *= 2;
	return limit;
}

bool is_framed_limit(int bytes) { return bytes >= 0 && static_cast<uint32_t>(bytes) <= kStreamFrameMostBytes; }

} // namespace

// --- input ---

// Takes what the stream has. Its error, if it has one, comes after the bytes it gave.
Error PacketPeerStream::Input::pull(StreamPeer &stream) {
	while (break_reason == Error::OK) {
		NETPEER_TRY(make_room());
		const size_t before = bytes.size();
		size_t room = bytes.capacity() - before;
		if (room > limit - unread()) room = limit - unread();
		if (room == 0) return Error::OK;
		NETPEER_TRY(bytes.extend(room));
		size_t received = 0;
		const Error error = stream.get_partial_data(bytes.bytes().after(before), received);
		(void)bytes.resize(before + received); // cutting never fails
		scan();
		if (error != Error::OK || received < room) return error;
	}
	return Error::OK;
}

// Makes it worth asking the stream for more, if that is possible. Bytes move only if at least as many have been taken since
// they moved last, or if no packet is complete and so nothing else would make room: the work is in proportion to the input.
Error PacketPeerStream::Input::make_room() {
	if (unread() == 0 && !lent) {
		bytes.clear();
		begin = scanned = 0;
	}
	const size_t wanted = limit - unread() < kStreamFrameRoomBytes ? limit - unread() : kStreamFrameRoomBytes;
	if (bytes.capacity() - bytes.size() >= wanted) return Error::OK;
	const bool may_move = begin > 0 && (begin >= unread() || complete == 0);
	if (may_move && bytes.capacity() - unread() >= wanted) return move_to(bytes.capacity());
	if (bytes.capacity() == limit) return Error::OK;
	const size_t doubled = bytes.capacity() < limit / 2 ? 2 * bytes.capacity() : limit;
	const size_t least = limit < kStreamFrameFirstBytes ? limit : kStreamFrameFirstBytes;
	return move_to(doubled > least ? doubled : least);
}

// Has what was not taken at the front of at least `capacity` bytes. On ERR_OUT_OF_MEMORY nothing is lost.
Error PacketPeerStream::Input::move_to(size_t capacity) {
	if (lent && (spare.capacity() < capacity || spare.max_bytes() != limit)) {
		spare = ByteBuffer(allocator, limit);
		NETPEER_TRY(spare.reserve(capacity));
	}
	if (lent) {
		spare.clear();
		(void)spare.append(bytes.view().after(begin)); // cannot fail: there is room
		std::swap(bytes, spare);
		lent = false;
	} else {
		bytes.remove_front(begin);
	}
	scanned -= begin;
	begin = 0;
	return bytes.reserve(capacity);
}

void PacketPeerStream::Input::scan() {
	while (bytes.size() - scanned >= kLengthBytes) {
		const uint32_t length = ByteReader(bytes.view().after(scanned)).u32_le();
		if (length > limit - kLengthBytes) {
			break_reason = length > 0x7fffffff ? Error::ERR_INVALID_DATA : Error::ERR_OUT_OF_MEMORY;
			reports = true;
			(void)bytes.resize(scanned);
			return;
		}
		if (bytes.size() - scanned - kLengthBytes < length) return;
		scanned += kLengthBytes + length;
		++complete;
	}
}

// The oldest packet, or the report, if there is one.
Error PacketPeerStream::Input::take(ByteView &packet) {
	if (complete > 0) {
		const uint32_t length = ByteReader(bytes.view().after(begin)).u32_le();
		packet = ByteView(bytes.data() + begin + kLengthBytes, length);
		begin += kLengthBytes + length;
		--complete;
		lent = true;
		return Error::OK;
	}
	if (!reports) return Error::ERR_UNAVAILABLE;
	reports = false;
	return break_reason;
}

void PacketPeerStream::Input::drop_unread() {
	begin = scanned = bytes.size(); // what is lent stays where it is
	complete = 0;
	reports = false;
	break_reason = Error::OK;
}

// --- the peer ---

PacketPeerStream::PacketPeerStream(const Allocator *allocator) :
        PacketPeer(allocator),
        input_(allocator, framed_limit(kDefaultBufferMaxBytes)),
        output_(allocator, framed_limit(kDefaultBufferMaxBytes)) {}

void PacketPeerStream::set_stream_peer(std::shared_ptr<StreamPeer> stream) {
	if (stream != stream_) input_.drop_unread();
	stream_ = std::move(stream);
}

IgnorableError PacketPeerStream::set_input_buffer_max_size(int bytes) {
	if (!is_framed_limit(bytes)) return Error::ERR_INVALID_PARAMETER;
	if (input_.unread() != 0) return Error::ERR_ALREADY_IN_USE;
	const size_t limit = framed_limit(bytes);
	if (limit == input_.limit) return Error::OK;
	input_.limit = limit;
	if (input_.lent) std::swap(input_.bytes, input_.spare);
	input_.lent = false;
	input_.bytes = ByteBuffer(allocator(), limit);
	input_.begin = input_.scanned = 0;
	return Error::OK;
}

IgnorableError PacketPeerStream::set_output_buffer_max_size(int bytes) {
	if (!is_framed_limit(bytes)) return Error::ERR_INVALID_PARAMETER;
	const size_t limit = framed_limit(bytes);
	if (limit != output_.max_bytes()) output_ = ByteBuffer(allocator(), limit);
	return Error::OK;
}

int PacketPeerStream::get_available_packet_count() const {
	if (stream_ == nullptr) return 0;
	(void)input_.pull(*stream_); // what is buffered counts whatever has become of the stream
	return input_.complete + (input_.reports ? 1 : 0);
}

Error PacketPeerStream::take_packet(ByteView &packet) {
	if (stream_ == nullptr) return Error::ERR_UNCONFIGURED;
	input_.lent = false;
	if (input_.complete == 0 && !input_.reports) {
		const bool had_memory = input_.pull(*stream_) != Error::ERR_OUT_OF_MEMORY;
		if (!had_memory && input_.complete == 0 && !input_.reports) return Error::ERR_OUT_OF_MEMORY;
	}
	return input_.take(packet);
}

Error PacketPeerStream::send_packet(ByteView packet) {
	if (stream_ == nullptr) return Error::ERR_UNCONFIGURED;
	const Error pulled = input_.pull(*stream_);
	// A stream whose other half ended may still be written to; so may one in memory.
	if (pulled != Error::OK && pulled != Error::ERR_FILE_EOF) return pulled;
	if (is_broken()) return input_.break_reason;
	if (packet.size > output_.max_bytes() - kLengthBytes) return Error::ERR_INVALID_PARAMETER;
	// Together, so that a short packet is one segment.
	output_.clear();
	NETPEER_TRY(output_.reserve(kLengthBytes + packet.size));
	uint8_t length[kLengthBytes];
	ByteWriter writer(MutBytes(length, sizeof length));
	writer.u32_le(static_cast<uint32_t>(packet.size));
	(void)output_.append(writer.written()); // cannot fail: there is room
	(void)output_.append(packet);
	const Error put = stream_->put_data(output_.view());
	return put != Error::OK && pulled != Error::OK ? pulled : put;
}

} // namespace netpeer
