// Watches one end of a connection on the wire and knows only the document: which messages it has acknowledged, and how many
// commands pass. What it sends is held against the rules by enet_wire_rules.h. Datagrams must be uncompressed and unharmed.
#pragma once

#include "enet_wire_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

namespace netpeer_test {

class WireWatch {
public:
	explicit WireWatch(bool checksum) : checksum_(checksum) {}

	/// A datagram the watched end sent.
	void sent(netpeer::ByteView bytes) {
		const WireDatagram datagram = read_wire(bytes, checksum_);
		EXPECT_TRUE(datagram.whole) << "a datagram that is not made of commands";
		commands_sent_ += datagram.commands.size();
		for (const WireCommand &command : datagram.commands) {
			if (command.number == kWireAck && command.channel != 0xff) incoming_[command.channel].acknowledge(command);
		}
	}
	/// A datagram the watched end was given.
	void received(netpeer::ByteView bytes) {
		const WireDatagram datagram = read_wire(bytes, checksum_);
		commands_received_ += datagram.commands.size();
		for (const WireCommand &command : datagram.commands) {
			if (is_reliable_data(command)) incoming_[command.channel].take(command);
		}
	}

	/// Messages on `channel` that must have been delivered: acknowledged whole, with everything before them.
	size_t acknowledged_messages(uint8_t channel) const {
		const auto found = incoming_.find(channel);
		return found == incoming_.end() ? 0 : found->second.messages();
	}
	/// Numbers on any channel acknowledged though something before them is not.
	size_t acknowledged_beyond_a_gap() const {
		size_t sum = 0;
		for (const auto &[channel, each] : incoming_) sum += each.beyond_a_gap();
		return sum;
	}
	uint64_t commands_sent() const { return commands_sent_; }
	uint64_t commands_received() const { return commands_received_; }

private:
	static bool is_reliable_data(const WireCommand &command) {
		return command.number == kWireReliable || command.number == kWireFragment;
	}
	static uint16_t start_of(const WireCommand &command) {
		return command.number == kWireFragment ? command.piece.start : command.sequence;
	}
	static uint32_t count_of(const WireCommand &command) {
		return command.number == kWireFragment ? std::max(command.piece.count, uint32_t{1}) : 1;
	}
	// The number without wrapping that lies closest to `near`.
	static uint64_t unwrapped(uint16_t number, uint64_t near) {
		const int16_t away = static_cast<int16_t>(static_cast<uint16_t>(number - near));
		return away < 0 && near < static_cast<uint64_t>(-away) ? 0 : near + static_cast<uint64_t>(int64_t{away});
	}

	class Incoming {
	public:
		void take(const WireCommand &command) {
			const uint64_t number = unwrapped(command.sequence, through_);
			const uint64_t start = number - static_cast<uint16_t>(command.sequence - start_of(command));
			if (start >= next_message_) counts_[start] = count_of(command);
		}
		void acknowledge(const WireCommand &command) {
			const uint64_t number = unwrapped(command.acked, through_);
			if (number <= through_) return;
			beyond_.insert(number);
			while (!beyond_.empty() && *beyond_.begin() == through_ + 1) {
				++through_;
				beyond_.erase(beyond_.begin());
			}
			for (auto next = counts_.find(next_message_);
			        next != counts_.end() && next_message_ + next->second <= through_ + 1;
			        next = counts_.find(next_message_)) {
				next_message_ += next->second;
				++messages_;
				counts_.erase(next);
			}
		}
		size_t messages() const { return messages_; }
		size_t beyond_a_gap() const { return beyond_.size(); }

	private:
		uint64_t through_ = 0; // everything up to here is acknowledged
		std::set<uint64_t> beyond_;
		std::map<uint64_t, uint32_t> counts_; // messages not yet wholly acknowledged: first number, numbers
		uint64_t next_message_ = 1;
		size_t messages_ = 0;
	};

	bool checksum_;
	std::map<uint8_t, Incoming> incoming_;
	uint64_t commands_sent_ = 0;
	uint64_t commands_received_ = 0;
};

} // namespace netpeer_test
