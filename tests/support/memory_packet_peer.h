// The simplest PacketPeer: what is sent waits in memory until it is fetched.
#pragma once

#include "../../src/packet/packet_peer.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace netpeer_test {

class MemoryPacketPeer final : public netpeer::PacketPeer {
public:
	explicit MemoryPacketPeer(const netpeer::Allocator *allocator = netpeer::default_allocator()) :
	        PacketPeer(allocator) {}

	/// As if it had been received.
	void push(std::vector<uint8_t> packet) { packets_.push_back(std::move(packet)); }
	const std::deque<std::vector<uint8_t>> &packets() const { return packets_; }
	/// What every send answers from now on instead of keeping the packet; OK keeps it.
	void set_send_error(netpeer::Error error) { send_error_ = error; }

	int get_available_packet_count() const override { return static_cast<int>(packets_.size()); }
	int get_max_packet_size() const override { return INT32_MAX; }

protected:
	netpeer::Error take_packet(netpeer::ByteView &packet) override {
		if (packets_.empty()) return netpeer::Error::ERR_UNAVAILABLE;
		taken_ = std::move(packets_.front());
		packets_.pop_front();
		packet = netpeer::ByteView(taken_.data(), taken_.size());
		return netpeer::Error::OK;
	}
	netpeer::Error send_packet(netpeer::ByteView packet) override {
		if (send_error_ != netpeer::Error::OK) return send_error_;
		packets_.emplace_back(packet.data, packet.data + packet.size);
		return netpeer::Error::OK;
	}

private:
	std::deque<std::vector<uint8_t>> packets_;
	std::vector<uint8_t> taken_;
	netpeer::Error send_error_ = netpeer::Error::OK;
};

} // namespace netpeer_test
