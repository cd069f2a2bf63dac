// The same small host twice: netpeer's EnetHost on a NetSocket, and libenet through its public header. Both are driven
// the way their own documentation drives them; whatever a loop below does for one it does for the other.
// No virtual calls: the loops are templates, so that nothing of the harness is between the counter and the library.
#pragma once

#include "../../src/netpeer.h"

#include <enet/enet.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace compare {

constexpr size_t kChannels = 2;
constexpr uint32_t kQuietPingMs = 3600 * 1000; // no PING while something else is counted

[[noreturn]] inline void give_up(const char *why) {
	std::fprintf(stderr, "compare: %s\n", why);
	std::exit(1);
}
inline void require(bool holds, const char *why) {
	if (!holds) give_up(why);
}

/// EnetHost over NetSocket: the run loop of enet_host.h, datagrams in batches as ENetConnection moves them.
class NetpeerSide {
public:
	explicit NetpeerSide(size_t peers) : buffers_(kBatch * netpeer::kEnetMaxDatagramBytes) {
		netpeer::EnetHostConfig config;
		config.max_peers = peers;
		config.max_channels = kChannels;
		config.seed = 1;
		config.allocator = &allocator_;
		require(host_.init(config) == netpeer::Error::OK, "netpeer: no host");
		socket_ = netpeer::create_net_socket();
		netpeer::IPType type = netpeer::IPType::IPV4;
		require(socket_ != nullptr && socket_->open_udp(type) == netpeer::Error::OK, "netpeer: no socket");
		require(socket_->bind(loopback(0)) == netpeer::Error::OK, "netpeer: no port");
		require(socket_->set_buffer_sizes(256 * 1024, 256 * 1024) == netpeer::Error::OK, "netpeer: no buffers");
		for (size_t i = 0; i < kBatch; ++i) slots_[i].buffer = arena(i);
	}

	uint16_t port() const {
		netpeer::Endpoint local;
		return socket_->local_endpoint(local) == netpeer::Error::OK ? local.port : uint16_t{0};
	}
	void dial(uint16_t to_port) {
		netpeer::EnetPeerId peer;
		require(host_.connect(now(), loopback(to_port), kChannels, 0, peer) == netpeer::Error::OK, "netpeer: no dial");
	}
	size_t connected() const { return host_.connected_peers(); }
	/// Nothing unreliable is to be dropped because the round trip varies.
	void calm() {
		for (const netpeer::EnetPeerId peer : peers_) (void)host_.configure_throttle(peer, 5000, 2, 0);
	}
	void send(size_t peer, uint8_t channel, const uint8_t *bytes, size_t size, bool reliable) {
		const uint32_t flags = reliable ? uint32_t{netpeer::kEnetReliable} : 0u;
		require(host_.send(peers_[peer], channel, netpeer::ByteView(bytes, size), flags) == netpeer::Error::OK,
		        "netpeer: send refused");
	}
	void flush() { transmit(now()); }
	/// Timers, what came, what is to be sent, events. Returns the messages received.
	size_t pass() {
		const netpeer::Instant time = now();
		host_.handle_timeout(time);
		transmit(time);
		receive(time);
		transmit(time);
		size_t messages = 0;
		netpeer::EnetEvent event;
		while (host_.poll_event(event)) {
			if (event.type == netpeer::EnetEventType::kReceive) {
				++messages;
				event.packet.reset();
			} else if (event.type == netpeer::EnetEventType::kConnect) {
				peers_.push_back(event.peer);
				(void)host_.set_ping_interval(event.peer, kQuietPingMs);
			}
		}
		return messages;
	}
	/// Heap of the host alone. libenet cannot be asked: there it is `program_bytes`, what the program's grew by.
	int64_t heap_bytes(int64_t) const { return host_bytes_; }
	uint64_t datagrams() const { return host_.counters().sent_datagrams + host_.counters().received_datagrams; }
	/// Commands taken for lost and sent again, so far.
	uint64_t resent() const { return host_.counters().resent_commands; }
	void wait_ms(int ms) { (void)socket_->wait_readable(netpeer::Duration::from_ms(ms)); }

private:
	static constexpr size_t kBatch = 32;

	static netpeer::Instant now() {
		const auto since = std::chrono::steady_clock::now().time_since_epoch();
		return netpeer::Instant::from_us(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
	}
	static netpeer::Endpoint loopback(uint16_t port) {
		return netpeer::Endpoint{netpeer::IPAddress::v4(127, 0, 0, 1), port};
	}
	netpeer::MutBytes arena(size_t i) {
		return netpeer::MutBytes(buffers_.data() + i * netpeer::kEnetMaxDatagramBytes, netpeer::kEnetMaxDatagramBytes);
	}
	void receive(netpeer::Instant time) {
		size_t received = kBatch;
		while (received == kBatch) { // a batch that is not full was the last
			if (socket_->receive_batch(slots_, kBatch, received) != netpeer::Error::OK) return;
			for (size_t i = 0; i < received; ++i) {
				host_.receive(time, slots_[i].from, slots_[i].buffer.first(slots_[i].size));
			}
		}
	}
	void transmit(netpeer::Instant time) {
		size_t count = 0;
		do {
			netpeer::EnetTransmit out;
			for (count = 0; count < kBatch && host_.poll_transmit(time, arena(count), out); ++count) {
				datagrams_[count].bytes = netpeer::ByteView(arena(count).data, out.size);
				datagrams_[count].to = out.to;
			}
			size_t sent = 0;
			if (count != 0) (void)socket_->send_batch(datagrams_, count, sent); // the rest is lost: ENet recovers
		} while (count == kBatch);
	}

	// malloc and free by another name, so that a host's memory is told from that of the loop around it.
	static void *allocate(void *user, size_t bytes) {
		void *block = std::malloc(bytes);
		static_cast<NetpeerSide *>(user)->host_bytes_ += static_cast<int64_t>(malloc_usable_size(block));
		return block;
	}
	static void *reallocate(void *user, void *old, size_t, size_t bytes) {
		const size_t before = malloc_usable_size(old);
		void *block = std::realloc(old, bytes);
		if (block == nullptr) return nullptr;
		static_cast<NetpeerSide *>(user)->host_bytes_ += static_cast<int64_t>(malloc_usable_size(block) - before);
		return block;
	}
	static void release(void *user, void *block, size_t) {
		static_cast<NetpeerSide *>(user)->host_bytes_ -= static_cast<int64_t>(malloc_usable_size(block));
		std::free(block);
	}

	int64_t host_bytes_ = 0;
	netpeer::Allocator allocator_{this, allocate, reallocate, release};
	std::unique_ptr<netpeer::NetSocket> socket_;
	netpeer::EnetHost host_;
	std::vector<uint8_t> buffers_;
	netpeer::DatagramSlot slots_[kBatch];
	netpeer::DatagramOut datagrams_[kBatch];
	std::vector<netpeer::EnetPeerId> peers_;
};

class LibenetSide {
public:
	explicit LibenetSide(size_t peers) {
		const ENetAddress any_port = loopback(ENET_PORT_ANY);
		host_ = enet_host_create(&any_port, peers, kChannels, 0, 0);
		require(host_ != nullptr, "libenet: no host");
	}
	~LibenetSide() { enet_host_destroy(host_); }
	LibenetSide(const LibenetSide &) = delete;
	LibenetSide &operator=(const LibenetSide &) = delete;

	uint16_t port() const {
		ENetAddress address;
		return enet_socket_get_address(host_->socket, &address) == 0 ? address.port : uint16_t{0};
	}
	void dial(uint16_t to_port) {
		const ENetAddress address = loopback(to_port);
		require(enet_host_connect(host_, &address, kChannels, 0) != nullptr, "libenet: no dial");
	}
	size_t connected() const { return host_->connectedPeers; }
	void calm() {
		for (ENetPeer *peer : peers_) enet_peer_throttle_configure(peer, 5000, 2, 0);
	}
	void send(size_t peer, uint8_t channel, const uint8_t *bytes, size_t size, bool reliable) {
		ENetPacket *packet = enet_packet_create(bytes, size, reliable ? enet_uint32{ENET_PACKET_FLAG_RELIABLE} : 0u);
		require(packet != nullptr && enet_peer_send(peers_[peer], channel, packet) == 0, "libenet: send refused");
	}
	void flush() { enet_host_flush(host_); }
	/// One service(), then the events it left: cheaper for libenet than calling service() for each.
	size_t pass() {
		size_t messages = 0;
		ENetEvent event;
		int got = enet_host_service(host_, &event, 0);
		while (got > 0) {
			if (event.type == ENET_EVENT_TYPE_RECEIVE) {
				++messages;
				enet_packet_destroy(event.packet);
			} else if (event.type == ENET_EVENT_TYPE_CONNECT) {
				peers_.push_back(event.peer);
				enet_peer_ping_interval(event.peer, kQuietPingMs);
			}
			got = enet_host_check_events(host_, &event);
		}
		return messages;
	}
	int64_t heap_bytes(int64_t program_bytes) const { return program_bytes; }
	uint64_t datagrams() const { return uint64_t{host_->totalSentPackets} + host_->totalReceivedPackets; }
	uint64_t resent() const { return host_->peers[0].packetsLost; }
	void wait_ms(int ms) {
		enet_uint32 condition = ENET_SOCKET_WAIT_RECEIVE;
		(void)enet_socket_wait(host_->socket, &condition, static_cast<enet_uint32>(ms));
	}

private:
	static ENetAddress loopback(uint16_t port) {
		ENetAddress address;
		enet_address_set_host_ip(&address, "127.0.0.1");
		address.port = port;
		return address;
	}

	ENetHost *host_ = nullptr;
	std::vector<ENetPeer *> peers_;
};

/// Connects two hosts of one peer each.
template <class Side> void connect_pair(Side &client, Side &server) {
	client.dial(server.port());
	for (int tries = 0; client.connected() == 0 || server.connected() == 0; ++tries) {
		require(tries < 20000, "connecting takes too long");
		(void)client.pass();
		(void)server.pass();
	}
	for (int i = 0; i < 4; ++i) { // what follows a handshake
		(void)server.pass();
		(void)client.pass();
	}
}

/// Runs `body.template run<Side>()` for the library the program was asked for.
template <class Body> int run_for(const char *library, const Body &body) {
	if (std::strcmp(library, "netpeer") == 0) {
		body.template run<NetpeerSide>();
		return 0;
	}
	if (std::strcmp(library, "libenet") != 0) give_up("the library is netpeer or libenet");
	if (enet_initialize() != 0) give_up("libenet does not start");
	body.template run<LibenetSide>();
	enet_deinitialize();
	return 0;
}

} // namespace compare
