#include "enet_connection.h"

#include "../compress/deflate_zlib.h"
#include "../compress/fastlz_codec.h"
#include "../compress/range_coder.h"
#include "../compress/zstd_codec.h"
#include "../core/netpeer_config.h"
#include "../core/shared_object.h"
#include "../socket/ip_resolver.h"
#include "transport/transport_dtls_client.h"
#include "transport/transport_dtls_server.h"
#include "transport/transport_udp.h"

#include <new>

namespace netpeer {

namespace {

constexpr size_t kReceiveSlotBytes = 4096; // ENet's largest datagram
constexpr size_t kServerSlots = 64;
constexpr size_t kClientSlots = 8;        // one connection
constexpr size_t kDatagramsPerPass = 256; // stock's number: a flood must not keep the application from its frame
constexpr Duration kShortestSleep = Duration::from_ms(1);

template <class T> bool allocate_array(const Allocator &allocator, size_t count, T *&out) {
	out = static_cast<T *>(allocator.allocate(allocator.user, count * sizeof(T)));
	if (out == nullptr) return false;
	for (size_t i = 0; i < count; ++i) new (out + i) T();
	return true;
}

template <class T> void release_array(const Allocator &allocator, size_t count, T *&array) {
	allocator.release(allocator.user, array, count * sizeof(T)); // all are trivially destructible
	array = nullptr;
}

} // namespace

ENetConnection::ENetConnection() = default;

ENetConnection::ENetConnection(const ENetConnectionHooks &hooks) : hooks_(hooks) {}

ENetConnection::~ENetConnection() { destroy(); }

Error ENetConnection::create_host(int max_peers, int max_channels, int in_bandwidth, int out_bandwidth) {
	return create_on(nullptr, max_peers, max_channels, in_bandwidth, out_bandwidth);
}

Error ENetConnection::create_host_bound(
        const char *bind_address, int bind_port, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth) {
	if (bind_address == nullptr) return Error::ERR_INVALID_PARAMETER;
	Endpoint local;
	local.address = IPAddress(bind_address);
	if (!local.address.is_valid() && !local.address.is_wildcard()) return Error::ERR_INVALID_PARAMETER;
	if (bind_port < 0 || bind_port > 65535) return Error::ERR_INVALID_PARAMETER;
	local.port = static_cast<uint16_t>(bind_port);
	return create_on(&local, max_peers, max_channels, in_bandwidth, out_bandwidth);
}

Error ENetConnection::create_on(
        const Endpoint *local, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth) {
	if (host_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	if (max_peers < 1 || max_peers > static_cast<int>(kEnetMaxPeers)) return Error::ERR_INVALID_PARAMETER;
	if (max_channels < 0 || max_channels > static_cast<int>(kEnetMaxChannels)) return Error::ERR_INVALID_PARAMETER;
	if (in_bandwidth < 0 || out_bandwidth < 0) return Error::ERR_INVALID_PARAMETER;

	EnetHostConfig config;
	config.max_peers = static_cast<size_t>(max_peers);
	config.max_channels = static_cast<size_t>(max_channels);
	config.incoming_bandwidth = static_cast<uint32_t>(in_bandwidth);
	config.outgoing_bandwidth = static_cast<uint32_t>(out_bandwidth);
	config.checksum = checksum_;
	config.connect_timeout = connect_timeout_;
	config.congestion_control = congestion_control_;
	config.number_datagrams = number_datagrams_;
	config.echo_acknowledgements = echo_acknowledgements_;
	uint8_t entropy[8] = {};
	RandomSource &random = hooks_.random != nullptr ? *hooks_.random : default_random();
	if (random.fill(MutBytes(entropy, sizeof entropy)) != Error::OK) return Error::ERR_CANT_CREATE;
	config.seed = ByteReader(ByteView(entropy, sizeof entropy)).u64_le();
	if (hooks_.configure != nullptr) hooks_.configure(hooks_.user, config);

	const Allocator *const allocator = config.allocator != nullptr ? config.allocator : default_allocator();
	std::unique_ptr<EnetHost> host(new (*allocator) EnetHost);
	if (host == nullptr || host->init(config) != Error::OK) return Error::ERR_CANT_CREATE;
	std::unique_ptr<TransportUdp> own_transport;
	if (hooks_.transport == nullptr) {
		own_transport.reset(new (*allocator) TransportUdp);
		if (own_transport == nullptr) return Error::ERR_CANT_CREATE;
		if ((local != nullptr ? own_transport->open_bound(*local) : own_transport->open()) != Error::OK)
			return Error::ERR_CANT_CREATE;
	}

	allocator_ = allocator;
	max_peers_ = host->max_peers();
	batch_slots_ = max_peers_ > 1 ? kServerSlots : kClientSlots;
	if (allocate_memory() != Error::OK) {
		free_memory();
		return Error::ERR_CANT_CREATE;
	}
	host_ = std::move(host);
	own_transport_ = std::move(own_transport);
	transport_ = hooks_.transport != nullptr ? hooks_.transport : own_transport_.get();
	has_sessions_ = transport_->has_sessions();
	refuses_new_ = false;
	tail_first_ = tail_end_ = 0;
	for (uint64_t &popped : popped_) popped = 0;
	unsent_datagrams_ = 0;
	time_flow_ = TimeFlow::kRuns;
	time_lag_ = Duration();
	expected_by_ = Instant::never();
	return Error::OK;
}

Error ENetConnection::allocate_memory() {
	const bool done = allocate_array(*allocator_, batch_slots_ * kReceiveSlotBytes, receive_arena_) &&
	                  allocate_array(*allocator_, batch_slots_ * kEnetMaxDatagramBytes, send_arena_) &&
	                  allocate_array(*allocator_, batch_slots_, slots_) &&
	                  allocate_array(*allocator_, batch_slots_, batch_) &&
	                  allocate_array(*allocator_, max_peers_, by_slot_);
	if (!done) return Error::ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < batch_slots_; ++i)
		slots_[i].buffer = MutBytes(receive_arena_ + i * kReceiveSlotBytes, kReceiveSlotBytes);
	return Error::OK;
}

void ENetConnection::free_memory() {
	release_array(*allocator_, batch_slots_ * kReceiveSlotBytes, receive_arena_);
	release_array(*allocator_, batch_slots_ * kEnetMaxDatagramBytes, send_arena_);
	release_array(*allocator_, batch_slots_, slots_);
	release_array(*allocator_, batch_slots_, batch_);
	release_array(*allocator_, max_peers_, by_slot_);
}

void ENetConnection::destroy() {
	if (host_ == nullptr) return;
	while (ENetPacketPeer *peer = peers_.front()) {
		if (peer->connection_ != nullptr) detach_handle(*peer, EnetDropReason::kHostDestroyed, true);
		peers_.remove(peer);
		const std::shared_ptr<ENetPacketPeer> last_use = std::move(peer->listed_self_);
	}
	first_ended_ = nullptr;
	host_.reset();
	codec_.reset();
	secured_.reset();
	has_sessions_ = false;
	own_transport_.reset();
	transport_ = nullptr;
	free_memory();
}

Instant ENetConnection::clock_now() const { return is_told_time_ ? told_now_ : clock().now(); }

// --- pauses ---

void ENetConnection::pause() {
	if (host_ == nullptr || time_flow_ == TimeFlow::kStopped) return;
	stopped_at_ = host_now();
	time_flow_ = TimeFlow::kStopped;
}

// The end of the pause is not read from a clock here: with service_at() only its caller knows the time.
void ENetConnection::resume() {
	if (time_flow_ == TimeFlow::kStopped) time_flow_ = TimeFlow::kStartsWithNextService;
}

void ENetConnection::start_time(Instant real) {
	if (time_flow_ != TimeFlow::kStartsWithNextService) return;
	time_flow_ = TimeFlow::kRuns;
	time_lag_ = real - stopped_at_;
	expected_by_ = real;
}

// We are here at `real`: what is beyond the longest step since the last time was a pause nobody announced.
void ENetConnection::note_step(Instant real) {
	if (longest_step_.us > 0 && !expected_by_.is_never() && real - expected_by_ > longest_step_)
		time_lag_ = time_lag_ + (real - expected_by_ - longest_step_);
	expected_by_ = real;
}

Instant ENetConnection::host_now() {
	if (time_flow_ != TimeFlow::kRuns) return stopped_at_;
	const Instant real = clock_now();
	note_step(real);
	return host_time(real);
}

Error ENetConnection::set_longest_step(int step_ms) {
	if (step_ms < 0) return Error::ERR_INVALID_PARAMETER;
	longest_step_ = Duration::from_ms(step_ms);
	return Error::OK;
}

// --- dialling and handles ---

std::shared_ptr<ENetPacketPeer> ENetConnection::connect_to_host(const char *address, int port, int channels, int data) {
	if (host_ == nullptr || address == nullptr || port < 1 || port > 65535) return nullptr;
	Endpoint to;
	const IPType type = own_transport_ != nullptr ? own_transport_->ip_type() : IPType::ANY;
	if (resolve_host(address, type, to.address) != Error::OK || !to.address.is_valid()) return nullptr;
	to.port = static_cast<uint16_t>(port);
	const size_t wanted = channels < 1 || channels > static_cast<int>(kEnetMaxChannels) ? kEnetMaxChannels
	                                                                                    : static_cast<size_t>(channels);
	if (has_sessions_) note_sessions(); // what is over belongs to those who used it before
	const Error ready = has_sessions_ ? transport_->prepare(clock_now(), to) : Error::OK;
	if (ready != Error::OK && ready != Error::ERR_BUSY) return nullptr;
	EnetPeerId id;
	const uint32_t greeting = static_cast<uint32_t>(data);
	const Error dialled = ready == Error::OK ? host_->connect(host_now(), to, wanted, greeting, id)
	                                         : host_->connect_later(host_now(), to, wanted, greeting, id);
	if (dialled != Error::OK) return nullptr;
	std::shared_ptr<ENetPacketPeer> peer = add_handle(id, to);
	if (peer == nullptr)
		(void)host_->reset(id);
	else
		bind_in_transport(*peer);
	return peer;
}

std::shared_ptr<ENetPacketPeer> ENetConnection::add_handle(EnetPeerId id, const Endpoint &endpoint) {
	NETPEER_ASSERT(id.index < max_peers_);
	std::shared_ptr<ENetPacketPeer> peer =
	        make_shared_object<ENetPacketPeer>(*allocator_, ENetPacketPeer::Passkey(), *this, id, endpoint);
	if (peer == nullptr) return nullptr;
	peer->listed_self_ = peer;
	peers_.push_back(peer.get());
	by_slot_[id.index] = peer.get();
	return peer;
}

ENetPacketPeer *ENetConnection::find_handle(EnetPeerId id) const {
	if (id.index >= max_peers_) return nullptr;
	ENetPacketPeer *peer = by_slot_[id.index];
	if (peer == nullptr || peer->id_ == id) return peer;
	// The slot was dialled from again before the event of its last connection was taken.
	for (peer = peers_.front(); peer != nullptr; peer = peers_.next_of(peer))
		if (peer->connection_ != nullptr && peer->id_ == id) return peer;
	return nullptr;
}

void ENetConnection::bind_in_transport(ENetPacketPeer &peer) {
	if (peer.bound_in_transport_ || peer.session_failure_ != TlsFailure::kNone) return;
	peer.bound_in_transport_ = transport_->peer_bound(peer.endpoint_);
	// Its session has ended while the news of the peer was on its way to here: the other end is gone.
	if (!peer.bound_in_transport_) (void)host_->end(peer.id_, EnetDropReason::kSessionLost);
}

void ENetConnection::detach_handle(ENetPacketPeer &peer, EnetDropReason reason, bool at_next_service) {
	peer.drop_reason_ = reason;
	if (peer.bound_in_transport_) transport_->peer_gone(peer.endpoint_);
	peer.bound_in_transport_ = false;
	if (by_slot_[peer.id_.index] == &peer) by_slot_[peer.id_.index] = nullptr;
	peer.connection_ = nullptr;
	if (at_next_service) {
		peer.next_ended_ = first_ended_;
		first_ended_ = &peer;
	} else {
		peers_.remove(&peer);
		const std::shared_ptr<ENetPacketPeer> last_use = std::move(peer.listed_self_);
	}
}

void ENetConnection::drop_ended() {
	while (ENetPacketPeer *peer = first_ended_) {
		first_ended_ = peer->next_ended_;
		peers_.remove(peer);
		const std::shared_ptr<ENetPacketPeer> last_use = std::move(peer->listed_self_);
	}
}

// --- service ---

ENetConnection::Event ENetConnection::service(int timeout_ms) {
	is_told_time_ = false;
	Event event;
	if (host_ == nullptr) {
		event.type = EVENT_ERROR;
		return event;
	}
	drop_ended();
	if (take_event(event) || time_flow_ == TimeFlow::kStopped) return event;
	Instant now = clock().now();
	start_time(now);
	const Instant deadline = now + Duration::from_ms(timeout_ms > 0 ? timeout_ms : 0);
	for (;;) {
		const Error error = pass(now);
		if (error != Error::OK) {
			event.type = EVENT_ERROR;
			return event;
		}
		if (take_event(event) || timeout_ms <= 0) return event;
		now = clock().now();
		if (now >= deadline) return event;
		Instant wake = earlier_of(deadline, earlier_of(real_time(host_->next_timeout()), transport_->next_timeout()));
		// A full send buffer has no wake-up of its own; nor may a deadline in the past make this loop spin.
		if (tail_first_ < tail_end_ || wake <= now) wake = earlier_of(deadline, now + kShortestSleep);
		expected_by_ = wake;
		const Error waited = transport_->wait(wake - now);
		if (waited == Error::ERR_UNAVAILABLE) return event;
		if (waited != Error::OK && waited != Error::ERR_BUSY) {
			event.type = EVENT_ERROR;
			return event;
		}
		now = clock().now();
	}
}

ENetConnection::Event ENetConnection::service_at(Instant now) {
	is_told_time_ = true;
	told_now_ = now;
	Event event;
	if (host_ == nullptr) {
		event.type = EVENT_ERROR;
		return event;
	}
	drop_ended();
	if (take_event(event) || time_flow_ == TimeFlow::kStopped) return event;
	start_time(now);
	if (pass(now) != Error::OK) {
		event.type = EVENT_ERROR;
	} else {
		(void)take_event(event);
	}
	return event;
}

Instant ENetConnection::next_service_time() const {
	if (host_ == nullptr) return Instant::never();
	if (host_->has_event()) return clock_now();
	if (time_flow_ == TimeFlow::kStopped) return Instant::never();
	if (time_flow_ == TimeFlow::kStartsWithNextService) return clock_now();
	Instant next = earlier_of(real_time(host_->next_timeout()), transport_->next_timeout());
	if (tail_first_ < tail_end_) next = earlier_of(next, clock_now() + kShortestSleep);
	return next;
}

void ENetConnection::flush() {
	if (host_ != nullptr) send_pass_now();
}

Error ENetConnection::pass(Instant real) {
	note_step(real);
	Error received = Error::OK;
	if (host_->is_overdue(host_time(real))) received = receive_pass(real, StopReading::kWhenEmpty);
	host_->handle_timeout(host_time(real));
	if (has_sessions_) transport_->handle_timeout(real);
	NETPEER_TRY(send_pass(real));
	NETPEER_TRY(received); // after what time brings, or a socket that is broken would stop it
	NETPEER_TRY(receive_pass(real, StopReading::kAtEvents));
	if (has_sessions_) note_sessions();
	// With no room a moment ago there is none now; the tail's second chance is the next call.
	return tail_first_ < tail_end_ ? Error::OK : send_pass(real);
}

Error ENetConnection::receive_pass(Instant real, StopReading stop) {
	const Instant now = host_time(real);
	size_t taken = 0;
	while (taken < kDatagramsPerPass) {
		const size_t wanted = batch_slots_ < kDatagramsPerPass - taken ? batch_slots_ : kDatagramsPerPass - taken;
		size_t received = 0;
		const Error error = transport_->receive(real, slots_, wanted, received);
		for (size_t i = 0; i < received; ++i)
			host_->receive(now, slots_[i].from, slots_[i].buffer.first(slots_[i].size));
		taken += received;
		if (error == Error::ERR_BUSY) return Error::OK;
		if (error != Error::OK) return error;
		// As stock: what else waits is for the next call, once somebody has something to do.
		if (received < wanted || (stop == StopReading::kAtEvents && host_->has_event())) return Error::OK;
	}
	return Error::OK;
}

// Of each endpoint there is one session, and under it any number of ENet connections.
void ENetConnection::note_sessions() {
	SessionNews news;
	while (transport_->poll_session(news)) {
		for (ENetPacketPeer *peer = peers_.front(); peer != nullptr; peer = peers_.next_of(peer)) {
			if (peer->connection_ == nullptr || !(peer->endpoint_ == news.endpoint)) continue;
			if (news.up && host_->start_dial(peer->id_) == Error::OK) continue;
			if (!news.up && dial_anew(*peer, news.failure)) continue;
			if (!news.up) {
				peer->session_failure_ = news.failure;
				peer->bound_in_transport_ = false; // the transport has forgotten it with the session
			}
			(void)host_->end(peer->id_, EnetDropReason::kSessionLost);
		}
	}
}

// A server may end a session in order when its last peer has gone, while we dial in it again: then the dial needs another
// one. Once, lest two ends of different minds go on for ever.
bool ENetConnection::dial_anew(ENetPacketPeer &peer, TlsFailure failure) {
	if (failure != TlsFailure::kClosed || peer.has_dialled_anew_) return false;
	if (peer.get_state() != ENetPacketPeer::STATE_CONNECTING) return false;
	peer.has_dialled_anew_ = true;
	const Error error = transport_->prepare(clock_now(), peer.endpoint_);
	if (error != Error::OK && error != Error::ERR_BUSY) return false;
	peer.bound_in_transport_ = false; // it was forgotten with the session
	bind_in_transport(peer);
	return true;
}

void ENetConnection::send_pass_now() {
	if (time_flow_ != TimeFlow::kRuns) return;
	const Instant real = clock_now();
	note_step(real);
	(void)send_pass(real);
}

Error ENetConnection::send_pass(Instant real) {
	const Instant now = host_time(real);
	if (tail_first_ < tail_end_) {
		const size_t first = tail_first_;
		const size_t count = tail_end_ - first;
		tail_first_ = tail_end_ = 0;
		size_t accepted = 0;
		const Error error = transport_->send(real, batch_ + first, count, accepted);
		// Twice refused is lost, for the protocol to recover; asking for ever would let one full socket stop its clock.
		if (error != Error::OK) unsent_datagrams_ += count - accepted;
		if (error != Error::OK && error != Error::ERR_BUSY) return error;
	}
	for (;;) {
		size_t count = 0;
		while (count < batch_slots_) {
			const MutBytes buffer(send_arena_ + count * kEnetMaxDatagramBytes, kEnetMaxDatagramBytes);
			EnetTransmit transmit;
			if (!host_->poll_transmit(now, buffer, transmit)) break;
			batch_[count].bytes = buffer.first(transmit.size);
			batch_[count].to = transmit.to;
			batch_[count].fragmentation = transmit.fragmentation;
			++count;
		}
		if (count == 0) return Error::OK;
		size_t accepted = 0;
		const Error error = transport_->send(real, batch_, count, accepted);
		if (error == Error::ERR_BUSY) {
			tail_first_ = accepted;
			tail_end_ = count;
			return Error::OK;
		}
		if (error != Error::OK) {
			unsent_datagrams_ += count - accepted;
			return error;
		}
		if (count < batch_slots_) return Error::OK;
	}
}

bool ENetConnection::take_event(Event &out) {
	EnetEvent event;
	while (host_->poll_event(event)) {
		if (translate(event, out)) return true;
		event = EnetEvent();
	}
	return false;
}

bool ENetConnection::translate(EnetEvent &event, Event &out) {
	ENetPacketPeer *peer = find_handle(event.peer);
	switch (event.type) {
	case EnetEventType::kNone: return false;
	case EnetEventType::kConnect: {
		std::shared_ptr<ENetPacketPeer> handle;
		if (peer != nullptr) {
			handle = peer->listed_self_;
		} else {
			handle = add_handle(event.peer, host_->peer_endpoint(event.peer));
			if (handle == nullptr) { // no memory: nobody could ever speak to that peer
				(void)host_->reset(event.peer);
				return false;
			}
			out.data = event.data;
		}
		bind_in_transport(*handle);
		out.type = EVENT_CONNECT;
		out.peer = std::move(handle);
		return true;
	}
	case EnetEventType::kDisconnect:
		if (peer == nullptr) return false;
		out.type = EVENT_DISCONNECT;
		out.peer = peer->listed_self_;
		out.data = event.data;
		out.reason = event.reason;
		detach_handle(*peer, event.reason, false);
		return true;
	case EnetEventType::kReceive:
		if (peer == nullptr) return false;
		out.type = EVENT_RECEIVE;
		out.peer = peer->listed_self_;
		out.channel = event.channel;
		peer->push(std::move(event.packet));
		return true;
	}
	return false;
}

// --- the host ---

void ENetConnection::bandwidth_limit(int in_bandwidth, int out_bandwidth) {
	if (host_ != nullptr)
		host_->set_bandwidth_limit(static_cast<uint32_t>(in_bandwidth), static_cast<uint32_t>(out_bandwidth));
}

void ENetConnection::channel_limit(int limit) {
	if (host_ != nullptr) host_->set_channel_limit(limit > 0 ? static_cast<size_t>(limit) : 0);
}

int ENetConnection::get_max_channels() const { return host_ != nullptr ? static_cast<int>(host_->channel_limit()) : 0; }

int ENetConnection::get_local_port() const {
	Endpoint local;
	return host_ != nullptr && transport_->local_endpoint(local) == Error::OK ? local.port : 0;
}

std::vector<std::shared_ptr<ENetPacketPeer>> ENetConnection::get_peers() const {
	std::vector<std::shared_ptr<ENetPacketPeer>> all;
	all.reserve(peers_.size());
	for (ENetPacketPeer *peer = peers_.front(); peer != nullptr; peer = peers_.next_of(peer))
		all.push_back(peer->listed_self_);
	return all;
}

double ENetConnection::pop_statistic(HostStatistic statistic) {
	if (host_ == nullptr) return 0;
	const EnetHostCounters &counters = host_->counters();
	uint64_t total = 0;
	switch (statistic) {
	case HOST_TOTAL_SENT_DATA: total = counters.sent_bytes; break;
	case HOST_TOTAL_SENT_PACKETS: total = counters.sent_datagrams; break;
	case HOST_TOTAL_RECEIVED_DATA: total = counters.received_bytes; break;
	case HOST_TOTAL_RECEIVED_PACKETS: total = counters.received_datagrams; break;
	default: return 0;
	}
	const uint32_t since = static_cast<uint32_t>(total - popped_[statistic]);
	popped_[statistic] = total;
	return since;
}

IgnorableError ENetConnection::broadcast(int channel, ByteView packet, int flags) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	if (channel < 0 || channel >= get_max_channels()) return Error::ERR_INVALID_PARAMETER;
	if ((static_cast<uint32_t>(flags) & ~kEnetSendFlags) != 0) return Error::ERR_INVALID_PARAMETER;
	return host_->broadcast(static_cast<uint8_t>(channel), packet, static_cast<uint32_t>(flags));
}

IgnorableError ENetConnection::socket_send(const char *address, int port, ByteView packet) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	if (address == nullptr || port < 1 || port > 65535) return Error::ERR_INVALID_PARAMETER;
	DatagramOut datagram;
	const IPType type = own_transport_ != nullptr ? own_transport_->ip_type() : IPType::ANY;
	NETPEER_TRY(resolve_host(address, type, datagram.to.address));
	datagram.to.port = static_cast<uint16_t>(port);
	datagram.bytes = packet;
	return transport_->send_raw(clock_now(), datagram);
}

template <class Codec, class... Settings>
static Error make_codec(const Allocator &allocator, std::unique_ptr<Compressor> &made, Settings... settings) {
	std::unique_ptr<Codec> codec(new (allocator) Codec(settings...));
	if (codec == nullptr) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(codec->init());
	made = std::move(codec);
	return Error::OK;
}

IgnorableError ENetConnection::compress(CompressionMode mode) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	std::unique_ptr<Compressor> made;
	Error error = Error::ERR_INVALID_PARAMETER;
	switch (mode) {
	case COMPRESS_NONE: error = Error::OK; break;
	case COMPRESS_RANGE_CODER: error = make_codec<RangeCoder>(*allocator_, made, allocator_); break;
	case COMPRESS_FASTLZ: error = make_codec<FastLzCodec>(*allocator_, made, allocator_); break;
	case COMPRESS_ZLIB: error = make_codec<DeflateCodec>(*allocator_, made, allocator_); break;
	case COMPRESS_ZSTD: error = make_codec<ZstdCodec>(*allocator_, made); break;
	}
	if (error != Error::OK) return error;
	host_->set_compressor(made.get());
	codec_ = std::move(made);
	return Error::OK;
}

Error ENetConnection::set_compressor(Compressor *compressor) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	host_->set_compressor(compressor);
	codec_.reset();
	return Error::OK;
}

Error ENetConnection::dtls_server_setup(const std::shared_ptr<TLSOptions> &options) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	if (!NETPEER_WITH_MBEDTLS) return Error::ERR_UNAVAILABLE;
	if (options == nullptr || !options->is_server()) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(may_secure());
	std::unique_ptr<TransportDtlsServer> server(new (*allocator_) TransportDtlsServer(*transport_));
	if (server == nullptr) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(server->init(options, hooks_.random, *allocator_, max_peers_));
	secure(std::move(server));
	return Error::OK;
}

Error ENetConnection::dtls_client_setup(const char *hostname, const std::shared_ptr<TLSOptions> &options) {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	if (!NETPEER_WITH_MBEDTLS) return Error::ERR_UNAVAILABLE;
	if (hostname == nullptr || (options != nullptr && options->is_server())) return Error::ERR_INVALID_PARAMETER;
	NETPEER_TRY(may_secure());
	std::unique_ptr<TransportDtlsClient> client(new (*allocator_) TransportDtlsClient(*transport_));
	if (client == nullptr) return Error::ERR_OUT_OF_MEMORY;
	const std::shared_ptr<TLSOptions> used = options != nullptr ? options : TLSOptions::client();
	if (used == nullptr) return Error::ERR_OUT_OF_MEMORY;
	NETPEER_TRY(client->init(used, hostname, hooks_.random, *allocator_, max_peers_));
	secure(std::move(client));
	return Error::OK;
}

Error ENetConnection::may_secure() const {
	if (secured_ != nullptr) return Error::FAILED;
	// What has come in plain may have left attempts and queued packets in the host, which would go on as if secured.
	const bool is_fresh = peers_.empty() && host_->counters().received_datagrams == 0;
	return is_fresh ? Error::OK : Error::ERR_ALREADY_IN_USE;
}

void ENetConnection::secure(std::unique_ptr<DatagramTransport> transport) {
	(void)host_->limit_mtu(kEnetDtlsMtu);
	secured_ = std::move(transport);
	transport_ = secured_.get();
	has_sessions_ = true;
	transport_->refuse_new(refuses_new_);
}

void ENetConnection::refuse_new_connections(bool refuse) {
	if (transport_ == nullptr) return;
	refuses_new_ = refuse;
	transport_->refuse_new(refuse);
}

Error ENetConnection::set_checksum(bool enabled) {
	if (!peers_.empty()) return Error::ERR_ALREADY_IN_USE;
	checksum_ = enabled;
	if (host_ != nullptr) host_->set_checksum(enabled);
	return Error::OK;
}

Error ENetConnection::set_connect_timeout(int timeout_ms) {
	if (timeout_ms <= 0) return Error::ERR_INVALID_PARAMETER;
	if (host_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	connect_timeout_ = Duration::from_ms(timeout_ms);
	return Error::OK;
}

Error ENetConnection::set_congestion_control(EnetCongestionControl control) {
	if (control > EnetCongestionControl::kStock) return Error::ERR_INVALID_PARAMETER;
	if (host_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	congestion_control_ = control;
	return Error::OK;
}

Error ENetConnection::set_number_datagrams(bool enabled) {
	if (host_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	number_datagrams_ = enabled;
	return Error::OK;
}

Error ENetConnection::set_echo_acknowledgements(bool enabled) {
	if (host_ != nullptr) return Error::ERR_ALREADY_IN_USE;
	echo_acknowledgements_ = enabled;
	return Error::OK;
}

Error ENetConnection::get_counters(EnetHostCounters &out) const {
	if (host_ == nullptr) return Error::ERR_UNCONFIGURED;
	out = host_->counters();
	return Error::OK;
}

} // namespace netpeer
