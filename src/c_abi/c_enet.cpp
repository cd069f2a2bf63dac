// The C face of ENet: ENetConnection and ENetPacketPeer. The connection lends the handles of its peers: it has a reference to
// each until the first service() after the peer's end, so that C programs need not count.

#include "../core/clock.h"
#include "../reliable/enet_connection.h"
#include "../tls/tls_session.h"
#include "c_handles.h"

using namespace netpeer;

namespace netpeer {

/// A connection and the settings its hosts are created with.
struct LendingConnection {
	LendingConnection() : connection(hooks()) {}

	ENetConnectionHooks hooks() {
		ENetConnectionHooks made;
		made.user = this;
		made.configure = &LendingConnection::configure;
		return made;
	}
	static size_t capped(uint64_t bytes) { return bytes < SIZE_MAX ? static_cast<size_t>(bytes) : SIZE_MAX; }
	static void configure(void *user, EnetHostConfig &config) {
		const netpeer_enet_settings &from = static_cast<LendingConnection *>(user)->settings;
		if (from.mtu != 0) config.mtu = from.mtu;
		if (from.duplicate_peers != 0) config.duplicate_peers = from.duplicate_peers;
		if (from.max_packet_size != 0) config.max_packet_size = capped(from.max_packet_size);
		if (from.max_waiting_data != 0) config.max_waiting_data = capped(from.max_waiting_data);
		if (from.peer_memory_limit != 0) config.peer_memory_limit = capped(from.peer_memory_limit);
		if (from.host_memory_limit != 0) config.host_memory_limit = capped(from.host_memory_limit);
		if (from.decompress_share != 0) config.decompress_share = from.decompress_share;
		if (from.no_decompress_share != 0) config.decompress_share = 0;
	}

	netpeer_enet_settings settings = {};
	ENetConnection connection;
};

using LentPeers = IntrusiveList<netpeer_packet_peer, &netpeer_packet_peer::lent_hook>;

} // namespace netpeer

namespace {

void take_back(LentPeers &peers, netpeer_packet_peer *peer) {
	peers.remove(peer);
	peer->lender = nullptr;
	release_handle(peer);
}

/// With `kept`, also those that the program keeps.
void take_back_all(LentPeers &peers, bool kept) {
	netpeer_packet_peer *peer = peers.front();
	while (peer != nullptr) {
		netpeer_packet_peer *const next = LentPeers::next_of(peer);
		if (kept || peer->references.load(std::memory_order_acquire) == 1) take_back(peers, peer);
		peer = next;
	}
}

} // namespace

struct netpeer_enet_connection : HandleCore {
	~netpeer_enet_connection() {
		object.reset();
		take_back_all(ended, true);
		take_back_all(lent, true);
	}

	std::shared_ptr<LendingConnection> object;
	LentPeers lent;
	// To be taken back by a service(): the next one, or the first after the program has let go of it. So a reference of the
	// program's is never the last one while there is a connection, and may be released by any thread.
	LentPeers ended;
};

namespace {

#define NETPEER_C_SAME_ENET(name, theirs) static_assert(is_number(NETPEER_ENET_##name, theirs), "as in C++")
NETPEER_C_SAME_ENET(COMPRESS_NONE, ENetConnection::COMPRESS_NONE);
NETPEER_C_SAME_ENET(COMPRESS_RANGE_CODER, ENetConnection::COMPRESS_RANGE_CODER);
NETPEER_C_SAME_ENET(COMPRESS_FASTLZ, ENetConnection::COMPRESS_FASTLZ);
NETPEER_C_SAME_ENET(COMPRESS_ZLIB, ENetConnection::COMPRESS_ZLIB);
NETPEER_C_SAME_ENET(COMPRESS_ZSTD, ENetConnection::COMPRESS_ZSTD);
NETPEER_C_SAME_ENET(EVENT_ERROR, ENetConnection::EVENT_ERROR);
NETPEER_C_SAME_ENET(EVENT_NONE, ENetConnection::EVENT_NONE);
NETPEER_C_SAME_ENET(EVENT_CONNECT, ENetConnection::EVENT_CONNECT);
NETPEER_C_SAME_ENET(EVENT_DISCONNECT, ENetConnection::EVENT_DISCONNECT);
NETPEER_C_SAME_ENET(EVENT_RECEIVE, ENetConnection::EVENT_RECEIVE);
NETPEER_C_SAME_ENET(FLAG_RELIABLE, ENetPacketPeer::FLAG_RELIABLE);
NETPEER_C_SAME_ENET(FLAG_UNSEQUENCED, ENetPacketPeer::FLAG_UNSEQUENCED);
NETPEER_C_SAME_ENET(FLAG_UNRELIABLE_FRAGMENT, ENetPacketPeer::FLAG_UNRELIABLE_FRAGMENT);
NETPEER_C_SAME_ENET(HOST_TOTAL_SENT_DATA, ENetConnection::HOST_TOTAL_SENT_DATA);
NETPEER_C_SAME_ENET(HOST_TOTAL_SENT_PACKETS, ENetConnection::HOST_TOTAL_SENT_PACKETS);
NETPEER_C_SAME_ENET(HOST_TOTAL_RECEIVED_DATA, ENetConnection::HOST_TOTAL_RECEIVED_DATA);
NETPEER_C_SAME_ENET(HOST_TOTAL_RECEIVED_PACKETS, ENetConnection::HOST_TOTAL_RECEIVED_PACKETS);
NETPEER_C_SAME_ENET(PEER_PACKET_LOSS, ENetPacketPeer::PEER_PACKET_LOSS);
NETPEER_C_SAME_ENET(PEER_PACKET_LOSS_VARIANCE, ENetPacketPeer::PEER_PACKET_LOSS_VARIANCE);
NETPEER_C_SAME_ENET(PEER_PACKET_LOSS_EPOCH, ENetPacketPeer::PEER_PACKET_LOSS_EPOCH);
NETPEER_C_SAME_ENET(PEER_ROUND_TRIP_TIME, ENetPacketPeer::PEER_ROUND_TRIP_TIME);
NETPEER_C_SAME_ENET(PEER_ROUND_TRIP_TIME_VARIANCE, ENetPacketPeer::PEER_ROUND_TRIP_TIME_VARIANCE);
NETPEER_C_SAME_ENET(PEER_LAST_ROUND_TRIP_TIME, ENetPacketPeer::PEER_LAST_ROUND_TRIP_TIME);
NETPEER_C_SAME_ENET(PEER_LAST_ROUND_TRIP_TIME_VARIANCE, ENetPacketPeer::PEER_LAST_ROUND_TRIP_TIME_VARIANCE);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE, ENetPacketPeer::PEER_PACKET_THROTTLE);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_LIMIT, ENetPacketPeer::PEER_PACKET_THROTTLE_LIMIT);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_COUNTER, ENetPacketPeer::PEER_PACKET_THROTTLE_COUNTER);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_EPOCH, ENetPacketPeer::PEER_PACKET_THROTTLE_EPOCH);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_ACCELERATION, ENetPacketPeer::PEER_PACKET_THROTTLE_ACCELERATION);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_DECELERATION, ENetPacketPeer::PEER_PACKET_THROTTLE_DECELERATION);
NETPEER_C_SAME_ENET(PEER_PACKET_THROTTLE_INTERVAL, ENetPacketPeer::PEER_PACKET_THROTTLE_INTERVAL);
NETPEER_C_SAME_ENET(STATE_DISCONNECTED, ENetPacketPeer::STATE_DISCONNECTED);
NETPEER_C_SAME_ENET(STATE_CONNECTING, ENetPacketPeer::STATE_CONNECTING);
NETPEER_C_SAME_ENET(STATE_ACKNOWLEDGING_CONNECT, ENetPacketPeer::STATE_ACKNOWLEDGING_CONNECT);
NETPEER_C_SAME_ENET(STATE_CONNECTION_PENDING, ENetPacketPeer::STATE_CONNECTION_PENDING);
NETPEER_C_SAME_ENET(STATE_CONNECTION_SUCCEEDED, ENetPacketPeer::STATE_CONNECTION_SUCCEEDED);
NETPEER_C_SAME_ENET(STATE_CONNECTED, ENetPacketPeer::STATE_CONNECTED);
NETPEER_C_SAME_ENET(STATE_DISCONNECT_LATER, ENetPacketPeer::STATE_DISCONNECT_LATER);
NETPEER_C_SAME_ENET(STATE_DISCONNECTING, ENetPacketPeer::STATE_DISCONNECTING);
NETPEER_C_SAME_ENET(STATE_ACKNOWLEDGING_DISCONNECT, ENetPacketPeer::STATE_ACKNOWLEDGING_DISCONNECT);
NETPEER_C_SAME_ENET(STATE_ZOMBIE, ENetPacketPeer::STATE_ZOMBIE);
NETPEER_C_SAME_ENET(DROP_NONE, EnetDropReason::kNone);
NETPEER_C_SAME_ENET(DROP_REMOTE_ASKED, EnetDropReason::kRemoteAsked);
NETPEER_C_SAME_ENET(DROP_WE_ASKED, EnetDropReason::kWeAsked);
NETPEER_C_SAME_ENET(DROP_TIMED_OUT, EnetDropReason::kTimedOut);
NETPEER_C_SAME_ENET(DROP_CONNECT_TIMED_OUT, EnetDropReason::kConnectTimedOut);
NETPEER_C_SAME_ENET(DROP_REFUSED, EnetDropReason::kRefused);
NETPEER_C_SAME_ENET(DROP_WE_LEFT, EnetDropReason::kWeLeft);
NETPEER_C_SAME_ENET(DROP_HOST_DESTROYED, EnetDropReason::kHostDestroyed);
NETPEER_C_SAME_ENET(DROP_UNDECODABLE, EnetDropReason::kUndecodable);
NETPEER_C_SAME_ENET(DROP_SESSION_LOST, EnetDropReason::kSessionLost);
NETPEER_C_SAME_ENET(CONGESTION_RATE_MODEL, EnetCongestionControl::kRateModel);
NETPEER_C_SAME_ENET(CONGESTION_CUBIC, EnetCongestionControl::kCubic);
NETPEER_C_SAME_ENET(CONGESTION_STOCK, EnetCongestionControl::kStock);
NETPEER_C_SAME_ENET(PRIORITY_AUTOMATIC, EnetChannelPriority::kAutomatic);
NETPEER_C_SAME_ENET(PRIORITY_PROMPT, EnetChannelPriority::kPrompt);
NETPEER_C_SAME_ENET(PRIORITY_BULK, EnetChannelPriority::kBulk);
#undef NETPEER_C_SAME_ENET

ENetConnection *enet_of(const netpeer_enet_connection *connection) {
	return connection != nullptr ? &connection->object->connection : nullptr;
}
ENetPacketPeer *enet_peer_of(const netpeer_packet_peer *peer) {
	return object_of<ENetPacketPeer>(peer, HandleKind::kPacketEnet);
}

void forget_handle(netpeer_packet_peer &handle) { enet_peer_of(&handle)->set_user_data(nullptr); }
int flags_of_next_packet(netpeer_packet_peer &handle) { return enet_peer_of(&handle)->get_packet_flags(); }

/// The one handle of a peer; null without memory.
netpeer_packet_peer *lend(netpeer_enet_connection &connection, const std::shared_ptr<ENetPacketPeer> &peer) {
	if (peer == nullptr) return nullptr;
	if (peer->get_user_data() != nullptr) return static_cast<netpeer_packet_peer *>(peer->get_user_data());
	netpeer_packet_peer *handle =
	        new_handle<netpeer_packet_peer>(HandleKind::kPacketEnet, std::shared_ptr<PacketPeer>(peer));
	if (handle == nullptr) return nullptr;
	handle->before_end = &forget_handle;
	handle->flags_of_next = &flags_of_next_packet;
	handle->lender = &connection;
	peer->set_user_data(handle);
	connection.lent.push_back(handle);
	return handle;
}

/// After whatever may have ended a connection.
void note_end(netpeer_packet_peer &handle) {
	netpeer_enet_connection *const lender = handle.lender;
	if (lender == nullptr || enet_peer_of(&handle)->is_active()) return;
	lender->lent.remove(&handle);
	lender->ended.push_back(&handle);
	handle.lender = nullptr; // it is noted
}

bool is_control(int control) {
	return control >= NETPEER_ENET_CONGESTION_RATE_MODEL && control <= NETPEER_ENET_CONGESTION_STOCK;
}

void give_structure(const void *from, size_t from_bytes, void *out, size_t out_bytes) {
	std::memcpy(out, from, out_bytes < from_bytes ? out_bytes : from_bytes);
	// A newer program's structure has more: zero, as what has not been counted.
	if (out_bytes > from_bytes) std::memset(static_cast<uint8_t *>(out) + from_bytes, 0, out_bytes - from_bytes);
}

} // namespace

// --- the host ---

netpeer_enet_connection *netpeer_enet_connection_new(void) {
	return new_object_handle<LendingConnection, netpeer_enet_connection>(HandleKind::kOther);
}
netpeer_enet_connection *netpeer_enet_connection_retain(netpeer_enet_connection *connection) {
	return retain_handle(connection);
}
void netpeer_enet_connection_release(netpeer_enet_connection *connection) { release_handle(connection); }

netpeer_error netpeer_enet_connection_set_settings(
        netpeer_enet_connection *connection, const netpeer_enet_settings *settings) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || settings == nullptr) return kBadArgument;
	if (enet->is_active()) return NETPEER_ERR_ALREADY_IN_USE;
	if (settings->mtu != 0 && (settings->mtu < kEnetMinMtu || settings->mtu > kEnetMaxMtu)) return kBadArgument;
	connection->object->settings = *settings;
	return NETPEER_OK;
}

netpeer_error netpeer_enet_connection_create_host(
        netpeer_enet_connection *connection, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	return code_of(enet->create_host(max_peers, max_channels, in_bandwidth, out_bandwidth));
}

netpeer_error netpeer_enet_connection_create_host_bound(netpeer_enet_connection *connection, const char *address,
        int port, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	return code_of(
	        enet->create_host_bound(or_any(address), port, max_peers, max_channels, in_bandwidth, out_bandwidth));
}

netpeer_error netpeer_enet_connection_destroy(netpeer_enet_connection *connection) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->destroy();
	while (netpeer_packet_peer *peer = connection->lent.front()) note_end(*peer);
	return NETPEER_OK;
}

int netpeer_enet_connection_is_active(const netpeer_enet_connection *connection) {
	const ENetConnection *enet = enet_of(connection);
	return enet != nullptr && enet->is_active();
}

netpeer_enet_packet_peer *netpeer_enet_connection_connect_to_host(
        netpeer_enet_connection *connection, const char *address, int port, int channels, uint32_t data) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || address == nullptr) return nullptr;
	const std::shared_ptr<ENetPacketPeer> peer = enet->connect_to_host(address, port, channels, static_cast<int>(data));
	netpeer_packet_peer *handle = lend(*connection, peer);
	if (handle == nullptr && peer != nullptr) peer->reset();
	return handle;
}

int netpeer_enet_connection_service(netpeer_enet_connection *connection, int timeout_ms, netpeer_enet_event *event) {
	if (event != nullptr) *event = netpeer_enet_event{nullptr, NETPEER_ENET_EVENT_ERROR, 0, 0, 0};
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || event == nullptr) return NETPEER_ENET_EVENT_ERROR;
	take_back_all(connection->ended, false);
	const ENetConnection::Event given = enet->service(timeout_ms);
	event->peer = lend(*connection, given.peer);
	event->type = given.type;
	event->channel = given.channel;
	event->data = given.data;
	event->reason = static_cast<int32_t>(given.reason);
	if (event->peer != nullptr) note_end(*event->peer);
	return event->type;
}

int64_t netpeer_enet_connection_next_service_us(const netpeer_enet_connection *connection) {
	const ENetConnection *enet = enet_of(connection);
	const Instant due = enet != nullptr ? enet->next_service_time() : Instant::never();
	if (due.is_never()) return -1;
	const Duration left = due - system_clock().now();
	return left.us > 0 ? left.us : 0;
}

netpeer_error netpeer_enet_connection_flush(netpeer_enet_connection *connection) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->flush();
	return NETPEER_OK;
}

netpeer_error netpeer_enet_connection_bandwidth_limit(
        netpeer_enet_connection *connection, int in_bandwidth, int out_bandwidth) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || in_bandwidth < 0 || out_bandwidth < 0) return kBadArgument;
	enet->bandwidth_limit(in_bandwidth, out_bandwidth);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_connection_channel_limit(netpeer_enet_connection *connection, int limit) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->channel_limit(limit);
	return NETPEER_OK;
}

int netpeer_enet_connection_get_max_channels(const netpeer_enet_connection *connection) {
	const ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? enet->get_max_channels() : 0;
}

int netpeer_enet_connection_get_local_port(const netpeer_enet_connection *connection) {
	const ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? enet->get_local_port() : 0;
}

netpeer_error netpeer_enet_connection_get_peers(
        netpeer_enet_connection *connection, netpeer_enet_packet_peer **out, size_t capacity, size_t *count) {
	if (count != nullptr) *count = 0;
	if (connection == nullptr || count == nullptr || !are_bytes(out, capacity)) return kBadArgument;
	// ENetConnection::get_peers() without its list: peers are lent in the order they are made.
	for (netpeer_packet_peer *peer = connection->lent.front(); peer != nullptr; peer = LentPeers::next_of(peer)) {
		if (*count < capacity) out[*count] = peer;
		++*count;
	}
	return NETPEER_OK;
}

double netpeer_enet_connection_pop_statistic(netpeer_enet_connection *connection, int statistic) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? enet->pop_statistic(static_cast<ENetConnection::HostStatistic>(statistic)) : 0;
}

netpeer_error netpeer_enet_connection_broadcast(
        netpeer_enet_connection *connection, int channel, const void *data, size_t size, int flags) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(enet->broadcast(channel, c_bytes(data, size), flags));
}

netpeer_error netpeer_enet_connection_socket_send(
        netpeer_enet_connection *connection, const char *address, int port, const void *data, size_t size) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || address == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(enet->socket_send(address, port, c_bytes(data, size)));
}

netpeer_error netpeer_enet_connection_compress(netpeer_enet_connection *connection, int mode) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || mode < NETPEER_ENET_COMPRESS_NONE || mode > NETPEER_ENET_COMPRESS_ZSTD) return kBadArgument;
	return code_of(enet->compress(static_cast<ENetConnection::CompressionMode>(mode)));
}

netpeer_error netpeer_enet_connection_dtls_server_setup(
        netpeer_enet_connection *connection, netpeer_tls_options *options) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr && options != nullptr ? code_of(enet->dtls_server_setup(options->object)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_dtls_client_setup(
        netpeer_enet_connection *connection, const char *hostname, netpeer_tls_options *options) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || hostname == nullptr) return kBadArgument;
	return code_of(enet->dtls_client_setup(hostname, options != nullptr ? options->object : nullptr));
}

netpeer_error netpeer_enet_connection_refuse_new_connections(netpeer_enet_connection *connection, int refuse) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->refuse_new_connections(refuse != 0);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_connection_set_checksum(netpeer_enet_connection *connection, int enabled) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? code_of(enet->set_checksum(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_set_connect_timeout(netpeer_enet_connection *connection, int timeout_ms) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? code_of(enet->set_connect_timeout(timeout_ms)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_set_congestion_control(netpeer_enet_connection *connection, int control) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || !is_control(control)) return kBadArgument;
	return code_of(enet->set_congestion_control(static_cast<EnetCongestionControl>(control)));
}

netpeer_error netpeer_enet_connection_set_number_datagrams(netpeer_enet_connection *connection, int enabled) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? code_of(enet->set_number_datagrams(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_set_echo_acknowledgements(netpeer_enet_connection *connection, int enabled) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? code_of(enet->set_echo_acknowledgements(enabled != 0)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_pause(netpeer_enet_connection *connection) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->pause();
	return NETPEER_OK;
}

netpeer_error netpeer_enet_connection_resume(netpeer_enet_connection *connection) {
	ENetConnection *enet = enet_of(connection);
	if (enet == nullptr) return kBadArgument;
	enet->resume();
	return NETPEER_OK;
}

int netpeer_enet_connection_is_paused(const netpeer_enet_connection *connection) {
	const ENetConnection *enet = enet_of(connection);
	return enet != nullptr && enet->is_paused();
}

netpeer_error netpeer_enet_connection_set_longest_step(netpeer_enet_connection *connection, int step_ms) {
	ENetConnection *enet = enet_of(connection);
	return enet != nullptr ? code_of(enet->set_longest_step(step_ms)) : kBadArgument;
}

netpeer_error netpeer_enet_connection_get_counters(
        const netpeer_enet_connection *connection, netpeer_enet_counters *out, size_t out_bytes) {
	const ENetConnection *enet = enet_of(connection);
	if (enet == nullptr || out == nullptr) return kBadArgument;
	EnetHostCounters from;
	const Error error = enet->get_counters(from);
	if (error != Error::OK) return code_of(error);
	const netpeer_enet_counters given = {from.received_datagrams, from.received_bytes, from.sent_datagrams,
	        from.sent_bytes, from.received_plain_bytes, from.sent_plain_bytes, from.dropped_short,
	        from.dropped_oversized, from.dropped_unknown_peer, from.dropped_wrong_address, from.dropped_wrong_session,
	        from.dropped_checksum, from.dropped_decompression, from.dropped_decompress_budget,
	        from.dropped_while_connecting, from.refused_connects, from.repeated_connects, from.malformed_commands,
	        from.misplaced_commands, from.refused_over_budget, from.refused_too_far_ahead, from.discarded_duplicates,
	        from.discarded_stale, from.unmatched_acks, from.spurious_resends, from.resent_commands,
	        from.throttled_packets, from.out_of_memory, enet->get_unsent_datagrams(), enet->get_send_errors()};
	give_structure(&given, sizeof(given), out, out_bytes);
	return NETPEER_OK;
}

// --- its peers ---

netpeer_error netpeer_enet_packet_peer_send(
        netpeer_enet_packet_peer *peer, int channel, const void *data, size_t size, int flags) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr || !are_bytes(data, size)) return kBadArgument;
	return code_of(enet->send(channel, c_bytes(data, size), flags));
}

netpeer_error netpeer_enet_packet_peer_peer_disconnect(netpeer_enet_packet_peer *peer, uint32_t data) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->peer_disconnect(static_cast<int>(data));
	note_end(*peer);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_peer_disconnect_later(netpeer_enet_packet_peer *peer, uint32_t data) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->peer_disconnect_later(static_cast<int>(data));
	note_end(*peer);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_peer_disconnect_now(netpeer_enet_packet_peer *peer, uint32_t data) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->peer_disconnect_now(static_cast<int>(data));
	note_end(*peer);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_reset(netpeer_enet_packet_peer *peer) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->reset();
	note_end(*peer);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_ping(netpeer_enet_packet_peer *peer) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->ping();
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_ping_interval(netpeer_enet_packet_peer *peer, int interval_ms) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->ping_interval(interval_ms);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_set_timeout(netpeer_enet_packet_peer *peer, int factor, int min_ms, int max_ms) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? code_of(enet->set_timeout(factor, min_ms, max_ms)) : kBadArgument;
}

netpeer_error netpeer_enet_packet_peer_throttle_configure(
        netpeer_enet_packet_peer *peer, int interval_ms, int acceleration, int deceleration) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	enet->throttle_configure(interval_ms, acceleration, deceleration);
	return NETPEER_OK;
}

double netpeer_enet_packet_peer_get_statistic(const netpeer_enet_packet_peer *peer, int statistic) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? enet->get_statistic(static_cast<ENetPacketPeer::PeerStatistic>(statistic)) : 0;
}

int netpeer_enet_packet_peer_get_state(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? enet->get_state() : ENetPacketPeer::STATE_DISCONNECTED;
}

int netpeer_enet_packet_peer_get_channels(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? enet->get_channels() : 0;
}

int netpeer_enet_packet_peer_get_remote_port(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? enet->get_remote_port() : 0;
}

int netpeer_enet_packet_peer_is_active(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr && enet->is_active();
}

netpeer_error netpeer_enet_packet_peer_get_remote_address(
        const netpeer_enet_packet_peer *peer, netpeer_ip_text *address) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr || address == nullptr) return kBadArgument;
	return give_address(enet->get_remote_endpoint().address, address);
}

int netpeer_enet_packet_peer_get_packet_flags(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return 0;
	return peer->has_packet ? peer->packet_flags : enet->get_packet_flags();
}

int netpeer_enet_packet_peer_get_drop_reason(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? static_cast<int>(enet->get_drop_reason()) : 0;
}

int netpeer_enet_packet_peer_get_session_failure(const netpeer_enet_packet_peer *peer) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? static_cast<int>(enet->get_session_failure()) : 0;
}

netpeer_error netpeer_enet_packet_peer_get_stats(
        const netpeer_enet_packet_peer *peer, netpeer_enet_peer_stats *out, size_t out_bytes) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr || out == nullptr) return kBadArgument;
	EnetPeerStats from;
	const Error error = enet->get_stats(from);
	if (error != Error::OK) return code_of(error);
	const netpeer_enet_peer_stats given = {from.queued_commands, from.queued_data, from.unacknowledged_commands,
	        from.acknowledged_commands, from.resent_commands, from.waiting_data, from.memory_held,
	        from.reliable_data_in_transit, from.undecodable_datagrams, from.mtu, from.window_size,
	        from.incoming_bandwidth, from.outgoing_bandwidth};
	give_structure(&given, sizeof(given), out, out_bytes);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_get_path_stats(
        const netpeer_enet_packet_peer *peer, netpeer_enet_path_stats *out, size_t out_bytes) {
	const ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr || out == nullptr) return kBadArgument;
	if (!enet->is_active()) return NETPEER_ERR_UNCONFIGURED;
	const EnetPathStats from = enet->get_path_statistics();
	const netpeer_enet_path_stats given = {from.resent_commands, from.spurious_resends, from.copied_commands,
	        from.bandwidth, from.pacing_rate, from.bytes_in_flight, from.congestion_window, from.smoothed_rtt_us,
	        from.rtt_variation_us, from.minimum_rtt_us, from.queue_delay_us, from.path_mtu};
	give_structure(&given, sizeof(given), out, out_bytes);
	return NETPEER_OK;
}

netpeer_error netpeer_enet_packet_peer_set_repeats(netpeer_enet_packet_peer *peer, int count, int channel) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	return enet != nullptr ? code_of(enet->set_repeats(count, channel)) : kBadArgument;
}

netpeer_error netpeer_enet_packet_peer_set_channel_priority(netpeer_enet_packet_peer *peer, int channel, int priority) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr) return kBadArgument;
	if (priority < NETPEER_ENET_PRIORITY_AUTOMATIC || priority > NETPEER_ENET_PRIORITY_BULK) return kBadArgument;
	return code_of(enet->set_channel_priority(channel, static_cast<EnetChannelPriority>(priority)));
}

netpeer_error netpeer_enet_packet_peer_set_congestion_control(netpeer_enet_packet_peer *peer, int control) {
	ENetPacketPeer *enet = enet_peer_of(peer);
	if (enet == nullptr || !is_control(control)) return kBadArgument;
	return code_of(enet->set_congestion_control(static_cast<EnetCongestionControl>(control)));
}

netpeer_error netpeer_enet_packet_peer_set_user_data(netpeer_enet_packet_peer *peer, void *data) {
	if (enet_peer_of(peer) == nullptr) return kBadArgument;
	peer->user_data = data;
	return NETPEER_OK;
}

void *netpeer_enet_packet_peer_get_user_data(const netpeer_enet_packet_peer *peer) {
	return enet_peer_of(peer) != nullptr ? peer->user_data : nullptr;
}
