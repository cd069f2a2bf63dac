#include "standard_streams.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <io.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#endif

namespace netpeer_tool {

namespace {

// Both: false and `problem` on failure. read_some(): `count` is 0 at the end.
bool read_some(netpeer::MutBytes room, size_t &count, std::string &problem);
bool write_some(netpeer::ByteView bytes, size_t &count, std::string &problem);
// Whoever reads us sees the end, though the program lives on.
void close_output();

#if defined(_WIN32)

// Not through the C library: it translates line ends, and holds locks while it blocks that the end of the process wants.
constexpr size_t kMostAtOnce = 64 * 1024;

bool read_some(netpeer::MutBytes room, size_t &count, std::string &problem) {
	const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
	DWORD done = 0;
	count = 0;
	if (input == nullptr || input == INVALID_HANDLE_VALUE) return true; // started without one
	const size_t most = room.size < kMostAtOnce ? room.size : kMostAtOnce;
	if (ReadFile(input, room.data, static_cast<DWORD>(most), &done, nullptr) == 0) {
		const DWORD error = GetLastError();
		if (error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF) return true;
		problem = "cannot read standard input: system error " + std::to_string(error);
		return false;
	}
	count = done;
	return true;
}

bool write_some(netpeer::ByteView bytes, size_t &count, std::string &problem) {
	DWORD done = 0;
	const size_t most = bytes.size < kMostAtOnce ? bytes.size : kMostAtOnce;
	if (WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes.data, static_cast<DWORD>(most), &done, nullptr) == 0) {
		problem = "cannot write standard output: system error " + std::to_string(GetLastError());
		return false;
	}
	count = done;
	return true;
}

void close_output() { CloseHandle(GetStdHandle(STD_OUTPUT_HANDLE)); }

#else

// Somebody else may have made the pipe or terminal non-blocking for all who hold it.
bool is_worth_retrying(int descriptor, short events) {
	if (errno == EINTR) return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
	pollfd entry{descriptor, events, 0};
	return poll(&entry, 1, -1) >= 0 || errno == EINTR;
}

std::string reason_of_errno() { return std::generic_category().message(errno); }

bool read_some(netpeer::MutBytes room, size_t &count, std::string &problem) {
	for (;;) {
		const ssize_t done = read(STDIN_FILENO, room.data, room.size);
		if (done >= 0) {
			count = static_cast<size_t>(done);
			return true;
		}
		if (is_worth_retrying(STDIN_FILENO, POLLIN)) continue;
		problem = "cannot read standard input: " + reason_of_errno();
		return false;
	}
}

bool write_some(netpeer::ByteView bytes, size_t &count, std::string &problem) {
	for (;;) {
		const ssize_t done = write(STDOUT_FILENO, bytes.data, bytes.size);
		if (done >= 0) {
			count = static_cast<size_t>(done);
			return true;
		}
		if (is_worth_retrying(STDOUT_FILENO, POLLOUT)) continue;
		problem = "cannot write standard output: " + reason_of_errno();
		return false;
	}
}

// The number stays taken, or the next thing opened would be written to by mistake.
void close_output() {
	const int nowhere = open("/dev/null", O_WRONLY);
	if (nowhere < 0) return;
	(void)dup2(nowhere, STDOUT_FILENO);
	(void)close(nowhere);
}

#endif

std::unique_ptr<netpeer::NetSocket> loopback_socket() {
	std::unique_ptr<netpeer::NetSocket> made = netpeer::create_net_socket();
	netpeer::IPType type = netpeer::IPType::IPV4;
	netpeer::Endpoint local;
	local.address = netpeer::IPAddress("127.0.0.1");
	if (made == nullptr || made->open_udp(type) != netpeer::Error::OK) return nullptr;
	return made->bind(local) == netpeer::Error::OK ? std::move(made) : nullptr;
}

} // namespace

void prepare_standard_streams() {
#if !defined(_WIN32)
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
		if (fcntl(descriptor, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR); // takes the lowest number
	std::signal(SIGPIPE, SIG_IGN);
#endif
}

std::shared_ptr<LoopWaker> LoopWaker::create() {
	auto made = std::make_shared<LoopWaker>();
	made->receiver_ = loopback_socket();
	made->sender_ = loopback_socket();
	if (made->receiver_ == nullptr || made->sender_ == nullptr) return nullptr;
	return made->receiver_->local_endpoint(made->to_) == netpeer::Error::OK ? made : nullptr;
}

void LoopWaker::wake() {
	if (is_awake_.exchange(true)) return; // one is under way
	const std::lock_guard<std::mutex> lock(mutex_);
	netpeer::DatagramOut datagram;
	const uint8_t byte = 0;
	datagram.bytes = netpeer::ByteView(&byte, 1);
	datagram.to = to_;
	size_t sent = 0;
	// Should the system drop it, the next one is not held back; the sleeper looks up now and then by itself.
	if (sender_->send_batch(&datagram, 1, sent) != netpeer::Error::OK) is_awake_.store(false);
}

void LoopWaker::clear() {
	uint8_t byte = 0;
	netpeer::DatagramSlot slot;
	slot.buffer = netpeer::MutBytes(&byte, 1);
	size_t received = 0;
	while (receiver_->receive_batch(&slot, 1, received) == netpeer::Error::OK) {
	}
	is_awake_.store(false);
}

std::shared_ptr<BytePipe> read_standard_input(std::shared_ptr<LoopWaker> waker, size_t capacity) {
	auto pipe = std::make_shared<BytePipe>(capacity);
	std::thread([pipe, waker] {
		for (;;) {
			const netpeer::MutBytes room = pipe->wait_for_room();
			if (room.size == 0) return;
			size_t count = 0;
			std::string problem;
			const bool is_good = read_some(room, count, problem);
			if (pipe->is_dropped()) return;
			if (is_good && count > 0)
				pipe->put(count);
			else
				pipe->end(problem);
			waker->wake();
			if (!is_good || count == 0) return;
		}
	}).detach();
	return pipe;
}

std::shared_ptr<BytePipe> write_standard_output(std::shared_ptr<LoopWaker> waker, size_t capacity) {
	auto pipe = std::make_shared<BytePipe>(capacity);
	std::thread([pipe, waker] {
		for (;;) {
			const netpeer::ByteView bytes = pipe->wait_for_bytes();
			if (bytes.empty()) {
				if (!pipe->is_dropped()) close_output();
				return;
			}
			size_t count = 0;
			std::string problem;
			const bool is_good = write_some(bytes, count, problem);
			if (pipe->is_dropped()) return;
			if (is_good)
				pipe->take(count);
			else
				pipe->drop(problem);
			waker->wake();
			if (!is_good) return;
		}
	}).detach();
	return pipe;
}

bool take_standard_input(netpeer::ByteBuffer &out, size_t limit, std::string &problem) {
	std::vector<uint8_t> part(64 * 1024);
	for (;;) {
		size_t count = 0;
		if (!read_some(netpeer::MutBytes(part.data(), part.size()), count, problem)) return false;
		if (count == 0) return true;
		if (count > limit - out.size()) {
			problem = "standard input has more than " + std::to_string(limit >> 20) + " MiB";
			return false;
		}
		if (out.append(netpeer::ByteView(part.data(), count)) != netpeer::Error::OK) {
			problem = "not enough memory for standard input";
			return false;
		}
	}
}

bool give_standard_output(netpeer::ByteView bytes, std::string &problem) {
	while (!bytes.empty()) {
		size_t count = 0;
		if (!write_some(bytes, count, problem)) return false;
		bytes = bytes.after(count);
	}
	return true;
}

bool is_input_a_terminal() {
#if defined(_WIN32)
	return _isatty(0) != 0;
#else
	return isatty(STDIN_FILENO) != 0;
#endif
}

} // namespace netpeer_tool
