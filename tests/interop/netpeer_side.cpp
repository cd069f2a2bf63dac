// netpeer's EnetHost on a NetSocket as a Side: the run loop of enet_host.h and nothing more.
#include "engine_side.h"

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

class NetpeerSide : public EngineSide {
public:
	explicit NetpeerSide(const SideConfig &config) : buffers_(kBatch * kEnetMaxDatagramBytes), dice_(config.faults) {
		if (host_.init(host_config(config)) != Error::OK) return;
		take_codec(config);
		socket_ = create_net_socket();
		IPType type = IPType::IPV4;
		if (socket_ == nullptr || socket_->open_udp(type) != Error::OK) return;
		if (socket_->bind(loopback_endpoint(0)) != Error::OK) return;
		open_ = socket_->set_buffer_sizes(kSocketBufferBytes, kSocketBufferBytes) == Error::OK;
	}
	bool is_open() const { return open_; }

	uint16_t port() const override {
		Endpoint local;
		return socket_->local_endpoint(local) == Error::OK ? local.port : uint16_t{0};
	}

	void set_faults(const Faults &faults) override { dice_ = FaultDice(faults); }
	bool poll() override {
		host_.handle_timeout(real_now());
		bool busy = transmit();
		busy = receive() || busy;
		busy = transmit() || busy;
		collect_events();
		return busy;
	}
	void wait(uint32_t ms) override { (void)socket_->wait_readable(Duration::from_ms(ms)); }

protected:
	Instant now() const override { return real_now(); }

private:
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
	std::unique_ptr<NetSocket> socket_;
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
