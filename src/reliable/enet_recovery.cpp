#include "enet_recovery.h"

#include <new>

namespace netpeer {

namespace {

Instant overdue_at(const SentDatagram *datagram, const OutCommand *command) {
	return datagram->sent_at + Duration::from_ms(command->timeout_ms);
}

} // namespace

EnetRecovery::~EnetRecovery() {
	NETPEER_ASSERT(heap_.empty());
	heap_.free_memory(pool_.allocator());
}

SentDatagram *EnetRecovery::open(Instant now, uint16_t stamp) {
	if (!heap_.reserve_one(pool_.allocator())) return nullptr;
	void *block = pool_.take(sizeof(SentDatagram));
	if (block == nullptr) return nullptr;
	SentDatagram *datagram = new (block) SentDatagram();
	datagram->sent_at = now;
	datagram->deadline = Instant::never();
	datagram->tie_break = next_number_++;
	datagram->stamp = stamp;
	return datagram;
}

void EnetRecovery::add(SentDatagram *datagram, OutCommand *command, uint32_t first_timeout_ms) {
	command->stamps[command->attempts % OutCommand::kStampsKept] = datagram->stamp;
	if (command->attempts == 0) command->timeout_ms = first_timeout_ms;
	if (command->attempts < UINT16_MAX) ++command->attempts;
	command->sent_in = datagram;
	datagram->commands.push_back(command);
	datagram->deadline = earlier_of(datagram->deadline, overdue_at(datagram, command));
}

void EnetRecovery::close(SentDatagram *datagram) {
	if (datagram->commands.empty()) {
		forget(datagram);
	} else {
		heap_.insert(datagram);
	}
}

void EnetRecovery::remove(OutCommand *command) {
	SentDatagram *datagram = command->sent_in;
	datagram->commands.remove(command);
	command->sent_in = nullptr;
	if (!datagram->commands.empty()) return; // its deadline may now be too early, which costs one look
	heap_.remove(datagram);
	forget(datagram);
}

Instant EnetRecovery::take_overdue(Instant now, CommandList &overdue) {
	Instant earliest = Instant::never();
	while (SentDatagram *datagram = heap_.top()) {
		if (datagram->deadline > now) break;
		Instant next = Instant::never();
		for (OutCommand *command = datagram->commands.front(); command != nullptr;) {
			OutCommand *following = CommandList::next_of(command);
			const Instant due = overdue_at(datagram, command);
			if (due <= now) {
				datagram->commands.remove(command);
				command->sent_in = nullptr;
				overdue.push_back(command);
				earliest = earlier_of(earliest, datagram->sent_at);
			} else {
				next = earlier_of(next, due);
			}
			command = following;
		}
		if (datagram->commands.empty()) {
			heap_.remove(datagram);
			forget(datagram);
		} else {
			datagram->deadline = next;
			heap_.moved(datagram);
		}
	}
	return earliest;
}

void EnetRecovery::forget(SentDatagram *datagram) { pool_.give(datagram, sizeof(SentDatagram)); }

} // namespace netpeer
