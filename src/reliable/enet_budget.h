// EnetBudget: bytes charged before they are taken. A peer's budget charges its host's budget too, so that one stranger
// cannot starve the others and all together cannot starve the process.
#pragma once

#include "../core/netpeer_assert.h"

#include <cstddef>

namespace netpeer {

class EnetBudget {
public:
	void set(size_t limit, EnetBudget *parent) {
		limit_ = limit;
		parent_ = parent;
	}
	/// False, and nothing charged, when this budget or its parent has no room.
	bool charge(size_t bytes) {
		if (bytes > limit_ || used_ > limit_ - bytes) return false;
		if (parent_ != nullptr && !parent_->charge(bytes)) return false;
		used_ += bytes;
		return true;
	}
	void refund(size_t bytes) {
		NETPEER_ASSERT(bytes <= used_);
		used_ -= bytes;
		if (parent_ != nullptr) parent_->refund(bytes);
	}
	size_t used() const { return used_; }

private:
	size_t used_ = 0;
	size_t limit_ = 0;
	EnetBudget *parent_ = nullptr;
};

} // namespace netpeer
