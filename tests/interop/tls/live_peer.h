// A program of somebody else that is talked to while it runs: what it prints is read as it comes, standard error among it,
// and its standard input stays open until the test ends it.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace interop {

class LivePeer {
public:
	/// Starts words[0], an absolute path, with the rest as arguments.
	explicit LivePeer(std::vector<std::string> words);
	/// Kills it if it still runs.
	~LivePeer();
	LivePeer(const LivePeer &) = delete;
	LivePeer &operator=(const LivePeer &) = delete;

	/// Writes to its standard input as far as there is room; how much went.
	size_t say(const std::string &text);
	/// Its standard input ends.
	void end_input();
	/// Takes what it has printed; never waits.
	void poll();
	/// Everything it has printed that was taken.
	const std::string &text() const { return text_; }
	bool has_said(const std::string &text) const { return text_.find(text) != std::string::npos; }
	/// Reads until `text` stands in it. False: it has ended, or the time is up.
	bool wait_for(const std::string &text);
	/// The number behind the first `text` that it printed; 0: there is none.
	int number_after(const std::string &text);
	/// Waits for its end; the exit code, or -1: by a signal, never started, or out of time.
	int wait();
	/// It ends at once, without a word.
	void kill_now();

private:
	bool read_some(int timeout_ms);

	pid_t pid_ = -1;
	int input_ = -1;
	int output_ = -1;
	std::string text_;
};

} // namespace interop
