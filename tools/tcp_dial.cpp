#include "tcp_dial.h"

#include "tool_console.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

namespace netpeer_tool {

using netpeer::Duration;
using netpeer::Error;
using netpeer::Instant;
using netpeer::PollType;
using netpeer::StreamPeerTCP;

netpeer::Settings tcp_dial_settings(const TcpDialOptions &options) {
	netpeer::Settings settings;
	settings.tcp_connect_timeout_seconds = options.timeout_ms / 1000 + 1; // ours, in milliseconds, is over before
	return settings;
}

std::string tcp_reason(Error error, int os_error) {
	if (os_error == 0) return netpeer::error_text(error);
	std::string text = std::system_category().message(os_error);
	while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '.')) text.pop_back();
	return text + " (system error " + std::to_string(os_error) + ")";
}

std::string dial_tcp(StreamPeerTCP &stream, const TcpDialOptions &options) {
	const Instant end = now() + Duration::from_ms(options.timeout_ms);
	const std::string place = place_text(printable(options.host), options.port);
	const std::string nowhere = "cannot find an address for " + printable(options.host);
	Error error = Error::OK;
	if (!options.bind.empty()) {
		error = stream.bind(0, options.bind.c_str());
		if (error != Error::OK)
			return "cannot bind to " + printable(options.bind) + ": " + tcp_reason(error, stream.last_os_error());
		error = stream.connect_to_host_async_dns(options.host.c_str(), options.port);
	} else {
		error = stream.connect_to_host_any(options.host.c_str(), options.port);
	}
	if (error == Error::ERR_CANT_RESOLVE) return nowhere;
	if (error != Error::OK) return "no connection to " + place + ": " + tcp_reason(error, stream.last_os_error());
	if (options.no_delay) (void)stream.set_no_delay(true);
	while (stream.get_status() == StreamPeerTCP::STATUS_CONNECTING) {
		if (stop_requested()) return "interrupted";
		const int64_t left_ms = (end - now()).ms();
		if (now() >= end)
			return "no connection to " + place + ": nobody answered within " + std::to_string(options.timeout_ms) +
			       " ms";
		// A look-up in the background has no socket to wait for.
		if (stream.wait(PollType::POLL_TYPE_OUT, static_cast<int>(std::clamp<int64_t>(left_ms, 1, 20))) ==
		        Error::ERR_UNAVAILABLE)
			std::this_thread::sleep_for(std::chrono::milliseconds(2));
		(void)stream.poll();
	}
	if (stream.get_status() == StreamPeerTCP::STATUS_CONNECTED) return "";
	if (stream.get_connect_error() == Error::ERR_CANT_RESOLVE) return nowhere;
	return "no connection to " + place + ": " + tcp_reason(stream.get_connect_error(), stream.last_os_error());
}

} // namespace netpeer_tool
