// PacketPeerStream: frames in pieces, limits, frames that are too long, streams that end, memory. Streams that end, fail
// and come in pieces are tests/support/split_stream.h.
#include "../../src/packet/packet_peer_stream.h"

#include "../../src/stream/stream_peer_buffer.h"
#include "../support/failing_allocator.h"
#include "../support/failing_each_allocation.h"
#include "../support/split_stream.h"
#include "../support/tcp_pair.h"
#include "../support/variant_support.h"

#include <gtest/gtest.h>

using netpeer::ByteView;
using netpeer::Error;
using netpeer::PacketPeerStream;
using netpeer::StreamPeerBuffer;
using netpeer::Variant;
using netpeer::VariantDecodeOptions;
using netpeer::VariantEncodeOptions;
using netpeer::view_of;
using netpeer_test::all_variant_vectors;
using netpeer_test::bytes_to_hex;
using netpeer_test::encoded;
using netpeer_test::FailingAllocator;
using netpeer_test::FailingEachAllocation;
using netpeer_test::hex_to_bytes;
using netpeer_test::SplitStream;
using netpeer_test::TcpPair;
using netpeer_test::VariantVector;
using netpeer_test::view_of_bytes;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes pattern(size_t bytes, size_t seed = 0) {
	Bytes made(bytes);
	for (size_t i = 0; i < bytes; ++i) made[i] = static_cast<uint8_t>(i * 31 + i / 251 + seed * 7);
	return made;
}

void append_frame(Bytes &wire, const Bytes &payload) {
	for (size_t i = 0; i < 4; ++i) wire.push_back(static_cast<uint8_t>(payload.size() >> (8 * i)));
	wire.insert(wire.end(), payload.begin(), payload.end());
}

// A stream that has what the test puts in, and then nothing yet.
class Trickle final : public netpeer::StreamPeer {
public:
	void add(const Bytes &bytes) { waiting_.insert(waiting_.end(), bytes.begin(), bytes.end()); }
	void end() { ended_ = true; }
	size_t waiting() const { return waiting_.size() - taken_; }
	size_t looks() const { return looks_; }
	const Bytes &written() const { return written_; }
	int get_available_bytes() const override { return static_cast<int>(waiting()); }

protected:
	Error write_all(ByteView data) override {
		if (ended_) return Error::FAILED;
		written_.insert(written_.end(), data.data, data.data + data.size);
		return Error::OK;
	}
	Error write_some(ByteView data, size_t &sent) override {
		sent = data.size;
		return write_all(data);
	}
	Error read_all(netpeer::MutBytes data, size_t &received) override { return read_some(data, received); }
	Error read_some(netpeer::MutBytes data, size_t &received) override {
		++looks_;
		received = waiting() < data.size ? waiting() : data.size;
		if (received != 0) std::memcpy(data.data, waiting_.data() + taken_, received);
		taken_ += received;
		return received == 0 && ended_ ? Error::ERR_CONNECTION_ERROR : Error::OK;
	}

private:
	Bytes waiting_;
	size_t taken_ = 0;
	size_t looks_ = 0;
	Bytes written_;
	bool ended_ = false;
};

Bytes taken(PacketPeerStream &peer) {
	ByteView packet;
	EXPECT_EQ(peer.get_packet(packet), Error::OK);
	return Bytes(packet.data, packet.data + packet.size);
}

void expect_nothing(PacketPeerStream &peer) {
	ByteView packet;
	EXPECT_EQ(peer.get_packet(packet), Error::ERR_UNAVAILABLE);
	EXPECT_TRUE(packet.empty());
	EXPECT_EQ(peer.get_packet_error(), Error::ERR_UNAVAILABLE);
}

} // namespace

TEST(PacketPeerStream, APacketIsItsLittleEndianLengthAndItsBytes) {
	const auto stream = std::make_shared<SplitStream>();
	stream->set_big_endian(true); // is not consulted
	PacketPeerStream peer;
	peer.set_stream_peer(stream);
	EXPECT_EQ(peer.get_stream_peer(), stream);
	EXPECT_EQ(peer.put_packet(view_of_bytes(hex_to_bytes("010203"))), Error::OK);
	EXPECT_EQ(bytes_to_hex(stream->written()), "03000000010203");
	EXPECT_EQ(stream->writes(), 1u);
	EXPECT_EQ(peer.put_packet(ByteView()), Error::OK);
	EXPECT_EQ(stream->writes(), 1u) << "an empty packet is not sent";
}

TEST(PacketPeerStream, WithoutAStreamIsUnconfigured) {
	PacketPeerStream peer;
	ByteView packet = view_of("x");
	Variant value(1);
	EXPECT_EQ(peer.get_stream_peer(), nullptr);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(peer.get_packet(packet), Error::ERR_UNCONFIGURED);
	EXPECT_TRUE(packet.empty());
	EXPECT_EQ(peer.get_packet_error(), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.get_var(value), Error::ERR_UNCONFIGURED);
	EXPECT_TRUE(value.is_nil());
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_UNCONFIGURED);
	EXPECT_EQ(peer.put_var(1), Error::ERR_UNCONFIGURED);
	EXPECT_FALSE(peer.is_broken());
}

TEST(PacketPeerStream, BufferSizesArePowersOfTwoMinusTheLength) {
	PacketPeerStream peer;
	EXPECT_EQ(peer.get_input_buffer_max_size(), 65532);
	EXPECT_EQ(peer.get_output_buffer_max_size(), 65532);
	EXPECT_EQ(peer.get_max_packet_size(), 65532);
	const int sizes[][2] = {{100, 124}, {10, 12}, {12, 12}, {13, 28}, {0, 0}, {1, 4}, {65532, 65532}, {65533, 131068},
	        {2147483644, 2147483644}};
	for (const auto &size : sizes) {
		EXPECT_EQ(peer.set_input_buffer_max_size(size[0]), Error::OK);
		EXPECT_EQ(peer.get_input_buffer_max_size(), size[1]);
		EXPECT_EQ(peer.set_output_buffer_max_size(size[0]), Error::OK);
		EXPECT_EQ(peer.get_output_buffer_max_size(), size[1]);
		EXPECT_EQ(peer.get_max_packet_size(), size[1]);
	}
	for (const int wrong : {-1, INT32_MIN, 2147483645, INT32_MAX}) {
		EXPECT_EQ(peer.set_input_buffer_max_size(wrong), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(peer.set_output_buffer_max_size(wrong), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(peer.get_input_buffer_max_size(), 2147483644);
		EXPECT_EQ(peer.get_output_buffer_max_size(), 2147483644);
	}
}

TEST(PacketPeerStream, InputBufferIsNotChangedWhileInputIsBuffered) {
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer;
	peer.set_stream_peer(stream);
	stream->add({3, 0});
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(peer.set_input_buffer_max_size(100), Error::ERR_ALREADY_IN_USE);
	EXPECT_EQ(peer.get_input_buffer_max_size(), 65532);
	stream->add({0, 0, 'a', 'b', 'c'});
	ByteView packet;
	ASSERT_EQ(peer.get_packet(packet), Error::OK);
	EXPECT_EQ(peer.set_input_buffer_max_size(100), Error::OK);
	EXPECT_EQ(peer.get_input_buffer_max_size(), 124);
	stream->add({1, 0, 0, 0, 'd'});
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	EXPECT_TRUE(packet == view_of("abc")) << "valid until the next get_packet()";
	EXPECT_EQ(taken(peer), Bytes{'d'});
}

TEST(PacketPeerStream, FramesCutAtEveryPointArriveWhole) {
	Bytes wire;
	std::vector<Bytes> payloads = {pattern(5), {}, pattern(1, 1), pattern(9, 2), {}};
	for (const Bytes &payload : payloads) append_frame(wire, payload);
	for (size_t first = 0; first <= wire.size(); ++first) {
		for (size_t second = first; second <= wire.size(); ++second) {
			SCOPED_TRACE(std::to_string(first) + " " + std::to_string(second));
			const auto stream = std::make_shared<Trickle>();
			PacketPeerStream peer;
			peer.set_stream_peer(stream);
			const size_t cuts[] = {0, first, second, wire.size()};
			size_t got = 0;
			size_t complete = 0;
			size_t at = 0;
			for (size_t piece = 0; piece < 3; ++piece) {
				stream->add(Bytes(wire.begin() + static_cast<std::ptrdiff_t>(cuts[piece]),
				        wire.begin() + static_cast<std::ptrdiff_t>(cuts[piece + 1])));
				while (complete < payloads.size() && at + 4 + payloads[complete].size() <= cuts[piece + 1])
					at += 4 + payloads[complete++].size();
				EXPECT_EQ(peer.get_available_packet_count(), static_cast<int>(complete - got));
				while (got < complete) EXPECT_EQ(taken(peer), payloads[got++]);
				expect_nothing(peer);
			}
			ASSERT_EQ(got, payloads.size());
		}
	}
}

TEST(PacketPeerStream, AFrameOfLengthZeroIsAPacketOfNoBytes) {
	const auto stream = std::make_shared<SplitStream>(hex_to_bytes("00000000 00000000 01000000 07"));
	PacketPeerStream peer;
	peer.set_stream_peer(stream);
	EXPECT_EQ(peer.get_available_packet_count(), 3);
	EXPECT_EQ(taken(peer), Bytes());
	EXPECT_EQ(peer.get_packet_error(), Error::OK);
	EXPECT_EQ(taken(peer), Bytes());
	EXPECT_EQ(taken(peer), Bytes{7});
	EXPECT_EQ(peer.get_available_packet_count(), 0);
}

TEST(PacketPeerStream, TheLongestPacketIsReceivableWhateverTheLimit) {
	for (const int limit : {0, 4, 12, 124, 1020, 4092, 65532, 1 << 20}) {
		PacketPeerStream sender;
		ASSERT_EQ(sender.set_output_buffer_max_size(limit), Error::OK);
		PacketPeerStream receiver;
		ASSERT_EQ(receiver.set_input_buffer_max_size(limit), Error::OK);
		const size_t longest = static_cast<size_t>(sender.get_output_buffer_max_size());
		SCOPED_TRACE(longest);
		const auto out = std::make_shared<SplitStream>();
		sender.set_stream_peer(out);
		const Bytes too_long = pattern(longest + 1);
		EXPECT_EQ(sender.put_packet(view_of_bytes(too_long)), Error::ERR_INVALID_PARAMETER);
		EXPECT_EQ(out->writes(), 0u);
		const Bytes small = pattern(longest < 3 ? longest : 3, 5);
		const Bytes large = pattern(longest);
		Bytes wire;
		for (int i = 0; i < 3; ++i) {
			append_frame(wire, small);
			append_frame(wire, large);
		}
		ASSERT_EQ(sender.put_packet(view_of_bytes(large)), Error::OK);
		Bytes frame;
		if (longest > 0) append_frame(frame, large);
		EXPECT_TRUE(out->written() == frame);
		for (const size_t piece : {size_t{1} + longest / 5, size_t{4096}, SIZE_MAX}) {
			receiver.set_stream_peer(std::make_shared<SplitStream>(wire, std::vector<size_t>{piece}));
			for (int i = 0; i < 6; ++i) {
				// Each look takes a piece.
				for (int looks = 0; looks < 2000 && receiver.get_available_packet_count() == 0; ++looks) {
				}
				EXPECT_TRUE(taken(receiver) == (i % 2 == 0 ? small : large)) << i;
			}
			expect_nothing(receiver);
			EXPECT_FALSE(receiver.is_broken());
		}
	}
}

TEST(PacketPeerStream, ATooLongFrameIsReportedOnceInItsTurnAndBreaksThePeer) {
	const struct {
		const char *length;
		Error error;
	} cases[] = {{"fdff0000", Error::ERR_OUT_OF_MEMORY}, {"ffffff7f", Error::ERR_OUT_OF_MEMORY},
	        {"00000080", Error::ERR_INVALID_DATA}, {"ffffffff", Error::ERR_INVALID_DATA}};
	for (const auto &one : cases) {
		SCOPED_TRACE(one.length);
		const auto stream = std::make_shared<Trickle>();
		PacketPeerStream peer;
		peer.set_stream_peer(stream);
		stream->add(hex_to_bytes("02000000 6162 00000000"));
		stream->add(hex_to_bytes(one.length));
		stream->add(hex_to_bytes("01000000 63"));
		EXPECT_FALSE(peer.is_broken());
		EXPECT_EQ(peer.get_available_packet_count(), 3) << "two packets and the report";
		EXPECT_TRUE(peer.is_broken());
		EXPECT_EQ(taken(peer), (Bytes{'a', 'b'}));
		EXPECT_EQ(taken(peer), Bytes());
		EXPECT_EQ(peer.get_available_packet_count(), 1);
		ByteView packet;
		EXPECT_EQ(peer.get_packet(packet), one.error);
		EXPECT_TRUE(packet.empty());
		EXPECT_EQ(peer.get_packet_error(), one.error);
		const size_t looks = stream->looks();
		stream->add(hex_to_bytes("01000000 64"));
		for (int i = 0; i < 3; ++i) {
			expect_nothing(peer);
			EXPECT_EQ(peer.get_available_packet_count(), 0);
			EXPECT_TRUE(peer.is_broken());
			EXPECT_EQ(peer.put_packet(view_of("x")), one.error);
		}
		EXPECT_EQ(stream->looks(), looks) << "a broken peer reads nothing more";
		EXPECT_TRUE(stream->written().empty());
		peer.set_stream_peer(stream);
		EXPECT_TRUE(peer.is_broken()) << "the same stream is as broken as before";
		peer.set_stream_peer(std::make_shared<SplitStream>(hex_to_bytes("01000000 65")));
		EXPECT_FALSE(peer.is_broken());
		EXPECT_EQ(taken(peer), Bytes{'e'});
	}
}

TEST(PacketPeerStream, ValuesReportATooLongFrameToo) {
	PacketPeerStream peer;
	peer.set_stream_peer(std::make_shared<SplitStream>(hex_to_bytes("fdff0000")));
	Variant value(1);
	EXPECT_EQ(peer.get_var(value), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(value.is_nil());
	EXPECT_TRUE(peer.is_broken());
	EXPECT_EQ(peer.get_var(value), Error::ERR_UNAVAILABLE);
}

TEST(PacketPeerStream, WhatWasBufferedOutlivesTheStream) {
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer;
	peer.set_stream_peer(stream);
	stream->add(hex_to_bytes("01000000 61 01000000 62 05000000 63"));
	stream->end();
	EXPECT_EQ(taken(peer), Bytes{'a'});
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_CONNECTION_ERROR) << "the look before it";
	EXPECT_EQ(taken(peer), Bytes{'b'});
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	expect_nothing(peer);
	EXPECT_FALSE(peer.is_broken());
}

TEST(PacketPeerStream, AStreamAtItsEndIsStillWrittenToIfItCanBe) {
	const auto buffer = std::make_shared<StreamPeerBuffer>();
	PacketPeerStream peer;
	peer.set_stream_peer(buffer);
	EXPECT_EQ(peer.put_packet(view_of("one")), Error::OK);
	EXPECT_EQ(peer.put_var(2), Error::OK);
	EXPECT_EQ(bytes_to_hex(buffer->get_data_view()), "030000006f6e65080000000200000002000000");
	ASSERT_EQ(buffer->seek(0), Error::OK);
	EXPECT_EQ(peer.get_available_packet_count(), 2);
	EXPECT_EQ(taken(peer), (Bytes{'o', 'n', 'e'}));
	Variant value;
	EXPECT_EQ(peer.get_var(value), Error::OK);
	EXPECT_TRUE(value == Variant(2));
	const auto closed = std::make_shared<SplitStream>();
	closed->fail_writes_after(0, Error::FAILED);
	peer.set_stream_peer(closed);
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_FILE_EOF) << "the look says more than the write";
}

TEST(PacketPeerStream, AnErrorOfTheWriteIsPassedOn) {
	const auto stream = std::make_shared<SplitStream>(hex_to_bytes("00000000"), std::vector<size_t>{1});
	stream->fail_writes_after(5, Error::ERR_CONNECTION_ERROR);
	PacketPeerStream peer;
	peer.set_stream_peer(stream);
	EXPECT_EQ(peer.put_packet(view_of("ab")), Error::ERR_CONNECTION_ERROR);
}

TEST(PacketPeerStream, AnotherStreamDropsTheInputTheSameOneKeepsIt) {
	const auto first = std::make_shared<Trickle>();
	PacketPeerStream peer;
	peer.set_stream_peer(first);
	first->add(hex_to_bytes("01000000 61 01000000 62 0200"));
	ByteView packet;
	ASSERT_EQ(peer.get_packet(packet), Error::OK);
	peer.set_stream_peer(first);
	EXPECT_EQ(peer.get_available_packet_count(), 1);
	const auto second = std::make_shared<Trickle>();
	peer.set_stream_peer(second);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	second->add(hex_to_bytes("01000000 63 01000000 64"));
	EXPECT_EQ(peer.get_available_packet_count(), 2);
	EXPECT_TRUE(packet == view_of("a")) << "what was given stays valid";
	EXPECT_EQ(taken(peer), Bytes{'c'});
	peer.set_stream_peer(nullptr);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	peer.set_stream_peer(second);
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(first.use_count(), 1) << "not kept alive";
}

TEST(PacketPeerStream, APacketStaysValidWhileMoreIsReadAndSent) {
	Bytes wire;
	for (size_t i = 0; i < 400; ++i) append_frame(wire, pattern(1 + i * 37 % 900, i));
	for (const size_t piece : {1u, 7u, 100u, 1000u, 100000u}) {
		const auto stream = std::make_shared<SplitStream>(wire, std::vector<size_t>{piece});
		PacketPeerStream peer;
		peer.set_stream_peer(stream);
		Bytes echoed;
		for (size_t i = 0; i < 400; ++i) {
			ByteView packet;
			Error error = Error::ERR_UNAVAILABLE;
			while (error == Error::ERR_UNAVAILABLE) error = peer.get_packet(packet);
			ASSERT_EQ(error, Error::OK);
			for (int looks = 0; looks < 20; ++looks) (void)peer.get_available_packet_count();
			const Bytes expected = pattern(1 + i * 37 % 900, i);
			ASSERT_TRUE(packet == view_of_bytes(expected)) << i << " in pieces of " << piece;
			ASSERT_EQ(peer.put_packet(packet), Error::OK) << "a packet may be sent on as it is";
			ASSERT_TRUE(packet == view_of_bytes(expected));
		}
		EXPECT_TRUE(stream->written() == wire);
	}
}

TEST(PacketPeerStream, TheSteadyStateAsksTheAllocatorForNothing) {
	FailingAllocator memory;
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer(memory.pointer());
	peer.set_stream_peer(stream);
	EXPECT_EQ(memory.requests(), 0u) << "no memory before it is needed";
	uint64_t requests = 0;
	for (size_t i = 0; i < 3000; ++i) {
		if (i == 1000) requests = memory.requests();
		Bytes wire;
		append_frame(wire, pattern(i * 113 % 3000, i));
		append_frame(wire, pattern(i * 11 % 100, i));
		const size_t cut = i * 17 % wire.size();
		stream->add(Bytes(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(cut)));
		(void)peer.get_available_packet_count();
		ByteView packet;
		(void)peer.get_packet(packet);
		stream->add(Bytes(wire.begin() + static_cast<std::ptrdiff_t>(cut), wire.end()));
		while (peer.get_available_packet_count() > 0) ASSERT_EQ(peer.get_packet(packet), Error::OK);
		ASSERT_EQ(peer.put_packet(view_of_bytes(pattern(i * 113 % 3000, i))), Error::OK);
		ASSERT_EQ(peer.put_var(static_cast<int>(i)), Error::OK);
	}
	EXPECT_EQ(memory.requests(), requests);
}

TEST(PacketPeerStream, MemoryFollowsWhatArrivedNotWhatWasAnnounced) {
	FailingAllocator memory;
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer(memory.pointer());
	ASSERT_EQ(peer.set_input_buffer_max_size(256 << 20), Error::OK);
	peer.set_stream_peer(stream);
	stream->add(hex_to_bytes("00000010"));
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(memory.peak_bytes(), 4096u);
	for (int kib = 1; kib <= 300; ++kib) {
		stream->add(pattern(1024));
		EXPECT_EQ(peer.get_available_packet_count(), 0);
		EXPECT_LE(memory.live_bytes(), static_cast<size_t>(kib) * 1024 * 3 + 4096);
	}
}

TEST(PacketPeerStream, AStreamThatIsAlwaysFullIsReadOnlyAsFarAsThereIsRoom) {
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer;
	ASSERT_EQ(peer.set_input_buffer_max_size(1000), Error::OK);
	peer.set_stream_peer(stream);
	Bytes wire;
	for (size_t i = 0; i < 1000; ++i) append_frame(wire, pattern(i % 50, i));
	stream->add(wire);
	EXPECT_GT(peer.get_available_packet_count(), 0);
	EXPECT_GE(stream->waiting(), wire.size() - 1024);
	for (size_t i = 0; i < 1000; ++i) {
		ASSERT_GT(peer.get_available_packet_count(), 0) << i;
		ASSERT_EQ(taken(peer), pattern(i % 50, i));
	}
	EXPECT_EQ(peer.get_available_packet_count(), 0);
}

TEST(PacketPeerStream, WithoutMemoryNothingIsLost) {
	FailingAllocator memory;
	const auto stream = std::make_shared<Trickle>();
	PacketPeerStream peer(memory.pointer());
	peer.set_stream_peer(stream);
	stream->add(hex_to_bytes("02000000 6162"));
	memory.fail_all(true);
	ByteView packet;
	EXPECT_EQ(peer.get_available_packet_count(), 0);
	EXPECT_EQ(peer.get_packet(packet), Error::ERR_OUT_OF_MEMORY);
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(stream->written().empty());
	EXPECT_FALSE(peer.is_broken());
	memory.fail_all(false);
	EXPECT_EQ(taken(peer), (Bytes{'a', 'b'}));
	EXPECT_EQ(peer.put_packet(view_of("x")), Error::OK);
}

TEST(PacketPeerStream, FailsCleanlyAtEveryAllocation) {
	Bytes wire;
	for (size_t i = 0; i < 12; ++i) append_frame(wire, pattern(i * 3000, i));
	FailingEachAllocation each([&](FailingAllocator &memory) {
		const auto stream = std::make_shared<SplitStream>(wire, std::vector<size_t>{5000, 3});
		PacketPeerStream peer(memory.pointer());
		peer.set_stream_peer(stream);
		size_t put = 0;
		for (size_t i = 0; i < 12; ++i) {
			ByteView packet;
			Error error = Error::ERR_UNAVAILABLE;
			for (int tries = 0; tries < 100 && error != Error::OK; ++tries) {
				error = peer.get_packet(packet);
				ASSERT_TRUE(error == Error::OK || error == Error::ERR_UNAVAILABLE || error == Error::ERR_OUT_OF_MEMORY);
			}
			ASSERT_EQ(error, Error::OK);
			(void)peer.get_available_packet_count();
			ASSERT_TRUE(packet == view_of_bytes(pattern(i * 3000, i))) << i;
			if (!packet.empty() && peer.put_packet(packet) == Error::OK) put += 4 + packet.size;
		}
		EXPECT_EQ(stream->written().size(), put);
	});
	each.run();
}

TEST(PacketPeerStream, ValuesAreFramedAsStreamPeersPutVar) {
	const auto framed = std::make_shared<SplitStream>();
	SplitStream plain;
	PacketPeerStream peer;
	peer.set_stream_peer(framed);
	size_t values = 0;
	for (const VariantVector &vector : all_variant_vectors()) {
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		size_t consumed = 0;
		ASSERT_EQ(netpeer::decode_variant(view_of_bytes(vector.bytes), value, consumed, reading), Error::OK);
		ASSERT_EQ(peer.put_var(value, writing), Error::OK);
		plain.put_var(value, writing);
		++values;
	}
	EXPECT_TRUE(framed->written() == plain.written());
	peer.set_stream_peer(std::make_shared<SplitStream>(framed->written(), std::vector<size_t>{11, 1, 300}));
	for (const VariantVector &vector : all_variant_vectors()) {
		SCOPED_TRACE(vector.name);
		VariantDecodeOptions reading;
		VariantEncodeOptions writing;
		reading.dialect = writing.dialect = vector.dialect;
		Variant value;
		Error error = Error::ERR_UNAVAILABLE;
		while (error == Error::ERR_UNAVAILABLE) error = peer.get_var(value, reading);
		ASSERT_EQ(error, Error::OK);
		EXPECT_EQ(bytes_to_hex(encoded(value, writing)), bytes_to_hex(vector.bytes));
		--values;
	}
	EXPECT_EQ(values, 0u);
}

TEST(PacketPeerStream, PacketsCrossARealConnectionUntilItEnds) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	PacketPeerStream client, server;
	client.set_stream_peer(std::shared_ptr<netpeer::StreamPeer>(&t.client, [](netpeer::StreamPeer *) {}));
	server.set_stream_peer(t.served);
	for (const size_t bytes : {1u, 100u, 1500u, 65532u}) {
		SCOPED_TRACE(bytes);
		const Bytes payload = pattern(bytes);
		ASSERT_EQ(client.put_packet(view_of_bytes(payload)), Error::OK);
		while (server.get_available_packet_count() == 0)
			ASSERT_EQ(t.served->wait(netpeer::PollType::POLL_TYPE_IN, netpeer_test::kStreamPatienceMs), Error::OK);
		EXPECT_TRUE(taken(server) == payload);
	}
	ASSERT_EQ(client.put_packet(view_of("last")), Error::OK);
	t.client.disconnect_from_host();
	netpeer_test::wait_available(*t.served, 8);
	EXPECT_EQ(server.get_available_packet_count(), 1);
	EXPECT_EQ(taken(server), (Bytes{'l', 'a', 's', 't'}));
	EXPECT_EQ(netpeer_test::poll_while(*t.served, netpeer::StreamPeerSocket::STATUS_CONNECTED), Error::OK);
	EXPECT_EQ(server.put_packet(view_of("x")), Error::FAILED);
	expect_nothing(server);
}

TEST(PacketPeerStream, AClientThatAnnouncesTooMuchIsToldApartFromASilentOne) {
	TcpPair t;
	ASSERT_NO_FATAL_FAILURE(t.open());
	PacketPeerStream server;
	server.set_stream_peer(t.served);
	t.client.put_u32(65533);
	while (server.get_available_packet_count() == 0)
		ASSERT_EQ(t.served->wait(netpeer::PollType::POLL_TYPE_IN, netpeer_test::kStreamPatienceMs), Error::OK);
	ByteView packet;
	EXPECT_EQ(server.get_packet(packet), Error::ERR_OUT_OF_MEMORY);
	EXPECT_TRUE(server.is_broken());
}
