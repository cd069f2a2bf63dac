// An engine that owns all memory, and its log: the library on a fixed heap. Prints how much of it an ENet conversation took.
#include "netpeer.h"

#include <cstdio>
#include <cstring>
#include <mutex>

namespace {

// A heap of fixed size, in blocks of powers of two that are kept for their size once they were made.
class EngineHeap {
public:
	void *allocate(size_t bytes) {
		const std::lock_guard<std::mutex> lock(mutex_); // the resolver's thread allocates, too
		const size_t order = order_of(bytes);
		if (order > kLargest) return nullptr; // every caller copes
		++live_;
		if (FreeBlock *const block = free_[order]) {
			free_[order] = block->next;
			return block;
		}
		const size_t size = size_t{1} << order;
		if (size > sizeof(memory_) - used_) {
			--live_;
			return nullptr;
		}
		void *const block = memory_ + used_;
		used_ += size;
		return block;
	}
	void release(void *block, size_t bytes) {
		const std::lock_guard<std::mutex> lock(mutex_);
		FreeBlock *const head = static_cast<FreeBlock *>(block);
		const size_t order = order_of(bytes); // the library says how long a block is: no need to remember it
		head->next = free_[order];
		free_[order] = head;
		--live_;
	}
	size_t used() const { return used_; }
	size_t live() const { return live_; }

private:
	struct FreeBlock {
		FreeBlock *next;
	};
	static constexpr size_t kSmallest = 5, kLargest = 22; // 32 bytes to 4 MiB

	static size_t order_of(size_t bytes) {
		size_t order = kSmallest;
		while ((size_t{1} << order) < bytes) ++order;
		return order;
	}

	std::mutex mutex_;
	FreeBlock *free_[kLargest + 1] = {};
	size_t used_ = 0;
	size_t live_ = 0;
	alignas(std::max_align_t) unsigned char memory_[24 << 20];
};

EngineHeap heap;

void *engine_allocate(void *user, size_t bytes, size_t) { return static_cast<EngineHeap *>(user)->allocate(bytes); }

void engine_release(void *user, void *block, size_t bytes, size_t) {
	static_cast<EngineHeap *>(user)->release(block, bytes);
}

void engine_log(void *, int level, const char *text) { std::printf("[net %d] %s\n", level, text); }

bool talk() {
	using netpeer::ENetConnection;
	ENetConnection server, client;
	if (server.create_host_bound("127.0.0.1", 0) != netpeer::Error::OK) return false;
	if (client.create_host(1) != netpeer::Error::OK) return false;
	if (client.connect_to_host("127.0.0.1", server.get_local_port()) == nullptr) return false;
	const char hello[] = "hello";
	for (int pass = 0; pass < 1000; ++pass) {
		const ENetConnection::Event heard = server.service(5);
		if (heard.type == ENetConnection::EVENT_RECEIVE) return true;
		const ENetConnection::Event event = client.service(5);
		const netpeer::ByteView bytes(reinterpret_cast<const uint8_t *>(hello), std::strlen(hello));
		if (event.type == ENetConnection::EVENT_CONNECT &&
		        event.peer->send(0, bytes, netpeer::ENetPacketPeer::FLAG_RELIABLE) != netpeer::Error::OK)
			return false;
	}
	return false;
}

} // namespace

int main() {
	netpeer::Hooks hooks;
	hooks.memory.user = &heap;
	hooks.memory.allocate = engine_allocate;
	hooks.memory.release = engine_release; // no reallocate: the library copies
	hooks.log.write = engine_log;
	if (netpeer::set_hooks(hooks) != netpeer::Error::OK) return 1; // first of all

	if (!talk()) return 1;
	netpeer::IP().erase_resolve_item(3); // a mistake, for the log
	std::printf("%zu KiB of the heap were in use, %zu blocks still are\n", heap.used() / 1024, heap.live());
	return 0;
}
