// BytePipe: a bounded ring of bytes between one thread that puts and one that takes. Memory never grows: who puts waits
// for room, who takes waits for bytes, or looks without waiting. Bytes are moved outside the lock.
#pragma once

#include "../src/core/bytes.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace netpeer_tool {

class BytePipe {
public:
	explicit BytePipe(size_t capacity) : ring_(capacity) {}

	// --- the end that puts ---

	/// Room to fill from the front, in one piece; empty when there is none.
	netpeer::MutBytes room() {
		const std::lock_guard<std::mutex> lock(mutex_);
		return room_locked();
	}
	/// The same, waiting for it; empty when the other end is not interested any more.
	netpeer::MutBytes wait_for_room() {
		std::unique_lock<std::mutex> lock(mutex_);
		changed_.wait(lock, [this] { return count_ < ring_.size() || dropped_; });
		return dropped_ ? netpeer::MutBytes() : room_locked();
	}
	/// `bytes` of the room are filled.
	void put(size_t bytes) {
		const std::lock_guard<std::mutex> lock(mutex_);
		count_ += bytes;
		changed_.notify_all();
	}
	/// Nothing will come any more, for a reason if `problem` is not empty.
	void end(const std::string &problem = std::string()) {
		const std::lock_guard<std::mutex> lock(mutex_);
		ended_ = true;
		problem_ = problem;
		changed_.notify_all();
	}
	/// Whether the other end has taken everything after end(), or has dropped the pipe.
	bool is_finished() const {
		const std::lock_guard<std::mutex> lock(mutex_);
		return dropped_ || (ended_ && count_ == 0);
	}

	// --- the end that takes ---

	/// The oldest bytes, in one piece; empty when there are none.
	netpeer::ByteView bytes() const {
		const std::lock_guard<std::mutex> lock(mutex_);
		return bytes_locked();
	}
	/// The same, waiting for them; empty at the end.
	netpeer::ByteView wait_for_bytes() {
		std::unique_lock<std::mutex> lock(mutex_);
		changed_.wait(lock, [this] { return count_ > 0 || ended_ || dropped_; });
		return dropped_ ? netpeer::ByteView() : bytes_locked();
	}
	/// `bytes` of them are done with.
	void take(size_t bytes) {
		const std::lock_guard<std::mutex> lock(mutex_);
		front_ = (front_ + bytes) % ring_.size();
		count_ -= bytes;
		changed_.notify_all();
	}
	/// Whether all has been taken and nothing will come any more.
	bool is_at_end() const {
		const std::lock_guard<std::mutex> lock(mutex_);
		return ended_ && count_ == 0;
	}

	// --- both ---

	/// Nobody is interested any more, for a reason if `problem` is not empty: waiting calls return.
	void drop(const std::string &problem = std::string()) {
		const std::lock_guard<std::mutex> lock(mutex_);
		dropped_ = true;
		if (problem_.empty()) problem_ = problem;
		changed_.notify_all();
	}
	bool is_dropped() const {
		const std::lock_guard<std::mutex> lock(mutex_);
		return dropped_;
	}
	std::string problem() const {
		const std::lock_guard<std::mutex> lock(mutex_);
		return problem_;
	}

private:
	netpeer::MutBytes room_locked() {
		const size_t back = (front_ + count_) % ring_.size();
		const size_t free = ring_.size() - count_;
		const size_t straight = ring_.size() - back;
		return netpeer::MutBytes(ring_.data() + back, free < straight ? free : straight);
	}
	netpeer::ByteView bytes_locked() const {
		const size_t straight = ring_.size() - front_;
		return netpeer::ByteView(ring_.data() + front_, count_ < straight ? count_ : straight);
	}

	mutable std::mutex mutex_;
	std::condition_variable changed_;
	std::vector<uint8_t> ring_;
	size_t front_ = 0;
	size_t count_ = 0;
	bool ended_ = false;
	bool dropped_ = false;
	std::string problem_;
};

} // namespace netpeer_tool
