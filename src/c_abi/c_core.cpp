// The C face: version, errors, and what its other files share.

#include "../core/netpeer_config.h"
#include "../core/netpeer_version.h"
#include "c_handles.h"

namespace netpeer {

// The C face has the numbers of the C++ one. Whoever adds an error here adds it there.
#define NETPEER_C_SAME_ERROR(name, number, text)                                                                       \
	static_assert(NETPEER_##name == static_cast<int>(Error::name), "netpeer_c.h has another number");
NETPEER_ERROR_LIST(NETPEER_C_SAME_ERROR)
#undef NETPEER_C_SAME_ERROR

void copy_text(std::string_view from, char *text, size_t capacity) {
	size_t size = from.size() < capacity ? from.size() : capacity - 1;
	while (size < from.size() && size > 0 && (static_cast<unsigned char>(from[size]) & 0xc0) == 0x80) --size;
	if (size != 0) std::memcpy(text, from.data(), size);
	text[size] = '\0';
}

netpeer_error give_text(std::string_view from, char *text, size_t capacity, size_t *length) {
	if (length != nullptr) *length = from.size();
	const bool fits = from.size() < capacity;
	if (capacity != 0) copy_text(fits ? from : std::string_view(), text, capacity);
	return code_of(fits ? Error::OK : Error::ERR_OUT_OF_MEMORY);
}

bool is_room(void *out, size_t capacity, size_t *size) {
	if (size != nullptr) *size = 0;
	return size != nullptr && are_bytes(out, capacity);
}

netpeer_error give_bytes(ByteView from, void *out, size_t capacity, size_t *size) {
	*size = from.size;
	if (from.size > capacity) return NETPEER_ERR_OUT_OF_MEMORY;
	if (from.size != 0) std::memcpy(out, from.data, from.size);
	return NETPEER_OK;
}

netpeer_error give_address(const IPAddress &from, netpeer_ip_text *address) {
	static_assert(sizeof(address->text) >= IPAddress::kMaxTextBytes, "an address must fit");
	char text[IPAddress::kMaxTextBytes];
	copy_text(from.to_text(text), address->text, sizeof(address->text));
	return NETPEER_OK;
}

} // namespace netpeer

using namespace netpeer;

int netpeer_abi_version(void) { return NETPEER_C_ABI_VERSION; }
const char *netpeer_version_string(void) { return NETPEER_VERSION_STRING; }

int netpeer_has_feature(const char *name) {
	if (name == nullptr) return 0;
	const std::string_view feature(name);
	if (feature == "zlib") return NETPEER_WITH_ZLIB;
	if (feature == "zstd") return NETPEER_WITH_ZSTD;
	if (feature == "mbedtls") return NETPEER_WITH_MBEDTLS;
	if (feature == "threads") return !NETPEER_NO_THREADS;
	return 0;
}

const char *netpeer_error_name(netpeer_error error) { return error_name(static_cast<Error>(error)); }
const char *netpeer_error_text(netpeer_error error) { return error_text(static_cast<Error>(error)); }
