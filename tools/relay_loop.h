// What commands share that carry bytes between one socket and standard input and output: the two pipes, sleeping on socket
// and pipes at once, and delivering what came before the end.
#pragma once

#include "../src/socket/socket_waiter.h"
#include "standard_streams.h"

#include <memory>
#include <string>

namespace netpeer_tool {

class RelayLoop {
public:
	enum Interest : int { kNothing = 0, kReading = 1, kWriting = 2 };

	/// Opens the pipes. False: problem() says why.
	bool begin();
	BytePipe &input() { return *input_; }
	BytePipe &output() { return *output_; }
	/// Before each look at the pipes.
	void clear() { waker_->clear(); }
	/// Whether there is nothing yet to end for: nobody reads our output any more, Ctrl-C, a problem.
	bool may_go_on();
	/// Until a pipe has changed, or the socket `handle` is ready for what is `wanted`; not for ever.
	void sleep(netpeer::SocketHandle handle, int wanted);
	/// Delivers what came before the end, good or bad. The exit code.
	int finish();

	/// The first one is kept. "": none.
	void note_problem(const std::string &problem);
	const std::string &problem() const { return problem_; }

private:
	void watch(netpeer::SocketHandle handle, int wanted);

	netpeer::SocketWaiter waiter_;
	std::shared_ptr<LoopWaker> waker_;
	std::shared_ptr<BytePipe> input_;
	std::shared_ptr<BytePipe> output_;
	netpeer::SocketHandle watched_handle_ = netpeer::kNoSocketHandle;
	int watched_ = kNothing;
	std::string problem_;
};

} // namespace netpeer_tool
