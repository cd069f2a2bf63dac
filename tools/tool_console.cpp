#include "tool_console.h"

#include "../src/core/clock.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace netpeer_tool {

namespace {

volatile std::sig_atomic_t g_stop = 0;

extern "C" void on_stop_signal(int signal_number) {
	g_stop = 1;
	std::signal(signal_number, on_stop_signal); // Windows and System V forget the handler
}

std::string seconds_text(double seconds) {
	char text[32];
	if (seconds < 0 || seconds > 359999) return "?";
	const unsigned whole = static_cast<unsigned>(seconds + 0.5);
	if (whole >= 3600) {
		std::snprintf(text, sizeof text, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
	} else {
		std::snprintf(text, sizeof text, "%u:%02u", whole / 60, whole % 60);
	}
	return text;
}

} // namespace

void catch_signals() {
	std::signal(SIGINT, on_stop_signal);
	std::signal(SIGTERM, on_stop_signal);
#if defined(SIGBREAK)
	std::signal(SIGBREAK, on_stop_signal);
#endif
#if defined(SIGXFSZ)
	std::signal(SIGXFSZ, SIG_IGN);
#endif
}

bool stop_requested() { return g_stop != 0; }

bool is_terminal() {
#if defined(_WIN32)
	return _isatty(_fileno(stdout)) != 0;
#else
	return isatty(STDOUT_FILENO) != 0;
#endif
}

netpeer::Instant now() { return netpeer::system_clock().now(); }

std::string bytes_text(uint64_t bytes) {
	char text[48];
	if (bytes < 1024) {
		std::snprintf(text, sizeof text, "%llu bytes", static_cast<unsigned long long>(bytes));
		return text;
	}
	const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double value = static_cast<double>(bytes) / 1024;
	size_t unit = 0;
	while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		++unit;
	}
	std::snprintf(text, sizeof text, "%.2f %s", value, units[unit]);
	return text;
}

std::string place_text(const std::string &address, int port) { return address + " port " + std::to_string(port); }

const char *reason_text(netpeer::EnetDropReason reason) {
	switch (reason) {
	case netpeer::EnetDropReason::kRemoteAsked: return "the other end disconnected";
	case netpeer::EnetDropReason::kWeAsked: return "we disconnected";
	case netpeer::EnetDropReason::kTimedOut: return "it stopped answering";
	case netpeer::EnetDropReason::kConnectTimedOut: return "nobody answered";
	case netpeer::EnetDropReason::kRefused: return "the answer did not match what was asked for";
	case netpeer::EnetDropReason::kUndecodable:
		return "the answers could not be decompressed: the other end compresses differently (see --compress)";
	case netpeer::EnetDropReason::kSessionLost: return "its DTLS session ended or never came to be";
	case netpeer::EnetDropReason::kWeLeft: return "we left";
	case netpeer::EnetDropReason::kHostDestroyed: return "our host was closed";
	case netpeer::EnetDropReason::kNone: break;
	}
	return "no reason was given";
}

std::string printable(const std::string &text) {
	constexpr size_t kLongest = 300;
	std::string out = text.substr(0, kLongest);
	for (char &c : out) {
		const unsigned char byte = static_cast<unsigned char>(c);
		if (byte < 0x20 || byte >= 0x7f) c = '?';
	}
	if (text.size() > kLongest) out += "...";
	return out;
}

int fail(const std::string &message) {
	std::fflush(stdout);
	std::fprintf(stderr, "error: %s\n", message.c_str());
	std::fflush(stderr);
	return 1;
}

void say_goodbye(netpeer::ENetConnection &connection, int limit_ms) {
	for (const auto &peer : connection.get_peers()) peer->peer_disconnect();
	const netpeer::Instant end = now() + netpeer::Duration::from_ms(limit_ms);
	while (now() < end) {
		// First the service, which also drops handles that ended without an event.
		if (connection.service(0).type == netpeer::ENetConnection::EVENT_NONE) {
			if (connection.get_peers().empty()) break;
			(void)connection.service(20);
		}
	}
	connection.flush();
}

void ErrorStreak::note(netpeer::ENetConnection::EventType type) {
	if (type != netpeer::ENetConnection::EVENT_ERROR) {
		since_ = netpeer::Instant::never();
		return;
	}
	if (since_.is_never()) since_ = now();
	std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

bool ErrorStreak::is_long() const { return !since_.is_never() && now() - since_ > netpeer::Duration::from_s(2); }

Progress::Progress(std::string label, uint64_t total_bytes) :
        label_(std::move(label)), total_bytes_(total_bytes), started_(now()), drawn_(started_) {}

double Progress::seconds() const { return static_cast<double>((now() - started_).us) / 1e6; }

std::string Progress::line(uint64_t done_bytes, bool with_bar) const {
	const double share = total_bytes_ > 0 ? static_cast<double>(done_bytes) / static_cast<double>(total_bytes_) : 1.0;
	const double elapsed = seconds();
	const double rate = elapsed > 0 ? static_cast<double>(done_bytes) / elapsed : 0;
	const double left = rate > 0 ? static_cast<double>(total_bytes_ - done_bytes) / rate : -1;
	std::string out = label_ + " ";
	if (with_bar) {
		constexpr size_t kWidth = 30;
		const size_t full = static_cast<size_t>(share * kWidth);
		out += "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "] ";
	}
	char percent[16];
	std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(share * 100));
	return out + percent + "  " + bytes_text(static_cast<uint64_t>(rate)) + "/s  ETA " + seconds_text(left);
}

void Progress::update(uint64_t done_bytes) {
	if (done_bytes > total_bytes_) done_bytes = total_bytes_;
	const netpeer::Instant at = now();
	if (is_terminal()) {
		if (at - drawn_ < netpeer::Duration::from_ms(100)) return;
		std::printf("\r%s   ", line(done_bytes, true).c_str());
		bar_ = true;
	} else {
		if (total_bytes_ == 0 || at - drawn_ < netpeer::Duration::from_s(1)) return;
		const uint64_t percent = done_bytes * 100 / total_bytes_;
		if (percent < next_percent_) return;
		next_percent_ = percent / 10 * 10 + 10;
		std::printf("%s\n", line(done_bytes, false).c_str());
	}
	drawn_ = at;
	std::fflush(stdout);
}

void Progress::finish(uint64_t done_bytes) {
	if (!bar_) return;
	std::printf("\r%s   \n", line(done_bytes, true).c_str());
	std::fflush(stdout);
	bar_ = false;
}

} // namespace netpeer_tool
