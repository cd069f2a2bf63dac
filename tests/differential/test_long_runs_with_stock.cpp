// Long runs over bad links between netpeer and stock libenet, in virtual time, each of them sending: numbers that wrap, and
// the longest message there is. Each datagram of netpeer's is under WireRules (virtual_side.h).
#include "../interop/interop_side.h"
#include "../support/sim_witness.h"
#include "virtual_machine.h"
#include "virtual_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace netpeer;
using namespace netpeer_test;
using namespace interop;

namespace {

enum class Sends { kNetpeer, kStock };
std::string sender_name(const ::testing::TestParamInfo<Sends> &sends) {
	return sends.param == Sends::kNetpeer ? "FromNetpeer" : "FromStock";
}

// netpeer, with its own congestion control, has dialled libenet; then the links begin to lose.
class LossyDuo {
public:
	LossyDuo(Sends sends, const SideConfig &config, double loss, uint64_t seed) : machine(seed) {
		SimLinkSettings links;
		links.latency = Duration::from_ms(20);
		machine.network.set_default_settings(links);
		stock_ = make_stock_side(config);
		auto side = std::make_unique<VirtualSide>(machine, config, nullptr, EnetCongestionControl::kRateModel);
		netpeer = side.get();
		ours_ = std::move(side);
		at_ours_ = ours_->connect(stock_->port(), kChannels, 0);
		EXPECT_TRUE(run_until([this] { return !ours_->events.empty() && !stock_->events.empty(); }, 10000));
		at_stock_ = stock_->events.front().conn;
		ours_->events.clear();
		stock_->events.clear();
		// Six resends in a row are lost now and then among so many: libenet would give the connection up.
		stock_->set_timeout(at_stock_, 4096, 120000, 120000);
		const bool forth = sends == Sends::kNetpeer;
		from = forth ? ours_.get() : stock_.get();
		to = forth ? stock_.get() : ours_.get();
		from_conn = forth ? at_ours_ : at_stock_;
		to_conn = forth ? at_stock_ : at_ours_;
		lose(loss);
	}
	~LossyDuo() { // libenet's sockets are the machine's
		ours_.reset();
		stock_.reset();
	}
	LossyDuo(const LossyDuo &) = delete;
	LossyDuo &operator=(const LossyDuo &) = delete;

	template <class Done> bool run_until(Done done, int64_t limit_ms) {
		for (int64_t i = 0; i < limit_ms; ++i) {
			ours_->poll();
			stock_->poll();
			if (done()) return true;
			if (::testing::Test::HasFailure()) return false;
			machine.now = machine.now + Duration::from_ms(1);
		}
		return false;
	}
	/// Nothing is lost any more, and everything is answered.
	void settle() {
		lose(0);
		EXPECT_TRUE(run_until(
		        [this] {
			        const SideStats stats = from->stats(from_conn);
			        return stats.queued == 0 && stats.unacknowledged == 0 && machine.network.in_flight() == 0;
		        },
		        60000));
		EXPECT_EQ(netpeer->rules.outstanding(static_cast<uint16_t>(at_ours_.key)), 0u);
		EXPECT_EQ(netpeer->rules.complaint(), "");
		EXPECT_EQ(from->stats(from_conn).state, kStateConnected);
		EXPECT_EQ(to->stats(to_conn).state, kStateConnected);
		EXPECT_TRUE(from->events.empty());
	}

	static constexpr size_t kChannels = 2;
	VirtualMachine machine;
	VirtualSide *netpeer = nullptr;
	Side *from = nullptr;
	Side *to = nullptr;
	Conn from_conn, to_conn;

private:
	void lose(double share) {
		const Endpoint ours = loopback_endpoint(ours_->port()), stock = loopback_endpoint(stock_->port());
		machine.network.link(ours, stock).settings.loss = share;
		machine.network.link(stock, ours).settings.loss = share;
	}

	std::unique_ptr<Side> ours_, stock_;
	Conn at_ours_, at_stock_;
};

constexpr uint32_t kMessages = 70000; // more than there are numbers

// What arrives, held against what was sent.
class Watched {
public:
	explicit Watched(LossyDuo &duo) : duo_(duo), witness_(1, 0, tally_) {}

	/// Numbered by size and content. Small ones that are not reliable are recognised by their first bytes.
	void send(Kind kind, size_t size, uint8_t channel = 0) {
		static constexpr uint32_t kFlags[] = {kReliable, kUnreliable, kUnsequenced};
		const std::string payload = witness_.next_payload(size);
		ASSERT_TRUE(duo_.from->send(duo_.from_conn, channel, view_of_text(payload), kFlags[static_cast<size_t>(kind)]));
		witness_.sent(channel, kind, false, size);
		++sent_[static_cast<size_t>(kind)];
	}
	void collect() {
		while (!duo_.to->events.empty()) {
			const SideEvent event = std::move(duo_.to->events.front());
			duo_.to->events.pop_front();
			ASSERT_EQ(event.what, What::kReceive);
			witness_.arrived(event.channel, event.flags, ByteView(event.bytes.data(), event.bytes.size()));
		}
	}
	uint32_t sent(Kind kind) const { return sent_[static_cast<size_t>(kind)]; }
	size_t reliable_arrived() const { return witness_.reliable_arrived(0); }
	const WitnessTally &tally() const { return tally_; }

private:
	LossyDuo &duo_;
	WitnessTally tally_;
	Witness witness_;
	uint32_t sent_[3] = {};
};

SideConfig usual_config(uint32_t mtu = 1392, bool checksum = false) {
	SideConfig config;
	config.mtu = mtu;
	config.checksum = checksum;
	return config;
}

class LongRunsWithStock : public ::testing::TestWithParam<Sends> {};
INSTANTIATE_TEST_SUITE_P(Senders, LongRunsWithStock, ::testing::Values(Sends::kNetpeer, Sends::kStock), sender_name);

constexpr size_t kMostFragments = 24576;
constexpr uint32_t kSmallMtu = 576;

// The longest message behind `before` small ones, and one behind it.
void carry_longest(Sends sends, bool checksum, size_t shorter_by, size_t before) {
	SCOPED_TRACE(std::string(checksum ? "checksum, " : "no checksum, ") + std::to_string(shorter_by) +
	             " bytes short of whole fragments, after " + std::to_string(before));
	LossyDuo duo(sends, usual_config(kSmallMtu, checksum), 0.05, 5 + before);
	Watched watched(duo);
	const size_t piece = kSmallMtu - 28 - (checksum ? 4 : 0);
	for (size_t i = 0; i < before; ++i) watched.send(Kind::kReliable, 8);
	// libenet looks at its window only when a message begins: the small ones first.
	ASSERT_TRUE(duo.run_until(
	        [&] {
		        watched.collect();
		        return watched.reliable_arrived() == before && duo.from->stats(duo.from_conn).unacknowledged == 0;
	        },
	        600000));
	watched.send(Kind::kReliable, kMostFragments * piece - shorter_by);
	watched.send(Kind::kReliable, 3);
	ASSERT_TRUE(duo.run_until(
	        [&] {
		        watched.collect();
		        return watched.reliable_arrived() == before + 2;
	        },
	        900000));
	duo.settle();
	EXPECT_EQ(watched.tally().reliable, before + 2);
}

} // namespace

TEST_P(LongRunsWithStock, SeventyThousandMessagesArriveOnceAndInOrderThoughATenthIsLostEachWay) {
	LossyDuo duo(GetParam(), usual_config(), 0.1, 3);
	Watched watched(duo);
	// libenet goes too far ahead if it may: it gets no more than a receiver takes. netpeer gets all there is at once.
	const uint32_t ahead = GetParam() == Sends::kStock ? 3000 : kMessages;
	ASSERT_TRUE(duo.run_until(
	        [&] {
		        watched.collect();
		        while (watched.sent(Kind::kReliable) < kMessages &&
		                watched.sent(Kind::kReliable) < watched.reliable_arrived() + ahead) {
			        watched.send(Kind::kReliable, watched.sent(Kind::kReliable) % 24);
		        }
		        return watched.reliable_arrived() == kMessages;
	        },
	        3600000));
	duo.settle();
	EXPECT_EQ(watched.tally().reliable, kMessages);
	if (GetParam() == Sends::kNetpeer) {
		EXPECT_EQ(duo.netpeer->rules.furthest(), 6u);
		EXPECT_GT(duo.netpeer->rules.repetitions(), kMessages / 20);
	}
}

TEST_P(LongRunsWithStock, MessagesOfAllKindsKeepTheirPromisesThroughTheWrapThoughATenthIsLostEachWay) {
	LossyDuo duo(GetParam(), usual_config(), 0.1, 4);
	Watched watched(duo);
	ASSERT_TRUE(duo.run_until(
	        [&] {
		        watched.collect();
		        while (watched.sent(Kind::kReliable) < kMessages &&
		                watched.sent(Kind::kReliable) < watched.reliable_arrived() + 3000) {
			        const uint32_t number = watched.sent(Kind::kReliable);
			        watched.send(Kind::kReliable, number % 24);
			        // Beside reliable ones few have a chance: each is dropped as soon as the next reliable one is in order.
			        if (number % 2 == 0) watched.send(Kind::kUnreliable, 16 + number % 9, number % 4 == 0);
			        watched.send(Kind::kUnsequenced, 16 + number % 5);
		        }
		        return watched.reliable_arrived() == kMessages;
	        },
	        3600000));
	duo.settle();
	watched.collect();
	EXPECT_EQ(watched.tally().reliable, kMessages);
	EXPECT_GT(watched.tally().unreliable, watched.sent(Kind::kUnreliable) / 4);
	EXPECT_GT(watched.tally().unsequenced, watched.sent(Kind::kUnsequenced) / 2);
}

TEST_P(LongRunsWithStock, TheLongestMessageArrivesInBothAlignmentsThoughATwentiethIsLostEachWay) {
	for (const bool checksum : {false, true}) {
		carry_longest(GetParam(), checksum, 0, 0);
		carry_longest(GetParam(), checksum, 1, 4094); // begins at 4095, the last of window 0
	}
}

TEST_P(LongRunsWithStock, TheLongestMessageArrivesFromAWindowsFirstNumberThoughATwentiethIsLostEachWay) {
	carry_longest(GetParam(), false, 1, 4095);
	carry_longest(GetParam(), true, 0, 4095);
}
