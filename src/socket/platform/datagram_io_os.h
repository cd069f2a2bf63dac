// Private: passes over many datagrams, in one system call each or in batches where the system has them.
#pragma once

#include "os_socket.h"

namespace netpeer {

struct DatagramBatch; // headers for one batch; defined where batches exist

/// What a pass works on. Owned by the socket.
struct DatagramIo {
	OsSocket handle = kNoOsSocket;
	IPType type = IPType::NONE;
	NetSocketCounters counters;
	int last_error = 0;
	DatagramBatch *batch = nullptr; // null: one call per datagram
	bool connected = false;         // to one other end
	bool short_of_buffers = false;  // the last send met that, which waiting for room to write does not notice
	// Where send_one_by_one() sent to last, for a socket of `known_type`; NONE: nowhere.
	IPType known_type = IPType::NONE;
	Endpoint known_to;
	OsAddress known_address;
};

/// Datagrams per system call with a DatagramBatch.
constexpr size_t kMostDatagramsPerCall = 64;
/// Truncated datagrams and ICMP errors one pass puts up with: a flood of them must not keep a pass from ending.
constexpr size_t kMostSkipsPerPass = 1024;

/// Null where batches do not exist or there is no memory.
DatagramBatch *create_datagram_batch();
void destroy_datagram_batch(DatagramBatch *batch);

/// As NetSocket::receive_batch and NetSocket::send_batch, on an open socket, one system call per datagram. Both go on
/// from `received` and `sent` as given.
Error receive_one_by_one(DatagramIo &io, DatagramSlot *slots, size_t count, size_t &received);
Error send_one_by_one(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent);
/// The same in batches; only with io.batch.
Error receive_in_batches(DatagramIo &io, DatagramSlot *slots, size_t count, size_t &received);
Error send_in_batches(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent);

/// As send_one_by_one, on a socket with a fixed other end: without addresses, and an error left over is told.
Error send_connected(DatagramIo &io, const DatagramOut *datagrams, size_t count, size_t &sent);

/// Sends one datagram. `failed_with` is the error its first attempt has already met, or 0.
Error send_single(DatagramIo &io, const DatagramOut &datagram, const OsAddress &to, int failed_with);

/// What a receive error means for the pass.
enum class ReceiveVerdict { kGoOn, kDrained, kBroken };
/// Counts `code` where that is due.
ReceiveVerdict judge_receive_error(DatagramIo &io, int code);

} // namespace netpeer
