#include "netlink_reply.h"

namespace netpeer {

namespace {

constexpr size_t kNetlinkHeaderBytes = 16;
constexpr uint16_t kNetlinkError = 2;
constexpr uint16_t kNetlinkDone = 3;
constexpr uint16_t kNetlinkNewAddress = 20;
constexpr uint16_t kNetlinkDumpInterrupted = 0x10; // NLM_F_DUMP_INTR
constexpr uint8_t kNetlinkInet = 2;                // AF_INET and AF_INET6 as Linux numbers them
constexpr uint8_t kNetlinkInet6 = 10;
constexpr size_t kNetlinkAttributeBytes = 4;
constexpr uint16_t kNetlinkAttributeMask = 0x3fff; // above it are flags
constexpr uint16_t kNetlinkAddressOfPeer = 1;      // IFA_ADDRESS: our own, or the other end's on point-to-point links
constexpr uint16_t kNetlinkAddressLocal = 2;       // IFA_LOCAL: our own
constexpr uint16_t kNetlinkLabel = 3;

uint16_t netlink_u16(ByteReader &in) {
	uint16_t value = 0;
	const ByteView bytes = in.take(sizeof(value));
	if (bytes.size == sizeof(value)) std::memcpy(&value, bytes.data, sizeof(value));
	return value;
}

uint32_t netlink_u32(ByteReader &in) {
	uint32_t value = 0;
	const ByteView bytes = in.take(sizeof(value));
	if (bytes.size == sizeof(value)) std::memcpy(&value, bytes.data, sizeof(value));
	return value;
}

// The last piece may come without its padding.
void netlink_skip_padding(ByteReader &in, size_t bytes) {
	const size_t padding = (4 - bytes % 4) % 4;
	(void)in.take(padding < in.left() ? padding : in.left());
}

bool netlink_address_of(uint8_t family, ByteView value, IPAddress &out) {
	if (family == kNetlinkInet && value.size == 4) {
		out.set_ipv4(value.data);
	} else if (family == kNetlinkInet6 && value.size == 16) {
		out.set_ipv6(value.data);
	} else {
		return false;
	}
	return true;
}

// The body of one address message. False when it is malformed; `out.address` stays invalid when it holds no address.
bool netlink_read_address(ByteView body, NetlinkAddress &out) {
	ByteReader in(body);
	const uint8_t family = in.u8();
	(void)in.take(3); // prefix length, flags, scope
	out.index = netlink_u32(in);
	if (in.failed()) return false;
	if (family != kNetlinkInet && family != kNetlinkInet6) return true;
	IPAddress of_peer;
	while (in.left() != 0) {
		const size_t bytes = netlink_u16(in);
		const uint16_t type = netlink_u16(in) & kNetlinkAttributeMask;
		if (in.failed() || bytes < kNetlinkAttributeBytes) return false;
		const ByteView value = in.take(bytes - kNetlinkAttributeBytes);
		if (in.failed()) return false;
		netlink_skip_padding(in, bytes);
		if (type == kNetlinkAddressLocal) {
			if (!netlink_address_of(family, value, out.address)) return false;
		} else if (type == kNetlinkAddressOfPeer) {
			if (!netlink_address_of(family, value, of_peer)) return false;
		} else if (type == kNetlinkLabel) {
			size_t size = 0;
			while (size < value.size && value[size] != 0) ++size;
			if (size >= kNetlinkNameBytes) return false;
			std::memset(out.label, 0, sizeof(out.label));
			if (size != 0) std::memcpy(out.label, value.data, size);
		}
	}
	if (!out.address.is_valid()) out.address = of_peer;
	return true;
}

} // namespace

Error read_netlink_addresses(
        ByteView datagram, uint32_t sequence, NetlinkAddressSink sink, void *user, NetlinkReply &reply) {
	ByteReader in(datagram);
	while (in.left() != 0 && !reply.done) {
		const uint32_t bytes = netlink_u32(in);
		const uint16_t type = netlink_u16(in);
		const uint16_t flags = netlink_u16(in);
		const uint32_t of_request = netlink_u32(in);
		(void)netlink_u32(in); // port
		if (in.failed() || bytes < kNetlinkHeaderBytes) return Error::ERR_INVALID_DATA;
		const ByteView body = in.take(bytes - kNetlinkHeaderBytes);
		if (in.failed()) return Error::ERR_INVALID_DATA;
		netlink_skip_padding(in, bytes);
		if (of_request != sequence) continue;
		if ((flags & kNetlinkDumpInterrupted) != 0) reply.interrupted = true;
		if (type == kNetlinkDone) {
			reply.done = true;
		} else if (type == kNetlinkError) {
			ByteReader error(body);
			const int32_t code = static_cast<int32_t>(netlink_u32(error));
			if (error.failed()) return Error::ERR_INVALID_DATA;
			// The most negative number has no positive twin; it is no errno either.
			if (code < -0xffff || code > 0) return Error::ERR_INVALID_DATA;
			reply.error = -code;
			reply.done = true;
		} else if (type == kNetlinkNewAddress) {
			NetlinkAddress address;
			if (!netlink_read_address(body, address)) return Error::ERR_INVALID_DATA;
			if (address.address.is_valid()) sink(user, address);
		}
	}
	return Error::OK;
}

} // namespace netpeer
