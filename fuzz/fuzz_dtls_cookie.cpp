// Hellos of strangers at a DtlsAcceptor: raw bytes, well-formed ones, and ones with cookies of their own or of others. No
// session without a cookie that was given to the same address not too long ago, never more bytes out than in.
//
// Input: records of [kind u8][client u8][size u16][bytes]: see step().
#include "../tests/support/dtls_support.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace netpeer;
using namespace netpeer_test;

void must_hold(bool condition, const char *what) {
	if (condition) return;
	std::fprintf(stderr, "fuzz_dtls_cookie: broken: %s\n", what);
	std::abort();
}

struct GivenCookie {
	std::string bytes;
	Instant when;
};

class CookieRun {
public:
	explicit CookieRun(DtlsAcceptor &acceptor, Instant &now) : acceptor_(acceptor), now_(now) {}

	void play(ByteView input) {
		ByteReader in(input);
		for (int i = 0; i < 300 && in.left() != 0; ++i) step(in);
	}

private:
	void step(ByteReader &in) {
		const uint8_t kind = in.u8();
		const uint8_t client = in.u8() % 8;
		const size_t size = in.u16_be();
		const ByteView bytes = in.take(size < in.left() ? size : in.left());
		const std::string text(reinterpret_cast<const char *>(bytes.data), bytes.size);
		switch (kind % 8) {
		default: offer(client, text, false); break;
		case 2: offer(client, short_dtls_hello(kind, text.substr(0, 200)), false); break;
		case 3: now_ = now_ + Duration::from_ms(int64_t{kind} * 100); break;
		case 4:
		case 5: offer_cookie(client, bytes.size > 0 ? bytes[0] % 8 : client, kind); break;
		case 6: damage(client, bytes); break;
		case 7: (void)acceptor_.close(now_, client_at(client)); break;
		}
	}
	/// A hello with the cookie that `owner` was given last.
	void offer_cookie(uint8_t client, uint8_t owner, uint8_t kind) {
		const auto given = cookies_.find(owner);
		if (given == cookies_.end()) return;
		const bool good = owner == client && (now_ - given->second.when).us / 1000000 <= 60;
		const bool late = owner == client && (now_ - given->second.when).us <= 62000000; // whole seconds on both sides
		offer(client, short_dtls_hello(kind, given->second.bytes), good || late);
	}
	void damage(uint8_t client, ByteView bytes) {
		const auto given = cookies_.find(client);
		if (given == cookies_.end() || bytes.size < 3) return;
		std::string hello = short_dtls_hello(1, given->second.bytes);
		hello[bytes[0] % hello.size()] = static_cast<char>(bytes[1]);
		hello.resize(hello.size() - bytes[2] % 4);
		offer(client, hello, true);
	}
	void offer(uint8_t client, const std::string &datagram, bool may_be_admitted) {
		const std::vector<char> exact(datagram.begin(), datagram.end());
		const DtlsAcceptorCounters before = acceptor_.counters();
		const bool known = acceptor_.find(client_at(client)) != nullptr;
		acceptor_.receive(
		        now_, client_at(client), ByteView(reinterpret_cast<const uint8_t *>(exact.data()), exact.size()));
		const bool begun = acceptor_.counters().sessions_begun != before.sessions_begun;
		must_hold(!begun || may_be_admitted, "no session without a good cookie");
		size_t out = 0;
		DtlsDatagram reply;
		while (acceptor_.drain(reply)) {
			must_hold(known || reply.to == client_at(client), "only who spoke is answered");
			out += reply.bytes.size;
			remember(reply);
			acceptor_.drained();
		}
		must_hold(begun || known || out <= datagram.size(), "no more bytes out than in");
		must_hold(acceptor_.session_count() <= 8, "a session per address");
	}
	void remember(const DtlsDatagram &reply) {
		if (reply.bytes.size != kHelloVerifyRequestBytes || reply.bytes[13] != 3) return;
		for (uint8_t i = 0; i < 8; ++i) {
			if (client_at(i) != reply.to) continue;
			const ByteView cookie = reply.bytes.after(kHelloVerifyRequestBytes - DtlsCookies::kCookieBytes);
			cookies_[i] = GivenCookie{std::string(reinterpret_cast<const char *>(cookie.data), cookie.size), now_};
		}
	}

	DtlsAcceptor &acceptor_;
	Instant &now_;
	std::map<uint8_t, GivenCookie> cookies_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
#if NETPEER_WITH_MBEDTLS
	static DtlsTown town(3);
	static const bool open = town.open();
	must_hold(open, "it opens");
	CookieRun(*town.acceptor, town.now).play(ByteView(data, size));
	town.acceptor->close_all(town.now);
	DtlsDatagram last;
	while (town.acceptor->drain(last)) town.acceptor->drained();
	must_hold(town.acceptor->session_count() == 0, "nothing is left");
#else
	(void)data, (void)size;
#endif
	return 0;
}
