#include "enet_recovery.h"

#include <new>

namespace netpeer {

EnetRecovery::~EnetRecovery() {
	NETPEER_ASSERT(heap_.empty());
	heap_.free_memory(pool_.allocator());
}

SentDatagram *EnetRecovery::make() {
	if (!heap_.reserve_one(pool_.allocator())) return nullptr;
	void *block = pool_.take(sizeof(SentDatagram));
	return block != nullptr ? new (block) SentDatagram() : nullptr;
}

void EnetRecovery::close(SentDatagram *datagram) {
	if (datagram->commands.empty()) {
		forget(datagram);
	} else {
		datagram->deadline = datagram->sent_at + Duration::from_ms(datagram->shortest_ms);
		heap_.insert(datagram);
	}
}

void EnetRecovery::leave_heap(SentDatagram *datagram) { heap_.remove(datagram); }

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

} // namespace netpeer
