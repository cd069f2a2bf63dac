// StreamPeer: bytes in order, in and out. Base of buffers, sockets and TLS. Raw data, and numbers, strings and values on
// top of it. What a length from the other end announces is believed only as far as bytes really follow.
#pragma once

#include "../core/allocator.h"
#include "../core/byte_buffer.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/variant.h"
#include "../core/variant_codec.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace netpeer {

enum class PollType : int; // socket/net_socket.h

/// Origin: Godot StreamPeer. Owner thread only.
///
/// Typed calls (put_8 to get_var, and ours below) block like put_data() and get_data(). Their answer is in
/// get_last_error(): OK, or the error of the put_data() or get_data() below them, or one they name. A get that fails gives
/// 0, 0.0, "" or nil, never half a value; what was there of it is consumed. A put that fails may have sent a part.
class StreamPeer {
public:
	/// What set_max_announced_bytes() begins with.
	static constexpr size_t kDefaultMaxAnnouncedBytes = size_t{64} << 20;

	virtual ~StreamPeer() = default;

	// --- raw data ---

	/// Sends all of `data`, which is borrowed for the call. May block: see the subclass. OK at once for no bytes, even on
	/// a closed peer. On error part of it may have gone. Origin: Godot StreamPeer.put_data.
	Error put_data(ByteView data);
	/// Sends what goes without blocking; OK with 0 <= sent <= size. `sent` is 0 on error.
	/// Origin: Godot StreamPeer.put_partial_data.
	Error put_partial_data(ByteView data, size_t &sent);
	/// @{
	/// Fills all of `data`. May block: see the subclass. On error `received` bytes at its front are good: what came before
	/// the end of the stream is not lost. Origin: Godot StreamPeer.get_data.
	Error get_data(MutBytes data, size_t &received);
	Error get_data(MutBytes data);
	/// @}
	/// Takes what is there without blocking; OK with 0 <= received <= size. `received` is 0 on error.
	/// Origin: Godot StreamPeer.get_partial_data.
	Error get_partial_data(MutBytes data, size_t &received);
	/// Bytes that can be taken without blocking; -1 when closed. Origin: Godot StreamPeer.get_available_bytes.
	virtual int get_available_bytes() const = 0;

	// --- numbers and strings ---

	/// Byte order of numbers and lengths on the wire, whatever the machine's own. False at first: little-endian.
	/// Origin: Godot StreamPeer.big_endian.
	void set_big_endian(bool enable) { big_endian_ = enable; }
	/// Origin: Godot StreamPeer.is_big_endian_enabled.
	bool is_big_endian_enabled() const { return big_endian_; }

	/// @{
	/// Integers in two's complement. Origin: Godot StreamPeer.put_8 ... put_u64.
	void put_8(int8_t value) { put_number(static_cast<uint8_t>(value), 1); }
	void put_u8(uint8_t value) { put_number(value, 1); }
	void put_16(int16_t value) { put_number(static_cast<uint16_t>(value), 2); }
	void put_u16(uint16_t value) { put_number(value, 2); }
	void put_32(int32_t value) { put_number(static_cast<uint32_t>(value), 4); }
	void put_u32(uint32_t value) { put_number(value, 4); }
	void put_64(int64_t value) { put_number(static_cast<uint64_t>(value), 8); }
	void put_u64(uint64_t value) { put_number(value, 8); }
	/// @}
	/// IEEE 754 binary16: 2 bytes, rounded to the nearest (ties to even); infinities, NaN, subnormals and the sign of zero
	/// stay, 65520 and more become infinity. Origin: Godot StreamPeer.put_half.
	void put_half(float value);
	/// @{
	/// IEEE 754 binary32 and binary64. Origin: Godot StreamPeer.put_float, put_double.
	void put_float(float value);
	void put_double(double value);
	/// @}
	/// A 32-bit count of characters, then one byte for each, no terminator. ASCII only: any other character of `text`
	/// (UTF-8; a byte that is none of it counts as a character) becomes a space. ERR_INVALID_PARAMETER and nothing sent
	/// for 2 GiB and more. For foreign servers that expect no length: put_raw_string(). Origin: Godot StreamPeer.put_string.
	void put_string(std::string_view text);
	/// A 32-bit count of bytes, then `text` as it is, no terminator. ERR_INVALID_PARAMETER and nothing sent for 2 GiB and
	/// more. Origin: Godot StreamPeer.put_utf8_string.
	void put_utf8_string(std::string_view text);

	/// @{
	/// Origin: Godot StreamPeer.get_8 ... get_u64.
	int8_t get_8() { return static_cast<int8_t>(get_number(1)); }
	uint8_t get_u8() { return static_cast<uint8_t>(get_number(1)); }
	int16_t get_16() { return static_cast<int16_t>(get_number(2)); }
	uint16_t get_u16() { return static_cast<uint16_t>(get_number(2)); }
	int32_t get_32() { return static_cast<int32_t>(get_number(4)); }
	uint32_t get_u32() { return static_cast<uint32_t>(get_number(4)); }
	int64_t get_64() { return static_cast<int64_t>(get_number(8)); }
	uint64_t get_u64() { return get_number(8); }
	/// @}
	/// @{
	/// Origin: Godot StreamPeer.get_half, get_float, get_double.
	float get_half();
	float get_float();
	double get_double();
	/// @}
	/// Takes `bytes` bytes; when negative, a 32-bit count first and then that many. Each byte is the character U+0000 to
	/// U+00FF of its number and the first zero byte ends the text (what follows it is consumed as well); the answer is
	/// UTF-8. "" and ERR_INVALID_DATA: a count of 2 GiB or more; ERR_OUT_OF_MEMORY: a count above
	/// get_max_announced_bytes(), of which nothing was taken, or no memory. Memory is taken as bytes arrive, never on the
	/// word of a count. Origin: Godot StreamPeer.get_string.
	std::string get_string(int bytes = -1);
	/// The same with the bytes left as they are: they may hold zero bytes and need not be valid UTF-8.
	/// Origin: Godot StreamPeer.get_utf8_string.
	std::string get_utf8_string(int bytes = -1);

	// --- values ---

	/// A 32-bit count of bytes, then `value` as encode_variant() writes it, which is little-endian whatever big_endian says.
	/// Errors of encode_variant(), with nothing sent: ERR_UNAUTHORIZED is object data without `full_objects`.
	/// Origin: Godot StreamPeer.put_var.
	void put_var(const Variant &value, bool full_objects = false);
	/// Takes a 32-bit count and that many bytes, and reads the value at their front; what follows in them is ignored. Nil
	/// and the errors of get_string() for the count, or those of decode_variant(): ERR_UNAUTHORIZED is an object without
	/// `allow_objects`. With it objects come as data (Variant::is_object_data); nothing is ever instantiated.
	/// Origin: Godot StreamPeer.get_var.
	Variant get_var(bool allow_objects = false);

	// --- not in Godot ---

	/// @{
	/// put_var() and get_var() with everything that can be said about writing and reading: Godot 3's dialect, depth, where
	/// the value's memory comes from and how much it may be.
	void put_var(const Variant &value, const VariantEncodeOptions &options);
	Variant get_var(const VariantDecodeOptions &options);
	/// @}

	/// What the last typed call met; OK before the first. put_data() and the other calls for raw data leave it alone.
	Error get_last_error() const { return last_error_; }
	/// @{
	/// The longest count from the wire that a typed get believes, in bytes; a count the caller names has no such limit.
	void set_max_announced_bytes(size_t bytes) { max_announced_bytes_ = bytes; }
	size_t get_max_announced_bytes() const { return max_announced_bytes_; }
	/// @}

	/// As get_data(), into `out`, whose content is replaced. On error `out` holds what came before it. Negative `bytes`, or
	/// more than out.max_bytes(): ERR_OUT_OF_MEMORY and nothing taken. ERR_OUT_OF_MEMORY also when `out` cannot grow; what
	/// it holds then has been taken. Origin: Godot's script form, without the tail of garbage.
	Error get_data(int bytes, ByteBuffer &out);
	/// As get_partial_data(), into `out`, whose content is replaced: at most `bytes`, perhaps fewer than are waiting.
	/// On error `out` is empty. Negative `bytes`: ERR_OUT_OF_MEMORY. Origin: Godot's script form.
	Error get_partial_data(int bytes, ByteBuffer &out);

	/// As get_utf8_string() into memory of the caller's that may be used again and again; also sets get_last_error().
	/// On error `out` is empty.
	Error get_string_bytes(ByteBuffer &out, int bytes = -1);
	/// The bytes of `text`: no length in front, nothing behind.
	void put_raw_string(std::string_view text);
	/// The bytes of `text`, then those of `ending` ("\r\n" for most old protocols), sent together when they are short.
	void put_line(std::string_view text, std::string_view ending = "\n");

	// What a layer on top of any stream needs, as StreamPeerTLS is.

	/// Moves on what reading and writing do not move on by themselves; never blocks and loses no bytes. OK, or why it is
	/// broken.
	virtual Error poll_stream() { return Error::OK; }
	/// Sleeps until bytes can be moved as `type` says or `timeout_ms` has passed; 0 does not sleep, negative is unlimited.
	/// OK: worth trying. ERR_BUSY: time is up. ERR_UNAVAILABLE: there is nothing to sleep on, or it is closed. Else: it is
	/// broken, and the next data call tells.
	virtual Error wait_stream(PollType type, int timeout_ms) {
		(void)type;
		(void)timeout_ms;
		return Error::ERR_UNAVAILABLE;
	}

protected:
	/// `allocator` is borrowed, must outlive the peer and gives what strings and values need on their way, and the values
	/// that get_var() makes, which it must outlive too.
	explicit StreamPeer(const Allocator *allocator = default_allocator()) : allocator_(allocator) {}
	StreamPeer(const StreamPeer &) = delete;
	StreamPeer &operator=(const StreamPeer &) = delete;

	/// @{
	/// The four calls for raw data, never with no bytes. The counts arrive as 0.
	virtual Error write_all(ByteView data) = 0;
	virtual Error write_some(ByteView data, size_t &sent) = 0;
	virtual Error read_all(MutBytes data, size_t &received) = 0;
	virtual Error read_some(MutBytes data, size_t &received) = 0;
	/// @}
	/// The next writes will be `bytes` together. An error here ends the put before anything is written.
	virtual Error before_writes(size_t bytes) {
		(void)bytes;
		return Error::OK;
	}

	/// The one given at construction. Never null.
	const Allocator *allocator() const { return allocator_; }

private:
	void put_number(uint64_t value, size_t bytes);
	uint64_t get_number(size_t bytes);
	Error write_pieces(ByteView head, ByteView body, ByteView tail);
	Error write_ascii(std::string_view text);
	Error write_value(const Variant &value, const VariantEncodeOptions &options);
	Error read_growing(size_t bytes, ByteBuffer &out);
	Error take_count(int bytes, size_t &count);
	std::string take_string(int bytes, bool latin1);
	Error take_value(Variant &value, const VariantDecodeOptions &options);

	const Allocator *allocator_;
	size_t max_announced_bytes_ = kDefaultMaxAnnouncedBytes;
	Error last_error_ = Error::OK;
	bool big_endian_ = false;
};

} // namespace netpeer
