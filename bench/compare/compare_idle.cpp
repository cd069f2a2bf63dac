// A server with many connected peers of whom nobody says anything: what one poll costs (callgrind counts
// counted_idle_poll) and how many heap bytes of the server a peer holds, before and after each has used both channels.
// The peers dial from several hosts, so that no socket gets more datagrams at once than the kernel keeps for it.
// Usage: compare_idle <library> <peers> <polls>
#include "call_counts.h"
#include "compare_sides.h"

namespace compare {

constexpr size_t kPeersPerHost = 128;

template <class Side> __attribute__((noinline)) void counted_idle_poll(Side &server) { (void)server.pass(); }

template <class Side> class Crowd {
public:
	explicit Crowd(size_t peers) : peers_(peers) {
		on_server([&] { server_ = std::make_unique<Side>(peers_); });
		for (size_t made = 0; made < peers_; made += kPeersPerHost) {
			const size_t count = peers_ - made < kPeersPerHost ? peers_ - made : kPeersPerHost;
			clients_.push_back(std::make_unique<Side>(count));
			Side &client = *clients_.back();
			for (size_t i = 0; i < count; ++i) client.dial(server_->port());
			for (int tries = 0; client.connected() < count || server_->connected() < made + count; ++tries) {
				require(tries < 20000, "connecting takes too long");
				exchange(client);
			}
		}
	}

	/// Everybody until the time is over and nothing moves any more.
	void settle(int64_t ms) {
		const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
		for (bool moved = true; moved || std::chrono::steady_clock::now() < end;) {
			moved = false;
			for (auto &client : clients_) moved = exchange(*client) || moved;
			server_->wait_ms(1);
		}
	}
	/// A message on each channel in each direction.
	void use_channels() {
		const uint8_t payload[32] = {};
		for (uint8_t channel = 0; channel < kChannels; ++channel) {
			size_t in_server = 0;
			for (auto &client : clients_) {
				const size_t count = client->connected();
				for (size_t i = 0; i < count; ++i) client->send(i, channel, payload, sizeof(payload), true);
				on_server([&] {
					for (size_t i = 0; i < count; ++i) {
						server_->send(in_server++, channel, payload, sizeof(payload), true);
					}
				});
				for (int i = 0; i < 4; ++i) exchange(*client);
			}
		}
	}
	double bytes_per_peer() const {
		return static_cast<double>(server_->heap_bytes(held_)) / static_cast<double>(peers_);
	}
	Side &server() { return *server_; }

private:
	template <class Call> void on_server(Call call) {
		const int64_t before = call_counts().live_bytes;
		call();
		held_ += call_counts().live_bytes - before;
	}
	bool exchange(Side &client) {
		const uint64_t before = client.datagrams() + server_->datagrams();
		(void)client.pass();
		on_server([&] { (void)server_->pass(); });
		return client.datagrams() + server_->datagrams() != before;
	}

	size_t peers_;
	int64_t held_ = 0;
	std::unique_ptr<Side> server_;
	std::vector<std::unique_ptr<Side>> clients_;
};

struct Idle {
	size_t peers, polls;

	template <class Side> void run() const {
		Crowd<Side> crowd(peers);
		crowd.settle(1200); // bandwidth limits are announced within a second
		const double idle = crowd.bytes_per_peer();
		for (size_t i = 0; i < polls; ++i) counted_idle_poll(crowd.server());
		crowd.use_channels();
		crowd.settle(0);
		std::printf("{\"bytes_idle\": %.1f, \"bytes_used\": %.1f}\n", idle, crowd.bytes_per_peer());
	}
};

} // namespace compare

int main(int argc, char **argv) {
	if (argc != 4) compare::give_up("usage: compare_idle <library> <peers> <polls>");
	compare::Idle idle;
	idle.peers = std::strtoul(argv[2], nullptr, 10);
	idle.polls = std::strtoul(argv[3], nullptr, 10);
	return compare::run_for(argv[1], idle);
}
