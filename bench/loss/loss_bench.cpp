// Reliable messages over bad links, in virtual time: a netpeer or a libenet sender, always a libenet receiver. Prints one
// JSON line per experiment. The same seed and settings give the same line.
#include "loss_run.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <map>

using namespace loss_bench;

namespace {

void report_sharing(const LossOptions &options, const LossFindings &found) {
	const double first = mbit_per_s(found.first_settled_bytes, found.settled_seconds);
	const double second = mbit_per_s(found.second_settled_bytes, found.settled_seconds);
	std::printf(", \"second\": \"%s\", \"first_shared_mbit_per_s\": %.2f, \"second_shared_mbit_per_s\": %.2f",
	        options.second.c_str(), mbit_per_s(found.first_shared_bytes, found.shared_seconds),
	        mbit_per_s(found.second_shared_bytes, found.shared_seconds));
	std::printf(", \"first_after_10_s_mbit_per_s\": %.2f, \"second_after_10_s_mbit_per_s\": %.2f, \"second_to_first\": "
	            "%.3f, \"second_to_first_least\": %.3f, \"second_to_first_most\": %.3f",
	        first, second, first > 0 ? second / first : 0, found.least_ratio, found.most_ratio);
	if (options.mbit > 0) std::printf(", \"second_share_of_link\": %.3f", second / options.mbit);
}

void report(const LossOptions &options, LossFindings &found) {
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
		std::printf(", \"mbit_per_s\": %.2f, \"second_half_mbit_per_s\": %.2f, \"sent_per_delivered\": %.3f",
		        mbit_per_s(found.bulk_bytes, found.seconds), mbit_per_s(found.late_bulk_bytes, found.seconds / 2),
		        static_cast<double>(found.offered_bytes) / std::max(1.0, static_cast<double>(found.bulk_bytes)));
		std::printf(", \"queue_p50_ms\": %.1f, \"queue_p95_ms\": %.1f, \"dropped_by_socket\": %llu",
		        percentile(found.queue_ms, 0.5), percentile(found.queue_ms, 0.95),
		        static_cast<unsigned long long>(found.dropped_by_socket));
	}
	if (!options.second.empty()) report_sharing(options, found);
	std::printf(", \"datagrams\": %llu, \"lost\": %llu", static_cast<unsigned long long>(found.offered),
	        static_cast<unsigned long long>(found.lost));
	if (options.sender != "stock") {
		std::printf(", \"resent\": %llu, \"spurious\": %llu", static_cast<unsigned long long>(found.resent),
		        static_cast<unsigned long long>(found.spurious));
	}
	std::printf("}\n");
}

std::FILE *open_csv(const std::string &path, const char *columns) {
	std::FILE *file = std::fopen(path.c_str(), "w");
	if (file == nullptr) give_up("a file cannot be written");
	std::fprintf(file, "%s\n", columns);
	return file;
}

void write_series(const std::string &path, const LossFindings &found) {
	std::FILE *file = open_csv(path, "seconds,first_mbit_per_s,second_mbit_per_s,queue_ms");
	for (const LossSample &sample : found.series) {
		std::fprintf(
		        file, "%.1f,%.3f,%.3f,%.2f\n", sample.seconds, sample.first_mbit, sample.second_mbit, sample.queue_ms);
	}
	std::fclose(file);
}

// As many steps for the last tenth as for the nine before it, and so on: the tail is what matters.
void write_cdf(const std::string &path, LossFindings &found) {
	constexpr int kStepsPerTenth = 40;
	std::FILE *file = open_csv(path, "delay_ms,share");
	std::sort(found.delays_ms.begin(), found.delays_ms.end());
	const double messages = static_cast<double>(found.delays_ms.size());
	for (int step = 0;; ++step) {
		const double beyond = std::pow(10, -static_cast<double>(step) / kStepsPerTenth);
		if (beyond * messages < 1) break;
		std::fprintf(file, "%.1f,%.7f\n", percentile(found.delays_ms, 1 - beyond), 1 - beyond);
	}
	std::fclose(file);
}

} // namespace

int main(int argc, char **argv) {
	LossOptions options;
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
	app.add_option("--repeats", options.repeats, "of small messages with the next datagrams")->check(CLI::Range(0, 2));
	const std::map<std::string, netpeer::EnetCongestionControl> controls = {
	        {"rate-model", netpeer::EnetCongestionControl::kRateModel},
	        {"cubic", netpeer::EnetCongestionControl::kCubic},
	        {"stock", netpeer::EnetCongestionControl::kStock},
	};
	app.add_option("--control", options.host.congestion_control, "EnetHostConfig::congestion_control")
	        ->transform(CLI::CheckedTransformer(controls).description("{rate-model,cubic,stock}"));
	app.add_flag("--number-datagrams", options.host.number_datagrams, "EnetHostConfig::number_datagrams");
	app.add_flag("--probe-path-mtu", options.host.probe_path_mtu, "EnetHostConfig::probe_path_mtu");
	app.add_option("--tick", options.tick_ms, "ms between two polls of the sender");
	app.add_option(
	        "--receiver-hz", options.receiver_hz, "how often a second it is polled; 0: whenever something has come");
	app.add_option("--receiver-buffer", options.receiver_kib, "KiB of its socket");
	app.add_option("--every", options.every_ms, "ms between thin messages");
	app.add_option("--bytes", options.bytes)->check(CLI::Range(16, 1 << 20));
	app.add_option("--messages", options.messages, "thin ones");
	app.add_option("--bulk", options.seconds, "seconds of bulk")->each([&](const std::string &) {
		options.bulk = true;
	});
	app.add_option("--bulk-bytes", options.bulk_bytes)->check(CLI::Range(16, 1 << 20));
	app.add_option("--second", options.second,
	           "bulk of another sender through the same bottleneck: another EnetHost or "
	           "libenet, or a simulated TCP-like flow; needs --bulk")
	        ->check(CLI::IsMember({"netpeer", "stock", "reno", "cubic"}));
	app.add_option("--second-after", options.second_after_s, "seconds it begins after the first");
	double hours = 0;
	app.add_option("--hours", hours, "of virtual time at least: further seeds until it is over");
	std::string series, cdf;
	app.add_option("--series", series,
	        "CSV of goodput and queue delay in tenths of a second, of the first seed; needs --bulk");
	app.add_option("--cdf", cdf,
	        "CSV of the delays of thin messages: ms, and the share of messages that took at most so long");
	CLI11_PARSE(app, argc, argv);
	if (!options.second.empty() && !options.bulk) give_up("--second needs --bulk");
	LossFindings found;
	uint64_t seed = options.first_seed;
	for (; seed < options.first_seed + options.seeds || found.seconds < 3600 * hours; ++seed) {
		options.series = !series.empty() && seed == options.first_seed;
		run_loss(options, seed, found);
	}
	options.seeds = seed - options.first_seed;
	report(options, found);
	if (!series.empty()) write_series(series, found);
	if (!cdf.empty()) write_cdf(cdf, found);
	return 0;
}
