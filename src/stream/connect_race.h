// ConnectRace: several addresses of one host, the first to connect wins. Follows RFC 8305 ("Happy Eyeballs"), sections 4
// and 5: families take turns, the next attempt begins 250 ms after the last one or as soon as one fails.
// Reads no clock: step() is told the time.
#pragma once

#include "../core/instant.h"
#include "../core/library_object.h"
#include "../socket/net_socket.h"
#include "tcp_options.h"

#include <memory>

namespace netpeer {

class ConnectRace : public LibraryObject {
public:
	/// More than any sane name has; the rest is not tried.
	static constexpr size_t kMostAddresses = 16;
	/// RFC 8305, section 8: "Connection Attempt Delay".
	static constexpr Duration kAttemptDelay = Duration::from_ms(250);
	/// How long several attempts may stand unwatched but for the newest: whoever waits can wait for one socket only.
	static constexpr Duration kLookDelay = Duration::from_ms(10);

	/// Takes the first kMostAddresses of `addresses`, which are in the resolver's order and at least one.
	ConnectRace(const IPAddress *addresses, size_t count, uint16_t port);

	/// Looks at the attempts and begins those that are due. OK: `winner` is connected to `remote`, all others are closed.
	/// ERR_BUSY: not decided. FAILED: every address has failed.
	Error step(Instant now, const TcpOptions &options, std::unique_ptr<NetSocket> &winner, Endpoint &remote);
	/// On the attempts under way.
	Error apply(const TcpOptions &options);
	/// When step() is due though newest() is not ready; never() when that is the only attempt and the last.
	Instant next_step_time() const;
	/// The latest attempt; null when none is under way. Stays the race's.
	NetSocket *newest() const;
	/// The system's number for the last attempt that failed.
	int last_os_error() const { return last_os_error_; }

private:
	Error begin_next(const TcpOptions &options);
	void give_up(size_t i);

	IPAddress addresses_[kMostAddresses];
	std::unique_ptr<NetSocket> attempts_[kMostAddresses]; // null: not begun, or failed
	size_t count_ = 0;
	size_t begun_ = 0;
	uint16_t port_;
	size_t running_ = 0; // attempts under way after the last step
	Instant next_begin_{INT64_MIN};
	Instant last_step_{INT64_MIN};
	int last_os_error_ = 0;
};

} // namespace netpeer
