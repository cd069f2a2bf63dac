// netpeer sim: two hosts over a link that the options describe, in virtual time; how long messages take, what is lost
// and sent again, how fast bulk data gets through. No socket is opened, and the same options give the same output.
#include "netpeer_commands.h"
#include "tool_console.h"

#include "../src/reliable/enet_host.h"
#include "../src/reliable/transport/sim_network.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace netpeer_tool {

namespace {

using netpeer::Duration;
using netpeer::EnetEventType;
using netpeer::Instant;
using netpeer::SimFate;
using netpeer::SimLinkCounters;

constexpr uint8_t kMessageChannel = 0;
constexpr uint8_t kBulkChannel = 1;
constexpr size_t kBulkPacketBytes = 16384;
constexpr uint64_t kBulkQueuedCommands = 256; // the sender tops its queue up to about this
constexpr int kMessageHeaderBytes = 4;        // [index u32], big-endian
constexpr uint64_t kMaxMessageBytes = 1u << 30;
constexpr int kMaxPassesPerInstant = 1000;

struct SimOptions {
	double latency_ms = 40;
	double jitter_ms = 0;
	double loss_percent = 0;
	double ack_loss_percent = -1; // as there
	double burst = 0;
	double duplicate_percent = 0;
	double reorder_percent = 0;
	uint64_t rate_bytes_per_s = 0;
	uint64_t queue_bytes = 65536;
	uint64_t seed = 1;
	uint64_t messages = 1000;
	int size = 64;
	double interval_ms = 20;
	uint64_t bulk_bytes = 0;
	bool bulk_at_once = false;
	bool unreliable = false;
	bool csv = false;
};

Duration from_ms(double ms) { return Duration::from_us(std::llround(ms * 1000)); }

netpeer::SimLinkSettings link_of(const SimOptions &options, double loss_percent) {
	netpeer::SimLinkSettings link;
	link.latency = from_ms(options.latency_ms);
	link.jitter = from_ms(options.jitter_ms);
	link.duplicate = options.duplicate_percent / 100;
	link.reorder = options.reorder_percent / 100;
	link.rate_bytes_per_s = options.rate_bytes_per_s;
	link.queue_bytes = static_cast<size_t>(options.queue_bytes);
	if (options.burst > 0)
		link.lose_in_bursts(loss_percent / 100, options.burst);
	else
		link.loss = loss_percent / 100;
	return link;
}

struct Side {
	netpeer::EnetHost host;
	netpeer::Endpoint at;
	netpeer::EnetPeerId peer;
};

struct Message {
	Instant sent;
	Instant arrived = Instant::never();
};

class LinkRun {
public:
	explicit LinkRun(const SimOptions &options) : options_(options), network_(options.seed) {}

	/// The whole measurement; false when there was no connection or it broke, with `problem` set.
	bool run(std::string &problem) {
		if (!connect(problem)) return false;
		return measure(problem);
	}
	bool was_connected() const { return connected_; }

	void print_rows() const {
		std::printf("message,sent_ms,arrived_ms,delay_ms\n");
		for (size_t i = 0; i < messages_.size(); ++i) {
			const Message &message = messages_[i];
			if (message.arrived.is_never())
				std::printf("%zu,%.3f,,\n", i, ms_of(message.sent - started_));
			else
				std::printf("%zu,%.3f,%.3f,%.3f\n", i, ms_of(message.sent - started_),
				        ms_of(message.arrived - started_), ms_of(message.arrived - message.sent));
		}
	}

	void print_summary() {
		if (options_.messages > 0) print_messages();
		print_datagrams("there", there(), there_before_);
		print_datagrams("back", back(), back_before_);
		const netpeer::EnetHostCounters &counters = client_.host.counters();
		std::printf(
		        "resent: %llu commands (%llu acknowledged twice); %llu unreliable packets withheld by the throttle\n",
		        number(counters.resent_commands - before_.resent_commands),
		        number(counters.spurious_resends - before_.spurious_resends),
		        number(counters.throttled_packets - before_.throttled_packets));
		if (options_.bulk_bytes > 0) print_bulk();
	}

private:
	static double ms_of(Duration span) { return static_cast<double>(span.us) / 1000; }
	static unsigned long long number(uint64_t value) { return value; }
	const SimLinkCounters &there() { return network_.link(client_.at, server_.at).counters(); }
	const SimLinkCounters &back() { return network_.link(server_.at, client_.at).counters(); }

	bool connect(std::string &problem) {
		const double ack_loss = options_.ack_loss_percent < 0 ? options_.loss_percent : options_.ack_loss_percent;
		uint8_t number = 1;
		for (Side *side : {&client_, &server_}) {
			side->at.address = netpeer::IPAddress::v4(10, 0, 0, number);
			side->at.port = static_cast<uint16_t>(4000 + number);
			netpeer::EnetHostConfig config;
			config.max_peers = 1;
			config.seed = options_.seed * 2 + number;
			if (side->host.init(config) != netpeer::Error::OK || network_.attach(side->at) != netpeer::Error::OK) {
				problem = "cannot make a host";
				return false;
			}
			++number;
		}
		network_.link(client_.at, server_.at).settings = link_of(options_, options_.loss_percent);
		network_.link(server_.at, client_.at).settings = link_of(options_, ack_loss);
		if (client_.host.connect(now_, server_.at, 2, 0, client_.peer) != netpeer::Error::OK) {
			problem = "cannot dial";
			return false;
		}
		const auto settled = [this] { return connected_ && !server_.peer.is_none(); };
		if (!run_until(settled, now_ + Duration::from_s(60), problem)) {
			problem = "no connection over this link";
			return false;
		}
		// What follows a connection (bandwidth announcements) is over before anything is counted.
		run_until([] { return false; }, now_ + Duration::from_s(2), problem);
		return is_whole(problem);
	}

	bool measure(std::string &problem) {
		started_ = bulk_started_ = bulk_done_ = now_;
		there_before_ = there();
		back_before_ = back();
		before_ = client_.host.counters();
		payload_.assign(static_cast<size_t>(options_.size), 0);
		bulk_payload_.assign(kBulkPacketBytes, 0);
		bulk_open_ = options_.bulk_at_once;
		messages_.reserve(static_cast<size_t>(options_.messages));
		const Duration last_send = due_of(options_.messages) - started_;
		const Instant limit = now_ + last_send + Duration::from_s(24 * 3600);
		if (!run_until([this] { return messages_are_done(); }, limit, problem)) return gave_up(problem);
		messages_ended_ = now_;
		there_after_ = there();
		back_after_ = back();
		if (!bulk_open_) bulk_started_ = bulk_done_ = now_;
		bulk_open_ = true;
		const auto bulk_is_done = [this] { return bulk_received_ >= options_.bulk_bytes; };
		if (!run_until(bulk_is_done, limit + Duration::from_s(24 * 3600), problem)) return gave_up(problem);
		return true;
	}
	bool is_whole(std::string &problem) const {
		if (problem.empty() && stop_requested()) problem = "interrupted";
		return problem.empty();
	}
	bool gave_up(std::string &problem) const {
		if (is_whole(problem)) problem = "not everything arrived within a day";
		return false;
	}

	Instant due_of(uint64_t message) const {
		return started_ + Duration::from_us(std::llround(static_cast<double>(message) * options_.interval_ms * 1000));
	}
	bool messages_are_done() {
		if (messages_.size() < options_.messages) return false;
		if (arrived_ == messages_.size()) return true;
		if (!options_.unreliable) return false;
		// What has not come when the link has had time to deliver all of it twice over will not come.
		netpeer::EnetPeerStats stats;
		(void)client_.host.peer_stats(client_.peer, stats);
		if (stats.queued_commands > 0) quiet_since_ = now_;
		Duration patience = from_ms(2 * (options_.latency_ms + options_.jitter_ms) + 1000);
		if (options_.rate_bytes_per_s > 0)
			patience = patience + Duration::from_us(static_cast<int64_t>(
			                              options_.queue_bytes * 1000000 / options_.rate_bytes_per_s));
		return now_ - quiet_since_ > patience;
	}

	template <class Done> bool run_until(const Done &done, Instant limit, std::string &problem) {
		while (!stop_requested()) {
			send_what_is_due();
			pass(client_);
			pass(server_);
			if (!problem_.empty()) {
				problem = problem_;
				return false;
			}
			if (done()) return true;
			if (now_ >= limit) return false;
			Instant next = earlier_of(client_.host.next_timeout(), server_.host.next_timeout());
			next = earlier_of(next, network_.next_delivery());
			if (is_measuring() && messages_.size() < options_.messages)
				next = earlier_of(next, due_of(messages_.size()));
			next = earlier_of(next, limit);
			if (next > now_) {
				now_ = next;
				passes_ = 0;
			} else if (++passes_ > kMaxPassesPerInstant) {
				problem = problem_ = "time does not advance";
				return false;
			}
		}
		return false;
	}
	bool is_measuring() const { return !payload_.empty(); }

	void send_what_is_due() {
		if (!is_measuring()) return;
		const uint32_t flags =
		        options_.unreliable ? uint32_t{netpeer::kEnetUnreliableFragment} : uint32_t{netpeer::kEnetReliable};
		while (messages_.size() < options_.messages && due_of(messages_.size()) <= now_) {
			netpeer::ByteWriter out(netpeer::MutBytes(payload_.data(), payload_.size()));
			out.u32_be(static_cast<uint32_t>(messages_.size()));
			messages_.push_back(Message{now_});
			quiet_since_ = now_;
			send(kMessageChannel, payload_, payload_.size(), flags);
		}
		netpeer::EnetPeerStats stats;
		while (bulk_open_ && bulk_sent_ < options_.bulk_bytes && problem_.empty()) {
			if (client_.host.peer_stats(client_.peer, stats) != netpeer::Error::OK) return;
			if (stats.queued_commands >= kBulkQueuedCommands) return;
			const size_t bytes =
			        static_cast<size_t>(std::min<uint64_t>(kBulkPacketBytes, options_.bulk_bytes - bulk_sent_));
			send(kBulkChannel, bulk_payload_, bytes, netpeer::kEnetReliable);
			bulk_sent_ += bytes;
		}
	}
	void send(uint8_t channel, const std::vector<uint8_t> &payload, size_t bytes, uint32_t flags) {
		const netpeer::ByteView view(payload.data(), bytes);
		if (client_.host.send(client_.peer, channel, view, flags) != netpeer::Error::OK && problem_.empty())
			problem_ = "cannot send";
	}

	// One host takes what has arrived, lets time pass, sends and reports.
	void pass(Side &side) {
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes];
		netpeer::DatagramSlot slot;
		slot.buffer = netpeer::MutBytes(bytes, sizeof bytes);
		while (network_.receive(now_, side.at, slot) == netpeer::Error::OK)
			side.host.receive(now_, slot.from, netpeer::ByteView(bytes, slot.size));
		side.host.handle_timeout(now_);
		transmit(side, bytes);
		netpeer::EnetEvent event;
		while (side.host.poll_event(event)) {
			take(side, event);
			event = netpeer::EnetEvent();
		}
		transmit(side, bytes);
	}
	void transmit(Side &side, uint8_t (&bytes)[netpeer::kEnetMaxDatagramBytes]) {
		netpeer::EnetTransmit out;
		while (side.host.poll_transmit(now_, netpeer::MutBytes(bytes, sizeof bytes), out))
			(void)network_.send(now_, side.at, out.to, netpeer::ByteView(bytes, out.size));
	}
	void take(Side &side, const netpeer::EnetEvent &event) {
		if (event.type == EnetEventType::kDisconnect) {
			if (problem_.empty()) problem_ = std::string("the connection broke: ") + reason_text(event.reason);
		} else if (event.type == EnetEventType::kConnect) {
			if (&side == &client_)
				connected_ = true;
			else
				server_.peer = event.peer;
		} else if (event.type == EnetEventType::kReceive && event.channel == kBulkChannel) {
			bulk_received_ += event.packet.view().size;
			bulk_done_ = now_;
		} else if (event.type == EnetEventType::kReceive) {
			netpeer::ByteReader in(event.packet.view());
			const uint32_t index = in.u32_be();
			if (in.failed() || index >= messages_.size() || !messages_[index].arrived.is_never()) return;
			messages_[index].arrived = now_;
			++arrived_;
		}
	}

	void print_messages() const {
		std::printf(
		        "messages: %zu sent, %zu arrived, %zu lost\n", messages_.size(), arrived_, messages_.size() - arrived_);
		std::vector<int64_t> delays;
		for (const Message &message : messages_)
			if (!message.arrived.is_never()) delays.push_back((message.arrived - message.sent).us);
		if (delays.empty()) return;
		std::sort(delays.begin(), delays.end());
		// Nearest rank: the smallest delay that so many per mille do not exceed.
		const auto ms_at = [&](size_t per_mille) {
			const size_t rank = (delays.size() * per_mille + 999) / 1000;
			return static_cast<double>(delays[rank > 0 ? rank - 1 : 0]) / 1000;
		};
		std::printf("one way: min %.3f ms, p50 %.3f ms, p95 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms\n",
		        ms_at(0), ms_at(500), ms_at(950), ms_at(990), ms_at(999), ms_at(1000));
		if (messages_ended_.is_never() || (options_.bulk_bytes > 0 && options_.bulk_at_once)) return;
		const double count = static_cast<double>(messages_.size());
		std::printf("datagrams per message: %.3f there, %.3f back\n",
		        static_cast<double>(there_after_.offered() - there_before_.offered()) / count,
		        static_cast<double>(back_after_.offered() - back_before_.offered()) / count);
	}
	static void print_datagrams(const char *way, const SimLinkCounters &now, const SimLinkCounters &before) {
		const auto of = [&](SimFate fate) { return now.of(fate) - before.of(fate); };
		const uint64_t offered = now.offered() - before.offered();
		const uint64_t lost = of(SimFate::kLost);
		const double percent = offered > 0 ? 100 * static_cast<double>(lost) / static_cast<double>(offered) : 0;
		std::printf("%s: %llu datagrams, %llu bytes, %llu lost (%.2f %%), %llu dropped by the queue\n", way,
		        number(offered), number(now.offered_bytes - before.offered_bytes), number(lost), percent,
		        number(of(SimFate::kQueueFull)));
	}
	void print_bulk() const {
		const double seconds = ms_of(bulk_done_ - bulk_started_) / 1000;
		const double goodput = seconds > 0 ? static_cast<double>(bulk_received_) / seconds : 0;
		std::printf("bulk: %llu of %llu bytes in %.3f s, goodput %.0f bytes/s", number(bulk_received_),
		        number(options_.bulk_bytes), seconds, goodput);
		if (options_.rate_bytes_per_s > 0)
			std::printf(" (%.1f %% of the link)", 100 * goodput / static_cast<double>(options_.rate_bytes_per_s));
		std::printf("\n");
	}

	const SimOptions &options_;
	netpeer::SimNetwork network_;
	Side client_;
	Side server_;
	Instant now_ = Instant::from_ms(1000);
	int passes_ = 0;
	bool connected_ = false;
	std::string problem_;

	std::vector<uint8_t> payload_;
	std::vector<uint8_t> bulk_payload_;
	std::vector<Message> messages_;
	size_t arrived_ = 0;
	uint64_t bulk_sent_ = 0;
	uint64_t bulk_received_ = 0;
	bool bulk_open_ = false;
	Instant started_;
	Instant quiet_since_;
	Instant messages_ended_ = Instant::never();
	Instant bulk_started_;
	Instant bulk_done_;
	SimLinkCounters there_before_, there_after_;
	SimLinkCounters back_before_, back_after_;
	netpeer::EnetHostCounters before_;
};

void print_link(const SimOptions &options) {
	std::printf("link: %g ms each way, jitter %g ms, loss %g %%", options.latency_ms, options.jitter_ms,
	        options.loss_percent);
	if (options.ack_loss_percent >= 0) std::printf(" there and %g %% back", options.ack_loss_percent);
	if (options.burst > 0) std::printf(" in bursts of %g", options.burst);
	if (options.rate_bytes_per_s > 0)
		std::printf(", %llu bytes/s with a queue of %llu bytes",
		        static_cast<unsigned long long>(options.rate_bytes_per_s),
		        static_cast<unsigned long long>(options.queue_bytes));
	std::printf(", seed %llu\n", static_cast<unsigned long long>(options.seed));
}

int run_sim(const SimOptions &options) {
	if (options.messages * static_cast<uint64_t>(options.size) > kMaxMessageBytes)
		return fail("messages of more than 1 GiB in all");
	LinkRun run(options);
	std::string problem;
	const bool done = run.run(problem);
	if (!run.was_connected()) return fail(problem);
	if (options.csv) {
		run.print_rows();
	} else {
		print_link(options);
		run.print_summary();
	}
	std::fflush(stdout);
	return done ? 0 : fail(problem);
}

} // namespace

void add_sim_command(CLI::App &app, int &exit_code) {
	const auto options = std::make_shared<SimOptions>();
	CLI::App *command = app.add_subcommand("sim", "Delays, losses and goodput over a simulated link, in virtual time");
	const auto percent = CLI::Range(0.0, 100.0);
	command->add_option("--latency", options->latency_ms, "MS one way")
	        ->check(CLI::Range(0.0, 60000.0))
	        ->capture_default_str();
	command->add_option("--jitter", options->jitter_ms, "Up to so many MS more")
	        ->check(CLI::Range(0.0, 60000.0))
	        ->capture_default_str();
	command->add_option("--loss", options->loss_percent, "PERCENT of the datagrams, both ways")
	        ->check(percent)
	        ->capture_default_str();
	command->add_option("--ack-loss", options->ack_loss_percent, "PERCENT on the way back, if it differs")
	        ->check(percent);
	command->add_option("--burst", options->burst, "Losses come in runs of so many on average; 0: each by itself")
	        ->check(CLI::Range(0.0, 1e6))
	        ->capture_default_str();
	command->add_option("--rate", options->rate_bytes_per_s, "BYTES per second a bottleneck lets pass; 0: no limit")
	        ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 40))
	        ->capture_default_str();
	command->add_option("--queue", options->queue_bytes, "BYTES that wait before the bottleneck; the rest is dropped")
	        ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 30))
	        ->capture_default_str();
	command->add_option("--duplicate", options->duplicate_percent, "PERCENT of the datagrams arrive twice")
	        ->check(percent)
	        ->capture_default_str();
	command->add_option("--reorder", options->reorder_percent, "PERCENT are held back 20 ms and overtaken")
	        ->check(percent)
	        ->capture_default_str();
	command->add_option("--seed", options->seed, "Another run over the same link")->capture_default_str();
	command->add_option("--messages", options->messages, "Messages to send")
	        ->check(CLI::Range(uint64_t{0}, uint64_t{1000000}))
	        ->capture_default_str();
	command->add_option("--size", options->size, "Payload bytes of a message")
	        ->check(CLI::Range(kMessageHeaderBytes, 1 << 20))
	        ->capture_default_str();
	command->add_option("--interval", options->interval_ms, "MS between messages")
	        ->check(CLI::Range(0.0, 3600000.0))
	        ->capture_default_str();
	command->add_option("--bulk", options->bulk_bytes, "BYTES to send reliably when the messages are through")
	        ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 40))
	        ->capture_default_str();
	command->add_flag(
	        "--bulk-at-once", options->bulk_at_once, "Send them beside the messages, on a channel of their own");
	command->add_flag("--unreliable", options->unreliable, "Unreliable messages: losses show as losses, not as time");
	command->add_flag("--csv", options->csv, "A row per message instead of the summary: number, sent, arrived, delay");
	command->footer("No network is used. The same options give the same output. Fails (exit code 1) when there is no\n"
	                "connection over such a link or it breaks; what was measured until then is printed.");
	command->callback([options, &exit_code] { exit_code = run_sim(*options); });
}

} // namespace netpeer_tool
