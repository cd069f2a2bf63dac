// LogSink: a callback carried in configs. The library never prints by itself.
#pragma once

namespace netpeer {

enum class LogLevel : int { kError = 0, kWarning = 1, kInfo = 2, kDebug = 3 };

/// Where messages go; a null `write` drops them. `text` is one line without a line end, valid during the call.
struct LogSink {
	void *user = nullptr;
	void (*write)(void *user, LogLevel level, const char *text) = nullptr;

	void log(LogLevel level, const char *text) const {
		if (write != nullptr) write(user, level, text);
	}
};

} // namespace netpeer
