// netpeer's EnetHost as a Side, without what carries its datagrams and tells it the time.
#pragma once

#include "interop_side.h"

#include "../../src/compress/range_coder.h"
#include "../../src/reliable/enet_host.h"

#include <gtest/gtest.h>

namespace interop {

inline void take_stats(const netpeer::EnetPeerStats &peer, SideStats &stats) {
	stats.mtu = peer.mtu;
	stats.window_size = peer.window_size;
	stats.incoming_bandwidth = peer.incoming_bandwidth;
	stats.outgoing_bandwidth = peer.outgoing_bandwidth;
	stats.throttle_interval = peer.packet_throttle_interval;
	stats.throttle_acceleration = peer.packet_throttle_acceleration;
	stats.throttle_deceleration = peer.packet_throttle_deceleration;
	stats.round_trip_time = peer.round_trip_time;
	stats.unacknowledged = peer.unacknowledged_commands;
	stats.queued = peer.queued_commands;
}

inline netpeer::Endpoint loopback_endpoint(uint16_t port) {
	return netpeer::Endpoint{netpeer::IPAddress::v4(127, 0, 0, 1), port};
}

class EngineSide : public Side {
public:
	const char *name() const override { return "netpeer"; }
	Conn connect(uint16_t to_port, size_t channels, uint32_t data) override {
		netpeer::EnetPeerId id;
		if (host_.connect(now(), loopback_endpoint(to_port), channels, data, id) != netpeer::Error::OK) return Conn{};
		return conn_of(id);
	}
	bool send(Conn conn, uint8_t channel, netpeer::ByteView bytes, uint32_t flags) override {
		return host_.send(id_of(conn), channel, bytes, flags) == netpeer::Error::OK;
	}
	void disconnect(Conn conn, uint32_t data) override {
		EXPECT_EQ(host_.disconnect(id_of(conn), data), netpeer::Error::OK);
	}
	void disconnect_later(Conn conn, uint32_t data) override {
		EXPECT_EQ(host_.disconnect_later(id_of(conn), data), netpeer::Error::OK);
	}
	void disconnect_now(Conn conn, uint32_t data) override {
		EXPECT_EQ(host_.disconnect_now(id_of(conn), data), netpeer::Error::OK);
	}
	void reset(Conn conn) override { EXPECT_EQ(host_.reset(id_of(conn)), netpeer::Error::OK); }
	void set_timeout(Conn conn, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) override {
		EXPECT_EQ(host_.set_timeout(id_of(conn), limit, minimum_ms, maximum_ms), netpeer::Error::OK);
	}
	void set_ping_interval(Conn conn, uint32_t interval_ms) override {
		EXPECT_EQ(host_.set_ping_interval(id_of(conn), interval_ms), netpeer::Error::OK);
	}
	void configure_throttle(Conn conn, uint32_t interval, uint32_t acceleration, uint32_t deceleration) override {
		EXPECT_EQ(host_.configure_throttle(id_of(conn), interval, acceleration, deceleration), netpeer::Error::OK);
	}
	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) override {
		host_.set_bandwidth_limit(incoming, outgoing);
	}
	void set_checksum(bool enabled) override { host_.set_checksum(enabled); }
	SideStats stats(Conn conn) const override {
		SideStats stats;
		const netpeer::EnetPeerId id = id_of(conn);
		stats.state = static_cast<int>(host_.peer_state(id));
		stats.channels = host_.peer_channels(id);
		netpeer::EnetPeerStats peer;
		if (host_.peer_stats(id, peer) == netpeer::Error::OK) take_stats(peer, stats);
		return stats;
	}
	size_t connected_peers() const override { return host_.connected_peers(); }

protected:
	virtual netpeer::Instant now() const = 0;
	static netpeer::EnetHostConfig host_config(const SideConfig &config) {
		netpeer::EnetHostConfig host;
		host.max_peers = config.peers;
		host.max_channels = config.channels;
		host.incoming_bandwidth = config.incoming_bandwidth;
		host.outgoing_bandwidth = config.outgoing_bandwidth;
		if (config.mtu != 0) host.mtu = config.mtu;
		host.checksum = config.checksum;
		static uint64_t next_seed = 1;
		host.seed = next_seed++;
		return host;
	}
	static Conn conn_of(netpeer::EnetPeerId id) { return Conn{uint32_t{id.index} | (uint32_t{id.generation} << 16)}; }
	static netpeer::EnetPeerId id_of(Conn conn) {
		netpeer::EnetPeerId id;
		id.index = static_cast<uint16_t>(conn.key);
		id.generation = static_cast<uint16_t>(conn.key >> 16);
		return id;
	}
	void collect_events() {
		netpeer::EnetEvent event;
		while (host_.poll_event(event)) collect(event);
	}

	/// Before the first datagram.
	void take_codec(const SideConfig &config) {
		if (config.compression != kRangeCoder) return;
		EXPECT_EQ(codec_.init(), netpeer::Error::OK);
		host_.set_compressor(&codec_);
	}

	netpeer::RangeCoder codec_;
	netpeer::EnetHost host_;

private:
	void collect(const netpeer::EnetEvent &event) {
		SideEvent taken;
		taken.conn = conn_of(event.peer);
		taken.data = event.data;
		switch (event.type) {
		case netpeer::EnetEventType::kConnect: taken.what = What::kConnect; break;
		case netpeer::EnetEventType::kDisconnect:
			taken.what = What::kDisconnect;
			taken.timed_out = event.reason == netpeer::EnetDropReason::kTimedOut ||
			                  event.reason == netpeer::EnetDropReason::kConnectTimedOut ||
			                  event.reason == netpeer::EnetDropReason::kUndecodable;
			break;
		case netpeer::EnetEventType::kReceive: {
			taken.what = What::kReceive;
			taken.channel = event.channel;
			taken.flags = event.packet.flags();
			const netpeer::ByteView view = event.packet.view();
			if (!view.empty()) taken.bytes.assign(view.data, view.data + view.size);
			break;
		}
		case netpeer::EnetEventType::kNone: return;
		}
		events.push_back(std::move(taken));
	}
};

} // namespace interop
