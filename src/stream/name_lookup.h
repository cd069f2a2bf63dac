// NameLookup: host names to addresses for the streams, now or in the background. A seam: tests, mDNS, consoles.
#pragma once

#include "../core/error_list.h"
#include "../socket/ip_resolver.h"
#include "../socket/net_socket.h"

namespace netpeer {

/// Called by the thread of the peer that has it, whatever goes on behind it.
class NameLookup {
public:
	virtual ~NameLookup() = default;

	/// The address to use for `name`, which is neither null nor empty; may block. ERR_CANT_RESOLVE when there is none.
	virtual Error resolve(const char *name, IPAddress &out) = 0;
	/// Begins a look-up in the background. `id` is for the next two. ERR_BUSY when too many are under way; `id` is not set.
	virtual Error start(const char *name, int &id) = 0;
	/// OK: up to `capacity` addresses in the order the resolver prefers, at least one. ERR_BUSY: not yet.
	/// ERR_CANT_RESOLVE: there are none. `id` stays taken until forget(). Never blocks.
	virtual Error take(int id, IPAddress *out, size_t capacity, size_t &count) = 0;
	/// Ends a look-up, finished or not.
	virtual void forget(int id) = 0;
};

/// Through an IP, which is borrowed: its cache and its queue (see IP for the threads behind that).
class IPNameLookup final : public NameLookup {
public:
	/// Null: IP::get_singleton().
	explicit IPNameLookup(IP *ip = nullptr) : ip_(ip) {}

	Error resolve(const char *name, IPAddress &out) override;
	Error start(const char *name, int &id) override;
	Error take(int id, IPAddress *out, size_t capacity, size_t &count) override;
	void forget(int id) override;

private:
	IP *ip() const { return ip_ != nullptr ? ip_ : IP::get_singleton(); }

	IP *ip_;
};

/// An IPNameLookup on IP::get_singleton(). Any thread; lives for ever.
NameLookup &system_name_lookup();

/// Which of a name's addresses, at least one, is used where only one is tried: the first of IPv4, else the first. A server
/// bound to IPv4 alone is the common mistake; Godot answers "localhost" with 127.0.0.1 too.
const IPAddress &preferred_address(const IPAddress *addresses, size_t count);

} // namespace netpeer
