// A socket that answers what a test has written down, call by call, and remembers what it was asked. For error paths that
// a real system shows rarely or never; what loopback can show is tested on loopback.
//
//     FakeSocketFactory factory;                                  // from here on create_net_socket() makes fakes
//     SocketScript &script = factory.next_socket();               // of the next socket made
//     script.then(SocketCall::kConnect, Error::ERR_BUSY);
//     script.then_receive("hel").then_receive("lo").then(SocketCall::kReceive, Error::ERR_FILE_EOF);
//     ... use the class under test ...
//     EXPECT_EQ(script.count(SocketCall::kShutdown), 1u);
#pragma once

#include "../../src/socket/net_socket.h"
#include "fake_clock.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace netpeer_test {

enum class SocketCall {
	kOpenUdp,
	kOpenTcp,
	kOpenUnix,
	kBind,
	kBindPath,
	kListen,
	kAccept,
	kConnect,
	kConnectPath,
	kConnectResult,
	kSend,
	kReceive,
	kShutdown,
	kAvailableBytes,
	kRemoteEndpoint,
	kLocalEndpoint,
	kReceiveBatch,
	kSendBatch,
	kWait, // wait_readable() too, as PollType::POLL_TYPE_IN
	kNoDelay,
	kKeepAlive,
	kReuseAddress,
	kReusePort,
	kBroadcasting,
	kBufferSizes,
	kConnectUdp,
	kDisconnectUdp,
	kJoinGroup,
	kLeaveGroup,
	kMulticastInterface,
	kMulticastTtl,
	kMulticastLoopback,
	kClose
};

class SocketScript;

/// What one call answers. Only what fits the call is looked at.
struct SocketAnswer {
	netpeer::Error error = netpeer::Error::OK;
	std::string bytes;                            // receive: given out, over several calls if the buffer is short
	size_t most = SIZE_MAX;                       // send: takes at most so many bytes; send_batch: datagrams
	netpeer::Endpoint endpoint;                   // accept, local_endpoint, remote_endpoint, receive_batch
	netpeer::IPType type = netpeer::IPType::NONE; // open_udp, open_tcp: written back unless NONE
	int number = 0;                               // available_bytes
	uint64_t icmp_errors = 0;                     // receive_batch, send_batch, wait: so many more are counted
	int os_error = 0;                             // last_os_error() from then on, unless 0
	std::shared_ptr<SocketScript> accepted;       // accept: the new socket's script; null makes a fresh one
	std::function<void()> effect;                 // runs before the answer is given: moves a clock, closes an owner ...
};

/// What one call was asked.
struct SocketAsked {
	SocketCall call = SocketCall::kClose;
	std::string bytes;          // send: all that was offered; connect_path, bind_path: the path
	size_t size = 0;            // receive: room in the buffer; receive_batch: slots; listen: the backlog
	netpeer::Endpoint endpoint; // join_multicast_group, leave_multicast_group: the group, with port 0
	netpeer::MulticastInterface interface_of_group;
	netpeer::IPType type = netpeer::IPType::NONE;
	netpeer::PollType poll = netpeer::PollType::POLL_TYPE_IN;
	netpeer::Duration timeout;
	netpeer::ShutdownHalf half = netpeer::ShutdownHalf::BOTH;
	bool enabled = false;     // options
	int idle_s = 0;           // keep-alive
	int interval_s = 0;       // keep-alive
	int count = 0;            // keep-alive
	int hops = 0;             // set_multicast_ttl
	size_t receive_bytes = 0; // buffer sizes
	size_t send_bytes = 0;    // buffer sizes
};

/// Answers queued per call, and the log. Lives on after its socket, so a test may look at it at the end.
class SocketScript {
public:
	/// A class under test that asks more often than this is spinning: the program ends with a message.
	static constexpr size_t kMostCalls = 1000000;

	/// Queues an answer for the next `call` that has none yet.
	SocketScript &then(SocketCall call, SocketAnswer answer) {
		answers_[call].push_back(std::move(answer));
		return *this;
	}
	SocketScript &then(SocketCall call, netpeer::Error error, int os_error = 0) {
		SocketAnswer answer;
		answer.error = error;
		answer.os_error = os_error;
		return then(call, std::move(answer));
	}
	SocketScript &then_receive(std::string bytes) {
		SocketAnswer answer;
		answer.bytes = std::move(bytes);
		return then(SocketCall::kReceive, std::move(answer));
	}
	SocketScript &then_send(size_t most) {
		SocketAnswer answer;
		answer.most = most;
		return then(SocketCall::kSend, std::move(answer));
	}
	/// The next accept() succeeds; the new socket follows the script returned.
	SocketScript &then_accept(const netpeer::Endpoint &remote) {
		SocketAnswer answer;
		answer.endpoint = remote;
		answer.accepted = std::make_shared<SocketScript>();
		SocketScript &script = *answer.accepted;
		then(SocketCall::kAccept, std::move(answer));
		return script;
	}
	/// What `call` answers when nothing is queued. Without this: accept, receive, receive_batch and wait ERR_BUSY,
	/// connect and connect_path ERR_BUSY, everything else OK (a send takes all).
	SocketScript &otherwise(SocketCall call, SocketAnswer answer) {
		defaults_[call] = std::move(answer);
		return *this;
	}
	SocketScript &otherwise(SocketCall call, netpeer::Error error) {
		SocketAnswer answer;
		answer.error = error;
		return otherwise(call, std::move(answer));
	}
	/// A wait that answers ERR_BUSY moves this clock on by its timeout.
	SocketScript &waits_move(FakeClock &clock) {
		clock_ = &clock;
		return *this;
	}

	const std::vector<SocketAsked> &log() const { return log_; }
	size_t count(SocketCall call) const {
		return static_cast<size_t>(std::count_if(
		        log_.begin(), log_.end(), [call](const SocketAsked &asked) { return asked.call == call; }));
	}
	/// The last question of this kind; a default one when there was none.
	SocketAsked last(SocketCall call) const {
		for (size_t i = log_.size(); i != 0; --i) {
			if (log_[i - 1].call == call) return log_[i - 1];
		}
		return SocketAsked();
	}
	/// Everything send() took, in order.
	const std::string &sent() const { return sent_; }
	/// Whether every queued answer was given.
	bool finished() const {
		return std::all_of(answers_.begin(), answers_.end(), [](const auto &entry) { return entry.second.empty(); });
	}
	/// Sockets that follow this script and exist now.
	size_t live_sockets() const { return live_sockets_; }
	bool open() const { return open_; }

private:
	friend class FakeNetSocket;

	static bool is_quiet(SocketCall call) {
		switch (call) {
		case SocketCall::kAccept:
		case SocketCall::kConnect:
		case SocketCall::kConnectPath:
		case SocketCall::kReceive:
		case SocketCall::kReceiveBatch:
		case SocketCall::kWait: return true;
		default: return false;
		}
	}
	SocketAnswer next_answer(SocketAsked asked) {
		const SocketCall call = asked.call;
		log_.push_back(std::move(asked));
		if (log_.size() > kMostCalls) {
			std::fprintf(stderr, "fake_net_socket: the code under test never stops asking\n");
			std::abort();
		}
		SocketAnswer answer;
		std::deque<SocketAnswer> &queue = answers_[call];
		const auto fallback = defaults_.find(call);
		if (!queue.empty()) {
			answer = std::move(queue.front());
			queue.pop_front();
		} else if (fallback != defaults_.end()) {
			answer = fallback->second;
		} else if (is_quiet(call)) {
			answer.error = netpeer::Error::ERR_BUSY;
		}
		if (answer.os_error != 0) os_error_ = answer.os_error;
		if (answer.effect) answer.effect();
		return answer;
	}

	std::map<SocketCall, std::deque<SocketAnswer>> answers_;
	std::map<SocketCall, SocketAnswer> defaults_;
	std::vector<SocketAsked> log_;
	std::string sent_;
	FakeClock *clock_ = nullptr;
	size_t live_sockets_ = 0;
	int os_error_ = 0;
	bool open_ = false;
};

/// Keeps NetSocket's contract about being open: a second open is ERR_ALREADY_IN_USE, a closed socket answers
/// ERR_UNCONFIGURED without looking into the script, and failures that close the real socket close this one.
class FakeNetSocket final : public netpeer::NetSocket {
public:
	explicit FakeNetSocket(std::shared_ptr<SocketScript> script, bool open = false) : script_(std::move(script)) {
		++script_->live_sockets_;
		script_->open_ = open;
	}
	~FakeNetSocket() override {
		close();
		--script_->live_sockets_;
	}

	netpeer::Error open_udp(netpeer::IPType &type) override { return open(SocketCall::kOpenUdp, &type); }
	netpeer::Error open_tcp(netpeer::IPType &type) override { return open(SocketCall::kOpenTcp, &type); }
	netpeer::Error open_unix() override { return open(SocketCall::kOpenUnix, nullptr); }

	netpeer::Error bind(const netpeer::Endpoint &local) override {
		return closing(at_endpoint(SocketCall::kBind, local));
	}
	netpeer::Error bind_path(std::string_view path) override { return closing(at_path(SocketCall::kBindPath, path)); }
	netpeer::Error listen(int backlog) override {
		SocketAsked asked = question(SocketCall::kListen);
		asked.size = static_cast<size_t>(backlog);
		return closing(simple(std::move(asked)));
	}
	netpeer::Error connect(const netpeer::Endpoint &remote) override {
		return closing(at_endpoint(SocketCall::kConnect, remote));
	}
	netpeer::Error connect_path(std::string_view path) override {
		return closing(at_path(SocketCall::kConnectPath, path));
	}
	netpeer::Error connect_result() override { return simple(question(SocketCall::kConnectResult)); }

	netpeer::Error accept(std::unique_ptr<netpeer::NetSocket> &out, netpeer::Endpoint &remote) override {
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		SocketAnswer answer = script_->next_answer(question(SocketCall::kAccept));
		if (answer.error != netpeer::Error::OK) return answer.error;
		if (answer.accepted == nullptr) answer.accepted = std::make_shared<SocketScript>();
		out = std::make_unique<FakeNetSocket>(answer.accepted, true);
		remote = answer.endpoint;
		return netpeer::Error::OK;
	}
	netpeer::Error send(netpeer::ByteView bytes, size_t &sent) override {
		sent = 0;
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		SocketAsked asked = question(SocketCall::kSend);
		asked.bytes = text_of(bytes);
		const SocketAnswer answer = script_->next_answer(std::move(asked));
		if (answer.error != netpeer::Error::OK) return answer.error;
		sent = std::min(bytes.size, answer.most);
		script_->sent_ += text_of(bytes.first(sent));
		return netpeer::Error::OK;
	}
	netpeer::Error receive(netpeer::MutBytes buffer, size_t &received) override {
		received = 0;
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		SocketAsked asked = question(SocketCall::kReceive);
		asked.size = buffer.size;
		SocketAnswer answer = script_->next_answer(std::move(asked));
		if (answer.error != netpeer::Error::OK) return answer.error;
		received = std::min(buffer.size, answer.bytes.size());
		if (received != 0) std::memcpy(buffer.data, answer.bytes.data(), received);
		if (received < answer.bytes.size()) {
			answer.bytes.erase(0, received);
			answer.effect = nullptr;
			script_->answers_[SocketCall::kReceive].push_front(std::move(answer));
		}
		return netpeer::Error::OK;
	}
	netpeer::Error shutdown(netpeer::ShutdownHalf half) override {
		SocketAsked asked = question(SocketCall::kShutdown);
		asked.half = half;
		return simple(std::move(asked));
	}
	int available_bytes() const override {
		return is_open() ? script_->next_answer(question(SocketCall::kAvailableBytes)).number : -1;
	}
	netpeer::Error remote_endpoint(netpeer::Endpoint &out) const override {
		return give_endpoint(SocketCall::kRemoteEndpoint, out);
	}
	netpeer::Error local_endpoint(netpeer::Endpoint &out) override {
		return give_endpoint(SocketCall::kLocalEndpoint, out);
	}

	void close() override {
		if (!is_open()) return;
		(void)script_->next_answer(question(SocketCall::kClose));
		script_->open_ = false;
	}
	bool is_open() const override { return script_->open_; }

	/// One datagram per answer; one that is longer than the slot is counted and the pass ends.
	netpeer::Error receive_batch(netpeer::DatagramSlot *slots, size_t count, size_t &received) override {
		received = 0;
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		SocketAsked asked = question(SocketCall::kReceiveBatch);
		asked.size = count;
		const SocketAnswer answer = script_->next_answer(std::move(asked));
		counters_.icmp_errors += answer.icmp_errors;
		if (answer.error != netpeer::Error::OK || count == 0) return answer.error;
		if (answer.bytes.size() > slots[0].buffer.size) {
			++counters_.truncated;
			return netpeer::Error::ERR_BUSY;
		}
		slots[0].size = answer.bytes.size();
		if (slots[0].size != 0) std::memcpy(slots[0].buffer.data, answer.bytes.data(), slots[0].size);
		slots[0].from = answer.endpoint;
		received = 1;
		return netpeer::Error::OK;
	}
	/// The log holds the first datagram; sent() all that went.
	netpeer::Error send_batch(const netpeer::DatagramOut *datagrams, size_t count, size_t &sent) override {
		sent = 0;
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		SocketAsked asked = question(SocketCall::kSendBatch);
		asked.size = count;
		if (count != 0) {
			asked.bytes = text_of(datagrams[0].bytes);
			asked.endpoint = datagrams[0].to;
		}
		const SocketAnswer answer = script_->next_answer(std::move(asked));
		counters_.icmp_errors += answer.icmp_errors;
		const bool partial = answer.most != SIZE_MAX;
		if (answer.error == netpeer::Error::OK || partial) sent = std::min(count, answer.most);
		for (size_t i = 0; i < sent; ++i) script_->sent_ += text_of(datagrams[i].bytes);
		return answer.error;
	}
	netpeer::Error wait_readable(netpeer::Duration timeout) override {
		return wait(netpeer::PollType::POLL_TYPE_IN, timeout);
	}
	netpeer::Error wait(netpeer::PollType type, netpeer::Duration timeout) override {
		SocketAsked asked = question(SocketCall::kWait);
		asked.poll = type;
		asked.timeout = timeout;
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		const SocketAnswer answer = script_->next_answer(std::move(asked));
		counters_.icmp_errors += answer.icmp_errors;
		const netpeer::Error error = answer.error;
		if (error == netpeer::Error::ERR_BUSY && script_->clock_ != nullptr && timeout.us > 0)
			script_->clock_->advance(timeout);
		return error;
	}

	netpeer::Error set_no_delay(bool enabled) override { return option(SocketCall::kNoDelay, enabled); }
	netpeer::Error set_keep_alive(bool enabled, int idle_s, int interval_s, int count) override {
		SocketAsked asked = question(SocketCall::kKeepAlive);
		asked.enabled = enabled;
		asked.idle_s = idle_s;
		asked.interval_s = interval_s;
		asked.count = count;
		return simple(std::move(asked));
	}
	netpeer::Error set_reuse_address(bool enabled) override { return option(SocketCall::kReuseAddress, enabled); }
	netpeer::Error set_reuse_port(bool enabled) override { return option(SocketCall::kReusePort, enabled); }
	netpeer::Error set_broadcasting_enabled(bool enabled) override {
		return option(SocketCall::kBroadcasting, enabled);
	}
	netpeer::Error set_buffer_sizes(size_t receive_bytes, size_t send_bytes) override {
		SocketAsked asked = question(SocketCall::kBufferSizes);
		asked.receive_bytes = receive_bytes;
		asked.send_bytes = send_bytes;
		return simple(std::move(asked));
	}
	/// A refusal leaves the socket open.
	netpeer::Error connect_udp(const netpeer::Endpoint &remote) override {
		return at_endpoint(SocketCall::kConnectUdp, remote);
	}
	netpeer::Error disconnect_udp() override { return simple(question(SocketCall::kDisconnectUdp)); }
	netpeer::Error join_multicast_group(
	        const netpeer::IPAddress &group, const netpeer::MulticastInterface &on) override {
		return of_group(SocketCall::kJoinGroup, group, on);
	}
	netpeer::Error leave_multicast_group(
	        const netpeer::IPAddress &group, const netpeer::MulticastInterface &on) override {
		return of_group(SocketCall::kLeaveGroup, group, on);
	}
	netpeer::Error set_multicast_interface(const netpeer::MulticastInterface &out) override {
		return of_group(SocketCall::kMulticastInterface, netpeer::IPAddress(), out);
	}
	netpeer::Error set_multicast_ttl(int hops) override {
		SocketAsked asked = question(SocketCall::kMulticastTtl);
		asked.hops = hops;
		return simple(std::move(asked));
	}
	netpeer::Error set_multicast_loopback(bool enabled) override {
		return option(SocketCall::kMulticastLoopback, enabled);
	}
	netpeer::DatagramCaps caps() const override { return netpeer::DatagramCaps(); }
	void disable_batching() override {}
	const netpeer::NetSocketCounters &counters() const override { return counters_; }
	int last_os_error() const override { return script_->os_error_; }

private:
	static std::string text_of(netpeer::ByteView bytes) {
		return bytes.size == 0 ? std::string() : std::string(reinterpret_cast<const char *>(bytes.data), bytes.size);
	}
	static SocketAsked question(SocketCall call) {
		SocketAsked asked;
		asked.call = call;
		return asked;
	}
	netpeer::Error simple(SocketAsked asked) const {
		return is_open() ? script_->next_answer(std::move(asked)).error : netpeer::Error::ERR_UNCONFIGURED;
	}
	netpeer::Error open(SocketCall call, netpeer::IPType *type) {
		if (is_open()) return netpeer::Error::ERR_ALREADY_IN_USE;
		if (type != nullptr && (*type < netpeer::IPType::IPV4 || *type > netpeer::IPType::ANY))
			return netpeer::Error::ERR_INVALID_PARAMETER;
		SocketAsked asked = question(call);
		if (type != nullptr) asked.type = *type;
		const SocketAnswer answer = script_->next_answer(std::move(asked));
		if (answer.error != netpeer::Error::OK) return answer.error;
		if (type != nullptr && answer.type != netpeer::IPType::NONE) *type = answer.type;
		script_->open_ = true;
		return netpeer::Error::OK;
	}
	netpeer::Error at_endpoint(SocketCall call, const netpeer::Endpoint &endpoint) const {
		SocketAsked asked = question(call);
		asked.endpoint = endpoint;
		return simple(std::move(asked));
	}
	netpeer::Error at_path(SocketCall call, std::string_view path) const {
		SocketAsked asked = question(call);
		asked.bytes = std::string(path);
		return simple(std::move(asked));
	}
	netpeer::Error of_group(
	        SocketCall call, const netpeer::IPAddress &group, const netpeer::MulticastInterface &on) const {
		SocketAsked asked = question(call);
		asked.endpoint.address = group;
		asked.interface_of_group = on;
		return simple(std::move(asked));
	}
	netpeer::Error option(SocketCall call, bool enabled) const {
		SocketAsked asked = question(call);
		asked.enabled = enabled;
		return simple(std::move(asked));
	}
	netpeer::Error give_endpoint(SocketCall call, netpeer::Endpoint &out) const {
		if (!is_open()) return netpeer::Error::ERR_UNCONFIGURED;
		const SocketAnswer answer = script_->next_answer(question(call));
		if (answer.error == netpeer::Error::OK) out = answer.endpoint;
		return answer.error;
	}
	// A refused bind, listen or connect closes the real socket too, without a call of ours.
	netpeer::Error closing(netpeer::Error error) {
		if (error != netpeer::Error::OK && error != netpeer::Error::ERR_BUSY &&
		        error != netpeer::Error::ERR_INVALID_PARAMETER)
			script_->open_ = false;
		return error;
	}

	std::shared_ptr<SocketScript> script_;
	netpeer::NetSocketCounters counters_;
};

/// While it lives, create_net_socket() makes fakes. One at a time.
class FakeSocketFactory {
public:
	FakeSocketFactory() {
		current() = this;
		former_ = netpeer::set_net_socket_factory(make);
	}
	~FakeSocketFactory() {
		(void)netpeer::set_net_socket_factory(former_);
		current() = nullptr;
	}
	FakeSocketFactory(const FakeSocketFactory &) = delete;
	FakeSocketFactory &operator=(const FakeSocketFactory &) = delete;

	/// The script of the next socket made that has none yet; sockets beyond get empty ones. Lives as long as the factory.
	SocketScript &next_socket() {
		scripts_.push_back(std::make_shared<SocketScript>());
		return *scripts_.back();
	}
	/// create_net_socket() answers null from now on: no memory.
	void refuse(bool on) { refusing_ = on; }
	size_t sockets_made() const { return made_; }
	/// Of the i-th socket made or announced.
	SocketScript &script(size_t i) { return *scripts_.at(i); }

private:
	static FakeSocketFactory *&current() {
		static FakeSocketFactory *factory = nullptr;
		return factory;
	}
	static std::unique_ptr<netpeer::NetSocket> make() {
		FakeSocketFactory &me = *current();
		if (me.refusing_) return nullptr;
		if (me.made_ == me.scripts_.size()) me.next_socket();
		return std::make_unique<FakeNetSocket>(me.scripts_[me.made_++]);
	}

	netpeer::NetSocketFactory former_ = nullptr;
	std::vector<std::shared_ptr<SocketScript>> scripts_;
	size_t made_ = 0;
	bool refusing_ = false;
};

} // namespace netpeer_test
