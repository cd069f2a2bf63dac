// What one host puts on the wire, datagram by datagram, held against docs/enet-protocol.md. Knows only the document and
// what the host was given: shares no code with the engine. Every transmission is looked at:
//   - sizes, headers, checksums and the shape of every command (sections 3 and 4); at most 32 commands, never above the MTU;
//   - reliable numbers leave in order, none left out, the same bytes each time, and never more than six windows beyond
//     what the other end has for certain (13.3): what lies further is acknowledged and thrown away by stock;
//   - nothing leaves again once an acknowledgement of one of its last four transmissions has come in (11.2);
//   - whatever is acknowledged has come, with that stamp, once for each time (11.1);
//   - no data after a DISCONNECT.
// A complaint is a string; the first one stays. Not GoogleTest's: the benchmarks run under it, too. It stores about 40 bytes
// per command in flight. Compressed datagrams are only measured, and nothing more is said of their connection.
#pragma once

#include "../../src/core/bytes.h"
#include "../../src/socket/endpoint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace netpeer_test {

/// The rules of one host. Hand it every datagram the host sends and every one it is given, in that order of events.
class WireRules {
public:
	explicit WireRules(bool checksum = false) : checksum_(checksum) {}

	/// Before `bytes` go to the network. False: they break a rule, now or earlier.
	bool sent(const netpeer::Endpoint &to, netpeer::ByteView bytes) {
		if (is_broken()) return false;
		++datagrams_;
		Datagram datagram;
		if (!read_header(bytes, datagram)) return complain("a datagram shorter than its header");
		if (bytes.size > kMostBytes) return complain("longer than any datagram may be");
		if (datagram.compressed) return sent_opaque(to, datagram);
		if (!read_commands(bytes, datagram)) return complain("bytes that are no commands");
		if (commands_.empty()) return complain("a datagram without a command");
		if (commands_.size() > kMostCommands) return complain("more than 32 commands");
		const bool wants_answer =
		        std::any_of(commands_.begin(), commands_.end(), [](const Command &each) { return each.wants_ack(); });
		if (wants_answer != datagram.stamped) return complain("a stamp without a question, or a question without one");
		Connection *connection = connection_of_sent(to, datagram);
		if (connection == nullptr) return is_broken() ? false : complain("a datagram of no connection");
		if (connection->opaque) return true;
		if (bytes.size > connection->mtu + (checksum_ ? 4u : 0u)) return complain("longer than the MTU");
		if (checksum_ && datagram.checksum != checksum_of(bytes, datagram, *connection))
			return complain("a wrong checksum");
		for (const Command &each : commands_)
			if (!check_sent(*connection, datagram, each)) return false;
		return true;
	}

	/// Before the host is given `bytes`, harmed ones included.
	void received(const netpeer::Endpoint &from, netpeer::ByteView bytes) {
		Datagram datagram;
		if (is_broken() || !read_header(bytes, datagram) || bytes.size > kMostBytes) return;
		Connection *connection = nullptr;
		for (auto &each : connections_)
			if (each->local_slot == datagram.slot && each->remote == from) connection = each.get();
		if (connection == nullptr) return;
		if (connection->remote_known && connection->session_in != datagram.session) return;
		if (datagram.compressed) {
			connection->opaque = true;
			return;
		}
		(void)read_commands(bytes, datagram); // what is whole counts
		if (checksum_ && datagram.checksum != checksum_of(bytes, datagram, *connection)) return;
		for (const Command &each : commands_) take(*connection, datagram, each);
	}

	/// What went wrong first; empty: nothing.
	const std::string &complaint() const { return complaint_; }
	bool is_broken() const { return !complaint_.empty(); }
	/// Reliable numbers of the latest connection on this slot that have left and are not acknowledged, which the host must
	/// know of and go on with. Those that a connection took along when it ended do not count.
	size_t outstanding(uint16_t slot) const {
		for (auto each = connections_.rbegin(); each != connections_.rend(); ++each)
			if ((*each)->local_slot == slot) return (*each)->outstanding();
		return 0;
	}
	/// The most windows ahead any command was.
	uint64_t furthest() const { return furthest_; }
	uint64_t datagrams() const { return datagrams_; }
	/// Reliable commands that left, again or not; those that left again.
	uint64_t transmissions() const { return transmissions_; }
	uint64_t repetitions() const { return repetitions_; }

private:
	static constexpr size_t kMostBytes = 4096 + 4;
	static constexpr size_t kMostCommands = 32;
	static constexpr uint64_t kNumbersPerWindow = 4096;
	static constexpr uint64_t kWindowsAhead = 6;
	static constexpr uint32_t kMostFragments = 24576;
	static constexpr uint16_t kNobody = 0xfff;
	static constexpr uint8_t kSystem = 0xff;
	static constexpr size_t kStampsThatCount = 4;
	enum Number : uint8_t {
		kAck = 1,
		kConnect,
		kVerify,
		kDisconnect,
		kPing,
		kReliable,
		kUnreliable,
		kFragment,
		kUnsequenced,
		kBandwidth,
		kThrottle,
		kUnreliableFragment,
	};

	struct Datagram {
		uint16_t slot = 0;
		uint8_t session = 0;
		bool compressed = false;
		bool stamped = false;
		uint16_t stamp = 0;
		uint32_t checksum = 0;
		size_t checksum_at = 0;
		size_t body_at = 0;
		bool padded = false; // one PING and zeros
	};
	struct Command {
		const uint8_t *at = nullptr;
		size_t fixed = 0; // bytes before the payload
		size_t length = 0;
		uint8_t number() const { return at[0] & 15; }
		bool wants_ack() const { return (at[0] & 0x80) != 0; }
		uint8_t channel() const { return at[1]; }
		uint16_t sequence() const { return u16(2); }
		uint16_t u16(size_t offset) const { return static_cast<uint16_t>(at[offset] << 8 | at[offset + 1]); }
		uint32_t u32(size_t offset) const { return uint32_t{u16(offset)} << 16 | u16(offset + 2); }
		size_t size() const { return fixed + length; }
	};

	// One number that has left.
	struct Sent {
		uint64_t start = 0; // of its message
		uint64_t digest = 0;
		std::array<uint16_t, kStampsThatCount> stamps = {};
		uint32_t times = 0; // 0: a number that has not left
		bool acknowledged = false;
		bool for_certain = false; // by an ACK that the host must have recognised
	};

	class Outgoing {
	public:
		uint64_t unwrapped(uint16_t sequence) const {
			const uint16_t ahead = static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest_));
			return ahead < 0x8000 ? highest_ + ahead : highest_ - static_cast<uint16_t>(0u - ahead);
		}
		bool has_left_before(uint64_t number) const { return number < first_ || (find(number) && find(number)->times); }
		const Sent *find(uint64_t number) const {
			return number >= first_ && number - first_ < ring_.size() ? &ring_[number - first_] : nullptr;
		}
		Sent *find(uint64_t number) {
			return number >= first_ && number - first_ < ring_.size() ? &ring_[number - first_] : nullptr;
		}
		Sent &add(uint64_t number, uint64_t start) {
			while (first_ + ring_.size() <= number) ring_.emplace_back();
			highest_ = std::max(highest_, number);
			Sent &made = ring_[number - first_];
			made.start = start;
			return made;
		}
		/// The last number the other end has for certain. It takes a message whole or not at all.
		uint64_t surely_delivered() const {
			if (!ring_.empty()) return ring_.front().start - 1;
			return highest_ < message_end_ ? message_start_ - 1 : highest_;
		}
		void confirm(uint16_t sequence, uint16_t stamp) {
			const uint64_t number = unwrapped(sequence);
			Sent *sent = find(number);
			if (sent == nullptr) {
				const auto faint = faint_.find(number);
				if (faint != faint_.end() && knows(faint->second, stamp)) faint_.erase(faint);
				return;
			}
			if (sent->times == 0) return;
			sent->for_certain = sent->for_certain || knows(*sent, stamp);
			if (!sent->acknowledged) ++confirmed_;
			sent->acknowledged = true;
			drop_front();
		}
		/// No ACK of it will come: it has been answered otherwise, or is never asked for again.
		void excuse(Sent &sent) {
			if (!sent.acknowledged) ++confirmed_;
			sent.acknowledged = true;
			drop_front();
		}
		/// A number that was taken for answered though the host may not have seen it so: it may leave again.
		Sent *faint(uint64_t number) {
			const auto found = faint_.find(number);
			return found == faint_.end() ? nullptr : &found->second;
		}
		static void note(Sent &sent, uint16_t stamp) { sent.stamps[sent.times++ % kStampsThatCount] = stamp; }
		void note_first() { ++left_; }
		size_t outstanding() const { return left_ - confirmed_; }
		uint64_t highest() const { return highest_; }

		// The message in fragments that left last, and the last unreliable numbers.
		uint64_t message_start_ = 0, message_end_ = 0; // both within it
		uint32_t count_ = 0, total_ = 0, piece_ = 0;

	private:
		static bool knows(const Sent &sent, uint16_t stamp) {
			const size_t kept = std::min<size_t>(sent.times, kStampsThatCount);
			return std::find(sent.stamps.begin(), sent.stamps.begin() + kept, stamp) != sent.stamps.begin() + kept;
		}
		void drop_front() {
			while (!ring_.empty() && ring_.front().acknowledged) {
				if (!ring_.front().for_certain) faint_[first_] = ring_.front();
				ring_.pop_front();
				++first_;
			}
		}

		uint64_t first_ = 1; // of the ring
		uint64_t highest_ = 0;
		size_t left_ = 0, confirmed_ = 0;
		std::deque<Sent> ring_;
		std::map<uint64_t, Sent> faint_;
	};

	struct Connection {
		netpeer::Endpoint remote;
		uint16_t local_slot = 0;
		uint16_t remote_slot = kNobody;
		bool remote_known = false;
		bool dialled = false;
		bool ended = false; // a DISCONNECT came or went
		bool opaque = false;
		uint8_t session_out = 0, session_in = 0;
		uint32_t id = 0;
		uint32_t mtu = 0, channels = 0;
		std::map<uint8_t, Outgoing> outgoing;
		uint16_t group = 0;
		std::unordered_map<uint64_t, uint32_t> unanswered; // by channel, number and stamp: how often it came
		uint32_t last_answer = UINT32_MAX;                 // channel and number

		size_t outstanding() const {
			size_t sum = 0;
			if (!ended && !opaque)
				for (const auto &[channel, each] : outgoing) sum += each.outstanding();
			return sum;
		}
	};

	bool complain(std::string what) {
		complaint_ = std::move(what);
		complaint_ += " (datagram " + std::to_string(datagrams_) + ")";
		return false;
	}
	bool complain(const char *what, const Command &command) {
		return complain(std::string(what) + ": command " + std::to_string(command.number()) + ", channel " +
		                std::to_string(command.channel()) + ", number " + std::to_string(command.sequence()));
	}

	// --- bytes ---

	bool read_header(netpeer::ByteView bytes, Datagram &out) const {
		if (bytes.size < 2) return false;
		out.slot = static_cast<uint16_t>((bytes.data[0] & 15) << 8 | bytes.data[1]);
		out.session = (bytes.data[0] >> 4) & 3;
		out.compressed = (bytes.data[0] & 0x40) != 0;
		out.stamped = (bytes.data[0] & 0x80) != 0;
		out.checksum_at = out.stamped ? 4 : 2;
		out.body_at = out.checksum_at + (checksum_ ? 4 : 0);
		if (bytes.size < out.body_at) return false;
		if (out.stamped) out.stamp = static_cast<uint16_t>(bytes.data[2] << 8 | bytes.data[3]);
		for (size_t i = out.checksum_at; i < out.body_at; ++i) out.checksum = out.checksum << 8 | bytes.data[i];
		return true;
	}
	// Into commands_. False: the datagram does not consist of commands; those before the fault are there.
	bool read_commands(netpeer::ByteView bytes, Datagram &datagram) {
		static constexpr uint8_t kFixed[16] = {0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24, 0, 0, 0};
		static constexpr uint8_t kLengthAt[16] = {0, 0, 0, 0, 0, 0, 4, 6, 6, 6, 0, 0, 6, 0, 0, 0};
		commands_.clear();
		for (size_t at = datagram.body_at; at < bytes.size;) {
			const size_t left = bytes.size - at;
			Command command;
			command.at = bytes.data + at;
			command.fixed = kFixed[command.at[0] & 15];
			if (command.fixed == 0 && commands_.size() == 1 && commands_[0].number() == kPing) {
				datagram.padded = std::all_of(command.at, command.at + left, [](uint8_t byte) { return byte == 0; });
				return datagram.padded;
			}
			if (command.fixed == 0 || left < command.fixed) return false;
			const size_t length_at = kLengthAt[command.at[0] & 15];
			if (length_at != 0) command.length = command.u16(length_at);
			if (left < command.size()) return false;
			commands_.push_back(command);
			at += command.size();
		}
		return true;
	}
	// CRC-32 with the connection's id in the checksum's place.
	static uint32_t checksum_of(netpeer::ByteView bytes, const Datagram &datagram, const Connection &connection) {
		static const std::array<uint32_t, 256> kTable = [] {
			std::array<uint32_t, 256> table = {};
			for (uint32_t i = 0; i < 256; ++i) {
				uint32_t value = i;
				for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320u : value >> 1;
				table[i] = value;
			}
			return table;
		}();
		const uint32_t id = datagram.slot == kNobody ? 0 : connection.id;
		uint32_t sum = 0xffffffffu;
		for (size_t i = 0; i < bytes.size; ++i) {
			uint8_t byte = bytes.data[i];
			if (i >= datagram.checksum_at && i < datagram.body_at)
				byte = static_cast<uint8_t>(id >> (24 - 8 * (i - datagram.checksum_at)));
			sum = sum >> 8 ^ kTable[(sum ^ byte) & 0xff];
		}
		return ~sum;
	}
	// Eight bytes at a time: it runs over all that is sent.
	static uint64_t digest_of(const uint8_t *bytes, size_t size) {
		uint64_t digest = size + 0x9e3779b97f4a7c15u;
		for (; size >= 8; bytes += 8, size -= 8) {
			uint64_t word = 0;
			std::memcpy(&word, bytes, 8);
			digest = (digest ^ word) * 0xff51afd7ed558ccdu;
			digest ^= digest >> 32;
		}
		for (; size > 0; ++bytes, --size) digest = (digest ^ *bytes) * 1099511628211u;
		return digest;
	}

	// --- connections ---

	bool sent_opaque(const netpeer::Endpoint &to, const Datagram &datagram) {
		if (Connection *connection = find_sent(to, datagram)) connection->opaque = true;
		// A compressed CONNECT or VERIFY_CONNECT begins one that nothing can be said of.
		blind_ = true;
		return true;
	}
	Connection *find_sent(const netpeer::Endpoint &to, const Datagram &datagram) {
		for (auto each = connections_.rbegin(); each != connections_.rend(); ++each)
			if ((*each)->remote == to && (*each)->remote_slot == datagram.slot &&
			        (*each)->session_out == datagram.session)
				return each->get();
		return nullptr;
	}
	Connection &begin(const netpeer::Endpoint &to, const Command &terms) {
		const uint16_t slot = terms.u16(4);
		connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
		                           [&](const auto &each) { return each->local_slot == slot; }),
		        connections_.end());
		connections_.push_back(std::make_unique<Connection>());
		Connection &made = *connections_.back();
		made.remote = to;
		made.local_slot = slot;
		made.mtu = terms.u32(8);
		made.channels = terms.u32(16);
		made.id = terms.u32(40);
		return made;
	}
	Connection *connection_of_sent(const netpeer::Endpoint &to, const Datagram &datagram) {
		for (const Command &each : commands_) {
			if (each.number() != kConnect && each.number() != kVerify) continue;
			const bool dials = each.number() == kConnect;
			if (dials != (datagram.slot == kNobody)) return complain("to a slot that is nobody's", each), nullptr;
			if (each.u32(8) < 576 || each.u32(8) > 4096) return complain("an MTU that is none", each), nullptr;
			if (each.u32(16) < 1 || each.u32(16) > 255) return complain("so many channels", each), nullptr;
			if (each.u32(12) < 4096 || each.u32(12) > 65536) return complain("such a window", each), nullptr;
			for (auto &known : connections_)
				if (known->remote == to && known->local_slot == each.u16(4) && known->id == each.u32(40) &&
				        known->dialled == dials)
					return known.get();
			Connection &made = begin(to, each);
			made.dialled = dials;
			if (!dials) {
				made.remote_slot = datagram.slot;
				made.remote_known = true;
				made.session_out = each.at[6] & 3;
				made.session_in = each.at[7] & 3;
				if (made.session_out != datagram.session)
					return complain("another session than it says", each), nullptr;
			}
			return &made;
		}
		Connection *found = find_sent(to, datagram);
		if (found != nullptr || !blind_) return found;
		return &nothing_known_;
	}

	// --- what is sent ---

	bool check_sent(Connection &connection, const Datagram &datagram, const Command &command) {
		static constexpr uint8_t kFirst[13] = {
		        0, 0x01, 0x82, 0x83, 0x84, 0x85, 0x86, 0x07, 0x88, 0x49, 0x8a, 0x8b, 0x0c};
		const uint8_t number = command.number();
		const bool is_data = number >= kReliable && number != kBandwidth && number != kThrottle;
		if (command.at[0] != kFirst[number] && !(number == kDisconnect && command.at[0] == 0x44))
			return complain("such flags", command);
		if (number == kAck) return check_ack(connection, command);
		if (is_data ? command.channel() >= connection.channels : command.channel() != kSystem)
			return complain("on such a channel", command);
		if (is_data && connection.ended) return complain("data after a DISCONNECT", command);
		if (number == kDisconnect) connection.ended = true;
		if (command.wants_ack()) return check_reliable(connection, datagram, command);
		if (number == kUnsequenced) {
			if (static_cast<int16_t>(static_cast<uint16_t>(command.u16(4) - connection.group)) <= 0)
				return complain("a group that has been", command);
			connection.group = command.u16(4);
		}
		return number != kUnreliableFragment || check_place(command, kMostReceived);
	}
	bool check_ack(Connection &connection, const Command &command) {
		if (command.u16(4) != command.sequence()) return complain("an ACK of two numbers", command);
		const uint32_t what = uint32_t{command.channel()} << 16 | command.sequence();
		const auto found = connection.unanswered.find(uint64_t{what} << 16 | command.u16(6));
		if (found != connection.unanswered.end()) {
			if (--found->second == 0) connection.unanswered.erase(found);
			connection.last_answer = what;
			return true;
		}
		// On a bad path the last one leaves again, with the stamp it would have echoed now.
		if (what == connection.last_answer) return true;
		return complain("an ACK of what has not come", command);
	}
	static constexpr uint32_t kMostReceived = 65536;
	bool check_place(const Command &command, uint32_t most) {
		const uint32_t count = command.u32(8), index = command.u32(12), total = command.u32(16), at = command.u32(20);
		if (count < 2 || count > most) return complain("so many fragments", command);
		if (index >= count || command.length == 0 || at >= total || total - at < command.length)
			return complain("a fragment outside of its message", command);
		const bool is_last = index + 1 == count;
		if (is_last != (at + command.length == total)) return complain("a last fragment that is none", command);
		if (!is_last && uint64_t{at} != uint64_t{index} * command.length)
			return complain("a fragment out of place", command);
		return true;
	}
	bool check_reliable(Connection &connection, const Datagram &datagram, const Command &command) {
		Outgoing &channel = connection.outgoing[command.channel()];
		const uint64_t number = channel.unwrapped(command.sequence());
		const uint64_t digest = digest_of(command.at, command.size());
		const bool is_system = command.channel() == kSystem;
		// Says what the host's settings are now, and leaves again where the answer found no memory.
		const bool is_handshake = command.number() == kConnect || command.number() == kVerify;
		++transmissions_;
		if (channel.has_left_before(number)) {
			++repetitions_;
			Sent *sent = channel.find(number);
			if (sent == nullptr) sent = channel.faint(number);
			if (sent == nullptr || sent->for_certain) return complain("sent again though acknowledged", command);
			if (sent->digest != digest && !is_handshake) return complain("not the bytes it was before", command);
			Outgoing::note(*sent, datagram.stamp);
			return is_system || check_range(channel, number, command);
		}
		if (number == 0) return complain("a number nobody begins with", command);
		uint64_t start = number;
		if (!is_system) {
			if (number != channel.highest() + 1) return complain("a number is left out before it", command);
			if (channel.highest() < channel.message_end_ && command.number() != kFragment)
				return complain("within a message in fragments", command);
			if (command.number() == kFragment && !check_fragment(channel, number, command)) return false;
			if (command.number() == kFragment) start = channel.message_start_;
			if (!check_range(channel, number, command)) return false;
		}
		Sent &sent = channel.add(number, start);
		sent.digest = digest;
		Outgoing::note(sent, datagram.stamp);
		channel.note_first();
		if (datagram.padded) channel.excuse(sent);
		return true;
	}
	bool check_fragment(Outgoing &channel, uint64_t number, const Command &command) {
		if (!check_place(command, kMostFragments)) return false;
		const uint32_t count = command.u32(8), index = command.u32(12), total = command.u32(16);
		if (command.u16(4) != static_cast<uint16_t>(command.sequence() - index))
			return complain("a start that is another's", command);
		if (channel.highest() >= channel.message_end_) {
			if (index != 0) return complain("a message that begins in its middle", command);
			channel.message_start_ = number;
			channel.message_end_ = number + count - 1;
			channel.count_ = count;
			channel.total_ = total;
			channel.piece_ = static_cast<uint32_t>(command.length);
			return true;
		}
		if (number != channel.message_start_ + index || count != channel.count_ || total != channel.total_)
			return complain("a fragment of another message", command);
		if (uint64_t{command.u32(20)} != uint64_t{index} * channel.piece_)
			return complain("fragments of different sizes", command);
		return true;
	}
	bool check_range(const Outgoing &channel, uint64_t number, const Command &command) {
		const uint64_t sure = std::min(channel.surely_delivered(), number);
		const uint64_t ahead = number / kNumbersPerWindow - sure / kNumbersPerWindow;
		furthest_ = std::max(furthest_, ahead);
		if (ahead <= kWindowsAhead) return true;
		return complain("more than six windows ahead", command);
	}

	// --- what is received ---

	void take(Connection &connection, const Datagram &datagram, const Command &command) {
		const uint8_t number = command.number();
		if (number == kVerify && connection.dialled && !connection.remote_known && command.u32(40) == connection.id) {
			connection.remote_known = true;
			connection.remote_slot = command.u16(4);
			connection.session_in = command.at[6] & 3;
			connection.session_out = command.at[7] & 3;
			connection.mtu = std::min(connection.mtu, command.u32(8));
			connection.channels = std::min(connection.channels, command.u32(16));
			Outgoing &system = connection.outgoing[kSystem];
			if (Sent *dialled = system.find(1)) system.excuse(*dialled);
		}
		if (!connection.remote_known) return; // only VERIFY_CONNECT is listened to
		if (number == kAck) {
			const auto channel = connection.outgoing.find(command.channel());
			if (channel != connection.outgoing.end()) channel->second.confirm(command.u16(4), command.u16(6));
			return;
		}
		if (command.wants_ack() && datagram.stamped) {
			const uint64_t what = uint64_t{command.channel()} << 16 | command.sequence();
			++connection.unanswered[what << 16 | datagram.stamp];
		}
	}

	bool checksum_;
	bool blind_ = false; // something compressed has left
	std::string complaint_;
	std::vector<std::unique_ptr<Connection>> connections_; // the latest last
	Connection nothing_known_ = [] {
		Connection nobody;
		nobody.opaque = true;
		return nobody;
	}();
	std::vector<Command> commands_; // of the datagram at hand
	uint64_t furthest_ = 0;
	uint64_t datagrams_ = 0, transmissions_ = 0, repetitions_ = 0;
};

} // namespace netpeer_test
