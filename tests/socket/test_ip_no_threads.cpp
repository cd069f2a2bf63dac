// IP in a build with NETPEER_NO_THREADS: the call that queues a name looks it up.
#include "../../src/core/netpeer_config.h"

#if NETPEER_NO_THREADS

#include "../../src/socket/ip_resolver.h"
#include "../support/fake_resolver.h"

#include <gtest/gtest.h>

#include <thread>

using netpeer::IP;
using netpeer::IPConfig;
using netpeer_test::FakeResolver;

namespace {

// Remembers who asked.
class WhoAsks : public FakeResolver {
public:
	netpeer::Error lookup(
	        const char *name, netpeer::IPType type, netpeer::IPAddress *out, size_t capacity, size_t &count) override {
		asker = std::this_thread::get_id();
		return FakeResolver::lookup(name, type, out, capacity, count);
	}
	std::thread::id asker;
};

} // namespace

TEST(IPNoThreads, QueuedNameIsLookedUpByTheCallThatQueuesIt) {
	WhoAsks resolver;
	resolver.set_answer("a.example", {"10.0.0.1"});
	IPConfig config;
	config.backend = &resolver;
	IP ip(config);
	const int id = ip.resolve_hostname_queue_item("a.example");
	EXPECT_EQ(resolver.asker, std::this_thread::get_id());
	EXPECT_EQ(ip.get_resolve_item_status(id), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip.get_resolve_item_address(id), "10.0.0.1");
	const int unknown = ip.resolve_hostname_queue_item("b.example");
	EXPECT_EQ(ip.get_resolve_item_status(unknown), IP::RESOLVER_STATUS_ERROR);
	const int cached = ip.resolve_hostname_queue_item("a.example");
	EXPECT_EQ(ip.get_resolve_item_status(cached), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(resolver.asked("a.example"), 1);
}

#endif // NETPEER_NO_THREADS
