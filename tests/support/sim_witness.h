// What random scenarios share: messages that can be told apart, and a witness of what one direction may deliver.
#pragma once

#include "../../src/core/seeded_rng.h"
#include "../../src/reliable/enet_packet.h"
#include "sim_pair.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace netpeer_test {

inline uint64_t number_from_environment(const char *name, uint64_t otherwise) {
	const char *text = std::getenv(name);
	return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

enum class Kind { kReliable, kUnreliable, kUnsequenced };

/// What all witnesses together saw arrive.
struct WitnessTally {
	uint64_t reliable = 0;
	uint64_t unreliable = 0;
	uint64_t unsequenced = 0;
	uint64_t fragmented_unreliable = 0;
};

/// Payload of the index-th message: recognisable when it has 16 bytes or more, and different everywhere.
inline std::string payload_of(uint64_t seed, uint32_t direction, uint32_t index, size_t size) {
	netpeer::SeededRng rng(seed * 1000003 + direction * 7919 + index);
	std::string text;
	text.reserve(size + 8);
	const uint64_t head[2] = {(uint64_t{direction} << 32) | index, 0x6e65747065657221u ^ size};
	text.append(reinterpret_cast<const char *>(head), 16);
	while (text.size() < size) {
		const uint64_t word = rng.u64();
		text.append(reinterpret_cast<const char *>(&word), 8);
	}
	text.resize(size);
	return text;
}

/// One direction of one connection: what was handed to send(), and whether what arrives is allowed.
class Witness {
public:
	Witness(uint64_t seed, uint32_t direction, WitnessTally &tally) :
	        seed_(seed), direction_(direction), tally_(tally) {}

	std::string next_payload(size_t size) const {
		return payload_of(seed_, direction_, static_cast<uint32_t>(messages_.size()), size);
	}
	void sent(uint8_t channel, Kind kind, bool fragments, size_t size) {
		const uint32_t index = static_cast<uint32_t>(messages_.size());
		messages_.push_back(Message{channel, kind, fragments, size, false});
		if (kind == Kind::kReliable) reliable_[channel].push_back(index);
	}
	void arrived(uint8_t channel, uint32_t flags, netpeer::ByteView bytes) {
		tally_.reliable += (flags & netpeer::kEnetReliable) != 0;
		tally_.unreliable += flags == 0;
		tally_.unsequenced += (flags & netpeer::kEnetUnsequenced) != 0;
		tally_.fragmented_unreliable += (flags & netpeer::kEnetUnreliableFragment) != 0;
		if ((flags & netpeer::kEnetReliable) != 0) {
			// The next one in order, whole: nothing else is allowed.
			std::vector<uint32_t> &expected = reliable_[channel];
			size_t &at = next_reliable_[channel];
			if (at >= expected.size()) {
				ADD_FAILURE() << "more reliable packets than were sent on channel " << int(channel);
				return;
			}
			const uint32_t index = expected[at++];
			transcript_[{channel, false}].push_back(index);
			check_content(index, bytes);
			check_order(channel, index);
			return;
		}
		if (bytes.size < 16) {
			ADD_FAILURE() << "an unreliable packet of " << bytes.size << " bytes was never sent";
			return;
		}
		uint64_t head = 0;
		std::memcpy(&head, bytes.data, 8);
		const uint32_t index = static_cast<uint32_t>(head);
		if ((head >> 32) != direction_ || index >= messages_.size()) {
			ADD_FAILURE() << "a packet nobody sent";
			return;
		}
		check_content(index, bytes);
		Message &message = messages_[index];
		transcript_[{channel, message.kind == Kind::kUnsequenced}].push_back(index);
		EXPECT_EQ(message.channel, channel);
		if (message.kind == Kind::kUnsequenced) {
			EXPECT_EQ(flags, uint32_t{netpeer::kEnetUnsequenced});
			EXPECT_FALSE(message.seen) << "an unsequenced packet arrived twice";
		} else {
			EXPECT_EQ(message.kind, Kind::kUnreliable);
			EXPECT_EQ(flags, message.fragments ? uint32_t{netpeer::kEnetUnreliableFragment} : 0u);
			check_order(channel, index);
		}
		message.seen = true;
	}
	/// Reliable messages that have arrived on `channel`.
	size_t reliable_arrived(uint8_t channel) const {
		const auto found = next_reliable_.find(channel);
		return found == next_reliable_.end() ? 0 : found->second;
	}
	/// What arrived, by number, in order: per channel, the unsequenced ones apart.
	using Transcript = std::map<std::pair<uint8_t, bool>, std::vector<uint32_t>>;
	const Transcript &transcript() const { return transcript_; }
	/// The reliable part of it.
	std::map<uint8_t, std::vector<uint32_t>> reliable_transcript() const {
		std::map<uint8_t, std::vector<uint32_t>> out;
		for (const auto &[key, indices] : transcript_)
			for (uint32_t index : indices)
				if (messages_[index].kind == Kind::kReliable) out[key.first].push_back(index);
		return out;
	}
	/// Every reliable message has arrived.
	bool complete() {
		for (auto &[channel, expected] : reliable_)
			if (next_reliable_[channel] != expected.size()) return false;
		return true;
	}

private:
	struct Message {
		uint8_t channel;
		Kind kind;
		bool fragments;
		size_t size;
		bool seen;
	};

	void check_content(uint32_t index, netpeer::ByteView bytes) {
		EXPECT_EQ(messages_[index].size, bytes.size);
		EXPECT_TRUE(text_of(bytes) == payload_of(seed_, direction_, index, messages_[index].size))
		        << "message " << index << " arrived changed";
	}
	// Reliable and unreliable packets of a channel arrive in the order in which they were sent, some missing.
	void check_order(uint8_t channel, uint32_t index) {
		const auto latest = latest_.find(channel);
		if (latest != latest_.end()) {
			EXPECT_GT(index, latest->second) << "channel " << int(channel) << " went back";
		}
		latest_[channel] = index;
	}

	uint64_t seed_;
	uint32_t direction_;
	WitnessTally &tally_;
	std::vector<Message> messages_;
	std::map<uint8_t, std::vector<uint32_t>> reliable_;
	std::map<uint8_t, size_t> next_reliable_;
	std::map<uint8_t, uint32_t> latest_;
	Transcript transcript_;
};

} // namespace netpeer_test
