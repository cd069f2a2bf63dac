// IPAddress: an IPv4 or IPv6 address, the wildcard "*", or nothing. A value; no OS header, no resolving.
// IPv4 is held IPv4-mapped ("::ffff:a.b.c.d"). Follows docs and Godot's IPAddress.
#pragma once

#include "../core/bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace netpeer {

/// IPv4-mapped: ten zero bytes, then two of 0xff.
constexpr uint8_t kIpMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Origin: Godot IPAddress.
class IPAddress {
public:
	/// Longest text to_text() writes, with the terminator: eight groups of four digits, seven colons.
	static constexpr size_t kMaxTextBytes = 40;

	/// Not valid, not wildcard.
	constexpr IPAddress() = default;
	/// Parses "*", a dotted quad or IPv6 text; anything else (names, scope ids "%eth0", empty text) is not valid.
	explicit IPAddress(const char *text);
	/// The same, of `text`, which need not end with a zero byte.
	explicit IPAddress(ByteView text);
	/// a.b.c.d.
	static IPAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
	/// "*": every address of this machine. is_valid() is false.
	static IPAddress wildcard();

	bool is_valid() const { return valid_; }       // holds an address
	bool is_wildcard() const { return wildcard_; } // is "*"
	/// True when the bytes are IPv4-mapped; independent of is_valid().
	bool is_ipv4() const { return std::memcmp(bytes_, kIpMappedPrefix, sizeof(kIpMappedPrefix)) == 0; }
	/// Four bytes: the last four of the address, whatever it is. Never null.
	const uint8_t *get_ipv4() const { return bytes_ + 12; }
	/// All 16 bytes. Never null.
	const uint8_t *get_ipv6() const { return bytes_; }
	/// @{
	/// Borrow 4 or 16 bytes for the call; the address becomes valid.
	void set_ipv4(const uint8_t *four_bytes) {
		std::memcpy(bytes_, kIpMappedPrefix, sizeof(kIpMappedPrefix));
		std::memcpy(bytes_ + 12, four_bytes, 4);
		valid_ = true;
		wildcard_ = false;
	}
	void set_ipv6(const uint8_t *sixteen_bytes) {
		std::memcpy(bytes_, sixteen_bytes, 16);
		valid_ = true;
		wildcard_ = false;
	}
	/// @}
	/// As made by the default constructor.
	void clear() { *this = IPAddress(); }
	/// 127.0.0.0/8 or ::1.
	bool is_loopback() const;
	/// 224.0.0.0/4 or ff00::/8.
	bool is_multicast() const;

	/// "*" for the wildcard, "" when not valid, a dotted quad for IPv4, else eight hexadecimal groups without "::".
	/// Writes at most kMaxTextBytes with the terminator and returns `out`, which must hold that many.
	const char *to_text(char (&out)[kMaxTextBytes]) const;

	/// True for text that parses to a valid address; false for "*".
	static bool is_valid_ip_address(const char *text);

	/// Flags and bytes equal.
	friend bool operator==(const IPAddress &a, const IPAddress &b) {
		return a.valid_ == b.valid_ && a.wildcard_ == b.wildcard_ && std::memcmp(a.bytes_, b.bytes_, 16) == 0;
	}
	friend bool operator!=(const IPAddress &a, const IPAddress &b) { return !(a == b); }

private:
	bool parse(ByteView text);

	uint8_t bytes_[16] = {};
	bool valid_ = false;
	bool wildcard_ = false;
};

} // namespace netpeer
