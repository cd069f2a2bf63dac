#include "dtls_server.h"

#include "../core/netpeer_assert.h"

#include <utility>

namespace netpeer {

namespace {

// A session's face and its counts in one block; counts and a copy of DtlsPeerMemory are the rest.
constexpr size_t kDtlsPeerBytes = sizeof(PacketPeerDTLS) + 16 * sizeof(void *);

/// Hands out one block fetched before: every hello of a stranger makes a session, so that must be able to fail.
template <class T> struct DtlsPeerMemory {
	using value_type = T;
	void *block;
	const Allocator *source;

	DtlsPeerMemory(void *memory, const Allocator *allocator) : block(memory), source(allocator) {}
	template <class U> DtlsPeerMemory(const DtlsPeerMemory<U> &other) : block(other.block), source(other.source) {}
	T *allocate(size_t count) {
		static_assert(sizeof(T) <= kDtlsPeerBytes, "the block must hold the peer and its counts");
		NETPEER_ASSERT(count == 1);
		(void)count;
		return static_cast<T *>(block);
	}
	void deallocate(T *memory, size_t) { source->release(source->user, memory, kDtlsPeerBytes); }
	template <class U> bool operator==(const DtlsPeerMemory<U> &other) const { return block == other.block; }
	template <class U> bool operator!=(const DtlsPeerMemory<U> &other) const { return block != other.block; }
};

} // namespace

Error DTLSServer::setup(std::shared_ptr<const TLSOptions> server_options) {
	if (server_options == nullptr || !server_options->is_server()) return Error::ERR_INVALID_PARAMETER;
	if (cookies_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	// What would be wrong with every session is told here: one is made, for nothing else.
	TlsSessionConfig config;
	config.options = server_options;
	config.random = hooks_.random;
	Error error = Error::OK;
	if (TlsSession::create(config, error) == nullptr) return error;
	cookies_ = DtlsCookies::create(hooks_.random);
	if (cookies_ == nullptr) return Error::ERR_CANT_CREATE;
	options_ = std::move(server_options);
	return Error::OK;
}

std::shared_ptr<PacketPeerDTLS> DTLSServer::take_connection(std::shared_ptr<PacketPeerUDP> udp_peer) {
	if (cookies_ == nullptr || udp_peer == nullptr || !udp_peer->is_socket_connected()) return nullptr;
	const Allocator *source = hooks_.allocator != nullptr ? hooks_.allocator : default_allocator();
	void *block = source->allocate(source->user, kDtlsPeerBytes);
	if (block == nullptr) return nullptr;
	const auto session = std::allocate_shared<PacketPeerDTLS>(DtlsPeerMemory<PacketPeerDTLS>(block, source), hooks_);
	session->accept(std::move(udp_peer), options_, cookies_);
	return session;
}

} // namespace netpeer
