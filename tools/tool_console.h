// What every sub-command of the netpeer command needs: Ctrl-C, terminals, numbers for people, a progress display.
#pragma once

#include "../src/core/instant.h"
#include "../src/reliable/enet_connection.h"

#include <cstdint>
#include <string>

namespace netpeer_tool {

/// From now on Ctrl-C (and a request to terminate) only sets a flag; a write beyond a size limit is an error, not a
/// signal.
void catch_signals();
bool stop_requested();
/// Whether standard output is a terminal.
bool is_terminal();

netpeer::Instant now();
/// "1.50 MiB", "730 bytes".
std::string bytes_text(uint64_t bytes);
/// "127.0.0.1 port 4000"; IPv6 addresses as they are.
std::string place_text(const std::string &address, int port);
/// Why a connection ended, for people.
const char *reason_text(netpeer::EnetDropReason reason);
/// Text of a stranger made harmless: control characters become '?', long text is cut.
std::string printable(const std::string &text);

/// "error: ..." on standard error; always 1, the exit code of a command that failed.
int fail(const std::string &message);

/// Polls until the host has no peer left or `limit_ms` has passed, so that farewells get through. Asks all peers to
/// disconnect first.
void say_goodbye(netpeer::ENetConnection &connection, int limit_ms);

/// One failing service() is the network's weather; a socket that fails for two seconds without a break is the end.
class ErrorStreak {
public:
	/// Sleeps a moment after an error, so that a loop around a broken socket does not spin.
	void note(netpeer::ENetConnection::EventType type);
	bool is_long() const;

private:
	netpeer::Instant since_ = netpeer::Instant::never();
};

/// Percentage, rate and remaining time of one transfer: a bar redrawn in place on a terminal, else a plain line every
/// ten per cent (at most one a second).
class Progress {
public:
	Progress(std::string label, uint64_t total_bytes);
	void update(uint64_t done_bytes);
	/// The last state of the bar and a line end, if a bar was drawn.
	void finish(uint64_t done_bytes);
	/// Since the construction.
	double seconds() const;

private:
	std::string line(uint64_t done_bytes, bool with_bar) const;

	std::string label_;
	uint64_t total_bytes_;
	netpeer::Instant started_;
	netpeer::Instant drawn_;
	uint64_t next_percent_ = 10;
	bool bar_ = false; // one is on the screen
};

} // namespace netpeer_tool
