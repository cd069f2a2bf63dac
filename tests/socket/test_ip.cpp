// What IP promises in every build, threads or not. Names are resolved by a fake; the system's resolver is asked for
// localhost only.
#include "../../src/socket/ip_resolver.h"

#include "../support/failing_allocator.h"
#include "../support/fake_clock.h"
#include "../support/fake_resolver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

using netpeer::Duration;
using netpeer::Error;
using netpeer::IP;
using netpeer::IPAddress;
using netpeer::IPConfig;
using netpeer::IPType;
using netpeer_test::FailingAllocator;
using netpeer_test::FakeClock;
using netpeer_test::FakeResolver;
using netpeer_test::settled_status;

namespace {

using Texts = std::vector<std::string>;

struct LoggedErrors {
	static void write(void *user, netpeer::LogLevel level, const char *text) {
		EXPECT_EQ(level, netpeer::LogLevel::kError);
		static_cast<LoggedErrors *>(user)->lines.push_back(text);
	}
	Texts lines;
};

// An IP that asks a fake. Members are destroyed after it.
class IPTest : public testing::Test {
protected:
	IPTest() : ip_(config()) {
		resolver_.set_answer("both.example", {"10.0.0.1", "fd00:0:0:0:0:0:0:1", "10.0.0.2"});
		resolver_.set_answer("four.example", {"10.0.0.4"});
	}
	IPConfig config() {
		IPConfig config;
		config.backend = &resolver_;
		config.clock = &clock_;
		config.allocator = memory_.pointer();
		config.log.user = &log_;
		config.log.write = LoggedErrors::write;
		return config;
	}

	FakeResolver resolver_;
	FakeClock clock_;
	FailingAllocator memory_;
	LoggedErrors log_;
	IP ip_;
};

} // namespace

TEST(IPNumbers, AreGodots) {
	EXPECT_EQ(IP::RESOLVER_STATUS_NONE, 0);
	EXPECT_EQ(IP::RESOLVER_STATUS_WAITING, 1);
	EXPECT_EQ(IP::RESOLVER_STATUS_DONE, 2);
	EXPECT_EQ(IP::RESOLVER_STATUS_ERROR, 3);
	EXPECT_EQ(static_cast<int>(IP::TYPE_NONE), 0);
	EXPECT_EQ(static_cast<int>(IP::TYPE_IPV4), 1);
	EXPECT_EQ(static_cast<int>(IP::TYPE_IPV6), 2);
	EXPECT_EQ(static_cast<int>(IP::TYPE_ANY), 3);
	EXPECT_EQ(static_cast<int>(IP::RESOLVER_MAX_QUERIES), 256);
	EXPECT_EQ(static_cast<int>(IP::RESOLVER_INVALID_ID), -1);
}

TEST(IPSingleton, IsOneForTheProcess) {
	IP *const one = IP::get_singleton();
	ASSERT_NE(one, nullptr);
	EXPECT_EQ(IP::get_singleton(), one);
	EXPECT_EQ(one->resolve_hostname("::1"), "0:0:0:0:0:0:0:1");
}

TEST(IPSingleton, CanBeMadeAgainAfterItWasDestroyed) {
	const int id = IP::get_singleton()->resolve_hostname_queue_item("127.0.0.1");
	EXPECT_EQ(IP::get_singleton()->get_resolve_item_status(id), IP::RESOLVER_STATUS_DONE);
	IP::destroy_singleton();
	IP::destroy_singleton();
	EXPECT_EQ(IP::get_singleton()->get_resolve_item_status(id), IP::RESOLVER_STATUS_NONE);
	IP::get_singleton()->erase_resolve_item(id);
}

TEST_F(IPTest, FirstAddressIsTheResolversFirst) {
	EXPECT_EQ(ip_.resolve_hostname("both.example"), "10.0.0.1");
	EXPECT_EQ(ip_.resolve_hostname("both.example", IP::TYPE_IPV6), "fd00:0:0:0:0:0:0:1");
	EXPECT_EQ(ip_.resolve_hostname("both.example", IP::TYPE_IPV4), "10.0.0.1");
}

TEST_F(IPTest, AddressesKeepTheResolversOrder) {
	EXPECT_EQ(ip_.resolve_hostname_addresses("both.example"), (Texts{"10.0.0.1", "fd00:0:0:0:0:0:0:1", "10.0.0.2"}));
	EXPECT_EQ(ip_.resolve_hostname_addresses("both.example", IP::TYPE_IPV4), (Texts{"10.0.0.1", "10.0.0.2"}));
	EXPECT_EQ(ip_.resolve_hostname_addresses("both.example", IP::TYPE_IPV6), (Texts{"fd00:0:0:0:0:0:0:1"}));
}

TEST_F(IPTest, DuplicatesAndBrokenAnswersAreDropped) {
	resolver_.set_answer("twice.example", {"10.0.0.1", "10.0.0.2", "", "10.0.0.1", "*", "::ffff:10.0.0.2", "10.0.0.3"});
	EXPECT_EQ(ip_.resolve_hostname_addresses("twice.example"), (Texts{"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
}

TEST_F(IPTest, UnknownNamesAreEmpty) {
	EXPECT_EQ(ip_.resolve_hostname("none.example"), "");
	EXPECT_EQ(ip_.resolve_hostname_addresses("none.example"), Texts());
	EXPECT_EQ(ip_.resolve_hostname("four.example", IP::TYPE_IPV6), "") << "only an address of the other family";
	const int id = ip_.resolve_hostname_queue_item("none.example");
	EXPECT_EQ(settled_status(ip_, id), IP::RESOLVER_STATUS_ERROR);
	EXPECT_EQ(ip_.get_resolve_item_address(id), "");
	EXPECT_EQ(ip_.get_resolve_item_addresses(id), Texts());
}

TEST_F(IPTest, TypeNoneIsAny) {
	EXPECT_EQ(ip_.resolve_hostname("both.example", IP::TYPE_NONE), "10.0.0.1");
	EXPECT_EQ(resolver_.last_type(), IPType::ANY);
	EXPECT_EQ(ip_.resolve_hostname("both.example"), "10.0.0.1");
	EXPECT_EQ(resolver_.asked("both.example"), 1);
}

TEST_F(IPTest, ValuesFillWhatRoomThereIs) {
	IPAddress out[4];
	size_t count = 9;
	ASSERT_EQ(ip_.resolve_addresses("both.example", IPType::ANY, out, 4, count), Error::OK);
	ASSERT_EQ(count, 3u);
	EXPECT_EQ(out[1], IPAddress("fd00::1"));
	ASSERT_EQ(ip_.resolve_addresses("both.example", IPType::ANY, out, 2, count), Error::OK);
	EXPECT_EQ(count, 2u);
	EXPECT_EQ(ip_.resolve_addresses("none.example", IPType::ANY, out, 4, count), Error::ERR_CANT_RESOLVE);
	EXPECT_EQ(count, 0u);
}

TEST_F(IPTest, AtMost32AddressesOfANameAreKept) {
	Texts many;
	for (int i = 1; i <= 40; ++i) many.push_back("10.0.1." + std::to_string(i));
	resolver_.set_answer("many.example", many);
	const Texts found = ip_.resolve_hostname_addresses("many.example");
	ASSERT_EQ(found.size(), 32u);
	EXPECT_EQ(found.back(), "10.0.1.32");
}

TEST_F(IPTest, BadArgumentsAreRefused) {
	IPAddress out[2];
	size_t count = 9;
	EXPECT_EQ(
	        ip_.resolve_addresses("both.example", static_cast<IPType>(4), out, 2, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(count, 0u);
	EXPECT_EQ(ip_.resolve_addresses("both.example", IPType::ANY, nullptr, 2, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(ip_.resolve_addresses("both.example", IPType::ANY, out, 0, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("both.example", static_cast<IPType>(-1)), IP::RESOLVER_INVALID_ID);
	const int id = ip_.resolve_hostname_queue_item("127.0.0.1");
	EXPECT_EQ(ip_.get_resolve_item(id, nullptr, 2, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(ip_.get_resolve_item(id, out, 0, count), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(resolver_.answered(), 0);
}

TEST_F(IPTest, TextThatIsNoNameReachesNoResolver) {
	IPAddress out;
	size_t count = 0;
	const std::string too_long(254, 'a');
	for (const std::string &name : {std::string(), std::string("a\0b", 3), std::string("a b"), std::string("[::1]"),
	             std::string("fe80::1%lo"), std::string("host:80"), std::string("a..b"), std::string("*"), too_long}) {
		log_.lines.clear();
		EXPECT_EQ(ip_.resolve_addresses(name, IPType::ANY, &out, 1, count), Error::ERR_INVALID_PARAMETER) << name;
		EXPECT_EQ(log_.lines.size(), 1u) << name;
		EXPECT_EQ(ip_.resolve_hostname(name), "") << name;
		const int id = ip_.resolve_hostname_queue_item(name);
		EXPECT_EQ(ip_.get_resolve_item_status(id), IP::RESOLVER_STATUS_ERROR) << name;
		ip_.erase_resolve_item(id);
	}
	EXPECT_EQ(resolver_.answered(), 0);
}

TEST_F(IPTest, LiteralsAskNobody) {
	EXPECT_EQ(ip_.resolve_hostname("10.1.2.3"), "10.1.2.3");
	EXPECT_EQ(ip_.resolve_hostname("::1"), "0:0:0:0:0:0:0:1");
	EXPECT_EQ(ip_.resolve_hostname("::1", IP::TYPE_IPV6), "0:0:0:0:0:0:0:1");
	EXPECT_EQ(ip_.resolve_hostname("10.1.2.3", IP::TYPE_IPV6), "");
	EXPECT_EQ(ip_.resolve_hostname_addresses("::1", IP::TYPE_IPV4), Texts());
	const int right = ip_.resolve_hostname_queue_item("::1");
	EXPECT_EQ(ip_.get_resolve_item_status(right), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_.get_resolve_item_addresses(right), (Texts{"0:0:0:0:0:0:0:1"}));
	const int wrong = ip_.resolve_hostname_queue_item("::1", IP::TYPE_IPV4);
	EXPECT_EQ(ip_.get_resolve_item_status(wrong), IP::RESOLVER_STATUS_ERROR);
	EXPECT_EQ(resolver_.answered(), 0);
}

TEST_F(IPTest, QueuedNameIsDoneInTheEnd) {
	const int id = ip_.resolve_hostname_queue_item("both.example");
	EXPECT_EQ(id, 0);
	ASSERT_EQ(settled_status(ip_, id), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_.get_resolve_item_address(id), "10.0.0.1");
	EXPECT_EQ(ip_.get_resolve_item_addresses(id), (Texts{"10.0.0.1", "fd00:0:0:0:0:0:0:1", "10.0.0.2"}));
	IPAddress out[2];
	size_t count = 0;
	ASSERT_EQ(ip_.get_resolve_item(id, out, 2, count), Error::OK);
	ASSERT_EQ(count, 2u);
	EXPECT_EQ(out[0], IPAddress("10.0.0.1"));
	EXPECT_TRUE(log_.lines.empty());
}

TEST_F(IPTest, FreeAndWrongIdsAreLoggedAndEmpty) {
	for (const int id : {-1, 0, 255, 256, 1 << 30}) {
		log_.lines.clear();
		EXPECT_EQ(ip_.get_resolve_item_status(id), IP::RESOLVER_STATUS_NONE);
		EXPECT_EQ(ip_.get_resolve_item_address(id), "");
		EXPECT_EQ(ip_.get_resolve_item_addresses(id), Texts());
		ip_.erase_resolve_item(id);
		EXPECT_EQ(log_.lines.size(), 4u) << id;
		IPAddress out;
		size_t count = 9;
		EXPECT_EQ(ip_.get_resolve_item(id, &out, 1, count), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(count, 0u);
	}
}

TEST_F(IPTest, Has256IdsAndGivesTheLowestFreeOne) {
	for (int i = 0; i < 256; ++i) ASSERT_EQ(ip_.resolve_hostname_queue_item("10.0.0.1"), i);
	EXPECT_TRUE(log_.lines.empty());
	EXPECT_EQ(ip_.resolve_hostname_queue_item("10.0.0.1"), IP::RESOLVER_INVALID_ID);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("both.example"), IP::RESOLVER_INVALID_ID);
	EXPECT_EQ(log_.lines.size(), 2u);
	EXPECT_EQ(ip_.get_resolve_item_status(255), IP::RESOLVER_STATUS_DONE);
	ip_.erase_resolve_item(200);
	ip_.erase_resolve_item(7);
	EXPECT_EQ(ip_.get_resolve_item_status(7), IP::RESOLVER_STATUS_NONE);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("10.0.0.1"), 7);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("10.0.0.1"), 200);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("10.0.0.1"), IP::RESOLVER_INVALID_ID);
}

// --- cache ---

TEST_F(IPTest, AnswersAreRememberedPerType) {
	EXPECT_EQ(ip_.resolve_hostname("both.example"), "10.0.0.1");
	EXPECT_EQ(ip_.resolve_hostname_addresses("both.example").size(), 3u);
	EXPECT_EQ(resolver_.asked("both.example"), 1);
	EXPECT_EQ(ip_.resolve_hostname("both.example", IP::TYPE_IPV4), "10.0.0.1");
	EXPECT_EQ(resolver_.asked("both.example"), 2);
	EXPECT_EQ(resolver_.last_type(), IPType::IPV4);
	EXPECT_EQ(ip_.resolve_hostname("Both.EXAMPLE"), "10.0.0.1");
	EXPECT_EQ(resolver_.asked("Both.EXAMPLE"), 0) << "letter case does not matter";
}

TEST_F(IPTest, CachedNameIsDoneAtOnceInTheQueue) {
	const int first = ip_.resolve_hostname_queue_item("both.example");
	ASSERT_EQ(settled_status(ip_, first), IP::RESOLVER_STATUS_DONE);
	const int second = ip_.resolve_hostname_queue_item("both.example");
	EXPECT_EQ(ip_.get_resolve_item_status(second), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip_.get_resolve_item_address(second), "10.0.0.1");
	EXPECT_EQ(ip_.resolve_hostname("both.example"), "10.0.0.1");
	EXPECT_EQ(resolver_.asked("both.example"), 1);
}

TEST_F(IPTest, FailuresAreNotRemembered) {
	EXPECT_EQ(ip_.resolve_hostname("late.example"), "");
	resolver_.set_answer("late.example", {"10.0.0.9"});
	EXPECT_EQ(ip_.resolve_hostname("late.example"), "10.0.0.9");
}

TEST_F(IPTest, ClearCacheForgetsOneNameOrAll) {
	for (const IPType type : {IPType::NONE, IPType::IPV4, IPType::IPV6, IPType::ANY}) {
		(void)ip_.resolve_hostname("both.example", type);
	}
	(void)ip_.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("both.example"), 3);
	ip_.clear_cache("BOTH.example");
	for (const IPType type : {IPType::NONE, IPType::IPV4, IPType::IPV6, IPType::ANY}) {
		(void)ip_.resolve_hostname("both.example", type);
	}
	EXPECT_EQ(resolver_.asked("both.example"), 6);
	(void)ip_.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 1);
	ip_.clear_cache();
	(void)ip_.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 2);
}

TEST_F(IPTest, AnswersAreForgottenAfterAMinute) {
	(void)ip_.resolve_hostname("four.example");
	clock_.advance(Duration::from_us(59999999));
	(void)ip_.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 1);
	clock_.advance(Duration::from_us(1));
	(void)ip_.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 2);
}

TEST_F(IPTest, LifetimeOfZeroIsForEver) {
	IPConfig for_ever = config();
	for_ever.cache_lifetime = Duration();
	IP ip(for_ever);
	(void)ip.resolve_hostname("four.example");
	clock_.advance(Duration::from_s(int64_t{1000} * 365 * 86400));
	(void)ip.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 1);
}

TEST_F(IPTest, CacheHolds256NamesAndDropsTheOldest) {
	const auto name = [](int i) { return "n" + std::to_string(i) + ".example"; };
	for (int i = 0; i < 257; ++i) resolver_.set_answer(name(i), {"10.0.0.1"});
	for (int i = 0; i < 256; ++i) (void)ip_.resolve_hostname(name(i));
	for (int i = 0; i < 256; ++i) (void)ip_.resolve_hostname(name(i));
	EXPECT_EQ(resolver_.answered(), 256);
	const size_t blocks = memory_.live_blocks();
	(void)ip_.resolve_hostname(name(256));
	EXPECT_EQ(memory_.live_blocks(), blocks) << "no growth beyond the bound";
	EXPECT_EQ(resolver_.answered(), 257);
	(void)ip_.resolve_hostname(name(1));
	(void)ip_.resolve_hostname(name(256));
	EXPECT_EQ(resolver_.answered(), 257);
	(void)ip_.resolve_hostname(name(0));
	EXPECT_EQ(resolver_.answered(), 258);
}

TEST_F(IPTest, InstancesShareNoCache) {
	IP other(config());
	(void)ip_.resolve_hostname("four.example");
	(void)other.resolve_hostname("four.example");
	EXPECT_EQ(resolver_.asked("four.example"), 2);
}

// --- memory ---

TEST_F(IPTest, WithoutMemoryNothingIsQueuedOrRemembered) {
	memory_.fail_all(true);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("four.example"), IP::RESOLVER_INVALID_ID);
	EXPECT_EQ(log_.lines.size(), 1u);
	EXPECT_EQ(ip_.resolve_hostname("four.example"), "10.0.0.4");
	EXPECT_EQ(ip_.resolve_hostname("four.example"), "10.0.0.4");
	EXPECT_EQ(resolver_.asked("four.example"), 2);
	memory_.fail_all(false);
	EXPECT_EQ(ip_.resolve_hostname_queue_item("four.example"), 0);
}

TEST(IPMemory, InstanceWithoutMemoryAnswersEveryCall) {
	for (const uint64_t nth : {1, 2}) {
		FailingAllocator memory;
		memory.fail_nth(nth);
		FakeResolver resolver;
		IPConfig config;
		config.backend = &resolver;
		config.allocator = memory.pointer();
		IP ip(config);
		ASSERT_EQ(memory.failures(), 1u);
		IPAddress out;
		size_t count = 0;
		EXPECT_EQ(ip.resolve_addresses("a.example", IPType::ANY, &out, 1, count), Error::ERR_OUT_OF_MEMORY);
		EXPECT_EQ(ip.resolve_hostname("127.0.0.1"), "127.0.0.1");
		EXPECT_EQ(ip.resolve_hostname_queue_item("127.0.0.1"), IP::RESOLVER_INVALID_ID);
		EXPECT_EQ(ip.get_resolve_item_status(0), IP::RESOLVER_STATUS_NONE);
		EXPECT_EQ(ip.get_resolve_item_address(0), "");
		ip.erase_resolve_item(0);
		ip.clear_cache();
	}
}

TEST(IPMemory, EverythingIsGivenBack) {
	FailingAllocator memory;
	FakeResolver resolver;
	resolver.set_answer("a.example", {"10.0.0.1"});
	{
		IPConfig config;
		config.backend = &resolver;
		config.allocator = memory.pointer();
		IP ip(config);
		(void)ip.resolve_hostname("a.example");
		(void)ip.resolve_hostname_queue_item("a.example");
		(void)ip.resolve_hostname_queue_item("b.example");
	}
	EXPECT_EQ(memory.live_blocks(), 0u);
	EXPECT_EQ(memory.size_mismatches(), 0u);
}

// --- the system's resolver ---

TEST(IPSystem, LocalhostIsLoopback) {
	IP ip;
	EXPECT_EQ(ip.resolve_hostname("localhost", IP::TYPE_IPV4), "127.0.0.1");
	const Texts all = ip.resolve_hostname_addresses("localhost");
	ASSERT_FALSE(all.empty());
	for (const std::string &text : all) EXPECT_TRUE(IPAddress(text.c_str()).is_loopback()) << text;
	const int id = ip.resolve_hostname_queue_item("localhost", IP::TYPE_IPV4);
	EXPECT_EQ(ip.get_resolve_item_status(id), IP::RESOLVER_STATUS_DONE) << "it is cached";
	ip.clear_cache();
	const int again = ip.resolve_hostname_queue_item("localhost", IP::TYPE_IPV4);
	ASSERT_EQ(settled_status(ip, again), IP::RESOLVER_STATUS_DONE);
	EXPECT_EQ(ip.get_resolve_item_address(again), "127.0.0.1");
}

TEST(IPSystem, ReservedNameDoesNotResolve) {
	IP ip;
	EXPECT_EQ(ip.resolve_hostname("no-such-host.invalid"), ""); // RFC 2606
}

TEST(IPSystem, LocalAddressesAreThoseOfTheInterfaces) {
	const IP ip;
	Texts of_interfaces;
	for (const netpeer::InterfaceInfo &one : ip.get_local_interfaces()) {
		for (const IPAddress &address : one.addresses) {
			char text[IPAddress::kMaxTextBytes];
			of_interfaces.push_back(address.to_text(text));
		}
	}
	const Texts all = ip.get_local_addresses();
	EXPECT_EQ(all, of_interfaces);
	EXPECT_NE(std::find(all.begin(), all.end(), "127.0.0.1"), all.end());
}
