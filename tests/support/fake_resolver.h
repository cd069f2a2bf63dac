// A resolver that needs no network: answers what it was told, counts who was asked for, and can be made to hang.
#pragma once

#include "../../src/socket/ip_resolver.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace netpeer_test {

/// Long enough for any machine; nobody waits so long unless something is broken.
constexpr std::chrono::seconds kResolverPatience{60};

class FakeResolver : public netpeer::ResolverBackend {
public:
	void set_answer(const std::string &name, std::vector<std::string> addresses) {
		std::lock_guard<std::mutex> guard(mutex_);
		answers_[name] = std::move(addresses);
	}
	/// Lookups of `name` hang from now on, until let_go().
	void hold(const std::string &name) {
		std::lock_guard<std::mutex> guard(mutex_);
		held_.insert(name);
	}
	void let_go(const std::string &name) {
		std::lock_guard<std::mutex> guard(mutex_);
		held_.erase(name);
		changed_.notify_all();
	}
	/// Lookups of `name` begun so far.
	int asked(const std::string &name) {
		std::lock_guard<std::mutex> guard(mutex_);
		return asked_[name];
	}
	/// Lookups ended so far, of whatever name.
	int answered() {
		std::lock_guard<std::mutex> guard(mutex_);
		return answered_;
	}
	std::vector<std::string> order() {
		std::lock_guard<std::mutex> guard(mutex_);
		return order_;
	}
	netpeer::IPType last_type() {
		std::lock_guard<std::mutex> guard(mutex_);
		return last_type_;
	}
	/// Blocks until `name` has been asked for so often; false when nobody did.
	bool wait_until_asked(const std::string &name, int times = 1) {
		std::unique_lock<std::mutex> lock(mutex_);
		return changed_.wait_for(lock, kResolverPatience, [&] { return asked_[name] >= times; });
	}

	netpeer::Error lookup(
	        const char *name, netpeer::IPType type, netpeer::IPAddress *out, size_t capacity, size_t &count) override {
		std::unique_lock<std::mutex> lock(mutex_);
		++asked_[name];
		order_.push_back(name);
		last_type_ = type;
		changed_.notify_all();
		changed_.wait(lock, [&] { return held_.count(name) == 0; });
		++answered_;
		count = 0;
		const auto found = answers_.find(name);
		if (found == answers_.end()) return netpeer::Error::ERR_CANT_RESOLVE;
		for (const std::string &text : found->second) {
			if (count < capacity) out[count++] = netpeer::IPAddress(text.c_str());
		}
		return netpeer::Error::OK;
	}

private:
	std::mutex mutex_;
	std::condition_variable changed_;
	std::map<std::string, std::vector<std::string>> answers_;
	std::map<std::string, int> asked_;
	std::set<std::string> held_;
	std::vector<std::string> order_;
	netpeer::IPType last_type_ = netpeer::IPType::NONE;
	int answered_ = 0;
};

/// The status once it is no longer WAITING (or still that, when patience ended).
inline netpeer::IP::ResolverStatus settled_status(const netpeer::IP &ip, int id) {
	const auto deadline = std::chrono::steady_clock::now() + kResolverPatience;
	for (;;) {
		const netpeer::IP::ResolverStatus status = ip.get_resolve_item_status(id);
		if (status != netpeer::IP::RESOLVER_STATUS_WAITING || std::chrono::steady_clock::now() > deadline)
			return status;
		std::this_thread::yield();
	}
}

} // namespace netpeer_test
