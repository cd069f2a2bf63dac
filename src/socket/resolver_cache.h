// The resolver's memory: which addresses a name had, for a while. No lock, no clock of its own: IP holds the one and
// passes the other.
#pragma once

#include "../core/allocator.h"
#include "../core/instant.h"
#include "host_name.h"
#include "net_socket.h"

#include <string_view>

namespace netpeer {

/// More than sane records hold. What a resolver says beyond is dropped, so nobody's DNS answer sizes our memory.
constexpr size_t kMaxAddressesPerName = 32;
/// Names held at once; the one stored first makes room for the next. About 220 KiB when full.
constexpr size_t kMaxCachedNames = 256;

/// A host name with its terminator, an absolute one's trailing dot included.
struct HostNameText {
	char text[kMaxHostNameBytes + 2] = {};
	size_t size = 0;

	/// False, and empty, when it does not fit.
	bool assign(std::string_view name);
	std::string_view view() const { return std::string_view(text, size); }
};

/// The addresses of one name.
struct AddressList {
	IPAddress items[kMaxAddressesPerName];
	size_t count = 0;

	/// Keeps the first of equal ones; drops what is not valid, of the other family, or too many.
	void add(const IPAddress &address, IPType type);
};

class ResolverCache {
public:
	/// `allocator` is borrowed for the object's life.
	explicit ResolverCache(const Allocator &allocator) : allocator_(allocator) {}
	~ResolverCache() { clear(); }
	ResolverCache(const ResolverCache &) = delete;
	ResolverCache &operator=(const ResolverCache &) = delete;

	/// Null when not known, or not any more. ASCII letters are compared without case. The pointer is good until the next
	/// call that is not const.
	const AddressList *find(std::string_view name, IPType type, Instant now);
	/// In place of what was known; forgotten at `expires`. Without memory nothing is stored.
	void store(std::string_view name, IPType type, const AddressList &addresses, Instant expires);
	/// All types of this name.
	void clear(std::string_view name);
	void clear();

private:
	struct Entry {
		HostNameText name;
		IPType type = IPType::ANY;
		AddressList addresses;
		Instant expires;
		uint64_t age = 0;
	};

	Entry **slot_of(std::string_view name, IPType type);
	void drop(Entry *&entry);

	const Allocator &allocator_;
	Entry *entries_[kMaxCachedNames] = {};
	uint64_t stores_ = 0;
};

} // namespace netpeer
