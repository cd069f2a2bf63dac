// RecordQueue: whole records in order, in one piece of memory with a cap, wiped when it goes. Private to src/tls.
#pragma once

#include "../core/secret_bytes.h"

namespace netpeer {

class RecordQueue {
public:
	/// Counts what it adds to each record, too.
	explicit RecordQueue(size_t max_bytes) :
	        memory_(wiping_allocator(*default_allocator())), bytes_(&memory_, max_bytes) {}
	RecordQueue(const RecordQueue &) = delete;
	RecordQueue &operator=(const RecordQueue &) = delete;

	/// Copies; false, and nothing changed, when the cap or memory is reached.
	bool push(ByteView record) {
		MutBytes place = push_space(record.size);
		if (place.data == nullptr) return false;
		if (record.size != 0) std::memcpy(place.data, record.data, record.size);
		return true;
	}
	/// Adds a record of `size` bytes that the caller writes at once; null data when there is no room.
	MutBytes push_space(size_t size) {
		if (begin_ != 0 && bytes_.size() + kHead + size > bytes_.capacity()) {
			bytes_.remove_front(begin_);
			begin_ = 0;
		}
		const size_t at = bytes_.size();
		if (size > UINT32_MAX || bytes_.extend(kHead + size) != Error::OK) return MutBytes();
		ByteWriter(MutBytes(bytes_.data() + at, kHead)).u32_be(static_cast<uint32_t>(size));
		return MutBytes(bytes_.data() + at + kHead, size);
	}
	bool empty() const { return begin_ == bytes_.size(); }
	/// All that waits.
	size_t size_bytes() const { return bytes_.size() - begin_; }
	/// The oldest record; empty when there is none. Valid until the next push.
	ByteView front() const {
		if (empty()) return ByteView();
		const ByteView head = bytes_.view().after(begin_);
		return head.after(kHead).first(ByteReader(head).u32_be());
	}
	void pop() {
		if (empty()) return;
		begin_ += kHead + front().size;
		if (!empty()) return;
		begin_ = 0;
		bytes_.clear();
	}
	/// Undoes the last push_space(), which was for `size` bytes.
	void take_back(size_t size) {
		(void)bytes_.resize(bytes_.size() - kHead - size); // cutting never fails
		if (!empty()) return;
		begin_ = 0;
		bytes_.clear();
	}

private:
	static constexpr size_t kHead = 4;

	const Allocator memory_;
	ByteBuffer bytes_;
	size_t begin_ = 0;
};

} // namespace netpeer
