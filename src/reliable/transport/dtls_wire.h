// DtlsWire: what the two DTLS transports have below them: another transport, the datagrams it has brought, and those that
// wait for room to leave. Private to src/reliable/transport.
#pragma once

#include "../../core/allocator.h"
#include "datagram_transport.h"

namespace netpeer {

class TlsSession;

/// Borrows the transport below, which must outlive it.
class DtlsWire {
public:
	static constexpr size_t kInboxSlots = 16;
	static constexpr size_t kOutboxSlots = 32;
	/// A record of ENet's largest datagram, or a datagram of our own handshakes. Longer ones are dropped and counted.
	static constexpr size_t kSlotBytes = 4096 + 128;
	/// Of the first in the inbox, where a datagram lands that comes alone: Godot's servers send a whole flight in one, however
	/// long their certificates are, and what of it lands elsewhere comes again.
	static constexpr size_t kLongSlotBytes = 17 * 1024;

	explicit DtlsWire(DatagramTransport &below) : below_(below) {}
	~DtlsWire() { free_memory(); }
	DtlsWire(const DtlsWire &) = delete;
	DtlsWire &operator=(const DtlsWire &) = delete;

	/// ERR_OUT_OF_MEMORY. `allocator` must outlive this.
	Error init(const Allocator &allocator);
	DatagramTransport &below() const { return below_; }

	/// At the beginning of each receive() of the transport above.
	void begin_receive() { was_last_batch_ = false; }
	/// The next datagram that has come, valid until the next call; OK, or what receive() of the transport below answers. It
	/// is not asked again after a batch that was not full, until begin_receive().
	Error next_datagram(Instant now, Endpoint &from, ByteView &bytes);

	bool has_datagram() const { return inbox_next_ != inbox_end_; }

	/// Moves what `session` has in drain() to the outbox, and on when that is full; false when some is left for want of room.
	bool take_output(Instant now, TlsSession &session, const Endpoint &to);
	/// As it is; false when there is no room.
	bool add(Instant now, ByteView bytes, const Endpoint &to);
	/// Hands over what waits, as far as the transport below takes it.
	Error flush(Instant now);
	/// When flush() should be called again; never() while nothing waits.
	Instant next_flush() const { return waiting_ != 0 ? refused_at_ + kPauseAfterRefusal : Instant::never(); }
	/// Datagrams too long for a slot.
	uint64_t dropped() const { return dropped_; }

private:
	static constexpr Duration kPauseAfterRefusal = Duration::from_ms(1);

	void free_memory();

	DatagramTransport &below_;
	const Allocator *allocator_ = nullptr;
	uint8_t *arena_ = nullptr;
	DatagramSlot inbox_[kInboxSlots];
	size_t inbox_next_ = 0;
	size_t inbox_end_ = 0;
	bool was_last_batch_ = false;
	DatagramOut outbox_[kOutboxSlots];
	size_t waiting_ = 0; // outbox_[0..waiting_); slot i's bytes lie at any slot's place
	Instant refused_at_;
	uint64_t dropped_ = 0;
};

} // namespace netpeer
