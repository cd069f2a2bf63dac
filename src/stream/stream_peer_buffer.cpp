#include "stream_peer_buffer.h"

#include "../core/shared_object.h"

#include <functional>
#include <new>

namespace netpeer {

IgnorableError StreamPeerBuffer::seek(int position) {
	if (position < 0 || static_cast<size_t>(position) > content_.size()) return Error::ERR_INVALID_PARAMETER;
	position_ = static_cast<size_t>(position);
	return Error::OK;
}

IgnorableError StreamPeerBuffer::resize(int bytes) {
	if (bytes < 0) return Error::ERR_INVALID_PARAMETER;
	return content_.resize(static_cast<size_t>(bytes));
}

IgnorableError StreamPeerBuffer::set_data_array(ByteView data) {
	// What is longer than our content cannot lie in it, so growing moves nothing away under the view.
	if (data.size > content_.size()) {
		NETPEER_TRY(content_.reserve(data.size));
		content_.clear();
		(void)content_.append(data); // cannot fail: there is room
	} else {
		if (data.size != 0) std::memmove(content_.data(), data.data, data.size);
		(void)content_.resize(data.size); // cutting never fails
	}
	position_ = 0;
	return Error::OK;
}

Error StreamPeerBuffer::get_data_array(ByteBuffer &out) const {
	out.clear();
	return out.append(content_.view());
}

void StreamPeerBuffer::clear() {
	content_.clear();
	position_ = 0;
}

std::shared_ptr<StreamPeerBuffer> StreamPeerBuffer::duplicate() const {
	std::shared_ptr<StreamPeerBuffer> copy =
	        make_shared_object<StreamPeerBuffer>(*allocator(), allocator(), content_.max_bytes());
	if (copy == nullptr || copy->content_.append(content_.view()) != Error::OK) return nullptr;
	return copy;
}

int StreamPeerBuffer::get_available_bytes() const {
	return position_ < content_.size() ? static_cast<int>(content_.size() - position_) : 0;
}

Error StreamPeerBuffer::before_writes(size_t bytes) {
	if (bytes > content_.max_bytes() || position_ > content_.max_bytes() - bytes) return Error::ERR_OUT_OF_MEMORY;
	return content_.reserve(position_ + bytes);
}

Error StreamPeerBuffer::write_all(ByteView data) {
	// `data` may be a piece of our own content, which growing moves.
	const std::less<const uint8_t *> below;
	const uint8_t *begin = content_.data();
	const bool own = begin != nullptr && !below(data.data, begin) && below(data.data, begin + content_.size());
	const size_t own_offset = own ? static_cast<size_t>(data.data - begin) : 0;
	NETPEER_TRY(before_writes(data.size));
	const size_t end = position_ + data.size;
	if (end > content_.size()) NETPEER_TRY(content_.resize(end));
	std::memmove(content_.data() + position_, own ? content_.data() + own_offset : data.data, data.size);
	position_ = end;
	return Error::OK;
}

Error StreamPeerBuffer::write_some(ByteView data, size_t &sent) {
	NETPEER_TRY(write_all(data));
	sent = data.size;
	return Error::OK;
}

Error StreamPeerBuffer::read_some(MutBytes data, size_t &received) {
	if (position_ >= content_.size()) return Error::ERR_FILE_EOF;
	const ByteView rest = content_.view().after(position_).first(data.size);
	std::memmove(data.data, rest.data, rest.size);
	position_ += rest.size;
	received = rest.size;
	return Error::OK;
}

Error StreamPeerBuffer::read_all(MutBytes data, size_t &received) {
	const Error error = read_some(data, received);
	return error == Error::OK && received == data.size ? Error::OK : Error::ERR_INVALID_PARAMETER;
}

} // namespace netpeer
