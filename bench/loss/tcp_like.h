// A simulated TCP-like flow: bulk data as a TCP sender would push it through the same bottleneck, to see what netpeer
// leaves to others. It is a model, not a TCP: no handshake, no bytes of application data, an endless receive window.
// What it has of TCP is what makes it compete: segments of 1460 bytes, an ACK for each that arrives (which names it, as
// a selective ACK does), slow start from ten segments, growth by Reno (RFC 5681) or CUBIC (RFC 9438), fast retransmission
// after three later segments have arrived (RFC 6675), one reduction per window of losses, a timeout of at least 200 ms
// that doubles (RFC 6298 with Linux' minimum). It sends in bursts as ACKs come, without pacing, and has neither HyStart
// nor ECN.
#pragma once

#include "../../src/reliable/transport/sim_network.h"

#include <cstdint>
#include <deque>
#include <set>

namespace loss_bench {

enum class TcpGrowth { kReno, kCubic };

class TcpLikeFlow {
public:
	/// What an IP packet of it has more than a UDP datagram's: the headers of TCP and UDP differ by this.
	static constexpr size_t kHeaderBytes = 20 - 8;
	static constexpr size_t kSegmentBytes = 1460;

	/// Sends from `start` on, from `from` to `to`, where it attaches. `network` must outlive it.
	TcpLikeFlow(netpeer::SimNetwork &network, const netpeer::Endpoint &from, const netpeer::Endpoint &to,
	        TcpGrowth growth, netpeer::Instant start);
	~TcpLikeFlow();
	TcpLikeFlow(const TcpLikeFlow &) = delete;
	TcpLikeFlow &operator=(const TcpLikeFlow &) = delete;

	/// Takes in what has come and sends what may leave; both ends.
	void poll(netpeer::Instant now);
	/// When it wants to be polled next.
	netpeer::Instant due() const;
	/// Bytes that have arrived in order.
	uint64_t delivered_bytes() const { return arrived_below_ * kSegmentBytes; }
	uint64_t resent() const { return resent_; } // segments
	uint64_t timeouts() const { return timeouts_; }
	double window_segments() const { return window_; }

private:
	struct Segment {
		uint64_t order = 0; // of its last transmission, counted over all
		netpeer::Instant sent;
		bool acked = false;
		bool lost = false; // and not sent again since
		bool resent = false;
	};

	void receive_data(netpeer::Instant now);
	void receive_acks(netpeer::Instant now);
	void take_ack(netpeer::Instant now, uint64_t number, uint64_t order);
	void take_rtt(netpeer::Duration rtt);
	bool find_losses();
	void reduce(netpeer::Instant now);
	void grow(netpeer::Instant now);
	void grow_as_cubic(netpeer::Instant now);
	void time_out(netpeer::Instant now);
	void transmit(netpeer::Instant now);
	void send_segment(netpeer::Instant now, uint64_t number);
	netpeer::Duration timeout() const;

	netpeer::SimNetwork &network_;
	netpeer::Endpoint from_, to_;
	TcpGrowth growth_;
	netpeer::Instant start_;

	// The sender
	std::deque<Segment> segments_; // from first_ on
	uint64_t first_ = 0;           // the first that is not known to have arrived
	uint64_t next_order_ = 1;      // of transmissions
	uint64_t highest_acked_order_ = 0;
	size_t in_flight_ = 0; // neither acked nor lost
	std::set<uint64_t> to_resend_;
	uint64_t recovery_order_ = 0; // losses of transmissions before it have been answered for
	double window_ = 10;          // segments, as the next ones
	double slow_start_below_ = 1e9;
	double cubic_peak_ = 0; // the window at the last loss
	double cubic_reno_ = 0; // what Reno's would be
	netpeer::Instant cubic_epoch_ = netpeer::Instant::never();
	netpeer::Duration smoothed_rtt_, rtt_variance_;
	bool has_rtt_ = false;
	int backoff_ = 0;
	netpeer::Instant timer_ = netpeer::Instant::never();
	uint64_t resent_ = 0;
	uint64_t timeouts_ = 0;

	// The receiver
	uint64_t arrived_below_ = 0;
	std::set<uint64_t> arrived_beyond_;
};

} // namespace loss_bench
