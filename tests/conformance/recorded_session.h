// Reads the recordings under tests/vectors: what applications did, what events they got, and every datagram between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace netpeer_test {

enum class RecordedKind { kAction, kEvent, kDatagram };

/// One line of a recording with the comment lines that explain it.
struct RecordedItem {
	RecordedKind kind = RecordedKind::kAction;
	int line = 0;
	int64_t at_us = 0;
	char host = 0;    // who acted, got the event or sent the datagram; 'r' for the relay itself
	std::string text; // of an action or event

	// Datagrams only
	int id = 0;
	char to = 0;
	std::vector<int64_t> delivered_us; // empty: lost
	std::vector<uint8_t> wire;         // as it went over the wire
	std::vector<uint8_t> plain;        // body before compression; empty when the wire's is not compressed
	std::string decoded_header;        // "peer=0 session=0 sentTime=41373 ..."
	std::vector<std::string> decoded_commands;
};

/// Where `path` below tests/vectors lies.
std::string vector_path(const std::string &path);
/// Empty, with a test failure, when the file cannot be read or a line is not understood.
std::vector<RecordedItem> read_recording(const std::string &path);

/// The value of "key=value" in a line of such pairs, hexadecimal with 0x; fails the test when it is missing.
uint32_t value_of(const std::string &text, const std::string &key);
/// The same for the hash in "fnv1a32=...".
uint32_t hash_of(const std::string &text);
bool starts_with(const std::string &text, const std::string &start);

} // namespace netpeer_test
