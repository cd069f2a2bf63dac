// IP's worker: nothing waits for a lookup but who asked for it. Lookups hang on a latch, never on time.
#include "../../src/core/netpeer_config.h"

#if !NETPEER_NO_THREADS

#include "../../src/socket/ip_resolver.h"
#include "../support/fake_resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using netpeer::Error;
using netpeer::IP;
using netpeer::IPAddress;
using netpeer::IPConfig;
using netpeer_test::FakeResolver;
using netpeer_test::settled_status;

namespace {

class IPThreads : public testing::Test {
protected:
	IPThreads() {
		resolver_.set_answer("slow.example", {"10.0.0.1"});
		resolver_.set_answer("fast.example", {"10.0.0.2"});
		resolver_.hold("slow.example");
		make();
	}
	~IPThreads() override { resolver_.let_go("slow.example"); } // before ip_ goes, or it would wait for ever
	void make(int workers = 1) {
		IPConfig config;
		config.backend = &resolver_;
		config.worker_threads = workers;
		ip_ = std::make_unique<IP>(config);
	}

	FakeResolver resolver_;
	std::unique_ptr<IP> ip_;
};

} // namespace

TEST_F(IPThreads, QueueCallAndStatusDoNotWaitForAHangingLookup) {
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	EXPECT_EQ(ip_->get_resolve_item_status(slow), IP::RESOLVER_STATUS_WAITING);
	EXPECT_EQ(ip_->get_resolve_item_address(slow), "");
	IPAddress out;
	size_t count = 9;
	EXPECT_EQ(ip_->get_resolve_item(slow, &out, 1, count), Error::ERR_BUSY);
	EXPECT_EQ(count, 0u);

	EXPECT_EQ(ip_->resolve_hostname("fast.example"), "10.0.0.2");
	const int cached = ip_->resolve_hostname_queue_item("fast.example");
	EXPECT_EQ(ip_->get_resolve_item_status(cached), IP::RESOLVER_STATUS_DONE);
	const int literal = ip_->resolve_hostname_queue_item("10.1.2.3");
	EXPECT_EQ(ip_->get_resolve_item_status(literal), IP::RESOLVER_STATUS_DONE);
	ip_->clear_cache();
	const int behind = ip_->resolve_hostname_queue_item("fast.example");
	EXPECT_EQ(ip_->get_resolve_item_status(behind), IP::RESOLVER_STATUS_WAITING) << "there is one worker";

	resolver_.let_go("slow.example");
	EXPECT_EQ(settled_status(*ip_, slow), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(settled_status(*ip_, behind), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_->get_resolve_item_address(slow), "10.0.0.1");
}

TEST_F(IPThreads, SecondWorkerPassesAHangingLookup) {
	make(2);
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	const int fast = ip_->resolve_hostname_queue_item("fast.example");
	EXPECT_EQ(settled_status(*ip_, fast), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_->get_resolve_item_status(slow), IP::RESOLVER_STATUS_WAITING);
}

TEST_F(IPThreads, SecondWorkerComesThoughTheFirstWasIdleWhenBothNamesWereQueued) {
	// Queued right behind one another: the idle worker is still counted as idle when the second name comes.
	for (int round = 0; round < 50 && !HasFailure(); ++round) {
		make(2);
		ASSERT_EQ(settled_status(*ip_, ip_->resolve_hostname_queue_item("none.example")), IP::RESOLVER_STATUS_ERROR);
		(void)ip_->resolve_hostname_queue_item("slow.example");
		const int fast = ip_->resolve_hostname_queue_item("fast.example");
		ASSERT_TRUE(resolver_.wait_until_asked("slow.example", round + 1));
		EXPECT_TRUE(resolver_.wait_until_asked("fast.example", round + 1)) << "it waits behind slow.example";
		resolver_.let_go("slow.example");
		EXPECT_EQ(settled_status(*ip_, fast), IP::RESOLVER_STATUS_DONE);
		ip_.reset();
		resolver_.hold("slow.example");
	}
}

TEST_F(IPThreads, NamesAreLookedUpInTheOrderTheyWereQueued) {
	ip_->erase_resolve_item(ip_->resolve_hostname_queue_item("10.0.0.1"));
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	std::vector<int> ids;
	for (const char *name : {"c.example", "a.example", "b.example"})
		ids.push_back(ip_->resolve_hostname_queue_item(name));
	// A lower id, queued last.
	ip_->erase_resolve_item(slow);
	const int late = ip_->resolve_hostname_queue_item("late.example");
	EXPECT_LT(late, ids[0]);
	resolver_.let_go("slow.example");
	EXPECT_EQ(settled_status(*ip_, late), IP::RESOLVER_STATUS_ERROR);
	const std::vector<std::string> order = {"slow.example", "c.example", "a.example", "b.example", "late.example"};
	EXPECT_EQ(resolver_.order(), order);
}

TEST_F(IPThreads, AllIdsCanWait) {
	ASSERT_EQ(ip_->resolve_hostname_queue_item("slow.example"), 0);
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	for (int i = 1; i < 256; ++i) ASSERT_EQ(ip_->resolve_hostname_queue_item("fast.example"), i);
	EXPECT_EQ(ip_->resolve_hostname_queue_item("fast.example"), IP::RESOLVER_INVALID_ID);
	for (int i = 0; i < 256; ++i) EXPECT_EQ(ip_->get_resolve_item_status(i), IP::RESOLVER_STATUS_WAITING);
	resolver_.let_go("slow.example");
	EXPECT_EQ(settled_status(*ip_, 255), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(resolver_.asked("fast.example"), 1) << "the others find the first one's answer";
}

TEST_F(IPThreads, ErasedWhileItsLookupRunsTheAnswerIsDropped) {
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	ip_->erase_resolve_item(slow);
	EXPECT_EQ(ip_->get_resolve_item_status(slow), IP::RESOLVER_STATUS_NONE);
	// The id is another's now, and stays so when the old answer comes.
	ASSERT_EQ(ip_->resolve_hostname_queue_item("fast.example"), slow);
	EXPECT_EQ(ip_->get_resolve_item_status(slow), IP::RESOLVER_STATUS_WAITING);
	resolver_.let_go("slow.example");
	ASSERT_EQ(settled_status(*ip_, slow), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_->get_resolve_item_address(slow), "10.0.0.2");
}

TEST_F(IPThreads, ErasedBeforeItsLookupNobodyIsAsked) {
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	const int waiting = ip_->resolve_hostname_queue_item("fast.example");
	ip_->erase_resolve_item(waiting);
	const int last = ip_->resolve_hostname_queue_item("none.example");
	resolver_.let_go("slow.example");
	EXPECT_EQ(settled_status(*ip_, slow), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(settled_status(*ip_, last), IP::RESOLVER_STATUS_ERROR);
	EXPECT_EQ(resolver_.asked("fast.example"), 0);
}

TEST_F(IPThreads, AnswerOlderThanClearCacheIsNotRemembered) {
	const int slow = ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	ip_->clear_cache("slow.example");
	resolver_.let_go("slow.example");
	ASSERT_EQ(settled_status(*ip_, slow), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_->resolve_hostname("slow.example"), "10.0.0.1");
	EXPECT_EQ(resolver_.asked("slow.example"), 2);
}

TEST_F(IPThreads, DestructionWaitsForTheLookupUnderWay) {
	(void)ip_->resolve_hostname_queue_item("slow.example");
	ASSERT_TRUE(resolver_.wait_until_asked("slow.example"));
	(void)ip_->resolve_hostname_queue_item("fast.example");
	std::atomic<bool> gone{false};
	std::thread destroyer([&] {
		ip_.reset();
		gone = true;
	});
	EXPECT_FALSE(gone) << "the worker is still inside the backend";
	resolver_.let_go("slow.example");
	destroyer.join();
	EXPECT_TRUE(gone);
	EXPECT_GE(resolver_.answered(), 1);
}

TEST_F(IPThreads, DestructionWithoutAnyLookupIsQuick) {
	ip_.reset(); // no worker was ever started
	make();
	EXPECT_EQ(settled_status(*ip_, ip_->resolve_hostname_queue_item("fast.example")), IP::RESOLVER_STATUS_DONE);
	ip_.reset(); // the worker sleeps
	EXPECT_EQ(resolver_.answered(), 1);
}

TEST_F(IPThreads, EveryCallMayComeFromAnyThread) {
	resolver_.let_go("slow.example");
	make(2);
	constexpr int kNames = 20;
	const auto name = [](uint64_t i) { return "h" + std::to_string(i) + ".example"; };
	const auto address = [](uint64_t i) { return "10.1.0." + std::to_string(i); };
	for (uint64_t i = 0; i < kNames; ++i) resolver_.set_answer(name(i), {address(i)});
	std::atomic<int> wrong{0};
	std::vector<std::thread> threads;
	for (uint64_t seed = 1; seed <= 4; ++seed) {
		threads.emplace_back([&, seed] {
			uint64_t state = seed;
			for (int round = 0; round < 200; ++round) {
				state = state * 6364136223846793005u + 1442695040888963407u;
				const uint64_t i = (state >> 33) % kNames;
				const int id = ip_->resolve_hostname_queue_item(name(i));
				if (id == IP::RESOLVER_INVALID_ID) ++wrong;
				switch ((state >> 40) % 4) {
				case 0: ip_->clear_cache(name(i)); break;
				case 1: ip_->clear_cache(); break;
				case 2:
					if (ip_->resolve_hostname(name(i)) != address(i)) ++wrong;
					break;
				default:
					if (settled_status(*ip_, id) != IP::RESOLVER_STATUS_DONE) ++wrong;
					if (ip_->get_resolve_item_address(id) != address(i)) ++wrong;
				}
				ip_->erase_resolve_item(id);
				if (IP::get_singleton() == nullptr) ++wrong;
			}
		});
	}
	for (std::thread &thread : threads) thread.join();
	EXPECT_EQ(wrong, 0);
}

#endif // !NETPEER_NO_THREADS
