// FailingEachAllocation: runs a scenario again and again, each time with another of its requests for memory failing.
// A scenario takes the allocator its hosts are to use, and destroys them before it returns.
#pragma once

#include "failing_allocator.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace netpeer_test {

/// Which of `requests` shall fail when there is time for `runs` (0: no limit): the first half one by one, the rest spread
/// evenly over the others, the last one included.
inline std::vector<uint64_t> sample_of_requests(uint64_t requests, uint64_t runs) {
	if (runs == 0 || requests < runs) runs = requests;
	const uint64_t singly = runs == requests ? runs : runs / 2;
	std::vector<uint64_t> sample;
	for (uint64_t i = 1; i <= runs; ++i)
		sample.push_back(i <= singly ? i : singly + (i - singly) * (requests - singly) / (runs - singly));
	return sample;
}

class FailingEachAllocation {
public:
	using Scenario = std::function<void(FailingAllocator &)>;

	/// At most `runs` runs: the first half of them for the first requests one by one, the rest spread evenly over the
	/// others. NETPEER_ALLOCATION_RUNS overrides it; 0 is no limit.
	explicit FailingEachAllocation(Scenario scenario, uint64_t runs = 160) :
	        scenario_(std::move(scenario)), most_runs_(runs) {
		if (const char *wanted = std::getenv("NETPEER_ALLOCATION_RUNS"))
			most_runs_ = std::strtoull(wanted, nullptr, 10);
	}

	/// One run without failures, then the others. Stops after the first that fails the test.
	void run() {
		requests_ = run_once(0, 0);
		ASSERT_GT(requests_, 0u) << "the scenario does not use the allocator";
		for (const uint64_t n : sample_of_requests(requests_, most_runs_)) {
			if (testing::Test::HasFailure()) return;
			(void)run_once(n, 1);
			++runs_;
		}
		// Not only one at a time: from a request on, some in a row.
		for (uint64_t n = 1; n <= requests_ && !testing::Test::HasFailure(); n += 1 + requests_ / 12) {
			(void)run_once(n, 5);
			++runs_;
		}
	}
	/// Requests of a run without failures, and how many runs with failures there were.
	uint64_t requests() const { return requests_; }
	uint64_t runs() const { return runs_; }

private:
	// Requests number `first` and the `count` - 1 after it fail; returns how many there were.
	uint64_t run_once(uint64_t first, uint64_t count) {
		SCOPED_TRACE("request " + std::to_string(first) + " fails, of them " + std::to_string(count));
		FailingAllocator memory;
		memory.fail_nth(first, count);
		scenario_(memory);
		EXPECT_GE(memory.failures(), first == 0 ? 0u : 1u) << "the run is not the same until the request fails";
		EXPECT_EQ(memory.live_blocks(), 0u);
		EXPECT_EQ(memory.live_bytes(), 0u);
		EXPECT_EQ(memory.size_mismatches(), 0u);
		return memory.requests();
	}

	Scenario scenario_;
	uint64_t most_runs_;
	uint64_t requests_ = 0;
	uint64_t runs_ = 0;
};

} // namespace netpeer_test
