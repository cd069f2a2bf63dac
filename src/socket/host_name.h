// Host names: what a resolver may be asked for, and what is refused before anybody is asked. Text only, no resolving.
#pragma once

#include <cstddef>
#include <string_view>

namespace netpeer {

/// @{
/// The longest name DNS carries (RFC 1035, 2.3.4), in bytes, without a trailing dot; and its longest label.
constexpr size_t kMaxHostNameBytes = 253;
constexpr size_t kMaxHostLabelBytes = 63;
/// @}

/// Why text is no host name. NONE: it may be one.
enum class HostNameFault : int {
	NONE,
	EMPTY,
	TOO_LONG,      // over kMaxHostNameBytes, or a label over kMaxHostLabelBytes
	ZERO_BYTE,     // the system would see a shorter name than the caller checked
	BAD_CHARACTER, // a space, a control character or one of / \ @ * ? # " < >
	EMPTY_LABEL,   // leading dot, two dots in a row, nothing but a dot
	BRACKETS,      // "[::1]": brackets belong to URLs
	ZONE_ID,       // "fe80::1%eth0": IPAddress holds no zone
	COLON          // broken IPv6 text, or a port behind the name
};

/// Whether `name` may be handed to a resolver. One trailing dot (an absolute name) is allowed; letters, digits, '-', '_'
/// and bytes from 0x80 are not judged. A literal address is not a name: parse it as IPAddress first.
HostNameFault check_host_name(std::string_view name);

/// One English line about the fault. Never null.
const char *host_name_fault_text(HostNameFault fault);

} // namespace netpeer
