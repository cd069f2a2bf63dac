// ENetPacketPeer: the application's handle to one connection of an ENetConnection, and its queue of received packets.
// A handle keeps nothing alive. Once its connection is over (or its ENetConnection is gone) it is *detached* for good:
// every call stays safe, changes nothing and says so; packets that were not fetched stay fetchable.
#pragma once

#include "../core/intrusive_list.h"
#include "../packet/packet_peer.h"
#include "enet_host.h"

#include <memory>
#include <string>

namespace netpeer {

enum class TlsFailure : int;
class ENetConnection;

/// Owner thread of the ENetConnection only. No call blocks; nothing leaves before the connection's next service() or
/// flush(), except where a call says otherwise. Origin: Godot ENetPacketPeer.
class ENetPacketPeer final : public PacketPeer {
public:
	static constexpr int PACKET_LOSS_SCALE = 65536;  // PEER_PACKET_LOSS of everything
	static constexpr int PACKET_THROTTLE_SCALE = 32; // PEER_PACKET_THROTTLE of everything
	static constexpr int FLAG_RELIABLE = 1;          // delivered once and in order, or the connection ends
	static constexpr int FLAG_UNSEQUENCED = 2;       // delivered at once, in any order, maybe not at all
	static constexpr int FLAG_UNRELIABLE_FRAGMENT =
	        8; // longer than a datagram: unreliable fragments, not reliable ones

	/// Origin: Godot ENetPacketPeer.PeerState. 3 and 4 are not seen: netpeer reports a connection at once.
	enum PeerState : int {
		STATE_DISCONNECTED = 0,
		STATE_CONNECTING = 1,
		STATE_ACKNOWLEDGING_CONNECT = 2,
		STATE_CONNECTION_PENDING = 3,
		STATE_CONNECTION_SUCCEEDED = 4,
		STATE_CONNECTED = 5,
		STATE_DISCONNECT_LATER = 6,
		STATE_DISCONNECTING = 7,
		STATE_ACKNOWLEDGING_DISCONNECT = 8,
		STATE_ZOMBIE = 9,
	};

	/// Origin: Godot ENetPacketPeer.PeerStatistic. Times in ms.
	enum PeerStatistic : int {
		PEER_PACKET_LOSS = 0, // commands sent again per command sent, PACKET_LOSS_SCALE is everything
		PEER_PACKET_LOSS_VARIANCE = 1,
		PEER_PACKET_LOSS_EPOCH = 2, // clock reading
		PEER_ROUND_TRIP_TIME = 3,
		PEER_ROUND_TRIP_TIME_VARIANCE = 4,
		PEER_LAST_ROUND_TRIP_TIME = 5, // lowest of the previous throttle interval
		PEER_LAST_ROUND_TRIP_TIME_VARIANCE = 6,
		PEER_PACKET_THROTTLE = 7, // PACKET_THROTTLE_SCALE: every unreliable packet is sent
		PEER_PACKET_THROTTLE_LIMIT = 8,
		PEER_PACKET_THROTTLE_COUNTER = 9,
		PEER_PACKET_THROTTLE_EPOCH = 10, // clock reading
		PEER_PACKET_THROTTLE_ACCELERATION = 11,
		PEER_PACKET_THROTTLE_DECELERATION = 12,
		PEER_PACKET_THROTTLE_INTERVAL = 13,
	};

	/// Handles are made by ENetConnection; Passkey keeps it so.
	class Passkey {
		friend class ENetConnection;
		Passkey() = default;
	};
	/// For ENetConnection only.
	ENetPacketPeer(Passkey, ENetConnection &connection, EnetPeerId id, const Endpoint &endpoint) :
	        connection_(&connection), id_(id), endpoint_(endpoint) {}
	/// Frees what was not fetched.
	~ENetPacketPeer() override;

	/// Queues a copy of `packet` (borrowed for the call; may be empty) on `channel`. `flags`: FLAG_ bits, 0 is unreliable
	/// and sequenced. A packet longer than a datagram is fragmented, reliably unless FLAG_UNRELIABLE_FRAGMENT is given.
	/// ERR_UNCONFIGURED: detached. ERR_INVALID_PARAMETER: channel < 0 or > get_channels(), unknown flags, or more than
	/// 24,576 fragments. FAILED: channel == get_channels(), not STATE_CONNECTED, or longer than 32 MiB.
	/// ERR_OUT_OF_MEMORY. On error nothing is queued. Origin: Godot ENetPacketPeer.send.
	Error send(int channel, ByteView packet, int flags);

	/// Ends the connection in order: drops what is queued both ways, tells the other end, which sees `data` in its
	/// EVENT_DISCONNECT; ours (data 0) comes with the acknowledgement or the timeout. Before the connection is up: one
	/// datagram leaves at once, this handle is detached and there is no event. No effect where it is ending already.
	/// Origin: Godot ENetPacketPeer.peer_disconnect.
	void peer_disconnect(int data = 0);
	/// The same once everything queued has been sent and acknowledged; send() fails from now on.
	/// Origin: Godot ENetPacketPeer.peer_disconnect_later.
	void peer_disconnect_later(int data = 0);
	/// Sends one datagram at once (unless already disconnecting) and detaches this handle: no event here. If that
	/// datagram is lost the other end times out. Origin: Godot ENetPacketPeer.peer_disconnect_now.
	void peer_disconnect_now(int data = 0);
	/// Forgets the connection and detaches this handle: nothing is sent, no event. Origin: Godot ENetPacketPeer.reset.
	void reset();

	/// Queues a PING when connected. While the other end leaves a command unanswered that 32,767 more have followed, one waits
	/// for all that are asked for. Origin: Godot ENetPacketPeer.ping.
	void ping();
	/// Silence in ms before a ping goes out by itself; 0 (or less) restores 500. Origin: Godot ENetPacketPeer.ping_interval.
	void ping_interval(int interval_ms);
	/// When a connection that does not acknowledge is given up: after `timeout_max_ms`; or sooner, once both
	/// `timeout_min_ms` have passed and the time a resend delay that doubles takes to grow by the factor `timeout`. 0
	/// restores a default (32, 5000, 30000).
	/// ERR_UNCONFIGURED: detached. ERR_INVALID_PARAMETER and no change: negative, or not timeout <= min <= max.
	/// Origin: Godot ENetPacketPeer.set_timeout (which answers nothing).
	IgnorableError set_timeout(int timeout, int timeout_min_ms, int timeout_max_ms);
	/// Sets how fast the share of unreliable packets that is sent follows the round-trip time, here and (reliably) at
	/// the other end: every `interval_ms` the best round-trip time is taken afresh; steps are in 32nds.
	/// Origin: Godot ENetPacketPeer.throttle_configure.
	void throttle_configure(int interval_ms, int acceleration, int deceleration);

	/// 0 when detached or unknown. Origin: Godot ENetPacketPeer.get_statistic.
	double get_statistic(PeerStatistic statistic) const;
	/// STATE_DISCONNECTED when detached. Origin: Godot ENetPacketPeer.get_state.
	PeerState get_state() const;
	/// Agreed channels; what was asked for while connecting; 0 when detached. Origin: Godot ENetPacketPeer.get_channels.
	int get_channels() const;
	/// Text of the other end's address; "" when detached. Origin: Godot ENetPacketPeer.get_remote_address.
	std::string get_remote_address() const;
	/// 0 when detached. Origin: Godot ENetPacketPeer.get_remote_port.
	int get_remote_port() const;
	/// True from the moment the handle exists until its connection is over. Origin: Godot ENetPacketPeer.is_active.
	bool is_active() const;

	/// Queued packets, all channels, in the order of their events; also after the connection ended (Godot: the same).
	int get_available_packet_count() const override { return static_cast<int>(queue_size_); }
	/// FLAG_ bits of the packet get_packet() gives next; 0 when there is none. Origin: Godot PacketPeer of ENet.
	int get_packet_flags() const;
	/// 16777216. Origin: Godot ENetPacketPeer.get_max_packet_size.
	int get_max_packet_size() const override { return 1 << 24; }

	// --- not in Godot ---

	/// Why the connection is over; kNone while this handle is active.
	EnetDropReason get_drop_reason() const { return drop_reason_; }
	/// With EnetDropReason::kSessionLost: why the session ended, kNone when it had before EVENT_CONNECT; else
	/// TlsFailure::kNone. See tls_failure_text().
	TlsFailure get_session_failure() const { return session_failure_; }
	/// The connection's numbers: what waits to be sent (commands and bytes), is unacknowledged, has been acknowledged
	/// since the beginning, and more. ERR_UNCONFIGURED when detached.
	Error get_stats(EnetPeerStats &out) const;
	/// The path to the other end: what was sent again, how fast and how late data arrives. All 0 when detached; what 0
	/// means else is said with each number.
	EnetPathStats get_path_statistics() const;
	/// Small reliable messages (at most 256 bytes), sent from now on through `channel` (-1: all), leave again with the next
	/// `count` datagrams that go out anyway: 0, the default, to 2. The shortest tail under loss, for more bytes: see
	/// docs/congestion.md. EnetHost::set_repeats() has the two in the other order. ERR_UNCONFIGURED: detached.
	/// ERR_INVALID_PARAMETER: count outside 0 to 2, channel below -1.
	/// FAILED: there is no such channel, or none yet. ERR_OUT_OF_MEMORY. On error nothing has changed.
	Error set_repeats(int count, int channel = -1);
	/// What is bulk, and waits for everything else when not everything may leave at once, of the reliable messages sent from
	/// now on through `channel` (-1: all); see EnetChannelPriority and docs/congestion.md. Nothing overtakes what waits in its
	/// own channel. ERR_UNCONFIGURED: detached. ERR_INVALID_PARAMETER: an unknown priority, a channel below -1. FAILED: there
	/// is no such channel, or none yet. ERR_OUT_OF_MEMORY. On error nothing has changed.
	Error set_channel_priority(int channel, EnetChannelPriority priority);
	/// What decides how much reliable data may be on its way to this peer at once, from now on; see
	/// EnetCongestionControl. ERR_UNCONFIGURED: detached. ERR_INVALID_PARAMETER: unknown. On error nothing has changed.
	Error set_congestion_control(EnetCongestionControl control);
	/// get_remote_address() and get_remote_port() without text; not valid when detached.
	Endpoint get_remote_endpoint() const;
	/// A pointer of yours, null at first; netpeer never looks at it.
	void set_user_data(void *data) { user_data_ = data; }
	/// What set_user_data() was given last.
	void *get_user_data() const { return user_data_; }

protected:
	/// ERR_UNAVAILABLE: nothing queued; ERR_UNCONFIGURED: nothing queued and detached. (Godot refuses what is queued on
	/// a detached handle; here it stays fetchable.)
	Error take_packet(ByteView &packet) override;
	/// Reliable on channel 0; errors as send().
	Error send_packet(ByteView packet) override;

private:
	friend class ENetConnection;

	EnetHost *live_host() const;
	void push(EnetPacketRef &&packet);
	/// Lets the connection drop this handle if the engine has ended its slot.
	void after_leaving();

	ENetConnection *connection_; // null: detached
	EnetPeerId id_;
	Endpoint endpoint_;
	EnetPacket *queue_first_ = nullptr; // linked by EnetPacket::next; one share of each is ours
	EnetPacket *queue_last_ = nullptr;
	size_t queue_size_ = 0;
	EnetPacketRef current_; // what get_packet() gave last

	// For the connection's list of peers, which owns through `listed_self_`.
	ListHook<ENetPacketPeer> list_hook_;
	std::shared_ptr<ENetPacketPeer> listed_self_;
	ENetPacketPeer *next_ended_ = nullptr;
	bool bound_in_transport_ = false;
	bool has_dialled_anew_ = false;
	EnetDropReason drop_reason_ = EnetDropReason::kNone;
	TlsFailure session_failure_ = {};
	void *user_data_ = nullptr;
};

} // namespace netpeer
