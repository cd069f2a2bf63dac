// ResolverBackend: who knows addresses for names. The default asks the system; tests and ports bring their own.
#pragma once

#include "../core/error_list.h"
#include "net_socket.h"

#include <cstddef>

namespace netpeer {

/// A blocking lookup of one name. Replaced per IP instance.
class ResolverBackend {
public:
	virtual ~ResolverBackend() = default;

	/// Writes at most `capacity` addresses of `name`, best first, and their number. `name` passed check_host_name() and is
	/// no literal; `type` is IPV4, IPV6 or ANY. May block. Called without any lock held, from the IP's worker threads and from
	/// whoever asks it synchronously, so several calls may run at once. ERR_CANT_RESOLVE (or any other error) for no answer;
	/// addresses that are not valid or of another family, and repetitions, are dropped by the caller.
	virtual Error lookup(const char *name, IPType type, IPAddress *out, size_t capacity, size_t &count) = 0;
};

/// The system's resolver, through getaddrinfo. Any thread; lives for ever.
ResolverBackend &system_resolver_backend();

/// What everything uses that is given no backend: SocketHooks::resolve() when the socket hooks are set, else the system's. Any
/// thread; lives for ever.
ResolverBackend &default_resolver_backend();

} // namespace netpeer
