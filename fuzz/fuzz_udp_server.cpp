// A script of datagrams from many endpoints, polls, takes, reads, closes and stops, through a scripted socket. A plain
// model says which peer must hold what, by Godot's arithmetic of the queue; nothing may be lost without being counted.
//
// Input: operations of [kind u8][argument u8]: see play().
#include "../src/packet/udp_server.h"
#include "../tests/support/failing_allocator.h"
#include "../tests/support/fake_net_socket.h"

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using netpeer::ByteView;
using netpeer::Endpoint;
using netpeer::Error;
using netpeer::PacketPeerUDP;
using netpeer::UDPServer;
using netpeer_test::FailingAllocator;
using netpeer_test::FakeSocketFactory;
using netpeer_test::SocketAnswer;
using netpeer_test::SocketCall;
using netpeer_test::SocketScript;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_udp_server: broken: %s\n", what);
	std::abort();
}

constexpr size_t kMostOperations = 2000;

Endpoint sender_of(uint8_t number) {
	Endpoint from;
	// Every other one shares its address with the one before.
	from.address = netpeer::IPAddress::v4(10, 0, 0, static_cast<uint8_t>(number / 2));
	from.port = static_cast<uint16_t>(1 + number % 2);
	return from;
}

struct ModelPeer {
	std::deque<std::string> queue;
	size_t used = 0;
	uint64_t dropped = 0;
	std::shared_ptr<PacketPeerUDP> handle; // null: pending
};

class UdpServerRun {
public:
	void play(ByteView input) {
		UDPServer server(hooks());
		listen(server);
		for (size_t i = 0; i + 1 < input.size && i / 2 < kMostOperations; i += 2) step(server, input[i], input[i + 1]);
		poll(server);
		check(server);
	}
	void finish() {
		peers_.clear();
		must_hold(memory_.live_bytes() == 0, "all memory goes back");
		must_hold(memory_.size_mismatches() == 0, "with the size it was asked for");
	}

private:
	netpeer::UDPServerHooks hooks() {
		netpeer::UDPServerHooks hooks;
		hooks.peers.allocator = memory_.pointer();
		return hooks;
	}
	void listen(UDPServer &server) {
		script_ = &factory_.next_socket();
		must_hold(server.listen(0) == Error::OK, "it listens");
	}
	void step(UDPServer &server, uint8_t kind, uint8_t argument) {
		switch (kind % 16) {
		default: arrive(argument, kind); break;
		case 8: arrive(argument, size_t{kind} * 250); break;
		case 9: poll(server); break;
		case 10: take(server); break;
		case 11:
		case 12: read(argument, kind % 16 == 11); break;
		case 13: close(argument, kind >= 128); break;
		case 14:
			max_pending_ = argument % 40;
			must_hold(server.set_max_pending_connections(max_pending_) == Error::OK, "any limit from 0");
			break;
		case 15:
			if (argument >= 8) {
				check(server);
				break;
			}
			server.stop();
			check_stopped();
			listen(server);
			break;
		}
	}
	void arrive(uint8_t sender, size_t size) {
		SocketAnswer answer;
		answer.bytes = std::string(size, static_cast<char>(sender)) + std::to_string(++serial_);
		answer.endpoint = sender_of(sender);
		on_the_way_.emplace_back(sender, answer.bytes);
		script_->then(SocketCall::kReceiveBatch, std::move(answer));
	}
	void poll(UDPServer &server) {
		must_hold(server.poll() == Error::OK, "polling goes well");
		for (const auto &datagram : on_the_way_) {
			auto at = peers_.find(datagram.first);
			if (at == peers_.end()) {
				if (pending_.size() >= static_cast<size_t>(max_pending_)) {
					++refused_;
					continue;
				}
				at = peers_.emplace(datagram.first, ModelPeer()).first;
				pending_.push_back(datagram.first);
			}
			ModelPeer &peer = at->second;
			const size_t cost = 24 + datagram.second.size();
			if (peer.used + cost > 65535) {
				++peer.dropped;
				continue;
			}
			peer.used += cost;
			peer.queue.push_back(datagram.second);
		}
		on_the_way_.clear();
	}
	void take(UDPServer &server) {
		const std::shared_ptr<PacketPeerUDP> handle = server.take_connection();
		must_hold((handle == nullptr) == pending_.empty(), "there is one to take when one is pending");
		if (handle == nullptr) return;
		const uint8_t sender = pending_.front();
		pending_.pop_front();
		must_hold(handle->get_packet_endpoint() == sender_of(sender), "in the order of their first packets");
		peers_[sender].handle = handle;
	}
	void read(uint8_t sender, bool in_place) {
		const auto at = peers_.find(sender);
		if (at == peers_.end() || at->second.handle == nullptr) return;
		ModelPeer &peer = at->second;
		ByteView packet;
		const Error answer = in_place ? peer.handle->get_packet_view(packet) : peer.handle->get_packet(packet);
		must_hold((answer == Error::OK) == !peer.queue.empty(), "a packet when there is one");
		if (answer != Error::OK) return;
		const std::string bytes(reinterpret_cast<const char *>(packet.data), packet.size);
		must_hold(bytes == peer.queue.front(), "the oldest one, whole");
		peer.used -= 24 + packet.size;
		peer.queue.pop_front();
	}
	void close(uint8_t sender, bool drop) {
		const auto at = peers_.find(sender);
		if (at == peers_.end() || at->second.handle == nullptr) return;
		if (!drop) {
			at->second.handle->close();
			must_hold(at->second.handle->get_available_packet_count() == -1, "closed");
		}
		peers_.erase(at);
	}
	void check_stopped() {
		for (const auto &entry : peers_) {
			if (entry.second.handle == nullptr) continue;
			must_hold(!entry.second.handle->is_bound(), "stopping closes every peer");
			must_hold(entry.second.handle->get_queued_packet_count() == 0, "and drops its queue");
		}
		peers_.clear();
		pending_.clear();
		on_the_way_.clear();
	}
	void check(UDPServer &server) {
		must_hold(server.get_peer_count() == peers_.size(), "as many peers as the model has");
		must_hold(server.get_refused_packet_count() == refused_, "refusals are counted");
		for (const auto &entry : peers_) {
			if (entry.second.handle == nullptr) continue;
			PacketPeerUDP &peer = *entry.second.handle;
			must_hold(peer.get_available_packet_count() == static_cast<int>(entry.second.queue.size()), "queued");
			must_hold(peer.get_dropped_packet_count() == entry.second.dropped, "drops are counted");
		}
	}

	FailingAllocator memory_;
	FakeSocketFactory factory_;
	SocketScript *script_ = nullptr;
	std::map<uint8_t, ModelPeer> peers_;
	std::deque<uint8_t> pending_;
	std::vector<std::pair<uint8_t, std::string>> on_the_way_;
	int max_pending_ = UDPServer::kDefaultMaxPendingConnections;
	uint64_t refused_ = 0;
	uint64_t serial_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	UdpServerRun run;
	run.play(ByteView(data, size));
	run.finish();
	return 0;
}
