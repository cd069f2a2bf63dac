#include "dtls_wire.h"

#include "../../tls/tls_session.h"

#include <utility>

namespace netpeer {

namespace {

constexpr size_t kWireArenaBytes =
        DtlsWire::kLongSlotBytes + (DtlsWire::kInboxSlots - 1 + DtlsWire::kOutboxSlots) * DtlsWire::kSlotBytes;

} // namespace

Error DtlsWire::init(const Allocator &allocator) {
	arena_ = static_cast<uint8_t *>(allocator.allocate(allocator.user, kWireArenaBytes));
	if (arena_ == nullptr) return Error::ERR_OUT_OF_MEMORY;
	allocator_ = &allocator;
	uint8_t *place = arena_;
	for (DatagramSlot &slot : inbox_) {
		slot.buffer = MutBytes(place, &slot == inbox_ ? kLongSlotBytes : kSlotBytes);
		place += slot.buffer.size;
	}
	for (DatagramOut &slot : outbox_) {
		slot.bytes = ByteView(place, 0);
		place += kSlotBytes;
	}
	return Error::OK;
}

void DtlsWire::free_memory() {
	if (arena_ != nullptr) allocator_->release(allocator_->user, arena_, kWireArenaBytes);
	arena_ = nullptr;
}

Error DtlsWire::next_datagram(Instant now, Endpoint &from, ByteView &bytes) {
	if (inbox_next_ == inbox_end_) {
		inbox_next_ = inbox_end_ = 0;
		if (was_last_batch_) return Error::ERR_BUSY;
		NETPEER_TRY(below_.receive(now, inbox_, kInboxSlots, inbox_end_));
		if (inbox_end_ == 0) return Error::ERR_BUSY;
		was_last_batch_ = inbox_end_ < kInboxSlots;
	}
	const DatagramSlot &slot = inbox_[inbox_next_++];
	from = slot.from;
	bytes = slot.buffer.first(slot.size);
	return Error::OK;
}

bool DtlsWire::take_output(Instant now, TlsSession &session, const Endpoint &to) {
	for (ByteView next = session.drain(); !next.empty(); next = session.drain()) {
		if (!add(now, next, to)) return false;
		session.drained(next.size);
	}
	return true;
}

bool DtlsWire::add(Instant now, ByteView bytes, const Endpoint &to) {
	if (bytes.size > kSlotBytes) {
		++dropped_;
		return true;
	}
	if (waiting_ == kOutboxSlots) (void)flush(now);
	if (waiting_ == kOutboxSlots) return false;
	DatagramOut &slot = outbox_[waiting_++];
	uint8_t *const place = const_cast<uint8_t *>(slot.bytes.data);
	std::memcpy(place, bytes.data, bytes.size);
	slot.bytes = ByteView(place, bytes.size);
	slot.to = to;
	return true;
}

Error DtlsWire::flush(Instant now) {
	if (waiting_ == 0) return Error::OK;
	size_t accepted = 0;
	const Error error = below_.send(now, outbox_, waiting_, accepted);
	// Slots swap places: each keeps the memory it has.
	for (size_t i = 0; i + accepted < waiting_; ++i) std::swap(outbox_[i], outbox_[i + accepted]);
	waiting_ -= accepted;
	refused_at_ = now;
	return error;
}

} // namespace netpeer
