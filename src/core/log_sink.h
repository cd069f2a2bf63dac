// LogSink: a callback carried in configs. The library never prints by itself. hooks.h has one for all who carry none.
#pragma once

namespace netpeer {

/// How much a message matters, the most first.
enum class LogLevel : int { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3 };

/// To the log hook; dropped when there is none.
void log_to_hook(LogLevel level, const char *text);

/// Where messages go; a null `write` leaves them to the log hook. `text` is one line without a line end, valid during the call.
struct LogSink {
	void *user = nullptr; // handed to each call
	/// Called by the thread that made the call which has something to say.
	void (*write)(void *user, LogLevel level, const char *text) = nullptr;

	/// Hands `text` to `write`, if there is one.
	void log(LogLevel level, const char *text) const {
		if (write != nullptr)
			write(user, level, text);
		else
			log_to_hook(level, text);
	}
};

} // namespace netpeer
