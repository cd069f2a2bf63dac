#include "ip_resolver.h"

#include "host_name.h"
#include "platform/resolver_threads.h"
#include "resolver_cache.h"

#include <atomic>
#include <new>
#include <utility>

namespace netpeer {

namespace {

std::atomic<IP *> ip_singleton{nullptr};

bool ip_known_type(IPType type) {
	return type == IPType::NONE || type == IPType::IPV4 || type == IPType::IPV6 || type == IPType::ANY;
}

IPType ip_without_none(IPType type) { return type == IPType::NONE ? IPType::ANY : type; }

IPAddress ip_literal(std::string_view text) {
	return IPAddress(ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
}

// Asks with no lock held. What a replaced backend says is not trusted further than its own array.
Error ip_ask(ResolverBackend &backend, const char *name, IPType type, AddressList &out) {
	out.count = 0;
	IPAddress found[kMaxAddressesPerName];
	size_t count = 0;
	NETPEER_TRY(backend.lookup(name, type, found, kMaxAddressesPerName, count));
	if (count > kMaxAddressesPerName) count = kMaxAddressesPerName;
	for (size_t i = 0; i < count; ++i) out.add(found[i], type);
	return out.count != 0 ? Error::OK : Error::ERR_CANT_RESOLVE;
}

size_t ip_copy(const AddressList &from, IPAddress *out, size_t capacity) {
	const size_t count = from.count < capacity ? from.count : capacity;
	for (size_t i = 0; i < count; ++i) out[i] = from.items[i];
	return count;
}

std::vector<std::string> ip_texts(const IPAddress *addresses, size_t count) {
	std::vector<std::string> texts;
	char text[IPAddress::kMaxTextBytes];
	for (size_t i = 0; i < count; ++i) texts.emplace_back(addresses[i].to_text(text));
	return texts;
}

} // namespace

// --- without a queue ---

Error resolve_host(const char *name, IPType type, IPAddress &out) {
	out.clear();
	if (name == nullptr || name[0] == '\0') return Error::ERR_INVALID_PARAMETER;
	if (type == IPType::NONE || !ip_known_type(type)) return Error::ERR_INVALID_PARAMETER;
	AddressList found;
	const IPAddress literal(name);
	if (literal.is_valid()) {
		found.add(literal, type);
	} else {
		HostNameText text;
		if (check_host_name(name) != HostNameFault::NONE || !text.assign(name)) return Error::ERR_CANT_RESOLVE;
		NETPEER_TRY(ip_ask(default_resolver_backend(), text.text, type, found));
	}
	if (found.count == 0) return Error::ERR_CANT_RESOLVE;
	// A server bound to IPv4 alone is the common mistake; a name with both kinds should still reach it.
	out = found.items[0];
	for (size_t i = found.count; i-- > 0;) {
		if (found.items[i].is_ipv4()) out = found.items[i];
	}
	return Error::OK;
}

// --- what is behind an IP; every member call with the lock held ---

struct IP::Core {
	struct Item {
		HostNameText name;
		IPType type = IPType::ANY;
		ResolverStatus status = RESOLVER_STATUS_WAITING;
		bool running = false;
		uint64_t serial = 0;
		AddressList addresses;
	};

	Core(const IPConfig &settings, const Allocator &memory) : config(settings), allocator(memory), cache(memory) {}

	Instant now() { return config.clock->now(); }
	Item *item_at(int id) const { return id >= 0 && id < RESOLVER_MAX_QUERIES ? items[id] : nullptr; }
	void remember(std::string_view name, IPType type, const AddressList &addresses, uint64_t since);
	bool have_worker();
	int oldest_waiting() const;
	void look_up(int id);
	void work();

	const IPConfig config; // pointers filled in
	const Allocator &allocator;
	ResolverThreads *threads = nullptr;
	ResolverCache cache;
	Item *items[RESOLVER_MAX_QUERIES] = {};
	uint64_t serials = 0;
	uint64_t clears = 0; // what was asked before the last clear_cache() is not remembered
	int workers = 0;
	int idle_workers = 0;
	bool stopping = false;
};

void IP::Core::remember(std::string_view name, IPType type, const AddressList &addresses, uint64_t since) {
	if (since != clears) return;
	const bool for_ever = config.cache_lifetime <= Duration();
	cache.store(name, type, addresses, for_ever ? Instant::never() : now() + config.cache_lifetime);
}

// Whether a worker will come for what is queued now. A worker that was woken is idle until it runs, so it is not enough that
// one is: there must be one for each name that waits.
bool IP::Core::have_worker() {
	int waiting = 0;
	for (const Item *const item : items) {
		if (item != nullptr && item->status == RESOLVER_STATUS_WAITING && !item->running) ++waiting;
	}
	if (waiting > idle_workers && workers < config.worker_threads) {
		const auto body = [](void *core) { static_cast<Core *>(core)->work(); };
		if (resolver_threads_start(*threads, body, this)) ++workers;
	}
	return workers != 0;
}

int IP::Core::oldest_waiting() const {
	int oldest = RESOLVER_INVALID_ID;
	for (int id = 0; id < RESOLVER_MAX_QUERIES; ++id) {
		const Item *const item = items[id];
		if (item == nullptr || item->status != RESOLVER_STATUS_WAITING || item->running) continue;
		if (oldest == RESOLVER_INVALID_ID || item->serial < items[oldest]->serial) oldest = id;
	}
	return oldest;
}

// Gives the lock back while it asks. The item may be gone afterwards, and its id another's.
void IP::Core::look_up(int id) {
	Item *item = items[id];
	AddressList found;
	Error answer = Error::OK;
	if (const AddressList *const known = cache.find(item->name.view(), item->type, now())) {
		found = *known;
	} else {
		item->running = true;
		const HostNameText name = item->name;
		const IPType type = item->type;
		const uint64_t serial = item->serial;
		const uint64_t since = clears;
		resolver_threads_unlock(*threads);
		answer = ip_ask(*config.backend, name.text, type, found);
		resolver_threads_lock(*threads);
		if (answer == Error::OK) remember(name.view(), type, found, since);
		item = items[id];
		if (item == nullptr || item->serial != serial) return;
	}
	item->running = false;
	item->addresses = found;
	item->status = answer == Error::OK ? RESOLVER_STATUS_DONE : RESOLVER_STATUS_ERROR;
}

void IP::Core::work() {
	ResolverGuard guard(*threads);
	while (!stopping) {
		const int id = oldest_waiting();
		if (id != RESOLVER_INVALID_ID) {
			look_up(id);
			continue;
		}
		++idle_workers;
		resolver_threads_wait_for_signal(*threads);
		--idle_workers;
	}
}

// --- life ---

IP *IP::get_singleton() {
	IP *instance = ip_singleton.load(std::memory_order_acquire);
	if (instance != nullptr) return instance;
	IP *const made = new (std::nothrow) IP;
	if (made == nullptr) return ip_singleton.load(std::memory_order_acquire);
	if (ip_singleton.compare_exchange_strong(instance, made, std::memory_order_acq_rel)) return made;
	delete made; // another thread was faster; it has started nothing
	return instance;
}

void IP::destroy_singleton() { delete ip_singleton.exchange(nullptr, std::memory_order_acq_rel); }

IP::IP(const IPConfig &config) : config_(config), core_(nullptr) {
	if (config_.backend == nullptr) config_.backend = &default_resolver_backend();
	if (config_.clock == nullptr) config_.clock = &system_clock();
	if (config_.allocator == nullptr) config_.allocator = default_allocator();
	if (config_.worker_threads < 1) config_.worker_threads = 1;
	const int most = static_cast<int>(kMaxResolverThreads);
	if (config_.worker_threads > most) config_.worker_threads = most;

	const Allocator &allocator = *config_.allocator;
	core_ = allocate_object<Core>(allocator, config_, allocator);
	if (core_ == nullptr) return;
	core_->threads = resolver_threads_create(allocator);
	if (core_->threads != nullptr) return;
	release_object(allocator, core_);
	core_ = nullptr;
}

IP::~IP() {
	if (core_ == nullptr) return;
	{
		ResolverGuard guard(*core_->threads);
		core_->stopping = true;
		resolver_threads_signal(*core_->threads);
	}
	resolver_threads_join(*core_->threads);
	const Allocator &allocator = *config_.allocator;
	resolver_threads_destroy(allocator, core_->threads);
	for (Core::Item *item : core_->items) release_object(allocator, item);
	release_object(allocator, core_);
}

// --- at once ---

Error IP::resolve_addresses(std::string_view host, IPType type, IPAddress *out, size_t capacity, size_t &count) {
	count = 0;
	if (out == nullptr || capacity == 0 || !ip_known_type(type)) return Error::ERR_INVALID_PARAMETER;
	type = ip_without_none(type);
	AddressList found;
	const IPAddress literal = ip_literal(host);
	if (literal.is_valid()) {
		found.add(literal, type);
		count = ip_copy(found, out, capacity);
		return count != 0 ? Error::OK : Error::ERR_CANT_RESOLVE;
	}
	const HostNameFault fault = check_host_name(host);
	HostNameText name;
	if (fault != HostNameFault::NONE || !name.assign(host)) {
		config_.log.log(LogLevel::kError, host_name_fault_text(fault));
		return Error::ERR_INVALID_PARAMETER;
	}
	if (core_ == nullptr) return Error::ERR_OUT_OF_MEMORY;

	uint64_t since = 0;
	{
		ResolverGuard guard(*core_->threads);
		if (const AddressList *const known = core_->cache.find(host, type, core_->now())) {
			count = ip_copy(*known, out, capacity);
			return Error::OK;
		}
		since = core_->clears;
	}
	NETPEER_TRY(ip_ask(*config_.backend, name.text, type, found));
	count = ip_copy(found, out, capacity);
	ResolverGuard guard(*core_->threads);
	core_->remember(host, type, found, since);
	return Error::OK;
}

std::string IP::resolve_hostname(std::string_view host, Type type) {
	IPAddress first;
	size_t count = 0;
	if (resolve_addresses(host, type, &first, 1, count) != Error::OK) return std::string();
	char text[IPAddress::kMaxTextBytes];
	return first.to_text(text);
}

std::vector<std::string> IP::resolve_hostname_addresses(std::string_view host, Type type) {
	IPAddress found[kMaxAddressesPerName];
	size_t count = 0;
	(void)resolve_addresses(host, type, found, kMaxAddressesPerName, count); // none on error
	return ip_texts(found, count);
}

// --- the queue ---

int IP::resolve_hostname_queue_item(std::string_view host, Type type) {
	if (!ip_known_type(type)) {
		config_.log.log(LogLevel::kError, "a name was queued with an unknown address type");
		return RESOLVER_INVALID_ID;
	}
	type = ip_without_none(type);
	const IPAddress literal = ip_literal(host);
	const HostNameFault fault = literal.is_valid() ? HostNameFault::NONE : check_host_name(host);
	if (fault != HostNameFault::NONE) config_.log.log(LogLevel::kError, host_name_fault_text(fault));

	const char *refusal = "no memory for a queued name";
	if (core_ != nullptr) {
		ResolverGuard guard(*core_->threads);
		int id = 0;
		while (id < RESOLVER_MAX_QUERIES && core_->items[id] != nullptr) ++id;
		Core::Item *item = nullptr;
		if (id == RESOLVER_MAX_QUERIES) {
			refusal = "all resolver queries are in use: erase those that are done";
		} else {
			item = allocate_object<Core::Item>(core_->allocator);
		}
		if (item != nullptr) {
			item->type = type;
			item->serial = ++core_->serials;
			core_->items[id] = item;
			if (literal.is_valid()) {
				item->addresses.add(literal, type);
				item->status = item->addresses.count != 0 ? RESOLVER_STATUS_DONE : RESOLVER_STATUS_ERROR;
			} else if (fault != HostNameFault::NONE || !item->name.assign(host)) {
				item->status = RESOLVER_STATUS_ERROR;
			} else if (const AddressList *const known = core_->cache.find(host, type, core_->now())) {
				item->addresses = *known;
				item->status = RESOLVER_STATUS_DONE;
			} else if (core_->have_worker()) {
				resolver_threads_signal(*core_->threads);
			} else {
				core_->look_up(id);
			}
			return id;
		}
	}
	config_.log.log(LogLevel::kError, refusal);
	return RESOLVER_INVALID_ID;
}

IP::ResolverStatus IP::get_resolve_item_status(int id) const {
	if (core_ != nullptr) {
		ResolverGuard guard(*core_->threads);
		if (const Core::Item *const item = core_->item_at(id)) return item->status;
	}
	config_.log.log(LogLevel::kError, "status of a resolver query that does not exist");
	return RESOLVER_STATUS_NONE;
}

Error IP::get_resolve_item(int id, IPAddress *out, size_t capacity, size_t &count) const {
	count = 0;
	if (core_ == nullptr || out == nullptr || capacity == 0) return Error::ERR_INVALID_PARAMETER;
	ResolverGuard guard(*core_->threads);
	const Core::Item *const item = core_->item_at(id);
	if (item == nullptr) return Error::ERR_INVALID_PARAMETER;
	if (item->status == RESOLVER_STATUS_WAITING) return Error::ERR_BUSY;
	if (item->status != RESOLVER_STATUS_DONE) return Error::ERR_CANT_RESOLVE;
	count = ip_copy(item->addresses, out, capacity);
	return Error::OK;
}

std::string IP::get_resolve_item_address(int id) const {
	IPAddress first;
	size_t count = 0;
	char text[IPAddress::kMaxTextBytes];
	if (get_resolve_item(id, &first, 1, count) == Error::OK) return first.to_text(text);
	config_.log.log(LogLevel::kError, "address of a resolver query that is not done");
	return std::string();
}

std::vector<std::string> IP::get_resolve_item_addresses(int id) const {
	IPAddress found[kMaxAddressesPerName];
	size_t count = 0;
	if (get_resolve_item(id, found, kMaxAddressesPerName, count) != Error::OK) {
		config_.log.log(LogLevel::kError, "addresses of a resolver query that is not done");
	}
	return ip_texts(found, count);
}

void IP::erase_resolve_item(int id) {
	if (core_ != nullptr) {
		ResolverGuard guard(*core_->threads);
		if (Core::Item *const item = core_->item_at(id)) {
			release_object(core_->allocator, item);
			core_->items[id] = nullptr;
			return;
		}
	}
	config_.log.log(LogLevel::kError, "a resolver query that does not exist was erased");
}

// --- cache and interfaces ---

void IP::clear_cache(std::string_view host) {
	if (core_ == nullptr) return;
	ResolverGuard guard(*core_->threads);
	++core_->clears;
	if (host.empty()) {
		core_->cache.clear();
	} else {
		core_->cache.clear(host);
	}
}

std::vector<InterfaceInfo> IP::get_local_interfaces() const {
	std::vector<InterfaceInfo> found;
	(void)list_network_interfaces(found); // none on error
	return found;
}

std::vector<std::string> IP::get_local_addresses() const {
	std::vector<std::string> texts;
	for (const InterfaceInfo &one : get_local_interfaces()) {
		for (std::string &text : ip_texts(one.addresses.data(), one.addresses.size())) texts.push_back(std::move(text));
	}
	return texts;
}

} // namespace netpeer
