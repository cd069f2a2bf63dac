// libenet as a Side, through its public header only.
#include "interop_side.h"

#include <enet/enet.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace interop {

namespace {

ENetAddress loopback_address(uint16_t port) {
	ENetAddress address;
	enet_address_set_host_ip(&address, "127.0.0.1");
	address.port = port;
	return address;
}

class StockSide : public Side {
public:
	explicit StockSide(const SideConfig &config) {
		const ENetAddress any_port = loopback_address(ENET_PORT_ANY);
		host_ = enet_host_create(
		        &any_port, config.peers, config.channels, config.incoming_bandwidth, config.outgoing_bandwidth);
		if (host_ == nullptr) return;
		if (config.mtu != 0) {
			host_->mtu = config.mtu;
			for (size_t i = 0; i < host_->peerCount; ++i) host_->peers[i].mtu = config.mtu; // 1.3.17 fills slots early
		}
		set_checksum(config.checksum);
		if (config.compression == kRangeCoder) enet_host_compress_with_range_coder(host_);
		set_faults(config.faults);
		all_sides().push_back(this);
		host_->intercept = intercept;
	}
	~StockSide() override {
		if (host_ == nullptr) return;
		all_sides().erase(std::find(all_sides().begin(), all_sides().end(), this));
		enet_host_destroy(host_);
	}
	bool is_open() const { return host_ != nullptr; }

	const char *name() const override { return "stock"; }
	uint16_t port() const override {
		ENetAddress address;
		return enet_socket_get_address(host_->socket, &address) == 0 ? address.port : uint16_t{0};
	}

	Conn connect(uint16_t to_port, size_t channels, uint32_t data) override {
		const ENetAddress address = loopback_address(to_port);
		return conn_of(enet_host_connect(host_, &address, channels, data));
	}
	bool send(Conn conn, uint8_t channel, netpeer::ByteView bytes, uint32_t flags) override {
		ENetPacket *packet = enet_packet_create(bytes.data, bytes.size, flags);
		if (packet == nullptr) return false;
		if (enet_peer_send(peer_of(conn), channel, packet) == 0) return true;
		enet_packet_destroy(packet);
		return false;
	}
	void disconnect(Conn conn, uint32_t data) override { enet_peer_disconnect(peer_of(conn), data); }
	void disconnect_later(Conn conn, uint32_t data) override { enet_peer_disconnect_later(peer_of(conn), data); }
	void disconnect_now(Conn conn, uint32_t data) override { enet_peer_disconnect_now(peer_of(conn), data); }
	void reset(Conn conn) override { enet_peer_reset(peer_of(conn)); }
	void set_timeout(Conn conn, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) override {
		enet_peer_timeout(peer_of(conn), limit, minimum_ms, maximum_ms);
	}
	void set_ping_interval(Conn conn, uint32_t interval_ms) override {
		enet_peer_ping_interval(peer_of(conn), interval_ms);
	}
	void configure_throttle(Conn conn, uint32_t interval, uint32_t acceleration, uint32_t deceleration) override {
		enet_peer_throttle_configure(peer_of(conn), interval, acceleration, deceleration);
	}
	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) override {
		enet_host_bandwidth_limit(host_, incoming, outgoing);
	}
	void set_checksum(bool enabled) override { host_->checksum = enabled ? enet_crc32 : nullptr; }
	void set_faults(const Faults &faults) override { dice_ = FaultDice(faults); }
	SideStats stats(Conn conn) const override {
		ENetPeer *peer = peer_of(conn);
		SideStats stats;
		stats.state = peer->state;
		stats.channels = peer->channelCount;
		stats.mtu = peer->mtu;
		stats.window_size = peer->windowSize;
		stats.incoming_bandwidth = peer->incomingBandwidth;
		stats.outgoing_bandwidth = peer->outgoingBandwidth;
		stats.throttle_interval = peer->packetThrottleInterval;
		stats.throttle_acceleration = peer->packetThrottleAcceleration;
		stats.throttle_deceleration = peer->packetThrottleDeceleration;
		stats.round_trip_time = peer->roundTripTime;
		stats.unacknowledged = enet_list_size(&peer->sentReliableCommands);
		stats.queued = enet_list_size(&peer->outgoingCommands);
		return stats;
	}
	size_t connected_peers() const override { return host_->connectedPeers; }

	bool poll() override {
		const enet_uint32 before = host_->totalSentPackets + host_->totalReceivedPackets;
		ENetEvent event;
		int got = enet_host_service(host_, &event, 0);
		EXPECT_GE(got, 0) << "enet_host_service failed";
		while (got > 0) {
			collect(event);
			got = enet_host_check_events(host_, &event);
		}
		return host_->totalSentPackets + host_->totalReceivedPackets != before;
	}
	void wait(uint32_t ms) override {
		enet_uint32 condition = ENET_SOCKET_WAIT_RECEIVE;
		enet_socket_wait(host_->socket, &condition, ms);
	}

private:
	// libenet's hook for raw datagrams: 1 means it is gone. It has no user pointer, hence the list.
	static int ENET_CALLBACK intercept(ENetHost *host, ENetEvent *) {
		for (StockSide *side : all_sides()) {
			if (side->host_ == host) return side->dice_.drops_received() ? 1 : 0;
		}
		return 0;
	}
	static std::vector<StockSide *> &all_sides() {
		static std::vector<StockSide *> sides;
		return sides;
	}
	ENetPeer *peer_of(Conn conn) const { return &host_->peers[conn.key]; }
	Conn conn_of(const ENetPeer *peer) const {
		return peer != nullptr ? Conn{static_cast<uint32_t>(peer - host_->peers)} : Conn{};
	}
	void collect(const ENetEvent &event) {
		SideEvent taken;
		taken.conn = conn_of(event.peer);
		taken.data = event.data;
		switch (event.type) {
		case ENET_EVENT_TYPE_CONNECT: taken.what = What::kConnect; break;
		case ENET_EVENT_TYPE_DISCONNECT: taken.what = What::kDisconnect; break;
		case ENET_EVENT_TYPE_RECEIVE:
			taken.what = What::kReceive;
			taken.data = 0; // libenet leaves it as it was
			taken.channel = event.channelID;
			taken.flags = event.packet->flags;
			if (event.packet->dataLength != 0) {
				taken.bytes.assign(event.packet->data, event.packet->data + event.packet->dataLength);
			}
			enet_packet_destroy(event.packet);
			break;
		default: return;
		}
		events.push_back(std::move(taken));
	}

	ENetHost *host_ = nullptr;
	FaultDice dice_;
};

} // namespace

std::unique_ptr<Side> make_stock_side(const SideConfig &config) {
	auto side = std::make_unique<StockSide>(config);
	if (!side->is_open()) return nullptr;
	return side;
}

} // namespace interop
