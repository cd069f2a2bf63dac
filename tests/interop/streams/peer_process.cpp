#include "peer_process.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace interop {

namespace {

constexpr int kPeerPatienceMs = 60000; // only a hang takes so long

int64_t steady_ms() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

} // namespace

std::string find_program(const std::string &name) {
	const char *path = std::getenv("PATH");
	std::istringstream folders(path != nullptr ? path : "");
	for (std::string folder; std::getline(folders, folder, ':');) {
		const std::string candidate = folder + "/" + name;
		if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
	}
	return std::string();
}

PeerProcess::PeerProcess(std::vector<std::string> words, const std::string &input) {
	std::string folder = (std::filesystem::temp_directory_path() / "netpeer-peer-XXXXXX").string();
	int ends[2] = {-1, -1};
	if (mkdtemp(&folder[0]) == nullptr) return;
	folder_ = folder;
	const std::string in = folder_ + "/in", out = folder_ + "/out", mark = "{folder}";
	std::ofstream(in, std::ios::binary).write(input.data(), static_cast<std::streamsize>(input.size()));
	if (pipe(ends) != 0) return; // not pipe2(): macOS has none
	for (const int end : ends) (void)fcntl(end, F_SETFD, FD_CLOEXEC);
	std::vector<char *> argv;
	for (std::string &word : words) {
		const size_t at = word.find(mark);
		if (at != std::string::npos) word.replace(at, mark.size(), folder_);
		argv.push_back(&word[0]);
	}
	argv.push_back(nullptr);

	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	pipe_ = ends[0];
}

PeerProcess::~PeerProcess() {
	if (pid_ > 0) {
		kill(pid_, SIGKILL);
		waitpid(pid_, nullptr, 0);
	}
	if (pipe_ >= 0) close(pipe_);
	std::error_code ignored;
	if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

// False at the end, or when nothing came in time.
bool PeerProcess::read_errors(int timeout_ms) {
	pollfd entry{pipe_, POLLIN, 0};
	if (pipe_ < 0 || poll(&entry, 1, timeout_ms) <= 0) return false;
	char piece[4096];
	const ssize_t size = read(pipe_, piece, sizeof(piece));
	if (size <= 0) return false;
	errors_.append(piece, static_cast<size_t>(size));
	return true;
}

bool PeerProcess::wait_for(const std::string &text) {
	const int64_t deadline = steady_ms() + kPeerPatienceMs;
	for (;;) {
		if (errors_.find(text) != std::string::npos) return true;
		const int64_t left = deadline - steady_ms();
		if (left <= 0 || !read_errors(static_cast<int>(left))) return false;
	}
}

int PeerProcess::number_after(const std::string &text) {
	// The line must be whole, or the number may not be.
	if (!wait_for(text)) return 0;
	const size_t at = errors_.find(text) + text.size();
	while (errors_.find('\n', at) == std::string::npos && read_errors(kPeerPatienceMs)) {
	}
	return std::atoi(errors_.c_str() + at);
}

int PeerProcess::wait() {
	const int64_t deadline = steady_ms() + kPeerPatienceMs;
	int64_t left = kPeerPatienceMs;
	while (left > 0 && read_errors(static_cast<int>(left))) left = deadline - steady_ms();
	if (pid_ <= 0) return -1;
	if (steady_ms() >= deadline) kill(pid_, SIGKILL);
	int status = 0;
	waitpid(pid_, &status, 0);
	pid_ = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool PeerProcess::has_ended() {
	siginfo_t info{};
	if (pid_ <= 0) return true;
	return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
}

std::string PeerProcess::output() const {
	std::ifstream file(folder_ + "/out", std::ios::binary);
	return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

} // namespace interop
