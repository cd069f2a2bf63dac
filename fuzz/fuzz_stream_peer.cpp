// Typed gets over hostile bytes: a script of gets, in both byte orders, over a stream that comes in random pieces and over
// a buffer. Both must give what a plain model reads from the same bytes, take exactly those bytes, and never more memory
// than what has arrived explains. What was read is put again and must be the bytes it came from.
//
// Input: [options u8][pieces u8][operations u8][that many operations][the wire ...]
// options: bit 0 big-endian; bit 1 announced counts are capped at 100 bytes; upper 4 bits, if not 0: this request for memory
// of either stream fails. Operation: lower 4 bits the kind below, upper 4 bits a length or a choice.
#include "../src/core/seeded_rng.h"
#include "../src/stream/stream_peer_buffer.h"
#include "../tests/support/failing_allocator.h"
#include "../tests/support/split_stream.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace {

using netpeer::ByteBuffer;
using netpeer::ByteView;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::StreamPeer;
using netpeer::StreamPeerBuffer;
using netpeer_test::FailingAllocator;
using netpeer_test::SplitStream;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_stream_peer: broken: %s\n", what);
	std::abort();
}

enum Kind : unsigned {
	k8,
	kU8,
	k16,
	kU16,
	k32,
	kU32,
	k64,
	kU64,
	kHalf,
	kFloat,
	kDouble,
	kString,
	kUtf8String,
	kStringBytes,
	kRaw,
	kOrder,
};

constexpr size_t kNumberBytes[] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};

// One stream under test with its own memory, and how its end shows.
struct Side {
	FailingAllocator *memory;
	StreamPeer *peer;
	std::function<size_t()> taken;
	Error at_end;
	size_t held_anyway; // what the stream's own content costs
	FailingAllocator *out_memory;
	ByteBuffer *out;
};

// The bits of what a typed get gave, and the same value put again.
uint64_t get_and_put(StreamPeer &peer, unsigned kind, StreamPeer &echo) {
	uint64_t bits = 0;
	const auto with = [&](auto value, auto put) {
		std::memcpy(&bits, &value, sizeof value); // read back with the same size below: the order of bytes cancels out
		if (peer.get_last_error() == Error::OK) (echo.*put)(value);
	};
	switch (kind) {
	case k8: with(peer.get_8(), &StreamPeer::put_8); break;
	case kU8: with(peer.get_u8(), &StreamPeer::put_u8); break;
	case k16: with(peer.get_16(), &StreamPeer::put_16); break;
	case kU16: with(peer.get_u16(), &StreamPeer::put_u16); break;
	case k32: with(peer.get_32(), &StreamPeer::put_32); break;
	case kU32: with(peer.get_u32(), &StreamPeer::put_u32); break;
	case k64: with(peer.get_64(), &StreamPeer::put_64); break;
	case kU64: with(peer.get_u64(), &StreamPeer::put_u64); break;
	case kHalf: with(peer.get_half(), &StreamPeer::put_half); break;
	case kFloat: with(peer.get_float(), &StreamPeer::put_float); break;
	default: with(peer.get_double(), &StreamPeer::put_double); break;
	}
	return bits;
}

std::string utf8_of_latin1(ByteView bytes) {
	std::string text;
	for (size_t i = 0; i < bytes.size && bytes[i] != 0; ++i) {
		if (bytes[i] >= 0x80) text += static_cast<char>(0xc0 | (bytes[i] >> 6));
		text += static_cast<char>(bytes[i] < 0x80 ? bytes[i] : 0x80 | (bytes[i] & 0x3f));
	}
	return text;
}

std::string text_of(ByteView bytes) { return std::string(reinterpret_cast<const char *>(bytes.data), bytes.size); }

// Reads the wire by itself and holds one side against it.
class Run {
public:
	Run(Side side, ByteView wire, bool big_endian, size_t cap) :
	        side_(side), wire_(wire), big_endian_(big_endian), cap_(cap) {}

	void play(ByteView operations) {
		for (size_t i = 0; i < operations.size && !lost_; ++i) step(operations[i] & 15u, operations[i] >> 4);
		must_hold(side_.memory->size_mismatches() == 0, "memory goes back with the size it was asked for");
	}

private:
	size_t left() const { return wire_.size - at_; }

	void step(unsigned kind, size_t choice) {
		echo_.clear();
		echo_.set_big_endian(big_endian_);
		if (kind <= kDouble)
			number(kind);
		else if (kind == kRaw)
			raw(choice);
		else if (kind == kOrder)
			side_.peer->set_big_endian(big_endian_ = !big_endian_);
		else
			string(kind, choice);
		if (!lost_) must_hold(side_.taken() == at_, "exactly what the model took was taken");
		const size_t arrived = 2 * wire_.size + 4096;
		must_hold(side_.memory->peak_bytes() <= arrived + side_.held_anyway, "memory follows what has arrived");
		// A buffer that is used again grows by half of what it has.
		must_hold(side_.out_memory->peak_bytes() <= arrived + arrived / 2, "so does the caller's");
	}

	void number(unsigned kind) {
		const size_t bytes = kNumberBytes[kind];
		const uint64_t bits = get_and_put(*side_.peer, kind, echo_);
		if (left() < bytes) {
			must_hold(bits == 0 && side_.peer->get_last_error() == side_.at_end, "a short read is zero and an error");
			at_ = wire_.size;
			return;
		}
		must_hold(side_.peer->get_last_error() == Error::OK, "what is there can be read");
		const ByteView piece = wire_.after(at_).first(bytes);
		const uint8_t low = piece[big_endian_ ? 1 % bytes : 0], high = piece[big_endian_ ? 0 : 1 % bytes];
		const bool half_nan = kind == kHalf && (high & 0x7c) == 0x7c && ((high & 3) | low) != 0;
		if (!half_nan)
			must_hold(echo_.get_data_view() == piece, "put again it is the same bytes"); // a NaN becomes quiet
		at_ += bytes;
	}

	void raw(size_t choice) {
		const size_t bytes = choice * 37;
		uint8_t into[16 * 37];
		size_t received = 0;
		const Error error = side_.peer->get_data(MutBytes(into, bytes), received);
		const size_t there = bytes < left() ? bytes : left();
		must_hold(error == (there == bytes ? Error::OK : side_.at_end), "raw data ends where the wire does");
		must_hold(received == there && ByteView(into, there) == wire_.after(at_).first(there), "and is the wire");
		at_ += there;
	}

	void string(unsigned kind, size_t choice) {
		// The upper half of the choices names a length itself.
		const int asked = choice < 8 ? -1 : static_cast<int>((choice - 8) * (choice - 8) * 300);
		const size_t began = at_;
		Error expected = Error::OK;
		size_t count = static_cast<size_t>(asked);
		if (asked < 0) {
			count = 0;
			if (left() < 4) {
				expected = side_.at_end;
				at_ = wire_.size;
			} else {
				for (size_t i = 0; i < 4; ++i) count |= size_t{wire_[at_ + i]} << (8 * (big_endian_ ? 3 - i : i));
				at_ += 4;
				if (count > 0x7fffffff)
					expected = Error::ERR_INVALID_DATA;
				else if (count > cap_)
					expected = Error::ERR_OUT_OF_MEMORY;
			}
		}
		ByteView text;
		if (expected == Error::OK && count > left()) {
			expected = side_.at_end;
			at_ = wire_.size;
		} else if (expected == Error::OK && count != 0) {
			text = wire_.after(at_).first(count);
			at_ += count;
		}

		std::string got;
		if (kind == kString)
			got = side_.peer->get_string(asked);
		else if (kind == kUtf8String)
			got = side_.peer->get_utf8_string(asked);
		else
			must_hold(side_.peer->get_string_bytes(*side_.out, asked) == side_.peer->get_last_error(), "one answer");
		if (kind == kStringBytes) got = text_of(side_.out->view());
		const Error error = side_.peer->get_last_error();
		if (error == Error::ERR_OUT_OF_MEMORY && expected != error) {
			must_hold(side_.memory->failures() + side_.out_memory->failures() != 0, "there was memory");
			must_hold(got.empty(), "without memory there is no text");
			lost_ = true; // in the middle of a text, as documented
			return;
		}
		must_hold(error == expected, "the model's answer");
		must_hold(got == (kind == kString ? utf8_of_latin1(text) : text_of(text)), "the model's text");
		if (kind != kString && error == Error::OK && asked < 0) {
			echo_.put_utf8_string(got);
			must_hold(echo_.get_data_view() == wire_.after(began).first(at_ - began), "put again it is the same text");
		}
	}

	Side side_;
	ByteView wire_;
	size_t at_ = 0;
	bool big_endian_;
	size_t cap_;
	bool lost_ = false;
	StreamPeerBuffer echo_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	netpeer::ByteReader input(ByteView(data, size));
	const unsigned options = input.u8();
	const unsigned pieces = input.u8();
	const size_t operation_count = input.u8();
	const ByteView operations = input.take(operation_count < input.left() ? operation_count : input.left());
	const ByteView wire = input.rest();
	const bool big_endian = (options & 1) != 0;
	const size_t cap = (options & 2) != 0 ? 100 : StreamPeer::kDefaultMaxAnnouncedBytes;

	netpeer::SeededRng random(pieces);
	std::vector<size_t> splits;
	for (unsigned i = 0; pieces != 0 && i < 1 + pieces % 7; ++i) splits.push_back(1 + random.below(1 + pieces));

	for (const bool split : {true, false}) {
		FailingAllocator memory, out_memory;
		SplitStream stream(split ? std::vector<uint8_t>(wire.data, wire.data + wire.size) : std::vector<uint8_t>(),
		        splits, memory.pointer());
		StreamPeerBuffer buffer(memory.pointer());
		if (!split) must_hold(buffer.set_data_array(wire) == Error::OK, "a buffer takes the wire");
		ByteBuffer out(out_memory.pointer());
		memory.fail_nth(options >> 4);
		out_memory.fail_nth(options >> 4);
		StreamPeer &peer = split ? static_cast<StreamPeer &>(stream) : buffer;
		peer.set_big_endian(big_endian);
		peer.set_max_announced_bytes(cap);
		const std::function<size_t()> taken = [&] {
			return split ? stream.taken() : static_cast<size_t>(buffer.get_position());
		};
		const Side side{&memory, &peer, taken, split ? Error::ERR_FILE_EOF : Error::ERR_INVALID_PARAMETER,
		        split ? 0 : wire.size + 64, &out_memory, &out};
		Run(side, wire, big_endian, cap).play(operations);
	}
	return 0;
}
