// What a TCP stream's calls for data ask of memory: nothing, from the first call on. Counted on a real connection: what goes
// through operator new and what the default allocator hands out, which is all the library has (see check_banned_calls).

#include "../../src/core/allocator.h"
#include "../../src/stream/tcp_server.h"
#include "../support/tcp_pair.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define NETPEER_TEST_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NETPEER_TEST_HAS_ASAN 1
#endif
#endif
#if defined(NETPEER_TEST_HAS_ASAN)
#include <sanitizer/allocator_interface.h>
#endif

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::PollType;
using netpeer::StreamPeerTCP;
using netpeer::view_of;
using netpeer_test::kStreamPatienceMs;
using netpeer_test::poll_while;
using netpeer_test::TcpPair;
using netpeer_test::wait_available;

namespace {

std::atomic<bool> counting_news{false};
std::atomic<uint64_t> news{0};

void note_new() {
	if (counting_news.load(std::memory_order_relaxed)) ++news;
}

} // namespace

#if defined(NETPEER_TEST_HAS_ASAN)
// The sanitizer's own operators know more than ours would, and tell of every malloc besides.
namespace {

void note_malloc(const volatile void *, size_t) { note_new(); }
void note_free(const volatile void *) {}
const int kHooked = __sanitizer_install_malloc_and_free_hooks(note_malloc, note_free);

} // namespace
#else
// The arrays' and the others without a throw end up in this one. Not inlined: GCC takes half of a pair for a mismatch.
#if defined(__GNUC__)
#define NETPEER_NOT_INLINED __attribute__((noinline))
#else
#define NETPEER_NOT_INLINED
#endif
NETPEER_NOT_INLINED void *operator new(size_t bytes) {
	note_new();
	if (void *memory = std::malloc(bytes != 0 ? bytes : 1)) return memory;
	throw std::bad_alloc();
}
NETPEER_NOT_INLINED void operator delete(void *memory) noexcept { std::free(memory); }
NETPEER_NOT_INLINED void operator delete(void *memory, size_t) noexcept { std::free(memory); }
#endif

namespace {

// While it lives: requests to the default allocator and to operator new.
class MemoryRequests {
public:
	MemoryRequests() { former_ = netpeer::set_default_allocator(&allocator_); }
	~MemoryRequests() {
		counting_news = false;
		(void)netpeer::set_default_allocator(former_);
	}
	MemoryRequests(const MemoryRequests &) = delete;
	MemoryRequests &operator=(const MemoryRequests &) = delete;

	/// Counts from 0, from now on.
	void start() {
		requests_ = 0;
		news = 0;
		counting_news = true;
	}
	/// Counted since start(). Ends the counting: an expectation that fails takes memory.
	uint64_t stop() {
		counting_news = false;
		return news + requests_;
	}

private:
	static MemoryRequests &self(void *user) { return *static_cast<MemoryRequests *>(user); }

	const netpeer::Allocator *former_ = nullptr;
	uint64_t requests_ = 0;
	netpeer::Allocator allocator_{this,
	        [](void *user, size_t bytes) {
		        ++self(user).requests_;
		        return std::malloc(bytes);
	        },
	        [](void *user, void *block, size_t, size_t bytes) {
		        ++self(user).requests_;
		        return std::realloc(block, bytes);
	        },
	        [](void *, void *block, size_t) { std::free(block); }};
};

} // namespace

TEST(StreamAllocation, CountingNoticesWhatIsAskedFor) {
	MemoryRequests memory;
	memory.start();
	::operator delete(::operator new(1)); // a new expression may be left out by the compiler
	const uint64_t of_new = memory.stop();
	EXPECT_GE(of_new, 1u);
	memory.start();
	ByteBuffer buffer;
	const Error error = buffer.resize(1);
	EXPECT_GE(memory.stop(), 1u);
	EXPECT_EQ(error, Error::OK);
	buffer.free_memory();
}

TEST(StreamAllocation, NoCallForDataAsksForMemory) {
	MemoryRequests memory;
	TcpPair t;
	t.open();
	ASSERT_FALSE(HasFatalFailure());
	StreamPeerTCP &client = t.client;
	StreamPeerTCP &served = *t.served;
	static uint8_t block[65536];
	size_t moved = 0;
	Error wrong = Error::OK; // the first that is
	const auto check = [&wrong](Error answer, Error expected = Error::OK) {
		if (answer != expected && wrong == Error::OK) wrong = answer != Error::OK ? answer : Error::FAILED;
	};

	memory.start();
	for (int round = 0; round < 100; ++round) {
		check(client.put_data(ByteView(block, 1000)));
		check(client.put_partial_data(ByteView(block, 1000), moved));
		size_t left = 1000 + moved;
		check(served.wait(PollType::POLL_TYPE_IN, kStreamPatienceMs));
		check(served.poll());
		check(served.get_partial_data(MutBytes(block, 100), moved));
		left -= moved;
		check(served.get_data(MutBytes(block, left), moved));
		if (served.get_available_bytes() != 0) check(Error::FAILED);
		check(served.get_partial_data(MutBytes(block, 1), moved)); // nothing there
		client.put_u8(1);
		client.put_u32(2);
		client.put_double(3);
		client.put_utf8_string("a text that is longer than what a string holds without memory");
		check(client.get_last_error());
		if (served.get_u8() != 1 || served.get_u32() != 2 || served.get_double() != 3) check(Error::FAILED);
		check(served.get_data(MutBytes(block, 4 + 61), moved));
	}
	uint64_t requests = memory.stop();
	EXPECT_EQ(wrong, Error::OK);
	EXPECT_EQ(requests, 0u);

	// Full, out of time, cancelled, drained, at the end, and closed.
	memory.start();
	client.set_blocking_timeout(0);
	size_t sent = 0;
	size_t total = 0;
	Error error = Error::OK;
	while (error == Error::OK) {
		error = client.put_data(ByteView(block, sizeof(block)), sent);
		total += sent;
	}
	check(error, Error::ERR_TIMEOUT);
	client.cancel();
	check(client.put_data(ByteView(block, sizeof(block)), sent), Error::ERR_SKIP);
	total += sent;
	while (total != 0 && wrong == Error::OK) {
		check(served.get_data(MutBytes(block, total < sizeof(block) ? total : sizeof(block)), moved));
		total -= moved;
	}
	check(client.shutdown_write());
	check(served.get_data(MutBytes(block, 1), moved), Error::ERR_FILE_EOF);
	check(served.put_data(ByteView(block, 1)), Error::FAILED);
	check(served.get_data(MutBytes(block, 1), moved), Error::FAILED);
	requests = memory.stop();
	EXPECT_EQ(wrong, Error::OK);
	EXPECT_EQ(requests, 0u);
}
