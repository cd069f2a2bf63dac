// One experiment: a sender and a libenet receiver in a world of virtual time (loss_world.h), thin messages, bulk or both,
// and perhaps a second flow through the same bottleneck. The same options and seed give the same findings.
#pragma once

#include "loss_world.h"

#include <cstdint>
#include <string>
#include <vector>

namespace loss_bench {

struct LossOptions {
	std::string sender = "netpeer";
	std::string name;
	uint64_t first_seed = 1;
	uint64_t seeds = 1;
	double rtt_ms = 100;
	double jitter_ms = 0;
	double loss = 0;       // each way, or of the way there
	double back_loss = -1; // of the way back; negative: as the way there
	double reorder = 0;
	double mean_burst = 1;        // of the losses
	netpeer::EnetHostConfig host; // of netpeer's senders
	uint32_t repeats = 0;         // EnetHost::set_repeats()
	double mbit = 0;              // of the way there; 0: unlimited
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
	std::string second;        // bulk of somebody else: netpeer, stock, reno, cubic; empty: nobody's
	double second_after_s = 0; // after the first one's begin, with each further seed 173 ms more
	bool series = false;       // whether to fill LossFindings::series, for the first seed
};

/// What happened in a tenth of a second.
struct LossSample {
	double seconds = 0; // its end, since the begin
	double first_mbit = 0;
	double second_mbit = 0;
	double queue_ms = 0; // at its end
};

/// What one experiment has found, over all its seeds.
struct LossFindings {
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
	// Beside a second flow: delivered by each while both sent, and of that from 10 s on.
	uint64_t first_shared_bytes = 0, second_shared_bytes = 0;
	uint64_t first_settled_bytes = 0, second_settled_bytes = 0;
	double shared_seconds = 0, settled_seconds = 0;
	double least_ratio = 0, most_ratio = 0; // second / first of one run, from 10 s on
	std::vector<LossSample> series;
};

Duration duration_of_ms(double ms);
/// Of `sorted`, the value that `share` of all do not exceed; 0 where there is none.
double percentile(const std::vector<double> &sorted, double share);
double mbit_per_s(uint64_t bytes, double seconds);

/// Adds what the run with this seed shows.
void run_loss(const LossOptions &options, uint64_t seed, LossFindings &found);

} // namespace loss_bench
