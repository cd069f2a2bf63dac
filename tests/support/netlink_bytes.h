// Builds what Linux answers on a routing socket, in this machine's byte order.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace netpeer_test {

class NetlinkBytes {
public:
	/// Begins a message; its length is set by the next message or bytes().
	NetlinkBytes &message(uint16_t type, uint16_t flags = 2, uint32_t sequence = 1) {
		finish();
		start_ = bytes_.size();
		open_ = true;
		return u32(0).u16(type).u16(flags).u32(sequence).u32(4711);
	}
	NetlinkBytes &address(uint8_t family, uint32_t index, uint32_t sequence = 1, uint16_t flags = 2) {
		return message(20, flags, sequence).u8(family).u8(8).u8(0x80).u8(0).u32(index);
	}
	NetlinkBytes &attribute(uint16_t type, const std::string &value) {
		u16(static_cast<uint16_t>(4 + value.size())).u16(type);
		bytes_.insert(bytes_.end(), value.begin(), value.end());
		while (bytes_.size() % 4 != 0) u8(0);
		return *this;
	}
	NetlinkBytes &done() { return message(3).u32(0); }
	NetlinkBytes &u8(uint8_t value) {
		bytes_.push_back(value);
		return *this;
	}
	NetlinkBytes &u16(uint16_t value) { return raw(&value, sizeof(value)); }
	NetlinkBytes &u32(uint32_t value) { return raw(&value, sizeof(value)); }
	const std::vector<uint8_t> &bytes() {
		finish();
		return bytes_;
	}
	/// Where the message begun last lies.
	size_t start() const { return start_; }

private:
	NetlinkBytes &raw(const void *value, size_t size) {
		const auto *p = static_cast<const uint8_t *>(value);
		bytes_.insert(bytes_.end(), p, p + size);
		return *this;
	}
	void finish() {
		if (!open_) return;
		const auto size = static_cast<uint32_t>(bytes_.size() - start_);
		std::memcpy(bytes_.data() + start_, &size, sizeof(size));
		open_ = false;
	}

	std::vector<uint8_t> bytes_;
	size_t start_ = 0;
	bool open_ = false;
};

} // namespace netpeer_test
