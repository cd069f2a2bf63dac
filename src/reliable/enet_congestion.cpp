#include "enet_congestion.h"

namespace netpeer {

namespace {

constexpr uint32_t kDatagram = EnetCongestion::kDatagram;
constexpr uint32_t kLeastInFlight = 4 * kDatagram;
constexpr uint64_t kMicro = 1000000;
constexpr uint32_t kQueueTarget = 25000;     // us that bulk may wait in queues, by its own doing
constexpr uint32_t kQueueBytes = 24 << 10;   // and in bytes, and
constexpr uint32_t kQueueBase = 8000;        // us
constexpr uint32_t kStandingTooLong = 20000; // us; then the floor is no help
constexpr uint32_t kCeilingQueue = 10000;    // us that going beyond the ceiling may add in a round trip
constexpr uint32_t kUpBytes = 48 << 10;      // that probing adds at most, and
constexpr uint32_t kSharedQueue = 7000;      // us that stand although we drain: the queue of others
constexpr uint32_t kMostUpQueue = 16000;
constexpr uint32_t kUpQueue = 4000; // us of bandwidth that probing adds at most
constexpr Duration kShortestLasts = Duration::from_s(5);
constexpr Duration kProbeRttLasts = Duration::from_ms(100);
constexpr Duration kWithoutFloor = Duration::from_s(10);
constexpr uint32_t kTooMuchWithQueue = 20; // of a thousand lost, where there is a queue
constexpr uint32_t kTooMuch = 120;         // and anywhere
constexpr uint32_t kEnoughToJudge = 64 * kDatagram;
constexpr Duration kToleranceLasts = Duration::from_s(30);
constexpr uint32_t kFirstRaise = 8 << 10; // bytes; the same for all flows, so that they come to the same share
// Pacing
constexpr uint32_t kPauseUs = 1000; // timers keep this
constexpr uint32_t kLeastBurst = 2 * kDatagram;
constexpr uint32_t kMostBurst = 32 * kDatagram;
constexpr uint32_t kBurstAfterRest = 10 * kDatagram;
// Trains
constexpr uint32_t kShortestTrain = 16; // datagrams
constexpr uint32_t kLongestTrain = 64;
constexpr Duration kShortestTrainLasts = Duration::from_ms(3);

constexpr uint32_t lesser(uint32_t a, uint32_t b) { return a < b ? a : b; }
constexpr uint32_t larger(uint32_t a, uint32_t b) { return a < b ? b : a; }
constexpr uint64_t larger64(uint64_t a, uint64_t b) { return a < b ? b : a; }
constexpr uint32_t cut32(uint64_t value) { return value < UINT32_MAX ? static_cast<uint32_t>(value) : UINT32_MAX; }
constexpr uint32_t low_us(Instant time) { return static_cast<uint32_t>(static_cast<uint64_t>(time.us)); }
constexpr uint32_t us_between(Instant from, Instant to) {
	return to <= from ? 0 : cut32(static_cast<uint64_t>((to - from).us));
}

constexpr uint64_t bytes_in_pause(uint64_t rate) { return rate * kPauseUs / kMicro; }

// The greatest integer whose cube is at most `value`.
uint32_t cube_root(uint64_t value) {
	uint32_t root = 0;
	for (int bit = 20; bit >= 0; --bit) {
		const uint64_t wider = root | (1u << bit);
		if (wider * wider * wider <= value) root = static_cast<uint32_t>(wider);
	}
	return root;
}

} // namespace

// --- small parts ---

void RecentMaximum::add(uint32_t round, uint64_t value) {
	if (value >= best[0] || round - rounds[2] > kWindow) {
		for (int i = 0; i < 3; ++i) {
			best[i] = value;
			rounds[i] = round;
		}
		return;
	}
	if (value >= best[1]) {
		best[1] = best[2] = value;
		rounds[1] = rounds[2] = round;
	} else if (value >= best[2]) {
		best[2] = value;
		rounds[2] = round;
	}
	if (round - rounds[0] > kWindow) {
		best[0] = best[1];
		rounds[0] = rounds[1];
		best[1] = best[2];
		rounds[1] = rounds[2];
		best[2] = value;
		rounds[2] = round;
	} else if (rounds[1] == rounds[0] && round - rounds[0] > kWindow / 4) {
		best[1] = best[2] = value;
		rounds[1] = rounds[2] = round;
	} else if (rounds[2] == rounds[1] && round - rounds[1] > kWindow / 2) {
		best[2] = value;
		rounds[2] = round;
	}
}

void EnetPacer::fill(Instant now, uint64_t rate) {
	const uint64_t passed = us_between(filled_at_, now);
	const uint64_t per_pause = bytes_in_pause(rate);
	// Who was let wait may catch up with what it could have sent; who had nothing to send may not.
	const int64_t burst = static_cast<int64_t>(per_pause < kMostBurst ? 2 * per_pause : 2 * kMostBurst);
	const int64_t rested = burst < int64_t{kBurstAfterRest} ? int64_t{kBurstAfterRest} : burst;
	const int64_t most = waited_ ? int64_t{kMostAtOnce} : rested;
	if (credit_ < most) {
		const uint64_t room = static_cast<uint64_t>(most - credit_);
		const uint64_t due = rate * passed + millionths_;
		const bool full = passed >= 1000 * kMicro || rate >= room * kMicro || due / kMicro >= room;
		credit_ = full ? most : credit_ + static_cast<int64_t>(due / kMicro);
		millionths_ = full ? 0 : static_cast<uint32_t>(due % kMicro); // who asks often shall not lose them each time
	}
	filled_at_ = now;
}

void EnetPacer::set_departure(Instant now, uint64_t rate) {
	if (!departure_.is_never() && departure_ > now) return;
	const uint64_t per_pause = bytes_in_pause(rate);
	const uint32_t wanted = larger(kLeastBurst, per_pause < kMostBurst ? static_cast<uint32_t>(per_pause) : kMostBurst);
	const uint64_t missing = static_cast<uint64_t>(-credit_) + wanted;
	departure_ = now + Duration::from_us(static_cast<int64_t>(1 + missing * kMicro / (rate != 0 ? rate : 1)));
}

void AnswerTrain::begin(Instant sent_at, Instant now) {
	*this = AnswerTrain();
	first_sent_at = last_sent_at = sent_at;
	first_answer_at = last_answer_at = now;
	count = 1;
}

void AnswerTrain::add(Instant sent_at, Instant now, uint32_t added) {
	if (now - last_answer_at > longest_gap) longest_gap = now - last_answer_at;
	last_answer_at = now;
	last_sent_at = sent_at;
	bytes += added;
	++count;
}

// Answers that come in lumps say nothing, nor do datagrams that were not sent faster than they were answered.
uint64_t AnswerTrain::rate() const {
	const Duration answered_in = last_answer_at - first_answer_at;
	const Duration sent_in = last_sent_at - first_sent_at;
	if (count < kShortestTrain || answered_in < kShortestTrainLasts) return 0;
	if (longest_gap.us * 3 > answered_in.us || sent_in.us * 5 > answered_in.us * 4) return 0;
	return uint64_t{bytes} * kMicro / static_cast<uint64_t>(answered_in.us);
}

// --- told ---

EnetCongestion::EnetCongestion(EnetCongestionControl control, Instant now, uint32_t rtt_us) :
        control_(control),
        delivered_at_(now),
        first_sent_at_(now),
        last_sent_at_(now),
        shortest_rtt_(rtt_us),
        smoothed_rtt_(rtt_us),
        shortest_seen_at_(now),
        sampled_(rtt_us != 0),
        lump_began_at_(now),
        phase_began_at_(now) {
	pacer_.allow(kFloor);
}

void EnetCongestion::note_answer(
        Instant now, Instant sent_at, const SendMark &mark, uint32_t bytes, uint32_t in_flight) {
	if (limited_ && static_cast<int32_t>(delivered_ - limited_until_) > 0) limited_ = false;
	if (!mark.counted) return;
	sample_rtt(now, us_between(sent_at, now));
	if (mark.limited) round_limited_ = true;
	sample_bandwidth(now, sent_at, mark);
	if (control_ == EnetCongestionControl::kCubic) {
		reduce_cubic(mark);
		grow_cubic(now, bytes, in_flight);
	} else {
		if (phase_ == Phase::kStartup) {
			grow_startup(now, sent_at, bytes, in_flight);
		} else {
			watch_aggregation(now, bytes);
		}
	}
	if (static_cast<int32_t>(mark.delivered - round_end_) >= 0) end_round(now);
	if (control_ != EnetCongestionControl::kCubic && phase_ != Phase::kStartup) advance(now, in_flight);
	limits_are_old_ = true;                       // one datagram may answer many
	if (phase_ == Phase::kProbeRtt) set_limits(); // advance() looks at them
}

void EnetCongestion::sample_rtt(Instant now, uint32_t rtt) {
	rtt = larger(rtt, 1);
	smoothed_rtt_ = sampled_ ? smoothed_rtt_ - smoothed_rtt_ / 8 + rtt / 8 : rtt;
	if (!sampled_ || rtt <= shortest_rtt_) shortest_rtt_ = rtt;
	sampled_ = true;
	if (is_shortest(rtt)) {
		shortest_seen_at_ = now;
		last_probe_ = 0;
	}
	round_shortest_ = lesser(round_shortest_, rtt);
	++round_samples_;
	probe_shortest_ = lesser(probe_shortest_, rtt);
}

// What was delivered since the datagram left, over the longer of the times that took at both ends: neither answers in
// lumps nor bursts of ours look like bandwidth.
void EnetCongestion::sample_bandwidth(Instant now, Instant sent_at, const SendMark &mark) {
	const uint32_t interval = larger(low_us(sent_at) - mark.first_sent_us, low_us(now) - mark.delivered_us);
	const uint32_t bytes = delivered_ - mark.delivered;
	first_sent_at_ = sent_at;
	delivered_at_ = now;
	if (interval == 0 || interval < shortest_rtt_) return;
	const uint64_t rate = uint64_t{bytes} * kMicro / interval;
	if (!mark.limited || rate >= bandwidth()) bandwidth_.add(round_, rate);
}

// What came beyond the bandwidth since the last time less than that had come: so much more must be in flight.
void EnetCongestion::watch_aggregation(Instant now, uint32_t bytes) {
	const uint32_t expected = bytes_in(bandwidth(), us_between(lump_began_at_, now));
	if (lump_bytes_ <= expected) {
		lump_began_at_ = now;
		lump_bytes_ = bytes;
		lumps_.add(round_, lump_bytes_);
		return;
	}
	lump_bytes_ += bytes;
	lumps_.add(round_, lump_bytes_ > expected ? lump_bytes_ - expected : 0);
}

void EnetCongestion::watch_train(Instant now, Instant sent_at, uint32_t bytes) {
	const bool goes_on = train_.count != 0 && train_.count < kLongestTrain && sent_at >= train_.last_sent_at &&
	                     now != train_.first_answer_at;
	if (!goes_on) {
		train_.begin(sent_at, now);
		return;
	}
	// At the end of a lump, and not of the train: one that is cut would count too little.
	const Duration gap = now - train_.last_answer_at;
	if (gap.us != 0 && gap.us <= 2 * train_.longest_gap.us && train_.rate() != 0) {
		const uint64_t passed = delivered_ - round_began_; // what is lost would have passed, too
		ceiling_ = train_.rate() * (passed + round_lost_) / (passed + 1);
	}
	train_.add(sent_at, now, bytes);
}

// Twice as much each round trip, until a round says otherwise.
void EnetCongestion::grow_startup(Instant now, Instant sent_at, uint32_t bytes, uint32_t in_flight) {
	watch_train(now, sent_at, bytes);
	if (bandwidth() > ceiling_ && ceiling_ != 0) ceiling_ = bandwidth();
	if ((in_flight + bytes) * 2 < startup_window_ || round_lost_ > kFloor / 4) return;
	startup_window_ = lesser(kMostInFlight, startup_window_ + bytes);
	if (ceiling_ == 0) return;
	const uint32_t holds = bytes_in(above_ceiling(), shortest_rtt_ + shortest_rtt_ / 8);
	startup_window_ = larger(kFloor, lesser(startup_window_, holds));
}

void EnetCongestion::note_spurious(uint32_t bytes) {
	spurious_since_cut_ += bytes;
	if (lost_before_cut_ == 0 || spurious_since_cut_ * 2 < lost_before_cut_) return;
	lost_before_cut_ = 0;
	most_ = larger(most_, most_before_);
	if (cubic_.window_before > cubic_.window) {
		cubic_.window = cubic_.window_before;
		cubic_.threshold = cubic_.threshold_before;
		cubic_.most = cubic_.most_before;
		cubic_.in_epoch = false;
	}
	set_limits();
}

// --- rounds ---

void EnetCongestion::end_round(Instant now) {
	const uint32_t delivered = delivered_ - round_began_;
	standing_ = round_samples_ >= 4 ? round_shortest_ - lesser(shortest_rtt_, round_shortest_) : 0;
	wobble_ = round_samples_ >= 4 ? lesser(smoothed_rtt_ - lesser(smoothed_rtt_, round_shortest_), shortest_rtt_) : 0;
	if (standing_ > kStandingTooLong) no_floor_until_ = now + kWithoutFloor;
	floor_holds_ = now >= no_floor_until_;
	if (control_ == EnetCongestionControl::kCubic) {
		end_round_of_cubic(now);
	} else {
		judge_losses(now, delivered);
		if (phase_ == Phase::kStartup && startup_is_over()) enter(Phase::kDrain, now);
	}
	// A bandwidth that is taken for a little too low must not add up to a lump.
	lump_began_at_ = now;
	lump_bytes_ = 0;
	++round_;
	round_end_ = delivered_;
	round_began_ = delivered_;
	round_lost_ = 0;
	round_shortest_ = UINT32_MAX;
	round_samples_ = 0;
	round_limited_ = false;
	most_was_reached_ = false;
}

// Losses count where they come with a queue, or are many. What is delivered in a round trip is what the path holds: a
// little less than that it holds without losses. If as much is lost after that, it is not our doing.
void EnetCongestion::judge_losses(Instant now, uint32_t delivered) {
	round_was_bad_ = false;
	const uint32_t usual = (delivered + last_delivered_) / 2; // of two: answers may come in lumps
	last_delivered_ = delivered;
	if (now >= tolerance_ends_at_) tolerance_ = 0;
	if (trial_rounds_ != 0 && ++trial_rounds_ <= 3) return; // what left before the cut
	judged_lost_ += round_lost_;
	judged_ += delivered + round_lost_;
	if (judged_ < kEnoughToJudge && round_lost_ < kEnoughToJudge / 4) {
		// In lumps a limit is found while little is known. One datagram lost is no reason to wait until more is.
		if (judged_lost_ <= kDatagram && trial_rounds_ == 0 && answers_in_lumps()) raise_limit();
		return;
	}
	if (judged_ == 0) return; // their sum has come round to it
	const uint32_t lost = cut32(uint64_t{judged_lost_} * 1000 / judged_);
	judged_ = judged_lost_ = 0;
	if (trial_rounds_ != 0) {
		end_trial(now, lost);
		return;
	}
	const bool queue = standing_ >= larger(2000, shortest_rtt_ / 32);
	const uint32_t few = larger(queue ? kTooMuchWithQueue : kTooMuch, tolerance_);
	round_was_bad_ = lost >= few && round_lost_ >= kLeastInFlight;
	if (round_was_bad_) {
		most_before_ = most_;
		lost_before_cut_ = round_lost_;
		spurious_since_cut_ = 0;
		cut_at_ = larger(delivered, usual);
		most_ = larger(kLeastInFlight, lesser(most_, queue && !answers_in_lumps() ? cut_at_ - cut_at_ / 10 : cut_at_));
		raise_ = kFirstRaise;
		trial_rounds_ = 1;
		trial_lost_before_ = lost;
		trial_in_startup_ = phase_ == Phase::kStartup;
	} else if (lost < larger(kTooMuchWithQueue, tolerance_)) {
		raise_limit();
	}
}

// Ever faster, but slowly past where it was too much the last time.
void EnetCongestion::raise_limit() {
	if (!most_was_reached_ || phase_ != Phase::kUp) return;
	const bool close = most_ > cut_at_ - cut_at_ / 8 && most_ < cut_at_ + cut_at_ / 4;
	raise_ = close ? kFirstRaise : lesser(kMostInFlight, raise_ * 2);
	most_ = lesser(kMostInFlight, most_ + lesser(raise_, most_ / 4));
}

void EnetCongestion::end_trial(Instant now, uint32_t lost) {
	trial_rounds_ = 0;
	if (lost * 10 < trial_lost_before_ * 6) return;
	tolerance_ = lost * 3 / 2;
	tolerance_ends_at_ = now + kToleranceLasts;
	most_ = larger(most_, most_before_);
	if (!trial_in_startup_) return;
	enter(Phase::kStartup, now);
	startup_window_ = larger(kFloor, 2 * path_bytes());
	rounds_without_growth_ = 0;
	train_ = AnswerTrain();
}

bool EnetCongestion::startup_is_over() {
	if (round_was_bad_) return true;
	if (round_samples_ >= 8 && standing_ > lesser(16000, larger(1000, shortest_rtt_ / 8))) return true;
	if (round_limited_) return false;
	const uint64_t growth = full_bandwidth_ / (ceiling_ == 0 ? 4 : 32);
	if (bandwidth() >= full_bandwidth_ + growth) {
		full_bandwidth_ = bandwidth();
		rounds_without_growth_ = 0;
		return false;
	}
	return ++rounds_without_growth_ >= 3;
}

// --- phases ---

void EnetCongestion::enter(Phase phase, Instant now) {
	phase_ = phase;
	phase_began_at_ = now;
	phase_began_round_ = round_;
	if (phase == Phase::kUp) {
		bandwidth_before_up_ = bandwidth();
		++cycles_;
	}
	if (phase == Phase::kCruise) cruise_rounds_ = 3 + cycles_ * 5 % 4;
	if (phase == Phase::kProbeRtt) {
		probe_shortest_ = UINT32_MAX;
		probe_ends_at_ = Instant::never();
	}
}

// A probe may have met the queue of others, and who takes that for a longer path adds to it. Two in succession are
// believed, and one that found it half as long again.
void EnetCongestion::end_probe_rtt(Instant now) {
	const bool longer = !is_shortest(probe_shortest_);
	if (longer && (last_probe_ != 0 || probe_shortest_ > shortest_rtt_ + shortest_rtt_ / 2)) {
		shortest_rtt_ = last_probe_ != 0 ? lesser(last_probe_, probe_shortest_) : probe_shortest_;
		last_probe_ = 0;
	} else {
		last_probe_ = longer ? probe_shortest_ : 0;
	}
	shortest_seen_at_ = now;
	enter(Phase::kCruise, now);
}

void EnetCongestion::advance(Instant now, uint32_t in_flight) {
	const uint32_t rounds = round_ - phase_began_round_;
	switch (phase_) {
	case Phase::kStartup: return;
	case Phase::kDrain:
		if (in_flight <= path_bytes() + held_in_lumps() || rounds >= 4) enter(Phase::kCruise, now);
		break;
	case Phase::kUp:
		if (in_flight >= up_target() || rounds >= 2) enter(Phase::kDown, now);
		break;
	case Phase::kDown:
		if (in_flight <= path_bytes() + held_in_lumps() || rounds >= 2) enter(Phase::kCruise, now);
		break;
	case Phase::kCruise:
		// There is more than was known: on without a rest.
		if (bandwidth() * 10 >= bandwidth_before_up_ * 11) cruise_rounds_ = 1;
		if (rounds >= cruise_rounds_) enter(Phase::kUp, now);
		break;
	case Phase::kProbeRtt:
		if (probe_ends_at_.is_never()) {
			if (in_flight <= window_ + kDatagram)
				probe_ends_at_ = now + kProbeRttLasts + Duration::from_us(shortest_rtt_);
		} else if (probe_ends_at_ <= now) {
			end_probe_rtt(now);
		}
		return;
	}
	if (now - shortest_seen_at_ > kShortestLasts) enter(Phase::kProbeRtt, now);
}

// --- answers ---

uint32_t EnetCongestion::bytes_in(uint64_t rate, uint32_t us) const { return cut32(rate * us / kMicro); }

// A little more than the ceiling, so that one that is too low is found out: what adds to a queue in a round trip is short.
uint64_t EnetCongestion::above_ceiling() const {
	const uint64_t more = ceiling_ * kCeilingQueue / larger(shortest_rtt_, 1);
	return ceiling_ + (more < ceiling_ / 8 ? more : ceiling_ / 8);
}

uint32_t EnetCongestion::held_in_lumps() const { return lesser(cut32(lumps_.get()), larger(path_bytes(), 4 * kFloor)); }

bool EnetCongestion::queue_is_shared() const {
	if (standing_ <= kSharedQueue) return false;
	// Where a few datagrams take long their queue is nobody's.
	const uint64_t few = 4 * kDatagram * kMicro / (bandwidth() + 1);
	return standing_ > kSharedQueue + (few < kSharedQueue ? few : kSharedQueue);
}

// Bytes beyond the path. The longer the queue of others, the less is added to it: they may have it by being the slower
// to give way.
uint32_t EnetCongestion::queue_allowed() const {
	const uint32_t most = lesser(bytes_in(bandwidth(), kQueueTarget), kQueueBytes + bytes_in(bandwidth(), kQueueBase));
	if (!queue_is_shared()) return most;
	return most - lesser(most / 2, bytes_in(bandwidth(), (standing_ - kSharedQueue) / 4));
}

uint32_t EnetCongestion::up_target() const {
	const uint32_t path = path_bytes();
	const uint32_t part = queue_is_shared() ? path / 2 : lesser(path / 4, bytes_in(bandwidth(), kMostUpQueue));
	const uint32_t more = lesser(part, kUpBytes + bytes_in(bandwidth(), kUpQueue));
	return path + more + held_in_lumps() + 3 * kDatagram;
}

void EnetCongestion::set_limits() {
	limits_are_old_ = false;
	set_window();
	set_rate();
}

void EnetCongestion::set_window() {
	if (control_ == EnetCongestionControl::kCubic) {
		window_ = cubic_.window;
		return;
	}
	const uint32_t path = path_bytes();
	if (phase_ == Phase::kProbeRtt) {
		window_ = larger(kLeastInFlight, path / 2);
		return;
	}
	uint32_t window = startup_window_;
	if (phase_ != Phase::kStartup) {
		window = path + queue_allowed() + bytes_in(bandwidth(), wobble_) + held_in_lumps() + 3 * kDatagram;
		if (phase_ == Phase::kUp) window = larger(window, up_target() + 3 * kDatagram);
	}
	if (floor_holds_) window = larger(window, kFloor);
	window_ = larger(kLeastInFlight, lesser(window, most_));
}

void EnetCongestion::set_rate() {
	if (control_ == EnetCongestionControl::kCubic) {
		const uint64_t gain = cubic_.window < cubic_.threshold ? 8 : 5; // quarters
		rate_ = uint64_t{cubic_.window} * kMicro / larger(smoothed_rtt_, 1) * gain / 4;
		return;
	}
	const uint64_t known = bandwidth();
	if (known == 0) return;
	uint64_t quarters = 4;
	switch (phase_) {
	case Phase::kStartup: quarters = 12; break;
	case Phase::kDrain: quarters = 2; break;
	case Phase::kUp: quarters = 5; break;
	case Phase::kDown: quarters = 3; break;
	default: break;
	}
	rate_ = known * quarters / 4;
	// As fast as stock, where nothing speaks against it.
	if (floor_holds_ && most_ >= kFloor) rate_ = larger64(rate_, kFloor * kMicro / larger(smoothed_rtt_, 1));
	if (phase_ == Phase::kStartup && ceiling_ != 0 && rate_ > above_ceiling()) rate_ = above_ceiling();
	// A path that was interrupted looks as slow as the interruption was long; to see that it is not takes some datagrams.
	rate_ = larger64(rate_, kLeastInFlight * kMicro / larger(smoothed_rtt_, 1));
}

// --- CUBIC ---

// Once for all that is lost of what had left before: until something is answered that left later.
void EnetCongestion::reduce_cubic(const SendMark &mark) {
	Cubic &c = cubic_;
	if (c.recovering && static_cast<int32_t>(mark.delivered - c.recovered_at) >= 0) c.recovering = false;
	const uint32_t lost = c.inherits ? 0 : c.lost;
	c.inherits = false;
	c.lost = 0;
	if (lost == 0) return;
	if (c.recovering) {
		lost_before_cut_ += lost;
		return;
	}
	c.recovering = true;
	c.recovered_at = delivered_;
	c.window_before = c.window;
	c.threshold_before = c.threshold;
	c.most_before = c.most;
	lost_before_cut_ = lost;
	spurious_since_cut_ = 0;
	c.most = c.window < c.most ? cut32(uint64_t{c.window} * 17 / 20) : c.window;
	c.window = larger(2 * kDatagram, cut32(uint64_t{c.window} * 7 / 10));
	c.threshold = c.window;
	c.in_epoch = false;
}

// RFC 9438 with slow start left as RFC 9406 says, without its conservative rounds.
void EnetCongestion::end_round_of_cubic(Instant now) {
	Cubic &c = cubic_;
	if (round_lost_ == 0 && c.window < c.threshold && round_samples_ >= 8) {
		const uint32_t rise = lesser(16000, larger(4000, c.last_shortest / 8));
		if (c.last_shortest != UINT32_MAX && round_shortest_ >= c.last_shortest + rise) c.threshold = c.window;
	}
	c.last_shortest = round_shortest_;
	if (c.window >= c.threshold && !c.in_epoch) {
		c.in_epoch = true;
		c.epoch = now;
		c.renos = c.window;
		const uint64_t below = c.most > c.window ? c.most - c.window : 0;
		c.k_ms = cube_root(below / kDatagram * 2500000000); // of what is missing, over 0.4, in seconds
		if (c.most < c.window) c.most = c.window;
	}
}

void EnetCongestion::grow_cubic(Instant now, uint32_t bytes, uint32_t in_flight) {
	Cubic &c = cubic_;
	if (in_flight + bytes + 2 * kDatagram < c.window) return; // it is not the window that limits
	if (c.window < c.threshold) {
		c.window = lesser(kMostInFlight, c.window + bytes);
		return;
	}
	if (!c.in_epoch) return;
	const int64_t ms = (now - c.epoch).ms() + smoothed_rtt_ / 1000 - int64_t{c.k_ms};
	const int64_t cut = ms > 400000 ? 400000 : (ms < -400000 ? -400000 : ms);
	// 0.4 datagrams for each cubic second
	const int64_t cubic = int64_t{c.most} + cut * cut / 1000 * cut / 1000 * 4 * kDatagram / 10000;
	c.renos = lesser(kMostInFlight, c.renos + cut32(uint64_t{bytes} * kDatagram * 53 / 100 / c.window));
	int64_t target = cubic < int64_t{c.renos} ? int64_t{c.renos} : cubic;
	const int64_t fastest = int64_t{c.window} * 3 / 2;
	if (target > fastest) target = fastest;
	if (target <= int64_t{c.window}) return;
	c.window = lesser(kMostInFlight, c.window + cut32(static_cast<uint64_t>(target - c.window) * bytes / c.window));
}

} // namespace netpeer
