// netpeer's EnetHost on a NetSocket as a Side: the run loop of enet_host.h and nothing more.
#include "interop_side.h"

#include "../../src/core/seeded_rng.h"
#include "../../src/reliable/enet_host.h"
#include "../../src/socket/net_socket.h"

#include <gtest/gtest.h>

#include <chrono>

namespace interop {

using namespace netpeer;

namespace {

constexpr size_t kBatch = 32;
constexpr size_t kDatagramsPerPass = 256; // as stock
constexpr size_t kSocketBufferBytes = 256 * 1024;

Instant real_now() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return Instant::from_us(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

Endpoint loopback_endpoint(uint16_t port) { return Endpoint{IPAddress::v4(127, 0, 0, 1), port}; }

class NetpeerSide : public Side {
public:
	explicit NetpeerSide(const SideConfig &config) : buffers_(kBatch * kEnetMaxDatagramBytes), dice_(config.faults) {
		EnetHostConfig host;
		host.max_peers = config.peers;
		host.max_channels = config.channels;
		host.incoming_bandwidth = config.incoming_bandwidth;
		host.outgoing_bandwidth = config.outgoing_bandwidth;
		if (config.mtu != 0) host.mtu = config.mtu;
		host.checksum = config.checksum;
		static uint64_t next_seed = 1;
		host.seed = next_seed++;
		if (host_.init(host) != Error::OK) return;
		socket_ = create_net_socket();
		IPType type = IPType::IPV4;
		if (socket_ == nullptr || socket_->open_udp(type) != Error::OK) return;
		if (socket_->bind(loopback_endpoint(0)) != Error::OK) return;
		open_ = socket_->set_buffer_sizes(kSocketBufferBytes, kSocketBufferBytes) == Error::OK;
	}
	bool is_open() const { return open_; }

	const char *name() const override { return "netpeer"; }
	uint16_t port() const override {
		Endpoint local;
		return socket_->local_endpoint(local) == Error::OK ? local.port : uint16_t{0};
	}

	Conn connect(uint16_t to_port, size_t channels, uint32_t data) override {
		EnetPeerId id;
		if (host_.connect(real_now(), loopback_endpoint(to_port), channels, data, id) != Error::OK) return Conn{};
		return conn_of(id);
	}
	bool send(Conn conn, uint8_t channel, ByteView bytes, uint32_t flags) override {
		return host_.send(id_of(conn), channel, bytes, flags) == Error::OK;
	}
	void disconnect(Conn conn, uint32_t data) override { EXPECT_EQ(host_.disconnect(id_of(conn), data), Error::OK); }
	void disconnect_later(Conn conn, uint32_t data) override {
		EXPECT_EQ(host_.disconnect_later(id_of(conn), data), Error::OK);
	}
	void disconnect_now(Conn conn, uint32_t data) override {
		EXPECT_EQ(host_.disconnect_now(id_of(conn), data), Error::OK);
	}
	void reset(Conn conn) override { EXPECT_EQ(host_.reset(id_of(conn)), Error::OK); }
	void set_timeout(Conn conn, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) override {
		EXPECT_EQ(host_.set_timeout(id_of(conn), limit, minimum_ms, maximum_ms), Error::OK);
	}
	void set_ping_interval(Conn conn, uint32_t interval_ms) override {
		EXPECT_EQ(host_.set_ping_interval(id_of(conn), interval_ms), Error::OK);
	}
	void configure_throttle(Conn conn, uint32_t interval, uint32_t acceleration, uint32_t deceleration) override {
		EXPECT_EQ(host_.configure_throttle(id_of(conn), interval, acceleration, deceleration), Error::OK);
	}
	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) override {
		host_.set_bandwidth_limit(incoming, outgoing);
	}
	void set_checksum(bool enabled) override { host_.set_checksum(enabled); }
	void set_faults(const Faults &faults) override { dice_ = FaultDice(faults); }
	SideStats stats(Conn conn) const override {
		SideStats stats;
		const EnetPeerId id = id_of(conn);
		stats.state = static_cast<int>(host_.peer_state(id));
		stats.channels = host_.peer_channels(id);
		EnetPeerStats peer;
		if (host_.peer_stats(id, peer) != Error::OK) return stats;
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
		return stats;
	}
	size_t connected_peers() const override { return host_.connected_peers(); }

	bool poll() override {
		host_.handle_timeout(real_now());
		bool busy = transmit();
		busy = receive() || busy;
		busy = transmit() || busy;
		EnetEvent event;
		while (host_.poll_event(event)) collect(event);
		return busy;
	}
	void wait(uint32_t ms) override { (void)socket_->wait_readable(Duration::from_ms(ms)); }

private:
	static Conn conn_of(EnetPeerId id) { return Conn{uint32_t{id.index} | (uint32_t{id.generation} << 16)}; }
	static EnetPeerId id_of(Conn conn) {
		EnetPeerId id;
		id.index = static_cast<uint16_t>(conn.key);
		id.generation = static_cast<uint16_t>(conn.key >> 16);
		return id;
	}

	struct Held {
		Endpoint endpoint;
		std::vector<uint8_t> bytes;
	};
	// Passes a datagram on: once, twice, or after the next one.
	template <class Give> void hand_on(std::vector<Held> &held, const Endpoint &endpoint, ByteView bytes, Give give) {
		Held datagram{endpoint, std::vector<uint8_t>(bytes.data, bytes.data + bytes.size)};
		if (held.empty() && dice_.holds_back()) {
			held.push_back(std::move(datagram));
			return;
		}
		give(datagram);
		if (dice_.duplicates()) give(datagram);
		for (const Held &late : held) give(late);
		held.clear();
	}

	bool receive() {
		DatagramSlot slots[kBatch];
		size_t taken = 0;
		while (taken < kDatagramsPerPass) {
			for (size_t i = 0; i < kBatch; ++i) {
				slots[i].buffer = MutBytes(buffers_.data() + i * kEnetMaxDatagramBytes, kEnetMaxDatagramBytes);
			}
			size_t received = 0;
			const Error error = socket_->receive_batch(slots, kBatch, received);
			if (error == Error::ERR_BUSY) break;
			EXPECT_EQ(error, Error::OK);
			if (error != Error::OK) break;
			for (size_t i = 0; i < received; ++i) {
				if (dice_.drops_received()) continue;
				hand_on(held_in_, slots[i].from, slots[i].buffer.first(slots[i].size), [&](const Held &datagram) {
					host_.receive(
					        real_now(), datagram.endpoint, ByteView(datagram.bytes.data(), datagram.bytes.size()));
				});
			}
			taken += received;
		}
		return taken != 0;
	}
	bool transmit() {
		bool sent_any = false;
		uint8_t bytes[kEnetMaxDatagramBytes];
		EnetTransmit out;
		while (host_.poll_transmit(real_now(), MutBytes(bytes, sizeof(bytes)), out)) {
			hand_on(held_out_, out.to, ByteView(bytes, out.size), [&](const Held &datagram) {
				const DatagramOut raw{ByteView(datagram.bytes.data(), datagram.bytes.size()), datagram.endpoint};
				size_t sent = 0;
				(void)socket_->send_batch(&raw, 1, sent); // as stock: what does not go is lost, loss recovery decides
			});
			sent_any = true;
		}
		return sent_any;
	}
	void collect(const EnetEvent &event) {
		SideEvent taken;
		taken.conn = conn_of(event.peer);
		taken.data = event.data;
		switch (event.type) {
		case EnetEventType::kConnect: taken.what = What::kConnect; break;
		case EnetEventType::kDisconnect:
			taken.what = What::kDisconnect;
			taken.timed_out =
			        event.reason == EnetDropReason::kTimedOut || event.reason == EnetDropReason::kConnectTimedOut;
			break;
		case EnetEventType::kReceive: {
			taken.what = What::kReceive;
			taken.channel = event.channel;
			taken.flags = event.packet.flags();
			const ByteView view = event.packet.view();
			if (!view.empty()) taken.bytes.assign(view.data, view.data + view.size);
			break;
		}
		case EnetEventType::kNone: return;
		}
		events.push_back(std::move(taken));
	}

	std::unique_ptr<NetSocket> socket_;
	EnetHost host_;
	std::vector<uint8_t> buffers_;
	FaultDice dice_;
	std::vector<Held> held_in_, held_out_;
	bool open_ = false;
};

} // namespace

std::unique_ptr<Side> make_netpeer_side(const SideConfig &config) {
	auto side = std::make_unique<NetpeerSide>(config);
	if (!side->is_open()) return nullptr;
	return side;
}

} // namespace interop
