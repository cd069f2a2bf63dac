// ENet datagrams written and read by hand, from the document alone: what a stranger, a forger or a stock peer sends.
// Independent of src/reliable/enet_wire.* on purpose, so that both must agree with the document.
#pragma once

#include "../../src/reliable/enet_host.h"
#include "sim_pair.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace netpeer_test {

enum WireNumber : uint8_t {
	kWireAck = 1,
	kWireConnect = 2,
	kWireVerify = 3,
	kWireDisconnect = 4,
	kWirePing = 5,
	kWireReliable = 6,
	kWireUnreliable = 7,
	kWireFragment = 8,
	kWireUnsequenced = 9,
	kWireBandwidth = 10,
	kWireThrottle = 11,
	kWireUnreliableFragment = 12,
};

/// The parameters of CONNECT and VERIFY_CONNECT.
struct WireParameters {
	uint16_t peer = 0;
	uint8_t in_session = 0xff;
	uint8_t out_session = 0xff;
	uint32_t mtu = 1392;
	uint32_t window = 65536;
	uint32_t channels = 4;
	uint32_t in_bandwidth = 0;
	uint32_t out_bandwidth = 0;
	uint32_t interval = 5000;
	uint32_t acceleration = 2;
	uint32_t deceleration = 2;
	uint32_t connect_id = 0x01020304;
	uint32_t data = 0;
};

/// A fragment's fields.
struct WirePiece {
	uint16_t start = 0;
	uint32_t count = 0;
	uint32_t number = 0;
	uint32_t total = 0;
	uint32_t offset = 0;
};

struct WireCommand {
	uint8_t number = 0;
	bool wants_ack = false;
	bool unsequenced = false;
	uint8_t channel = 0;
	uint16_t sequence = 0;
	uint16_t acked = 0;      // ACKNOWLEDGE
	uint16_t acked_time = 0; // ACKNOWLEDGE
	uint16_t group = 0;      // unreliable number or unsequenced group
	uint32_t data = 0;       // DISCONNECT
	WireParameters parameters;
	WirePiece piece;
	std::string payload;
};

struct WireDatagram {
	uint16_t peer = 0;
	uint8_t session = 0;
	bool compressed = false;
	bool has_time = false;
	uint16_t time = 0;
	bool whole = false; // every byte belonged to a command
	size_t size = 0;
	netpeer::Endpoint to;
	std::vector<WireCommand> commands;
};

/// With `checksum` four bytes follow the header; they are not looked at.
inline WireDatagram read_wire(netpeer::ByteView bytes, bool checksum = false) {
	netpeer::ByteReader in(bytes);
	WireDatagram out;
	out.size = bytes.size;
	const uint16_t word = in.u16_be();
	out.peer = word & 0xfff;
	out.session = static_cast<uint8_t>((word >> 12) & 3);
	out.compressed = (word & 0x4000) != 0;
	out.has_time = (word & 0x8000) != 0;
	if (out.has_time) out.time = in.u16_be();
	if (checksum) (void)in.u32_be();
	while (!in.failed() && in.left() >= 4) {
		// A probe of the path's MTU: one PING, and zeros to the end.
		if (out.commands.size() == 1 && out.commands[0].number == kWirePing) {
			const netpeer::ByteView rest = in.rest();
			out.whole = true;
			for (size_t i = 0; i < rest.size; ++i) out.whole = out.whole && rest.data[i] == 0;
			if (out.whole) return out;
		}
		WireCommand command;
		const uint8_t first = in.u8();
		command.number = first & 15;
		command.wants_ack = (first & 0x80) != 0;
		command.unsequenced = (first & 0x40) != 0;
		command.channel = in.u8();
		command.sequence = in.u16_be();
		size_t length = 0;
		WireParameters &p = command.parameters;
		switch (command.number) {
		case kWireAck:
			command.acked = in.u16_be();
			command.acked_time = in.u16_be();
			break;
		case kWireConnect:
		case kWireVerify:
			p.peer = in.u16_be();
			p.in_session = in.u8();
			p.out_session = in.u8();
			p.mtu = in.u32_be();
			p.window = in.u32_be();
			p.channels = in.u32_be();
			p.in_bandwidth = in.u32_be();
			p.out_bandwidth = in.u32_be();
			p.interval = in.u32_be();
			p.acceleration = in.u32_be();
			p.deceleration = in.u32_be();
			p.connect_id = in.u32_be();
			if (command.number == kWireConnect) p.data = in.u32_be();
			break;
		case kWireDisconnect: command.data = in.u32_be(); break;
		case kWirePing: break;
		case kWireReliable: length = in.u16_be(); break;
		case kWireUnreliable:
		case kWireUnsequenced:
			command.group = in.u16_be();
			length = in.u16_be();
			break;
		case kWireFragment:
		case kWireUnreliableFragment:
			command.piece.start = in.u16_be();
			length = in.u16_be();
			command.piece.count = in.u32_be();
			command.piece.number = in.u32_be();
			command.piece.total = in.u32_be();
			command.piece.offset = in.u32_be();
			break;
		case kWireBandwidth:
			p.in_bandwidth = in.u32_be();
			p.out_bandwidth = in.u32_be();
			break;
		case kWireThrottle:
			p.interval = in.u32_be();
			p.acceleration = in.u32_be();
			p.deceleration = in.u32_be();
			break;
		default: return out;
		}
		command.payload = text_of(in.take(length));
		if (in.failed()) return out;
		out.commands.push_back(std::move(command));
	}
	out.whole = !in.failed() && in.left() == 0;
	return out;
}

/// Writes one datagram, command by command.
class WireWriter {
public:
	WireWriter(uint16_t peer, uint8_t session) { u16(static_cast<uint16_t>((session << 12) | (peer & 0xfff))); }
	WireWriter(uint16_t peer, uint8_t session, uint16_t time) {
		u16(static_cast<uint16_t>(0x8000 | (session << 12) | (peer & 0xfff)));
		u16(time);
	}
	const std::string &bytes() const { return bytes_; }
	size_t size() const { return bytes_.size(); }

	WireWriter &head(uint8_t first, uint8_t channel, unsigned sequence) {
		u8(first);
		u8(channel);
		return u16(static_cast<uint16_t>(sequence));
	}
	WireWriter &ack(uint8_t channel, unsigned sequence, uint16_t time) {
		head(kWireAck, channel, sequence);
		u16(static_cast<uint16_t>(sequence));
		return u16(time);
	}
	WireWriter &connect(const WireParameters &p) {
		head(0x80 | kWireConnect, 0xff, 1);
		parameters(p);
		return u32(p.data);
	}
	WireWriter &verify(const WireParameters &p) {
		head(0x80 | kWireVerify, 0xff, 1);
		return parameters(p);
	}
	WireWriter &disconnect(unsigned sequence, uint32_t data, bool reliable = true) {
		head((reliable ? 0x80 : 0x40) | kWireDisconnect, 0xff, sequence);
		return u32(data);
	}
	WireWriter &ping(unsigned sequence) { return head(0x80 | kWirePing, 0xff, sequence); }
	WireWriter &reliable(uint8_t channel, unsigned sequence, const std::string &payload) {
		head(0x80 | kWireReliable, channel, sequence);
		return sized(payload);
	}
	WireWriter &unreliable(uint8_t channel, unsigned reliable_sequence, unsigned number, const std::string &payload) {
		head(kWireUnreliable, channel, reliable_sequence);
		u16(static_cast<uint16_t>(number));
		return sized(payload);
	}
	WireWriter &unsequenced(uint8_t channel, unsigned group, const std::string &payload) {
		head(0x40 | kWireUnsequenced, channel, 0);
		u16(static_cast<uint16_t>(group));
		return sized(payload);
	}
	/// A reliable fragment; its own number is start + piece.number.
	WireWriter &fragment(uint8_t channel, const WirePiece &piece, const std::string &payload) {
		head(0x80 | kWireFragment, channel, piece.start + piece.number);
		return fragment_body(piece, payload);
	}
	WireWriter &unreliable_fragment(
	        uint8_t channel, unsigned reliable_sequence, const WirePiece &piece, const std::string &payload) {
		head(kWireUnreliableFragment, channel, reliable_sequence);
		return fragment_body(piece, payload);
	}
	WireWriter &throttle(unsigned sequence, uint32_t interval, uint32_t acceleration, uint32_t deceleration) {
		head(0x80 | kWireThrottle, 0xff, sequence);
		u32(interval);
		u32(acceleration);
		return u32(deceleration);
	}
	WireWriter &bandwidth(unsigned sequence, uint32_t in, uint32_t out) {
		head(0x80 | kWireBandwidth, 0xff, sequence);
		u32(in);
		return u32(out);
	}
	WireWriter &raw(const std::string &text) {
		bytes_ += text;
		return *this;
	}
	WireWriter &u8(unsigned value) {
		bytes_ += static_cast<char>(value);
		return *this;
	}
	WireWriter &u16(uint16_t value) { return u8(value >> 8).u8(value & 255u); }
	WireWriter &u32(uint32_t value) {
		return u16(static_cast<uint16_t>(value >> 16)).u16(static_cast<uint16_t>(value & 0xffff));
	}

private:
	WireWriter &parameters(const WireParameters &p) {
		u16(p.peer);
		u8(p.in_session);
		u8(p.out_session);
		u32(p.mtu).u32(p.window).u32(p.channels).u32(p.in_bandwidth).u32(p.out_bandwidth);
		return u32(p.interval).u32(p.acceleration).u32(p.deceleration).u32(p.connect_id);
	}
	WireWriter &fragment_body(const WirePiece &piece, const std::string &payload) {
		u16(piece.start);
		u16(static_cast<uint16_t>(payload.size()));
		u32(piece.count).u32(piece.number).u32(piece.total).u32(piece.offset);
		return raw(payload);
	}
	WireWriter &sized(const std::string &payload) {
		u16(static_cast<uint16_t>(payload.size()));
		return raw(payload);
	}

	std::string bytes_;
};

/// One host under test, driven by hand: no network, time stands still until told otherwise.
class HostBench {
public:
	netpeer::EnetHost host;
	netpeer::Instant now = netpeer::Instant::from_ms(100000);
	std::vector<WireDatagram> sent; // all the host sent since the last clear()

	explicit HostBench(const netpeer::EnetHostConfig &config = netpeer::EnetHostConfig()) { expect_init(host, config); }
	/// A host without the random offset in its stamps, few peers, fixed seed.
	static netpeer::EnetHostConfig plain_config(size_t peers = 4, size_t channels = 4) {
		netpeer::EnetHostConfig config;
		config.max_peers = peers;
		config.max_channels = channels;
		config.seed = 42;
		config.random_stamp_offset = false;
		return config;
	}
	static netpeer::Endpoint endpoint(uint8_t last_octet, uint16_t port = 5000) {
		netpeer::Endpoint at;
		at.address = netpeer::IPAddress::v4(192, 0, 2, last_octet);
		at.port = port;
		return at;
	}

	void receive(const netpeer::Endpoint &from, const std::string &bytes) {
		// An exact-size heap copy, so that sanitizers see a read past the end.
		const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
		host.receive(now, from, netpeer::ByteView(copy.data(), copy.size()));
	}
	void receive(const netpeer::Endpoint &from, const WireWriter &datagram) { receive(from, datagram.bytes()); }
	/// Everything the host wants to send now.
	std::vector<WireDatagram> flush() {
		std::vector<WireDatagram> out;
		uint8_t bytes[netpeer::kEnetMaxDatagramBytes];
		netpeer::EnetTransmit transmit;
		while (host.poll_transmit(now, netpeer::MutBytes(bytes, sizeof bytes), transmit)) {
			out.push_back(read_wire(netpeer::ByteView(bytes, transmit.size)));
			out.back().to = transmit.to;
			sent.push_back(out.back());
			if (out.size() > 100000) {
				ADD_FAILURE() << "datagrams without end";
				break;
			}
		}
		return out;
	}
	/// Time passes in one jump, then the host sends.
	std::vector<WireDatagram> advance_ms(int64_t ms) {
		now = now + netpeer::Duration::from_ms(ms);
		host.handle_timeout(now);
		return flush();
	}
	/// Time passes from deadline to deadline.
	std::vector<WireDatagram> run_ms(int64_t ms) {
		std::vector<WireDatagram> out;
		const netpeer::Instant end = now + netpeer::Duration::from_ms(ms);
		size_t turns = 0;
		for (;;) {
			host.handle_timeout(now);
			for (WireDatagram &datagram : flush()) out.push_back(std::move(datagram));
			const netpeer::Instant next = host.next_timeout();
			if (++turns > 100000) {
				ADD_FAILURE() << "deadlines without end";
				break;
			}
			if (next > end) break;
			if (next > now) now = next;
		}
		now = end;
		host.handle_timeout(now);
		for (WireDatagram &datagram : flush()) out.push_back(std::move(datagram));
		return out;
	}
	std::vector<netpeer::EnetEvent> events() {
		std::vector<netpeer::EnetEvent> out;
		netpeer::EnetEvent event;
		while (host.poll_event(event)) out.push_back(std::move(event));
		return out;
	}
	uint16_t stamp() const { return static_cast<uint16_t>(now.us / 1000); }
};

inline std::vector<WireCommand> commands_of(const std::vector<WireDatagram> &datagrams, uint8_t number) {
	std::vector<WireCommand> out;
	for (const WireDatagram &datagram : datagrams)
		for (const WireCommand &command : datagram.commands)
			if (command.number == number) out.push_back(command);
	return out;
}

/// Numbers acknowledged on `channel`, in order.
inline std::vector<uint16_t> acks_of(const std::vector<WireDatagram> &datagrams, uint8_t channel) {
	std::vector<uint16_t> out;
	for (const WireCommand &command : commands_of(datagrams, kWireAck))
		if (command.channel == channel) out.push_back(command.acked);
	return out;
}

/// The other end of a HostBench, by hand: knows its ids and its stamps, does nothing by itself.
class RawPeer {
public:
	RawPeer(HostBench &bench, uint8_t last_octet, uint16_t port = 5000) :
	        bench_(bench), at_(HostBench::endpoint(last_octet, port)) {}

	const netpeer::Endpoint &at() const { return at_; }
	uint16_t remote_peer = 0xfff;
	uint8_t session = 0;       // of our datagrams
	WireParameters parameters; // what we asked for or answered
	WireParameters answer;     // VERIFY_CONNECT or CONNECT of the host
	uint16_t verify_time = 0;  // stamp of the datagram that carried it
	netpeer::EnetPeerId id;    // the host's handle of us

	/// Sends CONNECT; true when the host answered.
	bool dial() {
		bench_.receive(at_, WireWriter(0xfff, 0, bench_.stamp()).connect(parameters));
		return take_verify(bench_.flush());
	}
	/// CONNECT, VERIFY_CONNECT, 100 ms later the ACK, and the host's event. The host's RTT is 100 ms then.
	bool connect() {
		if (!dial()) return false;
		bench_.now = bench_.now + netpeer::Duration::from_ms(100);
		bench_.receive(at_, WireWriter(remote_peer, session).ack(0xff, 1, verify_time));
		for (const netpeer::EnetEvent &event : bench_.events())
			if (event.type == netpeer::EnetEventType::kConnect) id = event.peer;
		bench_.flush();
		return !id.is_none();
	}
	/// The host dials us: answers its CONNECT with `change` applied to a faultless VERIFY_CONNECT.
	bool accept(const std::function<void(WireParameters &)> &change = nullptr, size_t channels = 4) {
		if (bench_.host.connect(bench_.now, at_, channels, 0, id) != netpeer::Error::OK) return false;
		return answer_connect(bench_.flush(), change);
	}
	bool answer_connect(
	        const std::vector<WireDatagram> &datagrams, const std::function<void(WireParameters &)> &change) {
		for (const WireDatagram &datagram : datagrams) {
			if (!(datagram.to == at_)) continue;
			for (const WireCommand &command : datagram.commands) {
				if (command.number != kWireConnect) continue;
				answer = command.parameters;
				remote_peer = command.parameters.peer;
				parameters = command.parameters;
				parameters.peer = 0;
				parameters.in_session = 0;
				parameters.out_session = 0;
				if (change) change(parameters);
				session = parameters.in_session & 3;
				bench_.receive(at_, WireWriter(remote_peer, 0, 7).verify(parameters));
				return true;
			}
		}
		return false;
	}

	/// A datagram to the host without or with a stamp.
	WireWriter unstamped() const { return WireWriter(remote_peer, session); }
	WireWriter stamped() const { return WireWriter(remote_peer, session, bench_.stamp()); }
	void send(const WireWriter &datagram) { bench_.receive(at_, datagram); }
	/// Sends, and returns what the host answers at once.
	std::vector<WireDatagram> ask(const WireWriter &datagram) {
		send(datagram);
		return bench_.flush();
	}
	/// Acknowledges every command in `datagrams` (to us) that asks for it.
	void acknowledge(const std::vector<WireDatagram> &datagrams) {
		for (const WireDatagram &datagram : datagrams) {
			if (!(datagram.to == at_)) continue;
			WireWriter acks = unstamped();
			bool any = false;
			for (const WireCommand &command : datagram.commands) {
				if (!command.wants_ack) continue;
				acks.ack(command.channel, command.sequence, datagram.time);
				any = true;
			}
			if (any) send(acks);
		}
	}
	netpeer::EnetPeerStats stats() const {
		netpeer::EnetPeerStats out;
		(void)bench_.host.peer_stats(id, out);
		return out;
	}

private:
	bool take_verify(const std::vector<WireDatagram> &datagrams) {
		for (const WireDatagram &datagram : datagrams) {
			if (!(datagram.to == at_)) continue;
			for (const WireCommand &command : datagram.commands) {
				if (command.number != kWireVerify) continue;
				answer = command.parameters;
				remote_peer = answer.peer;
				session = answer.out_session & 3;
				verify_time = datagram.time;
				return true;
			}
		}
		return false;
	}

	HostBench &bench_;
	netpeer::Endpoint at_;
};

} // namespace netpeer_test
