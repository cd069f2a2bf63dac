// What the handles of netpeer_c.h are, for the files of this folder: a count of references, the kind, and a share of the C++
// object. A function of the C face finds the object behind its handle (tcp_of() and its kin; null for what is no such
// handle), calls it, and hands the answer out as a number.
#pragma once

#include "../core/allocator.h"
#include "../core/byte_buffer.h"
#include "../core/bytes.h"
#include "../core/error_list.h"
#include "../core/intrusive_list.h"
#include "../core/shared_object.h"
#include "../netpeer_c.h"
#include "../packet/packet_peer.h"
#include "../socket/ip_address.h"
#include "../stream/stream_peer.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace netpeer {

class TLSOptions;

enum class HandleKind : uint8_t {
	kStreamTcp,
	kStreamUds,
	kStreamTls,
	kStreamBuffer,
	kTcpServer,
	kUdsServer,
	kPacketUdp,
	kPacketStream,
	kPacketDtls,
	kPacketEnet,
	kOther, // types with one kind
};

/// Base of every handle.
struct HandleCore {
	HandleKind kind = HandleKind::kOther;
	const Allocator *memory = nullptr; // where the handle itself lies
	std::atomic<int> references{1};
};

/// A handle with one reference, which is the caller's. Null without memory, and for an object that is null.
template <class Handle, class Object> Handle *new_handle(HandleKind kind, std::shared_ptr<Object> object) {
	if (object == nullptr) return nullptr;
	const Allocator &memory = *default_allocator();
	Handle *handle = allocate_object<Handle>(memory);
	if (handle == nullptr) return nullptr;
	handle->kind = kind;
	handle->memory = &memory;
	handle->object = std::move(object);
	return handle;
}

/// The same around a new object.
template <class Object, class Handle, class... Args> Handle *new_object_handle(HandleKind kind, Args &&...args) {
	return new_handle<Handle>(kind, make_shared_object<Object>(*default_allocator(), std::forward<Args>(args)...));
}

template <class Handle> Handle *retain_handle(Handle *handle) {
	if (handle != nullptr) handle->references.fetch_add(1, std::memory_order_relaxed);
	return handle;
}

template <class Handle> void release_handle(Handle *handle) {
	if (handle == nullptr || handle->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
	release_object(*handle->memory, handle);
}

// --- arguments and answers ---

constexpr netpeer_error code_of(Error error) { return static_cast<netpeer_error>(error); }
constexpr netpeer_error kBadArgument = code_of(Error::ERR_INVALID_PARAMETER);

/// Whether a number of netpeer_c.h is that of the C++ face.
template <class Number, class Enum> constexpr bool is_number(Number number, Enum enumerator) {
	return static_cast<int>(number) == static_cast<int>(enumerator);
}

/// Null with bytes to it is a mistake.
inline bool are_bytes(const void *data, size_t size) { return data != nullptr || size == 0; }
inline ByteView c_bytes(const void *data, size_t size) { return ByteView(static_cast<const uint8_t *>(data), size); }
inline MutBytes c_room(void *data, size_t size) { return MutBytes(static_cast<uint8_t *>(data), size); }
/// An address to bind to.
inline const char *or_any(const char *address) { return address != nullptr ? address : "*"; }

/// Text out, as netpeer_c.h says. The arguments have been checked by are_bytes().
netpeer_error give_text(std::string_view from, char *text, size_t capacity, size_t *length);
/// Into a field of a structure; what does not fit is cut at a character.
void copy_text(std::string_view from, char *text, size_t capacity);
/// Whether there is room for bytes out; `*size` is 0 from here on.
bool is_room(void *out, size_t capacity, size_t *size);
/// Bytes out, as netpeer_c.h says.
netpeer_error give_bytes(ByteView from, void *out, size_t capacity, size_t *size);
netpeer_error give_address(const IPAddress &from, netpeer_ip_text *address);

} // namespace netpeer

struct netpeer_stream_peer : netpeer::HandleCore {
	std::shared_ptr<netpeer::StreamPeer> object;
	netpeer::ByteBuffer text; // a string that there was too little room for
	bool has_text = false;
};

struct netpeer_packet_peer : netpeer::HandleCore {
	~netpeer_packet_peer() {
		if (before_end != nullptr) before_end(*this);
	}

	std::shared_ptr<netpeer::PacketPeer> object;
	netpeer::ByteView packet; // taken, and there was too little room for it
	bool has_packet = false;

	// Of ENet only.
	int packet_flags = 0;                                  // of `packet`
	void *user_data = nullptr;                             // the program's
	void (*before_end)(netpeer_packet_peer &) = nullptr;   // so that who needs no ENet does not link it
	int (*flags_of_next)(netpeer_packet_peer &) = nullptr; // likewise
	netpeer_enet_connection *lender = nullptr;             // has one of the references
	netpeer::ListHook<netpeer_packet_peer> lent_hook;
};

struct netpeer_tls_options : netpeer::HandleCore {
	std::shared_ptr<netpeer::TLSOptions> object;
};

namespace netpeer {

/// The object behind a handle of that kind; null for any other.
template <class Object, class Handle> Object *object_of(const Handle *handle, HandleKind kind) {
	return handle != nullptr && handle->kind == kind ? static_cast<Object *>(handle->object.get()) : nullptr;
}

} // namespace netpeer
