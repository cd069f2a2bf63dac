// Address text: strict, so that what one program accepts every program reads alike. No scope ids, no octal, no short
// forms such as "127.1": each of them has been read differently by different libraries.
#include "ip_address.h"

namespace netpeer {

namespace {

constexpr size_t kIpGroups = 8;

int ip_hex_digit(uint8_t c) {
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

// Exactly four decimal numbers of 0..255 with dots between; leading zeros are decimal, not octal.
bool ip_parse_quad(ByteView text, uint8_t (&out)[4]) {
	size_t at = 0;
	for (size_t part = 0; part < 4; ++part) {
		if (part != 0) {
			if (at >= text.size || text[at] != '.') return false;
			++at;
		}
		const size_t first = at;
		unsigned value = 0;
		while (at < text.size && text[at] >= '0' && text[at] <= '9') {
			value = value * 10 + static_cast<unsigned>(text[at] - '0');
			if (value > 255) return false;
			++at;
		}
		if (at == first) return false;
		out[part] = static_cast<uint8_t>(value);
	}
	return at == text.size;
}

struct IpGroups {
	uint16_t values[kIpGroups];
	size_t count = 0;
	size_t gap = kIpGroups + 1; // before which group "::" stands; out of range when there is none
	bool has_gap() const { return gap <= kIpGroups; }
};

// The groups as written; a dotted tail counts as two. `quad_at` is the index of its first one, kIpGroups without.
bool ip_read_groups(ByteView text, IpGroups &groups, size_t &quad_at) {
	quad_at = kIpGroups;
	size_t at = 0;
	if (text.size >= 2 && text[0] == ':' && text[1] == ':') {
		groups.gap = 0;
		at = 2;
	}
	while (at < text.size) {
		if (groups.count == kIpGroups) return false;
		const size_t first = at;
		unsigned value = 0;
		while (at < text.size && ip_hex_digit(text[at]) >= 0) {
			if (at - first == 4) return false;
			value = value * 16 + static_cast<unsigned>(ip_hex_digit(text[at]));
			++at;
		}
		if (at < text.size && text[at] == '.') {
			uint8_t quad[4];
			if (groups.count + 2 > kIpGroups || !ip_parse_quad(text.after(first), quad)) return false;
			quad_at = groups.count;
			groups.values[groups.count++] = static_cast<uint16_t>((quad[0] << 8) | quad[1]);
			groups.values[groups.count++] = static_cast<uint16_t>((quad[2] << 8) | quad[3]);
			return true;
		}
		if (at == first) return false;
		groups.values[groups.count++] = static_cast<uint16_t>(value);
		if (at == text.size) return true;
		if (text[at] != ':') return false;
		++at;
		if (at == text.size) return false; // a single colon at the end
		if (text[at] == ':') {
			if (groups.has_gap()) return false;
			groups.gap = groups.count;
			++at;
		}
	}
	return true;
}

bool ip_parse_groups(ByteView text, uint8_t (&out)[16]) {
	IpGroups groups;
	size_t quad_at = kIpGroups;
	if (!ip_read_groups(text, groups, quad_at)) return false;
	if (groups.has_gap() ? groups.count >= kIpGroups : groups.count != kIpGroups) return false;

	// Spread the groups around the gap.
	const size_t missing = kIpGroups - groups.count;
	uint8_t bytes[16] = {};
	for (size_t i = 0; i < groups.count; ++i) {
		const size_t place = groups.has_gap() && i >= groups.gap ? i + missing : i;
		bytes[place * 2] = static_cast<uint8_t>(groups.values[i] >> 8);
		bytes[place * 2 + 1] = static_cast<uint8_t>(groups.values[i]);
	}
	// A dotted tail belongs to the mapped form only: "1::ffff:1.2.3.4" and "::1.2.3.4" are mistakes.
	if (quad_at != kIpGroups && std::memcmp(bytes, kIpMappedPrefix, sizeof(kIpMappedPrefix)) != 0) return false;
	std::memcpy(out, bytes, sizeof(bytes));
	return true;
}

char *ip_put_decimal(char *at, unsigned value) {
	if (value >= 100) *at++ = static_cast<char>('0' + value / 100);
	if (value >= 10) *at++ = static_cast<char>('0' + value / 10 % 10);
	*at++ = static_cast<char>('0' + value % 10);
	return at;
}

char *ip_put_hex(char *at, unsigned value) {
	constexpr char kDigits[] = "0123456789abcdef";
	bool started = false;
	for (unsigned shift = 16; shift != 0;) {
		shift -= 4;
		const unsigned digit = (value >> shift) & 15;
		if (digit == 0 && !started && shift != 0) continue;
		started = true;
		*at++ = kDigits[digit];
	}
	return at;
}

} // namespace

IPAddress::IPAddress(const char *text) : IPAddress(text != nullptr ? view_of(text) : ByteView()) {}

IPAddress::IPAddress(ByteView text) {
	if (!parse(text)) clear();
}

IPAddress IPAddress::v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
	const uint8_t bytes[4] = {a, b, c, d};
	IPAddress address;
	address.set_ipv4(bytes);
	return address;
}

IPAddress IPAddress::wildcard() {
	IPAddress address;
	address.wildcard_ = true;
	return address;
}

bool IPAddress::is_loopback() const {
	if (!valid_) return false;
	if (is_ipv4()) return bytes_[12] == 127;
	constexpr uint8_t kLoopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	return std::memcmp(bytes_, kLoopback, 16) == 0;
}

bool IPAddress::is_multicast() const {
	if (!valid_) return false;
	return is_ipv4() ? (bytes_[12] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

const char *IPAddress::to_text(char (&out)[kMaxTextBytes]) const {
	char *at = out;
	if (wildcard_) {
		*at++ = '*';
	} else if (valid_ && is_ipv4()) {
		for (size_t i = 12; i < 16; ++i) {
			if (i != 12) *at++ = '.';
			at = ip_put_decimal(at, bytes_[i]);
		}
	} else if (valid_) {
		for (size_t i = 0; i < 16; i += 2) {
			if (i != 0) *at++ = ':';
			at = ip_put_hex(at, static_cast<unsigned>((bytes_[i] << 8) | bytes_[i + 1]));
		}
	}
	*at = '\0';
	return out;
}

bool IPAddress::is_valid_ip_address(const char *text) { return IPAddress(text).is_valid(); }

bool IPAddress::parse(ByteView text) {
	if (text.size == 1 && text[0] == '*') {
		wildcard_ = true;
		return true;
	}
	if (text.empty()) return false;
	if (std::memchr(text.data, ':', text.size) != nullptr) {
		if (!ip_parse_groups(text, bytes_)) return false;
		valid_ = true;
		return true;
	}
	uint8_t quad[4];
	if (!ip_parse_quad(text, quad)) return false;
	set_ipv4(quad);
	return true;
}

} // namespace netpeer
