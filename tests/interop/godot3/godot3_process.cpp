#include "godot3_process.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace interop {

Godot3Process::Godot3Process(const std::string &script, const std::vector<std::string> &options) {
	std::string folder = (std::filesystem::temp_directory_path() / "netpeer-godot3-XXXXXX").string();
	int ends[2] = {-1, -1};
	ended_ = true;
	if (mkdtemp(&folder[0]) == nullptr) return;
	folder_ = folder;
	if (pipe2(ends, O_CLOEXEC) != 0) return;

	std::vector<std::string> words{
	        NETPEER_GODOT3_SERVER, "--path", NETPEER_REPO_DIR "/tests/interop/godot3", "-s", script};
	words.insert(words.end(), options.begin(), options.end());
	std::vector<std::string> settings;
	for (char **entry = environ; *entry != nullptr; ++entry) {
		const std::string setting = *entry;
		if (setting.rfind("HOME=", 0) != 0 && setting.rfind("XDG_", 0) != 0) settings.push_back(setting);
	}
	settings.push_back("HOME=" + folder_);
	std::vector<char *> argv, envp;
	for (std::string &word : words) argv.push_back(&word[0]);
	for (std::string &setting : settings) envp.push_back(&setting[0]);
	argv.push_back(nullptr);
	envp.push_back(nullptr);

	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	output_ = ends[0];
	(void)fcntl(output_, F_SETFL, O_NONBLOCK);
	ended_ = error != 0;
}

Godot3Process::~Godot3Process() {
	if (!ended_) {
		kill(pid_, SIGKILL);
		waitpid(pid_, nullptr, 0);
	}
	if (output_ >= 0) close(output_);
	std::error_code ignored;
	if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void Godot3Process::poll() {
	// The end first: what it printed before that is then in the pipe.
	if (!ended_) {
		int status = 0;
		if (waitpid(pid_, &status, WNOHANG) == pid_) {
			ended_ = true;
			exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
	}
	char piece[4096];
	for (ssize_t size; (size = read(output_, piece, sizeof(piece))) > 0;)
		text_.append(piece, static_cast<size_t>(size));
	for (size_t end; (end = text_.find('\n', taken_)) != std::string::npos; taken_ = end + 1) {
		lines_.push_back(text_.substr(taken_, end - taken_));
	}
}

const std::string *Godot3Process::line(const std::string &start) const {
	for (const std::string &line : lines_) {
		if (line.rfind(start, 0) == 0) return &line;
	}
	return nullptr;
}

} // namespace interop
