// The C face of names and addresses: IP, and the machine's interfaces.

#include "../core/never_destroyed.h"
#include "../socket/ip_resolver.h"
#include "../socket/network_interfaces.h"
#include "c_handles.h"

#include <vector>

using namespace netpeer;

struct netpeer_ip : HandleCore {
	explicit netpeer_ip(bool of_process = false) : is_singleton(of_process) {}

	std::shared_ptr<IP> object;
	const bool is_singleton; // IP::get_singleton(), whichever that is at the time
};

namespace {

static_assert(is_number(NETPEER_IP_TYPE_NONE, IPType::NONE), "as in C++");
static_assert(is_number(NETPEER_IP_TYPE_IPV4, IPType::IPV4), "as in C++");
static_assert(is_number(NETPEER_IP_TYPE_IPV6, IPType::IPV6), "as in C++");
static_assert(is_number(NETPEER_IP_TYPE_ANY, IPType::ANY), "as in C++");
static_assert(is_number(NETPEER_RESOLVER_STATUS_NONE, IP::RESOLVER_STATUS_NONE), "as in C++");
static_assert(is_number(NETPEER_RESOLVER_STATUS_WAITING, IP::RESOLVER_STATUS_WAITING), "as in C++");
static_assert(is_number(NETPEER_RESOLVER_STATUS_DONE, IP::RESOLVER_STATUS_DONE), "as in C++");
static_assert(is_number(NETPEER_RESOLVER_STATUS_ERROR, IP::RESOLVER_STATUS_ERROR), "as in C++");
static_assert(is_number(NETPEER_RESOLVER_INVALID_ID, IP::RESOLVER_INVALID_ID), "as in C++");

struct ProcessIp : netpeer_ip {
	ProcessIp() : netpeer_ip(true) {}
};

constexpr size_t kMostAddressesOfName = 32; // of class IP

IP *ip_of(const netpeer_ip *handle) {
	if (handle == nullptr) return nullptr;
	return handle->is_singleton ? IP::get_singleton() : handle->object.get();
}

bool is_ip_type(int type) { return type >= NETPEER_IP_TYPE_NONE && type <= NETPEER_IP_TYPE_ANY; }

void give_addresses(const IPAddress *from, size_t from_count, netpeer_ip_text *out, size_t capacity, size_t *count) {
	for (size_t i = 0; i < from_count && i < capacity; ++i) (void)give_address(from[i], &out[i]);
	*count = from_count;
}

} // namespace

netpeer_ip *netpeer_ip_get_singleton(void) {
	static NeverDestroyed<ProcessIp> singleton;
	return IP::get_singleton() != nullptr ? &singleton.get() : nullptr;
}

void netpeer_ip_destroy_singleton(void) { IP::destroy_singleton(); }

netpeer_ip *netpeer_ip_new(int worker_threads, int cache_lifetime_s) {
	if (worker_threads < 1 || worker_threads > 4 || cache_lifetime_s < 0) return nullptr;
	IPConfig config;
	config.allocator = default_allocator();
	config.worker_threads = worker_threads;
	config.cache_lifetime = Duration::from_s(cache_lifetime_s);
	return new_object_handle<IP, netpeer_ip>(HandleKind::kOther, config);
}

netpeer_ip *netpeer_ip_retain(netpeer_ip *ip) { return ip != nullptr && !ip->is_singleton ? retain_handle(ip) : ip; }
void netpeer_ip_release(netpeer_ip *ip) {
	if (ip != nullptr && !ip->is_singleton) release_handle(ip);
}

netpeer_error netpeer_ip_resolve_hostname(netpeer_ip *ip, const char *host, int type, netpeer_ip_text *address) {
	if (address == nullptr) return kBadArgument;
	address->text[0] = '\0';
	size_t count = 0;
	return netpeer_ip_resolve_hostname_addresses(ip, host, type, address, 1, &count);
}

netpeer_error netpeer_ip_resolve_hostname_addresses(
        netpeer_ip *ip, const char *host, int type, netpeer_ip_text *out, size_t capacity, size_t *count) {
	if (count != nullptr) *count = 0;
	IP *resolver = ip_of(ip);
	if (resolver == nullptr || host == nullptr || count == nullptr) return kBadArgument;
	if (!is_ip_type(type) || !are_bytes(out, capacity)) return kBadArgument;
	IPAddress found[kMostAddressesOfName];
	size_t found_count = 0;
	const Error error =
	        resolver->resolve_addresses(host, static_cast<IPType>(type), found, kMostAddressesOfName, found_count);
	if (error == Error::OK) give_addresses(found, found_count, out, capacity, count);
	return code_of(error);
}

int netpeer_ip_resolve_hostname_queue_item(netpeer_ip *ip, const char *host, int type) {
	IP *resolver = ip_of(ip);
	if (resolver == nullptr || host == nullptr || !is_ip_type(type)) return NETPEER_RESOLVER_INVALID_ID;
	return resolver->resolve_hostname_queue_item(host, static_cast<IPType>(type));
}

int netpeer_ip_get_resolve_item_status(netpeer_ip *ip, int id) {
	const IP *resolver = ip_of(ip);
	return resolver != nullptr ? resolver->get_resolve_item_status(id) : IP::RESOLVER_STATUS_NONE;
}

netpeer_error netpeer_ip_get_resolve_item_addresses(
        netpeer_ip *ip, int id, netpeer_ip_text *out, size_t capacity, size_t *count) {
	if (count != nullptr) *count = 0;
	const IP *resolver = ip_of(ip);
	if (resolver == nullptr || count == nullptr || !are_bytes(out, capacity)) return kBadArgument;
	IPAddress found[kMostAddressesOfName];
	size_t found_count = 0;
	const Error error = resolver->get_resolve_item(id, found, kMostAddressesOfName, found_count);
	if (error == Error::OK) give_addresses(found, found_count, out, capacity, count);
	return code_of(error);
}

void netpeer_ip_erase_resolve_item(netpeer_ip *ip, int id) {
	IP *resolver = ip_of(ip);
	if (resolver != nullptr) resolver->erase_resolve_item(id);
}

void netpeer_ip_clear_cache(netpeer_ip *ip, const char *host) {
	IP *resolver = ip_of(ip);
	if (resolver != nullptr) resolver->clear_cache(host != nullptr ? host : "");
}

netpeer_error netpeer_get_local_interfaces(netpeer_interface_address *out, size_t capacity, size_t *count) {
	if (count != nullptr) *count = 0;
	if (count == nullptr || !are_bytes(out, capacity)) return kBadArgument;
	std::vector<InterfaceInfo> interfaces;
	const Error error = list_network_interfaces(interfaces);
	for (const InterfaceInfo &info : interfaces) {
		for (const IPAddress &address : info.addresses) {
			const size_t at = (*count)++;
			if (at >= capacity) continue;
			netpeer_interface_address &entry = out[at];
			copy_text(info.name, entry.name, sizeof(entry.name));
			copy_text(info.friendly, entry.friendly, sizeof(entry.friendly));
			entry.index = info.index;
			entry.is_ipv4 = address.is_ipv4() ? 1 : 0;
			(void)give_address(address, &entry.address);
		}
	}
	return code_of(error);
}

int netpeer_is_valid_ip_address(const char *text) { return text != nullptr && IPAddress::is_valid_ip_address(text); }
