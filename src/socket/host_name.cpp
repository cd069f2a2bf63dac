#include "host_name.h"

namespace netpeer {

namespace {

constexpr std::string_view kHostNameNever = "/\\@*?#\"<>";

} // namespace

HostNameFault check_host_name(std::string_view name) {
	if (name.empty()) return HostNameFault::EMPTY;
	if (name.find('\0') != std::string_view::npos) return HostNameFault::ZERO_BYTE;
	if (name.find_first_of("[]") != std::string_view::npos) return HostNameFault::BRACKETS;
	// Some resolvers read an address into these, and then another one than the caller sees.
	if (name.find('%') != std::string_view::npos) return HostNameFault::ZONE_ID;
	if (name.find(':') != std::string_view::npos) return HostNameFault::COLON;
	for (const char c : name) {
		const unsigned char byte = static_cast<unsigned char>(c);
		if (byte <= 0x20 || byte == 0x7f) return HostNameFault::BAD_CHARACTER;
		if (kHostNameNever.find(c) != std::string_view::npos) return HostNameFault::BAD_CHARACTER;
	}
	if (name.back() == '.') name.remove_suffix(1);
	if (name.empty()) return HostNameFault::EMPTY_LABEL;
	if (name.size() > kMaxHostNameBytes) return HostNameFault::TOO_LONG;
	for (size_t start = 0; start <= name.size();) {
		size_t end = name.find('.', start);
		if (end == std::string_view::npos) end = name.size();
		if (end == start) return HostNameFault::EMPTY_LABEL;
		if (end - start > kMaxHostLabelBytes) return HostNameFault::TOO_LONG;
		start = end + 1;
	}
	return HostNameFault::NONE;
}

const char *host_name_fault_text(HostNameFault fault) {
	switch (fault) {
	case HostNameFault::NONE: return "the host name may be resolved";
	case HostNameFault::EMPTY: return "the host name is empty";
	case HostNameFault::TOO_LONG: return "the host name is longer than 253 bytes, or one label than 63";
	case HostNameFault::ZERO_BYTE: return "the host name holds a zero byte";
	case HostNameFault::BAD_CHARACTER: return "the host name holds a character that no host name has";
	case HostNameFault::EMPTY_LABEL: return "the host name has nothing before or between its dots";
	case HostNameFault::BRACKETS: return "the host name holds brackets: write an IPv6 address without them";
	case HostNameFault::ZONE_ID: return "the host name holds a zone id, which addresses do not carry";
	case HostNameFault::COLON: return "the host name holds a colon and is no IPv6 address";
	}
	return "unknown fault";
}

} // namespace netpeer
