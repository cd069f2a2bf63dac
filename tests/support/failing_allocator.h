// An allocator that counts, can fail on demand and knows what is still alive. For "every allocation may fail" tests.
#pragma once

#include "../../src/core/allocator.h"

#include <cstddef>
#include <cstdint>

namespace netpeer_test {

/// Must outlive every object that uses allocator(). Memory comes from what was the default allocator when this was made:
/// malloc, so sanitizers see every overrun, or another one of these that counts the whole process.
class FailingAllocator {
public:
	FailingAllocator() : allocator_{this, allocate, reallocate, release}, source_(*netpeer::default_allocator()) {}
	FailingAllocator(const FailingAllocator &) = delete;
	FailingAllocator &operator=(const FailingAllocator &) = delete;

	const netpeer::Allocator &allocator() const { return allocator_; }
	const netpeer::Allocator *pointer() const { return &allocator_; }
	operator const netpeer::Allocator &() const { return allocator_; }

	/// Only the n-th request from now (1: the next one) and the `count` - 1 after it fail; 0 takes the order back.
	void fail_nth(uint64_t n, uint64_t count = 1) {
		countdown_ = n;
		row_ = n == 0 ? 0 : count - 1;
		left_in_row_ = 0;
	}
	/// Every request fails until told otherwise.
	void fail_all(bool on) { fail_all_ = on; }

	/// Counts a request that somebody else answers; true when the answer must be no.
	bool must_fail() {
		++requests_;
		const bool counted_out = countdown_ != 0 && --countdown_ == 0;
		const bool in_row = left_in_row_ != 0;
		if (counted_out)
			left_in_row_ = row_;
		else if (in_row)
			--left_in_row_;
		if (!counted_out && !in_row && !fail_all_) return false;
		++failures_;
		return true;
	}

	/// Requests for memory (allocate and reallocate), failed ones included.
	uint64_t requests() const { return requests_; }
	uint64_t failures() const { return failures_; }
	size_t live_blocks() const { return live_blocks_; }
	size_t live_bytes() const { return live_bytes_; }
	size_t peak_bytes() const { return peak_bytes_; }
	/// Releases and reallocations whose size differed from what was asked for.
	uint64_t size_mismatches() const { return size_mismatches_; }

private:
	// Kept in front of each block, so that a wrong size at release is noticed.
	union Header {
		size_t bytes;
		std::max_align_t alignment;
	};

	void grew(size_t bytes) {
		live_bytes_ += bytes;
		if (live_bytes_ > peak_bytes_) peak_bytes_ = live_bytes_;
	}

	static FailingAllocator &self(void *user) { return *static_cast<FailingAllocator *>(user); }
	static void *allocate(void *user, size_t bytes) {
		FailingAllocator &me = self(user);
		if (me.must_fail() || bytes > SIZE_MAX - sizeof(Header)) return nullptr;
		Header *header = static_cast<Header *>(me.source_.allocate(me.source_.user, sizeof(Header) + bytes));
		if (header == nullptr) return nullptr;
		header->bytes = bytes;
		++me.live_blocks_;
		me.grew(bytes);
		return header + 1;
	}
	static void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
		if (block == nullptr) return allocate(user, new_bytes);
		FailingAllocator &me = self(user);
		if (me.must_fail() || new_bytes > SIZE_MAX - sizeof(Header)) return nullptr;
		Header *header = static_cast<Header *>(block) - 1;
		const size_t known_bytes = header->bytes;
		if (known_bytes != old_bytes) ++me.size_mismatches_;
		Header *moved = static_cast<Header *>(me.source_.reallocate(
		        me.source_.user, header, sizeof(Header) + known_bytes, sizeof(Header) + new_bytes));
		if (moved == nullptr) return nullptr;
		moved->bytes = new_bytes;
		me.live_bytes_ -= known_bytes;
		me.grew(new_bytes);
		return moved + 1;
	}
	static void release(void *user, void *block, size_t bytes) {
		if (block == nullptr) return;
		FailingAllocator &me = self(user);
		Header *header = static_cast<Header *>(block) - 1;
		if (header->bytes != bytes) ++me.size_mismatches_;
		--me.live_blocks_;
		me.live_bytes_ -= header->bytes;
		me.source_.release(me.source_.user, header, sizeof(Header) + header->bytes);
	}

	netpeer::Allocator allocator_;
	const netpeer::Allocator source_;
	uint64_t countdown_ = 0;
	uint64_t row_ = 0;
	uint64_t left_in_row_ = 0;
	bool fail_all_ = false;
	uint64_t requests_ = 0;
	uint64_t failures_ = 0;
	size_t live_blocks_ = 0;
	size_t live_bytes_ = 0;
	size_t peak_bytes_ = 0;
	uint64_t size_mismatches_ = 0;
};

} // namespace netpeer_test
