// Names to addresses, now or later, and the machine's own addresses. resolve_host() is the plain blocking lookup; IP adds
// Godot's queue and cache, and is the one class here that several threads may use at once.
#pragma once

#include "../core/allocator.h"
#include "../core/clock.h"
#include "../core/error_list.h"
#include "../core/library_object.h"
#include "../core/log_sink.h"
#include "net_socket.h"
#include "network_interfaces.h"
#include "resolver_backend.h"

#include <string>
#include <string_view>
#include <vector>

namespace netpeer {

/// First address of `name` of the wanted kind (ANY prefers IPv4, as Godot answers "localhost" with 127.0.0.1).
/// A literal is parsed and never blocks; anything else asks the system's resolver and blocks until it answers. No cache.
/// ERR_INVALID_PARAMETER for a null or empty name or NONE; ERR_CANT_RESOLVE when there is no such address, or text that
/// check_host_name() refuses. Any thread.
Error resolve_host(const char *name, IPType type, IPAddress &out);

/// What an IP uses. Everything here is borrowed and must outlive it.
struct IPConfig {
	/// Who is asked; null: default_resolver_backend().
	ResolverBackend *backend = nullptr;
	/// For the age of cached answers; null: the system's. Read under the lock, from any thread that uses the IP.
	Clock *clock = nullptr;
	/// For queue slots and the cache; null: malloc. Called under the lock, from any thread that uses the IP.
	const Allocator *allocator = nullptr;
	/// Where mistakes in calls are reported, as Godot prints them; called by the thread that made the call.
	LogSink log;
	/// How long an answer is believed; zero or less: until clear_cache(), as in Godot.
	Duration cache_lifetime = Duration::from_s(60);
	/// How many lookups of the queue may run at once, 1 to 4. With one, a dead name server holds up the names behind it
	/// (never the status calls).
	int worker_threads = 1;
};

/// Resolves host names, at once or in a queue, and remembers answers.
///
/// Threads: any call from any thread, construction and destruction aside. The lock is never held while a name is looked up.
/// Workers start with the first queued name that needs one and are joined by the destructor, which therefore waits for a
/// lookup under way (getaddrinfo cannot be interrupted); names still waiting are dropped. Where no thread can be had, and
/// in builds with NETPEER_NO_THREADS, resolve_hostname_queue_item() looks the name up itself and blocks.
///
/// Names: see check_host_name(). Literal addresses never block, need no worker and are not cached. Letter case does not
/// matter. A name has at most 32 addresses and 256 names are cached (the one stored first goes). TYPE_NONE means TYPE_ANY.
/// Origin: Godot IP.
class IP : public LibraryObject {
public:
	/// Origin: Godot IP.ResolverStatus.
	enum ResolverStatus : int {
		RESOLVER_STATUS_NONE = 0,
		RESOLVER_STATUS_WAITING = 1,
		RESOLVER_STATUS_DONE = 2,
		RESOLVER_STATUS_ERROR = 3
	};
	/// Origin: Godot IP.Type.
	using Type = IPType;
	/// @{
	/// Godot's names.
	static constexpr Type TYPE_NONE = IPType::NONE;
	static constexpr Type TYPE_IPV4 = IPType::IPV4;
	static constexpr Type TYPE_IPV6 = IPType::IPV6;
	static constexpr Type TYPE_ANY = IPType::ANY;
	/// @}
	static constexpr int RESOLVER_MAX_QUERIES = 256; // ids there are, that is lookups queued or done and not erased
	static constexpr int RESOLVER_INVALID_ID = -1;   // what a failed resolve_hostname_queue_item() gives

	/// The instance of the process, made by the first call; null only without memory. It is not destroyed at exit, so that
	/// a dead name server does not hold up the end of the program. Of the library only streams without a NameLookup of
	/// their own use it, for host names. Any thread.
	/// Origin: Godot IP.get_singleton (C++).
	static IP *get_singleton();
	/// Destroys it, for a library about to be unloaded, and waits as the destructor does. Nobody may be using it, streams
	/// with a look-up under way included; the next get_singleton() makes another.
	static void destroy_singleton();

	/// `config` is copied; what it points to is borrowed. No thread is started yet.
	explicit IP(const IPConfig &config = IPConfig());
	~IP();
	IP(const IP &) = delete;
	IP &operator=(const IP &) = delete;

	/// The first address of `host` as text; "" when there is none. Blocks unless `host` is a literal or cached.
	/// Origin: Godot IP.resolve_hostname.
	std::string resolve_hostname(std::string_view host, Type type = TYPE_ANY);
	/// All of them in the resolver's order, each once; empty when there are none. Blocks likewise.
	/// Origin: Godot IP.resolve_hostname_addresses.
	std::vector<std::string> resolve_hostname_addresses(std::string_view host, Type type = TYPE_ANY);
	/// The same as values: out[0..count) gets what fits, in the resolver's order. ERR_INVALID_PARAMETER for text that
	/// check_host_name() refuses, an unknown type or no room; ERR_CANT_RESOLVE when there is no such address;
	/// ERR_OUT_OF_MEMORY. `count` is 0 on every error.
	Error resolve_addresses(std::string_view host, IPType type, IPAddress *out, size_t capacity, size_t &count);

	/// Queues a lookup and returns its id, the lowest that is free: 0 to RESOLVER_MAX_QUERIES - 1. The id stays taken until
	/// erase_resolve_item(). A literal or a cached name is done at once, a name that cannot be looked up has failed at
	/// once. Logged and RESOLVER_INVALID_ID: all ids are taken, no memory, or an unknown type.
	/// Origin: Godot IP.resolve_hostname_queue_item.
	int resolve_hostname_queue_item(std::string_view host, Type type = TYPE_ANY);
	/// RESOLVER_STATUS_NONE for an id that is out of range or free (logged). Never waits for a lookup.
	/// Origin: Godot IP.get_resolve_item_status.
	ResolverStatus get_resolve_item_status(int id) const;
	/// The first address; "" (logged) while it is not DONE and for a bad id. Origin: Godot IP.get_resolve_item_address.
	std::string get_resolve_item_address(int id) const;
	/// All of them; empty (logged) likewise. Origin: Godot IP.get_resolve_item_addresses.
	std::vector<std::string> get_resolve_item_addresses(int id) const;
	/// The same as values, as resolve_addresses() gives them. ERR_BUSY while waiting; ERR_CANT_RESOLVE when the lookup
	/// failed; ERR_INVALID_PARAMETER for a bad id or no room. `count` is 0 on every error. Logs nothing.
	Error get_resolve_item(int id, IPAddress *out, size_t capacity, size_t &count) const;
	/// Frees the id; the answer of a lookup still running is dropped. A bad id is logged.
	/// Origin: Godot IP.erase_resolve_item.
	void erase_resolve_item(int id);

	/// Forgets `host` for all types, or everything. A lookup already running is not remembered either. Queue items keep
	/// their answers. Origin: Godot IP.clear_cache.
	void clear_cache(std::string_view host = std::string_view());

	/// Every address of every interface, in the order of get_local_interfaces(). Origin: Godot IP.get_local_addresses.
	std::vector<std::string> get_local_addresses() const;
	/// See list_network_interfaces(); empty when the system does not tell. Origin: Godot IP.get_local_interfaces.
	std::vector<InterfaceInfo> get_local_interfaces() const;

private:
	struct Core;

	IPConfig config_;
	Core *core_; // null without memory: every call then answers so
};

} // namespace netpeer
