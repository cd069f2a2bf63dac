// TCP on loopback between two processes, both of the same library: writes of 1 MiB one way, or 64 bytes there and back.
// plain: blocking sockets and the two calls everybody writes first. asio: its synchronous calls. libuv: its loop.
// Usage: compare_streams <plain|netpeer|libuv|asio> <throughput MiB | pingpong trips>, e.g. "compare_streams plain throughput 256"
#include "stream_sides.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace compare {

namespace {

constexpr size_t kWriteBytes = size_t{1} << 20;
constexpr size_t kReadBytes = size_t{1} << 16;
constexpr size_t kPingBytes = 64;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Work {
	bool throughput = false;
	size_t count = 0;
};

template <class Stream> void serve(Stream &stream, const Work &work) {
	std::vector<uint8_t> bytes(work.throughput ? kReadBytes : kPingBytes);
	const size_t rounds = work.throughput ? work.count * (kWriteBytes / kReadBytes) : work.count;
	for (size_t i = 0; i < rounds; ++i) {
		stream.get_all(bytes.data(), bytes.size());
		if (!work.throughput) stream.put_all(bytes.data(), bytes.size());
	}
	if (work.throughput) stream.put_all(bytes.data(), 1); // everything is here
}

template <class Stream> void drive(Stream &stream, const Work &work) {
	std::vector<uint8_t> bytes(work.throughput ? kWriteBytes : kPingBytes, 0x5a);
	for (size_t i = 0; i < work.count; ++i) {
		stream.put_all(bytes.data(), bytes.size());
		if (!work.throughput) stream.get_all(bytes.data(), bytes.size());
	}
	if (work.throughput) stream.get_all(bytes.data(), 1);
}

template <class Side> int run(const Work &work) {
	typename Side::Listener listener;
	const pid_t server = fork();
	if (server < 0) stream_failed("fork");
	if (server == 0) {
		{
			auto stream = listener.accept();
			serve(stream, work);
		}
		std::_Exit(0);
	}
	double took = 0;
	{
		auto stream = Side::connect(listener.port());
		const double before = seconds();
		drive(stream, work);
		took = seconds() - before;
	}
	int status = 0;
	if (waitpid(server, &status, 0) != server || status != 0) stream_failed("the server process");
	if (work.throughput) {
		std::printf("{\"mb_per_s\": %.3f}\n", static_cast<double>(work.count * kWriteBytes) / took / 1e6);
	} else {
		std::printf("{\"us_per_trip\": %.4f}\n", took / static_cast<double>(work.count) * 1e6);
	}
	return 0;
}

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 4) compare::stream_failed("usage: compare_streams <library> <throughput|pingpong> <count>");
	compare::Work work;
	work.throughput = std::strcmp(argv[2], "throughput") == 0;
	work.count = std::strtoul(argv[3], nullptr, 10);
	const char *library = argv[1];
	if (std::strcmp(library, "plain") == 0) return compare::run<compare::PlainSide>(work);
	if (std::strcmp(library, "netpeer") == 0) return compare::run<compare::NetpeerStreams>(work);
#if COMPARE_WITH_ASIO
	if (std::strcmp(library, "asio") == 0) return compare::run<compare::AsioSide>(work);
#endif
#if COMPARE_WITH_UV
	if (std::strcmp(library, "libuv") == 0) return compare::run<compare::UvSide>(work);
#endif
	compare::stream_failed("a library this program was built without");
}
