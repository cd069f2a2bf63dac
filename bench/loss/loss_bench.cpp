// Reliable messages over bad links, in virtual time: a netpeer or a libenet sender, always a libenet receiver. Prints one
// JSON line per experiment. The same seed and settings give the same line.
#include "loss_world.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

using namespace netpeer;
using namespace loss_bench;
using netpeer_test::VirtualMachine;

namespace {

struct Options {
	std::string sender = "netpeer";
	std::string name;
	uint64_t first_seed = 1;
	uint64_t seeds = 1;
	double rtt_ms = 100;
	double jitter_ms = 0;
	double loss = 0;       // each way, or of the way there
	double back_loss = -1; // of the way back; negative: as the way there
	double reorder = 0;
	double mean_burst = 1; // of the losses
	double mbit = 0;       // of the way there; 0: unlimited
	double queue_kib = 64;
	double tick_ms = 1;      // how often the sender is polled
	double receiver_hz = 0;  // 0: whenever something has come
	double receiver_kib = 0; // its socket's buffer
	// Thin
	double every_ms = 20;
	uint32_t bytes = 64;
	uint64_t messages = 0;
	// Bulk
	double seconds = 0;
	uint32_t bulk_bytes = 65536;
	bool bulk = false;
};

Duration duration_of_ms(double ms) { return Duration::from_us(std::llround(ms * 1000)); }

double percentile(const std::vector<double> &sorted, double share) {
	if (sorted.empty()) return 0;
	const double place = std::ceil(share * static_cast<double>(sorted.size())) - 1;
	return sorted[static_cast<size_t>(std::max(0.0, place))];
}

// What one experiment has found, over all its seeds.
struct Findings {
	std::vector<double> delays_ms; // of thin messages
	std::vector<double> queue_ms;  // of the bottleneck, each 10 ms
	uint64_t offered = 0;          // datagrams of the way there
	uint64_t offered_bytes = 0;
	uint64_t lost = 0;
	uint64_t bulk_bytes = 0;      // delivered
	uint64_t late_bulk_bytes = 0; // of these, in the second half
	uint64_t thin_sent = 0;
	uint64_t undelivered = 0;
	uint64_t disordered = 0;
	uint64_t resent = 0;
	uint64_t spurious = 0;
	uint64_t dropped_by_socket = 0;
	uint64_t ended = 0; // connections lost
	uint64_t ended_by_receiver = 0;
	double first_end_s = 0;
	double seconds = 0; // virtual time of all runs
};

class Run {
public:
	Run(const Options &options, uint64_t seed, Findings &findings) :
	        options_(options),
	        found_(findings),
	        machine_(seed),
	        receiver_(machine_, receiver_cadence()),
	        sender_(options.sender == "stock" ? make_stock_sender(machine_, duration_of_ms(options.tick_ms))
	                                          : make_netpeer_sender(machine_, duration_of_ms(options.tick_ms))) {
		machine_.network.set_tap(SimTap());
		machine_.socket_buffer_bytes = static_cast<size_t>(options.receiver_kib * 1024);
		SimLinkSettings &there = machine_.network.link(sender_->at(), receiver_.at()).settings;
		there.latency = duration_of_ms(options.rtt_ms / 2);
		there.jitter = duration_of_ms(options.jitter_ms);
		there.reorder = options.reorder;
		SimLinkSettings &back = machine_.network.link(receiver_.at(), sender_->at()).settings;
		back = there;
		there.rate_bytes_per_s = static_cast<uint64_t>(options.mbit * 1e6 / 8);
		there.queue_bytes = static_cast<size_t>(options.queue_kib * 1024);
	}

	void run() {
		sender_->dial(receiver_.at());
		begin_ = machine_.now;
		while (!sender_->is_connected() && !is_over()) step(Instant::never());
		set_loss(); // not the handshake's business
		begin_ = machine_.now;
		Instant next_thin = begin_, next_sample = begin_;
		const Duration every = duration_of_ms(options_.every_ms);
		const Duration sample_every = Duration::from_ms(10);
		const Instant bulk_ends = begin_ + duration_of_ms(options_.seconds * 1000);
		half_ = begin_ + duration_of_ms(options_.seconds * 500);
		for (;;) {
			const bool thin_left = thin_sent_ < options_.messages;
			const bool bulk_left = options_.bulk && machine_.now < bulk_ends;
			if (options_.bulk ? !bulk_left : !thin_left && thin_received_ == thin_sent_) break;
			if (is_over()) break;
			if (!thin_left && !options_.bulk && machine_.now - last_thin_ > Duration::from_s(120)) break;
			while (thin_left && next_thin <= machine_.now) {
				send_thin();
				next_thin = next_thin + every;
			}
			if (bulk_left) fill_bulk();
			if (options_.bulk && next_sample <= machine_.now) {
				sample_queue();
				next_sample = next_sample + sample_every;
			}
			Instant next = thin_left ? next_thin : Instant::never();
			if (options_.bulk) next = earlier_of(next, next_sample);
			step(next);
		}
		account();
	}

private:
	Duration receiver_cadence() const {
		return options_.receiver_hz > 0 ? duration_of_ms(1000 / options_.receiver_hz) : Duration();
	}
	bool is_over() const {
		return sender_->has_ended() || receiver_.has_ended() || machine_.now - begin_ > Duration::from_s(4000000);
	}
	void set_loss() {
		SimLinkSettings &there = machine_.network.link(sender_->at(), receiver_.at()).settings;
		SimLinkSettings &back = machine_.network.link(receiver_.at(), sender_->at()).settings;
		const double back_loss = options_.back_loss < 0 ? options_.loss : options_.back_loss;
		if (options_.mean_burst > 1) {
			there.lose_in_bursts(options_.loss, options_.mean_burst);
			back.lose_in_bursts(back_loss, options_.mean_burst);
		} else {
			there.loss = options_.loss;
			back.loss = back_loss;
		}
	}
	// Polls the sender after each message, as a game does at the end of its frame.
	void send_thin() {
		std::vector<uint8_t> message(options_.bytes);
		const uint64_t number = thin_sent_;
		const int64_t time = machine_.now.us;
		std::memcpy(message.data(), &number, 8);
		std::memcpy(message.data() + 8, &time, 8);
		if (sender_->send(kThinChannel, ByteView(message.data(), message.size()), true)) ++thin_sent_;
		last_thin_ = machine_.now;
		sender_->poll();
	}
	void fill_bulk() {
		static const std::vector<uint8_t> kMessage(1 << 20, 0x5a);
		constexpr uint64_t kMostWaiting = 24u << 20;
		bool sent = false;
		while (sender_->waiting_bytes() < kMostWaiting &&
		        sender_->send(kBulkChannel, ByteView(kMessage.data(), options_.bulk_bytes), true)) {
			sent = true;
		}
		if (sent) sender_->poll();
	}
	void sample_queue() {
		const SimLink &there = machine_.network.link(sender_->at(), receiver_.at());
		if (there.settings.rate_bytes_per_s == 0) return;
		found_.queue_ms.push_back(1000.0 * static_cast<double>(there.queued_bytes(machine_.now)) /
		                          static_cast<double>(there.settings.rate_bytes_per_s));
	}
	static void take(void *user, uint8_t channel, ByteView bytes) { static_cast<Run *>(user)->take(channel, bytes); }
	void take(uint8_t channel, ByteView bytes) {
		if (channel == kBulkChannel) {
			found_.bulk_bytes += bytes.size;
			if (machine_.now >= half_) found_.late_bulk_bytes += bytes.size;
			return;
		}
		uint64_t number = 0;
		int64_t time = 0;
		if (bytes.size < 16) give_up("a message came short");
		std::memcpy(&number, bytes.data, 8);
		std::memcpy(&time, bytes.data + 8, 8);
		if (number != thin_received_) ++found_.disordered;
		++thin_received_;
		found_.delays_ms.push_back(static_cast<double>(machine_.now.us - time) / 1000);
	}
	// To the next moment at which anything happens, not beyond `latest`. The sender is polled by its tick, not by arrivals.
	void step(Instant latest) {
		Instant next = earlier_of(earlier_of(sender_->due(), receiver_.due()), latest);
		if (next > machine_.now) machine_.now = next;
		if (receiver_.due() <= machine_.now) receiver_.poll(this, take);
		if (sender_->due() <= machine_.now) sender_->poll();
	}
	void account() {
		const SimLinkCounters &there = machine_.network.link(sender_->at(), receiver_.at()).counters();
		found_.offered += there.offered();
		found_.offered_bytes += there.offered_bytes;
		found_.lost += there.of(SimFate::kLost) + there.of(SimFate::kQueueFull);
		found_.thin_sent += thin_sent_;
		found_.undelivered += thin_sent_ - thin_received_;
		found_.resent += sender_->resent();
		found_.spurious += sender_->spurious();
		found_.dropped_by_socket += machine_.dropped_by_sockets;
		const double seconds = static_cast<double>((machine_.now - begin_).us) / 1e6;
		if (sender_->has_ended() || receiver_.has_ended()) {
			if (found_.ended == 0) found_.first_end_s = seconds;
			++found_.ended;
			if (!sender_->gave_up()) ++found_.ended_by_receiver;
		}
		found_.seconds += seconds;
	}

	const Options &options_;
	Findings &found_;
	VirtualMachine machine_;
	StockReceiver receiver_;
	std::unique_ptr<Sender> sender_;
	Instant begin_, half_, last_thin_;
	uint64_t thin_sent_ = 0;
	uint64_t thin_received_ = 0;
};

void report(const Options &options, Findings &found) {
	std::printf("{\"name\": \"%s\", \"sender\": \"%s\", \"seeds\": %llu, \"seconds\": %.1f, \"connections_lost\": %llu",
	        options.name.c_str(), options.sender.c_str(), static_cast<unsigned long long>(options.seeds), found.seconds,
	        static_cast<unsigned long long>(found.ended));
	if (found.ended != 0) {
		std::printf(", \"of_these_by_receiver\": %llu, \"first_lost_after_s\": %.1f",
		        static_cast<unsigned long long>(found.ended_by_receiver), found.first_end_s);
	}
	if (found.thin_sent != 0) {
		std::sort(found.delays_ms.begin(), found.delays_ms.end());
		const auto at = [&](double share) { return percentile(found.delays_ms, share); };
		std::printf(", \"messages\": %llu, \"undelivered\": %llu, \"disordered\": %llu, \"p50_ms\": %.1f, \"p95_ms\": "
		            "%.1f, \"p99_ms\": %.1f, \"p999_ms\": %.1f, \"max_ms\": %.1f",
		        static_cast<unsigned long long>(found.thin_sent), static_cast<unsigned long long>(found.undelivered),
		        static_cast<unsigned long long>(found.disordered), at(0.5), at(0.95), at(0.99), at(0.999), at(1));
		if (!options.bulk) {
			std::printf(", \"datagrams_per_message\": %.3f, \"bytes_per_message\": %.1f",
			        static_cast<double>(found.offered) / static_cast<double>(found.thin_sent),
			        static_cast<double>(found.offered_bytes) / static_cast<double>(found.thin_sent));
		}
	}
	if (options.bulk) {
		std::sort(found.queue_ms.begin(), found.queue_ms.end());
		const double goodput = static_cast<double>(found.bulk_bytes) * 8 / 1e6 / found.seconds;
		std::printf(", \"mbit_per_s\": %.2f, \"second_half_mbit_per_s\": %.2f, \"sent_per_delivered\": %.3f", goodput,
		        static_cast<double>(found.late_bulk_bytes) * 16 / 1e6 / found.seconds,
		        static_cast<double>(found.offered_bytes) / std::max(1.0, static_cast<double>(found.bulk_bytes)));
		std::printf(", \"queue_p50_ms\": %.1f, \"queue_p95_ms\": %.1f, \"dropped_by_socket\": %llu",
		        percentile(found.queue_ms, 0.5), percentile(found.queue_ms, 0.95),
		        static_cast<unsigned long long>(found.dropped_by_socket));
	}
	std::printf(", \"datagrams\": %llu, \"lost\": %llu", static_cast<unsigned long long>(found.offered),
	        static_cast<unsigned long long>(found.lost));
	if (options.sender != "stock") {
		std::printf(", \"resent\": %llu, \"spurious\": %llu", static_cast<unsigned long long>(found.resent),
		        static_cast<unsigned long long>(found.spurious));
	}
	std::printf("}\n");
}

} // namespace

int main(int argc, char **argv) {
	Options options;
	CLI::App app("Reliable messages over bad links, in virtual time, into a libenet receiver. One JSON line.");
	app.add_option("--sender", options.sender)->check(CLI::IsMember({"netpeer", "stock"}));
	app.add_option("--name", options.name, "goes into the line");
	app.add_option("--seed", options.first_seed);
	app.add_option("--seeds", options.seeds)->check(CLI::Range(1, 1000000));
	app.add_option("--rtt", options.rtt_ms, "ms");
	app.add_option("--jitter", options.jitter_ms, "ms, each way");
	app.add_option("--loss", options.loss, "0..1, each way");
	app.add_option("--back-loss", options.back_loss, "of the way back, if it differs");
	app.add_option("--reorder", options.reorder, "0..1");
	app.add_option("--burst", options.mean_burst, "mean run of losses");
	app.add_option("--mbit", options.mbit, "of the way there");
	app.add_option("--queue", options.queue_kib, "KiB");
	app.add_option("--tick", options.tick_ms, "ms between two polls of the sender");
	app.add_option("--receiver-hz", options.receiver_hz);
	app.add_option("--receiver-buffer", options.receiver_kib, "KiB of its socket");
	app.add_option("--every", options.every_ms, "ms between thin messages");
	app.add_option("--bytes", options.bytes)->check(CLI::Range(16, 1 << 20));
	app.add_option("--messages", options.messages, "thin ones");
	app.add_option("--bulk", options.seconds, "seconds of bulk")->each([&](const std::string &) {
		options.bulk = true;
	});
	app.add_option("--bulk-bytes", options.bulk_bytes)->check(CLI::Range(16, 1 << 20));
	CLI11_PARSE(app, argc, argv);
	Findings found;
	for (uint64_t seed = options.first_seed; seed < options.first_seed + options.seeds; ++seed) {
		Run(options, seed, found).run();
	}
	report(options, found);
	return 0;
}
