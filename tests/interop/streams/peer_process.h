// A program of somebody else as a child process: standard input from given bytes, standard output collected, and what it
// prints on standard error read as it comes. Everything else happens in a temporary folder of its own.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace interop {

/// Where a program of this name is found on the path; empty when it is not.
std::string find_program(const std::string &name);

class PeerProcess {
public:
	/// Starts words[0], an absolute path, with the rest as arguments. "{folder}" in a word becomes folder().
	PeerProcess(std::vector<std::string> words, const std::string &input = std::string());
	/// Kills it if it still runs.
	~PeerProcess();
	PeerProcess(const PeerProcess &) = delete;
	PeerProcess &operator=(const PeerProcess &) = delete;

	/// Reads standard error until `text` stands in it. False: it has ended, or the time is up.
	bool wait_for(const std::string &text);
	/// The number behind the first `text` on standard error; 0 when there is none.
	int number_after(const std::string &text);
	/// Waits for its end; the exit code, or -1: by a signal, never started, or out of time (it is killed then).
	int wait();
	/// Whether it has ended. Never waits.
	bool has_ended();
	/// What it has printed on standard output; complete after wait().
	std::string output() const;
	/// What it has printed on standard error so far.
	const std::string &errors() const { return errors_; }
	/// For sockets that are files.
	const std::string &folder() const { return folder_; }

private:
	bool read_errors(int timeout_ms);

	std::string folder_;
	pid_t pid_ = -1;
	int pipe_ = -1; // its standard error; ends when it does
	std::string errors_;
};

} // namespace interop
