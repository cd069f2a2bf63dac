#include "loss_run.h"

#include "tcp_like.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace netpeer;
using netpeer_test::VirtualMachine;

namespace loss_bench {

namespace {

std::unique_ptr<Sender> make_sender(const std::string &kind, VirtualMachine &machine, const LossOptions &options) {
	const Duration tick = duration_of_ms(options.tick_ms);
	if (kind == "stock") return make_stock_sender(machine, tick);
	return make_netpeer_sender(machine, tick, options.host, options.repeats);
}

// As much as it takes, up to a limit that no path here needs. libenet walks all that waits, and has 64 KiB on its way.
bool fill_bulk(Sender &sender, const LossOptions &options, bool is_stock) {
	static const std::vector<uint8_t> kMessage(1 << 20, 0x5a);
	const uint64_t most_waiting = is_stock ? 4u << 20 : 24u << 20;
	bool sent = false;
	while (sender.waiting_bytes() < most_waiting &&
	        sender.send(kBulkChannel, ByteView(kMessage.data(), options.bulk_bytes), true)) {
		sent = true;
	}
	return sent;
}

// The two links of a flow through the bottleneck. Losses begin when the flow is connected.
class Path {
public:
	Path(VirtualMachine &machine, const Endpoint &from, const Endpoint &to) :
	        there_(machine.network.link(from, to)), back_(machine.network.link(to, from)) {}
	~Path() { there_.settings.bottleneck = nullptr; }
	Path(const Path &) = delete;
	Path &operator=(const Path &) = delete;

	void set_up(const LossOptions &options, SimBottleneck &bottleneck) {
		there_.settings.latency = duration_of_ms(options.rtt_ms / 2);
		there_.settings.jitter = duration_of_ms(options.jitter_ms);
		there_.settings.reorder = options.reorder;
		back_.settings = there_.settings;
		there_.settings.bottleneck = &bottleneck;
	}
	void set_loss(const LossOptions &options) {
		const double back_loss = options.back_loss < 0 ? options.loss : options.back_loss;
		if (options.mean_burst > 1) {
			there_.settings.lose_in_bursts(options.loss, options.mean_burst);
			back_.settings.lose_in_bursts(back_loss, options.mean_burst);
		} else {
			there_.settings.loss = options.loss;
			back_.settings.loss = back_loss;
		}
	}
	const SimLinkCounters &there() const { return there_.counters(); }

private:
	SimLink &there_;
	SimLink &back_;
};

// Somebody else's bulk.
class SecondFlow {
public:
	virtual ~SecondFlow() = default;
	virtual Instant due() const = 0;
	virtual void poll() = 0;
	virtual uint64_t delivered_bytes() const = 0;
};

class SecondEnet : public SecondFlow {
public:
	SecondEnet(VirtualMachine &machine, const LossOptions &options, Duration cadence, SimBottleneck &bottleneck,
	        Instant start) :
	        machine_(machine),
	        options_(options),
	        receiver_(machine, cadence),
	        sender_(make_sender(options.second, machine, options)),
	        path_(machine, sender_->at(), receiver_.at()),
	        start_(start) {
		path_.set_up(options, bottleneck);
	}
	Instant due() const override {
		return started_ ? earlier_of(sender_->due(), receiver_.due()) : earlier_of(start_, receiver_.due());
	}
	void poll() override {
		if (receiver_.due() <= machine_.now) receiver_.poll(this, take);
		if (!started_ && machine_.now >= start_) {
			started_ = true;
			sender_->dial(receiver_.at());
		}
		if (!started_ || sender_->due() > machine_.now) return;
		sender_->poll();
		if (!sender_->is_connected() || sender_->has_ended()) return;
		if (!sending_) path_.set_loss(options_);
		sending_ = true;
		if (fill_bulk(*sender_, options_, options_.second == "stock")) sender_->poll();
	}
	uint64_t delivered_bytes() const override { return delivered_; }

private:
	static void take(void *user, uint8_t, ByteView bytes) { static_cast<SecondEnet *>(user)->delivered_ += bytes.size; }

	VirtualMachine &machine_;
	const LossOptions &options_;
	StockReceiver receiver_;
	std::unique_ptr<Sender> sender_;
	Path path_;
	Instant start_;
	bool started_ = false;
	bool sending_ = false;
	uint64_t delivered_ = 0;
};

class SecondTcp : public SecondFlow {
public:
	SecondTcp(VirtualMachine &machine, const LossOptions &options, SimBottleneck &bottleneck, Instant start) :
	        machine_(machine),
	        from_{IPAddress::v4(127, 0, 0, 2), 1},
	        to_{IPAddress::v4(127, 0, 0, 2), 2},
	        path_(machine, from_, to_),
	        flow_(machine.network, from_, to_, options.second == "reno" ? TcpGrowth::kReno : TcpGrowth::kCubic, start) {
		path_.set_up(options, bottleneck);
		path_.set_loss(options);
	}
	Instant due() const override { return flow_.due(); }
	void poll() override { flow_.poll(machine_.now); }
	uint64_t delivered_bytes() const override { return flow_.delivered_bytes(); }

private:
	VirtualMachine &machine_;
	Endpoint from_, to_;
	Path path_;
	TcpLikeFlow flow_;
};

class Run {
public:
	Run(const LossOptions &options, uint64_t seed, LossFindings &findings) :
	        options_(options),
	        found_(findings),
	        seed_(seed),
	        machine_(seed),
	        receiver_(machine_, receiver_cadence()),
	        sender_(make_sender(options.sender, machine_, options)),
	        path_(machine_, sender_->at(), receiver_.at()) {
		machine_.network.set_tap(SimTap());
		machine_.socket_buffer_bytes = static_cast<size_t>(options.receiver_kib * 1024);
		bottleneck_.rate_bytes_per_s = static_cast<uint64_t>(options.mbit * 1e6 / 8);
		bottleneck_.queue_bytes = static_cast<size_t>(options.queue_kib * 1024);
		path_.set_up(options, bottleneck_);
	}

	void run() {
		sender_->dial(receiver_.at());
		begin_ = machine_.now;
		while (!sender_->is_connected() && !is_over()) step(Instant::never());
		path_.set_loss(options_); // not the handshake's business
		begin_ = machine_.now;
		Instant next_thin = begin_, next_sample = begin_;
		const Duration every = duration_of_ms(options_.every_ms);
		const Duration sample_every = Duration::from_ms(10);
		const Instant bulk_ends = begin_ + duration_of_ms(options_.seconds * 1000);
		half_ = begin_ + duration_of_ms(options_.seconds * 500);
		if (!options_.second.empty()) add_second();
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
			if (bulk_left && fill_bulk(*sender_, options_, options_.sender == "stock")) sender_->poll();
			if (options_.bulk && next_sample <= machine_.now) {
				sample();
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
	// Its ticks are not those of the first: who is always polled first would always find room in the queue first. Each seed
	// begins at another moment of what the first one does.
	void add_second() {
		const double later_ms = 173 * static_cast<double>(seed_ - options_.first_seed) + options_.tick_ms * 0.37;
		second_from_ = begin_ + duration_of_ms(options_.second_after_s * 1000 + later_ms);
		settled_from_ = second_from_ + Duration::from_s(10);
		if (options_.second == "reno" || options_.second == "cubic") {
			second_ = std::make_unique<SecondTcp>(machine_, options_, bottleneck_, second_from_);
		} else {
			second_ = std::make_unique<SecondEnet>(machine_, options_, receiver_cadence(), bottleneck_, second_from_);
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
	uint64_t second_bytes() const { return second_ != nullptr ? second_->delivered_bytes() : 0; }
	void sample() {
		const double queue_ms = static_cast<double>(bottleneck_.queue_delay(machine_.now).us) / 1000;
		if (bottleneck_.rate_bytes_per_s != 0) found_.queue_ms.push_back(queue_ms);
		if (machine_.now < second_from_) first_before_ = bulk_bytes_;
		if (machine_.now < settled_from_) {
			first_unsettled_ = bulk_bytes_;
			second_unsettled_ = second_bytes();
		}
		if (!options_.series || ++samples_ % 10 != 1 || samples_ == 1) return;
		LossSample now;
		now.seconds = seconds_since(begin_);
		now.first_mbit = mbit_per_s(bulk_bytes_ - first_shown_, now.seconds - shown_at_s_);
		now.second_mbit = mbit_per_s(second_bytes() - second_shown_, now.seconds - shown_at_s_);
		now.queue_ms = queue_ms;
		found_.series.push_back(now);
		first_shown_ = bulk_bytes_;
		second_shown_ = second_bytes();
		shown_at_s_ = now.seconds;
	}
	double seconds_since(Instant then) const {
		return std::max(0.0, static_cast<double>((machine_.now - then).us) / 1e6);
	}
	static void take(void *user, uint8_t channel, ByteView bytes) { static_cast<Run *>(user)->take(channel, bytes); }
	void take(uint8_t channel, ByteView bytes) {
		if (channel == kBulkChannel) {
			bulk_bytes_ += bytes.size;
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
		if (second_ != nullptr) next = earlier_of(next, second_->due());
		if (next > machine_.now) machine_.now = next;
		if (receiver_.due() <= machine_.now) receiver_.poll(this, take);
		if (sender_->due() <= machine_.now) sender_->poll();
		if (second_ != nullptr && second_->due() <= machine_.now) second_->poll();
	}
	void account() {
		const SimLinkCounters &there = path_.there();
		found_.offered += there.offered();
		found_.offered_bytes += there.offered_bytes;
		found_.lost += there.of(SimFate::kLost) + there.of(SimFate::kQueueFull);
		found_.bulk_bytes += bulk_bytes_;
		found_.thin_sent += thin_sent_;
		found_.undelivered += thin_sent_ - thin_received_;
		found_.resent += sender_->resent();
		found_.spurious += sender_->spurious();
		found_.dropped_by_socket += machine_.dropped_by_sockets;
		const double seconds = seconds_since(begin_);
		if (sender_->has_ended() || receiver_.has_ended()) {
			if (found_.ended == 0) found_.first_end_s = seconds;
			++found_.ended;
			if (!sender_->gave_up()) ++found_.ended_by_receiver;
		}
		found_.seconds += seconds;
		if (second_ != nullptr) account_for_sharing();
	}
	void account_for_sharing() {
		found_.first_shared_bytes += bulk_bytes_ - first_before_;
		found_.second_shared_bytes += second_bytes();
		found_.shared_seconds += seconds_since(second_from_);
		const uint64_t first = bulk_bytes_ - first_unsettled_;
		const uint64_t second = second_bytes() - second_unsettled_;
		const double ratio = static_cast<double>(second) / std::max(1.0, static_cast<double>(first));
		found_.least_ratio = found_.settled_seconds > 0 ? std::min(found_.least_ratio, ratio) : ratio;
		found_.most_ratio = std::max(found_.most_ratio, ratio);
		found_.first_settled_bytes += first;
		found_.second_settled_bytes += second;
		found_.settled_seconds += seconds_since(settled_from_);
	}

	const LossOptions &options_;
	LossFindings &found_;
	uint64_t seed_;
	SimBottleneck bottleneck_;
	VirtualMachine machine_;
	StockReceiver receiver_;
	std::unique_ptr<Sender> sender_;
	Path path_;
	std::unique_ptr<SecondFlow> second_;
	Instant begin_, half_, last_thin_;
	Instant second_from_, settled_from_;
	uint64_t thin_sent_ = 0;
	uint64_t thin_received_ = 0;
	uint64_t bulk_bytes_ = 0;
	uint64_t first_before_ = 0, first_unsettled_ = 0, second_unsettled_ = 0;
	uint64_t samples_ = 0, first_shown_ = 0, second_shown_ = 0;
	double shown_at_s_ = 0;
};

} // namespace

Duration duration_of_ms(double ms) { return Duration::from_us(std::llround(ms * 1000)); }

double percentile(const std::vector<double> &sorted, double share) {
	if (sorted.empty()) return 0;
	const double place = std::ceil(share * static_cast<double>(sorted.size())) - 1;
	return sorted[static_cast<size_t>(std::max(0.0, place))];
}

double mbit_per_s(uint64_t bytes, double seconds) {
	return seconds > 0 ? static_cast<double>(bytes) * 8 / 1e6 / seconds : 0;
}

void run_loss(const LossOptions &options, uint64_t seed, LossFindings &found) { Run(options, seed, found).run(); }

} // namespace loss_bench
