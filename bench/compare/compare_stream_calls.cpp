// What one data call costs: 64 bytes put at one end of a TCP connection and got at the other, both in this thread, the
// bytes being there when they are asked for. callgrind counts the steps by name; call counts need call_counts.cpp.
// Usage: compare_stream_calls <plain|netpeer> <bytes> <calls>
#include "call_counts.h"
#include "stream_sides.h"

#include <vector>

namespace compare {

namespace {

template <class Stream> __attribute__((noinline)) void counted_put(Stream &stream, const std::vector<uint8_t> &bytes) {
	stream.put_all(bytes.data(), bytes.size());
}
template <class Stream> __attribute__((noinline)) void counted_get(Stream &stream, std::vector<uint8_t> &bytes) {
	stream.get_all(bytes.data(), bytes.size());
}

template <class Side> int run_calls(size_t size, size_t calls) {
	typename Side::Listener listener;
	auto client = Side::connect(listener.port());
	auto server = listener.accept();
	std::vector<uint8_t> sent(size, 0x5a), received(size);
	const CallCounts before = call_counts();
	uint64_t put_calls = 0, get_calls = 0;
	for (size_t i = 0; i < calls; ++i) {
		const uint64_t start = call_counts().socket_calls;
		counted_put(client, sent);
		const uint64_t middle = call_counts().socket_calls;
		counted_get(server, received);
		put_calls += middle - start;
		get_calls += call_counts().socket_calls - middle;
	}
	const CallCounts after = call_counts();
	stream_require(sent == received, "what arrived is not what was sent");
	const auto each = [&](uint64_t count) { return static_cast<double>(count) / static_cast<double>(calls); };
	std::printf("{\"calls\": %zu, \"put_calls\": %.6f, \"get_calls\": %.6f, \"allocations\": %.6f}\n", calls,
	        each(put_calls), each(get_calls), each(after.allocations - before.allocations));
	return 0;
}

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 4) compare::stream_failed("usage: compare_stream_calls <plain|netpeer> <bytes> <calls>");
	const size_t size = std::strtoul(argv[2], nullptr, 10), calls = std::strtoul(argv[3], nullptr, 10);
	if (std::strcmp(argv[1], "plain") == 0) return compare::run_calls<compare::PlainSide>(size, calls);
	if (std::strcmp(argv[1], "netpeer") == 0) return compare::run_calls<compare::NetpeerStreams>(size, calls);
	compare::stream_failed("the library is plain or netpeer");
}
