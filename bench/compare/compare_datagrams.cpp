// Datagrams over loopback in one thread: bursts go out at one socket and are taken at another, so that none is lost and the
// other end of neither half is timed with it, in processor time. What the users of each write first:
//   plain    sendto() and recvfrom(), on blocking sockets
//   libuv    uv_udp_try_send(), and its loop with uv_udp_recv_start(), asked for recvmmsg
//   netpeer  PacketPeerUDP: put_packet(); while (get_available_packet_count() > 0) get_packet()
// Usage: compare_datagrams <plain|netpeer|libuv> <bytes> <bursts>
#include "../../src/netpeer.h"

#ifdef COMPARE_COUNT_CALLS
#include "call_counts.h"
#endif
#if COMPARE_WITH_UV
#include <uv.h>
#endif

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace compare {

#ifndef COMPARE_COUNT_CALLS
struct CallCounts {
	uint64_t allocations = 0;
	uint64_t socket_calls = 0;
};
static CallCounts call_counts() { return CallCounts(); }
#endif

namespace {

constexpr size_t kBurst = 32; // 1200 bytes each: well within the socket's buffer

[[noreturn]] void failed(const char *why) {
	std::fprintf(stderr, "compare_datagrams: %s\n", why);
	std::exit(1);
}
void require(bool holds, const char *why) {
	if (!holds) failed(why);
}

sockaddr_in loopback_port(int port) {
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<uint16_t>(port));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}
int port_of(int handle) {
	sockaddr_in address{};
	socklen_t size = sizeof address;
	require(getsockname(handle, reinterpret_cast<sockaddr *>(&address), &size) == 0, "port");
	return ntohs(address.sin_port);
}

/// What was received, looked at a little.
struct Taken {
	size_t count = 0;
	size_t bytes = 0;
	unsigned sum = 0;
	void note(const uint8_t *data, size_t size) {
		++count;
		bytes += size;
		sum += data[0];
	}
};

struct PlainDatagrams {
	PlainDatagrams() : in(socket(AF_INET, SOCK_DGRAM, 0)), out(socket(AF_INET, SOCK_DGRAM, 0)) {
		sockaddr_in address = loopback_port(0);
		require(bind(in, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0, "plain: bind");
		to = loopback_port(port_of(in));
	}
	void put(const std::vector<uint8_t> &packet) {
		const ssize_t sent =
		        sendto(out, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr *>(&to), sizeof to);
		require(sent == static_cast<ssize_t>(packet.size()), "plain: sendto");
	}
	void take(Taken &taken, size_t count) {
		for (size_t i = 0; i < count; ++i) {
			sockaddr_in from{};
			socklen_t from_size = sizeof from;
			const ssize_t size =
			        recvfrom(in, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr *>(&from), &from_size);
			require(size > 0, "plain: recvfrom");
			taken.note(buffer, static_cast<size_t>(size));
		}
	}

	int in, out; // left open: the process ends after it
	sockaddr_in to{};
	uint8_t buffer[65536];
};

struct NetpeerDatagrams {
	NetpeerDatagrams() {
		require(in.bind(0, "127.0.0.1") == netpeer::Error::OK, "netpeer: bind");
		require(out.set_dest_address("127.0.0.1", in.get_local_port()) == netpeer::Error::OK, "netpeer: destination");
	}
	void put(const std::vector<uint8_t> &packet) {
		require(out.put_packet(netpeer::ByteView(packet.data(), packet.size())) == netpeer::Error::OK, "netpeer: put");
	}
	void take(Taken &taken, size_t count) {
		for (const size_t all = taken.count + count; taken.count < all;) {
			while (in.get_available_packet_count() > 0) {
				netpeer::ByteView packet;
				require(in.get_packet(packet) == netpeer::Error::OK, "netpeer: get");
				taken.note(packet.data, packet.size);
			}
		}
	}

	netpeer::PacketPeerUDP in, out;
};

#if COMPARE_WITH_UV
struct UvDatagrams {
	UvDatagrams() {
		sockaddr_in address = loopback_port(0);
		require(uv_loop_init(&loop) == 0, "libuv: loop");
		require(uv_udp_init_ex(&loop, &in, AF_INET | UV_UDP_RECVMMSG) == 0, "libuv: in");
		require(uv_udp_init(&loop, &out) == 0, "libuv: out");
		require(uv_udp_bind(&in, reinterpret_cast<sockaddr *>(&address), 0) == 0, "libuv: bind");
		uv_os_fd_t handle = -1;
		require(uv_fileno(reinterpret_cast<uv_handle_t *>(&in), &handle) == 0, "libuv: handle");
		to = loopback_port(port_of(handle));
		in.data = this;
		require(uv_udp_recv_start(&in, offer, took) == 0, "libuv: receive");
	}
	void put(const std::vector<uint8_t> &packet) {
		uv_buf_t part = uv_buf_init(
		        reinterpret_cast<char *>(const_cast<uint8_t *>(packet.data())), static_cast<unsigned>(packet.size()));
		const int sent = uv_udp_try_send(&out, &part, 1, reinterpret_cast<const sockaddr *>(&to));
		require(sent == static_cast<int>(packet.size()), "libuv: send");
	}
	void take(Taken &into, size_t count) {
		taken = &into;
		for (const size_t all = into.count + count; into.count < all;) (void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	static void offer(uv_handle_t *handle, size_t, uv_buf_t *buffer) {
		UvDatagrams &self = *static_cast<UvDatagrams *>(handle->data);
		*buffer = uv_buf_init(self.buffer.data(), static_cast<unsigned>(self.buffer.size()));
	}
	static void took(uv_udp_t *handle, ssize_t size, const uv_buf_t *buffer, const sockaddr *from, unsigned) {
		require(size >= 0, "libuv: receive");
		if (from == nullptr) return;
		static_cast<UvDatagrams *>(handle->data)
		        ->taken->note(reinterpret_cast<const uint8_t *>(buffer->base), static_cast<size_t>(size));
	}

	uv_loop_t loop;
	uv_udp_t in, out;
	sockaddr_in to{};
	Taken *taken = nullptr;
	std::vector<char> buffer = std::vector<char>(20 * 65536); // 20 datagrams a call, its own limit
};
#endif

template <class Side> __attribute__((noinline)) void counted_put_burst(Side &side, const std::vector<uint8_t> &packet) {
	for (size_t i = 0; i < kBurst; ++i) side.put(packet);
}
template <class Side> __attribute__((noinline)) void counted_take_burst(Side &side, Taken &taken) {
	side.take(taken, kBurst);
}

// Of this thread: what else runs on the machine does not count.
double cpu_seconds() {
	timespec now{};
	require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "no clock");
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Side> int run_bursts(size_t size, size_t bursts) {
	const auto side = std::make_unique<Side>();
	const std::vector<uint8_t> packet(size, 1);
	double putting = 0, taking = 0;
	CallCounts put_calls, take_calls;
	Taken taken;
	for (size_t i = 0; i <= bursts; ++i) {
		const CallCounts before = call_counts();
		const double start = cpu_seconds();
		counted_put_burst(*side, packet);
		const double middle = cpu_seconds();
		const CallCounts between = call_counts();
		counted_take_burst(*side, taken);
		if (i == 0) continue; // buffers have their sizes from here on
		taking += cpu_seconds() - middle;
		putting += middle - start;
		const CallCounts after = call_counts();
		put_calls.socket_calls += between.socket_calls - before.socket_calls;
		put_calls.allocations += between.allocations - before.allocations;
		take_calls.socket_calls += after.socket_calls - between.socket_calls;
		take_calls.allocations += after.allocations - between.allocations;
	}
	const size_t packets = kBurst * (bursts + 1);
	require(taken.count == packets && taken.bytes == packets * size && taken.sum == packets, "other packets arrived");
	const double timed = static_cast<double>(kBurst * bursts);
	std::printf(
	        "{\"packets\": %zu, \"put_per_s\": %.0f, \"take_per_s\": %.0f, \"both_per_s\": %.0f, \"put_calls\": %.6f, "
	        "\"take_calls\": %.6f, \"put_allocations\": %.6f, \"take_allocations\": %.6f}\n",
	        packets, timed / putting, timed / taking, timed / (putting + taking),
	        static_cast<double>(put_calls.socket_calls) / timed, static_cast<double>(take_calls.socket_calls) / timed,
	        static_cast<double>(put_calls.allocations) / timed, static_cast<double>(take_calls.allocations) / timed);
	return 0;
}

} // namespace

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 4) compare::failed("usage: compare_datagrams <plain|netpeer|libuv> <bytes> <bursts>");
	const size_t size = std::strtoul(argv[2], nullptr, 10), bursts = std::strtoul(argv[3], nullptr, 10);
	if (std::strcmp(argv[1], "plain") == 0) return compare::run_bursts<compare::PlainDatagrams>(size, bursts);
	if (std::strcmp(argv[1], "netpeer") == 0) return compare::run_bursts<compare::NetpeerDatagrams>(size, bursts);
#if COMPARE_WITH_UV
	if (std::strcmp(argv[1], "libuv") == 0) return compare::run_bursts<compare::UvDatagrams>(size, bursts);
#endif
	compare::failed("a library this program was built without");
}
