#include "packet_peer_udp.h"

#include "../core/netpeer_assert.h"
#include "../socket/network_interfaces.h"
#include "../stream/name_lookup.h"

#include <utility>

namespace netpeer {

namespace {

IPType family_of(const IPAddress &address) { return address.is_ipv4() ? IPType::IPV4 : IPType::IPV6; }

bool is_udp_port(int port) { return port >= 1 && port <= 65535; }

// ERR_INVALID_PARAMETER when there is no interface of that name.
Error find_multicast_interface(const char *name, MulticastInterface &out) {
	const bool found = name != nullptr && find_network_interface(name, out.index, out.ipv4) == Error::OK;
	return found ? Error::OK : Error::ERR_INVALID_PARAMETER;
}

} // namespace

PacketPeerUDP::PacketPeerUDP(const PacketPeerUDPHooks &hooks) :
        hooks_(hooks),
        ring_(hooks.allocator != nullptr ? hooks.allocator : default_allocator(), kDefaultReceiveBuffer),
        packet_(hooks.allocator != nullptr ? hooks.allocator : default_allocator()) {}

PacketPeerUDP::~PacketPeerUDP() { close(); }

// --- opening and closing ---

Error PacketPeerUDP::open_socket(IPType type) {
	NETPEER_ASSERT(!is_bound());
	std::unique_ptr<NetSocket> socket = create_net_socket();
	if (socket == nullptr) return Error::FAILED;
	socket->disable_batching(); // each datagram goes where the one before it ended
	if (socket->open_udp(type) != Error::OK) {
		last_os_error_ = socket->last_os_error();
		return Error::FAILED;
	}
	// As Godot: what the system does not grant here shows when it is used.
	if (broadcast_) (void)socket->set_broadcasting_enabled(true);
	if (kernel_recv_buffer_ != 0 || kernel_send_buffer_ != 0)
		(void)socket->set_buffer_sizes(
		        static_cast<size_t>(kernel_recv_buffer_), static_cast<size_t>(kernel_send_buffer_));
	if (multicast_ttl_ >= 0) (void)socket->set_multicast_ttl(multicast_ttl_);
	if (!multicast_loopback_) (void)socket->set_multicast_loopback(false);
	if (multicast_interface_.index != 0) (void)socket->set_multicast_interface(multicast_interface_);
	socket_ = std::move(socket);
	seen_truncated_ = seen_icmp_errors_ = 0;
	return Error::OK;
}

Error PacketPeerUDP::bind(int port, const char *bind_address, int recv_buf_size) {
	if (is_bound()) return Error::ERR_ALREADY_IN_USE;
	if (bind_address == nullptr) return Error::ERR_INVALID_PARAMETER;
	Endpoint local;
	local.address = IPAddress(bind_address);
	if (!local.address.is_valid() && !local.address.is_wildcard()) return Error::ERR_INVALID_PARAMETER;
	if (port < 0 || port > 65535 || recv_buf_size < 0) return Error::ERR_INVALID_PARAMETER;
	local.port = static_cast<uint16_t>(port);

	if (open_socket(local.address.is_wildcard() ? IPType::ANY : family_of(local.address)) != Error::OK)
		return Error::ERR_CANT_CREATE;
	if (reuse_address_) (void)socket_->set_reuse_address(true);
	if (reuse_port_) (void)socket_->set_reuse_port(true);
	if (socket_->bind(local) != Error::OK) {
		detach();
		return Error::ERR_UNAVAILABLE;
	}
	ring_.set_ring_bytes(DatagramRing::ring_bytes_for(static_cast<size_t>(recv_buf_size)));
	return Error::OK;
}

// Leaves the socket, one's own or a server's, and what has come through it.
void PacketPeerUDP::detach() {
	if (const NetSocket *socket = active_socket()) last_os_error_ = socket->last_os_error();
	owner_ = nullptr;
	socket_.reset();
	connected_ = false;
	ring_.free_memory();
}

void PacketPeerUDP::close() {
	if (owner_ != nullptr) owner_->peer_closes(*this);
	detach();
	cancelled_.store(false, std::memory_order_relaxed);
}

Error PacketPeerUDP::resolve(const char *host, int port, Endpoint &out) const {
	out.port = static_cast<uint16_t>(port);
	out.address = IPAddress(host);
	if (out.address.is_valid()) {
		// An answer to the sender of the last packet leaves where that came in: text says nothing of interfaces.
		if (out.address == packet_from_.address) out.scope = packet_from_.scope;
		return Error::OK;
	}
	if (*host == '\0' || out.address.is_wildcard()) return Error::ERR_CANT_RESOLVE;
	NameLookup &names = hooks_.names != nullptr ? *hooks_.names : system_name_lookup();
	const Error answer = names.resolve(host, out.address);
	return answer == Error::OK && out.address.is_valid() ? Error::OK : Error::ERR_CANT_RESOLVE;
}

Error PacketPeerUDP::connect_to_host(const char *host, int port) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (host == nullptr || *host == '\0' || IPAddress(host).is_wildcard() || !is_udp_port(port))
		return Error::ERR_INVALID_PARAMETER;
	Endpoint remote;
	NETPEER_TRY(resolve(host, port, remote));
	if (socket_ == nullptr && open_socket(family_of(remote.address)) != Error::OK) return Error::ERR_CANT_OPEN;
	if (socket_->connect_udp(remote) != Error::OK) {
		detach();
		return Error::FAILED;
	}
	ring_.clear();
	connected_ = true;
	destination_ = packet_from_ = remote_ = remote;
	// "0.0.0.0" and "::" reach this machine, whose datagrams come from another address.
	Endpoint named;
	if (socket_->remote_endpoint(named) == Error::OK && named.address.is_valid() && named.port != 0) remote_ = named;
	return Error::OK;
}

Error PacketPeerUDP::set_dest_address(const char *host, int port) {
	if (connected_) return Error::OK;
	if (host == nullptr || !is_udp_port(port)) return Error::ERR_INVALID_PARAMETER;
	Endpoint destination;
	NETPEER_TRY(resolve(host, port, destination));
	destination_ = destination;
	return Error::OK;
}

Error PacketPeerUDP::set_dest_endpoint(const Endpoint &destination) {
	if (connected_) return Error::OK;
	if (!destination.address.is_valid() || destination.port == 0) return Error::ERR_INVALID_PARAMETER;
	destination_ = destination;
	return Error::OK;
}

std::string PacketPeerUDP::get_packet_ip() const {
	char text[IPAddress::kMaxTextBytes];
	return packet_from_.address.to_text(text);
}

int PacketPeerUDP::get_local_port() const {
	NetSocket *const socket = active_socket();
	Endpoint local;
	if (socket == nullptr || socket->local_endpoint(local) != Error::OK) return 0;
	return local.port;
}

SocketHandle PacketPeerUDP::native_handle() const {
	const NetSocket *const socket = active_socket();
	return socket != nullptr ? socket->native_handle() : kNoSocketHandle;
}

int PacketPeerUDP::last_os_error() const {
	const NetSocket *const socket = active_socket();
	return socket != nullptr ? socket->last_os_error() : last_os_error_;
}

// --- options ---

IgnorableError PacketPeerUDP::set_broadcast_enabled(bool enabled) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	broadcast_ = enabled;
	return socket_ != nullptr ? socket_->set_broadcasting_enabled(enabled) : Error::OK;
}

Error PacketPeerUDP::set_kernel_recv_buffer(int bytes) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (bytes < 0) return Error::ERR_INVALID_PARAMETER;
	kernel_recv_buffer_ = bytes;
	return socket_ != nullptr ? socket_->set_buffer_sizes(static_cast<size_t>(bytes), 0) : Error::OK;
}

Error PacketPeerUDP::set_kernel_send_buffer(int bytes) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (bytes < 0) return Error::ERR_INVALID_PARAMETER;
	kernel_send_buffer_ = bytes;
	return socket_ != nullptr ? socket_->set_buffer_sizes(0, static_cast<size_t>(bytes)) : Error::OK;
}

Error PacketPeerUDP::set_multicast_interface(const char *interface_name) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (interface_name == nullptr) return Error::ERR_INVALID_PARAMETER;
	MulticastInterface out;
	if (*interface_name != '\0') NETPEER_TRY(find_multicast_interface(interface_name, out));
	if (socket_ != nullptr) NETPEER_TRY(socket_->set_multicast_interface(out));
	multicast_interface_ = out;
	return Error::OK;
}

Error PacketPeerUDP::set_multicast_ttl(int hops) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (hops < 0 || hops > 255) return Error::ERR_INVALID_PARAMETER;
	if (socket_ != nullptr) NETPEER_TRY(socket_->set_multicast_ttl(hops));
	multicast_ttl_ = hops;
	return Error::OK;
}

Error PacketPeerUDP::set_multicast_loopback(bool enabled) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (socket_ != nullptr) NETPEER_TRY(socket_->set_multicast_loopback(enabled));
	multicast_loopback_ = enabled;
	return Error::OK;
}

Error PacketPeerUDP::join_multicast_group(const char *multicast_address, const char *interface_name) {
	return change_membership(multicast_address, interface_name, true);
}

Error PacketPeerUDP::leave_multicast_group(const char *multicast_address, const char *interface_name) {
	return change_membership(multicast_address, interface_name, false);
}

Error PacketPeerUDP::change_membership(const char *group, const char *interface_name, bool join) {
	if (owner_ != nullptr) return Error::ERR_LOCKED;
	if (!join && socket_ == nullptr) return Error::ERR_UNCONFIGURED;
	const IPAddress address = group != nullptr ? IPAddress(group) : IPAddress();
	if (!address.is_valid()) return Error::ERR_INVALID_PARAMETER;
	MulticastInterface on;
	NETPEER_TRY(find_multicast_interface(interface_name, on));
	if (!join) return socket_->leave_multicast_group(address, on);
	const bool was_open = socket_ != nullptr;
	if (!was_open) NETPEER_TRY(open_socket(family_of(address)));
	const Error answer = socket_->join_multicast_group(address, on);
	if (answer != Error::OK && !was_open) detach();
	return answer;
}

// --- sending ---

Error PacketPeerUDP::send_datagram(ByteView packet) {
	if (!destination_.address.is_valid()) return Error::ERR_UNCONFIGURED;
	if (!is_bound()) NETPEER_TRY(open_socket(family_of(destination_.address)));
	NetSocket *const socket = active_socket();
	DatagramOut out;
	out.bytes = packet;
	out.to = destination_;
	for (;;) {
		size_t sent = 0;
		const Error answer = socket->send_batch(&out, 1, sent);
		if (answer == Error::OK) return Error::OK;
		if (answer != Error::ERR_BUSY) {
			if (owner_ == nullptr) seen_icmp_errors_ = socket->counters().icmp_errors; // told herewith
			return Error::FAILED;
		}
		if (!blocking_) return Error::ERR_BUSY;
		const Error ready = sleep(PollType::POLL_TYPE_OUT, -1);
		if (ready != Error::OK) return ready;
	}
}

// --- waiting ---

Error PacketPeerUDP::wait(int timeout_ms) {
	if (!is_bound()) return Error::ERR_UNCONFIGURED;
	return ring_.empty() ? sleep(PollType::POLL_TYPE_IN, timeout_ms) : Error::OK;
}

// In slices, for cancel() and for ICMP errors, which do not wake a socket that waits for datagrams.
Error PacketPeerUDP::sleep(PollType type, int timeout_ms) {
	NetSocket *const socket = active_socket();
	Instant deadline = Instant::never();
	if (timeout_ms > 0) deadline = clock().now() + Duration::from_ms(timeout_ms);
	for (;;) {
		if (cancelled_.exchange(false, std::memory_order_acquire)) return Error::ERR_SKIP;
		Duration slice = Duration::from_ms(kCancelLatencyMs);
		if (timeout_ms == 0) slice = Duration();
		if (timeout_ms > 0) {
			const Instant now = clock().now();
			if (now >= deadline) return Error::ERR_TIMEOUT;
			if (deadline - now < slice) slice = deadline - now;
		}
		const Error ready = socket->wait(type, slice);
		if (ready != Error::ERR_BUSY) return ready;
		if (type == PollType::POLL_TYPE_IN && take_icmp_report()) return Error::FAILED;
		if (timeout_ms == 0) return Error::ERR_TIMEOUT;
	}
}

// --- receiving ---

// Whether there was an ICMP error since it was last told, on a peer that tells.
bool PacketPeerUDP::take_icmp_report() const {
	if (socket_ == nullptr || !connected_) return false;
	const uint64_t now = socket_->counters().icmp_errors;
	const bool is_new = now != seen_icmp_errors_;
	seen_icmp_errors_ = now;
	return is_new;
}

// Moves what the kernel has into the ring. OK, ERR_OUT_OF_MEMORY, or FAILED by the system.
Error PacketPeerUDP::receive_all() const {
	const NetSocketCounters &counters = socket_->counters();
	Error answer = Error::OK;
	uint8_t nowhere = 0; // when the ring is full: what fits here is dropped by us, the rest by the socket
	DatagramSlot slot;
	for (int i = 0; i < kMostPacketsPerPoll; ++i) {
		const Error room = ring_.open_room(slot.buffer);
		if (room == Error::ERR_OUT_OF_MEMORY) {
			answer = room;
			break;
		}
		if (room != Error::OK) slot.buffer = MutBytes(&nowhere, 1);
		const uint64_t skipped_before = counters.truncated + counters.icmp_errors;
		size_t received = 0;
		const Error came = socket_->receive_batch(&slot, 1, received);
		if (came == Error::OK && received != 0) {
			// Sent by others before the other end was fixed.
			if (connected_ && slot.from != remote_) continue;
			if (room == Error::OK)
				ring_.commit(slot.from, slot.size);
			else
				++dropped_;
			continue;
		}
		if (came != Error::OK && came != Error::ERR_BUSY) {
			answer = Error::FAILED;
			break;
		}
		// A pass that skipped much may have ended for that.
		if (counters.truncated + counters.icmp_errors == skipped_before) break;
	}
	dropped_ += counters.truncated - seen_truncated_;
	seen_truncated_ = counters.truncated;
	return answer;
}

Error PacketPeerUDP::poll() {
	if (!is_bound()) return Error::ERR_UNCONFIGURED;
	if (owner_ != nullptr) return Error::OK;
	const Error answer = receive_all();
	return take_icmp_report() ? Error::FAILED : answer;
}

int PacketPeerUDP::get_available_packet_count() const {
	if (!is_bound()) return -1;
	const bool may_wait = just_took_ && !ring_.empty();
	just_took_ = false;
	if (owner_ == nullptr && !may_wait) {
		const Error answer = receive_all();
		if (take_icmp_report() || answer != Error::OK) return -1;
	}
	return get_queued_packet_count();
}

// OK: there is one in the ring.
Error PacketPeerUDP::next_packet() {
	if (!ring_.empty()) return Error::OK;
	if (!is_bound()) return Error::FAILED;
	if (owner_ != nullptr) return Error::ERR_UNAVAILABLE;
	const Error answer = receive_all();
	if (!ring_.empty()) return Error::OK; // an ICMP error is told when there is nothing better
	if (take_icmp_report()) return Error::FAILED;
	return answer != Error::OK ? answer : Error::ERR_UNAVAILABLE;
}

Error PacketPeerUDP::get_packet_view(ByteView &packet) {
	packet = ByteView();
	NETPEER_TRY(next_packet());
	ring_.pop(packet_from_, packet);
	just_took_ = true;
	return Error::OK;
}

Error PacketPeerUDP::take_packet(ByteView &packet) {
	NETPEER_TRY(next_packet());
	packet_.clear();
	NETPEER_TRY(packet_.extend(ring_.front_bytes()));
	ByteView in_ring;
	ring_.pop(packet_from_, in_ring);
	just_took_ = true;
	if (!in_ring.empty()) std::memcpy(packet_.data(), in_ring.data, in_ring.size);
	packet = packet_.view();
	return Error::OK;
}

} // namespace netpeer
