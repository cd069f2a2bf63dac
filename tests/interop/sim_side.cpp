#include "sim_side.h"

#include "../../src/reliable/enet_connection.h"
#include "../../src/reliable/transport/transport_sim.h"
#include "../support/fake_clock.h"
#include "../support/tls_support.h"
#include "engine_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace interop {

using namespace netpeer;

namespace {

// As quick as loopback, so that what the cases say of times holds here, too.
constexpr int64_t kSimLatencyUs = 200;
constexpr int64_t kSimReorderUs = 300;
constexpr int64_t kSimTurnUs = 10; // what one side's turn takes
// decisions.md 13: a record adds at most 40 bytes, so no datagram is longer than plain ENet's.
constexpr size_t kLongestOverDtls = 1352 + 40;
constexpr size_t kLongestOfHandshake = 1400;

SimLinkSettings settings_of_line(SimWires wires) {
	SimLinkSettings line;
	line.latency = Duration::from_us(kSimLatencyUs);
	line.reorder_delay = Duration::from_us(kSimReorderUs);
	if (wires == SimWires::kDtlsBadLine) {
		line.loss = 0.04;
		line.duplicate = 0.04;
		line.reorder = 0.08;
	}
	return line;
}

class FaceSide;

class SimWorld {
public:
	SimWorld(SimWires wires, uint64_t seed) :
	        line_(settings_of_line(wires)), network(seed), is_secure(wires != SimWires::kPlain) {
		network.set_default_settings(line_);
		SimTap tap;
		tap.user = this;
		tap.seen = [](void *user, Instant, const Endpoint &, const Endpoint &, ByteView bytes, SimFate) {
			static_cast<SimWorld *>(user)->note(bytes);
		};
		network.set_tap(tap);
	}
	~SimWorld() {
		if (!is_secure) return;
		EXPECT_EQ(not_records_, 0u) << "something left that is no DTLS record";
		EXPECT_LE(longest_of_handshake_, kLongestOfHandshake);
		EXPECT_LE(longest_with_data_, kLongestOverDtls);
	}
	SimWorld(const SimWorld &) = delete;
	SimWorld &operator=(const SimWorld &) = delete;

	/// An address of its own for each side, and a port by which others dial it.
	Endpoint new_endpoint() {
		const uint32_t number = ++endpoints_;
		Endpoint at;
		at.address = IPAddress::v4(10, 0, static_cast<uint8_t>(number / 200), static_cast<uint8_t>(number % 200 + 1));
		at.port = static_cast<uint16_t>(4000 + number);
		by_port_[at.port] = at;
		return at;
	}
	Endpoint find(uint16_t port) const { return by_port_.at(port); }

	void set_faults(uint16_t at, const Faults &faults) {
		faults_[at] = faults;
		for (const auto &pair : pairs_)
			if (pair.first == at || pair.second == at) apply(pair.first, pair.second);
	}
	void join(uint16_t a, uint16_t b) {
		const std::pair<uint16_t, uint16_t> pair = std::minmax({a, b});
		if (std::find(pairs_.begin(), pairs_.end(), pair) == pairs_.end()) pairs_.push_back(pair);
		apply(a, b);
	}
	void pass_time(uint32_t ms);

	std::vector<FaceSide *> sides;

private:
	void note(ByteView bytes) {
		if (bytes.size < 13 || bytes[0] < 20 || bytes[0] > 23 || bytes[1] != 0xfe) {
			++not_records_;
			return;
		}
		size_t &longest = bytes[0] == 23 ? longest_with_data_ : longest_of_handshake_;
		longest = std::max(longest, bytes.size);
	}
	void apply(uint16_t a, uint16_t b) {
		for (const auto &way : {std::make_pair(a, b), std::make_pair(b, a)}) {
			const Faults &from = faults_[way.first], &to = faults_[way.second];
			SimLinkSettings settings = line_;
			settings.loss = std::max(line_.loss, to.lose_received);
			settings.duplicate = std::max({line_.duplicate, from.duplicate, to.duplicate});
			settings.reorder = std::max({line_.reorder, from.hold_back, to.hold_back});
			network.link(find(way.first), find(way.second)).settings = settings;
		}
	}

	SimLinkSettings line_;
	std::map<uint16_t, Faults> faults_; // by port, as all here
	std::map<uint16_t, Endpoint> by_port_;
	std::vector<std::pair<uint16_t, uint16_t>> pairs_; // that ever dialled
	uint32_t endpoints_ = 0;
	size_t not_records_ = 0;
	size_t longest_of_handshake_ = 0;
	size_t longest_with_data_ = 0;

public:
	SimNetwork network;
	const bool is_secure;
	netpeer_test::FakeClock clock;
};

std::weak_ptr<SimWorld> present_world;

std::shared_ptr<SimWorld> world_of(SimWires wires) {
	if (std::shared_ptr<SimWorld> there = present_world.lock()) return there;
	// The worlds of a test have different luck, and the same in each run.
	static const ::testing::TestInfo *last_test = nullptr;
	static uint64_t seed = 0;
	const ::testing::TestInfo *test = ::testing::UnitTest::GetInstance()->current_test_info();
	if (std::exchange(last_test, test) != test) seed = 0;
	const auto made = std::make_shared<SimWorld>(wires, ++seed);
	present_world = made;
	return made;
}

// A side's own end of the network: counts what passes, drops what it is told to, and can be torn off.
class SimWire final : public DatagramTransport {
public:
	explicit SimWire(SimWorld &world) : transport_(world.network), counts_only_data_(world.is_secure) {}

	Error open(const Endpoint &at) { return transport_.open(at); }
	/// Nothing passes any more.
	void cut() { cut_ = true; }
	/// The n-th datagram is, over DTLS, the n-th with data in it.
	void set_drops(uint64_t mask) {
		Faults faults;
		faults.drop_received = mask;
		dice_ = FaultDice(faults);
	}
	uint64_t passed() const { return passed_; }

	Error receive(Instant now, DatagramSlot *slots, size_t count, size_t &received) override {
		size_t taken = 0;
		const Error error = transport_.receive(now, slots, count, taken);
		received = 0;
		passed_ += taken;
		for (size_t i = 0; i < taken; ++i) {
			const bool counts = !counts_only_data_ || (slots[i].size > 0 && slots[i].buffer.data[0] == 23);
			if (cut_ || (counts && dice_.drops_received())) continue;
			std::swap(slots[received++], slots[i]);
		}
		return error == Error::OK && received == 0 ? Error::ERR_BUSY : error;
	}
	Error send(Instant now, const DatagramOut *datagrams, size_t count, size_t &accepted) override {
		accepted = count;
		if (cut_) return Error::OK;
		passed_ += count;
		return transport_.send(now, datagrams, count, accepted);
	}
	Error local_endpoint(Endpoint &out) override { return transport_.local_endpoint(out); }
	Error wait(Duration timeout) override { return transport_.wait(timeout); }
	Instant next_timeout() const override { return transport_.next_timeout(); }

private:
	TransportSim transport_;
	FaultDice dice_;
	const bool counts_only_data_;
	bool cut_ = false;
	uint64_t passed_ = 0;
};

class FaceSide final : public Side {
public:
	FaceSide(const SideConfig &config, SimWires wires, bool serves) :
	        world_(world_of(wires)),
	        at_(world_->new_endpoint()),
	        random_(at_.port),
	        wire_(*world_),
	        mtu_(config.mtu),
	        has_checksum_(config.checksum) {
		world_->sides.push_back(this);
		world_->set_faults(at_.port, config.faults);
		wire_.set_drops(config.faults.drop_received);
		ENetConnectionHooks hooks;
		hooks.clock = &world_->clock;
		hooks.random = &random_;
		hooks.transport = &wire_;
		hooks.user = this;
		hooks.configure = [](void *user, EnetHostConfig &host) {
			const FaceSide &me = *static_cast<FaceSide *>(user);
			if (me.mtu_ != 0) host.mtu = me.mtu_;
			host.checksum = me.has_checksum_;
		};
		host_ = std::make_unique<ENetConnection>(hooks);
		is_open_ = wire_.open(at_) == Error::OK && create(config) == Error::OK && secure(serves) == Error::OK;
	}
	~FaceSide() override {
		wire_.cut(); // as a process that is killed: no last words
		host_.reset();
		world_->sides.erase(std::find(world_->sides.begin(), world_->sides.end(), this));
	}
	bool is_open() const { return is_open_; }
	Instant next_time() const { return host_->next_service_time(); }

	const char *name() const override { return "netpeer"; }
	uint16_t port() const override { return at_.port; }
	Conn connect(uint16_t port, size_t channels, uint32_t data) override {
		const Endpoint to = world_->find(port);
		world_->join(at_.port, port);
		char address[IPAddress::kMaxTextBytes];
		const auto handle = host_->connect_to_host(to.address.to_text(address), port, int_of(channels), int_of(data));
		return handle != nullptr ? conn_of(handle) : Conn{};
	}
	bool send(Conn conn, uint8_t channel, ByteView bytes, uint32_t flags) override {
		return peer(conn).send(channel, bytes, int_of(flags)) == Error::OK;
	}
	void disconnect(Conn conn, uint32_t data) override { peer(conn).peer_disconnect(int_of(data)); }
	void disconnect_later(Conn conn, uint32_t data) override { peer(conn).peer_disconnect_later(int_of(data)); }
	void disconnect_now(Conn conn, uint32_t data) override { peer(conn).peer_disconnect_now(int_of(data)); }
	void reset(Conn conn) override { peer(conn).reset(); }
	void set_timeout(Conn conn, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms) override {
		const Error error = peer(conn).set_timeout(int_of(limit), int_of(minimum_ms), int_of(maximum_ms));
		EXPECT_EQ(error, Error::OK);
	}
	void set_ping_interval(Conn conn, uint32_t interval_ms) override { peer(conn).ping_interval(int_of(interval_ms)); }
	void configure_throttle(Conn conn, uint32_t interval, uint32_t acceleration, uint32_t deceleration) override {
		peer(conn).throttle_configure(int_of(interval), int_of(acceleration), int_of(deceleration));
	}
	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing) override {
		host_->bandwidth_limit(int_of(incoming), int_of(outgoing));
	}
	void set_checksum(bool enabled) override { EXPECT_EQ(host_->set_checksum(enabled), Error::OK); }
	void set_faults(const Faults &faults) override {
		wire_.set_drops(faults.drop_received);
		world_->set_faults(at_.port, faults);
	}
	SideStats stats(Conn conn) const override {
		SideStats stats;
		const ENetPacketPeer &handle = peer(conn);
		stats.state = static_cast<int>(handle.get_state());
		stats.channels = static_cast<size_t>(handle.get_channels());
		EnetPeerStats of_peer;
		if (handle.get_stats(of_peer) == Error::OK) take_stats(of_peer, stats);
		return stats;
	}
	size_t connected_peers() const override {
		size_t connected = 0;
		for (const auto &handle : host_->get_peers()) {
			const auto state = handle->get_state();
			const bool is_up =
			        state == ENetPacketPeer::STATE_CONNECTED || state == ENetPacketPeer::STATE_DISCONNECT_LATER;
			connected += is_up ? 1 : 0;
		}
		return connected;
	}
	bool poll() override {
		world_->clock.advance(Duration::from_us(kSimTurnUs));
		const uint64_t before = wire_.passed();
		bool busy = false;
		for (;;) {
			const ENetConnection::Event event = host_->service(0);
			if (event.type == ENetConnection::EVENT_NONE) return busy || wire_.passed() != before;
			collect(event);
			busy = true;
			if (event.type == ENetConnection::EVENT_ERROR) return false;
		}
	}
	void wait(uint32_t ms) override { world_->pass_time(ms); }

private:
	template <class Number> static int int_of(Number number) { return static_cast<int>(number); }

	Error create(const SideConfig &config) {
		NETPEER_TRY(host_->create_host(int_of(config.peers), int_of(config.channels), int_of(config.incoming_bandwidth),
		        int_of(config.outgoing_bandwidth)));
		return host_->compress(static_cast<ENetConnection::CompressionMode>(config.compression));
	}
	Error secure(bool serves) {
		if (!world_->is_secure) return Error::OK;
		if (serves) return host_->dtls_server_setup(netpeer_test::tls_server_options());
		return host_->dtls_client_setup("server.test", netpeer_test::tls_client_options());
	}
	Conn conn_of(const std::shared_ptr<ENetPacketPeer> &handle) {
		const auto known = keys_.emplace(handle.get(), static_cast<uint32_t>(handles_.size()));
		if (known.second) handles_.push_back(handle); // kept, so that no other has its address
		return Conn{known.first->second};
	}
	ENetPacketPeer &peer(Conn conn) const { return *handles_.at(conn.key); }
	void collect(const ENetConnection::Event &event) {
		if (event.type == ENetConnection::EVENT_ERROR) {
			ADD_FAILURE() << "service() says EVENT_ERROR";
			return;
		}
		SideEvent taken;
		taken.conn = conn_of(event.peer);
		taken.data = event.data;
		if (event.type == ENetConnection::EVENT_DISCONNECT) {
			taken.what = What::kDisconnect;
		} else if (event.type == ENetConnection::EVENT_RECEIVE) {
			taken.what = What::kReceive;
			taken.channel = static_cast<uint8_t>(event.channel);
			taken.flags = static_cast<uint32_t>(event.peer->get_packet_flags());
			ByteView bytes;
			EXPECT_EQ(event.peer->get_packet(bytes), Error::OK);
			if (!bytes.empty()) taken.bytes.assign(bytes.data, bytes.data + bytes.size);
		}
		events.push_back(std::move(taken));
	}

	const std::shared_ptr<SimWorld> world_;
	const Endpoint at_;
	netpeer_test::SeededRandom random_;
	SimWire wire_;
	const uint32_t mtu_;
	const bool has_checksum_;
	std::unique_ptr<ENetConnection> host_;
	bool is_open_ = false;
	std::vector<std::shared_ptr<ENetPacketPeer>> handles_;
	std::map<const ENetPacketPeer *, uint32_t> keys_;
};

void SimWorld::pass_time(uint32_t ms) {
	Instant next = clock.now() + Duration::from_ms(ms);
	for (const FaceSide *side : sides) next = earlier_of(next, side->next_time());
	// A side that is not polled stays behind for ever.
	clock.set(next > clock.now() ? next : clock.now() + Duration::from_us(100));
}

} // namespace

std::unique_ptr<Side> make_simulated_side(const SideConfig &config, SimWires wires, bool serves) {
	auto side = std::make_unique<FaceSide>(config, wires, serves);
	if (!side->is_open()) return nullptr;
	return side;
}

bool read_simulated_ms(int64_t &ms) {
	const std::shared_ptr<SimWorld> world = present_world.lock();
	if (world != nullptr) ms = world->clock.now().us / 1000;
	return world != nullptr;
}

} // namespace interop
