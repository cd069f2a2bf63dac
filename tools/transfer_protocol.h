// The small protocol of `netpeer send` and `netpeer receive`, on channel 0 of one ENet connection, all reliable.
// The sender dials with kTransferMagic as the connection's data. Integers are big-endian; the first byte is the type.
//
//     sender -> receiver                                   receiver -> sender
//     OFFER  [1][version u8][bytes u64][name, 1..200 bytes]
//                                                          ACCEPT [129]
//                                                          REFUSE [130][text, 0..300 bytes]   (at any time: it is over)
//     DATA   [2][1..kTransferChunkBytes bytes]   ...
//     END    [3][hash u64]
//                                                          DONE   [131][bytes u64][hash u64]  (only if both agree)
//
// The sender leaves after DONE. Whoever receives something else, too much, too long or out of turn, ends the connection.
// The hash is 64-bit FNV-1a over all bytes: it finds accidents, not attackers.
#pragma once

#include "../src/core/bytes.h"

#include <cstdint>
#include <string>

namespace netpeer_tool {

constexpr uint32_t kTransferMagic = 0x6e707466; // "nptf"
constexpr uint8_t kTransferVersion = 1;
// One DATA message fits one datagram of the default MTU with a checksum (1392 - 8 - 24), so nothing is fragmented.
constexpr size_t kTransferChunkBytes = 1344;
constexpr size_t kTransferMaxNameBytes = 200; // leaves room for the temporary name's ending in a 255-byte file name
constexpr size_t kTransferMaxTextBytes = 300;

enum class TransferType : uint8_t {
	kNone = 0,
	kOffer = 1,
	kData = 2,
	kEnd = 3,
	kAccept = 129,
	kRefuse = 130,
	kDone = 131,
};

/// One message, parsed. Views borrow from the packet.
struct TransferMessage {
	TransferType type = TransferType::kNone; // kNone: malformed
	uint64_t bytes = 0;                      // OFFER, DONE
	uint64_t hash = 0;                       // END, DONE
	netpeer::ByteView data;                  // OFFER: name; DATA; REFUSE: text
};

inline TransferMessage read_transfer_message(netpeer::ByteView packet) {
	netpeer::ByteReader in(packet);
	TransferMessage out;
	const TransferType type = static_cast<TransferType>(in.u8());
	bool is_good = true;
	switch (type) {
	case TransferType::kOffer:
		is_good = in.u8() == kTransferVersion;
		out.bytes = in.u64_be();
		out.data = in.rest();
		is_good = is_good && !out.data.empty() && out.data.size <= kTransferMaxNameBytes;
		break;
	case TransferType::kData:
		out.data = in.rest();
		is_good = !out.data.empty() && out.data.size <= kTransferChunkBytes;
		break;
	case TransferType::kEnd:
		out.hash = in.u64_be();
		is_good = in.left() == 0;
		break;
	case TransferType::kAccept: is_good = in.left() == 0; break;
	case TransferType::kRefuse:
		out.data = in.rest();
		is_good = out.data.size <= kTransferMaxTextBytes;
		break;
	case TransferType::kDone:
		out.bytes = in.u64_be();
		out.hash = in.u64_be();
		is_good = in.left() == 0;
		break;
	default: is_good = false; break;
	}
	if (is_good && !in.failed()) out.type = type;
	return out;
}

// Writers: each makes one message.
inline void put_u64(std::string &out, uint64_t value) {
	for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<uint8_t>(value >> shift));
}
inline std::string make_offer(uint64_t bytes, const std::string &name) {
	std::string out{static_cast<char>(TransferType::kOffer), static_cast<char>(kTransferVersion)};
	put_u64(out, bytes);
	return out + name;
}
inline std::string make_end(uint64_t hash) {
	std::string out(1, static_cast<char>(TransferType::kEnd));
	put_u64(out, hash);
	return out;
}
inline std::string make_accept() { return std::string(1, static_cast<char>(TransferType::kAccept)); }
inline std::string make_refuse(const std::string &text) {
	return std::string(1, static_cast<char>(TransferType::kRefuse)) + text.substr(0, kTransferMaxTextBytes);
}
inline std::string make_done(uint64_t bytes, uint64_t hash) {
	std::string out(1, static_cast<char>(TransferType::kDone));
	put_u64(out, bytes);
	put_u64(out, hash);
	return out;
}

/// 64-bit FNV-1a, fed piece by piece.
class TransferHash {
public:
	void add(netpeer::ByteView bytes) {
		uint64_t value = value_;
		for (size_t i = 0; i < bytes.size; ++i) value = (value ^ bytes[i]) * 0x100000001b3u;
		value_ = value;
	}
	uint64_t value() const { return value_; }

private:
	uint64_t value_ = 0xcbf29ce484222325u;
};

/// Why a file of this name must not be created in the receiver's folder, whatever system it runs on; null when it may.
/// Refuses everything that could leave the folder or means something else there: separators, "..", drives and streams
/// (colon), wildcards, control characters, device names, what Windows strips from the end, text that is not UTF-8.
const char *problem_with_name(const std::string &name);

} // namespace netpeer_tool
