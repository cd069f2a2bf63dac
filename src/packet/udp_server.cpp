#include "udp_server.h"

#include "../core/netpeer_assert.h"
#include "../core/shared_object.h"

#include <utility>

namespace netpeer {

namespace {

constexpr size_t kUdpServerSlots = 16;        // of the longest datagram each; the kernel touches what it fills
constexpr size_t kUdpServerSlotBytes = 65536; // the longest datagram, and then even
constexpr size_t kUdpServerArenaBytes = kUdpServerSlots * kUdpServerSlotBytes;
static_assert(DatagramRing::kLongestDatagram <= kUdpServerSlotBytes, "a slot holds any datagram");
constexpr size_t kFewestPeerBuckets = 64;

} // namespace

// --- listening ---

const Allocator &UDPServer::memory() const {
	return hooks_.peers.allocator != nullptr ? *hooks_.peers.allocator : *default_allocator();
}

// A program may change the default while we live: what is released must go where it came from.
Error UDPServer::take_memory() {
	if (hooks_.peers.allocator == nullptr) hooks_.peers.allocator = default_allocator();
	const Allocator &source = memory();
	arena_ = static_cast<uint8_t *>(source.allocate(source.user, kUdpServerArenaBytes));
	if (arena_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	buckets_ =
	        static_cast<PacketPeerUDP **>(source.allocate(source.user, kFewestPeerBuckets * sizeof(PacketPeerUDP *)));
	if (buckets_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	bucket_count_ = kFewestPeerBuckets;
	for (size_t i = 0; i < bucket_count_; ++i) buckets_[i] = nullptr;
	return Error::OK;
}

void UDPServer::free_memory() {
	const Allocator &source = memory();
	if (arena_ != nullptr) source.release(source.user, arena_, kUdpServerArenaBytes);
	if (buckets_ != nullptr) source.release(source.user, buckets_, bucket_count_ * sizeof(PacketPeerUDP *));
	arena_ = nullptr;
	buckets_ = nullptr;
	bucket_count_ = 0;
}

Error UDPServer::listen(int port, const char *bind_address) {
	if (is_listening()) return Error::ERR_ALREADY_IN_USE;
	if (port < 0 || port > 65535 || bind_address == nullptr) return Error::ERR_INVALID_PARAMETER;
	Endpoint local;
	local.address = IPAddress(bind_address);
	local.port = static_cast<uint16_t>(port);
	if (!local.address.is_valid() && !local.address.is_wildcard()) return Error::ERR_INVALID_PARAMETER;
	IPType type = local.address.is_wildcard() ? IPType::ANY : local.address.is_ipv4() ? IPType::IPV4 : IPType::IPV6;

	uint8_t secret[sizeof(HashKey)];
	RandomSource &random = hooks_.random != nullptr ? *hooks_.random : default_random();
	if (random.fill(MutBytes(secret, sizeof(secret))) != Error::OK) return Error::ERR_CANT_CREATE;
	std::memcpy(&key_, secret, sizeof(secret));

	std::unique_ptr<NetSocket> socket = create_net_socket();
	Error answer = socket != nullptr && socket->open_udp(type) == Error::OK ? Error::OK : Error::ERR_CANT_CREATE;
	if (answer == Error::OK) {
		(void)socket->set_reuse_address(true);
		answer = socket->bind(local) == Error::OK ? take_memory() : Error::ERR_UNAVAILABLE;
	}
	if (answer != Error::OK) {
		if (socket != nullptr) last_os_error_ = socket->last_os_error();
		free_memory();
		return answer;
	}
	socket_ = std::move(socket);
	return Error::OK;
}

int UDPServer::get_local_port() const {
	Endpoint local;
	if (socket_ == nullptr || socket_->local_endpoint(local) != Error::OK) return 0;
	return local.port;
}

SocketHandle UDPServer::native_handle() const {
	return socket_ != nullptr ? socket_->native_handle() : kNoSocketHandle;
}

Error UDPServer::wait(int timeout_ms) {
	if (socket_ == nullptr) return Error::ERR_UNCONFIGURED;
	const Error answer = socket_->wait(PollType::POLL_TYPE_IN, Duration::from_ms(timeout_ms));
	return answer == Error::ERR_BUSY ? Error::ERR_TIMEOUT : answer;
}

void UDPServer::stop() {
	if (socket_ == nullptr) return;
	last_os_error_ = socket_->last_os_error();
	while (PacketPeerUDP *peer = peers_.front()) {
		const std::shared_ptr<PacketPeerUDP> last_reference = std::move(peer->pending_self_);
		peer->close(); // takes itself off
	}
	NETPEER_ASSERT(pending_.empty());
	socket_.reset();
	free_memory();
}

IgnorableError UDPServer::set_max_pending_connections(int count) {
	if (count < 0) return Error::ERR_INVALID_PARAMETER;
	max_pending_ = count;
	return Error::OK;
}

// --- peers ---

PacketPeerUDP *UDPServer::find_peer(const Endpoint &from, uint64_t hash) const {
	PacketPeerUDP *peer = buckets_[hash & (bucket_count_ - 1)];
	while (peer != nullptr && (peer->endpoint_hash_ != hash || peer->destination_ != from))
		peer = peer->next_in_bucket_;
	return peer;
}

// Without memory the chains stay as long as they are.
void UDPServer::grow_table() {
	const Allocator &source = memory();
	const size_t count = bucket_count_ * 2;
	void *block = source.allocate(source.user, count * sizeof(PacketPeerUDP *));
	if (block == nullptr) return;
	source.release(source.user, buckets_, bucket_count_ * sizeof(PacketPeerUDP *));
	buckets_ = static_cast<PacketPeerUDP **>(block);
	bucket_count_ = count;
	for (size_t i = 0; i < count; ++i) buckets_[i] = nullptr;
	for (PacketPeerUDP *peer = peers_.front(); peer != nullptr; peer = peers_.next_of(peer)) {
		PacketPeerUDP *&bucket = buckets_[peer->endpoint_hash_ & (count - 1)];
		peer->next_in_bucket_ = bucket;
		bucket = peer;
	}
}

// Null: no memory.
PacketPeerUDP *UDPServer::add_peer(const Endpoint &from, uint64_t hash) {
	std::shared_ptr<PacketPeerUDP> peer = make_shared_object<PacketPeerUDP>(memory(), hooks_.peers);
	if (peer == nullptr) return nullptr;
	peer->owner_ = this;
	peer->connected_ = true;
	peer->destination_ = peer->remote_ = peer->packet_from_ = from;
	peer->endpoint_hash_ = hash;
	if (peers_.size() >= bucket_count_) grow_table();
	PacketPeerUDP *&bucket = buckets_[hash & (bucket_count_ - 1)];
	peer->next_in_bucket_ = bucket;
	bucket = peer.get();
	peers_.push_back(peer.get());
	pending_.push_back(peer.get());
	PacketPeerUDP *const added = peer.get();
	added->pending_self_ = std::move(peer);
	return added;
}

void UDPServer::peer_closes(PacketPeerUDP &peer) {
	PacketPeerUDP **link = &buckets_[peer.endpoint_hash_ & (bucket_count_ - 1)];
	while (*link != &peer) link = &(*link)->next_in_bucket_;
	*link = peer.next_in_bucket_;
	peer.next_in_bucket_ = nullptr;
	peers_.remove(&peer);
	if (pending_.is_linked(&peer)) pending_.remove(&peer);
}

std::shared_ptr<PacketPeerUDP> UDPServer::take_connection() {
	PacketPeerUDP *const peer = pending_.pop_front();
	return peer != nullptr ? std::move(peer->pending_self_) : nullptr;
}

// --- receiving ---

void UDPServer::route(const DatagramSlot &slot) {
	const uint64_t hash = hash_endpoint(key_, slot.from);
	PacketPeerUDP *peer = find_peer(slot.from, hash);
	if (peer == nullptr) {
		if (pending_.size() < static_cast<size_t>(max_pending_)) peer = add_peer(slot.from, hash);
		if (peer == nullptr) {
			++refused_;
			return;
		}
	}
	if (peer->ring_.push(slot.from, ByteView(slot.buffer.data, slot.size)) != Error::OK) ++peer->dropped_;
}

Error UDPServer::poll() {
	if (socket_ == nullptr) return Error::ERR_UNCONFIGURED;
	DatagramSlot slots[kUdpServerSlots];
	for (size_t i = 0; i < kUdpServerSlots; ++i)
		slots[i].buffer = MutBytes(arena_ + i * kUdpServerSlotBytes, DatagramRing::kLongestDatagram);
	const NetSocketCounters &counters = socket_->counters();
	for (int routed = 0; routed < PacketPeerUDP::kMostPacketsPerPoll;) {
		const uint64_t skipped_before = counters.truncated + counters.icmp_errors;
		size_t received = 0;
		const Error answer = socket_->receive_batch(slots, kUdpServerSlots, received);
		for (size_t i = 0; i < received; ++i) route(slots[i]);
		routed += static_cast<int>(received) + 1; // errors count too: they may be a flood
		if (answer != Error::OK && answer != Error::ERR_BUSY) return Error::FAILED;
		if (received == 0 && counters.truncated + counters.icmp_errors == skipped_before) break;
	}
	return Error::OK;
}

} // namespace netpeer
