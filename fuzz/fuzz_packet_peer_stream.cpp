// PacketPeerStream over a hostile stream: bytes that come in random pieces, read by random calls, must give the packets and
// the report that a plain model finds in them, in order and whole; packets stay valid while more is read and sent; and
// memory follows what has arrived, never what a length announces.
//
// Input: [options u8][limit u8][pieces u8][the stream ...]
// options: bits 0 and 1 the input limit (0: the default, else limit, limit * 16 or limit * 256 bytes); bit 2 the stream ends
// with an error; bit 3 packets are read as values; upper 4 bits, if not 0 and packets are read as bytes: this request for memory fails.
#include "../src/core/seeded_rng.h"
#include "../src/packet/packet_peer_stream.h"
#include "../tests/support/failing_allocator.h"
#include "../tests/support/split_stream.h"

#include <cstdio>
#include <cstdlib>

namespace {

using netpeer::ByteView;
using netpeer::Error;
using netpeer::PacketPeerStream;
using netpeer_test::FailingAllocator;
using netpeer_test::SplitStream;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_packet_peer_stream: broken: %s\n", what);
	std::abort();
}

// Finds the packets in the whole stream at once.
struct Model {
	ByteView wire;
	size_t limit = 0;
	size_t at = 0;

	// OK and the next packet; else the report; ERR_UNAVAILABLE when there is not enough.
	Error next(ByteView &payload) {
		netpeer::ByteReader reader(wire.after(at));
		const uint32_t length = reader.u32_le();
		if (reader.failed()) return Error::ERR_UNAVAILABLE;
		if (length > INT32_MAX) return Error::ERR_INVALID_DATA;
		if (length > limit) return Error::ERR_OUT_OF_MEMORY;
		payload = reader.take(length);
		if (reader.failed()) return Error::ERR_UNAVAILABLE;
		at += 4 + length;
		return Error::OK;
	}
};

class StreamRun {
public:
	StreamRun(unsigned options, unsigned limit, unsigned pieces, ByteView wire) :
	        random_(pieces), peer_(memory_.pointer()), reads_values_((options & 8) != 0) {
		const unsigned scale[] = {0, 1, 16, 256};
		const int longest = static_cast<int>(limit * scale[options & 3]);
		if ((options & 3) != 0)
			must_hold(peer_.set_input_buffer_max_size(longest) == Error::OK, "a fresh peer takes a limit");
		model_.wire = wire;
		model_.limit = static_cast<size_t>(peer_.get_input_buffer_max_size());
		must_hold(model_.limit >= static_cast<size_t>(longest), "limits are rounded up");
		std::vector<size_t> splits;
		for (unsigned i = 0; pieces != 0 && i < 1 + pieces % 7; ++i)
			splits.push_back(1 + random_.below(pieces * pieces));
		stream_ = std::make_shared<SplitStream>(
		        std::vector<uint8_t>(wire.data, wire.data + wire.size), std::move(splits));
		if ((options & 4) != 0) stream_->set_error_at_end(Error::ERR_CONNECTION_ERROR);
		peer_.set_stream_peer(stream_);
		if (!reads_values_) memory_.fail_nth(options >> 4);
	}

	void play() {
		// Every call takes a piece, a packet, or is one of a few at the end.
		size_t idle = 0;
		while (idle < 8) {
			const size_t before = stream_->taken() + packets_;
			switch (random_.below(4)) {
			case 0: count(); break;
			case 1: echo(); break;
			default: take(); break;
			}
			bounded();
			idle = stream_->taken() + packets_ == before ? idle + 1 : 0;
		}
		for (size_t looked = SIZE_MAX; take() || looked != stream_->taken();) {
			looked = stream_->taken();
			bounded();
		}
		ByteView payload;
		const Error rest = model_.next(payload);
		must_hold(rest == (report_ == Error::OK ? Error::ERR_UNAVAILABLE : report_), "everything complete was given");
		must_hold(peer_.is_broken() == (rest != Error::ERR_UNAVAILABLE), "broken by a length and by nothing else");
		must_hold(memory_.size_mismatches() == 0, "memory goes back with the size it was asked for");
	}

private:
	void count() {
		const int available = peer_.get_available_packet_count();
		must_hold(available >= 0, "a count");
		Model ahead = model_;
		ByteView payload;
		for (int i = 0; i < available; ++i) {
			const Error error = ahead.next(payload);
			must_hold(error == Error::OK ||
			                  (i == available - 1 && report_ == Error::OK && error != Error::ERR_UNAVAILABLE),
			        "what is counted is there");
		}
		lent_is_whole();
	}

	// False when there was nothing.
	bool take() {
		lent_ = ByteView();
		ByteView packet, expected;
		netpeer::Variant value;
		const Error error = reads_values_ ? peer_.get_var(value) : peer_.get_packet(packet);
		must_hold(peer_.get_packet_error() == error, "the error is kept");
		if (error == Error::ERR_UNAVAILABLE) return false;
		if (error == Error::ERR_OUT_OF_MEMORY && !peer_.is_broken()) {
			must_hold(memory_.failures() != 0, "memory was refused");
			return true; // the look failed, which loses nothing
		}
		const Error found = model_.next(expected);
		if (found != Error::OK) {
			must_hold(report_ == Error::OK && error == found && packet.empty(), "the report, once");
			report_ = error;
			++packets_;
			return true;
		}
		++packets_;
		if (reads_values_) {
			netpeer::Variant same;
			size_t consumed = 0;
			must_hold(netpeer::decode_variant(expected, same, consumed) == error && same == value,
			        "the value that was sent");
			return true;
		}
		must_hold(error == Error::OK && packet == expected, "the packet that was sent");
		lent_ = packet;
		lent_expected_ = expected;
		return true;
	}

	void echo() {
		const size_t before = stream_->written().size();
		const Error error = peer_.put_packet(lent_);
		const size_t written = stream_->written().size() - before;
		if (error != Error::OK || lent_.empty()) {
			must_hold(written == 0, "an error writes nothing");
		} else {
			must_hold(written == 4 + lent_.size, "a length and the packet");
			const std::vector<uint8_t> &all = stream_->written();
			must_hold(ByteView(all.data() + before + 4, lent_.size) == lent_expected_, "as it came");
		}
		lent_is_whole();
	}

	void lent_is_whole() { must_hold(lent_ == lent_expected_ || lent_.empty(), "a packet stays valid"); }

	void bounded() {
		const size_t arrived = 4 * stream_->taken() + 4096;
		const size_t longest = model_.limit + 4;
		const size_t sent = 65536; // the output buffer
		const size_t input = 2 * (arrived < longest ? arrived : longest);
		must_hold(memory_.peak_bytes() <= input + (reads_values_ ? 24 * stream_->taken() : sent), "memory is bounded");
	}

	netpeer::SeededRng random_;
	FailingAllocator memory_;
	std::shared_ptr<SplitStream> stream_;
	PacketPeerStream peer_;
	Model model_;
	bool reads_values_;
	size_t packets_ = 0;
	Error report_ = Error::OK;
	ByteView lent_;
	ByteView lent_expected_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	netpeer::ByteReader input(ByteView(data, size));
	const unsigned options = input.u8();
	const unsigned limit = input.u8();
	const unsigned pieces = input.u8();
	StreamRun(options, limit, pieces, input.rest()).play();
	return 0;
}
