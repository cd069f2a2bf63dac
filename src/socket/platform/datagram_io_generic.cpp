// One system call per datagram: every system can, and batches fall back to it.
#include "datagram_io_os.h"

namespace netpeer {

#if !NETPEER_OS_LINUX
DatagramBatch *create_datagram_batch() { return nullptr; }
void destroy_datagram_batch(DatagramBatch *) {}
Error receive_in_batches(DatagramIo &io, DatagramSlot *slots, size_t count, size_t &received) {
	return receive_one_by_one(io, slots, count, received);
}
Error send_in_batches(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent) {
	return send_one_by_one(io, datagrams, count, sent);
}
#endif

ReceiveVerdict judge_receive_error(DatagramIo &io, int code) {
	switch (os_failure(code)) {
	case OsFailure::kInterrupted: return ReceiveVerdict::kGoOn;
	case OsFailure::kNetwork:
	case OsFailure::kTooLong: // an ICMP "too big" for an earlier send; too long for a slot is not an error here
		++io.counters.icmp_errors;
		return ReceiveVerdict::kGoOn;
	case OsFailure::kWouldBlock:
	case OsFailure::kNoMemory: return ReceiveVerdict::kDrained;
	default: break;
	}
	return ReceiveVerdict::kBroken;
}

Error receive_one_by_one(DatagramIo &io, DatagramSlot *slots, size_t count, size_t &received) {
	size_t skips = 0;
	OsReceived result;
	while (received < count && skips < kMostSkipsPerPass) {
		DatagramSlot &slot = slots[received];
		++io.counters.receive_calls;
		const int code = os_receive_one(io.handle, slot.buffer, result);
		if (code != 0) {
			const ReceiveVerdict verdict = judge_receive_error(io, code);
			if (verdict == ReceiveVerdict::kGoOn) {
				++skips;
				continue;
			}
			if (verdict == ReceiveVerdict::kDrained || received != 0) break;
			io.last_error = code;
			return Error::FAILED;
		}
		if (result.truncated) {
			++io.counters.truncated;
			++skips;
			continue;
		}
		if (!os_address_to_endpoint(result.from, slot.from)) {
			++skips; // nobody could be answered
			continue;
		}
		slot.size = result.size;
		++received;
	}
	return received != 0 ? Error::OK : Error::ERR_BUSY;
}

namespace {

// What a failed send answers.
Error judge_send_error(DatagramIo &io, int code) {
	const OsFailure failure = os_failure(code);
	if (failure == OsFailure::kWouldBlock || failure == OsFailure::kNoMemory) {
		io.short_of_buffers = failure == OsFailure::kNoMemory;
		++io.counters.send_would_block;
		return Error::ERR_BUSY;
	}
	io.last_error = code;
	return Error::FAILED;
}

} // namespace

Error send_single(DatagramIo &io, const DatagramOut &datagram, const OsAddress &to, int failed_with) {
	int code = failed_with;
	if (code == 0) {
		++io.counters.send_calls;
		code = os_send_one(io.handle, datagram.bytes, to);
	}
	if (code != 0 && os_failure(code) == OsFailure::kNetwork) {
		// The kernel reports an ICMP error by failing the next call, whose datagram it then does not send. The same
		// answer twice is about this datagram (no route); anything else means that the first was a leftover.
		const int first_code = code;
		++io.counters.send_calls;
		code = os_send_one(io.handle, datagram.bytes, to);
		if (code != first_code) ++io.counters.icmp_errors;
	}
	return code == 0 ? Error::OK : judge_send_error(io, code);
}

Error send_connected(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent) {
	for (; sent < count; ++sent) {
		++io.counters.send_calls;
		const int code = os_send_one(io.handle, datagrams[sent].bytes);
		if (code == 0) continue;
		if (os_failure(code) == OsFailure::kNetwork) ++io.counters.icmp_errors;
		return judge_send_error(io, code);
	}
	return Error::OK;
}

Error send_one_by_one(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent) {
	for (; sent < count; ++sent) {
		const DatagramOut &datagram = datagrams[sent];
		// Most go where the one before them went.
		if (io.known_type != io.type || io.known_to != datagram.to) {
			io.known_type = IPType::NONE;
			if (!os_address_from_endpoint(datagram.to, io.type, false, io.known_address)) return Error::FAILED;
			io.known_to = datagram.to;
			io.known_type = io.type;
		}
		NETPEER_TRY(send_single(io, datagram, io.known_address, 0));
	}
	return Error::OK;
}

} // namespace netpeer
