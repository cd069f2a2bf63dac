// The list of sockets and its index by handle; how to sleep on them is the platform's.
#include "socket_waiter.h"

#include "../core/clock.h"
#include "hooked_net_socket.h"
#include "platform/socket_waiter_backend.h"

namespace netpeer {

namespace {

constexpr size_t kFewestWaiterSockets = 16;

uint32_t *waiter_buckets(ByteBuffer &buffer) { return reinterpret_cast<uint32_t *>(buffer.data()); }

// Handles are chosen by the system, not by strangers, so spreading them is enough.
size_t waiter_hash(SocketHandle handle) {
	const uint64_t mixed = static_cast<uint64_t>(handle) * 0x9e3779b97f4a7c15u;
	return static_cast<size_t>(mixed >> 32);
}

} // namespace

SocketWaiter::SocketWaiter(const SocketWaiterSettings &settings) :
        settings_(settings), sockets_(settings.allocator), buckets_(settings.allocator), polls_(settings.allocator) {}

SocketWaiter::~SocketWaiter() { destroy_waiter_backend(backend_); }

WaiterSocket *SocketWaiter::sockets() const {
	return reinterpret_cast<WaiterSocket *>(const_cast<uint8_t *>(sockets_.data()));
}

// The bucket that names `handle`, or the empty one where it would go.
size_t SocketWaiter::bucket_of(SocketHandle handle) const {
	const uint32_t *buckets = reinterpret_cast<const uint32_t *>(buckets_.data());
	size_t at = waiter_hash(handle) & (bucket_count_ - 1);
	while (buckets[at] != 0 && sockets()[buckets[at] - 1].handle != handle) at = (at + 1) & (bucket_count_ - 1);
	return at;
}

// Room for one more; all or nothing.
Error SocketWaiter::grow() {
	const size_t limit = settings_.max_sockets < UINT32_MAX / 4 ? settings_.max_sockets : UINT32_MAX / 4;
	if (count_ >= limit) return Error::ERR_OUT_OF_MEMORY;
	if (count_ < capacity_) return Error::OK;
	const bool hooked = sockets_are_hooked();
	if (!hooked && backend_ == nullptr) backend_ = create_waiter_backend(settings_);
	if (!hooked && backend_ == nullptr) return Error::ERR_OUT_OF_MEMORY;

	size_t capacity = capacity_ != 0 ? capacity_ * 2 : kFewestWaiterSockets;
	if (capacity > limit) capacity = limit;
	size_t bucket_count = kFewestWaiterSockets * 2;
	while (bucket_count < capacity * 2) bucket_count *= 2;
	ByteBuffer buckets(settings_.allocator);
	NETPEER_TRY(buckets.resize(bucket_count * sizeof(uint32_t)));
	NETPEER_TRY(sockets_.reserve(capacity * sizeof(WaiterSocket)));
	if (hooked)
		NETPEER_TRY(polls_.resize(capacity * sizeof(SocketHookPoll)));
	else
		NETPEER_TRY(waiter_reserve(*backend_, capacity));
	NETPEER_TRY(sockets_.resize(capacity * sizeof(WaiterSocket)));
	buckets_ = std::move(buckets);
	bucket_count_ = bucket_count;
	capacity_ = capacity;
	for (size_t i = 0; i < count_; ++i)
		waiter_buckets(buckets_)[bucket_of(sockets()[i].handle)] = static_cast<uint32_t>(i + 1);
	return Error::OK;
}

Error SocketWaiter::add(const NetSocket &socket, PollType interest, uint64_t token) {
	return add_handle(socket.native_handle(), interest, token);
}

Error SocketWaiter::add_handle(SocketHandle handle, PollType interest, uint64_t token) {
	if (handle == kNoSocketHandle) return Error::ERR_UNCONFIGURED;
	if (!is_known(interest)) return Error::ERR_INVALID_PARAMETER;
	if (count_ != 0 && waiter_buckets(buckets_)[bucket_of(handle)] != 0) return Error::ERR_ALREADY_EXISTS;
	NETPEER_TRY(grow());
	sockets()[count_] = WaiterSocket{handle, token, interest};
	waiter_buckets(buckets_)[bucket_of(handle)] = static_cast<uint32_t>(count_ + 1);
	++count_;
	if (backend_ != nullptr) waiter_added(*backend_, sockets(), count_);
	return Error::OK;
}

Error SocketWaiter::modify(const NetSocket &socket, PollType interest, uint64_t token) {
	return modify_handle(socket.native_handle(), interest, token);
}

Error SocketWaiter::modify_handle(SocketHandle handle, PollType interest, uint64_t token) {
	if (handle == kNoSocketHandle) return Error::ERR_UNCONFIGURED;
	if (!is_known(interest)) return Error::ERR_INVALID_PARAMETER;
	const uint32_t place = count_ != 0 ? waiter_buckets(buckets_)[bucket_of(handle)] : 0;
	if (place == 0) return Error::ERR_DOES_NOT_EXIST;
	WaiterSocket &entry = sockets()[place - 1];
	const bool same = entry.interest == interest;
	entry.interest = interest;
	entry.token = token;
	if (!same && backend_ != nullptr) waiter_modified(*backend_, entry);
	return Error::OK;
}

Error SocketWaiter::remove(const NetSocket &socket) {
	const SocketHandle handle = socket.native_handle();
	return handle != kNoSocketHandle ? remove_handle(handle) : Error::ERR_UNCONFIGURED;
}

Error SocketWaiter::remove_handle(SocketHandle handle) {
	if (count_ == 0) return Error::ERR_DOES_NOT_EXIST;
	uint32_t *buckets = waiter_buckets(buckets_);
	size_t hole = bucket_of(handle);
	if (buckets[hole] == 0) return Error::ERR_DOES_NOT_EXIST;
	const size_t place = buckets[hole] - 1;

	// The last socket takes the place that is free; its bucket must be found before it has moved.
	if (place != count_ - 1) {
		buckets[bucket_of(sockets()[count_ - 1].handle)] = static_cast<uint32_t>(place + 1);
		sockets()[place] = sockets()[count_ - 1];
	}
	--count_;
	// What stands behind the hole and could not be found any more moves into it.
	const size_t mask = bucket_count_ - 1;
	buckets[hole] = 0;
	for (size_t at = (hole + 1) & mask; buckets[at] != 0; at = (at + 1) & mask) {
		const size_t home = waiter_hash(sockets()[buckets[at] - 1].handle) & mask;
		if (((at - home) & mask) < ((at - hole) & mask)) continue;
		buckets[hole] = buckets[at];
		buckets[at] = 0;
		hole = at;
	}
	if (backend_ != nullptr) waiter_removed(*backend_, handle);
	return Error::OK;
}

void SocketWaiter::remove_all() {
	while (count_ != 0) (void)remove_handle(sockets()[count_ - 1].handle);
}

// What waiter_sleep() is to the system's sockets.
Error SocketWaiter::sleep_on_hooks(Duration timeout, SocketReady *ready, size_t capacity, size_t &found) {
	const SocketHooks &hooks = get_hooks().sockets;
	SocketHookPoll *const entries = reinterpret_cast<SocketHookPoll *>(polls_.data());
	for (size_t i = 0; i < count_; ++i) {
		const PollType interest = sockets()[i].interest;
		entries[i].handle = sockets()[i].handle;
		entries[i].wanted = (interest != PollType::POLL_TYPE_OUT ? kSocketReadable : 0) |
		                    (interest != PollType::POLL_TYPE_IN ? kSocketWritable : 0);
		entries[i].ready = 0;
	}
	const int code = hooks.poll(hooks.user, entries, count_, timeout.us);
	if (code != 0) {
		last_error_ = code;
		return Error::FAILED;
	}
	size_t place = polls_first_ < count_ ? polls_first_ : 0;
	for (size_t i = 0; i < count_; ++i, place = place + 1 < count_ ? place + 1 : 0) {
		const SocketHookPoll &entry = entries[place];
		if (entry.ready == 0) continue;
		if (found == capacity) break;
		SocketReady &answer = ready[found++];
		answer.token = static_cast<uint64_t>(entry.handle);
		answer.readable = (entry.ready & kSocketReadable) != 0;
		answer.writable = (entry.ready & kSocketWritable) != 0;
		answer.error = (entry.ready & kSocketBroken) != 0;
	}
	polls_first_ = place;
	return Error::OK;
}

Error SocketWaiter::wait(Duration timeout, SocketReady *ready, size_t capacity, size_t &count) {
	count = 0;
	if (capacity == 0) return Error::ERR_INVALID_PARAMETER;
	if (count_ == 0 && timeout.us < 0) return Error::ERR_UNCONFIGURED;
	const bool hooked = sockets_are_hooked();
	if (!hooked && backend_ == nullptr) backend_ = create_waiter_backend(settings_); // somebody who only wants to sleep
	if (!hooked && backend_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	const Instant deadline = timeout.us > 0 ? system_clock().now() + timeout : Instant::never();
	Duration left = timeout;
	for (;;) {
		size_t found = 0;
		if (hooked) {
			NETPEER_TRY(sleep_on_hooks(left, ready, capacity, found));
		} else {
			const int code = waiter_sleep(*backend_, sockets(), count_, left, ready, capacity, found);
			if (code != 0) {
				last_error_ = code;
				return Error::FAILED;
			}
		}
		for (size_t i = 0; i < found; ++i) {
			const uint32_t place = waiter_buckets(buckets_)[bucket_of(static_cast<SocketHandle>(ready[i].token))];
			if (place == 0) continue; // the kernel's memory of a handle closed before it was removed
			SocketReady answer = ready[i];
			answer.token = sockets()[place - 1].token;
			ready[count++] = answer;
		}
		if (count != 0) return Error::OK;
		if (timeout.us == 0) return Error::ERR_BUSY;
		if (timeout.us > 0) {
			left = deadline - system_clock().now();
			if (left.us <= 0) return Error::ERR_BUSY;
		}
	}
}

Error SocketWaiter::wait_until(Instant deadline, SocketReady *ready, size_t capacity, size_t &count) {
	if (deadline.is_never()) return wait(Duration::from_us(-1), ready, capacity, count);
	const Duration left = deadline - system_clock().now();
	return wait(left.us > 0 ? left : Duration(), ready, capacity, count);
}

} // namespace netpeer
