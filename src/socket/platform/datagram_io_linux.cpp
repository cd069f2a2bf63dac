// Linux: many datagrams per system call, with recvmmsg and sendmmsg. A kernel or sandbox without them (ENOSYS) is found
// out by the first call, which then goes on one by one.
#include "datagram_io_os.h"

#if NETPEER_OS_LINUX

#include <cstring>
#include <new>

namespace netpeer {

// Preparing a header costs as much as a small datagram's parsing: a quiet socket is asked for few, a busy one for twice
// what it had last.
constexpr size_t kFewestAsked = 2;

// Kept with the socket, so that a pass touches only the headers it needs instead of clearing 64 of them.
struct DatagramBatch : LibraryObject {
	struct Direction {
		mmsghdr headers[kMostDatagramsPerCall];
		iovec parts[kMostDatagramsPerCall];
		OsAddress addresses[kMostDatagramsPerCall];

		Direction() {
			for (size_t i = 0; i < kMostDatagramsPerCall; ++i) {
				headers[i] = mmsghdr{};
				headers[i].msg_hdr.msg_iov = &parts[i];
				headers[i].msg_hdr.msg_iovlen = 1;
				headers[i].msg_hdr.msg_name = &addresses[i].any;
			}
		}
	};
	Direction in;
	Direction out;
	// What out.addresses hold, and for which kind of socket: a place in a batch mostly goes where it went last time.
	Endpoint destinations[kMostDatagramsPerCall];
	IPType destinations_type = IPType::NONE;
	size_t next_ask = kFewestAsked;
};

DatagramBatch *create_datagram_batch() { return new (std::nothrow) DatagramBatch; }

void destroy_datagram_batch(DatagramBatch *batch) { delete batch; }

namespace {

void drop_datagram_batch(DatagramIo &io) {
	destroy_datagram_batch(io.batch);
	io.batch = nullptr;
}

// Moves what arrived in slots[0..arrived) to the front, over the places of what must be skipped. A datagram that does
// not fit into the slot it moves to is longer than its slot, as it would be with one call each. Returns how many stay.
size_t keep_good_datagrams(DatagramIo &io, DatagramSlot *slots, size_t arrived, size_t &skips) {
	DatagramBatch::Direction &in = io.batch->in;
	size_t kept = 0;
	for (size_t i = 0; i < arrived; ++i) {
		const size_t size = in.headers[i].msg_len;
		DatagramSlot &target = slots[kept];
		if ((in.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0 || size > target.buffer.size) {
			++io.counters.truncated;
			++skips;
			continue;
		}
		in.addresses[i].size = in.headers[i].msg_hdr.msg_namelen;
		if (!os_address_to_endpoint(in.addresses[i], target.from)) {
			++skips; // nobody could be answered
			continue;
		}
		if (kept != i && size != 0) std::memmove(target.buffer.data, slots[i].buffer.data, size);
		target.size = size;
		++kept;
	}
	return kept;
}

} // namespace

Error receive_in_batches(DatagramIo &io, DatagramSlot *slots, size_t count, size_t &received) {
	DatagramBatch::Direction &in = io.batch->in;
	size_t skips = 0;
	while (received < count && skips < kMostSkipsPerPass) {
		DatagramSlot *free_slots = slots + received;
		const size_t wanted = count - received;
		const size_t asked = wanted < io.batch->next_ask ? wanted : io.batch->next_ask;
		for (size_t i = 0; i < asked; ++i) {
			in.parts[i].iov_base = free_slots[i].buffer.data;
			in.parts[i].iov_len = free_slots[i].buffer.size;
			in.headers[i].msg_hdr.msg_namelen = static_cast<socklen_t>(sizeof(in.addresses[i].v6));
		}
		++io.counters.receive_calls;
		const int got = recvmmsg(io.handle, in.headers, static_cast<unsigned>(asked), 0, nullptr);
		if (got < 0) {
			const int code = os_last_error();
			if (os_failure(code) == OsFailure::kNoSuchCall) {
				drop_datagram_batch(io);
				return receive_one_by_one(io, slots, count, received);
			}
			const ReceiveVerdict verdict = judge_receive_error(io, code);
			if (verdict == ReceiveVerdict::kGoOn) {
				++skips;
				continue;
			}
			if (verdict == ReceiveVerdict::kDrained || received != 0) break;
			io.last_error = code;
			return Error::FAILED;
		}
		const size_t arrived = static_cast<size_t>(got);
		const size_t twice = arrived * 2 < kMostDatagramsPerCall ? arrived * 2 : kMostDatagramsPerCall;
		io.batch->next_ask = twice < kFewestAsked ? kFewestAsked : twice;
		received += keep_good_datagrams(io, free_slots, arrived, skips);
		// Fewer than asked for: the socket was empty a moment ago. Asking again would double the calls of a quiet server.
		// An ICMP error in between ends a call as well; it is reported first thing by the next one.
		if (arrived == 0 || (arrived < asked && received != 0)) break;
	}
	return received != 0 ? Error::OK : Error::ERR_BUSY;
}

namespace {

// Fills out.addresses[place]; false for an address this socket cannot send to.
bool address_datagram(DatagramIo &io, size_t place, const Endpoint &to) {
	DatagramBatch &batch = *io.batch;
	Endpoint &known = batch.destinations[place];
	if (known == to && known.scope == to.scope && batch.destinations_type == io.type && to.address.is_valid())
		return true;
	if (!os_address_from_endpoint(to, io.type, false, batch.out.addresses[place])) return false;
	if (batch.destinations_type != io.type) {
		for (Endpoint &other : batch.destinations) other = Endpoint();
		batch.destinations_type = io.type;
	}
	known = to;
	batch.out.headers[place].msg_hdr.msg_namelen = batch.out.addresses[place].size;
	return true;
}

} // namespace

Error send_in_batches(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent) {
	DatagramBatch::Direction &out = io.batch->out;
	while (sent < count) {
		const DatagramOut *waiting = datagrams + sent;
		const size_t most = count - sent < kMostDatagramsPerCall ? count - sent : kMostDatagramsPerCall;
		size_t ready = 0;
		// Up to the first that cannot go: those before it must.
		while (ready < most && address_datagram(io, ready, waiting[ready].to)) {
			// The interface knows no constant bytes; sendmmsg only reads them.
			out.parts[ready].iov_base = const_cast<uint8_t *>(waiting[ready].bytes.data);
			out.parts[ready].iov_len = waiting[ready].bytes.size;
			++ready;
		}
		if (ready == 0) return Error::FAILED;
		++io.counters.send_calls;
		const int done = sendmmsg(io.handle, out.headers, static_cast<unsigned>(ready), MSG_NOSIGNAL);
		if (done > 0) {
			sent += static_cast<size_t>(done);
			continue;
		}
		const int code = done < 0 ? os_last_error() : 0;
		const OsFailure failure = os_failure(code);
		if (failure == OsFailure::kInterrupted) continue;
		if (failure == OsFailure::kNoSuchCall) {
			drop_datagram_batch(io);
			return send_one_by_one(io, datagrams, count, sent);
		}
		NETPEER_TRY(send_single(io, *waiting, out.addresses[0], code));
		++sent;
	}
	return Error::OK;
}

} // namespace netpeer

#endif // NETPEER_OS_LINUX
