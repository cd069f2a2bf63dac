// Variant bytes: no input crashes or takes more memory than its length allows, and what was read is written and read again
// to the same bytes. The first byte chooses dialect, objects and depth.
#include "../src/core/variant_codec.h"
#include "../src/core/variant_text.h"

#include <cstdio>
#include <cstdlib>

namespace {

using netpeer::Error;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_variant_decode: broken: %s\n", what);
	std::abort();
}

// malloc with a count of what is out.
struct CountedMemory {
	size_t live = 0;
	size_t peak = 0;
	netpeer::Allocator allocator{this, allocate, reallocate, release};

	static void *allocate(void *user, size_t bytes) {
		static_cast<CountedMemory *>(user)->add(bytes);
		return std::malloc(bytes);
	}
	static void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
		static_cast<CountedMemory *>(user)->live -= old_bytes;
		static_cast<CountedMemory *>(user)->add(new_bytes);
		return std::realloc(block, new_bytes);
	}
	static void release(void *user, void *block, size_t bytes) {
		static_cast<CountedMemory *>(user)->live -= bytes;
		std::free(block);
	}
	void add(size_t bytes) {
		live += bytes;
		if (live > peak) peak = live;
	}
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size == 0) return 0;
	CountedMemory memory;
	netpeer::VariantDecodeOptions reading;
	netpeer::VariantEncodeOptions writing;
	reading.dialect = writing.dialect =
	        (data[0] & 1) != 0 ? netpeer::VariantDialect::kGodot3 : netpeer::VariantDialect::kGodot4;
	reading.allow_objects = writing.full_objects = (data[0] & 2) != 0;
	if ((data[0] & 4) != 0) reading.max_depth = 3;
	writing.double_reals = (data[0] & 8) != 0;
	reading.memory.allocator = &memory.allocator;
	{
		const netpeer::ByteView bytes(data + 1, size - 1);
		netpeer::Variant value;
		size_t consumed = 0;
		const Error error = netpeer::decode_variant(bytes, value, consumed, reading);
		must_hold(memory.peak <= bytes.size * 24 + 256, "memory is in proportion to the input");
		must_hold(consumed <= bytes.size, "no more is consumed than there is");
		// With little to spare every block is one of its own, and the sanitizers see each end. It must make no difference.
		{
			netpeer::VariantDecodeOptions tight = reading;
			tight.memory.left = bytes.size * 24 + 256;
			netpeer::Variant apart;
			size_t consumed_apart = 0;
			must_hold(netpeer::decode_variant(bytes, apart, consumed_apart, tight) == error, "the budget is enough");
			must_hold(consumed_apart == consumed && apart == value, "blocks of their own hold the same");
		}
		if (error != Error::OK) {
			must_hold(value.is_nil() && consumed == 0 && memory.live == 0, "an error leaves nothing behind");
			return 0;
		}
		netpeer::ByteBuffer first, second, third;
		must_hold(netpeer::encode_variant(value, first, writing) == Error::OK, "what was read can be written");
		netpeer::Variant again, same;
		must_hold(netpeer::decode_variant(first.view(), again, consumed, reading) == Error::OK, "and read again");
		must_hold(consumed == first.size(), "all of it");
		must_hold(netpeer::encode_variant(again, second, writing) == Error::OK, "and written again");
		// Null objects are written as nil, and so two keys may have become one: only now nothing changes any more.
		must_hold(
		        netpeer::decode_variant(second.view(), same, consumed, reading) == Error::OK, "and read a third time");
		must_hold(netpeer::encode_variant(same, third, writing) == Error::OK, "and written a third time");
		must_hold(second.view() == third.view(), "to the same bytes");
		must_hold(same == again, "equal bytes make equal values");
		must_hold(first.size() >= second.size(), "only keys that became one are gone");
		netpeer::ByteBuffer text;
		must_hold(netpeer::print_variant(value, text) == Error::OK, "it has a text");
		text.clear();
		must_hold(netpeer::print_variant(value, text, netpeer::VariantTextStyle::kJson) == Error::OK, "also in JSON");
	}
	must_hold(memory.live == 0, "all memory comes back");
	return 0;
}
