// Runs the tests of the engine again and again, each time with another of the engine's requests for memory failing, and
// judges not whether they pass (a test expects what needs memory) but whether the run stays clean: no crash, no broken
// assertion, no hang, nothing left in memory, and the test passes again once there is memory. A crash ends this program:
// ctest gives each test a process of its own. What fails is said before it happens, so the last line names it.
//
// Requests are those to the default allocator and new (std::nothrow), which is all that src/ asks for and may be refused.
//     NETPEER_FAILING_MEMORY_RUNS=n     failing runs per test, spread over all its requests (default 12; 0: every request)
//     NETPEER_FAILING_REQUEST=n         only this one, with all that the test prints
//     NETPEER_FAILING_MEMORY_SECONDS=n  how long one run may take before it counts as a hang (default 60)
//     NETPEER_FAILING_MEMORY_SEEDS=n    scenarios of tests that take NETPEER_SIM_SEEDS (default 5)
#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/test_patience.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

using netpeer::Allocator;
using netpeer_test::FailingAllocator;

namespace {

uint64_t number_of(const char *name, uint64_t otherwise) {
	const char *text = std::getenv(name);
	return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// All memory of the engine, whichever thread asks. Never destroyed: what static objects hold may outlive main().
class ProcessMemory {
public:
	ProcessMemory() : allocator_{this, allocate, reallocate, release} {}
	const Allocator *pointer() const { return &allocator_; }
	/// One request of `new (std::nothrow)`.
	bool must_fail() {
		const std::lock_guard<std::mutex> lock(mutex_);
		return counted_.must_fail();
	}
	void fail_nth(uint64_t n) {
		const std::lock_guard<std::mutex> lock(mutex_);
		counted_.fail_nth(n);
	}
	struct Count {
		uint64_t requests, failures, mismatches;
		size_t blocks, bytes;
	};
	Count count() {
		const std::lock_guard<std::mutex> lock(mutex_);
		return Count{counted_.requests(), counted_.failures(), counted_.size_mismatches(), counted_.live_blocks(),
		        counted_.live_bytes()};
	}

private:
	static void *allocate(void *user, size_t bytes) {
		ProcessMemory &me = *static_cast<ProcessMemory *>(user);
		const std::lock_guard<std::mutex> lock(me.mutex_);
		return me.counted_.pointer()->allocate(&me.counted_, bytes);
	}
	static void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
		ProcessMemory &me = *static_cast<ProcessMemory *>(user);
		const std::lock_guard<std::mutex> lock(me.mutex_);
		return me.counted_.pointer()->reallocate(&me.counted_, block, old_bytes, new_bytes);
	}
	static void release(void *user, void *block, size_t bytes) {
		ProcessMemory &me = *static_cast<ProcessMemory *>(user);
		const std::lock_guard<std::mutex> lock(me.mutex_);
		me.counted_.pointer()->release(&me.counted_, block, bytes);
	}

	std::mutex mutex_;
	FailingAllocator counted_;
	Allocator allocator_;
};

std::atomic<ProcessMemory *> process_memory{nullptr};

// Ends the process when a run takes too long: a test that waits for ever cannot be asked to stop.
class Watchdog {
public:
	explicit Watchdog(std::chrono::seconds patience) : patience_(patience), thread_([this] { watch(); }) {}
	~Watchdog() {
		{
			const std::lock_guard<std::mutex> lock(mutex_);
			over_ = true;
		}
		changed_.notify_one();
		thread_.join();
	}
	void restart() {
		{
			const std::lock_guard<std::mutex> lock(mutex_);
			++run_;
		}
		changed_.notify_one();
	}

private:
	void watch() {
		std::unique_lock<std::mutex> lock(mutex_);
		while (!over_) {
			const uint64_t run = run_;
			if (changed_.wait_for(lock, patience_, [&] { return over_ || run_ != run; })) continue;
			std::printf("FIND: it hangs: no end after %lld s\n", static_cast<long long>(patience_.count()));
			std::fflush(nullptr);
			std::_Exit(1);
		}
	}

	const std::chrono::seconds patience_;
	std::mutex mutex_;
	std::condition_variable changed_;
	uint64_t run_ = 0;
	bool over_ = false;
	std::thread thread_;
};

struct Run {
	std::string name; // suite.test
	bool passed = false;
	bool skipped = false;
	ProcessMemory::Count before{}, after{};
	uint64_t requests() const { return after.requests - before.requests; }
	bool reached() const { return after.failures != before.failures; }
};

// Sets the trap when a test begins, and notes what became of it when the test object is gone.
class Trapper : public testing::EmptyTestEventListener {
public:
	uint64_t failing = 0;
	Watchdog *watchdog = nullptr;
	std::vector<Run> runs;

	void OnTestStart(const testing::TestInfo &info) override {
		watchdog->restart();
		Run run;
		run.name = std::string(info.test_suite_name()) + "." + info.name();
		run.before = process_memory.load()->count();
		runs.push_back(run);
		process_memory.load()->fail_nth(failing);
	}
	void OnTestEnd(const testing::TestInfo &info) override {
		process_memory.load()->fail_nth(0);
		Run &run = runs.back();
		run.after = process_memory.load()->count();
		run.passed = info.result()->Passed();
		run.skipped = info.result()->Skipped();
	}
};

class Session {
public:
	Session() : watchdog_(std::chrono::seconds(number_of("NETPEER_FAILING_MEMORY_SECONDS", 60))) {
		trapper_.watchdog = &watchdog_;
		testing::UnitTest::GetInstance()->listeners().Append(&trapper_);
	}
	~Session() { testing::UnitTest::GetInstance()->listeners().Release(&trapper_); }

	/// All tests that were asked for; what the program is to return.
	int run() {
		testing::TestEventListeners &listeners = testing::UnitTest::GetInstance()->listeners();
		const uint64_t only = number_of("NETPEER_FAILING_REQUEST", 0);
		const std::vector<Run> clean = run_with(0);
		if (only == 0) delete listeners.Release(listeners.default_result_printer());
		for (const Run &test : clean) run_test(test, only);
		if (clean.empty()) find("no test was run");
		std::printf("failing memory: %zu tests, %llu requests, %llu runs, %llu not reached, %llu finds\n", clean.size(),
		        static_cast<unsigned long long>(requests_), static_cast<unsigned long long>(runs_),
		        static_cast<unsigned long long>(missed_), static_cast<unsigned long long>(finds_));
		return finds_ == 0 ? 0 : 1;
	}

private:
	std::vector<Run> run_with(uint64_t failing) {
		// What a test waits for may never come; loopback needs a fraction of this when it does.
		netpeer_test::patience = failing == 0 ? patience_ : std::chrono::milliseconds(100);
		trapper_.failing = failing;
		trapper_.runs.clear();
		// What the tests say of themselves does not matter here, so neither does the sum of it.
		if (RUN_ALL_TESTS() != 0) trapper_.failing = 0;
		return trapper_.runs;
	}
	void run_test(const Run &clean, uint64_t only) {
		if (clean.skipped) return;
		judge(clean);
		requests_ += clean.requests();
		if (!clean.passed) {
			find("it fails with all the memory there is");
			return;
		}
		GTEST_FLAG_SET(filter, clean.name);
		std::vector<uint64_t> sample =
		        netpeer_test::sample_of_requests(clean.requests(), number_of("NETPEER_FAILING_MEMORY_RUNS", 12));
		if (only != 0) sample.assign(1, only);
		for (const uint64_t n : sample) {
			std::printf("%s: request %llu of %llu fails\n", clean.name.c_str(), static_cast<unsigned long long>(n),
			        static_cast<unsigned long long>(clean.requests()));
			std::fflush(nullptr);
			const std::vector<Run> failing = run_with(n);
			for (const Run &run : failing) {
				judge(run);
				if (!run.reached()) ++missed_;
			}
			++runs_;
		}
		if (sample.empty() || only != 0) return;
		std::printf("%s: all memory is there again\n", clean.name.c_str());
		std::fflush(nullptr);
		for (const Run &run : run_with(0)) {
			judge(run);
			if (!run.passed) find("it fails after the others although nothing fails any more");
		}
	}
	void judge(const Run &run) {
		if (run.after.blocks != run.before.blocks || run.after.bytes != run.before.bytes)
			find("it leaks: " + std::to_string(run.after.blocks - run.before.blocks) + " blocks of " +
			        std::to_string(run.after.bytes - run.before.bytes) + " bytes in all are still alive");
		if (run.after.mismatches != run.before.mismatches) find("a block was given back with a size it never had");
	}
	void find(const std::string &what) {
		++finds_;
		std::printf("FIND: %s\n", what.c_str());
		std::fflush(nullptr);
	}

	const std::chrono::milliseconds patience_ = netpeer_test::patience;
	Watchdog watchdog_;
	Trapper trapper_;
	uint64_t requests_ = 0;
	uint64_t runs_ = 0;
	uint64_t missed_ = 0; // the run took another turn before that request; loopback sockets do that
	uint64_t finds_ = 0;
};

} // namespace

// src/ makes its few long-lived objects with new (std::nothrow). The memory comes from the ordinary operator, so that
// sanitizers see it and the ordinary delete fits.
void *operator new(size_t bytes, const std::nothrow_t &) noexcept {
	ProcessMemory *memory = process_memory.load();
	if (memory != nullptr && memory->must_fail()) return nullptr;
	try {
		return ::operator new(bytes);
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

int main(int argc, char **argv) {
	testing::InitGoogleTest(&argc, argv);
	if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
	const std::string seeds = std::to_string(number_of("NETPEER_FAILING_MEMORY_SEEDS", 5));
	setenv("NETPEER_SIM_SEEDS", seeds.c_str(), 1);
	setenv("NETPEER_ALLOCATION_RUNS", "2", 0); // of scenarios that do all this by themselves, with more in a row
	process_memory = new ProcessMemory;
	(void)netpeer::set_default_allocator(process_memory.load()->pointer());
	Session session;
	return session.run();
}
