// EnetHost: the ENet 1.3 protocol without I/O. Datagrams, time and randomness come in; datagrams and events come out.
//
// Run loop of whoever drives it (ENetConnection, a test, an engine with its own loop):
//     handle_timeout(now); while (poll_transmit(now, ...)) send;
//     receive(now, from, bytes) per datagram;
//     while (poll_transmit(now, ...)) send; while (poll_event(event)) ...; sleep until next_timeout().
// Follows docs/enet-protocol.md. A run is a pure function of config, calls and their arguments.
#pragma once

#include "../compress/compressor.h"
#include "../core/allocator.h"
#include "../core/error_list.h"
#include "../core/instant.h"
#include "../core/library_object.h"
#include "../core/log_sink.h"
#include "../socket/endpoint.h"
#include "enet_constants.h"
#include "enet_packet.h"

#include <cstdint>

namespace netpeer {

class EnetHostCore;

/// What a peer is doing; numbers are ENet's and Godot's. netpeer reports a connection at once, so 3 and 4 are not seen.
enum class EnetPeerState : uint8_t {
	kDisconnected = 0,
	kConnecting = 1,
	kAcknowledgingConnect = 2,
	kConnectionPending = 3,
	kConnectionSucceeded = 4,
	kConnected = 5,
	kDisconnectLater = 6,
	kDisconnecting = 7,
	kAcknowledgingDisconnect = 8,
	kZombie = 9,
};

/// Names a connection. A handle to a slot that has since been reused is recognised and refused.
struct EnetPeerId {
	uint16_t index = 0xffff;                                   // slot of the host
	uint32_t generation = 0;                                   // which of those who had the slot one after the other
	constexpr bool is_none() const { return index == 0xffff; } // names nobody
};
/// The same connection.
constexpr bool operator==(EnetPeerId a, EnetPeerId b) { return a.index == b.index && a.generation == b.generation; }
/// Different connections.
constexpr bool operator!=(EnetPeerId a, EnetPeerId b) { return !(a == b); }

/// What an EnetEvent is about. Numbers are ENet's.
enum class EnetEventType : uint8_t { kNone = 0, kConnect = 1, kDisconnect = 2, kReceive = 3 };

/// Why a connection ended.
enum class EnetDropReason : uint8_t {
	kNone = 0,
	kRemoteAsked = 1,     // the other end disconnected
	kWeAsked = 2,         // our disconnect was acknowledged
	kTimedOut = 3,        // a connection that stopped answering
	kConnectTimedOut = 4, // an attempt that was never answered
	kRefused = 5,         // an attempt whose answer did not match what was asked
	kUndecodable = 8,     // as kConnectTimedOut, and what came could not be decompressed: the modes differ
	kSessionLost = 9,     // the transport's session (DTLS) under it has ended, or never came to be
	// Without an event, so never in one: only ENetPacketPeer::get_drop_reason() says these.
	kWeLeft = 6,        // peer_disconnect_now(), reset(), or a disconnect before the connection was up
	kHostDestroyed = 7, // the ENetConnection is gone or inactive
};

/// One thing that happened. Owns its packet; it is an ordinary value that may outlive the host's next calls.
struct EnetEvent {
	EnetEventType type = EnetEventType::kNone;     // kNone: empty
	EnetPeerId peer;                               // whom it is about
	uint8_t channel = 0;                           // of kReceive
	EnetDropReason reason = EnetDropReason::kNone; // of kDisconnect
	uint32_t data = 0;                             // what the other end passed with its connect or disconnect; 0 else
	EnetPacketRef packet;                          // kReceive only
};

/// What decides how much reliable data may be on its way to a peer at once, once that is more than 12,000 bytes.
enum class EnetCongestionControl : uint8_t {
	/// A model of the path, its bandwidth and its shortest round trip, and pacing by it: fills long and fast paths, keeps
	/// queues short, takes losses of up to 12 % without a queue for what the path is like. Up to 8 MiB in flight.
	kRateModel = 0,
	/// CUBIC (RFC 9438), paced: what TCP does. Fills queues and slows down with every loss.
	kCubic = 1,
	/// What ENet does: at most 64 KiB in flight, less while round trips are long; not paced.
	kStock = 2,
};

/// What goes first among the reliable messages to a peer when not everything may leave at once: those that are bulk wait.
enum class EnetChannelPriority : uint8_t {
	/// Bulk is a message in fragments, and whatever makes more than 4096 bytes (commands included) wait on its channel.
	kAutomatic = 0,
	/// Nothing is bulk, however long it is and however much of it there is.
	kPrompt = 1,
	/// Everything is bulk, however little it is.
	kBulk = 2,
};

/// Settings of a host. Everything has a default; limits are per docs/enet-protocol.md.
struct EnetHostConfig {
	size_t max_peers = 32;                              // 1..4095
	size_t max_channels = 0;                            // 1..255 for incoming connections; 0 and above 255 mean 255
	uint32_t incoming_bandwidth = 0;                    // bytes per second, 0 unlimited
	uint32_t outgoing_bandwidth = 0;                    // the same, of what we send
	uint32_t mtu = kEnetDefaultMtu;                     // offered and answered, UDP payload bytes, 576..4096
	size_t duplicate_peers = kEnetMaxPeers;             // connections accepted from one address
	size_t max_packet_size = kEnetDefaultMaxPacketSize; // bytes, sent or received; longer ones are refused
	/// Payload bytes one peer may have waiting here; beyond, only what is next on its channel while there is no event.
	size_t max_waiting_data = kEnetDefaultMaxWaitingData;
	size_t peer_memory_limit = kEnetDefaultPeerMemory;   // all bytes, overhead included, one peer can make us hold
	size_t host_memory_limit = kEnetDefaultHostMemory;   // the same for all peers together
	Duration connect_timeout = Duration::from_ms(31500); // ours: an attempt ends by then
	/// Ours: of connections to come. All of them stay within a smaller window that the other end asked for; within 64 KiB
	/// where either end has set a bandwidth limit.
	EnetCongestionControl congestion_control = EnetCongestionControl::kRateModel;

	/// Finds out at the start of every connection how large a datagram its path carries, with a few padded PINGs, and
	/// sends none above 576 bytes before; else this is found out only when large ones are lost again and again. Costs
	/// 3.2 KB and one round trip on a path that carries everything, and a message sent in that time more fragments. What
	/// the other end sends is not changed by it: its datagrams go by the MTU negotiated.
	bool probe_path_mtu = false;

	uint64_t seed = 0;               // connection ids, hash keys, stamp offset: give OS entropy in production
	bool checksum = false;           // CRC-32 on every datagram; both ends must agree
	bool random_stamp_offset = true; // hides our clock in sentTime; tests switch it off
	/// sentTime holds the number of the datagram, of its connection, instead of milliseconds: each acknowledgement names one
	/// transmission and no other. To a receiver it is opaque; who reads captures sees numbers, not times. At most 32,767
	/// datagrams then wait for answers. Statistics are the same. docs/enet-protocol.md, "Stamps".
	bool number_datagrams = false;
	/// On a path that loses much, the last acknowledgement leaves again, up to twenty times a second, with datagrams that go
	/// out anyway. A stock ENet ends connections on such paths without it: docs/congestion.md, "Liveness".
	bool echo_acknowledgements = true;
	Compressor *compressor = nullptr; // borrowed, must outlive the host or be replaced
	/// Percent of a core that decompressing one peer's datagrams may cost, and a fifth of a second of it at once, by
	/// Compressor::decompress_ns_per_byte() of the bytes that go in and come out: a slow core's cost, three to fifteen
	/// times what a fast one takes. What is above it is dropped untried, a loss like any other. 0: unlimited.
	///
	/// Why 50 (bench/compare/compare_share.cpp). Games do not come near any limit: 60 packets of 1200 bytes a second are
	/// charged 0.8 % with the range coder, 0.16 % with zlib, 0.08 % with zstd, 0.03 % with FastLZ. Transfers do, and what
	/// they lose they send again: 16 MiB over a link of 2 ms and 12.5 MB/s lose nothing at 50 with zlib, zstd and FastLZ,
	/// but 21 % and 14 % of the datagrams at 10 with zlib and zstd. The range coder gets 3 of 16 MB/s at 50 and breaks
	/// such a connection at 20; at 30 ms no mode loses anything at 50. A peer that sends bombs or broken datagrams as fast
	/// as it may took 15 % of a fast core at 50 with the range coder (for 4 MB/s of traffic), 11 % with zlib, 7 % with
	/// zstd, 5 % with FastLZ. A lower default would save little of that and take much from honest peers.
	///
	/// It is per peer. A host that is open to many strangers and has games only does with 5; one that takes large files
	/// over a LAN in the range coder's mode, from peers it trusts, sets 0.
	uint32_t decompress_share = 50;
	const Allocator *allocator = nullptr; // null: default_allocator()
	LogSink log;                          // nothing is logged without it
};

/// Everything that was dropped or refused and why, and traffic totals. Counts up for the host's life.
struct EnetHostCounters {
	uint64_t received_datagrams = 0; // all that came, dropped ones included
	uint64_t received_bytes = 0;     // of their UDP payload
	uint64_t sent_datagrams = 0;     // handed out by poll_transmit()
	uint64_t sent_bytes = 0;         // of their UDP payload
	/// @{
	/// What received_bytes and sent_bytes would be without compression: headers included, and whatever travelled plain as
	/// it is. Received datagrams that nobody could decompress count as they came.
	uint64_t received_plain_bytes = 0;
	uint64_t sent_plain_bytes = 0;
	/// @}
	uint64_t intercepted = 0;               // consumed by EnetIntercept
	uint64_t dropped_short = 0;             // no complete header
	uint64_t dropped_oversized = 0;         // longer than 4096 bytes
	uint64_t dropped_unknown_peer = 0;      // no such slot, or nobody in it
	uint64_t dropped_wrong_address = 0;     // a peer's slot, from another endpoint than its own
	uint64_t dropped_wrong_session = 0;     // the session number is not the slot's
	uint64_t dropped_checksum = 0;          // the CRC-32 is wrong
	uint64_t dropped_decompression = 0;     // no codec, malformed, too large, or over a budget of work
	uint64_t dropped_decompress_budget = 0; // of these, the ones not even tried: EnetHostConfig::decompress_share and
	                                        // the rate for strangers
	uint64_t dropped_while_connecting = 0;  // anything but VERIFY_CONNECT while we dial
	uint64_t refused_connects = 0;          // full, too many from one address, or bad fields
	uint64_t repeated_connects = 0;         // CONNECT of a connection that exists
	uint64_t malformed_commands = 0;        // cut off, unknown, or with fields out of range
	uint64_t misplaced_commands = 0;        // valid but not in this state or on this channel
	uint64_t refused_over_budget = 0;       // reliable data not taken (and not acknowledged) for want of room
	uint64_t refused_too_far_ahead = 0;     // 7 or 8 windows ahead: not acknowledged
	uint64_t discarded_duplicates = 0;      // reliable or unsequenced data that had come before
	uint64_t discarded_stale = 0;           // unreliable data that came too late
	uint64_t unmatched_acks = 0;    // nothing of that number and time waits; echo_acknowledgements there makes many
	uint64_t spurious_resends = 0;  // a transmission taken for lost was acknowledged, at most 2 s after another one
	uint64_t resent_commands = 0;   // sent once more for want of an acknowledgement
	uint64_t copied_commands = 0;   // of these, the ones that left once more a moment later
	uint64_t repeated_commands = 0; // not of these: EnetHost::set_repeats()
	uint64_t path_probes = 0;       // padded PINGs sent to find out how large a datagram a path carries
	uint64_t path_black_holes = 0;  // datagrams of a size had stopped to arrive: smaller ones from then on
	uint64_t throttled_packets = 0; // unreliable packets we chose not to send
	uint64_t out_of_memory = 0;     // what was left undone for want of memory
	uint64_t steps = 0;             // work units: commands handled, entries walked; for tests of cost bounds
};

/// One connection's numbers. Units are Godot's: ms, and fractions of 32 or 65536.
struct EnetPeerStats {
	uint32_t packet_loss = 0;              // commands sent again per command sent, of 65536
	uint32_t packet_loss_variance = 0;     // of packet_loss, of 65536
	uint32_t packet_loss_epoch = 0;        // when it was last computed or counting began, ms of our clock; 0: not yet
	uint32_t round_trip_time = 500;        // smoothed, ms; 500 before the first is measured
	uint32_t round_trip_time_variance = 0; // mean deviation from it, ms
	uint32_t last_round_trip_time = 500;   // lowest of the previous throttle interval, ms
	uint32_t last_round_trip_time_variance = 0; // highest deviation of that interval, ms
	uint32_t packet_throttle = 32;              // share of unreliable packets that is sent, of 32
	uint32_t packet_throttle_limit = 32;        // most it may be, of 32: by the bandwidths
	uint32_t packet_throttle_counter = 0;       // position in the pattern of sending and dropping, 0 to 31
	uint32_t packet_throttle_epoch = 0;         // when the interval began, ms of our clock
	uint32_t packet_throttle_acceleration = 2;  // step up, of 32
	uint32_t packet_throttle_deceleration = 2;  // step down, of 32
	uint32_t packet_throttle_interval = 5000;   // ms
	uint32_t mtu = 0;                           // of the connection, UDP payload bytes
	uint32_t path_mtu = 0;                      // what our datagrams keep to: mtu, or less where the path carries less
	uint32_t window_size = 0;                   // ENet's, bytes; what holds: EnetPathStats::congestion_window
	uint32_t reliable_data_in_transit = 0;      // reliable payload bytes that are
	uint32_t incoming_bandwidth = 0;            // the other end's limits
	uint32_t outgoing_bandwidth = 0;            // bytes per second, 0 unlimited
	uint16_t outgoing_peer_id = 0xfff;          // our slot at the other end; 0xfff while unknown
	uint64_t queued_commands = 0;               // waiting to be sent; a message in fragments is one
	uint64_t queued_data = 0;                   // payload bytes that have not left for the first time
	uint64_t unacknowledged_commands = 0;       // reliable ones in flight
	uint64_t waiting_data = 0;                  // payload bytes received and not yet taken
	uint64_t memory_held = 0;                   // all bytes charged to this peer
	uint64_t acknowledged_commands = 0;         // reliable commands of ours the other end has confirmed
	uint64_t resent_commands = 0;               // sent once more for want of an acknowledgement
	uint64_t undecodable_datagrams = 0;         // compressed in a way we do not understand, or over the budget of work
};

/// The path to one peer, as loss recovery sees it. Ours, beside Godot's numbers in EnetPeerStats. Of an end that only
/// receives little is known: everything here is learned from the acknowledgements of what is sent reliably.
struct EnetPathStats {
	uint64_t resent_commands = 0;  // taken for lost and sent once more
	uint64_t spurious_resends = 0; // of these, the ones that had been late, not lost; learned up to 2 s afterwards
	uint64_t copied_commands = 0;  // resends that left twice, within a budget of bytes
	/// Bytes of reliable payload per second. While there is bulk, and for a while after, congestion control's estimate of
	/// what the path can carry; else what gets through at present, all that is in flight in a round trip, and the path may
	/// be able to carry more. 0: not known, nothing is in flight.
	uint64_t bandwidth = 0;
	uint64_t pacing_rate = 0;       // at which bulk leaves, bytes per second; 0: what may leave leaves at once
	uint32_t bytes_in_flight = 0;   // reliable payload on its way: not confirmed, and not taken for lost
	uint32_t congestion_window = 0; // how much of it there may be at present; 0: not connected yet
	uint32_t smoothed_rtt_us = 0;   // microseconds; 0: not measured yet, and so are the next three
	uint32_t rtt_variation_us = 0;  // mean deviation from it
	uint32_t minimum_rtt_us = 0;    // the lowest of this connection, 1 at least
	/// What queues on the way and at the other end add: smoothed less minimum. Too much once the path itself is longer.
	uint32_t queue_delay_us = 0;
	/// The largest datagram that is sent, bytes of UDP payload: what both ends agreed on. 0: not connected yet.
	uint32_t path_mtu = 0;
};

/// What to send, written into the caller's buffer.
struct EnetTransmit {
	Endpoint to;                                            // where to
	size_t size = 0;                                        // bytes written into the buffer
	Fragmentation fragmentation = Fragmentation::kAsSystem; // a wish: not every transport can
};

/// Sees each datagram before it is parsed. True: consumed, ENet ignores it.
struct EnetIntercept {
	void *user = nullptr; // handed to each call
	/// `datagram` is borrowed for the call. Must not call the host. Null: sees nothing.
	bool (*filter)(void *user, const Endpoint &from, ByteView datagram) = nullptr;
};

/// One ENet host. Owner thread only; two hosts share nothing. A default-constructed host is empty until init().
/// Calls on an empty host answer ERR_UNCONFIGURED, false or nothing.
class EnetHost : public LibraryObject {
public:
	EnetHost();
	~EnetHost();
	EnetHost(const EnetHost &) = delete;
	EnetHost &operator=(const EnetHost &) = delete;

	/// ERR_ALREADY_IN_USE when not empty; ERR_INVALID_PARAMETER for max_peers outside 1..4095, mtu outside 576..4096 or an
	/// unknown congestion_control; ERR_OUT_OF_MEMORY.
	Error init(const EnetHostConfig &config);
	bool is_initialized() const { return core_ != nullptr; } // between init() and the end

	// --- datagrams and time ---

	/// Handles one datagram; hostile bytes cost a counter. `datagram` is borrowed for the call.
	void receive(Instant now, const Endpoint &from, ByteView datagram);
	/// Lets time pass: resends, give-ups, pings, bandwidth shares. Without it nothing times out (Godot's flush()).
	void handle_timeout(Instant now);
	/// Writes the next datagram into `out` (at least kEnetMaxDatagramBytes, else false). False: nothing to send at `now`.
	bool poll_transmit(Instant now, MutBytes out, EnetTransmit &transmit);
	/// Takes the oldest event. Peers with several packets take turns. False: none.
	bool poll_event(EnetEvent &event);
	bool has_event() const; // would poll_event() give one
	/// Call handle_timeout no later than this; in the past when something waits to be sent. never() when idle for good.
	Instant next_timeout() const;
	/// Whether a timer of a peer has been due for 5 ms or more at `now`: the program was held up. Then give receive() all that
	/// has come before you call handle_timeout(), or it resends what has been answered already.
	bool is_overdue(Instant now) const;

	// --- connections ---

	/// Starts to dial. `channels` is clamped to 1..255. ERR_UNCONFIGURED; ERR_INVALID_PARAMETER for an invalid address
	/// or port 0; ERR_CANT_CREATE when no slot is free; ERR_OUT_OF_MEMORY.
	Error connect(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &peer);
	/// As connect(), but nothing is sent before start_dial(): for transports that must shake hands first. The connect
	/// timeout runs.
	Error connect_later(Instant now, const Endpoint &to, size_t channels, uint32_t data, EnetPeerId &peer);
	/// ERR_UNCONFIGURED for a stale handle. OK without effect when it has been called before. ERR_OUT_OF_MEMORY: nothing
	/// has changed.
	Error start_dial(EnetPeerId peer);
	/// The transport can no longer reach this peer: its connection or attempt is over, with a kDisconnect event that gives
	/// `reason`. Nothing is sent. ERR_UNCONFIGURED for a stale handle.
	Error end(EnetPeerId peer, EnetDropReason reason);
	/// Queues a copy of `packet`. ERR_UNCONFIGURED for a stale handle; ERR_INVALID_PARAMETER for unknown flags or a
	/// packet beyond what one message can be (max_packet_size is FAILED; 24,576 reliable or 65,536 unreliable fragments is
	/// ERR_INVALID_PARAMETER);
	/// FAILED when not connected or `channel` >= the peer's channels; ERR_OUT_OF_MEMORY. On error nothing is queued.
	Error send(EnetPeerId peer, uint8_t channel, ByteView packet, uint32_t flags);
	/// The same with a packet made by make_packet, shared instead of copied.
	Error send(EnetPeerId peer, uint8_t channel, const EnetPacketRef &packet);
	/// Queues for every connected peer that has the channel, sharing one copy.
	Error broadcast(uint8_t channel, ByteView packet, uint32_t flags);
	/// A packet from this host's pool, payload copied; empty when there is no memory.
	EnetPacketRef make_packet(ByteView payload, uint32_t flags);

	// Each is ignored (ERR_UNCONFIGURED) for a stale handle and OK without effect where ENet has none.
	Error disconnect(EnetPeerId peer, uint32_t data);               // event when acknowledged; queues are dropped
	Error disconnect_later(EnetPeerId peer, uint32_t data);         // after everything queued is acknowledged
	Error disconnect_now(EnetPeerId peer, uint32_t data);           // one datagram, no event, handle stale at once
	Error reset(EnetPeerId peer);                                   // nothing sent, no event, handle stale at once
	Error ping(EnetPeerId peer);                                    // queues a PING when connected
	Error set_ping_interval(EnetPeerId peer, uint32_t interval_ms); // 0: default
	/// ERR_INVALID_PARAMETER and no change unless limit <= minimum <= maximum after defaults replace zeros.
	Error set_timeout(EnetPeerId peer, uint32_t limit, uint32_t minimum_ms, uint32_t maximum_ms);
	/// Ours: from now on; the new one learns the path anew. ERR_INVALID_PARAMETER for an unknown one.
	Error set_congestion_control(EnetPeerId peer, EnetCongestionControl control);
	/// As ENetPacketPeer::throttle_configure(). ERR_OUT_OF_MEMORY: nothing has changed. Where one still waits to be sent because
	/// the other end leaves a command unanswered that 32,767 more have followed, the new one takes its place; ping() likewise.
	Error configure_throttle(EnetPeerId peer, uint32_t interval_ms, uint32_t acceleration, uint32_t deceleration);

	/// Reliable messages of at most 256 bytes, sent from now on through `channel` (-1: all channels, also those used later),
	/// leave again with the next `count` datagrams that go to the peer anyway and have room, soon enough (within half the
	/// time after which it would be resent): 0, the default, to 2. No
	/// datagram is sent for it, and what is acknowledged by then is not repeated. The other end, any ENet, drops what it
	/// has. What it costs and brings: docs/congestion.md. ERR_UNCONFIGURED for a stale handle; ERR_INVALID_PARAMETER: a
	/// count above 2, a channel below -1; FAILED: the peer has no such channel, or none yet; ERR_OUT_OF_MEMORY. On error
	/// nothing has changed. Ours.
	Error set_repeats(EnetPeerId peer, int channel, uint32_t count);

	/// What is bulk of the reliable messages sent from now on through `channel` (-1: all channels, also those used later).
	/// Messages that are not bulk go before all bulk, once bulk has to wait for room on the path; bulk keeps a turn, one
	/// datagram after each 16 KiB that overtook it. 16 KiB of them may be on their way above the window; what is more stays
	/// within it and is paced, for a peer that has had a prompt channel. What waits in the channel is not overtaken: while
	/// there is bulk of it, what follows is bulk too. Among bulk the order is that of queueing. Unreliable messages never
	/// wait and are not changed by this. Lasts as long as the connection; the other end has its own.
	/// ERR_UNCONFIGURED for a stale handle; ERR_INVALID_PARAMETER: an unknown priority, a channel below -1; FAILED: the peer
	/// has no such channel, or none yet; ERR_OUT_OF_MEMORY. On error nothing has changed. Ours.
	Error set_channel_priority(EnetPeerId peer, int channel, EnetChannelPriority priority);

	EnetPeerState peer_state(EnetPeerId peer) const; // kDisconnected for a stale handle
	bool peer_is_current(EnetPeerId peer) const;     // false for a stale handle
	size_t peer_channels(EnetPeerId peer) const;     // agreed, or asked for while connecting; 0 for a stale handle
	Endpoint peer_endpoint(EnetPeerId peer) const;   // not valid for a stale handle
	Error peer_stats(EnetPeerId peer, EnetPeerStats &out) const; // ERR_UNCONFIGURED for a stale handle

	/// ERR_UNCONFIGURED, and `out` untouched, for a stale handle.
	Error path_stats(EnetPeerId peer, EnetPathStats &out) const;

	// --- the host ---

	void set_bandwidth_limit(uint32_t incoming, uint32_t outgoing); // announced within a second
	void set_channel_limit(size_t limit);                           // future incoming connections; 0, >255: 255
	size_t channel_limit() const;                                   // 0 when empty
	size_t max_peers() const;                                       // 0 when empty
	size_t connected_peers() const;                                 // dialled or accepted, and up
	void set_compressor(Compressor *compressor);                    // borrowed; null: none
	void set_checksum(bool enabled); // as EnetHostConfig::checksum; from the next datagram on
	/// Connections to come use datagrams of at most `most` bytes, if they would use larger ones. ERR_INVALID_PARAMETER
	/// outside 576..4096.
	Error limit_mtu(uint32_t most);
	void set_intercept(const EnetIntercept &intercept); // copied; an empty one takes it away
	const EnetHostCounters &counters() const;           // all 0 on an empty host
	/// All bytes charged to peers at present.
	size_t memory_held() const;

private:
	EnetHostCore *core_ = nullptr;
};

} // namespace netpeer
