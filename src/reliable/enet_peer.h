// EnetPeer: everything one connection owns. Plain data with small helpers; EnetHostCore changes it.
#pragma once

#include "../core/deadline_heap.h"
#include "../core/intrusive_list.h"
#include "enet_budget.h"
#include "enet_channel.h"
#include "enet_congestion.h"
#include "enet_echo.h"
#include "enet_host.h"
#include "enet_path_mtu.h"
#include "enet_peer_state.h"
#include "enet_recovery.h"
#include "enet_rtt.h"

namespace netpeer {

/// Acknowledgements that wait for the next datagram. Bounded by kEnetMaxPendingAcks.
class AckQueue {
public:
	struct Ack {
		uint16_t sequence;
		uint16_t sent_time;
		uint8_t channel;
		bool ends_connection; // of a DISCONNECT: sending it is the last thing we do
	};

	AckQueue() = default;
	AckQueue(const AckQueue &) = delete;
	AckQueue &operator=(const AckQueue &) = delete;

	bool empty() const { return begin_ == end_; }
	size_t size() const { return size_t{end_} - begin_; }
	/// Larger than a few datagrams need: not worth keeping.
	bool is_oversized() const { return capacity_ > 64; }
	/// Room for one more; false when full, over budget or out of memory.
	bool reserve_one(BlockPool &pool, EnetBudget &budget) { return end_ < capacity_ || make_room(pool, budget); }
	void push(const Ack &ack) { acks_[end_++] = ack; }
	Ack pop() {
		const Ack ack = acks_[begin_++];
		if (begin_ == end_) begin_ = end_ = 0;
		return ack;
	}
	void free_memory(BlockPool &pool, EnetBudget &budget);

private:
	bool make_room(BlockPool &pool, EnetBudget &budget);

	static constexpr uint16_t kOwnRoom = 4; // a few acknowledgements need no memory

	Ack *acks_ = own_;
	uint16_t begin_ = 0;
	uint16_t end_ = 0;
	uint16_t capacity_ = kOwnRoom;
	Ack own_[kOwnRoom];
};

/// The last commands acknowledged after having been resent: a second acknowledgement proves the resend was not needed.
/// Takes memory when the first comes, and gives it back once all are older than kEnetSpuriousMemoryMs.
class ResentMemory {
public:
	static constexpr uint32_t kMaxEntries = 32; // then the oldest makes room

	bool holds_memory() const { return entries_ != nullptr; }
	/// Without memory or budget an older one makes room, or this one is not remembered.
	void remember(BlockPool &pool, EnetBudget &budget, const OutCommand &command, uint32_t now_ms);
	enum class Answer : uint8_t { kUnknown, kAgain, kLate }; // kLate: of what had been taken for lost last
	/// What an acknowledgement of something remembered means; a late one is told once. `steps` counts the entries looked at.
	Answer recall(uint8_t channel, uint16_t sequence, uint16_t stamp, uint32_t now_ms, uint64_t &steps);
	void free_if_stale(BlockPool &pool, EnetBudget &budget, uint32_t now_ms);
	void free_memory(BlockPool &pool, EnetBudget &budget);

private:
	struct Entry {
		uint32_t acknowledged_ms;
		uint16_t sequence;
		uint16_t lost_stamp; // of the last transmission taken for lost
		uint8_t channel;
		bool was_late; // an answer to that one has come
	};
	bool grow(BlockPool &pool, EnetBudget &budget);

	Entry *entries_ = nullptr; // a ring once kMaxEntries are in use
	uint8_t capacity_ = 0;
	uint8_t count_ = 0;
	uint8_t next_ = 0; // where the next one goes
};

/// Which unsequenced groups of the current block have come.
struct UnsequencedWindow {
	uint32_t bits[kEnetUnsequencedWindow / 32] = {};
};

/// What the application has chosen, by channel.
struct EnetChannelChoices {
	uint8_t repeats[kEnetMaxChannels] = {}; // with how many of the next datagrams a small reliable message leaves again
	EnetChannelPriority priority[kEnetMaxChannels] = {};
};

/// Members are sorted so that no space is lost between them: most peers of a server are idle.
struct EnetPeer {
	explicit EnetPeer(BlockPool &pool) : recovery(pool) {}

	// Place in the host
	Instant deadline = Instant::never();
	uint32_t heap_place = DeadlineHeap<EnetPeer>::kNotInHeap;
	uint32_t tie_break = 0;
	ListHook<EnetPeer> send_link;  // has something to send
	ListHook<EnetPeer> event_link; // has something to report
	uint16_t index = 0;
	EnetPeerState state = EnetPeerState::kDisconnected;
	bool connect_event_due = false;
	EnetDropReason drop_reason = EnetDropReason::kNone;
	bool dialled = false;      // we connected, not they
	bool dial_started = false; // the CONNECT is queued or on its way
	bool in_lookup = false;
	bool ever_received = false; // a matching acknowledgement
	bool loss_epoch_set = false;

	// Small ones of the groups below
	uint16_t outgoing_peer_id = kEnetNoPeer;
	uint16_t channel_count = 0;
	uint16_t system_sequence = 0;
	uint16_t out_group = 0;     // unsequenced
	uint16_t in_group_base = 0; // likewise
	uint16_t overtaken = 0;     // bytes of small messages that left while bulk waited, since it last did; saturates
	EnetCongestionControl congestion_control = EnetCongestionControl::kRateModel;
	bool bulk_held = false;              // there was no room in flight for it since its queue was last empty
	bool is_stuck = false;               // what has left can never arrive: the path has become too small for it
	bool has_had_prompt = false;         // by choice: what is not bulk may be much, too
	uint16_t data_mtu = kEnetDefaultMtu; // what our datagrams keep to: mtu, or less when the path carries less

	// Identity
	Endpoint endpoint;
	uint32_t connect_id = 0;
	uint32_t connect_data = 0;      // for the CONNECT command, or from it for the event
	uint32_t disconnect_data = 0;   // from DISCONNECT for the event, or ours for disconnect_later
	uint32_t mtu = kEnetDefaultMtu; // negotiated
	uint32_t window_size = kEnetMaxWindow;
	uint32_t agreed_window = kEnetMaxWindow; // what the VERIFY_CONNECT says
	uint32_t incoming_bandwidth = 0;         // the other end's limits
	uint32_t outgoing_bandwidth = 0;

	// Time
	uint32_t ping_interval_ms = kEnetPingIntervalMs;
	uint32_t timeout_limit = kEnetTimeoutLimit;
	uint32_t timeout_minimum_ms = kEnetTimeoutMinimumMs;
	uint32_t timeout_maximum_ms = kEnetTimeoutMaximumMs;
	EnetRtt rtt;
	uint32_t undecodable = 0; // datagrams
	uint32_t resent = 0;      // commands
	Instant connect_deadline = Instant::never();
	Instant earliest_timeout = Instant::never(); // oldest transmission that went overdue since then
	Instant retry_at = Instant::never();         // out of memory while sending: try again then
	Instant decompress_paid_at;                  // when the work its datagrams have cost is within its share

	// Loss statistics, docs/enet-protocol.md, "Statistics"
	uint32_t packets_sent = 0;
	uint32_t packets_lost = 0;
	uint32_t packet_loss = 0;
	uint32_t packet_loss_variance = 0;
	uint32_t packet_loss_epoch = 0;

	// Out
	uint32_t next_order = 0;
	uint32_t reliable_in_transit = 0; // payload bytes
	uint32_t prompt_in_transit = 0;   // of these, of small messages
	uint32_t queued_commands = 0;     // waiting to be sent, first time or again; a message in fragments is one
	uint32_t blocked_commands = 0;    // of these, in the channels' blocked lists
	uint32_t unacknowledged = 0;      // in the rings
	uint32_t spurious = 0;            // resends of what had been late, not lost
	uint32_t copied = 0;              // commands that did
	uint16_t copy_allowance = kEnetFirstCopies; // bytes of resends that may leave twice
	EnetLastAck last_ack;
	EnetRecovery recovery;
	EnetCongestion *congestion = nullptr; // made when there is much on its way for the first time
	SentRing system_sent;                 // channel 0xff
	// What waits, in the order of queueing: to be sent again, then to be sent
	CommandList resend_prompt; // control and small reliable messages
	CommandList resend_bulk;
	CommandList prompt; // small reliable messages
	CommandList bulk;   // reliable messages of channels that have much to send
	CommandList other;  // everything else
	AckQueue acks;
	uint64_t queued_data = 0; // payload bytes that have not left for the first time
	uint64_t acknowledged = 0;
	uint64_t outgoing_data_total = 0;
	ResentMemory resent_memory;
	EnetChannelChoices *choices = nullptr; // null: none
	EnetPathMtu *path_mtu = nullptr;       // made when the path is in doubt

	// In
	UnsequencedWindow *in_groups = nullptr; // made when first used
	PacketQueue delivered;
	size_t waiting_data = 0;
	EnetBudget budget;
	EnetReassemblyLedger ledger;

	EnetChannel **channels = nullptr; // made when first used

	void set_mtu(uint32_t negotiated) {
		mtu = negotiated;
		data_mtu = static_cast<uint16_t>(negotiated);
	}
	bool has_outgoing() const { return queued_commands != 0 || unacknowledged != 0; }
	bool has_resends() const { return !resend_prompt.empty() || !resend_bulk.empty(); }
	/// Reliable payload waits that might leave with more room in flight.
	bool has_data() const { return !prompt.empty() || !bulk.empty() || !resend_bulk.empty(); }
	void has_left(const OutCommand &command) {
		reliable_in_transit += command.length;
		if (!command.bulk) prompt_in_transit += command.length;
	}
	/// It arrived, or is taken for lost.
	void has_ended(const OutCommand &command) {
		reliable_in_transit -= command.length;
		if (!command.bulk) prompt_in_transit -= command.length;
	}
	/// So many more bytes of commands wait, of a reliable message on channel `number`. Whether it is bulk.
	bool note_queued(EnetChannel &channel, uint8_t number, uint64_t bytes, bool in_pieces) const {
		if (choices == nullptr) return channel.note_queued(bytes, in_pieces);
		const EnetChannelPriority chosen = choices->priority[number];
		if (chosen == EnetChannelPriority::kAutomatic) return channel.note_queued(bytes, in_pieces);
		return channel.note_queued_as(bytes, chosen == EnetChannelPriority::kBulk);
	}
	/// Where a reliable message waits for its first transmission.
	CommandList &data_queue(const OutCommand &command) { return command.bulk ? bulk : prompt; }
};

} // namespace netpeer
