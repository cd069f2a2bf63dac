// FixedText: a text of bounded length inside of its object, for names and reasons that need no memory of their own.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace netpeer {

/// At most `kBytes` bytes with the terminator.
template <size_t kBytes> class FixedText {
public:
	/// Keeps what fits from the front; false when that is not all.
	bool assign(std::string_view text) {
		size_ = text.size() < kBytes ? text.size() : kBytes - 1;
		if (size_ != 0) std::memmove(text_, text.data(), size_);
		text_[size_] = '\0';
		return size_ == text.size();
	}
	void clear() { assign(std::string_view()); }
	bool empty() const { return size_ == 0; }
	/// Ends with a zero byte; valid until the next change.
	const char *c_str() const { return text_; }
	std::string_view view() const { return std::string_view(text_, size_); }

private:
	size_t size_ = 0;
	char text_[kBytes] = {};
};

} // namespace netpeer
