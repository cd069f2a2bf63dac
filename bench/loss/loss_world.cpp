#include "loss_world.h"

#include "../../tests/support/enet_wire_rules.h"

#include <cstring>

using namespace netpeer;
using netpeer_test::VirtualMachine;

namespace loss_bench {

namespace {

const IPAddress kHome = IPAddress::v4(127, 0, 0, 1);

void enet_is_ready() {
	static const int kDone = enet_initialize();
	if (kDone != 0) give_up("libenet does not start");
}

ENetHost *make_stock_host(size_t peers, Endpoint &at) {
	enet_is_ready();
	ENetAddress bind_to;
	std::memcpy(&bind_to.host, kHome.get_ipv4(), 4);
	bind_to.port = 0;
	ENetHost *host = enet_host_create(&bind_to, peers, kWorldChannels, 0, 0);
	if (host == nullptr) give_up("libenet makes no host");
	at = Endpoint{kHome, host->address.port};
	return host;
}

class NetpeerSender : public Sender {
public:
	NetpeerSender(VirtualMachine &machine, Duration tick, EnetHostConfig config, uint32_t repeats) :
	        machine_(machine), tick_(tick), repeats_(repeats) {
		config.max_peers = 1;
		config.max_channels = kWorldChannels;
		config.seed = machine.next_seed();
		if (host_.init(config) != Error::OK) give_up("netpeer makes no host");
		at_ = Endpoint{kHome, machine.network.free_port(kHome)};
		if (machine.network.attach(at_) != Error::OK) give_up("netpeer gets no port");
	}
	Endpoint at() const override { return at_; }
	void dial(const Endpoint &to) override {
		if (host_.connect(machine_.now, to, kWorldChannels, 0, peer_) != Error::OK) give_up("netpeer does not dial");
		if (host_.set_repeats(peer_, -1, repeats_) != Error::OK) give_up("netpeer does not repeat");
		poll();
	}
	bool is_connected() const override { return connected_; }
	bool has_ended() const override { return ended_; }
	bool gave_up() const override { return gave_up_; }
	bool send(uint8_t channel, ByteView bytes, bool reliable) override {
		return host_.send(peer_, channel, bytes, reliable ? uint32_t{kEnetReliable} : 0u) == Error::OK;
	}
	void poll() override {
		next_poll_ = machine_.now + tick_;
		host_.handle_timeout(machine_.now);
		transmit();
		uint8_t bytes[kEnetMaxDatagramBytes];
		DatagramSlot slot;
		slot.buffer = MutBytes(bytes, sizeof bytes);
		while (machine_.network.receive(machine_.now, at_, slot) == Error::OK) {
			rules_.received(slot.from, ByteView(bytes, slot.size));
			host_.receive(machine_.now, slot.from, ByteView(bytes, slot.size));
		}
		transmit();
		EnetPeerStats stats;
		if (host_.peer_state(peer_) == EnetPeerState::kConnected && host_.peer_stats(peer_, stats) == Error::OK &&
		        rules_.outstanding(peer_.index) > stats.unacknowledged_commands) {
			give_up("netpeer has forgotten what is not acknowledged");
		}
		EnetEvent event;
		while (host_.poll_event(event)) {
			connected_ = connected_ || event.type == EnetEventType::kConnect;
			if (event.type != EnetEventType::kDisconnect) continue;
			ended_ = true;
			gave_up_ = event.reason == EnetDropReason::kTimedOut;
		}
	}
	Instant due() const override { return next_poll_; }
	uint64_t waiting_bytes() const override {
		EnetPeerStats stats;
		if (host_.peer_stats(peer_, stats) != Error::OK) return 0;
		return stats.queued_data + stats.reliable_data_in_transit;
	}
	uint64_t resent() const override { return host_.counters().resent_commands; }
	uint64_t spurious() const override { return host_.counters().spurious_resends; }

private:
	void transmit() {
		uint8_t bytes[kEnetMaxDatagramBytes];
		EnetTransmit out;
		while (host_.poll_transmit(machine_.now, MutBytes(bytes, sizeof bytes), out)) {
			const ByteView datagram(bytes, out.size);
			if (!rules_.sent(out.to, datagram)) give_up(("on the wire: " + rules_.complaint()).c_str());
			(void)machine_.network.send(machine_.now, at_, out.to, datagram);
		}
	}

	VirtualMachine &machine_;
	Duration tick_;
	uint32_t repeats_;
	EnetHost host_;
	netpeer_test::WireRules rules_;
	EnetPeerId peer_;
	Endpoint at_;
	Instant next_poll_;
	bool connected_ = false;
	bool ended_ = false;
	bool gave_up_ = false;
};

class StockSender : public Sender {
public:
	StockSender(VirtualMachine &machine, Duration tick) : machine_(machine), tick_(tick) {
		host_ = make_stock_host(1, at_);
	}
	~StockSender() override { enet_host_destroy(host_); }
	StockSender(const StockSender &) = delete;
	StockSender &operator=(const StockSender &) = delete;

	Endpoint at() const override { return at_; }
	void dial(const Endpoint &to) override {
		ENetAddress address;
		std::memcpy(&address.host, to.address.get_ipv4(), 4);
		address.port = to.port;
		peer_ = enet_host_connect(host_, &address, kWorldChannels, 0);
		if (peer_ == nullptr) give_up("libenet does not dial");
		poll();
	}
	bool is_connected() const override { return connected_; }
	bool has_ended() const override { return ended_; }
	bool gave_up() const override { return gave_up_; }
	bool send(uint8_t channel, ByteView bytes, bool reliable) override {
		ENetPacket *packet = enet_packet_create(bytes.data, bytes.size, reliable ? ENET_PACKET_FLAG_RELIABLE : 0);
		if (packet == nullptr) give_up("libenet makes no packet");
		packet->userData = this;
		packet->freeCallback = note_freed;
		waiting_ += bytes.size;
		if (enet_peer_send(peer_, channel, packet) == 0) return true;
		enet_packet_destroy(packet);
		return false;
	}
	void poll() override {
		next_poll_ = machine_.now + tick_;
		ENetEvent event;
		while (enet_host_service(host_, &event, 0) > 0) {
			connected_ = connected_ || event.type == ENET_EVENT_TYPE_CONNECT;
			if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
				ended_ = true;
				gave_up_ = event.data == 0; // libenet does not tell; nobody here disconnects
			}
			if (event.type == ENET_EVENT_TYPE_RECEIVE) enet_packet_destroy(event.packet);
		}
	}
	Instant due() const override { return next_poll_; }
	uint64_t waiting_bytes() const override { return waiting_; }
	uint64_t resent() const override { return 0; }
	uint64_t spurious() const override { return 0; }

private:
	static void ENET_CALLBACK note_freed(ENetPacket *packet) {
		static_cast<StockSender *>(packet->userData)->waiting_ -= packet->dataLength;
	}

	VirtualMachine &machine_;
	Duration tick_;
	ENetHost *host_ = nullptr;
	ENetPeer *peer_ = nullptr;
	Endpoint at_;
	Instant next_poll_;
	uint64_t waiting_ = 0;
	bool connected_ = false;
	bool ended_ = false;
	bool gave_up_ = false;
};

} // namespace

std::unique_ptr<Sender> make_netpeer_sender(
        VirtualMachine &machine, Duration tick, const EnetHostConfig &config, uint32_t repeats) {
	return std::make_unique<NetpeerSender>(machine, tick, config, repeats);
}
std::unique_ptr<Sender> make_stock_sender(VirtualMachine &machine, Duration tick) {
	return std::make_unique<StockSender>(machine, tick);
}

StockReceiver::StockReceiver(VirtualMachine &machine, Duration cadence) :
        machine_(machine), cadence_(cadence), next_poll_(machine.now) {
	host_ = make_stock_host(1, at_);
}

StockReceiver::~StockReceiver() { enet_host_destroy(host_); }

void StockReceiver::poll(void *user, void (*take)(void *user, uint8_t channel, ByteView bytes)) {
	machine_.take_in();
	if (cadence_.us != 0 && machine_.now < next_poll_) return;
	next_poll_ = machine_.now + (cadence_.us != 0 ? cadence_ : Duration::from_ms(50));
	ENetEvent event;
	while (enet_host_service(host_, &event, 0) > 0) {
		ended_ = ended_ || event.type == ENET_EVENT_TYPE_DISCONNECT;
		if (event.type != ENET_EVENT_TYPE_RECEIVE) continue;
		take(user, event.channelID, ByteView(event.packet->data, event.packet->dataLength));
		enet_packet_destroy(event.packet);
	}
}

Instant StockReceiver::due() const {
	const bool looks_at_arrivals = cadence_.us == 0 || machine_.socket_buffer_bytes != 0;
	return looks_at_arrivals ? netpeer::earlier_of(next_poll_, machine_.network.next_delivery(at_)) : next_poll_;
}

uint64_t StockReceiver::dropped() const { return machine_.dropped_by_sockets; }

} // namespace loss_bench
