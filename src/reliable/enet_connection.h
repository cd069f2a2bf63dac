// ENetConnection: an ENet host on a UDP socket, polled by the application. Godot's class of that name, plus a few calls
// of our own (marked). The protocol is EnetHost, the socket a DatagramTransport; this class owns and drives both.
//
// Typical use: create_host_bound() or create_host() + connect_to_host(), then service() in a loop until it answers
// EVENT_NONE, each frame. Nothing is sent and nothing arrives outside service(), service_at() and flush().
#pragma once

#include "../core/clock.h"
#include "../core/random_source.h"
#include "enet_packet_peer.h"
#include "transport/datagram_transport.h"

#include <memory>
#include <vector>

namespace netpeer {

class TLSOptions;
class TransportUdp;

/// What a test or an engine may replace; everything is borrowed and must outlive the ENetConnection (the allocator: also
/// every handle and the packets in it). Not in Godot.
struct ENetConnectionHooks {
	Clock *clock = nullptr;         // null: system_clock()
	RandomSource *random = nullptr; // null: default_random(); seeds the host
	/// Null: a UDP socket of its own. Else this is used as it is: create_host_bound()'s address and port are checked and
	/// otherwise ignored, and destroy() leaves it open.
	DatagramTransport *transport = nullptr;
	void *user = nullptr; // handed to `configure`
	/// Called by create_host*() with the settings it is about to use; may change any of them (MTU, memory limits, seed,
	/// allocator, log ...).
	void (*configure)(void *user, EnetHostConfig &config) = nullptr;
};

/// Owner thread only, its handles included; two connections share nothing. Not copied, not moved.
/// Only service() with a timeout and name look-ups block. Origin: Godot ENetConnection.
class ENetConnection {
public:
	/// Origin: Godot ENetConnection.CompressionMode.
	enum CompressionMode : int {
		COMPRESS_NONE = 0,
		COMPRESS_RANGE_CODER = 1,
		COMPRESS_FASTLZ = 2,
		COMPRESS_ZLIB = 3,
		COMPRESS_ZSTD = 4,
	};

	/// Origin: Godot ENetConnection.EventType.
	enum EventType : int {
		EVENT_ERROR = -1,     // inactive, or the socket failed in this call; a later call may succeed
		EVENT_NONE = 0,       // nothing happened
		EVENT_CONNECT = 1,    // a connection is up
		EVENT_DISCONNECT = 2, // a connection or an attempt is over; the handle is detached and out of get_peers()
		EVENT_RECEIVE = 3,    // one packet has been added to the handle's queue
	};

	/// Origin: Godot ENetConnection.HostStatistic.
	enum HostStatistic : int {
		HOST_TOTAL_SENT_DATA = 0, // bytes of UDP payload
		HOST_TOTAL_SENT_PACKETS = 1,
		HOST_TOTAL_RECEIVED_DATA = 2, // whatever came, rejected datagrams included
		HOST_TOTAL_RECEIVED_PACKETS = 3,
	};

	/// Godot's array [type, peer, data, channel], and why a connection ended.
	struct Event {
		EventType type = EVENT_NONE;          // what has happened
		std::shared_ptr<ENetPacketPeer> peer; // null for EVENT_NONE and EVENT_ERROR
		/// EVENT_CONNECT of an accepted connection: the dialler's data. EVENT_DISCONNECT: what the other end passed, 0
		/// when we asked, on timeout and on a failed dial. Else 0.
		uint32_t data = 0;
		int channel = 0;                               // of EVENT_RECEIVE
		EnetDropReason reason = EnetDropReason::kNone; // of EVENT_DISCONNECT; not in Godot
	};

	ENetConnection();
	/// Not in Godot: for tests and engines with their own loop.
	explicit ENetConnection(const ENetConnectionHooks &hooks);
	/// destroy() when active.
	~ENetConnection();
	ENetConnection(const ENetConnection &) = delete;
	ENetConnection &operator=(const ENetConnection &) = delete;

	// --- the host ---

	/// Opens a UDP socket without binding it: for hosts that dial. The system picks the port at the first send; a
	/// max_channels of 0 means 255, bandwidths are bytes per second, 0 unlimited.
	/// ERR_ALREADY_IN_USE: active. ERR_INVALID_PARAMETER: max_peers outside 1..4095, max_channels outside 0..255, a
	/// negative bandwidth. ERR_CANT_CREATE: no socket, no entropy or no memory. Origin: Godot ENetConnection.create_host.
	Error create_host(int max_peers = 32, int max_channels = 0, int in_bandwidth = 0, int out_bandwidth = 0);
	/// The same, bound to an IP literal or "*" (names are not resolved); port 0 asks for an ephemeral one.
	/// Also ERR_INVALID_PARAMETER: a null or unreadable address, a port outside 0..65535; ERR_CANT_CREATE: the system
	/// refuses, e.g. the port is in use. Origin: Godot ENetConnection.create_host_bound.
	Error create_host_bound(const char *bind_address, int bind_port, int max_peers = 32, int max_channels = 0,
	        int in_bandwidth = 0, int out_bandwidth = 0);
	/// Detaches all handles, closes the socket and forgets everything. The other ends are not told: they time out
	/// (peer_disconnect_now() tells them). Harmless when inactive; the host can be created again.
	/// Origin: Godot ENetConnection.destroy.
	void destroy();

	/// Starts to dial an IP literal or a name (looked up, blocking). Several connections may be dialled from one host,
	/// up to max_peers (Godot: one). channels <= 0 or > 255 means 255. The handle is STATE_CONNECTING and in get_peers();
	/// EVENT_CONNECT or, after the connect timeout, EVENT_DISCONNECT follows. `data` reaches the other end's
	/// EVENT_CONNECT. Null: inactive, a port outside 1..65535, a name or address that cannot be resolved or reached
	/// with this socket's family, no free peer, no memory. Origin: Godot ENetConnection.connect_to_host.
	std::shared_ptr<ENetPacketPeer> connect_to_host(const char *address, int port, int channels = 0, int data = 0);

	/// Takes the oldest event; if there is none, sends, receives (at most 256 datagrams) and lets timers run. One event
	/// per call: repeat until EVENT_NONE. With timeout_ms > 0 it sleeps in the kernel until there is an event or the time
	/// is up; with 0 (or less) it never waits, nor on a transport that cannot sleep.
	/// Origin: Godot ENetConnection.service (which burns the timeout in a busy loop and returns late).
	Event service(int timeout_ms = 0);
	/// service(0) at a time of the caller's choice, never behind an earlier one. The other calls take that time for the
	/// present until service() is called: with a time of your own, call this before the first connect_to_host(), or give
	/// the hooks a Clock. Not in Godot.
	Event service_at(Instant now);
	/// When service should be called again at the latest, if no datagram comes; never() when nothing is planned.
	/// Not in Godot.
	Instant next_service_time() const;
	/// Sends what is queued, without timers and events. Origin: Godot ENetConnection.flush.
	void flush();

	/// Bytes per second, 0 unlimited; announced to all peers within a second. Origin: Godot ENetConnection.bandwidth_limit.
	void bandwidth_limit(int in_bandwidth = 0, int out_bandwidth = 0);
	/// Channels of future incoming connections, 1..255; anything else means 255. Origin: Godot ENetConnection.channel_limit.
	void channel_limit(int limit);
	/// 0 when inactive. Origin: Godot ENetConnection.get_max_channels.
	int get_max_channels() const;
	/// 0 when inactive or while the system has not chosen one. Origin: Godot ENetConnection.get_local_port.
	int get_local_port() const;
	/// All handles, oldest first, connecting and disconnecting ones included. A handle leaves with its EVENT_DISCONNECT,
	/// or at the next service() after it ended without one. Origin: Godot ENetConnection.get_peers.
	std::vector<std::shared_ptr<ENetPacketPeer>> get_peers() const;
	/// The counter since the last pop (32 bits, wraps); 0 when inactive or unknown. Origin: Godot ENetConnection.pop_statistic.
	double pop_statistic(HostStatistic statistic);
	/// Queues `packet` for every connected peer that has the channel, sharing one copy. `flags`: ENetPacketPeer::FLAG_.
	/// On error nothing is queued. ERR_UNCONFIGURED: inactive. ERR_INVALID_PARAMETER: channel < 0 or >=
	/// get_max_channels(), unknown flags. FAILED: too long. ERR_OUT_OF_MEMORY. Origin: Godot ENetConnection.broadcast.
	IgnorableError broadcast(int channel, ByteView packet, int flags);
	/// Sends raw bytes from this host's socket, without ENet's header and not counted: NAT punching. Looks names up
	/// (blocking). ERR_UNCONFIGURED: inactive. ERR_INVALID_PARAMETER: port outside 1..65535. ERR_CANT_RESOLVE.
	/// ERR_BUSY: the system has no room now. Origin: Godot ENetConnection.socket_send.
	IgnorableError socket_send(const char *address, int port, ByteView packet);
	/// Chooses the codec for datagrams, from the next one on; both ends must choose the same, or what they compress is
	/// dropped and counted at the other end (EnetDropReason::kUndecodable for an attempt). COMPRESS_NONE after
	/// create_host*(). ERR_UNCONFIGURED: inactive. ERR_INVALID_PARAMETER: unknown mode. ERR_UNAVAILABLE: that codec is not
	/// built in. ERR_OUT_OF_MEMORY. On error nothing changes. Origin: Godot ENetConnection.compress.
	IgnorableError compress(CompressionMode mode);

	/// From here on only DTLS clients can connect, one session per endpoint; plain datagrams are dropped and counted. Call it
	/// right after create_host_bound(). The datagrams of ENet are then at most 1352 bytes long, so that the encrypted ones
	/// are not longer than plain ENet's. ERR_UNCONFIGURED: inactive. ERR_INVALID_PARAMETER: null, options of a client, no key
	/// or certificate, or a key that does not belong to the certificate. ERR_ALREADY_IN_USE: there is a peer, or something
	/// has come in plain, even if only rubbish. FAILED: set up before. ERR_OUT_OF_MEMORY. ERR_UNAVAILABLE: DTLS is not built in. Origin: Godot
	/// ENetConnection.dtls_server_setup.
	Error dtls_server_setup(const std::shared_ptr<TLSOptions> &server_options);
	/// From here on connections are dialled over DTLS, never in plain; `hostname` is what the server's certificate must be
	/// for. connect_to_host() begins with the handshake, and ENet's first datagram leaves when that is over; when it fails,
	/// the peer's EVENT_DISCONNECT has EnetDropReason::kSessionLost and ENetPacketPeer::get_session_failure() says why.
	/// Null options: TLSOptions::client(). Errors as above, with options of a server ERR_INVALID_PARAMETER;
	/// ERR_UNCONFIGURED also when the default authorities are to be trusted and there are none.
	/// Origin: Godot ENetConnection.dtls_client_setup.
	Error dtls_client_setup(const char *hostname, const std::shared_ptr<TLSOptions> &client_options = nullptr);
	/// Refuses endpoints not seen before, where the transport can (DTLS server); no effect on plain UDP, but a
	/// dtls_server_setup() that follows knows of it. create_host*() starts with false.
	/// Origin: Godot ENetConnection.refuse_new_connections.
	void refuse_new_connections(bool refuse);

	// --- not in Godot ---

	/// As compress(), with a codec of the caller's, or one of ours with other settings: borrowed until it is replaced or
	/// the host is gone. Null: none. ERR_UNCONFIGURED: inactive.
	Error set_compressor(Compressor *compressor);
	/// CRC-32 on every datagram; both ends must agree, or nothing gets through. Kept for later create_host*() calls.
	/// ERR_ALREADY_IN_USE while there are peers (nothing changes).
	Error set_checksum(bool enabled);
	/// How long an attempt to connect may take at most; default 31,500 ms. Kept for later create_host*() calls.
	/// ERR_INVALID_PARAMETER: not above 0. ERR_ALREADY_IN_USE: active.
	Error set_connect_timeout(int timeout_ms);
	/// What decides how much reliable data may be on its way to a peer at once, unless it is told otherwise itself
	/// (ENetPacketPeer::set_congestion_control()); kRateModel at first. Kept for later create_host*() calls.
	/// ERR_INVALID_PARAMETER: unknown.
	/// ERR_ALREADY_IN_USE: active.
	Error set_congestion_control(EnetCongestionControl control);
	/// Stamps datagrams with their numbers instead of milliseconds, so that each acknowledgement names one transmission; off
	/// at first. The other end need not know: EnetHostConfig::number_datagrams. Kept for later create_host*() calls.
	/// ERR_ALREADY_IN_USE: active.
	Error set_number_datagrams(bool enabled);
	/// On a path that loses much, says the last acknowledgement again now and then, so that a stock ENet does not give the
	/// connection up; on at first. See EnetHostConfig::echo_acknowledgements. Kept for later create_host*() calls.
	/// ERR_ALREADY_IN_USE: active.
	Error set_echo_acknowledgements(bool enabled);
	/// Stops this host's time, so that a debugger, a suspended program or a long load costs no connection: until resume()
	/// nothing is sent, received or timed, whatever is queued waits (a peer_disconnect_now() too), and service() gives
	/// only events that are there already, without waiting. The other ends keep their own time: pause them too, or be
	/// back before they give up. No effect when inactive or paused; create_host*() starts unpaused.
	void pause();
	/// Time goes on with the next service() or service_at(), from where it stopped: deadlines move by the whole pause.
	void resume();
	bool is_paused() const { return time_flow_ == TimeFlow::kStopped; } // between pause() and resume()
	/// For breakpoints, where nobody can call pause(): when more than this passes between two calls of service(), what is
	/// beyond it counts as a pause. Choose it well above the longest gap of a normal run; 0, the default: off.
	/// ERR_INVALID_PARAMETER: negative. Kept for later create_host*() calls.
	Error set_longest_step(int step_ms);
	/// What was dropped, refused and resent. ERR_UNCONFIGURED when inactive.
	Error get_counters(EnetHostCounters &out) const;
	/// Datagrams that were offered to the system twice, refused both times and given up (ENet recovers as from any loss).
	uint64_t get_unsent_datagrams() const { return unsent_datagrams_; }
	/// Datagrams the system will never take (no route, too long), dropped; 0 when inactive.
	uint64_t get_send_errors() const { return transport_ != nullptr ? transport_->send_errors() : 0; }
	/// Datagrams of endpoints without a DTLS session, dropped unread: plain text, strangers, and new ones while those are
	/// refused; 0 when inactive and without DTLS.
	uint64_t get_refused_datagrams() const { return transport_ != nullptr ? transport_->refused_datagrams() : 0; }
	bool is_active() const { return host_ != nullptr; } // between create_host*() and destroy()

private:
	friend class ENetPacketPeer;

	Error create_on(const Endpoint *local, int max_peers, int max_channels, int in_bandwidth, int out_bandwidth);
	Error allocate_memory();
	void free_memory();
	Clock &clock() const { return hooks_.clock != nullptr ? *hooks_.clock : system_clock(); }

	bool take_event(Event &out);
	bool translate(EnetEvent &event, Event &out);
	// `real` is the clock's time, which transports live in; the host's time lags behind it by all pauses.
	Error pass(Instant real);
	enum class StopReading : uint8_t { kAtEvents, kWhenEmpty };
	Error receive_pass(Instant real, StopReading stop);
	Error send_pass(Instant real);
	void send_pass_now();
	void note_sessions();
	bool dial_anew(ENetPacketPeer &peer, TlsFailure failure);
	Error may_secure() const;
	void secure(std::unique_ptr<DatagramTransport> transport);
	void bind_in_transport(ENetPacketPeer &peer);
	Instant clock_now() const;
	void note_step(Instant real);
	void start_time(Instant real);
	Instant host_time(Instant real) const { return real + Duration::from_us(-time_lag_.us); }
	Instant host_now();
	Instant real_time(Instant of_host) const { return of_host.is_never() ? of_host : of_host + time_lag_; }

	ENetPacketPeer *find_handle(EnetPeerId id) const;
	std::shared_ptr<ENetPacketPeer> add_handle(EnetPeerId id, const Endpoint &endpoint);
	/// No longer attached; leaves the list now or, with `at_next_service`, then.
	void detach_handle(ENetPacketPeer &peer, EnetDropReason reason, bool at_next_service);
	void drop_ended();

	ENetConnectionHooks hooks_;
	bool checksum_ = false;
	Duration connect_timeout_ = Duration::from_ms(31500);
	EnetCongestionControl congestion_control_ = EnetCongestionControl::kRateModel;
	bool number_datagrams_ = false;
	bool echo_acknowledgements_ = true;

	// All of it null while inactive.
	std::unique_ptr<Compressor> codec_; // of compress(); outlives the host, which borrows it
	std::unique_ptr<EnetHost> host_;
	std::unique_ptr<TransportUdp> own_transport_;
	std::unique_ptr<DatagramTransport> secured_; // on own_transport_ or the hooks' one
	DatagramTransport *transport_ = nullptr;
	const Allocator *allocator_ = nullptr;
	Instant told_now_; // what service_at() said last
	bool is_told_time_ = false;
	bool has_sessions_ = false; // what transport_ says
	bool refuses_new_ = false;

	enum class TimeFlow : uint8_t { kRuns, kStopped, kStartsWithNextService };
	TimeFlow time_flow_ = TimeFlow::kRuns;
	Instant stopped_at_; // the host's time while it does not run
	Duration time_lag_;
	Duration longest_step_;
	Instant expected_by_ = Instant::never(); // when we last were here, or meant to be back

	// One block each: receive slots, datagrams waiting to be handed over, handles by peer slot.
	uint8_t *receive_arena_ = nullptr;
	uint8_t *send_arena_ = nullptr;
	DatagramSlot *slots_ = nullptr;
	DatagramOut *batch_ = nullptr;
	size_t batch_slots_ = 0;
	size_t tail_first_ = 0; // batch_[tail_first_..tail_end_) was refused once and is offered once more
	size_t tail_end_ = 0;
	ENetPacketPeer **by_slot_ = nullptr;
	size_t max_peers_ = 0;

	IntrusiveList<ENetPacketPeer, &ENetPacketPeer::list_hook_> peers_;
	ENetPacketPeer *first_ended_ = nullptr;
	uint64_t popped_[4] = {};
	uint64_t unsent_datagrams_ = 0;
};

} // namespace netpeer
