#include "live_peer.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace interop {

namespace {

constexpr int kLivePatienceMs = 60000; // only a hang takes so long

int64_t live_ms() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

bool make_pipe(int (&ends)[2], int ours) {
	if (pipe(ends) != 0) return false;
	for (const int end : ends) (void)fcntl(end, F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[ours], F_SETFL, O_NONBLOCK);
	return true;
}

} // namespace

LivePeer::LivePeer(std::vector<std::string> words) {
	std::signal(SIGPIPE, SIG_IGN); // it may end before it has read everything
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	if (!make_pipe(in, 1) || !make_pipe(out, 0)) return;
	std::vector<char *> argv;
	for (std::string &word : words) argv.push_back(&word[0]);
	argv.push_back(nullptr);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
	if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	input_ = in[1];
	output_ = out[0];
}

LivePeer::~LivePeer() {
	kill_now();
	end_input();
	if (output_ >= 0) close(output_);
}

size_t LivePeer::say(const std::string &text) {
	const ssize_t size = input_ >= 0 ? write(input_, text.data(), text.size()) : 0;
	return size > 0 ? static_cast<size_t>(size) : 0;
}

void LivePeer::end_input() {
	if (input_ >= 0) close(input_);
	input_ = -1;
}

// False at the end, or when nothing came in time.
bool LivePeer::read_some(int timeout_ms) {
	pollfd entry{output_, POLLIN, 0};
	if (output_ < 0 || ::poll(&entry, 1, timeout_ms) <= 0) return false;
	char piece[65536];
	const ssize_t size = read(output_, piece, sizeof(piece));
	if (size <= 0) return false;
	text_.append(piece, static_cast<size_t>(size));
	return true;
}

void LivePeer::poll() {
	while (read_some(0)) {
	}
}

bool LivePeer::wait_for(const std::string &text) {
	const int64_t deadline = live_ms() + kLivePatienceMs;
	for (;;) {
		if (has_said(text)) return true;
		const int64_t left = deadline - live_ms();
		if (left <= 0 || !read_some(static_cast<int>(left))) return false;
	}
}

int LivePeer::number_after(const std::string &text) {
	if (!wait_for(text)) return 0;
	const size_t at = text_.find(text) + text.size();
	// The line must be whole, or the number may not be.
	while (text_.find('\n', at) == std::string::npos && read_some(kLivePatienceMs)) {
	}
	return std::atoi(text_.c_str() + at);
}

int LivePeer::wait() {
	const int64_t deadline = live_ms() + kLivePatienceMs;
	int64_t left = kLivePatienceMs;
	while (left > 0 && read_some(static_cast<int>(left))) left = deadline - live_ms();
	if (pid_ <= 0) return -1;
	if (live_ms() >= deadline) kill(pid_, SIGKILL);
	int status = 0;
	waitpid(pid_, &status, 0);
	pid_ = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void LivePeer::kill_now() {
	if (pid_ <= 0) return;
	kill(pid_, SIGKILL);
	waitpid(pid_, nullptr, 0);
	pid_ = -1;
}

} // namespace interop
