// Address text: no input crashes, and what parses survives printing and parsing again.
#include "../src/socket/ip_address.h"

#include <cstdio>
#include <cstdlib>

namespace {

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_ip_address: broken: %s\n", what);
	std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	using netpeer::ByteView;
	using netpeer::IPAddress;

	const IPAddress address(ByteView(data, size));
	must_hold(!(address.is_valid() && address.is_wildcard()), "valid and wildcard exclude each other");

	char text[IPAddress::kMaxTextBytes];
	address.to_text(text);
	must_hold(std::strlen(text) < sizeof(text), "the text is terminated in time");
	must_hold(IPAddress(text) == address, "printed and parsed again it is the same");
	must_hold(IPAddress::is_valid_ip_address(text) == address.is_valid(), "the printed text is as valid");
	if (!address.is_valid() && !address.is_wildcard()) {
		must_hold(address == IPAddress(), "what does not parse leaves nothing behind");
	}

	// The input as raw bytes: every address prints and parses.
	if (size >= 16) {
		IPAddress raw;
		raw.set_ipv6(data);
		raw.to_text(text);
		must_hold(IPAddress(text) == raw, "any 16 bytes survive printing");
	}
	return 0;
}
