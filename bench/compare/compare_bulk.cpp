// Bulk goodput on loopback: a thread sends reliable messages of 64 KiB, another receives them. The sender keeps a fixed
// number of messages in the library's hands, by the receiver's count, so that neither library is asked to queue more.
// Usage: compare_bulk <library> <milliseconds>
#include "compare_sides.h"

#include <atomic>
#include <thread>

namespace compare {

constexpr size_t kMessageBytes = 64 * 1024;
constexpr uint64_t kMessagesAhead = 8;

struct Bulk {
	int64_t milliseconds;

	template <class Side> void run() const {
		using Clock = std::chrono::steady_clock;
		Side client(1);
		Side server(1);
		connect_pair(client, server);
		std::atomic<uint64_t> received{0};
		std::atomic<bool> done{false};
		std::thread receiver([&] {
			while (!done.load(std::memory_order_relaxed)) {
				const uint64_t before = server.datagrams();
				received.fetch_add(server.pass(), std::memory_order_relaxed);
				if (server.datagrams() == before) server.wait_ms(1);
			}
		});
		const std::vector<uint8_t> payload(kMessageBytes, 0x5a);
		uint64_t sent = 0;
		const auto begin = Clock::now();
		auto now = begin;
		while (now - begin < std::chrono::milliseconds(milliseconds)) {
			while (sent < received.load(std::memory_order_relaxed) + kMessagesAhead) {
				client.send(0, 0, payload.data(), payload.size(), true);
				++sent;
			}
			const uint64_t before = client.datagrams();
			(void)client.pass();
			if (client.datagrams() == before) client.wait_ms(1);
			now = Clock::now();
		}
		const double bytes = static_cast<double>(received.load()) * kMessageBytes;
		done = true;
		receiver.join();
		std::printf("{\"mb_per_s\": %.3f}\n", bytes / 1e6 / std::chrono::duration<double>(now - begin).count());
	}
};

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 3) compare::give_up("usage: compare_bulk <library> <milliseconds>");
	return compare::run_for(argv[1], compare::Bulk{std::strtol(argv[2], nullptr, 10)});
}
