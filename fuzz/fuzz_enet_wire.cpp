// Datagrams of a bad peer and of strangers, against a host with one established connection and against a fresh server.
//
// Input: one byte of options, then records [kind u8][size u16][bytes ...]; the last one may be cut short.
//     options: 1 checksum, 2 toy compressor, 4 small budgets, 8 the application takes no events, 16 the connection was
//     dialled by the host, 32 everything is also said to the fresh server
//     kind & 7: 0 commands behind a stamped header, 1 behind one without stamp, 2 a raw datagram of the peer,
//     3 a raw datagram of a stranger, 4 `size` ms pass, 5 the host sends `size` bytes, 6 commands compressed, 7 a call
// What must hold: no crash, bounded work, memory within the budget, nothing left behind.
#include "../src/reliable/enet_crc32.h"
#include "../src/reliable/enet_host.h"
#include "../tests/support/failing_allocator.h"
#include "../tests/support/toy_compressor.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace netpeer;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_enet_wire: broken: %s\n", what);
	std::abort();
}

Endpoint endpoint_of(uint8_t last_octet) {
	Endpoint at;
	at.address = IPAddress::v4(192, 0, 2, last_octet);
	at.port = 5000;
	return at;
}

// Sizes of the commands without their payload; 0 is no command.
constexpr size_t kCommandBytes[16] = {0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24, 0, 0, 0};

class Bench {
public:
	explicit Bench(uint8_t options) : options_(options) {
		EnetHostConfig config;
		config.max_peers = 2;
		config.max_channels = 4;
		config.seed = 1;
		config.random_stamp_offset = false;
		config.checksum = (options & 1) != 0;
		config.compressor = (options & 2) != 0 ? &codec_ : nullptr;
		config.allocator = memory_.pointer();
		config.max_packet_size = 1u << 20;
		if ((options & 4) != 0) {
			config.max_waiting_data = 3000;
			config.peer_memory_limit = 20000;
		} else {
			config.peer_memory_limit = 4u << 20;
		}
		limit_ = config.peer_memory_limit * config.max_peers;
		must_hold(host_.init(config) == Error::OK, "init");
	}

	void introduce() {
		if ((options_ & 16) != 0) {
			must_hold(host_.connect(now_, peer_, 4, 7, id_) == Error::OK, "connect");
			pump();
			say(header(0xfff & host_slot_, false, true) + connect_fields(0x83, host_connect_id_));
		} else {
			session_ = 0;
			say(header(0xfff, false, true) + connect_fields(0x82, 0x01020304) + std::string(4, '\0'));
			pump();
			acknowledge();
		}
		pump();
		take_events();
		must_hold(host_.connected_peers() == 1, "the introduction is understood");
	}

	void run(const uint8_t *data, size_t size) {
		ByteReader in(ByteView(data, size));
		while (in.left() > 0 && turns_ < 400) {
			++turns_;
			const uint8_t kind = in.u8();
			const uint16_t length = in.left() >= 2 ? in.u16_be() : 0;
			const bool takes_bytes = (kind & 7) != 4 && (kind & 7) != 5 && (kind & 7) != 7;
			const ByteView bytes = takes_bytes ? in.take(length < in.left() ? length : in.left()) : ByteView();
			record(kind, length, std::string(reinterpret_cast<const char *>(bytes.data), bytes.size));
			pump();
			if ((options_ & 8) == 0) take_events();
			must_hold(host_.memory_held() <= limit_, "memory stays within the budget");
		}
		// Linear in what came in and in what the host itself was told to do.
		must_hold(host_.counters().steps <= 20000 + 200 * uint64_t{size} + 400 * uint64_t{sent_commands_},
		        "the work is linear");
	}

	void finish() {
		for (int i = 0; i < 300 && host_.memory_held() > 0; ++i) {
			pass(1000);
			take_events();
			if (i == 100) (void)host_.reset(id_);
		}
		take_events();
		must_hold(host_.memory_held() == 0, "what is over holds nothing");
		must_hold(memory_.size_mismatches() == 0, "blocks are returned with their size");
	}
	const netpeer_test::FailingAllocator &memory() const { return memory_; }
	void say_raw(const std::string &bytes, const Endpoint &from) {
		const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
		host_.receive(now_, from, ByteView(exact.data(), exact.size()));
	}

private:
	struct Owed {
		uint8_t channel;
		uint16_t sequence;
		uint16_t time;
	};

	static std::string u16(uint16_t value) {
		return std::string{static_cast<char>(value >> 8), static_cast<char>(value & 255)};
	}
	static std::string u32(uint32_t value) {
		return u16(static_cast<uint16_t>(value >> 16)) + u16(static_cast<uint16_t>(value));
	}
	std::string header(uint16_t peer, bool compressed, bool stamped) const {
		std::string out = u16(static_cast<uint16_t>(
		        (stamped ? 0x8000 : 0) | (compressed ? 0x4000 : 0) | ((peer == 0xfff ? 0 : session_) << 12) | peer));
		return stamped ? out + u16(static_cast<uint16_t>(now_.us / 1000)) : out;
	}
	static std::string connect_fields(uint8_t command, uint32_t connect_id) {
		return std::string{static_cast<char>(command), '\xff', '\0', '\1'} + u16(0) +
		       (command == 0x83 ? u16(0) : u16(0xffff)) + u32(1392) + u32(65536) + u32(4) + u32(0) + u32(0) +
		       u32(5000) + u32(2) + u32(2) + u32(connect_id);
	}

	// A datagram of the peer; with a checksum where the host wants one.
	void say(const std::string &datagram) {
		if ((options_ & 1) == 0 || datagram.size() < 2) return say_raw(datagram, peer_);
		const bool stamped = (datagram[0] & 0x80) != 0;
		const size_t head = stamped ? 4 : 2;
		if (datagram.size() < head) return say_raw(datagram, peer_);
		const bool known = (((datagram[0] & 0x0f) << 8) | static_cast<uint8_t>(datagram[1])) != 0xfff;
		const std::string key = known ? u32(host_connect_id_) : std::string(4, '\0');
		const std::string summed = datagram.substr(0, head) + key + datagram.substr(head);
		const uint32_t sum = enet_crc32(ByteView(reinterpret_cast<const uint8_t *>(summed.data()), summed.size()));
		say_raw(datagram.substr(0, head) + u32(sum) + datagram.substr(head), peer_);
	}

	void record(uint8_t kind, uint16_t length, const std::string &bytes) {
		switch (kind & 7) {
		case 0: say(header(host_slot_, false, true) + bytes); break;
		case 1: say(header(host_slot_, false, false) + bytes); break;
		case 2: say(bytes); break;
		case 3: say_raw(bytes, endpoint_of(9)); break;
		case 4: pass(length % 20000); break;
		case 5: send(kind, length % 20000); break;
		case 6:
			say_raw(netpeer_test::ToyCompressor::compressed(header(host_slot_, false, true) + bytes, 4), peer_);
			break;
		case 7: call(kind >> 3); break;
		}
	}

	void send(uint8_t kind, size_t size) {
		static constexpr uint32_t kFlags[4] = {kEnetReliable, 0, kEnetUnsequenced, kEnetUnreliableFragment};
		const std::string payload(size, 'p');
		(void)host_.send(id_, (kind >> 3) & 3, ByteView(reinterpret_cast<const uint8_t *>(payload.data()), size),
		        kFlags[(kind >> 5) & 3]);
	}

	void call(unsigned which) {
		switch (which) {
		case 0: (void)host_.ping(id_); break;
		case 1: (void)host_.disconnect(id_, 1); break;
		case 2: (void)host_.disconnect_later(id_, 2); break;
		case 3: (void)host_.disconnect_now(id_, 3); break;
		case 4: (void)host_.configure_throttle(id_, 0, 1, 0xffffffff); break;
		case 5: host_.set_bandwidth_limit(70000, 1); break;
		case 6: take_events(); break;
		case 7: (void)host_.connect(now_, endpoint_of(3), 300, 0, id_); break;
		default: acknowledge(); break;
		}
	}

	void pass(int64_t ms) {
		now_ = now_ + Duration::from_ms(ms);
		host_.handle_timeout(now_);
		pump();
		must_hold(host_.next_timeout() > now_, "what was due has been done");
	}

	// Takes everything the host wants to send and notes what it wants acknowledged.
	void pump() {
		uint8_t bytes[kEnetMaxDatagramBytes];
		EnetTransmit out;
		size_t datagrams = 0;
		while (host_.poll_transmit(now_, MutBytes(bytes, sizeof bytes), out)) {
			must_hold(++datagrams < 20000, "sending comes to an end");
			must_hold(out.size >= 2 && out.size <= kEnetDefaultMtu + 4, "a datagram has a possible size");
			note(ByteView(bytes, out.size));
		}
	}
	void note(ByteView datagram) {
		ByteReader in(datagram);
		const uint16_t word = in.u16_be();
		const uint16_t time = (word & 0x8000) != 0 ? in.u16_be() : uint16_t{0};
		if ((options_ & 1) != 0) (void)in.u32_be();
		if ((word & 0x4000) != 0) return; // compressed: what is in it stays unacknowledged
		unsigned before = 0;              // command
		while (in.left() > 0) {
			++sent_commands_;
			const ByteView rest = in.rest();
			if (rest[0] == 0) { // the padding of a probe
				for (size_t i = 0; i < rest.size; ++i) must_hold(rest[i] == 0, "a probe is padded with zeros");
				must_hold(before == 5, "what is padded is a PING");
				break;
			}
			before = rest[0] & 15;
			const size_t fixed = kCommandBytes[rest[0] & 15];
			must_hold(fixed != 0 && fixed <= rest.size, "a command of ours is whole");
			size_t payload = 0;
			switch (rest[0] & 15) {
			case 2:
				host_slot_ = static_cast<uint16_t>((rest[4] << 8) | rest[5]);
				host_connect_id_ = ByteReader(rest.after(40)).u32_be();
				break;
			case 3:
				if (host_connect_id_ != 0) break; // the first one is ours
				host_slot_ = static_cast<uint16_t>((rest[4] << 8) | rest[5]);
				session_ = rest[7] & 3;
				host_connect_id_ = ByteReader(rest.after(40)).u32_be();
				break;
			case 6: payload = ByteReader(rest.after(4)).u16_be(); break;
			case 7:
			case 8:
			case 9:
			case 12: payload = ByteReader(rest.after(6)).u16_be(); break;
			default: break;
			}
			must_hold(fixed + payload <= rest.size, "a payload of ours is whole");
			if ((rest[0] & 0x80) != 0 && owed_.size() < 5000) {
				owed_.push_back(Owed{rest[1], static_cast<uint16_t>((rest[2] << 8) | rest[3]), time});
			}
			(void)in.take(fixed + payload);
		}
	}
	void acknowledge() {
		while (!owed_.empty()) {
			std::string acks = header(host_slot_, false, false);
			for (int i = 0; i < 100 && !owed_.empty(); ++i) {
				const Owed owed = owed_.back();
				owed_.pop_back();
				acks += std::string{'\1', static_cast<char>(owed.channel)} + u16(owed.sequence) + u16(owed.sequence) +
				        u16(owed.time);
			}
			say(acks);
		}
	}
	void take_events() {
		EnetEvent event;
		size_t events = 0;
		while (host_.poll_event(event)) {
			if (event.type == EnetEventType::kConnect) id_ = event.peer;
			must_hold(event.type != EnetEventType::kNone, "an event is something");
			must_hold(++events < 1000000, "events come to an end");
			const ByteView bytes = event.packet.view();
			unsigned sum = 0;
			for (size_t i = 0; i < bytes.size; ++i) sum += bytes[i]; // every byte must be readable
			must_hold(sum <= 255 * bytes.size, "arithmetic");
			event = EnetEvent();
		}
	}

	uint8_t options_;
	netpeer_test::FailingAllocator memory_;
	netpeer_test::ToyCompressor codec_;
	EnetHost host_;
	EnetPeerId id_;
	Endpoint peer_ = endpoint_of(1);
	Instant now_ = Instant::from_ms(1000000);
	uint16_t host_slot_ = 0;
	uint8_t session_ = 0;
	uint32_t host_connect_id_ = 0;
	size_t limit_ = 0;
	size_t turns_ = 0;
	size_t sent_commands_ = 0;
	std::vector<Owed> owed_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const uint8_t options = size > 0 ? data[0] : 0;
	{
		Bench bench(options);
		bench.introduce();
		if (size > 1) bench.run(data + 1, size - 1);
		bench.finish();
	}
	if ((options & 32) != 0) {
		Bench fresh(options & ~uint8_t{16});
		fresh.run(data + 1, size - 1);
		// The input as one datagram too, as it stands.
		if (size <= 5000) fresh.say_raw(std::string(reinterpret_cast<const char *>(data), size), endpoint_of(4));
		fresh.finish();
	}
	return 0;
}
