// The same data as a Variant and as MessagePack (msgpack-c, the C library): written and read many times.
// Usage: compare_variant netpeer|msgpack <data> <rounds>    data: state, numbers, nested, texts, packed
// Prints {"bytes": of one encoding, "values": in it, "write_us", "read_us": of processor time for one}. The work to be
// counted lies in functions of its own.
#include "../../src/netpeer.h"

#include <msgpack.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace compare_variant {

using netpeer::Error;
using netpeer::Variant;

[[noreturn]] void give_up(const char *why) {
	std::fprintf(stderr, "compare_variant: %s\n", why);
	std::exit(1);
}
void require(bool holds, const char *why) {
	if (!holds) give_up(why);
}

// What a game sends, in GDScript: both libraries start from this.
std::string data_of(const std::string &name) {
	std::string text = "[";
	const auto repeat = [&](int times, const std::string &item) {
		for (int i = 0; i < times; ++i) text += item + ",";
	};
	if (name == "state")
		repeat(50,
		        "{\"id\": 1234, \"name\": \"player one\", \"pos\": [1.5, 2.25, -3.125], \"hp\": 100, \"alive\": true, "
		        "\"inventory\": [{\"item\": \"sword\", \"count\": 1}, {\"item\": \"arrow\", \"count\": 55}], "
		        "\"target\": null}");
	else if (name == "numbers")
		repeat(500, "1, -70000, 0.1, 2.5, true");
	else if (name == "nested")
		repeat(30, "[[[[1], [2, [3, {}]]], {\"a\": {\"b\": {\"c\": [4]}}}], [5, [6, [7, []]]]]");
	else if (name == "texts")
		repeat(200,
		        "\"short\", \"a text of some twenty\", \"and one that is rather longer, as chat messages tend to be\"");
	else if (name == "packed")
		repeat(20, "\"" + std::string(1000, 'x') + "\"");
	else
		give_up("no such data");
	return text + "]";
}

size_t count_values(const Variant &value) {
	size_t count = 1;
	for (size_t i = 0; i < value.size(); ++i) {
		if (value.type() == netpeer::VariantType::kArray) count += count_values(value.at(i));
		if (value.type() == netpeer::VariantType::kDictionary)
			count += count_values(value.key_at(i)) + count_values(value.value_at(i));
	}
	return count;
}

__attribute__((noinline)) void counted_write_netpeer(const Variant &value, netpeer::ByteBuffer &out) {
	out.clear();
	require(netpeer::encode_variant(value, out) == Error::OK, "netpeer: not written");
}

__attribute__((noinline)) void counted_read_netpeer(netpeer::ByteView bytes) {
	Variant value;
	size_t consumed = 0;
	require(netpeer::decode_variant(bytes, value, consumed) == Error::OK, "netpeer: not read");
}

// The tree msgpack-c writes with msgpack_pack_object is its own, so both walk a tree of theirs.
msgpack_object to_msgpack(const Variant &value, msgpack_zone *zone) {
	msgpack_object made;
	std::memset(&made, 0, sizeof(made));
	switch (value.type()) {
	case netpeer::VariantType::kBool:
		made.type = MSGPACK_OBJECT_BOOLEAN;
		made.via.boolean = value.as_bool();
		break;
	case netpeer::VariantType::kInt:
		made.type = value.as_int() < 0 ? MSGPACK_OBJECT_NEGATIVE_INTEGER : MSGPACK_OBJECT_POSITIVE_INTEGER;
		made.via.i64 = value.as_int();
		break;
	case netpeer::VariantType::kFloat:
		made.type = MSGPACK_OBJECT_FLOAT64;
		made.via.f64 = value.as_float();
		break;
	case netpeer::VariantType::kString: {
		made.type = MSGPACK_OBJECT_STR;
		made.via.str.size = static_cast<uint32_t>(value.text().size);
		char *text = static_cast<char *>(msgpack_zone_malloc(zone, value.text().size + 1));
		std::memcpy(text, value.text().data, value.text().size);
		made.via.str.ptr = text;
		break;
	}
	case netpeer::VariantType::kArray:
		made.type = MSGPACK_OBJECT_ARRAY;
		made.via.array.size = static_cast<uint32_t>(value.size());
		made.via.array.ptr =
		        static_cast<msgpack_object *>(msgpack_zone_malloc(zone, (value.size() + 1) * sizeof(msgpack_object)));
		for (size_t i = 0; i < value.size(); ++i) made.via.array.ptr[i] = to_msgpack(value.at(i), zone);
		break;
	case netpeer::VariantType::kDictionary:
		made.type = MSGPACK_OBJECT_MAP;
		made.via.map.size = static_cast<uint32_t>(value.size());
		made.via.map.ptr = static_cast<msgpack_object_kv *>(
		        msgpack_zone_malloc(zone, (value.size() + 1) * sizeof(msgpack_object_kv)));
		for (size_t i = 0; i < value.size(); ++i) {
			made.via.map.ptr[i].key = to_msgpack(value.key_at(i), zone);
			made.via.map.ptr[i].val = to_msgpack(value.value_at(i), zone);
		}
		break;
	default: made.type = MSGPACK_OBJECT_NIL;
	}
	return made;
}

__attribute__((noinline)) void counted_write_msgpack(const msgpack_object &object, msgpack_sbuffer &out) {
	msgpack_sbuffer_clear(&out);
	msgpack_packer packer;
	msgpack_packer_init(&packer, &out, msgpack_sbuffer_write);
	require(msgpack_pack_object(&packer, object) == 0, "msgpack: not written");
}

__attribute__((noinline)) void counted_read_msgpack(const msgpack_sbuffer &bytes) {
	msgpack_unpacked result;
	msgpack_unpacked_init(&result);
	size_t offset = 0;
	require(msgpack_unpack_next(&result, bytes.data, bytes.size, &offset) == MSGPACK_UNPACK_SUCCESS,
	        "msgpack: not read");
	msgpack_unpacked_destroy(&result);
}

struct Cost {
	size_t bytes = 0;
	double write_us = 0;
	double read_us = 0;
};

// Of this thread: what else runs on the machine does not count.
template <class Work> double us_of_each(long rounds, Work work) {
	timespec before{}, after{};
	require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before) == 0, "no clock");
	for (long i = 0; i < rounds; ++i) work();
	require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after) == 0, "no clock");
	const double seconds = static_cast<double>(after.tv_sec - before.tv_sec) +
	                       static_cast<double>(after.tv_nsec - before.tv_nsec) * 1e-9;
	return seconds * 1e6 / static_cast<double>(rounds);
}

Cost run_netpeer(const Variant &value, long rounds) {
	Cost cost;
	netpeer::ByteBuffer out;
	cost.write_us = us_of_each(rounds, [&] { counted_write_netpeer(value, out); });
	cost.read_us = us_of_each(rounds, [&] { counted_read_netpeer(out.view()); });
	cost.bytes = out.size();
	return cost;
}

Cost run_msgpack(const Variant &value, long rounds) {
	msgpack_zone zone;
	require(msgpack_zone_init(&zone, 65536), "msgpack: no zone");
	const msgpack_object object = to_msgpack(value, &zone);
	msgpack_sbuffer out;
	msgpack_sbuffer_init(&out);
	Cost cost;
	cost.write_us = us_of_each(rounds, [&] { counted_write_msgpack(object, out); });
	cost.read_us = us_of_each(rounds, [&] { counted_read_msgpack(out); });
	cost.bytes = out.size;
	msgpack_sbuffer_destroy(&out);
	msgpack_zone_destroy(&zone);
	return cost;
}

} // namespace compare_variant

int main(int argc, char **argv) {
	using namespace compare_variant;
	if (argc != 4) give_up("usage: compare_variant netpeer|msgpack <data> <rounds>");
	Variant value;
	require(netpeer::parse_variant(netpeer::view_of(data_of(argv[2]).c_str()), value) == Error::OK,
	        "data do not parse");
	const long rounds = std::strtol(argv[3], nullptr, 10);
	const std::string library = argv[1];
	const Cost cost = library == "netpeer" ? run_netpeer(value, rounds) : run_msgpack(value, rounds);
	std::printf("{\"bytes\": %zu, \"values\": %zu, \"write_us\": %.4f, \"read_us\": %.4f}\n", cost.bytes,
	        count_values(value), cost.write_us, cost.read_us);
	return 0;
}
