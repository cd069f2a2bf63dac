// set_hooks() and what it replaces, one group at a time. A program of its own: hooks are for the whole process.
#include "../../src/core/allocator.h"
#include "../../src/core/byte_buffer.h"
#include "../../src/core/hooks.h"
#include "../../src/core/log_sink.h"
#include "../../src/core/netpeer_assert.h"
#include "../../src/core/random_source.h"
#include "../../src/socket/ip_resolver.h"
#include "../support/fake_resolver.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

using netpeer::Error;
using netpeer::get_hooks;
using netpeer::get_live_allocations;
using netpeer::Hooks;
using netpeer::set_hooks;

namespace {

/// Memory that knows every block it gave away.
struct KnownMemory {
	std::map<void *, size_t> blocks;
	size_t allocations = 0, reallocations = 0, wrong_sizes = 0, wrong_alignments = 0;

	static void *allocate(void *user, size_t bytes, size_t alignment) {
		KnownMemory &me = *static_cast<KnownMemory *>(user);
		if (alignment != alignof(std::max_align_t)) ++me.wrong_alignments;
		void *const block = std::malloc(bytes);
		me.blocks[block] = bytes;
		++me.allocations;
		return block;
	}
	static void *reallocate(void *user, void *block, size_t old_bytes, size_t new_bytes, size_t alignment) {
		KnownMemory &me = *static_cast<KnownMemory *>(user);
		if (alignment != alignof(std::max_align_t)) ++me.wrong_alignments;
		if (me.blocks[block] != old_bytes) ++me.wrong_sizes;
		me.blocks.erase(block);
		void *const moved = std::realloc(block, new_bytes);
		me.blocks[moved] = new_bytes;
		++me.reallocations;
		return moved;
	}
	static void release(void *user, void *block, size_t bytes, size_t alignment) {
		KnownMemory &me = *static_cast<KnownMemory *>(user);
		if (alignment != alignof(std::max_align_t)) ++me.wrong_alignments;
		if (me.blocks[block] != bytes) ++me.wrong_sizes;
		me.blocks.erase(block);
		std::free(block);
	}

	netpeer::MemoryHooks hooks() { return netpeer::MemoryHooks{this, allocate, reallocate, release}; }
};

/// Restores the defaults whatever becomes of a test.
class HooksTest : public testing::Test {
protected:
	~HooksTest() override { EXPECT_EQ(set_hooks(Hooks()), Error::OK); }
};

} // namespace

TEST_F(HooksTest, MemoryComesFromTheHooksAndGoesBackToThem) {
	KnownMemory memory;
	Hooks hooks;
	hooks.memory = memory.hooks();
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	{
		netpeer::ByteBuffer buffer;
		ASSERT_EQ(buffer.resize(10), Error::OK);
		ASSERT_EQ(buffer.resize(1000), Error::OK);
		EXPECT_EQ(memory.blocks.size(), 1u);
		EXPECT_EQ(get_live_allocations(), 1u);
	}
	EXPECT_EQ(memory.allocations, 1u);
	EXPECT_EQ(memory.reallocations, 1u);
	EXPECT_EQ(memory.blocks.size(), 0u);
	EXPECT_EQ(memory.wrong_sizes + memory.wrong_alignments, 0u);
	EXPECT_EQ(get_live_allocations(), 0u);
}

TEST_F(HooksTest, WithoutAReallocateTheLibraryCopies) {
	KnownMemory memory;
	Hooks hooks;
	hooks.memory = memory.hooks();
	hooks.memory.reallocate = nullptr;
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	{
		netpeer::ByteBuffer buffer;
		ASSERT_EQ(buffer.append(netpeer::ByteView(reinterpret_cast<const uint8_t *>("four"), 4)), Error::OK);
		ASSERT_EQ(buffer.resize(100000), Error::OK);
		EXPECT_EQ(std::memcmp(buffer.data(), "four", 4), 0);
	}
	EXPECT_GE(memory.allocations, 2u);
	EXPECT_EQ(memory.blocks.size(), 0u);
	EXPECT_EQ(memory.wrong_sizes, 0u);
}

TEST_F(HooksTest, AreRefusedWhileTheLibraryHoldsMemory) {
	KnownMemory memory;
	Hooks hooks;
	hooks.memory = memory.hooks();
	{
		netpeer::ByteBuffer buffer;
		ASSERT_EQ(buffer.resize(1), Error::OK);
		EXPECT_EQ(set_hooks(hooks), Error::ERR_ALREADY_IN_USE);
		EXPECT_EQ(get_hooks().memory.allocate, nullptr);
		ASSERT_EQ(buffer.resize(100), Error::OK);
	}
	EXPECT_EQ(memory.allocations + memory.reallocations, 0u);
	EXPECT_EQ(set_hooks(hooks), Error::OK);
	netpeer::ByteBuffer buffer;
	ASSERT_EQ(buffer.resize(1), Error::OK);
	EXPECT_EQ(set_hooks(Hooks()), Error::ERR_ALREADY_IN_USE);
	buffer.free_memory();
	EXPECT_EQ(set_hooks(Hooks()), Error::OK);
	ASSERT_EQ(buffer.resize(1), Error::OK); // it remembers where its memory comes from
	EXPECT_EQ(memory.blocks.size(), 0u) << "the hook allocator must lead to what is in force now";
	buffer.free_memory();
}

TEST_F(HooksTest, GroupsThatAreNotCompleteAreRefused) {
	KnownMemory memory;
	Hooks hooks;
	hooks.memory = memory.hooks();
	hooks.memory.release = nullptr;
	EXPECT_EQ(set_hooks(hooks), Error::ERR_INVALID_PARAMETER);
	hooks = Hooks();
	hooks.threads.join = [](void *, void *) {};
	EXPECT_EQ(set_hooks(hooks), Error::ERR_INVALID_PARAMETER);
	hooks = Hooks();
	hooks.sockets.close = [](void *, intptr_t) {};
	EXPECT_EQ(set_hooks(hooks), Error::ERR_INVALID_PARAMETER);
	EXPECT_EQ(get_hooks().sockets.close, nullptr);
}

TEST_F(HooksTest, BrokenInvariantsAreReportedToTheHookAndAfterwardsToTheHandlerAgain) {
	std::string seen;
	Hooks hooks;
	hooks.asserts.user = &seen;
	hooks.asserts.failed = [](void *user, const char *expression, const char *file, int line) {
		*static_cast<std::string *>(user) = std::string(expression) + " " + file + " " + std::to_string(line);
	};
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	netpeer::report_assert("two == 3", "there.cpp", 7);
	EXPECT_EQ(seen, "two == 3 there.cpp 7");
	ASSERT_EQ(set_hooks(Hooks()), Error::OK);
	EXPECT_DEATH(netpeer::report_assert("two == 3", "there.cpp", 7), "invariant broken: two == 3");
}

TEST_F(HooksTest, RandomBytesComeFromTheHookAndItsFailureIsTold) {
	int answer = 0;
	Hooks hooks;
	hooks.random.user = &answer;
	hooks.random.fill = [](void *user, uint8_t *bytes, size_t size) {
		std::memset(bytes, 0x5a, size);
		return *static_cast<int *>(user);
	};
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	uint8_t bytes[5] = {};
	ASSERT_EQ(netpeer::default_random().fill(netpeer::MutBytes(bytes, sizeof(bytes))), Error::OK);
	for (const uint8_t byte : bytes) EXPECT_EQ(byte, 0x5a);
	answer = 1;
	EXPECT_EQ(netpeer::default_random().fill(netpeer::MutBytes(bytes, sizeof(bytes))), Error::FAILED);
}

TEST_F(HooksTest, TheLogHookHearsOfObjectsWithoutASinkAndNothingOfTheOthers) {
	std::vector<std::string> lines, own;
	Hooks hooks;
	hooks.log.user = &lines;
	hooks.log.write = [](void *user, int level, const char *text) {
		static_cast<std::vector<std::string> *>(user)->push_back(std::to_string(level) + " " + text);
	};
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	{
		netpeer::IP ip;
		ip.erase_resolve_item(3);
		netpeer::IPConfig config;
		config.log.user = &own;
		config.log.write = [](void *user, netpeer::LogLevel, const char *text) {
			static_cast<std::vector<std::string> *>(user)->push_back(text);
		};
		netpeer::IP other(config);
		other.erase_resolve_item(3);
	}
	EXPECT_EQ(lines, std::vector<std::string>{"0 a resolver query that does not exist was erased"});
	EXPECT_EQ(own, std::vector<std::string>{"a resolver query that does not exist was erased"});
}

#if !NETPEER_NO_THREADS
namespace {

struct KnownThreads {
	size_t made = 0, joined = 0, refused = 0;
	bool refuse = false;

	static int create(void *user, void (*body)(void *), void *argument, void **thread) {
		KnownThreads &me = *static_cast<KnownThreads *>(user);
		if (me.refuse) {
			++me.refused;
			return 1;
		}
		++me.made;
		*thread = new std::thread(body, argument);
		return 0;
	}
	static void join(void *user, void *thread) {
		++static_cast<KnownThreads *>(user)->joined;
		std::thread *const joined = static_cast<std::thread *>(thread);
		joined->join();
		delete joined;
	}
};

} // namespace

TEST_F(HooksTest, TheResolversThreadsAreMadeAndJoinedByTheHooks) {
	KnownThreads threads;
	Hooks hooks;
	hooks.threads = netpeer::ThreadHooks{&threads, KnownThreads::create, KnownThreads::join};
	ASSERT_EQ(set_hooks(hooks), Error::OK);
	netpeer_test::FakeResolver backend;
	netpeer::IPConfig config;
	config.backend = &backend;
	{
		netpeer::IP ip(config);
		EXPECT_EQ(ip.resolve_hostname_queue_item("name.test"), 0);
		EXPECT_EQ(threads.made, 1u);
	}
	EXPECT_EQ(threads.joined, 1u);
	threads.refuse = true;
	netpeer::IP ip(config);
	const int id = ip.resolve_hostname_queue_item("name.test");
	EXPECT_EQ(threads.refused, 1u);
	EXPECT_NE(ip.get_resolve_item_status(id), netpeer::IP::RESOLVER_STATUS_WAITING) << "nobody will come for it";
}
#endif
