// Paths of Unix sockets: what is taken fits the system's structure with its terminating zero, the rest is refused.
#include "../src/socket/platform/os_stream_socket.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

void path_must(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_unix_path: broken: %s\n", what);
	std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
#ifdef NETPEER_OS_HAS_UNIX_SOCKETS
	using namespace netpeer;
	// Without a terminator, so that a sanitizer sees the first byte read past the end.
	const std::vector<char> bytes(data, data + size);
	const std::string_view path(bytes.data(), bytes.size());
	OsUnixAddress address;
	std::memset(&address, 0xaa, sizeof(address)); // what is left over shows
	const bool good = !path.empty() && path.size() <= kLongestUnixPath && path.find('\0') == std::string_view::npos;
	path_must(os_unix_address(path, address) == good,
	        "empty, too long, abstract and broken paths are refused, no others");
	if (!good) return 0;
	const char *stored = address.value.sun_path;
	path_must(std::memcmp(stored, path.data(), path.size()) == 0, "the path is the one given");
	path_must(stored[path.size()] == '\0', "and ends where it ends");
	path_must(static_cast<size_t>(address.size) <= sizeof(address.value), "no longer than the structure");
#else
	(void)data;
	(void)size;
#endif
	return 0;
}
