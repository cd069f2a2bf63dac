// Names whose addresses a test decides, and when they are known.
#pragma once

#include "../../src/stream/name_lookup.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace netpeer_test {

class FakeNameLookup final : public netpeer::NameLookup {
public:
	/// Addresses by name; a name without an entry, or with an empty one, cannot be resolved.
	std::map<std::string, std::vector<netpeer::IPAddress>> hosts;
	bool answering = true; // false: start()ed look-ups stay pending
	bool full = false;     // no room for another look-up

	netpeer::Error resolve(const char *name, netpeer::IPAddress &out) override {
		++resolved;
		out = netpeer::IPAddress(name);
		if (out.is_valid()) return netpeer::Error::OK;
		const auto host = hosts.find(name);
		if (host == hosts.end() || host->second.empty()) return netpeer::Error::ERR_CANT_RESOLVE;
		out = host->second[0];
		return netpeer::Error::OK;
	}
	netpeer::Error start(const char *name, int &id) override {
		if (full) return netpeer::Error::ERR_BUSY;
		id = next_id_++;
		running_[id] = name;
		return netpeer::Error::OK;
	}
	netpeer::Error take(int id, netpeer::IPAddress *out, size_t capacity, size_t &count) override {
		count = 0;
		if (!answering) return netpeer::Error::ERR_BUSY;
		const std::vector<netpeer::IPAddress> &found = hosts[running_.at(id)];
		if (found.empty()) return netpeer::Error::ERR_CANT_RESOLVE;
		count = std::min(found.size(), capacity);
		std::copy_n(found.begin(), count, out);
		return netpeer::Error::OK;
	}
	void forget(int id) override { running_.erase(id); }

	size_t under_way() const { return running_.size(); }
	size_t resolved = 0; // calls of resolve()

private:
	std::map<int, std::string> running_;
	int next_id_ = 0;
};

} // namespace netpeer_test
