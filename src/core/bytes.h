// Views of bytes, and a reader and writer that cannot run past the end: failure is sticky and checked once at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace netpeer {

/// Borrowed, read-only bytes. The owner must outlive the view.
struct ByteView {
	const uint8_t *data = nullptr; // may be null when size is 0
	size_t size = 0;               // in bytes

	constexpr ByteView() = default;
	/// Of `count` bytes at `bytes`, which may be null for none.
	constexpr ByteView(const uint8_t *bytes, size_t count) : data(bytes), size(count) {}
	constexpr bool empty() const { return size == 0; } // no bytes
	/// The view without its first `count` bytes; empty when there are fewer.
	constexpr ByteView after(size_t count) const {
		return count < size ? ByteView(data + count, size - count) : ByteView();
	}
	/// At most the first `count` bytes.
	constexpr ByteView first(size_t count) const { return ByteView(data, count < size ? count : size); }
	constexpr uint8_t operator[](size_t i) const { return data[i]; } // not checked: `i` must be below size
};

/// Same length and same bytes.
inline bool operator==(ByteView a, ByteView b) {
	return a.size == b.size && (a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0);
}
/// Differ in length or in a byte.
inline bool operator!=(ByteView a, ByteView b) { return !(a == b); }

/// Borrowed, writable bytes.
struct MutBytes {
	uint8_t *data = nullptr; // may be null when size is 0
	size_t size = 0;         // in bytes

	constexpr MutBytes() = default;
	/// Of `count` bytes at `bytes`, which may be null for none.
	constexpr MutBytes(uint8_t *bytes, size_t count) : data(bytes), size(count) {}
	constexpr operator ByteView() const { return ByteView(data, size); } // the same bytes, to read
	/// @{
	/// As in ByteView.
	constexpr MutBytes after(size_t count) const {
		return count < size ? MutBytes(data + count, size - count) : MutBytes();
	}
	constexpr MutBytes first(size_t count) const { return MutBytes(data, count < size ? count : size); }
	/// @}
};

/// The bytes of a string, without a terminator.
inline ByteView view_of(const char *text) {
	return ByteView(reinterpret_cast<const uint8_t *>(text), std::strlen(text));
}

/// Reads forward. Past the end every read gives 0 or an empty view and failed() turns true for good.
class ByteReader {
public:
	/// `bytes` is borrowed: its owner must outlive the reader and the views it gives.
	explicit ByteReader(ByteView bytes) : at_(bytes.data), left_(bytes.size) {}

	/// @{
	/// The next number, by its width in bits and its byte order on the wire; 0 (and failed) when there is less.
	uint8_t u8() {
		if (!has(1)) return 0;
		return advance(1)[0];
	}
	uint16_t u16_be() {
		if (!has(2)) return 0;
		const uint8_t *p = advance(2);
		return static_cast<uint16_t>((p[0] << 8) | p[1]);
	}
	uint32_t u32_be() {
		if (!has(4)) return 0;
		const uint8_t *p = advance(4);
		return (uint32_t{p[0]} << 24) | (uint32_t{p[1]} << 16) | (uint32_t{p[2]} << 8) | p[3];
	}
	uint64_t u64_be() {
		const uint64_t high = u32_be();
		return (high << 32) | u32_be();
	}
	uint16_t u16_le() {
		if (!has(2)) return 0;
		const uint8_t *p = advance(2);
		return static_cast<uint16_t>((p[1] << 8) | p[0]);
	}
	uint32_t u32_le() {
		if (!has(4)) return 0;
		const uint8_t *p = advance(4);
		return (uint32_t{p[3]} << 24) | (uint32_t{p[2]} << 16) | (uint32_t{p[1]} << 8) | p[0];
	}
	uint64_t u64_le() {
		const uint64_t low = u32_le();
		return low | (uint64_t{u32_le()} << 32);
	}
	/// @}
	/// The next `count` bytes as a view into the input; empty (and failed) when there are fewer.
	ByteView take(size_t count) {
		if (!has(count)) return ByteView();
		return ByteView(advance(count), count);
	}
	size_t left() const { return left_; }                  // bytes not read yet; 0 once failed
	ByteView rest() const { return ByteView(at_, left_); } // these bytes; nothing is read by it
	bool failed() const { return failed_; }                // something was read that was not there

private:
	bool has(size_t count) {
		if (count <= left_) return true;
		left_ = 0; // so that every later read fails by this one comparison
		failed_ = true;
		return false;
	}
	const uint8_t *advance(size_t count) {
		const uint8_t *p = at_;
		at_ += count;
		left_ -= count;
		return p;
	}

	const uint8_t *at_;
	size_t left_;
	bool failed_ = false;
};

/// Writes forward into borrowed bytes. A write that does not fit writes nothing and failed() turns true for good.
class ByteWriter {
public:
	/// `out` is borrowed and must outlive the writer.
	explicit ByteWriter(MutBytes out) : begin_(out.data), at_(out.data), left_(out.size) {}

	/// @{
	/// Adds a number, by its width in bits and its byte order on the wire.
	void u8(uint8_t value) {
		if (has_room(1)) advance(1)[0] = value;
	}
	void u16_be(uint16_t value) {
		if (!has_room(2)) return;
		uint8_t *p = advance(2);
		p[0] = static_cast<uint8_t>(value >> 8);
		p[1] = static_cast<uint8_t>(value);
	}
	void u32_be(uint32_t value) {
		if (!has_room(4)) return;
		uint8_t *p = advance(4);
		p[0] = static_cast<uint8_t>(value >> 24);
		p[1] = static_cast<uint8_t>(value >> 16);
		p[2] = static_cast<uint8_t>(value >> 8);
		p[3] = static_cast<uint8_t>(value);
	}
	void u16_le(uint16_t value) {
		if (!has_room(2)) return;
		uint8_t *p = advance(2);
		p[0] = static_cast<uint8_t>(value);
		p[1] = static_cast<uint8_t>(value >> 8);
	}
	void u32_le(uint32_t value) {
		u16_le(static_cast<uint16_t>(value));
		u16_le(static_cast<uint16_t>(value >> 16));
	}
	/// @}
	/// Adds a copy of `value`.
	void bytes(ByteView value) {
		if (value.size != 0 && has_room(value.size)) std::memcpy(advance(value.size), value.data, value.size);
	}
	size_t size() const { return static_cast<size_t>(at_ - begin_); } // bytes written
	size_t left() const { return left_; }                             // bytes that still fit; 0 once failed
	bool failed() const { return failed_; }                           // something did not fit and was left out
	/// What has been written so far.
	ByteView written() const { return ByteView(begin_, size()); }

private:
	bool has_room(size_t count) {
		if (count <= left_) return true;
		left_ = 0; // so that every later write fails by this one comparison
		failed_ = true;
		return false;
	}
	uint8_t *advance(size_t count) {
		uint8_t *p = at_;
		at_ += count;
		left_ -= count;
		return p;
	}

	uint8_t *begin_;
	uint8_t *at_;
	size_t left_;
	bool failed_ = false;
};

} // namespace netpeer
