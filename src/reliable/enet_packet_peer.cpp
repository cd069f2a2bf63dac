#include "enet_packet_peer.h"

#include "enet_connection.h"

namespace netpeer {

ENetPacketPeer::~ENetPacketPeer() {
	while (EnetPacket *packet = queue_first_) {
		queue_first_ = packet->next;
		packet->next = nullptr;
		release_enet_packet(packet);
	}
}

EnetHost *ENetPacketPeer::live_host() const { return connection_ != nullptr ? connection_->host_.get() : nullptr; }

Error ENetPacketPeer::send(int channel, ByteView packet, int flags) {
	EnetHost *host = live_host();
	if (host == nullptr) return Error::ERR_UNCONFIGURED;
	const int channels = get_channels();
	if (channel < 0 || channel > channels) return Error::ERR_INVALID_PARAMETER;
	if ((static_cast<uint32_t>(flags) & ~kEnetSendFlags) != 0) return Error::ERR_INVALID_PARAMETER;
	if (channel == channels) return Error::FAILED;
	return host->send(id_, static_cast<uint8_t>(channel), packet, static_cast<uint32_t>(flags));
}

void ENetPacketPeer::after_leaving() {
	EnetHost *host = live_host();
	if (host == nullptr || (host->peer_is_current(id_) && host->peer_state(id_) != EnetPeerState::kDisconnected))
		return;
	connection_->send_pass_now(); // the farewell datagram must not wait for a service() that may never come
	connection_->detach_handle(*this, EnetDropReason::kWeLeft, true);
}

void ENetPacketPeer::peer_disconnect(int data) {
	if (EnetHost *host = live_host()) (void)host->disconnect(id_, static_cast<uint32_t>(data));
	after_leaving();
}

void ENetPacketPeer::peer_disconnect_later(int data) {
	if (EnetHost *host = live_host()) (void)host->disconnect_later(id_, static_cast<uint32_t>(data));
	after_leaving();
}

void ENetPacketPeer::peer_disconnect_now(int data) {
	EnetHost *host = live_host();
	if (host == nullptr) return;
	(void)host->disconnect_now(id_, static_cast<uint32_t>(data));
	connection_->send_pass_now();
	connection_->detach_handle(*this, EnetDropReason::kWeLeft, true);
}

void ENetPacketPeer::reset() {
	EnetHost *host = live_host();
	if (host == nullptr) return;
	(void)host->reset(id_);
	connection_->detach_handle(*this, EnetDropReason::kWeLeft, true);
}

void ENetPacketPeer::ping() {
	if (EnetHost *host = live_host()) (void)host->ping(id_);
}

void ENetPacketPeer::ping_interval(int interval_ms) {
	const uint32_t interval = interval_ms > 0 ? static_cast<uint32_t>(interval_ms) : 0;
	if (EnetHost *host = live_host()) (void)host->set_ping_interval(id_, interval);
}

IgnorableError ENetPacketPeer::set_timeout(int timeout, int timeout_min_ms, int timeout_max_ms) {
	EnetHost *host = live_host();
	if (host == nullptr) return Error::ERR_UNCONFIGURED;
	if (timeout < 0 || timeout_min_ms < 0 || timeout_max_ms < 0) return Error::ERR_INVALID_PARAMETER;
	return host->set_timeout(id_, static_cast<uint32_t>(timeout), static_cast<uint32_t>(timeout_min_ms),
	        static_cast<uint32_t>(timeout_max_ms));
}

void ENetPacketPeer::throttle_configure(int interval_ms, int acceleration, int deceleration) {
	if (EnetHost *host = live_host())
		(void)host->configure_throttle(id_, static_cast<uint32_t>(interval_ms), static_cast<uint32_t>(acceleration),
		        static_cast<uint32_t>(deceleration));
}

Error ENetPacketPeer::set_repeats(int count, int channel) {
	EnetHost *host = live_host();
	if (host == nullptr) return Error::ERR_UNCONFIGURED;
	if (count < 0) return Error::ERR_INVALID_PARAMETER;
	return host->set_repeats(id_, channel, static_cast<uint32_t>(count));
}

Error ENetPacketPeer::set_channel_priority(int channel, EnetChannelPriority priority) {
	EnetHost *host = live_host();
	return host != nullptr ? host->set_channel_priority(id_, channel, priority) : Error::ERR_UNCONFIGURED;
}

Error ENetPacketPeer::set_congestion_control(EnetCongestionControl control) {
	EnetHost *host = live_host();
	return host != nullptr ? host->set_congestion_control(id_, control) : Error::ERR_UNCONFIGURED;
}

Error ENetPacketPeer::get_stats(EnetPeerStats &out) const {
	const EnetHost *host = live_host();
	return host != nullptr ? host->peer_stats(id_, out) : Error::ERR_UNCONFIGURED;
}

EnetPathStats ENetPacketPeer::get_path_statistics() const {
	EnetPathStats stats;
	if (const EnetHost *host = live_host()) (void)host->path_stats(id_, stats);
	return stats;
}

double ENetPacketPeer::get_statistic(PeerStatistic statistic) const {
	EnetPeerStats stats;
	if (get_stats(stats) != Error::OK) return 0;
	switch (statistic) {
	case PEER_PACKET_LOSS: return stats.packet_loss;
	case PEER_PACKET_LOSS_VARIANCE: return stats.packet_loss_variance;
	case PEER_PACKET_LOSS_EPOCH: return stats.packet_loss_epoch;
	case PEER_ROUND_TRIP_TIME: return stats.round_trip_time;
	case PEER_ROUND_TRIP_TIME_VARIANCE: return stats.round_trip_time_variance;
	case PEER_LAST_ROUND_TRIP_TIME: return stats.last_round_trip_time;
	case PEER_LAST_ROUND_TRIP_TIME_VARIANCE: return stats.last_round_trip_time_variance;
	case PEER_PACKET_THROTTLE: return stats.packet_throttle;
	case PEER_PACKET_THROTTLE_LIMIT: return stats.packet_throttle_limit;
	case PEER_PACKET_THROTTLE_COUNTER: return stats.packet_throttle_counter;
	case PEER_PACKET_THROTTLE_EPOCH: return stats.packet_throttle_epoch;
	case PEER_PACKET_THROTTLE_ACCELERATION: return stats.packet_throttle_acceleration;
	case PEER_PACKET_THROTTLE_DECELERATION: return stats.packet_throttle_deceleration;
	case PEER_PACKET_THROTTLE_INTERVAL: return stats.packet_throttle_interval;
	}
	return 0;
}

ENetPacketPeer::PeerState ENetPacketPeer::get_state() const {
	const EnetHost *host = live_host();
	return host != nullptr ? static_cast<PeerState>(host->peer_state(id_)) : STATE_DISCONNECTED;
}

int ENetPacketPeer::get_channels() const {
	const EnetHost *host = live_host();
	return host != nullptr ? static_cast<int>(host->peer_channels(id_)) : 0;
}

std::string ENetPacketPeer::get_remote_address() const {
	if (live_host() == nullptr) return std::string();
	char text[IPAddress::kMaxTextBytes];
	return endpoint_.address.to_text(text);
}

Endpoint ENetPacketPeer::get_remote_endpoint() const { return live_host() != nullptr ? endpoint_ : Endpoint(); }

int ENetPacketPeer::get_remote_port() const { return live_host() != nullptr ? endpoint_.port : 0; }

bool ENetPacketPeer::is_active() const { return get_state() != STATE_DISCONNECTED; }

int ENetPacketPeer::get_packet_flags() const {
	return queue_first_ != nullptr ? static_cast<int>(queue_first_->flags) : 0;
}

void ENetPacketPeer::push(EnetPacketRef &&packet) {
	EnetPacket *adopted = packet.get();
	if (adopted == nullptr) return;
	++adopted->owners; // ours, after `packet` has dropped its own
	packet.reset();
	adopted->next = nullptr;
	(queue_last_ != nullptr ? queue_last_->next : queue_first_) = adopted;
	queue_last_ = adopted;
	++queue_size_;
}

Error ENetPacketPeer::take_packet(ByteView &packet) {
	current_.reset();
	EnetPacket *taken = queue_first_;
	if (taken == nullptr) return live_host() != nullptr ? Error::ERR_UNAVAILABLE : Error::ERR_UNCONFIGURED;
	queue_first_ = taken->next;
	if (queue_first_ == nullptr) queue_last_ = nullptr;
	taken->next = nullptr;
	--queue_size_;
	current_ = EnetPacketRef(taken);
	packet = current_.view();
	return Error::OK;
}

Error ENetPacketPeer::send_packet(ByteView packet) { return send(0, packet, FLAG_RELIABLE); }

} // namespace netpeer
