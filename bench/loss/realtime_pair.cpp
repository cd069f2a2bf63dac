// Reliable messages in real time over loopback, through a proxy that is a bad network: netpeer, libenet or a live Godot 3
// sends, another of them receives. Prints one JSON line. bench/loss/realtime runs it, beside loss_bench, which is the same
// in virtual time.
// Sender, receiver and proxy have a thread each; Godot is a process. All read the clock of the machine, so that one-way
// delays need no guess; whoever is not scheduled in time is late, and of the proxy it is said how much.
#include "../../src/netpeer.h"
#include "../../tests/interop/godot3/godot3_process.h"
#include "../../tests/support/bad_proxy.h"
#include "../../tests/support/godot3_framing.h"

#include <CLI/CLI.hpp>
#include <enet/enet.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace netpeer;
using netpeer_test::BadProxy;

namespace {

constexpr uint32_t kIdAtGodot = 77;
constexpr size_t kHeadBytes = 16; // of a message: [number u64][microseconds when it was sent i64], little-endian

[[noreturn]] void give_up(const std::string &why) {
	std::fprintf(stderr, "realtime_pair: %s\n", why.c_str());
	std::exit(1);
}

struct Options {
	std::string sender = "netpeer";
	std::string receiver = "stock";
	std::string name;
	double rtt_ms = 100;
	double loss = 0.05; // each way
	double every_ms = 20;
	uint64_t messages = 3000;
	uint32_t bytes = 64;
	uint64_t seed = 1;
	double limit_s = 180;
	bool bulk = false; // all messages at once
};

int64_t wall_us() {
	const auto since = std::chrono::system_clock::now().time_since_epoch();
	return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}
Instant steady_now() {
	const auto since = std::chrono::steady_clock::now().time_since_epoch();
	return Instant::from_us(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

void put_u64_le(ByteWriter &out, uint64_t value) {
	out.u32_le(static_cast<uint32_t>(value));
	out.u32_le(static_cast<uint32_t>(value >> 32));
}

struct Arrival {
	uint64_t number;
	int64_t sent_us, came_us;
};

// --- who sends ---

class LiveSender {
public:
	virtual ~LiveSender() = default;
	virtual void dial(uint16_t port) = 0;
	virtual bool send(ByteView message) = 0;
	/// Sleeps at most 1 ms.
	virtual void poll() = 0;
	/// Everything is acknowledged.
	virtual bool is_drained() const = 0;
	virtual void disconnect() = 0;
	/// What it knows of its own resends, as JSON fields; "": nothing.
	virtual std::string findings() const { return std::string(); }

	bool is_connected = false;
	bool has_ended = false;
};

class NetpeerLiveSender : public LiveSender {
public:
	explicit NetpeerLiveSender(bool to_godot) : to_godot_(to_godot) {
		if (connection_.create_host(1, netpeer_test::kGodot3Channels) != Error::OK) give_up("netpeer makes no host");
	}
	void dial(uint16_t port) override {
		peer_ = connection_.connect_to_host("127.0.0.1", port, netpeer_test::kGodot3Channels, kIdAtGodot);
		if (peer_ == nullptr) give_up("netpeer does not dial");
	}
	bool send(ByteView message) override {
		if (!to_godot_) return peer_->send(0, message, ENetPacketPeer::FLAG_RELIABLE) == Error::OK;
		const std::vector<uint8_t> framed = netpeer_test::godot3_packet({kIdAtGodot, 1}, message);
		return peer_->send(netpeer_test::kGodot3ReliableChannel, ByteView(framed.data(), framed.size()),
		               ENetPacketPeer::FLAG_RELIABLE) == Error::OK;
	}
	void poll() override {
		ENetConnection::Event event = connection_.service(1);
		for (; event.type != ENetConnection::EVENT_NONE; event = connection_.service(0)) {
			if (event.type == ENetConnection::EVENT_ERROR) give_up("netpeer's socket fails");
			is_connected = is_connected || event.type == ENetConnection::EVENT_CONNECT;
			has_ended = has_ended || event.type == ENetConnection::EVENT_DISCONNECT;
		}
		if (peer_->is_active() && is_connected) {
			path_ = peer_->get_path_statistics();
			longest_queue_us_ = std::max(longest_queue_us_, path_.queue_delay_us);
		}
	}
	bool is_drained() const override {
		EnetPeerStats stats;
		return peer_->get_stats(stats) == Error::OK && stats.queued_commands + stats.unacknowledged_commands == 0;
	}
	void disconnect() override { peer_->peer_disconnect(); }
	std::string findings() const override {
		return ", \"resent\": " + std::to_string(path_.resent_commands) +
		       ", \"spurious\": " + std::to_string(path_.spurious_resends) +
		       ", \"copies\": " + std::to_string(path_.copied_commands) +
		       ", \"minimum_rtt_us\": " + std::to_string(path_.minimum_rtt_us) +
		       ", \"longest_queue_delay_us\": " + std::to_string(longest_queue_us_);
	}

private:
	bool to_godot_;
	ENetConnection connection_;
	std::shared_ptr<ENetPacketPeer> peer_;
	EnetPathStats path_;
	uint32_t longest_queue_us_ = 0;
};

ENetAddress stock_loopback(uint16_t port) {
	ENetAddress address;
	enet_address_set_host_ip(&address, "127.0.0.1");
	address.port = port;
	return address;
}

class StockLiveSender : public LiveSender {
public:
	StockLiveSender() : host_(enet_host_create(nullptr, 1, 1, 0, 0)) {
		if (host_ == nullptr) give_up("libenet makes no host");
	}
	~StockLiveSender() override { enet_host_destroy(host_); }
	StockLiveSender(const StockLiveSender &) = delete;
	StockLiveSender &operator=(const StockLiveSender &) = delete;
	void dial(uint16_t port) override {
		const ENetAddress address = stock_loopback(port);
		peer_ = enet_host_connect(host_, &address, 1, 0);
		if (peer_ == nullptr) give_up("libenet does not dial");
	}
	bool send(ByteView message) override {
		ENetPacket *packet = enet_packet_create(message.data, message.size, ENET_PACKET_FLAG_RELIABLE);
		if (packet == nullptr) give_up("libenet makes no packet");
		packet->userData = this;
		packet->freeCallback = note_freed;
		++waiting_;
		if (enet_peer_send(peer_, 0, packet) == 0) return true;
		enet_packet_destroy(packet);
		return false;
	}
	void poll() override {
		ENetEvent event;
		for (int got = enet_host_service(host_, &event, 1); got > 0; got = enet_host_check_events(host_, &event)) {
			is_connected = is_connected || event.type == ENET_EVENT_TYPE_CONNECT;
			has_ended = has_ended || event.type == ENET_EVENT_TYPE_DISCONNECT;
			if (event.type == ENET_EVENT_TYPE_RECEIVE) enet_packet_destroy(event.packet);
		}
	}
	bool is_drained() const override { return waiting_ == 0; }
	void disconnect() override { enet_peer_disconnect(peer_, 0); }

private:
	static void ENET_CALLBACK note_freed(ENetPacket *packet) {
		--static_cast<StockLiveSender *>(packet->userData)->waiting_;
	}

	ENetHost *host_;
	ENetPeer *peer_ = nullptr;
	size_t waiting_ = 0; // packets that are not acknowledged
};

// --- who receives ---

class LiveReceiver {
public:
	virtual ~LiveReceiver() = default;
	virtual uint16_t port() const = 0;
	/// Sleeps at most 1 ms.
	virtual void poll() = 0;
	/// Its clients.
	virtual void disconnect() = 0;

	std::vector<Arrival> arrivals;
	std::atomic<uint64_t> count{0};
	std::atomic<bool> is_connected{false};
	std::atomic<bool> has_ended{false};

protected:
	void take(ByteView message) {
		const int64_t now = wall_us();
		ByteReader reader(message);
		const uint64_t number = reader.u64_le();
		const int64_t sent = static_cast<int64_t>(reader.u64_le());
		if (reader.failed()) give_up("a message came short");
		arrivals.push_back(Arrival{number, sent, now});
		++count;
	}
};

class NetpeerLiveReceiver : public LiveReceiver {
public:
	explicit NetpeerLiveReceiver(bool from_godot) : from_godot_(from_godot) {
		if (connection_.create_host_bound("127.0.0.1", 0, 1) != Error::OK) give_up("netpeer makes no server");
	}
	uint16_t port() const override { return static_cast<uint16_t>(connection_.get_local_port()); }
	void poll() override {
		ENetConnection::Event event = connection_.service(1);
		for (; event.type != ENetConnection::EVENT_NONE; event = connection_.service(0)) {
			if (event.type == ENetConnection::EVENT_ERROR) give_up("netpeer's socket fails");
			if (event.type == ENetConnection::EVENT_CONNECT) is_connected = true;
			if (event.type == ENetConnection::EVENT_DISCONNECT) has_ended = true;
			if (event.type == ENetConnection::EVENT_RECEIVE) take_packet(*event.peer);
		}
	}
	void disconnect() override {
		for (const auto &peer : connection_.get_peers()) peer->peer_disconnect();
	}

private:
	void take_packet(ENetPacketPeer &peer) {
		ByteView packet, message;
		if (peer.get_packet(packet) != Error::OK) give_up("an event without its packet");
		netpeer_test::Godot3Header header;
		if (from_godot_ && !netpeer_test::read_godot3_packet(packet, header, message)) give_up("Godot sends no header");
		take(from_godot_ ? message : packet);
	}

	bool from_godot_;
	ENetConnection connection_;
};

class StockLiveReceiver : public LiveReceiver {
public:
	StockLiveReceiver() {
		const ENetAddress any_port = stock_loopback(ENET_PORT_ANY);
		host_ = enet_host_create(&any_port, 1, netpeer_test::kGodot3Channels, 0, 0);
		if (host_ == nullptr) give_up("libenet makes no server");
	}
	~StockLiveReceiver() override { enet_host_destroy(host_); }
	StockLiveReceiver(const StockLiveReceiver &) = delete;
	StockLiveReceiver &operator=(const StockLiveReceiver &) = delete;
	uint16_t port() const override {
		ENetAddress address;
		return enet_socket_get_address(host_->socket, &address) == 0 ? address.port : uint16_t{0};
	}
	void poll() override {
		ENetEvent event;
		for (int got = enet_host_service(host_, &event, 1); got > 0; got = enet_host_check_events(host_, &event)) {
			if (event.type == ENET_EVENT_TYPE_CONNECT) is_connected = true;
			if (event.type == ENET_EVENT_TYPE_DISCONNECT) has_ended = true;
			if (event.type != ENET_EVENT_TYPE_RECEIVE) continue;
			take(ByteView(event.packet->data, event.packet->dataLength));
			enet_packet_destroy(event.packet);
		}
	}
	void disconnect() override { enet_peer_disconnect(&host_->peers[0], 0); }

private:
	ENetHost *host_ = nullptr;
};

// --- one run ---

double percentile(const std::vector<double> &sorted, double share) {
	if (sorted.empty()) return 0;
	const double place = std::ceil(share * static_cast<double>(sorted.size())) - 1;
	return sorted[static_cast<size_t>(std::max(0.0, place))];
}

class Run {
public:
	explicit Run(const Options &options) : options_(options) {}

	void run() {
		make_receiver();
		proxy_ = std::make_unique<BadProxy>(server_port_, options_.seed);
		if (!proxy_->is_open()) give_up("no socket for the proxy");
		for (SimLink *way : {&proxy_->to_server(), &proxy_->to_client()}) {
			way->settings.latency = Duration::from_us(std::llround(options_.rtt_ms * 500));
		}
		std::thread proxying([this] { run_proxy(); });
		std::thread receiving([this] { run_receiver(); });
		deadline_ = steady_now() + Duration::from_us(std::llround(options_.limit_s * 1e6));
		if (options_.sender == "godot3") {
			run_godot_sender();
		} else {
			run_sender();
		}
		stop_ = true;
		receiving.join();
		proxying.join();
		if (godot_ != nullptr) read_godot();
	}
	void report();

private:
	using Godot3Process = interop::Godot3Process;

	bool is_late() const { return steady_now() >= deadline_; }
	void make_receiver() {
		if (options_.receiver == "godot3") {
			start_godot_server();
		} else {
			if (options_.receiver == "netpeer") {
				receiver_ = std::make_unique<NetpeerLiveReceiver>(options_.sender == "godot3");
			} else {
				receiver_ = std::make_unique<StockLiveReceiver>();
			}
			receiver_->arrivals.reserve(options_.messages);
			server_port_ = receiver_->port();
		}
	}
	// On a port that was free a moment ago, again if another program was quicker.
	void start_godot_server() {
		for (int attempt = 0; attempt < 5; ++attempt) {
			ENetConnection probe;
			if (probe.create_host_bound("127.0.0.1", 0) != Error::OK) break;
			server_port_ = static_cast<uint16_t>(probe.get_local_port());
			probe.destroy();
			godot_ = std::make_unique<Godot3Process>(
			        "timed_server.gd", std::vector<std::string>{"--port=" + std::to_string(server_port_),
			                                   "--seconds=" + std::to_string(options_.limit_s + 20)});
			while (!godot_->has_ended() && godot_->line("LISTEN ") == nullptr) pause();
			if (godot_->line("LISTEN ") != nullptr && *godot_->line("LISTEN ") == "LISTEN err=0") return;
		}
		give_up("Godot does not listen: " + (godot_ != nullptr ? godot_->text() : std::string()));
	}
	void pause() {
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
		if (godot_ != nullptr) godot_->poll();
	}

	void run_proxy() {
		while (!stop_) {
			const double loss = loses_ ? options_.loss : 0;
			proxy_->to_server().settings.loss = proxy_->to_client().settings.loss = loss;
			proxy_->turn(steady_now());
			const Instant now = steady_now();
			const Instant wake = earlier_of(proxy_->next_due(), now + Duration::from_ms(5));
			if (wake > now) proxy_->wait(wake - now);
		}
	}
	void run_receiver() {
		if (receiver_ == nullptr) return;
		bool has_said_goodbye = false;
		while (!stop_) {
			receiver_->poll();
			if (leaves_ && !has_said_goodbye) {
				receiver_->disconnect();
				has_said_goodbye = true;
			}
		}
	}

	void run_sender() {
		std::unique_ptr<LiveSender> sender;
		if (options_.sender == "netpeer") {
			sender = std::make_unique<NetpeerLiveSender>(options_.receiver == "godot3");
		} else {
			sender = std::make_unique<StockLiveSender>();
		}
		sender->dial(proxy_->port());
		while (!sender->is_connected && !sender->has_ended && !is_late()) sender->poll();
		if (!sender->is_connected) give_up("no connection");
		while (receiver_ != nullptr && !receiver_->is_connected && !is_late()) sender->poll();
		loses_ = true; // not the handshake's business, as in loss_bench
		std::vector<uint8_t> message(options_.bytes);
		const Instant begin = steady_now();
		while (!sender->has_ended && !is_late()) {
			while (sent_ < options_.messages && steady_now() >= due_of(begin, sent_)) {
				ByteWriter head(MutBytes(message.data(), message.size()));
				put_u64_le(head, sent_);
				put_u64_le(head, static_cast<uint64_t>(wall_us()));
				if (!sender->send(ByteView(message.data(), message.size()))) break;
				++sent_;
			}
			sender->poll();
			if (sent_ == options_.messages && sender->is_drained()) break;
		}
		findings_ = sender->findings();
		ended_ = sender->has_ended || (receiver_ != nullptr && receiver_->has_ended);
		loses_ = false;
		if (sender->has_ended) return;
		sender->disconnect();
		const Instant patience = steady_now() + Duration::from_s(10);
		while (!sender->has_ended && steady_now() < patience) sender->poll();
	}
	Instant due_of(Instant begin, uint64_t message) const {
		if (options_.bulk) return begin;
		return begin + Duration::from_us(std::llround(static_cast<double>(message) * options_.every_ms * 1000));
	}

	void run_godot_sender() {
		godot_ = std::make_unique<Godot3Process>("timed_client.gd",
		        std::vector<std::string>{"--port=" + std::to_string(proxy_->port()),
		                "--count=" + std::to_string(options_.messages), "--bytes=" + std::to_string(options_.bytes),
		                "--every=" + std::to_string(options_.bulk ? 0 : options_.every_ms),
		                "--seconds=" + std::to_string(options_.limit_s)});
		while (!godot_->has_ended() && godot_->line("STATE ") == nullptr && !is_late()) pause();
		if (godot_->line("STATE ") == nullptr || *godot_->line("STATE ") != "STATE connected") {
			give_up("Godot does not connect: " + godot_->text());
		}
		loses_ = true;
		sent_ = options_.messages;
		while (receiver_->count < sent_ && !receiver_->has_ended && !godot_->has_ended() && !is_late()) pause();
		ended_ = receiver_->has_ended;
		loses_ = false;
		leaves_ = true;
		const Instant patience = steady_now() + Duration::from_s(10);
		while (!godot_->has_ended() && steady_now() < patience) pause();
	}
	// The arrivals of a Godot that received.
	void read_godot() {
		const Instant patience = steady_now() + Duration::from_s(20);
		while (!godot_->has_ended() && steady_now() < patience) pause();
		if (godot_->line("PUT ") != nullptr) give_up("Godot could not send: " + *godot_->line("PUT "));
		if (options_.receiver != "godot3") return;
		const std::string &text = godot_->text();
		for (size_t at = text.find("AT "); at != std::string::npos; at = text.find("AT ", at + 1)) {
			unsigned long long number = 0;
			long long sent = 0, came = 0;
			if (std::sscanf(text.c_str() + at, "AT %llu %lld %lld", &number, &sent, &came) != 3) continue;
			from_godot_.push_back(Arrival{number, sent, came});
		}
	}

	const Options &options_;
	std::unique_ptr<LiveReceiver> receiver_; // null: Godot receives
	std::unique_ptr<Godot3Process> godot_;
	std::unique_ptr<BadProxy> proxy_;
	uint16_t server_port_ = 0;
	Instant deadline_;
	std::atomic<bool> stop_{false}, loses_{false}, leaves_{false};
	uint64_t sent_ = 0;
	bool ended_ = false;
	std::string findings_;
	std::vector<Arrival> from_godot_;
};

void Run::report() {
	const std::vector<Arrival> &arrivals = receiver_ != nullptr ? receiver_->arrivals : from_godot_;
	std::vector<double> delays;
	uint64_t disordered = 0;
	int64_t first_sent = INT64_MAX, last_came = INT64_MIN;
	for (size_t i = 0; i < arrivals.size(); ++i) {
		disordered += arrivals[i].number != i;
		delays.push_back(static_cast<double>(arrivals[i].came_us - arrivals[i].sent_us) / 1000);
		first_sent = std::min(first_sent, arrivals[i].sent_us);
		last_came = std::max(last_came, arrivals[i].came_us);
	}
	std::sort(delays.begin(), delays.end());
	const uint64_t undelivered = sent_ - std::min<uint64_t>(sent_, arrivals.size());
	std::printf(
	        "{\"world\": \"real\", \"name\": \"%s\", \"sender\": \"%s\", \"receiver\": \"%s\", \"connections_lost\": "
	        "%d, \"messages\": %llu, \"undelivered\": %llu, \"disordered\": %llu",
	        options_.name.c_str(), options_.sender.c_str(), options_.receiver.c_str(), ended_ ? 1 : 0,
	        static_cast<unsigned long long>(sent_), static_cast<unsigned long long>(undelivered),
	        static_cast<unsigned long long>(disordered));
	const double seconds = arrivals.empty() ? 0 : static_cast<double>(last_came - first_sent) / 1e6;
	if (options_.bulk) {
		const double bytes = static_cast<double>(arrivals.size()) * options_.bytes;
		std::printf(", \"seconds\": %.2f, \"mbit_per_s\": %.2f", seconds, seconds > 0 ? bytes * 8 / 1e6 / seconds : 0);
	} else {
		const auto at = [&](double share) { return percentile(delays, share); };
		std::printf(", \"p50_ms\": %.1f, \"p95_ms\": %.1f, \"p99_ms\": %.1f, \"p999_ms\": %.1f, \"max_ms\": %.1f",
		        at(0.5), at(0.95), at(0.99), at(0.999), at(1));
	}
	const SimLinkCounters &there = proxy_->to_server().counters();
	const BadProxy::Lateness &late = proxy_->lateness();
	const double passed = static_cast<double>(std::max<uint64_t>(1, late.datagrams));
	std::printf(", \"datagrams\": %llu, \"lost\": %llu%s, \"proxy_late_mean_ms\": %.3f, \"proxy_late_max_ms\": %.3f, "
	            "\"proxy_late_over_1ms_percent\": %.2f}\n",
	        static_cast<unsigned long long>(there.offered()), static_cast<unsigned long long>(there.of(SimFate::kLost)),
	        findings_.c_str(), static_cast<double>(late.sum.us) / passed / 1000,
	        static_cast<double>(late.longest.us) / 1000, 100 * static_cast<double>(late.over_1ms) / passed);
}

} // namespace

int main(int argc, char **argv) {
	Options options;
	CLI::App app("Reliable messages over loopback through a bad network, in real time. One JSON line.");
	const auto who = CLI::IsMember({"netpeer", "stock", "godot3"});
	app.add_option("--sender", options.sender)->check(who);
	app.add_option("--receiver", options.receiver)->check(who);
	app.add_option("--name", options.name, "goes into the line");
	app.add_option("--seed", options.seed);
	app.add_option("--rtt", options.rtt_ms, "ms");
	app.add_option("--loss", options.loss, "0..1, each way");
	app.add_option("--every", options.every_ms, "ms between messages");
	app.add_option("--bytes", options.bytes)->check(CLI::Range(uint32_t{kHeadBytes}, uint32_t{1} << 20));
	app.add_option("--messages", options.messages)->check(CLI::Range(1, 1000000));
	app.add_flag("--bulk", options.bulk, "all messages at once");
	app.add_option("--limit", options.limit_s, "seconds at most");
	CLI11_PARSE(app, argc, argv);
	if ((options.sender == "godot3" && options.receiver != "netpeer") ||
	        (options.receiver == "godot3" && options.sender != "netpeer")) {
		give_up("Godot talks to netpeer only");
	}
	if (enet_initialize() != 0) give_up("libenet does not start");
	Run run(options);
	run.run();
	run.report();
	return 0;
}
