#include "resolver_cache.h"

namespace netpeer {

namespace {

char cache_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool cache_same_name(std::string_view a, std::string_view b) {
	if (a.size() != b.size()) return false;
	for (size_t i = 0; i < a.size(); ++i) {
		if (cache_lower(a[i]) != cache_lower(b[i])) return false;
	}
	return true;
}

} // namespace

bool HostNameText::assign(std::string_view name) {
	size = 0;
	if (name.size() < sizeof(text)) size = name.copy(text, name.size());
	text[size] = '\0';
	return size == name.size();
}

void AddressList::add(const IPAddress &address, IPType type) {
	if (!address.is_valid() || count == kMaxAddressesPerName) return;
	if (type == IPType::IPV4 && !address.is_ipv4()) return;
	if (type == IPType::IPV6 && address.is_ipv4()) return;
	for (size_t i = 0; i < count; ++i) {
		if (items[i] == address) return;
	}
	items[count++] = address;
}

ResolverCache::Entry **ResolverCache::slot_of(std::string_view name, IPType type) {
	for (Entry *&entry : entries_) {
		if (entry != nullptr && entry->type == type && cache_same_name(entry->name.view(), name)) return &entry;
	}
	return nullptr;
}

void ResolverCache::drop(Entry *&entry) {
	release_object(allocator_, entry);
	entry = nullptr;
}

const AddressList *ResolverCache::find(std::string_view name, IPType type, Instant now) {
	Entry **slot = slot_of(name, type);
	if (slot == nullptr) return nullptr;
	if (now >= (*slot)->expires) {
		drop(*slot);
		return nullptr;
	}
	return &(*slot)->addresses;
}

void ResolverCache::store(std::string_view name, IPType type, const AddressList &addresses, Instant expires) {
	Entry **slot = slot_of(name, type);
	if (slot == nullptr) {
		// A free place, else that of the name stored first: it is the next to expire.
		slot = &entries_[0];
		for (Entry *&entry : entries_) {
			if (*slot == nullptr) break;
			if (entry == nullptr || entry->age < (*slot)->age) slot = &entry;
		}
		if (*slot == nullptr) *slot = allocate_object<Entry>(allocator_);
		if (*slot == nullptr) return;
	}
	Entry &entry = **slot;
	(void)entry.name.assign(name);
	entry.type = type;
	entry.addresses = addresses;
	entry.expires = expires;
	entry.age = ++stores_;
}

void ResolverCache::clear(std::string_view name) {
	for (Entry *&entry : entries_) {
		if (entry != nullptr && cache_same_name(entry->name.view(), name)) drop(entry);
	}
}

void ResolverCache::clear() {
	for (Entry *&entry : entries_) {
		if (entry != nullptr) drop(entry);
	}
}

} // namespace netpeer
