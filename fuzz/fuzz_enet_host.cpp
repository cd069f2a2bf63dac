// A script against one EnetHost: datagrams of four sources that pass the header, passing time, and an application.
//
// Input: two bytes of options, then operations [op u8][arguments]. What is missing at the end reads as 0.
//     options 1: 1 checksum, 2 toy compressor, 4 small budgets, 8 the application takes no events by itself, 16 bandwidth
//                limits, 32 the second source answers what it is sent at once, 64 the third one, 128 the clock will wrap
//     options 2: 1, 2, 4 that source is connected at the start, 8, 16, 32 the host dials it, 64 the first source answers
//                at once, 128 large MTU and few channels
//     op: low 4 bits what (see Bench::step()), next 2 bits which source, last 2 a variant
// The commands of a datagram are named by number, channel and how their sequence number lies to the next one due; slot,
// session, stamps, connection ids and checksum are filled in so that the host believes them, unless told otherwise.
// What must hold: no crash; bounded work; memory within the limits; nothing is due once it is done; reliable packets
// come in order; when all is over nothing is held.
#include "../src/reliable/enet_crc32.h"
#include "../src/reliable/enet_host.h"
#include "../tests/support/failing_allocator.h"
#include "../tests/support/toy_compressor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using namespace netpeer;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_enet_host: broken: %s\n", what);
	std::abort();
}

constexpr size_t kSources = 4; // the last one shares its address with the first
constexpr size_t kChannels = 4;
constexpr size_t kMaxSteps = 300;
constexpr size_t kMaxOwed = 2000;

// Sizes of the commands without their payload; 0 is no command.
constexpr size_t kCommandBytes[16] = {0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24, 0, 0, 0};

// Where limits lie. Chosen by bytes from 0xe0 on.
constexpr uint32_t kValues[31] = {255, 256, 575, 576, 1000, 1392, 4095, 4096, 4097, 5000, 24575, 24576, 24577, 28671,
        28672, 32767, 32768, 36864, 61682, 65535, 65536, 65537, 131072, 1000000, 1048576, 33554432, 33554433,
        0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

struct Owed {
	uint8_t channel;
	uint16_t sequence;
	uint16_t time;
};

struct Source {
	Endpoint at;
	uint16_t slot = 0; // of the host
	uint8_t session = 0;
	uint32_t connect_id = 0;
	uint16_t own_attempts = 0;
	bool answers_at_once = false;
	std::vector<Owed> owed;
	uint16_t next_system = 2;
	uint16_t next_reliable[kChannels] = {1, 1, 1, 1};
	uint16_t next_unreliable[kChannels] = {1, 1, 1, 1};
	uint16_t message[kChannels] = {}; // first number of the message in pieces
	uint16_t group = 1;
	std::vector<uint8_t> last; // datagram
	EnetPeerId id;             // the host's name for it
	EnetPeerId order_of;       // whose packets last_taken speaks of
	bool any_taken[kChannels] = {};
	uint16_t last_taken[kChannels] = {};

	void start_numbers() {
		next_system = 2;
		for (size_t i = 0; i < kChannels; ++i) {
			next_reliable[i] = next_unreliable[i] = 1;
			message[i] = 0;
		}
		group = 1;
	}
};

class Output {
public:
	Output() { bytes.reserve(1500); } // growing step by step would be most of the time spent
	void u8(unsigned value) { bytes.push_back(static_cast<uint8_t>(value)); }
	void u16(unsigned value) {
		u8(value >> 8 & 255);
		u8(value & 255);
	}
	void u32(uint32_t value) {
		u16(value >> 16);
		u16(value & 0xffff);
	}
	void fill(size_t count, char with) { bytes.insert(bytes.end(), count, static_cast<uint8_t>(with)); }
	void append(ByteView view) { bytes.insert(bytes.end(), view.data, view.data + view.size); }
	std::vector<uint8_t> bytes;
};

class Bench {
public:
	Bench(ByteView script, uint8_t options, uint8_t second) : in_(script), options_(options) {
		EnetHostConfig config;
		config.max_peers = 3;
		config.max_channels = (second & 128) != 0 ? 2 : kChannels;
		config.mtu = (second & 128) != 0 ? 4096 : kEnetDefaultMtu;
		config.seed = 1;
		config.random_stamp_offset = false;
		config.checksum = (options & 1) != 0;
		config.compressor = (options & 2) != 0 ? &codec_ : nullptr;
		config.number_datagrams = (options & 3) == 3;
		config.probe_path_mtu = (options & 20) == 20;
		config.allocator = memory_.pointer();
		config.max_packet_size = 1u << 20;
		config.duplicate_peers = 2;
		config.peer_memory_limit = (options & 4) != 0 ? 20000 : 2u << 20;
		config.host_memory_limit = (options & 4) != 0 ? 50000 : 5u << 20;
		if ((options & 4) != 0) config.max_waiting_data = 3000;
		if ((options & 16) != 0) {
			config.incoming_bandwidth = 70000;
			config.outgoing_bandwidth = 200000;
		}
		peer_limit_ = config.peer_memory_limit;
		limit_ = config.host_memory_limit;
		now_ = (options & 128) != 0 ? Instant::from_ms(0xffffffff - 3000) : Instant::from_ms(1000000);
		for (size_t i = 0; i < kSources; ++i) {
			sources_[i].at.address = IPAddress::v4(192, 0, 2, static_cast<uint8_t>(i == 3 ? 0 : i));
			sources_[i].at.port = static_cast<uint16_t>(5000 + i);
		}
		sources_[0].answers_at_once = (second & 64) != 0;
		sources_[1].answers_at_once = (options & 32) != 0;
		sources_[2].answers_at_once = (options & 64) != 0;
		must_hold(host_.init(config) == Error::OK, "init");
		for (size_t i = 0; i < 3; ++i) {
			if ((second >> i & 1) == 0) continue;
			introduce(sources_[i], (second >> i & 8) != 0);
			must_hold(host_.peer_state(sources_[i].id) == EnetPeerState::kConnected, "the introduction is understood");
		}
	}

	void run() {
		size_t steps = 0;
		while (in_.left() > 0 && steps++ < kMaxSteps) {
			step();
			pump();
			if ((options_ & 8) == 0) take_events();
			check();
		}
	}

	void finish() {
		memory_.fail_nth(0);
		for (Source &source : sources_) source.answers_at_once = false;
		take_events();
		for (EnetPeerId id : known_) (void)host_.reset(id);
		// What the application has not heard of ends by itself.
		for (int i = 0; i < 200; ++i) {
			const Instant next = host_.next_timeout();
			if (next.is_never()) break;
			if (next > now_) now_ = next;
			settle();
		}
		take_events();
		must_hold(host_.next_timeout().is_never(), "all comes to an end");
		must_hold(host_.connected_peers() == 0, "nobody is left");
		must_hold(host_.memory_held() == 0, "what is over holds nothing");
	}
	const netpeer_test::FailingAllocator &memory() const { return memory_; }
	/// Frees the host: afterwards nothing may be allocated.
	void destroy_host() { host_storage_.reset(); }

private:
	// --- reading the script ---

	uint32_t value() {
		const uint8_t byte = in_.u8();
		if (byte < 0xe0) return byte;
		return byte == 0xff ? in_.u32_be() : kValues[byte - 0xe0];
	}
	uint8_t channel() {
		const uint8_t byte = in_.u8();
		return byte < 0xf0 ? byte & 3 : byte;
	}
	size_t length() {
		const uint8_t byte = in_.u8();
		return byte < 0x80 ? byte : (byte & 0x7fu) * 12;
	}
	// The number of a command: the one due, one beside it, the last one again, or any.
	uint16_t sequence(unsigned mode, uint16_t &next) {
		switch (mode & 3) {
		case 0: return next++;
		case 1: return static_cast<uint16_t>(next + static_cast<int8_t>(in_.u8()));
		case 2: return static_cast<uint16_t>(next - 1);
		default: return static_cast<uint16_t>(value());
		}
	}

	void step() {
		const uint8_t op = in_.u8();
		Source &source = sources_[op >> 4 & 3];
		const unsigned variant = op >> 6;
		switch (op & 15) {
		case 0: say_commands(source, in_.u8()); break;
		case 1: say_plain(source, take_bytes(variant)); break;
		case 2: acknowledge(source, 1000); break;
		case 3: // a datagram as it stands
			is_honest_ = false;
			give(source.at, take_bytes(variant));
			break;
		case 4: pass(int64_t{in_.u8()} * (variant == 3 ? 300 : variant * 9 + 1)); break;
		case 5: send(source, in_.u8(), value() % 40000); break;
		case 6: call(source, in_.u8()); break;
		case 7: take_events(); break;
		case 8: introduce(source, (variant & 1) != 0); break;
		case 9: repeat(source, variant); break;
		case 10: source.answers_at_once = (variant & 1) != 0; break;
		case 11: memory_.fail_nth(in_.u8()); break;
		case 12: {
			const uint32_t channels = variant == 0 ? 4 : value(), data = value();
			if (host_.connect(now_, source.at, channels, data, source.id) == Error::OK) known_.push_back(source.id);
			break;
		}
		case 13: source.slot = static_cast<uint16_t>(value() & 0xfff); break;
		case 14: acknowledge(source, 1); break;
		case 15: { // a whole message in pieces, or many small packets
			const uint8_t count = in_.u8();
			for (unsigned i = 0; i < count / 8u; ++i) say_flood(source, variant, i);
			break;
		}
		}
	}

	// --- what sources say ---

	Output header(const Source &source, unsigned flags) const {
		Output out;
		const bool stamped = (flags & 1) == 0;
		const unsigned peer = (flags & 8) != 0 ? 0xfffu : source.slot;
		const unsigned session = peer == 0xfff ? 0u : (source.session + ((flags & 4) != 0 ? 1u : 0u)) & 3;
		out.u16((stamped ? 0x8000u : 0u) | session << 12 | peer);
		if (stamped) out.u16(static_cast<uint16_t>(now_.us / 1000 + ((flags & 32) != 0 ? 40000 : 0)));
		return out;
	}

	void say_commands(Source &source, uint8_t flags) {
		Output out = header(source, flags);
		const size_t head = out.bytes.size();
		for (int count = 0; count < 60; ++count) {
			const uint8_t command = in_.u8();
			if ((command & 15) == 0) break;
			put_command(source, command, out);
		}
		seal_and_give(source, out, head, flags);
	}
	void say_plain(Source &source, const std::vector<uint8_t> &bytes) {
		is_honest_ = false;
		Output out = header(source, 0);
		const size_t head = out.bytes.size();
		out.append(ByteView(bytes.data(), bytes.size()));
		seal_and_give(source, out, head, 0);
	}
	void say_flood(Source &source, unsigned kind, unsigned number) {
		Output out = header(source, 0);
		const size_t head = out.bytes.size();
		const uint8_t channel = 1;
		for (unsigned i = 0; i < 8; ++i) {
			const unsigned reliable = source.next_reliable[channel];
			switch (kind) {
			case 0: // backwards: each goes in front of all the others
				put_head(out, 0x86, channel, reliable + 800 - number * 8 - i);
				out.u16(0);
				break;
			case 1: // of a message of 256 pieces, each second one
				put_head(out, 0x88, channel, reliable + 2 * (number * 8 + i));
				put_piece(out, reliable, 256, 2 * (number * 8 + i), 3);
				break;
			case 2: // unreliable ones behind a reliable one that does not come
				put_head(out, 7, channel, reliable + 1);
				out.u16(source.next_unreliable[channel]++);
				out.u16(1);
				out.fill(1, 'u');
				break;
			case 3: // many messages begun
				put_head(out, 12, channel, reliable);
				put_piece(out, source.next_unreliable[channel], 20, 1, 7);
				source.next_unreliable[channel] += 20;
				break;
			}
		}
		seal_and_give(source, out, head, 0);
	}

	static void put_head(Output &out, unsigned first, unsigned channel, unsigned sequence) {
		out.u8(first);
		out.u8(channel);
		out.u16(sequence & 0xffff);
	}
	static void put_piece(Output &out, unsigned start, uint32_t count, uint32_t number, size_t size) {
		out.u16(start & 0xffff);
		out.u16(static_cast<unsigned>(size));
		out.u32(count);
		out.u32(number);
		out.u32(count * static_cast<uint32_t>(size));
		out.u32(number * static_cast<uint32_t>(size));
		out.fill(size, 'f');
	}

	void put_command(Source &source, uint8_t command, Output &out) {
		const unsigned number = command & 15;
		const unsigned mode = command >> 4 & 3;
		const bool odd = (command & 64) != 0; // the other flag, the other stamp
		const bool raw_channel = (command & 128) != 0;
		switch (number) {
		case 1: {
			Owed owed{0xff, 1, 0};
			if (!source.owed.empty()) {
				const size_t which = mode == 0 ? 0 : in_.u8() % source.owed.size();
				owed = source.owed[which];
				if (mode != 2) source.owed.erase(source.owed.begin() + static_cast<std::ptrdiff_t>(which));
			}
			if (mode == 3) owed.sequence = static_cast<uint16_t>(owed.sequence + value());
			put_head(out, 1, raw_channel ? channel() : owed.channel, owed.sequence);
			out.u16(owed.sequence);
			out.u16(owed.time + (odd ? 1u : 0u));
			return;
		}
		case 2:
		case 3: put_terms(source, number, odd ? 1 + mode : 0, out); return;
		case 4:
			put_head(out, odd ? 0x44 : 0x84, raw_channel ? channel() : 0xff, sequence(mode, source.next_system));
			out.u32(value());
			return;
		case 5:
			put_head(out, odd ? 5 : 0x85, raw_channel ? channel() : 0xff, sequence(mode, source.next_system));
			return;
		case 10:
		case 11:
			put_head(
			        out, (odd ? 0 : 0x80) | number, raw_channel ? channel() : 0xff, sequence(mode, source.next_system));
			for (unsigned i = number - 8; i > 0; --i) out.u32(value());
			return;
		case 6:
		case 7:
		case 8:
		case 9:
		case 12: put_payload(source, number, mode, odd, raw_channel, out); return;
		default: put_head(out, command, channel(), in_.u8()); return; // no such command
		}
	}

	void put_payload(Source &source, unsigned number, unsigned mode, bool odd, bool raw_lengths, Output &out) {
		const uint8_t where = channel();
		const uint8_t own = where & 3;
		switch (number) {
		case 6: {
			const uint16_t of = sequence(mode, source.next_reliable[own]);
			const size_t size = length();
			put_head(out, odd ? 6 : 0x86, where, of);
			out.u16(raw_lengths ? value() & 0xffff : static_cast<unsigned>(size));
			if (raw_lengths) is_honest_ = false;
			if (size >= 3) {
				out.u8('R');
				out.u16(of);
				out.fill(size - 3, 'r');
			} else {
				out.fill(size, 'r');
			}
			return;
		}
		case 7: {
			const uint16_t of = sequence(mode, source.next_unreliable[own]);
			const size_t size = length();
			put_head(out, odd ? 0x87 : 7, where, source.next_reliable[own] - (raw_lengths ? value() : 1u));
			out.u16(of);
			out.u16(static_cast<unsigned>(size));
			out.fill(size, 'u');
			return;
		}
		case 9: {
			const uint16_t of = sequence(mode, source.group);
			const size_t size = length();
			put_head(out, odd ? 0x89 : 0x49, where, 0);
			out.u16(of);
			out.u16(static_cast<unsigned>(size));
			out.fill(size, 'g');
			return;
		}
		default: break;
		}
		// A piece. Mode: 0 of the message under way (its first one begins a new one), 1 of a new one, 2 with its sizes
		// chosen one by one, 3 of one that begins anywhere.
		uint16_t &next = number == 8 ? source.next_reliable[own] : source.next_unreliable[own];
		const uint8_t shape = in_.u8();
		uint32_t count = (shape & 15u) + 1;
		uint32_t index = shape >> 4;
		if (mode == 2) {
			count = value();
			index = value();
		}
		const size_t size = length();
		uint16_t start = source.message[own];
		if (mode == 1 || start == 0) {
			start = source.message[own] = next;
			next = static_cast<uint16_t>(next + count);
		} else if (mode == 3) {
			start = static_cast<uint16_t>(next + static_cast<int8_t>(in_.u8()));
		}
		const uint32_t reliable = source.next_reliable[own] - (raw_lengths ? value() : 1u);
		put_head(out, (number == 8) != odd ? 0x80 | number : number, where, number == 8 ? start + index : reliable);
		out.u16(start);
		out.u16(static_cast<unsigned>(size));
		out.u32(count);
		out.u32(index);
		out.u32(mode == 2 ? value() : count * static_cast<uint32_t>(size));
		out.u32(mode == 2 ? value() : index * static_cast<uint32_t>(size));
		out.fill(size, 'f');
	}

	// CONNECT or VERIFY_CONNECT with `changes` of its fields set by the script.
	void put_terms(Source &source, unsigned number, unsigned changes, Output &out) {
		uint32_t fields[13] = {number == 2 ? 0u : 1u, number == 2 ? 0xffu : 0u, number == 2 ? 0xffu : 0u, 1392, 65536,
		        4, 0, 0, 5000, 2, 2, source.connect_id, 9};
		if (number == 2) fields[11] = 0x01020300u + ++source.own_attempts;
		for (unsigned i = 0; i < changes; ++i) {
			const uint8_t which = in_.u8();
			const uint32_t changed = value();
			fields[which % 13] = changed;
		}
		put_head(out, 0x80 | number, 0xff, 1);
		out.u16(fields[0] & 0xffff);
		out.u8(fields[1] & 255);
		out.u8(fields[2] & 255);
		for (size_t i = 3; i < (number == 2 ? 13u : 12u); ++i) out.u32(fields[i]);
		if (number == 3) {
			source.session = fields[1] & 3;
			source.start_numbers();
		}
	}

	// Flags: 1 no stamp, 2 compressed, 4 another session, 8 for nobody, 16 wrong checksum, 32 a strange stamp, 64 from the
	// port of another source.
	void seal_and_give(Source &source, Output &out, size_t head, unsigned flags) {
		std::vector<uint8_t> &bytes = out.bytes;
		const ByteView body(bytes.data() + head, bytes.size() - head);
		Output wire;
		std::vector<uint8_t> packed;
		if ((flags & 2) != 0) {
			packed.resize(body.size * 2 + 1);
			packed.resize(codec_.compress(body, MutBytes(packed.data(), packed.size())));
			bytes[0] |= 0x40;
		}
		wire.append(ByteView(bytes.data(), head));
		if ((options_ & 1) != 0) {
			Output summed;
			summed.append(ByteView(bytes.data(), head));
			summed.u32((flags & 8) != 0 || source.slot == 0xfff ? 0 : source.connect_id);
			summed.append(body);
			const uint32_t sum = enet_crc32(ByteView(summed.bytes.data(), summed.bytes.size()));
			wire.u32(sum + ((flags & 16) != 0 ? 1u : 0u));
		}
		wire.append((flags & 2) != 0 ? ByteView(packed.data(), packed.size()) : body);
		const Endpoint &from = (flags & 64) != 0 ? sources_[(&source - sources_ + 1) % kSources].at : source.at;
		source.last = wire.bytes;
		if ((flags & 64) != 0) is_honest_ = false;
		give(from, wire.bytes);
	}
	void give(const Endpoint &from, const std::vector<uint8_t> &bytes) {
		const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]); // the first byte past the end is seen
		if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
		const size_t before = codec_.decompressions;
		host_.receive(now_, from, ByteView(exact.get(), bytes.size()));
		work_allowed_ += 64 + 40 * bytes.size() + (codec_.decompressions - before) * 40 * 4096;
	}
	std::vector<uint8_t> take_bytes(unsigned variant) {
		const size_t wanted = in_.u8() + (variant & 1) * 256u;
		const ByteView bytes = in_.take(wanted < in_.left() ? wanted : in_.left());
		return std::vector<uint8_t>(bytes.data, bytes.data + bytes.size);
	}

	void acknowledge(Source &source, size_t most) {
		while (!source.owed.empty() && most > 0) {
			Output out = header(source, 1);
			const size_t head = out.bytes.size();
			for (int i = 0; i < 100 && !source.owed.empty() && most > 0; ++i, --most) {
				const Owed owed = source.owed.back();
				source.owed.pop_back();
				put_head(out, 1, owed.channel, owed.sequence);
				out.u16(owed.sequence);
				out.u16(owed.time);
			}
			seal_and_give(source, out, head, 1);
		}
	}
	// The last datagram once more, as it was, with a bit flipped or cut short.
	void repeat(Source &source, unsigned variant) {
		std::vector<uint8_t> bytes = source.last;
		if (variant != 0) is_honest_ = false;
		if (variant == 1 && !bytes.empty()) {
			const size_t bit = in_.u16_be() % (bytes.size() * 8);
			bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ (1u << (bit % 8)));
		}
		if (variant == 2) bytes.resize(in_.u16_be() % (bytes.size() + 1));
		if (variant == 3) bytes.resize(bytes.size() + in_.u8() % 8, 0x86);
		give(source.at, bytes);
	}
	void introduce(Source &source, bool dialled) {
		const uint8_t start[] = {static_cast<uint8_t>(dialled ? 3 : 2)};
		if (dialled) {
			EnetPeerId id;
			if (host_.connect(now_, source.at, kChannels, 7, id) != Error::OK) return;
			source.id = id;
			known_.push_back(id);
			pump();
		}
		Output out = header(source, dialled ? 0 : 8);
		const size_t head = out.bytes.size();
		put_terms(source, start[0], 0, out);
		seal_and_give(source, out, head, dialled ? 0 : 8);
		pump();
		acknowledge(source, 1000);
		pump();
		take_events();
	}

	// --- the application ---

	void send(Source &source, uint8_t kind, size_t size) {
		static constexpr uint32_t kFlags[4] = {kEnetReliable, 0, kEnetUnsequenced, kEnetUnreliableFragment};
		static const std::vector<uint8_t> payload(40000, 'p');
		const ByteView bytes(payload.data(), size);
		if ((kind & 0x70) == 0x70) {
			(void)host_.broadcast(kind & 3, bytes, kFlags[kind >> 2 & 3]);
		} else {
			for (unsigned i = 0; i <= (kind >> 4 & 7u); ++i)
				(void)host_.send(source.id, kind & 3, bytes, kFlags[kind >> 2 & 3]);
		}
	}

	void call(Source &source, uint8_t which) {
		switch (which % 16) {
		case 0: (void)host_.ping(source.id); break;
		case 1: (void)host_.disconnect(source.id, 1); break;
		case 2: (void)host_.disconnect_later(source.id, 2); break;
		case 3: (void)host_.disconnect_now(source.id, 3); break;
		case 4: (void)host_.reset(source.id); break;
		case 5: {
			const uint32_t interval = value(), up = value(), down = value();
			(void)host_.configure_throttle(source.id, interval, up, down);
			break;
		}
		case 6: {
			const uint32_t incoming = value(), outgoing = value();
			host_.set_bandwidth_limit(incoming, outgoing);
			break;
		}
		case 7: {
			const uint32_t limit = value(), least = value(), most = value();
			(void)host_.set_timeout(source.id, limit, least, most);
			break;
		}
		case 8: (void)host_.set_ping_interval(source.id, 20 + value() % 100000); break;
		case 9: host_.set_channel_limit(value() % 300); break;
		case 10: kept_ = EnetPacketRef(); break;
		case 11: keep_next_ = true; break;
		case 12: options_ ^= 8; break;
		case 13: {
			const EnetPacketRef packet = host_.make_packet(ByteView(), value() & 15);
			if (packet) (void)host_.send(source.id, value() & 3, packet);
			break;
		}
		case 14: choose(source); break;
		default: {
			EnetPeerStats stats;
			if (host_.peer_stats(source.id, stats) == Error::OK) {
				must_hold(stats.memory_held <= peer_limit_, "a peer stays within its limit");
			}
			break;
		}
		}
	}

	// What an application may decide about the sending to a peer, at any time.
	void choose(Source &source) {
		const int channel = static_cast<int>(value() & 7) - 2; // -2: refused
		const uint32_t what = value();
		switch (what & 3) {
		case 0: (void)host_.set_repeats(source.id, channel, what >> 2 & 3); break;
		case 1: (void)host_.set_congestion_control(source.id, static_cast<EnetCongestionControl>(what >> 2 & 3)); break;
		default:
			(void)host_.set_channel_priority(source.id, channel, static_cast<EnetChannelPriority>(what >> 2 & 3));
			break;
		}
	}

	void take_events() {
		EnetEvent event;
		size_t events = 0;
		while (host_.poll_event(event)) {
			must_hold(event.type != EnetEventType::kNone, "an event is something");
			must_hold(++events < 200000, "events come to an end");
			if (event.type == EnetEventType::kConnect) {
				for (Source &source : sources_)
					if (source.at == host_.peer_endpoint(event.peer)) source.id = event.peer;
				known_.push_back(event.peer);
			}
			if (event.type == EnetEventType::kReceive) look_at(event);
			if (keep_next_ && event.packet) {
				kept_ = event.packet;
				keep_next_ = false;
			}
			event = EnetEvent();
		}
	}
	void look_at(const EnetEvent &event) {
		const ByteView bytes = event.packet.view();
		for (size_t i = 0; i < bytes.size; i += 64) (void)*const_cast<const volatile uint8_t *>(bytes.data + i);
		if (bytes.size > 0) (void)*const_cast<const volatile uint8_t *>(bytes.data + bytes.size - 1);
		// Sources mark their reliable packets with their number. Nothing is known once arbitrary bytes were said.
		if (!is_honest_ || bytes.size < 3 || bytes[0] != 'R' || event.channel >= kChannels) return;
		for (Source &source : sources_) {
			if (!(source.at == host_.peer_endpoint(event.peer))) continue;
			if (source.order_of != event.peer) {
				source.order_of = event.peer;
				for (bool &any : source.any_taken) any = false;
			}
			const uint16_t number = static_cast<uint16_t>(bytes[1] << 8 | bytes[2]);
			uint16_t &last = source.last_taken[event.channel];
			const int16_t ahead = static_cast<int16_t>(number - last);
			must_hold(!source.any_taken[event.channel] || ahead > 0, "reliable packets come in order and once");
			source.any_taken[event.channel] = true;
			last = number;
		}
	}

	// --- time and what the host sends ---

	void pass(int64_t ms) {
		now_ = now_ + Duration::from_ms(ms);
		settle();
	}
	void settle() {
		host_.handle_timeout(now_);
		pump();
		for (int i = 0; host_.next_timeout() <= now_; ++i) {
			must_hold(i < 10, "what was due has been done");
			host_.handle_timeout(now_);
			pump();
		}
		work_allowed_ += 400;
	}
	void pump() {
		EnetTransmit out;
		size_t datagrams = 0;
		while (host_.poll_transmit(now_, MutBytes(buffer_, sizeof buffer_), out)) {
			must_hold(++datagrams < 50000, "sending comes to an end");
			must_hold(out.size >= 2 && out.size <= 4096, "a datagram has a possible size");
			note(out);
		}
		for (Source &source : sources_) {
			if (!source.answers_at_once || source.owed.empty()) continue;
			acknowledge(source, 200);
			if (++answers_ < 2000) pump();
		}
	}
	void note(const EnetTransmit &out) {
		Source *source = nullptr;
		for (Source &each : sources_)
			if (each.at == out.to) source = &each;
		must_hold(source != nullptr, "the host speaks only to those it knows");
		ByteReader in(ByteView(buffer_, out.size));
		const uint16_t word = in.u16_be();
		const uint16_t time = (word & 0x8000) != 0 ? in.u16_be() : uint16_t{0};
		if ((options_ & 1) != 0) (void)in.u32_be();
		if ((word & 0x4000) != 0) {
			const size_t size = codec_.decompress(in.rest(), MutBytes(plain_, sizeof plain_));
			must_hold(size != 0, "what the host compresses can be decompressed");
			in = ByteReader(ByteView(plain_, size));
		}
		unsigned before = 0; // command
		while (in.left() > 0) {
			const ByteView rest = in.rest();
			if (rest[0] == 0) { // the padding of a probe
				for (size_t i = 0; i < rest.size; ++i) must_hold(rest[i] == 0, "a probe is padded with zeros");
				must_hold(before == 5, "what is padded is a PING");
				break;
			}
			before = rest[0] & 15;
			const size_t fixed = kCommandBytes[rest[0] & 15];
			must_hold(fixed != 0 && fixed <= rest.size, "a command of ours is whole");
			work_allowed_ += 400;
			size_t payload = 0;
			switch (rest[0] & 15) {
			case 2:
			case 3: meet(*source, rest); break;
			case 6: payload = ByteReader(rest.after(4)).u16_be(); break;
			case 7:
			case 8:
			case 9:
			case 12: payload = ByteReader(rest.after(6)).u16_be(); break;
			default: break;
			}
			must_hold(fixed + payload <= rest.size, "a payload of ours is whole");
			if ((rest[0] & 0x80) != 0 && source->owed.size() < kMaxOwed) {
				source->owed.push_back(Owed{rest[1], static_cast<uint16_t>(rest[2] << 8 | rest[3]), time});
			}
			(void)in.take(fixed + payload);
		}
	}
	// CONNECT or VERIFY_CONNECT of the host: from here on the source knows how to address it.
	static void meet(Source &source, ByteView command) {
		const uint16_t slot = static_cast<uint16_t>(command[4] << 8 | command[5]);
		const uint32_t id = ByteReader(command.after(40)).u32_be();
		if (id == source.connect_id && slot == source.slot) return;
		source.slot = slot;
		source.connect_id = id;
		source.session = (command[0] & 15) == 3 ? command[7] & 3 : 0;
		source.owed.clear();
		source.start_numbers();
	}

	void check() {
		must_hold(host_.memory_held() <= limit_, "memory stays within the limit");
		must_hold(memory_.live_bytes() <= limit_ + (6u << 20), "so does what was allocated");
		must_hold(host_.counters().steps <= 5000 + work_allowed_, "the work is linear");
	}

	netpeer_test::FailingAllocator memory_;
	netpeer_test::ToyCompressor codec_;
	std::unique_ptr<EnetHost> host_storage_ = std::make_unique<EnetHost>();
	EnetHost &host_ = *host_storage_;
	ByteReader in_;
	uint8_t options_;
	Source sources_[kSources];
	std::vector<EnetPeerId> known_; // every connection the application ever heard of
	Instant now_;
	size_t peer_limit_ = 0;
	size_t limit_ = 0;
	uint64_t work_allowed_ = 0;
	size_t answers_ = 0;
	bool is_honest_ = true; // nothing was said but well-formed commands
	bool keep_next_ = false;
	EnetPacketRef kept_;
	uint8_t buffer_[kEnetMaxDatagramBytes];
	uint8_t plain_[2 * kEnetMaxDatagramBytes];

public:
	/// Packets may outlive their host: the last one frees the pool.
	void let_go() { kept_ = EnetPacketRef(); }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const ByteView input(data, size);
	Bench bench(input.after(size < 2 ? size : 2), size > 0 ? data[0] : 0, size > 1 ? data[1] : 0);
	bench.run();
	bench.finish();
	bench.destroy_host();
	bench.let_go();
	must_hold(bench.memory().live_blocks() == 0, "a host that is gone leaves nothing");
	must_hold(bench.memory().size_mismatches() == 0, "blocks are returned with their size");
	return 0;
}
