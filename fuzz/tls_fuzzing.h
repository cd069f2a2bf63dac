// What the four targets of TLS sessions share: a session under test, a genuine peer, and a wire in the hands of the input.
// Randomness is seeded and the clock stands still unless moved, so an input does the same thing each time.
//
// Input: [options u8], then operations of [kind u8][argument u8][more, by kind]: see step(). Without operations, and after
// them, the wire carries everything as it is: so the empty input is a handshake that must succeed.
#pragma once

#include "../tests/support/tls_support.h"
#include "remembered_products.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// mbedTLS puts the system's clock into hellos, and checks dates with it. Windows' headers define time() themselves, and no
// build for it has mbedTLS.
#if !defined(_WIN32)
extern "C" time_t time(time_t *out) noexcept;
extern "C" time_t time(time_t *out) noexcept {
	const time_t now = static_cast<time_t>(netpeer_test::kTestUnixTime);
	if (out != nullptr) *out = now;
	return now;
}
#endif

namespace tls_fuzzing {

using netpeer::ByteReader;
using netpeer::ByteView;
using netpeer::Duration;
using netpeer::Error;
using netpeer::MutBytes;
using netpeer::TlsFailure;
using netpeer::TlsSession;
using State = netpeer::TlsSession::State;

inline void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "broken: %s\n", what);
	std::abort();
}

constexpr size_t kMostOperations = 200;
constexpr size_t kMostPieces = 64; // that are remembered for being sent again

/// Options are the same for every input and dear to make.
struct FuzzKeys {
	std::shared_ptr<netpeer::TLSOptions> client = netpeer_test::tls_client_options();
	std::shared_ptr<netpeer::TLSOptions> server = netpeer_test::tls_server_options();
	std::shared_ptr<netpeer::TLSOptions> long_server = netpeer_test::tls_server_options(netpeer_test::tls_keys::kLong);
};

class TlsFuzzRun {
public:
	TlsFuzzRun(bool datagrams, bool tests_client) :
	        pair_(datagrams, 5), datagrams_(datagrams), tests_client_(tests_client) {}

	/// Whether both ends are connected in the end.
	bool play(ByteView input) {
		static const FuzzKeys keys;
		ByteReader in(input);
		const uint8_t options = in.u8();
		pair_.client_config.options = keys.client;
		pair_.server_config.options = (options & 1) != 0 ? keys.long_server : keys.server;
		pair_.client_config.handshake_mtu = pair_.server_config.handshake_mtu = (options & 2) != 0 ? 400 : 1400;
		must_hold(pair_.make(), "sessions are made");
		pair_.start();
		for (size_t i = 0; i < kMostOperations && in.left() != 0; ++i) {
			step(in);
			check();
		}
		settle();
		return pair_.connected();
	}

private:
	TlsSession &tested() { return tests_client_ ? *pair_.client : *pair_.server; }
	TlsSession &peer() { return tests_client_ ? *pair_.server : *pair_.client; }

	void step(ByteReader &in) {
		const uint8_t kind = in.u8() % 16;
		const uint8_t argument = in.u8();
		switch (kind) {
		default: pass(next_piece(argument)); break;
		case 3: (void)next_piece(argument); break; // lost
		case 4:
		case 5: pass_damaged(in, argument); break;
		case 6:
			if (!pieces_.empty()) pass(pieces_[argument % pieces_.size()]);
			break;
		case 7: pass(bytes_of(in.take(argument < in.left() ? argument : in.left()))); break;
		case 8: to_peer(); break;
		case 9: advance(Duration::from_ms(int64_t{argument} * 40)); break;
		case 10: write(tested(), tested_wrote_, argument); break;
		case 11: write(peer(), peer_wrote_, argument); break;
		case 12: read(size_t{argument} * 80); break;
		case 13:
			if (argument % 8 == 0) (argument < 128 ? tested() : peer()).close(pair_.now);
			break;
		case 14:
			if (argument % 8 == 0) tested().end_of_wire(pair_.now);
			break;
		}
	}
	static std::string bytes_of(ByteView view) {
		return std::string(reinterpret_cast<const char *>(view.data), view.size);
	}
	/// A datagram of the peer's, or of its stream as much as the argument says.
	std::string next_piece(uint8_t argument) {
		ByteView waits = peer().drain();
		if (!datagrams_ && argument != 0) waits = waits.first(size_t{argument} * argument);
		const std::string piece = bytes_of(waits);
		peer().drained(piece.size());
		if (!piece.empty() && pieces_.size() < kMostPieces) pieces_.push_back(piece);
		return piece;
	}
	void pass_damaged(ByteReader &in, uint8_t argument) {
		std::string piece = next_piece(0);
		const size_t at = in.u16_be();
		if (piece.empty()) return;
		if (in.u8() % 4 == 0)
			piece.resize(at % piece.size());
		else
			piece[at % piece.size()] = static_cast<char>(piece[at % piece.size()] ^ (argument | 1));
		pass(piece);
	}
	void pass(const std::string &piece) {
		if (piece.empty()) return;
		const std::vector<uint8_t> exact(piece.begin(), piece.end());
		for (size_t at = 0; at < exact.size();) {
			size_t taken = 0;
			const Error error = tested().feed(pair_.now, ByteView(exact.data() + at, exact.size() - at), taken);
			must_hold(taken <= exact.size() - at, "no more is taken than was offered");
			must_hold(!datagrams_ || taken == exact.size(), "a datagram is taken whole");
			renew_server();
			if (error != Error::OK) break;
			at += taken;
			if (at < exact.size() && !read(20000)) break;
		}
	}
	/// A server that has asked for a cookie is done, and the next hello gets a new one.
	void renew_server() {
		if (pair_.server->failure() != TlsFailure::kCookieNeeded) return;
		std::vector<std::string> answers;
		while (!pair_.server->drain().empty()) {
			answers.push_back(bytes_of(pair_.server->drain()));
			pair_.server->drained(answers.back().size());
		}
		must_hold(pair_.make_server(), "a server is made again");
		for (const std::string &answer : answers) {
			size_t taken = 0;
			(void)pair_.client->feed(pair_.now,
			        netpeer::ByteView(reinterpret_cast<const uint8_t *>(answer.data()), answer.size()), taken);
		}
	}
	void to_peer() {
		while (!tested().drain().empty()) {
			const std::string piece = bytes_of(tested().drain());
			tested().drained(piece.size());
			for (size_t at = 0; at < piece.size();) {
				size_t taken = 0;
				const ByteView rest(reinterpret_cast<const uint8_t *>(piece.data()) + at, piece.size() - at);
				if (peer().feed(pair_.now, rest, taken) != Error::OK) break;
				at += taken;
				uint8_t sink[20000];
				size_t got = 0;
				if (at < piece.size() &&
				        (peer().read(pair_.now, MutBytes(sink, sizeof(sink)), got) != Error::OK || got == 0))
					break;
			}
			renew_server();
		}
	}
	void advance(Duration by) {
		pair_.now = pair_.now + by;
		tested().handle_timeout(pair_.now);
		peer().handle_timeout(pair_.now);
		must_hold(tested().next_timeout() > pair_.now, "no timer stays behind");
	}
	void write(TlsSession &from, std::vector<std::string> &wrote, uint8_t argument) {
		const std::string text(size_t{argument} * 97, static_cast<char>('a' + wrote.size() % 26));
		size_t taken = 0;
		const Error error =
		        from.write(pair_.now, ByteView(reinterpret_cast<const uint8_t *>(text.data()), text.size()), taken);
		must_hold(taken <= text.size(), "no more is written than was given");
		must_hold(error == Error::OK || taken == 0, "an error takes nothing");
		if (taken != 0 && wrote.size() < 1000) wrote.push_back(text.substr(0, taken));
	}
	bool read(size_t room) {
		std::vector<uint8_t> buffer(room);
		size_t got = 0;
		const Error error = tested().read(pair_.now, MutBytes(buffer.data(), room), got);
		must_hold(got <= room, "no more is read than there is room");
		must_hold(error == Error::OK || got == 0, "an error gives nothing");
		if (got != 0) check_read(std::string(reinterpret_cast<const char *>(buffer.data()), got));
		return got != 0;
	}
	/// Whatever happens to the wire: what is read was written, in order, and once.
	void check_read(const std::string &text) {
		if (datagrams_) {
			for (std::string &wrote : peer_wrote_) {
				if (wrote != text) continue;
				wrote = "read";
				return;
			}
			must_hold(false, "a record that was written and not read yet");
		}
		std::string all;
		for (const std::string &wrote : peer_wrote_) all += wrote;
		must_hold(all.compare(read_, text.size(), text) == 0, "the stream that was written");
		read_ += text.size();
	}
	void check() {
		TlsSession &session = tested();
		const State state = session.state();
		const bool over = state == State::kClosed || state == State::kFailed;
		must_hold(over == (session.failure() != TlsFailure::kNone), "what has ended says why");
		must_hold(over == (session.failure_detail()[0] != 0) || state == State::kClosed, "and in words");
		must_hold((*session.protocol() != 0) == (state == State::kConnected || state == State::kClosed), "a protocol");
		must_hold(!over || session.next_timeout().is_never(), "what has ended waits for nothing");
		must_hold(session.drain().size <= TlsSession::kMostOutputBytes + 20000 + (datagrams_ ? 0u : 40000u),
		        "output is bounded");
		must_hold(session.available() <= TlsSession::kLongestRecord, "a record at a time");
		if (state != State::kConnected || !tests_client_) return;
		must_hold(session.peer_certificate() != nullptr, "the server has shown itself");
		must_hold(session.peer_certificate()->count() == 1, "with what it was given");
	}
	/// Everything that waits goes its way, and DTLS makes up for what was lost.
	void settle() {
		for (int round = 0; round < 40; ++round) {
			to_peer();
			std::string piece = next_piece(0);
			while (!piece.empty()) {
				pass(piece);
				piece = next_piece(0);
			}
			while (read(20000)) {
			}
			check();
			if (tested().drain().empty() && peer().drain().empty()) {
				if (!datagrams_ || pair_.connected()) break;
				const netpeer::Instant next = earlier_of(tested().next_timeout(), peer().next_timeout());
				if (next.is_never()) break;
				advance(next - pair_.now);
			}
		}
	}

	netpeer_test::TlsPair pair_;
	const bool datagrams_;
	const bool tests_client_;
	std::vector<std::string> pieces_;
	std::vector<std::string> tested_wrote_;
	std::vector<std::string> peer_wrote_;
	size_t read_ = 0;
};

inline int fuzz_tls_session(bool datagrams, bool tests_client, const uint8_t *data, size_t size) {
#if NETPEER_WITH_MBEDTLS
	static const bool works = TlsFuzzRun(datagrams, tests_client).play(ByteView());
	static const bool works_again = TlsFuzzRun(datagrams, tests_client).play(ByteView()); // with what is remembered
	must_hold(works && works_again, "without interference the handshake succeeds");
	(void)TlsFuzzRun(datagrams, tests_client).play(ByteView(data, size));
#else
	(void)datagrams, (void)tests_client, (void)data, (void)size;
#endif
	return 0;
}

} // namespace tls_fuzzing
