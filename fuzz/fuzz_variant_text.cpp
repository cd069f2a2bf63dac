// Variant text: no input crashes, and what parses prints to text that parses to an equal value and prints the same again.
#include "../src/core/variant_text.h"

#include <cstdio>
#include <cstdlib>

namespace {

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_variant_text: broken: %s\n", what);
	std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	using netpeer::Error;
	netpeer::VariantParseOptions options;
	options.allow_objects = true;
	options.memory.left = size * 64 + 4096;
	netpeer::Variant value, again;
	size_t offset = 0;
	const Error error = netpeer::parse_variant(netpeer::ByteView(data, size), value, options, &offset);
	must_hold(offset <= size, "the offset lies in the text");
	if (error != Error::OK) {
		must_hold(value.is_nil(), "an error leaves nothing behind");
		must_hold(error == Error::ERR_PARSE_ERROR || error == Error::ERR_OUT_OF_MEMORY, "a known error");
		return 0;
	}
	netpeer::ByteBuffer first, second;
	must_hold(netpeer::print_variant(value, first) == Error::OK, "what parses prints");
	options.memory.left = first.size() * 64 + 4096;
	must_hold(netpeer::parse_variant(first.view(), again, options) == Error::OK, "and parses again");
	must_hold(again == value, "to an equal value");
	must_hold(
	        netpeer::print_variant(again, second) == Error::OK && first.view() == second.view(), "with the same text");
	first.clear();
	must_hold(netpeer::print_variant(value, first, netpeer::VariantTextStyle::kJson) == Error::OK, "JSON as well");
	return 0;
}
