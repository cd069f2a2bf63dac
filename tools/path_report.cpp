#include "path_report.h"

#include "tool_console.h"

#include <algorithm>
#include <cstdio>

namespace netpeer_tool {

namespace {
double ms_of_us(uint32_t us) { return static_cast<double>(us) / 1000; }
} // namespace

void PathReport::look(const netpeer::ENetPacketPeer &peer) {
	const netpeer::EnetPathStats stats = peer.get_path_statistics();
	if (stats.path_mtu == 0) return;
	last_ = stats;
	longest_queue_us_ = std::max(longest_queue_us_, stats.queue_delay_us);
	if (stats.bandwidth == 0) return;
	bandwidth_sum_ += static_cast<double>(stats.bandwidth);
	++bandwidth_looks_;
}

std::string PathReport::text() const {
	if (last_.path_mtu == 0) return "path unknown";
	char line[256];
	std::snprintf(line, sizeof line,
	        "path: %llu sent again (%llu for nothing), %llu copies, round trip at least %.3f ms, queue delay %.3f ms "
	        "(at most %.3f ms), bandwidth ",
	        static_cast<unsigned long long>(last_.resent_commands),
	        static_cast<unsigned long long>(last_.spurious_resends),
	        static_cast<unsigned long long>(last_.copied_commands), ms_of_us(last_.minimum_rtt_us),
	        ms_of_us(last_.queue_delay_us), ms_of_us(longest_queue_us_));
	std::string text = line;
	text += bandwidth_looks_ == 0
	                ? std::string("unknown")
	                : bytes_text(static_cast<uint64_t>(bandwidth_sum_ / static_cast<double>(bandwidth_looks_))) + "/s";
	return text + ", MTU " + std::to_string(last_.path_mtu) + " bytes";
}

} // namespace netpeer_tool
