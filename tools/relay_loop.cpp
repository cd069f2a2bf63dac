#include "relay_loop.h"

#include "tcp_dial.h"
#include "tool_console.h"

namespace netpeer_tool {

namespace {

using netpeer::Error;
using netpeer::PollType;

constexpr size_t kRelayPipeBytes = 256 * 1024;
// Nothing wakes a sleeping socket loop when Ctrl-C sets its flag: it looks by itself so often.
constexpr netpeer::Duration kRelayLookUp = netpeer::Duration::from_ms(100);

} // namespace

bool RelayLoop::begin() {
	waker_ = LoopWaker::create();
	if (waker_ == nullptr || waiter_.add(waker_->socket(), PollType::POLL_TYPE_IN, 0) != Error::OK) {
		note_problem("cannot open a UDP socket on 127.0.0.1 to wake up by");
		return false;
	}
	input_ = read_standard_input(waker_, kRelayPipeBytes);
	output_ = write_standard_output(waker_, kRelayPipeBytes);
	return true;
}

void RelayLoop::note_problem(const std::string &problem) {
	if (problem_.empty()) problem_ = problem;
}

bool RelayLoop::may_go_on() {
	if (output_->is_dropped()) problem_ = output_->problem();
	if (stop_requested()) problem_ = "interrupted";
	return problem_.empty();
}

void RelayLoop::sleep(netpeer::SocketHandle handle, int wanted) {
	watch(handle, wanted);
	netpeer::SocketReady ready[2];
	size_t count = 0;
	const Error error = waiter_.wait(kRelayLookUp, ready, 2, count);
	if (error != Error::OK && error != Error::ERR_BUSY)
		note_problem("cannot wait: " + tcp_reason(error, waiter_.last_os_error()));
}

// A socket that is ready for what nobody wants would end every sleep at once: it is not watched then.
void RelayLoop::watch(netpeer::SocketHandle handle, int wanted) {
	if (wanted == watched_) return;
	const PollType interest = wanted == kReading   ? PollType::POLL_TYPE_IN
	                          : wanted == kWriting ? PollType::POLL_TYPE_OUT
	                                               : PollType::POLL_TYPE_IN_OUT;
	Error error = Error::OK;
	if (wanted == kNothing) {
		error = waiter_.remove_handle(watched_handle_);
	} else if (watched_ == kNothing) {
		watched_handle_ = handle;
		error = waiter_.add_handle(handle, interest, 1);
	} else {
		error = waiter_.modify_handle(watched_handle_, interest, 1);
	}
	if (error != Error::OK) note_problem(std::string("cannot wait: ") + netpeer::error_text(error));
	watched_ = wanted;
}

int RelayLoop::finish() {
	output_->end();
	while (!output_->is_finished() && !stop_requested()) {
		clear();
		if (!output_->is_finished()) sleep(netpeer::kNoSocketHandle, kNothing);
	}
	note_problem(output_->is_finished() ? output_->problem() : "interrupted");
	input_->drop();
	output_->drop();
	return problem_.empty() ? 0 : fail(problem_);
}

} // namespace netpeer_tool
