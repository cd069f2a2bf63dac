// The kernel's answer about addresses: no bytes crash the reader, and what it hands out is whole.
#include "../src/socket/netlink_reply.h"

#include <cstdio>
#include <cstdlib>

namespace {

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_netlink_reply: broken: %s\n", what);
	std::abort();
}

void take(void *user, const netpeer::NetlinkAddress &address) {
	++*static_cast<size_t *>(user);
	must_hold(address.address.is_valid() && !address.address.is_wildcard(), "an address is valid");
	must_hold(address.label[netpeer::kNetlinkNameBytes - 1] == '\0', "a label is terminated");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	using namespace netpeer;

	size_t found = 0;
	NetlinkReply reply;
	const Error error = read_netlink_addresses(ByteView(data, size), 1, take, &found, reply);
	must_hold(error == Error::OK || error == Error::ERR_INVALID_DATA, "there is no other error");
	// 16 bytes of header, 8 of the message and 8 for the smallest address attribute.
	must_hold(found <= size / 32, "addresses do not come from nowhere");
	must_hold(reply.error >= 0 && (reply.error == 0 || reply.done), "a refusal ends the list");

	// The same bytes once more are read the same, and nothing is read behind the end of the list.
	size_t again = 0;
	NetlinkReply second;
	must_hold(read_netlink_addresses(ByteView(data, size), 1, take, &again, second) == error, "reading has no memory");
	must_hold(again == found && second.done == reply.done, "reading has no memory");
	return 0;
}
