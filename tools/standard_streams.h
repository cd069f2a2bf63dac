// Standard input and output for a program that sleeps on sockets. Neither can be waited for together with sockets
// everywhere (Windows knows pipes, files and consoles, each in its own way), so each has a thread that blocks in it, and a
// bounded pipe; a datagram over loopback tells the sleeping program that a pipe has changed. Binary everywhere.
#pragma once

#include "../src/core/byte_buffer.h"
#include "../src/socket/net_socket.h"
#include "byte_pipe.h"

#include <atomic>
#include <memory>

namespace netpeer_tool {

/// Ends another thread's sleep in a SocketWaiter that watches socket().
class LoopWaker {
public:
	/// Null when the system gives no sockets.
	static std::shared_ptr<LoopWaker> create();

	/// To be watched for reading.
	const netpeer::NetSocket &socket() const { return *receiver_; }
	/// Any thread.
	void wake();
	/// The sleeper's thread, before it looks at what has changed.
	void clear();

private:
	std::unique_ptr<netpeer::NetSocket> receiver_; // the sleeper's
	std::unique_ptr<netpeer::NetSocket> sender_;   // of whoever holds mutex_
	netpeer::Endpoint to_;
	std::mutex mutex_;
	std::atomic<bool> is_awake_{false};
};

/// Before the first socket is opened: a program started with a standard stream closed would take that socket for it. A
/// reader of our output that has gone becomes an error to report, not a signal to die of.
void prepare_standard_streams();
/// The pipe that a thread fills from standard input until its end. The thread lives until then or until the process ends:
/// a read that blocks cannot be called off.
std::shared_ptr<BytePipe> read_standard_input(std::shared_ptr<LoopWaker> waker, size_t capacity);
/// The pipe that a thread empties to standard output, which it closes at the end. When that fails the pipe is dropped, with
/// the problem.
std::shared_ptr<BytePipe> write_standard_output(std::shared_ptr<LoopWaker> waker, size_t capacity);
/// Standard input until its end, added to `out`, in the caller's thread. False, with `problem`: it cannot be read, has more
/// than `limit` bytes, or there is no memory for it.
bool take_standard_input(netpeer::ByteBuffer &out, size_t limit, std::string &problem);
/// All of `bytes` to standard output, in the caller's thread. False, with `problem`: it cannot be written.
bool give_standard_output(netpeer::ByteView bytes, std::string &problem);
/// A person types.
bool is_input_a_terminal();

} // namespace netpeer_tool
