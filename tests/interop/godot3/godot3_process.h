// A headless Godot 3 running one of the scripts of this folder, as a child process whose output is read line by line.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace interop {

class Godot3Process {
public:
	/// Starts `script` with `options` ("--key=value"). Its user folder is a temporary one.
	Godot3Process(const std::string &script, const std::vector<std::string> &options);
	/// Kills it if it still runs.
	~Godot3Process();
	Godot3Process(const Godot3Process &) = delete;
	Godot3Process &operator=(const Godot3Process &) = delete;

	/// Takes what it has printed so far; never waits.
	void poll();
	/// The first line that starts with `start`; null: none yet.
	const std::string *line(const std::string &start) const;
	/// Everything it printed, for messages.
	const std::string &text() const { return text_; }
	bool has_ended() const { return ended_; }
	/// Valid once it has ended; -1: by a signal, or it never started.
	int exit_code() const { return exit_code_; }

private:
	pid_t pid_ = -1;
	int output_ = -1;
	std::string folder_;
	std::string text_;
	std::vector<std::string> lines_; // whole ones
	size_t taken_ = 0;               // bytes of text_ that are in lines_
	bool ended_ = false;
	int exit_code_ = -1;
};

} // namespace interop
