// Interfaces through GetAdaptersAddresses.
#include "interfaces_os.h"

#if NETPEER_OS_WINDOWS

#include "../../core/allocator.h"
#include "os_socket.h"

#include <iphlpapi.h>

#include <cstring>

namespace netpeer {

namespace {

// 15 KiB is what the documentation advises to begin with; the list may grow between two calls.
constexpr ULONG kAdaptersFirstBytes = 15 * 1024;
constexpr ULONG kAdaptersMostBytes = 16u << 20;
constexpr int kAdaptersAttempts = 5;

// Windows allows 256 UTF-16 units, at most 3 bytes each in UTF-8.
constexpr int kAdaptersFriendlyBytes = 1024;

class AdaptersBuffer {
public:
	~AdaptersBuffer() { release(); }
	AdaptersBuffer() = default;
	AdaptersBuffer(const AdaptersBuffer &) = delete;
	AdaptersBuffer &operator=(const AdaptersBuffer &) = delete;

	bool resize(ULONG bytes) {
		release();
		const Allocator &allocator = *default_allocator();
		data_ = allocator.allocate(allocator.user, bytes);
		bytes_ = bytes;
		return data_ != nullptr;
	}
	IP_ADAPTER_ADDRESSES *list() { return static_cast<IP_ADAPTER_ADDRESSES *>(data_); }

private:
	void release() {
		const Allocator &allocator = *default_allocator();
		allocator.release(allocator.user, data_, bytes_);
		data_ = nullptr;
	}

	void *data_ = nullptr;
	size_t bytes_ = 0;
};

} // namespace

Error gather_system_interfaces(InterfaceVisitor &gatherer) {
	constexpr ULONG kFlags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
	AdaptersBuffer buffer;
	ULONG bytes = kAdaptersFirstBytes;
	ULONG answer = ERROR_BUFFER_OVERFLOW;
	for (int attempt = 0; attempt < kAdaptersAttempts && answer == ERROR_BUFFER_OVERFLOW; ++attempt) {
		if (bytes > kAdaptersMostBytes || !buffer.resize(bytes)) return Error::FAILED;
		answer = GetAdaptersAddresses(AF_UNSPEC, kFlags, nullptr, buffer.list(), &bytes);
	}
	if (answer == ERROR_NO_DATA) return Error::OK; // no adapter at all
	if (answer != NO_ERROR) return Error::FAILED;
	for (const IP_ADAPTER_ADDRESSES *adapter = buffer.list(); adapter != nullptr; adapter = adapter->Next) {
		char friendly[kAdaptersFriendlyBytes] = {};
		if (adapter->FriendlyName != nullptr) {
			const int written = WideCharToMultiByte(
			        CP_UTF8, 0, adapter->FriendlyName, -1, friendly, kAdaptersFriendlyBytes, nullptr, nullptr);
			if (written <= 0) friendly[0] = '\0';
		}
		const char *const name = adapter->AdapterName != nullptr ? adapter->AdapterName : "";
		// An adapter without IPv4 has the number of its IPv6 side only.
		const uint32_t index = adapter->IfIndex != 0 ? adapter->IfIndex : adapter->Ipv6IfIndex;
		for (const IP_ADAPTER_UNICAST_ADDRESS *item = adapter->FirstUnicastAddress; item != nullptr;
		        item = item->Next) {
			const SOCKET_ADDRESS &from = item->Address;
			OsAddress address;
			const size_t size = from.iSockaddrLength > 0 ? static_cast<size_t>(from.iSockaddrLength) : 0;
			if (from.lpSockaddr == nullptr || size == 0 || size > sizeof(address.v6)) continue;
			std::memcpy(&address.v6, from.lpSockaddr, size);
			Endpoint endpoint;
			if (os_address_to_endpoint(address, endpoint)) gatherer.add(name, friendly, index, endpoint.address);
		}
	}
	return Error::OK;
}

} // namespace netpeer

#endif // NETPEER_OS_WINDOWS
