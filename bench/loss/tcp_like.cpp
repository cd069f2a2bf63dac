#include "tcp_like.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace netpeer;

namespace loss_bench {

namespace {

constexpr uint64_t kLaterArrivals = 3; // until a segment counts as lost
constexpr double kCubicGain = 0.4;     // C of RFC 9438, segments per second cubed
constexpr double kCubicKept = 0.7;     // beta
constexpr double kMostSegments = 65536;
const Duration kLeastTimeout = Duration::from_ms(200);
const Duration kFirstTimeout = Duration::from_ms(1000);
constexpr size_t kAckBytes = TcpLikeFlow::kHeaderBytes;

// A segment and its ACK both begin with the segment's number (6 bytes) and the transmission's (6 bytes).
void write_mark(uint8_t *bytes, uint64_t number, uint64_t order) {
	for (int i = 0; i < 6; ++i) {
		bytes[i] = static_cast<uint8_t>(number >> (8 * i));
		bytes[6 + i] = static_cast<uint8_t>(order >> (8 * i));
	}
}

uint64_t read_mark(const uint8_t *bytes) {
	uint64_t value = 0;
	for (int i = 0; i < 6; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
	return value;
}

} // namespace

TcpLikeFlow::TcpLikeFlow(
        SimNetwork &network, const Endpoint &from, const Endpoint &to, TcpGrowth growth, Instant start) :
        network_(network), from_(from), to_(to), growth_(growth), start_(start) {
	if (network.attach(from) == Error::OK && network.attach(to) == Error::OK) return;
	std::fprintf(stderr, "TcpLikeFlow: no endpoints\n");
	std::exit(1);
}

TcpLikeFlow::~TcpLikeFlow() {
	network_.detach(from_);
	network_.detach(to_);
}

Instant TcpLikeFlow::due() const {
	const Instant arrival = earlier_of(network_.next_delivery(from_), network_.next_delivery(to_));
	const Instant own = next_order_ == 1 ? start_ : timer_;
	return earlier_of(arrival, own);
}

void TcpLikeFlow::poll(Instant now) {
	receive_data(now);
	if (now < start_) return;
	receive_acks(now);
	if (timer_ <= now) time_out(now);
	transmit(now);
}

void TcpLikeFlow::receive_data(Instant now) {
	uint8_t bytes[kHeaderBytes + kSegmentBytes];
	DatagramSlot slot;
	slot.buffer = MutBytes(bytes, sizeof bytes);
	while (network_.receive(now, to_, slot) == Error::OK) {
		const uint64_t number = read_mark(bytes);
		if (number >= arrived_below_) arrived_beyond_.insert(number);
		while (!arrived_beyond_.empty() && *arrived_beyond_.begin() == arrived_below_) {
			arrived_beyond_.erase(arrived_beyond_.begin());
			++arrived_below_;
		}
		(void)network_.send(now, to_, from_, ByteView(bytes, kAckBytes));
	}
}

void TcpLikeFlow::receive_acks(Instant now) {
	uint8_t bytes[kAckBytes];
	DatagramSlot slot;
	slot.buffer = MutBytes(bytes, sizeof bytes);
	while (network_.receive(now, from_, slot) == Error::OK) take_ack(now, read_mark(bytes), read_mark(bytes + 6));
}

void TcpLikeFlow::take_ack(Instant now, uint64_t number, uint64_t order) {
	if (number < first_ || number >= first_ + segments_.size()) return;
	Segment &segment = segments_[static_cast<size_t>(number - first_)];
	if (segment.acked) return;
	if (segment.order == order) take_rtt(now - segment.sent);
	if (segment.lost) {
		to_resend_.erase(number);
	} else {
		--in_flight_;
	}
	segment.acked = true;
	segment.lost = false;
	highest_acked_order_ = std::max(highest_acked_order_, order);
	backoff_ = 0;
	timer_ = now + timeout();
	if (order >= recovery_order_) grow(now);
	if (find_losses()) reduce(now);
	while (!segments_.empty() && segments_.front().acked) {
		segments_.pop_front();
		++first_;
	}
}

void TcpLikeFlow::take_rtt(Duration rtt) {
	if (!has_rtt_) {
		has_rtt_ = true;
		smoothed_rtt_ = rtt;
		rtt_variance_.us = rtt.us / 2;
		return;
	}
	rtt_variance_.us += (std::abs(rtt.us - smoothed_rtt_.us) - rtt_variance_.us) / 4;
	smoothed_rtt_.us += (rtt.us - smoothed_rtt_.us) / 8;
}

Duration TcpLikeFlow::timeout() const {
	Duration once = kFirstTimeout;
	if (has_rtt_) once.us = smoothed_rtt_.us + std::max(kLeastTimeout.us, 4 * rtt_variance_.us);
	once.us <<= std::min(backoff_, 6);
	return once;
}

// What was sent before three that have arrived. Nothing overtakes on these links; the order of transmissions counts, so
// that a lost retransmission is found, too.
// True: one of them was sent after the last reduction.
bool TcpLikeFlow::find_losses() {
	bool is_news = false;
	for (size_t i = 0; i < segments_.size(); ++i) {
		Segment &segment = segments_[i];
		// Transmissions are in order of their numbers, save those that are resent.
		if (!segment.resent && segment.order + kLaterArrivals > highest_acked_order_) break;
		if (segment.acked || segment.lost || segment.order + kLaterArrivals > highest_acked_order_) continue;
		segment.lost = true;
		--in_flight_;
		to_resend_.insert(first_ + i);
		is_news = is_news || segment.order >= recovery_order_;
	}
	return is_news;
}

void TcpLikeFlow::reduce(Instant now) {
	recovery_order_ = next_order_;
	if (growth_ == TcpGrowth::kReno) {
		slow_start_below_ = std::max(2.0, window_ / 2);
	} else {
		// Who loses below the last peak makes room for a newcomer (RFC 9438, 4.7).
		cubic_peak_ = window_ < cubic_peak_ ? window_ * (1 + kCubicKept) / 2 : window_;
		slow_start_below_ = std::max(2.0, window_ * kCubicKept);
		cubic_epoch_ = now;
		cubic_reno_ = slow_start_below_;
	}
	window_ = slow_start_below_;
}

void TcpLikeFlow::grow(Instant now) {
	if (window_ < slow_start_below_) {
		window_ += 1;
	} else if (growth_ == TcpGrowth::kReno) {
		window_ += 1 / window_;
	} else {
		grow_as_cubic(now);
	}
	window_ = std::min(window_, kMostSegments);
}

void TcpLikeFlow::grow_as_cubic(Instant now) {
	if (cubic_epoch_.is_never()) {
		cubic_epoch_ = now;
		cubic_peak_ = cubic_reno_ = window_;
	}
	const double peak_after_s = std::cbrt(std::max(0.0, cubic_peak_ - cubic_peak_ * kCubicKept) / kCubicGain);
	const double ahead_s = static_cast<double>((now - cubic_epoch_).us + smoothed_rtt_.us) / 1e6 - peak_after_s;
	const double wanted = std::min(cubic_peak_ + kCubicGain * ahead_s * ahead_s * ahead_s, 1.5 * window_);
	if (wanted > window_) window_ += (wanted - window_) / window_;
	cubic_reno_ += (cubic_reno_ < cubic_peak_ ? 3 * (1 - kCubicKept) / (1 + kCubicKept) : 1.0) / window_;
	window_ = std::max(window_, cubic_reno_);
}

void TcpLikeFlow::time_out(Instant now) {
	++timeouts_;
	if (backoff_ == 0) {
		slow_start_below_ = std::max(2.0, window_ * (growth_ == TcpGrowth::kReno ? 0.5 : kCubicKept));
		cubic_peak_ = window_;
	}
	window_ = 1;
	cubic_epoch_ = Instant::never();
	recovery_order_ = next_order_;
	++backoff_;
	for (size_t i = 0; i < segments_.size(); ++i) {
		if (segments_[i].acked || segments_[i].lost) continue;
		segments_[i].lost = true;
		to_resend_.insert(first_ + i);
	}
	in_flight_ = 0;
	timer_ = now + timeout();
}

void TcpLikeFlow::transmit(Instant now) {
	while (static_cast<double>(in_flight_) < std::floor(window_)) {
		uint64_t number = first_ + segments_.size();
		if (to_resend_.empty()) {
			segments_.emplace_back();
		} else {
			number = *to_resend_.begin();
			to_resend_.erase(to_resend_.begin());
			segments_[static_cast<size_t>(number - first_)].resent = true;
			++resent_;
		}
		send_segment(now, number);
	}
}

void TcpLikeFlow::send_segment(Instant now, uint64_t number) {
	Segment &segment = segments_[static_cast<size_t>(number - first_)];
	segment.order = next_order_++;
	segment.sent = now;
	segment.lost = false;
	++in_flight_;
	if (timer_.is_never()) timer_ = now + timeout();
	uint8_t bytes[kHeaderBytes + kSegmentBytes] = {};
	write_mark(bytes, number, segment.order);
	(void)network_.send(now, from_, to_, ByteView(bytes, sizeof bytes));
}

} // namespace loss_bench
